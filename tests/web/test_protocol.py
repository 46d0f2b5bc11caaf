"""The protocol as strangers try it: raw bytes to a real server on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from daybrief import web
from daybrief.testing.editions import DAY
from daybrief.web import create_app, limits
from daybrief.web.pages import ReaderServices
from tests.web.conftest import serving


def response(port: int, raw: bytes, *, wait_s: float = 10.0) -> bytes:
    """The answer of the server to these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as wire:
        wire.sendall(raw)
        received = b""
        try:
            while piece := wire.recv(65_536):
                received += piece
        except OSError:
            pass
        return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


def test_the_loopback_address_is_answered(port: int) -> None:
    raw = f"GET /about HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    assert status(response(port, raw)) == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: evil.test\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.test:80\r\n",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.0\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n",
        b"GET http://evil.test/ HTTP/1.1\r\nHost: localhost\r\n",
        b"GET http://evil.test/ HTTP/1.1\r\nHost: evil.test\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost.\x00evil.test\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost@evil.test\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\n",
    ],
)
def test_a_request_for_another_host_is_refused_with_the_security_headers(port: int, head: bytes) -> None:
    answer = response(port, head + b"Connection: close\r\n\r\n")
    assert status(answer) in (400, 421)
    assert b"content-security-policy: default-src 'none'" in answer.lower()


