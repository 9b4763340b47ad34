"""整改反馈: whom a bulletin names, the unit's answer, the office's judgement, what the next one quotes."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from huiying.accounts import people
from huiying.accounts.models import Unit, User
from huiying.bulletins import closing_notices, content, editions, feedback, naming, rectification
from huiying.bulletins.models import ClosingStep, Edition, Feedback, Rectification
from huiying.bulletins.reconciliation import Overtaken
from huiying.bulletins.rectification import STEPS, Texts
from huiying.cases import place as places
from huiying.cases.lifecycle import NotAllowed
from huiying.cases.models import Case
from huiying.cases.persons import PersonData
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.notices.models import Notice
from huiying.statistics import periods
from tests import make
from tests.bulletins.closing import ANSWER, advance, ask, published
from tests.bulletins.test_editions import STYLE
from tests.cast import Cast
from tests.make import at

pytestmark = pytest.mark.django_db

APRIL = periods.parse("2022-04")
QUOTING = STYLE | {"block": [*STYLE["block"], {"kind": "rectified", "text": "五、上期整改"}]}


@pytest.fixture
def edition(town: Place, march: list[Case]) -> Edition:
    return published(town, "云溪县住建局答复过于简单。", "个别单位推诿。")


@pytest.fixture
def asked(edition: Edition, town: Place, cast: Cast) -> Rectification:
    return ask(edition, town, cast.editor)


def handed_in(asked: Rectification, town: Place, cast: Cast, summary: str = ANSWER.summary) -> Rectification:
    return advance(asked, "hand_in", town, cast.head, texts=ANSWER._replace(summary=summary))


def accepted(asked: Rectification, town: Place, cast: Cast, summary: str = ANSWER.summary) -> Rectification:
    handed_in(asked, town, cast, summary)
    return advance(asked, "accept", town, cast.editor)


# Whom it names


def test_a_unit_is_named_by_a_written_problem_and_by_its_late_cases(
    town: Place, cast: Cast, edition: Edition, march: list[Case]
) -> None:
    housing, water = naming.named(edition, town)
    assert (water.unit, housing.unit) == ("water", "housing")
    assert "未按时认领 1 件。" in water.problem
    assert list(water.cases) == [march[1].number]
    assert housing.problem == "云溪县住建局答复过于简单。"  # nothing of it was late


def test_of_two_names_that_fit_the_longer_is_meant(town: Place) -> None:
    town.units["market"].aliases = ["水务局"]
    assert naming.mentioned("云溪县水务局认领慢", town) == {"water"}
    assert naming.mentioned("水务局认领慢", town) == {"market"}


def test_only_late_units_that_the_bulletin_prints_are_named_by_their_figures(
    town: Place, cast: Cast, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "_printed", lambda content: "全县办理情况良好")
    assert [each.unit for each in naming.named(edition, town)] == ["housing"]


def test_a_place_chooses_the_counts_and_a_rate_is_none(town: Place, edition: Edition) -> None:
    town.office.config["bulletin"]["rectification"] = {"measures": ["reply_rate"]}
    with pytest.raises(Refused, match="“reply_rate”不是件数指标"):
        naming.named(edition, town)


def test_who_was_asked_is_not_proposed_again_and_a_settled_list_waits_no_more(
    town: Place, cast: Cast, edition: Edition
) -> None:
    now = timezone.now()
    assert list(rectification.unsettled(now)) == [edition]
    assert [each.unit.code for each in rectification.demands_of(edition, town)] == ["housing", "water"]
    ask(edition, town, cast.supervisor)
    assert [each.unit.code for each in rectification.demands_of(edition, town)] == ["housing"]
    assert not rectification.unsettled(now).exists()
    with pytest.raises(NotAllowed, match="已经要求云溪县水务局反馈"):
        ask(edition, town, cast.editor)


def test_only_a_published_bulletin_asks_and_only_the_office(
    town: Place, cast: Cast, edition: Edition
) -> None:
    with pytest.raises(NotAllowed, match="由通报编辑或督办员办理"):
        ask(edition, town, cast.dispatcher)
    draft = editions.draft(town, APRIL, at=at(4, 2), as_of=at(4, 2))
    with pytest.raises(NotAllowed, match="发布以后"):
        ask(draft, town, cast.editor)
    assert not ClosingStep.objects.filter(kind="list").exists()


# The unit answers, the office judges


def test_the_clerk_writes_the_head_approves_the_office_accepts(
    town: Place, cast: Cast, asked: Rectification
) -> None:
    advance(asked, "save", town, cast.clerk, texts=Texts(cause="管段老化"))
    advance(asked, "submit", town, cast.clerk, texts=ANSWER)
    advance(asked, "revise", town, cast.head, note="写明专人")
    advance(asked, "submit", town, cast.clerk)  # with the texts as they are
    advance(asked, "hand_in", town, cast.head)
    advance(asked, "send_back", town, cast.supervisor, note="写明何时完成")
    done = accepted(asked, town, cast)
    assert (done.status, done.quote, done.accepted_at) == ("accepted", ANSWER.summary, timezone.now())
    assert list(done.versions.values_list("no", "cause")) == [(1, "管段老化"), (2, ANSWER.cause)]
    kinds = ["ask", "save", "submit", "revise", "submit", "hand_in", "send_back", "hand_in", "accept"]
    assert list(done.steps.values_list("kind", flat=True)) == kinds


def test_steps_are_only_added(asked: Rectification) -> None:
    with pytest.raises(DatabaseError, match="只可追加"), transaction.atomic():
        asked.steps.update(note="改")


def test_every_step_is_refused_to_who_may_not_and_out_of_turn(
    town: Place, cast: Cast, asked: Rectification
) -> None:
    theirs = {"unit": {"clerk", "head"}, "head": {"head"}, "judge": {"editor", "supervisor"}}
    for name, row in STEPS.items():
        asked.status = row.sources[0]
        may = {
            who
            for who in cast.__dataclass_fields__
            if not rectification.why_not(getattr(cast, who), name, asked)
        }
        assert may == theirs[row.who], name
        asked.status = "accepted"
        assert rectification.why_not(cast.editor, name, asked).startswith("现在是“已通过”")


def test_a_unit_of_one_person_hands_in_without_its_head(
    town: Place, cast: Cast, asked: Rectification
) -> None:
    assert rectification.why_not(cast.clerk, "hand_in", asked)
    Unit.objects.filter(code="water").update(one_person=True)
    assert advance(asked, "hand_in", town, cast.clerk, texts=ANSWER).status == "handed_in"


def test_who_stands_in_is_written_down(town: Place, cast: Cast, asked: Rectification) -> None:
    day = timezone.now().date()
    people.delegate(
        cast.clerk, cast.operator, from_on=day, until_on=day, today=day,
        reason="休假", by=cast.clerk, at=timezone.now(),
    )  # fmt: skip
    advance(asked, "save", town, User.objects.get(pk=cast.operator.pk), texts=ANSWER)
    assert asked.steps.get(kind="save").data == {"for": "chenjing"}


@pytest.mark.parametrize(
    ("name", "said", "refusal"),
    [
        ("save", {"texts": Texts(" ", "", "")}, "各项都还没有填写"),
        ("submit", {"texts": ANSWER._replace(remedy="", summary="")}, "“整改措施和结果”和“一句话"),
        ("save", {"texts": Texts(summary="长" * 121)}, "有 121 个字，最多 120 个"),
    ],
)
def test_what_is_missing_is_told(
    town: Place, cast: Cast, asked: Rectification, name: str, said: dict[str, Texts], refusal: str
) -> None:
    with pytest.raises(Refused, match=refusal):
        advance(asked, name, town, cast.clerk, **said)
    assert not Feedback.objects.exists()


def test_sending_back_says_why_and_a_date_moves_only_later(
    town: Place, cast: Cast, asked: Rectification
) -> None:
    with pytest.raises(Refused, match="新期限要晚于原期限 2022-04-08"):
        advance(asked, "prolong", town, cast.editor, due_on=asked.due_on)
    assert advance(asked, "prolong", town, cast.editor, due_on=at(4, 12).date()).due_on == at(4, 12).date()
    assert asked.steps.get(kind="prolong").data == {"due_on": "2022-04-12"}
    handed_in(asked, town, cast)
    with pytest.raises(Refused, match="“退回修改”请写明理由"):
        advance(asked, "send_back", town, cast.editor, note=" ")


def test_a_unit_is_urged_once_a_day(
    town: Place, cast: Cast, asked: Rectification, clock: list[datetime]
) -> None:
    advance(asked, "urge", town, cast.supervisor)
    with pytest.raises(NotAllowed, match="一天只催一次"):
        advance(asked, "urge", town, cast.editor)
    clock.append(at(4, 3))
    advance(asked, "urge", town, cast.editor)


def test_who_comes_second_changes_nothing(town: Place, cast: Cast, asked: Rectification) -> None:
    seen = Rectification.objects.select_related("unit").get(pk=asked.pk)
    advance(asked, "save", town, cast.head, texts=ANSWER)
    with pytest.raises(Overtaken, match="刚刚已由他人处理"):
        rectification.advance(
            seen, "submit", place=town, by=cast.clerk, at=timezone.now(), texts=Texts("另", "一", "稿")
        )
    assert Feedback.objects.count() == 1


def test_a_dropped_demand_comes_back(town: Place, cast: Cast, asked: Rectification) -> None:
    advance(asked, "drop", town, cast.editor, note="查实不属该单位")
    assert advance(asked, "restore", town, cast.editor).status == "asked"


# What is told


def told(now: datetime) -> set[tuple[str, str]]:
    before = set(Notice.objects.values_list("pk", flat=True))
    closing_notices.remind(places.current(), now)
    fresh = Notice.objects.exclude(pk__in=before).select_related("user")
    return {(line.user.username, line.rule) for line in fresh}


def test_unit_and_office_hear_of_what_is_theirs_to_do(
    town: Place, cast: Cast, asked: Rectification, clock: list[datetime]
) -> None:
    assert told(at(4, 2)) == {("chenjing", "rectify.ask"), ("wangju", "rectify.ask")}
    line = Notice.objects.get(user=cast.clerk)
    assert line.text == "2022年3月通报：请云溪县水务局于 2022-04-08 前反馈整改"
    assert line.key.startswith(f"rectification:{asked.pk}:")
    assert told(at(4, 7)) == {("chenjing", "rectify.soon"), ("wangju", "rectify.soon")}
    assert told(at(4, 9)) == {("wangju", "rectify.overdue"), ("fengli", "rectify.overdue")}
    clock.append(at(4, 9))
    advance(asked, "submit", town, cast.clerk, texts=ANSWER)
    assert told(at(4, 9)) == {("wangju", "rectify.submit")}
    advance(asked, "hand_in", town, cast.head)
    assert told(at(4, 9)) == {("fengli", "rectify.hand_in"), ("zhengtao", "rectify.hand_in")}
    advance(asked, "send_back", town, cast.editor, note="太简单")
    assert told(at(4, 9)) == {("chenjing", "rectify.send_back"), ("wangju", "rectify.send_back")}


# What the next bulletin quotes


def april(town: Place, clock: list[datetime]) -> tuple[list[str], list[str]]:
    """The last blocks of April's internal and public bulletin, those about the answers."""
    town.office.config["bulletin"]["style"] = [QUOTING]
    clock.append(at(5, 6))
    drafted = editions.draft(town, APRIL, at=at(5, 6))
    return tuple(
        [text for text in map(_text, editions.content_of(drafted, kind).blocks) if text]
        for kind in ("internal", "public")
    )


