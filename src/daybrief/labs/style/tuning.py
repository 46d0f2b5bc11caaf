"""Pre-training of the small model, adaptation to one picture of a style, and generation.

The loss of both is the paper's (section 3): E over t ~ p(t) of |(eps - x_0) - v(x_t, t, words)|^2; only p(t)
differs between arms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from daybrief.errors import LabError
from daybrief.labs.style import pictures
from daybrief.labs.style.model import NO_CONTENT, NO_STYLE, Lora, Painter, Shape
from daybrief.labs.style.pictures import Contents, Floats, Styles
from daybrief.labs.style.samplers import NoiseSampler, drawn, shifted
from daybrief.model import Value

Tell = Callable[[str], None]
STEPS = 28  # of generation, the paper's
SHIFT = 3.0  # of the times of generation, SD3's
MISSING = 0.1  # how often pre-training leaves out a word
WITHOUT_NAME = 0.5  # how many pictures of pre-training have a style of no name


class Lesson(Value, frozen=True, kw_only=True):
    """How a model is pre-trained."""

    steps: int = 700
    batch: int = 64
    rate: float = 4e-3


def pretrained(
    shape: Shape, sampler: NoiseSampler, lesson: Lesson, what: Contents, known: Styles, seed: int,
    tell: Tell = lambda _text: None,
) -> Painter:  # fmt: skip
    """A model that has learned the contents in the known styles, by name, and in any others, without.

    Styles without a name teach it to carry on whatever style is already seen in x_t.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 21])
    model = Painter(shape)
    count = len(known.ramp)
    slow = [p for n, p in model.named_parameters() if n.startswith(("content", "style"))]
    rest = [p for n, p in model.named_parameters() if not n.startswith(("content", "style"))]
    optimiser = torch.optim.AdamW(
        [{"params": rest}, {"params": slow}], lr=lesson.rate, betas=(0.9, 0.99), weight_decay=0.0
    )
    slope = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, lesson.rate, total_steps=lesson.steps, pct_start=0.05
    )
    for step in range(lesson.steps):
        rows = what.rows(rng.integers(0, len(what.kind), lesson.batch))
        names = np.where(
            rng.random(lesson.batch) < WITHOUT_NAME, NO_STYLE, rng.integers(1, count + 1, lesson.batch)
        )
        free = pictures.styles(lesson.batch, rng)
        style = _mixed(free, known.rows(np.maximum(names - 1, 0)), names == NO_STYLE)
        x0 = torch.from_numpy(pictures.painted(rows, style))
        content = np.where(rng.random(lesson.batch) < MISSING, NO_CONTENT, rows.kind)
        names = np.where(rng.random(lesson.batch) < MISSING, NO_STYLE, names)
        t = drawn(sampler, lesson.batch, rng, stratified=True)
        loss = _loss(model, x0, t, content, names).mean()
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        slope.step()
        if step % 500 == 499:
            tell(f"pre-training, step {step + 1} of {lesson.steps}: loss {loss.item():.3f}")
    return model.eval().requires_grad_(requires_grad=False)


def _mixed(free: Styles, known: Styles, chosen: NDArray[np.bool_]) -> Styles:
    """The free styles where chosen, else the known ones."""
    fields: list[tuple[NDArray[Any], NDArray[Any]]] = list(zip(free, known, strict=True))
    return Styles(*(np.where(chosen.reshape(-1, *[1] * (a.ndim - 1)), a, b) for a, b in fields))


def _loss(
    model: Painter, x0: Tensor, t: NDArray[np.float64], content: NDArray[np.int64], style: NDArray[np.int64]
) -> Tensor:
    """|(eps - s x_0) - v|^2 of each picture, (n,)."""
    level = torch.from_numpy(t).float()
    clean = model.shape.scale * x0
    noise = torch.randn_like(x0)
    wide = level[:, None, None, None]
    given = (1 - wide) * clean + wide * noise
    guess = model(given, level, torch.from_numpy(content), torch.from_numpy(style))
    error: Tensor = guess - (noise - clean)
    return error.square().mean(dim=(1, 2, 3))


