"""Does the claim say the opposite of the sentence it rests on, as far as a lexicon can tell?

The claim is held against the sentences its quotes stand in, or, without quotes, against the sentence with the
most words in common. In the same language and nearly the same wording a negation added or dropped and a word
replaced by its opposite (raises, lowers; offline, online; linear, nonlinear) make it contradicted. Otherwise,
and across languages, only a plain contradiction does. It is a negation where the quoted sentences deny
nothing, or one pole of an axis where they hold only the other, or a modifier denied that they state. What
cannot be told is unclear. The words stand in each language's tables (`DenialWords`, `Rules.opposites`).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product

import msgspec

from daybrief.checks._evidence import (
    MOST_CLAIM,
    ContentUnit,
    covered,
    differences,
    names_quality,
    nearest,
    nearness,
    quoted,
    same_wording,
    units,
    verbatim,
)
from daybrief.languages import (
    LANGUAGES,
    FilteredPattern,
    PatternTable,
    either,
    filtered,
    letters,
    parts,
    words,
)
from daybrief.model import Claim, Item, Outcome, Verdict
from daybrief.ports import Tools
from daybrief.text.words import spoken, stem

NAME = "polarity"
_MOST_CHARACTERS = 2_000
_RULES = tuple(language.rules for language in LANGUAGES)
_NATIVE = re.compile(f"[{letters()}]")
_SURE = 0.7  # of the claim's weight: a sentence found by its words alone is what it rests on


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """There is nothing to set."""


class Polarity:
    """Finds a claim turned round."""

    name = NAME

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`contradicted` where the claim contradicts its sentence, `unclear` where no word tells."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        if claim.part == "keyword":
            return Verdict(check=NAME, outcome="unclear", why="a keyword states nothing")
        text = claim.text[:MOST_CLAIM]
        exact = quoted(claim, evidence)
        around = exact or nearest(text, evidence)
        if not around:
            return Verdict(check=NAME, outcome="unclear", why="no sentence to compare with")
        best = max(around, key=lambda sentence: nearness(text, sentence))
        if same_wording(text, best):
            why = turned(text, best)
            return Verdict(
                check=NAME, outcome="contradicted" if why else "supported", why=why or "same wording"
            )
        return _across(text, around, exact=bool(exact), sure=bool(exact) or covered(text, best) >= _SURE)


def turned_across(text: str, around: Sequence[str]) -> str:
    """The reversal of a claim against sentences that share few of its words; "" where there is none."""
    return _opposite(text, around) or _denial_changed(text, around)


def _opposite(text: str, around: Sequence[str]) -> str:
    if modifier := modifier_denied(text, around):
        return f"denies ({modifier}) what the source says"
    axis = opposed(text, around)
    return f"the source says the opposite ({axis})" if axis else ""


def _denial_changed(text: str, around: Sequence[str]) -> str:
    if denial := denies_outright(text, around):
        return f"denies ({denial}) what the source does not deny"
    denied = loses_denial(text, around)
    return f"leaves out that the source denies ({denied})" if denied else ""


def _across(text: str, around: Sequence[str], *, exact: bool, sure: bool) -> Verdict:
    """Compare what shares few words: another language, a free paraphrase.

    A denial may retell many words that deny nothing. So it contradicts only the sentence a claim quotes.
    """
    if why := _opposite(text, around):
        sure = sure or bool(modifier_denied(text, around))
    elif why := _denial_changed(text, around):
        sure = exact
    outcome: Outcome = "contradicted" if why and sure else "unclear"
    return Verdict(check=NAME, outcome=outcome, why=why or "no word tells")


# ── negations ───────────────────────────────────────────────────────────────────────────────────────

_NOT = filtered(
    either(words(lambda rules: rules.denial.negation), parts(lambda rules: rules.denial.negation_parts)), re.I
)
_NOT_ONLY = filtered(parts(lambda rules: rules.denial.not_only), re.I)
_SOFT = filtered(
    either(words(lambda rules: rules.denial.soft), parts(lambda rules: rules.denial.soft_parts)), re.I
)
# What a writer says of its source, denied: only an outright denial in the source justifies it.
_REPORTED_NOT = filtered(parts(lambda rules: rules.denial.reported))
_OUTRIGHT = filtered(
    either(words(lambda rules: rules.denial.outright), parts(lambda rules: rules.denial.outright_parts)), re.I
)
_ANCHOR = re.compile(r"\d[\d,.]*\d|\d|(?<![A-Za-z])[A-Za-z]{3,}(?![A-Za-z])")  # a particle may follow
_BEFORE, _BEHIND = 28, 10  # characters between a denial and what it denies
_RENDERS = tuple(pair for language in LANGUAGES for pair in language.rules.denial.renders.items())
# What is denied in a source and what a claim calls it: one that speaks of it and does not deny it has lost
# the denial.
_DENIED = tuple(
    (filtered(rf"\b(?:{english})", re.I), filtered(native))
    for language in LANGUAGES
    for english, native in language.rules.denial.denied.items()
)
_CAN = filtered(parts(lambda rules: rules.denial.can))


def negated(text: str) -> tuple[str, ...]:
    """The negations of a text, in order; "not only" denies nothing."""
    text = _NOT_ONLY.sub(" ", text[:_MOST_CHARACTERS])
    return tuple(match[0].strip().lower() for match in _NOT.finditer(text))


def softly_negated(text: str) -> bool:
    """Whether a text holds anything that another language may tell with a negation."""
    return bool(_NOT.search(text[:_MOST_CHARACTERS]) or _SOFT.search(text[:_MOST_CHARACTERS]))


def denies_outright(claim: str, sentences: Sequence[str]) -> str:
    """The claim's denial that no sentence shares; "" when there is none or it may be a rendering."""
    claim = undoubled(claim)
    denials = negated(claim)
    source = _NOT_ONLY.sub(" ", " ".join(sentences))[:_MOST_CHARACTERS]
    if not denials:
        return ""
    if (final := final_denial(claim)) and not states(final) and not denied_near(claim, source):
        return final
    if reported := _REPORTED_NOT.search(_NOT_ONLY.sub(" ", claim[:_MOST_CHARACTERS])):
        return "" if _denied_there(claim, reported[0], source) else reported[0]
    return "" if softly_negated(source) else denials[0]


