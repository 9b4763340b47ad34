"""The reporter is planted in every text of a protected case; then a unit's people read all they can."""

import html
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from urllib.parse import unquote, urlsplit

import pytest
from django.core.files.base import ContentFile

from huiying.accounts.models import Unit
from huiying.bulletins import reconciliation
from huiying.bulletins.reconciliation import Objection
from huiying.cases import lifecycle, place
from huiying.cases.models import Case, CaseText, Office
from huiying.dispatch import supervision
from huiying.dispatch.supervision import WATCHES
from huiying.quality import appeals, calls
from huiying.replies import attachments, drafting, handling
from huiying.replies.drafting import Texts
from huiying.workbench.columns import COLUMNS
from huiying.workbench.inbox import TABS
from huiying.workbench.supervision import KEPT
from tests import make
from tests.bulletins.closing import DUE, MARCH, of
from tests.bulletins.test_editions import STYLE
from tests.test_house import routes

pytestmark = pytest.mark.django_db

REPORTER = make.PersonData(
    name="欧阳玉兰", phone="13955501234", id_number="990101197001011234", address="石桥镇东街12号"
)
SAYS = "欧阳玉兰（玉兰）来电139 5550 1234，尾号1234，住石桥镇东街12号，请回欧阳女士"
"""What is planted; no two places say it alike, so that a find says where it came from."""
POINTS = ("欧阳", "玉兰", "13955501234", "139 5550 1234", "139****1234", "尾号1234", "东街12号", "12号")
PROTECTED = [{"nature": "tip"}, {"secret": True}]
UNIT_PEOPLE = ("clerk", "head", "other_clerk", "section_clerk")
LEAD, CO = 1, 2


@pytest.fixture(autouse=True)
def _files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def planted(cast, **protect) -> Case:
    """An open case that lies with water (lead) and housing, and on the way wrote the reporter everywhere."""
    case = make.case(
        f"题：{SAYS}",
        body=f"文：{SAYS}",
        caller=REPORTER,
        village="东街",
        address="东街12号",
        issues=({"title": f"问一：{SAYS}"}, {"title": f"问二：{SAYS}"}),
        received=make.at(3, 14, 8),
        **protect,
    )
    case.longitude, case.latitude = 118.59123, 30.06912
    case.save()
    units = [{"unit": "water", "role": "lead"}, {"unit": "housing", "role": "co"}]
    step(case, "dispatch", cast.dispatcher, 10, units=units, note=f"派：{SAYS}")
    step(case, "claim", cast.clerk, 11, on=LEAD)
    step(case, "supplement", cast.operator, 11, note=f"补：{SAYS}")
    step(case, "ask_return", cast.other_clerk, 12, on=CO, reason="not_ours", note=f"退：{SAYS}")
    step(case, "refuse_return", cast.dispatcher, 12, on=CO, note=f"裁：{SAYS}")
    step(case, "claim", cast.other_clerk, 13, on=CO)
    step(case, "contact", cast.clerk, 13, on=LEAD, note=f"联：{SAYS}")
    written(case, cast.clerk, 14)
    step(case, "approve_reply", cast.head, 15, on=LEAD)
    step(case, "submit_reply", cast.clerk, 15, on=LEAD)
    step(case, "send_back", cast.reviewer, 16, on=LEAD, reason="empty", note=f"返：{SAYS}")
    written(case, cast.clerk, 16)
    step(case, "revise_reply", cast.head, 17, on=LEAD, note=f"改：{SAYS}")
    step(case, "instruct", cast.leader, 18, note=f"示：{SAYS}")
    step(case, "urge", cast.supervisor, 18, note=f"催：{SAYS}")
    to = Unit.objects.get(code="water")
    text, due_on = f"督：{SAYS}", date(2022, 3, 18)
    supervision.supervise(case, unit=to, due_on=due_on, text=text, by=cast.supervisor, at=make.at(3, 14, 19))
    section, task = Unit.objects.get(code="housing-gas"), case.assignments.get(no=CO)
    part = handling.give(
        task, to=section, due_on=due_on, note=f"分：{SAYS}", by=cast.other_clerk, at=make.at(3, 14, 19)
    )
    assert part.is_open
    CaseText.objects.create(case=case, seq=1, kind="supplement", text=f"增：{SAYS}", digest="")
    file = ContentFile(b"\xff\xd8\xff\xe0", name=f"附：{SAYS}.jpg")
    attachments.attach(case.assignments.get(no=LEAD), [file], by=cast.clerk)
    alone = make.case(f"并：{SAYS}", caller=REPORTER)  # what it is merged into protects it, too
    old = make.case(f"旧：{SAYS}", status="handling", caller=REPORTER, **protect)
    for each in (alone, old):
        lifecycle.merge(each, Case.objects.get(pk=case.pk), by=cast.dispatcher, at=make.at(3, 14, 20))
    return case


