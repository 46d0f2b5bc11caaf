"""The measured reproduction: one network, its depth head and its masking changed one at a time.

    seed | streets | panoptic training | arms from the same weights | held-out streets | figures, falsifier,
    picture

All arms of a seed begin with the same panoptic weights, which stay as they are while the depth head learns
but in
the two arms that measure what learning both costs. They see the same samples in the same order, and are
measured
on the same clips, which no arm has seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import torch

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
from daybrief.labs.panoptic.folders import STUFF, THINGS, frames_of
from daybrief.labs.panoptic.geometry import motion_of, projected
from daybrief.labs.panoptic.kernels import DepthHead, PanopticDepth, Plan, Seen
from daybrief.labs.panoptic.scenes import BUILDING, CAR, PERSON, ROAD, SKY, clips, sample_of
from daybrief.labs.panoptic.segments import Ids, Panoptic, degraded, panoptic_quality, relative_error
from daybrief.labs.panoptic.training import Learning, Recipe, Sample, predicted
from daybrief.model import Value

HELD_OUT = 5_000_000  # added to a seed: streets to measure on
THRESHOLD = 0.6
SHARE = 1000.0


class Size(Value, frozen=True, kw_only=True):
    """How much is rendered, and how many steps are learned: masks first, then depth, or both together."""

    train: int
    test: int
    first: int
    then: int
    joint: int
    height: int = 48
    width: int = 80
    network: Plan = Plan(stuff=(ROAD, BUILDING, SKY), things=(PERSON, CAR))
    seeds: int = 3


SIZES = {
    "smoke": Size(train=8, test=4, first=8, then=4, joint=2, height=32, width=48, seeds=1),
    "small": Size(train=200, test=48, first=300, then=240, joint=80),
    "full": Size(
        train=3000,
        test=500,
        first=40_000,
        then=20_000,
        joint=20_000,
        height=512,
        width=1024,
        network=Plan(
            stuff=STUFF, things=THINGS, backbone="efficientnet-lite0", kernels=100, heads=4, width=256,
            stride=8, bins=64,
        ),
    ),
}  # fmt: skip


class Arm(NamedTuple):
    """An arm with one change: the head, the masks of the photometric loss, and its name."""

    head: DepthHead
    changes: dict[str, Any]
    name: Words


ARMS = {
    "linked": Arm("linked", {}, Words(en="linked head, auto-mask", ko="연결된 헤드, 자동 마스크")),
    "unlinked": Arm("unlinked", {}, Words(en="kernels of its own", ko="따로 둔 커널")),
    "pixel": Arm("pixel", {}, Words(en="pixel head", ko="픽셀 헤드")),
    "none": Arm("linked", {"automask": False}, Words(en="linked, no mask at all", ko="연결, 마스크 없음")),
    "motion": Arm(
        "linked", {"motion": "panoptic"}, Words(en="linked, motion mask", ko="연결, 움직임 마스크")
    ),
    "degraded": Arm(
        "linked",
        {"motion": "panoptic", "degrade": 1},
        Words(en="the same, masks off by a pixel", ko="같음, 마스크 1픽셀 오차"),
    ),
    "oracle": Arm(
        "linked",
        {"motion": "given"},
        Words(en="the same, true motion given", ko="같음, 참 움직임을 줌"),
    ),
    "joint": Arm(
        "linked", {"frozen": False}, Words(en="linked, all weights learn", ko="연결, 모든 가중치 학습")
    ),
    "segments": Arm(
        "none", {"frozen": False}, Words(en="no depth, all weights learn", ko="깊이 없이 모든 가중치 학습")
    ),
}
PLACES = {
    "static": Words(en="things at rest", ko="멈춘 물체"),
    "moving": Words(en="moving things", ko="움직이는 물체"),
    "things": Words(en="all things", ko="모든 물체"),
    "stuff": Words(en="road and walls", ko="길과 벽"),
}


class Result(NamedTuple):
    """An arm of a seed: panoptic quality of all, things and stuff; AbsRel by place; motion found and
    right."""

    quality: tuple[float, float, float]
    errors: dict[str, float]
    precision: float
    recall: float


class Timing(NamedTuple):
    """Milliseconds a frame of so many pixels, on one thread, masks turned to segments or not."""

    pixels: int
    network: float
    whole: float


def run(trial: Trial) -> Findings:
    """Measure at the trial's scale; `full` takes a Cityscapes or KITTI folder by `--data`."""
    threads = torch.get_num_threads()
    torch.set_num_threads(threads if trial.scale == "full" else 1)
    size = SIZES[trial.scale]
    seeds = trial.seeds(size.seeds)
    results = [measured(seed, size, trial) for seed in seeds]
    times = timed(size, trial.pick(1, 5, 20))
    torch.set_num_threads(threads)
    return Findings(
        measures=tuple(measures(results, times, trial)),
        outcomes=tuple(outcomes(results)),
        because=because(results),
        data=(_data(trial, size),),
        seeds=seeds,
        chart=chart(results, times),
    )