def _denied_there(claim: str, denial: str, source: str) -> bool:
    """Whether the source denies anything near the denied verb, or near the claim's names and numbers."""
    cues = [match.start() for match in _OUTRIGHT.finditer(source)]
    if not cues:
        return False
    verbs = [english for native, english in _RENDERS if native in denial]
    anchors = {word.lower() for word in _ANCHOR.findall(claim)}
    places = [match.start() for verb in verbs for match in re.finditer(rf"\b(?:{verb})", source, re.I)]
    places = places or [match.start() for match in _ANCHOR.finditer(source) if match[0].lower() in anchors]
    return not places or any(-_BEFORE <= cue - place <= _BEHIND for cue in cues for place in places)


_PRIVATIVE = filtered(words(lambda rules: rules.denial.privative), re.I)


def loses_denial(claim: str, sentences: Sequence[str]) -> str:
    """A denial of the sentences whose object the claim speaks of without denying anything; or ""."""
    if softly_negated(claim):
        return ""
    for sentence in sentences:
        source = _NOT_ONLY.sub(" ", sentence[:_MOST_CHARACTERS])
        for denial in _NOT.finditer(source):
            denied = " ".join(source[denial.end() : denial.end() + 60].split()[:4])
            if any(theirs.search(denied) and ours.search(claim) for theirs, ours in _DENIED):
                return f"{denial[0]} {denied}"
            if denial[0].lower() == "cannot" and _CAN.search(claim):
                return f"{denial[0]} {denied}"
    return ""


def loses_privation(claim: str, sentence: str) -> str:
    """The word of a sentence that lacks something (untrustworthy), where the claim denies nothing; or ""."""
    word = _PRIVATIVE.search(sentence[:_MOST_CHARACTERS])
    return f"leaves out that the source denies ({word[0]})" if word and not softly_negated(claim) else ""


# ── a denial that ends the sentence ─────────────────────────────────────────────────────────────────
#
# Inside a clause a denial may render nearly anything (-free, instead of). One that ends the sentence turns
# the whole claim, so the source has to deny something near what the claim speaks of.

