"""The index of words in PostgreSQL: tables beside the archive's, which all its readers share.

Tokens are made by `daybrief.text.words` and kept as a `tsvector`: a title's with the weight A. Four kinds of
tokens carry a sign before them: first pairs of letters, stop words, the words of claims, and the words that a
text is about. A table counts in how many entries each stands, since PostgreSQL knows no such number
(https://www.postgresql.org/docs/current/textsearch-controls.html#TEXTSEARCH-RANKING).

A search ranks some 4,000 entries at most: of a word that stands in more, the latest of those about it. A
small index finds these. The tables lie in a schema of their own, which can be dropped and made again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from hashlib import blake2b
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from rapidfuzz.distance import OSA
from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    String,
    case,
    cast,
    delete,
    func,
    insert,
    inspect,
    literal,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from daybrief.adapters.archive.postgresql import (
    ALL,
    INDEXING,
    SINCE,
    WordTables,
    count_words,
    drop_latest,
    first_day,
    from_day,
    index_latest,
    limits_of,
    make_word_tables,
    searching,
    spelled,
    uncount_days,
    wait_alone,
    word_tables,
)
from daybrief.adapters.archive.rows import (
    FIRST_PAIR,
    IS_ABOUT,
    OF_CLAIM,
    STOP_WORD,
    STOPS,
    TokenVector,
    quoted,
    tokens_begun,
    tsvector_of,
)
from daybrief.ports import IndexEntry, Scored
from daybrief.text.query import (
    ALL_WORDS,
    IN_ORDER,
    MOST_BEGUN,
    MOST_PHRASE,
    MOST_STOPS,
    SEVERAL,
    SHORT,
    TWICE,
    Lookup,
    Query,
    Word,
    joined_names,
    latin_words,
    meanings_of,
    meant_in_order,
    mended,
    parted_name,
    query_words,
    stops_of,
    token_of,
    words_of,
)
from daybrief.text.words import name_key, tokens

if TYPE_CHECKING:  # which chooses among the dialects
    from daybrief.adapters.archive.database import Dialect

FORMAT = "4"
"""Changes with columns or tokens; tables of another format are dropped."""

MOST_ROWS = 4_000
"""Entries that are read for one word: of more the latest, of several words' fewer."""

MOST_RANKS = 12_000
"""Words ranked in entries, two microseconds each: 4,000 entries for three words, 1,200 for ten."""

LATEST = 100_000  # entries that the small index holds at the least
MOST_TERMS = 32  # different words that are looked for: of more, those that say most

TITLE, ELSEWHERE = 1.0, 0.77  # weights of ts_rank: a title's words count 1.3 times as much, as in the folder
WHOLE, BEGINS, SIDE_BY_SIDE, MEANT_IN_ORDER, ENDING, JOINED = 1.0, 0.5, 2.0, 2.0, 0.2, 1.0
_EVERY_KIND, _MOST_NAMES = ("paper", "news", "edition"), 16
_MOST_SAID = 2  # of the same token in a phrase: a third says little, and its places cost the most
_FURTHER, _FEW_WITHOUT = 4, 2  # times as many entries are read when filters leave too few; excluded words
_PAGE = 10  # hits that are enough after two tries: beyond the small index one takes ten times as long
_FEW, _READ = 500, 40  # of the latest entries that are enough to rank; bodies read first: most need no more
_MOST_LONG = 12  # pairs of a compound that is also sought with a space
_MOST_LIKE = 5_000  # tokens that are compared with a word nothing holds
_MOST_NEAR, _ENDING = 40, 3  # entries looked at for a word that was meant; letters of an ending it may lack
_MANY_DAYS = 100  # days from which the index is built after the rows
_SEVERAL_DAYS = 10  # days from which the planner is told at once: by itself it would look a minute later
_MANY_WORDS = 200_000  # different tokens that are counted before they are written
_MEMORY = "SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL work_mem = '64MB'"  # to index many days
_decode = msgspec.json.Decoder(IndexEntry).decode


# ── what is kept ────────────────────────────────────────────────────────────────────────────────────


