"""Real servers on loopback: one that serves routes and misbehaves on request, and those who receive messages.

The server of routes writes down what it saw; its clock moves only when it is told to, or slept on. A mail
server and a web hook fail at a step of your choice:

    with FakeSmtp({"rcpt": "450 later"}) as server:          # greylisting, for everybody
    with FakeSmtp({"text": HANG_UP}) as server:              # takes the mail and never says so
    with FakeHook([Answer(status=429, headers={"Retry-After": "0"}), Answer()]) as hook:

A step's reply may be a line to send instead, `HANG_UP`, or a function of what was said (for one recipient of
ten, or to kill the sender just then) that returns one of these or "" for the usual reply. `mails` and `posts`
are what was taken.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, Self

import httpcore2
import httpx2
import msgspec

from daybrief.adapters.machine import Timer
from daybrief.adapters.network import Resolver
from daybrief.adapters.web import HttpWeb, WebSettings

_MORNING = datetime(2024, 11, 27, 0, 5, tzinfo=UTC)


class StoppedClock:
    """Implements `Clock` and the adapters' `Timer`; `slept` lists every wait, in seconds.

    The wall clock (`now`) and the monotonic one stand apart: `step` moves only the former, as an operator
    or a time server does.
    """

    def __init__(self, at: datetime = _MORNING) -> None:
        self._at = at
        self._monotonic = 1_000.0
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The instant the clock shows."""
        return self._at

    def monotonic(self) -> float:
        """Seconds, starting at 1000."""
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        """Return at once, later."""
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._lock:
            self._at += timedelta(seconds=seconds)
            self._monotonic += seconds

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back; no time passes."""
        with self._lock:
            self._at += timedelta(seconds=seconds)


_PUBLIC = "93.184.215.14"  # what every name resolves to; nothing is ever sent there


# ── the server ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Route:
    """A scripted answer: `body` is bytes, text, or the path of a recorded file.

    etag, last_modified    sent along; a request with the same condition is answered 304
    chunked                send without Content-Length
    stall_s                wait before answering at all
    drip_s                 wait after each byte of the body
    cut_at                 close the connection after so many bytes of the body
    endless                repeat the body for ever
    raw                    these very bytes instead of an answer (dripped, cut, endless as above), then close
    """

    body: bytes | str | Path = b""
    _: KW_ONLY
    media_type: str = "application/octet-stream"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    last_modified: str = ""
    chunked: bool = False
    stall_s: float = 0.0
    drip_s: float = 0.0
    cut_at: int | None = None
    endless: bool = False
    raw: bytes = b""

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        if isinstance(self.body, Path):
            return self.body.read_bytes()
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass
class Seen:
    """A request as the server saw it.

    `arrived` (its last header was there) and `left` (the last byte of the answer was about to go) are
    seconds of one monotonic clock.
    """

    method: str
    url: str
    host: str
    path: str
    headers: dict[str, str]
    body: bytes
    arrived: float
    left: float = 0.0


Routes = Mapping[str, Route | Sequence[Route]]


class Site:
    """A running server; see the package's docstring."""

    def __init__(self, routes: Routes, clock: StoppedClock, settings: WebSettings) -> None:
        self.clock = clock
        self.requests: list[Seen] = []
        self.failures: list[BaseException] = []
        self.dialled: list[tuple[str, int]] = []
        self.schemes: dict[int, str] = {}
        self._routes = {_canonical(key): _several(route) for key, route in routes.items()}
        self._given: dict[str, int] = {}
        self._lock = threading.Lock()
        self._settings = settings
        self.ending = threading.Event()
        self._server = _Server(self)
        self.port = self._server.server_port
        self._webs: list[HttpWeb] = []
        self.web = self.new_web()

    @property
    def url(self) -> str:
        """The server's own address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def new_web(
        self,
        settings: WebSettings | None = None,
        *,
        clock: Timer | None = None,
        resolver: Resolver = lambda _host, _port, _seconds: [_PUBLIC],
    ) -> HttpWeb:
        """Another real adapter whose connections all end here; `dialled` lists what they were meant for.

        Settings without a `spacing_path` share that of `web`. It is closed with the server at the latest.
        """
        chosen = settings or self._settings
        web = HttpWeb(
            msgspec.structs.replace(chosen, spacing_path=chosen.spacing_path or self._settings.spacing_path),
            clock=clock or self.clock,
            resolver=resolver,
            network=_Loopback(self),
            tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            random=Random(7),
        )
        self._webs.append(web)
        return web

    def route(self, url: str, path: str) -> Route:
        """The next answer for an address."""
        key = next((k for k in (url, path) if k in self._routes), "") or self._prefix(url, path)
        if not key:
            return Route(b"no route", media_type="text/plain", status=404)
        with self._lock:
            number = self._given.get(key, 0)
            self._given[key] = number + 1
        answers = self._routes[key]
        return answers[min(number, len(answers) - 1)]

    def _prefix(self, url: str, path: str) -> str:
        prefixes = [
            k for k in self._routes if k.endswith("*") and (url.startswith(k[:-1]) or path.startswith(k[:-1]))
        ]
        return max(prefixes, key=len, default="")

    def start(self) -> None:
        """Answer from now on, in threads of our own."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Wake whoever stalls, and close."""
        self.ending.set()
        for web in self._webs:
            web.close()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def serve(
    routes: Routes, *, clock: StoppedClock | None = None, settings: WebSettings | None = None
) -> Iterator[Site]:
    """A server with these routes while the block runs; an error inside the server is raised at its end."""
    # A thread that a time limit left behind may still note its turn there.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        chosen = settings or WebSettings()
        if chosen.spacing_path is None:
            chosen = msgspec.structs.replace(chosen, spacing_path=Path(folder))
        site = Site(routes, clock or StoppedClock(), chosen)
        site.start()
        try:
            yield site
        finally:
            site.stop()
        if site.failures:
            raise site.failures[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, site: Site) -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), _Answering)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A client that hangs up is what many tests want; anything else is a bug in here."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError):
            self.site.failures.append(error)


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    seen: Seen

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def _answer(self) -> None:
        site = self.server.site
        host = self.headers.get("Host", "")
        scheme = site.schemes.get(self.client_address[1], "http")
        seen = Seen(
            method=self.command,
            url=f"{scheme}://{host}{self.path}",
            host=host,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            arrived=time.monotonic(),
        )
        site.requests.append(seen)
        self.seen = seen
        self._send(site.route(seen.url, seen.path))

    def _send(self, route: Route) -> None:
        if route.stall_s:
            self.server.site.ending.wait(route.stall_s)
        if route.raw:
            self.close_connection = True
            self._raw(route)
        elif self._unchanged(route):
            self._head(304, route, length=None)
        else:
            content = route.content
            counted = not (route.chunked or route.endless)
            self._head(route.status, route, length=len(content) if counted else None, chunked=not counted)
            self._body(route, content, counted=counted)

    def _raw(self, route: Route) -> None:
        content = route.raw[: route.cut_at]
        pieces = [content[i : i + 1] for i in range(len(content))] if route.drip_s else [content]
        self._write(pieces, route.drip_s)
        while route.endless and not self.server.site.ending.is_set():
            self._write(pieces, route.drip_s)

    def _unchanged(self, route: Route) -> bool:
        """RFC 9110 section 13.2.2: If-Modified-Since counts only without If-None-Match."""
        tag, since = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        if route.status != 200 or not (tag or since):
            return False
        return tag == route.etag if tag else since == route.last_modified

    def _head(self, status: int, route: Route, *, length: int | None, chunked: bool = False) -> None:
        named = {name.lower() for name in route.headers}
        self.send_response_only(status)
        if "date" not in named:
            self.send_header("Date", self.date_time_string(self.server.site.clock.now().timestamp()))
        if status != 304:
            self.send_header("Content-Type", route.media_type)
        for name, value in (
            ("ETag", route.etag),
            ("Last-Modified", route.last_modified),
            *route.headers.items(),
        ):
            if value:
                self.send_header(name, value)
        if length is not None and "content-length" not in named:
            self.send_header("Content-Length", str(length))
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.seen.left = time.monotonic()
        self.end_headers()

    def _body(self, route: Route, content: bytes, *, counted: bool) -> None:
        if route.cut_at is not None:
            self.close_connection = True
            content = content[: route.cut_at]
        pieces = [content[i : i + 1] for i in range(len(content))] if route.drip_s else [content]
        if counted:
            self._write(pieces, route.drip_s)
            return
        while not self.server.site.ending.is_set():
            self._write([b"%x\r\n%s\r\n" % (len(p), p) for p in pieces if p], route.drip_s)
            if not route.endless:
                break
        if route.cut_at is None:
            self._write([b"0\r\n\r\n"], 0.0)

    def _write(self, pieces: Iterable[bytes], drip_s: float) -> None:
        for piece in pieces:
            self.seen.left = time.monotonic()  # before, since the client may be done before `write` returns
            self.wfile.write(piece)
            if drip_s and self.server.site.ending.wait(drip_s):
                return


