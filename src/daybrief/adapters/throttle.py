"""Spacing between requests: per host, and for arXiv over all its hosts and all processes of a user.

arXiv's terms of use ask for one request every three seconds and one connection at a time over OAI-PMH, RSS
and the API together, counted over all machines one controls. Other machines cannot be seen from here; all
processes can. The gap runs from the end of one request to the start of the next.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from daybrief.adapters.clock import Timer
from daybrief.errors import ConfigError, Unavailable

ARXIV = "arxiv.org"
QUEUE_S = 300.0


def lane(host: str) -> str:
    """What a host shares its spacing with: "arxiv.org" for all of arXiv, itself for any other."""
    plain = host.lower().rstrip(".")
    return ARXIV if plain == ARXIV or plain.endswith("." + ARXIV) else plain


def wait(now: float, last_end: float | None, spacing_s: float) -> float:
    """Seconds to wait at the monotonic instant `now`; None: never asked before.

    An end that lies in the future was written before the machine restarted, or by nobody we know: then
    the whole spacing is waited, which is the most it can ever ask for.
    """
    if last_end is None:
        return 0.0
    return spacing_s if last_end > now else max(0.0, spacing_s - (now - last_end))


class _Mark(msgspec.Struct):
    """What the processes tell one another: when the last request ended, and whether one is under way."""

    ended: float
    busy: bool


class Throttle:
    """Gives out turns; `folder` holds the lock and the mark that processes share."""

    def __init__(self, timer: Timer, spacing_s: float, arxiv_spacing_s: float, folder: Path) -> None:
        self._timer = timer
        self._spacing_s = spacing_s
        self._arxiv_spacing_s = arxiv_spacing_s
        self._folder = folder
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._ended: dict[str, float] = {}
        self._all = threading.Lock()

    @contextmanager
    def turn(self, host: str) -> Iterator[float]:
        """Wait for the host's turn and hold it; yields the seconds waited.

        Raises Unavailable when other processes keep arXiv busy for five minutes, ConfigError when the shared
        folder cannot be written.
        """
        name = lane(host)
        began = self._timer.monotonic()
        with self._shared() if name == ARXIV else self._own(name):
            yield self._timer.monotonic() - began

    @contextmanager
    def _own(self, name: str) -> Iterator[None]:
        with self._all:
            lock = self._locks[name]
        with lock:
            self._pause(wait(self._timer.monotonic(), self._ended.get(name), self._spacing_s))
            try:
                yield
            finally:
                self._ended[name] = self._timer.monotonic()

    @contextmanager
    def _shared(self) -> Iterator[None]:
        lock = FileLock(self._folder / "arxiv.lock")
        mark = self._folder / "arxiv.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=QUEUE_S, poll_interval=0.02)
        except Timeout as busy:
            raise Unavailable(
                f"other processes have kept arXiv busy for {QUEUE_S:.0f} s", hint="try again later"
            ) from busy
        except OSError as denied:
            raise ConfigError(
                f"{self._folder} cannot hold the request spacing: {denied.strerror}",
                hint="set `cache` to a folder you may write",
            ) from denied
        try:
            self._pause(wait(self._timer.monotonic(), self._last_end(mark), self._arxiv_spacing_s))
            _write(mark, _Mark(ended=self._timer.monotonic(), busy=True))
            try:
                yield
            finally:
                _write(mark, _Mark(ended=self._timer.monotonic(), busy=False))
        finally:
            lock.release()

    def _last_end(self, mark: Path) -> float | None:
        """When the last request of any process ended; now, when its process was killed in the middle."""
        try:
            last = msgspec.json.decode(mark.read_bytes(), type=_Mark)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError):
            return self._timer.monotonic()
        return self._timer.monotonic() if last.busy else last.ended

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._timer.sleep(seconds)


def _write(mark: Path, state: _Mark) -> None:
    # Not atomic on purpose: the lock is held, and a torn mark is read as "just now".
    mark.write_bytes(msgspec.json.encode(state))
