"""派单台: what waits to be dispatched, oldest due first, each with its likely unit and its deadlines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Substr
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import User
from huiying.accounts.people import without_people
from huiying.cases import permissions, presence
from huiying.cases.history import CaseState, Entry, replay
from huiying.cases.lifecycle import NotAllowed, WrongRole
from huiying.cases.models import Case, CaseText, Event
from huiying.cases.moves import MOVES, CaseStatus
from huiying.cases.place import Place
from huiying.cases.projection import parse
from huiying.cases.workdays import UnknownYear
from huiying.common.errors import Refused
from huiying.dispatch import handoff, precedents, repeats
from huiying.dispatch.routing import Suggestion
from huiying.workbench import case_page, due, meanwhile, phrases
from huiying.workbench.case_list import EPOCH
from huiying.workbench.visit import Visit, place_of

PAGE = 25
CO_UNITS = 3
"""So many co-units may be named with the dispatch; more are added on the case's page."""
READ = 200
"""So many characters of what the citizen wrote are read for a suggestion: a page of cases stays quick."""
TOLD = ("claim", "reply")
"""The deadlines that a row of the queue tells."""


# The queue


@dataclass(frozen=True)
class Row:
    """A case of the queue: how its own clock stands, who could lead, who could help (by name, and why),
    and what speaks against it."""

    case: Case
    standing: due.Standing | None
    suggestions: list[Suggestion]
    unit: str
    conflict: str
    repeat: repeats.Repeat | None
    dues: list[tuple[str, due.Standing]]
    problem: str
    accused: list[str]
    co: list[tuple[str, str]] = field(default_factory=list)
    present: list[presence.Here] = field(default_factory=list)

    @property
    def first(self) -> Suggestion | None:
        return self.suggestions[0] if self.suggestions else None

    @property
    def one_press(self) -> bool:
        """Whether it may be handed to the unit suggested straight from the queue."""
        answered = self.repeat and not self.repeat.new_facts
        return bool(self.unit) and not self.conflict and not answered


@dataclass(frozen=True)
class Selected:
    """What was to be handed over at once, and why it was not: the unit as typed, the cases by number."""

    lead: str = ""
    numbers: tuple[str, ...] = ()
    refused: str = ""


def queue(request: Visit) -> HttpResponse:
    """The page of one part of the queue."""
    must(request.user, "dispatch")
    return _queue(request, request.GET.get("after", ""))


def _queue(request: Visit, after: str, selected: Selected | None = None) -> HttpResponse:
    """The rows after a cursor; what was refused keeps its ticks and the unit typed."""
    place, now = place_of(request), timezone.now()
    cases, following = page_of(queued(request.user), after)
    texts = [f"{case.title}\n{case.said or ''}" for case in cases]  # type: ignore[attr-defined]
    present = presence.others(request.user, cases, now)
    context = {
        "rows": [
            replace(row, present=present.get(row.case.pk, []))
            for row in rows_of(place, cases, now, texts=texts)
        ],
        "total": cases[0].total if cases else 0,  # type: ignore[attr-defined]
        "units": names_of(place),
        "next": f"{reverse('dispatch')}?{urlencode({'after': following})}" if following else "",
        "first": reverse("dispatch") if after else "",
        "after": after,
        "all": bool(request.GET.get("all")),
        "selected": selected or Selected(lead=request.GET.get("lead", "")),
        **_undo(request.user, now),
    }
    return render(request, "workbench/dispatch.html", context, status=409 if selected else 200)


def must(user: User, move: str) -> None:
    """Raise WrongRole for a person who may not make the move on any case."""
    if why := permissions.why_not(user, MOVES[move]):
        raise WrongRole(why)


def queued(user: User) -> QuerySet[Case]:
    """The cases that wait to be dispatched, oldest due first; where none is due, by when it came in.

    Each row knows how many wait in all (`total`), and how what the citizen wrote begins (`said`).
    """
    found = permissions.visible_to(user).filter(status=CaseStatus.RECEIVED)
    total = found.order_by().values("status").annotate(n=Count("pk")).values("n")
    found = found.select_related("nature", "topic", "area")
    body = CaseText.objects.filter(case=OuterRef("pk"), kind="body", erased_at=None).order_by("-pk")
    said = Subquery(body.annotate(begins=Substr("text", 1, READ)).values("begins")[:1])
    waits = Coalesce("due_at", "received_at")
    return found.annotate(waits=waits, total=Subquery(total), said=said).order_by("waits", "id")


