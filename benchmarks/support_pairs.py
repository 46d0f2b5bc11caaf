"""Pairs of a claim and a text to learn support from, made from abstracts.

True: a sentence, one without a clause, two sentences joined, the title, an author's one-sentence summary.
False: the title or a sentence of the most similar other paper; a few words of it grafted into a true claim; a
figure or a name of a true claim exchanged. Every kind is seeded; none needs a label.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from daybrief.text.sentences import sentences
from daybrief.text.words import latin_stems

EXTRACTIVE = ("sentence", "clipped", "joined")
ABSTRACTIVE = ("title", "author's summary")
ELSEWHERE = ("other summary", "other sentence")
GRAFTED = ("graft",)
CHANGED = ("figure", "name", "name in summary")
FREE = (*ABSTRACTIVE, "other summary", *GRAFTED, "name in summary")
"""What is written freely, as summaries are, and not taken from the text."""
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w-]*[A-Z\d][\w-]*|(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_MOST_HOLDERS = 300  # a stem of more papers makes nobody similar


class Paper(msgspec.Struct, frozen=True):
    """An abstract, and its title or a sentence its author wrote of it; `kind` is one of `ABSTRACTIVE`."""

    text: str
    summary: str
    kind: str


class Pair(msgspec.Struct, frozen=True):
    """A claim about the text of paper number `paper`, and whether it is true."""

    kind: str
    claim: str
    paper: int
    true: bool


def pairs(papers: Sequence[Paper], seed: int = 0) -> Iterator[Pair]:
    """All pairs that can be made of some papers, paper by paper."""
    rng = random.Random(seed)
    split = [[s.text for s in sentences(paper.text) if len(s.text.split()) >= 6] for paper in papers]
    for number, (paper, near) in enumerate(zip(papers, _similar(papers), strict=True)):
        own = split[number]
        if len(own) < 3 or not near or len(split[near[0]]) < 3:
            continue
        other = rng.choice(near)
        for kind, claim in _true(paper, own, rng):
            yield Pair(kind, claim, number, true=True)
        for kind, claim in _false(paper, own, papers[other], split[other], rng):
            if claim and " ".join(claim.split()) not in " ".join(paper.text.split()):
                yield Pair(kind, claim, number, true=False)


def _true(paper: Paper, own: Sequence[str], rng: random.Random) -> Iterator[tuple[str, str]]:
    first, other = rng.sample(list(own), 2)
    yield "sentence", first
    yield "clipped", _clipped(first, rng)
    yield "joined", f"{_clipped(first, rng).rstrip('.')} and {other}"
    yield paper.kind, paper.summary


def _false(
    paper: Paper, own: Sequence[str], other: Paper, theirs: Sequence[str], rng: random.Random
) -> Iterator[tuple[str, str]]:
    foreign = rng.choice(list(theirs)) if theirs else other.summary
    yield "other summary", other.summary
    yield "other sentence", foreign
    yield "graft", _grafted(paper.summary, foreign, rng)
    yield "figure", _exchanged(_NUMBER, rng.choice(list(own)), [str(rng.randint(2, 999))], rng)
    names = _NAME.findall(other.text)
    yield "name", _exchanged(_NAME, rng.choice(list(own)), names, rng)
    yield "name in summary", _exchanged(_NAME, paper.summary, names, rng)


def _clipped(sentence: str, rng: random.Random) -> str:
    """The sentence without one of the runs between its commas."""
    parts = sentence.split(", ")
    if len(parts) > 1:
        del parts[rng.randrange(len(parts))]
    return ", ".join(parts)


def _grafted(claim: str, foreign: str, rng: random.Random) -> str:
    """The claim with two to four words in a row taken from elsewhere."""
    ours, theirs = claim.split(), foreign.split()
    size = rng.randint(2, 4)
    if len(ours) <= size or len(theirs) <= size:
        return ""
    at, start = rng.randrange(len(ours) - size), rng.randrange(len(theirs) - size)
    return " ".join([*ours[:at], *theirs[start : start + size], *ours[at + size :]])


def _exchanged(what: re.Pattern[str], claim: str, pool: Sequence[str], rng: random.Random) -> str:
    """The claim with one match replaced by something it does not hold; "" when that cannot be."""
    matches = list(what.finditer(claim))
    strange = [name for name in pool if name not in claim]
    if not matches or not strange:
        return ""
    match = rng.choice(matches)
    return claim[: match.start()] + rng.choice(strange) + claim[match.end() :]


def _similar(papers: Sequence[Paper]) -> Iterator[list[int]]:
    """For each paper the three others that share most of its rarer stems."""
    stems = [frozenset(latin_stems(paper.text)) for paper in papers]
    holders: dict[str, list[int]] = defaultdict(list)
    for number, own in enumerate(stems):
        for key in sorted(own):
            holders[key].append(number)
    for number, own in enumerate(stems):
        shared: Counter[int] = Counter()
        for key in sorted(own):
            if len(holders[key]) <= _MOST_HOLDERS:
                shared.update(holders[key])
        del shared[number]
        yield [other for other, _ in shared.most_common(3)]
