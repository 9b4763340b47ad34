"""The screens that `huiying bench` measures, as a table: who opens what, and what it may cost."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle

from django.db import connection
from django.db.models import Count
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huiying.accounts.models import Unit, User
from huiying.cases.models import Assignment, Case, Event
from huiying.intake import desk
from huiying.mining.similar import with_words
from huiying.ops import bench_bare
from huiying.ops.bench_houses import House
from huiying.ops.bench_town import SPAN, WORDS, facts
from huiying.workbench.case_list import EPOCH

LIST, CASE = 12, 15
"""How many queries a list and a case page may ask."""
GOAL_MS, HINT_MS = 60.0, 30.0
WARM_UP = 2
SAMPLE = 5_000
TOLD = 48
TYPED = ((4, 0), (8, 0), (14, 0), (60, 0), (60, 25), (60, 90), (60, 250), (60, 700))
"""Of so many cases so many characters of the title and of the words are typed."""
BLOCK = 5
"""So many calls are made in one town before the other has its turn."""


@dataclass(frozen=True)
class Screen:
    """A page; its address may name what `marks` finds in a town. Posted to where it has `data`.

    With `part` not the whole page is measured but what it asks for a title and words, others each time.
    """

    name: str
    title: str
    who: str
    address: str
    queries: int = LIST
    goal: float | None = GOAL_MS
    data: dict[str, str] = field(default_factory=dict)
    part: Callable[[str, str], object] | None = None


SCREENS = (
    Screen("cases", "诉求件，最新在前", "dispatcher", "/cases/"),
    Screen("cases.deep", "同上，翻到中间", "dispatcher", "/cases/?after={middle}"),
    Screen("cases.due", "最先到期在前", "dispatcher", "/cases/?sort=due"),
    Screen("cases.open", "未办结", "dispatcher", "/cases/?status=open"),
    Screen("cases.waiting", "待派单", "dispatcher", "/cases/?status=received"),
    Screen("cases.handling", "办理中", "dispatcher", "/cases/?status=handling"),
    Screen("cases.closed", "已办结", "dispatcher", "/cases/?status=closed"),
    Screen("cases.overdue", "已逾期", "dispatcher", "/cases/?due=overdue&sort=due"),
    Screen("cases.channel", "一个渠道", "dispatcher", "/cases/?channel={channel}"),
    Screen("cases.nature", "少见的性质", "dispatcher", "/cases/?nature={nature}"),
    Screen("cases.topic", "一类内容", "dispatcher", "/cases/?topic={topic}"),
    Screen("cases.area", "一个乡镇", "dispatcher", "/cases/?area={area}"),
    Screen("cases.unit", "件最多的单位", "dispatcher", "/cases/?unit={large}"),
    Screen("cases.unit.small", "几乎没有件的单位", "dispatcher", "/cases/?unit={small}"),
    Screen("cases.unit.open", "件最多的单位，未办结", "dispatcher", "/cases/?unit={large}&status=open"),
    Screen("cases.mode", "直办的件", "dispatcher", "/cases/?mode=direct"),
    Screen("cases.urgent", "重大紧急的件", "dispatcher", "/cases/?urgency=major"),
    Screen("cases.secret", "保密的件", "dispatcher", "/cases/?secret=yes"),
    Screen("cases.ending", "不予受理的件", "dispatcher", "/cases/?ending=refused"),
    Screen("cases.nobody", "没有一件的办结方式", "dispatcher", "/cases/?ending=withdrawn"),
    Screen("cases.village", "一个村", "dispatcher", "/cases/?village={village}"),
    Screen("cases.been", "退回重办过的件", "dispatcher", "/cases/?been=send_back"),
    Screen("cases.back", "申请退办过的件", "dispatcher", "/cases/?back=1"),
    Screen("cases.last", "最新办结在前", "dispatcher", "/cases/?sort=closed"),
    Screen("cases.period", "一年前的一天", "dispatcher", "/cases/?from={day}&to={day}"),
    Screen(
        "cases.several",
        "性质、乡镇、单位、已办结",
        "dispatcher",
        "/cases/?nature={nature}&area={area}&unit={large}&status=closed",
    ),
    Screen(
        "cases.nothing",
        "什么也找不到的几个条件",
        "dispatcher",
        "/cases/?nature={nature}&area={area}&status=received&mode=direct",
    ),
    Screen("text.rare", "少见的词", "dispatcher", "/cases/?q={rare}"),
    Screen("text.middling", "二百件中有一件的词", "dispatcher", "/cases/?q={middling}"),
    Screen("text.common", "三件中有一件的词", "dispatcher", "/cases/?q={common}"),
    Screen("text.one", "一个字", "dispatcher", "/cases/?q=路"),
    Screen("text.two", "两个词", "dispatcher", "/cases/?q={common} {middling}"),
    Screen("text.number", "编号的末几位", "dispatcher", "/cases/?q={tail}"),
    Screen("text.filtered", "常见的词和少见的性质", "dispatcher", "/cases/?q={common}&nature={nature}"),
    Screen("clerk", "诉求件：件最多的单位的经办人", "clerk_large", "/cases/"),
    Screen("clerk.deep", "同上，翻到中间", "clerk_large", "/cases/?after={middle}"),
    Screen("clerk.open", "同上，未办结", "clerk_large", "/cases/?status=open"),
    Screen("clerk.due", "同上，最先到期在前", "clerk_large", "/cases/?sort=due"),
    Screen("clerk.nature", "同上，少见的性质", "clerk_large", "/cases/?nature={nature}"),
    Screen("clerk.secret", "同上，保密的件", "clerk_large", "/cases/?secret=yes"),
    Screen("clerk.last", "同上，最新办结在前", "clerk_large", "/cases/?sort=closed"),
    Screen("clerk.text", "同上，常见的词", "clerk_large", "/cases/?q={common}"),
    Screen("clerk.above", "诉求件：有下级单位的经办人", "clerk_above", "/cases/"),
    Screen("clerk.small", "诉求件：几乎没有件的单位", "clerk_small", "/cases/"),
    Screen("leader", "诉求件：领导", "leader", "/cases/"),
    Screen("case", "案件页：派单员", "dispatcher", "/cases/{number}/", CASE),
    Screen("case.long", "案件页：记录最多的件", "dispatcher", "/cases/{longest}/", CASE),
    Screen("case.clerk", "案件页：经办人", "clerk_large", "/cases/{held}/", CASE),
    Screen("dispatch", "派单台", "dispatcher", "/dispatch/"),
    Screen("alike", "同诉归并", "dispatcher", "/dispatch/alike/"),
    Screen("inbox", "单位工作台", "clerk_large", "/inbox/"),
    Screen("inbox.late", "单位工作台，已逾期", "clerk_large", "/inbox/?tab=late"),
    Screen("board.clerk", "时限看板：经办人", "clerk_large", "/board/"),
    Screen("inbox.small", "单位工作台：几乎没有件的单位", "clerk_small", "/inbox/"),
    Screen("review", "审核台", "reviewer", "/review/"),
    Screen("review.sample", "答复抽查", "supervisor", "/review/sample/?n=50"),
    Screen("callbacks", "回访台", "callback", "/callbacks/"),
    Screen("rulings", "退办与延期", "dispatcher", "/rulings/"),
    Screen("supervision", "督办台", "supervisor", "/supervision/"),
    Screen("supervision.instructed", "督办台，领导批示", "leader", "/supervision/?list=instructed"),
    Screen("open", "一件不漏", "supervisor", "/supervision/open/"),
    Screen("board", "时限看板", "supervisor", "/board/"),
    Screen("alarms", "预警", "supervisor", "/alarms/"),
    Screen("hot", "热点，无件的一段", "supervisor", "/hot/?from=1990-01-01&to=1990-01-31"),
    Screen("closing", "收口", "leader", "/closing/"),
    Screen("archiving", "归档", "supervisor", "/archiving/"),
    Screen("knowledge", "知识库", "dispatcher", "/knowledge/"),
    Screen("glance", "总览：派单员", "dispatcher", "/"),
    Screen("glance.leader", "总览：领导", "leader", "/"),
    Screen("glance.reviewer", "总览：审核员", "reviewer", "/"),
    Screen("glance.supervisor", "总览：督办员", "supervisor", "/"),
    Screen("glance.clerk", "总览：经办人", "clerk_large", "/"),
    Screen("figures", "数据", "leader", "/figures/"),
    Screen(
        "intake.alike",
        "登记台：来电历史和相似件",
        "operator",
        "/intake/",
        LIST,
        HINT_MS,
        {"title": "某小区高楼层水压不足", "phone": "13900000007", "key": "bench"},
    ),
    Screen("hint", "查重提示，长短不同的话", "operator", "/intake/", 2, HINT_MS, part=desk.alike),
)
"""What is measured. Adding one is adding a row."""


def marks() -> dict[str, str]:
    """What the addresses name in the town of this database."""
    known = facts()
    assert known is not None, "a house is built before it is measured"
    units = {name: _unit(f"clerk_{name}") for name in ("large", "small")}
    middle = known.ends_at - SPAN / 2
    held = Assignment.objects.filter(unit=units["large"], status="released").order_by("-pk")[:1].get()
    newest = Case.objects.select_related("channel").order_by("-pk")[:1].get()
    counted = Event.objects.filter(kind="call_back").order_by("-pk")[:500].values("case")
    longest = Case.objects.filter(pk__in=counted).annotate(n=Count("events")).order_by("-n", "-pk").first()
    return {
        "middle": f"{(middle - EPOCH) // timedelta(microseconds=1)}-{2**40}",
        "day": (known.ends_at - timedelta(days=365)).date().isoformat(),
        "channel": newest.channel.code,
        "nature": _rarest("nature__code"),
        "topic": _rarest("topic__path").rpartition("/")[0],
        "area": _rarest("area__code"),
        **{name: unit.code for name, unit in units.items()},
        **{name: word for name, (word, _) in WORDS.items()},
        "village": next(
            filter(None, Case.objects.order_by("-pk").values_list("village", flat=True)[:SAMPLE]), ""
        ),
        "tail": newest.number[-6:],
        "number": newest.number,
        "longest": (longest or newest).number,
        "held": held.case.number,
    }


def typed() -> list[tuple[str, str]]:
    """Titles and words of cases from all over the town, as far as somebody may have come with typing them."""
    last = Case.objects.order_by("-pk").values_list("pk", flat=True)[:1].get()
    cases = Case.objects.filter(pk__in=[max(1, last * n // TOLD) for n in range(1, TOLD + 1)])
    lengths = cycle(TYPED)
    return [
        (case.title[:title], case.words[:words])  # type: ignore[attr-defined]
        for case, (title, words) in zip(with_words(cases), lengths, strict=False)
    ]


def _unit(username: str) -> Unit:
    unit = User.objects.select_related("unit").get(username=username).unit
    assert unit is not None, "a clerk has a unit"
    return unit


def _rarest(column: str) -> str:
    """What the fewest of the newest cases have in that column."""
    newest = list(Case.objects.order_by("-pk").values_list("pk", flat=True)[:SAMPLE])
    rows = Case.objects.filter(pk__in=newest, **{f"{column}__isnull": False}).order_by()
    return str(rows.values_list(column).annotate(n=Count("pk")).order_by("n", column)[0][0])


# Measuring


@dataclass
class Cost:
    """What one screen costs in one town: queries, and each call's milliseconds."""

    queries: int = 0
    ms: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return statistics.median(self.ms)

    @property
    def p95(self) -> float:
        return quantile(self.ms, 0.95)


