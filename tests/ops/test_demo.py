"""The demonstration: a whole invented town whose March bulletin has the figures of the published one."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from huiying.accounts.models import Delegation, Role, User
from huiying.bulletins import closing_notices, content, editions
from huiying.bulletins.models import Dispute, Edition, Rectification
from huiying.cases import place
from huiying.cases.models import Assignment, Case, CaseText, Event, Reply
from huiying.cases.moves import MOVES, CaseStatus
from huiying.cases.persons import reveal
from huiying.dispatch import rulings
from huiying.dispatch.models import Letter
from huiying.mining import alarm_settings, watch
from huiying.notices.models import Notice
from huiying.ops import demo, doctor
from huiying.ops.demo_cases import invent
from huiying.ops.demo_data import read_plan
from huiying.ops.demo_people import PASSWORD
from huiying.quality import appeals, calls
from huiying.replies.models import Handling
from huiying.statistics import periods
from huiying.statistics.engine import engine
from huiying.workbench.visit import menu_of
from tests import make

NOW = make.at(7, 14, 15, year=2022)
SHARED = Path(os.environ.get("HUIYING_SHARED", Path(__file__).parents[3] / "shared"))
HOTLINE = {"channel": ("县12345热线",)}
PRINTED = """
3 262 9 111 136 7 1 7 42.37% 51.91% 2.67% 0.38% 2.67% 33.59% 12.98% 12.60% 7.25% 5.34% 152 110 84 84 100%
14 14 14 100% 14 11 78.57% 2 14.29% 1 7.14%
3 5 5 100%
27 27 100% 4 4 4 100% 23 23 23 100%
5 35.71% 5 35.71% 4 28.58%
27 3 5 18 1 11.11% 18.52% 66.67% 3.7% 22.22% 11.11% 7.41% 7.41%
"""  # the numbers of the published month, in reading order


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def built(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[demo.Outcome]:
    """One demonstration for the whole module, taken back at its end."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        patch.setattr("django.conf.settings.HUIYING_HOME", tmp_path_factory.mktemp("home"))
        place.forget()
        yield demo.build(at=NOW)
        transaction.set_rollback(True)
    place.forget()


@pytest.fixture
def town(built: demo.Outcome) -> Iterator[demo.Outcome]:
    """The demonstration; what a test changes in it is undone."""
    with transaction.atomic():
        yield built
        transaction.set_rollback(True)


def draft() -> content.Content:
    return editions.content_of(Edition.objects.get(published_at=None))


def numbers(text: str) -> list[str]:
    """The numbers of a bulletin's text from its first section to its problems, without those of headings."""
    text = re.sub(r"\s", "", text)
    body = text[text.index("一、总体情况") : text.index("二、存在问题")]
    return re.findall(r"\d+(?:\.\d+)?%?", re.sub(r"“12345”|(?<=。)\d\.|(?<=情况)\d\.", "", body))


def test_march_has_the_figures_of_the_published_bulletin(town: demo.Outcome) -> None:
    text = editions.render(draft(), ("txt",)).files["txt"].decode()
    assert numbers(text) == PRINTED.split()


def test_and_they_are_those_of_the_document_itself(town: demo.Outcome) -> None:
    file = SHARED / "seed" / "jixi-2022-03.txt"
    if not file.exists():
        pytest.skip(f"没有 {file}：请用 HUIYING_SHARED 指明它所在的文件夹")
    assert numbers(file.read_text("utf-8-sig")) == PRINTED.split()


def test_both_tables_have_the_published_rows(town: demo.Outcome) -> None:
    tables = [block for block in draft().blocks if isinstance(block, content.Table)]
    mayor, box = ([[content.shown(cell) for cell in row[1:4]] for row in table.rows] for table in tables)
    units = ["县人社局", "县住建局", "县农水局", "县市场监管局", "县医保局", "华阳镇", "家朋乡"]
    assert mayor == [[unit, n, n] for unit, n in zip(units, "3115211", strict=True)]
    assert box == [[unit, "1", "1"] for unit in ("县人社局", "县市场监管局", "县医保局", "家朋乡")]
    remarks = [content.shown(row[-1]) for row in tables[0].rows]
    assert [r for r in remarks if r] == ["含退办件1件"]
    assert remarks[3]


def test_twenty_six_are_answered_on_the_first_of_april(town: demo.Outcome) -> None:
    month = periods.parse("2022-03")
    fed_back = {
        day: engine(month, as_of=make.at(*day)).ask("fed_back", month, scope=HOTLINE).value
        for day in ((4, 1), (4, 2), (4, 21))
    }
    assert fed_back == {(4, 1): 84, (4, 2): 110, (4, 21): 110}


def test_march_leaves_nobody_late_but_one_claim(town: demo.Outcome) -> None:
    month = periods.parse("2022-03")
    late = engine(month, as_of=make.at(4, 30))
    assert late.ask("late_reply", month).value == 0
    (number,) = late.cases("late_claim", month)
    assert Case.objects.filter(number=number, lead__unit__code="县住建局").exists()


