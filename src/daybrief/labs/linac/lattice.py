"""The layout of a linac section: its cavities, modules, detectors and limits.

A lattice is read from a file, TOML or JSON:

    name = "north linac"
    [heat]                      # watts a module's cooling can carry; optional
    "1L22" = 250.0
    [[cavity]]
    name = "1L22-1"
    module = "1L22"
    position = 0.55             # metres, the middle of the cavity along the beam
    length = 0.7                # metres, active
    most = 21.5                 # MV/m, the highest gradient allowed
    least = 3.0                 # MV/m; below it the cavity is not regulated
    shunt = 1241.0              # ohm per metre, R/Q
    quality = 7.2e9             # Q0 at 2 K
    [[detector]]
    name = "NDX-1 neutron"
    kind = "neutron"            # or "gamma"
    position = 4.2

A CSV with one cavity a line and the same column names does for layout alone. Units everywhere: metres,
MV/m, MeV per unit charge, watts.
"""

from __future__ import annotations

import csv
import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError

Array = NDArray[np.float64]
Kind = Literal["neutron", "gamma"]

_MOST_CAVITIES = 2_000
_MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cavity:
    """An accelerating cavity; see the module's head for units."""

    name: str
    module: str
    position: float
    length: float
    most: float
    least: float = 0.0
    shunt: float = 1241.0
    quality: float = 7.2e9
    phase: float = 0.0  # degrees off the crest


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A radiation monitor beside the beam line."""

    name: str
    kind: Kind
    position: float = math.nan


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """A section of `n` cavities with its detectors and the cooling limit of each module.

    Raises LabError when it is empty, when names repeat, or when a number is not usable.
    """

    cavities: tuple[Cavity, ...]
    detectors: tuple[Detector, ...] = ()
    heat: Mapping[str, float] = field(default_factory=dict)
    name: str = "section"

    def __post_init__(self) -> None:
        if not 0 < len(self.cavities) <= _MOST_CAVITIES:
            raise LabError(
                f"a lattice of {len(self.cavities)} cavities cannot be used",
                hint=f"give 1 to {_MOST_CAVITIES} cavities",
            )
        names = [c.name for c in self.cavities] + [d.name for d in self.detectors]
        if twice := {name for name in names if names.count(name) > 1}:
            raise LabError(f"names repeat in the lattice: {sorted(twice)}", hint="give each its own name")
        for cavity in self.cavities:
            _check(cavity)
        if unknown := set(self.heat) - set(self.modules):
            raise LabError(
                f"a heat limit names modules that no cavity is in: {sorted(unknown)}",
                hint=f"the modules are {list(self.modules)}",
            )

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules' names in the order of the beam."""
        return tuple(dict.fromkeys(c.module for c in self.cavities))

    @property
    def lengths(self) -> Array:
        """Metres that count for the energy, (n,): active length times the cosine of the phase."""
        return np.array([c.length * math.cos(math.radians(c.phase)) for c in self.cavities])

    @property
    def least(self) -> Array:
        """Lowest gradients, (n,), MV/m."""
        return np.array([c.least for c in self.cavities])

    @property
    def most(self) -> Array:
        """Highest gradients, (n,), MV/m."""
        return np.array([c.most for c in self.cavities])

    def energy(self, gradients: Array) -> Array:
        """Energy gain in MeV, (...,), of gradients (..., n): E = sum of g L cos(phase)."""
        return np.asarray(gradients) @ self.lengths

    @property
    def heat_weights(self) -> Array:
        """Watts per (MV/m)², (n,): P = g² L / (R/Q per metre · Q0)."""
        return np.array([c.length * 1e12 / (c.shunt * c.quality) for c in self.cavities])

    @property
    def membership(self) -> Array:
        """The cavities of each module, (modules, n), ones and zeros."""
        return np.array([[float(c.module == m) for c in self.cavities] for m in self.modules])

    @property
    def heat_limits(self) -> Array:
        """Watts, (modules,); infinite where the file states none."""
        return np.array([self.heat.get(m, math.inf) for m in self.modules])

    def module_heat(self, gradients: Array) -> Array:
        """Watts a module, (..., modules), of gradients (..., n)."""
        return np.asarray((np.asarray(gradients) ** 2 * self.heat_weights) @ self.membership.T)


