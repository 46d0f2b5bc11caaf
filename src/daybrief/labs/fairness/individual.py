"""Fairness of persons: like cases are treated alike, and each as if in another group.

Similarity. |f(x) − f(x')| ≤ L · d(x, x') for all pairs (Dwork et al. 2012); consistency compares a score with
those of its k nearest neighbours (Zemel et al. 2013). Features are standardised, d is Euclidean.

Counterfactual. The law of the prediction, given what is known of a person, is the same when the group is set
to another value in a structural causal model (Kusner et al. 2017). Here the model is linear and additive:
each feature is a linear function of its causes plus the person's own residual, which stays.
Path-specific fairness lets the group act through some features, which then keep their observed values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from daybrief.errors import LabError
from daybrief.labs.fairness.population import Floats, Ints
from daybrief.labs.kit.intervals import Interval, mean, share

_MOST_PAIRS = 400_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Similarity:
    """How alike like cases are treated.

    `steepness` holds quantiles (0.5, 0.9, 0.99, 1) of |f − f'| / d over pairs; `violations` is the share of
    pairs above the bound `lipschitz`; `twins` is the largest difference of scores at distance 0.
    """

    steepness: tuple[float, float, float, float]
    lipschitz: float
    violations: Interval
    consistency: Interval
    twins: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Counterfactual:
    """The changes for a person of another group: mean |change of score|, share of decisions that flip."""

    change: Interval
    flips: Interval
    direction: Interval


def similarity(
    features: ArrayLike,
    score: ArrayLike,
    rng: np.random.Generator,
    *,
    lipschitz: float = 1.0,
    neighbours: int = 5,
) -> Similarity:
    """Compare scores of like cases: features (n, k), score (n,).

    Takes all pairs, or 400,000 drawn at random where there are more. Raises LabError for features that are
    missing or all constant, and for fewer rows than neighbours need.
    """
    x, f = standardised(features), np.asarray(score, dtype=np.float64)
    if len(x) != len(f) or len(f) <= neighbours:
        raise LabError(
            f"{len(x)} rows of features, {len(f)} scores, {neighbours} neighbours", hint="give more rows"
        )
    first, second = _pairs(len(f), rng)
    distance = np.linalg.norm(x[first] - x[second], axis=1)
    gap = np.abs(f[first] - f[second])
    apart = distance > 1e-9
    steep = gap[apart] / distance[apart]
    _, near = cKDTree(x).query(x, k=neighbours + 1)
    around = np.array([f[[n for n in row if n != at][:neighbours]].mean() for at, row in enumerate(near)])
    above = int((gap > lipschitz * distance + 1e-12).sum())
    return Similarity(
        steepness=tuple(float(q) for q in np.quantile(steep, [0.5, 0.9, 0.99, 1.0])),  # type: ignore[arg-type]
        lipschitz=lipschitz,
        violations=share(above, len(gap)),
        consistency=mean(1 - np.abs(f - around), rng),
        twins=float(gap[~apart].max()) if (~apart).any() else 0.0,
    )


def standardised(features: ArrayLike) -> Floats:
    """Columns with mean 0 and deviation 1; constant ones are left out."""
    x = np.asarray(features, dtype=np.float64)
    if x.ndim != 2 or not np.isfinite(x).all():
        raise LabError(
            "features are missing or no numbers", hint="fill or drop the rows, and encode categories"
        )
    spread = x.std(axis=0)
    if not (spread > 0).any():
        raise LabError("every feature is constant", hint="name features that differ between rows")
    return np.asarray((x - x.mean(axis=0))[:, spread > 0] / spread[spread > 0])


def _pairs(count: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    if count * (count - 1) // 2 <= _MOST_PAIRS:
        first, second = np.triu_indices(count, 1)
        return first, second
    first = rng.integers(0, count, _MOST_PAIRS)
    second = (first + rng.integers(1, count, _MOST_PAIRS)) % count
    return first, second


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CausalModel:
    """A linear additive structural model over named columns; `weights` holds [intercept, causes…] of each."""

    columns: tuple[str, ...]
    causes: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, Floats]

    def setting(self, table: Floats, column: str, value: float, *, kept: Sequence[str] = ()) -> Floats:
        """The table (n, columns) had `column` been `value`: residuals stay, effects flow in causal order.

        kept: columns through which the effect is allowed, and which therefore keep what was observed.
        """
        residual = {name: self._residual(table, name) for name in self.columns}
        changed = table.copy()
        changed[:, self.columns.index(column)] = value
        for name in self.columns:
            if name != column and name not in kept and self.causes.get(name):
                changed[:, self.columns.index(name)] = self._expected(changed, name) + residual[name]
        return changed

    def _residual(self, table: Floats, name: str) -> Floats:
        return np.asarray(table[:, self.columns.index(name)] - self._expected(table, name))

    def _expected(self, table: Floats, name: str) -> Floats:
        causes = [self.columns.index(cause) for cause in self.causes.get(name, ())]
        return np.asarray(_design(table[:, causes]) @ self.weights[name])


def causal_model(
    table: ArrayLike, columns: Sequence[str], causes: Mapping[str, Sequence[str]]
) -> CausalModel:
    """Fit every column on its causes by least squares; `columns` stand in causal order.

    Raises LabError when a cause stands behind its effect or is no column.
    """
    rows = np.asarray(table, dtype=np.float64)
    for name, parents in causes.items():
        for cause in parents:
            if cause not in columns or name not in columns or columns.index(cause) >= columns.index(name):
                raise LabError(
                    f"{cause!r} cannot cause {name!r} in the order {', '.join(columns)}",
                    hint="list columns in causal order, causes first",
                )
    weights = {}
    for at, name in enumerate(columns):
        design = _design(rows[:, [columns.index(cause) for cause in causes.get(name, ())]])
        weights[name] = np.linalg.lstsq(design, rows[:, at], rcond=None)[0].astype(np.float64)
    return CausalModel(
        columns=tuple(columns),
        causes={name: tuple(parents) for name, parents in causes.items()},
        weights=weights,
    )


def _design(columns: Floats) -> Floats:
    return np.column_stack([np.ones(len(columns)), columns])


def counterfactual(
    model: CausalModel,
    table: ArrayLike,
    predict: Callable[[Floats], Floats],
    rng: np.random.Generator,
    *,
    column: str,
    values: tuple[float, float] = (0.0, 1.0),
    threshold: float = 0.5,
    kept: Sequence[str] = (),
) -> Counterfactual:
    """Score every row as it is and as it would be in the other group.

    predict: (n, columns) -> (n,) scores. `direction` is the mean change when the group goes from the first
    of `values` to the second, for all rows alike.
    """
    rows = np.asarray(table, dtype=np.float64)
    low = predict(model.setting(rows, column, values[0], kept=kept))
    high = predict(model.setting(rows, column, values[1], kept=kept))
    is_high = rows[:, model.columns.index(column)] == values[1]
    own, other = np.where(is_high, high, low), np.where(is_high, low, high)
    flipped = int(((own >= threshold) != (other >= threshold)).sum())
    return Counterfactual(
        change=mean(np.abs(own - other), rng),
        flips=share(flipped, len(rows)),
        direction=mean(high - low, rng),
    )
