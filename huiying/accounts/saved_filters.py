"""A person's saved queries of the case list: kept, replaced under the same name, dropped."""

from __future__ import annotations

from huiying.accounts.models import SavedFilter, User
from huiying.common.errors import Refused

MOST = 20
LONGEST_NAME = 20
LONGEST_QUERY = 1000


def keep(user: User, name: str, query: str) -> SavedFilter:
    """Keep a query under a name; an older one of that name is replaced. Raises Refused."""
    name = name.strip()
    if not name:
        raise Refused("没有写名称，请给这次查询起一个名字。")
    if len(name) > LONGEST_NAME:
        raise Refused(f"名称有 {len(name)} 个字，最多 {LONGEST_NAME} 个，请缩短。")
    if len(query) > LONGEST_QUERY:
        raise Refused("这次查询的条件太长，不能保存，请减少条件。")
    mine = SavedFilter.objects.filter(user=user)
    if mine.exclude(name=name).count() >= MOST:
        raise Refused(f"最多保存 {MOST} 个查询，请先删去不用的。")
    return SavedFilter.objects.update_or_create(user=user, name=name, defaults={"query": query})[0]


def drop(user: User, pk: int) -> str:
    """Drop one of the person's own; its name, "" where there is none."""
    found = SavedFilter.objects.filter(user=user, pk=pk).first()
    if found is None:
        return ""
    found.delete()
    return found.name
