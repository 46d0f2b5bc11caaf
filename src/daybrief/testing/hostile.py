"""A server of raw sockets that misbehaves in every known way, and scores the manners of its client.

    with HostileServer() as server:
        client.get(f"{server.url}/gzip_bomb")  # each of BEHAVIOURS is a path
    assert server.etiquette().repeats == 0

The server speaks bytes, not HTTP, so it can break every rule of it; it also keeps score of how its client
behaved (`Etiquette`). It uses nothing of the product, so that any client can be measured against it.
"""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Self

MIB = 2**20
BOMB = 64 * MIB
_LONGEST_S = 60.0  # how long a behaviour goes on when its client does not hang up

ETAG = '"a\\"b"'
MODIFIED = "Tuesday, 26-Nov-24 09:00:00 UTC"  # a form that servers use and that no client may rewrite

ITEM = (
    "<item><title>Paper {0} reads charts</title><link>https://example.org/{0}</link><guid>{0}</guid>"
    "<pubDate>Tue, 26 Nov 2024 09:00:00 GMT</pubDate><description>A model reads charts.</description></item>"
)


def feed(items: int = 3, title: str = "News") -> bytes:
    """Returns a sound RSS feed."""
    rows = "".join(ITEM.format(number) for number in range(items))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"{rows}</channel></rss>"
    ).encode()


# ── the server ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Heard:
    """A received request: its line and headers as they came, when it arrived and when its answer had left."""

    method: str
    path: str
    headers: dict[str, str]
    connection: int
    arrived: float
    left: float = 0.0
    status: int = 0
    wait_s: float = 0.0  # what Retry-After asked for

    @property
    def is_conditional(self) -> bool:
        """Whether the validators came back byte for byte."""
        tag, since = self.headers.get("if-none-match"), self.headers.get("if-modified-since")
        return (tag is not None or since is not None) and tag in (None, ETAG) and since in (None, MODIFIED)


@dataclass(frozen=True)
class Etiquette:
    """How a client behaved.

    requests    all of them
    repeats     unconditional ones for what had been answered whole, with validators, before
    early       sooner than Retry-After allowed
    gap_s       the least time from the end of one request to the start of the next
    at_once     the most connections that had a request under way
    cookies, referers, nameless    requests with a cookie, with a referer, without a User-Agent
    """

    requests: int
    repeats: int
    early: int
    gap_s: float
    at_once: int
    cookies: int
    referers: int
    nameless: int


class Talk:
    """A request that a behaviour answers."""

    def __init__(self, peer: socket.socket, heard: Heard, server: HostileServer) -> None:
        self.peer = peer
        self.heard = heard
        self.server = server

    def send(self, *parts: bytes) -> None:
        """Sends bytes as they are."""
        for part in parts:
            self.peer.sendall(part)

    def wait(self, seconds: float) -> bool:
        """Waits; returns False when the server ends."""
        return not self.server.ending.wait(seconds)

    def answer(self, body: bytes, *headers: str, status: str = "200 OK", kind: str = "text/xml") -> None:
        """Sends a sound answer, with `headers` added."""
        self.heard.status = int(status[:3])
        head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join([*head, "Connection: close", "", ""]).encode("latin-1"))
        self.server.leave(self.heard)  # before: its client may have gone on when we look again
        self.send(body)

    def begin(self, *headers: str) -> None:
        """Sends the head of an answer of unsaid length."""
        self.heard.status = 200
        head = ["HTTP/1.1 200 OK", "Content-Type: text/xml", *headers, "Connection: close", "", ""]
        self.send("\r\n".join(head).encode("latin-1"))

    def repeat(self, part: bytes, pause_s: float = 0.0) -> None:
        """Sends the same for ever."""
        ends = time.monotonic() + _LONGEST_S
        while time.monotonic() < ends and self.wait(pause_s):
            self.send(part)


Behaviour = Callable[[Talk], None]


