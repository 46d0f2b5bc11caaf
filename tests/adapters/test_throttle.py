"""Requests to a host keep their distance; to arXiv over all its hosts and all processes."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.adapters.machine import SystemClock
from daybrief.adapters.network import Throttle, lane, wait
from daybrief.adapters.web import WebSettings
from daybrief.errors import ConfigError, Unavailable
from daybrief.testing import Route, Seen, StoppedClock, serve

ARXIV = ["export.arxiv.org", "rss.arxiv.org", "oaipmh.arxiv.org", "arxiv.org"]
SPACING = 0.15

# A process of its own: `HOST ... PORT FOLDER SPACING BACK` asks each host once, in order.
ASKER = """
import sys
from datetime import timedelta
from pathlib import Path
from daybrief.adapters.machine import SystemClock
from daybrief.adapters.web import HttpWeb, WebSettings

*hosts, port, folder, spacing, back = sys.argv[1:]

class Stepped(SystemClock):
    def now(self):
        return super().now() - timedelta(seconds=float(back))

settings = WebSettings(
    allow=tuple((host, int(port)) for host in hosts),
    arxiv_spacing_s=float(spacing), spacing_path=Path(folder), retries=0,
)
with HttpWeb(settings, clock=Stepped(), resolver=lambda *_: ["127.0.0.1"]) as web:
    for host in hosts:
        web.get(f"http://{host}:{port}/")
