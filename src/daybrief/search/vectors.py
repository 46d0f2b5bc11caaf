"""Vectors of stories in a folder, one file a day, searched exactly among the latest.

Each file is put in place whole and carries the mark of its day, so a killed update leaves the old or the new
one. Vectors are kept as 16-bit floats; those of another model lie in another folder.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from daybrief.ports import IndexEntry, LatestVectors, QueryEmbedder, has_meaning
from daybrief.text.query import Filters, Query
from daybrief.text.words import name_key

MOST = 100_000  # vectors searched: the latest; a look through them takes some 20 ms
_FORMAT = 2
_DAMAGED = (OSError, ValueError, KeyError, zipfile.BadZipFile)


class _Rows(NamedTuple):
    """The rows of all files; `facets` lists the rows that carry a name (`source:arxiv`)."""

    files: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    rows: NDArray[np.float32] = np.zeros((0, 0), np.float32)
    days: NDArray[np.int32] = np.zeros(0, np.int32)
    facets: Mapping[str, NDArray[np.int32]] = MappingProxyType({})


class Vectors:
    """The vectors of one model, in `folder`; many threads may ask while one updates."""

    def __init__(self, folder: Path, embedder: QueryEmbedder) -> None:
        self._folder = folder / f"vectors-{_FORMAT}-{name_key(embedder.name)}"
        self._embedder = embedder
        self._index = _Rows()
        self._loading = Lock()

    def update(self, marks: Mapping[date, str], entries: Callable[[date], Iterable[IndexEntry]]) -> None:
        """Embed the days whose mark is new, and forget those that are gone. Raises EmbedderUnavailable."""
        self._folder.mkdir(parents=True, exist_ok=True)
        names = {f"{day.isoformat()}.{mark}.npz": day for day, mark in marks.items()}
        have = {path.name for path in self._folder.glob("*.npz")}
        for name in sorted(names.keys() - have, reverse=True):  # the latest day first: it is asked for most
            day = names[name]
            stories = [entry for entry in entries(day) if has_meaning(entry, self._embedder)]
            older = [self._folder / old for old in have if old.startswith(day.isoformat())]
            self._put(name, stories, _known(older))
        for name in have - names.keys():
            (self._folder / name).unlink(missing_ok=True)

    def latest(self) -> LatestVectors:
        """The vectors that are searched; the stamp changes when days come or go."""
        index = self._loaded()
        return LatestVectors(_digest(" ".join(index.files)), index.places, index.days, index.rows)

    def nearest(self, query: Query, vector: NDArray[np.float32], most: int) -> list[str]:
        """The places of the entries nearest to a vector among those the filters allow, nearest first."""
        index = self._loaded()
        rows = _allowed(index, query)
        if not len(rows):
            return []
        every = len(rows) == len(index.rows)
        likeness = (index.rows if every else index.rows[rows]) @ vector
        most = min(most, len(likeness))
        best = np.argpartition(-likeness, most - 1)[:most]
        order = best[np.lexsort((best, -likeness[best]))]
        return [index.places[rows[n]] for n in order]

    def _put(self, name: str, entries: list[IndexEntry], known: Mapping[str, NDArray[np.float16]]) -> None:
        """Write one day's file; words that were embedded before are not embedded again."""
        texts = [f"{entry.title}. {entry.text}" for entry in entries]
        digests = [_digest(text) for text in texts]
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
        made = self._embedder.embed(list(new.values())) if new else []
        rows = dict(known) | {d: np.asarray(v, np.float16) for d, v in zip(new, made, strict=True)}
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
            np.savez(
                part,
                places=np.array([entry.place for entry in entries], np.str_),
                facets=np.array(["\n".join(_facets(entry)) for entry in entries], np.str_),
                digests=np.array(digests, np.str_),
                vectors=np.array([rows[digest] for digest in digests], np.float16),
            )
        Path(part.name).replace(self._folder / name)

    def _loaded(self) -> _Rows:
        """The latest days as they lie there now; while another thread reads them again, as they lay."""
        files = tuple(sorted((path.name for path in self._folder.glob("*.npz")), reverse=True))
        index = self._index
        if files == index.files or not self._loading.acquire(blocking=not index.files):
            return index
        try:
            if files != self._index.files:
                self._index = self._read(files)
            return self._index
        finally:
            self._loading.release()

    def _read(self, files: Sequence[str]) -> _Rows:
        places: list[str] = []
        names: list[str] = []
        rows: list[NDArray[np.float16]] = []
        for file in files:
            day = _opened(self._folder / file)
            if len(day.get("places", ())):
                places += day["places"].tolist()
                names += day["facets"].tolist()
                rows.append(day["vectors"])
            if len(places) >= MOST:
                break
        if not rows:
            return _Rows(files=tuple(files))
        carrying: dict[str, list[int]] = {}
        for row, facets in enumerate(names):
            for facet in facets.split("\n"):
                carrying.setdefault(facet, []).append(row)
        return _Rows(
            files=tuple(files),
            places=tuple(places),
            rows=np.concatenate(rows).astype(np.float32),
            days=np.array([date.fromisoformat(place[:10]).toordinal() for place in places], np.int32),
            facets={facet: np.array(listed, np.int32) for facet, listed in carrying.items()},
        )


def _opened(path: Path) -> dict[str, NDArray[Any]]:
    """A day's file; nothing when another process has just replaced it, or when it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in ("places", "facets", "digests", "vectors")}
    except FileNotFoundError:
        return {}
    except _DAMAGED:
        path.unlink(missing_ok=True)  # the next update makes it again
        return {}


def _known(files: Iterable[Path]) -> dict[str, NDArray[np.float16]]:
    """The vectors of these files by the digest of their texts."""
    days = map(_opened, files)
    return {d: v for day in days if day for d, v in zip(day["digests"].tolist(), day["vectors"], strict=True)}


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _facets(entry: IndexEntry) -> Iterator[str]:
    yield f"kind:{entry.kind}"
    yield from (f"source:{name_key(source)}" for source in entry.sources)
    yield from (f"category:{name}" for name in entry.names if name)


def _allowed(index: _Rows, query: Query) -> NDArray[np.intp]:
    """The rows that the filters of a query allow."""
    allowed = np.ones(len(index.rows), np.bool_)
    for names in _named(query.only):
        allowed &= _carrying(index, names)
    for names in _named(query.never):
        allowed &= ~_carrying(index, names)
    if query.since:
        allowed &= index.days >= query.since.toordinal()
    if query.until:
        allowed &= index.days <= query.until.toordinal()
    return np.flatnonzero(allowed)


def _named(filters: Filters) -> Iterator[list[str]]:
    """The facets of each kind that are named, one of which counts."""
    groups = (
        [f"source:{name_key(name)}" for name in filters.sources],
        [f"category:{name_key(name)}" for name in filters.categories],
        [f"kind:{kind}" for kind in filters.kinds],
    )
    return (group for group in groups if group)


def _carrying(index: _Rows, facets: Iterable[str]) -> NDArray[np.bool_]:
    rows = np.zeros(len(index.rows), np.bool_)
    for facet in facets:
        if facet in index.facets:
            rows[index.facets[facet]] = True
    return rows
