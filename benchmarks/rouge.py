"""ROUGE-1, ROUGE-2 and ROUGE-L between two texts, in any script.

The published recall-oriented overlap score (Lin 2004), F1 with equal weight on precision and recall. The
usual library keeps Latin letters and digits alone and so scores every Korean text zero; here a token is a
run of letters or digits of any script, and an English text gives the library's figures (with the Porter
stemmer passed in as `stem`, as the published tables have it: only words longer than three letters are
stemmed).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise

import msgspec

_TOKEN = re.compile(r"[^\W_]+")
_LONGEST = 4_000  # tokens a side for ROUGE-L, whose table is quadratic


class Rouge(msgspec.Struct, frozen=True, kw_only=True):
    """F1 of unigrams, of bigrams and of the longest common subsequence, each 0 to 1."""

    unigrams: float
    bigrams: float
    longest: float


def tokens(text: str, stem: Callable[[str], str] | None = None) -> list[str]:
    """The lower-case runs of letters and digits of `text`; words longer than three are stemmed if asked."""
    words = _TOKEN.findall(text.lower())
    return words if stem is None else [stem(word) if len(word) > 3 else word for word in words]


def rouge(candidate: Sequence[str], reference: Sequence[str]) -> Rouge:
    """Score the tokens of a candidate against those of one reference."""
    return Rouge(
        unigrams=_overlap(candidate, reference),
        bigrams=_overlap(list(pairwise(candidate)), list(pairwise(reference))),
        longest=_f1(_subsequence(candidate, reference), len(candidate), len(reference)),
    )


def best(candidate: Sequence[str], references: Iterable[Sequence[str]]) -> Rouge:
    """Score against several references; of each score the highest, as SciTLDR reports it."""
    scores = [rouge(candidate, reference) for reference in references]
    return Rouge(
        unigrams=max((score.unigrams for score in scores), default=0.0),
        bigrams=max((score.bigrams for score in scores), default=0.0),
        longest=max((score.longest for score in scores), default=0.0),
    )


def _overlap(left: Sequence[Hashable], right: Sequence[Hashable]) -> float:
    return _f1((Counter(left) & Counter(right)).total(), len(left), len(right))


def _f1(hits: int, candidate: int, reference: int) -> float:
    return 2 * hits / (candidate + reference) if hits else 0.0


def _subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest common subsequence, one row of the table at a time."""
    row = [0] * (min(len(right), _LONGEST) + 1)
    for word in left[:_LONGEST]:
        diagonal = 0
        for column, other in enumerate(right[:_LONGEST], start=1):
            above = row[column]
            row[column] = diagonal + 1 if word == other else max(above, row[column - 1])
            diagonal = above
    return row[-1]
