"""登记台: one form, saved as it is typed; beside it who calls, what is alike and what that suggests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import User
from huiying.cases import permissions
from huiying.cases.lifecycle import LONGEST_TITLE
from huiying.cases.models import Case, Channel, Topic
from huiying.cases.moves import MOVES, REFUSAL_REASONS
from huiying.cases.persons import PersonData
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.dispatch import handoff
from huiying.intake import calls, desk, drafts, rights, shifts
from huiying.intake.kinds import CALLS
from huiying.intake.models import CallLog, Draft
from huiying.intake.suggest import Suggestion as Near
from huiying.intake.suggest import secrecy_asked
from huiying.knowledge import suggest, uses
from huiying.knowledge.standard_texts import Offered, Subject
from huiying.mining import guessing, larger
from huiying.mining.classify import Verdict
from huiying.mining.titles import title_of
from huiying.workbench import case_page, choices, phrases
from huiying.workbench.visit import Visit, place_of

MORE = (2, 3, 4)
"""The further issues that one call may hold."""
ISSUE = ("title", "nature", "topic")
FIELDS = (
    *("phone", "name", "title", "body", "channel", "nature", "topic", "urgency", "secret", "accused"),
    *("area", "village", "address", "answer", "articles", "unit", "reason", "told"),
    *(f"issue{no}_{name}" for no in MORE for name in ISSUE),
)
ADOPTED = ("title", "nature", "topic", "unit", "area", "secret")
"""The fields that a suggestion fills in."""
URGENCIES = Case._meta.get_field("urgency").choices or ()
OWN = 5


def take(request: Visit) -> HttpResponse:
    """The desk; a POST without a way to settle only looks up who calls and what is alike."""
    rights.need_desk(request.user)
    if request.method != "POST":
        return _opened(request)
    typed, key = _typed(request.POST), request.POST.get("key", "")
    if request.POST.get("way"):
        return _settled(request, request.POST["way"], typed, key)
    if request.htmx.target == "topics":
        return _topics(request, typed)
    if request.htmx:
        return render(request, "workbench/intake.html#known", _known(request, typed, key))
    if asked := QueryDict(request.POST.get("adopt", "")).get("article"):
        typed = _with_answers(typed, uses.marks(asked))
    drafts.save(request.user, key, typed, at=timezone.now())
    return _page(request, typed, key)


def _topics(request: Visit, typed: dict[str, str]) -> HttpResponse:
    """The topics of another channel; a topic that it does not have is not kept."""
    place = place_of(request)
    channel = _channel(place, typed)
    path = _path(place, channel, typed["topic"])
    context = {"typed": {"topic": choices.words(path)}, "topics": choices.topics(place, channel)}
    return render(request, "workbench/intake.html#topics", context)


def _opened(request: Visit, *, problem: str = "", kept: list[tuple[str, str]] | None = None) -> HttpResponse:
    """The form asked for, else the newest unfinished one, else a new one."""
    more: dict[str, Any] = {"mine": drafts.open_drafts(request.user), "problem": problem, "kept": kept}
    key = request.GET.get("draft", "")[: drafts.LONGEST_KEY]
    draft = next((each for each in more["mine"] if not key or each.key == key), None)
    if draft is None:
        used = Draft.objects.filter(user=request.user, key=key).exists()
        return _page(request, _typed(QueryDict()), drafts.new_key() if used or not key else key, **more)
    return _page(request, _typed(QueryDict()) | drafts.read(draft), draft.key, restored=draft, **more)


def _settled(request: Visit, way: str, typed: dict[str, str], key: str) -> HttpResponse:
    try:
        case = _taken(request.user, place_of(request), way, typed, key)
    except desk.AlreadyTaken as done:
        if done.case is None:
            return _page(request, typed, drafts.new_key(), problem=str(done))
        if _says(typed) != _kept_words(done.case):
            other = f"{done}现在填写的与它不同；如果是另一件，请再按一次登记。"
            return _page(request, typed, drafts.new_key(), problem=other)
        case = done.case
    except Refused as refusal:
        drafts.save(request.user, key, typed, at=timezone.now())
        lacks = refusal.field if isinstance(refusal, desk.Lacking) else ""
        return _page(request, typed, key, problem=str(refusal), lacks=lacks)
    messages.success(request, desk.outcome(case, typed["reason"]))
    return _afresh()


def _says(typed: Mapping[str, str]) -> tuple[str, str]:
    """What the form says: the title and the words as they are kept."""
    given = _request(typed)
    return given["title"][:LONGEST_TITLE], given["body"].replace("\r\n", "\n")


def _kept_words(case: Case) -> tuple[str, str]:
    """The same of a case, as it was registered."""
    body = case.texts.filter(kind="body").first()
    return case.title, body.text.replace("\r\n", "\n") if body else ""


@transaction.atomic
def _taken(user: User, place: Place, way: str, typed: dict[str, str], key: str) -> Case:
    """Take the request in; a unit that is itself complained of does not get it, and nothing is kept then."""
    case = desk.take(
        way,
        by=user,
        at=timezone.now(),
        key=key,
        text=typed["told" if way == "refuse" else "answer"],
        unit=typed["unit"],
        reason=typed["reason"],
        articles=uses.marks(typed["articles"]),
        **_request(_with_paths(place, typed)),
    )
    if way == "queue" and typed["unit"]:
        handoff.refuse_accused(case, [typed["unit"]])
    return case


def _afresh() -> HttpResponse:
    return redirect(f"{reverse('intake')}?{urlencode({'draft': drafts.new_key()})}")


def _typed(given: QueryDict) -> dict[str, str]:
    """What stands in the form, suggestions adopted without scripts included: of all at once only those for
    what a person has not chosen meanwhile."""
    typed = {name: given.get(name, "").replace("\r\n", "\n") for name in FIELDS}
    adopted = QueryDict(given.get("adopt", ""))
    for name in ADOPTED:
        if name in adopted and not ("all" in adopted and typed[name]):
            typed[name] = adopted[name]
    return typed


def _with_paths(place: Place, typed: dict[str, str]) -> dict[str, str]:
    """The form with its topics as paths instead of the words typed. Raises Refused for one that is none."""
    channel = place.channels.get(typed["channel"])
    names = ("topic", *(f"issue{no}_topic" for no in MORE))
    return typed | {name: choices.topic_path(place, channel, typed[name]) for name in names}


def _path(place: Place, channel: Channel | None, said: str) -> str:
    """The topic that is typed so far, "" while it is none."""
    with suppress(Refused):
        return choices.topic_path(place, channel, said)
    return ""


def _request(typed: Mapping[str, str]) -> dict[str, Any]:
    """The form in the words of `lifecycle.register`."""
    more = [{name: typed[f"issue{no}_{name}"].strip() for name in ISSUE} for no in MORE]
    main = {"title": typed["title"].strip(), "nature": typed["nature"], "topic": typed["topic"]}
    plain = {name: typed[name].strip() for name in ("channel", "nature", "topic", "area", "body")}
    return plain | {
        "title": main["title"],
        "person": PersonData(name=typed["name"].strip(), phone=typed["phone"].strip()),
        "urgency": typed["urgency"] if typed["urgency"] in dict(URGENCIES) else "normal",
        "secret": bool(typed["secret"]),
        "accused": [typed["accused"]] if typed["accused"] else [],
        "issues": (main, *(row for row in more if row["title"])),
        "village": typed["village"].strip()[:64],
        "address": typed["address"].strip()[:200],
    }


# The page


def _page(
    request: Visit,
    typed: dict[str, str],
    key: str,
    *,
    mine: list[Draft] | None = None,
    restored: Draft | None = None,
    problem: str = "",
    lacks: str = "",
    kept: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    """The whole page; `lacks` names the field to begin in, the telephone number where it is none."""
    now, place = timezone.now(), place_of(request)
    logged = calls.of_today(request.user, now)
    own_shift, handovers = shifts.board(request.user, now)
    unfinished = drafts.open_drafts(request.user) if mine is None else mine
    context = _known(request, typed, key) | {
        "restored": restored,
        "larger": larger.is_on(),
        "saved_at": None,
        "problem": problem,
        "lacks": lacks,
        "kept": kept or [],
        "others": [each for each in unfinished if each.key != key],
        "channels": [(c.code, c.name) for c in place.channels.values() if c.active],
        "areas": choices.areas(place),
        "units": _units(request.user, place),
        "accusable": choices.units(place),
        "urgencies": URGENCIES,
        "reasons": [(code, f"{why}（{told}）") for code, (why, told) in REFUSAL_REASONS.items()],
        "more_issues": _more(typed),
        "kinds": [(code, kind) for code, kind in CALLS.items() if not kind.about],
        "away": calls.away(logged),
        "counted": calls.counted(logged),
        "shift": own_shift,
        "handovers": handovers,
        "own": _own(request.user, now),
    }
    return render(request, "workbench/intake.html", context, status=409 if problem else 200)


def _known(request: Visit, typed: dict[str, str], key: str) -> dict[str, Any]:
    """What the panel beside the form and the topics in it show."""
    place = place_of(request)
    channel = _channel(place, typed)
    typed = typed | {"channel": channel.code if channel else "", "urgency": typed["urgency"] or "normal"}
    shown, typed = typed, typed | {"topic": _path(place, channel, typed["topic"])}
    history = desk.history_of(typed["phone"], by=request.user)
    today = timezone.localdate(timezone.now())
    answers = suggest.suggest(typed["title"], typed["body"], topic=typed["topic"], on=today)
    where = {"area": typed["area"], "address": typed["address"]}
    alike = desk.alike(typed["title"], typed["body"], theirs=history.open_cases, **where)
    return {
        "typed": shown | ({"topic": choices.words(typed["topic"])} if typed["topic"] else {}),
        "key": key,
        "history": history,
        "alike": alike.near,
        **_suggested(request.user, place, typed, alike, channel),
        "natures": [(n.code, n.name) for n in place.natures.values() if n.active],
        "topics": choices.topics(place, channel),
        "villages": desk.villages(choices.within(place, typed["area"])) if typed["area"] else [],
        "phrases": _phrases(place, typed),
        "answers": answers,
    }


def _phrases(place: Place, typed: Mapping[str, str]) -> dict[str, list[Offered]]:
    """The standard texts for an answer and for not accepting."""
    subject = Subject(channel=typed["channel"], nature=typed["nature"], topic=typed["topic"])
    return phrases.offered(place, subject, ("direct_answer", "refuse"), timezone.now())


def _with_answers(typed: dict[str, str], asked: Iterable[uses.Mark]) -> dict[str, str]:
    """The form with the answers of articles below what was typed, each once: adopted with scripts off."""
    answer, marks = typed["answer"], uses.marks(typed["articles"])
    for version in uses.in_use(asked):
        marks.append(uses.Mark(version.article.number, version.no))
        if version.answer not in answer:
            answer = f"{answer.rstrip()}\n{version.answer}".lstrip()
    return typed | {"answer": answer, "articles": " ".join(dict.fromkeys(map(str, marks)))}


def _channel(place: Place, typed: Mapping[str, str]) -> Channel | None:
    """The channel chosen, else that of the desk's own telephone: the first that is not handed down."""
    own = (c for c in place.channels.values() if c.active and not c.upper)
    return place.channels.get(typed["channel"]) or next(own, None)


