"""When the next call may begin: the service's rate, its requests to stay away, and the breaker."""

from __future__ import annotations

import anyio

from daybrief.adapters.llm.failures import Cure, Failure
from daybrief.errors import ModelUnavailable, WriterError

MOST_FAILURES = 3


class Pace:
    """Lives in one event loop; shared by all calls to one model."""

    def __init__(self, per_minute: int) -> None:
        self._gap_s = 60.0 / per_minute if per_minute > 0 else 0.0
        self._next = 0.0
        self._closed_until = 0.0
        self._in_a_row = 0
        self._broken: WriterError | None = None

    async def turn(self) -> None:
        """Wait until a call may begin; raises Failure when the breaker is open."""
        self._refuse_if_broken()
        now = anyio.current_time()
        start = max(now, self._next)
        self._next = start + self._gap_s
        await anyio.sleep(start - now)
        while (left := self._closed_until - anyio.current_time()) > 0:
            await anyio.sleep(left)
        self._refuse_if_broken()

    def stay_away(self, seconds: float) -> None:
        """The service asked all of us to come back later."""
        self._closed_until = max(self._closed_until, anyio.current_time() + seconds)

    def answered(self) -> None:
        """The service works."""
        self._in_a_row = 0

    def failed(self, failure: Failure) -> None:
        """Count a call that failed for good; open the breaker after three in a row, or at a wrong setting."""
        if failure.cure is Cure.SKIP:
            return
        self._in_a_row += 1
        if failure.cure is Cure.CHANGE:
            self._broken = failure.error
        elif self._in_a_row >= MOST_FAILURES and self._broken is None:
            self._broken = ModelUnavailable(
                f"the model failed {MOST_FAILURES} times in a row, lastly: {failure.error.message}",
                hint=failure.error.hint or "see whether the service is up; check `base_url`",
            )

    def _refuse_if_broken(self) -> None:
        if self._broken is not None:
            raise Failure(Cure.SKIP, self._broken)
