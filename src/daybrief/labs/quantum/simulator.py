"""A batched state vector in numpy: expectations, exact gradients, and measured shots.

A state is (batch, 2^qubits), complex64 unless told otherwise. Turns of one qubit between two links are
fused into one 2 x 2 matrix, links into one permutation. Gradients run backwards through the circuit
(adjoint method: Jones and Gacon 2020): for E = <ψ|O|ψ>, λ = O ψ, and a gate ψ = U(θ) φ,

    dE/dθ = 2 Re <λ| dU/dθ |φ>,      then λ <- U† λ, ψ <- φ

so that a gradient costs about three runs, however many angles there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.quantum.circuit import Circuit, Link, Turn

Array = NDArray[np.float64]
Complex = NDArray[Any]

MOST_BYTES = 2 * 1024**3
_PAULI = {
    "x": np.array([[0, 1], [1, 0]], dtype=complex),
    "y": np.array([[0, -1j], [1j, 0]]),
    "z": np.array([[1, 0], [0, -1]], dtype=complex),
}


@dataclass(frozen=True)
class Fused:
    """Turns of one qubit, in their order."""

    qubit: int
    turns: tuple[Turn, ...]


@dataclass(frozen=True, eq=False)
class Shuffle:
    """Links as a permutation: the new amplitude at k is the old one at `order[k]`."""

    order: NDArray[np.intp]
    back: NDArray[np.intp]


@lru_cache(maxsize=256)
def compiled(circuit: Circuit) -> tuple[Fused | Shuffle, ...]:
    """The circuit as fused turns and permutations."""
    steps: list[Fused | list[Link]] = []
    waiting: dict[int, list[Turn]] = {}
    for gate in circuit.gates:
        if isinstance(gate, Turn):
            waiting.setdefault(gate.qubit, []).append(gate)
            continue
        for qubit in (gate.control, gate.target):
            if qubit in waiting:
                steps.append(Fused(qubit, tuple(waiting.pop(qubit))))
        if steps and isinstance(steps[-1], list):
            steps[-1].append(gate)
        else:
            steps.append([gate])
    steps += [Fused(qubit, tuple(turns)) for qubit, turns in waiting.items()]
    return tuple(s if isinstance(s, Fused) else _shuffle(s, circuit.qubits) for s in steps)


def _shuffle(links: list[Link], qubits: int) -> Shuffle:
    order = np.arange(2**qubits)
    for link in links:
        basis = np.arange(2**qubits)
        flips = (basis >> (qubits - 1 - link.control)) & 1
        order = order[basis ^ (flips << (qubits - 1 - link.target))]
    return Shuffle(order, np.argsort(order))


@dataclass(frozen=True, eq=False)
class Tape:
    """A run: the circuit, its angles, and the state it ended in, (batch, 2^qubits)."""

    circuit: Circuit
    weights: Array  # (1 or batch, weights)
    inputs: Array  # (batch, inputs)
    state: Complex

    @property
    def probabilities(self) -> Array:
        """The probability of each basis state, (batch, 2^qubits)."""
        return np.asarray(self.state.real**2 + self.state.imag**2, dtype=np.float64)

    @property
    def expectations(self) -> Array:
        """<Z_q> of every qubit, (batch, qubits)."""
        return np.asarray(self.probabilities @ signs(self.circuit.qubits))

    @property
    def parity(self) -> Array:
        """<Z x Z x … x Z>, the global observable, (batch,)."""
        return np.asarray(self.probabilities @ signs(self.circuit.qubits).prod(axis=1))


@lru_cache(maxsize=32)
def signs(qubits: int) -> Array:
    """Eigenvalue of each Z_q at each basis state, (2^qubits, qubits)."""
    basis = np.arange(2**qubits)[:, None]
    return np.asarray(1.0 - 2.0 * ((basis >> np.arange(qubits - 1, -1, -1)) & 1))


def check_memory(qubits: int, batch: int, most: int = MOST_BYTES, size: int = 8) -> None:
    """Raises LabError when five state vectors of the batch would not fit into `most` bytes."""
    needed = 5 * batch * size * 2**qubits
    if needed > most:
        widest = max(1, int(np.log2(most / (5 * size * batch))))
        raise LabError(
            f"a circuit of {qubits} qubits and a batch of {batch} needs {needed / 2**30:.1f} GiB, "
            f"{most / 2**30:.1f} are allowed",
            hint=f"use at most {widest} qubits at this batch, or a smaller batch",
        )


def run(circuit: Circuit, weights: Array, inputs: Array, *, exact: bool = False) -> Tape:
    """Runs the circuit from |0…0>.

    weights: (weights,), or (batch, weights) for angles of their own; inputs: (batch, inputs). `exact` takes
    complex128. Raises LabError when the shapes do not fit the circuit or the state does not fit into memory.
    """
    weights, inputs = np.atleast_2d(weights), np.atleast_2d(inputs)
    batch = max(len(weights), len(inputs))
    if weights.shape[1] < circuit.weights or inputs.shape[1] < circuit.inputs:
        raise LabError(
            f"{weights.shape[1]} weights and {inputs.shape[1]} inputs were given",
            hint=f"the circuit has {circuit.weights} weights and {circuit.inputs} inputs",
        )
    check_memory(circuit.qubits, batch, size=16 if exact else 8)
    state = np.zeros((batch, 2**circuit.qubits), dtype=np.complex128 if exact else np.complex64)
    state[:, 0] = 1.0
    for step in compiled(circuit):
        if isinstance(step, Shuffle):
            state = state[:, step.order]
        else:
            state = _turned(state, step.qubit, _product(_matrices(step.turns, weights, inputs)))
    return Tape(circuit, weights, inputs, state)


def _matrices(turns: tuple[Turn, ...], weights: Array, inputs: Array) -> list[Complex]:
    """The matrix of each turn, (1 or batch, 2, 2)."""
    made = []
    for turn in turns:
        angle = _angle(turn, weights, inputs)[:, None, None] / 2
        made.append(np.cos(angle) * np.eye(2) - 1j * np.sin(angle) * _PAULI[turn.axis])
    return made


def _angle(turn: Turn, weights: Array, inputs: Array) -> Array:
    source = turn.angle.source
    if source == "value":
        return np.array([turn.angle.value])
    return (weights if source == "weight" else inputs)[:, turn.angle.index]


def _product(matrices: list[Complex]) -> Complex:
    whole = matrices[0]
    for matrix in matrices[1:]:
        whole = matrix @ whole
    return whole


def _turned(state: Complex, qubit: int, matrix: Complex) -> Complex:
    """Applies (1 or batch, 2, 2) matrices to one qubit."""
    batch, size = state.shape
    parts = state.reshape(batch, 2**qubit, 2, -1)
    m = matrix.astype(state.dtype)[:, :, :, None, None]
    out = np.empty_like(parts)
    zeros, ones = parts[:, :, 0], parts[:, :, 1]
    out[:, :, 0] = m[:, 0, 0] * zeros + m[:, 0, 1] * ones
    out[:, :, 1] = m[:, 1, 0] * zeros + m[:, 1, 1] * ones
    return out.reshape(batch, size)


def pull(tape: Tape, slopes: Array) -> tuple[Array, Array]:
    """Gradients of Σ slopes · <Z>: to the weights, of their shape, and to the inputs, (batch, inputs).

    slopes: (batch, qubits), the derivative of a loss by each expectation.
    """
    state = tape.state
    dual = (slopes @ signs(tape.circuit.qubits).T).astype(state.dtype) * state
    to_weights, to_inputs = np.zeros_like(tape.weights), np.zeros((len(state), tape.inputs.shape[1]))
    for step in reversed(compiled(tape.circuit)):
        if isinstance(step, Shuffle):
            state, dual = state[:, step.back], dual[:, step.back]
            continue
        matrices = _matrices(step.turns, tape.weights, tape.inputs)
        whole = _product(matrices)
        undo = whole.conj().transpose(0, 2, 1)
        state = _turned(state, step.qubit, undo)
        overlap = _overlap(dual, state, step.qubit)
        for turn, change in _changes(step.turns, matrices):
            slope = 2.0 * (change * overlap).sum(axis=(1, 2)).real
            if turn.angle.source == "weight":
                shared = len(tape.weights) == 1
                to_weights[:, turn.angle.index] += slope.sum() if shared else slope
            elif turn.angle.source == "input":
                to_inputs[:, turn.angle.index] += slope
        dual = _turned(dual, step.qubit, undo)
    return to_weights, to_inputs


def _overlap(dual: Complex, state: Complex, qubit: int) -> Complex:
    """Σ over the rest of conj(dual_a) state_b, (batch, 2, 2)."""
    shape = (len(state), 2**qubit, 2, -1)
    left, right = dual.reshape(shape).conj(), state.reshape(shape)
    rows = [[(left[:, :, a] * right[:, :, b]).sum(axis=(1, 2)) for b in (0, 1)] for a in (0, 1)]
    return np.asarray(np.moveaxis(np.array(rows), 2, 0))


def _changes(turns: tuple[Turn, ...], matrices: list[Complex]) -> Iterator[tuple[Turn, Complex]]:
    """Derivative of the fused matrix by the angle of each turn, (1 or batch, 2, 2)."""
    for at, turn in enumerate(turns):
        if turn.angle.source != "value":
            inner = -0.5j * _PAULI[turn.axis] @ matrices[at]
            yield turn, _product([*matrices[:at], inner, *matrices[at + 1 :]])


def measured(tape: Tape, shots: int, random: np.random.Generator) -> Array:
    """<Z_q> estimated from `shots` measurements of all qubits, (batch, qubits)."""
    if shots < 1:
        raise LabError(f"{shots} shots measure nothing", hint="give 1 or more")
    chances = tape.probabilities / tape.probabilities.sum(axis=1, keepdims=True)
    counts = random.multinomial(shots, chances)
    return np.asarray(counts @ signs(tape.circuit.qubits) / shots)
