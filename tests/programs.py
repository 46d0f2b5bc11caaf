"""The environment of the programs that tests start."""

from __future__ import annotations

import os
from pathlib import Path

import daybrief

CODE = str(Path(daybrief.__file__).parents[1])  # the code that is tested, wherever it is installed


def environment(home: Path, *, count: bool = True, **variables: str) -> dict[str, str]:
    """Nothing of this machine's user, the code that is tested, and what counts the lines that it runs.

    Counting makes a program half as slow again; where hundreds run, `count` leaves it out.
    """
    counted = {name: value for name, value in os.environ.items() if count and name.startswith("COVERAGE_")}
    calm = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": CODE}
    return {**calm, **counted, **variables}
