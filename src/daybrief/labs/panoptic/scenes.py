"""Rendered clips of a street: three frames each, exact depth, panoptic ids, camera motion, and what moves.

    clips  street | things, half of them moving | three frames of a camera that drives

The renderer is pybullet's software rasteriser: the same seed gives the same bytes on one machine. Axes of a
camera: x right, y down, z forward, metres. A frame is rendered at twice its size and averaged.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.panoptic.training import Sample

Floats = NDArray[np.float32]
ROAD, BUILDING, SKY, PERSON, CAR = 7, 11, 23, 24, 26  # Cityscapes' label ids
NEAR, FAR = 0.3, 70.0  # metres
EYE = 1.5  # metres above the road
FIELD = 42.0  # vertical angle, degrees
CARS, PEOPLE, WALLS, SLABS = 4, 3, 8, 4
AWAY = (0.0, 0.0, -200.0)


class Clip(NamedTuple):
    """Three frames of one moment, the middle one labelled.

    images: (3, H, W, 3) in 0..1, times -1, 0, +1. ids: (3, H, W), class · 1000 + number for things, the class
    for stuff. depth: (H, W) metres along the axis, infinite in the sky. moving: ids of things that move.
    camera: (3, 3) intrinsics in pixels. poses: (2, 4, 4), from the middle camera to those at -1 and +1.
    """

    images: Floats
    ids: NDArray[np.int32]
    depth: Floats
    moving: tuple[int, ...]
    camera: Floats
    poses: Floats


class Thing(NamedTuple):
    """A body on the road: its renderer number and id, its place at time 0, its velocity a frame, its turn."""

    body: int
    name: int
    place: tuple[float, float, float]
    velocity: tuple[float, float]
    turn: float


def clips(count: int, seed: int, height: int = 48, width: int = 80) -> tuple[Clip, ...]:
    """`count` clips of frames of `height` by `width` pixels. Raises LabError when a frame is too small."""
    if min(height, width) < 16:
        raise LabError(
            f"frames of {height} by {width} pixels are too small", hint="ask for at least 16 by 16"
        )
    rng = np.random.default_rng([seed, 2411, 11466])
    with _renderer() as engine:
        street = _Street(engine, rng)
        return tuple(street.clip(rng, height, width) for _ in range(count))


@contextmanager
def _renderer() -> Iterator[Any]:
    import pybullet

    client = pybullet.connect(pybullet.DIRECT)
    try:
        yield _Engine(pybullet, client)
    finally:
        pybullet.disconnect(client)


class _Engine:
    """The renderer's functions, bound to one client, and its constants."""

    def __init__(self, module: Any, client: int) -> None:
        self._module, self._client = module, client

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._module, name)
        return partial(attribute, physicsClientId=self._client) if callable(attribute) else attribute


