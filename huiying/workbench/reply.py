"""办理页: one unit's task on one page: the request beside the reply, contacts, files, parts, requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import Unit, User
from huiying.cases import guards, permissions, presence, privacy
from huiying.cases.deadlines import UNIT_CLOCKS
from huiying.cases.history import CaseState, replay
from huiying.cases.models import Assignment, Attachment, CaseText, Event, Reply
from huiying.cases.moves import LIVE, MOVES, RETURN_REASONS
from huiying.cases.place import Place
from huiying.cases.projection import parse
from huiying.cases.timeline import CONTACT_AIMS, CONTACT_RESULTS, CONTACT_WAYS
from huiying.common.errors import Refused
from huiying.common.text import changes
from huiying.mining import larger
from huiying.replies import asking, attachments, contact, drafting, handling
from huiying.replies.drafting import Texts
from huiying.replies.models import Handling
from huiying.workbench import case_page, due, meanwhile, move_forms, phrases, review
from huiying.workbench.case_page import whole
from huiying.workbench.inbox import part_standing
from huiying.workbench.visit import Visit, place_of

MOVES_HERE = (
    "claim",
    "draft_reply",
    "answer",
    "approve_reply",
    "revise_reply",
    "submit_reply",
    "contact",
    "ask_return",
    "drop_return",
    "ask_extension",
)
WRITTEN_HERE = ("draft_reply", "revise_reply", "contact", "ask_return", "ask_extension")
"""The moves for which a text is written on this page."""


def work(request: Visit, number: str, on: int) -> HttpResponse:
    """The page of one task."""
    return _page(request, within_reach(request.user, number, on))


@require_POST
def act(request: Visit, number: str, on: int, name: str) -> HttpResponse:
    """Do one thing as the person saw the case; where it is refused the page says why and keeps the words."""
    task = within_reach(request.user, number, on)
    if name not in ACTS:
        raise Http404
    try:
        said = ACTS[name](request, task)
    except Refused as refusal:
        return refused(request, within_reach(request.user, number, on), name, str(refusal))
    messages.success(request, said)
    return redirect("work", number=number, on=on)


def refused(request: Visit, task: Assignment, name: str, why: str) -> HttpResponse:
    """The page again with why an act was refused and what had been typed."""
    return _page(request, task, tried=Tried(name, why, request.POST))


def attachment(request: Visit, number: str, pk: int) -> FileResponse:
    """One file of a case, to save."""
    rows = Attachment.objects.select_related("case__nature", "case__person")
    row = rows.filter(case__number=number, pk=pk).first()
    if row is None or not _may_read(request.user, row):
        raise Http404("没有这个附件，或您不能查看它。")
    file = attachments.path_of(row).open("rb")
    name = privacy.words_for(request.user, row.case)(row.name)
    return FileResponse(file, as_attachment=True, filename=name, content_type=row.content_type)


def _may_read(user: User, row: Attachment) -> bool:
    return permissions.can_view(user, row.case) or handling.reachable(user).filter(case=row.case).exists()


def within_reach(user: User, number: str, on: int) -> Assignment:
    """The task of that case and number, if the person may open it. Raises Http404 otherwise."""
    tasks = handling.reachable(user).select_related("unit", "case__nature", "case__area", "case__person")
    found = tasks.filter(case__number=number, no=on).first()
    if found is None:
        raise Http404("没有这一派单，或它不由您的单位承办。")
    return found


# The page


@dataclass(frozen=True)
class Tried:
    """What was refused: which act, why, and what had been typed."""

    name: str
    reason: str
    given: QueryDict


def _page(request: Visit, task: Assignment, *, tried: Tried | None = None) -> HttpResponse:
    place, now, case = place_of(request), timezone.now(), task.case
    events = list(case.events.select_related("actor").order_by("seq"))
    state = replay([parse(event) for event in events])
    assert state is not None, "a saved case has at least its registration"
    texts = list(case.texts.all())
    own = privacy.own_words_for(request.user, case)
    clean = privacy.veil(request.user, case)
    contacts = [(event, own(words)) for event, words in contact.records_of(events, texts, task.no)]
    versions = _versions(task, own)
    newest = versions[0] if versions else None
    mine = handling.belongs(request.user, task)
    may = moves_here(request.user, task, state, place, now)
    requests = case_page.requests_shown(texts, clean)
    context = {
        "task": task,
        "case": case,
        "present": presence.at_case(request.user, case, "work", now),
        "mine": mine,
        "larger": larger.takes(case),
        "may": may,
        "awaits_citizen": contact.awaits_citizen(events),
        "person": case_page.person_shown(request.user, case),
        "may_unmask": case_page.may_unmask(request.user, case, state, place),
        "requests": requests,
        "clocks": [
            row
            for row in case_page.clock_rows(state, place, now, superseded=False)
            if row.clock.on == task.no and row.clock.kind in UNIT_CLOCKS
        ],
        "late_return": _late_return(task, state, place, now),
        "asked": [row for row in case_page.ruling_rows(state, place, clean) if row["ruling"].on == task.no],
        "told": clean(_told(state, task, events, texts)),
        "contacts": contacts,
        "files": case_page.files_shown(case, clean),
        "endings": ",".join(attachments.ENDINGS),
        "newest": newest,
        "versions": versions[1:],
        "rewritten": rewritten(*versions[:2]) if len(versions) > 1 else [],
        "typed": _typed(request.user, contacts, newest, now, tried),
        "tried": tried,
        "changed": _changed(newest, tried),
        "meanwhile": _meanwhile(request, task, tried) if mine else [],
    }
    subject = phrases.on_case(case, state, place, task.no)
    context["phrases"] = phrases.offered(place, subject, WRITTEN_HERE, now)
    if newest and mine and any(may[name] for name in STILL_OURS):
        context |= _checked(task, newest, requests, contacts, place, now)
    context |= _parts(task, mine, request.user, place, now, own) | _choices(task, state, place)
    context["kept"] = _kept(tried, context) if tried else []
    return render(request, "workbench/work.html", context, status=409 if tried else 200)


STILL_OURS = ("draft_reply", "approve_reply", "submit_reply")
"""Moves by which the unit can still mend what it has written."""


def _checked(
    task: Assignment,
    reply: Reply,
    requests: list[CaseText],
    contacts: list[tuple[Event, str]],
    place: Place,
    now: datetime,
) -> dict[str, Any]:
    """自查: what the reviewer's page will say of the draft, told to the unit before. Not of protected cases:
    there a unit could learn by trying what the findings compare its words with."""
    if privacy.is_guarded(task.case):
        return {}
    asked = [text.text for text in requests if not text.erased_at]
    score, found = review.judged(task, reply, asked, [words for _, words in contacts], place, now)
    return {"checked": True, "score": score, **review.told(found)}


def _late_return(task: Assignment, state: CaseState, place: Place, now: datetime) -> str:
    """Until when the unit could ask for a return, where that is over; "" otherwise."""
    clock = state.running("ask_return", task.no)
    at = clock.due_at if clock else None
    return due.until(at, place.keeper.tz) if at and at <= now else ""


def moves_here(
    user: User, task: Assignment, state: CaseState, place: Place, now: datetime
) -> dict[str, bool]:
    """Which of the moves made on this page the person may make now."""
    stands = state.tasks[task.no]

    def is_open(name: str) -> bool:
        filled = move_forms.sample(name, place)
        return not (
            permissions.why_not(user, MOVES[name], task.unit)
            or guards.why_not(state, MOVES[name], stands, now, filled)
        )

    return {name: is_open(name) for name in MOVES_HERE}


def _told(state: CaseState, task: Assignment, events: list[Any], texts: list[Any]) -> str:
    """Why the reply came back, in the words of whoever sent it: the newest, while it is to be done again."""
    if task.status not in {"sent_back", "claimed"}:
        return ""
    sent = [e.seq for e in events if e.on == task.no and e.kind in {"send_back", "revise_reply"}]
    since = [e.seq for e in events if e.on == task.no and e.kind == "draft_reply"]
    if not sent or (since and since[-1] > sent[-1]):
        return ""
    return next((text.text for text in texts if text.kind == "note" and text.seq == sent[-1]), "")


def _typed(
    user: User, contacts: list[Any], newest: Reply | None, now: datetime, tried: Tried | None
) -> dict[str, str]:
    """What every field holds: as typed where that was refused, else as a new form begins."""
    texts = Texts.of(newest)._asdict()
    if newest is None:
        texts["contact_record"] = "\n".join(words for _, words in contacts if words)
    fresh = {
        **texts,
        "talked_at": timezone.localtime(now).strftime("%Y-%m-%dT%H:%M"),
        "way": "phone",
        "aim": "inform",
        "result": "reached",
        "who": user.name,
    }
    empty = ("said", "return_reason", "return_proposed", "return_basis", "until", "extension_reason")
    fresh |= dict.fromkeys(
        (*empty, "revise_note", "part_to", "part_due_on", "part_note", "part", "part_result"), ""
    )
    return {name: tried.given.get(name, value) if tried else value for name, value in fresh.items()}


def _changed(newest: Reply | None, tried: Tried | None) -> bool:
    """Whether what was typed and refused is not what is kept now: then the page shows both."""
    if not newest or not tried or tried.name not in WRITES or "handling_report" not in tried.given:
        return False
    return texts_of(tried.given) != Texts.of(newest)


def _meanwhile(request: Visit, task: Assignment, tried: Tried | None) -> list[Any]:
    """What others did to the case since the person opened the page that was refused."""
    seen = whole(tried.given.get("seq", "")) if tried else 0
    return meanwhile.since(request.user, task.case, seen, place_of(request))


WRITES = {"draft", "answer", "approve", "revise"}
"""The acts that the form with the three texts is sent for."""

Fields = tuple[tuple[str, ...], dict[str, str]]
REPLY: Fields = (("draft_reply", "answer"), drafting.TITLES)
KEPT: dict[str, tuple[Fields, ...]] = {
    "draft": (REPLY,),
    "answer": (REPLY,),
    "approve": (REPLY,),
    "revise": ((("revise_reply",), {"revise_note": "修改意见"}), REPLY),
    "contact": ((("contact",), {"talked_at": "联系时间", "who": "联系人", "said": "内容"}),),
    "ask_return": ((("ask_return",), {"return_basis": "法规依据和说明"}),),
    "ask_extension": ((("ask_extension",), {"until": "延期至", "extension_reason": "理由"}),),
    "give": (((), {"part_due_on": "内部期限", "part_note": "要求"}),),
    "answer_part": (((), {"part_result": "办理结果"}),),
}
"""What is typed into the fields of each act; they are on the page while one of the moves is open."""


def _kept(tried: Tried, shown: dict[str, Any]) -> list[tuple[str, str]]:
    """What had been typed into fields that the page no longer has."""
    return [row for fields in KEPT.get(tried.name, ()) for row in _gone(fields, tried, shown)]


def _gone(kept: Fields, tried: Tried, shown: dict[str, Any]) -> list[tuple[str, str]]:
    moves, fields = kept
    match tried.name:
        case "give":
            is_there = bool(shown["part_units"] or shown["part_people"])
        case "answer_part":
            asked = whole(tried.given.get("part", ""))
            is_there = any(part.pk == asked and part.is_open for part, _ in shown["parts"])
        case _:
            is_there = any(shown["may"][move] for move in moves)
    if is_there:
        return []
    typed = [(label, _text(tried.given, name), name) for name, label in fields.items()]
    return [
        (label, text) for label, text, name in typed if text and text != getattr(shown["newest"], name, "")
    ]


def _versions(task: Assignment, own: case_page.Clean) -> list[Reply]:
    """The task's replies, the newest first, in the unit's own words."""
    versions = list(task.replies.select_related("author").order_by("-no"))
    for reply in versions:
        for name, words in Texts.of(reply)._asdict().items():
            setattr(reply, name, own(words))
    return versions


def rewritten(newer: Reply, older: Reply) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a version says otherwise than the one before it: the title of each text that was changed, with
    what went and what came."""
    texts = zip(drafting.TITLES.values(), Texts.of(older), Texts.of(newer), strict=True)
    return [(title, changes(old, new)) for title, old, new in texts if old.strip() != new.strip()]


