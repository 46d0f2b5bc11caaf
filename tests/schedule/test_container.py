"""The container file: hashed packages, no root, state in a volume, known commands. (Nothing is built.)"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from daybrief.cli import app

yaml = pytest.importorskip("yaml")


@pytest.fixture
def steps(root: Path) -> list[tuple[str, str]]:
    """The instructions of the file in order, continued lines joined."""
    text = (root / "Containerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.M))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line]


@pytest.fixture
def services(root: Path) -> dict[str, Any]:
    return dict(yaml.safe_load((root / "compose.yaml").read_text(encoding="utf-8"))["services"])


def test_only_known_instructions_stand_in_it_and_the_last_stage_is_not_root(
    steps: list[tuple[str, str]],
) -> None:
    known = {
        "FROM",
        "WORKDIR",
        "RUN",
        "COPY",
        "ENV",
        "USER",
        "VOLUME",
        "EXPOSE",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert {name for name, _ in steps} == known
    assert [value for name, value in steps if name == "FROM"] == [
        "python:3.13-slim AS build",
        "python:3.13-slim",
    ]
    user = next(value for name, value in steps if name == "USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    last = [name for name, _ in steps]
    assert last.index("USER") > len(last) - 1 - last[::-1].index("FROM")


def test_packages_come_by_hash_and_what_is_copied_is_there(steps: list[tuple[str, str]], root: Path) -> None:
    installs = [value for name, value in steps if name == "RUN" and "pip install" in value]
    assert "--require-hashes --no-deps -r requirements.lock" in installs[0]
    assert all("--no-deps" in command for command in installs)
    copied = [
        value.split()[:-1] for name, value in steps if name == "COPY" and not value.startswith("--from")
    ]
    assert all((root / name).exists() for names in copied for name in names)
    ignored = (root / ".containerignore").read_text(encoding="utf-8").split()
    assert {f"!{name}" for names in copied for name in names} <= set(ignored)


def test_the_archive_lies_in_the_volume_and_every_command_exists(
    steps: list[tuple[str, str]], services: dict[str, Any]
) -> None:
    settings = dict(steps)
    assert settings["VOLUME"] == "/data"
    assert "DAYBRIEF_ARCHIVE=/data/" in next(value for name, value in steps if name == "ENV")
    assert json.loads(settings["ENTRYPOINT"]) == ["daybrief"]
    health = json.loads(settings["HEALTHCHECK"].partition("CMD ")[2])
    commands = [
        health[1:],
        json.loads(settings["CMD"]),
        *(service["command"] for service in services.values()),
    ]
    for name, *options in commands:
        usage = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
        assert usage.exit_code == 0
        assert all(option in usage.stdout for option in options if str(option).startswith("--"))


def test_services_run_without_rights_and_answer_on_loopback_alone(services: dict[str, Any]) -> None:
    for service in services.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert "no-new-privileges:true" in service["security_opt"]
    assert all(port.startswith("127.0.0.1:") for port in services["serve"]["ports"])
    assert "DAYBRIEF_PASSWORD" in services["serve"]["environment"]
