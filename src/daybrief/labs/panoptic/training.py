"""A network learns from labelled frames and their neighbours; it is kept, loaded, asked, and exported.

    samples | masks and classes from labels | depth from three frames, moving things left out | checkpoint

Each step draws its samples from (seed, step): a run that was stopped and taken up again ends as one that was
not.
"""

from __future__ import annotations

import io
import json
import pickle
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit import require
from daybrief.labs.panoptic.geometry import PoseNet, motion_of, projected, warped
from daybrief.labs.panoptic.kernels import PanopticDepth, Plan, Seen, Stage
from daybrief.labs.panoptic.losses import (
    SMOOTH,
    panoptic_loss,
    photometric_loss,
    segments_of,
    smoothness,
)
from daybrief.labs.panoptic.segments import Ids, Panoptic, degraded, enlarged, panoptic_maps
from daybrief.model import Value

Floats = NDArray[np.float32]
SKY = 23  # Cityscapes' label id; its depth is not learned
_FORM = "daybrief-panoptic-1"


class Sample(NamedTuple):
    """A frame to learn from or to measure on.

    image (H, W, 3) in 0..1; neighbours (2, H, W, 3), the frames before and after, None where there are none;
    ids (H, W) panoptic ids, None without labels; depth (H, W) in metres, infinite or 0 where unknown; camera
    (3, 3);
    poses (2, 4, 4), None where a pose network must find them; moving: ids of things known to move.
    """

    name: str
    image: Floats
    neighbours: Floats | None
    ids: Ids | None
    depth: Floats | None
    camera: Floats
    poses: Floats | None
    moving: tuple[int, ...] = ()


class Recipe(Value, frozen=True, kw_only=True):
    """How a network learns.

    panoptic, photometric: weights of the tasks. automask: leave out what an unmoved neighbour explains
    better.
    motion: `none`, `panoptic` (things whose warped neighbour does not overlap are left out), or `given`
    (those a
    sample names). motion_from: share of the steps after which it begins, when depth is sane. threshold: the
    overlap
    below which a thing moves. degrade: pixels by which masks are spoilt before they are compared.
    frozen: only the weights of the depth head learn; what the rest sees of a sample is reckoned once.
    balance: a pixel counts by the area of its segment to the power of minus this; 0 counts pixels alike.
    Depth is
    told mask by mask, and without it the road outweighs every thing.
    """

    steps: int
    batch: int = 8
    rate: float = 1e-3
    decay: float = 0.05
    warm: int = 20
    seed: int = 0
    panoptic: float = 1.0
    photometric: float = 20.0
    automask: bool = True
    motion: Literal["none", "panoptic", "given"] = "none"
    motion_from: float = 0.3
    threshold: float = 0.6
    degrade: int = 0
    frozen: bool = False
    balance: float = 0.5


