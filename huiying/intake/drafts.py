"""Drafts: what is typed at the desk outlives the browser, sealed, until it is registered or thrown away."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import QuerySet

from huiying.accounts.models import User
from huiying.common.keys import vault
from huiying.intake.models import Draft

KEPT = timedelta(days=2)
"""How long the empty row of a finished form stays, to know the form again should it be sent twice."""
LONGEST_KEY = 32


def new_key() -> str:
    """The key of a new form."""
    return secrets.token_hex(8)


def save(user: User, key: str, data: Mapping[str, str], *, at: datetime) -> bool:
    """Keep what is typed so far; False where this form is finished already, and nothing is kept then."""
    key = key[:LONGEST_KEY]
    sealed = vault().seal({k: v for k, v in data.items() if v}, context=_context(user.pk, key))
    row, made = Draft.objects.get_or_create(
        user=user, key=key, defaults={"sealed": sealed, "saved_at": at, "done": False}
    )
    if made:
        Draft.objects.filter(user=user, done=True, saved_at__lt=at - KEPT).delete()
        return True
    return bool(Draft.objects.filter(pk=row.pk, done=False).update(sealed=sealed, saved_at=at))


def unfinished(user: User) -> QuerySet[Draft]:
    """The person's unfinished forms, newest first."""
    return Draft.objects.filter(user=user, done=False)


def open_drafts(user: User) -> list[Draft]:
    """The newest ten of them."""
    return list(unfinished(user)[:10])


def read(draft: Draft) -> dict[str, str]:
    """What was typed."""
    if not draft.sealed:
        return {}
    text = vault().open(bytes(draft.sealed), context=_context(draft.user_id, draft.key))
    data: dict[str, str] = json.loads(text)
    return data


def finish(user: User, key: str, *, at: datetime) -> None:
    """Throw away what was typed in this form; whatever the browser still sends of it is not kept."""
    Draft.objects.get_or_create(user=user, key=key[:LONGEST_KEY], defaults={"saved_at": at})
    mine = Draft.objects.filter(user=user, key=key[:LONGEST_KEY], done=False)
    mine.update(sealed=b"", done=True, saved_at=at)


def _context(user: int, key: str) -> bytes:
    return f"draft:{user}:{key}".encode()
