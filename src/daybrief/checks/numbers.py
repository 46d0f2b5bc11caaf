"""Is every number of the claim, with its unit, a number of its sources?

Korean and English notations are one: 70억 개 is 7 billion, 절반 is 50 %, 두 배 is twice. A number is
supported when some number of the sources' titles and texts says the same (`daybrief.text.agreement`), when
it is the difference or ratio of two the quoted sentence sets side by side, or the date of the source itself.
Numbers inside names (GPT-4) are for `names`; small counts in words (두 가지) that no source states may have
been counted by the writer and are unclear unless the quoted sentence counts otherwise. A keyword line of the
embedded writer (‘word’: …) carries counts made by daybrief itself: only the word is looked at.

Figures: benchmarks/claims.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.agreement import agrees, alike, contradicted, derived, displaced, off_by_ten, share
from daybrief.text.evidence import MOST_CLAIM, counted_word, everything, quoted, verbatim
from daybrief.languages.numbers import Number, numbers
from daybrief.text.polarity import nearness

NAME = "numbers"
_WE_COUNT = 12  # the largest number of things a writer may have counted in a sentence
_MOST = 100  # numbers of one claim
_WORD_FOR_WORD = 0.75  # of the claim's words in the order of the sentence: numbers stand in their places, too
_CHANGE = re.compile(
    r"차이|격차|오르|오른|올[라랐]|증가|감소|향상|개선|상승|하락|줄|늘|단축|절감|높|낮|"
    r"배|differ|gap|increas|decreas|improv|gain|reduc|"
    r"drop|lower|higher|rais|ris|fall|cut|fewer|less|more|fast|slow|boost|grow|grew|sav|better|worse",
    re.I,
)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """There is nothing to set."""


class Numbers:
    """Finds a number that no source holds, and says so when it is ten, a hundred or a thousand times off."""

    name = NAME

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`unsupported` names the first wrong number; `unclear` a count no source states."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        claimed = _claimed(claim)
        if not claimed:
            return Verdict(check=NAME, outcome="supported", why="0 numbers in the sources")
        around = quoted(claim, evidence)
        if exchanged := _exchanged(claim, around):
            return Verdict(check=NAME, outcome="unsupported", why=exchanged)
        source = numbers(everything(evidence)) + tuple(_dates(evidence))
        open_ = [n for n in claimed if not _in(n, source)]
        if not open_:
            told = [n for n in claimed if not _in(n, _dates(evidence))]
            if stray := _stray(told, [n for s in around for n in numbers(s)]):
                return Verdict(check=NAME, outcome="unsupported", why=stray)
            return Verdict(check=NAME, outcome="supported", why=f"{len(claimed)} numbers in the sources")
        return _verdict(claim, open_, source, around)


def _in(number: Number, source: Sequence[Number]) -> bool:
    """Whether some number says the same; a bare one does not where its namesake has another unit."""
    if not contradicted(number, source):
        return any(agrees(number, one) or share(number, one) for one in source)
    return any((one.unit and agrees(number, one)) or share(number, one) for one in source)


def _exchanged(claim: Claim, around: Sequence[str]) -> str:
    """A number in the place of another one, or with another unit, in a sentence of the same words."""
    text = claim.text[:MOST_CLAIM]
    for sentence in around:
        if nearness(text, sentence) >= _WORD_FOR_WORD and (
            found := displaced(numbers(text), numbers(sentence))
        ):
            told, meant = found
            return f"says {told.text} where the quoted sentence says {meant.text}"
    return ""


def _stray(claimed: Sequence[Number], around: Sequence[Number]) -> str:
    """A number from elsewhere in the source where the quoted sentence has another one of its kind.

    Small numbers stand somewhere in most texts; what counts is the sentence the claim rests on.
    """
    unused = [n for n in around if n.unit != "name" and not n.spelled and not _in(n, claimed)]
    for number in claimed:
        if number.spelled or _in(number, around):
            continue
        for other in unused:
            same_kind = alike(other.unit, number.unit) and "ord" not in {other.unit, number.unit}
            if other.unit == number.unit or same_kind or other.value == number.value:
                return f"the quoted sentence says {other.text}, not {number.text}"
    return ""


def _claimed(claim: Claim) -> list[Number]:
    text = counted_word(claim) or claim.text[:MOST_CLAIM]
    said = [n for n in numbers(text) if n.unit != "name" and not _pale(n)]
    return said[:_MOST]


def _pale(number: Number) -> bool:
    """One is a pronoun, and first a conjunction, too often to be held to."""
    return number.spelled and number.unit in {"", "count", "ord"} and number.value <= 1


def _dates(evidence: Sequence[Item]) -> list[Number]:
    """The days the sources came out: a writer may say when."""
    days: list[date] = []
    for item in evidence:
        days += [d for d in (item.published and item.published.date(), item.announced) if d]
    return [
        Number(text=str(day), value=float(value), unit=unit)
        for day in days
        for value, unit in ((day.year, "year"), (day.month, "date"), (day.day, "day"))
    ]


def _verdict(
    claim: Claim, open_: Sequence[Number], source: Sequence[Number], around: Sequence[str]
) -> Verdict:
    change = bool(_CHANGE.search(claim.text[:MOST_CLAIM]))
    unclear = ""
    for number in open_:
        if change and derived(number, around):
            continue
        if _maybe_counted(number, claim, around):
            unclear = unclear or f"no source counts {number.text}"
            continue
        return Verdict(check=NAME, outcome="unsupported", why=_why(number, source))
    if unclear:
        return Verdict(check=NAME, outcome="unclear", why=unclear)
    return Verdict(check=NAME, outcome="supported", why="numbers of the sources, or derived from two of them")


def _maybe_counted(number: Number, claim: Claim, around: Sequence[str]) -> bool:
    """Whether a writer may have counted this, and the quoted sentences do not count otherwise."""
    in_words = number.spelled or number.text.endswith("가지")
    if not in_words or number.value > _WE_COUNT or number.unit not in {"", "count", "ord"}:
        return False
    ours = {n.value for n in numbers(claim.text[:MOST_CLAIM])}
    others = [n for s in around for n in numbers(s) if n.unit in {"", "count"} and 2 <= n.value <= _WE_COUNT]
    return number.unit == "ord" or all(n.value in ours or n.step < 1 for n in others)


def _why(number: Number, source: Sequence[Number]) -> str:
    if found := off_by_ten(number, source):
        other, factor = found
        times = f"{max(factor, 1 / factor):,.0f} times too {'small' if factor > 1 else 'large'}"
        return f"{number.text} is {times}: the source says {other.text}"
    return f"{number.text} is in no source"


def make(options: Options, tools: Tools) -> Numbers:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Numbers()
