"""The archive for who writes: what a run keeps, the memory of stories and items, imports, messages to send.

A story is one row a day it was printed, so that remaking a day can forget that day and later ones.

An imported item belongs to every day it was imported for, and none is ever moved. A row of format 0002 has a
day only when its item was announced for one. The others belong to the day of their publication, else of their
arrival, in the zone of the window that asks.

The outbox has one row a message, committed before a connection is opened. Only the holder of the run lock
sends, so a row found in `sending` was left by a process that died.

    ready → sending → sent | ready (later) | uncertain | failed
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from itertools import zip_longest
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)

from daybrief.adapters.archive import (
    SEAL,
    PackedBytes,
    StoredView,
    imported_last,
    rows,
    seal_of,
    unpacked,
)
from daybrief.adapters.archive.database import Database, Dialect, problems_of
from daybrief.adapters.archive.rows import (
    editions,
    examples,
    harvests,
    imported_items,
    items,
    outbox,
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
    Headline,
    Item,
    Message,
    Postal,
    Queued,
    Receipt,
    Remembered,
    Story,
    Window,
    from_json,
    to_json,
)
from daybrief.ports import KeptDay

T = TypeVar("T")


class SqlArchive(StoredView):
    """`ports.Archive` on a database; what readers ask too is that of the view.

    Harvests, items and runs are everybody's; editions, what was printed, examples, receipts and messages
    are a profile's.
    """

    def __init__(self, database: Database, profile: str = "", heads: dict[str, Any] | None = None) -> None:
        super().__init__(database, profile, heads)
        self._db = database

    @property
    def database(self) -> Database:
        """The database, for what works on whole tables: checks, copies, backups."""
        return self._db

    def of(self, profile: str) -> SqlArchive:
        """The same archive as another profile sees it."""
        return SqlArchive(self._db, profile, self._heads)

    def kept_open(self) -> AbstractContextManager[None]:
        """Share a connection between the calls of the block, where each opens its own; nothing may fork."""
        return self._db.dialect.kept_open()

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run lock; raises AlreadyRunning at once when another run has it."""
        return self._db.dialect.lock()

    def outbox(self) -> SqlOutbox:
        """The profile's messages on their way."""
        return SqlOutbox(self._db, self._profile)

    def size(self) -> int:
        """How many bytes the archive takes."""
        with self._db.guarded():
            return self._db.dialect.size()

    def check(self) -> tuple[str, ...]:
        """Lists the damage of the archive in words; empty when all is well. Reads everything."""
        with self._db.reading() as connection:
            return tuple(problems_of(self._db.dialect, connection))

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

    def add_items(self, placed: Iterable[tuple[date, Item]], now: datetime) -> int:
        """Import items, each for its day; returns how many are new there. One that is there is replaced."""
        brought = imported_rows(placed, now)
        with self._db.writing(_bytes_in(brought)) as connection:
            return add_imported(connection, self._db.dialect, brought)

    def imported(self, window: Window) -> tuple[Item, ...]:
        """The imported items of the window's day, each once."""
        with self._db.reading() as connection:
            return imported_in(connection, window)

    def pending(self, window: Window) -> bool:
        """Whether items were imported for the window's day that no run of it has seen."""
        with self._db.reading() as connection:
            return imports_pending(connection, window)

    def settle(self, window: Window, seen: Sequence[Item]) -> None:
        """Note that a run of the window's day has seen these imported items."""
        with self._db.writing() as connection:
            settle_imported(connection, [(window, seen)])

    # ── printed ──────────────────────────────────────────────────────────────────────────────────

    def save_editions(self, editions_: Sequence[Edition]) -> None:
        """Keep editions and remember their stories, in one transaction; the same again changes nothing."""
        made = [_placed(self._profile, edition) for edition in editions_]
        with self._db.writing(2 * _bytes_in(row for row, _ in made)) as connection:
            put_editions(connection, made)

    def save_days(self, days: Sequence[KeptDay], started: datetime, ended: datetime) -> None:
        """Keep the editions of days for every profile, settle their imports, and note a run of each day."""
        made = [
            _placed(name, edition, PackedBytes(body) if body else None)
            for day in days
            for name, each in day.editions.items()
            for edition, body in zip_longest(each, day.packed.get(name, ()))
        ]
        noted = [
            {"day": day.window.day, "started_at": started, "ended_at": ended}
            | {"outcome": day.outcome, "note": day.note}
            for day in days
        ]
        with self._db.writing(2 * _bytes_in(row for row, _ in made)) as connection:
            put_editions(connection, made)
            settle_imported(connection, [(day.window, day.seen) for day in days])
            rows.put(connection, runs, noted)

    def remembered(self, keys: Sequence[str], before: date) -> tuple[Remembered, ...]:
        """Stories printed before the day that carry any of these keys, by id."""
        stories: dict[str, Remembered] = {}
        with self._db.reading() as connection:
            for chunk in _chunks(list(dict.fromkeys(keys)), self._db.dialect.many):
                values = {"profile": self._profile, "before": before, "keys": chunk}
                stories |= {story.story: story for story in _stories(connection, _UNDER_KEYS, values)}
        return tuple(stories[story] for story in sorted(stories))

    def recent(self, before: date, days: int) -> tuple[Remembered, ...]:
        """Stories printed in the `days` days before `before`, by id, with all that is known of them."""
        first = date.fromordinal(max(1, before.toordinal() - days))
        with self._db.reading() as connection:
            values = {"profile": self._profile, "before": before, "first": first}
            return tuple(_stories(connection, _SINCE, values))

    # ── liked ────────────────────────────────────────────────────────────────────────────────────

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


