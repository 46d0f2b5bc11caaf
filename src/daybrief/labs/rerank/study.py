"""The effect of reranking at every depth: recall, nDCG, phantom hits, false alarms, alone and fused.

C_K(q) = the K documents with the largest first-stage score;  L_K(q) = C_K(q) ordered by the reranker
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.rerank.stages import FirstStage, Reranker
from daybrief.search.rerank import EARLY, Floats, Ints

TOP = 10
Support = Callable[[str], NDArray[np.bool_]]  # for each document, whether it shares a word with the query
Queries = Sequence[tuple[str, dict[int, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A pair of first stage and reranker over queries and depths; arrays are (queries, depths).

    `alone`, `alone_ndcg` (queries,) are the first stage's own; `alarms` (queries, bins) is the share of
    irrelevant documents of a bin of first-stage ranks that out-score the best relevant one, NaN for none.
    """

    stage: str
    reranker: str
    depths: tuple[int, ...]
    alone: Floats
    alone_ndcg: Floats
    recall: Floats
    ndcg: Floats
    fused: Floats
    fused_ndcg: Floats
    phantoms: Floats
    alarms: Floats

    def at(self, depth: int) -> int:
        """The column of a depth; raises LabError when it was not measured."""
        if depth not in self.depths:
            raise LabError(f"the depth {depth} was not measured", hint=f"one of {self.depths}")
        return self.depths.index(depth)

    def best_depth(self, chosen_on: NDArray[np.bool_]) -> int:
        """The depth of the best mean nDCG on some queries; of equal ones the smallest."""
        return self.depths[int(np.argmax(self.ndcg[chosen_on].mean(0).round(6)))]

    def label(self) -> str:
        """The paper's name for what happens: `hurts`, `helps`, `helps, but scaling hurts`."""
        mean, alone = self.recall.mean(0), float(self.alone.mean())
        if mean.max() <= alone:
            return "hurts"
        return "helps, but scaling hurts" if mean[-1] < alone else "helps"


def depths_of(
    count: int, wanted: Sequence[int] = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)
) -> tuple[int, ...]:
    """The depths below the number of documents, and all of them."""
    if any(depth < 1 for depth in wanted):
        raise LabError(f"{min(wanted)} is no depth", hint="depths are whole numbers from 1")
    return (*(depth for depth in sorted(set(wanted)) if depth < count), count)


def study(
    stages: Sequence[FirstStage],
    rerankers: Sequence[Reranker],
    queries: Queries,
    depths: Sequence[int],
    support: Support,
    step: Callable[[int], None] = lambda _: None,
) -> list[Curve]:
    """A curve for each pair. Rankings are total: equal scores keep the order of the first stage."""
    if not queries or not rerankers or not stages:
        raise LabError(
            f"{len(stages)} first stages, {len(rerankers)} rerankers, {len(queries)} queries",
            hint="give at least one of each",
        )
    pairs = [(stage, reranker) for stage in stages for reranker in rerankers]
    cells: list[list[tuple[Floats, ...]]] = [[] for _ in pairs]
    alone: dict[str, list[tuple[float, float]]] = {stage.name: [] for stage in stages}
    for n, (query, relevant) in enumerate(queries):
        step(n)
        has_words = support(query)
        orders = {s.name: np.argsort(-_sound(s.scores(query), s.name), kind="stable") for s in stages}
        for name, order in orders.items():
            alone[name].append(_quality(order[:TOP], relevant))
        for kept, (stage, reranker) in zip(cells, pairs, strict=True):
            kept.append(_judged_question(query, relevant, orders[stage.name], reranker, depths, has_words))
    return [
        _curve(stage.name, reranker.name, tuple(depths), np.array(alone[stage.name], np.float32), kept)
        for (stage, reranker), kept in zip(pairs, cells, strict=True)
    ]


def _curve(
    stage: str, reranker: str, depths: tuple[int, ...], firsts: Floats, kept: list[tuple[Floats, ...]]
) -> Curve:
    recall, ndcg, fused, fused_ndcg, phantoms, alarms = (np.stack(part) for part in zip(*kept, strict=True))
    return Curve(
        stage=stage, reranker=reranker, depths=depths, alone=firsts[:, 0], alone_ndcg=firsts[:, 1],
        recall=recall, ndcg=ndcg, fused=fused, fused_ndcg=fused_ndcg, phantoms=phantoms, alarms=alarms,
    )  # fmt: skip


def _judged_question(
    query: str,
    relevant: dict[int, int],
    order: Ints,
    reranker: Reranker,
    depths: Sequence[int],
    has_words: NDArray[np.bool_],
) -> tuple[Floats, ...]:
    deepest = order[: depths[-1]]
    scores = _sound(reranker.scores(query, deepest), reranker.name) if reranker.pointwise else None
    cells = []
    for depth in depths:
        rows = order[:depth]
        judged = _sound(reranker.scores(query, rows), reranker.name) if scores is None else scores[:depth]
        by_score = np.argsort(-judged, kind="stable")
        ranks = np.empty(depth)
        ranks[by_score] = np.arange(1, depth + 1)
        both = 1 / (EARLY + np.arange(1, depth + 1)) + 1 / (EARLY + ranks)
        top = rows[by_score[:TOP]]
        mixed = rows[np.argsort(-both, kind="stable")[:TOP]]
        cells.append((*_quality(top, relevant), *_quality(mixed, relevant), float((~has_words[top]).mean())))
    table = np.array(cells, np.float32).T
    return (*table, _alarms(judged, deepest, relevant, depths))


def _alarms(scores: Floats, rows: Ints, relevant: dict[int, int], depths: Sequence[int]) -> Floats:
    """The share of irrelevant documents in each bin of ranks that out-score the best relevant one."""
    good = np.isin(rows, list(relevant))
    if not good.any():
        return np.full(len(depths), np.nan, np.float32)
    above = (scores > scores[good].max()) & ~good
    starts = (0, *depths[:-1])
    return np.array(
        [above[a:b].sum() / max(1, (~good[a:b]).sum()) for a, b in zip(starts, depths, strict=True)],
        np.float32,
    )


def _quality(top: Ints, relevant: dict[int, int]) -> tuple[float, float]:
    """Recall@10 and nDCG@10 (gain 2^score - 1) of the rows on top."""
    recall = sum(int(row) in relevant for row in top) / len(relevant)
    discounts = 1 / np.log2(np.arange(2, TOP + 2))
    gains = np.array([2.0 ** relevant.get(int(row), 0) - 1 for row in top])
    ideal = np.sort([2.0**score - 1 for score in relevant.values()])[::-1][:TOP]
    return recall, float(gains @ discounts[: len(gains)] / (ideal @ discounts[: len(ideal)]))


def _sound(scores: Floats, name: str) -> Floats:
    if not np.isfinite(scores).all():
        raise LabError(f"{name} gives a score that is NaN or infinite", hint="check the model and its input")
    return scores
