"""A user's folder of pictures, and pictures as files.

Pictures are .png, .jpg, .jpeg or .webp. Beside NAME.png may stand NAME.txt (what it shows, in words) and, for
the depth task, NAME.depth.png (bright is near). For the subject task each subfolder is one thing, with two
pictures or more of it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError, LabUnmet
from daybrief.labs.control.tasks import Floats, Task
from daybrief.labs.kit import require

ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}
SMALLEST = 16  # pixels of a side
LARGEST = 40_000_000  # pixels of a picture
FEWEST = 2


class Album(NamedTuple):
    """Pictures of a folder, (count, side, side, 3), with words; depth and twins where a task needs them."""

    names: list[str]
    shown: Floats
    words: list[str]
    depth: Floats | None = None
    twins: Floats | None = None


def gathered(folder: Path, task: Task, side: int) -> Album:
    """The pictures of a folder for a task, cut square from the middle and sized to `side`.

    A file that is broken or too small is named in the error: nothing is left out in silence. Raises LabError,
    LabUnmet.
    """
    if not folder.is_dir():
        raise LabUnmet(f"{folder} is no folder", hint="give a folder of pictures")
    if task == "subject":
        return _pairs(folder, side)
    places = [place for place in _pictures(folder) if not place.stem.endswith(".depth")]
    if len(places) < FEWEST:
        raise LabUnmet(
            f"{folder} holds {len(places)} pictures", hint=f"give at least {FEWEST}: {', '.join(ENDINGS)}"
        )
    shown = np.stack([read_picture(place, side, side) for place in places])
    depth = np.stack([_depth(place, side) for place in places]) if task == "depth" else None
    return Album([place.name for place in places], shown, [_caption(place) for place in places], depth)


def _pictures(folder: Path) -> list[Path]:
    return sorted(place for place in folder.iterdir() if place.suffix.lower() in ENDINGS and place.is_file())


def _pairs(folder: Path, side: int) -> Album:
    """Every picture of a thing with the next one of the same thing."""
    subjects = sorted(place for place in folder.iterdir() if place.is_dir())
    firsts, seconds = [], []
    for subject in subjects:
        places = _pictures(subject)
        if len(places) < FEWEST:
            raise LabError(
                f"{subject} holds {len(places)} pictures", hint="give two or more pictures of each thing"
            )
        firsts += places
        seconds += [*places[1:], places[0]]
    if not firsts:
        raise LabUnmet(
            f"{folder} holds no subfolder",
            hint="give a folder for each thing, with two pictures or more",
        )
    shown, twins = (
        np.stack([read_picture(place, side, side) for place in part]) for part in (firsts, seconds)
    )
    return Album(
        [f"{place.parent.name}/{place.name}" for place in firsts], shown,
        [_caption(place) for place in firsts], twins=twins,
    )  # fmt: skip


def _caption(place: Path) -> str:
    beside = place.with_suffix(".txt")
    try:
        return " ".join(beside.read_text(encoding="utf-8").split()) if beside.is_file() else ""
    except (OSError, UnicodeDecodeError) as broken:
        raise LabError(f"{beside} cannot be read: {broken}", hint="give plain text in UTF-8") from broken


def _depth(place: Path, side: int) -> Floats:
    beside = place.with_suffix(".depth.png")
    if not beside.is_file():
        raise LabUnmet(
            f"{place.name} has no {beside.name}", hint="give the depth of each picture, bright where near"
        )
    return read_picture(beside, side, side)[..., 0]


def read_picture(place: Path, rows: int, columns: int, *, whole: bool = False) -> Floats:
    """A picture file as (rows, columns, 3) from 0 to 1.

    Cut from the middle to the shape asked for; `whole` fits all of it in instead, on white. Raises LabError.
    """
    require(("PIL",), extra="lab-control")
    from PIL import Image, ImageOps

    try:
        with Image.open(place) as image:
            width, height = image.size
            if width * height > LARGEST:
                raise LabError(f"{place} has {width} x {height} pixels", hint="give a smaller picture")
            shown = _flat(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as broken:
        raise LabError(f"{place} is no picture: {broken}", hint="remove it or replace it") from broken
    if min(width, height) < SMALLEST:
        raise LabError(f"{place} has {width} x {height} pixels", hint=f"give {SMALLEST} or more on each side")
    fitted = (
        ImageOps.pad(shown, (columns, rows), Image.Resampling.LANCZOS, color=(255, 255, 255))
        if whole
        else ImageOps.fit(shown, (columns, rows), Image.Resampling.LANCZOS)
    )
    return (np.asarray(fitted) / 255).astype(np.float32)


def _flat(image: Any) -> Any:
    """The picture in colours, on white where it is transparent."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode in {"RGBA", "LA", "P", "PA"}:
        solid = upright.convert("RGBA")
        ground = Image.new("RGBA", solid.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, solid).convert("RGB")
    return upright.convert("RGB")


def write_picture(place: Path, picture: Floats, *, least: int = 256) -> None:
    """A picture (rows, columns, 3) as PNG, at once; a tiny one is enlarged, block by block."""
    require(("PIL",), extra="lab-control")
    from PIL import Image

    times = max(1, -(-least // max(picture.shape[:2])))
    bytes_ = (np.clip(picture, 0, 1) * 255).round().astype(np.uint8)
    image = Image.fromarray(bytes_.repeat(times, axis=0).repeat(times, axis=1))
    body = io.BytesIO()
    image.save(body, "PNG")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, body.getvalue())
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another with --out"
        ) from refused
