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
    found = {}
    for target in TARGETS:
        after = judged.deciding(mitigation.thresholds(fit, target)(judged))
        found[f"thresholds:{target}"] = price(judged, after, rng, target=target)
    overruled = judged.deciding(mitigation.equalised_odds(fit)(judged, rng))
    found["overruling:opportunity"] = price(judged, overruled, rng, target="opportunity")
    return found


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
    found = {}
    for name, scores in models.items():
        target: Target = "opportunity" if name.endswith("opportunity") else "parity"
        found[name] = price(plain, _rescored(people, scores(), fit, judged, share), rng, target=target)
    return found


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


def as_json(found: Examination) -> dict[str, Any]:
    """The examination as plain data: numbers, text, lists; undefined numbers are null."""
    result = found.audit
    return {
        "rows": found.rows,
        "groups": [
            {"name": name, "rows": size, "prevalence": _number(p)}
            for name, size, p in zip(result.names, result.sizes, result.prevalence, strict=True)
        ],
        "criteria": [_comparison(c) for c in result.comparisons],
        "equalised_odds": [_odds(o) for o in result.odds],
        "all_groups": [_dispersion(d) for d in result.dispersions],
        "calibration": [_calibration(c) for c in result.calibrations],
        "strata": {name: [_comparison(c) for c in compared] for name, compared in found.strata.items()},
        "clashes": [
            {"families": c.families, "least_gap": c.least_gap, "thresholds": c.thresholds}
            for c in found.clashes
        ],
        "similarity": _similarity(found.similarity),
        "mitigation": {name: _price(p) for name, p in found.prices.items()},
        "mitigation_left_out": found.unpriced,
    }


def _odds(found: EqualisedOdds) -> dict[str, Any]:
    return {
        "group": found.group,
        "reference": found.reference,
        "fnr": _interval(found.opportunity),
        "fpr": _interval(found.predictive_equality),
        "verdict": found.verdict,
    }


def _dispersion(found: Dispersion) -> dict[str, Any]:
    names = ("difference", "ratio", "deviation", "mean_deviation", "variance", "entropy")
    summaries = {name: _number(getattr(found, name)) for name in names}
    return {"criterion": found.criterion.key, **summaries, "p": found.p}


def _calibration(found: Calibration) -> dict[str, Any]:
    return {
        "group": found.group,
        "error": found.error,
        "p": found.p,
        "score": found.score,
        "observed": found.observed,
        "rows": found.count,
    }


def _comparison(found: Comparison) -> dict[str, Any]:
    return {
        "criterion": found.criterion.key,
        "family": found.criterion.family,
        "group": found.group,
        "reference": found.reference,
        "values": [_number(v) for v in found.values],
        "difference": _interval(found.difference),
        "ratio": _interval(found.ratio),
        "p": found.p,
        "p_holm": found.p_holm,
        "verdict": found.verdict,
    }


def _similarity(found: Similarity | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "steepness": found.steepness,
        "lipschitz": found.lipschitz,
        "violations": _interval(found.violations),
        "consistency": _interval(found.consistency),
        "twins": found.twins,
    }


def _price(found: Price) -> dict[str, Any]:
    return {
        "target": found.target,
        "before": {key: _number(v) for key, v in found.before.items()},
        "after": {key: _number(v) for key, v in found.after.items()},
        "narrowed": _interval(found.narrowed),
        "accuracy": _interval(found.accuracy),
        "changed": found.changed,
    }


def _interval(found: Interval | None) -> dict[str, Any] | None:
    return None if found is None else {"value": found.value, "low": found.low, "high": found.high}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
