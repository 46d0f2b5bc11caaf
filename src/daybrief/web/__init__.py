"""The reader: server-rendered pages over the archive, for one machine or a small team.

`create_app(services)` is the whole of it as one ASGI application; `server_of` answers on an address.
Everything a page needs comes in through the `ReaderServices`, so that a test can hand in its own.

    Metrics   counts what is answered, where that is wanted
    Guard     which hosts and methods are answered; the headers of every answer
    Limits    how much one request may take
    LoginRequired    nothing without the password, where there is one
    Cache     pages kept as long as the archive stays as it is
    Concurrency few requests are worked on at once, one of each client
    FailureGuard failures answered, and nothing of them told
    Starlette  the views

An API for programs answers below `/api`, where one is given: `create_app(services, api=…)`. It is made when
first asked for, since FastAPI and what it declares take longer than all else that a first page needs.

uvicorn waits for ever for a request that drips and for a client that does not take its answer. Here each of
these waits has an end. When too many keep us waiting, the one that does so longest makes room, a reader
between two pages last. All connections together are bounded too, below what one process may open.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import h11
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from daybrief.web import auth, views
from daybrief.web.auth import Authenticator, LoginRequired
from daybrief.web.caching import Cache, StaticAssets
from daybrief.web.guard import HEADER_BYTES, HEADERS, App, Guard, Receive, Scope, Send
from daybrief.web.limits import SEND_S, Concurrency, Limits, Metrics
from daybrief.web.pages import FailureGuard, Pages, ReaderServices, answer_failures, preferences_of
from daybrief.web.views import days


def create_app(services: ReaderServices, *, api: Callable[[Pages], App] | None = None) -> App:
    """The reader over a services; `api` makes what answers below `/api`."""
    static_assets = StaticAssets()
    pages = Pages(services, static_assets)
    authenticator = Authenticator(services)
    metrics = Metrics(services) if services.metrics else None
    app = Starlette(
        routes=[
            *(metrics.routes() if metrics else ()),
            *views.file_routes(static_assets),
            *auth.routes(services, pages, authenticator),
            *days.routes(services, pages),
            *days.story_routes(services, pages),
            *views.category_routes(services, pages),
            *views.search_routes(services, pages),
            *views.routes(services, pages, static_assets),
            *views.lab_routes(pages),
        ]
    )
    answer_failures(app, pages)
    whole = Branch("/api", partial(api, pages), app) if api else app

    def view(scope: Scope) -> str:
        chosen = preferences_of(services, scope)
        return (
            f"{chosen.language} {chosen.scheme} {chosen.profile} {dict(scope['headers']).get(b'host', b'')!r}"
        )

    cached = Cache(Concurrency(FailureGuard(whole)), Follower(services.library.mark, services.keep_up), view)
    private = LoginRequired(cached, authenticator)
    guarded = Guard(Limits(private), services.access.names, https=services.access.https)
    return metrics.layer(guarded) if metrics else guarded


class Branch:
    """The layer that leads below a path to another application, which is made when first asked for."""

    def __init__(self, path: str, make: Callable[[], App], rest: App) -> None:
        self._path = path
        self._make = make
        self._rest = rest
        self._made: App | None = None
        self._making = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path = scope.get("path", "")
        if path != self._path and not path.startswith(f"{self._path}/"):
            await self._rest(scope, receive, send)
            return
        made = self._made
        if made is None:
            made = await run_in_threadpool(self._once)
        await made(scope, receive, send)

    def _once(self) -> App:
        with self._making:
            self._made = self._made or self._make()
            return self._made


class Follower:
    """The mark of archive and index together: when the archive changes, its index follows, aside.

    Until it has, pages are made from what the index holds; then their mark changes once more.
    """

    def __init__(self, mark: Callable[[], str], keep_up: Callable[[], object]) -> None:
        self._mark = mark
        self._keep_up = keep_up
        self._seen = mark()
        self._times = 0
        self._working = threading.Lock()

    def __call__(self) -> str:
        """The mark now."""
        now = self._mark()
        if now != self._seen:
            self._seen = now
            threading.Thread(target=self._follow, name="search follows the archive", daemon=True).start()
        return f"{now} {self._times}"

    def _follow(self) -> None:
        with self._working:
            self._keep_up()
            self._times += 1


# ── the server ──────────────────────────────────────────────────────────────────────────────────────


HEADER_S = 10.0
IDLE_S = 15
BODY_S = 15.0  # longer than the limit on bodies, which answers in words
WAITING = 256  # connections that may keep us waiting at once: for a whole request, or to take an answer
CONNECTIONS = 600  # with those that wait for us
BACKLOG = 1_024  # connections the kernel holds for us
AT_A_TIME = 32  # accepted before what they say is read; far below WAITING, or a burst ends itself unread
SWITCH_S = 0.001  # between threads: the one that answers must not wait 5 ms for each that works


class TimedProtocol(H11Protocol):
    """A connection; every wait of it has an end."""

    _waiting: ClassVar[OrderedDict[TimedProtocol, None]] = OrderedDict()
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; when too many are, one goes: the first that is not between two pages."""
        super().connection_made(transport)
        self._wait(HEADER_S)
        if len(self._waiting) > WAITING or len(self.connections) > CONNECTIONS:
            first = next(iter(self._waiting))
            next(
                (
                    connection
                    for connection in self._waiting
                    if connection is not self and not connection.resting
                ),
                first,
            )._give_up()

    @property
    def resting(self) -> bool:
        """Whether what was asked here is answered: a reader between two pages."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.response_complete and not self.transport.is_closing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._settle()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Read what the bytes so far mean; once a request is whole, the waiting for it is over."""
        before = self.cycle
        super().handle_events()
        now: RequestResponseCycle | None = self.cycle
        if now is None or now.response_complete:
            return  # still without a request, or answered already
        if not now.more_body:
            self._settle()
        elif now is not before:
            self._wait(BODY_S)

    def on_response_complete(self) -> None:
        """An answer is sent; the next request may begin."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._wait(SEND_S)  # closing lasts as long as the client does not take the rest
        elif self.cycle.response_complete:
            self._wait(HEADER_S)

    def pause_writing(self) -> None:
        """The client does not take what it asked for."""
        super().pause_writing()
        self._wait(SEND_S)

    def resume_writing(self) -> None:
        """The client takes it again."""
        super().resume_writing()
        if not self.cycle.response_complete:
            self._settle()

    def send_400_response(self, msg: str) -> None:
        """Give what cannot be read the same headers as everything else."""
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"connection", b"close"),
            (b"cache-control", b"no-store"),
            *HEADERS,
        ]
        try:
            head = self.conn.send(h11.Response(status_code=400, headers=headers, reason=b"Bad Request"))
            rest = self.conn.send(h11.Data(data=msg.encode("ascii", "replace")))
            self.transport.write((head or b"") + (rest or b""))
        except h11.LocalProtocolError:
            self.transport.abort()  # an answer is already under way
            return
        self.transport.close()

    def _wait(self, seconds: float) -> None:
        self._settle()
        self._waiting[self] = None
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _settle(self) -> None:
        self._waiting.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._settle()
        self.transport.abort()


class AnnouncingServer(uvicorn.Server):
    """Says so when it answers, not before."""

    announce: Callable[[], None]

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Listen, then tell."""
        sys.setswitchinterval(SWITCH_S)
        await super().startup(sockets)
        for server in self.servers if self.started else ():
            for listener in server.sockets:
                with listener.dup() as known_to_the_kernel:
                    known_to_the_kernel.listen(BACKLOG)
        if self.started:
            self.announce()


def server_of(
    app: App, host: str, port: int, *, announce: Callable[[], None] = lambda: None, **more: Any
) -> uvicorn.Server:
    """A server that is not running yet; `run()` it, or `serve()` it in a loop."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=TimedProtocol,
        ws="none",
        access_log=False,
        server_header=False,
        date_header=True,
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_keep_alive=IDLE_S,
        loop="asyncio",
        backlog=AT_A_TIME,
        proxy_headers=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
        **more,
    )
    server = AnnouncingServer(config)
    server.announce = announce
    return server
