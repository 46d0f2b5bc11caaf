"""The interface of a model that is trained here, and a small decoder that implements it.

    Policy            logits of tokens, and a generator of answers
    batch_of          prompts and answers as one padded batch
    answer_logprobs   log-probability of every answer token; in parts, where memory is short
    sampled           answers of a policy, with the log-probability of each token drawn
    Decoder           a transformer decoder from nothing

Shapes: B sequences, T tokens, V words of the vocabulary. A batch is padded on the left of the prompt and on
the right of the answer, so that every answer begins in the same column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from daybrief.errors import LabError

Tokens = Sequence[int]


class Batch(NamedTuple):
    """Padded sequences, (B, T) each: `tokens`; `real` is False at padding; `answer` marks the answer."""

    tokens: Tensor
    real: Tensor
    answer: Tensor

    @property
    def lengths(self) -> Tensor:
        """Answer tokens of each sequence, (B,)."""
        return self.answer.sum(dim=1)


class Policy(Protocol):
    """A causal language model that can be trained.

    `end` ends an answer, `pad` fills up. `trained()` are the parameters that an optimiser may move.
    """

    end: int
    pad: int

    def logits(self, batch: Batch, last: int | None = None) -> Tensor:
        """Scores of the next token at every place, (B, T, V), or at the `last` places only, (B, last, V)."""
        ...

    def hidden(self, batch: Batch) -> Tensor:
        """The last hidden state at every place, (B, T, width)."""
        ...

    def generate(
        self, prompts: Sequence[Tokens], longest: int, temperature: float, generator: torch.Generator
    ) -> list[list[int]]:
        """An answer to each prompt, at most `longest` tokens, `end` included; temperature 0 is greedy."""
        ...

    def trained(self) -> list[nn.Parameter]:
        """The parameters that training moves."""
        ...


def batch_of(prompts: Sequence[Tokens], answers: Sequence[Tokens], pad: int, device: str = "cpu") -> Batch:
    """Prompts and answers side by side. Raises LabError where there are none, or of unequal number."""
    if not prompts or len(prompts) != len(answers):
        raise LabError(f"{len(prompts)} prompts with {len(answers)} answers make no batch")
    left, right = max(map(len, prompts)), max(1, *map(len, answers))
    tokens = torch.full((len(prompts), left + right), pad)
    real = torch.zeros_like(tokens, dtype=torch.bool)
    answer = torch.zeros_like(real)
    for row, (prompt, reply) in enumerate(zip(prompts, answers, strict=True)):
        start, stop = left - len(prompt), left + len(reply)
        tokens[row, start:stop] = torch.tensor([*prompt, *reply])
        real[row, start:stop] = True
        answer[row, left:stop] = True
    return Batch(tokens.to(device), real.to(device), answer.to(device))


def answer_logprobs(policy: Policy, batch: Batch) -> Tensor:
    """Log-probability of every answer token, 0 elsewhere, (B, T - 1): column t is of token t + 1.

    Only the places before answer tokens are scored: with a large vocabulary, the scores of a prompt would
    take more memory than all the rest.
    """
    columns = batch.answer.any(dim=0).int()
    first = max(1, int(columns.argmax()))
    scores = policy.logits(batch, batch.tokens.shape[1] - first + 1)[:, :-1]
    chosen = scores.gather(-1, batch.tokens[:, first:, None])[..., 0] - scores.logsumexp(dim=-1)
    return functional.pad(chosen, (first - 1, 0)) * batch.answer[:, 1:]


def logprobs_in_parts(score: Callable[[Batch], Tensor], batch: Batch, micro: int | None) -> Tensor:
    """The result of `score` on a batch, `micro` sequences at a time, without gradients."""
    with torch.no_grad():
        parts = [score(rows_of(batch, rows)) for rows in row_parts(len(batch.tokens), micro)]
    return torch.cat(parts)


def row_parts(count: int, micro: int | None) -> list[Tensor]:
    """The numbers of `count` rows in parts of at most `micro`; in one where it is None."""
    return list(torch.arange(count).split(micro or max(1, count)))


def rows_of(batch: Batch, rows: Tensor) -> Batch:
    """Some sequences of a batch."""
    return Batch(*(field[rows.to(field.device)] for field in batch))


def sampled(
    policy: Policy, prompts: Sequence[Tokens], longest: int, temperature: float, generator: torch.Generator,
    *, chunk: int = 256,
) -> list[list[int]]:  # fmt: skip
    """Answers of a policy to many prompts, a chunk at a time, without gradients."""
    completions: list[list[int]] = []
    with torch.no_grad():
        for start in range(0, len(prompts), chunk):
            completions += policy.generate(prompts[start : start + chunk], longest, temperature, generator)
    return completions


def drawn(scores: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """A token for each row of scores (B, V): the best at temperature 0, else drawn."""
    if temperature <= 0:
        return scores.argmax(dim=-1)
    shares = torch.softmax(scores.float() / temperature, dim=-1)
    return torch.multinomial(shares, 1, generator=generator)[:, 0]


# ── a decoder from nothing ──────────────────────────────────────────────────────────────────────────


class Shape(NamedTuple):
    """Sizes of a decoder; `longest` is the most tokens of a sequence."""

    words: int
    width: int = 64
    layers: int = 2
    heads: int = 4
    longest: int = 48


class _Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.before = nn.LayerNorm(shape.width)
        self.attend = nn.Linear(shape.width, 3 * shape.width)
        self.join = nn.Linear(shape.width, shape.width)
        self.between = nn.LayerNorm(shape.width)
        self.widen = nn.Linear(shape.width, 4 * shape.width)
        self.narrow = nn.Linear(4 * shape.width, shape.width)

    def forward(
        self, x: Tensor, mask: Tensor, past: tuple[Tensor, Tensor] | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        rows, count, width = x.shape
        parts = self.attend(self.before(x)).view(rows, count, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        if past is not None:
            key, value = torch.cat([past[0], key], dim=2), torch.cat([past[1], value], dim=2)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = x + self.join(seen.transpose(1, 2).reshape(rows, count, width))
        return x + self.narrow(functional.gelu(self.widen(self.between(x)))), (key, value)


class Decoder(nn.Module):
    """A transformer decoder with learned places, before-norm layers and no dropout; implements `Policy`."""

    def __init__(self, shape: Shape, *, end: int, pad: int, seed: int) -> None:
        super().__init__()
        self.shape, self.end, self.pad = shape, end, pad
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.words = nn.Embedding(shape.words, shape.width)
            self.places = nn.Embedding(shape.longest, shape.width)
            self.layers = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))
            self.after = nn.LayerNorm(shape.width)
            self.out = nn.Linear(shape.width, shape.words)
            for table in (self.words, self.places):
                nn.init.normal_(table.weight, std=0.1)

    def hidden(self, batch: Batch) -> Tensor:
        """The last hidden state at every place, (B, T, width)."""
        return self._run(batch.tokens, batch.real, None)[0]

    def logits(self, batch: Batch, last: int | None = None) -> Tensor:
        """Scores of the next token at every place, (B, T, V), or at the `last` places only, (B, last, V)."""
        scores: Tensor = self.out(self.hidden(batch)[:, -last if last else 0 :])
        return scores

    def generate(
        self, prompts: Sequence[Tokens], longest: int, temperature: float, generator: torch.Generator
    ) -> list[list[int]]:
        """An answer to each prompt, with the keys and values of earlier tokens kept."""
        batch = batch_of(prompts, [[] for _ in prompts], self.pad)
        tokens, real = batch.tokens[:, :-1], batch.real[:, :-1]
        answers, running = [], torch.ones(len(prompts), dtype=torch.bool)
        lengths = torch.zeros(len(prompts), dtype=torch.long)
        past: list[Any] | None = None
        for _ in range(min(longest, self.shape.longest - tokens.shape[1])):
            x, past = self._run(tokens, real, past)
            token = torch.where(running, drawn(self.out(x[:, -1]), temperature, generator), self.pad)
            answers.append(token)
            lengths += running
            real = torch.cat([real, running[:, None]], dim=1)
            running = running & (token != self.end)
            tokens = token[:, None]
            if not running.any():
                break
        rows: list[list[int]] = torch.stack(answers, dim=1).tolist()
        return [row[:length] for row, length in zip(rows, lengths.tolist(), strict=True)]

    def trained(self) -> list[nn.Parameter]:
        """All parameters."""
        return list(self.parameters())

    def _run(self, tokens: Tensor, real: Tensor, past: list[Any] | None) -> tuple[Tensor, list[Any]]:
        """Hidden states of the last `tokens.shape[1]` places; `real` covers the earlier ones, too."""
        count = tokens.shape[1]
        if real.shape[1] > self.shape.longest:
            raise LabError(
                f"{real.shape[1]} tokens are more than the decoder's {self.shape.longest}",
                hint="shorten prompts or answers",
            )
        places = (real.cumsum(dim=1) - 1).clamp(min=0)[:, -count:]
        causal = torch.ones(count, real.shape[1], dtype=torch.bool).tril(real.shape[1] - count)
        diagonal = torch.eye(real.shape[1], dtype=torch.bool)[-count:]  # padding sees itself, lest it be NaN
        mask = (causal & real[:, None, :] | diagonal)[:, None]
        x = self.words(tokens) + self.places(places)
        kept = []
        for at, layer in enumerate(self.layers):
            x, cache = layer(x, mask, past[at] if past is not None else None)
            kept.append(cache)
        return self.after(x), kept
