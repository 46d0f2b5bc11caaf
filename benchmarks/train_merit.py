"""Train the model of merit: `src/daybrief/assets/merit.npz`.

    python benchmarks/train_merit.py --data ../shared/data [--out src/daybrief/assets/merit.npz]

Data: titles, abstracts and categories of arXiv papers (CC0) first submitted 2024-09-03 .. 2024-11-30, and
which of them stood in Hugging Face's daily list (`benchmarks/merit.py` names the files). Without --out the
model is trained until 2024-10-31 and measured on November, which is how its constants were chosen; with
--out it is trained on all three months and written.

1. logistic regression on TF-IDF of words and pairs beside the standardised traits
2. the same on the words that weigh most
3. the slope of the logarithm of the number of authors, from a sample of 2025-04 .. 2025-07 with full author
   lists, the score of the first two held fixed: authors of most earlier papers are not known
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from daybrief.stages.merit import MeritModel, number, traits, word_counts
from merit import SHARED, Floats, Paper, measured, papers

FEWEST = 4  # papers that hold a word
MOST_WORDS = 15_000
TRAIT, C, SEED = 0.1, 1.0, 0  # the share of a standardised trait beside the words; chosen on November


class Table:
    """The words of papers as numbers: the vocabulary and its rarity come from the first ones."""

    def __init__(self, counts: Sequence[Counter[str]], words: Sequence[str]) -> None:
        self.words = list(words)
        self._at = {word: at for at, word in enumerate(self.words)}
        frequency = Counter(word for counted in counts for word in counted if word in self._at)
        self.rarity = np.array([math.log((1 + len(counts)) / (1 + frequency[w])) + 1 for w in self.words])
        self.rarity = self.rarity.astype(np.float16).astype(float)

    def rows(self, counts: Sequence[Counter[str]]) -> Any:
        """A row of unit length for each paper."""
        places, columns, values = [], [], []
        for at, counted in enumerate(counts):
            known = [
                (self._at[w], (1 + math.log(n)) * self.rarity[self._at[w]])
                for w, n in counted.items()
                if w in self._at
            ]
            length = math.sqrt(sum(v * v for _, v in known)) or 1.0
            places += [at] * len(known)
            columns += [column for column, _ in known]
            values += [value / length for _, value in known]
        return sparse.csr_matrix((values, (places, columns)), shape=(len(counts), len(self.words)))


def trained(some: Sequence[Paper]) -> dict[str, Any]:
    """The arrays of the model, without authors."""
    counts = [word_counts(p.item.title, p.item.text) for p in some]
    kinds = [traits(p.item.title, p.item.text, p.item.tags) for p in some]
    names = sorted(kinds[0])
    values = np.array([[kind[name] for name in names] for kind in kinds])
    means, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    scaled = sparse.csr_matrix(TRAIT * (values - means) / spread)
    listed = [p.listed for p in some]
    frequency = Counter(word for counted in counts for word in counted)
    table = Table(counts, sorted(w for w, n in frequency.items() if n >= FEWEST))
    first = _fitted(sparse.hstack([table.rows(counts), scaled]).tocsr(), listed)
    weight = np.abs(first[: len(table.words)]) * table.rarity
    kept = sorted(np.argsort(-weight, kind="stable")[:MOST_WORDS])
    table = Table(counts, sorted((table.words[at] for at in kept), key=number))
    words = table.rows(counts)
    second = _fitted(sparse.hstack([words, scaled]).tocsr(), listed)
    size = len(table.words)
    return {
        "numbers": np.array([number(word) for word in table.words], np.uint32),
        "rarity": table.rarity.astype(np.float16),
        "weights": second[:size].astype(np.float16),
        "names": np.array(names),
        "means": means,
        "slopes": TRAIT * second[size:] / spread,
        "usual": np.array([float((words @ second[:size]).mean())]),
        "authors": np.array([0.0, 0.0]),
    }


def _fitted(rows: Any, listed: Sequence[bool]) -> Floats:
    model = LogisticRegression(
        C=C, class_weight="balanced", solver="liblinear", max_iter=500, random_state=SEED
    )
    coefficients: Floats = model.fit(rows, listed).coef_[0]
    return coefficients


def merits(arrays: dict[str, Any], some: Sequence[Paper]) -> Floats:
    """The log-odds of papers under a model that is not shipped."""
    model = MeritModel(arrays)
    return np.array([sum(part.points for part in model.parts(p.item, p.item.tags)) for p in some])


def with_authors(arrays: dict[str, Any], some: Sequence[Paper]) -> dict[str, Any]:
    """The model with the slope of the number of authors, the rest held fixed as one input."""
    base = merits(arrays, some)
    many = np.log([max(1, len(p.item.authors)) for p in some])
    mean = many.mean()
    model = LogisticRegression(C=1e6, class_weight="balanced").fit(
        np.column_stack([base, many - mean]), [p.listed for p in some]
    )
    of_base, of_authors = model.coef_[0]
    return arrays | {"authors": np.array([of_authors / of_base, mean])}


def main() -> None:
    """Train; measure on November, or write the weights."""
    parser = argparse.ArgumentParser(description="Train the model of merit.")
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument(
        "--out", type=Path, help="where to write the weights; without it, measure on November"
    )
    options = parser.parse_args()
    known = papers(options.data)
    if options.out:
        arrays = with_authors(trained(known["train"]), known["authors"])
        np.savez_compressed(options.out, **arrays)
        print(json.dumps({"papers": len(known["train"]), "authors": arrays["authors"].tolist()}))
        return
    november = [p for p in known["train"] if p.day >= "2024-11"]
    arrays = trained([p for p in known["train"] if p.day < "2024-11"])
    print(json.dumps(measured(merits(arrays, november), november)))
    half = len(known["authors"]) // 2
    fit, rest = known["authors"][:half], known["authors"][half:]
    both = with_authors(arrays, fit)
    print(
        json.dumps(
            {
                "authors": both["authors"].tolist(),
                "without": measured(merits(arrays, rest), rest),
                "with": measured(merits(both, rest), rest),
            }
        )
    )


if __name__ == "__main__":
    main()