def _check(cavity: Cavity) -> None:
    numbers = (
        cavity.position,
        cavity.length,
        cavity.most,
        cavity.least,
        cavity.shunt,
        cavity.quality,
        cavity.phase,
    )
    if not all(math.isfinite(n) for n in numbers):
        raise LabError(f"cavity {cavity.name!r} has a value that is not a number", hint="give finite numbers")
    if cavity.length <= 0 or cavity.shunt <= 0 or cavity.quality <= 0:
        raise LabError(
            f"cavity {cavity.name!r}: length, shunt and quality must be above 0",
            hint="give metres, ohm per metre and Q0",
        )
    if not 0 <= cavity.least < cavity.most:
        raise LabError(
            f"cavity {cavity.name!r}: least {cavity.least} and most {cavity.most} MV/m leave no room",
            hint="least must be 0 or more and below most",
        )


def read_lattice(path: Path) -> Lattice:
    """Reads a lattice from a TOML, JSON or CSV file; raises LabError that names the file and the entry."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LabError(
                f"{path.name} is larger than {_MOST_BYTES:,} bytes", hint="give a lattice, not a log"
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(
            f"cannot read the lattice {path}: {error}", hint="give a TOML, JSON or CSV file"
        ) from error
    return lattice_of(_table(text, path), path.name)


def _table(text: str, path: Path) -> Mapping[str, Any]:
    try:
        if path.suffix == ".json":
            table = json.loads(text)
        elif path.suffix == ".csv":
            table = {"name": path.stem, "cavity": list(csv.DictReader(text.splitlines()))}
        else:
            table = tomllib.loads(text)
    except (ValueError, csv.Error) as error:
        raise LabError(f"{path.name} cannot be parsed: {error}", hint="mend the file's syntax") from error
    if not isinstance(table, dict):
        raise LabError(
            f"{path.name} holds no table", hint="`daybrief lab use linac example` writes one to start from"
        )
    return table


def lattice_of(table: Mapping[str, Any], where: str) -> Lattice:
    """Builds a lattice from a parsed table; `where` names its origin in errors."""
    cavities, detectors = table.get("cavity", ()), table.get("detector", ())
    heat = table.get("heat", {})
    if (
        not isinstance(cavities, list | tuple)
        or not isinstance(detectors, list | tuple)
        or not isinstance(heat, dict)
    ):
        raise LabError(
            f"{where}: cavity and detector must be lists of tables, heat a table",
            hint="write [[cavity]], [[detector]] and [heat]",
        )
    return Lattice(
        cavities=tuple(_cavity(row, f"{where}, cavity {n}") for n, row in enumerate(cavities, 1)),
        detectors=tuple(_detector(row, f"{where}, detector {n}") for n, row in enumerate(detectors, 1)),
        heat={str(k): _number(v, f"{where}, heat of {k}") for k, v in heat.items()},
        name=str(table.get("name", where)),
    )


def _cavity(row: Any, where: str) -> Cavity:
    row = _row(
        row, where, {"name", "module", "position", "length", "most"}, {"least", "shunt", "quality", "phase"}
    )
    fields: dict[str, Any] = {
        key: str(value) if key in ("name", "module") else _number(value, f"{where}, {key}")
        for key, value in row.items()
    }
    return Cavity(**fields)


def _detector(row: Any, where: str) -> Detector:
    row = _row(row, where, {"name", "kind"}, {"position"})
    kind = row["kind"]
    if kind not in ("neutron", "gamma"):
        raise LabError(f"{where}: kind {kind!r} is unknown", hint="write neutron or gamma")
    place = _number(row["position"], f"{where}, position") if "position" in row else math.nan
    return Detector(name=str(row["name"]), kind=kind, position=place)


def _row(row: Any, where: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise LabError(f"{where} is no table", hint="write one table each")
    given: dict[str, Any] = {str(key): value for key, value in row.items() if value not in ("", None)}
    if missing := needed - given.keys():
        raise LabError(f"{where} lacks {sorted(missing)}", hint=f"it needs {sorted(needed)}")
    if unknown := given.keys() - needed - allowed:
        raise LabError(
            f"{where} has unknown keys {sorted(unknown)}", hint=f"known: {sorted(needed | allowed)}"
        )
    return given


def _number(value: Any, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise LabError(f"{where}: {value!r} is no number", hint="give a number") from error
    if not math.isfinite(number):
        raise LabError(f"{where}: {value!r} is not finite", hint="give a finite number")
    return number


SHIPPED = Path(__file__).parent / "lattices"


def shipped_lattice(name: str) -> Lattice:
    """A lattice that comes with the lab: `c100` or `tesla`, each of 4 modules of 8 cavities."""
    path = SHIPPED / f"{name}.toml"
    if not path.is_file():
        names = sorted(p.stem for p in SHIPPED.glob("*.toml"))
        raise LabError(f"no lattice {name!r} comes with the lab", hint=f"there are {names}")
    return read_lattice(path)
