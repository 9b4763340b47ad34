"""Sentences from templates. A figure put into a sentence stays a figure.

Templates are Django's. Whatever a template prints that is a run (a figure, a case's title)
prints a private mark; after rendering the marks become runs again, so that the sentence knows
its numbers. An unknown name in a template is an error, never an empty place in the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.template import Context, Engine, TemplateSyntaxError

from huiying.bulletins.content import Run, Text
from huiying.common.errors import Refused

_OPEN, _SHUT, _MISSING = "\ue000", "\ue001", "\ue002"
_ENGINE = Engine(autoescape=False, string_if_invalid=f"{_MISSING}%s{_MISSING}")
_MARK = re.compile(f"{_OPEN}(\\d+){_SHUT}")
_BREAK = re.compile(r"\s*\n\s*")


class Marked:
    """A run inside a template: prints its mark. Numbers also compare, so that `{% if x > 0 %}` works."""

    def __init__(self, number: int, run: Run, value: Any = None) -> None:
        self.number, self.run, self.value = number, run, value

    def __str__(self) -> str:
        return f"{_OPEN}{self.number}{_SHUT}"

    def __bool__(self) -> bool:
        return bool(self.value)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == other)

    def __hash__(self) -> int:
        return hash(self.number)

    def __gt__(self, other: Any) -> bool:
        return bool(self.value is not None and self.value > other)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value is not None and self.value < other)


class Joined(list[Any]):
    """A list that prints itself with the house's separator: 、"""

    def __init__(self, items: Iterable[Any], separator: str = "、") -> None:
        super().__init__(items)
        self.separator = separator

    def __str__(self) -> str:
        return self.separator.join(str(item) for item in self)


class Marks:
    """All runs handed to templates of one document."""

    def __init__(self) -> None:
        self._runs: list[Run] = []

    def mark(self, run: Run, value: Any = None) -> Marked:
        self._runs.append(run)
        return Marked(len(self._runs) - 1, run, value)

    def render(self, template: str, context: Mapping[str, Any]) -> tuple[Run, ...]:
        """The runs of a sentence. Line breaks of the template are not part of it."""
        try:
            text = _ENGINE.from_string(_BREAK.sub("", template.strip())).render(Context(dict(context)))
        except TemplateSyntaxError as error:
            raise Refused(f"通报句式写法有误：{error}。句式：{template.strip()[:60]}…") from None
        if _MISSING in text:
            name = text.split(_MISSING)[1]
            raise Refused(f"通报句式里的“{name}”没有对应的数字或列表。句式：{template.strip()[:60]}…")
        return tuple(self._split(text))

    def plain(self, template: str, context: Mapping[str, Any]) -> str:
        """The sentence as text, for titles and headings."""
        from huiying.bulletins.content import shown

        return shown(self.render(template, context))

    def _split(self, text: str) -> Iterable[Run]:
        for position, part in enumerate(_MARK.split(text)):
            if position % 2:
                yield self._runs[int(part)]
            elif part:
                yield Text(part)
