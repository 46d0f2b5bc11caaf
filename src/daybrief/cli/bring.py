"""`daybrief import`: put items of your own into the archive, for any day."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daybrief.cli.options import INCOMPLETE, Config, Json, app_of, parsed_day


def import_items(
    file: Annotated[
        Path, typer.Argument(metavar="ITEMS.jsonl", help="One JSON object a line; `-` for stdin.")
    ],
    day: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Put all of them on this day, whatever dates they carry."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse the whole file when a line of it is no item.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Add items given as JSON Lines (`id` or `url`, `title`, `abstract` or `text`, `published`, …).

    They join the edition of their day at the next `daybrief run`, and are found by search at once. An item
    may be imported for several days. A line that is no item is named, and the others go in.

    Exit: 0 complete, 2 no line is an item, 3 some lines are none.
    """
    from daybrief.model import to_json

    read, new = app_of(config).import_items(file, parsed_day(day), strict=strict)
    if json:
        typer.echo(to_json({"read": len(read.items), "new": new, "refused": read.refused}).decode())
    else:
        typer.echo(f"{new} new items of {len(read.items)} read")
    for refused in read.refused:
        hint = f" ({refused.hint})" if refused.hint else ""
        typer.echo(f"line {refused.line} is no item: {refused.why}{hint}", err=True)
    if read.refused:
        raise typer.Exit(INCOMPLETE)
