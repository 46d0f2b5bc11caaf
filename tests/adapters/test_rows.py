"""Each row carries a seal of all it holds, the same on every database and for ever."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import dialect as postgresql_dialect
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.event import listen

from daybrief.adapters.archive import (
    LARGE,
    archive_address,
    archive_exists,
    database,
    open_archive,
    open_view,
    rows,
    seal_of,
    unpacked,
    unpacked_parts,
)
from daybrief.adapters.archive.rows import harvests, items, outbox, run_seconds, runs, tsvector_of
from daybrief.adapters.archive.writing import SqlArchive, imported_rows
from daybrief.errors import ArchiveDamaged
from daybrief.model import Harvest, to_json
from daybrief.ports import IndexEntry
from daybrief.testing.archive_contract import DAY, NEXT, edition_of, paper, story_of, window_of
from daybrief.testing.editions import founding


@pytest.mark.parametrize(
    ("row", "seal"),
    [
        ({}, "e4a6a0577479b2b4"),
        ({"a": None}, "8d86adf25d2cd5f5"),
        ({"a": 1}, "82606e82aec92e02"),
        ({"a": True}, "82606e82aec92e02"),  # databases without truth values store 1
        ({"a": 1.5}, "0cc206b9a4833792"),
        ({"a": "x"}, "3a20fecc23a92ccd"),
        ({"a": b"x"}, "b9cc66217905ae03"),
        ({"a": memoryview(b"x")}, "b9cc66217905ae03"),
        ({"a": date(2024, 11, 26)}, "71e9bee92e54e895"),
        ({"a": "2024-11-26"}, "71e9bee92e54e895"),
        ({"b": "x", "a": 1}, "f7495ea0b1e2ab17"),
        ({"a": 1, "b": "x", "seal": b"z", "id": 7}, "f7495ea0b1e2ab17"),
        ({"a": "\ud800"}, "b2f960f967a480ed"),
    ],
)
def test_a_seal_is_what_it_was_in_every_archive_written_so_far(row: dict[str, Any], seal: str) -> None:
    assert seal_of(row).hex() == seal


VALUE = st.one_of(st.none(), st.integers(-5, 5), st.text(max_size=3), st.binary(max_size=3), st.floats(0, 1))
ROW = st.dictionaries(st.sampled_from("abc"), VALUE, max_size=3)


@given(ROW, ROW)
def test_two_rows_have_one_seal_only_when_they_hold_the_same(
    first: dict[str, Any], other: dict[str, Any]
) -> None:
    def typed(row: dict[str, Any]) -> dict[str, tuple[type, str]]:
        return {name: (type(value), repr(value)) for name, value in row.items()}

    assert (seal_of(first) == seal_of(other)) is (typed(first) == typed(other))
    assert seal_of(first) == seal_of(dict(reversed(first.items())))


def test_a_value_cannot_pass_into_the_name_beside_it() -> None:
    assert seal_of({"ab": "c"}) != seal_of({"a": "bc"})
    assert seal_of({"a": "b", "c": "d"}) != seal_of({"a": "bc", "d": ""})


@pytest.fixture
def archive(tmp_path: Path) -> SqlArchive:
    return open_archive(tmp_path / "archive.sqlite")


def test_a_row_in_its_stored_form_has_each_column_as_the_driver_takes_it(archive: SqlArchive) -> None:
    with archive.database.reading() as connection:
        noted = {"day": DAY, "started_at": datetime(2024, 11, 26, 9, tzinfo=UTC), "outcome": "o", "note": ""}
        stored = rows.stored(connection, runs, noted)
        assert stored.pop("seal") == seal_of(stored)
        assert stored == {
            "day": "2024-11-26",
            "started_at": "2024-11-26T09:00:00.000000+00:00",
            "ended_at": None,
            "outcome": "o",
            "note": "",
        }
        assert rows.stored(connection, runs, noted | {"id": 7})["id"] == 7
        lasted = rows.stored(connection, run_seconds, {"run": 1, "stage": "collect", "seconds": 2})
        assert (type(lasted["seconds"]), lasted["seconds"]) == (float, 2.0)
        body = rows.stored(connection, harvests, {"day": DAY, "place": 0, "body": b"x" * 99})["body"]
        assert type(body) is bytes
        assert unpacked(body) == b"x" * 99


def test_rows_are_counted_measured_and_named_by_their_place(archive: SqlArchive) -> None:
    with archive.database.writing() as connection:
        assert rows.put(connection, run_seconds, []) == 0
        put = rows.put(
            connection, run_seconds, [{"run": 1, "stage": stage, "seconds": 2.0} for stage in ("a", "bc")]
        )
        assert put == (8 + 1 + 8 + 8) + (8 + 2 + 8 + 8)  # a number takes eight bytes, and so does a seal
        assert rows.count(connection, run_seconds) == 2
        assert rows.count(connection, items) == 0
        (batch,) = rows.stored_rows(connection, run_seconds)
        assert [row["stage"] for row in batch] == ["a", "bc"]
        assert rows.size_of(batch) == put
        assert rows.place_of("run_seconds", batch[0]) == "run_seconds 1 a"
        assert rows.place_of("items", {"day": DAY, "harvest": 0, "place": 3}) == "items 2024-11-26 0 3"
        assert rows.place_of("run_seconds", {"run": 1, "stage": "x" * 99}) == f"run_seconds 1 {'x' * 80}"


def test_stored_rows_are_put_as_they_are_and_a_tolerant_insert_leaves_out_what_is_there(
    archive: SqlArchive,
) -> None:
    with archive.database.writing() as connection:
        row = {"run": 1, "stage": "a", "seconds": 2.0, "seal": b"not its own"}
        rows.put_stored(connection, run_seconds, [])
        rows.put_stored(connection, run_seconds, [row])
        rows.put_stored(connection, run_seconds, [row | {"seconds": 9.0}], archive.database.dialect.insert)
        assert [dict(r) for batch in rows.stored_rows(connection, run_seconds) for r in batch] == [row]
        assert list(rows.unsealed(connection, run_seconds)) == [row]
        rows.reseal(connection, run_seconds, run_seconds.c.run == 2)
        assert list(rows.unsealed(connection, run_seconds)) == [row]
        rows.reseal(connection, run_seconds, run_seconds.c.run == 1)
        assert list(rows.unsealed(connection, run_seconds)) == []


@pytest.mark.parametrize("change", ["title = 'another'", "seal = NULL", "body = x'00'", "seal = x'00'"])
def test_a_row_whose_seal_does_not_agree_is_named_and_not_read(archive: SqlArchive, change: str) -> None:
    listed = [Harvest(source="arxiv", state="fresh", items=(paper(1), paper(2)))]
    archive.save_harvests(window_of(DAY), listed)
    with closing(sqlite3.connect(archive.database.dialect.path)) as file, file:  # type: ignore[attr-defined]
        file.execute(f"UPDATE items SET {change} WHERE place = 1")
    with pytest.raises(ArchiveDamaged, match="items 2024-11-26 0 1 is not what its checksum says") as caught:
        archive.harvests(DAY)
    assert caught.value.hint.startswith("daybrief archive check lists all that is damaged")
    with archive.database.reading() as connection:
        assert [row["place"] for row in rows.unsealed(connection, items)] == [1]
        assert list(rows.unsealed(connection, outbox)) == []


def test_an_archive_is_there_once_it_was_made_and_asking_makes_none(tmp_path: Path) -> None:
    address = archive_address(tmp_path / "new" / "archive.sqlite")
    assert not archive_exists(address)
    assert not (tmp_path / "new").exists()
    made = open_archive(address)
    before = sorted((tmp_path / "new").iterdir())
    assert archive_exists(address)
    assert sorted((tmp_path / "new").iterdir()) == before
    assert made.name == str(tmp_path / "new" / "archive.sqlite")
    assert made.size() == (tmp_path / "new" / "archive.sqlite").stat().st_size > 0


def test_an_archive_opens_as_the_profile_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    reading = open_view(path, profile="me")
    assert path.exists(), "one that must be made is made first"
    mine = open_archive(str(path), profile="me")
    mine.save_editions([edition_of([story_of(paper(1))])])
    assert reading.days() == open_view(path, profile="me").days() == (DAY,)
    assert open_archive(path).days() == open_view(path).days() == ()
    assert [known.story for known in open_archive(path).of("me").recent(NEXT, 1)] == ["arxiv:2411.1"]


def test_a_large_value_is_unpacked_as_it_was_and_a_broken_one_is_told() -> None:
    body = Random(1).randbytes(2 * LARGE)
    packed = zlib.compress(body, 1)
    assert len(packed) > LARGE
    assert unpacked(packed) == body
    assert unpacked(zlib.compress(b"short")) == b"short"
    for broken in (packed[:-9], packed[:1_000] + b"\0\0\0\0" + packed[1_004:]):
        with pytest.raises(zlib.error):
            unpacked(broken)


def test_an_edition_is_checked_part_by_part_as_it_is_checked_whole() -> None:
    edition = founding()
    body, stories = to_json(edition), {story.id for story in edition.stories}
    packed = zlib.compress(body, 0)
    assert len(list(unpacked_parts(packed))) > 1
    assert database._agrees(packed, edition.digest, stories)
    assert not database._agrees(packed, edition.digest, stories - {edition.stories[0].id})
    assert not database._agrees(packed, "0" * 64, stories)
    title = edition.stories[0].lead.title.encode()
    assert not database._agrees(zlib.compress(body.replace(title, title[::-1])), edition.digest, stories)
    assert not database._agrees(packed[: len(packed) // 2], edition.digest, stories)


@pytest.mark.parametrize("text", ["a\0b", "\ue000", "plain", ""])
def test_a_text_with_nul_is_escaped_for_postgresql_alone(text: str) -> None:
    kind, here, there = rows.OrderedText(), sqlite_dialect(), postgresql_dialect()
    stored = kind.process_bind_param(text, there)
    assert stored is not None
    assert "\0" not in stored
    assert kind.process_result_value(stored, there) == text
    assert kind.process_bind_param(text, here) == kind.process_result_value(text, here) == text
    assert kind.process_bind_param(None, there) is kind.process_result_value(None, there) is None


def test_a_text_has_the_order_of_code_points_on_either_database() -> None:
    kind = rows.OrderedText()
    assert kind.load_dialect_impl(postgresql_dialect()).collation == "C"
    assert kind.load_dialect_impl(sqlite_dialect()).collation is None


@pytest.mark.parametrize(
    ("entry", "text", "places"),
    [
        # Words of a title are marked A; stop words have a comma; what a text is about, an exclamation mark.
        (
            IndexEntry(id="a", kind="paper", day=DAY, title="The sparse model", text="A model of models"),
            "',the':1A 'spars':2A 'model':3A,6,8 ',a':5 ',of':7 '!spars' '!model'",
            7,
        ),
        # A claim's words are its own, and it is about nothing.
        (
            IndexEntry(
                id="a", kind="claim", day=DAY, title="Sparse model", text="The model", claims=("It wins",)
            ),
            "'~spars':1A '~model':2A,5 ',the':4 ',it':6 '~win':7",
            6,
        ),
        (
            IndexEntry(id="a", kind="claim", day=DAY, title="", text="win win win"),
            "'~win':2,3,4",
            3,
        ),
        # A word said three times is what a text is about; one said twice, or a stop word, is not.
        (
            IndexEntry(
                id="a", kind="paper", day=DAY, title="T", text="win win win it it it lose lose",
                claims=("wins",), also=("other",),
            ),
            "'t':1A 'win':3,4,5,11 ',it':6,7,8 'lose':9,10 'other':12 '!t' '!win'",
            11,
        ),
        # The first two letters of a run of Korean stand nowhere, and count as a place each.
        (
            IndexEntry(id="a", kind="paper", day=DAY, title="언어모델", text=""),
            "'언어':1A '어모':2A '모델':3A '^언어' '!언어' '!어모' '!모델'",
            4,
        ),
        # Of one word no more places are kept than PostgreSQL takes.
        (
            IndexEntry(id="a", kind="paper", day=DAY, title="", text="win " * 205),
            f"'win':{','.join(map(str, range(2, 202)))} '!win'",
            200,
        ),
    ],
)  # fmt: skip
def test_the_words_of_an_entry_stand_where_postgresql_counts_them(
    entry: IndexEntry, text: str, places: int
) -> None:
    vector = tsvector_of(entry)
    assert (vector.text, vector.places) == (text, places)
    assert [f"'{token}'" for token in vector.tokens] == [each.partition(":")[0] for each in text.split()]


def test_an_imported_item_has_a_row_on_each_of_its_days_with_the_instant_it_was_published() -> None:
    item = paper("1")
    made = imported_rows([(DAY, item), (NEXT, item), (DAY, item)], window_of(DAY).end)
    assert made == [
        {
            "source": item.source, "key": item.key, "day": day, "published": item.published,
            "added_at": window_of(DAY).end, "pending": True, "body": to_json(item),
        }
        for day in (DAY, NEXT)
    ]  # fmt: skip


def test_a_day_is_marked_by_the_kind_and_digest_of_each_of_its_editions(archive: SqlArchive) -> None:
    edition = edition_of([story_of(paper(1))])
    archive.save_editions([edition])
    (row,) = archive.editions(DAY, DAY)
    assert archive.marks() == {DAY: f"{zlib.crc32(f'{row.kind} {row.digest}'.encode()):08x}"}


def test_the_head_of_an_edition_is_read_once_for_its_digest_stands_for_all_of_it(
    archive: SqlArchive,
) -> None:
    archive.save_editions([edition_of([story_of(paper(1))])])
    reads: list[str] = []

    def note(*event: Any) -> None:
        reads.append(event[2])

    listen(archive.database.dialect.reader, "before_cursor_execute", note)
    first, once = archive.editions(DAY, DAY), len(reads)
    assert archive.editions(DAY, DAY) == first
    assert len(reads) - once < once
    archive.save_editions([edition_of([story_of(paper(2))], day=NEXT)])
    both = archive.editions(DAY, NEXT)
    assert [row.day for row in both] == [NEXT, DAY]
    assert both[1] == first[0] != both[0]
