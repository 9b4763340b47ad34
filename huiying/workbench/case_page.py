"""案件页: everything about one case on one page, and the moves open to whoever looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from huiying.accounts import people
from huiying.accounts.models import Unit, User
from huiying.cases import (
    guards,
    lifecycle,
    permissions,
    presence,
    privacy,
    sorting,
    timeline,
    unmasking,
)
from huiying.cases.clocks import LimitUnit
from huiying.cases.deadlines import CLOCK_TITLES, WHY_TITLES, Rule
from huiying.cases.history import CaseState, Clock, Entry, Task, replay
from huiying.cases.history import Ruling as Asked
from huiying.cases.models import Attachment, Case, CaseText, Event, Issue, Reply
from huiying.cases.moves import LIVE, MOVES, RETURN_REASONS, TASK_TITLES, Move
from huiying.cases.persons import reveal
from huiying.cases.place import Place
from huiying.cases.projection import parse
from huiying.common.errors import Refused
from huiying.common.masking import mask_name, mask_phone, mask_text
from huiying.dispatch import handoff, merging, supervision
from huiying.knowledge.standard_texts import Offered
from huiying.mining import larger
from huiying.quality import calls
from huiying.replies import contact
from huiying.workbench import due, move_forms, move_links, paper_links, phrases
from huiying.workbench.mentioned import mentioned
from huiying.workbench.visit import Visit, place_of

DECISIONS = {
    "pending": "待裁定",
    "agreed": "同意",
    "refused": "不同意",
    "redirected": "同意并改派",
    "designated": "指定承办",
    "granted": "同意",
    "dropped": "撤回",
}
VERBS: dict[str, Callable[..., Any]] = {
    "urge": supervision.urge,
    "instruct": supervision.instruct,
    "reclassify": sorting.reclassify,
    "protect": sorting.protect,
    "merge": merging.merge_into,
    **{name: partial(handoff.hand_on, name=name) for name in ("dispatch", "add_co", "redirect_return")},
}
"""The moves that are made by a verb of their own, which knows more than the table of moves."""
RULING_TITLES = {"return": "退办", "extension": "延期"}
SAME_PERSON = 8


def case(request: Visit, number: str) -> HttpResponse:
    """The page of one case."""
    return page(request, reachable(request.user, number))


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: Visit, number: str, name: str) -> HttpResponse:
    """Make one move as the person saw the case; where it is refused, the page says why and keeps the text.

    The address of a refusal, opened again, leads to the case.
    """
    if request.method != "POST":
        return redirect("case", number=number)
    found = reachable(request.user, number)
    if name not in move_forms.FORMS:
        raise Http404
    on = whole(request.POST.get("on", ""))
    role = found.assignments.filter(no=on).values_list("role", flat=True).first() or ""
    try:
        data = move_forms.read(name, request.POST, place_of(request), role)
        found.seq = whole(request.POST.get("seq", ""))
        act = VERBS.get(name, partial(lifecycle.advance, name=name))
        act(found, by=request.user, at=timezone.now(), on=on, **data)
    except Refused as refusal:
        tried = Tried(name, on, str(refusal), request.POST)
        return page(request, reachable(request.user, number), tried=tried)
    messages.success(request, f"已{MOVES[name].title}。")
    return redirect("case", number=number)


def whole(text: str) -> int:
    """A whole number of the form; 0 for anything else, which no saved case has as its `seq`."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def reachable(user: User, number: str) -> Case:
    """The case of that number, if the person may see it. Raises Http404 otherwise."""
    cases = Case.objects.select_related(
        "channel", "nature", "nature_claimed", "topic", "area", "person"
    ).select_related("merged_into__nature", "merged_into__person")
    found = permissions.visible_to(user, cases).filter(number=number).first()
    if found is None:
        raise Http404("没有这一诉求件，或您不能查看它。")
    return found


@dataclass(frozen=True)
class Tried:
    """A move that was refused: why, and what had been typed."""

    name: str
    on: int
    reason: str
    given: QueryDict


@require_POST
def citizen(request: Visit, number: str) -> HttpResponse:
    """The citizen in clear, once, recorded with the reason; for htmx only that part."""
    found, why = reachable(request.user, number), request.POST.get("why", "")
    known: dict[str, Any]
    try:
        known = {"known": unmasking.unmask(found, reason=why, by=request.user, at=timezone.now())}
    except Refused as refusal:
        known = {"unmask_refused": str(refusal)}
    if not request.htmx:
        return page(request, found, more=known)
    shown = known | {"case": found, "person": person_shown(request.user, found), "may_unmask": True}
    return render(request, "workbench/citizen.html#citizen", shown)


