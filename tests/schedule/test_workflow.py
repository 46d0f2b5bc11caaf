"""The GitHub workflow, its shell steps run against a bare repository: nothing is lost."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daybrief.app import setup
from tests.end_to_end.conftest import program
from tests.programs import environment

yaml = pytest.importorskip("yaml")
PLAN = setup.Plan(at=time(7, 30), zone="Asia/Seoul", program="daybrief", folder=".")
DAYBRIEF = Path(sys.executable).parent / "daybrief"
RUN = ("Fetch the state", "Make every missing day", "Make the site", "Keep the state", "Stay enabled")


@pytest.fixture
def workflow() -> dict[str, Any]:
    read = yaml.safe_load(setup.workflow(PLAN, datetime(2024, 11, 26, tzinfo=UTC)))
    read["on"] = read.pop(True, None) or read.get("on")  # YAML 1.1 reads `on` as true
    return dict(read)


def test_it_asks_for_no_right_it_does_not_need_and_never_runs_twice_at_once(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {}
    assert workflow["concurrency"] == {"group": "daybrief", "cancel-in-progress": False}
    assert workflow["jobs"]["make"]["permissions"] == {
        "contents": "write",
        "actions": "write",
        "pages": "read",
    }
    assert workflow["jobs"]["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert workflow["on"]["schedule"] == [{"cron": "30 22 * * *"}]


def test_every_action_is_named_with_a_version_and_no_input_reaches_a_shell(workflow: dict[str, Any]) -> None:
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@(?:v\d+|[0-9a-f]{40})", name) for name in used)
    assert {"actions/deploy-pages", "actions/upload-pages-artifact"} <= {name.split("@")[0] for name in used}
    assert not [step for step in steps if "${{" in step.get("run", "")]


@pytest.mark.parametrize(
    ("install", "command"),
    [(".", "pip install --quiet ."), ("daybrief[llm]==1.0", "pip install --quiet 'daybrief[llm]==1.0'"),
     ("git+https://example.org/a b.git", "pip install --quiet 'git+https://example.org/a b.git'")],
)  # fmt: skip
def test_it_installs_what_the_setting_names_as_one_word(install: str, command: str) -> None:
    text = setup.workflow(msgspec.structs.replace(PLAN, install=install), datetime(2024, 11, 26, tzinfo=UTC))
    steps = yaml.safe_load(text)["jobs"]["make"]["steps"]
    (run,) = (step["run"] for step in steps if "pip install" in step.get("run", ""))
    assert command in run


def test_the_command_passes_the_setting_on(tmp_path: Path) -> None:
    (tmp_path / "daybrief.toml").write_text('install = "git+https://example.org/daybrief"\n')
    done = program(tmp_path)("schedule", "github")
    assert "pip install --quiet git+https://example.org/daybrief" in done.stdout


class Actions:
    """Runs the shell steps of the job as a runner does: bash -e, in a fresh clone, with a `gh` of its own."""

    def __init__(self, folder: Path, workflow: dict[str, Any]) -> None:
        self.folder, self.remote = folder, folder / "remote.git"
        self.steps = {s["name"]: s for s in workflow["jobs"]["make"]["steps"] if "run" in s}
        (folder / "bin").mkdir()
        self._program("gh", f'echo "$@" >> {folder}/gh')
        self._program("daybrief", f'exec {DAYBRIEF} "$@"')
        self._git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        work = folder / "first"
        self._git(folder, "clone", "--quiet", str(self.remote), str(work))
        (work / "daybrief.toml").write_text('sources = []\nzone = "UTC"\n')
        self._git(work, "add", ".")
        self._git(work, "commit", "--quiet", "-m", "Settings")
        self._git(work, "push", "--quiet", "origin", "HEAD:main")

    def _program(self, name: str, body: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def _environment(self) -> dict[str, str]:
        return environment(self.folder) | {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org",
            "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
            "DAYBRIEF_ARCHIVE": "state/archive.sqlite", "MOST_DAYS": "14",
            "BASE_URL": "https://example.org/brief", "GH_TOKEN": "x", "GH_REPO": "a/b",
        }  # fmt: skip

    def _git(self, where: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=where,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def run(self, name: str, before: str = "") -> Path:
        """A run of the job in a clone of its own; `before` is done once the state is there."""
        work = self.folder / name
        self._git(self.folder, "clone", "--quiet", "--branch", "main", str(self.remote), str(work))
        for step in RUN:
            self.shell(work, self.steps[step]["run"])
            if step == "Fetch the state" and before:
                self.shell(work, before)
        return work

    def shell(self, work: Path, script: str) -> None:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=work, env=self._environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"

    def commits(self, branch: str) -> int:
        return int(self._git(self.remote, "rev-list", "--count", branch))


@pytest.fixture
def actions(tmp_path: Path, workflow: dict[str, Any]) -> Actions:
    if not shutil.which("git"):
        pytest.skip("no git on this machine")
    return Actions(tmp_path, workflow)


def days_of(work: Path) -> list[str]:
    return [row["day"] for row in json.loads((work / "site/days.json").read_bytes())["days"]]


def test_two_runs_with_a_missed_day_between_them_have_every_day(actions: Actions) -> None:
    """The first run is of three days ago, by `--day`; then nothing ran for two days."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    old = yesterday - timedelta(days=3)
    first = actions.folder / "run-0"
    actions._git(actions.folder, "clone", "--quiet", str(actions.remote), str(first))
    for step in RUN:
        script = actions.steps[step]["run"]
        ours = f"daybrief run --day {old}" if step == "Make every missing day" else script
        actions.shell(first, ours)
    assert days_of(first) == [str(old)]
    second = actions.run("run-1")
    assert days_of(second) == [str(yesterday - timedelta(days=n)) for n in range(4)]
    assert (second / "site/404.html").exists()
    assert actions.commits("daybrief-state") == 1  # no history, whatever was before
    assert "workflow enable daybrief.yml" in (actions.folder / "gh").read_text()
    listed = actions._git(actions.remote, "ls-tree", "-r", "--name-only", "daybrief-state").split()
    assert listed
    assert not [name for name in listed if name.endswith(("-wal", "-shm"))]
    assert actions.commits("main") == 1
    assert days_of(actions.run("run-2")) == days_of(second)


def test_a_remote_that_does_not_answer_stops_the_run_instead_of_starting_anew(actions: Actions) -> None:
    work = actions.folder / "run-x"
    actions._git(actions.folder, "clone", "--quiet", str(actions.remote), str(work))
    actions.remote.rename(actions.folder / "gone.git")
    with pytest.raises(AssertionError):
        actions.shell(work, actions.steps["Fetch the state"]["run"])
