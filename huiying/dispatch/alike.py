"""同诉归并: which open cases may be one matter, found by the worker, decided by a dispatcher.

What is found is stored as numbers only; reasons and quotes are made from the cases' own texts when they are
shown, so that nothing a citizen wrote is kept twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet

from huiying.accounts.models import User
from huiying.cases import permissions
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case
from huiying.cases.moves import MOVES, OPEN
from huiying.dispatch.models import AlikeCase, AlikeGroup, Apart
from huiying.mining.duplicates import Group, Link, duplicates, explained, persons_of
from huiying.mining.hot_topics import Report
from huiying.mining.similar import Near, report_of, reports, similar

LOOKED_AT = 3_000
"""So many of the newest open cases are compared with each other: a few seconds, however large the town."""

HINT, SHOWN = 0.35, 5
"""How like a case must be to be told at dispatch, and how many are."""


@dataclass(frozen=True)
class Member:
    """A case of a suggested group, and why it is in it."""

    case: Case
    like: str
    reason: str
    quote: str
    percent: int


@dataclass(frozen=True)
class Suggested:
    """A group to be decided: its cases, the earliest first, and how many people they are of."""

    pk: int
    kind: str
    persons: int
    members: list[Member]


def refresh(now: datetime) -> tuple[int, int]:
    """Look through the open cases again; how many groups were found, of how many cases."""
    newest = Case.objects.filter(status__in=OPEN).order_by("-received_at", "-id")
    cases = list(newest.values_list("pk", flat=True)[:LOOKED_AT])
    rows = reports(Case.objects.filter(pk__in=cases))
    said = Apart.objects.filter(withdrawn_at=None, one__in=cases, other__in=cases)
    pairs = said.values_list("one_id", "other_id")
    found = duplicates(rows, apart=[frozenset(map(str, pair)) for pair in pairs])
    with transaction.atomic():
        _store(found, now)
    return len(found), sum(len(group.reports) for group in found)


def _store(found: list[Group], now: datetime) -> None:
    """Keep the groups that stay as they are, under their keys; put the others in the place of the rest."""
    members: dict[int, set[str]] = {}
    for group, case in AlikeCase.objects.values_list("group_id", "case_id"):
        members.setdefault(group, set()).add(str(case))
    kept = {frozenset(cases): group for group, cases in members.items()}
    new = [group for group in found if frozenset(group.ids) not in kept]
    stay = [kept[frozenset(group.ids)] for group in found if frozenset(group.ids) in kept]
    AlikeGroup.objects.exclude(pk__in=stay).delete()
    AlikeGroup.objects.update(found_at=now)
    made = AlikeGroup.objects.bulk_create(AlikeGroup(found_at=now) for _ in new)
    AlikeCase.objects.bulk_create(
        _row(group, link) for group, each in zip(made, new, strict=True) for link in each.links
    )


def _row(group: AlikeGroup, link: Link) -> AlikeCase:
    return AlikeCase(
        group=group,
        case_id=int(link.id),
        like_id=int(link.like),
        likeness=link.likeness,
        cosine=link.cosine,
    )


def waiting(user: User) -> QuerySet[AlikeGroup]:
    """The groups of which at least two cases that the person sees are still open, the largest first."""
    seen = permissions.about_visible(user, AlikeCase.objects.filter(case__status__in=OPEN))
    counted = AlikeGroup.objects.annotate(cases=Count("members", filter=Q(members__in=seen)))
    return counted.filter(cases__gt=1).order_by("-cases", "id")


def shown(user: User, groups: Iterable[AlikeGroup]) -> list[Suggested]:
    """The groups with their open cases, reasons and quotes. Asks the database three times for all of them."""
    rows = list(groups)
    cases = permissions.visible_to(user).filter(status__in=OPEN)
    cases = cases.select_related("lead__unit", "nature", "channel", "area")
    members = AlikeCase.objects.filter(case__in=cases).order_by("case__received_at", "case_id")
    told: dict[int, list[AlikeCase]] = {group.pk: [] for group in rows}
    for member in members.filter(group__in=told).prefetch_related(Prefetch("case", cases)):
        told[member.group_id].append(member)
    keys = [each.case_id for each in chain(*told.values())]
    texts = {report.id: report for report in reports(Case.objects.filter(pk__in=keys))}
    return [_suggested(pk, found, texts) for pk, found in told.items()]


def _suggested(pk: int, found: list[AlikeCase], texts: dict[str, Report]) -> Suggested:
    rows = tuple(texts[str(member.case_id)] for member in found)
    numbers = {member.case_id: member.case.number for member in found}
    members = [_member(member, numbers, texts) for member in found]
    return Suggested(pk, Group(rows, (), persons_of(rows)).kind, persons_of(rows), members)


def _member(member: AlikeCase, numbers: dict[int, str], texts: dict[str, Report]) -> Member:
    if member.like_id not in numbers:
        return Member(member.case, "", "与已合并或已办结的件相近", "", round(100 * member.likeness))
    one, other = texts[str(member.case_id)], texts[str(member.like_id)]
    reasons, quote = explained(member.cosine, one, other)
    return Member(
        member.case, numbers[member.like_id], "、".join(reasons), quote, round(100 * member.likeness)
    )


def hint(user: User, case: Case) -> list[Near]:
    """The open cases that may be the same matter as this one, without those that somebody said are not."""
    said = Apart.objects.filter(withdrawn_at=None)
    cases = permissions.visible_to(user).filter(status__in=OPEN)
    cases = cases.exclude(pk__in=said.filter(one=case).values("other"))
    cases = cases.exclude(pk__in=said.filter(other=case).values("one"))
    told = next((text.text for text in case.texts.all() if text.kind == "body"), "")
    return similar(report_of(case, told), cases, shown=["lead__unit__name"], least=HINT, most=SHOWN)


@transaction.atomic
def set_apart(group: AlikeGroup, cases: Collection[Case], *, by: User, at: datetime) -> int:
    """Say that these cases are not one matter with any other of the group; how many were. Raises NotAllowed.

    They leave the group, and no group holds two of such a pair again until somebody takes it back.
    """
    if why := permissions.why_not(by, MOVES["merge"]):
        raise NotAllowed(why)
    members = set(group.members.values_list("case_id", flat=True))
    chosen = members & {case.pk for case in cases}
    pairs = {(min(one, other), max(one, other)) for one in chosen for other in members - {one}}
    Apart.objects.bulk_create(
        (Apart(one_id=one, other_id=other, by=by, said_at=at) for one, other in sorted(pairs)),
        ignore_conflicts=True,
    )
    group.members.filter(case__in=chosen).delete()
    return len(chosen)


def verdicts(user: User) -> QuerySet[Apart]:
    """What was said and taken back of pairs of which the person sees both, the newest first."""
    seen = permissions.visible_to(user).order_by().values("pk")
    found = Apart.objects.filter(one__in=seen, other__in=seen).order_by("-said_at", "-pk")
    return found.select_related("one", "other", "by", "withdrawn_by")


def take_back(pk: int, *, by: User, at: datetime) -> Apart:
    """The two of a pair may be suggested as one matter again. Raises NotAllowed, who was quicker included."""
    if why := permissions.why_not(by, MOVES["merge"]):
        raise NotAllowed(why)
    said = verdicts(by).filter(pk=pk).first()
    if said is None:
        raise NotAllowed("没有这一条“不是同一件”，或您不能查看它。")
    if not Apart.objects.filter(pk=pk, withdrawn_at=None).update(withdrawn_by=by, withdrawn_at=at):
        said.refresh_from_db()
        raise NotAllowed(f"{said}：{said.withdrawn_by}已撤回，不必再撤。")
    return said