class Tip(NamedTuple):
    """A suggestion that waits for a person: which field, what, shown how, and why."""

    field: str
    label: str
    code: str
    name: str
    reason: str

    @property
    def adopted(self) -> str:
        """What a press fills in: of a topic its words, as one types them."""
        return urlencode({self.field: self.name if self.field == "topic" else self.code})


class Doubt(NamedTuple):
    """Where the machine says 不确定: what it could be, likeliest first, and the words for it."""

    label: str
    tips: list[Tip]
    words: str


def _suggested(
    user: User, place: Place, typed: Mapping[str, str], alike: desk.Alike, channel: Channel | None
) -> dict[str, Any]:
    """Suggestions for what is not chosen yet, and doubts. A unit only to those who may dispatch."""
    natures = {code: nature.name for code, nature in place.natures.items() if nature.active}
    asked = [("nature", "性质", natures, alike.nature)]
    if channel:
        offered = {path: choices.words(path) for path, _ in choices.topics(place, channel)}
        asked.append(("topic", "分类", offered, alike.topic))
    text = f"{typed['title']}\n{typed['body']}".strip()
    reader = guessing.reader(place) if len(text) >= guessing.SHORTEST else None
    title = "" if typed["title"].strip() else title_of(typed["body"])
    tips: list[Tip] = []
    doubts = [Doubt("标题", [Tip("title", "标题", title, title, "")], "诉求内容的开头")] if title else []
    for field, label, names, near in asked:
        if typed[field]:
            continue
        verdict = reader.guess(field, text, names) if reader else None
        tip = _tip(field, label, names, near, verdict)
        if verdict and not verdict.certain:
            learnt = reader is not None and reader.learnt(field)
            tip, doubt = _weighed(tip, _doubt(field, label, names, verdict), learnt=learnt)
            doubts += [doubt] if doubt else []
        tips += [tip] if tip else []
    tips += _said(place, typed, text)
    path = typed["topic"] or next((tip.code for tip in tips if tip.field == "topic"), "")
    topic = place.topics.get(path)
    if not typed["unit"] and _may_dispatch(user):
        tip, doubt = _unit(place, topic, reader, text)
        tips += [tip] if tip else []
        doubts += [doubt] if doubt else []
    return {"tips": tips, "doubts": doubts, "suggested": len(tips) + len(doubts)}


