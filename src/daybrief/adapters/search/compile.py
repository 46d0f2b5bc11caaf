"""A typed query as tantivy's: built from terms, never from a string, and bounded in what it may cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

import tantivy
from tantivy import Occur

from daybrief.text.query import Filters, Query
from daybrief.text.tokens import STOP_WORDS, Token, core, fold, name_key, tokens

MOST_TERMS = 32
"""Different words that are looked for: of more, those that say most (chosen on half of CISI's queries)."""

TITLE = 0.3  # what a match in the title adds to one anywhere (chosen on half of CISI's queries)
WHOLE = 1.0  # what a compound adds that stands as it was typed, or with one space more
BEGINS = 0.5  # what a word in pairs of letters adds that begins a word
SIDE_BY_SIDE = (
    2.0  # what two Korean words of a short query add that stand so (chosen on queries of another draw)
)
ENDING = 0.2  # how much the pairs of letters weigh that reach into a particle
_SHORT = 6  # words of a query in which neighbours count
_MOST_LONG = 12  # pairs of a compound that is also sought with a space
_MOST_PHRASE = 24  # tokens of a phrase
_MOST_PHRASES = 8
_MOST_NAMES = 16
_MOST_LETTERS = 24  # letter pairs that begin with a letter searched alone


class Word(NamedTuple):
    """A word of a query: its tokens, how often it was said, and how many of them carry it."""

    tokens: tuple[str, ...]
    times: int
    carrying: int
    paired: bool


def words_of(query: Query) -> list[Word]:
    """The different words of a query, in order, those the index leaves out left out."""
    counted: dict[tuple[str, ...], Word] = {}
    for said in query.words:
        for _, group in groupby(tokens(said), key=lambda token: token.run):
            word = _word(said, list(group))
            if word.tokens[0] in STOP_WORDS:
                continue
            before = counted.get(word.tokens, word)
            counted[word.tokens] = word._replace(times=before.times + (before is not word))
    return list(counted.values())


def _word(said: str, run: Sequence[Token]) -> Word:
    names = tuple(token.word for token in run)
    if not run[0].paired:
        return Word(names, 1, len(names), False)
    carrying = max(1, core(fold(said[run[0].start : run[-1].end])) - 1)
    return Word(names, 1, min(len(names), carrying), True)


def wanted(query: Query) -> frozenset[str]:
    """The tokens to mark in what is found."""
    asked = {token for word in words_of(query) for token in word.tokens[: word.carrying]}
    return frozenset(asked | {token.word for said in query.phrases for token in tokens(said)})


class Compiler:
    """Builds queries for one state of the index."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher) -> None:
        self._schema = schema
        self._searcher = searcher
        self._size = searcher.num_docs

    def compiled(self, query: Query) -> tuple[tantivy.Query, bool]:
        """The query, and whether its hits have scores; without words they are the latest."""
        scored = [self._words(words_of(query))] if query.words else []
        must = [part for said in query.phrases[:_MOST_PHRASES] if (part := self._phrase(said)) is not None]
        asks = [(Occur.Must, part) for part in (*scored, *must)]
        ranked = bool(asks)
        return tantivy.Query.boolean_query([*asks, *self.limits(query)]), ranked

    def limits(self, query: Query) -> list[tuple[Occur, tantivy.Query]]:
        """What every hit must or must not be, without a score."""
        asks = [(Occur.Must, part) for part in self._named(query.only)]
        if not query.only.kinds:
            asks.append((Occur.Must, self._terms("kind", ("paper", "news", "edition"))))
        asks += [(Occur.MustNot, part) for part in self._named(query.never)]
        if query.since or query.until:
            asks.append((Occur.Must, self._days(query)))
        for said in query.without[:_MOST_NAMES]:
            if (phrase := self._phrase(said)) is not None:
                asks.append((Occur.MustNot, phrase))
        return [(how, tantivy.Query.const_score_query(part, 0.0)) for how, part in asks]

    def _named(self, filters: Filters) -> Iterator[tantivy.Query]:
        for field, names in (("source", filters.sources), ("category", filters.categories)):
            if names:
                yield self._terms(field, [name_key(name) for name in names[:_MOST_NAMES]])
        if filters.kinds:
            yield self._terms("kind", filters.kinds)

    def _terms(self, field: str, values: Sequence[str]) -> tantivy.Query:
        return tantivy.Query.term_set_query(self._schema, field, list(values))

    def _days(self, query: Query) -> tantivy.Query:
        since = query.since.toordinal() if query.since else None
        until = query.until.toordinal() if query.until else None
        kind = tantivy.FieldType.Integer
        return tantivy.Query.range_query(self._schema, "at", kind, since, until)

    def _best(self, words: Sequence[Word]) -> Iterator[tuple[Word, float]]:
        """The words that say most, with their weights."""
        says = sorted(words, key=lambda word: -word.times * self._rarity(word.tokens[0]))
        room = MOST_TERMS
        for word in says:
            room -= len(word.tokens)
            if room >= 0 or word is says[0]:
                yield word, float(word.times)

    def _rarity(self, token: str) -> float:
        found = self._searcher.doc_freq("words", token)
        return math.log1p((self._size - found + 0.5) / (found + 0.5)) if found <= self._size else 0.0

    def _words(self, words: Sequence[Word]) -> tantivy.Query:
        parts = [part for word, weight in self._best(words) for part in self._word(word, weight)]
        if len(words) <= _SHORT:
            parts += [part for one, other in pairwise(words) for part in self._neighbours(one, other)]
        asks = [(Occur.Should, part) for part in parts]
        return tantivy.Query.boolean_query(asks) if asks else tantivy.Query.empty_query()

    def _neighbours(self, one: Word, other: Word) -> Iterator[tantivy.Query]:
        """Two words in a script of pairs side by side, and as one word."""
        if not (one.paired and other.paired):
            return  # for Latin words it ranked no better
        right = other.tokens[: other.carrying]
        yield self._sequence((*one.tokens, *right), SIDE_BY_SIDE)
        if len(one.tokens[-1]) == 2:
            yield self._sequence((*one.tokens, one.tokens[-1][1] + right[0][0], *right), SIDE_BY_SIDE)

    def _word(self, word: Word, weight: float) -> Iterator[tantivy.Query]:
        if word.paired and len(word.tokens[0]) > 1:
            yield self._term("beginnings", word.tokens[0], BEGINS * weight)
        if len(word.tokens) == 1:
            yield from (self._either(token, weight) for token in self._spelled(word))
            return
        carrying = word.tokens[: min(word.carrying, _MOST_PHRASE)]
        asks = [(Occur.Should, self._either(token, weight)) for token in carrying]
        # Half of the pairs must be there: one alone is often part of another word.
        yield tantivy.Query.boolean_query(asks, math.ceil(len(asks) / 2))
        if len(carrying) > 1:
            yield self._sequence(carrying, WHOLE * weight)
        if (
            len(carrying) <= _MOST_LONG
        ):  # without the pair that spans a space, the compound stands in two words
            for gap in range(1, len(carrying) - 1):
                yield self._sequence((*carrying[:gap], *carrying[gap + 1 :]), WHOLE * weight)
        for token in word.tokens[len(carrying) : _MOST_PHRASE]:
            yield self._term("words", token, ENDING * weight)

    def _spelled(self, word: Word) -> tuple[str, ...]:
        """The token, or for one letter of a script that is indexed in pairs the pairs that begin with it."""
        (token,) = word.tokens
        if not word.paired or len(token) > 1:
            return word.tokens
        pairs = self._searcher.terms_with_prefix("words", token, limit=_MOST_LETTERS)
        return tuple(dict.fromkeys((token, *(pair for pair, _ in pairs))))

    def _either(self, token: str, weight: float) -> tantivy.Query:
        title = self._term("title", token, TITLE * weight)
        both = [(Occur.Should, self._term("words", token, weight)), (Occur.Should, title)]
        return tantivy.Query.boolean_query(both)

    def _sequence(self, words: Sequence[str], weight: float) -> tantivy.Query:
        """These tokens one after the other."""
        told = tantivy.Query.phrase_query(self._schema, "words", list(words[:_MOST_PHRASE]))
        return tantivy.Query.boost_query(told, weight)

    def _term(self, field: str, token: str, weight: float) -> tantivy.Query:
        term = tantivy.Query.term_query(self._schema, field, token, "freq")
        return term if weight == 1 else tantivy.Query.boost_query(term, weight)

    def _phrase(self, said: str) -> tantivy.Query | None:
        """The tokens of a phrase at their places; None when the index holds none of them."""
        every = list(enumerate(token.word for token in tokens(said)))[:_MOST_PHRASE]
        placed = [(place, word) for place, word in every if word not in STOP_WORDS]
        if not placed:
            return None
        if len(placed) == 1:
            return self._term("words", placed[0][1], 1.0)
        first = placed[0][0]
        shifted: list[str | tuple[int, str]] = [(place - first, word) for place, word in placed]
        return tantivy.Query.phrase_query(self._schema, "words", shifted)
