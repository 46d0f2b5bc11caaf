"""Rank: what more readers noticed comes first, and each story says why it stands where it stands.

The score is a plain sum that can be recomputed from the printed reasons: a logarithm for each kind of
attention, so that a thousand points are worth more than a hundred, but not ten times more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from daybrief.model import Drop, Entry, Filed, Item, Ranked

_WEIGHTS = {"votes": 1.0, "points": 0.7, "comments": 0.3, "citations": 0.5}
_EACH_SOURCE = 1.0  # a second source that carries a story is worth as much as e - 1 votes
_NO_TEXT = 1.0  # without a text there is nothing to say about it


def rank(filed: Sequence[Filed], *, most: int, most_each: int) -> tuple[tuple[Ranked, ...], Entry]:
    """Best first; at most `most` stories in all and `most_each` a category, the rest counted as dropped."""
    ordered = sorted((score(f) for f in filed), key=lambda r: (-r.score, r.story.id))
    kept: list[Ranked] = []
    crowded: list[str] = []
    below: list[str] = []
    held: dict[str, int] = {}
    for ranked in ordered:
        category = ranked.filed.category
        if held.get(category, 0) >= most_each:
            crowded.append(ranked.story.id)
        elif len(kept) >= most:
            below.append(ranked.story.id)
        else:
            held[category] = held.get(category, 0) + 1
            kept.append(ranked)
    drops = (("category-full", crowded), ("below-the-cut", below))
    dropped = tuple(Drop(reason=reason, refs=tuple(ids)) for reason, ids in drops if ids)
    entry = Entry(stage="rank", unit="stories", came_in=len(filed), kept=len(kept), dropped=dropped)
    return tuple(kept), entry


def score(filed: Filed) -> Ranked:
    """A filed story with its score and the reasons that add up to it."""
    total = 0.0
    reasons = []
    for name, weight in _WEIGHTS.items():
        seen = [value for item in filed.story.items if (value := _signal(item, name)) is not None]
        if seen and max(seen) > 0:
            part = weight * math.log1p(max(seen))
            total += part
            reasons.append(f"{name} {max(seen)}: +{part:.2f}")
    extra = len(filed.story.sources) - 1
    if extra:
        total += _EACH_SOURCE * extra
        reasons.append(f"{extra + 1} sources: +{_EACH_SOURCE * extra:.2f}")
    if place := _best_place(filed.story.items):
        part = 1 / place
        total += part
        reasons.append(f"place {place} of its list: +{part:.2f}")
    if not any(item.text for item in filed.story.items):
        total -= _NO_TEXT
        reasons.append(f"no text to quote: -{_NO_TEXT:.2f}")
    return Ranked(filed=filed, score=round(total, 4), reasons=tuple(reasons))


def _signal(item: Item, name: str) -> int | None:
    value: int | None = getattr(item.signals, name)
    return value


def _best_place(items: Sequence[Item]) -> int | None:
    places = [i.signals.position for i in items if i.signals.position and i.signals.position > 0]
    return min(places) if places else None
