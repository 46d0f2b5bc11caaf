"""What the readers of each profile liked or not, and the items that a key they name may mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from daybrief.adapters.archive.schema import editions, examples, imported_items, items, printed_keys
from daybrief.model import Edition, Example, Item, from_json, to_json


def listed(connection: Connection, profile: str) -> tuple[Example, ...]:
    """The examples of a profile, oldest first, then by key."""
    ours = select(examples.c.body).where(examples.c.profile == profile)
    ordered = ours.order_by(examples.c.added_at, examples.c.key)
    return tuple(from_json(body, Example) for body in connection.execute(ordered).scalars())


def keep(connection: Connection, profile: str, given: Sequence[Example]) -> None:
    """Put examples in; one whose key is there replaces it."""
    for example in given:
        row = {name: getattr(example, name) for name in ("key", "liked", "origin", "title", "added_at")}
        put = insert(examples).values(profile=profile, body=to_json(example), **row)
        changed = {name: put.excluded[name] for name in ("liked", "origin", "title", "body", "added_at")}
        connection.execute(put.on_conflict_do_update(index_elements=["profile", "key"], set_=changed))


def forget(connection: Connection, profile: str, key: str) -> bool:
    """Take an example out; whether it was there."""
    gone = connection.execute(delete(examples).where(examples.c.profile == profile, examples.c.key == key))
    return gone.rowcount > 0


def known(connection: Connection, keys: Sequence[str]) -> tuple[Item, ...]:
    """For each key the latest item that has a text, else the latest; keys nobody collected are left out."""
    found = (_latest(connection, key) for key in dict.fromkeys(keys))
    return tuple(item for item in found if item is not None)


def _latest(connection: Connection, key: str) -> Item | None:
    collected = select(items.c.body).where(items.c.key == key).order_by(items.c.day.desc(), items.c.harvest)
    ours = select(imported_items.c.body).where(imported_items.c.key == key)
    brought = ours.order_by(imported_items.c.added_at.desc(), imported_items.c.id.desc())
    bodies = (*connection.execute(collected).scalars(), *connection.execute(brought).scalars())
    told = [*(from_json(body, Item) for body in bodies), *_printed(connection, key)]
    return next((item for item in told if item.text), told[0] if told else None)


def _printed(connection: Connection, key: str) -> Iterator[Item]:
    """The items of the story last printed under a key: it may be known by one that no item has as its own."""
    named = select(printed_keys).where(printed_keys.c.key == key).order_by(printed_keys.c.day.desc()).limit(1)
    for place in connection.execute(named):
        ours = (
            editions.c.profile == place.profile,
            editions.c.day == place.day,
            editions.c.kind == place.edition,
        )
        for body in connection.execute(select(editions.c.body).where(*ours)).scalars():
            for story in from_json(body, Edition).stories:
                if story.id == place.story:
                    yield from story.items