class HostileServer:
    """A server on loopback, one thread a connection; `heard` lists its requests in the order of arrival.

    `clock` gives the seconds that the score is kept in.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.heard: list[Heard] = []
        self.ending = threading.Event()
        self._clock = clock
        self._given: defaultdict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._under_way: list[Heard] = []
        self._most = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.ending.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def count(self, path: str) -> int:
        """Returns how often a path was asked for before, and counts this time."""
        with self._lock:
            self._given[path] += 1
            return self._given[path] - 1

    def _accept(self) -> None:
        number = 0
        while not self.ending.is_set():
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            threading.Thread(target=self._serve, args=(peer, number), daemon=True).start()

    def _serve(self, peer: socket.socket, number: int) -> None:
        with peer, suppress(OSError):
            head = _head(peer)
            if not head:
                return
            heard = _heard(head, number, self._clock())
            with self._lock:
                self.heard.append(heard)
                self._under_way.append(heard)
                self._most = max(self._most, len(self._under_way))
            try:
                name = heard.path.partition("?")[0].strip("/").partition("/")[0]
                BEHAVIOURS.get(name, sound)(Talk(peer, heard, self))
            finally:
                self.leave(heard)

    def leave(self, heard: Heard) -> None:
        """Counts a request as over, once."""
        with self._lock:
            if heard in self._under_way:
                heard.left = self._clock()
                self._under_way.remove(heard)

    def etiquette(self) -> Etiquette:
        """Scores what was heard so far."""
        heard = sorted(self.heard, key=lambda request: request.arrived)
        return Etiquette(
            requests=len(heard),
            repeats=_repeats(heard),
            early=sum(_came_early(h, heard) for h in heard),
            gap_s=min((later.arrived - sooner.left for sooner, later in pairwise(heard)), default=0.0),
            at_once=self._most,
            cookies=sum("cookie" in h.headers for h in heard),
            referers=sum("referer" in h.headers for h in heard),
            nameless=sum(not h.headers.get("user-agent") for h in heard),
        )


def _repeats(heard: Sequence[Heard]) -> int:
    vouched: set[str] = set()
    repeats = 0
    for request in heard:
        repeats += request.path in vouched and not request.is_conditional
        if request.status == 200 and request.path.startswith("/validated"):
            vouched.add(request.path)
    return repeats


def _came_early(request: Heard, heard: Sequence[Heard]) -> bool:
    before = [h for h in heard if h is not request and h.wait_s and h.left <= request.arrived]
    return any(request.arrived < h.left + h.wait_s for h in before)


def _head(peer: socket.socket) -> bytes:
    peer.settimeout(_LONGEST_S)
    head = b""
    while b"\r\n\r\n" not in head and len(head) < 64 * 1024:
        part = peer.recv(4096)
        if not part:
            return b""
        head += part
    return head


def _heard(head: bytes, number: int, now: float) -> Heard:
    first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Heard(method, rest.partition(" ")[0], headers, number, now)


# ── what it does ────────────────────────────────────────────────────────────────────────────────────


BEHAVIOURS: dict[str, Behaviour] = {}


def _named(behaviour: Behaviour) -> Behaviour:
    BEHAVIOURS[behaviour.__name__] = behaviour
    return behaviour


@_named
def sound(talk: Talk) -> None:
    """A feed as it should be."""
    talk.answer(feed())


@_named
def validated(talk: Talk) -> None:
    """Odd but lawful validators; 304 when they come back."""
    headers = (f"ETag: {ETAG}", f"Last-Modified: {MODIFIED}")
    if talk.heard.is_conditional:
        talk.heard.status = 304
        talk.send("\r\n".join(["HTTP/1.1 304 Not Modified", *headers, "Connection: close", "", ""]).encode())
    else:
        talk.answer(feed(), *headers)


@_named
def drip(talk: Talk) -> None:
    """A byte each half second, for ever."""
    talk.begin()
    talk.send(feed()[:200])
    talk.repeat(b" ", 0.5)


@_named
def stall(talk: Talk) -> None:
    """Takes the request and says nothing."""
    talk.wait(_LONGEST_S)


@_named
def stall_in_body(talk: Talk) -> None:
    """Half a body, then nothing."""
    talk.begin("Content-Length: 9000")
    talk.send(feed()[:300])
    talk.wait(_LONGEST_S)


@_named
def reset(talk: Talk) -> None:
    """Resets the connection at once."""
    talk.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@_named
def reset_in_body(talk: Talk) -> None:
    """Resets the connection in the middle."""
    talk.begin("Content-Length: 9000")
    talk.send(feed()[:300])
    talk.wait(0.05)
    reset(talk)


@_named
def cut_short(talk: Talk) -> None:
    """Announces more than it sends."""
    talk.begin(f"Content-Length: {len(feed()) + 500}")
    talk.send(feed())


@_named
def cut_chunks(talk: Talk) -> None:
    """Chunks without an end."""
    talk.begin("Transfer-Encoding: chunked")
    body = feed()[:400]
    talk.send(b"%x\r\n%s\r\n" % (len(body), body))


@_named
def bad_chunks(talk: Talk) -> None:
    """A chunk whose length is no number."""
    talk.begin("Transfer-Encoding: chunked")
    talk.send(b"zz\r\n", feed(), b"\r\n0\r\n\r\n")


@_named
def endless(talk: Talk) -> None:
    """A body without end."""
    talk.begin()
    talk.send(feed()[:-16])
    talk.repeat(b"<item><title>x</title></item>" * 2_000)


@_named
def endless_head(talk: Talk) -> None:
    """Headers without end."""
    talk.send(b"HTTP/1.1 200 OK\r\n")
    talk.repeat(b"X-Pad: " + b"x" * 4_000 + b"\r\n", 0.001)


@_named
def endless_interim(talk: Talk) -> None:
    """103 for ever, never an answer."""
    talk.repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0.02)


@_named
def announced_huge(talk: Talk) -> None:
    """Announces a terabyte."""
    talk.begin(f"Content-Length: {10**12}")
    talk.send(feed())
    talk.repeat(b" " * 4_000, 0.001)


@_named
def no_http(talk: Talk) -> None:
    """Speaks another protocol."""
    talk.send(b"220 mail.example.org ESMTP\r\n")


@_named
def broken_status(talk: Talk) -> None:
    """A status line that is none."""
    talk.send(b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n")


@_named
def split_header(talk: Talk) -> None:
    """A header line without a colon, and one with a NUL."""
    talk.send(b"HTTP/1.1 200 OK\r\nno colon\r\nX: a\x00b\r\nContent-Length: 3\r\n\r\nabc")


@_named
def two_lengths(talk: Talk) -> None:
    """Answers with two lengths that differ."""
    talk.begin("Content-Length: 10", "Content-Length: 900")
    talk.send(feed())


# ── bombs ───────────────────────────────────────────────────────────────────────────────────────────


@_named
def gzip_bomb(talk: Talk) -> None:
    """64 MiB in 64 kB."""
    talk.answer(_zipped(BOMB), "Content-Encoding: gzip")


@_named
def double_gzip(talk: Talk) -> None:
    """Zipped twice."""
    talk.answer(gzip.compress(_zipped(BOMB)), "Content-Encoding: gzip, gzip")


@_named
def many_members(talk: Talk) -> None:
    """A gzip file of 2,000 members of 64 kB."""
    talk.answer(gzip.compress(b" " * 65_536) * 2_000, "Content-Encoding: gzip")


@_named
def deflate_bomb(talk: Talk) -> None:
    """64 MiB deflated, which was not offered."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(b" " * MIB) for _ in range(BOMB // MIB)]
    talk.answer(b"".join([*parts, packer.flush()]), "Content-Encoding: deflate")


