"""Trends: what the titles of the last weeks spoke of, to say what is more frequent today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from daybrief.model import ItemKind, Remembered
from daybrief.ports import Trends
from daybrief.text.keywords import keywords


def trends(recent: Sequence[Remembered], kind: ItemKind) -> Trends:
    """How many stories of this kind carried each keyword, and over how many days with an edition."""
    same = [r for r in recent if r.kind == kind]
    counts: Counter[str] = Counter()
    for remembered in same:
        counts.update(set(keywords(remembered.title)))
    return Trends(days=len({r.last_seen for r in same}), counts=dict(counts))