def test_last_march_is_known_as_it_was_known_then(town: demo.Outcome) -> None:
    month = periods.parse("2022-03")
    then = engine(month, known_at=make.at(4, 15))
    assert then.ask("received", month, scope=HOTLINE).value == 262
    assert engine(month, known_at=make.at(3, 1, 0)).ask("received", month).value == 0


def test_the_doctor_finds_the_town_sound(town: demo.Outcome) -> None:
    report = doctor.examine(place.current(), now=NOW)
    assert report.findings == []
    assert report.cases == town.cases > 800


def test_nearly_every_move_has_been_made_somewhere(town: demo.Outcome) -> None:
    made = set(Event.objects.order_by().values_list("kind", flat=True).distinct())
    elsewhere = {
        "supplement", "reclassify", "amend", "add_co", "drop_return", "revise_reply", "answer", "cancel",
        "unmerge", "reckon", "erase", "rule_appeal",
    }  # fmt: skip
    assert set(MOVES) - made == elsewhere


def test_january_and_february_have_their_troubles(town: demo.Outcome) -> None:
    names = (
        "late_reply",
        "late_claim",
        "sent_back",
        "extended",
        "reopened",
        "refused",
        "merged",
        "invalid_calls",
    )
    for label in ("2022-01", "2022-02"):
        month = periods.parse(label)
        found = engine(month, as_of=make.at(5, 31)).table(names, month)[None]
        assert all(answer.numerator > 0 for answer in found.values()), {
            n: a.numerator for n, a in found.items()
        }
    february = periods.parse("2022-02")
    assert engine(february).ask("carried_in", february).numerator > 10


def test_the_same_seed_invents_the_same_town(town: demo.Outcome) -> None:
    words = demo.town_of(place.current())
    plan = read_plan(demo.example(), words)
    once, again = invent(plan, words), invent(plan, words)
    told = [(case.number, case.title, case.caller, case.script.steps) for case in once]
    assert told == [(case.number, case.title, case.caller, case.script.steps) for case in again]
    assert [case.title for case in invent(plan, words, seed=1)] != [case.title for case in once]


def test_the_list_looks_like_a_town_and_not_like_copies(town: demo.Outcome) -> None:
    titles = Counter(Case.objects.exclude(ending="invalid").values_list("title", flat=True))
    assert len(titles) > sum(titles.values()) * 0.7
    assert max(titles.values()) <= 5


def test_callers_are_invented_and_firms_and_villages_masked(town: demo.Outcome) -> None:
    people = {reveal(case.person).phone for case in Case.objects.select_related("person") if case.person}
    assert all(re.fullmatch(r"1390000\d{4}", phone) for phone in people)
    assert len(people) > 300
    texts = "".join(CaseText.objects.values_list("text", flat=True))
    assert "{" not in texts
    assert not re.search(r"(?<!某)(?:有限公司|商行)", texts)


def test_every_answer_of_a_unit_has_its_three_texts(town: demo.Outcome) -> None:
    task = Assignment.objects.filter(released_at__isnull=False, case__received_at__lt=make.at(4, 1)).first()
    assert task is not None
    reply = Reply.objects.filter(assignment=task).latest("no")
    assert all((reply.handling_report, reply.contact_record, reply.public_answer))
    assert "{" not in reply.handling_report + reply.contact_record + reply.public_answer


def test_everybody_has_something_to_do_today(town: demo.Outcome) -> None:
    lately = Case.objects.filter(received_at__gt=NOW - timedelta(days=14))
    found = Counter(lately.values_list("status", flat=True))
    assert set(found) == set(CaseStatus) - {CaseStatus.ANSWERED}
    assert all(event.happened_at <= NOW for event in Event.objects.filter(case__in=lately))
    assert lately.filter(due_at__lt=NOW).exists()
    actors = set(Event.objects.filter(case__in=lately).values_list("actor__username", flat=True))
    assert {"operator", "dispatcher", "reviewer", "clerk_rs", "head_rs", "clerk_hy"} <= actors


def test_no_desk_is_empty(town: demo.Outcome) -> None:
    """Each list that somebody is there to work off has a case of the last days on it."""
    desk = {
        name: User.objects.get(username=name) for name in ("callback", "supervisor", "reviewer", "clerk_hy")
    }
    lists = {
        "to call": calls.waiting(desk["callback"]),
        "not content": calls.proposals(desk["supervisor"]),
        "appealed": appeals.visible_to(desk["reviewer"]).filter(decision="pending"),
        "to appeal": appeals.open_to(desk["clerk_hy"], NOW),
        "letters": Letter.objects.all(),
        "parts": Handling.objects.filter(person__username__startswith="clerk_", answered_at=None),
        "absent": Delegation.objects.filter(ended_at=None),
        "secret": Case.objects.filter(secret=True, status="handling", received_at__gt=make.at(7, 1)),
        "merged": Case.objects.filter(ending="merged", received_at__gt=make.at(7, 1)),
        "shared": Assignment.objects.filter(role="co", case__received_at__gt=make.at(7, 1)),
        "disputed": Dispute.objects.filter(decision="pending"),
    }
    assert [name for name, found in lists.items() if not found.exists()] == []


