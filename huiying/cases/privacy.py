"""What of a case may be shown to whom. Of a protected case the units see nothing of the reporter.

市场监督管理投诉举报处理暂行办法 Art. 33; 信访工作条例 Art. 28, 30.

Whatever a page, a paper, a file or a list for the units says of a case goes through here; a test plants
the reporter in every kind of text and reads all that a unit can open.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from huiying.accounts.models import User
from huiying.cases import permissions
from huiying.cases.models import Case
from huiying.cases.persons import NOBODY, reveal
from huiying.common.masking import find_personal
from huiying.common.traces import find_traces

HIDDEN = "〔隐去〕"
GUARDED = Q(secret=True) | Q(nature__guarded=True)
"""The same as `is_guarded`, as a query of cases."""
ERASED = "（已按期删除）"
"""What stands for a title, and for what may not be empty, once the years of keeping are over."""


def is_guarded(case: Case) -> bool:
    """Whether the reporter is protected: by the nature of the case or because it is secret."""
    return case.secret or bool(case.nature and case.nature.guarded)


def is_hidden_from(user: User, case: Case) -> bool:
    """Whether this person must learn nothing of the reporter."""
    return is_guarded(case) and not permissions.sees_office(user)


def veil(user: User, case: Case) -> Callable[[str], str]:
    """Make a case fit to be shown to a person, and return how its texts are (`words_for`).

    From whom the reporter is hidden, the title is cleaned, and village, address and point are left out.
    For showing only: a veiled case is not to be saved.
    """
    clean = words_for(user, case)
    if is_hidden_from(user, case):
        case.title, case.village, case.address = clean(case.title), "", ""
        case.longitude = case.latitude = None
    return clean


def words_for(user: User, case: Case) -> Callable[[str], str]:
    """How a text of the case is shown to a person: as it is, or without the reporter."""
    return without_reporter(case) if is_hidden_from(user, case) else str


def own_words_for(user: User, case: Case) -> Callable[[str], str]:
    """How a unit's own text is shown to it: only what points at the reporter is taken out, so that
    what is saved again keeps the unit's own names and numbers."""
    return without_traces(case) if is_hidden_from(user, case) else str


def without_reporter(case: Case) -> Callable[[str], str]:
    """Takes out of a text whatever could point at the reporter: every person, number and account in it.

    Where the matter lies stays, but for the reporter's own address.
    """
    hide = without_traces(case)

    def clean(text: str) -> str:
        text = hide(text)
        for one in reversed(find_personal(text, firms=False, places=False)):
            if one.kind not in {"address", "plate"}:
                text = text[: one.start] + HIDDEN + text[one.end :]
        return text

    return clean


def without_traces(case: Case) -> Callable[[str], str]:
    """Takes out of a text what points at this case's reporter: name, number, address in their forms."""
    known = reveal(case.person) if case.person and not case.person.erased_at else NOBODY
    addresses = known.address, case.address

    def clean(text: str) -> str:
        told = find_traces(
            text, name=known.name, phone=known.phone, id_number=known.id_number, addresses=addresses
        )
        for start, end in reversed(told):
            text = text[:start] + HIDDEN + text[end:]
        return text

    return clean


def searchable_by(user: User, query: str) -> Q:
    """Which of the cases whose text holds the words a person may find by them.

    Units find a protected case by its numbers only: whoever could search its text would learn by trying
    names who reported.
    """
    if permissions.sees_office(user) or not query.strip():
        return Q()
    numbered = Q(number__icontains=query.strip()) | Q(upper_number__icontains=query.strip())
    return ~GUARDED | numbered
