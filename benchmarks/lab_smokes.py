"""How long the smoke run of every lab takes, each in a process of its own, and all of them together.

    python benchmarks/lab_smokes.py [--labs agents,fairness] [--out FILE] [--json]

Processor seconds, the imports of the libraries included, and seconds by the clock. A machine that does other
work beside it makes the clock slower and the processor seconds hardly. A lab without its libraries is named,
not counted. With --out a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from daybrief.cards import lab_folders

EACH, ALL = 20.0, 180.0  # seconds: the limits of a smoke run and of all
_RUN = """
import sys
from daybrief.errors import LabUnmet
from daybrief.labs.kit.running import smoke
try:
    smoke(sys.argv[1], 1000)
except LabUnmet as missing:
    sys.exit(missing.message)
"""


class Smoke(NamedTuple):
    """A smoke run: processor seconds, seconds by the clock, and what was missing or went wrong."""

    lab: str
    processor: float
    clock: float
    problem: str


def timed(lab: str) -> Smoke:
    """Runs a lab at smoke scale."""
    began, before = time.perf_counter(), _children()
    run = subprocess.run(
        [sys.executable, "-c", _RUN, lab], capture_output=True, text=True, check=False, timeout=600
    )
    problem = (run.stderr.strip().splitlines() or ["no message"])[-1] if run.returncode else ""
    return Smoke(lab, _children() - before, time.perf_counter() - began, problem)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def kept(place: Path | None) -> list[Smoke]:
    """The runs that an earlier call wrote into a file."""
    if place is None or not place.is_file():
        return []
    return [Smoke(*json.loads(line)) for line in place.read_text(encoding="utf-8").splitlines()]


def figures(runs: list[Smoke]) -> list[dict[str, str]]:
    """Rows of what, asked, measured: the whole, then the slowest first."""
    whole = [run for run in runs if not run.problem]
    processor, clock = sum(run.processor for run in whole), sum(run.clock for run in whole)
    rows = [
        {
            "what": f"all smoke runs together, {len(whole)} labs",
            "asked": f"≤ {ALL:.0f} s",
            "measured": f"**{processor:.0f} s** of the processor, {clock:.0f} s by the clock",
        }
    ]
    for run in sorted(runs, key=lambda run: -run.processor):
        measured = run.problem or f"{run.processor:.1f} s of the processor, {run.clock:.1f} s by the clock"
        rows.append({"what": f"`{run.lab}`", "asked": f"≤ {EACH:.0f} s", "measured": measured})
    return rows


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labs", default=",".join(sorted(lab_folders())), metavar="A,B")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keeps what was measured, a line each")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    runs = kept(given.out)
    for lab in given.labs.split(","):
        if lab not in {run.lab for run in runs}:
            runs.append(timed(lab))
            print(f"{lab}: {runs[-1].processor:.1f} s {runs[-1].problem}", file=sys.stderr, flush=True)
            if given.out:
                given.out.write_text("".join(json.dumps(run) + "\n" for run in runs), encoding="utf-8")
    if given.json:
        print(json.dumps({"figures": figures(runs)}, ensure_ascii=False))
        return
    for row in figures(runs):
        print(f"{row['what']:<48} {row['asked']:<10} {row['measured']}")


if __name__ == "__main__":
    main()
