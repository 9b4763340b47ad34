"""Whether the score of an answer falls where the answer is spoilt, in ways that anybody can repeat. Pure.

Real answers, each spoilt in every way of `WAYS`: another's answer, cut off, its facts struck out, nothing but
courtesy, the request again, somebody's number in it. The words put in are ours and name nobody. Per way: how
often a true answer scores above a spoilt one (AUC, both of the same requests), how far the score falls
(median), and how often a check that ought to speak takes more than it took before. Requests are halved by
their number: what was chosen looking at half A is told of half B.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from functools import lru_cache
from random import Random
from zlib import crc32

import numpy as np

from huiying.mining.reply_files import given_of, same_matter
from huiying.mining.request_points import telling
from huiying.mining.rubric import judge
from huiying.mining.text_files import Row

LEAST = 60
"""Characters from which on an answer has something that can be spoilt."""
DRAWN = 200
"""So many answers are spoilt, drawn by lot."""
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?\n]*")
_DAY = re.compile(r"\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日(?=\s*$)")
_FACT = re.compile(r"\d|已|《|[局委镇乡办队所](?!级)|公司|中心|经")
_THANKS = "您好！您的留言已收悉，感谢您对我们工作的关注和支持！"
_SHIFTED = "您好！您反映的问题不属于我单位职责范围，请您向有关部门反映，感谢您的理解。"
_PHONE = "其手机号码为13800138000。"
_IDENTITY = "其身份证号码为110101199001011237。"
_PERSON = "邻居张建国表示同意。"
_RUDE = "请你不要再反映，这与我单位无关。"
_SOLVED, _UNSOLVED = "您反映的问题已得到解决。", "问题尚未解决，仍在协调。"


@dataclass(frozen=True, slots=True)
class Spoilt:
    """An answer after it was spoilt, and what else is known beside it."""

    answer: str
    report: str | None = None
    others: Mapping[str, str] = field(default_factory=dict)


Spoil = Callable[[Row, Sequence[Row], Random], Spoilt | None]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to spoil an answer (None: not this one), and the checks of which one ought to say so."""

    name: str
    title: str
    spoil: Spoil
    right: frozenset[str]


def half(row: Row) -> str:
    """A or B, by the request's number."""
    return "AB"[crc32(row.id.encode()) % 2]


# Another's answer


@lru_cache(maxsize=10_000)  # one title is held against all others
def _title(title: str) -> frozenset[str]:
    return telling(title)


def _another(row: Row, rows: Sequence[Row], draw: Random) -> Row:
    """By lot, one whose title shares nothing with this one's."""
    while (other := draw.choice(rows)) is row or _title(other["title"]) & _title(row["title"]):
        continue
    return other


def _kin(row: Row, rows: Sequence[Row]) -> Row | None:
    """The one whose title shares the most, and that still asks another thing."""
    asked = _title(row["title"])
    near = sorted(rows, key=lambda other: -len(asked & _title(other["title"])))
    return next((each for each in near if each is not row and not same_matter(row, each)), None)


def _readdressed(row: Row, other: Row) -> Spoilt:
    """Another's answer as if it were this one's: who is greeted and the day below it are put right."""
    answered = row.times.get("answered_at")
    day = f"{answered.year}年{answered.month}月{answered.day}日" if answered else ""
    answer = other["answer"].replace(other["person"] or "\0", row["person"])
    return Spoilt(_DAY.sub(day, answer))


