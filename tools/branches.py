"""Fail where fewer branches of the engine were taken by the tests than asked.

    python tools/branches.py --at-least 95

Reads what the last covered run left behind (`coverage json`). `coverage report --fail-under` counts lines and
branches together, so that many covered lines hide branches that no test takes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def missing(files: Mapping[str, Mapping[str, Any]]) -> list[tuple[int, str]]:
    """Files by the number of their branches that no test takes, most first."""
    counts = ((report["summary"]["missing_branches"], name) for name, report in files.items())
    return sorted(((count, name) for count, name in counts if count), key=lambda row: (-row[0], row[1]))


def verdict(report: Mapping[str, Any], at_least: float) -> tuple[bool, str]:
    """Whether enough branches were taken, and a line that says how many; none at all are too few."""
    totals = report["totals"]
    taken, all_ = totals["covered_branches"], totals["num_branches"]
    share = 100 * taken / all_ if all_ else 0.0
    return share >= at_least, f"branches: {share:.1f} %, {taken:,} of {all_:,} (asked: {at_least:g} %)"


def main() -> None:
    """Read the report of coverage.py and exit with 1 where too few branches were taken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--at-least", type=float, required=True, help="per cent")
    parser.add_argument("--report", type=Path, help="a file of `coverage json` instead of the last run")
    given = parser.parse_args()
    if given.report:
        text = given.report.read_text(encoding="utf-8")
    else:
        order = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", "-"]
        text = subprocess.run(order, capture_output=True, text=True, check=True).stdout
    report = json.loads(text)
    enough, line = verdict(report, given.at_least)
    print(line)
    if not enough:
        print("\n".join(f"  {count:4} not taken in {name}" for count, name in missing(report["files"])[:20]))
        sys.exit(1)


if __name__ == "__main__":
    main()
