"""`daybrief init`: three questions, and a commented configuration."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def init(
    file: Annotated[Path, typer.Option("--file", metavar="FILE", help="Where to write it.")] = Path(
        "daybrief.toml"
    ),
    language: Annotated[str | None, typer.Option("--language", help="`ko` or `en`.")] = None,
    interests: Annotated[
        str | None, typer.Option("--interests", help="Words of interest, parted by commas.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="none, openai:NAME, anthropic:NAME, google:NAME, URL NAME."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Ask three questions (language, interests, model or none) and write a commented configuration.

    What an option answers is not asked; away from a terminal nothing is asked, and defaults hold.
    """
    from daybrief.adapters.settings_file import local_zone, write_settings
    from daybrief.cli.explain import preferred
    from daybrief.cli.first_settings import Answers, first_settings, interests_of
    from daybrief.errors import ConfigError
    from daybrief.languages.phrases import phrases

    if file.exists() and not force:
        raise ConfigError(f"{file} is there already", hint="edit it, or replace it with --force")
    asks = sys.stdin.isatty()
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    spoken = language or preferred(locale) if not asks or language else _ask("Language · 언어 (ko, en)", "ko")
    say = phrases(spoken if spoken in {"ko", "en"} else "en")
    wanted = interests if interests is not None else _ask(say("init.interests"), "") if asks else ""
    chosen = model if model is not None else _ask(say("init.model"), "none") if asks else "none"
    answers = Answers(language=spoken, interests=interests_of(wanted), model=chosen)
    write_settings(file, first_settings(answers, local_zone(os.environ, spoken)))
    typer.echo(say("init.written", file=str(file)))
    for step in ("doctor", "run", "serve", "schedule"):
        typer.echo(f"  daybrief {step:<10} {say(f'init.{step}')}")
    if chosen not in {"", "none"}:
        typer.echo(say("init.key"))


def _ask(question: str, default: str) -> str:
    return str(typer.prompt(question, default=default, show_default=bool(default)))
