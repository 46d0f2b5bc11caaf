"""The measured reproduction: the published table, the clash, the intervals, mitigation and its price.

1. Table. A random forest of 1,000 trees on 700 rows of the authors' MIMIC-II table, tested on 1,076,
   threshold 0.41, groups by sex. The file is not ours to ship, so this part needs `--data`.
2. Clash. Two groups of unequal prevalence, all pairs of useful thresholds; also flchain by age.
3. Intervals. How often the interval of a difference covers the truth on simulated populations.
4. The brief. How often the engine's audit of exposure calls out editions that choose by lot, and whether it
   sees a topic that has half the odds.
5. Mitigation. flchain, death within five years, groups by sex; five folds, so each person is judged once by
   a model that never saw them: 60 % train, 20 % fit thresholds, 20 % are judged. Threshold at 5 % FPR.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from daybrief.audit.exposure import Dimension, Offer, exposure
from daybrief.cards import Measure, Words
from daybrief.labs.fairness import cohorts, mitigation
from daybrief.labs.fairness.audit import audit, resampled, wald
from daybrief.labs.fairness.cohorts import Cohort
from daybrief.labs.fairness.conflicts import Clash, analytic, sweep
from daybrief.labs.fairness.definitions import BY_KEY, CRITERIA, sums
from daybrief.labs.fairness.individual import Counterfactual, causal_model, counterfactual
from daybrief.labs.fairness.population import Bools, Floats, Ints, Population, population
from daybrief.labs.kit.chart import Chart, Row, Rows
from daybrief.labs.kit.intervals import Interval, bootstrap, mean, share
from daybrief.labs.kit.lab import Findings, Outcome, Trial

SEPARATION = 1.5  # d′ of the simulated scores
RARE, COMMON = 0.05, 0.30
FALSE_POSITIVES = 0.05
PENALTY = 10.0
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
    moved = mitigated(trial)
    table = None
    if trial.data is not None and trial.scale != "smoke":
        trial.tell("the published table")
        table = published(trial)
    return Findings(
        measures=(*_table_measures(table), *clash.measures(), covered, *exposed, *moved.measures()),
        outcomes=(
            *_table_outcomes(table),
            clash.outcome(),
            _coverage_outcome(covered),
            _exposure_outcome(*exposed),
            *moved.outcomes(),
        ),
        because=_because(table, moved),
        data=tuple(name for name in (moved.data, table.data if table else None) if name),
        seeds=trial.seeds(_seeds(trial)),
        chart=_chart(table, moved),
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
    found, agreeing, differences = [], dict.fromkeys((*VIOLATED, *NOT_VIOLATED), 0), []
    for seed in trial.seeds(_seeds(trial)):
        people = _forest(cohort, seed, trees=1000)
        result = audit(people, trial.rng("table", seed), reference="male")
        found.append({c.criterion.key: c.values for c in result.comparisons})
        differences.append(result.comparison("opportunity").difference)
        for key in agreeing:
            violated = result.comparison(key).verdict == "violated"
            agreeing[key] += violated is (key in VIOLATED)
    values = {key: tuple(np.mean([f[key] for f in found], axis=0).tolist()) for key in PUBLISHED}
    first = next(d for d in differences if d is not None)
    return Table(data=cohort.name, values=values, agreeing=agreeing, seeds=len(found), difference=first)


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
        return tuple(Outcome(key=key, held=None, measured=missing) for key in ("table", "verdicts"))
    where, worst = table.worst()
    agree = min(table.agreeing.values())
    return (
        Outcome(key="table", held=worst <= 1, measured=f"{worst:.2f} of the allowed error at most ({where})"),
        Outcome(
            key="verdicts", held=agree == table.seeds, measured=f"{agree} of {table.seeds} forests agree"
        ),
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
        """For the card."""
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
            held=self.unequal >= 0.2 and self.equal <= 0.02,
            measured=f"{self.unequal:.3f} at unequal, {self.equal:.3f} at equal prevalence",
        )


def clashes(trial: Trial) -> Clashes:
    """Both simulated cases without sampling, and the real one."""
    cohort = cohorts.flchain()
    age = cohort.features[:, cohort.columns.index("age")]
    rows = np.arange(len(cohort))
    folds = Folds(
        cohort=cohort, features=_standard(cohort.features), order=trial.rng("age").permutation(rows)
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


def _least(found: tuple[Clash, ...]) -> float:
    return next(clash.least_gap for clash in found if clash.families == ("separation", "sufficiency"))


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
        found = wald(_difference(people), drawn[0] - drawn[1], len(people), 0.95)
        hits += found is not None and found.low <= truth <= found.high
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
    """Two groups, prevalence 0.2 and 0.3, scores of unequal strength."""
    group = (np.arange(count) % 2).astype(np.intp)
    outcome = rng.random(count) < np.where(group == 0, 0.2, 0.3)
    score = expit(rng.normal(-1.0, 1.0, count) + np.where(group == 0, 1.2, 1.7) * outcome)
    return Population(outcome=outcome, score=score, decision=score >= 0.5, group=group, names=("a", "b"))


def _difference(people: Population) -> float:
    values = BY_KEY["opportunity"].quantity(sums(people))
    return float(values[0] - values[1])


def _coverage_outcome(covered: Measure) -> Outcome:
    return Outcome(key="coverage", held=0.92 <= covered.value <= 0.97, measured=f"{covered.value:.3f}")


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
    return Outcome(key="exposure", held=alarms.value <= 0.12 and seen.value >= 0.8, measured=measured)


# ── mitigation ──────────────────────────────────────────────────────────────────────────────────────


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
    "aware": Words(en="sex among the inputs", ko="성별을 입력에 넣음"),
    "unaware": Words(en="sex left out", ko="성별을 뺌"),
    "reweighed": Words(en="before: reweighed, sex left out", ko="전처리: 가중치 조정, 성별 뺌"),
    "decorrelated": Words(en="before: features decorrelated from sex", ko="전처리: 성별과의 상관 제거"),
    "penalised": Words(en="in: gap of the mean score penalised", ko="학습 중: 평균 점수 격차에 벌점"),
    "thresholds": Words(en="after: a threshold for each sex", ko="후처리: 성별 문턱값"),
    "overruled": Words(en="after: equalised odds by overruling", ko="후처리: 확률로 뒤집어 승산 균등"),
}


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Mitigated:
    """Each arm's signed FNR gap (men minus women) and accuracy against the model without sex."""

    data: Words
    gaps: dict[str, Interval]
    accuracy: dict[str, Interval]
    narrowed: Interval
    unaware_adds: Interval
    counterfactual: Counterfactual

    def measures(self) -> tuple[Measure, ...]:
        """For the card."""
        gaps = tuple(
            found.measure(
                f"gap_{arm}",
                Words(en=f"flchain: FNR gap, {ARMS[arm].en}", ko=f"flchain: 위음성률 격차, {ARMS[arm].ko}"),
                tolerance=0.08,
            )
            for arm, found in self.gaps.items()
        )
        cost = tuple(
            found.measure(
                f"cost_{arm}",
                Words(en=f"flchain: accuracy, {ARMS[arm].en}", ko=f"flchain: 정확도 변화, {ARMS[arm].ko}"),
                tolerance=0.02,
            )
            for arm, found in self.accuracy.items()
        )
        flips = self.counterfactual.flips.measure(
            "counterfactual",
            Words(
                en="flchain: decisions that would differ for the other sex (linear causal model)",
                ko="flchain: 성별이 달랐다면 바뀌었을 결정의 비율 (선형 인과 모형)",
            ),
            tolerance=0.02,
        )
        return (*gaps, *cost, flips)

    def outcomes(self) -> tuple[Outcome, ...]:
        """The conditions `unaware`, `mitigation` and `price`."""
        before, after = self.gaps["unaware"].value, self.gaps["thresholds"].value
        cost = self.accuracy["thresholds"]
        return (
            Outcome(
                key="unaware", held=self.gaps["unaware"].excludes_zero, measured=f"gap {self.gaps['unaware']}"
            ),
            Outcome(
                key="mitigation",
                held=abs(after) <= abs(before) / 2 and self.narrowed.low > 0,
                measured=f"gap {before:.3f} to {after:.3f}, narrowed by {self.narrowed}",
            ),
            Outcome(key="price", held=cost.low >= -0.02, measured=f"accuracy {cost}"),
        )


