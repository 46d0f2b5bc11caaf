"""Anybody's rows become items: what can be read goes in, and what cannot is told by its line."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from daybrief.errors import ConfigError
from daybrief.stages.importing import harvest_of, placed, read_items

NOW = datetime(2024, 11, 26, 20, tzinfo=UTC)


def row(**fields: Any) -> bytes:
    return json.dumps({"id": "2411.15124", "title": "A paper"} | fields).encode()


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("2024-11-26T09:00:00Z", "2024-11-26T09:00"),
        ("2024-11-26T18:00:00+09:00", "2024-11-26T09:00"),
        ("2024-11-26T09:00:00", "2024-11-26T09:00"),
        ("2024-11-26 09:00", "2024-11-26T09:00"),
        ("2024-11-26", "2024-11-26T00:00"),
        ("Tue, 26 Nov 2024 09:00:00 GMT", "2024-11-26T09:00"),
        ("Tue, 26 Nov 2024 18:00:00 +0900", "2024-11-26T09:00"),
        ("26 Nov 2024 09:00:00 -0000", "2024-11-26T09:00"),
        ("1732611600", "2024-11-26T09:00"),
        (1732611600, "2024-11-26T09:00"),
        (1732611600.5, "2024-11-26T09:00"),
        (1732611600000, "2024-11-26T09:00"),
    ],
)
def test_a_row_s_date_is_read_in_every_usual_form(stated: object, expected: str) -> None:
    (item,) = read_items([row(published=stated)], None, strict=True).items
    assert item.published == datetime.fromisoformat(expected + "+00:00")


@pytest.mark.parametrize("stated", ["2024-11-26", "2024-11-26T23:00:00-08:00", "26 Nov 2024", 1732611600])
def test_a_row_s_day_is_read_in_every_usual_form(stated: object) -> None:
    (item,) = read_items([row(announced=stated)], None, strict=True).items
    assert item.announced == date(2024, 11, 26)


@pytest.mark.parametrize(
    ("stated", "kept"), [(3, 3), (2**53, 2**53), (2**53 + 1, None), (10**400, None), ("3", None)]
)
def test_a_count_beyond_all_sense_is_none(stated: object, kept: int | None) -> None:
    (item,) = read_items([row(points=stated)], None).items
    assert item.signals.points == kept


def test_a_row_in_another_encoding_is_told_with_the_remedy() -> None:
    foreign = '{"id": "2411.15126", "title": "새 모델"}'.encode("cp949")
    read = read_items([row(), foreign], None)
    (refused,) = read.refused
    assert (refused.line, refused.why) == (2, "not in UTF-8")
    assert "save" in refused.hint


def test_a_row_that_cannot_be_read_is_told_by_its_line_and_the_others_go_in() -> None:
    lines = [row(), b"", row(published="yesterday"), b"[]", row(id="2411.15125"), row(announced="03/04/2024")]
    read = read_items(lines, None)
    assert [item.key for item in read.items] == ["arxiv:2411.15124", "arxiv:2411.15125"]
    assert [(refused.line, refused.why.split()[0]) for refused in read.refused] == [
        (3, "published"),
        (4, "not"),
        (6, "announced"),
    ]
    with pytest.raises(ConfigError, match=r"line 3: .*yesterday"):
        read_items(lines, None, strict=True)


def test_an_item_is_placed_on_the_day_it_was_announced_else_published_else_imported() -> None:
    rows = [
        row(announced="2024-11-20", published="2024-11-19"),
        row(published="2024-11-25T16:00:00Z"),
        row(),
    ]
    items = read_items(rows, None, strict=True).items
    assert [day.day for day, _ in placed(items, "Asia/Seoul", NOW)] == [20, 26, 27]
    assert [day.day for day, _ in placed(items, "UTC", NOW)] == [20, 25, 26]
    chosen = read_items(rows, date(2024, 1, 1), strict=True).items
    assert {day for day, _ in placed(chosen, "UTC", NOW)} == {date(2024, 1, 1)}


def test_imported_news_has_to_be_about_ai_as_the_news_of_other_sources_has() -> None:
    rows = [
        row(id="", url="https://a.example/1", title="OpenAI releases a language model"),
        row(id="", url="https://a.example/2", title="Wheat prices fall"),
        row(title="Wheat prices as a paper"),
    ]
    harvest = harvest_of(read_items(rows, None, strict=True).items)
    assert [item.key for item in harvest.items] == ["url:a.example/1", "arxiv:2411.15124"]
    assert [(gone.ref, gone.reason) for gone in harvest.dropped] == [("url:a.example/2", "not-about-ai")]
    assert harvest_of(()).state == "quiet"


def test_the_authors_of_a_row_are_counted_at_any_length() -> None:
    names = [f"Author {n}" for n in range(3_000)]
    (item,) = read_items([row(authors=names)], None, strict=True).items
    assert len(item.authors) == 3_000


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_taken_element_by_element(indent: int | None) -> None:
    rows = [json.loads(row()), {"title": "no id"}, json.loads(row(id="2411.15125"))]
    text = "\n" + json.dumps(rows, indent=indent)
    read = read_items(text.encode().splitlines(keepends=True), None)
    assert [item.key for item in read.items] == ["arxiv:2411.15124", "arxiv:2411.15125"]
    assert [(refused.unit, refused.line) for refused in read.refused] == [("element", 2)]
    with pytest.raises(ConfigError, match="element 2: neither id"):
        read_items([text.encode()], None, strict=True)


def test_an_array_that_is_cut_is_refused_and_nothing_goes_in() -> None:
    with pytest.raises(ConfigError, match="not a JSON array"):
        read_items([b"[" + row() + b",", row()], None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"title": "No place"}, "neither id, doi nor url"),
        ({"title": "A film", "url": "https://example.org/a", "kind": "film"}, "kind 'film' is unknown"),
        ({"title": "Long", "url": "https://example.org/a", "text": "a" * 20_000_000}, "a line of 2"),
    ],
)
def test_a_row_that_names_nothing_known_is_refused_with_its_reason(row: dict[str, Any], reason: str) -> None:
    (refused,) = read_items([json.dumps(row).encode()], None).refused
    assert reason in refused.why
    assert refused.hint


def test_an_empty_file_brings_nothing_and_refuses_nothing() -> None:
    read = read_items([b"\n", b"  \n"], None)
    assert (read.items, read.refused) == ((), ())


@pytest.mark.parametrize(("kind", "stands"), [("paper", "paper"), ("news", "news"), ("", "news")])
def test_a_row_says_what_kind_of_thing_it_is_or_its_address_does(kind: str, stands: str) -> None:
    row = {"title": "A title", "url": "https://example.org/a", "kind": kind}
    (imported,) = read_items([json.dumps(row).encode()], None).items
    assert imported.kind == stands
