"""The meaning of features, found without people, and how far it holds (sections 3.2 and 4).

    explained   each feature from its 5 strongest pictures: a phrase, or none (the interpreter abstains)
    scored      the phrase on ranks 6 to 25 and on random pictures: IoU of lit patches and the phrase's masks,
                and how well the phrase alone predicts the activity (held-out simulation)

The *interpreter* is the part of the larger model: a program that knows a vocabulary of concepts, or any
vision model behind OpenAI's interface (`chosen_by_model`). The *segmenter* gives a phrase's masks.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.search.topics import EXPLAINED, SCORED, strongest_rows

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Chooser = Callable[[Bools, Bools, Ints], int | None]
"""Given lit patches (5, patches), masks (concepts, 5, patches) and the pictures' rows: a concept, or None."""

LEVELS = (0.0, 0.15, 0.3, 0.5)  # of a feature's largest activity, above which a patch counts as lit
LEAST_FIT = 0.2  # IoU on the explaining pictures below which the program abstains


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The meaning found for a feature.

    concept: its row in the vocabulary, None where the interpreter abstained. level: from which share of its
    largest activity a patch counts as lit. fit: IoU on the explaining pictures. held_out: mean IoU on ranks 6
    to 25. random: mean IoU on random pictures. simulated: correlation of mask and activity on both.
    """

    feature: int
    concept: int | None
    level: float = 0.0
    fit: float = 0.0
    held_out: float = 0.0
    random: float = 0.0
    simulated: float = 0.0


def explained(
    activity: Floats, masks: Bools, rng: np.random.Generator, *, choose: Chooser | None = None
) -> tuple[Explanation, ...]:
    """Explain and score every live feature.

    activity: (pictures, patches, features), not below 0. masks: (concepts, pictures, patches). A feature is
    live when it is active on at least 25 pictures. Raises LabError for fewer pictures than that.
    """
    if len(activity) < 2 * SCORED or activity.shape[:2] != masks.shape[1:]:
        raise LabError(
            f"features of {activity.shape[:2]} cannot be explained by masks of {masks.shape[1:]}",
            hint=f"give at least {2 * SCORED} pictures, the same to both",
        )
    whole = activity.mean(axis=1)
    live = np.flatnonzero((whole > 0).sum(axis=0) >= SCORED)
    return tuple(
        _explanation(int(feature), activity[:, :, feature], whole[:, feature], masks, rng, choose)
        for feature in live
    )


def _explanation(
    feature: int, lit: Floats, whole: Floats, masks: Bools, rng: np.random.Generator, choose: Chooser | None
) -> Explanation:
    order = strongest_rows(whole, SCORED)
    first, later = order[:EXPLAINED], order[EXPLAINED:]
    most = float(lit[first].max())
    best, level, fit = _program(lit[first], most, masks[:, first])
    concept = best if fit >= LEAST_FIT else None
    if choose is not None:
        concept = choose(lit[first] > level * most, masks[:, first], first)
    if concept is None:
        return Explanation(feature=feature, concept=None, fit=fit)
    others = rng.choice(len(lit), SCORED - EXPLAINED, replace=False)
    both = np.concatenate([later, others])
    return Explanation(
        feature=feature,
        concept=concept,
        level=level,
        fit=fit,
        held_out=float(iou(lit[later] > level * most, masks[concept, later]).mean()),
        random=float(iou(lit[others] > level * most, masks[concept, others]).mean()),
        simulated=_correlation(lit[both].ravel(), masks[concept, both].ravel()),
    )


def _program(lit: Floats, most: float, masks: Bools) -> tuple[int, float, float]:
    """The concept and level of the largest mean IoU, and that IoU."""
    fits = np.stack([iou(lit > level * most, masks).mean(axis=1) for level in LEVELS])
    level, concept = np.unravel_index(int(fits.argmax()), fits.shape)
    return int(concept), LEVELS[int(level)], float(fits[level, concept])


def iou(lit: Bools, masks: Bools) -> Floats:
    """Intersection over union of (…, pictures, patches), (…, pictures); 0 where both are empty."""
    union = (lit | masks).sum(axis=-1)
    shared: Floats = ((lit & masks).sum(axis=-1) / np.maximum(union, 1)).astype(np.float32)
    return shared


def _correlation(activity: NDArray[np.float32], other: NDArray[np.bool_]) -> float:
    """Pearson's correlation; 0 where one of both never changes."""
    if activity.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(activity, other)[0, 1])


# ── a larger model as interpreter ───────────────────────────────────────────────────────────────────

ORDER = (
    "Five pictures show only the regions where one feature of a vision model is active; the rest is black. "
    "Say what the lit regions share. Answer with exactly one phrase of this list, or with NONE if they share "
    "nothing: {phrases}"
)


def chosen_by_model(images: Floats, phrases: Sequence[str], ask: Callable[[str, list[str]], str]) -> Chooser:
    """An interpreter that shows the masked pictures to a model and takes the phrase it answers.

    images: (count, side, side, 3) from 0 to 1. ask(order, pictures) gives the model's answer; pictures are
    `data:` addresses of PNG files. An answer that is no phrase of the list counts as abstention.
    """
    known = {phrase.casefold(): at for at, phrase in enumerate(phrases)}
    order = ORDER.format(phrases=", ".join(phrases))

    def choose(lit: Bools, _masks: Bools, rows: Ints) -> int | None:
        shown = [
            picture_address(masked(images[row], patches)) for row, patches in zip(rows, lit, strict=True)
        ]
        return known.get(ask(order, shown).strip().strip(".\"'").casefold())

    return choose


def masked(image: Floats, lit: Bools) -> Floats:
    """A picture (side, side, 3) with all but its lit patches blacked out; patches lie in a square grid."""
    grid = round(len(lit) ** 0.5)
    if grid * grid != len(lit) or image.shape[0] % grid or image.shape[1] % grid:
        raise LabError(f"{len(lit)} patches do not tile a picture of {image.shape[:2]}", hint="give a square")
    whole = np.kron(lit.reshape(grid, grid), np.ones((image.shape[0] // grid, image.shape[1] // grid)))
    cut: Floats = (image * whole[..., None]).astype(np.float32)
    return cut


def picture_address(image: Floats) -> str:
    """A picture (height, width, 3) from 0 to 1 as a `data:` address of a PNG file."""
    height, width, _ = image.shape
    rows = (image.clip(0, 1) * 255).astype(np.uint8).reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)

    def part(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(raw)) + part(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()
