"""The commands that keep an archive tell what they do in words, and as JSON on request."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.end_to_end.conftest import program
from typer.testing import CliRunner, Result

from daybrief.cli import app
from daybrief.errors import ConfigError

ROW = '{"title": "A paper on parsing", "url": "https://example.org/a", "text": "We parse.", "kind": "paper"}'
FEEDS = (
    '<opml version="2.0"><body>'
    '<outline text="One" xmlUrl="https://example.org/1.xml"/><outline text="One" xmlUrl="https://example.org/2.xml"/>'
    "</body></opml>"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the founding day was made."""
    folder = tmp_path_factory.mktemp("made")
    done = program(folder)("run", "--replay", "founding", "--out", "demo")
    assert done.returncode == 0, done.stderr
    (folder / "daybrief.toml").write_text('archive = "demo/.daybrief/archive.sqlite"\n', encoding="utf-8")
    return folder


@pytest.fixture
def working_folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, to be changed."""
    folder = shutil.copytree(made, tmp_path / "here")
    monkeypatch.setenv("HOME", str(folder / "home"))
    monkeypatch.chdir(folder)
    return folder


def invoke(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_backups_are_made_listed_and_put_back(working_folder: Path, form: tuple[str, ...]) -> None:
    assert invoke("archive", "backup", *form).exit_code == 0
    listed = invoke("archive", "backup", "--list", *form)
    assert listed.exit_code == 0
    assert ".sqlite" in listed.stdout
    restored = invoke("archive", "restore", *form)
    assert restored.exit_code == 0, restored.exception or restored.output
    assert invoke("archive", "check").exit_code == 0


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_can_be_read_is_salvaged_and_copied(working_folder: Path, form: tuple[str, ...]) -> None:
    source = "demo/.daybrief/archive.sqlite"
    assert invoke("archive", "salvage", "--to", "saved.sqlite", *form).exit_code == 0
    copied = invoke("archive", "copy", source, "copied.sqlite", *form)
    assert copied.exit_code == 0, copied.exception or copied.output
    assert invoke("archive", "check", "copied.sqlite").exit_code == 0


def test_a_check_and_a_backup_name_the_archive_and_its_days(working_folder: Path) -> None:
    assert "demo/.daybrief/archive.sqlite, 1일치" in invoke("archive", "check").stdout
    assert "demo/.daybrief/archive.sqlite, 1일치" in invoke("archive", "backup").stdout


def test_without_backups_the_list_says_so(working_folder: Path) -> None:
    for kept in (working_folder / "demo" / ".daybrief").rglob("*backup*"):
        shutil.rmtree(kept) if kept.is_dir() else kept.unlink()
    assert "아직 백업이 없습니다" in invoke("archive", "backup", "--list").stdout


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_row_that_is_no_item_is_named_and_the_others_go_in(
    working_folder: Path, form: tuple[str, ...]
) -> None:
    Path("rows.jsonl").write_text(f"{ROW}\nnot a row\n", encoding="utf-8")
    done = invoke("import", "rows.jsonl", "--day", "2024-11-27", *form)
    assert done.exit_code == 3, done.exception or done.output
    assert "2: 항목이 아닙니다" in done.output
    if form:
        assert json.loads(done.stdout)["new"] == 1


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_feeds_of_a_list_become_sources_with_names_of_their_own(
    working_folder: Path, form: tuple[str, ...]
) -> None:
    Path("feeds.opml").write_text(FEEDS, encoding="utf-8")
    done = invoke("opml", "feeds.opml", *form)
    assert done.exit_code == 0, done.exception or done.output
    assert "one_2" in done.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("opml",), "opml reads a file"),
        (("opml", "none.opml"), "cannot be read"),
        (("opml", "empty.opml"), "names no feed"),
    ],
)
def test_a_list_that_holds_no_feed_is_refused_by_name(
    working_folder: Path, words: tuple[str, ...], complaint: str
) -> None:
    Path("empty.opml").write_text('<opml version="2.0"><body/></opml>', encoding="utf-8")
    refused = invoke(*words).exception
    assert isinstance(refused, ConfigError)
    assert complaint in refused.message


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_site_tells_what_it_holds_and_what_needs_its_address(
    working_folder: Path, form: tuple[str, ...]
) -> None:
    done = invoke("site", "--out", "pages", *form)
    assert done.exit_code == 0, done.exception or done.output
    assert (working_folder / "pages" / "index.html").is_file()
    assert form or "--base-url" in done.stdout


def test_a_site_with_its_address_misses_nothing(working_folder: Path) -> None:
    done = invoke("site", "--out", "pages", "--base-url", "https://example.org/brief/")
    assert done.exit_code == 0
    assert "no feeds" not in done.stdout


@pytest.mark.parametrize("form", ["bibtex", "csl", "jsonl", "obsidian", "opml"])
def test_a_day_is_given_out_as_files_in_every_form(working_folder: Path, form: str) -> None:
    done = invoke("export", "2024-11-26", "--form", form, "--out", "given")
    assert done.exit_code == 0, done.exception or done.output
    assert any(path.is_file() for path in (working_folder / "given").rglob("*"))


@pytest.mark.parametrize(("form", "complaint"), [("word", "is unknown"), ("obsidian", "makes many files")])
def test_a_form_that_cannot_be_printed_is_refused(working_folder: Path, form: str, complaint: str) -> None:
    refused = invoke("export", "2024-11-26", "--form", form).exception
    assert isinstance(refused, ConfigError)
    assert complaint in refused.message


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize("words", [("plugins",), ("model", "list"), ("runs",), ("config", "show")])
def test_listings_are_printed_in_words_and_as_json(
    working_folder: Path, words: tuple[str, ...], form: tuple[str, ...]
) -> None:
    done = invoke(*words, *form)
    assert done.exit_code == 0, done.exception or done.output
    assert done.stdout.strip()
    if form:
        json.loads(done.stdout)
