"""A tensor-train layer: a wide linear map held as a product of small cores (TTN-VQC's front).

    W[(i1 i2 i3), (j1 j2 j3)] = G1[i1, j1] G2[i2, j2] G3[i3, j3],   G_k[i, j] a matrix of r_{k-1} x r_k

so that 784 -> 8 takes 148 numbers (modes 14 x 8 x 7 -> 2 x 2 x 2, ranks 1-2-2-1) in place of 6,272. A core
has the shape (r_{k-1}, i_k, j_k, r_k).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """How a map is factored: input modes, output modes, and ranks, one more than there are modes."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    ranks: tuple[int, ...]

    def __post_init__(self) -> None:
        fits = len(self.inputs) == len(self.outputs) == len(self.ranks) - 1 and self.inputs
        if (
            not fits
            or min(*self.inputs, *self.outputs, *self.ranks) < 1
            or self.ranks[0] * self.ranks[-1] != 1
        ):
            raise LabError(
                f"modes {self.inputs} -> {self.outputs} with ranks {self.ranks} make no tensor train",
                hint="give as many output as input modes, one rank more, all 1 or more, the outer ranks 1",
            )

    @property
    def width(self) -> int:
        """Inputs, the product of the input modes."""
        return math.prod(self.inputs)

    @property
    def parameters(self) -> int:
        """Numbers in all cores."""
        pairs = zip(self.inputs, self.outputs, self.ranks, self.ranks[1:], strict=False)
        return sum(i * j * left * right for i, j, left, right in pairs)


def modes_for(features: int, outputs: int, rank: int = 2) -> Modes:
    """Three near-equal input modes whose product is `features` or a little more: the rest is zero padding.

    Wide meets wide: the largest input mode goes with the largest output mode.
    """
    if features < 1 or outputs < 1 or rank < 1:
        raise LabError(f"{features} features, {outputs} outputs, rank {rank}: all must be 1 or more")
    side = round(features ** (1 / 3))
    candidates = [
        (a, b, math.ceil(features / (a * b)))
        for a in range(max(1, side - 3), side + 4)
        for b in range(max(1, side - 3), side + 4)
    ]
    inputs = sorted(min(candidates, key=lambda m: (math.prod(m), max(m) - min(m))), reverse=True)
    return Modes(inputs=tuple(inputs), outputs=_three(outputs), ranks=(1, rank, rank, 1))


def _three(number: int) -> tuple[int, ...]:
    """The most equal three factors of a number, largest first."""
    triples = [
        (a, b, number // (a * b))
        for a in range(1, number + 1)
        for b in range(1, number + 1)
        if number % (a * b) == 0
    ]
    return tuple(sorted(min(triples, key=lambda t: max(t) - min(t)), reverse=True))


def start(modes: Modes, random: np.random.Generator) -> list[Array]:
    """Random cores whose product has entries of variance 1 / width."""
    inner = math.prod(modes.ranks)
    scale = (1.0 / (modes.width * inner)) ** (0.5 / len(modes.inputs))
    shapes = zip(modes.ranks, modes.inputs, modes.outputs, modes.ranks[1:], strict=False)
    return [scale * random.standard_normal(shape) for shape in shapes]


def matrix(cores: list[Array]) -> Array:
    """The whole map, (width, outputs)."""
    return _folded(_chain(cores), cores)


def _chain(cores: list[Array]) -> Array:
    """The product of cores, (r_0, i1 j1 i2 j2 …, r_d) with the modes flattened in that order."""
    whole: Any = (
        np.ones((1, 1, 1)) if not cores else cores[0].reshape(cores[0].shape[0], -1, cores[0].shape[3])
    )
    for core in cores[1:]:
        whole = np.einsum("apr,rqs->apqs", whole, core.reshape(core.shape[0], -1, core.shape[3]))
        whole = whole.reshape(whole.shape[0], -1, whole.shape[3])
    return np.asarray(whole)


def _folded(chain: Array, cores: list[Array]) -> Array:
    pairs = [size for core in cores for size in core.shape[1:3]]
    count = len(cores)
    order = [*range(0, 2 * count, 2), *range(1, 2 * count, 2)]
    return chain.reshape(pairs).transpose(order).reshape(math.prod(pairs[::2]), -1)


def pull(cores: list[Array], slopes: Array) -> list[Array]:
    """Gradients to the cores from the gradient to the whole map, (width, outputs)."""
    count = len(cores)
    sizes = [core.shape[1] for core in cores] + [core.shape[2] for core in cores]
    order = [axis for k in range(count) for axis in (k, count + k)]
    flat = slopes.reshape(sizes).transpose(order)
    gradients = []
    for at, core in enumerate(cores):
        left = _chain(cores[:at])[0] if at else np.ones((1, 1))
        right = _chain(cores[at + 1 :])[:, :, 0] if at < count - 1 else np.ones((1, 1))
        middle = flat.reshape(left.shape[0], core.shape[1], core.shape[2], right.shape[1])
        gradients.append(np.einsum("ar,aijb,sb->rijs", left, middle, right))
    return gradients
