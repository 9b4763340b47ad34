"""Papers of a case: what they say, whom they leave out, who took them."""

import re
import zipfile
from datetime import date
from io import BytesIO

import pytest

from huiying.accounts.models import Trail, Unit
from huiying.cases.models import Reply
from huiying.dispatch import supervision
from huiying.dispatch.models import Letter
from tests import make

pytestmark = pytest.mark.django_db


def words(answer) -> str:
    """The text of a Word file."""
    return words_of(answer.getvalue())


def words_of(file: bytes) -> str:
    with zipfile.ZipFile(BytesIO(file)) as package:
        return re.sub(r"<[^>]+>", "", package.read("word/document.xml").decode())


@pytest.fixture
def get(client):
    def get(user, case, name, kind="docx"):
        client.force_login(user)
        return client.get(f"/cases/{case.number}/papers/{name}.{kind}")

    return get


def test_each_form_says_its_own(get, cast) -> None:
    case = make.case(status="reviewing", co=["housing"])
    task = case.assignments.get(no=1)
    at = make.at(3, 2)
    Reply.objects.create(
        assignment=task, no=1, public_answer="水管已更换。", author=cast.clerk, drafted_at=at
    )
    said = {name: words(get(cast.dispatcher, case, name)) for name in ("acceptance", "handover", "handling")}
    for name, title in (("acceptance", "受理单"), ("handover", "交办单"), ("handling", "办理单")):
        assert f"云溪县政务服务便民热线办公室{title}" in said[name]
        assert case.number in said[name]
        assert "已有三天，请尽快处理。" in said[name]
        assert "何某某" in said[name]
        assert "139****1234" in said[name]
        assert "何秀英" not in said[name]
        assert "13900001234" not in said[name]
    assert "云溪县水务局、云溪县住建局：" in said["handover"]
    assert "由云溪县水务局牵头办理，云溪县住建局协办" in said["handover"]
    assert "公开答复：水管已更换。" in said["handling"]
    assert "派单至云溪县水务局（牵头）" in said["handling"]


@pytest.mark.parametrize("protect", [{"nature": "tip"}, {"secret": True}])
def test_a_paper_for_the_units_never_tells_a_protected_reporter(get, cast, protect) -> None:
    body = "我叫何秀英，电话13900001234，举报有人偷排。"
    case = make.case(status="handling", body=body, address="东街12号", **protect)
    for user, name in ((cast.dispatcher, "handover"), (cast.clerk, "handling"), (cast.clerk, "acceptance")):
        said = words(get(user, case, name))
        assert "本件保护诉求人" in said
        for secret in ("何秀英", "何某某", "13900001234", "139****1234", "东街12号"):
            assert secret not in said, (name, secret)
    assert "何某某" in words(get(cast.dispatcher, case, "acceptance"))


def test_a_letter_says_what_is_asked_and_by_when_in_word_and_pdf(client, cast, now) -> None:
    case = make.case(status="handling")
    to = Unit.objects.get(code="water")
    asked = "请说明原因。\n请书面反馈。"
    supervision.supervise(case, unit=to, due_on=date(2022, 3, 18), text=asked, by=cast.supervisor, at=now)
    letter = Letter.objects.get()
    client.force_login(cast.clerk)
    answer = client.get(f"/letters/{letter.pk}.docx")
    sent = answer.getvalue()
    said = words_of(sent)
    for part in (
        "云溪县政务服务便民热线办公室督办函",
        "督办函〔2022〕1号",
        "云溪县水务局：",
        "于2022-03-01 10:00派单至你单位",
        "请于2022年3月18日前办理完毕",
        "督办要求：请说明原因。",
        "请书面反馈。",
        "2022年3月15日",
    ):
        assert part in said, part
    assert f"{case.number}-" in answer.headers["Content-Disposition"]
    pdf = client.get(f"/letters/{letter.pk}.pdf")
    assert pdf.getvalue().startswith(b"%PDF")
    make.step(case, "answer", on=1)
    make.step(case, "release", on=1)
    assert client.get(f"/letters/{letter.pk}.docx").getvalue() == sent  # what went out stays
    client.force_login(cast.other_clerk)
    assert client.get(f"/letters/{letter.pk}.docx").status_code == 404


def test_what_is_not_there_or_not_one_s_own_is_not_found(get, cast) -> None:
    case = make.case()
    assert get(cast.dispatcher, case, "acceptance").status_code == 200
    assert get(cast.dispatcher, case, "handover").status_code == 404  # not dispatched yet
    assert get(cast.dispatcher, case, "diploma").status_code == 404
    assert get(cast.dispatcher, case, "acceptance", "exe").status_code == 404
    assert get(cast.clerk, case, "acceptance").status_code == 404


def test_the_case_page_leads_to_the_papers_that_there_are(
    client, cast, now, django_assert_max_num_queries
) -> None:
    case = make.case(status="handling")
    to = Unit.objects.get(code="water")
    supervision.supervise(case, unit=to, due_on=now.date(), text="请办。", by=cast.supervisor, at=now)
    client.force_login(cast.dispatcher)
    with django_assert_max_num_queries(15):
        page = client.get(f"/cases/{case.number}/")
    made = page.context["papers"]
    assert [paper.title for paper in made] == ["受理单", "交办单", "办理单", "督办函〔2022〕1号"]
    assert all(client.get(url).status_code == 200 for paper in made for url in (paper.docx,))
    fresh = make.case()
    assert [p.title for p in client.get(f"/cases/{fresh.number}/").context["papers"]] == ["受理单"]


def test_the_trail_says_who_took_which_paper(get, cast) -> None:
    case = make.case(status="handling")
    get(cast.clerk, case, "handling")
    taken = Trail.objects.get()
    assert (taken.kind, taken.user, taken.subject) == ("export", cast.clerk, case.number)
    assert taken.data == {"paper": "办理单", "format": "docx"}
