"""How a picture steers a frozen transformer: OminiControl, and the two ways it is compared with.

    Unified   condition tokens in the one sequence, LoRA on them only, positions, strength (3.2 to 3.4)
    Added     h_X <- h_X + h_C, the same branch with its hidden states added block by block (eq. 3)
    Crossed   keys and values of the base's features of the condition beside each attention, as IP-Adapter

All three are modules over one base, whose weights they never touch, and give the base's very output when no
condition is given. `rank_for` finds the rank at which a guide has as many parameters as another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from daybrief.errors import LabError
from daybrief.labs.control.transformer import BranchLinear, Dit, Rotary, grid_positions, headed, waved

Place = Literal["shared", "shifted"]
# Supplement: patch embedding, modulation, query, key, value, output, second feed-forward layer.
TARGETS = ("embed", "modulation", "query", "key", "value", "out", "feed_out")


class Conditioning(NamedTuple):
    """A picture's tokens (batch, patches, values), their positions (patches, 2), and the strength gamma."""

    tokens: Tensor
    positions: Tensor
    strength: float = 1.0


class Guide(Protocol):
    """A guide that steers a base model."""

    def __call__(
        self, noisy: Tensor, time: Tensor, words: Tensor, condition: Conditioning | None = None
    ) -> Tensor:
        """The velocity of the picture, (batch, patches, values)."""
        ...


def placed(rows: int, columns: int, place: Place) -> Tensor:
    """Positions of a condition's tokens (section 3.3): the picture's own, or beside it, (patches, 2).

    shared: for tasks where pixel lies on pixel. shifted: moved by the picture's width, so that none overlaps.
    """
    return grid_positions(rows, columns, (0.0, float(columns) if place == "shifted" else 0.0))


def strength_bias(seen: int, given: int, strength: float, device: torch.device | None = None) -> Tensor:
    """B(gamma) of equation 4, (seen + given, seen + given), to be added to the logits of attention.

    log(gamma) between the `seen` tokens of words and picture and the `given` tokens of the condition, both
    ways; 0 elsewhere. gamma 0 is -inf: neither sees the other. Raises LabError below 0.
    """
    if not (strength >= 0 and math.isfinite(strength)):
        raise LabError(f"a strength of {strength} has no logarithm", hint="give 0 or more; 1 is neutral")
    bias = torch.zeros(seen + given, seen + given, device=device)
    between = math.log(strength) if strength > 0 else -math.inf
    bias[:seen, seen:] = between
    bias[seen:, :seen] = between
    return bias


class Unified(nn.Module):
    """Condition tokens beside words and picture in one attention; a LoRA that acts on them alone.

    They carry the time 0: they are clean. `base` is frozen and its low-rank parts are this guide's.
    """

    def __init__(self, base: Dit, rank: int, targets: tuple[str, ...] = TARGETS) -> None:
        super().__init__()
        self.base = attached(base, rank, targets)

    def forward(
        self, noisy: Tensor, time: Tensor, words: Tensor, condition: Conditioning | None = None
    ) -> Tensor:
        """The velocity; the base's own, bit for bit, without a condition."""
        if condition is None:
            return _plain(self.base, noisy, time, words)
        x, clock, turn = self.base.begun(noisy, time, words)
        c, clean, aside = _clean(self.base, condition)
        seen = x.shape[1]
        bias = None
        if condition.strength != 1:
            bias = strength_bias(seen, c.shape[1], condition.strength, x.device)
        for block in self.base.stack():
            ours = block.opened(x, clock, turn, branch=False)
            theirs = block.opened(c, clean, aside, branch=True)
            query, key, value = (torch.cat(both, dim=2) for both in zip(ours[:3], theirs[:3], strict=True))
            looked = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
            x = block.closed(x, looked[:, :, :seen], ours.parts, branch=False)
            c = block.closed(c, looked[:, :, seen:], theirs.parts, branch=True)
        return self.base.ended(x, clock, noisy, time)


class Added(nn.Module):
    """The same branch on its own, its hidden states added to the picture's after every block, with a gain.

    Token lies on token: there is no place for a position. The gain of each channel begins at 0.
    """

    def __init__(self, base: Dit, rank: int, targets: tuple[str, ...] = TARGETS) -> None:
        super().__init__()
        self.base = attached(base, rank, targets)
        self.gain = nn.Parameter(torch.zeros(len(base.blocks), base.shape.width))

    def forward(
        self, noisy: Tensor, time: Tensor, words: Tensor, condition: Conditioning | None = None
    ) -> Tensor:
        """The velocity; the base's own without a condition."""
        if condition is None:
            return _plain(self.base, noisy, time, words)
        x, clock, turn = self.base.begun(noisy, time, words)
        c, clean, aside = _clean(self.base, condition)
        word_count = self.base.shape.word_count
        for at, block in enumerate(self.base.stack()):
            x, c = block(x, clock, turn), block(c, clean, aside, branch=True)
            added = x[:, word_count:] + condition.strength * self.gain[at] * c
            x = torch.cat([x[:, :word_count], added], dim=1)
        return self.base.ended(x, clock, noisy, time)


