"""The bulk files that tests of this folder take their days from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backfill.spans import bulk_of


@pytest.fixture
def bulk(tmp_path: Path) -> Path:
    return bulk_of(tmp_path)
