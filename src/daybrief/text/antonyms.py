"""Opposites from WordNet (`daybrief/assets/antonyms.txt`): automatic and manual, general and specific.

Broader and rougher than the axes of `opposites`: a pair counts only where one word stands in the very place
of the other.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from daybrief.languages.terms import stem

_SHORT, _LONG = 3, 6  # words of the shorter and the longer run: beyond, another clause stands there
# Pairs of WordNet that papers use side by side of one thing, or that differ in a sense papers do not use.
_NO_OPPOSITES = frozenset(
    {("applied", "theoretical"), ("bottom", "side"), ("common", "individual"), ("fall", "rise"),
     ("first", "second"), ("side", "top"), ("issue", "recall"), ("algorithmic", "heuristic"),
     ("geometrically", "linearly"), ("linear", "planar"), ("flat", "natural"), ("flat", "sharp")}
)  # fmt: skip


def antonym(new: str, old: str) -> tuple[str, str] | None:
    """(a word of the new run, the word of the old it is the opposite of); None when there is no such pair.

    Runs are words in lower case, one put in the place of the other; longer ones are not compared.
    """
    ours, theirs = new.split(), old.split()
    shorter, longer = sorted((len(ours), len(theirs)))
    if not shorter or shorter > _SHORT or longer > _LONG:
        return None
    pairs = _pairs()
    for word in set(ours) - set(theirs):
        for other in set(theirs) - set(ours):
            if frozenset((stem(word), stem(other))) in pairs:
                return word, other
    return None


@cache
def _pairs() -> frozenset[frozenset[str]]:
    """The pairs by their stems, so that an inflected form counts; a pair of one stem is none."""
    text = files("daybrief").joinpath("assets/antonyms.txt").read_text(encoding="utf-8")
    listed = [tuple(line.split()) for line in text.splitlines() if line and not line.startswith("#")]
    kept = (frozenset(map(stem, pair)) for pair in listed if pair not in _NO_OPPOSITES)
    return frozenset(pair for pair in kept if len(pair) == 2)
