"""A scripted model for all tests of this folder, and what a plugin needs to reach it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from daybrief.adapters.llm import Models
from daybrief.app import App
from daybrief.config import Settings
from daybrief.model import Filed, Item, Ranked, Story
from daybrief.ports import ModelSettings, Tools
from daybrief.testing.model_server import MODEL, ModelServer, model_server

KEY = "sk-test-0123456789"


@pytest.fixture(scope="session")
def process() -> Iterator[ModelServer]:
    pytest.importorskip("json_repair", reason="the extra `llm` is not installed")
    with model_server(key=KEY) as server:
        yield server


@pytest.fixture
def server(process: ModelServer) -> ModelServer:
    process.script("good")
    return process


class Bench:
    """Opens models against the server, run after run, over one folder."""

    def __init__(self, server: ModelServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.environment = {"TEST_KEY": KEY}

    def settings(self, **changed: Any) -> ModelSettings:
        usual = {
            "model": MODEL, "base_url": self.server.base_url, "key_env": "TEST_KEY",
            "price_in": 1.0, "price_out": 2.0,
        }  # fmt: skip
        return ModelSettings(**(usual | changed))

    def table(self, **changed: Any) -> dict[str, Any]:
        known = ModelSettings.__struct_fields__
        settings = msgspec.structs.asdict(self.settings(**{n: v for n, v in changed.items() if n in known}))
        return {"use": "llm"} | {n: v for n, v in (settings | changed).items() if v is not None}

    @contextmanager
    def run(self, name: str = "2024-11-26") -> Iterator[Models]:
        with Models(self.folder, name, self.environment, Random(7)) as models:
            yield models


@pytest.fixture
def bench(server: ModelServer, tmp_path: Path) -> Bench:
    return Bench(server, tmp_path)


@pytest.fixture
def tools() -> Callable[[Models], Tools]:
    usual = App(Settings()).ports.tools()
    return lambda models: msgspec.structs.replace(usual, llm=models)


@pytest.fixture
def paper() -> Callable[..., Ranked]:
    def made(number: int, category: str = "llm", text: str = "", title: str = "") -> Ranked:
        usual = (
            f"We present method {number} for training language agents. "
            f"It reaches {60 + number}.5% on the usual benchmark. "
            "This can help developers of small devices. Larger tests are left for future work."
        )
        item = Item(
            key=f"arxiv:2411.{number:05}", source="arxiv", kind="paper", title=title or f"Method {number}",
            url=f"https://arxiv.org/abs/2411.{number:05}", text=text or usual,
        )  # fmt: skip
        story = Story(id=item.key, kind="paper", items=(item,), first_seen=date(2024, 11, 26))
        return Ranked(filed=Filed(story=story, category=category, confidence=1.0, why=""), score=1.0)

    return made
