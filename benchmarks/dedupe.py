"""How well news of different outlets are told apart and put together: both kinds of error, counted.

    python benchmarks/dedupe.py --data ../shared/data [--json]

The pairs were read and labelled by hand (`tests/stages/news_pairs.json`): the likeliest ones of ten days
of AI news, July and August 2026. `wrong` is a pair told as one story that is two; `missed` is one told as
two. Missed pairs cost a reader a line, wrong ones hide a story, so the rules lean to the former.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import random
import re
import time
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from daybrief.model import Item
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.text.identity import web_key

PAIRS = Path(__file__).parent.parent / "tests" / "stages" / "news_pairs.json"
DAYS = "sources/multi_source_days/items_2026-07-26_2026-08-04.jsonl.gz"
NOT_NEWS = frozenset({"github_trend", "hf_papers"})


def news(data: Path) -> tuple[Item, ...]:
    """Each news piece of the ten days once."""
    pieces: dict[str, Item] = {}
    with gzip.open(data / DAYS, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["source_id"] not in NOT_NEWS:
                item = _item(row)
                pieces.setdefault(item.key, item)
    return tuple(pieces.values())


def _item(row: dict[str, Any]) -> Item:
    url = row["canonical_url"]
    text = html.unescape(re.sub(r"<[^>]+>", " ", row["summary"] or ""))
    return Item(
        key=web_key(url),
        source=row["source_id"],
        kind="news",
        title=html.unescape(row["title"]),
        url=url,
        text=" ".join(text.split()),
        published=_instant(row["published_at"]),
    )


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text) if "," in text else datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def measure(data: Path) -> dict[str, float]:
    """Counts over the labelled pairs: right, wrong, missed; precision and recall."""
    stories, _ = dedupe(news(data), Memory(), date(2026, 8, 4))
    story_of = {key: story.id for story in stories for key in story.keys}
    labelled = json.loads(PAIRS.read_text(encoding="utf-8"))
    judged = [(same, story_of[a] == story_of[b]) for same, a, b in labelled]
    right = sum(same and joined for same, joined in judged)
    wrong = sum(joined and not same for same, joined in judged)
    missed = sum(same and not joined for same, joined in judged)
    return {
        "pairs": len(judged),
        "same": right + missed,
        "right": right,
        "wrong": wrong,
        "missed": missed,
        "precision": right / max(1, right + wrong),
        "recall": right / max(1, right + missed),
    }


def speed(count: int) -> float:
    """CPU seconds to dedupe `count` made-up items with English abstracts of 80 words."""
    draw = random.Random(1)
    vocabulary = [f"w{n}" for n in range(8_000)]
    weights = [1 / (n + 10) for n in range(8_000)]
    items = []
    for n in range(count):
        words = draw.choices(vocabulary, weights, k=90)
        items.append(Item(key=f"url:a.example/{n}", source=f"s{n % 7}", kind="news", url=f"https://a.example/{n}",
                          title=" ".join(words[:10]), text=" ".join(words[10:])))  # fmt: skip
    start = time.process_time()
    dedupe(items, Memory(), date(2026, 8, 4))
    return round(time.process_time() - start, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = {**measure(options.data), **{f"cpu_s_{n}": speed(n) for n in (1_000, 10_000)}}
    print(
        json.dumps(report) if options.json else "\n".join(f"{name:>12} {n:g}" for name, n in report.items())
    )


if __name__ == "__main__":
    main()