_NEAR_BEFORE, _NEAR_BEHIND = 60, 30  # characters between a denial and what it denies
_LEAST_LETTERS = 3
_FINAL = filtered(parts(lambda rules: rules.denial.final))
_ASSERTS = filtered(parts(lambda rules: rules.denial.asserts))
_VERB_END = re.compile(either(*(language.rules.denial.verb_end for language in LANGUAGES)))
_STATES = re.compile(rf"(?:{parts(lambda rules: rules.denial.states)})$")
_CUE = filtered(
    either(words(lambda rules: rules.denial.cue), parts(lambda rules: rules.denial.cue_parts)), re.I
)


def final_denial(claim: str) -> str:
    """The denial that ends a sentence; "" when there is none."""
    denial = _FINAL.search(claim[:_MOST_CHARACTERS])
    return denial[0].strip() if denial else ""


def undoubled(claim: str) -> str:
    """A text without the denials that assert: it cannot but be."""
    return _ASSERTS.sub(" ", claim)


def states(denial: str) -> bool:
    """Whether what is denied is mostly told without a denial in English: unknown, unclear."""
    return bool(_STATES.search(_VERB_END.split(denial, 1)[0]))


def denied_near(claim: str, source: str) -> bool:
    """Whether the source denies anything near a word that the claim shares with it, across languages.

    Where the two share no word, any denial will do.
    """
    source = source[:_MOST_CHARACTERS]
    cues = [match.start() for match in _CUE.finditer(source)]
    if not cues:
        return False
    wanted = spoken(claim[:_MOST_CHARACTERS])
    places = [
        match.start()
        for match in re.finditer(r"[A-Za-z][A-Za-z0-9]*|\d[\d.,]*", source)
        if len(match[0]) >= _LEAST_LETTERS and stem(match[0].lower()) in wanted
    ]
    return not places or any(
        bisect_left(places, cue - _NEAR_BEHIND) < bisect_right(places, cue + _NEAR_BEFORE) for cue in cues
    )


_MODIFIER = filtered(either(*(language.rules.denial.modifier for language in LANGUAGES)))
_MODIFIERS = tuple(
    (filtered(rf"\b(?P<un>un|in|im|ir|dis|non-?)?(?:{english})\b", re.I), filtered(native))
    for language in LANGUAGES
    for english, native in language.rules.denial.modifiers.items()
)
_DENIES_BEFORE = 14  # characters before a modifier in which a denial is its own
_LACKS_BEFORE = 50  # characters before a modifier in which a word that lacks is
_LACKS = filtered(words(lambda rules: rules.denial.lacks), re.I)


def modifier_denied(claim: str, sentences: Sequence[str]) -> str:
    """A modifier the claim denies (not important) and a sentence states, or none denies anything; ""."""
    source = " ".join(sentences)[:_MOST_CHARACTERS]
    for modifier in _MODIFIER.finditer(undoubled(claim[:_MOST_CHARACTERS])):
        english = [theirs for theirs, ours in _MODIFIERS if ours.search(modifier["root"])]
        stated = [place for pattern in english for place in pattern.finditer(source)]
        open_ = [place for place in stated if not (place["un"] or _denied_before(source, place.start()))]
        if open_ and len(open_) == len(stated):
            return modifier[0]
        if english and not stated and not _CUE.search(source):
            return modifier[0]
    return ""


def _denied_before(source: str, place: int) -> bool:
    """Whether a denial stands right before a place, or a word that lacks in the same clause."""
    clause = re.split(r"[,;:.]", source[max(0, place - _LACKS_BEFORE) : place])[-1]
    return bool(_CUE.search(source[max(0, place - _DENIES_BEFORE) : place]) or _LACKS.search(clause))


# ── opposites ───────────────────────────────────────────────────────────────────────────────────────

# An axis has two poles; a text speaks of one, of the other, or of both.
_AXES = """
    amount quality height speed bound online with supervision top sign success size place depth
    density plainness continuity course extreme hour static local sync linear open door order term
    strength side coder put limit ease symmetry structure label centre parametric safe many cost
    possible agree half most appear begin skill real breadth
""".split()


def _pole(axis: str, side: int) -> FilteredPattern:
    named = (
        (language.edges, language.rules.opposites[axis][side])
        for language in LANGUAGES
        if axis in language.rules.opposites
    )
    return filtered(either(*(before + pole + behind for (before, behind), pole in named)), re.I)