def quantile(values: Sequence[float], share: float) -> float:
    """The least of the values that so large a share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


class Visitors:
    """Everybody of one town, signed in, with their addresses."""

    def __init__(self, house: House) -> None:
        self.house, self._clients = house, dict[str, Client]()
        with house.entered():
            self._marks, self._typed = marks(), typed()

    def call(self, screen: Screen) -> Callable[[], object]:
        """A call of the screen as its person makes it."""
        if part := screen.part:
            told = cycle(self._typed)
            return lambda: part(*next(told))
        client, address = self._client(screen.who), screen.address.format(**self._marks)
        headers = {"HX-Request": "true", "HX-Target": "known"} if screen.data else {}

        def call() -> None:
            if screen.data:
                answer = client.post(address, screen.data, headers=headers)
            else:
                answer = client.get(address)
            assert answer.status_code == 200, (screen.name, address, answer.status_code)

        return call

    def _client(self, username: str) -> Client:
        if username not in self._clients:
            self._clients[username] = Client(headers={"host": "localhost"})
            with self.house.entered():
                self._clients[username].force_login(User.objects.get(username=username))
        return self._clients[username]


def bare() -> None:
    """The reference: fifty cases by Django's ORM, and nothing else."""
    answer = bench_bare.newest(HttpRequest())
    assert answer.status_code == 200


def measure(
    houses: Sequence[House], chosen: Iterable[Screen], *, rounds: int
) -> Iterable[tuple[Screen | None, list[Cost]]]:
    """The cost of each screen in each town, the towns by turns; first that of the reference (None)."""
    visitors = [Visitors(house) for house in houses]
    yield None, _by_turns([(house, bare) for house in houses], rounds)
    for screen in chosen:
        yield screen, _by_turns([(each.house, each.call(screen)) for each in visitors], rounds)


def _by_turns(calls: list[tuple[House, Callable[[], object]]], rounds: int) -> list[Cost]:
    costs = [_first(house, call) for house, call in calls]
    for begun in range(0, rounds, BLOCK):
        for (house, call), cost in zip(calls, costs, strict=True):
            with house.entered():
                cost.ms += [_timed(call) for _ in range(min(BLOCK, rounds - begun))]
    return costs


def _first(house: House, call: Callable[[], object]) -> Cost:
    """Warm, with its queries counted."""
    with house.entered():
        for _ in range(WARM_UP - 1):
            call()
        with CaptureQueriesContext(connection) as asked:
            call()
        return Cost(queries=len(asked))


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000
