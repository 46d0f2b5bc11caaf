"""Tests of this machine: schedulers that may refuse, and a port to answer on."""

from __future__ import annotations

from pathlib import Path

import pytest

from daybrief.adapters.machine import (
    crontab,
    install_units,
    listening,
    remove_units,
    set_crontab,
    unit_folder,
)
from daybrief.errors import AddressTaken, ConfigError


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, and a user's folder of settings beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_units_are_written_started_and_taken_away_again(programs: Path, tmp_path: Path) -> None:
    program(programs, "systemctl", f'echo "$*" >> {tmp_path}/asked')
    assert not remove_units()
    install_units("[Service]", "[Timer]")
    assert (unit_folder() / "daybrief.timer").read_text() == "[Timer]"
    assert remove_units()
    assert list(unit_folder().iterdir()) == []
    assert (tmp_path / "asked").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now daybrief.timer",
        "--user disable --now daybrief.timer",
        "--user daemon-reload",
    ]


def test_units_are_taken_away_also_where_systemd_refuses(programs: Path) -> None:
    program(programs, "systemctl", "echo no bus >&2; exit 1")
    with pytest.raises(ConfigError, match="failed: no bus"):
        install_units("[Service]", "[Timer]")
    assert remove_units()
    assert list(unit_folder().iterdir()) == []


def test_a_table_of_times_is_read_and_replaced(programs: Path, tmp_path: Path) -> None:
    table = tmp_path / "table"
    program(
        programs,
        "crontab",
        f'if [ "$1" = - ]; then /bin/cat > {table}; else /bin/cat {table} 2>/dev/null; fi',
    )
    assert crontab() == ""
    set_crontab("0 7 * * * daybrief run\n")
    assert crontab() == "0 7 * * * daybrief run\n"


def test_a_table_that_is_refused_is_told_with_what_was_said(programs: Path) -> None:
    program(programs, "crontab", "exit 3")
    with pytest.raises(ConfigError, match="failed: exit 3"):
        set_crontab("nonsense")


def test_a_scheduler_that_is_not_there_is_named(programs: Path) -> None:
    assert programs.is_dir()
    with pytest.raises(ConfigError, match="no program 'crontab'"):
        crontab()


def test_a_port_in_use_is_refused_by_name() -> None:
    with listening("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(AddressTaken, match=f"port {port} already"):
            listening("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "why"),
    [("192.0.2.1", "cannot be used"), ("a..b", "is no address"), ("\x00", "is no address")],
    ids=["of another machine", "no name", "no text"],
)
def test_an_address_that_nobody_can_have_is_refused_with_advice(host: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as refused:
        listening(host, 0)
    assert refused.value.hint
