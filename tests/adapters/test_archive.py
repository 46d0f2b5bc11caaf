"""The archive remembers what was printed, forgets nothing by accident, and survives being killed."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import cast

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from daybrief.adapters.archive import HEAD, archive_address, database, open_archive, open_view
from daybrief.adapters.archive.sqlite import SqliteReader
from daybrief.adapters.archive.writing import SqlArchive
from daybrief.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, ArchiveFull, ArchiveTooNew, ConfigError
from daybrief.model import Harvest, to_json
from daybrief.ports import Archive
from daybrief.ports.storage import without_password
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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "archive #1?.db"


@pytest.fixture
def archive(path: Path) -> SqlArchive:
    return open_archive(path)


class TestSqlite(ArchiveContract):
    @pytest.fixture
    def archive(self, path: Path) -> Archive:
        return open_archive(path)


class TestViewOfSqlite(ArchiveContract):
    @pytest.fixture
    def archive(self, path: Path) -> Archive:
        return cast("Archive", ReadThroughView(open_archive(path), open_view(path)))


def test_a_view_reads_the_same_and_can_write_in_no_way(path: Path, archive: SqlArchive) -> None:
    made = edition_of([story_of(paper(1))])
    archive.save_editions([made])
    view = open_view(path)
    assert view.edition(DAY, "papers") == made
    assert writes_offered(view) == []
    for statement in ("DELETE FROM editions", "PRAGMA query_only = OFF", "CREATE TABLE t (c)"):
        with pytest.raises(ArchiveError), SqliteReader(archive_address(path), 1.0).rows() as reading:
            list(reading.rows(statement))
    dialect = database.dialect_of(archive_address(path), 1.0, reading=True)
    with pytest.raises(ArchiveError), database.Database(dialect, read_only=True).writing():
        pass
    assert archive.latest(5) == (made,)


def test_a_page_of_a_file_is_read_without_the_libraries_of_those_who_write(path: Path) -> None:
    open_archive(path).save_editions([edition_of([story_of(paper(1))])])
    code = (
        "import sys, datetime\nfrom daybrief.adapters.archive import open_view\n"
        "view = open_view(sys.argv[1])\n"
        f"assert view.edition(datetime.date.fromisoformat('{DAY}'), 'papers')\nassert view.marks()\n"
        "print({'sqlalchemy', 'alembic', 'filelock'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_fork_uses_no_connection_that_its_parent_had_open(path: Path) -> None:
    open_archive(path).save_editions([edition_of([story_of(paper(1))])])
    code = (
        "import os, sys\nfrom daybrief.adapters.archive import archive_address\n"
        "from daybrief.adapters.archive.sqlite import SqliteReader\n"
        "reader = SqliteReader(archive_address(sys.argv[1]), 1.0)\n"
        "def days():\n    with reader.rows() as rows:\n"
        "        return list(rows.rows('SELECT day FROM editions'))\n"
        "days(), reader.mark()\n"
        "open_before = [c for c in reader._free.queue if c]\n"
        "if not (fork := os.fork()):\n"
        "    left = [c for c in reader._free.queue if c]\n"
        "    os._exit(len(open_before) - 1 + len(left) + (reader._watch is not None) + (days() == []))\n"
        "assert os.waitpid(fork, 0)[1] == 0 and days()"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


def tables_of(path: Path) -> dict[str, tuple[object, ...]]:
    """Every table with its columns, primary key and indexes, as the file has them."""
    with closing(sqlite3.connect(path)) as file:
        names = [row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: (
                file.execute(f"PRAGMA table_info({name})").fetchall(),
                sorted(
                    (index[1], index[2], tuple(file.execute(f"PRAGMA index_info({index[1]})").fetchall()))
                    for index in file.execute(f"PRAGMA index_list({name})")
                ),
            )
            for name in names
        }


def migrated(path: Path, *, start: str = "") -> None:
    """An archive made by the migrations alone up to `start`, then opened (and so brought up to date)."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import URL, create_engine
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        environment = EnvironmentContext(config, scripts)
        environment.configure(connection=connection, fn=lambda rev, _: scripts._upgrade_revs(start, rev))
        environment.run_migrations()


