"""SQLite's own words: all that the archive knows of the one-file database, and nothing else does.

A writer waits for the file's only write lock at its start. WAL with full synchronisation means that whoever
kills the program, or the power, at any instant finds the last committed state
(https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous). A new file appears
whole and under its name at once, so a file without bytes is never ours to fill.

For reading there are three locks, each enough alone: the file is opened `mode=ro`, `query_only` is set, and
an authorizer refuses every action but reading (https://www.sqlite.org/c3ref/set_authorizer.html).
"""

from __future__ import annotations

import glob
import os
import secrets
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from queue import LifoQueue
from typing import TYPE_CHECKING, Any

from daybrief.adapters.archive import HEAD, ReadTransaction, Stored, known_revision, rows_guarded
from daybrief.adapters.files import NO_SPACE, free_bytes, is_running
from daybrief.errors import AlreadyRunning, ArchiveBusy, ArchiveDamaged, ArchiveError, ArchiveFull
from daybrief.ports import ArchiveAddress

if TYPE_CHECKING:  # who only reads needs no SQLAlchemy
    from sqlalchemy import Connection, Engine, Table

APPLICATION = 0x64617962  # "dayb", SQLite's application_id
CONNECTIONS = 8  # for reading, side by side
MANY = 400  # rows or parameters a statement: SQLite refuses too many at once
LEAST_ROOM = 256 * 1024  # the journal and its index, before anything is written

_RESTORE = "daybrief archive restore takes the newest backup, daybrief archive salvage saves what is sound"
_NAMES = "SELECT name FROM sqlite_master"
_PRAGMAS = frozenset({"data_version", "query_only", "read_uncommitted", "application_id", "integrity_check"})
_TELLING = frozenset({"table_info", "index_list", "index_info"})  # with the name of a table or an index
_READS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)


