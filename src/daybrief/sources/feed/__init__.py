"""Any RSS, Atom, RDF or JSON Feed: a newsletter, a laboratory's blog, the AI section of a newspaper.

One instance is one feed and costs one request a run, conditional when the web remembers the last one.
Feeds are offered for reading by programs; the text belongs to its publisher, so only a passage is kept and
the link is always shown. Formats:
https://www.rssboard.org/rss-specification, RFC 4287, https://www.jsonfeed.org/version/1.1/.

Lists of feeds come and go as OPML, which every feed reader imports and exports
(http://opml.org/spec2.opml).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

import feedparser
import msgspec
from lxml import etree

import daybrief
from daybrief.errors import ConfigError, DaybriefError, NotWhatWeAsked, SourceError, Stalled, TooMuch
from daybrief.model import Dropped, Fetched, Item, ItemKind, Link, Signals, Window
from daybrief.ports import KeepsFresh, KeepsMade, Tools, Web
from daybrief.sources._gates import admit_xml
from daybrief.sources.feed import syndication
from daybrief.sources.feed.syndication import DateForm, Feed, FeedItem
from daybrief.text import plain
from daybrief.text.dates import is_zone
from daybrief.text.identity import clean_url, hidden, web_key
from daybrief.text.relevance import about_ai

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_MOST_BYTES = 10 * 1024 * 1024
_READING = 3  # raised with each change in what `syndication.read` makes of the same bytes
_READABLE = 3  # characters of a title for each that was lost


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which feed, and what of it.

    url: the address of the feed itself, not of the page that shows it.
    name: what the source is called in editions and reports; the host of the address when left empty.
    kind: `news` or `paper`; decides in which edition the items stand.
    language: the BCP 47 tag of the texts (`ko`, `en`); what the feed says of itself when left empty.
    tags: only items that carry one of these tags, compared without case; all when left empty.
    about_ai: drop items whose title and address do not speak of artificial intelligence; for general news.
    undated: what becomes of items without a readable date: `drop`, `keep` as if they were of the day, or
        `first-seen`, which takes them for the day on which the feed first held them.
    zone: the time zone of dates that name none, for example `Asia/Seoul`.
    date_order: how dates like 03/04/2024 are written: `dmy`, `mdy` (United States) or `ymd`; when left empty,
        such a date counts only if the feed shows the order elsewhere.
    limit: at most so many items a day; what comes after them is counted as dropped.
    passage: how many characters of an item's text are kept, as a basis for quotes.
    """

    url: str
    name: str = ""
    kind: ItemKind = "news"
    language: str = ""
    tags: tuple[str, ...] = ()
    about_ai: bool = False
    undated: Literal["drop", "keep", "first-seen"] = "drop"
    zone: str = "UTC"
    date_order: Literal["", "dmy", "mdy", "ymd"] = ""
    limit: int = 500
    passage: int = 2_000


