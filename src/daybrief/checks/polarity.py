"""Does the claim say the opposite of the sentence it rests on, as far as a lexicon can tell?

The claim is held against the sentences its quotes stand in, or, without quotes, against the sentence with the
most words in common. In the same language and nearly the same wording a negation added or dropped and a word
replaced by its opposite (raises, lowers; offline, online; linear, nonlinear; 증가, 감소) make it unsupported.
Otherwise, and across languages, only a plain contradiction does: a negation where the quoted sentences deny
nothing, or one pole of an axis where they hold only the other. What cannot be told is unclear.

Figures: benchmarks/claims.py. Real Korean sentences with a free opposite are found only half of the time.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.evidence import MOST_CLAIM, closest, quoted, verbatim
from daybrief.text.opposites import opposed
from daybrief.text.polarity import (
    denies_outright,
    loses_denial,
    nearness,
    same_wording,
    turned,
)

NAME = "polarity"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """There is nothing to set."""


class Polarity:
    """Finds a claim turned round."""

    name = NAME

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`unsupported` where the claim contradicts its sentence, `unclear` where no word tells."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        if claim.part == "keyword":
            return Verdict(check=NAME, outcome="unclear", why="a keyword states nothing")
        text = claim.text[:MOST_CLAIM]
        exact = quoted(claim, evidence)
        around = exact or closest(text, evidence)
        if not around:
            return Verdict(check=NAME, outcome="unclear", why="no sentence to compare with")
        best = max(around, key=lambda sentence: nearness(text, sentence))
        if same_wording(text, best):
            why = turned(text, best)
            return Verdict(
                check=NAME, outcome="unsupported" if why else "supported", why=why or "same wording"
            )
        return _across(text, around, sure=bool(exact))


def _across(text: str, around: Sequence[str], *, sure: bool) -> Verdict:
    """Compare what shares few words: another language, a free paraphrase."""
    why = ""
    if axis := opposed(text, around):
        why = f"the source says the opposite ({axis})"
    elif denial := denies_outright(text, around):
        why = f"denies ({denial}) what the source does not deny"
    elif denied := loses_denial(text, around):
        why = f"leaves out that the source denies ({denied})"
    if why:
        return Verdict(check=NAME, outcome="unsupported" if sure else "unclear", why=why)
    return Verdict(check=NAME, outcome="unclear", why="no word tells")


def make(options: Options, tools: Tools) -> Polarity:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Polarity()
