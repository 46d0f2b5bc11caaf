"""The archive remembers what was printed, forgets nothing by accident, and survives being killed."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from print_forever import DAY, edition_of, paper, story_of, window_of

from daybrief.adapters.archive import SqlArchive, database, open_archive
from daybrief.adapters.archive.schema import HEAD
from daybrief.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, ArchiveTooNew
from daybrief.model import Dropped, Harvest, Receipt, to_json
from daybrief.ports import Archive

NOW = datetime(2024, 11, 26, 9, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "archive #1?.db"


@pytest.fixture
def archive(path: Path) -> SqlArchive:
    return open_archive(path)


def test_it_is_what_the_port_asks_for(archive: SqlArchive) -> None:
    port: Archive = archive
    assert port.latest(5) == ()
    assert archive.check() == ()


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


def test_two_profiles_share_what_was_collected_and_nothing_that_was_told(archive: SqlArchive) -> None:
    edition = edition_of([story_of(paper(15124))])
    archive.save_harvests(window_of(DAY), [Harvest(source="arxiv", state="fresh", items=(paper(15124),))])
    archive.of("team").save_editions([edition])
    assert archive.edition(DAY, "papers") is None
    assert archive.of("team").edition(DAY, "papers") == edition
    assert archive.recent(NEXT, 7) == ()
    assert [known.title for known in archive.of("team").recent(NEXT, 7)] == [paper(15124).title]
    assert archive.of("team").harvests(DAY) == archive.harvests(DAY)


def test_a_day_s_harvests_come_back_as_they_were_and_a_second_call_replaces_them(archive: SqlArchive) -> None:
    gone = (Dropped(ref="x", reason="no-title"),)
    first = Harvest(
        source="arxiv", state="fresh", items=(paper(15124), paper(12946)), dropped=gone, requests=3
    )
    second = Harvest(source="hn", state="failed", error="Unavailable: x", hint="wait")
    archive.save_harvests(window_of(DAY), [first, second])
    assert archive.harvests(DAY) == (first, second)
    archive.save_harvests(window_of(DAY), [second])
    assert archive.harvests(DAY) == (second,)
    assert archive.harvests(NEXT) == ()


def test_an_item_found_twice_by_one_source_is_kept_twice(archive: SqlArchive) -> None:
    twice = Harvest(source="arxiv", state="fresh", items=(paper(15124), paper(15124)))
    archive.save_harvests(window_of(DAY), [twice, twice])
    assert archive.harvests(DAY) == (twice, twice)


def test_an_imported_item_belongs_to_every_day_it_was_imported_for(archive: SqlArchive) -> None:
    assert archive.add_items([(DAY, paper(1)), (DAY, paper(2)), (DAY, paper(2))], NOW) == 2
    assert archive.add_items([(DAY, paper(1)), (NEXT, paper(1))], NOW) == 1
    assert archive.imported(window_of(DAY)) == (paper(1), paper(2))
    assert archive.imported(window_of(NEXT)) == (paper(1),)


def test_an_item_imported_again_for_its_day_replaces_the_first_there_alone(archive: SqlArchive) -> None:
    archive.add_items([(DAY, paper(1)), (NEXT, paper(1))], NOW)
    better = paper(1, title="A better title")
    assert archive.add_items([(DAY, better)], NOW) == 0
    assert archive.imported(window_of(DAY)) == (better,)
    assert archive.imported(window_of(NEXT)) == (paper(1),)


def test_imported_items_are_pending_until_a_run_of_their_day_has_seen_them(archive: SqlArchive) -> None:
    archive.add_items([(DAY, paper(1))], NOW)
    assert archive.pending(window_of(DAY))
    assert not archive.pending(window_of(NEXT))
    archive.settle(window_of(DAY), archive.imported(window_of(DAY)))
    assert not archive.pending(window_of(DAY))
    archive.add_items([(DAY, paper(1))], NOW)
    assert not archive.pending(window_of(DAY)), "the same again is nothing new"
    seen = archive.imported(window_of(DAY))
    archive.add_items([(DAY, paper(1, title="A better title"))], NOW)
    archive.settle(window_of(DAY), seen)
    assert archive.pending(window_of(DAY)), "what was replaced in the meantime was not seen"


def test_imported_items_are_listed_among_what_was_collected_before_any_run(archive: SqlArchive) -> None:
    archive.add_items([(DAY, paper(1))], NOW)
    assert archive.harvests(DAY) == (Harvest(source="import", state="waiting", items=(paper(1),)),)
    mark = archive.marks()[DAY]
    archive.settle(window_of(DAY), [paper(1)])
    assert archive.harvests(DAY)[0].state == "fresh"
    archive.add_items([(DAY, paper(2))], NOW)
    assert archive.marks()[DAY] != mark


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
            told = (
                announced,
                instant,
                added.isoformat(timespec="microseconds"),
                zlib.compress(to_json(item)),
            )
            file.execute(
                "INSERT INTO tray VALUES (?, ?, ?, ?, ?, ?, ?)", (number, item.source, item.key, *told)
            )
    archive = open_archive(path)
    assert archive.imported(window_of(DAY)) == (paper(1), paper(2), paper(3))
    assert archive.harvests(DAY)[0].items == (paper(1), paper(2), paper(3))
    assert archive.imported(window_of(NEXT)) == ()


def test_thousands_of_keys_are_no_problem(archive: SqlArchive) -> None:
    many = [paper(10_000 + n, announced=DAY) for n in range(2_000)]
    assert archive.add_items([(DAY, item) for item in many], NOW) == 2_000
    archive.save_editions([edition_of([story_of(i) for i in many])])
    assert len(archive.remembered([i.key for i in many], NEXT)) == 2_000


def test_a_printed_story_is_remembered_by_each_of_its_keys(archive: SqlArchive) -> None:
    hf = paper(15124, "hf", aliases=("doi:10.1/x",), version=1)
    archive.save_editions([edition_of([story_of(hf, paper(15124, version=2))], category="llm")])
    for key in ("arxiv:2411.15124", "doi:10.1/x"):
        (known,) = archive.remembered([key], NEXT)
        assert known.story == "arxiv:2411.15124"
        assert known.keys == ("arxiv:2411.15124", "doi:10.1/x")
        assert known.sources == ("hf", "arxiv")
        assert (known.version, known.category) == (2, "llm")
        assert (known.first_seen, known.last_seen) == (DAY, DAY)
    assert archive.remembered(["arxiv:2411.00000"], NEXT) == ()
    assert archive.remembered([], NEXT) == ()


def test_what_was_told_over_several_days_is_told_together(archive: SqlArchive) -> None:
    archive.save_editions([edition_of([story_of(paper(1, version=1))])])
    again = paper(1, "hn", key="url:x.org/1")
    archive.save_editions([edition_of([story_of(again, identity="arxiv:2411.1")], day=NEXT)])
    (known,) = archive.remembered(["url:x.org/1"], LATER)
    assert (known.first_seen, known.last_seen) == (DAY, NEXT)
    assert set(known.sources) == {"arxiv", "hn"}
    assert set(known.keys) == {"arxiv:2411.1", "url:x.org/1"}
    assert known.version == 1


def test_remaking_a_day_sees_neither_that_day_nor_later_ones(archive: SqlArchive) -> None:
    for day in (DAY, NEXT, LATER):
        archive.save_editions([edition_of([story_of(paper(1, f"source-{day.day}"))], day=day)])
    assert archive.remembered(["arxiv:2411.1"], DAY) == ()
    assert archive.recent(DAY, 100) == ()
    (known,) = archive.remembered(["arxiv:2411.1"], NEXT)
    assert known.sources == ("source-26",)
    assert known.last_seen == DAY


def test_recent_goes_back_as_many_days_as_asked(archive: SqlArchive) -> None:
    archive.save_editions([edition_of([story_of(paper(1))])])
    archive.save_editions([edition_of([story_of(paper(2))], day=NEXT)])
    assert [r.story for r in archive.recent(LATER, 1)] == ["arxiv:2411.2"]
    assert [r.story for r in archive.recent(LATER, 2)] == ["arxiv:2411.1", "arxiv:2411.2"]
    assert len(archive.recent(date(1, 1, 3), 10)) == 0


def test_an_edition_made_anew_takes_the_place_of_the_old_and_of_its_memory(archive: SqlArchive) -> None:
    archive.save_editions([edition_of([story_of(paper(1))]), edition_of([story_of(paper(3))], kind="news")])
    archive.save_editions([edition_of([story_of(paper(2))])])
    assert [r.story for r in archive.recent(NEXT, 1)] == ["arxiv:2411.2", "arxiv:2411.3"]
    assert archive.remembered(["arxiv:2411.1"], NEXT) == ()
    assert archive.check() == ()


def test_saving_the_same_editions_again_changes_no_byte(archive: SqlArchive, path: Path) -> None:
    made = [edition_of([story_of(paper(1))]), edition_of([story_of(paper(3))], kind="news")]
    archive.save_editions(made)
    before = _dump(path)
    archive.save_editions(made)
    open_archive(path).save_editions(made)
    assert _dump(path) == before


def test_editions_come_newest_first_and_papers_before_news(archive: SqlArchive) -> None:
    made = [edition_of([], day=day, kind=kind) for day in (DAY, NEXT) for kind in ("news", "papers")]
    archive.save_editions(made)
    assert [(e.window.day, e.kind) for e in archive.latest(3)] == [
        (NEXT, "papers"),
        (NEXT, "news"),
        (DAY, "papers"),
    ]
    assert archive.edition(DAY, "news") == made[0]
    assert archive.edition(LATER, "news") is None


def test_receipts_are_kept_in_order_and_replaced(archive: SqlArchive) -> None:
    notes = [
        Receipt(publisher=p, path=f"{p}.md", digest="d", delivered_at=NOW, error=e) for p, e in ("xy", "az")
    ]
    archive.save_receipts(DAY, notes)
    assert archive.receipts(DAY) == tuple(notes)
    archive.save_receipts(DAY, notes[:1])
    assert archive.receipts(DAY) == (notes[0],)
    archive.save_receipts(DAY, [])
    assert archive.receipts(DAY) == ()


def test_runs_are_listed_newest_first_with_what_they_took(archive: SqlArchive) -> None:
    first, second = archive.begin(DAY, NOW), archive.begin(DAY, NOW)
    archive.end(first, NOW + timedelta(seconds=5), "complete", "fine", {"collect": 1.5})
    newest, oldest = archive.runs(10)
    assert (newest.id, newest.outcome, newest.ended_at, newest.seconds) == (second, "running", None, {})
    assert (oldest.outcome, oldest.note, oldest.seconds) == ("complete", "fine", {"collect": 1.5})
    assert oldest.ended_at == NOW + timedelta(seconds=5)
    assert [r.id for r in archive.runs(1)] == [second]


@settings(max_examples=25, deadline=None)
@given(title=st.text(st.characters(codec="utf-8"), max_size=60), text=st.text(st.characters(codec="utf-8")))
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
        found = archive.check()
    except ArchiveDamaged as damaged:
        found = (str(damaged),)
    assert found


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
    with pytest.raises(ArchiveError, match="cannot be used") as caught:
        open_archive(tmp_path)
    assert caught.value.hint


def test_a_full_disk_is_said_and_costs_nothing(path: Path, archive: SqlArchive) -> None:
    archive.save_editions([edition_of([story_of(paper(1))])])
    full = open_archive(path)
    with _room_for(full, 0), pytest.raises(ArchiveError, match="full") as caught:
        full.save_editions([edition_of([story_of(paper(n)) for n in range(3_000)], day=NEXT)])
    assert "space" in caught.value.hint
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
def test_killed_at_any_instant_it_holds_one_whole_state(tmp_path: Path) -> None:
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

    engine = archive.database.dialect.engine

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {now + pages}")

    event.listen(engine, "connect", limit)
    yield
    event.remove(engine, "connect", limit)
