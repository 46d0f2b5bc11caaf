"""What the product says, in the reader's language: one TOML file a language in `assets/phrases`.

`phrase("ko", "count.papers", n=12)` is "논문 12편". A new language is a new file with the same keys.
A name's format may ask for a Korean particle (`{model:이/가}`), and a phrase of two forms parted by `|`
gives the second one when its first number is 1.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from daybrief.errors import ConfigError

_FOLDER = files("daybrief") / "assets" / "phrases"
_HANGUL = ("가", "힣")
_RIEUL = 8  # the place of ㄹ among the final consonants of a syllable
_SPOKEN_DIGITS = dict(
    zip("0123456789", ("영", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"), strict=True)
)
# How a Latin letter's Korean name ends, for words that are spelled out: 엘, 엠, 엔, 알.
_SPELLED = {"L": "엘", "M": "엠", "N": "엔", "R": "알"}
# How a Latin word's last letter sounds where that is sure; the rest gets both forms.
_SOUNDED = {"l": "ㄹ", "m": "ㅁ", "n": "ㄴ"}
_OPEN = frozenset("aeiouysrwxzvfdj")


class Phrases:
    """The phrases of one language; calling it with a key and the named fields gives a text."""

    def __init__(self, language: str, texts: dict[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **fields: object) -> str:
        """The phrase with its fields filled in; raises KeyError for a key no language has."""
        many, _, one = self._texts[key].partition("|")
        number = next((value for value in fields.values() if isinstance(value, int)), None)
        chosen = one if one and number == 1 else many
        return chosen.format(**{name: _field(value) for name, value in fields.items()})

    def get(self, key: str, otherwise: str) -> str:
        """The phrase, or `otherwise` for a key that a plugin may have made up."""
        return self._texts.get(key, otherwise)

    def keys(self) -> tuple[str, ...]:
        """Every key, in file order."""
        return tuple(self._texts)

    def day(self, day: date) -> str:
        """A date in full, with its weekday."""
        weekday = self("date.weekdays").split()[day.weekday()]
        return self("date.long", **self._date(day), weekday=weekday)

    def month(self, day: date) -> str:
        """The month a day belongs to."""
        return self("date.month", **self._date(day))

    def _date(self, day: date) -> dict[str, str]:
        months = self.get("date.months", "").split()
        name = months[day.month - 1] if months else str(day.month)
        return {"year": str(day.year), "month": str(day.month), "day": str(day.day), "month_name": name}


@cache
def phrases(language: str) -> Phrases:
    """The phrases of a language; raises ConfigError that lists the languages there are."""
    if language not in languages():
        raise ConfigError(
            f"there are no texts in the language {language!r}", hint=f"one of {', '.join(languages())}"
        )
    table = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return Phrases(language, dict(flat(table)))


def phrase(language: str, key: str, **fields: object) -> str:
    """One phrase in one language, its fields filled in."""
    return phrases(language)(key, **fields)


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a file, sorted."""
    return tuple(sorted(f.name[:-5] for f in _FOLDER.iterdir() if f.name.endswith(".toml")))


def particle(word: str, forms: str) -> str:
    """The Korean particle after a word: `forms` is `받침/none`, such as `을/를`, `이/가`, `으로/로`.

    Latin words in capitals are spelled out, others go by their last letter; where the sound is not sure,
    both forms come, as `을(를)`.
    """
    closed, _, open_ = forms.partition("/")
    final = _final(word)
    if final is None:
        return f"{closed}({open_})"
    if closed == "으로" and final == _RIEUL:
        return open_
    return closed if final else open_


def _final(word: str) -> int | None:
    """The final consonant a word is spoken with: 0 for none, None when not sure."""
    letters = re.sub(r"[^\w]+$|\([^()]*\)$", "", word)
    if not letters:
        return None
    last = letters[-1]
    if last in _SPOKEN_DIGITS:
        last = _SPOKEN_DIGITS[last]
    elif last.isascii() and last.isupper():
        last = _SPELLED.get(last, "이")
    if _HANGUL[0] <= last <= _HANGUL[1]:
        return (ord(last) - ord("가")) % 28
    if last in _SOUNDED:
        return _RIEUL if last == "l" else 1
    return 0 if last in _OPEN else None


class _Word(str):
    """A text that knows the particle behind it."""

    def __format__(self, spec: str) -> str:
        return self + particle(self, spec) if "/" in spec else super().__format__(spec)


def _field(value: object) -> object:
    return _Word(value) if isinstance(value, str) else value


def flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The texts of nested tables under dotted keys, in file order."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)
