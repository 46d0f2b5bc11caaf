"""The whole text of the stories that will be printed: fetched, parsed, and kept within a bound.

    paper    arXiv's HTML, else its TeX source, else its PDF, else the abstract alone
    news     the main text of the article that is linked, and the first comments of its Hacker News thread
    figure   figure 1 of a paper in HTML whose licence lets anybody show it

Only for stories that are printed, best first, and never longer than `TextLimits.total_s`: what is not there
by then is not waited for, and its story is told from its abstract. Each document is parsed in a process of
its own (`fulltext.documents`). Nothing that fails here costs more than the text it was about.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import msgspec

from daybrief.errors import NotWhatWeAsked, RateLimited, SourceError, Unavailable
from daybrief.fulltext.documents import Job, Kind, Parsed
from daybrief.model import Checked, Claim, Fetched, Item, Quote, Ranked, Story
from daybrief.ports import OwnProcess, TextStore, Web
from daybrief.text.identity import arxiv_id, web_key
from daybrief.text.plain import from_html, line, paragraph
from daybrief.text.sentences import leads_away, sentences, worth_reading
from daybrief.whole import Figure, Form, FullText, TextPassage, bounded, excerpts, redistributable

VERSION = 1
"""Of the parsers: what an earlier one has read is read again."""

MOST_HTML = 12 * 2**20
MOST_SOURCE = 40 * 2**20
MOST_PDF = 30 * 2**20
MOST_ARTICLE = 4 * 2**20
MOST_PICTURE = 8 * 2**20
_AT_ONCE = 8  # articles, each from a host of its own
_PATIENCE = 3  # answers in a row that say a server is down, until it is left alone
_LONGEST_COMMENT = 280
_DISCUSSION = "https://news.ycombinator.com/item?id="
_DOCUMENTS = "daybrief.fulltext.documents"


class TextLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is read, and where.

    papers, articles   stories of a day whose text is read, best first
    figures, comments  papers whose figure is shown; comments quoted of a thread
    total_s            seconds for all of it; parse_s, memory_mib: for one document
    keep               characters kept of a work
    arxiv, hacker_news where the texts and the comments are asked for
    """

    papers: int = 60
    articles: int = 40
    figures: int = 12
    comments: int = 2
    total_s: float = 300.0
    parse_s: float = 20.0
    memory_mib: int = 1024
    keep: int = 12_000
    arxiv: str = "https://arxiv.org"
    hacker_news: str = "https://hacker-news.firebaseio.com/v0"


class ReadTexts(msgspec.Struct, frozen=True, kw_only=True):
    """The texts by the id of their story, and for each story without one the reason."""

    texts: dict[str, FullText] = {}
    missing: dict[str, str] = {}

    @property
    def account(self) -> str:
        """The reading told in a line; "" when nothing was asked for."""
        if not self.texts and not self.missing:
            return ""
        forms = Counter(text.form for text in self.texts.values())
        listed = ", ".join(f"{count} {form}" for form, count in sorted(forms.items())) or "none"
        reasons = Counter(reason.split(":")[0] for reason in self.missing.values())
        lacking = "; ".join(f"{count} × {reason}" for reason, count in reasons.most_common(3))
        whole = len(self.texts) + len(self.missing)
        return f"whole texts: {len(self.texts)} of {whole} ({listed})" + (
            f"; without: {lacking}" if lacking else ""
        )


