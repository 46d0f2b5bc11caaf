"""The archive behind its port: one database that remembers what was collected, printed and delivered.

rows in, values out, one transaction a call, whichever database it is

database     where it is, opening, migrating; its dialects are `sqlite` and `postgresql`
rows         the tables, and each row with its seal
memory       stories and items of earlier days, imported items
outbox       messages on their way
words        the index of words in PostgreSQL
upkeep       checks, copies, backups, salvage
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, select, update

from daybrief.adapters.archive import memory, rows
from daybrief.adapters.archive.database import Database, dialect_of, problems_of
from daybrief.adapters.archive.memory import SqlOutbox
from daybrief.adapters.archive.rows import (
    editions,
    examples,
    harvests,
    items,
    printed,
    printed_keys,
    receipts,
    run_seconds,
    runs,
)
from daybrief.model import (
    Edition,
    EditionKind,
    Example,
    Harvest,
    Item,
    Receipt,
    Remembered,
    Run,
    State,
    Window,
    from_json,
    to_json,
)
from daybrief.ports import (
    ArchiveAddress,
    CountRow,
    EditionRow,
    HarvestRow,
    ItemRow,
    PrintedRow,
    archive_address,
)

__all__ = ["ArchiveAddress", "SqlArchive", "archive_address", "archive_exists", "open_archive"]


T = TypeVar("T")


def open_archive(
    address: ArchiveAddress | str | os.PathLike[str],
    *,
    profile: str = "",
    wait_s: float = 10.0,
    read_only: bool = False,
) -> SqlArchive:
    """The archive at an address as `profile` sees it, created or brought up to date when needed.

    `read_only` gives one whose connections cannot write; an archive that must be created or migrated is
    opened for writing first. A call waits up to `wait_s` seconds for another writer. Raises ConfigError for
    an unknown kind of address, `ArchiveBusy`, `ArchiveDamaged`, `ArchiveFull`, `ArchiveTooNew`, or
    `ArchiveError` when the database cannot be used.
    """
    address = address if isinstance(address, ArchiveAddress) else archive_address(address)
    if read_only:
        reading = Database(dialect_of(address, wait_s, reading=True), read_only=True)
        if reading.is_current():
            return SqlArchive(reading, profile)
    writing = Database(dialect_of(address, wait_s))
    writing.prepare()
    return SqlArchive(reading if read_only else writing, profile)


def archive_exists(address: ArchiveAddress, *, wait_s: float = 10.0) -> bool:
    """Whether there is an archive, or something in its place that is none; makes nothing."""
    dialect = dialect_of(address, wait_s, reading=True)
    with dialect.guarded():
        return dialect.exists()


class SqlArchive:
    """`ports.Archive` on a database.

    Harvests, items and runs are everybody's; editions, what was printed, examples, receipts and messages
    are a profile's.
    """

    def __init__(self, database: Database, profile: str = "", heads: dict[str, _Head] | None = None) -> None:
        self._db = database
        self._profile = profile
        self._heads = {} if heads is None else heads

    @property
    def name(self) -> str:
        """The archive as messages name it, without a password."""
        return self._db.dialect.name

    @property
    def database(self) -> Database:
        """The database, for what works on whole tables: checks, copies, backups."""
        return self._db

    def of(self, profile: str) -> SqlArchive:
        """The same archive as another profile sees it."""
        return SqlArchive(self._db, profile, self._heads)

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run lock; raises AlreadyRunning at once when another run has it."""
        return self._db.dialect.lock()

    def outbox(self) -> SqlOutbox:
        """The profile's messages on their way."""
        return SqlOutbox(self._db, self._profile)

    def mark(self) -> str:
        """A value that changes whenever anything in the archive does."""
        with self._db.guarded():
            return self._db.dialect.mark()

    def marks(self) -> dict[date, str]:
        """Every day that holds harvests, imported items or editions, with a mark that changes with it."""
        with self._db.reading() as connection:
            return _marks(connection)

    def size(self) -> int:
        """How many bytes the archive takes."""
        with self._db.guarded():
            return self._db.dialect.size()

    def check(self) -> tuple[str, ...]:
        """Lists the damage of the archive in words; empty when all is well. Reads everything."""
        with self._db.reading() as connection:
            return tuple(problems_of(self._db.dialect, connection))

    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles that have editions, sorted."""
        with self._db.reading() as connection:
            return tuple(
                connection.execute(select(editions.c.profile).distinct().order_by("profile")).scalars()
            )

    # ── collected ────────────────────────────────────────────────────────────────────────────────

    def save_harvests(self, window: Window, harvests_: Sequence[Harvest]) -> None:
        """Keep what the sources gave for a day, in one transaction; a second call replaces the first."""
        day = window.day
        listed = [_harvest_row(day, place, harvest) for place, harvest in enumerate(harvests_)]
        collected = [
            _item_row(day, place, n, item)
            for place, harvest in enumerate(harvests_)
            for n, item in enumerate(harvest.items)
        ]
        with self._db.writing(_bytes_in(collected)) as connection:
            connection.execute(delete(harvests).where(harvests.c.day == day))
            connection.execute(delete(items).where(items.c.day == day))
            rows.put(connection, harvests, listed)
            rows.put(connection, items, collected)

    def harvests(self, day: date) -> tuple[Harvest, ...]:
        """The harvests of a day with their items, in source order; what was imported for it is one more."""
        listed: dict[int, list[Item]] = {}
        with self._db.reading() as connection:
            order = (items.c.harvest, items.c.place)
            for row in rows.read(connection, items, items.c.day == day, order=order):
                listed.setdefault(row["harvest"], []).append(from_json(rows.body_of(row), Item))
            collected = [
                msgspec.structs.replace(
                    from_json(rows.body_of(row), Harvest), items=tuple(listed.get(row["place"], ()))
                )
                for row in rows.read(connection, harvests, harvests.c.day == day, order=(harvests.c.place,))
            ]
            return (*collected, *memory.imported_harvest(connection, day))

    def harvest_rows(self, since: date, until: date) -> tuple[HarvestRow, ...]:
        """How the sources did on each day of a span, oldest day first."""
        within = harvests.c.day.between(since, until)
        counted = (
            select(items.c.day, items.c.harvest, func.count().label("n"))
            .where(items.c.day.between(since, until))
            .group_by(items.c.day, items.c.harvest)
        )
        listed = select(harvests.c.day, harvests.c.place, harvests.c.body).where(within)
        with self._db.reading() as connection:
            counts = {(row.day, row.harvest): int(row.n) for row in connection.execute(counted)}
            return tuple(
                HarvestRow(
                    day=row.day,
                    harvest=from_json(row.body, Harvest),
                    items=counts.get((row.day, row.place), 0),
                )
                for row in connection.execute(listed.order_by(harvests.c.day, harvests.c.place))
            )

    def add_items(self, placed: Iterable[tuple[date, Item]], now: datetime) -> int:
        """Import items, each for its day; returns how many are new there. One that is there is replaced."""
        brought = memory.imported_rows(placed, now)
        with self._db.writing(_bytes_in(brought)) as connection:
            return memory.add_imported(connection, self._db.dialect, brought)

    def imported(self, window: Window) -> tuple[Item, ...]:
        """The imported items of the window's day, each once."""
        with self._db.reading() as connection:
            return memory.imported_in(connection, window)

    def pending(self, window: Window) -> bool:
        """Whether items were imported for the window's day that no run of it has seen."""
        with self._db.reading() as connection:
            return memory.imports_pending(connection, window)

    def settle(self, window: Window, seen: Sequence[Item]) -> None:
        """Note that a run of the window's day has seen these imported items."""
        with self._db.writing() as connection:
            memory.settle_imported(connection, window, seen)

    def items(self, keys: Sequence[str]) -> tuple[ItemRow, ...]:
        """The items that the sources listed under these keys, newest day first, in their order; imports come
        last.
        """
        listed = select(items.c.day, items.c.body).where(items.c.key.in_(self._some(keys)))
        order = (items.c.day.desc(), items.c.harvest, items.c.place)
        with self._db.reading() as connection:
            collected = [
                ItemRow(day=row.day, item=from_json(row.body, Item))
                for row in connection.execute(listed.order_by(*order))
            ]
            brought = [
                ItemRow(day=day, item=item)
                for day, item in memory.imported_under(connection, self._some(keys))
            ]
        return tuple(sorted((*collected, *brought), key=lambda row: row.day, reverse=True))

    def known(self, keys: Sequence[str]) -> tuple[Item, ...]:
        """The latest item collected under each of these keys that has a text, else without; in key order."""
        with self._db.reading() as connection:
            return memory.known(connection, keys)

    # ── printed ──────────────────────────────────────────────────────────────────────────────────

    def save_editions(self, editions_: Sequence[Edition]) -> None:
        """Keep editions and remember their stories, in one transaction; the same again changes nothing."""
        made = [_edition_row(self._profile, edition) for edition in editions_]
        with self._db.writing(2 * _bytes_in(made)) as connection:
            for edition, row in zip(editions_, made, strict=True):
                at = self._at(edition.window.day, edition.kind)
                if connection.execute(select(editions.c.digest).where(at)).scalar() == row["digest"]:
                    continue
                connection.execute(delete(editions).where(at))
                rows.put(connection, editions, [row])
                memory.remember(connection, self._profile, edition)

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        """The edition of a day, or None."""
        with self._db.reading() as connection:
            body = next(rows.bodies(connection, editions, self._at(day, kind)), None)
            return None if body is None else from_json(body, Edition)

    def editions(self, since: date, until: date) -> tuple[EditionRow, ...]:
        """The editions of a span of days without their stories, newest day first, papers before news."""
        counts: dict[tuple[date, str], dict[str, int]] = {}
        for row in self.counts(since, until):
            counts.setdefault((row.day, row.edition), {})[row.category] = row.stories
        ours = (editions.c.profile == self._profile, editions.c.day.between(since, until))
        listed = select(editions.c.day, editions.c.kind, editions.c.digest).where(*ours)
        with self._db.reading() as connection:
            records = connection.execute(listed.order_by(editions.c.day.desc(), editions.c.kind.desc())).all()
            heads = [self._head(connection, row) for row in records]
        return tuple(
            _edition_head(row, head, counts.get((row.day, row.kind), {}))
            for row, head in zip(records, heads, strict=True)
        )

    def _head(self, connection: Connection, row: Row[*tuple[Any, ...]]) -> _Head:
        """The head of an edition; its digest stands for all of it, so it is read once."""
        known = self._heads.get(row.digest)
        if known is None:
            body = next(rows.bodies(connection, editions, self._at(row.day, row.kind)), b"{}")
            known = self._heads[row.digest] = from_json(body, _Head)
        return known

    def latest(self, most: int, known: Sequence[Edition] = ()) -> tuple[Edition, ...]:
        """The latest editions, newest day first, papers before news; known ones are not read again."""
        by_digest = {edition.digest: edition for edition in known if edition.digest}
        names = editions.c.day, editions.c.kind, editions.c.digest
        ours = select(*names).where(editions.c.profile == self._profile)
        newest = ours.order_by(editions.c.day.desc(), editions.c.kind.desc()).limit(most)
        with self._db.reading() as connection:
            listed = connection.execute(newest).all()
            return tuple(by_digest.get(row.digest) or self._read(connection, row) for row in listed)

    def _read(self, connection: Connection, row: Row[*tuple[Any, ...]]) -> Edition:
        body = next(rows.bodies(connection, editions, self._at(row.day, row.kind)))
        return from_json(body, Edition)

    def days(self) -> tuple[date, ...]:
        """The days that have an edition, oldest first."""
        ours = select(editions.c.day).where(editions.c.profile == self._profile)
        with self._db.reading() as connection:
            return tuple(connection.execute(ours.distinct().order_by(editions.c.day)).scalars())

    def remembered(self, keys: Sequence[str], before: date) -> tuple[Remembered, ...]:
        """Stories printed before the day that carry any of these keys, by id."""
        stories: dict[str, Remembered] = {}
        with self._db.reading() as connection:
            for chunk in _chunks(list(dict.fromkeys(keys)), self._db.dialect.many):
                under = memory.with_keys(self._profile, chunk, before)
                known = memory.stories_of(connection, self._profile, under, before)
                stories |= {story.story: story for story in known}
        return tuple(stories[story] for story in sorted(stories))

    def recent(self, before: date, days: int) -> tuple[Remembered, ...]:
        """Stories printed in the `days` days before `before`, by id, with all that is known of them."""
        first = date.fromordinal(max(1, before.toordinal() - days))
        with self._db.reading() as connection:
            ours = memory.since(self._profile, first, before)
            return tuple(memory.stories_of(connection, self._profile, ours, before))

    def keys_of(self, key: str) -> tuple[str, tuple[str, ...]]:
        """The id of the story last printed under a key, and all its keys; ("", ()) when none was."""
        ours = printed_keys.c.profile == self._profile
        under = select(printed_keys.c.story).where(ours, printed_keys.c.key == key)
        latest = under.order_by(printed_keys.c.story != key, printed_keys.c.day.desc()).limit(1)
        with self._db.reading() as connection:
            story = connection.execute(latest).scalar()
            if story is None:
                return "", ()
            named = select(printed_keys.c.key).where(ours, printed_keys.c.story == story)
            order = (printed_keys.c.day.desc(), printed_keys.c.place)
            keys = connection.execute(named.order_by(*order)).scalars()
            return str(story), tuple(dict.fromkeys(keys))

    def printed(self, stories: Sequence[str]) -> tuple[PrintedRow, ...]:
        """The days and editions that printed these stories, newest day first."""
        ours = (printed.c.profile == self._profile, printed.c.story.in_(self._some(stories)))
        return self._printed(select(printed).where(*ours))

    def printed_in(self, category: str, most: int, before: date | None = None) -> tuple[PrintedRow, ...]:
        """The latest stories of a category, newest day first; only days before `before` when it is given."""
        ours = select(printed).where(printed.c.profile == self._profile, printed.c.category == category)
        if before is not None:
            ours = ours.where(printed.c.day < before)
        return self._printed(ours, most)

    def _printed(self, which: Select[Any], most: int | None = None) -> tuple[PrintedRow, ...]:
        newest = which.order_by(printed.c.day.desc(), printed.c.edition.desc(), printed.c.title).limit(most)
        with self._db.reading() as connection:
            return tuple(map(_printed_row, connection.execute(newest)))

    def counts(self, since: date, until: date) -> tuple[CountRow, ...]:
        """How many stories each category had on each day of a span, oldest day first."""
        place = (printed.c.day, printed.c.edition, printed.c.category)
        ours = (printed.c.profile == self._profile, printed.c.day.between(since, until))
        counted = select(*place, func.count().label("n")).where(*ours).group_by(*place).order_by(*place)
        with self._db.reading() as connection:
            return tuple(
                CountRow(day=row.day, edition=row.edition, category=row.category, stories=int(row.n))
                for row in connection.execute(counted)
            )

    def _at(self, day: date, kind: EditionKind) -> ColumnElement[bool]:
        return and_(editions.c.profile == self._profile, editions.c.day == day, editions.c.kind == kind)

    def _some(self, values: Sequence[str]) -> list[str]:
        """As many values as a statement takes."""
        return list(values)[: self._db.dialect.many]

    # ── liked ────────────────────────────────────────────────────────────────────────────────────

    def examples(self) -> tuple[Example, ...]:
        """The profile's liked and disliked examples, oldest first, then by key."""
        order = (examples.c.added_at, examples.c.key)
        with self._db.reading() as connection:
            bodies = rows.bodies(connection, examples, examples.c.profile == self._profile, order=order)
            return tuple(from_json(body, Example) for body in bodies)

    def save_examples(self, examples_: Sequence[Example]) -> None:
        """Keep examples, in one transaction; one whose key is there replaces it."""
        given = {example.key: _example_row(self._profile, example) for example in examples_}
        with self._db.writing(_bytes_in(given.values())) as connection:
            for key in given:
                connection.execute(delete(examples).where(self._example(key)))
            rows.put(connection, examples, given.values())

    def forget_example(self, key: str) -> bool:
        """Forget one example; whether it was there."""
        with self._db.writing() as connection:
            return connection.execute(delete(examples).where(self._example(key))).rowcount > 0

    def _example(self, key: str) -> ColumnElement[bool]:
        return and_(examples.c.profile == self._profile, examples.c.key == key)

    # ── noted ────────────────────────────────────────────────────────────────────────────────────

    def save_receipts(self, day: date, receipts_: Sequence[Receipt]) -> None:
        """Note what was delivered for a day; a later delivery replaces the note."""
        noted = [
            {"profile": self._profile, "day": day, "place": place} | msgspec.structs.asdict(receipt)
            for place, receipt in enumerate(receipts_)
        ]
        with self._db.writing(_bytes_in(noted)) as connection:
            connection.execute(delete(receipts).where(self._receipts(day)))
            rows.put(connection, receipts, noted)

    def receipts(self, day: date) -> tuple[Receipt, ...]:
        """The receipts of a day, in order."""
        fields = tuple(receipts.c[name] for name in Receipt.__struct_fields__)
        noted = select(*fields).where(self._receipts(day)).order_by(receipts.c.place)
        with self._db.reading() as connection:
            return tuple(Receipt(**dict(row._mapping)) for row in connection.execute(noted))

    def _receipts(self, day: date) -> ColumnElement[bool]:
        return and_(receipts.c.profile == self._profile, receipts.c.day == day)

    def begin(self, day: date, now: datetime) -> int:
        """Open a run; returns its id."""
        row = {"day": day, "started_at": now, "outcome": "running", "note": ""}
        with self._db.writing() as connection:
            made = connection.execute(self._db.dialect.insert(runs).returning(runs.c.id), row)
            number = int(made.scalar_one())
            rows.reseal(connection, runs, runs.c.id == number)
            return number

    def end(self, run: int, now: datetime, outcome: str, note: str, seconds: dict[str, float]) -> None:
        """Close a run with the seconds of each stage."""
        closed = {"ended_at": now, "outcome": outcome, "note": note}
        lasted = [{"run": run, "stage": stage, "seconds": s} for stage, s in seconds.items()]
        with self._db.writing() as connection:
            connection.execute(update(runs).where(runs.c.id == run).values(closed))
            rows.reseal(connection, runs, runs.c.id == run)
            connection.execute(delete(run_seconds).where(run_seconds.c.run == run))
            rows.put(connection, run_seconds, lasted)

    def runs(self, most: int, before: int | None = None) -> tuple[Run, ...]:
        """The latest runs, newest first; only those with an id below `before` when it is given."""
        fields = (runs.c[name] for name in Run.__struct_fields__ if name != "seconds")
        latest = select(*fields).order_by(runs.c.id.desc()).limit(most)
        if before is not None:
            latest = latest.where(runs.c.id < before)
        with self._db.reading() as connection:
            records = connection.execute(latest).all()
            lasted: dict[int, dict[str, float]] = {row.id: {} for row in records}
            timed = select(run_seconds).where(run_seconds.c.run.in_(list(lasted)))
            for row in connection.execute(timed):
                lasted[row.run][row.stage] = row.seconds
        return tuple(Run(**dict(row._mapping), seconds=lasted[row.id]) for row in records)


