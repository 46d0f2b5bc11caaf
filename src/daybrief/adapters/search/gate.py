"""How many searches run at once: few, dear ones one at a time, and nobody waits long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import BoundedSemaphore

from daybrief.errors import ArchiveBusy

AT_ONCE = 2
PATIENCE_S = 0.2
"""Seconds a search waits for its turn before it is told to come back."""

_LONG = 256  # code points …
_MANY = 16  # … and words of what people type
_FEW_PHRASES = 2
_FEW_WITHOUT = 2


def dear(text: str) -> bool:
    """Whether a search may cost much more than what people type: it is long, or holds many operators."""
    quotes, without = text.count('"'), text.count(" -")
    many = quotes > 2 * _FEW_PHRASES or without > _FEW_WITHOUT
    return many or len(text) > _LONG or len(text.split(maxsplit=_MANY)) > _MANY


class Gate:
    """Lets searches pass in turn; dear ones never hold every place, so ordinary ones go on beside them."""

    def __init__(self, at_once: int = AT_ONCE, patience_s: float = PATIENCE_S) -> None:
        self._every = BoundedSemaphore(at_once)
        self._dear = BoundedSemaphore(max(1, at_once - 1))
        self._patience_s = patience_s

    @contextmanager
    def passed(self, text: str) -> Iterator[None]:
        """While a search runs. Raises ArchiveBusy when its turn does not come soon."""
        with self._held(self._dear) if dear(text) else nullcontext(), self._held(self._every):
            yield

    @contextmanager
    def _held(self, places: BoundedSemaphore) -> Iterator[None]:
        if not places.acquire(timeout=self._patience_s):
            raise ArchiveBusy("too many searches are under way", hint="try again in a second")
        try:
            yield
        finally:
            places.release()
