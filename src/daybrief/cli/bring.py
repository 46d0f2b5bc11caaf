"""`daybrief import`: put items of your own into the archive, for any day."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from daybrief.cli.options import Config, Json


def import_items(
    file: Annotated[
        Path, typer.Argument(metavar="ITEMS.jsonl", help="One JSON object a line; `-` for stdin.")
    ],
    day: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Put all of them on this day, whatever dates they carry."),
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Add items given as JSON Lines (`id` or `url`, `title`, `abstract` or `text`, `published`, …).

    They join the edition of their day at the next `daybrief run`. A file with a broken line is refused as a
    whole, and the line is named.
    """
    from daybrief.cli.make import parsed_day
    from daybrief.config import load
    from daybrief.model import to_json
    from daybrief.wiring import bring_in

    settings = load(config, os.environ)
    known, new = bring_in(settings, file, parsed_day(day))
    if json:
        typer.echo(to_json({"read": known, "new": new}).decode())
    else:
        typer.echo(f"{new} new items of {known} read")
