"""The archive behind its port: one database that remembers what was collected, printed and delivered.

rows in, values out, one transaction a call, whichever database it is

writing      what a run keeps: harvests, editions and the memory of their stories, imports, messages
database     where it is, opening, migrating; its dialects are `sqlite` and `postgresql`
rows         the tables, and each row with its seal
words        the index of words in PostgreSQL
upkeep       checks, copies, backups, salvage

What readers ask is here, once, in SQL that both databases understand. For a page of a file nothing else is
loaded: SQLAlchemy, whose import takes longer than the page, comes with who writes, and with PostgreSQL.
"""

# ruff: noqa: S608 - every statement is made of texts of ours

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msgspec

from daybrief.errors import ArchiveDamaged, ArchiveTooNew, ConfigError
from daybrief.model import (
    IMPORT,
    Edition,
    EditionKind,
    Example,
    Harvest,
    Item,
    Receipt,
    Run,
    State,
    from_json,
)
from daybrief.ports import (
    ArchiveAddress,
    ArchiveView,
    CountRow,
    EditionRow,
    HarvestRow,
    ItemRow,
    PrintedRow,
    archive_address,
)

if TYPE_CHECKING:
    from daybrief.adapters.archive.writing import SqlArchive

__all__ = ["ArchiveAddress", "StoredView", "archive_address", "archive_exists", "open_archive", "open_view"]

REVISIONS = ("0001", "0002", "0003", "0004")
HEAD = REVISIONS[-1]  # the revision this program writes


def open_archive(
    address: ArchiveAddress | str | os.PathLike[str], *, profile: str = "", wait_s: float = 10.0
) -> SqlArchive:
    """The archive at an address as `profile` sees it, created or brought up to date when needed.

    A call waits up to `wait_s` seconds for another writer. Raises ConfigError for an unknown kind of address,
    `ArchiveBusy`, `ArchiveDamaged`, `ArchiveFull`, `ArchiveTooNew`, or `ArchiveError` for a database that
    cannot be used.
    """
    from daybrief.adapters.archive.database import Database, dialect_of
    from daybrief.adapters.archive.writing import SqlArchive

    writing = Database(dialect_of(_address(address), wait_s))
    writing.prepare()
    return SqlArchive(writing, profile)


def open_view(
    address: ArchiveAddress | str | os.PathLike[str], *, profile: str = "", wait_s: float = 10.0
) -> ArchiveView:
    """The same archive for who reads; its connections cannot write.

    One that must be created or migrated is opened for writing first. Raises ConfigError, or an `ArchiveError`
    of the same kinds.
    """
    address = _address(address)
    if address.scheme == "sqlite":
        from daybrief.adapters.archive.sqlite import SqliteReader

        file = SqliteReader(address, wait_s)
        if not file.is_current():
            open_archive(address, wait_s=wait_s).database.close()
        return StoredView(file, profile)
    from daybrief.adapters.archive.database import Database, dialect_of

    reading = Database(dialect_of(address, wait_s, reading=True), read_only=True)
    if not reading.is_current():
        open_archive(address, wait_s=wait_s).database.close()
    return StoredView(reading, profile)


def _address(address: ArchiveAddress | str | os.PathLike[str]) -> ArchiveAddress:
    return address if isinstance(address, ArchiveAddress) else archive_address(address)


def archive_exists(address: ArchiveAddress, *, wait_s: float = 10.0) -> bool:
    """Whether there is an archive, or something in its place that is none; makes nothing."""
    if address.scheme == "sqlite":
        from daybrief.adapters.archive.sqlite import SqliteReader

        file = SqliteReader(address, wait_s)
        with file.guarded():
            return file.exists()
    from daybrief.adapters.archive.database import dialect_of

    dialect = dialect_of(address, wait_s, reading=True)
    with dialect.guarded():
        return dialect.exists()


# ── what is read ────────────────────────────────────────────────────────────────────────────────────


Stored: TypeAlias = dict[str, Any]  # column name → value as the driver takes and gives it


