"""`daybrief ask`: a question answered from the archive, with footnotes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from daybrief.cli.options import Config, Json, Whose

if TYPE_CHECKING:
    from daybrief.ask.asking import Answered


def ask(
    question: Annotated[list[str], typer.Argument(metavar="QUESTION", help="Any question, in any words.")],
    config: Config = None,
    profile: Whose = None,
    json: Json = False,
) -> None:
    """Answer a question from the archive alone, with footnotes; or say that nothing was found."""
    from daybrief.answering import asker_of
    from daybrief.config import load
    from daybrief.model import to_json

    settings = load(config, os.environ)
    answer = asker_of(settings, profile=settings.whose(profile)).ask(" ".join(question))
    typer.echo(to_json(answer).decode() if json else "\n".join(_told(answer)))


def _told(answer: Answered) -> list[str]:
    """The answer as lines: numbered sentences, what the numbers stand for, or else what is near."""
    lines = [f"{s.text} {''.join(f'[{n}]' for n in s.footnotes)}" for s in answer.sentences]
    lines += ["", f"({answer.note})"] if lines else [answer.note]
    for note in answer.footnotes:
        lines += ["", f"[{note.number}] {note.title} — {note.day}", f"    {note.url}", f"    “{note.quote}”"]
    if not answer.sentences and answer.nearest:
        lines += ["", *(f"- {hit.title} — {hit.day}\n  {hit.url}" for hit in answer.nearest)]
    return lines
