"""From a view's fields to an answer: templates that escape everything, in the reader's language and scheme.

No template marks anything as safe and nothing here makes markup, so what the archive holds stays text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

import msgspec
from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from daybrief.languages import CODES, SOURCE
from daybrief.render.page import retold
from daybrief.text.escape import web_address
from daybrief.text.latex import readable
from daybrief.text.plain import line, paragraph
from daybrief.web.caching import KEEP
from daybrief.web.reply import Scope, values
from daybrief.web.services import ReaderServices
from daybrief.web.static import Shelf
from daybrief.web.words import LANGUAGES, words

SCHEMES = ("auto", "light", "dark")
HTML = "text/html; charset=utf-8"


class ReadingPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody wants to read."""

    language: str
    profile: str
    scheme: str


def preferences(services: ReaderServices, query: str, cookies: Mapping[str, str]) -> ReadingPreferences:
    """From `?lang=`, else the cookies, else the settings; what is unknown counts as not given."""
    asked = parse_qs(query, max_num_fields=None).get("lang", [""])[0] if "lang=" in query else ""
    given = next((one for one in (asked, cookies.get("lang", "")) if one in LANGUAGES), "")
    default = services.language if services.language in CODES else SOURCE
    profile = cookies.get("profile", services.profile)
    scheme = cookies.get("scheme", "auto")
    return ReadingPreferences(
        language=given or default,
        profile=profile if profile in ("", *services.profiles) else services.profile,
        scheme=scheme if scheme in SCHEMES else "auto",
    )


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of a request; a header that is none gives none."""
    jar: SimpleCookie = SimpleCookie()
    for header in values(scope, b"cookie"):
        try:
            jar.load(header)
        except CookieError:
            continue
    return {name: morsel.value for name, morsel in jar.items()}


def preferences_of(services: ReaderServices, scope: Scope) -> ReadingPreferences:
    """The preferences a request comes with."""
    return preferences(services, scope["query_string"].decode("latin-1"), cookies_of(scope))


class Pages:
    """Renders templates for one services."""

    def __init__(self, services: ReaderServices, shelf: Shelf) -> None:
        self._services = services
        self._shelf = shelf

    def preferences(self, request: Request) -> ReadingPreferences:
        """How this request's sender wants to read."""
        return preferences_of(self._services, request.scope)

    def show(
        self, request: Request, template: str, *, status: int = 200, keep: bool = True, **fields: Any
    ) -> Response:
        """A page; `keep` says that it is the same for everybody with the same preferences."""
        chosen = self.preferences(request)
        body = (
            environment()
            .get_template(template)
            .render(
                say=words(chosen.language),
                chosen=chosen,
                services=self._services,
                static=self._shelf.address,
                here=request.url.path,
                query=request.url.query,
                fragment=request.headers.get("hx-request") == "true",
                **fields,
            )
        )
        cache_control = KEEP if keep and status == 200 else "private, no-store"
        return Response(body, status, {"cache-control": cache_control}, HTML)


@cache
def environment() -> Environment:
    """The templates; a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader("daybrief.web", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters |= {
        "address": web_address,
        "clean": lambda text: line(readable(text)),
        "whole": lambda text: paragraph(readable(text)),
        "instant": instant,
        "retold": retold,
        "quoted": lambda text: quote(text, safe=""),
    }
    made.globals |= {"link": link}
    return made


def link(path: str, **parameters: object) -> str:
    """A path with a query; parameters that are None or empty are left out."""
    said = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(said)}" if said else path


def instant(at: datetime | None) -> str:
    """`2024-11-26 22:30`, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else "–"
