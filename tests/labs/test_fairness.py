"""The fairness audit: definitions by hand, intervals that cover, certain clashes, true prices."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from lxml import html as lxml_html
from typer.testing import CliRunner

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.fairness import conflicts, examination, individual, mitigation, report, tables
from daybrief.labs.fairness.audit import (
    audit,
    calibration,
    dispersion,
    generalised_entropy,
    permutation,
    within,
)
from daybrief.labs.fairness.definitions import BY_KEY, CRITERIA, sums
from daybrief.labs.fairness.population import Population, population
from daybrief.labs.fairness.use import app

# label, decision, score: of a's 4 positives 3 are chosen, of its 6 negatives 2; of b's 5 and 5, 2 and 1
A = [(1, 1, 0.9)] * 3 + [(1, 0, 0.3)] + [(0, 1, 0.6)] * 2 + [(0, 0, 0.1)] * 4
B = [(1, 1, 0.8)] * 2 + [(1, 0, 0.4)] * 3 + [(0, 1, 0.7)] + [(0, 0, 0.2)] * 4
BY_HAND = {
    "parity": (5 / 10, 3 / 10),
    "opportunity": (1 / 4, 3 / 5),
    "predictive_equality": (2 / 6, 1 / 5),
    "positive_balance": ((2.7 + 0.3) / 4, (1.6 + 1.2) / 5),
    "negative_balance": ((1.2 + 0.4) / 6, (0.7 + 0.8) / 5),
    "positive_predictive": (3 / 5, 2 / 3),
    "negative_predictive": (4 / 5, 4 / 7),
    "calibration": ((4 - 4.6) / 10, (5 - 4.3) / 10),
    "brier": ((3 * 0.01 + 0.49 + 2 * 0.36 + 4 * 0.01) / 10, (2 * 0.04 + 3 * 0.36 + 0.49 + 4 * 0.04) / 10),
    "accuracy": (7 / 10, 6 / 10),
    "treatment": (1 / 2, 3 / 1),
}


def by_hand() -> Population:
    label, decision, score = zip(*(A + B), strict=True)
    return population(label, score, ["a"] * 10 + ["b"] * 10, decision=decision)


def simulated(
    seed: int, count: int = 4000, *, prevalence: tuple[float, float] = (0.2, 0.4), gain: float = 2.0
) -> Population:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, count)
    outcome = rng.random(count) < np.array(prevalence)[group]
    score = 1 / (1 + np.exp(-(rng.normal(-1, 1, count) + gain * outcome)))
    return population(outcome, score, np.array(["a", "b"])[group])


# ── definitions ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", list(BY_KEY))
def test_every_criterion_is_what_a_hand_counts(key: str) -> None:
    assert BY_KEY[key].quantity(sums(by_hand())) == pytest.approx(BY_HAND[key])


@pytest.mark.parametrize(
    "key", ["opportunity", "predictive_equality", "positive_predictive", "accuracy", "parity"]
)
def test_rates_agree_with_those_of_scikit_learn(key: str) -> None:
    from sklearn.metrics import accuracy_score, precision_score, recall_score

    people = simulated(3)
    for g in (0, 1):
        part = people.take(people.rows_of(g))
        y, d = part.outcome, part.decision
        theirs = {
            "opportunity": 1 - recall_score(y, d),
            "predictive_equality": 1 - recall_score(~y, ~d),
            "positive_predictive": precision_score(y, d),
            "accuracy": accuracy_score(y, d),
            "parity": d.mean(),
        }
        assert BY_KEY[key].quantity(sums(people))[g] == pytest.approx(theirs[key])


def test_a_rate_without_anybody_below_it_is_undefined_and_gets_no_verdict() -> None:
    people = by_hand().deciding(np.zeros(20, dtype=bool))
    assert np.isnan(BY_KEY["positive_predictive"].quantity(sums(people))).all()
    audited = audit(people, np.random.default_rng(0), rounds=50)
    assert audited.comparison("positive_predictive").verdict == "too few"
    assert audited.comparison("positive_predictive").difference is None


# ── audit ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_real_gap_is_found_and_no_gap_is_not_called_fair() -> None:
    rng = np.random.default_rng(0)
    people = simulated(1)
    biased = people.deciding(people.decision & ~((people.group == 0) & (rng.random(len(people)) < 0.4)))
    verdicts = {c.criterion.key: c.verdict for c in audit(biased, rng, rounds=400).comparisons}
    assert verdicts["opportunity"] == "violated"
    alike = simulated(2, prevalence=(0.3, 0.3))
    audited = audit(alike, rng, rounds=400)
    assert audited.comparison("opportunity").verdict == "no evidence"
    assert all(c.p_holm >= c.p for c in audited.comparisons)


def test_the_interval_of_a_difference_covers_the_truth() -> None:
    covered = 0
    for seed in range(200):
        people = simulated(1000 + seed, 600, prevalence=(0.3, 0.3))
        difference = (
            audit(people, np.random.default_rng(seed), rounds=200, permutations=0)
            .comparison("opportunity")
            .difference
        )
        assert difference is not None
        covered += difference.low <= 0 <= difference.high
    assert 0.90 <= covered / 200 <= 0.99


def test_equalised_odds_is_stricter_than_either_error_alone() -> None:
    people = simulated(5, 1500)
    audited = audit(people, np.random.default_rng(0), rounds=500)
    single = audited.comparison("opportunity").difference
    assert single is not None
    assert audited.odds[0].opportunity.low < single.low < single.high < audited.odds[0].opportunity.high


def test_a_ratio_is_that_of_the_values_with_an_interval_around_it() -> None:
    parity = audit(simulated(6), np.random.default_rng(0), rounds=300).comparison("parity")
    assert parity.ratio is not None
    assert parity.ratio.value == pytest.approx(parity.values[0] / parity.values[1])
    assert parity.ratio.low < parity.ratio.value < parity.ratio.high


@pytest.mark.parametrize(
    ("values", "entropy"),
    [([0.2, 0.2, 0.2], 0.0), ([1.0, 3.0], ((0.25 - 1) + (2.25 - 1)) / (2 * 2)), ([0.0, 0.0], None)],
)
def test_generalised_entropy_is_nought_when_all_agree(values: list[float], entropy: float | None) -> None:
    measured = generalised_entropy(np.array(values))
    assert np.isnan(measured) if entropy is None else measured == pytest.approx(entropy)


def test_the_permutation_test_is_blind_to_what_its_family_conditions_on() -> None:
    """Groups that differ in prevalence alone are selected unequally, yet err alike (separation)."""
    people = simulated(7, 6000, prevalence=(0.1, 0.5))
    rng = np.random.default_rng(0)
    assert permutation(people, BY_KEY["parity"], rng, 200) < 0.01
    assert permutation(people, BY_KEY["opportunity"], rng, 200) > 0.05


def test_more_than_two_groups_are_summed_up_in_six_numbers() -> None:
    rng = np.random.default_rng(0)
    base = simulated(8)
    three = population(base.outcome, base.score, rng.choice(["x", "y", "z"], len(base)))
    audited = audit(three, rng, rounds=100, permutations=50)
    assert len(audited.comparisons) == 2 * len(CRITERIA)
    assert len(audited.dispersions) == len(CRITERIA)
    values = BY_KEY["parity"].quantity(sums(three))
    parity = next(d for d in audited.dispersions if d.criterion.key == "parity")
    assert parity.difference == pytest.approx(np.ptp(values))
    assert parity.mean_deviation <= parity.deviation <= parity.difference
    assert dispersion(three, BY_KEY["parity"], rng, 50).p > 0.02


def test_calibration_is_missed_by_a_score_that_promises_too_much() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(4000)
    outcome = rng.random(4000) < truth
    honest = population(outcome, truth, np.where(rng.random(4000) < 0.5, "a", "b"))
    boasting = population(outcome, truth**0.5, np.array(honest.names)[honest.group])
    assert calibration(honest, 0).p > 0.01
    assert calibration(boasting, 0).p < 1e-6
    assert calibration(boasting, 0).error > calibration(honest, 0).error


def test_parity_within_strata_sees_what_the_whole_hides() -> None:
    """Selected by stratum alone, and groups unequally spread over strata: unequal in all, equal in each."""
    rng = np.random.default_rng(2)
    stratum = rng.random(4000) < 0.5
    group = np.where(rng.random(4000) < np.where(stratum, 0.8, 0.2), "a", "b")
    score = np.where(rng.random(4000) < np.where(stratum, 0.7, 0.2), 0.9, 0.1)
    people = population(rng.random(4000) < 0.3, score, group)
    assert audit(people, rng, rounds=200).comparison("parity").verdict == "violated"
    inside = within(people, np.where(stratum, "up", "down"), rng, rounds=200)
    assert {c.verdict for compared in inside.values() for c in compared} == {"no evidence"}
    with pytest.raises(LabError, match="no stratum holds 10 rows"):
        within(people, np.arange(4000).astype(str), rng)


# ── clashes ─────────────────────────────────────────────────────────────────────────────────────────


@given(
    arrays.arrays(bool, 80),
    arrays.arrays(np.float64, 80, elements=st.floats(0, 1)),
    st.floats(0.05, 0.95),
)
def test_the_identity_between_error_rates_holds_for_every_classifier(
    outcome: Any, score: Any, cut: float
) -> None:
    outcome[0], outcome[1] = True, False
    people = population(outcome, score, ["a", "b"] * 40, threshold=cut)
    assert conflicts.identity_error(people) < 1e-12


def test_separation_and_sufficiency_exclude_each_other_only_where_prevalence_differs() -> None:
    pair = ("separation", "sufficiency")
    gaps = {
        p: {c.families: c.least_gap for c in conflicts.analytic(p, 1.5)}[pair]
        for p in ((0.3, 0.3), (0.05, 0.3))
    }
    assert gaps[(0.3, 0.3)] < 0.01
    assert gaps[(0.05, 0.3)] > 0.2


def test_a_sweep_of_real_scores_agrees_with_the_one_without_sampling() -> None:
    rng = np.random.default_rng(0)
    group = rng.random(60_000) < 0.5
    outcome = rng.random(60_000) < np.where(group, 0.3, 0.05)
    score = 1 / (1 + np.exp(-(rng.normal(0, 1, 60_000) + 1.5 * outcome)))
    swept = conflicts.sweep(population(outcome, score, np.where(group, "b", "a")))
    for ours, theirs in zip(swept, conflicts.analytic((0.05, 0.3), 1.5), strict=True):
        assert ours.least_gap == pytest.approx(theirs.least_gap, abs=0.06)


def test_a_score_too_weak_to_be_of_use_is_refused() -> None:
    with pytest.raises(LabError, match="no threshold reaches"):
        conflicts.sweep(simulated(9, gain=0.0))
    assert conflicts.forced_false_positive_rate(0.5, 0.8, 0.2) == pytest.approx(0.2)
    with pytest.raises(LabError, match="no rates"):
        conflicts.forced_false_positive_rate(1.0, 0.5, 0.5)


# ── persons ─────────────────────────────────────────────────────────────────────────────────────────


def test_like_cases_with_unlike_scores_are_seen() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    smooth = 1 / (1 + np.exp(-x[:, 0]))
    torn = np.where(rng.random(300) < 0.5, smooth, 1 - smooth)
    calm, wild = (individual.similarity(x, s, np.random.default_rng(1)) for s in (smooth, torn))
    assert calm.violations.value == 0
    assert calm.steepness[3] < 0.5
    assert wild.violations.value > 0.01
    assert calm.consistency.value > wild.consistency.value + 0.05
    twins = individual.similarity(np.vstack([x, x]), np.concatenate([smooth, torn]), np.random.default_rng(1))
    assert twins.twins == pytest.approx(np.abs(smooth - torn).max())


def test_the_counterfactual_follows_the_causes_and_stops_at_what_is_kept() -> None:
    """sex → income → score: with income allowed as a path, nobody's score changes."""
    rng = np.random.default_rng(0)
    sex = rng.integers(0, 2, 2000).astype(float)
    income = 1.0 + 0.5 * sex + rng.normal(0, 0.3, 2000)
    table = np.column_stack([sex, income])
    model = individual.causal_model(table, ("sex", "income"), {"income": ("sex",)})

    def predict(rows: Any) -> Any:
        return 1 / (1 + np.exp(-(rows[:, 1] - 1.25)))

    moved = individual.counterfactual(model, table, predict, rng, column="sex")
    assert moved.direction.value == pytest.approx(0.123, abs=0.01)
    assert moved.flips.value > 0.4
    kept = individual.counterfactual(model, table, predict, rng, column="sex", kept=("income",))
    assert kept.change.value == pytest.approx(0.0)
    assert np.allclose(model.setting(table, "sex", 1.0)[sex == 1], table[sex == 1])


