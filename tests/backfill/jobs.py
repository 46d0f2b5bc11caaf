"""Jobs of workers, beside nothing that a new process would have to import."""

from __future__ import annotations

import os
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import cast


@contextmanager
def squaring(folder: Path) -> Iterator[Callable[[int], int]]:
    """Gives the square; the first process that is asked for that of 3 is killed."""

    def squared(number: int) -> int:
        if number == 3 and not (mark := folder / "killed").exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number

    yield squared
    (folder / f"left {os.getpid()}").touch()


@contextmanager
def answering_half(folder: Path) -> Iterator[Callable[[int], int]]:
    """Gives the square; the first process that is asked for that of 3 is killed in its answer."""

    def squared(number: int) -> int:
        if number == 3 and not (mark := folder / "killed").exists():
            mark.touch()
            frame = sys._getframe()
            while "result_queue" not in frame.f_locals:  # of the pool that runs this
                frame = cast("FrameType", frame.f_back)
            os.write(frame.f_locals["result_queue"]._writer.fileno(), struct.pack("!i", 10_000) + b"half")
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number

    yield squared
    (folder / f"left {os.getpid()}").touch()


@contextmanager
def dying() -> Iterator[Callable[[int], int]]:
    """Kills every process that is asked."""

    def killed(_number: int) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    yield killed


@contextmanager
def naming(name: str) -> Iterator[Callable[[str], str]]:
    yield lambda word: f"{name} {word}"
