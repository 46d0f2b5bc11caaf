"""What servers gave us validators for, kept so that the next request can be conditional.

Validators and the body they vouch for lie in one row, written in one transaction: there is never a validator
without its bytes. A cache is a convenience: when its file is damaged or locked, requests simply become
unconditional.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from daybrief.model import Fetched

_KEEP = timedelta(days=30)
_TABLE = """
CREATE TABLE IF NOT EXISTS answer (
    url TEXT NOT NULL, accept TEXT NOT NULL, meta BLOB NOT NULL, body BLOB NOT NULL,
    sha256 BLOB NOT NULL, stored_at REAL NOT NULL, PRIMARY KEY (url, accept)
) WITHOUT ROWID
"""


class HttpCache:
    """A SQLite file of the latest validated answer to each (url, accept); None keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def get(self, url: str, accept: str) -> Fetched | None:
        """The stored answer, or None when there is none that is whole."""
        with suppress(sqlite3.Error, msgspec.DecodeError, OSError), self._open() as db:
            query = "SELECT meta, body, sha256 FROM answer WHERE url = ? AND accept = ?"
            row = db.execute(query, (url, accept)).fetchone() if db else None
            # SQLite checks its structure, not its content; a flipped bit in a body would go unseen.
            if row and hashlib.sha256(row[1]).digest() == row[2]:
                return msgspec.structs.replace(msgspec.json.decode(row[0], type=Fetched), body=row[1])
        return None

    def put(self, accept: str, answer: Fetched) -> None:
        """Keep an answer, and forget those not confirmed for 30 days."""
        meta = msgspec.json.encode(msgspec.structs.replace(answer, body=b""))
        digest = hashlib.sha256(answer.body).digest()
        row = (answer.url, accept, meta, answer.body, digest, answer.fetched_at.timestamp())
        with suppress(sqlite3.Error, OSError), self._open() as db:
            if db:
                db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)", row)
                db.execute("DELETE FROM answer WHERE stored_at < ?", (_stale(answer.fetched_at),))

    def forget(self, url: str, accept: str) -> None:
        """Drop an answer whose server no longer vouches for it."""
        with suppress(sqlite3.Error, OSError), self._open() as db:
            if db:
                db.execute("DELETE FROM answer WHERE url = ? AND accept = ?", (url, accept))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection | None]:
        if self._path is None:
            yield None
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connected(self._path)) as db, db:
            yield db

    def _connected(self, path: Path) -> sqlite3.Connection:
        try:
            return _prepared(path)
        except sqlite3.OperationalError:  # locked or not writable: leave it alone
            raise
        except sqlite3.DatabaseError:  # not a database, or a broken one: nothing in it is worth keeping
            path.unlink(missing_ok=True)
            return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=5)
    try:
        db.execute(_TABLE)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _stale(now: datetime) -> float:
    return (now - _KEEP).timestamp()
