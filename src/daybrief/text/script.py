"""The scripts of a text: how much of it is Hangul, and what stands in a script its reader does not read."""

from __future__ import annotations

from collections.abc import Iterator

import regex

_HANGUL = regex.compile(r"\p{Hangul}")
_LATIN = regex.compile(r"\p{Latin}")
_BRACKETS = regex.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]|（[^（）]{0,80}）")
_FOREIGN = {
    "ko": regex.compile(
        r"(?!ー)[\p{Hiragana}\p{Katakana}\p{Cyrillic}\p{Thai}\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Armenian}\p{Georgian}\p{Bengali}\p{Tamil}\p{Khmer}\p{Myanmar}\p{Han}]+"
    ),
    "ja": regex.compile(r"[\p{Hangul}\p{Cyrillic}\p{Thai}\p{Arabic}\p{Hebrew}\p{Devanagari}]+"),
    "zh": regex.compile(r"[\p{Hangul}\p{Hiragana}\p{Cyrillic}\p{Thai}\p{Arabic}\p{Hebrew}\p{Devanagari}]+"),
}
_FOREIGN["en"] = regex.compile(_FOREIGN["ko"].pattern[:-2] + r"\p{Hangul}]+")
_HAN = regex.compile(r"\p{Han}+")
_ACCENTED = regex.compile(r"(?<![\p{Latin}\p{N}])[\p{Ll}\p{M}]*[à-öø-ɏḀ-ỿ][\p{Ll}\p{M}]*(?!\p{Latin})")
_ACCENT = regex.compile(r"[à-öø-ɏḀ-ỿ]")
_KNOWN_ACCENTS = frozenset(
    "naïve café cafés résumé résumés façade cliché clichés coöperate voilà à via déjà über".split()
)


def hangul_share(text: str) -> float:
    """Hangul among Hangul and Latin letters, 0..1; 1 when there is neither."""
    hangul, latin = len(_HANGUL.findall(text)), len(_LATIN.findall(text))
    return hangul / (hangul + latin) if hangul + latin else 1.0


def foreign(text: str, language: str, source: str) -> Iterator[str]:
    """Runs in a script the language is not written in, and accented small words, that the source lacks.

    Han in brackets is a gloss (비(非)) and good Korean; a word that begins with a capital is a name (João).
    """
    pattern = _FOREIGN.get(language, _FOREIGN["en"])
    outside = _BRACKETS.sub(lambda found: _HAN.sub("", found[0]), text)
    for found in pattern.finditer(outside):
        if found[0] not in source:
            yield found[0]
    if language in {"ko", "en", "ja", "zh"} and _ACCENT.search(outside):
        for found in _ACCENTED.finditer(outside):
            if found[0] not in _KNOWN_ACCENTS and found[0] not in source:
                yield found[0]
