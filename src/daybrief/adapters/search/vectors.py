"""Vectors of stories beside the index: one file a day, searched exactly, by NumPy, among the latest.

Each file is put in place whole and carries the mark of its day, so a killed update leaves the old or the
new one. Vectors are kept as 16-bit floats; files of another model lie in another folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daybrief.adapters.search.entries import Entry
from daybrief.ports import QueryEmbedder
from daybrief.text.tokens import name_key, tokens

MOST = 100_000  # vectors searched: the latest; a look through them takes some 20 ms
_LOOKED_AT = 400  # code points that tell a text's script


class Vectors:
    """The vectors of one model, in `folder`."""

    def __init__(self, folder: Path, embedder: QueryEmbedder) -> None:
        self._folder = folder / f"vectors-{name_key(embedder.name)}"
        self._embedder = embedder
        self._seen: tuple[str, ...] = ()
        self._places: list[str] = []
        self._rows: NDArray[np.float32] = np.zeros((0, 0), np.float32)

    def update(self, marks: Mapping[date, str], entries: Callable[[date], Iterable[Entry]]) -> None:
        """Embed the days whose mark is new, and forget those that are gone. Raises EmbedderUnavailable."""
        self._folder.mkdir(parents=True, exist_ok=True)
        names = {f"{day.isoformat()}.{mark}.npz": day for day, mark in marks.items()}
        have = {path.name for path in self._folder.glob("*.npz")}
        for name in sorted(names.keys() - have, reverse=True):  # the latest day first: it is asked for most
            self._put(name, [entry for entry in entries(names[name]) if self._means(entry)])
        for name in have - names.keys():
            (self._folder / name).unlink(missing_ok=True)

    def nearest(self, text: str, most: int) -> list[str]:
        """The places of the entries nearest in meaning, nearest first; none for a script it cannot read."""
        if self._embedder.latin_only and not _latin(text):
            return []
        self._load()
        if not len(self._rows):
            return []
        likeness = self._rows @ np.asarray(self._embedder.embed_query(text), np.float32)
        most = min(most, len(likeness))
        best = np.argpartition(-likeness, most - 1)[:most]
        order = best[np.lexsort((best, -likeness[best]))]
        return [self._places[n] for n in order]

    def _means(self, entry: Entry) -> bool:
        told = entry.kind in {"paper", "news"}
        return told and (not self._embedder.latin_only or _latin(f"{entry.title} {entry.text}"))

    def _put(self, name: str, entries: list[Entry]) -> None:
        given = self._embedder.embed([f"{entry.title}. {entry.text}" for entry in entries]) if entries else []
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
            places = np.array([entry.place for entry in entries], np.str_)
            np.savez(part, places=places, vectors=np.asarray(given, np.float16))
        Path(part.name).replace(self._folder / name)

    def _load(self) -> None:
        """Read the latest days again when the folder holds others than before."""
        names = tuple(sorted((path.name for path in self._folder.glob("*.npz")), reverse=True))
        if names == self._seen:
            return
        places: list[str] = []
        rows: list[NDArray[np.float16]] = []
        for name in names:
            with np.load(self._folder / name, allow_pickle=False) as held:
                if len(held["places"]):
                    places += held["places"].tolist()
                    rows.append(held["vectors"])
            if len(places) >= MOST:
                break
        self._places = places
        self._rows = np.concatenate(rows).astype(np.float32) if rows else np.zeros((0, 0), np.float32)
        self._seen = names


def _latin(text: str) -> bool:
    """Whether at least half of the words are spaced ones: of Latin, Greek or Cyrillic script."""
    read = list(tokens(text[:_LOOKED_AT]))
    return 2 * sum(not token.paired for token in read) >= len(read) > 0
