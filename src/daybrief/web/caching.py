"""Keeps in memory: pages, as long as the archive stays as it is, and the reader's own files.

A page that says `cache-control: private, no-cache` may be kept: it is the same for everybody with the same
language, profile and scheme. A browser asks each time and is told 304 when its bytes are the same. A page
that must not be kept says `no-store`, and nothing here touches it.

Files have names that change with their bytes. A request names an entry of a table, never a path: nothing
outside it can be asked for, however it is written.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from importlib.resources import files

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from daybrief.web.guard import App, Receive, Scope, Send, Whole, reply, value

KEEP = "private, no-cache"
_MOST_BYTES = 48 * 2**20
_SMALL = 600  # bytes below which compressing gains nothing
_TEXT = ("text/", "application/json", "application/feed", "application/manifest", "application/xml",
         "application/rss", "application/atom", "image/svg", "application/openapi")  # fmt: skip


class Kept(msgspec.Struct, frozen=True):
    """An answer in both forms, each with its own tag (RFC 9110 section 8.8.3: bytes differ, tags differ)."""

    headers: tuple[tuple[bytes, bytes], ...]
    plain: bytes
    small: bytes
    tag: str

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.plain) + len(self.small)


def kept(headers: list[tuple[bytes, bytes]], body: bytes) -> Kept:
    """An answer with its tag, compressed when that gains anything."""
    media = next((v.decode("latin-1") for k, v in headers if k == b"content-type"), "")
    worth = len(body) >= _SMALL and media.startswith(_TEXT)
    return Kept(
        headers=tuple(pair for pair in headers if pair[0] not in (b"content-length", b"etag")),
        plain=body,
        small=gzip.compress(body, 6, mtime=0) if worth else b"",
        tag=hashlib.sha256(body).hexdigest()[:32],
    )


async def give(kept: Kept, scope: Scope, send: Send) -> None:
    """Send what the client takes: nothing new, the compressed form, or the plain one."""
    small = bool(kept.small) and "gzip" in value(scope, b"accept-encoding")
    tag = f'"{kept.tag}-gz"' if small else f'"{kept.tag}"'
    headers = [*kept.headers, (b"etag", tag.encode()), (b"vary", b"Cookie, Accept-Encoding, HX-Request")]
    tags = {entity_tag.strip().removeprefix("W/") for entity_tag in value(scope, b"if-none-match").split(",")}
    if tag in tags:
        await reply(send, 304, b"", headers)
        return
    body = kept.small if small else kept.plain
    headers += [(b"content-encoding", b"gzip")] if small else []
    await reply(send, 200, body, headers, head=scope["method"] == "HEAD")


class Cache:
    """The layer; `mark` tells the state of the archive, `view` what else a page depends on."""

    def __init__(self, app: App, mark: Callable[[], str], view: Callable[[Scope], str]) -> None:
        self._app = app
        self._mark = mark
        self._view = view
        self._answers: OrderedDict[str, Kept] = OrderedDict()
        self._making: dict[str, asyncio.Event] = {}
        self._of = ""
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        mark = self._mark()
        if mark != self._of:
            self._answers.clear()
            self._of, self._bytes = mark, 0
        key = _key(scope, self._view(scope))
        made = self._making.get(key)
        if made is not None:
            await made.wait()  # one answer does for all who ask for a page while it is made
        page = self._answers.get(key)
        if page is not None:
            self._answers.move_to_end(key)
            await give(page, scope, send)
            return
        made = self._making.setdefault(key, asyncio.Event())
        try:
            await self._make(key, mark, scope, receive, send)
        finally:
            made.set()
            if self._making.get(key) is made:
                del self._making[key]

    async def _make(self, key: str, mark: str, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Whole()
        await self._app({**scope, "method": "GET"}, receive, answer.send)
        if answer.status != 200 or answer.header(b"cache-control") != KEEP:
            headers = [pair for pair in answer.headers if pair[0] != b"content-length"]
            await reply(send, answer.status, bytes(answer.body), headers, head=scope["method"] == "HEAD")
            return
        page = await asyncio.to_thread(kept, answer.headers, bytes(answer.body))
        if self._mark() == mark:
            self._keep(key, page)
        await give(page, scope, send)

    def _keep(self, key: str, kept: Kept) -> None:
        self._answers[key] = kept
        self._bytes += kept.size
        while self._bytes > _MOST_BYTES:
            _, gone = self._answers.popitem(last=False)
            self._bytes -= gone.size


def _key(scope: Scope, view: str) -> str:
    query = scope["query_string"].decode("latin-1")
    fragment = value(scope, b"hx-request")
    return "\n".join((scope["path"], query, view, fragment))


# ── the reader's own files ──────────────────────────────────────────────────────────────────────────


_MEDIA = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "woff2": "font/woff2",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_FOREVER = "public, max-age=31536000, immutable"


class StaticAssets:
    """All static files; `address` gives the path a page refers to one by."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self._names: dict[str, str] = {}
        bodies = {f.name: f.read_bytes() for f in (files("daybrief.web") / "static").iterdir() if f.is_file()}
        plain = {name: body for name, body in bodies.items() if not name.endswith(".css")}
        for name, body in plain.items():
            self._put(name, body)
        for name in sorted(bodies.keys() - plain.keys()):
            text = bodies[name].decode()
            for other, hashed in self._names.items():
                text = text.replace(f'url("{other}")', f'url("{hashed}")')
            self._put(name, text.encode())

    def _put(self, name: str, body: bytes) -> None:
        stem, _, end = name.rpartition(".")
        if end not in _MEDIA:
            return
        hashed = f"{stem}.{hashlib.sha256(body).hexdigest()[:10]}.{end}"
        self._names[name] = hashed
        self._bodies[hashed] = body

    def address(self, name: str) -> str:
        """The path of a file, by its plain name."""
        return f"/static/{self._names[name]}"

    def size(self, name: str) -> int:
        """Bytes as sent to a browser that takes gzip."""
        body = self._bodies[self._names[name]]
        small = kept([(b"content-type", _MEDIA[name.rpartition(".")[2]].encode())], body).small
        return len(small or body)

    def get(self, hashed: str) -> tuple[bytes, str] | None:
        """A file and its media type, by its hashed name."""
        body = self._bodies.get(hashed)
        return None if body is None else (body, _MEDIA[hashed.rpartition(".")[2]])


