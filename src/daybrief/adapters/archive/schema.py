"""The tables of the archive. Changing one needs a migration in `migrations/versions` and a new HEAD."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

REVISIONS = ("0001", "0002", "0003", "0004")
HEAD = REVISIONS[-1]  # the revision this program writes


class Instant(TypeDecorator[datetime]):
    """An aware instant as UTC text whose order is the order of time."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To `2024-11-26T00:00:00.000000+00:00`."""
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
        return None if value is None else zlib.compress(value, 6)

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Decompress; raises zlib.error for a broken row."""
        return None if value is None else zlib.decompress(value)


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
    """The checksum of a row's other values: see `rows`. Last, as a migration adds it; NULL is damage."""
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
