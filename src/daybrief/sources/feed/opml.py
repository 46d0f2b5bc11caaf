"""Lists of feeds as OPML, which every feed reader imports and exports (http://opml.org/spec2.opml)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from lxml import etree

from daybrief.errors import ConfigError, NotWhatWeAsked, TooMuch
from daybrief.sources._gates import admit_xml
from daybrief.text import plain
from daybrief.text.identity import clean_url, web_key

_MOST_BYTES = 5_000_000
_MOST_FEEDS = 5_000


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """One feed of a list: its `title`, its own address, and the folder it lies in, "" when in none."""

    title: str
    url: str
    folder: str = ""


def parse(body: bytes) -> tuple[Outline, ...]:
    """The feeds of an OPML document in its order, each once; outlines without a usable address are left out.

    Raises ConfigError when the bytes are no OPML, are too large, or are shaped like an attack.
    """
    if len(body) > _MOST_BYTES:
        raise ConfigError(f"an OPML file of {len(body)} bytes", hint=f"at most {_MOST_BYTES} are read")
    try:
        admit_xml(body, roots=frozenset({"opml"}))
        # Nothing outside is loaded, no entity is replaced; small mistakes of exporters are mended.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
        root = etree.fromstring(body, parser)
    except (NotWhatWeAsked, TooMuch, etree.XMLSyntaxError, ValueError) as wrong:
        raise ConfigError(f"not an OPML file: {wrong}", hint="export the list again as OPML") from wrong
    found: dict[str, Outline] = {}
    for element in root.iter("outline"):
        outline = _outline(element)
        if outline and len(found) < _MOST_FEEDS:
            found.setdefault(web_key(outline.url), outline)
    return tuple(found.values())


def write(feeds: Sequence[Outline], title: str = "daybrief") -> bytes:
    """An OPML 2.0 document with one folder deep; `parse(write(feeds))` gives the feeds back, by folder."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = plain.line(title)
    body = etree.SubElement(root, "body")
    for folder in dict.fromkeys(feed.folder for feed in feeds):
        parent = etree.SubElement(body, "outline", text=plain.line(folder)) if folder else body
        for feed in (feed for feed in feeds if feed.folder == folder):
            name = plain.line(feed.title)
            etree.SubElement(parent, "outline", type="rss", text=name, title=name, xmlUrl=clean_url(feed.url))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _outline(element: etree._Element) -> Outline | None:
    try:
        url = clean_url(_attribute(element, "xmlUrl") or _attribute(element, "xmlurl"))
    except ConfigError:
        return None
    title = plain.line(_attribute(element, "title") or _attribute(element, "text")) or url
    parent = element.getparent()
    inside = parent is not None and parent.tag == "outline" and not parent.get("xmlUrl")
    folder = plain.line(_attribute(parent, "text") or _attribute(parent, "title")) if inside else ""
    return Outline(title=title, url=url, folder=folder)


def _attribute(element: etree._Element | None, name: str) -> str:
    return (element.get(name) or "") if element is not None else ""
