"""A seed of the lab: a base learned from nothing, then guides of the same base on the same batches.

    base | task | guide | pictures drawn from the same noise | how far they follow

The base sees no condition. It draws garments and scenes from words, squares and wide pictures of pairs, as
FLUX was trained on pictures of many widths. Every guide of a task learns from the same batches and noise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError
from daybrief.labs.control import worlds
from daybrief.labs.control.flow import FlowBatch, FlowStudy, flow_loss, learn, sampled
from daybrief.labs.control.guides import (
    Added,
    Conditioning,
    Crossed,
    Guide,
    Place,
    Unified,
    placed,
    rank_for,
    trainable,
)
from daybrief.labs.control.tasks import DepthOf, Floats, Task, condition_pictures, followed
from daybrief.labs.control.transformer import Dit, DitShape, grid_positions, patches, unpatched
from daybrief.labs.control.worlds import SIDE, VOCABULARY, WORD_COUNT, Pictures, wide
from daybrief.labs.kit.fashion import Part

GuideName = Literal["shared", "shifted", "added", "crossed"]
World = Literal["garments", "scenes"]
GUIDES: tuple[GuideName, ...] = ("shared", "shifted", "added", "crossed")
STRENGTHS = (0.0, 0.25, 0.5, 1.0, 2.0)
BASE_SEED = 0  # of the base that ships: a development seed
HIDDEN = 7  # the seed of what inpainting hides in tests
SHAPE = DitShape(vocabulary=len(VOCABULARY), word_count=WORD_COUNT)
_BASE_RATE = 4e-3
_GUIDE_RATE = 1e-2
_DROPPED = 0.1  # of words, and of conditions (made black), as in the paper's code
_WIDE = 0.3  # of the base's batches


class ControlSize(NamedTuple):
    """Steps of base and guide, pictures in a batch and in a pool, pictures drawn, steps of drawing."""

    base: int
    steps: int
    subject_steps: int
    batch: int
    pool: int
    shown: int
    drawing: int
    rank: int = 4
    layers: int = 3
    width: int = 64


BASE_SIZE = ControlSize(base=6000, steps=0, subject_steps=0, batch=16, pool=500, shown=0, drawing=0)


class Course(NamedTuple):
    """A task on a world: pictures to learn from and to be asked, and their conditions as tokens."""

    task: Task
    world: World
    train: Pictures
    test: Pictures
    given: Tensor
    test_tokens: Tensor
    conditions: Floats


class Drawn(NamedTuple):
    """The results of a guide: errors (count,) and pictures of the test, losses, parameters that learned."""

    errors: NDArray[np.float64]
    pictures: Floats
    losses: list[float]
    held_out: float
    parameters: int


# ── the base ────────────────────────────────────────────────────────────────────────────────────────


def tokens(pictures: Floats) -> Tensor:
    """Pictures from 0 to 1 as tokens from -1 to 1."""
    return patches(torch.from_numpy(pictures) * 2 - 1, SHAPE.patch)


def pictures_of(patches: Tensor, side: int = SIDE) -> Floats:
    """Tokens as square pictures from 0 to 1."""
    drawn = unpatched(patches, SHAPE.patch, side, side).clamp(-1, 1)
    return np.asarray((drawn.cpu().numpy() + 1) / 2, np.float32)


def base_learned(
    size: ControlSize, seed: int, tell: Callable[[str], None] = lambda _text: None, device: str = "cpu"
) -> Dit:
    """A transformer that draws the lab's worlds from words, learned from nothing."""
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 1])
    count = size.pool
    garments, small = worlds.garments("train", count, rng), worlds.small_garments("train", count, rng)
    things, scenes = worlds.small_things(count, rng), worlds.scenes(count, rng)
    whole = [tokens(part.shown) for part in (garments, small, things, scenes)]
    words = [torch.from_numpy(part.words) for part in (garments, small, things, scenes)]
    squares, square_words = torch.cat(whole).to(device), torch.cat(words).to(device)
    pairs = [wide(part) for part in (small, things)]
    broad = torch.cat([tokens(part) for part, _ in pairs]).to(device)
    broad_words = torch.cat([torch.from_numpy(word) for _, word in pairs]).to(device)
    base = Dit(SHAPE._replace(layers=size.layers, width=size.width)).to(device)
    beside = grid_positions(SHAPE.grid, 2 * SHAPE.grid).to(device)

    def draw(generator: torch.Generator) -> FlowBatch:
        stretched = float(torch.rand((), generator=generator)) < _WIDE
        source, names = (broad, broad_words) if stretched else (squares, square_words)
        rows = torch.randint(len(source), (size.batch,), generator=generator).to(device)
        return FlowBatch(source[rows], _forgotten(names[rows], generator))

    def velocity(noisy: Tensor, time: Tensor, named: Tensor, _given: Conditioning | None) -> Tensor:
        positions = beside if noisy.shape[1] == len(beside) else None
        predicted: Tensor = base(noisy, time, named, positions)
        return predicted

    learn(velocity, base.parameters(), draw, FlowStudy(size.base, _BASE_RATE, tell=tell), seed)
    return base.eval()


