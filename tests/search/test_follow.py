"""A search that follows its archive opens it only when it has changed."""

from __future__ import annotations

import os
from pathlib import Path

from daybrief.adapters.archive import open_archive
from daybrief.adapters.files import file_stamp
from daybrief.ports import Archive
from daybrief.search import ArchiveSearcher
from daybrief.testing.archives import kept
from daybrief.testing.editions import founding, news


def aged(database: Path) -> str:
    """The stamp of a file that was written an hour ago."""
    for path in database.parent.glob(f"{database.name}*"):
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - 3_600 * 10**9))
    return file_stamp(database)


class CountedOpener:
    """Opens an archive, and counts how often."""

    def __init__(self, database: Path) -> None:
        self.database, self.opened = database, 0

    def __call__(self) -> Archive:
        self.opened += 1
        return open_archive(self.database)


def test_an_archive_that_has_not_changed_is_not_opened(tmp_path: Path) -> None:
    database = kept(tmp_path, founding())
    opener, stamp = CountedOpener(database), aged(database)
    ArchiveSearcher(tmp_path / "index").follow(opener, stamp)
    later = ArchiveSearcher(tmp_path / "index")
    later.follow(opener, stamp)
    assert opener.opened == 1
    assert later.search("language model").hits


def test_a_changed_archive_is_followed(tmp_path: Path) -> None:
    database = kept(tmp_path, founding())
    opener, searcher = CountedOpener(database), ArchiveSearcher(tmp_path / "index")
    searcher.follow(opener, aged(database))
    title = news().stories[0].lead.title
    assert title not in [hit.title for hit in searcher.search(title).hits]
    kept(tmp_path, news())
    searcher.follow(opener, aged(database))
    assert opener.opened == 2
    assert title in [hit.title for hit in searcher.search(title).hits]


def test_an_index_that_was_lost_is_made_again(tmp_path: Path) -> None:
    database = kept(tmp_path, founding())
    opener, stamp = CountedOpener(database), aged(database)
    ArchiveSearcher(tmp_path / "index").follow(opener, stamp)
    for file in (tmp_path / "index").glob("words-*/*"):
        file.unlink()
    again = ArchiveSearcher(tmp_path / "index")
    again.follow(opener, stamp)
    assert opener.opened == 2
    assert again.search("language model").hits


def test_a_file_that_has_just_changed_has_no_stamp(tmp_path: Path) -> None:
    database = kept(tmp_path, founding())
    assert file_stamp(database) == ""
    assert file_stamp(tmp_path / "absent.sqlite") == ""
    assert aged(database)