def test_causes_must_stand_before_their_effects() -> None:
    with pytest.raises(LabError, match="'income' cannot cause 'sex'"):
        individual.causal_model(np.zeros((5, 2)), ("sex", "income"), {"sex": ("income",)})


@pytest.mark.parametrize("features", [[[1.0], [float("nan")]], [1.0, 2.0], [[1.0], [1.0]]])
def test_features_that_say_nothing_are_refused(features: Any) -> None:
    with pytest.raises(LabError):
        individual.standardised(features)


# ── mitigation ──────────────────────────────────────────────────────────────────────────────────────


def test_weights_make_label_and_group_independent() -> None:
    people = simulated(10)
    w = mitigation.reweigh(people.outcome, people.group)
    shares = [np.average(people.outcome[people.group == g], weights=w[people.group == g]) for g in (0, 1)]
    assert shares[0] == pytest.approx(shares[1])
    assert w.mean() == pytest.approx(1.0)
    with pytest.raises(LabError, match="no row of group 0 has the label 0"):
        mitigation.reweigh(np.array([True, True, False]), np.array([0, 0, 1]))


def test_decorrelated_features_have_equal_means() -> None:
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, 500)
    x = rng.normal(size=(500, 3)) + group[:, None]
    straight = mitigation.decorrelation(x, group)(x, group)
    assert np.allclose(straight[group == 0].mean(axis=0), straight[group == 1].mean(axis=0))


