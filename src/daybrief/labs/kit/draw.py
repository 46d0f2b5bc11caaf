"""A chart as SVG, by hand: text stays text, Korean included, and one file reads well on light and dark.

The picture paints its own ground and takes its colours from `prefers-color-scheme`, so it can never be dark
ink on a dark page. Series differ by colour and by the shape of their marks. No font is embedded: the list
names the Korean fonts of the common systems. Same chart, same bytes.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import count, takewhile

from daybrief.labs.kit.chart import Chart, Plot, Row, Rows, Series
from daybrief.model import Value
from daybrief.text.plain import xml

WIDTH = 760
_GAP = 16
_PLOT_HEIGHT = 300
_ROW_HEIGHT = 26
_LETTER = 6.6  # width of a Latin letter at 12 px; wide letters take twice as much
_SHADES = 7
_STYLE = """
svg.lab{--paper:#fdfdfb;--ink:#1b2430;--soft:#56616f;--grid:#dfe3e8;--c0:#1f5fbf;--c1:#c24a00;--c2:#0b7a5a;\
--c3:#8a3aa8;--c4:#8a6d00;--c5:#b3234f;--c6:#4d5b6b}
@media(prefers-color-scheme:dark){svg.lab{--paper:#14181d;--ink:#e8ecf1;--soft:#a3adb9;--grid:#333b45;\
--c0:#7db2ff;--c1:#ff9d5c;--c2:#4fd0a5;--c3:#d59bf0;--c4:#e3c34f;--c5:#ff86a8;--c6:#b3bfcc}}
svg.lab text{font-family:system-ui,"Noto Sans KR","Noto Sans CJK KR","Apple SD Gothic Neo","Malgun Gothic",\
NanumGothic,sans-serif;font-size:12px;fill:var(--ink)}
svg.lab .title{font-weight:600;font-size:13px}
svg.lab .soft{fill:var(--soft)}
svg.lab .grid{stroke:var(--grid);stroke-width:1}
svg.lab .rule{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:3 3}
svg.lab .line{fill:none;stroke-width:2;stroke-linejoin:round}
svg.lab .dashed{stroke-dasharray:6 4}
svg.lab .band{stroke:none;opacity:.16}
svg.lab .span{stroke-width:2.4;stroke-linecap:round}
svg.lab .beside{fill:var(--paper);stroke:var(--soft);stroke-width:1.6}
"""


class Box(Value, frozen=True, kw_only=True):
    """The inside of a panel, in pixels of the picture."""

    left: float
    top: float
    right: float
    bottom: float


class Axis(Value, frozen=True, kw_only=True):
    """Places values between two pixels; on a logarithmic axis by their logarithm."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The pixel of a value, kept within the axis."""
        low, high, placed = (self._scaled(v) for v in (self.low, self.high, value))
        part = min(1.0, max(0.0, (placed - low) / (high - low)))
        return round(self.start + part * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Round values along the axis, about five."""
        return _powers(self.low, self.high) if self.log else _round_steps(self.low, self.high)

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, 1e-300)) if self.log else value


def draw(chart: Chart, language: str) -> str:
    """The chart as SVG with the labels of a language ("en", "ko")."""
    width = (WIDTH - _GAP * (chart.columns - 1)) / chart.columns
    parts: list[str] = []
    top = 0.0
    for start in range(0, len(chart.panels), chart.columns):
        row = chart.panels[start : start + chart.columns]
        for at, panel in enumerate(row):
            parts += _panel(panel, at * (width + _GAP), top, width, language)
        top += max(_height(panel) for panel in row) + _GAP
    height = round(top - _GAP)
    says = _escaped(chart.says.in_(language))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lab" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" lang="{language}" aria-label="{says}"><title>{says}</title>'
        f'<style>{_STYLE}</style><rect width="{WIDTH}" height="{height}" fill="var(--paper)"/>'
    )
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def _panel(panel: Plot | Rows, left: float, top: float, width: float, language: str) -> Iterable[str]:
    drawn = _plot if isinstance(panel, Plot) else _rows
    return drawn(panel, left, top, width, language)  # type: ignore[arg-type]


def _height(panel: Plot | Rows) -> float:
    if isinstance(panel, Rows):
        return 84 + _ROW_HEIGHT * len(panel.rows) + (20 if panel.shades else 0)
    return _PLOT_HEIGHT + 62 + 18 * len(panel.series)


# ── plots ───────────────────────────────────────────────────────────────────────────────────────────


def _plot(plot: Plot, left: float, top: float, width: float, language: str) -> Iterator[str]:
    box = Box(left=left + 62, top=top + 36, right=left + width - 16, bottom=top + _PLOT_HEIGHT)
    x, y = _axes(plot, box)
    yield _text(left + 12, top + 20, plot.title.in_(language), "title")
    yield from _frame(x, y, box)
    yield _text((box.left + box.right) / 2, box.bottom + 36, plot.x.in_(language), "soft", "middle")
    yield _upright(left + 16, (box.top + box.bottom) / 2, plot.y.in_(language))
    for rule in plot.rules:
        yield from _rule(rule.name.in_(language), rule.x, rule.y, x, y, box)
    for shade, series in enumerate(plot.series):
        yield from _series(series, shade, x, y)
        at = box.bottom + 56 + 18 * shade
        yield _mark(box.left + 6, at - 4, shade)
        yield _text(box.left + 20, at, series.name.in_(language))


def _axes(plot: Plot, box: Box) -> tuple[Axis, Axis]:
    xs = [v for s in plot.series for v in s.x] + [r.x for r in plot.rules if r.x is not None]
    ys = [v for s in plot.series for v in (*s.y, *s.low, *s.high)] + [
        r.y for r in plot.rules if r.y is not None
    ]
    x_low, x_high = plot.x_span or _span(xs, log=plot.log_x, margin=0.0)
    y_low, y_high = plot.y_span or _span(ys, log=plot.log_y, margin=0.06)
    return (
        Axis(low=x_low, high=x_high, start=box.left, end=box.right, log=plot.log_x),
        Axis(low=y_low, high=y_high, start=box.bottom, end=box.top, log=plot.log_y),
    )


def _span(values: Sequence[float], *, log: bool, margin: float) -> tuple[float, float]:
    """The ends of an axis: those of the values with a margin; never of no length."""
    if log:
        positive = [v for v in values if v > 0] or [1.0]
        low, high = min(positive), max(positive)
        return (low / 2, high * 2) if low == high else (low, high)
    low, high = min(values), max(values)
    if low == high:
        return low - 0.5, high + 0.5
    return low - margin * (high - low), high + margin * (high - low)


def _frame(x: Axis, y: Axis, box: Box) -> Iterator[str]:
    for tick in y.ticks():
        at = y.at(tick)
        yield f'<line class="grid" x1="{box.left}" x2="{box.right}" y1="{at}" y2="{at}"/>'
        yield _text(box.left - 8, at + 4, _number(tick, 6), "soft", "end")
    for tick in x.ticks():
        at = x.at(tick)
        yield f'<line class="grid" x1="{at}" x2="{at}" y1="{box.top}" y2="{box.bottom}"/>'
        yield _text(at, box.bottom + 17, _number(tick, 6), "soft", "middle")


def _rule(name: str, at_x: float | None, at_y: float | None, x: Axis, y: Axis, box: Box) -> Iterator[str]:
    if at_y is not None:
        height = y.at(at_y)
        yield f'<line class="rule" x1="{box.left}" x2="{box.right}" y1="{height}" y2="{height}"/>'
        yield _text(box.right - 4, height - 5, name, "soft", "end")
    if at_x is not None:
        place = x.at(at_x)
        yield f'<line class="rule" x1="{place}" x2="{place}" y1="{box.top}" y2="{box.bottom}"/>'
        yield _text(place + 5, box.top + 12, name, "soft")


def _series(series: Series, shade: int, x: Axis, y: Axis) -> Iterator[str]:
    colour = f"var(--c{shade % _SHADES})"
    points = [(x.at(a), y.at(b)) for a, b in zip(series.x, series.y, strict=True)]
    if series.low:
        upper = [(x.at(a), y.at(b)) for a, b in zip(series.x, series.high, strict=True)]
        lower = [(x.at(a), y.at(b)) for a, b in zip(series.x, series.low, strict=True)]
        around = _points(upper + lower[::-1])
        yield f'<polygon class="band" fill="{colour}" points="{around}"/>'
    if series.line:
        dashed = " dashed" if series.dashed else ""
        yield f'<polyline class="line{dashed}" stroke="{colour}" points="{_points(points)}"/>'
    if series.marks:
        yield from (_mark(a, b, shade) for a, b in points)


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{a},{b}" for a, b in points)


def _mark(a: float, b: float, shade: int) -> str:
    """A dot, square, triangle or diamond: those who see no colours tell series apart as well."""
    fill = f'fill="var(--c{shade % _SHADES})"'
    a, b = round(a, 1), round(b, 1)
    corners = {
        1: [(-3.4, -3.4), (3.4, -3.4), (3.4, 3.4), (-3.4, 3.4)],
        2: [(0, -4.4), (4.2, 3.4), (-4.2, 3.4)],
        3: [(0, -4.8), (4.8, 0), (0, 4.8), (-4.8, 0)],
    }.get(shade % 4)
    if corners is None:
        return f'<circle cx="{a}" cy="{b}" r="3.6" {fill}/>'
    return f'<polygon {fill} points="{_points((round(a + p, 1), round(b + q, 1)) for p, q in corners)}"/>'


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────


def _rows(rows: Rows, left: float, top: float, width: float, language: str) -> Iterator[str]:
    names = [row.name.in_(language) for row in rows.rows]
    label = min(width * 0.55, max(_length(name) for name in names) + 22)
    bottom = top + 36 + _ROW_HEIGHT * len(rows.rows)
    box = Box(left=left + label, top=top + 32, right=left + width - 76, bottom=bottom)
    x = _rows_axis(rows, box)
    yield _text(left + 12, top + 20, rows.title.in_(language), "title")
    for tick in x.ticks():
        at = x.at(tick)
        yield f'<line class="grid" x1="{at}" x2="{at}" y1="{box.top}" y2="{box.bottom}"/>'
        yield _text(at, bottom + 16, _number(tick, 6), "soft", "middle")
    if rows.at is not None:
        at = x.at(rows.at)
        yield f'<line class="rule" x1="{at}" x2="{at}" y1="{box.top}" y2="{box.bottom}"/>'
    for at_row, (row, name) in enumerate(zip(rows.rows, names, strict=True)):
        yield from _row(row, name, top + 36 + _ROW_HEIGHT * (at_row + 0.5), x, box)
    yield _text((box.left + box.right) / 2, bottom + 35, rows.x.in_(language), "soft", "middle")
    yield from _key(rows, left + 12, bottom + 56, language)


def _rows_axis(rows: Rows, box: Box) -> Axis:
    values = [v for r in rows.rows for v in (r.value, r.low, r.high, r.beside) if v is not None]
    low, high = _span(values if rows.at is None else [*values, rows.at], log=False, margin=0.04)
    return Axis(low=low, high=high, start=box.left, end=box.right)


def _row(row: Row, name: str, height: float, x: Axis, box: Box) -> Iterator[str]:
    yield _text(box.left - 10, height + 4, name, "", "end")
    if row.low is not None and row.high is not None:
        yield (
            f'<line class="span" stroke="var(--c{row.shade % _SHADES})" x1="{x.at(row.low)}" '
            f'x2="{x.at(row.high)}" y1="{height}" y2="{height}"/>'
        )
    if row.beside is not None:
        yield f'<circle class="beside" cx="{x.at(row.beside)}" cy="{height}" r="5.2"/>'
    yield _mark(x.at(row.value), height, row.shade)
    yield _text(box.right + 8, height + 4, _number(row.value), "soft")


def _key(rows: Rows, left: float, height: float, language: str) -> Iterator[str]:
    for shade, words in enumerate(rows.shades):
        name = words.in_(language)
        yield _mark(left, height - 4, shade)
        yield _text(left + 10, height, name)
        left += _length(name) + 36
    if any(row.beside is not None for row in rows.rows):
        yield f'<circle class="beside" cx="{round(left, 1)}" cy="{height - 4}" r="5.2"/>'
        yield _text(left + 10, height, rows.beside.in_(language))


# ── letters and numbers ─────────────────────────────────────────────────────────────────────────────


def _text(left: float, top: float, text: str, kind: str = "", anchor: str = "") -> str:
    kind = f' class="{kind}"' if kind else ""
    anchor = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{round(left, 1)}" y="{round(top, 1)}"{kind}{anchor}>{_escaped(text)}</text>'


def _escaped(text: str) -> str:
    return escape(xml(text))


def _upright(left: float, middle: float, text: str) -> str:
    left, middle = round(left, 1), round(middle, 1)
    return (
        f'<text class="soft" text-anchor="middle" x="{left}" y="{middle}" '
        f'transform="rotate(-90 {left} {middle})">{_escaped(text)}</text>'
    )


def _length(text: str) -> float:
    """About how many pixels a text takes."""
    return sum(_LETTER * (1.85 if unicodedata.east_asian_width(letter) in "WF" else 1.0) for letter in text)


def _number(value: float, decimals: int = 3) -> str:
    if abs(value) < 1e-12:
        return "0"
    if 10**-decimals <= abs(value) < 1e5:
        shown = f"{value:,.{decimals}f}"
        return shown.rstrip("0").rstrip(".") if decimals else shown
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _round_steps(low: float, high: float) -> list[float]:
    raw = (high - low) / 5
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 12) for n in takewhile(lambda n: n * step <= high + step * 1e-9, count(first))]


def _powers(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    digits = (1,) if last - first > 2 else (1, 2, 5)
    every = max(1, (last - first) // 6)
    ticks = [digit * 10.0**power for power in range(first, last + 1, every) for digit in digits]
    return [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
