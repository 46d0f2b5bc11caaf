"""Decides who may come in: a password, tries, sessions, and the layer that shows nothing without them.

Passwords are kept as Argon2id hashes (RFC 9106) and compared in constant time; one network has five tries a
minute. Without a password there is nothing to log in to.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from daybrief.errors import ConfigError
from daybrief.web.guard import App, Message, Receive, Scope, Send, own_path, reply, value
from daybrief.web.pages import Pages, ReaderServices, cookies_of, route

SHORTEST = 8
LONGEST = 1_000
TRIES = 5
EVERY = timedelta(minutes=1)
SESSION = timedelta(days=30)
_MOST = 10_000  # addresses and sessions remembered
_SCRYPT = re.compile(r"scrypt\$\d{1,7}\$\d{1,7}\$\d{1,7}\$[\w+/=]+\$[\w+/=]+")
_SCRYPT_MEMORY = 64 * 2**20


def hashed(password: str) -> str:
    """A password as it may be stored; raises ConfigError for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(
            f"a password needs {SHORTEST} to {LONGEST} characters", hint="a sentence is easy to remember"
        )
    from argon2 import PasswordHasher  # here and below: a reader without a password needs none of it

    return PasswordHasher().hash(_bytes(password))  # Argon2id with the library's parameters (RFC 9106)


def checked(stored: str) -> str:
    """A stored hash, if it is one of ours; raises ConfigError."""
    stored = stored.strip()
    if not (_is_argon2(stored) or _is_scrypt(stored)):
        raise ConfigError(
            "the password's file is damaged", hint="write it anew: daybrief serve --set-password"
        )
    return stored


def matches(password: str, stored: str) -> bool:
    """Whether it is the password; takes the same time whether it is or not."""
    from argon2 import PasswordHasher
    from argon2.exceptions import VerifyMismatchError

    secret = _bytes(password[:LONGEST])
    if stored.startswith("scrypt$"):
        return _matches_scrypt(secret, stored)
    try:
        return PasswordHasher().verify(stored, secret)
    except VerifyMismatchError:
        return False


def _matches_scrypt(secret: bytes, stored: str) -> bool:
    """Compare with a hash that an earlier version stored."""
    _, n, r, p, salt, key = stored.split("$")
    tried = hashlib.scrypt(
        secret,
        salt=base64.b64decode(salt),
        n=int(n),
        r=int(r),
        p=int(p),
        maxmem=_SCRYPT_MEMORY,
        dklen=32,
    )
    return hmac.compare_digest(tried, base64.b64decode(key))


def _is_argon2(stored: str) -> bool:
    from argon2 import extract_parameters
    from argon2.exceptions import InvalidHashError

    try:
        return extract_parameters(stored).memory_cost <= 2**20
    except InvalidHashError:
        return False


def _is_scrypt(stored: str) -> bool:
    if not _SCRYPT.fullmatch(stored):
        return False
    _, n, r, *_ = stored.split("$")
    return 128 * int(n) * int(r) <= _SCRYPT_MEMORY


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


class LoginAttempts:
    """Counts failures by address; an IPv6 network of 64 bits is one address."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, now: datetime) -> bool:
        """Whether another try may be made now; it counts until `forgive`."""
        with self._lock:
            place = network(address)
            recent = [at for at in self._failed.get(place, []) if now - at < EVERY]
            allowed = len(recent) < TRIES
            self._failed[place] = [*recent, now] if allowed else recent
            self._failed.move_to_end(place)
            while len(self._failed) > _MOST:
                self._failed.popitem(last=False)
            return allowed

    def forgive(self, address: str) -> None:
        """The last tries were no attack: the right password came."""
        with self._lock:
            self._failed.pop(network(address), None)


class Sessions:
    """The sessions of those logged in; tokens are kept as hashes, and end with the process."""

    def __init__(self) -> None:
        self._until: OrderedDict[bytes, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, now: datetime, old: str = "") -> str:
        """A new token; an old one is worth nothing any more."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._until.pop(_digest(old), None)
            self._until[_digest(token)] = now + SESSION
            while len(self._until) > _MOST:
                self._until.popitem(last=False)
        return token

    def holds(self, token: str, now: datetime) -> bool:
        """Whether a token is one of ours and in time."""
        with self._lock:
            until = self._until.get(_digest(token))
        return until is not None and now < until

    def end(self, token: str) -> None:
        """Log out."""
        with self._lock:
            self._until.pop(_digest(token), None)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def network(address: str) -> str:
    """The network an address is counted to: one client of IPv6 has 2^64 addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    return str(parsed if parsed.version == 4 else ipaddress.ip_network((parsed, 64), strict=False))


_OPEN = frozenset({"/login", "/robots.txt", "/favicon.ico", "/manifest.webmanifest"})


class Authenticator:
    """Knows who is in, and lets in who has the password."""

    def __init__(self, services: ReaderServices) -> None:
        self._services = services
        self._attempts = LoginAttempts()
        self._sessions = Sessions()
        self._scripts: set[bytes] = set()  # hashes of tokens that were the password
        self.cookie = "__Host-session" if services.access.https else "session"

    @property
    def locked(self) -> bool:
        """Whether there is a password at all."""
        return bool(self._services.access.password)

    def knows(self, scope: Scope) -> bool:
        """Whether a request comes from somebody who is in."""
        return self._sessions.holds(cookies_of(scope).get(self.cookie, ""), self._services.clock.now())

    def admit(self, address: str, password: str) -> bool | None:
        """Whether the password is right; None when there were too many tries."""
        if not self._attempts.take(address, self._services.clock.now()):
            return None
        if len(password) > LONGEST or not matches(password, self._services.access.password):
            return False
        self._attempts.forgive(address)
        return True

    async def knows_script(self, scope: Scope) -> bool:
        """Whether a program brought the password as its bearer token; counted like any other try."""
        scheme, _, token = value(scope, b"authorization").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > LONGEST:
            return False
        digest = hashlib.sha256(token.encode("latin-1")).digest()
        if digest not in self._scripts:
            address = (scope.get("client") or ("", 0))[0]
            if not await asyncio.to_thread(self.admit, address, token):
                return False
            self._scripts.add(digest)
        return True

    def begin(self, old: str) -> str:
        """A session's token; one that was there before ends."""
        return self._sessions.begin(self._services.clock.now(), old)

    def end(self, token: str) -> None:
        """Log somebody out."""
        self._sessions.end(token)


