"""The measured reproduction: fine-tuning, preferences and verifiable rewards from nothing; copies found and
felt.

seeds | arms from a decoder of random weights | planted copies | figures, falsifier, picture
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

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
from daybrief.labs.posttrain import copies, study, tasks
from daybrief.labs.posttrain.copies import Inflation, Recall
from daybrief.labs.posttrain.study import Arm, Size, Studied

SIZES = {
    "smoke": Size(width=32, sft_steps=60, prompts=200, pairs=96, rl_steps=4, draws=1, batch=32),
    "small": Size(width=64, sft_steps=450, prompts=4000, pairs=1200, rl_steps=24, draws=2),
    "full": Size(width=128, sft_steps=3000, prompts=20_000, pairs=8000, rl_steps=400, draws=5, batch=224),
}
_TIMES = Words(en="share accepted", ko="통과 비율")
ARMS = {
    "sft": Words(en="SFT", ko="SFT"),
    "dpo_plain": Words(en="DPO", ko="DPO"),
    "dpo": Words(en="DPO, length-normalised", ko="길이 정규화 DPO"),
    "verifier": Words(en="RLVR, beta 0.05", ko="RLVR, 베타 0.05"),
    "beta_0.01": Words(en="RLVR, beta 0.01", ko="RLVR, 베타 0.01"),
    "beta_1": Words(en="RLVR, beta 1", ko="RLVR, 베타 1"),
    "beta_10": Words(en="RLVR, beta 10", ko="RLVR, 베타 10"),
    "noisy": Words(en="RLVR, learned score added", ko="RLVR, 학습된 점수 추가"),
    "from_sft": Words(en="RLVR from SFT", ko="SFT에서 시작한 RLVR"),
    "value_fresh": Words(en="RLVR, value from the policy", ko="RLVR, 정책에서 온 가치 모델"),
    "grpo": Words(en="GRPO", ko="GRPO"),
}
KINDS = {
    "verbatim": Words(en="verbatim", ko="그대로"),
    "cut60": Words(en="cut to 60 %", ko="60 %만"),
    "cut40": Words(en="cut to 40 %", ko="40 %만"),
    "edited": Words(en="one word in ten replaced", ko="열 낱말에 하나 바꿈"),
    "paraphrase": Words(en="paraphrase", ko="바꿔 쓴 글"),
}
SUITES = {
    "verbatim": Words(en="copied items", ko="복사된 문항"),
    "paraphrase": Words(en="paraphrased items", ko="바꿔 쓴 문항"),
    "clean": Words(en="clean items", ko="깨끗한 문항"),
}
_MAIN = ("sft", "dpo_plain", "dpo", "verifier")
_BRIEF = ("sampled", "greedy", "both")
_ORDERED = ("verifier", "beta_1", "beta_10")  # by rising beta: 0.05, 1, 10


def run(trial: Trial) -> Findings:
    """Measure at the trial's scale."""
    torch.set_num_threads(1 if trial.scale != "full" else torch.get_num_threads())
    seeds = trial.seeds(trial.pick(1, 5, 5))
    studies = [study.studied(seed, SIZES[trial.scale], trial.tell) for seed in seeds]
    texts, count = trial.pick(200, 2000, 2000), trial.pick(40, 200, 200)
    recalls = [copies.recall(texts, count, np.random.default_rng([seed, 2])) for seed in seeds]
    trial.tell("inflation")
    sizes = trial.pick((60, 20, 2), (400, 60, 25), (2000, 200, 40))
    inflated = [copies.inflation(*sizes, seed) for seed in seeds]
    stated = tuple(outcomes(studies, recalls, trial))
    return Findings(
        measures=(*_arm_measures(studies, trial), *_copy_measures(recalls, inflated, trial)),
        outcomes=stated,
        because=because(studies, inflated),
        data=(
            Words(
                en="generated additions and letter constraints, 35 % of the demonstrations wrong on purpose",
                ko="생성한 덧셈 문제와 글자 제약, 시범 답의 35 %는 일부러 틀림",
            ),
            Words(en="generated word problems with planted copies", ko="복사본을 심은 생성 문장제"),
        ),
        seeds=seeds,
        chart=chart(studies, recalls, inflated, trial),
    )


# ── the falsifier ───────────────────────────────────────────────────────────────────────────────────


