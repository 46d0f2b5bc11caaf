"""When a number a writer wrote and a number of the source say the same.

Rounding is allowed where the source is more exact (95.3 → 95, 1,234,567 → 123만), never between numbers of
equal exactness; a hedged number (약, about, over) may be five per cent off when it is the rounder one.
Fractions, factors and per cents are one thing told in three ways: half = 50 % = two-fold; 1.5x = 50 % more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from daybrief.languages.numbers import Number, numbers, plain

_ALIKE = (
    {"%", "point"},
    {"count", "year"},
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
_FROM_TO = re.compile(
    r"[^\d]{0,24}?(?:\bto\b|→|에서|에 비해|compared (?:to|with)|versus|"
    r"\bvs\b|\bthan\b|\bagainst\b|대비)[^\d]{0,30}"
)


def agrees(claim: Number, source: Number) -> bool:
    """Whether the source's number supports the claim's."""
    if claim.unit == "%" and not source.unit and (source.step > 1 or source.value > _WHOLE):
        return False  # 2k, 70B, 1024: nobody writes a share so
    if alike(claim.unit, source.unit):
        return _equal(claim, claim.value, source.value, source.step)
    if claim.unit in _LONGER or source.unit in _LONGER:
        (unit, value), (other, wanted) = _short(claim), _short(source)
        return unit == other and math.isclose(value, wanted, rel_tol=1e-6)
    if claim.unit == "x" and claim.value == 1:
        return False  # once as much is no change: it retells no per cent
    if {claim.unit, source.unit} == {"%", "x"} and math.isclose(claim.value, source.value):
        return False  # 99 % is about 100 times as few, never 99 times: the figure stayed, the unit went
    return any(_equal(claim, claim.value, told, 0.0) for told in _retold(claim, source))


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
        math.isclose(claim.value, one.value) and one.unit not in _UNTOLD and not alike(claim.unit, one.unit)
        for one in sources
    )


def displaced(claim: Sequence[Number], sentence: Sequence[Number]) -> tuple[Number, Number] | None:
    """The first number that says otherwise than the one in its place; None unless both have as many.

    For a claim in the wording of the sentence: there the third number retells the third.
    """
    ours, theirs = ([n for n in found if n.unit != "name"] for found in (claim, sentence))
    if len(ours) != len(theirs):
        return None
    return next(((a, b) for a, b in zip(ours, theirs, strict=True) if not _same(a, b)), None)


def _same(claim: Number, source: Number) -> bool:
    return agrees(claim, source) or share(claim, source)


def off_by_ten(claim: Number, sources: Iterable[Number]) -> tuple[Number, float] | None:
    """The source's number that the claim misses by a power of ten up to 10,000 (만), and the factor."""
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
        for one, other in pairwise(n for n in numbers(sentence) if n.unit != "name"):
            if one.unit == other.unit and _FROM_TO.fullmatch(text[one.end : other.start]):
                step = max(claim.step, 10.0**-6)
                if any(
                    abs(claim.value - told) <= step / 2 for told in _between(claim, one.value, other.value)
                ):
                    return True
    return False


def _between(claim: Number, one: float, other: float) -> Iterable[float]:
    low, high = sorted((one, other))
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
    told = claim.unit == "%" and source.unit == "" and source.step < 1 and source.value <= 1
    return told and _equal(claim, claim.value, 100 * source.value, 100 * source.step)
