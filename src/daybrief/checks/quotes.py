"""Do the quoted words stand in the source, letter for letter, where the claim says they stand?"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from daybrief.model import Claim, Item, Quote, Verdict
from daybrief.ports import Tools

NAME = "quotes"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """There is nothing to set."""


class Quotes:
    """Finds a quote that is not verbatim at its offsets, or a claim without any."""

    name = NAME

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`supported` when there is a quote and every quote is exact, else `unsupported`."""
        if not claim.quotes:
            return Verdict(check=NAME, outcome="unsupported", why="the claim quotes nothing")
        items = {(item.source, item.key): item for item in evidence}
        for quote in claim.quotes:
            if why := _wrong(quote, items.get((quote.source, quote.item_key))):
                return Verdict(check=NAME, outcome="unsupported", why=why)
        return Verdict(check=NAME, outcome="supported", why=f"{len(claim.quotes)} verbatim")


def _wrong(quote: Quote, item: Item | None) -> str:
    if item is None:
        return f"the source {quote.item_key} is not at hand"
    source = item.words_of(quote)
    if not quote.text or not 0 <= quote.start < quote.end or source[quote.start : quote.end] != quote.text:
        return f"not verbatim in {quote.item_key}: {quote.text[:80]!r}"
    return ""


def make(options: Options, tools: Tools) -> Quotes:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Quotes()
