"""The database behind the archive: opening, migrating and transactions, and whether it is whole.

What is a database's own (how it is reached, locked, copied; how its errors are told) is in its dialect:
`sqlite` for a file, `postgresql` for a server.

The check reads everything: the database's own check, then every seal, then what must agree.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Engine, Table, insert, select, text, type_coerce
from sqlalchemy.types import NULLTYPE

from daybrief.adapters.archive import (
    HEAD,
    ReadTransaction,
    Stored,
    known_revision,
    rows,
    rows_guarded,
    unpacked,
    unpacked_parts,
)
from daybrief.adapters.archive.rows import (
    CONTENT,
    alembic_version,
    editions,
    escaped,
    metadata,
    printed,
    unescaped,
)
from daybrief.errors import ArchiveDamaged, ArchiveError, ConfigError
from daybrief.model import Edition, from_json
from daybrief.ports.storage import ArchiveAddress

_MIGRATIONS = Path(__file__).parent / "migrations"
_SEALED = "0004"  # the revision that gave every row its seal
_ROOM = 64 * 1024  # bytes a small change needs


class Dialect(Protocol):
    """The operations that the archive asks of a database. Everything runs inside `guarded`."""

    name: str  # as messages give it
    many: int  # parameters a statement may have

    @property
    def reader(self) -> Engine:
        """The engine whose connections cannot write."""
        ...

    @property
    def writer(self) -> Engine:
        """The engine whose transactions with the option `writes` exclude each other."""
        ...

    def exists(self) -> bool:
        """Whether there is anything; raises ArchiveDamaged for what is neither an archive nor nothing."""
        ...

    def create(self, fill: Callable[[Connection], None]) -> None:
        """Make the archive with one transaction that `fill` does; one that is there by now stays."""
        ...

    def tables(self, connection: Connection) -> frozenset[str]:
        """The names of its tables; raises ArchiveDamaged when they are another program's."""
        ...

    def claim(self, connection: Connection) -> None:
        """Mark what is migrated as an archive of ours."""
        ...

    def size(self) -> int:
        """How many bytes it takes."""
        ...

    def problems(self, connection: Connection) -> Iterator[str]:
        """The faults that the database itself reports."""
        ...

    def shape(self, connection: Connection, table: str) -> object:
        """A table's columns and indexes, in a form that can be compared."""
        ...

    def expected_shapes(self) -> dict[str, object]:
        """The shape of each table in a new archive."""
        ...

    def renumber(self, connection: Connection) -> None:
        """Let new rows take numbers after those that were copied in."""
        ...

    def mark(self) -> str:
        """A value that changes whenever somebody has written."""
        ...

    def insert(self, table: Table) -> Any:
        """An insert with `on_conflict_do_update` and `on_conflict_do_nothing`."""
        ...

    def guarded(self, needed: int = 0) -> AbstractContextManager[None]:
        """Turn the database's errors into ArchiveErrors; `needed` bytes are about to be written."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...

    def kept_open(self) -> AbstractContextManager[None]:
        """Share a connection between the transactions of the block instead of opening one for each."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """The run lock. Raises AlreadyRunning at once when it is held."""
        ...


def dialect_of(address: ArchiveAddress, wait_s: float, *, reading: bool = False) -> Dialect:
    """The dialect of an address, its driver imported only now; raises ConfigError for an unknown scheme."""
    if address.scheme == "sqlite":
        from daybrief.adapters.archive.sqlite import Sqlite

        return Sqlite(Path(address.target), str(address), wait_s, reading=reading)
    if address.scheme == "postgresql":
        from daybrief.adapters.archive.postgresql import Postgresql

        return Postgresql(address.target, str(address), wait_s, reading=reading)
    raise ConfigError(f"archive = {str(address)!r}: no database is reached by {address.scheme!r}")


class Database:
    """The database of an archive; a transaction a call."""

    def __init__(self, dialect: Dialect, *, read_only: bool = False) -> None:
        self.dialect = dialect
        self.read_only = read_only

    def prepare(self) -> None:
        """Make the tables of a new archive, or bring those of an older one up to date."""
        with self.guarded():
            if not self.dialect.exists():
                self.dialect.create(_fill)
            if self._version() != HEAD:
                self._migrate()

    def close(self) -> None:
        """Close every connection; the next call opens new ones."""
        self.dialect.close()

    def is_current(self) -> bool:
        """Whether there is an archive of today's format; raises for a foreign and for a newer one."""
        with self.guarded():
            return self.dialect.exists() and self._version() == HEAD

    @property
    def name(self) -> str:
        """The archive as messages name it, without a password."""
        return self.dialect.name

    @property
    def many(self) -> int:
        """How many values a statement may have."""
        return self.dialect.many

    def mark(self) -> str:
        """A value that changes whenever somebody has written."""
        with self.guarded():
            return self.dialect.mark()

    @contextmanager
    def rows(self) -> Iterator[ReadTransaction]:
        """A transaction for the reads that both databases share."""
        with self.reading() as connection:
            escapes = connection.dialect.name == "postgresql"  # its texts have no NUL
            execute = partial(_executed, connection, escaped if escapes else str)
            yield ReadTransaction(execute, unescaped if escapes else None)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the archive throughout."""
        with self.guarded(), self.dialect.reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, size: int = 0) -> Iterator[Connection]:
        """A transaction that excludes other writers from its start, for about `size` bytes of rows.

        Raises ArchiveError when the archive was opened for reading alone.
        """
        if self.read_only:
            raise ArchiveError(
                f"{self.dialect.name} was opened for reading alone", hint="open it for writing"
            )
        # Twice: once into the journal, once into the tables.
        engine = self.dialect.writer.execution_options(writes=True)
        with self.guarded(2 * size + _ROOM), engine.begin() as connection:
            yield connection

    @contextmanager
    def guarded(self, needed: int = 0) -> Iterator[None]:
        """Turn what the database, the file system or a broken row raises into an ArchiveError with a hint."""
        with rows_guarded(self.dialect.name), self.dialect.guarded(needed):
            yield

    def _version(self) -> str:
        """The revision of the tables; raises for foreign and for newer ones."""
        with self.dialect.reader.begin() as connection:
            self.dialect.tables(connection)
            version = str(connection.execute(select(alembic_version.c.version_num)).scalar() or "")
        return known_revision(self.dialect.name, version)

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

        with self.dialect.writer.execution_options(writes=True).begin() as connection:
            version = str(connection.execute(select(alembic_version.c.version_num)).scalar() or "")
            if version == HEAD:  # another process was faster
                return
            if version < _SEALED:
                self._refuse_damage(connection)
            self.dialect.claim(connection)
            environment = EnvironmentContext(config, scripts)
            environment.configure(connection=connection, fn=steps)
            environment.run_migrations()
            if version < _SEALED:
                for table in CONTENT:
                    rows.reseal(connection, table)

    def _refuse_damage(self, connection: Connection) -> None:
        """Before rows are sealed as they are: what can be seen of damage without seals."""
        for problem in problems_of_older(self.dialect, connection):
            raise ArchiveDamaged(f"{self.dialect.name}: {problem}", hint="daybrief archive salvage")


def _executed(
    connection: Connection, text_of: Callable[[str], str], statement: str, values: Mapping[str, Any]
) -> Iterator[Stored]:
    stored = {name: text_of(value) if isinstance(value, str) else value for name, value in values.items()}
    for row in connection.execute(text(statement), stored):
        yield dict(row._mapping)


def _fill(connection: Connection) -> None:
    """Make the tables of HEAD, as all migrations together would have made them."""
    metadata.create_all(connection, checkfirst=True)
    if not connection.execute(select(alembic_version)).first():
        connection.execute(insert(alembic_version), {"version_num": HEAD})


# ── is it whole? ────────────────────────────────────────────────────────────────────────────────────


MOST_NAMED = 20  # damaged rows of a table that are named; the rest is counted


def problems_of(dialect: Dialect, connection: Connection) -> Iterator[str]:
    """Every problem in words. Raises ArchiveDamaged where a table cannot be read at all."""
    missing = [table.name for table in CONTENT if table.name not in dialect.tables(connection)]
    yield from (f"the table {name} is missing" for name in missing)
    if missing:
        return
    yield from _misshapen(dialect, connection)
    yield from dialect.problems(connection)
    for table in CONTENT:
        damaged = [rows.place_of(table.name, row) for row in rows.unsealed(connection, table)]
        yield from (f"{place} is not what its checksum says" for place in damaged[:MOST_NAMED])
        if len(damaged) > MOST_NAMED:
            yield f"{table.name}: {len(damaged) - MOST_NAMED} more rows are not what their checksums say"
    yield from _disagreeing(connection)


def problems_of_older(dialect: Dialect, connection: Connection) -> Iterator[str]:
    """Lists the visible damage in a format without seals: the database's own check, and the digests."""
    yield from dialect.problems(connection)
    for day, kind, digest, body in connection.execute(
        select(editions.c.day, editions.c.kind, editions.c.digest, editions.c.body)
    ):
        from_json(body, Edition)
        if digest_of(body, digest) != digest:
            yield f"the {kind} edition of {day} is not what its digest says"


