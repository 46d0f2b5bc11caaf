"""Changing a model through its features: steering, and attribution of a decision (sections 3.3 and 3.4).

    steer      z_j := value before the choice of the strongest, then x_hat in place of x, on the tokens shown
    exact      the effect of a feature at a token: d after z_ij is set to 0, minus d before
    linear     its first-order estimate  I(i, j) = (dd / dz_ij) (0 - z_ij):  one backward pass for all

d(u) = u[v_c] - u[v_b] for a decision v_c against a baseline v_b. The control of every intervention is
`reconstruct`, which puts x_hat in place of x and changes nothing else, not the untouched model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from daybrief.errors import LabError
from daybrief.search.topics import SparseCode

Change = Callable[[Tensor], Tensor]
Decision = Callable[[Tensor], Tensor]
"""Features (tokens, width) in, the scalar d out; differentiable."""


class TorchCode:
    """A sparse code as tensors, frozen; differentiable in what it is given."""

    def __init__(self, code: SparseCode, device: str = "cpu") -> None:
        self.active = code.active
        parts = (code.encoder, code.encoder_bias, code.decoder, code.centre)
        self.encoder, self.encoder_bias, self.decoder, self.centre = (
            torch.tensor(part, device=device) for part in parts
        )

    @property
    def width(self) -> int:
        """How many features there are."""
        return len(self.decoder)

    def before(self, x: Tensor) -> Tensor:
        """The features before the choice of the strongest, (…, width)."""
        if x.shape[-1] != len(self.centre):
            raise LabError(
                f"the model's width is {x.shape[-1]}, the features were learned at {len(self.centre)}",
                hint="take the model and the layer that the features were learned on",
            )
        return torch.relu((x - self.centre) @ self.encoder + self.encoder_bias)

    def encode(self, x: Tensor) -> Tensor:
        """The features of x (…, d), all 0 but the strongest."""
        return self.strongest(self.before(x))

    def strongest(self, features: Tensor) -> Tensor:
        """Keep the `active` largest of each row."""
        kept = features.topk(self.active, dim=-1)
        return torch.zeros_like(features).scatter(-1, kept.indices, kept.values)

    def decode(self, features: Tensor) -> Tensor:
        """x_hat (…, d)."""
        return features @ self.decoder + self.centre


def reconstruct(code: TorchCode) -> Change:
    """x_hat in place of x: the control of every intervention."""
    return lambda x: code.decode(code.encode(x)).to(x.dtype)


def steer(code: TorchCode, values: Mapping[int, float]) -> Change:
    """Set features to values on every token given, before the strongest are chosen, and decode."""
    for feature in values:
        if not 0 <= feature < code.width:
            raise LabError(f"there is no feature {feature}", hint=f"from 0 to {code.width - 1}")

    def change(x: Tensor) -> Tensor:
        features = code.before(x).clone()
        for feature, value in values.items():
            features[..., feature] = value
        return code.decode(code.strongest(features)).to(x.dtype)

    return change


def steer_rows(code: TorchCode, features: Sequence[int], values: Sequence[float]) -> Change:
    """Set a feature of its own in each row of a batch, on every token: x (rows, tokens, d)."""
    rows = torch.arange(len(features))
    chosen, wanted = torch.as_tensor(features), torch.as_tensor(values, dtype=torch.float32)
    if len(features) and not 0 <= int(chosen.min()) <= int(chosen.max()) < code.width:
        raise LabError(f"there is no feature {int(chosen.max())}", hint=f"from 0 to {code.width - 1}")

    def change(x: Tensor) -> Tensor:
        before = code.before(x).clone()
        before[rows, :, chosen] = wanted.to(before.device)[:, None].expand(-1, x.shape[1])
        return code.decode(code.strongest(before)).to(x.dtype)

    return change


def linear(decision: Decision, features: Tensor) -> Tensor:
    """The first-order effect of setting each feature to 0 at each token, (tokens, width)."""
    at = features.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(decision(at), at)
    return -(slope * at).detach()


@torch.no_grad()
def exact(decision: Decision, features: Tensor, pairs: Sequence[tuple[int, int]]) -> Tensor:
    """The effect of setting a feature to 0 at a token, for pairs (token, feature), (len(pairs),)."""
    before = decision(features)
    effects = []
    for token, feature in pairs:
        without = features.clone()
        without[token, feature] = 0.0
        effects.append(decision(without) - before)
    return torch.stack(effects)


def agreement(ours: Sequence[float] | Tensor, theirs: Sequence[float] | Tensor) -> float:
    """Pearson's correlation of two lists of effects. Raises LabError where one never changes."""
    first, second = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if len(first) < 3 or first.std() == 0 or second.std() == 0:
        raise LabError(
            f"{len(first)} effects without any difference cannot be compared", hint="take more pairs"
        )
    return float(np.corrcoef(first, second)[0, 1])
