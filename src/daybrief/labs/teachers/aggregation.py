"""The ways that merge teachers into one label a row before anything is learned.

Votes and the best teacher are counted here; Dawid-Skene, GLAD and MACE are crowd-kit's. A tie goes to the
smallest class; a row on which every teacher is silent stays MISSING.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from daybrief.labs.teachers.tasks import MISSING, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Annotations:
    """labels: (n, N) class numbers; confidence: (n, N); truth: (n,). MISSING where silent or unknown."""

    labels: Ints
    confidence: Floats
    truth: Ints
    classes: int

    def votes(self, weights: Floats) -> Ints:
        """(n,) the class with the greatest sum of weights."""
        sums = np.zeros((len(self.labels), self.classes))
        row, teacher = np.nonzero(self.labels != MISSING)
        np.add.at(sums, (row, self.labels[row, teacher]), weights[row, teacher])
        return np.where(sums.max(axis=1) > 0, sums.argmax(axis=1), MISSING)


def majority(given: Annotations) -> Ints:
    """(n,) one teacher, one vote."""
    return given.votes(np.ones_like(given.confidence))


def weighted(given: Annotations) -> Ints:
    """(n,) each vote weighs the teacher's confidence."""
    return given.votes(given.confidence)


def best_teacher(given: Annotations) -> Ints:
    """(n,) the labels of the teacher that agrees most with the known truths."""
    known = given.truth != MISSING
    votes = given.labels[known]
    spoken = (votes != MISSING).sum(axis=0)
    right = (votes == given.truth[known, None]).sum(axis=0)
    return np.asarray(given.labels[:, int(((right + 1) / (spoken + 2)).argmax())])


def dawid_skene(given: Annotations) -> Ints:
    """(n,) Dawid and Skene 1979, which is told the known truths."""
    from crowdkit.aggregation import DawidSkene
    from pandas import Series

    known = np.flatnonzero(given.truth != MISSING)
    truths = Series(given.truth[known], index=known, name="label") if len(known) else None
    truths = truths.rename_axis("task") if truths is not None else None
    return _crowd(given, lambda table: DawidSkene(n_iter=40).fit_predict(table, true_labels=truths))


def glad(given: Annotations) -> Ints:
    """(n,) Whitehill and others 2009: ability of a teacher, difficulty of a row."""
    from crowdkit.aggregation import GLAD

    return _crowd(given, lambda table: GLAD(n_iter=8, m_step_max_iter=10).fit_predict(table))


def mace(given: Annotations) -> Ints:
    """(n,) Hovy and others 2013: how often a teacher guesses."""
    from crowdkit.aggregation import MACE

    return _crowd(given, lambda table: MACE(n_restarts=2, n_iter=30, random_state=0).fit_predict(table))


def _crowd(given: Annotations, fit: Callable[..., object]) -> Ints:
    import pandas

    row, teacher = np.nonzero(given.labels != MISSING)
    table = pandas.DataFrame({"task": row, "worker": teacher, "label": given.labels[row, teacher]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crowd-kit uses arguments that pandas 3 has deprecated
        labels = fit(table)
    out = np.full(len(given.labels), MISSING)
    out[labels.index.to_numpy()] = labels.to_numpy()  # type: ignore[attr-defined]
    return out


AGGREGATIONS: dict[str, Callable[[Annotations], Ints]] = {
    "majority": majority,
    "weighted": weighted,
    "dawid_skene": dawid_skene,
    "glad": glad,
    "mace": mace,
    "best": best_teacher,
}


def merged(name: str, given: Annotations) -> Ints:
    """(n,) the labels of an aggregation, the known truths put over them."""
    return np.where(given.truth != MISSING, given.truth, AGGREGATIONS[name](given))
