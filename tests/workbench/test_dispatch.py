"""派单台: what waits, who could lead, and the hand-over itself."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from huiying.accounts.models import Unit
from huiying.cases.models import Accused, Case, Office
from huiying.mining import guessing
from huiying.mining.classify import Ranked, Verdict
from huiying.workbench import dispatch
from tests import make

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def desk(client, cast):
    client.force_login(cast.dispatcher)
    return client


def numbers(answer) -> list[str]:
    return re.findall(r'class="number"><a href="/dispatch/([^/]+)/', answer.content.decode())


def pick(*cases: Case) -> list[str]:
    return [f"{case.number}@{case.seq}" for case in cases]


def test_the_queue_begins_with_what_is_due_first_and_holds_nothing_else(desk) -> None:
    young, old = make.case(received=make.at(3, 14)), make.case(received=make.at(3, 9))
    make.case(status="dispatched")
    assert numbers(desk.get("/dispatch/")) == [old.number, young.number]


def test_the_queue_is_the_dispatchers_alone(client, cast) -> None:
    for user in cast.everybody():
        client.force_login(user)
        assert client.get("/dispatch/").status_code == (200 if user == cast.dispatcher else 403)


def test_a_suggestion_comes_with_its_reason_and_the_deadlines(desk) -> None:
    for _ in range(4):
        make.case(status="handling")
    make.case(received=make.at(3, 14), caller=make.PersonData())
    said = text_of(desk.get("/dispatch/"))
    assert "云溪县水务局" in said
    assert "把握高 73%" in said
    assert "同类事项承办过 4 件，其中同一区域 4 件" in said
    assert "答复时限  2022-03-28" in said
    assert "照此派单" in said


def test_before_any_case_the_duties_of_the_units_speak(desk) -> None:
    Unit.objects.filter(code="water").update(duties=["河道管理", "停水、水压、自来水浑浊"])
    Office.touch()
    case = make.case("水压太小，放不出水", topic="phone/市场监管/消费纠纷", area="")
    for page in ("/dispatch/", f"/dispatch/{case.number}/"):
        said = text_of(desk.get(page))
        assert "云溪县水务局" in said
        assert "职责：停水、水压、自来水浑浊" in said


def test_the_words_of_the_request_speak_for_a_unit_too(desk, monkeypatch) -> None:
    case = make.case("河边堆满垃圾", topic="phone/市场监管/消费纠纷")
    verdict = Verdict((Ranked("housing", 0.9),), True, ("垃圾", "河边"))
    monkeypatch.setattr(guessing.Reader, "guess", lambda self, kind, text, among: verdict)
    monkeypatch.setattr(guessing.Reader, "learnt", lambda self, kind: True)
    for page in ("/dispatch/", f"/dispatch/{case.number}/"):
        said = text_of(desk.get(page))
        assert "把握中 55%" in said
        assert "诉求文字像其承办的事项（垃圾、河边）" in said


def test_one_press_hands_it_over_and_offers_to_take_it_back(desk) -> None:
    case = make.case()
    answer = desk.post(f"/dispatch/{case.number}/", {"seq": case.seq, "lead": "云溪县水务局"}, follow=True)
    said = text_of(answer)
    assert f"已将 {case.number} 派给云溪县水务局。" in said
    assert "派错了可在 10:01:00 前撤销" in said
    case.refresh_from_db()
    assert case.status == "dispatched"
    said = text_of(desk.post("/dispatch/undo/", {"picked": pick(case)}, follow=True))
    assert "已撤销 1 件派单" in said
    case.refresh_from_db()
    assert case.status == "received"


def test_after_the_minute_the_banner_is_gone_and_the_press_is_refused(desk, monkeypatch, now) -> None:
    case = make.case()
    desk.post(f"/dispatch/{case.number}/", {"seq": case.seq, "lead": "water"})
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=61))
    banner = desk.get("/dispatch/undo/", headers={"hx-request": "true"}).content.decode()
    assert banner.strip() == '<div id="undo"></div>'
    case.refresh_from_db()
    said = text_of(desk.post("/dispatch/undo/", {"picked": pick(case)}, follow=True))
    assert "超过一分钟" in said
    assert Case.objects.get(pk=case.pk).status == "dispatched"


def test_of_a_selection_the_stale_one_is_told_and_the_others_go(desk) -> None:
    cases = [make.case(title) for title in ("一", "二", "三")]
    picked = pick(*cases)
    make.step(cases[1], "supplement")
    given = {"picked": picked, "lead": "云溪县住建局"}
    said = text_of(desk.post("/dispatch/selected/", given, follow=True))
    assert "已将 2 件派给云溪县住建局。" in said
    assert f"{cases[1].number} 刚刚被他人处理过" in said
    assert [Case.objects.get(pk=case.pk).status for case in cases] == ["dispatched", "received", "dispatched"]


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        ("", "请填写派给哪个单位"),
        ("水务局", "您是否要找：云溪县水务局"),
        ("<b>局", "没有名为“<b>局”的承办单位"),
    ],
)
def test_a_selection_without_its_unit_keeps_its_ticks_and_the_words(desk, lead, said) -> None:
    cases = [make.case(title) for title in ("一", "二", "三")]
    answer = desk.post("/dispatch/selected/", {"picked": pick(*cases[:2]), "lead": lead})
    assert answer.status_code == 409
    assert said in text_of(answer)
    page = answer.content.decode()
    ticked = re.findall(r'value="([^"@]+)@[0-9]+" aria-label="勾选 [^"]+" checked', page)
    assert set(ticked) == {case.number for case in cases[:2]}
    assert (
        f'name="lead" list="units" autocomplete="off" placeholder="键入单位名称" value="{html.escape(lead)}"'
        in page
    )
    assert not Case.objects.exclude(status="received").exists()
    again = desk.post(
        "/dispatch/selected/", {"picked": pick(*cases[:2]), "lead": "云溪县水务局"}, follow=True
    )
    assert "已将 2 件派给云溪县水务局。" in text_of(again)


def test_nothing_ticked_is_said_and_the_unit_stays(desk) -> None:
    make.case()
    answer = desk.post("/dispatch/selected/", {"lead": "云溪县水务局"})
    assert (answer.status_code, "没有勾选" in text_of(answer)) == (409, True)
    assert 'value="云溪县水务局"' in answer.content.decode()


def test_a_refused_selection_stays_on_its_page_of_the_queue(desk) -> None:
    for n in range(dispatch.PAGE + 1):
        make.case(f"第{n}件")
    after = re.search(r'after=([0-9-]+)"[^>]*rel="next"', desk.get("/dispatch/").content.decode())[1]
    last = desk.get(f"/dispatch/?after={after}").context["rows"][0].case
    answer = desk.post("/dispatch/selected/", {"picked": pick(last), "lead": "", "after": after})
    assert [row.case for row in answer.context["rows"]] == [last]


def test_a_suggested_unit_is_taken_over_by_a_press_also_without_scripts(desk) -> None:
    for _ in range(3):
        make.case("东街停水", status="answered", unit="water")
    case = make.case("东街停水")
    page = desk.get(f"/dispatch/{case.number}/").content.decode()
    lead, co = (
        html.unescape(each) for each in re.findall(r'name="adopt" value="([^"]+)" data-adopt', page)[:2]
    )
    given = {
        "seq": case.seq,
        "lead": "",
        "co": ["", "云溪县住建局", ""],
        "note": "请当天到现场",
        "adopt": lead,
    }
    answer = desk.post(f"/dispatch/{case.number}/", given)
    assert answer.status_code == 200
    assert answer.context["typed"].lead == "云溪县水务局"
    assert answer.context["typed"].co == ["云溪县住建局"]
    assert "请当天到现场" in text_of(answer)
    helping = desk.post(f"/dispatch/{case.number}/", given | {"lead": "石桥镇", "adopt": co}).context["typed"]
    assert (helping.lead, helping.co) == ("石桥镇", ["云溪县住建局", "云溪县水务局"])
    assert Case.objects.get(pk=case.pk).status == "received"


def test_a_unit_that_usually_helps_is_offered_and_joins_by_a_tick_or_press_alone(desk) -> None:
    for co in (["housing"], ["housing"], ["housing"], ["housing", "market"], []):
        make.case(status="handling", co=co)
    case = make.case(received=make.at(3, 14), caller=make.PersonData())
    why = "相似的 5 件中 4 件由其协办"
    queue = desk.get("/dispatch/")
    assert f"由云溪县住建局协办 {why}" in re.sub(r"\s+", " ", text_of(queue))
    tick = f'form="go-{case.number}" name="co" value="云溪县住建局"'
    assert tick in queue.content.decode()
    assert f'<form id="go-{case.number}"' in queue.content.decode()
    page = desk.get(f"/dispatch/{case.number}/")
    assert (page.context["row"].co, page.context["typed"].co) == ([("云溪县住建局", why)], [])
    pressed = html.unescape(re.findall(r'name="adopt" value="(co=[^"]+)"', page.content.decode())[-1])
    given = {"seq": case.seq, "lead": "云溪县水务局", "co": ["", ""]}
    adopted = desk.post(f"/dispatch/{case.number}/", given | {"adopt": pressed}).context["typed"]
    assert adopted.co == ["云溪县住建局"]
    desk.post(f"/dispatch/{case.number}/", given | {"co": "云溪县住建局"})
    assert [task.unit.code for task in case.assignments.filter(role="co")] == ["housing"]


def test_a_helper_that_is_complained_of_is_not_offered(desk) -> None:
    for _ in range(3):
        make.case(status="handling", co=["housing"])
    case = make.case(received=make.at(3, 14), caller=make.PersonData())
    assert desk.get(f"/dispatch/{case.number}/").context["row"].co
    Accused.objects.create(case=case, kind="unit", unit=Unit.objects.get(code="housing"))
    assert desk.get(f"/dispatch/{case.number}/").context["row"].co == []


def test_the_second_dispatcher_sees_what_happened_and_keeps_the_words(desk, cast) -> None:
    case = make.case()
    seen = case.seq
    make.step(case, "dispatch", units=[{"unit": "housing", "role": "lead"}])
    given = {"seq": seen, "lead": "云溪县水务局", "note": "请当天到现场"}
    answer = desk.post(f"/dispatch/{case.number}/", given)
    said = text_of(answer)
    assert answer.status_code == 409
    assert "刚刚被他人处理过" in said
    assert re.search(r"您打开之后：.*派单至云溪县住建局（牵头）", said, re.DOTALL)
    assert "云溪县水务局" in said
    assert "请当天到现场" in said


def test_an_unknown_unit_is_refused_and_the_form_stands(desk) -> None:
    case = make.case()
    answer = desk.post(f"/dispatch/{case.number}/", {"seq": case.seq, "lead": "水务局", "note": "速办"})
    assert answer.status_code == 409
    assert "您是否要找：云溪县水务局" in text_of(answer)
    assert 'value="水务局"' in answer.content.decode()
    assert "速办" in text_of(answer)


def test_deadlines_and_conflicts_follow_the_units_typed(desk) -> None:
    case = make.case(received=make.at(3, 14))
    Accused.objects.create(case=case, kind="unit", unit=Unit.objects.get(code="market"))
    ask = {"lead": "云溪县水务局", "co": ["云溪县市场监管局", ""]}
    answer = desk.get(f"/dispatch/{case.number}/due/", ask, headers={"hx-request": "true"})
    said = text_of(answer)
    assert "认领时限" in said
    assert "2022-03-16" in said
    assert "云溪县市场监管局”是本件的被反映单位" in said
    assert (
        " 云溪县市场监管局还没有经办人或负责人的账号，派去以后没有人认领" in said
    )  # of the lead nothing is said
    assert "<html" not in answer.content.decode()
    assert case.seq == Case.objects.get(pk=case.pk).seq


def test_a_suggested_unit_that_is_accused_is_flagged_and_not_filled_in(desk) -> None:
    for _ in range(4):
        make.case(status="handling")
    case = make.case(received=make.at(3, 14), caller=make.PersonData())
    Accused.objects.create(case=case, kind="unit", unit=Unit.objects.get(code="water"))
    page = desk.get("/dispatch/")
    assert "须回避" in text_of(page)
    assert "照此派单" not in text_of(page)
    assert 'name="lead" list="units" autocomplete="off" required value=""' in (
        desk.get(f"/dispatch/{case.number}/").content.decode()
    )
    assert "须回避" in text_of(desk.get(f"/dispatch/{case.number}/"))
    given = {"seq": case.seq, "lead": "water"}
    assert "应当回避" in text_of(desk.post(f"/dispatch/{case.number}/", given))
    desk.post(f"/dispatch/{case.number}/", given | {"masked": "1"})
    case.refresh_from_db()
    assert (case.status, case.secret) == ("dispatched", True)


def test_a_repeat_without_new_facts_is_answered_with_the_status(desk) -> None:
    first = make.case(status="handling")
    second = make.case(received=make.at(3, 14))
    assert "没有新的内容，宜答复进展" in text_of(desk.get("/dispatch/"))
    page = text_of(desk.get(f"/dispatch/{second.number}/"))
    assert f"您反映的事项与2022年3月1日已受理的 {first.number} 相同" in page
    given = {"seq": second.seq, "earlier": first.number, "said": "仍在办理，请稍候。"}
    said = text_of(desk.post(f"/dispatch/{second.number}/status/", given, follow=True))
    assert "已答复办理进展" in said
    second.refresh_from_db()
    assert second.status == "answered"


def test_a_full_queue_asks_the_database_at_most_twelve_times(
    desk, django_assert_max_num_queries, monkeypatch
) -> None:
    monkeypatch.setattr(dispatch, "PAGE", 4)
    make.case(status="handling")
    for day in range(1, 8):
        make.case(received=make.at(3, day))
    desk.get("/dispatch/")  # which models are in use is asked once
    with django_assert_max_num_queries(12):
        page = desk.get("/dispatch/")
    assert len(numbers(page)) == 4
    following = re.search(r'href="(/dispatch/\?after=[^"]+)" rel="next"', page.content.decode())
    rest = desk.get(following[1])
    assert len(numbers(rest)) == 3
    assert not set(numbers(rest)) & set(numbers(page))


def test_one_case_asks_the_database_at_most_fifteen_times(desk, django_assert_max_num_queries) -> None:
    make.case(status="handling")
    case = make.case(received=make.at(3, 14))
    desk.get("/dispatch/")  # which models are in use is asked once
    with django_assert_max_num_queries(15):
        desk.get(f"/dispatch/{case.number}/")


def test_ticking_all_needs_no_script(desk) -> None:
    make.case()
    assert " checked>" not in desk.get("/dispatch/").content.decode()
    assert " checked>" in desk.get("/dispatch/?all=1").content.decode()


def test_a_queue_outlives_a_calendar_that_ends_too_soon(client, cast, monkeypatch) -> None:
    at = make.at(12, 30)
    monkeypatch.setattr(timezone, "now", lambda: at)
    make.case(received=make.at(12, 28), nature="inquiry")
    client.force_login(cast.dispatcher)
    assert "日历未载入，算不出" in text_of(client.get("/dispatch/"))


def test_the_case_page_keeps_the_accused_unit_out_as_well(desk) -> None:
    case = make.case()
    Accused.objects.create(case=case, kind="unit", unit=Unit.objects.get(code="water"))
    given = {"seq": case.seq, "on": 0, "lead": "water"}
    assert "应当回避" in text_of(desk.post(f"/cases/{case.number}/moves/dispatch/", given))
    assert Case.objects.get(pk=case.pk).status == "received"
