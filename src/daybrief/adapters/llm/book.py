"""One SQLite file beside the archive: what was answered, and what every run may still spend.

Money is set aside before a call and settled after it. What a killed run had set aside stays spent: the
service may have done the work. A run that was killed is gone on with, and so is its account; a run that ended
has closed its account. Sums are integers: tokens, and millionths of a dollar.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from daybrief.errors import ArchiveBusy, ArchiveDamaged, ArchiveError
from daybrief.model import Usage

_TABLES = """
CREATE TABLE IF NOT EXISTS answer (
    key BLOB PRIMARY KEY, name TEXT NOT NULL, model TEXT NOT NULL, value BLOB NOT NULL, usage BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS account (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, closed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS spending (
    id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account (id),
    tokens INTEGER NOT NULL, micro_usd INTEGER NOT NULL, settled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS spending_of ON spending (account);
"""


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """An amount: tokens and millionths of a US dollar."""

    tokens: int = 0
    micro_usd: int = 0


class Book:
    """The file; safe to use from several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._db = self._opened()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def answer(self, key: bytes) -> tuple[bytes, Usage] | None:
        """A kept answer and what it cost."""
        with self._writing() as db:
            row = db.execute("SELECT value, usage FROM answer WHERE key = ?", (key,)).fetchone()
        return (row[0], msgspec.json.decode(row[1], type=Usage)) if row else None

    def keep(self, key: bytes, name: str, model: str, value: bytes, usage: Usage) -> None:
        """Keep a good answer for ever."""
        row = (key, name, model, value, msgspec.json.encode(usage))
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)", row)

    def open_account(self, run: str) -> int:
        """The account of a run that was cut short, or a new one."""
        with self._writing() as db:
            row = db.execute(
                "SELECT id FROM account WHERE run = ? AND NOT closed ORDER BY id DESC", (run,)
            ).fetchone()
            return int(row[0] if row else _id(db.execute("INSERT INTO account (run) VALUES (?)", (run,))))

    def close_account(self, account: int) -> None:
        """The run is over; the next of the same name starts with a full cap."""
        with self._writing() as db:
            db.execute("UPDATE account SET closed = 1 WHERE id = ?", (account,))

    def spent(self, account: int) -> Spent:
        """What is spent or set aside."""
        with self._writing() as db:
            return _sum(db, account)

    def reserve(self, account: int, worst: Spent, cap: Spent) -> int | None:
        """Set the worst case of a call aside; None when it does not fit.

        A cap without money counts tokens only.
        """
        with self._writing() as db:
            so_far = _sum(db, account)
            if so_far.tokens + worst.tokens > cap.tokens:
                return None
            if cap.micro_usd > 0 and so_far.micro_usd + worst.micro_usd > cap.micro_usd:
                return None
            row = (account, worst.tokens, worst.micro_usd)
            return _id(db.execute("INSERT INTO spending (account, tokens, micro_usd) VALUES (?, ?, ?)", row))

    def settle(self, reservation: int, actual: Spent) -> None:
        """Replace what was set aside by what was used."""
        row = (actual.tokens, actual.micro_usd, reservation)
        with self._writing() as db:
            db.execute("UPDATE spending SET tokens = ?, micro_usd = ?, settled = 1 WHERE id = ?", row)

    def _opened(self) -> sqlite3.Connection:
        with _typed(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
            try:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute(
                    "PRAGMA synchronous = NORMAL"
                )  # survives a killed process; power loss costs a little
                db.executescript(_TABLES)
            except sqlite3.Error:
                db.close()
                raise
            return db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that no other process can get in between."""
        with self._lock, _typed(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


@contextmanager
def _typed(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as busy:
        if "locked" in str(busy):
            raise ArchiveBusy(f"{path} is held by another process", hint="try again") from busy
        raise ArchiveError(f"{path}: {busy}", hint="check the folder of the archive") from busy
    except sqlite3.DatabaseError as broken:
        raise ArchiveDamaged(
            f"{path} is damaged: {broken}", hint="move it away; the answers in it will be paid for again"
        ) from broken
    except OSError as denied:
        raise ArchiveError(f"{path} cannot be written: {denied.strerror}") from denied


def _sum(db: sqlite3.Connection, account: int) -> Spent:
    query = "SELECT coalesce(sum(tokens), 0), coalesce(sum(micro_usd), 0) FROM spending WHERE account = ?"
    tokens, micro_usd = db.execute(query, (account,)).fetchone()
    return Spent(tokens=tokens, micro_usd=micro_usd)


def _id(cursor: sqlite3.Cursor) -> int:
    return cursor.lastrowid or 0
