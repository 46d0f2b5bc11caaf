"""Train the support scorer on pairs made from abstracts, and write its weights.

    python benchmarks/train_support.py --arxiv ../shared/data/arxiv/arxiv_2024-07_2024-08_ai.jsonl.gz \
        --scitldr ../shared/data/scitldr/SciTLDR-A_train.jsonl --out src/daybrief/assets/support.json

Needs scipy and scikit-learn (dependency group `train`). The model is a logistic regression whose weights
may not be positive: whatever a text lacks can only make a claim less likely, so that what is learned from
papers still holds for news. One paper in five is kept back for the bounds. With `--judged` FILE the rows of a
file of judged summaries are added as false claims, and sentences of their articles as true ones; `--apart`
names the files whose articles must not be among them. The shipped weights were made without.
"""

from __future__ import annotations

import argparse
import gzip
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy.optimize import minimize

from daybrief.checks._support import NAMES, SourceWords, Weights, features
from daybrief.text.sentences import sentences
from faithfulness import balanced, records
from support_pairs import ABSTRACTIVE, CHANGED, ELSEWHERE, EXTRACTIVE, FREE, GRAFTED, Pair, Paper, pairs

SEED, FIFTH, ARXIV_PAPERS = 0, 5, 2_500
PENALTY = 1e-3
FALSE_ALARM = 0.002
ABOUT = (
    "Learned from pairs made of arXiv abstracts (CC0) and SciTLDR-A train (Apache-2.0, Cachola et al. 2020) "
    "by benchmarks/train_support.py"
)
GROUPS = (EXTRACTIVE, ABSTRACTIVE, ELSEWHERE, GRAFTED, CHANGED, ("judged",), ("article",))


class Rows(msgspec.Struct):
    """A table of features with what is known of each row."""

    table: Any
    kinds: list[str]
    true: Any
    kept_back: Any

    def weights(self) -> Any:
        """True and false weigh the same, within each every group, within a group every kind."""
        weights = np.zeros(len(self.kinds))
        kinds = np.array(self.kinds)
        for group in GROUPS:
            present = [kind for kind in group if (kinds == kind).any()]
            for kind in present:
                weights[kinds == kind] = 1 / len(present) / (kinds == kind).sum()
        for truth in (True, False):
            weights[self.true == truth] /= weights[self.true == truth].sum()
        return weights


def arxiv_papers(path: Path) -> list[Paper]:
    with gzip.open(path) as lines:
        listed = [msgspec.json.decode(line) for line in lines]
    chosen = random.Random(SEED).sample(listed, min(ARXIV_PAPERS, len(listed)))
    return [Paper(row["abstract"], row["title"], "title") for row in chosen]


def scitldr_papers(path: Path) -> list[Paper]:
    listed = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    return [Paper(" ".join(row["source"]), row["target"][0], "author's summary") for row in listed]


def judged(path: Path, apart: Sequence[Path]) -> tuple[list[Pair], list[str]]:
    """False claims from a file of judged summaries and true ones from its articles; and the articles."""
    banned = {row.id for other in apart for row in records(other)}
    banned |= {opening(row.text) for other in apart for row in records(other)}
    rows = [r for r in records(path) if r.text and not r.true and not {r.id, opening(r.text)} & banned]
    articles = sorted({row.text for row in rows})
    number = {text: at for at, text in enumerate(articles)}
    rng = random.Random(SEED)
    pairs = [Pair("judged", row.claim, number[row.text], true=False) for row in rows]
    for at, text in enumerate(articles):
        own = [s.text for s in sentences(text) if len(s.text.split()) >= 6]
        if own:
            pairs.append(Pair("article", rng.choice(own), at, true=True))
    return pairs, articles


