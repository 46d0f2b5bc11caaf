"""The pages of the reader; each kind gives its routes. The days and stories have a module of their own.

How it works, and for whom: sources, runs, profiles, labs, the page about the reader, preferences.
Finding: search with filters and pages, questions to the archive, and categories. A category's page shows how
much it had over weeks, drawn as bars, and its latest stories.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from daybrief import cards
from daybrief.cards import lab_folders, lab_view, lab_views, lab_words, picture
from daybrief.library import Library, Week
from daybrief.model import EditionKind
from daybrief.text.query import Hit
from daybrief.web.caching import KEEP, Files, StaticAssets
from daybrief.web.guard import own_path
from daybrief.web.limits import LAST_PAGE
from daybrief.web.pages import LANGUAGES, SCHEMES, ImpossibleValue, Pages, ReaderServices, route, words
from daybrief.web.presenters import Piece, marked

DAYS = 60
EXPOSED, MOST_EXPOSED = 30, 366
_RUNS = 50
_GROUPS = 30
_YEAR_S = 365 * 24 * 3600
_PAPER = "#fbf8f2"


class Workings:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages, static_assets: StaticAssets) -> None:
        self._services = services
        self._pages = pages
        self._shelf = static_assets

    def sources(self, request: Request) -> Response:
        """How each source did, day by day."""
        library = self._services.library.of(self._pages.preferences(request).profile)
        until = library.latest()
        health = library.source_health(until, days=DAYS) if until else ()
        span = _span(min((source.days[0].day for source in health), default=until), until)
        return self._pages.show(request, "sources.html", health=health, span=span)

    def exposure(self, request: Request, kind: EditionKind = "papers", days: int = EXPOSED) -> Response:
        """Show how much was selected of what came in, and how high; raises HTTPException for other days."""
        if not 1 <= days <= MOST_EXPOSED:
            raise ImpossibleValue("days", days)
        library = self._services.library.of(self._pages.preferences(request).profile)
        until = library.latest()
        measured = library.exposure(kind, until, days=days) if until else None
        return self._pages.show(request, "exposure.html", found=measured, kind=kind, days=days, most=_GROUPS)

    def runs(self, request: Request, before: int | None = None) -> Response:
        """The latest runs of the program; raises HTTPException for an impossible number."""
        if before is not None and not 0 < before < 2**62:
            raise ImpossibleValue("before", before)
        listed = self._services.library.runs(_RUNS + 1, before)
        more = listed[_RUNS - 1].id if len(listed) > _RUNS else None
        return self._pages.show(request, "runs.html", runs=listed[:_RUNS], more=more)

    def profiles(self, request: Request) -> Response:
        """The profiles, and what the current one was taught and learned."""
        profile = self._pages.preferences(request).profile
        learned = self._services.learned(profile) if self._services.learned else ()
        examples = self._services.library.examples(profile)[::-1]
        return self._pages.show(request, "profiles.html", learned=learned, examples=examples)

    def about(self, request: Request) -> Response:
        """Say what this is."""
        return self._pages.show(request, "about.html")

    def prefer(
        self,
        lang: str | None = None,
        profile: str | None = None,
        scheme: str | None = None,
        next: str = "/",  # noqa: A002
    ) -> Response:
        """Keep how somebody wants to read, in cookies of their browser."""
        answer = RedirectResponse(own_path(next), 303)
        allowed = {"lang": LANGUAGES, "profile": ("", *self._services.profiles), "scheme": SCHEMES}
        secure = self._services.access.https
        for name, value in (("lang", lang), ("profile", profile), ("scheme", scheme)):
            if value is not None and value in allowed[name]:
                answer.set_cookie(name, value, max_age=_YEAR_S, httponly=True, samesite="lax", secure=secure)
        return answer

    def manifest(self, request: Request) -> Response:
        """Give what a browser needs to install the reader (https://www.w3.org/TR/appmanifest)."""
        say = words(self._pages.preferences(request).language)
        about = {
            "name": say("title.index"),
            "short_name": say("site.name"),
            "description": say("site.motto"),
            "lang": say.language,
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": _PAPER,
            "theme_color": _PAPER,
            "icons": [
                {"src": self._shelf.address(f"icon-{n}.png"), "sizes": f"{n}x{n}", "type": "image/png"}
                for n in (192, 512)
            ],
        }
        return JSONResponse(about, headers={"cache-control": KEEP}, media_type="application/manifest+json")


def routes(services: ReaderServices, pages: Pages, static_assets: StaticAssets) -> list[Route]:
    """`/sources`, `/exposure`, `/runs`, `/profiles`, `/about`, `/preferences`, and the manifest."""
    views = Workings(services, pages, static_assets)
    return [
        route("/sources", views.sources),
        route("/exposure", views.exposure),
        route("/runs", views.runs),
        route("/profiles", views.profiles),
        route("/about", views.about),
        route("/preferences", views.prefer, "POST"),
        route("/manifest.webmanifest", views.manifest),
    ]


def _span(first: date | None, last: date | None) -> list[date]:
    if first is None or last is None:
        return []
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def file_routes(static_assets: StaticAssets) -> list[Route]:
    """`/static/…`, and the two names that browsers ask for by themselves."""
    views = Files(static_assets)
    return [
        route("/static/{name:path}", views.static),
        route("/favicon.ico", views.icon),
        route("/robots.txt", views.robots),
    ]


# ── labs ────────────────────────────────────────────────────────────────────────────────────────────


SVG = "image/svg+xml"


class Labs:
    """The views."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def labs(self, request: Request) -> Response:
        """Every lab with its verdict."""
        language = self._pages.preferences(request).language
        return self._pages.show(request, "labs.html", labs=lab_views(language), w=lab_words(language))

    def lab(self, request: Request, name: str) -> Response:
        """Show one lab; raises HTTPException when there is none of this name."""
        if name not in lab_folders():
            raise HTTPException(404)
        language = self._pages.preferences(request).language
        return self._pages.show(
            request,
            "lab.html",
            lab=lab_view(name, language),
            w=lab_words(language),
            picture=f"/labs/{name}/picture.{language}.svg",
        )

    def picture(self, name: str, language: str) -> Response:
        """The picture of a lab, labelled in a language; raises HTTPException when there is none."""
        body = picture(name, language) if name in lab_folders() and language in cards.LANGUAGES else b""
        if not body:
            raise HTTPException(404)
        return Response(body, headers={"cache-control": KEEP}, media_type=SVG)


def lab_routes(pages: Pages) -> list[Route]:
    """`/labs`, `/labs/NAME` and its picture."""
    views = Labs(pages)
    return [
        route("/labs", views.labs),
        route("/labs/{name}", views.lab),
        route("/labs/{name}/picture.{language}.svg", views.picture),
    ]


# ── finding ──────────────────────────────────────────────────────────────────────────────────────────────

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
            raise ImpossibleValue("page", page)
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


def search_routes(services: ReaderServices, pages: Pages) -> list[Route]:
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
