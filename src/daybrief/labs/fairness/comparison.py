"""Seven ways to train or decide, compared on one table: what each does to a gap, and its price.

    folds of a cohort | every arm's decisions on people no model saw | gap and accuracy with intervals

Five folds, so each person is judged once by a model that never saw them: 60 % train, 20 % fit thresholds,
20 % are judged. Thresholds let 5 % of the negatives through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from daybrief.cards import Measure, Words
from daybrief.labs.fairness import mitigation
from daybrief.labs.fairness.cohorts import Cohort
from daybrief.labs.fairness.individual import Counterfactual, causal_model, counterfactual
from daybrief.labs.fairness.population import Bools, Floats, Ints, Population
from daybrief.labs.kit.intervals import Interval, bootstrap, mean
from daybrief.labs.kit.lab import Outcome, Trial

FALSE_POSITIVES = 0.05
PENALTY = 10.0


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Folds:
    """Five folds of a cohort in the given order: three train, one fits thresholds, one is judged."""

    cohort: Cohort
    features: Floats
    order: Ints

    def parts(self) -> list[tuple[Ints, Ints, Ints]]:
        """(train, fit, judged) for each fold."""
        folds = np.array_split(self.order, 5)
        return [
            (np.concatenate([folds[(at + k) % 5] for k in (2, 3, 4)]), folds[(at + 1) % 5], folds[at])
            for at in range(5)
        ]

    def scores(self, fit: Callable[[Ints], Callable[[Floats], Floats]]) -> Floats:
        """The score of each person by the model that never saw them."""
        out = np.empty(len(self.cohort))
        for train, _, judged in self.parts():
            out[judged] = fit(train)(self.features[judged])
        return out

    def people(self, rows: Ints, score: Floats, cut: float) -> Population:
        """These rows as a population; `score` is theirs."""
        cohort = self.cohort
        return Population(
            outcome=cohort.outcome[rows],
            score=score,
            decision=score >= cut,
            group=cohort.group[rows],
            names=cohort.names,
        )


ARMS = {
    "aware": Words(en="{} among the inputs", ko="{}을(를) 입력에 넣음"),
    "unaware": Words(en="{} left out", ko="{} 뺌"),
    "reweighed": Words(en="before: reweighed, {} left out", ko="전처리: 가중치 조정, {} 뺌"),
    "decorrelated": Words(en="before: features decorrelated from {}", ko="전처리: {}과(와)의 상관 제거"),
    "penalised": Words(en="in: gap of the mean score penalised", ko="학습 중: 평균 점수 격차에 벌점"),
    "thresholds": Words(en="after: a threshold for each group", ko="후처리: 집단별 문턱값"),
    "overruled": Words(en="after: equalised odds by overruling", ko="후처리: 확률로 뒤집어 승산 균등"),
}


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Mitigated:
    """Each arm's signed FNR gap (second group minus first) and accuracy against the model without the group.

    On flchain and the tables with sex: men minus women.
    """

    short: str
    data: Words
    attribute: Words
    gaps: dict[str, Interval]
    accuracy: dict[str, Interval]
    narrowed: Interval
    unaware_adds: Interval
    counterfactual: Counterfactual | None

    def arm(self, key: str) -> Words:
        """An arm's name on this table."""
        return Words(en=ARMS[key].en.format(self.attribute.en), ko=ARMS[key].ko.format(self.attribute.ko))

    def measures(self) -> tuple[Measure, ...]:
        """The measures for the card."""
        gaps = tuple(
            gap.measure(
                f"gap_{arm}",
                self._label(arm, "FNR gap", "위음성률 격차"),
                tolerance=0.08,
            )
            for arm, gap in self.gaps.items()
        )
        cost = tuple(
            accuracy.measure(
                f"cost_{arm}",
                self._label(arm, "accuracy", "정확도 변화"),
                tolerance=0.02,
            )
            for arm, accuracy in self.accuracy.items()
        )
        if self.counterfactual is None:
            return (*gaps, *cost)
        flips = self.counterfactual.flips.measure(
            "counterfactual",
            Words(
                en="flchain: decisions that would differ for the other sex (linear causal model)",
                ko="flchain: 성별이 달랐다면 바뀌었을 결정의 비율 (선형 인과 모형)",
            ),
            tolerance=0.02,
        )
        return (*gaps, *cost, flips)

    def _label(self, arm: str, en: str, ko: str) -> Words:
        name = self.arm(arm)
        return Words(en=f"{self.short}: {en}, {name.en}", ko=f"{self.short}: {ko}, {name.ko}")

    def brief_measures(self) -> tuple[Measure, ...]:
        """The gap and price of every arm on a further table, under keys with the table's name."""
        return tuple(
            replace(measure, key=f"{self.short}_{measure.key}", tolerance=None) for measure in self.measures()
        )

    def outcomes(self) -> tuple[Outcome, ...]:
        """The conditions `unaware`, `mitigation` and `price`."""
        before, after = self.gaps["unaware"].value, self.gaps["thresholds"].value
        cost = self.accuracy["thresholds"]
        return (
            Outcome(
                key="unaware", met=self.gaps["unaware"].excludes_zero, measured=f"gap {self.gaps['unaware']}"
            ),
            Outcome(
                key="mitigation",
                met=abs(after) <= abs(before) / 2 and self.narrowed.low > 0,
                measured=f"gap {before:.3f} to {after:.3f}, narrowed by {self.narrowed}",
            ),
            Outcome(key="price", met=cost.low >= -0.02, measured=f"accuracy {cost}"),
        )


