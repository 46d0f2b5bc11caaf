"""News of one event: how rightly it is merged and folded, pair by pair.

    python benchmarks/events.py --data ../shared/data [--json]

The 393 news of ten days (July and August 2026) were read whole and put into events by hand
(`labels/events.json`: groups of keys; `open`: groups about which two readers may differ, whose pairs count
neither way). `first` are the pairs of which the later item is of 29 July or before, `second` the others. All
ten days were in view when the bounds were chosen, so neither half is unseen; `merges.py` has unseen months.
`over_days` are pairs of different days. A merge is a pair told as one story by address or headline, a fold
one that `stages.near_duplicates` joined as well.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from daybrief.model import Item
from daybrief.stages.dedupe import Memory, dedupe
from dedupe import news

LABELS = Path(__file__).parent / "labels" / "events.json"
SPLIT = date(2026, 7, 29)
Pair = tuple[str, str]


def pairs_of(groups: Iterable[Sequence[str]]) -> set[Pair]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def day_of(item: Item) -> date | None:
    return item.published.date() if item.published else None


def _dated(pair: Pair, items: dict[str, Item]) -> bool:
    return all(items[key].published for key in pair)


def measured(data: Path) -> dict[str, Any]:
    """Precision and recall of the pairs told as one story."""
    items = {item.key: item for item in news(data)}
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    same = {pair for pair in pairs_of(labels["events"]) if _dated(pair, items)}
    open_ = pairs_of(labels["open"]) - same
    stories, _ = dedupe(tuple(items.values()), Memory(), date(2026, 8, 4))
    pairs = pairs_of([[item.key for item in story.items] for story in stories])
    pairs = {pair for pair in pairs if _dated(pair, items)} - open_

    def part(chosen: set[Pair], meant: set[Pair]) -> dict[str, Any]:
        right = len(chosen & meant)
        return {
            "told": len(chosen), "meant": len(meant), "right": right,
            "precision": round(right / max(1, len(chosen)), 4),
            "recall": round(right / max(1, len(meant)), 4),
        }  # fmt: skip

    def late(pair: Pair) -> bool:
        return max(day for key in pair if (day := day_of(items[key]))) > SPLIT

    def over_days(pair: Pair) -> bool:
        return day_of(items[pair[0]]) != day_of(items[pair[1]])

    kinds = {
        "first": lambda pair: not late(pair),
        "second": late,
        "same_day": lambda pair: not over_days(pair),
        "over_days": over_days,
        "all": lambda pair: True,
    }
    return {
        name: part({p for p in pairs if holds(p)}, {p for p in same if holds(p)})
        for name, holds in kinds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one line, not indented")
    options = parser.parse_args()
    print(json.dumps(measured(options.data), indent=None if options.json else 1))


if __name__ == "__main__":
    main()