class Learning:
    """A network with its optimizer, at a step of a recipe."""

    def __init__(self, network: PanopticDepth, recipe: Recipe) -> None:
        self.network, self.recipe, self.step = network, recipe, 0
        self.pose = PoseNet().to(next(network.parameters()).device)
        own = network.depth_parameters() if recipe.frozen else list(network.parameters())
        grown = [*own, *self.pose.parameters()]
        self.optimizer = torch.optim.AdamW(grown, lr=recipe.rate, weight_decay=recipe.decay, fused=True)
        self._parameters = grown

    def learn(
        self,
        samples: Sequence[Sample],
        *,
        maps: Mapping[str, Ids] | None = None,
        known: dict[str, Seen] | None = None,
        until: int | None = None,
        tell: Callable[[str], None] = lambda _text: None,
    ) -> list[float]:
        """Take steps up to the recipe's last, or `until`; gives the loss of each.

        maps: panoptic ids (3, H, W) of a sample's frames, before, middle, after, where they were predicted
        already.
        Raises LabError when the loss is no number any more.
        """
        self._known = {} if known is None else known
        losses = []
        last = self.recipe.steps if until is None else min(until, self.recipe.steps)
        while self.step < last:
            rng = np.random.default_rng([self.recipe.seed, self.step])
            drawn = [samples[int(at)] for at in rng.integers(0, len(samples), self.recipe.batch)]
            for group in self.optimizer.param_groups:
                group["lr"] = self.recipe.rate * _pace(self.step, self.recipe)
            loss = self._loss(drawn, rng, maps)
            if not torch.isfinite(loss):
                raise LabError(f"the loss is {loss.item()} at step {self.step}", hint="lower --rate")
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self._parameters, 1.0)
            self.optimizer.step()
            self.step += 1
            losses.append(loss.item())
            if self.step % 50 == 0:
                tell(f"step {self.step} of {self.recipe.steps}: loss {np.mean(losses[-50:]):.3f}")
        return losses

    def _loss(self, drawn: list[Sample], rng: np.random.Generator, maps: Mapping[str, Ids] | None) -> Tensor:
        network, recipe = self.network.train(), self.recipe
        pictures = _pictures([sample.image for sample in drawn], self._device)
        seen = self._recalled(drawn) if recipe.frozen else network(pictures)
        loss = seen.features.sum() * 0
        if not torch.isfinite(loss):
            return loss
        labelled = [at for at, sample in enumerate(drawn) if sample.ids is not None]
        if recipe.panoptic and labelled and not recipe.frozen:
            size = (int(seen.features.shape[-2]), int(seen.features.shape[-1]))
            truth = [segments_of(_labels(drawn[at]), network.plan, size) for at in labelled]
            chance = torch.Generator().manual_seed(int(rng.integers(2**31)))
            loss = loss + recipe.panoptic * panoptic_loss(
                _cpu(_some(seen, labelled)), truth, network.plan, chance
            )
        moved = [at for at, sample in enumerate(drawn) if sample.neighbours is not None]
        if recipe.photometric and seen.depths is not None and moved:
            some = _some(seen, moved)
            loss = loss + self._photometric([drawn[at] for at in moved], pictures[moved], some, rng, maps)
        return loss

    def _recalled(self, drawn: list[Sample]) -> Seen:
        """The output of a frozen network, with depths that learn."""
        for sample in drawn:
            if sample.name not in self._known:
                with torch.no_grad():
                    seen = self.network(_pictures([sample.image], self._device))
                self._known[sample.name] = Seen(seen.stages[-1:], seen.features, seen.semantic, None)
        known = [self._known[sample.name] for sample in drawn]
        last = Stage(*(torch.cat(parts) for parts in zip(*(seen.stages[-1] for seen in known), strict=True)))
        features = torch.cat([seen.features for seen in known])
        semantic = torch.cat([seen.semantic for seen in known])
        return Seen((last,), features, semantic, self.network.depths(features, last))

    @property
    def _device(self) -> torch.device:
        return next(self.network.parameters()).device

    def _photometric(
        self, drawn: list[Sample], pictures: Tensor, seen: Seen, rng: np.random.Generator,
        maps: Mapping[str, Ids] | None,
    ) -> Tensor:  # fmt: skip
        size = (int(pictures.shape[-2]), int(pictures.shape[-1]))
        coarse = seen.depth()
        assert coarse is not None  # noqa: S101  the caller saw to it
        depth = enlarged(coarse[:, None], size)[:, 0]
        sources = [_pictures([_others(s)[k] for s in drawn], self._device) for k in (0, 1)]
        camera = torch.from_numpy(np.stack([s.camera for s in drawn])).to(self._device)
        poses = [self._poses(drawn, pictures, source, k) for k, source in enumerate(sources)]
        places = [projected(depth, camera, pose) for pose in poses]
        warps, inside = zip(*(warped(s, at) for s, at in zip(sources, places, strict=True)), strict=True)
        counted = self._counted(drawn, sources, seen, places, rng, maps).to(self._device)
        error = photometric_loss(
            pictures, list(warps), list(inside), sources, counted, automask=self.recipe.automask
        )
        return self.recipe.photometric * (error + SMOOTH * smoothness(depth, pictures))

    def _poses(self, drawn: list[Sample], pictures: Tensor, source: Tensor, k: int) -> Tensor:
        if all(sample.poses is not None for sample in drawn):
            known = np.stack([sample.poses[k] for sample in drawn if sample.poses is not None])
            return torch.from_numpy(known).to(self._device)
        poses: Tensor = self.pose(pictures, source)
        return poses

    def _counted(
        self, drawn: list[Sample], sources: list[Tensor], seen: Seen, places: list[Tensor],
        rng: np.random.Generator, maps: Mapping[str, Ids] | None,
    ) -> Tensor:  # fmt: skip
        """How far each pixel teaches depth, (B, H, W): sky and things that move do not."""
        recipe = self.recipe
        begun = self.step >= recipe.motion_from * recipe.steps
        frames = self._frames(drawn, sources, seen, maps, neighbours=begun and recipe.motion == "panoptic")
        counted = np.stack([middle != SKY for middle, _ in frames])
        if recipe.motion == "given":
            for at, sample in enumerate(drawn):
                counted[at] &= ~np.isin(_labels(sample), sample.moving)
        elif recipe.motion == "panoptic" and begun:
            where = np.stack([place.detach().cpu().numpy() for place in places], axis=1)
            for at, (middle, others) in enumerate(frames):
                if others is None:
                    continue
                if recipe.degrade:
                    middle, *others = (degraded(m, recipe.degrade, rng) for m in (middle, *others))
                moving = motion_of(middle, np.asarray(others), where[at]).moving(recipe.threshold)
                counted[at] &= ~np.isin(middle, moving)
        weights = np.stack([_evened(middle, recipe.balance) for middle, _ in frames])
        return torch.from_numpy((counted * weights).astype(np.float32))

    def _frames(
        self, drawn: list[Sample], sources: list[Tensor], seen: Seen, maps: Mapping[str, Ids] | None,
        *, neighbours: bool,
    ) -> list[tuple[Ids, Any]]:  # fmt: skip
        """The predicted ids of each sample's middle frame, and of both neighbours where they are wanted."""
        if maps is not None:
            return [(maps[s.name][1], maps[s.name][[0, 2]]) for s in drawn]
        size = (int(sources[0].shape[-2]), int(sources[0].shape[-1]))
        middle = [prediction.ids for prediction in panoptic_maps(_cpu(seen), self.network.plan, size)]
        if not neighbours:
            return [(ids, None) for ids in middle]
        with torch.no_grad():
            pairs = [panoptic_maps(_cpu(self.network(s)), self.network.plan, size) for s in sources]
        return [(ids, (a.ids, b.ids)) for ids, a, b in zip(middle, *pairs, strict=True)]


