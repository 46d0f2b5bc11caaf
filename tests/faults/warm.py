"""Makes one day when it is imported, so that processes forked from here have read every model already."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.faults.runs import Place, make_day, recording

with tempfile.TemporaryDirectory() as folder:
    recording(Path(folder))
    make_day(Place(folder, f"{folder}/archive.sqlite"))