class FeedSource:
    """A `Source` that reads one feed."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.name = options.name or (urlsplit(options.url).hostname or "").removeprefix("www.")
        self.first_seen = options.undated == "first-seen"
        self._dates = DateForm(zone=options.zone, order=options.date_order, language=options.language)
        self._form = f"feed {_READING} {daybrief.__version__} {feedparser.__version__} {self._dates}"

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        """The feed's items of the day.

        Raises NotWhatWeAsked where the answer is no feed or is cut off, Stalled where no date can be read.
        """
        got = web.get(self._options.url, accept=_ACCEPT, max_bytes=_MOST_BYTES)
        try:
            feed = self._read(got, web)
            self._rest(feed, got, web)
        except SourceError as wrong:
            wrong.source = self.name
            raise
        yield from listing(feed, window, self._options, self.name)
        if not feed.whole:
            raise NotWhatWeAsked(
                f"the feed at {got.url} ends in the middle",
                source=self.name,
                hint="it may be whole next time",
            )
        if self._options.undated == "drop" and (why := _without_dates(feed)):
            raise Stalled(
                f"the feed at {got.url} {why}",
                source=self.name,
                hint='set `zone` or `date_order` of this source, or `undated = "first-seen"`',
            )

    def _rest(self, feed: Feed, got: Fetched, web: Web) -> None:
        """Have a feed left alone for as long as it says that it will not change."""
        until = quiet_until(feed, got.fetched_at)
        if feed.whole and until > got.fetched_at and isinstance(web, KeepsFresh):
            web.keep_fresh(got, _ACCEPT, until)

    def _read(self, got: Fetched, web: Web) -> Feed:
        """The feed of an answer; one that the server has only confirmed was read when it came."""
        keeper = web if isinstance(web, KeepsMade) else None
        if keeper and (made := keeper.made(got, self._form)):
            with suppress(msgspec.DecodeError):
                return msgspec.msgpack.decode(made, type=Feed)
        address = got.final_url or got.url
        feed = syndication.read(got.body, address=address, charset=got.charset, dates=self._dates)
        if keeper:
            keeper.keep_made(got, self._form, msgspec.msgpack.encode(feed))
        return feed


_LONGEST_TTL = timedelta(hours=12)  # a day is asked for once a day, and no `ttl` shall cost one
_LONGEST_SKIP = timedelta(days=7)
_HOUR = timedelta(hours=1)


def quiet_until(feed: Feed, at: datetime) -> datetime:
    """Until when a feed that was fetched at an instant says it will not change; that instant where it may.

    Its `ttl` counts up to 12 hours. The hours and days that it skips count where it was fetched in one: what
    came before them is in the feed then. A feed that skips every hour or day says nothing.
    """
    until = at + min(timedelta(minutes=feed.ttl), _LONGEST_TTL)
    if len(feed.skip_hours) >= 24 or len(feed.skip_days) >= 7:
        return until
    quiet = at.astimezone(UTC)
    while quiet < at + _LONGEST_SKIP and (quiet.hour in feed.skip_hours or quiet.weekday() in feed.skip_days):
        quiet = quiet.replace(minute=0, second=0, microsecond=0) + _HOUR
    return max(until, quiet)


_NO_ADDRESS = "copy it from a browser: https://…, without a name and a password before the host"


def make(options: Options, tools: Tools) -> FeedSource:  # noqa: ARG001 - every plugin is given the tools
    """The source for one feed; raises ConfigError for an address, a zone or a limit that cannot be used."""
    if not _is_address(options.url):
        raise ConfigError(f"url = {hidden(options.url)!r} is no address", hint=_NO_ADDRESS)
    if not is_zone(options.zone):
        raise ConfigError(f"zone = {options.zone!r} is unknown", hint="a name such as Asia/Seoul or UTC")
    if options.limit < 1 or options.passage < 0:
        raise ConfigError(f"limit is {options.limit} and passage {options.passage}: give positive numbers")
    return FeedSource(options)


def _is_address(url: str) -> bool:
    try:
        web_key(url)
        return len(url.split()) == 1 and all((urlsplit(url).hostname or "").split("."))
    except (ConfigError, ValueError):
        return False


def listing(feed: Feed, window: Window, options: Options, name: str) -> Iterator[Item | Dropped]:
    """Yields an `Item` or `Dropped` for each entry of a feed, in its own order; pure.

    Reasons: `cut-off`, `garbled`, `no-title`, `no-address`, `bad-address`, `repeated`, `undated`,
    `outside-window`, `other-tag`, `not-about-ai`, `over-limit`.
    """
    seen: set[str] = set()
    kept = 0
    shared = _shared_pages(feed)
    for position, entry in enumerate(feed.entries, 1):
        ref = entry.stated or entry.title[:100] or f"entry {position}"
        cut = not feed.whole and position == len(feed.entries)
        reason = "cut-off" if cut else _objection(entry, window, options)
        key = "" if reason else _key(entry, shared)
        if key in seen:
            reason = "repeated"
        elif not reason and kept >= options.limit:
            reason = "over-limit"
        if reason:
            yield Dropped(ref=ref, reason=reason)
            continue
        seen.add(key)
        kept += 1
        yield _item(entry, key, position, feed, options, name)


def _shared_pages(feed: Feed) -> frozenset[str]:
    """The keys of pages that name no entry: the feed's own, and any that different titles share."""
    titles: dict[str, set[str]] = {}
    for entry in feed.entries:
        if entry.address and entry.title:
            titles.setdefault(web_key(entry.address), set()).add(entry.title)
    home = {web_key(feed.home)} if feed.home else set[str]()
    return frozenset(home | {key for key, names in titles.items() if len(names) > 1})