def may_unmask(user: User, found: Case, state: CaseState, place: Place) -> bool:
    """Whether the person may ask for the citizen in clear."""
    at_work = [place.units[task.unit] for task in state.tasks.values() if task.status in LIVE]
    return not unmasking.why_not(user, found, at_work)


def page(
    request: Visit, found: Case, *, tried: Tried | None = None, more: dict[str, Any] | None = None
) -> HttpResponse:
    """The page, with a move that was refused, or with `more` in its context."""
    place, now = place_of(request), timezone.now()
    events = list(found.events.select_related("actor").order_by("seq"))
    log = [parse(event) for event in events]
    state = replay(log)
    assert state is not None, "a saved case has at least its registration"
    texts = list(found.texts.all())
    clean = privacy.veil(request.user, found)
    timeline_here = timeline_rows(events, log, state, place, texts, clean)
    open_here, closed_here, elsewhere = moves_for(request.user, state, place, now, tried)
    if awaits := contact.awaits_citizen(events):
        open_here = [_awaiting(each) for each in open_here]
    linked, unlinked = move_links.links(request.user, found, elsewhere)
    context = {
        "case": found,
        "present": presence.at_case(request.user, found, "case", now),
        "topic": " — ".join(state.topic.split("/")[1:]),
        "standing": due.standing(found.due_at, now, place.keeper) if found.due_at else None,
        "awaits_citizen": awaits,
        "person": person_shown(request.user, found),
        "may_unmask": may_unmask(request.user, found, state, place),
        "requests": (requests := requests_shown(texts, clean)),
        "larger": larger.takes(found),
        "mentioned": mentioned(found, requests, place),
        "issues": issues_shown(found, clean),
        "clocks": clock_rows(state, place, now, superseded=False),
        "past_clocks": clock_rows(state, place, now, superseded=True),
        "tasks": task_rows(state, place),
        "rulings": ruling_rows(state, place, clean),
        "replies": _replies(found, clean),
        "attachments": files_shown(found, clean),
        "timeline": timeline_here,
        "merged_into": _veiled(request.user, [found.merged_into], clean) if found.merged_into else [],
        "merged": _merged(request.user, found, events, clean),
        "same_person": _same_person(request.user, found),
        "repeats": next((entry.data["repeat_of"] for entry in log if "repeat_of" in entry.data), ""),
        "open_moves": [_worded(each, found, state, place, now) for each in open_here],
        "closed_moves": (closed := closed_here + [Closed(MOVES[k], "", why) for k, why in unlinked.items()]),
        "own_closed": [each for each in closed if not each.is_of_others(request.user)],
        "others_closed": _by_reason(each for each in closed if each.is_of_others(request.user)),
        "moves_elsewhere": [MOVES[name].title for name in elsewhere if name not in move_links.PAGES],
        "linked": linked,
        "call_back": calls.standing(found, place, now),
        "work": tasks_to_work(request.user, state, place),
        "tried": tried,
        "meanwhile": _meanwhile(timeline_here, tried),
        "typed": typed(tried, open_here, state, place) if tried else [],
        "papers": paper_links.links(found, state),
        "may_archive": not paper_links.why_no_archive(request.user, found),
        **(more or {}),
    }
    return render(request, "workbench/case.html", context, status=409 if tried else 200)


Clean = Callable[[str], str]
"""How a text of the case is shown to the reader: `privacy.veil` says it for each case."""


def requests_shown(texts: list[CaseText], clean: Clean) -> list[CaseText]:
    """The citizen's words; of a protected case the units read them without the reporter."""
    asked = [text for text in texts if text.kind != "note"]
    for text in asked:
        text.text = clean(text.text)
    return asked


def issues_shown(found: Case, clean: Clean) -> list[Issue]:
    """The matters of a case."""
    issues = list(found.issues.select_related("nature", "topic"))
    for issue in issues:
        issue.title = clean(issue.title)
    return issues


def files_shown(found: Case, clean: Clean) -> list[Attachment]:
    """The files of a case under their names."""
    files = list(found.attachments.order_by("seq", "id"))
    for file in files:
        file.name = clean(file.name)
    return files


def _merged(user: User, found: Case, events: Iterable[Event], clean: Clean) -> list[Case]:
    """The cases merged into this one; asked for only where the history says that one was."""
    if not any(event.kind == "absorb" for event in events):
        return []
    return _veiled(user, found.merged.select_related("nature", "person").order_by("number"), clean)


