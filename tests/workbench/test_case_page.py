"""One case on one page, and the moves made there."""

import html
import re
from urllib.parse import quote

import pytest

from huiying.accounts.models import Trail
from huiying.cases import lifecycle, permissions
from huiying.cases.models import Case, Reply
from huiying.cases.moves import MOVES
from huiying.dispatch import repeats
from huiying.quality import calls
from huiying.workbench import case_page, move_forms, move_links, reply
from tests import make

pytestmark = pytest.mark.django_db


def text_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def look(client):
    """`look(user, case)` gives the page as that person gets it."""

    def look(user, case):
        client.force_login(user)
        return client.get(f"/cases/{case.number}/")

    return look


def test_what_the_words_mention_leads_to_others_that_do(look, cast) -> None:
    body = "翠屏新城小区楼下云河装饰有限公司夜间施工，联系人王小明，押金300元。"
    page = look(cast.operator, make.case("翠屏新城小区噪声", body=body)).content.decode()
    assert f'href="/cases/?q={quote("翠屏新城")}"' in page
    assert f'href="/cases/?q={quote("云河装饰")}"' in page
    mentioned = page[page.index("文中提到") : page.index("</section>")]
    assert "300元" in mentioned
    assert "王小明" not in mentioned


def test_the_page_tells_everything_about_a_case(look, cast) -> None:
    case = make.case(status="reviewing", co=["housing"], village="东街村", urgency="urgent")
    Reply.objects.create(
        assignment=case.assignments.get(no=1),
        no=1,
        handling_report="更换了管段。",
        contact_record="电话告知了诉求人。",
        public_answer="您好，水管已经更换。",
        author=cast.clerk,
        drafted_at=make.at(3, 2),
    )
    said = text_of(look(cast.reviewer, case))
    for words in (
        case.title,
        "待审核",
        "紧急",
        "已有三天",
        "石桥镇 东街村",
        "其他诉求十个工作日",
        "云溪县热线办理规程第10条",
        "云溪县水务局",
        "协办",
        "更换了管段。",
        "电话告知了诉求人。",
        "您好，水管已经更换。",
        "派单至云溪县水务局（牵头）、云溪县住建局（协办）",
    ):
        assert words in said, words


def test_the_citizen_is_shown_masked(look, cast) -> None:
    said = text_of(look(cast.dispatcher, make.case()))
    assert "何某某" in said
    assert "139****1234" in said
    assert "何秀英" not in said
    assert "13900001234" not in said


@pytest.mark.parametrize("how", [{"secret": True}, {"nature": "tip"}])
def test_of_a_protected_case_the_unit_learns_nothing_of_the_citizen(look, cast, how) -> None:
    case = make.case(status="handling", **how)
    make.case("同一人的另一件")
    said = text_of(look(cast.clerk, case))
    assert "本件保护诉求人" in said
    assert "何某某" not in said
    assert "同一人的另一件" not in said
    assert "何某某" in text_of(look(cast.dispatcher, case))


def test_every_clock_shows_its_last_day_in_words_and_the_rule_behind_it(look, cast, now) -> None:
    case = make.case(status="handling", nature="inquiry", received=make.at(3, 11))  # a Friday
    said = text_of(look(cast.operator, case))
    assert "2022-03-16" in said  # three working days on; the clock's end is the next midnight
    assert "还剩1个工作日" in said
    assert "咨询三个工作日" in said
    assert "按时完成" in said  # the claim


def test_a_case_out_of_reach_is_not_there(client, cast) -> None:
    case = make.case(status="handling", unit="water")
    for user, status in [
        (cast.clerk, 200),
        (cast.other_clerk, 404),
        (cast.stranger, 404),
        (cast.auditor, 404),
    ]:
        client.force_login(user)
        assert client.get(f"/cases/{case.number}/").status_code == status
        assert client.post(f"/cases/{case.number}/moves/urge/").status_code in {status, 409}
    assert client.get("/cases/R209901/").status_code == 404


