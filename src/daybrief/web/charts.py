"""Shapes of the charts: numbers in, places in, for templates that draw SVG without inline style."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Rect(msgspec.Struct, frozen=True, kw_only=True):
    """One bar, in the units of the chart's view box; `label` says what it stands for."""

    x: float
    y: float
    width: float
    height: float
    label: str


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """Upright bars over time."""

    width: int
    height: int
    rects: tuple[Rect, ...]
    top: int  # the value of the highest line


def columns(
    values: Sequence[tuple[int, str]], *, width: int, height: int, top: int | None = None, gap: float = 0.2
) -> Bars:
    """One upright bar a value, from left to right; equal steps, `top` is the value of the full height."""
    most = max(top if top is not None else max((v for v, _ in values), default=0), 1)
    step = width / max(len(values), 1)
    rects = tuple(
        Rect(
            x=round(place * step + step * gap / 2, 2),
            y=round(height - height * value / most, 2),
            width=round(step * (1 - gap), 2),
            height=round(height * value / most, 2),
            label=label,
        )
        for place, (value, label) in enumerate(values)
    )
    return Bars(width=width, height=height, rects=rects, top=most)
