"""Tells what the archive takes in, how it is kept, and what it gives to other programs.

`daybrief import` and `opml` bring items and feeds in. `archive` checks, backs up, restores, salvages and
copies. `site` and `export` write for browsers, reference managers and programs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daybrief.cli.options import INCOMPLETE, Config, Json, app_of, parsed_day, reading_app, required_day, say
from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from daybrief.config import Settings
    from daybrief.model import Delivery


# ── taking in ───────────────────────────────────────────────────────────────────────────────────────


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

    One array of such objects will do, too.

    They join the edition of their day at the next `daybrief run`, and are found by search at once. An item
    may be imported for several days. A line that is no item is named, and the others go in.

    Exit: 0 complete, 2 no line is an item, 3 some lines are none.
    """
    from daybrief.model import to_json

    read, new = app_of(config).import_items(file, parsed_day(day), strict=strict)
    if json:
        typer.echo(to_json({"read": len(read.items), "new": new, "refused": read.refused}).decode())
    else:
        typer.echo(say("imported", new=new, read=len(read.items)))
    for refused in read.refused:
        hint = f" ({refused.hint})" if refused.hint else ""
        typer.echo(say("no_item", unit=refused.unit, line=refused.line, why=f"{refused.why}{hint}"), err=True)
    if read.refused:
        raise typer.Exit(INCOMPLETE)


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
    for line in _feed_tables(file, json):
        typer.echo(line)


def subscriptions(settings: Settings) -> Delivery:
    """The configured feeds as an OPML file that any feed reader takes in."""
    from daybrief.model import Delivery
    from daybrief.sources.feed import Outline, write_opml

    tables = (table for table in settings.sources if table.get("use") == "feed" and table.get("url"))
    feeds = [Outline(title=str(t.get("name") or t["url"]), url=str(t["url"])) for t in tables]
    return Delivery(path="feeds.opml", body=write_opml(feeds), media_type="text/x-opml")


def _feed_tables(file: Path, json: bool) -> Iterator[str]:
    """The tables as TOML, one text each, or all as one JSON text."""
    import msgspec

    from daybrief.model import to_json
    from daybrief.sources.feed import parse_opml

    try:
        outlines = parse_opml(file.read_bytes())
    except OSError as unreadable:
        raise ConfigError(
            f"{file} cannot be read: {unreadable.strerror}", hint="check the path"
        ) from unreadable
    if not outlines:
        raise ConfigError(f"{file} names no feed", hint="export the subscriptions of your reader as OPML")
    taken: set[str] = set()
    tables = [{"use": "feed", "name": _feed_name(o.title or o.url, taken), "url": o.url} for o in outlines]
    if json:
        yield to_json(tables).decode()
        return
    for table in tables:
        lines = (f"{key} = {msgspec.json.encode(value).decode()}" for key, value in table.items())
        yield "[[sources]]\n" + "\n".join(lines) + "\n"


def _feed_name(title: str, taken: set[str]) -> str:
    """A short name no other feed of the list has."""
    plain = re.sub(r"\W+", "_", title.lower()).strip("_")[:40] or "feed"
    number = 1
    while (name := plain if number == 1 else f"{plain}_{number}") in taken:
        number += 1
    taken.add(name)
    return name


# ── keeping whole ───────────────────────────────────────────────────────────────────────────────────


DAMAGED = 74

archive_app = typer.Typer(help="Check, back up, restore, salvage and copy the archive.", no_args_is_help=True)


