"""Feeds of any kind, read into one shape: RSS 0.9 to 2.0, RDF, Atom, CDF and JSON Feed 1.x.

Formats: https://www.rssboard.org/rss-specification, RFC 4287 and https://www.jsonfeed.org/version/1.1/.
XML is decoded as a browser would, goes through the gate and then to feedparser, which forgives what authors
do to XML; JSON Feed is decoded item by item, so that one bad item costs one item. Dates are read by
`daybrief.text.dates`, never by feedparser, which takes `2024.11.26` for the first of the month. All text that
comes out is plain.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import feedparser
import msgspec

from daybrief.errors import ConfigError, DaybriefError, NotWhatWeAsked, TooMuch
from daybrief.sources._gates import admit_broken_xml, admit_xml
from daybrief.text import decoding, plain
from daybrief.text.dates import Order, instant, language_of
from daybrief.text.identity import clean_url

_MOST_ENTRIES = 2_500  # feedparser takes a third of a millisecond for each, and a document two seconds
_MOST_ELEMENTS = 60_000  # with their attributes
_MOST_ENTITIES = 800_000
_MOST_TAGS_IN_TEXTS = 300_000
_MOST_AUTHORS = 5_000
_MOST_TAGS = 20
_MOST_HEARD = 20  # titles that tell which language a feed is in
_MOST_NAME = 120
_END = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*(?:>|\Z)", re.IGNORECASE)
_ENTRY = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_TTL = re.compile(rb"<ttl>\s{0,9}(\d{1,6})\s{0,9}</ttl>")
_HOUR = re.compile(rb"<hour>\s{0,9}(\d{1,2})\s{0,9}</hour>")
_DAY = re.compile(rb"<day>\s{0,9}([a-z]{6,9})\s{0,9}</day>")
_DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_MOST_HEAD = 50_000  # bytes before the first entry that are looked at for what it says of itself
_UTF8_XML = "application/xml; charset=utf-8"
_DECLARED = re.compile(rb"""encoding\s*=\s*['"]([\w.:-]{1,40})""")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{2,6}|#x[0-9A-Fa-f]{2,5});")
# Markup that stays in a title when its publisher escapes it without saying that it is HTML.
_TITLE_SCRIPT = re.compile(
    r"<(script|style|iframe|noscript)\b[^<>]{0,500}>.{0,2000}?</\1\s{0,9}>", re.IGNORECASE | re.DOTALL
)
_TITLE_BREAK = re.compile(r"</?(?:br|hr|wbr)\s{0,9}/?>|<img\s[^<>]{0,500}>", re.IGNORECASE)
_MOST_TITLE = 10_000
# References to the halves of a surrogate pair: D800 to DBFF, and DC00 to DFFF.
_HIGH = r"[xX]0{0,4}[dD][89abAB][0-9a-fA-F]{2}|5(?:529[6-9]|5[3-9]\d\d|6[0-2]\d\d|63[01]\d)"
_LOW = r"[xX]0{0,4}[dD][c-fC-F][0-9a-fA-F]{2}|5(?:63[2-9]\d|6[4-9]\d\d|7[0-2]\d\d|73[0-3]\d|734[0-3])"
_SURROGATE_PAIR = re.compile(rf"&#({_HIGH});(?:&#({_LOW});)?|&#({_LOW});")
# A title up to where it ends, which is before any other title begins.
_TITLE = re.compile(
    r"(?P<open><(?P<name>(?:[\w.-]{1,40}:)?title)(?:\s[^<>]{0,500})?(?<!/)>)"
    r"(?P<content>[^<]*+(?:<(?!/?(?:[\w.-]{1,40}:)?title\b)[^<]*+)*+)(?=</(?P=name)\s{0,9}>)",
    re.IGNORECASE,
)
_VALUE = r"""(?:"[^"<]{0,2000}"|'[^'<]{0,2000}'|[^\s"'<>]{1,500})"""
_ATTRIBUTES = rf"(?:\s+[\w:.-]{{1,60}}\s{{0,9}}=\s{{0,9}}{_VALUE}){{0,30}}+"
_TAG = re.compile(rf"(?P<other><!--|<\?|</)|<(?:(?P<name>[A-Za-z][\w.:-]{{0,40}}){_ATTRIBUTES}\s{{0,9}}/?>)?")
_CLOSING = re.compile(r"</([A-Za-z][\w.:-]{0,40})\s{0,9}>")
_VOID = frozenset("br hr img wbr".split())
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big blockquote center cite code del dfn div em font h1 h2 h3 h4 h5 h6 i iframe "
    "ins kbd li mark math ol p pre q s samp script small span strike strong style sub sup tt u ul var".split()
)
# An item's image and form have titles and links of their own, which feedparser takes for those of the item.
_PART = re.compile(
    rb"<!\[CDATA\[|\]\]>|<(/?)(item|entry|image|textinput)(?:\s[^<>]{0,1000})?>", re.IGNORECASE
)
_MOST_ESCAPES = 3  # times that entities are escaped in titles
_MADE_TITLE = 100  # characters of an entry's text that stand for a missing title
_NO_PAGE = frozenset("self edit hub replies next prev first last enclosure license".split())
_OTHER_SCHEME = re.compile(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:", re.IGNORECASE)
_AMERICAN = re.compile(r"\A\D*\d{1,2}([/-])(?:1[3-9]|2\d|3[01])\1\d{4}\b")
_EUROPEAN = re.compile(r"\A\D*(?:1[3-9]|2\d|3[01])([/-])\d{1,2}\1\d{4}\b")
_PROLOG = re.compile(r"\A\ufeff?<\?xml[^<>]{0,200}\?>")
_HTML_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,200})", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")
_SURROGATE_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\."
)


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a feed: plain text, absolute addresses (or "" where there is none that can be used)."""

    title: str = ""
    address: str = ""
    stated: str = ""  # the address as the feed has it, usable or not
    text: str = ""
    published: datetime | None = None
    stated_date: str = ""  # the date as the feed has it, readable or not
    identity: str = ""  # the id that the feed gives the entry, an address or not
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    discussion: str = ""
    language: str = ""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as its publisher had it; `whole` is False when the document ends in the middle."""

    title: str = ""
    language: str = ""
    version: str = ""
    home: str = ""  # the page that the feed is of
    whole: bool = True
    ttl: int = 0  # minutes that it will not change for, as it says
    skip_hours: tuple[int, ...] = ()  # of the day in UTC, in which it does not change
    skip_days: tuple[int, ...] = ()  # of the week, Monday is 0
    entries: tuple[FeedItem, ...] = ()


