"""登记台 and 来电抽评: one form on the phone, and the calls that are listened to afterwards."""

import html
import re

import pytest

from huiying.accounts.models import Unit
from huiying.cases.models import Case, Office
from huiying.intake import calls, drafts, shifts
from huiying.intake.kinds import CRITERIA
from huiying.intake.models import CallerNote, CallLog, CallScore, Draft, Shift
from huiying.mining import guessing
from huiying.mining.classify import Ranked, Verdict
from tests import make

pytestmark = pytest.mark.django_db
FORM = {
    "key": "k1",
    "phone": "13900001234",
    "name": "何秀英",
    "title": "东街何时恢复供水",
    "body": "已停水一天。",
    "channel": "hotline",
    "nature": "inquiry",
    "topic": "phone/城乡建设/供水",
    "area": "stone",
    "village": "东街村",
    "urgency": "urgent",
}


def text_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def send(client, cast):
    """`send(path, **form)` posts as the operator (or as `user`) and follows to the page that comes."""

    def send(path="", user=None, follow=True, **form):
        client.force_login(user or cast.operator)
        return client.post(f"/intake/{path}", form, follow=follow)

    return send


@pytest.fixture
def part(client, cast):
    """`part(target, user, **form)` is what htmx gets for that target."""

    def part(target, user=None, **form):
        client.force_login(user or cast.operator)
        headers = {"HX-Request": "true", "HX-Target": target}
        return client.post("/intake/", form, headers=headers)

    return part


def test_a_request_is_answered_at_once(send) -> None:
    said = text_of(send(**FORM, way="answer", answer="今晚八点恢复。"))
    case = Case.objects.get()
    assert f"{case.number} 已登记，已答复" in said
    assert (case.village, case.urgency, case.area.name) == ("东街村", "urgent", "石桥镇")
    assert case.texts.get(kind="note").text == "今晚八点恢复。"
    assert "今晚八点" not in said  # the next form is empty


def test_a_request_with_two_issues_waits_for_the_dispatcher(send) -> None:
    send(**FORM, way="queue", issue2_title="水价太高", issue2_nature="complaint", secret="1")
    case = Case.objects.get()
    assert case.status == "received"
    assert case.secret
    assert [issue.title for issue in case.issues.all()] == ["东街何时恢复供水", "水价太高"]


def test_the_unit_complained_of_is_named_at_the_desk_and_does_not_get_the_case(send, cast) -> None:
    send(**FORM, way="queue", accused="water")
    case = Case.objects.get()
    assert [row.unit.code for row in case.accused.all()] == ["water"]
    said = text_of(
        send(**FORM | {"key": "k2"}, way="queue", accused="water", unit="water", user=cast.dispatcher)
    )
    assert "应当回避" in said
    assert Case.objects.count() == 1


def test_a_refusal_says_what_to_tell_the_caller(send) -> None:
    said = text_of(send(**FORM, way="refuse", reason="discipline"))
    assert "请拨打 12388 或向纪检监察机关反映" in said
    assert Case.objects.get().ending == "refused"


def test_what_is_missing_is_said_and_everything_typed_stays(send, cast) -> None:
    answer = send(**FORM, way="answer", answer="")
    assert answer.status_code == 409
    assert "直接答复请填写答复内容" in text_of(answer)
    for words in ("13900001234", "何秀英", "已停水一天。", "东街村"):
        assert words in answer.content.decode()
    assert drafts.read(drafts.open_drafts(cast.operator)[0])["body"] == "已停水一天。"
    answer = send(**FORM | {"title": "", "nature": ""}, way="queue")
    assert "请填写标题。转办请选定性质" in text_of(answer)
    assert re.findall(r'name="(\w+)"[^>]*autofocus', answer.content.decode()) == ["title"]


def test_a_form_sent_twice_is_one_case_and_says_its_number(send) -> None:
    send(**FORM, way="queue")
    said = text_of(send(**FORM, way="queue"))
    assert Case.objects.get().number in said


def test_a_form_thrown_away_elsewhere_is_not_lost_when_sent(send, cast) -> None:
    drafts.finish(cast.operator, "k1", at=make.at(3, 15))
    answer = send(**FORM, way="queue")
    assert answer.status_code == 409
    assert "已停水一天。" in answer.content.decode()
    assert 'name="key" value="k1"' not in answer.content.decode()


