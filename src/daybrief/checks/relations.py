"""Does the claim keep who beats whom, which figure belongs to what, and which way things went?

The claim is laid beside the sentence it rests on, in any pair of languages, unit by unit (`checks._roles`):

    comparisons   A outperforms B: the two things compared, and which of them is ahead
    figures       two numbers of one sentence stand with the same neighbours, in the same order
    directions    more or less, better or worse, faster or slower: what the sentence says near the same word

`contradicted` needs proof: the things exchanged, the figures exchanged, only the opposite direction. What the
words do not decide is `unclear`, and `unproved` says why such a claim must not count as confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, pairwise

import msgspec

from daybrief.checks._evidence import (
    MOST_CLAIM,
    around,
    covered,
    covered_kin,
    nearest_telling,
    shapes_exchanged,
    shapes_kept,
    units,
    verbatim,
)
from daybrief.checks._roles import (
    comparisons,
    exchanged_choice,
    exchanged_subjects,
    exchanged_things,
    exchanged_transfer,
    inverted,
    standards_in_order,
    told_from_behind,
    unproved_comparison,
)
from daybrief.checks.numbers import (
    COUNTERS_SAY,
    against_each_other,
    counter_of,
    figures,
    in_own_order,
    range_broken,
    same_figure,
    thing_before,
    things_behind,
    things_counted,
    trade_places,
)
from daybrief.checks.polarity import (
    directions,
    each_matched,
    turned_round,
)
from daybrief.languages import LANGUAGES, either, filtered, language_of, letters
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.numbers import Number, agrees, numbers, plain
from daybrief.text.words import stem

NAME = "relations"
_NATIVE = re.compile(f"[{letters()}]")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """There is nothing to set."""


class Relations:
    """Finds things, figures and directions exchanged."""

    name = NAME

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`contradicted` names what was exchanged; `supported` where comparisons or figures are kept."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        if claim.part == "keyword":
            return Verdict(check=NAME, outcome="unclear", why="a keyword states nothing")
        text = claim.text[:MOST_CLAIM]
        sentences = around(claim, evidence)
        why = _contradicted(text, sentences, loose=not claim.quotes)
        if not (why or claim.quotes) and comparisons(text) and not any(map(comparisons, sentences)):
            why = _contradicted(text, nearest_telling(text, evidence, comparisons), loose=True)
        if why:
            return Verdict(check=NAME, outcome="contradicted", why=why)
        return Verdict(check=NAME, outcome="unclear", why="nothing is exchanged, as far as words tell")


def _contradicted(claim: str, sentences: Sequence[str], *, loose: bool) -> str:
    """The first contradiction between the claim and the sentences; "" where one of them has none."""
    whys = [contradiction(claim, sentence, loose=loose) for sentence in sentences]
    return whys[0] if whys and all(whys) else ""


class _Least(msgspec.Struct, frozen=True):
    """The least that a sentence found by its words alone must share with the claim to be compared with it.

    things, direction: of the claim's weight, to compare the things of a comparison and the direction.
    sure: of its weight, from where on one of two things that stands on the other side is enough.
    beside: how near the opposite direction must stand to a unit of both; alone: of the weight, from where on
        it may stand anywhere.
    """

    things: float = 0.0
    sure: float = 0.0
    direction: float = 0.0
    beside: float = 0.0
    alone: float = 0.0


_QUOTED = _Least()
_QUOTED_ACROSS = _Least(things=0.2, direction=0.25, beside=0.15, alone=0.4)
_ALIKE = _Least(things=0.45, sure=0.6, direction=0.5, beside=0.3, alone=0.95)
_ACROSS = _Least(things=0.3, direction=0.45, beside=0.2, alone=0.5)


def contradiction(claim: str, sentence: str, *, loose: bool = False) -> str:
    """The contradiction between the claim and the sentence; "" where none is proved.

    loose: the sentence was only found by its words, and may be about something else.
    """
    alike = language_of(claim) == language_of(sentence)
    least = (_ALIKE if alike else _ACROSS) if loose else (_QUOTED if alike else _QUOTED_ACROSS)
    ways = directions(claim)
    share = _share(claim, sentence) if ways or comparisons(claim) else 0.0
    sure = share >= least.sure
    why = exchanged_things(claim, sentence, sure=sure) if share >= least.things else ""
    why = why or exchanged_choice(claim, sentence) or exchanged_subjects(claim, sentence)
    why = why or exchanged_transfer(claim, sentence)
    why = why or exchanged_figures(claim, sentence)
    if not why and (shapes := shapes_exchanged(claim, sentence)):
        why = f"{shapes} are exchanged"
    turned = inverted(claim, sentence) or told_from_behind(claim, sentence)
    if why or not ways or share < least.direction or turned:
        return why
    return turned_round(claim, sentence, 0.0 if share >= least.alone else least.beside)


def _share(claim: str, sentence: str) -> float:
    """How much of a claim a sentence holds, in words of one meaning where both are in Latin letters."""
    native = _NATIVE.search(claim) or _NATIVE.search(sentence)
    return covered(claim, sentence) if native else covered_kin(claim, sentence)


def unproved(claim: str, sentence: str) -> str:
    """The part of the claim that the sentence does not prove: comparison, figure or direction; or ""."""
    if why := unproved_comparison(claim, sentence):
        return why
    if len(figures(claim)) > 1 and not (
        standards_in_order(claim, sentence) and in_own_order(claim, sentence)
    ):
        return "its figures stand in another order than in the source"
    if figure := other_unit(claim, sentence):
        return f"{figure} has another unit in the source"
    if not each_matched(directions(claim), directions(sentence)):
        return "the source does not say which way"
    if not shapes_kept(claim, sentence):
        return "the source does not say what has which dimensions"
    return ""


# ── which figure belongs to what ────────────────────────────────────────────────────────────────────

_MOST_FIGURES = 12  # of a sentence that are compared, each with each


def exchanged_figures(claim: str, sentence: str) -> str:
    """Two figures of one sentence in each other's place; ""."""
    ours, theirs = figures(claim), figures(sentence)
    if why := _standard_exchanged(claim, sentence) or range_broken(claim, sentence):
        return why
    if _same_facts(ours, theirs):
        return ""
    compared = _standards(claim) & _standards(sentence)
    for first, second in combinations(ours[:_MOST_FIGURES], 2):
        if (first.value in compared) != (second.value in compared):
            continue
        homes = [[n for n in theirs if same_figure(n, figure)] for figure in (first, second)]
        if first.value == second.value or any(len(home) != 1 for home in homes) or homes[0] == homes[1]:
            continue
        if trade_places(claim, (first, second), sentence, (homes[0][0], homes[1][0])):
            return f"{first.text} and {second.text} are exchanged"
    return ""


