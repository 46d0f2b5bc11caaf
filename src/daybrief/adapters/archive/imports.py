"""Items that somebody imported: each belongs to every day it was imported for, and none is ever moved.

A row of format 0002 has a day only when its item was announced for one. The others belong to the day of their
publication, else of their arrival, in the zone of the window that asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, bindparam, cast, func, or_, select, update

from daybrief.adapters.archive import rows
from daybrief.adapters.archive.database import Dialect
from daybrief.adapters.archive.schema import imported_items
from daybrief.model import IMPORT, Harvest, Item, State, Window, from_json, to_json

_row = imported_items.c
_civil = func.coalesce(
    cast(_row.day, String), func.substr(func.coalesce(_row.published, _row.added_at), 1, 10)
)


def rows_of(placed: Iterable[tuple[date, Item]], now: datetime) -> list[dict[str, Any]]:
    """The rows of items on their days, each once."""
    return list({(day, item.source, item.key): _new_row(day, item, now) for day, item in placed}.values())


def add(connection: Connection, dialect: Dialect, new: Sequence[dict[str, Any]]) -> int:
    """Add rows to their days; one that its day holds is replaced. Returns how many are new on their day."""
    before = _count(connection)
    for chunk in _chunks(new, dialect.many // 8):
        put = dialect.insert(imported_items).values(chunk)
        changed: dict[str, Any] = {name: put.excluded[name] for name in ("published", "added_at", "body")}
        # The same item again is nothing new: its day need not be made again.
        changed["pending"] = or_(_row.pending, _row.body != put.excluded.body)
        connection.execute(put.on_conflict_do_update(index_elements=["source", "key", "day"], set_=changed))
        rows.reseal(connection, imported_items, _row.key.in_([row["key"] for row in chunk]))
    return _count(connection) - before


def of_window(connection: Connection, window: Window) -> tuple[Item, ...]:
    """The items of a window in the order of their import, each once, as it was imported last."""
    return _latest(connection, _within(window))


def pending(connection: Connection, window: Window) -> bool:
    """Whether the window has an item that no run of its day has seen."""
    waiting = select(_row.id).where(_within(window), _row.pending).limit(1)
    return connection.execute(waiting).first() is not None


def settle(connection: Connection, window: Window, items: Sequence[Item]) -> None:
    """Note that a run has seen these items; one that was replaced in the meantime stays pending."""
    seen = [{"s": item.source, "k": item.key, "b": to_json(item)} for item in items]
    if seen:
        ours = (_row.source == bindparam("s"), _row.key == bindparam("k"), _row.body == bindparam("b"))
        connection.execute(update(imported_items).where(_within(window), *ours).values(pending=False), seen)
        rows.reseal(connection, imported_items, _within(window))


def harvest_of(connection: Connection, day: date) -> Iterator[Harvest]:
    """The imported items of a civil day as a harvest, none without items; `waiting` until all were seen."""
    items = _latest(connection, _civil == day.isoformat())
    if items:
        waiting = select(_row.id).where(_civil == day.isoformat(), _row.pending).limit(1)
        state: State = "waiting" if connection.execute(waiting).first() else "fresh"
        yield Harvest(source=IMPORT, state=state, items=items)


def under_keys(connection: Connection, keys: Sequence[str]) -> Iterator[tuple[date, Item]]:
    """The imported items under these keys with their days, latest day first."""
    told = select(_civil.label("civil"), _row.body).where(_row.key.in_(list(keys)))
    for row in connection.execute(told.order_by(_civil.desc(), _row.id)):
        yield date.fromisoformat(str(row.civil)), from_json(row.body, Item)


def marks(connection: Connection) -> Iterator[tuple[date, str]]:
    """For each day with imported items a mark that changes when they do."""
    told = select(_civil.label("civil"), func.count().label("n"), func.max(_row.added_at).label("last"))
    for row in connection.execute(told.group_by(_civil)):
        yield date.fromisoformat(str(row.civil)), f"{row.n} {row.last}"


def _latest(connection: Connection, which: ColumnElement[bool]) -> tuple[Item, ...]:
    found: dict[tuple[str, str], Item] = {}
    for body in rows.bodies(connection, imported_items, which, order=(_row.id,)):
        item = from_json(body, Item)
        found[item.source, item.key] = item
    return tuple(found.values())


def _within(window: Window) -> ColumnElement[bool]:
    dated = and_(_row.published >= window.start, _row.published < window.end)
    arrived = and_(_row.published.is_(None), _row.added_at >= window.start, _row.added_at < window.end)
    return or_(_row.day == window.day, and_(_row.day.is_(None), or_(dated, arrived)))


def _new_row(day: date, item: Item, now: datetime) -> dict[str, Any]:
    named = {"source": item.source, "key": item.key, "day": day, "published": item.published}
    return {"added_at": now, "pending": True, "body": to_json(item)} | named


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(imported_items)).scalar_one())


def _chunks(values: Sequence[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