class ReadTransaction:
    """A transaction that sees one state throughout: SQL with `:named` values goes in, rows come out."""

    def __init__(
        self,
        execute: Callable[[str, Mapping[str, Any]], Iterable[Stored]],
        unescaped: Callable[[str], str] | None = None,
    ) -> None:
        self._execute = execute
        self._unescaped = unescaped  # a stored text becomes the text that was written

    def rows(self, statement: str, **values: Any) -> Iterator[Stored]:
        """The rows of a statement with the texts that were written."""
        rows = self._execute(statement, values)
        return iter(rows) if self._unescaped is None else map(self._written, rows)

    def _written(self, row: Stored) -> Stored:
        unescaped = self._unescaped or str
        return {name: unescaped(value) if isinstance(value, str) else value for name, value in row.items()}

    def sealed(self, table: str, rest: str, **values: Any) -> Iterator[Stored]:
        """Whole rows of a table whose seals agree. Raises ArchiveDamaged for one that does not."""
        for row in self._execute(f"SELECT * FROM {table} {rest}", values):
            yield checked(table, row)

    def bodies(self, table: str, rest: str, **values: Any) -> Iterator[bytes]:
        """The unpacked bodies of such rows."""
        for row in self.sealed(table, rest, **values):
            yield unpacked(row["body"])


class Store(Protocol):
    """The database of a view."""

    @property
    def name(self) -> str:
        """The archive as messages name it."""
        ...

    @property
    def many(self) -> int:
        """How many values a statement may have."""
        ...

    def mark(self) -> str:
        """A value that changes whenever somebody has written."""
        ...

    def rows(self) -> AbstractContextManager[ReadTransaction]:
        """A transaction that reads."""
        ...


_AT = "WHERE profile = :profile AND day = :day AND kind = :kind"
_NEWEST = "ORDER BY day DESC, kind DESC"
_CIVIL = "coalesce(CAST(day AS VARCHAR(10)), substr(coalesce(published, added_at), 1, 10))"