@_named
def brotli_unasked(talk: Talk) -> None:
    """An encoding that nobody asked for."""
    talk.answer(bytes.fromhex("8b0080") + b"x" * 99, "Content-Encoding: br")


@_named
def gzip_cut(talk: Talk) -> None:
    """A gzip body that ends too early."""
    packed = gzip.compress(feed(200))
    talk.answer(packed[: len(packed) // 2], "Content-Encoding: gzip")


@_named
def gzip_wrong_sum(talk: Talk) -> None:
    """A gzip body with a wrong checksum."""
    packed = bytearray(gzip.compress(feed()))
    packed[-5] ^= 0xFF
    talk.answer(bytes(packed), "Content-Encoding: gzip")


@_named
def gzip_lie(talk: Talk) -> None:
    """Plain text that is announced as zipped."""
    talk.answer(b"Rate exceeded.", "Content-Encoding: gzip")


@_named
def many_attributes(talk: Talk) -> None:
    """Sends an element of 40,000 attributes: quadratic for many parsers."""
    talk.answer(
        b"<rss><channel><item " + b" ".join(b'a%d="1"' % n for n in range(40_000)) + b"/></channel></rss>"
    )


@_named
def many_namespaces(talk: Talk) -> None:
    """Sends an element of 20,000 namespaces."""
    spaces = b" ".join(b'xmlns:a%d="u%d"' % (n, n) for n in range(20_000))
    talk.answer(b"<rss " + spaces + b"><channel/></rss>")


@_named
def deep(talk: Talk) -> None:
    """300,000 elements, each in the other."""
    talk.answer(b"<rss><channel><item>" + b"<a>" * 300_000)


@_named
def entity_bomb(talk: Talk) -> None:
    """A billion laughs."""
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    talk.answer(
        f'<!DOCTYPE rss [<!ENTITY l0 "lol">{lines}]><rss><channel><item><title>&l9;</title></item>'
        "</channel></rss>".encode()
    )


@_named
def external_entity(talk: Talk) -> None:
    """An entity that wants a page of this server (`/canary`) and a file."""
    talk.answer(
        f'<!DOCTYPE rss [<!ENTITY a SYSTEM "{talk.server.url}/canary"><!ENTITY b SYSTEM "file:///dev/null">]>'
        "<rss><channel><item><title>&a;&b;</title><link>https://example.org/1</link></item></channel></rss>".encode()
    )


@_named
def many_items(talk: Talk) -> None:
    """20,000 items."""
    talk.answer(feed(20_000))


@_named
def ampersands(talk: Talk) -> None:
    """9 MB of ampersands in a title."""
    talk.answer(b"<rss><channel><item><title>" + b"&" * 9_000_000 + b"</title></item></channel></rss>")


# ── answers that are none ───────────────────────────────────────────────────────────────────────────


@_named
def login_page(talk: Talk) -> None:
    """200, and a page that wants a password."""
    page = b"<!doctype html><title>Sign in</title><form action=/login><input type=password></form>"
    talk.answer(page, kind="text/html")


@_named
def captcha(talk: Talk) -> None:
    """200, and a riddle."""
    page = b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
    talk.answer(page, "cf-mitigated: challenge", kind="text/html")


@_named
def rate_exceeded(talk: Talk) -> None:
    """200, and arXiv's words for 429."""
    talk.answer(b"Rate exceeded.", kind="text/plain")


@_named
def json_error(talk: Talk) -> None:
    """200, and an error as JSON."""
    talk.answer(b'{"error": {"code": 500, "message": "upstream"}}', kind="application/json")


@_named
def empty(talk: Talk) -> None:
    """200, and nothing."""
    talk.answer(b"")


@_named
def cut_document(talk: Talk) -> None:
    """200, and a document that ends inside an item."""
    talk.answer(feed(50)[:4_000])


@_named
def other_root(talk: Talk) -> None:
    """200, and XML that is no feed."""
    talk.answer(b'<?xml version="1.0"?><urlset><url><loc>https://example.org/</loc></url></urlset>')


# ── refusals and redirects ──────────────────────────────────────────────────────────────────────────


@_named
def retry_later(talk: Talk) -> None:
    """429 once, with a wait of two seconds, then a feed."""
    _refuse(talk, "429 Too Many Requests", 2)


@_named
def unavailable(talk: Talk) -> None:
    """503 once, with a wait of two seconds, then a feed."""
    _refuse(talk, "503 Service Unavailable", 2)


@_named
def refused_all_day(talk: Talk) -> None:
    """429 for a day."""
    talk.heard.wait_s = 86_400
    talk.answer(b"Rate exceeded.", "Retry-After: 86400", status="429 Too Many Requests", kind="text/plain")


@_named
def gone(talk: Talk) -> None:
    """410."""
    talk.answer(b"", status="410 Gone")


@_named
def redirect_loop(talk: Talk) -> None:
    """Leads to itself."""
    talk.answer(b"", "Location: /redirect_loop", status="302 Found")


@_named
def redirect_inside(talk: Talk) -> None:
    """Leads to the metadata address of clouds."""
    talk.answer(b"", "Location: http://169.254.169.254/latest/meta-data/", status="302 Found")


@_named
def redirect_file(talk: Talk) -> None:
    """Leads to a file."""
    talk.answer(b"", "Location: file:///dev/null", status="302 Found")


@_named
def cookies(talk: Talk) -> None:
    """Sets a cookie and asks again."""
    if talk.server.count(talk.heard.path):
        talk.answer(feed())
    else:
        talk.answer(b"", "Set-Cookie: id=7; Path=/", "Location: /cookies", status="302 Found")


def _refuse(talk: Talk, status: str, seconds: int) -> None:
    if talk.server.count(talk.heard.path):
        talk.answer(feed())
    else:
        talk.heard.wait_s = seconds
        talk.answer(b"", f"Retry-After: {seconds}", status=status)


@cache
def _zipped(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(b" " * MIB) for _ in range(size // MIB)]
    return b"".join([*parts, packer.flush()])
