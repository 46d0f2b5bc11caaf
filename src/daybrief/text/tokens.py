"""What a full-text index holds of a text: folded, stemmed words, and letter pairs where words are not spaced.

Latin words lose case, accents and English endings (Snowball; it ranks better than folding plurals alone or
nothing). Runs of Hangul, kana and Chinese characters become overlapping pairs, so that a two-letter word is
found inside any compound or inflected form. The same function serves the index and the query.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from daybrief.languages import LANGUAGES, either
from daybrief.text.terms import stem

STOP_WORDS = tuple(
    """a an and are as at be but by for if in into is it no not of on or such that the their then there
    these they this to was will with""".split()
)
"""Words the index leaves out (Lucene's list), as the tokens they become; their places stay empty."""

LONGEST = 40  # letters of a token: what is longer is no word, and its beginning will do

_CJK = r"\u1100-\u11ff぀-ヿ\u3130-\u318f㐀-䶿一-鿿\uac00-\ud7a3"
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u3099\u309a])+")
_PIECE = re.compile(rf"(?P<pairs>[{_CJK}\u3099\u309a]+)|[^{_CJK}]+")
_ACCENT = re.compile(r"[\u0300-\u036f]+")
_PARTICLE = re.compile(either(*(one.rules.reading.endings for one in LANGUAGES)))


class Token(NamedTuple):
    """A token and where its letters stand in the text (code points); `run` numbers the word it is part of."""

    word: str
    start: int
    end: int
    run: int = 0
    paired: bool = False


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text in order. Never raises; linear in the length of the text."""
    run = 0
    for found in _WORD.finditer(text):
        begin, last = found.start(), 0
        for word, start, end, last, paired in _tokens_of(found[0]):
            yield Token(word, begin + start, begin + end, run + last, paired)
        run += last + 1


def wanted_tokens(text: str, wanted: frozenset[str]) -> list[Token]:
    """The tokens of a text that are wanted, in order, each as a run of its own."""
    return [
        Token(token.word, found.start() + token.start, found.start() + token.end, number, token.paired)
        for number, found in enumerate(_WORD.finditer(text))
        for token in _tokens_of(found[0])
        if token.word in wanted
    ]


def spaced(text: str) -> str:
    """The tokens with a space between: what a tokenizer that only splits at spaces is to be given."""
    return " ".join(map(_spaced_word, _WORD.findall(text)))


def beginnings(text: str) -> str:
    """The first pair of each run that is paired, spaced that begins it, not one inside."""
    runs = (word for word in _WORD.findall(text) if not word.isascii())
    firsts = (next((token.word for token in _tokens_of(word) if token.paired), "") for word in runs)
    return " ".join(filter(None, firsts))


def _spaced_word(word: str) -> str:
    return _known_spaced(word) if len(word) <= LONGEST else _spaced(word)


def _spaced(word: str) -> str:
    return " ".join(token.word for token in _tokens(word))


def _tokens_of(word: str) -> tuple[Token, ...]:
    return _known_tokens(word) if len(word) <= LONGEST else _tokens(word)


def _tokens(word: str) -> tuple[Token, ...]:
    """The tokens of one word of a text, placed within it."""
    folded = fold(word)
    same = len(folded) == len(word)
    made: list[Token] = []
    for run, piece in enumerate(_PIECE.finditer(folded)):
        begin, end = piece.span() if same else (0, len(word))
        if piece["pairs"] is None:
            made.append(Token(stem(piece[0][:LONGEST]), begin, end, run))
        else:
            made += _pairs(piece[0], begin, end, run, same)
    return tuple(made)


def _pairs(letters: str, begin: int, end: int, run: int, same: bool) -> Iterator[Token]:
    for at in range(max(1, len(letters) - 1)):
        pair = letters[at : at + 2]
        start, stop = (begin + at, begin + at + len(pair)) if same else (begin, end)
        yield Token(pair, start, stop, run, True)


# Words come again and again; very long ones are not worth the memory.
_known_tokens = lru_cache(maxsize=100_000)(_tokens)
_known_spaced = lru_cache(maxsize=200_000)(_spaced)


def fold(text: str) -> str:
    """One spelling for what looks alike: compatibility forms, case and Latin accents are gone."""
    if text.isascii():
        return text.lower()
    whole = unicodedata.normalize("NFKC", text).casefold()
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", whole))
    return unicodedata.normalize("NFKC", bare)


def name_key(name: str) -> str:
    """A name of a source or category without all but letters and digits: `languagemodels`."""
    return "".join(_WORD.findall(fold(name)))


def core(run: str) -> int:
    """How many letters of a Korean word as typed carry it, without the particle or ending behind them."""
    found = _PARTICLE.search(run)
    return found.start() if found else len(run)
