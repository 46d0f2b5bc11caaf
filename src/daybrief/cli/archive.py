"""`daybrief archive`: is it whole, back it up, put a backup in its place, save what is sound, copy it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daybrief.cli.options import Config, Json, app_of

DAMAGED = 74

app = typer.Typer(help="Check, back up, restore, salvage and copy the archive.", no_args_is_help=True)


@app.command("check")
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
        typer.echo("damaged: daybrief archive restore, or daybrief archive salvage" if problems else "whole")
    if problems:
        raise typer.Exit(DAMAGED)


@app.command("backup")
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
            typer.echo("no backups yet: the next run makes one")
        return
    path = program.back_up_archive(to)
    typer.echo(to_json({"path": str(path)}).decode() if json else f"backed up: {path}")


@app.command("restore")
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
    typer.echo(f"restored from {done.source}")
    if done.aside:
        typer.echo(f"what was there before: {done.aside}")


@app.command("salvage")
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
        typer.echo(f"{table:<16} {count:>9} saved{f', {lost} damaged' if lost else ''}")
    typer.echo(f"{done.published} editions from their published JSON")
    for path in done.unusable:
        typer.echo(f"not a whole edition: {path}")
    typer.echo(f"the new archive: {to}; daybrief archive restore {to}")


@app.command("copy")
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
