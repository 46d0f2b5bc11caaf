"""How near a claim's wording is to a sentence of its source, and where the two differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from daybrief.languages import LANGUAGES, either

_MOST_WORDS = 200  # of a sentence: comparing in place takes quadratic time
_MOST_CHARACTERS = 2_000
_FEW = 3
_NEAR = 0.6  # share of the claim's words found in the sentence in order: the same wording
_WORDS = re.compile(either(r"[A-Za-zÀ-ɏ]+(?:['’][a-z]+)?", *(one.word for one in LANGUAGES), r"\d[\d.,]*"))


def nearness(claim: str, sentence: str) -> float:
    """The share of the claim's words that stand in the sentence in the same order, 0..1."""
    ours, theirs = _cut(claim), _cut(sentence)
    if not ours:
        return 0.0
    return sum(block.size for block in _compare(ours, theirs).get_matching_blocks()) / len(ours)


def same_wording(claim: str, sentence: str) -> bool:
    """Whether `turned` can compare the two."""
    return nearness(claim, sentence) >= _NEAR


def _cut(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORDS.findall(text[:_MOST_CHARACTERS])][:_MOST_WORDS]


def _compare(ours: Sequence[str], theirs: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, ours, theirs, autojunk=False)


def differences(claim: str, sentence: str) -> Iterator[tuple[str, str]]:
    """(the claim's words, the sentence's words) wherever the two differ, in lower case."""
    ours, theirs = _cut(claim), _cut(sentence)
    steps = _compare(ours, theirs).get_opcodes()
    shared = [at for at, step in enumerate(steps) if step[0] == "equal"]
    for at, (tag, a, b, c, d) in enumerate(steps):
        outside = not shared or at < shared[0] or at > shared[-1]
        # A clause left out may deny something of its own; a word or three left out are the denial.
        clause = d - c > _FEW + 2 * (b - a)
        if tag != "equal":
            yield " ".join(ours[a:b]), "" if clause or (outside and a == b) else " ".join(theirs[c:d])
