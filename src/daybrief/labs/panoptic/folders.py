"""Pictures on disk: the layouts of Cityscapes and KITTI, folders of one's own, and pictures of what was
found.

    frames_of    a folder in one of the layouts, as samples, read one at a time
    pictures_of  any folder of pictures
    written      ids, depth and an overlay of one picture
    clips_written  rendered clips in the layout of Cityscapes

Layouts. Cityscapes: `leftImg8bit/SPLIT/CITY/*_leftImg8bit.png`, with `gtFine`, `leftImg8bit_sequence`,
`camera`,
`disparity` and `vehicle` beside it where they are. KITTI 2015 with its multi-view part:
`training/image_2/N_10.png`,
neighbours `N_09` and `N_11`, `instance`, `disp_occ_0`, `calib_cam_to_cam`. KITTI raw:
`DAY/DRIVE/image_02/data`,
`calib_cam_to_cam.txt` in the day's folder, `proj_depth/groundtruth/image_02` and `oxts` in the drive's.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError, LabUnmet
from daybrief.labs.panoptic.segments import VOID, Ids, Panoptic
from daybrief.labs.panoptic.training import Sample

Floats = NDArray[np.float32]
SMALLEST = 16  # pixels of a side
KINDS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
STUFF = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23)  # label ids of Cityscapes' 19 classes; KITTI has the same
THINGS = (24, 25, 26, 27, 28, 31, 32, 33)
RATE = 17.0  # frames a second of Cityscapes' sequences
KITTI_RATE = 10.0
KITTI_BASE = 0.54  # metres between KITTI's colour cameras
_COLOURS = {
    7: (128, 64, 128), 8: (244, 35, 232), 11: (70, 70, 70), 12: (102, 102, 156), 13: (190, 153, 153),
    17: (153, 153, 153), 19: (250, 170, 30), 20: (220, 220, 0), 21: (107, 142, 35), 22: (152, 251, 152),
    23: (70, 130, 180), 24: (220, 20, 60), 25: (255, 0, 0), 26: (0, 0, 142), 27: (0, 0, 70), 28: (0, 60, 100),
    31: (0, 80, 100), 32: (0, 0, 230), 33: (119, 11, 32),
}  # fmt: skip  # Cityscapes' own
_DEPTHS = np.array(
    [(13, 8, 135), (126, 3, 168), (204, 71, 120), (248, 149, 64), (240, 249, 33)], np.float64
)  # far to near


class Frames(Sequence[Sample]):
    """Samples of a folder, read from disk when they are asked for, scaled to one size (H, W)."""

    def __init__(
        self, layout: str, readers: list[Callable[[], Sample]], size: tuple[int, int] | None
    ) -> None:
        self.layout, self._readers, self._size = layout, readers, size

    def __len__(self) -> int:
        return len(self._readers)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        sample = self._readers[at]()
        return sample if self._size is None else scaled(sample, self._size)


def frames_of(folder: Path, split: str = "train", size: tuple[int, int] | None = None) -> Frames:
    """The frames of a folder in the layout of Cityscapes, KITTI 2015 or KITTI raw.

    split: Cityscapes' `train`, `val` or `test`; KITTI has none. Raises LabUnmet when the folder is absent or
    holds no
    such frames, LabError when a file of it is broken.
    """
    if not folder.is_dir():
        raise LabUnmet(f"{folder} does not exist", hint="give the folder of the data set")
    for layout, find in (("cityscapes", _cityscapes), ("kitti 2015", _kitti), ("kitti raw", _kitti_raw)):
        readers = list(find(folder, split))
        if readers:
            return Frames(layout, readers, size)
    raise LabUnmet(
        f"{folder} holds no frames in the layout of Cityscapes or KITTI",
        hint=f"there must be leftImg8bit/{split}/CITY, training/image_2, or DAY/DRIVE/image_02/data below it",
    )


def scaled(sample: Sample, size: tuple[int, int]) -> Sample:
    """A sample at another size (H, W): pictures by areas, labels and depths by the nearest pixel."""
    height, width = sample.image.shape[:2]
    down, across = size[0] / height, size[1] / width
    camera = sample.camera.copy()
    camera[0] *= across
    camera[1] *= down
    camera[0, 2] += (across - 1) / 2  # pixel centres lie at whole numbers
    camera[1, 2] += (down - 1) / 2
    others = None if sample.neighbours is None else np.stack([_resized(i, size) for i in sample.neighbours])
    return sample._replace(
        image=_resized(sample.image, size),
        neighbours=others,
        ids=None if sample.ids is None else _nearest(sample.ids, size),
        depth=None if sample.depth is None else _nearest(sample.depth, size),
        camera=camera,
    )


def _resized(image: Floats, size: tuple[int, int]) -> Floats:
    from PIL import Image

    planes = [
        Image.fromarray(image[..., k]).resize((size[1], size[0]), Image.Resampling.BOX) for k in range(3)
    ]
    return np.stack([np.asarray(plane, np.float32) for plane in planes], axis=-1)


def _nearest(values: Any, size: tuple[int, int]) -> Any:
    rows = ((np.arange(size[0]) + 0.5) * values.shape[0] / size[0]).astype(np.intp)
    columns = ((np.arange(size[1]) + 0.5) * values.shape[1] / size[1]).astype(np.intp)
    return values[rows][:, columns]


# ── reading files ───────────────────────────────────────────────────────────────────────────────────


def picture(file: Path) -> Floats:
    """A picture as (H, W, 3) in 0..1. Raises LabError when it is broken or smaller than 16 by 16."""
    array: Floats = np.asarray(_read_image(file, "RGB"), np.float32) / np.float32(255)
    if min(array.shape[:2]) < SMALLEST:
        raise LabError(
            f"{file} has {array.shape[1]} by {array.shape[0]} pixels: too small to tell anything apart",
            hint=f"give pictures of at least {SMALLEST} by {SMALLEST}",
        )
    return array


def _read_image(file: Path, mode: str = "") -> NDArray[Any]:
    from PIL import Image

    try:
        with Image.open(file) as opened:
            return np.asarray(opened.convert(mode) if mode else opened)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as broken:
        raise LabError(
            f"{file} is no picture: {str(broken)[:120]}", hint="remove it, or save it anew"
        ) from broken


def _read_json(file: Path) -> dict[str, Any]:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as broken:
        raise LabError(f"{file} cannot be read: {str(broken)[:120]}", hint="fetch the file again") from broken
    if not isinstance(record, dict):
        raise LabError(f"{file} holds no JSON object", hint="fetch the file again")
    return record


def _numbers(file: Path, name: str) -> list[float]:
    """The numbers of one row `name: a b c` of KITTI's calibration files."""
    try:
        for line in file.read_text(encoding="utf-8").splitlines():
            key, _, rest = line.partition(":")
            if key.strip() == name:
                return [float(part) for part in rest.split()]
    except (OSError, ValueError) as broken:
        raise LabError(f"{file} cannot be read: {str(broken)[:120]}", hint="fetch the file again") from broken
    raise LabError(f"{file} has no row {name!r}", hint="give the calibration that comes with the pictures")


