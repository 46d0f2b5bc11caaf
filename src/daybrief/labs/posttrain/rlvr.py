"""Reinforcement learning with verifiable rewards: PPO with a value model, and GRPO.

Section 6 of the paper. The reward of an answer is what a program says of it, not a learned score:

    maximise  E_{y ~ pi(.|x)} [ v(x, y) ] - beta KL( pi(.|x) || pi_ref(.|x) ),   v = 10 if accepted, else 0

PPO: r_t = -beta (log pi(y_t) - log pi_ref(y_t)), on the last token also v(x, y); an answer that does not end
gets -10 instead of its score. Advantages by GAE (gamma 1, lambda 0.95), whitened over answer tokens; ratio
and value clipped at 0.2, the value loss weighs 0.1; four passes over each batch. The value model starts from
a reward model (section 6.2); its scalar head sits on the last hidden state.

GRPO: each prompt is answered `group` times; advantage (v - mean) / (deviation + eps), groups of equal rewards
give none; the KL term is exp(-k) - 1 + k with k = log pi - log pi_ref, inside the loss.

Deviation: rollouts are drawn from the newest weights, not asynchronously from those before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from daybrief.errors import LabError
from daybrief.labs.posttrain.policies import (
    Batch,
    Policy,
    Tokens,
    answer_logprobs,
    batch_of,
    logprobs_in_parts,
    row_parts,
    rows_of,
    sampled,
)
from daybrief.labs.posttrain.training import Figures, Optimiser, Schedule, finite, orders

ACCEPTED = 10.0  # alpha of the paper
UNENDED = -10.0

Reward = Callable[[Sequence[int], Sequence[Tokens]], Sequence[float]]
"""The score of each answer, given the numbers of the prompts that were asked, and the answers in tokens."""


class Settings(NamedTuple):
    """The settings of both methods, the paper's 8B values where they do not depend on size.

    `prompts` are asked in a step, `group` times each; `passes` goes over each batch, `minibatches` a pass.
    A minibatch is one step of the optimiser; `micro` of its answers make a forward pass, None for all.
    """

    steps: int
    prompts: int = 64
    group: int = 1
    longest: int = 16
    beta: float = 0.05
    rate: float = 3e-7
    value_rate: float | None = None
    passes: int = 4
    minibatches: int = 1
    micro: int | None = None
    clip: float = 0.2
    value_clip: float = 0.2
    value_weight: float = 0.1
    decay: float = 0.95
    temperature: float = 1.0
    warmup: float = 0.0


class Rollout(NamedTuple):
    """Answers with what they got: `logprobs`, `reference` (B, T - 1), `scores` and `ended` (B,)."""

    batch: Batch
    logprobs: Tensor
    reference: Tensor
    scores: Tensor
    ended: Tensor


class Scalar(nn.Module):
    """A number at every place of a sequence, from the hidden states of a model: values, or rewards.

    `body` is a `Policy`; `width` is that of its hidden states.
    """

    def __init__(self, body: Policy, width: int, device: str = "cpu") -> None:
        super().__init__()
        self.body = body
        self.head = nn.Linear(width, 1, device=device)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, batch: Batch) -> Tensor:
        """A number at every place, (B, T)."""
        values: Tensor = self.head(self.body.hidden(batch).to(self.head.weight.dtype))[..., 0]
        return values

    def of_answers(self, batch: Batch) -> Tensor:
        """The number at the last token of each sequence, (B,)."""
        last = batch.real.shape[1] - 1 - batch.real.flip(1).int().argmax(dim=1)
        values: Tensor = self(batch)
        return values.gather(1, last[:, None])[:, 0]

    def trained(self) -> list[nn.Parameter]:
        """The parameters that training moves."""
        return [*self.body.trained(), *self.head.parameters()]


class RewardTuning:
    """A run that teaches a reward model from pairs, by -log sigmoid(s(chosen) - s(rejected))."""

    def __init__(
        self, scorer: Scalar, pairs: Sequence[Any], *, epochs: float = 1, batch: int = 32, rate: float = 3e-6,
        seed: int = 0, device: str = "cpu",
    ) -> None:  # fmt: skip
        if not pairs:
            raise LabError("a reward model needs pairs", hint="give at least one pair")
        self._scorer, self._pairs, self._batch = scorer, list(pairs), min(batch, len(pairs))
        self.steps, self.done, self._device = max(1, round(epochs * len(pairs) / self._batch)), 0, device
        self._optimiser = Optimiser(scorer.trained(), Schedule(rate, self.steps))
        self._generator = torch.Generator().manual_seed(seed)
        self._order: list[int] = []

    def step(self) -> Figures:
        """Takes a step; returns the loss and the share of pairs ordered rightly."""
        while len(self._order) < self._batch:
            self._order += orders(len(self._pairs), self._generator)
        part = [self._pairs[at] for at in self._order[: self._batch]]
        self._order = self._order[self._batch :]
        prompts, pad = [p.prompt for p in part], self._scorer.body.pad
        better = self._scorer.of_answers(batch_of(prompts, [p.chosen for p in part], pad, self._device))
        worse = self._scorer.of_answers(batch_of(prompts, [p.rejected for p in part], pad, self._device))
        loss = -functional.logsigmoid(better - worse).mean()
        loss.backward()
        self._optimiser.apply(self.done)
        self.done += 1
        return {
            "loss": finite(float(loss.detach()), "loss", self.done),
            "right": float((better > worse).float().mean()),
        }

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


# ── arithmetic ──────────────────────────────────────────────────────────────────────────────────────


def token_rewards(rollout: Rollout, beta: float) -> Tensor:
    """The reward of every answer token, (B, T - 1), 0 elsewhere."""
    marked = rollout.batch.answer[:, 1:]
    rewards = -beta * (rollout.logprobs - rollout.reference) * marked
    final = torch.where(rollout.ended, rollout.scores, torch.full_like(rollout.scores, UNENDED))
    last = marked.shape[1] - 1 - marked.flip(1).int().argmax(dim=1)
    return rewards.scatter_add(1, last[:, None], final[:, None])


def advantages(rewards: Tensor, values: Tensor, marked: Tensor, decay: float) -> tuple[Tensor, Tensor]:
    """Advantages by generalised advantage estimation with gamma 1, and returns; (B, T - 1) each.

    `values` are those before each token; outside of the answer they count as 0.
    """
    values = values * marked
    estimates = torch.zeros_like(rewards)
    coming, after = torch.zeros(len(rewards), device=rewards.device), torch.zeros_like(values[:, 0])
    for t in range(rewards.shape[1] - 1, -1, -1):
        surprise = rewards[:, t] + after - values[:, t]
        coming = torch.where(marked[:, t], surprise + decay * coming, coming)
        estimates[:, t], after = coming * marked[:, t], torch.where(marked[:, t], values[:, t], after)
    return estimates, estimates + values


def whitened(values: Tensor, marked: Tensor) -> Tensor:
    """Values with mean 0 and variance 1 over the marked places, 0 elsewhere."""
    kept = values[marked]
    return (values - kept.mean()) / (kept.std(unbiased=False) + 1e-8) * marked


def group_advantages(scores: Tensor, group: int) -> Tensor:
    """(score - mean) / (deviation + eps) within consecutive groups, (B,); 0 where all are equal."""
    grouped = scores.view(-1, group)
    centred = grouped - grouped.mean(dim=1, keepdim=True)
    return (centred / (grouped.std(dim=1, unbiased=False, keepdim=True) + 1e-6)).view(-1)


def divergence(rollout: Rollout) -> float:
    """KL(pi || pi_ref) of whole answers, nats: the mean of log pi - log pi_ref over answers that pi drew."""
    return float((rollout.logprobs - rollout.reference).sum(dim=1).mean())


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────


class _Reinforcement:
    """Rolling out, which both methods share. `reference(batch)` gives log-probabilities before training."""

    def __init__(
        self, policy: Policy, reference: Callable[[Batch], Tensor], prompts: Sequence[Tokens], reward: Reward,
        settings: Settings, seed: int, device: str,
    ) -> None:  # fmt: skip
        if not prompts:
            raise LabError("reinforcement learning needs prompts", hint="give at least one with its truth")
        self.policy, self._reference, self._prompts = policy, reference, [list(p) for p in prompts]
        self._reward, self.settings, self._device = reward, settings, device
        self.steps, self.done = settings.steps, 0
        self._generator = torch.Generator().manual_seed(seed)
        self._order: list[int] = []

    def rollout(self) -> Rollout:
        """Ask the next prompts, and have the answers scored."""
        while len(self._order) < self.settings.prompts:
            self._order += orders(len(self._prompts), self._generator)
        rows = [at for at in self._order[: self.settings.prompts] for _ in range(self.settings.group)]
        self._order = self._order[self.settings.prompts :]
        prompts = [self._prompts[at] for at in rows]
        settings = self.settings
        answers = sampled(self.policy, prompts, settings.longest, settings.temperature, self._generator)
        batch = batch_of(prompts, answers, self.policy.pad, self._device)
        logprobs = logprobs_in_parts(lambda part: answer_logprobs(self.policy, part), batch, settings.micro)
        reference = logprobs_in_parts(self._reference, batch, settings.micro)
        ended = [answer[-1:] == [self.policy.end] for answer in answers]
        scores = torch.tensor(list(self._reward(rows, answers)), dtype=torch.float32, device=self._device)
        return Rollout(batch, logprobs, reference, scores, torch.tensor(ended, device=self._device))

    def _parts(self, count: int) -> list[Tensor]:
        order = torch.randperm(count, generator=self._generator)
        return list(order.chunk(self.settings.minibatches))

    def _pieces(self, rows: Tensor) -> list[Tensor]:
        return [rows[part] for part in row_parts(len(rows), self.settings.micro)]

    def _figures(self, rollout: Rollout, loss: float) -> Figures:
        accepted = float((rollout.scores > 0).float().mean())
        return {
            "loss": finite(loss, "loss", self.done), "accepted": accepted, "kl": divergence(rollout),
            "length": float(rollout.batch.lengths.float().mean()),
        }  # fmt: skip

    def state(self) -> dict[str, Any]:
        """All that the next steps depend on, weights apart."""
        return {"done": self.done, "order": self._order, "generator": self._generator.get_state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where a state was taken."""
        self.done, self._order = state["done"], list(state["order"])
        self._generator.set_state(state["generator"])


