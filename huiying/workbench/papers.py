"""打印: a case's papers as Word or PDF, from the small table of forms in `bulletins.papers`.

The citizen is masked as on the screen; of a protected case a paper that goes to the units, or that a
unit prints, tells nothing of the reporter.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from huiying.accounts import trail
from huiying.accounts.models import TrailKind, User
from huiying.bulletins import editions, papers
from huiying.bulletins.content import Content
from huiying.bulletins.papers import Answer, Demand, Facts, Given, Limit
from huiying.cases import clocks, permissions, privacy, timeline
from huiying.cases.history import CaseState, replay
from huiying.cases.models import Case, Reply
from huiying.cases.moves import TASK_TITLES
from huiying.cases.place import Place
from huiying.cases.projection import parse
from huiying.dispatch.models import Letter
from huiying.workbench.case_page import clock_rows, names_of, person_shown, reachable
from huiying.workbench.paper_links import FORMATS
from huiying.workbench.visit import Visit, place_of

PROTECTED = "本件保护诉求人，不显示其信息"


def paper(request: Visit, number: str, name: str, kind: str) -> FileResponse:
    """One of the forms of a case, to save or print."""
    form, found = papers.FORMS.get(name), reachable(request.user, number)
    if form is None or kind not in FORMATS:
        raise Http404("没有这种单据。")
    facts = facts_of(request.user, found, place_of(request), timezone.now(), for_units=form.units)
    if form.dispatched and not facts.given:
        raise Http404("本件还没有派单，没有这种单据。")
    return _file(request.user, found, form.title, kind, papers.paper(form, facts))


def letter_file(request: Visit, pk: int, kind: str) -> FileResponse:
    """A letter of supervision, to save or print."""
    letters = permissions.about_visible(request.user, Letter.objects.all())
    letter = get_object_or_404(letters.select_related("case", "unit"), pk=pk)
    if kind not in FORMATS:
        raise Http404("没有这种格式。")
    place, found = place_of(request), reachable(request.user, letter.case.number)
    facts = facts_of(request.user, found, place, letter.issued_at, for_units=True, until=letter.label)
    issued_on = clocks.local_date(letter.issued_at, place.keeper.tz)
    clean = privacy.without_reporter(found) if privacy.is_guarded(found) else str
    demand = Demand(letter.label, letter.unit.name, issued_on, letter.due_on, clean(letter.text))
    return _file(request.user, found, letter.label, kind, papers.letter(facts, demand))


def _file(user: User, found: Case, title: str, kind: str, content: Content) -> FileResponse:
    """The paper laid out; the security trail says who took it."""
    data = editions.render(content, [kind]).files[kind]
    trail.note(user, TrailKind.EXPORT, at=timezone.now(), subject=found.number, paper=title, format=kind)
    name = f"{found.number.replace('/', '-')}-{title}.{kind}"
    return FileResponse(BytesIO(data), as_attachment=True, filename=name)


# What is printed


def facts_of(
    user: User, found: Case, place: Place, now: datetime, *, for_units: bool, until: str = ""
) -> Facts:
    """The case in words, as this reader (and, `for_units`, any unit) may have it on paper.

    With `until`, the number of a letter, as the case stood when that letter was issued: printed again
    later it says the same.
    """
    log = [parse(event) for event in found.events.order_by("seq")]
    log = log[: next((i for i, e in enumerate(log, 1) if until and e.data.get("letter") == until), None)]
    state = replay(log)
    assert state is not None, "a saved case has at least its registration"
    hides = _hides(user, found, for_units=for_units)
    clean: Callable[[str], str] = privacy.without_reporter(found) if hides else str
    names, tz = names_of(state, log, place), place.keeper.tz
    texts = [text for text in found.texts.all() if text.kind != "note"]
    return Facts(
        office=place.office.name,
        place=place.office.place,
        number=found.number,
        title=clean(found.title),
        body=tuple(
            line
            for text in texts
            for line in clean("（已删除）" if text.erased_at else text.text).splitlines()
        ),
        about=_about(found, state, place, hides=hides),
        person=(("诉求人", PROTECTED),) if hides else _person(user, found),
        given=tuple(_given(state, place)),
        limits=tuple(_limits(state, place, now)),
        answers=tuple(_answers(found, clean)),
        course=tuple((_when(e.happened_at, place), timeline.staff(e, names)) for e in log),
        printed_on=clocks.local_date(now, tz),
        printed_at=now,
    )


def _hides(user: User, found: Case, *, for_units: bool) -> bool:
    """Whether the paper tells nothing of the reporter: to the units never, of a protected case."""
    return privacy.is_guarded(found) if for_units else privacy.is_hidden_from(user, found)


def _about(found: Case, state: CaseState, place: Place, *, hides: bool) -> tuple[tuple[str, str], ...]:
    lived = [] if hides else [found.village, found.address]
    where = " ".join(filter(None, [str(found.area or ""), *lived]))
    return (
        ("上级编号", found.upper_number),
        ("受理时间", _when(found.received_at, place)),
        ("渠道", str(found.channel)),
        ("性质", str(found.nature or "未核定")),
        ("内容分类", " — ".join(state.topic.split("/")[1:])),
        ("地点", where),
        ("紧急程度", timeline.URGENCIES[found.urgency]),
    )


def _person(user: User, found: Case) -> tuple[tuple[str, str], ...]:
    known = person_shown(user, found)
    if known.why:
        return (("诉求人", known.why),)
    return (("诉求人", known.name), ("联系电话", known.phone), ("地址", known.address))


def _given(state: CaseState, place: Place) -> list[Given]:
    roles = {"lead": "牵头", "co": "协办"}
    return [
        Given(
            place.units[task.unit].name,
            roles[task.role],
            TASK_TITLES[task.status],
            _when(task.assigned_at, place),
            _when(task.claimed_at, place),
            _when(task.replied_at, place),
        )
        for task in state.tasks.values()
        if task.round == state.round
    ]


def _limits(state: CaseState, place: Place, now: datetime) -> list[Limit]:
    """The clocks that still run."""
    rows = clock_rows(state, place, now, superseded=False)
    return [
        Limit(row.title, row.unit, row.standing.until, row.rule.source if row.rule else "")
        for row in rows
        if row.clock.stopped_at is None
    ]


def _answers(found: Case, clean: Callable[[str], str]) -> list[Answer]:
    """Each unit's latest reply."""
    replies = Reply.objects.filter(assignment__case=found).select_related("assignment__unit")
    latest = {reply.assignment.no: reply for reply in replies.order_by("assignment__no", "no")}
    return [
        Answer(
            reply.assignment.unit.name,
            clean(reply.handling_report),
            clean(reply.contact_record),
            clean(reply.public_answer),
        )
        for reply in latest.values()
    ]


def _when(at: datetime | None, place: Place) -> str:
    return at.astimezone(place.keeper.tz).strftime("%Y-%m-%d %H:%M") if at else ""
