"""The day's stories on Hacker News that are about artificial intelligence.

Asks the search that Algolia runs for Hacker News (https://hn.algolia.com/api, free, no key, 10,000 requests
an hour): one request for each 200 stories, two on an ordinary day. When it cannot be had, the official
interface (https://github.com/HackerNews/API) gives the present front page at one request a story, so only for
a day that has just ended. Titles and texts belong to their authors, who are named by the link to the thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from daybrief.errors import ConfigError, FetchError, NotWhatWeAsked, SourceError
from daybrief.languages import SOURCE
from daybrief.model import Dropped, Item, Link, Signals, Window
from daybrief.ports import Tools, Web
from daybrief.text import plain
from daybrief.text.identity import clean_url, web_key
from daybrief.text.relevance import about_ai

_ALGOLIA = "https://hn.algolia.com/api/v1/search_by_date"
_FIREBASE = "https://hacker-news.firebaseio.com/v0"
_DISCUSSION = "https://news.ycombinator.com/item?id="
_PAGE = 200
_MOST_PAGES = 5  # the search gives no more than 1,000 hits
_FRONT_PAGE_AGE = timedelta(hours=36)  # later, nothing of the day is on the front page any more


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of Hacker News is read.

    min_points: stories with fewer points are left out.
    limit: at most so many stories a day, those with most points first.
    front_page: how many stories of the front page are asked for, one request each, when the search is down.
    """

    min_points: int = 10
    limit: int = 100
    front_page: int = 60


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A story, job or poll as either interface describes it; `form` is which of them."""

    id: int
    form: str = "story"
    title: str = ""
    url: str = ""
    text: str = ""
    points: int = 0
    comments: int = 0
    at: datetime | None = None


class HackerNews:
    """A `Source` over two interfaces of the same site."""

    name = "hacker_news"

    def __init__(self, options: Options) -> None:
        self._options = options

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        """Stories of the day about AI by points; raises SourceError when neither interface answers."""
        posts: list[Post] = []
        failure: SourceError | None = None
        try:
            for post in self._searched(window, web):
                posts.append(post)
        except SourceError as down:
            failure = down
        if failure and not posts:
            posts, failure = list(self._front_page(window, web, failure)), None
        yield from listing(posts, window, self._options, self.name)
        if failure:
            failure.source = self.name
            raise failure

    def _searched(self, window: Window, web: Web) -> Iterator[Post]:
        for page in range(_MOST_PAGES):
            got = web.get(search_url(window, self._options.min_points, page), accept="application/json")
            hits, pages = read_hits(got.body)
            yield from hits
            if page + 1 >= pages:
                return

    def _front_page(self, window: Window, web: Web, failure: SourceError) -> Iterator[Post]:
        got = web.get(f"{_FIREBASE}/topstories.json", accept="application/json")
        if got.fetched_at - window.end > _FRONT_PAGE_AGE:
            raise failure  # the front page knows nothing of a day so long ago
        for identity in read_ids(got.body)[: self._options.front_page]:
            try:
                answer = web.get(f"{_FIREBASE}/item/{identity}.json", accept="application/json")
                yield read_post(answer.body, identity)
            except (FetchError, NotWhatWeAsked):
                yield Post(id=identity, form="gone")


def make(options: Options, tools: Tools) -> HackerNews:  # noqa: ARG001 - every plugin is given the tools
    """The source; raises ConfigError for a limit that leaves nothing."""
    if options.limit < 1 or options.min_points < 0 or options.front_page < 1:
        raise ConfigError("hacker_news: limit and front_page start at 1, min_points at 0")
    return HackerNews(options)


def search_url(window: Window, min_points: int, page: int) -> str:
    """The question to Algolia for one page of a window's stories, newest first."""
    start, end = int(window.start.timestamp()), int(window.end.timestamp())
    filters = f"created_at_i>={start},created_at_i<{end},points>={min_points}"
    parameters = {"tags": "story", "numericFilters": filters, "hitsPerPage": _PAGE, "page": page}
    return f"{_ALGOLIA}?{urlencode(parameters)}"


def read_hits(body: bytes) -> tuple[list[Post], int]:
    """The posts of a search answer and how many pages there are; raises NotWhatWeAsked."""
    answer = _object(body)
    hits = answer.get("hits")
    if not isinstance(hits, list):
        raise NotWhatWeAsked("a search answer without hits", hint="the interface may have changed")
    pages = answer.get("nbPages")
    return [_hit(hit) for hit in hits if isinstance(hit, dict)], pages if isinstance(pages, int) else 1