# ── values become rows ──────────────────────────────────────────────────────────────────────────────


def _harvest_row(day: date, place: int, harvest: Harvest) -> dict[str, Any]:
    body = to_json(msgspec.structs.replace(harvest, items=()))
    return {"day": day, "place": place, "source": harvest.source, "state": harvest.state, "body": body}


def _item_row(day: date, harvest: int, place: int, item: Item) -> dict[str, Any]:
    named = {"key": item.key, "source": item.source, "kind": item.kind, "title": item.title}
    return {"day": day, "harvest": harvest, "place": place, "body": to_json(item)} | named


def _example_row(profile: str, example: Example) -> dict[str, Any]:
    named = {name: getattr(example, name) for name in ("key", "liked", "origin", "title", "added_at")}
    return {"profile": profile, "body": to_json(example)} | named


_UNPACKED = 3  # times as large


def _bytes_in(values: Iterable[dict[str, Any]]) -> int:
    """The most bytes that rows take: bodies are packed to a third."""
    return sum(_room_of(value) for row in values for value in row.values())


def _room_of(value: object) -> int:
    if not isinstance(value, str | bytes):
        return 8
    return _UNPACKED * len(value) if isinstance(value, PackedBytes) else len(value)


# ── editions, and the stories of earlier days ─────────────────────────────────────────────────────────


_Place = tuple[str, date, EditionKind]  # of an edition: its profile, day and kind
_Row = dict[str, Any]


def _placed(profile: str, edition: Edition, body: PackedBytes | None = None) -> tuple[_Row, Edition]:
    digest = edition.digest or edition.sealed().digest
    place = {"profile": profile, "day": edition.window.day, "kind": edition.kind}
    return place | {"digest": digest, "body": body or to_json(edition)}, edition


def put_editions(connection: Connection, made: Iterable[tuple[_Row, Edition]]) -> None:
    """Keep editions with their rows, and replace what is known of their stories by what they print.

    One whose digest is there already is left as it is.
    """
    by_place = {(row["profile"], row["day"], row["kind"]): (row, edition) for row, edition in made}
    known = _digests_of(connection, by_place)
    new = {at: pair for at, pair in by_place.items() if pair[0]["digest"] != known.get(at)}
    _forget(connection, ((editions, "kind"),), new)
    rows.put(connection, editions, [row for row, _ in new.values()])
    remember(connection, [(profile, edition) for (profile, *_), (_, edition) in new.items()])


