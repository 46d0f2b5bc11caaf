"""The front page of Hacker News with a machine-made summary of each story, from hackernews.betacat.io.

A free site by one person (https://github.com/polyrabbit/hacker-news-digest) that shows the present front page
and offers the same as a feed: one request a run, two when the page has changed its shape. Its summaries are
written by a language model, so they go into `Item.tldr` and are never evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urljoin

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from daybrief.errors import ConfigError, NotWhatWeAsked, SourceError, TooMuch
from daybrief.languages import CHINESE, SOURCE
from daybrief.model import Dropped, Item, Link, Signals, Window
from daybrief.ports import Tools, Web
from daybrief.sources._gates import admit_html
from daybrief.sources.feed import syndication
from daybrief.text import plain
from daybrief.text.identity import clean_url, web_key
from daybrief.text.relevance import about_ai

_SITE = "https://hackernews.betacat.io/"
_PAGES = {SOURCE: _SITE, CHINESE: f"{_SITE}zh.html"}
_FEED = f"{_SITE}feed.xml"
_MOST_BYTES = 2 * 1024 * 1024
_MOST_TAGS = 20_000  # the page has 2,000; parsing takes the square of their depth
_SUMMARY = 2_000
_FEED_TAIL = ("[comments]", "[summary]")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the site's pages is read.

    language: `en` for the English page, `zh` for the Chinese one, whose titles are the model's too.
    limit: at most so many stories a day, in the order of the page.
    """

    language: str = SOURCE
    limit: int = 50


class DigestStory(msgspec.Struct, frozen=True, kw_only=True):
    """A story as the page shows it; `slug` is its English title in an address's spelling."""

    title: str
    slug: str = ""
    url: str = ""
    discussion: str = ""
    summary: str = ""
    points: int | None = None
    comments: int | None = None
    at: datetime | None = None


class HackerNewsDigest:
    """A `Source` that reads the page, or the feed when the page is not what it was."""

    name = "hn_digest"

    def __init__(self, options: Options) -> None:
        self._options = options
        self._page = _PAGES[options.language]

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        """The page's stories of the day about AI; raises SourceError when neither page nor feed is there."""
        try:
            stories = self._stories(web)
        except SourceError as wrong:
            wrong.source = self.name
            raise
        yield from listing(stories, window, self._options, self.name)

    def _stories(self, web: Web) -> list[DigestStory]:
        try:
            page = web.get(self._page, accept="text/html", max_bytes=_MOST_BYTES)
            return read_page(page.body)
        except SourceError:
            if self._page != _SITE:  # the feed is in English
                raise
        feed = web.get(_FEED, accept="application/atom+xml", max_bytes=_MOST_BYTES)
        return read_feed(feed.body)


def make(options: Options, tools: Tools) -> HackerNewsDigest:  # noqa: ARG001 - every plugin is given the tools
    """The source; raises ConfigError for a limit that leaves nothing, and for a language of no page."""
    if options.language not in _PAGES:
        raise ConfigError(
            f"hn_digest: language = {options.language!r} has no page", hint=f"one of {', '.join(_PAGES)}"
        )
    if options.limit < 1:
        raise ConfigError(f"hn_digest: limit is {options.limit}, and 1 is the least")
    return HackerNewsDigest(options)


def read_page(body: bytes) -> list[DigestStory]:
    """The stories of a page, top first; raises NotWhatWeAsked where there are none, TooMuch for a bomb."""
    if body.count(b"<") > _MOST_TAGS:
        raise TooMuch(f"a page of more than {_MOST_TAGS} tags", url=_SITE, hint="the site may be broken")
    admit_html(body)
    tree = LexborHTMLParser(body.decode("utf-8", "replace"))
    tree.strip_tags(["script", "style"])
    stories = [_story(article) for article in tree.css("article.post-item")]
    if not stories:
        seen = plain.line(_words(tree.root, "title"), 80)
        raise NotWhatWeAsked(
            f"no stories at {_SITE}, but a page titled {seen!r}", hint="the site has changed"
        )
    return stories


def read_feed(body: bytes) -> list[DigestStory]:
    """The stories of the site's Atom feed, which tells neither points nor comments; raises NotWhatWeAsked."""
    feed = syndication.read(body, address=_FEED)
    return [
        DigestStory(
            title=entry.title, url=entry.stated, summary=_without_tail(entry.text), at=entry.published
        )
        for entry in feed.entries
    ]


def listing(
    stories: list[DigestStory], window: Window, options: Options, name: str
) -> Iterator[Item | Dropped]:
    """An `Item` or a `Dropped` for each story, in the order of the page; pure.

    Reasons: `no-title` (the page's advertisements, among others), `no-address`, `bad-address`,
    `outside-window`, `not-about-ai`, `repeated`, `over-limit`.
    """
    seen: set[str] = set()
    for position, story in enumerate(stories, 1):
        key = _key(story.url)
        reason = _objection(story, key, window)
        if not reason and key in seen:
            reason = "repeated"
        elif not reason and len(seen) >= options.limit:
            reason = "over-limit"
        if reason:
            yield Dropped(ref=plain.line(story.url) or story.title or f"story {position}", reason=reason)
            continue
        seen.add(key)
        yield _item(story, key, position, options.language, name)


def _objection(story: DigestStory, key: str, window: Window) -> str:
    if not story.title:
        return "no-title"
    if not key:
        return "bad-address" if story.url else "no-address"
    if story.at is None or not window.holds(story.at):
        return "outside-window"
    if not (about_ai(story.title, story.url) or about_ai(story.slug.replace("-", " "))):
        return "not-about-ai"
    return ""


def _item(story: DigestStory, key: str, position: int, language: str, name: str) -> Item:
    own = _key(story.discussion)
    return Item(
        key=key,
        source=name,
        kind="news",
        title=story.title,
        url=clean_url(story.url),
        published=story.at,
        language=language,
        signals=Signals(points=story.points, comments=story.comments, position=position),
        links=(Link(rel="discussion", url=story.discussion),) if own else (),
        aliases=(own,) if own and own != key else (),
        tldr=story.summary,
    )


def _key(url: str) -> str:
    try:
        return web_key(url)
    except ConfigError:
        return ""


def _without_tail(text: str) -> str:
    """The summary without the two links that the site's feed puts after it."""
    for link in _FEED_TAIL:
        text = text.removesuffix(link).rstrip()
    return plain.line(text, _SUMMARY)


# ── the page ────────────────────────────────────────────────────────────────────────────────────────


def _story(article: LexborNode) -> DigestStory:
    link = _attribute(article, "a.post-url", "href")
    return DigestStory(
        title=plain.line(_words(article, "a.post-url")),
        slug=plain.line(_attribute(article, ".post-title h3", "id")),
        url=urljoin(_SITE, link) if link else "",
        discussion=_attribute(article, ".comment a", "href"),
        summary=plain.line(_words(article, ".summary-text"), _SUMMARY),
        points=_number(_words(article, ".score span")),
        comments=_number(_words(article, ".comment span")),
        at=_instant(_attribute(article, "[data-submitted]", "data-submitted")),
    )


def _words(node: LexborNode | None, selector: str) -> str:
    child = node.css_first(selector) if node else None
    return child.text(separator=" ") if child else ""


def _attribute(node: LexborNode, selector: str, name: str) -> str:
    child = node.css_first(selector)
    return (child.attributes.get(name) or "") if child else ""


def _number(words: str) -> int | None:
    digits = words.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def _instant(stated: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(stated)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
