"""The commands that read an archive tell what they find in words, and as JSON on request."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from tests.end_to_end.conftest import program
from typer.testing import CliRunner, Result

from daybrief.cli import app, main
from daybrief.errors import ConfigError
from daybrief.testing.archives import open_archive
from daybrief.testing.editions import DAY, MADE_AT

TULU = "arxiv:2411.15124"


@pytest.fixture(scope="module")
def founding_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the founding day was made and a profile is set."""
    folder = tmp_path_factory.mktemp("told")
    done = program(folder)("run", "--replay", "founding", "--out", "demo")
    assert done.returncode == 0, done.stderr
    (folder / "daybrief.toml").write_text(
        'archive = "demo/.daybrief/archive.sqlite"\nlanguage = "en"\n[profiles.me]\n', encoding="utf-8"
    )
    (folder / "alone.toml").write_text('archive = "demo/.daybrief/archive.sqlite"\n', encoding="utf-8")
    return folder


@pytest.fixture
def working_folder(founding_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(founding_folder / "home"))
    monkeypatch.chdir(founding_folder)
    return founding_folder


def invoke(*words: str) -> Result:
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
        (("show", "2024-11-26", "--config", "alone.toml"), "TÜLU 3"),
        (("show", "2024-11-26", "--receipts", "--config", "alone.toml"), "2024-11-26/papers.md"),
        (("deliver", "--preview", "letters", "--config", "alone.toml"), "보낼 것이 있는 채널이 없습니다"),
        (("plugins",), "arxiv"),
        (("explain",), "archive-busy"),
        (("explain", "archive-busy", "--language", "en"), "→ "),
        (("model", "list"), "GB"),
    ],
)
def test_a_command_tells_what_the_archive_holds(
    working_folder: Path, words: tuple[str, ...], expected: str
) -> None:
    done = invoke(*words)
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
        ("show", "2024-11-26", "--json", "--config", "alone.toml"),
        ("show", "2024-11-26", "--receipts", "--json", "--config", "alone.toml"),
        ("deliver", "--preview", "letters", "--json", "--config", "alone.toml"),
        ("outbox", "--json"),
        ("plugins", "--json"),
        ("model", "list", "--json"),
    ],
)
def test_what_is_told_in_words_is_told_as_json(working_folder: Path, words: tuple[str, ...]) -> None:
    done = invoke(*words)
    assert done.exit_code == 0, done.exception or done.output
    json.loads(done.stdout)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("topics",), "search.embedder is not set"),
        (("verify", "demo"), "Is a directory"),
        (("export", "2024-11-27", "--form", "bibtex"), "no edition of 2024-11-27"),
        (("like", TULU, "--profile", "nobody"), "nobody"),
        (("show", "2024-11-26", "--kind", "weekly"), "--kind 'weekly' is unknown"),
        (("show", "2024-11-20"), "no papers edition of 2024-11-20"),
        (("run", "--kind", "weekly"), "--kind 'weekly' is unknown"),
        (("run", "--catch-up", "--day", "2024-11-26"), "--catch-up chooses the days itself"),
        (
            ("backfill", "--from", "2024-11-20", "--to", "2024-11-21", "--engine", "x"),
            "--engine 'x' is unknown",
        ),
        (("backfill", "--from", "yesterday", "--to", "2024-11-21"), "--from 'yesterday' is not a day"),
        (("backfill", "--from", "2024-11-21", "--to", "now"), "--to 'now' is not a day"),
        (("run", "--day", "2024-13-01"), "--day '2024-13-01' is not a day"),
        (("show", "today"), "DAY 'today' is not a day"),
        (("schedule", "crown"), "the schedule 'crown' is unknown"),
        (("schedule", "github", "--install"), "a workflow is installed by a commit"),
        (("guard", "check"), "there is no prompt to check"),
        (("deliver", "--config", "alone.toml"), "no channel is configured"),
        (("outbox", "--config", "alone.toml", "send"), "no channel is configured"),
    ],
)
def test_what_cannot_be_told_is_an_error_with_its_reason(
    working_folder: Path, words: tuple[str, ...], why: str
) -> None:
    done = invoke(*words)
    assert isinstance(done.exception, ConfigError)
    assert why in done.exception.message


def test_a_reader_s_judgement_is_kept_listed_and_forgotten(working_folder: Path) -> None:
    assert invoke("like", TULU, "--profile", "me").exit_code == 0
    assert "TÜLU 3" in invoke("taste", "list", "--profile", "me").stdout
    assert invoke("dislike", TULU, "--profile", "me").exit_code == 0
    assert invoke("taste", "forget", TULU, "--profile", "me").exit_code == 0
    assert "TÜLU 3" not in invoke("taste", "list", "--profile", "me").stdout


