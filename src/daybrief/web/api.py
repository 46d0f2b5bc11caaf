"""The JSON API: the same library, search and answers that the pages show, for scripts.

    app = create_app(services, api=lambda pages: api.application(services, pages))

Every answer is one of our own types; its schema in /api/openapi.json is made from the very type that is
encoded, so that the two cannot part. Lists come in pages of at most 100. What goes wrong has one shape.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from functools import cache
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator, Field

from daybrief.ask import Answered
from daybrief.audit.exposure import Exposure
from daybrief.cards import Card, card_of, cards
from daybrief.library import CategoryRecord, CategoryTrend, Library, SourceHealth, StoryRecord
from daybrief.model import Edition, EditionKind, Example, Run, to_json
from daybrief.ports import EditionRow
from daybrief.text.query import Hit
from daybrief.web.caching import KEEP
from daybrief.web.guard import App
from daybrief.web.limits import LAST_PAGE, RESULTS
from daybrief.web.pages import Pages, ReaderServices, answer_failures

_REFERENCE = "#/components/schemas/"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A failure: the status, its name, a reference that the log knows, and what to change."""

    status: int
    title: str
    reference: str
    detail: str = ""


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The one shape of every answer that is no success."""

    error: Problem


class ApiRoute(APIRoute):
    """A route whose refusal of a parameter has the shape of all failures and names the parameter."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler with that one answer changed."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as wrong:
                return problem(422, "; ".join(_named(dict(error)) for error in wrong.errors()[:5]))

        return handled


def answer(value: Any, *, keep: bool = True) -> Response:
    """A value as JSON; `keep` where it is the same until the archive changes."""
    headers = {"cache-control": KEEP if keep else "no-store"}
    return Response(to_json(value), media_type="application/json", headers=headers)


def problem(status: int, detail: str) -> Response:
    """A failure that its reader can do something about."""
    failure = Problem(
        status=status, title=HTTPStatus(status).phrase, reference=secrets.token_hex(6), detail=detail
    )
    headers = {"cache-control": "no-store"}
    return Response(to_json(ErrorAnswer(error=failure)), status, headers, "application/json")


def declared(kind: Any, about: str, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of a route, for OpenAPI: the type when all is well, a failure for each other status."""
    answers: dict[int | str, dict[str, Any]] = {200: _declared(kind, about)}
    for status in (422, 500, 503, *statuses):
        answers[status] = _declared(ErrorAnswer, HTTPStatus(status).phrase)
    return answers


def _declared(kind: Any, about: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema_of(kind)}}}


@cache
def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a type, whole: what it refers to stands where it is referred to."""
    (top,), components = msgspec.json.schema_components([kind], ref_template=_REFERENCE + "{name}")
    whole: dict[str, Any] = _inlined(top, components)
    return whole


def _inlined(schema: Any, components: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(part, components) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(components[schema["$ref"].removeprefix(_REFERENCE)], components)
    if "prefixItems" in schema:
        # Few generators of clients know tuples: a list of so many, each of one of these types, is as true.
        kinds = [
            kind for n, kind in enumerate(schema["prefixItems"]) if kind not in schema["prefixItems"][:n]
        ]
        items = _inlined(kinds[0] if len(kinds) == 1 else {"anyOf": kinds}, components)
        return {
            "type": "array",
            "items": items,
            "minItems": schema["minItems"],
            "maxItems": schema["maxItems"],
        }
    return {name: part if name == "default" else _inlined(part, components) for name, part in schema.items()}


def _named(error: dict[str, Any]) -> str:
    """Which parameter, and what is wrong with it; the value itself is not repeated."""
    place = ".".join(str(part) for part in error.get("loc", ())[1:]) or "the request"
    return f"{place}: {error.get('msg', 'cannot be used')}"


DEEPEST = 1_000  # hits of one search
LONGEST_KEY = 2_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OURS = frozenset({"", "none", "same-origin"})


def _written_out(value: object) -> object:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_written_out)]
Typed = Annotated[str, Query(description="What is looked for; any string is a search, see docs/search.md.")]
Asked = Annotated[str, Query(description="Any question.")]
Number = Annotated[int, Query(ge=1, le=LAST_PAGE, description="Which page, from 1.")]
Most = Annotated[int, Query(ge=1, le=RESULTS, description="Results on a page.")]
Since = Annotated[Day | None, Query(alias="from", description="The first day.")]
Until = Annotated[Day | None, Query(alias="to", description="The last day; the latest edition's by default.")]
Kind = Annotated[EditionKind | None, Query(description="`papers` or `news`; both by default.")]
Weeks = Annotated[int, Query(ge=1, le=260, description="Weeks back.")]
Spanned = Annotated[int, Query(ge=1, le=366, description="Days back.")]
Below = Annotated[int | None, Query(ge=1, le=2**53, description="Only runs with a lower id.")]
Earlier = Annotated[Day | None, Query(description="Only stories of days before this one.")]
Profile = Annotated[str | None, Query(description="A profile of the configuration; its own by default.")]
StoryId = Annotated[
    str, Path(min_length=1, max_length=LONGEST_KEY, description="A story's id or any of its keys.")
]
FetchSite = Annotated[str, Header(alias="sec-fetch-site", include_in_schema=False)]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of hits: the query as it was understood, whether there are more, whether vectors took part."""

    query: str
    page: int
    hits: tuple[Hit, ...]
    more: bool
    meaning: bool
    note: str
    mended: tuple[tuple[str, str], ...] = ()


class Editions(msgspec.Struct, frozen=True, kw_only=True):
    """A page of editions, newest day first, papers before news."""

    page: int
    editions: tuple[EditionRow, ...]
    more: bool


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """A reader's opinion of a story: liked, not liked, or (None) nothing any more."""

    key: str
    liked: bool | None


