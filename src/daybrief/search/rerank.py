"""A second look at the first hits: a small interaction model, its ranks fused with those of the first stage.

    texts   the words of some documents, laid out so that one query is compared with all of them at once
    model   fifteen interactions of query and document, scored by a small network; NumPy only
    second_look   the candidates in a new order: reciprocal rank fusion, phantoms kept out

A *phantom* shares no word with the query and is not near it in meaning either. A model trained on hard
negatives alone puts such documents on top when it sees enough of them (Drowning in Documents, arXiv
2411.11767). So phantoms are never lifted, they are counted, and the depth is small.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import ConfigError
from daybrief.text.words import STOP_WORDS, tokens

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

EARLY = 20  # the constant of reciprocal rank fusion
SUPPORT = 0.25  # likeness below which a document without a word of the query is a phantom
MOST_WORDS = 400  # of a document
MOST_QUERY = 32  # different words of a query
INTERACTIONS = (
    "coverage by rarity", "coverage", "saturated counts", "mean likeness", "likeness by rarity",
    "least likeness", "earliest match", "neighbours kept", "likeness 0.4 to 0.6", "likeness 0.6 to 0.8",
    "likeness above 0.8", "rarest match", "likeness of the wholes", "length", "length of the query",
)  # fmt: skip
COVERAGE, WHOLES = 1, 12
_SATURATED = 1.2
_NEAR_THE_START = 50.0
_ASSET = "rerank.npz"


def words_in(text: str, most: int = MOST_WORDS) -> list[str]:
    """The first tokens of a text, as search makes them, without stop words."""
    words: list[str] = []
    for token in tokens(text):
        if token.word not in STOP_WORDS:
            words.append(token.word)
            if len(words) == most:
                break
    return words


class Lexicon:
    """How rare words are, and where they lie in meaning: `rarity` (V,), `vectors` (V, D) of length one."""

    def __init__(self, words: Sequence[str], rarity: Floats, vectors: Floats) -> None:
        if not len(words) == len(rarity) == len(vectors):
            raise ConfigError(
                f"a lexicon of {len(words)} words has {len(rarity)} rarities, {len(vectors)} vectors"
            )
        self.words = list(words)
        self.rarity = rarity.astype(np.float32)
        self.vectors = vectors.astype(np.float32)
        self._rows = {word: row for row, word in enumerate(self.words)}
        self._rarest = float(self.rarity.max(initial=1.0))

    def of(self, words: Sequence[str]) -> tuple[Floats, Floats]:
        """Rarities (n,) and vectors (n, D); an unknown word is as rare as the rarest, and near nothing."""
        rows = np.array([self._rows.get(word, -1) for word in words], np.int64)
        known = rows >= 0
        rarity = np.full(len(words), self._rarest, np.float32)
        vectors = np.zeros((len(words), self.vectors.shape[1]), np.float32)
        rarity[known], vectors[known] = self.rarity[rows[known]], self.vectors[rows[known]]
        return rarity, vectors


class Texts:
    """Documents as rows of different words: word, count and first place, one document after another."""

    def __init__(self, documents: Sequence[Sequence[str]], lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._ids: dict[str, int] = {}
        coded = [[self._ids.setdefault(word, len(self._ids)) for word in words] for words in documents]
        self.rarity, self.vectors = lexicon.of(list(self._ids))
        self._lengths = np.array([len(words) for words in coded], np.float32)
        parts = [_different(row) for row in coded]
        sizes = np.array([len(part[0]) for part in parts], np.int64)
        self._flat, self._counts, self._places = (
            np.concatenate([part[n] for part in parts]) if parts else np.zeros(0, np.int64) for n in range(3)
        )
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._rows = np.repeat(np.arange(len(parts)), sizes)
        self._order = np.argsort(self._flat, kind="stable")
        self._sorted = self._flat[self._order]
        self._pairs = [frozenset(itertools.pairwise(row)) for row in coded]
        self.wholes = self._pooled()

    def __len__(self) -> int:
        return len(self._lengths)

    def interactions(self, query: Sequence[str], rows: Ints | None = None) -> Floats:
        """The interactions of a query's words with all documents, or with `rows`: (documents, 15)."""
        chosen = np.arange(len(self)) if rows is None else np.asarray(rows, np.int64)
        words = list(dict.fromkeys(query))[:MOST_QUERY]
        out = np.zeros((len(chosen), len(INTERACTIONS)), np.float32)
        if not words or not len(chosen):
            return out
        rarity, vectors = self.lexicon.of(words)
        share = rarity / rarity.sum()
        counts, places = self._matches(words)
        counts, places = counts[:, chosen], places[:, chosen]
        matched = counts > 0
        nearest = np.maximum(self._nearest(vectors, None if rows is None else chosen), matched)
        out[:, 0] = share @ matched
        out[:, 1] = matched.mean(0)
        out[:, 2] = share @ (counts / (counts + _SATURATED))
        out[:, 3] = nearest.mean(0)
        out[:, 4] = share @ nearest
        out[:, 5] = nearest.min(0)
        out[:, 6] = np.exp(-places.min(0) / _NEAR_THE_START)
        out[:, 7] = self._neighbours(words, matched, chosen)
        for column, low, high in ((8, 0.4, 0.6), (9, 0.6, 0.8), (10, 0.8, 2.0)):
            out[:, column] = ((nearest >= low) & (nearest < high)).mean(0)
        out[:, 11] = (matched * rarity[:, None]).max(0) / rarity.max()
        whole = share @ vectors
        out[:, 12] = self.wholes[chosen] @ (whole / max(float(np.linalg.norm(whole)), 1e-9))
        out[:, 13] = np.log1p(self._lengths[chosen])
        out[:, 14] = np.log1p(len(words))
        return out

    def _pooled(self) -> Floats:
        """The direction of each document: its words' vectors by rarity, of length one; (N, D)."""
        sums = np.zeros((len(self), self.vectors.shape[1]), np.float32)
        np.add.at(sums, self._rows, (self.vectors * self.rarity[:, None])[self._flat])
        unit: Floats = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        return unit

    def _matches(self, words: Sequence[str]) -> tuple[Floats, Floats]:
        """How often each word stands in each document, and where first (far away where it does not)."""
        counts = np.zeros((len(words), len(self)), np.float32)
        places = np.full((len(words), len(self)), 10.0 * MOST_WORDS, np.float32)
        for n, word in enumerate(words):
            if (code := self._ids.get(word)) is not None:
                low, high = np.searchsorted(self._sorted, [code, code + 1])
                entries = self._order[low:high]
                counts[n, self._rows[entries]] = self._counts[entries]
                places[n, self._rows[entries]] = self._places[entries]
        return counts, places

    def _nearest(self, vectors: Floats, rows: Ints | None) -> Floats:
        """The likeness of each word to the likest word of each document; (words, documents)."""
        sizes = np.diff(self._starts)
        if rows is None:
            rows, flat, codes = np.arange(len(self)), self._flat, None
        else:
            spans = [self._flat[self._starts[row] : self._starts[row + 1]] for row in rows]
            codes, flat = np.unique(np.concatenate(spans), return_inverse=True)
        likeness = vectors @ (self.vectors if codes is None else self.vectors[codes]).T
        full = np.flatnonzero(sizes[rows])
        nearest = np.zeros((len(vectors), len(rows)), np.float32)
        if len(full):
            starts = np.concatenate([[0], np.cumsum(sizes[rows])])[:-1][full]
            for n, row in enumerate(likeness):
                nearest[n, full] = np.maximum.reduceat(row[flat], starts)
        return np.clip(nearest, 0, 1)

    def _neighbours(self, words: Sequence[str], matched: NDArray[np.bool_], chosen: Ints) -> Floats:
        """The share of neighbouring words of the query that are neighbours in the document."""
        kept = np.zeros(len(chosen), np.float32)
        codes = [self._ids.get(word, -1) for word in words]
        for n, pair in enumerate(itertools.pairwise(codes)):
            for at in np.flatnonzero(matched[n] & matched[n + 1]):
                kept[at] += pair in self._pairs[chosen[at]]
        return kept / np.float32(max(1, len(words) - 1))


