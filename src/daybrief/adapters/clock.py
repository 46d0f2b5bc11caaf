"""The real clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

from daybrief.ports import Clock


class Timer(Clock, Protocol):
    """A clock one can also wait on; only adapters wait."""

    def monotonic(self) -> float:
        """Seconds since some fixed instant, the same for all processes of the machine; never set back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present instant in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since the machine started (CLOCK_MONOTONIC and its like)."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class FixedClock:
    """One instant for ever: that of a run, so that its recording and its replay speak of the same."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The instant."""
        return self._at
