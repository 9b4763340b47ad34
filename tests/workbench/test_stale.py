"""Two people, one case: whoever is second is told what the first did, and loses no word."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from huiying.accounts.models import User
from huiying.bulletins import rectification
from huiying.cases import lifecycle
from huiying.cases.models import Case
from tests import make
from tests.forms import Page, sent
from tests.workbench.stories import STORIES
from tests.workbench.test_once import everything

pytestmark = pytest.mark.django_db
SETTINGS = {
    *("person", "person_new", "person_password", "rule", "rule_new", "word", "word_new", "robot"),
    *("calendar_day", "calendar_notice", "callback_rules", "notice_rules", "notice_rule", "robot_new"),
    *("standard_text", "standard_text_new", "retention_rules", "retention_rule", "retention_new"),
    *("article_edit", "article_act", "caller_note"),
    *("closing_begin", "reconciliation_act prolong", "reconciliation_act close", "dispute_rule"),
    *("statement_dispute", "appeal", "appeal_rule", "expired", "work_act give", "work_act answer_part"),
    *(f"rectification_act {step}" for step in rectification.STEPS if step not in {"save", "urge"}),
    *("alarm", "rectification_ask", "apart_back", "alarm_rules"),
}
"""Forms that two may have open of whom the second does not know what the first did."""
BY_CODE = {"person_new", "word_new", "standard_text_new"}
"""New rows under a code of their own, which the first has taken: it stands in the list, whoever wrote it."""
WITHOUT_CASE = {
    *("intake", "intake_discard", "intake_call", "intake_back", "intake_shift", "score", "caller_note"),
    *("find_caller", "save_filter", "drop_filter", "read_notices", "read_notice", "resend", "batch_again"),
    *("person_new", "person", "person_password", "rule", "rule_new", "word", "word_new"),
    *("calendar_day", "calendar_notice", "calendar_seeded", "callback_rules", "notice_rules", "notice_rule"),
    *("robot", "robot_new", "standard_text", "standard_text_new", "delegations", "delegation_end"),
    *("retention_rules", "retention_rule", "retention_new", "archive_cases", "expired"),
    *("article_new", "article_edit", "article_judge", "article_act", "closing_begin"),
    *(f"reconciliation_act {step}" for step in ("urge", "add", "prolong", "close", "reopen")),
    *("statement_confirm", "statement_dispute", "dispute_withdraw", "dispute_rule", "rectification_ask"),
    *(f"rectification_act {step}" for step in rectification.STEPS),
    *("alarm", "hot", "bulletin_proposals", "classifier_back", "alike_decide apart"),
    *("apart_back", "alarm_rules"),
}
"""Forms that are not about one case."""
BY_ITSELF = {
    "work_act attach": "another file harms none",
    "work_act give": "parts stand beside each other",
    "work_act answer_part": "a part is answered once, whatever becomes of the case",
    "work_act withdraw_part": "a part is taken back once, whatever becomes of the case",
    "appeal": "is about one call-back, whatever becomes of the case",
    "appeal_rule": "is about one appeal, whatever becomes of the case",
    "intake_about progress": "tells the caller how the case stands now",
    "intake_about supplement": "adds the caller's words, whatever else was done to the case",
    "dispatch_undo": "needs that nothing at all happened since",
}
"""Forms about a case that do not mind what else happened to it, and why."""
OF_CASES = [route for route in STORIES if route not in WITHOUT_CASE and route not in BY_ITSELF]


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture(autouse=True)
def _files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def corrected(cast: Any, case: Case, now: Any) -> User:
    """Somebody else corrects the case: the forms are still there."""
    lifecycle.advance(
        case, "amend", by=cast.admin, at=now, note="渠道录错了", seq=1, data={"channel": "city"}
    )
    return cast.admin


def ended(cast: Any, case: Case, now: Any) -> User:
    """Somebody else ends the case, where it is still open: most forms are gone."""
    if case.status == "closed":
        return corrected(cast, case, now)
    lifecycle.advance(case, "withdraw", by=cast.operator, at=now, note="已自行解决")
    return cast.operator


@pytest.mark.parametrize("meddle", [corrected, ended])
@pytest.mark.parametrize("route", OF_CASES)
def test_the_second_is_told_what_the_first_did_and_keeps_every_word(route, meddle, cast, town, now) -> None:
    press = STORIES[route](cast, town, now)
    client = Client()
    client.force_login(press.by)
    to = press.to or press.page
    assert resolve(to).url_name == route.partition(" ")[0]
    given = sent(client, press.page, to, **press.typed)
    case = Case.objects.order_by("id").last()
    other = meddle(cast, case, now)
    case.refresh_from_db()
    before = (case.status, case.seq, case.assignments.values_list("status").first())
    answer = client.post(to, given, follow=True)
    case.refresh_from_db()
    assert (case.status, case.seq, case.assignments.values_list("status").first()) == before
    told = text_of(answer)
    assert "刚刚被他人处理过" in told or meddle is ended, "an ended case may say that it has ended"
    assert "您打开之后" in told
    assert f"03-15 10:00 {other}：" in told
    page = html.unescape(answer.content.decode())
    if (route, meddle) == ("dispatch_selected", ended):
        return  # nothing is left that could go to the unit typed
    for words in press.typed.values():
        if isinstance(words, str) and re.search(r"[\u4e00-\u9fff]{3}", words):
            assert words in page, words
    if answer.status_code == 409 and meddle is corrected:
        again = shown(answer, to, press.typed)
        assert client.post(to, again).status_code == 302, "as it stands it can be sent again"


def shown(answer: Any, to: str, typed: dict[str, Any]) -> dict[str, Any]:
    """What the refused form now holds, with the button that was pressed."""
    forms = Page(answer.content.decode()).forms
    forms = [form for form in forms if to in {form.action or to, *(goes for _, _, goes in form.buttons)}]
    best = max(
        forms, key=lambda form: sum([str(value)] == form.held.get(name) for name, value in typed.items())
    )
    pressed = {name: value for name, value in typed.items() if name not in best.held}
    return best.held | pressed


@pytest.mark.parametrize("route", sorted(SETTINGS))
def test_of_two_who_fill_in_one_form_the_second_is_told_of_the_first(route, cast, town, now) -> None:
    press = STORIES[route](cast, town, now)
    to = press.to or press.page
    unit = press.by.unit.code if press.by.unit else None
    other = make.person("linxia", "林夏", *press.by.roles, unit=unit)
    clients = [Client(), Client()]
    given = []
    for client, user in zip(clients, (other, press.by), strict=True):
        client.force_login(user)
        given.append(sent(client, press.page, to, **press.typed))
    clients[0].post(to, given[0])
    done = everything()
    answer = clients[1].post(to, given[1], follow=True)
    assert everything() == done, "the first has done it"
    told, page = text_of(answer), html.unescape(answer.content.decode())
    assert "林夏" in told or (route in BY_CODE and re.search("已存在|已有人使用", told))
    for words in press.typed.values():
        if isinstance(words, str) and re.search(r"[\u4e00-\u9fff]{2}", words):
            assert words in page, words
