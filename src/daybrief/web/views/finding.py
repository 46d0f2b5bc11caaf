"""Finding: search with filters and pages, questions to the archive, and categories.

A category's page shows how much it had over weeks, drawn as bars, and its latest stories.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from daybrief.library import Library, Week
from daybrief.text.query import Hit
from daybrief.web.limits import LAST_PAGE
from daybrief.web.pages import Pages, ReaderServices, route
from daybrief.web.presenters import Piece, marked

EACH = 20
DEEPEST = 1_000  # hits: beyond, a reader narrows the search down
LONGEST = 4_000
OURS = frozenset({"", "none", "same-origin"})  # of `Sec-Fetch-Site`: no other site asks
_FILTERS = ("kind", "category", "source", "from", "to")


class SearchViews:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages) -> None:
        self._services = services
        self._pages = pages

    def search(self, request: Request, q: str = "", page: int = 1) -> Response:
        """Search for what somebody typed, narrowed by the form's filters; any string is a search.

        Raises HTTPException for a page that cannot be.
        """
        if not 1 <= page <= LAST_PAGE:
            raise HTTPException(422)
        given = {name: request.query_params.get(name, "")[:100] for name in _FILTERS}
        typed, skip = q[:LONGEST], (page - 1) * EACH
        within = skip < DEEPEST
        searcher = self._services.library.of(self._pages.preferences(request).profile).searcher
        results = searcher.search(query_of(typed, given) if within else "", most=EACH, skip=skip)
        deep = skip + EACH >= DEEPEST
        return self._pages.show(
            request,
            "search.html",
            q=typed,
            given=given,
            found=results,
            hits=[(hit, *shown(hit)) for hit in results.hits],
            page=page,
            more=results.more and not deep,
            deep=deep,
            categories=self._services.library.taxonomy.category,
        )

    def question(self, request: Request, q: str = "") -> Response:
        """The box, or the answer that a link leads to.

        A page of another site, or a browser that fetches ahead, gets the box filled in: a question may cost
        money, so a reader asks it.
        """
        return self._answered(request, q, submitted=_by_a_reader(request))

    def ask(self, request: Request, q: str = "") -> Response:
        """The answer."""
        return self._answered(request, q, submitted=True)

    def _answered(self, request: Request, q: str, *, submitted: bool) -> Response:
        ask = self._services.ask
        typed = q.strip()[:LONGEST]
        profile = self._pages.preferences(request).profile
        answered = ask(typed, profile) if ask is not None and typed and submitted else None
        return self._pages.show(
            request, "ask.html", keep=not typed, answered=answered, q=typed, ready=ask is not None
        )


def _by_a_reader(request: Request) -> bool:
    """Whether somebody typed an address, followed a link of ours, or came from outside a browser."""
    ahead = {request.headers.get("sec-purpose", ""), request.headers.get("purpose", "")}
    return request.headers.get("sec-fetch-site", "") in OURS and ahead == {""}


def routes(services: ReaderServices, pages: Pages) -> list[Route]:
    """`/search` and `/ask`."""
    views = SearchViews(services, pages)
    return [
        route("/search", views.search),
        route("/ask", views.question),
        route("/ask", views.ask, "POST"),
    ]


def query_of(typed: str, given: dict[str, str]) -> str:
    """The typed words with the filters of the form as operators; a quote in a value ends nothing."""
    parts = [typed]
    for name in _FILTERS:
        value = given.get(name, "").replace('"', " ").strip()
        if value:
            parts.append(f"{name}:{value}" if name in ("from", "to") else f'{name}:"{value}"')
    return " ".join(part for part in parts if part)


def shown(hit: Hit) -> tuple[tuple[Piece, ...], tuple[Piece, ...], str]:
    """A hit's title and passage with the words found marked, and the page it leads to (a story's: "")."""
    path = ""
    if hit.kind == "edition":
        kind, _, day = hit.id.partition(" ")
        path = f"/day/{day}/{kind}"
    elif hit.kind == "claim":
        kind, category, *_ = [*hit.id.split(" "), "", ""]
        path = f"/day/{hit.day.isoformat()}/{kind}#{category}"
    return marked(hit.title, hit.title_marks), marked(hit.excerpt, hit.excerpt_marks), path


# ── categories ──────────────────────────────────────────────────────────────────────────────────────


class Rect(msgspec.Struct, frozen=True, kw_only=True):
    """A bar, in the units of the chart's view box; `label` says what it stands for."""

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


def columns(values: Sequence[tuple[int, str]], *, width: int, height: int, gap: float = 0.2) -> Bars:
    """Make an upright bar a value but zero, from left to right in equal steps, the highest as high as all."""
    most = max((*(value for value, _ in values), 1))
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
        if value
    )
    return Bars(width=width, height=height, rects=rects, top=most)


WEEKS = 26
_MOST = 40
_LEAST_BARS = 13
_LONGEST_ID = 100


class Categories:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages) -> None:
        self._services = services
        self._pages = pages

    def _library(self, request: Request) -> Library:
        return self._services.library.of(self._pages.preferences(request).profile)

    def categories(self, request: Request) -> Response:
        """All categories, one small chart each on its own scale."""
        ours = self._library(request)
        until = ours.latest()
        trends = ours.trends(until, weeks=WEEKS) if until else ()
        known = [(trend, begun(trend.weeks)) for trend in trends]
        charts = [(trend, weeks, weekly(weeks, 260, 44), compared(weeks)) for trend, weeks in known]
        weeks = len(known[0][1]) if known else 0
        return self._pages.show(request, "categories.html", charts=charts, weeks=weeks)

    def category(self, request: Request, category: str, before: date | None = None) -> Response:
        """Show one category; raises HTTPException when there is none of this name."""
        ours = self._library(request)
        until = ours.latest()
        if until is None or len(category) > _LONGEST_ID:
            raise HTTPException(404)
        record = ours.category(category, until, weeks=WEEKS, most=_MOST, before=before)
        if not record.stories and category not in {c.id for c in ours.taxonomy.category}:
            raise HTTPException(404)
        weeks = begun(record.weeks)
        return self._pages.show(
            request,
            "category.html",
            record=record,
            weeks=weeks,
            chart=weekly(weeks, 780, 110),
            compared=compared(weeks),
        )


def category_routes(services: ReaderServices, pages: Pages) -> list[Route]:
    """`/categories` and `/category/…`."""
    views = Categories(services, pages)
    return [route("/categories", views.categories), route("/category/{category}", views.category)]


def begun(weeks: Sequence[Week]) -> tuple[Week, ...]:
    """The weeks since the archive began: before, nothing was counted."""
    first = next((place for place, week in enumerate(weeks) if week.total), 0)
    return tuple(weeks[first:])


def weekly(weeks: Sequence[Week], width: int, height: int) -> Bars:
    """Make a bar a week, the last at the right; room for a quarter at least, so that a bar stays a bar."""
    values = [(week.stories, f"{week.start.isoformat()}: {week.stories}") for week in weeks]
    return columns([(0, "")] * (_LEAST_BARS - len(values)) + values, width=width, height=height)


def compared(weeks: Sequence[Week]) -> tuple[int, float] | None:
    """The stories of the last week, and of an average one of the four before; None without one before."""
    before = [week.stories for week in weeks[-5:-1] if week.total]
    return (weeks[-1].stories, sum(before) / len(before)) if before else None
