"""The command line: each command a dozen lines, everything heavy imported when it is needed."""

from __future__ import annotations

import sys

import typer

import daybrief
from daybrief.cli import archive, bring, deliver, feeds, lab, publish, read, run, setup, taste, verify
from daybrief.errors import DaybriefError

app = typer.Typer(
    name="daybrief",
    help="The AI papers and news worth knowing, every morning, checked sentence by sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(setup.init)
app.command("run")(run.run)
app.command("import")(bring.import_items)
app.command("opml")(feeds.opml)
app.command("runs")(read.runs)
app.command("show")(read.show)
app.command("deliver")(deliver.deliver)
app.command("search")(read.search)
app.command("ask")(read.ask)
app.command("serve")(read.serve)
app.command("mcp")(read.mcp)
app.command("like")(taste.like)
app.command("dislike")(taste.dislike)
app.command("site")(publish.site)
app.command("export")(publish.export)
app.command("schedule")(setup.schedule)
app.command("doctor")(setup.doctor)
app.command("explain")(setup.explain)
app.command("plugins")(setup.plugins)
app.command("verify")(verify.verify)
app.add_typer(archive.app, name="archive")
app.add_typer(deliver.app, name="outbox")
app.add_typer(lab.app, name="lab")
app.add_typer(taste.app, name="taste")
app.add_typer(setup.config, name="config")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"daybrief {daybrief.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", help="Print the version.", callback=_version, is_eager=True
    ),
) -> None:
    """The AI papers and news worth knowing, every morning, checked sentence by sentence."""


def main() -> None:
    """Run the program; an expected error ends in one clear line, its hint and its exit code."""
    try:
        app()
    except DaybriefError as error:
        from daybrief.text.explanations import slug

        typer.echo(f"daybrief: {error.message}", err=True)
        if error.hint:
            typer.echo(f"  → {error.hint}", err=True)
        typer.echo(f"  ? daybrief explain {slug(error)}", err=True)
        sys.exit(error.exit_code)
