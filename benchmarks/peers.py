"""The same work in one run, by us and by what a user would pick instead: times, and ours divided by theirs.

    python benchmarks/peers.py --data ../shared/data [--feeds 200] [--days 20] [--texts 20000] [--repeats 3]
                               [--only feeds,site,search,start] [--peers DIR] [--made FILE] [--json]

| work | ours | theirs |
| --- | --- | --- |
| feeds at 300 ms; unchanged; with three dead hosts | collecting, 16 at once | reader, 10 workers |
| a site of recorded days, with pictures and without | `daybrief site` | Hugo, MkDocs: the days as Markdown |
| an index of texts, and 200 searches of what people type | search | tantivy alone, SQLite's FTS5 |
| a search from the command line; the reader's first page | `search`, `serve` | datasette |

Each search is asked twice: the second time is compared, as of a reader that was open; the first is told.
The peers of PyPI are put into an environment of their own (`--peers`, by default a temporary folder); Hugo is
looked for on the path. A peer that cannot be had is a line. Ours and theirs take turns, so that a busy moment
meets both; a ratio is the median over the turns, with the least and the greatest behind it. Processor time,
where it is given, is of all that a turn started until it ended. Programs are started once before the turns,
so that their modules are compiled, as on every start but the first. Each feed has a loopback address of its
own, a server in a process of its own, 30 entries and an ETag. `--made` is an archive of the days made before.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any

PEERS = ("reader", "sgmllib3k", "mkdocs", "datasette", "tantivy")  # the second is what the first forgets
DELAY_S = 0.3
SEARCHES = 200

Turn = Callable[[int], dict[str, float]]  # the number of the turn → what was done → seconds


# ── feeds ───────────────────────────────────────────────────────────────────────────────────────────

READER = """
import json, sys, time
from reader import make_reader
urls = sys.stdin.read().split()
dead = [u for u in urls if u.endswith("dead")]
reader = make_reader(sys.argv[1])
for url in urls:
    if url not in dead:
        reader.add_feed(url)
found = {}
for what in ("first pass", "unchanged"):
    start, worked = time.perf_counter(), time.process_time()
    reader.update_feeds(workers=10, scheduled=False)  # each of them, due or not
    found[what] = time.perf_counter() - start
    found[what + ", processor time"] = time.process_time() - worked
    time.sleep(1.0)
if dead:
    for url in dead:
        reader.add_feed(url)
    start = time.perf_counter()
    reader.update_feeds(workers=10, scheduled=False)  # each of them, due or not
    found["unchanged, and dead hosts"] = time.perf_counter() - start
