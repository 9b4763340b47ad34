"""Who may write, publish, judge and read articles: a table of verbs; questions with their twin query.

The office writes about anything, a unit about its own; a unit's head or the office's reviewer publishes.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q, QuerySet

from huiying.accounts.models import OFFICE_ROLES, Role, Standing, Unit, User
from huiying.cases import permissions
from huiying.cases.lifecycle import NotAllowed
from huiying.knowledge.models import Article, ArticleStatus


class Rule(NamedTuple):
    """Which roles of the office may, which of the owner unit (or one above it), and how to say so."""

    office: frozenset[str]
    unit: frozenset[str]
    said: str


WHO = {
    "write": Rule(
        frozenset({Role.OPERATOR, Role.DISPATCHER, Role.REVIEWER}),
        frozenset({Role.CLERK, Role.HEAD}),
        "知识条目由主管单位的经办人、负责人，或热线的话务员、派单员、审核员撰写。",
    ),
    "publish": Rule(
        frozenset({Role.REVIEWER}),
        frozenset({Role.HEAD}),
        "知识条目由主管单位的负责人（一人单位的经办人），或审核员发布和撤下。",
    ),
    "judge": Rule(OFFICE_ROLES, frozenset(), "有用、过时的意见由热线的人员提出。"),
}
READERS = OFFICE_ROLES | {Role.CLERK, Role.HEAD}
"""Who has the knowledge base at all."""


def why_not(user: User, verb: str, unit: Unit | None) -> str:
    """Why the person may not do that with an article of the unit (None: the office's own), or ""."""
    if not user.is_active:
        return "该账号已停用。"
    return "" if _standing(user, verb, unit) else WHO[verb].said


def need(user: User, verb: str, unit: Unit | None) -> User | None:
    """For whom the person acts, None for themselves. Raises NotAllowed."""
    if why := why_not(user, verb, unit):
        raise NotAllowed(why)
    standing = _standing(user, verb, unit)
    return standing.giver if standing else None


def _standing(user: User, verb: str, unit: Unit | None) -> Standing | None:
    rule = WHO[verb]
    return next((each for each in user.standings if _allows(rule, each, unit)), None)


def _allows(rule: Rule, standing: Standing, unit: Unit | None) -> bool:
    if rule.office & standing.roles:
        return True
    if unit is None or standing.unit is None or not unit.path.startswith(standing.unit.path):
        return False
    alone = {Role.CLERK} if rule.unit and unit.one_person else set()
    return bool((rule.unit | alone) & standing.roles)


def writes_for_any(user: User) -> bool:
    """Whether the person may write articles of every unit, and the office's own."""
    return not why_not(user, "write", None)


# Reading


def has_knowledge(user: User) -> bool:
    """Whether the person has the knowledge base at all."""
    return user.is_active and bool(READERS & user.roles)


def can_read(user: User, article: Article) -> bool:
    """Whether the person may open the article: the office all, a unit what is published and its own."""
    if permissions.sees_office(user):
        return True
    if not has_knowledge(user):
        return False
    if article.status == ArticleStatus.PUBLISHED:
        return True
    paths = tuple(unit.path for unit in permissions.units_of(user))
    return bool(paths and article.unit and article.unit.path.startswith(paths))


def readable_by(user: User, articles: QuerySet[Article]) -> QuerySet[Article]:
    """The articles that `can_read` allows."""
    if permissions.sees_office(user):
        return articles
    if not has_knowledge(user):
        return articles.none()
    own = [Q(unit__path__startswith=unit.path) for unit in permissions.units_of(user)]
    return articles.filter(reduce(or_, own, Q(status=ArticleStatus.PUBLISHED)))
