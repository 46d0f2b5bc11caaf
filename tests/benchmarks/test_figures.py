"""The page of figures: its contents lead to every section, and the page is what its command writes."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def figures(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program that writes the page."""
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("figures")


def test_every_section_stands_in_one_part_of_the_contents(figures: ModuleType) -> None:
    listed = Counter(key for keys in figures.PARTS.values() for key in keys.split())
    assert listed == Counter(figure.key for figure in figures.FIGURES)


def test_the_page_is_what_its_command_writes(figures: ModuleType) -> None:
    assert figures.PAGE.read_text(encoding="utf-8") == figures.page(figures.earlier())


def test_every_link_of_the_contents_leads_to_a_heading(figures: ModuleType) -> None:
    sections = figures.earlier()
    headings = re.findall(r"(?m)^## (.+)$", figures.page(sections))
    linked = re.findall(r"\]\(#([^)]+)\)", figures.contents(sections))
    assert sorted(linked) == sorted(re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings)
