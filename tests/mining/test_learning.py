"""The place learns from its confirmed cases, in versions that must not be worse, and can take one back."""

import random
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from huiying.accounts.models import Trail
from huiying.cases import lifecycle
from huiying.cases import place as places
from huiying.cases.models import Case, CaseText, Channel, Nature, Topic
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.mining import guessing, learning, model_files
from huiying.mining.learning import Lesson, learn, lessons, roll_back, versions
from huiying.mining.models import ModelVersion
from huiying.ops import house_proof, worker
from tests import make
from tests.mining.letters import letters

WATER, GAS, GOODS = "phone/城乡建设/供水", "phone/城乡建设/燃气", "phone/市场监管/消费纠纷"
TOPICS = {"市政": WATER, "教育": GOODS, "环保": GAS}
NOW = make.at(3, 20)

pytestmark = pytest.mark.usefixtures("town")


@pytest.fixture(autouse=True)
def home(settings, tmp_path) -> None:
    settings.HUIYING_HOME = tmp_path
    learning._read.cache_clear()


def heard(each: int) -> list[Case]:
    """Cases with invented letters, their topics and natures confirmed: rows without a history."""
    topics = dict(Topic.objects.values_list("path", "pk"))
    channel, natures = Channel.objects.get(code="hotline"), {n.code: n for n in Nature.objects.all()}
    cases, bodies = [], []
    for no, (text, matter) in enumerate(zip(*letters(each), strict=True)):
        title, body = text.split("\n")
        row = Case(number=f"R{no}", title=title, channel=channel, received_at=NOW, recorded_at=NOW)
        row.topic_id, row.nature = (
            topics[TOPICS[matter]],
            natures["inquiry" if matter == "教育" else "complaint"],
        )
        cases.append(row)
        bodies.append(body)
    made = Case.objects.bulk_create(cases)
    CaseText.objects.bulk_create(
        CaseText(case=case, seq=1, kind="body", text=body) for case, body in zip(made, bodies, strict=True)
    )
    return made


def test_confirmed_cases_are_lessons_and_corrections_change_them(town: Place) -> None:
    first, second = make.case(), make.case(title="北苑小区停气", topic=GAS)
    lifecycle.advance(first, "reclassify", by=None, at=NOW, origin=make.ORIGIN, topic=GOODS)
    found = {lesson.number: lesson for lesson in lessons("topic")}
    assert found[first.number].label == GOODS
    assert found[second.number].label == GAS
    assert found[second.number].text == "北苑小区停气\n北苑小区停气，已有三天，请尽快处理。"


def test_a_call_that_was_no_case_teaches_nothing_and_neither_do_erased_words() -> None:
    case, other = make.case(), make.case()
    lifecycle.advance(case, "mark_invalid", by=None, at=NOW, origin=make.ORIGIN, note="打错了")
    other.texts.update(text="", erased_at=NOW)
    found = {lesson.number: lesson.text for lesson in lessons("nature")}
    assert case.number not in found
    assert found[other.number] == other.title


def test_a_unit_that_gave_a_case_back_is_not_its_lesson() -> None:
    kept, returned, back = (
        make.case(title=f"自来水发黄{n}", topic=WATER, status="dispatched") for n in "123"
    )
    lifecycle.advance(
        returned,
        "ask_return",
        by=None,
        at=NOW,
        on=1,
        origin=make.ORIGIN,
        reason="not_ours",
        note="不是我们的",
    )
    assert {lesson.number for lesson in lessons("unit")} == {kept.number, back.number}


def test_the_first_version_is_used_and_told(town: Place) -> None:
    heard(40)
    learnt = learn(town, "topic", at=NOW)
    assert learnt.version is not None
    assert learnt.version.status == "used"
    assert "内容分类模型第1版：由" in learnt.said
    assert learnt.said.endswith("已启用")
    assert learnt.version.texts == sum(not each.held_back for each in lessons("topic"))
    model = learning.read(versions()["topic"])
    assert model.predict("北苑小区路灯不亮了\n路面塌陷没人修").ranked[0].label == WATER
    assert set(model.labels) == {path for path, topic in town.topics.items() if topic.active}
    assert model.about["texts"] == learnt.version.texts, "names of topics are hints, not texts"


def test_a_few_cases_are_not_enough(town: Place) -> None:
    heard(5)
    assert learn(town, "topic", at=NOW).version is None
    assert not ModelVersion.objects.exists()


def test_without_news_nothing_is_learnt_again_unless_asked(town: Place) -> None:
    heard(40)
    learn(town, "topic", at=NOW)
    assert "没有足够的新件" in learn(town, "topic", at=NOW).said
    again = learn(town, "topic", at=NOW, anyway=True).version
    assert again is not None
    assert (again.number, again.status) == (2, "used")
    assert ModelVersion.objects.get(number=1).status == "replaced"


