"""What keeps an archive alive: copies, daily backups, and putting one back.

    back up: copy → check the copy → name it → drop what the rule does not keep
    restore: check the backup → copy it beside the archive → set the old one aside → put it in its place

Nothing is overwritten: what a backup takes the place of stays beside it under another name.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from sqlalchemy import Boolean, Connection, Date, Table

from daybrief.adapters.archive import rows
from daybrief.adapters.archive.address import ArchiveAddress, archive_address
from daybrief.adapters.archive.checking import problems_of, problems_of_older
from daybrief.adapters.archive.database import Database, dialect_of
from daybrief.adapters.archive.schema import CONTENT, Words, escaped, unescaped
from daybrief.adapters.archive.sqlite import copy_file, sync_file, sync_folder
from daybrief.errors import ArchiveDamaged, ArchiveError, ConfigError

DAYS, WEEKS = 7, 4  # the newest backup of each of the last days that have one, and of the weeks before
_WAIT_S = 10.0


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """One daily backup: its file, its day (UTC) and its size in bytes."""

    path: Path
    day: date
    size: int


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was put in place, and where that lies which was there before; None when nothing was."""

    source: Path
    aside: Path | None


def check(address: ArchiveAddress) -> tuple[str, ...]:
    """What is wrong with an archive, in words; empty when all is well. Writes nothing.

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


def native(connection: Connection, table: Table, row: rows.Stored, source: str) -> rows.Stored:
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
        elif isinstance(column.type, Words):
            translated[column.name] = escaped(value) if target == "postgresql" else unescaped(value)
    return translated | {rows.SEAL: rows.seal_of(translated)}


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

    Raises ArchiveDamaged, and leaves no file, when the copy does not agree with its checksums; ArchiveFull.
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
    aside = path.with_name(f"{path.name}.replaced-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    journal = path.with_name(path.name + "-wal")
    _named_twice(path, aside)
    if journal.exists() and journal.stat().st_size:
        _named_twice(journal, aside.with_name(aside.name + "-wal"))
    sync_folder(path.parent)
    for beside in (journal, path.with_name(path.name + "-shm")):
        beside.unlink(missing_ok=True)
    return aside


def _named_twice(path: Path, second: Path) -> None:
    try:
        os.link(path, second)
    except FileExistsError:
        raise ArchiveError(f"{second} is there already", hint="try again in a second") from None
    except OSError:  # a file system without links
        shutil.copy2(path, second)
