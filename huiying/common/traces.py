"""What in a text points at one known person: the name in its forms, the number, the address. Pure.

`masking.find_personal` knows nobody and looks for what looks personal; this knows whom to look for.

Known limits: a nickname, a relation (其丈夫, 门口开店的那家) and a name written in other characters or in
Latin letters stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from huiying.common import masking_words as words
from huiying.common.masking import NARROW, Span
from huiying.common.text import normal_phone

_GAP = r"[\s()\-·.]*"
_AFTER = rf"(?=$|[^\u3400-\u9fff]|{words.AFTER_NAME})"
_CALLED = "先生|女士|小姐|同志|师傅|大爷|大妈|大叔|大姐|大哥|大娘|阿姨|奶奶|爷爷|某{1,2}"
"""How private people are called; 书记, 主任 and the like are as likely whom the matter is about."""
_NOBODY = {"匿名", "市民", "热心市民", "群众", "网友", "村民", "居民", "业主", "家长", "不详", "未知", "保密"}
"""What is written where a name was asked for and none given."""
_HIDDEN_NUMBER = r"[0-9]{0,4}[*]{2,}[0-9]{0,4}"
_NUMBER = "[0-9一二三四五六七八九十百]{1,5}(?:-[0-9]{1,4})?"
_OF_HOUSES = "(?:号楼|号院|号|弄|幢|栋|座|单元|室)"
_LOCAL = 7
"""The digits of a local number: enough to be nobody else's."""


def find_traces(
    text: str, *, name: str = "", phone: str = "", id_number: str = "", addresses: Iterable[str] = ()
) -> list[Span]:
    """Where a text points at the person, in order and without overlap."""
    narrow = text.translate(NARROW)
    homes = ["".join(each.translate(NARROW).split()) for each in addresses if each.strip()]
    patterns = [*_named(name), *_called(phone), *_literal(id_number)]
    patterns += [each for home in homes for each in _at_home(home)]
    found: list[Span] = []
    for start, end in sorted(_matches(narrow, patterns)):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > start:
            found.append((start, end))
    return found


def _matches(narrow: str, patterns: Iterable[str]) -> Iterator[Span]:
    for pattern in patterns:
        for match in re.finditer(pattern, narrow, re.IGNORECASE):
            yield match.span()


def _named(name: str) -> Iterator[str]:
    """The whole name, the given name alone, and the surname as people are called by it."""
    plain = "".join(name.translate(NARROW).split())
    if len(plain) < 2 or plain in _NOBODY:
        return
    yield _GAP.join(map(re.escape, plain))
    if not re.fullmatch(r"[\u3400-\u9fff]{2,4}", plain):
        return
    at = 2 if len(plain) > 2 and re.match(words.DOUBLE_SURNAMES, plain) else 1
    surname, given = plain[:at], plain[at:]
    if len(given) > 1 and not re.fullmatch(_CALLED, given):
        yield re.escape(given)
    yield rf"{surname}(?:{_CALLED})"
    yield rf"[老小]{surname}{_AFTER}"


def _called(phone: str) -> Iterator[str]:
    """The number however it is parted, its end where that is named as such, and any hidden number."""
    digits = normal_phone(phone)
    if not digits:
        return
    yield rf"(?:[0-9+]{_GAP}){{0,8}}{_GAP.join(digits[-_LOCAL:])}"
    yield rf"(?:尾号|尾数|后四位|后4位)[^0-9]{{0,4}}{digits[-4:]}"
    yield _HIDDEN_NUMBER


def _literal(text: str) -> Iterator[str]:
    if plain := "".join(text.split()):
        yield _GAP.join(map(re.escape, plain))


def _at_home(home: str) -> Iterator[str]:
    """An address as a whole, the house number in it, and what follows that number."""
    yield r"\s*".join(map(re.escape, home))
    for house in re.finditer(rf"{_NUMBER}{_OF_HOUSES}(?:{_NUMBER}{_OF_HOUSES})*", home):
        parts = re.findall(rf"{_NUMBER}{_OF_HOUSES}", house[0])
        telling = [house[0], *(part for part in parts if part[-1] in "号室")]
        yield from (rf"(?<![0-9月]){re.escape(each)}" for each in dict.fromkeys(telling))
