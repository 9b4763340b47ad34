"""How good a reply is: a table of checks; a finding has a reason, the words it rests on, a weight. Pure.

The score is 100 less the weights of the findings, at least 0: a sum that anybody can follow. A finding is
advice; a person decides. Some rows are no faults but grades (level 0): how much of the request is taken up,
what is told, how fully; they set good answers apart and are shown apart. The aspects are those that offices
and the field use: does it answer what was asked (相关), does it say what was done, by whom, when, with what
result (完整), does it give grounds (解释), its tone (态度), and what may not be in it (规范). Two teams of
human judges agreed on 59 of 100 replies only, so no weight claims to be the truth; each is a row here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from huiying.common.errors import Refused
from huiying.common.masking import Found as Person
from huiying.common.masking import find_personal
from huiying.common.text import bigrams, normalise
from huiying.mining import rubric_words as words
from huiying.mining.promised_days import promises
from huiying.mining.reply_clauses import VAGUE, read
from huiying.mining.reply_endings import broken_off, signed_on
from huiying.mining.reply_given import FULL, PASSED, SHORTEST, Given
from huiying.mining.reply_grades import TAKEN_UP, lacking, taken_up, unsaid
from huiying.mining.request_points import not_taken_up, telling

LEAST_TOLD = 3
"""Points below which how much of a request is taken up is not worth a row."""
USUAL = 150
"""Characters from which on an answer to a complaint is not brief."""
ALIKE = 0.85
"""Share of an answer's two-character sequences found in another answer, from which on it counts as copied."""
NEAR = 0.02
"""Likeness of answer and request below which it is asked whether they belong together: two in three answers
put to another request lie below, and one in a hundred of their own."""
OPENING = 160
"""In so many characters an answer says what it answers."""
LEAST_TELLING = 5
"""Telling sequences of a quoted title from which on it may be told to be another's."""
FAR = 80
"""Characters of what an answer says from which on no word in common with the request means something."""
ENOUGH = 30
"""Characters from which on likeness means something."""
OWN = 0.3
"""Share of a title's telling sequences from which on an answer is about it, though others got it too."""
BEFORE = timedelta(days=7)
"""So long before the request the day below an answer is a slip; less may be the way of the post."""
FOLLOWED = timedelta(days=180)
"""So long after a promised day it is asked whether it was kept."""
LEAST = 60
"""A reply that scores less is put forward to be sent back, unless the place says otherwise."""

