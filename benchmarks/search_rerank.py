"""Search with and without the second look: nDCG@10 by depth and share, chosen on half of a collection.

    python benchmarks/search_rerank.py --data ../shared/data/ir [--embedder minilm,use,e5] [--json]

The folder holds `cisi` and `csfcube`. Depth and share of the fusion are chosen on every other query of CISI;
the other half of CISI and all of CSFCube test the choice. `docs/figures.md` gets both, and the bad ones.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from daybrief.adapters.encoders import open_embedder
from daybrief.errors import ConfigError
from daybrief.labs.kit import paired
from daybrief.search import AGAIN, LOOKED_AT, ArchiveSearcher, rerank
from search import OPERATORS, load, ndcg

DEPTHS, SHARES = (10, 20, 30, 50, 100), (0.1, 0.2, 0.3, 0.5, 1.0)
UNNAMED = (
    "not measured: an embedder reads 5,700 texts first, `use` in about a minute of a core, others in more; "
    "`--embedder minilm,use,e5` names those whose packages are installed"
)
Table = dict[tuple[int, float], list[float]]


def measured(folder: Path, embedder: str, cache: Path | None) -> tuple[list[float], Table, float, int]:
    """nDCG@10 a query without and, by depth and share, with it; its CPU-ms a query; phantoms kept down."""
    collection = load(folder)
    texts = {d["_id"]: f"{d.get('title', '')}\n{d['text']}" for d in collection.documents}
    alone: list[float] = []
    table: Table = {(depth, share): [] for depth in DEPTHS for share in SHARES}
    seconds, phantoms = 0.0, 0
    with tempfile.TemporaryDirectory() as made:
        place = cache / folder.name if cache else Path(made)
        known = open_embedder(embedder, cache=place, environment={}) if embedder else None
        searcher = ArchiveSearcher(place, known)
        searcher.sync(collection)
        for query in collection.queries:
            text = OPERATORS.sub(" ", query["text"])
            ids = [
                hit.id for hit in searcher.search(text, most=100).hits if hit.id != query.get("query_paper")
            ]
            judged = collection.judged[query["_id"]]
            alone.append(ndcg(ids, judged))
            for depth in DEPTHS:
                began = time.process_time()
                first = [texts[identity] for identity in ids[:depth]]
                words = rerank.Texts([rerank.words_in(text) for text in first], rerank.shipped().lexicon)
                rows = words.interactions(rerank.words_in(text))
                scores, kept = rerank.shipped().network.score(rows), rerank.supported(rows)
                if depth == LOOKED_AT:
                    seconds += time.process_time() - began
                for share in SHARES:
                    look = rerank.second_look(scores, kept, share)
                    table[depth, share].append(ndcg([ids[n] for n in look.order], judged))
                if depth == LOOKED_AT:
                    phantoms += len(look.phantoms)
    return alone, table, 1000 * seconds / len(alone), phantoms


def row(what: str, alone: Sequence[float], again: Sequence[float]) -> dict[str, str]:
    """The two means and their paired difference."""
    gain = paired(again, alone, np.random.default_rng(0))
    return {
        "what": what,
        "asked": "better, else off",
        "measured": f"nDCG@10 {fmean(alone):.3f} without, {fmean(again):.3f} with: {gain.value:+.3f} "
        f"({gain.low:+.3f} – {gain.high:+.3f})",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--embedder", default="minilm", help="as search.embedder, with commas; empty: words alone"
    )
    parser.add_argument("--cache", type=Path, default=None, help="folder that keeps the indexes and vectors")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures: list[dict[str, str]] = []
    named = [name for name in given.embedder.split(",") if name]
    for way, embedder in [("words", ""), *((f"words and {name}", name) for name in named)]:
        cache = given.cache / (embedder or "words") if given.cache else None
        try:
            alone, table, cost, phantoms = measured(given.data / "cisi", embedder, cache)
        except ConfigError as missing:
            figures.append({"what": way, "asked": "–", "measured": str(missing)})
            continue
        best = max(table, key=lambda cell: fmean(table[cell][::2]))
        other, others, _, more = measured(given.data / "csfcube", embedder, cache)
        figures += [
            {
                "what": f"{way}: best on the half of CISI",
                "asked": "–",
                "measured": f"depth {best[0]}, share {best[1]}",
            },
            row(f"{way}: CISI, that half", alone[::2], table[best][::2]),
            row(f"{way}: CISI, the other half", alone[1::2], table[best][1::2]),
            row(f"{way}: CSFCube", other, others[best]),
        ]
        used = (LOOKED_AT, AGAIN)
        figures += [
            row(f"{way}: CISI, the other half, as shipped {used}", alone[1::2], table[used][1::2]),
            row(f"{way}: CSFCube, as shipped {used}", other, others[used]),
            row(f"{way}: CSFCube, second look alone, {DEPTHS[-1]} deep", other, others[DEPTHS[-1], 1.0]),
            {"what": f"{way}: a second look", "asked": "–", "measured": f"{cost:.1f} CPU-ms a query"},
            {"what": f"{way}: phantoms kept from the top", "asked": "–", "measured": f"{phantoms + more}"},
        ]
    if not named:
        figures.append({"what": "words and meaning", "asked": "better, else off", "measured": UNNAMED})
    if given.json:
        print(json.dumps({"figures": figures}, ensure_ascii=False))
    for line in () if given.json else figures:
        print(f"{line['what']:<62} {line['measured']}")


if __name__ == "__main__":
    main()
