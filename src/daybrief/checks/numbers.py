"""Is every number of the claim, with its unit, a number of its sources?

The notations of all languages are one: a half is 50 %, two-fold is twice. A number is supported when some
number of the sources' titles and texts says the same (`agrees`), when it is the difference or ratio of two
the quoted sentence sets side by side, or the date of the source itself. Numbers inside names (GPT-4) are for
`names`; small counts in words (two kinds) that no source states may have been counted by the writer and are
unclear unless the quoted sentence counts otherwise; the number of stories that a claim speaks of is counted
by the claim itself (2 papers release code). A keyword line of the embedded writer (‘word’: …) carries
counts made by daybrief itself: only the word is looked at.

Figures: benchmarks/claims.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

import msgspec

from daybrief.checks._evidence import MOST_CLAIM, counted_word, everything, nearness, quoted, verbatim
from daybrief.languages import LANGUAGES, filtered, parts
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.numbers import Number, numbers, plain

NAME = "numbers"
_WE_COUNT = 12  # the largest number of things a writer may have counted in a sentence
_MOST = 100  # numbers of one claim
_MOST_SOURCE = 100_000  # characters of the sources
_WORD_FOR_WORD = 0.75  # of the claim's words in the order of the sentence: numbers stand in their places, too
_CHANGE = filtered(parts(lambda rules: rules.numbers.change), re.I)
_WORKS = "|".join(
    language.rules.generality.works for language in LANGUAGES if language.rules.generality.works
)
_WORKS_BEFORE = re.compile(rf"(?:{_WORKS})\s?\Z", re.I)
_WORKS_AFTER = re.compile(rf"\s(?:{_WORKS})\b", re.I)
_ORDER_NAME = re.compile(parts(lambda rules: rules.numbers.orders))
_COUNTERS = tuple(word for language in LANGUAGES for word in language.rules.numbers.counts)


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
        source = _stated(everything(evidence)) + tuple(_dates(evidence))
        open_ = [n for n in claimed if not _in(n, source)]
        if not open_:
            undated = [n for n in claimed if not _in(n, _dates(evidence))]
            if stray := _stray(undated, [n for s in around for n in _stated(s)]):
                return Verdict(check=NAME, outcome="unsupported", why=stray)
            return Verdict(check=NAME, outcome="supported", why=f"{len(claimed)} numbers in the sources")
        return _verdict(claim, open_, source, around)


_OUT_OF = filtered(r"(?<![\d/.])(\d{1,6})/(\d{1,6})(?![\d/.])")


def _stated(text: str) -> tuple[Number, ...]:
    """The numbers of a source; 20/22 states the two counts as well as the fraction."""
    counts = [
        Number(text=figure, value=float(figure), unit="count", step=1.0, start=match.start(), end=match.end())
        for match in _OUT_OF.finditer(text[:_MOST_SOURCE])
        for figure in match.groups()
    ]
    return (*numbers(text), *counts)


def _in(number: Number, source: Sequence[Number]) -> bool:
    """Whether some number says the same; a bare one does not where its namesake has another unit."""
    if not contradicted(number, source):
        return any(agrees(number, candidate) or share(number, candidate) for candidate in source)
    return any(
        (candidate.unit and agrees(number, candidate)) or share(number, candidate) for candidate in source
    )


def _exchanged(claim: Claim, around: Sequence[str]) -> str:
    """A number in the place of another one, or with another unit, in a sentence of the same words."""
    text = claim.text[:MOST_CLAIM]
    for sentence in around:
        if nearness(text, sentence) >= _WORD_FOR_WORD and (
            pair := displaced(numbers(text), numbers(sentence))
        ):
            claimed, meant = pair
            return f"says {claimed.text} where the quoted sentence says {meant.text}"
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
    line = plain(text)
    stated = [n for n in numbers(text) if n.unit != "name" and not _pale(n, line)]
    return [n for n in stated if not _counts_its_stories(n, text, len(claim.stories))][:_MOST]


def _counts_its_stories(number: Number, text: str, stories: int) -> bool:
    """Whether a number beside a word for works is that of the stories the claim speaks of."""
    if number.unit != "count" or not number.value == stories > 1:
        return False
    before, after = text[: number.start], text[number.end :]
    return bool(_WORKS_BEFORE.search(before) or _WORKS_AFTER.match(after))


def _pale(number: Number, text: str) -> bool:
    """Whether a numeral counts nothing: the pronoun one, the adverb first, the zero of zeroth-order."""
    if number.value == 0 and (number.unit == "ord" or _ORDER_NAME.match(text, number.end)):
        return True
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
    in_words = number.spelled or number.text.endswith(_COUNTERS)
    if not in_words or number.value > _WE_COUNT or number.unit not in {"", "count", "ord"}:
        return False
    ours = {n.value for n in numbers(claim.text[:MOST_CLAIM])}
    others = [n for s in around for n in numbers(s) if n.unit in {"", "count"} and 2 <= n.value <= _WE_COUNT]
    return number.unit == "ord" or all(n.value in ours or n.step < 1 for n in others)


def _why(number: Number, source: Sequence[Number]) -> str:
    if near_miss := off_by_ten(number, source):
        other, factor = near_miss
        times = f"{max(factor, 1 / factor):,.0f} times too {'small' if factor > 1 else 'large'}"
        return f"{number.text} is {times}: the source says {other.text}"
    return f"{number.text} is in no source"


# ── when two numbers say the same ───────────────────────────────────────────────────────────────────
#
# Rounding is allowed where the source is more exact (95.3 → 95, 1,234,567 → 1.23 million), never between
# numbers of equal exactness; a hedged number (about, over) may be five per cent off when it is the rounder
# one. Fractions, factors and per cents are one thing told in three ways: half = 50 % = two-fold; 1.5x = 50 %
# more.

_ALIKE = (
    {"%", "point"},
    {"count", "year"},
    {"count", "point"},
    {"count", "name"},
    {"ord", "name"},
    {"year", "name"},
    {"version", "name"},
    {"version", "count"},
    {"version", "ord"},
    {"version", "year"},
    {"date", "year"},
    {"day", "date"},
    {"count", "fps"},
    {"ord", "count"},
    {"fraction", "ord"},
)
_UNTOLD = {"", "name", "version", "ord", "year", "date"}  # classes that say nothing of a namesake
_LONGER = {"day": ("time", 86_400.0), "year": ("month", 12.0)}
_HEDGE = 0.05
_WHOLE = 100  # per cent
_FINE = 0.001  # the last place of a score told between 0 and 1
_FROM_TO = re.compile(rf"[^\d]{{0,24}}?(?:→|{parts(lambda rules: rules.numbers.from_to)})[^\d]{{0,30}}")


def agrees(claim: Number, source: Number) -> bool:
    """Whether the source's number supports the claim's."""
    if claim.unit == "%" and not source.unit and (source.step > 1 or source.value > _WHOLE):
        return False  # 2k, 70B, 1024: nobody writes a share so
    if claim.unit == "%" and not source.unit and source.step <= _FINE and abs(source.value) < 1:
        return False  # a score of 0.222 is 22.2 %, never 0.222 %
    if alike(claim.unit, source.unit):
        return _equal(claim, claim.value, source.value, source.step)
    if claim.unit in _LONGER or source.unit in _LONGER:
        (unit, value), (other, wanted) = _short(claim), _short(source)
        return unit == other and math.isclose(value, wanted, rel_tol=1e-6)
    if claim.unit == "x" and claim.value == 1:
        return False  # once as much is no change: it retells no per cent
    if {claim.unit, source.unit} == {"%", "x"} and math.isclose(claim.value, source.value):
        return False  # 99 % is about 100 times as few, never 99 times: the figure stayed, the unit went
    return any(_equal(claim, claim.value, retold, 0.0) for retold in _retold(claim, source))


def alike(unit: str, other: str) -> bool:
    """Whether two classes of unit may mean the same; nothing said goes with everything but a share."""
    if unit == other:
        return True
    if not unit or not other:
        return "fraction" not in {unit, other}
    return any({unit, other} <= pair for pair in _ALIKE)


def contradicted(claim: Number, sources: Iterable[Number]) -> bool:
    """Whether the sources give this very figure a unit that is no share or factor.

    A bare number goes with any unit; after "70 participants", "all 70" are participants and no 70 %.
    """
    if claim.unit not in {"%", "x"}:
        return False
    return any(
        math.isclose(claim.value, stated.value)
        and stated.unit not in _UNTOLD
        and not alike(claim.unit, stated.unit)
        for stated in sources
    )


def displaced(claim: Sequence[Number], sentence: Sequence[Number]) -> tuple[Number, Number] | None:
    """The first number that says otherwise than the one in its place; None unless both have as many.

    For a claim in the wording of the sentence: there the third number retells the third.
    """
    ours, theirs = ([n for n in side if n.unit != "name"] for side in (claim, sentence))
    if len(ours) != len(theirs):
        return None
    return next(((a, b) for a, b in zip(ours, theirs, strict=True) if not _same(a, b)), None)


def _same(claim: Number, source: Number) -> bool:
    return agrees(claim, source) or share(claim, source)


def off_by_ten(claim: Number, sources: Iterable[Number]) -> tuple[Number, float] | None:
    """The source's number that the claim misses by a power of ten up to 10,000, and the factor."""
    for source in sources:
        if claim.spelled or not source.value or not claim.value or not alike(claim.unit, source.unit):
            continue
        power = math.log10(source.value / claim.value)
        if 1 <= abs(round(power)) <= 4 and abs(power - round(power)) < 1e-6:
            return source, 10.0 ** round(power)
    return None


