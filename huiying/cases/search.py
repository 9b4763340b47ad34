"""Full text over cases: number, upper number, title, body, and what was added to it later (补充材料)."""

from __future__ import annotations

from huiying.cases.models import Case
from huiying.common.search import Index
from huiying.common.text import search_tokens

INDEX = Index("cases_search")


def tokens(number: str, upper_number: str, title: str, body: str = "", *added: str) -> str:
    """What a case is found by; the body is left out where it only repeats the title."""
    parts = (number, upper_number, title, body if body != title else "", *added)
    return search_tokens("\n".join(filter(None, parts)))


def words(case: Case) -> list[str]:
    """The request as it was last told ("": not at all), and what the citizen added, in order."""
    texts = list(case.texts.filter(kind__in=("body", "supplement")).values_list("kind", "text"))
    bodies = [text for kind, text in texts if kind == "body"]
    return [bodies[-1] if bodies else "", *(text for kind, text in texts if kind == "supplement")]


def replace(case: Case, before: list[str], after: list[str]) -> None:
    """Enter other words of a case, whose numbers and title stay."""
    known = case.number, case.upper_number, case.title
    INDEX.put([(case.pk, tokens(*known, *before), tokens(*known, *after))])
