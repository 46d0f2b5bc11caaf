"""`daybrief site`, `daybrief export`: the archive for browsers and for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daybrief.cli.options import Config, Json, reading_app, required_day
from daybrief.errors import ConfigError

FORMS = ("bibtex", "csl", "jsonl", "obsidian", "opml")


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
    from daybrief.model import to_json

    app = reading_app(config)
    folder = out or Path(app.settings.site.out)
    built, base = app.site(folder, base_url, profile)
    if json:
        typer.echo(to_json(built).decode())
        return
    typer.echo(f"{folder}: {built.days} days, {built.stories} stories; {built.made} days made anew")
    if not base:
        typer.echo("no feeds and no sitemap: they need the site's address (--base-url, or site.base_url)")


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

    if form not in FORMS:
        raise ConfigError(f"--form {form!r} is unknown", hint=f"one of {', '.join(FORMS)}")
    if form == "obsidian" and out is None:
        raise ConfigError("--form obsidian makes many files", hint="name your vault: --out DIR")
    app, when = reading_app(config), required_day(day)
    deliveries = (subscriptions(app.settings),) if form == "opml" else app.export(when, form, profile)
    if out is not None:
        app.write_files(out, when, deliveries)
        typer.echo(f"{out}: {len(deliveries)} files")
    else:
        typer.echo(b"".join(delivery.body for delivery in deliveries).decode(), nl=False)
