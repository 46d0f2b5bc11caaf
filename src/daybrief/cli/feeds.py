"""`daybrief opml`: the feeds of a reader's subscription list, as settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from daybrief.cli.options import Json
from daybrief.errors import ConfigError


def opml(
    file: Annotated[Path, typer.Argument(metavar="FEEDS.opml", help="What a feed reader exports.")],
    json: Json = False,
) -> None:
    """Print the feeds of an OPML file as `[[sources]]` tables, to be put into daybrief.toml."""
    import msgspec

    from daybrief.model import to_json
    from daybrief.text.opml import parse

    try:
        outlines = parse(file.read_bytes())
    except OSError as unreadable:
        raise ConfigError(
            f"{file} cannot be read: {unreadable.strerror}", hint="check the path"
        ) from unreadable
    if not outlines:
        raise ConfigError(f"{file} names no feed", hint="export the subscriptions of your reader as OPML")
    taken: set[str] = set()
    tables = [{"use": "feed", "name": _name(o.title or o.url, taken), "url": o.url} for o in outlines]
    if json:
        typer.echo(to_json(tables).decode())
        return
    for table in tables:
        lines = (f"{key} = {msgspec.json.encode(value).decode()}" for key, value in table.items())
        typer.echo("[[sources]]\n" + "\n".join(lines) + "\n")


def _name(title: str, taken: set[str]) -> str:
    """A short name no other feed of the list has."""
    plain = re.sub(r"\W+", "_", title.lower()).strip("_")[:40] or "feed"
    number = 1
    while (name := plain if number == 1 else f"{plain}_{number}") in taken:
        number += 1
    taken.add(name)
    return name