def test_the_page_asks_the_database_at_most_fifteen_times(
    client, cast, django_assert_max_num_queries
) -> None:
    case = make.case(status="returning", co=["housing", "market"])
    for _ in range(16):
        make.case()
    for user in (cast.dispatcher, cast.clerk):
        client.force_login(user)
        with django_assert_max_num_queries(15):
            client.get(f"/cases/{case.number}/")


def test_the_clerk_claims_with_one_button(client, cast, now) -> None:
    case = make.case(status="dispatched", received=make.at(3, 14))
    client.force_login(cast.clerk)
    answer = client.post(f"/cases/{case.number}/moves/claim/", {"seq": case.seq, "on": 1}, follow=True)
    assert "已认领。" in text_of(answer)
    case.refresh_from_db()
    assert case.status == "handling"
    assert case.events.last().actor == cast.clerk


def test_the_second_press_of_a_button_is_told_and_changes_nothing(client, cast) -> None:
    case = make.case(status="dispatched")
    client.force_login(cast.clerk)
    given = {"seq": case.seq, "on": 1}
    client.post(f"/cases/{case.number}/moves/claim/", given)
    again = client.post(f"/cases/{case.number}/moves/claim/", given)
    assert again.status_code == 409
    assert "刚刚被他人处理过" in text_of(again)
    assert case.events.filter(kind="claim").count() == 1


def test_a_stale_write_is_refused_and_the_typed_words_are_kept(client, cast) -> None:
    case = make.case(status="handling")
    seen = case.seq
    make.step(case, "urge")
    client.force_login(cast.leader)
    given = {"seq": seen, "on": 0, "note": "请于周五前<书面>反馈。"}
    answer = client.post(f"/cases/{case.number}/moves/instruct/", given)
    assert answer.status_code == 409
    assert "刚刚被他人处理过" in text_of(answer)
    assert "请于周五前&lt;书面&gt;反馈。</textarea>" in answer.content.decode()
    assert f'name="seq" value="{case.seq}"' in answer.content.decode()  # sent again, it counts
    assert not case.events.filter(kind="instruct").exists()


def test_who_dispatches_second_still_sees_what_was_typed(client, cast) -> None:
    case = make.case(status="received")
    seen = case.seq
    make.step(case, "dispatch", units=[{"unit": "water", "role": "lead"}])
    client.force_login(cast.dispatcher)
    given = {"seq": seen, "on": 0, "lead": "housing", "co": ["market", "water"], "note": "请<尽快>查看"}
    answer = client.post(f"/cases/{case.number}/moves/dispatch/", given)
    assert answer.status_code == 409
    assert answer.context["typed"] == [
        ("牵头单位", "云溪县住建局"),
        ("协办单位（可多选，按住 Ctrl）", "云溪县市场监管局、云溪县水务局"),
        ("说明（可不填）", "请<尽快>查看"),
    ]
    assert "请&lt;尽快&gt;查看" in answer.content.decode()
    assert "您刚才填写的" in text_of(answer)


def test_a_choice_that_is_no_longer_offered_is_still_shown(client, cast) -> None:
    case = make.case(status="handling")
    seen = case.seq
    make.step(case, "add_co", units=[{"unit": "housing", "role": "co"}])
    client.force_login(cast.dispatcher)
    answer = client.post(f"/cases/{case.number}/moves/add_co/", {"seq": seen, "on": 0, "co": ["housing"]})
    assert answer.context["typed"] == [("协办单位", "云溪县住建局")]
    answer = client.post(f"/cases/{case.number}/moves/add_co/", {"seq": seen, "on": 0, "co": ["market"]})
    assert answer.context["typed"] == []  # the form below holds it


def test_the_address_of_a_refused_move_leads_to_the_case(client, cast) -> None:
    case = make.case(status="handling")
    client.force_login(cast.clerk)
    answer = client.get(f"/cases/{case.number}/moves/claim/")
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.number}/")
    assert case.events.filter(kind="claim").count() == 1


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("pause", {"reason": "", "note": "等鉴定"}, "请选择“理由”"),
        ("pause", {"reason": "whatever", "note": "等鉴定"}, "中没有“whatever”"),
        ("cancel", {"note": " "}, "请填写“理由”"),
        ("grant_extension", {"until": "下周"}, "填写日期"),
    ],
)
def test_an_incomplete_form_is_told_what_is_missing(client, cast, name, given, said) -> None:
    case = make.case(status="handling")
    client.force_login(cast.dispatcher)
    answer = client.post(f"/cases/{case.number}/moves/{name}/", {"seq": case.seq, "on": 1, **given})
    assert answer.status_code == 409
    assert said in text_of(answer)
    assert case.events.filter(kind=name).count() == 0


