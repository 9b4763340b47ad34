"""Articles of the town, written and published as the cast would."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from huiying.accounts.models import Unit
from huiying.knowledge import articles
from huiying.knowledge.articles import Words
from huiying.knowledge.models import Article
from tests import make
from tests.cast import Cast

NOW = make.at(3, 15, 10)
TODAY = date(2022, 3, 15)
ANSWER = "计划停水提前一天公告，一般当晚八点前恢复；抢修停水以抢修进度为准。"
WATER = "phone/城乡建设/供水"


def words(title: str = "停水后何时恢复供水", *, unit: str = "water", **said: Any) -> Words:
    """What the water bureau says on its own matter, in force for the year."""
    plain: dict[str, Any] = {
        "answer": ANSWER,
        "question": "家里没有自来水了怎么办\n自来水什么时候来",
        "basis": "云溪县供水管理办法第十二条",
        "topics": (WATER,),
        "valid_from": date(2022, 1, 1),
        "valid_until": date(2022, 12, 31),
    }
    owner = Unit.objects.get(code=unit) if unit else None
    return Words(title=title, unit=owner, **(plain | said))


def written(cast: Cast, title: str = "停水后何时恢复供水", *, at: datetime = NOW, **said: Any) -> Article:
    """An article that waits to be published."""
    return articles.write(None, words(title, **said), seen="", by=cast.operator, at=at)


def published(cast: Cast, title: str = "停水后何时恢复供水", *, at: datetime = NOW, **said: Any) -> Article:
    """An article that is published."""
    article = written(cast, title, at=at, **said)
    articles.publish(article, seen=articles.mark(article), by=cast.reviewer, at=at)
    return article
