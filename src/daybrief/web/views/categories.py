"""Categories: how much each had over weeks, drawn as bars, and its latest stories."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response

from daybrief.library import Library, Week
from daybrief.web.pages import Pages
from daybrief.web.services import ReaderServices


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


WEEKS = 26
_MOST = 40
_LONGEST_ID = 100


class Categories:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages) -> None:
        self._services = services
        self._pages = pages

    def _library(self, request: Request) -> Library:
        return self._services.library.of(self._pages.preferences(request).profile)

    def categories(self, request: Request) -> Response:
        """All categories, one small chart each on the same scale."""
        ours = self._library(request)
        until = ours.latest()
        trends = ours.trends(until, weeks=WEEKS) if until else ()
        top = max((week.stories for trend in trends for week in trend.weeks), default=1)
        charts = [(trend, begun(trend.weeks), weekly(begun(trend.weeks), 260, 44, top)) for trend in trends]
        weeks = len(charts[0][1]) if charts else 0
        return self._pages.show(request, "categories.html", charts=charts, weeks=weeks, top=top)

    def category(self, request: Request, category: str, before: date | None = None) -> Response:
        """One category."""
        ours = self._library(request)
        until = ours.latest()
        if until is None or len(category) > _LONGEST_ID:
            raise HTTPException(404)
        record = ours.category(category, until, weeks=WEEKS, most=_MOST, before=before)
        if not record.stories and category not in {c.id for c in ours.taxonomy.category}:
            raise HTTPException(404)
        weeks = begun(record.weeks)
        return self._pages.show(
            request, "category.html", record=record, weeks=weeks, chart=weekly(weeks, 780, 150)
        )


def routes(services: ReaderServices, pages: Pages) -> APIRouter:
    """`/categories` and `/category/…`."""
    router, views = APIRouter(include_in_schema=False), Categories(services, pages)
    router.add_api_route("/categories", views.categories)
    router.add_api_route("/category/{category}", views.category)
    return router


def begun(weeks: Sequence[Week]) -> tuple[Week, ...]:
    """The weeks since the archive began: before, nothing was counted."""
    first = next((place for place, week in enumerate(weeks) if week.total), 0)
    return tuple(weeks[first:])


def weekly(weeks: Sequence[Week], width: int, height: int, top: int | None = None) -> Bars:
    """One bar a week."""
    values = [(week.stories, f"{week.start.isoformat()}: {week.stories}") for week in weeks]
    return columns(values, width=width, height=height, top=top)
