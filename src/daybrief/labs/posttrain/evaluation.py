"""Development and unseen suites, each item judged by its verifier; greedy and sampled (section 7 of the
paper).

A development suite may be looked at while a recipe is tuned; an unseen one is scored at the end only. Both
scores are printed: where only the sampled one rises, training sharpened what the model did already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from daybrief.errors import LabError
from daybrief.labs.posttrain.decontamination import json_lines, user_text
from daybrief.labs.posttrain.policies import Policy, sampled
from daybrief.labs.posttrain.verifiers import verified, verifier


class Codec(NamedTuple):
    """Texts as tokens: a prompt, an answer with its end, and tokens back as the text of an answer."""

    prompt: Callable[[str], list[int]]
    answer: Callable[[str], list[int]]
    text: Callable[[Sequence[int]], str]


class Task(NamedTuple):
    """A prompt with what is known of its answer, and the verifier that judges it."""

    prompt: str
    truth: Any
    verifier: str


class Suite(NamedTuple):
    """Tasks under one name; `unseen` suites are not looked at while tuning."""

    name: str
    tasks: tuple[Task, ...]
    unseen: bool = False


class Score(NamedTuple):
    """The score of a policy on a suite: shares of accepted answers, and the mean length in tokens."""

    greedy: float
    sampled: float
    length: float
    ended: float


def evaluate(
    policy: Policy, codec: Codec, suite: Suite, *, longest: int, draws: int = 1, seed: int = 0
) -> Score:
    """The share of tasks accepted, greedily, and over `draws` answers each at temperature 1."""
    if not suite.tasks:
        raise LabError(f"the suite {suite.name!r} is empty", hint="give it at least one task")
    prompts = [codec.prompt(task.prompt) for task in suite.tasks]
    generator = torch.Generator().manual_seed(seed)
    greedy = sampled(policy, prompts, longest, 0.0, generator)
    drawn = sampled(policy, prompts * draws, longest, 1.0, generator)
    judged = [
        [_accepted(task, codec.text(a)) for task, a in zip(suite.tasks * rounds, answers, strict=True)]
        for answers, rounds in ((greedy, 1), (drawn, draws))
    ]
    return Score(
        greedy=sum(judged[0]) / len(judged[0]),
        sampled=sum(judged[1]) / len(judged[1]),
        length=sum(map(len, drawn)) / len(drawn),
        ended=sum(a[-1:] == [policy.end] for a in drawn) / len(drawn),
    )


def _accepted(task: Task, answer: str) -> bool:
    return verified(task.verifier, answer, task.truth)


def tasks_read(place: Path) -> tuple[Task, ...]:
    """The tasks of a file of JSON lines: a user's turn, `truth` (or `answer`, `ground_truth`), `verifier`.

    A record with `constraints` and no truth is judged by these. Raises LabError that names the line.
    """
    tasks = []
    for number, record in enumerate(json_lines(place), 1):
        where = f"{place}, record {number}"
        tasks.append(_task(record, where))
    if not tasks:
        raise LabError(f"{place} holds no tasks", hint="give one JSON object a line")
    return tuple(tasks)


def _task(record: Mapping[str, Any], where: str) -> Task:
    prompt = user_text(record, where)
    if "constraints" in record:
        return Task(prompt, record["constraints"], "constraint")
    truth = next((record[name] for name in ("truth", "ground_truth", "answer") if name in record), None)
    if truth is None:
        raise LabError(f"{where} holds no truth", hint="give `truth`, or `constraints`")
    name = str(record.get("verifier", "exact"))
    verifier(name)
    return Task(prompt, truth, name)
