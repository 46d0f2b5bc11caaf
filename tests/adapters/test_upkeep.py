"""A damaged archive is noticed, never overwritten, and put right from a backup or from what is sound."""

from __future__ import annotations

import errno
import gzip
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from daybrief.adapters.archive import archive_address, open_archive, open_view, upkeep
from daybrief.adapters.archive.database import dialect_of
from daybrief.adapters.archive.sqlite import copy_file
from daybrief.adapters.archive.upkeep import salvage
from daybrief.errors import AlreadyRunning, ArchiveDamaged, ArchiveError, ArchiveFull, ConfigError
from daybrief.model import Harvest, to_json
from daybrief.ports.storage import ArchiveAddress
from daybrief.testing.archive_contract import DAY, NEXT, NOW, edition_of, paper, story_of, window_of

CREATING = """
import os, sys
from daybrief.adapters.archive import open_archive
real = os.link
os.link = lambda *a: os._exit(9)
open_archive(sys.argv[1])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive.sqlite"
    archive = open_archive(path)
    items = tuple(paper(n, published=NOW) for n in range(40))
    archive.save_harvests(window_of(DAY), [Harvest(source="arxiv", state="fresh", items=items)])
    archive.save_editions([edition_of([story_of(item) for item in items[:5]])])
    archive.save_editions([edition_of([story_of(items[7])], day=NEXT)])
    archive.end(archive.begin(DAY, NOW), NOW, "complete", "", {"collect": 1.5})
    return path


def sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for statement in statements:
            file.execute(statement)
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


CHANGES = [
    "UPDATE items SET title = 'Paper 3!' WHERE place = 3",
    "UPDATE items SET kind = 'news' WHERE place = 3",
    "UPDATE items SET seal = NULL WHERE place = 3",
    "UPDATE printed SET category = 'llm' WHERE story = 'arxiv:2411.1'",
    "UPDATE printed_keys SET place = 7",
    "UPDATE runs SET outcome = 'failed'",
    "UPDATE run_seconds SET seconds = 1.25",
    "UPDATE harvests SET state = 'failed'",
    "UPDATE editions SET day = '2024-12-01' WHERE day = '2024-11-27'",
    "DELETE FROM printed WHERE story = 'arxiv:2411.1'",
    "DROP TABLE receipts",
    "DROP INDEX items_by_key",
    "ALTER TABLE runs ADD COLUMN extra",
]


@pytest.mark.parametrize("change", CHANGES)
def test_check_names_whatever_was_changed_behind_the_archive_s_back(path: Path, change: str) -> None:
    assert upkeep.check(archive_address(path)) == ()
    sql(path, change)
    (problem, *_) = upkeep.check(archive_address(path))
    assert problem


def test_a_damaged_edition_is_not_read_and_not_published(path: Path) -> None:
    sql(path, "UPDATE editions SET digest = upper(digest)")
    with pytest.raises(ArchiveDamaged, match="editions  2024-11-26 papers is not what its checksum says"):
        open_archive(path).edition(DAY, "papers")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "an empty file"),
        (b"dear diary " * 500, "not a sound archive"),
        (b"SQLite format 3\0" + bytes(4080), "."),
    ],
)
def test_what_is_no_archive_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "archive.sqlite"
    path.write_bytes(content)
    with pytest.raises(ArchiveDamaged, match=why):
        open_archive(path)
    assert path.read_bytes() == content
    assert upkeep.check(archive_address(path))


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
@pytest.mark.timeout(30)
def test_what_is_no_file_is_refused_and_never_waited_for(
    tmp_path: Path, path: Path, make: Callable[[Path], object]
) -> None:
    other = tmp_path / "other.sqlite"
    make(other)
    with pytest.raises(ArchiveDamaged, match="no file"):
        open_archive(other)
    assert upkeep.check(archive_address(other))
    for refused in (
        lambda: upkeep.restore(archive_address(path), other, NOW),
        lambda: upkeep.copy(archive_address(other), archive_address(tmp_path / "new.sqlite")),
        lambda: upkeep.copy(archive_address(path), archive_address(other)),
    ):
        with pytest.raises(ArchiveError):
            refused()
    assert upkeep.check(archive_address(path)) == ()


@pytest.mark.parametrize("statement", ["PRAGMA application_id = 17", "CREATE TABLE t (a)", "VACUUM"])
def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "archive.sqlite"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 1")
        file.execute(statement)
    before = path.read_bytes()
    assert before
    with pytest.raises(ArchiveDamaged, match="another program"):
        open_archive(path)
    assert path.read_bytes() == before


def test_an_archive_under_another_program_s_mark_is_refused(path: Path) -> None:
    sql(path, "PRAGMA application_id = 17")
    with pytest.raises(ArchiveDamaged, match="application id 17"):
        open_archive(path)


@pytest.mark.parametrize("version", ["0000", "x", "", "00:4"])
def test_an_unknown_format_number_is_damage(path: Path, version: str) -> None:
    sql(path, f"UPDATE alembic_version SET version_num = '{version}'")
    with pytest.raises(ArchiveDamaged, match="never was"):
        open_archive(path)


def test_a_journal_whose_archive_is_gone_starts_no_new_archive(path: Path) -> None:
    path.with_name("archive.sqlite-wal").write_bytes(b"the last commits")
    path.unlink()
    with pytest.raises(ArchiveDamaged, match="is gone"):
        open_archive(path)
    assert not path.exists()


def test_a_program_that_dies_while_it_makes_an_archive_leaves_none_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "archive.sqlite"
    assert subprocess.run([sys.executable, "-c", CREATING, str(path)], check=False).returncode == 9
    assert not path.exists()
    assert list(tmp_path.iterdir())
    open_archive(path)
    assert [left.name for left in tmp_path.iterdir()] == ["archive.sqlite"]


def test_every_commit_is_on_the_disk_before_it_is_told(path: Path) -> None:
    """Whatever the power takes away: the file and its journal as they are now hold all that was saved."""
    archive = open_archive(path)
    with archive.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        archive.save_editions([edition_of([], day=NEXT, kind="news")])
        lost = path.with_name("lost.sqlite")
        for suffix in ("", "-wal"):
            lost.with_name(lost.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    after = open_archive(lost)
    assert after.edition(NEXT, "news") is not None
    assert after.check() == ()


# ── backups ─────────────────────────────────────────────────────────────────────────────────────────


def days(*numbers: int) -> list[date]:
    return [DAY + timedelta(days=n) for n in numbers]


@pytest.mark.parametrize(
    ("present", "kept"),
    [
        ([], []),
        ([0], [0]),
        (range(7), range(7)),
        # Day 0 is a Tuesday. The older ones leave the newest of each of their weeks.
        (range(-60, 1), [-6, -5, -4, -3, -2, -1, 0, -7, -9, -16, -23]),
        ([0, -100, -101, -200], [0, -100, -101, -200]),
    ],
)
def test_the_last_seven_backups_are_kept_and_one_of_each_week_before(
    present: list[int], kept: list[int]
) -> None:
    assert upkeep.kept_days(days(*present)) == frozenset(days(*kept))


def test_a_backup_a_day_is_made_and_old_ones_go_only_for_a_whole_one(path: Path) -> None:
    address = archive_address(path)
    for n in range(9):
        assert upkeep.back_up_daily(address, NOW + timedelta(days=n), days=2)
        assert upkeep.back_up_daily(address, NOW + timedelta(days=n, hours=3), days=2) is None
    assert [b.day for b in upkeep.backups(address)] == days(8, 7, 6, 5)  # day 5 is a Sunday
    before = upkeep.backups(address)
    sql(path, CHANGES[0])
    with pytest.raises(ArchiveDamaged, match="was not backed up"):
        upkeep.back_up_daily(address, NOW + timedelta(days=20), days=2)
    assert upkeep.backups(address) == before


def test_a_backup_taken_while_others_write_is_one_state_in_one_file(path: Path, tmp_path: Path) -> None:
    archive = open_archive(path)
    with archive.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM runs")
        made = upkeep.back_up(archive_address(path), tmp_path / "b.sqlite")
        with pytest.raises(ArchiveError, match="is there already"):
            upkeep.back_up(archive_address(path), made)
    copy = open_view(made)
    assert len(copy.runs(9)) == 1
    assert archive.runs(9) == ()
    assert upkeep.check(archive_address(made)) == ()


# ── restoring ───────────────────────────────────────────────────────────────────────────────────────


def test_the_newest_whole_backup_takes_the_place_and_nothing_is_overwritten(path: Path) -> None:
    address = archive_address(path)
    for n in range(3):
        upkeep.back_up_daily(address, NOW + timedelta(days=n))
    newest, second, _ = upkeep.backups(address)
    sql(newest.path, CHANGES[0])
    path.write_bytes(b"overwritten by something else")
    done = upkeep.restore(address, None, NOW)
    assert done.source == second.path
    assert done.aside == path.with_name("archive.sqlite.replaced-20241126T090000Z")
    assert done.aside.read_bytes() == b"overwritten by something else"
    assert len(open_archive(path).latest(9)) == 2
    assert upkeep.check(address) == ()


def test_archives_that_are_replaced_in_one_second_are_all_kept(path: Path, tmp_path: Path) -> None:
    address = archive_address(path)
    saved = upkeep.back_up(address, tmp_path / "b.sqlite")
    replaced = []
    for text in (b"first", b"second", b"third"):
        path.write_bytes(text)
        replaced.append(upkeep.restore(address, saved, NOW).aside)
    assert [aside.read_bytes() for aside in replaced if aside] == [b"first", b"second", b"third"]
    assert upkeep.check(address) == ()


def test_a_restored_archive_takes_nothing_from_the_old_one_s_journal(path: Path, tmp_path: Path) -> None:
    address = archive_address(path)
    saved = upkeep.back_up(address, tmp_path / "b.sqlite")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM runs").fetchall()
        open_archive(path).begin(DAY, NOW)
        assert path.with_name("archive.sqlite-wal").stat().st_size
        done = upkeep.restore(address, saved, NOW)
    assert len(open_archive(path).runs(9)) == 1
    assert done.aside
    assert len(open_archive(done.aside).runs(9)) == 2


def test_a_damaged_backup_is_refused_and_the_archive_stays(path: Path, tmp_path: Path) -> None:
    address = archive_address(path)
    saved = upkeep.back_up(address, tmp_path / "b.sqlite")
    sql(saved, CHANGES[0])
    before = path.read_bytes()
    with pytest.raises(ArchiveDamaged, match=r"b\.sqlite"):
        upkeep.restore(address, saved, NOW)
    assert path.read_bytes() == before
    with pytest.raises(ConfigError, match="no whole backup"):
        upkeep.restore(address, None, NOW)


def test_nothing_is_restored_while_a_run_holds_the_archive(path: Path, tmp_path: Path) -> None:
    saved = upkeep.back_up(archive_address(path), tmp_path / "b.sqlite")
    with open_archive(path).lock(), pytest.raises(AlreadyRunning):
        upkeep.restore(archive_address(path), saved, NOW)


# ── salvage ─────────────────────────────────────────────────────────────────────────────────────────


def _listed(path: Path) -> dict[str, tuple[bytes, int]]:
    return {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in path.parent.iterdir() if p.is_file()}


def _elsewhere(address: ArchiveAddress) -> Path:
    return Path(address.target).parent / "elsewhere" / "other.sqlite"


READINGS: dict[str, Callable[[ArchiveAddress], object]] = {
    "check": upkeep.check,
    "copy into a file": lambda address: copy_file(Path(address.target), _elsewhere(address)),
    "salvage": lambda address: salvage(address, archive_address(_elsewhere(address)), {}),
}


@pytest.mark.parametrize("name", READINGS)
@pytest.mark.parametrize("change", [None, *CHANGES[:2]])
def test_what_only_reads_an_archive_leaves_its_folder_as_it_was(
    path: Path, name: str, change: str | None
) -> None:
    if change:
        sql(path, change)
    before = _listed(path)
    READINGS[name](archive_address(path))
    assert _listed(path) == before


def test_a_journal_that_another_program_writes_stays_while_an_archive_is_checked(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("UPDATE runs SET outcome = 'failed'")
        assert len(upkeep.check(archive_address(path))) == 1
        assert path.with_name(f"{path.name}-wal").stat().st_size > 0
        other.execute("UPDATE runs SET outcome = 'complete'")
    assert upkeep.check(archive_address(path)) == ()


def test_a_reader_beside_a_check_reads_on(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM items").fetchone()
        assert upkeep.check(archive_address(path)) == ()
        sql(path, "DELETE FROM items WHERE place = 3")
        assert reader.execute("SELECT count(*) FROM items").fetchone() == before


def test_what_is_sound_is_saved_and_what_is_not_is_left_out(path: Path, tmp_path: Path) -> None:
    sql(path, CHANGES[0], "DELETE FROM printed", "UPDATE editions SET digest = 'x' WHERE day = '2024-11-27'")
    done = salvage(archive_address(path), archive_address(tmp_path / "new.sqlite"), {})
    assert (done.saved["items"], done.damaged) == (39, {"items": 1, "editions": 1})
    saved = open_archive(tmp_path / "new.sqlite")
    assert [edition.window.day for edition in saved.latest(9)] == [DAY]
    assert len(saved.recent(NEXT, 9)) == 5
    assert saved.check() == ()


def test_a_page_that_cannot_be_read_costs_only_its_rows(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        pages = [
            number
            for (number,) in file.execute(
                "SELECT pageno FROM dbstat WHERE name = 'items' AND pagetype = 'leaf'"
            )
        ]
        size = file.execute("PRAGMA page_size").fetchone()[0]
    assert len(pages) > 1
    sql(path)
    with path.open("r+b") as raw:
        raw.seek((pages[0] - 1) * size)
        raw.write(b"\xff" * size)
    assert upkeep.check(archive_address(path))
    done = salvage(archive_address(path), archive_address(tmp_path / "new.sqlite"), {})
    assert 40 - 40 // len(pages) * 2 <= done.saved["items"] < 40
    assert done.saved["editions"] == 2
    assert open_archive(tmp_path / "new.sqlite").check() == ()


def test_an_archive_is_rebuilt_from_its_published_json(path: Path, tmp_path: Path) -> None:
    editions = open_archive(path).latest(9)
    out = tmp_path / "out"
    for edition in editions:
        (out / edition.window.day.isoformat()).mkdir(parents=True)
        file = out / edition.window.day.isoformat() / f"{edition.kind}.json"
        file.write_bytes(to_json(edition, pretty=True))
    changed = out / "2024-11-26" / "news.json"
    changed.write_bytes(to_json(editions[0], pretty=True).replace(b"Paper 7", b"Paper 8", 1))
    (out / "2024-11-27" / "news.json").write_bytes(b"[" * 100_000)
    done = salvage(
        archive_address(tmp_path / "gone.sqlite"), archive_address(tmp_path / "n.sqlite"), {"": [out]}
    )
    assert (done.published, len(done.unusable)) == (2, 2)
    rebuilt = open_archive(tmp_path / "n.sqlite")
    assert rebuilt.latest(9) == editions
    assert rebuilt.check() == ()


def test_salvage_takes_an_archive_of_an_older_format(tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite"
    old.write_bytes(gzip.decompress((Path(__file__).parent / "data/archive-0002.sqlite.gz").read_bytes()))
    done = salvage(archive_address(old), archive_address(tmp_path / "new.sqlite"), {})
    assert (done.saved["editions"], done.saved["items"], done.saved["imported_items"]) == (4, 21, 1)
    assert done.damaged == {}
    assert open_archive(tmp_path / "new.sqlite").check() == ()


def test_nothing_is_salvaged_over_a_file_that_is_there(path: Path, tmp_path: Path) -> None:
    (tmp_path / "there.sqlite").write_bytes(b"")
    with pytest.raises(ArchiveError):
        salvage(archive_address(path), archive_address(tmp_path / "there.sqlite"), {})
    with pytest.raises(ArchiveError, match="is there already"):
        salvage(archive_address(path), archive_address(path), {})


# ── copying ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_holds_the_same_and_goes_on_counting_runs(path: Path, tmp_path: Path) -> None:
    upkeep.copy(archive_address(path), archive_address(f"sqlite:///{tmp_path}/copy.sqlite"))
    ours, copied = open_archive(path), open_archive(tmp_path / "copy.sqlite")
    assert copied.latest(9) == ours.latest(9)
    assert copied.marks() == ours.marks()
    assert copied.begin(DAY, NOW) == ours.begin(DAY, NOW)
    assert copied.check() == ()


def test_a_damaged_archive_is_not_copied(path: Path, tmp_path: Path) -> None:
    sql(path, CHANGES[0])
    with pytest.raises(ArchiveDamaged):
        upkeep.copy(archive_address(path), archive_address(tmp_path / "copy.sqlite"))


def test_without_an_archive_nothing_is_checked_copied_or_backed_up(tmp_path: Path) -> None:
    gone = archive_address(tmp_path / "gone.sqlite")
    with pytest.raises(ArchiveError, match="there is no archive"):
        upkeep.check(gone)
    with pytest.raises(ArchiveError, match="there is no archive"):
        upkeep.copy(gone, archive_address(tmp_path / "copy.sqlite"))
    with pytest.raises(ArchiveError, match="there is no archive"):
        upkeep.back_up(gone, tmp_path / "backup.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_an_archive_on_a_server_is_neither_restored_nor_salvaged_as_a_file(tmp_path: Path) -> None:
    server = archive_address("postgresql://daybrief@127.0.0.1/daybrief")
    with pytest.raises(ConfigError, match="on a server"):
        upkeep.restore(server, None, NOW)
    with pytest.raises(ConfigError, match="on a server"):
        salvage(server, archive_address(tmp_path / "new.sqlite"), {})
    assert list(tmp_path.iterdir()) == []


def test_where_the_archive_is_gone_a_backup_is_restored_and_nothing_is_set_aside(
    path: Path, tmp_path: Path
) -> None:
    address = archive_address(path)
    backup = upkeep.back_up(address, tmp_path / "backup.sqlite")
    editions = open_archive(path).latest(9)
    for file in tmp_path.glob("archive.sqlite*"):
        file.unlink()
    assert upkeep.restore(address, backup, NOW).aside is None
    assert open_archive(path).latest(9) == editions


@pytest.mark.parametrize(
    "content", [b"", b"no database of any kind, in a few words", b"SQLite format 3\0" + bytes(84)]
)
def test_salvage_of_a_file_without_tables_makes_an_empty_sound_archive(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "broken.sqlite").write_bytes(content)
    done = salvage(archive_address(tmp_path / "broken.sqlite"), archive_address(tmp_path / "new.sqlite"), {})
    assert set(done.saved.values()) == {0}
    assert open_archive(tmp_path / "new.sqlite").check() == ()


def test_a_published_edition_that_the_archive_still_holds_is_not_taken_twice(
    path: Path, tmp_path: Path
) -> None:
    editions = open_archive(path).latest(9)
    for edition in editions:
        folder = tmp_path / "out" / edition.window.day.isoformat()
        folder.mkdir(parents=True)
        (folder / f"{edition.kind}.json").write_bytes(to_json(edition, pretty=True))
    with (tmp_path / "out" / DAY.isoformat() / "news.json").open("wb") as file:
        file.truncate(upkeep.MOST_BYTES + 1)
    done = salvage(archive_address(path), archive_address(tmp_path / "new.sqlite"), {"": [tmp_path / "out"]})
    assert (done.saved["editions"], done.published, len(done.unusable)) == (2, 0, 1)
    assert open_archive(tmp_path / "new.sqlite").latest(9) == editions


# ── folders that nobody may write ───────────────────────────────────────────────────────────────────

READING = """
import os, sys
from datetime import date
from daybrief.adapters.archive import open_archive, open_view
from daybrief.errors import ArchiveError
open_archive(sys.argv[1]).check()  # everything is imported while it may be
os.setgid(65534)
os.setuid(65534)
view, archive = open_view(sys.argv[1]), open_archive(sys.argv[1])
print(len(view.latest(9)), len(archive.latest(9)), archive.check())
try:
    archive.begin(date(2024, 1, 1), archive.latest(1)[0].made_at)
