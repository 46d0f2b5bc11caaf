"""Measures what the program promises, and writes docs/reliability.md: a promise a line, the kept ones only.

    python benchmarks/reliability.py [--only addresses,kills] [--small] [--json] [--compare]

A promise counts as kept when its last measured run had no failure. What was measured is kept in
`reliability.json` beside this file, so that promises can be measured one at a time; each says when.
`--small` measures a few vectors of each, as the tests do, and writes nothing. `--compare` asks the hostile
server with other clients too, which it installs into an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults import Promise, Tried  # noqa: E402
from tests.faults.network import LIMIT_S, MOST_S, NO_ITEMS, suffered  # noqa: E402
from tests.faults.promises import PROMISES  # noqa: E402

from daybrief.testing.hostile import BEHAVIOURS  # noqa: E402

KEPT = ROOT / "benchmarks" / "reliability.json"
PAGE = ROOT / "docs" / "reliability.md"
MOST_TOLD = 5

HEAD = """# Reliability

What daybrief promises, what was tried to break it, and the worst that was seen. Each line is a measurement
that anybody can repeat: `python benchmarks/reliability.py` measures all of them and writes this page,
`--only NAME` one; the tests run a small form of each. A promise stands in the first table only while its last
whole measurement had no failure; what failed, or was not measured, stands in the second.
"""

PARTS = """
The bench uses parts that are public in `daybrief.testing`. A server of raw sockets misbehaves and keeps score
of manners (`hostile`). In `faults` are a driver that kills a process or takes its disk away at each of its
steps, a clock that several processes share, and addresses that lead inside. There are also a mail server and
a web hook that fail at a step of choice (`server`), and a model that does what a text orders (`model_server`,
`injections`). The year of bulletins and the canary secrets are in `tests/faults`.
"""


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────


def measured(promise: Promise, *, small: bool = False) -> Tried:
    """Returns what a promise's measurement found, with the failure of the measurement itself as one."""
    assert promise.measure is not None
    try:
        return promise.measure(promise.small if small else promise.whole)
    except Exception as broken:  # a bench that ends by an error has measured nothing
        return Tried(1, [f"the measurement ended by {type(broken).__name__}: {broken}"], "not measured")


