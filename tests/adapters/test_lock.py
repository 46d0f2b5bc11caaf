"""Tests of the lock: one run at a time on one archive, whatever becomes of the runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daybrief.adapters.archive import open_archive
from daybrief.adapters.machine import SystemClock
from daybrief.errors import AlreadyRunning, ArchiveError

HOLDER = """
import sys
from pathlib import Path
from daybrief.adapters.archive import open_archive
with open_archive(sys.argv[1]).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(archive: Path) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(archive)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout
    assert child.stdout.readline() == b"held\n"
    return child


def test_a_second_run_is_told_at_once_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    archive = tmp_path / "new folder" / "archive.sqlite"
    with holder(archive) as child:
        with pytest.raises(AlreadyRunning) as caught, open_archive(archive).lock():
            pass
        assert (caught.value.exit_code, caught.value.transient) == (75, True)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    with open_archive(archive).lock():
        pass


def test_the_lock_is_free_after_the_run_and_after_its_failure(tmp_path: Path) -> None:
    archive = tmp_path / "archive.sqlite"
    with pytest.raises(ZeroDivisionError), open_archive(archive).lock():
        raise ZeroDivisionError
    with open_archive(archive).lock(), open_archive(tmp_path / "another.sqlite").lock():
        pass


def test_the_lock_is_held_between_threads_and_calls_of_one_process(tmp_path: Path) -> None:
    archive = tmp_path / "archive.sqlite"
    with open_archive(archive).lock(), pytest.raises(AlreadyRunning), open_archive(archive).lock():
        pass


def test_a_folder_that_cannot_be_locked_is_named_as_storage_that_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ArchiveError, match="file"), open_archive(tmp_path / "file" / "a.sqlite").lock():
        pass


def test_the_system_clock_is_aware_and_goes_on() -> None:
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    before = clock.monotonic()
    clock.sleep(0.001)
    assert clock.monotonic() - before >= 0.001
