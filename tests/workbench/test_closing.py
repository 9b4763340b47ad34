"""收口: opening a reconciliation, all units on one page, a unit's own statement, and the rulings."""

import csv
import html
import io
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from huiying.accounts.models import Trail
from huiying.bulletins import closing_notices, reconciliation
from huiying.bulletins.models import Dispute, Reconciliation, Statement
from huiying.cases import lifecycle
from huiying.notices.models import Notice
from tests import make
from tests.bulletins.closing import DUE, MARCH, confirm, object_to, of
from tests.bulletins.test_editions import STYLE
from tests.cast import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """The month is over: the wall clock stands on Saturday, 2 April; what stands last in the list."""
    told = [make.at(4, 2, 10)]
    monkeypatch.setattr(timezone, "now", lambda: told[-1])
    return told


@pytest.fixture
def town(db, clock):
    return make.town(config={"bulletin": {"style": [STYLE]}})


@pytest.fixture
def cast(town):
    return people()


@pytest.fixture
def march(cast):
    return [
        make.case("水浑", status="closed"),
        make.case("水停", status="dispatched", received=make.at(3, 2)),
        make.case("燃气", status="closed", unit="housing"),
    ]


@pytest.fixture
def begun(town, cast, march) -> Reconciliation:
    return reconciliation.begin(town, MARCH, due_on=DUE, by=cast.editor, at=timezone.now())


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def hidden(answer) -> dict[str, str]:
    """What the confirming form carries along."""
    form = re.search(r"confirm/\">(.*?)</form>", answer.content.decode(), re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    return {name: html.unescape(value) for name, value in fields.items() if name != "csrfmiddlewaretoken"}


# Opening


def test_the_editor_opens_the_month_that_is_over_and_every_unit_has_its_statement(
    client, cast, march
) -> None:
    client.force_login(cast.editor)
    page = client.get("/closing/").content.decode()
    assert 'value="2022-03"' in page
    assert 'value="2022-04-08"' in page  # three working days after Saturday, 2 April, over 清明
    given = {"period": "2022-03", "style": "月报", "due_on": "2022-04-08", "note": "请重点看认领"}
    said = text_of(client.post("/closing/begin/", given, follow=True))
    assert "2 个单位各有一份对账单" in said
    assert "请重点看认领" in said
    assert {each.unit.code for each in Statement.objects.select_related("unit")} == {"water", "housing"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"period": "三月"}, "看不懂期间“三月”"),
        ({"period": "2022-04"}, "还没有到"),
        ({"due_on": "下周"}, "“核对期限”请按"),
        ({"due_on": "2022-04-01"}, "早于今天"),
        ({"as_of": "昨天"}, "看不懂时刻“昨天”"),
    ],
)
def test_what_cannot_be_opened_is_told_and_what_was_typed_is_kept(client, cast, march, changes, said) -> None:
    client.force_login(cast.dispatcher)
    given = {"period": "2022-03", "due_on": "2022-04-08", "note": "看<认领>"} | changes
    answer = client.post("/closing/begin/", given)
    assert answer.status_code == 409
    assert said in text_of(answer)
    assert 'value="看&lt;认领&gt;"' in answer.content.decode()
    assert not Reconciliation.objects.exists()


def test_who_finds_what_behind_the_menu(client, cast, begun) -> None:
    for user, status, words in (
        (cast.editor, 200, "开始一期对账"),
        (cast.leader, 200, "未确认 2"),
        (cast.clerk, 200, "云溪县水务局"),
        (cast.section_clerk, 200, "还没有需要您单位核对的对账单"),
        (cast.auditor, 403, ""),
        (cast.stranger, 403, ""),
    ):
        client.force_login(user)
        answer = client.get("/closing/")
        assert answer.status_code == status, user
        assert words in text_of(answer), user
    client.force_login(cast.leader)
    assert "开始一期对账" not in text_of(client.get("/closing/"))


def test_nothing_begun_yet_says_so(client, cast) -> None:
    client.force_login(cast.supervisor)
    assert "还没有开始过对账" in text_of(client.get("/closing/"))
    client.force_login(cast.clerk)
    assert "还没有需要您单位核对的对账单" in text_of(client.get("/closing/"))


# A unit's own statement