def _veiled(user: User, others: Iterable[Case], clean: Clean) -> list[Case]:
    """Cases linked to this one, each as protected as it is itself and as this one is."""
    linked = list(others)
    for each in linked:
        privacy.veil(user, each)
        each.title = clean(each.title)
    return linked


# The person


@dataclass(frozen=True)
class Shown:
    """The citizen as this reader may see them; `why` says why nothing is shown, where so."""

    name: str = ""
    phone: str = ""
    address: str = ""
    why: str = ""


def person_shown(user: User, found: Case) -> Shown:
    """The citizen, masked; of a protected case nothing at all for the units."""
    if found.erased_at:
        return Shown(why="保管期限已满，已删除")
    if found.person is None:
        return Shown(why="未留姓名和电话")
    if privacy.is_hidden_from(user, found):
        return Shown(why="本件保护诉求人，承办单位不显示其信息")
    known = reveal(found.person)
    return Shown(mask_name(known.name), mask_phone(known.phone), mask_text(known.address))


def _same_person(user: User, found: Case) -> list[Case]:
    """Other cases of the same citizen: for the office only, which knows who called."""
    if found.person_id is None or not permissions.sees_office(user):
        return []
    return list(Case.objects.filter(person=found.person_id).exclude(pk=found.pk)[:SAME_PERSON])


def _replies(found: Case, clean: Clean) -> list[Reply]:
    rows = Reply.objects.filter(assignment__case=found).select_related("assignment__unit", "author")
    replies = list(rows.order_by("assignment__no", "no"))
    for reply in replies:
        reply.handling_report = clean(reply.handling_report)
        reply.contact_record = clean(reply.contact_record)
        reply.public_answer = clean(reply.public_answer)
    return replies


# Clocks, assignments, rulings


@dataclass(frozen=True)
class ClockRow:
    """One run of a clock: whose, until when, how it stands, and the rule behind it."""

    title: str
    unit: str
    standing: due.Standing
    clock: Clock
    why: str
    rule: Rule | None


def clock_rows(state: CaseState, place: Place, now: datetime, *, superseded: bool) -> list[ClockRow]:
    """The runs in force, or those that a later run took over, running ones first."""
    rows = [clock for clock in state.clocks if clock.superseded == superseded]
    rows.sort(key=lambda clock: (clock.stopped_at is not None, clock.started_at))
    return [_clock_row(clock, state, place, now) for clock in rows]


def _clock_row(clock: Clock, state: CaseState, place: Place, now: datetime) -> ClockRow:
    rule = place.keeper.named(clock.rule, clock.version)
    unit = rule.limit.unit if rule else LimitUnit.WORKING_DAYS
    standing = due.standing(clock.due_at, now, place.keeper, done_at=clock.stopped_at, unit=unit)
    if clock.superseded:
        standing = due.Standing("still", "已被替代", standing.until)
    elif clock.kind == "ask_return" and clock.due_at and not clock.stopped_at and clock.due_at <= now:
        standing = due.Standing("still", "已过申请期", standing.until)  # a right that lapsed, no duty
    elif clock.stopped_at and (task := state.tasks.get(clock.on)) and _given_up(clock, task):
        standing = due.Standing("still", "已终止", standing.until)
    task_unit = _unit_of(state, place, clock.on)
    return ClockRow(CLOCK_TITLES[clock.kind], task_unit, standing, clock, WHY_TITLES[clock.why], rule)


def _given_up(clock: Clock, task: Task) -> bool:
    """Whether the clock stopped because the assignment ended, not because the work was done."""
    done = {"claim": task.claimed_at, "first_contact": task.contacted_at, "reply": task.replied_at}
    return clock.kind in done and done[clock.kind] is None


def _unit_of(state: CaseState, place: Place, on: int) -> str:
    task = state.tasks.get(on)
    return str(place.units[task.unit]) if task else ""


def task_rows(state: CaseState, place: Place) -> list[dict[str, Any]]:
    """The assignments, newest round first."""
    roles = {"lead": "牵头", "co": "协办"}
    tasks = sorted(state.tasks.values(), key=lambda task: (-task.round, task.no))
    return [
        {
            "task": task,
            "unit": place.units[task.unit],
            "role": roles[task.role],
            "status": TASK_TITLES[task.status],
            "live": task.status in LIVE,
        }
        for task in tasks
    ]


