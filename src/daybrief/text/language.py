"""Which language a text is in, as far as its script tells; enough for fonts, voices and headings."""

from __future__ import annotations

import re
from functools import lru_cache

_SCRIPTS = (
    ("ko", re.compile(r"[가-힣]")),
    ("ja", re.compile(r"[぀-ヿ]")),
    ("zh", re.compile(r"[一-鿿]")),
    ("ru", re.compile(r"[Ѐ-ӿ]")),
    ("ar", re.compile(r"[؀-ۿ]")),
    ("he", re.compile(r"[֐-׿]")),
)
_LETTER = re.compile(r"[^\W\d_]")
_LOOK_AT = 4_000
_ENOUGH = 0.15  # a Korean text full of English terms is still Korean


@lru_cache(maxsize=256)
def language_of(text: str) -> str:
    """A BCP 47 code by script, `en` for Latin letters, "" when there are no letters.

    Japanese is told from Chinese by its kana. Latin-script languages are not told apart.
    """
    start = text[:_LOOK_AT]
    letters = len(_LETTER.findall(start))
    if not letters:
        return ""
    for code, script in _SCRIPTS:
        if len(script.findall(start)) >= _ENOUGH * letters:
            return code
    return "en"
