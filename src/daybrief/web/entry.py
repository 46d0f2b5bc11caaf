"""The door: with a password nobody reads anything without it; without one there is no door."""

from __future__ import annotations

import asyncio
import hashlib
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from daybrief.web.guard import own_path
from daybrief.web.pages import Pages, cookies_of
from daybrief.web.passwords import LONGEST, SESSION, Sessions, Tries, matches
from daybrief.web.reply import App, Message, Receive, Scope, Send, reply, value
from daybrief.web.services import ReaderServices

_OPEN = frozenset({"/login", "/robots.txt", "/favicon.ico", "/manifest.webmanifest"})


class Keeper:
    """Knows who is in, and lets in who has the password."""

    def __init__(self, services: ReaderServices) -> None:
        self._services = services
        self._tries = Tries()
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
        if not self._tries.take(address, self._services.clock.now()):
            return None
        if len(password) > LONGEST or not matches(password, self._services.access.password):
            return False
        self._tries.forgive(address)
        return True

    async def knows_script(self, scope: Scope) -> bool:
        """Whether a program brought the password as its bearer token; counted like any other try."""
        scheme, _, token = value(scope, b"authorization").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > LONGEST:
            return False
        told = hashlib.sha256(token.encode("latin-1")).digest()
        if told not in self._scripts:
            address = (scope.get("client") or ("", 0))[0]
            if not await asyncio.to_thread(self.admit, address, token):
                return False
            self._scripts.add(told)
        return True

    def begin(self, old: str) -> str:
        """A session's token; one that was there before ends."""
        return self._sessions.begin(self._services.clock.now(), old)

    def end(self, token: str) -> None:
        """Log somebody out."""
        self._sessions.end(token)


class Locked:
    """The layer: without a session only the door is shown, and nothing behind it is kept by a browser."""

    def __init__(self, app: App, keeper: Keeper) -> None:
        self._app = app
        self._keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path = scope.get("path", "")
        free = path in _OPEN or path.startswith("/static/")
        if scope["type"] != "http" or not self._keeper.locked or free:
            await self._app(scope, receive, send)
        elif not self._keeper.knows(scope) and not await self._keeper.knows_script(scope):
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


class Doorway:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages, keeper: Keeper) -> None:
        self._services = services
        self._pages = pages
        self._keeper = keeper

    def login(self, request: Request) -> Response:
        """The form."""
        wanted = own_path(request.query_params.get("next", "/"))
        if not self._keeper.locked:
            return RedirectResponse(wanted, 303)
        return self._pages.show(request, "login.html", keep=False, next=wanted, said="")

    def enter(
        self,
        request: Request,
        password: str = Form(""),
        next: str = Form("/"),  # noqa: A002
    ) -> Response:
        """In, with the right password; the session is a new one."""
        wanted = own_path(next)
        if not self._keeper.locked:
            return RedirectResponse(wanted, 303)
        admitted = self._keeper.admit(request.client.host if request.client else "", password)
        if not admitted:
            said, status = ("login.wait", 429) if admitted is None else ("login.wrong", 403)
            return self._pages.show(request, "login.html", status=status, keep=False, next=wanted, said=said)
        answer = RedirectResponse(wanted, 303)
        token = self._keeper.begin(request.cookies.get(self._keeper.cookie, ""))
        answer.set_cookie(
            self._keeper.cookie,
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
        cookie = self._keeper.cookie
        self._keeper.end(request.cookies.get(cookie, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(
            cookie, path="/", secure=self._services.access.https, httponly=True, samesite="lax"
        )
        return answer


def routes(services: ReaderServices, pages: Pages, keeper: Keeper) -> APIRouter:
    """`/login` and `/logout`."""
    router, views = APIRouter(include_in_schema=False), Doorway(services, pages, keeper)
    router.add_api_route("/login", views.login)
    router.add_api_route("/login", views.enter, methods=["POST"])
    router.add_api_route("/logout", views.leave, methods=["POST"])
    return router
