"""An archive on a PostgreSQL server keeps the same promises, and several machines may share it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from daybrief.adapters.archive import archive_address, database, open_archive, open_view, upkeep
from daybrief.adapters.archive.writing import SqlArchive
from daybrief.errors import AlreadyRunning, ArchiveBusy, ArchiveDamaged, ArchiveError, ConfigError
from daybrief.model import Harvest
from daybrief.ports import Archive
from daybrief.testing import archives
from daybrief.testing.archive_contract import (
    DAY,
    NEXT,
    NOW,
    ArchiveContract,
    edition_of,
    paper,
    story_of,
    window_of,
)
from daybrief.testing.archives import ReadThroughView, writes_offered

psycopg = pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed: daybrief[postgres]")

pytestmark = pytest.mark.skipif(archives.programs() is None, reason="no PostgreSQL server on this machine")

HOLDER = """
import sys
from daybrief.adapters.archive import open_archive
with open_archive(sys.argv[1]).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with archives.server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    return archives.new_database(server)


@pytest.fixture
def archive(url: str) -> Iterator[SqlArchive]:
    archive = open_archive(url)
    yield archive
    archive.database.close()


class TestPostgresql(ArchiveContract):
    @pytest.fixture
    def archive(self, url: str) -> Iterator[Archive]:
        archive = open_archive(url)
        yield archive
        archive.database.close()


class TestViewOfPostgresql(ArchiveContract):
    @pytest.fixture
    def archive(self, url: str) -> Iterator[Archive]:
        archive = open_archive(url)
        yield cast("Archive", ReadThroughView(archive, open_view(url)))
        archive.database.close()


def test_a_view_can_write_in_no_way(url: str, archive: SqlArchive) -> None:
    made = edition_of([story_of(paper(1))])
    archive.save_editions([made])
    view = open_view(url)
    assert view.edition(DAY, "papers") == made
    assert writes_offered(view) == []
    reading = database.Database(database.dialect_of(archive_address(url), 1.0, reading=True), read_only=True)
    with pytest.raises(ArchiveError), reading.rows() as rows:
        list(rows.rows("DELETE FROM editions"))
    assert archive.latest(5) == (made,)
    reading.close()


def test_a_killed_run_leaves_no_lock(url: str, archive: SqlArchive) -> None:
    command = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning), archive.lock():
            pass
        child.kill()
        child.wait()
    for _ in range(200):  # the server notices a closed connection within milliseconds
        try:
            with archive.lock():
                return
        except AlreadyRunning:
            threading.Event().wait(0.05)
    pytest.fail("the lock of a killed run is still held")


def test_a_second_writer_waits_and_then_says_that_it_is_busy(url: str, archive: SqlArchive) -> None:
    hasty = open_archive(url, wait_s=0.05)
    with archive.database.writing(), pytest.raises(ArchiveBusy):
        hasty.begin(DAY, NOW)
    assert hasty.begin(DAY, NOW)
    hasty.database.close()


def test_programs_that_start_at_once_make_one_archive(url: str) -> None:
    code = "import sys; from daybrief.adapters.archive import open_archive; open_archive(sys.argv[1])"
    started = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    assert upkeep.check(archive_address(url)) == ()


def test_a_value_changed_behind_the_archive_s_back_is_found(url: str, archive: SqlArchive) -> None:
    archive.save_editions([edition_of([story_of(paper(1))])])
    with psycopg.connect(url) as hand:
        hand.execute("UPDATE printed SET category = 'llm'")
    assert upkeep.check(archive_address(url)) == (
        "printed  2024-11-26 papers arxiv:2411.1 is not what its checksum says",
    )


def test_tables_of_another_program_are_refused_and_left_alone(url: str) -> None:
    with psycopg.connect(url) as hand:
        hand.execute("CREATE TABLE alembic_version (version_num text)")
    with pytest.raises(ArchiveDamaged, match="another program"):
        open_archive(url)


@pytest.mark.parametrize(
    ("broken", "error", "why"),
    [
        ("postgresql://daybrief:secret@127.0.0.1:1/x", ArchiveError, "daybrief:…@127"),
        ("postgresql://daybrief@127.0.0.1:port/x", ConfigError, "no address"),
        ("postgresql://", ConfigError, "names no database"),
        ("mysql://root:secret@host/x", ConfigError, "no archive is of the kind 'mysql'"),
    ],
)
def test_an_address_that_leads_nowhere_is_named_without_its_password(
    broken: str, error: type[ArchiveError], why: str
) -> None:
    with pytest.raises(error, match=why) as caught:
        open_archive(broken)
    assert "secret" not in str(caught.value)


def test_a_database_that_is_not_there_says_how_it_is_made(server: str) -> None:
    with pytest.raises(ArchiveError, match="does not exist"):
        open_archive(f"{server}nowhere")


def test_an_archive_goes_to_the_server_and_back_as_it_was(url: str, tmp_path: Path) -> None:
    ours = open_archive(tmp_path / "ours.sqlite")
    ours.save_harvests(
        window_of(DAY), [Harvest(source="arxiv", state="fresh", items=(paper(1, published=NOW),))]
    )
    ours.add_items([(NEXT, paper(2, title="NUL \x00 and \ue000"))], NOW)
    ours.of("me").save_editions([edition_of([story_of(paper(3, title="NUL \x00 and \ue000"))])])
    ours.end(ours.begin(DAY, NOW), NOW, "complete", "", {"collect": 1.5})
    upkeep.copy(archive_address(tmp_path / "ours.sqlite"), archive_address(url))
    theirs = open_archive(url)
    assert theirs.marks() == ours.marks()
    assert theirs.begin(DAY, NOW) == 2
    assert theirs.check() == ()
    theirs.database.close()
    backup = upkeep.back_up_daily(archive_address(url), NOW)
    assert backup is not None
    again = open_archive(backup)
    assert again.of("me").latest(9) == ours.of("me").latest(9)
    assert again.of("me").recent(NEXT, 9) == ours.of("me").recent(NEXT, 9)
    assert again.imported(window_of(NEXT)) == ours.imported(window_of(NEXT))
    assert again.check() == ()
