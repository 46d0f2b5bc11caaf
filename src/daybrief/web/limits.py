"""How much one request may take: 64 kB of body, ten seconds to send it, one of 64 places to be worked on.

The body is read before a place is taken and the answer sent after it is given back, so a slow client holds
no place. Headers are bounded by the server (`daybrief.web.server`).
"""

from __future__ import annotations

import asyncio

from daybrief.web.reply import App, Message, Receive, Scope, Send, Whole, reply, value

BODY = 64 * 1024
BODY_S = 10.0  # seconds for the whole body
PLACE_S = 5.0  # seconds to wait for a place
SEND_S = 30.0  # seconds in which an answer must have been taken
PLACES = 64
RESULTS = 100  # on one page
LAST_PAGE = 1_000


class Limits:
    """The layer."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._places = asyncio.Semaphore(PLACES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(scope, receive)
        except TimeoutError:
            await _short(send, 408, "The request came too slowly.")
            return
        if body is None:
            await _short(send, 413, f"A request may hold {BODY // 1024} kB.")
            return
        answer = await self._worked_on(scope, body)
        if answer is None:
            await _short(send, 503, "Too many requests at once; try again in a moment.")
            return
        try:
            async with asyncio.timeout(SEND_S):
                headers = [pair for pair in answer.headers if pair[0] != b"content-length"]
                await reply(send, answer.status, bytes(answer.body), headers, head=scope["method"] == "HEAD")
        except TimeoutError:
            return

    async def _worked_on(self, scope: Scope, body: bytes) -> Whole | None:
        """The application's answer; None when no place became free in time."""
        try:
            async with asyncio.timeout(PLACE_S):
                await self._places.acquire()
        except TimeoutError:
            return None
        answer = Whole()
        try:
            await self._app(scope, _replayed(body), answer.send)
        finally:
            self._places.release()
        return answer


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None when it is too large; nothing beyond the limit is kept."""
    told = value(scope, b"content-length")
    if told.isdigit() and (len(told) > 12 or int(told) > BODY):
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
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


async def _short(send: Send, status: int, why: str) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await reply(send, status, why.encode(), headers)