def test_a_move_that_is_not_ones_own_is_refused_with_the_reason(client, cast) -> None:
    case = make.case(status="handling")
    client.force_login(cast.clerk)
    answer = client.post(f"/cases/{case.number}/moves/urge/", {"seq": case.seq, "note": "快"})
    assert answer.status_code == 409
    assert "由督办员或派单员办理" in text_of(answer)


def test_a_move_that_is_no_move_is_not_there(client, cast) -> None:
    case = make.case()
    client.force_login(cast.dispatcher)
    assert client.post(f"/cases/{case.number}/moves/explode/").status_code == 404
    assert client.put(f"/cases/{case.number}/moves/recall/").status_code == 405


def test_a_day_in_the_office_can_be_worked_from_the_page(client, cast) -> None:
    """Dispatch, claim, return asked and refused, extension, contact, recall: every form once, in order."""
    case = make.case(received=make.at(3, 14, 9))

    def make_move(user, name, on=0, **given):
        client.force_login(user)
        case.refresh_from_db()
        answer = client.post(f"/cases/{case.number}/moves/{name}/", {"seq": case.seq, "on": on, **given})
        assert answer.status_code == 302, text_of(answer)

    make_move(cast.dispatcher, "dispatch", lead="water", co=["housing", "market"])

    def work(user, name, **given):
        client.force_login(user)
        case.refresh_from_db()
        answer = client.post(f"/cases/{case.number}/task/1/{name}/", {"seq": case.seq, **given})
        assert answer.status_code == 302, text_of(answer)

    asked = {"return_reason": "not_ours", "return_basis": "管网属住建", "return_proposed": "housing"}
    work(cast.clerk, "ask_return", **asked)
    make_move(cast.dispatcher, "refuse_return", 1, note="三定方案明确由你局负责")
    make_move(cast.clerk, "claim", 1)
    told = {"way": "phone", "aim": "inform", "result": "reached", "said": "约定周四到场"}
    work(cast.clerk, "contact", talked_at="2022-03-15T10:00", who="陈静", **told)
    work(cast.clerk, "ask_extension", until="2022-04-20", extension_reason="等管材")
    make_move(cast.dispatcher, "grant_extension", 1, until="2022-04-15")
    make_move(cast.supervisor, "urge")
    make_move(cast.leader, "instruct", note="请抓紧。")
    assert [task.unit.code for task in case.assignments.all()] == ["water", "housing", "market"]
    state = lifecycle.state_of(case)
    assert state.tasks[1].extended == 1
    assert state.rulings[0].decision == "refused"
    client.force_login(cast.dispatcher)
    said = text_of(client.get(f"/cases/{case.number}/"))
    assert "云溪县水务局申请退办：不属于本单位职责，建议由云溪县住建局承办" in said
    assert "同意云溪县水务局延期至2022年4月15日" in said
    assert "三定方案明确由你局负责" in said


def test_the_office_leaves_itself_and_the_unit_a_remark_that_the_citizen_never_sees(
    client, cast, town, now
) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    address = f"/cases/{case.number}/moves/remark/"
    given = {"seq": case.seq, "on": 0, "note": "诉求人晚上在家，请七点后联系。"}
    client.force_login(cast.clerk)
    assert client.post(address, given).status_code in {403, 409}
    client.force_login(cast.callback)
    client.post(address, given)
    client.force_login(cast.clerk)
    assert "七点后联系" in text_of(client.get(f"/cases/{case.number}/"))
    assert case.events.get(kind="remark").actor == cast.callback
    assert (MOVES["remark"].citizen, Case.objects.get().status) == ("", "handling")