def _digests_of(connection: Connection, places: Collection[_Place]) -> dict[_Place, str]:
    """The digests of the editions that are at these places."""
    known: dict[_Place, str] = {}
    columns = (editions.c.day, editions.c.kind, editions.c.digest)
    for name in sorted({profile for profile, *_ in places}):
        days = {day for profile, day, _ in places if profile == name}
        ours = (editions.c.profile == name, editions.c.day.in_(days))
        for row in connection.execute(select(*columns).where(*ours)):
            known[name, row.day, row.kind] = row.digest
    return known


def remember(connection: Connection, made: Iterable[tuple[str, Edition]]) -> None:
    """Replace what is known of the stories of editions by what they print now."""
    placed = {(profile, e.window.day, e.kind): e for profile, e in made}
    _forget(connection, ((printed, "edition"), (printed_keys, "edition")), placed)
    for table, rows_of in ((printed, _printed_rows), (printed_keys, _key_rows)):
        rows.put(connection, table, [row for at, e in placed.items() for row in rows_of(at, e)])


def _forget(connection: Connection, tables: Iterable[tuple[Table, str]], places: Collection[_Place]) -> None:
    """Deletes what is there of these places; a table calls the kind of an edition its own name."""
    gone = [dict(zip("pdk", at, strict=True)) for at in places]
    for table, kind in tables:
        at = (
            table.c.profile == bindparam("p"),
            table.c.day == bindparam("d"),
            table.c[kind] == bindparam("k"),
        )
        if gone:
            connection.execute(delete(table).where(*at), gone)


def _printed_rows(at: _Place, edition: Edition) -> list[_Row]:
    place = dict(zip(("profile", "day", "edition"), at, strict=True))
    stories: dict[str, dict[str, Any]] = {}
    for category, story in _placed_stories(edition):
        stories.setdefault(story.id, place | {"story": story.id} | _row(story, category))
    return list(stories.values())


def _key_rows(at: _Place, edition: Edition) -> list[_Row]:
    place = dict(zip(("profile", "day", "edition"), at, strict=True))
    keys: dict[tuple[str, str], dict[str, Any]] = {}
    for _, story in _placed_stories(edition):
        for number, key in enumerate(dict.fromkeys((story.id, *story.keys))):
            keys.setdefault((key, story.id), place | {"story": story.id, "key": key, "place": number})
    return list(keys.values())


def _placed_stories(edition: Edition) -> Iterator[tuple[str, Story]]:
    for section in edition.sections:
        yield from ((section.category.id, ranked.story) for ranked in section.ranked)


def _row(story: Story, category: str) -> dict[str, Any]:
    return {
        "kind": story.kind,
        "title": story.lead.title,
        "sources": msgspec.json.encode(story.sources).decode(),
        "version": max((i.version for i in story.items if i.version is not None), default=None),
        "category": category,
    }


_BEFORE = bindparam("before", type_=printed.c.day.type)
_PROFILE = bindparam("profile", type_=printed.c.profile.type)


_Statements = tuple[Select[Any], Select[Any], tuple[Select[Any], Select[Any]]]


def _statements_of(ids: Select[tuple[str]]) -> _Statements:
    """Selects the appearances of some stories before a day, their keys, in order, and their headlines."""
    ours = (printed.c.profile == _PROFILE, printed.c.story.in_(ids), printed.c.day < _BEFORE)
    theirs = (printed_keys.c.profile == _PROFILE, printed_keys.c.story.in_(ids), printed_keys.c.day < _BEFORE)
    named = select(printed_keys.c.story, printed_keys.c.key).where(*theirs)
    addressed = (*theirs, printed_keys.c.key >= "url:", printed_keys.c.key < "url;")
    place, came = (printed_keys.c.key, printed_keys.c.day), imported_items.c
    of_the_day = [and_(place[0] == table.c.key, place[1] == table.c.day) for table in (items, imported_items)]
    listed = select(printed_keys.c.story, *place, items.c.source, items.c.kind, items.c.title)
    imported = select(printed_keys.c.story, *place, came.source, came.body)
    return (
        select(printed).where(*ours).order_by(printed.c.story, printed.c.day, printed.c.edition),
        named.order_by(printed_keys.c.day, printed_keys.c.place),
        (
            listed.join(items, of_the_day[0]).where(*addressed),
            imported.join(imported_items, of_the_day[1]).where(*addressed),
        ),
    )


