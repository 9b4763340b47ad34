"""Texts made comparable and searchable: normal forms, character bigrams, nearest names.

Pure: values in, values out. The full-text engines live in `common/search.py`; both store and ask for
exactly the tokens made here, so neither engine's own tokeniser or dictionary decides what is found.

How a text becomes tokens (and why a part of a number is found):

- A run of hanzi becomes its overlapping bigrams and, last, its final character alone, so that every
  single character begins some token: `道路积水` → `道路 路积 积水 水`.
- A run of Latin letters and digits is one lower-case word. A word of four or more characters with a
  digit in it is followed by its tails of at least three characters: `RX0301` → `rx0301 x0301 0301 301`.
  Any part of at least three characters of a case number is thus the beginning of some token.
- Everything else separates.

A question is cut the same way into phrases. All phrases must be found; inside a phrase the tokens stand
side by side, and the last token may be only begun.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

HANZI = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_RUN = re.compile(rf"[{HANZI}]+|[^\W_{HANZI}]+")
_IS_HANZI = re.compile(rf"[{HANZI}]")
_DIGIT = re.compile(r"\d")
_EXTENSION = re.compile(r"转|分机|ext", re.IGNORECASE)

LONGEST_WORD = 32
SHORTEST_TAIL = 3


class Phrase(NamedTuple):
    """Tokens that must stand side by side; with `begins`, the last one need only begin so."""

    tokens: tuple[str, ...]
    begins: bool


def normalise(text: str) -> str:
    """Return the text in one comparable form: NFKC, no invisible characters, single spaces, trimmed.

    For comparing and searching, not for printing: full-width punctuation becomes ASCII.
    """
    return " ".join(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).split())


def normal_name(name: str) -> str:
    """Return a person's name in the form used for look-ups: NFKC, no spaces at all, lower case."""
    return normalise(name).replace(" ", "").lower()


def normal_phone(phone: str) -> str:
    """Return the digits by which one telephone is always the same telephone.

    Punctuation, an extension (转, 分机, ext) and the country prefix +86, 0086 or 86 go; so does a 0 dialled
    before a mobile number. A landline keeps its area code with the leading 0. Empty if there is no digit.
    """
    dialled = _EXTENSION.split(unicodedata.normalize("NFKC", phone))[0].strip()
    digits = "".join(c for c in dialled if c in "0123456789")
    if dialled.lstrip("( ").startswith("+86") or re.match(r"86(?:1[3-9]\d{9}|0\d{9,11})$", digits):
        return _without_country(digits[2:])
    if digits.startswith("0086"):
        return _without_country(digits[4:])
    return digits[1:] if re.match(r"01[3-9]\d{9}$", digits) else digits


def _without_country(digits: str) -> str:
    """Give a national number the 0 of its area code back where the country prefix had replaced it."""
    if re.match(r"0?1[3-9]\d{9}$", digits):
        return digits.lstrip("0")
    is_area_number = len(digits) >= 9 and not digits.startswith(("0", "400", "800"))
    return "0" + digits if is_area_number else digits


def short(text: str, n: int) -> str:
    """Return the text on one line in at most `n` characters, ending in … where it was cut."""
    if n < 1:
        raise ValueError(f"截短的长度至少为 1 个字符，现为 {n}")
    line = " ".join(text.split())
    return line if len(line) <= n else line[: n - 1].rstrip() + "…"


def bigrams(text: str) -> list[str]:
    """Return the overlapping pairs of each hanzi run (a single hanzi as itself) and the other words."""
    return [part for run in _runs(text) for part in (_pairs(run) if _is_hanzi(run) else [run])]


def search_tokens(text: str) -> str:
    """Return the tokens to index for a text, separated by spaces (see the head of this module)."""
    return " ".join(token for run in _runs(text) for token in _indexed(run))


def search_phrase(query: str) -> list[Phrase]:
    """Return the phrases that a text must hold to answer the question; empty if nothing can be asked.

    A word of up to three characters next to hanzi stays in their phrase, so that 3号楼 does not find 13号楼.
    Longer words stand alone: they may be a part of a number.
    """
    return [_phrase(group) for group in _groups(query)]