def _text(block: content.Block) -> str:
    """What a block about the answers says."""
    is_ours = isinstance(block, content.Heading | content.Paragraph) and block.internal
    if not is_ours:
        return ""
    return block.text if isinstance(block, content.Heading) else content.shown(tuple(content.runs_of(block)))


def test_the_next_internal_bulletin_quotes_what_was_accepted_and_who_owes_an_answer(
    town: Place, cast: Cast, edition: Edition, asked: Rectification, clock: list[datetime]
) -> None:
    accepted(asked, town, cast)
    ask(edition, town, cast.editor, "housing")
    said, public = april(town, clock)
    assert said == [
        "五、上期整改",
        f"1. 云溪县水务局：{ANSWER.summary}",
        "尚未按期反馈整改情况：云溪县住建局。",
    ]
    assert public == []


def test_nothing_is_said_where_nobody_was_to_answer_or_nothing_is_accepted_yet(
    town: Place, cast: Cast, asked: Rectification, clock: list[datetime]
) -> None:
    handed_in(asked, town, cast)
    assert april(town, clock) == ([], [])
    advance(asked, "drop", town, cast.editor, note="不再要求")
    assert april(town, clock) == ([], [])


def test_a_quote_gives_away_neither_person_nor_protected_case(
    town: Place, cast: Cast, edition: Edition, clock: list[datetime]
) -> None:
    known = PersonData(name="贾宝山", phone="13900007788")
    secret = make.case("某站偷排", status="closed", secret=True, caller=known)
    asked = ask(edition, town, cast.editor)
    summary = f"对贾宝山来电（13900007788）反映的某站偷排（{secret.number}）已处罚。"
    accepted(asked, town, cast, summary)
    (_, said), _ = april(town, clock)
    assert not [word for word in ("贾宝山", "13900007788", "某站偷排", secret.number) if word in said]
    assert "已处罚" in said
    assert feedback.printed([asked])[asked.pk] == ""  # asked: the row as it was, without a quote
