"""What of an edition reaches a reader: every file and every message, read as its reader's program does.

    Markdown, HTML, the HTML inside feeds and mails → elements, addresses, the text between
    Obsidian                                        → the same, with wiki links, tags and comments
    JSON, JSON Lines, CSL, BibTeX                   → addresses, every string but the sources' own
    Slack, Discord, Telegram                        → what their client makes of a post, as HTML

`Shown` is a file's, or those of many together, so two days can be compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from functools import reduce
from html import escape
from typing import Any

from lxml import etree, html

from daybrief.model import Delivery, Message

_BARE = re.compile(r"https?://[^\s<>\"]+|\bwww\.[^\s<>\"]+", re.IGNORECASE)
_ITEM = re.compile(r"\n(?=[ \t]*[-*•] )|\n[ \t]*\n|\n(?=\S)")
_ALONE = re.compile(r"(?:\S{1,40}: )?https?://\S+")
_WIKI = re.compile(r"(?<!\\)!?\[\[([^\[\]|\n]*)(?:\|([^\[\]\n]*))?\]\]")
_COMMENT = re.compile(r"(?<!\\)%%.*?(?:(?<!\\)%%|\Z)", re.DOTALL)
_TAG = re.compile(r"(?<=\s)#(?=[^\s#\d])")
_HIGHLIGHT = re.compile(r"(?<!\\)==(?=\S)")
_PING = re.compile(r"(?<!\\)<(?=[@#:/]|a:|t:|id:)|(?<!\\)@(?=everyone\b|here\b)")


def properties(note: str) -> tuple[dict[str, Any], str]:
    """The properties of an Obsidian note, whose values are JSON as well, and the rest of it."""
    _, head, body = note.split("---\n", 2)
    rows = (row.partition(": ") for row in head.splitlines())
    return {name: json.loads(value) for name, _, value in rows}, body


def obsidian(body: str) -> str:
    """A note as Markdown in which wiki links, comments, tags and highlights are HTML."""
    marked = _COMMENT.sub("<s data-comment></s>", body)
    marked = _WIKI.sub(lambda f: f'<a href="wiki:{escape(f[1])}">{escape(f[2] or f[1])}</a>', marked)
    return _HIGHLIGHT.sub("<mark></mark>==", _TAG.sub("<s data-tag></s>#", marked))


def slack(post: dict[str, Any]) -> str:
    """The blocks of a post; of its `text`, which Slack reads as mrkdwn, what would be a link or mention."""
    pings = "<s data-ping></s>" * len(re.findall(r"[<>]", post["text"]))
    return f"<p>{escape(post['text'])}{pings}</p>" + "".join(_block(block) for block in post["blocks"])


def _block(node: dict[str, Any]) -> str:
    kind, style = node["type"], node.get("style")
    if kind == "link":
        return f'<a href="{escape(node["url"])}">{escape(node["text"])}</a>'
    if kind == "text":
        return f"<b>{escape(node['text'])}</b>" if style else escape(node["text"])
    inside = "".join(map(_block, node["elements"]))
    names = {"rich_text": "div", "rich_text_list": "ul", "rich_text_section": "p"}
    name = names.get(kind, f"s data-{kind}")
    return f"<{name}>{inside}</{name.split()[0]}>"


def discord(post: dict[str, Any]) -> str:
    """The Markdown of a post, with its pings as HTML."""
    return "\n\n".join(_PING.sub("<s data-ping></s>", one["description"]) for one in post["embeds"])


def telegram(post: dict[str, Any]) -> str:
    """A post in Telegram's HTML, a paragraph a line; bare addresses are links."""
    return "".join(f"<p>{_linked(line)}</p>" for line in post["text"].split("\n"))


def plain(text: str) -> str:
    """A mail in plain text, a paragraph an item; bare addresses are links, a line of one alone is no text."""
    return "".join(f"<p>{line}</p>" for line in _items(text))


def _items(text: str) -> Iterator[str]:
    for item in _ITEM.split(text):
        lines = item.splitlines()
        yield escape(" ".join(line for line in lines if not _ALONE.fullmatch(line.strip())))
        yield "".join(_linked(escape(f[0])) for line in lines for f in _BARE.finditer(line))


def _linked(markup: str) -> str:
    """HTML with links in the places of bare addresses between its tags."""
    between = re.split(r"(<[^>]*>)", markup)
    return "".join(
        part if part.startswith("<") else _BARE.sub(lambda f: f'<a href="{f[0]}"></a>{f[0]}', part)
        for part in between
    )


_ADDRESSES = frozenset(
    {"href", "src", "srcset", "action", "formaction", "data", "poster", "cite", "background"}
)
_SOURCES_OWN = frozenset(
    {"items", "title", "abstract", "author", "authors", "aliases", "text_of"}
)  # fields that repeat what a source says
_ROW = _SOURCES_OWN | {"text"}  # of a story alone: its claims are strings
_EMBEDDED = ("description", "{http://www.w3.org/2005/Atom}content", "{http://www.w3.org/2005/Atom}summary")
_CHART = re.compile(r"\bcid:chart\.[0-9a-f]+@[\w.-]+")
_FOOTNOTE = re.compile(r"\[\^\d+\]:?")


@dataclass(frozen=True)
class Shown:
    """All a reader gets: `elements` with the names of their attributes, `addresses`, and pieces of text."""

    elements: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    def within(self, words: str) -> bool:
        """Whether some piece of text holds these words, blanks aside."""
        wanted = "".join(words.split())
        return any(wanted in "".join(text.split()) for text in self.texts)

    def __or__(self, other: Shown) -> Shown:
        """Both together."""
        return Shown(
            self.elements | other.elements, self.addresses | other.addresses, self.texts | other.texts
        )