def _key(entry: FeedItem, shared: frozenset[str]) -> str:
    """The key of an entry: that of its page; where others have the same page, with its id or title, too."""
    key = web_key(entry.address)
    if key not in shared or not key.startswith("url:"):
        return key
    own = "" if entry.identity in ("", entry.address, entry.stated) else entry.identity
    digest = hashlib.sha256((own + "\0" + entry.title).encode()).hexdigest()
    return f"{key}#entry-{digest[:16]}"


def _without_dates(feed: Feed) -> str:
    """The fault of the dates of a whole feed; "" when one can be read, or it has no entry."""
    if not feed.entries or any(entry.published for entry in feed.entries):
        return ""
    stated = next((entry.stated_date for entry in feed.entries if entry.stated_date), "")
    return f"has dates that cannot be read, such as {stated!r}" if stated else "has no dates"


def _objection(entry: FeedItem, window: Window, options: Options) -> str:
    """The reason why an entry cannot become an item of the day, or ""."""
    if not entry.title:
        return "no-title"
    if entry.title.count("\ufffd") * _READABLE > len(entry.title):
        return "garbled"
    if not entry.address:
        return "bad-address" if entry.stated else "no-address"
    return _wrong_day(entry, window, options) or _wrong_topic(entry, options)


def _wrong_day(entry: FeedItem, window: Window, options: Options) -> str:
    if entry.published is None:
        return "undated" if options.undated == "drop" else ""
    return "" if window.holds(entry.published) else "outside-window"


def _wrong_topic(entry: FeedItem, options: Options) -> str:
    wanted = {tag.casefold() for tag in options.tags}
    if wanted and wanted.isdisjoint(tag.casefold() for tag in entry.tags):
        return "other-tag"
    if options.about_ai and not about_ai(entry.title, entry.address):
        return "not-about-ai"
    return ""


def _item(entry: FeedItem, key: str, position: int, feed: Feed, options: Options, name: str) -> Item:
    links = (Link(rel="discussion", url=entry.discussion),) if entry.discussion else ()
    return Item(
        key=key,
        source=name,
        kind=options.kind,
        title=entry.title,
        url=entry.address,
        text=plain.line(entry.text, options.passage) if options.passage else "",
        authors=entry.authors,
        tags=entry.tags,
        published=entry.published,
        language=options.language or entry.language or feed.language,
        signals=Signals(position=position),
        links=links,
        venue=feed.title if options.kind == "news" else "",
    )


# ── lists of feeds ──────────────────────────────────────────────────────────────────────────────────


_MOST_OPML_BYTES = 5_000_000
_MOST_FEEDS = 5_000


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A feed of a list: its `title`, its own address, and the folder it lies in, "" when in none."""

    title: str
    url: str
    folder: str = ""


def parse_opml(body: bytes) -> tuple[Outline, ...]:
    """The feeds of an OPML document in its order, each once; outlines without a usable address are left out.

    Raises ConfigError when the bytes are no OPML, are too large, or are shaped like an attack.
    """
    if len(body) > _MOST_OPML_BYTES:
        raise ConfigError(f"an OPML file of {len(body)} bytes", hint=f"at most {_MOST_OPML_BYTES} are read")
    try:
        admit_xml(body, roots=frozenset({"opml"}))
        # Nothing outside is loaded, no entity is replaced; small mistakes of exporters are mended.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
        root = etree.fromstring(body, parser)
    except (NotWhatWeAsked, TooMuch, etree.XMLSyntaxError, ValueError) as wrong:
        why = wrong.message if isinstance(wrong, DaybriefError) else str(wrong)  # its hint speaks of a server
        raise ConfigError(f"not an OPML file: {why}", hint="export the list again as OPML") from wrong
    outlines: dict[str, Outline] = {}
    for element in root.iter("outline"):
        outline = _outline(element)
        if outline and len(outlines) < _MOST_FEEDS:
            outlines.setdefault(web_key(outline.url), outline)
    return tuple(outlines.values())


def write_opml(feeds: Sequence[Outline], title: str = "daybrief") -> bytes:
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
