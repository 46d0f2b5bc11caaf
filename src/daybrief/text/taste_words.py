"""What taste sees of a text: stems, Korean words and their letter pairs, and how rare each of them is."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

from daybrief.text.tokens import STOP_WORDS, core, spaced, tokens

Terms = Counter[str]

MOST_LETTERS = 4_000  # an abstract is 1,500; a longer text adds time, not knowledge
MOST_TITLE = 500
_PAIR = "~"  # before a letter pair, which no reader wants to be told of
_FIRST_PAIRED = "ᄀ"  # Hangul, kana and Chinese characters follow it, Latin, Greek and Cyrillic come before
_HANGUL = re.compile(r"[가-힣]{2,}")
_STOP = frozenset(STOP_WORDS) | frozenset(
    """we our us can also which from has have been than more these those both through between while
    show use propos paper present approach method result base model howev each other via where when
    how what who its he she his her you your i my do doe may most such only well""".split()
)


@lru_cache(maxsize=4_096)  # a day's texts are seen twice: as what is usual, and to be judged
def terms(title: str, text: str) -> Terms:
    """How often each term stands in a text; the title counts twice. Linear in the bounded length."""
    found: Terms = Counter()
    for part, times in ((title[:MOST_TITLE], 2), (text[:MOST_LETTERS], 1)):
        for word in spaced(part).split():
            if word >= _FIRST_PAIRED:
                found[_PAIR + word] += times
            elif _says(word):
                found[word] += times
        for word in _HANGUL.findall(part):
            found[word[: core(word)]] += times
    return found


def _says(word: str) -> bool:
    return len(word) > 1 and word not in _STOP and not (word.isdigit() and len(word) < 4)


def names(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each term a reader may be told of, the form in which the texts write it most often."""
    seen: dict[str, Counter[str]] = {}
    for title, text in texts:
        for part in (title[:MOST_TITLE], text[:MOST_LETTERS]):
            for token in tokens(part):
                if not token.paired and _says(token.word) and not token.word.isdigit():
                    seen.setdefault(token.word, Counter())[_written(part[token.start : token.end])] += 1
            for word in _HANGUL.findall(part):
                seen.setdefault(word[: core(word)], Counter())[word[: core(word)]] += 1
    return {term: min(forms, key=lambda form: (-forms[form], form)) for term, forms in seen.items()}


def _written(word: str) -> str:
    """A word as it stands within a sentence: acronyms and names with inner capitals keep theirs."""
    return word if any(letter.isupper() for letter in word[1:]) else word.lower()


class Rarity:
    """How much a term tells: its inverse document frequency in many abstracts and in the texts at hand."""

    def __init__(self, texts: Iterable[Terms]) -> None:
        self._near: Counter[str] = Counter()
        number = 0
        for one in texts:
            self._near.update(one.keys())
            number += 1
        self._all = number + _far().papers
        self._known: dict[str, float] = {}

    def __call__(self, term: str) -> float:
        """From 1 for a term that is everywhere to about 10 for one never met."""
        if term not in self._known:
            met = self._near[term] + _far().counts.get(term, 0)
            self._known[term] = 1 + math.log((1 + self._all) / (1 + met))
        return self._known[term]


class _Counts(msgspec.Struct, frozen=True):
    papers: int
    counts: Mapping[str, int]


@cache
def _far() -> _Counts:
    raw = files("daybrief").joinpath("assets/word_counts.json").read_bytes()
    return msgspec.json.decode(raw, type=_Counts)
