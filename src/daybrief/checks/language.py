"""Is the claim in its reader's language, in one script and one level of speech?

Refused: kana, Cyrillic, Thai … and Han outside brackets, and small words with foreign accents, unless the
source has them; a Korean text whose Hangul is gone (under 30 % of its letters); a text in another language
than the reader's, except a verbatim quote; Korean sentences that end in the plain style (…한다.) or the
informal one (…해요.) where the house writes 합니다체.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.evidence import MOST_CLAIM, everything, verbatim
from daybrief.languages.scripts import language_of
from daybrief.text.script import foreign, hangul_share

NAME = "language"

_POLITE = re.compile(r"(?:니다|니까)$")
_INFORMAL = re.compile(r"(?:[가-힣]{1,3}다|[어아해세예네군라려와워여져겨켜까]요|죠)$")
_ENDS = re.compile(r"(?<![가-힣])([가-힣]++)[\"'”’)\]]*[.!?](?=\s|$|[\"'”’)\]])")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the language.

    share: the least part of a Korean text's letters that must be Hangul, 0..1.
    polite: ask for 합니다체 in Korean sentences.
    """

    share: float = 0.3
    polite: bool = True


class Language:
    """Finds text its reader cannot read, or that changes its tone."""

    name = NAME

    def __init__(self, options: Options, language: str) -> None:
        self._options = options
        self._language = language

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`unsupported` where script, language or level of speech is wrong."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        text = claim.text[:MOST_CLAIM]
        why = self._script(text, claim, evidence) or self._tone(text)
        return Verdict(check=NAME, outcome="unsupported" if why else "supported", why=why or self._language)

    def _script(self, text: str, claim: Claim, evidence: Sequence[Item]) -> str:
        if strange := list(foreign(text, self._language, everything(evidence))):
            return f"in a script its reader does not read: {', '.join(strange[:5])}"
        if claim.part == "keyword":
            return ""  # one English term and a count
        if self._language == "ko":
            share = hangul_share(text)
            return "" if share >= self._options.share else f"only {share:.0%} of the letters are Hangul"
        found = language_of(text)
        return "" if found in {self._language, ""} else f"written in {found}, not in {self._language}"

    def _tone(self, text: str) -> str:
        if self._language != "ko" or not self._options.polite:
            return ""
        for found in _ENDS.finditer(text):
            if not _POLITE.search(found[1]) and _INFORMAL.search(found[1]):
                return f"…{found[1][-8:]} is not 합니다체"
        return ""


def make(options: Options, tools: Tools) -> Language:
    """The check, for the tools' language."""
    return Language(options, tools.language)
