"""Write docs/reference.md and docs/errors.md from the code. A test keeps them current.

python tools/reference.py [--check]
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
import typer.testing

from daybrief import errors, plugins
from daybrief.cli import app
from daybrief.config import Profile, Settings, documented
from daybrief.languages.phrases import explanations, slug

DOCS = Path(__file__).parent.parent / "docs"


def pages() -> dict[Path, str]:
    """Every generated page."""
    return {DOCS / "reference.md": reference(), DOCS / "errors.md": errors_page()}


def errors_page() -> str:
    """The meaning of each error and what to do, as `daybrief explain` tells it."""
    parts = [
        "# Errors\n\nWhat daybrief says when something is wrong, and what to do about it. An error names "
        "its entry here, and `daybrief explain NAME` prints it, in English and in Korean.\n\n"
        "```bash\ndaybrief explain\ndaybrief explain archive-busy\n```"
    ]
    for error in _tree():
        name = slug(error)
        explanation = explanations("en")[name]
        parts.append(f"## {name}\n\n{explanation.what}\n\n→ {explanation.todo}")
    return "\n\n".join(parts) + "\n"


def reference() -> str:
    """Commands, settings, plugins, errors."""
    parts = (
        "# Reference\n\nWritten by `python tools/reference.py` from the code; a test keeps it current.",
        _commands(),
        _settings(),
        _plugins(),
        _exits(),
        _errors(),
    )
    return "\n\n".join(parts) + "\n"


def _names(of: typer.Typer, before: str = "") -> Iterator[str]:
    """Every command of the program, those of groups after their group's name."""
    for command in of.registered_commands:
        yield f"{before}{command.name or getattr(command.callback, '__name__', '')}"
    for group in of.registered_groups:
        if group.typer_instance is not None:
            if group.typer_instance.info.invoke_without_command is True:
                yield f"{before}{group.name}"
            yield from _names(group.typer_instance, f"{before}{group.name} ")


def _commands() -> str:
    runner = typer.testing.CliRunner()
    blocks = ["## Commands"]
    for command in _names(app):
        shown = runner.invoke(app, [*command.split(), "--help"], terminal_width=100, env={"COLUMNS": "100"})
        text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        blocks.append(
            f"### daybrief {command}\n\n```text\n{text.replace('Usage: root', 'Usage: daybrief')}\n```"
        )
    return "\n\n".join(blocks)


def _settings() -> str:
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    rows += [f"| `{n}` | `{v.replace('|', chr(92) + '|')}` | {m} |" for n, v, m in _documented()]
    table = "\n".join(rows)
    return (
        "## Settings\n\nIn `daybrief.toml`, or in the environment as `DAYBRIEF_<NAME>`, with `__` for each "
        f"dot (`DAYBRIEF_WEB__CONTACT`).\n\n{table}"
    )


def _documented() -> list[tuple[str, str, str]]:
    return [*documented(Settings()), *documented(Profile(), "profiles.NAME.")]


def _plugins() -> str:
    blocks = [
        '## Plugins\n\nEach is chosen by `use = "name"`; the other keys of its table are its options. '
        "How to write one: [plugins.md](plugins.md)."
    ]
    for group, members in plugins.catalogue().items():
        blocks.append(f"### {group}")
        for name, line in members.items():
            options = inspect.getdoc(plugins.module(group, name).Options) or ""
            blocks.append(f"#### {name}\n\n{line}\n\n```text\n{options}\n```")
    return "\n\n".join(blocks)


def _tree() -> Iterator[type[errors.DaybriefError]]:
    todo = [errors.DaybriefError]
    while todo:
        error = todo.pop(0)
        yield error
        todo = [*error.__subclasses__(), *todo]


def _exits() -> str:
    rows = ["| exit | meaning |", "| --- | --- |", *(f"| {n} | {text} |" for n, text in errors.EXITS.items())]
    return "## Exit codes\n\nOne table for every command.\n\n" + "\n".join(rows)


def _errors() -> str:
    rows = ["| error | exit | meaning |", "| --- | --- | --- |"]
    for error in _tree():
        meaning = (inspect.getdoc(error) or "").splitlines()[0]
        rows.append(f"| `{error.__name__}` | {error.exit_code} | {meaning} |")
    table = "\n".join(rows)
    return (
        "## Errors and exit codes\n\n0 complete · 1 a bug · 2 settings or arguments · "
        "3 published, but incomplete · 74 storage · 75 try again later. In plain words: "
        f"[errors.md](errors.md).\n\n{table}"
    )


def main() -> None:
    """Write the pages, or with --check say whether they are current."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    for path, wanted in pages().items():
        if check and (not path.exists() or path.read_text(encoding="utf-8") != wanted):
            sys.exit(f"{path.name} is stale")
        if not check:
            path.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
