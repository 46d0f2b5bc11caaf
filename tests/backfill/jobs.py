"""Jobs of workers, beside nothing that a new process would have to import."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def prepared(folder: Path) -> None:
    os.environ["FOLDER"] = str(folder)


def squared(number: int) -> int:
    """The square; the first process that is asked for that of 3 is killed."""
    if number == 3 and not (mark := Path(os.environ["FOLDER"]) / "killed").exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def killed(_number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0
