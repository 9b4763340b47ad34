"""知识库: the list with its search, an article with its history, and what is done with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from huiying.accounts.models import User
from huiying.cases import permissions
from huiying.cases.models import Case
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.knowledge import articles, rights, upkeep, uses
from huiying.knowledge.models import Article, ArticleStatus, Verdict
from huiying.knowledge.search import SAID
from huiying.workbench.case_list import CAP, EPOCH
from huiying.workbench.choices import Choice, offered, words
from huiying.workbench.visit import Visit, place_of

PAGE = 50
CURSOR = re.compile(r"\d{1,17}-\d{1,17}", re.ASCII)
CASES_SHOWN = 5
OFFICE = "0"
"""In the filter: the articles of the office itself."""


def _in_use(on: date) -> Q:
    ends = Q(valid_until=None) | Q(valid_until__gte=on)
    return Q(status=ArticleStatus.PUBLISHED, valid_from__lte=on) & ends


STATES: dict[str, tuple[str, Callable[[date], Q]]] = {
    "use": ("在用", _in_use),
    "waiting": ("待发布", lambda on: Q(pk__in=upkeep.waiting().values("pk"))),
    "ending": ("将到期或待复核", lambda on: Q(pk__in=upkeep.ending(on).values("pk"))),
    "ended": ("已过期", lambda on: Q(pk__in=upkeep.ended(on).values("pk"))),
    "doubted": ("被指过时", lambda on: Q(pk__in=upkeep.doubted().values("pk"))),
    "withdrawn": ("已撤下", lambda on: Q(status=ArticleStatus.WITHDRAWN)),
    "all": ("全部", lambda on: Q()),
}


@dataclass(frozen=True)
class Badge:
    """How an article stands, in a word and its colour."""

    word: str
    colour: str


@dataclass
class Asked:
    """What the address asks for, and what of it could not be understood."""

    values: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def query(self) -> str:
        return self.get("q")

    @property
    def state(self) -> str:
        return self.get("state") or "use"

    def url(self, **changes: str) -> str:
        """This list with some values changed; an empty one is left out."""
        query = urlencode({k: v for k, v in (self.values | changes).items() if v})
        return reverse("knowledge") + (f"?{query}" if query else "")


def knowledge(request: Visit) -> HttpResponse:
    """The list; for htmx its rows."""
    _readers_only(request.user)
    place, today = place_of(request), timezone.localdate(timezone.now())
    asked = _read(request.GET, place)
    found = _matching(asked, request.user, place, today)
    rows = list(_page(found, asked.get("after")))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    total = found.order_by()[: CAP + 1].count()
    context = {
        "asked": asked,
        "rows": [(each, badges(each, today)) for each in rows],
        "total": f"{CAP}+" if total > CAP else str(total),
        "next": asked.url(after=_cursor(rows[-1])) if more else "",
        "first": asked.url(after="") if asked.get("after") else "",
        "choices": _choices(asked, place),
        "states": [(name, title) for name, (title, _) in STATES.items()],
        "may_write": rights.writes_for_any(request.user) or bool(permissions.units_of(request.user)),
    }
    template = "workbench/knowledge.html" + ("#rows" if request.htmx and not request.htmx.boosted else "")
    response = render(request, template, context)
    response["HX-Push-Url"] = asked.url()
    return response


def _readers_only(user: User) -> None:
    if not rights.has_knowledge(user):
        raise PermissionDenied("知识库由办公室和承办单位使用。")


def _read(given: QueryDict, place: Place) -> Asked:
    asked = Asked()
    known: dict[str, Callable[[str], bool]] = {
        "q": bool,
        "topic": place.topics.__contains__,
        "unit": lambda code: code == OFFICE or code in place.units,
        "state": STATES.__contains__,
        "after": lambda text: bool(CURSOR.fullmatch(text)),
    }
    for name, is_known in known.items():
        text = given.get(name, "").strip()[:200]
        if text and is_known(text):
            asked.values[name] = "" if (name, text) == ("state", "use") else text
        elif text:
            asked.problems.append(f"条件“{LABELS.get(name, name)}”的值“{text}”认不得，未采用。")
    return asked


LABELS = {"q": "查找", "topic": "内容分类", "unit": "主管单位", "state": "状态"}


def _choices(asked: Asked, place: Place) -> list[Choice]:
    return [
        Choice("topic", LABELS["topic"], offered(place, "topic"), asked.get("topic")),
        Choice("unit", LABELS["unit"], [(OFFICE, "本办公室"), *offered(place, "unit")], asked.get("unit")),
    ]


def _matching(asked: Asked, user: User, place: Place, today: date) -> QuerySet[Article]:
    """The articles asked for that the person may read, the last changed first."""
    found = SAID.match(rights.readable_by(user, Article.objects.all()), asked.get("q"))
    found = found.filter(STATES[asked.state][1](today))
    if path := asked.get("topic"):
        below = [row.pk for each, row in place.topics.items() if f"{each}/".startswith(f"{path}/")]
        about = Article.topics.through.objects.filter(topic__in=below)
        found = found.filter(pk__in=about.values("article"))
    if code := asked.get("unit"):
        own = Q(unit=None) if code == OFFICE else Q(unit__path__startswith=place.units[code].path)
        found = found.filter(own)
    found = (
        found.select_related("unit").prefetch_related("topics").annotate(used=uses.counted(OuterRef("pk")))
    )
    return found.order_by("-changed_at", "-id")


def _page(found: QuerySet[Article], after: str) -> QuerySet[Article]:
    """One row more than a page, from a row's own sort key on."""
    if after:
        micros, pk = after.split("-")
        at = EPOCH + timedelta(microseconds=int(micros))
        beyond = Q(changed_at__lt=at) | Q(changed_at=at, id__lt=int(pk))
        found = found.filter(beyond, changed_at__lte=at)
    return found[: PAGE + 1]


