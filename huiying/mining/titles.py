"""What a telling or a title says, fit to be a title: at most 25 characters with 问题, nothing invented. Pure.

What only says that something is said (反映, 希望解决), greetings, and questions at the end (何时解决) are cut
off, then the names of the county and the city above the place; what is still too long is cut between words.
"""

from __future__ import annotations

import re

from huiying.mining.entities import REGION, places

LONGEST = 25
ENDING = "问题"
ROOM = LONGEST - len(ENDING)
SHORTEST = 6
TELLING = 10
"""Characters from which on the beginning of a text says enough: until then the next clause joins it."""
READ = 300
"""So much of a text is looked at for its title."""

_LEADING = re.compile(
    r"^(?:[\s,，:：、]|第?[一二三四五六七八九十0-9]{1,2}[.．、]|尊敬的?|敬爱的|各位|领导们?|书记|县长|市长|局长|先生|女士|您们?好|你们?好|首先|其次|"
    r"现在|目前|今天起?|昨[天日晚]起?|近日|最近|近期|但是?|而且|并且|因此|所以|然后|可是|因为|由于|请问|请求|恳请|恳求|强烈|坚决|要求|希望|建议|咨询|想问|"
    r"询问|投诉|举报|反映|反应|反馈|实名|再次|紧急|呼吁|质疑|求助|关于|对于?|针对|来电人?(?:称|说|表示)?|市民|群众|网友|其|称|我们?(?=反映|想|要|是)|想?[想要](?=反映|投诉|举报|咨询|求助|建议|问)|"
    r"我们?是|本人是?|特?向您|能否|是否可以|可否|麻烦|帮忙|一下|(?:有关|相关)部门|你们|您|请|望|盼|就|位于|居?住在|家住|在(?=[一-龥A-Z]))+"
)
_TELLER = re.compile(r"^[^,，:：]{0,12}(?:咨询|反映|投诉|举报|求助|建议|来电)[:：]\s*(?=.)")
_TRAILING = re.compile(
    r"(?:的?(?:相关|有关|一些|若干|几个)?(?:问题|情况|事宜|事情|现象|投诉|咨询|疑问|建议|反映|请求)|[吗呢吧啊了的嘛]|谢谢|(?<!不)合理|(?<!不)合法|怎么办|"
    r"(?:能否|是否|到底|究竟)?(?:何时|什么时候|何年何月)(?:才能?|能|可以)?(?:解决|处理|治理|整治|启动|动工)?|要?拖到何[时年月]*|(?:请|望|盼|求|希望|恳请)?(?:尽快|及时|予以|给予)?"
    r"(?:解决|处理|查处|重视|答复|回复|帮助|关注)|谁(?:来)?(?:管|能解决|监管|负责)|[\s~!！?？。.…])+$"
)
_ABOVE = re.compile(rf"^(?:{REGION}|[一-龥]{{2,3}}?[州旗])(?=.{{8}})")
_WRONG = re.compile(
    r"扰民|噪[音声]|油烟|污染|异味|[恶发]臭|臭气|粉尘|灰尘|拖欠|欠薪|欠款|[不未][发退给交付办修装通亮]|停[水电气暖运]|没水|没电|[漏渗积]水|堵[塞车]|拥堵|"
    r"破损|损坏|坏了|失修|坑洼|塌|裂|隐患|危险|违[建规章法约停反]|非法|乱[停收扔搭堆摆]|占[用道]|霸占|涨价|退[款费押]|诈骗|欺[骗诈]|虚假|霸王|捆绑|强[制行买]|"
    r"拆迁|征[收地]|补[偿贴助]|学位|入学|招生|落户|户口|办证|不动产证|产权|烂尾|停工|交房|质量|维修|无法|无证|不[能让准予符合公足当作]|不到位|不规范|"
    r"迟迟|无人|没人|多收|收费|停车|车位|消防|电梯|施工|医保|社保|公积金|工资|改造|建设|规划|设[置立]|增设|开通|通车|延误|晚点|缺|差"
)
_UNFIT = re.compile(
    r"^(?:[于按从据和与及有被把将如若虽当这那此它知突原先后自并也还又才仍都]|根据|不知|作为|一直|每天$|严重影响|导致|造成|给)|我|你|他们|她|咱|自己|"
    r"(?:业主|居民|住户|村民|市民|用户|家长|学生|职工|员工|[在和与及是有把被将以为跟对向从就于而但或])$|https?|www|[a-z]{5}|"
    r"谢谢|感谢|尊敬|百忙|此致|敬礼|电话|联系|留言|回复|如下|政府能|领导|书记"
)
_ASKS = re.compile(
    r"为什么|为何|怎么|如何|是不是|有没有|能不能|什么|哪里|多少|何时|谁|[吗呢]|盼|救|凭啥|到底|究竟"
)

