"""The languages of the product: one value each, the one list of them, and which of them a text is in.

    ko.py, en.py, ja.py     a `Language`: numerals, particles, letters
    ko.toml, en.toml, …     its words, by who asks for them (`tables.Rules`)

No other module names a language or knows a word of one: it asks a value of this list, or a pattern joined
over all of them. Texts of the product in a language are `assets/phrases/CODE.toml` and their like
(docs/languages.md).

A text's language is told as far as its script tells it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

import regex

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

CODES = tuple(entry.code for entry in LANGUAGES)
DEFAULT = LANGUAGES[0].code
SOURCE = ENGLISH.code
"""The language most sources are written in, and the one to fall back on."""

_NOTHING = "(?!)"  # a pattern that is found nowhere


def language(code: str) -> Language:
    """The language of a code; raises ConfigError that lists the languages there are."""
    for entry in LANGUAGES:
        if entry.code == code:
            return entry
    raise ConfigError(f"there are no texts in the language {code!r}", hint=f"one of {', '.join(CODES)}")


def language_or_source(code: str) -> Language:
    """The language of a code, or that of the sources where it is none of ours."""
    return language(code if code in CODES else SOURCE)


def preferred(locale: str) -> str:
    """The code of the language that a POSIX locale name (`ko_KR.UTF-8`) asks for."""
    return language_or_source(locale.lower()[:2]).code


def letters() -> str:
    """The letters of all languages that have their own, as the inside of a character class."""
    return "".join(entry.letters for entry in LANGUAGES)


def words(pick: Callable[[Rules], Words]) -> str:
    """Whole words of every language, as alternatives of a pattern."""
    return either(*(entry.edges[0] + "|".join(entries) + entry.edges[1] for entry, entries in _picked(pick)))


def parts(pick: Callable[[Rules], Words]) -> str:
    """The entries of every language as they stand, as alternatives of a pattern."""
    return either(*("|".join(entries) for _, entries in _picked(pick)))


def either(*patterns: str) -> str:
    """A pattern that matches where any of the patterns does; empty ones do not count."""
    return "|".join(pattern for pattern in patterns if pattern not in {"", _NOTHING}) or _NOTHING


def mended(text: str) -> str:
    """The text with each language's particles put right."""
    for entry in LANGUAGES:
        text = entry.mended(text)
    return text


def _picked(pick: Callable[[Rules], Words]) -> Iterator[tuple[Language, Words]]:
    for entry in LANGUAGES:
        if entries := pick(entry.rules):
            yield entry, entries


# ── which language a text is in ─────────────────────────────────────────────────────────────────────


CHINESE = "zh"
TELLING_SCRIPTS = {
    "he": "Hebrew", "th": "Thai", KOREAN.code: "Hangul", JAPANESE.code: "Hiragana", "bn": "Bengali",
    CHINESE: "Han",
}  # fmt: skip
"""The script that tells a language, in the order of looking: Han last, as Japanese has it too."""

# Languages that sources and answers are in, of which the product has no texts: their letters.
_OTHER_LETTERS = {CHINESE: "一-鿿", "ru": "Ѐ-ӿ", "ar": "؀-ۿ", "he": "֐-׿"}
_OTHER_FOREIGN = {CHINESE: tuple("Hangul Hiragana Cyrillic Thai Arabic Hebrew Devanagari".split())}
_OTHER_SCRIPTS = {CHINESE: ("Han",), "ru": ("Cyrillic",)}
_SCRIPTS = tuple(
    (code, re.compile(f"[{letters}]"))
    for code, letters in ({entry.code: entry.letters for entry in LANGUAGES} | _OTHER_LETTERS).items()
    if letters
)
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = regex.compile(r"\p{Latin}")
_LOOK_AT = 4_000
_ENOUGH = 0.15  # a Korean text full of English terms is still Korean

_BRACKETS = regex.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]|（[^（）]{0,80}）")
_HAN = regex.compile(r"\p{Han}+")
_ACCENTED = regex.compile(r"(?<![\p{Latin}\p{N}])[\p{Ll}\p{M}]*[à-öø-ɏḀ-ỿ][\p{Ll}\p{M}]*(?!\p{Latin})")
_ACCENT = regex.compile(r"[à-öø-ɏḀ-ỿ]")
_WITHOUT_ACCENTS = frozenset((*CODES, *_OTHER_FOREIGN))
_KNOWN_ACCENTS = frozenset(
    "naïve café cafés résumé résumés façade cliché clichés coöperate voilà à via déjà über".split()
)


@lru_cache(maxsize=256)
def language_of(text: str) -> str:
    """A BCP 47 code by script, that of the sources for Latin letters, "" when there are no letters.

    Japanese is told from Chinese by its kana. Latin-script languages are not told apart.
    """
    start = text[:_LOOK_AT]
    if start.isascii():  # nearly every text of our sources
        return SOURCE if any(map(str.isalpha, start)) else ""
    count = len(_LETTER.findall(start))
    if not count:
        return ""
    for code, script in _SCRIPTS:
        if len(script.findall(start)) >= _ENOUGH * count:
            return code
    return SOURCE


def own_share(text: str, code: str) -> float:
    """The language's own letters among these and Latin ones, 0..1; 1 when there is neither."""
    scripts = language_or_source(code).scripts
    own, latin = len(_letters(scripts).findall(text)), len(_LATIN.findall(text))
    return own / (own + latin) if own + latin else 1.0


@cache
def written_in(code: str) -> regex.Pattern[str] | None:
    """Runs of the letters a language is written in; None for one that we do not know."""
    scripts = _OTHER_SCRIPTS.get(code) or next(
        (entry.scripts for entry in LANGUAGES if entry.code == code), ()
    )
    return regex.compile(f"[{_class(scripts)}ー]+") if scripts else None


@cache
def _letters(scripts: tuple[str, ...]) -> regex.Pattern[str]:
    return regex.compile(f"[{_class(scripts)}]")


def _class(scripts: tuple[str, ...]) -> str:
    """The inside of a character class of these scripts."""
    return "".join(f"\\p{{{name}}}" for name in scripts)


@cache
def _foreign(code: str) -> regex.Pattern[str]:
    scripts = _OTHER_FOREIGN.get(code) or language_or_source(code).foreign
    return regex.compile(f"(?!ー)[{_class(scripts)}]+")


def foreign(text: str, code: str, source: str) -> Iterator[str]:
    """Runs in a script the language is not written in, and accented small words, that the source lacks.

    Han in brackets is a gloss (비(非)) and good style; a word that begins with a capital is a name (João).
    """
    outside = _BRACKETS.sub(lambda bracket: _HAN.sub("", bracket[0]), text)
    for run in _foreign(code).finditer(outside):
        if run[0] not in source:
            yield run[0]
    if code in _WITHOUT_ACCENTS and _ACCENT.search(outside):
        for word in _ACCENTED.finditer(outside):
            if word[0] not in _KNOWN_ACCENTS and word[0] not in source:
                yield word[0]