def digest_of(body: bytes, digest: str) -> str:
    """The digest of an edition's canonical JSON, which holds `digest` itself, or "" in its place.

    It is computed from the bytes: an edition of an older format would be other bytes if it were read and
    written again.
    """
    named, view = b'"digest":"%s"' % digest.encode(), memoryview(body)  # no copy: a large day has 70 MB
    at = body.find(named)
    if at < 0:
        return hashlib.sha256(view).hexdigest()
    computed = hashlib.sha256(view[:at])
    computed.update(b'"digest":""')
    computed.update(view[at + len(named) :])
    return computed.hexdigest()


def _misshapen(dialect: Dialect, connection: Connection) -> Iterator[str]:
    expected = dialect.expected_shapes()
    for table in metadata.sorted_tables:
        if dialect.shape(connection, table.name) != expected[table.name]:
            yield f"the table {table.name} has other columns or indexes than it was made with"


class _PrintedStory(msgspec.Struct, frozen=True):
    id: str


class _PrintedFiling(msgspec.Struct, frozen=True):
    story: _PrintedStory


class _PrintedRanking(msgspec.Struct, frozen=True):
    filed: _PrintedFiling


class _PrintedDraft(msgspec.Struct, frozen=True):
    ranked: tuple[_PrintedRanking, ...]


