"""What a request asks, point by point, and whether an answer takes a point up. Pure.

A point is a numbered item, a question (also without a mark) or a demand. What only scolds, pleads or asks
rhetorically (难道…, 天理何在) is none, nor what asks for attention and a reply.
"""

from __future__ import annotations

import re
from functools import lru_cache

from huiying.common.text import bigrams
from huiying.mining.rubric_words import COMMON

MOST = 8
SHORTEST = 6
"""Characters that a point has at least."""
TELLING = 7
"""Telling two-character sequences that a point has at least; fewer tell of the matter as a whole."""

_BARE = re.compile(r"[\W_]+")
_NUMBER = re.compile(
    r"(?:^|(?<=[\s。；;：:，,！!？?）)]))(?:(?:\d{1,2}[、.．](?!\d)|[（(](?:\d{1,2}|[一二三四五六七八九十]{1,2})[)）]"
    r"|[一二三四五六七八九十]{1,2}(?:是|、|[.．])|第[一二三四五六七八九十](?:[、，,:：]|点|个问题)|其[一二三四五][、，,]?|[①-⑩]))"
)
_SENTENCE = re.compile(r"[^。！!；;\n？?]+[。！!；;\n？?]*")
_QUESTION = re.compile(
    r"什么时候|何时|能否|可否|是否|可不可以|能不能|有没有|多少|哪里|哪些|哪个|多久|几[天年月]"
    r"|(?:如何|怎[么样])(?:办理|申请|缴纳|报销|补缴|查询|认定|计算|收费)|(?:流程|标准|手续|条件|材料|依据|政策|时间)(?:是|有)(?:什么|哪些|怎)"
    r"|(?:请问|咨询|想[问知]).{4,200}[？?]$"
)
"""Asked plainly; what ends in 吗 or ？ without one of these mostly scolds."""
_DEMAND = re.compile(
    r"^(?:我们?|本人|业主|村民|居民|在此|特此?|现|故|强烈|也|还|很|诚挚|衷心|因此|所以|最后)?(?:请求|恳请|强烈要求|希望|建议|呼吁)"
    r"|^(?:尽快|立即|增设|增加|增开|拆除|恢复|取消|公开|公示|退还|延长)"
)
_LIST = re.compile(
    r"(?:诉求|请求|建议|请问|咨询|想[问知]|(?:[几\d一二两三四五六]个|以下)(?:小)?(?:问题|要求))(?:如下|是|为|有|有以下几点|几点)?$"
)
"""At the end of what stands before a list: its items are points, whatever their words."""
_RHETORIC = re.compile(
    r"难道|岂|何况|何在|天理|良心|公道|凭什么|算什么|情何以堪|于心何忍|谁|吧[？?]|[？?！!]{2,}|到底|究竟|[你您]们|百姓|作为|良知|存在吗|[说称道讲][，,：:]|询问|回复"
    r"|不是.{2,}吗|有何(?:脸|颜)|什么(?:世道|意思|道理|东西|态度|叫|居心|意图)|还(?:要|想|得)(?:等|拖|让)|凌驾|忽悠|欺|骗|怎(?:么)?(?:能|敢|好|活|忍)|第.{1,4}条|《"
)
_PLEA = re.compile(
    r"做主|作主|说法|伸张|重视|答复|回应|解释|交代|关注|援手|百忙|领导|书记|[市县区]长|谅解|安宁|批准|早日|只希望|难题|处理这件|千万|别|大家|学习|办法|给句话|给我|呼吁一下|大问题|(?:解决|处理|协调|核实|查处|帮助|帮忙|监督|督促|调查|过问|支持)"
    r"(?:一下|为盼|为谢|此事|这件事|问题|我们)?[。！!～~\s，,]*(?:谢谢|感谢|拜托|急盼|切盼)?[您你]?[。！!～~]*$"
)
_WHOLE = re.compile(r"(?:以上|上述|这些|该|此类?)(?:问题|情况|事|现象)")

