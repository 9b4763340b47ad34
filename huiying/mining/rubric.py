"""How good a reply is: a table of checks; a finding has a reason, the words it rests on, a weight. Pure.

The score is 100 less the weights of the findings, at least 0: a sum that anybody can follow. A finding is
advice; a person decides. The aspects are those that offices and the field use: does it answer what was
asked (相关), does it say what was done, by whom, when, with what result (完整), does it give grounds (解释),
its tone (态度), and what may not be in it (规范). Two teams of human judges agreed on 59 of 100 replies only,
so no weight claims to be the truth; each is a row here and can be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from huiying.common.errors import Refused
from huiying.common.masking import Found as Person
from huiying.common.masking import find_personal
from huiying.common.text import bigrams, normalise
from huiying.mining import rubric_words as words

SHORTEST = 20
"""Characters of an answer below which it can hardly tell what was done."""
FULL = 60
"""Characters from which on an answer is looked at in detail; a shorter one is already told to be thin."""
ALIKE = 0.85
"""Share of an answer's two-character sequences found in another answer, from which on it counts as copied."""
ENOUGH = 30
"""Characters from which on likeness means something."""
ANSWERED = 0.07
"""Share of a question's telling two-character sequences that its answer should hold at least."""
MOST_POINTS = 6
FOLLOWED = timedelta(days=180)
"""So long after a promised day it is asked whether it was kept."""
LEAST = 60
"""A reply that scores less is put forward to be sent back, unless the place says otherwise."""

_MOBILE = re.compile(r"[^0-9]*(?:(?:\+|00)?86)?[^0-9]*1[3-9]")
_PUNCTUATION = re.compile(r"[\W_]+")
_SENTENCE = re.compile(r"[^。！!；;\n？?]+[。！!；;\n？?]*")
_HELLO = re.compile(r"^.{0,40}?(?:您好|你好)[！!，,。：:]*")


