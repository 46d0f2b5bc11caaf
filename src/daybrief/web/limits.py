"""How much one request may take: 64 kB of body, ten seconds to send it, half a minute to take the answer.

The body is whole before anything is worked on and the answer is sent when the work is done, so a slow client
holds no place of others (`daybrief.web.turns`). Headers are bounded by the server (`daybrief.web.server`).
"""

from __future__ import annotations

import asyncio

from daybrief.web.reply import App, Message, Receive, Scope, Send, Whole, refusal, reply, value

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
    told = value(scope, b"content-length")
    if told.isdigit() and (len(told) > 12 or int(told) > BODY):
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