def test_the_draft_is_saved_and_comes_back_on_opening(send, client) -> None:
    assert "草稿已存" in text_of(send("draft/", **FORM))
    page = client.get("/intake/")
    assert "已恢复" in text_of(page)
    assert "已停水一天。" in page.content.decode()
    assert "草稿已丢弃" in text_of(send("discard/", key="k1"))
    assert "已停水一天。" not in client.get("/intake/").content.decode()


def test_another_unfinished_form_is_offered_and_nobody_elses(send, client, cast) -> None:
    send("draft/", **FORM)
    page = client.get("/intake/?draft=another").content.decode()
    assert 'name="key" value="another"' in page
    assert "/intake/?draft=k1" in page
    client.force_login(cast.dispatcher)
    assert "k1" not in client.get("/intake/").content.decode()
    assert "已停水一天。" not in client.get("/intake/?draft=k1").content.decode()


def test_the_caller_and_like_cases_appear_beside_the_form(part, cast) -> None:
    case = make.case("东街供水何时恢复")
    calls.note_number("13900001234", "听力不便", by=cast.supervisor, at=make.at(3, 15))
    said = text_of(part("known", phone="13900001234", title="东街何时恢复供水"))
    for words in ("何某某", "1 次，其中诉求 1 件", "听力不便", "相似的在办件", case.number, "建议"):
        assert words in said, words
    assert "何秀英" not in said
    assert "首次来电" in text_of(part("known", phone="13900005678"))


def test_the_fragment_is_what_a_fresh_page_shows(part, send) -> None:
    make.case("东街供水何时恢复")
    form = {"phone": "13900001234", "title": "东街何时恢复供水", "key": "k1"}
    told, piece = part("known", **form).content.decode().strip().split("\n", 1)
    page, link = send(**form).content.decode(), '<a href="#alike" tabindex="-1">有 1 件相似的在办</a>'
    assert piece in page
    assert link in told
    assert page.count(link) == 1
    tips = part("known", **form).context["tips"]
    assert tips
    assert f'<a href="#tips" tabindex="-1">建议 {len(tips)} 条</a>' in told


def heard(monkeypatch, *, certain: bool) -> None:
    """The model hears water in whatever is typed."""
    ranked = (Ranked("phone/城乡建设/供水", 0.914), Ranked("phone/城乡建设/燃气", 0.06))

    def guess(self, kind, text, among):
        return Verdict(ranked, certain, ("自来水", "发黄")) if kind == "topic" else None

    monkeypatch.setattr(guessing.Reader, "guess", guess)


def plain(answer) -> str:
    return " ".join(text_of(answer).split())


def test_what_the_model_is_certain_of_is_suggested_with_its_words(part, monkeypatch) -> None:
    heard(monkeypatch, certain=True)
    said = plain(part("known", title="家里自来水发黄", channel="hotline"))
    assert "分类：城乡建设 — 供水 把握 91%，依据“自来水”“发黄”" in said
    assert "不确定" not in said


def test_what_it_is_not_certain_of_is_offered_as_a_doubt_and_not_adopted_with_the_rest(
    part, monkeypatch
) -> None:
    heard(monkeypatch, certain=False)
    page = part("known", title="家里自来水发黄", channel="hotline")
    assert "分类 不确定 城乡建设 — 供水 91% 城乡建设 — 燃气 6% 依据：自来水、发黄" in plain(page)
    assert "全部采用" not in page.content.decode()


def test_where_the_leaf_is_open_the_level_above_it_is_offered(part, monkeypatch) -> None:
    ranked = (Ranked(WATER, 0.55), Ranked(GAS, 0.42))
    verdict = Verdict(ranked, False, ("自来水",), Ranked("phone/城乡建设", 0.97))
    monkeypatch.setattr(
        guessing.Reader, "guess", lambda self, kind, text, among: verdict if kind == "topic" else None
    )
    said = plain(part("known", title="家里自来水发黄", channel="hotline"))
    assert "城乡建设 — 燃气 42% 城乡建设 97%，可先定到这一级" in said


WATER, GAS = "phone/城乡建设/供水", "phone/城乡建设/燃气"


