"""A town to try things on: invented people and cases, three months of them, and a draft bulletin.

Everything is written at once or not at all, and only into a database without real cases. The
second time nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from huiying.accounts.models import User
from huiying.bulletins import authored, editions
from huiying.bulletins.authored import Authored
from huiying.bulletins.models import Edition
from huiying.cases import calendar_days, lifecycle
from huiying.cases.backfill import Recording, store
from huiying.cases.models import Assignment, Case, Event, Reply
from huiying.cases.persons import PersonData
from huiying.cases.place import Place, current
from huiying.cases.workdays import UnknownYear
from huiying.common.errors import Refused
from huiying.ops import demo_desks, demo_knowledge, demo_month, demo_people, demo_today, place
from huiying.ops.demo_cases import Invented, invent
from huiying.ops.demo_data import ChannelWord, Town, read_plan
from huiying.ops.demo_people import Account
from huiying.statistics import periods

ORIGIN = "demo:"
EXAMPLE = Path("examples") / "jixi"
ISSUED = 3
"""So many working days ago the last bulletin went out."""


@dataclass
class Outcome:
    """What is there now; `changed` says whether this call made it."""

    accounts: list[Account]
    files: list[Path]
    cases: int
    changed: bool = True
    notes: list[str] = field(default_factory=list)


def example() -> Path:
    """The demonstration place: in the repository, or packed with the program."""
    for base in (settings.BASE_DIR.parent, settings.BASE_DIR):
        if (base / EXAMPLE / place.FILE).is_file():
            return Path(base / EXAMPLE)
    raise Refused(f"找不到示范地方 {EXAMPLE}。请用 --place 指明放着 place.toml 的目录。")


def build(*, at: datetime, directory: Path | None = None) -> Outcome:
    """Set the demonstration up in a migrated database; `at` is the instant taken for now.

    Raises Refused, and changes nothing, where the database holds cases that are not the demonstration's.
    """
    directory = directory or example()
    if is_built():
        outcome = Outcome(demo_people.known(), [], Case.objects.count(), changed=False)
        _write(outcome)
        return outcome
    if count := Case.objects.count():
        raise Refused(
            f"数据库里已有 {count} 件诉求件，不是示范数据，不能混在一起。"
            "请另设一个空目录再试，例如：HUIYING_HOME=./demo huiying demo"
        )
    with transaction.atomic():
        outcome = _build(directory, at)
    _write(outcome)
    return outcome


def is_built() -> bool:
    """Whether the demonstration's cases are here, with whatever was added to them since."""
    return Event.objects.filter(seq=1, origin__startswith=ORIGIN).exists()


def _count_rows() -> None:
    """PostgreSQL counts by itself what is committed. Here all is one transaction, and what reads the cases
    before its end would be planned for empty tables: minutes instead of a second."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _build(directory: Path, at: datetime) -> Outcome:
    place.load(directory)
    calendar_days.load([2022])
    here = current()
    town = town_of(here)
    plan = read_plan(directory, town)
    users = demo_people.sign_up(demo_people.accounts(plan.clerks))
    cases = invent(plan, town)
    record(here, cases)
    _count_rows()
    demo_knowledge.write(directory, here, users, at=at)
    outcome = Outcome(demo_people.known(), [], len(cases))
    try:
        with transaction.atomic():
            made = demo_today.begin(here, plan, town, users, at=at)
            demo_desks.fill(here, plan, users, made, style_name=_style(here), at=at)
            issued, folder = demo_today.morning(here, ISSUED, at), _folder(directory)
            demo_month.publish(here, plan, users, folder, style_name=_style(here), issued=issued, at=at)
            demo_desks.tell(here, users, made, at=at)
            outcome.cases += len(made)
    except UnknownYear as unknown:
        outcome.notes.append(f"没有造今天的待办件：{unknown}")
    editions.draft(
        here,
        periods.parse(plan.months[-1].period),
        at=at,
        by=users["editor"],
        style_name=_style(here),
        authored=_authored(directory),
    )
    return outcome


def _style(here: Place) -> str:
    """The place's monthly style, or "" for its first."""
    styles = here.config.get("bulletin", {}).get("style", [])
    return next((str(style["name"]) for style in styles if style.get("period") == "month"), "")


def _authored(directory: Path) -> Authored:
    path = _folder(directory) / "authored.json"
    return authored.read(path.read_text("utf-8")) if path.is_file() else Authored()


def _folder(directory: Path) -> Path:
    return (directory.parent if directory.is_file() else directory) / "demo"


