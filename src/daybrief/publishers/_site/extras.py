"""What a site has beside its pages: scripts, icons, manifest, robots, list of days, sitemap, feeds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from lxml import etree

from daybrief.model import Delivery, Issue
from daybrief.publishers import feeds
from daybrief.publishers._site.frame import JSON, SiteOptions
from daybrief.publishers._site.shelf import Shelf
from daybrief.render.picture import to_png
from daybrief.text.phrases import phrases

_ASSETS = "assets/site"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MOST_ADDRESSES = 50_000  # a sitemap may hold (https://www.sitemaps.org/protocol.html)
_SIZES = (192, 512)
_DRAWN = 64  # pixels of the icon as drawn


def extra_files(shelf: Shelf, pages: list[str], options: SiteOptions) -> Iterator[Delivery]:
    """Every file that is no page; `pages` are the paths of those that are, the newest first."""
    for name, media_type in (("search.js", "text/javascript"), ("stemmer.js", "text/javascript")):
        yield Delivery(path=name, body=_asset(name), media_type=media_type)
    yield Delivery(path="icon.svg", body=_asset("icon.svg"), media_type="image/svg+xml")
    for size in _SIZES:
        yield Delivery(path=f"icon-{size}.png", body=_icon(size), media_type="image/png")
    yield _manifest(options)
    yield _days(shelf)
    sitemap = f"Sitemap: {options.base}sitemap.xml\n" if options.base else ""
    robots = f"User-agent: *\nAllow: /\n{sitemap}"
    yield Delivery(path="robots.txt", body=robots.encode(), media_type="text/plain; charset=utf-8")
    if options.base:
        yield Delivery(path="sitemap.xml", body=_sitemap(pages, options.base), media_type="application/xml")
        publisher = feeds.Feeds(feeds.Options(base_url=options.base), options.language)
        day = shelf.days[0] if shelf.days else date.min
        yield from publisher.publish(Issue(day=day, editions=(), recent=tuple(shelf.latest)))


def _manifest(options: SiteOptions) -> Delivery:
    """A web application manifest (https://www.w3.org/TR/appmanifest/); its addresses are relative to it."""
    say = phrases(options.language)
    icons: list[dict[str, str]] = [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}]
    icons += [{"src": f"icon-{n}.png", "sizes": f"{n}x{n}", "type": "image/png"} for n in _SIZES]
    body = {
        "name": say("title.index"),
        "short_name": "daybrief",
        "description": say("index.lead"),
        "lang": options.language,
        "start_url": "index.html",
        "scope": "./",
        "display": "minimal-ui",
        "background_color": "#fffdfa",
        "theme_color": "#fffdfa",
        "icons": icons,
    }
    return Delivery(path="manifest.webmanifest", body=_pretty(body), media_type="application/manifest+json")


def _days(shelf: Shelf) -> Delivery:
    """Every day and edition, for programs."""
    listed = [
        {
            "day": day,
            "editions": [
                {
                    "kind": told.kind,
                    "state": told.state,
                    "stories": told.stories,
                    "categories": {bar.category: bar.count for bar in told.bars},
                    "page": told.place,
                    "data": told.place.removesuffix(".html") + ".json",
                    "digest": told.digest,
                }
                for told in shelf.told[day]
            ],
        }
        for day in shelf.days
    ]
    return Delivery(
        path="days.json", body=_pretty({"schema": "daybrief.days/1", "days": listed}), media_type=JSON
    )


def _sitemap(pages: list[str], base: str) -> bytes:
    root = etree.Element(f"{{{_SITEMAP}}}urlset", nsmap={None: _SITEMAP})
    for path in pages[:_MOST_ADDRESSES]:
        address = base if path == "index.html" else f"{base}{path}"
        etree.SubElement(etree.SubElement(root, f"{{{_SITEMAP}}}url"), f"{{{_SITEMAP}}}loc").text = address
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


@cache
def _asset(name: str) -> bytes:
    return (files("daybrief") / _ASSETS / name).read_bytes()


@cache
def _icon(size: int) -> bytes:
    return to_png(_asset("icon.svg"), size / _DRAWN)


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
