"""`daybrief verify`: the checks for anybody's digest."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daybrief.cli.options import Config, Json
from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from daybrief.audit.inspection import Checks, Finding
    from daybrief.audit.reading import DigestSection, KnownSources
    from daybrief.config import Settings

_OF_QUOTES = ("quotes",)  # asked of sentences that name the words they rest on
_DAYS_BEFORE, _DAYS_AFTER = 7, 1  # digests close their days at other hours, and tell of papers late
_OF_SENTENCES = ("numbers", "names", "polarity", "generality")  # asked of any sentence


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The digest; `-` for stdin.")],
    sources: Annotated[
        Path | None,
        typer.Option(metavar="ITEMS.jsonl", help="Texts of the sources, one JSON object a line."),
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Say of each section of a digest whether its sources bear it out.

    Reads an edition's JSON, a digest in Markdown (with **요약:** and **출처:**, or **Summary:** and
    **Sources:**), or sections as JSON Lines. The texts of the sources come from the digest itself, from
    --sources (`url` or `id`, `title`, `abstract` or `text`) and from the archive, if there is one: the
    items of the digest's day, the week before and the day after. A section is not checkable when the text of
    one of its sources is known from neither, or is a headline with a teaser, as most news are.

    Exit: 0 every section is faithful, 3 one is not or cannot be checked, 2 something cannot be read.
    """
    from daybrief.audit.inspection import inspect
    from daybrief.audit.reading import read
    from daybrief.config import load
    from daybrief.model import to_json

    settings = load(config, os.environ)
    told = read(_bytes(file), str(file))
    findings = inspect(told, _known(settings, told, sources), checks_for(settings))
    if json:
        typer.echo(to_json({"sections": findings}).decode())
    else:
        _print(findings)
    if any(finding.verdict != "faithful" for finding in findings):
        raise typer.Exit(3)


def _bytes(path: Path) -> bytes:
    from daybrief.audit.reading import MOST_BYTES

    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with path.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as gone:
        raise ConfigError(f"{path} cannot be read: {gone.strerror}", hint="check the path") from gone


def checks_for(settings: Settings) -> Checks:
    """The checks a digest is held to: of sentences with quotes, and of those without."""
    from daybrief import plugins
    from daybrief.audit.inspection import Checks
    from daybrief.wiring import tools_of

    tools = tools_of(settings)
    made = {name: plugins.build("checks", {"use": name}, tools) for name in (*_OF_QUOTES, *_OF_SENTENCES)}
    return Checks(
        quoting=tuple(made[name] for name in (*_OF_QUOTES, *_OF_SENTENCES)),
        free=tuple(made[name] for name in _OF_SENTENCES),
    )


def _known(settings: Settings, told: Sequence[DigestSection], sources: Path | None) -> KnownSources:
    """The texts given, and what the archive of this machine holds for the digest's days and those around."""
    from daybrief.adapters.archive import archive_exists
    from daybrief.audit.reading import KnownSources, items_known
    from daybrief.wiring import address_of, archive_of

    known = items_known(_bytes(sources).split(b"\n"), str(sources)) if sources else KnownSources()
    if not archive_exists(address_of(settings)):
        return known
    archive = archive_of(settings)
    for day in sorted({day for section in told for day in _around(section.date)}):
        known = known.plus(item for harvest in archive.harvests(day) for item in harvest.items)
    return known


def _around(written: str) -> Iterator[date]:
    """The days whose items a digest of a day may tell of; none where no day is given."""
    try:
        day = date.fromisoformat(written)
        yield from (day + timedelta(days=n) for n in range(-_DAYS_BEFORE, _DAYS_AFTER + 1))
    except (ValueError, OverflowError):
        return


def _print(findings: Sequence[Finding]) -> None:
    from collections import Counter

    from daybrief.text.escape import terminal

    for found in findings:
        head = " ".join(filter(None, (found.date, found.kind, str(found.position), found.category)))
        typer.echo(f"{found.verdict:<14} {terminal(head)}")
        for reason in found.reasons:
            typer.echo(f"               {terminal(reason)}")
    counted = Counter(found.verdict for found in findings)
    typer.echo(", ".join(f"{n} {verdict}" for verdict, n in counted.most_common()) or "no sections")
    if counted["not-checkable"]:
        typer.echo(
            "Not checkable: of a source only its title or a teaser is known. Give the texts with --sources."
        )
