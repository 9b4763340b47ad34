"""案件列表: search, filters and pages of fifty, as quick at a million cases as at sixty.

A page begins after (or before) a row's own sort key, so no page counts what lies before it, and the total is
counted on the first one, up to `CAP` only. What is asked lives in the address; `case_walk` finds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from huiying.accounts.models import SavedFilter, User
from huiying.cases import clocks, many, permissions, privacy, unmasking
from huiying.cases.deadlines import CLOCK_TITLES
from huiying.cases.models import Case
from huiying.cases.moves import CASE_TITLES, MOVES, OPEN
from huiying.cases.place import Place
from huiying.mining.entities import parted
from huiying.workbench import columns, due
from huiying.workbench.case_filters import (
    ACCUSED,
    BLANKS,
    CALLER,
    EMPTY,
    FILTERS,
    PARTS,
    PERIODS,
    Filter,
    accused_rows,
    caller_rows,
    clock_rows,
    part_rows,
)
from huiying.workbench.case_walk import Key, Total, Walk, loaded, walk_for
from huiying.workbench.choices import Choice, offered
from huiying.workbench.visit import Visit, place_of

PAGE = 50
CAP = 1_000
"""So many are counted; what is more is told as more."""
ROUND = 100
"""A number of which only so much is known is told in hundreds."""
SORTS = {
    "received": "最新受理在前",
    "received_up": "最早受理在前",
    "due": "最先到期在前",
    "due_down": "最后到期在前",
    "closed": "最新办结在前",
    "closed_up": "最早办结在前",
}
HEADS = {
    "received": ("received", "received_up"),
    "due": ("due", "due_down"),
    "closed": ("closed", "closed_up"),
}
"""The columns whose heads sort, each with the order that it asks for first, and the other one."""
DOWN = ("received", "due_down", "closed")
"""The orders in which the latest comes first."""
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
    asked, is_part = read(request.GET, place), request.htmx and not request.htmx.boosted
    page = page_of(matching(asked, request.user, place, now), asked)
    for case in page.rows:
        privacy.veil(request.user, case)
    shown = columns.chosen(asked.get("cols"), sort=asked.sort)
    filters = choices(asked, place)
    context = {
        "asked": asked,
        "rows": [
            (case, columns.drawn(shown, case, _standing(case, place, now), yielding=not asked.get("cols")))
            for case in page.rows
        ],
        "columns": shown,
        "heads": [_head(column, asked) for column in shown],
        "typed_choices": [
            (name, each.label, asked.get(name)) for name, each in FILTERS.items() if not each.choices
        ],
        "by_phone": unmasking.speaks(request.user),
        "caller": asked.get(CALLER),
        "column_choices": [(name, each.title, each in shown) for name, each in columns.COLUMNS.items()],
        "chosen_columns": asked.get("cols"),
        "saved": list(SavedFilter.objects.filter(user=request.user)),
        "here_query": asked.query_string(**START),
        "export": f"{reverse('cases_file')}?{asked.query_string(**START)}",
        "bulk": [(name, MOVES[name].title) for name in many.offered_to(request.user)],
        "total": page.total,
        "choices": [choice for choice in filters if choice.name in FIRST],
        "more_choices": [choice for choice in filters if choice.name not in FIRST],
        "more_open": any(asked.get(name) for name in LABELS if name not in FIRST),
        "chips": list(chips(asked, filters)),
        "sorts": SORTS.items(),
        "previous": page.previous,
        "next": page.following,
        "onward": page.onward,
        "first": asked.url(**START) if asked.get("after") or asked.get("before") else "",
        "clear": reverse("cases"),
    }
    response = render(request, "workbench/list.html" + ("#rows" if is_part else ""), context)
    response["HX-Push-Url"] = asked.url()
    return response


START = {"after": "", "before": "", "on": ""}
FIRST = ("q", "status", "due", "unit")
"""The conditions always in sight; the others open on asking, and when one of them is used."""


def _head(column: columns.Column, asked: Asked) -> tuple[columns.Column, str, str]:
    """A column with the address of the list sorted by it, and how it is sorted now, in the words of ARIA."""
    first, other = HEADS.get(column.name, ("", ""))
    if not first:
        return column, "", ""
    now = asked.sort if asked.sort in (first, other) else ""
    order = ("descending" if now in DOWN else "ascending") if now else ""
    return column, asked.url(sort=other if now == first else first, **START), order


def _standing(case: Case, place: Place, now: datetime) -> due.Standing | None:
    return due.standing(case.due_at, now, place.keeper) if case.due_at else None


# What is asked


def read(given: QueryDict, place: Place) -> Asked:
    """The address's values, those that mean something; the others become problems in words."""
    asked = Asked()
    known: dict[str, Callable[[str], bool]] = {
        "q": bool,
        "group": _groups(place).__contains__,
        "channel": place.channels.__contains__,
        "nature": [*place.natures, EMPTY].__contains__,
        "claimed": place.natures.__contains__,
        "topic": lambda text: text in place.topics or text == EMPTY,
        "unit": place.units.__contains__,
        "accused": lambda text: text in place.units or text in ACCUSED,
        CALLER: _is_digest,
        "area": [*place.areas, EMPTY].__contains__,
        "status": STATUSES.__contains__,
        "mode": MODES.__contains__,
        **{name: each.knows for name, each in FILTERS.items()},
        "by": PERIODS.__contains__,
        "due": due.STATES.__contains__,
        "clock": CLOCK_TITLES.__contains__,
        "part": PARTS.__contains__,
        "from": _is_date,
        "to": _is_date,
        "sort": SORTS.__contains__,
        "cols": bool,
        "after": _is_cursor,
        "before": _is_cursor,
        "on": GONE_ON.__contains__,
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
    "group": "渠道组",
    "channel": "渠道",
    "nature": "性质",
    "claimed": "自选性质",
    "topic": "内容分类",
    "unit": "承办单位",
    "accused": "被反映单位",
    CALLER: "来电号码",
    "area": "区域",
    "status": "状态",
    "mode": "办理方式",
    "due": "时限",
    "clock": "哪一种时限",
    "part": "承办方式",
    **{name: each.label for name, each in FILTERS.items()},
    "by": "期间按",
    "from": "受理自",
    "to": "受理至",
}