def _unit(
    place: Place, topic: Topic | None, reader: guessing.Reader | None, text: str
) -> tuple[Tip | None, Doubt | None]:
    """Who led such cases; where nobody did, whose work the words are: by what was learnt, or by duties."""
    names = {code: unit.name for code, unit in place.units.items() if unit.active}
    near = desk.unit_for(topic) if topic else None
    if near and near.code in names:
        return Tip("unit", "承办单位", near.code, names[near.code], f"同类 {near.reason}由其牵头"), None
    verdict = reader.guess("unit", text, names) if reader else None
    tip = _tip("unit", "承办单位", names, None, verdict)
    return tip, _doubt("unit", "承办单位", names, verdict) if verdict and not tip else None


def _said(place: Place, typed: Mapping[str, str], text: str) -> list[Tip]:
    """What the words themselves say and the form does not: where it is, and that the caller stays unnamed."""
    area = None if typed["area"] else choices.area_said(place, text)
    words = "" if typed["secret"] else secrecy_asked(text)
    found = [Tip("area", "区域", area.code, area.name, "诉求中写到")] if area else []
    return found + ([Tip("secret", "保密", "1", "要求保密", f"诉求中写到“{words}”")] if words else [])


def _tip(
    field: str, label: str, names: Mapping[str, str], near: Near | None, verdict: Verdict | None
) -> Tip | None:
    """What the model is certain of; else what most of the like cases were."""
    if verdict and verdict.certain:
        best = verdict.best
        reason = f"把握 {best.percent}%，依据“{'”“'.join(verdict.words)}”"
        return Tip(field, label, best.label, names[best.label], reason)
    if near and near.code in names:
        return Tip(field, label, near.code, names[near.code], f"相似的 {near.reason}")
    return None


