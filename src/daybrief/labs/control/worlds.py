"""The lab's pictures: garments of Fashion-MNIST in colour, and rendered scenes with exact depth.

16 x 16 pixels in colour, each with four words: what it is, its colour, the ground, and the place. Garments
fill the picture (aligned tasks), or stand small in a corner in a colour of their own (subject task). Scenes
are cast ray by ray: spheres and boxes in two colours on a floor, lit from one side; depth and the thing's
pixels come from the same rays.

A pair shows one thing twice, at other places on other grounds: a condition with its picture, and, side by
side, a wide picture such as FLUX can draw.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from daybrief.labs.control.tasks import Bools, Floats
from daybrief.labs.kit.fashion import Part, fashion_mnist

Ints = NDArray[np.int64]
SIDE = 16
GARMENTS = "shirt trouser pullover dress coat sandal blouse sneaker bag boot".split()
COLOURS = {
    "red": (0.85, 0.2, 0.2), "green": (0.2, 0.7, 0.3), "blue": (0.25, 0.4, 0.9), "yellow": (0.9, 0.8, 0.2),
    "purple": (0.6, 0.3, 0.8), "white": (0.95, 0.95, 0.95),
}  # fmt: skip
GROUNDS = {
    "dark": (0.08, 0.08, 0.12), "brown": (0.35, 0.22, 0.12), "sea": (0.1, 0.35, 0.4),
    "pale": (0.7, 0.65, 0.6),
}  # fmt: skip
PLACES = ["full", "upper-left", "upper-right", "lower-left", "lower-right", "left", "middle", "right"]
VOCABULARY = ["", *GARMENTS, "garment", "thing", "scene", "pair", *COLOURS, *GROUNDS, *PLACES]
WORD_COUNT = 4
_SKY = np.array([0.55, 0.65, 0.8], np.float32)
_LIGHT = np.array([-0.5, 0.75, -0.45], np.float32) / np.linalg.norm([-0.5, 0.75, -0.45])
_EYE = np.array([0.0, 1.3, -3.0], np.float32)
_FAR = 9.0
_ABOVE = 2  # rays along a pixel's side


class Pictures(NamedTuple):
    """Pictures (count, 16, 16, 3) from 0 to 1, their words (count, 4) of VOCABULARY, and what is known.

    twins: another picture of the same thing (the picture itself where there is none); masks: the thing's
    pixels; depth: nearness from 0 to 1, 0 where it is not known.
    """

    shown: Floats
    words: Ints
    twins: Floats
    masks: Bools
    depth: Floats

    def taken(self, rows: Ints | slice) -> Pictures:
        """Some of them."""
        return Pictures(*(part[rows] for part in self))  # type: ignore[arg-type]


def wide(pairs: Pictures) -> tuple[Floats, Ints]:
    """Pairs side by side, (count, 16, 32, 3), with their words: no place of things is told."""
    words = np.zeros_like(pairs.words)
    words[:, 0] = VOCABULARY.index("pair")
    return np.concatenate([pairs.shown, pairs.twins], axis=2), words


def _words(*slots: list[str]) -> Ints:
    return np.array([[VOCABULARY.index(word) for word in row] for row in zip(*slots, strict=True)])


def _grounds(rng: np.random.Generator, count: int) -> tuple[list[str], Floats]:
    names = [list(GROUNDS)[at] for at in rng.integers(0, len(GROUNDS), count)]
    return names, np.array([GROUNDS[name] for name in names], np.float32)


# ── garments ────────────────────────────────────────────────────────────────────────────────────────


def _garments(part: Part, count: int, rng: np.random.Generator, side: int) -> tuple[Floats, Ints]:
    pixels, labels = fashion_mnist(part)
    rows = rng.choice(len(pixels), count, replace=len(pixels) < count)
    square = np.pad(pixels[rows], ((0, 0), (2, 2), (2, 2))).astype(np.float32) / 255
    cell = 32 // side
    return square.reshape(count, side, cell, side, cell).mean(axis=(2, 4)), labels[rows].astype(np.int64)


def _dressed(garments: Floats, colours: Floats, grounds: Floats) -> Floats:
    """Garments in colours on grounds, (count, side, side, 3)."""
    solid = np.clip(4 * garments, 0, 1)[..., None]
    cloth = colours[:, None, None] * (0.25 + 0.75 * garments[..., None])
    return ((1 - solid) * grounds[:, None, None] + solid * cloth).astype(np.float32)


def garments(part: Part, count: int, rng: np.random.Generator) -> Pictures:
    """Garments that fill the picture, in one of six colours."""
    cloth, labels = _garments(part, count, rng, SIDE)
    names = [list(COLOURS)[at] for at in rng.integers(0, len(COLOURS), count)]
    ground, behind = _grounds(rng, count)
    shown = _dressed(cloth, np.array([COLOURS[name] for name in names], np.float32), behind)
    words = _words([GARMENTS[label] for label in labels], names, ground, ["full"] * count)
    return Pictures(shown, words, shown, cloth > 0.1, np.zeros(shown.shape[:3], np.float32))


def small_garments(part: Part, count: int, rng: np.random.Generator) -> Pictures:
    """A garment in a corner, in a colour of its own; its twin in another corner on another ground."""
    cloth, _ = _garments(part, count, rng, SIDE // 2)
    colours = rng.uniform(0.15, 1.0, (count, 3)).astype(np.float32)
    corner = rng.integers(0, 4, count)
    other = (corner + rng.integers(1, 4, count)) % 4
    (ground, behind), (_, beside) = _grounds(rng, count), _grounds(rng, count)
    shown, masks = _cornered(cloth, colours, behind, corner)
    twins, _ = _cornered(cloth, colours, beside, other)
    places = [PLACES[1 + at] for at in corner]
    words = _words(["garment"] * count, [""] * count, ground, places)
    return Pictures(shown, words, twins, masks, np.zeros(shown.shape[:3], np.float32))


def _cornered(cloth: Floats, colours: Floats, grounds: Floats, corner: Ints) -> tuple[Floats, Bools]:
    half = SIDE // 2
    pictures = np.repeat(np.repeat(grounds[:, None, None], SIDE, 1), SIDE, 2)
    masks = np.zeros(pictures.shape[:3], bool)
    small = _dressed(cloth, colours, grounds)
    for at, (row, column) in enumerate(zip(*np.divmod(corner, 2), strict=True)):
        where = np.s_[at, row * half : (row + 1) * half, column * half : (column + 1) * half]
        pictures[where] = small[at]
        masks[where] = cloth[at] > 0.1
    return pictures, masks


# ── scenes ──────────────────────────────────────────────────────────────────────────────────────────


class Things(NamedTuple):
    """Spheres and boxes, one a scene: kind, centre on the floor (count, 2), half-size, turn, two colours."""

    box: Bools
    centre: Floats
    size: Floats
    turn: Floats
    upper: Floats
    lower: Floats


def things(count: int, rng: np.random.Generator, x: NDArray[np.float64], z: NDArray[np.float64]) -> Things:
    """Things of random kind, size, turn and colours at given places, (count,) each."""
    return Things(
        box=rng.random(count) < 0.5,
        centre=np.stack([x, z], axis=1).astype(np.float32),
        size=rng.uniform(0.5, 0.75, count).astype(np.float32),
        turn=rng.uniform(0, np.pi / 2, count).astype(np.float32),
        upper=rng.uniform(0.1, 1.0, (count, 3)).astype(np.float32),
        lower=rng.uniform(0.1, 1.0, (count, 3)).astype(np.float32),
    )


def scenes(count: int, rng: np.random.Generator) -> Pictures:
    """Two things anywhere on a floor, with exact depth."""
    ground, floor = _grounds(rng, count)
    left = things(count, rng, rng.uniform(-1.5, -0.2, count), rng.uniform(-0.6, 1.2, count))
    right = things(count, rng, rng.uniform(0.2, 1.5, count), rng.uniform(-0.6, 1.2, count))
    shown, depth, masks = cast((left, right), floor)
    words = _words(["scene"] * count, [""] * count, ground, [""] * count)
    return Pictures(shown, words, shown, masks, depth)


def small_things(count: int, rng: np.random.Generator) -> Pictures:
    """A thing at the left, in the middle or at the right; its twin elsewhere, on another floor."""
    (ground, floor), (_, beside) = _grounds(rng, count), _grounds(rng, count)
    at = rng.integers(0, 3, count)
    other = (at + rng.integers(1, 3, count)) % 3
    thing = things(count, rng, np.asarray(1.25 * (at - 1.0), np.float64), np.zeros(count))
    shown, depth, masks = cast((thing,), floor)
    moved = np.stack([1.25 * (other - 1.0), np.zeros(count)], axis=1).astype(np.float32)
    twins, _, _ = cast((thing._replace(centre=moved),), beside)
    words = _words(["thing"] * count, [""] * count, ground, [PLACES[5 + place] for place in at])
    return Pictures(shown, words, twins, masks, depth)


def cast(shown: tuple[Things, ...], floor: Floats, side: int = SIDE) -> tuple[Floats, Floats, Bools]:
    """Cast the rays of scenes: pictures, nearness (0 far, 1 near), and the pixels of things."""
    rays = _rays(side * _ABOVE)
    count = len(floor)
    distance = np.where(rays[:, 1] < 0, -_EYE[1] / np.minimum(rays[:, 1], -1e-6), _FAR)
    distance = np.tile(np.minimum(distance, _FAR).astype(np.float32), (count, 1))
    colour = np.where((rays[:, 1] < 0)[None, :, None], floor[:, None], _SKY)
    touched = np.zeros(distance.shape, bool)
    for group in shown:
        hit, normal, height = _hits(group, rays)
        nearer = hit < distance
        lit = 0.4 + 0.6 * np.clip(normal @ _LIGHT, 0, 1)
        paint = np.where((height > 0)[..., None], group.upper[:, None], group.lower[:, None])
        colour = np.where(nearer[..., None], paint * lit[..., None], colour)
        distance, touched = np.where(nearer, hit, distance), touched | nearer
    near = 1 - (distance - 2) / (_FAR - 2)
    return (
        _pooled(colour.astype(np.float32), side),
        np.clip(_pooled(near[..., None].astype(np.float32), side)[..., 0], 0, 1),
        _pooled(touched[..., None].astype(np.float32), side)[..., 0] > 0.5,
    )


def _rays(side: int) -> Floats:
    """Directions of the rays of a picture, row by row, (side * side, 3): a little downwards."""
    across = (np.arange(side) + 0.5) / side * 2 - 1
    down, right = np.meshgrid(across, across, indexing="ij")
    rays = np.stack([0.6 * right, -0.6 * down - 0.26, np.ones_like(right)], axis=-1).reshape(-1, 3)
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True), np.float32)


def _pooled(values: Floats, side: int) -> Floats:
    cut = values.reshape(len(values), side, _ABOVE, side, _ABOVE, -1)
    return np.asarray(cut.mean(axis=(2, 4)), np.float32)


def _hits(group: Things, rays: Floats) -> tuple[Floats, Floats, Floats]:
    """Distance (infinite where missed), normal, and height over the thing's middle of each ray."""
    middle = np.stack([group.centre[:, 0], group.size, group.centre[:, 1]], axis=1)
    cosine, sine = np.cos(group.turn)[:, None], np.sin(group.turn)[:, None]
    start = _turned(_EYE - middle, cosine[:, 0], sine[:, 0])
    ways = _turned(np.broadcast_to(rays, (len(middle), *rays.shape)), cosine, sine)
    ball, cube = _sphere(start, ways, group.size), _box(start, ways, group.size)
    hit = np.where(group.box[:, None], cube[0], ball[0])
    normal = np.where(group.box[:, None, None], cube[1], ball[1])
    height = start[:, None, 1] + np.where(np.isfinite(hit), hit, 0) * ways[..., 1]
    return np.asarray(hit, np.float32), _turned(normal, cosine, -sine), np.asarray(height, np.float32)


