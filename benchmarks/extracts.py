"""Quotations that a check would wrongly drop: the embedded writer's claims through every default check.

    python benchmarks/extracts.py --data FILE.jsonl[.gz] [--items 3000] [--json]

FILE holds papers as `daybrief import` reads them; every n-th is taken. A quotation is true by construction:
each one that is dropped is a false alarm.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from daybrief import plugins
from daybrief.app import App
from daybrief.config import Settings
from daybrief.model import Filed, Item, Ranked, Story
from daybrief.ports import Reading
from daybrief.stages.importing import read_items
from daybrief.stages.verify import evidence_of, judge

DAY = date(2024, 11, 26)


def papers(path: Path, most: int) -> list[Item]:
    """Every n-th paper of the file, `most` in all."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        rows = [line for line in lines if line.strip()]
    return list(read_items(rows[:: max(1, len(rows) // most)][:most], DAY, strict=True).items)


def ranked(item: Item) -> Ranked:
    story = Story(id=item.key, kind=item.kind, items=(item,), first_seen=DAY)
    return Ranked(filed=Filed(story=story, category="others", confidence=1.0, why=""), score=1.0)


def measure(items: list[Item]) -> dict[str, Any]:
    """Claims of both steps, and which checks dropped how many."""
    tools = App(Settings()).ports.tools()
    writer = plugins.build("writers", {"use": "extractive"}, tools)
    checks = [plugins.build("checks", table, tools) for table in Settings().checks]
    claims, dropped = 0, Counter[str]()
    examples = []
    for ranked_story in map(ranked, items):
        read = writer.read(ranked_story).claims
        written = writer.synthesise(Reading(category="others", ranked=(ranked_story,), claims=read)).claims
        for judged in judge(written, checks, evidence_of(ranked_story.story.items)):
            claims += 1
            for verdict in judged.verdicts:
                if verdict.outcome == "unsupported":
                    dropped[verdict.check] += 1
                    examples.append(f"{verdict.check}: {verdict.why}: {judged.claim.text[:120]}")
    lost = sum(dropped.values())
    return {
        "benchmark": "extracts",
        "items": len(items),
        "claims": claims,
        "dropped": dict(dropped),
        "examples": examples[:10],
        "figures": [
            {
                "what": f"quotations wrongly dropped by {len(checks)} checks",
                "asked": "0",
                "measured": f"**{lost}** of {claims} claims about {len(items)} papers",
            }
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--items", type=int, default=3_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not given.data.is_file():
        parser.error(f"--data {given.data} is not a file; give JSON Lines with id, title, abstract")
    report = measure(papers(given.data, given.items))
    print(json.dumps(report) if given.json else "\n".join(f"{k}: {v}" for k, v in report.items()))


if __name__ == "__main__":
    main()
