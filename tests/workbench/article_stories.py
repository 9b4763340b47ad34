"""The stories of the knowledge base's forms, as `stories` tells the others."""

from __future__ import annotations

from tests.knowledge.written import ANSWER, published, written
from tests.workbench.stories import Press, story

FILLED = {
    "title": "停水后何时恢复供水",
    "answer": ANSWER,
    "valid_from": "2022-01-01",
    "valid_until": "2022-12-31",
}


@story("article_new")
def _(cast, place, now):
    return Press(cast.operator, "/knowledge/new/", typed=FILLED)


@story("article_edit")
def _(cast, place, now):
    page = f"/knowledge/{published(cast, at=now).number}/edit/"
    return Press(cast.reviewer, page, page, {"answer": f"{ANSWER}请留意公告。"})


@story("article_judge")
def _(cast, place, now):
    page = f"/knowledge/{published(cast, at=now).number}/"
    return Press(cast.operator, page, f"{page}judge/", {"verdict": "useful"})


@story("article_act")
def _(cast, place, now):
    page = f"/knowledge/{written(cast, at=now).number}/"
    return Press(cast.reviewer, page, f"{page}publish/")
