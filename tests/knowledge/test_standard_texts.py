"""The place's texts on a case: filled in, kept, changed by one door."""

from typing import Any

import pytest

from huiying.accounts.models import Trail, Unit
from huiying.cases import place, revising
from huiying.cases.models import Channel, Nature, Office, Topic
from huiying.common.errors import Refused
from huiying.knowledge import standard_texts
from huiying.knowledge.models import StandardText
from huiying.knowledge.standard_texts import Subject
from tests import make
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NOW = make.at(3, 15, 10)


def keep(cast: Cast, name: str, text: str, **about: Any) -> StandardText:
    row = StandardText(code=name, name=name, text=text, **about)
    standard_texts.revise(row, seen="", by=cast.admin, at=NOW)
    return row


def offered(move: str, subject: Subject) -> list[tuple[str, str]]:
    found = standard_texts.offered(place.current(), move, subject, at=NOW)
    return [(each.name, each.text) for each in found]


def test_a_text_tells_what_is_known_of_the_case(cast: Cast) -> None:
    Unit.objects.filter(code="water").update(phone="0990-1234567")
    Office.objects.update(config={"office": {"phone": "12345"}})
    keep(
        cast,
        "答复",
        "您{受理日期}（{受理时间}）通过{渠道}提出的{性质}（{内容分类}，{诉求件编号}），由{承办单位}（{单位电话}）"
        "于{办理时限}前办理。{办公室}{办公电话}，{今天}。",
        move="draft_reply",
    )
    case = make.case(status="handling")
    here = place.current()
    clock = case.clocks.get(kind="reply")
    subject = standard_texts.subject_of(case, here, unit=here.units["water"], due_at=clock.due_at)
    assert offered("draft_reply", subject) == [
        (
            "答复",
            f"您2022年3月1日（2022年3月1日9时00分）通过云溪县12345热线提出的投诉（供水，{case.number}），"
            "由云溪县水务局（0990-1234567）于2022年3月15日前办理。"
            "云溪县政务服务便民热线办公室12345，2022年3月15日。",
        )
    ]
    assert offered("urge", subject) == []


def test_what_is_not_known_is_a_gap_that_must_be_closed(cast: Cast) -> None:
    keep(cast, "答复", "请致电{承办单位}{单位电话}。")
    found = standard_texts.offered(place.current(), "direct_answer", Subject(), at=NOW)[0]
    assert found.text == "请致电〔承办单位〕〔单位电话〕。"
    assert found.gaps == ["承办单位", "单位电话"]
    with pytest.raises(Refused, match="“答复内容”里还有没填的空：〔承办单位〕、〔单位电话〕"):
        standard_texts.need_no_gaps(found.text, "答复内容")
    standard_texts.need_no_gaps("请致电水务局〔总机〕。", "答复内容")  # a mark of the writer's own


def test_conditions_are_those_of_the_place(cast: Cast) -> None:
    keep(cast, "供水", "供水。", topic=Topic.objects.get(path="phone/城乡建设/供水"))
    keep(cast, "咨询", "咨询。", nature=Nature.objects.get(code="inquiry"))
    keep(cast, "信箱", "信箱。", channel=Channel.objects.get(code="mailbox"))
    keep(cast, "停用", "停用。", active=False)
    here = Subject(topic="phone/城乡建设/供水", nature="inquiry", channel="mailbox")
    assert [name for name, _ in offered("urge", here)] == ["供水", "咨询", "信箱"]
    assert [name for name, _ in offered("urge", Subject(nature="tip"))] == []
    assert standard_texts.in_use(place.current()) == 3


def test_a_change_is_seen_at_once_and_told_to_the_trail(cast: Cast) -> None:
    row = keep(cast, "催办", "请抓紧。", move="urge")
    assert offered("urge", Subject()) == [("催办", "请抓紧。")]
    seen = revising.mark(StandardText.objects.get())
    row.text = "  请抓紧办理。\r\n办结后反馈。\t "
    assert standard_texts.revise(row, seen=seen, by=cast.admin, at=NOW)
    assert offered("urge", Subject()) == [("催办", "请抓紧办理。\n办结后反馈。")]
    line = Trail.objects.order_by("pk").last()
    assert line is not None
    assert (line.subject, line.data["before"], line.data["after"]) == (
        "标准用语：催办",
        {"用语": "请抓紧。"},
        {"用语": "请抓紧办理。\n办结后反馈。"},
    )
    with pytest.raises(revising.Overtaken):
        standard_texts.revise(row, seen=seen, by=cast.admin, at=NOW)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"text": "请{承办}办理"}, "您是否要找：承办单位"),
        ({"text": " \n "}, "请填写用语"),
        ({"text": "长" * 1001}, "最多 1000 个"),
        ({"text": "好", "move": "urgent"}, "没有“urgent”这个环节"),
        ({"text": "好", "code": "a b"}, "代码“a b”不能用"),
    ],
)
def test_what_cannot_be_kept_is_refused(cast: Cast, about: dict[str, str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        standard_texts.revise(
            StandardText(**{"code": "x", "name": "某", **about}), seen="", by=cast.admin, at=NOW
        )
    assert not StandardText.objects.exists()


def test_offering_asks_the_database_once_a_revision(cast: Cast, django_assert_num_queries: Any) -> None:
    keep(cast, "供水", "供水。", topic=Topic.objects.get(path="phone/城乡建设/供水"))
    here, case = place.current(), make.case()
    with django_assert_num_queries(1):
        for move in ("urge", "refuse", "direct_answer"):
            standard_texts.offered(here, move, standard_texts.subject_of(case, here), at=NOW)


def test_what_registering_fills_in_is_no_work_for_the_operator(cast: Cast) -> None:
    keep(cast, "编号", "编号{诉求件编号}，{受理时间}，{承办单位}。")
    found = standard_texts.offered(place.current(), "direct_answer", Subject(), at=NOW)[0]
    assert found.gaps == ["承办单位"]
    case = make.case()
    done = standard_texts.completed(f"好。{found.text}", case, place.current(), at=NOW)
    assert done == f"好。编号{case.number}，2022年3月1日9时00分，〔承办单位〕。"
