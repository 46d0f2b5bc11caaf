"""Seconds, processor time and peak memory of a whole day in embedded mode, and how they grow.

Forks that write beside the run count: their processor time, and at each moment the memory of all processes
together (what they share once, as Linux's proportional set size says). `own_cpu_seconds` are those of the
first process alone: less time than that no machine with cores enough would take.

    python benchmarks/pipeline.py --data FILE.jsonl[.gz] [--sizes 100,1000,10000] [--repeats 3] [--json]

FILE holds items as JSON Lines (`id`, `title`, `abstract`, …), as `daybrief import` reads them. Each size runs
in a process of its own: import, dedupe, categorise, rank, write, check, assemble, archive, chart, publish;
every story is written about (no cut), three times up to 1,000 items, and the median is given. A day of one
item comes first, so that the modules are compiled, as on every morning but the first. Nothing is
asked of the network: whole texts, which would wait for it, have a benchmark of their own (`fulltext.py`).
The same machine is at times twice as slow as at others: before each run a loop that is always the same is
timed, so that times of different days can be told apart from different machines.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DAY = "2024-11-26"
SETTINGS = """
sources = []
max_items = 100000
[ranking]
most = 1000000
most_each = 1000000
[fulltext]
papers = 0
articles = 0
"""


def lines(path: Path, most: int) -> list[bytes]:
    """The first `most` lines that have an abstract, without their dates: all fall on one day."""
    kept = []
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for line in file:
            row = json.loads(line)
            if row.get("abstract") or row.get("text"):
                slim = {k: row[k] for k in ("id", "url", "title", "abstract", "text", "authors") if k in row}
                kept.append(json.dumps(slim).encode() + b"\n")
            if len(kept) == most:
                break
    return kept


def once(rows: list[bytes], compiled: Path) -> dict[str, float]:
    """Runs a day of these items in a fresh folder and a fresh process; `compiled` keeps modules' bytecode."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        (at / "items.jsonl").write_bytes(b"".join(rows))
        (at / "daybrief.toml").write_text(f'archive = "{at}/archive.sqlite"\nout = "{at}/out"\n{SETTINGS}')
        command = [sys.executable, __file__, "--child", str(at)]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = str(compiled)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=at, env=environment) as run:
            together = 0.0
            while run.poll() is None:
                if len(processes := family(run.pid)) > 1:
                    together = max(together, sum(map(proportional_mib, processes)))
                time.sleep(0.25)  # adding it up takes some milliseconds of the processes themselves
            if run.returncode or run.stdout is None:
                raise SystemExit(f"a day ended with {run.returncode}")
            measured: dict[str, float] = json.loads(run.stdout.read().splitlines()[-1])
        return measured | {"peak_mib": max(measured["peak_mib"], together)}


def family(process: int) -> list[int]:
    """A process and those it has started that live."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:  # it has ended, or this is no Linux
        children = []
    return [process, *(each for child in children for each in family(int(child)))]


def proportional_mib(process: int) -> float:
    """The memory of a process, where what it shares with others is divided among them; 0 for none."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def child(folder: Path) -> None:
    """The measured process: import and run, then its own clock and high-water mark."""
    from datetime import date

    from daybrief.app import App, RunRequest
    from daybrief.config import load

    start, busy = time.perf_counter(), time.process_time()
    settings = load(folder / "daybrief.toml", {})
    app = App(settings)
    app.import_items(folder / "items.jsonl", date.fromisoformat(DAY))
    imported = time.perf_counter()
    (report,) = app.run(RunRequest(day=date.fromisoformat(DAY)))
    end = time.perf_counter()
    forks = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "seconds": end - start,
                "cpu_seconds": time.process_time() - busy + forks.ru_utime + forks.ru_stime,
                "own_cpu_seconds": time.process_time() - busy,
                "import_seconds": imported - start,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "stories": sum(len(e.stories) for e in report.editions),
            }
        )
    )


def yardstick() -> float:
    """Seconds of processor time of ten million additions in a loop: how fast the machine is now."""
    busy, total = time.process_time(), 0
    for number in range(10_000_000):
        total += number
    return time.process_time() - busy


def measure(path: Path, sizes: list[int], repeats: int) -> dict[str, object]:
    """Every size, and the exponent of growth between neighbours beside that of n log n."""
    with tempfile.TemporaryDirectory() as compiled:
        return _measured(path, sizes, repeats, Path(compiled))


def _measured(path: Path, sizes: list[int], repeats: int, compiled: Path) -> dict[str, object]:
    rows, loaded = lines(path, max(sizes)), os.getloadavg()[0]
    once(rows[:1], compiled)
    table: list[dict[str, Any]] = []
    for size in sizes:
        pairs = [(yardstick(), once(rows[:size], compiled)) for _ in range(repeats if size <= 1_000 else 1)]
        runs = [run for _, run in pairs]
        seconds = sorted(r["seconds"] for r in runs)
        table.append(
            {
                "items": min(size, len(rows)),
                "seconds": round(statistics.median(seconds), 2),
                "seconds_range": [round(seconds[0], 2), round(seconds[-1], 2)],
                "cpu_seconds": round(statistics.median(r["cpu_seconds"] for r in runs), 2),
                "own_cpu_seconds": round(statistics.median(r["own_cpu_seconds"] for r in runs), 2),
                "peak_mib": round(max(r["peak_mib"] for r in runs), 1),
                "stories": int(runs[0]["stories"]),
                "yardstick": round(statistics.median(loop for loop, _ in pairs), 2),
            }
        )
    return {
        "benchmark": "pipeline",
        "load": [round(load, 1) for load in (loaded, os.getloadavg()[0])],
        "data": path.name,
        "cores": os.cpu_count(),
        "rows": table,
        "growth": growth(table),
    }


def growth(table: list[dict[str, float]]) -> list[dict[str, float]]:
    """How time and memory grow from one size to the next, beside n log n."""
    grown = []
    for a, b in itertools.pairwise(table):
        n, m = a["items"], b["items"]
        grown.append(
            {
                "from": a["items"],
                "to": b["items"],
                "seconds_ratio": round(b["seconds"] / a["seconds"], 2),
                "n_log_n_ratio": round(m * math.log(m) / (n * math.log(n)), 2),
                "peak_ratio": round(b["peak_mib"] / a["peak_mib"], 2),
            }
        )
    return grown


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child)
        return
    if not given.data or not given.data.is_file():
        parser.error(f"--data {given.data} is not a file; give JSON Lines with id, title, abstract")
    result = measure(given.data, [int(s) for s in given.sizes.split(",")], given.repeats)
    if given.json:
        print(json.dumps(result))
        return
    for row in result["rows"]:
        print(row)
    for row in result["growth"]:
        print(row)


if __name__ == "__main__":
    main()
