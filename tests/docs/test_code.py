"""The code on the pages runs as it stands there."""

from __future__ import annotations

import importlib
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from daybrief.app import App, RunRequest
from daybrief.config import Settings
from daybrief.model import Dropped, Item
from daybrief.stages.schedule import window
from daybrief.testing import Route, serve
from tests.end_to_end.conftest import program

FENCE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)


def code(page: Path) -> list[str]:
    return FENCE.findall(page.read_text(encoding="utf-8"))


@pytest.fixture
def my_package(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the manual's own source and publisher are saved as the manual says."""
    source, publisher, _, _ = code(root / "docs" / "plugins.md")
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "lab_list.py").write_text(source)
    (package / "titles.py").write_text(publisher)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in ("my_package", "my_package.lab_list", "my_package.titles"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def test_the_source_of_the_plugin_manual_collects_from_a_real_server(root: Path, my_package: Path) -> None:
    lab_list = importlib.import_module("my_package.lab_list")
    trial = code(root / "docs" / "plugins.md")[2]
    day, tools = window(date(2026, 9, 24), "Asia/Seoul"), App(Settings()).ports.tools()
    exec(trial, {"make": lab_list.make, "Options": lab_list.Options, "tools": tools, "window": day})
    rows = [
        {"day": "2026-09-24", "url": "https://a.example/1", "title": "One"},
        {"day": "2026-09-23", "url": "https://a.example/2", "title": "Two"},
    ]
    listed = json.dumps(rows).encode()
    with serve({"https://lab.example.org/list.json": Route(listed, media_type="application/json")}) as site:
        source = lab_list.make(lab_list.Options(url="https://lab.example.org/list.json"), tools)
        kept, left = source.collect(day, site.web)
    assert isinstance(kept, Item)
    assert kept.title == "One"
    assert isinstance(left, Dropped)


def test_source_and_publisher_of_the_plugin_manual_pass_the_contract_suite(
    root: Path, my_package: Path
) -> None:
    exec(code(root / "docs" / "plugins.md")[3], {})


def test_the_manuals_plugins_are_found_in_the_folder_that_daybrief_is_started_in(my_package: Path) -> None:
    (my_package / "daybrief.toml").write_text(
        """publishers = [{use = "my_package.titles"}]\narchive = "a.sqlite"\n"""
    )
    done = program(my_package)("run", "--replay", "founding", "--config", "daybrief.toml", "--out", "out")
    assert (my_package / "out" / "2024-11-26" / "papers.txt").read_text(), done.stderr


def test_the_script_of_the_guide_finds_what_the_archive_holds(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    App(Settings(out="out", archive="archive.sqlite")).run(RunRequest(replay="founding"))
    (tmp_path / "daybrief.toml").write_text('archive = "archive.sqlite"\n')
    names: dict[str, Any] = {}
    exec("\n".join(code(root / "docs" / "guides" / "scripting.md")), names)
    assert names["edition"] is not None
    assert names["hits"]
