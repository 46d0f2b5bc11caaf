"""Searchers with each kind of index: in a folder, and in the database of a PostgreSQL archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daybrief.search import ArchiveSearcher
from daybrief.testing import archives


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server of our own."""
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is not installed: daybrief[postgres]")
    if archives.programs() is None:
        pytest.skip("no PostgreSQL server on this machine")
    with archives.server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(params=["folder", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ArchiveSearcher]:
    """A searcher that knows nothing yet, with each kind of index in turn."""
    if request.param == "folder":
        yield ArchiveSearcher(tmp_path / "index")
        return
    url = archives.new_database(request.getfixturevalue("server"))
    yield ArchiveSearcher(tmp_path / "index", words=archives.index_at(url))
