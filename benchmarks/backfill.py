"""Days a minute of `daybrief backfill` beside one run a day, and whether the editions are the same bytes.

    python benchmarks/backfill.py --data ../shared/data/arxiv/FILE.jsonl.gz [--days 20] [--papers 20] [--json]

The recorded days from `--from` on, each with its first papers; all are written about. Every way has an
archive of its own and the same clock. Nothing is published, so that the same work is compared. The time of a
backfill begins with its first day; it holds the start of its workers, and not the import. With one worker two
processes work: one selects and keeps, one writes. The load of the machine is told beside the figures,
and processor times, which depend on it less.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import resource
import tempfile
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from daybrief.adapters.machine import SystemClock
from daybrief.app import App, RunRequest
from daybrief.app.backfill import BackfilledDay, BackfillRequest
from daybrief.config import Ranking, Settings, WholeText
from daybrief.model import to_json


class NewYear(SystemClock):
    """A clock on which every run begins at the same instant."""

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


def rows(path: Path, first: date, days: int, papers: int) -> list[bytes]:
    """The first papers of each day of the span that have an abstract."""
    wanted = {str(first + timedelta(days=n)) for n in range(days)}
    counts: Counter[str] = Counter()
    kept = []
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for line in file:
            row = json.loads(line)
            day = row.get("listed") or row.get("published", "")
            if day in wanted and row.get("abstract") and counts[day] < papers:
                counts[day] += 1
                kept.append(line)
    return kept


def app(folder: Path) -> App:
    made = App(
        Settings(
            sources=(),
            enrichers=(),
            publishers=(),
            archive=str(folder / "archive.sqlite"),
            out=str(folder / "out"),
            cache=str(folder / "cache"),
            fulltext=WholeText(papers=0, articles=0),
            ranking=Ranking(most=100_000, most_each=100_000),
        ),
        {},
    )
    made.ports.clock = NewYear()
    return made


def editions(made: App) -> dict[tuple[date, str], bytes]:
    found = {
        (day, kind): made.edition(day, kind)
        for day in made.ports.archive().days()
        for kind in ("papers", "news")
    }
    return {key: to_json(edition) for key, edition in found.items() if edition is not None}


def one_run_a_day(folder: Path, file: Path, first: date, days: int) -> tuple[App, float]:
    made = app(folder)
    made.import_items(file)
    start = time.perf_counter()
    for n in range(days):
        made.run(RunRequest(day=first + timedelta(days=n)))
    return made, time.perf_counter() - start


def backfilled(folder: Path, file: Path, first: date, days: int, workers: int) -> tuple[App, float]:
    made, told = app(folder), list[BackfilledDay]()
    until = first + timedelta(days=days - 1)
    request = BackfillRequest(since=first, until=until, source=str(file), workers=workers)
    made.backfill(request, told.append)
    return made, told[-1].seconds


def descendants(process: int, named: str) -> list[int]:
    """The processes below this one whose command line holds the name (Linux)."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                if named in Path(f"/proc/{child}/cmdline").read_text():
                    found.append(child)
                found += descendants(child, named)
    return sorted(set(found))


def cpu_seconds() -> tuple[float, float]:
    """The processor time of this process, and that of all its ended children."""
    own, children = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime, children.ru_utime + children.ru_stime


def measure(path: Path, first: date, days: int, papers: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        at, load = Path(folder), os.getloadavg()
        lines = rows(path, first, days, papers)
        (at / "items.jsonl").write_bytes(b"".join(lines))
        for name in ("runs", "1", "2"):
            (at / name).mkdir()
        start = cpu_seconds()[0]
        single, seconds = one_run_a_day(at / "runs", at / "items.jsonl", first, days)
        spent = cpu_seconds()[0] - start
        expected = editions(single)
        table: list[dict[str, Any]] = [
            {
                "workers": 0,
                "seconds": round(seconds, 2),
                "days_per_minute": round(60 * days / seconds, 2),
                "parent_cpu_s": round(spent, 2),
            }
        ]
        for workers in (1, 2):
            before = cpu_seconds()
            made, seconds = backfilled(at / str(workers), at / "items.jsonl", first, days, workers)
            parent, children = (now - then for now, then in zip(cpu_seconds(), before, strict=True))
            found = editions(made)
            table.append(
                {
                    "workers": workers,
                    "seconds": round(seconds, 2),
                    "days_per_minute": round(60 * days / seconds, 2),
                    "parent_cpu_s": round(parent, 2),
                    "workers_cpu_s": round(children, 2),
                    "editions_that_differ": sum(
                        found.get(key) != expected.get(key) for key in found.keys() | expected.keys()
                    ),
                }
            )
        return {
            "benchmark": "backfill",
            "data": path.name,
            "from": str(first),
            "days": days,
            "papers": len(lines),
            "editions": len(expected),
            "stories": sum(
                len(edition.stories)
                for day, kind in expected
                if (edition := single.edition(day, kind)) is not None  # type: ignore[arg-type]
            ),
            "cores": os.cpu_count(),
            "load": [round(load[0], 1), round(os.getloadavg()[0], 1)],
            "worker_peak_mib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
            "rows": table,
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2024, 10, 1))
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--papers", type=int, default=20, help="of each day")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not given.data.is_file():
        parser.error(
            f"--data {given.data} is not a file; give JSON Lines with id, title, abstract, published"
        )
    found = measure(given.data, given.first, given.days, given.papers)
    print(json.dumps(found) if given.json else "\n".join(map(str, (*found.pop("rows"), found))))


if __name__ == "__main__":
    main()
