"""What somebody likes, learned from examples: a linear model on words, retrained in a fraction of a second.

Ridge regression on TF-IDF, in the spirit of arxiv-sanity (https://github.com/karpathy/arxiv-sanity-lite):
liked texts against disliked ones and against texts that nobody judged. It is solved in its dual form, in
which the score of a text is a sum over the examples, so that each score can name the example behind it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from daybrief.model import Example
from daybrief.text.taste_words import Rarity, Terms, names, terms

Floats = NDArray[np.float64]
Text = tuple[str, str]  # title, text

MOST_EXAMPLES = 600  # the latest count
MOST_OTHERS = 600  # unjudged texts; a large day is sampled, always alike
_STIFFNESS = 1.0  # of the ridge
_OTHERS_WEIGH = 1.0  # all unjudged texts together, for each example
_UNJUDGED = -0.5  # the target of a text nobody judged: less than a like, more than a dislike
_LEVEL = 1.0  # the constant feature
_REACH = 2.0  # spreads above the middle of the day that count as liked
_LEAST_SPREAD = 1e-3
_DOUBT = 2.0  # so many examples are believed half
_WORDS_TOLD = 3


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned says of one text: `liking` from -1 to 1, and the liked title and words behind it."""

    liking: float
    because: str = ""
    words: tuple[str, ...] = ()


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned, for a person to read; `trust` (0..1) is how far so many examples are believed."""

    liked: int
    disliked: int
    trust: float
    words_for: tuple[tuple[str, float], ...] = ()
    words_against: tuple[tuple[str, float], ...] = ()


def learn(examples: Sequence[Example], others: Sequence[Text]) -> Taste | None:
    """The taste behind some examples, told from texts nobody judged; None when no example holds a word."""
    latest = sorted(examples, key=lambda e: (e.added_at, e.key))[-MOST_EXAMPLES:]
    telling = [example for example in latest if terms(example.title, example.text)]
    return Taste(telling, others) if telling else None


class Taste:
    """A trained taste; `learn` makes it."""

    def __init__(self, examples: Sequence[Example], others: Sequence[Text]) -> None:
        self._examples = tuple(examples)
        said = [terms(example.title, example.text) for example in examples]
        around = [terms(*text) for text in _sampled(others)]
        self._rarity = Rarity([*said, *around])
        self._places = {term: n for n, term in enumerate(sorted({term for one in said for term in one}))}
        rows = np.vstack([self._row(one) for one in (*said, *around)])
        liked = np.array([example.liked for example in examples])
        alphas = _solved(rows, *_targets(liked, len(around)))
        self._rows, self._alphas = rows[: len(said)], alphas[: len(said)]
        self._weights = rows.T @ alphas
        usual = rows[len(said) :] @ self._weights if around else np.zeros(1)
        self._middle, self._spread = float(np.median(usual)), max(float(np.std(usual)), _LEAST_SPREAD)

    @property
    def trust(self) -> float:
        """0..1: how far so many examples are believed."""
        return len(self._examples) / (len(self._examples) + _DOUBT)

    def opinion(self, title: str, text: str) -> Opinion:
        """How much the reader would like a text, compared with what there is, and why."""
        row = self._row(terms(title, text))
        liking = float(np.tanh((row @ self._weights - self._middle) / (_REACH * self._spread)))
        shares = self._alphas * (self._rows @ row)
        best = int(np.argmax(shares))
        if liking <= 0 or shares[best] <= 0 or not self._examples[best].liked:
            return Opinion(liking=liking)
        told = self._told(row * self._weights * (self._rows[best] > 0))
        return Opinion(liking=liking, because=self._examples[best].title, words=told)

    def learned(self, most: int = 12) -> Learned:
        """The words that speak most for and against a text, with their weights."""
        order = sorted(((float(self._weights[self._places[t]]), n) for t, n in self._names.items()))
        likes = sum(example.liked for example in self._examples)
        return Learned(
            liked=likes,
            disliked=len(self._examples) - likes,
            trust=round(self.trust, 3),
            words_for=tuple((name, round(w, 3)) for w, name in reversed(order[-most:]) if w > 0),
            words_against=tuple((name, round(w, 3)) for w, name in order[:most] if w < 0),
        )

    @cached_property
    def _names(self) -> dict[str, str]:
        return names((example.title, example.text) for example in self._examples)

    def _told(self, added: Floats) -> tuple[str, ...]:
        """The words that added most to a score."""
        told = [(added[self._places[term]], name) for term, name in self._names.items()]
        best = sorted((-float(share), name) for share, name in told if share > 0)
        return tuple(name for _, name in best[:_WORDS_TOLD])

    def _row(self, said: Terms) -> Floats:
        """A text as a vector of length one at the most: only terms of the examples have a place in it."""
        values = {term: (1 + np.log(often)) * self._rarity(term) for term, often in said.items()}
        length = float(np.sqrt(sum(value * value for value in values.values()))) or 1.0
        row = np.zeros(len(self._places))
        for term in values.keys() & self._places.keys():
            row[self._places[term]] = values[term] / length
        return row


def _sampled(others: Sequence[Text]) -> list[Text]:
    """At most `MOST_OTHERS` texts, the same ones of the same day in whatever order they come."""
    order = sorted(set(others), key=lambda text: (zlib.crc32(text[0].encode()), text))
    return order[:MOST_OTHERS]


def _targets(liked: NDArray[np.bool_], others: int) -> tuple[Floats, Floats]:
    """What each row should score, and how much it counts: likes and dislikes evenly, the others together."""
    judged = np.where(liked, 1.0, -1.0)
    target = _UNJUDGED if liked.any() else -_UNJUDGED
    weigh = np.full(others, _OTHERS_WEIGH * len(judged) / max(others, 1))
    return np.concatenate([judged, np.full(others, target)]), np.concatenate([np.ones(len(judged)), weigh])


def _solved(rows: Floats, targets: Floats, counts: Floats) -> Floats:
    """The dual coefficients of a ridge regression in which each row counts as much as `counts` says."""
    kernel = rows @ rows.T + _LEVEL
    kernel[np.diag_indices_from(kernel)] += _STIFFNESS / counts
    return np.asarray(np.linalg.solve(kernel, targets), np.float64)
