"""How long our regular expressions can take: each on 100 kB of what is worst for it.

    python benchmarks/patterns.py [--json]

Every compiled pattern that a module of daybrief holds is searched for in repetitions of pieces made of its
own literals and of what texts are made of, with an end that fits nothing. After a second it is broken off.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import re
import signal
import time
from collections.abc import Iterator
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import daybrief

LETTERS = 100_000
PATIENCE_S = 1.0
PIECES = (
    "a",
    " ",
    "\n",
    "1",
    "가",
    "-",
    ".",
    "a ",
    "1,",
    "a.",
    "<a ",
    "](",
    "[[",
    "http://",
    "\\a{",
    "“a",
    "&a;",
)


class _Enough(Exception):
    """A second is over."""


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern over text, by the module and name under which it is held."""
    found = {}
    for info in pkgutil.walk_packages(daybrief.__path__, "daybrief."):
        if info.name.endswith("__main__") or ".migrations." in info.name:
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                found.setdefault((value.pattern, value.flags), (f"{info.name}.{name}", value))
    return dict(found.values())


def literals(pattern: re.Pattern[str]) -> Iterator[str]:
    """The letters a pattern names, one by one in its order."""
    todo: list[Any] = list(_parser.parse(pattern.pattern, pattern.flags))
    while todo:
        part = todo.pop(0)
        if isinstance(part, tuple | list) or type(part).__name__ == "SubPattern":
            inner = list(part)
            if len(inner) == 2 and str(inner[0]) == "LITERAL":
                yield chr(inner[1])
            else:
                todo = inner + todo


def worst(pattern: re.Pattern[str]) -> float:
    """Milliseconds of the slowest search; infinite when one had to be broken off."""
    said = "".join(literals(pattern))[:40]
    pieces = dict.fromkeys(
        (*PIECES, *said, *filter(None, (said, said[:3], said[-3:], said[:1] + "a", said[:1] + " ")))
    )
    slowest = 0.0
    for piece in pieces:
        text = (piece * (LETTERS // len(piece) + 1))[:LETTERS] + "\x00"
        start = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
        try:
            pattern.search(text)
        except _Enough:
            return float("inf")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        slowest = max(slowest, 1_000 * (time.perf_counter() - start))
    return slowest


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()

    def enough(_number: int, _frame: object) -> None:
        raise _Enough

    signal.signal(signal.SIGALRM, enough)
    times = sorted(((worst(p), name) for name, p in patterns().items()), reverse=True)
    slow = [(ms, name) for ms, name in times if ms >= 50]
    named = "; ".join(f"{name} {'> 1 s' if ms == float('inf') else f'{ms:.0f} ms'}" for ms, name in times[:8])
    found = {
        "patterns": len(times),
        "figures": [
            {
                "what": f"patterns of 50 ms or more, of {len(times)}",
                "asked": "0",
                "measured": f"**{len(slow)}**",
            },
            {"what": "the slowest", "measured": named},
        ],
    }
    print(json.dumps(found, ensure_ascii=False, indent=1) if asked.json else found["figures"])


if __name__ == "__main__":
    main()