class _Street:
    """Bodies made once, then painted and put elsewhere for each clip: making them is what takes time."""

    def __init__(self, engine: Any, rng: np.random.Generator) -> None:
        self._engine = engine
        with tempfile.TemporaryDirectory() as folder:
            self._paints = [
                engine.loadTexture(str(_texture(Path(folder) / f"{n}.png", rng))) for n in range(24)
            ]
        self._road = [self._box((14.0, 6.0, 0.05)) for _ in range(SLABS)]
        self._walls = [self._box((0.2, 5.0, 6.0)) for _ in range(WALLS)]
        self._back = self._box((14.0, 0.2, 4.0))
        self._cars = [self._car() for _ in range(CARS)]
        self._people = [self._person() for _ in range(PEOPLE)]

    def _box(self, half: tuple[float, float, float]) -> int:
        shape = self._engine.createVisualShape(self._engine.GEOM_BOX, halfExtents=half)
        return int(self._engine.createMultiBody(0, -1, shape, AWAY))

    def _car(self) -> int:
        box = self._engine.GEOM_BOX
        shape = self._engine.createVisualShapeArray(
            shapeTypes=[box, box],
            halfExtents=[[0.9, 2.0, 0.45], [0.8, 1.1, 0.35]],
            visualFramePositions=[[0, 0, 0.6], [0, -0.2, 1.35]],
        )
        return int(self._engine.createMultiBody(0, -1, shape, AWAY))

    def _person(self) -> int:
        engine = self._engine
        shape = engine.createVisualShapeArray(
            shapeTypes=[engine.GEOM_CYLINDER, engine.GEOM_SPHERE],
            radii=[0.32, 0.2],
            lengths=[1.5, 0.1],
            visualFramePositions=[[0, 0, 0.75], [0, 0, 1.65]],
        )
        return int(engine.createMultiBody(0, -1, shape, AWAY))

    def clip(self, rng: np.random.Generator, height: int, width: int) -> Clip:
        self._build(rng)
        things, moving = self._cast(rng)
        speed, yaw = float(rng.uniform(0.4, 0.9)), float(rng.normal(0, 0.006))
        cameras = [_camera_at(t, speed, yaw) for t in (-1, 0, 1)]
        frames = [
            self._frame(things, t, camera, height, width)
            for t, camera in zip((-1, 0, 1), cameras, strict=True)
        ]
        poses = [np.linalg.inv(cameras[at]) @ cameras[1] for at in (0, 2)]
        return Clip(
            images=np.stack([image for image, _, _ in frames]),
            ids=np.stack([ids for _, ids, _ in frames]),
            depth=frames[1][2],
            moving=moving,
            camera=intrinsics(height, width),
            poses=np.stack(poses).astype(np.float32),
        )

    def _build(self, rng: np.random.Generator) -> None:
        for at, slab in enumerate(self._road):
            self._put(slab, (0, 5 + 12 * at, -0.05), rng, (0.62, 0.62, 0.66))
        left, right = -rng.uniform(5.5, 8), rng.uniform(5.5, 8)
        for at, wall in enumerate(self._walls):
            side = left if at % 2 else right
            tall = float(rng.uniform(-3, 0.5))
            self._put(wall, (side, 4 + 10 * (at // 2), 2 + tall), rng, (0.9, 0.75, 0.6))
        self._put(
            self._back, (0, float(rng.uniform(38, 46)), float(rng.uniform(-0.5, 2))), rng, (0.8, 0.7, 0.6)
        )

    def _put(
        self, body: int, place: tuple[float, float, float], rng: np.random.Generator, tint: tuple[float, ...]
    ) -> None:
        self._engine.resetBasePositionAndOrientation(body, place, (0, 0, 0, 1))
        shade = np.clip(np.asarray(tint) * rng.uniform(0.8, 1.15), 0, 1)
        self._paint(body, rng, shade)

    def _paint(self, body: int, rng: np.random.Generator, shade: Floats | NDArray[np.float64]) -> None:
        paint = self._paints[int(rng.integers(len(self._paints)))]
        for link in range(-1, self._engine.getNumJoints(body)):
            self._engine.changeVisualShape(
                body, link, textureUniqueId=paint, rgbaColor=[*map(float, shade), 1]
            )

    def _cast(self, rng: np.random.Generator) -> tuple[list[Thing], tuple[int, ...]]:
        """Two to five things, apart from each other, each moving with probability one half."""
        for body in (*self._cars, *self._people):
            self._engine.resetBasePositionAndOrientation(body, AWAY, (0, 0, 0, 1))
        bodies = [(b, CAR) for b in self._cars] + [(b, PERSON) for b in self._people]
        chosen = rng.permutation(len(bodies))[: int(rng.integers(3, 6))]
        taken: list[tuple[float, float]] = []
        things, moving, numbers = [], [], {CAR: 0, PERSON: 0}
        for at in chosen:
            body, kind = bodies[int(at)]
            place = _free(rng, taken)
            if place is None:
                continue
            taken.append(place)
            name = kind * 1000 + numbers[kind]
            numbers[kind] += 1
            velocity = _velocity(rng, kind) if rng.random() < 0.5 else (0.0, 0.0)
            if velocity != (0.0, 0.0):
                moving.append(name)
            self._paint(body, rng, _bright(rng, kind))
            turn = float(rng.normal(0, 0.2)) if kind == CAR else 0.0
            things.append(Thing(body, name, (*place, 0.0), velocity, turn))
        return things, tuple(moving)

    def _frame(
        self, things: list[Thing], time: int, camera: NDArray[np.float64], height: int, width: int
    ) -> tuple[Floats, NDArray[np.int32], Floats]:
        engine = self._engine
        names = dict.fromkeys(self._road, ROAD) | dict.fromkeys((self._back, *self._walls), BUILDING)
        for thing in things:
            names[thing.body] = thing.name
            x, y = (thing.place[axis] + time * thing.velocity[axis] for axis in (0, 1))
            turned = (0, 0, math.sin(thing.turn / 2), math.cos(thing.turn / 2))
            engine.resetBasePositionAndOrientation(thing.body, (x, y, 0), turned)
        eye, ahead = camera[:3, 3], camera[:3, 3] + camera[:3, 2]
        view = engine.computeViewMatrix(_world(eye), _world(ahead), (0, 0, 1))
        lens = engine.computeProjectionMatrixFOV(FIELD, width / height, NEAR, FAR)
        _, _, rgb, depth, bodies = engine.getCameraImage(
            2 * width, 2 * height, view, lens, renderer=engine.ER_TINY_RENDERER, shadow=0,
            lightDirection=(3, -6, 10), lightAmbientCoeff=0.65, lightDiffuseCoeff=0.4, lightSpecularCoeff=0,
        )  # fmt: skip
        image = np.asarray(rgb, np.float32).reshape(height, 2, width, 2, 4)[..., :3].mean(axis=(1, 3)) / 255
        table = np.full(max(names) + 2, SKY, np.int32)  # the last row is number -1: nothing was hit
        table[list(names)] = list(names.values())
        ids = table[np.asarray(bodies).reshape(2 * height, 2 * width)[::2, ::2]]
        level = np.asarray(depth, np.float64).reshape(2 * height, 2 * width)[::2, ::2]
        metres = FAR * NEAR / (FAR - (FAR - NEAR) * level)
        image[ids == SKY] = (0.72, 0.82, 0.95)
        return image, ids, np.where(ids == SKY, np.inf, metres).astype(np.float32)


def intrinsics(height: int, width: int) -> Floats:
    """The camera matrix of a frame, in pixels; pixel centres lie at whole numbers."""
    focal = height / 2 / math.tan(math.radians(FIELD) / 2)
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]], np.float32)