def base_kept(base: Dit, place: Path) -> None:
    """Write a base's weights as half floats in one .npz file; raises LabError."""
    body = BytesIO()
    weights = {name: value.cpu().numpy().astype(np.float16) for name, value in base.state_dict().items()}
    np.savez(body, **weights)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, body.getvalue())
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another with --out"
        ) from refused


def base_shipped(device: str = "cpu") -> Dit:
    """The base that ships with the lab: `base_learned(BASE_SIZE, BASE_SEED)`, kept by `base_kept`.

    It saves every run the minutes of learning it. Raises LabError when the file is damaged.
    """
    base = Dit(SHAPE)
    try:
        with np.load(BytesIO(files("daybrief.labs.control").joinpath("base.npz").read_bytes())) as kept:
            base.load_state_dict({name: torch.from_numpy(kept[name].astype(np.float32)) for name in kept})
    except (OSError, ValueError, LookupError, RuntimeError) as broken:
        raise LabError(
            f"the lab's base cannot be read: {repr(broken)[:200]}",
            hint="install daybrief again, or learn it: daybrief lab use control base",
        ) from broken
    return base.to(device).eval()


def _forgotten(words: Tensor, generator: torch.Generator) -> Tensor:
    """Words, of which a tenth are dropped, a word at a time."""
    kept = torch.rand(words.shape, generator=generator).to(words.device) >= _DROPPED
    return words * kept


# ── tasks ───────────────────────────────────────────────────────────────────────────────────────────


def course(task: Task, world: World, size: ControlSize, seed: int, device: str = "cpu") -> Course:
    """Pictures and conditions of a task; the test's garments are of the test part of the data."""
    rng = np.random.default_rng([seed, 2, *map(ord, task + world)])
    train = _drawn(task, world, "train", size.pool, rng)
    test = _drawn(task, world, "t10k", size.shown, rng)
    given, conditions = (
        condition_pictures(task, part.shown, depth=part.depth, twins=part.twins, seed=hidden)
        for part, hidden in ((train, seed), (test, HIDDEN))
    )
    return Course(
        task, world, train, test, tokens(given).to(device), tokens(conditions).to(device), conditions
    )


def _drawn(task: Task, world: World, part: Part, count: int, rng: np.random.Generator) -> Pictures:
    if world == "garments":
        make = worlds.small_garments if task == "subject" else worlds.garments
        return make(part, count, rng)
    return worlds.small_things(count, rng) if task == "subject" else worlds.scenes(count, rng)


def guide(name: GuideName, base: Dit, rank: int, seed: int) -> nn.Module:
    """A fresh guide of the base; every guide has as many parameters as the one with LoRA of this rank."""
    torch.manual_seed(seed)
    if name in {"shared", "shifted"}:
        return Unified(base, rank).to(base.clean.weight.device)
    count = sum(value.numel() for value in trainable(Unified(base, rank)))
    kind = Added if name == "added" else Crossed
    fitting = rank_for(count, lambda wanted: kind(base, wanted))
    torch.manual_seed(seed)
    return kind(base, fitting).to(base.clean.weight.device)


def place_of_guide(name: GuideName) -> Place:
    """The place at which a guide puts the condition's tokens."""
    return "shifted" if name == "shifted" else "shared"


def taught(
    name: GuideName, base: Dit, given: Course, size: ControlSize, seed: int,
    depth_of: DepthOf | None = None,
) -> tuple[nn.Module, Drawn]:  # fmt: skip
    """A guide that learned a task, and what it draws of the test."""
    device = base.clean.weight.device
    steered = guide(name, base, size.rank, seed)
    positions = placed(SHAPE.grid, SHAPE.grid, place_of_guide(name)).to(device)
    clean, words = tokens(given.train.shown).to(device), torch.from_numpy(given.train.words).to(device)

    def draw(generator: torch.Generator) -> FlowBatch:
        rows = torch.randint(len(clean), (size.batch,), generator=generator).to(device)
        black = (torch.rand(size.batch, 1, 1, generator=generator) < _DROPPED).to(device)
        shown = torch.where(black, -torch.ones_like(given.given[rows]), given.given[rows])
        return FlowBatch(clean[rows], _forgotten(words[rows], generator), Conditioning(shown, positions))

    steps = size.subject_steps if given.task == "subject" else size.steps
    losses = learn(steered, trainable(steered), draw, FlowStudy(steps, _GUIDE_RATE, warm=10), seed)
    condition = Conditioning(given.test_tokens, positions)
    pictures = drawn(steered, given, condition, size, seed)
    return steered, Drawn(
        errors=errors_of(given, pictures, depth_of),
        pictures=pictures,
        losses=losses,
        held_out=held_out_loss(steered, given, condition, seed),
        parameters=sum(value.numel() for value in trainable(steered)),
    )


