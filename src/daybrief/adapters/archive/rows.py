"""Rows as the database holds them, each with a seal: a checksum of all its other values.

    values → stored form → seal → insert      select stored form → seal agrees? → values

A database notices pages that do not fit together, not a changed letter inside one: of 200 overwritten
payloads SQLite's own check noticed 13. The seal covers every stored value except `id`, which the database
chooses; two databases that hold the same row give it the same seal.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Table,
    and_,
    bindparam,
    column,
    func,
    insert,
    select,
    table,
    type_coerce,
    update,
)
from sqlalchemy.types import NULLTYPE

from daybrief.adapters.archive.schema import Packed
from daybrief.errors import ArchiveDamaged

SEAL = "seal"
_OUTSIDE = frozenset({SEAL, "id"})
_BYTES = 8  # a changed row passes once in 2^64
_BATCH = 2_000  # rows sealed at once

Stored: TypeAlias = dict[str, Any]  # column name → value as the driver takes and gives it


def seal_of(row: Mapping[str, Any]) -> bytes:
    """The checksum of a row in its stored form: BLAKE2b over names, types and values, in order of names."""
    digest = hashlib.blake2b(digest_size=_BYTES)
    for name in sorted(row):
        if name not in _OUTSIDE:
            kind, value = _encoded(row[name])
            digest.update(struct.pack("<cqq", kind, len(name), len(value)))
            digest.update(name.encode())
            digest.update(value)
    return digest.digest()


def _encoded(value: Any) -> tuple[bytes, bytes]:
    match value:
        case None:
            return b"n", b""
        case bool() | int():
            return b"i", b"%d" % value
        case float():
            return b"f", struct.pack("<d", value)
        case str():
            return b"s", value.encode("utf-8", "surrogatepass")
        case date():
            return b"s", value.isoformat().encode()
        case _:
            return b"b", bytes(value)


def stored(connection: Connection, of: Table, values: Mapping[str, Any]) -> Stored:
    """A row in its stored form, sealed; columns that are not given are NULL, except the chosen `id`."""
    row: Stored = {}
    for each in of.columns:
        if each.name == SEAL or (each.name == "id" and "id" not in values):
            continue
        value = values.get(each.name)
        if isinstance(each.type, Float) and value is not None:
            value = float(value)
        if isinstance(each.type, Packed):  # as bytes: drivers wrap them, each in its own way
            row[each.name] = each.type.process_bind_param(value, connection.dialect)
            continue
        process = each.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        row[each.name] = process(value) if process else value
    return row | {SEAL: seal_of(row)}


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
    connection: Connection, of: Table, *where: ColumnElement[bool], order: Sequence[Any] = ()
) -> Iterator[Stored]:
    """Rows in their stored form whose seals agree. Raises ArchiveDamaged for one that does not."""
    for row in connection.execute(select(*_raw(of)).where(*where).order_by(*order)):
        values = dict(row._mapping)
        if values[SEAL] is None or bytes(values[SEAL]) != seal_of(values):
            raise ArchiveDamaged(
                f"{place_of(of, values)} is not what its checksum says",
                hint="daybrief archive check lists all that is damaged; daybrief archive restore",
            )
        yield values


def bodies(
    connection: Connection, of: Table, *where: ColumnElement[bool], order: Sequence[Any] = ()
) -> Iterator[bytes]:
    """The unpacked bodies of rows whose seals agree, in order."""
    for row in read(connection, of, *where, order=order):
        yield body_of(row)


def body_of(row: Stored) -> bytes:
    """The unpacked body of a row in its stored form."""
    return zlib.decompress(row["body"])


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


def place_of(of: Table, values: Mapping[str, Any]) -> str:
    """A row as messages name it: `items 2024-11-26 0 3`."""
    return " ".join([of.name, *(str(values[c.name])[:80] for c in of.primary_key.columns)])


def size_of(rows: Iterable[Stored]) -> int:
    """How many bytes rows hold."""
    return sum(map(_size, rows))


def _size(row: Stored) -> int:
    return sum(len(value) if isinstance(value, str | bytes) else 8 for value in row.values())


def _raw(of: Table) -> list[ColumnElement[Any]]:
    """The columns as the driver gives them, without turning them into values."""
    return [type_coerce(c, NULLTYPE).label(c.name) for c in of.columns]


def _untyped(of: Table) -> Any:
    return table(of.name, *(column(c.name) for c in of.columns))