def _weighed(tip: Tip | None, doubt: Doubt, *, learnt: bool) -> tuple[Tip | None, Doubt | None]:
    """One opinion of what like cases were and what the words could be: both reasons where they agree, a
    doubt between them where not; words that only meet names give way to like cases."""
    if tip is None:
        return None, doubt
    if doubt.tips[0].code == tip.code:
        return tip._replace(reason=f"{tip.reason}，文字也像（{doubt.words}）"), None
    if not learnt:
        return tip, None
    others = [each for each in doubt.tips if each.code != tip.code]
    return None, doubt._replace(tips=[tip, *others])


def _doubt(field: str, label: str, names: Mapping[str, str], verdict: Verdict) -> Doubt:
    ranked = [Tip(field, label, r.label, names[r.label], f"{r.percent}%") for r in verdict.ranked]
    tips = [tip for tip in ranked if tip.reason != "0%"]
    if above := verdict.branch:  # which leaf is open, but not whose
        tips.append(Tip(field, label, above.label, names[above.label], f"{above.percent}%，可先定到这一级"))
    return Doubt(label, tips, "、".join(verdict.words))


def _may_dispatch(user: User) -> bool:
    return not permissions.why_not(user, MOVES["dispatch"])


def _units(user: User, place: Place) -> list[tuple[str, str]]:
    """The units to dispatch to, for those who may."""
    return choices.units(place) if _may_dispatch(user) else []


def _more(typed: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"no": no} | {name: typed[f"issue{no}_{name}"] for name in ISSUE} for no in MORE]


def _own(user: User, now: datetime) -> list[Case]:
    """What the person registered last."""
    made = Case.objects.filter(events__kind="register", events__actor=user, received_at__lte=now)
    return list(made.order_by("-received_at", "-id")[:OWN])


