"""How the API answers: our own types as JSON, their schemas in OpenAPI, and one shape for what goes wrong.

The schema of an answer is made from the very type that is encoded, so that the two cannot part.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from daybrief.model import to_json
from daybrief.web.caching import KEEP

_REFERENCE = "#/components/schemas/"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: the status, its name, a reference that the log knows, and what to change."""

    status: int
    title: str
    reference: str
    detail: str = ""


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The one shape of every answer that is no success."""

    error: Problem


class ApiRoute(APIRoute):
    """A route whose refusal of a parameter has the shape of all failures and names the parameter."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own handler with that one answer changed."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as wrong:
                return problem(422, "; ".join(_named(dict(error)) for error in wrong.errors()[:5]))

        return told


def answer(value: Any, *, keep: bool = True) -> Response:
    """A value as JSON; `keep` where it is the same until the archive changes."""
    headers = {"cache-control": KEEP if keep else "no-store"}
    return Response(to_json(value), media_type="application/json", headers=headers)


def problem(status: int, detail: str) -> Response:
    """A failure that its reader can do something about."""
    told = Problem(
        status=status, title=HTTPStatus(status).phrase, reference=secrets.token_hex(6), detail=detail
    )
    headers = {"cache-control": "no-store"}
    return Response(to_json(ErrorAnswer(error=told)), status, headers, "application/json")


def declared(kind: Any, about: str, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer, for OpenAPI: the type when all is well, a failure for each other status."""
    said: dict[int | str, dict[str, Any]] = {200: _declared(kind, about)}
    for status in (422, 500, 503, *statuses):
        said[status] = _declared(ErrorAnswer, HTTPStatus(status).phrase)
    return said


def _declared(kind: Any, about: str) -> dict[str, Any]:
    return {"description": about, "content": {"application/json": {"schema": schema_of(kind)}}}


@cache
def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a type, whole: what it refers to stands where it is referred to."""
    (top,), components = msgspec.json.schema_components([kind], ref_template=_REFERENCE + "{name}")
    whole: dict[str, Any] = _inlined(top, components)
    return whole


def _inlined(schema: Any, components: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(part, components) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(components[schema["$ref"].removeprefix(_REFERENCE)], components)
    if "prefixItems" in schema:
        # Few generators of clients know tuples: a list of so many, each of one of these types, is as true.
        kinds = [
            kind for n, kind in enumerate(schema["prefixItems"]) if kind not in schema["prefixItems"][:n]
        ]
        items = _inlined(kinds[0] if len(kinds) == 1 else {"anyOf": kinds}, components)
        return {
            "type": "array",
            "items": items,
            "minItems": schema["minItems"],
            "maxItems": schema["maxItems"],
        }
    return {name: part if name == "default" else _inlined(part, components) for name, part in schema.items()}


def _named(error: dict[str, Any]) -> str:
    """Which parameter, and what is wrong with it; the value itself is not repeated."""
    place = ".".join(str(part) for part in error.get("loc", ())[1:]) or "the request"
    return f"{place}: {error.get('msg', 'cannot be used')}"
