"""How far does a text bear a claim out, as its words tell? A small trained scorer, in one language.

It looks for the claim's words, neighbours, figures and names in the text, and never reads meaning: a claim
that turns the text round in the text's own words scores high. See docs/cards/support.md for what it is worth.
"""

from daybrief.text.support.features import NAMES, Evidence, features
from daybrief.text.support.weights import Weights, weights

__all__ = ["ASTRAY", "LIMITS", "NAMES", "Evidence", "Weights", "features", "support", "weights"]

ASTRAY = 1e-6
"""Only a claim about something else scores below."""

LIMITS = (
    "Overlap of words, trained on English abstracts with made-up errors. It finds claims about something "
    "else and words from nowhere. What is turned round in the text's own words it does not find, and it "
    "compares no languages. Figures: docs/cards/support.md."
)


def support(claim: str, evidence: Evidence) -> float:
    """How likely the text supports the claim, 0..1; 0 where it is about something else.

    0.5 where the claim has no word to go by.

    Deterministic; linear in the length of the text, bounded in that of the claim (`MOST_CLAIM`).
    """
    row = features(claim, evidence)
    return 0.5 if row is None else weights().probability(row)
