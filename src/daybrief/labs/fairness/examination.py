"""Everything there is to say about one table: criteria, strata, persons, clashes, and what would help.

Mitigation is fit on one half of the rows and judged on the other, both drawn within group and label. With
scores alone decisions can be changed; with features, models are trained anew and compared with a plain one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.fairness import mitigation
from daybrief.labs.fairness.audit import (
    ROUNDS,
    Audit,
    Calibration,
    Comparison,
    Dispersion,
    EqualisedOdds,
    audit,
    within,
)
from daybrief.labs.fairness.conflicts import Clash, sweep
from daybrief.labs.fairness.individual import Similarity, similarity, standardised
from daybrief.labs.fairness.mitigation import Price, Target, price
from daybrief.labs.fairness.population import Floats, Ints, Population
from daybrief.labs.kit.intervals import Interval

TARGETS: tuple[Target, ...] = ("parity", "opportunity", "predictive_equality")
LEAST_ROWS_TO_MITIGATE = 200
PENALTY = 10.0


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Examination:
    """The findings; `prices` by mitigation, `unpriced` the reason why none was tried."""

    rows: int
    audit: Audit
    strata: dict[str, tuple[Comparison, ...]]
    clashes: tuple[Clash, ...]
    similarity: Similarity | None
    prices: dict[str, Price]
    unpriced: str


def examine(
    people: Population,
    rng: np.random.Generator,
    *,
    reference: str = "",
    stratum: NDArray[np.str_] | None = None,
    features: Floats | None = None,
    rounds: int = ROUNDS,
) -> Examination:
    """Audit, and try every mitigation that the data allow."""
    prices, unpriced = _tried(people, features, rng)
    return Examination(
        rows=len(people),
        audit=audit(people, rng, reference=reference, rounds=rounds),
        strata=within(people, stratum, rng, rounds=rounds) if stratum is not None else {},
        clashes=_clashes(people),
        similarity=similarity(features, people.score, rng) if features is not None else None,
        prices=prices,
        unpriced=unpriced,
    )


def _clashes(people: Population) -> tuple[Clash, ...]:
    """The sweep of two groups; nothing for more, or where the score is too weak to be of use."""
    if len(people.names) != 2:
        return ()
    try:
        return sweep(people)
    except LabError:
        return ()


def _tried(
    people: Population, features: Floats | None, rng: np.random.Generator
) -> tuple[dict[str, Price], str]:
    if len(people) < LEAST_ROWS_TO_MITIGATE:
        return {}, f"{len(people)} rows are too few to fit on one half and judge on the other"
    try:
        fit, judged = halves(people, rng)
        prices = _decided(people.take(fit), people.take(judged), rng)
        if features is not None:
            prices |= _trained(people, standardised(features), fit, judged, rng)
    except LabError as impossible:
        return {}, impossible.message
    return prices, ""


def halves(people: Population, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Two halves of the rows, drawn within group and label."""
    first: list[Ints] = []
    second: list[Ints] = []
    cell = people.group * 2 + people.outcome
    for name in np.unique(cell):
        members = rng.permutation(np.flatnonzero(cell == name))
        first.append(members[::2])
        second.append(members[1::2])
    return np.sort(np.concatenate(first)), np.sort(np.concatenate(second))


def _decided(fit: Population, judged: Population, rng: np.random.Generator) -> dict[str, Price]:
    """Mitigations that change decisions: a threshold for each group, and overruling."""
    prices = {}
    for target in TARGETS:
        after = judged.deciding(mitigation.thresholds(fit, target)(judged))
        prices[f"thresholds:{target}"] = price(judged, after, rng, target=target)
    overruled = judged.deciding(mitigation.equalised_odds(fit)(judged, rng))
    prices["overruling:opportunity"] = price(judged, overruled, rng, target="opportunity")
    return prices


