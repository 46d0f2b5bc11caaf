"""Taste: what a profile's keywords and examples add to the scores of a day's stories, each with its reason.

With few examples the learned part counts little: it is `taste` points times how far they are believed times
how much the reader would like the story, from -1 to 1. Without any, and without keywords, nothing is added.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from daybrief.errors import ConfigError
from daybrief.model import Example, Filed, Story
from daybrief.stages.rank import Preferences, ScorePart
from daybrief.taste.model import Taste, learn
from daybrief.text.latex import readable
from daybrief.text.plain import line
from daybrief.text.terms import stem
from daybrief.text.tokens import fold

LONGEST = 100  # characters of a phrase
_READ = 20_000  # characters of a text; an abstract is 1,500
_HAN = r"぀-ヿ㐀-䶿一-鿿"
_UNIT = re.compile(
    rf"(?P<hangul>[\uac00-\ud7a3]+)|(?P<han>[{_HAN}]+)|(?P<word>(?:(?![{_HAN}\uac00-\ud7a3])[^\W_])+(?:\+\+|#)?)"
)


class Unit(NamedTuple):
    """A word of a text: its script, its folded stem, and whether it begins in capitals."""

    script: str
    stem: str
    capitals: bool


def units(text: str) -> tuple[Unit, ...]:
    """The words of a text in order. Never raises; linear in the length of the text."""
    whole = unicodedata.normalize("NFKC", text[:_READ])
    return tuple(_unit(match) for match in _UNIT.finditer(whole))


def _unit(match: re.Match[str]) -> Unit:
    word = match[0]
    if match["word"] is None:
        return Unit(match.lastgroup or "", word, False)
    return Unit("word", stem(fold(word)), word[:2].isupper())


class Keyword:
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

    def _matches(self, unit: Unit, there: Unit) -> bool:
        if unit.script != there.script:
            return False
        if unit.script == "hangul":
            return there.stem.startswith(unit.stem)
        if unit.script == "han":
            return unit.stem in there.stem
        return unit.stem == there.stem and (there.capitals or not (self._acronym and unit.capitals))


_TITLE = 60  # letters of a liked title in the reader's line


class Interests(msgspec.Struct, frozen=True, kw_only=True):
    """The interests of a profile: see `config.Profile`, whose fields these are."""

    categories: Mapping[str, int] = {}
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    taste: float = 6.0
    keyword: float = 3.0


def preferences_of(
    filed: Sequence[Filed], interests: Interests, examples: Sequence[Example], language: str
) -> Preferences:
    """The preferences of a profile for these stories; raises ConfigError for a keyword without a word."""
    texts = {f.story.id: title_and_text(f.story) for f in filed}
    taste = learn(examples, tuple(texts.values())) if interests.taste else None
    more, less = (tuple(map(Keyword, dict.fromkeys(w))) for w in (interests.more, interests.less))
    parts = {
        story: (
            *_learned(taste, text, interests.taste),
            *_keywords(more, text, interests.keyword, "keyword"),
            *_keywords(less, text, -interests.keyword, "less"),
        )
        for story, text in texts.items()
    }
    return Preferences(language=language, parts=parts, quotas=interests.categories)


def title_and_text(story: Story) -> tuple[str, str]:
    """A story's title and the longest text that any of its sources gives: what taste goes by."""
    return story.lead.title, max((item.text for item in story.items), key=len)


def _learned(taste: Taste | None, text: tuple[str, str], most: float) -> Iterator[ScorePart]:
    if taste is None:
        return
    opinion = taste.opinion(*text)
    points = round(most * taste.trust * opinion.liking, 2)
    if not points:
        return
    reason = f"taste {opinion.liking:+.2f}"
    if not opinion.because:
        yield ScorePart(points=points, reason=reason)
        return
    title, words = line(readable(opinion.because), _TITLE), ", ".join(opinion.words)
    yield ScorePart(
        points=points,
        reason=f"{reason}, as “{title}”" + (f": {words}" if words else ""),
        phrase="why.taste" if words else "why.like",
        fields={"title": title, "words": words},
    )


def _keywords(
    keywords: Sequence[Keyword], text: tuple[str, str], points: float, name: str
) -> Iterator[ScorePart]:
    if not keywords or not points:
        return
    parts: tuple[tuple[Unit, ...], ...] = tuple(map(units, text))
    for keyword in keywords:
        if any(keyword.stands_in(part) for part in parts):
            reason = f"{name} “{keyword.phrase}”"
            yield ScorePart(
                points=points, reason=reason, phrase=f"why.{name}", fields={"word": keyword.phrase}
            )
