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
from functools import lru_cache
from itertools import combinations, pairwise

import msgspec
from msgspec.structs import replace

from daybrief.checks._evidence import (
    MOST_CLAIM,
    ContentUnit,
    counted_word,
    everything,
    fits,
    nearness,
    quoted,
    units,
    verbatim,
)
from daybrief.languages import LANGUAGES, either, filtered, letters, parts
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.numbers import Number, agrees, alike, bound, contradicted, numbers, plain, share
from daybrief.text.words import stem

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

_RULES = tuple(language.rules for language in LANGUAGES)


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
        if turned := bound_turned(claim.text[:MOST_CLAIM], everything(evidence)):
            return Verdict(check=NAME, outcome="unsupported", why=turned)
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
    stated = [_as_part(n, line) for n in numbers(text) if n.unit != "name" and not _pale(n, line)]
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
    if _HYPHEN_PART.match(text, number.end):
        return True
    return number.spelled and number.unit in {"", "count", "ord"} and number.value <= 1


_HYPHEN_PART = re.compile(
    r"-\w+(?:st|nd|rd|th)s?\b"
)  # twenty-fifth: of the parts that are named only the last


def _as_part(number: Number, text: str) -> Number:
    """An ordinal in digits behind an article is a part: a 270th of the data."""
    part = number.unit == "ord" and number.value and not number.spelled
    if part and re.search(r"\b(?:an?|one)[ -]$", text[: number.start]):
        return replace(number, unit="fraction", value=1 / number.value, step=0.0)
    return number


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
        if _maybe_counted(number, claim, source, around):
            unclear = unclear or f"no source counts {number.text}"
            continue
        return Verdict(check=NAME, outcome="unsupported", why=_why(number, source))
    if unclear:
        return Verdict(check=NAME, outcome="unclear", why=unclear)
    return Verdict(check=NAME, outcome="supported", why="numbers of the sources, or derived from two of them")


def _maybe_counted(number: Number, claim: Claim, source: Sequence[Number], around: Sequence[str]) -> bool:
    """Whether a writer may have counted this, or told a thing so, and the quoted sentences count no other.

    A part in words (half, a third) may tell a percentage, the first place whatever is on top.
    """
    if number.unit == "ord" and number.value == 1:
        return not any(n.unit == "ord" for n in source)
    if number.spelled and number.value < 1 and not around:
        return True
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


_FROM_TO = re.compile(rf"[^\d]{{0,24}}?(?:→|{parts(lambda rules: rules.numbers.from_to)})[^\d]{{0,30}}")


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


def bound_turned(claim: str, source: str) -> str:
    """A figure that a claim makes the least and the source, wherever it has it, the most; or the reverse."""
    ours, theirs = plain(claim), plain(source)
    stated = figures(source)
    for figure in figures(claim):
        side = bound(ours, figure)
        same = [n for n in stated if same_figure(n, figure) and alike(n.unit, figure.unit)] if side else []
        if same and all(bound(theirs, n) == -side for n in same):
            return f"{figure.text} is the {'most' if side > 0 else 'least'} the source says"
    return ""


# ── which figure belongs to what ────────────────────────────────────────────────────────────────────

_NATIVE = re.compile(f"[{letters()}]")
_REACH = 5  # units between a figure and its neighbour
_IN_NAME = re.compile(r"[-_/]$|[A-Za-z]$|\b[A-Z]{2,}[a-z]* $")  # GPT-4, RTX 4090
_EDGE = re.compile(either("[,;:]", *(rules.comparison.joint for rules in _RULES)))


_SPREAD = re.compile(r"(?:±|\+/-)\s?$")


@lru_cache(maxsize=256)
def figures(text: str) -> tuple[Number, ...]:
    """The numbers of a text that are told of something, in digits: no name, year, ordinal or spread."""
    line = plain(text)
    own = (n for n in numbers(text) if n.unit not in {"name", "version", "ord", "year"} and not _idle(n))
    before = ((n, line[max(0, n.start - 12) : n.start]) for n in own)
    single = ((n, head) for n, head in before if not _SPREAD.search(head))
    return tuple(n for n, head in single if not _IN_NAME.search(head) or _stands_alone(n, head))


def _idle(number: Number) -> bool:
    """Whether a number in words counts nothing that could be exchanged: one of many, both, half."""
    return number.spelled and (
        number.value < _TWO or number.unit not in {"", "count"} or number.text.lower() in _SETS
    )


