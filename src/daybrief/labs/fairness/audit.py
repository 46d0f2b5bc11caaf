"""Each criterion between groups: difference and ratio with interval and test, and for many groups one number.

Intervals follow the paper and its software: samples drawn with replacement within each group, a
Wald interval from their standard deviation, on the logarithmic scale for a ratio. An interval that excludes
no difference is evidence of a violation; the converse proves nothing, so no verdict ever says "fair". Tests
permute groups within the variable a family conditions on: all rows for independence (D ⟂ A), rows of equal Y
for separation (D ⟂ A | Y), rows of equal D for sufficiency (Y ⟂ A | D).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from daybrief.errors import LabError
from daybrief.labs.fairness.definitions import (
    BY_KEY,
    CRITERIA,
    EQUALISED_ODDS,
    Criterion,
    Family,
    features,
    sums,
)
from daybrief.labs.fairness.population import Floats, Ints, Population
from daybrief.labs.kit.intervals import Interval

Verdict = Literal["violated", "no evidence", "too few"]
ROUNDS = 2500  # as in the paper
LEAST_CASES = 10  # fewer rows than this below a quotient, and no verdict is given
_CHUNK = 20_000_000  # numbers held at once while resampling


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A criterion of `group` against `reference`: value of each, difference, ratio (None where undefined).

    `p` tests no difference (Wald), `p_holm` is corrected for all comparisons of the audit.
    """

    criterion: Criterion
    group: str
    reference: str
    values: tuple[float, float]
    difference: Interval | None
    ratio: Interval | None
    p: float
    p_holm: float
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class EqualisedOdds:
    """False negatives and false positives at once: each interval at half the error (Bonferroni)."""

    group: str
    reference: str
    opportunity: Interval
    predictive_equality: Interval
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispersion:
    """How far all groups lie apart on one criterion, in six summaries; a permutation tests `difference`."""

    criterion: Criterion
    difference: float
    ratio: float
    deviation: float
    mean_deviation: float
    variance: float
    entropy: float
    p: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """A group's observed rate against its mean score in each bin of the score; `p` tests that they agree."""

    group: str
    score: tuple[float, ...]
    observed: tuple[float, ...]
    count: tuple[int, ...]
    error: float
    p: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """All group criteria of one population."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    prevalence: tuple[float, ...]
    comparisons: tuple[Comparison, ...]
    odds: tuple[EqualisedOdds, ...]
    dispersions: tuple[Dispersion, ...]
    calibrations: tuple[Calibration, ...]

    def comparison(self, key: str) -> Comparison:
        """The first comparison on a criterion."""
        return next(comparison for comparison in self.comparisons if comparison.criterion.key == key)


def audit(
    people: Population,
    rng: np.random.Generator,
    *,
    reference: str = "",
    rounds: int = ROUNDS,
    level: float = 0.95,
    permutations: int = 500,
) -> Audit:
    """Compare every group with `reference` (default: the largest) on every criterion.

    Raises LabError for a reference that is no group. Time grows with rows × rounds.
    """
    base = _reference(people, reference)
    drawn = resampled(people, rng, rounds)
    plain = sums(people)
    others = [g for g in range(len(people.names)) if g != base]
    raw = [_compare(c, people.names, plain, drawn, g, base, level) for g in others for c in CRITERIA]
    return Audit(
        names=people.names,
        sizes=tuple(int(n) for n in plain[:, 0]),
        prevalence=tuple(float(p) for p in people.prevalence()),
        comparisons=_corrected(raw),
        odds=tuple(_odds(people.names, plain, drawn, g, base, level) for g in others),
        dispersions=tuple(dispersion(people, c, rng, permutations) for c in CRITERIA)
        if len(others) > 1
        else (),
        calibrations=tuple(calibration(people, g) for g in range(len(people.names))),
    )


def _reference(people: Population, name: str) -> int:
    if not name:
        return int(np.bincount(people.group, minlength=len(people.names)).argmax())
    if name not in people.names:
        raise LabError(f"the reference {name!r} is no group", hint=f"one of {', '.join(people.names)}")
    return people.names.index(name)


def resampled(people: Population, rng: np.random.Generator, rounds: int) -> Floats:
    """The seven sums of each group in each sample, shape (groups, rounds, 7); groups keep their size."""
    rows = features(people)
    out = np.empty((len(people.names), rounds, rows.shape[1]))
    for g in range(len(people.names)):
        own = rows[people.group == g]
        step = max(1, _CHUNK // max(1, len(own)))
        for start in range(0, rounds, step):
            count = min(step, rounds - start)
            out[g, start : start + count] = _weights(len(own), count, rng) @ own
    return out


def _weights(size: int, rounds: int, rng: np.random.Generator) -> Floats:
    """How often each of `size` rows is drawn in each sample, shape (rounds, size)."""
    drawn = rng.integers(0, size, (rounds, size)) + np.arange(rounds)[:, None] * size
    return np.bincount(drawn.ravel(), minlength=rounds * size).reshape(rounds, size).astype(np.float64)


# ── two groups ──────────────────────────────────────────────────────────────────────────────────────


def _compare(
    criterion: Criterion, names: Sequence[str], plain: Floats, drawn: Floats, g: int, base: int, level: float
) -> Comparison:
    values = criterion.quantity(plain[[g, base]])
    boot = criterion.quantity(drawn[g]), criterion.quantity(drawn[base])
    count = int(criterion.cases(plain[[g, base]]).sum())
    difference = wald(values[0] - values[1], boot[0] - boot[1], count, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(boot[0] / boot[1])
        ratio = _exponential(wald(np.log(values[0] / values[1]), logs, count, level))
    few = criterion.cases(plain[[g, base]]).min() < LEAST_CASES
    p = 1.0 if difference is None or difference.p is None else difference.p
    return Comparison(
        criterion=criterion,
        group=names[g],
        reference=names[base],
        values=(float(values[0]), float(values[1])),
        difference=difference,
        ratio=ratio,
        p=p,
        p_holm=p,
        verdict=_verdict([difference], few=bool(few)),
    )


def wald(value: float, drawn: Floats, count: int, level: float) -> Interval | None:
    """Estimate ± z times the standard deviation of the samples; None where half of them are undefined."""
    finite = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or 2 * len(finite) <= len(drawn):
        return None
    spread = float(finite.std(ddof=1))
    half = NormalDist().inv_cdf((1 + level) / 2) * spread
    p = 2 * (1 - NormalDist().cdf(abs(value) / spread)) if spread > 0 else float(value == 0)
    return Interval(value=float(value), low=float(value - half), high=float(value + half), count=count, p=p)


def _exponential(logged: Interval | None) -> Interval | None:
    if logged is None:
        return None
    value, low, high = (float(np.exp(v)) for v in (logged.value, logged.low, logged.high))
    return Interval(value=value, low=low, high=high, count=logged.count, p=logged.p)


def _verdict(intervals: Sequence[Interval | None], *, few: bool) -> Verdict:
    if few or any(interval is None for interval in intervals):
        return "too few"
    return "violated" if any(interval and interval.excludes_zero for interval in intervals) else "no evidence"


def _corrected(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Holm's step-down correction over all comparisons."""
    order = np.argsort([c.p for c in comparisons], kind="stable")
    corrected, running = list(comparisons), 0.0
    for place, at in enumerate(order):
        running = max(running, min(1.0, (len(comparisons) - place) * comparisons[at].p))
        corrected[at] = replace(comparisons[at], p_holm=running)
    return tuple(corrected)


