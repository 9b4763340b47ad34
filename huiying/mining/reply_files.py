"""A file of requests and replies, each reply judged, and held against the others for copies. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from zlib import crc32

from huiying.common.masking import is_name
from huiying.mining import rubric
from huiying.mining.reply_given import Given
from huiying.mining.request_points import telling
from huiying.mining.rubric import Finding
from huiying.mining.text_files import Row

WINDOW = 12
"""Characters of a passage by which two answers are first found to be alike."""
ONE_IN = 8
"""Of all passages this share is looked at (winnowing by value, so the same ones in every text)."""
MOST = 40
"""A passage that more answers share is a courtesy of the place, not a copy."""
SAME_MATTER = 0.5
SAME_WORDS, SAME_TITLE = 0.2, 0.4
"""Requests that share so much of their sequences, of their telling ones, or of their titles' ask the same:
the same answer to both is no fault."""

Judged = tuple[Row, int, list[Finding]]


def judged(
    rows: Sequence[Row],
    *,
    tz: tzinfo,
    today: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Judged]:
    """Each row with its score and findings. Linear in the length of the file but for real copies."""
    alike, units = copies(rows), tuple({row["unit"]: None for row in rows if row["unit"]})
    for done, row in enumerate(rows, 1):
        given = given_of(row, tz=tz, today=today, others=alike.get(row.line, {}), units=units)
        yield row, *rubric.judge(given)
        if progress:
            progress(done, len(rows))


def given_of(
    row: Row,
    *,
    tz: tzinfo,
    today: date | None = None,
    others: Mapping[str, str] | None = None,
    units: tuple[str, ...] = (),
) -> Given:
    """What a row tells the table of checks; `others` are answers of other rows that it may be a copy of,
    `units` all that the file names."""
    asked, answered = row.times.get("at"), row.times.get("answered_at")
    return Given(
        answer=row["answer"],
        request=row.text,
        report=row.values.get("report"),
        contact=row.values.get("contact"),
        others=others or {},
        names=(row["person"],) if is_name(row["person"]) else (),
        user=row["person"],
        unit=row["unit"],
        units=units,
        inquiry=_asks(row),
        asked_on=asked.astimezone(tz).date() if asked else None,
        answered_on=answered.astimezone(tz).date() if answered else None,
        today=today,
    )


def _asks(row: Row) -> bool | None:
    """By the nature where the file has it, else by the title's own word."""
    if row["nature"]:
        return rubric.is_inquiry({}, (row["nature"],))
    return True if "咨询" in row["title"] else None


def copies(rows: Sequence[Row]) -> dict[int, dict[str, str]]:
    """For the rows (by line) whose answer another row has as well, though it asks another thing: those."""
    passages: dict[int, list[int]] = {}
    sketches = [_sketch(rubric.bare(row["answer"])) for row in rows]
    for index, sketch in enumerate(sketches):
        for passage in sketch:
            passages.setdefault(passage, []).append(index)
    found: dict[int, dict[str, str]] = {}
    for index, sketch in enumerate(sketches):
        shared = Counter(
            other for one in sketch if len(passages[one]) <= MOST for other in passages[one] if other != index
        )
        for other, count in shared.most_common(3):
            if count >= rubric.ALIKE * len(sketch) / 2 and not same_matter(rows[index], rows[other]):
                found.setdefault(rows[index].line, {})[rows[other].id] = rows[other]["answer"]
    return found


def same_matter(row: Row, other: Row) -> bool:
    """Whether two requests ask the same, as far as their words tell."""
    if rubric.alike(rubric.bare(row.text), rubric.bare(other.text)) >= SAME_MATTER:
        return True
    is_like = _share(row.text, other.text) >= SAME_WORDS
    return is_like or _share(row["title"], other["title"]) >= SAME_TITLE


def _share(text: str, other: str) -> float:
    """Which share of the telling sequences of the shorter of two texts the longer has."""
    one, two = telling(text), telling(other)
    return len(one & two) / min(len(one), len(two)) if one and two else 0.0


def _sketch(text: str) -> set[int]:
    """Some of the text's passages as numbers, chosen by their value."""
    if len(text) < rubric.ENOUGH:
        return set()
    every = (crc32(text[at : at + WINDOW].encode()) for at in range(len(text) - WINDOW + 1))
    return {number for number in every if number % ONE_IN == 0}
