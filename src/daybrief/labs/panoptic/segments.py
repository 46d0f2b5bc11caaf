"""Panoptic maps and their measures: from masks to ids, panoptic quality, errors of depth.

An id is the label id of a stuff class, or 1000 · label id + number for a thing, as in Cityscapes; 0 is void,
and a
bare label id of a thing class is a group that no measure counts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from daybrief.labs.panoptic.kernels import Plan, Seen

Ids = NDArray[np.int32]
Floats = NDArray[np.float32]
VOID = 0
SCORE = 0.3  # of a kernel, below which it is dropped (RT-K-Net)
VISIBLE = 0.6  # share of a mask that must win its pixels (RT-K-Net)
SMALLEST = 6  # pixels of a thing


class Panoptic(NamedTuple):
    """ids (H, W); depth (H, W) in metres or None; score of each id."""

    ids: Ids
    depth: Floats | None
    scores: dict[int, float]


def panoptic_maps(seen: Seen, plan: Plan, size: tuple[int, int]) -> list[Panoptic]:
    """A panoptic map for each picture, of `size` (H, W), and the depth of the kernel that won each pixel."""
    last = seen.stages[-1]
    masks = enlarged(last.masks.detach(), size)
    chances = _allowed(last.classes.detach().sigmoid(), plan)
    depths = None if seen.depths is None else enlarged(seen.depths.detach(), size)
    soft = seen.depth()
    mixed = None if soft is None else enlarged(soft.detach()[:, None], size)[:, 0]
    return [
        _panoptic(
            masks[at],
            chances[at],
            None if depths is None else depths[at],
            None if mixed is None else mixed[at],
            plan,
        )
        for at in range(len(masks))
    ]


def enlarged(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (B, N, h, w) at another size, between pixels by straight lines."""
    if maps.shape[-2:] == size:
        return maps
    return functional.interpolate(maps, size=size, mode="bilinear", align_corners=False)


def _allowed(chances: Tensor, plan: Plan) -> Tensor:
    """Class scores with each stuff kernel held to its class, and the kernels of things to classes of
    things."""
    stuff = len(plan.stuff)
    kept = torch.zeros_like(chances)
    each = torch.arange(stuff)
    kept[:, each, each] = chances[:, each, each]
    kept[:, stuff:, stuff:] = chances[:, stuff:, stuff:]
    return kept


def _panoptic(
    masks: Tensor, chances: Tensor, depths: Tensor | None, mixed: Tensor | None, plan: Plan
) -> Panoptic:
    scores, classes = chances.max(dim=1)
    soft = masks.sigmoid()
    ranked = torch.where(scores[:, None, None] >= SCORE, soft * scores[:, None, None], torch.zeros(()))
    best, winner = ranked.max(dim=0)
    won, kernel = winner.numpy(), best.numpy() > 0
    ids = np.full(won.shape, VOID, np.int32)
    named: dict[int, float] = {}
    numbers: dict[int, int] = {}
    for at in np.unique(won[kernel]):
        mine = (won == at) & kernel
        own = int((soft[at] > 0.5).sum())
        label = plan.classes[int(classes[at])]
        thing = int(classes[at]) >= len(plan.stuff)
        sure = int((mine & (soft[at].numpy() > 0.5)).sum())
        if own == 0 or sure < VISIBLE * own or (thing and int(mine.sum()) < SMALLEST):
            continue
        name = label * 1000 + numbers.get(label, 0) if thing else label
        numbers[label] = numbers.get(label, 0) + 1
        ids[mine] = name
        named[name] = float(scores[at])
    return Panoptic(ids, _depth(depths, mixed, won, ids), named)


def _depth(depths: Tensor | None, mixed: Tensor | None, won: NDArray[np.int64], ids: Ids) -> Floats | None:
    """The winner's depth; where nothing won, the mixture of all."""
    if depths is None or mixed is None:
        return None
    if depths.shape[0] == 1:
        return depths[0].numpy()
    hard = depths.numpy()[won, np.arange(won.shape[0])[:, None], np.arange(won.shape[1])]
    return np.where(ids == VOID, mixed.numpy(), hard).astype(np.float32)