class StoredView:
    """`ports.ArchiveView` on a database.

    Harvests, items and runs are everybody's; editions, what was printed, examples and
    receipts are a profile's.
    """

    def __init__(self, store: Store, profile: str = "", heads: dict[str, _Head] | None = None) -> None:
        self._store = store
        self._profile = profile
        self._heads = {} if heads is None else heads

    @property
    def name(self) -> str:
        """The archive as messages name it, without a password."""
        return self._store.name

    def of(self, profile: str) -> ArchiveView:
        """The same archive as another profile sees it."""
        return StoredView(self._store, profile, self._heads)

    def mark(self) -> str:
        """A value that changes whenever anything in the archive does."""
        return self._store.mark()

    def marks(self) -> dict[date, str]:
        """Every day that holds harvests, imported items or editions, with a mark that changes with it."""
        with self._store.rows() as reading:
            return _marks(reading)

    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles that have editions, sorted."""
        with self._store.rows() as reading:
            listed = reading.rows("SELECT DISTINCT profile FROM editions ORDER BY profile")
            return tuple(row["profile"] for row in listed)

    # ── collected ────────────────────────────────────────────────────────────────────────────────

    def harvests(self, day: date) -> tuple[Harvest, ...]:
        """The harvests of a day with their items, in source order; what was imported for it is one more."""
        listed: dict[int, list[Item]] = {}
        with self._store.rows() as reading:
            for row in reading.sealed("items", "WHERE day = :day ORDER BY harvest, place", day=day):
                listed.setdefault(row["harvest"], []).append(from_json(unpacked(row["body"]), Item))
            collected = [
                msgspec.structs.replace(
                    from_json(unpacked(row["body"]), Harvest), items=tuple(listed.get(row["place"], ()))
                )
                for row in reading.sealed("harvests", "WHERE day = :day ORDER BY place", day=day)
            ]
            return (*collected, *_imported_harvest(reading, day))

    def harvest_rows(self, since: date, until: date) -> tuple[HarvestRow, ...]:
        """How the sources did on each day of a span, oldest day first."""
        span = {"since": since, "until": until}
        counted = (
            "SELECT day, harvest, count(*) AS n FROM items"
            " WHERE day BETWEEN :since AND :until GROUP BY day, harvest"
        )
        listed = (
            "SELECT day, place, body FROM harvests WHERE day BETWEEN :since AND :until ORDER BY day, place"
        )
        with self._store.rows() as reading:
            counts = {(day_of(row["day"]), row["harvest"]): row["n"] for row in reading.rows(counted, **span)}
            return tuple(
                HarvestRow(
                    day=(day := day_of(row["day"])),
                    harvest=from_json(unpacked(row["body"]), Harvest),
                    items=int(counts.get((day, row["place"]), 0)),
                )
                for row in reading.rows(listed, **span)
            )

    def items(self, keys: Sequence[str]) -> tuple[ItemRow, ...]:
        """The items that the sources listed under these keys, newest day first, in their order; imports come
        last.
        """
        named, values = _listed(self._some(keys))
        listed = f"SELECT day, body FROM items WHERE key IN {named} ORDER BY day DESC, harvest, place"
        brought = (
            f"SELECT {_CIVIL} AS day, body FROM imported_items WHERE key IN {named}"
            f" ORDER BY {_CIVIL} DESC, id"
        )
        with self._store.rows() as reading:
            rows = [
                ItemRow(day=day_of(row["day"]), item=from_json(unpacked(row["body"]), Item))
                for statement in (listed, brought)
                for row in reading.rows(statement, **values)
            ]
        return tuple(sorted(rows, key=lambda row: row.day, reverse=True))

    def known(self, keys: Sequence[str]) -> tuple[Item, ...]:
        """The latest item collected under each of these keys that has a text, else without; in key order."""
        with self._store.rows() as reading:
            latest = (_latest(reading, key) for key in dict.fromkeys(keys))
            return tuple(item for item in latest if item is not None)

    # ── printed ──────────────────────────────────────────────────────────────────────────────────

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        """The edition of a day, or None."""
        with self._store.rows() as reading:
            body = next(reading.bodies("editions", _AT, **self._at(day, kind)), None)
            return None if body is None else from_json(body, Edition)

    def editions(self, since: date, until: date) -> tuple[EditionRow, ...]:
        """The editions of a span of days without their stories, newest day first, papers before news."""
        counts: dict[tuple[date, str], dict[str, int]] = {}
        for row in self.counts(since, until):
            counts.setdefault((row.day, row.edition), {})[row.category] = row.stories
        listed = (
            "SELECT day, kind, digest FROM editions"
            f" WHERE profile = :profile AND day BETWEEN :since AND :until {_NEWEST}"
        )
        with self._store.rows() as reading:
            records = list(reading.rows(listed, profile=self._profile, since=since, until=until))
            heads = [self._head(reading, row) for row in records]
        return tuple(
            _edition_row(row, head, counts.get((day_of(row["day"]), row["kind"]), {}))
            for row, head in zip(records, heads, strict=True)
        )

    def _head(self, reading: ReadTransaction, row: Stored) -> _Head:
        """The head of an edition; its digest stands for all of it, so it is read once."""
        known = self._heads.get(row["digest"])
        if known is None:
            body = next(reading.bodies("editions", _AT, **self._at(row["day"], row["kind"])), b"{}")
            known = self._heads[row["digest"]] = from_json(body, _Head)
        return known

    def latest(self, most: int, known: Sequence[Edition] = ()) -> tuple[Edition, ...]:
        """The latest editions, newest day first, papers before news; known ones are not read again."""
        by_digest = {edition.digest: edition for edition in known if edition.digest}
        newest = f"SELECT day, kind, digest FROM editions WHERE profile = :profile {_NEWEST} LIMIT :most"
        with self._store.rows() as reading:
            listed = list(reading.rows(newest, profile=self._profile, most=most))
            return tuple(by_digest.get(row["digest"]) or self._read(reading, row) for row in listed)

    def _read(self, reading: ReadTransaction, row: Stored) -> Edition:
        body = next(reading.bodies("editions", _AT, **self._at(row["day"], row["kind"])))
        return from_json(body, Edition)

    def days(self) -> tuple[date, ...]:
        """The days that have an edition, oldest first."""
        ours = "SELECT DISTINCT day FROM editions WHERE profile = :profile ORDER BY day"
        with self._store.rows() as reading:
            return tuple(day_of(row["day"]) for row in reading.rows(ours, profile=self._profile))

    def digests(self) -> dict[date, dict[EditionKind, str]]:
        """The digest of each edition by its day and kind, oldest day first."""
        listed = "SELECT day, kind, digest FROM editions WHERE profile = :profile ORDER BY day, kind"
        digests: dict[date, dict[EditionKind, str]] = {}
        with self._store.rows() as reading:
            for row in reading.rows(listed, profile=self._profile):
                digests.setdefault(day_of(row["day"]), {})[row["kind"]] = row["digest"]
        return digests

    def keys_of(self, key: str) -> tuple[str, tuple[str, ...]]:
        """The id of the story last printed under a key, and all its keys; ("", ()) when none was."""
        latest = (
            "SELECT story FROM printed_keys WHERE profile = :profile AND key = :key"
            " ORDER BY story != :key, day DESC LIMIT 1"
        )
        named = (
            "SELECT key FROM printed_keys WHERE profile = :profile AND story = :story"
            " ORDER BY day DESC, place"
        )
        with self._store.rows() as reading:
            row = next(reading.rows(latest, profile=self._profile, key=key), None)
            if row is None:
                return "", ()
            keys = [k["key"] for k in reading.rows(named, profile=self._profile, story=row["story"])]
            return str(row["story"]), tuple(dict.fromkeys(keys))

    def printed(self, stories: Sequence[str]) -> tuple[PrintedRow, ...]:
        """The days and editions that printed these stories, newest day first."""
        named, values = _listed(self._some(stories))
        return self._printed(f"story IN {named}", **values)

    def printed_in(self, category: str, most: int, before: date | None = None) -> tuple[PrintedRow, ...]:
        """The latest stories of a category, newest day first; only days before `before` when it is given."""
        if before is None:
            return self._printed("category = :category", "LIMIT :most", category=category, most=most)
        older = "category = :category AND day < :before"
        return self._printed(older, "LIMIT :most", category=category, before=before, most=most)

    def _printed(self, which: str, limit: str = "", **values: Any) -> tuple[PrintedRow, ...]:
        ours = (
            "SELECT day, edition, story, kind, title, category, sources FROM printed"
            f" WHERE profile = :profile AND {which} ORDER BY day DESC, edition DESC, title {limit}"
        )
        with self._store.rows() as reading:
            return tuple(map(_printed_row, reading.rows(ours, profile=self._profile, **values)))

    def counts(self, since: date, until: date) -> tuple[CountRow, ...]:
        """How many stories each category had on each day of a span, oldest day first."""
        counted = (
            "SELECT day, edition, category, count(*) AS n FROM printed"
            " WHERE profile = :profile AND day BETWEEN :since AND :until"
            " GROUP BY day, edition, category ORDER BY day, edition, category"
        )
        with self._store.rows() as reading:
            return tuple(
                CountRow(
                    day=day_of(row["day"]), edition=row["edition"], category=row["category"], stories=row["n"]
                )
                for row in reading.rows(counted, profile=self._profile, since=since, until=until)
            )

    def _at(self, day: date | str, kind: str) -> dict[str, Any]:
        return {"profile": self._profile, "day": day_of(day), "kind": kind}

    def _some(self, values: Sequence[str]) -> list[str]:
        """As many values as a statement takes."""
        return list(values)[: self._store.many]

    # ── liked and noted ────────────────────────────────────────────────────────────────────────────────────

    def examples(self) -> tuple[Example, ...]:
        """The profile's liked and disliked examples, oldest first, then by key."""
        ours = "WHERE profile = :profile ORDER BY added_at, key"
        with self._store.rows() as reading:
            return tuple(
                from_json(body, Example) for body in reading.bodies("examples", ours, profile=self._profile)
            )

    def receipts(self, day: date) -> tuple[Receipt, ...]:
        """The receipts of a day, in order."""
        noted = (
            "SELECT publisher, path, digest, delivered_at, error FROM receipts"
            " WHERE profile = :profile AND day = :day ORDER BY place"
        )
        with self._store.rows() as reading:
            return tuple(
                Receipt(**row | {"delivered_at": datetime.fromisoformat(row["delivered_at"])})
                for row in reading.rows(noted, profile=self._profile, day=day)
            )

    def runs(self, most: int, before: int | None = None) -> tuple[Run, ...]:
        """The latest runs, newest first; only those with an id below `before` when it is given."""
        values = {"most": most} if before is None else {"most": most, "before": before}
        older = "" if before is None else "WHERE id < :before"
        latest = (
            "SELECT id, day, started_at, ended_at, outcome, note FROM runs"
            f" {older} ORDER BY id DESC LIMIT :most"
        )
        with self._store.rows() as reading:
            records = list(reading.rows(latest, **values))
            lasted: dict[int, dict[str, float]] = {row["id"]: {} for row in records}
            named, ids = _listed(lasted)
            timed = f"SELECT run, stage, seconds FROM run_seconds WHERE run IN {named}"
            for row in reading.rows(timed, **ids):
                lasted[row["run"]][row["stage"]] = row["seconds"]
        return tuple(_run(row, lasted[row["id"]]) for row in records)