def _different(row: Sequence[int]) -> tuple[Ints, Ints, Ints]:
    words, first, counts = np.unique(np.array(row, np.int64), return_index=True, return_counts=True)
    return words, counts.astype(np.int64), first.astype(np.int64)


class Network(NamedTuple):
    """Interactions, shifted and scaled, through layers of (weights, biases) with ramps between."""

    mean: Floats
    spread: Floats
    layers: tuple[tuple[Floats, Floats], ...]

    def score(self, interactions: Floats) -> Floats:
        """The score of each row; higher is more relevant."""
        x: Floats = (interactions - self.mean) / self.spread
        for weights, biases in self.layers[:-1]:
            x = np.maximum(x @ weights + biases, 0).astype(np.float32)
        weights, biases = self.layers[-1]
        scores: Floats = (x @ weights + biases)[:, 0]
        return scores


class RerankModel(NamedTuple):
    """The model of a second look: a lexicon and a network."""

    lexicon: Lexicon
    network: Network

    def packed(self) -> bytes:
        """The model as an `.npz`: vectors in 8 bits, the rest as it is."""
        out = io.BytesIO()
        layers: dict[str, Any] = {
            f"{part}{n}": array
            for n, layer in enumerate(self.network.layers)
            for part, array in zip("wb", layer, strict=True)
        }
        np.savez_compressed(
            out,
            words=np.frombuffer("\n".join(self.lexicon.words).encode(), np.uint8),
            rarity=self.lexicon.rarity.astype(np.float16),
            vectors=np.round(self.lexicon.vectors * 127).astype(np.int8),
            mean=self.network.mean,
            spread=self.network.spread,
            **layers,
        )
        return out.getvalue()

    @classmethod
    def unpacked(cls, body: bytes) -> RerankModel:
        """Read what `packed` wrote; raises ConfigError when it is something else."""
        try:
            with np.load(io.BytesIO(body), allow_pickle=False) as kept:
                words = kept["words"].tobytes().decode().split("\n")
                vectors = kept["vectors"].astype(np.float32)
                vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
                depth = sum(name.startswith("w") and name[1:].isdigit() for name in kept.files)
                layers = tuple((kept[f"w{n}"], kept[f"b{n}"]) for n in range(depth))
                network = Network(kept["mean"], kept["spread"], layers)
                return cls(Lexicon(words, kept["rarity"].astype(np.float32), vectors), network)
        except (OSError, ValueError, KeyError, UnicodeDecodeError, EOFError, zipfile.BadZipFile) as broken:
            raise ConfigError(
                f"the rerank model cannot be read: {broken}",
                hint="train it: python benchmarks/train_rerank.py",
            ) from broken


