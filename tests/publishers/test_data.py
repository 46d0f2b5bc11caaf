"""The JSON is the edition, valid under the published schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from daybrief.model import Edition, edition_schema, from_json, to_json
from daybrief.ports import Tools
from daybrief.publishers.data import Options, make
from daybrief.testing.editions import founding, hostile, issue, large, news, quiet, taxonomy


def test_the_published_schema_is_current(root: Path) -> None:
    """Run `python tools/edition_schema.py` after a change of the model."""
    stored = (root / "docs" / "schema" / "edition-1.json").read_bytes()
    assert stored == to_json(edition_schema(), pretty=True)


@pytest.mark.parametrize("shown", [founding(), hostile(), news(), quiet(), large(30)])
def test_what_is_published_is_valid_and_reads_back_equal(shown: Edition, root: Path) -> None:
    schema = json.loads((root / "docs" / "schema" / "edition-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    delivery = next(iter(make(Options(), Tools(taxonomy=taxonomy())).publish(issue(shown))))
    jsonschema.Draft202012Validator(schema).validate(json.loads(delivery.body))
    assert from_json(delivery.body, Edition) == shown


def test_an_edition_in_pieces_is_its_canonical_json() -> None:
    whole = large(30)
    assert whole.sections
    for edition in (whole, msgspec.structs.replace(whole, sections=())):
        assert b"".join(edition.pieces()) == to_json(edition)


def test_the_digest_can_be_checked_by_a_reader() -> None:
    delivery = next(iter(make(Options(), Tools(taxonomy=taxonomy())).publish(issue(founding()))))
    read = from_json(delivery.body, Edition)
    assert read.digest == read.sealed().digest


def test_the_ledger_holds_both_kinds_and_adds_up() -> None:
    publisher = make(Options(), Tools(taxonomy=taxonomy()))
    files = list(publisher.publish(issue(founding(), news())))
    assert [f.path for f in files] == [
        "2024-11-26/papers.json",
        "2024-11-26/news.json",
        "2024-11-26/ledger.json",
    ]
    ledger = json.loads(files[-1].body)
    assert set(ledger["editions"]) == {"papers", "news"}
    for account in ledger["editions"].values():
        assert {s["source"] for s in account["sources"]} >= {"arxiv", "deeplearn"}
        for line in account["ledger"]:
            gone = sum(len(drop["refs"]) for drop in line.get("dropped", []))
            assert line["came_in"] == line["kept"] + line.get("merged", 0) + gone


def test_one_line_when_not_pretty() -> None:
    files = list(make(Options(pretty=False), Tools(taxonomy=taxonomy())).publish(issue(news())))
    assert files
    assert [file.path for file in files if b"\n" in file.body] == []