def _camera_at(time: int, speed: float, yaw: float) -> NDArray[np.float64]:
    """From the camera at a time to the camera's axes at time 0, 4 by 4."""
    pose = np.eye(4)
    angle = yaw * time
    pose[:3, :3] = [
        [math.cos(angle), 0.0, math.sin(angle)],
        [0.0, 1.0, 0.0],
        [-math.sin(angle), 0.0, math.cos(angle)],
    ]
    pose[:3, 3] = (math.sin(angle / 2) * speed * time, 0, math.cos(angle / 2) * speed * time)
    return pose


def _world(point: NDArray[np.float64]) -> tuple[float, float, float]:
    """A point of the camera's axes at time 0 in the renderer's axes: x right, y forward, z up."""
    return float(point[0]), float(point[2]), EYE - float(point[1])


def _free(rng: np.random.Generator, taken: list[tuple[float, float]]) -> tuple[float, float] | None:
    for _ in range(20):
        far = float(rng.uniform(5, 15))
        side = float(rng.uniform(-0.42, 0.42)) * min(far, 10)
        if all(abs(side - x) > 2.3 or abs(far - y) > 4.5 for x, y in taken):
            return side, far
    return None


def _velocity(rng: np.random.Generator, kind: int) -> tuple[float, float]:
    """Metres a frame: along the road, oncoming, or across it."""
    way = int(rng.integers(3))
    fast = float(rng.uniform(0.35, 0.8)) * (1.0 if kind == CAR else 0.6)
    return ((0.0, fast), (0.0, -fast), (float(rng.choice([-1, 1])) * fast * 0.6, 0.0))[way]


def _bright(rng: np.random.Generator, kind: int) -> NDArray[np.float64]:
    shade = rng.uniform(0.15, 1.0, 3)
    shade[int(rng.integers(3))] = 1.0
    return shade if kind == CAR else shade[::-1] * (0.6, 1.0, 0.6)


def _texture(place: Path, rng: np.random.Generator) -> Path:
    """Noise of four octaves as a picture: surfaces need texture to be matched between frames."""
    from PIL import Image

    size = 128
    sheet = np.zeros((size, size, 3))
    for cells, weight in ((4, 0.3), (8, 0.3), (16, 0.25), (32, 0.15)):
        coarse = Image.fromarray((rng.random((cells, cells, 3)) * 255).astype(np.uint8))
        sheet += weight * np.asarray(coarse.resize((size, size), Image.Resampling.BILINEAR), np.float64)
    grey = sheet.mean(axis=2, keepdims=True)
    sheet = 0.6 * grey + 0.4 * sheet
    sheet = np.clip((sheet - sheet.mean()) * 2.0 + 150, 0, 255)
    Image.fromarray(sheet.astype(np.uint8)).save(place, compress_level=1)
    return place


def sample_of(clip: Clip, name: str) -> Sample:
    """A clip as a sample to learn from: the middle frame with its labels, and both neighbours."""
    return Sample(
        name,
        clip.images[1],
        clip.images[[0, 2]],
        clip.ids[1],
        clip.depth,
        clip.camera,
        clip.poses,
        clip.moving,
    )
