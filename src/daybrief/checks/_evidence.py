"""What a claim rests on: quotes, sentences around them, all its sources say, and how near it is to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from daybrief.languages import LANGUAGES, either
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


_MOST_WORDS = 200  # of a sentence: comparing in place takes quadratic time
_MOST_CHARACTERS = 2_000
_FEW = 3
_NEAR = 0.6  # share of the claim's words found in the sentence in order: the same wording
_WORDS = re.compile(either(r"[A-Za-zÀ-ɏ]+(?:['’][a-z]+)?", *(one.word for one in LANGUAGES), r"\d[\d.,]*"))


def nearness(claim: str, sentence: str) -> float:
    """The share of the claim's words that stand in the sentence in the same order, 0..1."""
    ours, theirs = _cut(claim), _cut(sentence)
    if not ours:
        return 0.0
    return sum(block.size for block in _compare(ours, theirs).get_matching_blocks()) / len(ours)


def same_wording(claim: str, sentence: str) -> bool:
    """Whether `turned` can compare the two."""
    return nearness(claim, sentence) >= _NEAR


def _cut(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORDS.findall(text[:_MOST_CHARACTERS])][:_MOST_WORDS]


def _compare(ours: Sequence[str], theirs: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, ours, theirs, autojunk=False)


def differences(claim: str, sentence: str) -> Iterator[tuple[str, str]]:
    """(the claim's words, the sentence's words) wherever the two differ, in lower case."""
    ours, theirs = _cut(claim), _cut(sentence)
    steps = _compare(ours, theirs).get_opcodes()
    shared = [at for at, step in enumerate(steps) if step[0] == "equal"]
    for at, (tag, a, b, c, d) in enumerate(steps):
        outside = not shared or at < shared[0] or at > shared[-1]
        # A clause left out may deny something of its own; a word or three left out are the denial.
        clause = d - c > _FEW + 2 * (b - a)
        if tag != "equal":
            yield " ".join(ours[a:b]), "" if clause or (outside and a == b) else " ".join(theirs[c:d])
