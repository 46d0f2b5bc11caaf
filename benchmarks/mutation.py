"""How many small changes to the trust core the tests notice: a seeded sample of mutmut's mutants.

    pip install mutmut
    python benchmarks/mutation.py [--sample 160] [--seed 20261201] [--children 2] [--json]

The trust core is what pyproject.toml names under `tool.mutmut`: checks, dedupe, rank, verify, numbers, the
outbox, and what the archive writes. mutmut copies the checkout to `mutants/`, runs the tests once to learn
which of them reach which function, and each mutant, in a fork of the loaded tests, against those. A survivor
is printed with its change. Tests that start programs of their own see no mutant and are left out.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
KILLED = frozenset({1, 3, 24, 36, 152, 255})  # by a test, or by the time limit
Z = 1.96  # of a 95 % interval
# What `mutmut run` does first, without its two rounds of all tests.
MAKE = """
from mutmut import __main__ as mutmut
mutmut.Path("mutants").mkdir(exist_ok=True)
mutmut.set_mutant_under_test("mutant_generation")
mutmut.copy_src_dir()
mutmut.copy_also_copy_files()
mutmut.setup_source_paths()
mutmut.create_mutants(1)
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    order = [sys.executable, *arguments]
    return subprocess.run(order, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def mutmut(*arguments: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "mutmut", *arguments)


def exit_codes() -> dict[str, int | None]:
    """Every mutant by name, with the exit code of its tests; None for one that was not run."""
    codes: dict[str, int | None] = {}
    for file in sorted((ROOT / "mutants" / "src").rglob("*.meta")):
        codes |= json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def drawn(seed: int, size: int) -> list[str]:
    """A sample of all mutants, which are made anew."""
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    made = python("-c", MAKE)
    names = sorted(exit_codes())
    if not names:
        raise SystemExit(f"mutmut made no mutants:\n{made.stdout[-2000:]}{made.stderr[-2000:]}")
    return random.Random(seed).sample(names, min(size, len(names)))


def interval(killed: int, size: int) -> tuple[float, float]:
    """Wilson's interval of a share."""
    share, square = killed / size, Z * Z / size
    centre = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / size + square / (4 * size)) / (1 + square)
    return centre - half, centre + half


def change(name: str) -> str:
    """What a mutant changes: the lines that went and came."""
    lines = mutmut("show", name).stdout.splitlines()
    parts = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return " ⟶ ".join(line[1:].strip() for line in parts if "mutmut" not in line)[:160]


def measured(seed: int, size: int, children: int) -> dict[str, Any]:
    sample = drawn(seed, size)
    done = mutmut("run", "--max-children", str(children), *sample)
    codes = exit_codes()
    run = [name for name in sample if codes.get(name) is not None]
    if not run:
        raise SystemExit(f"mutmut ran none of the mutants:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    survivors = [name for name in run if codes[name] not in KILLED]
    low, high = interval(len(run) - len(survivors), len(run))
    return {
        "benchmark": "mutation",
        "mutants": len(codes),
        "run": len(run),
        "killed": len(run) - len(survivors),
        "low": low,
        "high": high,
        "survivors": {name: change(name) for name in survivors},
    }


def figures(found: dict[str, Any]) -> Iterator[dict[str, str]]:
    share = f"{100 * found['killed'] / found['run']:.0f} %"
    spread = f"{100 * found['low']:.0f} – {100 * found['high']:.0f} %"
    yield {
        "what": f"changes noticed, of a sample of {found['run']} among {found['mutants']:,} mutants",
        "asked": "≥ 90 %",
        "measured": f"**{share}** ({spread})",
    }
    for name, text in found["survivors"].items():
        place = name.removeprefix("daybrief.").partition("__mutmut")[0]
        yield {"what": f"survivor in `{place}`", "measured": f"`{text.replace('|', '¦')}`"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=160)
    parser.add_argument("--seed", type=int, default=20261201)
    parser.add_argument("--children", type=int, default=2, help="mutants that are run at once")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measured(given.seed, given.sample, given.children)
    found["figures"] = list(figures(found))
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for row in found["figures"]:
        print(f"{row['what']}\n    {row['measured']}")


if __name__ == "__main__":
    main()
