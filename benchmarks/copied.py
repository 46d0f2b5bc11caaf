"""Copied text between sources: what the 8-gram rule of decontamination finds on recorded days.

Run: python benchmarks/copied.py [--data ../shared/data] [--json]

The rule and its code are those of the lab `posttrain`: a text is copied from another when more than half of
its words stand in runs of eight that the other has, too. Asked are ten days of news from many sources, where
a pair is of two sources, and abstracts of arXiv, where it is of two papers. Of each pair of news: whether
the engine told both as one story already. `benchmarks/labels/copied.json` holds what a reader said of each
pair after reading both openings and the places where the two differ.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from daybrief.labs.posttrain.decontamination import OVERLAP, Index, tokens
from daybrief.stages.dedupe import Memory, dedupe
from dedupe import news
from show import show

LABELS = Path(__file__).parent / "labels" / "copied.json"
ARXIV = "arxiv_2024-09_2025-01.jsonl.gz"
COPIED = ("the same abstract", "taken over in part")
LEAST = 16  # words of a text: two runs of eight


class Copied(NamedTuple):
    """Two texts by their keys in order, and the larger share of one that stands in the other."""

    first: str
    second: str
    share: float


def copies(texts: Mapping[str, str]) -> list[Copied]:
    """Pairs of texts of which one stands in the other for more than half."""
    long = {key: text for key, text in texts.items() if len(tokens(text)) >= LEAST}
    index = Index(long.items())
    shares: dict[tuple[str, str], float] = {}
    for key, text in long.items():
        for other, share in index.scores(text).items():
            if other != key and share > OVERLAP:
                pair = min(key, other), max(key, other)
                shares[pair] = max(share, shares.get(pair, 0.0))
    return [Copied(*pair, share) for pair, share in sorted(shares.items())]


def abstracts(data: Path) -> Iterator[tuple[str, str, str]]:
    """(id, abstract, day it appeared) of the recorded papers, each once."""
    seen = set()
    with gzip.open(data / "arxiv" / ARXIV, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["id"] not in seen:
                seen.add(row["id"])
                yield row["id"], row["abstract"], str(row.get("published", ""))[:10]


def measured(data: Path) -> dict[str, Any]:
    """Pairs found, those of one day, those told as one story already, and what a reader said."""
    items = {item.key: item for item in news(data)}
    copied = copies({key: item.text for key, item in items.items()})
    between = [pair for pair in copied if items[pair.first].source != items[pair.second].source]
    stories, _ = dedupe(tuple(items.values()), Memory(), date(2026, 8, 4))
    together = {pair for story in stories for pair in combinations(sorted(i.key for i in story.items), 2)}
    merged = sum((pair.first, pair.second) in together for pair in between)
    papers = list(abstracts(data))
    pairs = copies({key: text for key, text, _ in papers})
    days = {key: day for key, _, day in papers}
    one_day = sum(bool(days[p.first]) and days[p.first] == days[p.second] for p in pairs)
    readings = json.loads(LABELS.read_text(encoding="utf-8")) if LABELS.is_file() else {}
    listed = [f"{pair.first} {pair.second}" for pair in (*between, *pairs)]
    verdicts = Counter(readings.get(pair, "not read") for pair in listed)
    right = sum(count for what, count in verdicts.items() if what in COPIED)
    rows = [
        ("news of ten days, texts", "–", str(len(items))),
        ("news: copied between two sources", "report", f"**{len(between)}**"),
        ("of them told as one story already", "report", str(merged)),
        ("abstracts of arXiv, five months", "–", str(len(papers))),
        ("abstracts: copied between two papers", "report", f"**{len(pairs)}**"),
        ("of them papers of one day", "report", str(one_day)),
        ("pairs read by one reader, in which text was copied", "report", f"**{right} of {len(listed)}**"),
        ("what was said of them", "–", ", ".join(f"{n} {what}" for what, n in verdicts.most_common())),
    ]
    told_rows = [{"what": what, "asked": target, "measured": value} for what, target, value in rows]
    return {"benchmark": "copied", "figures": told_rows, "pairs": [*between, *pairs]}


def main() -> None:
    """Print a table, or with --json all that was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measured(options.data)
    show(report, as_json=options.json)


if __name__ == "__main__":
    main()
