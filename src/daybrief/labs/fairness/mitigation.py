"""Mitigations of a gap: before training, in it, and after it. Each has a price.

    before   reweighing (Kamiran and Calders 2012): rows weigh as if label and group were independent
             decorrelation: features without what the group predicts linearly of them
    in       a logistic regression that pays for the gap of its mean score (as Zafar et al. 2017)
    after    a threshold for each group (Hardt et al. 2016, derived predictors)
             equalised odds: decisions are overruled with fixed probabilities (the same, linear program)

None of them is free: `price` states the change of accuracy, of ranking and of every gap, with intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog, minimize
from scipy.special import expit

from daybrief.errors import LabError
from daybrief.labs.fairness.definitions import BY_KEY, sums
from daybrief.labs.fairness.population import Bools, Floats, Ints, Population
from daybrief.labs.kit.intervals import Interval, bootstrap, paired

Target = Literal["parity", "opportunity", "predictive_equality"]


# ── before training ─────────────────────────────────────────────────────────────────────────────────


def reweigh(outcome: Bools, group: Ints) -> Floats:
    """Weights (n,) that make outcome and group independent: P(A) P(Y) / P(A, Y)."""
    weights = np.empty(len(outcome))
    for g in np.unique(group):
        for y in (False, True):
            cell = (group == g) & (outcome == y)
            if not cell.any():
                raise LabError(f"no row of group {g} has the label {int(y)}", hint="merge or drop that group")
            weights[cell] = (group == g).mean() * (outcome == y).mean() / cell.mean()
    return weights


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Decorrelation:
    """Removes from features what the group predicts of them: `means` (groups, k) minus their overall mean."""

    means: Floats
    overall: Floats

    def __call__(self, features: Floats, group: Ints) -> Floats:
        """Features (n, k) without the difference of group means."""
        return np.asarray(features - self.means[group] + self.overall)


def decorrelation(features: Floats, group: Ints) -> Decorrelation:
    """Fit on the training rows."""
    means = np.array([features[group == g].mean(axis=0) for g in range(int(group.max()) + 1)])
    return Decorrelation(means=means, overall=features.mean(axis=0))


# ── in training ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Logistic:
    """A logistic regression: `weights` (k,), `bias`."""

    weights: Floats
    bias: float

    def __call__(self, features: Floats) -> Floats:
        """P(Y = 1 | x), shape (n,)."""
        return np.asarray(expit(features @ self.weights + self.bias))


def logistic(
    features: ArrayLike,
    outcome: Bools,
    group: Ints,
    *,
    target: Target = "parity",
    strength: float = 0.0,
    weights: Floats | None = None,
    ridge: float = 1e-3,
) -> Logistic:
    """Minimise mean log loss + ridge |w|² + strength · Σ_g (mean logit of g − overall)².

    The mean is over all rows for parity, over positives for opportunity, over negatives for predictive
    equality. strength 0 is the plain regression. Raises LabError when the solver does not converge.
    """
    x, y = np.asarray(features, dtype=np.float64), outcome.astype(np.float64)
    mass = np.full(len(y), 1 / len(y)) if weights is None else weights / weights.sum()
    contrasts = _contrasts(x, outcome, group, target)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        w, logit = parameters[:-1], x @ parameters[:-1] + parameters[-1]
        gaps = contrasts @ w
        value = mass @ (np.logaddexp(0, logit) - y * logit) + ridge * w @ w + strength * gaps @ gaps
        slope = mass * (expit(logit) - y)
        gradient = x.T @ slope + 2 * ridge * w + 2 * strength * contrasts.T @ gaps
        return float(value), np.append(gradient, slope.sum())

    optimum = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    if not optimum.success or not np.isfinite(optimum.x).all():
        raise LabError(
            f"the regression does not converge: {optimum.message}", hint="standardise the features"
        )
    return Logistic(weights=optimum.x[:-1], bias=float(optimum.x[-1]))


def _contrasts(x: Floats, outcome: Bools, group: Ints, target: Target) -> Floats:
    """Mean features of each group minus those of all, over the rows that the target speaks of."""
    of = {
        "parity": np.ones(len(outcome), dtype=bool),
        "opportunity": outcome,
        "predictive_equality": ~outcome,
    }[target]
    rows, members = x[of], group[of]
    return np.array([rows[members == g].mean(axis=0) - rows.mean(axis=0) for g in np.unique(members)])


# ── after training ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Thresholds:
    """A threshold for each group, shape (groups,)."""

    cuts: Floats

    def __call__(self, people: Population) -> Bools:
        """The decisions, shape (n,)."""
        return np.asarray(people.score >= self.cuts[people.group])


def thresholds(people: Population, target: Target) -> Thresholds:
    """The threshold at which each group has the value that all rows have under their own decision.

    Fit on rows other than those it is judged on. Raises LabError where a group has no row to fit on.
    """
    overall = float(BY_KEY[target].quantity(sums(people).sum(axis=0)))
    return Thresholds(cuts=np.array([_cut(people, g, target, overall) for g in range(len(people.names))]))


def _cut(people: Population, group: int, target: Target, wanted: float) -> float:
    part = people.take(people.rows_of(group))
    of = {
        "parity": np.ones(len(part), dtype=bool),
        "opportunity": part.outcome,
        "predictive_equality": ~part.outcome,
    }
    scores = np.sort(part.score[of[target]])
    if not len(scores):
        raise LabError(
            f"the group {people.names[group]!r} has no row to fit a threshold on", hint="give more rows"
        )
    below = wanted if target == "opportunity" else 1 - wanted
    place = round(below * len(scores))
    if place <= 0:
        return float(np.nextafter(scores[0], -1))
    if place >= len(scores):
        return float(np.nextafter(scores[-1], 2))
    return float((scores[place - 1] + scores[place]) / 2)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Overruling:
    """P(D' = 1 | D, A), shape (2, groups): how often a decision is kept or overruled."""

    chance: Floats

    def __call__(self, people: Population, rng: np.random.Generator) -> Bools:
        """The decisions, shape (n,)."""
        return np.asarray(rng.random(len(people)) < self.chance[people.decision.astype(int), people.group])


def equalised_odds(people: Population) -> Overruling:
    """The most accurate overruling under which FNR and FPR agree between groups (Hardt et al., equation 4).

    Raises LabError when a group lacks positives or negatives, for then there is nothing to make equal.
    """
    tallies = sums(people)
    fnr, fpr = (BY_KEY[key].quantity(tallies) for key in ("opportunity", "predictive_equality"))
    if not np.isfinite([fnr, fpr]).all():
        raise LabError("a group has one label only", hint="equalised odds needs both labels in every group")
    tpr, count = 1 - fnr, len(people.names)
    positives, negatives = tallies[:, 1], tallies[:, 0] - tallies[:, 1]
    # unknowns: [P(D'=1 | D=0, g)…, P(D'=1 | D=1, g)…]; costs are the errors they add
    cost = np.concatenate([negatives * (1 - fpr) - positives * (1 - tpr), negatives * fpr - positives * tpr])
    rows = [row for g in range(1, count) for row in (_equal(tpr, 0, g, count), _equal(fpr, 0, g, count))]
    solution = linprog(cost, A_eq=np.array(rows), b_eq=np.zeros(len(rows)), bounds=[(0, 1)] * (2 * count))
    if not solution.success:
        raise LabError(f"no overruling equalises the odds: {solution.message}")
    return Overruling(chance=solution.x.reshape(2, count))


def _equal(rate: Floats, first: int, second: int, count: int) -> Floats:
    """A row that says: P(D'=1 | Y, first) = P(D'=1 | Y, second), where P(D=1 | Y, g) = rate[g]."""
    row = np.zeros(2 * count)
    row[first], row[count + first] = 1 - rate[first], rate[first]
    row[second], row[count + second] = -(1 - rate[second]), -rate[second]
    return row


# ── the price ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """The price of a mitigation on the same rows: gaps before and after, accuracy, decisions changed.

    Gaps are largest minus smallest value between groups. `narrowed` is how much nearer the two groups that
    were farthest apart came on the target (more than the gap: past each other); `accuracy` is after minus
    before. Both have paired intervals.
    """

    target: str
    before: dict[str, float]
    after: dict[str, float]
    narrowed: Interval
    accuracy: Interval
    changed: float


def price(
    before: Population, after: Population, rng: np.random.Generator, *, target: Target, rounds: int = 1000
) -> Price:
    """Compare two populations of the same rows, decided before and after a mitigation."""
    if len(before) != len(after) or (before.outcome != after.outcome).any():
        raise LabError("before and after are not the same rows")

    values = BY_KEY[target].quantity(sums(before))
    high, low = int(np.nanargmax(values)), int(np.nanargmin(values))

    def narrowing(rows: Ints) -> float:
        first, second = (BY_KEY[target].quantity(sums(p.take(rows))) for p in (before, after))
        return float((first[high] - first[low]) - (second[high] - second[low]))

    strata = before.group * 2 + before.outcome
    right = [(p.decision == p.outcome).astype(np.float64) for p in (after, before)]
    return Price(
        target=target,
        before={key: gap(before, key) for key in BY_KEY},
        after={key: gap(after, key) for key in BY_KEY},
        narrowed=bootstrap(narrowing, len(before), rng, strata=strata, rounds=rounds),
        accuracy=paired(right[0], right[1], rng, rounds=rounds),
        changed=float((before.decision != after.decision).mean()),
    )


def gap(people: Population, key: str) -> float:
    """Largest minus smallest value of a criterion between groups; NaN where a group has none."""
    values = BY_KEY[key].quantity(sums(people))
    return float(values.max() - values.min())
