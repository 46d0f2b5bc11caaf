"""A classifier with a variational circuit in its middle, in scikit-learn's manner.

    features -> front -> angles -> circuit -> <Z_q> of each qubit -> linear head -> softmax

    front      tt (a tensor train, trained: TTN-VQC), frozen (the same, left as drawn), linear (a dense map,
               trained), pca (fitted on the training data only, standardised)
    angles     (π/2) · sigmoid of the front, as TTN-VQC has it
    circuit    `variational(...)`, or none: then the head reads cos(angle), which is what the encoded qubits
               show before any circuit. That is the decisive control: the same model, the circuit removed.

Trained with Adam on the cross-entropy, exact gradients, a cosine schedule.
"""

from __future__ import annotations

import math
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from daybrief.errors import LabError
from daybrief.labs.quantum import simulator, tensor_train
from daybrief.labs.quantum.circuit import Circuit, Entangler, variational

Array = NDArray[np.float64]
Front = Literal["tt", "frozen", "pca", "linear"]
FRONTS: tuple[Front, ...] = ("tt", "frozen", "pca", "linear")


class CircuitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """See the module's head. Fitted: `classes_`, `circuit_`, `parameters_` (how many numbers were trained).

    fit and predict take arrays (rows, features) of finite numbers and raise LabError when they are not,
    when there is one class only, or when the circuit is too wide for memory.
    """

    def __init__(
        self,
        qubits: int = 8,
        depth: int = 2,
        front: Front = "tt",
        *,
        circuit: bool = True,
        reupload: bool = False,
        entangler: Entangler = "ring",
        rank: int = 2,
        steps: int = 200,
        batch: int = 32,
        rate: float = 0.05,
        seed: int = 0,
    ) -> None:
        self.qubits, self.depth, self.front = qubits, depth, front
        self.circuit, self.reupload, self.entangler, self.rank = circuit, reupload, entangler, rank
        self.steps, self.batch, self.rate, self.seed = steps, batch, rate, seed

    def fit(self, features: ArrayLike, labels: ArrayLike) -> Self:
        """Trains on features (rows, columns) and labels (rows,)."""
        rows, classes = _checked(features), np.asarray(labels)
        self.classes_, targets = np.unique(classes, return_inverse=True)
        self._check(rows, classes)
        random = np.random.default_rng([self.seed, 23])
        self._prepare(rows, random)
        whole = self._fronted(rows)
        moments = {name: (np.zeros_like(p), np.zeros_like(p)) for name, p in self.trained_.items()}
        for step in range(1, self.steps + 1):
            chosen = random.integers(0, len(rows), min(self.batch, len(rows)))
            slopes = self._slopes(whole[chosen], targets[chosen])
            rate = self.rate * 0.5 * (1 + math.cos(math.pi * step / self.steps))
            for name, slope in slopes.items():
                self.trained_[name] = self.trained_[name] - rate * _adam(moments[name], slope, step)
        self.parameters_ = sum(p.size for p in self.trained_.values())
        return self

    def _check(self, rows: Array, labels: NDArray[Any]) -> None:
        if self.front not in FRONTS or self.steps < 1 or self.batch < 1 or self.rate <= 0:
            raise LabError(
                f"{self.front!r}, {self.steps} steps, batch {self.batch} or rate {self.rate} cannot be used",
                hint=f"the front is one of {list(FRONTS)}, the others are above 0",
            )
        if labels.shape != (len(rows),):
            raise LabError(f"{labels.shape} labels do not fit {len(rows)} rows", hint="give one label a row")
        if len(self.classes_) < 2:
            raise LabError("there is one class only", hint="give rows of two or more classes")
        if self.front == "pca" and min(rows.shape) < self.qubits:
            raise LabError(
                f"PCA cannot make {self.qubits} features of {rows.shape[0]} rows and {rows.shape[1]} columns",
                hint="use fewer qubits, more rows, or the front tt",
            )
        simulator.check_memory(self.qubits, self.batch)

    def _prepare(self, rows: Array, random: np.random.Generator) -> None:
        """Draws what is trained and fits what is not."""
        self.width_ = rows.shape[1]
        self.circuit_: Circuit = variational(
            self.qubits, self.depth, entangler=self.entangler, reupload=self.reupload
        )
        self.scaler_ = StandardScaler().fit(rows)
        count = len(self.classes_)
        self.trained_: dict[str, Array] = {
            "head": random.standard_normal((self.qubits, count)) / math.sqrt(self.qubits),
            "bias": np.zeros(count),
        }
        if self.circuit:
            self.trained_["weights"] = random.uniform(-0.3, 0.3, self.circuit_.weights)
        if self.front == "pca":
            self.pca_ = PCA(self.qubits, random_state=0).fit(self.scaler_.transform(rows))
            self.after_ = StandardScaler().fit(self.pca_.transform(self.scaler_.transform(rows)))
            return
        if self.front == "linear":
            self.trained_["map"] = random.standard_normal((self.width_, self.qubits)) / math.sqrt(self.width_)
            self.trained_["shift"] = np.zeros(self.qubits)
            return
        self.modes_ = tensor_train.modes_for(self.width_, self.qubits, self.rank)
        cores = tensor_train.start(self.modes_, random)
        self.frozen_ = tensor_train.matrix(cores)
        if self.front == "tt":
            self.trained_ |= {f"core{at}": core for at, core in enumerate(cores)}
            self.trained_["shift"] = np.zeros(self.qubits)

    def _cores(self) -> list[Array]:
        return [self.trained_[f"core{at}"] for at in range(len(self.modes_.inputs))]

    def _fronted(self, rows: Array) -> Array:
        """The inputs that training does not change: standardised features, padded, or their components."""
        scaled = np.asarray(self.scaler_.transform(rows), dtype=np.float64)
        if self.front == "pca":
            return np.asarray(self.after_.transform(self.pca_.transform(scaled)), dtype=np.float64)
        if self.front == "linear":
            return scaled
        return np.pad(scaled, ((0, 0), (0, self.modes_.width - self.width_)))

    def _angles(self, fronted: Array) -> Array:
        """Angles of the encoding, (rows, qubits)."""
        if self.front == "pca":
            raw = fronted
        elif self.front == "linear":
            raw = fronted @ self.trained_["map"] + self.trained_["shift"]
        elif self.front == "frozen":
            raw = fronted @ self.frozen_
        else:
            raw = fronted @ tensor_train.matrix(self._cores()) + self.trained_["shift"]
        return np.asarray(math.pi / 2 / (1 + np.exp(-raw)))

    def _slopes(self, fronted: Array, targets: NDArray[np.intp]) -> dict[str, Array]:
        """Gradients of the mean cross-entropy to everything that is trained."""
        angles = self._angles(fronted)
        tape = simulator.run(self.circuit_, self.trained_["weights"], angles) if self.circuit else None
        shown = tape.expectations if tape else np.cos(angles)
        miss = _softmax(shown @ self.trained_["head"] + self.trained_["bias"])
        miss[np.arange(len(targets)), targets] -= 1.0
        miss /= len(targets)
        slopes = {"head": shown.T @ miss, "bias": miss.sum(axis=0)}
        back = miss @ self.trained_["head"].T
        if tape:
            weights, to_angles = simulator.pull(tape, back)
            slopes["weights"] = weights[0]
        else:
            to_angles = -np.sin(angles) * back
        gate = angles * 2 / math.pi
        return slopes | self._front_slopes(fronted, to_angles * angles * (1 - gate))

    def _front_slopes(self, fronted: Array, back: Array) -> dict[str, Array]:
        if self.front == "linear":
            return {"map": fronted.T @ back, "shift": back.sum(axis=0)}
        if self.front != "tt":
            return {}
        cores = tensor_train.pull(self._cores(), fronted.T @ back)
        return {f"core{at}": slope for at, slope in enumerate(cores)} | {"shift": back.sum(axis=0)}

    def angles(self, features: ArrayLike) -> Array:
        """Angles that the fitted front gives the circuit, (rows, qubits): what a device is run with."""
        return self._angles(self._fronted(_checked(features, self.width_)))

    def from_expectations(self, shown: Array) -> Array:
        """Probabilities (rows, classes) from <Z_q> (rows, qubits), wherever they were measured."""
        return _softmax(shown @ self.trained_["head"] + self.trained_["bias"])

    def expectations(self, features: ArrayLike) -> Array:
        """Ideal <Z_q> of each row, (rows, qubits); cos(angle) when the circuit was removed."""
        return self.shown(self.angles(features))

    def shown(self, angles: Array) -> Array:
        """Ideal <Z_q> at given angles, (rows, qubits)."""
        if not self.circuit:
            return np.asarray(np.cos(angles))
        parts = np.array_split(angles, max(1, len(angles) // 256))
        return np.vstack(
            [simulator.run(self.circuit_, self.trained_["weights"], part).expectations for part in parts]
        )

    def predict_proba(self, features: ArrayLike) -> Array:
        """Probabilities, (rows, classes) in the order of `classes_`."""
        return self.from_expectations(self.expectations(features))

    def predict(self, features: ArrayLike) -> NDArray[Any]:
        """The likeliest class of each row."""
        return np.asarray(self.classes_[self.predict_proba(features).argmax(axis=1)])


def _checked(features: ArrayLike, width: int | None = None) -> Array:
    try:
        rows = np.asarray(features, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LabError(f"the features are no table of numbers: {error}", hint="give numbers only") from error
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise LabError(
            f"features of the shape {rows.shape} are empty, no table, or hold a value that is no number",
            hint="give rows of finite numbers",
        )
    if width is not None and rows.shape[1] != width:
        raise LabError(
            f"{rows.shape[1]} columns were given, {width} were learned", hint="give the same columns"
        )
    return rows


def _softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _adam(moments: tuple[Array, Array], slope: Array, step: int) -> Array:
    first, second = moments
    first += 0.1 * (slope - first)
    second += 0.001 * (slope**2 - second)
    return np.asarray((first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8))
