"""The measured reproduction: one base, guides of equal size for each task, over seeds.

seeds | courses | guides | errors, strengths, losses | figures, falsifier, picture

One base for all seeds: the one that ships, or at full scale one learned from the trial's seed. A seed draws
other pictures, noise and guides. All guides of a course and seed learn from the same batches and draw from
the same noise: differences are paired.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from daybrief.labs.control.flux import flux_share
from daybrief.labs.control.guides import Conditioning
from daybrief.labs.control.study import (
    STRENGTHS,
    ControlSize,
    GuideName,
    World,
    base_learned,
    base_shipped,
    course,
    depth_estimator,
    drawn,
    errors_of,
    place_of_guide,
    strengths,
    taught,
    unchanged,
)
from daybrief.labs.control.tasks import DepthOf, Task, place_of
from daybrief.labs.control.transformer import Dit
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

SIZES = {
    "smoke": ControlSize(base=0, steps=4, subject_steps=4, batch=8, pool=24, shown=8, drawing=2),
    "small": ControlSize(base=0, steps=500, subject_steps=600, batch=16, pool=1000, shown=32, drawing=6),
    "full": ControlSize(
        base=60_000,
        steps=10_000,
        subject_steps=10_000,
        batch=64,
        pool=20_000,
        shown=500,
        drawing=28,
        layers=8,
        width=256,
    ),
}
ALL: tuple[GuideName, ...] = ("shared", "shifted", "added", "crossed")
TWO: tuple[GuideName, ...] = ("shared", "shifted")
COURSES: tuple[tuple[Task, World, tuple[GuideName, ...]], ...] = (
    ("subject", "garments", ALL),
    ("subject", "scenes", TWO),
    ("edges", "garments", ALL),
    ("depth", "scenes", TWO),
    ("inpaint", "garments", TWO),
    ("deblur", "garments", TWO),
    ("colour", "garments", TWO),
)
SUBJECTS = (("subject", "garments"), ("subject", "scenes"))
FLUX_DEV = {"guidance_embeds": True}  # all else is the class's own default
NAMES = {
    "shared": Words(en="one sequence, shared positions", ko="한 시퀀스, 공유 위치"),
    "shifted": Words(en="one sequence, shifted positions", ko="한 시퀀스, 이동 위치"),
    "added": Words(en="added features", ko="특징 더하기"),
    "crossed": Words(en="cross-attention", ko="교차 어텐션"),
    "plain": Words(en="no condition", ko="조건 없음"),
}
TASK_NAMES = {
    ("subject", "garments"): Words(en="subject, garments", ko="피사체, 의류"),
    ("subject", "scenes"): Words(en="subject, scenes", ko="피사체, 장면"),
    ("edges", "garments"): Words(en="edges, garments", ko="윤곽, 의류"),
    ("depth", "scenes"): Words(en="depth, scenes", ko="깊이, 장면"),
    ("inpaint", "garments"): Words(en="inpainting, garments", ko="채우기, 의류"),
    ("deblur", "garments"): Words(en="deblurring, garments", ko="흐림 제거, 의류"),
    ("colour", "garments"): Words(en="colour, garments", ko="채색, 의류"),
}
Key = tuple[Task, World, str]


class Steered(NamedTuple):
    """The results of a seed: mean error and held-out loss by task, world and guide; errors by strength."""

    errors: dict[Key, float]
    losses: dict[Key, float]
    by_strength: dict[tuple[Task, World], list[float]]
    unchanged: bool
    parameters: dict[str, int]


def run(trial: Trial) -> Findings:
    """Measure at the trial's scale."""
    torch.set_num_threads(1 if trial.scale != "full" else torch.get_num_threads())
    size = SIZES[trial.scale]
    seeds = trial.seeds(trial.pick(1, 3, 5))
    base = (
        base_learned(size, trial.seed, trial.tell, trial.device)
        if trial.scale == "full"
        else base_shipped(trial.device)
    )
    depth_of = depth_estimator(trial.pick(5, 200, 4000), size.pool, trial.seed)
    measured = [_steered(base, size, seed, depth_of, trial) for seed in seeds]
    share = flux_share(FLUX_DEV, 4)
    return Findings(
        measures=tuple(_measures(measured, share, sum(v.numel() for v in base.parameters()), trial)),
        outcomes=tuple(outcomes(measured, share)),
        because=because(measured, share),
        data=(
            Words(
                en="Fashion-MNIST (Debian dataset-fashion-mnist, MIT) in colours, 16 x 16",
                ko="Fashion-MNIST (데비안 dataset-fashion-mnist, MIT)에 색을 입힌 16 x 16 그림",
            ),
            Words(
                en="rendered scenes with exact depth, 16 x 16", ko="정확한 깊이가 있는 렌더링 장면, 16 x 16"
            ),
        ),
        seeds=seeds,
        chart=chart(measured, trial),
    )


