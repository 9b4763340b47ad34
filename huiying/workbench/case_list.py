"""案件列表: search, filters and pages of fifty, as quick at a million cases as at sixty.

A page begins after (or before) a row's own sort key, so no page counts what lies before it, and
the total is counted up to `CAP` only. What is asked lives in the address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from huiying.accounts.models import SavedFilter, Unit, User
from huiying.cases import clocks, many, permissions, privacy
from huiying.cases.models import Assignment, Case
from huiying.cases.moves import CASE_TITLES, MOVES, OPEN, TaskStatus
from huiying.cases.place import Place
from huiying.workbench import columns, due
from huiying.workbench.choices import Choice, offered
from huiying.workbench.visit import Visit, place_of

PAGE = 50
CAP = 10_000
GONE = (TaskStatus.RETURNED, TaskStatus.CANCELLED)
SORTS = {"received": "最新受理在前", "due": "最先到期在前"}
STATUSES = {"open": "未办结"} | {str(status): title for status, title in CASE_TITLES.items()}
MODES = {"direct": "直办", "dispatched": "转办"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Asked:
    """What the address asks for, and what of it could not be understood."""

    values: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def sort(self) -> str:
        return self.get("sort") or "received"

    @property
    def query(self) -> str:
        return self.get("q")

    @property
    def since(self) -> str:
        return self.get("from")

    @property
    def until(self) -> str:
        return self.get("to")

    def url(self, **changes: str) -> str:
        """This list with some values changed; an empty one is left out."""
        query = self.query_string(**changes)
        return reverse("cases") + (f"?{query}" if query else "")

    def query_string(self, **changes: str) -> str:
        """What stands after the "?" of the list with some values changed."""
        return urlencode({k: v for k, v in (self.values | changes).items() if v})


def cases(request: Visit) -> HttpResponse:
    """The page, or for htmx its rows."""
    place, now = place_of(request), timezone.now()
    asked = read(request.GET, place)
    found = matching(asked, request.user, place, now)
    rows, before, after = page_of(found, asked)
    for case in rows:
        privacy.veil(request.user, case)
    shown = columns.chosen(asked.get("cols"))
    filters = choices(asked, place)
    total = found.order_by()[: CAP + 1].count()
    context = {
        "asked": asked,
        "rows": [_row(case, shown, place, now) for case in rows],
        "columns": shown,
        "column_choices": [(name, each.title, each in shown) for name, each in columns.COLUMNS.items()],
        "chosen_columns": asked.get("cols"),
        "saved": list(SavedFilter.objects.filter(user=request.user)),
        "here_query": asked.query_string(**START),
        "export": f"{reverse('cases_file')}?{asked.query_string(**START)}",
        "bulk": [(name, MOVES[name].title) for name in many.offered_to(request.user)],
        "total": f"{CAP}+" if total > CAP else str(total),
        "choices": [choice for choice in filters if choice.name in FIRST],
        "more_choices": [choice for choice in filters if choice.name not in FIRST],
        "more_open": any(asked.get(name) for name in LABELS if name not in FIRST),
        "chips": list(chips(asked, filters)),
        "sorts": SORTS.items(),
        "previous": asked.url(before=before, after="") if before else "",
        "next": asked.url(after=after, before="") if after else "",
        "first": asked.url(**START) if asked.get("after") or asked.get("before") else "",
        "clear": reverse("cases"),
    }
    template = "workbench/list.html" + ("#rows" if request.htmx and not request.htmx.boosted else "")
    response = render(request, template, context)
    response["HX-Push-Url"] = asked.url()
    return response


START = {"after": "", "before": ""}
FIRST = ("q", "status", "due", "unit")
"""The conditions always in sight; the others open on asking, and when one of them is used."""


def _row(
    case: Case, shown: list[columns.Column], place: Place, now: datetime
) -> tuple[Case, due.Standing | None, list[tuple[columns.Column, columns.Cell]]]:
    standing = _standing(case, place, now)
    return case, standing, [(column, column.cell(case, standing)) for column in shown]


def _standing(case: Case, place: Place, now: datetime) -> due.Standing | None:
    return due.standing(case.due_at, now, place.keeper) if case.due_at else None


# What is asked


def read(given: QueryDict, place: Place) -> Asked:
    """The address's values, those that mean something; the others become problems in words."""
    asked = Asked()
    known: dict[str, Callable[[str], bool]] = {
        "q": bool,
        "channel": place.channels.__contains__,
        "nature": place.natures.__contains__,
        "topic": place.topics.__contains__,
        "unit": place.units.__contains__,
        "area": place.areas.__contains__,
        "status": STATUSES.__contains__,
        "mode": MODES.__contains__,
        "due": due.FILTERS.__contains__,
        "from": _is_date,
        "to": _is_date,
        "sort": SORTS.__contains__,
        "cols": bool,
        "after": _is_cursor,
        "before": _is_cursor,
    }
    for name, is_known in known.items():
        text = _given(given, name)
        if text and is_known(text):
            asked.values[name] = "" if (name, text) == ("sort", "received") else text
        elif text:
            asked.problems.append(f"条件“{LABELS.get(name, name)}”的值“{text}”认不得，未采用。")
    return asked


