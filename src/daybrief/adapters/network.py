"""The step that connects: it resolves, checks every answer, and connects to the very address it checked.

Checking here covers every hop and every spelling, and a name that changes between check and use has no
chance, because there is no second look-up. Host header, TLS server name and certificate stay natural.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore2

from daybrief.adapters.addresses import HostPort, refusal
from daybrief.errors import Blocked

Resolver = Callable[[str, int, float], list[str]]
"""(host, port, seconds) → IP addresses, best first; raises OSError."""

_MOST_TRIED = 4


class Deadline:
    """When a request must be over, on a monotonic clock; time spent queueing does not count."""

    def __init__(self, monotonic: Callable[[], float], budget_s: float) -> None:
        self._monotonic = monotonic
        self._at = monotonic() + budget_s

    def left(self) -> float:
        """Seconds left; 0 when it is over."""
        return max(0.0, self._at - self._monotonic())

    def extend(self, seconds: float) -> None:
        """Put off the end."""
        self._at += seconds


_IN_FORCE: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def in_force(deadline: Deadline) -> Iterator[None]:
    """Bound every network operation of this thread by the deadline.

    The time-outs of an HTTP library count for one operation each, so a server that sends a byte a second
    never meets them.
    """
    token = _IN_FORCE.set(deadline)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


def _bounded(timeout: float | None, error: type[httpcore2.TimeoutException]) -> float | None:
    deadline = _IN_FORCE.get()
    if deadline is None:
        return timeout
    left = deadline.left()
    if left <= 0:
        raise error("the time for this request is over")
    return left if timeout is None else min(timeout, left)


class GuardedNetwork(httpcore2.NetworkBackend):
    """Connects to public addresses and to the (host, port) pairs in `allow`; raises Blocked otherwise."""

    def __init__(
        self, resolver: Resolver, allow: Collection[HostPort], inner: httpcore2.NetworkBackend
    ) -> None:
        self._resolver = resolver
        self._allow = frozenset(allow)
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first checked address that answers."""
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._checked(host, port, timeout)[:_MOST_TRIED]:
            try:
                limit = _bounded(timeout, httpcore2.ConnectTimeout)
                stream = self._inner.connect_tcp(address, port, limit, local_address, socket_options)
                return _BoundedStream(stream)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                failure = failed
        raise failure

    def _checked(self, host: str, port: int, timeout: float | None) -> list[str]:
        limit = _bounded(timeout, httpcore2.ConnectTimeout)
        try:
            addresses = self._resolver(host, port, 60.0 if limit is None else limit)
        except TimeoutError as slow:
            raise httpcore2.ConnectTimeout(f"no answer about the name {host}") from slow
        except (OSError, UnicodeError) as unknown:
            raise httpcore2.ConnectError(f"the name {host} is not known") from unknown
        if (host, port) not in self._allow:
            for address in addresses:
                if why := refusal(address):
                    raise Blocked(
                        f"{host} leads to {address} ({why})",
                        hint="to reach a server of your own, add its host:port to web.allow",
                    )
        return addresses

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Never."""
        raise Blocked(f"{path} is a socket of this machine")


class _BoundedStream(httpcore2.NetworkStream):
    """A connection whose every operation ends with the deadline in force."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _bounded(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _bounded(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            limit = _bounded(timeout, httpcore2.ConnectTimeout)
        except httpcore2.ConnectTimeout:
            self.close()  # the pool knows nothing of this connection yet, so nobody else would
            raise
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def system_resolver(host: str, port: int, seconds: float) -> list[str]:
    """Ask the system's resolver; raises TimeoutError after `seconds`.

    `getaddrinfo` cannot be interrupted, so it runs in a daemon thread that is left behind if it hangs.
    """
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as unknown:
            answers.put(unknown)

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer about {host} in {seconds:.1f} s") from None
    if isinstance(answer, Exception):
        raise answer
    return answer
