"""`Teacher2TaskClassifier`: many teachers and few truths, without a vote (arXiv 2411.12724).

tasks_of | standardise | draw examples, every task equally often | train | ask with the truth's token
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from daybrief.labs.teachers import network
from daybrief.labs.teachers.tasks import Tasks, tasks_of

_CHOICES = {
    "form": ("label", "score"),
    "tokens": ("on", "off", "shuffled"),
    "backend": ("numpy", "torch"),
}


class Teacher2TaskClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that learns how every teacher labels, and the truth, as N+1 tasks of one network.

    `form`: `label` learns p(y | x, token), `score` a score for each class.
    `tokens`: `on`; `off` pools all labels; `shuffled` mixes the teachers' tokens (controls).
    `truth_share`: the share of examples drawn from the truth; None draws every task equally often.
    `hidden`, `token_size`: units. `steps`, `batch`, `learning_rate`, `weight_decay`: of AdamW.
    `backend`: `numpy` or `torch`; `device`: of torch. Inputs are standardised.

    After `fit`: `classes_` (C,), `teachers_` their number, `has_truth_` whether there was a truth.
    """

    def __init__(
        self,
        *,
        form: str = "score",
        tokens: str = "on",
        truth_share: float | None = None,
        hidden: int = 64,
        token_size: int = 2,
        steps: int = 300,
        batch: int = 128,
        learning_rate: float = 5e-3,
        weight_decay: float = 1.0,
        backend: str = "numpy",
        device: str = "cpu",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.form = form
        self.tokens = tokens
        self.truth_share = truth_share
        self.hidden = hidden
        self.token_size = token_size
        self.steps = steps
        self.batch = batch
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.backend = backend
        self.device = device
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,  # noqa: N803 - scikit-learn's name
        y: ArrayLike | None = None,
        teachers: ArrayLike | None = None,
        confidences: ArrayLike | None = None,
    ) -> Teacher2TaskClassifier:
        """Learn from teachers, truth, or both.

        X: (n, d). y: (n,) the truth, None or NaN where unknown. teachers: (n, N) labels, None or NaN where a
        teacher is silent. confidences: (n, N), each teacher's in its own label, 0 to 1; NaN is certainty.
        Raises ValueError that names the fault.
        """
        self._check()
        x = validate_data(self, X, dtype=np.float64)
        tasks = tasks_of(len(x), y, teachers, confidences)
        random = check_random_state(self.random_state)
        self.mean_, self.scale_ = x.mean(axis=0), x.std(axis=0)
        self.scale_[self.scale_ < 1e-12] = 1.0
        self.classes_, self.teachers_, self.has_truth_ = tasks.classes, tasks.count, tasks.has_truth
        self.heard_ = np.unique(tasks.task[tasks.task < tasks.count])
        sizes = (x.shape[1], self.hidden, self.token_size, len(tasks.classes))
        start = network.initial(sizes, tasks.count + 1, random)
        schedule = network.Schedule(
            form=self.form,  # type: ignore[arg-type]
            rate=self.learning_rate,
            decay=self.weight_decay,
            device=self.device,
        )
        self.weights_ = self._trainer()(start, self._examples(x, tasks, random), schedule)
        return self

    def _examples(
        self, x: NDArray[np.float64], tasks: Tasks, random: np.random.RandomState
    ) -> network.Examples:
        return network.Examples(
            x=self._standard(x).astype(np.float32),
            row=tasks.row,
            token=tasks.tokens(self.tokens, random),  # type: ignore[arg-type]
            targets=tasks.targets(),
            order=tasks.draw(self.steps, self.batch, self.truth_share, random),
        )

    def _check(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name}={getattr(self, name)!r}: give one of {', '.join(choices)}")
        for name in ("hidden", "token_size", "steps", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)!r}: give a whole number of at least 1")
        if self.truth_share is not None and not 0 < self.truth_share < 1:
            raise ValueError(f"truth_share={self.truth_share!r}: give a share between 0 and 1, or None")

    def _trainer(self) -> Callable[[network.Weights, network.Examples, network.Schedule], network.Weights]:
        if self.backend == "numpy":
            return network.train
        if find_spec("torch") is None:
            raise ValueError("backend='torch': torch is not installed; install its CPU build or use 'numpy'")
        return network.train_torch

    def _standard(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((x - self.mean_) / self.scale_)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """(n, C) shares of the classes by the truth's token.

        Without any truth in training: the mean of what the teachers would say.
        """
        check_is_fitted(self)
        x = self._standard(validate_data(self, X, dtype=np.float64, reset=False))
        if self.has_truth_:
            return self._as(x, self.teachers_)
        return np.asarray(np.mean([self._as(x, int(teacher)) for teacher in self.heard_], axis=0))

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """(n,) the likeliest class of each row."""
        shares = self.predict_proba(X)
        return np.asarray(self.classes_[shares.argmax(axis=1)])

    def teacher_proba(self, X: ArrayLike, teacher: int) -> NDArray[np.float64]:  # noqa: N803
        """(n, C) how a teacher (0 to N-1) would label each row; raises ValueError for one it never heard."""
        check_is_fitted(self)
        if teacher not in self.heard_:
            raise ValueError(f"teacher {teacher} gave no label; these did: {self.heard_.tolist()}")
        return self._as(self._standard(validate_data(self, X, dtype=np.float64, reset=False)), teacher)

    def _as(self, x: NDArray[np.float64], task: int) -> NDArray[np.float64]:
        token = 0 if self.tokens == "off" else task
        return network.probabilities(self.weights_, x, token, self.form)  # type: ignore[arg-type]
