"""The clock on the office's wall, which a story sets: views ask `timezone.now`, and get what it shows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests import make


class Wall:
    """Stands at an instant of 2022 until it is set again; it never goes back."""

    def __init__(self, patch: pytest.MonkeyPatch, at: datetime) -> None:
        self.at = at
        patch.setattr(timezone, "now", lambda: self.at)

    def set(self, day: int, hour: int = 9, minute: int = 0, *, month: int = 3) -> None:
        at = make.at(month, day, hour, minute)
        assert at >= self.at, f"the story goes back from {self.at} to {at}"
        self.at = at

    def wait(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)