class _PrintedCheck(msgspec.Struct, frozen=True):
    draft: _PrintedDraft


class _PrintedSection(msgspec.Struct, frozen=True):
    checked: _PrintedCheck


class _PrintedEdition(msgspec.Struct, frozen=True):
    """The digest of an edition and the ids of its stories: a tenth of the time and memory of all of it."""

    sections: tuple[_PrintedSection, ...]
    digest: str = ""

    @property
    def stories(self) -> Iterator[str]:
        return (ranked.filed.story.id for section in self.sections for ranked in section.checked.draft.ranked)


def _disagreeing(connection: Connection) -> Iterator[str]:
    """Lists each edition's disagreements: its digest, its remembered stories."""
    columns = (editions.c.profile, editions.c.day, editions.c.kind, editions.c.digest)
    for row in connection.execute(select(*columns, type_coerce(editions.c.body, NULLTYPE).label("packed"))):
        ours = (printed.c.profile == row.profile, printed.c.day == row.day, printed.c.edition == row.kind)
        known = set(connection.execute(select(printed.c.story).where(*ours)).scalars())
        named = f"the {row.kind} edition of {row.day}" + (f" for {row.profile}" if row.profile else "")
        try:
            if not _agrees(row.packed, row.digest, known):
                yield from _disagreements(named, unpacked(row.packed), row.digest, known)
        except (zlib.error, ConfigError, ValueError) as broken:
            yield f"{named} cannot be read: {broken}"


def _disagreements(named: str, body: bytes, digest: str, stories: set[str]) -> Iterator[str]:
    edition = from_json(body, _PrintedEdition)
    if digest_of(body, digest) != digest or edition.digest not in ("", digest):
        yield f"{named} is not what its digest says"
    if stories != set(edition.stories):
        yield f"the stories of {named} are not those remembered"


_STORY = re.compile(rb'"filed":\{"story":\{"id":("(?:[^"\\]|\\.)*")')  # in a text the quotes are escaped
_OVERLAP = 4_096  # bytes between two parts in which an id may lie


def _agrees(packed: bytes, digest: str, stories: set[str]) -> bool:
    """Whether an edition has its digest and tells of these stories, read part by part: it may have 72 MB.

    One written in another order than ours is said not to agree, and is read whole.
    """
    computed, ids, tail = hashlib.sha256(), set[bytes](), b""
    for part in _without_digest(unpacked_parts(packed), digest):
        computed.update(part)
        tail = tail[-_OVERLAP:] + part
        ids.update(_STORY.findall(tail))
    return computed.hexdigest() == digest and {msgspec.json.decode(raw) for raw in ids} == stories


def _without_digest(parts: Iterator[bytes], digest: str) -> Iterator[bytes]:
    """The parts with the digest that they name taken out, as `digest_of` takes it."""
    wanted, rest = b'"digest":"%s"' % digest.encode(), b""
    for part in parts:
        rest += part
        at = rest.find(wanted)
        if at >= 0:
            yield rest[:at] + b'"digest":""' + rest[at + len(wanted) :]
            yield from parts
            return
        yield rest[: -len(wanted)]
        rest = rest[-len(wanted) :]
    yield rest
