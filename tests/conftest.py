"""Fixtures every test may use, and the rule that nothing is skipped where everything is installed."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a busy machine breaks no promise
settings.load_profile("untimed")

if TYPE_CHECKING:
    from playwright.sync_api import Browser

for setting in [name for name in os.environ if name.startswith("DAYBRIEF_")]:
    del os.environ[setting]  # a developer's own settings decide no test

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
sys.path.append(str(ROOT / "benchmarks"))  # last, so that no benchmark hides a library


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn a skip into a failure where `TESTS_MAY_NOT_SKIP` is set."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get("TESTS_MAY_NOT_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"


@pytest.fixture(scope="module", autouse=True)
def _settled_heap() -> None:
    """Leave what earlier modules made out of later collections, whose second may fall into a bounded test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and corpora that may not be redistributed; absent for most people."""
    if not SHARED.is_dir():
        pytest.skip("the recordings in ../shared/data are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium to look at pages with."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        pytest.skip("no Chromium on this machine")
    return program


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """That Chromium, running; each test opens pages of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT
