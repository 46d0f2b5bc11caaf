"""Guards fitted, kept and served: the guard of the settings, and `daybrief guard` for anybody's scope.

Served over HTTP, a guard answers any program on this machine: `GET /` tells the scope, `POST /check` judges:

    {"prompts": ["…"]}  ->  {"judgements": [{"probability": 0.93, "answer": "decline"}]}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.middleware.base import RequestResponseEndpoint

from daybrief import plugins
from daybrief.adapters.files import replace_file
from daybrief.app.ports import Ports
from daybrief.errors import ConfigError, EmbedderUnavailable
from daybrief.guard import HeadName, ScopeGuard, calibration_error
from daybrief.guard.examples import LabelledPrompt, from_model, from_statement, written_in
from daybrief.guard.scope import Scope, has_words, read_scope, shortened
from daybrief.ports import Llm, ModelSettings
from daybrief.web.guard import answered_host

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

Origin = Literal["auto", "model", "built-in"]
_MOST_LINE = 64 * 1024
_SEED = 20241119
MOST_BYTES = 1024 * 1024
MOST_PROMPTS = 256


class GuardRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How a guard is fitted: its scope's file, who writes prompts, encoder, head, own examples, bounds."""

    scope: Path
    origin: Origin = "auto"
    encoder: str = ""
    head: HeadName = "similarity"
    examples: Path | None = None
    ask_at: float = 0.4
    decline_at: float = 0.6


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted guard and what it was fitted on; `error` is its calibration error on the given examples."""

    guard: ScopeGuard
    origin: str
    encoder: str
    examples: int
    error: float


def scope_guard(ports: Ports) -> ScopeGuard:
    """The guard of `guard.scope`, fitted once and kept in the cache folder."""
    settings = ports.settings.guard
    scope, encoder = Scope(text=settings.scope), ports.encoder()
    return ScopeGuard.fit(scope, encoder, decline_at=settings.decline_at)


def fit(ports: Ports, request: GuardRequest) -> Fitted:
    """Fits a guard to a scope; nothing is written. Raises ConfigError that names what cannot be used."""
    scope, encoder = read_scope(request.scope), ports.encoder(request.encoder)
    languages = written_in(latin_only=encoder.latin_only)
    rng = np.random.default_rng(_SEED)
    written, origin = _written(ports, scope, request.origin, rng, languages)
    own = read_examples(request.examples, scope) if request.examples is not None else ()
    known = (*written, *own)
    guard = ScopeGuard.fit(
        scope,
        encoder,
        known,
        encoder=ports.encoder_named(request.encoder),
        head=request.head,
        ask_at=request.ask_at,
        decline_at=request.decline_at,
    )
    off = np.array([float(example.off) for example in known])
    error = calibration_error(guard.score([example.prompt for example in known]), off)
    return Fitted(guard=guard, origin=origin, encoder=encoder.name, examples=len(known), error=error)


def _written(
    ports: Ports, scope: Scope, origin: Origin, rng: np.random.Generator, languages: Sequence[str]
) -> tuple[tuple[LabelledPrompt, ...], str]:
    """Prompts for a scope, and who wrote them: the writer's model where one is set, else the generator."""
    opened = None if origin == "built-in" else _model(ports)
    if opened is None:
        if origin == "model":
            raise ConfigError(
                "no model is set that could write prompts", hint='set writer = { use = "llm", model = … }'
            )
        return from_statement(scope, rng, languages), "built-in"
    with opened() as llm:
        return from_model(llm, scope, rng, languages), "model"


def _model(ports: Ports) -> Callable[[], AbstractContextManager[Llm]] | None:
    if ports.settings.writer.get("use") != "llm":
        return None
    _, options = plugins.configured("writers", ports.settings.writer)
    if not isinstance(options, ModelSettings) or not options.model:
        return None
    return lambda: ports.model_of(options, "guard")


def load(ports: Ports, path: Path, encoder: str = "") -> ScopeGuard:
    """The guard in a file, with the encoder it was fitted with. Raises ConfigError."""
    return ScopeGuard.load(path, lambda opens: ports.encoder(encoder or opens))