def test_the_moves_shown_are_those_that_work_and_the_others_say_why_not(cast, town, now) -> None:
    """Every role, every status: what is offered passes permission and guards, what is not has a reason."""
    offered = set()
    for status in make.STEPS:
        case = make.case(status=status)
        state = lifecycle.state_of(case)
        for user in cast.everybody():
            may, may_not, elsewhere = case_page.moves_for(user, state, town, now)
            for each in may:
                unit = town.units[state.tasks[each.on].unit] if each.on else None
                assert permissions.why_not(user, each.move, unit) == ""
                offered.add(each.move.name)
            assert all(each.why for each in may_not)
            shown = {m.move.name for m in may} | {m.move.name for m in may_not}
            assert not shown & set(elsewhere) & set(move_forms.FORMS)
    assert {"dispatch", "claim", "release", "close", "designate", "interim", "reopen"} <= offered


def test_every_form_filled_in_rightly_can_be_read_and_belongs_to_a_move(town) -> None:
    for name in move_forms.FORMS:
        assert name in MOVES
        assert isinstance(move_forms.sample(name, town), dict)
    needing = {name for name, move in MOVES.items() if move.reason}
    for name in needing & set(move_forms.FORMS):
        assert {"note", "reason"} & set(move_forms.sample(name, town)), name


def test_moves_whose_titles_are_alike_say_what_they_lead_to(client, cast) -> None:
    assert move_forms.HINTS.keys() <= move_forms.FORMS.keys()
    client.force_login(cast.dispatcher)
    page = client.get(f"/cases/{make.case(status='dispatched').number}/").content.decode()
    for name in ("recall", "cancel", "withdraw"):
        assert page.count(move_forms.HINTS[name]) == 1


ON_ANOTHER_PAGE = {"register"} | set(reply.MOVES_HERE) | set(move_links.PAGES)
ONE_PRESS = {"claim", "drop_return"}
"""What asks for nothing but a press, on the task's page too."""
OF_THEMSELVES = {"absorb", "erase", "reckon"}


def test_every_move_of_a_person_is_made_on_some_page_and_by_one_door() -> None:
    assert set(MOVES) == set(move_forms.FORMS) | ON_ANOTHER_PAGE | OF_THEMSELVES
    assert set(move_forms.FORMS) & ON_ANOTHER_PAGE == ONE_PRESS


def test_what_has_a_page_of_its_own_is_linked_or_says_why_not(look, client, cast, town, now) -> None:
    def page(user, case):
        answer = look(user, case)
        closed = {each.move.name: each.why for each in answer.context["closed_moves"]}
        return dict(answer.context["linked"]), closed

    fresh, open_one = make.case(), make.case(status="handling")
    assert page(cast.supervisor, open_one)[0] == {"发督办函": f"/supervision/{open_one.number}/letter/"}
    links, closed = page(cast.supervisor, fresh)
    assert (links, closed["supervise"]) == ({}, "没有在办的承办单位，没有可以发函的对象。")
    assert page(cast.admin, fresh)[0] == {"更正记录": f"/cases/{fresh.number}/amend/"}
    done = make.case(status="closed", received=make.at(3, 7))
    assert "没有待回访的任务" in page(cast.callback, done)[1]["call_back"]
    calls.plan(town, now)
    links, closed = page(cast.callback, done)
    assert links == {"登记回访": f"/callbacks/{done.call_backs.get().pk}/"}
    assert client.get(links["登记回访"]).status_code == 200
    assert client.post(f"/cases/{done.number}/moves/call_back/", {"outcome": "reached"}).status_code == 404


def test_what_others_do_stands_under_its_reason_and_ones_own_in_full(look, cast) -> None:
    answer = look(cast.clerk, make.case(status="handling", received=make.at(3, 14)))
    own = {each.move.name for each in answer.context["own_closed"]}
    others = answer.context["others_closed"]
    assert own == {"answer"}  # her own role's, which the office has not allowed here
    assert "增加协办" in others["由派单员办理。"]
    assert len(others) < sum(map(len, others.values())) / 2
    assert "value" not in re.search(r'<input id="unmask-why"[^>]*>', answer.content.decode())[0]


