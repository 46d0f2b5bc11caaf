"""Real classifiers that label Fashion-MNIST: each sees a part of the picture, few data, and has blind spots.

Debian's package dataset-fashion-mnist (MIT) holds the pictures. No teacher learned from pool or test, nor is
any picture in both; development seeds (below 1000) and fresh seeds draw from different halves of both files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from daybrief.labs.kit.fashion import FASHION, Part, fashion_half
from daybrief.labs.kit.lab import FIRST_SEED
from daybrief.labs.teachers.aggregation import Annotations
from daybrief.labs.teachers.tasks import MISSING, Floats, Ints

CLASSES = 10
SIDE = 7  # pictures of 28 x 28 pixels become means of 4 x 4
CONVENTION = {6: 0, 4: 2, 7: 5, 3: 1}  # shirt: T-shirt, coat: pullover, sneaker: sandal, dress: trouser
VIEWS = ("left", "top", "all", "right", "bottom")
TAUGHT = 600  # pictures that a teacher learned from
BLIND = 4  # pictures of a blind class that a teacher was shown all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The first `biased` teachers share a wrong convention; the last may be an adversary."""

    teachers: int = 5
    biased: int = 0
    adversary: bool = False
    missing: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """x, truth of the pool (n) and of the test, and what the teachers say of the pool."""

    pool: Floats
    truth: Ints
    test: Floats
    test_truth: Ints
    labels: Ints
    confidence: Floats
    order: Ints  # the pool's rows in the order in which truths become known

    def annotations_after(self, truths: int) -> Annotations:
        """The annotations when the first `truths` rows of the order have a truth."""
        known = np.full(len(self.truth), MISSING)
        known[self.order[:truths]] = self.truth[self.order[:truths]]
        return Annotations(
            labels=self.labels, confidence=self.confidence, truth=known, classes=int(self.truth.max()) + 1
        )


def scene(crowd: Crowd, seed: int, pool: int, test: int) -> Scene:
    """Draws pictures and teachers of a seed."""
    random = np.random.default_rng([seed, 41])
    half = int(seed >= FIRST_SEED)
    x, y = images("train", half)
    order = random.permutation(len(x))
    annotated, lessons = order[:pool], order[pool:]
    test_x, test_y = images("t10k", half)
    tested = random.permutation(len(test_x))[:test]
    labels, confidence = np.empty((pool, crowd.teachers), np.int64), np.empty((pool, crowd.teachers))
    for number in range(crowd.teachers):
        # A teacher of its own generator: the first teachers are the same whatever their number.
        own = np.random.default_rng([seed, 43, number])
        learned = own.choice(lessons, TAUGHT, replace=False)
        labels[:, number], confidence[:, number] = _teacher(
            crowd, number, (x[learned], y[learned]), x[annotated]
        )
    silent = np.random.default_rng([seed, 47]).random(labels.shape) < crowd.missing
    return Scene(
        pool=x[annotated],
        truth=y[annotated],
        test=test_x[tested],
        test_truth=test_y[tested],
        labels=np.where(silent, MISSING, labels),
        confidence=confidence,
        order=np.random.default_rng([seed, 53]).permutation(pool),
    )


def _teacher(crowd: Crowd, number: int, lesson: tuple[Floats, Ints], x: Floats) -> tuple[Ints, Floats]:
    """Labels and confidences of one teacher: its view, its blind classes, its convention."""
    seen, truth = lesson
    kept = (truth % 5) != number % 5
    for label in (number % 5, number % 5 + 5):
        kept[np.flatnonzero(truth == label)[:BLIND]] = True
    labels = truth
    if number < crowd.biased:
        labels = np.array([CONVENTION.get(label, label) for label in truth.tolist()])
        kept = np.ones_like(kept)
    if crowd.adversary and number == crowd.teachers - 1:
        labels = (truth + 1) % CLASSES
    view = _view(VIEWS[number % len(VIEWS)])
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1).fit(seen[kept][:, view], labels[kept])
    shares = model.predict_proba(x[:, view])
    return np.asarray(model.classes_[shares.argmax(axis=1)]), np.asarray(shares.max(axis=1).clip(0, 1))


def _view(name: str) -> NDArray[np.intp]:
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    parts = {"left": column < 4, "right": column > 2, "top": row < 4, "bottom": row > 2}
    return np.flatnonzero(parts.get(name, np.ones(SIDE * SIDE, dtype=bool)))


@cache
def images(part: Part, half: int, folder: Path = FASHION) -> tuple[Floats, Ints]:
    """Half of a part: pictures (n, 49) from 0 to 1, and classes (n,). Raises LabUnmet, LabError."""
    pixels, labels = fashion_half(part, half, folder)
    small = pixels.reshape(-1, SIDE, 4, SIDE, 4).mean(axis=(2, 4)) / 255
    return small.reshape(len(small), -1), labels.astype(np.int64)
