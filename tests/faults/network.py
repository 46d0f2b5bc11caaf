"""Promises of outgoing requests: addresses, servers that misbehave, bodies, waits, politeness."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from random import Random
from typing import Any

from daybrief.adapters.web import HttpWeb, WebSettings
from daybrief.errors import DaybriefError, RateLimited, Unavailable
from daybrief.sources.feed import FeedSource, Options
from daybrief.stages.collect import CollectionLimits, collect
from daybrief.stages.schedule import window
from daybrief.testing import Route, Site, StoppedClock, serve
from daybrief.testing.faults import ADDRESSES, FORMS, SPELLINGS, FakeResolver, MachineClock, host_of
from daybrief.testing.hostile import BEHAVIOURS, Etiquette, HostileServer
from tests.faults import Tried
from tests.programs import environment

PUBLIC = "93.184.215.14"
CLIENTS = Path(__file__).parent / "clients.py"


# ── addresses inside ────────────────────────────────────────────────────────────────────────────────


def vectors() -> Iterator[tuple[str, FakeResolver, str]]:
    """The address asked for, what names resolve to, and where the public host then leads ("": nowhere)."""
    for address in ADDRESSES:
        url = f"http://{host_of(address)}/"
        yield url, FakeResolver([PUBLIC]), ""
        yield "https" + url[4:], FakeResolver([PUBLIC]), ""
        yield "http://name.example/", FakeResolver([address]), ""
        yield "http://name.example/", FakeResolver([PUBLIC, address]), ""
        yield "http://name.example/", FakeResolver([address, PUBLIC]), ""
        yield "http://public.example/", FakeResolver([PUBLIC], [address]), "http://rebound.example/"
        yield "http://public.example/", FakeResolver([PUBLIC]), url
    for host in SPELLINGS:
        yield f"http://{host}/", FakeResolver(["127.0.0.1"]), ""
        yield "http://public.example/", FakeResolver([PUBLIC], ["127.0.0.1"]), f"http://{host}/"
    for url in FORMS:
        yield url, FakeResolver(["127.0.0.1"]), ""
        yield "http://public.example/", FakeResolver([PUBLIC], ["127.0.0.1"]), url


def private_addresses(_many: int) -> Tried:
    """No address from outside leads inside: whatever is dialled is public, and the rest is refused."""
    tried, reached = Tried(), 0
    with serve({}, settings=WebSettings(retries=0)) as site:
        for url, resolver, leads in vectors():
            location = leads.encode("utf-8", "replace").decode("latin-1").replace("\n", " ")
            answer = Route(status=302, headers={"Location": location}) if leads else Route(b"canary")
            site.route = lambda _url, _path, answer=answer: answer  # type: ignore[method-assign,misc]
            site.dialled.clear()
            try:
                with site.new_web(resolver=resolver) as web:
                    web.get(url)
                outcome = "answered"
            except DaybriefError as refused:
                outcome = type(refused).__name__
            inside = [host for host, _ in site.dialled if host != PUBLIC]
            reached += len(inside)
            tried.expect(
                not inside and outcome != "answered", f"{url!r} {leads!r}: {outcome}, dialled {inside}"
            )
    tried.worst = f"{reached} connections to the canary"
    return tried


# ── servers that misbehave ──────────────────────────────────────────────────────────────────────────


BUDGET_S = 3.0
LIMIT_S = 20.0
MOST_S = 600.0  # for one client and all behaviours: on a machine that is busy with others, each start counts
WAITING = {"retry_later": 2.0, "unavailable": 2.0, "redirect_loop": 5.0, "cookies": 1.0}  # seconds of manners


def fetched(client: str, url: str, python: str = sys.executable, limit_s: float = LIMIT_S) -> dict[str, Any]:
    """The result of a client in a process of its own at an address: outcome, items, seconds, MiB on top."""
    command = [python, str(CLIENTS), client, url, str(BUDGET_S)]
    calm = environment(Path("/nonexistent"), count=False, OMP_NUM_THREADS="1")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=calm, process_group=0
    ) as running:
        try:
            out, err = running.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)  # with what it started: that would hold the pipes open
            return unmeasured("hangs", limit_s)
    try:
        return dict(json.loads(out.splitlines()[-1]))
    except (IndexError, ValueError):
        why = (err.strip().splitlines() or [f"exit {running.returncode}"])[-1]
        return unmeasured(f"died: {why[:80]}")


def unmeasured(outcome: str, seconds: float = 0.0) -> dict[str, Any]:
    """The row of a client that told nothing."""
    return {"outcome": outcome, "typed": False, "items": 0, "seconds": seconds, "mib": 0.0}


def suffered(
    client: str, names: Sequence[str], python: str = sys.executable, most_s: float = MOST_S
) -> dict[str, dict[str, Any]]:
    """The result of a client at each behaviour, with the requests that it took.

    Behaviours that are left when `most_s` seconds are over are not asked.
    """
    ends = time.monotonic() + most_s

    def outcome_of(name: str) -> dict[str, Any]:
        if time.monotonic() > ends:
            none = {"requests": 0, "early": 0, "cookies": 0, "canary": 0}
            return unmeasured(f"not asked: {most_s:g} s were over") | none
        with HostileServer() as server:
            outcome = fetched(client, f"{server.url}/{name}", python)
            score = server.etiquette()
            return outcome | {"requests": score.requests, "early": score.early, "cookies": score.cookies,
                            "canary": sum(h.path == "/canary" for h in server.heard)}  # fmt: skip

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(outcome_of, names), strict=True))


NO_ITEMS = frozenset(
    """stall reset login_page captcha rate_exceeded json_error other_root gone redirect_loop redirect_inside
    redirect_file no_http broken_status gzip_bomb double_gzip deflate_bomb brotli_unasked gzip_lie
    many_attributes many_namespaces deep entity_bomb external_entity refused_all_day endless announced_huge
    endless_head endless_interim drip stall_in_body""".split()
)
"""Behaviours out of which nobody may make an item."""


def hostile_servers(many: int) -> Tried:
    """Each behaviour ends in time, within memory, in items or in an error of a type of ours."""
    names = list(BEHAVIOURS)[:: max(1, len(BEHAVIOURS) // many)]
    tried, outcomes = Tried(), suffered("daybrief", names)
    for name, row in outcomes.items():
        late = row["seconds"] > BUDGET_S + 1.0 + WAITING.get(name, 0.0)
        tried.expect_by_clock(not late, f"{name}: {row['seconds']:.1f} s")
        tried.expect(row["typed"], f"{name}: {row['outcome']}")
        tried.expect(row["mib"] <= 100, f"{name}: {row['mib']:.0f} MiB")
        tried.expect(not (name in NO_ITEMS and row["items"]), f"{name}: {row['items']} items")
        tried.expect(not (row["early"] or row["cookies"] or row["canary"]), f"{name}: {row}")
    slowest = max(outcomes, key=lambda name: outcomes[name]["seconds"])
    largest = max(outcomes, key=lambda name: outcomes[name]["mib"])
    tried.worst = (
        f"{len(names)} behaviours; slowest {outcomes[slowest]['seconds']:.1f} s of {BUDGET_S:g} s allowed "
        f"and the waits between its requests ({slowest}), "
        f"largest {outcomes[largest]['mib']:.0f} MiB ({largest})"
    )
    return tried


# ── manners ──────────────────────────────────────────────────────────────────────────────────────────


FEEDS_OF_A_HOST = 50


def politeness(many: int) -> Tried:
    """Polls unchanged feeds a minute apart on a stopped clock; then asks one host for fifty at once."""
    tried, clock = Tried(vectors=many), StoppedClock()
    with HostileServer(clock.monotonic) as server, tempfile.TemporaryDirectory() as folder:
        settings = WebSettings(
            allow=(("127.0.0.1", server.port),), cache_path=Path(folder), spacing_path=Path(folder)
        )
        for number in range(many):
            if number % 50 == 0:  # another process, as it were
                web = HttpWeb(settings, clock=clock)
            web.get(f"{server.url}/validated/{number % 10}")
            clock.advance(60)
        score = server.etiquette()
    crowd = crowded(StoppedClock())
    tried.expect(crowd.requests == FEEDS_OF_A_HOST, f"{crowd.requests} requests for {FEEDS_OF_A_HOST} feeds")
    tried.expect(crowd.at_once == 1 and crowd.gap_s >= 1.0, f"{crowd.at_once} at once, {crowd.gap_s} s apart")
    tried.failures += ["an unconditional repeat"] * score.repeats
    tried.failures += ["a cookie"] * score.cookies + ["a referer"] * score.referers
    tried.failures += ["no User-Agent"] * score.nameless
    tried.worst = (
        f"{score.repeats} unconditional repeats in {score.requests} requests for 10 feeds; {crowd.requests} "
        f"feeds of one host: {crowd.at_once} at once, {crowd.gap_s:.1f} s apart"
    )
    return tried


def crowded(clock: StoppedClock) -> Etiquette:
    """Collects many feeds of one host side by side and counts how the host is asked."""
    with HostileServer(clock.monotonic) as server, tempfile.TemporaryDirectory() as folder:
        settings = WebSettings(allow=(("127.0.0.1", server.port),), spacing_path=Path(folder))
        names = [f"feed{number}" for number in range(FEEDS_OF_A_HOST)]
        sources = [FeedSource(Options(url=f"{server.url}/validated/{name}", name=name)) for name in names]
        with HttpWeb(settings, clock=clock) as web:
            day = window(date(2024, 11, 26), "UTC")
            collect(day, sources, web, clock.now(), CollectionLimits(), monotonic=clock.monotonic)
        return server.etiquette()


ASKER = """
import sys
from pathlib import Path
from daybrief.adapters.web import HttpWeb, WebSettings
from daybrief.testing.faults import MachineClock
port, folder, times, ahead, *paths = sys.argv[1:]
hosts = ["export.arxiv.org", "rss.arxiv.org", "oaipmh.arxiv.org", "arxiv.org"]
settings = WebSettings(allow=tuple((h, int(port)) for h in hosts), spacing_path=Path(folder), retries=0)
clock = MachineClock(Path(folder) / "clock", float(ahead))
with HttpWeb(settings, clock=clock, resolver=lambda *_: ["127.0.0.1"]) as web:
    for number in range(int(times)):
        web.get(f"http://{hosts[number % 4]}:{port}/{paths[number % len(paths)] if paths else ''}")
