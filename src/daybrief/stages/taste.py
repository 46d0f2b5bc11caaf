"""Taste: what a profile's keywords and examples add to the scores of a day's stories, each with its reason.

With few examples the learned part counts little: it is `taste` points times how far they are believed times
how much the reader would like the story, from -1 to 1. Without any, and without keywords, nothing is added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from daybrief.model import Example, Filed, Story
from daybrief.stages.rank import Part, Wishes
from daybrief.text.latex import readable
from daybrief.text.plain import line
from daybrief.text.taste import Taste, learn
from daybrief.text.wanted import Unit, Wanted, units

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