def _parts(
    task: Assignment, mine: bool, user: User, place: Place, now: datetime, own: case_page.Clean
) -> dict[str, Any]:
    """The parts given inside the unit: all for the unit itself, their own for those below."""
    parts = Handling.objects.filter(assignment=task, withdrawn_at=None) if mine else handling.given_to(user)
    parts = parts.filter(assignment=task).select_related("unit", "person", "given_by", "answered_by")
    shown = list(parts)
    for part in shown:
        part.note, part.result = own(part.note), own(part.result)
    units, people = handling.takers(task) if mine and task.status in LIVE else ([], [])
    return {
        "parts": [(part, part_standing(part, place, now)) for part in shown],
        "part_units": [(f"unit-{unit.pk}", unit.name) for unit in units],
        "part_people": [(f"user-{each.pk}", each.name) for each in people],
        "today": timezone.localdate(now).isoformat(),
    }


def _choices(task: Assignment, state: CaseState, place: Place) -> dict[str, Any]:
    """What the forms offer: units to propose, reasons, and the first day later than the limit."""
    clock = state.latest("reply", task.no)
    others = sorted(place.units.values(), key=lambda unit: unit.order)
    return {
        "units": [(unit.code, unit.name) for unit in others if unit.active and unit.code != task.unit.code],
        "reasons": RETURN_REASONS.items(),
        "later": due.first_later(clock.due_at if clock else None, place.keeper),
        "ways": CONTACT_WAYS.items(),
        "aims": CONTACT_AIMS.items(),
        "results": CONTACT_RESULTS.items(),
    }


