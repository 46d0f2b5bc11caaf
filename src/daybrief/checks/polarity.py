"""Does the claim say the opposite of the sentence it rests on, as far as a lexicon can tell?

The claim is held against the sentences its quotes stand in, or, without quotes, against the sentence with the
most words in common. In the same language and nearly the same wording a negation added or dropped and a word
replaced by its opposite (raises, lowers; offline, online; linear, nonlinear) make it contradicted. Otherwise,
and across languages, only a plain contradiction does. It is a negation where the quoted sentences deny
nothing, or one pole of an axis where they hold only the other, or a modifier denied that they state. What
cannot be told is unclear. The words stand in each language's tables (`DenialWords`, `Rules.opposites`).

Figures: benchmarks/claims.py. Real Korean sentences with a free opposite are found only half of the time.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

from daybrief.checks._evidence import (
    MOST_CLAIM,
    covered,
    differences,
    nearest,
    nearness,
    quoted,
    same_wording,
    verbatim,
)
from daybrief.languages import LANGUAGES, FilteredPattern, PatternTable, either, filtered, parts, words
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.words import spoken, stem

NAME = "polarity"
_MOST_CHARACTERS = 2_000
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
        return _across(text, around, sure=bool(exact) or covered(text, best) >= _SURE)


def turned_across(text: str, around: Sequence[str]) -> str:
    """The reversal of a claim against sentences that share few of its words; "" where there is none."""
    if modifier := modifier_denied(text, around):
        return f"denies ({modifier}) what the source says"
    if axis := opposed(text, around):
        return f"the source says the opposite ({axis})"
    if denial := denies_outright(text, around):
        return f"denies ({denial}) what the source does not deny"
    if denied := loses_denial(text, around):
        return f"leaves out that the source denies ({denied})"
    return ""


def _across(text: str, around: Sequence[str], *, sure: bool) -> Verdict:
    """Compare what shares few words: another language, a free paraphrase."""
    if why := turned_across(text, around):
        sure = sure or bool(modifier_denied(text, around))
        return Verdict(check=NAME, outcome="contradicted" if sure else "unclear", why=why)
    return Verdict(check=NAME, outcome="unclear", why="no word tells")


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
    return bool(_CUE.search(source[max(0, place - _DENIES_BEFORE) : place]))


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


def make(options: Options, tools: Tools) -> Polarity:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Polarity()
