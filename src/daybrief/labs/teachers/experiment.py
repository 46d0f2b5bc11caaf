"""The measured reproduction: one student, taught in eleven ways, by teachers of many kinds.

teachers label a pool | merge, or not | learn | accuracy on pictures that nobody labelled | compare
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from daybrief.labs.kit import (
    Chart,
    Findings,
    Interval,
    Measure,
    Outcome,
    Plot,
    Row,
    Rows,
    Series,
    Trial,
    Words,
    mean,
    paired,
)
from daybrief.labs.teachers.aggregation import AGGREGATIONS, Annotations, merged
from daybrief.labs.teachers.annotators import Crowd, Scene, scene
from daybrief.labs.teachers.classifier import Teacher2TaskClassifier
from daybrief.labs.teachers.filing import papers
from daybrief.labs.teachers.tasks import MISSING, Floats, Ints

OURS = "score"
ARMS = {
    "score": Words(en="Teacher2Task, score form", ko="Teacher2Task, 점수형"),
    "label": Words(en="Teacher2Task, label form", ko="Teacher2Task, 레이블형"),
    "shuffled": Words(en="tokens shuffled", ko="토큰 뒤섞음"),
    "pooled": Words(en="no tokens, labels pooled", ko="토큰 없이 합침"),
    "truth": Words(en="true labels only", ko="참 레이블만"),
    "majority": Words(en="majority vote", ko="다수결"),
    "weighted": Words(en="confidence-weighted vote", ko="확신 가중 투표"),
    "dawid_skene": Words(en="Dawid–Skene", ko="Dawid–Skene"),
    "glad": Words(en="GLAD", ko="GLAD"),
    "mace": Words(en="MACE", ko="MACE"),
    "best": Words(en="best teacher", ko="최고의 교사"),
}
ALL, FEW = tuple(ARMS), ("score", "pooled", "truth", "majority", "weighted", "dawid_skene")
NAMES = {
    "independent": Words(en="5 independent teachers", ko="독립 교사 5"),
    "bias": Words(en="3 of 5 share a bias", ko="5명 중 3명이 같은 편향"),
    "adversary": Words(en="one adversary of 5", ko="5명 중 적대자 1"),
    "missing40": Words(en="40 % of labels missing", ko="레이블 40 % 없음"),
    "missing80": Words(en="80 % of labels missing", ko="레이블 80 % 없음"),
    "teachers1": Words(en="1 teacher", ko="교사 1"),
    "teachers2": Words(en="2 teachers", ko="교사 2"),
    "teachers3": Words(en="3 teachers", ko="교사 3"),
    "teachers8": Words(en="8 teachers", ko="교사 8"),
}
CROWDS = {
    "independent": Crowd(),
    "bias": Crowd(biased=3),
    "adversary": Crowd(adversary=True),
    "missing40": Crowd(missing=0.4),
    "missing80": Crowd(missing=0.8),
    "teachers1": Crowd(teachers=1),
    "teachers2": Crowd(teachers=2),
    "teachers3": Crowd(teachers=3),
    "teachers8": Crowd(teachers=8),
}
FILING = Words(en="our own papers", ko="우리 논문 분류")
TRUTHS = (10, 30, 100, 300)
WHOLE = {  # the cells in which every way is measured
    ("independent", 30),
    ("independent", 100),
    ("bias", 30),
    ("adversary", 30),
    ("missing80", 30),
    ("filing", 100),
}
SLACK = 0.01  # what "not worse than" allows


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured at a scale: seeds, pictures labelled and tested, splits of our own papers."""

    seeds: int
    pool: int
    test: int
    crowds: tuple[str, ...]
    truths: tuple[int, ...]
    splits: int


SIZES = {
    "smoke": Size(seeds=1, pool=400, test=600, crowds=("independent", "bias"), truths=(30, 100), splits=1),
    "small": Size(seeds=5, pool=800, test=1500, crowds=tuple(CROWDS), truths=TRUTHS, splits=5),
    "full": Size(seeds=20, pool=10_000, test=10_000, crowds=tuple(CROWDS), truths=TRUTHS, splits=20),
}
Cell = tuple[str, int]  # a crowd and the number of truths
Table = dict[Cell, dict[str, list[float]]]  # accuracy by cell, arm, and seed


def run(trial: Trial) -> Findings:
    """Measures on Fashion-MNIST; with `--data benchmarks/labels` also on the papers of a brief."""
    size = SIZES[trial.scale]
    table: Table = {}
    for seed in trial.seeds(size.seeds):
        for crowd in size.crowds:
            trial.tell(f"seed {seed}: {NAMES[crowd].en}")
            drawn = scene(CROWDS[crowd], seed, size.pool, size.test)
            for truths in truths_of(crowd, size):
                measure(table, (crowd, truths), drawn, seed)
    filed, alone = filing(trial, size)
    return Findings(
        measures=tuple(measures(table, filed, alone, trial)),
        outcomes=outcomes(table, filed, trial),
        because=because(table, filed, alone),
        data=data(filed),
        seeds=trial.seeds(size.seeds),
        chart=chart(table, trial),
    )


