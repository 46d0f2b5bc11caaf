"""A small model that answers questions about pictures: the place of LLaVA-NeXT at this scale.

Patches and words are tokens of one transformer. As in a decoder that is shown the picture first, words see
the picture and themselves, the picture sees only itself: what the model holds of a picture does not depend
on what is asked, and several questions are asked of one picture at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from daybrief.labs.features.scenes import ANSWERS, GRID, PATCH, WORDS, Questions, Scenes, questions, scenes

PATCHES = GRID * GRID
Intervene = Callable[[Tensor], Tensor]


class Block(nn.Module):
    """A layer: attention and a feed-forward part, each behind a normalisation."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.mixed = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """x: (batch, tokens, width); seen: (tokens, tokens), true where a token sees another."""
        batch, count, width = x.shape
        parts = self.mixed(self.before(x)).view(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = parts
        looked = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        x = x + self.out(looked.transpose(1, 2).reshape(batch, count, width))
        fed: Tensor = x + self.feed(x)
        return fed


class Viewer(nn.Module):
    """Answers questions about pictures; `middle` is the number of layers before the SAE's place."""

    def __init__(self, width: int = 64, layers: int = 3, heads: int = 4, middle: int = 1) -> None:
        super().__init__()
        self.middle = middle
        self.eye = nn.Sequential(nn.Linear(PATCH * PATCH * 3, 128), nn.GELU(), nn.Linear(128, width))
        self.place = nn.Parameter(0.1 * torch.randn(PATCHES, width))
        self.word = nn.Embedding(len(WORDS), width)
        self.turn = nn.Parameter(0.1 * torch.randn(2, width))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.answer = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, len(ANSWERS)))

    def forward(
        self, patches: Tensor, words: Tensor, change: Intervene | None = None, vectors: Tensor | None = None
    ) -> Tensor:
        """The answers' logits, (batch, questions, answers).

        patches: (batch, 36, 192); words: (batch, questions, 2). change: is given the residual stream of the
        picture's tokens at the middle, (batch, 36, width), and gives what takes its place. vectors: the
        words' own vectors, (batch, questions, 2, width), where they are asked for their part.
        """
        batch, questions, _ = words.shape
        written = ((self.word(words) if vectors is None else vectors) + self.turn).flatten(1, 2)
        x = torch.cat([self.eye(patches) + self.place, written], dim=1)
        seen = _seen(questions)
        for at, block in enumerate(self.blocks):
            if at == self.middle and change is not None:
                x = torch.cat([change(x[:, :PATCHES]), x[:, PATCHES:]], dim=1)
            x = block(x, seen)
        last = x[:, PATCHES:].reshape(batch, questions, 2, -1)[:, :, 1]
        logits: Tensor = self.answer(last)
        return logits

    def residuals(self, patches: Tensor) -> Tensor:
        """The residual stream of the picture's tokens at the middle, (batch, 36, width)."""
        x = self.eye(patches) + self.place
        for block in self.blocks[: self.middle]:
            x = block(x, _seen(0))
        activations: Tensor = x
        return activations


def _seen(questions: int) -> Tensor:
    """The mask of what each token sees: a picture itself, words the picture and the words before."""
    count = PATCHES + 2 * questions
    seen = torch.zeros(count, count, dtype=torch.bool)
    seen[:, :PATCHES] = True
    for at in range(PATCHES, count, 2):
        seen[at, at] = True
        seen[at + 1, at : at + 2] = True
    return seen


def learned(
    steps: int, seed: int, *, batch: int = 32, rate: float = 2.5e-3, pool: int = 6000, width: int = 64,
    tell: Callable[[str], None] = lambda _text: None,
) -> Viewer:  # fmt: skip
    """A viewer that learned from nothing to answer about scenes, `pool` of them drawn beforehand."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    shown = scenes(pool, rng)
    patches = torch.from_numpy(shown.patches())
    viewer = Viewer(width)
    optimiser = torch.optim.AdamW(viewer.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    for step in range(steps):
        rows = rng.integers(0, pool, batch)
        queries = questions(shown.taken(rows), rng)
        logits = viewer(patches[rows], torch.from_numpy(queries.words))
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(queries.answers).flatten())
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 100) * min(1.0, 4 * (1 - step / steps))
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(viewer.parameters(), 1.0)
        optimiser.step()
        if step % 250 == 249:
            tell(f"viewer, step {step + 1} of {steps}: loss {float(loss.detach()):.3f}")
    return viewer.eval()


@torch.no_grad()
def residuals_of(viewer: Viewer, shown: Scenes) -> NDArray[np.float32]:
    """The activations of a viewer for scenes at its middle, (count, 36, width)."""
    patches = torch.from_numpy(shown.patches())
    return torch.cat([viewer.residuals(part) for part in torch.split(patches, 256)]).numpy()


@torch.no_grad()
def answered(
    viewer: Viewer, shown: Scenes, queries: Questions, change: Intervene | None = None
) -> NDArray[np.int64]:
    """The answers of a viewer, (count, questions) of ANSWERS."""
    patches, words = (torch.from_numpy(given) for given in (shown.patches(), queries.words))
    parts = zip(torch.split(patches, 256), torch.split(words, 256), strict=True)
    return torch.cat([viewer(*part, change).argmax(-1) for part in parts]).numpy()
