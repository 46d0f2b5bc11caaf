"""`daybrief like`, `dislike`, `taste`: what a profile's reader wants to see more and less of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from daybrief.cli.options import Config, Json, Whose, app_of

app = typer.Typer(help="What a profile has learned, and from what.", rich_markup_mode=None)

Keys = Annotated[
    list[str], typer.Argument(metavar="KEY…", help="arXiv ids, DOIs, addresses or keys of stories.")
]


def like(keys: Keys, profile: Whose = None, config: Config = None) -> None:
    """More of this: what is named joins what the profile's order is learned from."""
    _judge(keys, profile, config, liked=True)


def dislike(keys: Keys, profile: Whose = None, config: Config = None) -> None:
    """Not for me: what is named, and what is like it, is ranked lower."""
    _judge(keys, profile, config, liked=False)


def _judge(keys: list[str], profile: str | None, config: Path | None, *, liked: bool) -> None:

    program = app_of(config)
    name = program.settings.whose_taste(profile)
    for example in program.like(keys, name, liked=liked):
        typer.echo(f"{name}: {'+' if liked else '-'} {example.title}")


@app.callback(invoke_without_command=True)
def taste(context: typer.Context, profile: Whose = None, config: Config = None, json: Json = False) -> None:
    """What a profile has learned: the words that speak for and against a story, and from how much."""
    if context.invoked_subcommand:
        return
    from daybrief.model import to_json

    program = app_of(config)
    name = program.settings.whose_taste(profile)
    found = program.learned(name)
    typer.echo(to_json(found).decode() if json else _in_words(found))


def _in_words(found: Any) -> str:
    if not found.liked + found.disliked:
        return "nothing learned yet: try `daybrief like KEY`, or `daybrief taste import FILE.bib`"
    lines = [
        f"{found.liked} liked, {found.disliked} not; so many examples count {100 * found.trust:.0f} % "
        "of what taste may add"
    ]
    lines += [f"  + {word:<28} {weight:+.3f}" for word, weight in found.words_for]
    lines += [f"  - {word:<28} {weight:+.3f}" for word, weight in found.words_against]
    return "\n".join(lines)


@app.command("list")
def examples(profile: Whose = None, config: Config = None, json: Json = False) -> None:
    """List the examples a profile learns from, oldest first."""
    from daybrief.model import to_json

    program = app_of(config)
    name = program.settings.whose_taste(profile)
    held = program.examples(name)
    if json:
        typer.echo(to_json(held).decode())
        return
    for one in held:
        typer.echo(f"{'+' if one.liked else '-'} {one.key:<24} {one.origin:<7} {one.title}")
    if not held:
        typer.echo("no examples yet")


@app.command("forget")
def forget(keys: Keys, profile: Whose = None, config: Config = None) -> None:
    """Take back likes and dislikes."""

    program = app_of(config)
    name = program.settings.whose_taste(profile)
    for key in program.forget(keys, name):
        typer.echo(f"forgotten: {key}")


@app.command("import")
def bring(
    file: Annotated[Path, typer.Argument(metavar="FILE.bib|.json|.ris", help="A reference library.")],
    profile: Whose = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Like everything in a reference library: BibTeX, CSL JSON (Zotero) or RIS.

    Entries that cannot be used are named; a file without any usable one is refused.
    """
    from daybrief.model import to_json

    program = app_of(config)
    name = program.settings.whose_taste(profile)
    shelf = program.import_library(file, name)
    told = {"read": len(shelf.references), "skipped": shelf.skipped}
    if json:
        typer.echo(to_json(told).decode())
        return
    typer.echo(f"{len(shelf.references)} liked from {file}")
    for why in shelf.skipped[:20]:
        typer.echo(f"  skipped: {why}", err=True)
