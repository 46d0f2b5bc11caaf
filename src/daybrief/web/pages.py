"""Gives views the parts of the reader, and leads from the fields of a view to an answer in its language.

`ReaderServices` is handed in from outside; no part of it is global. No template marks anything as safe and
nothing here makes markup, so what the archive holds stays text. A failure has one shape for pages and one
for JSON, and a reference under which the log says what really happened; nothing of the inside is told.

What pages say around an edition stands in one TOML file a language in `words/`. The phrases of editions
(`daybrief.languages.phrases`) are at hand too, so a page speaks one language throughout.
"""

from __future__ import annotations

import logging
import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from importlib.resources import files
from pathlib import Path
from pickle import PickleError
from types import UnionType
from typing import TYPE_CHECKING, Any, Protocol, get_args, get_type_hints
from urllib.parse import parse_qs, quote, urlencode

import msgspec
from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemBytecodeCache,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)
from jinja2.bccache import Bucket
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import daybrief
from daybrief.errors import ArchiveBusy, DaybriefError
from daybrief.languages import CODES, DEFAULT, SOURCE, language_or_source
from daybrief.languages.phrases import Phrases, flat, phrases
from daybrief.library import Library
from daybrief.model import Example, Item
from daybrief.ports import Clock, Searcher
from daybrief.text.latex import readable
from daybrief.text.plain import line, paragraph, web_address
from daybrief.web.caching import KEEP, StaticAssets
from daybrief.web.guard import App, Receive, Scope, Send, values

if TYPE_CHECKING:
    from daybrief.ask import Answered


class Examples(Protocol):
    """Keeps one profile's likes and dislikes: the part of `ports.Archive` that the reader writes."""

    def save_examples(self, examples: Sequence[Example]) -> None: ...  # noqa: D102
    def forget_example(self, key: str) -> bool: ...  # noqa: D102
    def known(self, keys: Sequence[str]) -> tuple[Item, ...]: ...  # noqa: D102


class LearnedWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word of a profile's taste and its weight: above zero it raises a story, below it lowers one."""

    word: str
    weight: float


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Decides who may come in.

    `password` is the stored hash, "" when the reader is open to whoever reaches it; `names` are the host
    names that are answered; `https` says that a browser sees this reader by https.
    """

    password: str = ""
    names: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    https: bool = False


class ReaderServices(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that `create_app` is given.

    `examples` gives the store of a profile; `ask` answers a question from what a profile sees, None where
    nothing can; `learned` tells what a profile's taste holds; `keep_up` brings search up to the archive after
    it changed.
    """

    library: Library
    searcher: Searcher
    examples: Callable[[str], Examples]
    clock: Clock
    ask: Callable[[str, str], Answered] | None = None
    learned: Callable[[str], Sequence[LearnedWord]] | None = None
    keep_up: Callable[[], object] = lambda: None
    profiles: tuple[str, ...] = ()
    profile: str = ""
    language: str = DEFAULT
    access: Access = Access()
    authority: str = "localhost"  # the name in the ids of feeds: never change it
    metrics: bool = False
    templates: Path | None = None  # a folder of our own, where compiled templates are kept
    version: str = daybrief.__version__


SCHEMES = ("auto", "light", "dark")
HTML = "text/html; charset=utf-8"


class ReadingPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody wants to read."""

    language: str
    profile: str
    scheme: str


def preferences(services: ReaderServices, query: str, cookies: Mapping[str, str]) -> ReadingPreferences:
    """The preferences of `?lang=`, else the cookies, else the settings; unknown values count as not given."""
    query_language = parse_qs(query, max_num_fields=None).get("lang", [""])[0] if "lang=" in query else ""
    given = next((code for code in (query_language, cookies.get("lang", "")) if code in LANGUAGES), "")
    default = services.language if services.language in CODES else SOURCE
    profile = cookies.get("profile", services.profile)
    scheme = cookies.get("scheme", "auto")
    return ReadingPreferences(
        language=given or default,
        profile=profile if profile in ("", *services.profiles) else services.profile,
        scheme=scheme if scheme in SCHEMES else "auto",
    )


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of a request; a header that is none gives none."""
    jar: SimpleCookie = SimpleCookie()
    for header in values(scope, b"cookie"):
        try:
            jar.load(header)
        except CookieError:
            continue
    return {name: morsel.value for name, morsel in jar.items()}


def preferences_of(services: ReaderServices, scope: Scope) -> ReadingPreferences:
    """The preferences a request comes with."""
    return preferences(services, scope["query_string"].decode("latin-1"), cookies_of(scope))


class Pages:
    """Renders templates for one services."""

    def __init__(self, services: ReaderServices, static_assets: StaticAssets) -> None:
        self._services = services
        self._shelf = static_assets

    def preferences(self, request: Request) -> ReadingPreferences:
        """How this request's sender wants to read."""
        return preferences_of(self._services, request.scope)

    def show(
        self, request: Request, template: str, *, status: int = 200, keep: bool = True, **fields: Any
    ) -> Response:
        """A page; `keep` says that it is the same for everybody with the same preferences."""
        chosen = self.preferences(request)
        body = (
            environment(self._services.templates)
            .get_template(template)
            .render(
                say=words(chosen.language),
                chosen=chosen,
                services=self._services,
                static=self._shelf.address,
                here=request.url.path,
                query=request.url.query,
                fragment=request.headers.get("hx-request") == "true",
                **fields,
            )
        )
        cache_control = KEEP if keep and status == 200 else "private, no-store"
        return Response(body, status, {"cache-control": cache_control}, HTML)


