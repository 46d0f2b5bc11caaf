"""What was printed: one row a story and day, so that remaking a day can forget that day and later ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, select
from sqlalchemy.dialects.sqlite import insert

from daybrief.adapters.archive.schema import printed, printed_keys
from daybrief.model import Edition, Remembered, Story


def remember(connection: Connection, profile: str, edition: Edition) -> None:
    """Replace what is known of this edition's stories by what it prints now."""
    day = edition.window.day
    for table in (printed, printed_keys):
        ours = (table.c.profile == profile, table.c.day == day, table.c.edition == edition.kind)
        connection.execute(delete(table).where(*ours))
    rows: dict[str, dict[str, Any]] = {}
    keys: dict[tuple[str, str], dict[str, Any]] = {}
    for section in edition.sections:
        for story in (ranked.story for ranked in section.ranked):
            place = {"profile": profile, "day": day, "edition": edition.kind, "story": story.id}
            rows.setdefault(story.id, place | _row(story, section.category.id))
            for number, key in enumerate(dict.fromkeys((story.id, *story.keys))):
                keys.setdefault((key, story.id), place | {"key": key, "place": number})
    if rows:
        connection.execute(insert(printed), list(rows.values()))
        connection.execute(insert(printed_keys), list(keys.values()))


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
    held: dict[str, list[Row[Any]]] = {}
    ours = (printed.c.profile == profile, printed.c.story.in_(ids), printed.c.day < before)
    told = select(printed).where(*ours)
    for row in connection.execute(told.order_by(printed.c.story, printed.c.day, printed.c.edition)):
        held.setdefault(row.story, []).append(row)
    keys: dict[str, list[str]] = {}
    theirs = (printed_keys.c.profile == profile, printed_keys.c.story.in_(ids), printed_keys.c.day < before)
    named = select(printed_keys.c.story, printed_keys.c.key).where(*theirs)
    for story, key in connection.execute(named.order_by(printed_keys.c.day, printed_keys.c.place)):
        keys.setdefault(story, []).append(key)
    for story, rows in held.items():
        yield _remembered(story, rows, tuple(dict.fromkeys(keys.get(story, ()))))


def _remembered(story: str, rows: list[Row[Any]], keys: tuple[str, ...]) -> Remembered:
    last = rows[-1]
    sources = (source for row in rows for source in msgspec.json.decode(row.sources))
    return Remembered(
        story=story,
        kind=last.kind,
        title=last.title,
        keys=keys,
        sources=tuple(dict.fromkeys(sources)),
        version=max((row.version for row in rows if row.version is not None), default=None),
        category=last.category,
        first_seen=rows[0].day,
        last_seen=last.day,
    )
