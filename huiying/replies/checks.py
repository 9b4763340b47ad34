"""What a reviewer should look at before a reply goes out: findings with the words they rest on. Pure.

A finding is advice: the reviewer decides. Sources of the checks: the office's own rubric (empty phrases,
contact before answer, no personal data, an answer of its own for every request).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from huiying.common.masking import find_personal
from huiying.common.text import bigrams, normalise

CHECKS = {
    "missing": "没有公开答复",
    "empty": "空话套话，没有说明办理结果",
    "short": "公开答复过短",
    "personal": "含个人信息",
    "contact": "没有与群众联系的记录",
    "report": "没有办理情况",
    "copied": "与本单位另一件的答复雷同",
    "echo": "只是复述诉求",
    "off": "与诉求没有共同的词语，可能答非所问",
}
"""Every check, and what it says."""

EMPTY_PHRASES = (
    r"已(?:经)?(?:安排|交由|责成|要求|通知|转)(?:相关|有关|责任|属地)(?:部门|单位|科室|人员)(?:进行|予以)?(?:处理|办理|核实|调查|跟进|落实)?",
    r"已(?:经)?联系(?:相关|有关)(?:部门|单位|科室|人员)(?:进行|予以)?(?:处理|办理|核实|调查)?",
    r"正在(?:积极)?(?:协调|处理|办理|核实|调查|跟进)(?:处理|解决|办理|推进)?(?:当?中)",
    r"(?:我们|我局|我镇|我乡|我单位|相关部门|有关部门)?(?:将|会)(?:尽快|尽早|及时|积极)(?:处理|办理|解决|落实|协调|跟进)",
    r"高度重视",
    r"请(?:您)?耐心等待",
    r"(?:已(?:经)?)?(?:知悉|收悉|记录在案)",
    r"按(?:照)?(?:相关|有关)(?:规定|政策|要求)(?:处理|办理|执行)",
)
"""Phrases that promise or pass on instead of telling what was done."""

SHORTEST = 20
"""Characters of an answer below which it can hardly tell what was done."""
ALIKE = 0.85
"""Share of an answer's two-character sequences found in another answer, from which on it counts as copied."""
ENOUGH = 30
"""Characters from which on likeness means something."""
HEAVY = 3

_EMPTY = re.compile("|".join(EMPTY_PHRASES))
_MOBILE = re.compile(r"[^0-9]*(?:(?:\+|00)?86)?[^0-9]*1[3-9]")
_PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: which of `CHECKS`, why in words, the words quoted from the answer ("": none), and how
    much it weighs (1: look, 2: doubtful, 3: as a rule send back)."""

    check: str
    reason: str
    quote: str
    weight: int


def check(
    public_answer: str,
    handling_report: str,
    contact_record: str,
    request: str,
    others: Mapping[str, str],
    *,
    names: Iterable[str] = (),
) -> list[Finding]:
    """Look at one reply; the weightiest findings first.

    `request` is what the citizen wrote, `others` recent answers of the same unit by case number,
    `names` persons known to be concerned (the citizen).
    """
    found: list[Finding] = []
    if not public_answer.strip():
        found.append(_finding("missing", 3))
    else:
        found += _empty(public_answer)
        found += _too_short(public_answer)
        found += _personal(public_answer, names)
        found += _copied(public_answer, others)
        found += _beside(public_answer, request)
    if not contact_record.strip():
        found.append(_finding("contact", 2))
    if not handling_report.strip():
        found.append(_finding("report", 1))
    return sorted(found, key=lambda one: -one.weight)


def _finding(name: str, weight: int, quote: str = "", more: str = "") -> Finding:
    return Finding(name, CHECKS[name] + more, quote, weight)


def _empty(answer: str) -> Iterator[Finding]:
    """An empty phrase in a full answer is a remark; where little else is said it is the whole trouble."""
    said = [match.group() for match in _EMPTY.finditer(answer)]
    left = len(_bare(_EMPTY.sub("", answer)))
    weight = HEAVY if left < 2 * SHORTEST else 1
    yield from (_finding("empty", weight, quote) for quote in dict.fromkeys(said))


def _too_short(answer: str) -> Iterator[Finding]:
    length = len(_bare(answer))
    if length < SHORTEST:
        yield _finding("short", 2, more=f"（{length} 字）")


def _personal(answer: str, names: Iterable[str]) -> Iterator[Finding]:
    """Mobile numbers, identities and persons weigh; a fixed telephone may be the unit's own."""
    for found in find_personal(answer, names=names, firms=False, places=False):
        if found.kind == "phone" and not _MOBILE.match(found.text):
            yield _finding("personal", 1, found.text, "：固定电话，如系单位公开电话可以保留")
        else:
            yield _finding("personal", HEAVY, found.text)


def _copied(answer: str, others: Mapping[str, str]) -> Iterator[Finding]:
    """The most alike of the other answers, where it is alike enough."""
    bare = _bare(answer)
    if len(bare) < ENOUGH:
        return
    likeness = [(_alike(bare, _bare(other)), number) for number, other in others.items()]
    share, number = max(likeness, default=(0.0, ""))
    if share >= ALIKE:
        same = "完全相同" if share == 1.0 else f"{int(share * 100)}% 相同"
        yield _finding("copied", 2, more=f"（{number}，{same}）")


def _beside(answer: str, request: str) -> Iterator[Finding]:
    """An answer that says nothing but the request again, or nothing about it."""
    said, asked = _bare(answer), _bare(request)
    if len(asked) < SHORTEST or len(said) < SHORTEST:
        return
    if said in asked or _alike(said, asked) >= ALIKE:
        yield _finding("echo", HEAVY)
    elif not set(bigrams(said)) & set(bigrams(asked)):
        yield _finding("off", 2)


def _alike(text: str, other: str) -> float:
    """Which share (0 to 1) of `text`'s two-character sequences `other` holds; 1.0 only for the same text."""
    if text == other:
        return 1.0
    pairs, known = set(bigrams(text)), set(bigrams(other))
    return min(0.99, len(pairs & known) / len(pairs)) if pairs else 0.0


def _bare(text: str) -> str:
    """The text without width, case, punctuation and spaces."""
    return _PUNCTUATION.sub("", normalise(text))


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