def _data(trial: Trial, size: Size) -> Words:
    if trial.scale == "full":
        return Words(en="the user's frames", ko="사용자의 프레임")
    return Words(
        en=f"rendered streets, {size.train} clips to learn from and {size.test} held out a seed, "
        f"{size.height} by {size.width} pixels",
        ko=f"렌더링한 거리, 시드마다 학습 {size.train}개와 평가 {size.test}개, "
        f"{size.height}×{size.width}픽셀",
    )


# ── one seed ────────────────────────────────────────────────────────────────────────────────────────


def measured(seed: int, size: Size, trial: Trial) -> dict[str, Result]:
    """Every arm of a seed."""
    train, test, network = _samples(seed, size, trial)
    trial.tell(f"seed {seed}: masks and classes")
    torch.manual_seed(seed)
    first = PanopticDepth(msgspec.structs.replace(network, depth_head="none")).to(trial.device)
    Learning(first, Recipe(steps=size.first, rate=3e-3, seed=seed, photometric=0)).learn(train)
    maps = _frames(first, train)
    shown = _frames(first, test)
    results: dict[str, Result] = {}
    known: dict[str, Seen] = {}
    for key, arm in ARMS.items():
        trial.tell(f"seed {seed}: {arm.name.en}")
        torch.manual_seed(seed + 1)
        tried = PanopticDepth(msgspec.structs.replace(network, depth_head=arm.head)).to(trial.device)
        tried.load_state_dict(first.state_dict(), strict=False)
        steps = size.then if arm.changes.get("frozen", True) else size.joint
        recipe = msgspec.structs.replace(RECIPE, steps=steps, seed=seed, **arm.changes)
        Learning(tried, recipe).learn(train, maps=maps, known=known)
        spoilt = trial.rng("spoilt", seed) if key == "degraded" else None
        results[key] = judged(predicted(tried, [s.image for s in test]), test, shown, network, spoilt)
    return results


RECIPE = Recipe(steps=1, batch=6, rate=1e-2, threshold=THRESHOLD, motion_from=0.4, frozen=True)


def _samples(seed: int, size: Size, trial: Trial) -> tuple[Sequence[Sample], Sequence[Sample], Plan]:
    if trial.scale == "full":
        folder: Path = trial.given("a folder in the layout of Cityscapes or KITTI")
        split = "val" if (folder / "leftImg8bit" / "val").is_dir() else "train"
        shape = (size.height, size.width)
        return frames_of(folder, "train", shape), frames_of(folder, split, shape), size.network
    made = (
        [sample_of(clip, f"{at}") for at, clip in enumerate(clips(count, start, size.height, size.width))]
        for count, start in ((size.train, seed), (size.test, seed + HELD_OUT))
    )
    return next(made), next(made), size.network


def _frames(network: PanopticDepth, samples: Sequence[Sample]) -> dict[str, Ids]:
    """The predicted ids (3, H, W) of the frames before, in the middle and after, of each sample that has
    them."""
    whole = [s for s in samples if s.neighbours is not None]
    images = [
        image
        for s in whole
        if s.neighbours is not None
        for image in (s.neighbours[0], s.image, s.neighbours[1])
    ]
    predictions = predicted(network, images)
    return {s.name: np.stack([p.ids for p in predictions[3 * at : 3 * at + 3]]) for at, s in enumerate(whole)}


