"""Forks share a large day and give the same answers, whichever process dies."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

JOBS = Path(__file__).with_name("fork_jobs.py")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")


def run_job(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(JOBS), name, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def answer_of(name: str, folder: Path) -> Any:
    process = run_job(name, folder)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def test_two_processes_share_the_jobs(tmp_path: Path) -> None:
    assert answer_of("both_at_work", tmp_path) == [2, [0, 1, 4, 9, 16, 25]]


def test_the_jobs_of_a_killed_fork_are_answered_by_its_parent(tmp_path: Path) -> None:
    assert answer_of("killed", tmp_path) == [0, 1, 4, 9]


def test_an_error_in_a_job_is_raised_by_its_caller(tmp_path: Path) -> None:
    assert answer_of("raises", tmp_path) == "raised"


def test_the_own_work_of_a_process_is_done_once_there_while_a_fork_answers(tmp_path: Path) -> None:
    """And what it raises is raised, though a fork would wait for ever."""
    assert answer_of("own_work", tmp_path) == [True, [False], "raised"]


def test_nothing_is_forked_beside_another_thread(tmp_path: Path) -> None:
    assert answer_of("beside_a_thread", tmp_path) is False


def test_a_fork_holds_no_lock_of_its_parent(tmp_path: Path) -> None:
    opened = answer_of("files", tmp_path)
    assert len(opened) == 5  # nothing on the standard three, the queue, and the answers without a name
    assert opened.count("/dev/null") == 3
    assert not any("lock" in name for name in opened)


def test_a_fork_ends_with_its_parent(tmp_path: Path) -> None:
    assert run_job("orphaned", tmp_path).returncode < 0
    try:
        process = os.pidfd_open(int((tmp_path / "process").read_text()))
    except ProcessLookupError:
        return
    with os.fdopen(process) as waiting:
        assert select.select([waiting], [], [], 10)[0], "it lives on without its parent"