_SIDES = ((0, 1), (1, -1))
_POLES = PatternTable(((axis, side), _pole(axis, at)) for axis in _AXES for at, side in _SIDES)
# Axes whose poles stand side by side in honest prose too often to be compared across languages.
_ONLY_IN_PLACE = frozenset(
    "height with ease appear put coder order open limit many most local agree "
    "half possible strength bound begin sign side".split()
)


@lru_cache(maxsize=1024)
def poles(text: str) -> dict[str, int]:
    """The axes a text speaks of: 1 for the first pole alone, -1 for the other alone, 0 for both."""
    text = text[:_MOST_CHARACTERS]
    sides: dict[str, int] = {}
    for (axis, side), pattern in _POLES.of(text):
        if pattern.search(text):
            sides[axis] = sides.get(axis, 0) + side
    return sides


def opposed(claim: str, sentences: Sequence[str]) -> str:
    """The axis on which the claim says one pole and the sentences, together, only the other; or ""."""
    ours = {axis: side for axis, side in poles(claim).items() if side and axis not in _ONLY_IN_PLACE}
    theirs = poles(" ".join(sentences)) if ours else {}
    return next((axis for axis, side in ours.items() if theirs.get(axis) == -side), "")


# ── the same wording ────────────────────────────────────────────────────────────────────────────────

_PREFIX = re.compile(r"^(?:un|non|in|im|ir|dis|de|mis|anti|a)(?=\w{4,})")


def turned(claim: str, sentence: str) -> str:
    """The reversal of a claim against a sentence of nearly the same wording; "" where there is none.

    Words the claim leaves out before its first or after its last shared word do not count: a clause may be
    cut out of a sentence.
    """
    for new, old in differences(claim, sentence):
        if why := _negation_changed(new, old) or _axis_flipped(new, old) or _prefix_changed(new, old):
            return why
        if pair := antonym(new, old):
            return f"says {pair[0]!r} where the source says {pair[1]!r}"
    return ""


def _negation_changed(new: str, old: str) -> str:
    ours, theirs = negated(new), negated(old)
    if len(ours) % 2 == len(theirs) % 2:
        return ""
    return f"adds {ours[0]!r}" if ours else f"drops {theirs[0]!r}"


def _axis_flipped(new: str, old: str) -> str:
    if not new or not old:
        return ""
    ours, theirs = poles(new), poles(old)
    for name, side in ours.items():
        if side and theirs.get(name) == -side:
            return f"says {new[:60]!r} where the source says {old[:60]!r}"
    return ""


def _prefix_changed(new: str, old: str) -> str:
    """Linear for nonlinear, stable for unstable."""
    ours, theirs = set(new.split()), set(old.split())
    for extra, other in ((ours - theirs, theirs), (theirs - ours, ours)):
        for word in extra:
            if (bare := _PREFIX.sub("", word)) != word and bare in other:
                return f"says {new[:60]!r} where the source says {old[:60]!r}"
    return ""


# ── opposites of WordNet: automatic and manual, general and specific ────────────────────────────────
#
# Broader and rougher than the axes: a pair counts only where one word stands in the very place of the other.

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
    for word in (word for word in ours if word not in theirs):
        for other in (other for other in theirs if other not in ours):
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


# ── which way ───────────────────────────────────────────────────────────────────────────────────────

_NEAR = 4  # units between a direction and what it is said of
_BESIDE = 0.5  # of a unit right beside, or next to that
_TOLD = 0.1  # how near a unit of both a direction must stand to be told of it
_MOSTLY = 0.6  # of the nearness of its opposites, for a direction that tells all the same
_MUCH = 1.2  # how much nearer the opposite must stand
_COSTS = re.compile(either(*(rules.comparison.costs for rules in _RULES)))
_SPEED = "speed"  # the stem of a thing of which more is faster
_COMMA = re.compile("[,;:]")
_TURNS = filtered(either(*(rules.comparison.turns for rules in _RULES if rules.comparison.turns)))
_MODIFIES = re.compile(either(*(rules.comparison.modifies for rules in _RULES)))
_OBJECT = re.compile(either(*(rules.comparison.object for rules in _RULES)))
_UNDONE_BEHIND = re.compile(either(*(rules.comparison.undone_behind for rules in _RULES)))
_UNDONE_BEFORE = re.compile(either(*(rules.comparison.undone_before for rules in _RULES)), re.I)


