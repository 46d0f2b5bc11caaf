"""What the reader's own layers say before and around the application: plain ASGI, no framework."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

log = logging.getLogger("daybrief.reader")
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]


def values(scope: Scope, name: bytes) -> list[str]:
    """Every value of a header, in order; names are lower case in ASGI."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def value(scope: Scope, name: bytes) -> str:
    """The first value of a header, "" when there is none."""
    return next(iter(values(scope, name)), "")


async def reply(send: Send, status: int, body: bytes, headers: Headers, *, head: bool = False) -> None:
    """Send a whole answer; for HEAD the same headers and no body."""
    length = (b"content-length", str(len(body)).encode())
    empty = status in (204, 304)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers] if empty else [*headers, length],
        }
    )
    await send({"type": "http.response.body", "body": b"" if head or empty else body})


async def refusal(scope: Scope, send: Send, status: int, why: str, more: Headers = ()) -> None:
    """Send a short answer, in the API's shape or in words, and end the connection: who goes on comes again.

    The log knows the reference.
    """
    if scope["path"].startswith("/api"):
        reference, title = secrets.token_hex(6), HTTPStatus(status).phrase
        log.info("%s %s %s: %s", reference, status, scope["path"][:200], why)
        told = {"status": status, "title": title, "reference": reference, "detail": why}
        body, form = msgspec.json.encode({"error": told}), b"application/json"
    else:
        body, form = why.encode(), b"text/plain; charset=utf-8"
    kept = [(b"content-type", form), (b"cache-control", b"no-store"), (b"connection", b"close")]
    await reply(send, status, body, [*kept, *more])


class Whole:
    """Collects an answer instead of sending it."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()

    async def send(self, message: Message) -> None:
        """Takes one ASGI message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.lower(), text) for name, text in message.get("headers", ())]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def header(self, name: bytes) -> str:
        """The first value of a header, "" when there is none."""
        return next((text.decode("latin-1") for key, text in self.headers if key == name), "")