class SqliteFile:
    """An archive in one file, or the place where one may come to be."""

    many = MANY

    def __init__(self, path: Path, name: str, wait_s: float) -> None:
        self.path = path
        self.name = name
        self._wait_s = wait_s
        self._watching = threading.Lock()
        self._watch: sqlite3.Connection | None = None
        self._immutable = False

    def exists(self) -> bool:
        """Whether there is a file; raises ArchiveDamaged for an empty one and where a journal is alone."""
        if not os.path.lexists(self.path):
            journal = _with_suffix(self.path, "-wal")
            if journal.is_file() and journal.stat().st_size:
                raise ArchiveDamaged(
                    f"{self.path} is gone, its journal {journal} is still there", hint=_RESTORE
                )
            return False
        if self.path.exists() and not self.path.is_file():  # a folder, a pipe: to open one may take for ever
            raise ArchiveDamaged(f"{self.path} is no file", hint="name the file of an archive")
        if self.path.is_file() and not self.path.stat().st_size:
            raise ArchiveDamaged(
                f"{self.path} is an empty file, not an archive",
                hint="daybrief archive restore takes the newest backup; to start anew, remove the file",
            )
        return True

    def refuse_foreign(self, application: object, names: frozenset[str]) -> None:
        """Raise ArchiveDamaged for a file of another program."""
        if application not in (0, APPLICATION) or "alembic_version" not in names:
            raise ArchiveDamaged(
                f"{self.path} is a database of another program (application id {application})",
                hint="name another file; this one was left as it is",
            )

    def size(self) -> int:
        """How many bytes the file has."""
        return self.path.stat().st_size

    def mark(self) -> str:
        """SQLite's count of changes by others (https://www.sqlite.org/pragma.html#pragma_data_version)."""
        with self._watching:
            if self._watch is None:
                self._watch = self._open_reading()
            return str(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close what watches for changes."""
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None

    @contextmanager
    def guarded(self, needed: int = 0) -> Iterator[None]:
        """Turn errors of SQLite and the file system into ArchiveErrors; `needed` bytes are to be written."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error, needed) from error
        except OSError as error:
            raise self._of_file_system(error, needed) from error

    def _translated(self, error: BaseException | None, needed: int) -> ArchiveError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if not code and "decode" in str(error):  # text that is not UTF-8: no error of SQLite's
            code = sqlite3.SQLITE_CORRUPT
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return ArchiveBusy(f"{self.path} is in use by another process", hint="try again in a minute")
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
            return ArchiveDamaged(f"{self.path} is not a sound archive: {error}", hint=_RESTORE)
        if code == sqlite3.SQLITE_FULL:
            return full(self.path.parent, needed)
        if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _crowded(self.path.parent, needed):
            return full(self.path.parent, needed)
        return unusable(self.path, str(error))

    def _of_file_system(self, error: OSError, needed: int) -> ArchiveError:
        if error.errno in NO_SPACE:
            return full(self.path.parent, needed)
        return unusable(self.path, error.strerror or str(error))

    def _open_reading(self) -> sqlite3.Connection:
        """A connection that cannot write, also to a file in a folder where nobody may."""
        try:
            return self._connected(immutable=self._immutable)
        except sqlite3.OperationalError as refused:
            # Reading a WAL file needs its index beside it, which a read-only folder does not take. Without
            # a journal nothing can be missed by reading the file alone.
            if not self.path.is_file() or os.access(self.path.parent, os.W_OK) or _journalled(self.path):
                raise refused
            self._immutable = True
            return self._connected(immutable=True)

    def _connected(self, *, immutable: bool) -> sqlite3.Connection:
        opened = sqlite3.connect(
            f"{self.path.resolve().as_uri()}?mode=ro{'&immutable=1' if immutable else ''}",
            uri=True,
            timeout=self._wait_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            opened.execute("PRAGMA query_only = ON")
            opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
            opened.set_authorizer(_only_reading)
        except BaseException:
            opened.close()
            raise
        return opened


class SqliteReader(SqliteFile):
    """`archive.Store` on a file that is only read, by many threads side by side."""

    def __init__(self, address: ArchiveAddress, wait_s: float) -> None:
        super().__init__(Path(address.target), str(address), wait_s)
        self._bare = not _with_suffix(self.path, "-wal").exists()
        self._free: LifoQueue[sqlite3.Connection | None] = LifoQueue()
        for _ in range(CONNECTIONS):
            self._free.put(None)  # one that is not open yet
        _READERS.add(self)

    def is_current(self) -> bool:
        """Whether there is an archive of today's format; raises for a foreign and for a newer one."""
        with self.guarded():
            return self.exists() and self._revision() == HEAD

    def _revision(self) -> str:
        with self._transaction() as connection:
            self.refuse_foreign(*self._identity(connection))
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return known_revision(self.name, str(row[0]) if row else "")

    @staticmethod
    def _identity(connection: sqlite3.Connection) -> tuple[int, frozenset[str]]:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        return application, frozenset(name for (name,) in connection.execute(_NAMES))

    def mark(self) -> str:
        """SQLite's count of changes by others."""
        with self.guarded():
            return super().mark()

    @contextmanager
    def rows(self) -> Iterator[ReadTransaction]:
        """A transaction that sees one state of the archive throughout."""
        with self.guarded(), rows_guarded(self.name), self._transaction() as connection:
            yield ReadTransaction(partial(_executed, connection))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._free.get()
        try:
            connection = connection or self._open_reading()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()
        finally:
            self._free.put(connection)

    def rest(self) -> None:
        """Close the connections that nobody uses; the next call opens new ones."""
        super().close()
        for _ in range(self._free.qsize()):
            if (connection := self._free.get()) is not None:
                connection.close()
            self._free.put(None)

    def close(self) -> None:
        """Close every connection; of a file that was only read no journal stays that was not there."""
        self.rest()
        if self._bare:
            _drop_empty_journal(self.path)


_READERS: weakref.WeakSet[SqliteReader] = weakref.WeakSet()


def _rest_all() -> None:
    """SQLite forbids a fork to use what its parent has open (https://www.sqlite.org/howtocorrupt.html)."""
    for reader in list(_READERS):
        reader.rest()


if hasattr(os, "register_at_fork"):  # there is none where nothing forks
    os.register_at_fork(before=_rest_all)


def _executed(connection: sqlite3.Connection, statement: str, values: Mapping[str, Any]) -> Iterator[Stored]:
    """The rows of a statement; days are texts in SQLite."""
    stored = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    rows = connection.execute(statement, stored)
    names = [column[0] for column in rows.description]
    return (dict(zip(names, row, strict=True)) for row in rows)


class Sqlite(SqliteFile):
    """`database.Dialect` on one file."""

    def __init__(self, path: Path, name: str, wait_s: float, *, reading: bool) -> None:
        super().__init__(path, name, wait_s)
        self._reading = reading
        self._shared: Engine | None = None
        self._bare = reading and not _with_suffix(path, "-wal").exists()

    @property
    def writer(self) -> Engine:
        """Its transactions that have the option `writes` exclude each other."""
        return self._shared or self._opening

    @cached_property
    def _opening(self) -> Engine:
        return _writer(self.path, self._wait_s)

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Share a connection between the transactions of the block; nothing may fork in it."""
        from sqlalchemy.pool import QueuePool

        with self.guarded():
            self._shared = _writer(self.path, self._wait_s, poolclass=QueuePool, pool_size=1, max_overflow=-1)
        try:
            yield
        finally:
            self._shared.dispose()
            self._shared = None

    def insert(self, table: Table) -> Any:
        """An insert that may say what to do on a conflict."""
        from sqlalchemy.dialects.sqlite import insert

        return insert(table)

    def create(self, fill: Callable[[Connection], None]) -> None:
        """Make the file, filled, under its name at once; one that another process made meanwhile stays."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(self.path)
        fresh = _fresh(self.path)
        engine = _writer(fresh, self._wait_s)
        try:
            with engine.execution_options(writes=True).begin() as connection:
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
                fill(connection)
            _take_in_journal(fresh)
            sync_file(fresh)
            with suppress(FileExistsError):
                os.link(fresh, self.path)
            sync_folder(self.path.parent)
        finally:
            for leftover in (fresh, _with_suffix(fresh, "-wal"), _with_suffix(fresh, "-shm")):
                leftover.unlink(missing_ok=True)

    def tables(self, connection: Connection) -> frozenset[str]:
        """The names of the tables; raises ArchiveDamaged for a file of another program."""
        application = connection.exec_driver_sql("PRAGMA application_id").scalar()
        names = frozenset(connection.exec_driver_sql(_NAMES).scalars())
        self.refuse_foreign(application, names)
        return names

    def claim(self, connection: Connection) -> None:
        """Mark an older file, which has no mark yet, as an archive."""
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")

    def problems(self, connection: Connection) -> Iterator[str]:
        """The faults that SQLite itself reports (https://www.sqlite.org/pragma.html#pragma_integrity_check)."""
        for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars():
            if line != "ok":
                yield f"SQLite: {line}"

    def shape(self, connection: Connection, table: str) -> object:
        """A table's columns and indexes as the file has them, to be compared with those of a new archive."""
        columns = connection.exec_driver_sql(f'PRAGMA table_info("{table}")').all()
        indexes = connection.exec_driver_sql(f'PRAGMA index_list("{table}")').all()
        of_indexes = sorted(
            (str(index.name), index.unique, *self._columns_of(connection, index.name)) for index in indexes
        )
        return [tuple(column) for column in columns], of_indexes

    @staticmethod
    def _columns_of(connection: Connection, index: str) -> list[str]:
        return [str(row.name) for row in connection.exec_driver_sql(f'PRAGMA index_info("{index}")')]

    def expected_shapes(self) -> dict[str, object]:
        """The shape of each table in a new archive: one is made in memory."""
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        from daybrief.adapters.archive.rows import metadata

        engine = create_engine("sqlite://", poolclass=StaticPool)
        with engine.begin() as connection:
            metadata.create_all(connection, checkfirst=False)
            return {table.name: self.shape(connection, table.name) for table in metadata.sorted_tables}

    def renumber(self, connection: Connection) -> None:
        """Let new rows take numbers after those there: SQLite does so by itself."""

    def close(self) -> None:
        """Close every connection; of a file that was only read no journal stays that was not there."""
        super().close()
        self.reader.dispose()
        self.writer.dispose()
        if self._bare:
            _drop_empty_journal(self.path)

    @contextmanager
    def guarded(self, needed: int = 0) -> Iterator[None]:
        """Turn errors of SQLite and the file system into ArchiveErrors, as SQLAlchemy wraps them too."""
        from sqlalchemy.exc import DBAPIError

        with super().guarded(needed):
            try:
                yield
            except DBAPIError as error:
                raise self._translated(error.orig, needed) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold `NAME.lock` beside the file; raises AlreadyRunning while another process does.

        The lock ends with its process; the empty file may stay.
        """
        from filelock import FileLock, Timeout

        beside = _with_suffix(self.path, ".lock")
        lock = FileLock(beside)
        try:
            beside.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout as taken:
            raise AlreadyRunning(
                f"another run is using {self.path}", hint="wait for it to end; the lock goes with its process"
            ) from taken
        except OSError as denied:
            raise self._of_file_system(denied, 0) from denied
        try:
            yield
        finally:
            lock.release()

    @property
    def reader(self) -> Engine:
        """Connections that cannot write where they must not, or cannot.

        Many threads share those of an archive that is open for reading alone. Else a transaction opens its
        own, with the writer's rights where there are any: the last to close then takes the journal away.
        """
        return self._only_reading or self.writer

    @cached_property
    def _only_reading(self) -> Engine | None:
        from sqlalchemy import create_engine, event
        from sqlalchemy.pool import NullPool, QueuePool

        writable = all(os.access(p, os.W_OK) for p in (self.path.parent, self.path) if p.exists())
        if not self._reading and writable:
            return None
        pool: dict[str, Any] = {"poolclass": NullPool}
        if self._reading:
            pool = {"poolclass": QueuePool, "pool_size": CONNECTIONS, "max_overflow": 0}
        engine = create_engine("sqlite://", creator=self._open_reading, **pool)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return engine


def _writer(path: Path, wait_s: float, **pool: Any) -> Engine:
    """Connections that write; each transaction opens its own, so threads and forks are safe.

    `pool` names another way to have connections.
    """
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    def connect() -> sqlite3.Connection:
        # mode=rw: SQLite itself never makes a file. A file that nobody may write is an error of its own.
        mode = "rw" if os.path.lexists(path) else "rwc"
        opened = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=wait_s,
            isolation_level=None,
            check_same_thread=not pool,
        )
        try:
            if _is_ours(opened):
                opened.execute("PRAGMA journal_mode = WAL")
            opened.execute("PRAGMA synchronous = FULL")
        except BaseException:
            opened.close()
            raise
        return opened

    engine = create_engine("sqlite://", creator=connect, **(pool or {"poolclass": NullPool}))

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer locks at its start: one that upgrades from reading half-way can be refused.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _take_in_journal(path: Path) -> None:
    """Move all that a journal holds into its file; raises sqlite3.Error where the disk has no room for it."""
    with closing(sqlite3.connect(path)) as file:
        busy, *_ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError(f"the journal of {path} is in use")


def _is_ours(file: sqlite3.Connection) -> bool:
    """Whether a file may be switched to WAL, which changes it: it has our mark, or nothing in it yet."""
    (application,) = file.execute("PRAGMA application_id").fetchone()
    (pages,) = file.execute("PRAGMA page_count").fetchone()
    return application == APPLICATION or not pages


def _only_reading(action: int, first: str | None, second: str | None, *_rest: str | None) -> int:
    harmless = first in _TELLING or (first in _PRAGMAS and second is None)
    allowed = action in _READS or (action == sqlite3.SQLITE_PRAGMA and harmless)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


# ── files ───────────────────────────────────────────────────────────────────────────────────────────


def copy_file(source: Path, target: Path) -> None:
    """Copy a database while others may write it, as one state; `target` appears whole, synced, at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    fresh = _fresh(target)
    try:
        with (
            only_read(source),
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as taken,
            closing(sqlite3.connect(fresh)) as given,
        ):
            taken.backup(given)
            given.execute("PRAGMA journal_mode = DELETE")  # a copy is one file, also when it is moved
        sync_file(fresh)
        fresh.replace(target)
        sync_folder(target.parent)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def only_read(path: Path) -> Iterator[None]:
    """While a file is read: no journal stays beside it that was not there before."""
    bare = not _with_suffix(path, "-wal").exists()
    try:
        yield
    finally:
        if bare:
            _drop_empty_journal(path)


def _drop_empty_journal(path: Path) -> None:
    """Let SQLite take away the empty journal that reading makes, unless another connection uses it.

    Who may only read cannot; the last connection that may write does it as it closes, and writes nothing.
    """
    journal = _with_suffix(path, "-wal")
    if not path.is_file() or not journal.exists() or _journalled(path):
        return
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=0)) as last,
    ):
        last.execute("SELECT count(*) FROM sqlite_master").fetchone()


