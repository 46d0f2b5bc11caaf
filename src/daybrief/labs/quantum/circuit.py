"""Circuits as data: turns about an axis by an angle, and CNOT links; the ansätze of the paper's line.

    VQC              RY(x_q) on qubit q; L layers of {links; trained RX, RY, RZ on every qubit}; read <Z_q>
    re-uploading     the same, with RY(x_q) again before every layer
    entangler        ring (q -> q+1 and back to 0), line, brick (even pairs, then odd ones), none

A circuit knows nothing of how it is run: see `simulator`, `adapters` and `devices`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from daybrief.errors import LabError

Axis = Literal["x", "y", "z"]
Source = Literal["weight", "input", "value"]
Entangler = Literal["ring", "line", "brick", "none"]
ENTANGLERS: tuple[Entangler, ...] = ("ring", "line", "brick", "none")


@dataclass(frozen=True, slots=True)
class Angle:
    """The source of a rotation's angle: the weight or input of an index, or a fixed value in radians."""

    source: Source
    index: int = 0
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """A rotation exp(-i angle P / 2) of one qubit, P the Pauli matrix of the axis."""

    qubit: int
    axis: Axis
    angle: Angle


@dataclass(frozen=True, slots=True)
class Link:
    """A CNOT."""

    control: int
    target: int


@dataclass(frozen=True)
class Circuit:
    """Gates on `qubits` qubits in their order; qubit 0 is the most significant of a basis state.

    Raises LabError when a gate names a qubit that is not there, or links a qubit to itself.
    """

    qubits: int
    gates: tuple[Turn | Link, ...]

    def __post_init__(self) -> None:
        if self.qubits < 1:
            raise LabError(f"a circuit of {self.qubits} qubits cannot be made", hint="give 1 or more")
        for gate in self.gates:
            touched = {gate.qubit} if isinstance(gate, Turn) else {gate.control, gate.target}
            if not all(0 <= q < self.qubits for q in touched) or (
                isinstance(gate, Link) and len(touched) < 2
            ):
                raise LabError(f"{gate} does not fit {self.qubits} qubits", hint="qubits count from 0")

    def _count(self, source: Source) -> int:
        turns = (g for g in self.gates if isinstance(g, Turn))
        return max((t.angle.index + 1 for t in turns if t.angle.source == source), default=0)

    @cached_property
    def weights(self) -> int:
        """How many trained angles there are."""
        return self._count("weight")

    @cached_property
    def inputs(self) -> int:
        """How many inputs there are."""
        return self._count("input")

    @cached_property
    def links(self) -> int:
        """How many CNOTs there are."""
        return sum(isinstance(g, Link) for g in self.gates)


def entangled(qubits: int, entangler: Entangler, layer: int) -> tuple[Link, ...]:
    """The links of one layer; none on a single qubit."""
    if qubits == 1 or entangler == "none":
        return ()
    if entangler == "brick":
        return tuple(Link(q, q + 1) for q in range(layer % 2, qubits - 1, 2))
    chain = tuple(Link(q, q + 1) for q in range(qubits - 1))
    return (*chain, Link(qubits - 1, 0)) if entangler == "ring" and qubits > 2 else chain


def variational(
    qubits: int, depth: int, *, entangler: Entangler = "ring", reupload: bool = False, axes: str = "xyz"
) -> Circuit:
    """The variational circuit of the paper's line: depth · qubits · len(axes) trained angles.

    Raises LabError for a depth below 0, an unknown entangler or axis.
    """
    if depth < 0 or entangler not in ENTANGLERS or not set(axes) <= set("xyz"):
        raise LabError(
            f"depth {depth}, entangler {entangler!r} or axes {axes!r} cannot be used",
            hint=f"depth is 0 or more, the entangler one of {list(ENTANGLERS)}, axes of x, y and z",
        )
    encode = tuple(Turn(q, "y", Angle("input", q)) for q in range(qubits))
    gates: list[Turn | Link] = [] if reupload and depth else list(encode)
    weight = 0
    for layer in range(depth):
        gates += [*(encode if reupload else ()), *entangled(qubits, entangler, layer)]
        for q in range(qubits):
            for axis in axes:
                gates.append(Turn(q, axis, Angle("weight", weight)))  # type: ignore[arg-type]
                weight += 1
    return Circuit(qubits, tuple(gates))