# What is sent beside the form


@require_POST
def draft(request: Visit) -> HttpResponse:
    """Save what is typed so far; asked every few seconds by the page."""
    rights.need_desk(request.user)
    now = timezone.now()
    kept = drafts.save(request.user, request.POST.get("key", ""), _typed(request.POST), at=now)
    return render(request, "workbench/intake.html#saved", {"saved_at": now if kept else None})


@require_POST
def discard(request: Visit) -> HttpResponse:
    """Throw the form away."""
    rights.need_desk(request.user)
    drafts.finish(request.user, request.POST.get("key", ""), at=timezone.now())
    messages.success(request, "草稿已丢弃。")
    return _afresh()


@require_POST
def call(request: Visit) -> HttpResponse:
    """Log a call that is no case; what was typed about a request stays."""
    typed, key, now = _typed(request.POST), request.POST.get("key", ""), timezone.now()
    kind = request.POST.get("kind", "")
    rights.need_desk(request.user)
    goes_on = bool(kind in CALLS and CALLS[kind].to) or any(typed[name].strip() for name in ("title", "body"))
    saved = goes_on and drafts.save(request.user, key, typed, at=now)
    row = Draft.objects.filter(user=request.user, key=key).first() if saved else None
    logged = calls.log(kind, by=request.user, at=now, phone=typed["phone"], draft=row)
    messages.success(request, f"已记下：{logged.get_kind_display()}。")
    if row:
        return redirect(f"{reverse('intake')}?{urlencode({'draft': key})}")
    drafts.finish(request.user, key, at=now)
    return _afresh()


@require_POST
def about(request: Visit, number: str) -> HttpResponse:
    """The call is about a case that is there: say how it stands, or add to it what was typed."""
    rights.need_desk(request.user)
    found, now = case_page.reachable(request.user, number), timezone.now()
    typed, key = _typed(request.POST), request.POST.get("key", "")
    text = "\n".join(filter(None, (typed["title"].strip(), typed["body"].strip())))
    try:
        if request.POST.get("about") == "supplement":
            desk.supplement(found, by=request.user, at=now, key=key, text=text, phone=typed["phone"])
            messages.success(request, f"已补充到 {number}。")
            return _afresh()
        said = desk.ask_progress(found, by=request.user, at=now, phone=typed["phone"])
    except Refused as refusal:
        drafts.save(request.user, key, typed, at=now)
        return _page(request, typed, key, problem=str(refusal))
    messages.success(request, f"已记下：查询进度。请告知来电人：{said}")
    return _resumed(request, typed, key, now)


def _resumed(request: Visit, typed: dict[str, str], key: str, now: datetime) -> HttpResponse:
    """On with the form where a request had been begun, else a new one."""
    if any(typed[name].strip() for name in ("title", "body")) and drafts.save(
        request.user, key, typed, at=now
    ):
        return redirect(f"{reverse('intake')}?{urlencode({'draft': key})}")
    drafts.finish(request.user, key, at=now)
    return _afresh()


@require_POST
def back(request: Visit, pk: int) -> HttpResponse:
    """A caller comes back from the other number: on with the form."""
    found = get_object_or_404(CallLog.objects.select_related("draft"), pk=pk, operator=request.user)
    try:
        calls.take_back(found, by=request.user, at=timezone.now())
        messages.success(request, f"已回接（{found.get_kind_display()}），请继续登记。")
    except Refused as refusal:
        messages.warning(request, str(refusal))
    if found.draft is None or found.draft.done:
        return _afresh()
    return redirect(f"{reverse('intake')}?{urlencode({'draft': found.draft.key})}")


@require_POST
def shift(request: Visit) -> HttpResponse:
    """Begin or end the shift."""
    step, now = request.POST.get("step", ""), timezone.now()
    if step not in {"start", "end"}:
        raise Http404
    handover = request.POST.get("handover", "")
    try:
        if step == "start":
            shifts.start(by=request.user, at=now)
        else:
            shifts.end(by=request.user, at=now, handover=handover)
    except Refused as refusal:
        return _opened(request, problem=str(refusal), kept=[("交接事项", handover)] if handover else [])
    messages.success(request, "已上班。" if step == "start" else "已交班。")
    return redirect("intake")