def _odds(
    names: Sequence[str], plain: Floats, drawn: Floats, g: int, base: int, level: float
) -> EqualisedOdds:
    narrow = 1 - (1 - level) / 2
    first, second = (_compare(BY_KEY[key], names, plain, drawn, g, base, narrow) for key in EQUALISED_ODDS)
    nothing = Interval(value=0.0, low=-1.0, high=1.0, count=0)
    few = "too few" in (first.verdict, second.verdict)
    return EqualisedOdds(
        group=names[g],
        reference=names[base],
        opportunity=first.difference or nothing,
        predictive_equality=second.difference or nothing,
        verdict=_verdict([first.difference, second.difference], few=few),
    )


# ── many groups ─────────────────────────────────────────────────────────────────────────────────────


def dispersion(
    people: Population, criterion: Criterion, rng: np.random.Generator, permutations: int
) -> Dispersion:
    """Six summaries of one criterion over all groups, as the paper lists them for more than two groups."""
    values = criterion.quantity(sums(people))
    finite = values[np.isfinite(values)]
    if len(finite) < 2:
        nothing = float("nan")
        return Dispersion(
            criterion=criterion, difference=nothing, ratio=nothing, deviation=nothing, mean_deviation=nothing,
            variance=nothing, entropy=nothing, p=1.0,
        )  # fmt: skip
    centre, low, high = float(finite.mean()), float(finite.min()), float(finite.max())
    return Dispersion(
        criterion=criterion,
        difference=high - low,
        ratio=high / low if low > 0 else float("inf"),
        deviation=float(np.abs(finite - centre).max()),
        mean_deviation=float(np.abs(finite - centre).mean()),
        variance=float(finite.var()),
        entropy=generalised_entropy(finite),
        p=permutation(people, criterion, rng, permutations),
    )


