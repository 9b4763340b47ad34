"""Charts as SVG text: the same string stands in a web page, in a PDF and in a file.

Pure and deterministic. A chart says its name in `<title>`, its numbers in `<desc>`, and the
number of each mark in a `<title>` of its own, which browsers show under the pointer. Colours
are classes for a style sheet with presentation attributes behind them (never `style=`, which a
strict content security policy refuses), so the drawing is complete without any style sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

Value: TypeAlias = Decimal | float

FONT = "Noto Sans SC"
EMPTY = "暂无数据"
INK, FAINT, GRID = "#333333", "#666666", "#dddddd"
SERIES = ("#1f5c99", "#b8432f", "#3f7d4e", "#8a5a9c", "#a07417", "#4a6a75")
SMALL = 12


def bar_chart(
    labels: Sequence[str],
    values: Sequence[Value],
    *,
    title: str,
    unit: str,
    width: int = 640,
    height: int = 300,
    font: str = FONT,
) -> str:
    """Upright bars for a few categories, each with its value above it.

    Raises ValueError when labels and values differ in number or a value is negative.
    """
    return _upright(_Sheet(title, unit, width, height, font), _pairs(labels, values), written=True)


def column_chart(
    labels: Sequence[str],
    values: Sequence[Value],
    *,
    title: str,
    unit: str,
    width: int = 640,
    height: int = 260,
    font: str = FONT,
) -> str:
    """Narrow columns for a run of days: labels are thinned so that they never touch.

    Raises ValueError when labels and values differ in number or a value is negative.
    """
    return _upright(_Sheet(title, unit, width, height, font), _pairs(labels, values), written=False)


def hbar_chart(
    labels: Sequence[str],
    values: Sequence[Value],
    *,
    title: str,
    unit: str,
    width: int = 640,
    height: int | None = None,
    font: str = FONT,
    earlier: tuple[str, Sequence[Value]] | None = None,
) -> str:
    """Lying bars, largest first, ties in the order given; `height` None grows with the rows.

    `earlier` names another period and gives its values in the same order: a thin bar below each.
    Raises ValueError when labels and values differ in number or a value is negative.
    """
    pairs, (name, then) = _pairs(labels, values), earlier or ("", ())
    order = sorted(range(len(pairs)), key=lambda i: -pairs[i][1])
    rows, before = [pairs[i] for i in order], _pairs(labels, then) if earlier else []
    old = [before[i] for i in order] if earlier else []
    sheet = _Sheet(title, unit, width, height or max(120, (34 if old else 26) * len(rows) + 40), font)
    if not rows:
        return sheet.svg(sheet.nothing(), "")
    left = min(max(em_width(label) for label, _ in rows) * SMALL, width * 0.4) + 14
    top, step = 32.0, (sheet.height - 40) / len(rows)
    room = width - left - em_width(max((shown(v) for _, v in rows), key=em_width)) * SMALL - 16
    most = max(value for _, value in (*rows, *old)) or 1
    marks = [
        _lying_bar(sheet, label, value, left, top + i * step, step, room * value / most)
        for i, (label, value) in enumerate(rows)
    ]
    marks += [
        _old_bar(sheet, f"{label}（{name}）", value, left, top + i * step, step, room * value / most)
        for i, (label, value) in enumerate(old)
    ]
    said = _said(rows, unit) + (f"；{name}：{_said(old, unit)}" if old else "")
    return sheet.svg("".join(marks), said)


def line_chart(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[Value]]],
    *,
    title: str,
    unit: str,
    width: int = 640,
    height: int = 300,
    font: str = FONT,
) -> str:
    """A trend of one or several named series over the same labels; values may be negative.

    Raises ValueError when a series has more or fewer values than there are labels.
    """
    lines = [(name, [value for _, value in _paired(labels, values)]) for name, values in series]
    sheet = _Sheet(title, unit, width, height, font)
    everything = [value for _, values in lines for value in values]
    if not everything:
        return sheet.svg(sheet.nothing(), "")
    scale = _Scale(ticks(min(0, *everything), max(0, *everything)), 60.0, height - 30.0)
    frame = _Frame(sheet, scale, len(labels), scale.room())
    drawn = [_line(frame, labels, name, values, i) for i, (name, values) in enumerate(lines)]
    said = "；".join(
        f"{name}：{_said(list(zip(labels, values, strict=True)), unit)}" for name, values in lines
    )
    return sheet.svg(frame.grid() + frame.labels(labels) + _legend(sheet, lines) + "".join(drawn), said)


def sparkline(
    values: Sequence[Value],
    *,
    title: str,
    unit: str,
    width: int = 120,
    height: int = 28,
    limit: Value | None = None,
) -> str:
    """A word-sized trend without axes; the last value is a dot, `limit` a broken line."""
    numbers = [float(value) for value in values]
    said = "、".join(shown(value) for value in numbers) + unit if numbers else EMPTY
    said += f"；上限：{shown(limit)}{unit}" if limit is not None else ""
    head = _open(width, height, FONT, title, said, "sparkline")
    if not numbers:
        return f"{head}</svg>"
    low, high = min(numbers), max(numbers if limit is None else [*numbers, float(limit)])
    scale = (height - 8) / ((high - low) or 1)
    step = (width - 8) / max(1, len(numbers) - 1)
    points = [(4 + i * step, height - 4 - (n - low) * scale) for i, n in enumerate(numbers)]
    x, y = points[-1]
    if limit is not None:
        at = _n(height - 4 - (float(limit) - low) * scale)
        head += (
            f'<line class="chart-limit" stroke="{SERIES[1]}" stroke-dasharray="4 3" x1="4" y1="{at}" '
            f'x2="{width - 4}" y2="{at}"/>'
        )
    return (
        f'{head}<polyline class="chart-line" fill="none" stroke="{SERIES[0]}" stroke-width="1.5" '
        f'points="{_path(points)}"/><circle class="chart-dot" fill="{SERIES[0]}" cx="{_n(x)}" cy="{_n(y)}" '
        f'r="2.5"><title>{_mark("", numbers[-1], unit)}</title></circle></svg>'
    )


def on_screen(drawn: Callable[..., str]) -> str:
    """A chart for a web page, drawn twice: for a wide screen, and so that all of it can be read on a phone.
    The style sheet shows one of the two."""
    return drawn(width=880) + drawn(width=400)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 × a power of ten apart) that enclose low … high, some `about` steps."""
    if high - low < 1e-9:
        high = low + 1
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if rough <= m * power * 1.0000001)
    if float(low).is_integer() and float(high).is_integer():
        step = max(step, 1.0)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def em_width(text: str) -> float:
    """About how wide a text is, in ems: a Chinese character 1, a Latin one a little over half."""
    return sum(1.0 if ord(c) >= 0x2E80 or c in "“”‘’—…·" else 0.56 for c in text)


