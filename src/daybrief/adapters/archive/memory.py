"""What the archive remembers of stories and items.

A story is one row a day it was printed, so that remaking a day can forget that day and later ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, select

from daybrief.adapters.archive import rows
from daybrief.adapters.archive.schema import editions, imported_items, items, printed, printed_keys
from daybrief.model import Edition, Item, Remembered, Story, from_json


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
    """For each key the latest item that has a text, else the latest; keys nobody collected are left out."""
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
