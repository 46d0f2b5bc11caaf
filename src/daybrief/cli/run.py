"""`daybrief run`: make the editions of a day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daybrief.cli.options import INCOMPLETE, Config, Json, Profile, app_of, parsed_day
from daybrief.cli.progress import progress
from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from daybrief.kit import Report
    from daybrief.model import Edition, SourceReport

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
        lines = [_in_words(report, outs[report.profile]) for report in reports]
        typer.echo(_as_json(reports, outs) if json else "\n".join(lines))
        complete = complete and all(report.complete for report in reports)
    if not complete:
        raise typer.Exit(INCOMPLETE)


def _row(edition: Edition) -> dict[str, Any]:
    return {
        "kind": edition.kind,
        "state": edition.state,
        "stories": len(edition.stories),
        "categories": {b.category: b.count for b in edition.chart.bars},
        "digest": edition.digest,
    }


def _as_json(reports: Sequence[Report], outs: Mapping[str, str]) -> str:
    """One object: the report of the only reader, or those of the profiles by name."""
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


def _source_lines(sources: Sequence[SourceReport]) -> list[str]:
    """What went wrong with the sources; nothing but silence from all of them is told once."""
    failed = [source for source in sources if source.state == "failed"]
    asked = [source for source in sources if source.requests]
    if len(failed) > 1 and failed == asked and all(s.error.startswith("Unavailable: ") for s in failed):
        why = failed[0].error.removeprefix("Unavailable: ")
        return [f"  you seem to be offline: none of {len(asked)} sources answered ({why})"]
    return [
        f"  {source.source}: {source.state}. {source.error}".rstrip()
        for source in sources
        if source.state in {"failed", "stalled"}
    ]


def _in_words(report: Report, out: str) -> str:
    lines = [f"{report.profile}:"] if report.profile else []
    if report.error:
        return "\n".join([*lines, f"  failed: {report.error}"])
    for edition in report.editions:
        note = " (unchanged, from the archive)" if report.reused else ""
        lines.append(
            f"{report.window.day} {edition.kind}: {len(edition.stories)} stories in "
            f"{len(edition.sections)} categories, {edition.state}{note}"
        )
    lines += _source_lines(report.editions[0].sources if report.editions else ())
    for edition in report.editions:
        unwanted = edition.ledger.dropped("category-unwanted")
        if unwanted and not edition.stories:
            lines.append(f"  {edition.kind}: the profile leaves out the categories of all {unwanted} stories")
    lines += [f"  quoted instead of written (--refresh tries again): {why}" for why in report.unwritten]
    lines += [f"  not delivered: {r.error}" for r in report.receipts if r.error]
    day = Path(out) / str(report.window.day)
    lines.append(f"Read {day / f'{report.editions[0].kind}.html'} or {Path(out) / 'index.html'}")
    return "\n".join(lines)
