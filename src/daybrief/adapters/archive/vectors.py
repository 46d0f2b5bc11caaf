"""The vectors of stories in PostgreSQL with pgvector, which all who share an archive share.

They lie in the schema of the index of words, in a table of each model; a day's rows carry the day's mark and
are replaced in one transaction. Cosines are exact among what the filters leave; from 50,000 rows on, an HNSW
index finds them (https://github.com/pgvector/pgvector#hnsw), which looks on until enough fit the filters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Date,
    Engine,
    MetaData,
    String,
    Table,
    cast,
    delete,
    func,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.schema import CreateSchema
from sqlalchemy.types import UserDefinedType

from daybrief.adapters.archive.postgresql import limits_of
from daybrief.errors import ArchiveError
from daybrief.ports import IndexEntry, LatestVectors, QueryEmbedder, has_meaning
from daybrief.text.query import Query
from daybrief.text.words import name_key

MOST = 100_000  # vectors that topics are learned from: the latest
INDEXED = 50_000  # rows from which an index is worth its making
_LOCK = text("SELECT pg_advisory_xact_lock(:class, hashtext(:schema))")
_LOCK_CLASS = 0x64617965


class _Vector(UserDefinedType[str]):
    """pgvector's `vector` of so many numbers, given and taken as text: `[0.1,-0.2]`."""

    cache_ok = True

    def __init__(self, size: int) -> None:
        self.size = size

    def get_col_spec(self, **_: Any) -> str:
        """Its name in a table's definition."""
        return f"vector({self.size})" if self.size else "vector"


def has_vectors(reader: Engine, writer: Engine, guarded: Callable[[], AbstractContextManager[None]]) -> bool:
    """Whether the database has pgvector; it is switched on where it is present and this user may."""
    present = text("SELECT installed_version FROM pg_available_extensions WHERE name = 'vector'")
    with guarded(), reader.connect() as connection:
        row = connection.execute(present).first()
    if row is None or row.installed_version is not None:
        return row is not None
    try:
        with guarded(), writer.begin() as connection:
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS vector")
    except ArchiveError:
        return False
    return True


class DatabaseVectors:
    """`ports.MeaningIndex` in the database of an archive, of what `profile` sees there."""

    def __init__(
        self,
        reader: Engine,
        writer: Engine,
        guarded: Callable[[], AbstractContextManager[None]],
        embedder: QueryEmbedder,
        profile: str = "",
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._guarded = guarded
        self._embedder = embedder
        with guarded(), reader.connect() as connection:
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
            with self._guarded(), self._writer.begin() as connection:
                connection.execute(delete(table).where(table.c.day.in_(gone)))

    def nearest(self, query: Query, vector: NDArray[np.float32], most: int) -> list[str]:
        """The places of the entries nearest to a vector among those the query's filters allow, in order."""
        table = self._table()
        if table is None:
            return []
        wanted = cast(literal(_spelled(vector), String), table.c.vector.type)
        far = table.c.vector.op("<=>")(wanted)
        stories = table.c.place != ""
        asked = (
            select(table.c.place)
            .where(stories, *limits_of(table, query.only, query))
            .order_by(far, table.c.place)
        )
        with self._guarded(), self._reader.begin() as connection:
            connection.exec_driver_sql("SET LOCAL jit = off")
            connection.exec_driver_sql(f"SET LOCAL hnsw.ef_search = {min(1_000, max(40, most))}")
            if self._iterates(connection):
                connection.exec_driver_sql("SET LOCAL hnsw.iterative_scan = strict_order")
            return list(connection.execute(asked.limit(most)).scalars())

    def latest(self) -> LatestVectors:
        """The vectors of the latest days."""
        table = self._table()
        rows: Sequence[Any] = ()
        if table is not None:
            listed = select(table.c.place, table.c.day, cast(table.c.vector, String).label("vector"))
            newest = listed.where(table.c.place != "").order_by(table.c.day.desc(), table.c.place)
            with self._guarded(), self._reader.connect() as connection:
                rows = connection.execute(newest.limit(MOST)).all()
        stamp = _digest(" ".join(f"{day} {mark}" for day, mark in sorted(self._marks().items())))
        vectors = [np.fromstring(row.vector.strip("[]"), np.float32, sep=",") for row in rows]
        days = np.array([row.day.toordinal() for row in rows], np.int32)
        stacked = np.stack(vectors) if vectors else np.zeros((0, 0), np.float32)
        return LatestVectors(stamp, [row.place for row in rows], days, stacked)

    # ── the table ────────────────────────────────────────────────────────────────────────────────

    def _table(self, size: int = 0) -> Table | None:
        """The table of this model; made for vectors of `size` when it is not there."""
        if self._known is None:
            with self._guarded(), self._reader.connect() as connection:
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
        with self._guarded(), self._writer.begin() as connection:
            connection.execute(_LOCK, {"class": _LOCK_CLASS, "schema": self._schema})
            connection.execute(CreateSchema(self._schema, if_not_exists=True))
            table.metadata.create_all(connection)

    def _marks(self) -> dict[date, str]:
        """The mark of each day as it was embedded."""
        table = self._table()
        if table is None:
            return {}
        with self._guarded(), self._reader.connect() as connection:
            listed = connection.execute(select(table.c.day, table.c.mark).where(table.c.place == ""))
            return {row.day: row.mark for row in listed}

    def _put(self, day: date, mark: str, stories: Sequence[IndexEntry]) -> None:
        """Replace a day's rows; a text that was embedded for that day before is not embedded again."""
        texts = {entry.place: f"{entry.title}. {entry.text}" for entry in stories}
        known = self._vectors_of(day)
        new = [one for one in dict.fromkeys(texts.values()) if _digest(one) not in known]
        made = self._embedder.embed(new) if new else []
        known |= {_digest(one): _spelled(vector) for one, vector in zip(new, made, strict=True)}
        table = self._table(len(made[0]) if made else 0)
        if table is None:
            return
        rows = [_row(entry, mark, texts[entry.place], known) for entry in stories]
        with self._guarded(), self._writer.begin() as connection:
            connection.execute(_LOCK, {"class": _LOCK_CLASS, "schema": self._schema})
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
        with self._guarded(), self._reader.connect() as connection:
            return {str(digest): str(vector) for digest, vector in connection.execute(kept)}

    def _index(self, connection: Connection) -> None:
        """Make the index when the rows have become many; the server knows roughly how many there are."""
        name = f"{self._schema}.{self._name}"
        counted = text("SELECT reltuples >= :many FROM pg_class WHERE oid = to_regclass(:name)")
        if connection.execute(counted, {"many": INDEXED, "name": name}).scalar():
            by = f"{self._name}_near ON {name} USING hnsw (vector vector_cosine_ops)"
            connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {by}")

    def _iterates(self, connection: Connection) -> bool:
        """Whether an index looks on while filters leave too little: pgvector from 0.8 on."""
        asked = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        version = str(connection.exec_driver_sql(asked).scalar() or "0")
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