def _ways() -> Iterator[tuple[tuple[str, int], FilteredPattern]]:
    for axis in LANGUAGES[0].rules.directions:
        for at, side in ((0, 1), (1, -1)):
            patterns = (
                before + language.rules.directions[axis][at] + behind
                for language in LANGUAGES
                if axis in language.rules.directions
                for before, behind in (language.edges,)
            )
            yield (axis, side), filtered(either(*patterns), re.I)


_WAYS = PatternTable(_ways())


@lru_cache(maxsize=128)  # a text is asked for its nouns and for its directions
def polar(text: str) -> tuple[tuple[str, int, re.Match[str]], ...]:
    """The words of direction of a text, denied ones too: axis, 1 or -1, and where."""
    return tuple(
        (axis, side, match) for (axis, side), pattern in _WAYS.of(text) for match in pattern.finditer(text)
    )


class Direction(msgspec.Struct, frozen=True):
    """A word of direction: its axis, 1 or -1, and the units near it with how near they stand, 0..1.

    figure: the one that says how much, as written; "" for none. graded: more or less of a quality alone.
    """

    axis: str
    side: int
    near: tuple[tuple[ContentUnit, float], ...]
    figure: str = ""
    graded: bool = False


@lru_cache(maxsize=128)
def directions(text: str) -> tuple[Direction, ...]:
    """The words of direction of a text; a denied one is left out."""
    text = text[:MOST_CLAIM]
    ways = polar(text)
    own = [unit for unit in nouns(text) if unit.known] if ways else []
    amounts = _how_much(text) if ways else {}
    turns = [turn.span() for turn in _TURNS.finditer(text)] if ways else []
    stated = []
    whole = {match.start() for axis, _, match in ways if axis == "quality"}
    for axis, side, match in ways:
        if not (
            (axis == "amount" and match.start() in whole) or _denied(text, match)
        ):  # more, of more robust
            left = [unit for unit in own if unit.end <= match.start()][-_NEAR:]
            right = [unit for unit in own if unit.start >= match.end()][:_NEAR]
            compound = text[match.end() : match.end() + 1] == "-"
            if _NATIVE.search(match[0]):  # a verb ends its clause, a modifier stands before its noun
                done_to = _OBJECT.search(text[max(0, match.start() - 2) : match.start()])
                modifies = _MODIFIES.match(text, match.end())
                left, right = (left[-1:] if done_to else [], right) if modifies else (left, [])
            else:
                last = max((end for _, end in turns if end <= match.start()), default=0)
                stop = min((start for start, _ in turns if start >= match.end()), default=len(text))
                left = [unit for unit in left if unit.start >= last]
                right = [unit for unit in right if unit.end <= stop]
                if right and not compound:  # a verb behind a comma speaks of what follows
                    left = [unit for unit in left if not _COMMA.search(text, unit.end, match.start())]
            near = [*enumerate(reversed(left)), *enumerate(right)]
            degree = _DEGREE.fullmatch(match[0])
            quality = _quality(text, match, own) if degree else None
            if graded := bool(quality or (degree and _NATIVE.search(match[0]))):
                near = [(0, quality)] if quality else []
            if compound:  # high-frequency trading
                near = [(_NEAR - 1, unit) for unit in right[:1]]
            if (thing := _object(text, match, own)) and thing not in left[-1:]:
                near.append((0, thing))
            beside = tuple((unit, 1 / (1 + at)) for at, unit in near)
            stated.append(Direction(axis, side, beside, amounts.get(match.start(), ""), graded=graded))
    return tuple(stated)


_DEGREE = re.compile(either(*(rules.comparison.degree for rules in _RULES if rules.comparison.degree)), re.I)


def _quality(text: str, match: re.Match[str], own: Sequence[ContentUnit]) -> ContentUnit | None:
    """The quality that a word of degree says more or less of (more sensitive); None where it is a thing."""
    behind = next((unit for unit in own if unit.start >= match.end()), None)
    word = text[behind.start : behind.end] if behind else ""
    beside = behind and not text[match.end() : behind.start].strip()
    return (
        behind if behind and beside and (_NATIVE.search(word) or names_quality(word, behind.stems)) else None
    )