# What can be done here


def texts_of(given: QueryDict) -> Texts:
    """The three texts of the form, line ends as they are stored."""
    return Texts(*(_text(given, name) for name in Texts._fields))


def _text(given: QueryDict, name: str) -> str:
    return given.get(name, "").replace("\r\n", "\n").strip()


def _by(request: Visit) -> dict[str, Any]:
    """Who acts, when, and on what they saw."""
    return {"by": request.user, "at": timezone.now(), "seq": whole(request.POST.get("seq", ""))}


def _claim(request: Visit, task: Assignment) -> str:
    seen = _by(request)
    outcome = drafting.claim_each([(task, seen.pop("seq"))], **seen)[0]
    if outcome.refusal:
        raise Refused(outcome.refusal)
    return "已认领。"


def _draft(request: Visit, task: Assignment) -> str:
    reply = drafting.draft(task, texts_of(request.POST), **_by(request))
    return f"已保存第 {reply.no} 稿。" + ("" if task.unit.one_person else "单位负责人审签后才能反馈。")


def _answer(request: Visit, task: Assignment) -> str:
    drafting.answer(task, texts_of(request.POST), **_by(request))
    return "已反馈，等办公室审核。"


def _approve(request: Visit, task: Assignment) -> str:
    seen = _by(request)
    if seen["seq"] == task.case.seq and _retyped(request, task):
        raise drafting.Incomplete(
            "您改动了文稿，还没有保存。请先保存这一稿再审签；不要改动的，刷新页面后审签。"
        )
    drafting.approve(task, **seen)
    return "已审签，经办人可以反馈了。"