def _steered(base: Dit, size: ControlSize, seed: int, depth_of: DepthOf, trial: Trial) -> Steered:
    errors: dict[Key, float] = {}
    losses: dict[Key, float] = {}
    by_strength: dict[tuple[Task, World], list[float]] = {}
    parameters: dict[str, int] = {}
    same = True

    def bare(
        noisy: Tensor,
        time: Tensor,
        words: Tensor,
        condition: Conditioning | None = None,  # noqa: ARG001
    ) -> Tensor:
        velocity: Tensor = base(noisy, time, words)
        return velocity

    for task, world, guides in COURSES:
        given = course(task, world, size, seed, trial.device)
        plain = drawn(bare, given, None, size, seed)
        errors[task, world, "plain"] = float(errors_of(given, plain, depth_of).mean())
        for name in guides:
            trial.tell(f"seed {seed}: {task}, {world}, {name}")
            steered, record = taught(name, base, given, size, seed, depth_of)
            errors[task, world, name] = float(record.errors.mean())
            losses[task, world, name] = record.held_out
            parameters[name] = record.parameters
            same = same and unchanged(steered, base, given)
            if name == place_of(task) and task in {"subject", "edges"}:
                by_strength[task, world] = [
                    float(strength_errors.mean())
                    for strength_errors in strengths(
                        steered, given, place_of_guide(name), size, seed, depth_of=depth_of
                    )
                ]
    return Steered(errors, losses, by_strength, same, parameters)


# ── the falsifier ───────────────────────────────────────────────────────────────────────────────────


def outcomes(measured: Sequence[Steered], share: tuple[int, int]) -> Iterator[Outcome]:
    """The conditions of the page, each with its numbers."""
    for key, theirs in (("added", "added"), ("crossed", "crossed")):
        ours, other = (_error(measured, "subject", "garments", name) for name in ("shifted", theirs))
        yield Outcome(
            key=f"subject_{key}", met=ours <= 0.7 * other, measured=f"{ours:.4f} against {other:.4f}"
        )
    for key, theirs in (("added", "added"), ("crossed", "crossed")):
        pairs = [
            (_error(measured, task, world, "shared"), _error(measured, task, world, theirs))
            for task, world, guides in COURSES
            if task != "subject" and theirs in guides
        ]
        yield Outcome(
            key=f"aligned_{key}",
            met=all(ours < other for ours, other in pairs),
            measured=", ".join(f"{ours:.4f} against {other:.4f}" for ours, other in pairs),
        )
    yield _positions("shifted", measured, SUBJECTS, "shifted", "shared")
    aligned = tuple((task, world) for task, world, _ in COURSES if task != "subject")
    yield _positions("shared", measured, aligned, "shared", "shifted")
    yield _strength(measured)
    yield Outcome(
        key="unchanged",
        met=all(steered.unchanged for steered in measured),
        measured="bit for bit" if all(steered.unchanged for steered in measured) else "changed",
    )
    added, whole = share
    yield Outcome(
        key="share",
        met=added / whole < 0.01,
        measured=f"{added / 1e6:.2f} M of {whole / 1e9:.2f} B, {100 * added / whole:.2f} %",
    )


def _positions(
    key: str, measured: Sequence[Steered], courses: Sequence[tuple[str, str]], ours: str, theirs: str
) -> Outcome:
    """Whether a place is no worse than the other in every course, by the mean of the seeds."""
    pairs = [
        (_error(measured, task, world, ours), _error(measured, task, world, theirs))
        for task, world in courses
    ]
    return Outcome(
        key=key,
        met=all(ours <= other for ours, other in pairs),
        measured=", ".join(f"{ours:.4f} against {other:.4f}" for ours, other in pairs),
    )


