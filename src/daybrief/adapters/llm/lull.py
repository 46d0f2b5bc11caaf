"""Sending goes before handing over: answers are held back while the places they leave are filled again.

Whoever gets an answer begins to judge it, and a thread that computes takes the interpreter from the event
loop for milliseconds at a time. Sixteen answers that came at once made the next sixteen calls leave over a
quarter of a second, and every round of calls began later than the one before.
"""

from __future__ import annotations

import anyio

QUIET_S = 0.01  # a burst is over when nothing was answered for so long
MOST_S = 0.1  # no answer is held back for longer


class Lull:
    """Lives in one event loop; shared by all calls to one model."""

    def __init__(self) -> None:
        self._stirred = 0.0

    async def after(self) -> None:
        """Come back when the burst this answer belongs to is over."""
        self._stirred = now = anyio.current_time()
        end = now + MOST_S
        while (left := min(self._stirred + QUIET_S, end) - anyio.current_time()) > 0:
            await anyio.sleep(left)
