"""What is said back to a model: which of its sentences cannot stand, and why; and how claims are numbered."""

from __future__ import annotations

from collections.abc import Sequence

from daybrief.model import Claim


def complaint(noun: str, faults: Sequence[str]) -> str:
    """The complaint when no sentence can stand, "" as soon as one can."""
    if not faults or "" in faults:
        return ""
    return "; ".join(f"{noun} {n + 1}: {fault}" for n, fault in enumerate(faults))


def numbered(claims: Sequence[Claim]) -> str:
    """Claims of one story each, a line each: number, number of the story, sentence."""
    stories: dict[str, int] = {}
    lines = []
    for number, claim in enumerate(claims, 1):
        story = stories.setdefault(claim.stories[0], len(stories) + 1)
        lines.append(f"c{number} s{story} {claim.text}")
    return "\n".join(lines)
