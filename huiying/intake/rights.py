"""Who may sit at the desk, and who listens to those who do."""

from __future__ import annotations

from huiying.accounts.models import Role, User
from huiying.cases.lifecycle import WrongRole
from huiying.cases.permissions import WHO

AT_THE_DESK = WHO["intake"][0]
LISTENING = frozenset({Role.SUPERVISOR})


def need_desk(user: User) -> None:
    """Raise WrongRole for anybody but the people of the desk."""
    _need(user, AT_THE_DESK, f"登记台由{WHO['intake'][1]}使用。")


def need_listening(user: User) -> None:
    """Raise WrongRole for anybody but those who sample and score calls."""
    _need(user, LISTENING, "抽评来电、标注来电号码由督办员办理。")


def need_caller(user: User) -> None:
    """Raise WrongRole for anybody who neither takes calls nor listens to them."""
    _need(user, AT_THE_DESK | LISTENING, "来电人的情况由话务员、派单员或督办员查看。")


def _need(user: User, roles: frozenset[str], said: str) -> None:
    if not user.is_active or not roles & user.roles:
        raise WrongRole(said)
