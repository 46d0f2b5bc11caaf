"""The test labels were never learned: the label files keep apart what must be apart."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest

from daybrief.model import Taxonomy

TRAINED = {"paper": ("papers_train",), "news": ("news_train", "news_months")}
MEASURED = {
    "paper": ("papers_test", "papers_fresh"),
    "news": ("news_test", "news_fresh"),
}


def rows(root: Path, name: str) -> list[dict[str, str]]:
    with (root / "benchmarks" / "labels" / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("kind", ["paper", "news"])
def test_nothing_that_is_measured_was_learned_nor_is_it_measured_twice(root: Path, kind: str) -> None:
    learned = {row["id"] for name in TRAINED[kind] for row in rows(root, name)}
    measured = [row["id"] for name in MEASURED[kind] for row in rows(root, name)]
    assert learned.isdisjoint(measured)
    assert len(measured) == len(set(measured))


def test_no_month_of_the_fresh_headlines_is_learned(root: Path) -> None:
    fresh = {row["month"] for row in rows(root, "news_fresh")}
    assert fresh.isdisjoint(row["month"] for row in rows(root, "news_months"))


@pytest.mark.parametrize("kind", ["paper", "news"])
def test_every_label_is_a_category_of_its_kind(root: Path, kind: str) -> None:
    text = (root / "src/daybrief/assets/taxonomy.toml").read_bytes()
    categories = {category.id for category in msgspec.toml.decode(text, type=Taxonomy).of(kind)}  # type: ignore[arg-type]
    for name in (*TRAINED[kind], *MEASURED[kind]):
        for row in rows(root, name):
            assert row["first"] in categories, (name, row["id"])
            assert row["second"] in {*categories, ""} - {row["first"]}, (name, row["id"])
