"""Circuits under the recorded noise of real devices, and its mitigation by zero-noise extrapolation.

`qiskit-ibm-runtime` ships the calibrations of some 60 machines as they were on one day: T1, T2, the error
of every gate and of every readout. `qiskit-aer` turns one into a noise model and runs the circuit,
transpiled to the device's gates and couplings, under it.

Zero-noise extrapolation (Temme 2017; Giurgica-Tiron 2020): every two-qubit gate G is replaced by G (G†
G)^k, which does nothing but adds noise; <Z> is measured at the scales 1, 3, 5 … and extrapolated to 0.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.kit.lab import require
from daybrief.labs.quantum.adapters import EXTRA, expectations_of, qiskit_circuit
from daybrief.labs.quantum.circuit import Circuit

Array = NDArray[np.float64]
NEEDS = ("qiskit", "qiskit_aer", "qiskit_ibm_runtime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A device's medians: T1 and T2 in microseconds, error of a two-qubit gate, error of a readout."""

    device: str
    qubits: int
    t1: float
    t2: float
    link_error: float
    readout_error: float


def device_names() -> list[str]:
    """Names of all recorded devices, such as `manila` or `sherbrooke`."""
    return sorted(_recorded())


def _recorded() -> dict[str, Callable[[], Any]]:
    require(NEEDS, extra=EXTRA)
    from qiskit_ibm_runtime import fake_provider

    names = [
        n for n in dir(fake_provider) if n.startswith("Fake") and "Provider" not in n and "Backend" not in n
    ]
    return {n.removeprefix("Fake").removesuffix("V2").lower(): getattr(fake_provider, n) for n in names}


