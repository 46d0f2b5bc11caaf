"""A new archive out of what is sound in a damaged one, and out of editions that were published as JSON.

    each table: every row that can be read → seal agrees? → into the new archive
    each published edition that the damaged archive lost → into the new archive

A row whose seal does not agree is left out and counted: nothing is guessed.
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, select

from daybrief.adapters.archive import memory, rows
from daybrief.adapters.archive.address import ArchiveAddress
from daybrief.adapters.archive.checking import digest_of
from daybrief.adapters.archive.database import Database
from daybrief.adapters.archive.repository import SqlArchive
from daybrief.adapters.archive.schema import CONTENT, editions
from daybrief.adapters.archive.upkeep import new_database
from daybrief.errors import ConfigError
from daybrief.model import Edition, from_json

MOST_BYTES = 64 * 2**20  # of one published edition
_ROWS = 4_096  # read and inserted at once
_LEAST = 10_000_000
_PAGE = 4096  # bytes a page, in every archive
_PATIENCE = 10_000  # failed reads after which a table gives up, for each range that gave something


class Salvaged(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of each table were saved, how many were found damaged, and editions taken from JSON.

    Rows on pages that cannot be read at all are in neither count.
    """

    saved: dict[str, int]
    damaged: dict[str, int]
    published: int
    unusable: tuple[str, ...]  # published files that are no whole edition


def salvage(
    source: ArchiveAddress, target: ArchiveAddress, published_in: Mapping[str, Iterable[Path]]
) -> Salvaged:
    """Make a new archive at `target`; `published_in` are the output folders of each profile.

    The source is only read, and may be missing. Raises ArchiveError when there is something at the target,
    ConfigError for a source that is not a file.
    """
    if source.scheme != "sqlite":
        raise ConfigError(f"{source} is on a server", hint="restore it with the server's own tools")
    database = new_database(target)
    saved, damaged = _tables(Path(source.target), database)
    count, unusable = _published(SqlArchive(database), published_in)
    return Salvaged(saved=saved, damaged=damaged, published=count, unusable=unusable)


# ── out of the file ─────────────────────────────────────────────────────────────────────────────────


