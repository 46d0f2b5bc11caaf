"""A simulated linac section that emits, transports and loses electrons, and the dose its detectors read.

Stands in for the machine of the paper, whose measurements are not public. The physics is textbook; the
numbers of each machine are drawn from a seed:

    emission     Fowler-Nordheim, averaged over the RF cycle: I(E) = A (βE)^2.5 exp(-B φ^1.5 / (βE)),
                 E = 2.2 g; one or two emitters a cavity, each with its own enhancement β and onset gradient
    transport    half the current runs downstream, half upstream; each cavity passed adds g L to its energy
                 and loses a fixed share of it to the wall
    dose         gammas: I W, forward peaked; neutrons: I (W - 10 MeV)^1.5 above the giant resonance's
                 threshold; both fall with the distance from the place of loss to the detector
    reading      dose with 4 % noise and a background floor

Everything is smooth in the gradients, so that an optimiser on the truth (the oracle) is well defined.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from daybrief.errors import LabError
from daybrief.labs.linac.lattice import Array, Lattice

FIELD_RATIO = 2.2  # peak surface field over accelerating gradient
FN_EXPONENT = 6.83e3 * 4.0**1.5  # B φ^1.5 in MV/m, niobium's work function of 4 eV
NEUTRON_THRESHOLD = 10.0  # MeV
_OWN_GAIN = 0.5  # share of its own cavity's voltage that an emitted electron gains
_KEEP = 0.8  # share of a beam that passes a cavity
_LATERAL = 1.5  # metres from the beam to a detector
_REACH = 7.0  # metres, shielding along the beam
_BACKGROUND = 0.02  # rem/h
_NOISE = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """A field emitter: its cavity's index, enhancement β, onset gradient in MV/m, relative current there."""

    cavity: int
    enhancement: float
    onset: float
    current: float


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A section whose radiation can be asked for at any gradients; `settings` (n,) is how it runs today."""

    lattice: Lattice
    emitters: tuple[Emitter, ...]
    settings: Array
    scale: Array  # (detectors,), rem/h per relative unit

    def currents(self, gradients: Array) -> Array:
        """Emitted current of each cavity, (m, n), of gradients (m, n) in MV/m; relative units."""
        total = np.zeros_like(gradients)
        for emitter in self.emitters:
            total[:, emitter.cavity] += emitter.current * fowler_nordheim(
                gradients[:, emitter.cavity], emitter.onset, emitter.enhancement
            )
        return total

    def dose(self, gradients: Array) -> Array:
        """True dose rates in rem/h, (m, detectors), of gradients (m, n) or (n,)."""
        gradients = np.atleast_2d(np.asarray(gradients, dtype=float))
        emitted = 0.5 * self.currents(gradients)
        total = np.zeros((len(gradients), len(self.lattice.detectors)))
        for sense in (1, -1):
            gain = gradients * self.lattice.lengths
            gamma, neutron = _losses(gain[:, ::sense], emitted[:, ::sense])
            total += gamma[:, ::sense] @ self._geometry("gamma", sense)
            total += neutron[:, ::sense] @ self._geometry("neutron", sense)
        return np.asarray(total * self.scale + _BACKGROUND)

    def _geometry(self, kind: str, sense: int) -> Array:
        """Share of each cavity's yield that each detector sees, (n, detectors); zero for the other kind."""
        places = np.array([c.position for c in self.lattice.cavities])[:, None]
        detectors = np.array([d.position for d in self.lattice.detectors])[None, :]
        away = detectors - places
        seen = _LATERAL**2 / (away**2 + _LATERAL**2) * np.exp(-np.abs(away) / _REACH)
        if kind == "gamma":
            seen = seen * (1.0 + 0.7 * np.tanh(sense * away))
        return np.asarray(seen * np.array([float(d.kind == kind) for d in self.lattice.detectors]))

    def read(self, gradients: Array, random: np.random.Generator) -> Array:
        """The readings of the detectors, (m, detectors): the dose with noise, never below 0."""
        dose = self.dose(gradients)
        noise = _NOISE * dose * random.standard_normal(dose.shape)
        return np.asarray(
            np.maximum(dose + noise + 0.2 * _BACKGROUND * random.standard_normal(dose.shape), 0.0)
        )


