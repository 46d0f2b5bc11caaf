"""The subject words of a text in one spelling across languages: English stems, numbers, known terms.

A text about an English paper in a language with letters of its own keeps names, acronyms and figures in
Latin letters and puts the rest into its own terms, of which `assets/terms_CODE.txt` lists the English
meanings. Stems are Snowball's (https://snowballstem.org/algorithms/english/stemmer.html); how rare one is
among arXiv abstracts stands in `assets/word_counts.json`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

import msgspec
import snowballstemmer

from daybrief.languages import LANGUAGES

MOST_CHARACTERS = 20_000  # a section is 2,000, an abstract 1,500; a longer text adds time, not knowledge

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*|\d+(?:[.,]\d+)*[A-Za-z]*")
_HYPHENATED = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]++(?:[-‐–][A-Za-z0-9]++){1,8}")
_CAMEL = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]{3,}")
_NATIVE = re.compile("|".join(f"(?P<{one.code}>{one.word})" for one in LANGUAGES if one.word))
_ROOTS = {one.code: one.root for one in LANGUAGES}  # letters that survive a word's particles and endings
_ACCENTED = re.compile(r"[À-ɏ]")
_ADDRESS = re.compile(r"https?://\S+")
_LATEX = re.compile(r"\\[a-zA-Z]+|[${}^_~\\]")
_STOP = frozenset(
    """a about above across after all also among an and any are as at be been being between both but by can
    could do does for from further has have having how if in into is it its itself may more moreover most much
    must no nor not of on one only or other our out over per same several she should show shows since so some
    such than that the their them then there these they this those through thus to too two under up upon us
    use used uses using very via was we well were what when where whether which while who whose why will with
    within without would you your""".split()
)
_LEAST_NUMBER = 10  # one to nine number the points of every list
_SHORT = 2  # letters of the longest word in which a term of one letter counts


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a lower-case English word; each gets its own stemmer, as threads may not share one."""
    return str(snowballstemmer.stemmer("english").stemWord(word))


def latin_stems(text: str) -> list[str]:
    """The stems of the Latin words and the numbers of a text, in order, without function words."""
    return [stem(word) for word in map(_spelled, _WORD.findall(_plain(text))) if _says(word)]


@lru_cache(maxsize=512)  # all claims about a story are held against the same text
def spoken(text: str) -> frozenset[str]:
    """Every stem a text may be recognised by: its words, its compounds whole and in parts, its known terms.

    `Flash Attention`, `flash-attention` and `FlashAttention` share a stem. Of a word in letters of its own
    that the list lacks, the beginning stands for the whole.
    """
    bare = _plain(text)
    found = latin_stems(text)
    stems = set(found)
    stems.update(a + b for a, b in pairwise(found) if len(a) > 2 and len(b) > 2)
    for word in _HYPHENATED.findall(bare):
        stems.add(stem(re.sub(r"[-‐–]", "", word).lower()))
    for word in _WORD.findall(bare):
        if not (word.islower() or word.isupper() or word.istitle()):
            stems.update(stem(part.lower()) for part in _CAMEL.findall(word))
    for _, meant in native_terms(bare):
        stems |= meant
    return frozenset(stems)


def native_terms(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each term in a language's own letters with the stems it may stand for.

    A word not in the list is its own root, where the language has roots.
    """
    for found in _NATIVE.finditer(text[:MOST_CHARACTERS]):
        known, run = False, found[0]
        for term in _segmented(run):
            known = True
            yield term, lexicon()[term]
        root = _ROOTS[found.lastgroup or ""]
        if not known and 0 < root <= len(run):
            yield run[:root], frozenset({run[:root]})


def _segmented(run: str) -> Iterator[str]:
    """The listed terms of a run of native letters, longest first from the left.

    A term of one letter only counts at the start of a short word, never inside another.
    """
    terms, longest, at = lexicon(), _longest(), 0
    while at < len(run):
        for size in range(min(longest, len(run) - at), 0, -1):
            term = run[at : at + size]
            if term in terms and (size > 1 or (at == 0 and len(run) <= _SHORT)):
                yield term
                at += size
                break
        else:
            at += 1


@cache
def lexicon() -> dict[str, frozenset[str]]:
    """Native term → the stems of the English words it may stand for."""
    return {term: frozenset(map(_stem_of, english)) for term, english in _meanings().items()}


def english_of(term: str) -> tuple[str, ...]:
    """The English words a listed native term may stand for; () for one that is not listed."""
    return tuple(_meanings().get(term, ()))


def native_of(stemmed: str) -> tuple[str, ...]:
    """The listed native terms that may stand for an English stem, the usual one first."""
    return _terms_by_stem().get(stemmed, ())


@cache
def _meanings() -> dict[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for line in _listed():
        english, _, native = line.partition(" = ")
        if line.startswith("#") or not native:
            continue
        for term in native.split():
            table.setdefault(term, {}).update(dict.fromkeys(english.split()))
    return {term: tuple(words) for term, words in table.items()}


def _listed() -> Iterator[str]:
    for one in LANGUAGES:
        path = files("daybrief").joinpath(f"assets/terms_{one.code}.txt")
        if one.word and path.is_file():
            yield from path.read_text(encoding="utf-8").splitlines()


@cache
def _terms_by_stem() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for term, english in _meanings().items():
        for word in english:
            table.setdefault(_stem_of(word), []).append(term)
    return {stemmed: tuple(terms) for stemmed, terms in table.items()}


def _stem_of(word: str) -> str:
    return stem(word.replace("-", "").lower())


@cache
def _longest() -> int:
    return max(map(len, lexicon()))


def _plain(text: str) -> str:
    bare = _LATEX.sub(" ", _ADDRESS.sub(" ", text[:MOST_CHARACTERS]))
    return _ACCENTED.sub(lambda found: unicodedata.normalize("NFD", found[0])[0], bare)


def _spelled(word: str) -> str:
    return word.lower().replace(",", "")


def _says(word: str) -> bool:
    if word.isdigit():
        return int(word[:12]) >= _LEAST_NUMBER
    return len(word) > 1 and word not in _STOP


class Counts(msgspec.Struct, frozen=True):
    """In how many abstracts a stem stands, of how many."""

    papers: int
    counts: dict[str, int]


@lru_cache(maxsize=100_000)
def rarity(key: str) -> float:
    """How rare a stem is among arXiv abstracts: 0 when all hold it, 1 from one in 3,000 on."""
    table = word_counts()
    return math.log((table.papers + 4) / (table.counts.get(key, 0) + 4)) / math.log((table.papers + 4) / 4)


@cache
def word_counts() -> Counts:
    """The counts shipped with the package (`tools/build_word_counts.py` makes them)."""
    raw = files("daybrief").joinpath("assets/word_counts.json").read_bytes()
    return msgspec.json.decode(raw, type=Counts)
