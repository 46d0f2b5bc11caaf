"""The rules of every connection: which addresses may be reached, how, how much is read, when to ask again.

The step that connects resolves a name, checks every answer, and connects to the very address it checked. So
the check covers every hop and every spelling, and a name that changes between check and use has no chance,
because there is no second look-up. Host header, TLS server name and certificate stay natural.

The table of addresses is explicit, since the `is_global` of the standard library is not enough: Python 3.11
calls `64:ff9b::a9fe:a9fe` (the metadata address behind NAT64), `2002:7f00:1::`, `::127.0.0.1`,
`168.63.129.16` and `224.0.0.1` global. It names what is refused (IANA special-purpose registries for IPv4 and
IPv6, RFC 6890 and later). Of the ways to embed an IPv4 address in an IPv6 one, NAT64 is judged by what is
embedded, all others are refused.

A body is read within a limit, also while it is being decompressed: counting decoded bytes afterwards is too
late. 102 bytes of brotli or 590 of doubly zipped gzip become chunks of 64 and 256 MiB in a client that
decodes first. So we offer only gzip and take it apart with `max_length`, as we do deflate, which some send
all the same; what begins as a document is one, whatever the header claims. Every other or stacked encoding is
refused, and so is a body that ends too early, unless it is a feed that ends as it should: then only the
checksum is missing.

Asking again follows what the server said, and otherwise exponential back-off with full jitter. What it said
will not change for a while is not asked for in that while.
"""

from __future__ import annotations

import math
import queue
import re
import socket
import ssl
import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any
from xml.parsers import expat

import httpcore2
import httpx2
import msgspec
from filelock import FileLock, Timeout
from protego import Protego

from daybrief.adapters.machine import Timer
from daybrief.errors import (
    Blocked,
    ConfigError,
    FetchError,
    NotWhatWeAsked,
    RateLimited,
    TooMuch,
    Unavailable,
)

Resolver = Callable[[str, int, float], list[str]]
"""(host, port, seconds) → IP addresses, best first; raises OSError."""

_MOST_TRIED = 4


class Deadline:
    """The time at which a request must be over, on a monotonic clock; queueing does not count."""

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
        """Never connects; raises Blocked."""
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
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in addresses)))
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


# ── addresses ───────────────────────────────────────────────────────────────────────────────────────


HostPort = tuple[str, int]

PORTS = {"http": 80, "https": 443}

