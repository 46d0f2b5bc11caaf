"""PostgreSQL's own words: an archive in a database on a server, which several machines may share.

Writers exclude each other by an advisory lock that ends with its transaction; a run holds another one that
ends with its connection, however its process ends
(https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS). A reader sees one state
throughout (REPEATABLE READ, READ ONLY). Each archive has a database, or a schema, to itself.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Engine,
    Float,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    cast,
    create_engine,
    delete,
    event,
    func,
    inspect,
    literal,
    make_url,
    not_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import TSVECTOR, insert
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateSchema
from sqlalchemy.types import UserDefinedType

from daybrief.adapters.archive.rows import metadata
from daybrief.errors import (
    AlreadyRunning,
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveError,
    ArchiveFull,
    ConfigError,
)
from daybrief.ports import IndexEntry, LatestVectors, QueryEmbedder, has_meaning
from daybrief.text.query import Filters, Query
from daybrief.text.words import name_key

if TYPE_CHECKING:  # an archive without vectors needs no NumPy
    import numpy as np
    from numpy.typing import NDArray

    from daybrief.adapters.archive.database import Dialect

MANY = 400  # rows or parameters a statement
CONNECTIONS = 8
MARK = "an archive of daybrief"  # the comment on `alembic_version`
_WRITING, _RUNNING, INDEXING, _EMBEDDING = range(0x64617962, 0x64617966)  # classes of advisory locks
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
        names = _names(connection)
        statement = text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")
        if connection.execute(statement).scalar() != MARK:
            raise ArchiveDamaged(
                f"{self.name} holds the tables of another program",
                hint="name an empty database; this one was left as it is",
            )
        return names

    def claim(self, connection: Connection) -> None:
        """Mark the tables as an archive."""
        connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{MARK}'")

    def size(self) -> int:
        """How many bytes the database has."""
        with self.reader.begin() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())

    def problems(self, connection: Connection) -> Iterator[str]:  # noqa: ARG002
        """Finds nothing by itself: the server verifies its pages as rows are read, where it has checksums."""
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
        """Turn errors of the server and of the way to it into ArchiveErrors, such as ArchiveBusy."""
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

    def kept_open(self) -> AbstractContextManager[None]:
        """Its connections are shared at any time."""
        return nullcontext()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold an advisory lock on a connection of its own; raises AlreadyRunning while another holds it."""
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
_LOCK_OF = text("SELECT pg_advisory_xact_lock(:class, hashtext(:schema))")


def wait_alone(connection: Connection, purpose: int, schema: str) -> None:
    """Wait until nobody else does this in a schema, for the rest of the transaction."""
    connection.execute(_LOCK_OF, {"class": purpose, "schema": schema})


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
    """The conditions of a query's names and days on a row with `kind`, `sources`, `names` and `day`."""
    yield from _named(table, only)
    yield from (not_(condition) for condition in _named(table, query.never))
    yield from between(table.c.day, query)


def from_day(
    day: ColumnElement[date], first: date | None, *, looked_up: bool
) -> tuple[ColumnElement[bool], ...]:
    """The condition that a day is not before the first; the server looks it up by an index, or compares."""
    if first is None:
        return ()
    return (day >= first if looked_up else day + 0 >= first,)


def between(day: ColumnElement[date], query: Query) -> Iterator[ColumnElement[bool]]:
    """The condition that a day is one of those a query asks for."""
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


PATIENCE_MS = 2_000  # how long a search may take before it is given up


@contextmanager
def searching(dialect: Dialect) -> Iterator[Connection]:
    """A transaction that reads, and gives up after PATIENCE_MS.

    JIT would cost more than it saves, and the planner takes all rows for cheaper than an index. A plan kept
    for all queries of one form would read the words of the query anew for each row.
    """
    wait = f"statement_timeout = {PATIENCE_MS}"
    settings = (wait, "jit = off", "enable_seqscan = off", "plan_cache_mode = force_custom_plan")
    with dialect.guarded(), dialect.reader.begin() as connection:
        connection.exec_driver_sql("; ".join(f"SET LOCAL {setting}" for setting in settings))
        yield connection