# ── panoptic quality ────────────────────────────────────────────────────────────────────────────────


class Quality(NamedTuple):
    """Panoptic quality (Kirillov et al. 2019), means over the classes that occur, 0 to 1."""

    all: float
    things: float
    stuff: float


def panoptic_quality(pairs: list[tuple[Ids, Ids]], things: tuple[int, ...]) -> Quality:
    """PQ of (predicted, true) maps. Segments match when their IoU is above one half, void not counted."""
    tally: dict[int, list[float]] = {}
    for predicted, true in pairs:
        _tally(predicted, true, things, tally)
    quality = {
        label: total / (hits + (false + missed) / 2)
        for label, (total, hits, false, missed) in tally.items()
        if hits + false + missed
    }

    def average(kept: list[float]) -> float:
        return float(np.mean(kept)) if kept else 0.0

    return Quality(
        average(list(quality.values())),
        average([q for label, q in quality.items() if label in things]),
        average([q for label, q in quality.items() if label not in things]),
    )


def _tally(predicted: Ids, true: Ids, things: tuple[int, ...], tally: dict[int, list[float]]) -> None:
    void = (true == VOID) | np.isin(true, things)  # a bare thing label is a group
    ours, areas = np.unique(predicted[~void & (predicted != VOID)], return_counts=True)
    theirs, sizes = np.unique(true[~void], return_counts=True)
    size_of, area_of = dict(zip(theirs, sizes, strict=True)), dict(zip(ours, areas, strict=True))
    both, common = np.unique(
        np.stack([predicted[~void], true[~void]]), axis=1, return_counts=True
    )  # fmt: skip
    matched: set[tuple[str, int]] = set()
    for (a, b), shared in zip(both.T, common, strict=True):
        if a == VOID or _label(a) != _label(b):
            continue
        overlap = shared / (area_of[a] + size_of[b] - shared)
        if overlap > 0.5:
            row = tally.setdefault(_label(b), [0.0, 0, 0, 0])
            row[0] += float(overlap)
            row[1] += 1
            matched |= {("a", int(a)), ("b", int(b))}
    for a in ours:
        if ("a", int(a)) not in matched:
            tally.setdefault(_label(a), [0.0, 0, 0, 0])[2] += 1
    for b in theirs:
        if ("b", int(b)) not in matched:
            tally.setdefault(_label(b), [0.0, 0, 0, 0])[3] += 1


def _label(name: int) -> int:
    return int(name) // 1000 if name >= 1000 else int(name)


# ── depth ───────────────────────────────────────────────────────────────────────────────────────────


def relative_error(predicted: Floats, true: Floats, where: NDArray[np.bool_]) -> float | None:
    """AbsRel, the mean of |found − true| / true over `where` and finite truth; None without such a pixel."""
    where = where & np.isfinite(true) & (true > 0)
    if not where.any():
        return None
    return float((np.abs(predicted[where] - true[where]) / true[where]).mean())


def root_square_error(predicted: Floats, true: Floats, where: NDArray[np.bool_]) -> float | None:
    """RMSE in metres over `where` and finite truth; None without such a pixel."""
    where = where & np.isfinite(true) & (true > 0)
    return float(np.sqrt(((predicted[where] - true[where]) ** 2).mean())) if where.any() else None


def degraded(ids: Ids, pixels: int, rng: np.random.Generator) -> Ids:
    """Each thing's mask grown or shrunk by `pixels`, at random: what a worse segmenter would give.

    A shrunk thing leaves void behind; a grown one covers its neighbours.
    """
    from scipy.ndimage import binary_dilation, binary_erosion

    out = ids.copy()
    for name in np.unique(ids[ids >= 1000]):
        mask = ids == name
        if rng.random() < 0.5:
            out[binary_dilation(mask, iterations=pixels)] = name
        else:
            out[mask & ~binary_erosion(mask, iterations=pixels, border_value=1)] = VOID
    return out
