"""The polite, bounded way out to the network: `ports.Web` over httpx2's connection pool.

    checked address → turn (spacing) → conditional request → bounded body → an answer or a typed error
         ↑ at most 5 redirects, each by the same steps ┘        ↑ transient errors again, within the budget

The pool (httpcore2) is used without the client on top of it, because what a client adds is what we must not
do. It would follow redirects unasked, keep cookies, decode before counting, read proxies from the
environment.

Requests are spaced per host, and for arXiv over all its hosts and all processes of a user. arXiv's terms of
use ask for one request every three seconds and one connection at a time over OAI-PMH, RSS and the API
together, counted over all machines one controls. Other machines cannot be seen from here; all processes can.
The gap runs from the end of one request to the start of the next.

What servers gave us validators for is kept, so that the next request can be conditional. Validators and the
body they vouch for lie in one row, written in one transaction: there is never a validator without its bytes.
What a server calls fresh is given again without a request, and a host that told us to stay away is left
alone until its time, by every process that shares the cache.
When the file of the cache is damaged or locked, requests simply become unconditional.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import ssl
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Self

import httpcore2
import httpx2
import msgspec
import platformdirs
from protego import Protego
from tenacity import RetryCallState, Retrying, retry_if_exception_type

import daybrief
from daybrief.adapters.machine import SystemClock, Timer
from daybrief.adapters.network import (
    ARXIV,
    OFFERED,
    Deadline,
    GuardedNetwork,
    HostPort,
    Resolver,
    Throttle,
    checked_url,
    host_port,
    http_date,
    in_force,
    lane,
    media_type,
    pause,
    read_bounded,
    retry_at,
    robots_rules,
    system_resolver,
)
from daybrief.errors import (
    Blocked,
    ConfigError,
    Disallowed,
    FetchError,
    NotWhatWeAsked,
    RateLimited,
    Refused,
    TooMuch,
    Unavailable,
)
from daybrief.model import Fetched, Validators
from daybrief.text.identity import hidden

LOG = logging.getLogger(__name__)
NAME = "daybrief"  # what a robots.txt may call us
MOST_REDIRECTS = 5
MOST_RULES = 512 * 2**10  # bytes of a robots.txt; RFC 9309 wants 500 KiB read
_MOST_IDLE = 32  # connections kept for the next request to their hosts
_REDIRECTS = {301, 302, 303, 307, 308}
_PASSING = {408, 425, 429}


class WebSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How requests leave this machine.

    contact          an address or URL for the User-Agent, so that a server can reach the operator
    timeout_s        seconds one network operation may wait
    budget_s         seconds one call may take in all, redirects and retries included, queueing excluded
    max_bytes        bytes of one answer, encoded or decoded
    retries          further attempts after a transient error
    spacing_s        seconds from the end of a request to the next one to the same host
    arxiv_spacing_s  the same for arXiv, over all its hosts and all processes of the user
    allow            (host, port) pairs that may be private or on another port
    cache_path       folder of cached answers; None keeps none
    spacing_path     folder of the spacing that processes share; None: one place for each user, so that
                     runs with different caches still take turns
    """

    contact: str = ""
    timeout_s: float = 20.0
    budget_s: float = 30.0
    max_bytes: int = 10 * 2**20
    retries: int = 3
    spacing_s: float = 1.0
    arxiv_spacing_s: float = 3.0
    allow: tuple[HostPort, ...] = ()
    cache_path: Path | None = None
    spacing_path: Path | None = None

    def __post_init__(self) -> None:
        if not all(32 <= ord(c) < 127 and c not in "()\\" for c in self.contact):
            raise ConfigError(f"contact = {self.contact!r}", hint="plain ASCII without parentheses, please")
        if min(self.timeout_s, self.budget_s, self.max_bytes) <= 0:
            raise ConfigError("timeout_s, budget_s and max_bytes must be above 0")
        if min(self.spacing_s, self.arxiv_spacing_s, self.retries) < 0:
            raise ConfigError("spacing_s, arxiv_spacing_s and retries must not be negative")

    @property
    def user_agent(self) -> str:
        """The name we give on every request."""
        product = f"{NAME}/{daybrief.__version__}"
        return f"{product} (+{self.contact})" if self.contact else product


class _Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request on its way through hops and attempts."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    accept: str = ""
    body: bytes | None = None
    limit: int
    robots: bool = False


