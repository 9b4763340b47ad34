"""Who is asking: Django's names and passwords; who is signed in is read with their roles in one query."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.utils import timezone

from huiying.accounts.models import User, with_standings


class Backend(ModelBackend):
    def get_user(self, user_id: int) -> User | None:
        """The person of a session; None once the account is closed."""
        user = with_standings(user_id, on=timezone.localdate())
        return user if user is not None and self.user_can_authenticate(user) else None