@pytest.mark.parametrize(
    "path", [b"/static/../app.py", b"/static/%2e%2e/app.py", b"/static/..%2f..%2fapp.py", b"/static/%00",
             b"/static/%c0%ae%c0%ae/app.py", b"/static/..\\app.py", b"//static/../../etc/passwd"]
)  # fmt: skip
def test_no_path_reads_a_file_outside_the_served_folder(port: int, path: bytes) -> None:
    answer = response(port, b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert status(answer) in (400, 404, 421)
    assert b"import " not in answer
    assert b"root:" not in answer


POST = b"POST /feedback HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nConnection: close\r\n"


def test_a_large_body_is_refused_before_it_is_read(port: int) -> None:
    assert status(response(port, POST + b"Content-Length: 70000\r\n\r\n")) == 413
    assert status(response(port, POST + b"Content-Length: 99999999999999999999\r\n\r\n")) in (400, 413)


def test_a_large_body_without_a_length_is_cut_off(port: int) -> None:
    pieces = b"".join(b"4000\r\n" + b"a" * 0x4000 + b"\r\n" for _ in range(5))
    assert status(response(port, POST + b"Transfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n")) == 413


def test_large_headers_are_refused(port: int) -> None:
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"
    assert status(response(port, head)) in (400, 431)


@pytest.fixture
def impatient_port(services: ReaderServices, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that waits a third of a second for a client."""
    monkeypatch.setattr(web, "HEADER_S", 0.3)
    monkeypatch.setattr(limits, "BODY_S", 0.3)
    monkeypatch.setattr(web, "SEND_S", 0.3)
    monkeypatch.setattr(web, "WAITING", 60)
    with serving(create_app(services)) as number:
        yield number


def test_headers_that_drip_are_not_waited_for(impatient_port: int) -> None:
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", impatient_port), timeout=10) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert wire.recv(1_000) == b""
    assert time.monotonic() - begun < 5


def test_a_body_that_drips_is_not_waited_for(impatient_port: int) -> None:
    assert status(response(impatient_port, POST + b"Content-Length: 100\r\n\r\nkey=")) == 408


def test_the_next_request_of_a_kept_connection_may_not_drip_either(impatient_port: int) -> None:
    with socket.create_connection(("127.0.0.1", impatient_port), timeout=10) as wire:
        wire.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP")
        begun = time.monotonic()
        with contextlib.suppress(ConnectionResetError):
            while wire.recv(65_536):
                pass
    assert time.monotonic() - begun < 5


def test_a_client_that_takes_nothing_is_let_go(impatient_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()
    lost = web.TimedProtocol.connection_lost

    def closed(self: web.TimedProtocol, exc: Exception | None) -> None:
        lost(self, exc)
        gone.set()

    monkeypatch.setattr(web.TimedProtocol, "connection_lost", closed)
    ask = f"GET /day/{DAY}/papers HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 30
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        wire.connect(("127.0.0.1", impatient_port))
        wire.sendall(ask)
        assert gone.wait(10)


def test_half_a_body_is_no_request(impatient_port: int, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_connection(("127.0.0.1", impatient_port), timeout=10) as wire:
        wire.sendall(POST + b"Content-Length: 100\r\n\r\nkey=")
    time.sleep(0.5)
    assert (
        status(
            response(impatient_port, b"GET /about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        )
        == 200
    )
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def answered_beside(crowd: list[socket.socket], port: int) -> list[int]:
    """The answers that five readers get while a crowd is connected; the crowd is let go."""
    raw = b"GET /about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try:
        return [status(response(port, raw)) for _ in range(5)]
    finally:
        for wire in crowd:
            wire.close()


def test_a_crowd_of_bodies_that_drip_does_not_keep_readers_out(impatient_port: int) -> None:
    crowd = []
    for _ in range(150):
        wire = socket.create_connection(("127.0.0.1", impatient_port), timeout=10)
        wire.sendall(POST + b"Content-Length: 60000\r\n\r\nkey=")
        crowd.append(wire)
    assert answered_beside(crowd, impatient_port) == [200] * 5


def test_a_crowd_of_silent_connections_does_not_keep_readers_out(impatient_port: int) -> None:
    crowd = [socket.create_connection(("127.0.0.1", impatient_port), timeout=10) for _ in range(200)]
    assert answered_beside(crowd, impatient_port) == [200] * 5


def answered(wire: socket.socket, raw: bytes) -> int:
    """The status of the whole answer, however many packets it comes in; the connection stays open."""
    wire.sendall(raw)
    answer = HTTPResponse(wire)
    answer.begin()
    answer.read()
    return answer.status


def test_a_reader_between_two_pages_stays_while_silent_connections_come_and_go(
    services: ReaderServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "WAITING", 60)
    raw = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(create_app(services)) as number, contextlib.ExitStack() as crowd:
        reader = crowd.enter_context(socket.create_connection(("127.0.0.1", number), 10))
        assert answered(reader, raw) == 200
        for _ in range(200):
            crowd.enter_context(socket.create_connection(("127.0.0.1", number), timeout=10))
        time.sleep(0.3)
        assert answered(reader, raw) == 200


def test_readers_between_two_pages_do_not_keep_new_ones_out(
    services: ReaderServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "WAITING", 40)
    raw = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(create_app(services)) as number, contextlib.ExitStack() as readers:
        for _ in range(80):
            reader = readers.enter_context(socket.create_connection(("127.0.0.1", number), 10))
            assert answered(reader, raw) == 200


def test_a_burst_of_connections_does_not_end_a_request_unread(impatient_port: int) -> None:
    """More at once than may wait: whoever asks in its first packet is answered all the same."""
    raw = b"GET /about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert status(response(impatient_port, raw)) == 200
    for _ in range(5):
        burst = [socket.create_connection(("127.0.0.1", impatient_port), timeout=10) for _ in range(100)]
        assert status(response(impatient_port, raw)) == 200
        for wire in burst:
            wire.close()


def test_many_at_once_are_all_answered(port: int) -> None:
    raw = f"GET /day/{DAY}/papers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    statuses: list[int] = []

    def read() -> None:
        statuses.append(status(response(port, raw, wait_s=60)))

    threads = [threading.Thread(target=read) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 100


@pytest.mark.parametrize(
    "path", ["/search?q=a&page=1000000000", "/search?q=a&page=0", "/search?q=a&page=1001", "/search?page=x"]
)
def test_no_page_lies_beyond_the_last(port: int, path: str) -> None:
    raw = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    assert status(response(port, raw)) == 422


def test_the_deepest_page_is_cheap(port: int) -> None:
    raw = b"GET /search?q=a&page=1000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert status(response(port, raw)) == 200