# ── the tables of the index of words ────────────────────────────────────────────────────────────────


class WordTables(NamedTuple):
    """The tables of one profile's view, and the index that finds entries by their words."""

    entries: Table
    marks: Table
    lexemes: Table
    by_words: Index


def word_tables(schema: str, form: str, profile: str) -> WordTables:
    """The tables of a profile in this form of the index."""
    metadata = MetaData(schema=schema)
    own = form + (f"_{blake2b(profile.encode(), digest_size=8).hexdigest()}" if profile else "")
    entries = Table(
        f"entries_{own}",
        metadata,
        Column("number", BigInteger, Identity(always=True), primary_key=True),
        Column("place", LargeBinary, nullable=False, unique=True),  # a digest of the entry's place
        Column("day", Date, nullable=False),
        Column("id", String(collation="C"), nullable=False),  # orders the entries of a day
        Column("kind", String, nullable=False),
        Column("sources", ARRAY(String), nullable=False),
        Column("names", ARRAY(String), nullable=False),
        Column("words", TSVECTOR, nullable=False),
        Column("length", Float, nullable=False),  # log2(1 + positions), by which the ranks are divided
        Column("body", LargeBinary, nullable=False),
    )
    Index(f"entries_{own}_by_day", entries.c.day.desc(), entries.c.id)  # as the latest are listed
    marks = Table(
        f"marks_{own}",
        metadata,
        Column("day", Date, primary_key=True),
        Column("mark", String, nullable=False),
        Column("entries", BigInteger, nullable=False),
    )
    lexemes = Table(
        f"lexemes_{own}",
        metadata,
        Column("word", String(collation="C"), primary_key=True),
        Column("entries", BigInteger, nullable=False),
    )
    Index(f"lexemes_{own}_backwards", func.reverse(lexemes.c.word).collate("C"), _table=lexemes)
    by_words = Index(
        f"entries_{own}_by_words",
        entries.c.words,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    return WordTables(entries, marks, lexemes, by_words)


ALL = ""  # the row of `lexemes` that counts all entries, …
SINCE = " "  # … and the one that holds the first day of the small index


def make_word_tables(connection: Connection, tables: WordTables, form: str) -> None:
    """Make the tables; those of another form are dropped."""
    schema = str(tables.entries.schema)
    connection.execute(CreateSchema(schema, if_not_exists=True))
    named = re.compile(r"(?:entries|marks|lexemes)_(\w+?)(?:_[0-9a-f]{16})?")
    for table in inspect(connection).get_table_names(schema):
        if (match := named.fullmatch(table)) and match[1] != form:
            Table(table, MetaData(schema=schema)).drop(connection)
    tables.entries.metadata.create_all(connection)
    # Words stay in the row: each that is ranked would fetch them anew. A long body goes.
    stay = "SET (toast_tuple_target = 8160), ALTER COLUMN words SET STORAGE MAIN"
    connection.exec_driver_sql(f"ALTER TABLE {spelled(connection, tables.entries)} {stay}")


def spelled(connection: Connection, table: Table) -> str:
    """A table's name with its schema, quoted where it must be."""
    return str(connection.dialect.identifier_preparer.format_table(table))


def count_words(connection: Connection, lexemes: Table, counted: Counter[str]) -> None:
    """Add how many entries hold each of these tokens, and count anew."""
    given = (
        func.unnest(cast(list(counted), ARRAY(String)), cast(list(counted.values()), ARRAY(BigInteger)))
        .table_valued("word", "entries")
        .render_derived()
    )
    put = insert(lexemes).from_select(["word", "entries"], select(given.c.word, given.c.entries))
    grown = {"entries": lexemes.c.entries + put.excluded.entries}
    connection.execute(put.on_conflict_do_update(index_elements=["word"], set_=grown))
    counted.clear()


def uncount_days(connection: Connection, tables: WordTables, days: Sequence[date]) -> None:
    """Take the tokens of these days off the counts."""
    entries, lexemes = tables.entries, tables.lexemes
    token = func.unnest(entries.c.words).table_valued("lexeme", "positions", "weights").lateral("token")
    each = (
        select(token.c.lexeme, func.count().label("n"))
        .select_from(entries.join(token, literal(True)))
        .where(entries.c.day.in_(days))
        .group_by(token.c.lexeme)
    )
    every = select(literal(ALL), func.count()).select_from(entries).where(entries.c.day.in_(days))
    for gone in (each, every):
        off = gone.subquery("off")
        word, many = off.c
        changed = update(lexemes).where(lexemes.c.word == word)
        connection.execute(changed.values(entries=lexemes.c.entries - many))
    connection.execute(delete(lexemes).where(lexemes.c.entries <= 0))


def first_day(connection: Connection, marks: Table, enough: float, query: Query | None = None) -> date | None:
    """The latest day since which there are enough entries; None where there are fewer in all."""
    summed = func.sum(marks.c.entries).over(order_by=marks.c.day.desc()).label("so_far")
    days = select(marks.c.day, summed).where(*(between(marks.c.day, query) if query else ())).subquery()
    reached = select(days.c.day).where(days.c.so_far >= enough).order_by(days.c.day.desc())
    return connection.execute(reached.limit(1)).scalar()


def drop_latest(connection: Connection, tables: WordTables) -> None:
    """Drop the small index, which holds the latest entries alone."""
    connection.execute(delete(tables.lexemes).where(tables.lexemes.c.word == SINCE))
    connection.exec_driver_sql(f"DROP INDEX IF EXISTS {spelled(connection, tables.entries)}_by_latest_words")


def index_latest(connection: Connection, tables: WordTables, least: int, *, anew: bool) -> None:
    """Make the small index of at least so many entries, or make it anew when it holds twice as many."""
    entries, marks, lexemes = tables[:3]
    noted = connection.execute(select(lexemes.c.entries).where(lexemes.c.word == SINCE)).scalar()
    since = date.fromordinal(noted or 1)
    entries_since = select(func.coalesce(func.sum(marks.c.entries), 0)).where(marks.c.day >= since)
    if not anew and int(connection.execute(entries_since).scalar_one()) < 2 * least:
        return
    drop_latest(connection, tables)
    first = first_day(connection, marks, least)
    if first is not None:
        on = f"{spelled(connection, entries)} USING gin (words) WITH (fastupdate = off)"
        name = f"{entries.name}_by_latest_words"
        connection.exec_driver_sql(f"CREATE INDEX {name} ON {on} WHERE day >= DATE '{first}'")
        connection.execute(lexemes.insert().values(word=SINCE, entries=first.toordinal()))


# ── vectors ─────────────────────────────────────────────────────────────────────────────────────────

# They lie in the schema of the index of words, in a table of each model. A day's rows carry its mark and are
# replaced in one transaction. Cosines are exact among what the filters leave; of many rows an HNSW index
# finds them (https://github.com/pgvector/pgvector#hnsw), and looks on until enough fit the filters.

MOST_VECTORS = 100_000  # vectors that topics are learned from: the latest
MANY_VECTORS = 50_000  # rows from which an index is worth its making


class _Vector(UserDefinedType[str]):
    """pgvector's `vector` of so many numbers, given and taken as text: `[0.1,-0.2]`."""

    cache_ok = True

    def __init__(self, size: int) -> None:
        self.size = size

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in a table's definition."""
        return f"vector({self.size})" if self.size else "vector"


def has_vectors(dialect: Dialect) -> bool:
    """Whether the database has pgvector; it is switched on where it is present and this user may."""
    present = text("SELECT installed_version FROM pg_available_extensions WHERE name = 'vector'")
    with dialect.guarded(), dialect.reader.connect() as connection:
        row = connection.execute(present).first()
    if row is None or row.installed_version is not None:
        return row is not None
    try:
        with dialect.guarded(), dialect.writer.begin() as connection:
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS vector")
    except ArchiveError:
        return False
    return True


class DatabaseVectors:
    """`ports.MeaningIndex` in the database of an archive, of what `profile` sees there."""

    def __init__(
        self,
        dialect: Dialect,
        embedder: QueryEmbedder,
        profile: str = "",
    ) -> None:
        self._db = dialect
        self._embedder = embedder
        with dialect.guarded(), dialect.reader.connect() as connection:
            own = str(connection.execute(select(func.current_schema())).scalar_one())
        self._schema = f"{own}_search"
        self._name = f"vectors_{_digest(f'{embedder.name} {profile}')[:16]}"
        self._known: Table | None = None

    def update(self, marks: Mapping[date, str], entries: Callable[[date], Iterable[IndexEntry]]) -> None:
        """Embed the days whose mark is new, and forget those that are gone. Raises EmbedderUnavailable."""
        have = self._marks()
        for day in sorted((day for day, mark in marks.items() if have.get(day) != mark), reverse=True):
            self._put(day, marks[day], [e for e in entries(day) if has_meaning(e, self._embedder)])
        table = self._table()
        if table is not None and (gone := have.keys() - marks.keys()):
            with self._db.guarded(), self._db.writer.begin() as connection:
                connection.execute(delete(table).where(table.c.day.in_(gone)))

    def nearest(self, query: Query, vector: NDArray[np.float32], most: int) -> list[str]:
        """The places of the entries nearest to a vector among those the query's filters allow, in order."""
        table = self._table()
        if table is None:
            return []
        wanted = cast(literal(_spelled(vector), String), table.c.vector.type)
        far = table.c.vector.op("<=>")(wanted)
        stories = table.c.place != ""
        statement = (
            select(table.c.place)
            .where(stories, *limits_of(table, query.only, query))
            .order_by(far, table.c.place)
        )
        with self._db.guarded(), self._db.reader.begin() as connection:
            connection.exec_driver_sql("SET LOCAL jit = off")
            connection.exec_driver_sql(f"SET LOCAL hnsw.ef_search = {min(1_000, max(40, most))}")
            if self._iterates(connection):
                connection.exec_driver_sql("SET LOCAL hnsw.iterative_scan = strict_order")
            return list(connection.execute(statement.limit(most)).scalars())

    def latest(self) -> LatestVectors:
        """The vectors of the latest days."""
        import numpy as np

        table = self._table()
        rows: Sequence[Any] = ()
        if table is not None:
            listed = select(table.c.place, table.c.day, cast(table.c.vector, String).label("vector"))
            newest = listed.where(table.c.place != "").order_by(table.c.day.desc(), table.c.place)
            with self._db.guarded(), self._db.reader.connect() as connection:
                rows = connection.execute(newest.limit(MOST_VECTORS)).all()
        stamp = _digest(" ".join(f"{day} {mark}" for day, mark in sorted(self._marks().items())))
        vectors = [np.fromstring(row.vector.strip("[]"), np.float32, sep=",") for row in rows]
        days = np.array([row.day.toordinal() for row in rows], np.int32)
        stacked = np.stack(vectors) if vectors else np.zeros((0, 0), np.float32)
        return LatestVectors(stamp, [row.place for row in rows], days, stacked)

    # ── the table ────────────────────────────────────────────────────────────────────────────────

    def _table(self, size: int = 0) -> Table | None:
        """The table of this model; made for vectors of `size` when it is not there."""
        if self._known is None:
            with self._db.guarded(), self._db.reader.connect() as connection:
                there = inspect(connection).has_table(self._name, schema=self._schema)
            if not there and not size:
                return None
            self._known = self._described(0 if there else size)
            if not there:
                self._made(self._known)
        return self._known

    def _described(self, size: int) -> Table:
        return Table(
            self._name,
            MetaData(schema=self._schema),
            Column("day", Date, primary_key=True),
            Column("place", String(collation="C"), primary_key=True),  # "" holds the day's mark
            Column("mark", String, nullable=False),
            Column("digest", String),
            Column("kind", String),
            Column("sources", ARRAY(String)),
            Column("names", ARRAY(String)),
            Column("vector", _Vector(size)),
        )

    def _made(self, table: Table) -> None:
        with self._db.guarded(), self._db.writer.begin() as connection:
            wait_alone(connection, _EMBEDDING, self._schema)
            connection.execute(CreateSchema(self._schema, if_not_exists=True))
            table.metadata.create_all(connection)

    def _marks(self) -> dict[date, str]:
        """The mark of each day as it was embedded."""
        table = self._table()
        if table is None:
            return {}
        with self._db.guarded(), self._db.reader.connect() as connection:
            listed = connection.execute(select(table.c.day, table.c.mark).where(table.c.place == ""))
            return {row.day: row.mark for row in listed}

    def _put(self, day: date, mark: str, stories: Sequence[IndexEntry]) -> None:
        """Replace a day's rows; a text that was embedded for that day before is not embedded again."""
        texts = {entry.place: f"{entry.title}. {entry.text}" for entry in stories}
        known = self._vectors_of(day)
        new = [passage for passage in dict.fromkeys(texts.values()) if _digest(passage) not in known]
        made = self._embedder.embed(new) if new else []
        known |= {_digest(passage): _spelled(vector) for passage, vector in zip(new, made, strict=True)}
        table = self._table(len(made[0]) if made else 0)
        if table is None:
            return
        rows = [_row(entry, mark, texts[entry.place], known) for entry in stories]
        with self._db.guarded(), self._db.writer.begin() as connection:
            wait_alone(connection, _EMBEDDING, self._schema)
            connection.execute(delete(table).where(table.c.day == day))
            connection.execute(table.insert(), [{"day": day, "place": "", "mark": mark}])
            if rows:
                connection.execute(table.insert(), rows)
            self._index(connection)

    def _vectors_of(self, day: date) -> dict[str, str]:
        table = self._table()
        if table is None:
            return {}
        kept = select(table.c.digest, cast(table.c.vector, String)).where(
            table.c.day == day, table.c.place != ""
        )
        with self._db.guarded(), self._db.reader.connect() as connection:
            return {str(digest): str(vector) for digest, vector in connection.execute(kept)}

    def _index(self, connection: Connection) -> None:
        """Make the index when the rows have become many; the server knows roughly how many there are."""
        name = f"{self._schema}.{self._name}"
        counted = text("SELECT reltuples >= :many FROM pg_class WHERE oid = to_regclass(:name)")
        if connection.execute(counted, {"many": MANY_VECTORS, "name": name}).scalar():
            by = f"{self._name}_near ON {name} USING hnsw (vector vector_cosine_ops)"
            connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {by}")

    def _iterates(self, connection: Connection) -> bool:
        """Whether an index looks on while filters leave too little: pgvector from 0.8 on."""
        statement = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        version = str(connection.exec_driver_sql(statement).scalar() or "0")
        return tuple(int(part) for part in version.split(".")[:2]) >= (0, 8)


def _row(entry: IndexEntry, mark: str, text: str, known: Mapping[str, str]) -> dict[str, Any]:
    return {
        "day": entry.day,
        "place": entry.place.replace("\0", ""),
        "mark": mark,
        "digest": _digest(text),
        "kind": entry.kind,
        "sources": [name_key(source) for source in entry.sources],
        "names": [name for name in entry.names if name],
        "vector": known[_digest(text)],
    }


def _spelled(vector: Iterable[float]) -> str:
    return "[" + ",".join(f"{number:.6g}" for number in vector) + "]"


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
