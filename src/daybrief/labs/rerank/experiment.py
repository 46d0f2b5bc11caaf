"""The measured reproduction: recall against documents scored, for every pair of first stage and reranker.

collections | first stages | train on some queries | curves on others | the paper's labels, phantoms, cures
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from daybrief.labs.kit import (
    Chart,
    Findings,
    Interval,
    Measure,
    Outcome,
    Plot,
    Rule,
    Series,
    Trial,
    Words,
    mean,
    paired,
)
from daybrief.labs.rerank.collection import LIBRARIES, Collection, docstrings, titles
from daybrief.labs.rerank.stages import (
    Bm25,
    Dense,
    FirstStage,
    Interacting,
    Interactions,
    Reranker,
    embedded,
)
from daybrief.labs.rerank.study import Curve, depths_of, study
from daybrief.labs.rerank.training import Examples, Negatives, lexicon, linear, network, trees
from daybrief.search.rerank import COVERAGE, words_in

SHALLOW = 50
COLLECTIONS = {
    "docstrings": Words(en="docstrings", ko="독스트링"),
    "arxiv": Words(en="arXiv", ko="arXiv"),
}
RERANKERS = {
    "linear_hard": Words(en="linear, hard negatives", ko="선형, 어려운 오답"),
    "trees_hard": Words(en="trees, hard negatives", ko="트리, 어려운 오답"),
    "network_hard": Words(en="network, hard negatives", ko="신경망, 어려운 오답"),
    "network_mixed": Words(en="network, mixed negatives", ko="신경망, 섞은 오답"),
    "network_random": Words(en="network, random negatives", ko="신경망, 무작위 오답"),
    "trees_random": Words(en="trees, random negatives", ko="트리, 무작위 오답"),
}
_FEW_COLUMNS = (0, 3, 12)  # what the linear reranker sees


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured at a scale: documents a collection, queries a seed, seeds, libraries read."""

    documents: int
    train: int
    develop: int
    test: int
    seeds: int
    libraries: tuple[str, ...]
    embedders: tuple[str, ...]


