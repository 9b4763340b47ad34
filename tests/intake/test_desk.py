"""A request is taken and settled at the desk in one go."""

import pytest

from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case, Office
from huiying.cases.persons import PersonData
from huiying.intake import calls, desk, drafts
from huiying.intake.models import CallLog, Draft
from tests import make

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)
ASKED = {
    "channel": "hotline",
    "nature": "inquiry",
    "topic": "phone/城乡建设/供水",
    "title": "东街何时恢复供水",
    "person": make.CALLER,
}


def take(way, by, key="k1", **data):
    return desk.take(way, by=by, at=NOW, key=key, **{**ASKED, **data})


def test_a_direct_answer_is_kept_with_the_case(cast) -> None:
    case = take("answer", cast.operator, text="预计今晚八点恢复。")
    assert (case.status, case.mode) == ("answered", "direct")
    assert case.texts.get(kind="note").text == "预计今晚八点恢复。"
    assert case.events.get(kind="direct_answer").actor == cast.operator


def test_where_the_office_closes_with_the_answer_the_case_is_closed_at_once(cast) -> None:
    Office.objects.update(config={"office": {"close_on_release": True}}, revision=9)
    case = take("answer", cast.operator, text="预计今晚八点恢复。")
    assert (case.status, case.ending) == ("closed", "answered")


@pytest.mark.parametrize("phone", ["abc电话", "139****1234", "13900001234、13900005678", "12"])
def test_a_number_that_cannot_be_dialled_is_refused_with_how_to_mend_it(cast, phone) -> None:
    with pytest.raises(NotAllowed, match=r"来电号码.*(请|只留一个).*不知道号码的，请留空") as refused:
        take("queue", cast.operator, person=PersonData(name="何秀英", phone=phone))
    assert phone in str(refused.value)
    assert not Case.objects.exists()
    for told in ("0550-1234567转801", "+86 139 0000 1234", ""):
        assert take("queue", cast.operator, key=told or "none", person=PersonData(phone=told))


def test_several_issues_make_one_case(cast) -> None:
    more = ({"title": "水价", "nature": "complaint", "topic": ""},)
    main = {"title": ASKED["title"], "nature": "inquiry", "topic": ASKED["topic"]}
    case = take("queue", cast.operator, issues=(main, *more))
    assert [(issue.main, issue.title) for issue in case.issues.all()] == [
        (True, "东街何时恢复供水"),
        (False, "水价"),
    ]
    assert desk.outcome(case) == f"{case.number} 已登记，待派单。"


def test_a_dispatcher_dispatches_at_once_and_an_operator_may_not(cast) -> None:
    case = take("queue", cast.dispatcher, unit="water")
    assert case.status == "dispatched"
    with pytest.raises(NotAllowed, match="派单员"):
        take("queue", cast.operator, key="k2", unit="water")
    assert Case.objects.count() == 1


def test_a_refused_request_tells_where_to_turn(cast) -> None:
    case = take("refuse", cast.operator, reason="litigation", text="已告知")
    assert case.ending == "refused"
    assert "请向受理法院反映" in desk.outcome(case, "litigation")


@pytest.mark.parametrize(
    ("way", "data", "said"),
    [
        ("answer", {}, "答复内容"),
        ("answer", {"text": "好", "topic": ""}, "性质和内容分类"),
        ("queue", {"nature": ""}, "请选定性质"),
        ("refuse", {"reason": "whim"}, "选择理由"),
        ("queue", {"title": "  "}, "填写标题"),
        ("shout", {}, "请选择直接答复"),
        ("queue", {"nature": "odd"}, "性质“odd”"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_registered(cast, way, data, said) -> None:
    drafts.save(cast.operator, "k1", {"title": "写到一半"}, at=NOW)
    with pytest.raises(NotAllowed, match=said):
        take(way, cast.operator, **data)
    assert not Case.objects.exists()
    assert drafts.read(Draft.objects.get()) == {"title": "写到一半"}


def test_the_same_form_sent_twice_makes_one_case(cast) -> None:
    case = take("queue", cast.operator)
    with pytest.raises(desk.AlreadyTaken) as told:
        take("queue", cast.operator)
    assert told.value.case == case
    assert Case.objects.count() == 1


def test_a_clerk_does_not_sit_at_the_desk(cast) -> None:
    with pytest.raises(NotAllowed, match="登记台"):
        take("queue", cast.clerk)
    with pytest.raises(NotAllowed):
        desk.history_of(make.CALLER.phone, by=cast.clerk)


def test_the_history_of_a_number_counts_calls_and_cases_and_masks_the_name(cast) -> None:
    closed = make.case(status="closed")
    make.step(closed, "call_back", outcome="reached", solved=True, satisfied="satisfied")
    still = make.case("东街路灯不亮", received=make.at(3, 10))
    make.case("别人的件", caller=PersonData(name="马远", phone="13900009999"))
    calls.log("silent", by=cast.operator, at=NOW, phone="139 0000 1234")
    calls.note_number("13900001234", "曾反复辱骂话务员", by=cast.supervisor, at=NOW)
    found = desk.history_of("+86 13900001234", by=cast.operator)
    assert (found.known, found.name, found.calls, found.cases) == (True, "何某某", 3, 2)
    assert found.open_cases == [still]
    assert found.satisfaction == "满意"
    assert [note.note for note in found.notes] == ["曾反复辱骂话务员"]
    assert not desk.history_of("13900005678", by=cast.operator).known
    assert not desk.history_of("", by=cast.operator).known


def test_similar_open_cases_are_found_near_or_of_the_same_caller(cast) -> None:
    here = make.case("东街自来水浑浊")
    closed = make.case("东街自来水又浑浊", status="closed")
    other = PersonData(name="马远", phone="13900009999")
    there = make.case("西街自来水浑浊", area="maple", caller=other)
    found = desk.alike("东街自来水浑浊发黄", area="stone")
    assert found.cases == [here]
    assert desk.alike("东街自来水浑浊发黄", area="stone", theirs=[there]).cases == [here, there]
    assert closed not in found.cases
    assert found.topic is not None
    assert (found.topic.code, found.topic.of) == ("phone/城乡建设/供水", 3)
    assert desk.alike("东").cases == []


def test_the_unit_that_led_such_cases_is_suggested(town) -> None:
    for _ in range(2):
        make.case(status="handling", unit="water")
    make.case(status="returning", unit="housing")
    found = desk.unit_for(town.topics["phone/城乡建设/供水"])
    assert found is not None
    assert (found.code, found.reason) == ("water", "2 件中 2 件")
    assert desk.unit_for(town.topics["phone/城乡建设/燃气"]) is None


def test_a_transferred_call_belongs_to_the_case_that_came_of_it(cast) -> None:
    drafts.save(cast.operator, "k1", {"title": "东街有人打架"}, at=NOW)
    call = calls.log("police", by=cast.operator, at=NOW, draft=Draft.objects.get())
    case = take("queue", cast.operator)
    assert CallLog.objects.get(pk=call.pk).case == case
