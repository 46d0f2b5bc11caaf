"""Is the claim in its reader's language, in one script and one level of speech?

Refused: scripts that the reader does not read, Han outside brackets among them, and small words with foreign
accents, unless the source has them; a text in a language with letters of its own that hardly has any; a text
in another language than the reader's, except a verbatim quote; a sentence in another level of speech than
the polite one, where the language has levels (`languages.tables.Tone`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from daybrief.checks._evidence import MOST_CLAIM, everything, verbatim
from daybrief.languages import LANGUAGES, foreign, language_of, language_or_source, own_share
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools

NAME = "language"

_TONES = {
    language.code: (re.compile(tone.ends), re.compile(tone.polite), re.compile(tone.other), tone.name)
    for language in LANGUAGES
    if (tone := language.rules.tone).name
}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Demands on the language of a text.

    share: the least part of a text's letters that must be the language's own, 0..1, where it has its own.
    polite: ask for the polite level of speech in languages that have one.
    """

    share: float = 0.3
    polite: bool = True


class LanguageCheck:
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
        own = language_or_source(self._language)
        if own.must_prevail:
            share = own_share(text, own.code)
            return (
                ""
                if share >= self._options.share
                else f"only {share:.0%} of the letters are {own.scripts[0]}"
            )
        written = language_of(text)
        return "" if written in {self._language, ""} else f"written in {written}, not in {self._language}"

    def _tone(self, text: str) -> str:
        if self._language not in _TONES or not self._options.polite:
            return ""
        ends, polite, other, name = _TONES[self._language]
        for ending in ends.finditer(text):
            if not polite.search(ending[1]) and other.search(ending[1]):
                return f"…{ending[1][-8:]} is not {name}"
        return ""


def make(options: Options, tools: Tools) -> LanguageCheck:
    """The check, for the tools' language."""
    return LanguageCheck(options, tools.language)
