"""How many new prompts the guard judges a second of processor time, and where the time goes.

    python benchmarks/guard_speed.py [--encoders words,minilm,minilm-int8] [--json]

One thread. Processor time, not the clock: a machine that does other work beside it makes the clock slower and
this figure hardly. Every prompt is new, so nothing is remembered.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np

from daybrief.adapters.encoders import open_embedder
from daybrief.errors import ConfigError
from daybrief.guard import PairClassifier
from daybrief.guard.examples import built_in, written_in
from daybrief.guard.scope import WordEncoder
from daybrief.ports import QueryEmbedder

SCOPE = "Help with cooking: recipes, ingredients, cooking times."
PROMPTS = 200
ROUNDS = 3
CACHE = Path(gettempdir()) / "daybrief-guard"


def prompts(number: int) -> list[str]:
    """New ones for every round, of one sentence each."""
    return [f"how long do I cook dish number {at} of {number}" for at in range(PROMPTS)]


def fastest(work: Callable[[int], Any]) -> float:
    """The least processor seconds of `ROUNDS` rounds."""
    seconds = []
    for number in range(ROUNDS):
        start = time.process_time()
        work(number)
        seconds.append(time.process_time() - start)
    return min(seconds)


def guard_rows(name: str, embedder: QueryEmbedder) -> Iterator[dict[str, str]]:
    """The whole guard, its encoder alone, and all but the encoder."""
    latin = embedder.latin_only
    given = built_in(np.random.default_rng(0), written_in(latin_only=latin), 3)
    guard = PairClassifier.fit(embedder, given, seed=0)
    (scope,) = guard.encoder.scopes([SCOPE])

    def judged(number: int) -> None:
        encoded = guard.encoder.prompts(prompts(number), keep=False)
        guard.encoded_logits([scope] * PROMPTS, encoded)

    whole, alone = fastest(judged), fastest(lambda number: embedder.embed(prompts(number)))
    yield {
        "what": f"`{name}`: new prompts judged a second",
        "asked": "≥ 500",
        "measured": f"**{PROMPTS / whole:.0f}**; encoding takes {1000 * alone / PROMPTS:.2f} ms a prompt, "
        f"the rest {1000 * max(0.0, whole - alone) / PROMPTS:.2f} ms",
    }


def rows(encoders: list[str]) -> Iterator[dict[str, str]]:
    """Every encoder that is installed."""
    for name in encoders:
        try:
            embedder: QueryEmbedder | None = (
                WordEncoder() if name == "words" else open_embedder(name, cache=CACHE, environment={})
            )
        except ConfigError:
            embedder = None
        if embedder is None:
            yield {"what": f"`{name}`", "measured": "skipped: its package is not installed"}
            continue
        yield from guard_rows(name, embedder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoders", default="words,minilm,minilm-int8")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    figures = list(rows(given.encoders.split(",")))
    if given.json:
        print(json.dumps({"figures": figures}, ensure_ascii=False))
        return
    for row in figures:
        print(f"{row['what']:<60} {row['measured']}")


if __name__ == "__main__":
    main()