_HOW_MUCH = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\d-])")
_FIGURE_SPAN = 60  # characters between a direction and the figure that says how much
_BREAK = re.compile(r"[,;:(]\s|[,;(]$")


@lru_cache(maxsize=128)
def _how_much(text: str) -> dict[int, str]:
    """The place of each word of direction → the figure that says how much.

    A figure goes with the word that is nearest in its clause, and a word with its nearest figure. Between two
    that go different ways it goes with none.
    """
    places = [(match.span(), side) for _, side, match in polar(text) if text[match.end() :][:1] != "-"]
    nearest_to: dict[int, tuple[int, str]] = {}
    for figure in _HOW_MUCH.finditer(text) if places else ():
        gaps = sorted((max(figure.start() - at[1], at[0] - figure.end()), at, side) for at, side in places)
        gap, (start, end), way = gaps[0]
        between = text[min(figure.end(), end) : max(figure.start(), start)]
        doubtful = any(side != way for near, _, side in gaps if near <= _FIGURE_SPAN)
        if gap <= _FIGURE_SPAN and not (doubtful or _BREAK.search(between) or _TURNS.search(between)):
            nearest_to[start] = min(nearest_to.get(start, (gap, figure[0])), (gap, figure[0]))
    return {start: figure for start, (_, figure) in nearest_to.items()}


def _object(text: str, match: re.Match[str], own: Sequence[ContentUnit]) -> ContentUnit | None:
    """The object of a native verb: the last thing marked as one behind the verb before; None without one."""
    if not _NATIVE.search(match[0]) or _MODIFIES.match(text, match.end()):
        return None
    ended = (
        m.end() for _, _, m in polar(text) if m.end() <= match.start() and not _MODIFIES.match(text, m.end())
    )
    marks = [marked.start() for marked in _OBJECT.finditer(text, max(ended, default=0), match.start())]
    return next((unit for unit in reversed(own) if marks and unit.end <= marks[-1]), None)


def _denied(text: str, match: re.Match[str]) -> bool:
    if _NATIVE.search(match[0]):
        return bool(_UNDONE_BEHIND.match(text[match.end() : match.end() + 12]))
    return bool(_UNDONE_BEFORE.search(text[max(0, match.start() - 40) : match.start()]))


def each_matched(ours: Sequence[Direction], theirs: Sequence[Direction]) -> bool:
    """Whether each direction of a claim is told by one of the sentence's own."""
    return _matched(ours, theirs, lambda claimed, stated: _tells(claimed, stated, theirs))


def _matched(
    ours: Sequence[Direction], theirs: Sequence[Direction], fit: Callable[[Direction, Direction], bool]
) -> bool:
    """Whether each direction of a claim fits one of the sentence, none twice (bipartite matching)."""
    taken: dict[int, int] = {}

    def place(number: int, tried: set[int]) -> bool:
        for at, stated in enumerate(theirs):
            if at not in tried and fit(ours[number], stated):
                tried.add(at)
                if at not in taken or place(taken[at], tried):
                    taken[at] = number
                    return True
        return False

    return all(place(number, set()) for number in range(len(ours)))


def _tells(claimed: Direction, stated: Direction, theirs: Sequence[Direction]) -> bool:
    """Whether a direction of the sentence goes the same way beside a unit that the claim says it of.

    No opposite of the same axis may stand nearer.
    """
    if stated.side != claimed.side or not _comparable(claimed, stated):
        return False
    opposite = [d for d in theirs if d.side == -claimed.side and d.axis == claimed.axis]
    near, far = _closeness(claimed, [stated]), _closeness(claimed, opposite)
    nearer = near > far or (near == far and stated.axis == claimed.axis)
    return not claimed.near or (near >= _TOLD and nearer)


