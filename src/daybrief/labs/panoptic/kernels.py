"""The network: kernel-update heads for masks and classes, and mask-level binned depth linked to the kernels.

    pictures | backbone | fused map F | kernels, updated by each head | masks, classes, depth of each kernel

The heads follow RT-K-Net (Schön, Buchholz and Dietmayer 2023), its group features being divided by the area.
MGNiceNet's own equations of the depth head were not at hand; what stands here is a specification of ours:
each kernel says how its mask's depth lies over bins, and how the bins shift from pixel to pixel.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from daybrief.errors import LabError
from daybrief.labs.panoptic.backbones import Backbone, backbone, place
from daybrief.model import Value

DepthHead = Literal["linked", "unlinked", "pixel", "none"]
MOMENTS = 5  # of a mask: mean and spread of both axes, and its area
UNDECIDED = 0.01  # probability of a class before training
SHARPNESS = 4.0  # of the bins' softmax: so that a depth leaves the middle bins within a few steps


class Plan(Value, frozen=True, kw_only=True):
    """The parts of a network; kept in its checkpoint.

    stuff, things: label ids of the classes. kernels: of things; each stuff class has one of its own.
    stride: of the fused map F. near, far: the depths the bins span, in metres.
    depth_head: `linked` reads the depth from the panoptic kernels, `unlinked` from kernels of its own with
    the
    same masks, `pixel` from F without kernels, `none` leaves depth out.
    """

    stuff: tuple[int, ...]
    things: tuple[int, ...]
    backbone: str = "small"
    kernels: int = 8
    heads: int = 3
    width: int = 32
    stride: int = 2
    bins: int = 16
    near: float = 1.0
    far: float = 80.0
    depth_head: DepthHead = "linked"

    @property
    def classes(self) -> tuple[int, ...]:
        """Label ids in the order of the class scores: stuff, then things."""
        return self.stuff + self.things


class Stage(NamedTuple):
    """The output of a head: masks (B, N, h, w) and classes (B, N, K) as logits, kernels (B, N, C)."""

    masks: Tensor
    classes: Tensor
    kernels: Tensor


class Seen(NamedTuple):
    """The network's output: a stage for each head, the last the best; F; semantic logits; kernels' depth.

    depths: (B, N, h, w) metres, of one (B, 1, h, w) with a pixel head, None without depth.
    """

    stages: tuple[Stage, ...]
    features: Tensor
    semantic: Tensor
    depths: Tensor | None

    def depth(self) -> Tensor | None:
        """The depth of each pixel, (B, h, w): the kernels' depths weighed by their masks."""
        if self.depths is None:
            return None
        if self.depths.shape[1] == 1:
            return self.depths[:, 0]
        return (self.depths * share_of_kernels(self.stages[-1])).sum(dim=1)


def share_of_kernels(stage: Stage) -> Tensor:
    """How far each pixel belongs to each kernel, (B, N, h, w); sums to one."""
    best = functional.logsigmoid(stage.classes).amax(dim=-1)
    return (functional.logsigmoid(stage.masks) + best[..., None, None]).softmax(dim=1).detach()