def _pair(before: Path, after: Path) -> Floats | None:
    if not (before.is_file() and after.is_file()):
        return None
    return np.stack([picture(before), picture(after)])


def pose_of_drive(forward: float, turn: float) -> NDArray[np.float64]:
    """From the camera now to one after it drove `forward` metres and turned by `turn` radians to the left, 4
    by 4."""
    pose = np.eye(4)
    cosine, sine = math.cos(turn), math.sin(turn)
    pose[:3, :3] = [
        [cosine, 0.0, -sine],
        [0.0, 1.0, 0.0],
        [sine, 0.0, cosine],
    ]  # the axes after the turn, seen from now
    pose[:3, 3] = (-math.sin(turn / 2) * forward, 0, math.cos(turn / 2) * forward)
    inverse: NDArray[np.float64] = np.asarray(np.linalg.inv(pose), np.float64)
    return inverse


def _poses(forward: float, turn: float) -> Floats:
    return np.stack([pose_of_drive(-forward, -turn), pose_of_drive(forward, turn)]).astype(np.float32)


# ── Cityscapes ──────────────────────────────────────────────────────────────────────────────────────


def _cityscapes(folder: Path, split: str) -> Iterator[Callable[[], Sample]]:
    for file in sorted((folder / "leftImg8bit" / split).glob("*/*_leftImg8bit.png")):
        yield partial(_cityscapes_sample, folder, split, file)


