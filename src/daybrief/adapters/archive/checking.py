"""Is the archive what was written? The database's own check, then every seal, then what must agree."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from daybrief.adapters.archive import rows
from daybrief.adapters.archive.schema import CONTENT, editions, metadata, printed
from daybrief.model import Edition, from_json

if TYPE_CHECKING:
    from daybrief.adapters.archive.database import Dialect

MOST = 20  # damaged rows of a table that are named; the rest is counted


def problems_of(dialect: Dialect, connection: Connection) -> Iterator[str]:
    """Every problem in words. Raises ArchiveDamaged where a table cannot be read at all."""
    missing = [table.name for table in CONTENT if table.name not in dialect.tables(connection)]
    yield from (f"the table {name} is missing" for name in missing)
    if missing:
        return
    yield from _misshapen(dialect, connection)
    yield from dialect.problems(connection)
    for table in CONTENT:
        damaged = [rows.place_of(table, row) for row in rows.unsealed(connection, table)]
        yield from (f"{place} is not what its checksum says" for place in damaged[:MOST])
        if len(damaged) > MOST:
            yield f"{table.name}: {len(damaged) - MOST} more rows are not what their checksums say"
    yield from _disagreeing(connection)


def problems_of_older(dialect: Dialect, connection: Connection) -> Iterator[str]:
    """What can be seen of damage in a format without seals: the database's own check, and the digests."""
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
    named, blank = b'"digest":"%s"' % digest.encode(), b'"digest":""'
    return hashlib.sha256(body.replace(named, blank, 1)).hexdigest()


def _misshapen(dialect: Dialect, connection: Connection) -> Iterator[str]:
    expected = dialect.expected_shapes()
    for table in metadata.sorted_tables:
        if dialect.shape(connection, table.name) != expected[table.name]:
            yield f"the table {table.name} has other columns or indexes than it was made with"


def _disagreeing(connection: Connection) -> Iterator[str]:
    """What disagrees about each edition: its digest, its remembered stories."""
    for row in connection.execute(select(editions)):
        edition = from_json(row.body, Edition)
        named = f"the {row.kind} edition of {row.day}" + (f" for {row.profile}" if row.profile else "")
        if digest_of(row.body, row.digest) != row.digest or edition.digest not in ("", row.digest):
            yield f"{named} is not what its digest says"
        ours = (printed.c.profile == row.profile, printed.c.day == row.day, printed.c.edition == row.kind)
        known = connection.execute(select(printed.c.story).where(*ours)).scalars()
        if set(known) != {story.id for story in edition.stories}:
            yield f"the stories of {named} are not those remembered"
