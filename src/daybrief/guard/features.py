"""Texts as vectors, and the figures by which a prompt within a scope is told from one without.

A pair is compared piece by piece, as a cross-encoder compares token by token: without a model trained on
pairs such a comparison of parts generalises to scopes never seen, one of tokens does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from daybrief.guard.examples import hostile
from daybrief.guard.scope import Scope, clauses, shortened, spelled_out
from daybrief.ports import QueryEmbedder

Floats = NDArray[np.float64]
_BATCH = 256
_CENTRES = np.array([0.9, 0.7, 0.5, 0.3, 0.1])
_WIDTH = 0.1
NAMES = (
    "whole",
    "best",
    "best three",
    "least covered",
    "hostile",
    *(f"kernel {centre}" for centre in _CENTRES),
)


class EncodedText(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """`whole` (d,) and `parts` (n, d): vectors of length one."""

    whole: Floats
    parts: Floats


class EncodedPairs(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Pairs in order: vectors of both sides, and `features` (pairs, figures)."""

    scopes: Sequence[EncodedText]
    prompts: Sequence[EncodedText]
    features: Floats

    def __len__(self) -> int:
        return len(self.prompts)

    def at(self, rows: NDArray[np.intp]) -> EncodedPairs:
        """Some of the pairs, in the order of their numbers."""
        return EncodedPairs(
            scopes=[self.scopes[row] for row in rows],
            prompts=[self.prompts[row] for row in rows],
            features=self.features[rows],
        )


class TextEncoder:
    """Turns scopes and prompts into vectors, names in code read as words. Raises EmbedderUnavailable.

    With `keep` a text is encoded once and remembered: for training. Prompts that are served are not kept, so
    that an encoder may serve many threads and grows no larger.
    """

    def __init__(self, embedder: QueryEmbedder) -> None:
        self.name = embedder.name
        self.latin_only = embedder.latin_only
        self._embedder = embedder
        self._kept: dict[str, Floats] = {}

    def scopes(self, texts: Sequence[str]) -> list[EncodedText]:
        """Each statement with its pieces. Raises ConfigError for one without words."""
        return self._texts([(text, Scope(text=text).pieces()) for text in texts], self._kept)

    def prompts(self, texts: Sequence[str], *, keep: bool = True) -> list[EncodedText]:
        """Each prompt with its clauses."""
        parted = [(shortened(text), clauses(text)) for text in texts]
        return self._texts(parted, self._kept if keep else {})

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(n, d)."""
        self._learn(texts, self._kept)
        return np.stack([self._kept[text] for text in texts])

    def _texts(
        self, texts: Sequence[tuple[str, tuple[str, ...]]], known: dict[str, Floats]
    ) -> list[EncodedText]:
        self._learn((part for whole, parts in texts for part in (whole, *parts)), known)
        return [
            EncodedText(whole=known[whole], parts=np.stack([known[part] for part in parts]))
            for whole, parts in texts
        ]

    def _learn(self, texts: Iterable[str], known: dict[str, Floats]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for at in range(0, len(new), _BATCH):
            batch = new[at : at + _BATCH]
            spelled = [spelled_out(text) for text in batch]
            rows = np.asarray(self._embedder.embed(spelled), dtype=np.float64)
            known.update(zip(batch, rows, strict=True))


class Comparison:
    """Compares encoded prompts with encoded scopes, and with known `attacks` (b, d)."""

    def __init__(self, attacks: Floats) -> None:
        self._attacks = attacks

    @classmethod
    def of(cls, encoder: TextEncoder) -> Comparison:
        """Features with the attacks that ship."""
        return cls(encoder.vectors(hostile()))

    def features(self, scope: EncodedText, prompt: EncodedText) -> Floats:
        """The figures of `NAMES` for one pair: cosines, and counts of pieces about as near as each centre."""
        rows = scope.parts @ prompt.whole  # (pieces,)
        near = prompt.parts @ scope.parts.T  # (clauses, pieces)
        kernels = np.exp(-(((rows[:, None] - _CENTRES) / _WIDTH) ** 2) / 2).sum(axis=0)
        return np.array(
            [
                float(scope.whole @ prompt.whole),
                float(max(rows.max(), near.max())),
                float(np.sort(rows)[-3:].mean()),
                float(near.max(axis=1).min()),
                float((self._attacks @ prompt.parts.T).max()),
                *np.log1p(kernels),
            ]
        )

    def pairs(self, scopes: Sequence[EncodedText], prompts: Sequence[EncodedText]) -> EncodedPairs:
        """Scopes and prompts paired in order."""
        rows = [self.features(s, p) for s, p in zip(scopes, prompts, strict=True)]
        return EncodedPairs(
            scopes=scopes, prompts=prompts, features=np.array(rows).reshape(len(rows), len(NAMES))
        )
