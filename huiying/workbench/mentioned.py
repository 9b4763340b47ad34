"""文中提到: the places, firms, units, amounts and dates that a case's words name, with what else names them.

Made from the words as this reader sees them, never of persons; a press asks the case list, which knows
what this reader may find.
"""

from __future__ import annotations

from collections.abc import Iterable

from huiying.accounts.models import UnitKind
from huiying.cases.models import Case, CaseText
from huiying.cases.place import Place
from huiying.mining.entities import KINDS, Mention, mentions

READ = 4_000
"""So many characters are looked at."""


def mentioned(case: Case, requests: Iterable[CaseText], place: Place) -> list[tuple[str, list[Mention]]]:
    """What the title and the citizen's words name, by kind; both as they are shown. Towns stand as areas."""
    said = "\n".join([case.title, *(text.text for text in requests if not text.erased_at)])
    bureaus = [unit for unit in place.units.values() if unit.kind != UnitKind.TOWN]
    units = {name for unit in bureaus for name in (unit.name, *unit.aliases)}
    return [(KINDS[kind], found) for kind, found in mentions(said[:READ], units=units).items()]
