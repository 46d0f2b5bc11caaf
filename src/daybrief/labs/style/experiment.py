"""The measured reproduction: one canvas fixed beforehand, three tasks, arms paired over seeds.

a base from nothing | when its styles emerge | adaptations by sampler, rank, steps | two bases more, and why
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

import msgspec
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
    Rule,
    Series,
    Trial,
    Words,
    mean,
    paired,
)
from daybrief.labs.style.alignment import (
    Arm,
    Emergence,
    Scores,
    World,
    aligned,
    cases,
    ceiling,
    emergence,
    judged,
    level_after,
    scored,
    world,
)
from daybrief.labs.style.model import Painter, Shape
from daybrief.labs.style.pictures import FAMILIES
from daybrief.labs.style.samplers import SD3, STYLE_FRIENDLY, LogSnrNormal, NoiseSampler
from daybrief.labs.style.tuning import Lesson, Tuning, pretrained
from daybrief.model import Value

GUIDANCE = 2.0  # tuned on development seeds, as is the learning rate of `Tuning`
EARLY = 3  # of 28 steps: the paper's first 10 %
LOW = LogSnrNormal(mean=-5.0, deviation=2.0)  # the second base's sampler
SWITCHED = (1, 2, 3, 5, 8)
CURVE = (0.0, -2.2, -4.0, -6.0, -8.0)
OURS, THEIRS = "style-friendly", "sd3"


class Size(Value, frozen=True, kw_only=True):
    """How much is measured at a scale: seeds with all arms, then only some of them for the rest."""

    shape: Shape
    lesson: Lesson
    each: int
    judged: int
    switched: int
    seeds: int
    swept: int
    others: int
    tuning: Tuning
    checked: tuple[int, ...]
    curve: tuple[float, ...] = CURVE


SIZES = {
    "smoke": Size(
        shape=Shape(width=32, depth=2, heads=2), lesson=Lesson(steps=40, batch=16), each=12, judged=60,
        switched=8, seeds=1, swept=1, others=1, tuning=Tuning(rank=8, steps=8), checked=(),
        curve=(-2.2, -6.0),
    ),
    "small": Size(
        shape=Shape(), lesson=Lesson(), each=160, judged=1200, switched=36,
        seeds=5, swept=5, others=5,
        tuning=Tuning(rank=32, steps=100), checked=(25,),
    ),
    "full": Size(
        shape=Shape(width=256, depth=8, heads=8), lesson=Lesson(steps=40_000, batch=128),
        each=1000, judged=4000, switched=240, seeds=10, swept=10, others=10,
        tuning=Tuning(rank=32, steps=300), checked=(50, 100, 200),
    ),
}  # fmt: skip


class Base(NamedTuple):
    """A pre-trained model and when its styles emerge."""

    model: Painter
    emerges: Emergence


class Measurements(NamedTuple):
    """Everything measured. Scores by arm and step: a list over seeds of lists over the three families."""

    base: Base
    main: dict[tuple[str, int], list[list[Scores]]]
    low: Base
    low_curve: dict[str, list[list[Scores]]]
    near: Base
    near_arms: dict[str, list[list[Scores]]]
    floor: list[list[Scores]]
    ceiling: float
    reads: float
    steps: int
    means: tuple[float, ...]


def run(trial: Trial) -> Findings:
    """Measure at the trial's scale; pictures are drawn here, garments come from Fashion-MNIST."""
    torch.set_num_threads(1 if trial.scale != "full" else torch.get_num_threads())
    size = SIZES[trial.scale]
    where = world(trial.seed, size.each, size.judged)
    measurements = measured(trial, where, size)
    return Findings(
        measures=tuple(measures(measurements, trial)),
        outcomes=tuple(outcomes(measurements, trial)),
        because=because(measurements, trial),
        data=(
            Words(en="Fashion-MNIST, five classes", ko="Fashion-MNIST, 다섯 분류"),
            Words(en="five solids, rendered", ko="렌더링한 입체 다섯"),
            Words(en="styles drawn at random in three families", ko="세 계열에서 무작위로 뽑은 화풍"),
        ),
        seeds=trial.seeds(size.seeds),
        chart=chart(measurements, trial),
    )


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────


