"""An archive with a day in it, and what answers questions from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daybrief.app import App
from daybrief.ask import Asker
from daybrief.config import Settings
from daybrief.model import Edition, Item
from daybrief.testing.archives import kept
from daybrief.testing.editions import founding, item, news

Make = Callable[..., Asker]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """An asker over an archive with the given editions, and with items no edition printed."""

    def made(*editions: Edition, more: tuple[Item, ...] = (), language: str = "ko") -> Asker:
        settings = Settings(archive=str(kept(tmp_path, *editions, more=more)), language=language)
        return App(settings).asker()

    return made


@pytest.fixture(scope="session")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Asker:
    """The founding day: twelve papers, four news stories, and a paper that was collected but not printed."""
    left_out = item(
        99, "Zebrafish tracking with event cameras",
        "Event cameras record changes of light. We track zebrafish larvae with event cameras at 1 kHz. "
        "The tracker loses two larvae in an hour.",
    )  # fmt: skip
    path = kept(tmp_path_factory.mktemp("asking"), founding(), news(), more=(left_out,))
    return App(Settings(archive=str(path))).asker()
