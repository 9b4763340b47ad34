"""One story for each address of the workbench that is written to: who sends which form, filled in how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from huiying.accounts import people
from huiying.accounts.models import User
from huiying.archive.models import Package
from huiying.batches.models import Batch, BatchKind, BatchState
from huiying.cases import lifecycle
from huiying.cases.models import Case, Office
from huiying.cases.place import Place
from huiying.dispatch import handoff
from huiying.intake import calls as intake_calls
from huiying.intake import drafts
from huiying.intake.kinds import CRITERIA
from huiying.knowledge.models import StandardText
from huiying.mining.models import ModelVersion
from huiying.notices.models import Notice, Outbox, OutboxState
from huiying.quality import appeals, calls
from huiying.replies import drafting, handling
from tests import make
from tests.cast import Cast

UNHAPPY = {"outcome": "reached", "solved": False, "satisfied": "dissatisfied", "reason": "result"}
TEXTS = {"handling_report": "更换了老化管段。", "public_answer": "您好，管段已经更换，水质恢复正常。"}


@dataclass
class Press:
    """A form to be sent: by whom, from which page, to which address, with what filled in."""

    by: User
    page: str
    to: str = ""
    typed: dict[str, Any] = field(default_factory=dict)
    files: bool = False


def handled(**details: Any) -> Case:
    return make.case(status="handling", received=make.at(3, 14), **details)


def called(cast: Cast, place: Place, now: Any, *, bad: bool = False) -> Any:
    """A case whose citizen is to be called back; `bad`: was called and is not content."""
    case = make.case(status="closed", received=make.at(3, 1))
    calls.plan(place, now)
    task = case.call_backs.get()
    if bad:
        calls.record(task, by=cast.callback, at=now, place=place, **UNHAPPY)
    return task


# The stories: one for each address that is written to.

Story = Callable[[Cast, Place, Any], Press]
STORIES: dict[str, Story] = {}


def story(route: str) -> Callable[[Story], Story]:
    """The story of one address; of an address for many things, one for each: "route thing"."""

    def tell(told: Story) -> Story:
        assert route not in STORIES, route
        STORIES[route] = told
        return told

    return tell


def asked(cast: Cast, now: Any) -> str:
    """The key of a form that is being filled in."""
    drafts.save(cast.operator, "k1", FORM, at=now)
    return "k1"


FORM = {"title": "东街何时恢复供水", "body": "已停水一天。", "nature": "inquiry", "phone": "13900001234"}


@story("intake")
def _(cast, place, now):
    return Press(cast.operator, "/intake/", typed=FORM | {"way": "queue"})


@story("intake_discard")
def _(cast, place, now):
    return Press(cast.operator, "/intake/", "/intake/discard/")


@story("intake_call")
def _(cast, place, now):
    kind = next(iter(intake_calls.CALLS))
    return Press(cast.operator, "/intake/", typed={"kind": kind}, to="/intake/calls/")


@story("intake_back")
def _(cast, place, now):
    kind = next(code for code, row in intake_calls.CALLS.items() if row.to)
    call = intake_calls.log(kind, by=cast.operator, at=now)
    return Press(cast.operator, "/intake/", f"/intake/calls/{call.pk}/back/")


@story("intake_about progress")
def _(cast, place, now):
    case = handled()
    to = f"/intake/cases/{case.number}/"
    return Press(cast.operator, f"/intake/?draft={asked(cast, now)}", to, {"about": "progress"})


@story("intake_about supplement")
def _(cast, place, now):
    case = handled()
    to = f"/intake/cases/{case.number}/"
    return Press(cast.operator, f"/intake/?draft={asked(cast, now)}", to, {"about": "supplement"})


@story("intake_shift")
def _(cast, place, now):
    return Press(cast.operator, "/intake/", "/intake/shift/", {"step": "start"})


@story("score")
def _(cast, place, now):
    kind = next(iter(intake_calls.CALLS))
    intake_calls.log(kind, by=cast.operator, at=now)
    return Press(
        cast.supervisor,
        "/intake/scores/?day=2022-03-15",
        "/intake/scores/score/",
        dict.fromkeys(CRITERIA, "5"),
    )


@story("caller_note")
def _(cast, place, now):
    return Press(
        cast.supervisor, "/intake/scores/", "/intake/notes/", {"phone": "13900001234", "note": "多次骚扰"}
    )


@story("move_cases")
def _(cast, place, now):
    case = make.case(status="dispatched", received=make.at(3, 14))
    pick = f"{case.pk}-{case.seq}"
    return Press(cast.supervisor, "/cases/", "/cases/moves/", {"pick": pick, "move": "urge"})


def _move(name: str, who: str, status: str, typed: dict[str, str], on: int = 0) -> None:
    @story(f"move {name}")
    def _(cast, place, now):
        case = make.case(status=status, received=make.at(3, 14))
        page = f"/cases/{case.number}/"
        return Press(getattr(cast, who), page, f"{page}moves/{name}/", typed)


_move("urge", "dispatcher", "dispatched", {})
_move("terminate", "reviewer", "handling", {"note": "已由法院受理"})
_move("instruct", "leader", "handling", {"note": "请抓紧办理"})
_move("dispatch", "dispatcher", "received", {"lead": "water"})
_move("direct_answer", "operator", "received", {"note": "今晚八点恢复"})
_move("remark", "callback", "handling", {"note": "诉求人晚上在家，请七点后联系"})
_move("supplement", "operator", "handling", {"note": "又停水了"})
_move("claim", "clerk", "dispatched", {})
_move("interim", "clerk", "handling", {"note": "正在检测，预计周五有结果"})
_move("recall", "dispatcher", "dispatched", {"note": "派错了"})
_move("reopen", "reviewer", "closed", {"note": "群众反映未解决"})


@story("move merge")
def _(cast, place, now):
    other, case = make.case("另一件", received=make.at(3, 14)), make.case(received=make.at(3, 14))
    page = f"/cases/{case.number}/"
    return Press(cast.dispatcher, page, f"{page}moves/merge/", {"into": other.number})


@story("move unmerge")
def _(cast, place, now):
    other, case = make.case("另一件", received=make.at(3, 14)), make.case(received=make.at(3, 14))
    lifecycle.merge(case, other, by=cast.dispatcher, at=now)
    page = f"/cases/{case.number}/"
    return Press(cast.dispatcher, page, f"{page}moves/unmerge/", {"note": "不是同一件事"})


def _work(name: str, who: str = "clerk", status: str = "handling", **typed: Any) -> None:
    @story(f"work_act {name}")
    def _(cast, place, now):
        case = make.case(status=status, received=make.at(3, 14))
        page = f"/cases/{case.number}/task/1/"
        return Press(getattr(cast, who), page, f"{page}{name}/", typed)


_work("claim", status="dispatched")
_work("draft", **TEXTS)
_work("answer", "head", **TEXTS)
_work("contact", said="约定下午到场查看。")
_work("ask_return", return_reason="not_ours", return_basis="三定规定第四条")
_work("ask_extension", until="2022-04-12", extension_reason="等待检测结果")
_work("drop_return", status="returning")


@story("work_act attach")
def _(cast, place, now):
    case = handled()
    page = f"/cases/{case.number}/task/1/"
    return Press(cast.clerk, page, f"{page}attach/", files=True)


def _drafted(case: Case, by: User, now: Any, *moves: str) -> None:
    task = case.assignments.get()
    drafting.draft(task, drafting.Texts(**TEXTS), by=by, at=now, seq=case.seq)
    for name in moves:
        case.refresh_from_db()
        getattr(drafting, name)(case.assignments.get(), by=by, at=now, seq=case.seq)


@story("work_act approve")
def _(cast, place, now):
    case = handled()
    _drafted(case, cast.head, now)
    page = f"/cases/{case.number}/task/1/"
    return Press(cast.head, page, f"{page}approve/")


@story("work_act revise")
def _(cast, place, now):
    case = handled()
    _drafted(case, cast.head, now)
    page = f"/cases/{case.number}/task/1/"
    return Press(cast.head, page, f"{page}revise/", {"revise_note": "请写明结果"})


@story("work_act submit")
def _(cast, place, now):
    case = handled()
    _drafted(case, cast.head, now, "approve")
    page = f"/cases/{case.number}/task/1/"
    return Press(cast.clerk, page, f"{page}submit/")


def _part(cast: Cast, now: Any) -> Any:
    case = handled()
    task = case.assignments.get()
    return handling.give(task, to=cast.clerk, due_on=now.date(), note="查表", by=cast.head, at=now)


@story("work_act give")
def _(cast, place, now):
    page = f"/cases/{handled().number}/task/1/"
    typed = {"part_to": f"user-{cast.clerk.pk}", "part_due_on": "2022-03-20", "part_note": "查表"}
    return Press(cast.head, page, f"{page}give/", typed)


@story("work_act answer_part")
def _(cast, place, now):
    page = f"/cases/{_part(cast, now).assignment.case.number}/task/1/"
    return Press(cast.clerk, page, f"{page}answer_part/", {"part_result": "已查，无误"})


@story("work_act withdraw_part")
def _(cast, place, now):
    page = f"/cases/{_part(cast, now).assignment.case.number}/task/1/"
    return Press(cast.head, page, f"{page}withdraw_part/")


@story("amend")
def _(cast, place, now):
    case = handled()
    page = f"/cases/{case.number}/amend/"
    typed = {"note": "录错了渠道", "channel": "mailbox", "topic": ""}
    return Press(cast.dispatcher, f"{page}?record=1", page, typed)


@story("inbox_claim")
def _(cast, place, now):
    case = make.case(status="dispatched", received=make.at(3, 14))
    task = case.assignments.get()
    return Press(cast.clerk, "/inbox/?tab=claim", "/inbox/claim/", {"task": f"{task.pk}-{case.seq}"})


@story("callback_record")
def _(cast, place, now):
    page = f"/callbacks/{called(cast, place, now).pk}/"
    return Press(cast.callback, page, f"{page}record/", {"outcome": "missed"})


@story("callback_decide")
def _(cast, place, now):
    page = f"/callbacks/{called(cast, place, now, bad=True).pk}/"
    return Press(cast.reviewer, page, f"{page}decide/", {"verdict": "reopen", "note": "群众反映没有解决"})


@story("appeal")
def _(cast, place, now):
    mark = called(cast, place, now, bad=True)
    return Press(cast.clerk, "/appeals/", f"/appeals/{mark.pk}/ask/", {"reason": "已上门两次"})


@story("appeal_rule")
def _(cast, place, now):
    mark = called(cast, place, now, bad=True)
    appeal = appeals.ask(mark, reason="已上门两次", by=cast.clerk, at=now)
    typed = {"verdict": "upheld", "note": "记录属实"}
    return Press(cast.supervisor, "/appeals/", f"/appeals/{appeal.pk}/rule/", typed)


@story("review_reply")
def _(cast, place, now):
    page = f"/review/{make.case(status='reviewing', received=make.at(3, 14)).number}/1/"
    return Press(
        cast.reviewer, page, typed={"verdict": "send_back", "reason": "partial", "note": "请写明结果"}
    )


@story("read_notices")
def _(cast, place, now):
    Notice.objects.create(user=cast.clerk, rule="dispatch", key="1", text="新派单", created_at=now)
    return Press(cast.clerk, "/notices/", "/notices/read/")


@story("read_notice")
def _(cast, place, now):
    told = Notice.objects.create(user=cast.clerk, rule="dispatch", key="1", text="新派单", created_at=now)
    return Press(cast.clerk, "/notices/", f"/notices/{told.pk}/read/")


@story("resend")
def _(cast, place, now):
    dead = Outbox.objects.create(
        rule="dispatch",
        key="1",
        channel="mail",
        to="laoli",
        payload={"text": "新派单"},
        state=OutboxState.DEAD,
        error="发不出去",
        created_at=now,
        next_try_at=now,
    )
    return Press(cast.admin, "/notices/", f"/notices/outbox/{dead.pk}/")


@story("dispatch_selected")
def _(cast, place, now):
    case = make.case(received=make.at(3, 14))
    typed = {"picked": f"{case.number}@{case.seq}", "lead": "云溪县水务局"}
    return Press(cast.dispatcher, "/dispatch/", "/dispatch/selected/", typed)


@story("dispatch_undo")
def _(cast, place, now):
    case = make.case(received=make.at(3, 14))
    handoff.dispatch(case, lead="water", by=cast.dispatcher, at=now)
    return Press(cast.dispatcher, "/dispatch/", "/dispatch/undo/")


@story("dispatch_case")
def _(cast, place, now):
    page = f"/dispatch/{make.case(received=make.at(3, 14)).number}/"
    return Press(cast.dispatcher, page, typed={"lead": "云溪县水务局", "note": "请尽快"})


@story("dispatch_status")
def _(cast, place, now):
    handled()
    page = f"/dispatch/{make.case(received=make.at(3, 15, 9)).number}/"
    return Press(cast.dispatcher, page, f"{page}status/")


@story("ruling_decide")
def _(cast, place, now):
    case = make.case(status="returning", received=make.at(3, 14))
    to = f"/rulings/{case.number}/1/refuse_return/"
    return Press(cast.dispatcher, "/rulings/", to, {"note": "属你单位职责"})


@story("urge")
def _(cast, place, now):
    case = make.case(status="dispatched", received=make.at(3, 1))
    return Press(cast.supervisor, "/supervision/?list=claim", f"/supervision/{case.number}/urge/")


@story("letter")
def _(cast, place, now):
    page = f"/supervision/{handled().number}/letter/"
    return Press(cast.supervisor, page, typed={"due_on": "2022-03-20", "text": "请限期办结"})


@story("batch_again")
def _(cast, place, now):
    failed = Batch.objects.create(
        kind=BatchKind.RECKON, asked_by=cast.admin, asked_at=now, state=BatchState.FAILED
    )
    return Press(cast.admin, f"/batches/{failed.pk}/", f"/batches/{failed.pk}/again/")


@story("person_new")
def _(cast, place, now):
    typed = {"username": "dinghua", "name": "丁华", "roles": ["operator"]}
    return Press(cast.admin, "/settings/people/new/", typed=typed)


@story("person")
def _(cast, place, now):
    return Press(cast.admin, f"/settings/people/{cast.clerk.pk}/", typed={"name": "陈静静"})


@story("person_password")
def _(cast, place, now):
    page = f"/settings/people/{cast.clerk.pk}/"
    return Press(cast.admin, page, f"{page}password/")


RULE = {
    "name": "答复七个工作日",
    "valid_from": "2022-04-01",
    "amount": "7",
    "source": "规程第七条",
    "do": "save",
}


@story("rule")
def _(cast, place, now):
    return Press(cast.admin, "/settings/rules/version/reply/", typed=RULE)


@story("rule_new")
def _(cast, place, now):
    typed = RULE | {"code": "seven", "kind": "reply", "unit": "working_days", "starts": "received"}
    return Press(cast.admin, "/settings/rules/new/", typed=typed)


@story("calendar_day")
def _(cast, place, now):
    page = "/settings/calendar/"
    return Press(cast.admin, f"{page}?day=2022-05-06", f"{page}day/", {"kind": "holiday", "name": "调休"})


@story("calendar_notice")
def _(cast, place, now):
    page = "/settings/calendar/"
    typed = {"text": "date,kind,name\n2023-01-02,holiday,元旦", "do": "save"}
    return Press(cast.admin, f"{page}?year=2023", f"{page}notice/", typed)


@story("calendar_seeded")
def _(cast, place, now):
    page = "/settings/calendar/"
    return Press(cast.admin, f"{page}?year=2023", f"{page}seeded/")


@story("classifier_back")
def _(cast, place, now):
    figures = {"accuracy": 0.9}
    ModelVersion.objects.create(
        kind="topic", number=1, status="used", made_at=now, texts=90, labels=3, upto=0, figures=figures
    )
    return Press(cast.admin, "/settings/models/", "/settings/models/topic/back/", {"seen": "1"})


@story("callback_rules")
def _(cast, place, now):
    return Press(cast.admin, "/settings/callbacks/", typed={"percent": "30", "do": "save"})


@story("word")
def _(cast, place, now):
    pk = cast.clerk.unit.pk
    return Press(cast.admin, f"/settings/units/{pk}/", typed={"name": "云溪县水利局"})


@story("word_new")
def _(cast, place, now):
    return Press(cast.admin, "/settings/areas/new/", typed={"code": "lake", "name": "镜湖乡", "order": "3"})


@story("notice_rules")
def _(cast, place, now):
    return Press(cast.admin, "/settings/notices/", typed={"mail": ["dispatch", "urge"]})


@story("notice_rule")
def _(cast, place, now):
    return Press(cast.admin, "/settings/notices/rules/urge/", typed={"text": "{编号} 催办了，请尽快办理"})


ROBOT = {"kind": "wecom", "url": "https://robot.example.cn/send?key=1"}


@story("robot_new")
def _(cast, place, now):
    typed = ROBOT | {"unit": str(cast.clerk.unit.pk)}
    return Press(cast.admin, "/settings/notices/robots/new/", typed=typed)


@story("robot")
def _(cast, place, now):
    return Press(cast.admin, f"/settings/notices/robots/{cast.clerk.unit.pk}/", typed=ROBOT)


@story("standard_text_new")
def _(cast, place, now):
    typed = {"code": "hello", "name": "问候", "text": "您好，您反映的事项已经办理。", "do": "save"}
    return Press(cast.admin, "/settings/texts/new/", typed=typed)


@story("standard_text")
def _(cast, place, now):
    text = StandardText.objects.create(code="hello", name="问候", text="您好。")
    return Press(cast.admin, f"/settings/texts/{text.pk}/", typed={"text": "您好！", "do": "save"})


@story("delegations")
def _(cast, place, now):
    typed = {"taker": cast.head.pk, "from_on": "2022-03-15", "until_on": "2022-03-20", "reason": "外出培训"}
    return Press(cast.clerk, "/delegations/", typed=typed)


@story("delegation_end")
def _(cast, place, now):
    made = people.delegate(
        cast.clerk,
        cast.head,
        from_on=date(2022, 3, 15),
        until_on=date(2022, 3, 20),
        reason="外出培训",
        by=cast.clerk,
        today=date(2022, 3, 15),
        at=now,
    )
    return Press(cast.clerk, "/delegations/", f"/delegations/{made.pk}/end/")


@story("archive_cases")
def _(cast, place, now):
    make.case(status="closed", received=make.at(2, 1))
    Office.objects.update(config={"retention": {"after_days": 10}})
    Office.touch()
    return Press(cast.dispatcher, "/archiving/", "/archiving/make/", {"do": "all"})


@story("expired")
def _(cast, place, now):
    case = make.case(status="closed", received=make.at(2, 1))
    package = Package.objects.create(
        case=case, closed_at=case.closed_at, file="2022/1.zip", sha256="0" * 64, size=1, made_at=now,
        years=1, source="自定", until_on=date(2022, 3, 1),
    )  # fmt: skip
    typed = {"picked": [str(package.pk)], "why": "期满", "do": "propose"}
    return Press(cast.supervisor, "/archiving/expired/", typed=typed)


@story("retention_rules")
def _(cast, place, now):
    return Press(cast.admin, "/settings/retention/", typed={"after_days": "30"})


@story("retention_new")
def _(cast, place, now):
    typed = {"years": "5", "source": "县档案局批复", "do": "save"}
    return Press(cast.admin, "/settings/retention/new/", typed=typed)


@story("retention_rule")
def _(cast, place, now):
    return Press(cast.admin, "/settings/retention/1/", typed={"years": "20", "do": "save"})


EXEMPT = {
    "login": "nobody is signed in yet; signing in twice is signing in",
    "logout": "who is out stays out",
    "password": "Django's own form: the second time the old password is wrong, and nothing changes",
    "intake_draft": "saves what is typed, over and over: the last counts",
    "callback_number": "shows the number again, and the trail says so again",
    "title_proposal": "shows another proposal and saves none; the trail says so again",
    "summary_proposal": "shows another proposal and saves none; the trail says so again",
    "reply_proposal": "shows another proposal and saves none; the trail says so again",
    "robot_test": "a test message, which may be sent again",
    "case_citizen": "shows the citizen again, and the trail says so again",
}
"""Addresses that may be written to twice, and why."""

from tests.workbench import alarm_stories, alike_stories, article_stories, closing_stories, list_stories  # noqa: E402, F401 - more of them, which need the above
