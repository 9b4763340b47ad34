"""标准用语: the place's texts, edited beside a preview on a sample or on a chosen case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from huiying.accounts.models import Role
from huiying.cases import permissions
from huiying.cases.models import Case, ClockRun
from huiying.cases.moves import MOVES
from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.knowledge import placeholders, standard_texts
from huiying.knowledge.models import StandardText
from huiying.knowledge.standard_texts import Subject
from huiying.workbench import move_forms
from huiying.workbench.settings_pages import form_context, only
from huiying.workbench.visit import Visit, place_of

ANY = "不限"
WRITTEN_ELSEWHERE = {"draft_reply": "公开答复"} | {
    name: MOVES[name].title
    for name in ("revise_reply", "contact", "ask_return", "ask_extension", "supervise", "call_back")
}
"""Texts that are written on a page of their own, by the move that keeps them."""


def writing_moves() -> dict[str, str]:
    """The moves for which somebody writes a text, with their titles."""
    notes = [name for name in move_forms.FORMS if any(f.kind == "note" for f in move_forms.fields(name))]
    return {name: MOVES[name].title for name in notes} | WRITTEN_ELSEWHERE


class TextForm(forms.ModelForm):  # type: ignore[type-arg]
    """What may be set of a standard text; its code is asked once."""

    move = forms.ChoiceField(label="环节", required=False)

    class Meta:
        model = StandardText
        fields = ("code", "name", "move", "topic", "nature", "channel", "text", "order", "active")
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}
        labels = {"topic": "内容分类（含下级）"}
        help_texts = {"order": "同样合适的几条，按它排先后"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = writing_moves()
        if (own := self.instance.move) and own not in known:
            known[own] = MOVES[own].title if own in MOVES else own
        self.fields["move"].choices = [("", ANY), *known.items()]  # type: ignore[attr-defined]
        for name in ("topic", "nature", "channel"):
            self.fields[name].empty_label = ANY  # type: ignore[attr-defined]
        self.fields["topic"].label_from_instance = lambda row: row.path  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["code"]


@dataclass(frozen=True)
class Preview:
    """A text filled in: on which case ("" for the sample), what it says, and what is wrong."""

    about: str
    text: str
    gaps: list[str]
    problem: str


@only(Role.ADMIN)
def text_list(request: Visit) -> HttpResponse:
    """All texts, in the place's order."""
    asked = request.GET.get("q", "").strip()
    rows = StandardText.objects.select_related("topic", "nature", "channel")
    shown = [(row, _scope(row)) for row in rows if asked in f"{row.name}\n{row.code}\n{row.text}"]
    return render(request, "workbench/standard_texts.html", {"rows": shown, "asked": asked})


def _scope(row: StandardText) -> list[str]:
    """Where a text is offered, in words."""
    move = writing_moves().get(row.move, MOVES[row.move].title if row.move in MOVES else row.move)
    about = (row.topic.path.partition("/")[2] if row.topic else "", row.nature, row.channel)
    return [move or "各环节", *(str(each) for each in about if each)]


@only(Role.ADMIN)
def text(request: Visit, pk: int = 0) -> HttpResponse:
    """One text or a new one; for htmx its preview; posted to be saved, saved unless somebody was quicker."""
    row = get_object_or_404(StandardText, pk=pk) if pk else StandardText()
    form = TextForm(request.POST if request.method == "POST" else None, instance=row)
    place = place_of(request)
    if request.htmx:
        return render(request, "workbench/standard_text.html#preview", {"preview": _preview(request, place)})
    if request.method == "POST" and request.POST.get("do") != "preview" and form.is_valid():
        try:
            changed = standard_texts.revise(
                form.save(commit=False), seen=request.POST.get("seen", ""), by=request.user, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"已保存“{row}”。" if changed else "没有改动。")
            return redirect("standard_texts")
    stored = StandardText.objects.select_related("topic", "nature", "channel").get(pk=pk) if pk else None
    context = form_context(form, stored) | {
        "preview": _preview(request, place, stored),
        "number": request.POST.get("case", ""),
        "placeholders": placeholders.PLACEHOLDERS.items(),
    }
    return render(request, "workbench/standard_text.html", context)


def _preview(request: Visit, place: Place, stored: StandardText | None = None) -> Preview | None:
    """The text of the form, or else the stored one, on the case named in the form."""
    words = standard_texts.tidy(request.POST.get("text", stored.text if stored else ""))
    if not words:
        return None
    number, problem = request.POST.get("case", "").strip(), standard_texts.trouble(words)
    values: dict[str, str] = dict(placeholders.PLACEHOLDERS)
    if number and not problem:
        case = permissions.visible_to(request.user).filter(number=number).first()
        if case is None:
            problem = f"没有编号为“{number}”的诉求件，下面仍按样例预览。"
        else:
            values = standard_texts.values_of(_subject(case, place), place, at=timezone.now())
            return _filled(number, words, values, "")
    return _filled("", words, values, problem)


def _filled(about: str, words: str, values: dict[str, str], problem: str) -> Preview:
    said = placeholders.filled(words, values)
    return Preview(about, said, placeholders.gaps(said), problem)


def _subject(case: Case, place: Place) -> Subject:
    """The case with its leading unit and that unit's limit."""
    lead = case.lead
    running = ClockRun.objects.filter(case=case, assignment=lead, kind="reply", superseded=False)
    clock = running.order_by("-run").first() if lead else None
    due_at = clock.due_at if clock else None
    return standard_texts.subject_of(case, place, unit=lead.unit if lead else None, due_at=due_at)