assert reader.get_entry_counts().total >= 20 * (len(urls) - len(dead)), reader.get_entry_counts()
print(json.dumps(found))
"""


def serve_feeds(port: int) -> None:
    """Answer every address with its feed after the delay; an address that ends in `dead` never."""
    import http.server

    from collecting import document

    class Answer(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.endswith("dead"):
                time.sleep(3_600)
            time.sleep(DELAY_S)
            number = int(self.path.rpartition("/")[2])
            tag = f'"{number}"'
            known = self.headers.get("if-none-match") == tag
            body = b"" if known else document(number)
            self.send_response(304 if known else 200)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

    Server(("0.0.0.0", port), Answer).serve_forever()


def collect_feeds(folder: Path, urls: list[str]) -> dict[str, float]:
    """Our two passes over the feeds with the default settings, and what is collected kept in an archive."""
    from urllib.parse import urlsplit

    from collecting import DAY, NOW
    from daybrief.adapters.archive import open_archive
    from daybrief.adapters.machine import SystemClock
    from daybrief.adapters.web import HttpWeb, WebSettings
    from daybrief.sources import feed
    from daybrief.stages.collect import CollectionLimits, collect

    allow = tuple({(urlsplit(url).hostname or "", urlsplit(url).port or 0) for url in urls})
    archive = open_archive(folder / "archive.sqlite")
    dead = [url for url in urls if url.endswith("dead")]
    alive = [url for url in urls if url not in dead]
    settings = WebSettings(cache_path=folder / "cache", spacing_path=folder / "spacing", allow=allow)
    seconds = {}
    with HttpWeb(settings, clock=SystemClock()) as web:
        for what, addresses in (
            ("first pass", alive),
            ("unchanged", alive),
            ("unchanged, and dead hosts", urls),
        ):
            if addresses is urls and not dead:
                continue
            sources = [
                feed.FeedSource(feed.Options(url=url, name=f"feed{n}")) for n, url in enumerate(addresses)
            ]
            start, worked = time.perf_counter(), time.process_time()
            harvests = collect(DAY, sources, web, NOW, CollectionLimits())
            archive.save_harvests(DAY, harvests)
            seconds[what] = time.perf_counter() - start
            if addresses is alive:
                seconds[f"{what}, processor time"] = time.process_time() - worked
            assert sum(len(h.items) == 3 for h in harvests) == len(alive), [h.error for h in harvests]
            time.sleep(1.0)
    return seconds


@contextmanager
def feed_server() -> Iterator[int]:
    port = free_port()
    server = subprocess.Popen([sys.executable, __file__, "--child", "feeds-server", str(port)])
    try:
        answers(port, "/0")
        yield port
    finally:
        server.kill()
        server.wait()


def feeds(given: argparse.Namespace, peers: Peers, folder: Path) -> Iterator[dict[str, str]]:
    with feed_server() as port:
        hosts = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(given.feeds + given.dead)]
        urls = [f"http://{host}:{port}/{n}" for n, host in enumerate(hosts)]
        urls = urls[: given.feeds] + [f"{url}dead" for url in urls[given.feeds :]]

        def ours(turn: int) -> dict[str, float]:
            own = folder / f"feeds-{turn}"
            own.mkdir()
            return child(["feeds", str(own)], "\n".join(urls))

        def reader(turn: int) -> dict[str, float]:
            return peers.run(READER, [str(folder / f"reader-{turn}.sqlite")], "\n".join(urls))

        label = f"{given.feeds} feeds at {DELAY_S * 1000:.0f} ms"
        targets = {"first pass": "≤ 1", "unchanged": "≤ 1.5", "unchanged, and dead hosts": "≤ 1"}
        yield from compared(label, ours, {"reader": reader}, given.repeats, targets)


# ── a site ──────────────────────────────────────────────────────────────────────────────────────────

_LIST = (
    "<html><body>{{ range .Site.RegularPages }}<a href='{{ .Permalink }}'>{{ .Title }}</a>{{ end }}</body>"
)
_SINGLE = "<html><body><h1>{{ .Title }}</h1>{{ .Content }}</body></html>"


def site(given: argparse.Namespace, peers: Peers, folder: Path) -> Iterator[dict[str, str]]:
    from daybrief.adapters.archive import open_view
    from daybrief.adapters.files import Mirror
    from daybrief.adapters.machine import Forks, SystemClock, usable_cores
    from daybrief.app.outputs import build_site
    from daybrief.app.ports import MADE_BY
    from daybrief.publishers._site.pages import SiteOptions
    from daybrief.publishers.markdown import render
    from replay import printed_archive, recorded

    made = given.made or printed_archive(folder, islice(recorded(given.data), given.days))
    archive = open_view(made)
    pages = {
        f"{day}-{kind}": render(edition)
        for day in archive.marks()
        for kind in ("papers", "news")
        if (edition := archive.edition(day, kind)) is not None
    }
    hugo, mkdocs = folder / "hugo", folder / "mkdocs"
    for place in (hugo / "content", hugo / "layouts" / "_default", mkdocs / "docs"):
        place.mkdir(parents=True)
    (hugo / "config.toml").write_text('baseURL = "https://example.org/"\ntitle = "Days"\n')
    (hugo / "layouts" / "index.html").write_text(_LIST)
    (hugo / "layouts" / "_default" / "single.html").write_text(_SINGLE)
    (mkdocs / "mkdocs.yml").write_text("site_name: Days\n")
    (mkdocs / "docs" / "index.md").write_text("# Days\n")
    for name, text in pages.items():
        (hugo / "content" / f"{name}.md").write_text(f'---\ntitle: "{name}"\n---\n{text}', encoding="utf-8")
        (mkdocs / "docs" / f"{name}.md").write_text(text, encoding="utf-8")

    def ours(pictures: bool) -> Turn:
        def build(turn: int) -> dict[str, float]:
            out = folder / f"ours-{turn}-{pictures}"
            options = SiteOptions(base_url="https://example.org/", pictures=pictures)
            start, worked = time.perf_counter(), time.process_time() + children_s()
            divide = Forks(min(2, usable_cores()))  # as `daybrief site` does
            build_site(archive, Mirror(out), options, SystemClock().now(), MADE_BY, divide=divide)
            return {
                "site": time.perf_counter() - start,
                "site, processor time": time.process_time() + children_s() - worked,
            }

        return build

    plain, drawn = ours(pictures=False), ours(pictures=True)
    theirs: dict[str, Turn] = {}
    if program := shutil.which("hugo"):
        theirs["Hugo"] = lambda turn: command("site", [program, "--quiet", "-d", f"out-{turn}"], hugo)
    else:
        yield absent("Hugo", "it is not on the path (Debian: apt install hugo)")
    tool = [str(peers.bin / "mkdocs"), "build", "--quiet", "-d"]
    theirs["MkDocs"] = lambda turn: command("site", [*tool, f"out-{turn}"], mkdocs)
    label = f"a site of {len(archive.marks())} days, {len(pages)} editions"
    for name, build in (("", drawn), (" without pictures", plain)):
        targets = {"site": "≤ 5 (Hugo), ≤ 1 (MkDocs)"}
        yield from compared(label + name, build, theirs, given.repeats, targets)


# ── search ──────────────────────────────────────────────────────────────────────────────────────────

TANTIVY = """
import json, statistics, sys, tempfile, time
import tantivy
texts, queries = json.load(sys.stdin)
builder = tantivy.SchemaBuilder()
builder.add_text_field("title", stored=True, tokenizer_name="en_stem")
builder.add_text_field("text", stored=True, tokenizer_name="en_stem")
start, worked = time.perf_counter(), time.process_time()
schema = builder.build()
index = tantivy.Index(schema, path=tempfile.mkdtemp())
writer = index.writer(heap_size=64_000_000, num_threads=1)
for title, text in texts:
    writer.add_document(tantivy.Document(title=title, text=text))