_MOBILE = re.compile(r"[^0-9]*(?:(?:\+|00)?86)?[^0-9]*1[3-9]")
_PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: which of `CHECKS`, why in words, the words quoted ("": none), and its weight in points."""

    check: str
    reason: str
    quote: str
    weight: int

    @property
    def level(self) -> int:
        """0: a grade, no fault, 1: look, 2: doubtful, 3: as a rule send back."""
        if CHECKS[self.check].is_grade:
            return 0
        return 3 if self.weight >= 25 else 2 if self.weight >= 10 else 1


Found = Iterator[tuple[int, str, str]]
"""What a check yields: points, what to add to the reason, the words quoted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One row: the aspect it belongs to, what it says, the most it takes from the score, how it looks.

    A grade says how much of something there is, and blames nobody. All grades together take less than would
    bring a reply without a fault below `LEAST`.
    """

    name: str
    aspect: str
    title: str
    most: int
    look: Callable[[Given], Found]
    is_grade: bool = False


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


def faults(found: Iterable[Finding]) -> list[Finding]:
    """The findings that are no mere grades."""
    return [one for one in found if one.level]


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
    """Nothing but the request again; a request is quoted that is not this one; hardly a word of it."""
    said, asked = bare(given.answer), bare(given.request)
    if len(asked) < SHORTEST or len(said) < SHORTEST:
        return
    if said in asked or (ALIKE * len(said) <= len(asked) and alike(said, asked) >= ALIKE):
        yield 40, "：只是复述诉求", ""
    elif quoted := _other_request(given):
        yield 25, "：引的是另一件诉求", quoted
    elif given.is_full and not telling(given.answer) & telling(given.topic):
        shared = _shared(given.answer, given.request)
        if shared < NEAR:
            none = not shared and len(given.left) >= FAR
            yield (
                (20 if none else 12),
                f"：与诉求{'没有' if none else '几乎没有'}共同的词语，请看答的是不是这件事",
                "",
            )


def _other_request(given: Given) -> str:
    """The title that an answer quotes, where no word of it is in the request; "" for none."""
    match = words.QUOTED.search(given.answer[:OPENING])
    quoted = telling(match["title"]) if match else frozenset()
    is_other = len(quoted) >= LEAST_TELLING and not quoted & telling(given.request)
    return match.group() if match and is_other else ""


def _shared(text: str, other: str) -> float:
    """How much two texts speak of the same: the cosine of their telling sequences, 0 to 1."""
    one, two = telling(text), telling(other)
    return len(one & two) / math.sqrt(len(one) * len(two)) if one and two else 1.0


def _points(given: Given) -> Found:
    """Each question, demand or numbered item of which the answer holds nothing."""
    if given.is_full:
        for point in not_taken_up(given.request, given.answer):
            yield 4, "：请看是否回应了这一点", point


# Completeness


def _missing(given: Given) -> Found:
    if read(given.answer).is_bare:
        yield 100, "，只有称呼、日期或落款" if bare(given.answer) else "", ""


def _short(given: Given) -> Found:
    length = len(given.left)
    if given.says_nothing or words.THANKS.search(given.topic) or length >= FULL:
        return
    if length < SHORTEST and not (given.inquiry and words.PLAIN.search(given.left)):
        yield 20, f"（除客套外 {length} 字）", ""
    elif length >= SHORTEST and given.asks_for_deeds and not words.SETTLED.search(given.answer):
        yield 6, f"（除客套外 {length} 字），看不出经过和结果", ""


def _empty(given: Given) -> Found:
    """Where little else is said an empty phrase is the whole trouble; in a full answer, a remark."""
    reading = read(given.answer)
    if given.says_nothing:
        if not reading.handed and not reading.referred and not reading.is_bare:
            yield 70, "", reading.hollow or reading.polite or reading.receipt
    elif (
        reading.hollow
        and not reading.handed
        and given.asks_for_deeds
        and len(reading.left) < FAR
        and not words.DID.search(given.answer)
    ):
        yield 6, "：只说今后会办", reading.hollow


def _passed_on(given: Given) -> Found:
    """Somebody else is to see to it or to be asked, and nothing else is said."""
    reading = read(given.answer)
    if not given.says_nothing:
        return
    if reading.handed:
        vague = "，也没说转给谁" if VAGUE.search(reading.handed) else ""
        yield (60 if vague else 45 if reading.referred else 50), vague, reading.handed
    elif reading.referred:
        yield 45, "：只叫人去问别处", reading.referred


def _nothing_done(given: Given) -> Found:
    if given.says_nothing or words.DID.search(given.answer) or words.EXPLAINED.search(given.left):
        return
    is_thin = len(given.left) < PASSED and not words.PLAIN.search(given.left)
    if given.asks_for_deeds or is_thin:
        yield 20, "", ""


def _no_day(given: Given) -> Found:
    """Who was on the spot or did something, and not when."""
    acted = words.ACTED.search(given.answer)
    if acted and given.is_full and given.asks_for_deeds and not words.WHEN.search(given.answer):
        yield 4, "", acted.group()


def _no_result(given: Given) -> Found:
    """It is still being done, nothing has been done so far, and by when is not said."""
    pending = words.PENDING.search(given.answer) if given.is_full and given.asks_for_deeds else None
    settles = (words.DONE, words.BY_WHEN, words.UNTRUE)
    if pending and not any(each.search(given.answer) for each in settles):
        yield 6, "，也没有写明何时办好", pending.group()


def _contact(given: Given) -> Found:
    """No record of contact where records are kept; else no way to ask on, though it is not over."""
    if given.contact is not None:
        if not given.contact.strip():
            yield 15, "：没有与群众联系的记录", ""
    elif given.is_full and not words.CONTACT.search(given.answer):
        pending = words.PENDING.search(given.answer) if given.asks_for_deeds else None
        if still := words.DENIED.search(given.answer) or pending:
            yield 4, "：事情未了，没有留咨询电话", still.group()


def _report(given: Given) -> Found:
    if given.report is not None and not given.report.strip():
        yield 5, "", ""


# Grounds


def _no_basis(given: Given) -> Found:
    """What is denied, called lawful or granted by rule has to say by which rule; other matters have not."""
    if not given.is_full or words.BASIS.search(given.answer):
        return
    if found := words.DENIED.search(given.answer) or words.CLAIMED.search(given.answer):
        yield 6, "：说了能不能、合不合规，没有写是哪条规定", found.group()
    elif (
        words.POLICY.search(given.topic) and (granted := words.GRANTED.search(given.answer)) and given.inquiry
    ):
        yield 4, "：问的是政策，没有写是哪份文件", granted.group()


def _refused_without_reason(given: Given) -> Found:
    """An office's no without a because anywhere; to a question, no is an answer."""
    refused = words.REFUSED.search(given.answer)
    if not refused or given.says_nothing or given.inquiry is True:
        return
    if not words.REASONED.search(words.REFUSED.sub("", given.left)):
        yield 12, "", refused.group()


