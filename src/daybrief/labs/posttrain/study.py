"""The arms of the measured reproduction: one seed, from a decoder of random weights to reinforcement
learning.

demonstrations, 35 % of them wrong → SFT → pairs by a pool of models and judges → DPO → RLVR, in arms
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from daybrief.labs.posttrain import tasks
from daybrief.labs.posttrain.dpo import Pair, PreferenceTuning, cached
from daybrief.labs.posttrain.evaluation import Codec, Score, Suite, Task, evaluate
from daybrief.labs.posttrain.finetuning import Example, FineTuning
from daybrief.labs.posttrain.policies import Batch, Decoder, Shape, answer_logprobs, batch_of, sampled
from daybrief.labs.posttrain.preferences import Preference, noisy_judge, preferences
from daybrief.labs.posttrain.rlvr import ACCEPTED, Grpo, Ppo, Reward, RewardTuning, Scalar, Settings
from daybrief.labs.posttrain.training import Figures, finished

Tell = Callable[[str], None]
CODEC = Codec(tasks.encode, lambda text: [*tasks.encode(text), tasks.END], tasks.decode)
BETA = 0.05
BETAS = (0.01, 0.05, 1.0, 10.0)
ARMS = ("verifier", "beta_0.01", "beta_1", "beta_10", "noisy", "from_sft", "value_fresh", "grpo")
STAGES = ("sft", "dpo_plain", "dpo", *ARMS)
_NOISE = 3.0  # deviation of the learned score that is added to the verifier's 0 or 10
_LAST = 10  # batches that a run's KL and reward are averaged over


class Size(NamedTuple):
    """How much is learned: steps of each stage, prompts of a step, draws of an evaluation."""

    width: int
    sft_steps: int
    prompts: int
    pairs: int
    rl_steps: int
    draws: int
    arms: tuple[str, ...] = ARMS
    batch: int = 64


class Arm(NamedTuple):
    """The results of an arm: scores of each family; for RL, KL to where it began, and the last rewards."""

    scores: Mapping[str, Score]
    kl: float | None = None
    accepted: float | None = None

    def mean(self, families: Sequence[str], *, greedy: bool = False) -> float:
        """The mean share of accepted answers over families."""
        shares = [self.scores[f].greedy if greedy else self.scores[f].sampled for f in families]
        return float(np.mean(shares))

    def length(self, families: Sequence[str] = tasks.CONSTRAINTS) -> float:
        """The mean length of sampled answers over families, in characters, the end included."""
        return float(np.mean([self.scores[f].length for f in families]))


class Studied(NamedTuple):
    """The results of a seed: every arm, and how often judge and reward model agree with the verifiers."""

    arms: Mapping[str, Arm]
    judge_right: float
    reward_right: float


def suites(draws: int) -> dict[str, tuple[Suite, int]]:
    """The held-out problems of each family; small families are drawn more often to make up."""
    by_family = {}
    for family, problems in tasks.problems().items():
        kept = [p.prompt for p in problems if tasks.held_out(p)]
        listed = tuple(Task(prompt, prompt, "daybrief.labs.posttrain.study:accepted") for prompt in kept)
        times = max(1, round(draws * 100 / len(kept)))
        by_family[family] = (Suite(family, listed, unseen=family in tasks.UNSEEN), times)
    return by_family


def accepted(answer: str, prompt: str) -> bool:
    """The verifier of the tiny families: their prompts are their truth."""
    return tasks.accepts(prompt, answer)


def studied(seed: int, size: Size, tell: Tell = lambda _text: None) -> Studied:
    """Run all arms of a seed."""
    rng = np.random.default_rng([seed, 1])
    tell(f"seed {seed}: fine-tuning")
    sft, halfway = fine_tuned(seed, size, rng)
    prompts = rewarded_prompts(size, rng)
    preferred = _preferences(sft, halfway, prompts[: size.pairs], rng, seed)
    right = np.mean(
        [tasks.accepts(p.prompt, p.chosen) >= tasks.accepts(p.prompt, p.rejected) for p in preferred]
    )
    pairs = [
        Pair(CODEC.prompt(p.prompt), CODEC.answer(p.chosen), CODEC.answer(p.rejected)) for p in preferred
    ]
    tell(f"seed {seed}: preference tuning on {len(pairs)} pairs")
    tuned = {name: _preferred(sft, pairs, seed, normalised=name == "dpo") for name in ("dpo_plain", "dpo")}
    scorer = Scalar(copy.deepcopy(sft), size.width)
    taught = finished(RewardTuning(scorer, pairs, epochs=2, rate=1e-3, seed=seed))
    policies = {"sft": sft, **tuned}
    arms = {name: Arm(_scores(policy, size, seed)) for name, policy in policies.items()}
    for name in size.arms:
        tell(f"seed {seed}: {name}")
        start = sft if name == "from_sft" else tuned["dpo"]
        policy, last = reinforced(name, start, scorer, prompts, size, seed)
        arms[name] = Arm(_scores(policy, size, seed), last["kl"], last["accepted"])
    return Studied(arms, float(right), taught["right"])


def fine_tuned(seed: int, size: Size, rng: np.random.Generator) -> tuple[Decoder, list[Decoder]]:
    """A decoder after fine-tuning, and the same after a half and three quarters of it."""
    shape = Shape(len(tasks.ALPHABET), size.width, 2, 4, 24)
    policy = Decoder(shape, end=tasks.END, pad=tasks.PAD, seed=seed)
    shown = tasks.demonstrations(min(20_000, size.sft_steps * size.batch), rng)
    examples = [Example(CODEC.prompt(prompt), CODEC.answer(answer)) for prompt, answer in shown]
    epochs = size.sft_steps * size.batch / len(examples)
    run = FineTuning(policy, examples, epochs=epochs, batch=size.batch, rate=3e-3, seed=seed)
    marks, kept = {run.steps // 2, run.steps * 3 // 4}, []
    while run.done < run.steps:
        run.step()
        if run.done in marks:
            kept.append(copy.deepcopy(policy))
    return policy, kept


def rewarded_prompts(size: Size, rng: np.random.Generator) -> list[str]:
    """Prompts of the training split of the rewarded families, two fifths of them arithmetic."""
    pools = {f: [p.prompt for p in tasks.problems()[f] if not tasks.held_out(p)] for f in tasks.TRAINED}
    prompts = []
    for _ in range(size.prompts):
        family = "add" if rng.random() < 0.4 else tasks.CONSTRAINTS[int(rng.integers(len(tasks.CONSTRAINTS)))]
        prompts.append(pools[family][int(rng.integers(len(pools[family])))])
    return prompts


def _preferences(
    sft: Decoder, halfway: Sequence[Decoder], prompts: Sequence[str], rng: np.random.Generator, seed: int
) -> list[Preference]:
    """Pairs by two judges: the model, the model earlier in training, and the demonstrations answer."""
    generator = torch.Generator().manual_seed(seed)
    pool = {"sft": sft, **{f"sft at mark {n}": model for n, model in enumerate(halfway)}}
    coded = [CODEC.prompt(prompt) for prompt in prompts]
    answers = {
        name: [CODEC.text(a) for a in sampled(model, coded, tasks.LONGEST, 1.0, generator)]
        for name, model in pool.items()
    }
    make = (tasks.solution, tasks.mistake)
    answers["demonstrations"] = [make[int(rng.random() < 0.35)](prompt, rng) for prompt in prompts]
    judges = [noisy_judge(tasks.accepts, rng, taste=taste) for taste in (1.0, 0.5)]
    return preferences(prompts, answers, judges, rng, on_policy="sft")


def _preferred(sft: Decoder, pairs: Sequence[Pair], seed: int, *, normalised: bool) -> Decoder:
    policy = copy.deepcopy(sft)
    beta = 5.0 if normalised else 1.0  # of a mean over about five tokens, and of a sum
    reference = cached(policy, pairs)
    finished(
        PreferenceTuning(
            policy,
            pairs,
            reference,
            beta=beta,
            normalised=normalised,
            epochs=1,
            batch=32,
            rate=3e-4,
            seed=seed,
        )
    )
    return policy


def settings_of(name: str, size: Size) -> Settings:
    """The settings of an arm of reinforcement learning."""
    beta = float(name.partition("_")[2]) if name.startswith("beta_") else BETA
    group = 4 if name == "grpo" else 1
    return Settings(
        steps=size.rl_steps, prompts=size.batch // group, group=group, longest=tasks.LONGEST, beta=beta,
        rate=1e-3, value_rate=1e-3,
    )  # fmt: skip


def reinforced(
    name: str, start: Decoder, scorer: Scalar, prompts: Sequence[str], size: Size, seed: int
) -> tuple[Decoder, Figures]:
    """The policy of an arm, and its KL and rewards over the last batches."""
    policy, reference = copy.deepcopy(start), copy.deepcopy(start)
    coded = [CODEC.prompt(prompt) for prompt in prompts]
    settings = settings_of(name, size)

    def known(batch: Batch) -> torch.Tensor:
        return answer_logprobs(reference, batch)

    reward = _with_learned_score(prompts, scorer) if name == "noisy" else verifier_reward(prompts)
    value = Scalar(copy.deepcopy(start), size.width) if name == "value_fresh" else copy.deepcopy(scorer)
    run: Ppo | Grpo
    if name == "grpo":
        run = Grpo(policy, known, coded, reward, settings, seed=seed)
    else:
        run = Ppo(policy, value, known, coded, reward, settings, seed=seed)
    last: list[Figures] = []
    while run.done < run.steps:
        last = [*last[1 - _LAST :], run.step()]
    return policy, {key: float(np.mean([figures[key] for figures in last])) for key in ("kl", "accepted")}


def verifier_reward(prompts: Sequence[str]) -> Reward:
    """10 where the verifier accepts, else 0."""

    def reward(rows: Sequence[int], answers: Sequence[Sequence[int]]) -> list[float]:
        texts = [CODEC.text(answer) for answer in answers]
        return [
            ACCEPTED if tasks.accepts(prompts[r], text) else 0.0 for r, text in zip(rows, texts, strict=True)
        ]

    return reward


def _with_learned_score(prompts: Sequence[str], scorer: Scalar) -> Reward:
    """The verifier's reward plus a reward model's, of mean 0 and a fixed deviation over each batch."""
    program = verifier_reward(prompts)

    def reward(rows: Sequence[int], answers: Sequence[Sequence[int]]) -> list[float]:
        batch = batch_of([CODEC.prompt(prompts[row]) for row in rows], answers, tasks.PAD)
        with torch.no_grad():
            learned = scorer.of_answers(batch)
        learned = _NOISE * (learned - learned.mean()) / (learned.std() + 1e-6)
        return [a + b for a, b in zip(program(rows, answers), learned.tolist(), strict=True)]

    return reward


def _scores(policy: Decoder, size: Size, seed: int) -> dict[str, Score]:
    return {
        family: evaluate(policy, CODEC, suite, longest=tasks.LONGEST, draws=times, seed=seed)
        for family, (suite, times) in suites(size.draws).items()
    }