_REFUSED_V4 = {
    IPv4Network(network): why
    for network, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's own services"),
        ("169.254.0.0/16", "link-local, cloud metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "multicast tunnels"),
        ("192.88.99.0/24", "6to4 relays"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/3", "multicast, reserved, broadcast"),
    )
}
_UNICAST_V6 = IPv6Network("2000::/3")  # all that is given out; the rest is local, multicast or unassigned
_REFUSED_V6 = {
    IPv6Network(network): why
    for network, why in (
        ("2001::/23", "protocol assignments, Teredo"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
    )
}
_NAT64 = IPv6Network("64:ff9b::/96")  # how a network without IPv4 reaches it, so the public part must work
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # bits 64 to 96 of an address whose last 32 are an IPv4 one

_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")


def refusal(address: str) -> str:
    """The reason, in a few words, not to connect to an IP address; "" when it is public."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "not an IP address"
    return _refusal_v4(parsed) if isinstance(parsed, IPv4Address) else _refusal_v6(parsed)


def _refusal_v4(address: IPv4Address) -> str:
    return next((why for network, why in _REFUSED_V4.items() if address in network), "")


def _refusal_v6(address: IPv6Address) -> str:
    if address.scope_id is not None:
        return "of one link only"
    within = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _NAT64:
        return _refusal_v4(within)
    if address not in _UNICAST_V6:
        return f"not global unicast (perhaps {within} in disguise)"
    if why := next((why for network, why in _REFUSED_V6.items() if address in network), ""):
        return why
    if int(address) >> 32 & 0xFFFF_FFFF in _ISATAP:
        return "an ISATAP tunnel"
    return ""


def checked_url(raw: str, allow: Collection[HostPort] = ()) -> httpx2.URL:
    """The parsed URL, when its form lets us connect: http(s), a plain name or public address, an open port.

    `allow` holds (host, port) pairs that may be private. What a name resolves to is checked when connecting.
    Raises Blocked with the reason.
    """
    if "\\" in raw:  # a slash to browsers, an ordinary character to us: no telling which host is meant
        raise _blocked(raw, "holds a backslash")
    try:
        url = httpx2.URL(raw)
    except (httpx2.InvalidURL, ValueError) as wrong:
        raise _blocked(raw, f"is no URL: {wrong}") from wrong
    if url.scheme not in PORTS:
        raise _blocked(raw, "is neither http nor https")
    if url.userinfo:
        raise _blocked(raw, "carries a user name or password")
    host, port = host_port(url)
    if (host, port) in allow:
        return url
    if port not in PORTS.values():
        raise _blocked(raw, f"names port {port}; only 80, 443 and those configured are open")
    if why := _refused_host(host):
        raise _blocked(raw, f"leads to {host or 'no host'}: {why}")
    return url


def host_port(url: httpx2.URL) -> HostPort:
    """The host (ASCII, lower case, no brackets) and the port a URL leads to."""
    return url.raw_host.decode("ascii").lower(), url.port or PORTS.get(url.scheme, 0)


def _refused_host(host: str) -> str:
    if ":" in host:
        return refusal(host)
    if not _NAME.fullmatch(host):
        return "not a host name"
    if _NUMERIC_END.fullmatch(host):
        # "127.1", "0x7f.1" and "2130706433" are addresses to the resolver, though not to us.
        return refusal(host)
    return ""


def _blocked(raw: str, why: str) -> Blocked:
    # Without the query and the part before an @: both may hold secrets.
    shown = re.sub(r"//[^/?#]*@", "//", raw).split("?")[0][:200]
    hint = "to reach a server of your own, add its host:port to web.allow"
    return Blocked(f"{shown!r} {why}", url=shown, hint=hint)


# ── what sites ask of programs ──────────────────────────────────────────────────────────────────────


_AGENT = re.compile(r"[ \t]*user[ -]?agent\b[ \t]*:?(?P<name>[^#]*)", re.IGNORECASE)


def robots_rules(body: bytes, name: str) -> Protego:
    """A robots.txt (RFC 9309) as far as it speaks to `name` or to everybody.

    All other agents become one: a file may name so many that each rule for each of them fills the memory.
    """
    lines = body.decode("utf-8-sig", "replace").splitlines()
    return Protego.parse("\n".join(_for_us(line, name.lower()) for line in lines))


def _for_us(line: str, name: str) -> str:
    match = _AGENT.match(line)
    if match is None:
        return line
    named = match["name"].strip().lower()
    token = re.match(r"[a-z_-]*", named)
    ours = named == "*" or (token is not None and token[0] == name)
    return f"User-agent: {'*' if named == '*' else name if ours else '-'}"


# ── asking again ────────────────────────────────────────────────────────────────────────────────────


_LONGEST = timedelta(days=31)
_FIRST_S, _CAP_S = 0.5, 8.0


def retry_at(after: str, server_date: str, now: datetime) -> datetime | None:
    """The time, by our clock, at which Retry-After lets us come back; None when it says nothing usable.

    Seconds, or an HTTP date (RFC 9110 section 10.2.3). A date is taken relative to the server's own `Date`,
    because its clock may be hours off. Never more than 31 days.
    """
    text = after.strip()
    if text.isascii() and text.isdigit():
        delay = _LONGEST if len(text) > 9 else timedelta(seconds=int(text))
    else:
        until = http_date(text)
        if until is None:
            return None
        delay = until - (http_date(server_date) or now)
    return now + min(max(delay, timedelta(0)), _LONGEST)


def http_date(text: str) -> datetime | None:
    """The instant of an HTTP date; None for what is none."""
    try:
        parsed = parsedate_to_datetime(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def pause(error: FetchError, attempt: int, now: datetime, random: Random) -> float:
    """Seconds to wait after the failed attempt number `attempt` (1 is the first).

    Full jitter over an exponentially growing span, never sooner than the server asked.
    """
    jittered = random.uniform(0, min(_CAP_S, _FIRST_S * math.pow(2, attempt)))
    earliest = error.retry_at if isinstance(error, RateLimited) else None
    return max(jittered, (earliest - now).total_seconds()) if earliest else jittered


# ── reading a body ──────────────────────────────────────────────────────────────────────────────────


OFFERED = "gzip, identity"
_GZIP_MARK = b"\x1f\x8b"
_GZIP_FILE = _GZIP_MARK + b"\x08"  # with the one way of compressing there is
_MOST_LAYERS = 2
# Names that servers put into Content-Encoding and that encode nothing: a charset, a transfer, a form of text.
_NO_CODING = frozenset(
    "identity none utf-8 utf8 us-ascii iso-8859-1 binary 7bit 8bit quoted-printable text plain aws-chunked "
    "chunked null false off raw default unicode charset=utf-8".split()
) | {""}
_MEDIA_TYPE = re.compile(r"[a-z0-9.+_-]{1,80}/[a-z0-9.+_-]{1,80}")
_DOCUMENT = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,8}[<{]")
_FEED_ROOTS = frozenset({"rss", "feed", "rdf"})
_ENOUGH = 16  # bytes that tell what a body is
_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say: a gzip header, and check the CRC


def read_bounded(chunks: Iterable[bytes], *, encoding: str, announced: str, limit: int) -> bytes:
    """The decoded body, of at most `limit` bytes before and after decoding.

    `encoding` and `announced` are the Content-Encoding and Content-Length headers. Raises TooMuch, or
    NotWhatWeAsked for an encoding we did not offer or that does not decode.
    """
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise TooMuch(f"announced {announced[:20]} bytes, more than {limit}", hint="see web.max_bytes")
    body = _undone(chunks, encoding, limit)
    for _ in range(_MOST_LAYERS):  # some zip what is zipped, and some serve a zipped file as it lies there
        if not body.startswith(_GZIP_FILE):
            break
        inner = _inflated([body], limit, _GZIP)
        if not (inner.startswith(_GZIP_FILE) or _DOCUMENT.match(inner)):
            break  # a file that is meant to be one
        body = inner
    return body


def _undone(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The body without the encoding that its header names, or that its first bytes show."""
    codings = [name for part in encoding.lower().split(",") if (name := part.strip()) not in _NO_CODING]
    if not codings:
        return _plain(chunks, limit)
    start, rest = _begun(chunks)
    zipped = len(codings) == 1 or {"gzip", "x-gzip"}.issuperset(codings)
    if start and _GZIP_MARK.startswith(start[:2]) and zipped:
        return _inflated(rest, limit, _GZIP)
    if codings == ["deflate"] and not _DOCUMENT.match(start):
        return _inflated(rest, limit, zlib.MAX_WBITS if _is_zlib(start) else -zlib.MAX_WBITS)
    if codings in (["gzip"], ["x-gzip"]) or _DOCUMENT.match(start):
        return _plain(rest, limit)
    raise NotWhatWeAsked(f"the body is encoded as {encoding[:60]!r}; we offered {OFFERED}")


def _begun(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all chunks again: some name an encoding of what is in none."""
    coming = iter(chunks)
    start = b""
    while len(start) < _ENOUGH and (chunk := next(coming, None)) is not None:
        start += chunk
    return start, chain([start], coming)


def _is_zlib(start: bytes) -> bool:
    """Whether a body is deflated as the standard says (RFC 1950), not without its frame as many do."""
    return start[:1] == b"\x78" and len(start) > 1 and (start[0] * 256 + start[1]) % 31 == 0


def _plain(chunks: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        if len(body) + len(chunk) > limit:
            raise _too_much(limit)
        body += chunk
    return bytes(body)


def _inflated(chunks: Iterable[bytes], limit: int, window: int) -> bytes:
    """The bytes deflated in the frame that `window` names to zlib: gzip's, zlib's own, or none."""
    body, encoded, member = bytearray(), 0, zlib.decompressobj(window)
    kind = "gzip" if window == _GZIP else "deflate"
    begun = False
    try:
        for chunk in chunks:
            encoded += len(chunk)
            if encoded > limit:
                raise _too_much(limit)
            rest = chunk
            while rest:
                if member.eof and (window != _GZIP or rest[:1] != _GZIP_MARK[:1]):
                    return bytes(body)  # padding, or rubbish after the end: nothing of it is wanted
                if member.eof:  # a gzip file may have several members (RFC 1952 section 2.2)
                    member, begun = zlib.decompressobj(window), False
                body += member.decompress(rest, limit + 1 - len(body))
                begun = True
                if len(body) > limit:
                    raise _too_much(limit)
                rest = member.unused_data or member.unconsumed_tail
    except zlib.error as broken:
        raise NotWhatWeAsked(f"the body is no valid {kind}: {broken}") from broken
    if begun and not member.eof and not _is_whole_feed(bytes(body)):
        raise NotWhatWeAsked(
            f"the {kind} body ends too early, {len(body)} bytes into the text",
            hint="it may be whole next time",
        )
    return bytes(body)


def _is_whole_feed(body: bytes) -> bool:
    """Whether a text is an XML feed from its first tag to its last: then a cut took only the checksum.

    False for a document type, which could hide a bomb, and for an encoding that expat does not know.
    """
    roots: list[str] = []
    parser = expat.ParserCreate()

    def note_root(name: str, _attributes: dict[str, str]) -> None:
        roots.append(name.rpartition(":")[2].lower())
        parser.StartElementHandler = None

    def refuse(*_declared: object) -> None:
        raise ValueError("a document type")

    parser.StartElementHandler = note_root
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        return False
    return roots[0] in _FEED_ROOTS


def _too_much(limit: int) -> TooMuch:
    return TooMuch(f"larger than {limit} bytes", hint="see web.max_bytes")


def media_type(content_type: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, lower case; "" where it says nothing usable."""
    message = Message()
    message["Content-Type"] = content_type[:500].replace("\r", " ").replace("\n", " ")
    named = message.get_content_type() if "/" in content_type else ""
    charset = message.get_param("charset", "")
    named = named if _MEDIA_TYPE.fullmatch(named) else ""
    return named, charset.strip().lower() if isinstance(charset, str) else ""


# ── spacing ─────────────────────────────────────────────────────────────────────────────────────────


ARXIV = "arxiv.org"
QUEUE_S = 300.0
SLOWEST_S = 60.0  # that a host's own spacing may make a request wait


def lane(host: str) -> str:
    """The name a host shares its spacing under: "arxiv.org" for all of arXiv, itself for any other."""
    plain = host.lower().rstrip(".")
    return ARXIV if plain == ARXIV or plain.endswith("." + ARXIV) else plain


def wait(now: float, last_end: float | None, spacing_s: float) -> float:
    """Seconds to wait at the monotonic instant `now`; None: never asked before.

    An end that lies in the future was written before the machine restarted, or by nobody we know: then
    the whole spacing is waited, which is the most it can ever ask for.
    """
    if last_end is None:
        return 0.0
    return spacing_s if last_end > now else max(0.0, spacing_s - (now - last_end))


class _Mark(msgspec.Struct):
    """The record that processes share: when the last request ended, and whether one is under way."""

    ended: float
    busy: bool


class Throttle:
    """Gives out turns; `folder` holds the lock and the mark that processes share."""

    def __init__(self, timer: Timer, spacing_s: float, arxiv_spacing_s: float, folder: Path) -> None:
        self._timer = timer
        self._spacing_s = spacing_s
        self._arxiv_spacing_s = arxiv_spacing_s
        self._folder = folder
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._ended: dict[str, float] = {}
        self._slow: dict[str, float] = {}  # seconds that hosts ask for between requests
        self._all = threading.Lock()

    def slow_down(self, host: str, spacing_s: float) -> None:
        """Leave so many seconds between requests to a host: the Crawl-delay of its robots.txt."""
        self._slow[lane(host)] = spacing_s

    @contextmanager
    def turn(self, host: str) -> Iterator[float]:
        """Wait for the host's turn and hold it; yields the seconds waited.

        Raises Unavailable when other processes keep arXiv busy for five minutes, ConfigError when the shared
        folder cannot be written.
        """
        name = lane(host)
        began = self._timer.monotonic()
        with self._shared() if name == ARXIV else self._own(name):
            yield self._timer.monotonic() - began

    @contextmanager
    def _own(self, name: str) -> Iterator[None]:
        with self._all:
            lock = self._locks[name]
        with lock:
            spacing = max(self._spacing_s, self._slow.get(name, 0.0))
            seconds = wait(self._timer.monotonic(), self._ended.get(name), spacing)
            if seconds > SLOWEST_S:
                when = self._timer.now() + timedelta(seconds=seconds)
                raise RateLimited(f"{name} asks for {spacing:g} s between requests", retry_at=when)
            self._pause(seconds)
            try:
                yield
            finally:
                self._ended[name] = self._timer.monotonic()

    @contextmanager
    def _shared(self) -> Iterator[None]:
        lock = FileLock(self._folder / "arxiv.lock")
        mark = self._folder / "arxiv.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=QUEUE_S, poll_interval=0.02)
        except Timeout as busy:
            raise Unavailable(
                f"other processes have kept arXiv busy for {QUEUE_S:.0f} s", hint="try again later"
            ) from busy
        except OSError as denied:
            raise ConfigError(
                f"{self._folder} cannot hold the request spacing: {denied.strerror}",
                hint="set `cache` to a folder you may write",
            ) from denied
        try:
            self._pause(wait(self._timer.monotonic(), self._last_end(mark), self._arxiv_spacing_s))
            _write_mark(mark, _Mark(ended=self._timer.monotonic(), busy=True))
            try:
                yield
            finally:
                _write_mark(mark, _Mark(ended=self._timer.monotonic(), busy=False))
        finally:
            lock.release()

    def _last_end(self, mark: Path) -> float | None:
        """The time when the last request of any process ended; now, when its process was killed before."""
        try:
            last = msgspec.json.decode(mark.read_bytes(), type=_Mark)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError):
            return self._timer.monotonic()
        return self._timer.monotonic() if last.busy else last.ended

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._timer.sleep(seconds)


def _write_mark(mark: Path, state: _Mark) -> None:
    # Not atomic on purpose: the lock is held, and a torn mark is read as "just now".
    mark.write_bytes(msgspec.json.encode(state))
