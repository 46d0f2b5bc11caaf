"""Train the model of search's second look on arXiv titles and abstracts (CC0), and write it.

    python benchmarks/train_rerank.py --data ../shared/data/arxiv [--write] [--json]

Queries are titles and single sentences of abstracts; the relevant document is the abstract without that
sentence. Lists hold mixed negatives: hard ones from BM25, and random ones. Records of July and August 2024
are used; no collection that search is measured on takes part. --write replaces the
shipped `assets/rerank.npz`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from pathlib import Path

import numpy as np

from daybrief.adapters.files import replace_file
from daybrief.labs.rerank.collection import records
from daybrief.labs.rerank.stages import Bm25, Interactions
from daybrief.labs.rerank.training import Examples, lexicon, network
from daybrief.search.rerank import RerankModel, words_in

ASSET = Path(__file__).parent.parent / "src" / "daybrief" / "assets" / "rerank.npz"
FILE = "arxiv_2024-07_2024-08_ai.jsonl.gz"
DOCUMENTS, QUERIES, SEED = 8_000, 2_000, 0
WORDS, SIZE = 10_000, 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=f"folder with {FILE}")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not (given.data / FILE).is_file():
        sys.exit(f"{given.data}: no {FILE}")
    abstracts = [r for r in records(given.data / FILE) if len(str(r.get("abstract", "")).split()) > 60]
    draw = random.Random(SEED)
    draw.shuffle(abstracts)
    documents, queries = [], []
    for row, record in enumerate(abstracts[:DOCUMENTS]):
        sentences = re.split(r"(?<=[.!?])\s+", record["abstract"])
        query = record["title"]
        if row % 2 and len(sentences) > 3:
            query = sentences.pop(draw.randrange(len(sentences)))
        documents.append(words_in(" ".join(sentences)))
        queries.append((query, {row: 1}))
    words = lexicon(documents, size=SIZE, most=WORDS)
    rng = np.random.default_rng(SEED)
    examples = Examples(Interactions(documents, words), [Bm25(documents)], queries[:QUERIES], rng)
    body = RerankModel(words, network(examples.lists("mixed"), SEED)).packed()
    if given.write:
        replace_file(ASSET, body)
    report = {"documents": len(documents), "queries": QUERIES, "words": len(words.words), "bytes": len(body)}
    print(json.dumps(report) if given.json else report)


if __name__ == "__main__":
    main()