def shown(pieces: Iterable[Delivery | Message]) -> Shown:
    """What all files and messages together show; pictures and bytes that are no text are left out."""
    return reduce(Shown.__or__, map(_shown, pieces), Shown())


def _shown(piece: Delivery | Message) -> Shown:
    kind = piece.media_type.partition(";")[0]
    if isinstance(piece, Message):
        return _mail(piece.body) if kind == "message/rfc822" else _post(json.loads(piece.body))
    if kind in {"application/json", "application/vnd.citationstyles.csl+json"}:
        return _record(json.loads(piece.body), _SOURCES_OWN)
    if kind == "application/jsonl":
        rows = map(json.loads, piece.body.splitlines())
        return reduce(Shown.__or__, (_record(row, _ROW) for row in rows), Shown())
    if kind == "application/x-bibtex":
        return _library(piece.body.decode())
    if piece.keep_below:  # a note among the reader's own
        return _note(piece.body.removesuffix(piece.keep_below).decode())
    return reduce(Shown.__or__, map(_seen, _trees(kind, piece.body)), Shown())


def _seen(tree: Any) -> Shown:
    """What a browser makes of a tree of HTML."""
    nodes = [node for node in tree.iter() if isinstance(node.tag, str)]
    blocks = tree.xpath("//p|//li|//td|//th|//h1|//h2|//h3|//h4|//blockquote|//figcaption|//dd|//dt")
    found = {str(v) for node in nodes for k, v in node.attrib.items() if str(k) in _ADDRESSES}
    return Shown(
        elements=frozenset(f"{node.tag} {' '.join(sorted(map(str, node.attrib)))}".strip() for node in nodes),
        addresses=frozenset(address for address in found if address[:1] != "#"),
        texts=frozenset(" ".join(str(block.text_content()).split()) for block in blocks),
    )


def _trees(kind: str, body: bytes) -> Iterator[Any]:
    """Every piece of HTML a file holds or stands for."""
    if kind == "text/html":
        yield html.document_fromstring(body)
    elif kind == "text/markdown":
        yield _page(_markdown(body.decode()))
    elif kind in {"application/rss+xml", "application/atom+xml"}:
        feed = etree.fromstring(body, etree.XMLParser(resolve_entities=False))
        for name in _EMBEDDED:
            yield from (_page(node.text) for node in feed.iter(name) if node.text)
    elif kind == "application/feed+json":
        yield from (_page(item["content_html"]) for item in json.loads(body)["items"])


def _page(fragment: str) -> Any:
    return html.document_fromstring(f"<html><body>{fragment}</body></html>")


def _markdown(text: str) -> str:
    """As GitHub shows it, but for the numbers of footnotes."""
    from markdown_it import MarkdownIt

    bare = _FOOTNOTE.sub("", text)
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(bare))


def _markup(fragment: str) -> Shown:
    """What of somebody else's text works: all but its words."""
    seen = _seen(_page(fragment))
    return Shown(elements=seen.elements, addresses=seen.addresses)


def _note(text: str) -> Shown:
    """A note of a vault; the abstract at the end of a story's is the source's own."""
    fields, body = properties(text)
    told, _, abstract = body.partition("\n## ") if "daybrief/story" in fields["tags"] else (body, "", "")
    said, quoted = (_markdown(obsidian(part)) for part in (told, abstract))
    return _record(fields, _SOURCES_OWN) | _seen(_page(said)) | (_markup(quoted) if abstract else Shown())


def _library(text: str) -> Shown:
    """A file of BibTeX; a block that cannot be read is an element by itself."""
    from bibtexparser.entrypoint import parse_string

    library = parse_string(text)
    entries = [{field.key: str(field.value) for field in entry.fields} for entry in library.entries]
    kinds = frozenset(f"@{block.__class__.__name__}" for block in library.blocks)
    return reduce(Shown.__or__, (_record(entry, _SOURCES_OWN) for entry in entries), Shown(elements=kinds))


def _mail(body: bytes) -> Shown:
    """Both texts of a mail and its headers."""
    mail = message_from_bytes(body, policy=SMTP)
    parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
    headers = Shown(
        elements=frozenset(name.lower() for name in mail),
        addresses=frozenset(mail.get_all("List-Unsubscribe", [])),
        texts=frozenset([str(mail["Subject"])]),
    )
    # The chart's Content-ID holds the key of the very mail.
    page = html.document_fromstring(_CHART.sub("cid:chart", parts["text/html"]))
    return headers | _seen(page) | _seen(_page(plain(parts["text/plain"])))


def _post(post: dict[str, Any]) -> Shown:
    """What is posted to a chat, or to a program."""
    if "blocks" in post:
        return _seen(_page(slack(post)))
    if "embeds" in post:
        return _seen(_page(_markdown(discord(post))))
    if "chat_id" in post:
        return _seen(_page(telegram(post)))
    return _record(post, _SOURCES_OWN)


def _record(node: Any, own: frozenset[str]) -> Shown:
    """What a program reads: addresses by the names of their fields, and every other string."""
    return Shown(addresses=frozenset(_urls(node)), texts=frozenset(_strings(node, own)))


def _urls(node: Any) -> Iterator[str]:
    for name, part in _parts(node):
        if isinstance(part, str) and name.lower().endswith(("url", "doi")):
            yield part
        yield from _urls(part)


def _strings(node: Any, own: frozenset[str]) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for name, part in _parts(node):
        if name not in own and not name.lower().endswith("url"):
            yield from _strings(part, own)


def _parts(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        yield from (("", part) for part in node)
