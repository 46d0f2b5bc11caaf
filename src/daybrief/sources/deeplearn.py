"""deeplearn.org: the "Hot Papers" panel of its home page, with the abstracts of the first few.

The panel is of the present, so only the day just over, or the one that runs, can be asked for. An article
that cannot be had costs its abstract, not the paper.

Terms: none are published; it is asked as a reader would, and for a few pages only.
Requests: 1 for the home page and `articles` (6) for abstracts, once a day.
Format: the pages of https://deeplearn.org, undocumented and not recorded; the reader follows a description
(`div.panel` with an `h3.panel-title`, links in `div.title a`, the abstract in `div.article-content p`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote, unquote, urlsplit

import msgspec
from msgspec import Meta
from selectolax.lexbor import LexborHTMLParser, LexborNode

from daybrief.errors import ConfigError, NotWhatWeAsked, SourceError
from daybrief.languages import SOURCE
from daybrief.model import Dropped, Due, Item, Signals, Window
from daybrief.ports import Tools, Web
from daybrief.sources._gates import admit_html
from daybrief.text import identity, plain

_HOME = "https://deeplearn.org"
_PANEL = "hot papers"
_GRACE = timedelta(days=1)  # an edition is made on the morning after its day
_MOST_LINKS = 500
_MOST_TITLE = 8_000  # code points looked at
_MOST_TEXT = 100_000


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The papers to take from the panel.

    name: what the edition calls this source.
    limit: papers of the panel at the most; the others are counted as dropped.
    articles: how many article pages to open for their abstracts; the other papers come without one.
    """

    name: str = "deeplearn"
    limit: Annotated[int, Meta(ge=1)] = 30
    articles: Annotated[int, Meta(ge=0, le=50)] = 6


class Hot(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the panel: the plain title and the address of its article."""

    title: str
    url: str


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """The content of an article page: the abstract, and the keys of the paper it links to."""

    text: str = ""
    aliases: tuple[str, ...] = ()


def make(options: Options, tools: Tools) -> DeepLearn:  # noqa: ARG001 - every plugin is made alike
    """The source as configured."""
    return DeepLearn(options)


class DeepLearn:
    """The panel of the present; see the module's docstring."""

    def __init__(self, options: Options) -> None:
        self.name = options.name
        self._options = options

    def due(self, window: Window, now: datetime) -> Due:
        """The panel is always filled; for a day further back there is none."""
        return "due" if _present(window, now) else "nothing"

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        """The panel in its order; raises NotWhatWeAsked when the home page has none."""
        home = web.get(f"{_HOME}/", accept="text/html")
        if not _present(window, home.fetched_at):
            return
        keys: set[str] = set()
        for line in parse_home(home.body):
            if isinstance(line, Dropped):
                yield line
            elif (key := identity.web_key(line.url)) in keys:
                yield Dropped(ref=key, reason="same-paper")
            elif len(keys) >= self._options.limit:
                yield Dropped(ref=key, reason="over-limit")
            else:
                keys.add(key)
                wanted = len(keys) <= self._options.articles
                yield _item(line, key, _article(line.url, web) if wanted else Article(), len(keys), window)


def parse_home(body: bytes) -> list[Hot | Dropped]:
    """The lines of the "Hot Papers" panel; raises NotWhatWeAsked without such a panel, TooMuch."""
    admit_html(body)
    tree = LexborHTMLParser(body)
    for panel in tree.css("div.panel"):
        heading = panel.css_first("h3.panel-title")
        if heading is not None and _PANEL in heading.text().lower():
            return [_hot(link) for link in panel.css("div.title a[href]")[:_MOST_LINKS]]
    raise NotWhatWeAsked(
        "the home page of deeplearn.org has no panel of hot papers", hint="the page may have a new shape"
    )


def parse_article(body: bytes) -> Article:
    """The abstract of an article page, and the arXiv paper it links to; both may be missing."""
    admit_html(body)
    tree = LexborHTMLParser(body)
    paragraphs = (p.text() for p in tree.css("div.article-content p")[:_MOST_LINKS])
    papers = (
        identity.arxiv_id(link.attributes.get("href") or "") for link in tree.css("a[href]")[:_MOST_LINKS]
    )
    ids = dict.fromkeys(paper[0] for paper in papers if paper)
    # More than one linked paper means a list of relatives, not this paper.
    return Article(
        text=plain.paragraph(" ".join(paragraphs)[:_MOST_TEXT]),
        aliases=tuple(f"arxiv:{i}" for i in ids) if len(ids) == 1 else (),
    )


def article_url(href: str) -> str:
    """The address of an article, absolute and percent-encoded.

    Its path is made of the title, and holds `:` and `?` bare: the latter would begin a query.
    Raises ConfigError for an address on another host.
    """
    href = href.strip()
    parts = urlsplit(href)
    if (parts.scheme or parts.netloc) and (parts.hostname or "").removeprefix("www.") != "deeplearn.org":
        raise ConfigError(f"not an article of deeplearn.org: {href[:200]!r}")
    path = href.partition(parts.netloc)[2] if parts.netloc else href
    if not path.startswith("/") or path == "/" or len(path) > 2_000:
        raise ConfigError(f"not an article of deeplearn.org: {href[:200]!r}")
    return identity.clean_url(_HOME + quote(unquote(path), safe="/"))


def _hot(link: LexborNode) -> Hot | Dropped:
    title = plain.line(link.text()[:_MOST_TITLE])
    href = link.attributes.get("href") or ""
    try:
        url = article_url(href)
    except (ConfigError, ValueError):
        return Dropped(ref=plain.line(href, 100) or "(no address)", reason="malformed")
    return Hot(title=title, url=url) if title else Dropped(ref=url[:300], reason="malformed")


def _article(url: str, web: Web) -> Article:
    try:
        return parse_article(web.get(url, accept="text/html").body)
    except SourceError:
        return Article()


def _item(line: Hot, key: str, article: Article, position: int, window: Window) -> Item:
    return Item(
        key=key,
        source="deeplearn",
        kind="paper",
        title=line.title,
        url=line.url,
        text=article.text,
        announced=window.day,
        language=SOURCE,
        signals=Signals(position=position),
        aliases=article.aliases,
    )


def _present(window: Window, now: datetime) -> bool:
    return window.start <= now < window.end + _GRACE
