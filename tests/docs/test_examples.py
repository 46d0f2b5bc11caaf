"""The questions and searches on the pages answer something on the demo's archive."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from daybrief import errors
from daybrief.app import App, RunRequest
from daybrief.config import Settings
from tests.end_to_end.conftest import program

PAGES = ("README.md", "docs/asking.md", "docs/guides/reading.md", "docs/guides/scripting.md", "docs/site.md")
COMMAND = re.compile(r"^daybrief (search|ask) (.+)$", re.M)
ROOT = Path(__file__).parents[2]


def examples() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for command, rest in COMMAND.findall((ROOT / page).read_text(encoding="utf-8")):
            words = [word for word in shlex.split(rest, comments=True) if not word.startswith("--")]
            if "…" not in words:
                yield command, " ".join(words)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newcomer's folder after `make demo`."""
    folder = tmp_path_factory.mktemp("newcomer")
    App(Settings(out=str(folder / "demo")), {}).run(RunRequest(replay="founding"))
    return folder


def test_the_pages_have_examples_of_search_and_ask() -> None:
    assert {command for command, _ in examples()} == {"search", "ask"}


@pytest.mark.parametrize(("command", "text"), sorted(set(examples())))
def test_an_example_of_a_page_answers_something_on_the_demo(command: str, text: str, demo: Path) -> None:
    app = App(Settings(archive=str(demo / "demo" / ".daybrief" / "archive.sqlite")), {})
    if command == "search":
        assert app.search(text).hits
    else:
        assert app.ask(text).mode == "extracts"


def test_search_after_make_demo_finds_the_demo_and_says_whose_it_is(demo: Path) -> None:
    done = program(demo)("search", "diffusion")
    assert "OminiControl" in done.stdout
    assert "예시 보관소" in done.stderr


def test_nothing_found_names_the_archive_and_says_when_it_is_empty(tmp_path: Path) -> None:
    done = program(tmp_path)("search", "diffusion", DAYBRIEF_ARCHIVE="mine.sqlite")
    assert done.returncode == 0
    assert "찾은 것이 없습니다" in done.stdout
    assert "비어 있는 mine.sqlite" in done.stdout
    assert "daybrief run --replay founding" in done.stdout, "which needs no copy of the repository"


def test_every_exit_code_that_a_command_or_an_error_names_is_in_the_one_table(root: Path) -> None:
    reference = (root / "docs" / "reference.md").read_text(encoding="utf-8")
    named = re.findall(r"Exit: (.+?)\n\n", reference, re.S)
    codes = {int(code) for text in named for code in re.findall(r"(?:^|, |\n\s*)(\d+) [a-z]", text)}
    assert codes
    assert codes <= errors.EXITS.keys()
    todo = [errors.DaybriefError]
    while todo:
        error = todo.pop()
        assert error.exit_code in errors.EXITS, error
        todo += error.__subclasses__()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("search", "x"), 0),
        (("runs",), 0),
        (("doctor",), 0),
        (("show", "2024-13-01"), 2),
        (("run", "--day", "2999-01-01"), 2),
        (("no-such-command",), 2),
        (("verify", "nothing.md"), 2),
        (("config", "show"), 0),
    ],
)
def test_a_command_ends_with_the_code_of_the_table(
    arguments: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    assert program(tmp_path)(*arguments).returncode == code
