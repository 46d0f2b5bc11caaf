"""Fashion-MNIST as the labs read it (Xiao et al. 2017, arXiv 1708.07747): 70,000 garments in ten classes.

Debian's package dataset-fashion-mnist (MIT) holds its four IDX files; nothing is downloaded.
"""

from __future__ import annotations

import gzip
import math
import zlib
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError, LabUnmet

Bytes = NDArray[np.uint8]
Part = Literal["train", "t10k"]
FASHION = Path("/usr/share/datasets/fashion-mnist")
FULL_SIDE = 28  # pixels
_BYTES = b"\x00\x00\x08"  # how an IDX file of bytes begins; the number of axes follows


@cache
def fashion_mnist(part: Part, folder: Path = FASHION) -> tuple[Bytes, Bytes]:
    """The pictures (n, 28, 28) of a part, 60,000 "train" or 10,000 "t10k", and their classes (n,), 0 to 9.

    The files may be packed with gzip or not; the arrays cannot be written to. Raises LabUnmet when a file is
    not there, LabError when one is not what it should be.
    """
    pixels, labels = _idx(folder, f"{part}-images-idx3-ubyte"), _idx(folder, f"{part}-labels-idx1-ubyte")
    if pixels.shape != (*labels.shape, FULL_SIDE, FULL_SIDE):
        raise LabError(
            f"{folder}: pictures {pixels.shape} and labels {labels.shape} do not fit each other",
            hint="take the four files from one package",
        )
    return pixels, labels


def fashion_half(part: Part, half: int, folder: Path = FASHION) -> tuple[Bytes, Bytes]:
    """The first (0) or the second (1) half of a part, so that two uses share no picture."""
    pixels, labels = fashion_mnist(part, folder)
    middle = len(pixels) // 2
    rows = slice(middle, None) if half else slice(None, middle)
    return pixels[rows], labels[rows]


def _idx(folder: Path, name: str) -> Bytes:
    """An array of the IDX format: magic number, number of axes, sizes, bytes."""
    body = _body(folder, name)
    axes = body[3] if len(body) > 4 else 0
    shape = tuple(int.from_bytes(body[at : at + 4], "big") for at in range(4, 4 + 4 * axes, 4))
    if not axes or body[:3] != _BYTES or len(body) != 4 + 4 * axes + math.prod(shape):
        raise LabError(f"{name} in {folder} is no whole IDX file of bytes", hint="install the package again")
    return np.frombuffer(body, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _body(folder: Path, name: str) -> bytes:
    try:
        for path in (folder / f"{name}.gz", folder / name):
            if path.is_file():
                raw = path.read_bytes()
                return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as broken:
        raise LabError(f"{path} cannot be read: {broken}", hint="install the package again") from broken
    raise LabUnmet(
        f"{folder / name}.gz is not there",
        hint="install it: apt-get install dataset-fashion-mnist (Debian), or give the folder of its files",
    )
