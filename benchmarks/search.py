"""How well search ranks, beside plain BM25: nDCG@10 and recall@100 on a collection with judgements.

    python benchmarks/search.py --data ../shared/data/ir/cisi [--embedder minilm] [--json]

The folder holds `corpus.jsonl` (or `.gz`: `_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and
`qrels.tsv` (header; query, document, score). A query without `text` names a paper and a facet, as CSFCube's
do: then its title and the sentences labelled with the facet are the query, and the paper itself is left out
of what is found. Documents go through the product's own archive types and search; gains are 2^score - 1.
Plain BM25 is bm25s as it comes (k1 1.5, b 0.75, its English stop words). Words and weights were
chosen on every other query of CISI; `halves` gives each half alone, the chosen-on one first.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

import bm25s
import msgspec
import numpy as np

from daybrief import search as fusion
from daybrief.adapters.encoders import open_embedder
from daybrief.errors import ConfigError
from daybrief.model import Harvest, Item
from daybrief.search import ArchiveSearcher
from daybrief.text.query import Query
from show import show

DAY = date(2000, 1, 1)
OPERATORS = re.compile(r'["“”:-]')
Ranker = Callable[[dict[str, Any]], list[str]]


class Collection(msgspec.Struct):
    """Documents, judged queries, and for each query the score of each judged document."""

    documents: list[dict[str, Any]]
    queries: list[dict[str, Any]]
    judged: dict[str, dict[str, int]]

    def marks(self) -> dict[date, str]:
        """As an archive of one day."""
        return {DAY: "1"}

    def harvests(self, _day: date) -> tuple[Harvest, ...]:
        """Every document as an item."""
        items = tuple(
            Item(
                key=str(d["_id"]),
                source="collection",
                kind="paper",
                title=d.get("title", ""),
                url="",
                text=d["text"],
            )
            for d in self.documents
        )
        return (Harvest(source="collection", state="fresh", items=items),)

    def edition(self, _day: date, _kind: str) -> None:
        """No editions."""


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The records of a JSON Lines file, plain or gzipped."""
    for path, opened in ((folder / name, open), (folder / f"{name}.gz", gzip.open)):
        if path.is_file():
            with opened(path, "rt", encoding="utf-8") as text:
                return [json.loads(line) for line in text if line.strip()]
    sys.exit(f"{folder}: no {name}. Give --data a folder with corpus.jsonl, queries.jsonl and qrels.tsv.")


def load(folder: Path) -> Collection:
    """A collection; queries without a relevant document are left out, as nothing can be said of them."""
    documents, queries = lines(folder, "corpus.jsonl"), lines(folder, "queries.jsonl")
    judged: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, score = line.split("\t")
        judged.setdefault(query, {})[document] = int(score)
    by_id = {d["_id"]: d for d in documents}
    for query in queries:
        query.setdefault("text", "")
        if not query["text"]:
            query["text"] = faceted(query, by_id[query["query_paper"]])
    kept = [q for q in queries if any(score > 0 for score in judged.get(q["_id"], {}).values())]
    return Collection(documents=documents, queries=kept, judged=judged)


def faceted(query: dict[str, Any], paper: dict[str, Any]) -> str:
    """A paper's title and what it says of one facet (its aim is counted as background)."""
    labels = (query["facet"], "objective") if query["facet"] == "background" else (query["facet"],)
    sentences = [s["text"] for s in paper["sentences"] if s["label"] in labels]
    return " ".join([query["title"], *sentences])


def ndcg(ranked: Sequence[str], judged: dict[str, int], depth: int = 10) -> float:
    def gain(scores: Sequence[int]) -> float:
        return sum((2**s - 1) / math.log2(place + 2) for place, s in enumerate(scores[:depth]))

    ideal = gain(sorted(judged.values(), reverse=True))
    return gain([judged.get(reference, 0) for reference in ranked]) / ideal


def recall(ranked: Sequence[str], judged: dict[str, int], depth: int = 100) -> float:
    relevant = {reference for reference, score in judged.items() if score > 0}
    return len(relevant.intersection(ranked[:depth])) / len(relevant)


