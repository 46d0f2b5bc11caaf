"""Days a minute of `daybrief backfill` beside one run a day, and whether the editions are the same bytes.

    python benchmarks/backfill.py --data ../shared/data/arxiv/FILE.jsonl.gz [--days 120] [--papers 15]
                                  [--parts runs,1,2,killed,stopped,ray,dense] [--folder DIR] [--json]

The recorded days from `--from` on, each with its first papers; all are written about. Every way has an
archive of its own and the same clock. Nothing is published, so that the same work is compared. The time of a
backfill begins with its first day; it holds the start of its workers, and not the import. With one worker two
processes work: one selects and keeps, one writes.

    runs      one run a day, one after the other: what the others have to equal
    1, 2      a backfill with as many workers
    killed    two workers, one of which is killed (SIGKILL) after some days, drawn at random
    stopped   two workers; the whole program is killed (SIGKILL) some times, and begun again
    ray       two workers on Ray, one of which is killed now and then
    dense     two workers, few days of very many papers: what years of arXiv are computed from
    import    ten thousand rows into an archive, as every bulk source is taken in
    model     two workers that ask a scripted model on this machine: calls and tokens a paper

Parts may be measured one by one, in a folder that keeps them (`--folder`); what is there is not measured
again. Processor times depend little on what else the machine does. What they say of two cores is computed:
one worker keeps one core busy while the other selects, two share both, so that two are at best
parallel / (ordered + parallel) efficient. So one worker is given two cores, and two share them with the
ordered part. Where that has a core of its own, as on a cluster, two are at best
parallel / 2 / max(ordered, parallel / 2) efficient. A wall clock says as much only where nothing else runs.

From dense, import and model is computed what arXiv's cs and all of arXiv take: hours, and money at the price
of a core hour (`--usd-core-hour`) and of a model's million tokens (`--usd-million-in`, `--usd-million-out`).
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from daybrief.adapters.machine import SystemClock
from daybrief.app import App, RunRequest, backfill
from daybrief.app.backfill import BackfilledDay, BackfillRequest
from daybrief.config import Ranking, Settings, WholeText
from daybrief.model import to_json
from daybrief.testing.model_server import model_server

PARTS = ("runs", "1", "2", "killed", "stopped", "ray", "dense", "import", "model")
KILLED = 0.08  # of the days are followed by a kill
STOPS, SOONEST_S, LATEST_S = 6, 0.0, 1.0  # kills of the program; seconds after a day that is drawn
DENSE = (4, 400)  # days and papers
MODEL = (2, 20)
IMPORTED = 10_000
ARXIV = {"arXiv cs": 1_000_000, "all of arXiv": 3_000_000}  # papers, about
CORES = (2, 8, 32)
OAI_ROWS, OAI_GAP_S = 1_000, 3.0  # of one answer, and from one request to the next
TICKS = os.sysconf("SC_CLK_TCK")


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


def app(folder: Path, **changed: Any) -> App:
    made = App(
        Settings(
            **changed,
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
    printed = {
        (day, kind): made.edition(day, kind)
        for day in made.ports.archive().days()
        for kind in ("papers", "news")
    }
    return {key: to_json(edition) for key, edition in printed.items() if edition is not None}


# ── the processes of a backfill (Linux) ─────────────────────────────────────────────────────────────


def descendants(process: int, named: str) -> list[int]:
    """The processes below this one whose command line holds the name."""
    children: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                if named in Path(f"/proc/{child}/cmdline").read_text():
                    children.append(child)
                children += descendants(child, named)
    return sorted(set(children))


class Watch:
    """Hears of each day: looks at the workers, and kills one of them now and then."""

    def __init__(self, engine: str, killed: float) -> None:
        self.days: list[BackfilledDay] = []
        self.cpu_s: dict[int, float] = {}
        self.peak_mib = 0.0
        self.kills = 0
        self._named = "ray::_RayUnit" if engine == "ray" else "spawn_main"
        self._killed, self._random = killed, Random(7)

    def __call__(self, day: BackfilledDay) -> None:
        self.days.append(day)
        workers = descendants(os.getpid(), self._named)
        for worker in workers:
            with contextlib.suppress(OSError, StopIteration):
                fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
                self.cpu_s[worker] = (int(fields[11]) + int(fields[12])) / TICKS
                status = Path(f"/proc/{worker}/status").read_text().splitlines()
                peak = next(line for line in status if line.startswith("VmHWM"))
                self.peak_mib = max(self.peak_mib, int(peak.split()[1]) / 1024)
        if workers and day.done < day.total and self._random.random() < self._killed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._random.choice(workers), signal.SIGKILL)
                self.kills += 1


def cpu_seconds() -> float:
    """The processor time of this process."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


