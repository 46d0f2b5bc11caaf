"""What a claim rests on: the words it quotes, the sentences around them, and all its sources say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from daybrief.model import Claim, Item, Quote
from daybrief.text.sentences import Sentence, sentences

_COUNTED = re.compile(r"‘([^’\n]{1,200})’: [^‘\n]{1,200}")

MOST_CHARACTERS = 100_000
"""How much of a source's text is compared with; an abstract has 2,000."""

MOST_CLAIM = 5_000
"""How much of a claim is looked at; `checks.form` refuses longer ones."""


def verbatim(claim: Claim, evidence: Sequence[Item]) -> bool:
    """Whether the claim is nothing but one of its own quotes, which stands where it says it stands.

    Such a claim says what the source says, so no check of content may refuse it. White space is not compared.
    """
    text = " ".join(claim.text.split())
    return any(" ".join(q.text.split()) == text and _source_of(q, evidence) for q in claim.quotes) and bool(
        text
    )


def counted_word(claim: Claim) -> str:
    """The word of a keyword line (‘word’: 3 papers today), whose counts are daybrief's own; or ""."""
    line = _COUNTED.fullmatch(claim.text[:MOST_CLAIM]) if claim.part == "keyword" else None
    return line[1] if line else ""


def everything(evidence: Sequence[Item]) -> str:
    """Title and text of every source, a paragraph each."""
    return "\n\n".join(
        part[:MOST_CHARACTERS] for item in evidence for part in (item.title, item.text) if part
    )


def quoted(claim: Claim, evidence: Sequence[Item]) -> tuple[str, ...]:
    """The whole sentences the claim's quotes stand in, in order, each once; () when no quote is found."""
    found: dict[str, None] = {}
    for quote in claim.quotes:
        if source := _source_of(quote, evidence):
            for one in source_sentences(source[:MOST_CHARACTERS]):
                if one.start < quote.end and quote.start < one.end:
                    found.setdefault(one.text)
    return tuple(found)


@lru_cache(maxsize=256)
def source_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a source, split once."""
    return sentences(text)


def _source_of(quote: Quote, evidence: Sequence[Item]) -> str:
    """The field a quote was cut from; "" when it is not there."""
    for item in evidence:
        if (item.source, item.key) == (quote.source, quote.item_key):
            source = item.title if quote.field == "title" else item.text
            if quote.text and quote.start >= 0 and source[quote.start : quote.end] == quote.text:
                return source
    return ""
