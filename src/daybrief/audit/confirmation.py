"""The verdict on one sentence: contradicted, unsupported, confirmed or not confirmed.

    contradicted    the source says the opposite, or the same of other things, figures, directions
    unsupported     it says what no source says: a name, a number, an "all"
    confirmed       the source says it: enough of its content words stand in the sentence it rests on, in the
                    same order where the language is the same, and nothing it says needs more proof
    not confirmed   no check objects, and too little is found to say more

A check that finds a denial or the opposite decides. The share of content words is the words' weight by
rarity; it is shown with every verdict.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from daybrief.checks._evidence import MOST_CLAIM, everything, verbatim
from daybrief.checks._support import SourceWords, support
from daybrief.checks._units import around, covered, units
from daybrief.checks.generality import weaker_than
from daybrief.checks.polarity import negated
from daybrief.checks.relations import comparisons, unproved
from daybrief.languages import language_of
from daybrief.model import Claim, Item, Value, Verdict

SentenceVerdict = Literal["contradicted", "unsupported", "confirmed", "not confirmed"]

LEAST_ACROSS = 0.72
"""Of a sentence in another language than its source, by weight: the share from which it is confirmed."""

LEAST_ALIKE = 0.92
"""The same within one language, where every word can be looked for."""

_LEAST_ORDER = 0.97  # of units that stand in the source in the same order

_WHOLE, _LEAST_SUPPORT = 0.97, 0.85  # of a paraphrase: its words in the whole source, and the scorer's chance


class SentenceFinding(Value, frozen=True, kw_only=True):
    """The verdict on a sentence, the check that decided, why, and the share of its content words found."""

    verdict: SentenceVerdict
    check: str = ""
    why: str = ""
    share: float = 0.0


def verdict_of(claim: Claim, evidence: Sequence[Item], verdicts: Sequence[Verdict]) -> SentenceFinding:
    """What the verdicts of all checks and the words of the source make of a sentence."""
    text = claim.text[:MOST_CLAIM]
    sentences = around(claim, evidence)
    share = max((covered(text, sentence) for sentence in sentences), default=0.0)
    if len(sentences) > 1:
        share = max(share, covered(text, " ".join(sentences)))
    for outcome in ("contradicted", "unsupported"):
        if found := next((v for v in verdicts if v.outcome == outcome), None):
            verdict: SentenceVerdict = "contradicted" if outcome == "contradicted" else "unsupported"
            return SentenceFinding(verdict=verdict, check=found.check, why=found.why, share=round(share, 3))
    if claim.quotes and verbatim(claim, evidence):
        return SentenceFinding(verdict="confirmed", check="quotes", why="verbatim", share=1.0)
    why = _missing(text, sentences, share, everything(evidence))
    return SentenceFinding(
        verdict="not confirmed" if why else "confirmed",
        why=why or f"{share:.0%} of its content words stand in the source's sentence",
        share=round(share, 3),
    )


def _missing(text: str, sentences: Sequence[str], share: float, source: str) -> str:
    """What keeps a sentence without objections from being confirmed; ""."""
    if not sentences:
        return "no sentence of the source shares enough of its content words"
    best = max(sentences, key=lambda sentence: covered(text, sentence))
    if (len(negated(text)) + len(negated(best))) % 2:
        return "one of the two denies something"
    alike = language_of(text) == language_of(best)
    if not (alike and not comparisons(text) and _borne_out(text, source)):
        least = LEAST_ALIKE if alike else LEAST_ACROSS
        if share < least:
            found = f"only {share:.0%} of its content words stand in the source's sentence"
            return f"{found}, fewer than {least:.0%}"
        if alike and _order(text, best) < _LEAST_ORDER:
            return "its words stand in another order than in the source"
    if strong := weaker_than(text, best):
        return f"the source does not say {strong!r}"
    return unproved(text, best)


def _borne_out(text: str, source: str) -> bool:
    """Whether the whole source has the sentence's words and puts them side by side, as the scorer sees it."""
    return covered(text, source) >= _WHOLE and support(text, _words_of(source)) >= _LEAST_SUPPORT


@lru_cache(maxsize=64)
def _words_of(source: str) -> SourceWords:
    return SourceWords(source)


def _order(text: str, sentence: str) -> float:
    """The share of a text's units that stand in the sentence in the same order: the longest such row."""
    places: dict[str, list[int]] = {}
    for place, unit in enumerate(units(sentence)):
        for stem in unit.stems:
            places.setdefault(stem, []).append(place)
    own = [sorted({p for s in unit.stems for p in places.get(s, ())}) for unit in units(text)]
    own = [found for found in own if found]
    row: list[int] = []  # the smallest last place of a row of each length
    for found in own:
        for place in reversed(found):  # a unit may stand in one place only
            at = bisect_left(row, place)
            row[at : at + 1] = [place]
    return len(row) / len(own) if own else 1.0