def _stands_alone(number: Number, head: str) -> bool:
    """Whether a number behind a name is none of it: F1 0.81, LLM 5 with a counter."""
    return bool("." in number.text and head[-1] == " ") or bool(_NATIVE.search(number.text))


def same_figure(first: Number, second: Number) -> bool:
    """Whether two figures have one value, one may be rounded; or are written alike where one has no unit."""
    if math.isclose(first.value, second.value, rel_tol=1e-6):
        return True
    rounded = first.step and second.step and first.step != second.step and first.unit == second.unit != ""
    near = abs(first.value - second.value) <= max(first.step, second.step) / 2 * (1 + 1e-9)
    return bool(rounded and near) or ("" in {first.unit, second.unit} and first.text == second.text)


def _places_traded(
    claim: str, ours: tuple[Number, Number], sentence: str, theirs: tuple[Number, Number]
) -> bool:
    same_order = (ours[0].start < ours[1].start) == (theirs[0].start < theirs[1].start)
    lists = listed(claim, ours), listed(sentence, theirs)
    if all(lists):
        return not same_order
    places = _placed(claim, ours, sentence) if any(lists) else None
    if lists[1]:  # the words of such a sentence stand as near either figure
        return places is not None and (places[0] < places[1]) != (theirs[0].start < theirs[1].start)
    if places:
        return False
    near = [_neighbours(claim, n) for n in ours]
    home = [_neighbours(sentence, n) for n in theirs]
    straight, cross = fits(near, home)
    if _NATIVE.search(claim):
        return cross > (2.0 * straight + 0.3 if same_order else straight)
    return cross > (1.2 * straight + 0.1 if same_order else straight + 0.05)


def _placed(claim: str, ours: Figures, sentence: str) -> tuple[int, int] | None:
    """The places in the sentence of the nearest own neighbour of each of the claim's figures; or None.

    A neighbour whose like stands as near the other figure (reaches 40% and reaches 55%) tells nothing.
    """
    places = []
    near = [_neighbours(claim, n, leaning=False) for n in ours]
    for figure, mine, others in zip(ours, near, near[::-1], strict=True):
        own = [
            (_TELLING * weight if unit.weight >= _NAME else weight, unit.end <= figure.start, at)
            for unit, weight in mine
            if unit.known and weight > max((w for u, w in others if u.same(unit)), default=0.0)
            for at in [next((u.start for u in units(sentence) if u.same(unit)), None)]
            if at is not None
        ]
        nearest = (
            max(own, default=(0.0, False, 0))[:2] if _NATIVE.search(claim) else max(own, default=(0.0,))[:1]
        )
        places.append({at for *rank, at in own if tuple(rank[: len(nearest)]) == nearest})
    if len(places[0]) != 1 or len(places[1]) != 1 or places[0] == places[1]:
        return None
    return min(places[0]), min(places[1])


_ROUNDED = re.compile(parts(lambda rules: (*rules.numbers.hedge_before, *rules.numbers.hedge_after)), re.I)
_OF = re.compile(either(*(rules.comparison.counted for rules in _RULES)))
_NAME, _TELLING = 0.8, 3.0  # the weight of a name or a rare term, and how much more it tells than other words
_COUNTED = 2  # units behind a figure among which stands what it counts


Figures = tuple[Number, Number]


def trade_places(claim: str, ours: Figures, sentence: str, theirs: Figures) -> bool:
    """Whether two figures of the claim stand in each other's place: by what they count, else by all near."""
    if _placeless(claim, sentence, theirs):
        return False
    counted = "count" in {number.unit for number in ours} <= {"count", ""}
    if counted and (own := _counts_its_own(claim, ours, sentence, theirs)):
        return own < 0
    first, second = (_kind(claim, number) for number in ours)
    return (counted or first == second) and _places_traded(claim, ours, sentence, theirs)


def _kind(text: str, number: Number) -> str:
    """The unit a figure is written with; of one in words without a unit the word behind it (two rounds)."""
    if not number.spelled:
        return re.sub(r"[\d.,\s]+", "", number.text)
    behind = [unit for unit in units(plain(text)) if unit.start >= number.end][:1]
    return number.unit or next((" ".join(sorted(unit.stems)) for unit in behind), "")


