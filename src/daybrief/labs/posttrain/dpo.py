"""Direct preference optimisation, length-normalised, with the reference's log-probabilities cached.

Section 5.1.2 of the paper, with l(y|x) the summed log-probability of the answer tokens and |y| their number:

    loss = - log sigmoid( beta * [ (l(y_c) - l_ref(y_c)) / |y_c|  -  (l(y_r) - l_ref(y_r)) / |y_r| ] )

Plain DPO leaves the lengths out. The reference is asked once, before training, and never held beside the
policy again; chosen and rejected answers go through the policy in separate forward passes, which halves the
peak of memory (section 5.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from daybrief.errors import LabError
from daybrief.labs.posttrain.policies import (
    Policy,
    Tokens,
    answer_logprobs,
    batch_of,
    logprobs_in_parts,
    row_parts,
    rows_of,
)
from daybrief.labs.posttrain.training import Figures, Optimiser, Schedule, finite, orders


class Pair(NamedTuple):
    """A prompt, the answer preferred, and the one not, in tokens."""

    prompt: Tokens
    chosen: Tokens
    rejected: Tokens


class Cached(NamedTuple):
    """The reference's log-probabilities of each pair, (pairs,) each."""

    chosen: Tensor
    rejected: Tensor


def summed_logprobs(
    policy: Policy, prompts: Sequence[Tokens], answers: Sequence[Tokens], device: str = "cpu"
) -> Tensor:
    """The log-probability of each answer, (B,)."""
    return answer_logprobs(policy, batch_of(prompts, answers, policy.pad, device)).sum(dim=1)


def _in_parts(policy: Policy, prompts: Any, answers: Any, micro: int | None, device: str) -> Tensor:
    """The same without gradients, `micro` answers at a time."""
    batch = batch_of(prompts, answers, policy.pad, device)
    return logprobs_in_parts(lambda part: answer_logprobs(policy, part), batch, micro).sum(dim=1)


def cached(policy: Policy, pairs: Sequence[Pair], *, batch: int = 64, device: str = "cpu") -> Cached:
    """The log-likelihoods that the policy, as it is now, gives to the answers of all pairs."""
    chosen, rejected = [], []
    with torch.no_grad():
        for at in range(0, len(pairs), batch):
            part = pairs[at : at + batch]
            prompts = [pair.prompt for pair in part]
            chosen.append(summed_logprobs(policy, prompts, [pair.chosen for pair in part], device))
            rejected.append(summed_logprobs(policy, prompts, [pair.rejected for pair in part], device))
    return Cached(torch.cat(chosen), torch.cat(rejected))


def preference_loss(
    chosen: Tensor, rejected: Tensor, reference: Cached, lengths: tuple[Tensor, Tensor] | None, beta: float
) -> Tensor:
    """The loss of each pair, (B,); `lengths` are those of chosen and rejected, None for plain DPO."""
    ours, theirs = chosen - reference.chosen, rejected - reference.rejected
    if lengths is not None:
        ours, theirs = ours / lengths[0], theirs / lengths[1]
    return -functional.logsigmoid(beta * (ours - theirs))


class PreferenceTuning:
    """A run of DPO over all pairs; `normalised` divides by the lengths (beta near 5), else not (near 0.1).

    `batch` pairs make a step, `micro` of them a forward pass.
    """

    def __init__(
        self, policy: Policy, pairs: Sequence[Pair], reference: Cached | None = None, *, beta: float = 5.0,
        normalised: bool = True, epochs: float = 1, batch: int = 32, micro: int | None = None,
        rate: float = 5e-7, warmup: float = 0.1, seed: int = 0, device: str = "cpu",
    ) -> None:  # fmt: skip
        if not pairs or any(not (p.chosen and p.rejected) for p in pairs):
            raise LabError("preference tuning needs pairs of two answers each", hint="give at least one pair")
        self._policy, self._pairs, self._device = policy, list(pairs), device
        self.reference = reference or cached(policy, pairs, batch=micro or 64, device=device)
        self._beta, self._normalised, self._batch = beta, normalised, min(batch, len(pairs))
        self._micro = micro
        self.steps, self.done = max(1, round(epochs * len(pairs) / self._batch)), 0
        self._optimiser = Optimiser(policy.trained(), Schedule(rate, self.steps, warmup))
        self._generator = torch.Generator().manual_seed(seed)
        self._order: list[int] = []

    def step(self) -> Figures:
        """Takes a step, chosen and rejected in passes of their own; returns loss and share in order."""
        while len(self._order) < self._batch:
            self._order += orders(len(self._pairs), self._generator)
        rows, self._order = self._order[: self._batch], self._order[self._batch :]
        loss, right = self._backward(rows)
        self._optimiser.apply(self.done)
        self.done += 1
        return {"loss": finite(loss, "loss", self.done), "right": right}

    def _backward(self, rows: list[int]) -> tuple[float, float]:
        """Gradients of the rows.

        The loss depends on both answers through one difference, so its slope is found first, without
        gradients; then each answer's pass is run and left again before the other's begins.
        """
        pairs = [self._pairs[at] for at in rows]
        prompts = [pair.prompt for pair in pairs]
        sides = ([pair.chosen for pair in pairs], [pair.rejected for pair in pairs])
        reference = Cached(self.reference.chosen[rows], self.reference.rejected[rows])
        lengths = tuple(torch.tensor([len(a) for a in side], device=self._device) for side in sides)
        now = [_in_parts(self._policy, prompts, side, self._micro, self._device) for side in sides]
        leaves = [value.requires_grad_() for value in now]
        divided = (lengths[0], lengths[1]) if self._normalised else None
        losses = preference_loss(leaves[0], leaves[1], reference, divided, self._beta)
        slopes = torch.autograd.grad(losses.mean(), leaves)
        for side, slope in zip(sides, slopes, strict=True):
            batch = batch_of(prompts, side, self._policy.pad, self._device)
            for part in row_parts(len(rows), self._micro):
                scores = answer_logprobs(self._policy, rows_of(batch, part)).sum(dim=1)
                (scores * slope[part]).sum().backward()
        right = (losses.detach() < torch.log(torch.tensor(2.0))).float().mean()
        return float(losses.mean().detach()), float(right)

    def state(self) -> dict[str, Any]:
        """All that the next steps depend on, weights apart; the cached reference is part of it."""
        return {
            "done": self.done, "order": self._order, "optimiser": self._optimiser.state(),
            "generator": self._generator.get_state(), "reference": tuple(self.reference),
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where a state was taken."""
        self.done, self._order = state["done"], list(state["order"])
        self._optimiser.restore(state["optimiser"])
        self._generator.set_state(state["generator"])
        self.reference = Cached(*state["reference"])