class Feedback(BaseModel):
    """Keep a reader's opinion of a story, by its id or any of its keys; `liked: null` takes it back."""

    key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
    liked: Annotated[bool | None, Field(strict=True)]


def application(services: ReaderServices, pages: Pages) -> App:
    """The API over a services, with its description in /api/openapi.json."""
    app = FastAPI(
        title="daybrief",
        version=services.version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.include_router(router(services))
    answer_failures(app, pages, RequestValidationError)
    return app


def router(services: ReaderServices) -> APIRouter:
    """All of /api over a services."""
    api = APIRouter(prefix="/api", tags=["archive"], route_class=ApiRoute)
    _finding(api, services)
    _days(api, services)
    _stories(api, services)
    _categories(api, services)
    _labs(api)
    _workings(api, services)
    return api


def _finding(api: APIRouter, services: ReaderServices) -> None:
    @api.get("/search", responses=declared(Found, "Hits, best first.", 404), summary="Search the archive")
    def search(q: Typed = "", page: Number = 1, most: Most = 20, profile: Profile = None) -> Response:
        library = _library(services, profile)
        if library is None:
            return _no_profile()
        skip = (page - 1) * most
        within = skip + most <= DEEPEST
        results = library.searcher.search(q, most=most if within else 0, skip=min(skip, DEEPEST))
        more = results.more and skip + 2 * most <= DEEPEST
        return answer(
            Found(
                query=results.query,
                page=page,
                hits=results.hits,
                more=within and more,
                meaning=results.meaning,
                note=results.note,
                mended=results.mended,
            )
        )

    @api.get("/ask", responses=declared(Answered, "The answer.", 403, 404), summary="Ask the archive")
    def ask(q: Asked, profile: Profile = None, sec_fetch_site: FetchSite = "") -> Response:
        """Answer from the archive alone, with footnotes; `mode` is `nothing` where it holds no answer."""
        if sec_fetch_site not in _OURS:  # a question may cost money, so no other site may ask
            return problem(403, "other sites may not ask")
        if services.ask is None:
            return problem(503, "nothing here answers questions")
        if _library(services, profile) is None:
            return _no_profile()
        return answer(services.ask(q, services.profile if profile is None else profile), keep=False)


def _days(api: APIRouter, services: ReaderServices) -> None:
    @api.get("/editions", responses=declared(Editions, "Editions.", 404), summary="List editions")
    def editions(
        kind: Kind = None, since: Since = None, until: Until = None, page: Number = 1, profile: Profile = None
    ) -> Response:
        library = _library(services, profile)
        if library is None:
            return _no_profile()
        days = library.days(since or date.min, until or date.max)
        rows = (row for day in days for row in day.editions if kind in (None, row.kind))
        shown = tuple(islice(rows, (page - 1) * RESULTS, page * RESULTS + 1))
        return answer(Editions(page=page, editions=shown[:RESULTS], more=len(shown) > RESULTS))

    @api.get(
        "/editions/{day}/{kind}", responses=declared(Edition, "The edition.", 404), summary="Read an edition"
    )
    def edition(day: Day, kind: EditionKind, profile: Profile = None) -> Response:
        library = _library(services, profile)
        if library is None:
            return _no_profile()
        edition_of_day = library.edition(day, kind)
        return (
            problem(404, f"no {kind} edition of {day}") if edition_of_day is None else answer(edition_of_day)
        )


def _stories(api: APIRouter, services: ReaderServices) -> None:
    @api.get(
        "/stories/{id:path}",
        responses=declared(StoryRecord, "All that is known of it.", 404),
        summary="Read a story",
    )
    def story(id: StoryId, profile: Profile = None) -> Response:  # noqa: A002 - its name in the address
        library = _library(services, profile)
        if library is None:
            return _no_profile()
        record = library.story(id)
        return problem(404, "no source ever listed this story") if record is None else answer(record)

    @api.post("/feedback", responses=declared(Opinion, "What is kept now.", 404), summary="Like or not")
    def feedback(opinion: Feedback, profile: Profile = None) -> Response:
        """Teach the profile's taste. Only the reader's own pages, or a request with a bearer token, may."""
        library = _library(services, profile)
        if library is None:
            return _no_profile()
        record = library.story(opinion.key)
        if record is None:
            return problem(404, "no source ever listed this story")
        store = services.examples(services.profile if profile is None else profile)
        if opinion.liked is None:
            store.forget_example(record.id)
        else:
            store.save_examples([_example(services, record, liked=opinion.liked)])
        return answer(Opinion(key=record.id, liked=opinion.liked), keep=False)


def _categories(api: APIRouter, services: ReaderServices) -> None:
    @api.get(
        "/categories",
        responses=declared(tuple[CategoryTrend, ...], "The fullest first.", 404),
        summary="How full each category was, week by week",
    )
    def categories(until: Until = None, weeks: Weeks = 26, profile: Profile = None) -> Response:
        library = _library(services, profile)
        if library is None:
            return _no_profile()
        return answer(library.trends(_last(services, library, until), weeks=weeks))

    @api.get(
        "/categories/{category}",
        responses=declared(CategoryRecord, "Its weeks and latest stories.", 404),
        summary="A category, its trend and its stories",
    )
    def category(
        category: Annotated[str, Path(min_length=1, max_length=200)],
        until: Until = None,
        weeks: Weeks = 26,
        before: Earlier = None,
        most: Most = 50,
        profile: Profile = None,
    ) -> Response:
        library = _library(services, profile)
        if library is None:
            return _no_profile()
        last = _last(services, library, until)
        weeks_of_category = library.category(category, last, weeks=weeks, most=most, before=before)
        known = any(c.id == category for c in library.taxonomy.category) or weeks_of_category.stories
        return answer(weeks_of_category) if known else problem(404, "no such category; see /api/categories")


def _labs(api: APIRouter) -> None:
    @api.get(
        "/labs", responses=declared(tuple[Card, ...], "By arXiv id."), summary="Papers that were tried here"
    )
    def labs() -> Response:
        return answer(tuple(card for _, card in sorted(cards().items())))

    @api.get(
        "/labs/{paper}",
        responses=declared(Card, "Claim, numbers, verdict, command.", 404),
        summary="What came of a paper's claim",
    )
    def lab(
        paper: Annotated[str, Path(min_length=1, max_length=200, description="An arXiv id or a lab's name.")],
    ) -> Response:
        result_card = card_of(paper) or next((card for card in cards().values() if card.lab == paper), None)
        return (
            problem(404, "no lab tried this paper; see /api/labs")
            if result_card is None
            else answer(result_card)
        )


def _workings(api: APIRouter, services: ReaderServices) -> None:
    @api.get(
        "/sources",
        responses=declared(tuple[SourceHealth, ...], "Each source, day by day."),
        summary="How the sources did",
    )
    def sources(until: Until = None, days: Spanned = 30) -> Response:
        return answer(services.library.source_health(_last(services, services.library, until), days=days))

    @api.get(
        "/exposure",
        responses=declared(Exposure, "By language, topic, source and institution.", 404),
        summary="What was selected of what came in, and how high it stood",
    )
    def exposure(
        kind: EditionKind = "papers", until: Until = None, days: Spanned = 30, profile: Profile = None
    ) -> Response:
        library = _library(services, profile)
        if library is None:
            return _no_profile()
        return answer(library.exposure(kind, _last(services, library, until), days=days))

    @api.get("/runs", responses=declared(tuple[Run, ...], "Newest first."), summary="The latest runs")
    def runs(most: Most = 20, before: Below = None) -> Response:
        return answer(services.library.runs(most, before))


def _library(services: ReaderServices, profile: str | None) -> Library | None:
    """The archive as a profile sees it; None for a profile that is not configured."""
    wanted = services.profile if profile is None else profile
    return services.library.of(wanted) if wanted in ("", services.profile, *services.profiles) else None


def _no_profile() -> Response:
    return problem(404, "no such profile")


def _last(services: ReaderServices, library: Library, until: date | None) -> date:
    """The day a span ends: as asked, the latest edition's, or today; late enough for weeks before it."""
    last = until or library.latest() or services.clock.now().date()
    return max(last, date.min + timedelta(days=2_000))


def _example(services: ReaderServices, record: StoryRecord, *, liked: bool) -> Example:
    text = next((item.text for item in record.items if item.text), "")
    return Example(key=record.id, liked=liked, title=record.title, text=text, added_at=services.clock.now())
