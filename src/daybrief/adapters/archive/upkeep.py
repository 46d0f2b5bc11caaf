"""The upkeep of an archive: copies, daily backups, restoring one, and saving what is sound.

    back up: copy → check the copy → name it → drop what the rule does not keep
    restore: check the backup → copy it beside the archive → set the old one aside → put it in its place
    salvage: every row that can be read → seal agrees? → into the new archive
             each published edition that the damaged archive lost → into the new archive

Nothing is overwritten: what a backup takes the place of stays beside it under another name. A salvaged row
whose seal does not agree is left out and counted: nothing is guessed.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from sqlalchemy import Boolean, Connection, Date, Table, select

from daybrief.adapters.archive import SEAL, Stored, rows, seal_of
from daybrief.adapters.archive.database import (
    Database,
    dialect_of,
    digest_of,
    problems_of,
    problems_of_older,
)
from daybrief.adapters.archive.rows import CONTENT, OrderedText, editions, escaped, unescaped
from daybrief.adapters.archive.sqlite import copy_file, only_read, sync_file, sync_folder
from daybrief.adapters.archive.writing import SqlArchive, remember
from daybrief.errors import ArchiveDamaged, ArchiveError, ConfigError
from daybrief.model import Edition, from_json
from daybrief.ports.storage import ArchiveAddress, archive_address

DAYS, WEEKS = 7, 4  # the newest backup of each of the last days that have one, and of the weeks before
_WAIT_S = 10.0


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A daily backup: its file, its day (UTC) and its size in bytes."""

    path: Path
    day: date
    size: int


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """The archive that was put in place, and the path of the earlier one; None when there was none."""

    source: Path
    aside: Path | None


def check(address: ArchiveAddress) -> tuple[str, ...]:
    """Lists the damage of an archive in words; empty when all is well. Writes nothing.

    Raises ArchiveError when there is none or it cannot be reached, ArchiveTooNew, ArchiveBusy.
    """
    database = Database(dialect_of(address, _WAIT_S, reading=True), read_only=True)
    try:
        with database.guarded():
            if not database.dialect.exists():
                raise ArchiveError(
                    f"there is no archive at {address}", hint="the first `daybrief run` makes it"
                )
        current = database.is_current()
        with database.reading() as connection:
            looks = problems_of if current else problems_of_older
            return tuple(looks(database.dialect, connection))
    except ArchiveDamaged as damaged:
        return (damaged.message,)
    finally:
        database.close()


# ── copies ──────────────────────────────────────────────────────────────────────────────────────────


def copy(source: ArchiveAddress, target: ArchiveAddress) -> dict[str, int]:
    """Copy a whole archive into a new one, of any kind; returns how many rows each table has.

    Raises ArchiveError when the target holds anything, ArchiveDamaged when the source does not agree with
    its checksums.
    """
    taken = Database(dialect_of(source, _WAIT_S))
    with taken.guarded():
        if not taken.dialect.exists():
            raise ArchiveError(f"there is no archive at {source}", hint="name the one to copy")
    taken.prepare()
    given = new_database(target)
    counts: dict[str, int] = {}
    with taken.reading() as reader, given.writing() as writer:
        for problem in problems_of(taken.dialect, reader):
            raise ArchiveDamaged(f"{source}: {problem}", hint="daybrief archive check lists all of it")
        for table in CONTENT:
            counts[table.name] = 0
            for batch in rows.stored_rows(reader, table):
                rows.put_stored(
                    writer, table, [native(writer, table, row, reader.dialect.name) for row in batch]
                )
                counts[table.name] += len(batch)
        given.dialect.renumber(writer)
    for database in (taken, given):
        database.close()
    return counts


def new_database(address: ArchiveAddress) -> Database:
    """An empty archive at an address. Raises ArchiveError when it holds anything already."""
    database = Database(dialect_of(address, _WAIT_S))
    with database.guarded():
        there = database.dialect.exists()
    if there and address.scheme == "sqlite":
        raise ArchiveError(f"{address} is there already", hint="name a file that is not there yet")
    database.prepare()
    with database.reading() as connection:
        if any(rows.count(connection, table) for table in CONTENT):
            raise ArchiveError(f"{address} holds an archive already", hint="name one that is empty")
    return database


