"""The waits of readers while the reader is under attack, beside those without one.

    python benchmarks/reader_load.py [--data ../shared/data] [--days 30] [--seconds 15] [--only NAME]

A real `daybrief serve` answers on loopback. `READERS` readers ask for pages and searches at a steady rate, as
browsers do: connections are kept, and one that was closed is opened again. They are measured alone before
each attack and during it, in one run, so that the ratio is fair. A request's time begins when it was due, so
an answer that comes late is not excused by the one before it. Each attack runs in a process of its own, to
127.0.0.1 alone, and ends by itself; server, readers and attackers share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from replay import archive_in
from search_speed import COMMON
from show import show

HOST = "127.0.0.1"
ATTACKER = "127.0.0.2"  # readers share HOST and are told apart by connection; who attacks has an address
READERS, EACH_S = 12, 0.4  # readers, and the seconds from one request of a reader to its next: 30 a second
ALONE_S = 6.0  # before each attack
DRIPPING, DRIP_S = 300, 0.5  # connections that drip, and the seconds between their bytes
DEAF_S = 5.0  # how long a connection holds what it does not take
CROWD, CROWD_S = 10_000, 10.0  # silent connections, and the seconds in which they are opened
FLOOD, FLOOD_A_SECOND = 50, 200  # connections of a flood, and its requests a second
AT_ONCE = 50  # dear requests that wait for an answer at any moment
ASKED, LIMIT = "≤ 2 ×", 2.0
SEED = 20241126


# ── one request ─────────────────────────────────────────────────────────────────────────────────────


class Wire:
    """A connection as a browser keeps it: used again, and opened anew where the server closed it."""

    def __init__(self, port: int, source: str = HOST) -> None:
        self._port = port
        self._source = source
        self._both: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, *, wait_s: float = 30.0) -> int:
        """The status of an answer that came whole."""
        async with asyncio.timeout(wait_s):
            if self._both is not None:
                with suppress(OSError, EOFError, ValueError):
                    return await self._fetched(path)
                self.close()
            return await self._fetched(path)

    async def _fetched(self, path: str) -> int:
        if self._both is None:
            self._both = await asyncio.open_connection(HOST, self._port, local_addr=(self._source, 0))
        reader, writer = self._both
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        await reader.readexactly(int(length[1]) if length else 0)
        if b"connection: close" in head.lower():
            self.close()
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        """Hang up."""
        if self._both is not None:
            self._both[1].close()
            self._both = None


# ── readers ─────────────────────────────────────────────────────────────────────────────────────────


def wishes(pages: list[str], draw: random.Random) -> Iterator[str]:
    """The pages that readers ask for, and one search in six that nobody made before."""
    number = itertools.count(draw.randrange(10**6) * 10**4)
    while True:
        if draw.random() < 1 / 6:
            words = " ".join(draw.sample(COMMON, 2))
            yield f"/search?q={quote(words)}&from=2000-01-{1 + next(number) % 28:02}&x={next(number)}"
        else:
            yield draw.choice(pages)


class Readers:
    """`READERS` readers who read all through the attacks: what each waited and was answered."""

    def __init__(self, port: int, pages: list[str]) -> None:
        self._port = port
        self._pages = pages
        self._waits: list[tuple[float, float, str]] = []
        self.over = False

    async def read(self) -> None:
        """Until it is over."""
        await asyncio.gather(*(self._read_pages(number) for number in range(READERS)))

    async def _read_pages(self, number: int) -> None:
        wire, wanted = Wire(self._port), wishes(self._pages, random.Random(SEED + number))
        due = time.perf_counter() + number * EACH_S / READERS
        while not self.over:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            try:
                status = str(await wire.get(next(wanted)))
            except (OSError, EOFError, TimeoutError) as error:
                status = type(error).__name__
                wire.close()
            self._waits.append((due, 1_000 * (time.perf_counter() - due), status))
            due += EACH_S
        wire.close()

    async def span(self, seconds: float) -> dict[str, Any]:
        """The waits of all requests of so many seconds from now, when all of them are answered."""
        begun = time.perf_counter()
        await asyncio.sleep(seconds)
        end = time.perf_counter()
        await asyncio.sleep(1.0)
        mine = [(wait, status) for due, wait, status in self._waits if begun <= due < end]
        unanswered = Counter(status for _, status in mine if status != "200")
        return {"waits": [wait for wait, _ in mine], "unanswered": dict(unanswered)}


# ── attackers ───────────────────────────────────────────────────────────────────────────────────────

Attack = Callable[[int, float], Awaitable[Counter[str]]]


async def _dripping(port: int, until: float, head: bytes) -> Counter[str]:
    """Connections that send a byte now and then, opened again whenever the server ends one."""
    outcomes: Counter[str] = Counter()

    async def client() -> None:
        while time.monotonic() < until:
            outcomes["opened"] += 1
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(HOST, port)
                writer.write(head)
                answer = asyncio.create_task(reader.read(100))
                while time.monotonic() < until and not answer.done():
                    writer.write(b"a")
                    await asyncio.wait([answer], timeout=DRIP_S)
                outcomes["ended by the server" if answer.done() else "held to the end"] += 1
                answer.cancel()
                writer.close()
            await asyncio.sleep(DRIP_S)

    await asyncio.gather(*(client() for _ in range(DRIPPING)))
    return outcomes


async def slow_headers(port: int, until: float) -> Counter[str]:
    return await _dripping(port, until, f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode())


async def slow_bodies(port: int, until: float) -> Counter[str]:
    head = (
        f"POST /feedback HTTP/1.1\r\nHost: {HOST}\r\nOrigin: http://{HOST}\r\nContent-Length: 60000\r\n\r\n"
    )
    return await _dripping(port, until, head.encode())


async def crowd(port: int, until: float) -> Counter[str]:
    """Thousands of connections that say nothing; bare sockets, which cost the machine they share least."""
    outcomes: Counter[str] = Counter()
    begun, wires = time.monotonic(), []
    for number in range(CROWD):
        await asyncio.sleep(max(0.0, begun + CROWD_S * number / CROWD - time.monotonic()))
        if time.monotonic() >= until:
            break
        try:
            wires.append(socket.create_connection((HOST, port), timeout=5))
            outcomes["opened"] += 1
        except OSError:
            outcomes["refused"] += 1
    await asyncio.sleep(max(0.0, until - time.monotonic()))
    for wire in wires:
        wire.setblocking(False)
        outcomes["held to the end" if _silent(wire) else "ended by the server"] += 1
        wire.close()
    return outcomes


def _silent(wire: socket.socket) -> bool:
    """Whether the other end is still there; one that never said a word has nothing to be read."""
    try:
        return bool(wire.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


async def _flood(port: int, until: float, once: Callable[[], Awaitable[str]], pause_s: float) -> Counter[str]:
    outcomes: Counter[str] = Counter()

    async def client(number: int) -> None:
        await asyncio.sleep(number * pause_s / FLOOD)
        due = time.monotonic()
        while time.monotonic() < until:
            try:
                outcomes[await once()] += 1
            except (OSError, EOFError, TimeoutError):
                outcomes["hung up on"] += 1
            due = max(due + pause_s, time.monotonic() - pause_s)
            await asyncio.sleep(max(0.001, due - time.monotonic()))

    await asyncio.gather(*(client(number) for number in range(FLOOD)))
    return outcomes


def _answered(
    port: int, paths: Iterator[str], *, fresh: bool = False, addresses: int = 1
) -> Callable[[], Awaitable[str]]:
    free: list[Wire] = []
    sources = itertools.cycle(
        [ATTACKER] if addresses == 1 else [f"127.0.1.{n + 1}" for n in range(addresses)]
    )

    async def once() -> str:
        wire = free.pop() if free else Wire(port, next(sources))
        try:
            return str(await wire.get(next(paths)))
        finally:
            if fresh:
                wire.close()
            free.append(wire)

    return once


async def huge_pages(port: int, until: float) -> Counter[str]:
    """Page numbers beyond the last, each another."""
    number = itertools.count(10**9)
    every = itertools.cycle(
        ("/search?q=a&page={}", "/api/search?q=a&page={}", "/api/editions?page={}", "/runs?before=-{}")
    )
    paths = (next(every).format(next(number)) for _ in itertools.count())
    return await _flood(port, until, _answered(port, paths), FLOOD / FLOOD_A_SECOND)


def dear() -> Iterator[str]:
    """The dearest things one may ask, no two the same: nothing of it is kept."""
    draw = random.Random(SEED)
    every = " ".join(COMMON)
    for number in itertools.count():
        word = draw.choice(COMMON)
        yield from (
            f"/search?q={quote(f'{every} {number}')}",
            f"/search?q={quote(f'a* AND {word} ' * 50)}&x={number}",
            f"/search?q={quote(f'{word} model learning')}&page={2 + number % 49}&x={number}",
            f"/api/search?q={quote(f'{word} data {number}')}&most=100&page={1 + number % 10}",
            f"/api/ask?q={quote(f'How do {word} models of {draw.choice(COMMON)} data learn {number}?')}",
            f"/category/llm?x={number}",
            f"/search?q={quote('이가는을다의에로하고기지사아자인도' + str(number))}",
        )


async def dear_requests(port: int, until: float) -> Counter[str]:
    """As many at once as the promise names, each asked as soon as the one before it is answered."""
    return await _flood(port, until, _answered(port, dear()), 0.0)


async def dear_strangers(port: int, until: float) -> Counter[str]:
    """The same, each request on a connection of its own."""
    return await _flood(port, until, _answered(port, dear(), fresh=True), 0.0)


async def dear_network(port: int, until: float) -> Counter[str]:
    """The same, from as many addresses as requests: what no limit by address can tell from readers."""
    return await _flood(port, until, _answered(port, dear(), addresses=FLOOD), 0.0)


async def oversize(port: int, until: float) -> Counter[str]:
    """Bodies and headers beyond the limits, with their length and without."""
    post = f"POST /feedback HTTP/1.1\r\nHost: {HOST}\r\nOrigin: http://{HOST}\r\n"
    wants = itertools.cycle(
        (
            f"{post}Content-Length: 100000\r\n\r\n".encode() + b"a" * 100_000,
            f"{post}Transfer-Encoding: chunked\r\n\r\n".encode()
            + (b"4000\r\n" + b"a" * 0x4000 + b"\r\n") * 6,
            f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX: {'a' * 20_000}\r\n\r\n".encode(),
            f"GET / HTTP/1.1\r\nHost: {HOST}\r\nX: {'a' * 60_000}".encode(),
        )
    )

    async def once() -> str:
        async with asyncio.timeout(20):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(next(wants))
                return (await reader.readexactly(12)).split(b" ")[1].decode()
            finally:
                writer.transport.abort()

    return await _flood(port, until, once, FLOOD / FLOOD_A_SECOND)


async def deaf(port: int, until: float) -> Counter[str]:
    """Connections that ask for the heaviest page, again and again, and take nothing of it."""
    outcomes: Counter[str] = Counter()
    page = re.search(r'href="(/day/[^"#/]+/papers)"', await _text(port, "/"))
    path = page[1] if page else "/"
    order = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() * 4

    async def client(number: int) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(DEAF_S * number / DRIPPING)
        while time.monotonic() < until:
            with suppress(OSError), socket.socket() as wire:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                wire.setblocking(False)
                await loop.sock_connect(wire, (HOST, port))
                outcomes["opened"] += 1
                await loop.sock_sendall(wire, order)
                await asyncio.sleep(max(0.0, min(DEAF_S, until - time.monotonic())))

    await asyncio.gather(*(client(number) for number in range(DRIPPING)))
    return outcomes


async def _text(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    try:
        return (await reader.read()).decode(errors="replace")
    finally:
        writer.close()


ATTACKS: dict[str, tuple[Attack, str]] = {
    "slow_headers": (slow_headers, f"{DRIPPING} connections whose headers drip, a byte each {DRIP_S} s"),
    "slow_bodies": (slow_bodies, f"{DRIPPING} connections whose bodies drip, a byte each {DRIP_S} s"),
    "crowd": (crowd, f"{CROWD:,} silent connections, opened within {CROWD_S:.0f} s"),
    "huge_pages": (huge_pages, f"pages beyond 10^9, {FLOOD_A_SECOND} a second on {FLOOD} connections"),
    "deaf": (deaf, f"{DRIPPING} connections that ask for whole editions and take nothing for {DEAF_S:.0f} s"),
    "dear": (dear_requests, f"{AT_ONCE} dear searches, deep pages and questions at any moment"),
    "dear_strangers": (dear_strangers, "the same, each on a connection of its own"),
    "dear_network": (dear_network, f"the same, from {FLOOD} addresses"),
    "oversize": (oversize, f"bodies and headers too large, {FLOOD_A_SECOND} a second"),
}


async def attacked(name: str, port: int, seconds: float, readers: Readers) -> dict[str, Any]:
    """The waits of readers while an attack ran in a process of its own, and the outcome of the attack."""
    order = [sys.executable, __file__, "--attack", name, "--port", str(port), "--seconds", str(seconds + 2)]
    process = await asyncio.create_subprocess_exec(*order, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        await process.stdout.readline()  # it has begun
        await asyncio.sleep(0.5)
        report = await readers.span(seconds)
        out, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return report | {"attack": json.loads(out)}


def attack(name: str, port: int, seconds: float) -> None:
    """The process that attacks."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, CROWD + 2_000), hard))
    print("begun", flush=True)
    print(json.dumps(asyncio.run(_attack(name, port, seconds))))


