"""How much one request may take, and how many are worked on at once.

One request: 64 kB of body, ten seconds to send it, half a minute to take the answer. The body is whole before
anything is worked on and the answer is sent when the work is done, so a slow client holds no place of others.
Headers are bounded by the server (`daybrief.web`).

At once: a few requests in all, one of each client. Pages that are kept are answered before that layer.
Everything else waits for one of a few places, because one process works on one thing at a time whatever the
number of threads, and forty searches at once make every page wait. A client has one place at a time, and
while more of its requests wait, it rests after each: whoever asks without end waits for itself, and not
everybody else for it. Questions have places of their own: one that waits for a model keeps no page waiting.

Where `serve.metrics` is set, `Metrics` counts what was answered and how fast; `/metrics` tells Prometheus.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import anyio
from starlette.responses import Response
from starlette.routing import Route

from daybrief.errors import ConfigError
from daybrief.web.auth import network
from daybrief.web.guard import METHODS, App, Message, Receive, Scope, Send, Whole, refusal, reply, value
from daybrief.web.pages import ReaderServices, route

BODY = 64 * 1024
BODY_S = 10.0  # seconds for the whole body
SEND_S = 30.0  # seconds in which an answer must have been taken
RESULTS = 100  # on one page
LAST_PAGE = 1_000


class Limits:
    """The layer."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(scope, receive)
        except TimeoutError:
            await refusal(scope, send, 408, "The request came too slowly.")
            return
        except ConnectionError:
            return
        if body is None:
            await refusal(scope, send, 413, f"A request may hold {BODY // 1024} kB.")
            return
        answer = Whole()
        await self._app(scope, _replayed(body), answer.send)
        try:
            async with asyncio.timeout(SEND_S):
                headers = [pair for pair in answer.headers if pair[0] != b"content-length"]
                await reply(send, answer.status, bytes(answer.body), headers, head=scope["method"] == "HEAD")
        except TimeoutError:
            return


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None when it is too large; nothing beyond the limit is kept.

    Raises ConnectionError when the client left before all of it was there: half a body is no request.
    """
    length = value(scope, b"content-length")
    if length.isdigit() and (len(length) > 12 or int(length) > BODY):
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError("the client left")
        body += message.get("body", b"")
        if len(body) > BODY:
            return None
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


READING, ASKING = 3, 2  # places: the work of one interpreter does not get faster by more
MOST_READING, MOST_ASKING = 56, 8  # requests that may be here at once: 64 together
MOST_OF_A_CLIENT = 8  # of them from one client
READ_S, ASK_S = 5.0, 30.0  # seconds to wait for a place: a question before may wait for a model
REST, LONGEST_REST_S = 10.0, 1.0  # a client's rest: this many times the last request's work
REFUSAL_S = 1.0  # until a refusal is sent: whoever is refused at once asks again at once
_QUESTIONS = frozenset({"/ask", "/api/ask"})
_SHARED = frozenset({"127.0.0.1", "::1"})  # a proxy, or everybody on this machine: told apart by connection


class TooMany(Exception):
    """No place came free in time, or too many requests wait already."""


class Client:
    """A client's requests: how many are here, and its one turn."""

    def __init__(self) -> None:
        self.pending = 0
        self.turn = anyio.Semaphore(1)


class Places:
    """A number of places, at most one of them held by one client."""

    def __init__(self, places: int, most: int, patience_s: float) -> None:
        self._places = anyio.CapacityLimiter(places)
        self._patience_s = patience_s
        self._most = most
        self._pending = 0
        self._clients: dict[str, Client] = {}

    @asynccontextmanager
    async def place(self, name: str) -> AsyncIterator[None]:
        """Hold a place for a client; raises TooMany when none is to be had."""
        client = self._clients.get(name, Client())
        if self._pending >= self._most or client.pending >= MOST_OF_A_CLIENT:
            raise TooMany
        self._clients[name] = client
        self._pending += 1
        client.pending += 1
        try:
            await self._acquire(client)
            async with self._released(client):
                yield
        finally:
            self._pending -= 1
            client.pending -= 1
            if not client.pending:
                self._clients.pop(name, None)

    async def _acquire(self, client: Client) -> None:
        with anyio.move_on_after(self._patience_s):
            await client.turn.acquire()
            try:
                await self._places.acquire()
            except BaseException:
                client.turn.release()
                raise
            return
        raise TooMany

    @asynccontextmanager
    async def _released(self, client: Client) -> AsyncIterator[None]:
        """Give the place back at the end; the client's turn too, after a rest where more of it waits."""
        begun = anyio.current_time()
        try:
            yield
        finally:
            self._places.release()
            worked_s = anyio.current_time() - begun
            rest_s = min(LONGEST_REST_S, REST * worked_s) if client.pending > 1 else 0.0
            asyncio.get_running_loop().call_later(rest_s, client.turn.release)


