"""How many small changes to the trust core the tests notice: a seeded sample of mutmut's mutants.

    pip install mutmut
    python benchmarks/mutation.py [--sample 160] [--seed 20261201] [--children 1] [--json]

The trust core is what pyproject.toml names under `tool.mutmut`: checks, dedupe, rank, verify, numbers, the
outbox, and what the archive writes. mutmut copies the checkout to `mutants/`, runs the tests once to learn
which of them reach which function, and each mutant, in a fork of the loaded tests, against those. Tests that
start programs of their own see no mutant and are left out.

What would make a mutant survive unseen is undone: the core's caches are emptied before each test, and a
mutant of a function that runs while its module is loaded is run in a process of its own. A survivor is
printed with its change. One that changes nothing a caller could see is listed in `mutation_equal.toml` with
the reason; the score is given with and without those.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

ROOT = Path(__file__).parent.parent
EQUAL = Path(__file__).with_name("mutation_equal.toml")
KILLED = frozenset({1, 3, 24, -24, 36, 152, 255})  # by a test, or by the time limit
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
# The functions that run while the modules of the mutants are loaded.
LOAD = """
import importlib, json, os, sys
os.environ["MUTANT_UNDER_TEST"] = "stats"
os.chdir("mutants")
sys.path.insert(0, "src")
from mutmut.state import state
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(state()._stats)))
"""


@pytest.fixture(autouse=True)
def fresh_caches() -> None:
    """Empty the core's caches: a test that meets another's values runs no code, and so notices no change.

    `pytest -p benchmarks.mutation` uses it. Tables that are loaded once (`cache`) are kept.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith(("daybrief.checks.", "daybrief.stages.", "daybrief.text.numbers")):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_parameters") and value.cache_parameters()["maxsize"]:
                    value.cache_clear()


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
    """The change that a mutant makes: the lines that went and came."""
    lines = mutmut("show", name).stdout.splitlines()
    parts = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return " ⟶ ".join(line[1:].strip() for line in parts if "mutmut" not in line)


def place_of(name: str) -> str:
    """The function of a mutant: `checks.relations.x__kept`."""
    return name.removeprefix("daybrief.").partition("__mutmut")[0]


def noticed_while_loading(survivors: Sequence[str]) -> set[str]:
    """The survivors that the tests notice when their modules are loaded with them."""
    modules = sorted({name.rpartition(".")[0].removesuffix(".__init__") for name in survivors})
    loaded = frozenset(json.loads(python("-c", LOAD, *modules).stdout)) if modules else frozenset()
    tests = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    noticed = set()
    for name in survivors:
        if name.partition("__mutmut")[0] in loaded:
            environment = os.environ | {"MUTANT_UNDER_TEST": name, "PYTHONPATH": "src"}
            order = [sys.executable, "-m", "pytest", "-x", "-q", *tests["pytest_add_cli_args"]]
            order += tests["pytest_add_cli_args_test_selection"]
            done = subprocess.run(
                order, cwd=ROOT / "mutants", env=environment, capture_output=True, check=False
            )
            if done.returncode:
                noticed.add(name)
    return noticed


def reason(name: str, text: str, kind: Literal["equal", "survivor"] = "equal") -> str:
    """Why a change is none that a caller could see, or lives all the same; "" where no entry says so."""
    for entry in tomllib.loads(EQUAL.read_text(encoding="utf-8"))[kind]:
        if re.fullmatch(entry["place"], place_of(name)) and re.search(entry["change"], text):
            return str(entry["why"])
    return ""


def measured(seed: int, size: int, children: int) -> dict[str, Any]:
    sample = drawn(seed, size)
    done = mutmut("run", "--max-children", str(children), *sample)
    codes = exit_codes()
    run = [name for name in sample if codes.get(name) is not None]
    if not run:
        raise SystemExit(f"mutmut ran none of the mutants:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    alive = [name for name in run if codes[name] not in KILLED]
    noticed = noticed_while_loading(alive)
    changes = {name: change(name) for name in alive if name not in noticed}
    equal = {name: why for name, text in changes.items() if (why := reason(name, text))}
    return {
        "benchmark": "mutation",
        "mutants": len(codes),
        "run": len(run),
        "killed": len(run) - len(changes),
        "survivors": changes,
        "equal": equal,
    }


def figures(report: dict[str, Any]) -> Iterator[dict[str, str]]:
    killed, run, equal = report["killed"], report["run"], len(report["equal"])
    whole = f"changes noticed, of a sample of {run} among {report['mutants']:,} mutants"
    fewer = f"the same without {equal} that change nothing a caller could see"
    for what, of in ((whole, run), (fewer, run - equal)):
        low, high = (f"{100 * bound:.0f}" for bound in interval(killed, of))
        share = f"**{100 * killed / of:.1f} %** ({low} – {high} %), {killed} of {of}"
        yield {"what": what, "asked": "≥ 90 %", "measured": share}
    for name, text in report["survivors"].items():
        equal_for = report["equal"].get(name, "")
        why = equal_for or reason(name, text, "survivor")
        value = f"`{text.replace('|', '¦')[:240]}`" + (f": {why}" if why else "")
        yield {"what": f"{'equal' if equal_for else 'survivor'} in `{place_of(name)}`", "measured": value}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=160)
    parser.add_argument("--seed", type=int, default=20261201)
    parser.add_argument("--children", type=int, default=1, help="mutants that are run at once")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report = measured(given.seed, given.sample, given.children)
    report["figures"] = list(figures(report))
    if given.json:
        print(json.dumps(report, ensure_ascii=False))
        return
    for row in report["figures"]:
        print(f"{row['what']}\n    {row['measured']}")


if __name__ == "__main__":
    main()
