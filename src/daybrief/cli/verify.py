"""`daybrief verify`: the checks for anybody's digest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daybrief.cli.options import Config, Json, app_of

if TYPE_CHECKING:
    from daybrief.audit.inspection import Finding


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

    Reads an edition's JSON, a digest in Markdown (with **Summary:** and **Sources:**, or what an edition in
    another language calls them), or sections as JSON Lines. The texts of the sources come from the digest
    itself, from --sources (`url` or `id`, `title`, `abstract` or `text`) and from the archive, if there is
    one: the items of the digest's day, the week before and the day after. A section is not checkable when the
    text of one of its sources is known from neither, or is a headline with a teaser, as most news are.

    Exit: 0 every section is faithful, 3 one is not or cannot be checked, 2 something cannot be read.
    """
    from daybrief.model import to_json

    findings = app_of(config).verify(file, sources)
    if json:
        typer.echo(to_json({"sections": findings}).decode())
    else:
        _print(findings)
    if any(finding.verdict != "faithful" for finding in findings):
        raise typer.Exit(3)


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
