"""A mark a day: cheap to read, and different whenever what the archive holds of the day is."""

from __future__ import annotations

import zlib
from datetime import date

from sqlalchemy import Connection, func, select

from daybrief.adapters.archive import imports
from daybrief.adapters.archive.schema import editions, harvests, items, runs


def marks_of(connection: Connection) -> dict[date, str]:
    """The mark of each day with harvests, imported items or editions, in order of days.

    It covers the editions' digests, the harvests, how many items there are, what was imported, and the last
    run: a harvest that is fetched again may hold other items of the same number, within another run.
    """
    parts: dict[date, list[str]] = {}
    for day, kind, digest in connection.execute(
        select(editions.c.day, editions.c.kind, editions.c.digest).order_by(
            editions.c.profile, editions.c.kind
        )
    ):
        parts.setdefault(day, []).append(f"{kind} {digest}")
    listed = select(harvests.c.day, harvests.c.place, harvests.c.body).order_by(harvests.c.place)
    for day, place, body in connection.execute(listed):
        parts.setdefault(day, []).append(f"{place} {zlib.crc32(body):x}")
    for day, count in connection.execute(select(items.c.day, func.count()).group_by(items.c.day)):
        parts.setdefault(day, []).append(str(count))
    for day, mark in imports.marks(connection):
        parts.setdefault(day, []).append(f"imported {mark}")
    told = (runs.c.day, func.max(runs.c.id), func.count(runs.c.ended_at))
    last = select(*told).where(runs.c.outcome != "reused").group_by(runs.c.day)
    for day, run, ended in connection.execute(last):
        if day in parts:
            parts[day].append(f"run {run} {ended}")
    return {day: f"{zlib.crc32(' '.join(parts[day]).encode()):08x}" for day in sorted(parts)}