# Built once: building such a statement costs more than running it.
_UNDER_KEYS = _statements_of(
    select(printed_keys.c.story).where(
        printed_keys.c.profile == _PROFILE,
        printed_keys.c.key.in_(bindparam("keys", expanding=True)),
        printed_keys.c.day < _BEFORE,
    )
)
_SINCE = _statements_of(
    select(printed.c.story).where(
        printed.c.profile == _PROFILE, printed.c.day >= bindparam("first"), printed.c.day < _BEFORE
    )
)


def _stories(
    connection: Connection, statements: _Statements, values: Mapping[str, Any]
) -> Iterator[Remembered]:
    """Everything that was printed of the stories that the statements select, by id."""
    appearances: dict[str, list[Row[Any]]] = {}
    appeared, named, listed = statements
    for row in connection.execute(appeared, values):
        appearances.setdefault(row.story, []).append(row)
    if not appearances:
        return
    keys: dict[str, list[str]] = {}
    for row in connection.execute(named, values):
        keys.setdefault(row.story, []).append(row.key)
    headlines: dict[str, set[Headline]] = {}
    for story, line in _headlines(connection, listed, values):
        headlines.setdefault(story, set()).add(line)
    for story, days in appearances.items():
        lines = tuple(sorted(headlines.get(story, ())))
        yield _remembered(story, days, tuple(dict.fromkeys(keys.get(story, ()))), lines)


def _headlines(
    connection: Connection, statements: tuple[Select[Any], Select[Any]], values: Mapping[str, Any]
) -> Iterator[tuple[str, Headline]]:
    """The headlines of news of each day, collected or imported, with the story that they were printed in."""
    collected, imported = statements
    for row in connection.execute(collected, values):
        if row.kind == "news":
            yield row.story, (row.day, row.key, row.source, row.title)
    for row in connection.execute(imported, values):
        item = msgspec.json.decode(row.body, type=Item)
        if item.kind == "news":
            yield row.story, (row.day, row.key, row.source, item.title)


def _remembered(
    story: str, days: list[Row[Any]], keys: tuple[str, ...], headlines: tuple[Headline, ...]
) -> Remembered:
    last = days[-1]
    sources = (source for row in days for source in msgspec.json.decode(row.sources))
    return Remembered(
        story=story,
        kind=last.kind,
        title=last.title,
        keys=keys,
        sources=tuple(dict.fromkeys(sources)),
        version=max((row.version for row in days if row.version is not None), default=None),
        category=last.category,
        first_seen=days[0].day,
        last_seen=last.day,
        headlines=headlines,
    )


# ── imported items ──────────────────────────────────────────────────────────────────────────────────


_imported = imported_items.c


def imported_rows(placed: Iterable[tuple[date, Item]], now: datetime) -> list[dict[str, Any]]:
    """The rows of items on their days, each once."""
    return list(
        {(day, item.source, item.key): _imported_row(day, item, now) for day, item in placed}.values()
    )


