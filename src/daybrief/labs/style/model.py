"""A small diffusion transformer of pictures and two words, with low-rank adaptation in groups.

Two streams as in MM-DiT (Esser et al. 2024, section 4): 16 tokens of 8 x 8 pixels and two tokens of words, a
content and a style, each stream with projections of its own and attention over both. Time (as log-SNR) and
words scale and shift every block. The network predicts x_0, for a width of about 100 cannot carry the noise
of a patch through (Li and He 2025); the velocity that the loss compares is (x_t - x_0) / t.

Canvas. A picture of 32 x 32 stands for one of `canvas` x `canvas`: averaging (canvas / 32)^2 pixels of
independent noise is the same as multiplying the picture by s = canvas / 32. So x_t = (1 - t) s x_0 + t eps,
which moves log-SNR by 2 log s and is exact for a picture without finer detail.

Adaptation. LoRA (Hu et al. 2022) on the query, key, value and output of both streams, with alpha = rank and a
Gaussian start, as in the paper. Parameters have a first axis of groups: adaptations of several styles and
samplers are trained side by side, in one batch, and never touch each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from daybrief.errors import LabError
from daybrief.labs.style.pictures import CONTENTS, SIDE
from daybrief.model import Value

CHANNELS = 3
NO_CONTENT = len(CONTENTS)  # the word that says nothing
NO_STYLE = 0


class Shape(Value, frozen=True, kw_only=True):
    """The size of a model: `styles` words of styles beside the empty one; canvas in pixels."""

    width: int = 64
    depth: int = 3
    heads: int = 4
    patch: int = 8
    styles: int = 24
    canvas: int = 128

    @property
    def scale(self) -> float:
        """By how much a picture of 32 x 32 is multiplied to stand for the canvas."""
        return self.canvas / SIDE


class Linear(nn.Linear):
    """A linear layer that a low-rank addition may change: x W + (x A) B, group by group."""

    low: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """x: (groups * n, tokens, in)."""
        plain = functional.linear(x, self.weight, self.bias)
        if self.low is None:
            return plain
        down, up = self.low
        groups = down.shape[0]
        rows = x.reshape(groups, -1, x.shape[-1])
        return plain + torch.bmm(torch.bmm(rows, down), up).reshape(plain.shape)


class Block(nn.Module):
    """A block: attention over pictures and words together, and a small network for each stream."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.change = nn.Linear(width, 12 * width)
        for stream in ("seen", "said"):
            for name in ("query", "key", "value", "out"):
                setattr(self, f"{stream}_{name}", Linear(width, width))
            inner = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
            setattr(self, f"{stream}_inner", inner)
        nn.init.zeros_(self.change.weight)
        nn.init.zeros_(self.change.bias)

    def forward(self, seen: Tensor, words: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """seen (n, 16, width), said (n, 2, width), given (n, width)."""
        changes = self.change(functional.silu(given))[:, None].chunk(12, dim=-1)
        streams = [("seen", seen, changes[:6]), ("said", words, changes[6:])]
        parts = [self._projected(name, self._moved(x, c[0], c[1])) for name, x, c in streams]
        query, key, value = (torch.cat(both, dim=2) for both in zip(*parts, strict=True))
        mixed = functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        split = (mixed[:, : seen.shape[1]], mixed[:, seen.shape[1] :])
        done = []
        for (name, x, c), part in zip(streams, split, strict=True):
            attended = x + c[2] * getattr(self, f"{name}_out")(part)
            done.append(attended + c[5] * getattr(self, f"{name}_inner")(self._moved(attended, c[3], c[4])))
        return done[0], done[1]

    def _moved(self, x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
        return functional.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift

    def _projected(self, stream: str, x: Tensor) -> list[Tensor]:
        """Query, key and value as (n, heads, tokens, width / heads)."""
        return [
            getattr(self, f"{stream}_{name}")(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for name in ("query", "key", "value")
        ]


class Painter(nn.Module):
    """The model: v(x_t, t, content, style) of a rectified flow on the canvas."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        if shape.width % shape.heads or SIDE % shape.patch:
            raise LabError(
                f"a width of {shape.width} has no {shape.heads} heads, or {SIDE} no patches of {shape.patch}"
            )
        self.shape = shape
        width, pixels = shape.width, CHANNELS * shape.patch**2
        self.content = nn.Embedding(len(CONTENTS) + 1, width)
        self.style = nn.Embedding(shape.styles + 1, width)
        self.place = nn.Parameter(torch.randn((SIDE // shape.patch) ** 2, width) * 0.5)
        self.enter = nn.Linear(pixels, width)
        self.level = nn.Sequential(nn.Linear(64, width), nn.SiLU(), nn.Linear(width, width))
        self.blocks = nn.ModuleList(Block(width, shape.heads) for _ in range(shape.depth))
        self.last = nn.Linear(width, 2 * width)
        self.leave = nn.Linear(width, pixels)
        for layer in (self.last, self.leave):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def clean(self, x: Tensor, t: Tensor, content: Tensor, style: Tensor) -> Tensor:
        """The predicted x_0, (n, 3, 32, 32), from x_t on the canvas; t, content, style: (n,)."""
        size = torch.sqrt((1 - t) ** 2 * (0.6 * self.shape.scale) ** 2 + t**2)
        seen = self.enter(self._patches(x / size[:, None, None, None])) + self.place
        words = torch.stack([self.content(content), self.style(style)], dim=1)
        given = self.level(self._waves(t)) + words.sum(dim=1)
        for block in self.blocks:
            seen, words = block(seen, words, given)
        shift, scale = self.last(functional.silu(given))[:, None].chunk(2, dim=-1)
        moved = functional.layer_norm(seen, seen.shape[-1:]) * (1 + scale) + shift
        return self._picture(self.leave(moved))

    def forward(self, x: Tensor, t: Tensor, content: Tensor, style: Tensor) -> Tensor:
        """The velocity eps - s x_0 on the canvas, by the predicted x_0; t is kept from 0 by 0.05."""
        predicted = self.shape.scale * self.clean(x, t, content, style)
        return (x - predicted) / t.clamp(min=0.05)[:, None, None, None]

    def _waves(self, t: Tensor) -> Tensor:
        """Sines and cosines of the log-SNR, (n, 64)."""
        level = 2 * (torch.log1p(-t.clamp(max=1 - 1e-5)) - torch.log(t.clamp(min=1e-5)))
        pace = torch.exp(torch.linspace(math.log(0.1), math.log(3.0), 32, device=t.device))
        waves = level[:, None] * pace
        return torch.cat([waves.sin(), waves.cos()], dim=-1)

    def _patches(self, x: Tensor) -> Tensor:
        side = self.shape.patch
        parts = x.unfold(2, side, side).unfold(3, side, side)  # n, 3, rows, columns, side, side
        return parts.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)

    def _picture(self, tokens: Tensor) -> Tensor:
        side = self.shape.patch
        rows = SIDE // side
        parts = tokens.view(-1, rows, rows, CHANNELS, side, side)
        return parts.permute(0, 3, 1, 4, 2, 5).reshape(-1, CHANNELS, SIDE, SIDE)


class Lora(nn.Module):
    """Low-rank additions to a model's attention, for `groups` of adaptations at once.

    down: (groups, in, rank), Gaussian with variance 1 / rank; up: (groups, rank, out), zero; alpha = rank.
    `words`: whether the stream of words is adapted too (the paper's ablation, 0.489 -> 0.462 without).
    """

    def __init__(
        self, model: Painter, rank: int, groups: int, generator: torch.Generator, *, words: bool = True
    ) -> None:
        super().__init__()
        if rank < 1 or groups < 1:
            raise LabError(f"a rank of {rank} in {groups} groups adapts nothing", hint="give at least 1")
        self.rank, self.groups, self.words = rank, groups, words
        self.names = [
            name
            for name, module in model.named_modules()
            if isinstance(module, Linear) and (words or ".seen_" in name)
        ]
        width = model.shape.width
        down = [torch.randn(1, width, rank, generator=generator) / rank for _ in self.names]
        self.down = nn.ParameterList(part.repeat(groups, 1, 1) for part in down)
        self.up = nn.ParameterList(torch.zeros(groups, rank, width) for _ in self.names)

    @contextmanager
    def on(self, model: Painter) -> Iterator[None]:
        """While in it, the model's rows are adapted: the first n / groups by the first group, and so on."""
        modules = dict(model.named_modules())
        layers = [modules[name] for name in self.names]
        for layer, down, up in zip(layers, self.down, self.up, strict=True):
            layer.low = (down, up)
        try:
            yield
        finally:
            for layer in layers:
                layer.low = None

    def group(self, chosen: list[int]) -> Lora:
        """The adaptations of these groups, without gradient."""
        part = Lora.__new__(Lora)
        nn.Module.__init__(part)
        part.rank, part.groups, part.words, part.names = self.rank, len(chosen), self.words, self.names
        part.down = nn.ParameterList(nn.Parameter(p.detach()[chosen].clone()) for p in self.down)
        part.up = nn.ParameterList(nn.Parameter(p.detach()[chosen].clone()) for p in self.up)
        return part
