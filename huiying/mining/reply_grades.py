"""What a reply holds, in degrees: how much of the request it takes up, what it tells of, how fully. Pure.

These are no faults but shares of the score: what they say is a fact of the words (these characters of the
title are not in the answer) and no accusation, so they stand apart from the findings and weigh little each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from huiying.common.text import normalise
from huiying.mining import rubric_words as words
from huiying.mining.reply_endings import ENDED, TAIL
from huiying.mining.request_points import telling

TAKEN_UP = 0.5
"""So much of a request is taken up in every second answer; more is not asked for."""
SCALE = 4
"""An answer as near to its request as 0.125 (cosine) takes up half of it: one in two is."""
LONGEST_TITLE = 40
"""A first line that is longer is no title."""
SHORTEST = 4
"""Characters of a piece of a title from which on it says something."""
_ASKING = re.compile(r"^(?:请求|希望|反映|咨询|关于|举报|投诉|建议|请问|质疑|呼吁)+")
_RUN = re.compile(r"\w+")


def taken_up(topic: str, request: str, answer: str) -> float:
    """How much of a request an answer takes up, 0 to 1: of its title's telling words, or of all its words."""
    asked, said = telling(request), telling(answer)
    if not asked:
        return 1.0
    shared = SCALE * len(asked & said) / math.sqrt(len(asked) * max(1, len(said)))
    title = telling(topic) if len(topic) <= LONGEST_TITLE else frozenset()
    return min(1.0, max(shared, len(title & said) / len(title) if title else 0.0))


def unsaid(topic: str, answer: str) -> str:
    """The longest piece of a title of which nothing is in the answer, as the title has it; "" for none."""
    said, plain = telling(answer), normalise(topic)
    if len(plain) != len(topic):  # else what stands where is the same in both
        return ""
    pieces = [
        piece
        for run in _RUN.finditer(topic)
        for piece in _between(
            run.group(),
            [at - run.start() for at in range(run.start(), run.end() - 1) if plain[at : at + 2] in said],
        )
    ]
    best = max((_ASKING.sub("", piece) for piece in pieces), key=len, default="")
    return best if len(best) >= SHORTEST and telling(best) else ""


def _between(run: str, pairs: list[int]) -> Iterator[str]:
    """What of a run of characters lies between the pairs that begin at these places."""
    start = 0
    for at in [*pairs, len(run)]:
        yield run[start:at]
        start = at + 2


@dataclass(frozen=True, slots=True)
class Element:
    """What a full answer tells of: points where deeds are asked for, points where a question is asked.

    `check` is the one that tells its lack already, where it is a fault.
    """

    name: str
    title: str
    deeds: int
    questions: int
    has: Callable[[str], object]
    check: str = ""


_DAY_BELOW = re.compile(r"\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日?\s*$")
_WHO = re.compile(
    r"[一-龥A-Za-z\d](?:局|委员会|政府|中心|派出所|公司|[大支]队|部门|人员|单位|社区|学校|医院|法院|电视台|街道|物业|村委|管委)"
    r"|[我本该贵县市区镇乡][局委办司校队站所镇乡院会部]"
)
_TELEPHONE = re.compile(
    r"电话|致电|拨打|来电|热线|微信|公众号|网址|https?:|(?<![A-Za-z\d])\d{3,4}\s*[-—–－]{1,2}\s*\d{3,}"
)


def _without_day(answer: str) -> str:
    """The day below an answer is not the day of what was done."""
    return _DAY_BELOW.sub("", answer.rstrip())


def _is_dated(answer: str) -> bool:
    """A day is told of what was done, or nothing was done that has one."""
    return bool(words.WHEN.search(_without_day(answer)) or not words.DID.search(answer))


ELEMENTS = (
    Element("who", "没有写明由谁办理", 2, 2, _WHO.search),
    Element("when", "没有写明哪天办的", 2, 0, _is_dated, "when"),
    Element("basis", "没有写明依据的规定", 0, 2, words.BASIS.search, "basis"),
    Element("contact", "没有写明可以再问的电话", 2, 3, _TELEPHONE.search, "contact"),
    Element("end", "没有结束语、落款或日期", 4, 4, lambda a: ENDED.search(a.rstrip()[-TAIL:])),
)


def lacking(answer: str, is_deed: bool) -> Iterator[tuple[Element, int]]:
    """What an answer does not tell of, with the points."""
    for element in ELEMENTS:
        points = element.deeds if is_deed else element.questions
        if points and not element.has(answer):
            yield element, points