class _Loopback(httpcore2.SyncBackend):
    """Connects to the site whatever the address, and takes TLS as done."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def connect_tcp(
        self,
        host: str,
        port: int,
        *args: Any,
        **kwargs: Any,
    ) -> httpcore2.NetworkStream:
        self._site.dialled.append((host, port))
        stream = super().connect_tcp("127.0.0.1", self._site.port, *args, **kwargs)
        own_port = stream.get_extra_info("client_addr")[1]
        self._site.schemes[own_port] = "https" if port == 443 else "http"
        return _WithoutTls(stream)


class _WithoutTls(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _several(route: Route | Sequence[Route]) -> tuple[Route, ...]:
    return (route,) if isinstance(route, Route) else tuple(route)


def _canonical(key: str) -> str:
    """A route's address as it will arrive: percent-encoded the way the adapter does it."""
    if key.startswith("/") or key == "*":
        return key
    url = httpx2.URL(key.removesuffix("*"))
    path = url.raw_path.decode("ascii")
    return f"{url.scheme}://{url.netloc.decode('ascii')}{path}" + ("*" if key.endswith("*") else "")


HANG_UP = "hang up"
STEPS = ("connect", "ehlo", "mail", "rcpt", "data", "text", "sent")
HOOK_STEPS = ("connect", "request", "answer")
_USUAL = {
    "connect": "220 ready",
    "ehlo": "250 here",
    "mail": "250 ok",
    "rcpt": "250 ok",
    "data": "354 go on",
    "text": "250 taken",
}

