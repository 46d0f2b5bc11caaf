"""The trained numbers of the sentence chooser: one JSON file in the package, read once."""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np

from daybrief.text.salience.features import CANDIDATE_FEATURES, WORD_FEATURES, Table


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """A logistic model of words and a linear model of candidates.

    `words` maps a word key to (inverse document frequency, coefficient); the other maps are coefficients by
    the names of `WORD_FEATURES` and `CANDIDATE_FEATURES`. Made by `benchmarks/train_salience.py`.
    """

    about: str
    unseen: float
    words: dict[str, tuple[float, float]]
    bias: float
    word: dict[str, float]
    candidate: dict[str, float]

    def rarity(self, word: str) -> float:
        """The inverse document frequency of a word key; that of a word never met, if unknown."""
        return self.words.get(word, (self.unseen, 0.0))[0]

    def chances(self, words: tuple[str, ...], table: Table) -> dict[str, float]:
        """How likely each word is in a one-sentence summary, given its row of the word table."""
        plain = table @ np.array([self.word[name] for name in WORD_FEATURES])
        return {
            word: 1
            / (1 + math.exp(-max(-50.0, min(50.0, self.bias + value + self.words.get(word, (0, 0.0))[1]))))
            for word, value in zip(words, plain.tolist(), strict=True)
        }

    def scores(self, table: Table) -> Table:
        """The expected ROUGE-1 of each candidate, in points against the mean of its abstract."""
        return np.asarray(table @ np.array([self.candidate[name] for name in CANDIDATE_FEATURES]))


@cache
def weights() -> Weights:
    """The weights shipped with the package (`daybrief/assets/salience.json`)."""
    return msgspec.json.decode(files("daybrief").joinpath("assets/salience.json").read_bytes(), type=Weights)
