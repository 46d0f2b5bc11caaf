"""Search: finds editions, stories, items and claims in an index derived from the archive.

One search asks words by BM25, and meaning by vectors where there is a model; it fuses their ranks and marks
what was found.

    lexical   the index of words in a folder, and the query that asks it
    vectors   the vectors of stories in a folder
    rerank    a second look at the first hits, when it is set
    topics    what the archive is about, and searches steered by it

An archive in PostgreSQL keeps words and vectors in its own database (`adapters.archive`). An index can be
deleted and made again at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from itertools import chain, count, islice
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

import msgspec

from daybrief.errors import ArchiveBusy, ConfigError, EmbedderUnavailable
from daybrief.model import Category, Edition, Harvest, Item, Ranked, Section
from daybrief.ports import (
    Days,
    EntryIndex,
    IndexEntry,
    IndexView,
    MeaningIndex,
    QueryEmbedder,
    Scored,
    place_of,
)
from daybrief.search.lexical import WordIndex
from daybrief.text.query import (
    MOST_CHARACTERS,
    Hit,
    Marks,
    Place,
    Query,
    SearchResults,
    TypedWords,
    first_window,
    parse,
    query_tokens_of,
    typed_words,
    wanted_tokens,
    words_of,
)
from daybrief.text.words import mostly_spaced

if TYPE_CHECKING:  # words alone need no NumPy, whose import takes a fifth of a search's time
    import numpy as np
    from numpy.typing import NDArray

    from daybrief.search.rerank import RerankModel
    from daybrief.search.topics import ArchiveTopics

    Steering = Callable[[NDArray[np.float32]], NDArray[np.float32]]


AT_ONCE = 2
DEAR_AT_ONCE = 1
PATIENCE_S = 0.15
"""Seconds a search waits for its turn before it is told to come back."""

_LONG = 128  # code points …
_MANY = 8  # … and words of what most people type
_FEW_PHRASES = 2
_FEW_WITHOUT = 2


def expensive(text: str) -> bool:
    """Whether a search may cost much more than what most people type: it is long, or full of operators."""
    quotes, without = text.count('"'), text.count(" -")
    many = quotes > 2 * _FEW_PHRASES or without > _FEW_WITHOUT
    return many or len(text) > _LONG or len(text.split(maxsplit=_MANY)) > _MANY


class Gate:
    """Lets searches pass in turn, dear ones in a lane of their own: ordinary ones never wait for them."""

    def __init__(
        self, at_once: int = AT_ONCE, dear_at_once: int = DEAR_AT_ONCE, patience_s: float = PATIENCE_S
    ) -> None:
        self._ordinary = BoundedSemaphore(at_once)
        self._dear = BoundedSemaphore(dear_at_once)
        self._patience_s = patience_s

    @contextmanager
    def passed(self, text: str) -> Iterator[None]:
        """While a search runs. Raises ArchiveBusy when its turn does not come soon."""
        lane = self._dear if expensive(text) else self._ordinary
        if not lane.acquire(timeout=self._patience_s):
            raise ArchiveBusy("too many searches are under way", hint="try again in a second")
        try:
            yield
        finally:
            lane.release()


LONGEST = 300  # code points of a passage
MOST_READ = 20_000  # code points of a text


def marks(text: str, query_tokens: frozenset[str]) -> Marks:
    """The (start, end) of each stretch of wanted tokens; pairs of letters that touch are one stretch."""
    return _merged(wanted_tokens(text, query_tokens))


def excerpt(texts: Sequence[str], query_tokens: frozenset[str]) -> tuple[str, Marks]:
    """The passage with the most different wanted tokens, of the first text that has it, with its marks."""
    best, place, size = "", 0, -1
    for text in texts:
        start, count = _densest(text[:MOST_READ], query_tokens)
        if count > size:
            best, place, size = text[:MOST_READ], start, count
    start, end = _cut(best, place)
    return best[start:end], marks(best[start:end], query_tokens)


def _merged(places: Sequence[Place]) -> Marks:
    """The stretches of these tokens."""
    spans: list[tuple[int, int]] = []
    for start, end, _ in places:
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return tuple(spans)


def _densest(text: str, query_tokens: frozenset[str]) -> tuple[int, int]:
    """Find where the window with the most different of the tokens begins, and how many it has."""
    window = first_window(text, query_tokens, LONGEST)  # most often all that are there stand in one
    return _densest_of(wanted_tokens(text, query_tokens)) if window is None else window


def _densest_of(places: Sequence[Place]) -> tuple[int, int]:
    inside: dict[str, int] = {}
    best, count, first = 0, 0, 0
    for _, end, word in places:
        inside[word] = inside.get(word, 0) + 1
        while end - places[first][0] > LONGEST:
            gone = places[first][2]
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            first += 1
        if len(inside) > count:
            best, count = places[first][0], len(inside)
    return best, count


def _cut(text: str, place: int) -> tuple[int, int]:
    """A stretch of at most LONGEST code points around a place, between borders of sentences or words."""
    if len(text) <= LONGEST:
        return 0, len(text)
    sentence = text.rfind(". ", 0, place) + 2 if ". " in text[:place] else 0
    lead = sentence if place - sentence <= LONGEST // 3 else text.rfind(" ", 0, max(0, place - 40)) + 1
    start = max(0, min(lead, place))
    end = min(len(text), start + LONGEST)
    if end < len(text) and (space := text.rfind(" ", place + 1, end)) > place:
        end = space
    return start, end


MOST_HITS = 100  # of one answer
MOST_SKIPPED = 1_000

DEPTH = 200  # hits of each way that are fused
CLOSE = 20  # hits among which those come first that hold the words as they were typed
DEEPER = 5  # times as many of the nearest are looked at when phrases or exclusions will thin them out
EARLY = 20  # reciprocal rank fusion's constant (Cormack et al. 2009 use 60), and …
MEANING = 0.6  # … the weight of vectors for a sentence (both chosen on half of CISI's queries)
MEANING_OF_FEW = 0.4  # the same for one or two words, which are often a name
_FEW = 2

LOOKED_AT = 20  # hits that a rerank model looks at again, and …
AGAIN = 0.5  # … the weight of its ranks in the fusion (both chosen on half of CISI's queries)


def _vectors(folder: Path, embedder: QueryEmbedder) -> MeaningIndex:
    from daybrief.search.vectors import Vectors

    return Vectors(folder, embedder)


class ArchiveSearcher:
    """Implements `ports.Searcher` on a folder that `sync` fills from an archive.

    One may serve many threads, also while one of them syncs. What it finds is what the archive it is given
    holds: a profile's searcher has a folder of its own and is given that profile's view.
    """

    def __init__(
        self,
        folder: Path,
        embedder: QueryEmbedder | None = None,
        rerank_model: RerankModel | None = None,
        words: EntryIndex | None = None,
        vectors: MeaningIndex | None = None,
    ) -> None:
        self._folder = folder
        self._embedder = embedder
        self._words = WordIndex(folder) if words is None else words
        self._rerank_model = rerank_model
        self._gate = Gate()
        self._meaning = Gate()
        self._syncing = Lock()
        self._vectors = vectors or (_vectors(folder, embedder) if embedder else None)
        self._note = ""

    # ── keeping up ───────────────────────────────────────────────────────────────────────────────

    def sync(self, archive: Days) -> int:
        """Bring the index up to the archive, in one commit; how many days were indexed.

        Whatever interrupted an earlier one, this finds what is missing. Raises ArchiveBusy while another
        process writes. Vectors that cannot be had are left for the next time, and searches say so.
        """
        with self._syncing:
            return self._synced(archive, anew=False)

    def follow(self, archive: Callable[[], Days], stamp: str) -> None:
        """Bring the index up to the archive, unless neither has changed since the last time.

        `stamp` changes whenever the archive does; "" where that cannot be told. Of what vectors lack nothing
        is known here, so with an embedder the archive is always opened.
        """
        words = self._words
        if not stamp or self._vectors is not None or not isinstance(words, WordIndex):
            self.sync(archive())
            return
        noted = self._folder / "archive.stamp"
        with suppress(OSError):
            if noted.read_text(encoding="utf-8") == f"{stamp} {words.stamp}":
                return
        self.sync(archive())
        with suppress(OSError):
            noted.write_text(f"{stamp} {words.stamp}", encoding="utf-8")

    def rebuild(self, archive: Days) -> int:
        """Forget the index and make it again, in one commit; how many days were indexed."""
        with self._syncing:
            return self._synced(archive, anew=True)

    def _synced(self, archive: Days, *, anew: bool) -> int:
        marks = archive.marks()
        known = {} if anew else self._words.marks()
        new = {day: mark for day, mark in marks.items() if known.get(day) != mark}
        gone = sorted(known.keys() - marks.keys())

        def entries(day: date) -> Iterator[IndexEntry]:
            return _entries(archive, day)

        if anew or new or gone:
            self._words.update(new, gone, entries, anew=anew)
        note = ""
        if self._vectors is not None:
            try:
                self._vectors.update(marks, entries)
            except EmbedderUnavailable as down:
                note = down.message
        self._note = note
        return len(new)

    # ── finding ──────────────────────────────────────────────────────────────────────────────────

    def topics(self, archive: Days) -> ArchiveTopics:
        """The topics of the archive, learned from its vectors when days came or went.

        Raises ConfigError where no vectors are kept, or too few.
        """
        if self._vectors is None:
            raise ConfigError(
                "topics are found among meanings, and search.embedder is not set",
                hint='set search = { embedder = "e5" }, or another embedder',
            )
        from daybrief.search.topics import topics_of, topics_read, topics_saved

        latest = self._vectors.latest()
        place = self._folder / f"topics-{latest.stamp}.features"
        known = topics_read(place)
        if known is None:
            days = {date.fromordinal(day) for day in latest.days.tolist()}
            texts = {e.place: f"{e.title}. {e.text}" for day in sorted(days) for e in _entries(archive, day)}
            known = topics_of(latest.rows, [texts.get(there, "") for there in latest.places], latest.days)
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in self._folder.glob("topics-*.features"):
                old.unlink(missing_ok=True)
            topics_saved(known, place)
        return known

    def search(
        self, text: str, *, most: int = 20, skip: int = 0, steering: Steering | None = None
    ) -> SearchResults:
        """The best hits for what somebody typed; any string is a search, and an empty one finds nothing.

        `steering` moves the query among meanings, towards some topics and away from others. Raises
        ArchiveBusy when so many search at once that this one would have to wait.
        """
        most, skip = max(0, min(most, MOST_HITS)), max(0, min(skip, MOST_SKIPPED))
        text = text[:MOST_CHARACTERS]
        note, near = self._near(text, steering)
        with self._gate.passed(text):
            query = parse(text)
            if query.empty:
                return SearchResults(query="", hits=())
            view = self._words.view()
            query, mends = view.mended(query)
            ranked = self._ranked(
                view, query, near, max(most + skip + 1, LOOKED_AT if self._rerank_model else 0)
            )
            ranked, alarm = self._looked_at_again(query, ranked)
            query_tokens = query_tokens_of(query)
            chosen = ranked[skip : skip + most]
            return SearchResults(
                query=str(query),
                hits=tuple(_hit(entry, query_tokens) for entry in chosen),
                more=len(ranked) > skip + most,
                meaning=bool(near),
                note=note or self._note or alarm,
                mended=mends,
            )

    def _looked_at_again(self, query: Query, ranked: list[Scored]) -> tuple[list[Scored], str]:
        """The first hits as the rerank model orders them; and whether it would have lifted phantoms."""
        if self._rerank_model is None or not words_of(query):
            return ranked, ""
        from daybrief.search.rerank import reranked

        first, rest = ranked[:LOOKED_AT], ranked[LOOKED_AT:]
        texts = ["\n".join(hit.entry.texts) for hit in first]
        look = reranked(query.text, texts, self._rerank_model, AGAIN)
        places = zip(look.order, first, strict=True)
        again = [Scored(first[new].entry, old.score) for new, old in places]
        alarm = f"{len(look.phantoms)} hits that hold no word of the query were kept from the top"
        return [*again, *rest], alarm if look.phantoms else ""

    def _near(self, text: str, steering: Steering | None) -> tuple[str, list[str]]:
        """Return why vectors took no part, and the places of the nearest entries that the filters allow."""
        if self._vectors is None or self._embedder is None:
            return "", []
        import numpy as np

        try:
            with self._meaning.passed(text):
                query = parse(text)
                if not query.text or (self._embedder.latin_only and not mostly_spaced(query.text)):
                    return "", []
                vector = np.asarray(self._embedder.embed_query(query.text), np.float32)
                deeper = DEEPER if query.phrases or query.without else 1
                steered = vector if steering is None else steering(vector)
                return "", self._vectors.nearest(query, steered, DEPTH * deeper)
        except (EmbedderUnavailable, ArchiveBusy) as down:
            return down.message, []

    def _ranked(self, view: IndexView, query: Query, near: Sequence[str], most: int) -> list[Scored]:
        """The best entries, each story once; of equal ones the later day first."""
        by_words = view.best(query, max(DEPTH, 2 * most + 20))
        if not near:
            return _distinct(_closest_first(typed_words(query), by_words, bounded=True), most)
        few = len(words_of(query)) <= _FEW and not query.phrases
        weight = MEANING_OF_FEW if few else MEANING
        fused = _fused(list(by_words), view.allowed(query, near)[:DEPTH], weight)
        fused.sort(key=place_of)
        return _distinct(_closest_first(typed_words(query), fused), most)


def _entries(archive: Days, day: date) -> Iterator[IndexEntry]:
    kinds = (archive.edition(day, "papers"), archive.edition(day, "news"))
    yield from entries_of(day, archive.harvests(day), [e for e in kinds if e is not None])


def _closest_first(
    typed: TypedWords, ordered: Iterable[Scored], *, bounded: bool = False
) -> Iterator[Scored]:
    """Puts those of the first hits before that hold the words as they were typed, side by side or at all.

    `bounded`: a score tells how closely a hit can hold them, which never rises from one to the next. So a hit
    is given as soon as none behind it can come before it, and few are read.
    """
    rest = iter(ordered)
    waiting: dict[int, list[Scored]] = {1: [], 0: []}
    most = 2
    for hit in islice(rest, CLOSE if typed.telling else 0):
        if bounded and most and (closest := typed.closest(hit.score)) < most:
            most = closest
            for close in range(1, most - 1, -1):
                yield from waiting[close]
                waiting[close].clear()
        close = typed.closeness(hit.entry.texts, most) if most else 0
        if close >= most:
            yield hit
        else:
            waiting[close].append(hit)
    yield from chain(waiting[1], waiting[0], rest)


def _distinct(ordered: Iterable[Scored], most: int) -> list[Scored]:
    """The first entries, each story once."""
    kept: dict[tuple[str, str], Scored] = {}
    for hit in ordered:
        kept.setdefault((hit.entry.kind, hit.entry.id), hit)
        if len(kept) >= most:
            break
    return list(kept.values())


def _fused(words: Sequence[Scored], near: Sequence[IndexEntry], weight: float) -> list[Scored]:
    """Reciprocal rank fusion: what both ways find early comes first; words that fit alike share a rank."""
    entries: dict[str, IndexEntry] = {}
    scores: dict[str, float] = {}
    by_words = zip(words, _ranks([hit.score for hit in words]), strict=True)
    listed = (
        ([(hit.entry, rank) for hit, rank in by_words], 1 - weight),
        (list(zip(near, count(1), strict=False)), weight),
    )
    for ranked, share in listed:
        for entry, rank in ranked:
            entries[entry.place] = entry
            scores[entry.place] = scores.get(entry.place, 0.0) + share / (EARLY + rank)
    return [Scored(entries[place], score) for place, score in scores.items()]


def _ranks(scores: Sequence[float]) -> list[int]:
    """The ranks of falling scores, of equal ones the first."""
    ranks: list[int] = []
    for at, score in enumerate(scores):
        ranks.append(ranks[-1] if at and score == scores[at - 1] else at + 1)
    return ranks


def _hit(scored: Scored, query_tokens: frozenset[str]) -> Hit:
    entry = scored.entry
    passage, passage_marks = excerpt((*entry.claims, entry.text), query_tokens)
    return Hit(
        id=entry.id,
        kind=entry.kind,
        day=entry.day,
        title=entry.title,
        url=entry.url,
        sources=entry.sources,
        category=entry.category,
        excerpt=passage,
        title_marks=marks(entry.title, query_tokens),
        excerpt_marks=passage_marks,
        score=round(scored.score, 6),
    )


# ── entries ─────────────────────────────────────────────────────────────────────────────────────────


MOST_TEXT = 20_000  # code points of a text that are searched
MOST_AUTHORS = 30
_OWN = 2  # stories a claim may speak of and still be found as theirs


def entries_of(day: date, harvests: Sequence[Harvest], editions: Sequence[Edition]) -> Iterator[IndexEntry]:
    """Return every entry of a day, stories and items first."""
    printed = {key for edition in editions for story in edition.stories for key in story.keys}
    items: dict[str, list[Item]] = {}
    for harvest in harvests:
        for item in harvest.items:
            if item.key not in printed:
                items.setdefault(item.key, []).append(item)
    for edition in editions:
        for section in edition.sections:
            yield from (_story(day, ranked, section) for ranked in section.ranked)
            yield from _claims(day, edition, section)
        yield _edition(day, edition)
    for key, same in items.items():
        yield _entry(key, day, same)


def _entry(key: str, day: date, items: Sequence[Item]) -> IndexEntry:
    lead = items[0]
    text = max((item.text for item in items), key=len)
    others = dict.fromkeys(part for item in items for part in (item.title, item.text, item.tldr) if part)
    return IndexEntry(
        id=key,
        kind=lead.kind,
        day=day,
        title=lead.title,
        url=lead.url,
        text=text[:MOST_TEXT],
        also=(
            *(part[:MOST_TEXT] for part in others if part not in (lead.title, text)),
            " ".join(lead.authors[:MOST_AUTHORS]),
            lead.venue,
        ),
        sources=tuple(dict.fromkeys(item.source for item in items)),
    )


def _story(day: date, ranked: Ranked, section: Section) -> IndexEntry:
    story = ranked.story
    kept = (claim for claim in section.checked.kept if claim.part != "keyword")
    claims = [c.text for c in kept if story.id in c.stories and len(c.stories) <= _OWN]
    return msgspec.structs.replace(
        _entry(story.id, day, story.items),
        claims=tuple(dict.fromkeys(claims)),
        category=section.category.id,
        labels=_labels(section.category),
    )


def _labels(category: Category) -> tuple[str, ...]:
    return tuple(dict.fromkeys(category.name.values()))


def _claims(day: date, edition: Edition, section: Section) -> Iterator[IndexEntry]:
    """The sentences of a section; its counted keywords are none."""
    leads = {ranked.story.id: ranked.story.lead for ranked in section.ranked}
    for number, claim in enumerate(section.checked.kept):
        if claim.part == "keyword":
            continue
        stories = [leads[story] for story in claim.stories if story in leads]
        yield IndexEntry(
            id=f"{edition.kind} {section.category.id} {number}",
            kind="claim",
            day=day,
            title=stories[0].title if len(stories) == 1 else section.category.label(claim.language),
            url=stories[0].url if len(stories) == 1 else "",
            text=claim.text,
            sources=tuple(dict.fromkeys(quote.source for quote in claim.quotes)),
            category=section.category.id,
            labels=_labels(section.category),
        )


def _edition(day: date, edition: Edition) -> IndexEntry:
    """The edition's entry, without its categories: `model` would find every day with one of models."""
    themes = [claim.text for section in edition.sections for claim in section.claims("theme")]
    return IndexEntry(
        id=f"{edition.kind} {day.isoformat()}",
        kind="edition",
        day=day,
        title=f"{day.isoformat()} · {edition.chart.title}",
        text=" ".join(themes)[:MOST_TEXT],
        sources=tuple(report.source for report in edition.sources),
        category="",
        labels=tuple(label for s in edition.sections for label in (s.category.id, *_labels(s.category))),
    )