def _of_another(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt:
    return _readdressed(row, _another(row, rows, draw))


def _of_kin(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt | None:
    other = _kin(row, rows)
    return _readdressed(row, other) if other else None


def _misdirected(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt:
    return Spoilt(_another(row, rows, draw)["answer"])


def _copied(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt:
    other = _another(row, rows, draw)
    return replace(_readdressed(row, other), others={other.id: other["answer"]})


def _addressed_wrongly(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt | None:
    if not row["person"] or row["person"] not in row["answer"][:LEAST]:
        return None
    other = _another(row, rows, draw)
    return Spoilt(row["answer"].replace(row["person"], other["person"]))


# Cut off, struck out


def _first(share: float) -> Spoil:
    def cut(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt:
        return Spoilt(row["answer"][: int(len(row["answer"]) * share)])

    return cut


def _in_a_sentence(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt | None:
    """Broken off in the middle of a sentence of its second half."""
    parts = list(_SENTENCE.finditer(row["answer"]))
    late = [one for one in parts if len(one.group()) >= 16 and one.start() >= len(row["answer"]) / 2]
    if not late:
        return None
    one = draw.choice(late)
    return Spoilt(row["answer"][: (one.start() + one.end()) // 2])


def _half_the_sentences(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt | None:
    parts = _SENTENCE.findall(row["answer"])
    return Spoilt("".join(parts[: len(parts) // 2])) if len(parts) >= 4 else None


def _without_facts(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt:
    return Spoilt("".join(one for one in _SENTENCE.findall(row["answer"]) if not _FACT.search(one)))


def _only(text: str) -> Spoil:
    return lambda row, rows, draw: Spoilt(text)


def _echoed(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt:
    return Spoilt(f"您好！{row['body'].strip()}")


# Something put in


def _with(text: str) -> Spoil:
    """A sentence put between two of the answer's."""

    def put(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt:
        parts = _SENTENCE.findall(row["answer"])
        at = draw.randint(min(1, len(parts)), len(parts))
        return Spoilt("".join([*parts[:at], text, *parts[at:]]))

    return put


def _promised(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt | None:
    asked, answered = row.times.get("at"), row.times.get("answered_at")
    if not asked or not answered or answered - asked < timedelta(days=4):
        return None
    day = asked + timedelta(days=1)
    return _with(f"计划于{day.year}年{day.month}月{day.day}日前办结。")(row, rows, draw)


def _contradicted(row: Row, rows: Sequence[Row], draw: Random) -> Spoilt | None:
    spoilt = _with(_SOLVED)(row, rows, draw)
    return spoilt and replace(spoilt, report=_UNSOLVED)


def _way(name: str, title: str, spoil: Spoil, right: str) -> Way:
    return Way(name, title, spoil, frozenset(right.split()))


_CUT = "broken missing empty short passed_on done detail"
WAYS: tuple[Way, ...] = (
    _way("another", "别的主题的答复（称呼、落款日期已改对）", _of_another, "off coverage"),
    _way("kin", "同主题另一件的答复（称呼、落款日期已改对）", _of_kin, "off coverage"),
    _way("misdirected", "别人的答复原样", _misdirected, "off coverage name"),
    _way("copied", "别件的答复照抄", _copied, "copied"),
    _way("quarter", "只留前四分之一", _first(0.25), _CUT),
    _way("half", "只留前一半", _first(0.5), _CUT),
    _way("mid", "后半某句中断", _in_a_sentence, "broken"),
    _way("sentences", "只留前一半的句子", _half_the_sentences, "detail short empty passed_on done missing"),
    _way("facts", "删去写事实的句子", _without_facts, "detail empty short done missing passed_on"),
    _way("thanks", "只有客套", _only(_THANKS), "empty"),
    _way("shifted", "推给别的部门", _only(_SHIFTED), "passed_on empty"),
    _way("echoed", "照抄诉求", _echoed, "off"),
    _way("phone", "带手机号", _with(_PHONE), "personal"),
    _way("identity", "带身份证号", _with(_IDENTITY), "personal"),
    _way("person", "带他人姓名", _with(_PERSON), "personal"),
    _way("rude", "用语生硬", _with(_RUDE), "rude"),
    _way("wrong_name", "称呼错人", _addressed_wrongly, "name"),
    _way("late", "承诺的日期早已过去", _promised, "promise"),
    _way("contradicted", "与办理情况相反", _contradicted, "two_skins"),
)


@dataclass(frozen=True, slots=True)
class Fall:
    """What a way did to how many answers: AUC, median fall in points, share found by the right check."""

    way: Way
    n: int
    auc: float
    drop: float
    found: float


def falls(
    rows: Sequence[Row],
    *,
    tz: tzinfo,
    of: str = "B",
    most: int = DRAWN,
    ways: Iterable[Way] = WAYS,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Fall]:
    """Each way with what it did to the answers of one half, drawn with a fixed seed."""
    can = [row for row in rows if half(row) == of and len(row["answer"]) >= LEAST]
    drawn, ways = Random(6).sample(can, min(most, len(can))), list(ways)
    true = [_weights(row, Spoilt(row["answer"]), tz) for row in drawn]
    for done, way in enumerate(ways, 1):
        draw, before, after, hits = Random(6), [], [], 0
        for row, was in zip(drawn, true, strict=True):
            if spoilt := way.spoil(row, rows, draw):
                now = _weights(row, spoilt, tz)
                before.append(max(0, 100 - was.total()))
                after.append(max(0, 100 - now.total()))
                hits += any(now[name] > was[name] for name in way.right)
        if before:
            higher, lower = np.array(before, float), np.array(after, float)
            drop = float(np.median(higher - lower))
            yield Fall(way, len(before), auc(higher, lower), drop, hits / len(before))
        if progress:
            progress(done, len(ways))


def _weights(row: Row, spoilt: Spoilt, tz: tzinfo) -> Counter[str]:
    """How many points each check takes."""
    values = row.values | {"answer": spoilt.answer}
    if spoilt.report is not None:
        values["report"] = spoilt.report
    _, findings = judge(given_of(replace(row, values=values), tz=tz, others=spoilt.others))
    taken = Counter[str]()
    for each in findings:
        taken[each.check] += each.weight
    return taken


def auc(higher: np.ndarray, lower: np.ndarray) -> float:
    """How often one drawn from the first is above one drawn from the second; a tie is a half."""
    below = np.sort(lower)
    under, upto = np.searchsorted(below, higher, "left"), np.searchsorted(below, higher, "right")
    return float((under + upto).sum() / (2 * len(higher) * len(lower)))