def _placeless(claim: str, sentence: str, theirs: Figures) -> bool:
    """Whether the order of two figures tells nothing: one stands in brackets, or the one against the other.

    Or the sentence lists two pairs (30% and 65% with 1% and 10%), and the claim tells first with first.
    """
    first, second = sorted(theirs, key=lambda number: number.start)
    between = plain(sentence)[first.end : second.start]
    if between.count("(") != between.count(")") or against_each_other(sentence, first, second):
        return True
    stated, claimed = figures(sentence), [number.value for number in figures(claim)]
    if len(stated) != _TWO_PAIRS or not (listed(sentence, stated[:2]) and listed(sentence, stated[2:])):
        return False
    a, b, c, d = (number.value for number in stated)
    return claimed in ([a, c, b, d], [c, a, d, b])


def against_each_other(text: str, first: Number, second: Number) -> bool:
    """Whether one figure is set against the next: 93% vs. 82%."""
    return bool(_AGAINST.fullmatch(plain(text)[first.end : second.start]))


_AGAINST = re.compile(rf"[\s%]*(?:vs\.?|versus|{parts(lambda rules: rules.numbers.against)})\s*", re.I)
_SPANNING = re.compile(either(r"\s?[%°]?\s?[-~×x:]\s?", *(rules.numbers.spanning for rules in _RULES)), re.I)


def _ranges(text: str) -> tuple[tuple[Number, Number], ...]:
    """The neighbours that one range, ratio or change joins: 3-10%, 1:4, from 0.73 to 0.76."""
    line = plain(text)
    own = [n for n in numbers(text) if n.unit not in {"name", "version", "ord"} and not n.spelled]
    return tuple((a, b) for a, b in pairwise(own) if _SPANNING.fullmatch(line[a.end : b.start]))


def range_broken(claim: str, sentence: str) -> str:
    """A range of a claim of which the sentence has one end in another range, or both the other way round."""
    ours = _ranges(claim)
    theirs = _ranges(sentence) if ours else ()
    for low, high in ours:
        same = [
            (same_figure(low, a) + same_figure(high, b), same_figure(low, b) + same_figure(high, a))
            for a, b in theirs
        ]
        best, turned = max((s for s, _ in same), default=0), max((t for _, t in same), default=0)
        if low.value != high.value and turned == _BOTH and best < _BOTH:
            return f"{low.text} and {high.text} are exchanged"
        if (
            best == 1
            and turned < _BOTH
            and all(any(same_figure(end, n) for n in numbers(sentence)) for end in (low, high))
        ):
            return f"{low.text} and {high.text} are no range of the source"
    return ""


_SETS = frozenset(word for rules in _RULES for word in rules.numbers.sets)
_BOTH = 2  # ends of a range
_TWO = 2  # the least number in words that is compared; the votes of a plural
_TWO_PAIRS = 4  # figures


def _counts_its_own(claim: str, ours: Figures, sentence: str, theirs: Figures) -> int:
    """Above 0 where the figures count what they count in the sentence (5 models), below where the other's."""
    homes = [things_counted(sentence, figure) for figure in theirs]
    votes = 0
    for at, figure in enumerate(ours):
        things = thing_before(claim, figure) or things_behind(claim, figure)[:1]
        for stems in (*(thing.stems for thing in things), COUNTERS_SAY.get(counter_of(figure), frozenset())):
            own, other = (
                max((vote for unit, vote in homes[n] if stems & unit.stems), default=0) for n in (at, 1 - at)
            )
            votes += own - other if not (own and other) else 0
    return votes


def things_counted(text: str, number: Number) -> list[tuple[ContentUnit, int]]:
    """The things a figure may count, with their votes: the two units behind it; the first plural has two."""
    near = things_behind(text, number)[:_NAMED]
    line = plain(text)
    plural = next((unit for unit in near if _PLURAL.search(line[unit.start : unit.end])), None)
    return [(unit, 2 if unit is plural else 1) for unit in near if unit in near[:_COUNTED] or unit is plural]


_NAMED = 4  # units of a name for what is counted
_PLURAL = re.compile(r"[^\Ws\d]s$")
COUNTERS_SAY = {
    counter: frozenset(map(stem, nouns.split()))
    for rules in _RULES
    for counter, nouns in rules.numbers.counters.items()
}


def counter_of(number: Number) -> str:
    """The native counter that a figure is written with; "" for none."""
    return "".join(_NATIVE_RUN.findall(number.text)[-1:])


_NATIVE_RUN = re.compile(f"[{letters()}]+$")


def thing_before(text: str, number: Number) -> list[ContentUnit]:
    """The unit that a figure with a native counter stands right behind: it is counted."""
    line = plain(text)
    own = [unit for unit in units(line) if unit.known and not unit.figure and unit.end <= number.start][-1:]
    close = own and not line[own[0].end : number.start].strip()
    return own if close and _NATIVE.match(line, number.end - 1) else []


