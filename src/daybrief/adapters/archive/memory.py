"""The archive's memory of stories and items, of items that somebody imported, and of messages to send.

A story is one row a day it was printed, so that remaking a day can forget that day and later ones.

An imported item belongs to every day it was imported for, and none is ever moved. A row of format 0002 has a
day only when its item was announced for one. The others belong to the day of their publication, else of their
arrival, in the zone of the window that asks.

The outbox has one row a message, committed before a connection is opened. Only the holder of the run lock
sends, so a row found in `sending` was left by a process that died.

    ready → sending → sent | ready (later) | uncertain | failed
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)

from daybrief.adapters.archive import rows
from daybrief.adapters.archive.database import Database, Dialect
from daybrief.adapters.archive.rows import editions, imported_items, items, outbox, printed, printed_keys
from daybrief.model import (
    IMPORT,
    Edition,
    Harvest,
    Item,
    Message,
    Postal,
    Queued,
    Remembered,
    State,
    Story,
    Window,
    from_json,
    to_json,
)


def remember(connection: Connection, profile: str, edition: Edition) -> None:
    """Replace what is known of this edition's stories by what it prints now."""
    day = edition.window.day
    for table in (printed, printed_keys):
        ours = (table.c.profile == profile, table.c.day == day, table.c.edition == edition.kind)
        connection.execute(delete(table).where(*ours))
    stories: dict[str, dict[str, Any]] = {}
    keys: dict[tuple[str, str], dict[str, Any]] = {}
    for section in edition.sections:
        for story in (ranked.story for ranked in section.ranked):
            place = {"profile": profile, "day": day, "edition": edition.kind, "story": story.id}
            stories.setdefault(story.id, place | _row(story, section.category.id))
            for number, key in enumerate(dict.fromkeys((story.id, *story.keys))):
                keys.setdefault((key, story.id), place | {"key": key, "place": number})
    rows.put(connection, printed, stories.values())
    rows.put(connection, printed_keys, keys.values())


def _row(story: Story, category: str) -> dict[str, Any]:
    return {
        "kind": story.kind,
        "title": story.lead.title,
        "sources": msgspec.json.encode(story.sources).decode(),
        "version": max((i.version for i in story.items if i.version is not None), default=None),
        "category": category,
    }


def with_keys(profile: str, keys: list[str], before: date) -> Select[tuple[str]]:
    """The ids of stories printed for a profile before the day under any of these keys."""
    ours = (printed_keys.c.profile == profile, printed_keys.c.key.in_(keys), printed_keys.c.day < before)
    return select(printed_keys.c.story).where(*ours)


def since(profile: str, day: date, before: date) -> Select[tuple[str]]:
    """The ids of stories printed for a profile from `day` on, before `before`."""
    ours = (printed.c.profile == profile, printed.c.day >= day, printed.c.day < before)
    return select(printed.c.story).where(*ours)


def stories_of(
    connection: Connection, profile: str, ids: Select[tuple[str]], before: date
) -> Iterator[Remembered]:
    """Everything printed for a profile before the day of the stories that `ids` selects, by id."""
    appearances: dict[str, list[Row[Any]]] = {}
    ours = (printed.c.profile == profile, printed.c.story.in_(ids), printed.c.day < before)
    known = select(printed).where(*ours)
    for row in connection.execute(known.order_by(printed.c.story, printed.c.day, printed.c.edition)):
        appearances.setdefault(row.story, []).append(row)
    keys: dict[str, list[str]] = {}
    theirs = (printed_keys.c.profile == profile, printed_keys.c.story.in_(ids), printed_keys.c.day < before)
    named = select(printed_keys.c.story, printed_keys.c.key).where(*theirs)
    for story, key in connection.execute(named.order_by(printed_keys.c.day, printed_keys.c.place)):
        keys.setdefault(story, []).append(key)
    for story, days in appearances.items():
        yield _remembered(story, days, tuple(dict.fromkeys(keys.get(story, ()))))


def _remembered(story: str, days: list[Row[Any]], keys: tuple[str, ...]) -> Remembered:
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
    )


def known(connection: Connection, keys: Sequence[str]) -> tuple[Item, ...]:
    """The latest item of each key that has a text, else the latest; keys nobody collected are left out."""
    latest = (_latest(connection, key) for key in dict.fromkeys(keys))
    return tuple(item for item in latest if item is not None)


