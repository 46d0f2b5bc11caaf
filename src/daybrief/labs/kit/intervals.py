"""Numbers with their uncertainty: bootstrap means, paired differences, shares and statistics of any kind.

All intervals are 95 % unless told otherwise; all randomness comes from the generator given.
Sources: Efron and Tibshirani, An Introduction to the Bootstrap (percentile intervals, chapter 13);
Wilson 1927 for a share.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daybrief.cards import Measure, Words
from daybrief.errors import LabError
from daybrief.model import Value

Floats = NDArray[np.float64]
LEVEL = 0.95
ROUNDS = 2000


class Interval(Value, frozen=True, kw_only=True):
    """An estimate `value` with its interval [`low`, `high`] from `count` observations.

    `p` is the two-sided bootstrap probability that the truth is 0; None where it was not asked.
    """

    value: float
    low: float
    high: float
    count: int
    p: float | None = None

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside of the interval."""
        return self.low > 0 or self.high < 0

    def measure(
        self, key: str, name: Words, *, unit: str = "", paper: str = "", tolerance: float | None = None
    ) -> Measure:
        """This estimate as an entry of a card."""
        return Measure(
            key=key,
            name=name,
            value=0.0 if abs(self.value) < 1e-12 else self.value,  # a rounding error is no figure
            low=self.low,
            high=self.high,
            unit=unit,
            paper=paper,
            tolerance=tolerance,
        )


def mean(
    values: ArrayLike, rng: np.random.Generator, *, rounds: int = ROUNDS, level: float = LEVEL
) -> Interval:
    """The mean of independent values, shape (n,), with its percentile bootstrap interval."""
    observed = _vector(values)
    drawn = rng.integers(0, len(observed), (rounds, len(observed)))
    return _interval(float(observed.mean()), observed[drawn].mean(axis=1), len(observed), level)


def paired(
    ours: ArrayLike,
    theirs: ArrayLike,
    rng: np.random.Generator,
    *,
    rounds: int = ROUNDS,
    level: float = LEVEL,
) -> Interval:
    """The mean of `ours` minus `theirs`, measured on the same cases in the same order, shape (n,) each.

    Cases are resampled together, so what makes a case hard for both does not widen the interval.
    """
    first, second = _vector(ours), _vector(theirs)
    if first.shape != second.shape:
        raise LabError(f"{len(first)} values cannot be paired with {len(second)}")
    return mean(first - second, rng, rounds=rounds, level=level)


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float],
    count: int,
    rng: np.random.Generator,
    *,
    strata: ArrayLike | None = None,
    rounds: int = ROUNDS,
    level: float = LEVEL,
) -> Interval:
    """Any statistic of `count` rows: `statistic(rows)` is called with row numbers drawn with replacement.

    strata: shape (count,); rows are drawn within each stratum, which keeps its size.
    Rounds in which the statistic is not finite are left out; raises LabError when they are half or more.
    """
    groups = [np.arange(count)] if strata is None else _members(np.asarray(strata))
    drawn = np.empty(rounds)
    for at in range(rounds):
        rows = np.concatenate([rng.choice(group, len(group)) for group in groups])
        drawn[at] = statistic(rows)
    finite = drawn[np.isfinite(drawn)]
    if 2 * len(finite) <= rounds:
        raise LabError(f"the statistic is undefined in {rounds - len(finite)} of {rounds} bootstrap samples")
    return _interval(statistic(np.arange(count)), finite, count, level)


def share(hits: float, count: int, *, level: float = LEVEL) -> Interval:
    """A share of `count` independent trials with Wilson's interval.

    `hits` may also be the sum of `count` values within [0, 1]: then the interval is never too narrow, since
    no such values vary more than hits and misses of the same mean.
    """
    if not 0 <= hits <= count or count == 0:
        raise LabError(f"{hits} of {count} is no share")
    z = _normal_quantile((1 + level) / 2)
    rate = hits / count
    centre = (rate + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return Interval(value=rate, low=max(0.0, centre - half), high=min(1.0, centre + half), count=count)


def _members(strata: NDArray[np.generic]) -> list[NDArray[np.intp]]:
    return [np.flatnonzero(strata == name) for name in np.unique(strata)]


def _interval(value: float, drawn: Floats, count: int, level: float) -> Interval:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    below = (np.sum(drawn <= 0) + 1) / (len(drawn) + 1)
    above = (np.sum(drawn >= 0) + 1) / (len(drawn) + 1)
    return Interval(
        value=value, low=float(low), high=float(high), count=count, p=float(min(1.0, 2 * min(below, above)))
    )


def _vector(values: ArrayLike) -> Floats:
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or len(vector) == 0:
        raise LabError(f"an interval needs a row of values, not the shape {vector.shape}")
    if not np.isfinite(vector).all():
        raise LabError(f"{int((~np.isfinite(vector)).sum())} of {len(vector)} values are not finite")
    return vector


def _normal_quantile(probability: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean, least and greatest of a few runs: a band for a picture that promises no more."""
    row = _vector(values)
    return float(row.mean()), float(row.min()), float(row.max())