def outcomes(studies: Sequence[Studied], recalls: Sequence[Recall], trial: Trial) -> Iterator[Outcome]:
    """The conditions of the page, each with its numbers."""
    gain = _gain(studies, "verifier", "dpo", tasks.TRAINED, trial)
    yield Outcome(key="gain", met=gain.value >= 0.10 and gain.low > 0, measured=str(gain))
    dpo = _gain(studies, "dpo", "sft", tasks.TRAINED, trial)
    yield Outcome(key="preferences", met=dpo.high > 0, measured=str(dpo))
    kls = {arm: float(np.mean(_kls(studies, arm))) for arm in ("beta_0.01", *_ORDERED)}
    steps = [
        paired(_kls(studies, more), _kls(studies, less), trial.rng("kl", more))
        for more, less in pairwise(_ORDERED)
    ]
    yield Outcome(
        key="divergence",
        met=all(step.low > 0 for step in steps),
        measured=", ".join(f"{ARMS[arm].en.rpartition(' ')[2]}: {kl:.2f}" for arm, kl in kls.items()),
    )
    noisy = _gain(studies, "verifier", "noisy", tasks.TRAINED, trial)
    yield Outcome(key="verifier_only", met=noisy.high >= 0, measured=str(noisy))
    unseen = _gain(studies, "verifier", "dpo", ("both",), trial)
    yield Outcome(
        key="transfer",
        met=unseen.value < gain.value / 3,
        measured=f"{unseen.value:+.3f} against {gain.value:+.3f}",
    )
    rates = {kind: float(np.mean([r.caught[kind] for r in recalls])) for kind in copies.KINDS}
    wrong = float(np.mean([r.unrelated for r in recalls]))
    met = rates["verbatim"] >= 0.99 and rates["cut60"] >= 0.95 and wrong <= 0.01
    yield Outcome(
        key="copies",
        met=met and max(rates["cut40"], rates["paraphrase"]) <= 0.05,
        measured="; ".join([*(f"{k} {v:.3f}" for k, v in rates.items()), f"unrelated {wrong:.4f}"]),
    )


def because(studies: Sequence[Studied], inflated: Sequence[Inflation]) -> Words:
    """The verdict's reason, in a few sentences."""
    sampled = [_of(studies, arm, tasks.TRAINED) for arm in ("dpo", "verifier")]
    greedy = [_of(studies, arm, tasks.TRAINED, greedy=True) for arm in ("dpo", "verifier")]
    adds = [_of(studies, arm, ("add",), greedy=True) for arm in ("dpo", "verifier")]
    frame = [_of(studies, arm, ("frame",)) for arm in ("dpo", "verifier")]
    copied = [
        float(np.mean([getattr(i, when)["verbatim"] for i in inflated])) for when in ("before", "after")
    ]
    clean = float(np.mean([i.after["clean"] for i in inflated]))
    return Words(
        en=(
            f"Sampled answers were accepted {sampled[0]:.2f} before and {sampled[1]:.2f} after RLVR, greedy "
            f"ones {greedy[0]:.2f} and {greedy[1]:.2f}, greedy sums {adds[0]:.2f} and {adds[1]:.2f}: where "
            f"only sampled answers gain, the distribution was sharpened and nothing new learned. A "
            f"constraint that was demonstrated but never rewarded went from {frame[0]:.2f} to "
            f"{frame[1]:.2f}. Copied items scored {copied[0]:.2f} with the copies and {copied[1]:.2f} "
            f"without, clean ones {clean:.2f}."
        ),
        ko=(
            f"표본 답의 통과율은 RLVR 전 {sampled[0]:.2f}, 후 {sampled[1]:.2f}, 탐욕 답은 {greedy[0]:.2f}, "
            f"{greedy[1]:.2f}, 덧셈의 탐욕 답은 {adds[0]:.2f}, {adds[1]:.2f}이다. 표본 답만 나아진 곳에서는 "
            f"분포가 뾰족해졌을 뿐 새로 배운 것이 없다. 시범만 보이고 보상하지 않은 제약은 "
            f"{frame[0]:.2f}에서 {frame[1]:.2f}이 되었다. 복사된 문항은 복사본이 있을 때 {copied[0]:.2f}, "
            f"없을 때 {copied[1]:.2f}, 깨끗한 문항은 {clean:.2f}이다."
        ),
    )


def _values(
    studies: Sequence[Studied], arm: str, families: Sequence[str], *, greedy: bool = False
) -> list[float]:
    return [studied.arms[arm].mean(families, greedy=greedy) for studied in studies]


def _of(studies: Sequence[Studied], arm: str, families: Sequence[str], *, greedy: bool = False) -> float:
    return float(np.mean(_values(studies, arm, families, greedy=greedy)))