def _same_facts(ours: Sequence[Number], theirs: Sequence[Number]) -> bool:
    """Whether two rows of figures are the same pairs of neighbours in another order: 7B 36, 70B 3."""
    rows = [[(a.value, b.value) for a, b in zip(row[::2], row[1::2], strict=False)] for row in (ours, theirs)]
    whole = len(ours) % 2 == 0 and len(ours) > _ONE_FACT
    return whole and set(rows[0]) == set(rows[1])


_ONE_FACT = 2  # figures


def _standards(text: str) -> frozenset[float]:
    """The figures of what something is compared with: 82 of "beats B (93 vs 82)", too."""
    pairs = comparisons(text)
    against = (
        second.value for first, second in pairwise(figures(text)) if against_each_other(text, first, second)
    )
    return frozenset(value for pair in pairs for value in pair.figures) | frozenset(against if pairs else ())


def _standard_exchanged(claim: str, sentence: str) -> str:
    """The figure compared with, told as the one reached."""
    ours, theirs = _standards(claim), _standards(sentence)
    starts = [unit.start for pair in comparisons(sentence) for unit in pair.standard]
    row = figures(sentence)
    listed_behind = not _NATIVE.search(sentence) and not any(
        against_each_other(sentence, first, second) for first, second in pairwise(row)
    )
    ahead = min(starts, default=0) if listed_behind else len(sentence)  # 95%, compared to 80% and 75%
    reached = {n.value for n in row if n.start < ahead} - theirs
    claimed = {n.value for n in figures(claim)} - ours
    if ours and theirs and ours <= reached and claimed & theirs:
        return f"{min(ours):g} is what the source reaches, not what it compares with"
    return ""


