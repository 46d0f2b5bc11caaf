"""Trains the engine's interaction model and two of other kinds, with negatives of three kinds.

lexicon   rarity and latent semantic vectors of words, from documents alone
examples  lists of one relevant document and negatives: hard, random, or mixed
network   a small network on a list-wise softmax (Adam, NumPy);  trees, linear: scikit-learn
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from daybrief.errors import LabError
from daybrief.labs.rerank.stages import FirstStage, Interactions
from daybrief.search.rerank import Floats, Lexicon, Network

Negatives = Literal["hard", "random", "mixed"]
HARD, RANDOM = 16, 16  # negatives of a list
POOL = 25  # best documents of each first stage that hard negatives come from
FEWEST = 20  # training queries below which nothing is learned


def lexicon(documents: Sequence[Sequence[str]], size: int = 64, most: int = 30_000, seed: int = 0) -> Lexicon:
    """Words of two documents at least, the commonest `most`; vectors of `size` by truncated SVD."""
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import TruncatedSVD

    frequencies = Counter(word for words in documents for word in set(words))
    known = [
        word for word, count in sorted(frequencies.items(), key=lambda kept: (-kept[1], kept[0])) if count > 1
    ][:most]
    size = min(size, len(known) // 2)
    if size < FEWEST // 5:
        raise LabError(
            f"the collection shares only {len(known)} words between documents",
            hint="give more or longer documents",
        )
    rows = {word: row for row, word in enumerate(known)}
    rarity = np.log1p(len(documents) / np.array([frequencies[word] for word in known]))
    cells = [
        (at, rows[word], count)
        for at, words in enumerate(documents)
        for word, count in Counter(words).items()
        if word in rows
    ]
    place, word_rows, counts = (np.array(column) for column in zip(*cells, strict=True))
    table = csr_matrix(
        ((1 + np.log(counts)) * rarity[word_rows], (place, word_rows)), shape=(len(documents), len(known))
    )
    svd = TruncatedSVD(size, random_state=seed, n_iter=4).fit(table)
    vectors = svd.components_.T * np.sqrt(svd.singular_values_)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return Lexicon(known, rarity.astype(np.float32), vectors.astype(np.float32))


class Examples:
    """Training queries, each with a relevant document, hard and random negatives."""

    def __init__(
        self,
        interactions: Interactions,
        stages: Sequence[FirstStage],
        queries: Sequence[tuple[str, dict[int, int]]],
        rng: np.random.Generator,
    ) -> None:
        if len(queries) < FEWEST:
            raise LabError(f"{len(queries)} queries are too few to train on", hint=f"give at least {FEWEST}")
        count = len(interactions.texts)
        hard, easy = [], []
        for query, relevant in queries:
            best = np.concatenate([_top(stage.scores(query), POOL) for stage in stages])
            pool = np.setdiff1d(best, list(relevant))
            other = np.setdiff1d(rng.integers(0, count, 4 * RANDOM + len(relevant)), list(relevant))
            if not len(pool) or not len(other):
                raise LabError("every document is relevant to a query", hint="give documents that are not")
            positive = int(rng.choice(list(relevant)))
            chosen = [positive, *rng.choice(pool, HARD), *rng.choice(other, RANDOM)]
            rows = interactions.some(query, np.array(chosen))
            hard.append(rows[: 1 + HARD])
            easy.append(np.concatenate([rows[:1], rows[1 + HARD :]]))
        self._hard, self._easy = np.stack(hard), np.stack(easy)

    def lists(self, negatives: Negatives) -> Floats:
        """(queries, 1 + 16, 15): the relevant one first; mixed takes ten hard and six random ones."""
        if negatives == "hard":
            return self._hard
        if negatives == "random":
            return self._easy
        return np.concatenate([self._hard[:, :11], self._easy[:, 1:7]], axis=1)


def _top(scores: Floats, most: int) -> Any:
    most = min(most, len(scores))
    return np.argpartition(-scores, most - 1)[:most]


def network(lists: Floats, seed: int, *, hidden: int = 32, rounds: int = 60, rate: float = 3e-3) -> Network:
    """Minimise the softmax loss of the relevant document in its list; two hidden layers of ramps, Adam."""
    rng = np.random.default_rng(seed)
    flat = lists.reshape(-1, lists.shape[-1])
    mean, spread = flat.mean(0), flat.std(0) + 1e-3
    x = ((lists - mean) / spread).astype(np.float32)
    sizes = (lists.shape[-1], hidden, hidden, 1)
    parts: list[Any] = []
    for wide, narrow in itertools.pairwise(sizes):
        parts += [
            rng.normal(0, np.sqrt(2 / wide), (wide, narrow)).astype(np.float32),
            np.zeros(narrow, np.float32),
        ]
    first, second = [np.zeros_like(p) for p in parts], [np.zeros_like(p) for p in parts]
    step = 0
    for _ in range(rounds):
        order = rng.permutation(len(x))
        for at in range(0, len(x), 32):
            step += 1
            for n, slope in enumerate(_slopes(x[order[at : at + 32]], parts)):
                slope = slope + 1e-4 * parts[n]
                first[n] = 0.9 * first[n] + 0.1 * slope
                second[n] = 0.999 * second[n] + 0.001 * slope**2
                pace = rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
                parts[n] = (parts[n] - pace * first[n] / (np.sqrt(second[n]) + 1e-8)).astype(np.float32)
    layers = tuple((parts[n], parts[n + 1]) for n in range(0, len(parts), 2))
    return Network(mean.astype(np.float32), spread.astype(np.float32), layers)


def _slopes(x: Floats, parts: Sequence[Any]) -> list[Any]:
    """The gradients of the mean list-wise loss by each weight and bias."""
    queries, listed, _ = x.shape
    acts = [x.reshape(queries * listed, -1)]
    for n in range(0, len(parts) - 2, 2):
        acts.append(np.maximum(acts[-1] @ parts[n] + parts[n + 1], 0))
    scores = (acts[-1] @ parts[-2] + parts[-1]).reshape(queries, listed)
    shares = np.exp(scores - scores.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    shares[:, 0] -= 1
    back = (shares / queries).reshape(-1, 1)
    slopes: list[Any] = []
    for n in range(len(parts) - 2, -1, -2):
        act = acts[n // 2]
        slopes = [act.T @ back, back.sum(0), *slopes]
        back = (back @ parts[n].T) * (act > 0)
    return slopes


def trees(lists: Floats, seed: int) -> Callable[[Floats], Any]:
    """Gradient-boosted trees on single documents (scikit-learn)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, random_state=seed, early_stopping=False
    )
    model.fit(*_pointwise(lists))
    return lambda rows: model.decision_function(rows)


def linear(lists: Floats, columns: Sequence[int]) -> Callable[[Floats], Any]:
    """Logistic regression on a few interactions: the weakest that learns."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = _pointwise(lists)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x[:, columns], y)
    return lambda rows: model.decision_function(rows[:, columns])


def _pointwise(lists: Floats) -> tuple[Floats, Any]:
    x = lists.reshape(-1, lists.shape[-1])
    return x, (np.arange(len(x)) % lists.shape[1] == 0).astype(int)
