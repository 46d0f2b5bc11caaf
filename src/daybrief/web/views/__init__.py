"""The pages of the reader, one module each; each gives its routes.

Here: how it works, and for whom: sources, runs, profiles, labs, the page about the reader, preferences.
"""

from __future__ import annotations

from datetime import date, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from daybrief import cards
from daybrief.cards import lab_folders, lab_view, lab_views, lab_words, picture
from daybrief.model import EditionKind
from daybrief.web.caching import KEEP, Files, StaticAssets
from daybrief.web.guard import own_path
from daybrief.web.pages import LANGUAGES, SCHEMES, Pages, ReaderServices, route, words

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
            raise HTTPException(422)
        library = self._services.library.of(self._pages.preferences(request).profile)
        until = library.latest()
        measured = library.exposure(kind, until, days=days) if until else None
        return self._pages.show(request, "exposure.html", found=measured, kind=kind, days=days, most=_GROUPS)

    def runs(self, request: Request, before: int | None = None) -> Response:
        """The latest runs of the program; raises HTTPException for an impossible number."""
        if before is not None and not 0 < before < 2**62:
            raise HTTPException(422)
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
