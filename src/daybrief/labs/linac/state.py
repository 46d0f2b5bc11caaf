"""A section as it runs today, read from a file, and the advice for it.

    lattice = "lattice.toml"            # beside this file, or a shipped one: "c100", "tesla"
    measurements = "measurements.csv"   # beside this file
    reach = 1.5                         # MV/m around today's gradients: the trust region
    caution = 0.0                       # how many standard deviations a forecast is raised by
    energy = 370.5                      # MeV to hold; that of the gradients when left out
    model = "process"                   # or "ensemble"
    [gradients]                         # MV/m, today
    "1L22-1" = 15.2

Only `lattice`, `measurements` and `gradients` are needed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from daybrief.errors import LabError
from daybrief.labs.linac.lattice import SHIPPED, Array, Lattice, read_lattice, shipped_lattice
from daybrief.labs.linac.machine import draw_machine
from daybrief.labs.linac.measurements import Measurements, read_measurements, sample, write_measurements
from daybrief.labs.linac.optimiser import Limits, cuts, optimise
from daybrief.labs.linac.surrogate import (
    Z95,
    Surrogate,
    calibrated,
    coverage,
    determination,
    fit_ensemble,
    fit_process,
)

ModelName = Literal["process", "ensemble"]
_KNOWN = {"lattice", "measurements", "gradients", "energy", "reach", "caution", "model"}
_MARGIN = 0.3  # MV/m beyond the outermost reading of a cavity that is not yet warned about
_WEAK = 0.8  # an R² on held-out readings below it is warned about


@dataclass(frozen=True, kw_only=True)
class State:
    """A section today: its lattice, what was measured, and what the search may do."""

    lattice: Lattice
    measured: Measurements
    limits: Limits
    model: ModelName = "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A cavity's gradient, MV/m, today and as advised."""

    cavity: str
    today: float
    advised: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A detector's forecast dose, rem/h: today's, the advised one, and its 95 % interval."""

    detector: str
    today: float
    advised: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The search's proposal, the model's promise, and how far it may be trusted."""

    changes: tuple[Change, ...]
    readings: tuple[Reading, ...]
    promised_cuts: Mapping[str, float]
    energy_today: float
    energy_advised: float
    heat: Mapping[str, float]
    held_out: int
    determination: float
    coverage: float
    warnings: tuple[str, ...]

    def table(self) -> dict[str, Any]:
        """The advice as plain values for JSON."""
        return asdict(self)