@dataclass(frozen=True, slots=True)
class Given:
    """A reply and what it answers. None: nothing is known of it, so nothing is said of it.

    `others` are recent answers of the same unit by case number, `names` persons known to be concerned (the
    citizen), `units` all units' names and `unit` the one that answers, `open_issue` the inner outcome
    (True: not solved), `answered_on` and `asked_on` the days, `today` the day from which one looks.
    """

    answer: str
    request: str = ""
    report: str | None = None
    contact: str | None = None
    others: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    unit: str = ""
    units: tuple[str, ...] = ()
    unsolved: bool | None = None
    inquiry: bool | None = None
    asked_on: date | None = None
    answered_on: date | None = None
    today: date | None = None

    @property
    def is_full(self) -> bool:
        """Long enough for what it lacks to be told one by one."""
        return len(bare(self.answer)) >= FULL


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: which of `CHECKS`, why in words, the words quoted ("": none), and its weight in points."""

    check: str
    reason: str
    quote: str
    weight: int

    @property
    def level(self) -> int:
        """1: look, 2: doubtful, 3: as a rule send back."""
        return 3 if self.weight >= 25 else 2 if self.weight >= 10 else 1


Found = Iterator[tuple[int, str, str]]
"""What a check yields: points, what to add to the reason, the words quoted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One row: the aspect it belongs to, what it says, the most it takes from the score, how it looks."""

    name: str
    aspect: str
    title: str
    most: int
    look: Callable[[Given], Found]


def judge(given: Given) -> tuple[int, list[Finding]]:
    """The score of a reply (0 to 100) and the findings, the weightiest first.

    An answer that is not there, or of signs only, scores 0. Work is linear in the length of the texts.
    """
    found: list[Finding] = []
    for row in CHECKS.values():
        if row.name not in {"missing", "contact", "report"} and not bare(given.answer):
            continue
        left = row.most
        for points, more, quote in row.look(given):
            weight = min(points, left)
            if not weight:
                break
            left -= weight
            found.append(Finding(row.name, row.title + more, quote, weight))
    found.sort(key=lambda one: -one.weight)
    return max(0, 100 - sum(one.weight for one in found)), found


def least(config: Mapping[str, Any], nature: Iterable[str] = ()) -> int:
    """The score below which a reply is put forward to be sent back, for a nature (its code and name).

    `[replies]` of the place: `least = 60`, `least_of = { 投诉 = 70 }`. Raises Refused for what cannot be.
    """
    given = dict(config.get("replies", {}))
    of = given.get("least_of", {})
    if not isinstance(of, dict):
        raise Refused("[replies] 的 least_of：请写成性质和分数，如 { 投诉 = 70 }")
    for name, value in (("least", given.get("least", LEAST)), *of.items()):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
            raise Refused(f"[replies] 的 {name}：写的是 {value}，请写 0 至 100 的整数")
    return int(next((of[word] for word in nature if word in of), given.get("least", LEAST)))


def is_inquiry(config: Mapping[str, Any], nature: Iterable[str]) -> bool | None:
    """Whether a nature (its code and name) asks for information; None where there is no nature.

    `[replies]` of the place: `inquiries = ["咨询"]`.
    """
    known = set(nature)
    return bool(known & set(config.get("replies", {}).get("inquiries", ["咨询"]))) if known else None


# Relevance


def _beside(given: Given) -> Found:
    """Nothing but the request again, or nothing about it."""
    said, asked = bare(given.answer), bare(given.request)
    if len(asked) < SHORTEST or len(said) < SHORTEST:
        return
    if said in asked or alike(said, asked) >= ALIKE:
        yield 40, "：只是复述诉求", ""
    elif not _telling(said) & _telling(asked):
        yield 20, "：与诉求没有共同的词语，可能答非所问", ""


def _points(given: Given) -> Found:
    """Each question or demand whose words the answer does not take up."""
    if not given.is_full:
        return
    said = _telling(given.answer)
    for point in questions(given.request):
        asked = _telling(point)
        if len(asked) >= 5 and len(asked & said) < ANSWERED * len(asked):
            yield 6, "：可能没有回应这一点", point


def questions(request: str) -> list[str]:
    """The sentences of a request that ask or demand something, at most six, in order, each once."""
    asked = [each.strip() for each in _SENTENCE.findall(request)]
    asked = [each for each in asked if len(bare(each)) >= 6 and words.ASKS.search(each)]
    return list(dict.fromkeys(asked))[:MOST_POINTS]


# Completeness


def _missing(given: Given) -> Found:
    if not bare(given.answer):
        yield 100, "", ""


def _short(given: Given) -> Found:
    length = len(bare(given.answer))
    if length < SHORTEST:
        yield 30, f"（{length} 字）", ""
    elif length < 2 * SHORTEST:
        yield 10, f"（{length} 字）", ""


def _empty(given: Given) -> Found:
    """An empty phrase in a full answer is a remark; where little else is said it is the whole trouble."""
    said = list(dict.fromkeys(match.group() for match in words.EMPTY.finditer(given.answer)))
    left = len(bare(words.COURTESY.sub("", words.EMPTY.sub("", _HELLO.sub("", given.answer)))))
    if left < SHORTEST and not said:
        said = [match.group() for match in words.COURTESY.finditer(given.answer)][:1]
    for number, quote in enumerate(said):
        yield (30 if left < 2 * SHORTEST and not number else 3), "", quote


def _passed_on(given: Given) -> Found:
    """Somebody else is to see to it, and nothing else is said."""
    found = words.PASSED_ON.search(given.answer)
    if found and not words.FOUND.search(given.answer) and len(bare(given.answer)) < 2 * FULL:
        yield 30, "", found.group()


def _nothing_done(given: Given) -> Found:
    text = given.answer
    if words.DONE.search(text) or words.FOUND.search(text) or words.EXPLAINED.search(text):
        return
    yield 20, "", ""


def _no_day(given: Given) -> Found:
    if given.is_full and given.inquiry is not True and not words.WHEN.search(given.answer):
        yield 4, "", ""


def _no_result(given: Given) -> Found:
    if given.is_full and not words.RESULT.search(given.answer):
        yield 10, "", ""


def _contact(given: Given) -> Found:
    """No record of contact where records are kept; else no way to ask on in the answer."""
    if given.contact is not None:
        if not given.contact.strip():
            yield 15, "没有与群众联系的记录", ""
    elif given.is_full and not words.CONTACT.search(given.answer):
        yield 4, "没有联系群众的说明，也没有咨询电话", ""


def _report(given: Given) -> Found:
    if given.report is not None and not given.report.strip():
        yield 5, "", ""


# Grounds


def _no_basis(given: Given) -> Found:
    if given.is_full and not words.BASIS.search(given.answer):
        yield (8 if given.inquiry else 3), "", ""


def _refused_without_reason(given: Given) -> Found:
    for match in words.REFUSED.finditer(given.answer):
        around = given.answer[max(0, match.start() - 80) : match.end() + 80]
        if not words.REASONED.search(around):
            yield 12, "", match.group()
            return


# Tone


def _rude(given: Given) -> Found:
    for match in words.RUDE.finditer(given.answer):
        yield 20, "", match.group()


def _no_greeting(given: Given) -> Found:
    if not words.GREETING.search(given.answer):
        yield 2, "", ""


# What may not be in it


def _personal(given: Given) -> Found:
    """Numbers and names of persons weigh, each once; an office's telephone, where a firm or an office sits,
    and who works there hardly."""
    found_in = find_personal(given.answer, names=given.names, firms=False, places=False)
    for found in {one.text: one for one in reversed(found_in)}.values():
        before = given.answer[max(0, found.start - 12) : found.start]
        if found.kind == "address":
            if words.HOME.search(before) or words.ROOM.search(found.text):
                yield 3, "：门牌号，如系公共场所可以保留", found.text
        elif found.kind == "phone" and not _MOBILE.match(found.text):
            if not words.OWN_TELEPHONE.search(before):
                yield 1, "：固定电话，如系单位公开电话可以保留", found.text
        elif found.kind == "person" and found.text not in given.names and _at_work(given.answer, found):
            yield 1, "：工作人员姓名，如系公开的联系人可以保留", found.text
        else:
            yield 30, "", found.text


def _at_work(answer: str, person: Person) -> bool:
    """Whether the office or the title of somebody stands beside the name."""
    before = answer[max(0, person.start - 8) : person.start]
    return bool(words.OFFICE_BEFORE.search(before) or words.OFFICE_AFTER.match(answer, person.end))


def _copied(given: Given) -> Found:
    """The most alike of the other answers, where it is alike enough."""
    said = bare(given.answer)
    if len(said) < ENOUGH:
        return
    likeness = [(alike(said, bare(other)), number) for number, other in given.others.items()]
    share, number = max(likeness, default=(0.0, ""))
    if share >= ALIKE:
        same = "完全相同" if share == 1.0 else f"{int(share * 100)}% 相同"
        yield 15, f"（{number}，{same}）", ""


def _two_skins(given: Given) -> Found:
    """两张皮: the public is told another outcome than the file holds."""
    solved = words.RESOLVED.search(given.answer)
    inner = given.report or ""
    if solved and given.unsolved:
        yield 30, "：公开答复说已解决，登记的办理结果是未解决", solved.group()
    elif solved and (open_still := words.UNRESOLVED.search(inner)) and not words.RESOLVED.search(inner):
        yield 30, f"：办理情况写的是“{open_still.group()}”", solved.group()
    said, kept = _verdict(given.answer), _verdict(inner)
    if said and kept and said[0] != kept[0]:
        yield 30, f"：办理情况写的是“{kept[1]}”", said[1]


def _verdict(text: str) -> tuple[bool, str] | None:
    """Whether a text holds the report to be true, and its words; None where it says neither or both."""
    untrue, true = words.UNTRUE.search(text), words.TRUE.search(text)
    if bool(untrue) == bool(true):
        return None
    found = true or untrue
    assert found is not None
    return bool(true), found.group()


def _wrong_name(given: Given) -> Found:
    """Greets somebody of another surname, or is signed by another unit."""
    surnames = {name[:1] for name in given.names if name}
    for match in words.SALUTED.finditer(given.answer[:40]):
        if surnames and match["surname"][:1] not in surnames:
            yield 15, "：称呼与诉求人姓氏不符", match.group()
    tail = given.answer.rstrip()[-30:]
    if given.unit and given.unit not in tail:
        signed = [name for name in given.units if len(name) > 2 and name in tail and name not in given.unit]
        if signed and re.search(rf"{re.escape(signed[0])}\s*(?:\d{{4}}\s*年.*)?$", tail):
            yield 12, f"：承办单位是{given.unit}", signed[0]


def _residue(given: Given) -> Found:
    for match in words.RESIDUE.finditer(given.answer):
        yield 10, "", match.group()


def _promise(given: Given) -> Found:
    """A day that was promised and had passed when the answer was given, or has since."""
    asked, answered = given.asked_on, given.answered_on
    for match in words.PROMISE.finditer(given.answer):
        promised = _day(match, asked or answered)
        if promised is None:
            continue
        if answered and promised < answered and (asked is None or promised >= asked):
            yield 10, f"：答复时已过 {promised}", match.group()
        elif given.today and answered and answered <= promised < given.today <= promised + FOLLOWED:
            yield 5, f"：{promised} 已过，请跟踪是否兑现", match.group()


def _day(match: re.Match[str], near: date | None) -> date | None:
    """The last day that a promise means; without a year it is the one after `near`. None for no day."""
    year = int(match["year"]) if match["year"] else near.year if near else 0
    month = int(match["month"])
    if not year or not 1 <= month <= 12:
        return None
    if near and not match["year"] and month < near.month - 6:
        year += 1
    last = {"初": 10, "上旬": 10, "中旬": 20}.get(match["part"] or "", 28)
    try:
        return date(year, month, int(match["day"]) if match["day"] else last)
    except ValueError:
        return None


_ROWS = (
    Check("missing", "完整", "没有公开答复", 100, _missing),
    Check("empty", "完整", "空话套话，没有说明办理结果", 39, _empty),
    Check("passed_on", "完整", "只说转给别人办，没有办理结果", 30, _passed_on),
    Check("short", "完整", "公开答复过短", 30, _short),
    Check("done", "完整", "没有说明做了什么，也没有解释", 20, _nothing_done),
    Check("result", "完整", "没有说明结果", 10, _no_result),
    Check("when", "完整", "没有写明办理时间", 4, _no_day),
    Check("contact", "完整", "", 15, _contact),
    Check("report", "完整", "没有办理情况", 5, _report),
    Check("off", "相关", "答复与诉求不对应", 40, _beside),
    Check("points", "相关", "诉求没有逐项回应", 18, _points),
    Check("basis", "解释", "没有依据", 8, _no_basis),
    Check("refusal", "解释", "说不能办，没有说明理由", 12, _refused_without_reason),
    Check("rude", "态度", "用语不当", 40, _rude),
    Check("greeting", "态度", "没有称呼和问候", 2, _no_greeting),
    Check("personal", "规范", "含个人信息", 60, _personal),
    Check("copied", "规范", "与另一件的答复雷同", 15, _copied),
    Check("two_skins", "规范", "公开答复与办理情况不一致", 60, _two_skins),
    Check("name", "规范", "称呼或落款有误", 27, _wrong_name),
    Check("residue", "规范", "留有模板的空格或代称", 20, _residue),
    Check("promise", "规范", "承诺的日期", 15, _promise),
)
CHECKS = {row.name: row for row in _ROWS}


# Likeness


def alike(text: str, other: str) -> float:
    """Which share (0 to 1) of `text`'s two-character sequences `other` holds; 1.0 only for the same text."""
    if text == other:
        return 1.0
    pairs, known = set(bigrams(text)), set(bigrams(other))
    return min(0.99, len(pairs & known) / len(pairs)) if pairs else 0.0


@lru_cache(maxsize=32)  # one reply is asked for the same by many checks
def bare(text: str) -> str:
    """The text without width, case, punctuation and spaces."""
    return _PUNCTUATION.sub("", normalise(text))


@lru_cache(maxsize=32)
def _telling(text: str) -> frozenset[str]:
    """The two-character sequences that say what a text is about."""
    return frozenset(bigrams(normalise(text))) - words.COMMON


# For the screen


def marked(answer: str, findings: Iterable[Finding]) -> list[tuple[str, Finding | None]]:
    """The answer cut into pieces, each quoted one with its finding; joined they are the answer."""
    spans = sorted(_spans(answer, findings), key=lambda span: (span[0], -span[1]))
    pieces: list[tuple[str, Finding | None]] = []
    at = 0
    for start, end, finding in spans:
        if start < at:
            continue
        pieces += [(answer[at:start], None), (answer[start:end], finding)]
        at = end
    return [piece for piece in [*pieces, (answer[at:], None)] if piece[0]]


def _spans(answer: str, findings: Iterable[Finding]) -> Iterator[tuple[int, int, Finding]]:
    for finding in findings:
        if finding.quote:
            for match in re.finditer(re.escape(finding.quote), answer):
                yield match.start(), match.end(), finding
