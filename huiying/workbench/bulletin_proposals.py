"""通报建议: what the texts of a draft's period propose for it, each with its cases, taken over by a tick."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from huiying.accounts.models import Role
from huiying.bulletins import authored, editions
from huiying.bulletins.models import Edition
from huiying.bulletins.proposals import Proposal
from huiying.bulletins.styles import choose
from huiying.cases import privacy
from huiying.cases.clocks import local_date
from huiying.cases.models import Case, CaseText, Event, Reply
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.mining import hot_cases, rubric
from huiying.mining.hot_cases import Hot
from huiying.mining.reply_given import Given
from huiying.quality.models import CallBack
from huiying.statistics import periods
from huiying.workbench.settings_pages import only
from huiying.workbench.visit import Visit, place_of

MATTERS = "matters"
SHOWN = 10
JUDGED = 300
"""So many of the period's newest replies are judged."""
AT_LEAST = 2
DOUBTFUL = 2
"""The level of a finding from which it is proposed."""
NAMED = 3


@dataclass(frozen=True)
class Offer:
    """What is proposed for one of the parts that the office writes: its name in the authored file."""

    part: str
    title: str
    rows: list[Proposal]


@only(Role.EDITOR, Role.ADMIN)
def bulletin_proposals(request: Visit, pk: int) -> HttpResponse:
    """The proposals for a draft; posted, a new draft with those that are ticked."""
    edition = get_object_or_404(Edition, pk=pk, published_at=None)
    place = place_of(request)
    offers = _offers(edition, place)
    refused = ""
    if request.method == "POST":
        try:
            made = _taken_over(request, edition, offers, place)
        except Refused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, "已按所选另存一份新草稿，原草稿还在。")
            return redirect("bulletin", pk=made.pk)
    ticked = {text for offer in offers for text in request.POST.getlist(offer.part)}
    printed = {MATTERS, *(plan.kind for plan in choose(place.config, edition.style).blocks)}
    context = {
        "edition": edition,
        "offers": [(offer, offer.part in printed) for offer in offers],
        "refused": refused,
        "ticked": ticked,
    }
    return render(request, "workbench/bulletin_proposals.html", context)


def _taken_over(request: Visit, edition: Edition, offers: list[Offer], place: Place) -> Edition:
    """A new draft as of the same instants. Raises Refused where nothing is ticked or a newer one is there."""
    later = Edition.objects.filter(series=edition.series, period=edition.period, pk__gt=edition.pk)
    if later.exists():
        raise Refused("这一期已有更新的草稿，请在最新的草稿上采用。")
    raw = dict(edition.authored)
    for offer in offers:
        known = {row.text for row in offer.rows}
        wanted = [text for text in request.POST.getlist(offer.part) if text in known]
        if wanted:
            raw[offer.part] = _with(raw.get(offer.part, []), offer, wanted)
    if raw == edition.authored:
        raise Refused("没有选中新的建议。请勾选要采用的，再按“采用”。")
    return editions.draft(
        place,
        periods.parse(edition.period),
        at=timezone.now(),
        by=request.user,
        style_name=edition.style,
        authored=authored.parse(raw),
        as_of=edition.as_of,
        known_at=edition.known_at,
    )


def _with(written: list[Any], offer: Offer, wanted: list[str]) -> list[Any]:
    """A part with what is taken over; a matter with its cases."""
    if offer.part != MATTERS:
        return list(dict.fromkeys([*written, *wanted]))
    return [
        *written,
        *({"said": row.text, "cases": list(row.cases)} for row in offer.rows if row.text in wanted),
    ]


def _offers(edition: Edition, place: Place) -> list[Offer]:
    period, tz = periods.parse(edition.period), place.keeper.tz
    found = hot_cases.ranked(place, period.start(tz), period.end(tz))
    written = {number for one in edition.authored.get(MATTERS, ()) for number in one["cases"]}
    printed = editions.content_of(edition)
    named, unnamed = editions.named_cases(printed) - written, editions.informed_cases(printed, place)
    return [
        Offer("hot_topics", "热点问题", hot_topics(found)),
        Offer(MATTERS, "事项清单：同一事项合为一句", one_matters(found, named, unnamed)),
        Offer("problems", "存在问题", reply_problems(place, period.start(tz), period.end(tz))),
    ]


def hot_topics(found: list[Hot]) -> list[Proposal]:
    """The hottest matters of the period, each in a sentence."""
    return [Proposal(_matter(each), tuple(each["cases"])) for each in found[:SHOWN]]