def generalised_entropy(values: Floats, alpha: float = 2.0) -> float:
    """1/(K α(α−1)) Σ[(m/m̄)^α − 1]: 0 when all K values agree; NaN where their mean is 0."""
    centre = values.mean()
    if centre == 0:
        return float("nan")
    return float(((values / centre) ** alpha - 1).sum() / (len(values) * alpha * (alpha - 1)))


def permutation(people: Population, criterion: Criterion, rng: np.random.Generator, rounds: int) -> float:
    """p of the largest difference between groups when groups mean nothing within the family's strata."""
    strata = _strata(people, criterion.family)
    observed = _range(criterion.quantity(sums(people)))
    rows, group = features(people), people.group.copy()
    at_least = 0
    for _ in range(rounds):
        for members in strata:
            group[members] = rng.permutation(group[members])
        shuffled = np.array([rows[group == g].sum(axis=0) for g in range(len(people.names))])
        at_least += _range(criterion.quantity(shuffled)) >= observed - 1e-12
    return (at_least + 1) / (rounds + 1)


def _strata(people: Population, family: Family) -> list[Ints]:
    condition = {"separation": people.outcome, "sufficiency": people.decision}.get(family)
    if condition is None:
        return [np.arange(len(people))]
    return [np.flatnonzero(condition), np.flatnonzero(~condition)]


def _range(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max() - finite.min()) if len(finite) > 1 else 0.0


# ── calibration, strata ─────────────────────────────────────────────────────────────────────────────


def calibration(people: Population, group: int, *, bins: int = 10) -> Calibration:
    """Score against outcome in bins of equal size; the test is Hosmer and Lemeshow's with known scores.

    `error` is the mean absolute gap, weighted by rows (expected calibration error).
    """
    rows = people.rows_of(group)
    parts = [
        part
        for part in np.array_split(rows[np.argsort(people.score[rows], kind="stable")], bins)
        if len(part)
    ]
    score = np.array([people.score[part].mean() for part in parts])
    observed = np.array([people.outcome[part].mean() for part in parts])
    count = np.array([len(part) for part in parts])
    spread = np.array([(people.score[p] * (1 - people.score[p])).sum() for p in parts])
    usable = spread > 0
    statistic = float((((observed - score) * count)[usable] ** 2 / spread[usable]).sum())
    return Calibration(
        group=people.names[group],
        score=tuple(score.tolist()),
        observed=tuple(observed.tolist()),
        count=tuple(count.tolist()),
        error=float(np.average(np.abs(observed - score), weights=count)),
        p=float(chi2.sf(statistic, int(usable.sum()))) if usable.any() else 1.0,
    )


def within(
    people: Population,
    stratum: ArrayLike,
    rng: np.random.Generator,
    *,
    key: str = "parity",
    rounds: int = ROUNDS,
) -> dict[str, tuple[Comparison, ...]]:
    """A criterion within each stratum (conditional statistical parity), intervals widened for their number.

    A stratum where a group has fewer than 10 rows is left out; raises LabError when none is left.
    """
    labels: NDArray[np.str_] = np.asarray(stratum).astype(str)
    if len(labels) != len(people):
        raise LabError(f"{len(labels)} strata for {len(people)} rows")
    whole = [str(name) for name in np.unique(labels) if _full(people.take(labels == name))]
    if not whole:
        raise LabError("no stratum holds 10 rows of every group", hint="use fewer, wider strata")
    level = 1 - 0.05 / len(whole)
    base = _reference(people, "")
    comparisons = {}
    for name in whole:
        part = people.take(labels == name)
        drawn, plain = resampled(part, rng, rounds), sums(part)
        others = [g for g in range(len(people.names)) if g != base]
        comparisons[name] = tuple(
            _compare(BY_KEY[key], people.names, plain, drawn, g, base, level) for g in others
        )
    return comparisons


def _full(people: Population) -> bool:
    return bool(np.bincount(people.group, minlength=len(people.names)).min() >= LEAST_CASES)
