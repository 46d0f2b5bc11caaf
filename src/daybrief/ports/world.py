"""The edges of the program: time, the network, the folder that readers look into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from daybrief.model import Delivery, Fetched, Receipt


class Clock(Protocol):
    """Where the time comes from; injected, so that a test or a replay can stop it."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Web(Protocol):
    """The polite, bounded way out: the only one a source has.

    Spacing, retries, conditional requests, size limits, time budgets and the refusal of private addresses
    are its business. Raises `FetchError` (`Blocked`, `TooMuch`, `RateLimited`, `Unavailable`, `Refused`).
    """

    def get(self, url: str, *, accept: str = "", max_bytes: int | None = None) -> Fetched:
        """Fetch `url`; a 2xx answer, or an error."""
        ...

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """Send `body` to `url`, for interfaces that take a question by POST; never cached."""
        ...


class PaperLookup(Protocol):
    """Looks papers up by their arXiv ids, for the seeds of a profile."""

    def __call__(self, ids: Sequence[str], web: Web) -> Iterable[tuple[str, str, str]]:
        """Returns id, title and abstract of the papers that are known. Raises `SourceError`."""
        ...


class Folder(Protocol):
    """The folder editions are written to; a reader of it never sees half of one."""

    def write(
        self, day: date, deliveries: Sequence[tuple[str, Delivery]], now: datetime
    ) -> tuple[Receipt, ...]:
        """Put (publisher, delivery) pairs in place, all or none of a day. Raises `DeliveryError`."""
        ...
