"""`daybrief explain`: what an error means and what to do."""

from __future__ import annotations

import os
from typing import Annotated

import typer


def explain(
    name: Annotated[
        str, typer.Argument(metavar="[ERROR]", help="As the error names itself: archive-busy.")
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help="`en` or `ko`; default: that of your terminal.")
    ] = "",
) -> None:
    """Explain an error in plain words; without a name, list all of them."""
    from daybrief.text.explanations import explained, explanations

    chosen = language or preferred(os.environ.get("LC_ALL") or os.environ.get("LANG") or "")
    if not name:
        for slug, one in explanations(chosen).items():
            typer.echo(f"{slug:<20} {one.what.partition('. ')[0].rstrip('.')}")
        return
    one = explained(name, chosen)
    typer.echo(f"{one.what}\n\n→ {one.todo}")


def preferred(locale: str) -> str:
    """The language a POSIX locale name asks for, English unless it is Korean."""
    return "ko" if locale.lower().startswith("ko") else "en"
