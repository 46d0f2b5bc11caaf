"""Makes one morning when it is imported, so that processes forked from here have read every model already."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.faults.runs import Place, morning, recording

with tempfile.TemporaryDirectory() as folder:
    recording(Path(folder))
    morning(Place(folder, f"{folder}/archive.sqlite"))
