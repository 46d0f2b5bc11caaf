"""Keeps what a run may spend, and what was paid for already: prices, the cap, and one SQLite file beside the
archive.

    worst case of a call → reserved under the cap → sent → settled at what the service counted

Money is set aside before a call and settled after it. What a killed run had set aside stays spent: the
service may have done the work. A run that was killed is gone on with, and so is its account; a run that ended
has closed its account. Sums are integers: tokens, and millionths of a US dollar.
"""

from __future__ import annotations

import ipaddress
import math
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import msgspec

from daybrief.adapters.llm.failures import Failure, RetryDecision
from daybrief.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, BudgetSpent, ModelUnavailable
from daybrief.model import Usage
from daybrief.ports import ModelSettings

MILLION = 1_000_000
USUAL_USD = 1.0  # the cap of a run where a price is known and no cap is set
_FRAMING = 64  # tokens that roles and separators of a short conversation may add
_MOST_SUM = 2**62  # what SQLite can hold, with room to add

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
CREATE TABLE IF NOT EXISTS turn (service TEXT PRIMARY KEY, next REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asking (key BLOB PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
"""
_LATER = """
INSERT INTO turn VALUES (?, ?) ON CONFLICT (service) DO UPDATE SET next = max(next, excluded.next)
"""
_FARTHEST_S = 3_600.0  # a turn that lies later was noted by a clock that ran ahead


# ── prices ──────────────────────────────────────────────────────────────────────────────────────────


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """US dollars for a million tokens; `known` False counts tokens alone."""

    usd_in: float
    usd_out: float
    known: bool = True

    def micro_usd(self, tokens_in: int, tokens_out: int) -> int:
        """Millionths of a dollar, rounded up."""
        return math.ceil(round(tokens_in * self.usd_in + tokens_out * self.usd_out, 6))


def price_of(settings: ModelSettings) -> Price:
    """The price as set, or from the table of genai-prices (a snapshot in the package; nothing is fetched).

    Where neither knows it, tokens alone are counted. Raises ModelUnavailable when `budget_usd` is set for a
    service of somebody else whose price is unknown: such a cap could not hold.
    """
    if settings.price_in is not None and settings.price_out is not None:
        return Price(usd_in=settings.price_in, usd_out=settings.price_out)
    if (listed := _listed(settings)) is not None:
        return listed
    if not settings.budget_usd or is_own_server(settings):
        return Price(usd_in=0.0, usd_out=0.0, known=False)
    raise ModelUnavailable(
        f"the price table has no model {settings.model!r}: budget_usd = {settings.budget_usd:g} cannot hold",
        hint="set `price_in` and `price_out`, or leave out `budget_usd`: `budget_tokens` is the cap then",
    )


def cap_of(settings: ModelSettings, price: Price) -> Spent:
    """The cap of a run; no dollars means that tokens alone are capped."""
    usd = USUAL_USD if settings.budget_usd is None else settings.budget_usd
    micro_usd = round(usd * MILLION) if price.known else 0
    return Spent(tokens=settings.budget_tokens, micro_usd=min(micro_usd, _MOST_SUM))


def cap_in_words(settings: ModelSettings) -> str:
    """The cap of one run, to be told before anything is collected. Raises ModelUnavailable as
    `price_of`.
    """
    price = price_of(settings)
    cap = cap_of(settings, price)
    tokens = f"{cap.tokens:,} tokens (`budget_tokens`)"
    if cap.micro_usd:
        return (
            f"{settings.model}: a run spends {cap.micro_usd / MILLION:g} US dollars and {tokens} at the most"
        )
    why = "" if price.known else "; its price is unknown, so no dollars are counted"
    return f"{settings.model}: a run spends {tokens} at the most{why}"


def is_own_server(settings: ModelSettings) -> bool:
    """Whether the model or its server is on this machine or in a private network: it costs no money."""
    if settings.provider == "local":
        return True
    host = (urlsplit(settings.base_url).hostname or "") if settings.base_url else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and (
            "." not in host or host.endswith((".local", ".internal", ".lan", ".localhost"))
        )
    return address.is_loopback or address.is_private


def _listed(settings: ModelSettings) -> Price | None:
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    thousand_in, thousand_out = Tokens(input_tokens=1_000), Tokens(output_tokens=1_000)
    where = (
        {"provider_api_url": settings.base_url} if settings.base_url else {"provider_id": settings.provider}
    )
    try:
        usd_in = calc_price(thousand_in, settings.model, **where).total_price
        usd_out = calc_price(thousand_out, settings.model, **where).total_price
    except LookupError:
        return None
    return Price(usd_in=float(usd_in) * 1_000, usd_out=float(usd_out) * 1_000)


def most_tokens(text: str) -> int:
    """An upper bound of the tokens of a text: no byte-level vocabulary needs more than one a byte."""
    return len(text.encode("utf-8", "replace")) + _FRAMING


def likely_tokens(text: str) -> int:
    """A usual count: four ASCII characters a token, others one each."""
    ascii_only = len(text.encode("ascii", "ignore"))
    return ascii_only // 4 + len(text) - ascii_only


# ── the file ────────────────────────────────────────────────────────────────────────────────────────


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """An amount: tokens and millionths of a US dollar."""

    tokens: int = 0
    micro_usd: int = 0


class CallStore:
    """Answers that were paid for, and the accounts of runs; safe to use from several threads and processes.

    Its methods raise ArchiveBusy, ArchiveDamaged or ArchiveError, as the constructor does.
    """

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
        """The sum spent or set aside."""
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
            row = (account, worst.tokens, min(worst.micro_usd, _MOST_SUM))
            return _id(db.execute("INSERT INTO spending (account, tokens, micro_usd) VALUES (?, ?, ?)", row))

    def settle(self, reservation: int, actual: Spent) -> None:
        """Replace what was set aside by what was used."""
        row = (actual.tokens, min(actual.micro_usd, _MOST_SUM), reservation)
        with self._writing() as db:
            db.execute("UPDATE spending SET tokens = ?, micro_usd = ?, settled = 1 WHERE id = ?", row)

    def turn(self, service: str, gap_s: float) -> float:
        """Seconds until a call to the service may begin; 0 takes the turn, and the next is `gap_s` later."""
        now = time.time()
        with self._writing() as db:
            row = db.execute("SELECT next FROM turn WHERE service = ?", (service,)).fetchone()
            if row and 0 < row[0] - now <= _FARTHEST_S:
                return float(row[0] - now)
            db.execute("INSERT OR REPLACE INTO turn VALUES (?, ?)", (service, now + gap_s))
        return 0.0

    def stay_away(self, service: str, seconds: float) -> None:
        """Lets nobody call the service for so many seconds."""
        row = (service, time.time() + min(seconds, _FARTHEST_S))
        with self._writing() as db:
            db.execute(_LATER, row)

    def claim(self, key: bytes, seconds: float) -> bool:
        """Whether a question may be asked now: nobody else has claimed it within the last `seconds`."""
        now = time.time()
        with self._writing() as db:
            row = db.execute("SELECT until FROM asking WHERE key = ?", (key,)).fetchone()
            if row and 0 < row[0] - now <= seconds:
                return False
            db.execute("INSERT OR REPLACE INTO asking VALUES (?, ?)", (key, now + seconds))
        return True

    def renew(self, key: bytes, seconds: float) -> None:
        """Hold a claim for longer."""
        with self._writing() as db:
            db.execute("UPDATE asking SET until = ? WHERE key = ?", (time.time() + seconds, key))

    def release(self, key: bytes) -> None:
        """The question is answered, or given up."""
        with self._writing() as db:
            db.execute("DELETE FROM asking WHERE key = ?", (key,))

    def _opened(self) -> sqlite3.Connection:
        with _typed(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
            try:
                db.execute("PRAGMA journal_mode = WAL")
                # Survives a killed process; power loss costs a little.
                db.execute("PRAGMA synchronous = NORMAL")
                db.executescript(_TABLES)
            except sqlite3.Error:
                db.close()
                raise
            return db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process can interrupt."""
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


# ── when a call may begin ───────────────────────────────────────────────────────────────────────────

_CLAIM_S = 10.0  # a question of a process that died may be asked again after so long
_LOOK_S = 0.2


class RateLimiter:
    """Begins calls to a service no faster than so many a minute, over all processes that share the store, and
    none while the service wants to be left alone.
    """

    def __init__(self, store: CallStore, service: str, per_minute: int) -> None:
        self._store, self._service = store, service
        self._gap_s = 60.0 / per_minute if per_minute > 0 else 0.0
        self._queue = anyio.Lock()

    async def turn(self) -> None:
        """Wait until a call may begin."""
        async with self._queue:  # of each process one asks for the turn
            while (left := self._store.turn(self._service, self._gap_s)) > 0:
                await anyio.sleep(left)

    def stay_away(self, seconds: float) -> None:
        """The service asked all of us to come back later."""
        self._store.stay_away(self._service, seconds)


@asynccontextmanager
async def alone(store: CallStore, key: bytes) -> AsyncIterator[None]:
    """Let no other process ask a question while the block runs: its answer would be paid for twice."""

    async def hold() -> None:
        while True:
            await anyio.sleep(_CLAIM_S / 3)
            store.renew(key, _CLAIM_S)

    while not store.claim(key, _CLAIM_S):
        await anyio.sleep(_LOOK_S)
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(hold)
            yield
            group.cancel_scope.cancel()
    finally:
        store.release(key)


# ── the cap ─────────────────────────────────────────────────────────────────────────────────────────


class Bill(msgspec.Struct, kw_only=True):
    """The cost of one call; stays at its worst case until `settled`."""

    usage: Usage
    settled: bool = False

    def pay(self, tokens_in: int, tokens_out: int, price: Price) -> None:
        """Set what the service counted; where it counted nothing the worst case stays."""
        if tokens_in or tokens_out:
            usd = price.micro_usd(tokens_in, tokens_out) / MILLION
            self.usage = Usage(calls=1, tokens_in=tokens_in, tokens_out=tokens_out, cost_usd=usd)
        self.settled = True

    def waive(self) -> None:
        """The service refused, and bills nothing."""
        self.usage = Usage(calls=1)
        self.settled = True


class Budget:
    """The account of a run under its cap; lives in one event loop."""

    def __init__(self, store: CallStore, account: int, settings: ModelSettings, price: Price) -> None:
        self._store = store
        self._account = account
        self._price = price
        self._cap = cap_of(settings, price)
        self._under_way = 0
        self._settled = anyio.Condition()

    @asynccontextmanager
    async def reserved(self, tokens_in: int, tokens_out: int) -> AsyncIterator[Bill]:
        """Set aside at most so many tokens for the block; waits while calls under way may give some back.

        Raises Failure with BudgetSpent when not even that would be enough.
        """
        micro_usd = self._price.micro_usd(tokens_in, tokens_out)
        reservation = await self._reserve(Spent(tokens=tokens_in + tokens_out, micro_usd=micro_usd))
        worst = Usage(calls=1, tokens_in=tokens_in, tokens_out=tokens_out, cost_usd=micro_usd / MILLION)
        bill = Bill(usage=worst)
        try:
            yield bill
        finally:
            self._under_way -= 1
            if bill.settled:
                used = bill.usage
                spent = Spent(
                    tokens=used.tokens_in + used.tokens_out, micro_usd=round(used.cost_usd * MILLION)
                )
                self._store.settle(reservation, spent)
            with anyio.CancelScope(shield=True):
                async with self._settled:
                    self._settled.notify_all()

    async def _reserve(self, worst: Spent) -> int:
        async with self._settled:
            while True:
                reservation = self._store.reserve(self._account, worst, self._cap)
                if reservation is not None:
                    self._under_way += 1
                    return reservation
                if not self._under_way:
                    raise Failure(RetryDecision.SKIP, self._exhausted())
                await self._settled.wait()

    def _exhausted(self) -> BudgetSpent:
        so_far = self._store.spent(self._account)
        dollars = (
            f", {so_far.micro_usd / MILLION:.4f} of {self._cap.micro_usd / MILLION:g} US dollars"
            if self._cap.micro_usd
            else ""
        )
        return BudgetSpent(
            f"the run's cap is reached: {so_far.tokens} of {self._cap.tokens} tokens{dollars}",
            hint="raise `budget_tokens` or `budget_usd`",
        )
