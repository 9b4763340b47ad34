"""A reply and what is known beside it: what the table of checks (`rubric.py`) is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from huiying.mining import rubric_words as words
from huiying.mining.reply_clauses import read

SHORTEST = 20
"""Characters below which what an answer says can hardly tell what was done; courtesy does not count."""
SLIGHT = 12
"""Characters below which it says nothing."""
PLAIN = 8
"""Characters from which on what it says may answer a plain question."""
PASSED = 30
"""Characters below which it says nothing where the matter is passed on and nobody is said to have acted."""
FULL = 45
"""Characters from which on an answer is looked at in detail; a shorter one is already told to be thin."""


@dataclass(frozen=True, slots=True)
class Given:
    """A reply and what it answers. None: nothing is known of it, so nothing is said of it.

    `others` are recent answers of the same unit by case number, `names` persons known to be concerned (the
    citizen), `user` the account's name under which the citizen wrote, `units` all units' names and `unit` the
    one that answers, `unsolved` the inner outcome, `answered_on` and `asked_on` the days, `today` the day
    from which one looks.
    """

    answer: str
    request: str = ""
    report: str | None = None
    contact: str | None = None
    others: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    user: str = ""
    unit: str = ""
    units: tuple[str, ...] = ()
    unsolved: bool | None = None
    inquiry: bool | None = None
    asked_on: date | None = None
    answered_on: date | None = None
    today: date | None = None

    @property
    def left(self) -> str:
        """What the answer says without greeting, courtesy, receipts, hand-overs and empty promises."""
        return read(self.answer).left

    @property
    def says_nothing(self) -> bool:
        """What is left is no answer; that is told by one finding, and its lacks are not told one by one."""
        reading = read(self.answer)
        passes_on = bool(reading.handed or reading.referred)
        least = PASSED if passes_on and not words.DID.search(reading.left) else SLIGHT
        is_plain = self.inquiry and len(reading.left) >= PLAIN and words.PLAIN.search(reading.left)
        if passes_on and words.NOT_OURS.search(reading.left):
            is_plain = None
        return len(reading.left) < least and not is_plain

    @property
    def is_full(self) -> bool:
        """Long enough for what it lacks to be told one by one."""
        return len(self.left) >= FULL and not self.says_nothing

    @property
    def topic(self) -> str:
        """The first line of the request: its title where it has one."""
        return self.request.strip().partition("\n")[0]

    @property
    def asks_for_deeds(self) -> bool:
        """Neither a question nor an idea nor thanks: something is to be done and told of."""
        return self.inquiry is not True and not words.NO_DEED.search(self.topic)
