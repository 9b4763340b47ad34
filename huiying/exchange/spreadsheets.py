"""Spreadsheets in: a file of cases becomes histories, wholly or not at all, and twice is the same as once.

The sheet is read once. Each line is checked in full before anything of its batch is written, and all
batches share one transaction that is undone when any line is bad: a check in a pass of its own would
read and reckon everything twice. With `partial` each batch is a transaction, so that others can work
in between; what was taken in stays, and the same file again does the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from huiying.accounts.models import User
from huiying.cases.backfill import Recording, write
from huiying.cases.place import Place, current
from huiying.common.errors import Refused
from huiying.common.sheets import Sheet, open_sheet
from huiying.exchange import amendments
from huiying.exchange.columns import Heading, Mapping, read_heading
from huiying.exchange.models import ImportRun
from huiying.exchange.names import PlaceNames
from huiying.exchange.recordings import record
from huiying.exchange.reports import Change, Problem, report_path, write_report
from huiying.exchange.rows import Reader, Row

BATCH = 1_000
MOST_PROBLEMS = 10_000
MOST_CHANGES = 1_000
AS_IT_IS = Mapping()
Progress = Callable[[int, int], None]


@dataclass
class Outcome:
    """What an import did, or (`dry_run`) would do. `written` is false where the whole file was put back."""

    name: str
    dry_run: bool = False
    partial: bool = False
    run: int | None = None
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    ignored: tuple[str, ...] = ()
    untitled: int = 0
    notes: list[str] = field(default_factory=list)
    stopped: bool = False
    report: Path | None = None

    @property
    def written(self) -> bool:
        return not self.dry_run and (self.partial or not self.rejected)

    @property
    def summary(self) -> str:
        """The result in one sentence."""
        will = "将" if self.dry_run else ""
        counts = (
            f"{will}新增 {self.added} 行，{will}变更 {self.changed} 行，"
            f"{self.unchanged} 行未变，{will}退回 {self.rejected} 行。"
        )
        if self.dry_run or self.written:
            return counts
        return counts + "因有退回的行，整份文件都没有写入；改好后再导入，或加 --partial 只收下没有问题的行。"


def take_in(
    path: Path | str,
    *,
    by: User | None,
    at: datetime,
    person: str = "",
    sheet: str | None = None,
    mapping: Mapping = AS_IT_IS,
    partial: bool = False,
    dry_run: bool = False,
    report_to: Path | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Take a file of cases in; `at` is the one instant at which all of it is recorded.

    Raises Refused where the file cannot be read as a sheet of cases at all; what is wrong with single lines
    is in the outcome and in a report beside the file (or at `report_to`). `progress` is told (read, at most).
    """
    path, place = Path(path), current()
    opened = open_sheet(
        path, sheet=sheet, is_header=mapping.is_header, max_bytes=settings.HUIYING_IMPORT_MAX_MB * 2**20
    )
    heading = read_heading(opened.header, mapping)
    outcome = Outcome(path.name, dry_run, partial, ignored=heading.ignored, notes=_notes(opened))
    taking = Taking(place, opened, heading, mapping, outcome, by=by, at=at)
    whole = not (partial or dry_run)
    run = ImportRun(name=path.name[:255], sha256=_sha256(path), started_at=at, by=by, person=person[:64])
    with transaction.atomic() if whole else nullcontext():
        if not dry_run:
            run.save()
            taking.origin = outcome.run = run.pk
        taking.everything(progress)
        if whole and outcome.rejected:
            transaction.set_rollback(True)
        elif not dry_run:
            _close(run, outcome)
    if whole and outcome.rejected:
        _close(run, outcome)
    if outcome.rejected:
        outcome.report = write_report(
            report_to or report_path(path),
            outcome.problems,
            place.keeper.tz,
            [outcome.summary, *outcome.notes],
        )
    return outcome


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _notes(sheet: Sheet) -> list[str]:
    if not sheet.merged:
        return []
    return [f"表里有合并的单元格（{'、'.join(sheet.merged[:5])}），只有左上角一格有值。"]


def _close(run: ImportRun, outcome: Outcome) -> None:
    """Write down what the run did; a run that was put back is kept as one that took nothing in."""
    if not outcome.written:
        run.pk, run._state.adding = None, True
        run.added = run.changed = run.unchanged = 0
    else:
        run.added, run.changed, run.unchanged = outcome.added, outcome.changed, outcome.unchanged
    run.rejected = outcome.rejected
    run.ended_at = run.started_at
    run.save()
    outcome.run = run.pk


