"""Real clinical data, read at run time and never shipped.

flchain   7,874 people of Olmsted County with serum free light chains (Dispenzieri et al. 2012), from the
          package scikit-survival; outcome: death within five years; group: sex. People who were lost before
          five years are left out, for their outcome is unknown.
whas500   500 patients after a heart attack (Worcester Heart Attack Study), same package; death within a year.
MIMIC     1,776 intensive-care patients, `mimic_preprocessed.rda` of the authors' R package fairmetrics, on
          CRAN (MIT); outcome: death within 28 days; the first 700 rows train, as in the published table.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from daybrief.cards import Words
from daybrief.errors import LabError
from daybrief.labs.fairness.population import Bools, Floats, Ints
from daybrief.labs.kit.lab import require

MIMIC_FILE = "mimic_preprocessed.rda"
_DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Cohort:
    """Features (n, k), `outcome` (n,), `group` (n,) index into `names`; `columns` names the features.

    The column `group_column` holds the group itself, so that a model can be fit with and without it.
    """

    name: Words
    features: Floats
    columns: tuple[str, ...]
    group_column: str
    outcome: Bools
    group: Ints
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.outcome)

    def without_group(self) -> Floats:
        """The features without the group itself."""
        return np.delete(self.features, self.columns.index(self.group_column), axis=1)


def flchain(years: float = 5.0) -> Cohort:
    """The free light chain study: age, creatinine, kappa, lambda, mgus, year, sex. Raises LabUnmet."""
    require(("sksurv",), extra="lab-fairness")
    from sksurv.datasets import load_flchain

    table, survival = load_flchain()
    known, died = _status(survival, years)
    creatinine = table["creatinine"].to_numpy(dtype=np.float64)
    male = (table["sex"] == "M").to_numpy()
    columns = {
        "age": table["age"].to_numpy(dtype=np.float64),
        "creatinine": np.log(np.where(np.isnan(creatinine), np.nanmedian(creatinine), creatinine)),
        "creatinine missing": np.isnan(creatinine),
        "kappa": np.log(table["kappa"].to_numpy(dtype=np.float64)),
        "lambda": np.log(table["lambda"].to_numpy(dtype=np.float64)),
        "mgus": (table["mgus"] == "yes").to_numpy(),
        "year": table["sample.yr"].astype(int).to_numpy(),
        "sex": male,
    }
    name = Words(
        en="flchain: 7,679 people with known five-year status (scikit-survival)",
        ko="flchain: 5년 생존 여부가 알려진 7,679명 (scikit-survival)",
    )
    return _cohort(name, columns, "sex", died, male.astype(np.intp), ("female", "male"), known)


def whas500(years: float = 1.0) -> Cohort:
    """Patients after a heart attack: age, heart rate, pressures, body mass, history, sex. Raises LabUnmet."""
    require(("sksurv",), extra="lab-fairness")
    from sksurv.datasets import load_whas500

    table, survival = load_whas500()
    known, died = _status(survival, years)
    columns = {name: table[name].astype(float).to_numpy() for name in table.columns if name != "gender"}
    female = table["gender"].astype(float).to_numpy() == 1
    columns["sex"] = (~female).astype(float)
    name = Words(en="whas500: 500 patients (scikit-survival)", ko="whas500: 환자 500명 (scikit-survival)")
    return _cohort(name, columns, "sex", died, (~female).astype(np.intp), ("female", "male"), known)


def mimic(place: Path) -> Cohort:
    """The authors' preprocessed MIMIC-II table, from the file or its folder, rows in their order.

    Raises LabError when the file is not that table.
    """
    require(("rdata",), extra="lab-fairness")
    import rdata

    file = place / MIMIC_FILE if place.is_dir() else place
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it guesses aloud at files that are no R data
            table: Any = rdata.read_rda(file)["mimic_preprocessed"]
        died = table["day_28_flg"].to_numpy(dtype=np.float64) == 1
        male = table["gender_num"].to_numpy(dtype=np.float64) == 1
    except (OSError, KeyError, ValueError, EOFError, TypeError, RuntimeError) as wrong:
        raise LabError(
            f"{file} is not the table {MIMIC_FILE} of the R package fairmetrics: {wrong}",
            hint="take data/mimic_preprocessed.rda out of that package's source and name it with --data",
        ) from wrong
    columns = {str(name): _codes(table[name]) for name in table.columns if name != "day_28_flg"}
    name = Words(en="MIMIC-II: 1,776 intensive-care patients", ko="MIMIC-II: 중환자실 환자 1,776명")
    everyone = np.ones(len(died), dtype=bool)
    return _cohort(name, columns, "gender_num", died, male.astype(np.intp), ("female", "male"), everyone)


def _codes(column: Any) -> Floats:
    """Numbers as they are, words by their rank in the alphabet."""
    try:
        return np.asarray(column.to_numpy(dtype=np.float64))
    except (TypeError, ValueError):
        _, codes = np.unique(column.to_numpy(dtype=str), return_inverse=True)
        return codes.astype(np.float64)


def _status(survival: Any, years: float) -> tuple[Bools, Bools]:
    """Whether each person's status after so many years is known, and whether they had died by then."""
    event, days = survival.dtype.names
    died = survival[event] & (survival[days] <= years * _DAYS_OF_A_YEAR)
    return died | (survival[days] > years * _DAYS_OF_A_YEAR), died


def _cohort(
    name: Words,
    columns: Mapping[str, Any],
    group_column: str,
    outcome: Bools,
    group: Ints,
    names: tuple[str, ...],
    kept: Bools,
) -> Cohort:
    features = np.column_stack([np.asarray(values, dtype=np.float64) for values in columns.values()])
    return Cohort(
        name=name,
        features=features[kept],
        columns=tuple(columns),
        group_column=group_column,
        outcome=np.asarray(outcome[kept], dtype=bool),
        group=group[kept],
        names=names,
    )