class Files:
    """The views."""

    def __init__(self, static_assets: StaticAssets) -> None:
        self._shelf = static_assets

    def static(self, name: str, request: Request) -> Response:
        """A file under its hashed name; raises HTTPException for another."""
        return self._answer(request, name, _FOREVER)

    def icon(self, request: Request) -> Response:
        """The picture that browsers ask for by themselves."""
        name = self._shelf.address("icon-192.png").removeprefix("/static/")
        return self._answer(request, name, "public, max-age=86400")

    def robots(self) -> Response:
        """Ask programs to stay away."""
        headers = {"cache-control": "public, max-age=86400"}
        return Response("User-agent: *\nDisallow: /\n", headers=headers, media_type="text/plain")

    def _answer(self, request: Request, name: str, keep: str) -> Response:
        file = self._shelf.get(name)
        if file is None:
            raise HTTPException(404)
        return _file(request, *file, keep)


def _file(request: Request, body: bytes, media: str, keep: str) -> Response:
    answer = kept([(b"content-type", media.encode())], body)
    headers = {"cache-control": keep, "etag": f'"{answer.tag}"', "vary": "Accept-Encoding"}
    if answer.small and "gzip" in request.headers.get("accept-encoding", ""):
        headers |= {"etag": f'"{answer.tag}-gz"', "content-encoding": "gzip"}
        body = answer.small
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media)