def test_a_unit_sees_its_own_rows_with_what_counts_them_and_no_other_unit_s(
    client, cast, march, begun
) -> None:
    mine, others = of(begun), of(begun, "housing")
    client.force_login(cast.clerk)
    said = text_of(client.get(f"/closing/statements/{mine.pk}/"))
    for words in ("转办量 2", "未按时认领 1", march[0].number, march[1].number, "限 03-03", "确认 2 件无误"):
        assert words in said, words
    assert march[2].number not in said
    assert client.get(f"/closing/statements/{others.pk}/").status_code == 404
    assert client.get(f"/closing/statements/{others.pk}.xlsx").status_code == 404
    assert client.get(f"/closing/reconciliations/{begun.pk}/").status_code == 403
    only = text_of(client.get(f"/closing/statements/{mine.pk}/", {"measure": "late_claim"}))
    assert march[1].number in only
    assert march[0].number not in only


def test_a_unit_confirms_what_it_saw(client, cast, begun) -> None:
    mine = of(begun)
    client.force_login(cast.head)
    url = f"/closing/statements/{mine.pk}/"
    answer = client.post(f"{url}confirm/", hidden(client.get(url)), follow=True)
    assert "已确认：2022年3月云溪县水务局 2 件无误。" in text_of(answer)
    assert of(begun).confirmed_by == cast.head
    assert "确认 2 件无误，数据取自" in text_of(client.get(url))


def test_who_confirms_an_overtaken_page_is_shown_what_moved(client, cast, march, begun, clock) -> None:
    url = f"/closing/statements/{of(begun).pk}/"
    client.force_login(cast.clerk)
    seen = hidden(client.get(url))
    clock.append(make.at(4, 2, 11))
    make.step(march[1], "claim", on=1, when=make.at(3, 2, 12))
    answer = client.post(f"{url}confirm/", seen)
    assert answer.status_code == 409
    said = text_of(answer)
    assert "您核对期间这些件的情况有变，还没有确认" in said
    assert f"{march[1].number}：不再计入“未按时认领”；认领时间：无 → 2022-03-02 12:00" in said
    assert of(begun).state == "waiting"
    for broken in ({"known_at": "昨天"}, {"known_at": "2022-04-02T10:00:00"}, {"digest": ""}):
        assert client.post(f"{url}confirm/", seen | broken).status_code == 409
    again = hidden(answer)
    assert client.post(f"{url}confirm/", again, follow=True).status_code == 200
    assert of(begun).state == "confirmed"


def test_figures_that_move_after_confirming_are_told_to_both_sides(
    client, cast, town, march, begun, clock
) -> None:
    confirm(of(begun), town, cast.clerk)
    clock.append(make.at(4, 2, 11))
    late = make.case("补录的一件", status="dispatched", received=make.at(3, 31))
    client.force_login(cast.clerk)
    said = text_of(client.get(f"/closing/statements/{of(begun).pk}/"))
    assert "确认之后，数字有变" in said
    assert f"{late.number} ：新列入（转办量、办理中）" in said
    assert "重新确认 3 件无误" in said
    client.force_login(cast.editor)
    assert "确认后有变" in text_of(client.get(f"/closing/reconciliations/{begun.pk}/"))


def test_a_unit_disputes_a_row_and_takes_it_back(client, cast, march, begun) -> None:
    url = f"/closing/statements/{of(begun).pk}/"
    client.force_login(cast.clerk)
    chosen = client.get(url, {"number": march[1].number}).content.decode()
    assert f'name="number" required autocomplete="off" value="{march[1].number}"' in chosen
    given = {
        "revision": of(begun).revision,
        "number": march[1].number,
        "what": "claim",
        "wanted": "3月2日已认领",
        "reason": "当日电话认领",
    }
    assert "异议已提交" in text_of(client.post(f"{url}dispute/", given, follow=True))
    said = text_of(client.get(url))
    assert "有异议" in said
    assert "异议裁定后，再确认全部无误" in said
    assert "确认 2 件无误" not in said
    made = Dispute.objects.get()
    client.force_login(cast.other_clerk)
    assert client.post(f"/closing/disputes/{made.pk}/withdraw/").status_code == 404
    client.force_login(cast.clerk)
    answer = client.post(f"/closing/disputes/{made.pk}/withdraw/", follow=True)
    assert "已撤回" in text_of(answer)
    assert client.post(f"/closing/disputes/{made.pk}/withdraw/").status_code == 409
    assert of(begun).state == "waiting"