@pytest.mark.parametrize(
    ("topic", "learnt", "shown"),
    [
        (WATER, True, "分类：城乡建设 — 供水 相似的 1 件中 1 件，文字也像（自来水、发黄）"),
        (GAS, True, "分类 不确定 城乡建设 — 燃气 相似的 1 件中 1 件 城乡建设 — 供水 91% 依据：自来水、发黄"),
        (GAS, False, "分类：城乡建设 — 燃气 相似的 1 件中 1 件"),
    ],
)
def test_like_cases_and_unsure_words_are_one_opinion(part, monkeypatch, topic, learnt, shown) -> None:
    make.case("家里自来水发黄三天", topic=topic)
    heard(monkeypatch, certain=False)
    monkeypatch.setattr(guessing.Reader, "learnt", lambda self, kind: learnt)
    said = plain(part("known", title="家里自来水发黄", channel="hotline"))
    assert shown in said
    assert said.count("分类：") + said.count("分类 不确定") == 1


def test_a_topic_that_is_chosen_is_not_guessed(part, monkeypatch) -> None:
    heard(monkeypatch, certain=True)
    given = {"title": "家里自来水发黄", "channel": "hotline", "topic": "phone/城乡建设/燃气"}
    assert "自来水”" not in text_of(part("known", **given))


def test_before_anything_is_learnt_names_are_a_doubt(part) -> None:
    said = plain(part("known", title="小区燃气停了", channel="hotline"))
    assert re.search(r"分类 不确定 城乡建设 — 燃气 \d+%", said)


def test_a_unit_is_suggested_to_those_who_dispatch(part, cast) -> None:
    make.case("东街供水何时恢复", status="handling")
    form = {"title": "东街何时恢复供水", "channel": "hotline"}
    assert "承办单位：云溪县水务局" in text_of(part("known", user=cast.dispatcher, **form))
    assert "承办单位" not in text_of(part("known", **form))


def test_before_any_case_the_duties_suggest_units_to_those_who_dispatch(part, cast) -> None:
    Unit.objects.filter(code="water").update(duties=["停水、水压、自来水浑浊"])
    Office.touch()
    form = {"title": "水压太小放不出水", "channel": "hotline"}
    said = plain(part("known", user=cast.dispatcher, **form))
    assert re.search(r"承办单位 不确定 云溪县水务局 \d+%.* 依据：[^ ]*水压", said)
    assert "承办单位" not in plain(part("known", **form))


def test_the_unit_complained_of_does_not_get_the_case_and_nothing_is_kept(send, cast) -> None:
    about = FORM | {"title": "云溪县水务局工作人员收受好处", "nature": "tip", "way": "queue"}
    page = send(user=cast.dispatcher, **about, unit="water")
    assert "回避" in text_of(page)
    assert "云溪县水务局工作人员收受好处" in page.content.decode()  # what was typed stays
    assert not Case.objects.exists()
    send(user=cast.dispatcher, **about, unit="housing")
    assert Case.objects.get().lead.unit.code == "housing"


def test_a_suggestion_is_adopted_with_scripts_off(send) -> None:
    page = send(title="停水", adopt="nature=complaint&topic=phone%2F城乡建设%2F供水").content.decode()
    assert '<option value="complaint" selected>' in page
    assert 'value="城乡建设 — 供水" maxlength' in page


def test_all_at_once_leaves_what_was_chosen_meanwhile(send) -> None:
    page = send(title="停水", nature="inquiry", adopt="all=1&nature=complaint&area=stone").content.decode()
    assert '<option value="inquiry" selected>' in page
    assert '<option value="stone" selected>' in page


def test_a_title_is_suggested_out_of_what_was_said_and_taken_over_by_a_press(part, send) -> None:
    body = "您好，我是滨江大道路灯不亮。"
    page = part("known", body=body)
    assert "标题 不确定 滨江大道路灯不亮问题 依据：诉求内容的开头" in plain(page)
    assert "全部采用" not in page.content.decode()
    adopted = html.unescape(re.search(r'value="(title=[^"&]*)"', page.content.decode())[1])
    assert 'name="title" value="滨江大道路灯不亮问题"' in send(body=body, adopt=adopted).content.decode()
    assert "诉求内容的开头" not in plain(part("known", body=body, title="路灯"))


