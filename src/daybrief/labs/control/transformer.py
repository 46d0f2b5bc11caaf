"""A small diffusion transformer, the place of FLUX at this scale, trained from nothing.

Words and patches are tokens of one sequence, each block modulated by the time as in DiT; queries and keys
are turned by rotary embeddings of two axes, so that attention sees how far two positions are apart. Words
stand at (0, 0), as in FLUX. Two things differ, for a model that learns in minutes: waves of its position are
given to a patch beside its pixels, and the network estimates the clean picture, which gives the velocity.

Every linear layer that may carry a LoRA is a `BranchLinear`: called as usual it is the base's layer, and only
`branch` adds the low-rank part. Tokens of the picture never pass through `branch`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

THETA = 100.0  # base of the rotary frequencies: grids here have 4 to 16 places, FLUX's have 64
TIME_SCALE = 1000.0
WAVES = (0.4, 0.8, 1.6)  # radians a patch
EARLIEST = 0.1  # the velocity is the noise left over time; nearer to the picture this is held
SHARP = 1.5  # of queries and keys at the start: attention over heads of 16 numbers must be able to single out


class DitShape(NamedTuple):
    """Sizes of the model: pictures of `side` x `side` pixels in patches, `word_count` words."""

    side: int = 16
    patch: int = 4
    width: int = 64
    layers: int = 3
    heads: int = 4
    vocabulary: int = 1
    word_count: int = 4

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.side // self.patch

    @property
    def values(self) -> int:
        """Numbers of a patch."""
        return self.patch * self.patch * 3


class BranchLinear(nn.Linear):
    """A linear layer with a low-rank part that acts only where `branch` is called."""

    def __init__(self, wide: int, out: int) -> None:
        super().__init__(wide, out)
        self.down: nn.Parameter | None = None
        self.up: nn.Parameter | None = None

    def attach(self, rank: int) -> None:
        """Add a low-rank part that changes nothing yet: `up` begins at 0."""
        self.down = nn.Parameter(torch.randn(rank, self.in_features) / math.sqrt(self.in_features))
        self.up = nn.Parameter(torch.zeros(self.out_features, rank))

    def branch(self, x: Tensor) -> Tensor:
        """W x + up (down x); W x where nothing is attached."""
        plain: Tensor = self(x)
        if self.down is None or self.up is None:
            return plain
        return plain + functional.linear(functional.linear(x, self.down), self.up)


class Rotary(NamedTuple):
    """Cosines and sines of positions, (tokens, head) each."""

    cos: Tensor
    sin: Tensor

    def turned(self, x: Tensor) -> Tensor:
        """x: (batch, heads, tokens, head), its neighbouring pairs turned by the position."""
        even, odd = x[..., 0::2], x[..., 1::2]
        other = torch.stack([-odd, even], dim=-1).flatten(-2)
        return x * self.cos + other * self.sin


def rotary(positions: Tensor, head: int) -> Rotary:
    """Rotary embeddings of (row, column), shape (tokens, 2); each axis takes half of a head's numbers."""
    half = head // 2
    rates = THETA ** (-torch.arange(0, half, 2, device=positions.device) / half)
    angles = (positions[:, :, None] * rates).flatten(1).repeat_interleave(2, dim=1)
    return Rotary(angles.cos(), angles.sin())


def grid_positions(rows: int, columns: int, shift: tuple[float, float] = (0.0, 0.0)) -> Tensor:
    """(row, column) of every patch of a grid, moved by `shift`, (rows * columns, 2)."""
    places = torch.cartesian_prod(torch.arange(rows).float(), torch.arange(columns).float())
    return places + torch.tensor(shift)


