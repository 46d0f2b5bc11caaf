"""Control for pictures of one's own: train, keep in a folder, and draw, with the small model or with FLUX.

A folder of a trained control holds `control.json`, written last, and the LoRA: `lora.safetensors` with
`base.safetensors` of the small model, or `pytorch_lora_weights.safetensors` in diffusers' form for FLUX.
While it is trained it holds `base.state` and `guide.state`; a run that was killed goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError, LabUnmet
from daybrief.labs.control.flow import FlowBatch, FlowStudy, learn, sampled
from daybrief.labs.control.folder import Album
from daybrief.labs.control.guides import Conditioning, Unified, learned_state, placed, trainable
from daybrief.labs.control.tasks import Floats, Task, condition_pictures, place_of
from daybrief.labs.control.transformer import Dit, DitShape, patches, unpatched
from daybrief.labs.kit import require
from daybrief.model import Value

Tell = Callable[[str], None]
_DROPPED = 0.1


class Trained(Value, frozen=True, kw_only=True):
    """The contents of a trained control's `control.json`: task, model, side in pixels, rank, and layers."""

    kind: Literal["small", "flux"]
    task: Task
    side: int
    rank: int
    patch: int = 4
    width: int = 64
    layers: int = 4
    format: Literal[1] = 1


class Training(Value, frozen=True, kw_only=True):
    """How to train: steps of the base (small model only) and of the LoRA, batch, rate, seed."""

    base_steps: int = 2000
    steps: int = 1000
    batch: int = 16
    rate: float = 2e-3
    seed: int = 1000


def conditions_of(given: Album, task: Task, seed: int = 0) -> Floats:
    """The condition of every picture of a folder."""
    return condition_pictures(task, given.shown, depth=given.depth, twins=given.twins, seed=seed)


# ── the small model ─────────────────────────────────────────────────────────────────────────────────


def shape_of(known: Trained) -> DitShape:
    """The small model of a trained control; it reads no words."""
    return DitShape(side=known.side, patch=known.patch, width=known.width, layers=known.layers, word_count=1)


def train_small(
    given: Album, known: Trained, training: Training, out: Path, tell: Tell = lambda _text: None
) -> SmallStudio:
    """Train a small model on the pictures, and a control of it; writes the folder `out`."""
    torch.manual_seed(training.seed)
    shape = shape_of(known)
    base, clean = Dit(shape), patches(torch.from_numpy(given.shown) * 2 - 1, shape.patch)
    conditions = patches(
        torch.from_numpy(conditions_of(given, known.task, training.seed)) * 2 - 1, shape.patch
    )
    words = torch.zeros(training.batch, 1, dtype=torch.long)

    def picture(generator: torch.Generator) -> FlowBatch:
        return FlowBatch(clean[_rows(clean, training.batch, generator)], words)

    def plain(noisy: Tensor, time: Tensor, named: Tensor, _given: Conditioning | None) -> Tensor:
        velocity: Tensor = base(noisy, time, named)
        return velocity

    tell("the model")
    study = FlowStudy(training.base_steps, training.rate, kept=out / "base.state", tell=tell)
    learn(plain, base.parameters(), picture, study, training.seed)
    guide = Unified(base.eval(), known.rank)
    positions = placed(shape.grid, shape.grid, place_of(known.task))

    def pair(generator: torch.Generator) -> FlowBatch:
        rows = _rows(clean, training.batch, generator)
        return FlowBatch(clean[rows], words, _shown(conditions[rows], positions, generator))

    tell(f"the control: {known.task}")
    study = FlowStudy(training.steps, training.rate, kept=out / "guide.state", tell=tell)
    learn(guide, trainable(guide), pair, study, training.seed)
    studio = SmallStudio(known, guide)
    studio.save(out)
    return studio


def _rows(clean: Tensor, batch: int, generator: torch.Generator) -> Tensor:
    return torch.randint(len(clean), (batch,), generator=generator)


def _shown(conditions: Tensor, positions: Tensor, generator: torch.Generator) -> Conditioning:
    """Conditions of a batch, a tenth of them black, as in the paper's code."""
    black = torch.rand(len(conditions), 1, 1, generator=generator).to(conditions.device) < _DROPPED
    return Conditioning(torch.where(black, -torch.ones_like(conditions), conditions), positions)


class SmallStudio:
    """A small model with its control."""

    def __init__(self, known: Trained, guide: Unified) -> None:
        self.known = known
        self._guide = guide.eval()

    @property
    def cell(self) -> int:
        """Pixels along a token's side."""
        return self.known.patch

    def draw(
        self, condition: Floats, _prompts: list[str], *, strength: float = 1.0, steps: int = 20, seed: int = 0
    ) -> Floats:
        """Pictures that follow condition pictures (count, side, side, 3); prompts are not read."""
        shape = shape_of(self.known)
        given = patches(torch.from_numpy(condition) * 2 - 1, shape.patch)
        positions = placed(shape.grid, shape.grid, place_of(self.known.task))
        noise = torch.randn(given.shape, generator=torch.Generator().manual_seed(seed))
        words = torch.zeros(len(given), 1, dtype=torch.long)
        latents = sampled(self._guide, noise, words, Conditioning(given, positions, strength), steps)
        drawn = unpatched(latents, shape.patch, shape.side, shape.side).clamp(-1, 1)
        return np.asarray((drawn.numpy() + 1) / 2, np.float32)

    def save(self, folder: Path) -> None:
        """Write weights, and `control.json` last; the states of training go."""
        require(("safetensors",), extra="lab-control")
        from safetensors.torch import save

        lora = learned_state(self._guide)
        base = {name: value for name, value in self._guide.state_dict().items() if name not in lora}
        _write(folder / "base.safetensors", save(base))
        _write(folder / "lora.safetensors", save(lora))
        _finish(folder, self.known)

    @classmethod
    def open(cls, folder: Path, known: Trained) -> SmallStudio:
        """The control of a folder; raises LabError when its files are damaged."""
        require(("safetensors",), extra="lab-control")
        from safetensors.torch import load

        guide = Unified(Dit(shape_of(known)), known.rank)
        try:
            state = {
                **load((folder / "base.safetensors").read_bytes()),
                **load((folder / "lora.safetensors").read_bytes()),
            }
            guide.load_state_dict(state)
        except Exception as broken:  # safetensors' own error is bare
            raise LabError(
                f"{folder} is damaged: {repr(broken)[:200]}", hint="train the control again"
            ) from broken
        return cls(known, guide)