def test_the_place_and_a_wish_for_secrecy_are_heard_in_what_was_said(part, send) -> None:
    body = "石桥镇的水管坏了，请为我保密。"
    said = plain(part("known", body=body))
    assert "区域：石桥镇 诉求中写到 保密：要求保密 诉求中写到“请为我保密”" in said
    page = send(body=body, adopt="area=stone&secret=1").content.decode()
    assert '<option value="stone" selected>' in page
    assert 'name="secret" value="1" checked' in page
    assert "诉求中写到" not in plain(part("known", body=body, area="stone", secret="1"))
    assert "区域：" not in plain(part("known", body="石桥镇和枫林乡都停水了"))


def test_a_channel_brings_its_own_topics(part) -> None:
    said = part("topics", channel="mailbox").content.decode()
    assert '<option value="民生 — 供水">' in said
    assert "城乡建设" not in said


@pytest.mark.parametrize("typed", ["城乡建设 — 供水", "供水", "供", "phone/城乡建设/供水"])
def test_a_topic_is_found_by_a_part_of_its_name(send, typed) -> None:
    send(**FORM | {"topic": typed, "issue2_title": "水价太高", "issue2_topic": typed}, way="queue")
    case = Case.objects.get()
    assert [issue.topic.path for issue in case.issues.all()] == ["phone/城乡建设/供水"] * 2
    assert case.topic.path == "phone/城乡建设/供水"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "城乡建",
            "含“城乡建”的内容分类有 3 个：城乡建设、城乡建设 — 供水、城乡建设 — 燃气。请从列表中选定一个",
        ),
        ("民生 — 供水", "没有含“民生 — 供水”的内容分类，请从列表中选择"),  # that of another channel
        ("<b>", "没有含“<b>”的内容分类"),
    ],
)
def test_a_topic_that_is_none_or_several_is_told_and_stays(send, typed, said) -> None:
    answer = send(**FORM | {"topic": typed}, way="queue")
    assert said in text_of(answer)
    assert f'value="{html.escape(typed)}" maxlength' in answer.content.decode()
    assert not Case.objects.exists()


def test_a_topic_of_another_channel_is_not_kept(part) -> None:
    said = part("topics", channel="mailbox", topic="城乡建设 — 供水").content.decode()
    assert 'value="" maxlength' in said
    assert 'value="民生 — 供水" maxlength' in part("topics", channel="mailbox", topic="供水").content.decode()


def test_the_villages_offered_are_those_of_the_town(part) -> None:
    for area, village in (("stone", "东街村"), ("maple", "岭下村"), ("stone", "西桥村"), ("stone", "西桥村")):
        make.case(area=area, village=village)

    def offered(**form: str) -> list[str]:
        page = part("known", **form).content.decode().partition('id="villages"')[2]
        return re.findall(r'<option value="(.*?)">', page)

    assert offered(area="stone") == ["西桥村", "东街村"]
    assert offered(area="maple") == ["岭下村"]
    assert offered() == []


def test_a_call_that_is_no_case_takes_one_key_and_clears_the_form(send, cast) -> None:
    said = text_of(send("calls/", key="k1", phone="13900001234", kind="silent"))
    assert "已记下：无声或挂断" in said
    assert "无声或挂断 1" in said
    assert CallLog.objects.get().phone_index == calls.index_of("13900001234")
    assert drafts.open_drafts(cast.operator) == []


def test_a_call_logged_while_writing_keeps_what_is_written(send) -> None:
    assert "已停水一天。" in send("calls/", **FORM, kind="queued").content.decode()


def test_a_caller_who_asks_how_it_stands_is_told_and_counted_apart(send, client) -> None:
    case = make.case("东街供水何时恢复", status="handling")
    page = send(**{"key": "k1", "phone": "13900001234"}).content.decode()
    assert f'formaction="/intake/cases/{case.number}/" name="about" value="progress"' in page
    page = send(f"cases/{case.number}/", about="progress", key="k1", phone="13900001234")
    assert f"请告知来电人：{case.number} 2022年3月1日受理，办理中，由云溪县水务局承办。" in text_of(page)
    assert "查询进度 1" in text_of(page)
    log = CallLog.objects.get()
    assert (log.kind, log.case, log.phone_index) == ("progress", case, calls.index_of("13900001234"))
    assert 'value="13900001234"' not in client.get("/intake/").content.decode()  # the next caller