class _Hop(msgspec.Struct, frozen=True):
    """The address that a redirect names."""

    url: str


class HttpWeb:
    """Fetches over HTTP(S); `requests` counts what really went out, by host.

    Safe to use from several threads; each host is asked one thing at a time. `resolver`, `network` and `tls`
    are the places where a test puts its own; `random` jitters the back-off.
    """

    def __init__(
        self,
        settings: WebSettings,
        *,
        clock: Timer | None = None,
        resolver: Resolver = system_resolver,
        network: httpcore2.NetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        random: Random | None = None,
    ) -> None:
        self.requests: Counter[str] = Counter()
        self._settings = settings
        self._timer = clock or SystemClock()
        self._random = random or Random()
        self._closed_until: dict[str, datetime] | None = None  # read from the cache when first needed
        self._robots: dict[str, Protego] = {}  # what sites ask of programs, by origin
        self._asking_robots: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        cache = settings.cache_path
        self._cache = HttpCache(cache / "answers.sqlite" if cache else None)
        shared = (
            settings.spacing_path or platformdirs.user_cache_path("daybrief", appauthor=False) / "spacing"
        )
        self._throttle = Throttle(self._timer, settings.spacing_s, settings.arxiv_spacing_s, shared)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or httpcore2.default_ssl_context(),
            max_connections=None,  # whoever asks bounds them: a source has one
            max_keepalive_connections=_MOST_IDLE,
            keepalive_expiry=15.0,
            network_backend=GuardedNetwork(resolver, settings.allow, network or httpcore2.SyncBackend()),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and the file that were kept open."""
        self._pool.close()
        self._cache.close()

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        """Fetch `url`, conditionally when an answer with validators is stored."""
        limit = max_bytes or self._settings.max_bytes
        return self._patiently(_asking(url, accept, limit, robots))

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """Send `body` to `url`; never cached, never redirected."""
        headers = (("Accept", "*/*"), ("Content-Type", media_type))
        limit = max_bytes or self._settings.max_bytes
        return self._patiently(_Ask(method="POST", url=url, headers=headers, body=body, limit=limit))

    def made(self, answer: Fetched, form: str) -> bytes:
        """The bytes that `keep_made` kept of an answer of the same bytes; b"" where there is nothing."""
        return self._cache.made(_made_key(answer, form)) if answer.validators != Validators() else b""

    def keep_made(self, answer: Fetched, form: str, value: bytes) -> None:
        """Keep it for as long as answers are kept; never raises."""
        if answer.validators != Validators():  # no other can be confirmed
            self._cache.keep_made(_made_key(answer, form), value, self._timer.now())

    def keep_fresh(self, answer: Fetched, accept: str, until: datetime) -> None:
        """Give the answer again without asking until then; never raises."""
        named = msgspec.structs.replace(answer, url=answer.final_url or answer.url)
        self._cache.keep_fresh(accept, named, until)

    def _patiently(self, ask: _Ask) -> Fetched:
        """Ask, and ask again after transient errors as long as the budget holds the wait."""
        deadline = Deadline(self._timer.monotonic, self._settings.budget_s)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            known = error if isinstance(error, FetchError) else Unavailable("")
            return pause(known, state.attempt_number, self._timer.now(), self._random)

        def spent(state: RetryCallState) -> bool:
            return state.attempt_number > self._settings.retries or state.upcoming_sleep >= deadline.left()

        retrying = Retrying(
            sleep=self._timer.sleep,
            retry=retry_if_exception_type((RateLimited, Unavailable)),
            wait=wait,
            stop=spent,
            reraise=True,
        )
        return retrying(self._follow, ask, deadline)

    def _follow(self, ask: _Ask, deadline: Deadline) -> Fetched:
        """Makes one attempt: sends the request and follows its redirects."""
        url = checked_url(ask.url, self._settings.allow)
        for _ in range(MOST_REDIRECTS + 1):
            if ask.robots:
                self._admit(ask, url, deadline)
            answer = self._fresh(ask, url) or self._exchange(ask, url, deadline)
            if isinstance(answer, Fetched):
                return msgspec.structs.replace(answer, url=ask.url)
            url = self._redirected(ask, url, answer.url)
        raise TooMuch(f"{_shown(url)} redirects more than {MOST_REDIRECTS} times", url=ask.url)

    def _fresh(self, ask: _Ask, url: httpx2.URL) -> Fetched | None:
        """The kept answer that its server has called fresh until later than now."""
        if ask.method != "GET" or not self._cache.is_fresh(str(url), ask.accept, self._timer.now()):
            return None
        stored = self._cache.get(str(url), ask.accept)
        return stored if stored and len(stored.body) <= ask.limit else None

    def _admit(self, ask: _Ask, url: httpx2.URL, deadline: Deadline) -> None:
        """Raises Disallowed where the site's robots.txt does not let us; it is asked for once.

        A site that refuses to show one (4xx) has no rules; one that cannot be asked is left alone (RFC 9309).
        """
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        with self._asking_robots[origin]:
            if origin not in self._robots:
                self._robots[origin] = robots_rules(self._robots_txt(origin, deadline), NAME)
        if not self._robots[origin].can_fetch(str(url), NAME):
            raise Disallowed(f"{_shown(url)}: its robots.txt asks programs to stay away", url=ask.url)
        if delay := self._robots[origin].crawl_delay(NAME):
            self._throttle.slow_down(host_port(url)[0], float(delay))

    def _robots_txt(self, origin: str, deadline: Deadline) -> bytes:
        try:
            return self._follow(_asking(f"{origin}/robots.txt", "text/plain", MOST_RULES), deadline).body
        except Refused:
            return b""

    def _redirected(self, ask: _Ask, url: httpx2.URL, location: str) -> httpx2.URL:
        if ask.method != "GET":
            raise Refused(f"{_shown(url)} redirects what was posted", status=307, url=ask.url)
        try:
            joined = location if "\\" in location else str(url.join(location))
        except httpx2.InvalidURL as wrong:
            raise Blocked(f"{_shown(url)} redirects to no URL: {wrong}", url=ask.url) from wrong
        target = checked_url(joined, self._settings.allow)
        if host_port(target) in self._settings.allow and target.raw_host != url.raw_host:
            raise Blocked(
                f"{_shown(url)} redirects to {_shown(target)}, which may be asked for, not led to",
                url=ask.url,
                hint="name that address itself as the source, if it is the one you want",
            )
        if (url.scheme, target.scheme) == ("https", "http"):
            raise Blocked(
                f"{_shown(url)} redirects from https to http",
                url=ask.url,
                hint="ask for the http address itself, if you trust the way there",
            )
        return target

    def _exchange(self, ask: _Ask, url: httpx2.URL, deadline: Deadline) -> Fetched | _Hop:
        """Exchanges one request for its answer; every failure becomes one of ours."""
        host, _ = host_port(url)
        self._respect(ask, host, deadline)
        with self._throttle.turn(host) as waited, _logged(ask.method, host), in_force(deadline):
            deadline.extend(waited)
            try:
                return self._send(ask, url, deadline)
            except FetchError as ours:
                ours.url = ours.url or ask.url
                if isinstance(ours, RateLimited) and ours.retry_at:
                    self._closed()[lane(host)] = ours.retry_at
                    self._cache.close_until(lane(host), ours.retry_at)
                raise
            except NotWhatWeAsked as ours:
                raise NotWhatWeAsked(f"{_shown(url)}: {ours.message}", hint=ours.hint) from ours
            except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as broken:
                raise Unavailable(f"{_shown(url)}: {_why(broken)}", url=ask.url) from broken

    def _respect(self, ask: _Ask, host: str, deadline: Deadline) -> None:
        """Stay away from a host until the time it named, however many sources ask for it."""
        until = self._closed().get(lane(host))
        wait = (until - self._timer.now()).total_seconds() if until else 0.0
        if wait <= 0:
            return
        if wait >= deadline.left():
            raise RateLimited(f"{host} asked us to stay away", url=ask.url, retry_at=until)
        self._timer.sleep(wait)

    def _closed(self) -> dict[str, datetime]:
        if self._closed_until is None:
            self._closed_until = self._cache.closed(self._timer.now())
        return self._closed_until

    def _send(self, ask: _Ask, url: httpx2.URL, deadline: Deadline) -> Fetched | _Hop:
        stored = self._cache.get(str(url), ask.accept) if ask.method == "GET" else None
        if stored and len(stored.body) > ask.limit:
            stored = None
        host, _ = host_port(url)
        self.requests[host] += 1
        wait = self._settings.timeout_s
        with self._pool.stream(
            ask.method,
            httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=self._headers(ask, host, stored),
            content=ask.body,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), wait)},
        ) as response:
            headers = httpx2.Headers(response.headers)
            if response.status == 304 and stored:
                return self._confirmed(ask, stored, fresh_until(headers, self._timer.now()))
            if response.status in _REDIRECTS and "location" in headers:
                return _Hop(headers["location"])
            self._raise_for_status(response.status, headers, url)
            return self._answer(ask, url, response, headers, deadline)

    def _headers(self, ask: _Ask, host: str, stored: Fetched | None) -> list[tuple[bytes, bytes]]:
        named = [("User-Agent", self._settings.user_agent), ("Accept-Encoding", OFFERED), *ask.headers]
        if stored and stored.validators.etag:
            named.append(("If-None-Match", stored.validators.etag))
        if stored and stored.validators.last_modified:
            named.append(("If-Modified-Since", stored.validators.last_modified))
        if lane(host) == ARXIV:
            named.append(("Connection", "close"))  # one connection at a time, over all processes
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in named]

    def _answer(
        self,
        ask: _Ask,
        url: httpx2.URL,
        response: httpcore2.Response,
        headers: httpx2.Headers,
        deadline: Deadline,
    ) -> Fetched:
        try:
            body = read_bounded(
                response.iter_stream(),
                encoding=headers.get("content-encoding", ""),
                announced=headers.get("content-length", ""),
                limit=ask.limit,
            )
        except httpcore2.ReadTimeout as slow:
            if deadline.left() > 0:
                raise
            raise TooMuch(f"{_shown(url)} sent for longer than {self._settings.budget_s:g} s") from slow
        named, charset = media_type(headers.get("content-type", ""))
        answer = Fetched(
            url=str(url),
            final_url=str(url),
            status=response.status,
            body=body,
            media_type=named,
            charset=charset,
            validators=_validators(response),
            fetched_at=self._timer.now(),
        )
        if ask.method == "GET":
            self._remember(ask, answer, fresh_until(headers, answer.fetched_at))
        return answer

    def _remember(self, ask: _Ask, answer: Fetched, until: datetime | None) -> None:
        if answer.status == 200 and (until or answer.validators != Validators()):
            self._cache.put(ask.accept, answer, until)
        else:
            self._cache.forget(answer.url, ask.accept)

    def _confirmed(self, ask: _Ask, stored: Fetched, until: datetime | None) -> Fetched:
        fresh = msgspec.structs.replace(stored, fetched_at=self._timer.now())
        self._cache.confirm(ask.accept, fresh, until)
        return fresh

    def _raise_for_status(self, status: int, headers: httpx2.Headers, url: httpx2.URL) -> None:
        if 200 <= status < 300:
            return
        message = f"{_shown(url)} answered {status}"
        after = headers.get("retry-after", "")
        when = retry_at(after, headers.get("date", ""), self._timer.now()) if after else None
        if status == 429 or (status == 503 and when):
            raise RateLimited(message, retry_at=when)
        if status >= 500 or status in _PASSING:
            raise Unavailable(message)
        raise Refused(message, status=status)


def _asking(url: str, accept: str, limit: int, robots: bool = False) -> _Ask:
    headers = (("Accept", accept or "*/*"),)
    return _Ask(method="GET", url=url, headers=headers, accept=accept, limit=limit, robots=robots)


@contextmanager
def _logged(method: str, host: str) -> Iterator[None]:
    """Logs a request when it is over: the host alone, since the rest of an address may be a secret."""
    begun, failed = time.perf_counter(), {}
    try:
        yield
    except Exception as failure:
        failed = {"error": type(failure).__name__}
        raise
    finally:
        facts = {"call": method.lower(), "host": host, "seconds": round(time.perf_counter() - begun, 4)}
        LOG.debug("%s %s", method.lower(), host, extra=facts | failed)


def _validators(response: httpcore2.Response) -> Validators:
    """The tokens as they came: Latin-1 maps every byte to a character and back."""
    exact = httpx2.Headers(response.headers, encoding="latin-1")
    return Validators(etag=exact.get("etag", ""), last_modified=exact.get("last-modified", ""))


def _shown(url: httpx2.URL) -> str:
    """An address for messages: without the query and the parts of the path that may be keys."""
    return hidden(f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}")[:300]


def _why(broken: Exception) -> str:
    plain = str(broken) or type(broken).__name__
    return f"no answer in time ({plain})" if isinstance(broken, httpcore2.TimeoutException) else plain


# ── kept answers ───────────────────────────────────────────────────────────────────────────────


LONGEST_FRESH = timedelta(hours=12)


def fresh_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The time to ask for an answer again: after its `max-age` less its `Age`, else what `Expires` says.

    None where it says nothing (RFC 9111 section 4.2). Never more than 12 hours: a day is asked for once a
    day, and a server that promises a week of quiet shall not cost one.
    """
    parts = (part.strip().lower().partition("=") for part in headers.get("cache-control", "").split(","))
    directives = {name: value.strip('"') for name, _, value in parts}
    if {"no-store", "no-cache"} & directives.keys():
        return None
    if (age := directives.get("max-age")) is not None:
        seconds = _seconds(age) - _seconds(headers.get("age", ""))
        left = timedelta(seconds=max(0, seconds))
    elif expires := http_date(headers.get("expires", "")):
        left = expires - (http_date(headers.get("date", "")) or now)
    else:
        return None
    return now + min(left, LONGEST_FRESH) if left > timedelta(0) else None