class Crossed(nn.Module):
    """Low-rank keys and values of the base's own features of the condition, beside each attention.

    The features are those of the frozen base at the same block; keys are turned by the condition's positions,
    which gives this arm the places that an IP-Adapter lacks. Values begin at 0.
    """

    def __init__(self, base: Dit, rank: int) -> None:
        super().__init__()
        self.base = attached(base, 0, ())
        width = base.shape.width
        self.key_down, self.value_down = (
            nn.Parameter(torch.randn(len(base.blocks), rank, width) / math.sqrt(width)) for _ in range(2)
        )
        self.key_up = nn.Parameter(torch.randn(len(base.blocks), width, rank) / math.sqrt(rank))
        self.value_up = nn.Parameter(torch.zeros(len(base.blocks), width, rank))

    def forward(
        self, noisy: Tensor, time: Tensor, words: Tensor, condition: Conditioning | None = None
    ) -> Tensor:
        """The velocity; the base's own without a condition."""
        if condition is None:
            return _plain(self.base, noisy, time, words)
        x, clock, turn = self.base.begun(noisy, time, words)
        c, clean, aside = _clean(self.base, condition)
        for at, block in enumerate(self.base.stack()):
            ours = block.opened(x, clock, turn, branch=False)
            looked = functional.scaled_dot_product_attention(*ours[:3])
            looked = looked + condition.strength * self._aside(at, block.heads, ours.query, c, aside)
            x, c = block.closed(x, looked, ours.parts, branch=False), block(c, clean, aside)
        return self.base.ended(x, clock, noisy, time)

    def _aside(self, at: int, heads: int, query: Tensor, c: Tensor, turn: Rotary) -> Tensor:
        y = functional.layer_norm(c, c.shape[-1:])
        key, value = (
            headed(functional.linear(functional.linear(y, down[at]), up[at]), heads)
            for down, up in ((self.key_down, self.key_up), (self.value_down, self.value_up))
        )
        key = turn.turned(functional.rms_norm(key, key.shape[-1:]))
        return functional.scaled_dot_product_attention(query, key, value)


def _plain(base: Dit, noisy: Tensor, time: Tensor, words: Tensor) -> Tensor:
    velocity: Tensor = base(noisy, time, words)
    return velocity


def _clean(base: Dit, condition: Conditioning) -> tuple[Tensor, Tensor, Rotary]:
    """The condition's tokens through the base's patch embedding, at time 0, and their rotary embeddings."""
    c = base.embed.branch(waved(condition.tokens, condition.positions))
    return c, base.at(c.new_zeros(len(c))), base.turns(condition.positions)


def attached(base: Dit, rank: int, targets: tuple[str, ...]) -> Dit:
    """The base, frozen, with fresh low-rank parts on the layers of `targets`; the older ones are gone."""
    base.requires_grad_(requires_grad=False)
    for name, layer in base.branches():
        layer.down = layer.up = None
        if rank and name.rpartition(".")[2] in targets:
            layer.attach(rank)
    return base


def trainable(guide: nn.Module) -> list[nn.Parameter]:
    """The parameters of a guide that learn; the base's own are not among them."""
    return [value for value in guide.parameters() if value.requires_grad]


def learned_state(guide: nn.Module) -> dict[str, Tensor]:
    """The learned weights of a guide, by name; the base's own weights are not among them."""
    return {name: value.detach() for name, value in guide.named_parameters() if value.requires_grad}


def lora_layers(base: Dit) -> Iterator[tuple[str, BranchLinear]]:
    """The layers that carry a low-rank part."""
    return ((name, layer) for name, layer in base.branches() if layer.down is not None)


def rank_for(count: int, make: Callable[[int], nn.Module], most: int = 64) -> int:
    """The rank at which `make(rank)` has the number of trainable parameters closest to `count`."""
    sizes = {rank: sum(value.numel() for value in trainable(make(rank))) for rank in (1, 2)}
    step = sizes[2] - sizes[1]
    return max(1, min(most, round(1 + (count - sizes[1]) / step)))
