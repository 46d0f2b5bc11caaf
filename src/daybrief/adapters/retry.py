"""When to ask again: what the server said, and otherwise exponential back-off with full jitter; pure."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random

from daybrief.errors import FetchError, RateLimited

_LONGEST = timedelta(days=31)
_FIRST_S, _CAP_S = 0.5, 8.0


def retry_at(after: str, server_date: str, now: datetime) -> datetime | None:
    """When a Retry-After header lets us come back, by our clock; None when it says nothing usable.

    Seconds, or an HTTP date (RFC 9110 section 10.2.3). A date is taken relative to the server's own `Date`,
    because its clock may be hours off. Never more than 31 days.
    """
    text = after.strip()
    if text.isascii() and text.isdigit():
        delay = _LONGEST if len(text) > 9 else timedelta(seconds=int(text))
    else:
        until = _http_date(text)
        if until is None:
            return None
        delay = until - (_http_date(server_date) or now)
    return now + min(max(delay, timedelta(0)), _LONGEST)


def _http_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def pause(error: FetchError, attempt: int, now: datetime, random: Random) -> float:
    """Seconds to wait after the failed attempt number `attempt` (1 is the first).

    Full jitter over an exponentially growing span, never sooner than the server asked.
    """
    jittered = random.uniform(0, min(_CAP_S, _FIRST_S * math.pow(2, attempt)))
    asked = error.retry_at if isinstance(error, RateLimited) else None
    return max(jittered, (asked - now).total_seconds()) if asked else jittered