def test_a_repeat_that_was_answered_leads_to_the_case_it_repeats(look, cast, now) -> None:
    earlier = make.case(status="handling", received=make.at(3, 10))
    again = make.case(received=make.at(3, 15, 9))
    repeats.answer_with_status(again, earlier=earlier.number, said="正在办理。", by=cast.dispatcher, at=now)
    page = look(cast.dispatcher, again).content.decode()
    assert f'<a href="/cases/{earlier.number}/">' in page
    assert "本件是它的重复件" in page
    back = look(cast.dispatcher, earlier).content.decode()
    assert f'<a href="/cases/{again.number}/">' in back
    assert "同类" in back


def test_a_later_limit_is_asked_for_from_the_day_after_the_present_one(look, cast) -> None:
    case = make.case(status="handling", received=make.at(3, 14))
    make.step(case, "ask_extension", on=1, proposed="2022-04-08", when=make.at(3, 14, 13))
    offered = look(cast.dispatcher, case).context["open_moves"]
    form = next(each for each in offered if each.move.name == "grant_extension")
    assert [(each.least, each.value) for each in form.inputs[:1]] == [("2022-03-29", "2022-04-08")]
    said = look(cast.dispatcher, case).content.decode()
    assert 'min="2022-03-29" value="2022-04-08"' in said
    assert "申请延期（延至：2022-04-08）" in said


def test_what_a_case_is_about_is_corrected_where_it_stands_in_the_form(client, cast) -> None:
    case = make.case(status="handling", accused=["market"])
    client.force_login(cast.reviewer)
    page = client.get(f"/cases/{case.number}/")
    form = next(each for each in page.context["open_moves"] if each.move.name == "reclassify")
    held = {each.field.name: each.values for each in form.inputs}
    assert held == {
        "nature": ["complaint"],
        "topic": ["phone/城乡建设/供水"],
        "area": ["stone"],
        "urgency": ["normal"],
        "accused": ["market"],
        "note": [],
    }
    topics = next(each.options for each in form.inputs if each.field.name == "topic")
    assert ("phone/城乡建设/燃气", "城乡建设 — 燃气") in topics
    assert not [path for path, _ in topics if path.startswith("net/")]
    given = {"seq": case.seq, "nature": "inquiry", "topic": "phone/城乡建设/燃气", "urgency": "normal"}
    answer = client.post(f"/cases/{case.number}/moves/reclassify/", given | {"accused": ["stone"]})
    assert answer.status_code == 302, text_of(answer)
    case.refresh_from_db()
    assert (case.nature.code, case.topic.path) == ("inquiry", "phone/城乡建设/燃气")
    said = text_of(client.get(f"/cases/{case.number}/"))
    assert "核定分类，性质为咨询，内容分类为城乡建设—燃气，被反映单位为石桥镇" in said


def test_two_cases_are_merged_and_taken_apart_from_the_page(client, cast) -> None:
    first, second = make.case("水压太低"), make.case("停水")
    client.force_login(cast.dispatcher)
    given = {"seq": second.seq, "into": first.number, "note": "同一事项"}
    assert client.post(f"/cases/{second.number}/moves/merge/", given).status_code == 302
    second.refresh_from_db()
    given = {"seq": second.seq, "note": "并错了"}
    assert client.post(f"/cases/{second.number}/moves/unmerge/", given).status_code == 302
    second.refresh_from_db()
    assert (second.status, second.merged_into) == ("received", None)
    answer = client.post(f"/cases/{second.number}/moves/merge/", {"seq": second.seq, "into": "R1"})
    assert "没有编号为“R1”的诉求件" in text_of(answer)


def test_the_citizen_s_own_words_stand_with_the_request(client, cast) -> None:
    case = make.case(status="handling")
    client.force_login(cast.operator)
    given = {"seq": case.seq, "note": "夜里也没有水。"}
    assert client.post(f"/cases/{case.number}/moves/supplement/", given).status_code == 302
    page = client.get(f"/cases/{case.number}/")
    assert [text.text for text in page.context["requests"]][1:] == ["夜里也没有水。"]
    assert "补充了诉求内容" in text_of(page)


