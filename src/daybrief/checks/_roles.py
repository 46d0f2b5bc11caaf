"""Two things of a sentence and what holds between them: who does what to whom, the first and the second.

    comparison   A outperforms B, B trails A, A is more robust than B: who is ahead, and in what
    choice       A instead of B, B is replaced by A: what is taken, and what is left
    transfer     from A to B: where something comes from, and where it goes
    facts        A does this while B does that: each thing has its own fact

Each is read from the words and endings around it, in any language. The things are laid beside each other unit
by unit, across languages by the terms of both. A claim is contradicted where both of its things are found in
the sentence with their places exchanged, or one of them where the words tell which way. All else is unproved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import dropwhile, islice, product

import msgspec
from msgspec.structs import replace

from daybrief import languages
from daybrief.checks._evidence import (
    MOST_CLAIM,
    ContentUnit,
    names_quality,
    nearness,
    side_share,
    units,
    with_kin,
    with_kin_of,
    worth,
)
from daybrief.checks.numbers import figures, listed
from daybrief.checks.polarity import directions, nouns, polar
from daybrief.languages import LANGUAGES, Language, PatternTable, either, filtered, letters
from daybrief.text.numbers import Number
from daybrief.text.words import latin_stems, stem

# ── who beats whom ──────────────────────────────────────────────────────────────────────────────────

_SPAN = 90  # characters of a thing compared
_SAME_WORDS = 0.9  # of the claim's words stand in the sentence in order: nothing is exchanged
_ALL = 0.9  # of a thing's weight: all of it is found
_CLEAR = 0.5  # of a thing's weight: it is found
_RULES = tuple(language.rules for language in LANGUAGES)
_NATIVE = re.compile(f"[{letters()}]")


class ComparedPair(msgspec.Struct, frozen=True):
    """The subject is said to be more (`side` 1) or less (-1) than the standard, on an axis.

    The subject holds all that may be it; the standard is narrow. `figures` stand with the standard. Where the
    words tell no direction, the axis is "" and the side 1. `cost`: what is more or less is better less.
    `grade`: the stems of what there is more or less of, where the words name it: more sensitive.
    """

    subject: tuple[ContentUnit, ...]
    standard: tuple[ContentUnit, ...]
    axis: str
    side: int
    figures: tuple[float, ...] = ()
    cost: bool = False
    grade: frozenset[str] = frozenset()


@lru_cache(maxsize=128)
def comparisons(text: str) -> tuple[ComparedPair, ...]:
    """The comparisons of a text of which both sides and the direction are told."""
    pairs = [pair for language in LANGUAGES for pair in _of_language(text[:MOST_CLAIM], language)]
    return tuple(_without_other_standards(pair, pairs) for pair in pairs)


def _without_other_standards(pair: ComparedPair, pairs: Sequence[ComparedPair]) -> ComparedPair:
    """A comparison whose first thing holds no standard of another comparison of the sentence."""
    taken = {unit.start for other in pairs if other is not pair for unit in other.standard}
    own = tuple(unit for unit in pair.subject if unit.start not in taken)
    return replace(pair, subject=own) if own else pair


def _of_language(text: str, language: Language) -> Iterator[ComparedPair]:
    rules = language.rules.comparison
    marks = _MARKS[language.code]
    for sign, pattern in _LIKELY_MARKS[language.code].of(text):
        for mark in pattern.finditer(text):
            before_it = text[max(0, mark.start() - 12) : mark.end()]
            if sign == _BETTER and _WORSE in marks and marks[_WORSE].search(before_it):
                continue
            if sign in {_BETTER, _WORSE} and _denied_comparison(text, mark, language):
                continue
            axis, side, grade = _measure(text, mark, sign, language)
            spans = (_both_before if rules.both_before else _on_both_sides)(text, mark, language)
            first, second = (_things(text, span) for span in spans)
            if first or second:
                inside = [n for n in figures(text) if spans[1][0] <= n.start <= spans[1][1]]
                own = [n for n in inside if not sign or _told_of_standard(text, n, mark)]
                own += [n for n in inside if n not in own and any(listed(text, (n, other)) for other in own)]
                cost = axis == "amount" and not rules.both_before and _costs(text, mark)
                yield ComparedPair(first, second, axis, side, tuple(n.value for n in own), cost, grade)


def _denied_comparison(text: str, mark: re.Match[str], language: Language) -> bool:
    """Whether no such thing is said to be: no strategy that outperforms the others."""
    rules = language.rules.comparison
    before, behind = text[max(0, mark.start() - _SPAN) : mark.start()], text[mark.end() : mark.end() + _SPAN]
    return bool(
        (rules.none_before and re.search(rules.none_before, before, re.I))
        or (rules.none_behind and re.match(rules.none_behind, behind))
    )


_OWNED = re.compile(
    either(r"%? ?\)", *(rules.comparison.owned for rules in _RULES if rules.comparison.owned))
)
_OWNED_BEFORE = re.compile(r"\([^()]*$|\b(?:of|at) $")


def _told_of_standard(text: str, figure: Number, mark: re.Match[str]) -> bool:
    """Whether a figure among the words of a standard is its own: in brackets, of 93%."""
    if mark.start() > figure.start:
        return not text[figure.end : mark.start()].strip("% ") or bool(_OWNED.match(text, figure.end))
    return bool(_OWNED_BEFORE.search(text[mark.end() : figure.start]))


_BETTER, _WORSE, _THAN, _PART, _TIMES = 1, -1, 0, 2, 3  # beats; trails; than; a third of; twice as fast as


def _marks(language: Language) -> dict[int, languages.FilteredPattern]:
    """The words of a comparison by what they say of its subject."""
    rules = language.rules.comparison
    before, behind = language.edges
    words = {
        _BETTER: rules.better,
        _WORSE: rules.worse,
        _THAN: rules.than,
        _PART: rules.part,
        _TIMES: rules.times,
    }
    return {sign: filtered(before + "|".join(some) + behind, re.I) for sign, some in words.items() if some}


_MARKS = {language.code: _marks(language) for language in LANGUAGES}
_LIKELY_MARKS = {code: PatternTable(marks.items()) for code, marks in _MARKS.items()}


_NOTHING = frozenset[str]()


def _measure(
    text: str, mark: re.Match[str], sign: int, language: Language
) -> tuple[str, int, frozenset[str]]:
    """The axis, the side and the graded word that a mark of comparison tells, or the words beside it."""
    if sign in {_BETTER, _WORSE}:
        return "quality", sign, _NOTHING
    if sign == _PART:
        return "amount", -1, _NOTHING
    if sign == _TIMES:
        (axis, side, _), *_ = *polar(mark[0]), ("amount", 1, mark)
        return axis, side, _NOTHING
    return _measure_beside(text, mark, language)


def _measure_beside(text: str, mark: re.Match[str], language: Language) -> tuple[str, int, frozenset[str]]:
    """The same by the words beside "than".

    The axis is "" where they tell none, and where two facts go different ways: it raises the one and lowers
    the other. More or less of a quality is better or worse where the word says so (accurate, prone).
    """
    sign = 1 if language.rules.comparison.both_before else -1
    first, last = (mark.end(), mark.end() + _SPAN) if sign > 0 else (mark.start() - _SPAN, mark.start())
    window = text[max(0, first) : last]
    if sign < 0 and not mark.start():  # compared with B, A is better
        sign, window = 1, text[mark.end() : mark.end() + 2 * _SPAN]
    measures = sorted((sign * match.start(), axis, side, match[0]) for axis, side, match in polar(window))
    mixed = len({side for _, _, side, _ in measures}) > 1
    if mixed and re.search(language.rules.comparison.joint, window):
        return "", 1, _NOTHING
    if measures and not re.fullmatch(language.rules.comparison.degree, measures[0][3], re.I):
        return *measures[0][1:3], _NOTHING
    degree, grade = (_graded_behind if language.rules.comparison.both_before else _graded)(window, language)
    if value := worth(grade):
        return "quality", degree * value, grade
    if measures:
        return *measures[0][1:3], grade
    plain = [(m.start(), side) for side, p in _PLAIN[language.code].items() if (m := p.search(window))]
    if plain or (grade and re.search(language.rules.comparison.raised or "", window)):
        return "amount", min(plain)[1] if plain else degree, grade
    return "", 1, grade


def _graded(window: str, language: Language) -> tuple[int, frozenset[str]]:
    """More (1) or less (-1) of which quality, the last of an English window: more robust, broader."""
    last = next(reversed([*re.finditer(language.rules.comparison.graded, window, re.I)]), None)
    if last is None:
        return 1, _NOTHING
    if word := last["word"]:
        stems = frozenset(latin_stems(word))
        known = names_quality(word, stems)
        return (-1 if last["degree"].lower() == "less" else 1), with_kin_of(stems) if known else _NOTHING
    word = _COMPARATIVE.sub(lambda end: (end[1] or "") + ("y" if end[2] else ""), last["plain"])
    return 1, with_kin_of(frozenset({*latin_stems(word), stem(word + "e")}))


def _graded_behind(window: str, language: Language) -> tuple[int, frozenset[str]]:
    """The same behind a native comparison: of the verbs, up to the end of the clause."""
    rules = language.rules.comparison
    end = re.search(rules.clause, window)
    clause = window[: end.end() if end else len(window)]
    verbs = (unit for unit in units(clause) if unit.known and re.match(rules.graded, clause[unit.end :]))
    stems = frozenset[str]().union(*(unit.stems for unit in verbs))
    return (-1 if re.search(rules.degree, clause) else 1), stems


_COMPARATIVE = re.compile("(?:([^aeious])\\1)?(i)?er$")  # bigger, easier, broader


def _costs(text: str, mark: re.Match[str]) -> bool:
    """Whether the English words before "than" tell more or less of a cost: a reduction in training time."""
    window = text[max(0, mark.start() - _SPAN) : mark.start()]
    amounts = [match for axis, _, match in polar(window) if axis == "amount"]
    own = [unit for unit in nouns(window) if "-" not in window[unit.start : unit.end]] if amounts else []
    near = [unit for unit in own if unit.end <= amounts[-1].start()][-1:]
    near += [unit for unit in own if unit.start >= amounts[-1].end()][:_REACH] if amounts else []
    return any(2 * sum(map(bool, map(_COSTS.match, unit.stems))) >= len(unit.stems) for unit in near)


_REACH = 3  # units behind an English measure that may name what it measures
_PLAIN = {
    language.code: {
        side: filtered(pattern)
        for side, pattern in ((1, language.rules.comparison.more), (-1, language.rules.comparison.less))
        if pattern
    }
    for language in LANGUAGES
}

Span = tuple[int, int]


def _on_both_sides(text: str, mark: re.Match[str], language: Language) -> tuple[Span, Span]:
    """Before and behind the mark; of two places (more with A than with B) each is a thing."""
    rules = language.rules.comparison
    breaks = [match.end() for match in re.finditer(rules.contrast, text[: mark.start()])]
    first = (max(breaks, default=0), mark.start())
    if place := re.compile(rules.place).match(text, mark.end()):
        same = [*re.finditer(rf"\b{place['place']}\b", text[first[0] : mark.start()])]
        first = (first[0] + same[-1].end(), mark.start()) if same else first
    pause = text.find(", ", mark.end(), mark.end() + _SPAN)
    if pause > 0 and not _things(text, first):  # compared with B, A is
        rest = re.search(rules.clause, text[pause + 2 : pause + _SPAN])
        first = (pause, pause + 2 + rest.start() if rest else pause + _SPAN)
    return first, (mark.end(), _end_of_standard(text, mark, first, language))


def _end_of_standard(text: str, mark: re.Match[str], first: Span, language: Language) -> int:
    """The end of a standard behind its mark: that of its clause, or of the next where it tells nothing."""
    own = _things(text, first)
    most = mark.end() + _SPAN
    for end in re.finditer(language.rules.comparison.clause, text[mark.end() + 1 : most]):
        stop = mark.end() + 1 + end.start()
        here = _things(text, (mark.end(), stop))
        if text[stop] in ",;:." or any(not any(unit.same(o) for o in own) for unit in here):
            return stop
    return most


def _both_before(text: str, comparative: re.Match[str], language: Language) -> tuple[Span, Span]:
    """The first thing ends at the last topic or doer before the standard; without one it follows."""
    rules = language.rules.comparison
    head = text[: comparative.start()]
    if place := re.compile(rules.place).match(text, comparative.end()) if rules.place else None:
        start = max((m.end() for m in re.finditer(rules.contrast, head)), default=0)
        return place.span("place"), (start, comparative.start())
    marks = (mark for pattern in (rules.subject, rules.agent) for mark in re.finditer(pattern, head))
    whole = [m for m in marks if not any(u.known and u.start < m.end() <= u.end for u in units(text))]
    ends = sorted((m.start(), m.end()) for m in whole if _things(text, (0, m.start())))
    breaks = [m.end() for m in re.finditer(f"{rules.clause}|{rules.contrast}", head)]
    if not ends:
        return _subject_behind(text, comparative, language), (max(breaks, default=0), comparative.start())
    start, end = ends[-1]
    before = [m.end() for m in re.finditer(rules.clause, head[:start])]
    return (max(before, default=0), start), (max(end, *breaks, 0), comparative.start())


def _subject_behind(text: str, comparative: re.Match[str], language: Language) -> Span:
    """The words of the first thing behind a comparison: than B, A is; the A that outperforms B."""
    rules = language.rules.comparison
    rest = text[comparative.end() : comparative.end() + _SPAN]
    ends = [m.start() for p in (rules.subject, rules.agent) if p for m in re.finditer(p, rest)]
    stop = re.search(r"[,;.]\s", rest)
    end = min(ends, default=0)
    return (comparative.end(), comparative.end() + (end if not stop or end < stop.start() else 0))


_PRONOUN = frozenset({"one"})  # the larger ones


def _things(text: str, span: Span) -> tuple[ContentUnit, ...]:
    """The units within a span that name a thing: no direction, no figure; and whose it is."""
    named = nouns(text) if _NATIVE.search(text) else with_kin(nouns(text))
    there = (*(unit for unit in named if unit.stems != _PRONOUN), *_parties(text))
    return tuple(unit for unit in there if span[0] <= unit.start and unit.end <= span[1])


_PARTIES = tuple(
    (frozenset({f"<{party}>"}), filtered(before + pattern + behind, re.I))
    for language in LANGUAGES
    for before, behind in (language.edges,)
    for party, pattern in language.rules.comparison.parties.items()
)
_WHOSE = frozenset(stems for stems, _ in _PARTIES)
_COSTS = re.compile(either(*(rules.comparison.costs for rules in _RULES)))
_PARTY = 0.3  # the weight of whose a thing is


@lru_cache(maxsize=128)
def _parties(text: str) -> tuple[ContentUnit, ...]:
    """The words that say whose a thing is: the authors' own (our method), or others' (existing methods)."""
    return tuple(
        ContentUnit(stems, match.start(), match.end(), _PARTY)
        for stems, pattern in _PARTIES
        for match in pattern.finditer(text)
    )


def inverted(claim: str, sentence: str) -> bool:
    """Whether the claim tells a comparison of the sentence from the other side: B trails A for A beats B."""
    pairs = product(comparisons(claim), comparisons(sentence))
    return any(_kept(claimed, stated) and claimed.side != stated.side for claimed, stated in pairs)


def told_from_behind(claim: str, sentence: str) -> bool:
    """Whether the claim names the standard of a comparison alone: B trails, where A beats B."""
    return any(
        pair.subject and _names_standard(claim, pair) and not _names_any(claim, pair.subject)
        for pair in comparisons(sentence)
    )


def unproved_comparison(claim: str, sentence: str) -> str:
    """Why the comparisons of the sentence do not bear out those of the claim; "" where they do."""
    ours, theirs = comparisons(claim), comparisons(sentence)
    if not all(any(_proved(claimed, stated) for stated in theirs) for claimed in ours):
        return "its comparison is not found in the source"
    if not ours and directions(claim) and any(_names_standard(claim, stated) for stated in theirs):
        return "it names what the source compares with, and compares nothing"
    return ""


def standards_in_order(claim: str, sentence: str) -> bool:
    """Whether the things compared with follow each other as in the sentence: each has its figure."""
    ours, theirs = comparisons(claim), comparisons(sentence)
    row = sorted((pair for pair in ours if pair.standard), key=lambda pair: pair.standard[0].start)
    known = [pair for pair in theirs if pair.standard]
    places = [max(known, key=lambda s: max(_alike(pair, s))).standard[0].start for pair in row if known]
    return places == sorted(places)


def exchanged_things(claim: str, sentence: str, *, sure: bool = True) -> str:
    """The things of a comparison that the claim exchanges; "" where it exchanges none.

    sure: one of the two that stands on the other side is enough, where both say which way.
    """
    if not comparisons(claim) or nearness(claim, sentence) >= _SAME_WORDS:
        return ""
    theirs = comparisons(sentence)
    known = not all(stated.subject for stated in theirs)  # compared to A, B surpasses it
    for claimed in comparisons(claim):
        if any(_kept(claimed, stated) for stated in theirs):
            continue
        for stated in (s for s in theirs if s.standard or known):  # of a pronoun nothing is known
            if _other_grade(claimed, stated):
                continue
            claimed, stated = _by_worth(claimed, stated), _by_worth(stated, claimed)
            if not sure and _least_side(claimed, stated) < _SHARED:
                continue
            if _same_way(claimed, stated, sentence) and _crossed(claimed, stated):
                first, second = _words(claim, claimed.subject), _words(claim, claimed.standard)
                return f"{first!r} and {second!r} are exchanged"
            if _turned_over(claimed, stated):
                return f"{_words(claim, claimed.standard)!r} stands on the other side of the comparison"
    return ""


def _least_side(claimed: ComparedPair, stated: ComparedPair) -> float:
    """How surely both things are found, whichever side each is on: that of the two that is found less."""
    return max(min(_across(claimed, stated)), min(_alike(claimed, stated)))


_RANKS = frozenset({"quality", "speed"})


def _turned_over(claimed: ComparedPair, stated: ComparedPair) -> bool:
    """Whether the same things are compared, and the one that is ahead is said to be behind."""
    same = max(_alike(claimed, stated)) >= _CLEAR > max(_across(claimed, stated))
    return same and claimed.side == -stated.side and claimed.axis == stated.axis and claimed.axis in _RANKS


def _by_worth(pair: ComparedPair, other: ComparedPair) -> ComparedPair:
    """A comparison of costs, told as one of worth where the other is one: less time is better."""
    worth = pair.cost and not other.cost and other.axis in {"quality", "speed"}
    return replace(pair, axis=other.axis, side=-pair.side, cost=False) if worth else pair


def _same_way(claimed: ComparedPair, stated: ComparedPair, sentence: str) -> bool:
    """Whether the sentence puts its first thing ahead in the way the claim does, as far as words tell.

    Of two comparisons with other axes (faster, better) the sentence must say the claim's way, and not the
    opposite.
    """
    if claimed.side == stated.side and _axes_agree(claimed.axis, stated.axis):
        return True
    ways = {(axis, side) for axis, side, _ in polar(sentence)}
    way = (claimed.axis, claimed.side)
    known = way in ways or {claimed.axis, stated.axis} == {"speed", "quality"}
    same = claimed.side == stated.side or not stated.axis or claimed.axis == "amount"
    return same and known and (claimed.axis, -claimed.side) not in ways


def _other_grade(claimed: ComparedPair, stated: ComparedPair) -> bool:
    """Whether the two name different qualities, so that neither tells of the other: sensitive, accurate."""
    if not (claimed.grade and stated.grade) or not claimed.grade.isdisjoint(stated.grade):
        return False
    return "quality" not in {claimed.axis, stated.axis} or claimed.axis != stated.axis


def _axes_agree(first: str, second: str) -> bool:
    return first == second or "" in {first, second} or {first, second} in _NEAR_AXES


_NEAR_AXES = ({"amount", "quality"}, {"speed", "quality"})


def _alike(claimed: ComparedPair, stated: ComparedPair) -> tuple[float, float]:
    """How surely the standard is the same, seen from either side, 0..1."""
    return (
        side_share(claimed.standard, claimed.subject, stated.standard, stated.subject),
        side_share(stated.standard, stated.subject, claimed.standard, claimed.subject),
    )


def _across(claimed: ComparedPair, stated: ComparedPair) -> tuple[float, float]:
    """How surely the standard of the one is the subject of the other, seen from either side, 0..1."""
    return (
        side_share(claimed.standard, claimed.subject, stated.subject, stated.standard),
        side_share(stated.standard, stated.subject, claimed.subject, claimed.standard),
    )


def _crossed(claimed: ComparedPair, stated: ComparedPair) -> bool:
    across = _across(claimed, stated)
    alike = claimed.axis == stated.axis and max(across) >= _ALL and min(across) > 0
    both = (claimed.axis and stated.axis) or alike
    sure = max(across) if both else min(across)
    return sure >= _CLEAR and max(_alike(claimed, stated)) < _CLEAR


def _kept(claimed: ComparedPair, stated: ComparedPair) -> bool:
    """Whether the sentence's comparison is the claim's, told the same way or turned with its things."""
    claimed, stated = _by_worth(claimed, stated), _by_worth(stated, claimed)
    if not _axes_agree(claimed.axis, stated.axis):
        return False
    if claimed.side == stated.side and _same_things(claimed.standard, stated.standard):
        return True
    alike, across = max(_alike(claimed, stated)), max(_across(claimed, stated))
    return alike > across if claimed.side == stated.side else across > alike and claimed.axis == stated.axis


def _proved(claimed: ComparedPair, stated: ComparedPair) -> bool:
    """Whether the sentence's comparison bears out the claim's: both tell which way, or neither does."""
    known = bool(claimed.axis) == bool(stated.axis)
    return known and _kept(claimed, stated) and not _misplaced(claimed, stated)


def _misplaced(claimed: ComparedPair, stated: ComparedPair) -> bool:
    """Whether the claim puts ahead a thing that the sentence names with the standard alone."""
    subject, standard = stated.subject, stated.standard
    if claimed.side != stated.side:
        subject, standard = standard, subject
    return any(
        unit.known and any(unit.same(s) for s in standard) and not any(unit.same(s) for s in subject)
        for unit in claimed.subject
    )


def _same_things(ours: Sequence[ContentUnit], theirs: Sequence[ContentUnit]) -> bool:
    """Whether each unit of either side has its like on the other."""
    both = ((ours, theirs), (theirs, ours))
    return bool(ours) and all(any(u.same(o) for o in other) for side, other in both for u in side)


def _names_standard(text: str, pair: ComparedPair) -> bool:
    """Whether a text names what only the standard of a comparison holds."""
    own = [unit for unit in pair.standard if not any(unit.same(s) for s in pair.subject)]
    return any(unit.same(other) for unit in own for other in units(text))


def _names_any(text: str, things: Sequence[ContentUnit]) -> bool:
    return any(unit.same(other) for unit in things if unit.stems not in _WHOSE for other in units(text))


def _words(text: str, things: Sequence[ContentUnit]) -> str:
    named = (unit for unit in things if unit.stems not in _WHOSE)
    return " ".join(dict.fromkeys(text[unit.start : unit.end] for unit in named))[:40]


# ── one instead of the other, one and the other ─────────────────────────────────────────────────────

_NEAREST = 5  # units on either side of "instead of"
_SHARED = 0.3  # of the weight of either side: both of two things are found on the other side
_MOST_FACTS = 6  # places where a text may be cut in two
_FACT = 0.2  # the least weight that tells of a fact besides its subject
_JOINT = 16  # characters of a word between two facts; what is longer is a part of the first
_FACTS = filtered(either(*(rules.comparison.facts for rules in _RULES if rules.comparison.facts)))
_JOINED_FACTS = filtered(either(*(rules.comparison.joined for rules in _RULES if rules.comparison.joined)))
_INSTEAD = tuple(
    (filtered(language.rules.comparison.instead, re.I), language.rules.comparison.both_before)
    for language in LANGUAGES
    if language.rules.comparison.instead
)
_CHOSEN = tuple(
    filtered(pattern, re.I) for language in LANGUAGES for pattern in language.rules.comparison.chosen
)
_SENTENCE_PART = re.compile(r"[,;:.]\s")


@lru_cache(maxsize=128)
def _choices(text: str) -> tuple[ComparedPair, ...]:
    """The pairs of what is taken (the subject) and what it is taken instead of."""
    text = text[:MOST_CLAIM]
    pairs = [
        _taken_and_left(text, mark, native=native)
        for pattern, native in _INSTEAD
        for mark in pattern.finditer(text)
    ]
    pairs += [
        (_things(text, _part(text, mark, "taken")), _things(text, _part(text, mark, "left")))
        for pattern in _CHOSEN
        for mark in pattern.finditer(text)
    ]
    return tuple(ComparedPair(taken, left, "choice", 1) for taken, left in pairs if taken and left)


def _part(text: str, mark: re.Match[str], name: str) -> Span:
    """The span of a group; of one that the pattern lacks, the words right before the mark."""
    if name in mark.re.groupindex:
        return mark.span(name)
    start = max((m.end() for m in _SENTENCE_PART.finditer(text, 0, mark.start())), default=0)
    words = [*_SOME_WORDS.finditer(text, start, mark.start())][-_WORDS_BEFORE[name] :]
    return (words[0].start(), mark.start()) if words else (mark.start(), mark.start())


_SOME_WORDS = re.compile(r"\S+")
_WORDS_BEFORE = {"source": 3, "goal": 2, "left": 4, "taken": 4}


def _taken_and_left(
    text: str, mark: re.Match[str], *, native: bool
) -> tuple[tuple[ContentUnit, ...], tuple[ContentUnit, ...]]:
    stops = [m.end() for m in _SENTENCE_PART.finditer(text)]
    start = max((s for s in stops if s <= mark.start()), default=0)
    ends = [s for s in stops if s > mark.end()] + [len(text), len(text)]
    before = _things(text, (start, mark.start()))[-_NEAREST:]
    behind = _things(text, (mark.end(), ends[0]))[:_NEAREST]
    if native:
        return behind, before
    return (before, behind) if before else (_things(text, (ends[0], ends[1])), behind)


def exchanged_choice(claim: str, sentence: str) -> str:
    """The thing a claim takes where the sentence takes the other instead; ""."""
    ours = _choices(claim)
    for claimed, stated in product(ours, _choices(sentence) if ours else ()):
        across, alike = _across(claimed, stated), _alike(claimed, stated)
        if min(across) > 0 and max(across) >= _CLEAR and max(alike) < _SHARED:
            return f"{_words(claim, claimed.subject)!r} is what the source takes the other instead of"
    return ""


_TRANSFERS, _GOALS = (
    tuple(filtered(pattern, re.I) for pattern in patterns if pattern)
    for patterns in (
        [rules.comparison.transfer for rules in _RULES],
        [rules.comparison.goal for rules in _RULES],
    )
)


@lru_cache(maxsize=128)
def _transfers(text: str) -> tuple[tuple[Fact, Fact], ...]:
    """The places something comes from and goes to, each without what is in both."""
    marks = (mark for pattern in _TRANSFERS for mark in pattern.finditer(text[:MOST_CLAIM]))
    pairs = (
        (_named(text, _part(text, mark, "source")), _named(text, _part(text, mark, "goal"))) for mark in marks
    )
    own = ((_apart(source, goal), _apart(goal, source)) for source, goal in pairs)
    return tuple((source, goal) for source, goal in own if source and goal)


def _named(text: str, span: Span) -> Fact:
    """The known units within a span that are no figures."""
    there = (unit for unit in units(text) if unit.known and not unit.figure)
    return tuple(unit for unit in there if span[0] <= unit.start and unit.end <= span[1])


def _apart(some: Fact, others: Fact) -> Fact:
    return tuple(unit for unit in some if not _shared(unit, others))


def _shared(unit: ContentUnit, others: Sequence[ContentUnit]) -> bool:
    return any(map(unit.same, others))


def exchanged_transfer(claim: str, sentence: str) -> str:
    """The goal of a transfer that a claim tells, where the sentence has it come from there; ""."""
    for source, goal in _transfers(sentence):
        for start, end in _transfers(claim):
            turned = any(_shared(u, goal) for u in start) and any(_shared(u, source) for u in end)
            if turned and not (any(_shared(u, source) for u in start) or any(_shared(u, goal) for u in end)):
                return f"{_words(claim, start)!r} and {_words(claim, end)!r} are exchanged"
        marks = [mark for pattern in _GOALS for mark in pattern.finditer(claim)]
        reached = tuple(unit for mark in marks for unit in _named(claim, _part(claim, mark, "goal")))
        lost = any(_shared(u, goal) for u in units(claim)) and not any(_shared(u, goal) for u in reached)
        if lost and (start := tuple(u for u in reached if _shared(u, source))):
            return f"{_words(claim, start)!r} is where the source comes from"
    return ""


def exchanged_subjects(claim: str, sentence: str) -> str:
    """The subjects of two facts that a claim tells of each other's; ""."""
    theirs = _two_facts(sentence)
    ours = (_two_facts(claim) or _two_facts(claim, joined=True)) if theirs else ()
    for first, second in ours:
        for here, there in theirs:
            side, other = (_side_of_subject(fact, here, there) for fact in (first, second))
            if side and side == -other:
                return f"{_words(claim, first[:1])!r} and {_words(claim, second[:1])!r} are exchanged"
    return ""


