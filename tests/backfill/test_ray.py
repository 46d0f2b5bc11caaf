"""A backfill on Ray makes what one run a day makes, also when an actor is killed; its model is paid once."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import yaml

from backfill import descendants  # of benchmarks/
from daybrief.app.backfill import BackfilledDay
from daybrief.testing.model_server import MODEL, model_server
from tests.backfill.spans import FIRST, LAST, app, bulk_of, editions, one_run_a_day, same_instant
from tests.backfill.test_model import MORE, writing

pytest.importorskip("ray", reason="the extra `ray` is not installed")

SETTINGS = """
sources = []
publishers = []
archive = "{folder}/archive.sqlite"
out = "{folder}/out"
cache = "{folder}/cache"
fulltext = {{ papers = 0, articles = 0 }}
writer = {{ use = "llm", model = "{model}", base_url = "{base_url}", parallel = 4 }}
"""


@pytest.mark.timeout(400)  # Ray starts slowly on a busy machine
def test_a_killed_actor_costs_no_day_changes_none_and_the_model_is_paid_once(tmp_path: Path) -> None:
    pytest.importorskip("json_repair", reason="the extra `llm` is not installed")
    with model_server() as server:
        single = writing(tmp_path / "runs", server)
        bulk = bulk_of(tmp_path, MORE)
        expected, once = (
            editions(one_run_a_day(tmp_path / "runs", bulk, made=single)),
            server.stats()["calls"],
        )
        server.script("good")
        toml = SETTINGS.format(folder=tmp_path, model=MODEL, base_url=server.base_url)
        (tmp_path / "daybrief.toml").write_text(toml, encoding="utf-8")
        days = made_on_ray(tmp_path, bulk)
        assert [day.done for day in days] == [1, 2, 3, 4, 5]
        assert same_instant(editions(app(tmp_path))) == same_instant(expected)
        assert once <= server.stats()["calls"] <= once + 4, "those under way when the actor was killed"


def made_on_ray(folder: Path, bulk: Path) -> list[BackfilledDay]:
    """The output of the command; one of its actors is killed after the first day."""
    order = [sys.executable, "-m", "daybrief", "backfill", "--from", str(FIRST), "--to", str(LAST), "--json"]
    order += ["--engine", "ray", "--workers", "2", "--source", str(bulk)]
    order += ["--config", str(folder / "daybrief.toml")]
    days: list[BackfilledDay] = []
    with (
        (folder / "said").open("w") as errors,
        subprocess.Popen(order, stdout=subprocess.PIPE, stderr=errors, text=True) as program,
    ):
        assert program.stdout is not None
        for line in program.stdout:
            days.append(msgspec.json.decode(line, type=BackfilledDay))
            if len(days) == 1:
                actors = descendants(program.pid, "ray::_RayUnit")
                assert len(actors) == 2
                os.kill(actors[0], signal.SIGKILL)
    assert program.returncode == 0, (folder / "said").read_text(encoding="utf-8")
    return days


def test_the_cluster_in_the_guide_is_one_for_ray(root: Path) -> None:
    util = importlib.import_module("ray.autoscaler._private.util")
    guide = (root / "docs" / "guides" / "backfill.md").read_text(encoding="utf-8")
    config = yaml.safe_load(guide.partition("```yaml\n")[2].partition("```")[0])
    ready = util.prepare_config(config)
    util.validate_config(ready)
    assert ready["max_workers"] == len(config["provider"]["worker_ips"])
