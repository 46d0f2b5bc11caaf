"""Variational quantum circuits as classifiers, beside honest controls (arXiv 2411.09403).

circuit        circuits as data; the ansätze of the paper's line
simulator      a batched state vector with exact gradients
tensor_train   TTN-VQC's front
classifier     front, circuit and head in scikit-learn's manner
comparison     the circuit beside the same model without it, and beside classical ones of equal size
obstacles      barren plateaus, the noise of counting
adapters       the same circuit in PennyLane and Qiskit
devices        recorded noise of real devices, zero-noise extrapolation
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(
    name="quantum",
    extra="lab-quantum",
    needs=("numpy", "scipy", "sklearn", "pennylane", "qiskit", "qiskit_aer", "qiskit_ibm_runtime"),
)
