"""An archive of many items, in SQLite and in PostgreSQL: how fast it fills, opens and is searched.

    python benchmarks/archive_scale.py --data ../shared/data [--items 50000 200000] [--engine postgresql]
                                       [--kept FILE FILE] [--json]

The items are those of `search_speed.py`, a day of 1,000 at a time. They are saved as a day's harvest, as a
run does; then the index is brought up to the archive, and asked what people ask and the dearest queries. The
PostgreSQL server is one of our own on this machine, with its settings as they come, and `fsync` off, so that
the disk of a shared machine decides nothing. Opening is timed in a new process: the archive, its list of
days, and one search.

Both indexes are also asked the judged queries of CISI and the Korean ones: the ranking of PostgreSQL beside
that of the folder.

A step that fails is a line with its error; those that need it are left out, the others go on.

Of two sizes or more the path to ten million is computed: bytes and processor time grow by the item as they
did from the smallest size to the largest, waits as a power of the number of items. With --kept the sizes are
read from what was printed with --json before, and nothing is measured.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

import search as ranking
import search_korean as korean
from daybrief.adapters.archive import open_archive
from daybrief.adapters.archive.writing import SqlArchive
from daybrief.errors import ArchiveBusy
from daybrief.search import ArchiveSearcher
from daybrief.stages.schedule import window
from daybrief.testing import archives
from search_speed import Bombed, Days, bombs, ordinary, spread

BOMBED_S = 10.0
TICKS = os.sysconf("SC_CLK_TCK")  # a second, in which /proc counts
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
OPENED = """
import sys, time
from pathlib import Path
from daybrief.app import App
from daybrief.config import Settings
began, worked = time.perf_counter(), time.process_time()
app = App(Settings(archive=sys.argv[1]))
archive = app.ports.view()
archive.marks()
print(time.perf_counter() - began, time.process_time() - worked)
app.search("language model")
print(time.perf_counter() - began, time.process_time() - worked)
"""


@contextmanager
def address(engine: str, folder: Path) -> Iterator[str]:
    """The address of a new archive."""
    if engine == "sqlite":
        yield str(folder / "archive.sqlite")
        return
    with archives.server(folder) as url:
        yield archives.new_database(url)


def searcher_of(engine: str, url: str, folder: Path) -> ArchiveSearcher:
    """The search over an archive, in the folder beside it or in its database."""
    return ArchiveSearcher(folder, words=archives.index_at(url) if engine == "postgresql" else None)


def filled(archive: SqlArchive, days: Days) -> dict[str, float]:
    """The time that saving the days takes, and the items saved a second."""
    wall, cpu = 0.0, 0.0
    for day in days.marks():
        harvests = days.harvests(day)
        began, worked = time.perf_counter(), time.process_time()
        archive.save_harvests(window(day, "UTC"), harvests)
        wall, cpu = wall + time.perf_counter() - began, cpu + time.process_time() - worked
    return {"wall_s": round(wall, 1), "cpu_s": round(cpu, 1), "rate": round(days.items / wall)}


def answered(searcher: ArchiveSearcher, text: str, working: Callable[[], float]) -> tuple[float, float]:
    """Milliseconds until a search is answered, or told that it takes too long, and of processor time."""
    with suppress(ArchiveBusy):
        searcher.search(text)
    began, worked = time.perf_counter(), working()
    with suppress(ArchiveBusy):
        searcher.search(text)
    return 1_000 * (time.perf_counter() - began), 1_000 * (working() - worked)


def processor_time(engine: str, archive: SqlArchive) -> Callable[[], float]:
    """Returns a clock of processor time: of this process, and of the server's for its connections."""
    if engine == "sqlite":
        return time.process_time
    with archive.database.reading() as connection:
        backend = int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    server = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])

    def seconds() -> float:
        """Those that run, by the scheduler's own count, and those that have ended."""
        gone = sum(map(int, Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[13:15]))
        here = 0
        for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
            with suppress(OSError):
                here += int(Path(f"/proc/{child}/schedstat").read_text().split()[0])
        return time.process_time() + gone / TICKS + here / 1e9

    return seconds


def indexed(searcher: ArchiveSearcher, archive: SqlArchive, working: Callable[[], float]) -> dict[str, float]:
    """The time that bringing the index up to the archive takes."""
    began, worked, every = time.perf_counter(), time.process_time(), working()
    searcher.sync(archive)
    return {
        "wall_s": round(time.perf_counter() - began, 1),
        "cpu_s": round(time.process_time() - worked, 1),
        "server_cpu_s": round(working() - every - (time.process_time() - worked), 1),
    }


def opened(url: str) -> dict[str, float]:
    """Seconds until a new process knows the archive's days, and until it has searched once; of five."""
    times = []
    for _ in range(5):
        run = subprocess.run([sys.executable, "-c", OPENED, url], check=False, capture_output=True, text=True)
        if run.returncode:
            raise RuntimeError((run.stderr.strip().splitlines() or [f"exit {run.returncode}"])[-1])
        times.append([float(part) for part in run.stdout.split()])
    names = ("open_s", "open_cpu_s", "search_s", "search_cpu_s")
    return {name: round(median(each), 2) for name, each in zip(names, zip(*times, strict=True), strict=True)}