class Tuning(Value, frozen=True, kw_only=True):
    """How a model is adapted. The paper: rank 32, 300 steps of 4 pictures, Adam at 1e-4.

    The rate for the small model is the better of 1e-3 and 4e-3 for both arms on development seeds 11 and 12.
    """

    rank: int = 32
    steps: int = 300
    batch: int = 4
    rate: float = 4e-3
    words: bool = True
    offset: float = 0.0  # offset noise: how much of one random value a channel is added to the noise


def adapted(
    model: Painter, x0: Floats, content: Sequence[Sequence[int]], word: int, sampler: NoiseSampler,
    how: Tuning, seed: int, *, keep: Sequence[int] = (), tell: Tell = lambda _text: None,
) -> dict[int, Lora]:  # fmt: skip
    """Adaptations of a model, each to a few pictures of its own, (groups, pictures, 3, 32, 32), under a word.

    content: (groups, pictures). Returns the adaptations at the steps in `keep` and at the last. Groups have
    the same start, the same noise and the same shares u of the sampler's mass, and so have arms of one seed:
    they are paired as closely as they can be. Raises LabError when the loss is no longer finite.
    """
    groups, shown = x0.shape[:2]
    random = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng([seed, 31])
    lora = Lora(model, how.rank, groups, random, words=how.words)
    optimiser = torch.optim.Adam(lora.parameters(), lr=how.rate)
    pictures_, contents = torch.from_numpy(x0) * model.shape.scale, torch.tensor(content)
    words = torch.full((groups * how.batch,), word)
    kept = {}
    for step in range(1, how.steps + 1):
        rows = torch.from_numpy(rng.integers(0, shown, how.batch))
        clean, kind = pictures_[:, rows].flatten(0, 1), contents[:, rows].flatten()
        u = (np.arange(how.batch) + rng.random(how.batch)) / how.batch
        t = torch.from_numpy(sampler.quantile(u)).float().repeat(groups)
        noise = torch.randn(how.batch, *x0.shape[2:], generator=random)
        if how.offset:
            noise = noise + how.offset * torch.randn(how.batch, x0.shape[2], 1, 1, generator=random)
        noise = noise.repeat(groups, 1, 1, 1)
        wide = t[:, None, None, None]
        with lora.on(model):
            guess = model((1 - wide) * clean + wide * noise, t, kind, words)
        loss = (guess - (noise - clean)).square().mean(dim=(1, 2, 3)).sum() / how.batch
        if not torch.isfinite(loss):
            raise LabError(f"the loss of step {step} is not finite", hint="take a lower learning rate")
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
        if step in keep or step == how.steps:
            kept[step] = lora.group(list(range(groups)))
        if step % 50 == 0:
            tell(f"step {step} of {how.steps}: loss {loss.item() / groups:.3f}")
    return kept


@torch.no_grad()
def generated(
    model: Painter, content: Sequence[int], style: Sequence[int], seed: int, *, guidance: float = 2.0,
    steps: int = STEPS, lora: Lora | None = None, style_until: float = 1.0, style_from: float = 0.0,
) -> Floats:  # fmt: skip
    """Pictures of contents in styles, (n, 3, 32, 32) from -1 to 1, by Euler steps from pure noise.

    guidance: v + (g - 1)(v - v without words). style_from, style_until: the style is said only within this
    part of the steps (prompt switching, section 4.1). Picture i of every group starts from the same noise.
    """
    groups = lora.groups if lora is not None else 1
    count = len(content)
    random = torch.Generator().manual_seed(seed)
    x = torch.randn(count // groups, 3, pictures.SIDE, pictures.SIDE, generator=random).repeat(
        groups, 1, 1, 1
    )
    contents = torch.tensor(content)
    named, unnamed = torch.tensor(style), torch.full((count,), NO_STYLE)
    nothing = torch.full((count,), NO_CONTENT)
    times = shifted(np.linspace(1 - 1e-4, 0, steps + 1), SHIFT)
    for at in range(steps):
        t = torch.full((count,), float(times[at]))
        word = named if style_from <= at / steps < style_until else unnamed
        if lora is None:
            v = model(x, t, contents, word)
            bare = model(x, t, nothing, unnamed) if guidance != 1 else v
        else:
            with lora.on(model):
                v = model(x, t, contents, word)
                bare = model(x, t, nothing, unnamed) if guidance != 1 else v
        x = x - float(times[at] - times[at + 1]) * (bare + guidance * (v - bare))
    return (x / model.shape.scale).clamp(-1, 1).numpy()