@dataclass(frozen=True)
class RecordedDevice:
    """A device as it was recorded; `name` is one of `device_names()`. Raises LabError for any other."""

    name: str
    seed: int = 0

    @cached_property
    def backend(self) -> Any:
        """Qiskit's backend."""
        recorded = _recorded()
        if self.name not in recorded:
            raise LabError(
                f"no device {self.name!r} is recorded", hint=f"there are {', '.join(sorted(recorded))}"
            )
        return recorded[self.name]()

    @cached_property
    def calibration(self) -> Calibration:
        """The medians of what was recorded."""
        target = self.backend.target
        times = [q for q in target.qubit_properties or () if q is not None]
        pairs = [
            p.error
            for name in target.operation_names
            if name in ("cx", "ecr", "cz")
            for p in target[name].values()
            if p is not None and p.error is not None and p.error < 1
        ]
        reads = [p.error for p in target["measure"].values() if p is not None and p.error is not None]
        return Calibration(
            device=self.name,
            qubits=int(target.num_qubits),
            t1=1e6 * float(np.median([q.t1 for q in times if q.t1])),
            t2=1e6 * float(np.median([q.t2 for q in times if q.t2])),
            link_error=float(np.median(pairs)) if pairs else math.nan,
            readout_error=float(np.median(reads)),
        )

    def expectations(
        self, circuit: Circuit, weights: Array, inputs: Array, *, shots: int = 4096, scale: int = 1
    ) -> Array:
        """<Z_q> of every row, (batch, qubits), under the device's noise; `scale`, odd, folds the links."""
        rows = np.atleast_2d(inputs)
        fitted, places = _compact(self._fitted(circuit, weights))
        template = folded(fitted, scale)
        free = list(template.parameters)
        bound = [template.assign_parameters({p: float(row[p.index]) for p in free}) for row in rows]
        counts = self._simulator(places).run(bound, shots=shots).result().get_counts()
        counts = counts if isinstance(counts, list) else [counts]
        return np.array([expectations_of(each, circuit.qubits) for each in counts])

    def _fitted(self, circuit: Circuit, weights: Array) -> Any:
        """The circuit in the device's own gates, its inputs free."""
        from qiskit import transpile

        if circuit.qubits > self.backend.num_qubits:
            raise LabError(
                f"the circuit has {circuit.qubits} qubits, {self.name} has {self.backend.num_qubits}",
                hint="use fewer qubits or a larger device",
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations inside of the transpiler are not ours
            return transpile(
                qiskit_circuit(circuit, weights),
                self.backend,
                optimization_level=2,
                seed_transpiler=self.seed,
            )

    def _simulator(self, places: tuple[int, ...]) -> Any:
        """Aer with the noise of the qubits in use alone: all of a large device takes minutes to build."""
        from qiskit_aer import AerSimulator
        from qiskit_aer.noise import NoiseModel
        from qiskit_aer.noise.device import basic_device_gate_errors, basic_device_readout_errors

        target = _part(self.backend.target, places)
        noise = NoiseModel(basis_gates=[name for name in target.operation_names if name != "measure"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a recorded T2 above 2 T1 is cut, and said so each time
            for name, qubits, error in basic_device_gate_errors(target=target):
                noise.add_quantum_error(error, name, qubits)
            for qubits, readout in basic_device_readout_errors(target=target):
                noise.add_readout_error(readout, qubits)
        return AerSimulator(
            noise_model=noise, method="density_matrix", seed_simulator=self.seed, max_parallel_threads=1
        )

    def links(self, circuit: Circuit, weights: Array) -> int:
        """How many two-qubit gates the device needs for the circuit."""
        return sum(
            len(step.qubits) == 2 and step.operation.name != "barrier"
            for step in self._fitted(circuit, weights)
        )

    def mitigated(
        self,
        circuit: Circuit,
        weights: Array,
        inputs: Array,
        *,
        shots: int = 4096,
        scales: Sequence[int] = (1, 3, 5),
        order: int = 1,
    ) -> tuple[Array, Array]:
        """Expectations as measured at scale 1, and extrapolated to no noise, (batch, qubits) each."""
        values = [self.expectations(circuit, weights, inputs, shots=shots, scale=scale) for scale in scales]
        return values[0], extrapolated(scales, np.array(values), order)


def _compact(fitted: Any) -> tuple[Any, tuple[int, ...]]:
    """A transpiled circuit on the qubits it uses alone, and which of the device's those are."""
    from qiskit import QuantumCircuit

    numbers = {bit: at for at, bit in enumerate(fitted.qubits)}
    places = tuple(sorted({numbers[bit] for step in fitted.data for bit in step.qubits}))
    made = QuantumCircuit(len(places), fitted.num_clbits, global_phase=fitted.global_phase)
    for step in fitted.data:
        clbits = [fitted.find_bit(bit).index for bit in step.clbits]
        made.append(step.operation, [places.index(numbers[bit]) for bit in step.qubits], clbits)
    return made, places


def _part(target: Any, places: tuple[int, ...]) -> Any:
    """The device's target cut to some of its qubits, numbered anew."""
    from qiskit.transpiler import Target

    properties = [target.qubit_properties[place] for place in places]
    part = Target(num_qubits=len(places), dt=target.dt, qubit_properties=properties)
    for name in target.operation_names:
        known = {
            tuple(places.index(q) for q in qubits): properties
            for qubits, properties in target[name].items()
            if qubits is not None and properties is not None and set(qubits) <= set(places)
        }
        if known:
            part.add_instruction(target.operation_from_name(name), known)
    return part


def folded(circuit: Any, scale: int) -> Any:
    """A Qiskit circuit whose two-qubit gates G became G (G† G)^k, scale = 2k + 1. LabError if it is even."""
    if scale < 1 or scale % 2 == 0:
        raise LabError(f"noise cannot be scaled by {scale}", hint="give 1, 3, 5 or another odd number")
    made = circuit.copy_empty_like()
    for step in circuit.data:
        made.append(step.operation, step.qubits, step.clbits)
        if len(step.qubits) == 2 and step.operation.name not in ("barrier", "measure"):
            for _ in range((scale - 1) // 2):
                made.append(step.operation.inverse(), step.qubits)
                made.append(step.operation, step.qubits)
    return made


def extrapolated(scales: Sequence[int], values: Array, order: int = 1) -> Array:
    """Least-squares polynomial through values (scales, …) at the scale 0, cut to what <Z> can be."""
    if len(set(scales)) <= order:
        raise LabError(f"{len(scales)} scales fix no polynomial of order {order}", hint="give more scales")
    design = np.vander(np.asarray(scales, dtype=float), order + 1)
    fit = np.linalg.lstsq(design, values.reshape(len(scales), -1), rcond=None)[0]
    return np.asarray(np.clip(fit[-1], -1.0, 1.0).reshape(values.shape[1:]))
