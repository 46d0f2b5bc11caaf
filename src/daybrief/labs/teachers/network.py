"""A network for all tasks: a shared trunk, a token for each task, one output a class.

    h = relu(x W1 + b1)              shared trunk
    g = relu([h, token(t)] W2 + b2)  the token enters before the last hidden layer
    z = g W3 + b3                    softmax (label form) or a sigmoid for each class (score form)

Label form: p(y | x, t), cross-entropy against the soft target. Score form: s(x, y, t), binary cross-entropy
of each class. In both the slope of the loss by z is output minus target. AdamW, its rate falls as a cosine;
both back ends start from the same weights and see the same examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Form = Literal["label", "score"]
Array = NDArray[np.float32]
Weights = dict[str, Array]
DECAYED = ("w1", "w2", "w3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How a network is trained: `rate` at the start, `decay` of the weights for each unit of the rate."""

    form: Form
    rate: float
    decay: float
    device: str = "cpu"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Examples:
    """x: (n, d); of each example (m,) its row of x and its token; targets: (m, C); order: (steps, batch)."""

    x: Array
    row: NDArray[np.int64]
    token: NDArray[np.int64]
    targets: Array
    order: NDArray[np.int64]


def initial(sizes: tuple[int, int, int, int], tokens: int, random: np.random.RandomState) -> Weights:
    """He's start for inputs, hidden units, token size and classes: `sizes`."""
    inputs, hidden, token, classes = sizes

    def normal(rows: int, columns: int, scale: float) -> Array:
        return (random.standard_normal((rows, columns)) * scale).astype(np.float32)

    return {
        "w1": normal(inputs, hidden, (2 / inputs) ** 0.5),
        "b1": np.zeros(hidden, np.float32),
        "token": normal(tokens, token, 1.0),
        "w2": normal(hidden + token, hidden, (2 / (hidden + token)) ** 0.5),
        "b2": np.zeros(hidden, np.float32),
        "w3": normal(hidden, classes, (1 / hidden) ** 0.5),
        "b3": np.zeros(classes, np.float32),
    }


def probabilities(weights: Weights, x: NDArray[np.float64], token: int, form: Form) -> NDArray[np.float64]:
    """(n, C) shares of the classes for one task; in double precision, so no row depends on its company."""
    w = {name: array.astype(np.float64) for name, array in weights.items()}
    trunk = np.maximum(x @ w["w1"] + w["b1"], 0)
    size = trunk.shape[1]
    last = np.maximum(trunk @ w["w2"][:size] + w["token"][token] @ w["w2"][size:] + w["b2"], 0)
    out = _output(last @ w["w3"] + w["b3"], form)
    return np.asarray(out / out.sum(axis=1, keepdims=True))


def _output(scores: NDArray[np.floating], form: Form) -> NDArray[np.floating]:
    if form == "score":
        return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))))
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def slopes(weights: Weights, x: Array, token: NDArray[np.int64], targets: Array, form: Form) -> Weights:
    """The slope of the mean loss of a batch by every weight."""
    w = weights
    trunk = np.maximum(x @ w["w1"] + w["b1"], 0)
    joined = np.concatenate([trunk, w["token"][token]], axis=1)
    last = np.maximum(joined @ w["w2"] + w["b2"], 0)
    error = ((_output(last @ w["w3"] + w["b3"], form) - targets) / len(x)).astype(np.float32)
    at_last = (error @ w["w3"].T) * (last > 0)
    at_joined = at_last @ w["w2"].T
    size = trunk.shape[1]
    at_trunk = at_joined[:, :size] * (trunk > 0)
    at_token = np.zeros_like(w["token"])
    np.add.at(at_token, token, at_joined[:, size:])
    return {
        "w1": x.T @ at_trunk,
        "b1": at_trunk.sum(axis=0),
        "token": at_token,
        "w2": joined.T @ at_last,
        "b2": at_last.sum(axis=0),
        "w3": last.T @ error,
        "b3": error.sum(axis=0),
    }


def _rates(schedule: Schedule, steps: int) -> NDArray[np.float64]:
    return np.asarray(schedule.rate * 0.5 * (1 + np.cos(np.pi * np.arange(steps) / steps)))


def train(weights: Weights, examples: Examples, schedule: Schedule) -> Weights:
    """The trained weights; NumPy."""
    w = {name: array.copy() for name, array in weights.items()}
    first = {name: np.zeros_like(array) for name, array in w.items()}
    second = {name: np.zeros_like(array) for name, array in w.items()}
    for step, rate in enumerate(_rates(schedule, len(examples.order)), 1):
        chosen = examples.order[step - 1]
        gradients = slopes(
            w,
            examples.x[examples.row[chosen]],
            examples.token[chosen],
            examples.targets[chosen],
            schedule.form,
        )
        for name, slope in gradients.items():
            if name in DECAYED:
                w[name] *= np.float32(1 - rate * schedule.decay)
            first[name] += np.float32(0.1) * (slope - first[name])
            second[name] += np.float32(0.001) * (slope * slope - second[name])
            size = np.sqrt(second[name] / np.float32(1 - 0.999**step)) + np.float32(1e-8)
            w[name] -= np.float32(rate / (1 - 0.9**step)) * first[name] / size
    return w


def train_torch(weights: Weights, examples: Examples, schedule: Schedule) -> Weights:
    """The trained weights; torch, on `schedule.device`."""
    import torch
    from torch.nn import functional

    device = torch.device(schedule.device)
    w = {name: torch.tensor(array, device=device, requires_grad=True) for name, array in weights.items()}
    groups = [
        {"params": [w[name] for name in w if (name in DECAYED) == decayed], "weight_decay": decay}
        for decayed, decay in ((True, schedule.decay), (False, 0.0))
    ]
    stepper = torch.optim.AdamW(groups, lr=schedule.rate, betas=(0.9, 0.999), eps=1e-8)
    x, targets = (torch.tensor(a, device=device) for a in (examples.x, examples.targets))
    row, token = (torch.tensor(a, device=device) for a in (examples.row, examples.token))
    order = torch.tensor(examples.order, device=device)
    for chosen, rate in zip(order, _rates(schedule, len(examples.order)), strict=True):
        for group in stepper.param_groups:
            group["lr"] = float(rate)
        trunk = torch.relu(x[row[chosen]] @ w["w1"] + w["b1"])
        joined = torch.cat([trunk, w["token"][token[chosen]]], dim=1)
        scores = torch.relu(joined @ w["w2"] + w["b2"]) @ w["w3"] + w["b3"]
        if schedule.form == "score":
            loss = functional.binary_cross_entropy_with_logits(scores, targets[chosen], reduction="sum")
        else:
            loss = functional.cross_entropy(scores, targets[chosen], reduction="sum")
        stepper.zero_grad()
        (loss / len(chosen)).backward()  # type: ignore[no-untyped-call]
        stepper.step()
    return {name: tensor.detach().cpu().numpy() for name, tensor in w.items()}