class DitBlock(nn.Module):
    """Attention and a feed-forward part, shifted, scaled and gated by the time (adaLN-zero)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.modulation = BranchLinear(width, 6 * width)
        self.query, self.key, self.value, self.out = (BranchLinear(width, width) for _ in range(4))
        self.sharp = nn.Parameter(torch.full((2, width // heads), SHARP))
        self.feed_in, self.feed_out = BranchLinear(width, 4 * width), BranchLinear(4 * width, width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def opened(self, x: Tensor, time: Tensor, turn: Rotary, *, branch: bool) -> Attended:
        """Queries, keys and values of tokens (batch, tokens, width), by the base's layers or the branch's."""
        modulation = _through(self.modulation, functional.silu(time), branch=branch)
        parts = tuple(part[:, None] for part in modulation.chunk(6, dim=-1))
        y = _normalised(x) * (1 + parts[1]) + parts[0]
        query, key, value = (
            self._headed(_through(layer, y, branch=branch)) for layer in (self.query, self.key, self.value)
        )
        size = query.shape[-1:]
        query, key = (
            functional.rms_norm(part, size, gain) for part, gain in zip((query, key), self.sharp, strict=True)
        )
        return Attended(turn.turned(query), turn.turned(key), value, parts)

    def closed(self, x: Tensor, looked: Tensor, parts: tuple[Tensor, ...], *, branch: bool) -> Tensor:
        """The tokens after attention, `looked` (batch, heads, tokens, head), and the feed-forward part."""
        flat = looked.transpose(1, 2).flatten(2)
        x = x + parts[2] * _through(self.out, flat, branch=branch)
        y = _normalised(x) * (1 + parts[4]) + parts[3]
        y = functional.gelu(_through(self.feed_in, y, branch=branch), approximate="tanh")
        return x + parts[5] * _through(self.feed_out, y, branch=branch)

    def forward(self, x: Tensor, time: Tensor, turn: Rotary, *, branch: bool = False) -> Tensor:
        """Tokens that see each other only."""
        projected = self.opened(x, time, turn, branch=branch)
        looked = functional.scaled_dot_product_attention(projected.query, projected.key, projected.value)
        return self.closed(x, looked, projected.parts, branch=branch)

    def _headed(self, x: Tensor) -> Tensor:
        return headed(x, self.heads)


class Attended(NamedTuple):
    """The queries, keys and values of tokens, (batch, heads, tokens, head) each, and their modulation."""

    query: Tensor
    key: Tensor
    value: Tensor
    parts: tuple[Tensor, ...]


def headed(x: Tensor, heads: int) -> Tensor:
    """(batch, tokens, width) as (batch, heads, tokens, head)."""
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


def _through(layer: BranchLinear, x: Tensor, *, branch: bool) -> Tensor:
    output: Tensor = layer.branch(x) if branch else layer(x)
    return output


def _normalised(x: Tensor) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:])


class Dit(nn.Module):
    """The velocity of a noisy picture at a time, given words."""

    def __init__(self, shape: DitShape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = BranchLinear(shape.values + 4 * len(WAVES), shape.width)
        self.word = nn.Embedding(shape.vocabulary * shape.word_count, shape.width)
        self.clock = nn.Sequential(
            nn.Linear(shape.width, shape.width), nn.SiLU(), nn.Linear(shape.width, shape.width)
        )
        self.blocks = nn.ModuleList(DitBlock(shape.width, shape.heads) for _ in range(shape.layers))
        self.last = nn.Linear(shape.width, 2 * shape.width)
        self.clean = nn.Linear(shape.width, shape.values)
        for layer in (self.last, self.clean):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, noisy: Tensor, time: Tensor, words: Tensor, positions: Tensor | None = None) -> Tensor:
        """The velocity, (batch, patches, values).

        noisy: (batch, patches, values); time: (batch,) from 0 (clean) to 1 (noise); words: (batch,
        word_count) of the vocabulary; positions: (patches, 2), the grid's own when not given.
        """
        x, clock, turn = self.begun(noisy, time, words, positions)
        for block in self.blocks:
            x = block(x, clock, turn)
        return self.ended(x, clock, noisy, time)

    def begun(
        self, noisy: Tensor, time: Tensor, words: Tensor, positions: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Rotary]:
        """The tokens of words and picture, the time's vector, and the tokens' rotary embeddings."""
        if positions is None:
            positions = grid_positions(self.shape.grid, self.shape.grid).to(noisy.device)
        slots = torch.arange(self.shape.word_count, device=words.device) * self.shape.vocabulary
        x = torch.cat([self.word(words + slots), self.embed(waved(noisy, positions))], dim=1)
        return x, self.at(time), self.turns(positions, words=True)

    def at(self, time: Tensor) -> Tensor:
        """The vector of times (batch,), (batch, width)."""
        half = self.shape.width // 2
        rates = torch.exp(-math.log(10_000.0) * torch.arange(half, device=time.device) / half)
        angles = TIME_SCALE * time[:, None] * rates
        embedding: Tensor = self.clock(torch.cat([angles.cos(), angles.sin()], dim=-1))
        return embedding

    def turns(self, positions: Tensor, *, words: bool = False) -> Rotary:
        """Rotary embeddings of patches, with those of the words, at (0, 0), before them."""
        if words:
            positions = torch.cat([positions.new_zeros(self.shape.word_count, 2), positions])
        return rotary(positions, self.shape.width // self.shape.heads)

    def ended(self, x: Tensor, clock: Tensor, noisy: Tensor, time: Tensor) -> Tensor:
        """The velocity of the picture's tokens: (x_t - the clean picture as estimated) / t."""
        shift, scale = (part[:, None] for part in self.last(functional.silu(clock)).chunk(2, dim=-1))
        clean: Tensor = self.clean(_normalised(x[:, self.shape.word_count :]) * (1 + scale) + shift)
        return (noisy - clean) / time.clamp(min=EARLIEST)[:, None, None]

    def stack(self) -> list[DitBlock]:
        """The blocks, first to last."""
        return [block for block in self.blocks if isinstance(block, DitBlock)]

    def branches(self) -> Iterator[tuple[str, BranchLinear]]:
        """Every layer that may carry a low-rank part, by name."""
        for name, module in self.named_modules():
            if isinstance(module, BranchLinear):
                yield name, module


def waved(tokens: Tensor, positions: Tensor) -> Tensor:
    """Tokens (batch, patches, values) with waves of their positions beside their values."""
    angles = (positions[:, :, None] * torch.tensor(WAVES, device=positions.device)).flatten(1)
    waves = torch.cat([angles.cos(), angles.sin()], dim=1)
    return torch.cat([tokens, waves.expand(len(tokens), -1, -1)], dim=2)


def patches(pictures: Tensor, patch: int) -> Tensor:
    """Pictures (count, rows, columns, 3) as tokens (count, patches, patch * patch * 3)."""
    count, rows, columns, _ = pictures.shape
    cut = pictures.reshape(count, rows // patch, patch, columns // patch, patch, 3)
    return cut.permute(0, 1, 3, 2, 4, 5).reshape(count, -1, patch * patch * 3)


def unpatched(tokens: Tensor, patch: int, rows: int, columns: int) -> Tensor:
    """Tokens back to pictures (count, rows, columns, 3)."""
    cut = tokens.reshape(len(tokens), rows // patch, columns // patch, patch, patch, 3)
    return cut.permute(0, 1, 3, 2, 4, 5).reshape(len(tokens), rows, columns, 3)
