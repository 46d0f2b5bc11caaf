"""The two obstacles that stand whatever the data: vanishing gradients, and the noise of counting.

barren plateau   Var[∂E/∂θ] over random angles falls like 2^-n with the qubits n: for deep circuits
                 whatever is read, for shallow ones when the observable is global (McClean 2018;
                 Cerezo 2021)
shots            the error of <Z> from M measurements falls like 1/sqrt(M)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.quantum import simulator
from daybrief.labs.quantum.circuit import Angle, Circuit, Entangler, Link, Turn, entangled, variational

Array = NDArray[np.float64]
Cost = Literal["local", "global"]  # <Z> of the middle qubit, or the parity of all


def random_circuit(qubits: int, depth: int, entangler: Entangler = "brick") -> Circuit:
    """RY(π/4) on every qubit, then layers of RX, RY, RZ with angles of their own, and links."""
    gates: list[Turn | Link] = [Turn(q, "y", Angle("value", 0, math.pi / 4)) for q in range(qubits)]
    layers = variational(qubits, depth, entangler="none").gates[qubits:]
    each = 3 * qubits
    for layer in range(depth):
        gates += [*layers[layer * each : (layer + 1) * each], *entangled(qubits, entangler, layer)]
    return Circuit(qubits, tuple(gates))


def gradient_variance(
    qubits: int,
    depth: int,
    cost: Cost,
    random: np.random.Generator,
    *,
    draws: int = 200,
    entangler: Entangler = "brick",
) -> float:
    """Variance of the gradient of one angle over `draws` random settings of all angles.

    The angle is RY of the middle qubit in the first layer; its gradient is exact by parameter shift. Raises
    LabError for fewer than two draws or a circuit too wide for memory.
    """
    if draws < 2 or depth < 1:
        raise LabError(
            f"{draws} draws at depth {depth} have no variance", hint="give 2 draws and depth 1 or more"
        )
    circuit = random_circuit(qubits, depth, entangler)
    at = 3 * (qubits // 2) + 1
    gradients: list[Array] = []
    part = max(1, min(draws, 2**18 // 2**qubits))
    simulator.check_memory(qubits, part)
    for begin in range(0, draws, part):
        angles = random.uniform(0, 2 * math.pi, (min(part, draws - begin), circuit.weights))
        gradients.append((_cost(circuit, angles, at, cost, 1) - _cost(circuit, angles, at, cost, -1)) / 2)
    return float(np.concatenate(gradients).var())


def _cost(circuit: Circuit, angles: Array, at: int, cost: Cost, sense: int) -> Array:
    moved = angles.copy()
    moved[:, at] += sense * math.pi / 2
    tape = simulator.run(circuit, moved, np.zeros((len(moved), 0)))
    return tape.parity if cost == "global" else tape.expectations[:, circuit.qubits // 2]


def decay(qubits: Sequence[int], variances: Sequence[float]) -> float:
    """Slope of log2 of the variance by qubits: -1 is a barren plateau, 0 is none."""
    return float(np.polyfit(np.asarray(qubits, dtype=float), np.log2(variances), 1)[0])


def shot_errors(
    qubits: int, depth: int, shots: Sequence[int], random: np.random.Generator, *, settings: int = 50
) -> list[float]:
    """Root mean square error of <Z_q> from each number of shots, over random settings of a circuit."""
    circuit = variational(qubits, depth)
    weights = random.uniform(0, 2 * math.pi, (settings, circuit.weights))
    tape = simulator.run(circuit, weights, random.uniform(0, math.pi / 2, (settings, qubits)))
    truth = tape.expectations
    return [float(np.sqrt(((simulator.measured(tape, m, random) - truth) ** 2).mean())) for m in shots]


def exponent(shots: Sequence[int], errors: Sequence[float]) -> float:
    """Slope of the logarithm of the error by that of the shots: -0.5 is the law of counting."""
    return float(np.polyfit(np.log(shots), np.log(errors), 1)[0])
