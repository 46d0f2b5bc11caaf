"""What is read of an archive is told in words, and as JSON where that is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.end_to_end.conftest import program
from typer.testing import CliRunner, Result

from daybrief.cli import app
from daybrief.errors import ConfigError

TULU = "arxiv:2411.15124"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the founding day was made and a profile is set."""
    folder = tmp_path_factory.mktemp("told")
    done = program(folder)("run", "--replay", "founding", "--out", "demo")
    assert done.returncode == 0, done.stderr
    (folder / "daybrief.toml").write_text(
        'archive = "demo/.daybrief/archive.sqlite"\nlanguage = "en"\n[profiles.me]\n', encoding="utf-8"
    )
    return folder


@pytest.fixture
def here(told: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(told / "home"))
    monkeypatch.chdir(told)
    return told


def said(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("search", "language"), "TÜLU 3"),
        (("search", "zzzqqq"), "nothing found"),
        (("ask", "What is TÜLU 3?"), "TÜLU 3"),
        (("runs",), "complete"),
        (("archive", "check"), ""),
        (("archive", "check", "--json"), ""),
        (("archive", "backup", "kept.sqlite"), "kept.sqlite"),
        (("taste", "list", "--profile", "me"), ""),
        (("taste", "--profile", "me"), ""),
        (("outbox",), "nothing is waiting"),
        (("export", "2024-11-26", "--form", "bibtex"), ""),
    ],
)
def test_a_command_tells_what_the_archive_holds(here: Path, words: tuple[str, ...], expected: str) -> None:
    done = said(*words)
    assert done.exit_code == 0, done.exception or done.output
    assert expected in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("search", "language", "--json"),
        ("ask", "What is TÜLU 3?", "--json"),
        ("runs", "--json"),
        ("taste", "list", "--profile", "me", "--json"),
        ("taste", "--profile", "me", "--json"),
    ],
)
def test_what_is_told_in_words_is_told_as_json(here: Path, words: tuple[str, ...]) -> None:
    done = said(*words)
    assert done.exit_code == 0, done.exception or done.output
    json.loads(done.stdout)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("topics",), "search.embedder is not set"),
        (("verify", "demo"), "Is a directory"),
        (("export", "2024-11-27", "--form", "bibtex"), "no edition of 2024-11-27"),
        (("like", TULU, "--profile", "nobody"), "nobody"),
    ],
)
def test_what_cannot_be_told_is_an_error_with_its_reason(
    here: Path, words: tuple[str, ...], why: str
) -> None:
    done = said(*words)
    assert isinstance(done.exception, ConfigError)
    assert why in done.exception.message


def test_a_reader_s_judgement_is_kept_listed_and_forgotten(here: Path) -> None:
    assert said("like", TULU, "--profile", "me").exit_code == 0
    assert "TÜLU 3" in said("taste", "list", "--profile", "me").stdout
    assert said("dislike", TULU, "--profile", "me").exit_code == 0
    assert said("taste", "forget", TULU, "--profile", "me").exit_code == 0
    assert "TÜLU 3" not in said("taste", "list", "--profile", "me").stdout