def tasks_to_work(user: User, state: CaseState, place: Place) -> list[tuple[int, Unit]]:
    """The live assignments of the reader's own units, which are worked on a page of their own."""
    paths = tuple(unit.path for unit in permissions.units_of(user))
    found = [(no, place.units[task.unit]) for no, task in state.tasks.items() if task.status in LIVE]
    return [(no, unit) for no, unit in found if paths and unit.path.startswith(paths)]


def ruling_rows(state: CaseState, place: Place, clean: Clean) -> list[dict[str, Any]]:
    """The units' requests and what the office decided."""
    return [
        {
            "ruling": ruling,
            "kind": RULING_TITLES[ruling.kind],
            "unit": _unit_of(state, place, ruling.on),
            "reason": RETURN_REASONS.get(ruling.reason) or clean(ruling.reason),
            "proposed": _proposed(ruling, place),
            "decision": DECISIONS[ruling.decision],
        }
        for ruling in state.rulings
    ]


def _proposed(ruling: Asked, place: Place) -> str:
    unit = place.units.get(ruling.proposed)
    return str(unit) if unit else ruling.proposed


# Timeline


@dataclass(frozen=True)
class Moment:
    """One entry of the timeline."""

    event: Event
    entry: Entry
    said: str
    who: str
    note: str
    late_record: bool


def names_of(state: CaseState, log: list[Entry], place: Place) -> timeline.Names:
    """What this case's codes are called."""
    return timeline.Names(
        tz=place.keeper.tz,
        units={code: unit.name for code, unit in place.units.items()},
        channels={code: channel.name for code, channel in place.channels.items()},
        natures={code: nature.name for code, nature in place.natures.items()},
        areas={code: area.name for code, area in place.areas.items()},
        tasks={no: place.units[task.unit].name for no, task in state.tasks.items()},
        moves={entry.seq: MOVES[entry.kind].title for entry in log},
    )


def timeline_rows(
    events: list[Event],
    log: list[Entry],
    state: CaseState,
    place: Place,
    texts: list[CaseText],
    clean: Clean = str,
) -> list[Moment]:
    """The history in sentences, newest first, each with who did it and the note left with it."""
    names = names_of(state, log, place)
    givers = people.names(entry.data["for"] for entry in log if "for" in entry.data)
    notes = {text.seq: clean(_words(text)) for text in texts if text.kind == "note"}
    rows = [
        Moment(
            event,
            entry,
            clean(timeline.staff(entry, names)),
            _actor(event) + (f"代{givers[entry.data['for']]}" if "for" in entry.data else ""),
            notes.get(entry.seq, ""),
            entry.recorded_at.astimezone(names.tz).date() != entry.happened_at.astimezone(names.tz).date(),
        )
        for event, entry in zip(events, log, strict=True)
    ]
    return rows[::-1]


def _meanwhile(rows: list[Moment], tried: Tried | None) -> list[Moment]:
    """What happened since the page was opened from which a refused move was sent, oldest first."""
    seen = whole(tried.given.get("seq", "")) if tried else 0
    return [row for row in reversed(rows) if row.event.seq > seen] if seen else []


def _words(text: CaseText) -> str:
    return "（已删除）" if text.erased_at else text.text


def _actor(event: Event) -> str:
    if event.actor:
        return str(event.actor)
    return "数据导入" if event.origin.startswith("import") else "系统"


# Moves


@dataclass(frozen=True)
class Input:
    """One field as it is shown: its options, what was typed before, of a date the first that counts."""

    field: move_forms.Field
    id: str
    options: list[tuple[str, str]]
    value: str
    values: list[str]
    least: str = ""


@dataclass(frozen=True)
class Open:
    """A move the reader may make now."""

    move: Move
    on: int
    unit: str
    inputs: list[Input] = field(default_factory=list)
    refused: str = ""
    phrases: list[Offered] = field(default_factory=list)

    @property
    def hint(self) -> str:
        return move_forms.HINTS.get(self.move.name, "")


@dataclass(frozen=True)
class Closed:
    """A move whose turn it is, but not for this reader, or not yet; and why."""

    move: Move
    unit: str
    why: str

    def is_of_others(self, user: User) -> bool:
        """Whether people of other roles make it, on any case."""
        return self.why == permissions.why_not(user, self.move)


def _by_reason(closed: Iterable[Closed]) -> dict[str, list[str]]:
    """The titles of moves under the reason that they share but for the title in it."""
    found: dict[str, list[str]] = {}
    for each in closed:
        found.setdefault(each.why.replace(f"“{each.move.title}”", ""), []).append(each.move.title)
    return {why: list(dict.fromkeys(titles)) for why, titles in found.items()}


