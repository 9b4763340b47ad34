"""What of an answer says something: what is left of its clauses without courtesy and hand-overs. Pure.

An answer often holds two: the notice of the day that it was passed on, and the unit's own some days later. So
a hand-over is a fault only where nothing is left without it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from huiying.common.text import normalise

_CLAUSE = re.compile(r"[^，,。！!；;？?：:\n]+")
_SPACES = re.compile(r"[\s“”\"]+")
_BARE = re.compile(r"[\W_]+")
_NICKNAME = re.compile(r"^[A-Za-z0-9_]{6,24}(?=[一-龥])")

GREETING = re.compile(
    r"^(?:[\d年月日.\-/]{4,12}|.{2,12}[办局部室委中心])?(?:.{0,40}?[您你]们?好[!！~]?"
    r"|(?:.{0,6}(?:尊敬|亲爱|各位|广大).{0,3}的?)?.{0,12}(?:网友|网民|市民|同志|朋友|来信人|读者|用户|先生|女士)"
    r"(?:朋友|同志|[\w*+._]{0,24})$)"
)
"""At the head of a clause."""
_WHAT = "(?:留言|来信|来函|函件|信件|回信|[帖贴]|来邮|意见|建议|问题|诉求|情况|咨询|反映|事项|信息)"
COURTESY = re.compile(
    "感谢|谢谢|^祝|高度重视|非常重视|^此复|特此(?:回复|答复|告知)|敬请|^请?望?予?以?(?:谅解|理解)|耐心等待|"
    "^欢迎(?:您|你|广大|社会|继续|一如既往)|(?:回复|答复|说明|汇报|反馈|回答)如下$|^如下$|^在此$|^以便|^如(?:您|你|果)?.{0,4}有.{0,8}(?:疑问|问题)$|"
    "重复(?:发帖|留言|反映)$|^(?:现|特)(?:将|就)?.{0,30}(?:回复|答复)$|"
    "^(?:针对|关于|对于|就)?(?:[您你]|网友|网民).{0,60}(?:问题|情况|诉求|建议|事宜|一事|留言|来信)$"
)
"""What is polite and says nothing of the matter."""
RECEIPT = re.compile(
    f"{_WHAT}.{{0,30}}?(?:收悉|知悉|获悉|悉知|收到|已阅|记录|登记|阅办|受理)"
    "|^(?:已|均已|现已|已经)?(?:收悉|收到|知悉|获悉|悉知|接到)"
)
_OFFICE = (
    "(?:局|委|办|镇|乡|县|区|市|街道|部|部门|单位|科室|中心|公司|所|校|学院|职院|院|会|站|队|行|"
    "党委|书记|集团)"
)
_TO = rf"(?:[A-Za-z]\d*|[一-龥])[一-龥A-Za-z0-9]{{0,14}}?{_OFFICE}"
_VAGUE = "(?:相关|有关|责任|属地|职能|主管)(?:职能)?(?:部门|单位|科室|人员)"
_PASSING = (
    "转(?:交|至|给|办|达|呈|到|请|发|送|由)|批转|移交|移送|交办|交由|交给|并交|发函|反馈给|责成|报送|上报"
)
HANDED = re.compile(
    f"(?:{_WHAT}|^.{{0,8}}?(?:已|现|并|将|我[们办局]|经))"
    f".{{0,24}}?(?:{_PASSING}|转(?={_TO})|(?<![公提缴移转])交(?={_VAGUE}|{_TO}))"
    f"|^(?:现|立即|及时|迅速)?(?:已|并|将)?(?:经)?(?:{_PASSING})"
    "|已(?:经)?(?:有|由)?.{0,10}(?:作出|做出|进行|予以|进行过)?(?:回复|答复)$|详见|查看链接|链接|转载如下"
    f"|已(?:经)?(?:安排|联系|责成|要求|通知)(?:了)?{_VAGUE}"
)
"""Somebody else is to see to it, or has answered elsewhere."""
VAGUE = re.compile(_VAGUE)
REFERRED = re.compile(
    "(?:请|建议|可以|可|欢迎|烦请|望|具体|详细|详情|疑问|如需|如有|如您).{0,40}?"
    "(?:咨询|联系(?!方式)|致电|拨打|来电|反映|了解|投诉|举报|联络)"
    "|^[（(]?(?:联系|咨询|办公|举报|监督|投诉)?(?:电话|热线|联系人)"
    "|^[你您]?(?:请[你您]?|可以?|应该?|自行|直接)*(?:去找|去问|找|问)(?:其他|别的|别|相关|有关|上级)?(?:部门|单位|人|.{2,10}(?:局|公司|中心|村委会|社区|物业))(?:去|吧|问)?$"
)
"""Whom to ask instead."""
_EAGERLY = "(?:尽快|尽早|及时|积极|认真|充分|统筹|第一时间|进一步|加紧|抓紧|妥善|切实|大力|努力|不断|虚心)"
_DOES = (
    "(?:处理|办理|解决|落实|协调|跟进|考虑|研究|论证|推进|回复|反馈|对接|答复|告知|告之|公布|回应|努力|提供|提升|完善|"
    "优化|加强|加大|采纳)"
)
HOLLOW = re.compile(
    f"(?:将|会|争取|继续|正在?|予以|敦促|督促|请|要求).{{0,16}}?{_EAGERLY}.{{0,24}}?{_DOES}"
    "|(?:将|会).{0,14}(?:研究|斟酌|考虑|论证|回复|答复|反馈)(?:斟酌|考虑|论证)?$"
    "|(?:办理|处理|调查|核实|有关|相关)(?:情况|结果|进度|进展).{0,12}?(?:反馈|回复|答复|告知|公布|上传|通知|告之)"
    "|^如有.{0,4}(?:情况|回复|结果|进展)|^(?:待|等|有了?).{0,10}(?:核实|调查|处理结果|消息|结果)"
    "|(?:对|给|向|予以?)[您你]?.{0,4}(?:进行)?(?:回复|答复|反馈)$"
    f"|^.{{0,8}}?(?:正在|将|会)(?:积极|抓紧|努力)?(?:{_DOES}|核实|调查)(?:处理|解决|办理|推进)?(?:当?中|之中)?$"
    "|按程序进行中|^(?:努力|竭诚|全力|共同).{0,40}$"
    "|^(?:进一步|不断|切实|积极|认真)(?:加强|加大|提高|提升|做好|履职).{0,30}$"
    "|^按(?:照)?(?:相关|有关)(?:规定|政策|要求)(?:进行)?(?:处理|办理|执行|核实)$"
)
"""What is promised in words that bind nobody."""
_STAMP = re.compile(
    r"^(?:[\d〇○O一二三四五六七八九十年月日号.\-—－–/()（）]+|(?=[A-Za-z_*+]*\d)[A-Za-z0-9_*+]{2,24}|"
    r"(?!.*[已转交请将是有为可属在到于读您你])\w{2,24}?(?:局|委|办|政府|公司|中心|处|所|院|校|部|办公室|街道|镇|乡)"
    r"(?:回复|[\d年月日.]+)?)$"
)
"""A date, a name or a signature by itself."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer's clauses, sorted: what is `left` without the rest, and the rest by its first words."""

    left: str
    handed: str
    referred: str
    hollow: str
    polite: str
    receipt: str

    @property
    def is_bare(self) -> bool:
        """Nothing but a greeting, a date, a signature."""
        return not (self.left or self.handed or self.referred or self.hollow or self.polite or self.receipt)


@lru_cache(maxsize=32)  # one reply is asked for the same by many checks
def read(answer: str) -> Reading:
    """Sort an answer's clauses. Linear in its length."""
    first: dict[str, str] = {}
    left: list[str] = []
    for match in _CLAUSE.finditer(answer):
        clause = GREETING.sub("", _NICKNAME.sub("", _SPACES.sub("", match.group())), count=1)
        if not _BARE.sub("", clause) or _STAMP.match(clause):
            continue
        kind = next((name for name, pattern in _KINDS if pattern.search(clause)), "")
        if kind:
            first.setdefault(kind, match.group().strip())
        else:
            left.append(clause)
    return Reading(
        _BARE.sub("", normalise("".join(left))),
        *(first.get(name, "") for name in ("handed", "referred", "hollow", "polite", "receipt")),
    )


_KINDS = (
    ("handed", HANDED),
    ("polite", COURTESY),
    ("receipt", RECEIPT),
    ("referred", REFERRED),
    ("hollow", HOLLOW),
)
