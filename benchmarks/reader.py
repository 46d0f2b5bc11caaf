"""The reader as browsers and strangers meet it: weight, speed, accessibility, headers, script injection.

    python benchmarks/reader.py [--data ../shared/data] [--json] [--days 30] [--vectors 500]

With --data an archive of recorded days is read (see `benchmarks/replay.py`), without it the founding day.
Needs Chromium, `playwright` and `axe-playwright-python`. Everything happens on loopback.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

from daybrief.adapters.archive import open_archive, open_view
from daybrief.adapters.machine import FixedClock
from daybrief.library import Library
from daybrief.search import ArchiveSearcher
from daybrief.testing.archives import VECTORS, attacked
from daybrief.testing.editions import taxonomy
from daybrief.web import create_app
from daybrief.web.guard import HEADERS
from daybrief.web.pages import ReaderServices
from replay import archive_in

READERS = 50
ROUNDS = 20  # pages each reader asks for
AT = datetime(2025, 2, 1, tzinfo=UTC)


def services_over(path: Path, **fields: Any) -> ReaderServices:
    """Reader services over an archive."""
    archive = open_archive(path)
    searcher = ArchiveSearcher(path.with_name(f"{path.stem}.search"))
    searcher.sync(archive)
    library = Library(open_view(path), searcher, taxonomy())
    return ReaderServices(
        library=library, searcher=searcher, examples=archive.of, clock=FixedClock(AT), **fields
    )


def hostile_services(path: Path) -> ReaderServices:
    """A services whose categories and profiles are hostile too."""
    shelf = taxonomy()
    named = tuple(
        msgspec.structs.replace(c, name={"en": VECTORS[n], "ko": VECTORS[n + 40]}, emoji=VECTORS[n + 80])
        for n, c in enumerate(shelf.category)
    )
    services = services_over(path, profiles=tuple(VECTORS[:60]))
    library = services.library
    ours = Library(library.archive, services.searcher, msgspec.structs.replace(shelf, category=named))
    return msgspec.structs.replace(services, library=ours)


@contextmanager
def serving(path: Path, *, hostile: bool = False) -> Iterator[int]:
    """The reader over an archive, in a process of its own; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "--serve", str(path), "--port", str(port)]
    process = subprocess.Popen(command + (["--hostile"] if hostile else []))
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def routes(services: ReaderServices) -> list[str]:
    """A path for every kind of page."""
    day = services.library.latest()
    editions = services.library.editions(day) if day else ()
    stories = [story.id for edition in editions for story in edition.stories]
    kinds = [edition.kind for edition in editions]
    paths = [
        "/",
        f"/day/{day}",
        "/calendar",
        "/categories",
        "/search",
        "/search?q=model",
        "/ask",
        "/profiles",
    ]
    paths += ["/sources", "/runs", "/about", f"/story?key={quote(stories[0], safe='')}"]
    paths += [f"/day/{day}/{kind}" for kind in kinds] + [f"/day/{day}/{kind}/ledger" for kind in kinds]
    return [*paths, f"/category/{editions[0].sections[0].category.id}"]


OTHER_ROUTES = (
    "/feeds/atom.xml", "/feeds/feed.xml", "/feeds/feed.json", "/manifest.webmanifest", "/favicon.ico",
    "/robots.txt", "/login", "/nothing", "/story", "/search?page=1000000000", "/index.html",
    "/static/nothing", "/day/1999-01-01",
)  # fmt: skip


def bare(port: int, pages: list[str]) -> list[str]:
    """The routes of which any answer lacks a header."""
    import httpx2

    lacking = []
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").text)
        for path in (*pages, *OTHER_ROUTES, *files):
            for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
                answer = client.request(method, path)
                if any(answer.headers.get(n.decode()) != v.decode() for n, v in HEADERS):
                    lacking.append(f"{method} {path}")
        for host in ("evil.test", ""):
            answer = client.get("/", headers={"host": host})
            if any(answer.headers.get(n.decode()) != v.decode() for n, v in HEADERS):
                lacking.append(f"Host {host}")
    return lacking


