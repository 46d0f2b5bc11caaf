"""`daybrief deliver`, `daybrief outbox`: send a day, look at it first, see what has not arrived."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daybrief.cli.options import Config, Json, Whose
from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from daybrief.config import Settings
    from daybrief.model import Issue, Queued
    from daybrief.stages.deliver import Dispatcher

INCOMPLETE = 3
Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="As `daybrief outbox` lists them.")]

app = typer.Typer(help="Messages on their way.", invoke_without_command=True)


def deliver(
    day: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The day; default: the latest in the archive.")
    ] = None,
    preview: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Send nothing: write each message to a file (.eml, .json) there."),
    ] = None,
    resend: Annotated[
        bool, typer.Option("--resend", help="Send again what was sent, and an edition that was made again.")
    ] = False,
    profile: Whose = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Send the archive's editions of a day to the configured channels; what was sent before is not repeated.

    Exit: 0 all arrived, 3 something did not, 2 settings or a secret missing, 75 another run is under way.
    """
    from daybrief.model import to_json
    from daybrief.wiring import archive_of

    settings, name = _settings(config, profile)
    issue = _issue(settings, name, day)
    if preview is not None:
        names = _preview(settings, issue, preview)
        typer.echo(to_json(names).decode() if json else "\n".join(names) or "no channel has anything to tell")
        return
    with archive_of(settings).lock():
        receipts = _delivered(settings, issue, name, resend)
    if json:
        typer.echo(to_json(receipts).decode())
    else:
        for receipt in receipts:
            typer.echo(f"not delivered: {receipt.error}" if receipt.error else f"sent {_what(receipt.path)}")
    if any(receipt.error for receipt in receipts):
        raise typer.Exit(INCOMPLETE)


@app.callback()
def outbox(context: typer.Context, config: Config = None, profile: Whose = None, json: Json = False) -> None:
    """List every message that has not surely arrived, and what to do about it."""
    from daybrief.model import to_json
    from daybrief.stages.deliver import advice
    from daybrief.wiring import archive_of

    context.obj = (config, profile)
    if context.invoked_subcommand:
        return
    settings, name = _settings(config, profile)
    rows = archive_of(settings, name).outbox().open()
    if json:
        typer.echo(to_json([_row(row) for row in rows]).decode())
        return
    for row in rows:
        typer.echo(f"{row.id:>5}  {row.state:<9}  {row.message.channel}, {row.message.told}: {advice(row)}")
    if not rows:
        typer.echo("nothing is waiting: every message was sent")


@app.command("send")
def send(context: typer.Context) -> None:
    """Try now what is ready, without waiting for the next run."""
    with _working(context) as room:
        from daybrief.stages.deliver import send as attempt

        _tell(room, [row.id for row in attempt(room.outbox.ready(), room)])


@app.command("resend")
def resend(context: typer.Context, ids: Ids) -> None:
    """Send messages whose fate is unknown, or that were refused."""
    with _working(context) as room:
        from daybrief.stages.deliver import send as attempt

        rows = [_known(room, number) for number in ids]
        for row in rows:
            room.outbox.mark(row.id, "ready", room.clock.now())
        _tell(room, [row.id for row in attempt([_known(room, row.id) for row in rows], room)])


@app.command("settle")
def settle(context: typer.Context, ids: Ids) -> None:
    """Note that messages whose fate was unknown have arrived, or are not wanted any more."""
    with _working(context) as room:
        for row in [_known(room, number) for number in ids]:
            room.outbox.mark(row.id, "sent", room.clock.now(), "settled by hand")
            typer.echo(f"settled {row.message.told}")


def _settings(config: Path | None, profile: str | None) -> tuple[Settings, str]:
    """The settings of the profile that is meant, and its name."""
    from daybrief.config import load

    settings = load(config, os.environ)
    name = settings.whose(profile)
    return settings.of(name), name


