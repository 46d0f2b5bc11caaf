"""Answering on an address: uvicorn with patience that ends.

uvicorn waits for ever for the headers of a request that drips; here a connection has ten seconds for them,
and when too many wait, the one that waits longest makes room.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ClassVar

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from daybrief.web.guard import HEADER_BYTES, HEADERS
from daybrief.web.reply import App

HEADER_S = 10.0
IDLE_S = 15
WAITING = 256  # connections that may wait for headers at once


class Patient(H11Protocol):
    """One connection; every wait of it has an end."""

    _waiting: ClassVar[OrderedDict[Patient, None]] = OrderedDict()
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; when too many are, the one that waits longest goes."""
        super().connection_made(transport)
        self._wait()
        if len(self._waiting) > WAITING:
            next(iter(self._waiting))._give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._settle()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """What the bytes so far mean; once the headers are whole, the waiting for them is over."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._settle()

    def on_response_complete(self) -> None:
        """An answer is sent; the next request may begin."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """What cannot be read gets the same headers as everything else."""
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"connection", b"close"),
            (b"cache-control", b"no-store"),
            *HEADERS,
        ]
        try:
            told = self.conn.send(h11.Response(status_code=400, headers=headers, reason=b"Bad Request"))
            rest = self.conn.send(h11.Data(data=msg.encode("ascii", "replace")))
            self.transport.write((told or b"") + (rest or b""))
        except h11.LocalProtocolError:
            self.transport.abort()  # an answer is already under way
            return
        self.transport.close()

    def _wait(self) -> None:
        self._settle()
        self._waiting[self] = None
        self._deadline = self.loop.call_later(HEADER_S, self._give_up)

    def _settle(self) -> None:
        self._waiting.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._settle()
        self.transport.abort()


class Announced(uvicorn.Server):
    """Says so when it answers, not before."""

    announce: Callable[[], None]

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
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
        http=Patient,
        ws="none",
        access_log=False,
        server_header=False,
        date_header=True,
        h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_keep_alive=IDLE_S,
        backlog=1_024,
        proxy_headers=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
        **more,
    )
    server = Announced(config)
    server.announce = announce
    return server
