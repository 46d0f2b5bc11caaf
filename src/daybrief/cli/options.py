"""What all commands share: their options, the program they act on, and the line that says what is going on.

Whatever takes long logs with the standard library: `LOG.info("%s", detail, extra={"stage": "collect"})`. On a
terminal it is shown; elsewhere only warnings are, and what a language model may spend, a line each.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from daybrief.app import App

INCOMPLETE = 3  # the exit code of what was done in part

Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings; default: daybrief.toml.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder of the editions.")]
Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="One profile of the settings; default: all.")
]
Whose = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="The profile; may be left out when there is only one."),
]


def app_of(config: Path | None, recorded: Mapping[str, Any] | None = None, **given: Any) -> App:
    """The program with the settings of the file, the environment and the command line."""
    from daybrief.app import App
    from daybrief.config import load

    return App(load(config, os.environ, recorded, **given), os.environ)


def reading_app(config: Path | None) -> App:
    """The program for commands that read: says so when it is the demo's archive that they read."""
    from daybrief.app import App
    from daybrief.config import load

    settings = load(config, os.environ)
    app = App.for_reading(settings, os.environ)
    if app.settings.archive != settings.archive:
        typer.echo(f"your archive is empty; this is the demo's, {app.settings.archive}", err=True)
    return app


def parsed_day(text: str | None) -> date | None:
    """A `--day` as a date, None when it was not given; raises ConfigError that names the value."""
    return None if text is None else required_day(text)


def required_day(text: str) -> date:
    """A day that was typed, as a date; raises ConfigError that names the value."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise ConfigError(f"--day {text!r} is not a day", hint="write it as YYYY-MM-DD") from wrong


# ── what is going on ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def progress(*, show: bool) -> Iterator[None]:
    """Shows what the run logs: on a terminal a spinner that ticks off finished stages, and warnings.

    Elsewhere, as in a cron job, what must not be missed goes to the standard error, a line each.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not (show and console.is_terminal):
        with _listening(PlainHandler()):
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


class PlainHandler(logging.Handler):
    """Prints warnings, and all that is said of the language model: its cap, and what it would not take."""

    def emit(self, record: logging.LogRecord) -> None:
        """Prints the record on a line of its own."""
        if record.levelno >= logging.WARNING or record.name == "daybrief.llm":
            stage = getattr(record, "stage", "")
            typer.echo(" ".join(filter(None, ("!", stage, record.getMessage()))), err=True)


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
