"""Forms as a page shows them, filled in and sent as a browser would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client


@dataclass
class Form:
    """One form: where it goes, and what its fields hold before anybody typed."""

    action: str
    id: str = ""
    held: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """The forms of a page; fields and buttons that stand elsewhere and name their form belong to it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._inside: Form | None = None
        self._text: tuple[Form, str] | None = None
        self._select: tuple[Form, str, bool] | None = None
        self._chosen = False
        self._apart: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        for tag, given in self._apart:
            owner = next((form for form in self.forms if form.id == given["form"]), None)
            if owner and tag == "button":
                self._button(owner, given)
            elif owner and tag == "input":
                self._input(owner, given)

    def _button(self, form: Form, given: dict[str, str]) -> None:
        goes = given.get("formaction", form.action)
        form.buttons.append((given.get("name", ""), given.get("value", ""), goes))

    def _input(self, form: Form, given: dict[str, str]) -> None:
        is_tick = given.get("type") in {"checkbox", "radio"}
        is_sent = "checked" in given if is_tick else given.get("type") != "file"
        if given.get("name") and is_sent:
            form.held.setdefault(given["name"], []).append(given.get("value", "on" if is_tick else ""))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = Form(given.get("action", ""), given.get("id", ""))
            if given.get("method") == "post":
                self.forms.append(self._inside)
        form, name = self._inside, given.get("name", "")
        if given.get("form"):
            self._apart.append((tag, given))
            return
        if tag == "button" and form:
            self._button(form, given)
        elif tag == "input" and form:
            self._input(form, given)
        elif tag == "textarea" and name and form:
            self._text = (form, "")
            form.held[name] = [""]
            self._name = name
        elif tag == "select" and name and form:
            self._select, self._chosen = (form, name, "multiple" in given), False
        elif tag == "option" and self._select:
            form, name, many = self._select
            if "selected" in given or not (many or self._chosen or name in form.held):
                form.held[name] = [*(form.held.get(name, []) if many else []), given.get("value", "")]
                self._chosen = self._chosen or "selected" in given

    def handle_data(self, data: str) -> None:
        if self._text:
            form, said = self._text
            self._text = (form, said + data)
            form.held[self._name] = [said + data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        elif tag == "textarea":
            self._text = None
        elif tag == "select":
            self._select = None


def sent(client: Client, page: str, action: str, **typed: Any) -> dict[str, Any]:
    """What a browser would send to `action` from a form of `page`, with these fields filled in.

    A field is `None` to leave out what the form holds.
    """
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    forms = Page(answer.content.decode()).forms
    found = next((form for form in forms if (form.action or page.partition("?")[0]) == action), None)
    found = found or next((f for f in forms if any(goes == action for _, _, goes in f.buttons)), None)
    assert found is not None, f"{page} has no form for {action}: {[form.action for form in forms]}"
    held: dict[str, Any] = dict(found.held)
    held |= {name: value if isinstance(value, list) else [value] for name, value in typed.items()}
    return {name: values for name, values in held.items() if values != [None]}