def truths_of(crowd: str, size: Size) -> tuple[int, ...]:
    """Every number of truths for the two main crowds, 30 for the others."""
    return size.truths if crowd in ("independent", "bias") else (30,)


def filing(trial: Trial, size: Size) -> tuple[Table, list[float]]:
    """The same ways on our own papers, and the shipped model alone; empty without data."""
    if trial.data is None:
        trial.tell("our own papers: skipped, give --data benchmarks/labels")
        return {}, []
    given, table, alone = papers(trial.data), Table(), []
    for seed in trial.seeds(size.splits):
        trial.tell(f"seed {seed}: our own papers")
        drawn, right = given.split(seed)
        alone.append(right)
        for truths in (30, 100, 300):
            measure(table, ("filing", truths), drawn, seed)
    return table, alone


# ── learning ────────────────────────────────────────────────────────────────────────────────────────


def measure(table: Table, cell: Cell, drawn: Scene, seed: int) -> None:
    """Adds the accuracy of every arm in a cell."""
    given = drawn.annotations_after(cell[1])
    arms = table.setdefault(cell, {})
    for arm in ALL if cell in WHOLE else FEW:
        arms.setdefault(arm, []).append(accuracy(arm, drawn, given, seed))


def accuracy(arm: str, drawn: Scene, given: Annotations, seed: int) -> float:
    """Of one student on the test; every arm has the same network and as many steps."""
    if arm == "truth":
        student = _plain(drawn.pool, given.truth, seed)
    elif arm in AGGREGATIONS:
        student = _plain(drawn.pool, merged(arm, given), seed)
    else:
        settings: dict[str, Any] = {
            "score": {},
            "label": {"form": "label"},
            "shuffled": {"tokens": "shuffled"},
            "pooled": {"tokens": "off"},
        }[arm]
        student = Teacher2TaskClassifier(random_state=seed, **settings).fit(
            drawn.pool, _known(given.truth), _known(given.labels), given.confidence
        )
    return float((student.predict(drawn.test) == drawn.test_truth).mean())


def _plain(x: Floats, labels: Ints, seed: int) -> Teacher2TaskClassifier:
    rows = labels != MISSING
    return Teacher2TaskClassifier(random_state=seed).fit(x[rows], labels[rows])


def _known(codes: Ints) -> Floats:
    return np.where(codes == MISSING, np.nan, codes)


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────


def gain(table: Table, cell: Cell, other: str, trial: Trial) -> Interval:
    """Accuracy of ours minus another arm's, paired by seed."""
    accuracies = table[cell]
    return paired(accuracies[OURS], accuracies[other], trial.rng("gain", *cell, other))


def outcomes(table: Table, filed: Table, trial: Trial) -> tuple[Outcome, ...]:
    """The conditions of `page.toml`."""
    vote, pooled = (gain(table, ("bias", 30), arm, trial) for arm in ("majority", "pooled"))
    rivals = {arm: gain(table, ("independent", 100), arm, trial) for arm in AGGREGATIONS}
    worst = min(rivals, key=lambda arm: rivals[arm].value)
    mixed = gain(table, ("bias", 30), "shuffled", trial)
    ours = gain(filed, ("filing", 100), "majority", trial) if filed else None
    return (
        Outcome(key="bias", met=vote.value >= 0.10 and vote.low > 0, measured=f"{vote}"),
        Outcome(key="pooled", met=pooled.value >= 0.05 and pooled.low > 0, measured=f"{pooled}"),
        Outcome(
            key="independent",
            met=rivals[worst].value >= -SLACK and rivals["majority"].value > 0,
            measured=f"worst against {ARMS[worst].en} {rivals[worst]}; majority {rivals['majority']}",
        ),
        Outcome(key="tokens", met=mixed.value > 0, measured=f"{mixed}"),
        Outcome(
            key="filing",
            met=None if ours is None else ours.value > 0,
            measured="not given" if ours is None else f"{ours}",
        ),
    )


def measures(table: Table, filed: Table, alone: list[float], trial: Trial) -> Iterator[Measure]:
    """Accuracy of every arm in every cell, and the differences that the claim rests on."""
    for cell, arms in (*table.items(), *filed.items()):
        for arm, values in arms.items():
            tolerance = 0.06 if arm == OURS and cell in (("bias", 30), ("independent", 100)) else None
            span = mean(values, trial.rng("accuracy", *cell, arm))
            yield span.measure(f"{cell[0]}_{cell[1]}_{arm}", _cell_name(cell, ARMS[arm]), tolerance=tolerance)
    if filed:
        name = Words(en="our own papers: the shipped model alone", ko="우리 논문 분류: 배포된 모델만")
        yield mean(alone, trial.rng("alone")).measure("filing_model_alone", name)
        for count in (30, 100, 300):
            span = paired(filed["filing", count][OURS], alone, trial.rng("with", count))
            yield span.measure(
                f"filing_gain_{count}",
                Words(
                    en=f"our own papers, {count} corrections: with minus without teaching",
                    ko=f"우리 논문 분류, 교정 {count}개: 가르친 뒤 − 전",
                ),
            )


