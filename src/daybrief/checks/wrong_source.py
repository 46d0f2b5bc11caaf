"""Does the claim speak of its source at all, rather than of another item?

Rare words, names and figures of the claim are looked for in the title and text of its evidence, across
languages. How many of the rare ones return is compared with how many would return from abstracts picked at
random: the difference, in standard deviations, is the score. A text about its source scores above 10, one
about another paper around 0. Names, acronyms and figures weigh most, because they are rare; terms in a
language's own letters count through their English meanings (`text.words`). A single sentence seldom tells;
most verdicts are `unclear`, and only a sentence full of rare words of which hardly one returns is
`unsupported`. `subject` asks the same of a whole section, and which of several sources it leaves out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from daybrief.checks._evidence import MOST_CLAIM, everything, verbatim
from daybrief.model import Claim, Item, Value, Verdict
from daybrief.ports import Tools
from daybrief.text.words import latin_stems, native_terms, spoken, word_counts

NAME = "wrong_source"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the answers.

    least: what the claim's rare words must weigh together, in nats, for a verdict against it.
    wrong: a lower score, in standard deviations above chance, is a verdict against it.
    right: a higher one is a verdict for it.
    """

    least: float = 20.0
    wrong: float = 1.0
    right: float = 4.0


class WrongSource:
    """Finds a sentence that is about something else."""

    name = NAME

    def __init__(self, options: Options) -> None:
        self._options = options

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`unsupported` says how little of the claim's subject the sources know."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        source = spoken(everything(evidence))
        heard = mentions(claim.text[:MOST_CLAIM])
        got = score(heard, source)
        if got >= self._options.right:
            return Verdict(check=NAME, outcome="supported", why=f"about its source ({got:.1f} above chance)")
        if weight(heard, source) >= self._options.least and got < self._options.wrong:
            return Verdict(
                check=NAME, outcome="unsupported", why=f"not about its source ({got:.1f} above chance)"
            )
        return Verdict(check=NAME, outcome="unclear", why="too few rare words to tell")


# ── what a text is about ────────────────────────────────────────────────────────────────────────────

Outcome = Literal["right", "wrong", "unclear"]
Embed = Callable[[Sequence[str]], Sequence[Sequence[float]]]

MOST_WEIGHT = 8.0  # nats; nothing is rarer than one abstract in 3,000
MOST_CHANCE = 0.9  # nothing is certain
NATIVE_CHANCE = 0.03  # that a root in native letters stands in an unrelated text of its language
NEARER = 0.05  # cosine: a smaller difference between own and other sources says nothing
SAME = 0.8  # of all their words: one paper under two addresses
RARE = 3  # papers counted for a stem the table lacks; those it holds stand in 20 at least


class Mention(Value, frozen=True, kw_only=True):
    """A subject word of a text: its possible stems, and the share of abstracts that hold one of them."""

    word: str
    stems: frozenset[str]
    chance: float


class Bounds(Value, frozen=True, kw_only=True):
    """Bounds of the answers, chosen on the odd days of a corpus of real reports.

    wrong: a text with a lower score does not speak of its sources.
    left_out: one of several sources with a lower score of its own is not spoken of.
    swapped: the same where the text speaks of a source of another section instead.
    thin: sources of fewer stems cannot be judged by their score alone.
    elsewhere: by how much another source must score higher to be what the text is about.
    """

    wrong: float = 6.5
    left_out: float = 1.5
    swapped: float = 4.0
    thin: int = 30
    elsewhere: float = 3.0


class Subject(Value, frozen=True, kw_only=True):
    """The subject of a text, as far as its words tell.

    `left_out` are the numbers of the sources it does not speak of (all of them when `outcome` is wrong),
    `instead` is the number of another source it speaks of, or None.
    """

    outcome: Outcome
    score: float
    left_out: tuple[int, ...] = ()
    instead: int | None = None
    why: str = ""


def subject(
    text: str,
    own: Sequence[str],
    others: Sequence[str] = (),
    bounds: Bounds | None = None,
    embed: Embed | None = None,
) -> Subject:
    """Whether `text` speaks of its `own` sources (title and abstract each), and which it leaves out.

    `others` are sources of other texts of the same day, if known: a text that speaks of one of them rather
    than of its own is wrong where its words alone would leave it open. `embed` turns texts into unit vectors;
    it is asked only where words leave it open, and decides only where others are known.
    """
    limits = bounds or Bounds()
    heard = mentions(text)
    sources = [spoken(source) for source in own]
    rivals = [spoken(other) for other in others]
    if not sources or not heard:
        return Subject(outcome="unclear", score=0.0, why="nothing to compare")
    whole = score(heard, frozenset().union(*sources))
    rival, best = _best(heard, rivals)
    if best > whole + limits.elsewhere:
        return Subject(outcome="wrong", score=whole, left_out=tuple(range(len(own))), instead=rival)
    if whole < limits.wrong:
        doubted = _doubted(whole, sources, limits)
        return _by_vectors(doubted, text, own, others, embed) if doubted.outcome == "unclear" else doubted
    return _partial(heard, sources, rivals, limits, whole)