SIZES = {
    "smoke": Size(
        documents=700, train=150, develop=40, test=80, seeds=1, libraries=("sklearn",), embedders=()
    ),
    "small": Size(
        documents=1600,
        train=600,
        develop=100,
        test=400,
        seeds=3,
        libraries=LIBRARIES,
        embedders=("minilm", "use"),
    ),
    "full": Size(
        documents=20_000,
        train=2000,
        develop=500,
        test=2000,
        seeds=10,
        libraries=LIBRARIES,
        embedders=("minilm", "use"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A pair of first stage and reranker on a collection, all seeds together; `development` chooses."""

    curve: Curve
    development: Curve

    def gain(self, rng: np.random.Generator, depth: int | None = None, *, fused: bool = False) -> Interval:
        """Recall@10 at a depth (None: the whole collection) minus the first stage's, paired by query."""
        table = self.curve.fused if fused else self.curve.recall
        column = -1 if depth is None else self.curve.at(depth)
        return paired(table[:, column], self.curve.alone, rng)


Key = tuple[str, str, str]  # collection, first stage, reranker
Table = dict[Key, Result]


def run(trial: Trial) -> Findings:
    """Measures docstrings of installed libraries; with `--data DIR` of arXiv records also those."""
    size = SIZES[trial.scale]
    collections = [docstrings(size.libraries, size.documents)]
    if trial.data is not None:
        collections.append(titles(trial.data, size.documents))
    table: Table = {}
    for collection in collections:
        table |= measured(collection, size, trial)
    return Findings(
        measures=tuple(measures(table, trial)),
        outcomes=tuple(outcomes(table, trial)),
        because=because(table, trial),
        data=tuple(data(collections, size)),
        seeds=trial.seeds(size.seeds),
        chart=chart(table, trial),
    )


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────


def measured(collection: Collection, size: Size, trial: Trial) -> Table:
    """The curves of every pair on one collection, over all seeds."""
    trial.tell(f"{collection.name}: {len(collection.documents)} documents")
    words = [words_in(text) for text in collection.documents]
    interactions = Interactions(words, lexicon(words))
    bm25 = Bm25(words)
    stages = (bm25, *dense_stages(collection, interactions, size, trial))
    depths = depths_of(len(words), (10, 20, SHALLOW, 100, 200, 500, 1000, 2000, 5000, 10_000))
    parts: dict[tuple[str, str], list[tuple[Curve, Curve]]] = {}
    for seed in trial.seeds(size.seeds):
        trial.tell(f"{collection.name}: seed {seed}")
        draw = np.random.default_rng([seed, len(words)])
        order = draw.permutation(len(collection.queries))[: size.train + size.develop + size.test]
        queries = [(collection.queries[n], collection.relevant[n]) for n in order]
        learned = rerankers(interactions, bm25, queries[: size.train], draw, seed)
        rest = queries[size.train :]
        for curve in study(stages, learned, rest, depths, lambda q: interactions.of(q)[:, COVERAGE] > 0):
            halves = (only(curve, slice(size.develop, None)), only(curve, slice(size.develop)))
            parts.setdefault((curve.stage, curve.reranker), []).append(halves)
    return {
        (collection.name, *pair): Result(
            curve=joined([curve for curve, _ in halves]), development=joined([curve for _, curve in halves])
        )
        for pair, halves in parts.items()
    }


def dense_stages(
    collection: Collection, interactions: Interactions, size: Size, trial: Trial
) -> Iterator[FirstStage]:
    """Latent semantic vectors, and above smoke scale real embedders."""
    texts = interactions.texts

    def pooled(query: str) -> Any:
        rarity, vectors = texts.lexicon.of(words_in(query) or [""])
        return rarity @ vectors

    yield Dense("LSA", texts.wholes, pooled)
    with tempfile.TemporaryDirectory() as folder:
        for name in size.embedders:
            trial.tell(f"{collection.name}: {name}")
            yield embedded(name, collection.documents, Path(folder))


def rerankers(
    interactions: Interactions, bm25: Bm25, queries: Sequence[Any], draw: np.random.Generator, seed: int
) -> list[Reranker]:
    """The six rerankers, trained on the same lists."""
    examples = Examples(interactions, [bm25], queries, draw)
    kinds: tuple[Negatives, ...] = ("hard", "mixed", "random")
    lists = {kind: examples.lists(kind) for kind in kinds}
    models = {
        "linear_hard": linear(lists["hard"], _FEW_COLUMNS),
        "trees_hard": trees(lists["hard"], seed),
        "network_hard": network(lists["hard"], seed).score,
        "network_mixed": network(lists["mixed"], seed).score,
        "network_random": network(lists["random"], seed).score,
        "trees_random": trees(lists["random"], seed),
    }
    return [Interacting(name, interactions, model) for name, model in models.items()]


_ROWS = ("alone", "alone_ndcg", "recall", "ndcg", "fused", "fused_ndcg", "phantoms", "alarms")


def only(curve: Curve, part: slice) -> Curve:
    """The curve over some of its queries."""
    rows: dict[str, Any] = {name: getattr(curve, name)[part] for name in _ROWS}
    return Curve(stage=curve.stage, reranker=curve.reranker, depths=curve.depths, **rows)


def joined(curves: Sequence[Curve]) -> Curve:
    """A curve over the queries of all."""
    rows: dict[str, Any] = {name: np.concatenate([getattr(c, name) for c in curves]) for name in _ROWS}
    return Curve(stage=curves[0].stage, reranker=curves[0].reranker, depths=curves[0].depths, **rows)


# ── judging ─────────────────────────────────────────────────────────────────────────────────────────


def outcomes(table: Table, trial: Trial) -> Iterator[Outcome]:
    """The conditions of `page.toml`."""
    main = [key for key in table if key[:2] == ("docstrings", "BM25")]
    key, depth = chosen(table, main)
    helped = table[key].gain(trial.rng("helps"), depth)
    yield Outcome(
        key="helps", met=helped.value >= 0.02 and helped.low > 0, measured=f"{key[2]} at {depth}: {helped}"
    )
    both = {name for name, _, _ in table} == set(COLLECTIONS)
    hard = [k for k in table if k[2] in ("trees_hard", "network_hard")]
    falls = {k: table[k].gain(trial.rng("falls", *k)) for k in hard}
    fallen = [k for k in hard if falls[k].high < 0]
    worst = max(falls.values(), key=lambda span: span.value)
    yield Outcome(
        key="falls",
        met=len(fallen) == len(hard) if both else None,
        measured=f"{len(fallen)} of {len(hard)} pairs fall; the least {worst}",
    )
    ghosts = table["docstrings", "BM25", "network_hard"].curve
    shallow, whole = ghosts.phantoms[:, ghosts.at(SHALLOW)].mean(), ghosts.phantoms[:, -1].mean()
    yield Outcome(
        key="phantoms",
        met=bool(whole >= 0.2 and shallow <= 0.02),
        measured=f"{shallow:.3f} at 50, {whole:.3f} at all",
    )
    tails = [alarms(table[k].curve) for k in main if k[2] in ("trees_hard", "network_hard")]
    yield Outcome(
        key="alarm",
        met=all(rates[-1] > rates[2] for rates in tails),
        measured="; ".join(
            f"{rates[2]:.3f} at 21 to 50, {rates[-1]:.3f} in the last ranks" for rates in tails
        ),
    )
    yield _cured(table, trial, both)
    yield _fused(table, trial, both)


def _cured(table: Table, trial: Trial, both: bool) -> Outcome:
    kept = []
    for key in table:
        if key[2] in ("trees_hard", "network_hard"):
            other = (*key[:2], key[2].replace("hard", "random"))
            hard, mended = (table[k].gain(trial.rng("cure", *k)).value for k in (key, other))
            kept.append((mended >= hard / 2, hard, mended))
    hard, mended = (float(np.mean([row[n] for row in kept])) for n in (1, 2))
    met = all(row[0] for row in kept)
    return Outcome(
        key="random",
        met=met if both else None,
        measured=f"mean change at the whole collection: hard {hard:+.3f}, random {mended:+.3f}",
    )


def _fused(table: Table, trial: Trial, both: bool) -> Outcome:
    spans = [
        paired(r.curve.fused[:, -1], r.curve.recall[:, -1], trial.rng("fusion", *k))
        for k, r in table.items()
        if k[2] in ("trees_hard", "network_hard")
    ]
    least = min(spans, key=lambda span: span.value)
    return Outcome(
        key="fusion",
        met=all(span.value >= 0.1 and span.low > 0 for span in spans) if both else None,
        measured=f"the least gain of fusing at the whole collection {least}",
    )


def chosen(table: Table, keys: Sequence[Key]) -> tuple[Key, int]:
    """The reranker and the depth with the best recall on the queries set apart for choosing."""
    ways = [(key, depth) for key in keys for depth in table[key].development.depths]

    def quality(way: tuple[Key, int]) -> float:
        curve = table[way[0]].development
        return float(curve.recall[:, curve.at(way[1])].mean())

    return max(ways, key=quality)


def alarms(curve: Curve) -> Any:
    """The mean false-alarm rate of each bin of first-stage ranks."""
    return np.nanmean(curve.alarms, axis=0)


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────


def measures(table: Table, trial: Trial) -> Iterator[Measure]:
    """Recall@10 of every pair at 50 and at all; phantoms and fusion behind BM25; the paper's labels."""
    labels = [result.curve.label() for result in table.values()]
    for label, ko, paper in (
        ("helps", "도움", ""),
        ("helps, but scaling hurts", "도움 뒤 하락", "44.4 % / 53.3 %"),
        ("hurts", "해로움", ""),
    ):
        yield Measure(
            key=f"label_{label.replace(', ', '_').replace(' ', '_')}",
            name=Words(en=f"share of pairs: {label}", ko=f"쌍의 비율: {ko}"),
            value=labels.count(label) / len(labels),
            paper=paper,
        )
    for key, result in table.items():
        collection, stage, _ = key
        if key[2] == "linear_hard":
            for name, values in (("recall@10", result.curve.alone), ("nDCG@10", result.curve.alone_ndcg)):
                tolerance = 0.15 if (collection, stage, name) == ("docstrings", "BM25", "recall@10") else None
                yield mean(values, trial.rng("alone", *key, name)).measure(
                    f"{collection}_{stage}_alone_{name}",
                    _name(key, f"{name}, first stage alone", f"{name}, 1단계만"),
                    tolerance=tolerance,
                )
        yield from _pair(key, result, trial)


def _pair(key: Key, result: Result, trial: Trial) -> Iterator[Measure]:
    curve, stem = result.curve, "_".join(key)
    name = RERANKERS[key[2]]
    shallow = curve.at(SHALLOW)
    rows = [
        ("50", "recall@10 at 50", "50개 재순위 recall@10", curve.recall[:, shallow]),
        ("ndcg_50", "nDCG@10 at 50", "50개 재순위 nDCG@10", curve.ndcg[:, shallow]),
        ("all", "recall@10 at all", "전체 재순위 recall@10", curve.recall[:, -1]),
    ]
    if key[1] == "BM25":
        rows += [
            ("fused_50", "recall@10 at 50, fused", "50개, 융합 recall@10", curve.fused[:, shallow]),
            ("fused_all", "recall@10 at all, fused", "전체, 융합 recall@10", curve.fused[:, -1]),
            (
                "phantoms",
                "phantoms in the first ten at all",
                "전체에서 상위 10개 중 유령",
                curve.phantoms[:, -1],
            ),
        ]
    for part, en, ko, values in rows:
        tolerance = (
            0.2 if (key[0], key[1], key[2], part) == ("docstrings", "BM25", "trees_hard", "all") else None
        )
        span = mean(values, trial.rng("pair", *key, part))
        yield span.measure(
            f"{stem}_{part}", _name(key, f"{name.en}: {en}", f"{name.ko}: {ko}"), tolerance=tolerance
        )


def _name(key: Key, en: str, ko: str) -> Words:
    place = COLLECTIONS[key[0]]
    return Words(en=f"{place.en}, {key[1]}: {en}", ko=f"{place.ko}, {key[1]}: {ko}")


def because(table: Table, trial: Trial) -> Words:
    """The verdict's reason, in numbers."""
    keys = [key for key in table if key[:2] == ("docstrings", "BM25")]
    key, depth = chosen(table, keys)
    best = table[key].gain(trial.rng("helps"), depth)
    hard, mended = (table["docstrings", "BM25", f"network_{kind}"].curve for kind in ("hard", "random"))
    alone, fallen, cured = hard.alone.mean(), hard.recall[:, -1].mean(), mended.recall[:, -1].mean()
    fused, ghosts = hard.fused[:, -1].mean(), hard.phantoms[:, -1].mean()
    hurt = sum(result.curve.recall[:, -1].mean() < result.curve.alone.mean() for result in table.values())
    en = (
        f"Behind BM25 ({alone:.3f}) the best reranker, {RERANKERS[key[2]].en} at depth {depth}, changes "
        f"recall@10 by {best.value:+.3f}. Over the whole collection the network with hard negatives falls to "
        f"{fallen:.3f}, {ghosts:.2f} of its first ten being phantoms; fused it gives {fused:.3f}, and with "
        f"random negatives {cured:.3f}. In {hurt} of {len(table)} pairs the deepest reranking is below the "
        "first stage. These rerankers are tiny and trained in domain."
    )
    ko = (
        f"BM25({alone:.3f}) 뒤에서 가장 나은 재순위({RERANKERS[key[2]].ko}, 깊이 {depth})는 recall@10을 "
        f"{best.value:+.3f} 바꿉니다. 전체 문서를 재순위하면 어려운 오답으로 배운 신경망은 {fallen:.3f}로 "
        f"떨어지고 상위 10개의 {ghosts:.2f}이 유령입니다. 융합하면 {fused:.3f}, 무작위 오답으로 배우면 "
        f"{cured:.3f}입니다. {len(table)}쌍 중 {hurt}쌍에서 가장 깊은 재순위가 1단계보다 낮습니다. "
        "이 재순위 모델들은 아주 작고 같은 영역에서 배웠습니다."
    )
    return Words(en=en, ko=ko)


def data(collections: Sequence[Collection], size: Size) -> Iterator[Words]:
    """The data that was read."""
    for collection in collections:
        count = len(collection.documents)
        if collection.name == "docstrings":
            libraries = ", ".join(size.libraries)
            yield Words(
                en=f"{count} docstrings of installed libraries ({libraries}): the summary must find the rest",
                ko=f"설치된 라이브러리({libraries})의 독스트링 {count}개: 요약으로 나머지를 찾는다",
            )
        else:
            yield Words(
                en=f"{count} arXiv records (CC0): the title must find the second half of the abstract",
                ko=f"arXiv 기록 {count}건 (CC0): 제목으로 초록의 뒤쪽 절반을 찾는다",
            )


def chart(table: Table, trial: Trial) -> Chart:
    """Recall against depth on each collection, the false-alarm curve, and phantoms."""
    panels = [_curves(table, name, trial) for name in COLLECTIONS if (name, "BM25", "trees_hard") in table]
    return Chart(
        says=Words(
            en="Recall falls as more documents are scored, unless the negatives were random.",
            ko="무작위 오답으로 배우지 않으면 더 많은 문서를 볼수록 재현율이 떨어집니다.",
        ),
        panels=(*panels, _alarm_curve(table), _phantom_curve(table)),
        columns=2,
    )


_DRAWN = ("linear_hard", "trees_hard", "network_hard", "network_mixed", "network_random", "trees_random")
_DEPTH = Words(en="documents scored", ko="재순위한 문서 수")


def _curves(table: Table, collection: str, trial: Trial) -> Plot:
    lines = []
    for name in _DRAWN:
        curve = table[collection, "BM25", name].curve
        spans = [
            mean(curve.recall[:, n], trial.rng("curve", collection, name, n))
            for n in range(len(curve.depths))
        ]
        lines.append(
            Series(
                name=RERANKERS[name],
                x=tuple(map(float, curve.depths)),
                y=tuple(span.value for span in spans),
                low=tuple(span.low for span in spans),
                high=tuple(span.high for span in spans),
            )
        )
    alone = float(table[collection, "BM25", "trees_hard"].curve.alone.mean())
    place = COLLECTIONS[collection]
    return Plot(
        title=Words(en=f"Recall@10 behind BM25: {place.en}", ko=f"BM25 뒤의 recall@10: {place.ko}"),
        x=_DEPTH,
        y=Words(en="recall@10", ko="recall@10"),
        series=tuple(lines),
        rules=(Rule(name=Words(en="BM25 alone", ko="BM25만"), y=alone),),
        log_x=True,
    )


def _alarm_curve(table: Table) -> Plot:
    curves = [(name, table["docstrings", "BM25", name].curve) for name in _DRAWN]
    return Plot(
        title=Words(en="False alarms by rank of the first stage", ko="1단계 순위별 오경보"),
        x=Words(en="rank, end of the bin", ko="순위(구간의 끝)"),
        y=Words(en="share above the relevant one", ko="정답보다 위에 오는 비율"),
        series=tuple(
            Series(name=RERANKERS[name], x=tuple(map(float, c.depths)), y=tuple(map(float, alarms(c))))
            for name, c in curves
        ),
        log_x=True,
    )


def _phantom_curve(table: Table) -> Plot:
    curves = [(name, table["docstrings", "BM25", name].curve) for name in _DRAWN]
    return Plot(
        title=Words(en="Phantoms in the first ten", ko="상위 10개 중 유령"),
        x=_DEPTH,
        y=Words(en="share", ko="비율"),
        series=tuple(
            Series(
                name=RERANKERS[name], x=tuple(map(float, c.depths)), y=tuple(map(float, c.phantoms.mean(0)))
            )
            for name, c in curves
        ),
        log_x=True,
    )
