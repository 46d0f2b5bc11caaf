"""The measured reproduction: the published table, the clash, the intervals, mitigation and its price.

1. Table. A random forest of 1,000 trees on 700 rows of the authors' MIMIC-II table, tested on 1,076,
   threshold 0.41, groups by sex. The file is not ours to ship, so this part needs `--data`.
2. Clash. Two groups of unequal prevalence, all pairs of useful thresholds; also flchain by age.
3. Intervals. How often the interval of a difference covers the truth on simulated populations.
4. The brief. How often the engine's audit of exposure calls out editions that choose by lot, and whether it
   sees a topic that has half the odds.
5. Mitigation. flchain, death within five years, groups by sex; five folds, so each person is judged once by
   a model that never saw them: 60 % train, 20 % fit thresholds, 20 % are judged. Threshold at 5 % FPR. Then
   the same arms on smaller tables: whas500, gbsg2, aids, and MIMIC-II where its file is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from daybrief.audit.exposure import Dimension, Offer, exposure
from daybrief.cards import Measure, Words
from daybrief.labs.fairness import cohorts, mitigation
from daybrief.labs.fairness.audit import audit, resampled, wald
from daybrief.labs.fairness.cohorts import Cohort
from daybrief.labs.fairness.comparison import Folds, Mitigated, elsewhere, mitigated, standardised
from daybrief.labs.fairness.conflicts import Clash, analytic, sweep
from daybrief.labs.fairness.definitions import BY_KEY, CRITERIA, sums
from daybrief.labs.fairness.population import Population, population
from daybrief.labs.kit.chart import Chart, Row, Rows
from daybrief.labs.kit.intervals import Interval, share
from daybrief.labs.kit.lab import Findings, Outcome, Trial

SEPARATION = 1.5  # d′ of the simulated scores
RARE, COMMON = 0.05, 0.30
OLD = 70.0
# Smith, Gao, Chou and Gronsbell, fairmetrics (JOSS 2025), the example table: female, male
PUBLISHED = {
    "parity": (0.17, 0.08),
    "opportunity": (0.38, 0.62),
    "predictive_equality": (0.08, 0.03),
    "positive_balance": (0.46, 0.37),
    "negative_balance": (0.15, 0.10),
    "positive_predictive": (0.62, 0.66),
    "negative_predictive": (0.92, 0.90),
    "brier": (0.09, 0.08),
    "accuracy": (0.87, 0.88),
}
VIOLATED = {"parity", "opportunity", "predictive_equality"}
NOT_VIOLATED = {"positive_predictive", "negative_predictive"}
TABLE_ERROR, TABLE_ERROR_OF_MALE_PPV = 0.05, 0.06


def run(trial: Trial) -> Findings:
    """Measure all five; raises LabUnmet without scikit-survival."""
    trial.tell("clash of criteria")
    clash = clashes(trial)
    trial.tell("coverage of the intervals")
    covered = coverage(trial)
    trial.tell("exposure in the brief")
    exposed = exposures(trial)
    trial.tell("mitigation on flchain")
    moved = mitigated(trial, cohorts.flchain())
    trial.tell("mitigation on other tables")
    others = tuple(mitigated(trial, cohort) for cohort in other_cohorts(trial))
    table = None
    if trial.data is not None and trial.scale != "smoke":
        trial.tell("the published table")
        table = published(trial)
    return Findings(
        measures=(
            *_table_measures(table),
            *clash.measures(),
            covered,
            *exposed,
            *moved.measures(),
            *(measure for other in others for measure in other.brief_measures()),
        ),
        outcomes=(
            *_table_outcomes(table),
            clash.outcome(),
            _coverage_outcome(covered),
            _exposure_outcome(*exposed),
            *moved.outcomes(),
            elsewhere(others),
        ),
        because=_because(table, moved),
        data=tuple(dict.fromkeys([moved.data, *(o.data for o in others), *([table.data] if table else [])])),
        seeds=trial.seeds(_seeds(trial)),
        chart=_chart(table, moved, others),
    )


def _seeds(trial: Trial) -> int:
    return trial.pick(1, 5, 10)


# ── the published table ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Table:
    """Values (female, male) of each criterion, mean over seeds; `verdicts` counts the seeds that agree."""

    data: Words
    values: dict[str, tuple[float, float]]
    agreeing: dict[str, int]
    seeds: int
    difference: Interval

    def worst(self) -> tuple[str, float]:
        """The largest error against the published table, as a share of what is allowed."""
        errors = {
            f"{key}, {name}": abs(ours - theirs) / _allowed(key, name)
            for key, published_pair in PUBLISHED.items()
            for name, ours, theirs in zip(("female", "male"), self.values[key], published_pair, strict=True)
        }
        return max(errors.items(), key=lambda pair: pair[1])


def _allowed(key: str, name: str) -> float:
    return TABLE_ERROR_OF_MALE_PPV if (key, name) == ("positive_predictive", "male") else TABLE_ERROR


def published(trial: Trial) -> Table:
    """The table again, one forest for each seed."""
    cohort = cohorts.mimic(trial.given("the file mimic_preprocessed.rda of the R package fairmetrics"))
    by_seed, agreeing, differences = [], dict.fromkeys((*VIOLATED, *NOT_VIOLATED), 0), []
    for seed in trial.seeds(_seeds(trial)):
        people = _forest(cohort, seed, trees=1000)
        result = audit(people, trial.rng("table", seed), reference="male")
        by_seed.append({c.criterion.key: c.values for c in result.comparisons})
        differences.append(result.comparison("opportunity").difference)
        for key in agreeing:
            violated = result.comparison(key).verdict == "violated"
            agreeing[key] += violated is (key in VIOLATED)
    values = {key: tuple(np.mean([f[key] for f in by_seed], axis=0).tolist()) for key in PUBLISHED}
    first = next(d for d in differences if d is not None)
    return Table(data=cohort.name, values=values, agreeing=agreeing, seeds=len(by_seed), difference=first)


def _forest(
    cohort: Cohort, seed: int, *, trees: int, train: int = 700, threshold: float = 0.41
) -> Population:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(n_estimators=trees, random_state=seed)
    forest.fit(cohort.features[:train], cohort.outcome[:train])
    score = forest.predict_proba(cohort.features[train:])[:, 1]
    group = np.array(cohort.names)[cohort.group[train:]]
    return population(cohort.outcome[train:], score, group, threshold=threshold)


def _table_measures(table: Table | None) -> tuple[Measure, ...]:
    if table is None:
        return ()
    _, worst = table.worst()
    return (
        table.difference.measure(
            "table_gap",
            Words(
                en="MIMIC-II: FNR, women minus men (first seed)",
                ko="MIMIC-II: 위음성률, 여성 − 남성 (첫 씨앗)",
            ),
            paper="−0.24 [−0.39, −0.09]",
        ),
        Measure(
            key="table_error",
            name=Words(
                en="MIMIC-II: largest error against the published table, as a share of what is allowed",
                ko="MIMIC-II: 논문 표와의 가장 큰 차이, 허용 오차에 대한 비율",
            ),
            value=worst,
        ),
    )


def _table_outcomes(table: Table | None) -> tuple[Outcome, ...]:
    if table is None:
        missing = "needs --data with mimic_preprocessed.rda, and a scale above smoke"
        return tuple(Outcome(key=key, met=None, measured=missing) for key in ("table", "verdicts"))
    where, worst = table.worst()
    agree = min(table.agreeing.values())
    return (
        Outcome(key="table", met=worst <= 1, measured=f"{worst:.2f} of the allowed error at most ({where})"),
        Outcome(key="verdicts", met=agree == table.seeds, measured=f"{agree} of {table.seeds} forests agree"),
    )


# ── the clash ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Clashes:
    """Least worst gaps of separation and sufficiency: simulated, and on flchain by age."""

    equal: float
    unequal: float
    real: float
    prevalence: tuple[float, float]

    def measures(self) -> tuple[Measure, ...]:
        """The measures for the card."""
        of = Words(en="separation and sufficiency", ko="분리와 충분")
        rare, common = self.prevalence
        return (
            Measure(
                key="clash_unequal",
                value=self.unequal,
                tolerance=0.02,
                name=Words(
                    en=f"least gap of {of.en}, prevalence {RARE} and {COMMON}",
                    ko=f"{of.ko}의 최소 격차, 유병률 {RARE}와 {COMMON}",
                ),
            ),
            Measure(
                key="clash_equal",
                value=self.equal,
                tolerance=0.02,
                name=Words(
                    en=f"the same, prevalence {COMMON} in both", ko=f"같은 격차, 유병률 모두 {COMMON}"
                ),
            ),
            Measure(
                key="clash_real",
                value=self.real,
                tolerance=0.06,
                name=Words(
                    en=f"the same on flchain, under and over {OLD:.0f} (prevalence {rare:.2f}, {common:.2f})",
                    ko=f"flchain의 같은 격차, {OLD:.0f}세 미만과 이상 (유병률 {rare:.2f}, {common:.2f})",
                ),
            ),
        )

    def outcome(self) -> Outcome:
        """The condition `clash`."""
        return Outcome(
            key="clash",
            met=self.unequal >= 0.2 and self.equal <= 0.02,
            measured=f"{self.unequal:.3f} at unequal, {self.equal:.3f} at equal prevalence",
        )


def clashes(trial: Trial) -> Clashes:
    """Both simulated cases without sampling, and the real one."""
    cohort = cohorts.flchain()
    age = cohort.features[:, cohort.columns.index("age")]
    rows = np.arange(len(cohort))
    folds = Folds(
        cohort=cohort, features=standardised(cohort.features), order=trial.rng("age").permutation(rows)
    )
    score = folds.scores(
        lambda train: mitigation.logistic(folds.features[train], cohort.outcome[train], cohort.group[train])
    )
    people = population(cohort.outcome, score, np.where(age >= OLD, "old", "young"))
    young, old = (float(people.prevalence()[people.names.index(name)]) for name in ("young", "old"))
    return Clashes(
        equal=_least(analytic((COMMON, COMMON), SEPARATION)),
        unequal=_least(analytic((RARE, COMMON), SEPARATION)),
        real=_least(sweep(people)),
        prevalence=(young, old),
    )


def _least(clashes: tuple[Clash, ...]) -> float:
    return next(clash.least_gap for clash in clashes if clash.families == ("separation", "sufficiency"))


# ── the intervals ───────────────────────────────────────────────────────────────────────────────────


def coverage(trial: Trial) -> Measure:
    """How often the 95 % interval of the FNR difference covers the truth, with the interval of that share."""
    sets, rounds = trial.pick(100, 1000, 5000), trial.pick(300, 1000, 2500)
    truth = _difference(simulated(trial.rng("truth"), 2_000_000))
    hits = 0
    for at in range(sets):
        rng = trial.rng("coverage", at)
        people = simulated(rng, 1000)
        drawn = BY_KEY["opportunity"].quantity(resampled(people, rng, rounds))
        interval = wald(_difference(people), drawn[0] - drawn[1], len(people), 0.95)
        hits += interval is not None and interval.low <= truth <= interval.high
    return share(hits, sets).measure(
        "coverage",
        Words(
            en="coverage of the 95 % interval of an FNR difference",
            ko="위음성률 차이의 95 % 구간이 참값을 담은 비율",
        ),
        paper="0.95",
        tolerance=0.08,
    )


def simulated(rng: np.random.Generator, count: int) -> Population:
    """Simulates two groups: prevalence 0.2 and 0.3, scores of unequal strength."""
    group = (np.arange(count) % 2).astype(np.intp)
    outcome = rng.random(count) < np.where(group == 0, 0.2, 0.3)
    score = expit(rng.normal(-1.0, 1.0, count) + np.where(group == 0, 1.2, 1.7) * outcome)
    return Population(outcome=outcome, score=score, decision=score >= 0.5, group=group, names=("a", "b"))


def _difference(people: Population) -> float:
    values = BY_KEY["opportunity"].quantity(sums(people))
    return float(values[0] - values[1])


def _coverage_outcome(covered: Measure) -> Outcome:
    return Outcome(key="coverage", met=0.92 <= covered.value <= 0.97, measured=f"{covered.value:.3f}")


# ── the brief ───────────────────────────────────────────────────────────────────────────────────────


def exposures(trial: Trial) -> tuple[Measure, Measure]:
    """False alarms on editions by lot, and detections of a topic with half the odds, in ten days."""
    sets = trial.pick(100, 1000, 5000)
    alarms = seen = 0
    for at in range(sets):
        rng = trial.rng("exposure", at)
        by_lot = exposure("papers", offered(rng, odds=1.0)).shares["topic"]
        alarms += any(s.selection in ("more", "less") or s.standing in ("more", "less") for s in by_lot)
        biased = exposure("papers", offered(rng, odds=0.5)).shares["topic"]
        seen += any(s.group == "a" and s.selection == "less" for s in biased)
    return (
        share(alarms, sets).measure(
            "exposure_alarms",
            Words(
                en="editions by lot that the brief's audit calls out",
                ko="추첨으로 고른 판을 감사가 지적한 비율",
            ),
            tolerance=0.08,
        ),
        share(seen, sets).measure(
            "exposure_seen",
            Words(en="topics of half the odds that it sees", ko="확률이 절반인 주제를 알아본 비율"),
            tolerance=0.12,
        ),
    )


def offered(
    rng: np.random.Generator, *, odds: float, days: int = 10, each: int = 100, printed: int = 30
) -> list[list[Offer]]:
    """Days of offers of four topics; each day prints some by lot, topic `a` with these odds."""
    made = []
    for _ in range(days):
        topics = rng.choice(list("abcd"), each, p=[0.4, 0.3, 0.2, 0.1])
        weights = np.where(topics == "a", odds, 1.0)
        chosen = rng.choice(each, printed, replace=False, p=weights / weights.sum())
        places = {
            int(row): place for place, row in enumerate(chosen if odds == 1 else rng.permutation(chosen), 1)
        }
        made.append(
            [Offer(groups=_topic(str(topic)), place=places.get(row)) for row, topic in enumerate(topics)]
        )
    return made


def _topic(topic: str) -> dict[Dimension, tuple[str, ...]]:
    return {"language": ("en",), "topic": (topic,), "source": ("arxiv",), "institution": ("",)}


def _exposure_outcome(alarms: Measure, seen: Measure) -> Outcome:
    measured = f"{alarms.value:.3f} false alarms, {seen.value:.3f} seen"
    return Outcome(key="exposure", met=alarms.value <= 0.12 and seen.value >= 0.8, measured=measured)


# ── mitigation ──────────────────────────────────────────────────────────────────────────────────────


def other_cohorts(trial: Trial) -> tuple[Cohort, ...]:
    """The smaller tables; none at smoke scale, MIMIC-II only where its file is given."""
    if trial.scale == "smoke":
        return ()
    given = () if trial.data is None else (cohorts.mimic(trial.data),)
    return (cohorts.whas500(), cohorts.gbsg2(), cohorts.aids(), *given)


# ── words and picture ───────────────────────────────────────────────────────────────────────────────


def _because(table: Table | None, moved: Mitigated) -> Words:
    before, after, cost = moved.gaps["unaware"], moved.gaps["thresholds"], moved.accuracy["thresholds"]
    again = (
        " The published table comes out again within its error." if table and table.worst()[1] <= 1 else ""
    )
    again_ko = " 논문의 표도 오차 안에서 다시 나왔습니다." if again else ""
    return Words(
        en=f"A threshold for each sex took the gap in missed deaths from {before.value:.3f} "
        f"to {after.value:.3f}, "
        f"for {cost.value:+.3f} of accuracy.{again}",
        ko=f"성별 문턱값이 놓친 사망의 격차를 {before.value:.3f}에서 {after.value:.3f}(으)로 바꾸었고, "
        f"정확도는 {cost.value:+.3f} 변했습니다.{again_ko}",
    )


def _chart(table: Table | None, moved: Mitigated, others: Sequence[Mitigated]) -> Chart:
    rows = tuple(
        Row(name=moved.arm(arm), value=gap.value, low=gap.low, high=gap.high, shade=_shade(arm))
        for arm, gap in moved.gaps.items()
    )
    gaps = Rows(
        title=Words(en="Missed deaths: men minus women (flchain)", ko="놓친 사망: 남성 − 여성 (flchain)"),
        x=Words(en="difference of false negative rates, 95 % interval", ko="위음성률 차이, 95 % 구간"),
        at=0.0,
        rows=rows,
    )
    says = Words(
        en="The gap in false negative rates of seven models, and what each costs in accuracy.",
        ko="일곱 모형의 위음성률 격차와 구간, 그리고 정확도로 치르는 값.",
    )
    cost = Rows(
        title=Words(en="The price: change of accuracy", ko="값: 정확도의 변화"),
        x=Words(en="against the model without sex", ko="성별을 뺀 모형에 견주어"),
        at=0.0,
        rows=tuple(
            Row(name=moved.arm(arm), value=c.value, low=c.low, high=c.high, shade=_shade(arm))
            for arm, c in moved.accuracy.items()
        ),
    )
    panels = (gaps, cost, *_other_rows(others), *((_table_rows(table),) if table else ()))
    return Chart(says=says, panels=panels)


def _other_rows(others: Sequence[Mitigated]) -> tuple[Rows, ...]:
    """The gap on each further table before and after thresholds."""
    rows = tuple(
        Row(
            name=Words(en=f"{o.short}, {o.arm(arm).en}", ko=f"{o.short}, {o.arm(arm).ko}"),
            value=o.gaps[arm].value,
            low=o.gaps[arm].low,
            high=o.gaps[arm].high,
            shade=_shade(arm),
        )
        for o in others
        for arm in ("unaware", "penalised", "thresholds")
    )
    title = Words(
        en="Other clinical tables: second group minus first", ko="다른 임상 자료: 둘째 집단 − 첫째 집단"
    )
    x = Words(en="difference of false negative rates, 95 % interval", ko="위음성률 차이, 95 % 구간")
    return (Rows(title=title, x=x, at=0.0, rows=rows),) if rows else ()


def _shade(arm: str) -> int:
    return {"aware": 6, "unaware": 6, "reweighed": 0, "decorrelated": 0, "penalised": 2}.get(arm, 1)


def _table_rows(table: Table) -> Rows:
    names = (Words(en="women", ko="여성"), Words(en="men", ko="남성"))
    return Rows(
        title=Words(en="The published table again (MIMIC-II)", ko="논문의 표를 다시 (MIMIC-II)"),
        x=Words(en="value of each group", ko="집단별 값"),
        shades=names,
        rows=tuple(
            Row(
                name=Words(en=f"{c.name.en}, {name.en}", ko=f"{c.name.ko}, {name.ko}"),
                value=table.values[c.key][at],
                beside=PUBLISHED[c.key][at],
                shade=at,
            )
            for c in CRITERIA
            if c.key in PUBLISHED
            for at, name in enumerate(names)
        ),
    )
