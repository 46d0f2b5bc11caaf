"""The full-text index: one tantivy folder, whose last commit is what a reader sees, whoever kills the writer.

The index keeps each day's mark beside the day's entries, in the same commit, so that it always knows which
days of the archive it lacks. Tokens are those of `daybrief.text.words`. A text is folded there, and tantivy
splits it at spaces and stems it, where its stemmer agrees with ours; where it does not, ours does.
"""

from __future__ import annotations

import errno
import math
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import tantivy
from filelock import FileLock, Timeout
from tantivy import Occur

from daybrief.errors import ArchiveBusy, ArchiveError, ArchiveFull
from daybrief.ports import IndexEntry, Scored, place_of
from daybrief.text.query import (
    ALL_WORDS,
    IN_ORDER,
    MOST_BEGUN,
    MOST_PHRASE,
    MOST_STOPS,
    SEVERAL,
    SHORT,
    TWICE,
    Filters,
    Lookup,
    Query,
    Word,
    joined_names,
    latin_words,
    meanings_of,
    meant_in_order,
    mended,
    parted_name,
    stops_of,
    token_of,
    words_of,
)
from daybrief.text.words import (
    STOP_WORDS,
    beginnings,
    name_key,
    spaced,
    stem,
    stop_words_of,
    tokens,
    unstemmed,
)

MOST_TERMS = 32
"""Different words that are looked for: of more, those that say most (chosen on half of CISI's queries)."""

MOST_PLACES = 1_000_000
"""Entries of the lists of places that are read for words, some 10 ns each.

The words that say most come first; one whose list does not fit is looked for among the titles. So the time
of a search is bounded. Below some 400,000 entries the bound is hardly ever reached.
"""

_ROOM = 4 * 2**20  # bytes that an update needs at the least
TITLE = 0.3  # what a match in the title adds to one anywhere (chosen on half of CISI's queries)
WHOLE = 1.0  # what a compound adds that stands as it was typed, or with one space more
BEGINS = 0.5  # what a word in pairs of letters adds that begins a word
SIDE_BY_SIDE = 2.0  # what two Korean words of a short query add that stand so (chosen on another draw)
MEANT_IN_ORDER = 2.0  # what the English words of a native name add that stand side by side
ENDING = 0.2  # how much the pairs of letters weigh that reach into a particle
JOINED = 1.0  # what a name adds that is written in one word, or in two: GPT-4o, GPT 4o, gpt4o
_ENDING = 3  # letters of an ending that the index may lack
_FEW_HITS = 40  # hits that are asked for first: most searches read no more
_MOST_ENTRIES = 1_000  # entries that are kept as they were read, some 4 KB each
_FEW_DAYS = (10, 100)  # days among which the latest are sought first
_MOST_NEAR = 40  # entries that are looked at for the word that was meant
_MOST_LONG = 12  # pairs of a compound that is also sought with a space
_MOST_SAID = 2  # of the same token in a phrase: a third says little, and its places cost the most
_MOST_PHRASES = 8
_MOST_NAMES = 16
_MOST_LETTERS = 24  # letter pairs that begin with a letter searched alone
_EVERY_KIND = ("paper", "news", "edition")  # what is found when no kind is named


