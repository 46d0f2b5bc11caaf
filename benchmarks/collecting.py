"""Collects many feeds from a server on loopback: seconds, side by side and one after the other.

    python benchmarks/collecting.py [--feeds 200] [--delay 0.3] [--dripping 100] [--at-once 1,16] [--json]

Each feed has a host of its own, 30 entries and answers after the delay; the second pass finds them unchanged
(304). Three dead hosts accept a connection and never answer. A dripping feed sends a byte each half second,
so that only the time budget of a request ends it. All settings but `at_once` are the defaults.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from daybrief.adapters.machine import SystemClock
from daybrief.adapters.web import HttpWeb, WebSettings
from daybrief.model import Harvest
from daybrief.sources import feed
from daybrief.stages.collect import CollectionLimits, collect
from daybrief.stages.schedule import window
from daybrief.testing.server import Route, serve

DAY = window(date(2024, 11, 26), "UTC")
NOW = datetime(2024, 11, 27, tzinfo=UTC)
ENTRIES = 30


def document(number: int) -> bytes:
    """A feed of 30 entries, three of them of the day."""
    entries = "".join(
        f"<item><title>Model {number}.{n} learns to read charts</title>"
        f"<link>https://feed{number}.example/posts/{n}</link>"
        f"<pubDate>Tue, {26 if n < 3 else 25} Nov 2024 08:{n:02}:00 GMT</pubDate>"
        f"<description>{'A paragraph about a language model and what it was trained on. ' * 12}</description>"
        "</item>"
        for n in range(ENTRIES)
    )
    return f"<rss version='2.0'><channel><title>F</title>{entries}</channel></rss>".encode()


def address(number: int) -> str:
    return f"http://feed{number}.example/rss"


def sources(numbers: Sequence[int]) -> list[feed.FeedSource]:
    return [feed.FeedSource(feed.Options(url=address(n), name=f"feed{n}")) for n in numbers]


@contextmanager
def web_to(routes: dict[str, Route]) -> Iterator[HttpWeb]:
    """A web with the default settings and a cache of its own, all of whose roads lead to the server."""
    with tempfile.TemporaryDirectory() as folder, serve(routes) as site:
        settings = WebSettings(cache_path=Path(folder), spacing_path=Path(folder))
        with site.new_web(settings, clock=SystemClock()) as web:
            yield web


def timed(web: HttpWeb, numbers: Sequence[int], at_once: int) -> tuple[float, tuple[Harvest, ...]]:
    start = time.perf_counter()
    harvests = collect(DAY, sources(numbers), web, NOW, CollectionLimits(at_once=at_once))
    return time.perf_counter() - start, harvests


def measured(feeds: int, delay: float, at_once: int) -> Iterator[dict[str, Any]]:
    """First pass, unchanged pass, and a pass with three dead hosts."""
    routes = {
        address(n): Route(document(n), media_type="application/rss+xml", etag=f'"{n}"', stall_s=delay)
        for n in range(feeds)
    }
    dead = {address(n): Route(b"", stall_s=3_600) for n in range(feeds, feeds + 3)}
    label = f"{feeds} feeds, {delay * 1000:.0f} ms each, {at_once} at once"
    with web_to(routes | dead) as web:
        first, harvests = timed(web, range(feeds), at_once)
        assert all(len(h.items) == 3 for h in harvests), [h.error for h in harvests if h.error]
        time.sleep(1.0)  # the spacing of each host, which is no work of ours
        again, unchanged = timed(web, range(feeds), at_once)
        assert [h.items for h in unchanged] == [h.items for h in harvests]
        yield {"what": f"{label}: first pass", "measured": f"{first:.1f} s"}
        yield {"what": f"{label}: unchanged", "measured": f"{again:.1f} s"}
        if at_once > 1:
            time.sleep(1.0)
            with_dead, collected = timed(web, range(feeds + 3), at_once)
            failed = sum(h.state == "failed" for h in collected)
            yield {"what": f"{label}: unchanged, and {failed} dead hosts", "measured": f"{with_dead:.1f} s"}


def dripping(feeds: int) -> Iterator[dict[str, Any]]:
    """Feeds that never end, at the default settings."""
    routes = {address(n): Route(document(n), drip_s=0.5) for n in range(feeds)}
    with web_to(routes) as web:
        seconds, harvests = timed(web, range(feeds), CollectionLimits().at_once)
    failed = [h for h in harvests if h.state == "failed" and h.error]
    yield {
        "what": f"{feeds} dripping feeds: minutes of collecting; named as failed",
        "asked": "≤ 15",
        "measured": f"**{seconds / 60:.1f}**; {len(failed)} of {feeds}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--delay", type=float, default=0.3)
    parser.add_argument("--dripping", type=int, default=100)
    parser.add_argument("--at-once", default="1,16")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = [row for n in given.at_once.split(",") for row in measured(given.feeds, given.delay, int(n))]
    figures += dripping(given.dripping) if given.dripping else ()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures.append({"what": "peak memory, the server in the same process", "measured": f"{peak:.0f} MiB"})
    if given.json:
        print(json.dumps({"figures": figures}))
        return
    for row in figures:
        print(f"{row['what']:64} {row['measured']}")


if __name__ == "__main__":
    main()
