"""Gradients of a superconducting linac at less radiation and the same energy (arXiv 2411.07018).

lattice        cavities, detectors, heat limits, read from a file
machine        a simulated section: emission, transport, dose
measurements   readings, sampled from a simulated machine or read from a CSV
surrogate      from gradients to doses with a calibrated uncertainty: ensemble, Gaussian process
optimiser      the constrained search, and the ways without a model beside it
state          a user's section as it runs today, and the advice for it
"""

from daybrief.labs.kit.lab import Lab

LAB = Lab(name="linac", extra="labs", needs=("numpy", "scipy", "sklearn"))