class _Head(msgspec.Struct, frozen=True):
    """The fields of an edition that a list of days shows; the rest is skipped while reading."""

    state: State
    language: str
    made_at: datetime


# ── values become rows ──────────────────────────────────────────────────────────────────────────────


def _harvest_row(day: date, place: int, harvest: Harvest) -> dict[str, Any]:
    body = to_json(msgspec.structs.replace(harvest, items=()))
    return {"day": day, "place": place, "source": harvest.source, "state": harvest.state, "body": body}


def _item_row(day: date, harvest: int, place: int, item: Item) -> dict[str, Any]:
    named = {"key": item.key, "source": item.source, "kind": item.kind, "title": item.title}
    return {"day": day, "harvest": harvest, "place": place, "body": to_json(item)} | named


def _edition_row(profile: str, edition: Edition) -> dict[str, Any]:
    digest = edition.digest or edition.sealed().digest
    place = {"profile": profile, "day": edition.window.day, "kind": edition.kind}
    return place | {"digest": digest, "body": to_json(edition)}


def _example_row(profile: str, example: Example) -> dict[str, Any]:
    named = {name: getattr(example, name) for name in ("key", "liked", "origin", "title", "added_at")}
    return {"profile": profile, "body": to_json(example)} | named


# ── rows become values ──────────────────────────────────────────────────────────────────────────────