"""


def asker(hosts: list[str], port: int, folder: Path, back: float = 0) -> subprocess.Popen[bytes]:
    words = [*hosts, str(port), str(folder), str(SPACING), str(back)]
    return subprocess.Popen([sys.executable, "-c", ASKER, *words])


def gaps(requests: list[Seen]) -> list[float]:
    """Seconds from the end of each request to the arrival of the next; negative: two at once."""
    seen = sorted(requests, key=lambda r: r.arrived)
    return [later.arrived - sooner.left for sooner, later in itertools.pairwise(seen)]


def test_three_processes_ask_arxiv_one_at_a_time_and_apart(tmp_path: Path) -> None:
    """Over all four hosts, with the wall clock of one of them an hour back."""
    with serve({"/*": Route("x" * 20, drip_s=0.002)}) as site:
        runs = [asker(ARXIV[n:] + ARXIV[:n], site.port, tmp_path, 3600 * (n == 1)) for n in range(3)]
        assert [run.wait(60) for run in runs] == [0, 0, 0]
    assert len(site.requests) == 12
    assert min(gaps(site.requests)) >= SPACING


def test_a_killed_process_frees_its_turn_and_its_request_still_counts(tmp_path: Path) -> None:
    with serve({"/*": [Route(stall_s=30), Route("x")]}) as site:
        victim = asker(["export.arxiv.org"], site.port, tmp_path)
        for _ in range(1000):
            if site.requests:
                break
            time.sleep(0.01)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        killed = time.monotonic()
        assert asker(["rss.arxiv.org"], site.port, tmp_path).wait(30) == 0
    assert site.requests[1].arrived - killed >= SPACING


def test_all_hosts_of_arxiv_share_one_spacing_and_every_other_host_has_its_own() -> None:
    assert {lane(host) for host in [*ARXIV, "RSS.arXiv.org", "export.arxiv.org."]} == {"arxiv.org"}
    assert lane("notarxiv.org") == "notarxiv.org"
    assert lane("arxiv.org.example") == "arxiv.org.example"
    assert lane("a.example") != lane("b.example")


@pytest.mark.parametrize(
    ("now", "last_end", "expected"),
    [
        (1000.0, None, 0.0),
        (1000.0, 1000.0, 3.0),
        (1001.0, 1000.0, 2.0),
        (1003.0, 1000.0, 0.0),
        (9999.0, 1000.0, 0.0),
        (5.0, 99_999.0, 3.0),
    ],
)
def test_the_wait_is_what_is_left_of_the_spacing(now: float, last_end: float | None, expected: float) -> None:
    assert wait(now, last_end, 3.0) == expected


@given(st.floats(0, 1e9), st.none() | st.floats(0, 1e9), st.floats(0, 100))
def test_a_wait_is_never_negative_nor_longer_than_the_spacing(
    now: float, last: float | None, spacing: float
) -> None:
    assert 0 <= wait(now, last, spacing) <= spacing


def test_arxiv_is_asked_every_three_seconds_and_others_every_second() -> None:
    with serve({"*": Route()}) as site:
        for host in ARXIV:
            site.web.get(f"https://{host}/")
        assert site.clock.slept == [3.0] * 3
        site.clock.slept.clear()
        for host in ("a.example", "b.example", "a.example", "b.example"):
            site.web.get(f"https://{host}/")
        assert site.clock.slept == [1.0]
        assert {r.headers.get("connection") for r in site.requests[:4]} == {"close"}


def test_the_spacing_runs_from_the_end_of_a_request(tmp_path: Path) -> None:
    clock = StoppedClock()
    turns = Throttle(clock, 1.0, 3.0, tmp_path)
    for host in ("export.arxiv.org", "a.example"):
        with turns.turn(host) as waited:
            assert waited == 0
            clock.advance(100)
        clock.advance(0.5)
    with turns.turn("rss.arxiv.org") as waited:
        assert waited == 0
    with turns.turn("a.example") as waited:
        assert waited == 0.5


def test_a_failed_request_counts_as_one(tmp_path: Path) -> None:
    clock = StoppedClock()
    turns = Throttle(clock, 1.0, 3.0, tmp_path)
    for host, spacing in (("arxiv.org", 3.0), ("a.example", 1.0)):
        with pytest.raises(KeyboardInterrupt), turns.turn(host):
            raise KeyboardInterrupt
        with turns.turn(host) as waited:
            assert waited == spacing


@pytest.mark.parametrize("step", [3600, -3600, 86_400, -86_400 * 365 * 40])
def test_a_step_of_the_wall_clock_neither_shortens_nor_lengthens_the_wait(
    tmp_path: Path, step: float
) -> None:
    clock = StoppedClock()
    turns = Throttle(clock, 1.0, 3.0, tmp_path)
    with turns.turn("arxiv.org"):
        clock.step(step)
    clock.step(step)
    with turns.turn("arxiv.org") as waited:
        assert waited == 3.0


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (b"", 3.0),
        (b"{", 3.0),
        (b'{"ended": "x", "busy": false}', 3.0),
        (b"\xff\xfe", 3.0),
        (b'{"ended": 999.0, "busy": false}', 2.0),
        (b'{"ended": 1.0, "busy": true}', 3.0),
        (b'{"ended": 1.0, "busy": false}', 0.0),
        (b'{"ended": 1e300, "busy": false}', 3.0),
    ],
)
def test_a_damaged_time_stamp_costs_one_spacing_at_most(tmp_path: Path, mark: bytes, expected: float) -> None:
    (tmp_path / "arxiv.json").write_bytes(mark)
    with Throttle(StoppedClock(), 1.0, 3.0, tmp_path).turn("arxiv.org") as waited:
        assert waited == expected


def test_threads_of_one_process_take_turns_as_well(tmp_path: Path) -> None:
    turns = Throttle(SystemClock(), 0.02, 0.02, tmp_path)
    inside, most = 0, 0
    guard = threading.Lock()

    def ask(host: str) -> None:
        nonlocal inside, most
        with turns.turn(host):
            with guard:
                inside += 1
                most = max(most, inside)
            time.sleep(0.005)
            with guard:
                inside -= 1

    threads = [threading.Thread(target=ask, args=(host,)) for host in ARXIV * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_queue_without_end_is_told_as_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daybrief.adapters.network.QUEUE_S", 0.05)
    first, second = (Throttle(StoppedClock(), 1.0, 3.0, tmp_path) for _ in range(2))
    with first.turn("arxiv.org"), pytest.raises(Unavailable, match="busy"), second.turn("rss.arxiv.org"):
        pass


def test_a_folder_that_cannot_be_written_is_a_setting_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    turns = Throttle(StoppedClock(), 1.0, 3.0, tmp_path / "file" / "below")
    with pytest.raises(ConfigError, match="spacing"), turns.turn("arxiv.org"):
        pass


def test_a_day_long_429_of_arxiv_costs_four_requests_spaced_as_ever() -> None:
    settings = WebSettings(arxiv_spacing_s=3.0)
    with serve({"*": Route("Rate exceeded.", status=429)}, settings=settings) as site:
        with pytest.raises(Exception, match="429"):
            site.web.get("https://export.arxiv.org/api/query")
        waits = site.clock.slept
    assert len(site.requests) == 4
    # back-off and spacing add up to at least three seconds between any two requests
    assert sum(waits) >= 9.0