class Taking:
    """One run over one sheet."""

    def __init__(
        self,
        place: Place,
        sheet: Sheet,
        heading: Heading,
        mapping: Mapping,
        outcome: Outcome,
        *,
        by: User | None,
        at: datetime,
    ) -> None:
        self.place, self.sheet, self.outcome, self.by, self.at = place, sheet, outcome, by, at
        self.reader = Reader(sheet, heading, mapping, PlaceNames(place), place.keeper.tz, at)
        self.origin = 0
        self._first: dict[str, int] = {}

    def everything(self, progress: Progress | None) -> None:
        """Read the sheet in batches until its end, or until there are too many problems to go on."""
        batch: list[Row] = []
        for number, values in self.sheet.rows():
            self.outcome.rows += 1
            row = self.reader.read(number, values)
            self._tell(self.reader.problems)
            if row is None:
                self.outcome.rejected += 1
            elif self._is_first(row):
                batch.append(row)
            if len(batch) == BATCH:
                self._take(batch)
                batch = []
            if progress and self.outcome.rows % 100 == 0:
                progress(self.outcome.rows, self.sheet.rows_at_most)
            if len(self.outcome.problems) >= MOST_PROBLEMS:
                self._stop(number)
                break
        self._take(batch)
        if untitled := self.outcome.untitled:
            self.outcome.notes.append(f"{untitled} 件没有标题，标题取自内容，请核对。")
        if progress:
            progress(self.outcome.rows, self.outcome.rows)

    def _stop(self, number: int) -> None:
        self.outcome.stopped = True
        self.outcome.notes.append(f"问题已有 {MOST_PROBLEMS:,} 处，读到第 {number} 行为止，后面的没有读。")

    def _tell(self, problems: list[Problem]) -> None:
        self.outcome.problems += problems

    def _reject(self, row: Row, column: str, value: str, what: str, mend: str) -> None:
        self.outcome.rejected += 1
        self.outcome.problems.append(Problem(row.at, column, value, what, mend))

    def _is_first(self, row: Row) -> bool:
        first = self._first.setdefault(row.number, row.at)
        if first != row.at:
            self._reject(
                row,
                "编号",
                row.number,
                f"编号“{row.number}”与第 {first} 行重复",
                "一个编号只能有一行，请改号或合并",
            )
        return first == row.at

    def _take(self, batch: list[Row]) -> None:
        with transaction.atomic() if not self.outcome.dry_run else nullcontext():
            known = amendments.stored(row.number for row in batch)
            fresh: list[Recording] = []
            for row in batch:
                if recording := self._record(row):
                    if one := known.get(row.number):
                        self._compare(row, one, recording)
                    else:
                        fresh.append(recording)
            self.outcome.added += len(fresh)
            self.outcome.untitled += sum("title_from" in each.entries[0].data for each in fresh)
            if self.outcome.written:
                self._store(fresh)

    def _store(self, fresh: list[Recording]) -> None:
        try:
            write(fresh, by=self.by)
        except IntegrityError as error:
            raise Refused("导入期间有人登记了同样的编号，这一批没有写入。请再导入一次。") from error

    def _record(self, row: Row) -> Recording | None:
        try:
            return record(
                self.place, row, recorded_at=self.at, origin=f"{amendments.ORIGIN}{self.origin}:{row.at}"
            )
        except Refused as refusal:
            what, _, mend = str(refusal).partition("。")
            self._reject(row, "", row.number, what, mend or "请核对这一行的各个时间和办理方式")
            return None

    def _compare(self, row: Row, one: amendments.Stored, recording: Recording) -> None:
        try:
            told = amendments.compare(self.place, one, recording, row.at)
            if told:
                with transaction.atomic():
                    amendments.apply(one, told, recording, by=self.by, at=self.at)
                    if not self.outcome.written:
                        transaction.set_rollback(True)
        except amendments.Conflict as conflict:
            return self._reject(row, conflict.column, "", conflict.what, conflict.mend)
        except Refused as refusal:
            return self._reject(row, "编号", row.number, str(refusal).rstrip("。"), "请在系统中打开该件核对")
        self.outcome.changed += bool(told)
        self.outcome.unchanged += not told
        self.outcome.changes += list(told.changes.values())[: MOST_CHANGES - len(self.outcome.changes)]
        return None
