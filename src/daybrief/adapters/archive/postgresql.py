"""PostgreSQL's own words: an archive in a database on a server, which several machines may share.

Writers exclude each other by an advisory lock that ends with its transaction; a run holds another one that
ends with its connection, however its process ends
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS). A reader sees one state
throughout (REPEATABLE READ, READ ONLY). Each archive has a database, or a schema, to itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Engine,
    String,
    Table,
    cast,
    create_engine,
    event,
    inspect,
    make_url,
    not_,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from daybrief.adapters.archive.rows import metadata
from daybrief.errors import (
    AlreadyRunning,
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveError,
    ArchiveFull,
    ConfigError,
)
from daybrief.text.query import Filters, Query
from daybrief.text.words import name_key

MANY = 400  # rows or parameters a statement
CONNECTIONS = 8
MARK = "an archive of daybrief"  # the comment on `alembic_version`
_WRITING, _RUNNING = 0x64617962, 0x64617963  # classes of advisory locks
_BUSY = frozenset({"55P03", "40001", "40P01", "53300"})
_BROKEN = frozenset({"XX001", "XX002", "42P01", "42703"})
_HINTS = {
    "3D000": "make the database: createdb NAME",
    "28P01": "check user and password",
    "28000": "check user and password",
    "42501": "let this user own the database; `folder` under [search] keeps the index of words out of it",
}


class Postgresql:
    """`database.Dialect` on a database of a server."""

    many = MANY
    insert = staticmethod(insert)  # it may say what to do on a conflict

    def __init__(self, url: str, name: str, wait_s: float, *, reading: bool) -> None:
        self.name = name
        self.writer = _engine(url, name, wait_s, read_only=reading)
        self.reader: Engine = self.writer.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        os.register_at_fork(after_in_child=lambda: self.writer.dispose(close=False))

    # ── the database ─────────────────────────────────────────────────────────────────────────────

    def exists(self) -> bool:
        """Whether the schema holds anything; raises ArchiveDamaged when that is another program's."""
        with self.reader.begin() as connection:
            return bool(_names(connection)) and bool(self.tables(connection))

    def create(self, fill: Callable[[Connection], None]) -> None:
        """Make the tables in one transaction; what another process made meanwhile stays."""
        with self.writer.begin() as connection:
            connection.execute(_LOCK, {"class": _WRITING})
            if _names(connection):
                return
            fill(connection)
            connection.exec_driver_sql("CREATE TABLE archive_changes (number bigint NOT NULL)")
            connection.exec_driver_sql("INSERT INTO archive_changes VALUES (0)")
            self.claim(connection)

    def tables(self, connection: Connection) -> frozenset[str]:
        """The names of the tables; raises ArchiveDamaged for another program's."""
        found = _names(connection)
        told = text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")
        if connection.execute(told).scalar() != MARK:
            raise ArchiveDamaged(
                f"{self.name} holds the tables of another program",
                hint="name an empty database; this one was left as it is",
            )
        return found

    def claim(self, connection: Connection) -> None:
        """Mark the tables as an archive."""
        connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{MARK}'")

    def size(self) -> int:
        """How many bytes the database has."""
        with self.reader.begin() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())

    def problems(self, connection: Connection) -> Iterator[str]:  # noqa: ARG002
        """Nothing of its own: reading every row lets the server verify its pages, where it has checksums."""
        yield from ()

    def shape(self, connection: Connection, table: str) -> object:
        """A table's columns and indexes by name."""
        looked = inspect(connection)
        columns = [column["name"] for column in looked.get_columns(table)]
        indexes = {
            (str(i["name"]), bool(i["unique"]), tuple(i["column_names"])) for i in looked.get_indexes(table)
        }
        return columns, indexes

    def expected_shapes(self) -> dict[str, object]:
        """The shape of each table in a new archive."""
        return {
            table.name: (
                [column.name for column in table.columns],
                {(str(i.name), bool(i.unique), tuple(c.name for c in i.columns)) for i in table.indexes},
            )
            for table in metadata.sorted_tables
        }

    def renumber(self, connection: Connection) -> None:
        """Let new rows take numbers after those that were copied in."""
        for table in metadata.sorted_tables:
            if "id" in table.columns:
                highest = f"SELECT max(id) FROM {table.name}"  # noqa: S608 (a name of ours)
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), ({highest}))"
                )

    def mark(self) -> str:
        """The number of write transactions so far."""
        with self.reader.begin() as connection:
            return str(connection.exec_driver_sql("SELECT number FROM archive_changes").scalar())

    def close(self) -> None:
        """Close every connection."""
        self.writer.dispose()

    # ── transactions and errors ──────────────────────────────────────────────────────────────────

    @contextmanager
    def guarded(self, needed: int = 0) -> Iterator[None]:
        """Turn errors of the server and of the way to it into ArchiveErrors."""
        try:
            yield
        except PoolTimeout as waited:
            raise ArchiveBusy(f"{self.name} has no free connection", hint="try again in a minute") from waited
        except DBAPIError as error:
            raise self._translated(error, needed) from error

    def _translated(self, error: DBAPIError, needed: int) -> ArchiveError:
        state = getattr(error.orig, "sqlstate", None) or ""
        why = " ".join(str(error.orig).split())
        if state == "57014":
            return ArchiveBusy(f"{self.name} took too long to answer", hint="try again in a minute")
        if state in _BUSY:
            return ArchiveBusy(f"{self.name} is in use by another process", hint="try again in a minute")
        if state in _BROKEN:
            return ArchiveDamaged(
                f"{self.name} is not a sound archive: {why}", hint="restore it from a backup"
            )
        if state == "53100":
            return ArchiveFull(
                f"{self.name}: the server's disk is full: {needed:,} bytes are needed there",
                needed=needed,
                where=self.name,
                hint="free some space on the server; what was there before is whole",
            )
        hint = _HINTS.get(state) or "check that the server runs and the address is right"
        return ArchiveError(f"the archive {self.name} cannot be used: {why}", hint=hint)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold an advisory lock on a connection of its own."""
        with self.guarded():
            connection = self.writer.execution_options(isolation_level="AUTOCOMMIT").connect()
        try:
            with self.guarded():
                taken = connection.execute(_TRY, {"class": _RUNNING}).scalar()
            if not taken:
                raise AlreadyRunning(
                    f"another run is using {self.name}",
                    hint="wait for it to end; the lock goes with its process",
                )
            yield
        finally:
            connection.invalidate()  # closing it for good gives the lock back, also when it was lost
            connection.close()


_LOCK = text("SELECT pg_advisory_xact_lock(:class, hashtext(current_schema()))")
_TRY = text("SELECT pg_try_advisory_lock(:class, hashtext(current_schema()))")


def _engine(url: str, name: str, wait_s: float, *, read_only: bool) -> Engine:
    try:
        address = make_url(url).set(drivername="postgresql+psycopg")
        engine = create_engine(
            address,
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_timeout=wait_s,
            pool_pre_ping=True,
            connect_args={"connect_timeout": max(2, round(wait_s))},
        )
    except (ArgumentError, ValueError) as wrong:
        raise ConfigError(
            f"archive = {name!r} is no address", hint="postgresql://USER@HOST/DATABASE"
        ) from wrong
    except ImportError as missing:
        raise ConfigError(
            f"archive = {name!r} needs PostgreSQL's driver", hint='pip install "daybrief[postgres]"'
        ) from missing

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = {max(1, round(wait_s * 1000))}")
        connection.execute("SET client_min_messages = warning")
        if read_only:
            connection.execute("SET default_transaction_read_only = on")
        connection.autocommit = False

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The lock comes first: what is read after it is what the last writer left.
        if connection.get_execution_options().get("writes"):
            connection.execute(_LOCK, {"class": _WRITING})
            connection.exec_driver_sql("UPDATE archive_changes SET number = number + 1")

    return engine


def _names(connection: Connection) -> frozenset[str]:
    listed = text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return frozenset(connection.execute(listed).scalars())


# ── filters of a search ─────────────────────────────────────────────────────────────────────────────


_MOST_NAMES = 16


def limits_of(table: Table, only: Filters, query: Query) -> Iterator[ColumnElement[bool]]:
    """What the names and days of a query ask of a row with `kind`, `sources`, `names` and `day`."""
    yield from _named(table, only)
    yield from (not_(one) for one in _named(table, query.never))
    yield from between(table.c.day, query)


def between(day: ColumnElement[date], query: Query) -> Iterator[ColumnElement[bool]]:
    """That a day is one of those a query asks for."""
    if query.since:
        yield day >= query.since
    if query.until:
        yield day <= query.until


def _named(table: Table, filters: Filters) -> Iterator[ColumnElement[bool]]:
    for column, names in ((table.c.sources, filters.sources), (table.c.names, filters.categories)):
        if names:
            keys = [name_key(name) for name in names[:_MOST_NAMES]]
            yield column.bool_op("&&")(cast(keys, ARRAY(String)))
    if filters.kinds:
        yield table.c.kind.in_(filters.kinds)
