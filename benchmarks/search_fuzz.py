"""Whether every string is a search: errors and the slowest of 100,000 made-up ones.

    python benchmarks/search_fuzz.py --data ../shared/data [--strings 100000] [--json]

A third are what people type, with operators; a third are pieces of operators, quotes, brackets, NUL bytes,
line breaks, controls and half surrogate pairs; a third are drawn from all of Unicode. All are drawn with a
fixed seed and sent to an index of 2,000 items.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from daybrief.model import to_json
from daybrief.search import ArchiveSearcher
from search_speed import SEED, Days, ordinary

ITEMS = 2_000
PIECES = r"""AND OR NOT NEAR * ? ~ ^ ( ) [ ] { } " " - - + : ; / \ // ' ` < > = ! & | source: category: kind:
from: to: kind:paper kind:claim from:2024-13-45 to:0000 source:"" -"" -"a "a b C++ GPT-4o λ-calculus .* the
of 모 모델 model""".split()
CONTROLS = [
    "\x00",
    "\n",
    "\r\n",
    "\t",
    "\x1b",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ud800",
    "\udfff",
    "\u0301",
    " ",
    "",
]


def drawn(days: Days, draw: random.Random) -> list[Callable[[], str]]:
    """The ways to make a string."""
    typed = [text for _, text in ordinary(days, 200)]

    def people() -> str:
        text = list(draw.choice(typed))
        for _ in range(draw.randrange(4)):
            text.insert(draw.randrange(len(text) + 1), draw.choice(PIECES + CONTROLS))
        return "".join(text)

    def pieces() -> str:
        many = draw.randrange(1, 30)
        return "".join(draw.choice(PIECES) + draw.choice(CONTROLS) for _ in range(many))

    def unicode() -> str:
        return "".join(chr(draw.randrange(0x110000)) for _ in range(draw.randrange(1, 60)))

    return [people, pieces, unicode]


def report(days: Days, strings: int) -> dict[str, Any]:
    """Search for so many strings; what failed, by error."""
    draw, worst = random.Random(SEED), 0.0
    errors: dict[str, list[str]] = {}
    makers = drawn(days, draw)
    with tempfile.TemporaryDirectory() as folder:
        searcher = ArchiveSearcher(Path(folder))
        searcher.sync(days)
        for number in range(strings):
            text = makers[number % len(makers)]()
            began = time.thread_time()
            try:
                to_json(searcher.search(text, most=5))
            except Exception as error:  # whatever it is, it counts
                errors.setdefault(type(error).__name__, []).append(text)
            worst = max(worst, 1_000 * (time.thread_time() - began))
    failed = sum(map(len, errors.values()))
    value = f"{failed}; the slowest {worst:.0f} ms of CPU"
    return {
        "strings": strings,
        "errors": {name: [len(texts), ascii(texts[0])] for name, texts in errors.items()},
        "worst_cpu_ms": round(worst, 1),
        "figures": [{"what": f"{strings:,} fuzzed strings: errors", "asked": "0", "measured": value}],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    fuzzed = report(Days(options.data, ITEMS), options.strings)
    print(json.dumps(fuzzed, indent=1) if options.json else fuzzed["figures"][0]["measured"])


if __name__ == "__main__":
    main()
