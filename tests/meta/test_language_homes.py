"""Tests that each language has one home."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from daybrief.languages import CODES

HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
HOMES = ("languages", "labs")  # a lab's card tells its result in two languages, beside its numbers


def modules(root: Path) -> dict[str, str]:
    """The text of every module outside the homes of languages, by its path in the package."""
    package = root / "src" / "daybrief"
    return {
        str(path.relative_to(package)): path.read_text(encoding="utf-8")
        for path in sorted(package.rglob("*.py"))
        if path.relative_to(package).parts[0] not in HOMES
    }


def strings(source: str) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_no_module_outside_the_languages_holds_hangul(root: Path) -> None:
    outside = {name for name, source in modules(root).items() if HANGUL.search(source)}
    assert not outside


def test_no_module_outside_the_languages_names_one(root: Path) -> None:
    named = {*CODES, "zh"}
    outside = {name for name, source in modules(root).items() if strings(source) & named}
    assert not outside


def test_no_check_asks_which_language_it_is(root: Path) -> None:
    asks = re.compile(r"language\s*[!=]=|\.code\s*[!=]=")
    checks = {name: source for name, source in modules(root).items() if name.startswith("checks/")}
    assert checks
    assert not [name for name, source in checks.items() if asks.search(source)]


@pytest.mark.parametrize("code", CODES)
def test_a_language_is_exactly_these_files(root: Path, code: str) -> None:
    package = root / "src" / "daybrief"
    for name in (
        f"languages/{code}.py",
        f"languages/{code}.toml",
        f"assets/phrases/{code}.toml",
        f"assets/prompts/{code}.toml",
        f"assets/prompts/asking/{code}.toml",
        f"assets/explanations/{code}.toml",
        f"web/words/{code}.toml",
    ):
        assert (package / name).is_file(), name
    named = {str(path.relative_to(package)) for path in package.rglob(f"{code}.*")}
    assert all(Path(name).parts[0] in {"languages", "assets", "web", "__pycache__"} for name in named), named
