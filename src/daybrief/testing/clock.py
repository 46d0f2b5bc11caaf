"""A clock that moves only when it is told to, or slept on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

_MORNING = datetime(2024, 11, 27, 0, 5, tzinfo=UTC)


class StoppedClock:
    """Implements `Clock` and the adapters' `Timer`; `slept` lists every wait, in seconds.

    The wall clock (`now`) and the monotonic one stand apart: `step` moves only the former, as an operator
    or a time server does.
    """

    def __init__(self, at: datetime = _MORNING) -> None:
        self._at = at
        self._monotonic = 1_000.0
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The instant the clock shows."""
        return self._at

    def monotonic(self) -> float:
        """Seconds, starting at 1000."""
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        """Return at once, later."""
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._at += timedelta(seconds=seconds)
            self._monotonic += seconds

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back; no time passes."""
        with self._lock:
            self._at += timedelta(seconds=seconds)
