"""`daybrief run`, `backfill`, `deliver`, `outbox`: make the editions of days, send them, see what waits."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from daybrief.cli.options import (
    INCOMPLETE,
    Config,
    Json,
    Profile,
    Whose,
    app_of,
    parsed_day,
    progress,
    required_day,
    say,
    spoken,
)
from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from daybrief.app import App
    from daybrief.app.backfill import BackfilledDay
    from daybrief.kit import Report
    from daybrief.languages.phrases import Phrases
    from daybrief.model import Edition, Queued, SourceReport

KINDS = {"papers": ("papers",), "news": ("news",), "all": ("papers", "news")}


def run(
    day: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The day; default: yesterday.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="papers|news|all", help="Which editions to make.")
    ] = None,
    replay: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Answer every request from a recording; `founding` is the one shipped."
        ),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Store every exchange of this run.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder the editions are written to.")
    ] = None,
    config: Config = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the sources again although all is there.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let a plugin's bug stop the run.")] = False,
    deliver: Annotated[
        bool | None,
        typer.Option(
            "--deliver/--no-deliver", help="Send what the channels tell; default: yes, but never in a replay."
        ),
    ] = None,
    resend: Annotated[
        bool, typer.Option("--resend", help="Send again what was sent, and an edition that was made again.")
    ] = False,
    profile: Profile = None,
    catch_up: Annotated[
        bool, typer.Option("--catch-up", help="Make every closed day that is not final, oldest first.")
    ] = False,
    most_days: Annotated[
        int, typer.Option("--most-days", min=1, max=366, help="Days --catch-up makes at the most.")
    ] = 14,
    json: Json = False,
) -> None:
    """Make the editions of one day and write them below OUT/YYYY-MM-DD/.

    With profiles in the settings: those of every profile, below OUT/PROFILE/, from one collection.

    Exit: 0 complete, 3 published but a source, the writer or a delivery failed, 2 settings, 74 storage,
    75 try later. What a model could not write is quoted instead; --refresh lets it try again.
    """
    from daybrief.app import RunRequest
    from daybrief.app.runs import recorded_settings

    if kind is not None and kind not in KINDS:
        raise ConfigError(f"--kind {kind!r} is unknown", hint="one of papers, news, all")
    given = {"kinds": KINDS.get(kind or ""), "out": str(out) if out else None}
    app = app_of(config, recorded_settings(replay), **given)
    if catch_up and (day or replay or record):
        raise ConfigError("--catch-up chooses the days itself", hint="leave out --day, --replay and --record")
    days = app.days_to_make(most_days, profile) if catch_up else (parsed_day(day),)
    complete = True
    for chosen in days:  # in order, since each day remembers those before it
        request = RunRequest(
            day=chosen,
            replay=replay,
            record=record,
            refresh=refresh,
            strict=strict,
            profile=profile,
            deliver=deliver,
            again=resend,
        )
        with progress(show=not json):
            reports = app.run(request)
        outs = {report.profile: app.settings.of(report.profile).out for report in reports}
        lines = [in_words(report, outs[report.profile]) for report in reports]
        typer.echo(_as_json(reports, outs) if json else "\n".join(lines))
        complete = complete and all(report.complete for report in reports)
    if not complete:
        raise typer.Exit(INCOMPLETE)


def backfill(
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day.")],
    until: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="The last day.")],
    source: Annotated[
        str,
        typer.Option(
            metavar="DIR|FILE|oai",
            help="Bulk metadata: JSON Lines, answers of OAI-PMH, or arXiv's own; default: ask each day.",
        ),
    ] = "",
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", help="Processes that write; 0: one a core.")
    ] = 0,
    engine: Annotated[
        str, typer.Option(metavar="local|ray", help="Where the workers run: this machine, or a Ray cluster.")
    ] = "local",
    address: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The Ray cluster's, or auto; default: a Ray of its own.")
    ] = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Make many past days at once and keep them in the archive; a day that is there is not made again.

    Publishes and sends nothing: `daybrief site` or `daybrief serve` shows what was made. A run that was
    killed goes on where it ended. No whole text is fetched. A model that writes has one cap over all days.

    Exit: 0 complete, 3 a day lacks a source, 2 settings, 74 storage, 75 try later.
    """
    from daybrief.app.backfill import BackfillRequest, Engine

    if engine not in get_args(Engine):
        raise ConfigError(f"--engine {engine!r} is unknown", hint=f"one of {', '.join(get_args(Engine))}")
    request = BackfillRequest(
        since=required_day(since, "--from"), until=required_day(until, "--to"), source=source,
        workers=workers, engine=cast("Engine", engine), address=address,
    )  # fmt: skip
    complete, answers = True, sys.stdout

    def show(day: BackfilledDay) -> None:
        nonlocal complete
        complete = complete and day.complete
        typer.echo(_day_as_json(day) if json else _day_in_words(day), file=answers)

    with redirect_stdout(sys.stderr):  # Ray tells of its workers on the standard output
        refused = app_of(config).backfill(request, show)
    if refused:
        typer.echo(f"! {say('refused_lines', n=refused)}", err=True)
    if not complete:
        raise typer.Exit(INCOMPLETE)


