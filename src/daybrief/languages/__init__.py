"""The languages of the product: one value each, and the one list of them.

    ko.py, en.py, ja.py     a `Language`: numerals, particles, letters
    ko.toml, en.toml, …     its words, by who asks for them (`tables.Rules`)

No other module names a language or knows a word of one: it asks a value of this list, or a pattern joined
over all of them. Texts of the product in a language are `assets/phrases/CODE.toml` and their like
(docs/languages.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from daybrief.errors import ConfigError
from daybrief.languages.en import ENGLISH
from daybrief.languages.ja import JAPANESE
from daybrief.languages.ko import KOREAN
from daybrief.languages.tables import Language, Numerals, Rules, Words

__all__ = [
    "CODES",
    "DEFAULT",
    "LANGUAGES",
    "SOURCE",
    "Language",
    "Numerals",
    "Rules",
    "Words",
    "either",
    "language",
    "language_or_source",
    "letters",
    "mended",
    "parts",
    "preferred",
    "words",
]

LANGUAGES: tuple[Language, ...] = (KOREAN, ENGLISH, JAPANESE)
"""Every language an edition can be made in; the first is the default."""

CODES = tuple(one.code for one in LANGUAGES)
DEFAULT = LANGUAGES[0].code
SOURCE = ENGLISH.code
"""The language most sources are written in, and the one to fall back on."""

_NOTHING = "(?!)"  # a pattern that is found nowhere


def language(code: str) -> Language:
    """The language of a code; raises ConfigError that lists the languages there are."""
    for one in LANGUAGES:
        if one.code == code:
            return one
    raise ConfigError(f"there are no texts in the language {code!r}", hint=f"one of {', '.join(CODES)}")


def language_or_source(code: str) -> Language:
    """The language of a code, or that of the sources where it is none of ours."""
    return language(code if code in CODES else SOURCE)


def preferred(locale: str) -> str:
    """The code of the language that a POSIX locale name (`ko_KR.UTF-8`) asks for."""
    return language_or_source(locale.lower()[:2]).code


def letters() -> str:
    """The letters of all languages that have their own, as the inside of a character class."""
    return "".join(one.letters for one in LANGUAGES)


def words(pick: Callable[[Rules], Words]) -> str:
    """Whole words of every language, as alternatives of a pattern."""
    return either(*(one.edges[0] + "|".join(found) + one.edges[1] for one, found in _picked(pick)))


def parts(pick: Callable[[Rules], Words]) -> str:
    """The entries of every language as they stand, as alternatives of a pattern."""
    return either(*("|".join(found) for _, found in _picked(pick)))


def either(*patterns: str) -> str:
    """One pattern that is found where any of them is; empty ones do not count."""
    return "|".join(pattern for pattern in patterns if pattern not in {"", _NOTHING}) or _NOTHING


def mended(text: str) -> str:
    """The text with each language's particles put right."""
    for one in LANGUAGES:
        text = one.mended(text)
    return text


def _picked(pick: Callable[[Rules], Words]) -> Iterator[tuple[Language, Words]]:
    for one in LANGUAGES:
        if found := pick(one.rules):
            yield one, found