def _latest(connection: Connection, key: str) -> Item | None:
    newest = (items.c.day.desc(), items.c.harvest)
    brought = (imported_items.c.added_at.desc(), imported_items.c.id.desc())
    bodies = [
        *rows.bodies(connection, items, items.c.key == key, order=newest),
        *rows.bodies(connection, imported_items, imported_items.c.key == key, order=brought),
    ]
    listed = [*(from_json(body, Item) for body in bodies), *_printed(connection, key)]
    return next((item for item in listed if item.text), listed[0] if listed else None)


def _printed(connection: Connection, key: str) -> Iterator[Item]:
    """The items of the story last printed under a key: it may be known by one that no item has as its own."""
    named = select(printed_keys).where(printed_keys.c.key == key).order_by(printed_keys.c.day.desc()).limit(1)
    for place in connection.execute(named).all():
        at = (
            editions.c.profile == place.profile,
            editions.c.day == place.day,
            editions.c.kind == place.edition,
        )
        for body in rows.bodies(connection, editions, *at):
            for story in from_json(body, Edition).stories:
                if story.id == place.story:
                    yield from story.items


# ── imported items ──────────────────────────────────────────────────────────────────────────────────


_imported = imported_items.c
_civil = func.coalesce(
    cast(_imported.day, String), func.substr(func.coalesce(_imported.published, _imported.added_at), 1, 10)
)


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
    return _imported_last(connection, _within(window))


def imports_pending(connection: Connection, window: Window) -> bool:
    """Whether the window has an item that no run of its day has seen."""
    waiting = select(_imported.id).where(_within(window), _imported.pending).limit(1)
    return connection.execute(waiting).first() is not None


def settle_imported(connection: Connection, window: Window, items: Sequence[Item]) -> None:
    """Note that a run has seen these items; one that was replaced in the meantime stays pending."""
    seen = [{"s": item.source, "k": item.key, "b": to_json(item)} for item in items]
    if seen:
        ours = (
            _imported.source == bindparam("s"),
            _imported.key == bindparam("k"),
            _imported.body == bindparam("b"),
        )
        connection.execute(update(imported_items).where(_within(window), *ours).values(pending=False), seen)
        rows.reseal(connection, imported_items, _within(window))


def imported_harvest(connection: Connection, day: date) -> Iterator[Harvest]:
    """The imported items of a civil day as a harvest, none without items; `waiting` until all were seen."""
    items = _imported_last(connection, _civil == day.isoformat())
    if items:
        waiting = select(_imported.id).where(_civil == day.isoformat(), _imported.pending).limit(1)
        state: State = "waiting" if connection.execute(waiting).first() else "fresh"
        yield Harvest(source=IMPORT, state=state, items=items)


def imported_under(connection: Connection, keys: Sequence[str]) -> Iterator[tuple[date, Item]]:
    """The imported items under these keys with their days, latest day first."""
    statement = select(_civil.label("civil"), _imported.body).where(_imported.key.in_(list(keys)))
    for row in connection.execute(statement.order_by(_civil.desc(), _imported.id)):
        yield date.fromisoformat(str(row.civil)), from_json(row.body, Item)


def import_marks(connection: Connection) -> Iterator[tuple[date, str]]:
    """A mark of each day with imported items; it changes when they do."""
    statement = select(
        _civil.label("civil"), func.count().label("n"), func.max(_imported.added_at).label("last")
    )
    for row in connection.execute(statement.group_by(_civil)):
        yield date.fromisoformat(str(row.civil)), f"{row.n} {row.last}"


def _imported_last(connection: Connection, which: ColumnElement[bool]) -> tuple[Item, ...]:
    latest: dict[tuple[str, str], Item] = {}
    for body in rows.bodies(connection, imported_items, which, order=(_imported.id,)):
        item = from_json(body, Item)
        latest[item.source, item.key] = item
    return tuple(latest.values())


def _within(window: Window) -> ColumnElement[bool]:
    dated = and_(_imported.published >= window.start, _imported.published < window.end)
    arrived = and_(
        _imported.published.is_(None), _imported.added_at >= window.start, _imported.added_at < window.end
    )
    return or_(_imported.day == window.day, and_(_imported.day.is_(None), or_(dated, arrived)))


def _imported_row(day: date, item: Item, now: datetime) -> dict[str, Any]:
    named = {"source": item.source, "key": item.key, "day": day, "published": item.published}
    return {"added_at": now, "pending": True, "body": to_json(item)} | named


def _imported_count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(imported_items)).scalar_one())


def _chunks(values: Sequence[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
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
