"""Pictures with a known content and a known style: garments of Fashion-MNIST and rendered solids.

Contents are grey pictures with a mask: five classes of Fashion-MNIST (real photographs; Debian's package
dataset-fashion-mnist, MIT) and five solids, rendered by sphere tracing with a light. A style has a palette
(two colours of the ground and two of the ink), a brush (hatching, checks or dots of a frequency and an angle)
and a layout (a frame, and a horizon in place of a ramp of light). The three families of styles, *palette*,
*brush* and *layout*, each add one part. Development seeds (below 1000) and fresh seeds draw garments from
different halves of the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.kit.fashion import fashion_half
from daybrief.labs.kit.lab import FIRST_SEED

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
SIDE = 32  # pixels
VIEWS = 60  # different views of a solid at the most; then they repeat
GARMENTS = {"trouser": 1, "pullover": 2, "sneaker": 7, "bag": 8, "boot": 9}
SOLIDS = ("sphere", "box", "cone", "ring", "star")
CONTENTS = (*GARMENTS, *SOLIDS)
FAMILIES = ("palette", "brush", "layout")
_ROWS, _COLUMNS = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / (SIDE - 1) * 2 - 1


class Contents(NamedTuple):
    """Grey pictures and masks, (n, 32, 32) from 0 to 1, and what each shows, a place in CONTENTS."""

    grey: Floats
    mask: Floats
    kind: Ints

    def rows(self, chosen: NDArray[np.int64]) -> Contents:
        """These rows of it."""
        return Contents(self.grey[chosen], self.mask[chosen], self.kind[chosen])

    def of_kind(self, kind: int) -> NDArray[np.int64]:
        """The rows that show a kind."""
        return np.flatnonzero(self.kind == kind)


class Styles(NamedTuple):
    """n styles, a row each. Colours are (n, 3) from 0 to 1, angles in radians, the rest (n,)."""

    ground: Floats
    ground_far: Floats
    ramp: Floats
    ink_dark: Floats
    ink_light: Floats
    brush: Ints  # 0 none, 1 hatching, 2 checks, 3 dots
    frequency: Floats  # periods on the picture's half width
    angle: Floats
    strength: Floats
    frame: Floats  # pixels
    frame_colour: Floats
    horizon: Floats  # height of the horizon from -1 to 1; below -1 none

    def rows(self, chosen: NDArray[np.int64] | Sequence[int]) -> Styles:
        """These rows of it."""
        parts: list[NDArray[Any]] = [part[chosen] for part in self]
        return Styles(*parts)


# ── contents ────────────────────────────────────────────────────────────────────────────────────────


def contents(each: int, seed: int) -> Contents:
    """`each` pictures of every kind; development and fresh seeds draw from different halves."""
    rng = np.random.default_rng([seed, 11])
    pixels, labels = fashion_half("train", int(seed >= FIRST_SEED))
    grey, kind = [], []
    for at, label in enumerate(GARMENTS.values()):
        rows = rng.choice(np.flatnonzero(labels == label), each, replace=False)
        grey.append(np.pad(pixels[rows] / np.float32(255), ((0, 0), (2, 2), (2, 2))))
        kind += [at] * each
    masks = [np.clip(part * 8, 0, 1) for part in grey]
    for at, name in enumerate(SOLIDS):
        shade, mask = solid(name, min(each, VIEWS), rng)
        rows = np.arange(each) % len(shade)
        grey.append(shade[rows])
        masks.append(mask[rows])
        kind += [len(GARMENTS) + at] * each
    return Contents(
        np.concatenate(grey).astype(np.float32),
        np.concatenate(masks).astype(np.float32),
        np.array(kind, np.int64),
    )


def solid(name: str, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """`count` renderings of a solid, turned and lit at random: shade and mask, (count, 32, 32).

    Orthographic rays are traced through the solid's distance function (Hart 1996, sphere tracing) at twice
    the resolution; the shade is Lambert's with some ambient light.
    """
    fine = 2 * SIDE
    ys, xs = np.mgrid[0:fine, 0:fine].astype(np.float32) / (fine - 1) * 2.5 - 1.25
    turns = _rotations(count, rng)
    origin = np.stack([xs, -ys, np.full_like(xs, 2.0)], -1).reshape(1, -1, 3)
    at = np.repeat(origin, count, 0) @ turns
    ahead = (np.array([[0, 0, -1]], np.float32) @ turns)[:, :1]
    for _ in range(20):
        at = at + ahead * _distance(name, at)[..., None]
    hit = _distance(name, at) < 0.02
    normal = _normals(name, at)
    light = np.array([-0.5, 0.6, 0.65], np.float32) + rng.normal(0, 0.15, (count, 1, 3)).astype(np.float32)
    light = (light / np.linalg.norm(light, axis=-1, keepdims=True)) @ turns
    shade = (0.25 + 0.75 * np.clip((normal * light).sum(-1), 0, 1)) * hit
    return _halved(shade, count), _halved(hit.astype(np.float32), count)


def _halved(fine: Floats, count: int) -> Floats:
    return np.asarray(fine.reshape(count, SIDE, 2, SIDE, 2).mean((2, 4)), np.float32)


def _rotations(count: int, rng: np.random.Generator) -> Floats:
    """Turns about the upright by any angle, then a tilt towards the eye, (count, 3, 3)."""
    turn, tilt = rng.uniform(-0.6, 0.6, count), rng.uniform(0.3, 0.7, count)
    zeros, ones = np.zeros(count), np.ones(count)
    about = np.array(
        [[np.cos(turn), zeros, np.sin(turn)], [zeros, ones, zeros], [-np.sin(turn), zeros, np.cos(turn)]]
    )
    over = np.array(
        [[ones, zeros, zeros], [zeros, np.cos(tilt), -np.sin(tilt)], [zeros, np.sin(tilt), np.cos(tilt)]]
    )
    return np.asarray(np.einsum("ijn,jkn->nik", over, about), np.float32)


def _distance(name: str, p: Floats) -> Floats:
    """Signed distance of points (n, rays, 3) to a solid of about unit size."""
    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    if name == "sphere":
        return np.asarray(np.linalg.norm(p, axis=-1) - 0.85, np.float32)
    if name == "box":
        return _box(np.abs(p) - np.float32(0.6))
    if name == "cone":
        return np.asarray(
            np.maximum(0.8 * np.hypot(x, z) + 0.6 * (y - 0.9) * 0.75, -y - 0.8) * 0.9, np.float32
        )
    if name == "ring":
        return np.asarray(np.hypot(np.hypot(x, y) - 0.65, z) - 0.25, np.float32)
    wave = 0.62 + 0.26 * np.cos(5 * np.arctan2(x, y))
    return np.asarray(np.maximum((np.hypot(x, y) - wave) * 0.5, np.abs(z) - 0.25), np.float32)


def _box(q: Floats) -> Floats:
    outside = np.linalg.norm(np.maximum(q, 0), axis=-1)
    return np.asarray(outside + np.minimum(q.max(-1), 0), np.float32)


def _normals(name: str, p: Floats) -> Floats:
    step = np.float32(0.01)
    slopes = [
        _distance(name, p + step * axis) - _distance(name, p - step * axis)
        for axis in np.eye(3, dtype=np.float32)
    ]
    normal = np.stack(slopes, -1)
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6), np.float32)


# ── styles ──────────────────────────────────────────────────────────────────────────────────────────


def styles(count: int, rng: np.random.Generator, family: str | None = None) -> Styles:
    """Styles drawn at random, all of one family or each of any."""
    if family is not None and family not in FAMILIES:
        raise LabError(f"there is no family of styles {family!r}", hint=f"there are: {', '.join(FAMILIES)}")
    kind = rng.integers(0, 3, count) if family is None else np.full(count, FAMILIES.index(family))
    bright = rng.random((count, 1)) < 0.5
    ground, ground_far, ink_dark, ink_light = (
        _colours(rng, count, low, high) for low, high in ((0.5, 1), (0.5, 1), (0, 0.35), (0.1, 0.6))
    )
    ground, ground_far, ink_dark, ink_light = (
        np.where(bright, 1 - colour, colour).astype(np.float32)
        for colour in (ground, ground_far, ink_dark, ink_light)
    )
    return Styles(
        ground=ground,
        ground_far=ground_far,
        ramp=rng.uniform(0, 2 * np.pi, count).astype(np.float32),
        ink_dark=ink_dark,
        ink_light=ink_light,
        brush=np.where(kind == 1, rng.integers(1, 4, count), 0),
        frequency=rng.uniform(2, 4, count).astype(np.float32),
        angle=rng.uniform(0, np.pi, count).astype(np.float32),
        strength=rng.uniform(0.5, 0.8, count).astype(np.float32),
        frame=np.where(kind == 2, rng.uniform(1.5, 4, count), 0).astype(np.float32),
        frame_colour=_colours(rng, count, 0, 1),
        horizon=np.where(kind == 2, rng.uniform(-0.4, 0.6, count), -2).astype(np.float32),
    )


def _colours(rng: np.random.Generator, count: int, low: float, high: float) -> Floats:
    """Colours of a mean brightness in a range, of any hue."""
    hue = rng.random((count, 1)) * 2 * np.pi
    turns = np.array([[0, 2 * np.pi / 3, 4 * np.pi / 3]])
    light = rng.uniform(low, high, (count, 1))
    return np.asarray(
        np.clip(light + rng.uniform(0.15, 0.4, (count, 1)) * np.cos(hue - turns), 0, 1), np.float32
    )


def painted(what: Contents, style: Styles) -> Floats:
    """Each content in its style, (n, 3, 32, 32) from -1 to 1."""
    if len(what.kind) != len(style.ramp):
        raise LabError(f"{len(what.kind)} contents cannot be painted in {len(style.ramp)} styles")
    ramp = 0.5 + 0.5 * (
        np.cos(style.ramp[:, None, None]) * _COLUMNS + np.sin(style.ramp[:, None, None]) * _ROWS
    ) / np.sqrt(2)
    horizon = style.horizon[:, None, None]
    light = np.where(horizon >= -1, 1 / (1 + np.exp(-12 * (_ROWS - horizon))), ramp)[:, None]
    ground = style.ground[:, :, None, None] * (1 - light) + style.ground_far[:, :, None, None] * light
    grey = what.grey[:, None]
    ink = style.ink_dark[:, :, None, None] * (1 - grey) + style.ink_light[:, :, None, None] * grey
    mask = what.mask[:, None]
    drawn = ground * (1 - mask) + ink * mask
    stroke = (_strokes(style) * style.strength[:, None, None])[:, None]
    drawn = drawn * (1 - stroke) + style.ink_dark[:, :, None, None] * stroke
    edge = (1 - np.maximum(np.abs(_ROWS), np.abs(_COLUMNS))) * (SIDE - 1) / 2
    frame = np.clip(style.frame[:, None, None] - edge[None], 0, 1)[:, None]
    drawn = drawn * (1 - frame) + style.frame_colour[:, :, None, None] * frame
    return np.asarray((2 * drawn - 1), np.float32)


def _strokes(style: Styles) -> Floats:
    """The mask of the brush, (n, 32, 32) from 0 to 1."""
    cos, sin = np.cos(style.angle)[:, None, None], np.sin(style.angle)[:, None, None]
    along, across = cos * _COLUMNS + sin * _ROWS, -sin * _COLUMNS + cos * _ROWS
    pace = np.pi * style.frequency[:, None, None]
    first, second = np.sin(pace * along), np.sin(pace * across)
    waves = [first, 3 * first * second, 2 * (first + second) - 1.5]
    kinds = [np.zeros_like(first), *(1 / (1 + np.exp(-6 * wave)) for wave in waves)]
    return np.asarray(np.choose(style.brush[:, None, None], kinds), np.float32)
