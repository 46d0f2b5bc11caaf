"""Feeds of any kind, read into one shape: RSS 0.9 to 2.0, RDF, Atom, CDF and JSON Feed 1.x.

Formats: https://www.rssboard.org/rss-specification, RFC 4287 and https://www.jsonfeed.org/version/1.1/.
XML goes through the gate first and then to feedparser, which forgives what authors do to XML; JSON Feed is
decoded item by item, so that one bad item costs one item. All text that comes out is plain.
"""

from __future__ import annotations

import codecs
import html
import io
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from time import struct_time
from typing import Any
from urllib.parse import urljoin

import feedparser
import msgspec
from feedparser.encodings import convert_to_utf8

from daybrief.errors import ConfigError, DaybriefError, NotWhatWeAsked, TooMuch
from daybrief.sources._gates import admit_xml
from daybrief.text import plain
from daybrief.text.identity import clean_url

_MOST_ENTRIES = 5_000  # feedparser takes most of a millisecond for each
_MOST_AUTHORS = 50
_MOST_TAGS = 20
_MOST_NAME = 120
_END = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*(?:>|\Z)", re.IGNORECASE)
_ENTRY = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_UTF8_XML = "application/xml; charset=utf-8"
# Python codecs that are no charset: decoding by them is slow, or an error of its own kind.
_TRICK = re.compile(
    rb"encoding\s*=\s*['\"](?:punycode|idna|undefined|(?:raw.)?unicode.escape)", re.IGNORECASE
)
_PROLOG = re.compile(r"\A\ufeff?<\?xml[^<>]{0,200}\?>")
_HTML_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,200})", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")
_SURROGATE_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\."
)


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a feed: plain text, absolute addresses (or "" where there is none that can be used)."""

    title: str = ""
    address: str = ""
    stated: str = ""  # the address as the feed has it, usable or not
    text: str = ""
    published: datetime | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    discussion: str = ""
    language: str = ""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as its publisher had it; `whole` is False when the document ends in the middle."""

    title: str = ""
    language: str = ""
    version: str = ""
    whole: bool = True
    entries: tuple[FeedItem, ...] = ()


def read(body: bytes, *, address: str, charset: str = "") -> Feed:
    """Read a feed that was fetched from `address`, with the charset of its HTTP header if there was one.

    Raises NotWhatWeAsked when the bytes are no feed (a login page, an error page, an unknown root), TooMuch
    for a bomb or for more than 5,000 entries. Any other disorder is read as well as it can be.
    """
    if body.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] == b"{":
        return _json_feed(body, address)
    return _xml_feed(body, address, charset)


# ── XML ─────────────────────────────────────────────────────────────────────────────────────────────


