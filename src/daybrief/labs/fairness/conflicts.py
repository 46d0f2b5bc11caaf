"""Finds criteria that cannot hold together, by the identity behind them and by search.

With prevalence p, and for any classifier (Chouldechova 2017, cited by the paper):

    FPR = p / (1 − p) · (1 − PPV) / PPV · (1 − FNR)

So where p differs, PPV, FNR and FPR cannot all agree between groups unless prediction is perfect.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import norm

from daybrief.errors import LabError
from daybrief.labs.fairness.definitions import BY_KEY, sums
from daybrief.labs.fairness.population import Floats, Population

FAMILIES = {
    "independence": ("parity",),
    "separation": ("opportunity", "predictive_equality"),
    "sufficiency": ("positive_predictive", "negative_predictive"),
}
PAIRS = tuple(combinations(FAMILIES, 2))
LEAST_USE = 0.2  # TPR − FPR: who selects nobody, or by lot, satisfies every criterion and helps no one


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """Two families that cannot both hold: the least worst gap that any pair of thresholds reaches."""

    families: tuple[str, str]
    least_gap: float
    thresholds: tuple[float, float]


def identity_error(people: Population) -> float:
    """How far the identity is from holding in any group: rounding error, always."""
    worst = 0.0
    for row in sums(people):
        fpr, fnr, ppv = (
            BY_KEY[k].quantity(row) for k in ("predictive_equality", "opportunity", "positive_predictive")
        )
        p = row[1] / row[0]
        if 0 < p < 1 and ppv > 0:
            worst = max(worst, abs(float(fpr - p / (1 - p) * (1 - ppv) / ppv * (1 - fnr))))
    return worst


def forced_false_positive_rate(prevalence: float, ppv: float, fnr: float) -> float:
    """The FPR that follows from prevalence, PPV and FNR; above 1 there is no such classifier."""
    if not 0 < prevalence < 1 or not 0 < ppv <= 1 or not 0 <= fnr <= 1:
        raise LabError(
            f"no rates: prevalence {prevalence}, PPV {ppv}, FNR {fnr}", hint="give numbers between 0 and 1"
        )
    return prevalence / (1 - prevalence) * (1 - ppv) / ppv * (1 - fnr)


def sweep(people: Population, *, steps: int = 60, least_use: float = LEAST_USE) -> tuple[Clash, ...]:
    """The best that two families reach together over every pair of thresholds of two groups (steps²).

    The worst gap of a family is the largest difference of its quantities. Thresholds are quantiles of the
    group's scores; only those of use count (TPR − FPR at least `least_use` in both groups). Raises LabError
    for other than two groups, and where no threshold is of use.
    """
    if len(people.names) != 2:
        raise LabError(f"a sweep compares two groups, not {len(people.names)}", hint="name two with --group")
    rates, cuts = zip(*(_rates(people, g, steps) for g in (0, 1)), strict=True)
    return tuple(_clash(pair, rates, cuts, least_use) for pair in PAIRS)


def _rates(people: Population, group: int, steps: int) -> tuple[dict[str, Floats], Floats]:
    """Every criterion at each threshold of a group, and the thresholds."""
    part = people.take(people.rows_of(group))
    cuts = np.quantile(part.score, np.linspace(0.01, 0.99, steps))
    counts = np.array([sums(part.deciding(part.score >= cut))[group] for cut in cuts])
    return {key: BY_KEY[key].quantity(counts) for keys in FAMILIES.values() for key in keys}, cuts


def analytic(
    prevalence: tuple[float, float], separation: float, *, steps: int = 200, least_use: float = LEAST_USE
) -> tuple[Clash, ...]:
    """The same without sampling, for S | Y ~ Normal(separation · Y, 1) in both groups."""
    cuts = np.linspace(-3.0, separation + 3.0, steps)
    rates = []
    for p in prevalence:
        fnr, fpr = norm.cdf(cuts - separation), norm.sf(cuts)
        chosen = p * (1 - fnr) + (1 - p) * fpr
        rates.append(
            {
                "parity": chosen,
                "opportunity": fnr,
                "predictive_equality": fpr,
                "positive_predictive": p * (1 - fnr) / chosen,
                "negative_predictive": (1 - p) * (1 - fpr) / (1 - chosen),
            }
        )
    return tuple(_clash(pair, tuple(rates), (cuts, cuts), least_use) for pair in PAIRS)


def _clash(
    pair: tuple[str, str], rates: tuple[dict[str, Floats], ...], cuts: tuple[Floats, ...], least_use: float
) -> Clash:
    keys = [key for family in pair for key in FAMILIES[family]]
    gaps = np.max([np.abs(rates[0][key][:, None] - rates[1][key][None, :]) for key in keys], axis=0)
    useful = [1 - r["opportunity"] - r["predictive_equality"] >= least_use for r in rates]
    gaps = np.where(np.isfinite(gaps) & useful[0][:, None] & useful[1][None, :], gaps, np.inf)
    if not np.isfinite(gaps).any():
        raise LabError(
            f"no threshold reaches TPR − FPR = {least_use} in both groups", hint="the score is too weak"
        )
    first, second = np.unravel_index(int(gaps.argmin()), gaps.shape)
    return Clash(
        families=pair,
        least_gap=float(gaps[first, second]),
        thresholds=(float(cuts[0][first]), float(cuts[1][second])),
    )