async def _attack(name: str, port: int, seconds: float) -> Counter[str]:
    return await ATTACKS[name][0](port, time.monotonic() + seconds)


# ── the attacks ───────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def serving(archive: Path) -> Iterator[tuple[int, int]]:
    """`daybrief serve` over an archive: its port and process."""
    folder = archive.parent
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    settings = folder / "daybrief.toml"
    settings.write_text(f'archive = "{archive}"\nlanguage = "en"\nsources = []\n', encoding="utf-8")
    order = [sys.executable, "-m", "daybrief", "serve", "--port", str(port), "--config", str(settings)]
    process = subprocess.Popen(
        order, cwd=folder, stdout=subprocess.PIPE, stderr=(folder / "log").open("w"), text=True
    )
    try:
        assert process.stdout is not None
        if "http://" not in process.stdout.readline():
            raise SystemExit((folder / "log").read_text(encoding="utf-8"))
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


async def found_pages(port: int) -> list[str]:
    """The front page, what it leads to, and the lists."""
    led = dict.fromkeys(re.findall(r'href="(/(?:day|story)[^"#]+)"', await _text(port, "/")))
    stories = [path for path in led if path.startswith("/story")][:12]
    days = [path for path in led if path.startswith("/day")][:4]
    return ["/", "/calendar", "/categories", "/sources", "/runs", "/ask", "/feeds/atom.xml", *days, *stories]


