"""`daybrief search`, `ask`, `show`, `runs`, `serve`, `mcp`: the ways to read the archive."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

import daybrief
from daybrief.cli.options import Config, Json, Whose, app_of, reading_app, required_day
from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from daybrief.ask.asking import Answered


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
    from daybrief.model import to_json

    app = reading_app(config)
    found = app.search(" ".join(words), most=most, profile=app.settings.whose(profile))
    if json:
        typer.echo(to_json(found).decode())
        return
    for hit in found.hits:
        typer.echo(f"{hit.day}  {hit.kind:<7} {hit.title}")
        typer.echo(f"    {hit.excerpt}" if hit.excerpt else f"    {hit.url}")
    if not found.hits:
        typer.echo(f"nothing found in {app.archive_in_words}")
    if found.note:
        typer.echo(f"by words alone: {found.note}", err=True)


def ask(
    question: Annotated[list[str], typer.Argument(metavar="QUESTION", help="Any question, in any words.")],
    config: Config = None,
    profile: Whose = None,
    json: Json = False,
) -> None:
    """Answer a question from the archive alone, with footnotes; or say that nothing was found."""
    from daybrief.model import to_json

    app = reading_app(config)
    answer = app.ask(" ".join(question), app.settings.whose(profile))
    typer.echo(to_json(answer).decode() if json else "\n".join(_answer_lines(answer)))
    if answer.mode == "nothing":
        typer.echo(f"searched: {app.archive_in_words}", err=True)


def _answer_lines(answer: Answered) -> list[str]:
    """The answer as lines: numbered sentences, what the numbers stand for, or else what is near."""
    lines = [f"{s.text} {''.join(f'[{n}]' for n in s.footnotes)}" for s in answer.sentences]
    lines += ["", f"({answer.note})"] if lines else [answer.note]
    for note in answer.footnotes:
        lines += ["", f"[{note.number}] {note.title} — {note.day}", f"    {note.url}", f"    “{note.quote}”"]
    if not answer.sentences and answer.nearest:
        lines += ["", *(f"- {hit.title} — {hit.day}\n  {hit.url}" for hit in answer.nearest)]
    return lines


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
    from daybrief.model import to_json

    if kind not in {"papers", "news"}:
        raise ConfigError(f"--kind {kind!r} is unknown", hint="papers or news")
    app, when = reading_app(config), required_day(day)
    name = app.settings.whose(profile)
    if receipts:
        rows, at = app.receipts(when, name), "%Y-%m-%d %H:%MZ"
        lines = (f"{r.publisher:<12} {r.path}  {r.error or r.delivered_at.strftime(at)}" for r in rows)
        typer.echo(to_json(rows).decode() if json else "\n".join(lines))
        return
    edition = app.edition(when, "papers" if kind == "papers" else "news", name)
    if edition is None:
        raise ConfigError(f"no {kind} edition of {day} in the archive", hint=f"daybrief run --day {day}")
    typer.echo(to_json(edition, pretty=True).decode() if json else app.markdown(edition))


def runs(config: Config = None, most: int = 20, json: Json = False) -> None:
    """List the latest runs: day, when, how long, how it ended."""
    from daybrief.model import to_json

    listed = reading_app(config).runs(most)
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


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to answer on.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65_535, help="Port to answer on.")] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="The profile shown first.")
    ] = None,
    config: Config = None,
    set_password: Annotated[
        bool, typer.Option("--set-password", help="Ask for a password, keep its hash, and stop.")
    ] = False,
) -> None:
    """Serve the reader: pages, feeds and a JSON API over the archive.

    Exit: 0 stopped, 2 settings, 69 another program answers on the port, 74 storage.
    """
    from msgspec.structs import replace

    from daybrief.app import App
    from daybrief.config import load

    settings = load(config, os.environ)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    app = App.for_reading(replace(settings, serve=replace(settings.serve, **given)), os.environ)
    if set_password:
        password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
        typer.echo(f"its hash is in {app.set_password(password)}; restart the reader")
        return
    if profile is not None:
        settings.profile(profile)
    name = profile or next(iter(settings.profiles), "")
    app.serve(name, lambda address: typer.echo(f"reading at {address} (Ctrl-C ends)"))


def mcp(config: Config = None, profile: Whose = None) -> None:
    """Serve the archive to an assistant that started this command (Model Context Protocol, stdio)."""
    from daybrief.mcp import server_of

    app = app_of(config)
    services = app.assistant_services(app.settings.whose(profile))
    server_of(services, daybrief.__version__).run("stdio")
