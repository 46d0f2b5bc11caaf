"""Whether a text speaks of a word or phrase somebody asked for: whole words, whatever their ending.

Latin words match by their stem (`agents` finds `agent`), never inside another word: `RAG` is not in
`storage`. An acronym, written in capitals, matches capitals alone, so that `IT` is not `it`. Korean words
match where a word begins, as particles and endings follow without a space: `검색` is in `검색이` and
`검색엔진`, not in `재검색`. Where a script writes no spaces (Chinese, Japanese) a word may stand anywhere.
The words of a phrase must follow each other; a hyphen is a space, and so is a change of script.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from daybrief.errors import ConfigError
from daybrief.text.terms import stem
from daybrief.text.tokens import fold

LONGEST = 100  # characters of a phrase
_READ = 20_000  # characters of a text; an abstract is 1,500
_HAN = r"぀-ヿ㐀-䶿一-鿿"
_UNIT = re.compile(
    rf"(?P<hangul>[가-힣]+)|(?P<han>[{_HAN}]+)|(?P<word>(?:(?![{_HAN}가-힣])[^\W_])+(?:\+\+|#)?)"
)


class Unit(NamedTuple):
    """One word of a text: its script, its folded stem, and whether it begins in capitals."""

    script: str
    stem: str
    capitals: bool


def units(text: str) -> tuple[Unit, ...]:
    """The words of a text in order. Never raises; linear in the length of the text."""
    whole = unicodedata.normalize("NFKC", text[:_READ])
    return tuple(_unit(found) for found in _UNIT.finditer(whole))


def _unit(found: re.Match[str]) -> Unit:
    word = found[0]
    if found["word"] is None:
        return Unit(found.lastgroup or "", word, False)
    return Unit("word", stem(fold(word)), word[:2].isupper())


class Wanted:
    """A word or phrase to look for; raises ConfigError when it holds no word or is too long."""

    def __init__(self, phrase: str) -> None:
        self.phrase = " ".join(phrase.split())
        self._units = units(self.phrase)
        if not self._units or len(phrase) > LONGEST:
            raise ConfigError(
                f"the keyword {phrase[:LONGEST]!r} cannot be looked for",
                hint=f"write a word or a short phrase, at most {LONGEST} characters",
            )
        letters = re.sub(r"[\W\d_]", "", self.phrase)
        self._acronym = len(letters) > 1 and letters.isascii() and letters.isupper()
        if all(unit.script == "hangul" for unit in self._units):
            self._joined = "".join(unit.stem for unit in self._units)
        else:
            self._joined = ""

    def stands_in(self, text: Sequence[Unit]) -> bool:
        """Whether the words of a text, as `units` gives them, hold the phrase."""
        size = len(self._units)
        if any(self._all_match(text[at : at + size]) for at in range(len(text) - size + 1)):
            return True
        return bool(self._joined) and any(
            unit.script == "hangul" and unit.stem.startswith(self._joined) for unit in text
        )

    def _all_match(self, there: Sequence[Unit]) -> bool:
        return all(map(self._matches, self._units, there))

    def _matches(self, wanted: Unit, there: Unit) -> bool:
        if wanted.script != there.script:
            return False
        if wanted.script == "hangul":
            return there.stem.startswith(wanted.stem)
        if wanted.script == "han":
            return wanted.stem in there.stem
        return wanted.stem == there.stem and (there.capitals or not (self._acronym and wanted.capitals))
