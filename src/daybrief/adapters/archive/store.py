"""The archive behind its port: rows in, values out, one transaction a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select, text, update
from sqlalchemy.dialects.sqlite import insert

from daybrief.adapters.archive import examples, imports
from daybrief.adapters.archive.database import Database
from daybrief.adapters.archive.marks import marks_of
from daybrief.adapters.archive.printed import remember, since, stories_of, with_keys
from daybrief.adapters.archive.schema import (
    editions,
    harvests,
    items,
    printed,
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
    Window,
    from_json,
    to_json,
)

T = TypeVar("T")

_MANY = 400  # rows or parameters a statement: SQLite refuses too many at once


def open_archive(path: Path, *, profile: str = "", wait_s: float = 10.0) -> SqlArchive:
    """The archive in the file `path` as `profile` sees it, created or brought up to date when needed.

    A writer waits up to `wait_s` seconds for another one. Raises `ArchiveBusy`, `ArchiveDamaged`,
    `ArchiveTooNew`, or `ArchiveError` when the file or its folder cannot be used.
    """
    return SqlArchive(Database(path, wait_s=wait_s), profile)


class SqlArchive:
    """`ports.Archive` on one SQLite file.

    Harvests, items and runs are everybody's; editions, what was printed, and receipts are a profile's.
    """

    def __init__(self, database: Database, profile: str = "") -> None:
        self._db = database
        self._profile = profile

    def of(self, profile: str) -> SqlArchive:
        """The same file as another profile sees it."""
        return SqlArchive(self._db, profile)

    # ── collected ────────────────────────────────────────────────────────────────────────────────

    def save_harvests(self, window: Window, harvests_: Sequence[Harvest]) -> None:
        """Keep what the sources gave for a day, in one transaction; a second call replaces the first."""
        day = window.day
        with self._db.writing() as connection:
            connection.execute(delete(harvests).where(harvests.c.day == day))
            connection.execute(delete(items).where(items.c.day == day))
            for place, harvest in enumerate(harvests_):
                body = to_json(msgspec.structs.replace(harvest, items=()))
                row = {"day": day, "place": place, "source": harvest.source, "state": harvest.state}
                connection.execute(insert(harvests), row | {"body": body})
                rows = [_item_row(day, place, n, item) for n, item in enumerate(harvest.items)]
                if rows:
                    connection.execute(insert(items), rows)

    def harvests(self, day: date) -> tuple[Harvest, ...]:
        """What was kept for the day, in source order, then what was imported for it as one more harvest."""
        held: dict[int, list[Item]] = {}
        with self._db.reading() as connection:
            listed = select(items.c.harvest, items.c.body).where(items.c.day == day)
            for place, body in connection.execute(listed.order_by(items.c.harvest, items.c.place)):
                held.setdefault(place, []).append(from_json(body, Item))
            asked = select(harvests.c.place, harvests.c.body).where(harvests.c.day == day)
            kept = tuple(
                msgspec.structs.replace(from_json(body, Harvest), items=tuple(held.get(place, ())))
                for place, body in connection.execute(asked.order_by(harvests.c.place))
            )
            return (*kept, *imports.harvest_of(connection, day))

    def add_items(self, placed: Iterable[tuple[date, Item]], now: datetime) -> int:
        """Import items, each for its day; returns how many are new there. One that is there is replaced."""
        with self._db.writing() as connection:
            return imports.add(connection, placed, now)

    def imported(self, window: Window) -> tuple[Item, ...]:
        """The imported items of the window's day."""
        with self._db.reading() as connection:
            return imports.of_window(connection, window)

    def pending(self, window: Window) -> bool:
        """Whether items were imported for the window's day that no run of it has seen."""
        with self._db.reading() as connection:
            return imports.pending(connection, window)

    def settle(self, window: Window, seen: Sequence[Item]) -> None:
        """Note that a run of the window's day has seen these imported items."""
        with self._db.writing() as connection:
            imports.settle(connection, window, seen)

    # ── printed ──────────────────────────────────────────────────────────────────────────────────

    def remembered(self, keys: Sequence[str], before: date) -> tuple[Remembered, ...]:
        """Stories printed before the day that carry any of these keys, by id."""
        found: dict[str, Remembered] = {}
        with self._db.reading() as connection:
            for chunk in _chunks(list(dict.fromkeys(keys))):
                known = stories_of(connection, self._profile, with_keys(self._profile, chunk, before), before)
                found |= {one.story: one for one in known}
        return tuple(found[story] for story in sorted(found))

    def recent(self, before: date, days: int) -> tuple[Remembered, ...]:
        """Stories printed in the `days` days before `before`, by id, with all that is known of them."""
        first = date.fromordinal(max(1, before.toordinal() - days))
        with self._db.reading() as connection:
            ours = since(self._profile, first, before)
            return tuple(stories_of(connection, self._profile, ours, before))

    def save_editions(self, editions_: Sequence[Edition]) -> None:
        """Keep editions and remember their stories, in one transaction; the same again changes nothing."""
        with self._db.writing() as connection:
            for edition in editions_:
                place = {"profile": self._profile, "day": edition.window.day, "kind": edition.kind}
                at = self._at(edition.window.day, edition.kind)
                digest = edition.digest or edition.sealed().digest
                if connection.execute(select(editions.c.digest).where(at)).scalar() == digest:
                    continue
                connection.execute(delete(editions).where(at))
                connection.execute(insert(editions), place | {"digest": digest, "body": to_json(edition)})
                remember(connection, self._profile, edition)

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        """The edition of a day, or None."""
        wanted = select(editions.c.body).where(self._at(day, kind))
        with self._db.reading() as connection:
            body = connection.execute(wanted).scalar()
            return None if body is None else from_json(body, Edition)

    def latest(self, most: int) -> tuple[Edition, ...]:
        """The latest editions, newest day first, papers before news."""
        ours = select(editions.c.body).where(editions.c.profile == self._profile)
        wanted = ours.order_by(editions.c.day.desc(), editions.c.kind.desc()).limit(most)
        with self._db.reading() as connection:
            return tuple(from_json(body, Edition) for body in connection.execute(wanted).scalars())

    def marks(self) -> dict[date, str]:
        """Every day that holds harvests or editions, in order, with a mark that changes when the day does."""
        with self._db.reading() as connection:
            return marks_of(connection)

    def _at(self, day: date, kind: EditionKind) -> ColumnElement[bool]:
        return and_(editions.c.profile == self._profile, editions.c.day == day, editions.c.kind == kind)

    # ── liked ────────────────────────────────────────────────────────────────────────────────────

    def examples(self) -> tuple[Example, ...]:
        """What the profile's reader liked or not, oldest first, then by key."""
        with self._db.reading() as connection:
            return examples.listed(connection, self._profile)

    def save_examples(self, examples_: Sequence[Example]) -> None:
        """Keep examples, in one transaction; one whose key is there replaces it."""
        with self._db.writing() as connection:
            examples.keep(connection, self._profile, examples_)

    def forget_example(self, key: str) -> bool:
        """Forget one example; whether it was there."""
        with self._db.writing() as connection:
            return examples.forget(connection, self._profile, key)

    def known(self, keys: Sequence[str]) -> tuple[Item, ...]:
        """The latest item collected under each of these keys that has a text, else without; in key order."""
        with self._db.reading() as connection:
            return examples.known(connection, keys)

    # ── noted ────────────────────────────────────────────────────────────────────────────────────

    def save_receipts(self, day: date, receipts_: Sequence[Receipt]) -> None:
        """Note what was delivered for a day; a later delivery replaces the note."""
        with self._db.writing() as connection:
            connection.execute(delete(receipts).where(self._receipts(day)))
            rows = [
                {"profile": self._profile, "day": day, "place": place} | msgspec.structs.asdict(receipt)
                for place, receipt in enumerate(receipts_)
            ]
            if rows:
                connection.execute(insert(receipts), rows)

    def receipts(self, day: date) -> tuple[Receipt, ...]:
        """What was delivered for a day, in order."""
        wanted = select(receipts).where(self._receipts(day)).order_by(receipts.c.place)
        with self._db.reading() as connection:
            return tuple(
                Receipt(
                    publisher=row.publisher,
                    path=row.path,
                    digest=row.digest,
                    delivered_at=row.delivered_at,
                    error=row.error,
                )
                for row in connection.execute(wanted)
            )

    def _receipts(self, day: date) -> ColumnElement[bool]:
        return and_(receipts.c.profile == self._profile, receipts.c.day == day)

    def begin(self, day: date, now: datetime) -> int:
        """Open a run; returns its id."""
        row = {"day": day, "started_at": now, "outcome": "running", "note": ""}
        with self._db.writing() as connection:
            made = connection.execute(insert(runs).returning(runs.c.id), row)
            return int(made.scalar_one())

    def end(self, run: int, now: datetime, outcome: str, note: str, seconds: dict[str, float]) -> None:
        """Close a run."""
        with self._db.writing() as connection:
            closed = {"ended_at": now, "outcome": outcome, "note": note}
            connection.execute(update(runs).where(runs.c.id == run).values(closed))
            connection.execute(delete(run_seconds).where(run_seconds.c.run == run))
            rows = [{"run": run, "stage": stage, "seconds": s} for stage, s in seconds.items()]
            if rows:
                connection.execute(insert(run_seconds), rows)

    def runs(self, most: int) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        with self._db.reading() as connection:
            found = connection.execute(select(runs).order_by(runs.c.id.desc()).limit(most)).all()
            timed: dict[int, dict[str, float]] = {row.id: {} for row in found}
            lasted = select(run_seconds).where(run_seconds.c.run.in_(list(timed)))
            for row in connection.execute(lasted):
                timed[row.run][row.stage] = row.seconds
        return tuple(
            Run(
                id=row.id,
                day=row.day,
                started_at=row.started_at,
                ended_at=row.ended_at,
                outcome=row.outcome,
                note=row.note,
                seconds=timed[row.id],
            )
            for row in found
        )

    def integrity(self) -> tuple[str, ...]:
        """What is wrong with the file, in words; empty when all is well. Reads every edition."""
        with self._db.reading() as connection:
            told = connection.execute(text("PRAGMA integrity_check")).scalars().all()
            problems = [f"SQLite: {line}" for line in told if line != "ok"]
            for row in connection.execute(select(editions)):
                problems += _doubts(connection, row, from_json(row.body, Edition))
        return tuple(problems)


def _doubts(connection: Connection, row: Row[Any], edition: Edition) -> Iterator[str]:
    """What disagrees about one edition: its digest, its place, its remembered stories."""
    named = f"the {row.kind} edition of {row.day}" + (f" for {row.profile}" if row.profile else "")
    if edition.sealed().digest != row.digest or edition.digest not in ("", row.digest):
        yield f"{named} is not what its digest says"
    ours = (printed.c.profile == row.profile, printed.c.day == row.day, printed.c.edition == row.kind)
    known = connection.execute(select(printed.c.story).where(*ours)).scalars()
    if set(known) != {story.id for story in edition.stories}:
        yield f"the stories of {named} are not those remembered"


def _item_row(day: date, harvest: int, place: int, item: Item) -> dict[str, Any]:
    named = {"key": item.key, "source": item.source, "kind": item.kind, "title": item.title}
    return {"day": day, "harvest": harvest, "place": place, "body": to_json(item)} | named


def _chunks(values: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(values), _MANY):
        yield values[start : start + _MANY]
