"""Whether a Korean query finds English papers: precision@10 of 50 queries, beside the same asked in English.

    python benchmarks/search_across.py --data ../shared/data [--json]

The collection is the arXiv papers of July and August 2024, no word of them Korean. A query stands beside the
beginning of the English words it means; a hit is right when they stand in its title or abstract. Queries and
words were written before the first run, without a look at the term list (`assets/terms_ko.txt`), which lacks
some of them. `typed in English` is what the same search finds for the words themselves: as good as it gets.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
from datetime import date
from pathlib import Path
from statistics import fmean

from daybrief.model import Harvest, Item
from daybrief.search import ArchiveSearcher

LABELS = Path(__file__).with_suffix(".json")
PAPERS = "arxiv/arxiv_2024-07_2024-08_ai.jsonl.gz"
DAY, MOST = date(2024, 8, 31), 10


class Papers:
    """The papers as an archive of one day."""

    def __init__(self, path: Path) -> None:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            self.rows = {row["id"]: row for row in map(json.loads, lines)}

    def marks(self) -> dict[date, str]:
        return {DAY: "1"}

    def harvests(self, _day: date) -> tuple[Harvest, ...]:
        items = (
            Item(key=key, source="arxiv", kind="paper", title=row["title"], url="", text=row["abstract"])
            for key, row in self.rows.items()
        )
        return (Harvest(source="arxiv", state="fresh", items=tuple(items)),)

    def edition(self, _day: date, _kind: str) -> None:
        """No editions."""


def measured(papers: Papers, labels: list[dict[str, str]]) -> list[tuple[str, float, float]]:
    """Each query with its precision@10, and that of its English words."""
    with tempfile.TemporaryDirectory() as folder:
        searcher = ArchiveSearcher(Path(folder))
        searcher.sync(papers)

        def precision(query: str, words: re.Pattern[str]) -> float:
            hits = [papers.rows[hit.id] for hit in searcher.search(query, most=MOST).hits]
            return sum(bool(words.search(f"{h['title']} {h['abstract']}")) for h in hits) / MOST

        scored = []
        for label in labels:
            words = re.compile(rf"\b{re.escape(label['english'])}", re.IGNORECASE)
            scored.append(
                (label["query"], precision(label["query"], words), precision(label["english"], words))
            )
        return scored


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    papers = Papers(options.data / PAPERS)
    rows = measured(papers, json.loads(LABELS.read_text(encoding="utf-8")))
    ours, english = fmean(row[1] for row in rows), fmean(row[2] for row in rows)
    none = [query for query, share, _ in rows if not share]
    whole = f"{len(rows)} Korean queries over {len(papers.rows)} English papers"
    value = f"{ours:.3f}; typed in English {english:.3f}; nothing right for {len(none)}"
    report = {
        "papers": len(papers.rows), "queries": len(rows), "precision@10": round(ours, 3),
        "in_english": round(english, 3), "nothing_right": none,
        "low": [(query, share) for query, share, whole in rows if share < whole],
        "figures": [{"what": f"{whole}: precision@10", "measured": value}],
    }  # fmt: skip
    print(json.dumps(report, ensure_ascii=False, indent=1) if options.json else value)


if __name__ == "__main__":
    main()