_EXPECTED = (
    (
        re.compile(r"什么时候|何时|多久|时间|几[天月年]|日期|进度|进展"),
        re.compile(
            r"\d\s*[年月日天周]|[一二三四五六七八九十]\s*[年月天周]|年底|月底|近期|尽快|暂[未无不]|尚未|目前|正在|计划|预计|待"
        ),
    ),
    (
        re.compile(r"多少|标准|比例|费用|价格|几[元块]"),
        re.compile(r"\d+(?:\.\d+)?\s*(?:元|%|％|万|倍|平|米|人|个)|百分之|标准"),
    ),
    (
        re.compile(
            r"哪里|哪儿|哪个(?:部门|单位|地方)|去哪|到哪|地址|电话|联系方式|找谁|怎么办|如何办|流程|手续|材料|怎么(?:办|申请|处理)"
        ),
        re.compile(
            r"电话|地址|\d{7}|窗口|联系|前往|到.{2,20}(?:局|中心|所|站|大厅|医院|学校|社区)|办理|提供|携带|申请"
        ),
    ),
    (re.compile(r"为什么|为何|原因|怎么回事|依据"), re.compile(r"由于|因为|因|原因|鉴于|根据|按照|《|为了")),
)
"""What is asked for, and the look of an answer to it whatever its words."""


@lru_cache(maxsize=32)  # one text is asked for the same by many checks
def telling(text: str) -> frozenset[str]:
    """The two-character sequences that say what a text is about."""
    return frozenset(each for each in bigrams(text) if len(each) > 1) - COMMON


def points(request: str) -> list[str]:
    """What a request asks and demands, and the items of a list of such, at most eight, in order, each once.

    The first line is the title where more follow; what stands in it is the matter as a whole.
    """
    _, _, body = request.partition("\n")
    found: list[str] = []
    for block, is_point in _blocks(body if body.strip() else request):
        sentences = [each.strip() for each in _SENTENCE.findall(block)]
        asked = [each for each in sentences if _asks(each)]
        found += asked or [each for each in sentences[:1] if is_point and _long(each)]
    return list(dict.fromkeys(found))[:MOST]


def _blocks(text: str) -> list[tuple[str, bool]]:
    """The text cut at its numbers, with whether a piece is an item of a list of questions or demands."""
    numbers = list(_NUMBER.finditer(text))
    if len(numbers) < 2:
        return [(text, False)]
    before = text[: numbers[0].start()]
    is_list = bool(_LIST.search(before.rstrip(" ：:，,。\n\t")))
    ends = [*(number.start() for number in numbers[1:]), len(text)]
    items = [(text[number.end() : end], is_list) for number, end in zip(numbers, ends, strict=True)]
    return [(before, False), *items]


def _long(sentence: str) -> bool:
    return len(_BARE.sub("", sentence)) >= SHORTEST


def _asks(sentence: str) -> bool:
    if not _long(sentence) or _RHETORIC.search(sentence) or _WHOLE.search(sentence):
        return False
    if _QUESTION.search(sentence):
        return True
    return bool(_DEMAND.search(sentence)) and not _PLEA.search(sentence)


def not_taken_up(request: str, answer: str) -> list[str]:
    """The points of a request of several that an answer holds nothing of: no telling word that is the point's
    own, and nothing that looks like what was asked for. As many numbered items as points answer them all."""
    asked = points(request)
    if len(asked) < 2 or len(_NUMBER.findall(answer)) >= len(asked):
        return []
    said, words = telling(answer), [telling(each) for each in asked]
    missed = [
        point
        for number, point in enumerate(asked)
        if len(own := words[number].difference(*words[:number], *words[number + 1 :])) >= TELLING
        and not own & said
        and not _looks_answered(point, answer)
    ]
    return missed if len(missed) < len(asked) else []


def _looks_answered(point: str, answer: str) -> bool:
    return any(asked.search(point) and given.search(answer) for asked, given in _EXPECTED)
