"""Generated scenes with known masks, and questions about them: the place of COCO and of a segmenter.

A scene is a picture of 48 x 48 pixels in 6 x 6 patches: one to three things, each with a shape, a colour, a
texture and a strength of colour, on noise. Since the program that draws also knows where everything lies,
the mask of every concept is known for every patch. While a model learns, one shape has its *usual* colour in
most scenes; where it has another one, the model is tempted to answer the usual one (a hallucination).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

SHAPES = ("square", "disc", "triangle", "cross", "ring", "bars")
COLOURS = ("red", "green", "blue", "yellow", "magenta", "cyan")
TEXTURES = ("plain", "striped", "dotted")
RGB = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], np.float32)
SIDE, PATCH, GRID = 48, 8, 6
CELLS = 3  # things stand in a grid of 3 x 3 cells of 16 pixels
MOST = 3
USUAL_SHAPE, USUAL_COLOUR = 1, 0  # the disc is usually red
USUAL = 0.9
STRENGTH, PALE = (0.0, 1.0), (0.0, 0.25)
COVERED = 0.3  # share of a patch's pixels from which it counts as covered
_SPAN = 14  # pixels of a thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """`count` scenes.

    images: (count, 48, 48, 3) from 0 to 1. kinds: (count, 3, 3), the shape, colour and texture of each thing,
    -1 where there is none. cells: (count, 3), where each thing stands. masks: (count, 3, 6, 6), the share of
    each patch that each thing covers.
    """

    images: Floats
    kinds: Ints
    cells: Ints
    masks: Floats

    def __len__(self) -> int:
        return len(self.images)

    def patches(self) -> Floats:
        """The pictures as rows of patches, (count, 36, 192)."""
        cut = self.images.reshape(-1, GRID, PATCH, GRID, PATCH, 3).transpose(0, 1, 3, 2, 4, 5)
        return cut.reshape(len(self), GRID * GRID, PATCH * PATCH * 3)

    def taken(self, rows: Ints) -> Scenes:
        """Some of the scenes, in the order of `rows`."""
        return Scenes(
            images=self.images[rows], kinds=self.kinds[rows], cells=self.cells[rows], masks=self.masks[rows]
        )


def scenes(
    count: int,
    rng: np.random.Generator,
    *,
    usual: float | None = USUAL,
    alone: bool = False,
    strength: tuple[float, float] = STRENGTH,
) -> Scenes:
    """Draw scenes; `usual` is how often the usual shape has its usual colour, None for a free choice.

    alone: every scene holds the usual shape, and its colour is not the usual one when `usual` is 0.
    strength: from where to where colours reach, 0 for grey; pale ones tempt a model to guess.
    """
    number = rng.integers(1, MOST + 1, count)
    kinds = np.full((count, MOST, 3), -1)
    cells = np.full((count, MOST), -1)
    images = rng.uniform(0.25, 0.45, (count, 1, 1, 1)) + rng.normal(0, 0.04, (count, SIDE, SIDE, 3))
    masks = np.zeros((count, MOST, GRID, GRID), np.float32)
    for scene in range(count):
        shapes = _shapes(int(number[scene]), rng, alone=alone)
        colours = _colours(shapes, rng, usual)
        places = rng.choice(CELLS * CELLS, len(shapes), replace=False)
        for thing, (shape, colour, place) in enumerate(zip(shapes, colours, places, strict=True)):
            texture = int(rng.integers(len(TEXTURES)))
            kinds[scene, thing] = shape, colour, texture
            cells[scene, thing] = place
            masks[scene, thing] = _draw(images[scene], (shape, colour, texture), int(place), strength, rng)
    return Scenes(images=images.clip(0, 1).astype(np.float32), kinds=kinds, cells=cells, masks=masks)


def _shapes(number: int, rng: np.random.Generator, *, alone: bool) -> list[int]:
    """Different shapes, so that a question by shape has one answer."""
    drawn = [int(shape) for shape in rng.choice(len(SHAPES), number, replace=False)]
    if alone and USUAL_SHAPE not in drawn:
        drawn[0] = USUAL_SHAPE
    return drawn


def _colours(shapes: list[int], rng: np.random.Generator, usual: float | None) -> list[int]:
    """Different colours, so that a question by colour has one answer."""
    drawn = [int(colour) for colour in rng.choice(len(COLOURS), len(shapes), replace=False)]
    if usual is None or USUAL_SHAPE not in shapes:
        return drawn
    at = shapes.index(USUAL_SHAPE)
    others = [colour for colour in range(len(COLOURS)) if colour != USUAL_COLOUR]
    wanted = USUAL_COLOUR if rng.random() < usual else int(rng.choice(others))
    if wanted in drawn:
        drawn[drawn.index(wanted)] = drawn[at]
    drawn[at] = wanted
    return drawn


def _draw(
    image: NDArray[np.float64],
    kind: tuple[int, int, int],
    place: int,
    reach: tuple[float, float],
    rng: np.random.Generator,
) -> Floats:
    """Paint one thing; returns the share of each patch it covers."""
    shape, colour, texture = kind
    row, column = divmod(place, CELLS)
    top, left = 16 * row + int(rng.integers(0, 2)), 16 * column + int(rng.integers(0, 2))
    form, shade = _form(shape), _shade(texture)
    strength = rng.uniform(*reach)
    light = rng.uniform(0.75, 1.0)
    hue = light * (strength * RGB[colour] + (1 - strength) * 0.6)
    window = image[top : top + _SPAN, left : left + _SPAN]
    window[form] = (hue * shade[..., None])[form] + rng.normal(0, 0.03, (int(form.sum()), 3))
    whole = np.zeros((SIDE, SIDE), np.float32)
    whole[top : top + _SPAN, left : left + _SPAN] = form
    covered: Floats = whole.reshape(GRID, PATCH, GRID, PATCH).mean(axis=(1, 3))
    return covered


@cache
def _form(shape: int) -> Bools:
    """The pixels of a shape within its square of 14 x 14."""
    down, right = np.mgrid[0:_SPAN, 0:_SPAN] - (_SPAN - 1) / 2
    away = np.hypot(down, right)
    forms = {
        "square": (abs(down) <= 5.5) & (abs(right) <= 5.5),
        "disc": away <= 6.6,
        "triangle": (down <= 6) & (abs(right) <= (down + 6.5) / 2),
        "cross": (abs(down) <= 2) | (abs(right) <= 2),
        "ring": (away <= 7) & (away >= 3.6),
        "bars": (abs(right) >= 3) & (abs(right) <= 6.5),
    }
    drawn: Bools = forms[SHAPES[shape]]
    return drawn


@cache
def _shade(texture: int) -> Floats:
    """How bright a texture is, pixel by pixel."""
    down, right = np.mgrid[0:_SPAN, 0:_SPAN]
    marks = {
        "plain": np.zeros((_SPAN, _SPAN), bool),
        "striped": down % 4 < 2,
        "dotted": (down % 4 < 2) & (right % 4 < 2),
    }
    return np.where(marks[TEXTURES[texture]], 0.45, 1.0).astype(np.float32)


# ── concepts ────────────────────────────────────────────────────────────────────────────────────────


def concepts() -> tuple[str, ...]:
    """The phrases an interpreter may choose from."""
    pairs = (f"{colour} {shape}" for colour, shape in product(COLOURS, SHAPES))
    woven = (f"{texture} {colour}" for texture, colour in product(TEXTURES[1:], COLOURS))
    places = (f"{row} {column}" for row, column in product(("top", "middle", "bottom"), _COLUMNS))
    return (*COLOURS, *SHAPES, *TEXTURES, *pairs, *woven, *places, "thing", "edge of a thing", "background")


_COLUMNS = ("left", "centre", "right")


def concept_masks(shown: Scenes) -> Bools:
    """The masks of the concepts: (concepts, count, 36), in the order of `concepts()`."""
    covered = shown.masks >= COVERED
    shape, colour, texture = (shown.kinds[:, :, kind] for kind in range(3))
    rows: list[Any] = []

    def lying(which: Bools) -> None:
        rows.append(np.any(covered & which[..., None, None], axis=1))

    for kind, names in ((colour, COLOURS), (shape, SHAPES), (texture, TEXTURES)):
        for value in range(len(names)):
            lying(kind == value)
    for first, second in product(range(len(COLOURS)), range(len(SHAPES))):
        lying((colour == first) & (shape == second))
    for first, second in product(range(1, len(TEXTURES)), range(len(COLOURS))):
        lying((texture == first) & (colour == second))
    rows += [_cell(cell, len(shown)) for cell in range(CELLS * CELLS)]
    share = shown.masks.sum(axis=1)
    rows += [share >= COVERED, (share > 0.02) & (share < 0.6), share <= 0.02]
    return np.stack(rows).reshape(len(rows), len(shown), GRID * GRID)


def _cell(cell: int, count: int) -> Bools:
    row, column = divmod(cell, CELLS)
    lit = np.zeros((count, GRID, GRID), bool)
    lit[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = True
    return lit


# ── questions ───────────────────────────────────────────────────────────────────────────────────────

ANSWERS = (*COLOURS, *SHAPES, "yes", "no", "1", "2", "3")
ASKING = ("what colour is the", "what shape is", "is there a", "how many")
WORDS = (*ASKING, *SHAPES, *COLOURS, "things")
_COLOUR_OF, _SHAPE_OF, _IS_THERE, _HOW_MANY = range(len(ASKING))
_SHAPE_WORD, _COLOUR_WORD, _THINGS = len(ASKING), len(ASKING) + len(SHAPES), len(WORDS) - 1
YES = len(COLOURS) + len(SHAPES)
_ONE = YES + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Questions about scenes: `words` (count, q, 2) of WORDS, `answers` (count, q) of ANSWERS."""

    words: Ints
    answers: Ints