def elsewhere(others: Sequence[Mitigated]) -> Outcome:
    """The condition `elsewhere`: whether each table with a gap to narrow was narrowed, and at what price."""
    gaping = [other for other in others if other.gaps["unaware"].excludes_zero]
    shown = ", ".join(
        f"{o.short} {o.gaps['unaware'].value:+.3f} to {o.gaps['thresholds'].value:+.3f}, "
        f"accuracy {o.accuracy['thresholds'].value:+.3f}"
        + ("" if o.gaps["unaware"].excludes_zero else " (gap not proved)")
        for o in others
    )
    fine = [
        abs(o.gaps["thresholds"].value) <= abs(o.gaps["unaware"].value) / 2
        and o.accuracy["thresholds"].value >= -0.02
        for o in gaping
    ]
    return Outcome(key="elsewhere", met=all(fine) if fine else None, measured=shown or "not run")


def mitigated(trial: Trial, cohort: Cohort) -> Mitigated:
    """All arms on the same folds; a person's errors are averaged over seeds, persons are resampled."""
    whose = () if cohort.short == "flchain" else (cohort.short,)
    decided: dict[str, list[Bools]] = {arm: [] for arm in ARMS}
    for seed in trial.seeds(trial.pick(1, 5, 10)):
        order = trial.rng(*whose, "folds", seed).permutation(len(cohort))
        for arm, decision in _arms(cohort, order, trial.rng(*whose, "overrule", seed)).items():
            decided[arm].append(decision)
    chosen = {arm: np.mean(decisions, axis=0) for arm, decisions in decided.items()}
    rounds = trial.pick(500, 2000, 5000)
    gap = _Gap(cohort=cohort, rounds=rounds)
    right = {arm: np.where(cohort.outcome, d, 1 - d) for arm, d in chosen.items()}
    base = right["unaware"]
    return Mitigated(
        short=cohort.short,
        data=cohort.name,
        attribute=cohort.attribute,
        gaps={arm: gap(d, trial.rng(*whose, "gap", arm)) for arm, d in chosen.items()},
        accuracy={
            arm: mean(r - base, trial.rng(*whose, "cost", arm), rounds=rounds)
            for arm, r in right.items()
            if arm != "unaware"
        },
        narrowed=gap(chosen["unaware"] - chosen["thresholds"], trial.rng(*whose, "narrowed")),
        unaware_adds=gap(chosen["unaware"] - chosen["aware"], trial.rng(*whose, "adds")),
        counterfactual=None if whose else _other_sex(cohort, trial.rng("counterfactual")),
    )


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class _Gap:
    """Men's minus women's mean of 1 − `decision` over positives, resampled within groups.

    Linear in `decision`: of a difference of decisions it gives (minus) the difference of the gaps.
    """

    cohort: Cohort
    rounds: int

    def __call__(self, decision: Floats, rng: np.random.Generator) -> Interval:
        rows = np.flatnonzero(self.cohort.outcome)
        missed, male = -decision[rows], self.cohort.group[rows] == 1

        def gap(drawn: Ints) -> float:
            return float(missed[drawn][male[drawn]].mean() - missed[drawn][~male[drawn]].mean())

        return bootstrap(gap, len(rows), rng, strata=male, rounds=self.rounds)


