"""A user's table: CSV, TSV or JSON Lines, read as columns of text and turned into numbers by name."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.fairness.population import Floats

_EMPTY = frozenset({"", "na", "n/a", "nan", "null", "none"})
csv.field_size_limit(1_000_000)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Table:
    """Columns by name, each a list of text of the same length; `place` names the file."""

    place: str
    columns: dict[str, list[str]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def text(self, name: str) -> NDArray[np.str_]:
        """A column as text; raises LabError that lists the columns there are."""
        if name not in self.columns:
            known = ", ".join(self.columns)
            raise LabError(f"{self.place} has no column {name!r}", hint=f"its columns: {known}")
        return np.array(self.columns[name], dtype=str)

    def numbers(self, name: str) -> Floats:
        """A column as numbers; raises LabError with the first row that holds none, and how many there are."""
        values = self.text(name)
        missing = [at for at, value in enumerate(values) if value.strip().lower() in _EMPTY]
        if missing:
            raise LabError(
                f"the column {name!r} is empty in {len(missing)} of {len(values)} rows, "
                f"first in row {missing[0] + 1}",
                hint="fill or drop those rows",
            )
        try:
            return values.astype(np.float64)
        except ValueError:
            at, value = next((at, value) for at, value in enumerate(values) if not _is_number(value))
            raise LabError(f"{str(value)!r} in the column {name!r}, row {at + 1}, is no number") from None

    def features(self, names: Iterable[str]) -> Floats:
        """Columns beside each other, shape (n, k); each word but the first becomes a column of 0 and 1."""
        parts = [part for name in names for part in self._feature(name)]
        if not parts:
            raise LabError("no features are named", hint="name columns with --features, separated by commas")
        return np.column_stack(parts)

    def _feature(self, name: str) -> list[Floats]:
        values = self.text(name)
        if all(_is_number(value) for value in values):
            return [self.numbers(name)]
        kinds = np.unique(values)
        if len(kinds) > 50:
            raise LabError(
                f"the column {name!r} holds {len(kinds)} different words", hint="group them, or leave it out"
            )
        return [(values == kind).astype(np.float64) for kind in kinds[1:]]


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def read(place: Path) -> Table:
    """Read .csv, .tsv or .jsonl by its ending; raises LabError that names the first mistake."""
    try:
        with place.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(
                _json_rows(opened) if place.suffix in {".jsonl", ".ndjson"} else _rows(opened, place.suffix)
            )
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as wrong:
        raise LabError(
            f"{place} cannot be read: {wrong}", hint="give CSV, TSV or JSON Lines in UTF-8"
        ) from wrong
    if not rows:
        raise LabError(f"{place} holds no rows")
    names = list(rows[0])
    for at, row in enumerate(rows, 1):
        if set(row) != set(names):
            raise LabError(
                f"row {at} of {place} has other columns than the first",
                hint="give every row the same columns",
            )
    return Table(place=str(place), columns={name: [row[name] for row in rows] for name in names})


def _rows(lines: Iterable[str], suffix: str) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(lines, delimiter="\t" if suffix == ".tsv" else ",", strict=True)
    for row in reader:
        if None in row or None in row.values():
            raise ValueError(f"line {reader.line_num} has another number of fields than the head")
        yield row


def _json_rows(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    for line in lines:
        if line.strip():
            row: Any = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"{line.strip()[:40]!r} is no object")
            yield {str(key): "" if value is None else _plain(value) for key, value in row.items()}


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