def save(guard: ScopeGuard, path: Path) -> None:
    """Writes a guard, at once. Raises ConfigError when it cannot."""
    try:
        replace_file(path, guard.to_bytes())
    except OSError as refused:
        raise ConfigError(
            f"{path} cannot be written: {refused.strerror or refused}", hint="name another file with --out"
        ) from refused


def read_examples(path: Path, scope: Scope) -> tuple[LabelledPrompt, ...]:
    """An operator's own: JSON Lines of `{"prompt": "…", "off_topic": true}`. Raises ConfigError by line."""
    try:
        with path.open("rb") as lines:
            return tuple(_example(number, raw, scope) for number, raw in _numbered(lines))
    except OSError as gone:
        raise ConfigError(f"{path} cannot be read: {gone.strerror}", hint="check the path") from gone


class _Row(msgspec.Struct, frozen=True):
    prompt: str
    off_topic: bool


def _numbered(lines: Iterable[bytes]) -> Iterable[tuple[int, bytes]]:
    return ((number, raw) for number, raw in enumerate(lines, start=1) if raw.strip())


def _example(number: int, raw: bytes, scope: Scope) -> LabelledPrompt:
    hint = 'write {"prompt": "…", "off_topic": true} on each line'
    try:
        row = msgspec.json.decode(raw[:_MOST_LINE], type=_Row)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise ConfigError(f"line {number} of the examples: {broken}", hint=hint) from broken
    if not has_words(row.prompt):
        raise ConfigError(f"line {number} of the examples: a prompt without words", hint=hint)
    return LabelledPrompt(
        scope=scope.text,
        prompt=shortened(row.prompt),
        off=row.off_topic,
        kind="near" if row.off_topic else "on",
        group=f"given {number % 5}",
    )


def serve(guard: ScopeGuard, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Answers `POST /check` until it is stopped. Raises ConfigError for an address others reach."""
    from daybrief.adapters.machine import listening
    from daybrief.web import server_of

    if host not in ("127.0.0.1", "::1", "localhost"):
        raise ConfigError(
            f"--host {host}: a guard asks for no password, so it answers on this machine only",
            hint="put a proxy of yours before it",
        )
    shown = f"[{host}]" if ":" in host else host
    with listening(host, port) as listener:
        app: Any = create_app(guard, names=(host, "localhost"))
        server_of(app, host, port, announce=lambda: announce(f"http://{shown}:{port}/check")).run(
            sockets=[listener]
        )


class _CheckRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    prompts: list[str]


def create_app(guard: ScopeGuard, *, names: Sequence[str]) -> FastAPI:
    """The endpoint as an ASGI application that answers to these host names only.

    It changes nothing and keeps nothing, so any program may ask; the name keeps web pages out that have
    their own name lead here (DNS rebinding).
    """
    app = FastAPI(title="daybrief guard", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def own_name(request: Request, answer: RequestResponseEndpoint) -> Response:
        if not answered_host(request.headers.getlist("host"), request.url.path, names):
            return _json({"error": f"ask for {names[0]}"}, 421)
        return await answer(request)

    @app.get("/")
    def about() -> Response:
        return _json({"scope": guard.scope.text, "ask_at": guard.ask_at, "decline_at": guard.decline_at})

    @app.post("/check")
    async def check(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return _json({"error": f"more than {MOST_BYTES} bytes"}, 413)
        try:
            payload = msgspec.json.decode(body, type=_CheckRequest)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            return _json({"error": f'send {{"prompts": ["…"]}}: {broken}'}, 400)
        if len(payload.prompts) > MOST_PROMPTS:
            return _json({"error": f"{len(payload.prompts)} prompts; at most {MOST_PROMPTS} at once"}, 422)
        try:
            judged = await run_in_threadpool(guard.judge, payload.prompts)
        except EmbedderUnavailable as failed:
            return _json({"error": failed.message}, 503)
        return _json({"judgements": judged})

    return app


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
