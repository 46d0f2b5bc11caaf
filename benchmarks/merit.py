"""Which of a day's arXiv papers reach Hugging Face's daily list: how far the rank without votes foresees it.

    python benchmarks/merit.py --data ../shared/data --json

A paper is *listed* when its id stands in the daily list (`sources/hf_daily_papers`). Trained on papers first
submitted 2024-09-03 .. 2024-11-30 (`train_merit.py`), chosen inside them; measured on

    december    2024-12-01 .. 12-12, whole days of arXiv's search
    listings    2024-12-18 .. 2025-01-31, the cs.AI, cs.CL and cs.IR listings
    later       2025-08 .. 2025-10, a random sample with full authors (no whole days, so only AUC)

The rows of comparison: order of ids, newest first, logistic regression on TF-IDF of title and abstract. All
papers of a population come from one crawl, so that no field tells where a record was found. Lists of July
and August 2024 were not to be had, nor were authors of most papers before 2024-12-18.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from daybrief.model import Item, Link, Story
from daybrief.stages.merit import merit_of

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
AI = frozenset("cs.AI cs.LG cs.CL cs.CV cs.IR cs.NE cs.RO cs.MA cs.SD stat.ML eess.AS".split())
SEARCHED, LISTED = "hsi-che-lin/my-arXiv-crawler", "CSQianDong/Awesome-arXiv-Daily-Reporter"
FIRST = 20  # places that are looked at
FEWEST = 60  # papers of a day whose first places mean something, and …
FEWEST_DAYS = 5  # … the days whose mean does

Floats = NDArray[np.float64]


class Paper(msgspec.Struct, frozen=True):
    """A paper as arXiv gave it, its day, and whether it was listed."""

    item: Item
    day: str
    listed: bool


def papers(data: Path) -> dict[str, list[Paper]]:
    """The populations by name: train, december, listings, authors (2025-04 .. 07) and later."""
    lists = {
        row["arxiv_id"] for row in rows(data / "sources/hf_daily_papers/daily_lists_2024-09_2025-01.jsonl.gz")
    }
    populations: dict[str, list[Paper]] = defaultdict(list)
    for row in rows(data / "arxiv/arxiv_2024-09_2025-01.jsonl.gz"):
        name = _population(row)
        if name:
            populations[name].append(paper(row, row["id"] in lists))
    for row in rows(data / "arxiv/arxiv_2025-04_2026-08_sample_full_metadata.jsonl.gz"):
        if row["id"] < "2511":  # the lists of later months were not to be had
            populations["authors" if row["id"] < "2508" else "later"].append(paper(row, "hf_daily" in row))
    return dict(populations)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a compressed file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _population(row: Mapping[str, Any]) -> str:
    published, listed = row.get("published", ""), row.get("listed", "")
    if SEARCHED in row["from"] and AI & set(row.get("categories", ())):
        if "2024-09-03" <= published < "2024-12-01":
            return "train"
        if "2024-12-01" <= published <= "2024-12-12":
            return "december"
    return "listings" if LISTED in row["from"] and "2024-12-18" <= listed <= "2025-01-31" else ""


def paper(row: Mapping[str, Any], listed: bool) -> Paper:
    """A record as an item of the product; a lone first author is not a number of authors."""
    whole = row.get("authors_note") == "full"
    day = row.get("listed") or row["published"]
    item = Item(
        key=f"arxiv:{row['id']}",
        source="arxiv",
        kind="paper",
        title=row["title"],
        url=f"https://arxiv.org/abs/{row['id']}",
        text=row["abstract"],
        authors=tuple(row["authors"]) if whole else (),
        tags=tuple(row.get("categories", ())),
        published=datetime.fromisoformat(row["published"]).replace(tzinfo=UTC)
        if row.get("published")
        else None,
        links=(Link(rel="pdf", url=f"https://arxiv.org/pdf/{row['id']}"),),
    )
    return Paper(item, day, listed)


def merits(some: Sequence[Paper]) -> Floats:
    """The product's addition to each paper's score."""
    stories = (Story(id=p.item.key, kind="paper", items=(p.item,), first_seen=date.min) for p in some)
    return np.array([sum(part.points for part in merit_of(story)) for story in stories])


class Compared:
    """A TF-IDF model: words and pairs, logistic regression."""

    def __init__(self, train: Sequence[Paper]) -> None:
        self._vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True, dtype=np.float32)
        rows = self._vectorizer.fit_transform(map(_whole, train))
        self._model = LogisticRegression(C=0.5, class_weight="balanced", solver="liblinear", random_state=0)
        self._model.fit(rows, [p.listed for p in train])

    def scores(self, test: Sequence[Paper]) -> Floats:
        """The log-odds of papers."""
        scores: Floats = self._model.decision_function(self._vectorizer.transform(map(_whole, test)))
        return scores


def _whole(paper: Paper) -> str:
    return f"{paper.item.title} . {paper.item.text}"


def measured(scores: Floats, some: Sequence[Paper]) -> dict[str, float]:
    """AUC over all and the mean over days, and the share of listed ones among the first of a day."""
    listed = np.array([p.listed for p in some])
    days: dict[str, list[int]] = defaultdict(list)
    for at, paper in enumerate(some):
        days[paper.day].append(at)
    whole = [np.array(at) for at in days.values() if len(at) >= FEWEST and listed[at].any()]
    whole = whole if len(whole) >= FEWEST_DAYS else []
    measures = {"auc": float(roc_auc_score(listed, scores))}
    if whole:
        first = [listed[at[np.argsort(-scores[at], kind="stable")[:FIRST]]].mean() for at in whole]
        measures["auc_of_a_day"] = float(np.mean([roc_auc_score(listed[at], scores[at]) for at in whole]))
        measures["precision_at_20"] = float(np.mean(first))
    return {name: round(value, 4) for name, value in measures.items()}


def population(model: Compared, test: Sequence[Paper]) -> dict[str, Any]:
    """Every row of one population, beside how many papers it has."""
    order = np.argsort(np.argsort([p.item.key for p in test])).astype(float)
    days = Counter(p.day for p in test)
    return {
        "papers": len(test),
        "listed": sum(p.listed for p in test),
        "days": sum(many >= FEWEST for many in days.values()),
        "rows": {
            "ours": measured(merits(test), test),
            "TF-IDF and logistic regression": measured(model.scores(test), test),
            "order of ids": measured(-order, test),
            "newest first": measured(order, test),
        },
    }


WHOLE = {
    "december": "1 to 12 December 2024, whole days",
    "listings": "18 December 2024 to 31 January 2025, listings",
    "later": "August to October 2025, a sample with authors",
}


def figures(report: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The rows of the figures page."""
    for name, group in report.items():
        yield {
            "what": f"**{WHOLE[name]}**",
            "measured": f"{group['papers']:,} papers, {group['listed']} listed",
        }
        base = group["rows"]["order of ids"].get("precision_at_20")
        for row, values in group["rows"].items():
            cells = f"AUC {values['auc']:.3f}"
            if base is not None:
                first = values["precision_at_20"]
                cells += f", of a day {values['auc_of_a_day']:.3f}; precision@20 {first:.3f}"
                cells += f" (× {first / base:.1f})" if base else ""
            ours = row == "ours"
            target = "AUC ≥ 0.80, precision@20 ≥ 3 × order of ids" if ours else "–"
            yield {"what": row, "asked": target, "measured": f"**{cells}**" if ours else cells}


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--json", action="store_true", help="on one line")
    options = parser.parse_args()
    known = papers(options.data)
    model = Compared(known["train"])
    report: dict[str, Any] = {name: population(model, known[name]) for name in WHOLE}
    print(json.dumps(report | {"figures": list(figures(report))}, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
