"""How long `import daybrief` and `daybrief --help` take, beside a bare interpreter.

    python benchmarks/startup.py [--repeats 15] [--json]

Wall and CPU time of whole processes, median with the middle half, warm file cache.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "import daybrief": ([sys.executable, "-c", "import daybrief"], 150),
    "daybrief --help": ([str(Path(sys.executable).parent / "daybrief"), "--help"], 400),
}


def once(command: list[str]) -> tuple[float, float]:
    """Wall and CPU milliseconds of one process."""
    before = os.times()
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall * 1_000, cpu * 1_000


def measure(repeats: int) -> dict[str, object]:
    """Every command, interleaved, so that a busy moment hits all of them."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for command, _ in COMMANDS.values():
        once(command)  # warms the file cache
    for _ in range(repeats):
        for name, (command, _) in COMMANDS.items():
            samples[name].append(once(command))
    rows = []
    for name, (_, limit) in COMMANDS.items():
        wall = sorted(w for w, _ in samples[name])
        low, middle, high = statistics.quantiles(wall, n=4)
        rows.append(
            {
                "command": name,
                "wall_ms": round(middle, 1),
                "middle_half_ms": [round(low, 1), round(high, 1)],
                "cpu_ms": round(statistics.median(c for _, c in samples[name]), 1),
                "asked_ms": limit,
            }
        )
    return {"benchmark": "startup", "repeats": repeats, "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = measure(given.repeats)
    if given.json:
        print(json.dumps(result))
        return
    for row in result["rows"]:
        print(row)


if __name__ == "__main__":
    main()
