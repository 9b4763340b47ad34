"""What the texts of a month propose for its bulletin, and how an editor takes it over."""

import pytest

from huiying.bulletins import authored, editions
from huiying.bulletins.models import Edition
from huiying.cases import place as places
from huiying.cases.models import Case, Office
from huiying.common.errors import Refused
from huiying.statistics import periods
from tests import make
from tests.bulletins.test_editions import STYLE
from tests.mining.test_watch import quiet_weeks, reports
from tests.workbench.alarm_stories import poor_reply

pytestmark = pytest.mark.django_db
LISTED = {"kind": "paragraph", "text": "分别反映{{ line.matters }}。"}
STYLE_WITH_HOT = {**STYLE, "block": [*STYLE["block"], {"kind": "hot_topics"}, LISTED]}


@pytest.fixture
def draft(cast, now) -> Edition:
    """A month in which many report one matter and two replies say nothing."""
    Office.objects.update(config={"bulletin": {"style": [STYLE_WITH_HOT]}}, revision=99)
    places.forget()
    quiet_weeks()
    Case.objects.filter(number__startswith="Q").update(received_at=make.at(3, 4))
    reports(6, "丽发新城搅拌站夜间噪音扰民")
    for day in (2, 3):
        poor_reply(day)
    return editions.draft(places.current(), periods.parse("2022-03"), at=now)


def test_an_editor_takes_proposals_over_by_a_tick_into_a_new_draft(client, cast, draft) -> None:
    client.force_login(cast.editor)
    url = f"/bulletins/{draft.pk}/proposals/"
    assert url in client.get(f"/bulletins/{draft.pk}/").content.decode()
    (hot, _), _, (problems, _) = client.get(url).context["offers"]
    [matter] = hot.rows
    assert "6人6件主要反映丽发新城搅拌站" in matter.text
    assert len(matter.cases) == 6
    told = next(row for row in problems.rows if "云溪县水务局共2件" in row.text)
    answer = client.post(url, {"hot_topics": [matter.text, "不在其中的一句"], "problems": [told.text]})
    made = Edition.objects.exclude(pk=draft.pk).get()
    assert answer.headers["Location"] == f"/bulletins/{made.pk}/"
    assert made.authored == {"hot_topics": [matter.text], "problems": [told.text]}
    assert (made.as_of, made.known_at, made.composed_by) == (draft.as_of, draft.known_at, cast.editor)
    page = client.get(f"/bulletins/{made.pk}/").content.decode()
    assert "6人6件主要反映丽发新城搅拌站" in page
    assert told.text in page


def test_the_list_of_matters_names_a_matter_once_when_that_is_taken_over(client, cast, draft) -> None:
    told = Case.objects.filter(title__contains="搅拌站").order_by("number")
    guarded = told[2]
    Case.objects.filter(pk=guarded.pk).update(secret=True)
    client.force_login(cast.editor)
    url = f"/bulletins/{draft.pk}/proposals/"
    [row] = client.get(url).context["offers"][1][0].rows
    assert set(row.cases) == {case.number for case in told} - {guarded.number}
    assert str(draft.content).count("搅拌站") == 6
    client.post(url, {"matters": [row.text]})
    made = Edition.objects.exclude(pk=draft.pk).get()
    assert made.authored == {"matters": [{"said": row.text, "cases": list(row.cases)}]}
    assert str(made.content).count("搅拌站") == 2, "once, and the protected case by itself"
    again = client.get(f"/bulletins/{made.pk}/proposals/")
    assert not again.context["offers"][1][0].rows, "it is named once already"


def test_a_matter_with_a_case_that_the_public_edition_does_not_name_is_not_offered(
    client, cast, draft
) -> None:
    told = Case.objects.filter(title__contains="搅拌站").earliest("number")
    config = {"bulletin": {"style": [STYLE_WITH_HOT], "unnamed_natures": [told.nature.code]}}
    client.force_login(cast.editor)
    url = f"/bulletins/{draft.pk}/proposals/"
    assert client.get(url).context["offers"][1][0].rows
    Office.objects.update(config=config, revision=100)
    assert not client.get(url).context["offers"][1][0].rows


@pytest.mark.parametrize(("cases", "said"), [(["无此件"], "没有这一件"), (["Q0", "Q0"], "写了两次")])
def test_a_matter_of_cases_that_are_not_there_or_twice_is_refused(draft, cases, said) -> None:
    number = Case.objects.earliest("pk").number
    cases = [number if each == "Q0" else each for each in cases]
    given = authored.parse({"matters": [{"said": "井盖问题", "cases": cases}]})
    with pytest.raises(Refused, match=said):
        editions.draft(places.current(), periods.parse("2022-03"), at=draft.composed_at, authored=given)


def test_nothing_ticked_or_an_older_draft_is_refused_in_words(client, cast, draft, now) -> None:
    client.force_login(cast.editor)
    url = f"/bulletins/{draft.pk}/proposals/"
    assert "没有选中新的建议" in client.post(url, {}).content.decode()
    text = client.get(url).context["offers"][0][0].rows[0].text
    editions.draft(places.current(), periods.parse("2022-03"), at=now)
    said = client.post(url, {"hot_topics": [text]}).content.decode()
    assert "已有更新的草稿" in said
    assert "checked" in said
    assert Edition.objects.count() == 2


def test_a_style_without_the_block_says_so(client, cast, draft) -> None:
    Office.objects.update(config={"bulletin": {"style": [STYLE]}}, revision=100)
    client.force_login(cast.editor)
    assert 'kind = "hot_topics"' in client.get(f"/bulletins/{draft.pk}/proposals/").content.decode()


def test_it_is_the_editor_s_and_of_drafts_only(client, cast, draft) -> None:
    for user in cast.everybody():
        client.force_login(user)
        status = client.get(f"/bulletins/{draft.pk}/proposals/").status_code
        assert status == (200 if user in {cast.editor, cast.admin} else 403), user
    client.force_login(cast.editor)
    assert client.get("/bulletins/999/proposals/").status_code == 404


def test_the_block_prints_what_was_written_and_is_silent_without(draft) -> None:
    given = authored.parse({"hot_topics": ["3人4件主要反映井盖问题。"]})
    made = editions.draft(places.current(), periods.parse("2022-03"), at=draft.composed_at, authored=given)
    assert "主要反映井盖问题" in str(made.content)
    assert "井盖" not in str(draft.content)