def _strength(measured: Sequence[Steered]) -> Outcome:
    """Whether the error falls strictly from gamma 0 over 0.5 to 1, and gamma 0 is the base's level."""
    at = [STRENGTHS.index(gamma) for gamma in (0.0, 0.5, 1.0)]
    met, levels = True, []
    for task, world in measured[0].by_strength:
        curve = np.mean([steered.by_strength[task, world] for steered in measured], axis=0)
        level = _error(measured, task, world, "plain")
        off, half, whole = (float(curve[i]) for i in at)
        met = met and off > half > whole and abs(off - level) <= 0.05 * level
        levels.append(f"{task} ({world}): {off:.4f}, {half:.4f}, {whole:.4f}; base {level:.4f}")
    return Outcome(key="strength", met=met, measured="; ".join(levels))


def _error(measured: Sequence[Steered], task: str, world: str, name: str) -> float:
    return float(np.mean([steered.errors[task, world, name] for steered in measured]))  # type: ignore[index]


# ── measures ────────────────────────────────────────────────────────────────────────────────────────


def _measures(
    measured: Sequence[Steered], share: tuple[int, int], base: int, trial: Trial
) -> Iterator[Measure]:
    for task, world, guides in COURSES:
        named = TASK_NAMES[task, world]
        for name in ("plain", *guides):
            unit = _unit(task)
            yield _span(measured, (task, world, name), trial).measure(
                f"{task}_{world}_{name}",
                Words(
                    en=f"{named.en}, {NAMES[name].en}: {unit.en}",
                    ko=f"{named.ko}, {NAMES[name].ko}: {unit.ko}",
                ),
                tolerance=(0.15 if task == "edges" else 0.03) if name in {"plain", "shared"} else None,
            )
        yield from _differences(measured, task, world, guides, trial)
    yield from _shares(measured, share, base)


def _unit(task: str) -> Words:
    if task == "edges":
        return Words(en="1 - F1", ko="1 - F1")
    return Words(en="squared error", ko="제곱 오차")


def _span(measured: Sequence[Steered], key: Key, trial: Trial) -> Interval:
    return mean([steered.errors[key] for steered in measured], trial.rng("error", *key))


def _differences(
    measured: Sequence[Steered], task: Task, world: World, guides: Sequence[str], trial: Trial
) -> Iterator[Measure]:
    """The paper's place minus every other guide, paired over seeds; below 0 the paper's is better."""
    ours = place_of(task)
    named = TASK_NAMES[task, world]
    for name in guides:
        if name == ours:
            continue
        span = paired(
            [steered.errors[task, world, ours] for steered in measured],
            [steered.errors[task, world, name] for steered in measured],
            trial.rng("difference", task, world, name),
        )
        yield span.measure(
            f"{task}_{world}_less_{name}",
            Words(
                en=f"{named.en}: {NAMES[ours].en} minus {NAMES[name].en}",
                ko=f"{named.ko}: {NAMES[ours].ko} − {NAMES[name].ko}",
            ),
        )


def _shares(measured: Sequence[Steered], share: tuple[int, int], base: int) -> Iterator[Measure]:
    added, whole = share
    yield Measure(
        key="flux_share",
        name=Words(en="parameters added to FLUX, from its shapes", ko="FLUX에 더한 파라미터, 모양에서 계산"),
        value=100 * added / whole, unit="%", paper="0.1 %", tolerance=0.001,
    )  # fmt: skip
    yield Measure(
        key="flux_added",
        name=Words(en="the same, in millions", ko="같음, 백만 개"),
        value=added / 1e6, paper="14.5", tolerance=0.001,
    )  # fmt: skip
    for name, count in measured[0].parameters.items():
        yield Measure(
            key=f"share_{name}",
            name=Words(
                en=f"parameters that learn here, {NAMES[name].en}",
                ko=f"여기서 학습한 파라미터, {NAMES[name].ko}",
            ),
            value=100 * count / base, unit="% of the base",
        )  # fmt: skip


