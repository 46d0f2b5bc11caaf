"""A scripted language model behind a real HTTP server, as a process of its own.

    python -m daybrief.testing.model_server --port 0 --script good [--delay 2.0] [--key KEY] [--context 8000]

It prints `{"url": "http://127.0.0.1:PORT"}` and serves until its standard input closes. It speaks Chat
Completions (whole and streamed, with `response_format`), Anthropic Messages and Gemini's generateContent.
`--script` is one behaviour or a comma-separated list, one a call, the last for all that follow; `POST`ing
`{"script": [...], "delay_s": 0.0}` to `/script` changes it and starts counting anew. `GET /stats` says what
came in: calls by kind of question, tokens, how many calls were under way at once, how many offered tools.

Behaviours that fail before an answer: `429`, `429:SECONDS` (with Retry-After), `500`, `503`, `stall`,
`reset`, `html`, `context`. All others are answers, see `daybrief.testing.model_answers`.
"""

from __future__ import annotations

import argparse
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import httpx2

from daybrief.testing import model_dialects as dialects
from daybrief.testing.model_answers import ModelCall, answered, chosen, tokens

MODEL = "scripted-1"
_STALL_S = 600.0


class State:
    """The behaviours that the server plays next, and the calls it has seen."""

    def __init__(self, script: Sequence[str], delay_s: float, key: str, context: int) -> None:
        self.key = key
        self.context = context
        self.ending = threading.Event()
        self._lock = threading.Lock()
        self.restart(script, delay_s)

    def restart(self, script: Sequence[str], delay_s: float) -> None:
        """Another script from its beginning, with empty counts."""
        with self._lock:
            self.delay_s = delay_s
            self._script = list(script) or ["good"]
            self._given = 0
            self._under_way = 0
            self._most_under_way = 0
            self._kinds: Counter[str] = Counter()
            self._statuses: Counter[str] = Counter()
            self._tokens = Counter({"in": 0, "out": 0})
            self._tools = 0

    def begin(self, question: ModelCall) -> str:
        """The behaviour of the next call."""
        with self._lock:
            scripted = self._script[min(self._given, len(self._script) - 1)]
            self._given += 1
            self._under_way += 1
            self._most_under_way = max(self._most_under_way, self._under_way)
            self._kinds[question.kind] += 1
            self._tools += question.has_tools
            return chosen(scripted, question)

    def end(self, status: str, tokens_in: int = 0, tokens_out: int = 0) -> None:
        """A call is over; only whole answers are billed."""
        with self._lock:
            self._under_way -= 1
            self._statuses[status] += 1
            self._tokens["in"] += tokens_in
            self._tokens["out"] += tokens_out

    def stats(self) -> dict[str, Any]:
        """All counts since the last start."""
        with self._lock:
            return {
                "calls": self._given,
                "kinds": dict(self._kinds),
                "statuses": dict(self._statuses),
                "tokens_in": self._tokens["in"],
                "tokens_out": self._tokens["out"],
                "most_at_once": self._most_under_way,
                "with_tools": self._tools,
            }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, state: State) -> None:
        self.state = state
        super().__init__(("127.0.0.1", port), _Answering)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many tests want."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out in two writes; the second must not wait
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/stats":
            self._json(200, self.server.state.stats())
        elif not self._has_key():
            self._json(401, dialects.failure(401, "Incorrect API key provided"))
        elif self.path.endswith("/models"):
            self._json(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        elif self.path.rsplit("/", 1)[-1] == MODEL:
            self._json(200, {"id": MODEL, "name": f"models/{MODEL}", "type": "model"})
        else:
            self._json(404, dialects.failure(404, "not found"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.path == "/script":
            self.server.state.restart(body["script"], body.get("delay_s", 0.0))
            self._json(200, {})
        elif not self._has_key():
            self._json(401, dialects.failure(401, "Incorrect API key provided"))
        elif dialect := dialects.dialect_of(self.path):
            self._model(dialect, body)
        else:
            self._json(404, dialects.failure(404, "not found"))

    def _has_key(self) -> bool:
        wanted = self.server.state.key
        bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        return not wanted or wanted in {
            bearer, self.headers.get("x-api-key"), self.headers.get("x-goog-api-key"),
        }  # fmt: skip

    def _model(self, dialect: dialects.ModelDialect, body: dict[str, Any]) -> None:
        state = self.server.state
        question = dialect.question(body, self.path)
        behaviour = state.begin(question)
        tokens_in, tokens_out, status = 0, 0, behaviour
        try:
            state.ending.wait(state.delay_s)
            if question.model != MODEL:
                self._json(
                    404,
                    dialects.failure(404, f"The model {question.model} does not exist", "model_not_found"),
                )
            elif tokens(question.text) > state.context:
                self._json(400, dialects.failure(400, "maximum context length", "context_length_exceeded"))
            elif not self._failed(behaviour):
                answer = answered(behaviour, question)
                tokens_in, tokens_out = tokens(question.text), tokens(answer.text)
                self._send_answer(dialect, question, answer, tokens_in, tokens_out)
                status = "answered"
        finally:
            state.end(status, tokens_in, tokens_out)

    def _failed(self, behaviour: str) -> bool:
        """Act out a behaviour that is no answer; False for those that are."""
        name, _, detail = behaviour.partition(":")
        if name == "429":
            self._json(429, dialects.failure(429, "slow down"), {"Retry-After": detail} if detail else {})
        elif name in {"500", "502", "503"}:
            self._json(int(name), dialects.failure(int(name), "overloaded"))
        elif name == "stall":
            self.server.state.ending.wait(_STALL_S)
            self.close_connection = True
        elif name == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
        elif name == "html":
            self._send(200, b"<html><body>Bad gateway</body></html>", "text/html", {})
        elif name == "context":
            self._json(400, dialects.failure(400, "maximum context length", "context_length_exceeded"))
        else:
            return False
        return True

    def _send_answer(
        self,
        dialect: dialects.ModelDialect,
        question: ModelCall,
        answer: Any,
        tokens_in: int,
        tokens_out: int,
    ) -> None:
        if not question.stream:
            self._json(200, dialect.answer(MODEL, answer, tokens_in, tokens_out))
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in dialects.streamed(MODEL, answer, tokens_in, tokens_out):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.wfile.write(b"0\r\n\r\n")

    def _json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", headers or {})

    def _send(self, status: int, body: bytes, media_type: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class ModelServer:
    """A running server process, seen from the test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.base_url = f"{url}/v1"

    def script(self, *behaviours: str, delay_s: float = 0.0) -> None:
        """Sets the behaviours of the next calls; counts start anew."""
        body = {"script": list(behaviours), "delay_s": delay_s}
        httpx2.post(f"{self.url}/script", json=body).raise_for_status()

    def stats(self) -> dict[str, Any]:
        """The counts of the calls since the last script."""
        return cast(dict[str, Any], httpx2.get(f"{self.url}/stats").raise_for_status().json())


@contextmanager
def model_server(
    *script: str, delay_s: float = 0.0, key: str = "", context: int = 100_000
) -> Iterator[ModelServer]:
    """A server process while the block runs."""
    command = [
        sys.executable,
        "-m",
        "daybrief.testing.model_server",
        "--script",
        ",".join(script or ("good",)),
    ]
    command += ["--delay", str(delay_s), "--key", key, "--context", str(context)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101 - given above
        try:
            yield ModelServer(json.loads(process.stdout.readline())["url"])
        finally:
            process.terminate()


def main() -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", default="good")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--key", default="")
    parser.add_argument("--context", type=int, default=100_000)
    given = parser.parse_args()
    server = _Server(given.port, State(given.script.split(","), given.delay, given.key, given.context))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}) + "\n")
    sys.stdout.flush()
    while sys.stdin.read(1):
        time.sleep(0)
    server.state.ending.set()


if __name__ == "__main__":
    main()