def drawn(
    steered: Guide, given: Course, condition: Conditioning | None, size: ControlSize, seed: int
) -> Floats:
    """Pictures of the test's words, from the same noise for every guide."""
    generator = torch.Generator().manual_seed(seed + 77)
    words = torch.from_numpy(given.test.words).to(given.test_tokens.device)
    noise = torch.randn(given.test_tokens.shape, generator=generator).to(given.test_tokens)
    return pictures_of(sampled(steered, noise, words, condition, size.drawing))


def errors_of(given: Course, pictures: Floats, depth_of: DepthOf | None = None) -> NDArray[np.float64]:
    """How far each picture is from its condition."""
    return followed(
        given.task, pictures, given.conditions, truth=given.test.shown, masks=given.test.masks, seed=HIDDEN,
        depth_of=depth_of,
    )  # fmt: skip


@torch.no_grad()
def unchanged(steered: Guide, base: Dit, given: Course) -> bool:
    """Whether a guide without a condition gives the base's velocity of the test's pictures, bit for bit."""
    noisy = tokens(given.test.shown).to(given.test_tokens)
    words, time = (
        torch.from_numpy(given.test.words).to(noisy.device),
        torch.full((len(noisy),), 0.6).to(noisy),
    )
    return torch.equal(steered(noisy, time, words), base(noisy, time, words))


@torch.no_grad()
def held_out_loss(steered: Guide, given: Course, condition: Conditioning, seed: int) -> float:
    """The flow loss on the test's pictures, with noise and times fixed by the seed."""
    generator = torch.Generator().manual_seed(seed + 99)
    clean = tokens(given.test.shown).to(given.test_tokens)
    noise = torch.randn(clean.shape, generator=generator).to(clean)
    time = torch.linspace(0.05, 0.95, len(clean)).to(clean)
    words = torch.from_numpy(given.test.words).to(clean.device)
    return float(flow_loss(steered, FlowBatch(clean, words, condition), noise, time))


# ── an instrument ───────────────────────────────────────────────────────────────────────────────────


def depth_estimator(steps: int, pool: int, seed: int) -> DepthOf:
    """The depth that is seen in pictures of scenes: a small convolutional network, learned from nothing.

    It takes the place of the monocular depth model of section 4.2; its own error on real scenes is the floor.
    """
    torch.manual_seed(seed)
    shown = worlds.scenes(pool, np.random.default_rng([seed, 3]))
    where = torch.stack(torch.meshgrid(*(torch.linspace(-1, 1, SIDE),) * 2, indexing="ij"))
    network = nn.Sequential(
        nn.Conv2d(5, 24, 5, stride=2, padding=2), nn.GELU(), nn.Conv2d(24, 32, 3, padding=1), nn.GELU(),
        nn.Conv2d(32, 32, 3, padding=1), nn.GELU(), nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),
    )  # fmt: skip

    def seen(pictures: Tensor) -> Tensor:
        places = where.expand(len(pictures), -1, -1, -1)
        depth: Tensor = network(torch.cat([pictures.permute(0, 3, 1, 2), places], dim=1))[:, 0]
        return depth

    optimiser = torch.optim.AdamW(network.parameters(), lr=4e-3)
    generator = torch.Generator().manual_seed(seed)
    pictures, depth = torch.from_numpy(shown.shown), torch.from_numpy(shown.depth)
    for step in range(steps):
        rows = torch.randint(pool, (32,), generator=generator)
        noisy = pictures[rows] + 0.03 * torch.randn(pictures[rows].shape, generator=generator)
        loss = nn.functional.mse_loss(seen(noisy), depth[rows])
        for group in optimiser.param_groups:
            group["lr"] = 4e-3 * min(1.0, 2 * (1 - step / steps))
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    network.eval().requires_grad_(requires_grad=False)

    def estimate(pictures: Floats) -> Floats:
        with torch.no_grad():
            return np.asarray(seen(torch.from_numpy(pictures)).clamp(0, 1).numpy(), np.float32)

    return estimate


def strengths(
    steered: Guide, given: Course, place: Place, size: ControlSize, seed: int,
    values: Sequence[float] = STRENGTHS, depth_of: DepthOf | None = None,
) -> list[NDArray[np.float64]]:  # fmt: skip
    """The errors of the test's pictures at each strength gamma."""
    positions = placed(SHAPE.grid, SHAPE.grid, place).to(given.test_tokens.device)
    return [
        errors_of(
            given,
            drawn(steered, given, Conditioning(given.test_tokens, positions, gamma), size, seed),
            depth_of,
        )
        for gamma in values
    ]
