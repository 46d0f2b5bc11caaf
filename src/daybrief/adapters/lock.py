"""One run at a time on one archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from daybrief.errors import AlreadyRunning, ConfigError


@contextmanager
def run_lock(archive: Path) -> Iterator[None]:
    """Hold the lock beside `archive` (`NAME.lock`); raises AlreadyRunning at once when another run has it.

    The operating system releases it with the process, however that ends; the empty file may stay.
    """
    beside = archive.with_name(archive.name + ".lock")
    lock = FileLock(beside)
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as held:
        raise AlreadyRunning(
            f"another run is using {archive}", hint="wait for it to end; the lock goes with its process"
        ) from held
    except OSError as denied:
        raise ConfigError(
            f"{beside} cannot be locked: {denied.strerror}", hint="check the folder and its permissions"
        ) from denied
    try:
        yield
    finally:
        lock.release()