def turned_round(claim: str, sentence: str, least: float = 0.0) -> str:
    """The direction of the claim where the sentence says only the opposite of the same thing; "".

    least: how near the opposite must stand to what the claim says it of, 0..1.
    """
    ours, theirs = directions(claim), directions(sentence)
    if _matched(ours, theirs, lambda claimed, stated: _may_tell(claimed, stated, theirs)):
        return ""
    for claimed in ours:
        if _both_ways(claimed.axis, ours) and _both_ways(claimed.axis, theirs):
            continue
        same = [d for d in theirs if d.side == claimed.side and _comparable(claimed, d)]
        same = [d for d in same if not _told_by_another(claimed, d, ours)]
        other = [d for d in theirs if d.side == -claimed.side and _comparable(claimed, d)]
        other = [d for d in other if not _restated(claimed, d, claim)]
        if any(d.axis == claimed.axis and _closeness(claimed, [d]) for d in same):  # another tells less
            other = [d for d in other if d.axis == claimed.axis]
        close, closest = _closeness(claimed, same), _closeness(claimed, other)
        if other and closest >= least and (closest > _MUCH * close or not same):
            way = "down" if claimed.side > 0 else "up"
            return f"says the opposite: the source goes {way} ({claimed.axis})"
    return ""


def _both_ways(axis: str, some: Sequence[Direction]) -> bool:
    """Whether just two directions of an axis go different ways: rather up than down."""
    return sorted(d.side for d in some if d.axis == axis) == [-1, 1]


def _may_tell(claimed: Direction, stated: Direction, theirs: Sequence[Direction]) -> bool:
    """Whether a direction of the sentence may be what the claim tells: as near as most of the opposites."""
    if stated.side != claimed.side or not _comparable(claimed, stated):
        return False
    opposite = [d for d in theirs if d.side == -claimed.side and _comparable(claimed, d)]
    return _closeness(claimed, [stated]) >= max(_TOLD, _MOSTLY * _closeness(claimed, opposite))


def _told_by_another(claimed: Direction, stated: Direction, ours: Sequence[Direction]) -> bool:
    """Whether another direction of the claim, the same way, is rather what one of the sentence is told by."""
    own = _overlap(claimed, stated)
    others = (d for d in ours if d is not claimed and d.side == claimed.side and d.axis == claimed.axis)
    return any(_overlap(other, stated) > max(own, _TOLD) for other in others)


def _overlap(first: Direction, second: Direction) -> float:
    """How much of what two directions are said of is the same, all units together."""
    return sum(near * far for unit, near in first.near for same, far in second.near if unit.same(same))


def _restated(claimed: Direction, stated: Direction, claim: str) -> bool:
    """Whether another direction of the claim retells this one of the sentence: it is no opposite then."""
    own = [d for d in directions(claim) if d.side == stated.side and d.axis == stated.axis]
    least = _TOLD if claimed.axis != stated.axis else _closeness(claimed, [stated])
    return any(_closeness(d, [stated]) > least for d in own)


def _closeness(direction: Direction, others: Sequence[Direction]) -> float:
    """How near both stand to a unit they share, 0..1, at the best."""
    pairs = product(direction.near, [place for other in others for place in other.near])
    shared = [near * far for (unit, near), (same, far) in pairs if unit.same(same)]
    shared += [1.0 for other in others if direction.figure and direction.figure == other.figure]
    if direction.axis == "amount" and any(other.axis == "speed" for other in others):  # speed itself
        shared += [near for unit, near in direction.near if near == 1 and _SPEED in unit.stems]
    return max(shared, default=0.0)


def _comparable(first: Direction, second: Direction) -> bool:
    """Whether the two may say the same or the opposite; less of a cost is better, so costs are left out."""
    same = first.figure and first.figure == second.figure
    if (first.graded or second.graded) and not (same or _overlap(first, second)):
        return False
    if first.axis == second.axis:
        return True
    if {first.axis, second.axis} == {"amount", "speed"}:
        changed = first if first.axis == "amount" else second
        return any(_SPEED in unit.stems for unit, near in changed.near if near == 1)
    if {first.axis, second.axis} != {"amount", "quality"}:
        return False
    beside = [unit for unit, near in (*first.near, *second.near) if near >= _BESIDE]
    return not any(2 * sum(map(bool, map(_COSTS.match, unit.stems))) >= len(unit.stems) for unit in beside)


@lru_cache(maxsize=128)
def nouns(text: str) -> tuple[ContentUnit, ...]:
    """The units of a text that are no figure and no word of direction."""
    ways = [match.span() for _, _, match in polar(text)]
    return tuple(
        unit
        for unit in units(text)
        if not unit.figure and not any(a < unit.end and unit.start < b for a, b in ways)
    )


def make(options: Options, tools: Tools) -> Polarity:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Polarity()