Reply = str | Callable[[str], str]


@dataclass(frozen=True)
class Mail:
    """A mail as it was taken: its envelope, and its text with dots as they were meant."""

    sender: str
    recipient: str
    text: bytes


class FakeSmtp:
    """A mail server with a script; `mails` are those it took, whether or not it could say so."""

    def __init__(self, script: Mapping[str, Reply] | None = None) -> None:
        self.script = dict(script or {})
        self.mails: list[Mail] = []
        self.said: list[str] = []
        self._server = _Listener(("127.0.0.1", 0), _SmtpTalk)
        self._server.owner = self
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reply(self, step: str, received: str) -> str:
        """The answer to a command at a step."""
        wanted = self.script.get(step, "")
        return (wanted(received) if callable(wanted) else wanted) or _USUAL.get(step, "")


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    owner: Any

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed is what these tests are about."""


class _SmtpTalk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        owner: FakeSmtp = self.server.owner  # type: ignore[attr-defined]
        sender = recipient = ""
        if not self._answer(owner, "connect", ""):
            return
        while line := self.rfile.readline(2_000).decode("utf-8", errors="replace").strip():
            owner.said.append(line)
            verb, _, rest = line.partition(" ")
            step = verb.lower()
            if step == "quit":
                self.wfile.write(b"221 bye\r\n")
                return
            if step == "mail":
                sender = rest.partition("<")[2].partition(">")[0]
            if step == "rcpt":
                recipient = rest.partition("<")[2].partition(">")[0]
            if not self._answer(owner, step, line):
                return
            taken = step == "data" and owner.reply("data", line).startswith("354")
            if taken and not self._text(owner, sender, recipient):
                return

    def _text(self, owner: FakeSmtp, sender: str, recipient: str) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        usual = owner.reply("text", recipient)
        if usual == HANG_UP or usual.startswith("250"):
            owner.mails.append(Mail(sender, recipient, b"".join(lines)))
        return self._send(usual) and self._answer(owner, "sent", recipient)

    def _answer(self, owner: FakeSmtp, step: str, received: str) -> bool:
        return self._send(owner.reply(step, received) or ("" if step == "sent" else "502 unknown"))

    def _send(self, reply: str) -> bool:
        if reply == HANG_UP:
            self.request.shutdown(socket.SHUT_RDWR)
            return False
        if reply:
            self.wfile.write(reply.encode() + b"\r\n")
        return True


@dataclass(frozen=True)
class HookAnswer:
    """The answer of a hook; `cut` hangs up in the middle of it, `silent` for ever says nothing."""

    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


@dataclass(frozen=True)
class ReceivedPost:
    """A post as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class FakeHook:
    """A web hook that answers one thing after the other, the last for ever; `at` is called at each step."""

    def __init__(
        self, answers: Sequence[HookAnswer] = (), at: Callable[[str], None] = lambda _step: None
    ) -> None:
        self.posts: list[ReceivedPost] = []
        self.ending = threading.Event()
        self.at = at
        self._answers = list(answers) or [HookAnswer()]
        self._server = _Hooked(("127.0.0.1", 0), _HookTalk)
        self._server.owner = self
        self.port = self._server.server_port

    @property
    def url(self) -> str:
        """The server's address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    def next_answer(self) -> HookAnswer:
        """The answer to the post that has just arrived."""
        return self._answers[min(len(self.posts), len(self._answers)) - 1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()


class _Hooked(ThreadingHTTPServer):
    daemon_threads = True
    owner: Any

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed is what these tests are about."""


class _HookTalk(BaseHTTPRequestHandler):
    def setup(self) -> None:
        super().setup()
        self._owner.at("connect")

    @property
    def _owner(self) -> FakeHook:
        owner: FakeHook = self.server.owner  # type: ignore[attr-defined]
        return owner

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._owner.posts.append(ReceivedPost(self.path, headers, body))
        answer = self._owner.next_answer()
        self._owner.at("request")
        if answer.silent:
            self._owner.ending.wait(60)
        if answer.cut:
            self.wfile.write(b"HTTP/1.1 2")
            self.request.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self._owner.at("answer")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""
