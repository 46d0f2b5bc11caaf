"""How many searches run at once: few, dear ones one at a time, and nobody waits long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from daybrief.errors import ArchiveBusy

AT_ONCE = 2
DEAR_AT_ONCE = 1
PATIENCE_S = 0.15
"""Seconds a search waits for its turn before it is told to come back."""

_LONG = 128  # code points …
_MANY = 8  # … and words of what most people type
_FEW_PHRASES = 2
_FEW_WITHOUT = 2


def dear(text: str) -> bool:
    """Whether a search may cost much more than what most people type: it is long, or full of operators."""
    quotes, without = text.count('"'), text.count(" -")
    many = quotes > 2 * _FEW_PHRASES or without > _FEW_WITHOUT
    return many or len(text) > _LONG or len(text.split(maxsplit=_MANY)) > _MANY


class Gate:
    """Lets searches pass in turn, dear ones in a lane of their own: ordinary ones never wait for them."""

    def __init__(
        self, at_once: int = AT_ONCE, dear_at_once: int = DEAR_AT_ONCE, patience_s: float = PATIENCE_S
    ) -> None:
        self._ordinary = BoundedSemaphore(at_once)
        self._dear = BoundedSemaphore(dear_at_once)
        self._patience_s = patience_s

    @contextmanager
    def passed(self, text: str) -> Iterator[None]:
        """While a search runs. Raises ArchiveBusy when its turn does not come soon."""
        lane = self._dear if dear(text) else self._ordinary
        if not lane.acquire(timeout=self._patience_s):
            raise ArchiveBusy("too many searches are under way", hint="try again in a second")
        try:
            yield
        finally:
            lane.release()
