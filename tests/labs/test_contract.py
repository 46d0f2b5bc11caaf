"""Every lab promises a whole page, a current card, pictures, and a smoke run that agrees with it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from daybrief.cards import Card, Page, Words, card_schema, lab_folders, picture, read_card, read_page
from daybrief.errors import LabUnmet
from daybrief.labs.kit import running
from tests.conftest import ROOT

LABS = list(lab_folders())
SMOKE_SECONDS = 20
SLACK = 6  # a busy machine: the limit is for a quiet one, and the card states what a quiet one took


def card(name: str) -> Card:
    shipped = read_card(lab_folders()[name])
    assert shipped is not None, (
        f"{name} has no card: daybrief lab run {name} --out src/daybrief/labs/{name}/results"
    )
    return shipped


def texts(page: Page) -> list[Words]:
    stated = [condition.states for condition in page.falsifier]
    return [page.claim, page.paper_says, page.reproduced, page.left_out, page.use, *page.how, *stated]


def test_the_schema_of_a_card_is_what_the_code_says(root: Path) -> None:
    shipped = json.loads((root / "docs" / "schema" / "card-1.json").read_text(encoding="utf-8"))
    assert shipped == card_schema(), "run: python tools/card_schema.py"


@pytest.mark.parametrize("name", LABS)
def test_a_page_is_whole_in_both_languages(name: str) -> None:
    page = read_page(lab_folders()[name])
    for text in texts(page):
        assert text.en.strip()
        assert any("가" <= letter <= "힣" for letter in text.ko), text.en
    assert 6 <= len(page.how) <= 14
    assert page.equation.strip()
    assert page.falsifier


@pytest.mark.parametrize("name", LABS)
def test_outcomes_are_told_in_both_languages(name: str) -> None:
    page = read_page(lab_folders()[name])
    names = set(page.words.get("ko", {}).values())
    known = card(name)
    figures = [measure.unit for measure in known.measures] + [measure.paper for measure in known.measures]
    for text in [*(check.measured for check in known.falsifier), *figures]:
        assert page.translated(text, "en") == text
        left = re.findall(r"(?<![\w.-])[a-z]{2,}(?![\w.-])", page.translated(f" {text}", "ko"))
        assert not set(left) - names, f"give these words under [words.ko] in page.toml: {left}"


def test_an_outcome_s_words_are_whole_and_the_longer_comes_first() -> None:
    page = read_page(lab_folders()["features"])
    other = msgspec.structs.replace(page, words={"ko": {"base": "바탕", "base case": "경우", " at ": "@"}})
    assert other.translated("base 1 at 2, base case 3; bases", "ko") == "바탕 1@2, 경우 3; bases"


@pytest.mark.parametrize("name", LABS)
def test_a_lab_that_reads_data_says_on_its_page_what_it_takes(name: str, root: Path) -> None:
    reads = re.compile(r"trial\.(data|given)\b")
    files = (root / "src" / "daybrief" / "labs" / name).glob("*.py")
    described = read_page(lab_folders()[name]).data
    assert bool(described) == any(reads.search(file.read_text(encoding="utf-8")) for file in files)
    if described:
        assert f"--data`: {described.en}" in (root / "docs" / "labs" / f"{name}.md").read_text(
            encoding="utf-8"
        )
        assert any("가" <= letter <= "힣" for letter in described.ko)


@pytest.mark.parametrize("name", LABS)
def test_a_card_follows_the_schema_and_answers_the_falsifier_of_the_page(name: str, root: Path) -> None:
    shipped, page = card(name), read_page(lab_folders()[name])
    raw = json.loads((root / "src" / "daybrief" / "labs" / name / "results" / "card.json").read_bytes())
    Draft202012Validator(card_schema()).validate(raw)
    assert [(c.key, c.states) for c in shipped.falsifier] == [(c.key, c.states) for c in page.falsifier]
    assert (shipped.lab, shipped.paper, shipped.claim) == (name, page.paper, page.claim)
    assert shipped.scale != "smoke", "ship a card of small or full scale"
    assert min(shipped.seeds) >= 1000, "seeds below 1000 are for development"
    assert not page.headline or page.headline in {measure.key for measure in shipped.measures}


@pytest.mark.parametrize("name", LABS)
def test_the_code_of_a_card_has_not_changed_since(name: str) -> None:
    running.fresh(card(name))


@pytest.mark.parametrize("name", LABS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_card_has_its_picture_in_both_languages(name: str, language: str) -> None:
    tree = etree.fromstring(picture(name, language))
    assert tree.get("lang") == language
    assert tree.get("aria-label")


@pytest.mark.timeout(SMOKE_SECONDS * SLACK)
@pytest.mark.parametrize("name", LABS)
def test_a_smoke_run_agrees_with_the_card(name: str) -> None:
    shipped = card(name)
    assert shipped.smoke, "give at least one measure a tolerance"
    start = time.process_time()
    try:
        measured = running.smoke(name, shipped.seeds[0])
    except LabUnmet as missing:
        pytest.skip(f"{missing.message}: {missing.hint}")
    assert running.misses(shipped, measured) == []
    assert time.process_time() - start < SMOKE_SECONDS * SLACK


@pytest.mark.parametrize("name", LABS)
def test_a_lab_imports_no_other_lab(name: str) -> None:
    allowed = (f"daybrief.labs.{name}", "daybrief.labs.kit")
    for path in (ROOT / "src" / "daybrief" / "labs" / name).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in named:
                assert not module.startswith("daybrief.labs") or module.startswith(allowed), (
                    f"{path}: {module}"
                )


def test_the_labs_pages_of_the_documentation_are_what_page_and_card_say(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "tools/lab_pages.py", "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stderr}: run python tools/lab_pages.py"
