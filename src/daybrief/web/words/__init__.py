"""What the reader's pages say around an edition, in each language: one TOML file a language.

The phrases of editions (`daybrief.languages.phrases`) are at hand too, so a page speaks one
language throughout.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from daybrief.languages import CODES, language_or_source
from daybrief.languages.phrases import Phrases, flat, phrases

LANGUAGES = CODES


@cache
def words(language: str) -> Phrases:
    """Everything a page may say in a language; another one than ours is English."""
    ours = language_or_source(language).code
    table = tomllib.loads((files(__name__) / f"{ours}.toml").read_text(encoding="utf-8"))
    known = phrases(ours)
    return Phrases(ours, {key: known.get(key, "") for key in known.keys()} | dict(flat(table)))  # noqa: SIM118