def sync_file(path: Path) -> None:
    """Wait until a file's bytes are on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until a folder's names are on the disk; where a system cannot, it does so by itself."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def full(folder: Path, needed: int) -> ArchiveFull:
    """A full disk: how many bytes are needed, and where."""
    needed = max(needed, LEAST_ROOM)
    return ArchiveFull(
        f"{folder}: the disk is full: {needed:,} bytes are needed there, {free_bytes(folder):,} are free",
        needed=needed,
        where=str(folder),
        hint=f"free some space on the disk of {folder}; what was there before is whole",
    )


def unusable(path: Path, why: str) -> ArchiveError:
    """A file that the file system does not let us use."""
    folder = next(parent for parent in path.absolute().parents if os.path.lexists(parent))
    return ArchiveError(f"the archive {path} cannot be used: {why}", hint=f"let this user write to {folder}")


def _crowded(folder: Path, needed: int) -> bool:
    return free_bytes(folder) < max(needed, LEAST_ROOM)


def _journalled(path: Path) -> bool:
    journal = _with_suffix(path, "-wal")
    return journal.exists() and journal.stat().st_size > 0


def _with_suffix(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _fresh(path: Path) -> Path:
    """A name beside `path` for a file that is being made; it holds the process, so a dead one's is known."""
    return path.with_name(f".{path.name}.new-{os.getpid()}-{secrets.token_hex(4)}")


def _sweep(path: Path) -> None:
    """Remove what processes left that died while they made a file."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.new-*"):
        number = left.name.rpartition(".new-")[2].partition("-")[0]
        if number.isdigit() and not is_running(int(number)):
            left.unlink(missing_ok=True)
