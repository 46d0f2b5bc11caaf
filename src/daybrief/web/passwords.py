"""Passwords and sessions: scrypt (RFC 7914), constant-time comparison, five tries a minute."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import secrets
import threading
from collections import OrderedDict
from datetime import datetime, timedelta

from daybrief.errors import ConfigError

SHORTEST = 8
LONGEST = 1_000
TRIES = 5
EVERY = timedelta(minutes=1)
SESSION = timedelta(days=30)
_N, _R, _P = 2**15, 8, 1  # 32 MB and about 0.1 s a try
_MEMORY = 64 * 2**20
_MOST = 10_000  # addresses and sessions remembered


def hashed(password: str) -> str:
    """A password as it may be stored; raises ConfigError for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(
            f"a password needs {SHORTEST} to {LONGEST} characters", hint="a sentence is easy to remember"
        )
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${_text(salt)}${_text(_key(password, salt, _N, _R, _P))}"


def checked(stored: str) -> str:
    """A stored hash, if it is one of ours; raises ConfigError."""
    parts = stored.strip().split("$")
    numbers = [int(p) for p in parts[1:4] if p.isdigit() and len(p) < 8]
    if (
        len(parts) != 6
        or parts[0] != "scrypt"
        or len(numbers) != 3
        or 128 * numbers[0] * numbers[1] > _MEMORY
    ):
        raise ConfigError(
            "the password's file is damaged", hint="write it anew: daybrief serve --set-password"
        )
    return stored.strip()


def matches(password: str, stored: str) -> bool:
    """Whether it is the password; takes the same time whether it is or not."""
    _, n, r, p, salt, key = stored.split("$")
    tried = _key(password[:LONGEST], base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(tried, base64.b64decode(key))


class Tries:
    """Counts failures by address; an IPv6 network of 64 bits is one address."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, address: str, now: datetime) -> bool:
        """Whether another try may be made now; it counts until `forgive`."""
        with self._lock:
            place = network(address)
            recent = [at for at in self._failed.get(place, []) if now - at < EVERY]
            allowed = len(recent) < TRIES
            self._failed[place] = [*recent, now] if allowed else recent
            self._failed.move_to_end(place)
            while len(self._failed) > _MOST:
                self._failed.popitem(last=False)
            return allowed

    def forgive(self, address: str) -> None:
        """The last tries were no attack: the right password came."""
        with self._lock:
            self._failed.pop(network(address), None)


class Sessions:
    """Who is logged in; tokens are kept as hashes, and end with the process."""

    def __init__(self) -> None:
        self._until: OrderedDict[bytes, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, now: datetime, old: str = "") -> str:
        """A new token; an old one is worth nothing any more."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._until.pop(_digest(old), None)
            self._until[_digest(token)] = now + SESSION
            while len(self._until) > _MOST:
                self._until.popitem(last=False)
        return token

    def holds(self, token: str, now: datetime) -> bool:
        """Whether a token is one of ours and in time."""
        with self._lock:
            until = self._until.get(_digest(token))
        return until is not None and now < until

    def end(self, token: str) -> None:
        """Log out."""
        with self._lock:
            self._until.pop(_digest(token), None)


def _key(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def network(address: str) -> str:
    """The network an address is counted to: one client of IPv6 has 2^64 addresses."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))
