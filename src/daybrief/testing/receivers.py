"""Those who receive messages, on loopback: a mail server and a web hook that fail at a step of your choice.

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
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

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

    def reply(self, step: str, said: str) -> str:
        """What to answer at a step."""
        wanted = self.script.get(step, "")
        return (wanted(said) if callable(wanted) else wanted) or _USUAL.get(step, "")


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

    def _answer(self, owner: FakeSmtp, step: str, said: str) -> bool:
        return self._send(owner.reply(step, said) or ("" if step == "sent" else "502 unknown"))

    def _send(self, reply: str) -> bool:
        if reply == HANG_UP:
            self.request.shutdown(socket.SHUT_RDWR)
            return False
        if reply:
            self.wfile.write(reply.encode() + b"\r\n")
        return True


@dataclass(frozen=True)
class HookAnswer:
    """What a hook answers; `cut` hangs up in the middle of it, `silent` for ever says nothing."""

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
        """Its address, without a path."""
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
