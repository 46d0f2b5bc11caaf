"""One post over HTTP: to the configured address alone, no redirect followed, no connection reused.

The connection is the guarded one of `adapters.network`. What the answer means depends on whether the receiver
can tell a repeated post from a new one: where it cannot, only an answer that surely took nothing (429, 503,
no connection) is followed by another attempt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from typing import Any

import httpcore2
import httpx2

import daybrief
from daybrief.adapters.addresses import HostPort, checked_url, host_port
from daybrief.adapters.body import read_bounded
from daybrief.adapters.clock import Timer
from daybrief.adapters.network import Deadline, GuardedNetwork, in_force, system_resolver
from daybrief.adapters.retry import retry_at
from daybrief.adapters.transports.secrets import secret
from daybrief.errors import Blocked, DaybriefError
from daybrief.model import Message
from daybrief.ports import Hook, SendResult

_MOST_ANSWER = 64 * 1024
_MOST_WAITS = 3
_STEPS = 3  # a post may take so many times the time of a step, however slowly a server drips
_LONGEST = 31 * 86_400
_NOT_TAKEN = (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout)
_BROKEN = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)


def post(
    message: Message,
    route: Hook,
    environment: Mapping[str, str],
    allow: Collection[HostPort],
    clock: Timer,
) -> SendResult:
    """Post a message; waits out a 429 or 503 within the route's patience, and no longer."""
    try:
        url = _address(route, environment, allow)
        key = _key(route, environment)
    except (Blocked, _BadSecret) as wrong:
        return SendResult(outcome="later", why=wrong.message, hold=True)
    patience = route.patience_s
    for _ in range(_MOST_WAITS):
        posted, wait = _attempt(message, route, url, key, allow, clock)
        if wait is None or wait > patience:
            return posted
        patience -= wait
        clock.sleep(wait)
    return posted


def unusable(route: Hook, environment: Mapping[str, str], allow: Collection[HostPort]) -> str:
    """Returns why nothing can be posted by this route, "" when something can; connects to nothing."""
    try:
        _address(route, environment, allow)
        _key(route, environment)
    except (Blocked, _BadSecret) as wrong:
        return f"{wrong.message} ({wrong.hint})" if wrong.hint else wrong.message
    return ""


class _BadSecret(DaybriefError):
    """A secret that is there and cannot be used; says nothing of it."""


def _address(route: Hook, environment: Mapping[str, str], allow: Collection[HostPort]) -> httpx2.URL:
    """Where to post; errors name the host at the most, because the path may be the secret."""
    hidden = secret(environment, route.secret_env) if route.secret_env else ""
    raw = route.url.replace("{secret}", hidden) if route.url else hidden
    named = route.secret_env or "url"
    try:
        url = httpx2.URL(raw)
        host, port = host_port(url)
        bare = f"{url.scheme}://{url.netloc.decode('ascii')}/"
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        raise _BadSecret(f"{named} does not make an address") from None
    if url.userinfo or not host or not raw.isascii() or any(ord(sign) <= 32 for sign in raw):
        raise _BadSecret(f"{named} does not make an address")
    checked_url(bare, allow)
    if url.scheme != "https" and (host, port) not in allow:
        raise _BadSecret(
            f"{host} is not reached by https", hint="add its host:port to web.allow if it is yours"
        )
    return url


def _key(route: Hook, environment: Mapping[str, str]) -> bytes:
    """The bytes that sign, from `whsec_` and Base64; empty when nothing is signed."""
    if not route.signing_env:
        return b""
    text = secret(environment, route.signing_env).removeprefix("whsec_")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _BadSecret(f"{route.signing_env} does not hold a key", hint="whsec_ and Base64") from None


