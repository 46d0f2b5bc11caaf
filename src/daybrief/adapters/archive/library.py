"""The archive behind `ports.ReadOnlyArchive`: a connection that cannot write, whatever it is asked.

Three locks, each enough alone: SQLite opens the file `mode=ro`, `query_only` is set, and an authorizer
refuses every action but reading (https://www.sqlite.org/c3ref/set_authorizer.html).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, create_engine, func, select
from sqlalchemy.pool import QueuePool

from daybrief.adapters.archive import imports
from daybrief.adapters.archive.database import guarded
from daybrief.adapters.archive.schema import (
    editions,
    harvests,
    items,
    printed,
    printed_keys,
    receipts,
    run_seconds,
    runs,
)
from daybrief.model import Edition, EditionKind, Harvest, Item, Receipt, Run, State, from_json
from daybrief.ports import CountRow, EditionRow, HarvestRow, ItemRow, PrintedRow

_MANY = 400  # parameters a statement
_CONNECTIONS = 8
_READS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
_PRAGMAS = frozenset({"data_version", "query_only", "read_uncommitted"})


def open_library(path: Path, *, profile: str = "", wait_s: float = 5.0) -> SqlLibrary:
    """The archive in the file `path`, for reading alone; raises ArchiveError when it cannot be opened.

    The file must be there and of today's format: `open_archive` sees to both.
    """
    return SqlLibrary(_File(path, wait_s), profile)


class _Head(msgspec.Struct, frozen=True):
    """The fields of an edition that a list of days shows; the rest is skipped while reading."""

    state: State
    language: str
    made_at: datetime


class _File:
    """The connections to one file."""

    def __init__(self, path: Path, wait_s: float) -> None:
        self.path = path
        self._wait_s = wait_s
        self._engine: Engine = create_engine(
            "sqlite://", creator=self._open, poolclass=QueuePool, pool_size=_CONNECTIONS, max_overflow=0
        )
        self._lock = threading.Lock()
        self.heads: dict[str, _Head] = {}
        with guarded(path):
            self._watch = self._open()
            self._watch.execute("SELECT count(*) FROM editions")

    def _open(self) -> sqlite3.Connection:
        address = f"{self.path.resolve().as_uri()}?mode=ro"
        opened = sqlite3.connect(
            address, uri=True, timeout=self._wait_s, isolation_level=None, check_same_thread=False
        )
        opened.execute("PRAGMA query_only = ON")
        opened.set_authorizer(_only_reading)
        return opened

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the file throughout."""
        with guarded(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def mark(self) -> str:
        """SQLite's count of changes by others (https://www.sqlite.org/pragma.html#pragma_data_version)."""
        with guarded(self.path), self._lock:
            return str(self._watch.execute("PRAGMA data_version").fetchone()[0])


def _only_reading(action: int, first: str | None, second: str | None, *_rest: str | None) -> int:
    allowed = action in _READS or (action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS and second is None)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


class SqlLibrary:
    """`ports.ReadOnlyArchive` on one SQLite file."""

    def __init__(self, file: _File, profile: str = "") -> None:
        self._file = file
        self._profile = profile

    def of(self, profile: str) -> SqlLibrary:
        """The same file as another profile sees it."""
        return SqlLibrary(self._file, profile)

    def mark(self) -> str:
        """Changes whenever anything in the file does."""
        return self._file.mark()

    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles that have editions, sorted."""
        with self._file.reading() as connection:
            return tuple(
                connection.execute(select(editions.c.profile).distinct().order_by("profile")).scalars()
            )

    # ── days ─────────────────────────────────────────────────────────────────────────────────────

    def days(self) -> tuple[date, ...]:
        """The days that have an edition, oldest first."""
        ours = select(editions.c.day).where(editions.c.profile == self._profile)
        with self._file.reading() as connection:
            return tuple(connection.execute(ours.distinct().order_by(editions.c.day)).scalars())

    def editions(self, since: date, until: date) -> tuple[EditionRow, ...]:
        """The editions of a span of days, newest day first, papers before news."""
        ours = (editions.c.profile == self._profile, editions.c.day.between(since, until))
        wanted = select(editions.c.day, editions.c.kind, editions.c.digest).where(*ours)
        held: dict[tuple[date, str], dict[str, int]] = {}
        for row in self.counts(since, until):
            held.setdefault((row.day, row.edition), {})[row.category] = row.stories
        with self._file.reading() as connection:
            rows = connection.execute(wanted.order_by(editions.c.day.desc(), editions.c.kind.desc())).all()
        return tuple(self._edition_row(row, held.get((row.day, row.kind), {})) for row in rows)

    def _edition_row(self, row: Row[*tuple[Any, ...]], counts: dict[str, int]) -> EditionRow:
        head = _head(self._file, self._profile, row)
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

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        """The edition of a day, or None."""
        body = _body(self._file, self._profile, day, kind)
        with guarded(self._file.path):
            return None if body is None else from_json(body, Edition)

    # ── stories ──────────────────────────────────────────────────────────────────────────────────

    def keys_of(self, key: str) -> tuple[str, tuple[str, ...]]:
        """The id of the story last printed under a key, and all its keys."""
        ours = printed_keys.c.profile == self._profile
        under = select(printed_keys.c.story).where(ours, printed_keys.c.key == key)
        latest = under.order_by(printed_keys.c.story != key, printed_keys.c.day.desc()).limit(1)
        with self._file.reading() as connection:
            story = connection.execute(latest).scalar()
            if story is None:
                return "", ()
            held = select(printed_keys.c.key).where(ours, printed_keys.c.story == story)
            keys = connection.execute(
                held.order_by(printed_keys.c.day.desc(), printed_keys.c.place)
            ).scalars()
            return str(story), tuple(dict.fromkeys(keys))

    def printed(self, stories: Sequence[str]) -> tuple[PrintedRow, ...]:
        """Where these stories were printed, newest day first."""
        ours = (printed.c.profile == self._profile, printed.c.story.in_(list(stories)[:_MANY]))
        with self._file.reading() as connection:
            rows = connection.execute(select(printed).where(*ours).order_by(*_newest_first())).all()
        return tuple(map(_printed_row, rows))

    def printed_in(self, category: str, most: int, before: date | None = None) -> tuple[PrintedRow, ...]:
        """The latest stories of a category, newest day first; only days before `before` when it is given."""
        ours = select(printed).where(printed.c.profile == self._profile, printed.c.category == category)
        if before is not None:
            ours = ours.where(printed.c.day < before)
        with self._file.reading() as connection:
            rows = connection.execute(ours.order_by(*_newest_first()).limit(most)).all()
        return tuple(map(_printed_row, rows))

    def items(self, keys: Sequence[str]) -> tuple[ItemRow, ...]:
        """What the sources listed under these keys, newest day first, in their order; imports come last."""
        wanted = select(items.c.day, items.c.body).where(items.c.key.in_(list(keys)[:_MANY]))
        order = (items.c.day.desc(), items.c.harvest, items.c.place)
        with self._file.reading() as connection:
            rows = connection.execute(wanted.order_by(*order)).all()
            listed = [ItemRow(day=row.day, item=from_json(row.body, Item)) for row in rows]
            brought = [ItemRow(day=day, item=item) for day, item in imports.under_keys(connection, keys)]
        return tuple(sorted((*listed, *brought), key=lambda row: row.day, reverse=True))

    # ── time ─────────────────────────────────────────────────────────────────────────────────────

    def harvests(self, since: date, until: date) -> tuple[HarvestRow, ...]:
        """How the sources did on each day of a span, oldest day first."""
        within = harvests.c.day.between(since, until)
        counted = (
            select(items.c.day, items.c.harvest, func.count().label("n"))
            .where(items.c.day.between(since, until))
            .group_by(items.c.day, items.c.harvest)
        )
        wanted = select(harvests.c.day, harvests.c.place, harvests.c.body).where(within)
        with self._file.reading() as connection:
            held = {(row.day, row.harvest): int(row.n) for row in connection.execute(counted)}
            rows = connection.execute(wanted.order_by(harvests.c.day, harvests.c.place)).all()
            return tuple(
                HarvestRow(
                    day=row.day,
                    harvest=from_json(row.body, Harvest),
                    items=held.get((row.day, row.place), 0),
                )
                for row in rows
            )

    def counts(self, since: date, until: date) -> tuple[CountRow, ...]:
        """How many stories each category had on each day of a span, oldest day first."""
        place = (printed.c.day, printed.c.edition, printed.c.category)
        ours = (printed.c.profile == self._profile, printed.c.day.between(since, until))
        wanted = select(*place, func.count().label("n")).where(*ours).group_by(*place).order_by(*place)
        with self._file.reading() as connection:
            return tuple(
                CountRow(day=row.day, edition=row.edition, category=row.category, stories=int(row.n))
                for row in connection.execute(wanted)
            )

    # ── noted ────────────────────────────────────────────────────────────────────────────────────

    def runs(self, most: int, before: int | None = None) -> tuple[Run, ...]:
        """The latest runs, newest first; only those with an id below `before` when it is given."""
        wanted = select(runs).order_by(runs.c.id.desc()).limit(most)
        if before is not None:
            wanted = wanted.where(runs.c.id < before)
        with self._file.reading() as connection:
            found = connection.execute(wanted).all()
            lasted = select(run_seconds).where(run_seconds.c.run.in_([row.id for row in found]))
            timed: dict[int, dict[str, float]] = {}
            for row in connection.execute(lasted):
                timed.setdefault(row.run, {})[row.stage] = row.seconds
        return tuple(Run(**dict(row._mapping), seconds=timed.get(row.id, {})) for row in found)

    def receipts(self, day: date) -> tuple[Receipt, ...]:
        """What was delivered for a day, in order."""
        ours = (receipts.c.profile == self._profile, receipts.c.day == day)
        told = tuple(receipts.c[name] for name in Receipt.__struct_fields__)
        with self._file.reading() as connection:
            rows = connection.execute(select(*told).where(*ours).order_by(receipts.c.place))
            return tuple(Receipt(**dict(row._mapping)) for row in rows)


def _body(file: _File, profile: str, day: date, kind: str) -> bytes | None:
    at = (editions.c.profile == profile, editions.c.day == day, editions.c.kind == kind)
    with file.reading() as connection:
        return connection.execute(select(editions.c.body).where(*at)).scalar()


def _head(file: _File, profile: str, row: Row[*tuple[Any, ...]]) -> _Head:
    """The head of an edition; its digest stands for all of it, so it is read once."""
    known = file.heads.get(row.digest)
    if known is None:
        body = _body(file, profile, row.day, row.kind)
        with guarded(file.path):
            known = file.heads[row.digest] = from_json(body or b"{}", _Head)
    return known


def _newest_first() -> tuple[Any, ...]:
    return (printed.c.day.desc(), printed.c.edition.desc(), printed.c.title)


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