def _cityscapes_sample(folder: Path, split: str, file: Path) -> Sample:
    city, stem = file.parent.name, file.name.removesuffix("_leftImg8bit.png")
    image = picture(file)

    def beside(kind: str, ending: str) -> Path:
        return folder / kind / split / city / f"{stem}_{ending}"

    head, _, number = stem.rpartition("_")
    near = [
        folder / "leftImg8bit_sequence" / split / city
        / f"{head}_{int(number) + step:0{len(number)}d}_leftImg8bit.png"
        for step in (-1, 1)
    ]  # fmt: skip
    labels, camera = beside("gtFine", "gtFine_instanceIds.png"), beside("camera", "camera.json")
    lens, base = _cityscapes_camera(camera, image.shape)
    disparity, vehicle = beside("disparity", "disparity.png"), beside("vehicle", "vehicle.json")
    depth = None
    if disparity.is_file():
        coded = _read_image(disparity).astype(np.float32)
        with np.errstate(divide="ignore"):
            depth = np.where(coded > 1, base * lens[0, 0] / ((coded - 1) / 256), np.inf).astype(np.float32)
    poses = None
    if vehicle.is_file():
        drive = _read_json(vehicle)
        poses = _poses(_number(drive, "speed", vehicle) / RATE, _number(drive, "yawRate", vehicle) / RATE)
    ids = _ids(_read_image(labels), 1000) if labels.is_file() else None
    return Sample(f"{city}/{stem}", image, _pair(near[0], near[1]), ids, depth, lens, poses)


def _cityscapes_camera(file: Path, shape: tuple[int, ...]) -> tuple[Floats, float]:
    """The camera matrix and the metres between both eyes; Cityscapes' usual ones where there is no file."""
    if not file.is_file():
        scale = shape[1] / 2048
        return _lens(2262.52 * scale, 2265.30 * scale, 1096.98 * scale, 513.137 * scale), 0.209313
    record = _read_json(file)
    inner, outer = record.get("intrinsic"), record.get("extrinsic")
    if not isinstance(inner, dict) or not isinstance(outer, dict):
        raise LabError(f"{file} holds no intrinsic and extrinsic part", hint="fetch the file again")
    fx, fy, u0, v0 = (_number(inner, key, file) for key in ("fx", "fy", "u0", "v0"))
    return _lens(fx, fy, u0, v0), _number(outer, "baseline", file)


def _number(record: dict[str, Any], key: str, file: Path) -> float:
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise LabError(f"{file}: {key} is {value!r}, not a number", hint="fetch the file again")
    return float(value)


def _lens(fx: float, fy: float, u0: float, v0: float) -> Floats:
    return np.array([[fx, 0, u0], [0, fy, v0], [0, 0, 1]], np.float32)


