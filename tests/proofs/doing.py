"""A process of its own, for proofs that kill it or let several race: `python -m tests.proofs.doing`.

Each line it reads is `[verb, arguments…]` in JSON. It gets ready for that, says so, waits for another
line, does it, and tells as one line of JSON what came of it: a refusal is `{"refused": …, "why": …}`.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

Act = Callable[[], Any]
STYLE: dict[str, Any] = {
    "name": "月报",
    "series": "云溪热线",
    "title": "{{ year }}年{{ month }}月情况",
    "scope": [{"key": "line", "name": "热线", "where": {"channel": ["hotline"]}}],
    "block": [
        {"kind": "paragraph", "text": "受理{{ line.received }}件，转办{{ line.dispatched }}件。"},
        {"kind": "distribution"},
    ],
}
UNITS = {"water": "wangju", "housing": "zhurui"}
"""The heads of the units to which cases go."""
STEPS: dict[str, list[tuple[str, str]]] = {
    "received": [("dispatch", "laoli"), ("dispatch", "laoli"), ("direct_answer", "laoli")],
    "dispatched": [("claim", ""), ("ask_return", ""), ("recall", "laoli")],
    "handling": [("answer", ""), ("draft_reply", ""), ("contact", ""), ("urge", "laoli")],
    "returning": [("agree_return", "laoli"), ("refuse_return", "laoli"), ("drop_return", "")],
    "reviewing": [("release", "zhouhong"), ("send_back", "zhouhong")],
    "answered": [("close", "zhouhong"), ("call_back", "wumin")],
    "closed": [("reopen", "zhouhong"), ("instruct", "hanxian"), ("unmerge", "laoli")],
}
"""What may happen next, and who does it ("": the head of the unit that leads). Some of it is refused."""


def main() -> None:
    django.setup()
    for line in iter(sys.stdin.readline, ""):
        verb, *arguments = json.loads(line)
        act = VERBS[verb](*arguments)
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(_told(act), ensure_ascii=False, default=str), flush=True)


def _told(act: Act) -> Any:
    from huiying.common.errors import Refused

    try:
        return act()
    except Refused as refused:
        return {"refused": type(refused).__name__, "why": str(refused)}


def settle() -> Act:
    """The town of `tests/make.py`, its people, and a bulletin's style."""
    from tests.cast import people
    from tests.make import person, town

    def act() -> None:
        town(config={"bulletin": {"style": [STYLE]}, "distribution": {"report_to": ["市办"]}})
        people()
        person("zhurui", "朱瑞", "head", unit="housing")

    return act


def cases(count: int, status: str = "received") -> Act:
    """New cases; their numbers are told."""
    from tests import make

    return lambda: [make.case(f"第{n}处路面积水", status=status).number for n in range(count)]


def register() -> Act:
    """A new case that gets the next free number, which is told."""
    from tests import make

    return lambda: make.case("路面积水").number


def take_in(path: str) -> Act:
    """The file imported; how many rows were new and how many unchanged is told."""
    from huiying.exchange.spreadsheets import take_in
    from tests.exchange.ledgers import NOW

    def act() -> dict[str, int]:
        done = take_in(Path(path), by=None, at=NOW)
        return {"added": done.added, "unchanged": done.unchanged, "rejected": done.rejected}

    return act


