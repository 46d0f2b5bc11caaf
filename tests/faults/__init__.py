"""The fault bench: what the program promises, and how each promise is tried.

A promise is measured by a function of a size, which returns what it tried (`Tried`), or by tests that exist.
`promises.PROMISES` lists them; `benchmarks/reliability.py` measures them whole and writes the page,
`test_promises.py` measures each in a small way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Tried:
    """How many vectors were tried, what failed (a sentence each), and the worst figure seen.

    Failures by the clock stand apart: on a busy machine they say nothing of the code.
    """

    vectors: int = 0
    failures: list[str] = field(default_factory=list)
    worst: str = ""
    late: list[str] = field(default_factory=list)

    def expect(self, holds: bool, what: str) -> None:
        """Counts a vector, and notes it when it failed."""
        self.vectors += 1
        if not holds:
            self.failures.append(what)

    def expect_by_clock(self, holds: bool, what: str) -> None:
        """Counts a vector, and notes it as late when its time was over."""
        self.vectors += 1
        if not holds:
            self.late.append(what)


@dataclass(frozen=True)
class Promise:
    """A promise in words.

    target   the figure to reach
    measure  tries so many vectors, or all there are when it takes no notice of the number
    small, whole    how many, in the tests and on the page
    least    vectors below which the promise does not count as kept
    tests    instead: the tests that try it, as pytest names them
    """

    name: str
    words: str
    target: str
    measure: Callable[[int], Tried] | None = None
    small: int = 1
    whole: int = 1
    least: int = 1
    tests: tuple[str, ...] = ()
