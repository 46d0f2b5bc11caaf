"""Pictures made into conditions, and how far a drawn picture follows one (sections 4.1 and 4.2).

Aligned tasks: pixel lies on pixel, so the condition takes the picture's own positions.

    edges    Canny; followed: F1 of the edge pixels
    depth    nearness from 0 (far) to 1 (near); followed: mean squared error of the depth that is seen
    inpaint  one half hidden (black); followed: error of the half that was shown
    deblur   a Gaussian blur; followed: error of the picture blurred alike
    colour   the grey picture; followed: error of the picture made grey

The subject task is not aligned: another picture of the same thing; followed: error of the thing's own pixels.
Pictures are (count, rows, columns, 3) from 0 to 1. Scores are one a picture; 0 is perfect, for F1 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from daybrief.errors import LabError
from daybrief.labs.control.guides import Place

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Task = Literal["edges", "depth", "inpaint", "deblur", "colour", "subject"]
DepthOf = Callable[[Floats], Floats]
TASKS: tuple[Task, ...] = get_args(Task)
ALIGNED = TASKS[:-1]
BLUR = 1 / 12  # of a side: the deviation of the blur
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_SMOOTH = 0.6
_WEAK, _STRONG = 0.05, 0.12  # of the greatest possible slope


def place_of(task: Task) -> Place:
    """The place at which the paper puts the condition's tokens: on the picture's, or beside them."""
    return "shifted" if task == "subject" else "shared"


def condition_pictures(
    task: Task, shown: Floats, *, depth: Floats | None = None, twins: Floats | None = None, seed: int = 0
) -> Floats:
    """The conditions of pictures for a task, (count, rows, columns, 3).

    depth: (count, rows, columns), for the depth task; twins: other pictures of the same things, for the
    subject task; seed: which half inpainting hides. Raises LabError when what the task needs is absent.
    """
    if task == "subject":
        return _needed(twins, task, "another picture of each thing")
    if task == "depth":
        return _three(_needed(depth, task, "the depth of each picture"))
    if task == "edges":
        return _three(edges(shown).astype(np.float32))
    if task == "inpaint":
        return shown * ~hidden(len(shown), shown.shape[1:3], seed)[..., None]
    if task == "deblur":
        return blurred(shown)
    if task == "colour":
        return _three(grey(shown))
    raise LabError(f"there is no task {task!r}", hint=f"there are: {', '.join(TASKS)}")


def _needed(given: Floats | None, task: Task, what: str) -> Floats:
    if given is None:
        raise LabError(f"the task {task!r} needs {what}", hint="give it, or choose another --task")
    return given


def _three(plane: Floats) -> Floats:
    return np.repeat(plane[..., None], 3, axis=-1).astype(np.float32)


def grey(pictures: Floats) -> Floats:
    """Luminance, (count, rows, columns)."""
    return (pictures @ _LUMA).astype(np.float32)


def blurred(pictures: Floats) -> Floats:
    """A Gaussian blur over a twelfth of the side."""
    spread = BLUR * pictures.shape[2]
    return np.asarray(ndimage.gaussian_filter(pictures, (0, spread, spread, 0)), np.float32)


def hidden(count: int, size: tuple[int, ...], seed: int) -> Bools:
    """The pixels that inpainting hides, (count, rows, columns): a half of each picture, by lot."""
    rows, columns = size
    masks = np.zeros((count, rows, columns), bool)
    for at, half in enumerate(np.random.default_rng(seed).integers(0, 4, count)):
        cut = (
            np.s_[: rows // 2],
            np.s_[rows // 2 :],
            np.s_[:, : columns // 2],
            np.s_[:, columns // 2 :],
        )[half]
        masks[at][cut] = True
    return masks


def edges(pictures: Floats) -> Bools:
    """Canny's edges, (count, rows, columns): smooth, slope, thin, and follow the weak from the strong."""
    return np.stack([_canny(plane) for plane in grey(pictures)])


def _canny(plane: Floats) -> Bools:
    smooth = ndimage.gaussian_filter(plane, _SMOOTH, mode="nearest")
    down, right = (ndimage.sobel(smooth, axis, mode="nearest") / 4 for axis in (0, 1))
    slope = np.hypot(down, right)
    thin = slope * _ridge(slope, down, right)
    labels, count = ndimage.label(thin > _WEAK, np.ones((3, 3)))
    strong = np.zeros(count + 1, bool)
    strong[np.unique(labels[thin > _STRONG])] = True
    strong[0] = False
    return np.asarray(strong[labels])


def _ridge(slope: Floats, down: Floats, right: Floats) -> Bools:
    """A mask of the pixels whose slope is no smaller than at both neighbours along its direction."""
    padded = np.pad(slope, 1)
    sector = np.round(np.arctan2(down, right) / (np.pi / 4)).astype(int) % 4
    kept = np.zeros(slope.shape, bool)
    rows, columns = slope.shape
    for turn, (row, column) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        before = padded[1 - row : 1 - row + rows, 1 - column : 1 - column + columns]
        after = padded[1 + row : 1 + row + rows, 1 + column : 1 + column + columns]
        kept |= (sector == turn) & (slope >= before) & (slope > after)
    return kept


# ── scores ──────────────────────────────────────────────────────────────────────────────────────────


def edge_f1(drawn: Bools, wanted: Bools) -> NDArray[np.float64]:
    """F1 of edge pixels, one a picture; 1 where neither has any."""
    both = (drawn & wanted).sum(axis=(1, 2))
    total = drawn.sum(axis=(1, 2)) + wanted.sum(axis=(1, 2))
    return np.asarray(np.where(total == 0, 1.0, 2 * both / np.maximum(total, 1)))


def squared(first: Floats, second: Floats, where: Bools | None = None) -> NDArray[np.float64]:
    """Mean squared error, one a picture, within a mask (count, rows, columns) where one is given."""
    apart = ((first - second).astype(np.float64) ** 2).reshape(*first.shape[:3], -1).mean(axis=-1)
    if where is None:
        return np.asarray(apart.mean(axis=(1, 2)))
    return np.asarray((apart * where).sum(axis=(1, 2)) / np.maximum(where.sum(axis=(1, 2)), 1))


def followed(
    task: Task, drawn: Floats, conditions: Floats, *, truth: Floats | None = None,
    masks: Bools | None = None, seed: int = 0, depth_of: DepthOf | None = None,
) -> NDArray[np.float64]:  # fmt: skip
    """How far drawn pictures are from their conditions, one a picture: 1 - F1 for edges, else squared error.

    Read off the drawn picture, as in the paper: its edges, its grey, its blur. depth_of: gives the depth of
    pictures. truth, masks: the pictures asked for and where the thing stands, for the subject task.
    """
    if task == "edges":
        return 1 - edge_f1(edges(drawn), conditions[..., 0] > 0.5)
    if task == "subject":
        return squared(drawn, _needed(truth, task, "the pictures asked for"), masks)
    if task == "depth":
        if depth_of is None:
            raise LabError("the depth of a drawn picture needs an estimator", hint="give depth_of")
        return squared(_three(depth_of(drawn)), conditions)
    if task == "inpaint":
        return squared(drawn, conditions, ~hidden(len(drawn), drawn.shape[1:3], seed))
    changed = blurred(drawn) if task == "deblur" else _three(grey(drawn))
    return squared(changed, conditions)