def _xml_feed(body: bytes, address: str, charset: str) -> Feed:
    try:
        # feedparser's own conversion, before the gate: so no encoding can hide from the gate what it sees.
        document = convert_to_utf8({"content-type": _content_type(body, charset)}, body, {})
        _admit(document)
        # A stream, not bytes: feedparser takes bytes for a file name first.
        raw = feedparser.parse(
            io.BytesIO(document),
            response_headers={"content-type": _UTF8_XML, "content-location": address},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except DaybriefError:
        raise
    except Exception as broken:  # its parsers for broken input raise whatever Python raises
        raise _not_a_feed(body, address) from broken
    ends = bool(_END.search(document[-4_000:].decode("utf-8", "replace")))
    if not raw.get("version") and not (raw.entries and ends):
        raise _not_a_feed(document, address)
    return Feed(
        title=_plain(raw.feed, "title"),
        language=_language(raw.feed.get("language")),
        version=raw.get("version") or "",
        whole=ends or not raw.bozo,
        entries=tuple(_entry(entry, address) for entry in raw.entries),
    )


def _admit(document: bytes) -> None:
    _count(len(_ENTRY.findall(document)))
    try:
        admit_xml(document, entries=_MOST_ENTRIES)
    except NotWhatWeAsked:
        return  # not even a root that expat can read; feedparser forgives more, in linear time


def _count(entries: int) -> None:
    if entries > _MOST_ENTRIES:
        raise TooMuch(
            f"a feed of {entries} entries, and {_MOST_ENTRIES} is the most",
            hint="is there a feed of the latest?",
        )


def _content_type(body: bytes, charset: str) -> str:
    """What to tell feedparser of the encoding: UTF-8 wherever it fits, for nothing else fits it by chance.

    Never text/xml: RFC 3023 would have feedparser believe in US-ASCII over the document's own prolog.
    """
    if _TRICK.search(body[:400].replace(b"\0", b"")):
        raise NotWhatWeAsked("a feed in an encoding that is none", hint="the server may be broken or hostile")
    if body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "application/xml"
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and not text.isascii() and "\0" not in text:
        return _UTF8_XML
    known = _known(charset)
    return f"application/xml; charset={known}" if known else "application/xml"


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""
    return "" if _TRICK.match(b"encoding='" + name.encode()) else name


def _not_a_feed(body: bytes, address: str) -> NotWhatWeAsked:
    start = _PROLOG.sub("", body[:20_000].decode("utf-8", "replace"))
    if found := _HTML_TITLE.search(start):
        seen = f"a page titled {plain.line(html.unescape(found[1]), 80)!r}"
    elif not start.strip("\ufeff\0 \t\r\n"):
        seen = "an empty body"
    else:
        seen = f"something that begins {plain.line(start[:300], 60)!r}"
    return NotWhatWeAsked(f"no feed at {address}, but {seen}", hint=_advice(start, address))


def _advice(page: str, address: str) -> str:
    """The feed that an HTML page advertises, if it does."""
    for tag in re.findall(r"<link\b[^<>]{1,1000}>", page, re.IGNORECASE):
        if re.search(r"application/(?:rss|atom|feed)\+(?:xml|json)", tag, re.IGNORECASE) and (
            href := re.search(r"""href\s*=\s*["']?([^"'\s>]+)""", tag, re.IGNORECASE)
        ):
            return f"the page advertises a feed at {_absolute(html.unescape(href[1]), address)}"
    return "open the address in a browser; feeds move"


def _entry(raw: Any, address: str) -> FeedItem:
    stated = _stated(raw)
    return FeedItem(
        title=_plain(raw, "title"),
        address=_absolute(stated, address),
        stated=plain.line(stated, 300),
        text=_text(raw),
        published=_when(raw),
        authors=_names(_strings(raw.get("authors"), "name") or [str(raw.get("author") or "")], _MOST_AUTHORS),
        tags=_names(
            [label or term for label, term in zip(*_terms(raw.get("tags")), strict=True)], _MOST_TAGS
        ),
        discussion=_absolute(str(raw.get("comments") or ""), address),
        language=_language((raw.get("title_detail") or {}).get("language")),
    )


def _stated(raw: Any) -> str:
    """The address of an entry; what FeedBurner hid, else its link, else an id that is an address."""
    for name in ("feedburner_origlink", "link", "id"):
        value = str(raw.get(name) or "").strip()
        if value and (name != "id" or value.startswith(("http://", "https://"))):
            return value
    return ""


def _plain(raw: Any, name: str) -> str:
    detail = raw.get(f"{name}_detail") or {}
    return plain.line(_unmarked(detail))


def _text(raw: Any) -> str:
    """The longest of the contents, else the summary."""
    contents = raw.get("content") or []
    texts = [_unmarked(c) for c in contents] or [""]
    best = max(texts, key=len)
    return plain.paragraph(best or _unmarked(raw.get("summary_detail") or {}))


def _unmarked(detail: Any) -> str:
    value = str(detail.get("value") or "")
    if "html" in str(detail.get("type") or "html"):
        return plain.from_html(value)
    return html.unescape(value)  # many write &amp;amp; into plain titles


def _when(raw: Any) -> datetime | None:
    # dict.get: feedparser's own answers "updated" with "published", under a deprecation warning.
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        if found := _instant(dict.get(raw, name)):
            return found
    return None


def _instant(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    try:
        return _plausible(datetime(*parsed[:5], min(parsed.tm_sec, 59), tzinfo=UTC))
    except (ValueError, TypeError, OverflowError):
        return None


def _plausible(found: datetime) -> datetime | None:
    """The instant, unless its year shows that some number was misread as a date."""
    return found if 1900 < found.year < 2200 else None


def _terms(tags: Any) -> tuple[list[str], list[str]]:
    tags = list(tags or [])
    return [str(t.get("label") or "") for t in tags], [str(t.get("term") or "") for t in tags]


def _strings(values: Any, name: str) -> list[str]:
    return [str(value.get(name) or "") for value in values or []]


def _names(values: Iterable[str], most: int) -> tuple[str, ...]:
    """Distinct clean names in the order given."""
    clean = (plain.line(html.unescape(value), _MOST_NAME) for value in values)
    return tuple(dict.fromkeys(name for name in clean if name))[:most]


def _language(tag: Any) -> str:
    value = str(tag or "").strip().replace("_", "-")
    return value if _LANGUAGE.match(value) else ""


def _absolute(stated: str, address: str) -> str:
    """An absolute http(s) address in its clean spelling, or "" ."""
    if not stated:
        return ""
    try:
        return clean_url(urljoin(address, stated))
    except (ConfigError, ValueError):
        return ""


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────────


class _JsonFeed(msgspec.Struct):
    """The two members the format requires, and what else is used; `Any` is what authors really write."""

    version: str
    items: list[msgspec.Raw]
    title: Any = ""
    language: Any = ""


def _json_feed(body: bytes, address: str) -> Feed:
    text = body.decode(json.detect_encoding(body), "replace").lstrip("\ufeff")
    text = _SURROGATE_ESCAPE.sub(lambda m: "\\ufffd" if len(m[0]) == 6 else m[0], text)
    try:
        feed = msgspec.json.decode(text, type=_JsonFeed)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as broken:
        raise _not_a_feed(body, address) from broken
    if "jsonfeed.org" not in feed.version and feed.version not in {"1.0", "1.1"}:
        raise _not_a_feed(body, address)
    _count(len(feed.items))
    return Feed(
        title=plain.line(_string(feed.title)),
        language=_language(feed.language),
        version="json",
        entries=tuple(_json_entry(raw, address) for raw in feed.items),
    )


def _json_entry(raw: msgspec.Raw, address: str) -> FeedItem:
    """An entry; a blank one where the item is no JSON object."""
    try:
        item = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return FeedItem()
    stated = _json_address(item)
    return FeedItem(
        title=plain.line(_string(item.get("title"))),
        address=_absolute(stated, address),
        stated=plain.line(stated, 300),
        text=_json_text(item),
        published=_rfc3339(item.get("date_published")) or _rfc3339(item.get("date_modified")),
        authors=_names(_json_authors(item), _MOST_AUTHORS),
        tags=_names(map(_string, _list(item.get("tags"))), _MOST_TAGS),
        language=_language(_string(item.get("language"))),
    )


def _json_address(item: dict[str, Any]) -> str:
    for name in ("url", "external_url", "id"):
        value = _string(item.get(name)).strip()
        if value and (name != "id" or value.startswith(("http://", "https://"))):
            return value
    return ""


def _json_authors(item: dict[str, Any]) -> list[str]:
    authors = [*_list(item.get("authors")), item.get("author")]
    return [_string(author.get("name")) for author in authors if isinstance(author, dict)]


def _json_text(item: dict[str, Any]) -> str:
    if stated := _string(item.get("content_text")):
        return plain.paragraph(stated)
    if markup := _string(item.get("content_html")):
        return plain.paragraph(plain.from_html(markup))
    return plain.paragraph(_string(item.get("summary")))


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rfc3339(stated: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(_string(stated))
        return _plausible((found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC))
    except (ValueError, OverflowError):
        return None
