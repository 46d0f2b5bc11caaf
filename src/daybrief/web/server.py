"""Answering on an address: uvicorn with patience that ends.

uvicorn waits for ever for a request that drips and for a client that does not take its answer; here each of
these waits has an end, and when too many keep us waiting, the one that does so longest makes room, a reader
between two pages last. All connections together are bounded too, below what one process may open.
"""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from daybrief.web.guard import HEADER_BYTES, HEADERS
from daybrief.web.limits import SEND_S
from daybrief.web.reply import App

HEADER_S = 10.0
IDLE_S = 15
BODY_S = 15.0  # longer than the limit on bodies, which answers in words
WAITING = 256  # connections that may keep us waiting at once: for a whole request, or to take an answer
CONNECTIONS = 600  # with those that wait for us
BACKLOG = 1_024  # connections the kernel holds for us
AT_A_TIME = 32  # accepted before what they say is read; far below WAITING, or a burst ends itself unread
SWITCH_S = 0.001  # between threads: the one that answers must not wait 5 ms for each that works


class TimedProtocol(H11Protocol):
    """One connection; every wait of it has an end."""

    _waiting: ClassVar[OrderedDict[TimedProtocol, None]] = OrderedDict()
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; when too many are, one goes: the first that is not between two pages."""
        super().connection_made(transport)
        self._wait(HEADER_S)
        if len(self._waiting) > WAITING or len(self.connections) > CONNECTIONS:
            first = next(iter(self._waiting))
            next((one for one in self._waiting if one is not self and not one.resting), first)._give_up()

    @property
    def resting(self) -> bool:
        """Whether what was asked here is answered: a reader between two pages."""
        asked: RequestResponseCycle | None = self.cycle
        return asked is not None and asked.response_complete and not self.transport.is_closing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._settle()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """What the bytes so far mean; once a request is whole, the waiting for it is over."""
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
        """It does again."""
        super().resume_writing()
        if not self.cycle.response_complete:
            self._settle()

    def send_400_response(self, msg: str) -> None:
        """What cannot be read gets the same headers as everything else."""
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