writer.commit()
writer.wait_merging_threads()
built, build_cpu = time.perf_counter() - start, time.process_time() - worked
index.reload()
searcher, times, cpu, first = index.searcher(), [], [], []
for words in queries:
    for turn in range(2):
        start, worked = time.perf_counter(), time.thread_time()
        query, _ = index.parse_query_lenient(words, ["title", "text"])
        hits = searcher.search(query, 10).hits
        cutter = tantivy.SnippetGenerator.create(searcher, query, schema, "text")
        documents = [searcher.doc(address) for _, address in hits]
        found = [(told["title"], cutter.snippet_from_doc(told).to_html()) for told in documents]
        (cpu if turn else first).append(time.thread_time() - worked)
    times.append(time.perf_counter() - start)
p95, p95_cpu, p95_first = (statistics.quantiles(each, n=20)[-1] for each in (times, cpu, first))
print(json.dumps({"build": built, "build, processor time": build_cpu, "search, p95": p95,
                  "search, p95 of processor time": p95_cpu,
                  "search, median of processor time": statistics.median(cpu),
                  "search, asked the first time, p95 of processor time": p95_first,
                  "search, asked the first time, median of processor time": statistics.median(first)}))
"""


class Clock:
    """Seconds by the clock and of processor time since it was made."""

    def __init__(self) -> None:
        self._wall, self._process, self._thread = time.perf_counter(), time.process_time(), time.thread_time()

    @property
    def built(self) -> dict[str, float]:
        """Of a build, whose threads count."""
        return {
            "build": time.perf_counter() - self._wall,
            "build, processor time": time.process_time() - self._process,
        }

    @property
    def searched(self) -> tuple[float, float]:
        """Of a search, by this thread."""
        return time.perf_counter() - self._wall, time.thread_time() - self._thread


def asked_twice(ask: Callable[[], object]) -> tuple[float, float, float]:
    """The seconds of the second time, by the clock and of processor time, and those of the first."""
    first = Clock()
    ask()
    worked = first.searched[1]
    again = Clock()
    ask()
    return *again.searched, worked


def spread_of(times: list[tuple[float, float, float]]) -> dict[str, float]:
    """The figures of searches."""
    wall, cpu, first = zip(*times, strict=True)
    return {
        "search, p95": statistics.quantiles(wall, n=20)[-1],
        "search, p95 of processor time": statistics.quantiles(cpu, n=20)[-1],
        "search, median of processor time": statistics.median(cpu),
        "search, asked the first time, p95 of processor time": statistics.quantiles(first, n=20)[-1],
        "search, asked the first time, median of processor time": statistics.median(first),
    }


def full_text_of_sqlite(texts: list[tuple[str, str]], queries: list[str]) -> dict[str, float]:
    """The same with SQLite's FTS5: any of the words, best first, with its own excerpt."""
    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(f"{folder}/fts.sqlite") as db:
        clock = Clock()
        db.execute("CREATE VIRTUAL TABLE texts USING fts5(title, text, tokenize='porter unicode61')")
        db.executemany("INSERT INTO texts VALUES (?, ?)", texts)
        db.commit()
        built, times = clock.built, []
        query = "SELECT title, snippet(texts, 1, '', '', '…', 40) FROM texts WHERE texts MATCH ?"
        for words in queries:
            any_of = " OR ".join('"' + word.replace('"', "") + '"' for word in words.split())
            best = partial(db.execute, f"{query} ORDER BY rank LIMIT 10", (any_of,))
            times.append(asked_twice(lambda best=best: best().fetchall()))
    return built | spread_of(times)