def questions(shown: Scenes, rng: np.random.Generator) -> Questions:
    """Nine questions about each scene: three colours, three shapes, two presences, the number of things."""
    count = len(shown)
    number = (shown.kinds[:, :, 0] >= 0).sum(axis=1)
    rows = np.arange(count)
    words: list[tuple[Ints, Ints]] = []
    answers: list[Ints] = []

    def ask(kind: int, word: Ints, answer: Ints) -> None:
        words.append((np.full(count, kind), word))
        answers.append(answer)

    for thing in range(MOST):
        kinds = shown.kinds[rows, (thing + rng.integers(0, number)) % number]
        ask(_COLOUR_OF, _SHAPE_WORD + kinds[:, 0], kinds[:, 1])
        ask(_SHAPE_OF, _COLOUR_WORD + kinds[:, 1], len(COLOURS) + kinds[:, 0])
    for _ in range(2):
        some = shown.kinds[rows, rng.integers(0, number), 0]
        shapes = np.where(rng.random(count) < 0.5, some, rng.integers(0, len(SHAPES), count))
        there = (shown.kinds[:, :, 0] == shapes[:, None]).any(axis=1)
        ask(_IS_THERE, _SHAPE_WORD + shapes, np.where(there, YES, YES + 1))
    ask(_HOW_MANY, np.full(count, _THINGS), _ONE + number - 1)
    return Questions(words=np.array(words).transpose(2, 0, 1), answers=np.stack(answers, axis=1))


def colour_questions(shown: Scenes, shape: int | None = None) -> Questions:
    """A question about each scene: the colour of its first thing, or of the thing of a shape it holds."""
    rows = np.arange(len(shown))
    at = np.zeros(len(shown), int) if shape is None else (shown.kinds[:, :, 0] == shape).argmax(axis=1)
    kinds = shown.kinds[rows, at]
    words = np.stack([np.zeros(len(shown), int), _SHAPE_WORD + kinds[:, 0]], axis=1)
    return Questions(words=words[:, None], answers=kinds[:, 1:2])
