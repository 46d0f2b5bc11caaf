"""The doubles do what they say, so that a test that uses them proves something."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daybrief.adapters.web import WebSettings
from daybrief.errors import Refused, Unavailable
from daybrief.testing import Route, StoppedClock, serve


def test_the_exact_address_wins_then_the_longest_prefix() -> None:
    routes = {
        "https://a.example/x?y=1": Route("exact"),
        "https://a.example/x*": Route("longer"),
        "https://a.example/*": Route("shorter"),
        "/path": Route("any host"),
        "*": Route("rest"),
    }
    with serve(routes) as site:
        paths = ("a.example/x?y=1", "a.example/x?y=2", "a.example/z", "b.example/path", "b.example/")
        bodies = [site.web.get(f"https://{path}").body for path in paths]
    assert bodies == [b"exact", b"longer", b"shorter", b"any host", b"rest"]


def test_an_address_without_a_route_is_not_found() -> None:
    with serve({"https://a.example/": Route()}) as site:
        for url in ("https://a.example/x", "https://a.example/?x", "http://a.example/", "https://b.example/"):
            with pytest.raises(Refused) as caught:
                site.web.get(url)
            assert caught.value.status == 404


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://a.example/?q=a b", "https://a.example/?q=a%20b"),
        ("https://a.example/?q=cat:cs.AI+OR+x", "https://a.example/?q=cat:cs.AI+OR+x"),
        ("https://a.example/나*", "https://a.example/%EB%82%98/1"),
        ("https://A.EXAMPLE/", "https://a.example/#part"),
    ],
)
def test_routes_are_written_as_sources_write_them(key: str, url: str) -> None:
    with serve({key: Route("x")}) as site:
        assert site.web.get(url).body == b"x"


def test_a_route_may_be_a_recorded_file_and_answers_may_differ(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(b"<rss/>")
    with serve({"*": [Route(tmp_path / "feed.xml"), Route("나")]}) as site:
        bodies = [site.web.get("https://a.example/").body for _ in range(3)]
    assert bodies == [b"<rss/>", "나".encode(), "나".encode()]


def test_every_request_is_written_down() -> None:
    with serve({"*": Route()}) as site:
        site.web.get("https://a.example/x?y=1")
        site.web.post("http://b.example/", b"q", media_type="text/plain")
    first, second = site.requests
    assert (first.method, first.url, first.path) == ("GET", "https://a.example/x?y=1", "/x?y=1")
    assert (second.method, second.url, second.host, second.body) == (
        "POST",
        "http://b.example/",
        "b.example",
        b"q",
    )
    assert first.arrived <= first.left
    assert first.arrived <= second.arrived
    assert site.dialled == [("93.184.215.14", 443), ("93.184.215.14", 80)]


def test_nothing_sleeps_and_the_clock_goes_on() -> None:
    began = time.monotonic()
    with serve({"*": [Route(status=503, headers={"Retry-After": "25"}), Route()]}) as site:
        before = site.clock.now()
        site.web.get("https://export.arxiv.org/")
        assert (site.clock.now() - before).total_seconds() >= 25
    assert time.monotonic() - began < 5


def test_a_stalling_route_lets_the_server_end() -> None:
    settings = WebSettings(timeout_s=0.05, retries=0)
    began = time.monotonic()
    with serve({"*": Route(stall_s=60)}, settings=settings) as site, pytest.raises(Unavailable):
        site.web.get("https://a.example/")
    assert time.monotonic() - began < 5


def test_an_error_inside_the_server_is_not_lost(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError),
        serve({"*": Route(tmp_path / "missing")}) as site,
        pytest.raises(Unavailable),
    ):
        site.web.get("https://a.example/")


def test_the_server_may_be_asked_by_any_client() -> None:
    with (
        serve({"/x": Route("plain", headers={"X-Own": "1"})}) as site,
        socket.create_connection(("127.0.0.1", site.port)) as client,
    ):
        client.sendall(b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"X-Own: 1" in answer
    assert answer.endswith(b"\r\n\r\nplain")


def test_a_server_leaves_nothing_behind() -> None:
    before = threading.active_count()
    for _ in range(5):
        with serve({"*": Route()}) as site:
            site.web.get("https://a.example/")
            port = site.port
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass
    for _ in range(100):
        if threading.active_count() <= before:
            break
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_a_stopped_clock_moves_only_when_told() -> None:
    clock = StoppedClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    clock.sleep(1.5)
    clock.advance(0.5)
    assert (clock.now(), clock.monotonic()) == (datetime(2026, 1, 1, 0, 0, 2, tzinfo=UTC), 1002.0)
    clock.step(-3600)
    assert (clock.now().day, clock.monotonic()) == (31, 1002.0)
    assert clock.slept == [1.5]
