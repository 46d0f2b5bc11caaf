"""Tests of the network: a request ends within its budget, whatever the server does."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator

import httpcore2
import pytest

from daybrief.adapters.machine import SystemClock
from daybrief.adapters.network import Deadline, GuardedNetwork, in_force, system_resolver
from daybrief.adapters.web import HttpWeb, WebSettings
from daybrief.errors import Blocked, FetchError, TooMuch, Unavailable
from daybrief.testing import Route, serve

BUDGET = 0.3
SLOW = WebSettings(budget_s=BUDGET, timeout_s=10, retries=3, spacing_s=0)
URL = "https://slow.example.org/"

SLOW_ROUTES = {
    "stalls before the answer": Route(stall_s=30),
    "a byte of body at a time": Route("x" * 1000, drip_s=0.02),
    "a chunk at a time": Route("x" * 1000, drip_s=0.02, chunked=True),
    "a byte of header at a time": Route(raw=b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 1000, drip_s=0.02),
    "informational answers for ever": Route(raw=b"HTTP/1.1 102 Processing\r\n\r\n", endless=True),
    "a redirect for each hop, slowly": Route(status=302, headers={"Location": URL}, stall_s=0.1),
    "never more than a status line": Route(raw=b"HTTP/1.1 200 OK\r\n", drip_s=1.0),
}


@pytest.mark.parametrize("name", SLOW_ROUTES)
def test_a_slow_server_costs_its_budget_and_no_more(name: str) -> None:
    with serve({"*": SLOW_ROUTES[name]}) as site, site.new_web(SLOW, clock=SystemClock()) as web:
        began = time.monotonic()
        with pytest.raises((Unavailable, TooMuch)) as caught:
            web.get(URL)
        assert time.monotonic() - began < BUDGET + 1
    assert caught.value.url == URL


def test_a_time_out_of_one_operation_is_a_passing_failure() -> None:
    settings = WebSettings(timeout_s=0.1, spacing_s=0)
    with serve({"*": [Route(stall_s=30), Route("x")]}) as site, site.new_web(settings) as web:
        assert web.get(URL).body == b"x"
    assert len(site.requests) == 2


def test_a_body_that_stops_coming_is_a_passing_failure_too() -> None:
    settings = WebSettings(timeout_s=0.1, spacing_s=0)
    with serve({"*": [Route("xx", drip_s=30), Route("x")]}) as site, site.new_web(settings) as web:
        assert web.get(URL).body == b"x"


def test_many_slow_servers_leave_no_thread_and_no_connection_behind() -> None:
    before = threading.active_count()
    failures: list[FetchError] = []
    with serve({"*": Route("x" * 1000, drip_s=0.05)}) as site, site.new_web(SLOW, clock=SystemClock()) as web:

        def ask(number: int) -> None:
            try:
                web.get(f"https://slow{number}.example.org/")
            except FetchError as failed:
                failures.append(failed)

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(30)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - began < BUDGET + 2
        assert web._pool.connections == []
    assert len(failures) == 30
    for _ in range(100):  # the server's own threads end with it
        if threading.active_count() <= before:
            break
        time.sleep(0.01)
    assert threading.active_count() <= before


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield listener.getsockname()[1]


def test_a_handshake_that_never_ends_is_given_up(silent: int) -> None:
    settings = WebSettings(budget_s=BUDGET, retries=0, allow=(("127.0.0.1", silent),))
    began = time.monotonic()
    with HttpWeb(settings) as web, pytest.raises(Unavailable):
        web.get(f"https://127.0.0.1:{silent}/")
    assert time.monotonic() - began < BUDGET + 1


def test_a_port_nobody_listens_on_is_unavailable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = WebSettings(retries=0, allow=(("127.0.0.1", port),))
    with HttpWeb(settings) as web, pytest.raises(Unavailable):
        web.get(f"http://127.0.0.1:{port}/")


def test_a_server_of_ones_own_is_reached_when_allowed_and_only_then() -> None:
    with serve({"*": Route("mine")}) as site:
        own = WebSettings(allow=(("127.0.0.1", site.port),), spacing_s=0)
        with HttpWeb(own) as web:
            assert web.get(f"{site.url}/x").body == b"mine"
        before = len(site.requests)
        with HttpWeb(WebSettings()) as web, pytest.raises(Blocked):
            web.get(f"{site.url}/x")
        assert len(site.requests) == before


def test_names_that_are_never_answered_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hanging(*_: object, **__: object) -> list[object]:
        release.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    began = time.monotonic()
    with HttpWeb(WebSettings(budget_s=BUDGET, retries=0)) as web, pytest.raises(Unavailable, match="name"):
        web.get(URL)
    release.set()
    assert time.monotonic() - began < BUDGET + 1


def test_unknown_names_are_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with HttpWeb(WebSettings(retries=0)) as web, pytest.raises(Unavailable, match="not known"):
        web.get(URL)


def test_the_system_resolver_finds_localhost() -> None:
    assert set(system_resolver("localhost", 80, 5.0)) & {"127.0.0.1", "::1"}


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with serve({"*": Route("x")}) as site:
        pair = ("127.0.0.1", site.port)
        own = WebSettings(allow=(("many.example", site.port),), retries=0)
        # Nobody listens on ::1: the server is bound to 127.0.0.1 alone.
        with HttpWeb(own, resolver=lambda *_: ["::1", pair[0]]) as web:
            assert web.get(f"http://many.example:{site.port}/").body == b"x"


def test_sockets_of_this_machine_are_no_way_out() -> None:
    with serve({}) as site:
        network = GuardedNetwork(system_resolver, (), site.web._pool._network_backend)
        with pytest.raises(Blocked):
            network.connect_unix_socket("/run/docker.sock")


def test_a_connection_made_too_late_for_its_handshake_is_closed_not_left() -> None:
    """The pool does not know the connection yet, so nobody else would close it."""
    with serve({}) as site:
        own = (("127.0.0.1", site.port),)
        network = GuardedNetwork(system_resolver, own, httpcore2.SyncBackend())
        stream = network.connect_tcp("127.0.0.1", site.port, timeout=5)
        over = Deadline(time.monotonic, 0.0)
        with in_force(over), pytest.raises(httpcore2.ConnectTimeout, match="over"):
            stream.start_tls(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        assert stream.get_extra_info("socket").fileno() == -1
