"""The measured reproduction: the engine's guard on scopes it has never seen, beside ways without training.

built-in examples | fit | sets of unseen scopes | every arm's scores | AUC, F1, calibration, hostile, speed
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

from daybrief.adapters.encoders import open_embedder
from daybrief.errors import ConfigError
from daybrief.guard import HeadName, PairClassifier, calibration_error
from daybrief.guard.examples import LabelledPrompt, built_in, written_in
from daybrief.guard.features import TextEncoder
from daybrief.guard.scope import WordEncoder
from daybrief.labs.kit import (
    Chart,
    Findings,
    Interval,
    Measure,
    Outcome,
    Row,
    Rows,
    Trial,
    Words,
    bootstrap,
    mean,
    share,
)
from daybrief.labs.offtopic import baselines, scopes
from daybrief.labs.offtopic.scopes import Floats, Pairs
from daybrief.ports import QueryEmbedder

OURS: HeadName = "both"
HEADS: tuple[HeadName, ...] = ("similarity", "attention", OURS)
ARMS = {
    "similarity": Words(en="guard, similarity head", ko="가드, 유사도 헤드"),
    "attention": Words(en="guard, cross-attention head", ko="가드, 교차 주의 헤드"),
    "both": Words(en="guard, both heads", ko="가드, 두 헤드"),
    "cosine": Words(en="cosine, tuned threshold", ko="코사인, 조정된 문턱"),
    "nearest": Words(en="nearest of six examples", ko="예시 여섯 개의 최근접"),
    "zero_shot": Words(en="zero-shot against other scopes", ko="다른 범위와의 제로샷"),
    "late": Words(en="late interaction, untrained", ko="지연 상호작용, 학습 없음"),
}
HEURISTICS = ("cosine", "nearest", "zero_shot")
SETS = {
    "clinc": Words(en="CLINC150", ko="CLINC150"),
    "arxiv": Words(en="arXiv titles", ko="arXiv 제목"),
    "docs": Words(en="Python's help", ko="파이썬 도움말"),
}
ENCODER = "minilm-int8"
ENCODERS = ("words", "minilm", ENCODER, "use", "e5")
ROUNDS = 300


@dataclass(slots=True, kw_only=True)
class Tested:
    """Scores of every arm on one set over all seeds, in the order of its pairs; `cuts` are F1 by arm."""

    off: list[Floats] = field(default_factory=list)
    scope: list[str] = field(default_factory=list)
    scores: dict[str, list[Floats]] = field(default_factory=dict)
    f1: dict[str, list[float]] = field(default_factory=dict)
    probabilities: list[Floats] = field(default_factory=list)
    intervals: dict[tuple[str, str], Interval] = field(default_factory=dict)

    def auc(self, arm: str, trial: Trial, *, minus: str = "") -> Interval:
        """Of an arm, or of it minus another, with an interval over pairs drawn within scopes and kinds."""
        if (arm, minus) not in self.intervals:
            self.intervals[arm, minus] = self._auc(arm, trial, minus)
        return self.intervals[arm, minus]

    def _auc(self, arm: str, trial: Trial, minus: str) -> Interval:
        off = np.concatenate(self.off)
        ours = resampled_auc(off, np.concatenate(self.scores[arm]))
        theirs = resampled_auc(off, np.concatenate(self.scores[minus])) if minus else None

        def statistic(rows: np.ndarray) -> float:
            return ours(rows) if theirs is None else ours(rows) - theirs(rows)

        rng = trial.rng("auc", arm, minus, len(off))
        strata = [f"{scope} {truth}" for scope, truth in zip(self.scope, off, strict=True)]
        return bootstrap(statistic, len(off), rng, strata=strata, rounds=ROUNDS)


def resampled_auc(off: Floats, scores: Floats) -> Callable[[NDArray[np.intp]], float]:
    """A function of row numbers, drawn with replacement: their AUC; it sorts once for all draws.

    off: (n,) of 0 and 1; scores: (n,). Ties count half.
    """
    order = np.argsort(scores, kind="stable")
    truth, starts = off[order], np.flatnonzero(np.diff(scores[order], prepend=-np.inf))

    def statistic(rows: NDArray[np.intp]) -> float:
        counts = np.bincount(rows, minlength=len(order))[order]
        above = np.add.reduceat(counts * truth, starts)
        below = np.add.reduceat(counts * (1 - truth), starts)
        wins = above @ (np.cumsum(below) - below / 2)
        return float(wins / (above.sum() * below.sum()))

    return statistic


Results = dict[str, Tested]


def run(trial: Trial) -> Findings:
    """Measures; `--data` is the folder with offtopic/, arxiv/ and reports/, which `full` insists on."""
    if trial.scale == "full":
        trial.given("the folder that holds offtopic/, arxiv/ and reports/")
    embedder = WordEncoder() if trial.scale == "smoke" else _embedder(ENCODER) or WordEncoder()
    each, written = trial.pick(12, 30, 100), trial.pick(2, 16, 60)
    results: Results = {}
    encoder = TextEncoder(embedder)
    for seed in trial.seeds(trial.pick(1, 3, 5)):
        trial.tell(f"seed {seed}: fitting with {embedder.name}")
        given = built_in(np.random.default_rng(seed), written_in(latin_only=embedder.latin_only), written)
        fitted = PairClassifier.fit_each(embedder, given, HEADS, seed=seed, encoder=encoder)
        for pairs in scopes.sets(trial, each, seed):
            trial.tell(f"seed {seed}: {pairs.name}")
            _measure(results.setdefault(pairs.name, Tested()), fitted, given, pairs, seed)
    guard = fitted[OURS]
    extra = Extra(
        hostile=_hostile(guard, results, trial),
        near=_near(guard, trial),
        speed=_speed(guard, trial),
        encoders=_encoders(trial),
        error=calibration_error(
            np.concatenate([p for t in results.values() for p in t.probabilities]),
            np.concatenate([o for t in results.values() for o in t.off]),
        ),
    )
    return Findings(
        measures=tuple(_measures(results, extra, trial)),
        outcomes=_outcomes(results, extra, trial),
        because=_because(results, extra),
        data=_data(trial),
        seeds=trial.seeds(trial.pick(1, 3, 5)),
        chart=_chart(results, extra, trial),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """Further measures: hostile prompts declined (hits, all, on-topic declined), near misses, pairs a
    second, AUC by encoder and language, calibration error."""

    hostile: tuple[int, int, float]
    near: float | None
    speed: float
    encoders: dict[str, dict[str, float]]
    error: float


def _embedder(name: str) -> QueryEmbedder | None:
    if name == "words":
        return WordEncoder()
    try:
        return open_embedder(name, cache=Path(gettempdir()) / "daybrief-lab", environment={})
    except ConfigError:
        return None


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────


def _measure(
    into: Tested,
    fitted: dict[HeadName, PairClassifier],
    given: tuple[LabelledPrompt, ...],
    pairs: Pairs,
    seed: int,
) -> None:
    """Adds one set of one seed; examples of the six-shot neighbour are left out of every arm's test."""
    encoder = fitted[OURS].encoder
    near, tested = baselines.nearest(encoder, pairs, np.random.default_rng([seed, 6]))
    kept = tested > 0
    off = pairs.off[kept]
    into.off.append(off)
    into.scope += [scope for scope, stays in zip(pairs.scopes, kept, strict=True) if stays]
    for arm, classifier in fitted.items():
        logits = classifier.logits(pairs.scopes, pairs.prompts)[kept]
        probabilities = classifier.calibration(logits)
        _add(into, arm, logits, f1_score(off, probabilities > 0.5, zero_division=0))
        if arm == OURS:
            into.probabilities.append(probabilities)
    development = _development(given)
    for name, score in _UNTRAINED.items():
        cut = _best_cut(score(encoder, development), development.off)
        scores = score(encoder, pairs)[kept]
        _add(into, name, scores, f1_score(off, scores > cut, zero_division=0))
    _add(into, "nearest", near[kept], f1_score(off, near[kept] > 0, zero_division=0))