def test_a_version_that_is_worse_is_not_used(town: Place) -> None:
    heard(60)
    learn(town, "topic", at=NOW)
    for case in Case.objects.all():
        if not Lesson(case.number, "", "").held_back:
            shuffled = random.Random(case.number).choice([*TOPICS.values()])
            Case.objects.filter(pk=case.pk).update(topic=Topic.objects.get(path=shuffled))
    worse = learn(town, "topic", at=NOW, anyway=True).version
    assert worse is not None
    assert worse.status == "rejected"
    assert worse.figures["accuracy"] < worse.figures["accuracy_before"]
    assert versions()["topic"].number == 1


def test_what_says_no_more_than_the_commonest_answer_is_not_used(town: Place) -> None:
    heard(40)
    Case.objects.update(title="来电一件", topic=Topic.objects.get(path=WATER))
    CaseText.objects.all().delete()
    Case.objects.filter(number__endswith="3").update(topic=Topic.objects.get(path=GOODS))
    learnt = learn(town, "topic", at=NOW).version
    assert learnt is not None
    assert learnt.status == "rejected"


def test_a_version_is_taken_back_and_the_one_before_used_again(town: Place) -> None:
    heard(40)
    learn(town, "topic", at=NOW)
    learn(town, "topic", at=NOW, anyway=True)
    taken = roll_back("topic", at=NOW)
    assert (taken.number, versions()["topic"].number) == (2, 1)
    assert Trail.objects.get().data == {"before": "内容分类模型第2版", "after": "内容分类模型第1版"}
    assert guessing.reader(places.current()).versions["topic"].number == 1
    roll_back("topic", at=NOW)
    assert versions() == {}
    assert not guessing.reader(places.current()).learnt("topic"), "the screens know at once"
    with pytest.raises(Refused, match="没有什么可退回"):
        roll_back("topic", at=NOW)


def test_only_one_version_of_a_kind_is_in_use(town: Place) -> None:
    heard(40)
    version = learn(town, "topic", at=NOW).version
    assert version is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.create(
            kind="topic", number=9, status="used", made_at=NOW, texts=1, labels=2, upto=1, sha256="x"
        )


def test_a_changed_model_file_is_not_used_and_the_doctor_says_so(town: Place) -> None:
    heard(40)
    version = learn(town, "topic", at=NOW).version
    assert version is not None
    assert house_proof.WARNINGS["分类模型"](town, NOW) == []
    with version.path.open("ab") as file:
        file.write(b"x")
    (told,) = house_proof.WARNINGS["分类模型"](town, NOW)
    assert "内容分类模型第1版用不了" in told
    assert "校验值不符" in told


def test_a_version_of_an_earlier_form_is_learnt_anew(town: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    heard(40)
    learn(town, "topic", at=NOW)
    monkeypatch.setattr(model_files, "FORMAT", 99)
    learning._read.cache_clear()
    again = learn(town, "topic", at=NOW).version
    assert again is not None
    assert (again.number, again.status) == (2, "used")
    assert "before" not in again.figures


def test_old_files_go_and_their_rows_stay(town: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "KEPT_FILES", 1)
    heard(40)
    for _ in range(3):
        learn(town, "nature", at=NOW, anyway=True)
    assert [version.path.is_file() for version in ModelVersion.objects.order_by("number")] == [
        False,
        True,
        True,
    ]


def classify(*arguments: str) -> str:
    out = StringIO()
    call_command("classify", *arguments, stdout=out)
    return out.getvalue()


def test_the_commands_learn_list_and_take_back(town: Place) -> None:
    heard(40)
    said = classify("learn")
    assert "内容分类模型第1版" in said
    assert "承办单位：已核定的件有 0 件" in said
    assert "内容分类模型第1版　使用中　" in classify("versions")
    assert classify("rollback", "topic") == "已退回内容分类模型第1版，现用名称建议\n"


def test_the_workers_job_learns_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(worker.subprocess, "run", lambda command, **how: asked.append(command) or Done)
    assert worker.JOBS["learning"].run(NOW) == "没有需要学习的"
    assert asked == []
    heard(40)

    class Done:
        returncode, stdout, stderr = 0, "甲\n乙\n", ""

    assert worker.JOBS["learning"].run(NOW) == "甲；乙"
    assert asked[0][-2:] == ["classify", "learn"]
    Done.returncode, Done.stderr = 2, "数据库还没有建立"
    with pytest.raises(Refused, match="数据库还没有建立"):
        worker.JOBS["learning"].run(NOW)