class WholeTexts:
    """Reads the texts of stories over a web that is polite by itself; may be used from one thread.

    `store` keeps what was parsed from one run to the next; None where a run is recorded or replayed.
    """

    def __init__(
        self,
        web: Web,
        own_process: OwnProcess,
        limits: TextLimits,
        *,
        store: TextStore | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._web = web
        self._own_process = own_process
        self._limits = limits
        self._store = store
        self._monotonic = monotonic
        self._until = 0.0
        self._failures: Counter[str] = Counter()  # in a row, by host's purpose
        self._counting = threading.Lock()
        self._known: dict[str, FullText | str] = {}

    def read(self, stories: Sequence[Story]) -> ReadTexts:
        """The texts of these stories, best first; returns within `total_s` whatever the servers do.

        Asked for the same story again, it gives what it gave before.
        """
        new = [story for story in stories if story.id not in self._known and not story.continues]
        papers = [s for s in new if s.kind == "paper" and _paper_name(s)][: self._limits.papers]
        news = [s for s in new if s.kind == "news" and _page(s)][: self._limits.articles]
        self._until = self._monotonic() + self._limits.total_s
        lanes = (ThreadPoolExecutor(1, "papers"), ThreadPoolExecutor(_AT_ONCE, "articles"))
        running: dict[str, Future[FullText | str]] = {}
        for rank, story in enumerate(papers):
            running[story.id] = lanes[0].submit(self._guarded, partial(self._paper, story, rank))
        for story in news:
            running[story.id] = lanes[1].submit(self._guarded, partial(self._article, story))
        try:
            for name, future in running.items():
                self._known[name] = self._in_time(future)
        finally:
            for lane in lanes:
                lane.shutdown(wait=False, cancel_futures=True)
        known = {story.id: self._known[story.id] for story in stories if story.id in self._known}
        return ReadTexts(
            texts={name: text for name, text in known.items() if isinstance(text, FullText)},
            missing={name: text for name, text in known.items() if isinstance(text, str)},
        )

    def _in_time(self, future: Future[FullText | str]) -> FullText | str:
        try:
            return future.result(timeout=max(0.0, self._until - self._monotonic()))
        except TimeoutError:
            return "the time for whole texts was up"

    def _guarded(self, work: Callable[[], FullText | str]) -> FullText | str:
        try:
            return work()
        except Exception as broken:  # the isolation boundary of one text
            return f"{type(broken).__name__}: {broken}"

    # ── a paper ──────────────────────────────────────────────────────────────────────────────────

    def _paper(self, story: Story, rank: int) -> FullText | str:
        name = _paper_name(story)
        key = f"{VERSION} arxiv:{name}"
        if (stored := self._stored(key)) is not None:
            return stored
        ways: tuple[tuple[Form, str, int], ...] = (
            ("html", f"{self._limits.arxiv}/html/{name}", MOST_HTML),
            ("tex", f"{self._limits.arxiv}/e-print/{name}", MOST_SOURCE),
            ("pdf", f"{self._limits.arxiv}/pdf/{name}", MOST_PDF),
        )
        why = ""
        for form, address, most in ways:
            outcome = self._tried(form, address, most)
            if isinstance(outcome, FullText):
                return self._keep(key, self._finished(outcome, rank))
            why = why or outcome
        return why

    def _tried(self, form: Form, address: str, most: int) -> FullText | str:
        """The text at an address, or why there is none."""
        try:
            fetched = self._get("arxiv", address, most)
            kind: Kind = "pdf" if fetched.body[:5] == b"%PDF-" else form
            parsed = self._parse(kind, fetched)
        except (SourceError, NotWhatWeAsked) as failed:
            return f"{type(failed).__name__}: {failed.message}"
        return parsed.text or parsed.error or "nothing was read"

    def _finished(self, text: FullText, rank: int) -> FullText:
        """The text within its bound, with the picture of figure 1 where that may be shown."""
        text = msgspec.structs.replace(text, passages=bounded(text.passages, self._limits.keep))
        if text.figure is None:
            return text
        if not redistributable(text.licence):
            return msgspec.structs.replace(text, figure=Figure(caption="", url=text.url))
        address = text.figure.url or text.url
        figure = msgspec.structs.replace(text.figure, url=address)
        if text.figure.url and rank < self._limits.figures:
            figure = self._drawn(figure)
        return msgspec.structs.replace(text, figure=figure)

    def _drawn(self, figure: Figure) -> Figure:
        """The figure with its picture; as it is where that cannot be had or read."""
        try:
            picture = self._parse("picture", self._get("arxiv", figure.url, MOST_PICTURE)).picture
        except (SourceError, NotWhatWeAsked):
            return figure
        if picture is None:
            return figure
        return msgspec.structs.replace(
            figure, picture=picture.picture, width=picture.width, height=picture.height
        )

    # ── news ─────────────────────────────────────────────────────────────────────────────────────

    def _article(self, story: Story) -> FullText | str:
        address = _page(story)
        key = f"{VERSION} {web_key(address)}"
        if (stored := self._stored(key)) is not None:
            return stored
        thread = _thread(story)
        text: FullText | None = None
        why = "it links to no other page"
        if web_key(address) != web_key(f"{_DISCUSSION}{thread}"):
            try:
                parsed = self._parse("article", self._get("", address, MOST_ARTICLE, accept="text/html"))
                text, why = parsed.text, parsed.error
            except (SourceError, NotWhatWeAsked) as failed:
                why = f"{type(failed).__name__}: {failed.message}"
        comments = tuple(self._comments(thread)) if thread and self._limits.comments else ()
        if text is None and not comments:
            return why
        text = text or FullText(form="article", url=address)
        passages = bounded((*text.passages, *comments), self._limits.keep)
        return self._keep(key, msgspec.structs.replace(text, passages=passages))

    def _comments(self, thread: str) -> Iterator[TextPassage]:
        """The first comments of a thread in the site's own order, each up to a few sentences."""
        try:
            kids = self._hacker_news(thread).kids
            for kid in kids[: 2 * self._limits.comments]:
                comment = self._hacker_news(str(kid))
                text = _opening(paragraph(from_html(comment.text), 4_000))
                if text and comment.by and not comment.dead and not comment.deleted:
                    yield TextPassage(
                        role="comment", title=f"comment {kid}", text=text, by=line(comment.by, 40)
                    )
        except (SourceError, NotWhatWeAsked, msgspec.DecodeError, UnicodeDecodeError):
            return

    def _hacker_news(self, identity: str) -> _Post:
        address = f"{self._limits.hacker_news}/item/{identity}.json"
        got = self._get("hacker_news", address, MOST_ARTICLE, accept="application/json")
        return msgspec.json.decode(got.body, type=_Post | None) or _Post()

    # ── fetching and parsing ─────────────────────────────────────────────────────────────────────

    def _get(self, service: str, address: str, most: int, accept: str = "") -> Fetched:
        """Fetches an answer; raises Unavailable when time is up, or the service was down several times."""
        if self._monotonic() >= self._until:
            raise Unavailable("the time for whole texts was up", url=address)
        if service and self._failures[service] >= _PATIENCE:
            raise Unavailable(f"{service} did not answer {_PATIENCE} times in a row", url=address)
        try:
            got = self._web.get(address, accept=accept, max_bytes=most, robots=service != "hacker_news")
        except (RateLimited, Unavailable):
            with self._counting:
                self._failures[service] += 1
            raise
        with self._counting:
            self._failures[service] = 0
        return got

    def _parse(self, kind: Kind, fetched: Fetched) -> Parsed:
        """Read what is in an answer; raises NotWhatWeAsked when the process that reads it dies or is slow."""
        job = Job(
            kind=kind,
            url=fetched.final_url,
            charset=fetched.charset,
            seconds=max(1, round(self._limits.parse_s)),
            memory_mib=self._limits.memory_mib,
        )
        given = msgspec.json.encode(job) + b"\n" + fetched.body
        raw = self._own_process(_DOCUMENTS, given, self._limits.parse_s)
        try:
            return msgspec.json.decode(raw, type=Parsed)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise NotWhatWeAsked(f"the parser's answer cannot be read: {broken}") from broken

    def _stored(self, key: str) -> FullText | None:
        raw = self._store.get(key) if self._store else b""
        try:
            return msgspec.json.decode(raw, type=FullText) if raw else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _keep(self, key: str, text: FullText) -> FullText:
        if self._store:
            self._store.put(key, msgspec.json.encode(text))
        return text


class _Post(msgspec.Struct, frozen=True, kw_only=True):
    """The record that Hacker News gives of a story or a comment."""

    by: str = ""
    text: str = ""
    kids: tuple[int, ...] = ()
    dead: bool = False
    deleted: bool = False


def _opening(text: str) -> str:
    """The first sentences of a comment within the length of a quotation; "" where one leads away."""
    end = 0
    for sentence in sentences(text):
        if sentence.end > _LONGEST_COMMENT or leads_away(sentence.text):
            break
        end = sentence.end
    return text[:end]


def _paper_name(story: Story) -> str:
    """The arXiv id of a story, with the version that was listed; "" where it has none."""
    key = next((key for key in story.keys if key.startswith("arxiv:")), "")
    known = arxiv_id(key)
    if known is None:
        return ""
    version = next((item.version for item in story.items if item.version and item.key == key), None)
    return f"{known[0]}v{version}" if version else known[0]


def _page(story: Story) -> str:
    """The address of the article, or of the thread where there is nothing else."""
    return next((item.url for item in story.items if item.url.startswith(("http://", "https://"))), "")


def _thread(story: Story) -> str:
    """The number of the story's thread on Hacker News; "" where it has none."""
    links = (link.url for item in story.items for link in item.links)
    addresses = (*links, *(item.url for item in story.items))
    numbers = (address.removeprefix(_DISCUSSION) for address in addresses if address.startswith(_DISCUSSION))
    return next((number for number in numbers if number.isascii() and number.isdigit()), "")


# ── into the stories, and out of what is printed ────────────────────────────────────────────────────


def with_texts(ranked: Sequence[Ranked], texts: Mapping[str, FullText]) -> tuple[Ranked, ...]:
    """The stories with their texts at the item that is read."""
    return tuple(
        _with_text(each, texts[each.story.id]) if each.story.id in texts else each for each in ranked
    )


def _with_text(ranked: Ranked, text: FullText) -> Ranked:
    story = ranked.story
    reader = worth_reading(story.items) or story.lead
    items = tuple(msgspec.structs.replace(i, whole=text) if i is reader else i for i in story.items)
    return _replaced(ranked, items)


def _replaced(ranked: Ranked, items: tuple[Item, ...]) -> Ranked:
    story = msgspec.structs.replace(ranked.story, items=items)
    return msgspec.structs.replace(ranked, filed=msgspec.structs.replace(ranked.filed, story=story))


def kept(checked: Checked) -> Checked:
    """A section with what may be kept of its texts: all under a free licence, else what is quoted."""
    if not any(item.full for ranked in checked.draft.ranked for item in ranked.story.items):
        return checked
    claims = (*checked.draft.claims, *(judged.claim for judged in checked.judged))
    quotes = [quote for claim in claims for quote in claim.quotes if quote.field == "whole"]
    moved: dict[Quote, Quote] = {}
    ranked = tuple(_cut(each, quotes, moved) for each in checked.draft.ranked)

    def with_moved(claim: Claim) -> Claim:
        return msgspec.structs.replace(claim, quotes=tuple(moved.get(q, q) for q in claim.quotes))

    draft = msgspec.structs.replace(
        checked.draft, ranked=ranked, claims=tuple(map(with_moved, checked.draft.claims))
    )
    judged = tuple(msgspec.structs.replace(j, claim=with_moved(j.claim)) for j in checked.judged)
    return Checked(draft=draft, judged=judged)


def _cut(ranked: Ranked, quotes: Sequence[Quote], moved: dict[Quote, Quote]) -> Ranked:
    """A story whose texts hold what may be kept; notes in `moved` where its quotes are now."""
    items = []
    for item in ranked.story.items:
        if item.full is None or redistributable(item.full.licence):
            items.append(item)
            continue
        own = [quote for quote in quotes if (quote.source, quote.item_key) == (item.source, item.key)]
        spans: dict[str, list[tuple[int, int]]] = {}
        for quote in own:
            spans.setdefault(quote.place, []).append((quote.start, quote.end))
        text, places = excerpts(item.full, spans)
        for quote in own:
            start = places[quote.place, quote.start, quote.end]
            moved[quote] = msgspec.structs.replace(quote, start=start, end=start + len(quote.text))
        items.append(msgspec.structs.replace(item, whole=text))
    return _replaced(ranked, tuple(items))