def step(case, name, by, hour, *, on=0, **data) -> None:
    lifecycle.advance(case, name, by=by, at=make.at(3, 14, hour), on=on, **data)


def written(case, by, hour) -> None:
    texts = Texts(f"情：{SAYS}", f"录：{SAYS}", f"答：{SAYS}")
    drafting.draft(case.assignments.get(no=LEAD), texts, by=by, at=make.at(3, 14, hour), seq=case.seq)
    case.refresh_from_db()


def appealed(cast, **protect) -> None:
    """A closed protected case with a bad mark, an appeal and its ruling; and one still to be appealed."""
    for n in range(2):
        case = make.case(
            f"毕{n}：{SAYS}", status="closed", caller=REPORTER, received=make.at(3, 2), **protect
        )
        calls.plan(place.current(), make.at(3, 15, 9))
        said = {"outcome": "reached", "solved": False, "satisfied": "dissatisfied", "reason": "result"}
        mark = calls.record(
            case.call_backs.get(), by=cast.callback, at=make.at(3, 15, 9), place=place.current(), **said
        )
    appeal = appeals.ask(mark, reason=f"诉：{SAYS}", by=cast.clerk, at=make.at(3, 15, 9))
    appeals.rule(appeal, upheld=False, note=f"决：{SAYS}", by=cast.reviewer, at=make.at(3, 15, 9))


def disputed(cast, cases) -> None:
    """The rows of a bulletin to come, each case disputed and ruled."""
    Office.objects.update(config={"bulletin": {"style": [STYLE]}}, revision=99)
    here, now = place.current(), make.at(3, 15, 10)
    begun = reconciliation.begin(here, MARCH, due_on=DUE, as_of=now, by=cast.editor, at=now)
    for case in cases:
        said = Objection(case.number, "other", f"应：{SAYS}", f"异：{SAYS}")
        made = reconciliation.dispute(of(begun), said, by=cast.clerk, at=now)
        reconciliation.rule(made, upheld=False, note=f"驳：{SAYS}", by=cast.editor, at=now)


# What they read