# Tone


def _rude(given: Given) -> Found:
    for match in words.RUDE.finditer(given.answer):
        yield 20, "", match.group()
    for match in words.BLAMING.finditer(given.answer):
        yield 10, "：有责怪群众的意思", match.group()
    for match in words.WARNING.finditer(given.answer):
        if not words.WARNED.search(match["whom"]):
            yield 10, "：有警告群众的意思", match.group().removeprefix(match["whom"])


def _no_greeting(given: Given) -> Found:
    if not words.GREETING.search(given.answer) and not read(given.answer).is_bare:
        yield 2, "", ""


# What may not be in it


def _personal(given: Given) -> Found:
    """Numbers, the citizen's name and the first other name weigh, each once; further names, an office's
    telephone, where a firm or an office sits, and who works there hardly."""
    found_in = find_personal(given.answer, names=given.names, firms=False, places=False)
    others = 0
    for found in {one.text: one for one in reversed(found_in)}.values():
        before = given.answer[max(0, found.start - 12) : found.start]
        after = given.answer[found.end : found.end + 12]
        if found.kind == "person" and found.text[-1] in "村镇乡组" and found.text not in given.names:
            continue
        if found.kind == "address":
            is_public = words.PUBLIC_ROOM.search(before) or words.OFFICE_IN.match(after)
            if words.HOME.search(before) or (words.ROOM.search(found.text) and not is_public):
                yield 3, "：门牌号，如系公共场所可以保留", found.text
        elif found.kind == "phone" and not _MOBILE.match(found.text):
            if not words.OWN_TELEPHONE.search(before):
                yield 1, "：固定电话，如系单位公开电话可以保留", found.text
        elif found.kind != "person" or found.text in given.names:
            yield 30, "", found.text
        elif words.OWNER.search(before):
            yield 5, "：企业负责人姓名，登记上可查的可以保留", found.text
        elif _at_work(given.answer, found):
            yield 1, "：工作人员姓名，如系公开的联系人可以保留", found.text
        else:
            yield (5 if others else 25), "：他人姓名", found.text
            others += 1


def _at_work(answer: str, person: Person) -> bool:
    """Whether the office or the title of somebody stands beside the name."""
    before = answer[max(0, person.start - 8) : person.start]
    return bool(words.OFFICE_BEFORE.search(before) or words.OFFICE_AFTER.match(answer, person.end))


def _copied(given: Given) -> Found:
    """The most alike of the other answers, if alike enough; little where it is about this request."""
    said = bare(given.answer)
    if len(said) < ENOUGH or given.says_nothing:
        return
    likeness = [(alike(said, bare(other)), number) for number, other in given.others.items()]
    share, number = max(likeness, default=(0.0, ""))
    if share >= ALIKE:
        same = "完全相同" if share == 1.0 else f"{int(share * 100)}% 相同"
        asked = telling(given.topic)
        fits = bool(asked) and len(asked & telling(given.answer)) >= OWN * len(asked)
        yield (
            (3 if fits or given.inquiry else 15),
            f"（{number}，{same}）{'，如系同一件事可以保留' if fits or given.inquiry else ''}",
            "",
        )


def _two_skins(given: Given) -> Found:
    """两张皮: the public is told another outcome than the file holds."""
    solved = words.RESOLVED.search(given.answer)
    inner = given.report or ""
    if solved and given.unsolved:
        yield 30, "：公开答复说已解决，回访登记的是未解决", solved.group()
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
    """Greets somebody else, or is signed by another unit or on a day that cannot be."""
    if stranger := _stranger(given):
        yield 25, f"：诉求人是{given.user}", stranger
    titled = words.TITLED.fullmatch(given.user)
    surnames = {name[:1] for name in (*given.names, *(titled.groups() if titled else ())) if name}
    for match in words.SALUTED.finditer(given.answer[:40]):
        if surnames and match["surname"][:1] not in surnames:
            yield 15, "：称呼与诉求人姓氏不符", match.group()
    tail = given.answer.rstrip()[-30:]
    if given.unit and given.unit not in tail:
        signed = [name for name in given.units if len(name) > 2 and name in tail and name not in given.unit]
        if signed and re.search(rf"{re.escape(signed[0])}\s*(?:\d{{4}}\s*年.*)?$", tail):
            yield 12, f"：承办单位是{given.unit}", signed[0]
    below = signed_on(given.answer)
    if below and given.asked_on and below[0] < given.asked_on - BEFORE:
        yield 6, f"：落款日期早于来件（{given.asked_on}）", below[1]