def test_a_refused_objection_keeps_the_words(client, cast, march, begun) -> None:
    statement = of(begun)
    url = f"/closing/statements/{statement.pk}/dispute/"
    client.force_login(cast.clerk)
    given = {"number": march[2].number, "what": "claim", "wanted": "应<为>", "reason": "因<此>"}
    answer = client.post(url, given | {"revision": statement.revision})
    assert answer.status_code == 409
    assert "由您单位承办" in text_of(answer)
    page = answer.content.decode()
    assert 'value="应&lt;为&gt;"' in page
    assert "因&lt;此&gt;</textarea>" in page
    object_to(of(begun), march[0], cast.head)
    late = client.post(url, given | {"number": march[1].number, "revision": statement.revision})
    assert late.status_code == 409
    assert "已由他人处理" in text_of(late)
    assert f'name="revision" value="{of(begun).revision}"' in late.content.decode()


def test_a_protected_case_is_shown_to_its_unit_without_its_reporter(client, cast, town, march) -> None:
    tip = make.case(
        "何秀英反映工地偷排", nature="tip", status="dispatched", received=make.at(3, 3), caller=make.CALLER
    )
    begun = reconciliation.begin(town, MARCH, due_on=DUE, by=cast.editor, at=timezone.now())
    url = f"/closing/statements/{of(begun).pk}"
    for user, shown in ((cast.clerk, False), (cast.editor, True)):
        client.force_login(user)
        assert tip.number in text_of(client.get(f"{url}/"))
        assert ("何秀英" in text_of(client.get(f"{url}/"))) is shown
        assert "何秀英" not in b"".join(client.get(f"{url}.csv").streaming_content).decode()


def test_everything_may_be_taken_along_and_the_trail_knows(client, cast, march, begun) -> None:
    url = f"/closing/statements/{of(begun).pk}"
    client.force_login(cast.clerk)
    data = {
        kind: b"".join(client.get(f"{url}.{kind}").streaming_content)
        for kind in ("xlsx", "csv", "docx", "pdf")
    }
    sheet = load_workbook(BytesIO(data["xlsx"]))["2022-03 对账单"]
    head, *rows = sheet.iter_rows(values_only=True)
    assert {row[0] for row in rows} == {march[0].number, march[1].number}
    late = {row[0]: row[head.index("未按时认领")] for row in rows}
    assert late == {march[0].number: 0, march[1].number: 1}
    table = list(csv.reader(io.StringIO(data["csv"].decode("utf-8-sig"))))
    assert table[0] == list(head)
    assert [row[0] for row in table[1:]] == [row[0] for row in rows]
    assert data["pdf"].startswith(b"%PDF")
    assert data["docx"].startswith(b"PK")
    assert {(t.kind, t.data["format"], t.data["rows"]) for t in Trail.objects.all()} == {
        ("export", kind, 2) for kind in data
    }
    assert client.get(f"{url}.exe").status_code == 404


def test_rows_go_over_pages(client, cast, town) -> None:
    for n in range(55):
        make.case(f"第{n}件", status="dispatched", received=make.at(3, 1 + n % 28))
    begun = reconciliation.begin(town, MARCH, due_on=DUE, by=cast.editor, at=timezone.now())
    client.force_login(cast.clerk)
    url = f"/closing/statements/{of(begun).pk}/"
    first, second = (client.get(url, {"page": page}) for page in (1, 2))
    assert (len(first.context["lines"]), len(second.context["lines"])) == (50, 5)
    assert hidden(first)["digest"] == hidden(second)["digest"]
    assert len(client.get(url, {"page": "999"}).context["lines"]) == 5


# The office


def test_all_units_on_one_page_by_how_they_stand(client, cast, town, march, begun) -> None:
    confirm(of(begun, "housing"), town, cast.other_clerk)
    object_to(of(begun), march[1], cast.clerk)
    client.force_login(cast.leader)
    url = f"/closing/reconciliations/{begun.pk}/"
    page = client.get(url)
    said = text_of(page)
    for words in ("全部 2", "未确认 0", "已确认 1", "有异议 1", "待裁定 1", "赵磊"):
        assert words in said, words
    assert "采纳" not in said.replace("待裁定", "")  # a leader reads and does not rule
    only = client.get(url, {"state": "confirmed"})
    assert [line.statement.unit.code for line in only.context["lines"]] == ["housing"]