PARTS = {  # functions of ours → what they do in a search
    "excerpt": "excerpts", "marks": "marks", "stored": "reading the hits", "compiled": "the query",
    "best": "tantivy's own search", "mended": "typos", "closeness": "words as typed",
    "_closest_first": "words as typed", "parse": "what was typed",
}  # fmt: skip


class PartsOfSearch:
    """How much processor time each part of our searches takes: where they stand at each half millisecond."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def _note(self, _number: int, frame: FrameType | None) -> None:
        while frame is not None and frame.f_code.co_name not in PARTS:
            frame = frame.f_back
        self._counts[PARTS[frame.f_code.co_name] if frame else "the rest"] += 1

    def milliseconds(self, work: Callable[[], float]) -> dict[str, float]:
        """Of each part, so that they add up to the milliseconds of processor time that `work` returns."""
        before = signal.signal(signal.SIGPROF, self._note)
        signal.setitimer(signal.ITIMER_PROF, 0.0005, 0.0005)
        try:
            whole = work()
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            signal.signal(signal.SIGPROF, before)
        every = max(1, self._counts.total())
        return {part: whole * many / every for part, many in self._counts.most_common()}


def search(given: argparse.Namespace, peers: Peers, folder: Path) -> Iterator[dict[str, str]]:
    from daybrief.search import ArchiveSearcher
    from search_speed import Days, ordinary

    class Kept(Days):
        """The same days, made once: nobody's time."""

        harvests = cache(Days.harvests)

    days = Kept(given.data, given.texts)
    plain = {"one word", "two or three words", "a whole title", "common words"}
    searches = ((kind, " ".join(text.replace('"', " ").split())) for kind, text in ordinary(days, SEARCHES))
    queries = [text for kind, text in searches if kind in plain and text][:SEARCHES]
    items = [item for day in days.marks() for harvest in days.harvests(day) for item in harvest.items]
    texts = [(item.title, item.text) for item in items]

    def ours(turn: int) -> dict[str, float]:
        clock = Clock()
        searcher = ArchiveSearcher(folder / f"index-{turn}")
        searcher.sync(days)
        built = clock.built
        times = [asked_twice(partial(searcher.search, words, most=10)) for words in queries]
        return built | spread_of(times)

    def again() -> float:
        """Milliseconds of processor time of a search, on the average."""
        searcher, clock = ArchiveSearcher(folder / "index-0"), Clock()
        for words in 4 * queries:
            searcher.search(words, most=10)
        return 250 * clock.searched[1] / len(queries)

    theirs: dict[str, Turn] = {
        "tantivy alone": lambda _: peers.run(TANTIVY, [], json.dumps([texts, queries])),
        "SQLite FTS5": lambda _: full_text_of_sqlite(texts, queries),
    }
    bounds = {"build": "≤ 2", "search, p95": "≤ 1"}
    label = f"{len(texts):,} texts"
    yield from compared(label, ours, theirs, given.repeats, bounds)
    parts = PartsOfSearch().milliseconds(again)
    listed = ", ".join(f"{part} {spent:.2f}" for part, spent in parts.items())
    mean = f"{sum(parts.values()):.2f} ms: {listed}"
    yield {
        "what": f"{label}: a search of ours, on the average, processor time",
        "asked": "–",
        "measured": mean,
    }


