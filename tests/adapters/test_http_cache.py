"""The cache never gives a body its server has not vouched for, and never costs a run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
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


CACHES: list[HttpCache] = []


def opened(path: Path | None) -> HttpCache:
    """A cache that is closed when the test is over."""
    CACHES.append(HttpCache(path))
    return CACHES[-1]


@pytest.fixture(autouse=True)
def _all_closed() -> Iterator[None]:
    yield
    while CACHES:
        CACHES.pop().close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "below" / "answers.sqlite"


def test_a_stored_answer_comes_back_for_its_own_url_and_media_type(file: Path) -> None:
    opened(file).put("text/xml", ANSWER)
    assert opened(file).get(ANSWER.url, "text/xml") == ANSWER
    assert opened(file).get(ANSWER.url, "") is None
    assert opened(file).get("https://b.example/", "text/xml") is None


def test_a_forgotten_answer_is_not_returned(file: Path) -> None:
    cache = opened(file)
    cache.put("", ANSWER)
    cache.forget(ANSWER.url, "")
    assert cache.get(ANSWER.url, "") is None


def test_without_a_file_nothing_is_kept() -> None:
    cache = opened(None)
    cache.put("", ANSWER)
    cache.forget(ANSWER.url, "")
    assert cache.get(ANSWER.url, "") is None


def test_answers_not_confirmed_for_a_month_are_dropped(file: Path) -> None:
    cache = opened(file)
    cache.put("", ANSWER)
    later = msgspec.structs.replace(ANSWER, url="https://b.example/", fetched_at=NOW + timedelta(days=31))
    cache.put("", later)
    assert cache.get(ANSWER.url, "") is None
    assert cache.get(later.url, "") == later


@pytest.mark.parametrize("rubbish", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 5000, b""])
def test_a_broken_file_is_started_afresh(file: Path, rubbish: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(rubbish)
    cache = opened(file)
    assert cache.get(ANSWER.url, "") is None
    cache.put("", ANSWER)
    assert cache.get(ANSWER.url, "") == ANSWER


@pytest.mark.parametrize(
    "damage",
    ["body = x'00'", "sha256 = x'00'", "meta = x'00'", "meta = x'7b7d'"],
)
def test_a_damaged_row_is_no_answer(file: Path, damage: str) -> None:
    opened(file).put("", ANSWER)
    with sqlite3.connect(file) as db:
        db.execute(f"UPDATE answer SET {damage}")
    db.close()
    assert opened(file).get(ANSWER.url, "") is None


def test_a_locked_or_unwritable_file_costs_nothing_but_the_memory(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(file).put("", ANSWER)
    CACHES.pop().close()
    real = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, timeout, **others: real(path, timeout=0.01 * timeout, **others)
    )
    holder = real(file)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    assert opened(file).get(ANSWER.url, "") is None
    opened(file).put("", ANSWER)
    opened(file).forget(ANSWER.url, "")
    holder.rollback()
    holder.close()
    assert opened(file).get(ANSWER.url, "") == ANSWER
    blocked = file.parent / "answers.sqlite" / "below.sqlite"
    opened(blocked).put("", ANSWER)
    assert opened(blocked).get(ANSWER.url, "") is None


def test_a_locked_file_is_waited_for_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    real = sqlite3.connect

    def connected(path: Path, timeout: float, **others: bool) -> sqlite3.Connection:
        waits.append(timeout)
        return real(path, timeout=0.0, **others)

    monkeypatch.setattr(sqlite3, "connect", connected)
    opened(file).put("", ANSWER)
    CACHES.pop().close()
    with closing(real(file)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        cache = opened(file)
        assert [cache.get(ANSWER.url, "") for _ in range(3)] == [None] * 3
    assert cache.get(ANSWER.url, "") == ANSWER
    assert waits == [5.0, 5.0, 0.0, 0.0, 0.0]


def test_many_threads_and_another_process_keep_answers_in_one_file(file: Path) -> None:
    ours, theirs = opened(file), opened(file)
    answers = [msgspec.structs.replace(ANSWER, url=f"https://{n}.example/") for n in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: (ours, theirs)[n % 2].put("", answers[n]), range(40)))
        kept = list(threads.map(lambda answer: ours.get(answer.url, ""), answers))
    assert kept == answers
    ours.close()
    assert ours.get(ANSWER.url, "") is None
    assert ours.get(answers[0].url, "") == answers[0]


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=500), st.text(alphabet=st.characters(max_codepoint=255), max_size=40))
def test_any_body_and_any_token_survive(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, tag: str
) -> None:
    cache = opened(tmp_path_factory.mktemp("cache") / "answers.sqlite")
    answer = msgspec.structs.replace(ANSWER, body=body, validators=Validators(etag=tag))
    cache.put("x", answer)
    assert cache.get(answer.url, "x") == answer
