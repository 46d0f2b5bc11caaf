"""Which language a text is in, as far as its script tells, and what its reader cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

import regex

from daybrief.languages import CODES, LANGUAGES, SOURCE, language_or_source

CHINESE = "zh"
# Languages that sources and answers are in, of which the product has no texts: their letters.
_OTHER_LETTERS = {CHINESE: "一-鿿", "ru": "Ѐ-ӿ", "ar": "؀-ۿ", "he": "֐-׿"}
_OTHER_FOREIGN = {CHINESE: tuple("Hangul Hiragana Cyrillic Thai Arabic Hebrew Devanagari".split())}
_OTHER_SCRIPTS = {CHINESE: ("Han",), "ru": ("Cyrillic",)}
_SCRIPTS = tuple(
    (code, re.compile(f"[{letters}]"))
    for code, letters in ({one.code: one.letters for one in LANGUAGES} | _OTHER_LETTERS).items()
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
    scripts = _OTHER_SCRIPTS.get(code) or next((one.scripts for one in LANGUAGES if one.code == code), ())
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
    outside = _BRACKETS.sub(lambda found: _HAN.sub("", found[0]), text)
    for found in _foreign(code).finditer(outside):
        if found[0] not in source:
            yield found[0]
    if code in _WITHOUT_ACCENTS and _ACCENT.search(outside):
        for found in _ACCENTED.finditer(outside):
            if found[0] not in _KNOWN_ACCENTS and found[0] not in source:
                yield found[0]