def _losses(gain: Array, emitted: Array) -> tuple[Array, Array]:
    """Gamma and neutron yield at each cavity, (m, n), of electrons that run towards higher indices.

    `gain` (m, n) is each cavity's voltage in MV, `emitted` (m, n) the current born in it.
    """
    before = np.cumsum(gain, axis=1) - gain
    # energy[i, j]: of an electron born in cavity i and lost in cavity j
    energy = (before + gain)[:, None, :] - (before + (1 - _OWN_GAIN) * gain)[:, :, None]
    count = gain.shape[1]
    passed = np.arange(count)[None, :] - np.arange(count)[:, None]
    share = np.where(passed >= 0, (1 - _KEEP) * _KEEP ** np.maximum(passed, 0), 0.0)
    energy = np.where(passed >= 0, np.maximum(energy, 0.0), 0.0)
    lost = emitted[:, :, None] * share
    above = 2.0 * np.logaddexp(0.0, (energy - NEUTRON_THRESHOLD) / 2.0)
    return (lost * energy).sum(axis=1), (lost * above**1.5).sum(axis=1)


def fowler_nordheim(gradient: Array, onset: float, enhancement: float) -> Array:
    """Current relative to that at onset: (g/g0)^2.5 exp(b (1 - g0/g)), b = B φ^1.5 / (2.2 β g0)."""
    steepness = FN_EXPONENT / (FIELD_RATIO * enhancement * onset)
    ratio = np.maximum(gradient, 1e-3) / onset
    return np.asarray(ratio**2.5 * np.exp(steepness * (1.0 - 1.0 / ratio)))


def draw_machine(lattice: Lattice, seed: int) -> Machine:
    """Draws a machine: emitters, dose scale, and settings at 65 to 88 % of the most, within the heat limits.

    Raises LabError when the lattice states no detector with a position.
    """
    if not lattice.detectors or any(math.isnan(d.position) for d in lattice.detectors):
        raise LabError(
            "the simulator needs the position of every detector",
            hint="add [[detector]] tables with name, kind and position to the lattice",
        )
    random = np.random.default_rng([seed, 5])
    emitters = []
    for index, cavity in enumerate(lattice.cavities):
        for _ in range(int(random.integers(1, 3))):
            emitters.append(
                Emitter(
                    cavity=index,
                    enhancement=float(np.exp(random.uniform(math.log(100), math.log(250)))),
                    onset=float(random.uniform(0.40, 0.85) * cavity.most),
                    current=float(np.exp(0.5 * random.standard_normal())),
                )
            )
    settings = random.uniform(0.65, 0.88, len(lattice.cavities)) * lattice.most
    over = (lattice.module_heat(settings) / (0.97 * lattice.heat_limits)) @ lattice.membership
    settings = settings / np.sqrt(np.maximum(over, 1.0))
    raw = Machine(
        lattice=lattice, emitters=tuple(emitters), settings=settings, scale=np.ones(len(lattice.detectors))
    )
    return Machine(lattice=lattice, emitters=raw.emitters, settings=settings, scale=_dose_scale(raw))


def _dose_scale(machine: Machine) -> Array:
    """Scales so that the mean gamma detector reads 10 rem/h today and the mean neutron detector 4 rem/h."""
    today = machine.dose(machine.settings)[0]
    scale = np.ones(len(today))
    for kind, level in (("gamma", 10.0), ("neutron", 4.0)):
        chosen = np.array([d.kind == kind for d in machine.lattice.detectors])
        if chosen.any():
            scale[chosen] = level / today[chosen].mean()
    return scale