def measured(trial: Trial, where: World, size: Size) -> Measurements:
    """Three bases, their emergence, and the adaptations of each."""
    base = _base(trial, where, size, SD3, size.shape.canvas)
    seeds = trial.seeds(size.seeds)
    main: dict[tuple[str, int], list[list[Scores]]] = {}
    floor, tops = [], []
    for at, seed in enumerate(seeds):
        trial.tell(f"seed {seed}: adaptations")
        given = cases(where, seed)
        by_arm = aligned(base.model, where, given, main_arms(size.tuning), GUIDANCE, steps=size.checked)
        if at < size.swept:
            by_arm |= aligned(base.model, where, given, swept_arms(size), GUIDANCE)
        for key, scores in by_arm.items():
            main.setdefault(key, []).append(scores)
        floor.append(scored(base.model, where, given, judged(where, given), None, GUIDANCE))
        tops.append(ceiling(where, given))
    low = _base(trial, where, size, LOW, size.shape.canvas)
    near = _base(trial, where, size, SD3, 32)
    return Measurements(
        base=base,
        main=main,
        low=low,
        low_curve=_others(trial, where, size, low.model, curve_arms(size)),
        near=near,
        near_arms=_others(trial, where, size, near.model, curve_arms(size)),
        floor=floor,
        ceiling=fmean(tops),
        reads=where.reads,
        steps=size.tuning.steps,
        means=size.curve,
    )


def _base(trial: Trial, where: World, size: Size, sampler: NoiseSampler, canvas: int) -> Base:
    trial.tell(f"a base on a canvas of {canvas} x {canvas}")
    shape = msgspec.structs.replace(size.shape, canvas=canvas)
    model = pretrained(shape, sampler, size.lesson, where.contents, where.known, trial.seed, trial.tell)
    return Base(model, emergence(model, where, trial.seed, size.switched, SWITCHED, GUIDANCE))


def _others(
    trial: Trial, where: World, size: Size, model: Painter, arms: dict[str, Arm]
) -> dict[str, list[list[Scores]]]:
    by_name: dict[str, list[list[Scores]]] = {}
    for seed in trial.seeds(size.others):
        trial.tell(f"seed {seed}: adaptations of another base")
        for (name, _), scores in aligned(model, where, cases(where, seed), arms, GUIDANCE).items():
            by_name.setdefault(name, []).append(scores)
    return by_name


