"""The off-topic guardrail's lab: its test sets, its baselines, and what it says when data are missing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from daybrief.errors import LabError
from daybrief.guard.examples import built_in
from daybrief.guard.features import TextEncoder
from daybrief.guard.scope import WordEncoder
from daybrief.labs.kit import Trial
from daybrief.labs.offtopic import baselines, experiment, scopes
from daybrief.labs.offtopic.scopes import Pairs

KITCHEN, CHESS = "Cooking: recipes, cooking times.", "Chess: openings, endgames."


@pytest.fixture
def pairs() -> Pairs:
    subjects = {
        KITCHEN: (
            ["recipes with rice", "cooking times of eggs", "recipes", "cooking"],
            ["openings", "rooks"],
        ),
        CHESS: (["openings", "endgames of rooks", "chess"], ["recipes", "cooking", "eggs", "rice"]),
    }
    return scopes.drawn("toy", subjects, 4, np.random.default_rng(1))


@pytest.mark.parametrize("score", [baselines.cosine, baselines.late_interaction, baselines.zero_shot])
def test_a_baseline_scores_what_does_not_belong_higher(score: object, pairs: Pairs) -> None:
    scores = score(TextEncoder(WordEncoder()), pairs)  # type: ignore[operator]
    assert scores.shape == pairs.off.shape
    assert scores[pairs.off == 1].mean() > scores[pairs.off == 0].mean()


def test_the_six_examples_of_a_scope_are_never_tested(pairs: Pairs) -> None:
    _, tested = baselines.nearest(TextEncoder(WordEncoder()), pairs, np.random.default_rng(2))
    for rows in pairs.groups.values():
        for kind in (0, 1):
            chosen = rows[(pairs.off[rows] == kind)]
            assert (tested[chosen] == 0).sum() == min(3, len(chosen))


def test_a_resampled_auc_is_that_of_the_drawn_rows_ties_included() -> None:
    rng = np.random.default_rng(4)
    off = (rng.random(200) < 0.4).astype(float)
    scores = (rng.normal(size=200) + off).round(1)
    statistic = experiment.resampled_auc(off, scores)
    for _ in range(20):
        rows = rng.integers(0, 200, 200)
        assert statistic(rows) == pytest.approx(roc_auc_score(off[rows], scores[rows]), abs=1e-12)


def test_no_text_of_a_test_is_written_for_fitting() -> None:
    written = {example.prompt for example in built_in(np.random.default_rng(3))}
    tested = {text for texts in scopes.texts()["hostile"].values() for text in texts}
    assert len(tested) >= 60
    assert not written & tested


def test_a_module_is_asked_about_in_its_own_words_and_others_are_not_its_own() -> None:
    pools = scopes.docs()
    assert len(pools) >= 20
    for scope, (on, off) in pools.items():
        assert scope.startswith("Help with the Python module")
        assert len(on) >= 8
        assert not set(on) & set(off) or len(set(on) & set(off)) < len(on)


def _data(folder: Path) -> Path:
    (folder / "offtopic").mkdir()
    (folder / "arxiv").mkdir()
    rows = [
        {"split": "test", "text": f"{domain} {n}", "intent": f"{domain}_{n % 4}", "domain": domain}
        for domain in scopes.texts()["clinc"]
        for n in range(8)
    ]
    rows += [{"split": "test", "text": f"nothing {n}", "intent": "oos", "domain": None} for n in range(4)]
    rows.append({"split": "train", "text": "never", "intent": "x", "domain": "banking"})
    (folder / "offtopic" / "clinc150_oos.jsonl").write_text("\n".join(map(json.dumps, rows)))
    papers = [
        {"title": f"{archive} paper {n}", "categories": [archive, "cs.AI"]}
        for archive in ("cs.CL", "cs.SE", "cs.DB", "cs.IR", "cs.NI", "quant-ph")
        for n in range(3)
    ]
    with gzip.open(folder / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz", "wt") as file:
        file.write("\n".join(map(json.dumps, papers)))
    return folder


def test_a_domain_is_tested_on_its_own_requests_and_on_those_of_others(tmp_path: Path) -> None:
    pools = scopes.clinc(_data(tmp_path))
    assert len(pools) == 5
    on, off = next(pools[scope] for scope in pools if "bank" in scope)
    assert all(text.startswith("banking") for text in on)
    assert not any(text.startswith("banking") for text in off)
    assert any(text.startswith("nothing") for text in off)
    assert "never" not in on


def test_near_misses_are_of_the_same_domain(tmp_path: Path) -> None:
    for on, off in scopes.near_misses(_data(tmp_path)).values():
        assert on[0].split()[0] == off[0].split()[0]
        assert not set(on) & set(off)


def test_a_title_is_off_topic_only_where_its_archive_is_not_listed(tmp_path: Path) -> None:
    pools = scopes.arxiv(_data(tmp_path))
    on, off = next(pools[scope] for scope in pools if "language" in scope)
    assert on == ["cs.CL paper 0", "cs.CL paper 1", "cs.CL paper 2"]
    assert not any(title.startswith("cs.CL") for title in off)
    assert all("연구" in scope for scope in scopes.arxiv(tmp_path, korean=True))


@pytest.mark.parametrize("read", [scopes.clinc, scopes.arxiv, scopes.korean])
def test_data_that_are_missing_are_named(read: object, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="cannot be read") as refused:
        read(tmp_path)  # type: ignore[operator]
    assert "--data" in refused.value.hint


def test_without_data_the_sets_that_are_left_out_are_told() -> None:
    lines: list[str] = []
    sets = scopes.sets(Trial(tell=lines.append), 12, 5)
    assert [pairs.name for pairs in sets] == ["docs"]
    assert "skipped" in lines[0]


def test_a_condition_that_was_not_measured_is_not_called_held() -> None:
    tested = experiment.Tested(scope=["a"] * 8)
    tested.off = [np.array([0.0, 1.0] * 4)]
    for arm in experiment.ARMS:
        tested.scores[arm], tested.f1[arm] = [np.arange(8.0)], [0.5]
    extra = experiment.Extra(hostile=(60, 62, 0.1), near=None, speed=900.0, encoders={}, error=0.01)
    assert {outcome.met for outcome in experiment._outcomes({"docs": tested}, extra, Trial())} == {None}
    whole = dict.fromkeys(experiment.SETS, tested)
    met = {outcome.key: outcome.met for outcome in experiment._outcomes(whole, extra, Trial(scale="small"))}
    assert met == {
        "auc": False,
        "heuristics": False,
        "f1": False,
        "calibration": True,
        "hostile": True,
        "speed": True,
    }


def test_the_full_scale_without_data_says_which_folder_to_give() -> None:
    with pytest.raises(LabError, match="'full' needs the folder that holds offtopic/, arxiv/") as refused:
        experiment.run(Trial(scale="full"))
    assert "--data" in refused.value.hint
