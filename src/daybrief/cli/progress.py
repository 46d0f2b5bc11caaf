"""A line that says what is going on, on a terminal; nothing elsewhere.

Whatever takes long logs with the standard library: `LOG.info("%s", detail, extra={"stage": "collect"})`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


@contextmanager
def progress(*, show: bool) -> Iterator[None]:
    """Shows what the run logs: on a terminal a spinner that ticks off finished stages, and warnings."""
    from rich.console import Console

    console = Console(stderr=True)
    if not (show and console.is_terminal):
        with _listening(logging.NullHandler()):  # else logging prints warnings by itself
            yield
        return
    with console.status("daybrief") as status:
        handler = ProgressHandler(console, status)
        with _listening(handler):
            yield
        handler.finish_stage()


@contextmanager
def _listening(handler: logging.Handler) -> Iterator[None]:
    log = logging.getLogger("daybrief")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


class ProgressHandler(logging.Handler):
    """Shows log records that belong to a stage of a run (`record.stage`) to a person at a terminal."""

    def __init__(self, console: Console, status: Status) -> None:
        super().__init__(logging.INFO)
        self._console = console
        self._status = status
        self._stage = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Turns the spinner, ticks off the stage before, and prints a warning on a line of its own."""
        stage, detail = getattr(record, "stage", ""), record.getMessage()
        if record.levelno >= logging.WARNING:
            self._console.print(f"! {stage} {detail}".replace("  ", " "), highlight=False, markup=False)
        elif stage:
            if self._stage != stage:
                self.finish_stage()
            self._stage = stage
            self._status.update(f"{stage} · {detail}" if detail else stage)

    def finish_stage(self) -> None:
        """Ticks off the stage that is under way."""
        if self._stage:
            self._console.print(f"[green]✓[/green] {self._stage}", highlight=False)
        self._stage = ""