def _cursor(article: Article) -> str:
    return f"{(article.changed_at - EPOCH) // timedelta(microseconds=1)}-{article.pk}"


def badges(article: Article, on: date) -> list[Badge]:
    """How an article stands on a day."""
    found = [_status(article, on)]
    if article.waiting and article.status != ArticleStatus.DRAFT:
        found.append(Badge("有修改待发布", "soon"))
    if article.status == ArticleStatus.PUBLISHED and article.review_on and article.review_on <= on:
        found.append(Badge("待复核", "soon"))
    return found


def _status(article: Article, on: date) -> Badge:
    match ArticleStatus(article.status):
        case ArticleStatus.DRAFT:
            return Badge("待发布" if article.waiting else "退改", "soon")
        case ArticleStatus.WITHDRAWN:
            return Badge("已撤下", "done")
    if article.valid_from > on:
        return Badge("未生效", "still")
    if article.valid_until and article.valid_until < on:
        return Badge("已过期", "late")
    if article.valid_until and article.valid_until <= on + upkeep.AHEAD:
        return Badge("将到期", "soon")
    return Badge("在用", "calm")


# One article


def reachable(user: User, number: str) -> Article:
    """The article of that number, if the person may read it. Raises Http404 otherwise."""
    rows = rights.readable_by(user, Article.objects.select_related("unit"))
    found = rows.filter(number=number).first()
    if found is None:
        raise Http404("没有这个知识条目，或您不能查看它。")
    return found


def article(request: Visit, number: str) -> HttpResponse:
    """One article: what it says, how it came to say it, and what the person may do with it."""
    return article_page(request, reachable(request.user, number))


def article_page(request: Visit, found: Article, *, refused: str = "", note: str = "") -> HttpResponse:
    """The page; where something was refused, with the reason and what had been typed."""
    today = timezone.localdate(timezone.now())
    versions = list(found.versions.select_related("author", "unit").order_by("-no"))
    shown = next(each for each in versions if each.no == found.shown)
    newest = versions[0] if found.waiting and versions[0].no != shown.no else None
    opinions = list(found.opinions.filter(no=found.shown).select_related("by"))
    context = {
        "article": found,
        "seen": articles.mark(found),
        "version": shown,
        "newest": newest,
        "older": [each for each in versions if each not in (shown, newest)],
        "topics": [words(path) for path in shown.topics],
        "badges": badges(found, today),
        "acts": list(found.acts.select_related("by", "giver").order_by("-id")),
        "opinions": [each for each in opinions if each.note or each.verdict == Verdict.OUTDATED],
        "useful": sum(each.verdict == Verdict.USEFUL for each in opinions),
        "outdated": sum(each.verdict == Verdict.OUTDATED for each in opinions),
        "mine": next((each for each in opinions if each.by == request.user), None),
        "used": found.uses.count(),
        "cases": _cases(request.user, found),
        "why_not_write": rights.why_not(request.user, "write", found.unit),
        "why_not_publish": rights.why_not(request.user, "publish", found.unit),
        "may_judge": not rights.why_not(request.user, "judge", found.unit)
        and found.status == ArticleStatus.PUBLISHED,
        "refused": refused,
        "note": note,
    }
    return render(request, "workbench/article.html", context, status=409 if refused else 200)


def _cases(user: User, found: Article) -> list[Case]:
    """The last cases answered from the article: for the office, which sees every case."""
    if not permissions.sees_office(user):
        return []
    last = found.uses.order_by("-id").select_related("case")[:CASES_SHOWN]
    return [use.case for use in last]


# What is done with it


@require_POST
def act(request: Visit, number: str, name: str) -> HttpResponse:
    """Publish, turn down or withdraw it as the person saw it; where it is refused the page says why."""
    found = reachable(request.user, number)
    if name not in ACTS:
        raise Http404
    try:
        said = ACTS[name](request, found)
    except Refused as refusal:
        again = reachable(request.user, number)
        return article_page(request, again, refused=str(refusal), note=request.POST.get("note", ""))
    messages.success(request, f"{number} {said}")
    return redirect("article", number=number)


def _seen(request: Visit) -> dict[str, Any]:
    """Who acts, when, and on what they saw."""
    return {"by": request.user, "at": timezone.now(), "seen": request.POST.get("seen", "")}


def _publish(request: Visit, found: Article) -> str:
    articles.publish(found, **_seen(request))
    return "已发布。"


def _turn_down(request: Visit, found: Article) -> str:
    articles.turn_down(found, note=request.POST.get("note", ""), **_seen(request))
    return "已退改。"


def _withdraw(request: Visit, found: Article) -> str:
    articles.withdraw(found, note=request.POST.get("note", ""), **_seen(request))
    return "已撤下，不再推荐。"


ACTS = {"publish": _publish, "turn_down": _turn_down, "withdraw": _withdraw}
"""What the page's forms do, by the last word of their address."""


@require_POST
def judge(request: Visit, number: str) -> HttpResponse:
    """Say that it helped, or is out of date; for htmx only that it was noted."""
    found, given = reachable(request.user, number), request.POST
    try:
        opinion = uses.judge(
            found,
            given.get("verdict", ""),
            by=request.user,
            at=timezone.now(),
            note=given.get("note", ""),
        )
    except Refused as refusal:
        return article_page(request, found, refused=str(refusal), note=given.get("note", ""))
    said = f"已记下：{opinion.get_verdict_display()}。"
    if request.htmx:
        return HttpResponse(f'<span class="faint" role="status">{said}</span>')
    messages.success(request, said)
    return redirect("article", number=number)
