"""Personal data, firms and small places found in a text and masked: for the public editions and lists.

Pure. Rules and word lists (`common/masking_words.py`), no dictionary of a place and no model. About a
millisecond for 300 characters, growing no faster than the length. How well: docs/text.md.

Known limits, so that a person still reads what is published:
- A name that nowhere in its text has a cue (联系人, 工作人员, 我叫, 来信人：, …，男，45岁), stands beside
  none that has, and is not passed in `names`, stays. A name of other tongues is known by its · only where
  both sides are written in the usual syllables; a surname that is an ordinary word (白, 向) only after a
  cue with a colon or before an age or a sex.
- How far a firm's or a village's name reaches to the left is judged from the words before it; it may take a
  word too many, and with a verb inside a name the front part may stay.
- Brands, schools, hospitals, roads, towns and organs of state stay: they are the matter, not a person.
- A lone telephone of 7–8 digits is only known after a cue (电话, 联系方式 …); a card or account number whose
  check digit is wrong only after 卡号, 账号 …; numbers joined to Latin letters (case numbers) stay.
- A house number written without a road before it and without 幢, 单元 or 室 after it stays.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from huiying.common import masking_words as words
from huiying.common.text import normal_phone


class Found(NamedTuple):
    """One finding: its kind (a key of `WORDING`) and where it stands: text[start:end]."""

    kind: str
    start: int
    end: int
    text: str


Span = tuple[int, int]
Finder = Callable[[str], Iterator[Span]]

# Full-width ASCII becomes ASCII, one character for one, so that positions stay those of the text.
NARROW = {0x3000: " ", **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}}
_NUMERAL = "0-9一二三四五六七八九十百零〇"


def _pattern(pattern: str, flags: int = 0) -> Finder:
    """Make a finder of a regular expression; its group 1, where it has one, is what is masked."""
    compiled = re.compile(pattern, flags | re.ASCII)
    group = 1 if compiled.groups else 0

    def find(text: str) -> Iterator[Span]:
        return (match.span(group) for match in compiled.finditer(text))

    return find


def _checked(find: Finder, is_valid: Callable[[str], bool]) -> Finder:
    def find_valid(text: str) -> Iterator[Span]:
        return (span for span in find(text) if is_valid(text[slice(*span)]))

    return find_valid


def is_identity_number(number: str) -> bool:
    """Say whether 18 characters are a resident identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    if not re.fullmatch(r"[0-9]{17}[0-9Xx]", number):
        return False
    total = sum(int(digit) * (2 ** (17 - i) % 11) for i, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def is_card_number(number: str) -> bool:
    """Say whether the digits pass the Luhn check (ISO/IEC 7812-1, annex B) without spaces and hyphens."""
    digits = [int(c) for c in number if c.isdecimal()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(digits) >= 16 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_MONTH_DAY = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_ALONE = "(?<![0-9A-Za-z])(?<![0-9][.-])"
_END = r"(?![0-9A-Za-z]|\.[0-9])"
_SAYS = r"(?:号码|号|是|为|[: ]){0,3}"

_identity_18 = _checked(
    _pattern(rf"{_ALONE}{_PROVINCE}[0-9]{{4}}(?:18|19|20)[0-9]{{2}}{_MONTH_DAY}[0-9]{{3}}[0-9Xx]{_END}"),
    is_identity_number,
)
_card = _checked(
    _pattern(rf"{_ALONE}[3-6][0-9]{{3}}(?:[ -]?[0-9]{{4}}){{3}}(?:[ -]?[0-9]{{1,3}})?{_END}"), is_card_number
)
_plate = _checked(
    _pattern(
        rf"[{words.PLATE_PROVINCES}][A-HJ-NP-Z][·.\- ]?"
        r"[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![A-Z0-9])",
        re.IGNORECASE,
    ),
    lambda plate: sum(c.isdigit() for c in plate) >= 2,
)
_AREA = "0(?:10|2[0-9]|[3-9][0-9]{2})"
_MOBILE = r"1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}"
_UNIT = f"[{_NUMERAL}]{{1,4}}(?:-[0-9]{{1,4}})?(?:号楼|号院|号|弄|幢|栋|座|单元|楼|层|室|户)"


# 路12号 with what follows it; 3幢2单元502室 without a road; the latter must lead to one flat or room.
_NUMBER = rf"[{_NUMERAL}]{{1,5}}(?:-[0-9]{{1,4}})?"
_HOUSE = rf"(?<=[{words.BEFORE_HOUSE_NUMBER}]) ?{_NUMBER}号(?!{words.NOT_A_HOUSE})(?: ?{_UNIT}){{0,4}}"
_FLAT = rf"(?<![{_NUMERAL}]){_UNIT}(?: ?{_UNIT}){{0,4}}(?: ?[0-9]{{3,4}})?(?![0-9厅])"
_IS_FLAT = re.compile(r"[幢栋座楼号].*单元|单元.*[0-9]|[0-9]{3,4}室?\Z|[幢栋座楼元].*[室户]\Z")

_NUMBERS: list[tuple[str, Finder]] = [
    (
        "email",
        _pattern(
            r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"
        ),
    ),
    ("identity", _identity_18),
    ("identity", _pattern(rf"{_ALONE}{_PROVINCE}[0-9]{{6}}{_MONTH_DAY}[0-9]{{3}}{_END}")),
    ("identity", _pattern(rf"(?:身份证|证件){_SAYS}([0-9]{{14,17}}[0-9Xx]){_END}")),
    ("card", _card),
    ("card", _pattern(rf"(?:银行卡|卡号|账号|帐号|账户|帐户){_SAYS}([0-9](?:[ -]?[0-9]){{11,18}}){_END}")),
    ("phone", _pattern(rf"(?<![0-9A-Za-z.])((?:(?:\+|00)86[- ]?|86[- ]?|0)?{_MOBILE}){_END}")),
    ("phone", _pattern(rf"(?:tel|phone|mobile|sj|dh)[: ]{{0,2}}({_MOBILE}){_END}", re.IGNORECASE)),
    (
        "phone",
        _pattern(rf"{_ALONE}(\(?{_AREA}[-) ]{{0,2}}[2-9][0-9]{{6,7}}(?:-[0-9]{{1,5}})?){_END}"),
    ),
    (
        "phone",
        _pattern(rf"(?:{words.PHONE_CUES}){_SAYS}([2-9][0-9]{{2,3}}[- ]?[0-9]{{4}}){_END}", re.IGNORECASE),
    ),
    (
        "account",
        _pattern(r"(?:qq|扣扣)(?:号码|号|群|是|为|[: ]){0,3}([1-9][0-9]{4,11})(?![0-9])", re.IGNORECASE),
    ),
    (
        "account",
        _pattern(
            r"(?:微信|wechat|weixin|vx|v信)(?:号码|号|是|为|[: ]){0,3}"
            r"([A-Za-z][-_A-Za-z0-9]{5,19}|[1-9][0-9]{5,11})(?![-_A-Za-z0-9]|[万元])",
            re.IGNORECASE,
        ),
    ),
    ("plate", _plate),
    ("address", _pattern(_HOUSE)),
    ("address", _checked(_pattern(_FLAT), lambda flat: _IS_FLAT.search(flat) is not None)),
]

_GIVEN = rf"[^\W{words.NEVER_GIVEN}a-zA-Z0-9_]"
_HANZI = r"[\u3400-\u9fff]"
_PERSON_NAME = rf"(?:{words.DOUBLE_SURNAMES}|(?!{words.DOUBLE_SURNAMES})[{words.SURNAMES}])"
_AFTER_NAME = rf"(?=$|[^\u3400-\u9fff]|{words.AFTER_NAME})"
_NAMED = (
    rf"(?!{words.NOT_NAMES})({_PERSON_NAME}"
    rf"(?:(?:{_GIVEN}){{2}}{_AFTER_NAME}|(?:{_GIVEN}){_AFTER_NAME}"
)
_SELDOM = rf"(?!{words.NOT_NAMES})([{words.SELDOM_SURNAMES}](?:{_GIVEN}){{1,2}})"
_SURELY = rf"(?:{words.SURE_NAME_CUES}|(?:{words.NAME_CUES})[是为]?:)[是为: ]{{0,2}}"
_PERSONS: list[re.Pattern[str]] = [
    re.compile(rf"{_SURELY}{_NAMED}|(?:{_GIVEN}){{2}}))"),
    re.compile(rf"{_SURELY}{_SELDOM}(?=$|[^\u3400-\u9fff])"),
    re.compile(
        rf"{_SURELY}(?!{words.NOT_NAMES})([{words.SURNAMES}][{words.SURNAMES}{words.SELDOM_SURNAMES}]"
        rf"(?:{_GIVEN}){{2}})(?=$|[^\u3400-\u9fff])"
    ),
    re.compile(rf"([{words.SYLLABLES}]{{1,7}}(?:[·•・‧][{words.SYLLABLES}]{{2,8}}){{1,3}})"),
    re.compile(rf"(?:{words.NAME_CUES})[是为 (]{{0,2}}{_NAMED}))"),
    re.compile(
        rf"(?:举报|投诉|控告|检举|反映)(?!{words.NOT_NAMES})"
        rf"({_PERSON_NAME}(?:{_GIVEN}){{1,2}}?)(?={words.DEEDS})"
    ),
    re.compile(
        rf"(?:^|(?<=[^\u3400-\u9fff])|(?<=市民|村民|居民|业主|网友|群众|患者|家长))(?!{words.NOT_NAMES})"
        rf"({_PERSON_NAME}(?:{_GIVEN}){{1,2}}?)(?={words.HONORIFICS})"
    ),
    re.compile(rf"(?!{words.NOT_NAMES})({_PERSON_NAME}(?:{_GIVEN}){{2}})(?=先生|女士|同志)"),
    re.compile(rf"{_HANZI}{{2}}人 ?[:,] {{0,2}}{_NAMED}))"),
    re.compile(
        rf"(?:^|(?<=[^\u3400-\u9fff])|(?<=[人员户民]))(?!{words.NOT_NAMES})"
        rf"({_PERSON_NAME}(?:{_GIVEN}){{1,2}}?)(?=[,(、:; ]{{1,2}}(?:{words.ABOUT}))"
    ),
    re.compile(rf"(?:^|(?<=[^\u3400-\u9fff])){_SELDOM}(?=[,(、:; ]{{1,2}}(?:{words.ABOUT}))"),
]
_WHOLE_NAME = re.compile(rf"(?!{words.NOT_NAMES}){_PERSON_NAME}(?:{_GIVEN}){{1,2}}")
_KNOWN_AGAIN = 100
_NEXT = re.compile(rf"[、和与及]{_NAMED}))")
_BEFORE = re.compile(
    rf"(?:[^\u3400-\u9fff]|[人员户民子女和与及])(?!{words.NOT_NAMES})({_PERSON_NAME}(?:{_GIVEN}){{1,2}})[、和与及]\Z"
)


def persons(text: str) -> Iterator[Span]:
    """Names known by the words around them, those told in one breath with such a one, and all of these again
    wherever they stand."""
    told = {match.span(1) for pattern in _PERSONS for match in pattern.finditer(text)}
    for span in sorted(told):
        told |= set(_beside(text, span))
    yield from sorted(told, key=lambda span: (span[0], -span[1]))
    yield from _again(text, {text[slice(*span)] for span in told})


def _beside(text: str, span: Span) -> Iterator[Span]:
    """The names that a name is joined to: 张三、李四和王五."""
    start, end = span
    while match := _NEXT.match(text, end):
        yield match.span(1)
        end = match.end(1)
    while match := _BEFORE.search(text, max(0, start - 6), start):
        yield match.span(1)
        start = match.start(1)


def _again(text: str, names: set[str]) -> Iterator[Span]:
    """Where names stand again; one of two characters only where a name can end."""
    known = sorted(names, key=len, reverse=True)[:_KNOWN_AGAIN]
    parts = [re.escape(name) + ("" if len(name) > 2 else _AFTER_NAME) for name in known]
    return (match.span() for match in re.finditer("|".join(parts), text)) if parts else iter(())


class Family(NamedTuple):
    """Names known by their ending: how far they reach left, and what is no name although it ends so."""

    ending: re.Pattern[str]
    reach: int
    shortest: int
    generic: re.Pattern[str]  # of the part before the ending


FIRMS = Family(
    re.compile(words.FIRM_ENDINGS),
    18,
    2,
    re.compile(rf"(?:{words.GENERIC_FIRMS}|[0-9一二三四五六七八九十])+"),
)
VILLAGES = Family(re.compile(words.VILLAGE_ENDINGS), 6, 1, re.compile(rf"(?:{words.GENERIC_VILLAGES})+"))
ESTATES = Family(re.compile(words.ESTATE_ENDINGS), 8, 2, re.compile(rf"(?:{words.GENERIC_ESTATES})+"))
_NAME_RUN = re.compile(r"(?:[\u3400-\u9fffA-Za-z0-9·&]|(?<=[\u3400-\u9fff])\([\u3400-\u9fff]{1,6}\))+\Z")
_STOP = re.compile(words.STOPS)
_SOFT_STOP = re.compile(words.SOFT_STOPS)


def names_ending(text: str, family: Family) -> Iterator[Span]:
    floor = 0
    for match in family.ending.finditer(text):
        start = _name_start(text, max(floor, match.start() - family.reach), match.start(), family.shortest)
        name = text[start : match.start()]
        if len(name) >= family.shortest and not family.generic.fullmatch(name) and "某" not in name:
            yield start, match.end()
        floor = match.end()


def _name_start(text: str, floor: int, end: int, shortest: int) -> int:
    """Return where a name that ends before `end` begins: after the last word that can't be part of it.

    A soft stop (和, 在, 市 …) may be a part of a name: it counts only if what is left is a name or nothing.
    """
    run = _NAME_RUN.search(text, floor, end)
    if run is None:
        return end
    start = run.start()
    for stop in _STOP.finditer(text, start, end):
        start = stop.end()
    for stop in _SOFT_STOP.finditer(text, start, end):
        if end - stop.end() >= max(shortest, 2) or stop.end() == end:
            start = stop.end()
    return start


def find_personal(
    text: str, *, names: Iterable[str] = (), firms: bool = True, places: bool = True
) -> list[Found]:
    """Return what must not be published, in order and without overlap.

    Kinds: phone, identity, card, email, account (微信, QQ), plate, address (house numbers), person, firm,
    place (village, villagers' group, estate, community). `names` are persons already known to be in the text.
    """
    narrow = text.translate(NARROW)
    taken = bytearray(len(text))
    found = [
        Found(kind, start, end, text[start:end])
        for kind, find in _finders(narrow, names, firms=firms, places=places)
        for start, end in find(narrow)
        if _take(taken, start, end)
    ]
    return sorted(found, key=lambda one: one.start)


def _finders(narrow: str, names: Iterable[str], *, firms: bool, places: bool) -> Iterator[tuple[str, Finder]]:
    """Yield the finders, the surest first: what one has taken the next leaves alone."""
    whole = {name.translate(NARROW).strip() for name in names}
    known = sorted((name for name in whole if len(name) > 1), key=len, reverse=True)
    if known:
        yield "person", _pattern("|".join(re.escape(name) for name in known))
    yield from _NUMBERS
    if firms:
        yield "firm", lambda text: names_ending(text, FIRMS)
    if places:
        yield "place", lambda text: names_ending(text, ESTATES)
        yield "place", lambda text: names_ending(text, VILLAGES)
    yield "person", persons


def _take(taken: bytearray, start: int, end: int) -> bool:
    if end <= start or any(taken[start:end]):
        return False
    taken[start:end] = b"\x01" * (end - start)
    return True


def is_name(text: str) -> bool:
    """Say whether a cell holds the full name of one person, a usual surname first: 李强, not 李女士, 网友."""
    return bool(_WHOLE_NAME.fullmatch(text)) and not re.search(rf"(?:{words.HONORIFICS})$", text)


def mask_name(name: str) -> str:
    """Return the surname with 某 for each given character: 张三丰 → 张某某. Already masked names stay."""
    plain = "".join(name.split())
    if not plain:
        return ""
    if not re.match(_HANZI, plain):
        return plain[0] + "*" * max(1, len(plain) - 1)
    surname = 2 if len(plain) > 2 and re.match(words.DOUBLE_SURNAMES, plain) else 1
    return plain[:surname] + "某" * min(2, max(1, len(plain) - surname))


def mask_phone(phone: str) -> str:
    """Return a telephone with its middle hidden: 13900000001 → 139****0001; the country prefix goes.

    A landline keeps its area code and last three digits, a local number the last three only. What has no
    digit is hidden whole: nothing is shown only where nothing was given.
    """
    digits = normal_phone(phone)
    if not digits:
        return "*" * len(phone.strip())
    if re.fullmatch(r"1[3-9][0-9]{9}", digits):
        return f"{digits[:3]}****{digits[-4:]}"
    if len(digits) < 7:
        return "*" * len(digits)
    area = re.match(_AREA, digits)
    return f"{area[0] if area else ''}****{digits[-3:]}"


def _mask_house(address: str) -> str:
    return re.sub(rf"[{_NUMERAL}][{_NUMERAL}-]*", "某", address.translate(NARROW))


def _mask_firm(firm: str) -> str:
    ending = re.search(rf"(?:{words.FIRM_ENDINGS})\Z", firm.translate(NARROW))
    kind = ending[0] if ending else firm
    return "某公司" if kind.endswith("公司") else f"某{kind}"


def _mask_place(place: str) -> str:
    if re.search(rf"(?:{words.ESTATE_ENDINGS})\Z", place):
        return "某社区" if place.endswith("社区") else "某小区"
    if place.endswith("组") and "村" in place:
        return "某村民组" if place.endswith("民组") and not re.search("村.*村民组", place) else "某村某组"
    return "某居民组" if place.endswith("居民组") else "某村"


WORDING: dict[str, Callable[[str], str]] = {
    "phone": mask_phone,
    "identity": lambda _: "［身份证号］",
    "card": lambda _: "［银行账号］",
    "email": lambda _: "［邮箱］",
    "account": lambda _: "［网络账号］",
    "plate": lambda plate: f"{plate[:2]}*****",
    "address": _mask_house,
    "person": mask_name,
    "firm": _mask_firm,
    "place": _mask_place,
}


def mask_text(text: str, *, names: Sequence[str] = (), firms: bool = True, places: bool = True) -> str:
    """Return the text with what `find_personal` finds put into general words, the rest untouched."""
    return _replaced(text, find_personal(text, names=names, firms=firms, places=places), WORDING)


def mask_title(title: str, *, names: Sequence[str] = ()) -> str:
    """Return a title for a public edition: firms, villages, estates, persons become 某…; the matter stays."""
    wording = {**WORDING, "person": lambda _: "某"}
    return _replaced(title, find_personal(title, names=names), wording)


def _replaced(text: str, found: list[Found], wording: dict[str, Callable[[str], str]]) -> str:
    parts: list[str] = []
    end = 0
    for one in found:
        parts += [text[end : one.start], wording[one.kind](one.text)]
        end = one.end
    return "".join([*parts, text[end:]])
