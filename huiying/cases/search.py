"""Full text over cases: number, upper number, title and body."""

from __future__ import annotations

from huiying.common.search import Index
from huiying.common.text import search_tokens

INDEX = Index("cases_search")


def tokens(number: str, upper_number: str, title: str, body: str) -> str:
    """What a case is found by; the body is left out where it only repeats the title."""
    return search_tokens(
        "\n".join(part for part in (number, upper_number, title, body if body != title else "") if part)
    )
