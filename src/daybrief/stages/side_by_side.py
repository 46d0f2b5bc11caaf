"""Work that waits for somebody else, side by side; what is decided in between happens here, one at a time.

A piece of work is a generator. It yields a call to wait for and is sent what the call returned, or it yields
a tuple of other pieces and is sent their results; what it returns is its result. So a chain of dependent
calls reads from top to bottom, each link begins the moment its own predecessors are done, and whatever the
order in which calls come back, results come in the order of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

T = TypeVar("T")
Steps = Generator[Any, Any, T]


class _Job(NamedTuple):
    steps: Steps[Any]
    then: Callable[[Any], None]


class SideBySide:
    """Waits for at most `at_once` calls at a time, first come, first served; with 0, calls run here in turn.

    What a call or a piece of work raises ends the whole; calls that have begun are not waited for.
    """

    def __init__(self, at_once: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, "writing") if at_once else None
        self._under_way: dict[Future[Any], _Job] = {}
        self._finished: SimpleQueue[Future[Any]] = SimpleQueue()

    def run(self, work: Sequence[Steps[T]]) -> tuple[T, ...]:
        """The result of each piece of work, in order."""
        results: list[tuple[T, ...]] = []
        self._start(work, results.append)
        while self._under_way:
            future = self._finished.get()
            self._go_on(self._under_way.pop(future), future.result())
        return results[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=error is None, cancel_futures=True)

    def _start(self, work: Sequence[Steps[Any]], then: Callable[[tuple[Any, ...]], None]) -> None:
        results: dict[int, Any] = {}

        def done(number: int, result: Any) -> None:
            results[number] = result
            if len(results) == len(work):
                then(tuple(results[n] for n in range(len(work))))

        if not work:
            then(())
        for number, steps in enumerate(work):
            self._go_on(_Job(steps, partial(done, number)), None)

    def _go_on(self, job: _Job, value: Any) -> None:
        """Send a piece of work what it waited for, up to its next wait or its end."""
        while True:
            try:
                wanted = job.steps.send(value)
            except StopIteration as end:
                job.then(end.value)
                return
            if isinstance(wanted, tuple):
                self._start(wanted, partial(self._go_on, job))
                return
            if self._pool is not None:
                future = self._pool.submit(wanted)
                self._under_way[future] = job
                future.add_done_callback(self._finished.put)
                return
            value = wanted()
