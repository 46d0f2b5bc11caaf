"""How often the role of a sentence is right, on abstracts of months that no rule or model was made on.

Run: python benchmarks/roles.py
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from daybrief.text.sentences import Sentence
from daybrief.writers.extractive.roles import ROLES, chances

LABELS = Path(__file__).with_suffix(".json")
MONTHS = ("2410", "2411")


def main() -> None:
    """Print the accuracy, each role's precision and recall, and what is confused with what."""
    pairs: list[tuple[str, str]] = []
    for paper in json.loads(LABELS.read_text(encoding="utf-8"))["papers"]:
        if paper["id"].startswith(MONTHS):
            spans = [Sentence(start=0, end=len(one["text"]), text=one["text"]) for one in paper["sentences"]]
            told = [max(found, key=found.__getitem__) for found in chances(spans)]
            pairs += zip((one["role"] for one in paper["sentences"]), told, strict=True)
    right = sum(role == told for role, told in pairs)
    print(f"{len(pairs)} sentences of {', '.join(MONTHS)}: accuracy {right / len(pairs):.3f}\n")
    print("| role | sentences | precision | recall |\n| --- | --- | --- | --- |")
    for role in ROLES:
        labelled = sum(one == role for one, _ in pairs)
        said = sum(told == role for _, told in pairs)
        both = sum(one == told == role for one, told in pairs)
        print(f"| {role} | {labelled} | {both / max(1, said):.2f} | {both / max(1, labelled):.2f} |")
    wrong = Counter((role, told) for role, told in pairs if role != told)
    print("\n" + ", ".join(f"{role} as {told}: {count}" for (role, told), count in wrong.most_common(8)))


if __name__ == "__main__":
    main()