def measured(verb: str, *arguments: Any) -> Act:
    """Another verb, and the most memory that this process has held by then, in MB (Linux)."""
    act = VERBS[verb](*arguments)

    def measure() -> dict[str, Any]:
        told = act()
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        return {"told": told, "peak": int(peak[1]) // 1024 if peak else 0}

    return measure


def figures(*arguments: str) -> Act:
    """What `huiying figures … --json` prints."""
    from django.core.management import call_command

    def act() -> Any:
        out = io.StringIO()
        call_command("figures", *arguments, "--json", stdout=out)
        return json.loads(out.getvalue())

    return act


def pages(*addresses: str) -> Act:
    """How many queries each page of the case list asks, and the plans of those that sort cases."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.plans import plan

    visitor = Client(headers={"host": "localhost"})
    visitor.force_login(_person("laoli"))

    def act() -> dict[str, Any]:
        if connection.vendor == "postgresql":  # there a worker of its own does it; on SQLite nobody does
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        visitor.get(addresses[0])  # the place is read once and kept
        told = {}
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                page = visitor.get(address).content.decode()
            sorting = [q["sql"] for q in asked if "ORDER BY" in q["sql"] and 'FROM "cases_case"' in q["sql"]]
            following = re.search(r'href="(/cases/\?[^"]*after=[^"]*)"', page)
            told[address] = {
                "rows": page.count('class="number"'),
                "queries": len(asked),
                "plans": [plan(sql) for sql in sorting],
                "next": html.unescape(following[1]) if following else "",
            }
        return told

    return act


def move(who: str, number: str, name: str, on: int = 0, data: dict[str, Any] | None = None) -> Act:
    """One move by somebody who looks at the case now and acts later."""
    from huiying.cases import lifecycle

    case, by, at = _case(number), _person(who), _after(number)
    return lambda: lifecycle.advance(case, name, by=by, at=at, on=on, **(data or {})).seq


def merge(who: str, number: str, into: str) -> Act:
    """One merge by somebody who looks at both cases now and acts later."""
    from huiying.cases import lifecycle

    one, other, by = _case(number), _case(into), _person(who)
    at = max(_after(number), _after(into))

    def act() -> str:
        lifecycle.merge(one, other, by=by, at=at)
        return "merged"

    return act


def wander(seed: int, moves: int) -> Act:
    """So many attempts at moves on all the cases there are, by chance; what came of them is counted."""
    chance = random.Random(seed)

    def act() -> Counter[str]:
        numbers = _numbers()
        return Counter(_attempt(chance, numbers) for _ in range(moves))

    return act


def _attempt(chance: random.Random, numbers: list[str]) -> str:
    number, into = chance.sample(numbers, 2)
    case = _case(number)
    if chance.random() < 0.05:
        act = merge("laoli", number, into)
    else:
        name, who = chance.choice(STEPS[case.status])
        lead = case.lead
        on = lead.no if lead and name not in OF_CASES else 0
        act = move(who or (UNITS[lead.unit.code] if lead else "laoli"), number, name, on, _data(chance, name))
    time.sleep(chance.random() / 100)  # as somebody who looks at a page before pressing a button
    told = _told(act)
    return told["refused"] if isinstance(told, dict) else "made"


OF_CASES = {
    "dispatch",
    "direct_answer",
    "recall",
    "urge",
    "close",
    "call_back",
    "reopen",
    "instruct",
    "unmerge",
}


def _data(chance: random.Random, name: str) -> dict[str, Any]:
    data: dict[str, Any] = {"note": f"经电话核实，情况属实（{chance.randrange(1000)}）。"}
    match name:
        case "dispatch":
            lead, co = chance.sample(sorted(UNITS), 2)
            others = [{"unit": co, "role": "co"}] if chance.random() < 0.5 else []
            data["units"] = [{"unit": lead, "role": "lead"}, *others]
        case "ask_return":
            data["reason"] = "not_ours"
        case "call_back":
            data["outcome"] = "reached"
    return data


def draft() -> Act:
    """A bulletin of March drafted; its number is told."""
    return lambda: _draft().pk


def publish(pk: int = 0, correcting: str = "") -> Act:
    """A draft (or one made now) published; its issue number is told."""
    from huiying.bulletins import editions
    from huiying.bulletins.models import Edition
    from tests import make

    edition = Edition.objects.get(pk=pk) if pk else _draft()
    return lambda: editions.publish(edition, at=make.at(4, 15), correcting=correcting).issue


def _draft() -> Any:
    from huiying.bulletins import authored, editions
    from huiying.cases.place import current
    from huiying.statistics import periods
    from tests import make

    march = periods.parse("2022-03")
    return editions.draft(current(), march, at=make.at(4, 10), authored=authored.parse({}))


def published() -> Act:
    """Every published edition with the names of its files that are missing or not as they were."""
    from huiying.bulletins import editions
    from huiying.bulletins.models import Edition

    frozen = Edition.objects.filter(published_at__isnull=False).order_by("pk")
    return lambda: [[e.pk, len(e.files), editions.damaged(e)] for e in frozen.all()]


def standing() -> Act:
    """A digest of all that the logs and rows say of the cases, but for keys that the database gives out."""
    from huiying.cases.models import Case, CaseText, Event, Person
    from huiying.exchange.models import ImportRun

    def act() -> dict[str, Any]:
        digest = hashlib.sha256()
        events = Event.objects.order_by("case__number", "seq")
        for number, seq, kind, on, at, data in events.values_list(
            "case__number", "seq", "kind", "on", "happened_at", "data"
        ):
            told = {key: value for key, value in json.loads(data).items() if key != "person"}
            digest.update(repr((number, seq, kind, on, at, sorted(told.items()))).encode())
        rows = Case.objects.order_by("number").values_list("number", "status", "due_at", "closed_at", "title")
        for row in rows:
            digest.update(repr(row).encode())
        tables = (Case, Event, CaseText, Person)
        taken = [list(row) for row in ImportRun.objects.filter(added__gt=0).values_list("added", "rejected")]
        return {"digest": digest.hexdigest(), "rows": [t.objects.count() for t in tables], "runs": taken}

    return act


def _case(number: str) -> Any:
    from huiying.cases.models import Case

    return Case.objects.select_related("lead__unit").get(number=number)


def _numbers() -> list[str]:
    from huiying.cases.models import Case

    return list(Case.objects.order_by("number").values_list("number", flat=True))


def _person(username: str) -> Any:
    from huiying.accounts.models import User

    return User.objects.get(username=username)


def _after(number: str) -> datetime:
    """A minute after the latest that is known of a case."""
    from huiying.cases.models import Event

    latest: datetime = Event.objects.filter(case__number=number).latest("happened_at").happened_at
    return latest + timedelta(minutes=1)


VERBS: dict[str, Callable[..., Act]] = {
    verb.__name__: verb
    for verb in (
        settle,
        cases,
        register,
        take_in,
        measured,
        figures,
        pages,
        move,
        merge,
        wander,
        draft,
        publish,
        published,
        standing,
    )
}

if __name__ == "__main__":
    main()
