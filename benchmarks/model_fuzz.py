"""Write sections with a service that sends spoilt answers: runs without an edition, over three dialects.

    python benchmarks/model_fuzz.py [--bodies 20000] [--seed 14] [--json]

Each body is the good answer to a question with one thing spoilt: a field replaced, removed or wrapped, bytes
lost or added, another status or media type (`daybrief.testing.model_dialects`). The writer, the write stage
and the checks of the engine run on it in this process, without a socket. A run is without an edition when
anything is raised, or when a story has no sentence, neither written nor quoted.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import time
import warnings
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from daybrief import plugins
from daybrief.adapters.llm import Models
from daybrief.app import App
from daybrief.config import Settings
from daybrief.model import Filed, Item, Ranked, Story
from daybrief.stages.verify import evidence_of, judge
from daybrief.stages.write import Assignment, write
from daybrief.testing.model_dialects import Answering, mutated

DIALECTS = ("openai", "anthropic", "google")
TEXT = (
    "We bound the regret of $\\epsilon$-greedy training of language agents. It reaches 61.5% on the test. "
    "This can help developers of small devices. Larger tests are left for future work."
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bodies", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logging.getLogger("daybrief.llm").setLevel(logging.CRITICAL)
    warnings.simplefilter("error")
    begun = time.perf_counter()
    report = measure(given.bodies, given.seed)
    report["minutes"] = round((time.perf_counter() - begun) / 60, 1)
    if given.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:24} {value}")


def measure(bodies: int, seed: int) -> dict[str, Any]:
    """Counts of what became of so many bodies."""
    rng = Random(seed)
    outcomes: Counter[str] = Counter()
    examples: list[str] = []
    number = 0

    def change(_question: Any, answer: Any) -> Any:
        outcomes["bodies"] += 1
        return mutated(answer, rng)

    tools = App(Settings()).ports.tools()
    while outcomes["bodies"] < bodies:
        with (
            tempfile.TemporaryDirectory() as folder,
            Models(Path(folder), "fuzz", {"K": "k"}, Random(seed), transport=Answering(change)) as models,
        ):
            for _ in range(500):
                if outcomes["bodies"] >= bodies:
                    break
                provider = DIALECTS[number % len(DIALECTS)]
                number += 1
                outcomes[f"runs with {provider}"] += 1
                fault = _run(provider, number, models, tools)
                outcomes[fault or "editions"] += 1
                if fault:
                    examples.append(f"{provider} {number}: {fault}")
    return {
        "bodies": outcomes["bodies"],
        "runs": number,
        "without_an_edition": number - outcomes["editions"],
        "examples": examples[:5],
        **{name: n for name, n in outcomes.items() if name.startswith("runs with")},
    }


def _run(provider: str, number: int, models: Models, tools: Any) -> str:
    """The fault of one run; "" when its section holds every story."""
    settings = {
        "provider": provider, "model": f"m{number}", "base_url": "http://127.0.0.1:1", "key_env": "K",
        "budget_usd": 0, "budget_tokens": 10**12, "patience_s": 0, "loading_s": 0, "parallel": 1,
        "language": "en",
    }  # fmt: skip
    kit = msgspec.structs.replace(tools, llm=models)
    writer = plugins.build("writers", {"use": "llm", **settings}, kit)
    fallback = plugins.build("writers", {"use": "extractive"}, kit)
    checks = [plugins.build("checks", {"use": "quotes"}, kit)]
    ranked = tuple(_paper(n) for n in (1, 2))
    try:
        (section,) = write(
            [Assignment(category="llm", ranked=ranked)],
            writer,
            fallback,
            lambda claims, of: judge(claims, checks, evidence_of(i for r in of for i in r.story.items)),
        )
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    with_sentence = {story for claim in section.checked.kept for story in claim.stories}
    return "" if with_sentence == {r.story.id for r in ranked} else "a story without a sentence"


def _paper(number: int) -> Ranked:
    item = Item(
        key=f"arxiv:2411.{number:05}", source="arxiv", kind="paper", title=f"Method {number} of agents",
        url=f"https://arxiv.org/abs/2411.{number:05}", text=f"Method {number}. {TEXT}", language="en",
    )  # fmt: skip
    story = Story(id=item.key, kind="paper", items=(item,), first_seen=date(2024, 11, 26))
    return Ranked(filed=Filed(story=story, category="llm", confidence=1.0, why=""), score=1.0)


if __name__ == "__main__":
    main()