def _write(place: Path, body: bytes) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, body)
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another with --out"
        ) from refused


def _finish(folder: Path, known: Trained) -> None:
    _write(folder / "control.json", msgspec.json.encode(known))
    for state in ("base.state", "guide.state"):
        (folder / state).unlink(missing_ok=True)


# ── FLUX ────────────────────────────────────────────────────────────────────────────────────────────


def train_flux(
    given: Album, known: Trained, training: Training, weights: Path, out: Path, *, device: str = "cpu",
    tell: Tell = lambda _text: None,
) -> FluxArtist:  # fmt: skip
    """Train a LoRA on the condition branch of a FLUX pipeline; writes the folder `out`."""
    from daybrief.labs.control.flux import FluxStudio

    torch.manual_seed(training.seed)
    studio = FluxStudio(weights, device=device, rank=known.rank)
    _fits(known.side, studio.cell)
    tell("pictures and words")
    count = len(given.shown)
    control_pictures = conditions_of(given, known.task, training.seed)
    clean, conditions = (
        torch.cat([studio.latents(part[at : at + 1], at) for at in range(count)])
        for part in (given.shown, control_pictures)
    )
    texts = [studio.text([words]) for words in given.words]
    unsaid = studio.text([""])
    grid = known.side // studio.cell
    positions, beside = (placed(grid, grid, place).to(device) for place in ("shared", place_of(known.task)))

    def draw(generator: torch.Generator) -> FlowBatch:
        rows = _rows(clean, training.batch, generator).tolist()
        spoken = (torch.rand(training.batch, generator=generator) >= _DROPPED).tolist()
        kept_texts = [texts[row] if kept else unsaid for row, kept in zip(rows, spoken, strict=True)]
        text = type(unsaid)(*(torch.cat(parts) for parts in zip(*kept_texts, strict=True)))
        return FlowBatch(clean[rows], text, _shown(conditions[rows], beside, generator))

    def velocity(noisy: Tensor, time: Tensor, text: Any, condition: Conditioning | None) -> Tensor:
        predicted: Tensor = studio.control(noisy, time, text, positions, condition, guidance=1.0)
        return predicted

    study = FlowStudy(training.steps, training.rate, kept=out / "guide.state", tell=tell)
    learn(velocity, trainable(studio.control), draw, study, training.seed)
    studio.control.save(out)
    _finish(out, known)
    return FluxArtist(known, studio)


def _fits(side: int, cell: int) -> None:
    if side % cell:
        raise LabError(
            f"pictures of {side} pixels do not fit tokens of {cell}",
            hint=f"give a multiple of {cell} (--side)",
        )


class FluxArtist:
    """A FLUX pipeline with its control."""

    def __init__(self, known: Trained, studio: Any) -> None:
        self.known = known
        self._studio = studio

    @property
    def cell(self) -> int:
        """Pixels along a token's side."""
        return int(self._studio.cell)

    def draw(
        self, condition: Floats, prompts: list[str], *, strength: float = 1.0, steps: int = 28, seed: int = 0
    ) -> Floats:
        """Pictures of prompts that follow condition pictures, of their size."""
        pictures: Floats = self._studio.draw(
            condition, prompts, place_of(self.known.task), strength=strength, steps=steps, seed=seed
        )
        return pictures


# ── either ──────────────────────────────────────────────────────────────────────────────────────────


def opened(folder: Path, weights: Path | None = None, device: str = "cpu") -> SmallStudio | FluxArtist:
    """The control of a folder; `weights`: the FLUX pipeline, where it was trained for one.

    Raises LabUnmet when something is missing, LabError when a file cannot be used.
    """
    known = trained_of(folder)
    if known.kind == "small":
        if weights is not None:
            raise LabError(f"{folder} is a control of the small model", hint="leave --weights out")
        return SmallStudio.open(folder, known)
    if weights is None:
        raise LabUnmet(f"{folder} is a control of FLUX", hint="give its pipeline with --weights")
    from daybrief.labs.control.flux import FluxStudio

    return FluxArtist(known, FluxStudio(weights, device=device, adapter=folder))


def trained_of(folder: Path) -> Trained:
    """The contents of a folder's `control.json`; raises LabUnmet, LabError."""
    place = folder / "control.json"
    if not place.is_file():
        going = (folder / "base.state").is_file() or (folder / "guide.state").is_file()
        hint = "run its training again: it goes on" if going else "train one: daybrief lab use control train"
        raise LabUnmet(f"{folder} holds no trained control", hint=hint)
    try:
        return msgspec.json.decode(place.read_bytes(), type=Trained)
    except (OSError, msgspec.MsgspecError) as broken:
        raise LabError(f"{place} cannot be read: {broken}", hint="train the control again") from broken


def parameters_of(guide: nn.Module) -> int:
    """How many parameters learn."""
    return sum(value.numel() for value in trainable(guide))