class LoginRequired:
    """The layer: without a session only the door is shown, and nothing behind it is kept by a browser."""

    def __init__(self, app: App, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path = scope.get("path", "")
        free = path in _OPEN or path.startswith("/static/")
        if scope["type"] != "http" or not self._authenticator.locked or free:
            await self._app(scope, receive, send)
        elif not self._authenticator.knows(scope) and not await self._authenticator.knows_script(scope):
            await self._turn_away(scope, send)
        else:
            await self._app(scope, receive, _unkept(send))

    async def _turn_away(self, scope: Scope, send: Send) -> None:
        head = scope["method"] == "HEAD"
        if scope["method"] in ("GET", "HEAD") and "text/html" in value(scope, b"accept"):
            query = scope["query_string"].decode("latin-1")
            wanted = own_path(scope["path"] + (f"?{query}" if query else ""))
            target = f"/login?next={quote(wanted, safe='')}".encode()
            await reply(send, 303, b"", [(b"location", target), (b"cache-control", b"no-store")], head=head)
            return
        body = b'{"error":{"status":401,"title":"Unauthorized","reference":""}}'
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        await reply(send, 401, body, headers, head=head)


def _unkept(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            private = (b"cache-control", b"private, no-store")
            kept = [p for p in message["headers"] if p[0] not in (b"cache-control", b"etag")]
            message = {**message, "headers": [*kept, private]}
        await send(message)

    return sending


class LoginViews:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages, authenticator: Authenticator) -> None:
        self._services = services
        self._pages = pages
        self._authenticator = authenticator

    def login(self, request: Request) -> Response:
        """The form."""
        wanted = own_path(request.query_params.get("next", "/"))
        if not self._authenticator.locked:
            return RedirectResponse(wanted, 303)
        return self._pages.show(request, "login.html", keep=False, next=wanted, said="")

    def enter(
        self,
        request: Request,
        password: str = "",
        next: str = "/",  # noqa: A002
    ) -> Response:
        """In, with the right password; the session is a new one."""
        wanted = own_path(next)
        if not self._authenticator.locked:
            return RedirectResponse(wanted, 303)
        admitted = self._authenticator.admit(request.client.host if request.client else "", password)
        if not admitted:
            message, status = ("login.wait", 429) if admitted is None else ("login.wrong", 403)
            return self._pages.show(
                request, "login.html", status=status, keep=False, next=wanted, said=message
            )
        answer = RedirectResponse(wanted, 303)
        token = self._authenticator.begin(request.cookies.get(self._authenticator.cookie, ""))
        answer.set_cookie(
            self._authenticator.cookie,
            token,
            max_age=int(SESSION.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self._services.access.https,
            path="/",
        )
        return answer

    def leave(self, request: Request) -> Response:
        """Out; the token is worth nothing any more."""
        cookie = self._authenticator.cookie
        self._authenticator.end(request.cookies.get(cookie, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(
            cookie, path="/", secure=self._services.access.https, httponly=True, samesite="lax"
        )
        return answer


def routes(services: ReaderServices, pages: Pages, authenticator: Authenticator) -> list[Route]:
    """`/login` and `/logout`."""
    views = LoginViews(services, pages, authenticator)
    return [
        route("/login", views.login),
        route("/login", views.enter, "POST"),
        route("/logout", views.leave, "POST"),
    ]