def plain(collection: Collection) -> Ranker:
    """BM25 as the library does it."""
    texts = [f"{d.get('title', '')} {d['text']}" for d in collection.documents]
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
    ids = [d["_id"] for d in collection.documents]

    def rank(query: dict[str, Any]) -> list[str]:
        words = bm25s.tokenize([query["text"]], stopwords="en", show_progress=False)
        rows, _ = index.retrieve(words, k=min(101, len(ids)), show_progress=False)
        return [ids[n] for n in rows[0]]

    return rank


def ours(searcher: ArchiveSearcher) -> Ranker:
    """The product's search; a text that is no search typed by somebody must not be read for operators."""
    return lambda query: [hit.id for hit in searcher.search(OPERATORS.sub(" ", query["text"]), most=100).hits]


def dense(searcher: ArchiveSearcher) -> Ranker:
    """Vectors alone."""
    near, embedder = searcher._vectors, searcher._embedder
    assert near is not None
    assert embedder is not None

    def rank(query: dict[str, Any]) -> list[str]:
        vector = np.asarray(embedder.embed_query(query["text"]), np.float32)
        return [place.split(" ", 2)[2] for place in near.nearest(Query(), vector, 101)]

    return rank


def measured(collection: Collection, rank: Ranker) -> dict[str, Any]:
    """Mean scores over all queries and over each half."""
    rows = []
    for query in collection.queries:
        listed = [reference for reference in rank(query) if reference != query.get("query_paper")]
        judged = collection.judged[query["_id"]]
        rows.append((ndcg(listed, judged), recall(listed, judged)))

    def mean(part: Sequence[tuple[float, float]]) -> dict[str, float]:
        return {
            "ndcg@10": round(fmean(r[0] for r in part), 4),
            "recall@100": round(fmean(r[1] for r in part), 4),
        }

    return mean(rows) | {"halves": [mean(rows[::2]), mean(rows[1::2])]}


def figures(name: str, rows: dict[str, dict[str, Any]]) -> list[dict[str, str]]:
    """The targets beside the measurements."""
    plain_ndcg = rows["bm25"]["ndcg@10"]
    targets = {"full text": "nDCG ≥ BM25", "fused": "nDCG ≥ BM25 + 10 %"}
    listed = []
    for way, row in rows.items():
        gain = 100 * (row["ndcg@10"] / plain_ndcg - 1)
        value = f"nDCG@10 {row['ndcg@10']:.3f} ({gain:+.1f} %), recall@100 {row['recall@100']:.3f}"
        listed.append({"what": f"{name}: {way}", "asked": targets.get(way, "–"), "measured": value})
    return listed


def told_of(name: str, note: str) -> list[dict[str, str]]:
    """Which model compared meanings, or what is missing for one to do so."""
    return [{"what": f"{name}: meanings", "asked": "–", "measured": note}] if note else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--embedder", default="minilm", help="as search.embedder; empty: words alone")
    parser.add_argument("--cache", type=Path, default=None, help="folder that keeps the index and vectors")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    collection = load(options.data)
    rows = {"bm25": measured(collection, plain(collection))}
    note = ""
    with tempfile.TemporaryDirectory() as made:
        folder = options.cache / options.data.name if options.cache else Path(made)
        words = ArchiveSearcher(folder)
        words.sync(collection)
        rows["full text"] = measured(collection, ours(words))
        try:
            embedder = open_embedder(options.embedder, cache=folder, environment={})
        except ConfigError as missing:
            embedder, note = None, str(missing)
        began = time.process_time()
        if embedder is not None:
            fused = ArchiveSearcher(folder, embedder)
            fused.sync(collection)
            took = time.process_time() - began
            rows["dense"] = measured(collection, dense(fused))
            rows["fused"] = measured(collection, ours(fused))
            note = f"`{options.embedder}`; vectors made or read in {took:.0f} CPU-s"
    report = {
        "collection": options.data.name,
        "documents": len(collection.documents),
        "queries": len(collection.queries),
        "rows": rows,
        "fusion": {"depth": fusion.DEPTH, "early": fusion.EARLY, "meaning": fusion.MEANING},
        "note": note,
        "figures": figures(options.data.name, rows) + told_of(options.data.name, note),
    }
    show(report, as_json=options.json)


if __name__ == "__main__":
    main()
