"""The same circuit in PennyLane and in Qiskit: to check our simulator, and to run on what they can reach.

Both libraries are imported when asked for: `pip install "daybrief[lab-quantum]"`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.kit.lab import require
from daybrief.labs.quantum.circuit import Circuit, Turn

Array = NDArray[np.float64]
EXTRA = "lab-quantum"


def pennylane_expectations(
    circuit: Circuit, weights: Array, inputs: Array, device: str = "default.qubit"
) -> Array:
    """<Z_q> of every row, (batch, qubits), from a PennyLane device; a row of inputs a run."""
    require(("pennylane",), extra=EXTRA)
    import pennylane

    try:
        place = pennylane.device(device, wires=circuit.qubits)
    except pennylane.exceptions.DeviceError as error:
        raise LabError(
            f"PennyLane has no device {device!r}: {error}", hint="default.qubit always works"
        ) from error
    turns = {"x": pennylane.RX, "y": pennylane.RY, "z": pennylane.RZ}

    @pennylane.qnode(place)  # type: ignore[untyped-decorator, unused-ignore]
    def shown(row: Array) -> Any:
        for gate in circuit.gates:
            if isinstance(gate, Turn):
                turns[gate.axis](_value(gate, weights, row), wires=gate.qubit)
            else:
                pennylane.CNOT(wires=[gate.control, gate.target])
        return [pennylane.expval(pennylane.PauliZ(q)) for q in range(circuit.qubits)]

    return np.array([[float(value) for value in shown(row)] for row in np.atleast_2d(inputs)])


def _value(turn: Turn, weights: Any, inputs: Any) -> Any:
    source = turn.angle.source
    if source == "value":
        return turn.angle.value
    return (weights if source == "weight" else inputs)[turn.angle.index]


def qiskit_circuit(circuit: Circuit, weights: Array, inputs: Sequence[Any] | Array | None = None) -> Any:
    """A QuantumCircuit that measures every qubit into the classical bit of its number.

    inputs: values, or None for free parameters x[0], x[1], … to be bound later.
    """
    require(("qiskit",), extra=EXTRA)
    from qiskit import QuantumCircuit
    from qiskit.circuit import ParameterVector

    row = ParameterVector("x", circuit.inputs) if inputs is None else inputs
    made = QuantumCircuit(circuit.qubits, circuit.qubits)
    turns = {"x": made.rx, "y": made.ry, "z": made.rz}
    for gate in circuit.gates:
        if isinstance(gate, Turn):
            turns[gate.axis](_value(gate, weights, row), gate.qubit)
        else:
            made.cx(gate.control, gate.target)
    made.measure(range(circuit.qubits), range(circuit.qubits))
    return made


def expectations_of(counts: dict[str, int], qubits: int) -> Array:
    """<Z_q>, (qubits,), from Qiskit's counts, whose words hold bit 0 at the right."""
    total = sum(counts.values())
    shown = np.zeros(qubits)
    for word, count in counts.items():
        bits = word.replace(" ", "")[::-1]
        shown += count * np.array([1.0 if bits[q] == "0" else -1.0 for q in range(qubits)])
    return shown / total