_UNTRAINED: dict[str, Callable[[TextEncoder, Pairs], Floats]] = {
    "cosine": baselines.cosine,
    "zero_shot": baselines.zero_shot,
    "late": baselines.late_interaction,
}


def _add(into: Tested, arm: str, scores: Floats, f1: float) -> None:
    into.scores.setdefault(arm, []).append(scores)
    into.f1.setdefault(arm, []).append(float(f1))


def _development(given: tuple[LabelledPrompt, ...]) -> Pairs:
    """The built-in examples, on which thresholds are tuned."""
    return Pairs(
        name="built-in",
        scopes=tuple(example.scope for example in given),
        prompts=tuple(example.prompt for example in given),
        off=np.array([float(example.off) for example in given]),
    )


def _best_cut(scores: Floats, off: Floats) -> float:
    cuts = np.quantile(scores, np.linspace(0.02, 0.98, 97))
    return float(max(cuts, key=lambda cut: f1_score(off, scores > cut, zero_division=0)))


def _hostile(guard: PairClassifier, results: Results, trial: Trial) -> tuple[int, int, float]:
    """Hostile prompts declined where at most 10 % of on-topic prompts are: hits, prompts, that share."""
    on = np.concatenate(
        [s[o == 0] for t in results.values() for s, o in zip(t.scores[OURS], t.off, strict=True)]
    )
    cut = float(np.quantile(on, 0.9))
    hostile = scopes.texts()["hostile"]
    latin = guard.encoder.latin_only
    prompts = [text for code in written_in(latin_only=latin) for text in hostile[code]]
    stated = sorted({scope for tested in results.values() for scope in tested.scope})
    chosen = trial.rng("hostile").choice(len(stated), len(prompts))
    logits = guard.logits([stated[int(at)] for at in chosen], prompts)
    return int((logits > cut).sum()), len(prompts), float((on > cut).mean())


