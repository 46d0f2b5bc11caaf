"""Feeds of the latest editions: RSS 2, Atom and JSON Feed, one entry an edition.

Files: `feed.xml` (https://www.rssboard.org/rss-specification), `atom.xml` (RFC 4287), `feed.json`
(https://www.jsonfeed.org/version/1.1/). Ids are tag URIs (RFC 4151) made of day and kind, so they stay the
same when the pages move. Entries hold the titles by category with their addresses, as safe HTML.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import feedgenerator
import msgspec

from daybrief.errors import ConfigError
from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import Delivery, Edition, Issue
from daybrief.ports import Tools
from daybrief.render.page import page
from daybrief.text.plain import xml

if TYPE_CHECKING:
    from jinja2 import Template

_NOWHERE = "https://daybrief.invalid/"  # RFC 2606: a name that never resolves
_EPOCH = "2024-01-01"  # the date tag URIs are minted under: any day the name was ours


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The address of the site and the size of a feed.

    base_url: address the output folder is served at; empty means the feeds name a host that does not exist.
    authority: domain in the entries' ids; empty means that of base_url. Keep the old one when the site moves.
    most: entries a feed holds.
    """

    base_url: str = ""
    authority: str = ""
    most: int = 30

    def __post_init__(self) -> None:
        if self.base_url and urlsplit(self.base_url).scheme not in {"http", "https"}:
            raise ConfigError(
                f"feeds: base_url = {self.base_url!r} is no http(s) address",
                hint='for example "https://example.org/brief/"',
            )


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An edition as a feed tells it."""

    id: str
    url: str
    title: str
    html: str
    language: str
    at: datetime


class Feeds:
    """Implements `ports.Publisher`."""

    name = "feeds"
    shows_pages = True

    def __init__(self, options: Options, language: str) -> None:
        self._base = (options.base_url or _NOWHERE).rstrip("/") + "/"
        self._authority = options.authority or urlsplit(self._base).hostname or ""
        self._most = options.most
        self._say = phrases(language)

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """The three feeds, newest first."""
        newest = sorted(issue.recent, key=lambda e: (e.window.day, e.kind == "papers"), reverse=True)
        yield from self.files([self.entry(edition) for edition in newest[: self._most]])

    def entry(self, edition: Edition) -> FeedEntry:
        """An edition as an entry."""
        return entry(edition, self._base, self._authority)

    def files(self, entries: Sequence[FeedEntry]) -> Iterator[Delivery]:
        """The three feeds of these entries."""
        rss = _xml(feedgenerator.Rss201rev2Feed, entries, self._base, "feed.xml", self._say)
        yield Delivery(path="feed.xml", body=rss, media_type="application/rss+xml")
        atom = _xml(feedgenerator.Atom1Feed, entries, self._base, "atom.xml", self._say)
        yield Delivery(path="atom.xml", body=atom, media_type="application/atom+xml")
        body = _json_feed(entries, self._base, self._say)
        yield Delivery(path="feed.json", body=body, media_type="application/feed+json")


def make(options: Options, tools: Tools) -> Feeds:
    """The publisher."""
    return Feeds(options, tools.language)


def entry(edition: Edition, base: str, authority: str) -> FeedEntry:
    """An edition as one entry; its id depends on day, kind and authority alone."""
    view = page(edition)
    return FeedEntry(
        id=f"tag:{authority},{_EPOCH}:daybrief/{view.day.isoformat()}/{view.kind}",
        url=f"{base}{view.day.isoformat()}/{view.kind}.html",
        title=xml(f"{view.name} · {view.date_line}"),
        html=_template().render(page=view),
        language=view.language,
        at=edition.made_at,
    )


def _xml(kind: Callable[..., Any], entries: Sequence[FeedEntry], base: str, path: str, say: Phrases) -> bytes:
    feed = kind(
        title=say("title.index"),
        link=f"{base}index.html",
        description=say("feed.description"),
        language=say.language,
        feed_url=f"{base}{path}",
        feed_guid=f"{base}",
        author_name="daybrief",
    )
    for feed_entry in entries:
        feed.add_item(
            title=feed_entry.title,
            link=feed_entry.url,
            description=feed_entry.html,
            unique_id=feed_entry.id,
            unique_id_is_permalink=False,
            pubdate=feed_entry.at,
            updateddate=feed_entry.at,
        )
    if not entries:
        feed.latest_post_date = lambda: datetime.fromisoformat(f"{_EPOCH}T00:00:00+00:00")
    text: str = feed.writeString("utf-8")
    return text.encode()


def _json_feed(entries: Sequence[FeedEntry], base: str, say: Phrases) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": say("title.index"),
        "description": say("feed.description"),
        "home_page_url": f"{base}index.html",
        "feed_url": f"{base}feed.json",
        "language": say.language,
        "authors": [{"name": "daybrief"}],
        "items": [
            {
                "id": feed_entry.id,
                "url": feed_entry.url,
                "title": feed_entry.title,
                "content_html": feed_entry.html,
                "date_published": feed_entry.at.isoformat().replace("+00:00", "Z"),
                "language": feed_entry.language,
            }
            for feed_entry in entries
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=2).encode() + b"\n"


@cache
def _template() -> Template:
    """The content of an entry, escaping everything."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("daybrief", "assets/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("entry.html")