def test_the_plain_regression_is_that_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 3))
    y = rng.random(500) < 1 / (1 + np.exp(-x @ np.array([1.0, -2.0, 0.5])))
    ours = mitigation.logistic(x, y, rng.integers(0, 2, 500), ridge=1e-3)
    theirs = LogisticRegression(C=1 / (2 * 1e-3 * 500), tol=1e-8).fit(x, y)
    assert ours.weights == pytest.approx(theirs.coef_[0], abs=1e-3)


@pytest.mark.parametrize("target", examination.TARGETS)
def test_a_penalty_narrows_the_gap_of_the_mean_score_it_is_for(target: mitigation.Target) -> None:
    rng = np.random.default_rng(1)
    group = rng.integers(0, 2, 3000)
    outcome = rng.random(3000) < 0.3
    x = np.column_stack(
        [rng.normal(0, 1, 3000) + outcome, 1.5 * group + rng.normal(0, 1, 3000) + 0.5 * outcome]
    )
    rows = {"parity": np.ones(3000, bool), "opportunity": outcome, "predictive_equality": ~outcome}[target]

    def spread(strength: float) -> float:
        score = mitigation.logistic(x, outcome, group, target=target, strength=strength)(x)
        return abs(score[rows & (group == 1)].mean() - score[rows & (group == 0)].mean())

    assert spread(100.0) < 0.3 * spread(0.0)