def things_behind(text: str, number: Number) -> list[ContentUnit]:
    """The known units that a figure may count: behind it, up to the next figure or the end of its clause."""
    line = plain(text)
    if number.unit and _NATIVE.match(line, number.end - 1) and not _OF.match(line, number.end):
        return []
    stop = re.compile(rf"\d|{_EDGE.pattern}").search(line, number.end)
    end = stop.start() if stop else len(line)
    return [u for u in units(line) if u.known and u.start >= number.end and u.end <= end]


_UNITS = (rules.numbers.units.get(unit, "") for rules in _RULES for unit in ("times", "percent"))
_JOINED = re.compile(
    "(?:"
    + either(r"[%x×:\s,\\\d]|\.\d|\([-+][^()]{1,12}\)", parts(lambda r: r.numbers.between), *_UNITS)
    + ")*"
)


def listed(text: str, pair: Sequence[Number]) -> bool:
    """Whether two figures stand side by side: 2.8% and 1.3%."""
    first, second = sorted(pair, key=lambda number: number.start)
    return bool(_JOINED.fullmatch(plain(text)[first.end : second.start]))


def _neighbours(text: str, number: Number, *, leaning: bool = True) -> list[tuple[ContentUnit, float]]:
    """Each unit near a figure with how near it stands, 0..1."""
    line = plain(text)
    own = [unit for unit in units(line) if unit.known and not unit.figure and not _bound(line, unit)]
    left = [unit for unit in own if unit.end <= number.start][-_REACH:]
    right = [unit for unit in own if unit.start >= number.end][:_REACH]
    leans = _leaning(line, number) if leaning else 0
    neighbours = []
    for side, row in ((-1, reversed(left)), (1, right)):
        for distance, unit in enumerate(row):
            between = line[unit.end : number.start] if side < 0 else line[number.end : unit.start]
            edges = len(_EDGE.findall(between)) + len(_DIGITS.findall(between))
            near = _ASIDE if leans == -side else 1.0
            neighbours.append((unit, near / (1 + distance) / (1 + edges)))
    return neighbours


_DIGITS = re.compile(r"\d[\d.,]*")
_ASIDE = 0.5  # how much of a neighbour counts that stands on the side a figure does not lean on


def _leaning(line: str, number: Number) -> int:
    """The side a figure leans on by the words next to it: -1 before it, 1 behind it, 0 either."""
    native = bool(_NATIVE.search(line))
    if native and _adjoins(line, number):
        return -1
    for rules in _RULES if native else ():
        if rules.numbers.leans_behind and re.compile(rules.numbers.leans_behind).match(line, number.end):
            return 1
        if rules.numbers.leans_before and re.compile(rules.numbers.leans_before).match(line, number.end):
            return -1
    return 0


def _adjoins(line: str, number: Number) -> bool:
    """Whether a noun without a particle stands right before a figure with a native counter."""
    return bool(_NATIVE.match(line, number.end - 1) and _NOUN_BEFORE.search(line[: number.start]))


_NOUN_BEFORE = re.compile("[^\\W\\d_]{2} ?$")


def _bound(line: str, unit: ContentUnit) -> bool:
    """Whether a word only says that a figure is rounded or a bound: it stands with any figure."""
    return bool(_ROUNDED.fullmatch(line, unit.start, unit.end))


def in_own_order(claim: str, sentence: str) -> bool:
    """Whether every figure of the claim stands in the sentence, in the claim's order and beside its words.

    In another order, two figures must stand clearly nearer their own words than each other's.
    """
    ours, theirs = figures(claim), figures(sentence)
    homes: list[Number] = []
    for figure in ours:
        own = [n for n in theirs if same_figure(n, figure) and n not in homes]
        behind = (n for n in own if not homes or n.start > homes[-1].start)
        if not own:
            return False
        homes.append(next(behind, own[0]))
    near = [_neighbours(claim, figure) for figure in ours]
    home = [_neighbours(sentence, figure) for figure in homes]
    for a, b in combinations(range(len(ours)), 2):
        straight, cross = fits((near[a], near[b]), (home[a], home[b]))
        turned = homes[a].start > homes[b].start
        if cross > straight or (turned and (straight < _TOLD or straight < _CLEARLY * cross)):
            return False
    return True


_TOLD, _CLEARLY = (
    0.1,
    1.6,
)  # two figures in another order: how well they fit their places, and how much better


def make(options: Options, tools: Tools) -> Numbers:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Numbers()