# ── the parts ───────────────────────────────────────────────────────────────────────────────────────


def one_run_a_day(folder: Path, file: Path, first: date, days: int) -> dict[str, Any]:
    made = app(folder)
    made.import_items(file)
    start, before = time.perf_counter(), cpu_seconds()
    for n in range(days):
        made.run(RunRequest(day=first + timedelta(days=n)))
    seconds = time.perf_counter() - start
    return timed(0, days, seconds) | {
        "ordered_cpu_s": round(cpu_seconds() - before, 2),
        "parallel_cpu_s": 0.0,
    }


def backfilled(folder: Path, file: Path, first: date, days: int, part: str) -> dict[str, Any]:
    made, workers = app(folder), 1 if part == "1" else 2
    engine = "ray" if part == "ray" else "local"
    watch = Watch(engine, KILLED if part in ("killed", "ray") else 0.0)
    until = first + timedelta(days=days - 1)
    request = BackfillRequest(
        since=first,
        until=until,
        source=str(file),
        workers=workers,
        engine=engine,  # type: ignore[arg-type]
    )
    before = cpu_seconds()
    made.backfill(request, watch)
    times = Counter(day.day for day in watch.days)
    return timed(workers, days, watch.days[-1].seconds) | {
        "ordered_cpu_s": round(cpu_seconds() - before, 2),
        "parallel_cpu_s": round(sum(watch.cpu_s.values()), 2),
        "worker_peak_mib": round(watch.peak_mib, 1),
        "kills": watch.kills,
        "days_lost": days - len(set(times) & set(made.ports.archive().days())),
        "days_doubled": sum(count > 1 for count in times.values()),
        "archive_bytes": (folder / "archive.sqlite").stat().st_size,
    }


def go_on(folder: Path, file: Path, first: date, days: int) -> None:
    """Makes the days that are missing; notes each in a file beside the archive."""
    until = first + timedelta(days=days - 1)
    request = BackfillRequest(since=first, until=until, source=str(file), workers=2)
    with (folder / "days").open("a") as noted:
        app(folder).backfill(request, lambda day: print(day.day, day.reused, file=noted, flush=True))


def stopped(folder: Path, file: Path, first: date, days: int) -> dict[str, Any]:
    """The program is killed some time after some day, whatever it is doing then; the last is let finish."""
    random, noted, ends = Random(7), folder / "days", []
    noted.touch()
    for kill in range(STOPS + 1):
        child = get_context("spawn").Process(target=go_on, args=(folder, file, first, days))
        child.start()
        seen = noted.stat().st_size
        while child.is_alive() and (kill == STOPS or noted.stat().st_size == seen):
            child.join(0.02)
        child.join(random.uniform(SOONEST_S, LATEST_S))
        if child.is_alive():
            child.kill()
            child.join()
        ends.append(child.exitcode)
    made = app(folder).ports.archive()
    runs = Counter(run.day for run in made.runs(100 * days))
    return {
        "kills": ends.count(-signal.SIGKILL),
        "days_lost": days - len(made.days()),
        "days_doubled": sum(count > 1 for count in runs.values()),
    }


def imported(folder: Path, path: Path) -> dict[str, Any]:
    """Rows of any day, as a bulk source is taken in: streamed into the archive."""
    with (
        gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file,
        (folder / "items.jsonl").open("wb") as kept,
    ):
        kept.writelines(islice(file, IMPORTED))
    made = app(folder)
    made.ports.archive()
    request = BackfillRequest(
        since=date(1991, 1, 1), until=date(2025, 12, 30), source=str(folder / "items.jsonl")
    )
    peak, before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, cpu_seconds()
    backfill._import_bulk(made.ports, request, made.ports.web(), frozenset())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    return {
        "cpu_s": round(cpu_seconds() - before, 2),
        "grown_mib": round(grown / 1024, 1),
        "archive_bytes": (folder / "archive.sqlite").stat().st_size,
    }


def with_a_scripted_model(folder: Path, file: Path, first: date, days: int) -> dict[str, Any]:
    """Two workers that ask a scripted model: what it is asked is real, what it answers is not."""
    with model_server() as server:
        table = {"use": "llm", "model": "scripted-1", "base_url": server.base_url, "budget_tokens": 10**9}
        made = app(folder, writer=table)
        until = first + timedelta(days=days - 1)
        request = BackfillRequest(since=first, until=until, source=str(file), workers=2)
        made.backfill(request, lambda _day: None)
        stats = server.stats()
    return {name: stats[name] for name in ("calls", "tokens_in", "tokens_out")}