class Concurrency:
    """The layer."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._reading = Places(READING, MOST_READING, READ_S)
        self._asking = Places(ASKING, MOST_ASKING, ASK_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        places = self._asking if scope["path"] in _QUESTIONS else self._reading
        try:
            async with places.place(client_of(scope)):
                await self._app(scope, receive, send)
        except TooMany:
            await anyio.sleep(REFUSAL_S)
            retry = [(b"retry-after", b"2")]
            await refusal(scope, send, 503, "Too many requests at once; try again in a moment.", retry)


def client_of(scope: Scope) -> str:
    """Whom a request is counted to: a network, or one connection where many share an address."""
    host, port = scope.get("client") or ("", 0)
    return f"{host} {port}" if host in _SHARED else network(host)


# ── what was answered, for Prometheus ───────────────────────────────────────────────────────────────


PLACES = frozenset(
    """/ about api ask calendar categories category day exposure favicon.ico feedback feeds figure index.html
    labs login logout manifest.webmanifest metrics preferences profiles robots.txt runs search sources static
    story""".split()
)
OTHER = "other"
_BOUNDS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds
_OUTCOMES = ("complete", "incomplete", "reused", "running", "interrupted")
FORMAT = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts answers, and tells of the archive's latest day and run when it is asked.

    Every label has few values: a method, the first part of a path that the reader has, a status, a kind, an
    outcome. What readers search, where they come from and who they are is in none of them.
    """

    def __init__(self, services: ReaderServices) -> None:
        try:
            from prometheus_client import CollectorRegistry, Counter, Histogram
        except ImportError as missing:
            raise ConfigError(
                "serve.metrics wants a library that is not installed", hint="pip install 'daybrief[metrics]'"
            ) from missing
        self._services = services
        labels, registry = ("method", "place", "status"), CollectorRegistry()
        self._answers = Counter("daybrief_answers", "Answers of the reader.", labels, registry=registry)
        self._seconds = Histogram(
            "daybrief_answer_seconds", "Seconds to an answer.", ("place",), buckets=_BOUNDS, registry=registry
        )
        registry.register(self)
        self._registry = registry

    def layer(self, app: App) -> App:
        """The application, counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            status, begun = "0", time.perf_counter()  # 0: the client left

            async def sending(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = str(message["status"])
                await send(message)

            try:
                await app(scope, receive, sending)
            finally:
                method = scope["method"] if scope["method"] in METHODS else OTHER
                place = place_of(scope["path"])
                self._answers.labels(method, place, status).inc()
                self._seconds.labels(place).observe(time.perf_counter() - begun)

        return counted

    def collect(self) -> Iterator[Any]:
        """Yields what the archive says now: the newest edition of each kind, and the latest run."""
        from prometheus_client.core import GaugeMetricFamily

        library = self._services.library
        day = library.latest()
        kind = ["kind"]
        made = GaugeMetricFamily("daybrief_edition_made_seconds", "When the newest was made.", labels=kind)
        of = GaugeMetricFamily("daybrief_edition_day_seconds", "Begin of its day, in UTC.", labels=kind)
        stories = GaugeMetricFamily("daybrief_edition_stories", "Stories in the newest.", labels=kind)
        for edition in library.editions(day) if day else ():
            made.add_metric([edition.kind], edition.made_at.timestamp())
            of.add_metric([edition.kind], edition.window.start.timestamp())
            stories.add_metric([edition.kind], len(edition.stories))
        yield from (made, of, stories)
        for run in library.runs(1):
            outcome = run.outcome if run.outcome in _OUTCOMES else "failed"
            yield _gauge("daybrief_run_started_seconds", "When the latest run began.", run.started_at)
            if run.ended_at:
                yield _gauge("daybrief_run_ended_seconds", "When the latest run ended.", run.ended_at)
            outcomes = GaugeMetricFamily(
                "daybrief_run", "The latest run, by its outcome.", labels=["outcome"]
            )
            outcomes.add_metric([outcome], 1)
            yield outcomes

    def describe(self) -> tuple[()]:
        """Nothing before it is asked: the archive is not read when the reader starts."""
        return ()

    def routes(self) -> list[Route]:
        """`/metrics`, behind the same doors as every page."""
        from prometheus_client import generate_latest

        def metrics() -> Response:
            return Response(generate_latest(self._registry), 200, {"cache-control": "no-store"}, FORMAT)

        return [route("/metrics", metrics)]


def place_of(path: str) -> str:
    """The first part of a path, where the reader has such a place."""
    first = path.strip("/").partition("/")[0] or "/"
    return first if first in PLACES else OTHER


def _gauge(name: str, words: str, at: datetime) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(name, words, value=at.timestamp())