def test_asking_how_another_stands_keeps_what_is_written(send) -> None:
    case = make.case()
    page = send(f"cases/{case.number}/", about="progress", **FORM)
    assert "已停水一天。" in page.content.decode()


def test_what_a_caller_adds_goes_to_the_case_and_makes_none(send, cast) -> None:
    case = make.case("东街供水何时恢复", status="handling")
    said = text_of(send(f"cases/{case.number}/", about="supplement", **FORM))
    assert f"已补充到 {case.number}" in said
    assert "补充诉求 1" in said
    assert Case.objects.get() == case
    assert case.texts.latest("pk").text == "东街何时恢复供水\n已停水一天。"
    assert CallLog.objects.get().case == case
    assert drafts.open_drafts(cast.operator) == []
    assert f"提交过，编号 {case.number}" in text_of(send(f"cases/{case.number}/", about="supplement", **FORM))
    assert case.events.filter(kind="supplement").count() == 1


def test_nothing_to_add_or_nothing_to_add_to_is_said(send) -> None:
    case = make.case(status="closed")
    answer = send(f"cases/{case.number}/", about="supplement", key="k1", phone="13900001234")
    assert "请先在“诉求内容”里写明来电人补充的情况" in text_of(answer)
    assert 'value="13900001234"' in answer.content.decode()
    answer = send(f"cases/{case.number}/", about="supplement", **FORM)
    assert (answer.status_code, "已停水一天。" in answer.content.decode()) == (409, True)
    assert send("cases/R0000/", about="progress", **FORM).status_code == 404
    assert not CallLog.objects.exists()


@pytest.mark.parametrize("kind", ["progress", "supplement"])
def test_a_call_about_a_case_names_it(send, kind) -> None:
    assert send("calls/", key="k1", kind=kind).status_code == 409
    assert not CallLog.objects.exists()


def test_a_caller_goes_to_110_and_comes_back_to_the_same_form(send, cast) -> None:
    page = send("calls/", **FORM, kind="police")
    assert "尚未回接" in text_of(page)
    assert "已停水一天。" in page.content.decode()
    call = CallLog.objects.get()
    page = send(f"calls/{call.pk}/back/")
    assert "请继续登记" in text_of(page)
    assert "已停水一天。" in page.content.decode()
    send(**FORM, way="queue")
    call.refresh_from_db()
    assert call.case == Case.objects.get()
    assert call.returned_at


def test_another_request_typed_into_a_form_that_was_sent_is_not_lost(send) -> None:
    send(**FORM, way="queue")
    page = send(**FORM | {"title": "西街路灯不亮", "body": "三盏都不亮。"}, way="queue").content.decode()
    assert Case.objects.count() == 1
    assert "如果是另一件，请再按一次登记" in page
    assert "三盏都不亮。" in page


def test_what_is_handed_over_by_whoever_has_no_shift_is_kept_in_sight(send) -> None:
    page = text_of(send("shift/", step="end", handover="东街停水，来电较多。"))
    assert "请先上班" in page
    assert "东街停水，来电较多。" in page


def test_a_shift_begins_ends_and_leaves_word(send, client, cast) -> None:
    assert "起在班" in text_of(send("shift/", step="start"))
    send("shift/", step="end", handover="东街停水，来电较多。")
    assert Shift.objects.get().ended_at
    client.force_login(cast.dispatcher)
    assert "张晓 03-15 10:00 交班：东街停水，来电较多。" in text_of(client.get("/intake/"))
    assert send("shift/", step="dance").status_code == 404


def test_those_who_do_not_take_calls_are_told_so(client, cast, send) -> None:
    for user in (cast.clerk, cast.leader, cast.stranger):
        client.force_login(user)
        answer = client.get("/intake/")
        assert answer.status_code == 403
        assert "登记台由话务员或派单员使用" in text_of(answer)
        for path in ("draft/", "discard/", "calls/", "cases/R1/"):
            assert send(path, user=user, key="k", kind="silent", title="x").status_code == 403
    assert not Draft.objects.exists()
    assert not CallLog.objects.exists()