def _cell_name(cell: Cell, arm: Words) -> Words:
    crowd, count = cell
    name = NAMES.get(crowd, FILING)
    return Words(en=f"{name.en}, {count} truths: {arm.en}", ko=f"{name.ko}, 참 {count}개: {arm.ko}")


def _mean(table: Table, cell: Cell, arm: str) -> float:
    return float(np.mean(table[cell][arm]))


def because(table: Table, filed: Table, alone: list[float]) -> Words:
    """The verdict's reason, in numbers."""
    bias, free, few = ("bias", 30), ("independent", 100), ("independent", 30)
    ours, vote, pooled = (_mean(table, bias, arm) for arm in (OURS, "majority", "pooled"))
    ds, mixed = (_mean(table, bias, arm) for arm in ("dawid_skene", "shuffled"))
    wide, wide_vote = (_mean(table, free, arm) for arm in (OURS, "majority"))
    lost, lost_vote = (_mean(table, few, arm) for arm in (OURS, "majority"))
    en = (
        f"Where three of five teachers share a bias, 30 truths give {ours:.3f} against {vote:.3f} by vote, "
        f"{pooled:.3f} without tokens, {mixed:.3f} with shuffled tokens and {ds:.3f} by Dawid–Skene. With "
        f"independent teachers it gives {wide:.3f} against the vote's {wide_vote:.3f} at 100 truths, and "
        f"{lost:.3f} against {lost_vote:.3f} at 30."
    )
    ko = (
        f"교사 다섯 중 셋이 편향을 공유하면, 참 30개로 {ours:.3f}(다수결 {vote:.3f}, 토큰 없이 {pooled:.3f}, "
        f"토큰을 섞으면 {mixed:.3f}, Dawid–Skene {ds:.3f})입니다. 독립 교사에서는 참 100개일 때 {wide:.3f}"
        f"(다수결 {wide_vote:.3f}), 30개일 때 {lost:.3f}(다수결 {lost_vote:.3f})입니다."
    )
    if filed:
        taught, model = _mean(filed, ("filing", 300), OURS), float(np.mean(alone))
        en += f" On our own papers 300 corrections give {taught:.3f}; the shipped model alone {model:.3f}."
        ko += f" 우리 논문 분류에서는 교정 300개로 {taught:.3f}, 배포된 모델만으로 {model:.3f}입니다."
    return Words(en=en, ko=ko)


def data(filed: Table) -> tuple[Words, ...]:
    """The data that was read."""
    fashion = Words(
        en="Fashion-MNIST (Debian dataset-fashion-mnist, MIT), labelled by real classifiers",
        ko="Fashion-MNIST (데비안 dataset-fashion-mnist, MIT), 실제 분류기가 붙인 레이블",
    )
    own = Words(
        en="638 labelled papers of this brief (arXiv, CC0)", ko="이 브리핑의 레이블된 논문 638편 (arXiv, CC0)"
    )
    return (fashion, own) if filed else (fashion,)


def chart(table: Table, trial: Trial) -> Chart:
    """Accuracy by number of truths in both main crowds, and every arm where a bias is shared."""
    return Chart(
        says=Words(
            en="With a shared bias the method leaves the votes behind; with independent teachers, not.",
            ko="편향을 공유하면 투표를 크게 앞서고, 교사가 독립이면 앞서지 못합니다.",
        ),
        panels=(_curves(table, "bias", trial), _curves(table, "independent", trial), _arms(table, trial)),
    )


def _curves(table: Table, crowd: str, trial: Trial) -> Plot:
    counts = tuple(sorted(count for name, count in table if name == crowd))
    lines = []
    for arm in (OURS, "majority", "dawid_skene", "pooled", "truth"):
        spans = [mean(table[crowd, n][arm], trial.rng("curve", crowd, n, arm)) for n in counts]
        lines.append(
            Series(
                name=ARMS[arm],
                x=tuple(float(n) for n in counts),
                y=tuple(span.value for span in spans),
                low=tuple(span.low for span in spans),
                high=tuple(span.high for span in spans),
                dashed=arm == "truth",
            )
        )
    return Plot(
        title=NAMES[crowd],
        x=Words(en="true labels", ko="참 레이블 수"),
        y=Words(en="accuracy", ko="정확도"),
        series=tuple(lines),
        log_x=True,
    )


def _arms(table: Table, trial: Trial) -> Rows:
    rows = []
    for arm, values in table["bias", 30].items():
        span = mean(values, trial.rng("arms", arm))
        rows.append(
            Row(
                name=ARMS[arm],
                value=span.value,
                low=span.low,
                high=span.high,
                beside=_mean(table, ("independent", 30), arm),
                shade=int(arm != OURS),
            )
        )
    return Rows(
        title=Words(en="Every way at 30 truths, 3 of 5 sharing a bias", ko="참 30개, 5명 중 3명이 편향 공유"),
        x=Words(en="accuracy, 95 % interval over seeds", ko="정확도, 씨앗에 대한 95 % 구간"),
        rows=tuple(rows),
        beside=Words(en="independent teachers", ko="독립 교사일 때"),
    )
