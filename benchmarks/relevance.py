"""Precision and recall of the AI filter on 1,620 hand-labelled headlines of Hacker News.

    python benchmarks/relevance.py --stories ../shared/data/sources/hackernews_stories [--months FOLDER]

`relevance_labels.json` holds item ids of November and December 2024: 300 that the lexicon was tuned on and
300 that it was not (but for one name, EXAONE, that was added afterwards). Labels were given from title and
address; `unclear` ones, such as robot taxis and GPU drivers, are left out. `--stories` is a folder of
`*.jsonl.gz` files with `id`, `title` and `url`. The `fresh` 340 are drawn at random from June 2026 and were
labelled before the lexicon was first mended, on other months; their titles are read from `--months`, a folder
with the monthly files of progscrape-data (commit 49e44041). Robot taxis count as AI there. `fresh_2025_03`
are 340 of March 2025 (`2025-03.json` of commit 923f7e15), labelled for the lexicon of then. The misses of
both were read afterwards. `fresh_2025_08` are 340 of August 2025, labelled before the filter was run on them.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import labelled
from categories import interval
from daybrief.text.relevance import about_ai

_LABELS = Path(__file__).with_name("relevance_labels.json")


def stories(folder: Path) -> Iterator[tuple[int, str, str]]:
    """Id, title and address of every story below a folder."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for raw in map(json.loads, lines):
                yield int(raw["id"]), raw["title"], raw["url"]


def measure(folder: Path, months: Path | None = None) -> dict[str, dict[str, object]]:
    """The figures of each sample whose headlines are at hand, with those that were judged wrongly."""
    known = {identity: (title, url) for identity, title, url in stories(folder)}
    for row in labelled.months(months).values() if months else ():
        if row["id"].startswith("hn:"):
            known.setdefault(int(row["id"][3:]), (row["title"], row["url"]))
    labels = json.loads(_LABELS.read_bytes())
    return {
        name: _figures(label, known)
        for name, label in labels.items()
        if any(identity in known for identity in label["about_ai"])
    }


def _figures(label: dict[str, list[int]], known: dict[int, tuple[str, str]]) -> dict[str, object]:
    wanted, unwanted = ([i for i in label[name] if i in known] for name in ("about_ai", "other"))
    missed = [known[i][0] for i in wanted if not about_ai(*known[i])]
    mistaken = [known[i][0] for i in unwanted if about_ai(*known[i])]
    right = len(wanted) - len(missed)
    precision, recall = right / max(1, right + len(mistaken)), right / max(1, len(wanted))
    spans = interval(precision, max(1, right + len(mistaken))), interval(recall, max(1, len(wanted)))
    return {
        "headlines": len(wanted) + len(unwanted),
        "about_ai": len(wanted),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "shown": f"precision {spans[0]}, recall {spans[1]}",
        "missed": missed,
        "mistaken": mistaken,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stories", type=Path, required=True)
    parser.add_argument("--months", type=Path, help="monthly files of progscrape-data")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    options = parser.parse_args()
    figures = measure(options.stories, options.months)
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    for name, figure in figures.items():
        for what, value in figure.items():
            print(f"{name:10} {what:10} {value}")


if __name__ == "__main__":
    main()