def test_a_word_that_no_text_holds_is_mended_and_that_is_told(working_folder: Path) -> None:
    done = invoke("search", "langauge")
    assert done.exit_code == 0
    assert "TÜLU 3" in done.stdout
    assert "no text holds “langauge”; searched for “language”" in done.stderr


def test_a_question_that_nothing_answers_is_told_what_was_searched(working_folder: Path) -> None:
    done = invoke("ask", "Who won the zzzqqq cup of 1974?")
    assert done.exit_code == 0
    assert "searched: " in done.stderr


def test_an_archive_without_runs_says_so_and_a_run_under_way_has_no_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "daybrief.toml").write_text('archive = "a.sqlite"\n', encoding="utf-8")
    archive = open_archive(tmp_path / "a.sqlite")
    assert "아직 실행한 적이 없습니다" in invoke("runs").stdout
    archive.begin(DAY, MADE_AT)
    assert f"{DAY}  {MADE_AT:%Y-%m-%d %H:%M}Z         -" in invoke("runs").stdout


def test_what_was_learned_is_told_word_by_word(working_folder: Path, tmp_path: Path) -> None:
    library = tmp_path / "mine.bib"
    library.write_text(
        "@misc{a, title={Sparse autoencoders find features in language models}}\n@misc{b, year={2024}}\n",
        encoding="utf-8",
    )
    done = invoke("taste", "import", str(library), "--profile", "me")
    assert "1 liked from" in done.stdout
    assert "skipped: " in done.stderr
    assert (
        json.loads(invoke("taste", "import", str(library), "--profile", "me", "--json").stdout)["read"] == 1
    )
    invoke("dislike", TULU, "--profile", "me")
    learned = invoke("taste", "--profile", "me").stdout
    assert "1 liked, 1 not" in learned
    assert "\n  + " in learned
    assert "\n  - " in learned
    assert "- arxiv:2411.15124" in invoke("taste", "list", "--profile", "me").stdout


def test_init_without_a_terminal_asks_nothing_and_says_where_the_model_s_key_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = invoke("init", "--language", "en", "--model", "openai:gpt-x", "--interests", "parsing, agents")
    assert done.exit_code == 0
    assert "daybrief doctor" in done.stdout
    assert "The model's key comes from your environment" in done.stdout


def test_a_watch_tells_what_is_overdue_in_words_and_as_json(working_folder: Path) -> None:
    done = invoke("watch")
    assert done.exit_code == 1
    assert done.stdout.strip()
    assert json.loads(invoke("watch", "--json").stdout)["ok"] is False


# ── in the reader's language ────────────────────────────────────────────────────────────────────────

_ENGLISH = re.compile(r"^(?!.*daybrief explain).*[a-z]{2,} [a-z]{2,}")
_STILL_ENGLISH = {
    "lab.py": 9,
    "setup.py": 3,
}  # texts of labs, of models and of a broken setting; may only shrink


def test_no_command_prints_a_text_that_is_written_in_the_code(root: Path) -> None:
    english: dict[str, list[str]] = {}
    for path in sorted((root / "src" / "daybrief" / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "typer.echo":
                texts = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
                own = [text for text in texts if isinstance(text, str) and _ENGLISH.search(text)]
                english.setdefault(path.name, []).extend(own)
    left = {name: texts for name, texts in english.items() if len(texts) > _STILL_ENGLISH.get(name, 0)}
    assert left == {}


@pytest.mark.parametrize(
    "words",
    [
        ("search", "zzzqqq"),
        ("search", "langauge"),
        ("ask", "1974년 zzzqqq 컵은 누가 이겼나?"),
        ("outbox",),
        ("taste", "--profile", "me"),
        ("archive", "check"),
        ("archive", "backup"),
        ("doctor",),
        ("watch",),
    ],
    ids=" ".join,
)
def test_a_korean_setting_is_answered_in_korean(
    working_folder: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAYBRIEF_LANGUAGE", "ko")
    done = invoke(*words)
    lines = f"{done.stdout}\n{done.stderr}".splitlines()
    own = [line for line in lines if line and not line.startswith((" ", "[", "2", "-"))]
    assert own
    assert [line for line in own if not re.search("[가-힣]", line)] == []


def test_an_error_is_told_in_the_language_of_the_settings_beside_its_own_words(
    working_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, hangul in (("ko", True), ("en", False)):
        monkeypatch.setattr("sys.argv", ["daybrief", "show", "1999-01-01"])
        monkeypatch.setenv("DAYBRIEF_LANGUAGE", language)
        with pytest.raises(SystemExit):
            main()
        printed = capsys.readouterr().err
        assert "no papers edition of 1999-01-01" in printed
        assert bool(re.search("[가-힣]", printed)) is hangul