def _kls(studies: Sequence[Studied], arm: str) -> list[float]:
    return [studied.arms[arm].kl or 0.0 for studied in studies]


def _gain(
    studies: Sequence[Studied], ours: str, theirs: str, families: Sequence[str], trial: Trial
) -> Interval:
    return paired(
        _values(studies, ours, families),
        _values(studies, theirs, families),
        trial.rng("gain", ours, theirs, *families),
    )


# ── measures ────────────────────────────────────────────────────────────────────────────────────────


def _arm_measures(studies: Sequence[Studied], trial: Trial) -> Iterator[Measure]:
    for arm, name in ARMS.items():
        yield from _measures_of(studies, trial, arm, name)
    for ours, theirs in (("dpo", "dpo_plain"), ("from_sft", "verifier"), ("verifier", "value_fresh")):
        span = _gain(studies, ours, theirs, tasks.TRAINED, trial)
        yield span.measure(
            f"{ours}_over_{theirs}",
            Words(
                en=f"sampled: {ARMS[ours].en} minus {ARMS[theirs].en}",
                ko=f"표본: {ARMS[ours].ko} − {ARMS[theirs].ko}",
            ),
        )
    judged = mean([studied.judge_right for studied in studies], trial.rng("over", "judge"))
    yield judged.measure(
        "judge_right", Words(en="pairs the judges did not order wrongly", ko="심판이 틀리지 않게 고른 쌍")
    )
    learned = mean([studied.reward_right for studied in studies], trial.rng("over", "reward"))
    yield learned.measure(
        "reward_right",
        Words(en="last pairs the reward model orders as the judges", ko="보상 모델이 심판과 같게 고른 쌍"),
    )


def _measures_of(studies: Sequence[Studied], trial: Trial, arm: str, name: Words) -> Iterator[Measure]:
    def of(key: str, en: str, ko: str, value: Callable[[Arm], float], within: float | None = None) -> Measure:
        span = mean([value(studied.arms[arm]) for studied in studies], trial.rng("over", arm, key))
        return span.measure(
            f"{arm}_{key}", Words(en=f"{name.en}: {en}", ko=f"{name.ko}: {ko}"), tolerance=within
        )

    shares: tuple[tuple[str, str, str, Sequence[str], bool], ...] = (
        ("sampled", "trained families, sampled", "학습한 과제, 표본", tasks.TRAINED, False),
        ("greedy", "trained families, greedy", "학습한 과제, 탐욕", tasks.TRAINED, True),
        ("add", "addition, sampled", "덧셈, 표본", ("add",), False),
        ("add_greedy", "addition, greedy", "덧셈, 탐욕", ("add",), True),
        ("constraints", "constraints, sampled", "제약, 표본", tasks.CONSTRAINTS, False),
        ("constraints_greedy", "constraints, greedy", "제약, 탐욕", tasks.CONSTRAINTS, True),
        ("frame", "demonstrated, never rewarded", "시범만 보인 제약", ("frame",), False),
        ("both", "never shown", "한 번도 보이지 않은 제약", ("both",), False),
    )
    for key, en, ko, families, greedy in shares:
        if arm not in _MAIN and key not in _BRIEF:
            continue
        within = 0.15 if arm in {"sft", "verifier"} and key in {"sampled", "greedy"} else None
        yield of(key, en, ko, partial(Arm.mean, families=families, greedy=greedy), within)
    if arm in _MAIN:
        yield of("length", "characters of a constraint's answer", "제약 답의 글자 수", Arm.length)
    if studies[0].arms[arm].kl is not None:
        yield of("kl", "KL to where it began, nats", "시작점과의 KL, 냇", lambda a: a.kl or 0.0)