def derived(claim: Number, sentences: Sequence[str]) -> bool:
    """Whether the claim's number is the difference or ratio of two that the source sets side by side.

    From 40 to 50: 10 (points), 25 (%), 1.25 (times). Only neighbours with to, than, against between them.
    """
    for sentence in sentences:
        text = plain(sentence)
        for first, second in pairwise(n for n in numbers(sentence) if n.unit != "name"):
            if first.unit == second.unit and _FROM_TO.fullmatch(text[first.end : second.start]):
                step = max(claim.step, 10.0**-6)
                if any(
                    abs(claim.value - value) <= step / 2
                    for value in _between(claim, first.value, second.value)
                ):
                    return True
    return False


def _between(claim: Number, first: float, second: float) -> Iterable[float]:
    low, high = sorted((first, second))
    if claim.unit in {"%", "point", ""}:
        yield high - low
    if not low:
        return
    if claim.unit == "%":
        yield from (100 * (high - low) / low, 100 * (high - low) / high)
    if claim.unit == "x":
        yield high / low


def _short(number: Number) -> tuple[str, float]:
    unit, factor = _LONGER.get(number.unit, (number.unit, 1.0))
    return unit, number.value * factor


def _equal(claim: Number, value: float, source: float, step: float) -> bool:
    if math.isclose(value, source, rel_tol=1e-9):
        return True
    if claim.step > step and abs(value - source) <= claim.step / 2 * (1 + 1e-9):
        return True
    if not claim.hedged or not source:
        return False
    rounder = _digits(value) <= 2 and _digits(value) < _digits(source)
    cut = claim.step > step and 0 <= source - value < claim.step
    return cut or (rounder and abs(value - source) / source <= _HEDGE)