def tested(promises: Iterable[Promise]) -> dict[str, Tried]:
    """Runs the tests of promises, all in one go, and counts them: each is a vector."""
    wanted = {promise.name: promise.tests for promise in promises}
    every = sorted({test for tests in wanted.values() for test in tests})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", "--timeout=600"]
        done = subprocess.run(
            [*command, f"--junitxml={report}", *every], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if not report.is_file():
            broken = Tried(1, [f"pytest ended with {done.returncode}: {done.stdout[-200:]}"], "not measured")
            return dict.fromkeys(wanted, broken)
        cases = list(ElementTree.parse(report).iter("testcase"))
    return {name: counted(cases, tests) for name, tests in wanted.items()}


def counted(cases: Iterable[ElementTree.Element], tests: Iterable[str]) -> Tried:
    """Counts those of the cases that belong to some tests; a skipped one tried nothing."""
    tried, skipped = Tried(), 0
    for case in cases:
        file, name = str(case.get("classname", "")).replace(".", "/"), str(case.get("name", ""))
        paths = (test.partition("::") for test in tests)
        if not any(
            file.startswith(path.removesuffix(".py")) and (not test or name.split("[")[0] == test)
            for path, _, test in paths
        ):
            continue
        if case.find("skipped") is not None:
            skipped += 1
        else:
            wrong = case.find("failure") is not None or case.find("error") is not None
            tried.expect(not wrong, f"{file}::{name}")
    tried.worst = "the tests " + ", ".join(f"`{test}`" for test in tests)
    tried.worst += f"; {skipped} skipped" if skipped else ""
    if not tried.vectors:
        tried.failures.append("no test ran")
    return tried


def row(promise: Promise, tried: Tried, seconds: float) -> dict[str, Any]:
    """The record that is kept of a measurement."""
    return {
        "asked": promise.target,
        "vectors": tried.vectors,
        "failures": len(tried.failures) + len(tried.late),
        "told": [plain(failure) for failure in [*tried.failures, *tried.late][:MOST_TOLD]],
        "worst": plain(tried.worst),
        "minutes": round(seconds / 60, 1),
        "at": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


def plain(text: str) -> str:
    """A failure or figure on one line, without paths of the machine and what would break a table."""
    return re.sub(r"/(?:tmp|home|root|work|var)/\S*/", "…/", " ".join(text.split())).replace("|", "/")[:300]


# ── the same server, other clients ──────────────────────────────────────────────────────────────────


PEERS = {"feedparser": "feedparser", "arxiv": "arxiv", "reader": "reader"}  # client: what is installed for it
FORGOTTEN = ("sgmllib3k",)  # reader needs it and does not say so
INSTALL_S = 300.0
NAMES = {
    "daybrief": "daybrief",
    "naive": "urllib and ElementTree, 10 s a wait",
    "feedparser": "`feedparser.parse(url)`",
    "arxiv": "arxiv.py",
    "reader": "lemon24/reader",
}
MUCH_MIB = 100.0


def compare() -> dict[str, Any]:
    """Asks each behaviour of the hostile server with each client; says in a line what cannot be installed."""
    with tempfile.TemporaryDirectory() as folder:
        python = installed(Path(folder))
        clients = [client for client in NAMES if client not in PEERS or python]
        by_client = {
            c: suffered(c, list(BEHAVIOURS), python if c in PEERS else sys.executable) for c in clients
        }
        versions = versions_of(python) if python else ""
    return {
        "clients": [NAMES[client] for client in clients],
        "told": (
            f"Each client asks each of {len(BEHAVIOURS)} behaviours once, in a process of its own that is "
            f"ended after {LIMIT_S:g} s, within {MOST_S / 60:g} minutes for all. daybrief has a budget of "
            "3 s a request, the others are asked as they come. "
            "Memory is what it needs on top of itself. A caller may bound the others; here none does. "
            f"{versions} Measured {datetime.now(UTC):%Y-%m-%d} on a busy machine."
        ),
        "sums": {NAMES[client]: sums(rows) for client, rows in by_client.items()},
        "rows": {name: {NAMES[c]: cell(by_client[c][name]) for c in clients} for name in BEHAVIOURS},
    }


def installed(folder: Path) -> str:
    """The Python of a new environment with the other clients; "" where they cannot be had."""
    python = str(folder / "peers" / "bin" / "python")
    steps = (
        [sys.executable, "-m", "venv", str(folder / "peers")],
        [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *PEERS.values(),
            *FORGOTTEN,
        ],
    )
    for step in steps:
        try:
            subprocess.run(step, capture_output=True, text=True, check=True, timeout=INSTALL_S)
        except subprocess.SubprocessError as failed:
            why = (getattr(failed, "stderr", "") or str(failed)).strip()[-200:]
            print(f"the other clients cannot be installed: {why}", file=sys.stderr)
            return ""
    return python


def versions_of(python: str) -> str:
    code = "from importlib.metadata import version as v; print(', '.join(f'{n} {v(n)}' for n in %r))"
    printed = subprocess.run(
        [python, "-c", code % (list(PEERS.values()),)], capture_output=True, text=True, check=True
    )
    return f"({printed.stdout.strip()}.)"


def sums(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The sums of a client over all behaviours."""
    worst = max(rows.values(), key=lambda row: row["mib"])
    return {
        f"hangs, more than {LIMIT_S:g} s": str(sum(row["outcome"] == "hangs" for row in rows.values())),
        "dies, or ends by an error it does not document": str(
            sum(
                not row["typed"] and not row["outcome"].startswith(("hangs", "not asked"))
                for row in rows.values()
            )
        ),
        "not asked, for want of time": str(
            sum(row["outcome"].startswith("not asked") for row in rows.values())
        ),
        f"more than {MUCH_MIB:g} MiB": str(sum(row["mib"] > MUCH_MIB for row in rows.values())),
        "worst memory": f"{worst['mib']:.0f} MiB",
        "items out of what is no feed": str(
            sum(row["items"] for name, row in rows.items() if name in NO_ITEMS)
        ),
        "requests": str(sum(row["requests"] for row in rows.values())),
        "requests sooner than allowed": str(sum(row["early"] for row in rows.values())),
        "pages asked for by a document": str(sum(row["canary"] for row in rows.values())),
    }


def cell(row: Mapping[str, Any]) -> str:
    """The words for one client and one behaviour."""
    many = f", {row['requests']} requests" if row["requests"] > 1 else ""
    return plain(f"{row['outcome']}, {row['seconds']:.1f} s, {row['mib']:.0f} MiB{many}")


# ── the page ────────────────────────────────────────────────────────────────────────────────────────


def page(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The page of what was measured."""
    good = [promise for promise in PROMISES if is_kept(promise, kept.get(promise.name))]
    rest = [p for p in PROMISES if p not in good]
    lines = [HEAD, *figures(good, kept), "## Kept", "", *table(good, kept)]
    if rest:
        lines += ["", "## Not kept, or not measured", "", *open_ones(rest, kept)]
    lines += ["", *compared(kept.get("compared", {})), "## The bench", PARTS.strip(), ""]
    return "\n".join(lines)


def is_kept(promise: Promise, record: Mapping[str, Any] | None) -> bool:
    """Whether a promise was measured far enough, and nothing failed."""
    return bool(record) and record["failures"] == 0 and record["vectors"] >= promise.least


def figures(good: Iterable[Promise], kept: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """How much stands behind the first table."""
    rows = [kept[promise.name] for promise in good]
    yield (
        f"**{len(rows)} of {len(PROMISES)} promises kept, {sum(r['vectors'] for r in rows):,} vectors tried, "
        "0 failures among them.**"
    )
    yield ""


def table(good: Iterable[Promise], kept: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The promises that are kept."""
    yield "| promise | asked | vectors | failures | worst figure | name, day |"
    yield "| --- | --- | ---: | ---: | --- | --- |"
    for promise in good:
        record = kept[promise.name]
        yield (
            f"| {promise.words} | {promise.target} | {record['vectors']:,} | {record['failures']} "
            f"| {record['worst']} | `{promise.name}`, {record['at']} |"
        )


def open_ones(rest: Iterable[Promise], kept: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The others, and why."""
    yield "| promise | asked | what was found |"
    yield "| --- | --- | --- |"
    for promise in rest:
        record = kept.get(promise.name)
        state = (
            f"{record['failures']} of {record['vectors']:,} failed, {promise.least:,} vectors are asked for "
            f"({record['at']}) {'; '.join(record['told'])}".strip()
            if record
            else "not measured yet"
        )
        yield f"| {promise.words} (`{promise.name}`) | {promise.target} | {state} |"


def compared(report: Mapping[str, Any]) -> Iterator[str]:
    """The same hostile server against other clients."""
    if not report:
        return
    clients = list(report["clients"])
    yield "## The same server, other clients"
    yield ""
    yield report["told"]
    yield ""
    yield f"| | {' | '.join(clients)} |"
    yield f"| --- |{' --- |' * len(clients)}"
    for name in report["sums"][clients[0]]:
        yield f"| {name} | {' | '.join(str(report['sums'][client][name]) for client in clients)} |"
    yield ""
    yield f"| behaviour | {' | '.join(clients)} |"
    yield f"| --- |{' --- |' * len(clients)}"
    for name, cells in report["rows"].items():
        yield f"| {name} | {' | '.join(cells[client] for client in clients)} |"
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="names, with commas between them")
    parser.add_argument("--small", action="store_true")
    parser.add_argument(
        "--page", action="store_true", help="write the page from what is kept; measure nothing"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--compare", action="store_true", help="with other clients; measure nothing else")
    given = parser.parse_args()
    if given.compare:
        report = {"compared": compare()}
        print(json.dumps(report, ensure_ascii=False)) if given.json else keep(report)
        return
    names = set(filter(None, given.only.split(",")))
    if unknown := names - {promise.name for promise in PROMISES}:
        parser.error(f"no such promise: {', '.join(sorted(unknown))}")
    chosen = [p for p in PROMISES if not given.page and (not names or p.name in names)]
    report = {}

    def note(promise: Promise, tried: Tried, seconds: float) -> None:
        record = report[promise.name] = row(promise, tried, seconds)
        if not given.json:
            print(f"{promise.name}: {record['failures']} of {record['vectors']:,} failed; {record['worst']}; "
                  f"{record['minutes']} min", *record["told"], sep="\n  ", flush=True)  # fmt: skip
        if not given.small:
            keep({promise.name: record})

    for promise in (p for p in chosen if p.measure):
        begun = time.perf_counter()
        note(promise, measured(promise, small=given.small), time.perf_counter() - begun)
    begun, by_tests = time.perf_counter(), [p for p in chosen if p.tests and not given.small]
    for name, tried in (tested(by_tests) if by_tests else {}).items():
        note(next(p for p in by_tests if p.name == name), tried, time.perf_counter() - begun)
    if given.page:
        keep({})
    if given.json:
        print(json.dumps(report, ensure_ascii=False))


def keep(report: Mapping[str, Any]) -> None:
    """Adds to what is kept, and writes the page of it."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    kept |= report
    text = json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    KEPT.write_text(text, encoding="utf-8")
    PAGE.write_text(page(json.loads(text)), encoding="utf-8")  # as it is read again: in the order of names


if __name__ == "__main__":
    main()
