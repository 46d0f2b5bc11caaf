"""What rules, arXiv tags and the trained model each say of a paper, and a network taught by all of them.

Each is a teacher with a confidence of its own; none is merged by a vote. `Taught` is the student: a small
network that has learned how each of them files, and how readers correct (arXiv 2411.12724). It is trained by
`tools/teach_categoriser.py` and off unless the option `taught` names its file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from daybrief.errors import ConfigError
from daybrief.model import Category

Floats = NDArray[np.float64]

# The category most papers of a primary arXiv category have, and their share: counted on the training labels.
TAGS = {
    "cs.CV": ("computer-vision", 0.36),
    "cs.CL": ("llm", 0.48),
    "cs.AI": ("agents", 0.19),
    "cs.LG": ("graphs-and-time-series", 0.18),
    "cs.RO": ("robotics", 0.95),
    "cs.IR": ("retrieval", 0.82),
    "eess.IV": ("medicine", 0.88),
    "cs.CR": ("security", 0.75),
    "cs.SE": ("code", 0.64),
    "cs.SD": ("speech-audio", 0.77),
    "eess.AS": ("speech-audio", 0.85),
    "quant-ph": ("quantum", 0.95),
    "cs.HC": ("human-ai", 0.55),
    "cs.CY": ("ethics", 0.44),
    "stat.ML": ("theory", 0.89),
}
TEACHERS = ("rules", "tags", "model")
_FAINT = 1e-4


class Opinions(msgspec.Struct, frozen=True, kw_only=True):
    """`labels` and `confidences` by teacher, None where it is silent; `features` what the student sees."""

    labels: tuple[str | None, ...]
    confidences: tuple[float | None, ...]
    features: Any  # Floats; msgspec does not look inside


def opinions(
    shares: NDArray[np.floating],
    categories: Sequence[Category],
    title: str,
    text: str,
    tags: Sequence[str],
) -> Opinions:
    """The three opinions on one paper; `shares` are the model's, in the order of `categories`."""
    names = [category.id for category in categories]
    points = _points(categories, title.lower(), text.lower())
    ruled = int(points.argmax()) if points.any() else None
    tagged = TAGS.get(tags[0]) if tags else None
    if tagged is not None and tagged[0] not in names:
        tagged = None
    best = int(shares.argmax())
    said = (
        (None, None) if ruled is None else (names[ruled], float(points[ruled] / points.sum())),
        tagged or (None, None),
        (names[best], float(shares[best])),
    )
    primary = np.array([bool(tags) and tags[0] == tag for tag in TAGS], dtype=np.float64)
    among = np.array([tag in tags for tag in TAGS], dtype=np.float64)
    return Opinions(
        labels=tuple(label for label, _ in said),
        confidences=tuple(confidence for _, confidence in said),
        features=np.concatenate([np.log(shares + _FAINT), np.log1p(points), primary, among]),
    )


def _points(categories: Sequence[Category], title: str, text: str) -> Floats:
    """Keywords of each category: two points in the title, one in the text."""
    return np.array(
        [
            sum(2 * (word.lower() in title) + (word.lower() in text) for word in category.keywords if word)
            for category in categories
        ],
        dtype=np.float64,
    )


class Taught:
    """The student's weights: standardise, two hidden layers, softmax. NumPy alone."""

    PARTS: ClassVar[tuple[str, ...]] = ("classes", "mean", "scale", "w1", "b1", "w2", "b2", "w3", "b3")

    def __init__(self, path: Path) -> None:
        """Read the file; raises ConfigError when it is not one that `tools/teach_categoriser.py` wrote."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                parts = {name: arrays[name] for name in self.PARTS}
        except (OSError, ValueError, KeyError, EOFError) as broken:
            raise ConfigError(
                f"taught = {str(path)!r} cannot be read: {broken}",
                hint="write it with tools/teach_categoriser.py, or leave `taught` out",
            ) from broken
        self.classes = tuple(str(name) for name in parts.pop("classes"))
        self._parts: dict[str, Floats] = {name: array.astype(np.float64) for name, array in parts.items()}

    def shares(self, features: Floats) -> Floats:
        """(C,) the share of each of `classes`; raises ConfigError when the taxonomy has changed since."""
        p = self._parts
        if features.shape != p["mean"].shape:
            raise ConfigError(
                f"the taught network reads {len(p['mean'])} features, this taxonomy gives {len(features)}",
                hint="teach it again with tools/teach_categoriser.py",
            )
        trunk = np.maximum((features - p["mean"]) / p["scale"] @ p["w1"] + p["b1"], 0)
        scores = np.maximum(trunk @ p["w2"] + p["b2"], 0) @ p["w3"] + p["b3"]
        raised = np.exp(scores - scores.max())
        return np.asarray(raised / raised.sum())