def _day_in_words(day: BackfilledDay) -> str:
    parts = [say("unchanged") if day.reused else say("per_minute", pace=f"{day.days_per_minute:.1f}")]
    parts += [] if day.left_s is None else [say("left", minutes=f"{day.left_s / 60:.0f}")]
    parts += [say("spent", tokens=f"{day.tokens:,}", cost=f"{day.cost_usd:.2f}")] if day.tokens else []
    lacking = "" if day.complete else f", {say('incomplete')}"
    count = say("backfilled", n=day.stories)
    return f"{day.day}  {count}{lacking}  ({day.done}/{day.total}, {', '.join(parts)})"


def _day_as_json(day: BackfilledDay) -> str:
    import msgspec

    shown = msgspec.to_builtins(day) | {"days_per_minute": day.days_per_minute, "left_s": day.left_s}
    return msgspec.json.encode(shown).decode()


def _row(edition: Edition) -> dict[str, Any]:
    return {
        "kind": edition.kind,
        "state": edition.state,
        "stories": len(edition.stories),
        "categories": {b.category: b.count for b in edition.chart.bars},
        "digest": edition.digest,
    }


def _as_json(reports: Sequence[Report], outs: Mapping[str, str]) -> str:
    """A JSON object: the report of the only reader, or those of the profiles by name."""
    from daybrief.model import to_json

    shown = {report.profile: _shown(report, outs[report.profile]) for report in reports}
    return to_json(shown.get("", {"profiles": shown})).decode()


def _shown(report: Report, out: str) -> dict[str, Any]:
    sources = report.editions[0].sources if report.editions else ()
    return {
        "day": report.window.day,
        "out": str(Path(out) / str(report.window.day)),
        "reused": report.reused,
        "complete": report.complete,
        "editions": [_row(e) for e in report.editions],
        "sources": sources,
        "files": sorted(r.path for r in report.receipts if r.is_file and not r.error),
        "messages": [r.path.partition(":")[2] for r in report.receipts if not (r.is_file or r.error)],
        "unwritten": list(report.unwritten),
        "errors": [*filter(None, [report.error]), *(r.error for r in report.receipts if r.error)],
    }


def _source_lines(sources: Sequence[SourceReport], say: Phrases) -> list[str]:
    """The faults of the sources; nothing but silence from all of them is told once."""
    failed = [source for source in sources if source.state == "failed"]
    queried = [source for source in sources if source.requests]
    if len(failed) > 1 and failed == queried and all(s.error.startswith("Unavailable: ") for s in failed):
        why = failed[0].error.removeprefix("Unavailable: ")
        return [f"  {say('run.offline', n=len(queried), why=why)}"]
    return [
        f"  {source.source}: {say(f'state.{source.state}')}. {source.error}".rstrip()
        for source in sources
        if source.state in {"failed", "stalled"}
    ]