def add_imported(connection: Connection, dialect: Dialect, new: Sequence[dict[str, Any]]) -> int:
    """Add rows to their days; one that its day holds is replaced. Returns how many are new on their day."""
    before = _imported_count(connection)
    for chunk in _chunks(new, dialect.many // 8):
        put = dialect.insert(imported_items)
        changed: dict[str, Any] = {name: put.excluded[name] for name in ("published", "added_at", "body")}
        # The same item again is nothing new: its day need not be made again.
        changed["pending"] = or_(_imported.pending, _imported.body != put.excluded.body)
        replaced = put.on_conflict_do_update(index_elements=["source", "key", "day"], set_=changed)
        connection.execute(replaced, chunk)
        rows.reseal(connection, imported_items, _imported.key.in_([row["key"] for row in chunk]))
    return _imported_count(connection) - before


def imported_in(connection: Connection, window: Window) -> tuple[Item, ...]:
    """The items of a window in the order of their import, each once, as it was imported last."""
    brought = rows.bodies(
        connection, imported_items, _WITHIN, order=(_imported.id,), values=_window_values(window)
    )
    return imported_last(brought)


def imports_pending(connection: Connection, window: Window) -> bool:
    """Whether the window has an item that no run of its day has seen."""
    waiting = select(_imported.id).where(_WITHIN, _imported.pending).limit(1)
    return connection.execute(waiting, _window_values(window)).first() is not None


def settle_imported(connection: Connection, seen: Iterable[tuple[Window, Sequence[Item]]]) -> None:
    """Note that runs have seen these items of their windows; one that was replaced since stays pending."""
    settled = []
    for window, listed in seen:
        bodies = {(item.source, item.key): to_json(item) for item in listed}
        if not listed:
            continue
        which, values = (_WITHIN, _imported.pending), _window_values(window)
        for row in rows.read(connection, imported_items, *which, values=values):
            if unpacked(row["body"]) == bodies.get((row["source"], row["key"])):
                settled.append({"at": row["id"], "anew": seal_of(row | {"pending": False})})
    if settled:
        anew = {"pending": False, SEAL: bindparam("anew")}
        connection.execute(
            update(imported_items).where(_imported.id == bindparam("at")).values(anew), settled
        )


def _within() -> ColumnElement[bool]:
    start, end = (bindparam(name, type_=_imported.added_at.type) for name in ("start", "end"))
    dated = and_(_imported.published >= start, _imported.published < end)
    arrived = and_(_imported.published.is_(None), _imported.added_at >= start, _imported.added_at < end)
    day = bindparam("day", type_=_imported.day.type)
    return or_(_imported.day == day, and_(_imported.day.is_(None), or_(dated, arrived)))


_WITHIN = _within()  # a window, whose values are those of:


def _window_values(window: Window) -> dict[str, Any]:
    return {"day": window.day, "start": window.start, "end": window.end}


def _imported_row(day: date, item: Item, now: datetime) -> dict[str, Any]:
    named = {"source": item.source, "key": item.key, "day": day, "published": item.published}
    return {"added_at": now, "pending": True, "body": to_json(item)} | named


def _imported_count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(imported_items)).scalar_one())


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


DIED = "the program ended while this was being sent"


