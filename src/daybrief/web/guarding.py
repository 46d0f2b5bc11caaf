"""A guard over HTTP, for any program on this machine: `POST /check` judges prompts, `GET /` tells the scope.

POST /check {"prompts": ["…"]}  ->  {"judgements": [{"probability": 0.93, "answer": "decline"}]}
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.middleware.base import RequestResponseEndpoint

from daybrief.errors import EmbedderUnavailable
from daybrief.guard import ScopeGuard
from daybrief.web.guard import answered_host

MOST_BYTES = 1024 * 1024
MOST_PROMPTS = 256


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    prompts: list[str]


def create_app(guard: ScopeGuard, *, names: Sequence[str]) -> FastAPI:
    """The endpoint as an ASGI application that answers to these host names only.

    It changes nothing and keeps nothing, so any program may ask; the name keeps web pages out that have
    their own name lead here (DNS rebinding).
    """
    app = FastAPI(title="daybrief guard", docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def own_name(request: Request, answer: RequestResponseEndpoint) -> Response:
        if not answered_host(request.headers.getlist("host"), request.url.path, names):
            return _json({"error": f"ask for {names[0]}"}, 421)
        return await answer(request)

    @app.get("/")
    def about() -> Response:
        return _json({"scope": guard.scope.text, "ask_at": guard.ask_at, "decline_at": guard.decline_at})

    @app.post("/check")
    async def check(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return _json({"error": f"more than {MOST_BYTES} bytes"}, 413)
        try:
            asked = msgspec.json.decode(body, type=_Asked)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            return _json({"error": f'send {{"prompts": ["…"]}}: {broken}'}, 400)
        if len(asked.prompts) > MOST_PROMPTS:
            return _json({"error": f"{len(asked.prompts)} prompts; at most {MOST_PROMPTS} at once"}, 422)
        try:
            judged = await run_in_threadpool(guard.judge, asked.prompts)
        except EmbedderUnavailable as failed:
            return _json({"error": failed.message}, 503)
        return _json({"judgements": judged})

    return app


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