def in_words(report: Report, out: str) -> str:
    """A run told to a person, in the editions' language: each edition, what went wrong, where to read."""
    from daybrief.languages.phrases import phrases

    lines = [f"{report.profile}:"] if report.profile else []
    if report.error:
        return "\n".join([*lines, f"  failed: {report.error}"])
    say = phrases(report.editions[0].language)
    for edition in report.editions:
        shown = {
            "stories": say(f"count.{edition.kind}", n=len(edition.stories)),
            "categories": say("count.categories", n=len(edition.sections)),
            "state": say(f"state.{edition.state}"),
        }
        again = f" ({say('run.unchanged')})" if report.reused else ""
        lines.append(f"{report.window.day} {say('run.edition', **shown)}{again}")
    lines += _source_lines(report.editions[0].sources, say)
    for edition in report.editions:
        unwanted = edition.ledger.dropped("category-unwanted")
        if unwanted and not edition.stories:
            lines.append(f"  {say(f'kind.{edition.kind}')}: {say('edition.unwanted', n=unwanted)}")
    lines += [f"  {say('run.quoted', why=why)}" for why in report.unwritten]
    lines += [f"  {say('run.undelivered', why=r.error)}" for r in report.receipts if r.error]
    day = Path(out) / str(report.window.day)
    page = day / f"{report.editions[0].kind}.html"
    lines.append(say("run.read", page=str(page), index=str(Path(out) / "index.html")))
    return "\n".join(lines)


# ── deliver and outbox ──────────────────────────────────────────────────────────────────────────────


Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="As `daybrief outbox` lists them.")]

outbox_app = typer.Typer(help="Messages on their way.", invoke_without_command=True)


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
        typer.echo(to_json(names).decode() if json else "\n".join(names) or say("no_preview"))
        return
    receipts = program.deliver(when, name, again=resend)
    if json:
        typer.echo(to_json(receipts).decode())
    else:
        for receipt in receipts:
            sent = say("sent", to=_address(receipt.path))
            typer.echo(say("not_delivered", why=receipt.error) if receipt.error else sent)
    if any(receipt.error for receipt in receipts):
        raise typer.Exit(INCOMPLETE)


@outbox_app.callback()
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
        typer.echo(to_json([_message_row(row) for row in rows]).decode())
        return
    for row in rows:
        where = f"{row.message.channel}, {row.message.label}"
        typer.echo(f"{row.id:>5}  {row.state:<9}  {where}: {advice(row, spoken())}")
    if not rows:
        typer.echo(say("nothing_waiting"))


@outbox_app.command("send")
def send(context: typer.Context) -> None:
    """Try now what is ready, without waiting for the next run."""
    program, name = _program(context)
    _print_sent(program.send_ready(name))


@outbox_app.command("resend")
def resend(context: typer.Context, ids: Ids) -> None:
    """Send messages whose fate is unknown, or that were refused."""
    program, name = _program(context)
    _print_sent(program.resend(ids, name))


@outbox_app.command("settle")
def settle(context: typer.Context, ids: Ids) -> None:
    """Note that messages whose fate was unknown have arrived, or are not wanted any more."""
    program, name = _program(context)
    for row in program.settle(ids, name):
        typer.echo(say("settled", label=row.message.label))


def _program(context: typer.Context) -> tuple[App, str]:
    """The program of the command's settings, and the profile that is meant."""
    config, profile = context.obj
    program = app_of(config)
    return program, program.settings.whose(profile)


def _print_sent(rows: Sequence[Queued]) -> None:
    from daybrief.stages.deliver import advice

    for row in rows:
        sent = say("sent", to=row.message.label)
        typer.echo(sent if row.state == "sent" else f"{row.message.label}: {advice(row, spoken())}")
    if not rows:
        typer.echo(say("nothing_ready"))
    if any(row.state != "sent" for row in rows):
        raise typer.Exit(INCOMPLETE)


def _address(path: str) -> str:
    return path.partition(":")[2]


def _message_row(row: Queued) -> dict[str, Any]:
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
