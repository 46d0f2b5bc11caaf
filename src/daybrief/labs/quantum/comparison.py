"""The circuit beside its controls, on one split of one table.

tt, pca, reupload           with a circuit behind a tensor train or principal components
tt_removed, pca_removed     the same front and head without the circuit: the decisive control
frozen                      a tensor train that was never trained
refitted                    PCA fitted again on test rows, as a released script does: axes do not match
mlp                         as many numbers as TTN-VQC, on the same principal components
logistic_pca, logistic      logistic regression on principal components, and on all features
"""

from __future__ import annotations

import csv
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from daybrief.errors import LabError
from daybrief.labs.kit.fashion import fashion_mnist
from daybrief.labs.quantum.classifier import CircuitClassifier

Array = NDArray[np.float64]
TEST_SHARE = 0.4
_MOST_ROWS = 200_000


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of numbers (rows, columns) with one label each."""

    name: str
    features: Array
    labels: NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Split:
    """Training and test rows; training rows are shuffled, so that a part of them is a sample."""

    train: Table
    test: Table

    def first(self, rows: int) -> Split:
        """The same test, with the first rows of the training only."""
        part = Table(
            name=self.train.name, features=self.train.features[:rows], labels=self.train.labels[:rows]
        )
        return Split(train=part, test=self.test)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How the circuits are made and trained."""

    qubits: int = 8
    depth: int = 2
    steps: int = 300


ARMS: dict[str, dict[str, Any]] = {
    "tt": {"front": "tt"},
    "tt_removed": {"front": "tt", "circuit": False},
    "frozen": {"front": "frozen"},
    "pca": {"front": "pca"},
    "pca_removed": {"front": "pca", "circuit": False},
    "reupload": {"front": "pca", "reupload": True},
}
CLASSICAL = ("mlp", "logistic_pca", "logistic")


def compare(split: Split, sizes: Sizes, seed: int) -> tuple[dict[str, float], dict[str, int]]:
    """Accuracy on the test rows, and trained numbers, of every arm."""
    accuracy, parameters = {}, {}
    for name, how in ARMS.items():
        model = CircuitClassifier(sizes.qubits, sizes.depth, steps=sizes.steps, seed=seed, **how)
        model.fit(split.train.features, split.train.labels)
        accuracy[name] = float(model.score(split.test.features, split.test.labels))
        parameters[name] = int(model.parameters_)
        if name == "pca":
            accuracy["refitted"] = refitted(model, split.test)
    for name, classic in classical(split, sizes, parameters["tt"], seed).items():
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ConvergenceWarning
            )  # some hundred steps are what the others get too
            classic.fit(split.train.features, split.train.labels)
        accuracy[name] = float(classic.score(split.test.features, split.test.labels))
        parameters[name] = _numbers(classic[-1])
    return accuracy, parameters


def classical(split: Split, sizes: Sizes, budget: int, seed: int) -> dict[str, Any]:
    """Classical models; the MLP has at most `budget` trained numbers, the others what they have."""
    classes = len(np.unique(split.train.labels))
    hidden = max(1, (budget - classes) // (sizes.qubits + 1 + classes))

    def components() -> list[Any]:
        return [StandardScaler(), PCA(sizes.qubits, random_state=0), StandardScaler()]

    return {
        "mlp": make_pipeline(
            *components(), MLPClassifier((hidden,), solver="lbfgs", max_iter=sizes.steps, random_state=seed)
        ),
        "logistic_pca": make_pipeline(*components(), LogisticRegression(max_iter=2000)),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)),
    }


def _numbers(model: Any) -> int:
    if isinstance(model, MLPClassifier):
        return sum(part.size for part in (*model.coefs_, *model.intercepts_))
    return int(model.coef_.size + model.intercept_.size)


def refitted(model: CircuitClassifier, test: Table, batch: int = 256) -> float:
    """Accuracy when PCA is fitted again on each batch of test rows: the baseline of the released script."""
    hits = 0
    for start in range(0, len(test.labels), batch):
        rows = model.scaler_.transform(test.features[start : start + batch])
        if len(rows) < model.qubits:
            continue
        components = PCA(model.qubits, random_state=0).fit_transform(rows)
        scaled = (components - components.mean(axis=0)) / np.maximum(components.std(axis=0), 1e-9)
        shown = model.shown(math.pi / 2 / (1 + np.exp(-scaled)))
        guesses = model.classes_[model.from_expectations(shown).argmax(axis=1)]
        hits += int((guesses == test.labels[start : start + batch]).sum())
    return hits / len(test.labels)


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────


def split_of(table: Table, seed: int, share: float = TEST_SHARE) -> Split:
    """A stratified split; raises LabError when a class is too small for it."""
    classes, counts = np.unique(table.labels, return_counts=True)
    if len(classes) < 2:
        raise LabError(
            f"{table.name} holds one class only: {classes.tolist()}", hint="give rows of two or more"
        )
    if counts.min() < 5:
        rare = classes[counts.argmin()]
        raise LabError(
            f"{table.name} holds {counts.min()} rows of the class {str(rare)!r}",
            hint="give 5 or more rows of each class",
        )
    parts = train_test_split(
        table.features, table.labels, test_size=share, random_state=seed, stratify=table.labels
    )
    return Split(
        train=Table(name=table.name, features=parts[0], labels=parts[2]),
        test=Table(name=table.name, features=parts[1], labels=parts[3]),
    )


def digits(classes: tuple[int, ...] = (3, 5, 8, 9)) -> Table:
    """Handwritten digits, 8 x 8 pixels (UCI, from scikit-learn)."""
    features, labels = load_digits(return_X_y=True)
    chosen = np.isin(labels, classes)
    return Table(name="digits 3/5/8/9", features=features[chosen], labels=labels[chosen])


def breast_cancer() -> Table:
    """Breast cancer, 569 patients, 30 measurements (UCI, from scikit-learn)."""
    features, labels = load_breast_cancer(return_X_y=True)
    return Table(name="breast cancer", features=features, labels=labels)


def fashion(folder: Path, classes: tuple[int, ...] = (0, 2, 4, 6), rows: int = 4000) -> Table:
    """Fashion-MNIST from its idx files in a folder (pullover, coat, shirt and T-shirt: the hard ones)."""
    images, labels = fashion_mnist("train", folder)
    chosen = np.flatnonzero(np.isin(labels, classes))[:rows]
    features = images[chosen].reshape(len(chosen), -1).astype(np.float64) / 255.0
    return Table(name="Fashion-MNIST", features=features, labels=labels[chosen])


def read_table(path: Path, label: str) -> Table:
    """A CSV with one column of labels, all others numbers. Raises LabError that names line and value."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabError(f"cannot read the table {path}: {error}", hint="give a CSV in UTF-8") from error
    columns = [c for c in (rows[0] if rows else {}) if c != label]
    if not rows or label not in rows[0] or not columns or len(rows) > _MOST_ROWS:
        raise LabError(
            f"{path.name} has no column {label!r}, no other column, or not 1 to {_MOST_ROWS:,} rows",
            hint="name the column of the labels with --label",
        )
    features = np.array([[_cell(row, c, path.name, n) for c in columns] for n, row in enumerate(rows, 2)])
    return Table(name=path.name, features=features, labels=np.array([row[label] for row in rows]))


def _cell(row: dict[str, str], column: str, where: str, line: int) -> float:
    try:
        number = float(row[column])
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise LabError(
            f"{where}, line {line}: {row[column]!r} in {column!r} is no finite number",
            hint="drop the row or the column, or code its words as numbers",
        )
    return number
