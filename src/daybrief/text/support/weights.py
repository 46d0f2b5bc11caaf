"""The trained numbers of the support scorer: one JSON file in the package, read once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec

from daybrief.text.support.features import NAMES

_PASSAGE = NAMES.index("passage")


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """A logistic model whose every weight is zero or less; made by `benchmarks/train_support.py`.

    even: from this probability on a claim counts as supported when it must be one or the other; balances the
    two mistakes on the training pairs.
    astray: a claim is about something else when the best passage lacks more than this share of it (feature
    `passage`); of the authors' own summaries in training one in 500 would be.
    overlap: the same as `even` for the share of words found, the figure to beat.
    even_free, overlap_free: the same two, chosen on the training pairs that were written freely (titles,
    authors' summaries), not taken from the text.
    """

    about: str
    bias: float
    weight: dict[str, float]
    even: float
    astray: float
    overlap: float
    even_free: float
    overlap_free: float

    def probability(self, row: Sequence[float]) -> float:
        """The chance of support, 0..1, of one row of features; 0 for a claim about something else alone."""
        if row[_PASSAGE] > self.astray:
            return 0.0
        value = self.bias + math.fsum(self.weight[name] * x for name, x in zip(NAMES, row, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


@cache
def weights() -> Weights:
    """The weights shipped with the package (`daybrief/assets/support.json`)."""
    return msgspec.json.decode(files("daybrief").joinpath("assets/support.json").read_bytes(), type=Weights)
