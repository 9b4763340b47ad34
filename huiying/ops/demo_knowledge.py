"""The demonstration's articles, read beside its place: written and published by its people."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from huiying.accounts.models import Role, User
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.knowledge import articles, uses
from huiying.knowledge.articles import Words
from huiying.knowledge.models import Verdict

FILE = "articles.toml"
SINCE = timedelta(days=90)
CHECKED = timedelta(days=180)


def write(directory: Path, place: Place, people: Mapping[str, User], *, at: datetime) -> int:
    """Write the articles that lie beside the place, ninety days ago; how many. Raises Refused."""
    path = (directory.parent if directory.is_file() else directory) / "demo" / FILE
    if not path.is_file():
        return 0
    try:
        rows = tomllib.loads(path.read_text("utf-8"))["article"]
        for row in rows:
            _write(row, place, people, at)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise Refused(f"示范数据 {path} 读不了：{error}。请与 examples 里的同名文件对照改正。") from None
    return len(rows)


def _write(row: dict[str, Any], place: Place, people: Mapping[str, User], at: datetime) -> None:
    since = at - SINCE
    article = articles.write(
        None, _words(row, place, at), seen="", by=people[Role.OPERATOR], at=since, note="由来电整理"
    )
    if row.get("waits"):
        return
    articles.publish(article, seen=articles.mark(article), by=people[Role.REVIEWER], at=since)
    if doubt := row.get("doubted"):
        uses.judge(article, Verdict.OUTDATED, by=people[Role.CALLBACK], at=at - timedelta(days=1), note=doubt)


def _words(row: dict[str, Any], place: Place, at: datetime) -> Words:
    today = at.astimezone(place.keeper.tz).date()
    ends = row.get("ends")
    return Words(
        title=row["title"],
        answer=row["answer"],
        question=row.get("question", ""),
        basis=row.get("basis", ""),
        topics=tuple(row.get("topics", ())),
        unit=place.units[row["unit"]] if "unit" in row else None,
        valid_from=today - SINCE,
        valid_until=today + timedelta(days=ends) if ends is not None else None,
        review_on=today + CHECKED if ends is None else None,
    )
