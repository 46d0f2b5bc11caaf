"""The reader's own files, held in memory under names that change with their bytes.

A request names an entry of a table, never a path: nothing outside it can be asked for, however it is written.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Request, Response

from daybrief.web.caching import kept

_MEDIA = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "woff2": "font/woff2",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_FOREVER = "public, max-age=31536000, immutable"


class Shelf:
    """All static files; `address` gives the path a page refers to one by."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self._names: dict[str, str] = {}
        found = {f.name: f.read_bytes() for f in (files("daybrief.web") / "static").iterdir() if f.is_file()}
        plain = {name: body for name, body in found.items() if not name.endswith(".css")}
        for name, body in plain.items():
            self._put(name, body)
        for name in sorted(found.keys() - plain.keys()):
            text = found[name].decode()
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


def routes(shelf: Shelf) -> APIRouter:
    """`/static/…`, and the two names that browsers ask for by themselves."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{name:path}")
    def static(name: str, request: Request) -> Response:
        found = shelf.get(name)
        if found is None:
            raise HTTPException(404)
        return _file(request, *found, _FOREVER)

    @router.get("/favicon.ico")
    def icon(request: Request) -> Response:
        found = shelf.get(shelf.address("icon-192.png").removeprefix("/static/"))
        if found is None:
            raise HTTPException(404)
        return _file(request, *found, "public, max-age=86400")

    @router.get("/robots.txt")
    def robots() -> Response:
        return Response("User-agent: *\nDisallow: /\n", headers={"cache-control": "public, max-age=86400"},
                        media_type="text/plain")  # fmt: skip

    return router


def _file(request: Request, body: bytes, media: str, keep: str) -> Response:
    one = kept([(b"content-type", media.encode())], body)
    headers = {"cache-control": keep, "etag": f'"{one.tag}"', "vary": "Accept-Encoding"}
    if one.small and "gzip" in request.headers.get("accept-encoding", ""):
        headers |= {"etag": f'"{one.tag}-gz"', "content-encoding": "gzip"}
        body = one.small
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media)
