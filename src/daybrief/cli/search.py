"""`daybrief search`: find stories, claims and editions of the archive."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from daybrief.cli.options import Config, Json, Whose


def search(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORDS",
            help='Words, "a phrase", -word, source:, category:, kind:paper|news|claim|edition, from:, to:.',
        ),
    ],
    config: Config = None,
    most: Annotated[int, typer.Option("--most", min=1, max=100, help="Hits at the most.")] = 20,
    profile: Whose = None,
    json: Json = False,
) -> None:
    """Search the archive, in Korean and English; whatever is typed is a search."""
    from daybrief.config import load
    from daybrief.model import to_json
    from daybrief.wiring import searcher_of

    settings = load(config, os.environ)
    found = searcher_of(settings, settings.whose(profile)).search(" ".join(words), most=most)
    if json:
        typer.echo(to_json(found).decode())
        return
    for hit in found.hits:
        typer.echo(f"{hit.day}  {hit.kind:<7} {hit.title}")
        typer.echo(f"    {hit.excerpt}" if hit.excerpt else f"    {hit.url}")
    if not found.hits:
        typer.echo("nothing found")
    if found.note:
        typer.echo(f"by words alone: {found.note}", err=True)