@lru_cache(maxsize=1)
def shipped() -> RerankModel:
    """The model that comes with daybrief, trained on titles and abstracts of arXiv (CC0)."""
    return RerankModel.unpacked((files("daybrief") / "assets" / _ASSET).read_bytes())


class SecondLook(NamedTuple):
    """The candidates' places in their new order, and those that would have been lifted without support."""

    order: list[int]
    phantoms: tuple[int, ...]


def second_look(scores: Floats, supported: NDArray[np.bool_], share: float, top: int = 10) -> SecondLook:
    """Fuse the ranks of the second look with those of the first, in whose order the candidates come.

    A candidate without support is ranked last by the second look; `phantoms` are those it would have put
    among the `top`.
    """
    count = len(scores)
    by_score = np.lexsort((np.arange(count), -scores))
    phantoms = tuple(int(n) for n in by_score[:top] if not supported[n])
    order = np.lexsort((np.arange(count), -scores, ~supported))
    ranks = np.empty(count)
    ranks[order] = np.arange(1, count + 1)
    fused = (1 - share) / (EARLY + np.arange(1, count + 1)) + share / (EARLY + ranks)
    return SecondLook([int(n) for n in np.lexsort((np.arange(count), -fused))], phantoms)


def supported(interactions: Floats) -> NDArray[np.bool_]:
    """Whether a document shares a word with the query, or lies near it in meaning."""
    kept: NDArray[np.bool_] = (interactions[:, COVERAGE] > 0) | (interactions[:, WHOLES] >= SUPPORT)
    return kept


def reranked(query: str, documents: Iterable[str], model: RerankModel, share: float) -> SecondLook:
    """Look a second time at documents, given in the order of the first stage."""
    texts = Texts([words_in(document) for document in documents], model.lexicon)
    interactions = texts.interactions(words_in(query))
    return second_look(model.network.score(interactions), supported(interactions), share)