def read_ids(body: bytes) -> list[int]:
    """The ids of a Firebase list; raises NotWhatWeAsked."""
    try:
        return msgspec.json.decode(body, type=list[int])
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise NotWhatWeAsked(f"no list of ids: {broken}", hint="the interface may have changed") from broken


def read_post(body: bytes, identity: int) -> Post:
    """Reads a Firebase item; the interface says `null` for what is gone."""
    if body.strip() == b"null":
        return Post(id=identity, form="gone")
    raw = _object(body)
    dead = raw.get("dead") or raw.get("deleted")
    return Post(
        id=identity,
        form="gone" if dead else _string(raw, "type") or "story",
        title=plain.line(plain.from_html(_string(raw, "title"))),
        url=_string(raw, "url"),
        text=plain.paragraph(plain.from_html(_string(raw, "text"))),
        points=_number(raw, "score"),
        comments=_number(raw, "descendants"),
        at=_instant(raw.get("time")),
    )


def listing(posts: list[Post], window: Window, options: Options, name: str) -> Iterator[Item | Dropped]:
    """An `Item` or a `Dropped` for each post, by points; pure.

    Reasons: `gone`, `malformed`, `job`, `poll`, `comment`, `no-title`, `bad-address`, `outside-window`,
    `few-points`, `not-about-ai`, `repeated`, `over-limit`.
    """
    seen: set[str] = set()
    for position, post in enumerate(sorted(posts, key=lambda p: (-p.points, p.id)), 1):
        reason = _objection(post, window, options)
        key = "" if reason else _key(post)
        if key in seen:
            reason = "repeated"
        elif not reason and len(seen) >= options.limit:
            reason = "over-limit"
        if reason:
            yield Dropped(ref=f"{_DISCUSSION}{post.id}", reason=reason)
            continue
        seen.add(key)
        yield _item(post, key, position, name)


def _objection(post: Post, window: Window, options: Options) -> str:
    if post.form != "story":
        return "poll" if post.form == "pollopt" else post.form
    if not post.title:
        return "no-title"
    if post.at is None or not window.holds(post.at):
        return "outside-window"
    if post.points < options.min_points:
        return "few-points"
    if not about_ai(post.title, post.url):
        return "not-about-ai"
    return "" if _key(post) else "bad-address"


def _key(post: Post) -> str:
    try:
        return web_key(post.url or f"{_DISCUSSION}{post.id}")
    except ConfigError:
        return ""


def _item(post: Post, key: str, position: int, name: str) -> Item:
    discussion = f"{_DISCUSSION}{post.id}"
    own = web_key(discussion)
    return Item(
        key=key,
        source=name,
        kind="news",
        title=post.title,
        url=clean_url(post.url) if post.url else discussion,
        text=post.text,
        published=post.at,
        language=SOURCE,
        signals=Signals(points=post.points, comments=post.comments, position=position),
        links=(Link(rel="discussion", url=discussion),),
        aliases=(own,) if own != key else (),
    )


# ── what the two interfaces really send ─────────────────────────────────────────────────────────────


def _hit(raw: dict[str, Any]) -> Post:
    identity = _string(raw, "objectID")
    if not (identity.isascii() and identity.isdigit() and len(identity) < 19):
        return Post(id=0, form="malformed")
    tags = raw.get("_tags")
    forms = [tag for tag in tags if tag in ("job", "poll", "comment")] if isinstance(tags, list) else []
    return Post(
        id=int(identity),
        form=forms[0] if forms else "story",
        title=plain.line(plain.from_html(_string(raw, "title"))),
        url=_string(raw, "url"),
        text=plain.paragraph(plain.from_html(_string(raw, "story_text"))),
        points=_number(raw, "points"),
        comments=_number(raw, "num_comments"),
        at=_instant(raw.get("created_at_i")),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise NotWhatWeAsked(
            f"no JSON object: {body[:60]!r}", hint="the service may be down, or its interface has changed"
        ) from broken


def _string(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _number(raw: dict[str, Any], name: str) -> int:
    value = raw.get(name)
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0


def _instant(seconds: object) -> datetime | None:
    if not isinstance(seconds, int):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
