"""What of an edition reaches a reader: the bytes of every publisher, read as browsers and programs read them.

    Markdown, HTML, the HTML inside feeds → elements, addresses, the text between
    JSON                                  → every string but those of the items: they are the sources' own

`Shown` is all of a day's files together, so two days can be compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree, html

from daybrief.model import Delivery

_ADDRESSES = frozenset(
    {"href", "src", "srcset", "action", "formaction", "data", "poster", "cite", "background"}
)
_SOURCES_OWN = frozenset({"items", "title", "abstract", "text_of"})  # fields that repeat what a source says
_EMBEDDED = ("description", "{http://www.w3.org/2005/Atom}content", "{http://www.w3.org/2005/Atom}summary")
_FOOTNOTE = re.compile(r"\[\^\d+\]:?")


@dataclass(frozen=True)
class Shown:
    """All a reader gets: `elements` with the names of their attributes, `addresses`, and pieces of text."""

    elements: frozenset[str]
    addresses: frozenset[str]
    texts: frozenset[str]

    def within(self, words: str) -> bool:
        """Whether some piece of text holds these words, blanks aside."""
        wanted = "".join(words.split())
        return any(wanted in "".join(text.split()) for text in self.texts)


def shown(deliveries: Iterable[Delivery]) -> Shown:
    """What all files together show; pictures and bytes that are no text are left out."""
    elements: set[str] = set()
    addresses: set[str] = set()
    texts: set[str] = set()
    for delivery in deliveries:
        for tree in _trees(delivery):
            for node in tree.iter():
                if isinstance(node.tag, str):
                    elements.add(f"{node.tag} {' '.join(sorted(map(str, node.attrib)))}".strip())
                    addresses |= {str(v) for k, v in node.attrib.items() if str(k) in _ADDRESSES}
            blocks = tree.xpath("//p|//li|//td|//th|//h1|//h2|//h3|//h4|//blockquote|//figcaption|//dd|//dt")
            texts |= {" ".join(str(block.text_content()).split()) for block in blocks}
        if delivery.media_type == "application/json":
            texts |= set(_strings(json.loads(delivery.body)))
    return Shown(frozenset(elements), frozenset(a for a in addresses if a[:1] != "#"), frozenset(texts))


def _trees(delivery: Delivery) -> Iterator[Any]:
    """Every piece of HTML a delivery holds or stands for."""
    kind = delivery.media_type.partition(";")[0]
    if kind == "text/html":
        yield html.document_fromstring(delivery.body)
    elif kind == "text/markdown":
        yield _page(_markdown(delivery.body.decode()))
    elif kind in {"application/rss+xml", "application/atom+xml"}:
        feed = etree.fromstring(delivery.body, etree.XMLParser(resolve_entities=False))
        for name in _EMBEDDED:
            yield from (_page(node.text) for node in feed.iter(name) if node.text)
    elif kind == "application/feed+json":
        yield from (_page(item["content_html"]) for item in json.loads(delivery.body)["items"])


def _page(fragment: str) -> Any:
    return html.document_fromstring(f"<html><body>{fragment}</body></html>")


def _markdown(text: str) -> str:
    """As GitHub shows it, but for the numbers of footnotes."""
    from markdown_it import MarkdownIt

    bare = _FOOTNOTE.sub("", text)
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(bare))


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for part in node:
            yield from _strings(part)
    elif isinstance(node, dict):
        for name, part in node.items():
            if name not in _SOURCES_OWN and not name.endswith("url"):
                yield from _strings(part)
