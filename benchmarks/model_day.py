"""What a day costs when a model writes: tokens and calls, and wall time against the critical path.

    python benchmarks/model_day.py --data FILE.jsonl[.gz] [--stories 60] [--delay 2.0] [--json]

The scripted server answers after the delay. Counts are the server's own. The critical path is the longer of
the longest chain of dependent calls and all calls over those allowed at once; `old_way` is the same day
with one call after another, and `whole_rounds_s` what calls of equal length need at the least. The library is
imported beforehand (its seconds are told apart). FILE holds papers as `daybrief import` reads them; the
founding edition is replayed from the package.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import shutil
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from daybrief.config import load
from daybrief.kit import Report
from daybrief.testing.model_server import MODEL, ModelServer, model_server
from daybrief.wiring import bring_in, recorded_settings, session
from pipeline import lines

DAY = date(2024, 11, 26)
LIBRARY = ("genai_prices.data", "openai.resources.chat", "pydantic_ai.direct", "pydantic_ai.models.openai")
SETTINGS = """
sources = []
publishers = []
[ranking]
most = {stories}
most_each = {stories}
"""


def model_table(server: ModelServer, parallel: int) -> dict[str, Any]:
    """A writer at the price of a small hosted model, so that money is counted too."""
    return {
        "use": "llm", "model": MODEL, "base_url": server.base_url, "parallel": parallel,
        "price_in": 0.15, "price_out": 0.60, "budget_usd": 5.0,
    }  # fmt: skip


def cost(server: ModelServer) -> dict[str, Any]:
    """What the server has counted since the last script."""
    seen = server.stats()
    usd = (seen["tokens_in"] * 0.15 + seen["tokens_out"] * 0.60) / 1e6
    return {
        "calls": seen["calls"], "kinds": seen["kinds"], "tokens_in": seen["tokens_in"],
        "tokens_out": seen["tokens_out"], "usd": round(usd, 5), "most_at_once": seen["most_at_once"],
    }  # fmt: skip


def said(report: Report) -> dict[str, int]:
    """What the edition itself says of it."""
    drafts = [s.checked.draft for e in report.editions for s in e.sections]
    return {
        "stories": sum(len(d.ranked) for d in drafts),
        "sections": len(drafts),
        "fallbacks": sum(len(d.fallbacks) for d in drafts),
        "sentences": sum(len(s.checked.kept) for e in report.editions for s in e.sections),
    }


def a_day(folder: Path, rows: list[bytes], server: ModelServer, parallel: int = 16) -> tuple[Report, float]:
    """One day of these papers in a folder; the report, and the seconds the writing took."""
    folder.mkdir(exist_ok=True)
    (folder / "items.jsonl").write_bytes(b"".join(rows))
    (folder / "daybrief.toml").write_text(SETTINGS.format(stories=len(rows)), encoding="utf-8")
    settings = load(
        folder / "daybrief.toml", {}, archive=str(folder / "archive.sqlite"), out=str(folder / "out"),
        writer=model_table(server, parallel),
    )  # fmt: skip
    bring_in(settings, folder / "items.jsonl", DAY)
    stages: list[tuple[str, float]] = []
    (report,) = session(
        settings, day=DAY, refresh=True, tell=lambda stage, _what: stages.append((stage, time.perf_counter()))
    )
    writing = next(at for stage, at in stages if stage == "write")
    return report, time.perf_counter() - writing


def sixty(server: ModelServer, data: Path, stories: int, delay_s: float, parallel: int) -> dict[str, Any]:
    """First run, rerun, one story changed; then the wall time beside the old way."""
    rows = lines(data, stories)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        server.script("good", delay_s=delay_s)
        report, seconds = a_day(root / "first", rows, server, parallel)
        found["first"] = cost(server) | said(report)
        found["wall"] = wall(found["first"], seconds, delay_s, parallel)
        server.script("good")
        a_day(root / "first", rows, server, parallel)
        found["rerun"] = cost(server)
        server.script("good")
        changed = json.loads(rows[0])
        changed["abstract"] += " We also release the code of all experiments to the public."
        (root / "changed").mkdir()
        shutil.copy(root / "first" / "models.sqlite", root / "changed" / "models.sqlite")
        a_day(root / "changed", [json.dumps(changed).encode() + b"\n", *rows[1:]], server, parallel)
        found["one_story_changed"] = cost(server)
        server.script("good", delay_s=delay_s)
        _, seconds = a_day(root / "old", rows, server, 1)
        found["wall"]["old_way_s"] = round(seconds, 2)
    return found


def wall(first: dict[str, Any], seconds: float, delay_s: float, parallel: int) -> dict[str, float]:
    """The seconds of writing against the least they could be."""
    chain = delay_s * len(first["kinds"])
    path = max(chain, first["calls"] * delay_s / parallel)
    return {
        "delay_s": delay_s, "parallel": parallel, "write_s": round(seconds, 2),
        "critical_path_s": round(path, 2), "ratio": round(seconds / path, 3),
        "whole_rounds_s": delay_s * sum(math.ceil(n / parallel) for n in first["kinds"].values()),
    }  # fmt: skip


def founding(server: ModelServer) -> dict[str, Any]:
    """The founding edition, replayed twice."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        for name in ("first", "rerun"):
            server.script("good")
            settings = load(
                None, {}, recorded_settings("founding"), out=str(Path(place) / "out"), publishers=(),
                archive=str(Path(place) / "archive.sqlite"), writer=model_table(server, 16),
            )  # fmt: skip
            (report,) = session(settings, replay="founding", refresh=True)
            found[name] = cost(server) | (said(report) if name == "first" else {})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Tokens, calls and wall time of a day a model writes")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--stories", type=int, default=60)
    parser.add_argument("--delay", type=float, default=2.0)
    parser.add_argument("--parallel", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    start = time.perf_counter()
    for name in LIBRARY:
        importlib.import_module(name)
    imported = round(time.perf_counter() - start, 2)
    with model_server() as server:
        found = {
            "library_import_s": imported,
            "cpus": os.cpu_count(),
            "founding": founding(server),
            "day": sixty(server, given.data, given.stories, given.delay, given.parallel),
        }
    print(json.dumps(found, indent=None if given.json else 2))


if __name__ == "__main__":
    main()