def _tables(path: Path, database: Database) -> tuple[dict[str, int], dict[str, int]]:
    saved, damaged = dict.fromkeys((t.name for t in CONTENT), 0), dict[str, int]()
    if not path.is_file():
        return saved, damaged
    with _opened(path) as file, database.writing(path.stat().st_size) as connection:
        for table in CONTENT:
            for batch in _batches(_sound(file, table, damaged)):
                saved[table.name] += _put(connection, database, table, batch)
        _remember(connection)
    return saved, damaged


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The damaged file, read as it lies: with its journal when SQLite can make sense of it, else without.

    Where its first bytes are broken, a copy is read whose header says what every archive's does.
    """
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.sqlite"
        for attempt, options in ((path, ""), (path, "&immutable=1"), (copy, "&immutable=1")):
            if attempt is copy:
                shutil.copyfile(path, copy)
                _mend_header(copy)
            tried = sqlite3.connect(f"{attempt.resolve().as_uri()}?mode=ro{options}", uri=True)
            tried.text_factory = _text
            try:
                tried.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.Error:
                tried.close()
                continue
            with closing(tried):
                yield tried
            return
        with closing(sqlite3.connect(":memory:")) as nothing:
            yield nothing


def _mend_header(path: Path) -> None:
    """Write the bytes of the header that all archives share (https://www.sqlite.org/fileformat2.html)."""
    with path.open("r+b") as file:
        file.write(b"SQLite format 3\0" + struct.pack(">HBBBBBB", _PAGE, 1, 1, 0, 64, 32, 32))
        for place, value in ((44, 4), (56, 1)):  # schema format, text encoding: UTF-8
            file.seek(place)
            file.write(struct.pack(">I", value))


def _text(raw: bytes) -> str | bytes:
    """Text, or the bytes of what is none: the seal will not agree with those."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _sound(file: sqlite3.Connection, table: Table, damaged: dict[str, int]) -> Iterator[rows.Stored]:
    """The rows of a table that are what was written."""
    names = [column.name for column in table.columns]
    name, present = _as_it_lies(file, table.name)
    older = {"profile": "''", "pending": "0", "day": "announced" if name == "tray" else "", rows.SEAL: "NULL"}
    chosen = [f'"{column}"' if column in present else older.get(column, "") for column in names]
    if not all(chosen):
        return
    for values in _readable(file, name, chosen):
        row: rows.Stored = dict(zip(names, values, strict=True))
        if row[rows.SEAL] == rows.seal_of(row) or (rows.SEAL not in present and _decodes(row)):
            yield row | {rows.SEAL: rows.seal_of(row)}
        else:
            damaged[table.name] = damaged.get(table.name, 0) + 1


def _as_it_lies(file: sqlite3.Connection, table: str) -> tuple[str, frozenset[str]]:
    """The name and the columns of a table in the file, which may be of an older format."""
    for name in (table, "tray") if table == "imported_items" else (table,):
        try:
            columns = frozenset(str(row[1]) for row in file.execute(f'PRAGMA table_info("{name}")'))
        except (sqlite3.Error, UnicodeDecodeError):  # also of a column's name
            columns = frozenset()
        if columns:
            return name, columns
    return table, frozenset()


def _readable(file: sqlite3.Connection, table: str, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Every row that can be read: a range that fails is halved until the rows that fail are alone."""
    query = f'SELECT {", ".join(names)} FROM "{table}" NOT INDEXED WHERE rowid BETWEEN ? AND ?'  # noqa: S608 (ours)
    failures, patience = 0, _PATIENCE
    for start in range(0, _last(file, table) + 1, _ROWS):
        ranges = [(start, start + _ROWS - 1)]
        while ranges and failures < patience:
            first, last = ranges.pop()
            try:
                read = file.execute(query, (first, last)).fetchall()
            except sqlite3.Error:
                failures += 1
                if first < last:
                    middle = (first + last) // 2
                    ranges += [(middle + 1, last), (first, middle)]
                continue
            patience += _PATIENCE if read else 0  # a table whose root is gone fails everywhere
            yield from read


def _last(file: sqlite3.Connection, table: str) -> int:
    """The highest number of a row, or where nobody can say, more than any row of a file has."""
    (size,) = file.execute("PRAGMA page_count").fetchone()
    most = max(_LEAST, int(size) * _PAGE)
    try:
        (last,) = file.execute(f'SELECT max(rowid) FROM "{table}"').fetchone()  # noqa: S608 (a name of ours)
    except sqlite3.Error:
        return most
    return min(int(last or 0), most)


def _decodes(row: rows.Stored) -> bool:
    """Whether a row of a format without seals can at least be read."""
    try:
        return "body" not in row or bool(msgspec.json.decode(zlib.decompress(row["body"])))
    except (zlib.error, TypeError, msgspec.DecodeError):
        return False


def _put(connection: Connection, database: Database, table: Table, batch: list[rows.Stored]) -> int:
    """Insert rows, each place once; how many there was room for."""
    before = rows.count(connection, table)
    rows.put_stored(connection, table, batch, database.dialect.insert)
    return rows.count(connection, table) - before


def _batches(sound: Iterator[rows.Stored]) -> Iterator[list[rows.Stored]]:
    while batch := list(islice(sound, _ROWS)):
        yield batch


def _remember(connection: Connection) -> None:
    """Remember the stories of each saved edition anew: some of their own rows may be lost."""
    for profile, body in connection.execute(select(editions.c.profile, editions.c.body)).all():
        memory.remember(connection, profile, from_json(body, Edition))


# ── out of what was published ───────────────────────────────────────────────────────────────────────


def _published(archive: SqlArchive, folders: Mapping[str, Iterable[Path]]) -> tuple[int, tuple[str, ...]]:
    count, unusable = 0, list[str]()
    for profile, listed in folders.items():
        mine = archive.of(profile)
        for path in sorted(file for folder in listed for file in _files(folder)):
            edition = _edition(path)
            if edition is None:
                unusable.append(str(path))
            elif mine.edition(edition.window.day, edition.kind) is None:
                mine.save_editions([edition])
                count += 1
    return count, tuple(unusable)


def _files(folder: Path) -> Iterator[Path]:
    for name in ("papers.json", "news.json"):
        yield from folder.glob(f"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]/{name}")


def _edition(path: Path) -> Edition | None:
    """A published edition whose digest is that of its bytes."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        body = msgspec.json.format(path.read_bytes(), indent=-1)
        edition = from_json(body, Edition)
    except (OSError, ConfigError, ValueError, RecursionError):
        return None
    return edition if edition.digest and digest_of(body, edition.digest) == edition.digest else None
