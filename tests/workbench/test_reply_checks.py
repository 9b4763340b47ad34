"""答复检查: what each check found in the replies that were reviewed, and what the reviewers then did."""

import pytest

from huiying.cases.models import Reply
from tests import make

pytestmark = pytest.mark.django_db

EMPTY = "您好，您反映的问题已转相关部门处理，请耐心等待。"
MENDED = "您好，3月1日我局派人更换了东街破损的水管，当天下午恢复供水。如有疑问请致电0990-1234567。"


def reviewed(cast, answer, verdict, *, by=True, later=""):
    case = make.case(status="reviewing", body="石桥镇东街水管破裂，请派人修理。")
    task = case.assignments.get()
    Reply.objects.create(assignment=task, no=1, public_answer=answer, drafted_at=make.at(3, 2))
    data = {"reason": "empty"} if verdict == "send_back" else {}
    make.step(case, verdict, on=1, by=cast.reviewer if by else None, when=make.at(3, 4), **data)
    if later:
        Reply.objects.create(assignment=task, no=2, public_answer=later, drafted_at=make.at(3, 8))


def test_counts_by_check_what_was_sent_back_and_what_released(
    client, cast, django_assert_max_num_queries
) -> None:
    reviewed(cast, EMPTY, "send_back", later=MENDED)
    reviewed(cast, EMPTY, "release")
    reviewed(cast, MENDED, "release")
    reviewed(cast, EMPTY, "release", by=False)
    client.force_login(cast.admin)
    with django_assert_max_num_queries(12):
        page = client.get("/settings/replies/")
    assert (page.context["total"], page.context["sent_back"]) == (3, 1)
    rows = {row.title: row for row in page.context["rows"]}
    assert (rows["只说转给别人办，没有办理结果"].found, rows["只说转给别人办，没有办理结果"].released) == (
        2,
        1,
    )
    assert rows["含个人信息"].found == 0
    assert all(rows)
    assert "多被放行" not in page.content.decode()


def test_a_check_that_reviewers_pass_over_is_marked(client, cast) -> None:
    for _ in range(10):
        reviewed(cast, EMPTY, "release")
    client.force_login(cast.admin)
    assert "多被放行" in client.get("/settings/replies/").content.decode()


def test_the_settings_lead_there_and_others_are_refused(client, cast) -> None:
    client.force_login(cast.admin)
    assert "/settings/replies/" in client.get("/settings/").content.decode()
    client.force_login(cast.reviewer)
    assert client.get("/settings/replies/").status_code == 403