def opening(text: str) -> str:
    """The opening that two spellings of one article share."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split()[:25])


def table(pairs: Sequence[Pair], texts: Sequence[str]) -> Rows:
    evidence = [SourceWords(text) for text in texts]
    rows = [(features(pair.claim, evidence[pair.paper]), pair) for pair in pairs]
    kept = [(row, pair) for row, pair in rows if row is not None]
    return Rows(
        table=np.array([row for row, _ in kept]),
        kinds=[pair.kind for _, pair in kept],
        true=np.array([pair.true for _, pair in kept]),
        kept_back=np.array([pair.paper % FIFTH == 0 for _, pair in kept]),
    )


def together(parts: Sequence[Rows]) -> Rows:
    return Rows(
        table=np.vstack([part.table for part in parts]),
        kinds=[kind for part in parts for kind in part.kinds],
        true=np.concatenate([part.true for part in parts]),
        kept_back=np.concatenate([part.kept_back for part in parts]),
    )


def learned(rows: Rows) -> tuple[float, Any]:
    """Bias and weights, none positive, by L-BFGS-B on the weighted logistic loss."""
    use = ~rows.kept_back
    weight = rows.weights()[use]
    scale = rows.table[use].std(axis=0) + 1e-9
    inputs, sign = rows.table[use] / scale, np.where(rows.true[use], 1.0, -1.0)

    def loss(at: Any) -> tuple[float, Any]:
        margin = sign * (at[0] - inputs @ at[1:])
        pull = -weight * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        value = (weight * np.logaddexp(0, -margin)).sum() + PENALTY * (at[1:] ** 2).sum()
        return value, np.concatenate([[pull.sum()], -(inputs.T @ pull) + 2 * PENALTY * at[1:]])

    bounds = [(None, None)] + [(0.0, None)] * inputs.shape[1]
    solution = minimize(loss, np.zeros(inputs.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(solution[0]), -solution[1:] / scale


def even(scores: Any, true: Any, weight: Any) -> float:
    """The bound with the best balanced accuracy on weighted rows."""
    bounds = np.unique(np.quantile(scores, np.linspace(0.005, 0.995, 199)))
    return float(max(bounds, key=lambda bound: balanced(scores >= bound, true, weight)))


def trained(rows: Rows) -> tuple[Weights, dict[str, Any]]:
    bias, weight = learned(rows)
    model = Weights(
        about=ABOUT,
        bias=round(bias, 4),
        weight=dict(zip(NAMES, np.round(weight, 4).tolist(), strict=True)),
        even=0.5,
        astray=1.0,
        overlap=0.5,
        even_free=0.5,
        overlap_free=0.5,
    )
    scores = np.array([model.probability(row) for row in rows.table])
    own, back, kinds = rows.weights(), rows.kept_back, np.array(rows.kinds)
    overlap = 1 - rows.table[:, 0]
    passage = rows.table[:, NAMES.index("passage")]
    bounds = {"astray": float(np.quantile(passage[kinds == ABSTRACTIVE[1]], 1 - FALSE_ALARM))}
    for end, use in (("", back), ("_free", back & np.isin(kinds, FREE))):
        bounds[f"even{end}"] = even(scores[use], rows.true[use], own[use])
        bounds[f"overlap{end}"] = even(overlap[use], rows.true[use], own[use])

    def right(of: Any, bound: float) -> float:
        return round(balanced(of[back] >= bound, rows.true[back], own[back]), 4)

    def share(called: Any) -> dict[str, float]:
        return {k: round(float(called[back & (kinds == k)].mean()), 4) for k in sorted(set(kinds))}

    report = {
        "pairs": len(rows.kinds),
        "balanced_kept_back": right(scores, bounds["even"]),
        "overlap_kept_back": right(overlap, bounds["overlap"]),
        "below_even": share(scores < bounds["even"]),
        "astray": share(passage > bounds["astray"]),
    }
    rounded = {name: round(bound, 4) for name, bound in bounds.items()}
    return msgspec.structs.replace(model, **rounded), report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arxiv", type=Path, required=True)
    parser.add_argument("--scitldr", type=Path, required=True)
    parser.add_argument("--judged", type=Path)
    parser.add_argument("--apart", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    parts = []
    for papers in (arxiv_papers(options.arxiv), scitldr_papers(options.scitldr)):
        parts.append(table(list(pairs(papers, SEED)), [paper.text for paper in papers]))
    if options.judged:
        parts.append(table(*judged(options.judged, options.apart)))
    model, report = trained(together(parts))
    options.out.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=2) + b"\n")
    print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())


if __name__ == "__main__":
    main()