# ── which unit a figure has ─────────────────────────────────────────────────────────────────────────

_RULES = tuple(language.rules for language in LANGUAGES)
_TWO = 2  # votes of a plural
_ANY_COUNTER = frozenset(word for rules in _RULES for word in rules.numbers.any_counter)
_COUNTABLE = frozenset[str]().union(*COUNTERS_SAY.values())
_UNSAID = frozenset({"", "count", "name", "version", "ord", "fraction", "point", "fps"})
_DAYS = frozenset({"date", "day"})
_CALENDAR = range(1900, 2101)


_POINTS = re.compile(either("%p", *(rules.numbers.units.get("point", "") or "%p" for rules in _RULES)))


def _points(number: Number) -> bool | None:
    """Whether a share is told in points of a per cent; None where its unit stands elsewhere."""
    written = number.unit == "%" and not number.text[-1:].isdigit()
    return bool(_POINTS.search(number.text)) if written else None


_RATES = tuple(
    (name, filtered(either(*(rules.numbers.rates.get(name, "(?!)") for rules in _RULES))))
    for name in LANGUAGES[0].rules.numbers.rates
)


def _rates(text: str) -> frozenset[str]:
    """The times that figures of a text are told of each: per second, per year."""
    return frozenset(name for name, pattern in _RATES if pattern.search(text))


def _one_unit(figure: Number, stated: Number) -> bool:
    """Whether two figures have one unit, or neither has any; a calendar year needs none."""
    pair = {figure.unit, stated.unit}
    year = "year" in pair and figure.value in _CALENDAR and pair - {"year"} <= _UNSAID
    return len(pair) == 1 or pair <= _UNSAID or pair <= _DAYS or year


def _counts_another(claim: str, figure: Number, stated: Number, sentence: str) -> bool:
    """Whether a native counter (of persons) stands with a figure that counts other things (12 tokens).

    They are the counter's own, or the claim names them.
    """
    counter = counter_of(figure) if figure.unit == "count" else ""
    counts = COUNTERS_SAY.get(counter, _NO_STEMS)
    if not counter or stated.unit == "point":
        return bool(counter) and stem("point") not in counts
    own = units(plain(claim))
    things = things_counted(sentence, stated)
    if counts and counter not in _ANY_COUNTER:
        return not any(unit.stems & counts for unit, _ in things)
    telling = [unit for unit, votes in things if votes >= _TWO or unit.stems & _COUNTABLE]
    return bool(telling) and not any(unit.stems & counts or any(map(unit.same, own)) for unit in telling)


_NO_STEMS = frozenset[str]()


def other_unit(claim: str, sentence: str) -> str:
    """A figure of a claim whose unit no number of the sentence has with that value; "".

    A per cent for points or a factor for a per cent may be true, yet no words prove it. A thing counted is a
    unit, too: 512 words are no 512 tokens.
    """
    stated = numbers(sentence)
    for figure in numbers(claim):
        same = [number for number in stated if agrees(figure, number)]
        alike_units = (n for n in same if _one_unit(figure, n))
        kept = [n for n in alike_units if _points(n) in {None, _points(figure)}]
        if same and not kept and figure.unit != "name":
            return figure.text
    rates = _rates(claim) - _rates(sentence)
    if rates and figures(claim):
        return f"a figure per {min(rates)}"
    there = units(plain(sentence))
    for figure in figures(claim):
        ended = bool(figure.unit and _NATIVE.match(plain(claim), figure.end - 1))  # a counter of its own
        counted = thing_before(claim, figure) or ([] if ended else things_behind(claim, figure)[:1])
        near = [unit for unit in counted if plain(claim)[figure.end : unit.start].strip() == ""]
        if figure.unit in {"", "count"} and near and not any(near[0].same(unit) for unit in there):
            return f"{figure.text} {plain(claim)[near[0].start : near[0].end]}"
        same = [number for number in stated if agrees(figure, number)]
        if same and all(_counts_another(claim, figure, number, sentence) for number in same):
            return figure.text
    return ""


def make(options: Options, tools: Tools) -> Relations:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Relations()