def _retyped(request: Visit, task: Assignment) -> Texts | None:
    """The texts in the form where they are not those kept: to pass these on would lose what was typed."""
    versions = _versions(task, privacy.own_words_for(request.user, task.case))
    kept = Texts(
        *(text.replace("\r\n", "\n").strip() for text in Texts.of(versions[0] if versions else None))
    )
    typed = {name: _text(request.POST, name) for name in Texts._fields if name in request.POST}
    texts = kept._replace(**typed)
    return texts if texts != kept else None


def _revise(request: Visit, task: Assignment) -> str:
    note = _text(request.POST, "revise_note")
    if not note:
        raise drafting.Incomplete("请写明修改意见。")
    texts = _retyped(request, task)
    drafting.revise(task, note=note, texts=texts, **_by(request))
    return "已退给经办人修改。" + ("您改动的文稿存为新的一稿，一并退给经办人。" if texts else "")


def _submit(request: Visit, task: Assignment) -> str:
    drafting.submit(task, **_by(request))
    return "已反馈，等办公室审核。"


def _contact(request: Visit, task: Assignment) -> str:
    given = request.POST
    talked_at = _instant(given.get("talked_at", ""))
    codes = {name: given.get(name, "") for name in ("way", "aim", "result")}
    told = contact.Contact(talked_at, who=_text(given, "who"), said=_text(given, "said"), **codes)
    contact.record(task, told, **_by(request))
    return "已记录联系情况。"