def _copy_measures(
    recalls: Sequence[Recall], inflated: Sequence[Inflation], trial: Trial
) -> Iterator[Measure]:
    for kind, name in KINDS.items():
        span = mean([r.caught[kind] for r in recalls], trial.rng("recall", kind))
        within = 0.1 if kind in {"verbatim", "cut60"} else None
        yield span.measure(
            f"found_{kind}",
            Words(en=f"copies found: {name.en}", ko=f"찾은 복사본: {name.ko}"),
            tolerance=within,
        )
    for key, en, ko in (
        ("unrelated", "unrelated items flagged", "무관한데 걸린 문항"),
        ("alike", "items flagged for their template alone", "틀만 같은데 걸린 문항"),
    ):
        span = mean([getattr(r, key) for r in recalls], trial.rng("recall", key))
        yield span.measure(f"flagged_{key}", Words(en=en, ko=ko))
    for when, en, ko in (
        ("before", "with copies", "복사본 있음"),
        ("after", "copies removed", "복사본 제거"),
    ):
        for suite, name in SUITES.items():
            span = mean([getattr(i, when)[suite] for i in inflated], trial.rng("inflation", when, suite))
            yield span.measure(
                f"{when}_{suite}", Words(en=f"accuracy, {name.en}, {en}", ko=f"정답률, {name.ko}, {ko}")
            )
        gap = paired(
            [getattr(i, when)["verbatim"] for i in inflated],
            [getattr(i, when)["clean"] for i in inflated],
            trial.rng("gap", when),
        )
        yield gap.measure(
            f"inflation_{when}",
            Words(en=f"inflation: copied minus clean, {en}", ko=f"부풀림: 복사 − 깨끗, {ko}"),
        )
    span = mean([i.removed for i in inflated], trial.rng("removed"))
    yield span.measure("removed", Words(en="training texts removed", ko="제거한 학습 글의 비율"))


# ── the picture ─────────────────────────────────────────────────────────────────────────────────────


def chart(
    studies: Sequence[Studied], recalls: Sequence[Recall], inflated: Sequence[Inflation], trial: Trial
) -> Chart:
    """Stages, the price of divergence, copies found, and what copies do to a score."""
    return Chart(
        says=Words(
            en="Accepted answers by stage, KL by beta, copies found by kind, accuracy with and without.",
            ko="단계별 통과율, 베타별 KL, 종류별로 찾은 복사본, 복사본 유무에 따른 정답률.",
        ),
        columns=2,
        panels=(
            _stage_rows(studies, trial),
            _divergence(studies),
            _rows(
                Words(en="Copies that the 8-gram rule finds", ko="8-그램 규칙이 찾은 복사본"),
                [(name, [r.caught[kind] for r in recalls], 0) for kind, name in KINDS.items()],
                trial,
                Words(en="share found", ko="찾은 비율"),
            ),
            _rows(
                Words(en="Accuracy with copies and without", ko="복사본이 있을 때와 없을 때의 정답률"),
                [
                    (name, [getattr(i, when)[suite] for i in inflated], shade)
                    for suite, name in SUITES.items()
                    for shade, when in enumerate(("before", "after"))
                ],
                trial,
                Words(en="share right", ko="정답 비율"),
                (Words(en="with copies", ko="복사본 있음"), Words(en="copies removed", ko="복사본 제거")),
            ),
        ),
    )


def _stage_rows(studies: Sequence[Studied], trial: Trial) -> Rows:
    names = {arm: ARMS[arm] for arm in ("sft", "dpo_plain", "dpo", "verifier", "noisy", "from_sft", "grpo")}
    rows = [
        (name, _values(studies, arm, tasks.TRAINED, greedy=greedy), int(greedy))
        for arm, name in names.items()
        for greedy in (False, True)
    ]
    return _rows(
        Words(en="Held-out problems of the trained families", ko="학습한 과제의 보류 문제"),
        rows,
        trial,
        _TIMES,
        (Words(en="sampled", ko="표본"), Words(en="greedy", ko="탐욕")),
    )


def _rows(
    title: Words, listed: Sequence[tuple[Words, list[float], int]], trial: Trial, x: Words,
    shades: tuple[Words, ...] = (),
) -> Rows:  # fmt: skip
    rows = []
    for name, values, shade in listed:
        span = mean(values, trial.rng("row", title.en, name.en, shade))
        rows.append(Row(name=name, value=span.value, low=span.low, high=span.high, shade=shade))
    return Rows(title=title, x=x, rows=tuple(rows), shades=shades)


def _divergence(studies: Sequence[Studied]) -> Plot:
    arms = ("beta_0.01", "verifier", "beta_1", "beta_10")
    kls = [_kls(studies, arm) for arm in arms]
    shares = [_of(studies, arm, tasks.TRAINED) for arm in arms]
    return Plot(
        title=Words(en="How far the model moves", ko="모델이 움직인 거리"),
        x=Words(en="beta", ko="베타"),
        y=Words(en="KL in nats; share accepted", ko="KL(냇), 통과 비율"),
        series=(
            Series(
                name=Words(en="KL, least to most of the seeds", ko="KL, 씨앗의 최소에서 최대"),
                x=study.BETAS,
                y=tuple(float(np.mean(values)) for values in kls),
                low=tuple(min(values) for values in kls),
                high=tuple(max(values) for values in kls),
            ),
            Series(name=_TIMES, x=study.BETAS, y=tuple(shares), dashed=True),
        ),
        log_x=True,
    )
