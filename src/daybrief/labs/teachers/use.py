"""`daybrief lab use teachers TABLE`: learn from the teachers of a table of one's own, and label its rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from daybrief.labs.teachers.classifier import Teacher2TaskClassifier

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
_EMPTY = frozenset({"", "na", "n/a", "nan", "null", "none"})


@app.command()
def teachers(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV with a head of names.")],
    features: Annotated[str, typer.Option("--features", metavar="A,B", help="Columns of numbers.")],
    names: Annotated[
        str,
        typer.Option("--teachers", metavar="A,B", help="Columns of labels, one a teacher; empty is silent."),
    ],
    truth: Annotated[
        str, typer.Option("--truth", metavar="COLUMN", help="True labels where known, empty elsewhere.")
    ] = "",
    confidences: Annotated[
        str,
        typer.Option(
            "--confidences", metavar="A,B", help="Columns from 0 to 1, in the order of the teachers."
        ),
    ] = "",
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of the training.")] = 1000,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the CSV here instead of printing it.")
    ] = None,
) -> None:
    """Label every row without a vote; adds the columns label and confidence.

    Exit: 0 labelled; 2 the table cannot be used, and why.
    """
    import numpy as np

    from daybrief.labs.teachers.classifier import Teacher2TaskClassifier

    head, rows = _read(table)
    _several(rows, head, [*_list(names), *([truth] if truth else [])])
    known = Teacher2TaskClassifier(random_state=seed)
    x = np.column_stack([_numbers(rows, head, name, whole=True) for name in _list(features)])
    labels = np.column_stack([_labels(rows, head, name) for name in _list(names)])
    sure = [_numbers(rows, head, name, whole=False) for name in _list(confidences)] if confidences else None
    fitted = _fit(
        known,
        x,
        _labels(rows, head, truth) if truth else None,
        labels,
        None if sure is None else np.column_stack(sure),
    )
    shares = fitted.predict_proba(x)
    chosen = fitted.classes_[shares.argmax(axis=1)]
    _write(head, rows, [str(label) for label in chosen], shares.max(axis=1).tolist(), out)


def _several(rows: list[dict[str, str]], head: list[str], columns: list[str]) -> None:
    """Raises LabError when teachers and truth know one class only."""
    from daybrief.errors import LabError

    classes = {label for name in columns for label in _labels(rows, head, name) if label is not None}
    if len(classes) == 1:
        raise LabError(
            f"the labels hold one class only: {classes.pop()!r}", hint="give rows of two classes or more"
        )


def _fit(
    student: Teacher2TaskClassifier, x: Any, truth: Any, labels: Any, sure: Any
) -> Teacher2TaskClassifier:
    from daybrief.errors import LabError

    try:
        return student.fit(x, truth, labels, sure)
    except ValueError as refused:
        raise LabError(
            f"the table cannot be learned from: {refused}", hint="mend the columns named"
        ) from refused


def _list(names: str) -> list[str]:
    from daybrief.errors import LabError

    columns = [name.strip() for name in names.split(",") if name.strip()]
    if not columns:
        raise LabError(f"{names!r} names no column", hint="name columns, separated by commas")
    return columns


def _read(table: Path) -> tuple[list[str], list[dict[str, str]]]:
    from daybrief.errors import LabError

    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            rows = list(reader)
            head = list(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as broken:
        raise LabError(f"{table} cannot be read: {broken}", hint="give a CSV file in UTF-8") from broken
    if not rows or any(None in row for row in rows):
        raise LabError(f"{table} has no rows, or a row longer than its head", hint="give a head and rows")
    return head, rows


def _column(rows: list[dict[str, str]], head: list[str], name: str) -> list[str]:
    from daybrief.errors import LabError

    if name not in head:
        raise LabError(f"the table has no column {name!r}", hint=f"its columns: {', '.join(head)}")
    return [row[name].strip() for row in rows]


def _labels(rows: list[dict[str, str]], head: list[str], name: str) -> Any:
    import numpy as np

    values = _column(rows, head, name)
    return np.array([None if value.lower() in _EMPTY else value for value in values], dtype=object)


def _numbers(rows: list[dict[str, str]], head: list[str], name: str, *, whole: bool) -> Any:
    """A column of numbers; `whole` allows no gap, else a gap is NaN."""
    import numpy as np

    from daybrief.errors import LabError

    out = []
    for at, value in enumerate(_column(rows, head, name), 1):
        empty = value.lower() in _EMPTY
        try:
            number = float("nan") if empty and not whole else float(value)
        except ValueError:
            number = float("inf")
        if np.isinf(number) or (whole and np.isnan(number)):
            raise LabError(
                f"{value!r} in the column {name!r}, row {at}, is no number", hint="fill or drop that row"
            )
        out.append(number)
    return np.array(out)


def _write(
    head: list[str], rows: list[dict[str, str]], labels: list[str], sure: list[float], out: Path | None
) -> None:
    """The table with two columns more, at once; raises LabError when the file cannot be written."""
    from daybrief.adapters.files import replace_file
    from daybrief.errors import LabError

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*head, "label", "confidence"])
    for row, label, share in zip(rows, labels, sure, strict=True):
        writer.writerow([*(row[name] for name in head), label, f"{share:.4f}"])
    if out is None:
        typer.echo(text.getvalue(), nl=False)
        return
    try:
        replace_file(out, text.getvalue().encode())
    except OSError as refused:
        raise LabError(
            f"{out} cannot be written: {refused.strerror or refused}", hint="name another file"
        ) from refused
    typer.echo(str(out))