def mentions(text: str) -> tuple[Mention, ...]:
    """The subject words of a text, each once."""
    stems_by_word = {word: frozenset({word}) for word in latin_stems(text)}
    stems_by_word.update(native_terms(text))
    return tuple(
        Mention(word=word, stems=stems, chance=chance(stems)) for word, stems in stems_by_word.items()
    )


def chance(stems: Iterable[str]) -> float:
    """The share of abstracts in which one of these stems stands."""
    table = word_counts()
    missing = 1.0
    for stem in stems:
        if not stem.isascii():
            missing *= 1 - NATIVE_CHANCE
        else:
            missing *= 1 - table.counts.get(stem, RARE) / table.papers
    return min(MOST_CHANCE, max(1 - missing, RARE / table.papers))


def score(heard: Iterable[Mention], source: frozenset[str]) -> float:
    """The standard deviations by which more of the text's words stand in the source than in any abstract."""
    got = expected = variance = 0.0
    for mention in _comparable(heard, source):
        rarity = _rarity(mention)
        got += rarity * (not mention.stems.isdisjoint(source))
        expected += rarity * mention.chance
        variance += rarity * rarity * mention.chance * (1 - mention.chance)
    return (got - expected) / math.sqrt(variance) if variance else 0.0


def weight(heard: Iterable[Mention], source: frozenset[str]) -> float:
    """The total weight, in nats, of the words that can be compared with a source."""
    return math.fsum(map(_rarity, _comparable(heard, source)))


def _comparable(heard: Iterable[Mention], source: frozenset[str]) -> Iterator[Mention]:
    """Native words that are in no list cannot be looked for in a source without any."""
    native = _native(source)
    for mention in heard:
        if native or mention.word.isascii() or mention.stems != {mention.word}:
            yield mention


@lru_cache(maxsize=64)  # every claim of a story is held against the same source
def _native(source: frozenset[str]) -> bool:
    """Whether a source has words in letters of a language's own."""
    return not "".join(source).isascii()


def _rarity(mention: Mention) -> float:
    return min(MOST_WEIGHT, -math.log(mention.chance))


def _doubted(whole: float, sources: list[frozenset[str]], limits: Bounds) -> Subject:
    if any(len(source) < limits.thin for source in sources):
        return Subject(outcome="unclear", score=whole, why="the sources say too little to compare")
    return Subject(outcome="wrong", score=whole, left_out=tuple(range(len(sources))))


def _by_vectors(
    doubted: Subject, text: str, own: Sequence[str], others: Sequence[str], embed: Embed | None
) -> Subject:
    """The same question to vectors: does the text lie nearer to its own sources or to the others?"""
    if embed is None or not others:
        return doubted
    about, *vectors = embed([text, *own, *others])
    near = [math.fsum(a * b for a, b in zip(about, vector, strict=True)) for vector in vectors]
    ours, theirs = max(near[: len(own)]), max(near[len(own) :])
    if abs(ours - theirs) < NEARER:
        return doubted
    if ours > theirs:
        return Subject(outcome="right", score=doubted.score)
    instead = near.index(theirs, len(own)) - len(own)
    return Subject(outcome="wrong", score=doubted.score, left_out=tuple(range(len(own))), instead=instead)


def _partial(
    heard: Sequence[Mention],
    sources: list[frozenset[str]],
    rivals: list[frozenset[str]],
    limits: Bounds,
    whole: float,
) -> Subject:
    """Each of several sources by the words that the others do not explain."""
    alone = [_unexplained(heard, [o for o in sources if not _same(o, source)]) for source in sources]
    scores = [score(rest, source) for rest, source in zip(alone, sources, strict=True)]
    rival, best = _best(_unexplained(heard, sources), rivals)
    instead = rival if best > limits.elsewhere + limits.swapped else None
    bound = limits.left_out if instead is None else limits.swapped
    judged = any(not _same(sources[0], other) for other in sources[1:])
    left_out = tuple(
        n for n, got in enumerate(scores) if judged and got < bound and len(sources[n]) >= limits.thin
    )
    if not left_out:
        return Subject(outcome="right", score=whole)
    return Subject(outcome="wrong", score=whole, left_out=left_out, instead=instead)


def _same(first: frozenset[str], second: frozenset[str]) -> bool:
    """Whether two sources are one text, listed under two addresses."""
    return len(first & second) >= SAME * len(first | second)


def _unexplained(heard: Sequence[Mention], sources: Sequence[frozenset[str]]) -> list[Mention]:
    known = frozenset().union(*sources)
    return [mention for mention in heard if mention.stems.isdisjoint(known)]


def _best(heard: Sequence[Mention], rivals: Sequence[frozenset[str]]) -> tuple[int | None, float]:
    scores = [score(heard, rival) for rival in rivals]
    if not scores:
        return None, -math.inf
    best = max(range(len(scores)), key=scores.__getitem__)
    return best, scores[best]


def make(options: Options, tools: Tools) -> WrongSource:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return WrongSource(options)
