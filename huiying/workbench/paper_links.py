"""Which papers a case has, and their addresses: for the case page."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from huiying.accounts.models import Role, User
from huiying.bulletins.papers import FORMS
from huiying.cases.history import CaseState
from huiying.cases.models import Case

FORMATS = ("docx", "pdf")
KEEPERS = frozenset({Role.DISPATCHER, Role.REVIEWER, Role.SUPERVISOR, Role.ADMIN})
"""Who may take a closed case out as an archive package."""


@dataclass(frozen=True)
class Link:
    """A paper that can be had of a case, and where."""

    title: str
    docx: str
    pdf: str


def links(found: Case, state: CaseState) -> list[Link]:
    """The papers of a case: its forms, and the letters sent about it."""
    forms = [form for form in FORMS.values() if state.tasks or not form.dispatched]
    urls = [[reverse("paper", args=(found.number, form.name, kind)) for kind in FORMATS] for form in forms]
    made = [Link(form.title, *url) for form, url in zip(forms, urls, strict=True)]
    letters = found.letters.order_by("pk") if state.supervised else ()
    return made + [
        Link(letter.label, *(reverse("letter_file", args=(letter.pk, kind)) for kind in FORMATS))
        for letter in letters
    ]


def why_no_archive(user: User, found: Case) -> str:
    """Why the person cannot have the case's archive package, or ""."""
    if not KEEPERS & user.roles:
        return "归档包由派单员、审核员、督办员或管理员导出。"
    return f"{found.number} 尚未办结，办结后才能归档。" if found.is_open else ""
