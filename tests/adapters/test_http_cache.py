"""The cache never gives a body its server has not vouched for, and never costs a run."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.adapters.web import HttpCache
from daybrief.model import Fetched, Validators

NOW = datetime(2024, 11, 27, tzinfo=UTC)
ANSWER = Fetched(
    url="https://a.example/",
    final_url="https://a.example/",
    status=200,
    body=bytes(range(256)) * 10,
    media_type="text/xml",
    charset="utf-8",
    validators=Validators(etag='W/"\xe9\\"', last_modified="some day"),
    fetched_at=NOW,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "below" / "answers.sqlite"


def test_a_stored_answer_comes_back_for_its_own_url_and_media_type(file: Path) -> None:
    HttpCache(file).put("text/xml", ANSWER)
    assert HttpCache(file).get(ANSWER.url, "text/xml") == ANSWER
    assert HttpCache(file).get(ANSWER.url, "") is None
    assert HttpCache(file).get("https://b.example/", "text/xml") is None


def test_a_forgotten_answer_is_not_returned(file: Path) -> None:
    cache = HttpCache(file)
    cache.put("", ANSWER)
    cache.forget(ANSWER.url, "")
    assert cache.get(ANSWER.url, "") is None


def test_without_a_file_nothing_is_kept() -> None:
    cache = HttpCache(None)
    cache.put("", ANSWER)
    cache.forget(ANSWER.url, "")
    assert cache.get(ANSWER.url, "") is None


def test_answers_not_confirmed_for_a_month_are_dropped(file: Path) -> None:
    cache = HttpCache(file)
    cache.put("", ANSWER)
    later = msgspec.structs.replace(ANSWER, url="https://b.example/", fetched_at=NOW + timedelta(days=31))
    cache.put("", later)
    assert cache.get(ANSWER.url, "") is None
    assert cache.get(later.url, "") == later


@pytest.mark.parametrize("rubbish", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 5000, b""])
def test_a_broken_file_is_started_afresh(file: Path, rubbish: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(rubbish)
    cache = HttpCache(file)
    assert cache.get(ANSWER.url, "") is None
    cache.put("", ANSWER)
    assert cache.get(ANSWER.url, "") == ANSWER


@pytest.mark.parametrize(
    "damage",
    ["body = x'00'", "sha256 = x'00'", "meta = x'00'", "meta = x'7b7d'"],
)
def test_a_damaged_row_is_no_answer(file: Path, damage: str) -> None:
    HttpCache(file).put("", ANSWER)
    with sqlite3.connect(file) as db:
        db.execute(f"UPDATE answer SET {damage}")
    db.close()
    assert HttpCache(file).get(ANSWER.url, "") is None


def test_a_locked_or_unwritable_file_costs_nothing_but_the_memory(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    HttpCache(file).put("", ANSWER)
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout: real(path, timeout=0.01))
    holder = real(file)
    holder.execute("BEGIN EXCLUSIVE")
    assert HttpCache(file).get(ANSWER.url, "") is None
    HttpCache(file).put("", ANSWER)
    HttpCache(file).forget(ANSWER.url, "")
    holder.rollback()
    holder.close()
    assert HttpCache(file).get(ANSWER.url, "") == ANSWER
    blocked = file.parent / "answers.sqlite" / "below.sqlite"
    HttpCache(blocked).put("", ANSWER)
    assert HttpCache(blocked).get(ANSWER.url, "") is None


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=500), st.text(alphabet=st.characters(max_codepoint=255), max_size=40))
def test_any_body_and_any_token_survive(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, tag: str
) -> None:
    cache = HttpCache(tmp_path_factory.mktemp("cache") / "answers.sqlite")
    answer = msgspec.structs.replace(ANSWER, body=body, validators=Validators(etag=tag))
    cache.put("x", answer)
    assert cache.get(answer.url, "x") == answer
