"""The cost of a day that a model writes: tokens and calls, and wall time against the critical path.

    python benchmarks/model_day.py --data FILE.jsonl[.gz] [--stories 60] [--delay 2.0] [--runs 5] [--json]

The scripted server answers after the delay. Counts are the server's own. Wall time begins when writing begins
(everything is collected, filed and ranked; libraries are loaded meanwhile, `loading_s`) and ends when the
editions are checked, assembled and in the archive. The critical path is the longer of the longest chain of
dependent calls (a kind of question each) and all calls over those allowed at once. Calls of equal length
cannot do better than `whole_rounds_s`: the calls over those at once, rounded up, times the delay. Every run
starts from nothing; the ratio is the median of the runs, with the least and the most beside it. `old_way` is
the same day with one call after another. FILE holds papers as `daybrief import` reads them; the founding
edition is replayed from the package.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import shutil
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from daybrief.adapters.archive import open_archive
from daybrief.app import App, RunRequest
from daybrief.app.runs import recorded_settings
from daybrief.config import load
from daybrief.kit import Report
from daybrief.testing.model_server import MODEL, ModelServer, model_server
from pipeline import lines

DAY = date(2024, 11, 26)
SETTINGS = """
sources = []
publishers = []
[ranking]
most = {stories}
most_each = {stories}
"""


class Stages(logging.Handler):
    """Notes when each stage of a run begins."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.began: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.began.setdefault(getattr(record, "stage", ""), time.perf_counter())


def model_table(server: ModelServer, parallel: int) -> dict[str, Any]:
    """A writer at the price of a small hosted model, so that money is counted too."""
    return {
        "use": "llm", "model": MODEL, "base_url": server.base_url, "parallel": parallel,
        "price_in": 0.15, "price_out": 0.60, "budget_usd": 5.0,
    }  # fmt: skip


def cost(server: ModelServer) -> dict[str, Any]:
    """The calls and tokens that the server has counted since the last script."""
    seen = server.stats()
    usd = (seen["tokens_in"] * 0.15 + seen["tokens_out"] * 0.60) / 1e6
    return {
        "calls": seen["calls"], "kinds": seen["kinds"], "tokens_in": seen["tokens_in"],
        "tokens_out": seen["tokens_out"], "usd": round(usd, 5), "most_at_once": seen["most_at_once"],
    }  # fmt: skip


def drafting(report: Report) -> dict[str, int]:
    """The edition's own account of its writing."""
    drafts = [s.checked.draft for e in report.editions for s in e.sections]
    return {
        "stories": sum(len(d.ranked) for d in drafts),
        "sections": len(drafts),
        "fallbacks": sum(len(d.fallbacks) for d in drafts),
        "sentences": sum(len(s.checked.kept) for e in report.editions for s in e.sections),
    }


def a_day(
    folder: Path, rows: list[bytes], server: ModelServer, parallel: int = 16
) -> tuple[Report, float, float]:
    """Makes a day of these papers in a folder; the report, the seconds of loading and those of writing."""
    folder.mkdir(exist_ok=True)
    (folder / "items.jsonl").write_bytes(b"".join(rows))
    (folder / "daybrief.toml").write_text(SETTINGS.format(stories=len(rows)), encoding="utf-8")
    settings = load(
        folder / "daybrief.toml", {}, archive=str(folder / "archive.sqlite"), out=str(folder / "out"),
        writer=model_table(server, parallel),
    )  # fmt: skip
    app = App(settings)
    app.import_items(folder / "items.jsonl", DAY)
    stages = Stages()
    log = logging.getLogger("daybrief.kit")
    log.addHandler(stages)
    log.setLevel(logging.INFO)
    (report,) = app.run(RunRequest(day=DAY, refresh=True))
    ended = time.perf_counter()
    log.removeHandler(stages)
    writing = stages.began["write"]
    loading = open_archive(Path(settings.archive)).runs(1)[0].seconds["collect"]
    return report, loading, ended - writing


def sixty(
    server: ModelServer, data: Path, stories: int, delay_s: float, parallel: int, runs: int
) -> dict[str, Any]:
    """First run, rerun, one story changed; then the wall time, again and again, beside the old way."""
    rows = lines(data, stories)
    costs: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        server.script("good", delay_s=delay_s)
        report, loading, seconds = a_day(root / "first", rows, server, parallel)
        costs["first"] = cost(server) | drafting(report)
        walls = [seconds]
        server.script("good")
        a_day(root / "first", rows, server, parallel)
        costs["rerun"] = cost(server)
        server.script("good")
        changed = json.loads(rows[0])
        changed["abstract"] += " We also release the code of all experiments to the public."
        (root / "changed").mkdir()
        shutil.copy(root / "first" / "models.sqlite", root / "changed" / "models.sqlite")
        a_day(root / "changed", [json.dumps(changed).encode() + b"\n", *rows[1:]], server, parallel)
        costs["one_story_changed"] = cost(server)
        for number in range(1, runs):
            server.script("good", delay_s=delay_s)
            walls.append(a_day(root / f"run{number}", rows, server, parallel)[2])
        costs["wall"] = wall(costs["first"], walls, delay_s, parallel) | {"loading_s": loading}
        server.script("good", delay_s=delay_s)
        costs["wall"]["old_way_s"] = round(a_day(root / "old", rows, server, 1)[2], 2)
    return costs


def wall(first: dict[str, Any], walls: list[float], delay_s: float, parallel: int) -> dict[str, Any]:
    """The seconds of writing against the least they could be."""
    chain = delay_s * len(first["kinds"])
    path = max(chain, first["calls"] * delay_s / parallel)
    middle = statistics.median(walls)
    return {
        "delay_s": delay_s, "parallel": parallel, "runs": len(walls), "write_s": round(middle, 2),
        "critical_path_s": round(path, 2), "ratio": round(middle / path, 3),
        "ratio_range": [round(min(walls) / path, 3), round(max(walls) / path, 3)],
        "whole_rounds_s": max(chain, delay_s * math.ceil(first["calls"] / parallel)),
    }  # fmt: skip


def founding(server: ModelServer) -> dict[str, Any]:
    """The founding edition, replayed twice."""
    costs: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        for name in ("first", "rerun"):
            server.script("good")
            settings = load(
                None, {}, recorded_settings("founding"), out=str(Path(place) / "out"), publishers=(),
                archive=str(Path(place) / "archive.sqlite"), writer=model_table(server, 16),
            )  # fmt: skip
            (report,) = App(settings).run(RunRequest(replay="founding", refresh=True))
            costs[name] = cost(server) | (drafting(report) if name == "first" else {})
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description="Tokens, calls and wall time of a day a model writes")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--stories", type=int, default=60)
    parser.add_argument("--delay", type=float, default=2.0)
    parser.add_argument("--parallel", type=int, default=16)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with model_server() as server:
        day = sixty(server, given.data, given.stories, given.delay, given.parallel, given.runs)
        report = {"cpus": os.cpu_count(), "founding": founding(server), "day": day}
    print(json.dumps(report, indent=None if given.json else 2))


if __name__ == "__main__":
    main()
