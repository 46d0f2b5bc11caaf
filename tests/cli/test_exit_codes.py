"""The one table of exit codes, held against every command that the program has."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from daybrief import cli
from daybrief.errors import EXITS

# What a command cannot do without; a command that needs something new has to be given it here.
WORDS = {
    "words": ["diffusion"], "question": ["diffusion"], "keys": ["2411.15124"], "day": ["2024-11-26"],
    "ids": ["1"], "paper": ["no-such-paper"], "kind": ["cron"], "file": ["rows.jsonl"],
    "source": ["a.sqlite"], "target": ["b.sqlite"], "form": ["--form", "bibtex"],
    "to": ["--to", "new.sqlite"], "scope": ["scope.md"],
    "name": ["no-such-model"], "model": ["no-such-model"],
    "since": ["--from", "2024-11-26"], "until": ["--to", "2024-11-26"],
}  # fmt: skip
MORE = {
    "run": ["--day", "2024-11-26"], "taste import": ["mine.bib"], "verify": ["digest.md"],
    "opml": ["--export"], "guard check": ["what is a transformer?"],
}  # fmt: skip
# Commands that open no archive, or not the configured one, or that are there to mend it.
WITHOUT_ARCHIVE = {
    "opml", "schedule", "doctor", "archive copy", "archive restore", "archive salvage",
    "guard fit", "guard check", "guard serve", "model list", "model get", "model path", "model try",
}  # fmt: skip


def leaves(group: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Every command by its full name; a group that does something by itself is one, too."""
    commands = getattr(group, "commands", None)
    if commands is None or (path and getattr(group, "invoke_without_command", False)):
        yield " ".join(path), group
    for name, command in (commands or {}).items():
        yield from leaves(command, (*path, name))


COMMANDS = dict(leaves(typer.main.get_command(cli.app)))
WITH_SETTINGS = [name for name, c in COMMANDS.items() if any("--config" in p.opts for p in c.params)]  # type: ignore[attr-defined]
OF_ARCHIVE = [name for name in WITH_SETTINGS if name not in {*WITHOUT_ARCHIVE, "config show"}]


def words_of(name: str) -> list[str]:
    """The command with what it cannot do without."""
    needed = [p.name for p in COMMANDS[name].params if p.required]  # type: ignore[attr-defined]
    given = [word for parameter in needed for word in WORDS[parameter]]
    return [*name.split(), *MORE.get(name, given)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with files for the commands that read one."""
    monkeypatch.chdir(tmp_path)
    for variable in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    (tmp_path / "rows.jsonl").write_text(json.dumps({"id": "2411.00001", "title": "A title"}) + "\n")
    (tmp_path / "digest.md").write_text(
        "# Daily Artificial Intelligence Insights 2024-11-26\n\n## A category\n\n"
        "**Summary:**\n\nA model is small.\n\n**Sources:**\n\n- [A title](https://arxiv.org/abs/2411.00001)\n"
    )
    (tmp_path / "scope.md").write_text("Questions about language models.\n")
    (tmp_path / "mine.bib").write_text("@misc{a, title={A paper of mine}}\n")
    (tmp_path / "daybrief.toml").write_text('archive = "a.sqlite"\n[profiles.me]\n')
    return tmp_path


def exit_code(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """The code the program ends with, run in this process; what is no exit is a bug and propagates."""
    monkeypatch.setattr(sys, "argv", ["daybrief", *arguments])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    return int(exit_.value.code or 0)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_no_failure_and_names_only_codes_of_the_table(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code([*name.split(), "--help"], monkeypatch) == 0
    for exits in re.findall(r"Exit: (.+?)(?:\n\n|\Z)", capsys.readouterr().out, re.S):
        codes = {int(code) for code in re.findall(r"(?:^|,\s+)(\d+) [a-z]", exits)}
        assert codes
        assert codes <= EXITS.keys()


SPOKEN = [
    *((*name.split(), "--help") for name in COMMANDS),
    ("plugins",), ("runs",), ("explain", "config-error"), ("config", "show"), ("opml", "--export"),
    ("model", "list"), ("search", "diffusion"), ("ask", "diffusion"), ("outbox",),
]  # fmt: skip


@pytest.mark.parametrize("words", SPOKEN, ids=" ".join)
def test_a_reader_who_stops_reading_changes_no_exit_code_and_a_full_disk_is_told(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as closed, Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", closed)
        assert exit_code([*words], monkeypatch) == 0
        monkeypatch.setattr(sys, "stdout", full)
        assert exit_code([*words], monkeypatch) == 74
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    lines = capfd.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("daybrief: what the command says cannot be written")]


@pytest.mark.parametrize("encoding", ["ascii", "euc-kr", "latin-1", "utf-8"])
def test_what_a_locale_has_no_letters_for_ends_no_command(
    encoding: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "rows.jsonl").write_text(
        '{"id": "2411.00001", "title": "Über 한국어 모델 — ∀x 日本", "abstract": "a"}\n'
    )
    with (folder / "out.txt").open("w", encoding=encoding) as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert exit_code(["import", "rows.jsonl", "--day", "2024-11-26"], monkeypatch) == 0
        assert exit_code(["like", "2411.00001"], monkeypatch) == 0
    written = (folder / "out.txt").read_text(encoding=encoding, errors="replace")
    assert written.splitlines()[1].startswith("me: + ")


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_that_is_none_ends_with_2(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert exit_code([*words_of(name), "--no-such-option"], monkeypatch) == 2


@pytest.mark.parametrize("name", WITH_SETTINGS)
def test_settings_that_cannot_be_read_end_with_2(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "daybrief.toml").write_text("x =\n")
    assert exit_code(words_of(name), monkeypatch) == 2
    assert "not valid TOML" in capsys.readouterr().err


@pytest.mark.parametrize("name", OF_ARCHIVE)
def test_an_archive_that_is_none_ends_with_74(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.sqlite").write_bytes(b"This is no archive. " * 500)
    assert exit_code(words_of(name), monkeypatch) == 74


def test_the_doctor_says_that_such_an_archive_is_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.sqlite").write_bytes(b"This is no archive. " * 500)
    assert exit_code(["doctor"], monkeypatch) == 1
    assert exit_code(["doctor", "--serve"], monkeypatch) == 1