def shown(value: Value) -> str:
    """A value without a needless decimal point: 12.0 → 12, 12.50 → 12.5."""
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@dataclass(frozen=True)
class _Sheet:
    """The paper a chart is drawn on."""

    title: str
    unit: str
    width: int
    height: int
    font: str

    def svg(self, marks: str, said: str) -> str:
        head = _open(self.width, self.height, self.font, self.title, said or EMPTY, "chart")
        name = _text(
            0, 14, _cut(self.caption(), self.width / 14), size=14, anchor="start", kind="chart-title"
        )
        return f"{head}{name}{marks}</svg>"

    def caption(self) -> str:
        return f"{self.title}（单位：{self.unit}）" if self.unit else self.title

    def nothing(self) -> str:
        return _text(self.width / 2, self.height / 2, EMPTY, size=14, fill=FAINT, kind="chart-empty")


@dataclass(frozen=True)
class _Scale:
    """The value axis: its ticks between two heights of the sheet."""

    ticks: list[float]
    top: float
    bottom: float

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def room(self) -> float:
        """How much the tick labels need at the left, in units of the drawing."""
        return max(em_width(shown(t)) for t in self.ticks) * SMALL + 10


@dataclass(frozen=True)
class _Frame:
    """A sheet, its value axis and its slots for labels."""

    sheet: _Sheet
    scale: _Scale
    count: int
    left: float

    def slot(self) -> float:
        return (self.sheet.width - self.left - 6) / self.count

    def x(self, index: int) -> float:
        """The middle of a slot."""
        return self.left + (index + 0.5) * self.slot()

    def grid(self) -> str:
        return "".join(self._rule(tick) for tick in self.scale.ticks)

    def _rule(self, tick: float) -> str:
        y = self.scale.y(tick)
        kind, colour = ("chart-axis", FAINT) if tick == 0 else ("chart-grid", GRID)
        rule = (
            f'<line class="{kind}" stroke="{colour}" stroke-width="1" x1="{_n(self.left)}" '
            f'y1="{_n(y)}" x2="{self.sheet.width - 4}" y2="{_n(y)}"/>'
        )
        return rule + _text(self.left - 6, y + 4, shown(tick), anchor="end", fill=FAINT)

    def labels(self, labels: Sequence[str]) -> str:
        """Every n-th label, n as small as keeps them apart; a lone long label is cut."""
        widest = max(em_width(label) for label in labels) * SMALL + 6
        every = max(1, ceil(min(widest, self.sheet.width / 6) / self.slot()))
        room = max(1.0, self.slot() * every / SMALL)
        y = self.scale.bottom + 17
        return "".join(_text(self.x(i), y, _cut(labels[i], room)) for i in range(0, len(labels), every))


def _upright(sheet: _Sheet, rows: list[tuple[str, float]], *, written: bool) -> str:
    if not rows:
        return sheet.svg(sheet.nothing(), "")
    scale = _Scale(ticks(0, max(value for _, value in rows)), 44.0, sheet.height - 26.0)
    frame = _Frame(sheet, scale, len(rows), scale.room())
    columns = "".join(_column(frame, i, *row, written=written) for i, row in enumerate(rows))
    marks = frame.grid() + columns + frame.labels([label for label, _ in rows])
    return sheet.svg(marks, _said(rows, sheet.unit))


