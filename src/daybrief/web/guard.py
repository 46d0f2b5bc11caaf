"""The outermost layer: which hosts are answered, which requests may change anything, what every answer says.

Pure decisions, then one ASGI layer that applies them to every answer, errors and files included.

    answered_host   one Host header that names us, else 421 (guards a loopback server against DNS rebinding)
    may_change      unsafe methods come from our own pages (https://words.filippo.io/csrf, as in Go 1.25)
    own_path        where a form may lead afterwards: never away from here
    refusal, Whole  what the reader's layers say by themselves, and an answer held back until it is whole
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; font-src 'self'; manifest-src 'self'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
HEADER_BYTES = 16 * 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9.-]+)(?::\d{1,5})?")
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


def host_of(header: str) -> str:
    """The name in a Host header, lower case and without port; "" for what is none (RFC 9110 section 7.2)."""
    match = _HOST.fullmatch(header)
    return match[1].lower().rstrip(".") if match else ""


def answered_host(hosts: Sequence[str], target: str, names: Sequence[str]) -> bool:
    """Whether a request with these Host headers and this target is for us.

    The absolute form of a target (RFC 9112 section 3.2.2) is meant for proxies, which we are not.
    """
    if len(hosts) != 1 or not target.startswith("/"):
        return False
    return host_of(hosts[0]) in {name.lower() for name in names}


def may_change(method: str, fetch_site: str, origin: str, host: str, *, bearer: bool, cookies: bool) -> bool:
    """Whether a request may change anything: it is safe, comes from our pages, or carries its own token.

    A browser never sends a bearer token by itself, so such a request without cookies cannot be forged.
    """
    if method in SAFE or (bearer and not cookies):
        return True
    if fetch_site:
        return fetch_site in {"same-origin", "none"}
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and bool(host) and parts.netloc.lower() == host.lower()


def own_path(wanted: str) -> str:
    """The path and query to go to after a form, "/" for whatever leads elsewhere, however it is written."""
    if not wanted.startswith("/") or len(wanted) > 2_000:
        return "/"
    for form in (wanted, unquote(wanted), unquote(unquote(wanted))):
        if _ODD.search(form.replace(" ", "+")) or form.startswith("//"):
            return "/"
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else "/"


class Guard:
    """The layer: refuses what is not for us or not from us, and sets the headers of every answer."""

    def __init__(self, app: App, names: Sequence[str], *, https: bool) -> None:
        self._app = app
        self._names = tuple(names)
        self._headers = (*HEADERS, (b"strict-transport-security", b"max-age=31536000")) if https else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in self._headers} | {b"server"}
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in ours]
                if all(name.lower() != b"cache-control" for name, _ in kept):
                    kept.append((b"cache-control", b"no-store"))
                message = {**message, "headers": [*kept, *self._headers]}
            await send(message)

        refused = self._refused(scope)
        if refused is None:
            await self._app(scope, receive, guarded)
        else:
            status, why = refused
            plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
            await reply(guarded, status, why.encode(), plain, head=scope["method"] == "HEAD")

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        # What arrives in one piece passes the server's own limit, which counts unfinished headers only.
        if len(scope["query_string"]) + sum(len(n) + len(v) + 4 for n, v in scope["headers"]) > HEADER_BYTES:
            return 431, f"The headers of a request may hold {HEADER_BYTES // 1024} kB."
        hosts = values(scope, b"host")
        target = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
        if not answered_host(hosts, target, self._names):
            return 421, "This reader answers to other names only."
        if scope["method"] not in METHODS:
            return 405, "This method means nothing here."
        allowed = may_change(
            scope["method"],
            value(scope, b"sec-fetch-site"),
            value(scope, b"origin"),
            hosts[0],
            bearer=value(scope, b"authorization").lower().startswith("bearer "),
            cookies=bool(value(scope, b"cookie")),
        )
        return None if allowed else (403, "Only this reader's own pages may change anything.")


# ── what the layers say ─────────────────────────────────────────────────────────────────────────────


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
        error = {"status": status, "title": title, "reference": reference, "detail": why}
        body, form = msgspec.json.encode({"error": error}), b"application/json"
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