def _ids(coded: NDArray[Any], factor: int) -> Ids:
    """Panoptic ids of 1000 · class + number, of classes of the 19; others become void."""
    whole = coded.astype(np.int32)
    if factor == 1000:
        label, number = np.where(whole >= 1000, whole // 1000, whole), whole % 1000
        thing = whole >= 1000
    else:
        label, number = whole // factor, whole % factor
        thing = np.isin(label, THINGS) & (number > 0)
    ids = np.where(thing, label * 1000 + number, label)
    return np.where(np.isin(label, STUFF + THINGS), ids, VOID).astype(np.int32)


# ── KITTI ───────────────────────────────────────────────────────────────────────────────────────────


def _kitti(folder: Path, _split: str) -> Iterator[Callable[[], Sample]]:
    root = folder / "training" if (folder / "training").is_dir() else folder
    for file in sorted((root / "image_2").glob("*_10.png")):
        yield partial(_kitti_sample, root, file)


def _kitti_sample(root: Path, file: Path) -> Sample:
    number = file.name.removesuffix("_10.png")
    image = picture(file)
    calibration = root / "calib_cam_to_cam" / f"{number}.txt"
    lens = _rectified(calibration) if calibration.is_file() else _kitti_lens(image.shape)
    labels, disparity = root / "instance" / file.name, root / "disp_occ_0" / file.name
    depth = None
    if disparity.is_file():
        coded = _read_image(disparity).astype(np.float32) / 256
        depth = np.where(coded > 0, KITTI_BASE * lens[0, 0] / np.maximum(coded, 1e-3), np.inf).astype(
            np.float32
        )
    near = _pair(root / "image_2" / f"{number}_09.png", root / "image_2" / f"{number}_11.png")
    ids = _ids(_read_image(labels), 256) if labels.is_file() else None
    return Sample(number, image, near, ids, depth, lens, None)


def _rectified(file: Path) -> Floats:
    row = _numbers(file, "P_rect_02")
    if len(row) != 12:
        raise LabError(f"{file}: P_rect_02 has {len(row)} numbers, not 12", hint="fetch the file again")
    return np.asarray(row, np.float32).reshape(3, 4)[:, :3].copy()


def _kitti_lens(shape: tuple[int, ...]) -> Floats:
    scale = shape[1] / 1242
    return _lens(721.54 * scale, 721.54 * scale, 609.56 * scale, 172.85 * scale)


def _kitti_raw(folder: Path, _split: str) -> Iterator[Callable[[], Sample]]:
    for frames in sorted(folder.glob("*/*/image_02/data")) or sorted(folder.glob("*/image_02/data")):
        files = [file for file in sorted(frames.iterdir()) if file.suffix in KINDS]
        for before, file, after in zip(files, files[1:], files[2:], strict=False):
            yield partial(_kitti_raw_sample, frames.parent.parent, before, file, after)


def _kitti_raw_sample(drive: Path, before: Path, file: Path, after: Path) -> Sample:
    image = picture(file)
    calibration = drive.parent / "calib_cam_to_cam.txt"
    lens = _rectified(calibration) if calibration.is_file() else _kitti_lens(image.shape)
    truth, oxts = drive / "proj_depth" / "groundtruth" / "image_02" / file.name, drive / "oxts" / "data"
    depth = None
    if truth.is_file():
        coded = _read_image(truth).astype(np.float32) / 256
        depth = np.where(coded > 0, coded, np.inf).astype(np.float32)
    poses = None
    log = oxts / f"{file.stem}.txt"
    if log.is_file():
        poses = _poses(*(part / KITTI_RATE for part in _oxts(log)))
    return Sample(f"{drive.name}/{file.stem}", image, _pair(before, after), None, depth, lens, poses)


def _oxts(file: Path) -> tuple[float, float]:
    """Forward speed (metres a second) and yaw rate (radians a second): columns 9 and 23 of KITTI's 30."""
    try:
        columns = [float(part) for part in file.read_text(encoding="utf-8").split()]
        return columns[8], columns[22]
    except (OSError, ValueError, IndexError) as broken:
        raise LabError(f"{file} holds no 30 numbers", hint="fetch the file again") from broken


# ── pictures of one's own ───────────────────────────────────────────────────────────────────────────


def pictures_of(place: Path) -> list[Path]:
    """The pictures of a folder, its subfolders too, or one picture. Raises LabUnmet when there is none."""
    if place.is_file():
        return [place]
    pictures = [f for f in sorted(place.rglob("*")) if f.suffix.lower() in KINDS] if place.is_dir() else []
    if not pictures:
        raise LabUnmet(f"{place} holds no picture", hint=f"give a folder with {', '.join(KINDS)} files")
    return pictures


class Written(NamedTuple):
    """The files of one picture: overlay, ids, and depth where the network tells it."""

    overlay: Path
    ids: Path
    depth: Path | None


def files_of(name: str, out: Path) -> Written:
    """The paths of a picture's results; `name` without its ending, folders and all."""
    plain = re.sub(r"[^\w.-]", "_", name)
    return Written(out / f"{plain}_overlay.png", out / f"{plain}_ids.png", out / f"{plain}_depth.png")


def written(image: Floats, prediction: Panoptic, files: Written) -> None:
    """Write what was found in a picture: ids as 16-bit, depth as 16-bit of 256 · metres (KITTI's), an
    overlay last.

    Raises LabError when a file cannot be written.
    """
    from PIL import Image

    if prediction.depth is not None and files.depth is not None:
        coded = np.clip(np.where(np.isfinite(prediction.depth), prediction.depth, 0) * 256, 0, 65535)
        _put(Image.fromarray(coded.astype(np.uint16)), files.depth)
    _put(Image.fromarray(prediction.ids.astype(np.uint16)), files.ids)
    _put(Image.fromarray(overlay(image, prediction)), files.overlay)


def _put(image: Any, file: Path) -> None:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, buffer.getvalue())
    except OSError as refused:
        raise LabError(
            f"{file} cannot be written: {refused.strerror}", hint="name another --out"
        ) from refused


def overlay(image: Floats, prediction: Panoptic) -> NDArray[np.uint8]:
    """The picture under its segments, edges white, and the depth below: (H or 2 H, W, 3)."""
    colours = np.zeros((*prediction.ids.shape, 3))
    for name in np.unique(prediction.ids):
        colours[prediction.ids == name] = colour(int(name))
    shown = 0.45 * image * 255 + 0.55 * colours
    shown[prediction.ids == VOID] = 0.6 * image[prediction.ids == VOID] * 255
    ids = prediction.ids
    edge = np.zeros(ids.shape, bool)
    edge[:, 1:] |= ids[:, 1:] != ids[:, :-1]
    edge[1:] |= ids[1:] != ids[:-1]
    thing = ids >= 1000
    near_thing = thing.copy()
    near_thing[:, 1:] |= thing[:, :-1]
    near_thing[1:] |= thing[:-1]
    shown[edge & near_thing] = 255
    panels = [shown] if prediction.depth is None else [shown, _of_depth(prediction.depth)]
    return np.clip(np.concatenate(panels), 0, 255).astype(np.uint8)


