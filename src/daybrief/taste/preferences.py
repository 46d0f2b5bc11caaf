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
from daybrief.stages.rank import Part, Wishes
from daybrief.taste.model import Taste, learn
from daybrief.text.latex import readable
from daybrief.text.plain import line
from daybrief.text.terms import stem
from daybrief.text.tokens import fold

LONGEST = 100  # characters of a phrase
_READ = 20_000  # characters of a text; an abstract is 1,500
_HAN = r"぀-ヿ㐀-䶿一-鿿"
_UNIT = re.compile(
    rf"(?P<hangul>[가-힣]+)|(?P<han>[{_HAN}]+)|(?P<word>(?:(?![{_HAN}가-힣])[^\W_])+(?:\+\+|#)?)"
)


class Unit(NamedTuple):
    """One word of a text: its script, its folded stem, and whether it begins in capitals."""

    script: str
    stem: str
    capitals: bool


def units(text: str) -> tuple[Unit, ...]:
    """The words of a text in order. Never raises; linear in the length of the text."""
    whole = unicodedata.normalize("NFKC", text[:_READ])
    return tuple(_unit(found) for found in _UNIT.finditer(whole))


def _unit(found: re.Match[str]) -> Unit:
    word = found[0]
    if found["word"] is None:
        return Unit(found.lastgroup or "", word, False)
    return Unit("word", stem(fold(word)), word[:2].isupper())


class Wanted:
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

    def _matches(self, wanted: Unit, there: Unit) -> bool:
        if wanted.script != there.script:
            return False
        if wanted.script == "hangul":
            return there.stem.startswith(wanted.stem)
        if wanted.script == "han":
            return wanted.stem in there.stem
        return wanted.stem == there.stem and (there.capitals or not (self._acronym and wanted.capitals))


_TITLE = 60  # letters of a liked title in the reader's line


class Interests(msgspec.Struct, frozen=True, kw_only=True):
    """What a profile asks for: see `config.Profile`, whose fields these are."""

    categories: Mapping[str, int] = {}
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    taste: float = 6.0
    keyword: float = 3.0


def wishes(
    filed: Sequence[Filed], interests: Interests, examples: Sequence[Example], language: str
) -> Wishes:
    """What a profile wishes of these stories. Raises ConfigError for a keyword that cannot be looked for."""
    texts = {f.story.id: told(f.story) for f in filed}
    taste = learn(examples, tuple(texts.values())) if interests.taste else None
    more, less = (tuple(map(Wanted, dict.fromkeys(w))) for w in (interests.more, interests.less))
    parts = {
        story: (
            *_learned(taste, text, interests.taste),
            *_keywords(more, text, interests.keyword, "keyword"),
            *_keywords(less, text, -interests.keyword, "less"),
        )
        for story, text in texts.items()
    }
    return Wishes(language=language, parts=parts, quotas=interests.categories)


def told(story: Story) -> tuple[str, str]:
    """A story's title and the longest text that any of its sources gives: what taste goes by."""
    return story.lead.title, max((item.text for item in story.items), key=len)


def _learned(taste: Taste | None, text: tuple[str, str], most: float) -> Iterator[Part]:
    if taste is None:
        return
    opinion = taste.opinion(*text)
    points = round(most * taste.trust * opinion.liking, 2)
    if not points:
        return
    reason = f"taste {opinion.liking:+.2f}"
    if not opinion.because:
        yield Part(points=points, reason=reason)
        return
    title, words = line(readable(opinion.because), _TITLE), ", ".join(opinion.words)
    yield Part(
        points=points,
        reason=f"{reason}, as “{title}”" + (f": {words}" if words else ""),
        phrase="why.taste" if words else "why.like",
        fields={"title": title, "words": words},
    )


def _keywords(wanted: Sequence[Wanted], text: tuple[str, str], points: float, name: str) -> Iterator[Part]:
    if not wanted or not points:
        return
    said: tuple[tuple[Unit, ...], ...] = tuple(map(units, text))
    for one in wanted:
        if any(one.stands_in(part) for part in said):
            reason = f"{name} “{one.phrase}”"
            yield Part(points=points, reason=reason, phrase=f"why.{name}", fields={"word": one.phrase})
