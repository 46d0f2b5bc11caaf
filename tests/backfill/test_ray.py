"""A backfill on Ray makes what one run a day makes, also when an actor is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from backfill import descendants  # of benchmarks/
from daybrief.app.backfill import BackfilledDay
from tests.backfill.spans import FIRST, LAST, app, editions, one_run_a_day, same_instant

pytest.importorskip("ray", reason="the extra `ray` is not installed")

SETTINGS = """
sources = []
publishers = []
archive = "{folder}/archive.sqlite"
out = "{folder}/out"
cache = "{folder}/cache"
fulltext = {{ papers = 0, articles = 0 }}
"""


def test_a_killed_actor_costs_no_day_and_changes_none(tmp_path: Path, bulk: Path) -> None:
    (tmp_path / "runs").mkdir()
    expected = editions(one_run_a_day(tmp_path / "runs", bulk))
    (tmp_path / "daybrief.toml").write_text(SETTINGS.format(folder=tmp_path), encoding="utf-8")
    order = [sys.executable, "-m", "daybrief", "backfill", "--from", str(FIRST), "--to", str(LAST), "--json"]
    order += ["--engine", "ray", "--workers", "2", "--source", str(bulk)]
    order += ["--config", str(tmp_path / "daybrief.toml")]
    days: list[BackfilledDay] = []
    with subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
        assert program.stdout is not None
        for line in program.stdout:
            days.append(msgspec.json.decode(line, type=BackfilledDay))
            if len(days) == 1:
                actors = descendants(program.pid, "ray::_RayUnit")
                assert len(actors) == 2
                os.kill(actors[0], signal.SIGKILL)
    assert program.returncode == 0
    assert [day.done for day in days] == [1, 2, 3, 4, 5]
    assert same_instant(editions(app(tmp_path))) == same_instant(expected)
