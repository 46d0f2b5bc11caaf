"""`daybrief opml`: the feeds of a reader's subscription list, as settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daybrief.cli.options import Config, Json
from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from daybrief.config import Settings
    from daybrief.model import Delivery


def opml(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FEEDS.opml]", help="What a feed reader exports.")
    ] = None,
    export: Annotated[
        bool, typer.Option("--export", help="The other way: print the configured feeds as OPML.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print the feeds of an OPML file as `[[sources]]` tables, to be put into daybrief.toml."""
    if export or file is None:
        if not export or file is not None:
            raise ConfigError("opml reads a file, or writes with --export", hint="daybrief opml FEEDS.opml")
        from daybrief.config import load

        typer.echo(subscriptions(load(config, os.environ)).body.decode(), nl=False)
        return
    for line in _tables(file, json):
        typer.echo(line)


def subscriptions(settings: Settings) -> Delivery:
    """The configured feeds as an OPML file that any feed reader takes in."""
    from daybrief.model import Delivery
    from daybrief.sources.feed.opml import Outline, write

    tables = (table for table in settings.sources if table.get("use") == "feed" and table.get("url"))
    feeds = [Outline(title=str(t.get("name") or t["url"]), url=str(t["url"])) for t in tables]
    return Delivery(path="feeds.opml", body=write(feeds), media_type="text/x-opml")


def _tables(file: Path, json: bool) -> Iterator[str]:
    """The tables as TOML, one text each, or all as one JSON text."""
    import msgspec

    from daybrief.model import to_json
    from daybrief.sources.feed.opml import parse

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
        yield to_json(tables).decode()
        return
    for table in tables:
        lines = (f"{key} = {msgspec.json.encode(value).decode()}" for key, value in table.items())
        yield "[[sources]]\n" + "\n".join(lines) + "\n"


def _name(title: str, taken: set[str]) -> str:
    """A short name no other feed of the list has."""
    plain = re.sub(r"\W+", "_", title.lower()).strip("_")[:40] or "feed"
    number = 1
    while (name := plain if number == 1 else f"{plain}_{number}") in taken:
        number += 1
    taken.add(name)
    return name
