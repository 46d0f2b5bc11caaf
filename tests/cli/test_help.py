"""Help, verdicts and lists speak the reader's language, which is known before any settings are read."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from daybrief.cli import app, speak_help
from daybrief.cli.options import wished
from daybrief.languages.phrases import helps

OWN_WORDS = {"Usage: ", "Options", "Commands", "Arguments", "Show this message and exit."}  # of the library


def every(command: Any) -> Iterator[Any]:
    yield command
    for each in getattr(command, "commands", {}).values():
        yield from every(each)


def texts_of(command: Any) -> set[str]:
    """All help of a command and of those below it."""
    helped = {inspect.cleandoc(each.help) for each in every(command) if each.help}
    options = (option for each in every(command) for option in each.params)
    return helped | {option.help for option in options if getattr(option, "help", None)}


def test_every_text_of_the_help_is_there_in_korean_and_no_other() -> None:
    assert set(helps("ko")) == texts_of(typer.main.get_command(app)) | OWN_WORDS


def test_korean_help_keeps_the_options_and_exit_codes_that_the_english_names() -> None:
    for english, korean in helps("ko").items():
        named = re.findall(r"`[^`]+`|(?<!\w)--[a-z-]+|\b\d+(?= %|:)", english)
        assert not [name for name in named if name not in korean], english
        codes = re.findall(r"(?:Exit: |, )(\d+) ", english)
        assert all(re.search(rf"(?<!\d){code} ", korean) for code in codes), english


def test_a_spoken_help_leaves_no_english_sentence() -> None:
    command = typer.main.get_command(app)
    speak_help(command, helps("ko"))
    assert not [text for text in texts_of(command) if not re.search("[가-힣]", text)]


def run(folder: Path, *words: str, **variables: str) -> str:
    """The output of a command in a folder, with an environment that says nothing else of a language."""
    environment = {k: v for k, v in os.environ.items() if k not in {"DAYBRIEF_LANGUAGE", "LANG", "LC_ALL"}}
    done = subprocess.run(
        [sys.executable, "-m", "daybrief", *words],
        cwd=folder, env=environment | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("settings", "variables", "opening"),
    [
        ("", {}, "Usage: "),
        ("", {"LANG": "ko_KR.UTF-8"}, "사용법: "),
        ('language = "en"\n', {"LANG": "ko_KR.UTF-8"}, "Usage: "),
        ('language = "ko"\n', {}, "사용법: "),
        ('language = "ko"\n', {"DAYBRIEF_LANGUAGE": "en"}, "Usage: "),
        ("language = [", {}, "Usage: "),  # broken
        ("language = 3\n", {}, "Usage: "),
    ],
)
def test_help_is_in_the_language_of_the_settings_or_of_the_terminal(
    tmp_path: Path, settings: str, variables: dict[str, str], opening: str
) -> None:
    if settings:
        (tmp_path / "daybrief.toml").write_text(settings, encoding="utf-8")
    for words in ((), ("archive",), ("run", "--help"), ("archive", "check", "-h")):
        assert run(tmp_path, *words, **variables).startswith(opening), words


def test_an_error_is_explained_in_the_language_of_the_settings(tmp_path: Path) -> None:
    assert re.search("[가-힣]", run(tmp_path, "explain", "archive-busy", DAYBRIEF_LANGUAGE="ko"))
    assert not re.search("[가-힣]", run(tmp_path, "explain", "archive-busy", DAYBRIEF_LANGUAGE="en"))


def test_labs_and_models_are_listed_in_the_language_of_the_settings(tmp_path: Path) -> None:
    for words in (("lab", "list"), ("model", "list")):
        assert re.search("[가-힣]", run(tmp_path, *words, DAYBRIEF_LANGUAGE="ko")), words
        assert not re.search("[가-힣]", run(tmp_path, *words, DAYBRIEF_LANGUAGE="en")), words


def test_verdicts_are_given_in_the_language_of_the_settings(tmp_path: Path) -> None:
    digest = "# 2024-11-26\n\n## A\n\n**Summary:**\n\nNothing of it is known.\n\n**Sources:**\n\n- none\n"
    (tmp_path / "digest.md").write_text(digest, encoding="utf-8")
    assert "확인 불가" in run(tmp_path, "verify", "digest.md", DAYBRIEF_LANGUAGE="ko")
    assert "not checkable" in run(tmp_path, "verify", "digest.md", DAYBRIEF_LANGUAGE="en")


def test_settings_that_say_no_language_leave_it_to_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DAYBRIEF_LANGUAGE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert wished() == "ja"