def moves_for(
    user: User, state: CaseState, place: Place, now: datetime, tried: Tried | None = None
) -> tuple[list[Open], list[Closed], list[str]]:
    """The moves open to the person here, those that are not and why, and the names of those open
    to them on another screen."""
    may: list[Open] = []
    may_not: list[Closed] = []
    elsewhere: list[str] = []
    for candidate, task in _candidates(state, now):
        unit = place.units[task.unit] if task else None
        why = _why_not(user, state, candidate, task, unit, place, now)
        on, name = (task.no, task.unit) if task else (0, "")
        if why:
            may_not.append(Closed(candidate, str(unit or ""), why))
        elif candidate.name not in move_forms.FORMS:
            elsewhere.append(candidate.name)
        else:
            refused = tried if tried and (tried.name, tried.on) == (candidate.name, on) else None
            inputs = list(_inputs(candidate, on, state, place, refused))
            may.append(Open(candidate, on, str(unit or name), inputs, refused.reason if refused else ""))
    return may, may_not, list(dict.fromkeys(elsewhere))


def _worded(each: Open, found: Case, state: CaseState, place: Place, now: datetime) -> Open:
    """The move with the place's standard texts for it, where something is to be written."""
    if not any(given.field.kind == "note" for given in each.inputs):
        return each
    name, subject = each.move.name, phrases.on_case(found, state, place, each.on)
    return replace(each, phrases=phrases.offered(place, subject, [name], now)[name])


def _awaiting(each: Open) -> Open:
    """Pausing the clock while the citizen is asked for more, with that reason in it from the first."""
    if each.move.name != "pause" or each.refused:
        return each
    reasons = [replace(given, value="citizen") for given in each.inputs if given.field.name == "reason"]
    return replace(each, inputs=[*reasons, *each.inputs[len(reasons) :]])


def typed(tried: Tried, offered: list[Open], state: CaseState, place: Place) -> list[tuple[str, str]]:
    """What had been filled in, in words, where no form of the page holds all of it any more."""
    if any(each.refused and all(map(_held, each.inputs)) for each in offered):
        return []
    task = state.tasks.get(tried.on)
    rows = []
    for each in move_forms.fields(tried.name, task.role if task else ""):
        known = dict(each.options(place))
        words = [known.get(text, text) for text in tried.given.getlist(each.name) if text.strip()]
        rows.append((each.label, "、".join(words)))
    return [(label, words) for label, words in rows if words]


def _held(given: Input) -> bool:
    """Whether the field still offers all that had been chosen in it."""
    codes = {code for code, _ in given.options}
    return not given.field.choices or codes.issuperset(filter(None, given.values))


def _candidates(state: CaseState, now: datetime) -> Iterator[tuple[Move, Task | None]]:
    """The moves of persons; those that only come with another move, or of themselves, are left out."""
    for candidate, task in guards.open_moves(state, now):
        if candidate.who != "system" and candidate.name != "absorb":
            yield candidate, task


def _why_not(
    user: User,
    state: CaseState,
    move: Move,
    task: Task | None,
    unit: Unit | None,
    place: Place,
    now: datetime,
) -> str:
    """Why the person cannot make the move, be its form filled in as it may; "" where they can."""
    if why := permissions.why_not(user, move, unit):
        return why
    filled = move_forms.sample(move.name, place, task.role if task else "", _busy(state))
    return guards.why_not(state, move, task, now, filled)


def _busy(state: CaseState) -> frozenset[str]:
    """The units at work on the case, which need not be chosen again."""
    return frozenset(task.unit for task in state.tasks.values() if task.status in LIVE)


def _inputs(move: Move, on: int, state: CaseState, place: Place, tried: Tried | None) -> Iterator[Input]:
    """The fields of a move; a later limit begins with the day that the unit asked for."""
    role = state.tasks[on].role if on else ""
    asked, reply = state.pending("extension", on), state.latest("reply", on)
    later = due.first_later(reply.due_at if reply else None, place.keeper)
    for each in move_forms.fields(move.name, role):
        held = [asked.proposed] if each.kind == "date" and asked else each.held(state)
        typed = tried.given.getlist(each.name) if tried else held
        options = each.options(place, _busy(state), state.channel)
        first, least = typed[0] if typed else "", later if each.kind == "date" else ""
        yield Input(each, f"{move.name}-{on}-{each.name}", options, first, typed, least)
