"""Does the claim speak of its source at all, rather than of another item?

Rare words, names and figures of the claim are looked for in the title and text of its evidence, across
languages (`daybrief.text.subject`). A single sentence seldom tells; most verdicts are `unclear`, and only a
sentence full of rare words of which hardly one returns is `unsupported`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.evidence import MOST_CLAIM, everything, verbatim
from daybrief.text.subject import mentions, score, weight
from daybrief.languages.terms import spoken

NAME = "wrong_source"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Where the answers begin.

    least: what the claim's rare words must weigh together, in nats, for a verdict against it.
    wrong: a lower score, in standard deviations above chance, is a verdict against it.
    right: a higher one is a verdict for it.
    """

    least: float = 20.0
    wrong: float = 1.0
    right: float = 4.0


class WrongSource:
    """Finds a sentence that is about something else."""

    name = NAME

    def __init__(self, options: Options) -> None:
        self._options = options

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`unsupported` says how little of the claim's subject the sources know."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        source = spoken(everything(evidence))
        heard = mentions(claim.text[:MOST_CLAIM])
        got = score(heard, source)
        if got >= self._options.right:
            return Verdict(check=NAME, outcome="supported", why=f"about its source ({got:.1f} above chance)")
        if weight(heard, source) >= self._options.least and got < self._options.wrong:
            return Verdict(
                check=NAME, outcome="unsupported", why=f"not about its source ({got:.1f} above chance)"
            )
        return Verdict(check=NAME, outcome="unclear", why="too few rare words to tell")


def make(options: Options, tools: Tools) -> WrongSource:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return WrongSource(options)