def judged(
    predictions: Sequence[Panoptic],
    test: Sequence[Sample],
    shown: dict[str, Ids],
    plan: Plan,
    spoilt: np.random.Generator | None,
) -> Result:
    """Panoptic quality, errors of depth by place, and how well motion is told, on held-out samples."""
    pairs = [(p.ids, s.ids) for p, s in zip(predictions, test, strict=True) if s.ids is not None]
    errors: dict[str, list[float]] = {place: [] for place in PLACES}
    counts = np.zeros(3)  # told and true, told, true
    for prediction, sample in zip(predictions, test, strict=True):
        if prediction.depth is None or sample.ids is None or sample.depth is None:
            continue
        moving = np.isin(sample.ids, sample.moving)
        thing = sample.ids >= SHARE
        places = {
            "static": thing & ~moving,
            "moving": moving,
            "things": thing,
            "stuff": ~thing & (sample.ids > 0),
        }
        for place, where in places.items():
            error = relative_error(prediction.depth, sample.depth, where)
            if error is not None:
                errors[place].append(error)
        counts += _motion_counts(prediction, sample, shown, spoilt)
    return Result(
        panoptic_quality(pairs, plan.things),
        {place: float(np.mean(values)) if values else 0.0 for place, values in errors.items()},
        float(counts[0] / counts[1]) if counts[1] else 0.0,
        float(counts[0] / counts[2]) if counts[2] else 0.0,
    )


def _motion_counts(
    prediction: Panoptic, sample: Sample, shown: dict[str, Ids], spoilt: np.random.Generator | None
) -> tuple[int, int, int]:
    """Of the predicted things: told to move and moving, told to move, moving; each is the true thing below
    it."""
    if sample.name not in shown or sample.poses is None or prediction.depth is None or sample.ids is None:
        return 0, 0, 0
    before, middle, after = shown[sample.name]
    if spoilt is not None:
        before, middle, after = (degraded(ids, 1, spoilt) for ids in (before, middle, after))
    depth = torch.from_numpy(prediction.depth)[None]
    lens = torch.from_numpy(sample.camera)[None]
    where = [projected(depth, lens, torch.from_numpy(pose)[None])[0].numpy() for pose in sample.poses]
    motion = motion_of(middle, np.stack([before, after]), np.stack(where))
    moving = set(motion.moving(THRESHOLD))
    both = true = 0
    for name in motion.overlaps:
        below = sample.ids[(middle == name) & (sample.ids >= SHARE)]
        values, sizes = np.unique(below, return_counts=True)
        if len(values) and int(values[sizes.argmax()]) in sample.moving:
            true += 1
            both += name in moving
    return both, len(moving), true


# ── speed ───────────────────────────────────────────────────────────────────────────────────────────


def timed(size: Size, rounds: int) -> tuple[Timing, ...]:
    """The least time of a frame over `rounds`, at one, four and sixteen times the pixels."""
    torch.manual_seed(0)
    network = PanopticDepth(msgspec.structs.replace(size.network, depth_head="linked")).eval()
    timings = []
    for factor in (1, 2, 4):
        height, width = size.height * factor, size.width * factor
        image = np.random.default_rng(0).random((height, width, 3)).astype(np.float32)
        picture = torch.from_numpy(image.transpose(2, 0, 1)[None].copy())
        with torch.no_grad():
            alone = _least(partial(network, picture), rounds)
        timings.append(Timing(height * width, alone, _least(partial(predicted, network, [image]), rounds)))
    return tuple(timings)


