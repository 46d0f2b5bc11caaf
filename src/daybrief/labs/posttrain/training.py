"""The common part of training stages: an optimiser with a schedule, and a state that can be kept and resumed.

A run is a sequence of steps. `Run.step()` does one and returns its numbers; `state()` is all that the next
steps depend on, so a run that was stopped ends with the same weights as one that was not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import nn

from daybrief.errors import LabError

Figures = dict[str, float]


class Schedule(NamedTuple):
    """Learning rate: linear up over the share `warmup` of the steps, then linear down to 0."""

    rate: float
    steps: int
    warmup: float = 0.03
    decay: bool = True

    def at(self, step: int) -> float:
        """The learning rate of a step, the first being 0."""
        rising = max(1, round(self.warmup * self.steps))
        if step < rising:
            return self.rate * (step + 1) / rising
        left = (self.steps - step) / max(1, self.steps - rising)
        return self.rate * (left if self.decay else 1.0)


class Run(Protocol):
    """A training run of so many `steps`, of which `done` are done."""

    steps: int
    done: int

    def step(self) -> Figures:
        """Do the next step; returns what was measured. Raises LabError where the loss is not finite."""
        ...

    def state(self) -> dict[str, Any]:
        """All that the next steps depend on, weights apart."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where a state was taken."""
        ...


class Optimiser:
    """AdamW without weight decay, gradients clipped to norm 1, by a schedule."""

    def __init__(self, parameters: Sequence[nn.Parameter], schedule: Schedule) -> None:
        self.schedule = schedule
        self._parameters = list(parameters)
        self._adam = torch.optim.AdamW(
            self._parameters, lr=schedule.rate, weight_decay=0.0, betas=(0.9, 0.95)
        )

    def apply(self, step: int) -> None:
        """Move the parameters along their gradients, and clear these."""
        for group in self._adam.param_groups:
            group["lr"] = self.schedule.at(step)
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._adam.step()
        self._adam.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Any]:
        """The state of the optimiser."""
        kept: dict[str, Any] = self._adam.state_dict()
        return kept

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state."""
        self._adam.load_state_dict(state)


def orders(count: int, generator: torch.Generator) -> list[int]:
    """The numbers below `count` in a random order."""
    order: list[int] = torch.randperm(count, generator=generator).tolist()
    return order


def finite(value: float, what: str, step: int) -> float:
    """The value; raises LabError when it is no number any more."""
    if value != value or value in {float("inf"), float("-inf")}:
        raise LabError(f"the {what} is {value} at step {step}", hint="lower the learning rate")
    return value


def finished(run: Run, tell: Callable[[str], None] = lambda _text: None, every: int = 50) -> Figures:
    """Do all the steps that are left; returns the last figures."""
    figures: Figures = {}
    while run.done < run.steps:
        figures = run.step()
        if run.done % every == 0 or run.done == run.steps:
            shown = ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
            tell(f"step {run.done} of {run.steps}: {shown}")
    return figures