@archive_app.command("check")
def check(
    archive: Annotated[
        str,
        typer.Argument(metavar="[ARCHIVE]", help="Another one, as a backup; default: the configured one."),
    ] = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Read everything and compare it with its checksums; writes nothing.

    Exit: 0 whole, 74 damaged or not there.
    """
    from daybrief.model import to_json

    program = app_of(config)
    problems = program.check_archive(archive)
    if json:
        typer.echo(to_json({"whole": not problems, "problems": problems}).decode())
    else:
        for problem in problems:
            typer.echo(f"BAD  {problem}")
        whole = say("whole") if archive else say("whole_archive", archive=program.archive_in_words)
        typer.echo(say("damaged") if problems else whole)
    if problems:
        raise typer.Exit(DAMAGED)


@archive_app.command("backup")
def backup(
    to: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A new file; default: the daily backup beside the archive."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the daily backups instead.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Copy the archive into one file that has been checked; a run may go on meanwhile.

    Every run makes the backup of its day by itself; `backups` in the settings says how many days are kept.
    """
    from daybrief.model import to_json

    program = app_of(config)
    if listed:
        kept = program.backups()
        if json:
            rows = [{"day": b.day, "path": str(b.path), "size": b.size} for b in kept]
            typer.echo(to_json(rows).decode())
            return
        for each in kept:
            typer.echo(f"{each.day}  {each.size / 2**20:>8.1f} MiB  {each.path}")
        if not kept:
            typer.echo(say("no_backups"))
        return
    path = program.back_up_archive(to)
    if json:
        typer.echo(to_json({"path": str(path)}).decode())
        return
    typer.echo(say("backed_up", path=str(path), archive=program.archive_in_words))


@archive_app.command("restore")
def restore(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[BACKUP]", help="Default: the newest whole daily one."),
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Put a checked backup in the archive's place; what was there stays beside it under another name."""
    from daybrief.model import to_json

    done = app_of(config).restore_archive(source)
    if json:
        aside = str(done.aside) if done.aside else None
        typer.echo(to_json({"source": str(done.source), "aside": aside}).decode())
        return
    typer.echo(say("restored", path=str(done.source)))
    if done.aside:
        typer.echo(say("set_aside", path=str(done.aside)))


@archive_app.command("salvage")
def salvage(
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="The new archive; must not be there yet.")],
    published: Annotated[
        list[Path] | None,
        typer.Option("--published", metavar="DIR", help="Another folder of published editions; repeatable."),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME", help="Whose editions lie in --published.")
    ] = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Make a new archive of every row that is sound, and of editions published as JSON.

    The damaged archive is only read, and may be missing. `daybrief archive restore FILE` then puts the new
    one in its place.
    """
    from daybrief.model import to_json

    done = app_of(config).salvage_archive(to, published or (), profile)
    if json:
        typer.echo(to_json(done).decode())
        return
    for table, count in done.saved.items():
        lost = done.damaged.get(table, 0)
        key = "saved_damaged" if lost else "saved"
        typer.echo(f"{table:<16} {say(key, n=f'{count:>9}', lost=lost)}")
    typer.echo(say("from_published", n=done.published))
    for path in done.unusable:
        typer.echo(say("not_whole", path=str(path)))
    typer.echo(say("new_archive", path=str(to)))


@archive_app.command("copy")
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A path or an address.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="A new file, or an empty database.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """Copy a whole archive into an empty one of any kind, checksums and all."""
    from daybrief.model import to_json

    counts = app_of(config).copy_archive(source, target)
    if json:
        typer.echo(to_json(counts).decode())
        return
    for table, count in counts.items():
        typer.echo(f"{table:<16} {count:>9}")


# ── giving out ──────────────────────────────────────────────────────────────────────────────────────


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
    counts = {"n": built.days, "stories": built.stories, "made": built.made}
    typer.echo(say("site_built", folder=str(folder), **counts))
    if not base:
        typer.echo(say("no_feeds"))


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

    if form not in FORMS:
        raise ConfigError(f"--form {form!r} is unknown", hint=f"one of {', '.join(FORMS)}")
    if form == "obsidian" and out is None:
        raise ConfigError("--form obsidian makes many files", hint="name your vault: --out DIR")
    app, when = reading_app(config), required_day(day)
    deliveries = (subscriptions(app.settings),) if form == "opml" else app.export(when, form, profile)
    if out is not None:
        app.write_files(out, when, deliveries)
        typer.echo(say("files", out=str(out), n=len(deliveries)))
    else:
        typer.echo(b"".join(delivery.body for delivery in deliveries).decode(), nl=False)