def _least(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return 1000 * min(taken)


# ── the falsifier ───────────────────────────────────────────────────────────────────────────────────


def outcomes(results: Sequence[dict[str, Result]]) -> Iterator[Outcome]:
    """The conditions of the page, each with its numbers."""
    against = {head: _cut(results, "linked", head, "things") for head in ("pixel", "unlinked")}
    yield Outcome(key="linked", met=against["pixel"] >= 0.25, measured=f"{against['pixel']:+.1%}")
    yield Outcome(key="kernels", met=against["unlinked"] >= 0.10, measured=f"{against['unlinked']:+.1%}")
    moved = _cut(results, "motion", "linked", "moving")
    unspoilt = abs(_quality(results, "motion") - _quality(results, "linked")) <= 0.01
    yield Outcome(
        key="motion",
        met=moved >= 0.20 and unspoilt,
        measured=f"{moved:+.1%}; PQ {_quality(results, 'motion'):.3f} and {_quality(results, 'linked'):.3f}",
    )
    precision = float(np.mean([r["motion"].precision for r in results]))
    recall = float(np.mean([r["motion"].recall for r in results]))
    yield Outcome(key="detector", met=precision >= 0.6, measured=f"{precision:.2f}, recall {recall:.2f}")
    auto = _cut(results, "linked", "none", "moving")
    yield Outcome(key="automask", met=auto > 0, measured=f"{auto:+.1%}")
    lost = _quality(results, "segments") - _quality(results, "joint")
    yield Outcome(key="quality", met=lost <= 0.02, measured=f"{100 * lost:+.1f}")


def _error(results: Sequence[dict[str, Result]], arm: str, place: str) -> float:
    return float(np.mean([r[arm].errors[place] for r in results]))


def _cut(results: Sequence[dict[str, Result]], ours: str, theirs: str, place: str) -> float:
    """The share by which the error of `ours` is below that of `theirs`."""
    return 1 - _error(results, ours, place) / max(_error(results, theirs, place), 1e-9)


def _quality(results: Sequence[dict[str, Result]], arm: str) -> float:
    return float(np.mean([r[arm].quality[0] for r in results]))


def because(results: Sequence[dict[str, Result]]) -> Words:
    """The numbers behind the verdict."""
    pixel, unlinked = (_cut(results, "linked", head, "things") for head in ("pixel", "unlinked"))
    moved, spoilt, best = (_cut(results, arm, "linked", "moving") for arm in ("motion", "degraded", "oracle"))
    return Words(
        en=f"The linked head changed the error on things by {-pixel:+.0%} against a pixel head and by "
        f"{-unlinked:+.0%} against kernels of its own. The motion mask changed the error on moving things by "
        f"{-moved:+.0%} against the auto-mask alone, by {-spoilt:+.0%} with masks off by a pixel, "
        f"and by {-best:+.0%} with true motion given.",
        ko=f"연결된 헤드는 물체의 오차를 픽셀 헤드보다 {-pixel:+.0%}, "
        f"따로 둔 커널보다 {-unlinked:+.0%} 바꾸었습니다. "
        f"움직임 마스크는 움직이는 물체의 오차를 자동 마스크만 쓸 때보다 {-moved:+.0%}, "
        f"마스크가 1픽셀 어긋나면 {-spoilt:+.0%}, 참 움직임을 주면 {-best:+.0%} 바꾸었습니다.",
    )


# ── measures and picture ────────────────────────────────────────────────────────────────────────────


def measures(
    results: Sequence[dict[str, Result]], times: Sequence[Timing], trial: Trial
) -> Iterator[Measure]:
    """Every number of the card."""

    def over(key: str, name: Words, values: Sequence[float], **more: Any) -> Measure:
        span: Interval = mean(values, trial.rng("over", key))
        return span.measure(key, name, **more)

    for arm, (head, _, name) in ARMS.items():
        quality = [r[arm].quality[0] for r in results]
        yield over(
            f"{arm}_pq",
            Words(en=f"PQ, {name.en}", ko=f"PQ, {name.ko}"),
            quality,
            tolerance=0.15 if arm == "linked" else None,
        )
        if head == "none":
            continue
        for place, where in PLACES.items():
            yield over(
                f"{arm}_{place}",
                Words(en=f"AbsRel of {where.en}, {name.en}", ko=f"AbsRel {where.ko}, {name.ko}"),
                [r[arm].errors[place] for r in results],
                tolerance=0.25 if (arm, place) == ("linked", "stuff") else None,
            )
    yield from _pairs(results, trial)
    yield from _motion_measures(results, over)
    yield from _speeds(times)


def _motion_measures(results: Sequence[dict[str, Result]], over: Callable[..., Measure]) -> Iterator[Measure]:
    """How well motion is told, and the quality of things and stuff apart."""
    for arm in ("motion", "degraded"):
        for key, en, ko in (("precision", "precision", "정밀도"), ("recall", "recall", "재현율")):
            yield over(
                f"{arm}_{key}",
                Words(
                    en=f"motion told, {en}, {ARMS[arm].name.en}",
                    ko=f"움직임 판정 {ko}, {ARMS[arm].name.ko}",
                ),
                [getattr(r[arm], key) for r in results],
            )
    for parts, (en, ko) in enumerate((("things", "물체"), ("stuff", "배경")), 1):
        yield over(
            f"pq_{en}",
            Words(en=f"PQ of {en}, linked head", ko=f"{ko} PQ, 연결된 헤드"),
            [r["linked"].quality[parts] for r in results],
        )


def _speeds(times: Sequence[Timing]) -> Iterator[Measure]:
    """Frames a second of each size, segments included."""
    for timing in times:
        yield Measure(
            key=f"fps_{timing.pixels}",
            name=Words(
                en=f"frames a second, one CPU thread, {timing.pixels:,} pixels",
                ko=f"초당 프레임, CPU 스레드 1개, {timing.pixels:,}픽셀",
            ),
            value=round(1000 / timing.whole, 2),
        )


def _pairs(results: Sequence[dict[str, Result]], trial: Trial) -> Iterator[Measure]:
    """Differences of error between arms, paired over seeds; below zero is better."""
    compared = (
        ("linked", "pixel", "things"),
        ("linked", "unlinked", "things"),
        ("motion", "linked", "moving"),
        ("motion", "none", "moving"),
        ("linked", "none", "moving"),
        ("degraded", "linked", "moving"),
        ("oracle", "linked", "moving"),
    )
    for ours, theirs, place in compared:
        span = paired(
            [r[ours].errors[place] for r in results],
            [r[theirs].errors[place] for r in results],
            trial.rng("pair", ours, theirs),
        )
        a, b, where = ARMS[ours].name, ARMS[theirs].name, PLACES[place]
        yield span.measure(
            f"{ours}_against_{theirs}",
            Words(en=f"AbsRel of {where.en}: {a.en} minus {b.en}", ko=f"AbsRel {where.ko}: {a.ko} − {b.ko}"),
        )


def _rows(results: Sequence[dict[str, Result]]) -> Iterator[Row]:
    """Each arm's error on things at rest and moving, with its range over seeds."""
    for arm, (head, _, name) in ARMS.items():
        if head == "none":
            continue
        for shade, place in enumerate(("static", "moving")):
            values = [r[arm].errors[place] for r in results]
            yield Row(
                name=name if shade == 0 else Words(en="  moving", ko="  움직임"),
                value=float(np.mean(values)),
                low=min(values),
                high=max(values),
                shade=shade,
            )


def chart(results: Sequence[dict[str, Result]], times: Sequence[Timing]) -> Chart:
    """Errors on things at rest and moving by arm, and the time of a frame by its pixels."""
    errors = Rows(
        title=Words(en="Error of depth on things", ko="물체의 깊이 오차"),
        x=Words(en="AbsRel, mean and range over seeds", ko="AbsRel, 시드 평균과 범위"),
        rows=tuple(_rows(results)),
        shades=(PLACES["static"], PLACES["moving"]),
    )
    speed = Plot(
        title=Words(en="Time of a frame", ko="프레임 하나의 시간"),
        x=Words(en="pixels", ko="픽셀"),
        y=Words(en="milliseconds, one thread", ko="밀리초, 스레드 1개"),
        series=tuple(
            Series(name=name, x=tuple(float(t.pixels) for t in times), y=tuple(values))
            for name, values in (
                (Words(en="network", ko="신경망"), [t.network for t in times]),
                (Words(en="with segments", ko="세그먼트까지"), [t.whole for t in times]),
            )
        ),
        log_x=True,
        log_y=True,
    )
    says = Words(
        en="Errors of depth on things at rest and moving, for each head and mask, "
        "and how the time of a frame grows.",
        ko="헤드와 마스크마다 멈춘 물체와 움직이는 물체의 깊이 오차, 그리고 프레임 시간의 증가.",
    )
    return Chart(says=says, panels=(errors, speed))
