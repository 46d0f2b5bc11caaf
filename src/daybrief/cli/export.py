"""`daybrief export`: a day of the archive for another program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from daybrief.cli.options import Config
from daybrief.errors import ConfigError

FORMS = ("bibtex", "csl", "jsonl", "obsidian", "opml")


def export(
    day: Annotated[str, typer.Argument(metavar="DAY", help="YYYY-MM-DD")],
    form: Annotated[str, typer.Option("--form", metavar="|".join(FORMS), help="For which program.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write files there; else one is printed.")
    ] = None,
    config: Config = None,
    profile: Annotated[str, typer.Option("--profile", metavar="NAME", help="Whose edition.")] = "",
) -> None:
    """Give a day's papers to a reference manager, its stories to a program, its notes to Obsidian.

    `opml` is the list of configured feeds, whatever the day.
    """
    from daybrief.cli.feeds import subscriptions
    from daybrief.cli.make import parsed_day
    from daybrief.config import load
    from daybrief.outlets import exported, write_files

    if form not in FORMS:
        raise ConfigError(f"--form {form!r} is unknown", hint=f"one of {', '.join(FORMS)}")
    if form == "obsidian" and out is None:
        raise ConfigError("--form obsidian makes many files", hint="name your vault: --out DIR")
    settings, wanted = load(config, os.environ), parsed_day(day)
    made = (subscriptions(settings),) if form == "opml" else exported(settings, wanted, form, profile)
    if out is not None:
        write_files(out, wanted, made)
        typer.echo(f"{out}: {len(made)} files")
    else:
        typer.echo(b"".join(delivery.body for delivery in made).decode(), nl=False)
