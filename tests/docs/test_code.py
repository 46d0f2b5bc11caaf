"""The code on the pages runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from daybrief.app import App, RunRequest
from daybrief.config import Settings
from daybrief.model import Dropped, Item
from daybrief.stages.schedule import window
from daybrief.testing import Route, serve

FENCE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)


def code(page: Path) -> list[str]:
    return FENCE.findall(page.read_text(encoding="utf-8"))


def test_the_source_of_the_plugin_manual_collects_from_a_real_server(root: Path) -> None:
    from datetime import date

    source, trial = code(root / "docs" / "plugins.md")
    names: dict[str, Any] = {"__name__": "lab_list"}
    exec(source, names)
    day = window(date(2026, 9, 24), "Asia/Seoul")
    exec(trial, names | {"tools": App(Settings()).ports.tools(), "window": day})
    listed = b'[{"day": "2026-09-24", "url": "https://a.example/1", "title": "One"}, {"day": "2026-09-23"}]'
    with serve({"https://lab.example.org/list.json": Route(listed, media_type="application/json")}) as site:
        made = names["make"](
            names["Options"](url="https://lab.example.org/list.json"), App(Settings()).ports.tools()
        )
        kept, left = made.collect(day, site.web)
    assert isinstance(kept, Item)
    assert kept.title == "One"
    assert isinstance(left, Dropped)


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
