"""Whether steering a search by topics of the archive ranks better: nDCG@10 of queries with a wish.

    python benchmarks/search_topics.py --data ../shared/data [--papers 800] [--embedder minilm] [--json]

The collection is a sample of the arXiv papers of July and August 2024. A query is a common word with a wish:
"more robots", "less vision". What is relevant was said by others: a paper holds the query's word, and its
authors filed it under the wish's categories, or, for `less`, did not. Beside the steered search stand the
plain one, and for `more` the same with a word of the wish typed as well. A wish that no topic is named by
leaves the search plain; queries with fewer than three relevant papers are left out. Nothing is tuned here.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from daybrief.adapters.encoders import open_embedder
from daybrief.errors import ConfigError
from daybrief.labs.kit import Interval, mean, paired
from daybrief.search import ArchiveSearcher
from daybrief.search.topics import ArchiveTopics
from search import ndcg
from search_across import PAPERS, Papers

QUERIES = (
    "graph", "transformer", "diffusion", "reinforcement learning", "language model", "attention", "detection",
    "segmentation", "uncertainty", "optimization", "generation", "contrastive", "federated", "prompt",
    "benchmark", "agents",
)  # fmt: skip
WISHES = {
    "robot": ("cs.RO",),
    "medical": ("eess.IV", "q-bio", "physics.med-ph"),
    "image": ("cs.CV",),
    "language": ("cs.CL",),
    "speech": ("cs.SD", "eess.AS"),
    "attack": ("cs.CR",),
    "theorem": ("math", "stat.ML", "stat.TH", "cs.IT"),
}
OTHER_WORDS = {
    "robot": "robots robotic manipulation",
    "medical": "clinical patient patients health",
    "image": "images visual video",
    "language": "languages text linguistic",
    "speech": "audio speaker",
    "attack": "attacks privacy security",
    "theorem": "theory theoretical bound bounds convergence",
}
LEAST, MOST, LETTERS = 3, 10, 400


class SteeredQuery(NamedTuple):
    """A query with a wish: nDCG of the plain, the steered and (for more) the typed search."""

    wish: str
    plain: float
    steered: float
    typed: float
    named: bool


def sample(path: Path, count: int) -> Papers:
    """Some of the papers, their abstracts cut."""
    papers = Papers(path)
    chosen = np.random.default_rng(0).permutation(len(papers.rows))[:count]
    keys = list(papers.rows)
    papers.rows = {
        keys[n]: papers.rows[keys[n]] | {"abstract": papers.rows[keys[n]]["abstract"][:LETTERS]}
        for n in sorted(chosen)
    }
    return papers


def steered_queries(
    papers: Papers, searcher: ArchiveSearcher, known: ArchiveTopics
) -> Iterator[SteeredQuery]:
    """Every query with every wish, both ways."""
    for query in QUERIES:
        holding = {
            key for key, row in papers.rows.items() if query in f"{row['title']} {row['abstract']}".lower()
        }
        for wish, filed in WISHES.items():
            there = {
                key
                for key in holding
                if any(name.startswith(filed) for name in papers.rows[key]["categories"])
            }
            words = f"{wish} {OTHER_WORDS[wish]}"
            named = bool(known.chosen(words))
            for option, relevant in (("more", there), ("less", holding - there)):
                if len(relevant) < LEAST or not there:
                    continue
                judged = dict.fromkeys(relevant, 1)
                given = {"more": "", "less": ""} | ({option: words} if named else {})

                def score(text: str, judged: dict[str, int] = judged, **steered: str) -> float:
                    steering = known.steering(**steered) if steered and any(steered.values()) else None
                    hits = searcher.search(text, most=MOST, steering=steering).hits
                    return ndcg([hit.id for hit in hits], judged)

                yield SteeredQuery(
                    wish=f"{option} {wish}",
                    plain=score(query),
                    steered=score(query, **given),
                    typed=score(f"{query} {wish}") if option == "more" else float("nan"),
                    named=named,
                )


def rows(wishes: list[SteeredQuery]) -> Iterator[dict[str, str]]:
    """The figures as what, asked, measured."""
    rng = np.random.default_rng(0)
    for option in ("more", "less"):
        of = [record for record in wishes if record.wish.startswith(option)]
        plain, steered = [record.plain for record in of], [record.steered for record in of]
        yield row(f"{option}: plain search, nDCG@10", f"{len(of)} queries", mean(plain, rng))
        yield row(f"{option}: steered", "–", mean(steered, rng))
        yield row(f"{option}: steered minus plain", "above 0", paired(steered, plain, rng))
        if option == "more":
            typed = [record.typed for record in of]
            yield row("more: the wish's word typed as well", "–", mean(typed, rng))
            yield row("more: steered minus typed", "above 0", paired(steered, typed, rng))
    named = sum(record.named for record in wishes)
    yield {"what": "wishes that a topic is named by", "asked": "–", "measured": f"{named} of {len(wishes)}"}


def row(what: str, target: str, measured: Interval) -> dict[str, str]:
    """A figure with its target."""
    return {"what": what, "asked": target, "measured": str(measured)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--papers", type=int, default=800)
    parser.add_argument("--embedder", default="minilm")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    papers = sample(given.data / PAPERS, given.papers)
    with tempfile.TemporaryDirectory() as folder:
        try:
            embedder = open_embedder(given.embedder, cache=Path(folder), environment={})
        except ConfigError as missing:
            parser.error(str(missing))
        searcher = ArchiveSearcher(Path(folder) / "index", embedder)
        searcher.sync(papers)
        known = searcher.topics(papers)
        wishes = list(steered_queries(papers, searcher, known))
    table = [
        *rows(wishes),
        row(
            "topics: share of other stories that bear the name",
            "far above the base",
            mean([topic.reliability for topic in known.topics], np.random.default_rng(0)),
        ),
        row(
            "the same words in any story (base)",
            "–",
            mean([topic.base for topic in known.topics], np.random.default_rng(0)),
        ),
    ]
    table.append({"what": "topics with a name", "asked": "–", "measured": str(len(known.topics))})
    if given.json:
        print(json.dumps({"figures": table}))
    else:
        for figure in table:
            print(f"{figure['what']:<52} {figure['asked']:<20} {figure['measured']}")


if __name__ == "__main__":
    main()