def test_the_menu_shows_each_their_page(client, cast) -> None:
    client.force_login(cast.operator)
    page = client.get("/").content.decode()
    assert "登记台" in page
    assert "来电抽评" not in page
    client.force_login(cast.supervisor)
    page = client.get("/").content.decode()
    assert "登记台" not in page
    assert "来电抽评" in page


def test_the_desk_asks_few_questions_of_the_database(client, cast, django_assert_max_num_queries) -> None:
    for _ in range(3):
        make.case("东街供水何时恢复", status="handling")
    shifts.start(by=cast.dispatcher, at=make.at(3, 15))
    drafts.save(cast.dispatcher, "k1", FORM, at=make.at(3, 15))
    client.force_login(cast.dispatcher)
    client.get("/intake/")
    with django_assert_max_num_queries(17):
        client.get("/intake/")


def test_a_request_is_taken_in_with_few_statements(client, cast, send, django_assert_max_num_queries) -> None:
    send(**FORM | {"key": "k0"}, way="queue")  # the month's counter is there
    draft = FORM | {"key": "k1", "phone": "13900005678"}
    with django_assert_max_num_queries(25):
        client.post("/intake/", draft | {"way": "queue"})
    assert Case.objects.count() == 2
    assert Draft.objects.filter(done=True, case__isnull=False).count() == 2


# Sampling


def test_a_supervisor_draws_scores_and_sees_the_mean(client, cast, send) -> None:
    send(**FORM, way="queue")
    client.force_login(cast.supervisor)
    page = text_of(client.get("/intake/scores/?day=2022-03-15&n=3&seed=七"))
    assert "东街何时恢复供水" in page
    form = {"day": "2022-03-15", "n": "3", "seed": "七", "of": f"c{Case.objects.get().pk}", "note": "耐心"}
    answer = client.post("/intake/scores/score/", {**form, **dict.fromkeys(CRITERIA, "4")}, follow=True)
    said = text_of(answer)
    assert "20 / 25 分：耐心" in re.sub(r"\s+", " ", said)
    assert "20.0" in said
    assert CallScore.objects.get().operator == cast.operator
    again = client.post("/intake/scores/score/", {**form, **dict.fromkeys(CRITERIA, "4")})
    assert "已经给它评过分" in text_of(again)


@pytest.mark.parametrize("name", ["", "x1", "c", "c0", "l99", "c" + "9" * 30, "c-1"])
def test_an_odd_call_is_not_scored(client, cast, name) -> None:
    client.force_login(cast.supervisor)
    assert client.post("/intake/scores/score/", {"of": name}).status_code == 404


def test_an_odd_draw_says_what_it_did_instead(client, cast) -> None:
    client.force_login(cast.supervisor)
    said = text_of(client.get("/intake/scores/?day=昨天&n=9999"))
    assert "日期“昨天”认不得" in said
    assert "件数请填 1 至 50" in said
    assert "没有来电可抽" in said


def test_a_note_on_a_number_is_left_and_lifted(client, cast) -> None:
    client.force_login(cast.supervisor)
    page = client.post("/intake/notes/", {"phone": "13900001234", "note": "听力不便"}, follow=True)
    assert "听力不便" in text_of(page)
    assert "13900001234" not in page.content.decode()
    lift = {"lift": str(CallerNote.objects.get().pk)}
    assert "撤下" in text_of(client.post("/intake/notes/", lift, follow=True))
    assert CallerNote.objects.get().lifted_at
    client.force_login(cast.operator)
    assert client.post("/intake/notes/", {"phone": "1", "note": "x"}).status_code == 403
    assert client.get("/intake/scores/").status_code == 403


def test_the_draw_asks_few_questions_of_the_database(client, cast, send, django_assert_max_num_queries):
    for n in range(4):
        send(**{**FORM, "key": f"k{n}"}, way="queue")
        send("calls/", key=f"l{n}", kind="silent")
    client.force_login(cast.supervisor)
    client.get("/intake/scores/")
    with django_assert_max_num_queries(14):
        client.get("/intake/scores/?day=2022-03-15&n=8")