class SqlOutbox:
    """`ports.Outbox` on the archive's database; each call is one transaction."""

    def __init__(self, database: Database, profile: str = "") -> None:
        self._db = database
        self._ours = outbox.c.profile == profile
        self._profile = profile

    def put(
        self, messages: Sequence[Message], now: datetime, *, again: bool = False, late: bool = False
    ) -> int:
        """Queue, in one transaction, what was never queued; how many were.

        What is `late` adds to an edition: it is for those who were told of that edition.
        """
        queued = 0
        with self._db.writing() as connection:
            # Asked before anything is added: the parts of one message share a place.
            digests = {_place(message): self._digest(connection, message) for message in messages}
            for message in messages:
                earlier = digests[_place(message)]
                if again or (earlier != "" if late else earlier in ("", message.digest)):
                    queued += self._put(connection, message, now, again)
        return queued

    def _digest(self, connection: Connection, message: Message) -> str:
        """The digest of the edition that the recipient was sent that day, "" when of none."""
        place = and_(
            self._ours,
            outbox.c.day == message.day,
            outbox.c.edition == message.edition,
            outbox.c.channel == message.channel,
            outbox.c.recipient == message.recipient,
        )
        newest = select(outbox.c.digest).where(place).order_by(outbox.c.id.desc()).limit(1)
        return connection.execute(newest).scalar() or ""

    def _put(self, connection: Connection, message: Message, now: datetime, again: bool) -> int:
        row = _message_row(message) | {"profile": self._profile, "created_at": now, "changed_at": now}
        put = self._db.dialect.insert(outbox).values(row)
        if again:
            anew = {"state": "ready", "attempts": 0, "error": "", "changed_at": now}
            put = put.on_conflict_do_update(index_elements=["key"], set_=anew | {"body": put.excluded.body})
        else:
            put = put.on_conflict_do_nothing(index_elements=["key"])
        queued = len(connection.execute(put.returning(outbox.c.id)).all())
        rows.reseal(connection, outbox, outbox.c.key == message.key)
        return queued

    def recover(self, repeatable: Collection[str], now: datetime) -> tuple[Queued, ...]:
        """Settle what a dead process left in `sending`; returns those rows as they are now."""
        with self._db.writing() as connection:
            left = connection.execute(select(outbox).where(self._ours, outbox.c.state == "sending")).all()
            for row in left:
                state = "ready" if row.channel in repeatable else "uncertain"
                change = {"state": state, "error": DIED, "changed_at": now}
                connection.execute(update(outbox).where(outbox.c.id == row.id).values(change))
            recovered = outbox.c.id.in_([row.id for row in left])
            rows.reseal(connection, outbox, recovered)
            return self._rows(connection, recovered)

    def ready(self) -> tuple[Queued, ...]:
        """The messages that wait to be sent, oldest first."""
        with self._db.reading() as connection:
            return self._rows(connection, outbox.c.state == "ready")

    def mark(self, row: int, state: Postal, now: datetime, error: str = "", *, attempt: bool = False) -> None:
        """Note the state of a row, durable on return; what is sent lets its body go."""
        change: dict[str, Any] = {"state": state, "error": error, "changed_at": now}
        if attempt:
            change["attempts"] = outbox.c.attempts + 1
        with self._db.writing() as connection:
            if state == "sent":
                body = connection.execute(select(outbox.c.body).where(outbox.c.id == row)).scalar_one()
                change["body"] = to_json(msgspec.structs.replace(from_json(body, Message), body=b""))
            connection.execute(update(outbox).where(outbox.c.id == row).values(change))
            rows.reseal(connection, outbox, outbox.c.id == row)

    def of_day(self, day: date) -> tuple[Queued, ...]:
        """Every row of a day, oldest first."""
        with self._db.reading() as connection:
            return self._rows(connection, outbox.c.day == day)

    def open(self) -> tuple[Queued, ...]:
        """Everything that is not sent, oldest first."""
        with self._db.reading() as connection:
            return self._rows(connection, outbox.c.state != "sent")

    def get(self, row: int) -> Queued | None:
        """The row with this id, or None."""
        with self._db.reading() as connection:
            return next(iter(self._rows(connection, outbox.c.id == row)), None)

    def _rows(self, connection: Connection, which: ColumnElement[bool]) -> tuple[Queued, ...]:
        records = connection.execute(select(outbox).where(self._ours, which).order_by(outbox.c.id))
        return tuple(
            Queued(
                id=row.id,
                message=from_json(row.body, Message),
                state=row.state,
                attempts=row.attempts,
                error=row.error,
                created_at=row.created_at,
                changed_at=row.changed_at,
            )
            for row in records
        )


def _place(message: Message) -> tuple[date, str, str, str]:
    return message.day, message.edition, message.channel, message.recipient


def _message_row(message: Message) -> dict[str, Any]:
    return {
        "day": message.day,
        "channel": message.channel,
        "recipient": message.recipient,
        "edition": message.edition,
        "digest": message.digest,
        "key": message.key,
        "state": "ready",
        "attempts": 0,
        "body": to_json(message),
        "error": "",
    }
