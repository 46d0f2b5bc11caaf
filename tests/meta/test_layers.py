"""Which way imports point."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_imports_point_one_way_and_siblings_do_not_know_each_other(root: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
