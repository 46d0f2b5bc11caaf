"""Flow matching (section 3.1): x_t = (1 - t) x + t eps, velocity eps - x, t = sigmoid(N(0, 1)).

The loss is over the picture's tokens only. Training keeps its state in a file when one is named, and a run
that was killed goes on from there to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError
from daybrief.labs.control.guides import Conditioning

Velocity = Callable[[Tensor, Tensor, Any, Conditioning | None], Tensor]
_EVERY = 200


class FlowBatch(NamedTuple):
    """Clean tokens (batch, patches, values), words (batch, asked), and the condition if any."""

    clean: Tensor
    words: Any
    condition: Conditioning | None = None


class FlowStudy(NamedTuple):
    """How to learn: steps, the greatest rate, steps of warm-up, and where the state is kept."""

    steps: int
    rate: float = 2e-3
    warm: int = 50
    kept: Path | None = None
    tell: Callable[[str], None] = lambda _text: None


def noised(clean: Tensor, noise: Tensor, time: Tensor) -> Tensor:
    """x_t, (batch, patches, values)."""
    t = time.reshape(-1, *(1,) * (clean.ndim - 1))
    return (1 - t) * clean + t * noise


def flow_loss(velocity: Velocity, batch: FlowBatch, noise: Tensor, time: Tensor) -> Tensor:
    """Mean squared error of the velocity."""
    predicted = velocity(noised(batch.clean, noise, time), time, batch.words, batch.condition)
    return nn.functional.mse_loss(predicted, noise - batch.clean)


def learn(
    velocity: Velocity,
    learning: Iterable[nn.Parameter],
    draw: Callable[[torch.Generator], FlowBatch],
    study: FlowStudy,
    seed: int,
) -> list[float]:
    """Train the parameters; gives the loss of every step. Raises LabError when it is not finite.

    `draw(generator)` gives the batch of a step. With `study.kept` the state is written every 200 steps and at
    the end, and read when it is there: a run that was stopped ends as if it had not been.
    """
    values = list(learning)
    optimiser = torch.optim.AdamW(values, lr=study.rate, weight_decay=0.0, betas=(0.9, 0.99), fused=True)
    generator = torch.Generator().manual_seed(seed)
    losses: list[float] = _resumed(study.kept, values, optimiser, generator)
    for step in range(len(losses), study.steps):
        batch = draw(generator)
        noise = torch.randn(batch.clean.shape, generator=generator).to(batch.clean)
        time = torch.sigmoid(torch.randn(len(batch.clean), generator=generator)).to(batch.clean)
        loss = flow_loss(velocity, batch, noise, time)
        if not torch.isfinite(loss):
            raise LabError(
                f"the loss is {float(loss.detach())} at step {step}", hint="learn at a lower rate (--rate)"
            )
        for group in optimiser.param_groups:
            group["lr"] = study.rate * _schedule(step, study)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(values, 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        if (step + 1) % _EVERY == 0 or step + 1 == study.steps:
            recent = losses[-_EVERY:]
            study.tell(f"step {step + 1} of {study.steps}: loss {sum(recent) / len(recent):.3f}")
            _keep(study.kept, values, optimiser, generator, losses)
    return losses


def _schedule(step: int, study: FlowStudy) -> float:
    return min(1.0, (step + 1) / max(1, study.warm)) * min(1.0, 2.5 * (1 - step / study.steps))


def _keep(
    place: Path | None, values: list[nn.Parameter], optimiser: torch.optim.Optimizer,
    generator: torch.Generator, losses: list[float],
) -> None:  # fmt: skip
    if place is None:
        return
    import io

    state = {
        "values": [value.detach() for value in values],
        "optimiser": optimiser.state_dict(),
        "generator": generator.get_state(),
        "losses": losses,
    }
    body = io.BytesIO()
    torch.save(state, body)
    place.parent.mkdir(parents=True, exist_ok=True)
    replace_file(place, body.getvalue())


def _resumed(
    place: Path | None, values: list[nn.Parameter], optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
) -> list[float]:  # fmt: skip
    if place is None or not place.exists():
        return []
    try:
        state = torch.load(place, weights_only=True)
        with torch.no_grad():
            for value, kept in zip(values, state["values"], strict=True):
                value.copy_(kept)
        optimiser.load_state_dict(state["optimiser"])
        generator.set_state(state["generator"])
        return list(state["losses"])
    except (OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError, UnpicklingError) as broken:
        raise LabError(
            f"{place} cannot be resumed: {repr(broken)[:200]}",
            hint="remove it to begin again, or give the settings it was begun with",
        ) from broken


@torch.no_grad()
def sampled(
    velocity: Velocity, noise: Tensor, words: Tensor, condition: Conditioning | None = None, steps: int = 12
) -> Tensor:
    """Euler's steps from noise (time 1) to a picture (time 0), (batch, patches, values)."""
    x, times = noise, torch.linspace(1, 0, steps + 1)
    for now, after in pairwise(times):
        time = now.to(x).expand(len(x))
        x = x + (after - now).to(x) * velocity(x, time, words, condition)
    return x
