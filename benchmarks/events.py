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
reader, a set by --days. The model of bare headlines is fitted on all but `hidden`, `unseen`, whose month is
that of some days of `hidden`, and `fresh`, whose month the recordings lack today (`train_events.py`):
`fresh`, 3 to 12 March 2025; `unseen`, 6 to 9 October 2025; `fitted`, days of May and August 2025, January and
June 2026; `blind`, 8 to 17 September 2025 and 16 to 21 March 2026; `winter`, 1 to 8 December 2025 and 16 to
23 February 2026; `later`, 17 to 25 November 2025 and 20 to 28 April 2026. `blind` judged an earlier method
once, and `later` the first change of it. `last`, 21 to 27 July 2025 and 20 to 26 May 2026, was labelled and
put away after that, and judged the second change once. `sealed`, 16 to 23 June 2025 and 8 to 15 August 2026,
was put away before the third, and judged it once. `aside`, 17 to 24 February 2025 and 15 to 22 July 2026, was
put away before the fourth, and judged it once. `hidden`, 16 to 29 April and 17 to 30 October 2025, was put
away before the fifth, and judged it once; the model has neither the words nor the pairs of those months.
Headlines of one address count once. `day_by_day` are the pairs of different days as a run finds them: each
day alone, all its news, and what the archive remembers of the two weeks before.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence, Set
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import labelled
from daybrief.errors import ConfigError
from daybrief.kit import EveryHeadline
from daybrief.model import Item, Remembered
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.text.identity import web_key
from dedupe import news
from merges import remembered

LABELS = Path(__file__).parent / "labels" / "events.json"
LAST_OF = {
    "fresh": date(2025, 3, 12), "unseen": date(2025, 10, 9),
    "fitted": date(2026, 6, 11), "blind": date(2026, 3, 21),
    "later": date(2026, 4, 28), "winter": date(2026, 2, 23), "last": date(2026, 5, 26),
    "sealed": date(2026, 8, 15), "aside": date(2026, 7, 22),
    "hidden": date(2025, 10, 30),
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
        if item := _item(row):
            keys[row["id"]] = item.key
            items.setdefault(item.key, item)
    groups = {
        kind: [sorted({keys[name] for name in group if name in keys}) for group in labels[kind]]
        for kind in ("events", "open")
    }
    return items, groups


def _item(row: dict[str, Any]) -> Item | None:
    """A headline of the monthly files as a piece of news; None where its address is none."""
    try:
        key = web_key(row["url"])
    except ConfigError:
        return None
    at, site = datetime.fromtimestamp(row["time"], UTC), row["id"].partition(":")[0]
    return Item(key=key, source=site, kind="news", title=row["title"], url=row["url"], published=at)


def all_news(months: Path, items: dict[str, Item]) -> list[Item]:
    """All headlines of the days of these, AI or not: what a run has before it."""
    days = {day_of(item) for item in items.values()}
    known = dict(items)
    for row in labelled.months(months).values():
        if datetime.fromtimestamp(row["time"], UTC).date() in days and (item := _item(row)):
            known.setdefault(item.key, item)
    return list(known.values())


def measured(
    items: dict[str, Item], labels: dict[str, list[list[str]]], last: date, whole: Iterable[Item] = ()
) -> dict[str, Any]:
    """Precision and recall of the pairs told as one story; `whole` are all news of the days."""
    same = {pair for pair in pairs_of(labels["events"]) if _dated(pair, items)}
    open_ = pairs_of(labels["open"]) - same
    stories, _ = dedupe(tuple(items.values()), Memory(), last)
    pairs = pairs_of([[item.key for item in story.items] for story in stories])
    pairs = {pair for pair in pairs if _dated(pair, items)} - open_
    followed = pairs_of(by_days(whole, items.keys())) - open_

    def part(chosen: set[Pair], meant: set[Pair]) -> dict[str, Any]:
        right = len(chosen & meant)
        return {
            "told": len(chosen), "meant": len(meant), "right": right,
            "precision": round(right / max(1, len(chosen)), 4),
            "recall": round(right / max(1, len(meant)), 4),
            "recall_interval": recall_interval(labels["events"], meant, chosen),
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
    report = {
        name: part({p for p in pairs if holds(p)}, {p for p in same if holds(p)})
        for name, holds in kinds.items()
    }
    later = {p for p in same if over_days(p)}
    return {**report, "day_by_day": part({p for p in followed if over_days(p)}, later)}


def recall_interval(
    events: Iterable[Sequence[str]], meant: Set[Pair], chosen: Set[Pair]
) -> tuple[float, float]:
    """The 95 % interval of recall, the events drawn anew 2,000 times: pairs of an event go together."""
    counts = [(len(pairs & chosen), len(pairs)) for event in events if (pairs := pairs_of([event]) & meant)]
    draw = random.Random(1)
    recalls = []
    for _ in range(2_000 if counts else 0):
        sample = draw.choices(counts, k=len(counts))
        recalls.append(sum(right for right, _ in sample) / sum(whole for _, whole in sample))
    recalls.sort()
    return (round(recalls[49], 4), round(recalls[1949], 4)) if recalls else (0.0, 1.0)


def by_days(items: Iterable[Item], among: Container[str]) -> list[list[str]]:
    """The keys among these of each story when each day is read with a memory of two weeks, as in a run."""
    memory: dict[str, Remembered] = {}
    stories: dict[str, list[str]] = defaultdict(list)
    days: dict[date, list[Item]] = defaultdict(list)
    for item in items:
        if day := day_of(item):
            days[day].append(item)
    for day, today in sorted(days.items()):
        recent = tuple(r for r in memory.values() if r.last_seen >= day - timedelta(days=14))
        for story in dedupe(today, EveryHeadline(recent=recent), day)[0]:
            memory[story.id] = remembered(story, memory.get(story.id), day)
            stories[story.id] += [item.key for item in story.items if item.key in among]
    return list(stories.values())


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
        whole = all_news(options.months, items)
        kinds = measured(items, labels, LAST_OF[options.days], whole)
        report = {name: kinds[name] for name in ("same_day", "over_days", "all", "day_by_day")}
    else:
        items = {item.key: item for item in news(options.data)}
        report = measured(items, json.loads(LABELS.read_text(encoding="utf-8")), LAST, items.values())
    print(json.dumps(report, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
