"""`daybrief site`: the whole archive as a static site."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from daybrief.cli.options import Config, Json


def site(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the site; default: `site.out`.")
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="Where it will be served; feeds and sitemap need it."),
    ] = None,
    config: Config = None,
    profile: Annotated[str, typer.Option("--profile", metavar="NAME", help="Whose editions.")] = "",
    json: Json = False,
) -> None:
    """Make a static site of all editions: pages, calendar, categories, search, feeds, data.

    A second call writes only what changed and removes days that are gone; any host and sub-path will do.
    """
    from daybrief.config import load
    from daybrief.model import to_json
    from daybrief.outlets import make_site

    settings = load(config, os.environ)
    folder = out or Path(settings.site.out)
    built, base = make_site(settings, folder, base_url, profile)
    if json:
        typer.echo(to_json(built).decode())
        return
    typer.echo(f"{folder}: {built.days} days, {built.stories} stories; {built.made} days made anew")
    if not base:
        typer.echo("no feeds and no sitemap: they need the site's address (--base-url, or site.base_url)")