def one_matters(found: list[Hot], named: set[str], unnamed: set[str]) -> list[Proposal]:
    """The hot matters of which a draft names two cases and more, for their phrase to stand there instead.

    A protected case, which lends the phrase no words, keeps its own entry. One that only the public edition
    does not name (`unnamed`) may have lent them: its matter is not offered.
    """
    guarded = set(Case.objects.filter(privacy.GUARDED, number__in=named).values_list("number", flat=True))
    lending, kept = unnamed - guarded, named - guarded
    rows = [
        Proposal(each["phrase"], tuple(number for number in each["cases"] if number in kept))
        for each in found
        if lending.isdisjoint(each["cases"])
    ]
    return [row for row in rows if len(row.cases) >= AT_LEAST]


def _matter(hot: Hot) -> str:
    """A hot matter in a sentence; with the area of most of its cases, where its name does not say it."""
    name, n = hot["areas"][0] if hot["areas"] else ("", 0)
    where = f"，主要在{name}" if 2 * n > hot["total"] and name not in hot["phrase"] else ""
    return f"{hot['persons']}人{hot['total']}件主要反映{hot['phrase']}{where}。"


def reply_problems(place: Place, since: datetime, until: datetime) -> list[Proposal]:
    """What the table of checks doubts in two or more of the period's replies, the most cases first.

    Mere remarks and grades (levels 1, 0) are for who writes the reply; a bulletin names the unit.
    """
    met: dict[str, dict[str, str]] = defaultdict(dict)
    replies = list(_replies(since, until))
    known = known_of(replies)
    for reply in replies:
        case, unit = reply.assignment.case, reply.assignment.unit
        for finding in rubric.judge(given_of(reply, known, replies, place))[1]:
            if finding.level >= DOUBTFUL:
                met[rubric.CHECKS[finding.check].title][case.number] = unit.name
    rows = sorted(met.items(), key=lambda each: (-len(each[1]), each[0]))
    return [
        Proposal(_sentence(title, cases), tuple(cases)) for title, cases in rows if len(cases) >= AT_LEAST
    ][:SHOWN]


def _sentence(title: str, cases: dict[str, str]) -> str:
    units = list(dict.fromkeys(cases.values()))
    more = "等" if len(units) > NAMED else ""
    return f"答复质量有不足：{title}，{'、'.join(units[:NAMED])}{more}共{len(cases)}件。"


def _replies(since: datetime, until: datetime) -> Iterable[Reply]:
    """The newest version of each reply that the period's assignments were answered with."""
    found = Reply.objects.filter(
        assignment__replied_at__gte=since, assignment__replied_at__lt=until, assignment__case__erased_at=None
    )
    rows = found.select_related("assignment__unit", "assignment__case__nature").order_by("-assignment", "-no")
    newest: dict[int, Reply] = {}
    for reply in rows[: 2 * JUDGED]:
        newest.setdefault(reply.assignment_id, reply)
    return list(newest.values())[:JUDGED]


@dataclass(frozen=True)
class Known:
    """What is known beside stored replies: the words of the requests by case (none of what is erased), which
    tasks (case and number) have a contact recorded by itself, and after which replies the citizen, called
    back, said that it is not solved."""

    asked: dict[int, str]
    called: frozenset[tuple[int, int | None]]
    unsolved: frozenset[int]


def known_of(replies: list[Reply]) -> Known:
    cases = {reply.assignment.case_id for reply in replies}
    texts = CaseText.objects.filter(case__in=cases, kind="body", erased_at=None)
    called = Event.objects.filter(case__in=cases, kind="contact")
    said = CallBack.objects.filter(case__in=cases, solved=False, ended_at__isnull=False)
    last = dict(said.order_by("ended_at").values_list("case_id", "ended_at"))
    return Known(
        dict(texts.order_by("-pk").values_list("case_id", "text")),
        frozenset(called.order_by().values_list("case_id", "on")),
        frozenset(
            reply.pk
            for reply in replies
            if (at := last.get(reply.assignment.case_id)) and at > reply.drafted_at
        ),
    )


def given_of(reply: Reply, known: Known, replies: list[Reply], place: Place) -> Given:
    """What the table of checks is told of a stored reply; copies are looked for among `replies`."""
    task, tz = reply.assignment, place.keeper.tz
    nature = (task.case.nature.code, task.case.nature.name) if task.case.nature else ()
    others = {
        each.assignment.case.number: each.public_answer
        for each in replies
        if each.assignment.unit_id == task.unit_id and each.assignment.case_id != task.case_id
    }
    day = local_date(reply.drafted_at, tz)
    return Given(
        answer=reply.public_answer,
        request=f"{task.case.title}\n{known.asked.get(task.case_id, '')}",
        report=reply.handling_report,
        contact=reply.contact_record or ("另有联系记录" if (task.case_id, task.no) in known.called else ""),
        others=others,
        unit=task.unit.name,
        units=tuple(unit.name for unit in place.units.values()),
        unsolved=reply.pk in known.unsolved or None,
        inquiry=rubric.is_inquiry(place.config, nature),
        asked_on=local_date(task.case.received_at, tz),
        answered_on=day,
        today=day,
    )
