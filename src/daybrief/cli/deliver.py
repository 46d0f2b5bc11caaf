"""`daybrief deliver`, `daybrief outbox`: send a day, look at it first, see what has not arrived."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daybrief.cli.options import INCOMPLETE, Config, Json, Whose, app_of, parsed_day

if TYPE_CHECKING:
    from daybrief.app import App
    from daybrief.model import Queued

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

    program = app_of(config)
    name, when = program.settings.whose(profile), parsed_day(day)
    if preview is not None:
        names = program.preview(when, preview, name)
        typer.echo(to_json(names).decode() if json else "\n".join(names) or "no channel has anything to tell")
        return
    receipts = program.deliver(when, name, again=resend)
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

    context.obj = (config, profile)
    if context.invoked_subcommand:
        return
    program = app_of(config)
    rows = program.outbox(program.settings.whose(profile))
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
    program, name = _program(context)
    _print(program.send_ready(name))


@app.command("resend")
def resend(context: typer.Context, ids: Ids) -> None:
    """Send messages whose fate is unknown, or that were refused."""
    program, name = _program(context)
    _print(program.resend(ids, name))


@app.command("settle")
def settle(context: typer.Context, ids: Ids) -> None:
    """Note that messages whose fate was unknown have arrived, or are not wanted any more."""
    program, name = _program(context)
    for row in program.settle(ids, name):
        typer.echo(f"settled {row.message.told}")


def _program(context: typer.Context) -> tuple[App, str]:
    """The program of the command's settings, and the profile that is meant."""
    config, profile = context.obj
    program = app_of(config)
    return program, program.settings.whose(profile)


def _print(rows: Sequence[Queued]) -> None:
    from daybrief.stages.deliver import advice

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
