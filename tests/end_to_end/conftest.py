"""The program as people run it: a process of its own, without network."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.programs import environment

Daybrief = Callable[..., "subprocess.CompletedProcess[str]"]


def program(folder: Path) -> Daybrief:
    """`daybrief ARGS` in a folder; HOME lies in it too, so nothing of this machine's user counts."""

    def run(*args: str, given: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).parent / "daybrief"), *args],
            cwd=folder,
            env=environment(folder / "home", **variables),
            input=given,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


@pytest.fixture
def daybrief(tmp_path: Path) -> Daybrief:
    """The program in an empty folder of the test's own."""
    return program(tmp_path)


@pytest.fixture(scope="session")
def founding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `demo/` as `make demo` leaves it; tests only read it."""
    folder = tmp_path_factory.mktemp("founding")
    done = program(folder)("run", "--replay", "founding", "--out", "demo")
    assert done.returncode == 0, done.stderr
    return folder / "demo"
