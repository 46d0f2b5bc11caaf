"""Options that several commands share, and the program they act on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daybrief.errors import ConfigError

if TYPE_CHECKING:
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
