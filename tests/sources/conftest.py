"""The parts that the tests of sources share: windows, and hostile bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from daybrief.model import Category, Taxonomy, Window
from daybrief.ports import Tools
from daybrief.stages import schedule


@pytest.fixture
def window() -> Callable[..., Window]:
    """A day, in Seoul unless said otherwise."""
    return lambda day, zone="Asia/Seoul": schedule.window(date.fromisoformat(day), zone)


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The least tools a plugin can be made with."""
    others = Category(id="others", kind="both", emoji="", name={"en": "Others"}, definition="")
    return Tools(taxonomy=Taxonomy(version="test", category=(others,)))
