"""The three texts: versions that stay, approval, and two people at once."""

import pytest

from huiying.cases import lifecycle
from huiying.cases.lifecycle import NotAllowed, Stale
from huiying.cases.models import Assignment, Case, Reply
from huiying.ops import doctor
from huiying.replies import drafting
from huiying.replies.drafting import Incomplete, Texts
from tests import make

NOW = make.at(3, 15, 10)
FULL = Texts("更换了老化管段。", "3月14日电话告知。", "您好，管段已经更换，水质恢复正常。")


@pytest.fixture
def task(town):
    return make.case(status="handling", received=make.at(3, 14, 8)).assignments.get()


def fresh(task: Assignment) -> Assignment:
    return Assignment.objects.select_related("case", "unit").get(pk=task.pk)


def test_each_saving_is_a_version_of_its_own_and_none_is_written_over(task, cast) -> None:
    for no, report in enumerate(("初稿", "二稿"), 1):
        task = fresh(task)
        kept = drafting.draft(
            task, FULL._replace(handling_report=report), by=cast.clerk, at=NOW, seq=task.case.seq
        )
        assert kept.no == no
    assert [r.handling_report for r in task.replies.all()] == ["初稿", "二稿"]
    assert fresh(task).status == "drafted"


def test_the_event_names_the_version_and_the_digest_of_each_text(task, cast) -> None:
    drafting.draft(task, FULL, by=cast.clerk, at=NOW, seq=task.case.seq)
    data = lifecycle.log_of(task.case)[-1].data
    assert data["reply"] == 1
    assert data["texts"]["public_answer"] == lifecycle.digest(FULL.public_answer)
    assert not any(text in str(data) for text in FULL)


def test_of_two_clerks_at_once_the_second_is_told_and_nothing_of_theirs_is_kept(task, cast) -> None:
    second = make.person("linxia", "林夏", "clerk", unit="water")
    seen = task.case.seq
    theirs = fresh(task)
    drafting.draft(task, FULL, by=cast.clerk, at=NOW, seq=seen)
    with pytest.raises(Stale):
        drafting.draft(theirs, FULL._replace(handling_report="我写的"), by=second, at=NOW, seq=seen)
    assert Reply.objects.count() == 1
    assert fresh(task).replies.get().author == cast.clerk


def test_the_head_approves_and_the_clerk_hands_in_that_version(task, cast) -> None:
    drafting.draft(task, FULL, by=cast.clerk, at=NOW, seq=task.case.seq)
    task = fresh(task)
    with pytest.raises(NotAllowed, match="负责人"):
        drafting.approve(task, by=cast.clerk, at=NOW, seq=task.case.seq)
    task = fresh(task)
    drafting.approve(task, by=cast.head, at=NOW, seq=task.case.seq)
    task = fresh(task)
    drafting.submit(task, by=cast.clerk, at=NOW, seq=task.case.seq)
    assert fresh(task).status == "submitted"
    assert [e.data.get("reply") for e in lifecycle.log_of(task.case)[-3:]] == [1, 1, 1]


def test_the_head_sends_the_draft_back_with_words_and_the_clerk_writes_anew(task, cast) -> None:
    drafting.draft(task, FULL, by=cast.clerk, at=NOW, seq=task.case.seq)
    task = fresh(task)
    drafting.revise(task, note="请写明完工日期。", by=cast.head, at=NOW, seq=task.case.seq)
    task = fresh(task)
    assert task.status == "claimed"
    assert task.case.texts.get(kind="note").text == "请写明完工日期。"
    assert drafting.draft(task, FULL, by=cast.clerk, at=NOW, seq=task.case.seq).no == 2


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (Texts(), "没有可保存的内容"),
        (Texts("办了。"), "公开答复"),
        (Texts(public_answer="您好。"), "办理情况"),
    ],
)
def test_what_is_empty_is_not_handed_in(town, cast, texts, said) -> None:
    town.units["water"].__class__.objects.filter(code="water").update(one_person=True)
    make.place.forget()
    task = make.case(status="handling").assignments.get()
    with pytest.raises(Incomplete, match=said):
        (drafting.answer if any(texts) else drafting.draft)(
            task, texts, by=cast.clerk, at=NOW, seq=task.case.seq
        )
    assert not Reply.objects.exists()


def test_a_draft_without_its_answer_is_not_approved(task, cast) -> None:
    drafting.draft(task, Texts("办了。"), by=cast.clerk, at=NOW, seq=task.case.seq)
    task = fresh(task)
    with pytest.raises(Incomplete, match="公开答复"):
        drafting.approve(task, by=cast.head, at=NOW, seq=task.case.seq)


def test_a_unit_of_one_answers_without_approval_and_another_unit_may_not(cast, town) -> None:
    type(town.units["water"]).objects.filter(code="water").update(one_person=True)
    make.place.forget()
    task = make.case(status="handling").assignments.get()
    drafting.answer(task, FULL, by=cast.clerk, at=NOW, seq=task.case.seq)
    assert fresh(task).status == "submitted"
    other = make.case(status="handling", unit="housing").assignments.get()
    with pytest.raises(NotAllowed, match="须经负责人审签"):
        drafting.answer(other, FULL, by=cast.other_clerk, at=NOW, seq=other.case.seq)
    assert Reply.objects.count() == 1


def test_a_co_unit_reports_without_an_answer_of_its_own(cast, town) -> None:
    case = make.case(status="handling", co=["housing"])
    make.step(case, "claim", on=2)
    task = case.assignments.get(no=2)
    head = make.person("lvju", "吕平", "head", unit="housing")
    drafting.answer(task, Texts("我局已核对管网图。"), by=head, at=NOW, seq=case.seq)
    assert fresh(task).status == "submitted"


def test_several_are_claimed_at_once_and_each_tells_its_own_outcome(cast, town) -> None:
    cases = [make.case(status="dispatched") for _ in range(3)]
    seen = [(case.assignments.select_related("case", "unit").get(), case.seq) for case in cases]
    make.step(cases[1], "urge")
    outcomes = drafting.claim_each(seen, by=cast.clerk, at=NOW)
    assert [bool(outcome.refusal) for outcome in outcomes] == [False, True, False]
    assert "刚刚被他人处理过" in outcomes[1].refusal
    assert [fresh(task).status for task, _ in seen] == ["claimed", "assigned", "claimed"]


def test_the_doctor_finds_a_text_that_was_changed_afterwards_or_removed(task, cast, town) -> None:
    reply = drafting.draft(task, FULL, by=cast.clerk, at=NOW, seq=task.case.seq)
    assert doctor.examine(town, now=NOW, number=task.case.number).is_sound
    Reply.objects.update(public_answer="什么也没有发生。")
    found = doctor.examine(town, now=NOW, number=task.case.number).findings
    assert [(f.check, "公开答复" in f.what) for f in found] == [("答复", True)]
    reply.delete()
    found = doctor.examine(town, now=NOW, number=task.case.number).findings
    assert "第 1 稿缺失" in found[0].what
    assert Case.objects.count() == 1