def test_the_office_rules_and_is_led_to_the_correction(client, cast, march, begun, clock) -> None:
    one, other = object_to(of(begun), march[0], cast.clerk), object_to(of(begun), march[1], cast.clerk)
    client.force_login(cast.reviewer)
    url = f"/closing/disputes/{one.pk}/rule/"
    refused = client.post(url, {"verdict": "rejected", "note": " "})
    assert refused.status_code == 409
    assert "不采纳的，请写明理由" in text_of(refused)
    assert "您填写的" not in text_of(refused)
    clock.append(make.at(4, 2, 11))
    answer = client.post(url, {"verdict": "upheld", "note": "属实<已核>"}, follow=True)
    assert "采纳。请在案件页更正有误的记录" in text_of(answer)
    assert "待更正" in text_of(answer)
    assert "由派单员或管理员在案件页更正记录" in text_of(answer)
    client.force_login(cast.dispatcher)
    page = client.get(f"/closing/reconciliations/{begun.pk}/").content.decode()
    assert f'href="/cases/{march[0].number}/amend/"' in page
    client.force_login(cast.reviewer)
    clock.append(make.at(4, 2, 12))
    march[0].refresh_from_db()
    when = make.at(3, 1, 10, 30).isoformat()
    lifecycle.advance(
        march[0], "amend", by=cast.dispatcher, at=timezone.now(), note="补登", seq=3, happened_at=when
    )
    said = text_of(client.get(f"/closing/reconciliations/{begun.pk}/"))
    assert "已更正" in said
    assert "待更正" not in said
    again = client.post(url, {"verdict": "rejected", "note": "慢了<一步>"})
    assert again.status_code == 409
    assert "已由他人裁定或撤回，请核对现在的情况。 您填写的：慢了<一步>" in text_of(again)
    client.force_login(cast.clerk)
    assert client.post(f"/closing/disputes/{other.pk}/rule/", {"verdict": "upheld"}).status_code == 403


def test_the_office_runs_it_from_the_same_page(client, cast, town, march, begun, clock) -> None:
    url = f"/closing/reconciliations/{begun.pk}/"
    client.force_login(cast.editor)
    assert "已催办云溪县住建局、云溪县水务局。" in text_of(client.post(f"{url}urge/", follow=True))
    again = client.post(f"{url}urge/", {"statement": of(begun).pk})
    assert again.status_code == 409
    assert "今天已经催办过" in text_of(again)
    clock.append(timezone.now() + timedelta(hours=1))
    make.case("补录", status="dispatched", unit="stone", received=make.at(3, 20))
    assert "又有 1 个单位计入本期：石桥镇" in text_of(client.get(url))
    assert "已补上石桥镇。" in text_of(client.post(f"{url}add/", follow=True))
    moved = client.post(f"{url}prolong/", {"seen": "2022-04-08", "due_on": "2022-04-12"}, follow=True)
    assert "核对期限改为 2022-04-12" in text_of(moved)
    stale = client.post(f"{url}prolong/", {"seen": "2022-04-08", "due_on": "2022-04-11"})
    assert stale.status_code == 409
    assert "刚刚已由冯丽改动" in text_of(stale)
    assert "对账已结束" in text_of(client.post(f"{url}close/", follow=True))
    assert client.post(f"{url}close/").status_code == 409
    assert "重新打开" in text_of(client.get(url))
    assert "对账已重新打开" in text_of(client.post(f"{url}reopen/", follow=True))
    assert client.post(f"{url}nonsense/").status_code == 404
    client.force_login(cast.leader)
    assert client.post(f"{url}close/").status_code == 409


def test_a_notice_leads_to_the_statement(client, cast, town, begun) -> None:
    closing_notices.remind(town, timezone.now())
    line = Notice.objects.get(user=cast.clerk)
    client.force_login(cast.clerk)
    answer = client.post(f"/notices/{line.pk}/read/")
    assert answer.headers["Location"] == f"/closing/statements/{of(begun).pk}/"


def test_the_pages_ask_little(client, cast, town, march, begun, django_assert_max_num_queries) -> None:
    for n in range(6):
        made = make.case(f"又{n}件", status="closed", received=make.at(3, 3 + n))
        object_to(of(begun), made, cast.clerk)
    statement = of(begun).pk
    for user, urls in (
        (cast.editor, ["/closing/", f"/closing/reconciliations/{begun.pk}/"]),
        (
            cast.clerk,
            ["/closing/", f"/closing/statements/{statement}/", f"/closing/statements/{statement}.xlsx"],
        ),
    ):
        client.force_login(user)
        for url in urls:
            with django_assert_max_num_queries(12):
                client.get(url)