@pytest.mark.parametrize("target", examination.TARGETS)
def test_thresholds_close_the_gap_they_are_for_on_rows_they_were_not_fit_on(
    target: mitigation.Target,
) -> None:
    people = simulated(11, 20_000)
    shifted = population(
        people.outcome,
        np.where(people.group == 0, people.score * 0.8, people.score),
        np.array(people.names)[people.group],
    )
    fit, judged = examination.halves(shifted, np.random.default_rng(0))
    part = shifted.take(judged)
    after = part.deciding(mitigation.thresholds(shifted.take(fit), target)(part))
    assert mitigation.gap(after, target) < 0.3 * mitigation.gap(part, target)


def test_overruling_equalises_both_errors_and_costs_accuracy() -> None:
    people = simulated(12, 20_000)
    biased = people.deciding(people.score >= np.where(people.group == 0, 0.7, 0.4))
    after = biased.deciding(mitigation.equalised_odds(biased)(biased, np.random.default_rng(0)))
    for key in ("opportunity", "predictive_equality"):
        assert mitigation.gap(after, key) < 0.03 < mitigation.gap(biased, key)
    assert (after.decision == after.outcome).mean() < (biased.decision == biased.outcome).mean()


def test_the_price_is_stated_beside_the_effect_with_its_sign() -> None:
    people = simulated(13)
    worse = people.deciding(people.decision & (people.group == 1))
    price = mitigation.price(worse, people, np.random.default_rng(0), target="opportunity", rounds=100)
    assert price.narrowed.low > 0
    assert price.accuracy.value == pytest.approx(
        (people.decision == people.outcome).mean() - (worse.decision == worse.outcome).mean()
    )
    assert abs(price.before["opportunity"] - price.narrowed.value) == pytest.approx(
        price.after["opportunity"]
    )
    with pytest.raises(LabError, match="not the same rows"):
        mitigation.price(people, simulated(14), np.random.default_rng(0), target="parity")