def main_arms(how: Tuning) -> dict[str, Arm]:
    """The headline's two arms, and the style-friendly one at an eighth of the rank."""
    eighth = msgspec.structs.replace(how, rank=max(how.rank // 8, 1))
    return {
        THEIRS: Arm(sampler=SD3, how=how),
        OURS: Arm(sampler=STYLE_FRIENDLY, how=how),
        "ours rank": Arm(sampler=STYLE_FRIENDLY, how=eighth),
    }


def swept_arms(size: Size) -> dict[str, Arm]:
    """The curve, other deviations, the rank of SD3's, the stream of words, and offset noise."""
    how, change = size.tuning, msgspec.structs.replace
    return curve_arms(size, but=(-2.2, -6.0)) | {
        "deviation 1": Arm(sampler=LogSnrNormal(mean=-6.0, deviation=1.0), how=how),
        "deviation 3": Arm(sampler=LogSnrNormal(mean=-6.0, deviation=3.0), how=how),
        "theirs rank": Arm(sampler=SD3, how=change(how, rank=max(how.rank // 8, 1))),
        "no words": Arm(sampler=STYLE_FRIENDLY, how=change(how, words=False)),
        "offset": Arm(sampler=SD3, how=change(how, offset=0.1)),
    }


def curve_arms(size: Size, but: Sequence[float] = ()) -> dict[str, Arm]:
    """A sampler of deviation 2 at every mean of the curve."""
    means = [mu for mu in size.curve if mu not in but]
    return {str(mu): Arm(sampler=LogSnrNormal(mean=mu, deviation=2.0), how=size.tuning) for mu in means}


# ── what came of it ─────────────────────────────────────────────────────────────────────────────────


def by_seed(scores: Sequence[Sequence[Scores]], part: str = "likeness") -> list[float]:
    """A score for each seed: the mean over its three tasks."""
    return [fmean(getattr(score, part) for score in row) for row in scores]


def of(measurements: Measurements, arm: str) -> list[list[Scores]]:
    """The scores of an arm after the last step."""
    return measurements.main[arm, measurements.steps]


def _against(ours: Sequence[float], theirs: Sequence[float], trial: Trial, name: str) -> Interval:
    """Paired over the seeds that both have: the first ones."""
    count = min(len(ours), len(theirs))
    return paired(ours[:count], theirs[:count], trial.rng("paired", name))


def gain(measurements: Measurements, trial: Trial, part: str = "likeness") -> Interval:
    """The headline: style-friendly minus SD3's sampler."""
    return _against(
        by_seed(of(measurements, OURS), part), by_seed(of(measurements, THEIRS), part), trial, part
    )


def gain_of(measurements: Measurements, trial: Trial, family: int) -> Interval:
    """The headline in one of the three tasks."""
    rows = [[row[family].likeness for row in of(measurements, arm)] for arm in (OURS, THEIRS)]
    return _against(rows[0], rows[1], trial, FAMILIES[family])


def curve(measurements: Measurements) -> dict[float, list[list[Scores]]]:
    """The main base's scores by the mean of the sampler."""
    names = {mu: str(mu) for mu in measurements.means} | {-2.2: THEIRS, -6.0: OURS}
    return {mu: of(measurements, name) for mu, name in names.items()}


def best_mean(scores: dict[float, list[list[Scores]]]) -> float:
    """The mean of the sampler with the highest likeness, over the seeds that all have."""
    count = min(len(rows) for rows in scores.values())
    return max(scores, key=lambda mu: fmean(by_seed(scores[mu][:count])))


def _curve_of(arms: dict[str, list[list[Scores]]]) -> dict[float, list[list[Scores]]]:
    return {float(mu): scores for mu, scores in arms.items()}


def outcomes(measurements: Measurements, trial: Trial) -> Iterator[Outcome]:
    """The conditions of the page, each with its numbers."""
    early = measurements.base.emerges.first[SWITCHED.index(EARLY)]
    yield Outcome(key="emergence", met=early >= 0.5, measured=f"{early:.2f} of the style")
    likeness, content = gain(measurements, trial), gain(measurements, trial, "content")
    yield Outcome(
        key="headline",
        met=likeness.low > 0 and content.value >= -0.05,
        measured=f"{likeness}; contents {content.value:+.3f}",
    )
    tasks = [gain_of(measurements, trial, n) for n in range(len(FAMILIES))]
    shown = ", ".join(f"{name} {task.value:+.3f}" for name, task in zip(FAMILIES, tasks, strict=True))
    yield Outcome(key="tasks", met=all(task.value > 0 for task in tasks), measured=shown)
    rank = _against(by_seed(of(measurements, "ours rank")), by_seed(of(measurements, THEIRS)), trial, "rank")
    yield Outcome(key="rank", met=rank.value >= 0, measured=str(rank))
    narrow = _against(
        by_seed(of(measurements, OURS)), by_seed(of(measurements, "deviation 1")), trial, "narrow"
    )
    yield Outcome(key="deviation", met=narrow.value > 0, measured=str(narrow))
    words = _against(by_seed(of(measurements, OURS)), by_seed(of(measurements, "no words")), trial, "words")
    yield Outcome(key="words", met=words.value > 0, measured=str(words))


def because(measurements: Measurements, trial: Trial) -> Words:
    """Why the verdict is what it is, from the two other bases."""
    likeness = gain(measurements, trial)
    best = [
        best_mean(c)
        for c in (curve(measurements), _curve_of(measurements.low_curve), _curve_of(measurements.near_arms))
    ]
    half = [base.emerges.half() for base in (measurements.base, measurements.low, measurements.near)]
    en = (
        f"style-friendly sampling changes the likeness by {likeness}; "
        f"the best mean is {best[0]:g} on this base (half of a style is fixed at log-SNR {half[0]:.1f}), "
        f"{best[1]:g} on one pre-trained at -5 (fixed at {half[1]:.1f}), "
        f"{best[2]:g} on a canvas of 32 x 32 (fixed at {half[2]:.1f})"
    )
    ko = (
        f"화풍 친화 샘플링은 유사도를 {likeness}만큼 바꿉니다. 가장 좋은 평균은 이 기반 모델에서 {best[0]:g}"
        f"(화풍의 절반이 로그 SNR {half[0]:.1f}에서 정해짐), -5로 사전 학습한 모델에서 {best[1]:g}"
        f"({half[1]:.1f}), 32 x 32 화폭에서 {best[2]:g}({half[2]:.1f})입니다"
    )
    return Words(en=en, ko=ko)


# ── measures ────────────────────────────────────────────────────────────────────────────────────────

NAMES = {
    THEIRS: Words(en="SD3's sampler, rank 32", ko="SD3 샘플러, 랭크 32"),
    OURS: Words(en="style-friendly, rank 32", ko="화풍 친화, 랭크 32"),
    "ours rank": Words(en="style-friendly, rank 4", ko="화풍 친화, 랭크 4"),
    "theirs rank": Words(en="SD3's sampler, rank 4", ko="SD3 샘플러, 랭크 4"),
    "deviation 1": Words(en="mean -6, deviation 1", ko="평균 -6, 편차 1"),
    "deviation 3": Words(en="mean -6, deviation 3", ko="평균 -6, 편차 3"),
    "no words": Words(en="style-friendly, words not adapted", ko="화풍 친화, 글 쪽 적응 없음"),
    "offset": Words(en="SD3's sampler, offset noise 0.1", ko="SD3 샘플러, 오프셋 잡음 0.1"),
}
TASKS = {
    "palette": Words(en="palette", ko="색감"),
    "brush": Words(en="brush", ko="붓질"),
    "layout": Words(en="layout", ko="구도"),
}
LIKENESS = Words(en="likeness to the style (cosine)", ko="화풍 유사도(코사인)")
LEVEL = Words(en="log-SNR", ko="로그 SNR")
MEAN = Words(en="mean of the sampler's log-SNR", ko="샘플러의 로그 SNR 평균")


def measures(measurements: Measurements, trial: Trial) -> Iterator[Measure]:
    """The numbers of the card."""
    yield from _headline(measurements, trial)
    yield from _emergence_measures(measurements)
    for arm, name in NAMES.items():
        span = mean(by_seed(of(measurements, arm)), trial.rng("arm", arm))
        loose = 0.25 if arm in (OURS, THEIRS) else None
        yield span.measure(f"likeness {arm}", name, tolerance=loose)
    for label, scores in _curves(measurements):
        for mu, rows in scores.items():
            span = mean(by_seed(rows), trial.rng("curve", label.en, str(mu)))
            name = Words(en=f"{label.en}, mean {mu:g}", ko=f"{label.ko}, 평균 {mu:g}")
            yield span.measure(f"{label.en} {mu:g}", name)


def _headline(measurements: Measurements, trial: Trial) -> Iterator[Measure]:
    en, ko = "style-friendly minus SD3's", "화풍 친화 − SD3"
    yield gain(measurements, trial).measure(
        "gain", Words(en=f"likeness, {en}", ko=f"유사도, {ko}"), paper="+ 0.088 / + 0.065 (DINO)"
    )
    for at, (family, words) in enumerate(TASKS.items()):
        name = Words(en=f"{words.en}: likeness, {en}", ko=f"{words.ko}: 유사도, {ko}")
        yield gain_of(measurements, trial, at).measure(f"gain {family}", name)
    rest = {
        "to_reference": (
            "likeness to the reference itself",
            "참조 그림과의 유사도",
            "+ 0.046 / + 0.028 (CLIP-I)",
        ),
        "gram": ("Gram distance (less is better)", "그람 거리(작을수록 좋음)", ""),
        "content": ("contents read rightly", "바르게 읽힌 내용", "- 0.006 / - 0.001 (CLIP-T)"),
    }
    for part, (english, korean, paper) in rest.items():
        name = Words(en=f"{english}, {en}", ko=f"{korean}, {ko}")
        yield gain(measurements, trial, part).measure(f"gain {part}", name, paper=paper)
    for arm in (THEIRS, OURS):
        span = mean(by_seed(of(measurements, arm), "content"), trial.rng("content", arm))
        name = Words(en=f"{NAMES[arm].en}: contents read rightly", ko=f"{NAMES[arm].ko}: 바르게 읽힌 내용")
        yield span.measure(f"content {arm}", name)
    floor = mean(by_seed(measurements.floor), trial.rng("floor"))
    yield floor.measure("floor", Words(en="not adapted: likeness", ko="적응 전: 유사도"))
    yield _plain(
        "ceiling", Words(en="true pictures: likeness", ko="진짜 그림끼리: 유사도"), measurements.ceiling
    )
    yield _plain(
        "reads",
        Words(en="contents of true pictures read rightly", ko="진짜 그림의 내용을 바르게 읽음"),
        measurements.reads,
    )


def _emergence_measures(measurements: Measurements) -> Iterator[Measure]:
    bases = {
        "base": (measurements.base, Words(en="the base", ko="기반 모델")),
        "low": (measurements.low, Words(en="pre-trained at -5", ko="-5로 사전 학습")),
        "near": (measurements.near, Words(en="canvas 32 x 32", ko="화폭 32 x 32")),
    }
    for key, (base, name) in bases.items():
        seen = base.emerges
        at = SWITCHED.index(EARLY)
        for part, value, en, ko in (
            ("first", seen.first[at], "style said in steps 1 to 3 alone", "처음 3단계에서만 말한 화풍"),
            ("after", seen.after[at], "style said afterwards alone", "그 뒤에만 말한 화풍"),
            ("half", seen.half(), "half of a style is fixed at log-SNR", "화풍의 절반이 정해지는 로그 SNR"),
            ("whole", seen.whole, "likeness of named styles", "이름 있는 화풍의 유사도"),
            ("content", seen.content, "contents read rightly", "바르게 읽힌 내용"),
        ):  # fmt: skip
            yield _plain(f"{key} {part}", Words(en=f"{name.en}: {en}", ko=f"{name.ko}: {ko}"), value)


def _plain(key: str, name: Words, value: float) -> Measure:
    return Measure(key=key, name=name, value=value)


def _curves(measurements: Measurements) -> list[tuple[Words, dict[float, list[list[Scores]]]]]:
    return [
        (Words(en="the base, pre-trained at -2.2", ko="기반 모델(-2.2로 사전 학습)"), curve(measurements)),
        (Words(en="pre-trained at -5", ko="-5로 사전 학습"), _curve_of(measurements.low_curve)),
        (Words(en="canvas 32 x 32, at -2.2", ko="화폭 32 x 32, -2.2"), _curve_of(measurements.near_arms)),
    ]


# ── the picture ─────────────────────────────────────────────────────────────────────────────────────


def chart(measurements: Measurements, trial: Trial) -> Chart:
    """Curves over the mean, emergence, arms, and steps."""
    return Chart(
        says=Words(
            en="Likeness to a new style by the sampler of noise levels, and when styles emerge.",
            ko="잡음 수준 샘플러에 따른 새 화풍과의 유사도, 그리고 화풍이 정해지는 때.",
        ),
        panels=(
            _mean_plot(measurements),
            _emergence_plot(measurements),
            _arm_rows(measurements, trial),
            _gain_rows(measurements, trial),
        ),
    )


def _mean_plot(measurements: Measurements) -> Plot:
    series = [
        Series(
            name=name,
            x=tuple(sorted(scores)),
            y=tuple(fmean(by_seed(scores[mu])) for mu in sorted(scores)),
            low=tuple(min(by_seed(scores[mu])) for mu in sorted(scores)),
            high=tuple(max(by_seed(scores[mu])) for mu in sorted(scores)),
        )
        for name, scores in _curves(measurements)
    ]
    return Plot(
        title=Words(
            en="Likeness by the sampler's mean (deviation 2)", ko="샘플러 평균에 따른 유사도(편차 2)"
        ),
        x=MEAN,
        y=LIKENESS,
        series=tuple(series),
        rules=(
            Rule(name=Words(en="SD3", ko="SD3"), x=-2.2),
            Rule(name=Words(en="style-friendly", ko="화풍 친화"), x=-6.0),
        ),
    )


def _emergence_plot(measurements: Measurements) -> Plot:
    named: list[tuple[Base, Words]] = [
        (measurements.base, Words(en="said until then, the base", ko="그때까지 말함, 기반 모델")),
        (
            measurements.low,
            Words(en="said until then, pre-trained at -5", ko="그때까지 말함, -5로 사전 학습"),
        ),
        (measurements.near, Words(en="said until then, canvas 32 x 32", ko="그때까지 말함, 화폭 32 x 32")),
    ]
    series = [Series(name=name, x=base.emerges.level, y=base.emerges.first) for base, name in named]
    after = measurements.base.emerges
    late = Words(en="said from then on, the base", ko="그때부터 말함, 기반 모델")
    series.append(Series(name=late, x=after.level, y=after.after, dashed=True))
    return Plot(
        title=Words(
            en="When the style is fixed: words switched while generating",
            ko="화풍이 정해지는 때: 생성 중 글을 바꿈",
        ),
        x=LEVEL,
        y=Words(en="share of the style", ko="화풍의 비율"),
        series=tuple(series),
        rules=(Rule(name=Words(en="first 3 of 28 steps", ko="처음 3/28 단계"), x=level_after(EARLY)),),
    )


def _arm_rows(measurements: Measurements, trial: Trial) -> Rows:
    rows = []
    for arm, name in NAMES.items():
        span = mean(by_seed(of(measurements, arm)), trial.rng("arm", arm))
        rows.append(Row(name=name, value=span.value, low=span.low, high=span.high))
    for (arm, step), scores in measurements.main.items():
        if step < measurements.steps and arm in (OURS, THEIRS):
            span = mean(by_seed(scores), trial.rng("arm", arm, step))
            name = Words(en=f"{NAMES[arm].en}, {step} steps", ko=f"{NAMES[arm].ko}, {step}단계")
            rows.append(Row(name=name, value=span.value, low=span.low, high=span.high, shade=1))
    floor = mean(by_seed(measurements.floor), trial.rng("floor"))
    rows.append(
        Row(
            name=Words(en="not adapted", ko="적응 전"),
            value=floor.value,
            low=floor.low,
            high=floor.high,
            shade=2,
        )
    )
    rows.append(Row(name=Words(en="true pictures", ko="진짜 그림끼리"), value=measurements.ceiling, shade=2))
    return Rows(
        title=Words(en="Ways to adapt, means over three tasks", ko="적응 방법, 세 과제의 평균"),
        x=LIKENESS,
        rows=tuple(rows),
        shades=(
            Words(en="all steps", ko="모든 단계"),
            Words(en="fewer steps", ko="더 적은 단계"),
            Words(en="floor and ceiling", ko="바닥과 천장"),
        ),
    )


def _gain_rows(measurements: Measurements, trial: Trial) -> Rows:
    spans = [(words, gain_of(measurements, trial, at)) for at, words in enumerate(TASKS.values())]
    spans.append((Words(en="all three", ko="셋 모두"), gain(measurements, trial)))
    contents = Words(en="contents read rightly", ko="바르게 읽힌 내용")
    spans.append((contents, gain(measurements, trial, "content")))
    rows = [
        Row(name=name, value=span.value, low=span.low, high=span.high, shade=int(at >= len(TASKS)))
        for at, (name, span) in enumerate(spans)
    ]
    return Rows(
        title=Words(en="Style-friendly minus SD3's sampler, paired", ko="화풍 친화 − SD3 샘플러, 짝지음"),
        x=Words(en="difference; above 0 the paper's claim", ko="차이. 0보다 크면 논문의 주장대로"),
        rows=tuple(rows),
        at=0.0,
    )