def ranked(engine: str, folder: Path, data: Path) -> dict[str, float]:
    """How well the index ranks CISI, and how many of the Korean texts it finds."""
    cisi = ranking.load(data / "ir" / "cisi")
    scores = {}
    for name in ("cisi", "korean"):
        place = folder / name
        place.mkdir()
        with address(engine, place) as url:
            searcher = searcher_of(engine, url, place / "index")
            if name == "cisi":
                searcher.sync(cisi)
                scores["ndcg@10"] = ranking.measured(cisi, ranking.ours(searcher))["ndcg@10"]
            else:
                rows = list(korean.measured(searcher, korean.texts(data)))
                scores["korean recall@10"] = round(sum(recall for _, recall, _ in rows) / len(rows), 3)
    return scores


class Steps:
    """The results of the steps, and the error of each that failed; printed as they end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.given: dict[str, Any] = {}
        self.failed: dict[str, str] = {}

    def take(self, step: str, work: Callable[[], Any]) -> bool:
        """Whether the step was done."""
        try:
            self.given[step] = work()
        except Exception as error:  # an hour's other figures are kept
            traceback.print_exc()
            self.failed[step] = f"{type(error).__name__}: {error}"[:400]
        outcome = self.given.get(step, self.failed.get(step))
        print(f"{time.strftime('%H:%M:%S')} {self._name}: {step}: {outcome}", file=sys.stderr, flush=True)
        return step in self.given

    def report(self) -> dict[str, Any]:
        """Everything, as it is kept."""
        return self.given | ({"failed": self.failed} if self.failed else {})


def searched(
    searcher: ArchiveSearcher, days: Days, many: int, working: Callable[[], float]
) -> dict[str, dict[str, Any]]:
    """The waits of what people type, of the dearest queries, and of people while those are thrown."""
    times = [(kind, *answered(searcher, text, working)) for kind, text in ordinary(days, many)]
    kinds = {kind: spread([wall for k, wall, _ in times if k == kind]) for kind, *_ in times}
    worst = {name: answered(searcher, text, working)[0] for name, text in bombs(days)}
    return {
        "wall_ms": spread([wall for _, wall, _ in times]),
        "cpu_ms": spread([cpu for *_, cpu in times]),
        "by_kind_ms": kinds,
        "by_kind_cpu_ms": {kind: spread([cpu for k, _, cpu in times if k == kind]) for kind in kinds},
        "bombs_ms": {name: round(wall, 1) for name, wall in worst.items()},
        "bombed_ms": Bombed(searcher, days).run(BOMBED_S),
    }


def measured(engine: str, days: Days, data: Path, many: int) -> dict[str, Any]:
    """Everything about one engine; what fails is kept under `failed`."""
    steps = Steps(f"{NAMES[engine]}, {days.items:,}")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with address(engine, folder) as url:
            archive = open_archive(url)
            working = processor_time(engine, archive)
            days.harvests(next(iter(days.marks()))), days.korean
            index_folder = folder / "archive.search"
            searcher = searcher_of(engine, url, index_folder)
            if steps.take("fill", lambda: filled(archive, days)):
                size = archive.size()
                steps.given["size_mb"] = round(size / 1e6)
                if steps.take("index", lambda: indexed(searcher, archive, working)):
                    files = sum(p.stat().st_size for p in index_folder.rglob("*") if p.is_file())
                    steps.given["index"]["size_mb"] = round((archive.size() + files - size) / 1e6)
                    steps.take("opened", lambda: opened(url))
                    steps.take("searched", lambda: searched(searcher, days, many, working))
        (folder / "ranking").mkdir()
        steps.take("ranked", lambda: ranked(engine, folder / "ranking", data))
    return steps.report() | {"load": round(os.getloadavg()[2], 1)}


def figures(engine: str, items: int, report: dict[str, Any]) -> list[dict[str, str]]:
    """The targets beside the measurements, and the steps that failed."""
    return [
        {"what": f"{NAMES[engine]}, {items:,} items: {what}", "asked": target, "measured": value}
        for what, target, value in (*_of_making(report), *_of_searching(report), *_of_the_run(report))
    ]


Line = tuple[str, str, str]


def _of_making(report: dict[str, Any]) -> Iterator[Line]:
    if fill := report.get("fill"):
        yield (
            "saved",
            "report",
            f"{fill['rate']:,} items/s ({fill['cpu_s']} CPU-s here), {report['size_mb']} MB",
        )
    if index := report.get("index"):
        there = f", {server} in the server" if (server := index.get("server_cpu_s")) else ""
        took = f"{index['wall_s']} s ({index['cpu_s']} CPU-s here{there})"
        yield "index", "report", f"{took}, {index['size_mb']} MB"
    if times := report.get("opened"):
        cpu = [
            f" (CPU {times[name]} here)" if name in times else "" for name in ("open_cpu_s", "search_cpu_s")
        ]
        yield "opened; first search", "< 1 s", f"{times['open_s']} s{cpu[0]}; {times['search_s']} s{cpu[1]}"


def _of_searching(report: dict[str, Any]) -> Iterator[Line]:
    if search := report.get("searched"):
        wall, cpu = search["wall_ms"], search.get("cpu_ms")
        bomb, cost = max(search["bombs_ms"].items(), key=lambda pair: pair[1])
        slow, slowest = max(search["by_kind_ms"].items(), key=lambda pair: pair[1]["p95"])
        thrown, beside = search["bombed_ms"]["bombs"], search["bombed_ms"]["ordinary"]
        worked = f" (CPU {cpu['p50']} / {cpu['p95']} / {cpu['p99']})" if cpu else ""
        waits = f"{wall['p50']} / {wall['p95']} / {wall['p99']} ms{worked}"
        yield "search p50 / p95 / p99", "p95 ≤ 50 ms", waits
        korean, processor = search["by_kind_ms"]["Korean"], ""
        if cpus := search.get("by_kind_cpu_ms"):
            processor = f" (CPU {cpus['Korean']['p50']} / {cpus['Korean']['p95']})"
        yield "Korean alone: p50 / p95", "p95 ≤ 50 ms", f"{korean['p50']} / {korean['p95']} ms{processor}"
        yield "the slowest kind", "report", f"{slow}: p95 {slowest['p95']} ms"
        yield "the worst query alone", "report", f"{cost} ms: {bomb}"
        away = f"{thrown['turned_away']:,} of {thrown['asked']:,} told to come back"
        waits = f"p99 {thrown['p99']} ms, {away}; p95 {beside['p95']} ms"
        yield "50 bombs at once; ordinary ones meanwhile", "report", waits
    if rank := report.get("ranked"):
        scores = f"{rank['ndcg@10']:.3f}; {rank['korean recall@10']:.3f}"
        yield "CISI: nDCG@10; Korean: recall@10", "report", scores


def _of_the_run(report: dict[str, Any]) -> Iterator[Line]:
    if load := report.get("load"):
        yield "load of the machine in the last quarter of an hour", "–", f"{load} on {os.cpu_count()} cores"
    for step, error in report.get("failed", {}).items():
        yield f"{step}: not measured", "report", error.replace("|", "/")


FAR = (1_000_000, 10_000_000)


def computed(engine: str, sizes: dict[int, dict[str, Any]]) -> Iterator[dict[str, str]]:
    """The same for so many items as nobody has measured here, from the smallest size and the largest."""
    (few, least), (many, most) = min(sizes.items()), max(sizes.items())

    def grown(value: Callable[[dict[str, Any]], float], items: int) -> float:
        return value(most) + (value(most) - value(least)) / (many - few) * (items - many)

    if any(step not in report for report in (least, most) for step in ("fill", "index", "searched")):
        return
    for items in (items for items in FAR if items > many):
        archive = grown(lambda r: r["size_mb"], items) / 1e3
        index = grown(lambda r: r["index"]["size_mb"], items) / 1e3
        saved = grown(lambda r: r["fill"]["cpu_s"], items) / 60
        built = grown(lambda r: r["index"]["cpu_s"] + r["index"].get("server_cpu_s", 0), items) / 60
        slow, slowest = (_p95(report) for report in (least, most))
        power = math.log(slowest / slow) / math.log(many / few)
        wait = slowest * (items / many) ** max(0.0, power)
        yield {
            "what": f"computed, not measured: {NAMES[engine]}, {items:,} items",
            "asked": "–",
            "measured": f"archive {archive:.1f} GB, index {index:.1f} GB; {saved:.0f} and {built:.0f} min of "
            f"processor time; search p95 {wait:.0f} ms ({few:,} to {many:,} items: power {power:.2f})",
        }


def _p95(report: dict[str, Any]) -> float:
    """Of processor time where it was measured: a busy machine makes waits of two sizes incomparable."""
    search = report["searched"]
    return float(search.get("cpu_ms", search["wall_ms"])["p95"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--items", type=int, nargs="+", default=[100_000])
    parser.add_argument("--queries", type=int, default=25, help="of each of the eight kinds")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--kept", type=Path, nargs="+", default=[], metavar="FILE")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    kept = [json.loads(path.read_text(encoding="utf-8"))["sizes"] for path in options.kept]
    if not kept:
        engines = options.engine or ["sqlite", "postgresql"]
        for items in options.items:
            days = Days(options.data, items)
            kept.append({e: {str(items): measured(e, days, options.data, options.queries)} for e in engines})
    sizes: dict[str, dict[int, dict[str, Any]]] = {}
    for each in kept:
        for engine, reports in each.items():
            sizes.setdefault(engine, {}).update({int(items): report for items, report in reports.items()})
    rows = []
    for engine, reports in sizes.items():
        rows += [row for items, report in sorted(reports.items()) for row in figures(engine, items, report)]
        rows += computed(engine, reports) if len(reports) > 1 else []
    if options.json:
        print(json.dumps({"sizes": sizes, "figures": rows}, ensure_ascii=False, indent=1))
        return
    for row in rows:
        print(f"{row['what']:<62} {row['asked']:<12} {row['measured']}")


if __name__ == "__main__":
    main()
