"""The index in PostgreSQL is one for all who share the archive, whole after a kill, and bounded in time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.search.test_search import FIRST, ITEMS, collect, ids_of, item

from daybrief.adapters.archive import open_archive, words
from daybrief.adapters.archive.postgresql import has_vectors
from daybrief.adapters.archive.rows import tsvector_of
from daybrief.adapters.archive.words import DatabaseIndex
from daybrief.adapters.archive.writing import SqlArchive
from daybrief.app.ports import Ports
from daybrief.app.runs import keep_searchable
from daybrief.config import Search, Settings
from daybrief.errors import ArchiveBusy, ArchiveDamaged, ArchiveError
from daybrief.ports import IndexEntry
from daybrief.search import ArchiveSearcher
from daybrief.testing import archives
from daybrief.text.query import parse


@pytest.fixture
def url(server: str) -> str:
    return archives.new_database(server)


@pytest.fixture
def archive(url: str) -> SqlArchive:
    made = open_archive(url)
    for day, items in ITEMS.items():
        collect(made, day, items)
    return made


@pytest.fixture
def searcher(url: str, archive: SqlArchive, tmp_path: Path) -> ArchiveSearcher:
    made = ArchiveSearcher(tmp_path / "index", words=archives.index_at(url))
    assert made.sync(archive) == 2
    return made


def lexemes(url: str) -> dict[str, int]:
    with open_archive(url).database.dialect.reader.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT word, entries FROM public_search.lexemes_{words.FORMAT}")
        return dict(tuple(row) for row in rows)


def test_ranking_a_long_text_reads_only_its_own_pages(url: str, archive: SqlArchive, tmp_path: Path) -> None:
    draw = random.Random(7)
    texts = [" ".join(f"{draw.getrandbits(32):08x}" for _ in range(360)) for _ in range(20)]
    day = FIRST + timedelta(2)
    collect(archive, day, [item(f"long{n}", "Long", text) for n, text in enumerate(texts)])
    ArchiveSearcher(tmp_path / "index", words=archives.index_at(url)).sync(archive)
    with open_archive(url).database.dialect.reader.connect() as connection:
        table = f"public_search.entries_{words.FORMAT}"
        ranks = f"SELECT sum(ts_rank(words, 'long')) FROM {table} WHERE length > 8"
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {ranks}").scalar_one()[0][
            "Plan"
        ]
        own = connection.exec_driver_sql(f"SELECT pg_relation_size('{table}') / 8192").scalar_one()
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= own


def test_one_index_serves_every_reader_of_the_archive(
    url: str, archive: SqlArchive, searcher: ArchiveSearcher, tmp_path: Path
) -> None:
    other = ArchiveSearcher(tmp_path / "another machine", words=archives.index_at(url))
    assert other.sync(archive) == 0, "the other one indexed it already"
    assert other.search("language attention") == searcher.search("language attention")
    collect(archive, FIRST + timedelta(2), [item("n", "Neutrino")])
    assert other.sync(archive) == 1
    assert ids_of(searcher, "neutrino") == ["n"]


def test_the_counts_of_words_follow_the_days_that_come_change_and_go(
    url: str, archive: SqlArchive, searcher: ArchiveSearcher
) -> None:
    before = lexemes(url)
    assert before[""] == 5
    assert before["languag"] == 3
    collect(archive, FIRST + timedelta(2), [item("n", "A neutrino language")])
    searcher.sync(archive)
    assert lexemes(url)["languag"] == 4
    collect(archive, FIRST + timedelta(2), [])
    searcher.sync(archive)
    assert lexemes(url) == before
    searcher.rebuild(archive)
    assert lexemes(url) == before


KILLED = """
import sys
from daybrief.adapters.archive import open_archive
from daybrief.search import ArchiveSearcher
from daybrief.adapters.archive.words import DatabaseIndex
archive = open_archive(sys.argv[1])
searcher = ArchiveSearcher(sys.argv[2], words=DatabaseIndex(archive.database.dialect))
print("ready", flush=True)
searcher.sync(archive)
"""


@pytest.mark.parametrize("after_ms", [0, 10, 60, 200])
def test_a_kill_while_an_index_is_written_leaves_the_old_or_the_new_one(
    url: str, archive: SqlArchive, searcher: ArchiveSearcher, tmp_path: Path, after_ms: int
) -> None:
    many = [item(f"k{n}", f"Killed number {n}", "words " * 50) for n in range(600)]
    collect(archive, FIRST, many)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, url, str(tmp_path)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        threading.Event().wait(after_ms / 1_000)
        os.kill(writer.pid, signal.SIGKILL)
    assert (bool(ids_of(searcher, "sparse")), bool(ids_of(searcher, "killed"))) in {
        (True, False),
        (False, True),
    }
    searcher.sync(archive)
    assert ids_of(searcher, "sparse") == []
    assert len(searcher.search("killed", most=100).hits) == 100


def test_a_dropped_index_is_made_again(
    url: str, archive: SqlArchive, searcher: ArchiveSearcher, tmp_path: Path
) -> None:
    before = searcher.search("language").hits
    with archive.database.dialect.writer.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public_search CASCADE")
    again = ArchiveSearcher(tmp_path / "index", words=archives.index_at(url))
    assert again.sync(archive) == 2
    assert again.search("language").hits == before
    assert archive.check() == ()


def test_each_profile_has_an_index_of_its_own(url: str, archive: SqlArchive, tmp_path: Path) -> None:
    mine = ArchiveSearcher(tmp_path / "mine", words=archives.index_at(url, "mine"))
    theirs = ArchiveSearcher(tmp_path / "theirs", words=archives.index_at(url, "theirs"))
    mine.sync(archive.of("mine"))
    assert ids_of(mine, "sparse") == ["a"]
    assert ids_of(theirs, "sparse") == []


def test_two_do_not_write_at_once(url: str, archive: SqlArchive, tmp_path: Path) -> None:
    dialect = open_archive(url, wait_s=0.1).database.dialect
    index = archives.index_at(url)
    impatient = DatabaseIndex(dialect)
    with archive.database.dialect.writer.begin() as connection:
        index._wait(connection)
        with pytest.raises(ArchiveBusy, match="in use by another process"):
            ArchiveSearcher(tmp_path, words=impatient).sync(archive)
    assert ArchiveSearcher(tmp_path, words=impatient).sync(archive) == 2


def test_the_latest_entries_with_a_very_common_word_are_ranked(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_archive(url)
    days = [FIRST + timedelta(n) for n in range(30)]
    for day in days:
        collect(archive, day, [item(f"{day}-{n}", f"Model {n}", "A model of data.") for n in range(4)])
    collect(archive, date(2020, 1, 1), [item("old", "Axolotl models", "A model of data on axolotls.")])
    searcher = ArchiveSearcher(tmp_path, words=archives.index_at(url))
    searcher.sync(archive)
    monkeypatch.setattr(words, "MOST_ROWS", 2)
    hits = searcher.search("model", most=10).hits
    assert [hit.day for hit in hits] == sorted((hit.day for hit in hits), reverse=True)
    assert hits[0].day == days[-1]
    assert ids_of(searcher, "model axolotl")[0] == "old", "the rare word is looked for everywhere"
    assert ids_of(searcher, "model to:2020-01-31") == ["old"], "within the days that were asked for"


def test_a_user_without_the_right_to_make_tables_is_told_what_to_do(url: str, tmp_path: Path) -> None:
    with open_archive(url).database.dialect.writer.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS reader")
        connection.exec_driver_sql("CREATE ROLE reader LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    with pytest.raises(ArchiveError, match="permission denied") as denied:
        archives.index_at(url.replace("daybrief@", "reader@"))
    assert "`folder` under [search]" in denied.value.hint


def test_an_index_is_made_when_somebody_searches_and_kept_up_by_runs(
    url: str, archive: SqlArchive, caplog: pytest.LogCaptureFixture
) -> None:
    ports = Ports(Settings(archive=url), {})
    keep_searchable(ports, [""])
    assert not ports.has_index()
    assert ids_of(ports.searcher(), "sparse") == ["a"]
    assert ports.has_index()
    collect(archive, FIRST + timedelta(2), [item("n", "Neutrino")])
    keep_searchable(ports, [""])
    assert ids_of(ports.searcher(), "neutrino") == ["n"]
    assert caplog.records == []


def test_a_folder_that_is_set_keeps_the_index_out_of_the_database(
    url: str, archive: SqlArchive, tmp_path: Path
) -> None:
    assert archive.days() == ()
    ports = Ports(Settings(archive=url, search=Search(folder=str(tmp_path / "own"))), {})
    assert ids_of(ports.searcher(), "sparse") == ["a"]
    assert not index_there(url)
    assert (tmp_path / "own").is_dir()


def index_there(url: str) -> bool:
    dialect = open_archive(url).database.dialect
    return DatabaseIndex(dialect).exists()


@pytest.mark.parametrize(
    ("title", "body", "tokens"),
    [
        ("It's a \\ test", "", {"'s':2A", "'test':4A"}),
        ("언어모델", "언어", {"'언어':1A,5", "'어모':2A", "'모델':3A", "'^언어'"}),
        ("", "", set()),
    ],
)
def test_tokens_are_written_as_postgresql_reads_them(title: str, body: str, tokens: set[str]) -> None:
    entry = IndexEntry(id="a", kind="paper", day=FIRST, title=title, text=body)
    assert tokens <= set(tsvector_of(entry)[0].split())


def test_a_server_without_pgvector_is_told_apart(url: str) -> None:
    dialect = open_archive(url).database.dialect
    present = has_vectors(dialect)
    with dialect.reader.connect() as connection:
        query = "SELECT count(*) FROM pg_extension WHERE extname = 'vector'"
        assert present == bool(connection.exec_driver_sql(query).scalar())


def test_words_in_letters_of_their_own_that_stand_side_by_side_come_first(url: str, tmp_path: Path) -> None:
    archive = open_archive(url)
    apart = item("apart", "모델과 언어", "언어를 배운 모델이 모델을 낳고 언어를 잇는다.")
    collect(archive, FIRST, [apart, item("beside", "거대 언어 모델의 편향", "편향을 재는 자료.")])
    searcher = ArchiveSearcher(tmp_path, words=archives.index_at(url))
    searcher.sync(archive)
    assert ids_of(searcher, "언어 모델") == ["beside", "apart"]


def test_words_that_are_everywhere_are_looked_for_together_first(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_archive(url)
    texts = [item(f"m{n}", f"Paper {n}", "A model.") for n in range(9)]
    texts += [item(f"d{n}", f"Paper {n}", "Much data.") for n in range(9)]
    collect(archive, FIRST, [*texts, item("both", "Paper", "A model of data.")])
    searcher = ArchiveSearcher(tmp_path, words=archives.index_at(url))
    searcher.sync(archive)
    monkeypatch.setattr(words, "MOST_ROWS", 2)
    assert ids_of(searcher, "model data")[0] == "both"


@pytest.mark.parametrize(
    ("statement", "error", "message"),
    [
        ("SELECT pg_sleep(5)", ArchiveBusy, "took too long"),
        ("SELECT * FROM no_such_table", ArchiveDamaged, "not a sound archive"),
    ],
)
def test_what_the_server_refuses_is_told_in_words_of_ours(
    url: str, statement: str, error: type[ArchiveError], message: str
) -> None:
    dialect = open_archive(url).database.dialect

    def execute() -> None:
        with dialect.guarded(), dialect.reader.begin() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 20")
            connection.exec_driver_sql(statement)

    with pytest.raises(error, match=message):
        execute()


def test_tables_of_another_format_are_dropped_once_the_new_ones_are_made(
    url: str, archive: SqlArchive, tmp_path: Path
) -> None:
    with archive.database.dialect.writer.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA public_search")
        for table in ("entries_0", "marks_0_0123456789abcdef", "notes", "vectors_0123"):
            connection.exec_driver_sql(f"CREATE TABLE public_search.{table} (day date)")
    assert ArchiveSearcher(tmp_path, words=archives.index_at(url)).sync(archive) == 2
    with archive.database.dialect.reader.connect() as connection:
        listed = "SELECT tablename FROM pg_tables WHERE schemaname = 'public_search' ORDER BY 1"
        tables = [row[0] for row in connection.exec_driver_sql(listed)]
    assert tables == [
        *(f"{table}_{words.FORMAT}" for table in ("entries", "lexemes", "marks")),
        "notes",
        "vectors_0123",
    ]


def test_texts_about_a_very_common_word_are_ranked_first(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_archive(url)
    about = [item(f"about{n}", "Axolotl models", "Of salamanders.") for n in range(3)]
    collect(archive, FIRST, about)
    for n in range(1, 20):
        collect(archive, FIRST + timedelta(n), [item(f"{n}", f"Paper {n}", "It names axolotls once.")])
    searcher = ArchiveSearcher(tmp_path, words=archives.index_at(url))
    searcher.sync(archive)
    monkeypatch.setattr(words, "MOST_ROWS", 3)
    assert sorted(ids_of(searcher, "axolotl")[:3]) == ["about0", "about1", "about2"]


@pytest.mark.parametrize(
    ("typed", "rare", "common"),
    [
        ("돋보입니다", "이 방법이 돋보입니다.", "효과를 보입니다."),
        ("돕습니다", "연구를 돕습니다.", "연구가 있습니다."),
        ("언어모델", "언어모델을 다룬다.", "큰 언어의 작은 모델을 다룬다."),
        ("다중모달리티", "다중 모달리티를 다룬다.", "모달리티를 다룬다."),
    ],
)
def test_of_a_compound_those_with_its_rare_letters_come_first_and_not_all_with_the_common_ones_are_read(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, rare: str, common: str
) -> None:
    archive = open_archive(url)
    collect(archive, FIRST, [item("rare", "A", rare)])
    for n in range(1, 30):
        collect(archive, FIRST + timedelta(n), [item(f"{n}", f"Paper {n}", common)])
    searcher = ArchiveSearcher(tmp_path, words=archives.index_at(url))
    searcher.sync(archive)
    monkeypatch.setattr(words, "MOST_ROWS", 3)
    ids = ids_of(searcher, typed)
    assert ids[0] == "rare"
    assert ids[1:] == [f"{n}" for n in range(29, 30 - len(ids), -1)], "then the latest of the others"
    assert 3 <= len(ids) <= 1 + 4 * 3


def small_index(url: str) -> str:
    with open_archive(url).database.dialect.reader.connect() as connection:
        listed = "SELECT indexdef FROM pg_indexes WHERE indexname LIKE '%%_by_latest_words'"
        return str(connection.exec_driver_sql(listed).scalar() or "")


def test_the_small_index_follows_the_latest_days(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "LATEST", 5)
    archive = open_archive(url)
    searcher = ArchiveSearcher(tmp_path, words=archives.index_at(url))
    days = [FIRST + timedelta(n) for n in range(15)]
    began = []
    for day in days:
        collect(archive, day, [item(f"{day}", f"Model of {day}", "A model.")])
        searcher.sync(archive)
        began.append(small_index(url)[-18:])
        assert len(searcher.search("model", most=20).hits) == days.index(day) + 1
    assert began[8] == "", "one index is enough for nine days"
    assert str(days[5]) in began[9]
    assert began[9] == began[13], "it is made anew when it holds twice as many as it must"
    assert str(days[10]) in began[14]
    searcher.rebuild(archive)
    assert str(days[10]) in small_index(url)


def test_entries_beyond_the_small_index_are_read_where_it_fills_no_page(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"LATEST": 20, "_FEW": 1, "MOST_ROWS": 2}.items():
        monkeypatch.setattr(words, name, value)
    archive = open_archive(url)
    for n in range(60):
        about = "Whales sing." if n % 4 == 0 else "Gulls cry."
        collect(archive, FIRST + timedelta(n), [item(f"{n}", f"Study {n}", about)])
    searcher = ArchiveSearcher(tmp_path, words=archives.index_at(url))
    searcher.sync(archive)
    there = [f"{n}" for n in range(56, -1, -4)]
    for page, many in ((5, 5), (6, 8)):  # five of the latest twenty, of which eight of thirty-two are asked
        monkeypatch.setattr(words, "_PAGE", page)
        assert ids_of(searcher, '"whales sing"') == there[:many]


def test_a_word_said_often_in_a_phrase_is_sought_twice(searcher: ArchiveSearcher) -> None:
    assert searcher.search('"' + "language " * 200 + '"').hits == ()
    assert words._QueryTerms(parse('"' + "model " * 200 + '"'), lambda _: 1).sequence("model " * 9) == (
        "('model' <1> 'model')"
    )


def test_exclusions_alone_list_the_latest_entries_without_those_words(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_archive(url)
    subjects = ["squids", "crabs", "whales", "otters", "seals", "crabs", "gulls", "whales"]
    for n, subject in enumerate(subjects):
        collect(archive, FIRST + timedelta(n), [item(f"{n}", f"A study of {subject}", "Of the sea.")])
    searcher = ArchiveSearcher(tmp_path, words=archives.index_at(url))
    searcher.sync(archive)
    assert ids_of(searcher, "-crabs -whales") == ["6", "4", "3", "0"]
    assert ids_of(searcher, "-crabs -whales -lions") == ["6", "4", "3", "0"], "a small archive is read whole"
    monkeypatch.setattr(words, "MOST_ROWS", 1)  # four entries are looked at
    assert ids_of(searcher, "-crabs -whales -lions") == ["6", "4"]


def test_many_exclusions_are_not_sought_ever_further_back(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hardly an entry lacks all of them: older ones were read in vain, for a second of a large archive."""
    archive = open_archive(url)
    for n, subject in enumerate(["gulls", "otters", "whales", "crabs"]):
        collect(archive, FIRST + timedelta(n), [item(f"{n}", f"A study of {subject}", "Of the sea.")])
    searcher = ArchiveSearcher(tmp_path, words=archives.index_at(url))
    searcher.sync(archive)
    for typed in ("study -crabs -whales", "study -crabs -whales -lions"):
        assert ids_of(searcher, typed) == ["1", "0"], "a small archive is read whole"
    monkeypatch.setattr(words, "MOST_ROWS", 1)  # an entry is read, and of few exclusions four
    assert ids_of(searcher, "study -crabs -whales") == ["1", "0"]
    assert ids_of(searcher, "study -crabs -whales -lions") == []
