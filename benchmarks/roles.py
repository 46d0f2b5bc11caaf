"""How often the role of a sentence is right, on labelled abstracts of months that are not trained on.

Run: python benchmarks/roles.py

The labels are one reader's of each part, most made from the first 165 to 230 characters of a sentence.
Trained on 2407 to 2409. Features and bounds were chosen by cross-validation on those months; before that, the
test of 2410 and 2411 had been looked at twice and that of 2504, 2506 and 2511 once, so it flatters a bit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from daybrief.text.sentences import Sentence
from daybrief.writers.extractive import ROLES, chances, printed_roles
from show import show

LABELS = Path(__file__).with_suffix(".json")
MONTHS = ("2410", "2411", "2504", "2506", "2511")


def measured() -> dict[str, Any]:
    """The accuracy, each role's precision and recall, and what is confused with what."""
    pairs: list[tuple[str, str]] = []
    printed: list[tuple[str, str]] = []
    for paper in json.loads(LABELS.read_text(encoding="utf-8"))["papers"]:
        if paper["id"].startswith(MONTHS):
            spans = [
                Sentence(start=0, end=len(sentence["text"]), text=sentence["text"])
                for sentence in paper["sentences"]
            ]
            predicted = [max(by_role, key=by_role.__getitem__) for by_role in chances(spans)]
            labels = [sentence["role"] for sentence in paper["sentences"]]
            pairs += zip(labels, predicted, strict=True)
            for label, served in zip(labels, printed_roles(spans), strict=True):
                printed += [(label, role) for role in sorted(served)]
    return {"benchmark": "roles", "figures": [*figures(pairs), *wrongly(printed)]}


def wrongly(printed: list[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """How many sentences would be printed in a part that they do not belong to."""
    for part in ("finding", "outlook", "impact"):
        labels = [label for label, role in printed if role == part]
        wrong = sum(label != part for label in labels)
        yield {
            "what": f"sentences sure enough to be printed as {part}: wrong",
            "asked": "" if part == "impact" else "≤ 5 %",
            "measured": f"**{wrong / max(1, len(labels)):.1%}** ({wrong} of {len(labels)})",
        }


def figures(pairs: list[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """Rows for docs/figures.md."""
    right = sum(role == predicted for role, predicted in pairs) / len(pairs)
    what = f"{len(pairs)} labelled sentences of {', '.join(MONTHS)}: the right one of {len(ROLES)} roles"
    yield {"what": what, "asked": "≥ 0.85", "measured": f"**{right:.3f}**"}
    for role in ROLES:
        labelled = sum(label == role for label, _ in pairs)
        named = sum(predicted == role for _, predicted in pairs)
        both = sum(label == predicted == role for label, predicted in pairs)
        yield {
            "what": f"{role} ({labelled}): precision / recall",
            "measured": f"{both / max(1, named):.2f} / {both / max(1, labelled):.2f}",
        }


def main() -> None:
    """Measure and print."""
    report = measured()
    show(report, as_json="--json" in sys.argv)


if __name__ == "__main__":
    main()
