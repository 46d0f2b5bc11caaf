"""Real clinical data, read at run time and never shipped.

flchain   7,874 people of Olmsted County with serum free light chains (Dispenzieri et al. 2012), from the
          package scikit-survival; outcome: death within five years; group: sex. People who were lost before
          five years are left out, for their outcome is unknown.
whas500   500 patients after a heart attack (Worcester Heart Attack Study), same package; death within a year.
gbsg2     686 women with breast cancer (German Breast Cancer Study Group), same package; relapse or death
          within three years; group: menopause.
aids      1,151 patients of the trial ACTG 320, same package; AIDS or death within half a year; group: whether
          their race is coded as white.
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
_SEX = Words(en="sex", ko="성별")
_MENOPAUSE = Words(en="menopause", ko="폐경 여부")
_RACE = Words(en="race", ko="인종")
_DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Cohort:
    """Features (n, k), `outcome` (n,), `group` (n,) index into `names`; `columns` names the features.

    The column `group_column` holds the group itself, so that a model can be fit with and without it;
    `attribute` says what groups them, `short` is the table's name in keys.
    """

    short: str
    name: Words
    attribute: Words
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


def gbsg2(years: float = 3.0) -> Cohort:
    """Women with breast cancer: age, receptors, hormone therapy, nodes, grade, size. Raises LabUnmet."""
    require(("sksurv",), extra="lab-fairness")
    from sksurv.datasets import load_gbsg2

    table, survival = load_gbsg2()
    known, relapsed = _status(survival, years)
    after = (table["menostat"] == "Post").to_numpy()
    columns = {
        "age": table["age"],
        "estrogen receptor": np.log1p(table["estrec"]),
        "progesterone receptor": np.log1p(table["progrec"]),
        "hormone therapy": table["horTh"] == "yes",
        "nodes": np.log(table["pnodes"]),
        "grade": table["tgrade"].astype(str).str.len(),  # I, II, III
        "size": table["tsize"],
        "menopause": after,
    }
    name = Words(
        en=f"gbsg2: {known.sum()} women with known three-year status (scikit-survival)",
        ko=f"gbsg2: 3년 경과가 알려진 여성 {known.sum()}명 (scikit-survival)",
    )
    group = after.astype(np.intp)
    return _cohort(name, columns, "menopause", relapsed, group, ("before", "after"), known, _MENOPAUSE)


def aids(years: float = 0.5) -> Cohort:
    """Patients of ACTG 320: age, CD4 count, Karnofsky score, treatment, history, race. Raises LabUnmet."""
    require(("sksurv",), extra="lab-fairness")
    from sksurv.datasets import load_aids

    table, survival = load_aids()
    known, ill = _status(survival, years)
    other = (table["raceth"].astype(int) != 1).to_numpy()
    numbers = ("age", "cd4", "karnof", "priorzdv", "strat2", "tx", "hemophil", "sex")
    columns = {name: table[name].astype(float) for name in numbers}
    columns["cd4"] = np.log1p(columns["cd4"])
    name = Words(
        en=f"aids: {known.sum()} patients of ACTG 320 with known half-year status (scikit-survival)",
        ko=f"aids: 반년 경과가 알려진 ACTG 320 환자 {known.sum()}명 (scikit-survival)",
    )
    group = other.astype(np.intp)
    return _cohort(name, {**columns, "race": other}, "race", ill, group, ("white", "other"), known, _RACE)


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
    attribute: Words = _SEX,
) -> Cohort:
    features = np.column_stack([np.asarray(values, dtype=np.float64) for values in columns.values()])
    return Cohort(
        short=name.en.partition(":")[0],
        name=name,
        attribute=attribute,
        features=features[kept],
        columns=tuple(columns),
        group_column=group_column,
        outcome=np.asarray(outcome[kept], dtype=bool),
        group=group[kept],
        names=names,
    )