def test_the_month_before_is_published_and_the_units_are_answering(town: demo.Outcome) -> None:
    edition = Edition.objects.get(published_at__lt=NOW)
    assert (edition.period, edition.issue) == ("2022-02", 1)
    assert editions.damaged(edition) == []
    asked = {row.unit.name: row.status for row in Rectification.objects.select_related("unit")}
    own = {"县人社局": "accepted", "县住建局": "handed_in", "华阳镇": "to_approve"}
    assert {name: asked[name] for name in own} == own
    assert Rectification.objects.get(status="accepted").quote


def test_five_of_one_matter_and_a_word_are_there_for_the_watch_to_find(town: demo.Outcome) -> None:
    settings = alarm_settings.Settings(off=frozenset({"rise", "mass"}))
    (sign,) = watch.look(place.current(), settings, NOW)
    assert "堵路" in sign.said
    today = Case.objects.filter(received_at__gt=NOW - timedelta(days=1))
    persons = Counter(today.values_list("topic", flat=True).distinct().values_list("topic", "person"))
    assert max(Counter(topic for topic, _ in persons).values()) >= settings.persons


def test_only_what_was_told_since_yesterday_is_still_to_be_read(town: demo.Outcome) -> None:
    told = Notice.objects.filter(user__username="dispatcher")
    closing_notices.remind(place.current(), NOW)  # the worker's next round adds nothing
    assert told.filter(read_at=None).count() < 5 < told.count()
    assert not told.filter(read_at=None, created_at__lt=NOW - timedelta(days=1)).exists()
    assert list(told.values_list("created_at", flat=True)) == sorted(
        told.values_list("created_at", flat=True), reverse=True
    )


def test_nobodys_page_is_empty(town: demo.Outcome, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page of the menu with the first of its roles; the watch has not looked yet."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    menus = {user: menu_of(user) for user in User.objects.exclude(username="stranger").order_by("pk")}
    pages = {page.name: user for user in reversed(menus) for page in menus[user]}
    empty = set()
    for name in pages.keys() - {"alarms"}:
        client.force_login(pages[name])
        answer = client.get(reverse(name))
        assert answer.status_code == 200, name
        if 'class="empty' in answer.content.decode():
            empty.add(name)
    assert empty <= {"appeals", "callbacks"}  # of their two lists each has one


def test_three_units_would_not_have_it_and_a_leader_should_look(town: demo.Outcome) -> None:
    first, *others = rulings.read(rulings.waiting())
    assert first.escalated
    assert not any(each.escalated for each in others)
    assert first.units == 3


def test_each_role_can_sign_in(town: demo.Outcome) -> None:
    assert {account.role for account in town.accounts} == {*Role.values, "stranger"}
    for username in ("operator", "stranger"):
        assert authenticate(username=username, password=PASSWORD)
    assert [user.username for user in User.objects.filter(is_superuser=True)] == ["admin"]
    units = {account.unit for account in town.accounts if account.role == "clerk"}
    assert units == {"县人社局", "县住建局", "华阳镇"}


def test_the_draft_lies_in_every_format_in_both_editions(town: demo.Outcome) -> None:
    names = {path.name for path in town.files if path.stat().st_size}
    wanted = {f"2022-03{kind}.{suffix}" for kind in ("", ".public") for suffix in editions.FORMATS}
    assert names == wanted


def test_a_figure_changed_by_hand_keeps_what_was_computed(town: demo.Outcome) -> None:
    (figure,) = {f.key: f for f in content.figures(draft()) if f.reason}.values()
    assert (figure.shown, figure.computed, figure.numerator) == ("3.7%", "3.70%", Decimal(1))


def test_a_second_time_changes_nothing_and_says_so(town: demo.Outcome) -> None:
    before = (Event.objects.count(), User.objects.count(), Edition.objects.count())
    written = {path: path.stat().st_mtime_ns for path in town.files}
    again = demo.build(at=NOW + timedelta(days=3))
    assert not again.changed
    assert again.accounts == town.accounts
    assert before == (Event.objects.count(), User.objects.count(), Edition.objects.count())
    assert written == {path: path.stat().st_mtime_ns for path in again.files}


def test_json_is_all_that_standard_output_gets(town: demo.Outcome) -> None:
    out = StringIO()
    call_command("demo", "--json", "--no-serve", "--port", "8123", stdout=out, stderr=StringIO())
    said = json.loads(out.getvalue())
    assert list(said) == ["url", "accounts", "files"]
    assert said["url"] == "http://127.0.0.1:8123"
    assert {"role": "leader", "username": "leader", "password": PASSWORD} in said["accounts"]
    assert said["files"] == [str(path) for path in town.files]


def test_the_summary_tells_accounts_password_and_what_to_try(town: demo.Outcome) -> None:
    out = StringIO()
    call_command("demo", "--no-serve", stdout=out, stderr=StringIO())
    for said in ("这次没有改动", PASSWORD, "切勿用于正式环境", "clerk_rs", "http://127.0.0.1:8000", "先试试"):
        assert said in out.getvalue()
    assert "dispatcher 派给县人社局；clerk_rs 认领" in out.getvalue()