def planned(parts: dict[str, dict[str, Any]], given: argparse.Namespace) -> list[dict[str, Any]]:
    """The time and the cost of the spans: computed from the parts, by the paper."""
    dense, taken, model = parts["dense"], parts["import"], parts["model"]
    ordered = dense["ordered_cpu_s"] / dense["papers"] + taken["cpu_s"] / taken["papers"]
    parallel = dense["parallel_cpu_s"] / dense["papers"]
    usd = model["tokens_in"] * given.usd_million_in + model["tokens_out"] * given.usd_million_out
    return [
        {
            "what": name,
            "papers": papers,
            "ordered_h": round(papers * ordered / 3600, 1),
            "parallel_h": round(papers * parallel / 3600, 1),
            "hours": {n: round(papers * max(ordered, (ordered + parallel) / n) / 3600, 1) for n in CORES},
            "usd": round(papers * (ordered + parallel) / 3600 * given.usd_core_hour, 2),
            "archive_gb": round(papers * (dense["archive_bytes"] / dense["papers"]) / 1e9, 1),
            "harvest_h": round(papers / OAI_ROWS * OAI_GAP_S / 3600, 1),
            "calls": round(papers * model["calls"] / model["papers"]),
            "model_usd": round(papers * usd / model["papers"] / 1e6),
        }
        for name, papers in ARXIV.items()
    ]


def timed(workers: int, days: int, seconds: float) -> dict[str, Any]:
    per_minute = round(60 * days / seconds, 2)
    return {"workers": workers, "seconds": round(seconds, 2), "days_per_minute": per_minute}


def measured(folder: Path, part: str, given: argparse.Namespace) -> dict[str, Any]:
    """Measures one part in a folder of its own: read back where it was measured before."""
    kept, own = folder / f"{part}.json", folder / part
    if kept.exists():
        return dict(json.loads(kept.read_text()))
    own.mkdir(exist_ok=True)
    days, papers = {"dense": DENSE, "model": MODEL}.get(part, (given.days, given.papers))
    lines = rows(given.data, given.first, days, papers)
    (own / "items.jsonl").write_bytes(b"".join(lines))
    load = os.getloadavg()[0]
    if part == "runs":
        report = one_run_a_day(own, own / "items.jsonl", given.first, days)
    elif part == "stopped":
        report = stopped(own, own / "items.jsonl", given.first, days)
    elif part == "model":
        report = with_a_scripted_model(own, own / "items.jsonl", given.first, days)
    elif part == "import":
        report, lines = imported(own, given.data), [b""] * IMPORTED
    else:
        report = backfilled(own, own / "items.jsonl", given.first, days, part)
    report |= {"part": part, "papers": len(lines), "load": round((load + os.getloadavg()[0]) / 2, 1)}
    report["days"] = days
    kept.write_text(json.dumps(report))
    return report


def compared(folder: Path, row: dict[str, Any]) -> dict[str, Any]:
    """The part, with how many of its editions are not those of one run a day."""
    if row["part"] in ("runs", "dense", "import", "model") or not (folder / "runs.json").exists():
        return row
    expected, got = editions(app(folder / "runs")), editions(app(folder / row["part"]))
    differ = sum(got.get(key) != expected.get(key) for key in got.keys() | expected.keys())
    return row | {"editions": len(expected), "editions_that_differ": differ}


def all_parts(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    parts = [compared(folder, measured(folder, part, given)) for part in given.parts.split(",")]
    named = {row["part"]: row for row in parts}
    return {
        "benchmark": "backfill",
        "data": given.data.name,
        "from": str(given.first),
        "days": given.days,
        "cores": os.cpu_count(),
        "rows": parts,
        "prices": {
            name: getattr(given, name) for name in ("usd_core_hour", "usd_million_in", "usd_million_out")
        },
        "plan": planned(named, given) if {"dense", "import", "model"} <= named.keys() else [],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2024, 9, 1))
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--papers", type=int, default=15, help="of each day")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--folder", type=Path, help="keeps what was measured; default: nothing is kept")
    parser.add_argument("--usd-core-hour", type=float, default=0.05)
    parser.add_argument("--usd-million-in", type=float, default=0.15)
    parser.add_argument("--usd-million-out", type=float, default=0.6)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not given.data.is_file():
        parser.error(
            f"--data {given.data} is not a file; give JSON Lines with id, title, abstract, published"
        )
    if wrong := set(given.parts.split(",")) - set(PARTS):
        parser.error(f"--parts {', '.join(sorted(wrong))}: one or more of {', '.join(PARTS)}")
    with contextlib.ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        out = sys.stdout
        with contextlib.redirect_stdout(sys.stderr):  # Ray tells of its workers on the standard output
            report = all_parts(folder, given)
        print(
            json.dumps(report) if given.json else "\n".join(map(str, (*report["rows"], *report["plan"]))),
            file=out,
        )


if __name__ == "__main__":
    main()
