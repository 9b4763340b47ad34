"""Who is meant by a rule's word, asked of the people as they are now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from huiying.accounts.models import Delegation, Holding, Role, Unit, User

WHO: dict[str, Role] = {
    "clerks": Role.CLERK,
    "new_clerks": Role.CLERK,
    "past_clerks": Role.CLERK,
    "heads": Role.HEAD,
    "operators": Role.OPERATOR,
    "dispatchers": Role.DISPATCHER,
    "supervisors": Role.SUPERVISOR,
    "reviewers": Role.REVIEWER,
    "callbacks": Role.CALLBACK,
    "leaders": Role.LEADER,
    "editors": Role.EDITOR,
}
OF_UNITS = {
    "clerks": "live",
    "new_clerks": "new",
    "past_clerks": "past",
    "heads": "live",
}
"""Words that mean people of units, and which of the case's units: those at work on it, those that this
event gave it to, or those that it was taken from."""

TITLES = {word: role.label for word, role in WHO.items()} | {
    "new_clerks": "新承办单位经办人",
    "past_clerks": "原承办单位经办人",
}
"""How a word is said on the screen."""


class Lost(str):
    """The remark to who hears what a unit without people should have heard."""


class People:
    """All active people by role and unit, and who stands in for whom on a day, read once."""

    def __init__(self, on: date) -> None:
        self._by_role: dict[str, list[User]] = defaultdict(list)
        held = Holding.objects.filter(user__is_active=True).select_related("user__unit").order_by("pk")
        for holding in held:
            self._by_role[holding.role].append(holding.user)
        today = Delegation.objects.filter(ended_at=None, from_on__lte=on, until_on__gte=on)
        lent = today.filter(taker__is_active=True).select_related("taker", "giver").order_by("pk")
        self._takers = [(each.giver, each.taker) for each in lent]

    def of_role(self, role: str) -> list[User]:
        return self._by_role[role]

    def of_unit(self, role: str, unit: Unit) -> list[User]:
        """Those of the unit itself, else of the nearest unit above that has somebody."""
        path = unit.path
        while path:
            found = [u for u in self._by_role[role] if u.unit is not None and u.unit.path == path]
            if found:
                return found
            path = path.rstrip("/").rpartition("/")[0]
            path = f"{path}/" if path else ""
        return []

    def meant(self, words: Sequence[str], units: Mapping[str, Iterable[Unit]]) -> dict[User, str]:
        """Each person meant, with a remark ("" for nearly all).

        Where a unit has nobody of the role, and nobody above it, the dispatchers hear it instead: a
        notice to nobody would be lost.
        """
        found: dict[User, str] = {}
        for word in words:
            if word not in OF_UNITS:
                found |= dict.fromkeys(self.of_role(WHO[word]), "")
                continue
            for unit in units.get(OF_UNITS[word], ()):
                theirs = self.of_unit(WHO[word], unit)
                lost = Lost(f"（{unit}没有可通知的{WHO[word].label}）")
                found |= dict.fromkeys(theirs, "") if theirs else self._instead(found, lost)
        for giver, taker in self._takers:
            if giver in found:
                found.setdefault(taker, f"（代{giver}）")
        return found

    def _instead(self, found: dict[User, str], lost: str) -> dict[User, str]:
        return {user: lost for user in self.of_role(Role.DISPATCHER) if user not in found}
