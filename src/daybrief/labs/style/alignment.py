"""The figures of the lab: when a style emerges, and how well adaptations carry it over to other contents.

world       contents, named styles, and the spaces in which pictures are judged
emergence   prompt switching: the style said only at the start, or only afterwards
cases       new styles, one reference picture each
aligned     adaptations of many arms, judged on the contents that were not shown
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from daybrief.labs.style import pictures
from daybrief.labs.style.metrics import (
    ContentReader,
    Features,
    StyleSpace,
    content_reader,
    features,
    gram_distance,
    style_space,
)
from daybrief.labs.style.model import NO_STYLE, Lora, Painter
from daybrief.labs.style.pictures import CONTENTS, FAMILIES, Contents, Floats, Styles
from daybrief.labs.style.samplers import NoiseSampler, log_snr, shifted
from daybrief.labs.style.tuning import SHIFT, STEPS, Tuning, adapted, generated
from daybrief.model import Value

GRAIN = 0.5  # noise that the spaces are taught to overlook: a small model's pictures are grainy


class World(NamedTuple):
    """Contents to learn from and to be judged by, named styles, a space of styles and a reader of contents.

    `reads`: how often the reader is right on true pictures, a ceiling for what it says of generated ones.
    """

    contents: Contents
    unseen: Contents
    known: Styles
    space: StyleSpace
    reader: ContentReader
    reads: float


def world(seed: int, each: int, judged: int) -> World:
    """`each` pictures of every content, four named styles a family, `judged` pictures for the spaces."""
    drawn = pictures.contents(each + each // 2, seed)
    places = [drawn.of_kind(kind) for kind in range(len(CONTENTS))]
    learned = drawn.rows(np.concatenate([p[:each] for p in places]))
    unseen = drawn.rows(np.concatenate([p[each:] for p in places]))
    rng = np.random.default_rng([seed, 41])
    known = joined([pictures.styles(4, rng, family) for family in FAMILIES])
    rows = learned.rows(rng.integers(0, len(learned.kind), judged))
    grain = rng.uniform(0, GRAIN, (judged, 1, 1, 1)) * rng.standard_normal(
        (judged, 3, pictures.SIDE, pictures.SIDE)
    )
    plain = pictures.painted(rows, pictures.styles(judged, rng))
    seen = features((plain + grain).astype(np.float32))
    reader = content_reader(seen, rows.kind)
    tested = unseen.rows(rng.integers(0, len(unseen.kind), max(judged // 4, 20)))
    true = features(pictures.painted(tested, pictures.styles(len(tested.kind), rng)))
    reads = float((reader.read(true) == tested.kind).mean())
    return World(learned, unseen, known, style_space(seen), reader, reads)


def joined(parts: Sequence[Styles]) -> Styles:
    """Several rows of styles as one."""
    return Styles(*(np.concatenate(fields) for fields in zip(*parts, strict=True)))


# ── emergence ───────────────────────────────────────────────────────────────────────────────────────


class Emergence(NamedTuple):
    """Likeness to the style by how many of the 28 steps it was said in, at the start or afterwards.

    `steps` (k,), `level` (k,): the log-SNR when those steps are done; `first`, `after` (k,) from 0
    (never said) to 1 (said throughout); `whole`, `never`: the likeness at the ends; `content`: contents
    read rightly.
    """

    steps: tuple[int, ...]
    level: tuple[float, ...]
    first: tuple[float, ...]
    after: tuple[float, ...]
    whole: float
    never: float
    content: float

    def half(self) -> float:
        """The log-SNR at which half of the style is fixed."""
        rising = np.maximum.accumulate(np.array(self.first))
        return float(np.interp(0.5, rising, self.level))


def level_after(steps: int) -> float:
    """The log-SNR after this many steps of generation."""
    times = shifted(np.linspace(1 - 1e-4, 0, STEPS + 1), SHIFT)
    return float(log_snr(times[steps]))


def emergence(
    model: Painter, where: World, seed: int, count: int, steps: tuple[int, ...], guidance: float
) -> Emergence:
    """Prompt switching (section 4.1) with `count` pictures of named styles."""
    rng = np.random.default_rng([seed, 43])
    style = rng.permutation(np.arange(count) % len(where.known.ramp))
    content = where.unseen.rows(rng.integers(0, len(where.unseen.kind), count))
    true = features(pictures.painted(content, where.known.rows(style)))

    def likeness(start: int, end: int) -> tuple[float, Features]:
        made = generated(
            model, content.kind.tolist(), (style + 1).tolist(), seed, guidance=guidance,
            style_from=start / STEPS, style_until=end / STEPS,
        )  # fmt: skip
        seen = features(made)
        return float(where.space.likeness(seen, true).mean()), seen

    whole, seen = likeness(0, STEPS)
    never, _ = likeness(0, 0)
    span = max(whole - never, 1e-6)
    return Emergence(
        steps=steps,
        level=tuple(level_after(k) for k in steps),
        first=tuple((likeness(0, k)[0] - never) / span for k in steps),
        after=tuple((likeness(k, STEPS)[0] - never) / span for k in steps),
        whole=whole,
        never=never,
        content=float((where.reader.read(seen) == content.kind).mean()),
    )


# ── adaptation ──────────────────────────────────────────────────────────────────────────────────────


class Case(NamedTuple):
    """A new style of a family and its one reference picture (3, 32, 32), which shows a content."""

    seed: int
    family: str
    style: Styles
    reference: Floats
    content: int


class Arm(Value, frozen=True, kw_only=True):
    """A way to adapt: where noise levels are sampled, and the LoRA."""

    sampler: NoiseSampler
    how: Tuning


class Scores(NamedTuple):
    """Of one adaptation: likeness to true pictures of the style and to the reference, Gram distance, contents
    read rightly.
    """

    likeness: float
    to_reference: float
    gram: float
    content: float


def cases(where: World, seed: int) -> list[Case]:
    """A new style of each family."""
    rng = np.random.default_rng([seed, 47])
    made = []
    for family in FAMILIES:
        style = pictures.styles(1, rng, family)
        row = where.unseen.rows(rng.integers(0, len(where.unseen.kind), 1))
        made.append(Case(seed, family, style, pictures.painted(row, style)[0], int(row.kind[0])))
    return made


class Judged(NamedTuple):
    """The standards for generations of the cases: asked contents, true pictures, and the references."""

    wanted: list[int]
    true: Features
    shown: Features


def judged(where: World, given: Sequence[Case]) -> Judged:
    """For each case every content but the reference's, truly painted in the new style."""
    contents = [k for case in given for k in range(len(CONTENTS)) if k != case.content]
    rng = np.random.default_rng([given[0].seed, 53])
    each = len(CONTENTS) - 1
    rows = where.unseen.rows(np.array([rng.choice(where.unseen.of_kind(k)) for k in contents]))
    true = features(pictures.painted(rows, joined([c.style for c in given for _ in range(each)])))
    shown = features(np.stack([c.reference for c in given]))
    repeated = np.repeat(np.arange(len(given)), each)
    return Judged(
        contents,
        true,
        Features(shown.style[repeated], tuple(g[repeated] for g in shown.grams), shown.content[repeated]),
    )