def nearest(word: str, choices: Iterable[str], n: int = 3) -> list[str]:
    """Return up to `n` of the choices that are most like the word, best first, none if nothing is near.

    An abbreviation counts as near: 县住建局 keeps the order of the characters of 县住房和城乡建设局.
    """
    wanted = normal_name(word)
    scored = [(_likeness(wanted, normal_name(choice)), choice) for choice in dict.fromkeys(choices)]
    near = sorted((pair for pair in scored if pair[0] >= 0.6), key=lambda pair: (-pair[0], pair[1]))
    return [choice for _, choice in near[:n]]


def suggestion(word: str, choices: Iterable[str], n: int = 3) -> str:
    """Return “您是否要找：甲、乙？” for an unknown word, or an empty string if nothing is near."""
    near = nearest(word, choices, n)
    return f"您是否要找：{'、'.join(near)}？" if near else ""


def _runs(text: str) -> list[str]:
    return [part for run in _RUN.findall(normalise(text).lower()) for part in _cut(run)]


def _cut(run: str) -> list[str]:
    """Cut an overlong word (an address of the web, a seal) so that its tails stay few."""
    if len(run) <= LONGEST_WORD or _is_hanzi(run):
        return [run]
    return [run[i : i + LONGEST_WORD] for i in range(0, len(run), LONGEST_WORD)]


def _is_hanzi(run: str) -> bool:
    return _IS_HANZI.match(run) is not None


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _indexed(run: str) -> list[str]:
    if _is_hanzi(run):
        return [*_pairs(run), run[-1]] if len(run) > 1 else [run]
    has_tails = len(run) > SHORTEST_TAIL and _DIGIT.search(run)
    return [run[i:] for i in range(len(run) - SHORTEST_TAIL + 1)] if has_tails else [run]


def _groups(query: str) -> Iterator[list[str]]:
    """Yield the runs that touch each other; a word that may be a part of a number is its own group."""
    group: list[str] = []
    end = -1
    for match in _RUN.finditer(normalise(query).lower()):
        alone = len(match[0]) > SHORTEST_TAIL and not _is_hanzi(match[0])
        if group and (alone or match.start() != end):
            yield group
            group = []
        if alone:
            yield from ([part] for part in _cut(match[0]))
        else:
            group.append(match[0])
        end = -1 if alone else match.end()
    if group:
        yield group


def _phrase(group: list[str]) -> Phrase:
    *before, last = group
    tokens = [token for run in before for token in _indexed(run)]
    if not _is_hanzi(last):
        return Phrase((*tokens, last), begins=True)
    return Phrase((*tokens, *_pairs(last)), begins=len(last) == 1)


_CLAUSE = re.compile(r"[^，。；！？、：\n]*[，。；！？、：\n]?")


def changes(old: str, new: str) -> list[tuple[str, str]]:
    """A text beside an earlier one, clause by clause: ("" kept, "-" gone, "+" new; the words)."""
    before, after = (_CLAUSE.findall(text.replace("\r\n", "\n")) for text in (old, new))
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        parts = [("", after[c:d])] if kind == "equal" else [("-", before[a:b]), ("+", after[c:d])]
        found += [(sign, "".join(words)) for sign, words in parts if any(words)]
    return found


def _likeness(word: str, choice: str) -> float:
    """Score 0 to 1: equal 1; contained or abbreviated between 0.8 and 1; else difflib's ratio below 0.8."""
    if not word or not choice:
        return 0.0
    ratio = SequenceMatcher(None, word, choice, autojunk=False).ratio()
    shorter, longer = sorted((word, choice), key=len)
    if len(shorter) < 2:
        return min(ratio, 0.79)
    if shorter in longer:
        return 0.9 + ratio / 10
    return 0.8 + ratio / 10 if _is_subsequence(shorter, longer) else min(ratio, 0.79)


def _is_subsequence(shorter: str, longer: str) -> bool:
    rest = iter(longer)
    return len(shorter) > 2 and all(character in rest for character in shorter)