except ArchiveError as error:
    print(error.exit_code, error.message)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
def test_an_archive_in_a_read_only_folder_is_read_and_its_writer_is_told(path: Path) -> None:
    sql(path)
    for folder in (path.parent, *path.parent.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", READING, str(path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[:1] == ["2 2 ()"], done.stderr
    assert done.stdout.splitlines()[1].startswith("74 the archive"), done.stdout


def test_a_table_that_cannot_be_read_at_all_costs_neither_the_others_nor_hours(
    path: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(path)) as file:
        (root,) = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'items'").fetchone()
        (size,) = file.execute("PRAGMA page_size").fetchone()
    sql(path)
    with path.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(b"\xff" * size)
    done = salvage(archive_address(path), archive_address(tmp_path / "new.sqlite"), {})
    assert (done.saved["items"], done.saved["editions"]) == (0, 2)


@pytest.mark.parametrize("place", [0, 16, 21, 47, 59])
def test_a_broken_header_costs_no_row(path: Path, tmp_path: Path, place: int) -> None:
    sql(path)
    with path.open("r+b") as raw:
        raw.seek(place)
        (byte,) = raw.read(1)
        raw.seek(place)
        raw.write(bytes([byte ^ 0x40]))
    done = salvage(archive_address(path), archive_address(tmp_path / "new.sqlite"), {})
    assert (done.saved["items"], done.saved["editions"], done.damaged) == (40, 2, {})


def test_twenty_damaged_rows_are_named_and_the_rest_counted(path: Path) -> None:
    sql(path, "UPDATE items SET title = 'changed'")
    problems = upkeep.check(archive_address(path))
    assert sum("is not what its checksum says" in problem for problem in problems) == 20
    assert "items: 20 more rows are not what their checksums say" in problems


def test_an_edition_that_cannot_be_unpacked_is_named_and_hides_no_other_damage(path: Path) -> None:
    sql(
        path,
        "UPDATE editions SET body = x'00ff' WHERE day = '2024-11-27'",
        "UPDATE runs SET outcome = 'failed'",
    )
    problems = upkeep.check(archive_address(path))
    assert [problem for problem in problems if "cannot be read" in problem] == [
        "the papers edition of 2024-11-27 cannot be read: Error -3 while decompressing data: "
        "incorrect header check"
    ]
    assert any(problem.startswith("runs") for problem in problems)
    assert any(problem.startswith("editions") for problem in problems)


def test_an_index_that_lost_a_row_is_named_by_the_database(path: Path) -> None:
    sql(path)
    with closing(sqlite3.connect(path)) as file:
        pages = file.execute("SELECT pageno FROM dbstat WHERE name = 'items_by_key' AND pagetype = 'leaf'")
        page, size = pages.fetchone()[0], file.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as raw:
        raw.seek((page - 1) * size)
        changed = raw.read(size).replace(b"arxiv:", b"brxiv:", 1)
        raw.seek((page - 1) * size)
        raw.write(changed)
    assert any(problem.startswith("SQLite: ") for problem in upkeep.check(archive_address(path)))


def test_an_older_archive_whose_edition_was_changed_is_named_and_not_migrated(tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite"
    old.write_bytes(gzip.decompress((Path(__file__).parent / "data/archive-0002.sqlite.gz").read_bytes()))
    sql(old, "UPDATE editions SET digest = 'x'")
    assert "is not what its digest says" in upkeep.check(archive_address(old))[0]
    with pytest.raises(ArchiveDamaged, match="is not what its digest says"):
        open_archive(old).begin(DAY, NOW)


def test_a_disk_without_room_is_told_as_such_and_another_fault_is_not(path: Path) -> None:
    dialect = dialect_of(archive_address(path), 1.0)
    with pytest.raises(ArchiveFull), dialect.guarded(1):
        raise OSError(errno.ENOSPC, "no room")
    with pytest.raises(ArchiveError, match="no entry"), dialect.guarded(1):
        raise OSError(errno.EACCES, "no entry")
    dialect.close()


def test_the_mark_of_a_database_changes_with_another_program_s_write_and_can_be_read_after_closing(
    path: Path,
) -> None:
    dialect = dialect_of(archive_address(path), 1.0)
    before = dialect.mark()
    sql(path, "UPDATE runs SET outcome = 'failed'")
    assert dialect.mark() != before
    dialect.close()
    assert dialect.mark()
    dialect.close()