# ── start ───────────────────────────────────────────────────────────────────────────────────────────


def start(given: argparse.Namespace, peers: Peers, folder: Path) -> Iterator[dict[str, str]]:
    """A search in a new process, and a server's first page, over one archive of the founding edition."""
    from daybrief.testing.archives import kept
    from daybrief.testing.editions import founding, news

    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")  # of both; the checkout keeps none
    archive = kept(folder, founding(), news())
    (folder / "daybrief.toml").write_text(f'archive = "{archive}"\nsources = []\n')
    ours_of = [sys.executable, "-m", "daybrief"]
    arguments = [*ours_of, "search", "--config", str(folder / "daybrief.toml"), "language model"]
    time.sleep(2.5)  # an archive that changed this very moment is opened: no reader searches so soon
    command("warm", arguments, folder)  # makes the index
    data = str(peers.bin / "datasette")

    def ours(_: int) -> dict[str, float]:
        port = free_port()
        settings = folder / "serve.toml"
        text = (folder / "daybrief.toml").read_text()
        settings.write_text(f"{text}[serve]\nport = {port}\n")
        serving = [*ours_of, "serve", "--config", str(settings)]
        return command("search", arguments, folder) | first_page(serving, port, folder)

    def datasette(_: int) -> dict[str, float]:
        port, table = free_port(), f"/{Path(archive).stem}/items.json?_search=model"
        got = command("search", [data, str(archive), "--get", table.partition("?")[0]], folder)
        return got | first_page([data, "serve", str(archive), "-p", str(port)], port, folder)

    ours(0), datasette(0)
    bounds = {"search": "≤ 1", "first page": "≤ 1"}
    yield from compared("start", ours, {"datasette": datasette}, given.repeats, bounds)


def first_page(serving: list[str], port: int, folder: Path) -> dict[str, float]:
    """Seconds from the start of a server to its first page."""
    began, worked = time.perf_counter(), children_s()
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(serving, cwd=folder, stdout=log, stderr=log)
    try:
        answers(port, "/")
        taken = time.perf_counter() - began
    finally:
        server.terminate()
        server.wait()
    return {"first page": taken, "first page, processor time": children_s() - worked}


# ── taking turns ────────────────────────────────────────────────────────────────────────────────────


