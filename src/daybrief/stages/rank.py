"""Rank: what more readers noticed comes first, and each story says why it stands where it stands.

The score is a plain sum that can be recomputed from the printed reasons: a logarithm for each kind of
attention, so that a thousand points are worth more than a hundred, but not ten times more. A profile's
preferences add parts of their own to that sum, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from daybrief.languages.phrases import phrases
from daybrief.model import Drop, Entry, Filed, Item, Ranked

_WEIGHTS = {"votes": 1.0, "points": 0.7, "comments": 0.3, "citations": 0.5}
_EACH_SOURCE = 1.0  # a second source that carries a story is worth as much as e - 1 votes
_NO_TEXT = 1.0  # without a text there is nothing to say about it
_MOST_TOLD = 3  # parts of a score that the reader's line names


class ScorePart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a score: its points, the reason as it is noted, and the phrase that tells it a reader."""

    points: float
    reason: str
    phrase: str = ""  # "": not told
    fields: dict[str, str | int] = {}


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """A profile's preferences for one day: parts by story id, and how many stories a category may have."""

    language: str
    parts: Mapping[str, tuple[ScorePart, ...]] = {}
    quotas: Mapping[str, int] = {}  # as `config.Profile.categories` says

    def room(self, category: str, most_each: int) -> int:
        """Return how many stories of a category may be printed."""
        if category in self.quotas:
            return self.quotas[category]
        return 0 if any(self.quotas.values()) else most_each


def rank(
    filed: Sequence[Filed], *, most: int, most_each: int, preferences: Preferences | None = None
) -> tuple[tuple[Ranked, ...], Entry]:
    """Best first; at most `most` stories in all and `most_each` a category, the rest counted as dropped."""
    ordered = sorted((score(f, preferences) for f in filed), key=lambda r: (-r.score, r.story.id))
    kept: list[Ranked] = []
    counts: dict[str, int] = {}
    left: dict[str, list[str]] = {"category-unwanted": [], "category-full": [], "below-the-cut": []}
    for ranked in ordered:
        category = ranked.filed.category
        room = preferences.room(category, most_each) if preferences else most_each
        if not room:
            left["category-unwanted"].append(ranked.story.id)
        elif counts.get(category, 0) >= room:
            left["category-full"].append(ranked.story.id)
        elif len(kept) >= most:
            left["below-the-cut"].append(ranked.story.id)
        else:
            counts[category] = counts.get(category, 0) + 1
            kept.append(ranked)
    dropped = tuple(Drop(reason=reason, refs=tuple(ids)) for reason, ids in left.items() if ids)
    entry = Entry(stage="rank", unit="stories", came_in=len(filed), kept=len(kept), dropped=dropped)
    return tuple(kept), entry


def score(filed: Filed, preferences: Preferences | None = None) -> Ranked:
    """A filed story with its score and the reasons that add up to it."""
    parts = [*_attention(filed), *(preferences.parts.get(filed.story.id, ()) if preferences else ())]
    return Ranked(
        filed=filed,
        score=round(sum(part.points for part in parts), 4),
        reasons=tuple(f"{part.reason}: {part.points:+.2f}" for part in parts),
        because=_line(parts, preferences.language) if preferences else msgspec.UNSET,
    )


def _attention(filed: Filed) -> Iterator[ScorePart]:
    """Turn the signals of a story's sources into points."""
    for name, weight in _WEIGHTS.items():
        seen = [value for item in filed.story.items if (value := _signal(item, name)) is not None]
        if seen and max(seen) > 0:
            n = max(seen)
            yield _part(weight * math.log1p(n), f"{name} {n}", f"story.{name}", n)
    if (sources := len(filed.story.sources)) > 1:
        yield _part(_EACH_SOURCE * (sources - 1), f"{sources} sources", "why.sources", sources)
    if place := _best_place(filed.story.items):
        yield _part(1 / place, f"place {place} of its list", "why.place", place)
    if not any(item.text for item in filed.story.items):
        yield ScorePart(points=-_NO_TEXT, reason="no text to quote")


def _part(points: float, reason: str, phrase: str, n: int) -> ScorePart:
    return ScorePart(points=points, reason=reason, phrase=phrase, fields={"n": n})


def _line(parts: Sequence[ScorePart], language: str) -> str:
    """The parts that raised a story most, and what the reader wanted less of, in one readable line."""
    raised = sorted((part for part in parts if part.phrase and part.points > 0), key=lambda p: -p.points)
    lowered = [part for part in parts if part.phrase and part.points < 0]
    say = phrases(language)
    return " · ".join(say(part.phrase, **part.fields) for part in (*raised[:_MOST_TOLD], *lowered))


def _signal(item: Item, name: str) -> int | None:
    value: int | None = getattr(item.signals, name)
    return value


def _best_place(items: Sequence[Item]) -> int | None:
    places = [i.signals.position for i in items if i.signals.position and i.signals.position > 0]
    return min(places) if places else None
