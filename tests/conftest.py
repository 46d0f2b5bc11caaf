"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and corpora that may not be redistributed; absent for most people."""
    if not SHARED.is_dir():
        pytest.skip("the recordings in ../shared/data are not on this machine")
    return SHARED