def _digest(place: str) -> bytes:
    return blake2b(place.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class DatabaseIndex:
    """`entries.EntryIndex` in the database of an archive, of what `profile` sees there; many may share it."""

    def __init__(self, dialect: Dialect, profile: str = "") -> None:
        self._db = dialect
        with dialect.guarded(), dialect.reader.connect() as connection:
            own = str(connection.execute(select(func.current_schema())).scalar_one())
            self._schema = f"{own}_search"
            self._tables = word_tables(self._schema, FORMAT, profile)

    def exists(self) -> bool:
        """Whether it was made already."""
        with self._db.guarded(), self._db.reader.connect() as connection:
            return self._there(connection)

    def make(self) -> None:
        """Make the tables that are not there. Raises ArchiveError where this user may not."""
        if self.exists():
            return
        with self._db.guarded(), self._db.writer.begin() as connection:
            self._wait(connection)
            if not self._there(connection):
                make_word_tables(connection, self._tables, FORMAT)

    def _there(self, connection: Connection) -> bool:
        return inspect(connection).has_table(self._tables.lexemes.name, schema=self._schema)

    def _wait(self, connection: Connection) -> None:
        wait_alone(connection, INDEXING, self._schema)

    def view(self) -> _View:
        """A view of what is committed at the time of each call."""
        return _View(self._db, self._tables)

    def marks(self) -> dict[date, str]:
        """The mark of each day as it was indexed."""
        listed = self._tables.marks
        with self._db.guarded(), self._db.reader.connect() as connection:
            return {row.day: row.mark for row in connection.execute(select(listed.c.day, listed.c.mark))}

    def update(
        self,
        marks: Mapping[date, str],
        gone: Sequence[date],
        entries: Callable[[date], Iterator[IndexEntry]],
        *,
        anew: bool = False,
    ) -> None:
        """Replace these days by what `entries` gives for each, and forget the `gone`, in one transaction."""
        with self._db.guarded(), self._db.writer.begin() as connection:
            self._wait(connection)
            many = anew or len(marks) >= _MANY_DAYS
            if many:
                connection.exec_driver_sql(_MEMORY)
                self._tables.by_words.drop(connection, checkfirst=True)
                drop_latest(connection, self._tables)
            if anew:
                for table in self._tables[:3]:
                    connection.execute(delete(table))
            else:
                uncount_days(connection, self._tables, (days := [*marks, *gone]))
                for table in self._tables[:2]:
                    connection.execute(delete(table).where(table.c.day.in_(days)))
            counted = Counter[str]()
            for day, mark in marks.items():
                self._put(connection, day, mark, entries(day), counted)
                if len(counted) >= _MANY_WORDS:
                    count_words(connection, self._tables.lexemes, counted)
            count_words(connection, self._tables.lexemes, counted)
            if many:
                self._tables.by_words.create(connection)
            index_latest(connection, self._tables, LATEST, anew=many)
            for table in self._tables[:3] if len(marks) >= _SEVERAL_DAYS else ():
                connection.exec_driver_sql(f"ANALYZE {spelled(connection, table)}")

    def _put(
        self,
        connection: Connection,
        day: date,
        mark: str,
        entries: Iterator[IndexEntry],
        counted: Counter[str],
    ) -> None:
        """Copy a day's entries in, each place once; note its mark and count the tokens."""
        copied = {_digest(entry.place): entry for entry in entries}
        columns = "place, day, id, kind, sources, names, words, length, body"
        target = f"COPY {spelled(connection, self._tables.entries)} ({columns}) FROM STDIN"
        with (
            connection.connection.driver_connection.cursor() as cursor,  # type: ignore[union-attr]
            cursor.copy(target) as copy,
        ):
            for place, entry in copied.items():
                vector = tsvector_of(entry)
                counted.update(vector.tokens)
                copy.write_row(_row(place, entry, vector))
        connection.execute(insert(self._tables.marks).values(day=day, mark=mark, entries=len(copied)))
        counted[ALL] += len(copied)


def _row(place: bytes, entry: IndexEntry, vector: TokenVector) -> tuple[Any, ...]:
    kept = msgspec.json.encode(msgspec.structs.replace(entry, also=(), labels=()))
    names = [[name_key(source) for source in entry.sources], [name for name in entry.names if name]]
    length = math.log2(1 + vector.places) or 1.0
    return (place, entry.day, entry.id.replace("\0", ""), entry.kind, *names, vector.text, length, kept)


# ── what is asked ───────────────────────────────────────────────────────────────────────────────────


class _Part(NamedTuple):
    """A condition on the tokens of an entry, what it adds to the score, and in how many entries it holds.

    `graded`: how often and where a token stands counts; else that it holds. `runs`: of a compound, of which
    one must hold.
    """

    tsquery: str
    weight: float
    rows: int
    graded: bool = True
    runs: tuple[_Part, ...] = ()


class _QueryTerms:
    """The conditions of a query on the tokens of an entry, weighted by the counts of the index."""

    def __init__(self, query: Query, count: Callable[[str], int]) -> None:
        self._query = query
        self._count = count
        kinds = query.only.kinds
        ordinary = () if kinds == ("claim",) else ("",)
        self._signs = (*ordinary, *((OF_CLAIM,) if "claim" in kinds else ()))

    def entries_with(self, token: str) -> int:
        """The number of entries that the query may find and that hold a token."""
        return self._count(self._signs[0] + token)

    @property
    def size(self) -> int:
        return self._count(ALL)

    def among(self) -> int:
        """The number of entries in the words' script: of one in pairs, those with their commonest pair."""
        words = words_of(self._query)
        pairs = [self.entries_with(token) for word in words for token in word.tokens]
        return max(pairs) if pairs and all(word.paired for word in words) else self.size

    def _rarity(self, rows: int) -> float:
        return math.log1p((max(self.size, rows) - rows + 0.5) / (rows + 0.5))

    def wanted(self) -> list[_Part]:
        """The parts of which an entry must hold one, the most telling first."""
        if words := self._words():
            return [*map(self._word, words), *(self._token(t, w) for t, w in meanings_of(self._query))]
        return [_Part(quoted(STOP_WORD + s), 1.0, self._count(STOP_WORD + s)) for s in stops_of(self._query)]

    def _words(self) -> list[Word]:
        """The words that say most, those first."""
        return sorted(words_of(self._query), key=lambda word: -self._word(word).weight)[:MOST_TERMS]

    def scored(self) -> list[_Part]:
        """The parts that add to the score of an entry."""
        words = self._words()
        parts = [part for word in words for part in self._parts_of(word)]
        parts += [self._token(token, weight) for token, weight in meanings_of(self._query)]
        for row in meant_in_order(self._query):
            parts.append(_Part(self._placed(row), MEANT_IN_ORDER * self._rarity_of(row), 0, graded=False))
        return [*(parts or self.wanted()), *(part for part in self._together(words) if part.tsquery)]

    def _together(self, words: Sequence[Word]) -> Iterator[_Part]:
        """All words of a short query in one entry, and side by side."""
        if not SEVERAL <= len(words) <= SHORT:
            return
        if not any(word.paired for word in words):
            every = " & ".join(f"({part.tsquery})" for part in self.first_tokens())
            yield _Part(every, ALL_WORDS, 0, graded=False)
            yield _Part(self.sequence(" ".join(self._query.words)), IN_ORDER, 0, graded=False)
        for first, second in pairwise(words_of(self._query)):
            if first.paired and second.paired:
                both = (*first.tokens, *second.tokens[: second.carrying])
                yield _Part(self._placed(both), SIDE_BY_SIDE * self._rarity_of(both), 0, graded=False)

    def _rarity_of(self, tokens: Sequence[str]) -> float:
        """How rare tokens are that stand side by side: as their sum, which BM25 takes for a phrase."""
        return sum(self._rarity(self.entries_with(token)) for token in tokens)

    def respelled(self) -> list[_Part]:
        """Names written in one word or in two: `gpt4o` for GPT-4o, `flash attention` for FlashAttention."""
        parts = [self._token(joined, JOINED) for joined in joined_names(self._query, self.entries_with)]
        for word in latin_words(self._query):
            if two := parted_name(word, self.entries_with):
                rows = min(map(self.entries_with, two))
                parts.append(_Part(self._placed(two), JOINED * self._rarity(rows), rows, graded=False))
        return parts

    def first_tokens(self) -> list[_Part]:
        """The first token of every word of the query."""
        return [self._token(word.tokens[0], 1.0) for word in words_of(self._query)]

    def about(self, word: Word) -> _Part | None:
        """The condition that a text is about a word; None for a compound in pairs of letters, or a claim."""
        if self._signs != ("",) or word.carrying > 1 or (word.paired and len(word.tokens[0]) == 1):
            return None
        rows = self._count(token := IS_ABOUT + word.tokens[0])
        return _Part(quoted(token), word.times * self._rarity(rows), rows)

    def about_all(self) -> list[_Part]:
        """The conditions that a text is about each word of the query; empty where a word has none."""
        parts = [part for word in words_of(self._query) if (part := self.about(word))]
        return parts if len(parts) == len(words_of(self._query)) else []

    def _either(self, token: str) -> str:
        return " | ".join(quoted(sign + token) for sign in self._signs)

    def _token(self, token: str, weight: float) -> _Part:
        return _Part(self._either(token), weight * self._rarity(rows := self.entries_with(token)), rows)

    def _word(self, word: Word) -> _Part:
        """A word, or of a compound in pairs of letters at least half: one alone is often part of another."""
        carrying = word.tokens[: word.carrying]
        if len(carrying) == 1:
            if word.paired and len(carrying[0]) == 1:
                return self._beginning(carrying[0], word.times)
            return self._token(carrying[0], float(word.times))
        half = math.ceil(len(carrying) / 2)
        every = [carrying[at : at + half] for at in range(len(carrying) - half + 1)]
        every += [(*carrying[:gap], *carrying[gap + 1 :]) for gap in range(1, len(carrying) - 1)]
        runs = tuple(self._run(run, len(run) * word.times) for run in every)
        rare = min(filter(None, map(self.entries_with, carrying)), default=0)
        weight = len(carrying) * word.times * self._rarity(rare) / 2
        return _Part(_any(runs), weight, max(run.rows for run in runs), runs=runs)

    def _run(self, run: Sequence[str], weight: float) -> _Part:
        """Some pairs of a compound, each anywhere; together they stand in no more entries than the rarest."""
        rows = min(map(self.entries_with, run))
        together = " & ".join(f"({self._either(token)})" for token in run)
        return _Part(together, weight * self._rarity(rows), rows)

    def _beginning(self, letter: str, times: int) -> _Part:
        """A single letter of a script in pairs: the pairs that begin with it."""
        begun = (f"{quoted(sign + letter)}:*" for sign in self._signs)
        return _Part(" | ".join(begun), float(times), self.entries_with(letter))

    def _parts_of(self, word: Word) -> Iterator[_Part]:
        """The tokens of a word; of one in pairs also that it stands whole, begins a word, and its ending."""
        carrying, weight = word.tokens[: word.carrying], float(word.times)
        if word.paired and len(word.tokens[0]) == 1:
            yield self._beginning(word.tokens[0], word.times)
            return
        yield from (self._token(token, weight) for token in carrying)
        if not word.paired:
            return
        begun = FIRST_PAIR + word.tokens[0]
        yield _Part(quoted(begun), BEGINS * weight * self._rarity(self._count(begun)), 0, graded=False)
        if len(carrying) > 1:
            whole = WHOLE * weight * self._rarity_of(carrying)
            yield _Part(self._placed(carrying), whole, 0, graded=False)
            for gap in range(1, min(len(carrying), _MOST_LONG) - 1):
                yield _Part(self._placed((*carrying[:gap], *carrying[gap + 1 :])), whole, 0, graded=False)
        yield from (self._token(token, ENDING * weight) for token in word.tokens[word.carrying :][:2])

    def _placed(self, words: Sequence[str]) -> str:
        return self._at(list(enumerate(words[:MOST_PHRASE])))

    def _at(self, placed: Sequence[tuple[int, str]]) -> str:
        """Tokens at these distances."""
        spelled = []
        for sign in self._signs:
            tsquery = quoted(sign + placed[0][1])
            for (before, _), (place, word) in pairwise(placed):
                tsquery += f" <{place - before}> {quoted(sign + word)}"
            spelled.append(tsquery)
        return " | ".join(f"({sequence})" for sequence in spelled)

    def phrase(self, phrase: str) -> _Part:
        """A phrase, which stands in as many entries as its rarest word at the most."""
        words = {token.word for token in tokens(phrase)} - STOPS
        return _Part(self.sequence(phrase), 1.0, min(map(self.entries_with, words), default=self.size))

    def sequence(self, phrase: str) -> str:
        """The tokens of a phrase at their places, or its stop words anywhere when it has no others."""
        words = [token.word for token in tokens(phrase)][:MOST_PHRASE]
        placed = [(n, w) for n, w in enumerate(words) if w not in STOPS and words[:n].count(w) < _MOST_SAID]
        if placed:
            return self._at(placed)
        stops = dict.fromkeys(words)
        return " & ".join(quoted(STOP_WORD + word) for word in list(stops)[:MOST_STOPS])


class _Ranked(NamedTuple):
    """A hit: the number of its row, its score, and what decides among equals."""

    number: int
    score: float
    day: date
    id: str


class _View:
    """`entries.IndexView`: each question is a transaction of its own."""

    def __init__(self, dialect: Dialect, tables: WordTables) -> None:
        self._db = dialect
        self._entries, self._marks, self._lexemes, _ = tables
        self._counts: dict[str, int] = {}

    def mended(self, query: Query) -> tuple[Query, tuple[tuple[str, str], ...]]:
        """The query with words that nothing holds taken for those a typo or two away, and which those are."""
        with searching(self._db) as connection:
            terms = self._terms(connection, query)
            begun = partial(tokens_begun, connection, self._lexemes, MOST_BEGUN)
            return mended(query, Lookup(terms.entries_with, partial(self._near, connection), begun))

    def best(self, query: Query, most: int) -> Iterator[Scored]:
        """The best entries in order, of equal ones the later day first; most are never read."""
        with searching(self._db) as connection:
            hits = self._hits(connection, query, self._terms(connection, query), most)
            first = self._read(connection, hits[:_READ])  # the rest when it is its turn
        yield from first
        if rest := hits[_READ:]:
            with searching(self._db) as connection:
                first = self._read(connection, rest)
            yield from first

    def _read(self, connection: Connection, hits: Sequence[_Ranked]) -> list[Scored]:
        """The entries of hits; one that is gone by now is left out."""
        entries = self._entries.c
        wanted = select(entries.number, entries.body).where(entries.number.in_([hit.number for hit in hits]))
        bodies = {row.number: bytes(row.body) for row in connection.execute(wanted)}
        return [Scored(_decode(bodies[hit.number]), hit.score) for hit in hits if hit.number in bodies]

    def allowed(self, query: Query, places: Sequence[str]) -> list[IndexEntry]:
        """The entries at these places that the filters and phrases of the query allow, in order."""
        with searching(self._db) as connection:
            terms = self._terms(connection, query)
            here = self._entries.c.place.in_([_digest(place) for place in places])
            only = (here, *self._limits(query, terms))
            bodies = connection.execute(select(self._entries.c.body).where(*only)).scalars()
            entries = {entry.place: entry for entry in map(_decode, bodies)}
        return [entries[place] for place in places if place in entries]

    def _terms(self, connection: Connection, query: Query) -> _QueryTerms:
        """The query with the counts of its tokens, most of which are fetched at once."""
        self._fetch(connection, _tokens_of(query) - self._counts.keys())
        return _QueryTerms(query, lambda token: self._entries_with(connection, token))

    def _entries_with(self, connection: Connection, token: str) -> int:
        if token not in self._counts:
            self._fetch(connection, {token})
        return self._counts[token]

    def _fetch(self, connection: Connection, tokens: Collection[str]) -> None:
        if tokens:
            lexemes = self._lexemes.c
            statement = select(lexemes.word, lexemes.entries).where(lexemes.word.in_(sorted(tokens)))
            counts = {row.word: int(row.entries) for row in connection.execute(statement)}
            self._counts |= {token: counts.get(token, 0) for token in tokens}

    def _near(self, connection: Connection, word: str, most: int) -> Iterator[list[str]]:
        """Texts that may hold what a word is a typo of: tokens near its own, then near its beginning.

        So few changed letters leave the beginning or the end of most words whole: tokens that share a third
        of it are compared.
        """
        token = token_of(word)
        stems = self._like(connection, token)
        for distance in range(1, most + 1):
            yield self._texts(connection, [s for s in stems if OSA.distance(s, token) == distance])
        if len(word) >= TWICE:
            start = word[:-_ENDING]
            longer = [s for s in stems if OSA.distance(s[: len(start)], start) <= most]
            yield self._texts(connection, longer[:_MOST_NEAR])

    def _like(self, connection: Connection, token: str) -> list[str]:
        """Tokens of about that length that begin or end with the same letters, the frequent first."""
        word, third = self._lexemes.c.word, max(2, len(token) // 3)
        fits = func.length(word).between(len(token) - _ENDING - 1, len(token) + 2)
        ends = func.reverse(word).collate("C").startswith(token[: -third - 1 : -1], autoescape=True)
        alike = or_(word.startswith(token[:third], autoescape=True), ends)
        statement = (
            select(word).where(alike, fits).order_by(self._lexemes.c.entries.desc(), word).limit(_MOST_LIKE)
        )
        return list(connection.execute(statement).scalars())

    def _texts(self, connection: Connection, stems: Sequence[str]) -> list[str]:
        if not stems:
            return []
        holds = self._holds(" | ".join(map(quoted, stems[:_MOST_NEAR])))
        bodies = connection.execute(select(self._entries.c.body).where(holds).limit(_MOST_NEAR)).scalars()
        return [text for entry in map(_decode, bodies) for text in entry.texts]

    # ── ranking ──────────────────────────────────────────────────────────────────────────────────

    def _hits(self, connection: Connection, query: Query, terms: _QueryTerms, most: int) -> list[_Ranked]:
        limits = self._limits(query, terms)
        wanted = terms.wanted()
        if not wanted and not query.phrases:
            if len(query.without) > _FEW_WITHOUT:  # nearly no entry lacks all of many words: not all are read
                since = first_day(connection, self._marks, _FURTHER * MOST_ROWS, query)
                limits = (*limits, *([self._entries.c.day >= since] if since else []))
            return self._listed(connection, literal(0.0, Float).label("score"), limits, (), most)
        if not wanted:
            phrases = [terms.phrase(phrase) for phrase in query.phrases]
            rarest = min(phrases, key=lambda part: part.rows)
            return self._of_many(connection, query, phrases, rarest.tsquery, rarest.rows, limits, most)
        respelled = terms.respelled()
        score = [*terms.scored(), *respelled]
        room = _room(score)
        runs = [run for part in wanted for run in part.runs or (part,)]
        fitting = _fitting([*runs, *respelled], room)
        rest = [run for part in wanted for run in part.runs if run.rows and run not in fitting]
        hits: list[_Ranked] = []
        if whole := sum(part.rows for part in fitting) <= room:
            hits = self._scored(connection, score, (self._holds(_any(fitting)), *limits), most)
            if 2 * len(hits) >= most or not rest:
                return hits
        ranked = {hit.number: hit for hit in hits}
        further = [] if whole else _narrowing(terms, fitting[0])
        for tsquery, often in chain(further, _one_and_all(rest)):
            hits = self._of_many(connection, query, score, tsquery, often, limits, most)
            ranked |= {hit.number: hit for hit in hits}
            if 2 * len(ranked) >= most:
                break
        return sorted(ranked.values(), key=lambda hit: (-hit.score, -hit.day.toordinal(), hit.id))[:most]

    def _of_many(
        self,
        connection: Connection,
        query: Query,
        score: Sequence[_Part],
        tsquery: str,
        rows: int,
        limits: Sequence[ColumnElement[bool]],
        most: int,
    ) -> list[_Ranked]:
        """The best of the latest entries that hold what stands in so many."""
        hits, room = list[_Ranked](), _room(score)
        share = rows / max(1, self._entries_with(connection, ALL))
        small = date.fromordinal(self._entries_with(connection, SINCE) or date.max.toordinal())
        before: date | None = None
        for times in (1,) if len(query.without) > _FEW_WITHOUT else (1, _FURTHER, _FURTHER):  # few are left
            enough = times * room
            since = first_day(connection, self._marks, enough / share, query) if rows > enough else None
            untried = before is None or before > small
            if since and since < small and untried and share * LATEST >= _FEW and not query.until:
                since = small
            by_days = bool(query.until or (since and since >= small))  # else the list of the word is shorter
            recent = from_day(self._entries.c.day, since, looked_up=by_days)
            hits = self._scored(connection, score, (self._holds(tsquery), *recent, *limits), most)
            whole_page = before is not None and len(hits) >= _PAGE
            if whole_page or 2 * len(hits) >= most or since in {None, before}:  # callers ask for twice
                break
            before = since
        return hits

    def _scored(
        self, connection: Connection, parts: Sequence[_Part], where: Sequence[ColumnElement[bool]], most: int
    ) -> list[_Ranked]:
        entries = self._entries
        ranks: ColumnElement[float] = literal(0.0, Float)
        whole: ColumnElement[float] = literal(0.0, Float)
        for part in parts:
            if part.graded:  # divided by the length once: PostgreSQL would count it anew for each rank
                rank = func.ts_rank(_WEIGHTS, entries.c.words, _query(part.tsquery))
                ranks = ranks + part.weight * cast(rank, Float)
            else:
                whole = whole + case((self._holds(part.tsquery), part.weight), else_=0.0)
        score = (ranks / entries.c.length + whole).label("score")
        return self._listed(connection, score, where, (score.desc(),), most)

    def _listed(
        self,
        connection: Connection,
        score: ColumnElement[float],
        where: Sequence[ColumnElement[bool]],
        first: Sequence[ColumnElement[Any]],
        most: int,
    ) -> list[_Ranked]:
        entries = self._entries.c
        rows = select(entries.number, score, entries.day, entries.id).where(*where)
        rows = rows.order_by(*first, entries.day.desc(), entries.id).limit(most)
        return [_Ranked(*row) for row in connection.execute(rows)]

    def _holds(self, tsquery: str) -> ColumnElement[bool]:
        return self._entries.c.words.bool_op("@@")(_query(tsquery))

    def _limits(self, query: Query, terms: _QueryTerms) -> tuple[ColumnElement[bool], ...]:
        """The conditions that every hit must and must not meet."""
        must = [self._holds(phrase) for text in query.phrases if (phrase := terms.sequence(text))]
        never = [f"({phrase})" for text in query.without if (phrase := terms.sequence(text))]
        only = query.only if query.only.kinds else msgspec.structs.replace(query.only, kinds=_EVERY_KIND)
        return (
            *must[:_MOST_NAMES],
            *([not_(self._holds(" | ".join(never)))] if never else []),
            *limits_of(self._entries, only, query),
        )


def _tokens_of(query: Query) -> set[str]:
    """The tokens whose counts a search asks for, but for those of names in two words."""
    plain = query_words(query)
    begins = {FIRST_PAIR + word.tokens[0] for word in words_of(query) if word.paired}
    claims = {OF_CLAIM + token for token in plain} if "claim" in query.only.kinds else set[str]()
    signed = {*(IS_ABOUT + token for token in plain), *(STOP_WORD + stop for stop in stops_of(query))}
    return {ALL, SINCE, *plain, *signed, *begins, *claims}


_WEIGHTS: ColumnElement[Any] = literal_column(f"'{{{ELSEWHERE},{ELSEWHERE},{ELSEWHERE},{TITLE}}}'::float4[]")


def _query(tsquery: str) -> ColumnElement[Any]:
    return cast(literal(tsquery, String), TSQUERY)


def _any(parts: Iterable[_Part]) -> str:
    return " | ".join(f"({part.tsquery})" for part in parts)


def _room(score: Sequence[_Part]) -> int:
    """How many entries may be ranked by so many parts."""
    return min(MOST_ROWS, MOST_RANKS // max(1, len(score)))


def _fitting(parts: Sequence[_Part], room: int) -> list[_Part]:
    """The parts that say most and together stand in so few entries; the first in any case."""
    chosen: list[_Part] = []
    present = sorted((part for part in parts if part.rows), key=lambda part: -part.weight)
    for part in present or parts[:1]:
        if not chosen or part.rows <= room:
            chosen.append(part)
            room -= part.rows
    return chosen


def _one_and_all(runs: Sequence[_Part]) -> Iterator[tuple[str, int]]:
    """Conditions to look for: the run that says most, then any of these."""
    if runs:
        best = max(runs, key=lambda run: run.weight)
        yield best.tsquery, best.rows
        yield _any(runs), max(run.rows for run in runs)


def _narrowing(terms: _QueryTerms, telling: _Part) -> Iterator[tuple[str, int]]:
    """Conditions to look for, each with the entries that may meet it, when a word stands in too many.

    Texts about all words, all words anywhere, texts about the word that says most, and that word. Of many
    words the rarest stand for all: the lists of the others are long, and nearly no text holds so many.
    """
    about = terms.about_all()
    for every in (about, terms.first_tokens()):
        parts = sorted(every, key=lambda part: part.rows)[:SHORT]
        if len(parts) > 1:
            yield " & ".join(f"({part.tsquery})" for part in parts), _together(parts, terms)
    if about:
        best = max(about, key=lambda part: part.weight)
        yield best.tsquery, best.rows
    yield telling.tsquery, telling.rows


def _together(parts: Sequence[_Part], terms: _QueryTerms) -> int:
    """The number of entries in which all parts may stand, three times what chance would give."""
    size = max(1, terms.among())
    return min(min(part.rows for part in parts), round(3 * size * math.prod(p.rows / size for p in parts)))