@pytest.mark.parametrize("start", ["0001", "0002", HEAD])
def test_the_tables_that_migrations_make_are_the_tables_of_a_new_archive(tmp_path: Path, start: str) -> None:
    migrated(tmp_path / "old.sqlite", start=start)
    open_archive(tmp_path / "old.sqlite")
    open_archive(tmp_path / "new.sqlite")
    assert tables_of(tmp_path / "old.sqlite") == tables_of(tmp_path / "new.sqlite")


def test_what_an_older_archive_holds_is_there_after_its_migration(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    migrated(path, start="0001")
    edition = edition_of([story_of(paper(15124))]).sealed()
    body = zlib.compress(to_json(edition))
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("INSERT INTO editions VALUES ('2024-11-26', 'papers', ?, ?)", (edition.digest, body))
        file.execute(
            "INSERT INTO printed VALUES ('2024-11-25','papers','s','paper','T','[\"arxiv\"]',1,'rag')"
        )
        file.execute("INSERT INTO printed_keys VALUES ('k', '2024-11-25', 'papers', 's', 0)")
    archive = open_archive(path)
    assert archive.latest(5) == (edition,)
    assert [p for p in archive.check() if "stories" not in p] == []
    assert [known.story for known in archive.remembered(["k"], DAY)] == ["s"]


def test_items_imported_into_an_older_archive_belong_to_the_day_they_belonged_to(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    migrated(path, start="0002")
    rows = (
        (paper(1), DAY.isoformat(), None, NOW),
        (paper(2), None, NOW, NOW + timedelta(days=9)),
        (paper(3), None, None, NOW),
    )
    with closing(sqlite3.connect(path)) as file, file:
        for number, (item, announced, published, added) in enumerate(rows):
            instant = published.isoformat(timespec="microseconds") if published else None
            stamps_and_body = (
                announced,
                instant,
                added.isoformat(timespec="microseconds"),
                zlib.compress(to_json(item)),
            )
            file.execute(
                "INSERT INTO tray VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, item.source, item.key, *stamps_and_body),
            )
    archive = open_archive(path)
    assert archive.imported(window_of(DAY)) == (paper(1), paper(2), paper(3))
    assert archive.harvests(DAY)[0].items == (paper(1), paper(2), paper(3))
    assert archive.imported(window_of(NEXT)) == ()


def test_saving_the_same_editions_again_changes_no_byte(archive: SqlArchive, path: Path) -> None:
    made = [edition_of([story_of(paper(1))]), edition_of([story_of(paper(3))], kind="news")]
    archive.save_editions(made)
    before = _dump(path)
    archive.save_editions(made)
    open_archive(path).save_editions(made)
    assert _dump(path) == before


@settings(max_examples=25, deadline=None)
@given(title=st.text(st.characters(codec="utf-8"), max_size=60), text=st.text(st.characters(codec="utf-8")))
@example(title="  two  blanks  ", text="\0\ta \u200b b\r\n\ufeff")
def test_any_text_comes_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, title: str, text: str
) -> None:
    archive = open_archive(tmp_path_factory.getbasetemp() / "any.db")
    harvest = Harvest(source="arxiv", state="fresh", items=(paper(1, title=title, text=text),))
    archive.save_harvests(window_of(DAY), [harvest])
    assert archive.harvests(DAY) == (harvest,)


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_is_no_database_is_left_alone_and_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"dear diary " * 500)
    with pytest.raises(ArchiveDamaged, match=r"notes\.txt"):
        open_archive(path)
    assert path.read_bytes() == b"dear diary " * 500


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url)")
        other.commit()
    with pytest.raises(ArchiveDamaged, match="another program"):
        open_archive(path)