def _column(frame: _Frame, index: int, label: str, value: float, *, written: bool) -> str:
    wide = min(frame.slot() * 0.7, 56)
    x, y = frame.x(index) - wide / 2, frame.scale.y(value)
    bar = _bar(x, y, wide, frame.scale.bottom - y, _mark(label, value, frame.sheet.unit))
    if not written and frame.slot() < em_width(shown(value)) * 10 + 2:
        return bar
    return bar + _text(frame.x(index), y - 4, shown(value), size=SMALL if written else 10)


def _lying_bar(
    sheet: _Sheet, label: str, value: float, left: float, top: float, step: float, long: float
) -> str:
    tall, middle = min(step * 0.68, 20), top + step / 2
    name = _text(left - 8, middle + 4, _cut(label, (left - 12) / SMALL), anchor="end")
    bar = _bar(left, middle - tall / 2, long, tall, _mark(label, value, sheet.unit))
    return name + bar + _text(left + long + 5, middle + 4, shown(value), anchor="start")


def _old_bar(
    sheet: _Sheet, label: str, value: float, left: float, top: float, step: float, long: float
) -> str:
    """What it was before: a thin bar just below the one of now."""
    tall = min(step * 0.68, 20)
    y = top + step / 2 + tall / 2 + 1
    return (
        f'<rect class="chart-old" fill="{FAINT}" x="{_n(left)}" y="{_n(y)}" width="{_n(long)}" '
        f'height="4"><title>{_mark(label, value, sheet.unit)}</title></rect>'
    )


def _line(frame: _Frame, labels: Sequence[str], name: str, values: list[float], index: int) -> str:
    colour, kind = SERIES[index % len(SERIES)], f"chart-series-{index % len(SERIES) + 1}"
    points = [(frame.x(i), frame.scale.y(value)) for i, value in enumerate(values)]
    line = (
        f'<polyline class="chart-line {kind}" fill="none" stroke="{colour}" stroke-width="2" '
        f'points="{_path(points)}"/>'
    )
    dots = (
        f'<circle class="chart-dot {kind}" fill="{colour}" cx="{_n(x)}" cy="{_n(y)}" r="3">'
        f"<title>{_mark(f'{name} {label}'.strip(), value, frame.sheet.unit)}</title></circle>"
        for (x, y), label, value in zip(points, labels, values, strict=True)
    )
    return line + "".join(dots)


def _legend(sheet: _Sheet, lines: Iterable[tuple[str, object]]) -> str:
    parts, x = [], 2.0
    for i, (name, _) in enumerate(lines):
        parts.append(
            f'<rect class="chart-key chart-series-{i % len(SERIES) + 1}" fill="{SERIES[i % len(SERIES)]}" '
            f'x="{_n(x)}" y="30" width="14" height="4"/>'
        )
        parts.append(_text(x + 19, 36, name, anchor="start"))
        x += 19 + em_width(name) * SMALL + 18
    return "".join(parts)


def _bar(x: float, y: float, width: float, height: float, said: str) -> str:
    return (
        f'<rect class="chart-bar" fill="{SERIES[0]}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" '
        f'height="{_n(height)}"><title>{said}</title></rect>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = SMALL,
    anchor: str = "middle",
    fill: str = INK,
    kind: str = "chart-label",
) -> str:
    return (
        f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" font-size="{size}" fill="{fill}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _open(width: int, height: int, font: str, title: str, said: str, kind: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" role="img" aria-label={quoteattr(title)} '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family={quoteattr(font)}>'
        f"<title>{escape(title)}</title><desc>{escape(said)}</desc>"
    )


def _paired(labels: Sequence[str], values: Sequence[Value]) -> list[tuple[str, float]]:
    if len(labels) != len(values):
        raise ValueError(f"图表有 {len(labels)} 个标签，却有 {len(values)} 个数值；两者必须一一对应。")
    return [(label, float(value)) for label, value in zip(labels, values, strict=True)]


def _pairs(labels: Sequence[str], values: Sequence[Value]) -> list[tuple[str, float]]:
    pairs = _paired(labels, values)
    for label, value in pairs:
        if value < 0:
            raise ValueError(f"柱形图不能画负数：“{label}”为 {shown(value)}；有负数时请用折线图。")
    return pairs


def _mark(label: str, value: float, unit: str) -> str:
    return escape(f"{label}：{shown(value)}{unit}" if label else f"{shown(value)}{unit}")


def _said(rows: Sequence[tuple[str, float]], unit: str) -> str:
    return "、".join(f"{label}{'：' if label else ''}{shown(value)}{unit}" for label, value in rows)


def _cut(text: str, ems: float) -> str:
    """The text, or as much of it as fits into some ems with … behind it."""
    if em_width(text) <= ems + 0.01:
        return text
    kept = ""
    for char in text:
        if em_width(kept + char) > ems - 1:
            break
        kept += char
    return kept + "…"


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
