"""What a full-text index holds of a text: folded, stemmed words, and letter pairs where words are not spaced.

Latin words lose case, accents and English endings (Snowball; it ranks better than folding plurals alone or
nothing). Runs of Hangul, kana and Chinese characters become overlapping pairs, so that a two-letter word is
found inside any compound or inflected form. The same function serves the index and the query.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from daybrief.text.terms import stem

STOP_WORDS = tuple(
    """a an and are as at be but by for if in into is it no not of on or such that the their then there
    these they this to was will with""".split()
)
"""Words the index leaves out (Lucene's list), as the tokens they become; their places stay empty."""

LONGEST = 40  # letters of a token: what is longer is no word, and its beginning will do

_CJK = r"ᄀ-ᇿ぀-ヿ㄰-㆏㐀-䶿一-鿿가-힣"
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u3099\u309a])+")
_PIECE = re.compile(rf"(?P<pairs>[{_CJK}\u3099\u309a]+)|[^{_CJK}]+")
_ACCENT = re.compile(r"[\u0300-\u036f]+")
_PARTICLE = re.compile(
    r"(?<=..)(?:으로는|에서는|으로|에서|에게|까지|부터|보다|처럼|하는|하다|한다|되는|된다|들의|들을|들이"
    r"|[을를이가은는의에로와과도만한된])$"
)


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
        folded = fold(found[0])
        same = len(folded) == len(found[0])
        for piece in _PIECE.finditer(folded):
            run += 1
            begin = found.start() + piece.start() if same else found.start()
            end = found.start() + piece.end() if same else found.end()
            if piece["pairs"] is None:
                yield Token(stem(piece[0][:LONGEST]), begin, end, run)
            else:
                yield from _pairs(piece[0], begin, end, run, same)


def _pairs(letters: str, begin: int, end: int, run: int, same: bool) -> Iterator[Token]:
    for at in range(max(1, len(letters) - 1)):
        pair = letters[at : at + 2]
        start, stop = (begin + at, begin + at + len(pair)) if same else (begin, end)
        yield Token(pair, start, stop, run, True)


def spaced(text: str) -> str:
    """The tokens with a space between: what a tokenizer that only splits at spaces is to be given."""
    return " ".join(token.word for token in tokens(text))


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
