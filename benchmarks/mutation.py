"""How many small changes to the trust core the tests notice: seeded samples of mutmut's mutants.

    pip install mutmut
    python benchmarks/mutation.py [--sample 160] [--seed 20261212 …] [--json]

The trust core is what pyproject.toml names under `tool.mutmut`: checks, dedupe, rank, verify, numbers, the
outbox, and what the archive writes. mutmut copies the checkout to `mutants/` and writes every mutant there.
The tests are loaded once and run once, to learn which of them reach which function; then each mutant of the
sample is run against those, in a fork, until one fails. Several seeds are several samples of one such run.
Tests that start programs of their own see no mutant and are left out.

What would make a mutant survive unseen is undone: the core's caches are emptied before each run, and a
mutant of a function that runs while its module is loaded is run in a process of its own. A survivor is
printed with its change. One that changes nothing a caller could see is listed in `mutation_equal.toml` with
the reason; the score is given with and without those.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from _pytest.runner import runtestprotocol

from show import show

ROOT = Path(__file__).parent.parent
EQUAL = Path(__file__).with_name("mutation_equal.toml")
MUTANT = "MUTANT_UNDER_TEST"  # the variable that chooses one; mutmut reads it at each call
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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make `pytest -p benchmarks.mutation --mutants FILE` run the mutants that a file lists."""
    parser.addoption("--mutants", help="a file of names; FILE.noticed tells of each whether a test fails")


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run every test once, then each mutant against the tests that reach it; go on where it stopped."""
    if not (file := session.config.getoption("--mutants")):
        return None
    tests = {test.nodeid: test for test in session.items}
    reached: dict[str, list[str]] = defaultdict(list)
    seconds: dict[str, float] = {}
    os.environ[MUTANT] = "stats"
    for nodeid, took, functions in _lines(Path("reached"), tests, lambda nodeid: _reach(tests[nodeid])):
        seconds[nodeid] = took
        for function in functions:
            reached[function].append(nodeid)
    os.environ[MUTANT] = ""

    def noticed(name: str) -> Sequence[bool]:
        quickest = sorted(reached[_function(name)], key=seconds.__getitem__)
        wait = 30 + int(10 * sum(map(seconds.__getitem__, quickest)))
        return (_noticed(name, [tests[nodeid] for nodeid in quickest], wait),)

    for _ in _lines(Path(f"{file}.noticed"), Path(file).read_text(encoding="utf-8").split(), noticed):
        pass
    return True


def _lines(file: Path, keys: Iterable[str], make: Callable[[str], Sequence[Any]]) -> Iterator[list[Any]]:
    """Yield a line of a file of JSON lines for each key; one that is missing is made and noted at once."""
    known = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    by_key = {line[0]: line for line in known}
    with file.open("a", encoding="utf-8") as notes:
        for key in keys:
            if key not in by_key:
                by_key[key] = [key, *make(key)]
                print(json.dumps(by_key[key]), file=notes, flush=True)
            yield by_key[key]


def _reach(test: pytest.Item) -> tuple[float, list[str]]:
    """The seconds that a test takes, and the functions it reaches. Raises SystemExit where it fails."""
    from mutmut.state import state

    _empty_caches()
    state()._stats.clear()
    start = time.monotonic()
    if not _passes(test):
        raise SystemExit(f"{test.nodeid} fails without any change")
    return time.monotonic() - start, sorted(state()._stats)


def _noticed(name: str, tests: Sequence[pytest.Item], wait: int) -> bool:
    """Whether one of these tests fails with a mutant, or does not end within some seconds."""
    child = os.fork()
    if not child:
        os.environ[MUTANT] = name
        signal.alarm(wait)
        _empty_caches(name)
        failed = 1
        with contextlib.suppress(BaseException):
            failed = int(not all(map(_passes, tests)))
        os._exit(failed)
    return os.waitpid(child, 0)[1] != 0


def _passes(test: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(test, log=False, nextitem=None))


def _empty_caches(mutant: str = "") -> None:
    """Empty the core's caches: a test that meets another's values runs no code, and so notices no change.

    Tables that are loaded once (`cache`) are kept, but for those of the mutant's own module.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith(("daybrief.checks.", "daybrief.stages.", "daybrief.text.")):
            own = mutant.startswith(f"{name}.")
            for value in list(vars(module).values()):
                if hasattr(value, "cache_parameters") and (own or value.cache_parameters()["maxsize"]):
                    value.cache_clear()