_DAY = r"(?:(?:20)?\d{2}年(?!代)(?:\d{1,2}月份?)?(?:\d{1,2}[日号])?|\d{1,2}月份?(?:\d{1,2}[日号])?)"
_OPENING = re.compile(
    r"^(?:(?:尊敬|敬爱)的?[^,，。:：!！]{0,14}[,，。:：!！\s]+|.{0,10}(?:您们?|你们?)好[,，。:：!！\s]*|[\s,，。:：!！?？、]+|"
    rf"(?:自|从|于|在)?{_DAY}(?:上午|下午|晚上?|早上|起|左右|开始|以来)*|"
    r"(?:标题|主题)[:：]|(?:我们?|本人)(?:是|为|家住?|居住|住)?(?:在|于)?|是(?![否不]))"
)
_CLAUSE = re.compile(r"[,，。！!？?；;\n]")
_SELF = re.compile(
    r"^(?P<where>.{0,16}?)的?(?:一[名个位])?(?:普通|广大|全体)?(?:居民|业主|住户|村民|市民|家长|学生|职工|员工|用户|群众)$"
)
_PLEA = re.compile(r"^(?:请|望|希望|恳请|恳求|盼|特此|敬请|谢谢|感谢)")
_PERSON = re.compile(r"^(?:名?叫|姓名|名字|现年|年龄)|身份证|电话|手机|\d{7}|^[男女]$|^.{1,4}族$|^\d+岁$")


def title_of(text: str) -> str:
    """A title out of a telling: its beginning without greeting, day and 我是, as far as 25 characters go;
    a whole clause that says what is wrong ends in 问题, as offices write it.

    Clauses by which somebody gives a name or a number are left out. "" where nothing says enough.
    """
    said = ""
    for clause in _CLAUSE.split(_opened(text.strip()[:READ])):
        part = clause.strip() if said else _opened(clause.strip())
        if not part or _PERSON.search(part) or (len(said) >= SHORTEST and _PLEA.search(part)):
            continue
        if own := _SELF.search(said):  # who speaks is not needed, only where, unless the matter has its place
            said, part = "" if places(part) else own["where"], _opened(part)
            said += part
        else:
            said += f"，{part}" if said else part
        if len(said) >= TELLING:
            break
    whole = bare(said)
    title, short = fitted(whole, LONGEST), fitted(whole)
    if len(title) < SHORTEST:
        return ""
    tells = whole.endswith(short) and _WRONG.search(short) and not _ASKS.search(short)
    return f"{short}{ENDING}" if tells and "，" not in short else title


def _opened(text: str) -> str:
    """A text from where it begins to tell."""
    while (shorter := _LEADING.sub("", _TELLER.sub("", _OPENING.sub("", text)))) != text:
        text = shorter
    return text


def bare(clause: str) -> str:
    """A clause without what only says that something is said."""
    return _TRAILING.sub("", _LEADING.sub("", _TELLER.sub("", clause.strip()))).strip(" ,.，。·“”\"'")


def fitted(said: str, room: int = ROOM) -> str:
    """As much of a clause as has room: without the names above its place, cut between two words."""
    while len(said) > room and (shorter := _ABOVE.sub("", said)) != said:
        said = shorter
    if len(said) <= room:
        return said
    import rjieba

    kept = ""
    for word in rjieba.cut(said):
        if len(kept) + len(word) > room:
            break
        kept += word
    return re.sub(
        r"(?:导致|造成|引起|产生|[的和与及在是被把将对向从就于而但或、,，])+$",
        "",
        _TRAILING.sub("", kept or said[:room]),
    )


def quality(said: str) -> float:
    """How fit a clause is for a title, from 0 (not at all) to 2."""
    if len(said) < SHORTEST or _UNFIT.search(said):
        return 0.0
    wrong = 1.0 if _WRONG.search(said) else 0.3
    return wrong + 0.4 * bool(places(said)) + 0.2 * (10 <= len(said) <= ROOM) - 0.4 * bool(_ASKS.search(said))
