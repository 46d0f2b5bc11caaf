"""News of one event: how rightly it is merged and folded, pair by pair.

    python benchmarks/events.py --data ../shared/data [--json]
    python benchmarks/events.py --months ../progscrape-data [--days unseen] [--json]

The 393 news of ten days (July and August 2026) were read whole and put into events by hand
(`labels/events.json`: groups of keys; `open`: groups about which two readers may differ, whose pairs count
neither way). `first` are the pairs of which the later item is of 29 July or before, `second` the others. All
ten days were in view when the bounds were chosen, so neither half is unseen; `merges.py` has unseen months.
`over_days` are pairs of different days. A merge is a pair told as one story by address or headline, a fold
one that `stages.near_duplicates` joined as well.

With --months: AI headlines of Hacker News, Slashdot and r/technology, read whole and put into events by one
reader, a set by --days. The model of bare headlines is fitted on all but `aside` (`train_events.py`):
`fresh`, 3 to 12 March 2025; `unseen`, 6 to 9 October 2025; `fitted`, days of May and August 2025, January and
June 2026; `blind`, 8 to 17 September 2025 and 16 to 21 March 2026; `winter`, 1 to 8 December 2025 and 16 to
23 February 2026; `later`, 17 to 25 November 2025 and 20 to 28 April 2026. `blind` judged an earlier method
once, and `later` the first change of it. `last`, 21 to 27 July 2025 and 20 to 26 May 2026, was labelled and
put away after that, and judged the second change once. `sealed`, 16 to 23 June 2025 and 8 to 15 August 2026,
was put away before the third, and judged it once. `aside`, 17 to 24 February 2025 and 15 to 22 July 2026, was
put away before the fourth, and judged it once. Headlines of one address count once.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import labelled
from daybrief.errors import ConfigError
from daybrief.model import Item
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.text.identity import web_key
from dedupe import news

LABELS = Path(__file__).parent / "labels" / "events.json"
LAST_OF = {
    "fresh": date(2025, 3, 12), "unseen": date(2025, 10, 9),
    "fitted": date(2026, 6, 11), "blind": date(2026, 3, 21),
    "later": date(2026, 4, 28), "winter": date(2026, 2, 23), "last": date(2026, 5, 26),
    "sealed": date(2026, 8, 15), "aside": date(2026, 7, 22),
}  # fmt: skip  # days of the monthly files
SPLIT, LAST = date(2026, 7, 29), date(2026, 8, 4)
Pair = tuple[str, str]


def pairs_of(groups: Iterable[Sequence[str]]) -> set[Pair]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def day_of(item: Item) -> date | None:
    return item.published.date() if item.published else None


def _dated(pair: Pair, items: dict[str, Item]) -> bool:
    return all(items[key].published for key in pair)


def fresh(months: Path, days: str = "fresh") -> tuple[dict[str, Item], dict[str, list[list[str]]]]:
    """The headlines of the fresh days by the key of their address, and their events in those keys."""
    path = LABELS.with_name(f"events_{days}.json")
    headlines, labels = labelled.months(months), json.loads(path.read_text(encoding="utf-8"))
    items: dict[str, Item] = {}
    keys: dict[str, str] = {}
    for row in map(headlines.__getitem__, labels["headlines"]):
        try:
            key = keys[row["id"]] = web_key(row["url"])
        except ConfigError:
            continue
        at = datetime.fromtimestamp(row["time"], UTC)
        site = row["id"].partition(":")[0]
        items.setdefault(
            key, Item(key=key, source=site, kind="news", title=row["title"], url=row["url"], published=at)
        )
    groups = {
        kind: [sorted({keys[name] for name in group if name in keys}) for group in labels[kind]]
        for kind in ("events", "open")
    }
    return items, groups


def measured(items: dict[str, Item], labels: dict[str, list[list[str]]], last: date) -> dict[str, Any]:
    """Precision and recall of the pairs told as one story."""
    same = {pair for pair in pairs_of(labels["events"]) if _dated(pair, items)}
    open_ = pairs_of(labels["open"]) - same
    stories, _ = dedupe(tuple(items.values()), Memory(), last)
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
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--data", type=Path)
    given.add_argument("--months", type=Path, help="monthly files of progscrape-data")
    parser.add_argument("--days", choices=LAST_OF, default="fresh", help="of the monthly files")
    parser.add_argument("--json", action="store_true", help="one line, not indented")
    options = parser.parse_args()
    if options.months:
        items, labels = fresh(options.months, options.days)
        kinds = measured(items, labels, LAST_OF[options.days])
        report = {name: kinds[name] for name in ("same_day", "over_days", "all")}
    else:
        items = {item.key: item for item in news(options.data)}
        report = measured(items, json.loads(LABELS.read_text(encoding="utf-8")), LAST)
    print(json.dumps(report, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
