"""The statements of every teacher, and the truth where it is known, as N+1 tasks over the same rows.

Section 3 of the paper: N auxiliary tasks, one a teacher, and one primary task, the truth. A label that is
missing makes no example; nothing is imputed. None and NaN are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

Tokens = Literal["on", "off", "shuffled"]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MISSING = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tasks:
    """Examples of all tasks: (m,) each. Task `count` is the truth, tasks 0 to count-1 are the teachers.

    `row` is the row of X, `label` the class number, `confidence` the teacher's in its own label (0 to 1).
    `classes`: (C,) the values of the labels, sorted.
    """

    classes: NDArray[Any]
    count: int
    row: Ints
    task: Ints
    label: Ints
    confidence: Floats

    @property
    def has_truth(self) -> bool:
        """Whether any row has a truth."""
        return bool((self.task == self.count).any())

    def targets(self) -> NDArray[np.float32]:
        """(m, C): the confidence on the label, the rest shared evenly by the other classes."""
        size = len(self.classes)
        rest = (1 - self.confidence) / (size - 1)
        out = np.repeat(rest[:, None], size, axis=1)
        out[np.arange(len(self.row)), self.label] = self.confidence
        return out.astype(np.float32)

    def tokens(self, kind: Tokens, random: np.random.RandomState) -> Ints:
        """(m,) the token of each example; `off` gives all the same, `shuffled` mixes the teachers'."""
        if kind == "off":
            return np.zeros_like(self.task)
        out = self.task.copy()
        if kind == "shuffled":
            taught = np.flatnonzero(self.task < self.count)
            out[taught] = random.permutation(out[taught])
        return out

    def draw(self, steps: int, batch: int, truth_share: float | None, random: np.random.RandomState) -> Ints:
        """(steps, batch) example numbers: first a task by its share, then one of its examples.

        Every task is drawn equally often; `truth_share` gives the truth another share.
        """
        order = np.argsort(self.task, kind="stable")
        present, sizes = np.unique(self.task, return_counts=True)
        starts = np.cumsum(sizes) - sizes
        shares = np.full(len(present), 1 / len(present))
        if truth_share is not None and self.has_truth and len(present) > 1:
            shares = np.where(present == self.count, truth_share, (1 - truth_share) / (len(present) - 1))
        chosen = random.choice(len(present), (steps, batch), p=shares)
        within = (random.random_sample((steps, batch)) * sizes[chosen]).astype(np.int64)
        return np.asarray(order[starts[chosen] + within])


def tasks_of(
    rows: int, y: ArrayLike | None, teachers: ArrayLike | None, confidences: ArrayLike | None
) -> Tasks:
    """Check what was given and lay it out as tasks.

    y: (n,) the truth, missing where unknown (only beside teachers), or None. teachers: (n, N) labels.
    confidences: (n, N) or None; a missing one counts as certainty. Raises ValueError that names the fault.
    """
    if y is None and teachers is None:
        raise ValueError("requires y to be passed, but the target y is None and there are no teachers either")
    truth = _truth(rows, y, complete=teachers is None)
    votes = _votes(rows, teachers)
    sure = _confidences(votes, confidences)
    table = np.column_stack([votes, truth])
    given = ~_missing(table)
    if not given.any():
        raise ValueError("no teacher labels any row and no truth is given: there is nothing to learn from")
    values = [value.item() if isinstance(value, np.generic) else value for value in table[given]]
    if len({isinstance(value, str) for value in values}) > 1:
        raise ValueError("the labels mix text and numbers; write the labels of truth and teachers alike")
    classes, codes = np.unique(np.array(values), return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"the labels hold one class only, {classes[0]!r}; at least two are needed")
    row, task = np.nonzero(given)
    return Tasks(
        classes=classes,
        count=votes.shape[1],
        row=row,
        task=task,
        label=codes.astype(np.int64),
        confidence=np.column_stack([sure, np.ones(rows)])[given],
    )


def _truth(rows: int, y: ArrayLike | None, *, complete: bool) -> NDArray[Any]:
    if y is None:
        return np.full(rows, None, dtype=object)
    column = column_or_1d(y, warn=True)
    if len(column) != rows:
        raise ValueError(f"y has {len(column)} values for {rows} rows of X")
    empty = _missing(column)
    if complete and empty.any():
        raise ValueError(f"Input y contains NaN: {int(empty.sum())} of {rows} truths, and no teachers")
    known = column[~empty]
    if len(known):
        if known.dtype == object and not isinstance(known[0], str):
            known = np.array(known.tolist())
        if known.dtype.kind == "f" and not np.isfinite(known).all():
            raise ValueError("Input y contains infinity; give class labels")
        check_classification_targets(known)
    return _whole(column, empty)


def _votes(rows: int, teachers: ArrayLike | None) -> NDArray[Any]:
    if teachers is None:
        return np.empty((rows, 0), dtype=object)
    table = np.asarray(teachers)
    if table.ndim != 2 or len(table) != rows:
        raise ValueError(f"teachers has the shape {table.shape}; ({rows}, number of teachers) is needed")
    if table.shape[1] == 0:
        raise ValueError(
            "no teachers: the table of teachers has no column; leave it out to learn from y alone"
        )
    empty = _missing(table)
    if table.dtype.kind == "f":
        known = table[~empty]
        if not np.isfinite(known).all() or (known != np.floor(known)).any():
            raise ValueError("teachers holds numbers that are no class labels: give whole numbers or text")
    return _whole(table, empty)


def _confidences(votes: NDArray[Any], confidences: ArrayLike | None) -> Floats:
    sure = np.ones(votes.shape)
    if confidences is None:
        return sure
    table = np.asarray(confidences, dtype=np.float64)
    if table.shape != votes.shape:
        raise ValueError(f"confidences has the shape {table.shape}, teachers {votes.shape}")
    stated = ~np.isnan(table)
    wrong = stated & ~((table >= 0) & (table <= 1))
    if wrong.any():
        row, teacher = np.argwhere(wrong)[0]
        raise ValueError(
            f"the confidence of teacher {teacher} in row {row} is {table[row, teacher]:g}; "
            "give a probability between 0 and 1"
        )
    return np.where(stated, table, sure)


def _missing(table: NDArray[Any]) -> NDArray[np.bool_]:
    """None and NaN, whatever the type of the array."""
    if table.dtype == object:
        return np.array([value is None or value != value for value in table.ravel()], dtype=bool).reshape(
            table.shape
        )
    return np.isnan(table) if table.dtype.kind == "f" else np.zeros(table.shape, dtype=bool)


def _whole(table: NDArray[Any], empty: NDArray[np.bool_]) -> NDArray[Any]:
    """As objects; whole numbers that are floats only because some are missing become integers again."""
    out = table.astype(object)
    if table.dtype.kind == "f" and empty.any():
        for at in np.argwhere(~empty):
            out[tuple(at)] = int(table[tuple(at)])
    return out