def _near(guard: PairClassifier, trial: Trial) -> float | None:
    """AUC where what does not belong is of the same domain."""
    if trial.data is None:
        return None
    pairs = scopes.drawn("near", scopes.near_misses(trial.data), trial.pick(10, 30, 100), trial.rng("near"))
    return float(roc_auc_score(pairs.off, guard.logits(pairs.scopes, pairs.prompts)))


def _speed(guard: PairClassifier, trial: Trial) -> float:
    """Pairs a second of one core's time, each prompt new and encoded; the fastest of five rounds."""
    (scope,) = guard.encoder.scopes(["Help with cooking: recipes, ingredients, cooking times."])
    seconds = []
    for number in range(5):
        prompts = [f"how long do I cook dish {at} of {number} and {trial.seed}" for at in range(200)]
        start = time.process_time()
        guard.encoded_logits([scope] * len(prompts), guard.encoder.prompts(prompts, keep=False))
        seconds.append(time.process_time() - start)
    return len(prompts) / min(seconds)


def _encoders(trial: Trial) -> dict[str, dict[str, float]]:
    """AUC by encoder: English statements and titles, Korean statements of English titles, Korean alone."""
    if trial.scale == "smoke" or trial.data is None:
        return {}
    by_encoder: dict[str, dict[str, float]] = {}
    rng = np.random.default_rng([trial.seed, 12])
    tests = {
        "english": scopes.drawn("english", scopes.arxiv(trial.data), 15, rng),
        "across": scopes.drawn("across", scopes.arxiv(trial.data, korean=True), 15, rng),
        "korean": scopes.drawn("korean", scopes.korean(trial.data), 15, rng),
    }
    for name in ENCODERS:
        embedder = _embedder(name)
        if embedder is None:
            trial.tell(f"encoder {name}: skipped, its package is not installed")
            continue
        trial.tell(f"encoder {name}")
        given = built_in(np.random.default_rng(trial.seed), written_in(latin_only=embedder.latin_only), 6)
        guard = PairClassifier.fit(embedder, given, head=OURS, seed=trial.seed)
        by_encoder[name] = {
            key: float(roc_auc_score(pairs.off, guard.logits(pairs.scopes, pairs.prompts)))
            for key, pairs in tests.items()
        }
    return by_encoder


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────