"""


def arxiv_gap(many: int) -> Tried:
    """Three processes and a fourth that is killed in a request, by a clock that moves when one sleeps."""
    tried = Tried()
    with (
        tempfile.TemporaryDirectory() as folder,
        HostileServer(MachineClock(Path(folder) / "clock").monotonic) as server,
    ):
        words = [sys.executable, "-c", ASKER, str(server.port), folder]
        calm = environment(Path(folder), count=False)
        killed = subprocess.Popen([*words, "2", "0", "sound", "stall_in_body"], env=calm)
        askers = [
            subprocess.Popen([*words, str(many // 3), ahead], env=calm) for ahead in ("0", "-3600", "86400")
        ]
        while not (stalled := [h for h in server.heard if h.path == "/stall_in_body"]):
            assert killed.poll() is None, "the process to be killed ended by itself"
            time.sleep(0.02)
        server.leave(stalled[0])  # its client holds the turn, so the clock stands until the kill
        killed.kill()
        killed.wait()
        for asker in askers:
            tried.expect(asker.wait(300) == 0, "an asker failed")
        score = server.etiquette()
    tried.vectors = score.requests
    tried.expect(score.gap_s >= 3.0, f"a gap of {score.gap_s:.2f} s")
    tried.expect(score.at_once == 1, f"{score.at_once} at once")
    tried.worst = f"least gap {score.gap_s:.1f} s, {score.at_once} at once, {score.requests} requests"
    return tried


# ── asking again ────────────────────────────────────────────────────────────────────────────────────


AFTER = ("", "0", "1", "2", "5", "20", "-3", "1" + "0" * 12, "soon", "1.5", "DATE")
FOREVER_S = 31 * 86_400


class Refusing:
    """A server's side of a schedule: refuses at random, and knows from when on it may be asked again."""

    def __init__(self, site: Site, draw: Random) -> None:
        self.site, self.draw = site, draw
        self.allowed: dict[str, datetime] = {}
        self.early: list[str] = []
        self.requests = 0
        site.route = self.answer  # type: ignore[method-assign]

    def answer(self, url: str, _path: str) -> Route:
        now, self.requests = self.site.clock.now(), self.requests + 1
        if now < self.allowed.get(url, now):
            self.early.append(f"{url} at {now}, allowed at {self.allowed[url]}")
        status = self.draw.choice((429, 503, 500, 502, 200, 200))
        if status == 200:
            return Route(b"ok")
        after = self.draw.choice(AFTER)
        wait = float(after) if after.isdigit() else 0.0
        headers = {"Retry-After": after} if after else {}
        if after == "DATE":  # by a clock that is two hours off, as its Date header shows
            wait, off = 7.0, now.timestamp() + 7_200
            headers = {
                "Retry-After": formatdate(off + wait, usegmt=True),
                "Date": formatdate(off, usegmt=True),
            }
        if status in (429, 503):
            self.allowed[url] = now + timedelta(seconds=min(wait, FOREVER_S))
        return Route(b"no", status=status, headers=headers)


def schedules(many: int) -> Tried:
    """Servers that refuse at random, each asked five times: nobody is asked sooner than they allowed."""
    tried, unhelped = Tried(vectors=many), 0
    with serve({"*": Route(b"ok")}) as site:
        refusing = Refusing(site, Random(3))
        for number in range(many):
            for _ in range(2):
                before = refusing.requests
                try:
                    site.web.get(f"http://f{number}.example/rss")
                except (RateLimited, Unavailable):
                    unhelped += 1
                tried.expect(
                    refusing.requests - before <= 4, f"{refusing.requests - before} requests in one call"
                )
                site.clock.advance(refusing.draw.choice((0.0, 1.0, 30.0)))
    tried.vectors = many
    tried.failures += refusing.early
    tried.worst = (
        f"{refusing.requests / (2 * many):.2f} requests a call, where two answers of three are refusals"
    )
    return tried