Fact = tuple[ContentUnit, ...]


@lru_cache(maxsize=128)
def _two_facts(text: str, *, joined: bool = False) -> tuple[tuple[Fact, Fact], ...]:
    """A text cut in two wherever one fact may end in contrast to the next; or be joined to it by "and"."""
    cuts = list(islice((_JOINED_FACTS if joined else _FACTS).finditer(text[:MOST_CLAIM]), _MOST_FACTS))
    if not cuts:
        return ()
    own = [unit for unit in nouns(text) if unit.known]
    ends = ((cut.start() if cut.end() - cut.start() < _JOINT else cut.end(), cut.end()) for cut in cuts)
    halves = (
        (tuple(u for u in own if u.end <= end), tuple(u for u in own if u.start >= start))
        for end, start in ends
    )
    return tuple((first, second) for first, second in halves if len(first) > 1 and len(second) > 1)


def _side_of_subject(fact: Fact, here: Fact, there: Fact) -> int:
    """1 where a fact begins with what is here alone and goes on with what is there alone, -1 the reverse.

    0 where it stays on one side.
    """
    sides = [
        (side, unit.weight)
        for unit in fact
        if (side := any(unit.same(u) for u in here) - any(unit.same(u) for u in there))
    ]
    if not sides:
        return 0
    subject = sides[0][0]
    rest = list(dropwhile(lambda pair: pair[0] == subject, sides))
    against = sum(weight for side, weight in rest if side == -subject)
    back = sum(weight for side, weight in rest if side == subject)
    return subject if against >= _FACT and not back else 0