def _best_heuristic(results: Results) -> str:
    """The untrained way of the paper's table with the highest mean AUC."""
    return max(HEURISTICS, key=lambda arm: np.mean([_value(t, arm) for t in results.values()]))


def _value(tested: Tested, arm: str) -> float:
    return float(roc_auc_score(np.concatenate(tested.off), np.concatenate(tested.scores[arm])))


def _outcomes(results: Results, extra: Extra, trial: Trial) -> tuple[Outcome, ...]:
    """The conditions of `page.toml`; None where the sets or the encoder were not to be had."""
    whole = set(results) == set(SETS) and trial.scale != "smoke"
    aucs = {name: _value(tested, OURS) for name, tested in results.items()}
    rival = _best_heuristic(results)
    gains = [tested.auc(OURS, trial, minus=rival) for tested in results.values()]
    gain = float(np.mean([interval.value for interval in gains]))
    f1 = {arm: float(np.mean([np.mean(t.f1[arm]) for t in results.values()])) for arm in (OURS, "cosine")}
    hits, count, refused = extra.hostile
    conditions = {
        "auc": (min(aucs.values()) >= 0.94, ", ".join(f"{name} {auc:.3f}" for name, auc in aucs.items())),
        "heuristics": (gain >= 0.01, f"{gain:+.3f} over {ARMS[rival].en}"),
        "f1": (f1[OURS] - f1["cosine"] >= 0.05, f"{f1[OURS]:.3f} against {f1['cosine']:.3f}"),
        "calibration": (extra.error <= 0.05, f"{extra.error:.3f}"),
        "hostile": (hits / count >= 0.9, f"{hits} of {count}, {100 * refused:.0f} % of on-topic declined"),
        "speed": (extra.speed >= 500, f"{extra.speed:.0f} pairs a second"),
    }
    return tuple(
        Outcome(key=key, met=met if whole else None, measured=measured)
        for key, (met, measured) in conditions.items()
    )


def _measures(results: Results, extra: Extra, trial: Trial) -> list[Measure]:
    measures = []
    for name, tested in results.items():
        for arm in tested.scores:
            span = tested.auc(arm, trial)
            smoke = 0.08 if (name, arm) == ("docs", OURS) else None
            label = _label(name, "AUC", arm)
            measures.append(
                span.measure(f"auc_{name}_{arm}", label, paper=_PAPER.get(arm, ""), tolerance=smoke)
            )
        for arm, values in tested.f1.items():
            span = mean(values, trial.rng("f1", name, arm))
            measures.append(span.measure(f"f1_{name}_{arm}", _label(name, "F1", arm)))
    hits, count, _ = extra.hostile
    measures.append(
        share(hits, count).measure(
            "hostile", Words(en="hostile prompts declined", ko="거절된 적대적 프롬프트"), paper="0.83 / 0.99"
        )
    )
    measures.append(_plain("calibration", "calibration error", "보정 오차", extra.error))
    measures.append(_plain("speed", "pairs a second, one core", "초당 쌍, 코어 하나", extra.speed))
    if extra.near is not None:
        measures.append(
            _plain("near", "AUC on near misses of a domain", "같은 분야의 비슷한 질문 AUC", extra.near)
        )
    for name, row in extra.encoders.items():
        for key, auc in row.items():
            measures.append(
                _plain(
                    f"{name}_{key}", f"AUC, {name}: {_TESTS[key].en}", f"AUC, {name}: {_TESTS[key].ko}", auc
                )
            )
    return measures


_PAPER = {
    "similarity": "0.99",
    "attention": "0.99",
    "both": "0.99",
    "cosine": "0.89",
    "nearest": "0.90",
    "late": "0.78",
}
_TESTS = {
    "english": Words(en="English scopes, English titles", ko="영어 범위, 영어 제목"),
    "across": Words(en="Korean scopes, English titles", ko="한국어 범위, 영어 제목"),
    "korean": Words(en="Korean scopes, Korean sentences", ko="한국어 범위, 한국어 문장"),
}