def signature(key: bytes, identity: str, at: int, body: bytes) -> str:
    """`v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`."""
    signed = hmac.new(key, f"{identity}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _attempt(
    message: Message,
    route: Hook,
    url: httpx2.URL,
    key: bytes,
    allow: Collection[HostPort],
    clock: Timer,
) -> tuple[SendResult, float | None]:
    """One request; what became of it, and the seconds the server wants us to wait before another."""
    headers = _headers(message, url, key, int(clock.now().timestamp()))
    network = GuardedNetwork(system_resolver, allow, httpcore2.SyncBackend())
    target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    timeout = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), route.timeout_s)}
    try:
        with (
            in_force(Deadline(clock.monotonic, _STEPS * route.timeout_s)),
            httpcore2.ConnectionPool(network_backend=network, max_keepalive_connections=0) as pool,
            pool.stream("POST", target, headers=headers, content=message.body, extensions=timeout) as answer,
        ):
            return _judged(answer, route, clock)
    except Blocked as blocked:
        return SendResult(outcome="later", why=blocked.message, hold=True), None
    except _NOT_TAKEN as unreachable:
        return SendResult(outcome="later", why=f"{url.host}: {_why(unreachable)}", hold=True), None
    except _BROKEN as broken:
        return _unknown(route, f"{url.host}: {_why(broken)}"), None


def _headers(message: Message, url: httpx2.URL, key: bytes, at: int) -> list[tuple[bytes, bytes]]:
    named = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": f"daybrief/{daybrief.__version__}",
        "Content-Type": message.media_type,
        "Content-Length": str(len(message.body)),
        "Accept": "application/json",
        "Connection": "close",
        "Idempotency-Key": message.key,
        "webhook-id": message.key,
        "webhook-timestamp": str(at),
    }
    if key:
        named["webhook-signature"] = signature(key, message.key, at, message.body)
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in named.items()]


def _judged(answer: httpcore2.Response, route: Hook, clock: Timer) -> tuple[SendResult, float | None]:
    status = answer.status
    if 200 <= status < 300:
        return SendResult(outcome="sent"), None
    headers = httpx2.Headers(answer.headers)
    said = _body(answer, headers)
    why = f"answered {status} {said}".strip()
    if status in (429, 503):
        return SendResult(outcome="later", why=why, hold=True), _wait(headers, said, clock)
    if status in (408, 425):
        return SendResult(outcome="later", why=why), None
    if status >= 500:
        return _unknown(route, why), None
    if 300 <= status < 400:
        why = f"answered {status}: redirects are not followed"
    return SendResult(outcome="failed", why=why), None


def _unknown(route: Hook, why: str) -> SendResult:
    """Nobody can tell whether it was taken: a person decides, unless the receiver knows repeats."""
    return SendResult(outcome="uncertain" if route.once else "later", why=why, hold=True)


def _body(answer: httpcore2.Response, headers: httpx2.Headers) -> str:
    """What the server said about its refusal, as far as it can be read; the status is what counts."""
    try:
        raw = read_bounded(
            answer.iter_stream(),
            encoding=headers.get("content-encoding", ""),
            announced=headers.get("content-length", ""),
            limit=_MOST_ANSWER,
        )
    except (DaybriefError, *_BROKEN):
        return ""
    return raw.decode("utf-8", errors="replace")


def _wait(headers: httpx2.Headers, said: str, clock: Timer) -> float | None:
    """Seconds until we may come back: the header, or the field Discord and Telegram put into their JSON."""
    now = clock.now()
    if when := retry_at(headers.get("retry-after", ""), headers.get("date", ""), now):
        return max(0.0, (when - now).total_seconds())
    try:
        told: Any = json.loads(said)
    except ValueError:
        return None
    table = told if isinstance(told, dict) else {}
    inner = table.get("parameters")
    seconds = table.get("retry_after", inner.get("retry_after") if isinstance(inner, dict) else None)
    if isinstance(seconds, int | float) and 0 <= seconds < _LONGEST:  # NaN is not
        return float(seconds)
    return None


def _why(broken: Exception) -> str:
    plain = str(broken) or type(broken).__name__
    return f"no answer in time ({plain})" if isinstance(broken, httpcore2.TimeoutException) else plain