def _turned(vectors: Floats, cosine: Floats, sine: Floats) -> Floats:
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.asarray(np.stack([cosine * x - sine * z, y, sine * x + cosine * z], axis=-1), np.float32)


def _sphere(start: Floats, ways: Floats, size: Floats) -> tuple[Floats, Floats]:
    along = np.einsum("npk,nk->np", ways, start)
    inside = along**2 - ((start**2).sum(axis=1) - size**2)[:, None]
    hit = np.where(inside > 0, -along - np.sqrt(np.maximum(inside, 0)), np.inf)
    at = start[:, None] + np.where(np.isfinite(hit), hit, 0)[..., None] * ways
    return hit, np.asarray(at / size[:, None, None], np.float32)


def _box(start: Floats, ways: Floats, size: Floats) -> tuple[Floats, Floats]:
    safe = np.where(np.abs(ways) < 1e-6, 1e-6, ways)
    low = (-size[:, None, None] - start[:, None]) / safe
    high = (size[:, None, None] - start[:, None]) / safe
    entry, leave = np.minimum(low, high), np.maximum(low, high)
    hit = entry.max(axis=-1)
    hit = np.where((hit < leave.min(axis=-1)) & (hit > 0), hit, np.inf)
    face = np.eye(3, dtype=np.float32)[entry.argmax(axis=-1)]
    return hit, np.asarray(-np.sign(safe) * face, np.float32)