def native(connection: Connection, table: Table, row: Stored, source: str) -> Stored:
    """A stored row as another database takes it, sealed anew: `source` is the name of its dialect."""
    target = connection.dialect.name
    if source == target:
        return row
    translated = dict(row)
    for column in table.columns:
        value = row[column.name]
        if value is None:
            continue
        if isinstance(column.type, Boolean):
            translated[column.name] = bool(value) if target == "postgresql" else int(value)
        elif isinstance(column.type, Date) and target == "sqlite":
            translated[column.name] = value.isoformat()
        elif isinstance(column.type, OrderedText):
            translated[column.name] = escaped(value) if target == "postgresql" else unescaped(value)
    return translated | {SEAL: seal_of(translated)}


# ── backups ─────────────────────────────────────────────────────────────────────────────────────────


def backups(address: ArchiveAddress) -> tuple[Backup, ...]:
    """The daily backups of an archive, newest first."""
    return tuple(sorted(_backups(address), key=lambda backup: backup.day, reverse=True))


def _backups(address: ArchiveAddress) -> Iterator[Backup]:
    for path in address.beside("backups").glob(f"{address.stem}-*.sqlite"):
        with suppress(ValueError):
            day = date.fromisoformat(path.stem.removeprefix(f"{address.stem}-"))
            yield Backup(path=path, day=day, size=path.stat().st_size)


def back_up(address: ArchiveAddress, target: Path) -> Path:
    """Copy an archive into a new file that has been checked.

    Raises ArchiveDamaged, and leaves no file, when the copy does not agree with its checksums; ArchiveFull;
    ArchiveError when the file is there already.
    """
    if os.path.lexists(target):
        raise ArchiveError(f"{target} is there already", hint="name a file that is not there yet")
    _copy(address, target)
    if problems := check(archive_address(target)):
        target.unlink()
        raise ArchiveDamaged(
            f"{address} was not backed up, for it is damaged: {problems[0]}", hint="daybrief archive check"
        )
    return target


def _copy(address: ArchiveAddress, target: Path) -> None:
    if address.scheme != "sqlite":
        fresh = target.with_name(f".{target.name}.new")
        fresh.unlink(missing_ok=True)
        copy(address, archive_address(fresh))
        sync_file(fresh)
        fresh.replace(target)
        sync_folder(target.parent)
        return
    dialect = dialect_of(address, _WAIT_S)
    with dialect.guarded():
        if not dialect.exists():
            raise ArchiveError(f"there is no archive at {address}", hint="the first `daybrief run` makes it")
        size = dialect.size()
    with dialect_of(archive_address(target), _WAIT_S).guarded(size):
        copy_file(Path(address.target), target)


def back_up_daily(address: ArchiveAddress, now: datetime, days: int = DAYS) -> Path | None:
    """Make the backup of today (UTC) unless it is there, then drop what the rule does not keep.

    Nothing is dropped unless today's backup is whole. Returns its path when it was made now.
    """
    today = now.astimezone(UTC).date()
    present = backups(address)
    if any(backup.day == today for backup in present):
        return None
    made = back_up(address, address.beside("backups") / f"{address.stem}-{today.isoformat()}.sqlite")
    kept = kept_days([today, *(backup.day for backup in present)], days)
    for backup in present:
        if backup.day not in kept:
            backup.path.unlink(missing_ok=True)
    return made


def kept_days(days: Iterable[date], most: int = DAYS) -> frozenset[date]:
    """The days whose backups are kept: the newest `most`, and the newest of each of the weeks before."""
    newest = sorted(days, reverse=True)
    weeks: dict[tuple[int, int], date] = {}
    for day in newest[most:]:
        year, week, _ = day.isocalendar()
        weeks.setdefault((year, week), day)
    return frozenset([*newest[:most], *list(weeks.values())[:WEEKS]])


# ── restoring ───────────────────────────────────────────────────────────────────────────────────────


def restore(address: ArchiveAddress, source: Path | None, now: datetime) -> Restored:
    """Put a backup in the archive's place: the one given, or the newest that is whole.

    Raises ConfigError when there is none, ArchiveDamaged when the given one is damaged, AlreadyRunning while
    a run holds the archive.
    """
    if address.scheme != "sqlite":
        raise ConfigError(
            f"{address} is on a server", hint="daybrief archive copy BACKUP TO, into an empty database"
        )
    chosen = source or _newest_whole(address)
    if problems := check(archive_address(chosen)):
        raise ArchiveDamaged(f"{chosen} is no whole archive: {problems[0]}", hint="name another backup")
    path = Path(address.target)
    fresh = path.with_name(f"{path.name}.restored")
    dialect = dialect_of(address, _WAIT_S)
    with dialect.lock(), dialect.guarded(chosen.stat().st_size):
        copy_file(chosen, fresh)
        aside = _set_aside(path, now)
        fresh.replace(path)
        sync_folder(path.parent)
    return Restored(source=chosen, aside=aside)