# ── bad input ───────────────────────────────────────────────────────────────────────────────────────

GOOD = {"outcome": [0, 1] * 10, "score": [0.2, 0.8] * 10, "group": ["a"] * 10 + ["b"] * 10}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"outcome": [1] * 20}, "every label is 1: there is one class only"),
        ({"outcome": [0, 2] * 10}, "a label is 2, in 10 rows"),
        ({"outcome": [0, float("nan")] * 10}, "a label is missing, in 10 rows"),
        ({"outcome": ["yes", "no"] * 10}, "a label is neither 0 nor 1"),
        ({"score": [0.2, float("nan")] * 10}, "10 of 20 scores are missing"),
        ({"score": [-1.0, 4.0] * 10}, "scores run from -1 to 4"),
        ({"score": ["high"] * 20}, "a score is no number"),
        ({"score": [0.5] * 19}, "have 20, 19, 19 and 20 rows"),
        ({"group": ["a"] * 20}, "there is one group only: a"),
        ({"group": ["a"] * 18 + ["", "b"]}, "1 of 20 rows have no group"),
        ({"group": ["a"] * 18 + ["b"] * 2}, "groups of fewer than 10 rows: b (2)"),
        ({"decision": [0, 3] * 10}, "a decision is 3"),
    ],
)
def test_a_table_that_cannot_be_audited_is_refused_by_name(changed: dict[str, Any], says: str) -> None:
    given = {**GOOD, **changed}
    with pytest.raises(LabError, match=re.escape(says)):
        population(given["outcome"], given["score"], given["group"], decision=given.get("decision"))


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("t.csv", "", "holds no rows"),
        ("t.csv", "a,b\n1\n", "another number of fields"),
        ("t.csv", b"a\n\xff\n", "cannot be read"),
        ("t.jsonl", "[1]\n", "is no object"),
        ("t.jsonl", '{"a": 1}\n{"b": 1}\n', "row 2 of"),
        ("t.jsonl", "{", "cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_place(
    tmp_path: Path, name: str, body: str | bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(body if isinstance(body, bytes) else body.encode())
    with pytest.raises(LabError, match=re.escape(says)):
        tables.read(tmp_path / name)


def test_columns_are_asked_for_by_name_and_words_become_numbers(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("n\tword\tgap\n1\tx\t2\n2\ty\t\n", encoding="utf-8")
    table = tables.read(tmp_path / "t.tsv")
    assert table.features(["n", "word"]).tolist() == [[1.0, 0.0], [2.0, 1.0]]
    for column, says in (
        ("none", "its columns: n, word, gap"),
        ("gap", "empty in 1 of 2 rows, first in row 2"),
        ("word", "'x' in the column 'word', row 1"),
    ):
        with pytest.raises(LabError) as refused:
            table.numbers(column)
        assert says in f"{refused.value.message} {refused.value.hint}"


# ── the command ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    people = simulated(15, 1200)
    rng = np.random.default_rng(0)
    rows = [
        f"{int(y)},{s:.4f},{people.names[g]},{rng.choice(['up', 'down'])},{s + rng.normal(0, 0.2):.3f}"
        for y, s, g in zip(people.outcome, people.score, people.group, strict=True)
    ]
    place = tmp_path / "table <b>.csv"
    place.write_text("\n".join(["died,risk,sex,ward,age", *rows]) + "\n", encoding="utf-8")
    return place


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_command_writes_one_page_in_three_forms(csv: Path, tmp_path: Path, language: str) -> None:
    arguments = [str(csv), "--label", "died", "--score", "risk", "--group", "sex", "--stratum", "ward"]
    options = ["--features", "age,ward", "--out", str(tmp_path / "out"), "--language", language]
    done = CliRunner().invoke(app, [*arguments, *options])
    assert done.exit_code == 0, done.output
    data = json.loads((tmp_path / "out" / "fairness.json").read_text(encoding="utf-8"))
    page = lxml_html.fromstring((tmp_path / "out" / "fairness.html").read_bytes())
    text = (tmp_path / "out" / "fairness.md").read_text(encoding="utf-8")
    w = report.WORDS[language]
    for heading in (w["criteria"], w["strata"], w["persons"], w["clashes"], w["mitigation"]):
        assert f"## {heading}" in text
        assert heading in [h.text for h in page.iter("h2")]
    assert page.get("lang") == language
    assert "table <b>.csv" in (page.findtext(".//h1") or "")
    assert set(data["mitigation"]) == {
        "thresholds:parity", "thresholds:opportunity", "thresholds:predictive_equality",
        "overruling:opportunity",
        "reweighing:parity", "decorrelation:parity", "penalty:opportunity",
    }  # fmt: skip
    assert len(data["criteria"]) == len(CRITERIA)


def test_the_command_prints_the_page_or_json_and_writes_nothing_unless_told_to(
    csv: Path, tmp_path: Path
) -> None:
    arguments = [str(csv), "--label", "died", "--score", "risk", "--group", "sex"]
    shown = CliRunner().invoke(app, arguments)
    assert "## Criteria" in shown.output
    assert json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)["rows"] == 1200
    assert [p.name for p in tmp_path.iterdir()] == [csv.name]


def test_too_few_rows_are_audited_but_nothing_is_tried_on_them() -> None:
    examined = examination.examine(by_hand(), np.random.default_rng(0), rounds=50)
    assert examined.prices == {}
    assert "20 rows are too few" in report.as_markdown(examined, "en", "t")
    assert examination.as_json(examined)["mitigation_left_out"].startswith("20 rows")


def test_every_word_of_the_page_is_there_in_both_languages() -> None:
    assert report.WORDS["en"].keys() == report.WORDS["ko"].keys()


# ── cohorts ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_clinical_cohorts_are_those_of_the_studies() -> None:
    pytest.importorskip("sksurv", reason="scikit-survival is not installed: the extra lab-fairness")
    from daybrief.labs.fairness import cohorts

    study = cohorts.flchain()
    assert len(study) == 7679
    assert study.without_group().shape == (7679, 7)
    assert study.outcome.mean() == pytest.approx(0.122, abs=0.001)
    assert len(cohorts.whas500()) == pytest.approx(480, abs=20)
    assert np.isfinite(study.features).all()


@pytest.mark.parametrize(
    ("short", "people", "ill"), [("whas500", 500, 138), ("gbsg2", 555, 224), ("aids", 913, 78)]
)
def test_a_smaller_cohort_has_two_groups_and_whole_features(short: str, people: int, ill: int) -> None:
    pytest.importorskip("sksurv", reason="scikit-survival is not installed: the extra lab-fairness")
    from daybrief.labs.fairness import cohorts

    study = getattr(cohorts, short)()
    assert (study.short, len(study), study.outcome.sum()) == (short, people, ill)
    assert np.isfinite(study.features).all()
    assert study.without_group().shape[1] == len(study.columns) - 1
    assert min(np.bincount(study.group)) >= 200


def test_a_table_without_a_proved_gap_neither_holds_nor_breaks_the_condition() -> None:
    pytest.importorskip("sksurv", reason="scikit-survival is not installed: the extra lab-fairness")
    from daybrief.cards import Words
    from daybrief.labs.fairness.experiment import Mitigated, elsewhere
    from daybrief.labs.kit import Interval

    def moved(before: float, after: float, cost: float) -> Mitigated:
        def near(value: float) -> Interval:
            return Interval(value=value, low=value - 0.05, high=value + 0.05, count=100)

        return Mitigated(
            short="x", data=Words(en="x", ko="x"), attribute=Words(en="sex", ko="성별"),
            gaps={"unaware": near(before), "thresholds": near(after)}, accuracy={"thresholds": near(cost)},
            narrowed=near(before - after), unaware_adds=near(0.0), counterfactual=None,
        )  # fmt: skip

    unproved, narrowed = moved(0.04, 0.2, -0.5), moved(0.2, -0.09, -0.01)
    assert elsewhere([unproved]).met is None
    assert elsewhere([unproved, narrowed]).met
    assert not elsewhere([narrowed, moved(0.2, 0.11, 0.0)]).met
    assert not elsewhere([narrowed, moved(0.2, 0.0, -0.03)]).met


def test_a_file_that_is_not_the_authors_table_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("rdata", reason="rdata is not installed: the extra lab-fairness")
    from daybrief.labs.fairness import cohorts

    with pytest.raises(LabError, match=r"is not the table mimic_preprocessed\.rda"):
        cohorts.mimic(tmp_path)
    (tmp_path / "mimic_preprocessed.rda").write_bytes(b"no R at all")
    with pytest.raises(LabError, match="is not the table"):
        cohorts.mimic(tmp_path)


def test_the_authors_table_is_read_from_its_file_and_from_its_folder(tmp_path: Path) -> None:
    rdata = pytest.importorskip("rdata", reason="rdata is not installed: the extra lab-fairness")
    pandas = pytest.importorskip("pandas", reason="pandas is not installed: the extra lab-fairness")
    from daybrief.labs.fairness import cohorts

    table = {
        "day_28_flg": [0.0, 1.0, 1.0, 0.0],
        "gender_num": [1.0, 0.0, 1.0, 0.0],
        "age": [50.5, 60.0, 70.0, 80.0],
        "service_unit": pandas.Categorical(["SICU", "MICU", "MICU", "FICU"]),
    }
    file = tmp_path / "mimic_preprocessed.rda"
    rdata.write_rda(file, {"mimic_preprocessed": pandas.DataFrame(table)})
    read, again = cohorts.mimic(file), cohorts.mimic(tmp_path)
    assert read.outcome.tolist() == [False, True, True, False]
    assert [read.names[at] for at in read.group] == ["male", "female", "male", "female"]
    assert read.columns == ("gender_num", "age", "service_unit")
    assert read.features[:, 1:].tolist() == [[50.5, 2], [60, 1], [70, 1], [80, 0]]
    assert again.features.tolist() == read.features.tolist()


def test_the_table_is_not_measured_without_the_authors_file() -> None:
    from daybrief.labs.fairness.experiment import published
    from daybrief.labs.kit import Trial

    with pytest.raises(LabUnmet, match=r"mimic_preprocessed\.rda"):
        published(Trial(scale="small"))
