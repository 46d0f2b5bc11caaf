"""The tables of the archive, and their rows, each with a seal: a checksum of all its other values.

    values → stored form → seal → insert      select stored form → seal agrees? → values

Changing a table needs a migration in `migrations/versions` and a new HEAD.

A database notices pages that do not fit together, not a changed letter inside one: of 200 overwritten
payloads SQLite's own check noticed 13. The seal covers every stored value except `id`, which the database
chooses; two databases that hold the same row give it the same seal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    bindparam,
    column,
    func,
    insert,
    or_,
    select,
    table,
    type_coerce,
    update,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import NULLTYPE, TypeDecorator, TypeEngine

from daybrief.adapters.archive import SEAL, PackedBytes, Stored, checked, pack, seal_of, unpacked
from daybrief.ports import IndexEntry
from daybrief.text.words import STOP_WORDS, beginnings, token_words


class Instant(TypeDecorator[datetime]):
    """An aware instant as UTC text whose order is the order of time."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Writes an instant as `2024-11-26T00:00:00.000000+00:00`."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Back to an aware instant."""
        return None if value is None else datetime.fromisoformat(value)


class Packed(TypeDecorator[bytes]):
    """JSON bytes, compressed: abstracts shrink to a third."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Compress."""
        return value if value is None or isinstance(value, PackedBytes) else pack(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Decompress; raises zlib.error for a broken row."""
        return None if value is None else unpacked(value)


class OrderedText(TypeDecorator[str]):
    """Any text, in the order of its code points. PostgreSQL's text has no NUL, so there it is escaped."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """VARCHAR; for PostgreSQL ordered as SQLite orders it."""
        return dialect.type_descriptor(String(collation="C") if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape NUL where it must be."""
        return escaped(value) if value is not None and dialect.name == "postgresql" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Take the escapes out."""
        return unescaped(value) if value is not None and dialect.name == "postgresql" else value


_ESCAPES = (("\ue000", "\ue000\ue001"), ("\0", "\ue000\ue002"))


def escaped(text: str) -> str:
    """A text without NUL that `unescaped` turns back."""
    for plain, escape in _ESCAPES:
        text = text.replace(plain, escape)
    return text


def unescaped(text: str) -> str:
    """The text that was escaped."""
    for plain, escape in reversed(_ESCAPES):
        text = text.replace(escape, plain)
    return text


metadata = MetaData()


def _seal() -> Column[bytes]:
    """The checksum of a row's other values. Last, as a migration adds it; NULL is damage."""
    return Column("seal", LargeBinary)


alembic_version = Table(  # as alembic makes it; read here, so that a file of today needs no alembic
    "alembic_version", metadata, Column("version_num", String(32), primary_key=True)
)

harvests = Table(
    "harvests",
    metadata,
    Column("day", Date, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("source", OrderedText, nullable=False),
    Column("state", OrderedText, nullable=False),
    Column("body", Packed, nullable=False),  # the Harvest without its items
    _seal(),
)

items = Table(
    "items",
    metadata,
    Column("day", Date, primary_key=True),
    Column("harvest", Integer, primary_key=True),  # harvests.place
    Column("place", Integer, primary_key=True),
    Column("key", OrderedText, nullable=False),
    Column("source", OrderedText, nullable=False),
    Column("kind", OrderedText, nullable=False),
    Column("title", OrderedText, nullable=False),
    Column("body", Packed, nullable=False),
    _seal(),
    Index("items_by_key", "key"),
)

# An item belongs to every day it was imported for; a row of format 0002 has no day unless it was announced.
imported_items = Table(
    "imported_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", OrderedText, nullable=False),
    Column("key", OrderedText, nullable=False),
    Column("day", Date),
    Column("published", Instant),
    Column("added_at", Instant, nullable=False),
    Column("pending", Boolean, nullable=False),  # no run of its day has seen it yet
    Column("body", Packed, nullable=False),
    _seal(),
    Index("imported_by_source_key_and_day", "source", "key", "day", unique=True),
    Index("imported_by_key", "key"),
    Index("imported_by_day", "day"),
    Index("imported_by_published", "published"),
)

editions = Table(
    "editions",
    metadata,
    Column("profile", OrderedText, primary_key=True),  # "" is the reader without a profile
    Column("day", Date, primary_key=True),
    Column("kind", OrderedText, primary_key=True),
    Column("digest", OrderedText, nullable=False),
    Column("body", Packed, nullable=False),
    _seal(),
)

printed = Table(
    "printed",
    metadata,
    Column("profile", OrderedText, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("edition", OrderedText, primary_key=True),  # editions.kind
    Column("story", OrderedText, primary_key=True),
    Column("kind", OrderedText, nullable=False),
    Column("title", OrderedText, nullable=False),
    Column("sources", OrderedText, nullable=False),  # JSON list
    Column("version", Integer),
    Column("category", OrderedText, nullable=False),
    _seal(),
    Index("printed_by_story", "profile", "story", "day"),
)

printed_keys = Table(
    "printed_keys",
    metadata,
    Column("profile", OrderedText, primary_key=True),
    Column("key", OrderedText, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("edition", OrderedText, primary_key=True),
    Column("story", OrderedText, primary_key=True),
    Column("place", Integer, nullable=False),
    _seal(),
    Index("printed_keys_by_day", "profile", "day", "edition"),
    Index("printed_keys_by_story", "profile", "story", "day"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("profile", OrderedText, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("publisher", OrderedText, nullable=False),
    Column("path", OrderedText, nullable=False),
    Column("digest", OrderedText, nullable=False),
    Column("delivered_at", Instant, nullable=False),
    Column("error", OrderedText, nullable=False),
    _seal(),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", OrderedText, nullable=False),
    Column("note", OrderedText, nullable=False),
    _seal(),
    Index("runs_by_day", "day"),
)

run_seconds = Table(
    "run_seconds",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("stage", OrderedText, primary_key=True),
    Column("seconds", Float, nullable=False),
    _seal(),
)

# What a reader liked or not, and the papers a profile was started with: what taste is learned from.
examples = Table(
    "examples",
    metadata,
    Column("profile", OrderedText, primary_key=True),
    Column("key", OrderedText, primary_key=True),  # a story's id or an item's key
    Column("liked", Boolean, nullable=False),
    Column("origin", OrderedText, nullable=False),  # reader, seed, bibtex, zotero
    Column("title", OrderedText, nullable=False),
    Column("body", Packed, nullable=False),  # the text, so that learning needs nothing else
    Column("added_at", Instant, nullable=False),
    _seal(),
)

# Messages on their way: a row is committed before a connection is opened.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("profile", OrderedText, nullable=False),
    Column("day", Date, nullable=False),
    Column("channel", OrderedText, nullable=False),
    Column("recipient", OrderedText, nullable=False),
    Column("edition", OrderedText, nullable=False),  # editions.kind
    Column("digest", OrderedText, nullable=False),  # of the edition
    Column("key", OrderedText, nullable=False),  # the same for the same message: nothing is queued twice
    Column("state", OrderedText, nullable=False),  # ready, sending, sent, uncertain, failed
    Column("attempts", Integer, nullable=False),
    Column("body", Packed, nullable=False),
    Column("error", OrderedText, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    _seal(),
    Index("outbox_by_key", "key", unique=True),
    Index("outbox_by_state", "state", "id"),
)

CONTENT = tuple(t for t in metadata.sorted_tables if t is not alembic_version)
"""The tables whose rows are sealed, checked, copied and salvaged."""


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────

_BATCH = 2_000  # rows sealed at once


def stored(connection: Connection, of: Table, values: Mapping[str, Any]) -> Stored:
    """A row in its stored form, sealed; columns that are not given are NULL, except the chosen `id`."""
    row: Stored = {}
    for name, process in _forms(of, connection.dialect):
        if name != "id" or name in values:
            value = values.get(name)
            row[name] = process(value) if process else value
    return row | {SEAL: seal_of(row)}


@lru_cache(maxsize=64)
def _forms(of: Table, dialect: Dialect) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """The columns of a table, each with what makes a value into its stored form."""
    return tuple((c.name, _form(c.type, dialect)) for c in of.columns if c.name != SEAL)


def _form(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, Float):
        return lambda value: None if value is None else float(value)
    if isinstance(kind, Packed):  # as bytes: drivers wrap them, each in its own way
        return lambda value: kind.process_bind_param(value, dialect)
    return kind.dialect_impl(dialect).bind_processor(dialect)


def put(connection: Connection, of: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows, sealed; returns how many bytes they hold."""
    sealed = [stored(connection, of, row) for row in rows]
    if sealed:
        connection.execute(insert(_untyped(of)), sealed)
    return sum(map(_size, sealed))


def put_stored(
    connection: Connection, of: Table, rows: Sequence[Stored], tolerant: Callable[[Any], Any] | None = None
) -> None:
    """Insert rows that are in their stored form already, with the seals they have.

    `tolerant` is a dialect's insert that may leave out rows whose place is taken.
    """
    if rows:
        put = tolerant(_untyped(of)).on_conflict_do_nothing() if tolerant else insert(_untyped(of))
        connection.execute(put, list(rows))


def count(connection: Connection, of: Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(of)).scalar_one())


def reseal(connection: Connection, of: Table, *where: ColumnElement[bool]) -> None:
    """Give rows that were changed in place the seal of what they hold now."""
    keys = [c.name for c in of.primary_key.columns]
    raw = _untyped(of)
    at = and_(*(raw.c[name] == bindparam(f"at_{name}") for name in keys))
    change = update(raw).where(at).values({SEAL: bindparam("anew")})
    changed = select(*_raw(of)).where(*where)
    for rows in connection.execute(changed).partitions(_BATCH):
        new = [
            {f"at_{name}": row._mapping[name] for name in keys} | {"anew": seal_of(dict(row._mapping))}
            for row in rows
        ]
        connection.execute(change, new)


def read(
    connection: Connection,
    of: Table,
    *where: ColumnElement[bool],
    order: Sequence[Any] = (),
    values: Mapping[str, Any] | None = None,
) -> Iterator[Stored]:
    """Rows in their stored form whose seals agree. Raises ArchiveDamaged for one that does not."""
    for row in connection.execute(select(*_raw(of)).where(*where).order_by(*order), values):
        yield checked(of.name, dict(row._mapping))


def bodies(
    connection: Connection,
    of: Table,
    *where: ColumnElement[bool],
    order: Sequence[Any] = (),
    values: Mapping[str, Any] | None = None,
) -> Iterator[bytes]:
    """The unpacked bodies of rows whose seals agree, in order."""
    for row in read(connection, of, *where, order=order, values=values):
        yield unpacked(row["body"])


def unsealed(connection: Connection, of: Table) -> Iterator[Stored]:
    """The rows whose seal does not agree with what they hold."""
    for rows in connection.execute(select(*_raw(of))).partitions(_BATCH):
        for row in rows:
            values: Stored = dict(row._mapping)
            if values[SEAL] is None or bytes(values[SEAL]) != seal_of(values):
                yield values


def stored_rows(connection: Connection, of: Table) -> Iterator[list[Stored]]:
    """Every row in its stored form, in batches, whether its seal agrees or not."""
    for rows in connection.execute(select(*_raw(of))).partitions(_BATCH):
        yield [dict(row._mapping) for row in rows]


def place_of(table: str, values: Mapping[str, Any]) -> str:
    """A row as messages name it: `items 2024-11-26 0 3`."""
    keys = metadata.tables[table].primary_key.columns
    return " ".join([table, *(str(values[c.name])[:80] for c in keys)])


def size_of(rows: Iterable[Stored]) -> int:
    """How many bytes rows hold."""
    return sum(map(_size, rows))


def _size(row: Stored) -> int:
    return sum(len(value) if isinstance(value, str | bytes) else 8 for value in row.values())


@lru_cache(maxsize=64)
def _raw(of: Table) -> list[ColumnElement[Any]]:
    """The columns as the driver gives them, without turning them into values."""
    return [type_coerce(c, NULLTYPE).label(c.name) for c in of.columns]


def _untyped(of: Table) -> Any:
    return table(of.name, *(column(c.name) for c in of.columns))


# ── the words of an entry, as an index in PostgreSQL keeps them ─────────────────────────────────────


STRONG = 3  # how often a text says a word that it is about; a title's words count so often at once
FIRST_PAIR, STOP_WORD, OF_CLAIM, IS_ABOUT = "^", ",", "~", "!"  # signs no token begins with
STOPS = frozenset(STOP_WORDS)
_MOST_PLACES = 200  # of one token in one text: PostgreSQL keeps 255


class TokenVector(NamedTuple):
    """The tokens of an entry as PostgreSQL reads a `tsvector`, `'word':1A,7 '^begins'`, and their places."""

    text: str
    places: int
    tokens: tuple[str, ...]


def tsvector_of(entry: IndexEntry) -> TokenVector:
    """The vector of an entry: where its words stand, and the tokens with a sign that stand nowhere."""
    sign = OF_CLAIM if entry.kind == "claim" else ""
    title = token_words(entry.title)
    rest = map(token_words, (entry.text, *entry.claims, *entry.also))
    places: dict[str, list[str]] = {}
    for number, word in enumerate(title, start=1):
        _add(places, word, f"{number}A", sign)
    behind = len(title) + 2  # an empty place, so that no phrase spans it
    for number, word in enumerate(chain.from_iterable(rest), start=behind):
        _add(places, word, str(number), sign)
    firsts = {word for part in (entry.title, entry.text, *entry.claims) for word in beginnings(part).split()}
    placed = [f"{quoted(word)}:{','.join(positions[:_MOST_PLACES])}" for word, positions in places.items()]
    number = sum(len(positions[:_MOST_PLACES]) for positions in places.values()) + len(firsts)
    signed = [FIRST_PAIR + word for word in firsts]
    if entry.kind != "claim":
        titled = set(title)
        about = (word for word, positions in places.items() if word in titled or len(positions) >= STRONG)
        signed += [IS_ABOUT + word for word in about if not word.startswith(STOP_WORD)]
    return TokenVector(" ".join([*placed, *map(quoted, signed)]), number, (*places, *signed))


def _add(places: dict[str, list[str]], word: str, place: str, sign: str) -> None:
    places.setdefault(f"{STOP_WORD if word in STOPS else sign}{word}", []).append(place)


def quoted(word: str) -> str:
    """A token as it stands in a `tsvector` or a `tsquery`."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def tokens_begun(
    connection: Connection, lexemes: Table, most: int, letters: Sequence[str]
) -> list[tuple[str, int]]:
    """The tokens that begin with any of these letters, `most` of each, with the number of their entries."""
    begins = or_(*(lexemes.c.word.startswith(start, autoescape=True) for start in letters))
    listed = select(lexemes.c.word, lexemes.c.entries).where(begins).limit(most * len(letters))
    return [(row.word, int(row.entries)) for row in connection.execute(listed)]
