"""The rows that are audited: what was true, what was predicted, what was decided, and about whom.

Symbols of the paper: Y the outcome, S the score, D = 1[S >= c] the decision, A the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daybrief.errors import LabError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
LEAST_OF_A_GROUP = 10


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Population:
    """n rows, arrays (n,): `outcome`, `decision` bool; `score` in [0, 1]; `group` an index into `names`."""

    outcome: Bools
    score: Floats
    decision: Bools
    group: Ints
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.outcome)

    def take(self, rows: Ints | Bools) -> Population:
        """A population of these rows only; groups keep their names even where none is left of them."""
        return Population(
            outcome=self.outcome[rows],
            score=self.score[rows],
            decision=self.decision[rows],
            group=self.group[rows],
            names=self.names,
        )

    def deciding(self, decision: Bools) -> Population:
        """The same rows, decided otherwise."""
        return Population(
            outcome=self.outcome, score=self.score, decision=decision, group=self.group, names=self.names
        )

    def rows_of(self, group: int) -> Ints:
        """The row numbers of a group."""
        return np.flatnonzero(self.group == group)

    def prevalence(self) -> Floats:
        """P(Y = 1) of each group, shape (groups,)."""
        return np.array([self.outcome[self.group == g].mean() for g in range(len(self.names))])


def population(
    outcome: ArrayLike,
    score: ArrayLike,
    group: ArrayLike,
    *,
    threshold: float = 0.5,
    decision: ArrayLike | None = None,
) -> Population:
    """Check and hold the rows; D is `decision` where given, else S >= `threshold`.

    Raises LabError for rows of unequal length, values that are missing, outcomes other than 0 and 1, one
    outcome only, scores outside of [0, 1], one group only, and groups of fewer than 10 rows.
    """
    truth = binary(outcome, "label")
    scores = _scores(score)
    names, members = _groups(group)
    decided = scores >= threshold if decision is None else binary(decision, "decision")
    sizes = {len(truth), len(scores), len(members), len(decided)}
    if len(sizes) != 1:
        raise LabError(
            f"label, score, decision and group have {len(truth)}, {len(scores)}, {len(decided)} and "
            f"{len(members)} rows",
            hint="give one value of each for every row",
        )
    if truth.all() or not truth.any():
        raise LabError(
            f"every label is {int(truth[0])}: there is one class only",
            hint="errors can be compared only where both outcomes occur",
        )
    return Population(outcome=truth, score=scores, decision=decided, group=members, names=names)


def binary(values: ArrayLike, what: str) -> Bools:
    """Values 0 and 1 as booleans; raises LabError that names the first other value."""
    given: NDArray[Any] = np.asarray(values)
    if given.dtype == np.bool_:
        return given.astype(np.bool_)
    try:
        numbers = given.astype(np.float64)
    except (TypeError, ValueError) as wrong:
        raise LabError(f"a {what} is neither 0 nor 1: {wrong}", hint="encode it as 0 and 1") from wrong
    other = numbers[~np.isin(numbers, (0.0, 1.0))]
    if len(other):
        shown = "missing" if np.isnan(other[0]) else f"{other[0]:g}"
        raise LabError(
            f"a {what} is {shown}, in {len(other)} rows", hint="encode it as 0 and 1, and drop rows without"
        )
    return np.equal(numbers, 1.0)


def _scores(values: ArrayLike) -> Floats:
    try:
        scores = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as wrong:
        raise LabError(f"a score is no number: {wrong}") from wrong
    bad = ~np.isfinite(scores)
    if bad.any():
        raise LabError(
            f"{int(bad.sum())} of {len(scores)} scores are missing or infinite", hint="drop those rows"
        )
    if len(scores) and (scores.min() < 0 or scores.max() > 1):
        raise LabError(
            f"scores run from {scores.min():g} to {scores.max():g}", hint="give probabilities between 0 and 1"
        )
    return scores


def _groups(values: ArrayLike) -> tuple[tuple[str, ...], Ints]:
    given: NDArray[Any] = np.asarray(values).astype(str)
    empty = np.isin(np.char.strip(given), ("", "nan", "None", "NA", "<NA>"))
    if empty.any():
        raise LabError(
            f"{int(empty.sum())} of {len(given)} rows have no group",
            hint="name their group, as `unknown`, or drop them",
        )
    names, members = np.unique(given, return_inverse=True)
    if len(names) < 2:
        raise LabError(
            f"there is one group only: {', '.join(names)}", hint="an audit compares at least two groups"
        )
    sizes = np.bincount(members, minlength=len(names))
    if sizes.min() < LEAST_OF_A_GROUP:
        small = ", ".join(
            f"{name} ({size})" for name, size in zip(names, sizes, strict=True) if size < LEAST_OF_A_GROUP
        )
        raise LabError(f"groups of fewer than {LEAST_OF_A_GROUP} rows: {small}", hint="merge or drop them")
    return tuple(str(name) for name in names), members
