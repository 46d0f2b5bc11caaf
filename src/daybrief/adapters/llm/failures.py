"""What can go wrong with a call, sorted by what to do about it."""

from __future__ import annotations

from enum import Enum, auto

from daybrief.errors import WriterError


class Cure(Enum):
    """What helps against a failure."""

    WAIT = auto()  # the same call may work in a moment
    STOP = auto()  # a sign that the service is down: counted, not repeated
    CHANGE = auto()  # a setting is wrong: no call will ever work
    SKIP = auto()  # this one question cannot be answered


class Failure(Exception):
    """A call that brought no answer.

    `error` is what the caller is told, `after` the seconds the service asked us to wait, and `billed` says
    that the service may have done the work all the same.
    """

    def __init__(
        self, cure: Cure, error: WriterError, *, after: float | None = None, billed: bool = False
    ) -> None:
        super().__init__(error.message)
        self.cure = cure
        self.error = error
        self.after = after
        self.billed = billed
