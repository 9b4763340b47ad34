"""Bulletins on screen: who reads which, and what a figure opens."""

import re
from decimal import Decimal

import pytest

from huiying.bulletins import content
from huiying.bulletins.content import Content, Figure, Heading, Number, Paragraph, Text, Title
from huiying.bulletins.models import Edition, Reconciliation
from tests import make

pytestmark = pytest.mark.django_db


def figure(key="F1", **changes) -> Figure:
    known = make.at(4, 1, 0)
    values = {
        "section": "热线",
        "measure": "received",
        "params": (("nature", "complaint"),),
        "as_of": known,
        "known_at": known,
        "numerator": Decimal(2),
        "denominator": None,
        "value": Decimal(2),
        "computed": "2",
        "shown": "2",
        "period": "2022-03",
        "scope": (("channel", ("hotline",)),),
    }
    return Figure(key=key, **(values | changes))


def edition(*figures: Figure, published=False) -> Edition:
    runs = tuple(run for each in figures for run in (Text("受理"), Number(each), Text("件。")))
    at = make.at(4, 1, 0)
    made = Content(
        "云溪县",
        "月报",
        "2022-03",
        at.date().replace(month=3),
        at.date().replace(month=3, day=31),
        at,
        at,
        "internal",
        "三月份通报",
        (Title("三月份通报"), Heading(1, "一、总体"), Paragraph(runs)),
    )
    return Edition.objects.create(
        series="云溪政务",
        period="2022-03",
        style="月报",
        title="三月份通报",
        content=content.dump(made),
        public=content.dump(made),
        as_of=at,
        known_at=at,
        composed_at=at,
        published_at=at if published else None,
    )


def test_drafts_are_for_the_office_and_published_editions_for_the_units_too(client, cast) -> None:
    draft, issued = edition(figure()), edition(figure(), published=True)
    for user, seen in [
        (cast.leader, {draft.pk, issued.pk}),
        (cast.clerk, {issued.pk}),
        (cast.stranger, set()),
    ]:
        client.force_login(user)
        page = client.get("/bulletins/").content.decode()
        assert {int(pk) for pk in re.findall(r'/bulletins/(\d+)/" tabindex', page)} == seen
        for each in (draft, issued):
            expected = 200 if each.pk in seen else 404
            assert client.get(f"/bulletins/{each.pk}/").status_code == expected
            assert client.get(f"/bulletins/{each.pk}/figures/F1/").status_code == expected
            if expected == 404:
                assert client.get(f"/bulletins/{each.pk}/files/2022-03.txt").status_code == 404


def test_every_figure_on_the_page_opens(client, cast) -> None:
    made = edition(figure(), figure("F2", measure="closing_rate_received", numerator=Decimal(1)))
    client.force_login(cast.editor)
    page = client.get(f"/bulletins/{made.pk}/").content.decode()
    links = re.findall(r'data-figure="[^"]+" href="([^"]+)"', page)
    assert len(links) == 2
    for link in links:
        assert client.get(link).status_code == 200


def test_a_figure_opens_its_definition_its_terms_and_its_cases(client, cast) -> None:
    counted = [make.case("自来水浑浊"), make.case("路灯不亮", received=make.at(3, 5))]
    other = make.case("只是问问", nature="inquiry")
    made = edition(figure(known_at=make.at(4, 1, 0)))
    client.force_login(cast.leader)
    answer = client.get(f"/bulletins/{made.pk}/figures/F1/")
    page = answer.content.decode()
    for case in counted:
        assert f"/cases/{case.number}/" in page
    assert other.number not in page
    for words in ("本期受理的件", "投诉", "云溪县12345热线", "2022年3月", "2022-04-01 00:00"):
        assert words in page, words


def test_a_clerk_opening_a_figure_sees_only_the_cases_of_the_unit(client, cast) -> None:
    mine, other = make.case(status="handling", unit="water"), make.case(status="handling", unit="housing")
    made = edition(figure(), published=True)
    client.force_login(cast.clerk)
    page = client.get(f"/bulletins/{made.pk}/figures/F1/").content.decode()
    assert mine.number in page
    assert other.number not in page
    assert "另有 1 件未列出" in page


def test_a_figure_printed_otherwise_says_what_was_computed_and_why(client, cast) -> None:
    made = edition(figure(shown="3", reason="与附件一致"))
    client.force_login(cast.editor)
    page = client.get(f"/bulletins/{made.pk}/figures/F1/").content.decode()
    assert "已改印" in page
    assert "与附件一致" in page


def test_the_panel_is_the_same_part_of_the_figure_s_own_page(client, cast) -> None:
    made = edition(figure())
    client.force_login(cast.editor)
    url = f"/bulletins/{made.pk}/figures/F1/"
    part = client.get(url, headers={"HX-Request": "true"}).content.decode().strip()
    assert part.startswith('<section class="card figure-card"')
    assert part in client.get(url).content.decode()


def test_a_figure_that_is_not_in_the_edition_is_not_there(client, cast) -> None:
    made = edition(figure())
    client.force_login(cast.editor)
    assert client.get(f"/bulletins/{made.pk}/figures/F9/").status_code == 404


def test_a_draft_can_be_saved_as_a_file(client, cast) -> None:
    made = edition(figure())
    client.force_login(cast.editor)
    answer = client.get(f"/bulletins/{made.pk}/files/2022-03.txt")
    assert "三月份通报" in b"".join(answer.streaming_content).decode()
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.get(f"/bulletins/{made.pk}/files/..%2Fsecret.key").status_code == 404


def test_the_public_version_tells_nothing_of_where_a_number_came_from(client, cast) -> None:
    made = edition(figure())
    client.force_login(cast.editor)
    page = client.get(f"/bulletins/{made.pk}/", {"version": "public"}).content.decode()
    assert "data-figure=" not in page
    assert "公开版" in page


def test_a_draft_says_what_the_units_have_not_agreed_to_and_a_published_edition_does_not(
    client, cast, town
) -> None:
    make.case(status="dispatched")
    plan = Reconciliation.objects.create(
        style="月报",
        period="2022-03",
        scopes=[],
        measures=["dispatched"],
        as_of=make.at(4, 1, 0),
        due_on=make.at(4, 8).date(),
        opened_at=make.at(4, 1, 9),
        opened_by=cast.editor,
    )
    plan.statements.create(unit=town.units["water"])
    client.force_login(cast.editor)
    for made, told in ((edition(figure()), True), (edition(figure(), published=True), False)):
        said = client.get(f"/bulletins/{made.pk}/").content.decode()
        assert ("1 个单位还没有确认：云溪县水务局。" in said) is told


def test_the_list_does_not_read_the_documents(client, cast, django_assert_max_num_queries) -> None:
    for _ in range(20):
        edition(figure())
    client.force_login(cast.clerk)
    with django_assert_max_num_queries(6):
        client.get("/bulletins/")


def test_only_who_composes_is_told_the_command(client, cast) -> None:
    for user, told in ((cast.clerk, False), (cast.dispatcher, False), (cast.admin, True)):
        client.force_login(user)
        said = client.get("/bulletins/").content.decode()
        assert "还没有可看的通报" in said
        assert ("huiying bulletin compose" in said) is told
