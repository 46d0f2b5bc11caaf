"""What every page of a site shares: its options, its head and its bar."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from daybrief.errors import ConfigError
from daybrief.model import Delivery
from daybrief.publishers.html import render
from daybrief.text.phrases import phrases

FORMAT = "1"
"""Changes with templates and shards, so that a folder made by an older program is made anew."""

HTML = "text/html; charset=utf-8"
JSON = "application/json"


class SiteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a site is made.

    base_url: address it will be served at; feeds and the sitemap need it, pages do not.
    language: of headings and fixed phrases.
    pictures: draw each edition's chart as SVG and PNG too.
    """

    base_url: str = ""
    language: str = "ko"
    pictures: bool = True

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if self.base_url and not (parts.scheme in {"http", "https"} and parts.hostname):
            raise ConfigError(
                f"the site's address {self.base_url!r} is no http(s) address",
                hint='for example "https://example.org/brief/"',
            )

    @property
    def base(self) -> str:
        """The address with one slash at its end; "" when it was not given."""
        return f"{self.base_url.rstrip('/')}/" if self.base_url else ""

    @property
    def root(self) -> str:
        """The path of the front page on its host: `/brief/`."""
        return urlsplit(self.base).path or "/"


def site_page(
    path: str, template: str, options: SiteOptions, *, script: bool = False, **fields: Any
) -> Delivery:
    """One page of the site at `path`, with the bar that all of them carry."""
    say = phrases(fields.pop("language", options.language))
    body = render(
        f"site/{template}",
        say,
        site=True,
        script=script,
        feeds=bool(options.base),
        pictures=options.pictures,
        data=True,
        up=fields.pop("up", "../" * path.count("/")),
        here=path,
        canonical=f"{options.base}{path}".removesuffix("index.html") if options.base else "",
        **fields,
    )
    return Delivery(path=path, body=body.encode(), media_type=HTML)