def read_state(path: Path) -> State:
    """Reads a state file and the files it names; raises LabError that names the value at fault."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LabError(
            f"cannot read the state {path}: {error}",
            hint="`daybrief lab use linac example` writes one to start from",
        ) from error
    if unknown := table.keys() - _KNOWN:
        raise LabError(f"{path.name} has unknown keys {sorted(unknown)}", hint=f"known: {sorted(_KNOWN)}")
    if missing := {"lattice", "measurements", "gradients"} - table.keys():
        raise LabError(f"{path.name} lacks {sorted(missing)}", hint="see `daybrief lab use linac example`")
    if (model := table.get("model", "process")) not in ("process", "ensemble"):
        raise LabError(f"{path.name}: model {model!r} is unknown", hint="write process or ensemble")
    lattice = _lattice(str(table["lattice"]), path.parent)
    measured = read_measurements(path.parent / str(table["measurements"]), lattice)
    limits = _limits(table, lattice, path.name)
    return State(lattice=lattice, measured=measured, limits=limits, model=cast(ModelName, model))


def _lattice(name: str, folder: Path) -> Lattice:
    place = folder / name
    return read_lattice(place) if place.exists() or "." in name else shipped_lattice(name)


def _limits(table: Mapping[str, Any], lattice: Lattice, where: str) -> Limits:
    gradients = table["gradients"]
    names = [c.name for c in lattice.cavities]
    if not isinstance(gradients, dict) or set(gradients) != set(names):
        given = set(gradients) if isinstance(gradients, dict) else set()
        raise LabError(
            f"{where}: gradients must name each cavity once; missing {sorted(set(names) - given)[:5]}, "
            f"unknown {sorted(given - set(names))[:5]}",
            hint="name them as in the lattice",
        )
    settings = np.array([_number(gradients[name], f"{where}, gradient of {name}") for name in names])
    for name, low, now, high in zip(names, lattice.least, settings, lattice.most, strict=True):
        if not low <= now <= high:
            raise LabError(
                f"{where}: {name} at {now:g} MV/m is outside its limits {low:g} to {high:g}",
                hint="mend the gradient or the lattice",
            )
    energy = float(lattice.energy(settings))
    return Limits(
        settings=settings,
        energy=_number(table.get("energy", energy), f"{where}, energy"),
        reach=_number(table.get("reach", 1.5), f"{where}, reach"),
        caution=_number(table.get("caution", 0.0), f"{where}, caution"),
    )


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise LabError(f"{where}: {value!r} is no number", hint="give a finite number")
    return float(value)


def fit(state: State, seed: int = 0) -> tuple[Surrogate, Measurements]:
    """A calibrated surrogate of the measurements, and the readings that were kept from it for its test."""
    rest, test = state.measured.split(0.15, seed)
    train, held_out = rest.split(0.15, seed + 1)
    if state.model == "ensemble":
        return calibrated(fit_ensemble(train, seed), held_out), test
    return calibrated(fit_process(train, seed), held_out), test


def advise(state: State, seed: int = 0) -> Advice:
    """Learns from the measurements, searches within the limits, and says how far the promise may be trusted.

    Raises LabError when the energy or a heat limit cannot be kept.
    """
    model, test = fit(state, seed)
    lattice, limits = state.lattice, state.limits
    plan = optimise(lattice, model, limits)
    before = model.forecast(limits.settings).dose()[0]
    forecast = model.forecast(plan.gradients)
    after = forecast.dose()[0]
    low, high = forecast.dose(-Z95)[0], forecast.dose(Z95)[0]
    explained = float(determination(model, test).mean())
    return Advice(
        changes=tuple(
            Change(cavity=c.name, today=float(a), advised=float(b))
            for c, a, b in zip(lattice.cavities, limits.settings, plan.gradients, strict=True)
        ),
        readings=tuple(
            Reading(detector=d.name, today=float(a), advised=float(b), low=float(lo), high=float(hi))
            for d, a, b, lo, hi in zip(lattice.detectors, before, after, low, high, strict=True)
        ),
        promised_cuts=cuts(lattice, before, after),
        energy_today=float(lattice.energy(limits.settings)),
        energy_advised=float(lattice.energy(plan.gradients)),
        heat=dict(zip(lattice.modules, map(float, lattice.module_heat(plan.gradients)), strict=True)),
        held_out=len(test),
        determination=explained,
        coverage=coverage(model, test),
        warnings=tuple(_warnings(state, plan.gradients, explained)),
    )


def _warnings(state: State, advised: Array, explained: float) -> list[str]:
    """Reasons to distrust the promise."""
    warnings = []
    low, high = state.measured.gradients.min(axis=0), state.measured.gradients.max(axis=0)
    outside = (advised < low - _MARGIN) | (advised > high + _MARGIN)
    if outside.any():
        names = [c.name for c, far in zip(state.lattice.cavities, outside, strict=True) if far]
        warnings.append(
            f"outside of what was measured: {', '.join(names)}. A promise out there proves nothing; "
            "narrow the trust region or measure there first"
        )
    if explained < _WEAK:
        warnings.append(f"the model explains only {explained:.0%} of the held-out readings: measure more")
    if state.measured.dropped:
        warnings.append(f"{state.measured.dropped} faulty readings were left out")
    return warnings


def write_example(folder: Path, name: str, seed: int, readings: int) -> Path:
    """Writes a simulated section in the form of a user's files; returns the path of the state."""
    machine = draw_machine(shipped_lattice(name), seed)
    measured = sample(machine, readings, seed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lattice.toml").write_bytes((SHIPPED / f"{name}.toml").read_bytes())
        write_measurements(folder / "measurements.csv", machine.lattice, measured)
        lines = [
            'lattice = "lattice.toml"',
            'measurements = "measurements.csv"',
            "reach = 1.5",
            "",
            "[gradients]",
        ]
        lines += [
            f'"{c.name}" = {g:.4f}' for c, g in zip(machine.lattice.cavities, machine.settings, strict=True)
        ]
        state = folder / "state.toml"
        state.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise LabError(
            f"cannot write the example to {folder}: {error}", hint="name another folder"
        ) from error
    return state
