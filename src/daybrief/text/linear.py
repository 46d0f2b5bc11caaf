"""A linear text model that is a few arrays: it adds up what each feature says for each class.

The file is a NumPy archive without pickled objects. For a model called `papers` it holds: `papers/classes`
(ids), `papers/blocks` and `papers/factors` (how much each block weighs), `papers/numbers` (sorted CRC-32 of
the known features, uint32), `papers/rarity` (inverse document frequency, float16), `papers/weights` (int8,
features x classes), `papers/scale` and `papers/bias` (float32, one a class). Layout and training:
`docs/cards/categoriser.md`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from daybrief.text.features import Blocks, number

Floats = NDArray[np.float32]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a text says: the score of each class, and what each known feature added to it.

    `scores` has one number a class (log-odds scale); `features` names the rows of `added`
    (features x classes).
    """

    scores: Any  # Floats; msgspec does not look inside
    features: tuple[str, ...]
    added: Any  # Floats


class LinearText:
    """A trained model of the file described above."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], name: str) -> None:
        held = {part: arrays[f"{name}/{part}"] for part in _PARTS}
        self.classes = tuple(str(c) for c in held["classes"])
        self._factors = dict(zip((str(b) for b in held["blocks"]), held["factors"].tolist(), strict=True))
        self._numbers, self._rarity = held["numbers"], held["rarity"]
        self._weights, self._scale, self._bias = held["weights"], held["scale"], held["bias"]

    def knows(self, feature: str) -> bool:
        """Whether the model met the feature in training."""
        wanted = np.uint32(number(feature))
        place = int(np.searchsorted(self._numbers, wanted))
        return place < len(self._numbers) and bool(self._numbers[place] == wanted)

    def weigh(self, blocks: Blocks) -> Evidence:
        """The evidence of a text; features the model never met are passed over."""
        names: list[str] = []
        added: list[Floats] = []
        for block, features in blocks.items():
            if features and block in self._factors:
                known, rows = self._block(features, self._factors[block])
                names += known
                added.append(rows)
        table = np.vstack(added) if added else np.zeros((0, len(self.classes)), np.float32)
        return Evidence(scores=table.sum(axis=0) + self._bias, features=tuple(names), added=table)

    def _block(self, features: Counter[str], factor: float) -> tuple[list[str], Floats]:
        names = sorted(features)  # the order of addition decides the last bit of a sum
        wanted = np.fromiter(map(number, names), np.uint32, len(names))
        places = np.minimum(np.searchsorted(self._numbers, wanted), max(len(self._numbers) - 1, 0))
        met = np.flatnonzero(self._numbers[places] == wanted)
        rows = places[met]
        often = np.fromiter((features[names[i]] for i in met), np.float32, len(met))
        value = (1 + np.log(often)) * self._rarity[rows].astype(np.float32)
        value *= factor / max(float(np.sqrt((value * value).sum())), 1e-9)
        return [names[i] for i in met], value[:, None] * (self._weights[rows] * self._scale)


_PARTS = ("classes", "blocks", "factors", "numbers", "rarity", "weights", "scale", "bias")


def probabilities(scores: Floats) -> Floats:
    """The softmax of the scores of the classes."""
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), np.float32)
