"""Write docs/reference.md from the code: commands, settings, plugins, errors. A test keeps it current.

python tools/reference.py [--check]
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import typer.testing

from daybrief import errors, plugins
from daybrief.cli import app
from daybrief.config import Settings, documented

PAGE = Path(__file__).parent.parent / "docs" / "reference.md"
COMMANDS = ("run", "import", "opml", "runs", "show", "doctor", "plugins", "config show", "verify", "search")


def page() -> str:
    """The whole page."""
    parts = (
        "# Reference\n\nWritten by `python tools/reference.py` from the code; a test keeps it current.",
        _commands(),
        _settings(),
        _plugins(),
        _errors(),
    )
    return "\n\n".join(parts) + "\n"


def _commands() -> str:
    runner = typer.testing.CliRunner()
    blocks = ["## Commands"]
    for command in COMMANDS:
        shown = runner.invoke(app, [*command.split(), "--help"], terminal_width=100, env={"COLUMNS": "100"})
        text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        blocks.append(
            f"### daybrief {command}\n\n```text\n{text.replace('Usage: root', 'Usage: daybrief')}\n```"
        )
    return "\n\n".join(blocks)


def _settings() -> str:
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    rows += [f"| `{n}` | `{v.replace('|', chr(92) + '|')}` | {m} |" for n, v, m in documented(Settings())]
    table = "\n".join(rows)
    return (
        "## Settings\n\nIn `daybrief.toml`, or in the environment as `DAYBRIEF_<NAME>`, with `__` for each "
        f"dot (`DAYBRIEF_WEB__CONTACT`).\n\n{table}"
    )


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


def _errors() -> str:
    rows = ["| error | exit | meaning |", "| --- | --- | --- |"]
    for error in _tree():
        meaning = (inspect.getdoc(error) or "").splitlines()[0]
        rows.append(f"| `{error.__name__}` | {error.exit_code} | {meaning} |")
    table = "\n".join(rows)
    return (
        "## Errors and exit codes\n\n0 complete · 1 a bug · 2 settings or arguments · "
        f"3 published, but incomplete · 74 storage · 75 try again later\n\n{table}"
    )


def main() -> None:
    """Write the page, or with --check say whether it is current."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    wanted = page()
    if parser.parse_args().check:
        sys.exit(
            0
            if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted
            else "docs/reference.md is stale"
        )
    PAGE.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
