"""Two heads over frozen vectors that say how surely a prompt is off-topic: F(S, U) -> logit.

SimilarityHead   a small network over the figures of a pair (`features`): the cross-encoder's comparison of
                 parts with parts, without a language model trained on pairs
AttentionHead    the paper's bi-encoder head (section 3.3): an adapter for each side, cross-attention both
                 ways, attention pooling, one layer; vectors of pieces stand for those of tokens

Both are plain NumPy, in training too: a few thousand pairs take seconds. Off-topic is 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from daybrief.guard.features import EncodedPairs, EncodedText, Floats

Arrays = dict[str, Floats]
Gradients = Callable[[Arrays, NDArray[np.intp]], Arrays]
_AT_ONCE = 256  # pairs whose vectors are padded to one block
_FAR = -1e9  # what a masked place gets before a softmax


class Head(Protocol):
    """A classifier of pairs; `arrays` is all it has learned."""

    arrays: Arrays

    def logits(self, pairs: EncodedPairs) -> Floats:
        """(pairs,): above 0 is off-topic."""
        ...


def descend(
    arrays: Arrays,
    gradients: Gradients,
    count: int,
    rng: np.random.Generator,
    *,
    epochs: int,
    batch: int,
    rate: float,
    decay: float,
) -> Arrays:
    """Adam with decoupled weight decay and a linearly falling rate (Kingma and Ba 2015; Loshchilov 2019)."""
    first = {name: np.zeros_like(array) for name, array in arrays.items()}
    second = {name: np.zeros_like(array) for name, array in arrays.items()}
    steps, step = epochs * -(-count // batch), 0
    for _ in range(epochs):
        order = rng.permutation(count)
        for at in range(0, count, batch):
            step += 1
            slope = gradients(arrays, order[at : at + batch])
            pace = rate * (1 - step / (steps + 1))
            for name, array in arrays.items():
                first[name] = 0.9 * first[name] + 0.1 * slope[name]
                second[name] = 0.999 * second[name] + 0.001 * slope[name] ** 2
                mean, variance = first[name] / (1 - 0.9**step), second[name] / (1 - 0.999**step)
                shrunk = array * (1 - pace * decay) if array.ndim > 1 else array
                arrays[name] = shrunk - pace * mean / (np.sqrt(variance) + 1e-8)
    return arrays


def sigmoid(logits: Floats) -> Floats:
    """Probabilities of logits."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))


# ── over the figures of a pair ──────────────────────────────────────────────────────────────────────