def first_bytes(port: int, pages: list[str]) -> dict[str, float]:
    """Milliseconds to the first byte, `READERS` readers at once, each on a connection of its own."""
    waits: list[float] = []
    lock = threading.Lock()
    for path in pages:
        _wait(port, path)
    start = threading.Barrier(READERS)

    def read(number: int) -> None:
        start.wait()
        mine = []
        with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
            file = wire.makefile("rb")
            for turn in range(ROUNDS):
                mine.append(_seconds_of(wire, file, pages[(number + turn) % len(pages)]))
                time.sleep(0.2)  # a fast reader: five pages a second
        with lock:
            waits.extend(mine)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waits.sort()
    return {
        f"p{n}": round(1_000 * waits[min(len(waits) - 1, len(waits) * n // 100)], 1) for n in (50, 95, 99)
    }


def _wait(port: int, path: str) -> float:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as wire:
        return _seconds_of(wire, wire.makefile("rb"), path)


def _seconds_of(wire: socket.socket, file: Any, path: str) -> float:
    begun = time.perf_counter()
    wire.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    first = file.readline()
    took = time.perf_counter() - begun
    length = 0
    while (line := file.readline()) not in (b"\r\n", b""):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    file.read(length)
    if b" 200 " not in first:
        raise SystemExit(f"{path}: {first!r}")
    return took


def looked(browser: Browser, port: int, pages: list[str]) -> dict[str, Any]:
    """A browser's findings: bytes of each page, foreign requests, complaints, axe violations, overflow."""
    base, axe = f"http://127.0.0.1:{port}", Axe()
    weights: dict[str, int] = {}
    foreign, complaints, violations, wide = [], [], [], []
    for scheme, width in (("light", 1280), ("dark", 390), ("light", 320)):
        for path in pages:
            page = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme
            ).new_page()
            page.on("request", lambda r: foreign.append(r.url) if urlsplit(r.url).port != port else None)
            page.on("console", lambda m: complaints.append(m.text))
            requests: list[Request] = []
            page.on("requestfinished", lambda request, requests=requests: requests.append(request))
            page.goto(base + path, wait_until="networkidle")
            sizes = [request.sizes() for request in requests]
            weight = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
            weights[path] = max(weights.get(path, 0), weight)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(f"{path} at {width}")
            if width != 390:
                violations += [f"{path} {v['id']}" for v in axe.run(page).response["violations"]]
            page.context.close()
    return {
        "weights": weights,
        "foreign": foreign,
        "complaints": complaints,
        "violations": violations,
        "wide": wide,
    }


def fired(browser: Browser, port: int, pages: list[str], vectors: tuple[str, ...]) -> list[str]:
    """The pages on which a vector ran; the browser overlooks our policy, so that escaping alone counts."""
    base = f"http://127.0.0.1:{port}"
    context = browser.new_context(bypass_csp=True)
    context.add_init_script("window.canary = () => { (window.top.fired ??= []).push(1); }")
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    ran = [path for path in pages if _fires(page, base + path)]
    page.goto(f"{base}{pages[-1]}")
    links = "all => [...new Set(all.map(a => a.getAttribute('href')))]"
    stories = page.eval_on_selector_all("a[href^='/story']", links)
    ran += [path for path in stories if _fires(page, base + path)]
    for vector in vectors:
        typed = quote(vector.encode(errors="ignore"), safe="")
        path = f"/search?q={typed}&source={typed}&category={typed}&from={typed}"
        if _fires(page, base + path):
            ran.append(path)
    context.close()
    return ran


_PROVOKE = """() => {
  const kinds = ['mouseover', 'focus', 'load', 'error', 'toggle', 'animationstart'];
  for (const element of document.querySelectorAll('main *'))
    for (const kind of kinds) element.dispatchEvent(new Event(kind));
}"""


def _fires(page: Page, url: str) -> bool:
    page.goto(url)
    page.evaluate(_PROVOKE)
    return bool(page.evaluate("(window.fired || []).length"))


def measure(data: Path | None, days: int, most: int) -> dict[str, Any]:
    """Everything."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        path = archive_in(folder, data, days)
        bad = attacked(folder, VECTORS[:most])
        pages = routes(services_over(path))
        hostile_pages = [p for p in routes(services_over(bad)) if "/news" not in p]
        hostile_pages.sort(key=lambda p: p.endswith("/papers"))
        with serving(path) as port, sync_playwright() as play:
            waits = first_bytes(port, pages)
            lacking = bare(port, pages)
            chromium = shutil.which("chromium") or shutil.which("chromium-browser")
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            seen = looked(browser, port, pages)
            with serving(bad, hostile=True) as other:
                ran = fired(browser, other, hostile_pages, VECTORS[:most])
            browser.close()
    heaviest = max(seen["weights"], key=seen["weights"].__getitem__)
    return {
        "benchmark": "reader",
        "days": len(range(days)) if data else 1,
        "pages": len(pages),
        "heaviest": heaviest,
        "heaviest_kb": round(seen["weights"][heaviest] / 1_000, 1),
        "readers": READERS,
        "first_byte_ms": waits,
        "axe_violations": len(seen["violations"]),
        "lacking_headers": len(lacking),
        "foreign_requests": len(seen["foreign"]),
        "complaints": len(seen["complaints"]),
        "vectors": most,
        "vectors_fired": len(ran),
        "broken_at_320": len([w for w in seen["wide"] if w.endswith("320")]),
        "broken_elsewhere": len([w for w in seen["wide"] if not w.endswith("320")]),
        "named": sorted(
            {*seen["violations"], *lacking, *seen["foreign"], *seen["complaints"], *ran, *seen["wide"]}
        )[:40],
    }


def serve(path: Path, port: int, *, hostile: bool) -> None:
    """The process that is measured."""
    from daybrief.web import server_of

    services = hostile_services(path) if hostile else services_over(path)
    server_of(create_app(services), "127.0.0.1", port).run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--days", type=int, default=30, help="recorded days in the archive")
    parser.add_argument("--vectors", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--hostile", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.port, hostile=options.hostile)
        return
    report = measure(options.data, options.days, options.vectors)
    print(json.dumps(report) if options.json else "\n".join(f"{k:>20} {v}" for k, v in report.items()))


if __name__ == "__main__":
    main()
