"""The file behind the archive: opening, migrating, transactions, and SQLite's errors in our words.

WAL with full synchronisation: whoever kills the program at any instant finds the last committed state
(https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from daybrief.adapters.archive.schema import APPLICATION, HEAD, alembic_version, metadata
from daybrief.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, ArchiveTooNew, ConfigError

_MIGRATIONS = Path(__file__).parent / "migrations"
_NO_RESTORE = "restore the file from a copy, or move it away to start a new archive"


class Database:
    """One SQLite file; every transaction opens its own connection, so threads and forks are safe."""

    def __init__(self, path: Path, *, wait_s: float) -> None:
        self.path = path
        self._engine = _engine(path, wait_s)
        with self.guarded():
            path.parent.mkdir(parents=True, exist_ok=True)
            found = self._version()
            if not found:
                self._create()
            elif found != HEAD:
                self._migrate()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the file throughout."""
        with self.guarded(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the file's only write lock from its start; all of it happens, or none."""
        with self.guarded(), self._engine.execution_options(writes=True).begin() as connection:
            yield connection

    def guarded(self) -> AbstractContextManager[None]:
        """Turns what SQLite, the file system or a broken row raises into an ArchiveError with a hint."""
        return guarded(self.path)

    def _version(self) -> str:
        """The revision of the file, "" for a new one; raises for foreign and for newer files."""
        with self._engine.begin() as connection:
            tables = set(connection.execute(text("SELECT name FROM sqlite_master")).scalars())
            if "alembic_version" in tables:
                found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
                return self._known(str(found or ""))
        if tables:
            raise ArchiveDamaged(f"{self.path} is a database of another program", hint="name another file")
        return ""

    def _known(self, version: str) -> str:
        if version > HEAD:
            raise ArchiveTooNew(
                f"{self.path} has format {version}, this daybrief knows up to {HEAD}",
                hint="upgrade daybrief, or use another archive",
            )
        return version

    def _create(self) -> None:
        """Make the tables of HEAD in one transaction, as all migrations together would have made them."""
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(text(f"PRAGMA application_id = {APPLICATION}"))
            metadata.create_all(connection, checkfirst=True)
            if not connection.execute(select(alembic_version)).first():
                connection.execute(insert(alembic_version), {"version_num": HEAD})

    def _migrate(self) -> None:
        """Bring older tables to HEAD in one transaction; alembic is imported only here (it takes a while)."""
        from alembic.config import Config
        from alembic.runtime.environment import EnvironmentContext
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        scripts = ScriptDirectory.from_config(config)

        def steps(current: Any, _context: Any) -> Any:
            return scripts._upgrade_revs(HEAD, current)

        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(text(f"PRAGMA application_id = {APPLICATION}"))
            environment = EnvironmentContext(config, scripts)
            environment.configure(connection=connection, fn=steps)
            environment.run_migrations()


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turns what SQLite, the file system or a broken row raises into an ArchiveError with a hint."""
    try:
        yield
    except DBAPIError as error:
        raise _translated(error.orig, path) from error
    except sqlite3.Error as error:
        raise _translated(error, path) from error
    except (zlib.error, ConfigError) as broken:
        raise ArchiveDamaged(f"{path}: a row cannot be read: {broken}", hint=_NO_RESTORE) from broken
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _engine(path: Path, wait_s: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"timeout": wait_s, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer locks at its start: one that upgrades from reading half-way can be refused.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _translated(error: BaseException | None, path: Path) -> ArchiveError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ArchiveBusy(f"{path} is in use by another process", hint="try again in a minute")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
        return ArchiveDamaged(f"{path} is not a sound archive: {error}", hint=_NO_RESTORE)
    if code == sqlite3.SQLITE_FULL:
        return ArchiveError(f"{path}: the disk is full", hint="free some space; nothing was lost")
    return _unusable(path, str(error))


def _unusable(path: Path, why: str) -> ArchiveError:
    folder = path.parent
    hint = f"let this user write to {folder}" if os.path.lexists(folder) else f"create the folder {folder}"
    return ArchiveError(f"the archive {path} cannot be used: {why}", hint=hint)