# ── rows become values ──────────────────────────────────────────────────────────────────────────────


class _Head(msgspec.Struct, frozen=True):
    """The fields of an edition that a list of days shows; the rest is skipped while reading."""

    state: State
    language: str
    made_at: datetime


def _edition_row(row: Stored, head: _Head, counts: dict[str, int]) -> EditionRow:
    return EditionRow(
        day=day_of(row["day"]),
        kind=row["kind"],
        state=head.state,
        language=head.language,
        digest=row["digest"],
        made_at=head.made_at,
        stories=sum(counts.values()),
        categories=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _printed_row(row: Stored) -> PrintedRow:
    sources = tuple(msgspec.json.decode(row["sources"], type=list[str]))
    return PrintedRow(**row | {"day": day_of(row["day"]), "sources": sources})


def _run(row: Stored, seconds: dict[str, float]) -> Run:
    ended = row["ended_at"] and datetime.fromisoformat(row["ended_at"])
    started = datetime.fromisoformat(row["started_at"])
    return Run(**row | {"day": day_of(row["day"]), "started_at": started, "ended_at": ended}, seconds=seconds)


def _marks(reading: ReadTransaction) -> dict[date, str]:
    """The mark of each day with harvests, imported items or editions, in order of days.

    It covers the editions' digests, the harvests, how many items there are, what was imported, and the last
    run: a harvest that is fetched again may hold other items of the same number, within another run.
    """
    parts: dict[date, list[str]] = {}
    for row in reading.rows("SELECT day, kind, digest FROM editions ORDER BY profile, kind"):
        parts.setdefault(day_of(row["day"]), []).append(f"{row['kind']} {row['digest']}")
    for row in reading.rows("SELECT day, place, body FROM harvests ORDER BY place"):
        parts.setdefault(day_of(row["day"]), []).append(
            f"{row['place']} {zlib.crc32(unpacked(row['body'])):x}"
        )
    for row in reading.rows("SELECT day, count(*) AS n FROM items GROUP BY day"):
        parts.setdefault(day_of(row["day"]), []).append(str(row["n"]))
    named = f"SELECT {_CIVIL} AS civil, count(*) AS n, max(added_at) AS added"
    imported = f"{named} FROM imported_items GROUP BY {_CIVIL}"
    for row in reading.rows(imported):
        added = datetime.fromisoformat(row["added"])
        parts.setdefault(day_of(row["civil"]), []).append(f"imported {row['n']} {added}")
    ended = (
        "SELECT day, max(id) AS run, count(ended_at) AS n FROM runs WHERE outcome != 'reused' GROUP BY day"
    )
    for row in reading.rows(ended):
        if (day := day_of(row["day"])) in parts:
            parts[day].append(f"run {row['run']} {row['n']}")
    return {day: f"{zlib.crc32(' '.join(parts[day]).encode()):08x}" for day in sorted(parts)}


def _imported_harvest(reading: ReadTransaction, day: date) -> Iterator[Harvest]:
    """The imported items of a civil day as a harvest, none without items; `waiting` until all were seen."""
    named = {"civil": day.isoformat()}
    items = imported_last(reading.bodies("imported_items", f"WHERE {_CIVIL} = :civil ORDER BY id", **named))
    if items:
        waiting = f"SELECT id FROM imported_items WHERE {_CIVIL} = :civil AND pending LIMIT 1"
        state: State = "waiting" if next(reading.rows(waiting, **named), None) else "fresh"
        yield Harvest(source=IMPORT, state=state, items=items)


def imported_last(bodies: Iterable[bytes]) -> tuple[Item, ...]:
    """Imported items in the order of their import, each once, as it was imported last."""
    latest: dict[tuple[str, str], Item] = {}
    for body in bodies:
        item = from_json(body, Item)
        latest[item.source, item.key] = item
    return tuple(latest.values())


def _latest(reading: ReadTransaction, key: str) -> Item | None:
    bodies = [
        *reading.bodies("items", "WHERE key = :key ORDER BY day DESC, harvest", key=key),
        *reading.bodies("imported_items", "WHERE key = :key ORDER BY added_at DESC, id DESC", key=key),
    ]
    listed = [*(from_json(body, Item) for body in bodies), *_items_printed(reading, key)]
    return next((item for item in listed if item.text), listed[0] if listed else None)


def _items_printed(reading: ReadTransaction, key: str) -> Iterator[Item]:
    """The items of the story last printed under a key: it may be known by one that no item has as its own."""
    named = "SELECT profile, day, edition, story FROM printed_keys WHERE key = :key ORDER BY day DESC LIMIT 1"
    for row in list(reading.rows(named, key=key)):
        at = {"profile": row["profile"], "day": day_of(row["day"]), "kind": row["edition"]}
        for body in reading.bodies("editions", _AT, **at):
            for story in from_json(body, Edition).stories:
                if story.id == row["story"]:
                    yield from story.items


def day_of(stored: date | str) -> date:
    """A day as SQLite has it, which is a text, or as PostgreSQL has it."""
    return stored if isinstance(stored, date) else date.fromisoformat(stored)


def _listed(values: Iterable[Any]) -> tuple[str, dict[str, Any]]:
    """A list of values as it stands behind IN, and the values by their names there."""
    named = {f"v{number}": value for number, value in enumerate(values)}
    return f"({', '.join(f':{name}' for name in named) or 'NULL'})", named


# ── seals ───────────────────────────────────────────────────────────────────────────────────────────


SEAL = "seal"
_OUTSIDE = frozenset({SEAL, "id"})
_BYTES = 8  # a changed row passes once in 2^64
LARGE = 256 * 1024  # packed bytes from which it pays to unpack twice
_PART = 16 * 1024


def checked(table: str, row: Stored) -> Stored:
    """A row in its stored form whose seal agrees. Raises ArchiveDamaged when it does not."""
    if row[SEAL] is None or bytes(row[SEAL]) != seal_of(row):
        from daybrief.adapters.archive.rows import place_of

        raise ArchiveDamaged(
            f"{place_of(table, row)} is not what its checksum says",
            hint="daybrief archive check lists all that is damaged; daybrief archive restore",
        )
    return row


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


class PackedBytes(bytes):
    """JSON bytes that are compressed already."""


def pack(value: bytes) -> bytes:
    """Compress JSON bytes, as the archive keeps them."""
    return zlib.compress(value, 6)


def unpacked(packed: bytes) -> bytes:
    """The bytes of a `Packed` value; a large one is unpacked part by part first, to learn its size.

    Without it zlib grows its buffer step by step, and holds the whole twice at the end: a day of 10,000
    stories has 72 MB.
    """
    if len(packed) < LARGE:
        return zlib.decompress(packed)
    return zlib.decompress(packed, bufsize=max(1, sum(map(len, unpacked_parts(packed)))))


def unpacked_parts(packed: bytes) -> Iterator[bytes]:
    """The same bytes part by part. Raises zlib.error for a broken value; one that is cut ends early."""
    engine, view = zlib.decompressobj(), memoryview(packed)
    for at in range(0, len(packed), _PART):
        yield engine.decompress(view[at : at + _PART])


# ── what an archive is ──────────────────────────────────────────────────────────────────────────────


def known_revision(name: str, version: str) -> str:
    """The revision of an archive's tables.

    Raises ArchiveDamaged for one that never was, and ArchiveTooNew for a newer one.
    """
    if version in REVISIONS:
        return version
    if version.isdigit() and version > HEAD:
        raise ArchiveTooNew(
            f"{name} has format {version}, this daybrief knows up to {HEAD}",
            hint="upgrade daybrief, or use another archive",
        )
    raise ArchiveDamaged(f"{name} has a format that never was: {version!r}", hint="daybrief archive restore")


@contextmanager
def rows_guarded(name: str) -> Iterator[None]:
    """Turn what a row that holds other than what was written raises into ArchiveDamaged."""
    try:
        yield
    except (zlib.error, ConfigError, ValueError, TypeError) as broken:
        raise damaged_row(name, broken) from broken


def damaged_row(name: str, why: BaseException) -> ArchiveDamaged:
    """The error of a row that cannot be read."""
    return ArchiveDamaged(
        f"{name}: a row cannot be read: {why}",
        hint="daybrief archive restore takes the newest backup, daybrief archive salvage saves what is sound",
    )