class Peers:
    """The environment of the peers, made when it is not there; its packages are those of today."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.missing: dict[str, str] = {}
        if not (self.bin / "python").exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        for name in PEERS:
            tool = [str(self.bin / "python"), "-m", "pip", "install", "--quiet", name]
            done = subprocess.run(tool, check=False, capture_output=True, text=True)
            if done.returncode:
                self.missing[name] = (done.stderr.strip().splitlines() or ["pip failed"])[-1][:160]

    def run(self, script: str, arguments: list[str], given: str) -> dict[str, float]:
        """The JSON that a script printed, run by the peers' Python."""
        call = [str(self.bin / "python"), "-c", script, *arguments]
        return printed(call, given)


def child(arguments: list[str], given: str) -> dict[str, float]:
    """The JSON that this file prints as a child: our own work in a process of its own."""
    return printed([sys.executable, __file__, "--child", *arguments], given)


def printed(call: list[str], given: str) -> dict[str, float]:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    if "--child" not in call:
        environment.pop("PYTHONPATH", None)
    done = subprocess.run(call, input=given, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-400:] or f"exit {done.returncode}")
    report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return report


def command(what: str, call: list[str], folder: Path) -> dict[str, float]:
    began, worked = time.perf_counter(), children_s()
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout).strip()[-400:])
    return {what: time.perf_counter() - began, f"{what}, processor time": children_s() - worked}


def children_s() -> float:
    """Seconds of processor time of the processes that have ended here."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compared(
    label: str,
    ours: Turn,
    theirs: dict[str, Turn],
    repeats: int,
    targets: dict[str, str],
    suffix: str = "",
) -> Iterator[dict[str, str]]:
    """Rows of what the turns took; a peer that fails is a line, and does not take part."""
    taken: dict[str, list[dict[str, float]]] = {"": []}
    for turn in range(repeats):
        taken[""].append(ours(turn))
        for name, work in list(theirs.items()):
            try:
                taken.setdefault(name, []).append(work(turn))
            except (RuntimeError, OSError, ValueError) as failed:
                del theirs[name]
                taken.pop(name, None)
                yield absent(name, " ".join(str(failed).split())[-200:])
    for what in taken[""][0]:
        times = [turn[what] for turn in taken[""]]
        yield {"what": f"{label}: {what}", "asked": "–", "measured": median_time(times)}
        for name in theirs:
            other = [turn[what] for turn in taken[name]]
            ratios = sorted(a / b for a, b in zip(times, other, strict=True))
            ratio = f"**× {statistics.median(ratios):.2f}** ({ratios[0]:.2f} – {ratios[-1]:.2f})"
            yield {
                "what": f"{label}: {what}, ours ÷ {name}",
                "asked": targets.get(what, "–"),
                "measured": f"{ratio}; theirs {median_time(other)}",
            }


def median_time(times: list[float]) -> str:
    middle = statistics.median(times)
    return f"{middle * 1000:.1f} ms" if middle < 1 else f"{middle:.1f} s"


def absent(name: str, why: str) -> dict[str, str]:
    return {"what": f"{name}: not had", "asked": "–", "measured": why.replace("|", "/")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str, seconds: float = 60.0) -> None:
    """Wait until a server answers a request."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", path)
            connection.getresponse().read()
            return
        time.sleep(0.02)
    raise RuntimeError(f"no answer at port {port} within {seconds:.0f} s")


WORKS = {"feeds": feeds, "site": site, "search": search, "start": start}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--dead", type=int, default=3)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default=",".join(WORKS))
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--made", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        work, at = given.child
        if work == "feeds-server":
            serve_feeds(int(at))
        print(json.dumps(collect_feeds(Path(at), sys.stdin.read().split())))
        return
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        peers = Peers(given.peers or Path(name) / "peers")
        figures += [absent(peer, why) for peer, why in peers.missing.items()]
        for only in given.only.split(","):
            folder = Path(name) / only
            folder.mkdir()
            for row in WORKS[only](given, peers, folder):
                figures.append(row)
                print(f"{row['what']:72} {row['measured']}", file=sys.stderr)
    if given.json:
        print(json.dumps({"figures": figures}, ensure_ascii=False))
        return
    for row in figures:
        print(f"{row['what']:72} {row['measured']}")


if __name__ == "__main__":
    main()