def mitigated(trial: Trial) -> Mitigated:
    """All arms on the same folds; a person's errors are averaged over seeds, persons are resampled."""
    cohort = cohorts.flchain()
    decided: dict[str, list[Bools]] = {arm: [] for arm in ARMS}
    for seed in trial.seeds(_seeds(trial)):
        order = trial.rng("folds", seed).permutation(len(cohort))
        for arm, decision in _arms(cohort, order, trial.rng("overrule", seed)).items():
            decided[arm].append(decision)
    chosen = {arm: np.mean(found, axis=0) for arm, found in decided.items()}
    rounds = trial.pick(500, 2000, 5000)
    gap = _Gap(cohort=cohort, rounds=rounds)
    right = {arm: np.where(cohort.outcome, d, 1 - d) for arm, d in chosen.items()}
    base = right["unaware"]
    return Mitigated(
        data=cohort.name,
        gaps={arm: gap(d, trial.rng("gap", arm)) for arm, d in chosen.items()},
        accuracy={
            arm: mean(r - base, trial.rng("cost", arm), rounds=rounds)
            for arm, r in right.items()
            if arm != "unaware"
        },
        narrowed=gap(chosen["unaware"] - chosen["thresholds"], trial.rng("narrowed")),
        unaware_adds=gap(chosen["unaware"] - chosen["aware"], trial.rng("adds")),
        counterfactual=_other_sex(cohort, trial.rng("counterfactual")),
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


def _standard(features: Floats) -> Floats:
    return np.asarray((features - features.mean(axis=0)) / features.std(axis=0))


def _arms(cohort: Cohort, order: Ints, rng: np.random.Generator) -> dict[str, Bools]:
    """Each arm's decision for each person, (n,) bool."""
    aware, blind = _standard(cohort.features), _standard(cohort.without_group())
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
    """The decisions of the model without sex, had each person been of the other sex: age and year stay."""
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


def _chart(table: Table | None, moved: Mitigated) -> Chart:
    rows = tuple(
        Row(name=ARMS[arm], value=found.value, low=found.low, high=found.high, shade=_shade(arm))
        for arm, found in moved.gaps.items()
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
            Row(name=ARMS[arm], value=c.value, low=c.low, high=c.high, shade=_shade(arm))
            for arm, c in moved.accuracy.items()
        ),
    )
    return Chart(says=says, panels=(gaps, cost, *((_table_rows(table),) if table else ())))


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