CLASSES = ("group", "channel", "nature", "topic", "area")
"""What the indexes of walks hold."""


def _is_digest(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{32}", text) is not None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def matching(asked: Asked, user: User, place: Place, now: datetime) -> Walk:
    """The cases asked for that the person may see, in order."""
    walk = _sorted(walk_for(user, place.units[asked.get("unit")] if asked.get("unit") else None), asked)
    walk = _classed(walk, asked, place)
    typed = asked.query or asked.get("village")  # the village of a protected case tells of its reporter
    walk = walk.tried(privacy.searchable_by(user, typed))
    for name, each in FILTERS.items():
        if code := asked.get(name):
            walk = _filtered(walk, each, code, alone=not any(map(asked.get, CLASSES)))
    if code := asked.get("accused"):
        walk = walk.having(accused_rows([place.units[code]] if code in place.units else []))
    if digest := asked.get(CALLER):
        walk = walk.having(caller_rows(user, digest))
    if part := asked.get("part"):
        units = [place.units[asked.get("unit")]] if asked.get("unit") else permissions.units_of(user)
        walk = walk.having(part_rows(part, units))
    if status := asked.get("status"):
        walk = walk.open() if status in ("open", *OPEN) else walk
        walk = walk.tried(Q(status=status)) if status != "open" else walk
    if mode := asked.get("mode"):
        is_rare = walk.of_unit and mode == "direct"
        walk = (walk.marked if is_rare else walk.tried)(Q(mode=mode))
    if code := asked.get("claimed"):
        walk = walk.tried(Q(nature_claimed=place.natures[code].pk))
    return _clocked(walk, asked, place, now).holding(parted(asked.query))


def _sorted(walk: Walk, asked: Asked) -> Walk:
    walk = walk.soonest_due() if asked.sort in HEADS["due"] else walk
    walk = walk.latest_closed() if asked.sort in HEADS["closed"] else walk
    return replace(walk, down=asked.sort in DOWN)


def _classed(walk: Walk, asked: Asked, place: Place) -> Walk:
    """By what the indexes of walks hold; that of all closings holds no classes."""
    by = f"{asked.get('by') or 'received'}_at"
    period, received = _period(asked, place, by)
    walk = walk.where(received)
    walk = walk.where(period) if by in ("received_at", walk.by) else walk.tried(period)
    is_bare = walk.by == "closed_at" and not walk.of_unit
    return (walk.tried if is_bare else walk.where)(_classes(asked, place))


def _filtered(walk: Walk, each: Filter, code: str, *, alone: bool) -> Walk:
    wanted = each.wanted(code)
    if not isinstance(wanted, Q):
        return walk.having(wanted)
    if each.usual:
        return walk.tried(wanted) if code == each.usual else walk.marked(wanted)
    return walk.by_index(wanted, alone=alone)


def _clocked(walk: Walk, asked: Asked, place: Place, now: datetime) -> Walk:
    """By a clock of one kind; else by that which runs out first, unless a paused one is asked for."""
    state, kind = asked.get("due"), asked.get("clock")
    if kind or state == "paused":
        walk = walk if kind == "callback" else walk.open()  # one is called back after the closing
        return walk.having(clock_rows(kind, state, now, place.keeper))
    return walk.open().tried(due.within(state, now, place.keeper)) if state else walk


def _classes(asked: Asked, place: Place) -> Q:
    wanted = Q()
    for name in BLANKS:
        wanted &= Q(**{name: None}) if asked.get(name) == EMPTY else Q()
    for name in ("channel", "nature", "area"):
        if (code := asked.get(name)) not in ("", EMPTY):
            wanted &= Q(**{name: getattr(place, f"{name}s")[code].pk})
    if group := asked.get("group"):
        wanted &= Q(channel__in=[each.pk for each in place.channels.values() if each.group.code == group])
    if (path := asked.get("topic")) not in ("", EMPTY):
        wanted &= _topic(path, place)
    return wanted


def _groups(place: Place) -> dict[str, str]:
    return {channel.group.code: channel.group.name for channel in place.channels.values()}


def _topic(path: str, place: Place) -> Q:
    """A topic with those below it; a whole branch of the tree, and a leaf, have an index each."""
    topic, branch = place.topics[path], place.branch(path)
    if topic == branch:
        return Q(branch=topic.pk)
    below = [each.pk for at, each in place.topics.items() if at.startswith(f"{path}/")]
    return Q(topic__in=[topic.pk, *below]) if below else Q(topic=topic.pk)


def _period(asked: Asked, place: Place, by: str) -> tuple[Q, Q]:
    """The days asked for of an instant (`by`), and what follows from them for the receipt."""
    wanted, received, tz = Q(), Q(), place.keeper.tz
    if text := asked.get("from"):
        before = date.fromisoformat(text) - timedelta(days=1)
        wanted &= Q(**{f"{by}__gte": clocks.end_of_day(before, tz)})
    if text := asked.get("to"):
        end = clocks.end_of_day(date.fromisoformat(text), tz)
        wanted &= Q(**{f"{by}__lt": end})
        received &= Q(received_at__lt=end)  # nothing is done before it came in: here the walk begins
    return wanted, received


# Pages


GONE_ON = ("1", "2", "3")
"""How often somebody went on where a page had not been filled: each time it is looked further."""
INSTANTS = {"received_at": "受理", "due_at": "到期", "closed_at": "办结"}


@dataclass(frozen=True)
class Onward:
    """Where a page ended before it was full: up to which instant it was looked, and where it goes on."""

    at: datetime
    instant: str
    earlier: bool
    url: str


@dataclass(frozen=True)
class Page:
    """The rows of one page, how many there are in all (in words), the addresses of the pages beside it
    ("": none)."""

    rows: list[Case]
    total: str
    previous: str
    following: str
    onward: Onward | None


def page_of(walk: Walk, asked: Asked) -> Page:
    """The page asked for, with the addresses of those beside it."""
    after, before = asked.get("after"), asked.get("before")
    cursor, back = Cursor.read(after or before), bool(before and not after)
    start, times = cursor.key if cursor else None, int(asked.get("on") or 0)
    far = walk.far(start, back=back, times=times)
    keys = walk.until(far, back=back).keys(PAGE + 1, beyond=start, back=back)
    rows, more = loaded(keys[-PAGE:] if back else keys[:PAGE]), len(keys) > PAGE
    end = None if more else far
    total = _total(walk, cursor, rows, more, end)
    first, last = (Cursor.of(_key(row, walk.by), total) for row in (rows[0], rows[-1])) if rows else ("", "")
    is_last = end is not None and not back
    return Page(
        rows,
        _told(total),
        asked.url(**START | {"before": first}) if first and (more if back else cursor) else "",
        asked.url(**START | {"after": last}) if last and (back or more) and not is_last else "",
        _onward(walk, asked, end, total, back) if end else None,
    )


def _onward(walk: Walk, asked: Asked, end: Key, total: Total, back: bool) -> Onward:
    times = GONE_ON[min(int(asked.get("on") or 0), len(GONE_ON) - 1)]
    there = {"before" if back else "after": Cursor.of(end, total), "on": times}
    return Onward(end[0], INSTANTS[walk.by], walk.down is not back, asked.url(**START | there))


def _total(walk: Walk, cursor: Cursor | None, rows: list[Case], more: bool, end: Key | None) -> Total:
    """How many there are. The first page counts and the others carry the number along; words that many cases
    hold are not counted beyond the page, and nothing beyond where it was looked."""
    if cursor and cursor.total is not None:
        return cursor.total if cursor.total.least else replace(cursor.total, least=len(rows))
    if end is not None:
        return Total(len(rows), more=True)
    if not rows or not (more or cursor):
        return Total(len(rows))
    return Total(PAGE, more=True) if walk.words else walk.count(CAP, _key(rows[-1], walk.by))


def _told(total: Total) -> str:
    """A number of cases; where not all were counted, a round one and above."""
    if not total.more or not total.least:
        return str(total.least)
    known = max(total.least // ROUND * ROUND, min(total.least, PAGE))
    return f"{known // 10_000} 万以上" if known and known % 10_000 == 0 else f"{known} 以上"


@dataclass(frozen=True)
class Cursor:
    """Where in the list a page begins or ends, and how many there were when it was counted."""

    key: Key
    total: Total | None = None

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        if not text:
            return None
        micros, pk, *total = (int(part) for part in text.split("-"))
        key = EPOCH + timedelta(microseconds=micros), pk
        return cls(key, Total(total[0], more=bool(total[1:])) if total else None)

    @staticmethod
    def of(key: Key, total: Total) -> str:
        at, pk = key
        counted = f"{total.least}-1" if total.more else f"{total.least}"
        return f"{(at - EPOCH) // timedelta(microseconds=1)}-{pk}-{counted}"


def _key(case: Case, by: str) -> Key:
    return getattr(case, by), case.pk


def _is_cursor(text: str) -> bool:
    parts = text.split("-")
    return len(parts) in {2, 3, 4} and all(p.isascii() and p.isdigit() and len(p) <= 17 for p in parts)


# The form


def choices(asked: Asked, place: Place) -> list[Choice]:
    """The filters with their options, in the office's order."""
    options: dict[str, Iterable[tuple[str, str]]] = {
        "status": STATUSES.items(),
        "due": due.STATES.items(),
        "clock": CLOCK_TITLES.items(),
        "part": PARTS.items(),
        "group": _groups(place).items(),
        **{name: offered(place, name) for name in ("unit", "channel")},
        **{name: [*offered(place, name), (EMPTY, blank)] for name, blank in BLANKS.items()},
        "claimed": offered(place, "nature"),
        "accused": [*ACCUSED.items(), *offered(place, "unit")],
        "mode": MODES.items(),
        **{name: each.choices.items() for name, each in FILTERS.items() if each.choices},
        "by": PERIODS.items(),
    }
    return [Choice(name, LABELS[name], list(rows), asked.get(name)) for name, rows in options.items()]


def chips(asked: Asked, filters: list[Choice]) -> Iterable[tuple[str, str]]:
    """Each condition in force, in words, with the address of the list without it."""
    words = {choice.name: dict(choice.options) for choice in filters}
    words[CALLER] = {asked.get(CALLER): "所填号码"}
    for name, label in LABELS.items():
        if value := asked.get(name):
            label = label.replace("受理", PERIODS.get(asked.get("by"), "受理"))
            shown = words.get(name, {}).get(value, value).strip()
            yield f"{label}：{shown}", asked.url(**{name: ""}, **START)