class KernelHead(nn.Module):
    """An update of the kernels (RT-K-Net, section III): gates, attention among kernels, masks and
    classes."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.of_group, self.of_kernel = nn.Linear(width, 2 * width), nn.Linear(width, 2 * width)
        self.update_gate, self.input_gate = nn.Linear(width, width), nn.Linear(width, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(7))
        self.merged = nn.Linear(width, width)
        self.attention = nn.MultiheadAttention(width, 8 if width % 8 == 0 else 1, batch_first=True)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
        self.to_mask = _two_layers(width, width)
        self.to_class = _two_layers(width, classes)
        for name, value in self.to_class[-1].named_parameters():
            if name == "bias":
                nn.init.constant_(value, math.log(UNDECIDED / (1 - UNDECIDED)))

    def forward(self, features: Tensor, kernels: Tensor, group: Tensor) -> Stage:
        """features (B, C, h, w), kernels (B, N, C), group (B, N, C)."""
        a, b = self.of_group(group).chunk(2, dim=-1)
        c, d = self.of_kernel(kernels).chunk(2, dim=-1)
        gate = a * c
        update = torch.sigmoid(self.norms[0](self.update_gate(gate)))
        entrance = torch.sigmoid(self.norms[1](self.input_gate(gate)))
        mixed = update * self.norms[2](b) + entrance * self.norms[3](d)
        mixed = functional.relu(self.norms[4](self.merged(mixed)))
        attended = self.norms[5](mixed + self.attention(mixed, mixed, mixed, need_weights=False)[0])
        new = self.norms[6](attended + self.feed(attended))
        masks = torch.einsum("bnc,bchw->bnhw", self.to_mask(new), features)
        return Stage(masks, self.to_class(new), new)


class DepthFromKernels(nn.Module):
    """Binned depth of each kernel's mask.

    Bins lie evenly in log depth between near and far. The logit of bin j at pixel p for kernel n is
    β_nj + ⟨d_n ∘ E_j, G(p)⟩: β, the mask's own distribution, from the kernel and the moments of its mask;
    d_n a depth kernel; E_j the embedding of a bin; G one convolution over F and the pixel's place. The depth
    is
    the mean of the bins' log depths under the softmax. With β = 0 and d = 1 this is the pixel head.
    """

    def __init__(self, width: int, bins: int, near: float, far: float) -> None:
        super().__init__()
        self.to_bins = nn.Sequential(
            nn.Linear(width + MOMENTS, 2 * width), nn.ReLU(), nn.Linear(2 * width, bins)
        )
        self.layers = nn.Sequential(
            nn.Conv2d(width + 2, 2 * width, 3, 1, 1, padding_mode="replicate"), nn.ReLU()
        )
        self.to_kernel = _two_layers(width, 2 * width)
        self.embedding = nn.Parameter(torch.zeros(bins, 2 * width))
        self.register_buffer("levels", torch.linspace(math.log(near), math.log(far), bins))
        _silent(self.to_bins[-1], self.to_kernel[-1])

    def forward(self, features: Tensor, kernels: Tensor, moments: Tensor) -> Tensor:
        """features (B, C, h, w), kernels (B, N, C), moments (B, N, 5): metres, (B, N, h, w)."""
        whole = self.to_bins(torch.cat([kernels, moments], dim=-1))  # (B, N, J)
        each = (1 + self.to_kernel(kernels))[:, :, None] * self.embedding  # (B, N, J, C)
        placed = self.layers(torch.cat([features, place(features)], dim=1))
        logits = torch.einsum("bnjc,bchw->bnjhw", each, placed) + whole[..., None, None]
        chances = (SHARPNESS * logits).softmax(dim=2)
        return torch.einsum("bnjhw,j->bnhw", chances, self.levels).exp()


class DepthFromPixels(nn.Module):
    """The head beside which the linked one is measured: bins of each pixel from F alone, no kernel."""

    def __init__(self, width: int, bins: int, near: float, far: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width + 2, 2 * width, 3, 1, 1, padding_mode="replicate"),
            nn.ReLU(),
            nn.Conv2d(2 * width, bins, 1),
        )
        self.register_buffer("levels", torch.linspace(math.log(near), math.log(far), bins))
        _silent(self.layers[-1])

    def forward(self, features: Tensor) -> Tensor:
        """features (B, C, h, w): metres, (B, 1, h, w)."""
        logits = SHARPNESS * self.layers(torch.cat([features, place(features)], dim=1))
        chances = logits.softmax(dim=1)
        return torch.einsum("bjhw,j->bhw", chances, self.levels).exp()[:, None]


class PanopticDepth(nn.Module):
    """Panoptic masks and depth from one picture; see `Plan`. Takes (B, 3, H, W) in 0..1, gives `Seen`.

    H and W must be multiples of the backbone's coarsest stride. Raises LabError when the plan is impossible.
    """

    def __init__(self, plan: Plan, *, pretrained: bool = False) -> None:
        super().__init__()
        self.plan = plan
        self.backbone: Backbone = backbone(plan.backbone, pretrained=pretrained)
        self.fusion = Fusion(self.backbone, plan.width, plan.stride)
        stuff, width = len(plan.stuff), plan.width
        self.kernels = nn.Parameter(torch.randn(stuff + plan.kernels, width) * 0.2)
        self.heads = nn.ModuleList(KernelHead(width, len(plan.classes)) for _ in range(plan.heads))
        self.semantic = nn.Conv2d(width, len(plan.classes), 1)
        if plan.depth_head == "unlinked":
            self.depth_kernels = nn.Parameter(torch.randn(stuff + plan.kernels, width) * 0.2)
            self.depth_update = KernelHead(width, 1)
        if plan.depth_head == "pixel":
            self.depth: nn.Module = DepthFromPixels(width, plan.bins, plan.near, plan.far)
        elif plan.depth_head != "none":
            self.depth = DepthFromKernels(width, plan.bins, plan.near, plan.far)

    def forward(self, pictures: Tensor) -> Seen:
        """Returns a stage for each head, and the depth the plan asks for."""
        features = self.fusion(self.backbone(pictures))
        kernels = self.kernels.expand(pictures.shape[0], -1, -1)
        masks = torch.einsum("bnc,bchw->bnhw", kernels, features)
        group = group_features(masks, features)
        kernels = kernels + group
        stages = []
        for at, head in enumerate(self.heads):
            stages.append(head(features, kernels, group))
            kernels = stages[-1].kernels
            if at + 1 < len(self.heads):
                group = group_features(stages[-1].masks, features)
        return Seen(tuple(stages), features, self.semantic(features), self.depths(features, stages[-1]))

    def depth_parameters(self) -> list[nn.Parameter]:
        """The weights that only depth uses: of its head, and of kernels of its own."""
        return [value for name, value in self.named_parameters() if name.startswith("depth")]

    def depths(self, features: Tensor, last: Stage) -> Tensor | None:
        """The depth of each kernel from F and the last stage; see `Seen`."""
        head = self.plan.depth_head
        if head == "none":
            return None
        if head == "pixel":
            depth: Tensor = self.depth(features)
            return depth
        kernels = last.kernels
        if head == "unlinked":
            own = self.depth_kernels.expand(features.shape[0], -1, -1)
            kernels = self.depth_update(features, own, group_features(last.masks.detach(), features)).kernels
        depths: Tensor = self.depth(features, kernels, mask_moments(last.masks))
        return depths


class Fusion(nn.Module):
    """The backbone's maps as one map F of `width` channels at `stride`: coarse maps are enlarged and added.

    The place of each pixel is added as two channels: kernels tell equal things apart by it.
    """

    def __init__(self, source: Backbone, width: int, stride: int) -> None:
        super().__init__()
        if stride not in source.strides:
            raise LabError(
                f"the backbone has no map at stride {stride}",
                hint=f"its strides: {', '.join(map(str, source.strides))}",
            )
        self.first = source.strides.index(stride)
        self.sides = nn.ModuleList(nn.Conv2d(c, width, 1) for c in source.channels[self.first :])
        self.last = nn.Sequential(
            nn.Conv2d(width + 2, width, 3, 1, 1, bias=False, padding_mode="replicate"),
            nn.GroupNorm(max(1, width // 8), width), nn.ReLU(), nn.Conv2d(width, width, 1, bias=False),
            nn.GroupNorm(max(1, width // 8), width),
        )  # fmt: skip

    def forward(self, maps: list[Tensor]) -> Tensor:
        """(B, width, H/stride, W/stride)."""
        used = maps[self.first :]
        out = self.sides[-1](used[-1])
        for side, finer in zip(reversed(list(self.sides)[:-1]), reversed(used[:-1]), strict=True):
            out = functional.interpolate(out, size=finer.shape[-2:], mode="bilinear") + side(finer)
        fused: Tensor = self.last(torch.cat([out, place(out)], dim=1))
        return fused


def group_features(masks: Tensor, features: Tensor) -> Tensor:
    """The mean of F over each hard mask, (B, N, C): S = 1[sigmoid(M) > 0.5] / area, g = Σ S F."""
    hard = (masks > 0).to(features.dtype)
    area = hard.sum(dim=(-2, -1)).clamp(min=1)
    return torch.einsum("bnhw,bchw->bnc", hard, features) / area[..., None]


def mask_moments(masks: Tensor) -> Tensor:
    """Mean, 4 · spread of both axes, 4 · root of the area's share, of each soft mask: (B, N, 5); no gradient
    flows back."""
    soft = masks.detach().sigmoid()
    weight = soft * (soft > 0.2)
    area = weight.sum(dim=(-2, -1)).clamp(min=1e-3)
    at = place(masks)  # (B, 2, h, w)
    mean = torch.einsum("bnhw,bdhw->bnd", weight, at) / area[..., None]
    square = torch.einsum("bnhw,bdhw->bnd", weight, at**2) / area[..., None]
    spread = (square - mean**2).clamp(min=1e-6).sqrt()
    portion = (area / masks[0, 0].numel()).sqrt()
    return torch.cat([mean, 4 * spread, 4 * portion[..., None]], dim=-1)  # all of the order of one


def _silent(*layers: nn.Module) -> None:
    """Begin with zero: every depth starts in the middle of the bins.

    A wild first depth explains a pixel worse than no motion does; the auto-mask then hides it, and it stays
    wild.
    """
    for layer in layers:
        for value in layer.parameters():
            nn.init.zeros_(value)


def _two_layers(given: int, made: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(given, given), nn.ReLU(), nn.Linear(given, made))