class Compiler:
    """Builds the tantivy query of one typed query, for one state of the index."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher, query: Query) -> None:
        self._schema = schema
        self._searcher = searcher
        self._size = searcher.num_docs
        self._query = query
        kinds = query.only.kinds
        ordinary = () if kinds == ("claim",) else ("words",)
        self._fields = (*ordinary, *(("claims",) if "claim" in kinds else ()))

    def ranked(self) -> Iterator[tuple[float, tantivy.Query]]:
        """The queries whose hits have scores, and by what each raises them.

        Of a short query those that hold its words side by side come first, then those that hold them all, and
        then any. Most searches are answered before the last, which reads the longest lists.
        """
        scored, must = self._words(), self.phrases()
        if not scored and not must:
            return
        asks = [(Occur.Must, part) for part in must] + self.limits(every=False)
        words = words_of(self._query)
        if SEVERAL <= len(words) <= SHORT and not any(word.paired for word in words):
            adding = [(Occur.Should, part) for part in scored]
            if (sequence := self._phrase(" ".join(self._query.words))) is not None:
                there = (Occur.Must, tantivy.Query.const_score_query(sequence, 0.0))
                yield ALL_WORDS + IN_ORDER, tantivy.Query.boolean_query([there, *asks, *adding])
            alone = (_any([self._term(field, w.tokens[0], 1.0) for field in self._fields]) for w in words)
            every = [(Occur.Must, word) for word in alone]
            there = (Occur.Must, tantivy.Query.const_score_query(tantivy.Query.boolean_query(every), 0.0))
            yield ALL_WORDS, tantivy.Query.boolean_query([there, *asks, *adding])
        if scored and not asks:
            yield 0.0, _any(scored)  # flat, which is fastest
        else:
            first = [(Occur.Must, _any(scored))] if scored else []
            yield 0.0, tantivy.Query.boolean_query([*first, *asks])

    def unranked(self, days: Sequence[date] = ()) -> tantivy.Query:
        """The query of a search without words, whose hits are the latest, of `days` alone."""
        return tantivy.Query.boolean_query(self.limits(every=True, days=days))

    def phrases(self) -> list[tantivy.Query]:
        """Return the parts that every hit must hold."""
        phrases = self._query.phrases[:_MOST_PHRASES]
        return [part for phrase in phrases if (part := self._phrase(phrase)) is not None]

    def limits(self, *, every: bool, days: Sequence[date] = ()) -> list[tuple[Occur, tantivy.Query]]:
        """Return what every hit must or must not be, without a score; `every` when nothing else chooses.

        `days` are days within the query's own limits.
        """
        query = self._query
        asks = [(Occur.Must, part) for part in self._named(query.only)]
        if every and not query.only.kinds:
            asks.append((Occur.Must, self._terms("kind", _EVERY_KIND)))
        asks += [(Occur.MustNot, part) for part in self._named(query.never)]
        if days:
            asks.append((Occur.Must, self._terms("day", [day.isoformat() for day in days])))
        elif query.since or query.until:
            asks.append((Occur.Must, self._days(query)))
        for excluded in query.without:
            if (phrase := self._phrase(excluded)) is not None:
                asks.append((Occur.MustNot, phrase))
        return [(how, tantivy.Query.const_score_query(part, 0.0)) for how, part in asks]

    def _named(self, filters: Filters) -> Iterator[tantivy.Query]:
        for field, names in (("source", filters.sources), ("category", filters.categories)):
            if names:
                yield self._terms(field, [name_key(name) for name in names[:_MOST_NAMES]])
        if filters.kinds:
            yield self._terms("kind", filters.kinds)

    def _terms(self, field: str, values: Sequence[str]) -> tantivy.Query:
        if len(values) == 1:
            return tantivy.Query.term_query(self._schema, field, values[0], "basic")
        return tantivy.Query.term_set_query(self._schema, field, list(values))

    def _days(self, query: Query) -> tantivy.Query:
        since = query.since.toordinal() if query.since else None
        until = query.until.toordinal() if query.until else None
        kind = tantivy.FieldType.Integer
        return tantivy.Query.range_query(self._schema, "at", kind, since, until)

    # ── words ────────────────────────────────────────────────────────────────────────────────────

    def _words(self) -> list[tantivy.Query]:
        """Return the parts that a hit should hold, each with its score."""
        words = words_of(self._query)
        if not words:
            return [self._term("stops", stop, 1.0) for stop in stops_of(self._query)]
        whole, strong = self._shared_out(words)
        parts = [part for word in whole for part in self._word(word)]
        parts += [self._about(token, float(word.times)) for word in strong for token in word.tokens]
        if len(words) <= SHORT:
            parts += [part for first, second in pairwise(words) for part in self._neighbours(first, second)]
            parts += self._respelled()
        return [*parts, *self._meanings()]

    def _respelled(self) -> Iterator[tantivy.Query]:
        """Names written in one word or in two: `gpt4o` for GPT-4o, `flash attention` for FlashAttention."""
        for joined in joined_names(self._query, self.frequency):
            yield from self._anywhere(joined, JOINED)
        for word in latin_words(self._query):
            if parts := parted_name(word, self.frequency):
                yield self._sequence(parts, JOINED)

    def frequency(self, token: str) -> int:
        """The number of entries that the query may find and that hold a token."""
        return self._searcher.doc_freq(self._fields[0], token)

    def near(self, word: str, most: int) -> Iterator[Iterator[str]]:
        """Texts that may hold what a word is a typo of: tokens near its own, then near its beginning.

        A word with a typo in its ending keeps it, while the index holds the other without.
        """
        asks = [(token_of(word), distance, False) for distance in (1, 2)]
        if len(word) >= TWICE:
            asks.append((word[:-_ENDING], most, True))
        for text, distance, prefix in asks:
            fuzzy = tantivy.Query.fuzzy_term_query(
                self._schema,
                self._fields[0],
                text,
                distance=distance,
                transposition_cost_one=True,
                prefix=prefix,
            )
            hits = self._searcher.search(fuzzy, limit=_MOST_NEAR, count=False).hits
            yield (text for _, address in hits for text in stored(self._searcher, address).texts)

    def begun(self, letters: Sequence[str]) -> Iterator[tuple[str, int]]:
        """The tokens that begin with any of these letters, and in how many entries each stands."""
        field, listed = self._fields[0], self._searcher.terms_with_prefix
        return chain.from_iterable(listed(field, start, limit=MOST_BEGUN) for start in letters)

    def _meanings(self) -> Iterator[tantivy.Query]:
        """Search what the words mean in English: anywhere while there is room, else among texts about it."""
        room = MOST_PLACES // 4
        for token, weight in meanings_of(self._query):
            room -= self._cost(self._fields[0], (token,))
            yield from self._anywhere(token, weight) if room >= 0 else (self._about(token, weight),)
        for row in meant_in_order(self._query):
            yield self._sequence(row, MEANT_IN_ORDER)

    def _best(self, words: Sequence[Word]) -> Iterator[Word]:
        """The words that say most, those first."""
        says = sorted(words, key=lambda word: -word.times * self._rarity(self._fields[0], word.tokens[0]))
        room = MOST_TERMS
        for word in says:
            room -= len(word.tokens)
            if room >= 0 or word is says[0]:
                yield word

    def _shared_out(self, words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
        """The words that are looked for everywhere, and those only among the texts about them."""
        costs = [self._cost(self._fields[0], self._spelled(word)) for word in words]
        if sum(costs) <= MOST_PLACES and sum(len(word.tokens) for word in words) <= MOST_TERMS:
            return list(words), []
        whole: list[Word] = []
        strong: list[Word] = []
        room = MOST_PLACES
        for word in self._best(words):
            cost = self._cost(self._fields[0], self._spelled(word))
            if not whole or cost <= room:
                whole.append(word)
                room -= cost
            elif (cost := self._cost("title", word.tokens)) <= max(room, MOST_PLACES // 4):
                strong.append(word)
                room -= cost
        return whole, strong

    def _cost(self, field: str, names: Sequence[str]) -> int:
        return sum(self._searcher.doc_freq(field, name) for name in names)

    def _rarity(self, field: str, token: str) -> float:
        documents = self._searcher.doc_freq(field, token)
        return (
            math.log1p((self._size - documents + 0.5) / (documents + 0.5)) if documents <= self._size else 0.0
        )

    def _neighbours(self, first: Word, second: Word) -> Iterator[tantivy.Query]:
        """The query for two words in a script of pairs: side by side, and as one word."""
        if not (first.paired and second.paired):
            return  # for Latin words it ranked no better
        right = second.tokens[: second.carrying]
        yield self._sequence((*first.tokens, *right), SIDE_BY_SIDE)
        if len(first.tokens[-1]) == 2:
            yield self._sequence((*first.tokens, first.tokens[-1][1] + right[0][0], *right), SIDE_BY_SIDE)

    def _word(self, word: Word) -> Iterator[tantivy.Query]:
        weight = float(word.times)
        if word.paired and len(word.tokens[0]) > 1:
            yield self._term("beginnings", word.tokens[0], BEGINS * weight)
        if len(word.tokens) == 1:
            yield from (part for token in self._spelled(word) for part in self._anywhere(token, weight))
            return
        carrying = word.tokens[: min(word.carrying, MOST_PHRASE)]
        asks = [(Occur.Should, _any(list(self._anywhere(token, weight)))) for token in carrying]
        # Half of the pairs must be there: one alone is often part of another word.
        yield tantivy.Query.boolean_query(asks, math.ceil(len(carrying) / 2))
        if len(carrying) > 1:
            yield self._sequence(carrying, WHOLE * weight)
        if (
            len(carrying) <= _MOST_LONG
        ):  # without the pair that spans a space, the compound stands in two words
            for gap in range(1, len(carrying) - 1):
                yield self._sequence((*carrying[:gap], *carrying[gap + 1 :]), WHOLE * weight)
        for token in word.tokens[len(carrying) : MOST_PHRASE]:
            yield from self._anywhere(token, ENDING * weight)

    def _spelled(self, word: Word) -> tuple[str, ...]:
        """The tokens, or for one letter of a script that is indexed in pairs the pairs that begin with it."""
        token = word.tokens[0]
        if len(word.tokens) > 1 or not word.paired or len(token) > 1:
            return word.tokens
        parts = (
            self._searcher.terms_with_prefix(field, token, limit=_MOST_LETTERS) for field in self._fields
        )
        return tuple(dict.fromkeys((token, *(pair for pairs in parts for pair, _ in pairs))))

    def _anywhere(self, token: str, weight: float) -> Iterator[tantivy.Query]:
        """The token in each field, and again in the title."""
        yield from (self._term(field, token, weight) for field in self._fields)
        if "words" in self._fields:
            yield self._term("title", token, TITLE * weight)

    def _about(self, token: str, weight: float) -> tantivy.Query:
        """The token among the titles, weighed as if it were looked for everywhere."""
        rarity = self._rarity("title", token)
        return self._term("title", token, weight * self._rarity("words", token) / rarity if rarity else 0.0)

    def _sequence(self, words: Sequence[str], weight: float) -> tantivy.Query:
        """These tokens one after the other."""
        placed = list(enumerate(words[:MOST_PHRASE]))
        sequence = self._placed(placed)
        return tantivy.Query.boost_query(sequence, weight)

    def _placed(self, placed: Sequence[tuple[int, str]]) -> tantivy.Query:
        first = placed[0][0]
        shifted: list[str | tuple[int, str]] = [(place - first, word) for place, word in placed]
        return _any([tantivy.Query.phrase_query(self._schema, field, shifted) for field in self._fields])

    def _term(self, field: str, token: str, weight: float) -> tantivy.Query:
        term = tantivy.Query.term_query(self._schema, field, token, "freq")
        return term if weight == 1 else tantivy.Query.boost_query(term, weight)

    def _phrase(self, phrase: str) -> tantivy.Query | None:
        """The tokens of a phrase at their places, or its stop words anywhere when it has no others."""
        every = list(enumerate(token.word for token in tokens(phrase)))[:MOST_PHRASE]
        said_before: Counter[str] = Counter()
        placed = []
        for place, word in every:
            said_before[word] += 1
            if word not in STOP_WORDS and said_before[word] <= _MOST_SAID:
                placed.append((place, word))
        if len(placed) > 1:
            return self._placed(placed)
        if placed:
            return _any([self._term(field, placed[0][1], 1.0) for field in self._fields])
        stops = [self._term("stops", word, 1.0) for word in dict.fromkeys(word for _, word in every)]
        asks = [(Occur.Must, stop) for stop in stops[:MOST_STOPS]]
        return tantivy.Query.boolean_query(asks) if asks else None


def _any(parts: Sequence[tantivy.Query]) -> tantivy.Query:
    if len(parts) == 1:
        return parts[0]
    return tantivy.Query.boolean_query([(Occur.Should, part) for part in parts])


Address = tuple[int, int]  # of an entry: its segment, and its place there


def _grouped(hits: Sequence[tuple[Any, Any]]) -> Iterator[tuple[Any, list[Address]]]:
    """The hits of each score, in order."""
    start = 0
    while start < len(hits):
        score, end = hits[start][0], start + 1
        while end < len(hits) and hits[end][0] == score:
            end += 1
        yield score, [(hit.segment_ord, hit.doc) for _, hit in hits[start:end]]
        start = end


class _View:
    """A state of the index; implements `ports.storage.IndexView`."""

    def __init__(
        self,
        searcher: tantivy.Searcher,
        fields: tantivy.Schema,
        days: Collection[date],
        entries: dict[Address, IndexEntry],
    ) -> None:
        self._searcher = searcher
        self._schema = fields
        self._days = days
        self._entries = entries

    def mended(self, query: Query) -> tuple[Query, tuple[tuple[str, str], ...]]:
        """The query with words that nothing holds taken for those a typo or two away, and which those are."""
        words = Compiler(self._schema, self._searcher, query)
        return mended(query, Lookup(words.frequency, words.near, words.begun))

    def best(self, query: Query, most: int) -> Iterator[Scored]:
        """The best entries in order, of equal ones the later day first; each is read when it is its turn."""
        compiler = Compiler(self._schema, self._searcher, query)
        queries, seen = compiler.ranked(), set[Address]()
        if (first := next(queries, None)) is None:
            for _, group in _grouped(self._latest(query, compiler, most)):
                yield from self._read(group, 0.0)
            return
        for above, compiled in chain([first], queries):
            for score, group in self._in_turn(compiled, most):
                new = [hit for hit in group if hit not in seen] if seen else group
                yield from self._read(new[: most - len(seen)], above + score)
                seen.update(new)
            if len(seen) >= most:
                return

    def _read(self, hits: Sequence[Address], score: float) -> list[Scored]:
        """The entries of hits of one score, the later day first."""
        scored = [Scored(self._entry(hit), score) for hit in hits]
        return sorted(scored, key=place_of) if len(scored) > 1 else scored

    def _entry(self, hit: Address) -> IndexEntry:
        """The entry of a hit: some come again and again."""
        entry = self._entries.get(hit)
        if entry is None:
            if len(self._entries) >= _MOST_ENTRIES:
                self._entries.clear()
            entry = self._entries[hit] = stored(self._searcher, tantivy.DocAddress(*hit))
        return entry

    def _in_turn(self, compiled: tantivy.Query, most: int) -> Iterator[tuple[float, list[Address]]]:
        """The hits of each score, best first: a few at first, as most searches read no more."""
        given = 0
        for many in (min(_FEW_HITS, most), most):
            hits = self._searcher.search(compiled, limit=many, count=False).hits
            end = len(hits)
            more = end == many < most
            while more and end and hits[end - 1][0] == hits[-1][0]:
                end -= 1  # of the last score there may be more than these
            yield from _grouped(hits[given:end])
            if not more:
                return
            given = end

    def _latest(self, query: Query, compiler: Compiler, most: int) -> list[tuple[Any, Any]]:
        """The hits of the latest days: among a few at first, among all when those do not suffice."""
        since, until = query.since or date.min, query.until or date.max
        days = sorted((day for day in self._days if since <= day <= until), reverse=True)
        for many in _FEW_DAYS:
            if len(days) > many:
                compiled = compiler.unranked(days[:many])
                hits = self._searcher.search(compiled, limit=most, count=False, order_by_field="at").hits
                if len(hits) == most:
                    return hits
        compiled = compiler.unranked()
        return self._searcher.search(compiled, limit=most, count=False, order_by_field="at").hits

    def allowed(self, query: Query, places: Sequence[str]) -> list[IndexEntry]:
        """The entries at these places that the filters and phrases of the query allow, in order."""
        compiler = Compiler(self._schema, self._searcher, query)
        there = tantivy.Query.term_set_query(self._schema, "place", list(places))
        must = [(Occur.Must, part) for part in (there, *compiler.phrases())]
        only = tantivy.Query.boolean_query([*must, *compiler.limits(every=False)])
        hits = self._searcher.search(only, limit=len(places), count=False).hits
        entries = {entry.place: entry for entry in (stored(self._searcher, hit) for _, hit in hits)}
        return [entries[place] for place in places if place in entries]


FORMAT = "6"
"""Changes with the fields or the tokens; an index of another format is left alone and made anew."""

PATIENCE_S = 10.0
"""Seconds a writer waits for another one."""

_HEAP = 64 * 2**20  # of a day or a few
_HEAP_OF_MANY = 256 * 2**20  # fewer segments to merge
_MANY = 100
_MOST_DAYS = 1_000_000
_APART = "|"  # left out like a stop word: its place stays empty, so that no phrase spans it
_TELLING = """added biologist dying emergency erred evening fying inning interfering internal international
lateral news organic paste running skis yying""".split()  # words that versions of the stemmer differ on
_decode = msgspec.json.Decoder(IndexEntry).decode


def schema() -> tantivy.Schema:
    """The fields: what is matched, what is filtered by, and the entry itself.

    Ordinary entries are matched by `words`, claims by `claims`, so that neither search must filter the other
    out. Words that are nearly everywhere are looked for in `title` alone.
    """
    build = tantivy.SchemaBuilder()
    for name in ("words", "claims"):
        build.add_text_field(name, tokenizer_name="tokens", index_option="position")
    build.add_text_field("title", tokenizer_name="tokens", index_option="freq")
    build.add_text_field("stops", tokenizer_name="spaces", index_option="freq")
    build.add_text_field("beginnings", tokenizer_name="spaces", index_option="basic")
    for name in ("place", "day", "kind", "source", "category"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    build.add_integer_field("at", indexed=True, fast=True)
    build.add_bytes_field("body", stored=True)
    return build.build()


def _split() -> tantivy.TextAnalyzerBuilder:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())


@cache
def tokenizer() -> tuple[tantivy.TextAnalyzer, Callable[[str], str]]:
    """The tokenizer, and what makes of a text that which it is given: the tokens are those of a query.

    It stems where it does that as we do, and is given stems where it does not.
    """
    left_out = tantivy.Filter.custom_stopword([*STOP_WORDS, _APART])
    stemming = tantivy.Filter.stemmer("english")
    if _split().filter(stemming).build().analyze(" ".join(_TELLING)) != list(map(stem, _TELLING)):
        return _split().filter(left_out).build(), spaced
    sooner = _split().filter(left_out)  # most stop words need no stemming
    return sooner.filter(stemming).filter(left_out).build(), unstemmed


class _State(NamedTuple):
    """A commit, the stamp it was seen with, and the entries that were read of it."""

    stamp: int
    searcher: tantivy.Searcher
    entries: dict[Address, IndexEntry]


class WordIndex:
    """Opens (or makes empty) the index in `folder`; many may read, one may write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"words-{FORMAT}"
        self._tokenizer, self._given = tokenizer()
        self._now: _State | None = None
        self._known: tuple[int, dict[date, str]] = (0, {})
        self._index = self._opened()
        self.schema = self._index.schema

    def _opened(self) -> tantivy.Index:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as denied:
            raise ArchiveError(
                f"the search index {self._path} cannot be made: {denied.strerror}",
                hint="check the folder and its permissions",
            ) from denied
        try:
            return self._prepared()
        except (ValueError, OSError):  # not an index, or a damaged one: it is derived, so it may go
            with self._alone():
                shutil.rmtree(self._path, ignore_errors=True)
                self._path.mkdir(parents=True, exist_ok=True)
            return self._prepared()

    def _prepared(self) -> tantivy.Index:
        index = tantivy.Index(schema(), str(self._path))
        index.register_tokenizer("tokens", self._tokenizer)
        index.register_tokenizer("spaces", _split().build())
        index.config_reader("manual")
        index.reload()
        return index

    def view(self) -> _View:
        """The last commit, which stays as it is."""
        state = self._state(stamp := self.stamp)
        return _View(state.searcher, self.schema, self._known_marks(stamp), state.entries)

    def _state(self, stamp: int) -> _State:
        if self._now is None or stamp != self._now.stamp:
            self._index.reload()
            # With the stamp from before: it sees no less.
            self._now = _State(stamp, self._index.searcher(), {})
        return self._now

    @property
    def stamp(self) -> int:
        """A number that changes with each commit."""
        return (self._path / "meta.json").stat().st_mtime_ns

    def marks(self) -> dict[date, str]:
        """The mark of each day as it was indexed."""
        return dict(self._known_marks(self.stamp))

    def _known_marks(self, stamp: int) -> Mapping[date, str]:
        known, marks = self._known
        if stamp == known:
            return marks
        searcher = self._state(stamp).searcher
        query = tantivy.Query.term_query(self.schema, "kind", "mark")
        hits = searcher.search(query, limit=_MOST_DAYS, count=False).hits
        entries = (stored(searcher, address) for _, address in hits)
        marks = {entry.day: entry.text for entry in entries}
        self._known = (stamp, marks)
        return marks

    def update(
        self,
        marks: Mapping[date, str],
        gone: Sequence[date],
        entries: Callable[[date], Iterator[IndexEntry]],
        *,
        anew: bool = False,
    ) -> None:
        """Replace these days by what `entries` gives for each, and forget the `gone`, in one commit.

        `anew` forgets every day first, in the same commit. Raises ArchiveBusy when another process writes.
        """
        with self._alone():
            writer = self._index.writer(_HEAP_OF_MANY if len(marks) >= _MANY else _HEAP, 1)
            try:
                if anew:
                    writer.delete_all_documents()
                for day in (*marks, *gone):
                    writer.delete_documents_by_term("day", day.isoformat())
                for day, mark in marks.items():
                    for entry in entries(day):
                        writer.add_document(document(entry, self._given))
                    writer.add_document(_mark(day, mark))
                writer.commit()
            except BaseException:
                writer.rollback()
                raise
            finally:
                writer.wait_merging_threads()  # ends the writer: an error that is held would keep its lock
        self._tidy()

    def _tidy(self) -> None:
        for other in self._folder.glob("words-*"):
            if other != self._path:
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with FileLock(self._folder / "writer.lock", timeout=PATIENCE_S):
                yield
        except Timeout as expired:
            raise ArchiveBusy(f"{self._path} is being written", hint="try again in a minute") from expired
        except (OSError, ValueError) as failed:
            raise self._unwritable(failed) from failed

    def _unwritable(self, why: Exception) -> Exception:
        """The typed error of a refusal by the file system, a ValueError of tantivy; any other is a bug."""
        free = shutil.disk_usage(self._folder).free
        if free < _ROOM or getattr(why, "errno", 0) == errno.ENOSPC:
            return ArchiveFull(
                f"{self._folder}: the disk is full: {_ROOM:,} bytes are needed there, {free:,} are free",
                needed=_ROOM,
                where=str(self._folder),
                hint=f"free some space on the disk of {self._folder}; the index goes on from where it was",
            )
        if isinstance(why, OSError) or any(
            sign in str(why) for sign in ("ermission", "ead-only", "LockFail")
        ):
            hint = "`folder` under [search] names a folder that this user may write"
            return ArchiveError(f"the search index {self._path} cannot be written: {why}", hint=hint)
        return why


