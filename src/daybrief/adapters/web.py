"""The polite, bounded way out to the network: `ports.Web` over httpx2's connection pool.

    checked address → turn (spacing) → conditional request → bounded body → an answer or a typed error
         ↑ at most 5 redirects, each by the same steps ┘        ↑ transient errors again, within the budget

The pool (httpcore2) is used without the client on top of it, because what a client adds is what we must not
do: follow redirects unasked, keep cookies, decode before counting, read proxies from the environment.
"""

from __future__ import annotations

import ssl
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Self

import httpcore2
import httpx2
import msgspec
import platformdirs
from tenacity import RetryCallState, Retrying, retry_if_exception_type

import daybrief
from daybrief.adapters.addresses import HostPort, checked_url, host_port
from daybrief.adapters.body import OFFERED, media_type, read_bounded
from daybrief.adapters.clock import SystemClock, Timer
from daybrief.adapters.http_cache import HttpCache
from daybrief.adapters.network import Deadline, GuardedNetwork, Resolver, in_force, system_resolver
from daybrief.adapters.retry import pause, retry_at
from daybrief.adapters.throttle import ARXIV, Throttle, lane
from daybrief.errors import (
    Blocked,
    ConfigError,
    FetchError,
    NotWhatWeAsked,
    RateLimited,
    Refused,
    TooMuch,
    Unavailable,
)
from daybrief.model import Fetched, Validators

MOST_REDIRECTS = 5
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
        """Who we say we are, on every request."""
        product = f"daybrief/{daybrief.__version__}"
        return f"{product} (+{self.contact})" if self.contact else product


class _Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One question on its way through hops and attempts."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    accept: str = ""
    body: bytes | None = None
    limit: int


class _Hop(msgspec.Struct, frozen=True):
    """Where a redirect wants us to go."""

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
        self._closed_until: dict[str, datetime] = {}
        cache = settings.cache_path
        self._cache = HttpCache(cache / "answers.sqlite" if cache else None)
        shared = (
            settings.spacing_path or platformdirs.user_cache_path("daybrief", appauthor=False) / "spacing"
        )
        self._throttle = Throttle(self._timer, settings.spacing_s, settings.arxiv_spacing_s, shared)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or httpcore2.default_ssl_context(),
            keepalive_expiry=15.0,
            network_backend=GuardedNetwork(resolver, settings.allow, network or httpcore2.SyncBackend()),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that were kept open."""
        self._pool.close()

    def get(self, url: str, *, accept: str = "", max_bytes: int | None = None) -> Fetched:
        """Fetch `url`, conditionally when an answer with validators is stored."""
        headers = (("Accept", accept or "*/*"),)
        limit = max_bytes or self._settings.max_bytes
        return self._patiently(_Ask(method="GET", url=url, headers=headers, accept=accept, limit=limit))

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """Send `body` to `url`; never cached, never redirected."""
        headers = (("Accept", "*/*"), ("Content-Type", media_type))
        limit = max_bytes or self._settings.max_bytes
        return self._patiently(_Ask(method="POST", url=url, headers=headers, body=body, limit=limit))

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
        """One attempt: the question, and where its redirects lead."""
        url = checked_url(ask.url, self._settings.allow)
        for _ in range(MOST_REDIRECTS + 1):
            found = self._exchange(ask, url, deadline)
            if isinstance(found, Fetched):
                return msgspec.structs.replace(found, url=ask.url)
            url = self._redirected(ask, url, found.url)
        raise TooMuch(f"{_shown(url)} redirects more than {MOST_REDIRECTS} times", url=ask.url)

    def _redirected(self, ask: _Ask, url: httpx2.URL, location: str) -> httpx2.URL:
        if ask.method != "GET":
            raise Refused(f"{_shown(url)} redirects what was posted", status=307, url=ask.url)
        try:
            joined = location if "\\" in location else str(url.join(location))
        except httpx2.InvalidURL as wrong:
            raise Blocked(f"{_shown(url)} redirects to no URL: {wrong}", url=ask.url) from wrong
        target = checked_url(joined, self._settings.allow)
        if (url.scheme, target.scheme) == ("https", "http"):
            raise Blocked(
                f"{_shown(url)} redirects from https to http",
                url=ask.url,
                hint="ask for the http address itself, if you trust the way there",
            )
        return target

    def _exchange(self, ask: _Ask, url: httpx2.URL, deadline: Deadline) -> Fetched | _Hop:
        """One request and its answer, in turn, with every failure made one of ours."""
        host, _ = host_port(url)
        self._respect(ask, host, deadline)
        with self._throttle.turn(host) as waited, in_force(deadline):
            deadline.extend(waited)
            try:
                return self._send(ask, url, deadline)
            except FetchError as ours:
                ours.url = ours.url or ask.url
                if isinstance(ours, RateLimited) and ours.retry_at:
                    self._closed_until[lane(host)] = ours.retry_at
                raise
            except NotWhatWeAsked as ours:
                raise NotWhatWeAsked(f"{_shown(url)}: {ours.message}", hint=ours.hint) from ours
            except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as broken:
                raise Unavailable(f"{_shown(url)}: {_why(broken)}", url=ask.url) from broken

    def _respect(self, ask: _Ask, host: str, deadline: Deadline) -> None:
        """Stay away from a host until the time it named, however many sources ask for it."""
        until = self._closed_until.get(lane(host))
        wait = (until - self._timer.now()).total_seconds() if until else 0.0
        if wait <= 0:
            return
        if wait >= deadline.left():
            raise RateLimited(f"{host} asked us to stay away", url=ask.url, retry_at=until)
        self._timer.sleep(wait)

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
                return self._confirmed(ask, stored)
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
            self._remember(ask, answer)
        return answer

    def _remember(self, ask: _Ask, answer: Fetched) -> None:
        if answer.status == 200 and answer.validators != Validators():
            self._cache.put(ask.accept, answer)
        else:
            self._cache.forget(answer.url, ask.accept)

    def _confirmed(self, ask: _Ask, stored: Fetched) -> Fetched:
        fresh = msgspec.structs.replace(stored, fetched_at=self._timer.now())
        self._cache.put(ask.accept, fresh)
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


def _validators(response: httpcore2.Response) -> Validators:
    """The tokens as they came: Latin-1 maps every byte to a character and back."""
    exact = httpx2.Headers(response.headers, encoding="latin-1")
    return Validators(etag=exact.get("etag", ""), last_modified=exact.get("last-modified", ""))


def _shown(url: httpx2.URL) -> str:
    """An address for messages: without the query, which may hold a key."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"[:300]


def _why(broken: Exception) -> str:
    plain = str(broken) or type(broken).__name__
    return f"no answer in time ({plain})" if isinstance(broken, httpcore2.TimeoutException) else plain
