"""Numbers of a draft that the words it was drafted from have not: dates, sums, counts made up. Pure."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_MARK = re.compile(r"^\s*[(（]?\d{1,2}[.、)）](?!\d)", re.MULTILINE)
"""The number of a paragraph, which tells nothing."""

_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百千万]+")
_DIGITS = {word: number for number, word in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_PLACES = {"十": 10, "百": 100, "千": 1000}


def unfounded(said: str, given: str) -> list[str]:
    """The numbers of `said` whose value `given` does not have, each once, with the character after it.

    Figures are compared by value, full width or not, with or without commas; words of `given` (三百) count,
    words of `said` are not looked at, nor are the numbers of its paragraphs.

    >>> unfounded("已停水3天，退费300元，6月1日前办结", "停水三天了")
    ['300元', '6月', '1日']
    """
    said, given = (unicodedata.normalize("NFKC", text) for text in (said, given))
    known = {_value(found[0]) for found in _NUMBER.finditer(given)}
    known.update(value for found in _NUMERAL.finditer(given) for value in _values(found[0]))
    said = _MARK.sub("", said)
    rows = (
        said[found.start() : found.end() + 1].strip(" \n，,。.、；;")
        for found in _NUMBER.finditer(said)
        if _value(found[0]) not in known
    )
    return list(dict.fromkeys(rows))


def _value(figures: str) -> float:
    return float(figures.replace(",", ""))


def _values(words: str) -> set[float]:
    """What a numeral may stand for: 二〇二二 digit by digit, 三百二十 by its places."""
    if set(words) <= set(_DIGITS):
        return {float("".join(str(_DIGITS[word]) for word in words))}
    thousands, _, rest = words.rpartition("万")
    return {float(_counted(thousands) * 10_000 + _counted(rest))}


def _counted(words: str) -> int:
    """三百二十 as 320, 十五 as 15; a digit alone as itself."""
    total = held = 0
    for word in words:
        if word in _PLACES:
            total, held = total + (held or 1) * _PLACES[word], 0
        else:
            held = _DIGITS.get(word, 0)
    return total + held
