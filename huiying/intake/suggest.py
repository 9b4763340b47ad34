"""What earlier cases suggest for a new one. Pure; a person confirms each suggestion."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code, and how many of the cases looked at had it."""

    code: str
    hits: int
    of: int

    @property
    def reason(self) -> str:
        return f"{self.of} 件中 {self.hits} 件"


def leading(codes: Sequence[str], *, least: float = 0.4) -> Suggestion | None:
    """The commonest code where its share reaches `least`; ties go to the first met; a blank is no code."""
    counted = Counter(code for code in codes if code)
    if not counted:
        return None
    code, hits = counted.most_common(1)[0]
    return Suggestion(code, hits, len(codes)) if hits >= least * len(codes) else None


_SECRECY = re.compile(
    r"(?:不要|不能|不得|不想|不愿|请勿)[^，。；！？\n]{0,10}?(?:透露|泄露|暴露|公开)[^，。；！？\n]{0,10}"
    r"|(?:要求|请求|希望|请|需要|为我|替我)[^，。；！？\n]{0,6}?(?:保密|匿名)"
    r"|匿名(?:举报|反映|投诉)"
)
_ONESELF = re.compile("我|本人|姓名|电话|号码|身份|个人|信息|保密|匿名")


def secrecy_asked(text: str) -> str:
    """The words in which a caller asks not to be named; "" where they do not."""
    found = (match.group() for match in _SECRECY.finditer(text))
    return next((words for words in found if _ONESELF.search(words)), "")


def drawn(things: Iterable[T], n: int, seed: str) -> list[T]:
    """`n` things drawn by lot; the same seed draws the same ones whatever their order."""

    def lot(thing: T) -> str:
        return sha256(f"{seed}\0{thing}".encode()).hexdigest()

    return sorted(things, key=lot)[:n]
