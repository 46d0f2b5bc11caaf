"""The documentation is true: generated pages are current, links lead somewhere, commands run."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from daybrief import errors
from daybrief.languages import CODES
from daybrief.languages.phrases import explanations, slug
from tests.conftest import ROOT
from tests.programs import environment

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```bash\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ITEM = {
    "id": "2411.15124",
    "title": "Trees: Growing Trees in a Pot",
    "abstract": "We introduce Trees, a method that grows trees in a pot. It outperforms bushes by 12 %.",
}
# These set up a machine, need the recordings, or run for minutes; continuous integration runs `make test`.
ELSEWHERE = re.compile(r"^(?:make |pip install|python benchmarks/|python tools/|git |uv |apt|npm )")


def commands(page: Path) -> list[str]:
    lines = "\n".join(FENCE.findall(page.read_text(encoding="utf-8"))).splitlines()
    return [line.split("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_command_of_a_measurement_names_no_folder_of_one_machine(page: Path) -> None:
    measured = [command for command in commands(page) if command.startswith("python ")]
    assert not [command for command in measured if re.search(r"[ =](?:/|~)", command)]


def test_the_reference_is_what_the_code_says(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, "run: python tools/reference.py"


@pytest.mark.parametrize("language", CODES)
def test_every_error_is_explained_in_every_language_and_nothing_else_is(language: str) -> None:
    todo, names = [errors.DaybriefError], []
    while todo:
        error = todo.pop(0)
        if error.__module__ == errors.__name__:
            names.append(slug(error))
        todo += error.__subclasses__()
    assert sorted(names) == sorted(explanations(language))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.split("#")[0]).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_make_target_and_script_that_is_named_exists(page: Path, root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.M))
    for command in commands(page):
        if command.startswith("make "):
            assert set(a for a in command.split()[1:] if "=" not in a) <= targets, command
        if script := re.match(r"python ((?:benchmarks|tools)/\S+\.py)", command):
            assert (root / script[1]).is_file(), command


def answers_and_stops(arguments: list[str], folder: Path, environment: dict[str, str]) -> None:
    """A server says where it is, answers there, and ends when it is told to."""
    program = [str(Path(sys.executable).parent / "daybrief"), *arguments]
    with subprocess.Popen(
        program, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert address, line
            with urlopen(address[0], timeout=20) as page:
                assert page.status == 200
        finally:
            server.terminate()
        assert server.wait(20) in {0, -15}


@pytest.mark.timeout(400)  # some pages hold a dozen commands, each a program of its own
@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_daybrief_command_on_a_page_runs(page: Path, tmp_path: Path) -> None:
    """In order, in one empty folder, with no source configured: the network is not part of the promise."""
    if not any(c.startswith("daybrief") for c in commands(page)):
        return
    (tmp_path / "daybrief.toml").write_text('sources = []\narchive = "archive.sqlite"\n', encoding="utf-8")
    (tmp_path / "items.jsonl").write_text(json.dumps(ITEM) + "\n")
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "2024-11.jsonl").write_text(json.dumps(ITEM | {"published": "2024-11-26"}) + "\n")
    (tmp_path / "SCOPE.md").write_text("Questions about cooking: recipes, ingredients, storing food.\n")
    variables = environment(tmp_path, count=False)
    for command in commands(page):
        if ELSEWHERE.match(command):
            continue
        program, *arguments = shlex.split(command)
        assert program == "daybrief", f"nobody runs: {command}"
        if "serve" in arguments[:2]:
            answers_and_stops(arguments, tmp_path, variables)
            continue
        if arguments[0] == "init":  # the settings of this folder are there already
            arguments += ["--file", "first.toml"]
        done = subprocess.run(
            [str(Path(sys.executable).parent / "daybrief"), *arguments],
            cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stderr}"


def test_every_page_of_the_site_is_there_and_every_page_is_on_it(root: Path) -> None:
    named = set(re.findall(r"(\S+\.md)$", (root / "mkdocs.yml").read_text(encoding="utf-8"), re.M))
    there = {str(p.relative_to(root / "docs")) for p in (root / "docs").rglob("*.md")}
    assert named <= there
    decisions = {name for name in there if name.startswith("decisions/0")}
    assert there - named - decisions == set()
    listed = (root / "docs/decisions/README.md").read_text(encoding="utf-8")
    assert all(name.removeprefix("decisions/") in listed for name in decisions)
