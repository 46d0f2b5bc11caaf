"""Jobs of workers, beside nothing that a new process would have to import."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


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
def dying() -> Iterator[Callable[[int], int]]:
    """Kills every process that is asked."""

    def killed(_number: int) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    yield killed


@contextmanager
def naming(name: str) -> Iterator[Callable[[str], str]]:
    yield lambda word: f"{name} {word}"