def _newest_whole(address: ArchiveAddress) -> Path:
    for backup in backups(address):
        if not check(archive_address(backup.path)):
            return backup.path
    raise ConfigError(
        f"there is no whole backup in {address.beside('backups')}",
        hint="name one: daybrief archive restore FILE; or daybrief archive salvage --to FILE",
    )


def _set_aside(path: Path, now: datetime) -> Path | None:
    """Give what is there a second name beside it. Its own name is never free: a run would start anew there.

    The journal goes with it, and must be gone before the restored file comes: it is of other pages.
    """
    if not os.path.lexists(path):
        return None
    aside = _free_name(path.with_name(f"{path.name}.replaced-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"))
    journal = path.with_name(path.name + "-wal")
    _named_twice(path, aside)
    if journal.exists() and journal.stat().st_size:
        _named_twice(journal, aside.with_name(aside.name + "-wal"))
    sync_folder(path.parent)
    for beside in (journal, path.with_name(path.name + "-shm")):
        beside.unlink(missing_ok=True)
    return aside


def _free_name(path: Path) -> Path:
    """The name, or the first that is free with a number behind it: two may be set aside in one second."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([path], numbered) if not os.path.lexists(name))


def _named_twice(path: Path, second: Path) -> None:
    try:
        os.link(path, second)
    except FileExistsError:
        raise ArchiveError(f"{second} is there already", hint="try again in a second") from None
    except OSError:  # a file system without links
        shutil.copy2(path, second)


# ── salvage ─────────────────────────────────────────────────────────────────────────────────────────


MOST_BYTES = 64 * 2**20  # of one published edition
_BATCH_ROWS = 4_096  # read and inserted at once
_LEAST_BYTES = 10_000_000
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
    with TemporaryDirectory() as folder, only_read(path):
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


def _sound(file: sqlite3.Connection, table: Table, damaged: dict[str, int]) -> Iterator[Stored]:
    """The rows of a table that are what was written."""
    names = [column.name for column in table.columns]
    name, present = _as_it_lies(file, table.name)
    older = {"profile": "''", "pending": "0", "day": "announced" if name == "tray" else "", SEAL: "NULL"}
    chosen = [f'"{column}"' if column in present else older.get(column, "") for column in names]
    if not all(chosen):
        return
    for values in _readable(file, name, chosen):
        row: Stored = dict(zip(names, values, strict=True))
        if row[SEAL] == seal_of(row) or (SEAL not in present and _decodes(row)):
            yield row | {SEAL: seal_of(row)}
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
    for start in range(0, _last(file, table) + 1, _BATCH_ROWS):
        ranges = [(start, start + _BATCH_ROWS - 1)]
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
    most = max(_LEAST_BYTES, int(size) * _PAGE)
    try:
        (last,) = file.execute(f'SELECT max(rowid) FROM "{table}"').fetchone()  # noqa: S608 (a name of ours)
    except sqlite3.Error:
        return most
    return min(int(last or 0), most)


def _decodes(row: Stored) -> bool:
    """Whether a row of a format without seals can at least be read."""
    try:
        return "body" not in row or bool(msgspec.json.decode(zlib.decompress(row["body"])))
    except (zlib.error, TypeError, msgspec.DecodeError):
        return False


def _put(connection: Connection, database: Database, table: Table, batch: list[Stored]) -> int:
    """Insert rows, each place once; how many there was room for."""
    before = rows.count(connection, table)
    rows.put_stored(connection, table, batch, database.dialect.insert)
    return rows.count(connection, table) - before


def _batches(sound: Iterator[Stored]) -> Iterator[list[Stored]]:
    while batch := list(itertools.islice(sound, _BATCH_ROWS)):
        yield batch


def _remember(connection: Connection) -> None:
    """Remember the stories of each saved edition anew: some of their own rows may be lost."""
    for profile, body in connection.execute(select(editions.c.profile, editions.c.body)).all():
        remember(connection, [(profile, from_json(body, Edition))])


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
