"""The outbox: one row a message, in the archive, committed before a connection is opened.

    ready → sending → sent | ready (later) | uncertain | failed

Only the holder of the run lock sends, so a row found in `sending` was left by a process that died.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, select, update

from daybrief.adapters.archive import rows
from daybrief.adapters.archive.database import Database
from daybrief.adapters.archive.rows import outbox
from daybrief.model import Message, Postal, Queued, from_json, to_json

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
        row = _row(message) | {"profile": self._profile, "created_at": now, "changed_at": now}
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


def _row(message: Message) -> dict[str, Any]:
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