def _issue(settings: Settings, profile: str, day: str | None) -> Issue:
    """The day's editions as the channels are given them."""
    from daybrief.cli.make import parsed_day
    from daybrief.model import Issue
    from daybrief.pipeline import SHELF
    from daybrief.wiring import archive_of

    archive = archive_of(settings, profile)
    recent = archive.latest(SHELF)
    chosen = parsed_day(day) or next((edition.window.day for edition in recent), None)
    found = [archive.edition(chosen, kind) for kind in settings.kinds] if chosen else []
    editions = tuple(edition for edition in found if edition is not None)
    if not editions:
        hint = f"daybrief run --day {day}" if day else "daybrief run"
        raise ConfigError(f"there is no edition of {day or 'any day'} in the archive", hint=hint)
    return Issue(day=editions[0].window.day, editions=editions, recent=recent)


def _preview(settings: Settings, issue: Issue, folder: Path) -> list[str]:
    """Write the messages that would be sent; needs no secret."""
    from daybrief.adapters.clock import SystemClock
    from daybrief.adapters.files import OutputFolder
    from daybrief.mailroom import channels_of
    from daybrief.model import Delivery
    from daybrief.stages.deliver import previews
    from daybrief.wiring import tools_of

    messages = [m for channel in channels_of(settings, tools_of(settings)) for m in channel.messages(issue)]
    files = [
        ("preview", Delivery(path=name, body=body, media_type="application/octet-stream"))
        for name, body in previews(messages)
    ]
    OutputFolder(folder).write(issue.day, files, SystemClock().now())
    return [str(folder / delivery.path) for _, delivery in files]


def _delivered(settings: Settings, issue: Issue, profile: str, again: bool) -> Any:
    from daybrief.stages.deliver import deliver as told
    from daybrief.wiring import archive_of, room_of

    room = room_of(settings, profile, again=again)
    if room is None:
        raise ConfigError(
            "no channel is configured", hint='add [[channels]] with use = "email" to the settings'
        )
    receipts = told(issue, room)
    archive = archive_of(settings, profile)
    files = tuple(receipt for receipt in archive.receipts(issue.day) if receipt.is_file)
    archive.save_receipts(issue.day, (*files, *receipts))
    return receipts


@contextmanager
def _working(context: typer.Context) -> Iterator[Dispatcher]:
    """The mailroom of the command's settings, under the run lock, with a dead run's messages settled."""
    from daybrief.stages.deliver import recovered
    from daybrief.wiring import archive_of, room_of

    config, profile = context.obj
    settings, name = _settings(config, profile)
    with archive_of(settings).lock():
        room = room_of(settings, name)
        if room is None:
            raise ConfigError("no channel is configured", hint="the outbox needs the channel that filled it")
        recovered(room)
        yield room


def _known(room: Dispatcher, number: int) -> Queued:
    row = room.outbox.get(number)
    if row is None:
        raise ConfigError(f"there is no message {number} in the outbox", hint="see `daybrief outbox`")
    if row.state == "sent":
        raise ConfigError(
            f"message {number} was sent already", hint="`daybrief deliver --resend` sends it again"
        )
    return row


def _tell(room: Dispatcher, ids: list[int]) -> None:
    from daybrief.stages.deliver import advice

    rows = [row for row in map(room.outbox.get, ids) if row is not None]
    for row in rows:
        typer.echo(
            f"sent {row.message.told}" if row.state == "sent" else f"{row.message.told}: {advice(row)}"
        )
    if not rows:
        typer.echo("nothing is ready to be sent")
    if any(row.state != "sent" for row in rows):
        raise typer.Exit(INCOMPLETE)


def _what(path: str) -> str:
    return path.partition(":")[2]


def _row(row: Queued) -> dict[str, Any]:
    message = row.message
    return {
        "id": row.id,
        "state": row.state,
        "channel": message.channel,
        "recipient": message.recipient,
        "day": message.day,
        "edition": message.edition,
        "part": message.part,
        "parts": message.parts,
        "key": message.key,
        "attempts": row.attempts,
        "error": row.error,
    }