def standardised(features: Floats) -> Floats:
    """Features of mean 0 and deviation 1 by column."""
    return np.asarray((features - features.mean(axis=0)) / features.std(axis=0))


def _arms(cohort: Cohort, order: Ints, rng: np.random.Generator) -> dict[str, Bools]:
    """Each arm's decision for each person, (n,) bool."""
    aware, blind = standardised(cohort.features), standardised(cohort.without_group())
    out = {arm: np.zeros(len(cohort), dtype=bool) for arm in ARMS}
    for train, fit, judged in Folds(cohort=cohort, features=blind, order=order).parts():
        y, a = cohort.outcome, cohort.group
        straight = mitigation.decorrelation(blind[train], a[train])(blind, a)
        plain = mitigation.logistic(blind[train], y[train], a[train])(blind)
        scores = {
            "aware": mitigation.logistic(aware[train], y[train], a[train])(aware),
            "unaware": plain,
            "reweighed": mitigation.logistic(
                blind[train], y[train], a[train], weights=mitigation.reweigh(y[train], a[train])
            )(blind),
            "decorrelated": mitigation.logistic(straight[train], y[train], a[train])(straight),
            "penalised": mitigation.logistic(
                blind[train], y[train], a[train], target="opportunity", strength=PENALTY
            )(blind),
        }
        for arm, score in scores.items():
            out[arm][judged] = score[judged] >= _cut(score[fit], y[fit])
        out["thresholds"][judged], out["overruled"][judged] = _after(cohort, plain, fit, judged, rng)
    return out


def _after(
    cohort: Cohort, score: Floats, fit: Ints, judged: Ints, rng: np.random.Generator
) -> tuple[Bools, Bools]:
    """The two arms that change decisions, not scores; fit on rows that are not judged."""
    folds = Folds(cohort=cohort, features=cohort.features, order=judged)
    cut = _cut(score[fit], cohort.outcome[fit])
    fitting, judging = folds.people(fit, score[fit], cut), folds.people(judged, score[judged], cut)
    own = mitigation.thresholds(fitting, "opportunity")(judging)
    return own, mitigation.equalised_odds(fitting)(judging, rng)


def _cut(score: Floats, outcome: Bools) -> float:
    """The threshold that lets 5 % of the negatives through."""
    return float(np.quantile(score[~outcome], 1 - FALSE_POSITIVES))


def _other_sex(cohort: Cohort, rng: np.random.Generator) -> Counterfactual:
    """The decision of the model without sex, had a person been of the other sex: age and year stay."""
    order = ("sex", "age", "year", "creatinine", "creatinine missing", "kappa", "lambda", "mgus")
    table = cohort.features[:, [cohort.columns.index(name) for name in order]]
    caused = ("creatinine", "kappa", "lambda", "mgus")
    model = causal_model(table, order, {name: ("sex", "age") for name in caused})
    blind = table[:, 1:]
    centre, spread = blind.mean(axis=0), blind.std(axis=0)
    fitted = mitigation.logistic((blind - centre) / spread, cohort.outcome, cohort.group)

    def predict(rows: Floats) -> Floats:
        return fitted((rows[:, 1:] - centre) / spread)

    cut = _cut(predict(table), cohort.outcome)
    return counterfactual(model, table, predict, rng, column="sex", threshold=cut)
