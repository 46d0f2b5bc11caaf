"""The teachers lab: N+1 tasks without a vote, on scikit-learn's terms, and the merging ways beside it."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator
from typer.testing import CliRunner

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit.fashion import FASHION
from daybrief.labs.teachers import network
from daybrief.labs.teachers.aggregation import AGGREGATIONS, Annotations, merged
from daybrief.labs.teachers.annotators import Crowd, images, scene
from daybrief.labs.teachers.classifier import Teacher2TaskClassifier
from daybrief.labs.teachers.filing import papers
from daybrief.labs.teachers.tasks import tasks_of
from daybrief.labs.teachers.use import app

NAN = float("nan")


def quick(**changed: Any) -> Teacher2TaskClassifier:
    return Teacher2TaskClassifier(**({"steps": 200, "hidden": 32, "random_state": 0} | changed))


OWN_CHECKS = {
    check.func.__name__: check
    for _, check in estimator_checks_generator(quick(steps=150))
    if check.func.__name__ != "check_array_api_input"  # asks for arrays of other libraries, which it refuses
}


@pytest.mark.parametrize("name", OWN_CHECKS)
def test_scikit_learn_s_own_checks_pass(name: str) -> None:
    OWN_CHECKS[name](quick(steps=150))


def problem(seed: int = 0, rows: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three clouds, and five teachers of whom three swap the classes 0 and 1."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, rows)
    x = random.normal(0, 0.6, (rows, 4)) + 2 * np.eye(4)[truth]
    swapped = np.array([1, 0, 2])[truth]
    return x, truth, np.column_stack([swapped, swapped, swapped, truth, truth])


def some(truth: np.ndarray, count: int) -> np.ndarray:
    return np.where(np.arange(len(truth)) < count, truth, NAN)


def test_a_few_truths_outweigh_a_bias_that_most_teachers_share() -> None:
    x, truth, votes = problem()
    fitted = quick().fit(x, some(truth, 30), teachers=votes)
    pooled = quick(tokens="off").fit(x, some(truth, 30), teachers=votes)
    assert fitted.score(x[30:], truth[30:]) > 0.9
    assert pooled.score(x[30:], truth[30:]) < 0.75


def test_it_tells_how_each_teacher_would_label() -> None:
    x, truth, votes = problem()
    fitted = quick().fit(x, some(truth, 30), teachers=votes)
    for teacher in (0, 4):
        assert (fitted.teacher_proba(x, teacher).argmax(axis=1) == votes[:, teacher]).mean() > 0.9


def test_without_truth_it_answers_with_the_mean_of_the_teachers() -> None:
    x, _, votes = problem()
    fitted = quick().fit(x, teachers=votes)
    alone = [fitted.teacher_proba(x, teacher) for teacher in range(5)]
    assert not fitted.has_truth_
    assert fitted.predict_proba(x) == pytest.approx(np.mean(alone, axis=0))


def test_a_missing_label_makes_no_example() -> None:
    tasks = tasks_of(3, [NAN, 1, NAN], [[0, NAN], [NAN, NAN], [1, 0]], None)
    assert list(zip(tasks.row.tolist(), tasks.task.tolist(), tasks.label.tolist(), strict=True)) == [
        (0, 0, 0),
        (1, 2, 1),
        (2, 0, 1),
        (2, 1, 0),
    ]
    assert tasks.classes.dtype.kind == "i"


def test_a_confidence_is_the_target_of_its_label_and_the_rest_is_shared() -> None:
    tasks = tasks_of(2, None, [["a"], ["b"]], [[0.8], [NAN]])
    assert tasks.targets() == pytest.approx(np.array([[0.8, 0.2], [0.0, 1.0]]))
    three = tasks_of(3, ["a", "b", "c"], [["a"], [None], [None]], [[0.4], [NAN], [NAN]])
    assert three.targets()[0] == pytest.approx([0.4, 0.3, 0.3])


@pytest.mark.parametrize(("share", "expected"), [(None, 1 / 3), (0.5, 0.5)])
def test_every_task_is_drawn_equally_often_or_as_asked(share: float | None, expected: float) -> None:
    tasks = tasks_of(50, some(np.arange(50) % 2, 4), np.column_stack([np.arange(50) % 2] * 2), None)
    drawn = tasks.draw(200, 50, share, np.random.RandomState(0))
    assert (tasks.task[drawn] == 2).mean() == pytest.approx(expected, abs=0.02)


def test_shuffled_tokens_leave_the_truth_its_own() -> None:
    tasks = tasks_of(50, some(np.arange(50) % 2, 4), np.column_stack([np.arange(50) % 2] * 3), None)
    mixed = tasks.tokens("shuffled", np.random.RandomState(0))
    assert ((mixed == 3) == (tasks.task == 3)).all()
    assert (mixed != tasks.task).any()
    assert sorted(mixed) == sorted(tasks.task)


@pytest.mark.parametrize("form", ["label", "score"])
def test_the_slopes_are_those_of_the_loss(form: network.Form) -> None:
    random = np.random.RandomState(0)
    weights = network.initial((3, 5, 2, 3), 2, random)
    x = random.standard_normal((6, 3)).astype(np.float32)
    token, targets = np.arange(6) % 2, np.full((6, 3), 1 / 3, np.float32)
    targets[:, 0] += 0.1

    def loss(changed: network.Weights) -> float:
        trunk = np.maximum(x @ changed["w1"] + changed["b1"], 0)
        joined = np.concatenate([trunk, changed["token"][token]], axis=1)
        z = (np.maximum(joined @ changed["w2"] + changed["b2"], 0) @ changed["w3"] + changed["b3"]).astype(
            np.float64
        )
        if form == "label":
            return float((targets.sum(1) * np.log(np.exp(z).sum(1)) - (targets * z).sum(1)).mean())
        return float((np.log1p(np.exp(z)) - targets * z).sum(1).mean())

    if form == "label":
        targets /= targets.sum(1, keepdims=True)
    gradients = network.slopes(weights, x, token, targets, form)
    for name, slope in gradients.items():
        at = np.unravel_index(int(np.abs(slope).argmax()), slope.shape)
        step = np.float32(1e-2)
        up, down = ({**weights, name: weights[name].copy()} for _ in range(2))
        up[name][at] += step
        down[name][at] -= step
        assert slope[at] == pytest.approx((loss(up) - loss(down)) / (2 * step), rel=0.03, abs=1e-4), name


@pytest.mark.parametrize("form", ["label", "score"])
def test_numpy_and_torch_learn_the_same(form: str) -> None:
    pytest.importorskip("torch", reason="the torch back end needs torch's CPU build")
    x, truth, votes = problem(rows=200)
    with_numpy, with_torch = (
        quick(form=form, backend=name, steps=60).fit(x, some(truth, 30), teachers=votes).predict_proba(x)
        for name in ("numpy", "torch")
    )
    assert with_numpy == pytest.approx(with_torch, abs=5e-3)


X4 = np.eye(4)
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "neither truth nor teachers": ({}, "requires y to be passed"),
    "one class only": ({"y": [1, 1, 1, 1]}, "one class only"),
    "one class only, of teachers": ({"teachers": [["a"]] * 4}, "one class only"),
    "no teachers": ({"teachers": np.empty((4, 0))}, "no teachers"),
    "all silent": ({"teachers": np.full((4, 2), NAN)}, "nothing to learn from"),
    "NaN in a truth without teachers": ({"y": [0, 1, NAN, 1]}, "contains NaN: 1 of 4"),
    "rows that do not fit": ({"teachers": [[0], [1]]}, r"shape \(2, 1\)"),
    "a truth that does not fit": ({"y": [0, 1], "teachers": [[0]] * 4}, "2 values for 4 rows"),
    "a confidence of two": (
        {"teachers": [[0], [1], [0], [1]], "confidences": [[1], [2], [1], [1]]},
        "teacher 0 in row 1 is 2",
    ),
    "confidences of another shape": (
        {"teachers": [[0], [1], [0], [1]], "confidences": [[1, 1]] * 4},
        "confidences has the shape",
    ),
    "labels that are measurements": ({"teachers": [[0.5], [1], [0], [1]]}, "no class labels"),
    "text and numbers": ({"y": [0, 1, 0, 1], "teachers": [["a"]] * 4}, "mix text and numbers"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_learned_from_is_refused_with_its_fault(case: str) -> None:
    given, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        quick().fit(X4, **given)


@pytest.mark.parametrize(
    "changed", [{"form": "x"}, {"tokens": 1}, {"backend": "jax"}, {"steps": 0}, {"truth_share": 1.0}]
)
def test_a_setting_that_means_nothing_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changed))):
        quick(**changed).fit(X4, [0, 1, 0, 1])


def test_features_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        quick().fit(np.full((4, 2), NAN), [0, 1, 0, 1])


def test_a_teacher_that_never_spoke_cannot_be_asked() -> None:
    fitted = quick(steps=5).fit(X4, [0, 1, 0, 1], teachers=[[0, NAN]] * 4)
    with pytest.raises(ValueError, match="teacher 1 gave no label"):
        fitted.teacher_proba(X4, 1)


# ── the ways that merge first ───────────────────────────────────────────────────────────────────────


def crowd_of_five(rows: int = 200) -> tuple[Annotations, np.ndarray]:
    """Three good teachers, two who guess; ten truths known; one row without any label."""
    random = np.random.default_rng(1)
    truth = random.integers(0, 4, rows)
    labels = np.where(random.random((rows, 5)) < 0.8, truth[:, None], random.integers(0, 4, (rows, 5)))
    labels[:, 3:] = random.integers(0, 4, (rows, 2))
    labels[-1] = -1
    known = np.where(np.arange(rows) < 10, truth, -1)
    sure = np.where(np.arange(5) < 3, 0.9, 0.3) * np.ones((rows, 1))
    return Annotations(labels=labels, confidence=sure, truth=known, classes=4), truth


@pytest.mark.parametrize("name", AGGREGATIONS)
def test_every_aggregation_labels_all_rows_that_anybody_labelled(name: str) -> None:
    given, truth = crowd_of_five()
    labels = merged(name, given)
    assert labels[-1] == -1
    assert (labels[:10] == truth[:10]).all()
    assert (labels[:-1] == truth[:-1]).mean() > 0.75


def test_a_vote_counts_heads_a_weighted_vote_counts_confidence() -> None:
    given = Annotations(
        labels=np.array([[0, 0, 1]]),
        confidence=np.array([[0.2, 0.2, 0.9]]),
        truth=np.array([-1]),
        classes=2,
    )
    assert [AGGREGATIONS[name](given)[0] for name in ("majority", "weighted")] == [0, 1]


# ── pictures and their teachers ─────────────────────────────────────────────────────────────────────


def idx(path: Path, array: np.ndarray, head: bytes | None = None) -> None:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    start = head if head is not None else bytes([0, 0, 8, array.ndim])
    path.write_bytes(gzip.compress(start + sizes + array.astype(np.uint8).tobytes()))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    for part in ("train", "t10k"):
        idx(tmp_path / f"{part}-images-idx3-ubyte.gz", np.full((6, 28, 28), 255))
        idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", np.arange(6))
    return tmp_path


def test_pictures_are_read_from_the_real_format_half_by_half(tiny: Path) -> None:
    x, y = images("train", 1, tiny)
    assert x == pytest.approx(np.ones((3, 49)))
    assert y.tolist() == [3, 4, 5]


def test_pictures_that_are_absent_name_the_package(tmp_path: Path) -> None:
    with pytest.raises(LabUnmet, match="is not there") as unmet:
        images("train", 0, tmp_path)
    assert "dataset-fashion-mnist" in str(unmet.value.hint)


needs_fashion = pytest.mark.skipif(
    not FASHION.exists(), reason="Fashion-MNIST is not installed: Debian dataset-fashion-mnist"
)


@needs_fashion
def test_teachers_that_share_a_bias_mislabel_the_same_classes() -> None:
    drawn = scene(Crowd(biased=3), 1, 400, 50)
    shirts = drawn.truth == 6
    assert (drawn.labels[shirts, :3] == 6).sum() == 0
    assert (drawn.labels[shirts, 3] == 6).any()


@needs_fashion
def test_an_adversary_is_wrong_and_sure_and_silence_is_missing() -> None:
    drawn = scene(Crowd(adversary=True, missing=0.5), 1, 400, 50)
    right = [(drawn.labels[:, t] == drawn.truth)[drawn.labels[:, t] >= 0].mean() for t in range(5)]
    assert right[4] < 0.2 < 0.5 < min(right[:4])
    assert (drawn.labels == -1).mean() == pytest.approx(0.5, abs=0.05)
    assert drawn.annotations_after(30).truth[drawn.annotations_after(30).truth >= 0].shape == (30,)


# ── a table of one's own ────────────────────────────────────────────────────────────────────────────


def table(path: Path, rows: int = 300) -> Path:
    x, truth, votes = problem(rows=rows)
    lines = ["a,b,c,ann,bob,cy,sure,checked"]
    for at in range(rows):
        known = f"k{truth[at]}" if at < 40 else ""
        silent = "" if at % 7 == 0 else f"k{votes[at, 0]}"
        cells = [
            *(f"{v:.3f}" for v in x[at, :3]),
            silent,
            f"k{votes[at, 1]}",
            f"k{votes[at, 4]}",
            "0.9",
            known,
        ]
        lines.append(",".join(cells))
    path.write_text("\n".join(lines) + "\n")
    return path


ASK = ["--features", "a,b,c", "--teachers", "ann,bob,cy", "--truth", "checked"]


def test_the_command_labels_a_table_against_a_biased_majority(tmp_path: Path) -> None:
    out = tmp_path / "labelled.csv"
    given = str(table(tmp_path / "t.csv"))
    done = CliRunner().invoke(app, [given, *ASK, "--confidences", "sure,sure,sure", "--out", str(out)])
    assert done.exit_code == 0, done.output
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    right = [row["label"] == row["cy"] for row in rows[40:]]
    assert len(rows) == 300
    assert sum(right) / len(right) > 0.85
    printed = CliRunner().invoke(app, [given, *ASK]).output
    assert printed.splitlines()[0] == "a,b,c,ann,bob,cy,sure,checked,label,confidence"


WRONG_TABLES = {
    "no such column": (["--features", "a,zz", "--teachers", "ann"], "no column 'zz'"),
    "a word among the numbers": (["--features", "ann", "--teachers", "bob"], "is no number"),
    "no teachers named": (["--features", "a", "--teachers", ","], "names no column"),
    "confidences of another count": (
        ["--features", "a", "--teachers", "ann,bob", "--confidences", "sure"],
        "confidences has the shape",
    ),
}


@pytest.mark.parametrize("case", WRONG_TABLES)
def test_a_table_that_cannot_be_used_is_refused_and_nothing_written(case: str, tmp_path: Path) -> None:
    options, message = WRONG_TABLES[case]
    out = tmp_path / "out.csv"
    done = CliRunner().invoke(app, [str(table(tmp_path / "t.csv", 50)), *options, "--out", str(out)])
    assert isinstance(done.exception, LabError)
    assert message in str(done.exception)
    assert not out.exists()


@pytest.mark.parametrize("value", ["nan", "", "inf"])
def test_a_feature_that_is_no_number_is_named_with_its_row(value: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"a,t\n1,x\n{value},y\n")
    refused = (
        CliRunner().invoke(app, [str(tmp_path / "t.csv"), "--features", "a", "--teachers", "t"]).exception
    )
    assert isinstance(refused, LabError)
    assert f"{value!r} in the column 'a', row 2, is no number" in refused.message
    assert "drop" in refused.hint


def test_teachers_that_know_one_class_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,t\n1,x\n2,x\n")
    refused = (
        CliRunner().invoke(app, [str(tmp_path / "t.csv"), "--features", "a", "--teachers", "t"]).exception
    )
    assert isinstance(refused, LabError)
    assert "one class only: 'x'" in refused.message


@pytest.mark.parametrize("raw", [b"", b"a,b\n", b"a\n1,2\n", b"\xff\xfe\n"])
def test_a_file_that_is_no_table_is_refused(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(raw)
    done = CliRunner().invoke(app, [str(tmp_path / "t.csv"), "--features", "a", "--teachers", "b"])
    assert isinstance(done.exception, LabError)


# ── our own papers ──────────────────────────────────────────────────────────────────────────────────


def test_our_own_papers_are_split_without_overlap_and_have_three_teachers(root: Path) -> None:
    given = papers(root / "benchmarks" / "labels")
    drawn, alone = given.split(0)
    assert given.labels.shape == (len(given.truth), 3)
    assert len(drawn.truth) + len(drawn.test_truth) == len(given.truth) > 600
    assert 0.7 < alone < 0.95


def test_papers_that_are_absent_or_broken_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="cannot be read"):
        papers(tmp_path)
    (tmp_path / "papers_test.tsv").write_text("id\tfirst\n")
    (tmp_path / "papers_test.jsonl.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(LabError, match="has 0 labelled papers"):
        papers(tmp_path)