def _trained(
    people: Population, features: Floats, fit: Ints, judged: Ints, rng: np.random.Generator
) -> dict[str, Price]:
    """Mitigations that train anew, against a plain logistic regression that selects as many."""
    y, a = people.outcome[fit], people.group[fit]
    straight = mitigation.decorrelation(features[fit], a)(features, people.group)
    models: dict[str, Callable[[], Floats]] = {
        "reweighing:parity": lambda: mitigation.logistic(
            features[fit], y, a, weights=mitigation.reweigh(y, a)
        )(features),
        "decorrelation:parity": lambda: mitigation.logistic(straight[fit], y, a)(straight),
        "penalty:opportunity": lambda: mitigation.logistic(
            features[fit], y, a, target="opportunity", strength=PENALTY
        )(features),
    }
    share = float(people.decision[fit].mean())
    plain = _rescored(people, mitigation.logistic(features[fit], y, a)(features), fit, judged, share)
    prices = {}
    for name, scores in models.items():
        target: Target = "opportunity" if name.endswith("opportunity") else "parity"
        prices[name] = price(plain, _rescored(people, scores(), fit, judged, share), rng, target=target)
    return prices


def _rescored(people: Population, score: Floats, fit: Ints, judged: Ints, share: float) -> Population:
    """The judged rows by another score, at the threshold that selects the same share of the rows fit on."""
    cut = float(np.quantile(score[fit], 1 - share))
    part = people.take(judged)
    return Population(
        outcome=part.outcome,
        score=score[judged],
        decision=score[judged] >= cut,
        group=part.group,
        names=part.names,
    )


# ── as data ─────────────────────────────────────────────────────────────────────────────────────────


def as_json(examination: Examination) -> dict[str, Any]:
    """The examination as plain data: numbers, text, lists; undefined numbers are null."""
    result = examination.audit
    return {
        "rows": examination.rows,
        "groups": [
            {"name": name, "rows": size, "prevalence": _number(p)}
            for name, size, p in zip(result.names, result.sizes, result.prevalence, strict=True)
        ],
        "criteria": [_comparison(c) for c in result.comparisons],
        "equalised_odds": [_odds(o) for o in result.odds],
        "all_groups": [_dispersion(d) for d in result.dispersions],
        "calibration": [_calibration(c) for c in result.calibrations],
        "strata": {name: [_comparison(c) for c in compared] for name, compared in examination.strata.items()},
        "clashes": [
            {"families": c.families, "least_gap": c.least_gap, "thresholds": c.thresholds}
            for c in examination.clashes
        ],
        "similarity": _similarity(examination.similarity),
        "mitigation": {name: _price(p) for name, p in examination.prices.items()},
        "mitigation_left_out": examination.unpriced,
    }


def _odds(odds: EqualisedOdds) -> dict[str, Any]:
    return {
        "group": odds.group,
        "reference": odds.reference,
        "fnr": _interval(odds.opportunity),
        "fpr": _interval(odds.predictive_equality),
        "verdict": odds.verdict,
    }


def _dispersion(dispersion: Dispersion) -> dict[str, Any]:
    names = ("difference", "ratio", "deviation", "mean_deviation", "variance", "entropy")
    summaries = {name: _number(getattr(dispersion, name)) for name in names}
    return {"criterion": dispersion.criterion.key, **summaries, "p": dispersion.p}


def _calibration(calibration: Calibration) -> dict[str, Any]:
    return {
        "group": calibration.group,
        "error": calibration.error,
        "p": calibration.p,
        "score": calibration.score,
        "observed": calibration.observed,
        "rows": calibration.count,
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "criterion": comparison.criterion.key,
        "family": comparison.criterion.family,
        "group": comparison.group,
        "reference": comparison.reference,
        "values": [_number(v) for v in comparison.values],
        "difference": _interval(comparison.difference),
        "ratio": _interval(comparison.ratio),
        "p": comparison.p,
        "p_holm": comparison.p_holm,
        "verdict": comparison.verdict,
    }


def _similarity(similarity: Similarity | None) -> dict[str, Any] | None:
    if similarity is None:
        return None
    return {
        "steepness": similarity.steepness,
        "lipschitz": similarity.lipschitz,
        "violations": _interval(similarity.violations),
        "consistency": _interval(similarity.consistency),
        "twins": similarity.twins,
    }


def _price(mitigation: Price) -> dict[str, Any]:
    return {
        "target": mitigation.target,
        "before": {key: _number(v) for key, v in mitigation.before.items()},
        "after": {key: _number(v) for key, v in mitigation.after.items()},
        "narrowed": _interval(mitigation.narrowed),
        "accuracy": _interval(mitigation.accuracy),
        "changed": mitigation.changed,
    }


def _interval(interval: Interval | None) -> dict[str, Any] | None:
    return None if interval is None else {"value": interval.value, "low": interval.low, "high": interval.high}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