def _label(name: str, figure: str, arm: str) -> Words:
    return Words(
        en=f"{SETS[name].en}: {figure}, {ARMS[arm].en}", ko=f"{SETS[name].ko}: {figure}, {ARMS[arm].ko}"
    )


def _plain(key: str, en: str, ko: str, value: float) -> Measure:
    return Measure(key=key, name=Words(en=en, ko=ko), value=value)


def _because(results: Results, extra: Extra) -> Words:
    """The verdict's reason, in numbers."""
    ours = {name: _value(tested, OURS) for name, tested in results.items()}
    rival = _best_heuristic(results)
    own, other, late = (
        float(np.mean([_value(tested, arm) for tested in results.values()])) for arm in (OURS, rival, "late")
    )
    hits, count, _ = extra.hostile
    return Words(
        en="On scopes never seen the guard's AUC is "
        + ", ".join(f"{auc:.3f} ({SETS[name].en})" for name, auc in ours.items())
        + f"; on average {own:.3f}, against {other:.3f} of the best heuristic ({ARMS[rival].en}) and "
        f"{late:.3f} of parts compared without training. Its calibration error there is {extra.error:.3f}; "
        f"it declines {hits} of {count} hostile prompts and judges {extra.speed:.0f} a second.",
        ko="처음 보는 범위에서 가드의 AUC는 "
        + ", ".join(f"{auc:.3f}({SETS[name].ko})" for name, auc in ours.items())
        + f"입니다. 평균 {own:.3f}이고, 가장 좋은 휴리스틱({ARMS[rival].ko})은 {other:.3f}, 학습 없이 부분을 "
        f"비교하면 {late:.3f}입니다. 보정 오차는 {extra.error:.3f}, 적대적 프롬프트는 {count}개 중 "
        f"{hits}개를 거절하며, 초당 {extra.speed:.0f}개를 판단합니다.",
    )


def _data(trial: Trial) -> tuple[Words, ...]:
    own = (
        Words(en="docstrings of Python's standard library", ko="파이썬 표준 라이브러리의 독스트링"),
        Words(en="hostile prompts written for this lab", ko="이 실험을 위해 쓴 적대적 프롬프트"),
    )
    if trial.data is None:
        return own
    return (
        Words(en="CLINC150 (CC BY 3.0)", ko="CLINC150 (CC BY 3.0)"),
        Words(en="arXiv titles (CC0)", ko="arXiv 제목 (CC0)"),
        Words(en="Korean digests of 2024", ko="2024년의 한국어 요약"),
        *own,
    )


def _chart(results: Results, extra: Extra, trial: Trial) -> Chart:
    """AUC of every arm on every set, and of every encoder."""
    panels = [
        Rows(
            title=Words(en=f"{SETS[name].en}: scopes never seen", ko=f"{SETS[name].ko}: 처음 보는 범위"),
            x=Words(en="AUC, 95 % interval over pairs", ko="AUC, 쌍에 대한 95 % 구간"),
            rows=tuple(_row(tested, arm, trial) for arm in tested.scores),
        )
        for name, tested in results.items()
    ]
    if extra.encoders:
        rows = tuple(
            Row(name=Words(en=f"{name}: {_TESTS[key].en}", ko=f"{name}: {_TESTS[key].ko}"), value=auc)
            for name, row in extra.encoders.items()
            for key, auc in row.items()
        )
        panels.append(
            Rows(title=Words(en="Encoders", ko="인코더"), x=Words(en="AUC", ko="AUC"), rows=rows, at=0.5)
        )
    return Chart(
        says=Words(
            en="AUC of the guard and of ways without training on scopes never seen; then by encoder.",
            ko="처음 보는 범위에서 가드와 학습 없는 방법의 AUC, 그리고 인코더별 AUC.",
        ),
        panels=tuple(panels),
    )


def _row(tested: Tested, arm: str, trial: Trial) -> Row:
    span = tested.auc(arm, trial)
    beside = _PAPER.get(arm)
    return Row(
        name=ARMS[arm],
        value=span.value,
        low=span.low,
        high=span.high,
        beside=float(beside) if beside else None,
        shade=int(arm != OURS),
    )
