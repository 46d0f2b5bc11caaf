"""Supervised fine-tuning: cross-entropy of answer tokens, every token of a step weighing alike.

Section 4.3 of the paper: with gradient accumulation the mean loss of each micro-batch gives a token of a
short batch more weight than one of a long batch. Summing over tokens and dividing once by the number of
target tokens of the whole step does not:

    loss(step) = - sum over micro-batches, sequences, answer tokens of log pi(y_t | x, y_<t) / N,
    N          = answer tokens of the whole step
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from daybrief.errors import LabError
from daybrief.labs.posttrain.policies import Policy, Tokens, answer_logprobs, batch_of
from daybrief.labs.posttrain.training import Figures, Optimiser, Schedule, finite, orders

Averaging = Literal["token_sum", "batch_mean"]


class Example(NamedTuple):
    """A prompt and the answer to learn, in tokens."""

    prompt: Tokens
    answer: Tokens


def loss_of(policy: Policy, examples: Sequence[Example], device: str = "cpu") -> Tensor:
    """The summed loss of the answer tokens of some examples."""
    batch = batch_of([e.prompt for e in examples], [e.answer for e in examples], policy.pad, device)
    return -answer_logprobs(policy, batch).sum()


def accumulate(
    policy: Policy,
    micro: Sequence[Sequence[Example]],
    averaging: Averaging = "token_sum",
    device: str = "cpu",
) -> float:
    """Add the gradients of the micro-batches of one step; returns the loss per token.

    `batch_mean` is the unequal weighting that the paper warns of, kept for comparison.
    """
    whole = sum(len(example.answer) for part in micro for example in part)
    total = 0.0
    for part in micro:
        loss = loss_of(policy, part, device)
        tokens = sum(len(example.answer) for example in part)
        weight = 1 / whole if averaging == "token_sum" else 1 / (tokens * len(micro))
        (loss * weight).backward()
        total += float(loss.detach())
    return total / whole


class FineTuning:
    """A run of supervised fine-tuning over all examples, `epochs` times, in a new order each time.

    `batch` examples make a step, `micro` of them a forward pass.
    """

    def __init__(
        self, policy: Policy, examples: Sequence[Example], *, epochs: float = 2, batch: int = 64,
        micro: int | None = None, rate: float = 5e-6, warmup: float = 0.03, seed: int = 0,
        device: str = "cpu",
    ) -> None:  # fmt: skip
        if not examples or any(not e.answer for e in examples):
            raise LabError(
                "fine-tuning needs examples with answers", hint="give at least one prompt and answer"
            )
        self._policy, self._examples, self._device = policy, list(examples), device
        self._batch, self._micro = min(batch, len(examples)), min(micro or batch, batch)
        self.steps, self.done = max(1, round(epochs * len(examples) / self._batch)), 0
        self._optimiser = Optimiser(policy.trained(), Schedule(rate, self.steps, warmup))
        self._generator = torch.Generator().manual_seed(seed)
        self._order: list[int] = []

    def step(self) -> Figures:
        """Takes a step over `batch` examples; returns the loss per token, and the learning rate."""
        while len(self._order) < self._batch:
            self._order += orders(len(self._examples), self._generator)
        chosen = [self._examples[at] for at in self._order[: self._batch]]
        self._order = self._order[self._batch :]
        parts = [chosen[at : at + self._micro] for at in range(0, len(chosen), self._micro)]
        loss = finite(accumulate(self._policy, parts, device=self._device), "loss", self.done)
        rate = self._optimiser.schedule.at(self.done)
        self._optimiser.apply(self.done)
        self.done += 1
        return {"loss": loss, "rate": rate}

    def state(self) -> dict[str, Any]:
        """All that the next steps depend on, weights apart."""
        return {
            "done": self.done, "order": self._order, "optimiser": self._optimiser.state(),
            "generator": self._generator.get_state(),
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where a state was taken."""
        self.done, self._order = state["done"], list(state["order"])
        self._optimiser.restore(state["optimiser"])
        self._generator.set_state(state["generator"])