def spread(waits: list[float]) -> dict[str, Any]:
    ordered = sorted(waits)
    cuts = {f"p{n}": ordered[min(len(ordered) - 1, len(ordered) * n // 100)] for n in (50, 95)}
    return cuts | {"worst": ordered[-1], "requests": len(ordered)}


def memory_mb(pid: int) -> int:
    """The most memory the server ever took."""
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(match[1]) // 1024 if match else 0


async def under_attack(port: int, names: list[str], seconds: float) -> dict[str, Any]:
    """Alone and under each attack by turns, and once more when all is over."""
    readers = Readers(port, await found_pages(port))
    reading = asyncio.create_task(readers.read())
    await asyncio.sleep(5.0)  # the first look at each page
    alone, under = [], {}
    for name in names:
        alone.append(await readers.span(ALONE_S))
        under[name] = await attacked(name, port, seconds, readers)
        await asyncio.sleep(3.0)
    after = await readers.span(ALONE_S)
    readers.over = True
    await reading
    usual = spread([wait for turn in alone for wait in turn["waits"]])
    rows = {name: row | spread(row.pop("waits")) for name, row in under.items()}
    return {
        "benchmark": "reader_load",
        "cores": os.cpu_count(),
        "alone": usual | {"by_turn": [spread(turn["waits"])["p95"] for turn in alone]},
        "attacks": {name: row | {"ratio": row["p95"] / usual["p95"]} for name, row in rows.items()},
        "after": spread(after["waits"]) | {"unanswered": after["unanswered"]},
    }


def figures(report: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The targets beside the measurements."""
    alone, turns = report["alone"], report["alone"]["by_turn"]
    yield {
        "what": f"alone: p50 / p95 of {alone['requests']} requests, 30 a second (p95 from turn to turn)",
        "measured": f"{alone['p50']:.1f} / {alone['p95']:.1f} ms ({min(turns):.1f} – {max(turns):.1f})",
    }
    for name, row in report["attacks"].items():
        ratio = f"{'**' if row['ratio'] <= LIMIT else '**missed** '}{row['ratio']:.2f} ×"
        ratio += "**" if row["ratio"] <= LIMIT else ""
        unanswered = ", ".join(f"{n} × {what}" for what, n in row["unanswered"].items()) or "none"
        became = ", ".join(f"{n:,} {what}" for what, n in sorted(row["attack"].items()))
        yield {
            "what": f"p95 under attack: {ATTACKS[name][1]}",
            "asked": ASKED,
            "measured": f"{ratio} (p50 {row['p50']:.1f}, p95 {row['p95']:.1f}, worst {row['worst']:.0f} ms; "
            f"{unanswered} of {row['requests']} without an answer); the attack: {became}",
        }
    after = report["after"]
    value = f"p95 {after['p95']:.1f} ms, {sum(after['unanswered'].values())} not answered"
    yield {"what": "afterwards", "asked": "as before", "measured": value}
    yield {"what": "the most memory the server took", "measured": f"{report['memory_mb']} MB"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="recorded days; without it the founding day")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each attack")
    parser.add_argument("--only", default="", help=f"some of {', '.join(ATTACKS)}")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--archive", type=Path, help="one that is there already")
    parser.add_argument("--attack", choices=ATTACKS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.attack:
        attack(given.attack, given.port, given.seconds)
        return
    names = [name for name in ATTACKS if not given.only or name in given.only.split(",")]
    with tempfile.TemporaryDirectory() as made:
        archive = given.archive or archive_in(Path(made), given.data, given.days)
        with serving(archive) as (port, pid):
            report = asyncio.run(under_attack(port, names, given.seconds)) | {"memory_mb": memory_mb(pid)}
    report["figures"] = list(figures(report))
    show(report, as_json=given.json)


if __name__ == "__main__":
    main()