def town_of(here: Place) -> Town:
    """The place's vocabularies as the generator takes them."""
    channels = {code: channel for code, channel in here.channels.items() if channel.active}
    return Town(
        keeper=here.keeper,
        channels={
            code: ChannelWord(code, c.prefix, getattr(c.tree or c.group.tree, "code", ""), c.upper)
            for code, c in channels.items()
        },
        natures={code: nature.name for code, nature in here.natures.items() if nature.active},
        guarded=frozenset(code for code, nature in here.natures.items() if nature.guarded),
        topics=tuple(path for path, topic in here.topics.items() if topic.active),
        units=tuple(code for code, unit in here.units.items() if unit.active),
        areas={code: a.name for code, a in here.areas.items() if a.active and a.parent_id is None},
    )


# Cases


def record(here: Place, cases: Iterable[Invented]) -> None:
    """Write the cases with their whole histories, each move recorded when it happened."""
    cases = list(cases)
    recordings = [_recording(here, case) for case in cases]
    rows = {row.number: row for row in store(recordings, by=None)}
    _store_replies(cases, rows)
    for case in cases:
        if case.into and case.merged_at:
            at = case.merged_at
            lifecycle.advance(
                rows[case.number],
                "merge",
                by=None,
                at=at,
                into=case.into.number,
                origin=ORIGIN,
                recorded_at=at,
            )


def _recording(here: Place, case: Invented) -> Recording:
    recording = Recording(here, case.number, recorded_at=case.script.since, origin=ORIGIN)
    longitude, latitude = case.point or (None, None)
    recording.register(
        title=case.title,
        body=case.body,
        person=PersonData(name=case.caller.name, phone=case.caller.phone),
        at=case.script.since,
        details={"village": case.village, "longitude": longitude, "latitude": latitude},
        channel=case.channel,
        nature=case.nature,
        topic=case.topic,
        area=case.area,
        upper_number=case.upper_number,
    )
    for step in case.script.steps:
        recording.recorded_at = step.at
        recording.move(step.name, step.at, on=step.on, note=step.note, **step.data)
    recording.recorded_at = case.script.since
    return recording


def _store_replies(cases: list[Invented], rows: dict[str, Case]) -> None:
    tasks = {(task.case_id, task.no): task for task in Assignment.objects.filter(case__in=rows.values())}
    replies: list[Reply] = []
    for case in cases:
        for number, text in enumerate(case.script.replies, 1):
            replies.append(
                Reply(
                    assignment=tasks[rows[case.number].pk, text.on],
                    no=number,
                    handling_report=text.handling_report,
                    contact_record=text.contact_record,
                    public_answer=text.public_answer,
                    drafted_at=text.drafted_at,
                )
            )
    Reply.objects.bulk_create(replies, batch_size=2000)


# The bulletin's files


def _write(outcome: Outcome) -> None:
    """The draft in all formats, both editions; files that lie there already are left alone."""
    edition = Edition.objects.order_by("-period", "pk").first()
    if edition is None:
        return
    where = Path(settings.HUIYING_HOME) / "bulletins"
    for kind in ("internal", "public"):
        middle = ".public" if kind == "public" else ""
        paths = [where / f"{edition.period}{middle}.{suffix}" for suffix in editions.FORMATS]
        missing = [path.suffix[1:] for path in paths if not path.is_file()]
        if missing:
            rendered = editions.render(editions.content_of(edition, kind), missing)
            editions.write(rendered, where, edition.period, kind=kind)
            outcome.notes += [note for note in rendered.notes if note not in outcome.notes]
        outcome.files += paths


# Starting afresh


def clear() -> None:
    """Throw the demonstration's SQLite database away. Raises Refused where anything in it is real."""
    if connection.vendor != "sqlite":
        raise Refused("--fresh 只会重建 SQLite 的示范库。PostgreSQL 请另建一个空库，写进 DATABASE_URL。")
    path = Path(settings.DATABASES["default"]["NAME"])
    if not path.is_file():
        return
    if Case._meta.db_table in connection.introspection.table_names():
        _only_demo()
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    bulletins = Path(settings.HUIYING_HOME) / "bulletins"
    for file in (*bulletins.glob("2022-03.*"), *bulletins.glob("2022-02-*/*")):
        file.unlink()


def _only_demo() -> None:
    demo = {account.username for account in demo_people.accounts(())}
    foreign = Event.objects.filter(seq=1).exclude(origin__startswith=ORIGIN)
    if foreign.exclude(actor__username__in=demo).exists() or (Case.objects.exists() and not is_built()):
        raise Refused("数据库里有不是示范的诉求件，--fresh 不会删除它们。请另设一个 HUIYING_HOME。")
    if User.objects.exclude(username__in=demo).exclude(username__regex=demo_people.OF_A_UNIT).exists():
        raise Refused("数据库里有不是示范的账号，--fresh 不会删除它们。请另设一个 HUIYING_HOME。")