def _seconds(text: str) -> int:
    return min(int(text[:9]), 10**9) if text.isascii() and text.isdigit() else 0


_KEEP = timedelta(days=30)
_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS answer (
    url TEXT NOT NULL, accept TEXT NOT NULL, meta BLOB NOT NULL, body BLOB NOT NULL,
    sha256 BLOB NOT NULL, stored_at REAL NOT NULL, PRIMARY KEY (url, accept)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS made (
    key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL, sha256 BLOB NOT NULL, stored_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fresh (
    url TEXT NOT NULL, accept TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (url, accept)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS closed (lane TEXT NOT NULL PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
"""
_FRESH = "INSERT OR REPLACE INTO fresh VALUES (?, ?, ?)"
_STALE = "DELETE FROM fresh WHERE url = ? AND accept = ?"


class HttpCache:
    """A SQLite file of the latest validated answer to each (url, accept); None keeps nothing.

    A connection serves all threads until `close`. Commits go to a log that waits for no disk, else those of
    many sources would queue for it; a power cut may cost the latest answers, which are asked for again.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._patience_s = 5.0
        self._db: sqlite3.Connection | None = None
        self._at_work = threading.Lock()

    def close(self) -> None:
        """Close the file until it is used again."""
        with self._at_work:
            self._shut()

    def get(self, url: str, accept: str) -> Fetched | None:
        """The stored answer, or None when there is none that is whole."""
        with suppress(sqlite3.Error, msgspec.DecodeError, OSError), self._open() as db:
            query = "SELECT meta, body, sha256 FROM answer WHERE url = ? AND accept = ?"
            row = db.execute(query, (url, accept)).fetchone() if db else None
            # SQLite checks its structure, not its content; a flipped bit in a body would go unseen.
            if row and hashlib.sha256(row[1]).digest() == row[2]:
                return msgspec.structs.replace(msgspec.json.decode(row[0], type=Fetched), body=row[1])
        return None

    def put(self, accept: str, answer: Fetched, until: datetime | None = None) -> None:
        """Keep an answer, fresh `until` then, and forget those not confirmed for 30 days."""
        meta = msgspec.json.encode(msgspec.structs.replace(answer, body=b""))
        digest = hashlib.sha256(answer.body).digest()
        row = (answer.url, accept, meta, answer.body, digest, answer.fetched_at.timestamp())
        with suppress(sqlite3.Error, OSError), self._open() as db:
            if db:
                db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)", row)
                _note_fresh(db, accept, answer.url, until)
                db.execute("DELETE FROM answer WHERE stored_at < ?", (_stale(answer.fetched_at),))

    def confirm(self, accept: str, answer: Fetched, until: datetime | None = None) -> None:
        """Note that a stored answer is as good as new, fresh `until` then; its body stays where it is."""
        meta = msgspec.json.encode(msgspec.structs.replace(answer, body=b""))
        row = (meta, answer.fetched_at.timestamp(), answer.url, accept)
        with suppress(sqlite3.Error, OSError), self._open() as db:
            if db:
                db.execute("UPDATE answer SET meta = ?, stored_at = ? WHERE url = ? AND accept = ?", row)
                _note_fresh(db, accept, answer.url, until)

    def keep_fresh(self, accept: str, answer: Fetched, until: datetime) -> None:
        """Have an answer given again without a request until then, or as long as its server said."""
        place = (answer.url, accept)
        with suppress(sqlite3.Error, OSError), self._open() as db:
            if db and db.execute("SELECT 1 FROM answer WHERE url = ? AND accept = ?", place).fetchone():
                known = db.execute("SELECT until FROM fresh WHERE url = ? AND accept = ?", place).fetchone()
                db.execute(_FRESH, (*place, max(until.timestamp(), *(known or (0.0,)))))
                return
        self.put(accept, answer, until)

    def is_fresh(self, url: str, accept: str, now: datetime) -> bool:
        """Whether the answer there need not be asked for."""
        with suppress(sqlite3.Error, OSError), self._open() as db:
            query = "SELECT until FROM fresh WHERE url = ? AND accept = ?"
            row = db.execute(query, (url, accept)).fetchone() if db else None
            return row is not None and row[0] > now.timestamp()
        return False

    def close_until(self, lane: str, until: datetime) -> None:
        """Note when a host may be asked again."""
        with suppress(sqlite3.Error, OSError), self._open() as db:
            if db:
                db.execute("INSERT OR REPLACE INTO closed VALUES (?, ?)", (lane, until.timestamp()))

    def closed(self, now: datetime) -> dict[str, datetime]:
        """The hosts that may not be asked before a time that is still to come."""
        with suppress(sqlite3.Error, OSError), self._open() as db:
            rows = db.execute("SELECT lane, until FROM closed") if db else ()
            return {lane: datetime.fromtimestamp(at, UTC) for lane, at in rows if at > now.timestamp()}
        return {}

    def made(self, key: bytes) -> bytes:
        """The bytes made of an answer; b"" when there is nothing that is whole."""
        with suppress(sqlite3.Error, OSError), self._open() as db:
            row = (
                db.execute("SELECT value, sha256 FROM made WHERE key = ?", (key,)).fetchone() if db else None
            )
            if row and hashlib.sha256(row[0]).digest() == row[1]:
                return bytes(row[0])
        return b""

    def keep_made(self, key: bytes, value: bytes, now: datetime) -> None:
        """Keep what was made of an answer, and forget what is older than 30 days."""
        row = (key, value, hashlib.sha256(value).digest(), now.timestamp())
        with suppress(sqlite3.Error, OSError), self._open() as db:
            if db:
                db.execute("INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?)", row)
                db.execute("DELETE FROM made WHERE stored_at < ?", (_stale(now),))

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
        with self._at_work:
            try:
                self._db = self._db or self._connected(self._path)
                with self._db:
                    yield self._db
            except (sqlite3.Error, OSError):
                self._shut()
                self._patience_s = 0.0  # all threads wait for who waits here: a locked file, once
                raise

    def _shut(self) -> None:
        if self._db:
            self._db.close()
            self._db = None

    def _connected(self, path: Path) -> sqlite3.Connection:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _prepared(path, self._patience_s)
        except sqlite3.OperationalError:  # locked or not writable: leave it alone
            raise
        except sqlite3.DatabaseError:  # not a database, or a broken one: nothing in it is worth keeping
            for part in ("", "-wal", "-shm"):
                path.with_name(path.name + part).unlink(missing_ok=True)
            return _prepared(path, self._patience_s)


def _prepared(path: Path, patience_s: float) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=patience_s, check_same_thread=False)
    try:
        db.executescript(_TABLES)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _note_fresh(db: sqlite3.Connection, accept: str, url: str, until: datetime | None) -> None:
    if until:
        db.execute(_FRESH, (url, accept, until.timestamp()))
    else:
        db.execute(_STALE, (url, accept))


def _made_key(answer: Fetched, form: str) -> bytes:
    """A digest of all that what is made may depend on."""
    digest = hashlib.sha256(answer.body)
    for part in (form, answer.final_url or answer.url, answer.charset):
        digest.update(f"\0{part}".encode())
    return digest.digest()


def _stale(now: datetime) -> float:
    return (now - _KEEP).timestamp()
