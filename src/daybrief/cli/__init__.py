"""The command line: each command a dozen lines, everything heavy imported when it is needed."""

from __future__ import annotations

import gc
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

import daybrief
from daybrief.cli import archive, lab, read, run, setup
from daybrief.cli.options import speak, speak_through_outlets, spoken, wished
from daybrief.errors import DaybriefError
from daybrief.languages import SOURCE

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
app.command("backfill")(run.backfill)
app.command("import")(archive.import_items)
app.command("opml")(archive.opml)
app.command("runs")(read.runs)
app.command("show")(read.show)
app.command("deliver")(run.deliver)
app.command("search")(read.search)
app.command("topics")(read.topics)
app.command("ask")(read.ask)
app.command("serve")(read.serve)
app.command("mcp")(read.mcp)
app.command("like")(read.like)
app.command("dislike")(read.dislike)
app.command("site")(archive.site)
app.command("export")(archive.export)
app.command("schedule")(setup.schedule)
app.command("doctor")(setup.doctor)
app.command("watch")(setup.watch)
app.command("explain")(setup.explain)
app.command("plugins")(setup.plugins)
app.command("verify")(read.verify)
app.add_typer(archive.archive_app, name="archive")
app.add_typer(run.outbox_app, name="outbox")
app.add_typer(lab.app, name="lab")
app.add_typer(read.guard_app, name="guard")
app.add_typer(read.taste_app, name="taste")
app.add_typer(setup.config, name="config")
app.add_typer(setup.model_app, name="model")


_SELDOM = 100_000  # objects: what a start makes lives on; looking for cycles took a tenth of its time


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


def speak_help(command: Any, texts: Mapping[str, str]) -> None:
    """Puts the help of a command, and of all commands below it, into the language of `texts`."""
    if command.help:
        command.help = texts.get(inspect.cleandoc(command.help), command.help)
    for parameter in command.params:
        if english := getattr(parameter, "help", None):
            parameter.help = texts.get(english, english)
    for each in getattr(command, "commands", {}).values():
        speak_help(each, texts)


_NARROW = 0.7  # of a line's columns: Hangul takes two, what stands between takes one


def _formatter(base: type[Any], texts: Mapping[str, str]) -> type[Any]:
    """The formatter of help with its headings in the language of `texts`."""

    class Formatter(base):  # type: ignore[misc]
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.width: int = int(self.width * _NARROW)

        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix or texts["Usage: "])

        def write_heading(self, heading: str) -> None:
            super().write_heading(texts.get(heading, heading))

        def write_dl(self, rows: Sequence[tuple[str, str]], *given: Any, **named: Any) -> None:
            super().write_dl([(name, texts.get(text, text)) for name, text in rows], *given, **named)

    return Formatter


def _program(words: Sequence[str]) -> Callable[[], Any]:
    """The commands; where help is asked for, with help in the language that is spoken."""
    from daybrief.languages.phrases import helps

    groups = {group.name for group in app.registered_groups}
    asks = not {"-h", "--help"}.isdisjoint(words) or not set(words[-1:]) - groups
    texts = helps(spoken()) if asks and spoken() != SOURCE else {}
    if not texts:
        return app
    commands: Any = typer.main.get_command(app)
    speak_help(commands, texts)
    commands.context_class.formatter_class = _formatter(commands.context_class.formatter_class, texts)
    return commands  # type: ignore[no-any-return]


def main() -> None:
    """Run the program; an expected error ends in one clear line, its hint and its exit code."""
    gc.set_threshold(_SELDOM)
    speak_through_outlets()
    speak(wished())
    try:
        try:
            _program(sys.argv[1:])()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except DaybriefError as error:
        from daybrief.languages.phrases import explained, slug

        typer.echo(f"daybrief: {error.message}", err=True)
        if error.hint:
            typer.echo(f"  → {error.hint}", err=True)
        if spoken() != SOURCE:
            typer.echo(f"  {explained(slug(error), spoken()).what}", err=True)
        typer.echo(f"  ? daybrief explain {slug(error)}", err=True)
        sys.exit(error.exit_code)