def test_the_citizen_is_seen_in_clear_with_a_reason_and_on_record(client, cast) -> None:
    case = make.case(status="handling")
    client.force_login(cast.clerk)
    url = f"/cases/{case.number}/citizen/"
    assert "13900001234" not in text_of(client.get(f"/cases/{case.number}/"))
    part = client.post(url, {"why": "约定上门时间"}, headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<div id="citizen">')
    assert "何秀英 13900001234" in re.sub(r"\s+", " ", text_of(part))
    assert "何秀英 13900001234" in re.sub(r"\s+", " ", text_of(client.post(url, {"why": "再次联系"})))
    lines = Trail.objects.filter(kind="unmask").order_by("pk")
    assert [(line.subject, line.reason) for line in lines] == [
        (case.number, "约定上门时间"),
        (case.number, "再次联系"),
    ]
    assert "请写明查看的理由" in text_of(client.post(url, {"why": " "}))
    client.force_login(cast.leader)
    assert "查看姓名和电话" not in text_of(client.get(f"/cases/{case.number}/"))
    assert "13900001234" not in text_of(client.post(url, {"why": "看看"}))
    client.force_login(cast.other_clerk)
    assert client.post(url, {"why": "看看"}).status_code == 404


def test_units_already_at_work_are_not_offered_again(cast, town, now) -> None:
    case = make.case(status="handling", unit="housing", co=["water"])  # housing comes first in the office
    may, _, _ = case_page.moves_for(cast.dispatcher, lifecycle.state_of(case), town, now)
    add = next(each for each in may if each.move.name == "add_co")
    assert [code for code, _ in add.inputs[0].options] == ["housing-gas", "market", "stone", "maple"]


def test_who_takes_over_from_a_co_unit_is_a_co_unit(client, cast) -> None:
    case = make.case(status="handling", unit="water", co=["housing"])
    make.step(case, "ask_return", on=2, reason="not_ours", when=make.at(3, 2))
    client.force_login(cast.dispatcher)
    given = {"seq": case.seq, "on": 2, "co": ["market"]}
    answer = client.post(f"/cases/{case.number}/moves/redirect_return/", given)
    assert answer.status_code == 302, text_of(answer)
    assert [(t.unit.code, t.role, t.status) for t in case.assignments.all()] == [
        ("water", "lead", "claimed"),
        ("housing", "co", "returned"),
        ("market", "co", "assigned"),
    ]


def test_merged_cases_lead_to_each_other(look, cast) -> None:
    first, second = make.case("水压太低"), make.case("停水")
    lifecycle.merge(
        Case.objects.get(pk=second.pk), Case.objects.get(pk=first.pk), by=cast.dispatcher, at=make.at(3, 9)
    )
    assert f"本件已并入 {first.number}" in re.sub(r"\s+", " ", text_of(look(cast.dispatcher, second)))
    assert f"并入本件 {second.number}" in re.sub(r"\s+", " ", text_of(look(cast.dispatcher, first)))


def test_a_text_that_was_erased_leaves_only_its_place(look, cast) -> None:
    case = make.case(body="这些话要删除")
    case.texts.update(text="", erased_at=make.at(3, 9))
    said = text_of(look(cast.dispatcher, case))
    assert "内容已按规定删除" in said
    assert "这些话要删除" not in said


def test_what_a_citizen_wrote_is_never_run(look, cast) -> None:
    case = make.case("<script>alert(1)</script>", body="<img src=x onerror=alert(2)>")
    page = look(cast.dispatcher, case).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_dispatcher_finds_the_reason_for_a_pause_while_the_citizen_is_waited_for(look, cast) -> None:
    case = make.case(status="handling")

    def reason() -> str:
        answer = look(cast.dispatcher, case)
        (pause,) = (each for each in answer.context["open_moves"] if each.move.name == "pause")
        assert [given.field.name for given in pause.inputs] == ["reason", "note"]
        return pause.inputs[0].value

    assert reason() == ""
    make.step(case, "contact", on=1, aim="ask")
    assert reason() == "citizen"
