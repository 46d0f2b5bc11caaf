"""`daybrief runs`, `show`, `doctor`, `plugins`: what was done, what was printed, what is wrong."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from daybrief.cli.options import Config, Json, Out, Whose
from daybrief.errors import ConfigError


def runs(config: Config = None, most: int = 20, json: Json = False) -> None:
    """List the latest runs: day, when, how long, how it ended."""
    from daybrief.config import load
    from daybrief.model import to_json
    from daybrief.wiring import archive_of

    listed = archive_of(load(config, os.environ)).runs(most)
    if json:
        typer.echo(to_json(listed).decode())
        return
    for run in listed:
        took = f"{(run.ended_at - run.started_at).total_seconds():.1f} s" if run.ended_at else "-"
        typer.echo(
            f"{run.id:>5}  {run.day}  {run.started_at:%Y-%m-%d %H:%M}Z  {took:>8}  {run.outcome}  {run.note}"
        )
    if not listed:
        typer.echo("no runs yet: try `daybrief run`")


def show(
    day: Annotated[str, typer.Argument(metavar="DAY", help="YYYY-MM-DD")],
    kind: Annotated[str, typer.Option(metavar="papers|news")] = "papers",
    receipts: Annotated[
        bool, typer.Option("--receipts", help="Print what was delivered of the day instead.")
    ] = False,
    profile: Whose = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print an edition of the archive: as Markdown, or with --json as published."""
    from daybrief.cli.make import parsed_day
    from daybrief.config import load
    from daybrief.model import to_json
    from daybrief.wiring import archive_of, as_markdown

    if kind not in {"papers", "news"}:
        raise ConfigError(f"--kind {kind!r} is unknown", hint="papers or news")
    settings = load(config, os.environ)
    archive = archive_of(settings, settings.whose(profile))
    if receipts:
        told = archive.receipts(parsed_day(day))
        at = "%Y-%m-%d %H:%MZ"
        lines = (f"{r.publisher:<12} {r.path}  {r.error or r.delivered_at.strftime(at)}" for r in told)
        typer.echo(to_json(told).decode() if json else "\n".join(lines))
        return
    edition = archive.edition(parsed_day(day), "papers" if kind == "papers" else "news")
    if edition is None:
        raise ConfigError(f"no {kind} edition of {day} in the archive", hint=f"daybrief run --day {day}")
    typer.echo(to_json(edition, pretty=True).decode() if json else as_markdown(settings, edition))


def doctor(config: Config = None, out: Out = None, json: Json = False) -> None:
    """Check settings, plugins, archive, folders, fonts and taxonomy; exit 1 when something is wrong."""
    from daybrief.cli.doctor import examine
    from daybrief.config import load
    from daybrief.model import to_json

    findings = examine(load(config, os.environ, out=str(out) if out else None))
    if json:
        typer.echo(to_json(findings).decode())
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.ok else 'BAD '} {finding.what}: {finding.detail}")
            if finding.hint:
                typer.echo(f"       → {finding.hint}")
    if not all(f.ok for f in findings):
        raise typer.Exit(1)


def plugins(json: Json = False) -> None:
    """List every plugin that `use = "…"` may name, with its first line."""
    from daybrief.model import to_json
    from daybrief.plugins import catalogue

    listed = catalogue()
    if json:
        typer.echo(to_json(listed).decode())
        return
    for group, members in listed.items():
        typer.echo(f"{group}:")
        for name, line in members.items():
            typer.echo(f"  {name:<18} {line}")
