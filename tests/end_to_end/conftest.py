"""The program as people run it: a process of its own, without network."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Daybrief = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def daybrief(tmp_path: Path) -> Daybrief:
    """Run `daybrief ARGS` in an empty folder; HOME is empty too, so nothing of this machine's user counts."""

    def run(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).parent / "daybrief"), *args],
            cwd=tmp_path,
            env={"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environment},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run