class DateForm(msgspec.Struct, frozen=True, kw_only=True):
    """How the dates of a feed are to be read: see `daybrief.text.dates.instant`."""

    zone: str = "UTC"
    order: Order = ""
    language: str = ""


_AS_STATED = DateForm()


def read(body: bytes, *, address: str, charset: str = "", dates: DateForm = _AS_STATED) -> Feed:
    """Read a feed that was fetched from `address`, with the charset of its HTTP header if there was one.

    Raises NotWhatWeAsked when the bytes are no feed (a login page, an error page, an unknown root) or text in
    no encoding that makes sense, TooMuch for a bomb or for more than 2,500 entries. Any other disorder is
    read as well as it can be.
    """
    if body.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] in (b"{", b"["):
        return _json_feed(body, address, charset, dates)
    return _xml_feed(body, address, charset, dates)


# ── XML ─────────────────────────────────────────────────────────────────────────────────────────────


def _xml_feed(body: bytes, address: str, charset: str, dates: DateForm) -> Feed:
    document = _document(body, charset)
    try:
        _admit(document)
        # A stream, not bytes: feedparser takes bytes for a file name first.
        raw = feedparser.parse(
            io.BytesIO(document),
            response_headers={"content-type": _UTF8_XML},  # relative addresses are resolved below, once
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except DaybriefError:
        raise
    except Exception as broken:  # its parsers for broken input raise whatever Python raises
        raise _not_a_feed(document, address) from broken
    ends = bool(_END.search(document[-4_000:].decode("utf-8", "replace")))
    if not raw.get("version") and not (raw.entries and ends):
        raise _not_a_feed(document, address)
    language = _language(raw.feed.get("language"))
    spoken = language or language_of(" ".join(map(_title_of, (raw.feed, *raw.entries[:_MOST_HEARD]))))
    dates = _settled(dates, spoken, [stated for entry in raw.entries for stated in _stated_dates(entry)])
    return Feed(
        title=_plain(raw.feed, "title"),
        language=language,
        version=raw.get("version") or "",
        home=_absolute(str(raw.feed.get("link") or ""), address),
        whole=ends or not raw.bozo,
        **_quiet(document),
        entries=tuple(_entry(entry, address, dates) for entry in raw.entries),
    )


def _quiet(document: bytes) -> dict[str, Any]:
    """The times at which a feed does not change, by the `ttl`, `skipHours` and `skipDays` of its head."""
    first = _ENTRY.search(document)
    head = document[: first.start() if first else len(document)][:_MOST_HEAD].lower()
    hours = {int(hour) % 24 for hour in _HOUR.findall(_inside(head, b"skiphours"))}  # 24 is midnight, too
    named = _DAY.findall(_inside(head, b"skipdays"))
    days = {number for number, day in enumerate(_DAYS) if day in named}
    ttl = _TTL.search(head)
    return {
        "ttl": int(ttl[1]) if ttl else 0,
        "skip_hours": tuple(sorted(hours)),
        "skip_days": tuple(sorted(days)),
    }


def _inside(head: bytes, name: bytes) -> bytes:
    return head.partition(b"<%b>" % name)[2].partition(b"</%b>" % name)[0]


def _document(body: bytes, charset: str) -> bytes:
    """The document in UTF-8, which then no encoding can hide from the gate; the prolog says so, too.

    Characters that XML forbids are left out: they are what most often makes a feed no XML at all.
    """
    labels = [label.decode("ascii") for label in _DECLARED.findall(body[:400].replace(b"\0", b""))[:1]]
    if any(map(decoding.is_trick, labels)):
        raise NotWhatWeAsked("a feed in an encoding that is none", hint="the server may be broken or hostile")
    text = decoding.decoded(body, [*labels, charset]).lstrip("\ufeff \t\r\n\0")
    _limit("tags in its texts", text.count("<") + text.count("&lt;"), _MOST_TAGS_IN_TEXTS)
    text = _SURROGATE_PAIR.sub(_paired, _PROLOG.sub("", _NO_XML.sub("", text)))
    text = _TITLE.sub(_escaped_title, text)
    return b'<?xml version="1.0" encoding="utf-8"?>' + _without_parts(text.encode("utf-8", "replace"))


def _paired(match: re.Match[str]) -> str:
    """The character that two references stand for, which no XML parser takes; U+FFFD for half of one."""
    halves = [int(code[1:], 16) if code[0] in "xX" else int(code) for code in match.groups() if code]
    return b"".join(half.to_bytes(2, "little") for half in halves).decode("utf-16-le", "replace")


def _escaped_title(match: re.Match[str]) -> str:
    content = match["content"]
    if "<" not in content or "<![CDATA[" in content:
        return match[0]
    return match["open"] + _tags_alone(content)


def _tags_alone(markup: str) -> str:
    """The markup of a title in which what is no tag of HTML is text: `a<b`, `Vec<T>`."""
    closed = frozenset(name.lower() for name in _CLOSING.findall(markup))

    def escaped(tag: re.Match[str]) -> str:
        name = (tag["name"] or "").lower()
        is_tag = ":" in name or name in _VOID or (name in closed and name in _INLINE) or tag["other"]
        return tag[0] if is_tag else "&lt;" + tag[0][1:]

    return _TAG.sub(escaped, markup)


def _without_parts(document: bytes) -> bytes:
    """The document without the images and forms that stand inside its entries; in one pass."""
    kept = []
    done, start = 0, -1
    inside = cdata = False
    for tag in _PART.finditer(document):
        closing, name = tag[1], (tag[2] or b"").lower()
        if cdata or not name:
            cdata = tag[0] != b"]]>" and (cdata or not name)
        elif name in (b"item", b"entry"):
            inside, start = not closing, -1
        elif inside and not closing:
            start = tag.start() if start < 0 else start
        elif start >= 0:
            kept.append(document[done:start])
            done, start = tag.end(), -1
    return b"".join([*kept, document[done:]])


def _title_of(raw: Any) -> str:
    return str(raw.get("title") or "")[:_MOST_NAME]


def _settled(dates: DateForm, language: str, stated: list[str]) -> DateForm:
    """How to read the dates, with what the feed itself shows: its language, and the order of its numbers."""
    american, european = (any(map(order.match, stated)) for order in (_AMERICAN, _EUROPEAN))
    shown: Order = "" if american == european else "mdy" if american else "dmy"
    return DateForm(zone=dates.zone, order=dates.order or shown, language=dates.language or language)


def _admit(document: bytes) -> None:
    _count(len(_ENTRY.findall(document)))
    _limit("ampersands", document.count(b"&"), _MOST_ENTITIES)
    try:
        admit_xml(document, entries=_MOST_ENTRIES, elements=_MOST_ELEMENTS)
    except NotWhatWeAsked:
        admit_broken_xml(document)  # not even a root that expat can read; feedparser forgives more


def _limit(what: str, number: int, most: int) -> None:
    if number > most:
        raise TooMuch(
            f"a feed with {number} {what}, and {most} is the most", hint="is there a feed of the latest?"
        )


def _count(entries: int) -> None:
    _limit("entries", entries, _MOST_ENTRIES)


def _not_a_feed(body: bytes, address: str) -> NotWhatWeAsked:
    start = _PROLOG.sub("", body[:20_000].decode("utf-8", "replace"))
    if title := _HTML_TITLE.search(start):
        seen = f"a page titled {plain.line(html.unescape(title[1]), 80)!r}"
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


def _entry(raw: Any, address: str, dates: DateForm) -> FeedItem:
    stated = _stated(raw)
    text = _text(raw)
    dated = _stated_dates(raw)
    return FeedItem(
        title=_plain(raw, "title") or _made_title(text, raw),
        address=_absolute(stated, address),
        stated=plain.line(stated, 300),
        text=text,
        published=_first_instant(dated, dates),
        stated_date=plain.line(dated[0], 80) if dated else "",
        identity=plain.line(str(raw.get("id") or ""), 300),
        authors=_names(_strings(raw.get("authors"), "name") or [str(raw.get("author") or "")], _MOST_AUTHORS),
        tags=_names(
            [label or term for label, term in zip(*_terms(raw.get("tags")), strict=True)], _MOST_TAGS
        ),
        discussion=_absolute(str(raw.get("comments") or ""), address),
        language=_language((raw.get("title_detail") or {}).get("language")),
    )


def _stated(raw: Any) -> str:
    """The address of an entry: what FeedBurner hid, else its page, its id if that is one, or its file."""
    links = [link for link in raw.get("links") or [] if str(link.get("href") or "").strip()]
    pages = [link["href"] for link in links if link.get("rel") in (None, "alternate")]
    files = [link["href"] for link in links if link.get("rel") == "enclosure"]
    media = [str(m.get("url") or "") for m in raw.get("media_content") or []]
    link = str(raw.get("link") or "").strip()
    if pages and link not in pages:  # the text of another link stands where its address should
        link = str(pages[0])
    identity = str(raw.get("id") or "").strip()
    addresses = [str(raw.get("feedburner_origlink") or ""), link if _is_page(link, links) else ""]
    addresses += [identity if identity.startswith(("http://", "https://")) else "", *files, *media]
    stated = [address.strip() for address in addresses if address.strip()]
    return next((a for a in stated if not _OTHER_SCHEME.match(a)), stated[0] if stated else "")


def _is_page(link: str, links: list[Any]) -> bool:
    """Whether a link is to something a person can read, rather than to the feed or a file of it."""
    rels = {other.get("rel") for other in links if other.get("href") == link}
    return not rels or not rels <= _NO_PAGE


def _made_title(text: str, raw: Any) -> str:
    """The start of the text, for an entry without a title; else the name of its file."""
    if text:
        return plain.line(text, _MADE_TITLE)
    for link in raw.get("enclosures") or []:
        name = unquote(urlsplit(str(link.get("href") or "")).path.rpartition("/")[2])
        if name:
            return plain.line(name, _MADE_TITLE)
    return ""


def _plain(raw: Any, name: str) -> str:
    detail = raw.get(f"{name}_detail") or {}
    if _is_html(detail):
        detail = detail | {"value": _tags_alone(str(detail.get("value") or "")[:_MOST_TITLE])}
    return _title(_unmarked(detail))


def _title(text: str) -> str:
    """A title without the scripts and line breaks that were escaped into it; `Vec<T>` keeps its brackets."""
    return plain.line(_TITLE_BREAK.sub(" ", _TITLE_SCRIPT.sub("", text[:_MOST_TITLE])))


def _text(raw: Any) -> str:
    """The longest of the contents, else the summary."""
    details = [*(raw.get("content") or ())]
    best = max(map(_unmarked, details), key=len, default="")
    return plain.paragraph(best) if best else _paragraph(raw.get("summary_detail") or {})


def _paragraph(detail: Any) -> str:
    """The text of one detail, cleaned once."""
    if not _is_html(detail):
        return plain.paragraph(_unmarked(detail))
    clean = plain.from_html(str(detail.get("value") or ""))
    text = _unescaped(clean)
    return plain.shortened(clean) if text == clean else plain.paragraph(text)


def _is_html(detail: Any) -> bool:
    return "html" in str(detail.get("type") or "html")


def _unmarked(detail: Any) -> str:
    value = str(detail.get("value") or "")
    return _unescaped(plain.from_html(value) if _is_html(detail) else value)


def _unescaped(value: str) -> str:
    """The text without the escapes that are left: many write &amp;amp;, plain or not."""
    for _ in range(_MOST_ESCAPES):
        if not _ENTITY.search(value):
            break
        value = html.unescape(value)
    return value


def _stated_dates(raw: Any) -> list[str]:
    # dict.get: feedparser's own answers "updated" with "published", under a deprecation warning.
    values = (dict.get(raw, name) for name in ("published", "updated", "created"))
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


def _first_instant(stated: Iterable[str], dates: DateForm) -> datetime | None:
    """The first of these dates that can be read."""
    instants = (instant(s, zone=dates.zone, order=dates.order, language=dates.language) for s in stated)
    return next((moment for moment in instants if moment is not None), None)


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
    if not stated or stated.startswith(("urn:", "tag:")):
        return ""
    try:
        return clean_url(urljoin(address, stated))
    except (ConfigError, ValueError):
        return ""


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────────


_VERSION = re.compile(r"jsonfeed\.org|\A1(?:\.[01])?\Z")
# A text, a comma that nothing precedes, or one that nothing follows. An unfinished text reaches to the end,
# so that the search is linear.
_LAST_COMMA = re.compile(
    r'("[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)|[\[{][ \t\r\n]*+,)|,(?=[ \t\r\n]*+[\]}])', re.DOTALL
)
_CONTENTS = ("title", "content_html", "content_text", "url", "external_url")
_RAW_CONTROL = re.compile("[\x00-\x1f]")


class _JsonFeed(msgspec.Struct):
    """The items, and what else is used; `Any` is what authors really write."""

    items: list[msgspec.Raw]
    version: Any = None
    title: Any = ""
    language: Any = ""
    home_page_url: Any = ""


def _json_feed(body: bytes, address: str, charset: str, dates: DateForm) -> Feed:
    text = decoding.decoded(body, [charset]).lstrip("\ufeff")
    text = _RAW_CONTROL.sub(" ", text)  # raw newlines and tabs in strings
    text = _SURROGATE_ESCAPE.sub(lambda m: "\\ufffd" if len(m[0]) == 6 else m[0], text)
    try:
        feed = _json_members(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as broken:
        raise _not_a_feed(body, address) from broken
    _count(len(feed.items))
    versioned = feed.version is not None
    if not (_VERSION.search(_scalar(feed.version)) if versioned else _are_items(feed.items)):
        raise _not_a_feed(body, address)
    return Feed(
        title=plain.line(_string(feed.title)),
        language=_language(feed.language),
        version="json",
        home=_absolute(_string(feed.home_page_url), address),
        entries=tuple(_json_entry(raw, address, dates) for raw in feed.items),
    )


def _json_members(text: str) -> _JsonFeed:
    """The members of a JSON Feed, or the items alone; a comma before a closing bracket is forgiven."""
    if text.lstrip().startswith("["):
        text = f'{{"items": {text}}}'
    try:
        return msgspec.json.decode(text, type=_JsonFeed)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.json.decode(_LAST_COMMA.sub(lambda match: match[1] or "", text), type=_JsonFeed)


def _are_items(raws: list[msgspec.Raw]) -> bool:
    """Whether all of these are what the format calls items: objects with an id and something to show."""
    try:
        items = [msgspec.json.decode(raw, type=dict[str, Any]) for raw in raws]
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    shown = [any(_string(item.get(name)).strip() for name in _CONTENTS) for item in items]
    return bool(items) and all(shown) and all(_scalar(item.get("id")) for item in items)


def _json_entry(raw: msgspec.Raw, address: str, dates: DateForm) -> FeedItem:
    """An entry; a blank one where the item is no JSON object."""
    try:
        item = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return FeedItem()
    stated = _json_address(item)
    text = _json_text(item)
    dated = [d for name in ("date_published", "date_modified") if (d := _scalar(item.get(name)))]
    return FeedItem(
        title=_title(_string(item.get("title"))) or plain.line(text, _MADE_TITLE),
        address=_absolute(stated, address),
        stated=plain.line(stated, 300),
        text=text,
        published=_first_instant(dated, dates),
        stated_date=plain.line(dated[0], 80) if dated else "",
        identity=plain.line(_scalar(item.get("id")), 300),
        authors=_names(_json_authors(item), _MOST_AUTHORS),
        tags=_names(map(_string, _list(item.get("tags"))), _MOST_TAGS),
        language=_language(_string(item.get("language"))),
    )


def _json_address(item: dict[str, Any]) -> str:
    for name in ("url", "external_url", "id"):
        value = _string(item.get(name)).strip()
        if value and (name != "id" or value.startswith(("http://", "https://"))):
            return value
    files = (file for file in _list(item.get("attachments")) if isinstance(file, dict))
    return next((url for file in files if (url := _string(file.get("url")).strip())), "")


def _json_authors(item: dict[str, Any]) -> list[str]:
    authors = [*_list(item.get("authors")), item.get("author")]
    return [_string(author.get("name")) for author in authors if isinstance(author, dict)]


def _json_text(item: dict[str, Any]) -> str:
    if stated := _string(item.get("content_text")):
        return plain.paragraph(stated)
    if markup := _string(item.get("content_html")):
        return plain.paragraph(_unescaped(plain.from_html(markup)))
    return plain.paragraph(_string(item.get("summary")))


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _scalar(value: Any) -> str:
    """A text, or a number as one: some write the seconds of the epoch."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else _string(value)