def said(answer) -> str:
    """Everything that an answer tells: page, file, and what its head says."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(body)) as package:
            body = b"".join(package.read(name) for name in package.namelist() if name.endswith(".xml"))
        return re.sub(r"<[^>]+>", "", body.decode())
    head = unquote(answer.headers.get("Content-Disposition", ""))
    return f"{head} {html.unescape(body.decode(errors='replace'))}"


def walk(client, user, first: list[str]) -> Iterator[tuple[str, str]]:
    """Every page and file that the person can reach by links from the first ones, each address once."""
    client.force_login(user)
    todo, seen = list(first), set[str]()
    while todo:
        url = todo.pop(0)
        path = url if url in first else urlsplit(url).path
        if path in seen or path.endswith(".pdf"):  # laid out from the same text as the Word file
            continue
        seen.add(path)
        answer = client.get(url)
        if answer.status_code != 200:  # another address, not allowed, or not there
            continue
        text = said(answer)
        yield url, text
        found = re.findall(r'(?:href|hx-get|action)="(/[^"]*|[?][^"]*)"', text)
        todo += [each if each.startswith("/") else urlsplit(url).path + each for each in found]


LISTS = [
    *(f"/inbox/?tab={tab}" for tab in TABS),
    *(f"/supervision/?list={name}" for name in (*(watch.name for watch in WATCHES), *KEPT)),
    f"/cases/?cols={','.join(COLUMNS)}",
    f"/cases/file/?cols={','.join(COLUMNS)}",
    "/figures/cases/?period=2022-03&measure=received",
]


def doors(cases: list[Case]) -> list[str]:
    """Every address that asks for nothing or for a case, linked to or not, and every list of those that
    hold several."""
    paths = [f"/{path}" for name, path, _ in routes() if name not in {"logout", "login"}]
    about = [path.replace("<path:number>", case.number) for case in cases for path in paths]
    return [*LISTS, *(path for path in dict.fromkeys(about) if "<" not in path)]


def test_nothing_that_a_unit_can_open_points_at_a_protected_reporter(client, cast) -> None:
    cases = [planted(cast, **protect) for protect in PROTECTED]
    appealed(cast, secret=True)
    disputed(cast, cases)
    seen = dict[str, set[str]]()
    for name in UNIT_PEOPLE:
        for url, text in walk(client, getattr(cast, name), doors(cases)):
            seen.setdefault(urlsplit(url).path, set()).add(name)
            for point in (*POINTS, "118.59", "30.069"):
                at = text.find(point)
                assert at < 0, (name, url, point, text[max(0, at - 80) : at + 40])
    for here in (f"/cases/{case.number}" for case in cases):
        assert seen[f"{here}/"] == {"clerk", "head", "other_clerk"}
        assert seen[f"{here}/task/{CO}/"] == {"other_clerk", "section_clerk"}
        for path in (f"{here}/task/{LEAD}/", f"{here}/papers/handling.docx"):
            assert "clerk" in seen[path], path
        assert any(path.startswith(f"{here}/files/") for path in seen)
    assert any(path.startswith("/letters/") for path in seen)
    assert {"/appeals/", "/board/", "/supervision/open/", "/supervision/open.xlsx", "/cases/file/"} <= set(
        seen
    )
    statements = [path for path in seen if path.startswith("/closing/statements/")]
    assert {path.rpartition(".")[2] for path in statements} >= {"docx", "xlsx", "csv"}


def test_the_matter_itself_is_still_read(client, cast) -> None:
    case = planted(cast, secret=True)
    client.force_login(cast.clerk)
    for url in (f"/cases/{case.number}/", f"/cases/{case.number}/task/{LEAD}/"):
        text = said(client.get(url))
        for word in ("题：", "文：", "增：", "来电", "情：", "录：", "答：", "联："):
            assert word in text, (url, word)
    for word in ("问一：", "派：", "补：", "退：", "裁：", "返：", "改：", "示：", "催：", "督：", "并："):
        assert word in said(client.get(f"/cases/{case.number}/")), word


def test_the_office_reads_it_as_it_was_written(client, cast) -> None:
    case = planted(cast, secret=True)
    client.force_login(cast.reviewer)
    text = said(client.get(f"/cases/{case.number}/"))
    for word in (f"题：{SAYS}", f"派：{SAYS}", f"答：{SAYS}", "东街 东街12号", "118.59"):
        assert word in text


def test_a_case_that_is_not_protected_is_shown_to_its_unit_as_before(client, cast) -> None:
    case = planted(cast)
    client.force_login(cast.clerk)
    text = said(client.get(f"/cases/{case.number}/"))
    assert f"派：{SAYS}" in text
    assert "东街12号" in text


def test_a_unit_cannot_find_out_who_reported_by_searching_names(client, cast) -> None:
    secret, plain = planted(cast, secret=True), make.case("东街停水", status="handling", body=SAYS)
    for user, found in ((cast.clerk, {plain.number}), (cast.dispatcher, {plain.number, secret.number})):
        client.force_login(user)
        page = said(client.get("/cases/", {"q": "欧阳玉兰"}))
        assert {number for number in (plain.number, secret.number) if number in page} == found
    client.force_login(cast.clerk)
    assert f"/cases/{secret.number}/" in said(client.get("/cases/", {"q": secret.number}))


def test_what_a_unit_saves_again_keeps_its_own_telephone(client, cast) -> None:
    case = make.case(status="handling", secret=True, caller=REPORTER)
    texts = Texts("已办。", f"已告知{REPORTER.name}。", "请拨打水务局电话8123456，联系人王强。")
    drafting.draft(case.assignments.get(), texts, by=cast.clerk, at=make.at(3, 2), seq=case.seq)
    client.force_login(cast.clerk)
    page = client.get(f"/cases/{case.number}/task/1/")
    assert page.context["typed"]["public_answer"] == texts.public_answer
    assert page.context["typed"]["contact_record"] == "已告知〔隐去〕。"


def test_protecting_costs_no_page_its_bound(client, cast, django_assert_max_num_queries) -> None:
    case = planted(cast, secret=True)
    for n in range(20):
        make.case(f"{n}：{SAYS}", status="handling", nature="tip", caller=REPORTER)
    client.force_login(cast.clerk)
    for url, most in (
        ("/cases/", 12),
        ("/inbox/?tab=todo", 12),
        (f"/cases/{case.number}/", 15),
        (f"/cases/{case.number}/task/{LEAD}/", 15),
    ):
        client.get(url)  # the place is read once
        with django_assert_max_num_queries(most):
            client.get(url)