def _stranger(given: Given) -> str:
    """Who is greeted by an account's name of the sender's kind that is not the sender's; "" for nobody."""
    own = words.ACCOUNT.fullmatch(given.user)
    greeted = [
        match.group()
        for match in words.GREETED.finditer(given.answer[:OPENING])
        if own and match["kind"] == own["kind"]
    ]
    return greeted[0] if greeted and given.user not in greeted else ""


def _residue(given: Given) -> Found:
    for match in words.RESIDUE.finditer(given.answer):
        yield 10, "", match.group()


def _broken(given: Given) -> Found:
    if found := broken_off(given.answer):
        yield 20, *found


def _promise(given: Given) -> Found:
    """A day that was promised and had passed when the answer was given, or has since."""
    asked, answered = given.asked_on, given.answered_on
    for promised, quote in promises(given.answer, answered or asked):
        if answered and promised < answered and (asked is None or promised >= asked):
            yield 15, f"：{promised} 早于答复", quote
        elif given.today and answered and answered <= promised < given.today <= promised + FOLLOWED:
            yield 5, f"：{promised}，请跟踪是否兑现", quote


# Grades


def _coverage(given: Given) -> Found:
    """How much of the request is taken up; quoted is the longest piece of its title that is not."""
    if given.says_nothing or len(telling(given.request)) < LEAST_TELLING:
        return
    share = taken_up(given.topic, given.request, given.answer)
    if (points := round(24 * max(0.0, 1 - share / TAKEN_UP) ** 1.5)) >= LEAST_TOLD:
        piece = unsaid(given.topic, given.answer)
        yield points, "，如标题里的这几个字" if piece else "", piece


def _detail(given: Given) -> Found:
    """Each thing that is not told, where no check has called its lack a fault."""
    if given.says_nothing or words.THANKS.search(given.topic):
        return
    for element, points in lacking(given.answer, given.asks_for_deeds):
        if not element.check or not any(CHECKS[element.check].look(given)):
            yield points, f"：{element.title}", ""


def _fullness(given: Given) -> Found:
    """Less than is usually said; a plain question needs less."""
    length = len(given.left)
    usual = USUAL if given.asks_for_deeds else USUAL // 2
    if not given.says_nothing and (points := round(6 * (1 - length / usual))) > 0:
        yield points, f"（除客套外 {length} 字）", ""


_ROWS = (
    Check("missing", "完整", "没有公开答复", 100, _missing),
    Check("empty", "完整", "空话套话，没有说明办理结果", 70, _empty),
    Check("passed_on", "完整", "只说转给别人办，没有办理结果", 60, _passed_on),
    Check("short", "完整", "公开答复过短", 20, _short),
    Check("done", "完整", "没有说明做了什么，也没有解释", 20, _nothing_done),
    Check("result", "完整", "没有说明结果", 6, _no_result),
    Check("when", "完整", "没有写明办理时间", 4, _no_day),
    Check("contact", "完整", "联系群众不够", 15, _contact),
    Check("report", "完整", "没有办理情况", 5, _report),
    Check("off", "相关", "答复与诉求不对应", 40, _beside),
    Check("points", "相关", "诉求可能没有逐项回应", 12, _points),
    Check("basis", "解释", "没有依据", 8, _no_basis),
    Check("refusal", "解释", "说不能办，没有说明理由", 12, _refused_without_reason),
    Check("rude", "态度", "用语不当", 40, _rude),
    Check("greeting", "态度", "没有称呼和问候", 2, _no_greeting),
    Check("personal", "规范", "含个人信息", 60, _personal),
    Check("copied", "规范", "与另一件的答复雷同", 15, _copied),
    Check("two_skins", "规范", "公开答复与办理情况不一致", 60, _two_skins),
    Check("name", "规范", "称呼或落款有误", 30, _wrong_name),
    Check("residue", "规范", "留有模板的空格或残句", 20, _residue),
    Check("broken", "规范", "答复没有写完", 20, _broken),
    Check("promise", "规范", "承诺的日期已过", 20, _promise),
    Check("coverage", "相关", "诉求里的词语用到得少", 24, _coverage, is_grade=True),
    Check("detail", "完整", "还可以写得更全", 10, _detail, is_grade=True),
    Check("fullness", "完整", "说得简略", 6, _fullness, is_grade=True),
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
