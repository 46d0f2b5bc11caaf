"""Scores that need no English: place, length, likeness to the title and to the rest.

Used for Korean and every other language the trained weights say nothing about. Words are read as pairs of
neighbouring characters, which a Korean ending changes least.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from daybrief.text.salience.features import MOST_TOKENS, Table, centrality

_RUN = re.compile(r"[^\W_]+")
_LEAD, _CENTRAL, _TITLE, _LENGTH = 0.35, 1.0, 0.5, 0.25
_FULL = 40  # characters from which a sentence counts as complete


def neutral_scores(title: str, texts: Sequence[str]) -> Table:
    """One score a text, higher is better: early, central, near the title, and not a fragment."""
    lines = [_pairs(text) for text in texts]
    column = {
        pair: index for index, pair in enumerate(dict.fromkeys(pair for line in lines for pair in line))
    }
    held = np.zeros((len(texts), len(column)))
    for row, line in enumerate(lines):
        held[row, [column[pair] for pair in line]] = 1.0
    wanted = _pairs(title)
    titled = np.array([len(wanted & line) / max(len(wanted), 1) for line in lines])
    lead = 1 / (1 + np.arange(len(texts)))
    length = np.array([min(len(text), _FULL) / _FULL for text in texts])
    return np.asarray(_LEAD * lead + _CENTRAL * centrality(held) + _TITLE * titled + _LENGTH * length)


def _pairs(text: str) -> set[str]:
    """The distinct neighbouring character pairs within words; a one-letter word counts as itself."""
    words = _RUN.findall(text.lower())[:MOST_TOKENS]
    return {word[at : at + 2] for word in words for at in range(max(1, min(len(word), 200) - 1))}
