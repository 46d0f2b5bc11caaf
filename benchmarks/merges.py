"""Which stories of Hacker News are told as one, day by day with a memory of two weeks: for reading.

    python benchmarks/merges.py --data ../shared/data [--json]

Front-page stories of June 2023, November and December 2024. Hacker News has one post a story, so nearly every
pair that is told as one and has two addresses is an error, unless it is a repost, or another outlet on the
same event. Those read and found right are listed in `labels/merges.json`; a pair not listed counts as wrong.
The months were unseen when the bounds were chosen. From the wrong pairs of this list was learned that another
such event, an answer to one, and two comparisons stay apart, and that the model of headlines, fitted on AI
news, says too much of other news.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from daybrief.errors import ConfigError
from daybrief.kit import EveryHeadline
from daybrief.model import Item, Remembered, Story
from daybrief.stages.dedupe import dedupe
from daybrief.stages.near_duplicates import normal_title
from daybrief.text.identity import web_key

LABELS = Path(__file__).parent / "labels" / "merges.json"
_WEEKS = timedelta(days=14)


def days(data: Path) -> Iterator[tuple[str, dict[date, list[Item]]]]:
    """Each month's stories by day."""
    for path in sorted((data / "sources" / "hackernews_stories").glob("*.jsonl.gz")):
        by_day: dict[date, list[Item]] = defaultdict(list)
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                at = datetime.fromtimestamp(row["time"], UTC)
                url = row["url"] or f"https://news.ycombinator.com/item?id={row['id']}"
                try:
                    key = web_key(url)
                except ConfigError:
                    continue
                by_day[at.date()].append(
                    Item(key=key, source="hn", kind="news", title=row["title"], url=url, published=at)
                )
        yield path.name[:7], by_day


def pairs(data: Path) -> Iterator[tuple[str, str, str]]:
    """(month, headline, headline) of every two that became one story under two addresses."""
    for month, by_day in days(data):
        memory: dict[str, Remembered] = {}
        titles: dict[str, str] = {}
        for day in sorted(by_day):
            recent = tuple(known for known in memory.values() if known.last_seen >= day - _WEEKS)
            stories, _ = dedupe(by_day[day], EveryHeadline(recent=recent), day)
            for story in stories:
                lead = story.lead
                earlier = memory.get(story.id)
                if earlier and not set(story.keys) & set(earlier.keys):
                    yield month, earlier.title, lead.title
                addresses = {item.key: item.title for item in story.items}
                for key, title in addresses.items():
                    if key != lead.key:
                        yield month, lead.title, title
                titles.update(addresses)
                memory[story.id] = remembered(story, earlier, day)


def remembered(story: Story, earlier: Remembered | None, day: date) -> Remembered:
    """A story of a day and of its earlier days as the archive tells of it to later days."""
    lines = {(day, item.key, item.source, item.title) for item in story.items if item.kind == "news"}
    return Remembered(
        story=story.id, kind=story.kind, title=story.lead.title,
        keys=(*(earlier.keys if earlier else ()), *story.keys),
        sources=(*(earlier.sources if earlier else ()), *story.sources),
        first_seen=story.first_seen, last_seen=day,
        headlines=tuple(sorted({*(earlier.headlines if earlier else ()), *lines})),
    )  # fmt: skip


def _headline(title: str) -> str:
    return normal_title(title).replace(" ", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one line, not indented")
    options = parser.parse_args()
    right = {tuple(pair) for pair in json.loads(LABELS.read_text(encoding="utf-8"))}
    joined = list(pairs(options.data))
    merged = [pair for pair in joined if _headline(pair[1]) == _headline(pair[2])]
    folded = [pair for pair in joined if pair not in merged]
    report: dict[str, Any] = {
        "merged": len(merged),
        "merged right": sum(pair[1:] in right for pair in merged),
        "folded": len(folded),
        "folded right": sum(pair[1:] in right for pair in folded),
        "not right": [pair for pair in joined if pair[1:] not in right],
    }
    print(json.dumps(report, ensure_ascii=False, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