def test_an_archive_of_a_newer_daybrief_says_so(path: Path, archive: SqlArchive) -> None:
    _sql(path, "UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(ArchiveTooNew, match="0999") as caught:
        open_archive(path)
    assert "upgrade" in caught.value.hint


def test_a_broken_page_is_damage_and_integrity_finds_it(path: Path, archive: SqlArchive) -> None:
    archive.save_editions([edition_of([story_of(paper(n)) for n in range(300)])])
    _sql(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(random.Random(1).randbytes(size // 3))
    try:
        damages = archive.check()
    except ArchiveDamaged as damaged:
        damages = (str(damaged),)
    assert damages


def test_a_row_changed_behind_our_back_is_found(path: Path, archive: SqlArchive) -> None:
    archive.save_editions([edition_of([story_of(paper(1))])])
    _sql(path, "DELETE FROM printed")
    assert "not those remembered" in archive.check()[0]
    _sql(path, "UPDATE editions SET digest = 'x'")
    assert "checksum" in archive.check()[0]
    assert "digest" in archive.check()[1]
    _sql(path, "UPDATE editions SET body = x'00'")
    with pytest.raises(ArchiveDamaged, match="checksum"):
        archive.edition(DAY, "papers")


def test_a_missing_table_is_damage(path: Path, archive: SqlArchive) -> None:
    _sql(path, "DROP TABLE printed")
    with pytest.raises(ArchiveDamaged):
        archive.recent(NEXT, 1)


def test_an_archive_that_somebody_else_writes_is_busy_and_readable(path: Path, archive: SqlArchive) -> None:
    archive.save_editions([edition_of([])])
    hasty = open_archive(path, wait_s=0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveBusy) as caught:
            hasty.begin(DAY, NOW)
        assert len(hasty.latest(1)) == 1
        other.execute("ROLLBACK")
    assert caught.value.transient
    assert caught.value.exit_code == 75
    assert hasty.begin(DAY, NOW) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArchiveError, match="file"):
        open_archive(tmp_path / "file" / "archive.db")


def test_a_path_that_is_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is no file") as caught:
        open_archive(tmp_path)
    assert caught.value.hint


def test_a_full_disk_is_said_and_costs_nothing(path: Path, archive: SqlArchive) -> None:
    archive.save_editions([edition_of([story_of(paper(1))])])
    full = open_archive(path)
    with _room_for(full, 0), pytest.raises(ArchiveError, match="full") as caught:
        full.save_editions([edition_of([story_of(paper(n)) for n in range(3_000)], day=NEXT)])
    assert "space" in caught.value.hint
    assert isinstance(caught.value, ArchiveFull)
    assert caught.value.where == str(path.parent)
    assert caught.value.needed > 500_000
    assert f"{caught.value.needed:,} bytes are needed there" in caught.value.message
    assert [e.window.day for e in archive.latest(5)] == [DAY]
    assert archive.check() == ()


def test_two_programs_that_start_at_once_make_one_archive(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, datetime as d\nfrom daybrief.adapters.archive import open_archive\n"
        "open_archive(pathlib.Path(sys.argv[1])).begin(d.date(2024, 1, 1), d.datetime.now(d.UTC))"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "one.db")]
    started = [subprocess.Popen(argv, stderr=subprocess.PIPE) for _ in range(3)]
    ended = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], ended
    assert len(open_archive(tmp_path / "one.db").runs(9)) == 3


@pytest.mark.timeout(300)
def test_a_kill_at_any_instant_leaves_one_whole_state(tmp_path: Path) -> None:
    """Ten real processes, each killed by SIGKILL at another instant of saving."""
    draw = random.Random(26)
    path = tmp_path / "archive.db"
    for _ in range(10):
        _kill_while_saving(path, after=draw.randint(1, 12), wait_s=draw.random() * 0.03)
        archive = open_archive(path)
        papers, news = archive.edition(DAY, "papers"), archive.edition(DAY, "news")
        assert papers
        assert news
        assert papers.stories == news.stories
        assert len(archive.recent(NEXT, 1)) == len(papers.stories)
        first, second = archive.harvests(DAY)
        assert first == second
        assert archive.check() == ()


def _kill_while_saving(path: Path, *, after: int, wait_s: float) -> None:
    script = Path(__file__).with_name("print_forever.py")
    victim = subprocess.Popen([sys.executable, str(script), str(path)], stdout=subprocess.PIPE)
    assert victim.stdout
    for _ in range(after):
        assert victim.stdout.readline()
    try:
        victim.wait(wait_s)
    except subprocess.TimeoutExpired:
        victim.kill()
    victim.stdout.close()
    assert victim.wait(10) == -9


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as probe:
        return list(probe.iterdump())


def _sql(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as hand:
        hand.execute(statement)


@contextmanager
def _room_for(archive: SqlArchive, pages: int) -> Iterator[None]:
    """The archive's file cannot grow by more than `pages` pages: SQLite then reports a full disk."""
    from sqlalchemy import event

    engine = archive.database.dialect.writer

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {now + pages}")

    event.listen(engine, "connect", limit)
    yield
    event.remove(engine, "connect", limit)


def test_an_archive_of_format_0002_opens_migrates_and_reads_the_same(tmp_path: Path) -> None:
    """Made by the program that wrote that format: the founding day, a profile, an import and a message."""
    path = tmp_path / "old.sqlite"
    path.write_bytes(gzip.decompress((Path(__file__).parent / "data/archive-0002.sqlite.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as file:
        before = {
            (profile, kind): json.loads(zlib.decompress(body))
            for profile, kind, body in file.execute("SELECT profile, kind, body FROM editions")
        }
        collected = file.execute(
            "SELECT source, (SELECT count(*) FROM items WHERE harvest = h.place) FROM harvests h "
            "ORDER BY place"
        ).fetchall()
    archive = open_archive(path)
    assert archive.profiles() == ("", "me")
    for (profile, kind), edition in before.items():
        made = archive.of(profile).edition(DAY, kind)
        assert made is not None
        after = json.loads(to_json(made))
        assert _holds(after, edition)
    assert [edition.digest[:8] for edition in archive.latest(9)] == ["64d6c61c", "95f5fe5f"]
    assert [(h.source, len(h.items)) for h in archive.harvests(DAY)] == [*collected, ("import", 1)]
    assert [example.origin for example in archive.of("me").examples()] == ["reader"]
    assert [row.message.subject for row in archive.outbox().ready()] == ["The day"]
    assert [run.outcome for run in archive.runs(9)] == ["complete"]
    assert len(archive.receipts(DAY)) == 15
    assert archive.check() == ()


def _holds(after: object, before: object) -> bool:
    """Whether a JSON value holds all that another does; fields that a later format added may come on top."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(_holds(after.get(name), before[name]) for name in before)
    if isinstance(before, list):
        return isinstance(after, list) and len(after) == len(before) and all(map(_holds, after, before))
    return after == before


MADE_WITHIN = """
import os, resource, sys
from pathlib import Path
from typing import cast
from sqlalchemy import Pool, event
from daybrief.adapters.archive import open_archive
from daybrief.errors import ArchiveDamaged, ArchiveError

def limit(most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

for most in range(8_192, 300_000, 24_576):
  for before in (True, False):
    path = Path(sys.argv[1]) / f"{most}-{before}.sqlite"
    if not (child := os.fork()):
        if before:
            limit(most)
        else:
            event.listen(Pool, "close", lambda *_: limit(most))
        try:
            open_archive(path)
        except ArchiveDamaged:
            os._exit(1)
        except ArchiveError:
            os._exit(2 if path.exists() else 0)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code == 0, (most, before, code)
    open_archive(path)
"""


def test_an_archive_for_which_there_was_no_room_is_not_there_and_can_be_made_later(tmp_path: Path) -> None:
    """Each limit of a file's size stops its making at another write: the journal's, or the file's."""
    done = subprocess.run(
        [sys.executable, "-c", MADE_WITHIN, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("secret", ["s3cret", "s3/cret", "s3@cret", "s3:cret", "s3+c/r@et:"])
def test_an_address_is_told_without_its_password_however_that_is_written(secret: str) -> None:
    assert without_password(f"postgresql://me:{secret}@host:1/x") == "postgresql://me:…@host:1/x"
    assert without_password("postgresql://me@host:1/x") == "postgresql://me@host:1/x"


@pytest.mark.parametrize("setting", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://here/a.db"])
def test_an_address_that_names_no_file_is_refused(setting: str) -> None:
    with pytest.raises(ConfigError, match="names no file"):
        archive_address(setting)


def test_an_edition_without_a_digest_is_kept_under_that_of_its_contents(archive: SqlArchive) -> None:
    sealed = edition_of([story_of(paper(1))])
    archive.save_editions([msgspec.structs.replace(sealed, digest="")])
    assert [row.digest for row in archive.editions(DAY, DAY)] == [sealed.digest]


def test_the_keys_of_a_story_come_in_the_order_of_their_places(archive: SqlArchive, path: Path) -> None:
    story = story_of(paper(1, aliases=("doi:10.1/b", "doi:10.1/a", "doi:10.1/c")))
    archive.save_editions([edition_of([story])])
    (known,) = archive.recent(NEXT, 7)
    _sql(path, "UPDATE printed_keys SET place = 9 - place")
    (turned,) = archive.recent(NEXT, 7)
    assert len(known.keys) == 4
    assert turned.keys == known.keys[::-1]
    assert archive.keys_of(known.story) == (known.story, turned.keys)
