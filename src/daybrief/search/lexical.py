"""The full-text index: one tantivy folder, whose last commit is what a reader sees, whoever kills the writer.

The index keeps each day's mark beside the day's entries, in the same commit, so that it always knows which
days of the archive it lacks. Tokens are made by `daybrief.text.tokens`; tantivy only splits at spaces.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import tantivy
from filelock import FileLock, Timeout

from daybrief.errors import ArchiveBusy, ArchiveError
from daybrief.search.entries import Entry
from daybrief.text.tokens import STOP_WORDS, beginnings, name_key, spaced

FORMAT = "5"
"""Changes with the fields or the tokens; an index of another format is left alone and made anew."""

PATIENCE_S = 10.0
"""Seconds a writer waits for another one."""

STRONG = 3
"""How often a text says a word that is among its strong ones; a title's words count so often at once."""

_HEAP = 64 * 2**20  # of a day or a few
_HEAP_OF_MANY = 256 * 2**20  # fewer segments to merge
_MANY = 100
_MOST_DAYS = 1_000_000
_STOPS = frozenset(STOP_WORDS)
_APART = " the "  # a stop word: its place stays empty, so that no phrase spans it
_decode = msgspec.json.Decoder(Entry).decode


def schema() -> tantivy.Schema:
    """The fields: what is matched, what is filtered by, and the entry itself.

    Ordinary entries are matched by `words`, claims by `claims`, so that neither search must filter the other
    out. `strong` holds the words that a text is about, for words that are nearly everywhere.
    """
    build = tantivy.SchemaBuilder()
    for name in ("words", "claims"):
        build.add_text_field(name, tokenizer_name="tokens", index_option="position")
    build.add_text_field("title", tokenizer_name="tokens", index_option="freq")
    build.add_text_field("strong", tokenizer_name="tokens", index_option="freq")
    build.add_text_field("stops", tokenizer_name="stops", index_option="freq")
    build.add_text_field("beginnings", tokenizer_name="tokens", index_option="basic")
    for name in ("place", "day", "kind", "source", "category"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    build.add_integer_field("at", indexed=True, fast=True)
    build.add_bytes_field("body", stored=True)
    return build.build()


class WordIndex:
    """Opens (or makes empty) the index in `folder`; many may read, one may write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"words-{FORMAT}"
        self._seen = 0
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
        splitter = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
        analyser = splitter.filter(tantivy.Filter.custom_stopword(list(STOP_WORDS))).build()
        index.register_tokenizer("tokens", analyser)
        index.register_tokenizer("stops", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
        index.config_reader("manual")
        index.reload()
        return index

    def searcher(self) -> tantivy.Searcher:
        """A view of the last commit that stays as it is."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._index.reload()
            self._seen = stamp  # after it: a thread that comes between reloads once more, and sees no less
        return self._index.searcher()

    def _stamp(self) -> int:
        return (self._path / "meta.json").stat().st_mtime_ns

    def marks(self) -> dict[date, str]:
        """The mark of each day as it was indexed."""
        stamp = self._stamp()
        known, marks = self._known
        if stamp == known:
            return dict(marks)
        searcher = self.searcher()
        wanted = tantivy.Query.term_query(self.schema, "kind", "mark")
        found = searcher.search(wanted, limit=_MOST_DAYS, count=False).hits
        entries = (stored(searcher, address) for _, address in found)
        marks = {entry.day: entry.text for entry in entries}
        self._known = (stamp, marks)
        return dict(marks)

    def update(
        self,
        marks: Mapping[date, str],
        gone: Sequence[date],
        entries: Callable[[date], Iterator[Entry]],
        *,
        anew: bool = False,
    ) -> None:
        """Replace these days by what `entries` gives for each, and forget the `gone`, in one commit.

        `anew` forgets every day first, in the same commit. Raises ArchiveBusy when another process writes.
        """
        with self._alone():
            writer = self._index.writer(_HEAP_OF_MANY if len(marks) >= _MANY else _HEAP, 1)
            if anew:
                writer.delete_all_documents()
            for day in (*marks, *gone):
                writer.delete_documents_by_term("day", day.isoformat())
            for day, mark in marks.items():
                for entry in entries(day):
                    writer.add_document(document(entry))
                writer.add_document(_mark(day, mark))
            writer.commit()
            writer.wait_merging_threads()
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
        except Timeout as held:
            raise ArchiveBusy(f"{self._path} is being written", hint="try again in a minute") from held


def stored(searcher: tantivy.Searcher, address: Any) -> Entry:
    """The entry of a hit."""
    return _decode(bytes(searcher.doc(address)["body"][0]))


def document(entry: Entry) -> tantivy.Document:
    """An entry as the index takes it; `also` is matched, and not kept."""
    title, rest = spaced(entry.title), (entry.text, *entry.claims, *entry.also)
    body = " ".join(map(spaced, rest))
    made = tantivy.Document()
    if entry.kind == "claim":
        made.add_text("claims", f"{title}{_APART}{body}")
    else:
        made.add_text("words", f"{title}{_APART}{body}")
        made.add_text("title", title)
        made.add_text("strong", _strong(title, body))
    made.add_text("stops", _stops(title, body))
    made.add_text("beginnings", " ".join(map(beginnings, (entry.title, *rest))))
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


def _strong(title: str, body: str) -> str:
    """The words a text is about, as often as it says them."""
    times = Counter(body.split())
    for word in title.split():
        times[word] += STRONG
    return " ".join(" ".join([word] * many) for word, many in times.items() if many >= STRONG)


def _stops(title: str, body: str) -> str:
    """The stop words of a text, once; those of its title thrice."""
    named = _STOPS.intersection(title.split())
    return " ".join([*named, *named, *sorted(_STOPS.intersection(body.split()) | named)])


def _mark(day: date, mark: str) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("day", day.isoformat())
    made.add_text("kind", "mark")
    kept = Entry(id="", kind="edition", day=day, title="", text=mark)
    made.add_bytes("body", msgspec.json.encode(kept))
    return made
