"""Finding: search with filters and pages, and questions to the archive."""

from __future__ import annotations

from fastapi import APIRouter, Form, HTTPException, Request, Response

from daybrief.text.query import Hit
from daybrief.web.limits import LAST_PAGE
from daybrief.web.pages import Pages
from daybrief.web.presenters import Piece, marked
from daybrief.web.services import ReaderServices

EACH = 20
DEEPEST = 1_000  # hits: beyond, a reader narrows the search down
LONGEST = 4_000
_FILTERS = ("kind", "category", "source", "from", "to")


class SearchViews:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages) -> None:
        self._services = services
        self._pages = pages

    def search(self, request: Request, q: str = "", page: int = 1) -> Response:
        """What somebody typed, narrowed by the form's filters; any string is a search."""
        if not 1 <= page <= LAST_PAGE:
            raise HTTPException(422)
        given = {name: request.query_params.get(name, "")[:100] for name in _FILTERS}
        typed, skip = q[:LONGEST], (page - 1) * EACH
        within = skip < DEEPEST
        searcher = self._services.library.of(self._pages.preferences(request).profile).searcher
        found = searcher.search(query_of(typed, given) if within else "", most=EACH, skip=skip)
        deep = skip + EACH >= DEEPEST
        return self._pages.show(
            request,
            "search.html",
            q=typed,
            given=given,
            found=found,
            hits=[(hit, *shown(hit)) for hit in found.hits],
            page=page,
            more=found.more and not deep,
            deep=deep,
            categories=self._services.library.taxonomy.category,
        )

    def question(self, request: Request) -> Response:
        """The box."""
        return self._pages.show(
            request, "ask.html", answered=None, q="", ready=self._services.ask is not None
        )

    def ask(self, request: Request, q: str = Form("")) -> Response:
        """The answer."""
        asked = self._services.ask
        typed = q.strip()[:LONGEST]
        profile = self._pages.preferences(request).profile
        answered = asked(typed, profile) if asked is not None and typed else None
        return self._pages.show(
            request, "ask.html", keep=False, answered=answered, q=typed, ready=asked is not None
        )


def routes(services: ReaderServices, pages: Pages) -> APIRouter:
    """`/search` and `/ask`."""
    router, views = APIRouter(include_in_schema=False), SearchViews(services, pages)
    router.add_api_route("/search", views.search)
    router.add_api_route("/ask", views.question)
    router.add_api_route("/ask", views.ask, methods=["POST"])
    return router


def query_of(typed: str, given: dict[str, str]) -> str:
    """What was typed, with the filters of the form as operators; a quote in a value ends nothing."""
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
