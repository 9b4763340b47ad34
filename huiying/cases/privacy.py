"""What of a case may be shown to whom. Of a protected case the units see nothing of the reporter.

市场监督管理投诉举报处理暂行办法 Art. 33; 信访工作条例 Art. 28, 30.
"""

from __future__ import annotations

from collections.abc import Callable

from huiying.accounts.models import User
from huiying.cases import permissions
from huiying.cases.models import Case
from huiying.cases.persons import NOBODY, reveal
from huiying.common.masking import find_personal

HIDDEN = "〔隐去〕"


def is_guarded(case: Case) -> bool:
    """Whether the reporter is protected: by the nature of the case or because it is secret."""
    return case.secret or bool(case.nature and case.nature.guarded)


def words_for(user: User, case: Case) -> Callable[[str], str]:
    """How a text of the case is shown to a person: as it is, or without the reporter."""
    hides = is_guarded(case) and not permissions.sees_office(user)
    return without_reporter(case) if hides else str


def without_reporter(case: Case) -> Callable[[str], str]:
    """Takes out of a text whatever could point at the reporter: every person, number and account in it.

    Where the matter lies stays, but for the reporter's own address.
    """
    known = reveal(case.person) if case.person else NOBODY
    own = [text for text in (known.name, known.address, case.address) if text]

    def clean(text: str) -> str:
        for one in reversed(find_personal(text, names=own, firms=False, places=False)):
            if one.kind not in {"address", "plate"}:
                text = text[: one.start] + HIDDEN + text[one.end :]
        return text

    return clean
