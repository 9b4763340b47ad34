"""What the doctor looks at beside the cases: totals, files, calendar, search, seals, jobs."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max

from huiying.archive import register
from huiying.archive.models import Package, PackageState
from huiying.bulletins import editions
from huiying.bulletins.models import Edition
from huiying.cases import search
from huiying.cases.models import Assignment, Attachment, Case, CaseText, Event, Person
from huiying.cases.moves import LIVE, CaseStatus, Ending
from huiying.cases.place import Place
from huiying.cases.workdays import UnknownYear
from huiying.common.search import Index
from huiying.common.text import search_phrase
from huiying.knowledge import search as knowledge_search
from huiying.knowledge import uses
from huiying.knowledge.models import Article, ArticleStatus, ArticleUse
from huiying.mining import learning
from huiying.ops.case_proof import opens
from huiying.statistics.facts import snapshot

DECEMBER = 12
SEALS_TRIED = 200
ADDED_TRIED = 200
COUNTED = 20_000
TRIES = 3
WHENEVER = datetime(9999, 12, 31, tzinfo=UTC)
ENTERED = {
    "sqlite": "SELECT count(*) FROM {name}_docsize",
    "postgresql": "SELECT count(*) FROM {name}",
}


def totals_differ(place: Place, now: datetime) -> Iterator[str]:
    """The facts of the latest month with cases, asked from their snapshot, against counts of the rows.

    The rows hold whatever was written, so the facts are asked for all of it, whenever it happened.
    """
    since = _since(place)
    if since is None:
        return
    for _ in range(TRIES):  # again where somebody wrote between the two counts
        before = Event.objects.aggregate(newest=Max("pk"))
        facts, rows = _facts_totals(place, since), _row_totals(since)
        if facts == rows or before == Event.objects.aggregate(newest=Max("pk")):
            break
    for key in sorted(facts.keys() | rows.keys()):
        if facts[key] != rows[key]:
            day = since.astimezone(place.keeper.tz).date()
            yield f"{day} 起{key}：统计事实 {facts[key]}，数据表 {rows[key]}"


def _since(place: Place) -> datetime | None:
    """The start of the latest month with cases, or later where that month holds more than COUNTED."""
    received = Case.objects.order_by("-received_at").values_list("received_at", flat=True)
    latest = received.first()
    if latest is None:
        return None
    local = latest.astimezone(place.keeper.tz)
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    return max([month, *received[COUNTED : COUNTED + 1]])


def _facts_totals(place: Place, since: datetime) -> Counter[str]:
    table = snapshot(place, since=since, as_of=WHENEVER, known_at=WHENEVER).table
    counted = table.select(
        ["is_case", "is_task", "received_at", "channel", "status", "ending", "unit", "task_status"]
    )
    totals: Counter[str] = Counter()
    for row in counted.to_pylist():
        received = row["received_at"].replace(tzinfo=UTC) >= since
        if row["is_case"] and received and row["ending"] != Ending.INVALID:
            totals[f"渠道 {row['channel']} 受理"] += 1
            totals[f"渠道 {row['channel']} 办结"] += row["status"] == CaseStatus.CLOSED
        if row["is_task"] and row["status"] != CaseStatus.CLOSED and row["task_status"] in LIVE:
            totals[f"单位 {row['unit']} 在办"] += 1
    return totals


def _row_totals(since: datetime) -> Counter[str]:
    totals: Counter[str] = Counter()
    cases = Case.objects.filter(received_at__gte=since).exclude(ending=Ending.INVALID)
    for name, rows in (("受理", cases), ("办结", cases.filter(status=CaseStatus.CLOSED))):
        for code, count in rows.order_by().values_list("channel__code").annotate(Count("pk")):
            totals[f"渠道 {code} {name}"] += count
    live = Assignment.objects.filter(status__in=LIVE).exclude(case__status=CaseStatus.CLOSED)
    for code, count in live.order_by().values_list("unit__code").annotate(Count("pk")):
        totals[f"单位 {code} 在办"] += count
    return totals


def editions_damaged(place: Place, now: datetime) -> Iterator[str]:
    """Published bulletins whose files are gone or no longer what was published."""
    for edition in Edition.objects.filter(published_at__isnull=False).defer("content", "public", "authored"):
        for name in editions.damaged(edition):
            where = editions.folder(edition) / name
            yield f"已发布的《{edition}》文件缺失或被改动：{where}。请从备份恢复"


def attachments_lost(place: Place, now: datetime) -> Iterator[str]:
    """Attachments without their file, or with another than was kept."""
    for row in Attachment.objects.select_related("case").order_by("pk").iterator(chunk_size=500):
        path = Path(settings.MEDIA_ROOT) / row.sha256
        if not path.is_file() or _sha256(path) != row.sha256:
            yield f"{row.case.number}：附件“{row.name}”的文件缺失或被改动：{path}。请从备份恢复"


def packages_damaged(place: Place, now: datetime) -> Iterator[str]:
    """Archive packages without their file, or with another than was made; and files that should be gone."""
    rows = Package.objects.select_related("case").order_by("pk")
    for package in rows.iterator(chunk_size=500):
        path = register.path_of(package)
        if package.state == PackageState.ERASED or not package.sha256:
            if path.exists():
                yield f"{package.case}：归档包应已删除，文件却还在：{path}。请删去"
        elif not path.is_file() or _sha256(path) != package.sha256:
            yield f"{package.case}：归档包缺失或被改动：{path}。请从备份恢复"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def articles_miscounted(place: Place, now: datetime) -> Iterator[str]:
    """Uses of articles are those that the events name."""
    answers = Event.objects.filter(kind="direct_answer", data__contains='"articles"')
    told = {
        (event.case_id, event.seq, *named)
        for event in answers.order_by().iterator(chunk_size=2000)
        for named in uses.named_in(event)
    }
    counted = set(ArticleUse.objects.order_by().values_list("case_id", "seq", "article__number", "no"))
    for case, seq, number, no in sorted(told ^ counted):
        what = "记录里有，引用表里没有" if (case, seq, number, no) in told else "引用表里有，记录里没有"
        yield f"知识条目 {number}（第{no}版）答复第 {case} 号件第 {seq} 条：{what}"


def calendar_missing(place: Place, now: datetime) -> list[str]:
    """This year's calendar always; the next one's from December on."""
    today = now.astimezone(place.keeper.tz)
    years = [today.year] + ([today.year + 1] if today.month == DECEMBER else [])
    missing = [UnknownYear(year) for year in years if year not in place.keeper.calendar.years]
    return [str(unknown) for unknown in missing]


def search_incomplete(place: Place, now: datetime) -> list[str]:
    """The full-text indexes have a row for each case and each article, and what was added to a case later."""
    published = Article.objects.filter(status=ArticleStatus.PUBLISHED)
    indexed = (
        (search.INDEX, "诉求件", "件", Case.objects.count()),
        (knowledge_search.SAID, "知识条目", "条", Article.objects.count()),
        (knowledge_search.ASKED, "已发布的知识条目", "条", published.count()),
    )
    return list(filter(None, [*(_index_differs(*each) for each in indexed), _added_unfound()]))


def _index_differs(index: Index, what: str, one: str, rows: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(ENTERED[connection.vendor].format(name=index.name))
        entered = cursor.fetchone()[0]
    if entered == rows:
        return ""
    return f"全文索引有 {entered} {one}，{what}有 {rows} {one}：有的会搜不到。请运行 huiying search rebuild"


def _added_unfound() -> str:
    """Cases that are not found by the beginning of what a citizen added to them; of the newest such texts."""
    added = CaseText.objects.filter(kind="supplement").exclude(text="").order_by("-pk")
    tried = [(case, text[:20]) for case, text in added.values_list("case_id", "text")[:ADDED_TRIED]]
    lost = {case for case, words in tried if search_phrase(words) and not search.INDEX.among(words, [case])}
    return f"{len(lost)} 件的补充材料搜不到。请运行 huiying search rebuild" if lost else ""


def seals_broken(place: Place, now: datetime) -> list[str]:
    """Citizens' data that no case points to any more, a sample of it, opens with this installation's key."""
    left = Person.objects.filter(case=None)
    pks = left.order_by("pk").values_list("pk", flat=True)
    first, last = pks.first(), pks.last()
    if first is None or last is None:
        return []
    step = max(1, (last - first + 1) // SEALS_TRIED)
    broken = [p.pk for p in left.filter(pk__in=range(first, last + 1, step)) if not opens(p)]
    if not broken:
        return []
    return [
        f"抽查的个人资料有 {len(broken)} 份打不开（编号 {broken[:5]}）：请核对 HUIYING_HOME/keys/data.key"
    ]


Finder = Callable[[Place, datetime], Iterator[str]]
Warner = Callable[[Place, datetime], list[str]]

FINDINGS: dict[str, Finder] = {
    "统计": totals_differ,
    "通报": editions_damaged,
    "附件": attachments_lost,
    "归档": packages_damaged,
    "知识引用": articles_miscounted,
}
"""What is wrong where these say so: exit code 1."""

WARNINGS: dict[str, Warner] = {
    "日历": calendar_missing,
    "全文索引": search_incomplete,
    "个人资料": seals_broken,
    "分类模型": learning.broken,
}
"""What somebody should see to."""