def stored(searcher: tantivy.Searcher, address: Any) -> IndexEntry:
    """The entry of a hit."""
    return _decode(bytes(searcher.doc(address)["body"][0]))


def document(entry: IndexEntry, given: Callable[[str], str]) -> tantivy.Document:
    """An entry as the index takes it; `also` is matched, and not kept. `given` makes the texts to match."""
    rest = [part for part in (entry.text, *entry.claims, *entry.also) if part]
    title, body = given(entry.title), " ".join(map(given, rest))
    text = f"{title} {_APART} {body}"
    made = tantivy.Document()
    if entry.kind == "claim":
        made.add_text("claims", text)
    else:
        made.add_text("words", text)
        made.add_text("title", title)
    named = stop_words_of(title)  # thrice, others once
    made.add_text("stops", " ".join([*named, *named, *sorted(named | stop_words_of(body))]))
    if first := " ".join(map(beginnings, (entry.title, *rest))).strip():
        made.add_text("beginnings", first)
    made.add_text("place", entry.place)
    made.add_text("day", entry.day.isoformat())
    made.add_text("kind", entry.kind)
    for source in entry.sources:
        made.add_text("source", name_key(source))
    for name in entry.names:
        made.add_text("category", name)
    made.add_integer("at", entry.day.toordinal())
    kept = msgspec.structs.replace(entry, also=(), labels=())
    made.add_bytes("body", msgspec.json.encode(kept))
    return made


def _mark(day: date, mark: str) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("day", day.isoformat())
    made.add_text("kind", "mark")
    kept = IndexEntry(id="", kind="edition", day=day, title="", text=mark)
    made.add_bytes("body", msgspec.json.encode(kept))
    return made