class CompiledTemplates(FileSystemBytecodeCache):
    """Templates as they were compiled before; one that cannot be kept or read is compiled anew."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read what was kept of a template, if it is of this very text."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError, PickleError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


@cache
def environment(kept: Path | None) -> Environment:
    """The templates; a name that is missing is an error."""
    made = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("daybrief.web", "templates"),
                PrefixLoader({"shared": PackageLoader("daybrief", "assets/templates")}),
            ]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        bytecode_cache=CompiledTemplates(str(kept)) if kept else None,
    )
    made.filters |= {
        "address": web_address,
        "clean": lambda text: line(readable(text)),
        "whole": lambda text: paragraph(readable(text)),
        "instant": instant,
        "quoted": lambda text: quote(text, safe=""),
    }
    made.globals |= {"link": link}
    return made


def link(path: str, **parameters: object) -> str:
    """A path with a query; parameters that are None or empty are left out."""
    fields = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(fields)}" if fields else path


def instant(at: datetime | None) -> str:
    """`2024-11-26 22:30`, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else "–"


# ── routes ──────────────────────────────────────────────────────────────────────────────────────────


def route(path: str, view: Callable[..., Response], method: str = "GET") -> Route:
    """A route to a view, which is called in a thread with what its parameters name.

    These are the request, and parts of the path, the query or the form. What has not the type of its
    parameter is answered 422, a form that cannot be read 400.
    """
    kinds: dict[str, Any] = {}

    async def answered(request: Request) -> Response:
        if not kinds:
            kinds.update(_kinds(view))
        given = await _form(request) if method == "POST" else {**request.query_params, **request.path_params}
        if "request" in kinds:
            given["request"] = request  # whatever a query of this name says
        fields = {name: _read(name, given[name], kind) for name, kind in kinds.items() if name in given}
        return await run_in_threadpool(view, **fields)

    made = Route(path, answered, methods=[method])
    made.methods = {method}
    return made


def _kinds(view: Callable[..., Response]) -> dict[str, Any]:
    """The types of a view's parameters; of one that may be None the other type."""
    hints = {name: kind for name, kind in get_type_hints(view).items() if name != "return"}
    return {name: get_args(kind)[0] if isinstance(kind, UnionType) else kind for name, kind in hints.items()}


def _read(name: str, value: object, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as wrong:
        raise ImpossibleValue(name, value) from wrong


async def _form(request: Request) -> dict[str, object]:
    """The filled fields of a form."""
    try:
        async with request.form() as form:
            return {name: value for name, value in form.items() if value != ""}
    except HTTPException:
        raise
    except Exception as broken:
        raise HTTPException(400) from broken


# ── failures ────────────────────────────────────────────────────────────────────────────────────────


log = logging.getLogger("daybrief.reader")
_SHOWN = frozenset({400, 401, 403, 404, 405, 413, 422, 429, 500, 503})


class ImpossibleValue(HTTPException):
    """A parameter whose value makes no sense; the answer names both."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__(422)
        self.named = line(f"{name} = {value if isinstance(value, str | int) else '?'}", 120)


class FailureGuard:
    """The layer that stops an exception which the framework has answered and raises again for the server."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            await self._app(scope, receive, send)
        except Exception:
            log.debug("answered with 500 above", exc_info=True)


def answer_failures(app: Starlette, pages: Pages, *refusals: type[Exception]) -> None:
    """Give an application its answers to everything that can go wrong; `refusals` are answered 422."""

    async def expected(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 422
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        return failure(request, pages, status, headers, named=getattr(error, "named", ""))

    async def busy(request: Request, error: Exception) -> Response:
        return failure(request, pages, 503, {}, error)

    async def unexpected(request: Request, error: Exception) -> Response:
        return failure(request, pages, 500, {}, error)

    app.add_exception_handler(HTTPException, expected)
    for refusal in refusals:
        app.add_exception_handler(refusal, expected)
    app.add_exception_handler(ArchiveBusy, busy)
    app.add_exception_handler(DaybriefError, unexpected)
    app.add_exception_handler(Exception, unexpected)


def failure(
    request: Request,
    pages: Pages,
    status: int,
    headers: dict[str, str],
    error: Exception | None = None,
    named: str = "",
) -> Response:
    """The answer to a failure; only what is no fault of ours keeps its own status.

    `named` is the parameter that is to blame, with its value.
    """
    code = status if status in _SHOWN else 500 if status >= 500 else 400
    reference = secrets.token_hex(6)
    if error is not None:
        log.error("%s %s %s", reference, request.method, request.url.path, exc_info=error)
    if wants_json(request):
        title = HTTPStatus(code).phrase
        body = {"error": {"status": code, "title": title, "reference": reference}}
        if named:
            body["error"]["named"] = named
        return JSONResponse(body, code, {**headers, "cache-control": "no-store"})
    page = pages.show(
        request, "error.html", status=code, keep=False, code=code, reference=reference, named=named
    )
    page.headers.update(headers)
    return page


def wants_json(request: Request) -> bool:
    """Whether the answer should be JSON: the API, and whoever asks for nothing else."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api") or ("json" in accept and "html" not in accept)


# ── words ───────────────────────────────────────────────────────────────────────────────────────────


LANGUAGES = CODES


@cache
def words(language: str) -> Phrases:
    """Everything a page may say in a language; another one than ours is English."""
    ours = language_or_source(language).code
    table = tomllib.loads((files("daybrief.web") / "words" / f"{ours}.toml").read_text(encoding="utf-8"))
    known = phrases(ours)
    return Phrases(ours, {key: known.get(key, "") for key in known.keys()} | dict(flat(table)))  # noqa: SIM118