def _given(given: QueryDict, name: str) -> str:
    """A value of the address; of columns all that are ticked, or the list that an address names."""
    if name == "cols":
        return columns.joined(",".join(given.getlist(name)).split(","))
    return given.get(name, "").strip()[:200]


LABELS = {
    "q": "查找",
    "channel": "渠道",
    "nature": "性质",
    "topic": "内容分类",
    "unit": "承办单位",
    "area": "区域",
    "status": "状态",
    "mode": "办理方式",
    "due": "时限",
    "from": "受理自",
    "to": "受理至",
}


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def matching(asked: Asked, user: User, place: Place, now: datetime) -> QuerySet[Case]:
    """The cases asked for that the person may see, in order."""
    found = privacy.found_by(user, permissions.visible_to(user), asked.get("q"))
    found = found.filter(_conditions(asked, place, now))
    found = found.select_related("channel", "nature", "topic", "area", "person", "lead__unit")
    if asked.sort == "due":
        return found.filter(status__in=OPEN, due_at__isnull=False).order_by("due_at", "id")
    return found.order_by("-received_at", "-id")


def _conditions(asked: Asked, place: Place, now: datetime) -> Q:
    wanted = Q()
    for name in ("channel", "nature", "area"):
        if code := asked.get(name):
            wanted &= Q(**{name: getattr(place, f"{name}s")[code].pk})
    if path := asked.get("topic"):
        below = [t.pk for p, t in place.topics.items() if p == path or p.startswith(f"{path}/")]
        wanted &= Q(topic__in=below)
    if code := asked.get("unit"):
        wanted &= Q(pk__in=held_by(place.units[code]))
    if status := asked.get("status"):
        wanted &= Q(status__in=OPEN if status == "open" else [status])
    if mode := asked.get("mode"):
        wanted &= Q(mode=mode)
    if state := asked.get("due"):
        wanted &= Q(status__in=OPEN) & due.within(state, now, place.keeper)
    return wanted & _period(asked, place)


def held_by(unit: Unit) -> QuerySet[Assignment, dict[str, int]]:
    """The cases that a unit, or one below it, was given and did not give back."""
    given = Assignment.objects.filter(unit__path__startswith=unit.path).exclude(status__in=GONE)
    return given.values("case_id")  # type: ignore[return-value]


def _period(asked: Asked, place: Place) -> Q:
    wanted, tz = Q(), place.keeper.tz
    if text := asked.get("from"):
        before = date.fromisoformat(text) - timedelta(days=1)
        wanted &= Q(received_at__gte=clocks.end_of_day(before, tz))
    if text := asked.get("to"):
        wanted &= Q(received_at__lt=clocks.end_of_day(date.fromisoformat(text), tz))
    return wanted


# Pages


def page_of(found: QuerySet[Case], asked: Asked) -> tuple[list[Case], str, str]:
    """The rows of the page asked for, and the cursors of the page before and after ("": none)."""
    column, down = ("due_at", False) if asked.sort == "due" else ("received_at", True)
    after, before = asked.get("after"), asked.get("before")
    if before and not after:
        rows = list(_beyond(found, column, not down, before).reverse()[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return rows, _cursor(rows[0], column) if more else "", _cursor(rows[-1], column) if rows else ""
    rows = list((_beyond(found, column, down, after) if after else found)[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return rows, _cursor(rows[0], column) if after and rows else "", _cursor(rows[-1], column) if more else ""


def _beyond(found: QuerySet[Case], column: str, down: bool, cursor: str) -> QuerySet[Case]:
    """Rows past a sort key; the first condition alone already lets the index be entered there."""
    at, pk = _parsed(cursor)
    side = "lt" if down else "gt"
    near = Q(**{f"{column}__{side}e": at})
    return found.filter(near & (Q(**{f"{column}__{side}": at}) | Q(**{f"id__{side}": pk})))


def _cursor(case: Case, column: str) -> str:
    at: datetime = getattr(case, column)
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{case.pk}"


def _parsed(cursor: str) -> tuple[datetime, int]:
    micros, pk = cursor.split("-")
    return EPOCH + timedelta(microseconds=int(micros)), int(pk)


def _is_cursor(text: str) -> bool:
    parts = text.split("-")
    return len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) <= 17 for part in parts)


# The form


def choices(asked: Asked, place: Place) -> list[Choice]:
    """The filters with their options, in the office's order."""
    options: dict[str, Iterable[tuple[str, str]]] = {
        "status": STATUSES.items(),
        "due": due.FILTERS.items(),
        **{name: offered(place, name) for name in ("unit", "channel", "nature", "topic", "area")},
        "mode": MODES.items(),
    }
    return [Choice(name, LABELS[name], list(rows), asked.get(name)) for name, rows in options.items()]


def chips(asked: Asked, filters: list[Choice]) -> Iterable[tuple[str, str]]:
    """Each condition in force, in words, with the address of the list without it."""
    words = {choice.name: dict(choice.options) for choice in filters}
    for name, label in LABELS.items():
        if value := asked.get(name):
            shown = words.get(name, {}).get(value, value).strip()
            yield f"{label}：{shown}", asked.url(**{name: ""}, **START)