# ── words and picture ───────────────────────────────────────────────────────────────────────────────


def because(measured: Sequence[Steered], share: tuple[int, int]) -> Words:
    """The verdict's reason, in numbers."""
    ours, shared, added, crossed, plain = (
        _error(measured, "subject", "garments", name)
        for name in ("shifted", "shared", "added", "crossed", "plain")
    )
    edges = {name: 1 - _error(measured, "edges", "garments", name) for name in ("plain", *ALL)}
    rate = 100 * share[0] / share[1]
    return Words(
        en=f"Error of the subject, garments: {ours:.4f} in one sequence with shifted positions, "
        f"{shared:.4f} with shared ones, "
        f"{added:.4f} with added features, {crossed:.4f} with cross-attention, {plain:.4f} without any. "
        f"Edge F1 {edges['shared']:.2f} with shared positions, {edges['shifted']:.2f} shifted, "
        f"{edges['added']:.2f} added, {edges['crossed']:.2f} crossed, {edges['plain']:.2f} without. "
        f"On FLUX's shapes the LoRA is {rate:.2f} % of the parameters.",
        ko=f"의류 피사체의 오차: 한 시퀀스와 이동 위치 {ours:.4f}, 공유 위치 {shared:.4f}, "
        f"특징 더하기 {added:.4f}, 교차 어텐션 {crossed:.4f}, 조건 없음 {plain:.4f}. "
        f"윤곽 F1: 공유 위치 {edges['shared']:.2f}, 이동 위치 {edges['shifted']:.2f}, "
        f"더하기 {edges['added']:.2f}, 교차 어텐션 {edges['crossed']:.2f}, 조건 없음 {edges['plain']:.2f}. "
        f"FLUX의 모양에서 LoRA는 파라미터의 {rate:.2f} %이다.",
    )


def chart(measured: Sequence[Steered], trial: Trial) -> Chart:
    """How far each guide's pictures are from their condition, and what the strength does."""
    rows = [
        Row(
            name=Words(
                en=f"{TASK_NAMES[task, world].en}: {NAMES[name].en}",
                ko=f"{TASK_NAMES[task, world].ko}: {NAMES[name].ko}",
            ),
            value=span.value, low=span.low, high=span.high, shade=ALL.index(name),
        )
        for task, world, guides in COURSES
        for name in guides
        for span in [_relative(measured, task, world, name, trial)]
    ]  # fmt: skip
    panels = (
        Rows(
            title=Words(
                en="Distance from the condition, 1 without a condition", ko="조건과의 거리, 조건이 없을 때 1"
            ),
            x=Words(en="share of the base's error, 95 % interval", ko="기본 모델 오차 대비, 95 % 구간"),
            rows=tuple(rows), at=1.0, shades=tuple(NAMES[name] for name in ALL),
        ),
        _strength_plot(measured),
    )  # fmt: skip
    return Chart(
        says=Words(
            en="How far pictures are from their condition, by task, way of steering and strength.",
            ko="과제와 조종 방법마다 그림이 조건에서 얼마나 떨어져 있는지, 그리고 강도에 따른 변화.",
        ),
        panels=panels,
    )


def _relative(measured: Sequence[Steered], task: Task, world: World, name: str, trial: Trial) -> Interval:
    shares = [
        steered.errors[task, world, name] / steered.errors[task, world, "plain"] for steered in measured
    ]
    return mean(shares, trial.rng("relative", task, world, name))


def _strength_plot(measured: Sequence[Steered]) -> Plot:
    series = []
    for task, world in measured[0].by_strength:
        curves = np.array([steered.by_strength[task, world] for steered in measured])
        curves = curves / np.array([[steered.errors[task, world, "plain"]] for steered in measured])
        series.append(
            Series(
                name=TASK_NAMES[task, world], x=STRENGTHS,
                y=tuple(curves.mean(axis=0)), low=tuple(curves.min(axis=0)), high=tuple(curves.max(axis=0)),
            )
        )  # fmt: skip
    return Plot(
        title=Words(en="Strength", ko="강도"),
        x=Words(en="gamma", ko="감마"),
        y=Words(en="share of the base's error", ko="기본 모델 오차 대비"),
        series=tuple(series),
    )
