"""`daybrief lab use fairness TABLE`: the audit of a table of one's own, as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from daybrief.labs.fairness.examination import Examination

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def fairness(
    table: Annotated[
        Path, typer.Argument(metavar="TABLE", help="CSV, TSV or JSON Lines, a head with names.")
    ],
    label: Annotated[str, typer.Option("--label", metavar="COLUMN", help="What was true: 0 or 1.")],
    score: Annotated[
        str, typer.Option("--score", metavar="COLUMN", help="The predicted probability, 0 to 1.")
    ],
    group: Annotated[str, typer.Option("--group", metavar="COLUMN", help="Whom the row is about.")],
    threshold: Annotated[
        float, typer.Option("--threshold", metavar="C", min=0, max=1, help="Decide 1 from this score on.")
    ] = 0.5,
    decision: Annotated[
        str, typer.Option("--decision", metavar="COLUMN", help="Decisions (0 or 1) instead of a threshold.")
    ] = "",
    stratum: Annotated[
        str,
        typer.Option("--stratum", metavar="COLUMN", help="Compare also within each value of this column."),
    ] = "",
    features: Annotated[
        str,
        typer.Option(
            "--features", metavar="A,B", help="Columns that describe a person, for likeness and training."
        ),
    ] = "",
    reference: Annotated[
        str,
        typer.Option("--reference", metavar="GROUP", help="Compare with this group; default: the largest."),
    ] = "",
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of all sampling.")] = 1000,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write fairness.html, .md and .json into this folder."),
    ] = None,
    language: Annotated[Literal["en", "ko"], typer.Option("--language", metavar="en|ko")] = "en",
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")] = False,
) -> None:
    """Audit a table: every group criterion with intervals and tests, persons, clashes, and what would help.

    Exit: 0 audited, whatever was found; 2 the table cannot be used, and why.
    """
    import numpy as np

    from daybrief.labs.fairness import examination, population, report, tables
    from daybrief.model import to_json

    read = tables.read(table)
    people = population.population(
        read.numbers(label),
        read.numbers(score),
        read.text(group),
        threshold=threshold,
        decision=read.numbers(decision) if decision else None,
    )
    audited = examination.examine(
        people,
        np.random.default_rng(seed),
        reference=reference,
        stratum=read.text(stratum) if stratum else None,
        features=read.features(name.strip() for name in features.split(",")) if features else None,
    )
    if out is not None:
        _write(audited, out, language, table.name)
    if json:
        typer.echo(to_json(examination.as_json(audited)).decode())
    elif out is None:
        typer.echo(report.as_markdown(audited, language, table.name))
    else:
        typer.echo(str(out / "fairness.html"))


def _write(audited: Examination, folder: Path, language: str, title: str) -> None:
    """Three forms of one page; raises LabError when the folder cannot be written."""
    from daybrief.adapters.files import replace_file
    from daybrief.errors import LabError
    from daybrief.labs.fairness import examination, report
    from daybrief.model import to_json

    forms = {
        "fairness.json": to_json(examination.as_json(audited), pretty=True),
        "fairness.md": report.as_markdown(audited, language, title).encode(),
        "fairness.html": report.as_html(audited, language, title).encode(),
    }
    try:
        for name, body in forms.items():
            replace_file(folder / name, body)
    except OSError as refused:
        raise LabError(
            f"{folder} cannot be written: {refused.strerror or refused}", hint="name another folder"
        ) from refused
