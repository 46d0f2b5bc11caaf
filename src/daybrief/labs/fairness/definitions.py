"""Every group criterion of the paper, as one quantity that must agree between groups.

A quantity is a function of seven sums over a group's rows, so that a bootstrap needs one matrix product:

    n, ΣY, ΣD, ΣDY, ΣS, ΣSY, Σ(S−Y)²

Families: independence (D ⟂ A), separation (D ⟂ A | Y), sufficiency (Y ⟂ A | D), and others that are neither.
Equalised odds is equal opportunity and predictive equality at once; conditional statistical parity is
statistical parity within a stratum (`audit.within`); calibration by group is in `audit.calibration`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from daybrief.cards import Words
from daybrief.labs.fairness.population import Floats, Population

Family = Literal["independence", "separation", "sufficiency", "other"]
N, Y, D, DY, S, SY, SQ = range(7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """A definition: `quantity` (…, 7) -> (…,) must agree between groups; `cases` counts its rows."""

    key: str
    family: Family
    name: Words
    formula: str
    quantity: Callable[[Floats], Floats]
    cases: Callable[[Floats], Floats]


def sums(population: Population) -> Floats:
    """The seven sums of each group, shape (groups, 7)."""
    rows = features(population)
    return np.array([rows[population.group == g].sum(axis=0) for g in range(len(population.names))])


def features(population: Population) -> Floats:
    """The features to be summed, a row each, shape (n, 7)."""
    y, d = population.outcome.astype(np.float64), population.decision.astype(np.float64)
    s = population.score
    return np.column_stack([np.ones(len(y)), y, d, d * y, s, s * y, (s - y) ** 2])


def _over(top: Floats, bottom: Floats) -> Floats:
    """A quotient; NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)


def _criterion(
    key: str,
    family: Family,
    en: str,
    ko: str,
    formula: str,
    top: Callable[[Floats], Floats],
    bottom: Callable[[Floats], Floats],
) -> Criterion:
    def quantity(s: Floats) -> Floats:
        return _over(top(s), bottom(s))

    return Criterion(
        key=key, family=family, name=Words(en=en, ko=ko), formula=formula, quantity=quantity, cases=bottom
    )


def _all(s: Floats) -> Floats:
    return s[..., N]


def _positives(s: Floats) -> Floats:
    return s[..., Y]


def _negatives(s: Floats) -> Floats:
    return s[..., N] - s[..., Y]


def _selected(s: Floats) -> Floats:
    return s[..., D]


def _passed_over(s: Floats) -> Floats:
    return s[..., N] - s[..., D]


def _missed(s: Floats) -> Floats:
    return s[..., Y] - s[..., DY]


def _false_alarms(s: Floats) -> Floats:
    return s[..., D] - s[..., DY]


def _true_negatives(s: Floats) -> Floats:
    return s[..., N] - s[..., Y] - s[..., D] + s[..., DY]


CRITERIA: tuple[Criterion, ...] = (
    _criterion(
        "parity", "independence", "Statistical parity", "통계적 동등성", "P(D=1 | A)", _selected, _all
    ),
    _criterion(
        "opportunity", "separation", "Equal opportunity", "기회 균등", "P(D=0 | Y=1, A)", _missed, _positives
    ),
    _criterion(
        "predictive_equality",
        "separation",
        "Predictive equality",
        "예측 균등",
        "P(D=1 | Y=0, A)",
        _false_alarms,
        _negatives,
    ),
    _criterion(
        "positive_balance",
        "separation",
        "Balance for the positive class",
        "양성 집단의 균형",
        "E[S | Y=1, A]",
        lambda s: s[..., SY],
        _positives,
    ),
    _criterion(
        "negative_balance",
        "separation",
        "Balance for the negative class",
        "음성 집단의 균형",
        "E[S | Y=0, A]",
        lambda s: s[..., S] - s[..., SY],
        _negatives,
    ),
    _criterion(
        "positive_predictive",
        "sufficiency",
        "Positive predictive parity",
        "양성 예측도 동등성",
        "P(Y=1 | D=1, A)",
        lambda s: s[..., DY],
        _selected,
    ),
    _criterion(
        "negative_predictive",
        "sufficiency",
        "Negative predictive parity",
        "음성 예측도 동등성",
        "P(Y=0 | D=0, A)",
        _true_negatives,
        _passed_over,
    ),
    _criterion(
        "calibration",
        "sufficiency",
        "Calibration in the large",
        "전체 보정",
        "E[Y − S | A]",
        lambda s: s[..., Y] - s[..., S],
        _all,
    ),
    _criterion(
        "brier",
        "other",
        "Brier score parity",
        "브라이어 점수 동등성",
        "E[(S − Y)² | A]",
        lambda s: s[..., SQ],
        _all,
    ),
    _criterion(
        "accuracy",
        "other",
        "Accuracy parity",
        "정확도 동등성",
        "P(D=Y | A)",
        lambda s: s[..., DY] + _true_negatives(s),
        _all,
    ),
    _criterion(
        "treatment", "other", "Treatment equality", "처우 균등", "FN / FP | A", _missed, _false_alarms
    ),
)
BY_KEY = {criterion.key: criterion for criterion in CRITERIA}
EQUALISED_ODDS = ("opportunity", "predictive_equality")
