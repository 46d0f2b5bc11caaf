"""Errors as a reader sees them: one shape for pages and one for JSON, a reference, and nothing of the inside.

What really happened goes to the log under the same reference.
"""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from daybrief.errors import ArchiveBusy, DaybriefError
from daybrief.web.pages import Pages
from daybrief.web.reply import App, Receive, Scope, Send

log = logging.getLogger("daybrief.reader")
_TOLD = frozenset({400, 401, 403, 404, 405, 413, 422, 429, 500, 503})


class Contained:
    """The layer that stops an exception which the framework has answered and raises again for the server."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        try:
            await self._app(scope, receive, send)
        except Exception:
            log.debug("answered with 500 above", exc_info=True)


def answer_failures(app: FastAPI, pages: Pages) -> None:
    """Give an application its answers to everything that can go wrong."""

    async def expected(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 422
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        return failure(request, pages, status, headers)

    async def busy(request: Request, error: Exception) -> Response:
        return failure(request, pages, 503, {}, error)

    async def unexpected(request: Request, error: Exception) -> Response:
        return failure(request, pages, 500, {}, error)

    app.add_exception_handler(HTTPException, expected)
    app.add_exception_handler(RequestValidationError, expected)
    app.add_exception_handler(ArchiveBusy, busy)
    app.add_exception_handler(DaybriefError, unexpected)
    app.add_exception_handler(Exception, unexpected)


def failure(
    request: Request, pages: Pages, status: int, headers: dict[str, str], error: Exception | None = None
) -> Response:
    """The answer to a failure; only what is no fault of ours keeps its own status."""
    told = status if status in _TOLD else 500 if status >= 500 else 400
    reference = secrets.token_hex(6)
    if error is not None:
        log.error("%s %s %s", reference, request.method, request.url.path, exc_info=error)
    if wants_json(request):
        title = HTTPStatus(told).phrase
        body = {"error": {"status": told, "title": title, "reference": reference}}
        return JSONResponse(body, told, {**headers, "cache-control": "no-store"})
    page = pages.show(request, "error.html", status=told, keep=False, code=told, reference=reference)
    page.headers.update(headers)
    return page


def wants_json(request: Request) -> bool:
    """Whether the answer should be JSON: the API, and whoever asks for nothing else."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api") or ("json" in accept and "html" not in accept)