def _evened(ids: Ids, power: float) -> NDArray[np.float64]:
    """The weight of each pixel by its segment's area; their mean is one."""
    _, which, areas = np.unique(ids, return_inverse=True, return_counts=True)
    weights = (areas.astype(np.float64) ** -power)[which.reshape(ids.shape)]
    normalised: NDArray[np.float64] = weights / weights.mean()
    return normalised


def _pace(step: int, recipe: Recipe) -> float:
    warm = min(1.0, (step + 1) / max(recipe.warm, 1))
    return float(warm * (1 - step / max(recipe.steps, 1)) ** 0.9)


def _pictures(images: Sequence[Floats], device: torch.device | str = "cpu") -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2))).to(device)


def _labels(sample: Sample) -> Ids:
    if sample.ids is None:
        raise LabError(f"{sample.name} has no labels", hint="choose samples with labels")
    return sample.ids


def _others(sample: Sample) -> Floats:
    if sample.neighbours is None:
        raise LabError(f"{sample.name} has no neighbouring frames", hint="choose samples with neighbours")
    return sample.neighbours


def _some(seen: Seen, rows: list[int]) -> Seen:
    """The outputs for some pictures of a batch."""
    if len(rows) == len(seen.features):
        return seen
    stages = tuple(type(s)(*(part[rows] for part in s)) for s in seen.stages)
    depths = None if seen.depths is None else seen.depths[rows]
    return Seen(stages, seen.features[rows], seen.semantic[rows], depths)


def _cpu(seen: Seen) -> Seen:
    """The same on the CPU, where segments are matched and counted."""
    stages = tuple(type(s)(*(part.cpu() for part in s)) for s in seen.stages)
    depths = None if seen.depths is None else seen.depths.cpu()
    return Seen(stages, seen.features.cpu(), seen.semantic.cpu(), depths)


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────


def predicted(network: PanopticDepth, images: Sequence[Floats], batch: int = 16) -> list[Panoptic]:
    """Panoptic ids and depth of pictures of one size, (H, W, 3) in 0..1 each.

    Sides that are no multiple of the backbone's coarsest stride are filled up with the edge, and cut again.
    """
    predictions: list[Panoptic] = []
    device = next(network.parameters()).device
    coarsest = network.backbone.strides[-1]
    network.eval()
    with torch.no_grad():
        for at in range(0, len(images), batch):
            pictures = _pictures(images[at : at + batch], device)
            height, width = pictures.shape[-2:]
            fill = (0, -width % coarsest, 0, -height % coarsest)
            filled = nn.functional.pad(pictures, fill, mode="replicate") if any(fill) else pictures
            size = (int(filled.shape[-2]), int(filled.shape[-1]))
            for prediction in panoptic_maps(_cpu(network(filled)), network.plan, size):
                depth = None if prediction.depth is None else prediction.depth[:height, :width]
                predictions.append(Panoptic(prediction.ids[:height, :width], depth, prediction.scores))
    return predictions


# ── keeping ─────────────────────────────────────────────────────────────────────────────────────────