def aligned(
    model: Painter, where: World, given: Sequence[Case], arms: dict[str, Arm], guidance: float, *,
    steps: Sequence[int] = (),
) -> dict[tuple[str, int], list[Scores]]:  # fmt: skip
    """Scores by arm and number of steps, one for each case; all cases of an arm are adapted together."""
    by_arm: dict[tuple[str, int], list[Scores]] = {}
    against, word = judged(where, given), len(where.known.ramp) + 1
    for name, arm in arms.items():
        kept = adapted(
            model, np.stack([c.reference[None] for c in given]), [[c.content] for c in given], word,
            arm.sampler, arm.how, given[0].seed, keep=steps,
        )  # fmt: skip
        for step, lora in kept.items():
            by_arm[name, step] = scored(model, where, given, against, lora, guidance)
    return by_arm


def scored(
    model: Painter, where: World, given: Sequence[Case], against: Judged, lora: Lora | None, guidance: float
) -> list[Scores]:
    """The asked contents, generated by each adaptation, and judged; without one: the floor."""
    word = NO_STYLE if lora is None else len(where.known.ramp) + 1
    made = generated(
        model,
        against.wanted,
        [word] * len(against.wanted),
        given[0].seed,
        guidance=guidance,
        lora=lora,
    )
    seen = features(made)
    parts = (
        where.space.likeness(seen, against.true),
        where.space.likeness(seen, against.shown),
        gram_distance(seen, against.true),
        (where.reader.read(seen) == np.array(against.wanted)).astype(np.float32),
    )
    means = [part.reshape(len(given), -1).mean(1) for part in parts]
    return [Scores(*(float(value) for value in row)) for row in zip(*means, strict=True)]


def ceiling(where: World, given: Sequence[Case]) -> float:
    """The likeness of true pictures of the styles to other true pictures of them."""
    rng = np.random.default_rng([given[0].seed, 59])
    each = len(CONTENTS)
    style = joined([c.style for c in given for _ in range(each)])
    first, second = (
        features(
            pictures.painted(
                where.unseen.rows(rng.integers(0, len(where.unseen.kind), len(style.ramp))), style
            )
        )
        for _ in range(2)
    )
    return float(where.space.likeness(first, second).mean())