def _instant(text: str) -> datetime:
    """An instant as a browser's field gives it, by the office's clock."""
    try:
        return timezone.make_aware(datetime.fromisoformat(text).replace(tzinfo=None))
    except ValueError:
        raise contact.Unclear("请填写联系时间，如 2022-04-15 10:30。") from None


def _attach(request: Visit, task: Assignment) -> str:
    kept = attachments.attach(task, request.FILES.getlist("files"), by=request.user)
    return f"已上传 {len(kept)} 个附件。"


def _ask_return(request: Visit, task: Assignment) -> str:
    given = request.POST
    reason, proposed = given.get("return_reason", ""), given.get("return_proposed", "")
    asking.ask_return(
        task, reason=reason, basis=_text(given, "return_basis"), proposed=proposed, **_by(request)
    )
    return "已申请退办，等派单员裁定。"


def _drop_return(request: Visit, task: Assignment) -> str:
    asking.drop_return(task, **_by(request))
    return "已撤回退办申请。"


def _ask_extension(request: Visit, task: Assignment) -> str:
    given = request.POST
    asking.ask_extension(
        task, until=given.get("until", ""), reason=_text(given, "extension_reason"), **_by(request)
    )
    return "已申请延期，等派单员裁定。"


def _give(request: Visit, task: Assignment) -> str:
    to, due_on = _taker(request.POST.get("part_to", "")), request.POST.get("part_due_on", "")
    try:
        day = date.fromisoformat(due_on)
    except ValueError:
        raise handling.NotGiven("请选择内部期限。") from None
    note = _text(request.POST, "part_note")
    part = handling.give(task, to=to, due_on=day, note=note, by=request.user, at=timezone.now())
    return f"已分办给{part.taker}。"


def _taker(text: str) -> Unit | User:
    kind, _, pk = text.partition("-")
    found = (Unit if kind == "unit" else User).objects.filter(pk=whole(pk)).first()
    if found is None:
        raise handling.NotGiven("请选择分办给谁。")
    return found


def _part(request: Visit, task: Assignment) -> Handling:
    part = task.handlings.select_related("assignment__unit").filter(pk=whole(request.POST.get("part", "")))
    if (found := part.first()) is None:
        raise Http404
    return found


def _answer_part(request: Visit, task: Assignment) -> str:
    result = _text(request.POST, "part_result")
    handling.answer(_part(request, task), result=result, by=request.user, at=timezone.now())
    return "已反馈分办结果。"


def _withdraw_part(request: Visit, task: Assignment) -> str:
    handling.withdraw(_part(request, task), by=request.user, at=timezone.now())
    return "已收回分办。"


ACTS: dict[str, Callable[[Visit, Assignment], str]] = {
    "claim": _claim,
    "draft": _draft,
    "answer": _answer,
    "approve": _approve,
    "revise": _revise,
    "submit": _submit,
    "contact": _contact,
    "attach": _attach,
    "ask_return": _ask_return,
    "drop_return": _drop_return,
    "ask_extension": _ask_extension,
    "give": _give,
    "answer_part": _answer_part,
    "withdraw_part": _withdraw_part,
}
"""What the page's forms do, by the last word of their address."""