def saved(learning: Learning, file: Path) -> None:
    """Keep a run in one file, at once: network, poses, optimizer, step, plan and recipe. Raises LabError."""
    buffer = io.BytesIO()
    torch.save(
        {
            "form": _FORM,
            "plan": msgspec.json.encode(learning.network.plan).decode(),
            "recipe": msgspec.json.encode(learning.recipe).decode(),
            "step": learning.step,
            "network": learning.network.state_dict(),
            "pose": learning.pose.state_dict(),
            "optimizer": learning.optimizer.state_dict(),
        },
        buffer,
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, buffer.getvalue())
    except OSError as refused:
        raise LabError(f"{file} cannot be written: {refused.strerror}", hint="name another file") from refused


def resumed(file: Path, *, device: str = "cpu") -> Learning:
    """A run that was kept. Raises LabUnmet when the file is absent, LabError when it holds no such run."""
    checkpoint = _opened(file, device)
    try:
        plan = msgspec.json.decode(checkpoint["plan"], type=Plan)
        learning = Learning(
            PanopticDepth(plan).to(device), msgspec.json.decode(checkpoint["recipe"], type=Recipe)
        )
        learning.network.load_state_dict(checkpoint["network"])
        learning.pose.load_state_dict(checkpoint["pose"])
        learning.optimizer.load_state_dict(checkpoint["optimizer"])
        learning.step = int(checkpoint["step"])
    except (KeyError, RuntimeError, ValueError, TypeError, msgspec.MsgspecError) as other:
        raise LabError(
            f"{file} holds weights of another architecture: {str(other).splitlines()[0][:160]}",
            hint="give a file that `panoptic train` wrote, or train anew into another file",
        ) from other
    return learning


def _opened(file: Path, device: str) -> dict[str, Any]:
    if not file.is_file():
        raise LabUnmet(f"{file} does not exist", hint="train one: daybrief lab use panoptic train FOLDER")
    try:
        checkpoint = torch.load(file, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as broken:
        raise LabError(
            f"{file} is no checkpoint: {str(broken).splitlines()[0][:120]}",
            hint="give a file that `panoptic train` wrote",
        ) from broken
    if not isinstance(checkpoint, dict) or checkpoint.get("form") != _FORM:
        raise LabError(f"{file} holds other weights", hint="give a file that `panoptic train` wrote")
    return checkpoint


class _Exported(nn.Module):
    """The network with a row of tensors as its answer: masks, classes, and depth of each kernel."""

    def __init__(self, network: PanopticDepth) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        seen = self.network(pictures)
        last = seen.stages[-1]
        return (last.masks, last.classes) if seen.depths is None else (last.masks, last.classes, seen.depths)


def exported(network: PanopticDepth, file: Path, size: tuple[int, int]) -> float | None:
    """Write the network as ONNX for pictures (1, 3, H, W) of `size`; outputs masks, classes, depths.

    Gives the greatest difference between onnxruntime and torch on a random picture, relative to the output's
    greatest value; None where onnxruntime is not installed. Raises LabUnmet without `onnx`, LabError when
    the size
    is no multiple of the coarsest stride or the file cannot be written.
    """
    require(("onnx",), extra="lab-panoptic")
    coarsest = network.backbone.strides[-1]
    if size[0] % coarsest or size[1] % coarsest:
        raise LabError(f"{size[0]} by {size[1]} is no multiple of {coarsest}", hint="round the size to it")
    network = network.cpu().eval()
    picture = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0))
    names = ["masks", "classes"] + (["depths"] if network.plan.depth_head != "none" else [])
    buffer: Any = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further package says it is the older one
        torch.onnx.export(
            _Exported(network), (picture,), buffer, input_names=["pictures"], output_names=names,
            opset_version=17, dynamo=False,
        )  # fmt: skip
    try:
        replace_file(file, buffer.getvalue())
    except OSError as refused:
        raise LabError(f"{file} cannot be written: {refused.strerror}", hint="name another file") from refused
    try:
        import onnxruntime
    except ImportError:
        return None
    engine = onnxruntime.InferenceSession(buffer.getvalue(), providers=["CPUExecutionProvider"])
    theirs = engine.run(names, {"pictures": picture.numpy()})
    with torch.no_grad():
        ours = _Exported(network)(picture)
    return max(
        float(np.abs(a.numpy() - b).max() / (np.abs(b).max() + 1e-9))
        for a, b in zip(ours, theirs, strict=True)
    )


def described(learning: Learning) -> str:
    """A line about a run."""
    plan = json.loads(msgspec.json.encode(learning.network.plan))
    count = sum(p.numel() for p in learning.network.parameters())
    return f"{plan['backbone']}, {count:,} weights, {learning.step} of {learning.recipe.steps} steps"
