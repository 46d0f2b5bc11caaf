"""`daybrief config`: what is set, and what each setting means."""

from __future__ import annotations

import os

import typer

from daybrief.cli.options import Config, Json

app = typer.Typer(help="Look at the settings.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Look at the settings."""


@app.command("show")
def show(
    config: Config = None,
    json: Json = False,
) -> None:
    """Print every setting with its value in force and what it means."""
    from daybrief.config import documented, load
    from daybrief.model import to_json

    settings = load(config, os.environ)
    if json:
        typer.echo(to_json(settings).decode())
        return
    for name, value, meaning in documented(settings):
        typer.echo(f"# {meaning}\n{name} = {value}\n")