def _function(name: str) -> str:
    return name.partition("__mutmut_")[0]


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    order = [sys.executable, *arguments]
    return subprocess.run(order, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def mutmut(*arguments: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "mutmut", *arguments)


def made(*, anew: bool = True) -> list[str]:
    """The names of all mutants. Raises SystemExit where mutmut makes none."""
    if anew:
        shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    done = python("-c", MAKE)
    names: set[str] = set()
    for file in (ROOT / "mutants" / "src").rglob("*.meta"):
        names |= json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"].keys()
    if not names:
        raise SystemExit(f"mutmut made no mutants:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return sorted(names)


def alive(names: Sequence[str]) -> list[str]:
    """The mutants that no loaded test notices. Raises SystemExit where the tests cannot be run."""
    listed = ROOT / "mutants" / "listed"
    listed.write_text("\n".join(names), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": f"src{os.pathsep}.", MUTANT: "none"}
    order = [*tests(), "-s", "--mutants", listed.name]
    done = subprocess.run(
        order, cwd=ROOT / "mutants", env=environment, capture_output=True, text=True, check=False
    )
    results = listed.with_suffix(".noticed")
    lines = results.read_text(encoding="utf-8").splitlines() if results.is_file() else []
    noticed = {name: seen for name, seen in map(json.loads, lines)}
    if not noticed.keys() >= set(names):
        raise SystemExit(f"the tests could not be run:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
    return [name for name in names if not noticed[name]]


def tests() -> list[str]:
    """The command of the core's tests."""
    chosen = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    order = [sys.executable, "-m", "pytest", "-x", "-q", *chosen["pytest_add_cli_args"]]
    return order + list(chosen["pytest_add_cli_args_test_selection"])


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
    return _function(name).removeprefix("daybrief.")


def noticed_while_loading(survivors: Sequence[str]) -> set[str]:
    """The survivors that the tests notice when their modules are loaded with them."""
    modules = sorted({name.rpartition(".")[0].removesuffix(".__init__") for name in survivors})
    loaded = frozenset(json.loads(python("-c", LOAD, *modules).stdout)) if modules else frozenset()
    noticed = set()
    for name in survivors:
        if _function(name) in loaded:
            environment = os.environ | {MUTANT: name, "PYTHONPATH": f"src{os.pathsep}."}
            done = subprocess.run(
                tests(), cwd=ROOT / "mutants", env=environment, capture_output=True, check=False
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


def measured(seeds: Sequence[int], size: int, *, anew: bool = True) -> Iterator[dict[str, Any]]:
    """A report for each seed."""
    names = made(anew=anew)
    samples = [random.Random(seed).sample(names, min(size, len(names))) for seed in seeds]
    survivors = alive(sorted({name for sample in samples for name in sample}))
    noticed = noticed_while_loading(survivors)
    changes = {name: change(name) for name in survivors if name not in noticed}
    for sample in samples:
        ours = {name: changes[name] for name in sample if name in changes}
        equal = {name: why for name, text in ours.items() if (why := reason(name, text))}
        yield {
            "benchmark": "mutation",
            "mutants": len(names),
            "run": len(sample),
            "killed": len(sample) - len(ours),
            "survivors": ours,
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
    parser.add_argument("--seed", type=int, nargs="+", default=[20261212], help="one sample each")
    parser.add_argument("--json", action="store_true", help="a line for each sample")
    parser.add_argument("--go-on", action="store_true", help="take up a stopped run of the same code")
    given = parser.parse_args()
    for report in measured(given.seed, given.sample, anew=not given.go_on):
        report["figures"] = list(figures(report))
        show(report, as_json=given.json)


if __name__ == "__main__":
    main()
