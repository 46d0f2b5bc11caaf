"""The losses of the network: labelled segments of one frame, and three frames that must explain each
other.

    matched            kernels to segments: stuff kernels by class, the others by the Hungarian method
    panoptic_loss      focal, cross-entropy, dice and rank losses of each head; semantics and discrimination
    of F
    photometric_loss   0.85 SSIM + 0.15 L1, minimum over sources, auto-mask; smoothness

Weights are RT-K-Net's (focal 2, cross-entropy 1, dice 4, rank 0.1, semantics 1, discrimination 1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional

from daybrief.labs.panoptic.kernels import Plan, Seen, Stage
from daybrief.labs.panoptic.segments import VOID, Ids

COST_CLASS, COST_MASK, COST_DICE, COST_RANK = 2.0, 1.0, 4.0, 0.1
TEMPERATURE = 0.3  # of the discrimination of F's pixels
SMOOTH = 0.001
UNSEEN = 9.0  # the error of a pixel that lies outside of a source; no true one is as great


class Segments(NamedTuple):
    """The labelled segments of one picture at the size of F.

    masks (S, h, w): how much of each pixel lies in the segment; classes (S,): places in `Plan.classes`;
    known (h, w): whether the pixel is labelled.
    """

    masks: Tensor
    classes: Tensor
    known: Tensor


def segments_of(ids: Ids, plan: Plan, size: tuple[int, int]) -> Segments:
    """The segments of a panoptic map (H, W) at `size`; what lies between classes of the plan is unknown."""
    order = {label: at for at, label in enumerate(plan.classes)}
    things = set(plan.things)
    names, classes = [], []
    for name in np.unique(ids):
        label = int(name) // 1000 if name >= 1000 else int(name)
        if name == VOID or label not in order or (name < 1000 and label in things):
            continue
        names.append(int(name))
        classes.append(order[label])
    full = torch.from_numpy(np.stack([ids == name for name in names]) if names else np.zeros((0, *ids.shape)))
    masks = functional.adaptive_avg_pool2d(full[None].float(), size)[0]
    known = masks.sum(dim=0) > 0.5
    return Segments(masks, torch.tensor(classes, dtype=torch.long), known)


class Pairs(NamedTuple):
    """The pairs of kernel and segment of each picture: (P,) each, and their masks (P, h, w)."""

    picture: Tensor
    kernel: Tensor
    classes: Tensor
    masks: Tensor


def matched(stage: Stage, truth: list[Segments], plan: Plan) -> Pairs:
    """Stuff to its own kernels, things to kernels by the least sum of class, mask and dice costs."""
    stuff = len(plan.stuff)
    picture, kernel, classes, masks = [], [], [], []
    for at, segments in enumerate(truth):
        is_thing = segments.classes >= stuff
        rows = list(
            zip(segments.classes[~is_thing].tolist(), torch.nonzero(~is_thing)[:, 0].tolist(), strict=True)
        )
        which = torch.nonzero(is_thing)[:, 0]
        if len(which):
            cost = _cost(stage.masks[at, stuff:], stage.classes[at, stuff:], segments, which)
            ours, theirs = linear_sum_assignment(cost.numpy())
            rows += [(stuff + int(k), int(which[int(s)])) for k, s in zip(ours, theirs, strict=True)]
        for k, s in rows:
            picture.append(at)
            kernel.append(k)
            classes.append(segments.classes[s])
            masks.append(segments.masks[s])
    size = stage.masks.shape[-2:]
    return Pairs(
        torch.tensor(picture, dtype=torch.long),
        torch.tensor(kernel, dtype=torch.long),
        torch.stack(classes) if classes else torch.zeros(0, dtype=torch.long),
        torch.stack(masks) if masks else torch.zeros(0, *size),
    )


def _cost(masks: Tensor, classes: Tensor, segments: Segments, which: Tensor) -> Tensor:
    """(N, S): what it costs that a kernel answers for a segment; no gradient."""
    with torch.no_grad():
        wanted = segments.masks[which].flatten(1)
        logits = masks.flatten(1)
        chance = classes.sigmoid()[:, segments.classes[which]]
        focal = (
            -((1 - chance) ** 2) * chance.clamp(min=1e-6).log()
            + chance**2 * (1 - chance).clamp(min=1e-6).log()
        )
        cross = (functional.softplus(logits).sum(dim=1, keepdim=True) - logits @ wanted.T) / logits.shape[1]
        soft = logits.sigmoid()
        dice = 1 - 2 * soft @ wanted.T / (
            (soft**2).sum(dim=1, keepdim=True) + (wanted**2).sum(dim=1) + 1e-3
        )  # fmt: skip
        return COST_CLASS * focal + COST_MASK * cross + COST_DICE * dice


def panoptic_loss(
    seen: Seen, truth: list[Segments], plan: Plan, rng: torch.Generator, *, pixels: int = 128
) -> Tensor:
    """The sum of the losses of all heads, of the semantics of F, and of the discrimination of its pixels."""
    known = torch.stack([segments.known for segments in truth])
    total = torch.zeros(())
    for stage in seen.stages:
        pairs = matched(stage, truth, plan)
        total = total + _stage_loss(stage, pairs, known)
    total = total / len(seen.stages)
    labels = torch.stack([_classes(segments) for segments in truth])
    total = total + functional.cross_entropy(seen.semantic, labels, ignore_index=-1)
    return total + discrimination(seen.features, truth, rng, pixels)


def _stage_loss(stage: Stage, pairs: Pairs, known: Tensor) -> Tensor:
    if not len(pairs.kernel):
        return stage.masks.sum() * 0
    wanted = torch.zeros_like(stage.classes)
    wanted[pairs.picture, pairs.kernel, pairs.classes] = 1
    focal = _focal(stage.classes, wanted).sum() / len(pairs.kernel)
    logits = stage.masks[pairs.picture, pairs.kernel]
    seen = known[pairs.picture].float()
    cross = functional.binary_cross_entropy_with_logits(logits, pairs.masks, weight=seen)
    soft = logits.sigmoid() * seen
    dice = 1 - 2 * (soft * pairs.masks).sum(dim=(1, 2)) / (
        (soft**2).sum(dim=(1, 2)) + (pairs.masks**2).sum(dim=(1, 2)) + 1e-3
    )
    owner = torch.full(known.shape, -1, dtype=torch.long)
    for at, kernel, mask in zip(pairs.picture.tolist(), pairs.kernel.tolist(), pairs.masks, strict=True):
        owner[at][mask > 0.5] = kernel
    rank = functional.cross_entropy(stage.masks, owner, ignore_index=-1)
    return COST_CLASS * focal + COST_MASK * cross + COST_DICE * dice.mean() + COST_RANK * rank


def _focal(logits: Tensor, wanted: Tensor) -> Tensor:
    """Focal loss (Lin et al. 2017) with α 0.25 and γ 2."""
    chance = logits.sigmoid()
    right = chance * wanted + (1 - chance) * (1 - wanted)
    cross = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return (0.25 * wanted + 0.75 * (1 - wanted)) * (1 - right) ** 2 * cross


def _classes(segments: Segments) -> Tensor:
    """(h, w): the class of each pixel, -1 where unknown."""
    if not len(segments.classes):
        return torch.full(segments.known.shape, -1, dtype=torch.long)
    labels = segments.classes[segments.masks.argmax(dim=0)]
    return torch.where(segments.known, labels, torch.full_like(labels, -1))


def discrimination(features: Tensor, truth: list[Segments], rng: torch.Generator, pixels: int) -> Tensor:
    """Pixels of one segment must be alike in F, and unlike those of others: a softmax over pairs of pixels.

    Pixels are drawn with weight area^-0.3, so that small segments count too.
    """
    total = torch.zeros(())
    counted = 0
    for sample, segments in zip(features, truth, strict=True):
        if len(segments.classes) < 2 or not segments.known.any():
            continue
        area = segments.masks.sum(dim=(1, 2)).clamp(min=1e-3)
        owner = segments.masks.argmax(dim=0).flatten()
        weight = (area**-0.3)[owner] * segments.known.flatten()
        drawn = torch.multinomial(weight, min(pixels, int((weight > 0).sum())), generator=rng)
        unit = functional.normalize(sample.flatten(1)[:, drawn], dim=0)
        alike = unit.T @ unit / TEMPERATURE
        same = (owner[drawn][:, None] == owner[drawn][None]).float()
        total = total - (alike.log_softmax(dim=1) * same).sum() / same.sum()
        counted += 1
    return total / max(counted, 1)


# ── three frames ────────────────────────────────────────────────────────────────────────────────────


def photometric_error(first: Tensor, second: Tensor) -> Tensor:
    """0.85 of half of one minus SSIM over 3 by 3 pixels, and 0.15 of the difference: (B, H, W)."""
    mean_a, mean_b = _window(first), _window(second)
    spread_a = _window(first * first) - mean_a * mean_a
    spread_b = _window(second * second) - mean_b * mean_b
    both = _window(first * second) - mean_a * mean_b
    ssim = ((2 * mean_a * mean_b + 1e-4) * (2 * both + 9e-4)) / (
        (mean_a * mean_a + mean_b * mean_b + 1e-4) * (spread_a + spread_b + 9e-4)
    )
    unlike = ((1 - ssim) / 2).clamp(0, 1).mean(dim=1)
    return 0.85 * unlike + 0.15 * (first - second).abs().mean(dim=1)


def _window(maps: Tensor) -> Tensor:
    """The mean of 3 by 3 pixels, the edge repeated; three times as quick as a pooling layer on a CPU."""
    across = torch.cat([maps[..., :1], maps, maps[..., -1:]], dim=-1)
    across = across[..., :-2] + across[..., 1:-1] + across[..., 2:]
    down = torch.cat([across[..., :1, :], across, across[..., -1:, :]], dim=-2)
    return (down[..., :-2, :] + down[..., 1:-1, :] + down[..., 2:, :]) / 9


def photometric_loss(
    middle: Tensor, warps: list[Tensor], inside: list[Tensor], sources: list[Tensor], counted: Tensor,
    *, automask: bool,
) -> Tensor:  # fmt: skip
    """The weighted mean over pixels of the least error over the sources.

    middle (B, 3, H, W); warps and sources: neighbours seen from the middle, and as they are; inside: where a
    warp
    is known; counted (B, H, W): how far a pixel counts, 0 for what moves and for sky. With the auto-mask a
    pixel that an unmoved
    neighbour explains better adds no gradient (Godard et al. 2019).
    """
    errors = [
        torch.where(known, photometric_error(warp, middle), torch.full_like(counted, UNSEEN))
        for warp, known in zip(warps, inside, strict=True)
    ]
    least = torch.stack(errors).amin(dim=0)
    used = least < UNSEEN
    if automask:
        still = torch.stack([photometric_error(source, middle) for source in sources]).amin(dim=0)
        used = used & (least < still)
    return (least * used * counted).sum() / (counted.sum() + 1.0)


def smoothness(depth: Tensor, picture: Tensor) -> Tensor:
    """Steps of the inverse depth over its mean, where the picture has none: depth (B, H, W), picture (B, 3,
    H, W)."""
    inverse = 1 / depth
    even = inverse / inverse.mean(dim=(1, 2), keepdim=True)
    across = (even[:, :, 1:] - even[:, :, :-1]).abs()
    down = (even[:, 1:] - even[:, :-1]).abs()
    edge_across = (picture[..., 1:] - picture[..., :-1]).abs().mean(dim=1)
    edge_down = (picture[..., 1:, :] - picture[..., :-1, :]).abs().mean(dim=1)
    return (across * (-edge_across).exp()).mean() + (down * (-edge_down).exp()).mean()