def colour(name: int) -> NDArray[np.float64]:
    """The colour of an id: Cityscapes' of its class, shifted a little for each thing."""
    label, number = (name // 1000, name % 1000) if name >= 1000 else (name, 0)
    base = np.asarray(_COLOURS.get(label, (0, 0, 0)), np.float64)
    if name < 1000:
        return base
    turn = np.array([(number * 67) % 120, (number * 101 + 40) % 120, (number * 43 + 80) % 120])
    shade: NDArray[np.float64] = np.clip(base * 0.6 + turn, 0, 255)
    return shade


def _of_depth(depth: Floats) -> NDArray[np.float64]:
    """Near is bright, far is dark: even steps of log depth between the 2nd and 98th percentile."""
    level = np.log(np.clip(np.nan_to_num(depth, posinf=1e3), 0.1, 1e3))
    low, high = np.percentile(level, [2, 98])
    near = np.clip((high - level) / max(high - low, 1e-6), 0, 1) * (len(_DEPTHS) - 1)
    at = np.minimum(near.astype(np.intp), len(_DEPTHS) - 2)
    part = (near - at)[..., None]
    colours: NDArray[np.float64] = _DEPTHS[at] * (1 - part) + _DEPTHS[at + 1] * part
    return colours


# ── rendered clips ──────────────────────────────────────────────────────────────────────────────────


def clips_written(samples: Sequence[Sample], folder: Path, split: str) -> None:
    """Rendered samples in the layout of Cityscapes: pictures, neighbours, labels, camera, disparity, poses
    as driven.

    A sample's picture is written last: a folder that was left half-way holds whole frames only.
    """
    from PIL import Image

    for at, sample in enumerate(samples):
        stem = f"street_{at:06d}_000001"

        def beside(kind: str, ending: str, stem: str = stem) -> Path:
            return folder / kind / split / "street" / f"{stem}_{ending}"

        _put(Image.fromarray(_coded_disparity(sample)), beside("disparity", "disparity.png"))
        assert sample.ids is not None  # noqa: S101  rendered samples have labels
        assert sample.neighbours is not None  # noqa: S101  and neighbours
        _put(Image.fromarray(sample.ids.astype(np.uint16)), beside("gtFine", "gtFine_instanceIds.png"))
        for step, image in zip((0, 2), sample.neighbours, strict=True):
            name = f"street_{at:06d}_{step:06d}_leftImg8bit.png"
            _put(_byte_image(image), folder / "leftImg8bit_sequence" / split / "street" / name)
        for kind, value in (("camera", _camera_json(sample)), ("vehicle", _vehicle_json(sample))):
            file = beside(kind, f"{kind}.json")
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(file, json.dumps(value).encode())
        _put(_byte_image(sample.image), beside("leftImg8bit", "leftImg8bit.png"))


def _byte_image(image: Floats) -> Any:
    from PIL import Image

    return Image.fromarray(np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8))


def _coded_disparity(sample: Sample) -> NDArray[np.uint16]:
    assert sample.depth is not None  # noqa: S101  rendered samples have depth
    disparity = 0.2 * sample.camera[0, 0] / sample.depth  # infinite depth becomes 0
    return np.where(disparity > 0, np.clip(disparity * 256 + 1, 2, 65535), 0).astype(np.uint16)


def _camera_json(sample: Sample) -> dict[str, Any]:
    lens = sample.camera.astype(float)
    inner = {"fx": lens[0, 0], "fy": lens[1, 1], "u0": lens[0, 2], "v0": lens[1, 2]}
    return {"intrinsic": inner, "extrinsic": {"baseline": 0.2, "z": 1.5}}


def _vehicle_json(sample: Sample) -> dict[str, float]:
    assert sample.poses is not None  # noqa: S101  rendered samples have poses
    after = np.linalg.inv(sample.poses[1].astype(np.float64))
    turn = -math.atan2(after[0, 2], after[0, 0])
    return {"speed": float(np.hypot(after[0, 3], after[2, 3]) * RATE), "yawRate": turn * RATE}