class SimilarityHead:
    """A network of one hidden layer over standardised figures, with a straight path beside it."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    @classmethod
    def fit(
        cls, features: Floats, off: Floats, rng: np.random.Generator, *, hidden: int = 8, epochs: int = 30
    ) -> SimilarityHead:
        """features (pairs, figures), off (pairs,) of 0 and 1."""
        centre, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
        x = (features - centre) / spread
        arrays = {
            "w1": rng.normal(0, x.shape[1] ** -0.5, (x.shape[1], hidden)),
            "b1": np.zeros(hidden),
            "w2": rng.normal(0, hidden**-0.5, (hidden, 1)),
            "direct": np.zeros((x.shape[1], 1)),
            "b2": np.zeros(1),
        }

        def slopes(now: Arrays, rows: NDArray[np.intp]) -> Arrays:
            inner = np.tanh(x[rows] @ now["w1"] + now["b1"])
            logits = (inner @ now["w2"] + x[rows] @ now["direct"])[:, 0] + now["b2"]
            back = ((sigmoid(logits) - off[rows]) / len(rows))[:, None]
            below = back @ now["w2"].T * (1 - inner**2)
            return {
                "w1": x[rows].T @ below,
                "b1": below.sum(axis=0),
                "w2": inner.T @ back,
                "direct": x[rows].T @ back,
                "b2": back.sum(axis=0),
            }

        weights = descend(arrays, slopes, len(x), rng, epochs=epochs, batch=128, rate=0.01, decay=0.05)
        return cls({**weights, "centre": centre, "spread": spread})

    def logits(self, pairs: EncodedPairs) -> Floats:
        """(pairs,), from the figures alone."""
        now = self.arrays
        x = (pairs.features - now["centre"]) / now["spread"]
        inner = np.tanh(x @ now["w1"] + now["b1"])
        return np.asarray((inner @ now["w2"] + x @ now["direct"])[:, 0] + now["b2"])


# ── over the vectors of both sides ──────────────────────────────────────────────────────────────────


class Padded:
    """Vectors of unequal number as (b, n, d) with a mask (b, n) of 0 and `_FAR`."""

    def __init__(self, texts: Sequence[EncodedText]) -> None:
        longest = max(len(text.parts) for text in texts)
        self.vectors = np.zeros((len(texts), longest, texts[0].parts.shape[1]))
        self.mask = np.full((len(texts), longest), _FAR)
        for at, text in enumerate(texts):
            self.vectors[at, : len(text.parts)] = text.parts
            self.mask[at, : len(text.parts)] = 0.0


class AttentionHead:
    """Adapters, cross-attention both ways, attention pooling, one layer; `_Pass` holds the equations."""

    SHARPNESS = 10.0

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    @classmethod
    def fit(
        cls,
        pairs: EncodedPairs,
        off: Floats,
        rng: np.random.Generator,
        *,
        width: int = 16,
        epochs: int = 4,
    ) -> AttentionHead:
        """off (pairs,) of 0 and 1; `width` is that of the adapters' bottleneck."""
        arrays = cls.start(pairs.scopes[0].parts.shape[1], width, rng)

        def slopes(now: Arrays, rows: NDArray[np.intp]) -> Arrays:
            batch = pairs.at(rows)
            return _Pass(now, Padded(batch.scopes), Padded(batch.prompts)).back(off[rows])

        return cls(descend(arrays, slopes, len(pairs), rng, epochs=epochs, batch=64, rate=0.0007, decay=0.1))

    @staticmethod
    def start(d: int, width: int, rng: np.random.Generator) -> Arrays:
        """Before training the head is a late interaction: the nearer the parts, the less off-topic."""
        arrays = {"bias": np.array([3.0])}
        for side in ("s", "u"):
            arrays[f"down_{side}"] = rng.normal(0, d**-0.5, (d, width))
            arrays[f"up_{side}"] = np.zeros((width, d))
            arrays[f"pool_{side}"] = np.zeros(d)
            arrays[f"out_{side}"] = np.full(d, -4.0)
        return arrays

    def logits(self, pairs: EncodedPairs) -> Floats:
        """(pairs,), from the vectors alone."""
        logits = [np.zeros(0)]
        for at in range(0, len(pairs), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            logits.append(_Pass(self.arrays, Padded(pairs.scopes[part]), Padded(pairs.prompts[part])).logits)
        return np.concatenate(logits)


class _Pass:
    """The forward pass of a batch and, from what it kept, the gradients.

    K = S + relu(S Ds) Us, Q = U + relu(U Du) Uu        adapters
    H = softmax(t Q K') K, G = softmax(t K Q') Q        cross-attention, prompt to scope and scope to prompt
    z = sum_i softmax_i(p . x_i) x_i over x = H*Q, and over x = G*K    attention pooling
    logit = o_u . z_u + o_s . z_s + b
    """

    def __init__(self, now: Arrays, scopes: Padded, prompts: Padded) -> None:
        self.now, self.s, self.u = now, scopes.vectors, prompts.vectors
        self.hidden_s = np.maximum(self.s @ now["down_s"], 0)
        self.hidden_u = np.maximum(self.u @ now["down_u"], 0)
        self.k = self.s + self.hidden_s @ now["up_s"]
        self.q = self.u + self.hidden_u @ now["up_u"]
        near = AttentionHead.SHARPNESS * self.q @ self.k.transpose(0, 2, 1)
        self.to_scope = _softmax(near + scopes.mask[:, None, :])
        self.to_prompt = _softmax(near.transpose(0, 2, 1) + prompts.mask[:, None, :])
        self.h, self.g = self.to_scope @ self.k, self.to_prompt @ self.q
        self.x_u, self.x_s = self.h * self.q, self.g * self.k
        self.weight_u = _softmax(self.x_u @ now["pool_u"] + prompts.mask)
        self.weight_s = _softmax(self.x_s @ now["pool_s"] + scopes.mask)
        self.z_u = (self.weight_u[:, :, None] * self.x_u).sum(axis=1)
        self.z_s = (self.weight_s[:, :, None] * self.x_s).sum(axis=1)
        self.logits: Floats = self.z_u @ now["out_u"] + self.z_s @ now["out_s"] + now["bias"]

    def back(self, off: Floats) -> Arrays:
        """Gradients by name."""
        now, back = self.now, (sigmoid(self.logits) - off) / len(off)
        gradients = {"bias": back.sum(keepdims=True), "out_u": self.z_u.T @ back, "out_s": self.z_s.T @ back}
        x_u, gradients["pool_u"] = _unpool(
            back[:, None] * now["out_u"], self.x_u, self.weight_u, now["pool_u"]
        )
        x_s, gradients["pool_s"] = _unpool(
            back[:, None] * now["out_s"], self.x_s, self.weight_s, now["pool_s"]
        )
        h, g = x_u * self.q, x_s * self.k
        q, k = x_u * self.h, x_s * self.g
        q += self.to_prompt.transpose(0, 2, 1) @ g
        k += self.to_scope.transpose(0, 2, 1) @ h
        near = _unsoftmax(h @ self.k.transpose(0, 2, 1), self.to_scope)
        near = near + _unsoftmax(g @ self.q.transpose(0, 2, 1), self.to_prompt).transpose(0, 2, 1)
        q += AttentionHead.SHARPNESS * near @ self.k
        k += AttentionHead.SHARPNESS * near.transpose(0, 2, 1) @ self.q
        gradients["down_u"], gradients["up_u"] = _unadapt(q, self.u, self.hidden_u, now["up_u"])
        gradients["down_s"], gradients["up_s"] = _unadapt(k, self.s, self.hidden_s, now["up_s"])
        return gradients


def _softmax(scores: Floats) -> Floats:
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True))


def _unsoftmax(back: Floats, weights: Floats) -> Floats:
    return np.asarray(weights * (back - (weights * back).sum(axis=-1, keepdims=True)))


def _unpool(back: Floats, x: Floats, weights: Floats, pool: Floats) -> tuple[Floats, Floats]:
    score = _unsoftmax((x * back[:, None, :]).sum(axis=2), weights)
    inner = weights[:, :, None] * back[:, None, :] + score[:, :, None] * pool
    return inner, (score[:, :, None] * x).sum(axis=(0, 1))


def _unadapt(back: Floats, x: Floats, hidden: Floats, up: Floats) -> tuple[Floats, Floats]:
    below = (back @ up.T) * (hidden > 0)
    flat = (-1, x.shape[-1])
    down = x.reshape(flat).T @ below.reshape(-1, below.shape[-1])
    return down, hidden.reshape(-1, hidden.shape[-1]).T @ back.reshape(flat)