def page_of(waiting: QuerySet[Case], after: str) -> tuple[list[Case], str]:
    """The rows after a cursor, and the cursor after which the next page begins ("": there is none)."""
    micros, _, pk = after.partition("-")
    if micros.isdigit() and pk.isdigit() and len(after) < 36:
        at = EPOCH + timedelta(microseconds=int(micros))
        waiting = waiting.filter(Q(waits__gt=at) | Q(waits=at, pk__gt=int(pk)))
    rows = list(waiting[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return rows, _cursor(rows[-1]) if more else ""


def _cursor(case: Case) -> str:
    at: datetime = case.due_at or case.received_at
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{case.pk}"


def rows_of(
    place: Place,
    cases: list[Case],
    now: datetime,
    logs: list[list[Entry]] | None = None,
    texts: Sequence[str] = (),
) -> list[Row]:
    """The rows of some cases, each question asked once for all of them. `texts` are their words."""
    states = [replayed(log) for log in logs or logs_of(cases)]
    offered = precedents.suggestions(place, states, texts)
    accused = handoff.accused_paths(cases)
    again = repeats.repeats_of(cases, at=now)
    return [
        replace(
            _row(place, case, state, found, accused.get(case.pk, []), again.get(case.pk), now),
            co=_helping(place, case, found, accused.get(case.pk, [])),
        )
        for case, state, found in zip(cases, states, offered, strict=True)
    ]


def logs_of(cases: Collection[Case]) -> list[list[Entry]]:
    """The logs of some cases, in the cases' order."""
    found: dict[int, list[Entry]] = {case.pk: [] for case in cases}
    for event in Event.objects.filter(case__in=found).order_by("case_id", "seq"):
        found[event.case_id].append(parse(event))
    return list(found.values())


def replayed(log: list[Entry]) -> CaseState:
    state = replay(log)
    assert state is not None, "a saved case has at least its registration"
    return state


def _row(
    place: Place,
    case: Case,
    state: CaseState,
    found: list[Suggestion],
    accused: list[str],
    repeat: repeats.Repeat | None,
    now: datetime,
) -> Row:
    lead = found[0].unit if found else ""
    conflict = handoff.conflict_of(place, case, lead, accused) if lead else ""
    dues, problem = told(place, state, lead, (), now)
    return Row(
        case,
        due.standing(case.due_at, now, place.keeper) if case.due_at else None,
        found,
        place.units[lead].name if lead else "",
        conflict,
        repeat,
        [(planned.title, standing) for planned, standing in dues if planned.kind in TOLD],
        problem,
        accused,
    )


def _helping(place: Place, case: Case, found: list[Suggestion], accused: list[str]) -> list[tuple[str, str]]:
    """The names of units that could help the likeliest lead, with the reason; none that is complained of."""
    return [
        (place.units[each.unit].name, each.reason)
        for each in (found[0].helpers if found else ())
        if not handoff.conflict_of(place, case, each.unit, accused)
    ]


def told(
    place: Place, state: CaseState, lead: str, co: Collection[str], now: datetime
) -> tuple[list[tuple[handoff.Due, due.Standing]], str]:
    """The deadlines that a dispatch now would set, and how they would stand; or why that is not known."""
    try:
        found = handoff.preview(place, state, lead=lead, co=co, at=now)
    except UnknownYear as unknown:
        return [], str(unknown)
    return [(each, _standing(each, place, now)) for each in found], ""


def _standing(planned: handoff.Due, place: Place, now: datetime) -> due.Standing:
    if planned.rule:
        return due.standing(planned.due_at, now, place.keeper, unit=planned.rule.limit.unit)
    return due.standing(planned.due_at, now, place.keeper)


def names_of(place: Place) -> list[str]:
    """The units that may be typed, in the office's order."""
    in_use = (unit for unit in place.units.values() if unit.active)
    return [unit.name for unit in sorted(in_use, key=lambda unit: unit.order)]


# Many at once, and back again


@require_POST
def dispatch_selected(request: Visit) -> HttpResponse:
    """Hand the chosen cases to one unit; each that fails is told with its reason."""
    must(request.user, "dispatch")
    place, now = place_of(request), timezone.now()
    cases, typed = picked(request), request.POST.get("lead", "").strip()
    try:
        if not cases:
            raise NotAllowed("没有勾选任何诉求件。")
        if not typed:
            raise NotAllowed("请填写派给哪个单位。")
        lead = handoff.unit_code(place, typed)
    except NotAllowed as refusal:
        ticked = tuple(case.number for case in cases)
        return _queue(request, request.POST.get("after", ""), Selected(typed, ticked, str(refusal)))
    done = handoff.dispatch_many(cases, lead=lead, by=request.user, at=now)
    left = tell(request, cases, done, lambda n: f"已将 {n} 件派给{place.units[lead].name}。")
    again = f"?{urlencode({'lead': request.POST.get('lead', '')})}" if left else ""
    return redirect(f"{reverse('dispatch')}{again}")


def undo(request: Visit) -> HttpResponse:
    """The banner that offers to take the last dispatches back; posted to, it does so."""
    must(request.user, "recall")
    now = timezone.now()
    if request.method == "POST":
        cases = picked(request)
        if not cases:
            messages.warning(request, "没有勾选任何诉求件。")
        done = handoff.undo_many(cases, by=request.user, at=now)
        tell(request, cases, done, lambda n: f"已撤销 {n} 件派单。")
        return redirect("dispatch")
    if not request.htmx:
        return redirect("dispatch")
    return render(request, "workbench/dispatch.html#undo", _undo(request.user, now))


def picked(request: Visit) -> list[Case]:
    """The cases ticked, each as it was seen. Those out of the person's reach are left out."""
    seen = {}
    for text in request.POST.getlist("picked"):
        number, _, seq = text.rpartition("@")
        seen[number] = int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 10 else 0
    cases = permissions.visible_to(request.user).filter(number__in=seen).select_related("nature")
    found = sorted(cases, key=lambda case: list(seen).index(case.number))
    for case in found:
        case.seq = seen[case.number]
    return found


def tell(
    request: Visit, cases: list[Case], done: Iterable[handoff.Outcome], said: Callable[[int], str]
) -> bool:
    """Say how many went well, and of each that did not why, with what others did; whether any did not."""
    done = list(done)
    refused = {each.number: each.refused for each in done if each.refused}
    if well := len(done) - len(refused):
        messages.success(request, said(well))
    for case in cases:
        if why := refused.get(case.number):
            others = meanwhile.said(request.user, case, case.seq, place_of(request))
            messages.error(request, f"{why}{others}")
    return bool(refused)


def _undo(user: User, now: datetime) -> dict[str, object]:
    """What the banner needs: the dispatches that can still be taken back, and for how long."""
    events = handoff.undoable(user, now)
    until = events[0].recorded_at + handoff.UNDO if events else now
    return {"undoable": events, "undo_until": until, "undo_seconds": int((until - now).total_seconds()) + 1}


# One case


@dataclass(frozen=True)
class Typed:
    """What stands in the form: unit names, the note, and whether the reporter is hidden."""

    lead: str = ""
    co: list[str] = field(default_factory=list)
    note: str = ""
    masked: bool = False
    said: str = ""
    seen: int = 0

    @classmethod
    def of(cls, given: QueryDict) -> Typed:
        """What was typed, with a suggestion that was adopted without scripts."""
        adopted = QueryDict(given.get("adopt", ""))
        co = [text.strip() for text in [*given.getlist("co"), *adopted.getlist("co")] if text.strip()]
        seq = given.get("seq", "")
        seen = int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 10 else 0
        note, said = given.get("note", "").strip(), given.get("said", "").strip()
        lead = adopted.get("lead") or given.get("lead", "").strip()
        return cls(lead, list(dict.fromkeys(co)), note, bool(given.get("masked")), said, seen)

    @property
    def co_fields(self) -> list[str]:
        """The inputs for co-units: what was typed, then empty ones."""
        return [*self.co, *[""] * CO_UNITS][: max(CO_UNITS, len(self.co))]


def dispatch_case(request: Visit, number: str) -> HttpResponse:
    """One case to be dispatched; posted to, it is handed over."""
    must(request.user, "dispatch")
    found = case_page.reachable(request.user, number)
    if request.method != "POST":
        return _case(request, found)
    typed, place = Typed.of(request.POST), place_of(request)
    if "adopt" in request.POST:
        return _case(request, found, typed)
    found.seq = typed.seen
    try:
        lead, co = _codes(place, typed)
        handoff.dispatch(
            found,
            lead=lead,
            co=co,
            note=typed.note,
            masked=typed.masked,
            by=request.user,
            at=timezone.now(),
        )
    except Refused as refusal:
        return _case(request, case_page.reachable(request.user, number), typed, str(refusal))
    messages.success(request, f"已将 {number} 派给{place.units[lead].name}。")
    return redirect("dispatch")


@require_POST
def answer_status(request: Visit, number: str) -> HttpResponse:
    """Tell the person of a repeat how the earlier case stands instead of dispatching."""
    must(request.user, "direct_answer")
    found, typed = case_page.reachable(request.user, number), Typed.of(request.POST)
    found.seq = typed.seen
    earlier, now = request.POST.get("earlier", ""), timezone.now()
    try:
        repeats.answer_with_status(found, earlier=earlier, said=typed.said, by=request.user, at=now)
    except Refused as refusal:
        return _case(request, case_page.reachable(request.user, number), typed, str(refusal))
    messages.success(request, f"{number} 已答复办理进展，未再派单。")
    return redirect("dispatch")


def dispatch_due(request: Visit, number: str) -> HttpResponse:
    """The deadlines and conflicts that the units in the form would bring, for htmx."""
    must(request.user, "dispatch")
    found = case_page.reachable(request.user, number)
    if not request.htmx:
        return redirect("dispatch_case", number=number)
    accused = handoff.accused_paths([found]).get(found.pk, [])
    log, typed = logs_of([found])[0], Typed.of(request.GET)
    context = _chosen(place_of(request), found, log, typed, accused, timezone.now())
    return render(request, "workbench/dispatch_case.html#dues", context)


def _codes(place: Place, typed: Typed) -> tuple[str, list[str]]:
    if not typed.lead:
        raise NotAllowed("请填写牵头单位。")
    return handoff.unit_code(place, typed.lead), [handoff.unit_code(place, name) for name in typed.co]


def _case(request: Visit, found: Case, typed: Typed | None = None, refused: str = "") -> HttpResponse:
    place, now = place_of(request), timezone.now()
    log = logs_of([found])[0]
    requests = [text for text in found.texts.all() if text.kind != "note"]
    body = next((text.text for text in requests if text.kind == "body"), "")
    row = rows_of(place, [found], now, [log], [f"{found.title}\n{body[:READ]}"])[0]
    form = typed or Typed(lead="" if row.conflict else row.unit)
    repeat = row.repeat
    context = {
        "case": found,
        "present": presence.at_case(request.user, found, "dispatch", now),
        "row": row,
        "suggested": _suggested(place, found, row),
        "requests": requests,
        "units": names_of(place),
        "typed": form,
        "refused": refused,
        "meanwhile": meanwhile.since(request.user, found, typed.seen, place) if typed else [],
        "said": form.said or (repeats.status_said(place, repeat.earlier) if repeat else ""),
        "open": found.status == CaseStatus.RECEIVED,
        "phrases": phrases.offered(
            place, phrases.on_case(found, replayed(log), place), ("dispatch", "direct_answer"), now
        ),
        **_chosen(place, found, log, form, row.accused, now),
    }
    return render(request, "workbench/dispatch_case.html", context, status=409 if refused else 200)


def _suggested(place: Place, found: Case, row: Row) -> list[tuple[Suggestion, str, str]]:
    """The likely units with their names, and why one of them should not get the case."""
    return [
        (each, place.units[each.unit].name, handoff.conflict_of(place, found, each.unit, row.accused))
        for each in row.suggestions
    ]


def _chosen(
    place: Place, found: Case, log: list[Entry], typed: Typed, accused: list[str], now: datetime
) -> dict[str, object]:
    """The deadlines that the units typed would have, and where one of them is accused."""
    if found.status != CaseStatus.RECEIVED:
        return {"dues": [], "due_problem": "本件已不在待派单状态。", "conflicts": [], "nobody": []}
    problem = ""
    try:
        lead, co = _codes(place, typed) if typed.lead else ("", [])
    except NotAllowed as unknown:
        lead, co, problem = "", [], str(unknown)
    met = [handoff.conflict_of(place, found, code, accused) for code in (lead, *co) if code]
    dues, unknown_year = told(place, replayed(log), lead, co, now)
    named = [(each, place.units[each.unit].name if each.unit else "", how) for each, how in dues]
    chosen = [place.units[code] for code in (lead, *co) if code]
    return {
        "nobody": [unit.name for unit in without_people(chosen)] if chosen else [],
        "dues": named,
        "due_problem": problem or unknown_year,
        "conflicts": list(dict.fromkeys(filter(None, met))),
    }
