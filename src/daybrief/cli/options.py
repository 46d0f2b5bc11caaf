"""Shares with all commands: their options, the program they act on, and the line that says what is going on.

Whatever takes long logs with the standard library: `LOG.info("%s", detail, extra={"stage": "collect"})`. On a
terminal it is shown; elsewhere only warnings are, and what a language model may spend, a line each. With
`observe.log = "json"` every record is an object on a line of its own, whatever the command.
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daybrief.errors import ConfigError, DeliveryError
from daybrief.languages import SOURCE, language_or_source

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from daybrief.app import App
    from daybrief.config import Observing

LOG = logging.getLogger("daybrief")
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

    settings = load(config, os.environ, recorded, **given)
    speak(settings.language)
    listen(settings.observe)
    return App(settings, os.environ)


def reading_app(config: Path | None) -> App:
    """The program for commands that read: says so when it is the demo's archive that they read."""
    from daybrief.app import App
    from daybrief.config import load

    settings = load(config, os.environ)
    speak(settings.language)
    listen(settings.observe)
    app = App.for_reading(settings, os.environ)
    if app.settings.archive != settings.archive:
        typer.echo(say("empty_archive", path=app.settings.archive), err=True)
    return app


_spoken = [SOURCE]  # the language of the settings that were read last


def speak(language: str) -> None:
    """Lets what is printed from here on be in this language."""
    _spoken[:] = [language_or_source(language).code]


def spoken() -> str:
    """The language of what is printed: that of the settings, and of the sources before any were read."""
    return _spoken[0]


def wished() -> str:
    """The language a command speaks before it has read its settings: what they say, else the terminal's.

    Settings that cannot be read say none.
    """
    import tomllib

    from daybrief.languages import preferred

    try:
        stated = tomllib.loads(Path("daybrief.toml").read_text(encoding="utf-8")).get("language")
    except (OSError, ValueError):
        stated = None
    own = os.environ.get("DAYBRIEF_LANGUAGE") or (stated if isinstance(stated, str) else "")
    return own or preferred(os.environ.get("LC_ALL") or os.environ.get("LANG") or "")


def say(key: str, **fields: object) -> str:
    """A text of the command line, in the language of the settings."""
    from daybrief.languages.phrases import phrase

    return phrase(spoken(), f"cli.{key}", **fields)


def parsed_day(text: str | None) -> date | None:
    """A `--day` as a date, None when it was not given; raises ConfigError that names the value."""
    return None if text is None else required_day(text, "--day")


def required_day(text: str, name: str = "DAY") -> date:
    """A day that was typed as `name`, as a date; raises ConfigError that names the value."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise ConfigError(f"{name} {text!r} is not a day", hint="write it as YYYY-MM-DD") from wrong


# ── where it is said ────────────────────────────────────────────────────────────────────────────────


class Outlet(io.FileIO):
    """A standard stream whose reader may stop reading: what is said after that is said to nobody.

    The command does its work, and ends as it would have.
    """

    def write(self, data: Any) -> int:
        """Writes; returns how many bytes were taken. Raises DeliveryError where a disk takes no more."""
        try:
            return super().write(data) or 0
        except OSError as refused:
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self.fileno())
            if isinstance(refused, BrokenPipeError):
                return len(data)
            why = f"what the command says cannot be written: {refused.strerror}"
            raise DeliveryError(why, hint="let it write to another file or disk") from refused


def speak_through_outlets() -> None:
    """Has both standard streams of this process stand a reader who stops reading, or has fewer letters."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # of a locale whose letters are not all there are
        buffer = getattr(stream, "buffer", None)
        raw = getattr(buffer, "raw", buffer)  # without a buffer where Python was started so
        if type(raw) is not io.FileIO or stream.isatty():
            continue
        outlet = Outlet(raw.fileno(), "wb", closefd=False)
        spoken = io.TextIOWrapper(
            outlet if raw is buffer else io.BufferedWriter(outlet),
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        setattr(sys, name, spoken)


# ── what is going on ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def progress(*, show: bool) -> Iterator[None]:
    """Shows what the run logs: on a terminal a spinner that ticks off finished stages, and warnings.

    Elsewhere, as in a cron job, what must not be missed goes to the standard error, a line each.
    """
    from rich.console import Console

    if any(isinstance(handler, JsonHandler) for handler in LOG.handlers):
        yield
        return
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
    level = LOG.level
    handler.addFilter(UnsaidFilter())
    LOG.addHandler(handler)
    LOG.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(level)


def listen(observing: Observing) -> None:
    """Makes the log of this process as the settings want it; what an earlier call made is replaced."""
    for handler in [handler for handler in LOG.handlers if isinstance(handler, JsonHandler)]:
        LOG.removeHandler(handler)
        LOG.propagate = True
        LOG.setLevel(logging.NOTSET)
    level = logging.getLevelNamesMapping()[observing.level.upper()]
    if observing.log == "json":
        LOG.addHandler(JsonHandler(level))
        LOG.propagate = False  # else the last resort of `logging` says it once more, in words
        LOG.setLevel(level)
    elif level == logging.DEBUG:
        LOG.setLevel(level)


class JsonHandler(logging.Handler):
    """Writes each record to the standard error as one line of JSON: when, how bad, where, what, and facts.

    The facts are those in `FACTS`, whatever else a record carries: no address, no header, no local variable.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the record."""
        sys.stderr.write(as_json(record) + "\n")


FACTS = tuple(
    "stage profile call host model seconds tokens_in tokens_out usd error "
    "source state items requests day outcome".split()
)


def as_json(record: logging.LogRecord) -> str:
    """Returns the record as one line of JSON; an exception as its class, its words and its places."""
    fields: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
    }
    fields |= {name: value for name in FACTS if (value := getattr(record, name, "")) not in ("", None)}
    if record.exc_info and record.exc_info[0]:
        fields["exception"] = record.exc_info[0].__name__
        fields["because"] = str(record.exc_info[1])
        frames = traceback.extract_tb(record.exc_info[2])
        fields["places"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    return json.dumps(fields, ensure_ascii=False, default=str)


class UnsaidFilter(logging.Filter):
    """Lets each warning through once: a check that fails may do so for every sentence of a day."""

    def __init__(self) -> None:
        super().__init__()
        self._before = set[str]()

    def filter(self, record: logging.LogRecord) -> bool:
        """Returns whether the record is news."""
        text = record.getMessage()
        news = record.levelno < logging.WARNING or text not in self._before
        self._before.add(text)
        return news


class PlainHandler(logging.Handler):
    """Prints warnings, and all that is said of the language model: its cap, and what it would not take."""

    def emit(self, record: logging.LogRecord) -> None:
        """Prints the record on a line of its own."""
        spoken = record.name == "daybrief.llm" and record.levelno >= logging.INFO
        if record.levelno >= logging.WARNING or spoken or LOG.level == logging.DEBUG:
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