def _edition_head(row: Row[*tuple[Any, ...]], head: _Head, counts: dict[str, int]) -> EditionRow:
    return EditionRow(
        day=row.day,
        kind=row.kind,
        state=head.state,
        language=head.language,
        digest=row.digest,
        made_at=head.made_at,
        stories=sum(counts.values()),
        categories=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _printed_row(row: Row[*tuple[Any, ...]]) -> PrintedRow:
    return PrintedRow(
        day=row.day,
        edition=row.edition,
        story=row.story,
        kind=row.kind,
        title=row.title,
        category=row.category,
        sources=tuple(msgspec.json.decode(row.sources, type=list[str])),
    )


def _marks(connection: Connection) -> dict[date, str]:
    """The mark of each day with harvests, imported items or editions, in order of days.

    It covers the editions' digests, the harvests, how many items there are, what was imported, and the last
    run: a harvest that is fetched again may hold other items of the same number, within another run.
    """
    parts: dict[date, list[str]] = {}
    order = (editions.c.profile, editions.c.kind)
    made = select(editions.c.day, editions.c.kind, editions.c.digest).order_by(*order)
    for day, kind, digest in connection.execute(made):
        parts.setdefault(day, []).append(f"{kind} {digest}")
    listed = select(harvests.c.day, harvests.c.place, harvests.c.body).order_by(harvests.c.place)
    for day, place, body in connection.execute(listed):
        parts.setdefault(day, []).append(f"{place} {zlib.crc32(body):x}")
    for day, count in connection.execute(select(items.c.day, func.count()).group_by(items.c.day)):
        parts.setdefault(day, []).append(str(count))
    for day, mark in memory.import_marks(connection):
        parts.setdefault(day, []).append(f"imported {mark}")
    ended = (runs.c.day, func.max(runs.c.id), func.count(runs.c.ended_at))
    last = select(*ended).where(runs.c.outcome != "reused").group_by(runs.c.day)
    for day, run, count in connection.execute(last):
        if day in parts:
            parts[day].append(f"run {run} {count}")
    return {day: f"{zlib.crc32(' '.join(parts[day]).encode()):08x}" for day in sorted(parts)}


def _bytes_in(values: Iterable[dict[str, Any]]) -> int:
    """The most bytes that rows take: bodies are packed to a third."""
    return sum(
        len(value) if isinstance(value, str | bytes) else 8 for row in values for value in row.values()
    )


def _chunks(values: list[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