def _digits(value: float) -> int:
    """How many significant digits a value is written with."""
    return len(f"{value:.9e}".partition("e")[0].replace(".", "").rstrip("0"))


def _retold(claim: Number, source: Number) -> Iterable[float]:
    """The source's value in the claim's way of telling a share or a factor."""
    value = source.value
    match claim.unit, source.unit:
        case "%" | "point", "fraction":
            yield from (100 * value, 100 * (1 - value))
        case "%" | "point", "x" if value:
            yield from (100 * (value - 1), 100 * (1 - 1 / value), 100 * value)
        case "x", "%":
            yield from (1 + value / 100, value / 100)
            if value < 100:
                yield 1 / (1 - value / 100)
        case "x", "fraction" if value:
            yield 1 / value
        case "fraction", "%":
            yield value / 100
        case "fraction", "x" if value:
            yield 1 / value
        case "fraction", _:
            yield value
        case "", "fraction":
            yield value


def share(claim: Number, source: Number) -> bool:
    """Whether 85 % retells 0.85."""
    fraction = claim.unit == "%" and source.unit == "" and source.step < 1 and source.value <= 1
    return fraction and _equal(claim, claim.value, 100 * source.value, 100 * source.step)


def make(options: Options, tools: Tools) -> Numbers:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Numbers()
