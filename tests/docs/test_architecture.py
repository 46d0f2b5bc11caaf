"""The page on the architecture says what the code is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

INSIDE = {"__init__", "__main__"}


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_room_is_listed_and_every_listed_room_is_there(root: Path, page: str) -> None:
    listed = re.findall(r"^\| `(\w+)` \|", page, re.M)
    package = root / "src" / "daybrief"
    folders = {p.name for p in package.iterdir() if p.is_dir() and p.name != "__pycache__"}
    modules = {p.stem for p in package.glob("*.py")} - INSIDE
    assert len(listed) == len(set(listed))
    assert set(listed) == folders | modules


def test_the_layers_are_those_that_the_linter_enforces(root: Path, page: str) -> None:
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    drawn = page.partition("## What may import what")[2].split("```")[1].removeprefix("text\n")
    assert drawn.strip().splitlines() == [layer.replace("daybrief.", "") for layer in layers]


def test_every_path_of_the_page_leads_somewhere(root: Path, page: str) -> None:
    links = re.findall(r"\]\((\.\./[^)#]+)\)", page)
    assert links
    assert all((root / "docs" / link).exists() for link in links)


@pytest.mark.parametrize("what", ["a day", "search", "ask", "verify"])
def test_the_readme_leads_to_each_part_of_the_code_in_three_hops(what: str, root: Path, page: str) -> None:
    assert "docs/architecture.md" in (root / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {what} \| (.+) \|$", page, re.M)
    assert 2 <= row.count("](../src/daybrief/") <= 3


def test_only_app_imports_adapters(root: Path) -> None:
    package = root / "src" / "daybrief"
    takes = re.compile(r"^\s*(?:from|import) daybrief\.adapters", re.M)
    allowed = {"app", "adapters", "testing", "labs"}
    others = [p for p in package.rglob("*.py") if p.relative_to(package).parts[0] not in allowed]
    assert not [str(p) for p in others if takes.search(p.read_text(encoding="utf-8"))]