class Ppo(_Reinforcement):
    """A run of PPO with a value model."""

    def __init__(
        self, policy: Policy, value: Scalar, reference: Callable[[Batch], Tensor], prompts: Sequence[Tokens],
        reward: Reward, settings: Settings, *, seed: int = 0, device: str = "cpu",
    ) -> None:  # fmt: skip
        super().__init__(policy, reference, prompts, reward, settings, seed, device)
        self.value = value
        actor = Schedule(settings.rate, settings.steps, settings.warmup)
        critic = Schedule(settings.value_rate or settings.rate, settings.steps, settings.warmup)
        self._actor = Optimiser(policy.trained(), actor)
        self._critic = Optimiser(value.trained(), critic)

    def step(self) -> Figures:
        """Draws a batch of answers, and makes `passes` over it."""
        rollout, settings = self.rollout(), self.settings
        marked = rollout.batch.answer[:, 1:]
        before = logprobs_in_parts(self.value, rollout.batch, settings.micro)[:, :-1]
        rewards = token_rewards(rollout, settings.beta)
        gains, returns = advantages(rewards, before, marked, settings.decay)
        gains = whitened(gains, marked)
        loss = 0.0
        for _ in range(settings.passes):
            for rows in self._parts(len(marked)):
                loss = self._act(rollout, rows, gains)
                self._criticise(rollout.batch, rows, before, returns)
        self.done += 1
        return self._figures(rollout, loss)

    def _act(self, rollout: Rollout, rows: Tensor, gains: Tensor) -> float:
        total, tokens = 0.0, rollout.batch.lengths[rows].sum()
        for piece in self._pieces(rows):
            batch = rows_of(rollout.batch, piece)
            ratio = (answer_logprobs(self.policy, batch) - rollout.logprobs[piece]).exp()
            clipped = ratio.clamp(1 - self.settings.clip, 1 + self.settings.clip)
            worse = torch.maximum(-gains[piece] * ratio, -gains[piece] * clipped)
            loss = worse[batch.answer[:, 1:]].sum() / tokens
            loss.backward()
            total += float(loss.detach())
        self._actor.apply(self.done)
        return total

    def _criticise(self, whole: Batch, rows: Tensor, before: Tensor, returns: Tensor) -> None:
        tokens, clip = whole.lengths[rows].sum(), self.settings.value_clip
        for piece in self._pieces(rows):
            batch = rows_of(whole, piece)
            values, earlier, coming = self.value(batch)[:, :-1], before[piece], returns[piece]
            near = earlier + (values - earlier).clamp(-clip, clip)
            worse = torch.maximum((values - coming) ** 2, (near - coming) ** 2)
            loss = self.settings.value_weight * 0.5 * worse[batch.answer[:, 1:]].sum() / tokens
            loss.backward()
        self._critic.apply(self.done)

    def state(self) -> dict[str, Any]:
        """All that the next steps depend on, weights of the policy apart; the value model is part of it."""
        return {
            **super().state(), "actor": self._actor.state(), "critic": self._critic.state(),
            "value": [value.detach().clone() for value in self.value.trained()],
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where a state was taken."""
        super().restore(state)
        self._actor.restore(state["actor"])
        self._critic.restore(state["critic"])
        with torch.no_grad():
            for value, kept in zip(self.value.trained(), state["value"], strict=True):
                value.copy_(kept)


class Grpo(_Reinforcement):
    """A run of GRPO: no value model; `settings.group` answers to each prompt are held against each other."""

    def __init__(
        self, policy: Policy, reference: Callable[[Batch], Tensor], prompts: Sequence[Tokens], reward: Reward,
        settings: Settings, *, seed: int = 0, device: str = "cpu",
    ) -> None:  # fmt: skip
        if settings.group < 2:
            raise LabError(f"a group of {settings.group} has nothing to compare", hint="set group = 8 or so")
        super().__init__(policy, reference, prompts, reward, settings, seed, device)
        self._actor = Optimiser(policy.trained(), Schedule(settings.rate, settings.steps, settings.warmup))

    def step(self) -> Figures:
        """Draws a batch of groups, and makes `passes` over it."""
        rollout, settings = self.rollout(), self.settings
        final = torch.where(rollout.ended, rollout.scores, torch.full_like(rollout.scores, UNENDED))
        gains = group_advantages(final, settings.group)
        loss = 0.0
        for _ in range(settings.passes):
            for rows in self._parts(len(gains)):
                loss = self._act(rollout, rows, gains[:, None])
        self.done += 1
        return self._figures(rollout, loss)

    def _act(self, rollout: Rollout, rows: Tensor, gains: Tensor) -> float:
        total, tokens = 0.0, rollout.batch.lengths[rows].sum()
        for piece in self._pieces(rows):
            batch = rows_of(rollout.batch, piece)
            now = answer_logprobs(self.policy, batch)
            ratio = (now - rollout.logprobs[piece]).exp()
            clipped = ratio.clamp(1 - self.settings.clip, 1 + self.settings.clip)
            away = now - rollout.reference[piece]
            penalty = self.settings.beta * (torch.exp(-away) - 1 + away)
            worse = torch.maximum(-gains[piece] * ratio, -gains[piece] * clipped)
            loss = (worse + penalty)[batch.answer[:, 1:]].sum() / tokens
            loss.backward()
            total += float(loss.detach())
        self._actor.apply(self.done)
        return total

    def state(self) -> dict[str, Any]:
        """All that the next steps depend on, weights of the policy apart."""
        return {**super().state(), "actor": self._actor.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where a state was taken."""
        super().restore(state)
        self._actor.restore(state["actor"])
