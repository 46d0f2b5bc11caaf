"""Measurements of a section: gradients and the doses that were read at them.

A CSV with one reading a line: a column for each cavity (MV/m) and each detector (rem/h), named as in the
lattice, and optionally `period`, the settling period. Readings of one period are near-duplicates, so a
split never parts them. Sampling follows the group's data taking: a few cavities at a time are moved by a
random step around today's settings, sometimes the rest makes up for the energy, and a move whose module
heat would change by more than 10 % is not made.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.linac.lattice import Array, Lattice
from daybrief.labs.linac.machine import Machine

LOWEST_DOSE, HIGHEST_DOSE = -1.0, 2000.0  # rem/h; outside it a detector is faulty, as in the group's cleaning
HEAT_CHANGE = 0.10
_FEWEST = 50


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """`gradients` (m, n) in MV/m, `doses` (m, detectors) in rem/h, `periods` (m,), `dropped` faulty rows."""

    gradients: Array
    doses: Array
    periods: NDArray[np.int64]
    dropped: int = 0

    def __len__(self) -> int:
        return len(self.gradients)

    def pick(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Measurements:
        """The chosen readings."""
        return Measurements(
            gradients=self.gradients[rows], doses=self.doses[rows], periods=self.periods[rows]
        )

    def split(self, share: float, seed: int) -> tuple[Measurements, Measurements]:
        """Parts whole settling periods: (the rest, about `share` of the periods)."""
        periods = np.unique(self.periods)
        if len(periods) < 5:
            raise LabError(
                f"{len(periods)} settling periods are too few to test on",
                hint="measure at 5 or more settings, or number them in the column 'period'",
            )
        random = np.random.default_rng([seed, 9])
        chosen = random.permutation(periods)[: max(1, round(share * len(periods)))]
        apart = np.isin(self.periods, chosen)
        return self.pick(~apart), self.pick(apart)


def sample(machine: Machine, count: int, seed: int, *, readings: int = 3) -> Measurements:
    """Takes `count` readings of a simulated machine, `readings` a settling period.

    4 to half of the cavities move at once by -3 to +1.5 MV/m around today's settings; half of the moves are
    made up for by all cavities, so that energy stays.
    """
    random = np.random.default_rng([seed, 7])
    lattice = machine.lattice
    settings: list[Array] = []
    tries = 0
    while len(settings) * readings < count:
        tries += 1
        if tries > 50 * count:
            raise LabError(
                "the heat limits leave no move to measure",
                hint="raise [heat] in the lattice or lower the settings",
            )
        move = _move(machine, random)
        if _may_be_set(lattice, machine.settings, move):
            settings.append(move)
    gradients = np.repeat(np.array(settings), readings, axis=0)[:count]
    periods = np.repeat(np.arange(len(settings)), readings)[:count]
    return Measurements(
        gradients=gradients, doses=machine.read(gradients, random), periods=periods.astype(np.int64)
    )


def _move(machine: Machine, random: np.random.Generator) -> Array:
    lattice, today = machine.lattice, machine.settings
    most = max(2, len(today) // 2)
    chosen = random.choice(len(today), size=int(random.integers(min(4, most), most + 1)), replace=False)
    move = today.copy()
    move[chosen] += random.uniform(-3.0, 1.5, len(chosen))
    if random.random() < 0.5:
        move = move + (lattice.energy(today) - lattice.energy(move)) / lattice.lengths.sum()
    return np.clip(move, lattice.least, lattice.most)


def _may_be_set(lattice: Lattice, today: Array, move: Array) -> bool:
    heat, before = lattice.module_heat(move), lattice.module_heat(today)
    return bool((heat <= lattice.heat_limits).all() and (np.abs(heat / before - 1.0) <= HEAT_CHANGE).all())


def read_measurements(path: Path, lattice: Lattice) -> Measurements:
    """Reads a CSV; faulty rows (no number, a dose outside -1 … 2000 rem/h) are dropped and counted.

    Raises LabError when a column is missing or fewer than 50 good readings are left.
    """
    names = [c.name for c in lattice.cavities]
    monitors = [d.name for d in lattice.detectors]
    if not monitors:
        raise LabError("the lattice names no detector", hint="add [[detector]] tables with name and kind")
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if missing := [c for c in names + monitors if c not in (reader.fieldnames or ())]:
                raise LabError(
                    f"{path.name} lacks the columns {missing[:5]}", hint="name columns as in the lattice"
                )
            timed = "period" in (reader.fieldnames or ())
            rows = [_reading(row, names + monitors, timed) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabError(f"cannot read the measurements {path}: {error}", hint="give a CSV in UTF-8") from error
    table = np.array(rows, dtype=float).reshape(len(rows), len(names) + len(monitors) + 1)
    doses = table[:, len(names) : -1]
    good = np.isfinite(table).all(axis=1)
    good &= ((doses >= LOWEST_DOSE) & (doses <= HIGHEST_DOSE)).all(axis=1)
    if good.sum() < _FEWEST:
        raise LabError(
            f"{path.name} holds {int(good.sum())} good readings of {len(rows)}",
            hint=f"{_FEWEST} are the fewest, some hundreds a dozen cavities make sense",
        )
    periods = table[good, -1] if timed else np.arange(good.sum())
    return Measurements(
        gradients=table[good][:, : len(names)],
        doses=np.maximum(doses[good], 0.0),
        periods=np.unique(periods, return_inverse=True)[1].astype(np.int64),
        dropped=int((~good).sum()),
    )


def _reading(row: dict[str, str], columns: list[str], timed: bool) -> list[float]:
    return [_float(row.get(c)) for c in columns] + [_float(row.get("period")) if timed else 0.0]


def _float(text: str | None) -> float:
    try:
        return float(text) if text else float("nan")
    except ValueError:
        return float("nan")


def write_measurements(path: Path, lattice: Lattice, measured: Measurements) -> None:
    """Writes the CSV that `read_measurements` reads."""
    columns = ["period", *(c.name for c in lattice.cavities), *(d.name for d in lattice.detectors)]
    table = np.column_stack([measured.periods, measured.gradients, measured.doses])
    lines = [",".join(columns)] + [",".join(f"{value:.6g}" for value in row) for row in table]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
