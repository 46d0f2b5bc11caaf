"""Promises of the check `wrong_source` on single sentences."""

from __future__ import annotations

import pytest
from tests.checks.test_subject import ABOUT_PANOPTIC, ABOUT_RERANKERS, PANOPTIC, RERANKERS

from daybrief.checks.wrong_source import Options, WrongSource
from daybrief.model import Claim, Item, Quote

CHECK = WrongSource(Options())


def item(text: str) -> Item:
    return Item(key="k", source="s", kind="paper", title=text.partition(". ")[0], url="", text=text)


def claim(text: str, *quotes: Quote) -> Claim:
    return Claim(text=text, part="finding", quotes=quotes, stories=(), language="ko")


@pytest.mark.parametrize(("text", "own", "other"), [
    (ABOUT_RERANKERS, RERANKERS, PANOPTIC),
    (ABOUT_PANOPTIC, PANOPTIC, RERANKERS),
])  # fmt: skip
def test_a_claim_about_another_paper_is_unsupported(text: str, own: str, other: str) -> None:
    assert CHECK.check(claim(text), [item(own)]).outcome == "supported"
    assert CHECK.check(claim(text), [item(other)]).outcome == "unsupported"


def test_a_sentence_without_rare_words_is_unclear() -> None:
    assert CHECK.check(claim("이 방법은 좋은 결과를 냈다."), [item(PANOPTIC)]).outcome == "unclear"


def test_a_verbatim_quote_is_never_refused() -> None:
    quote = Quote(item_key="k", source="s", start=0, end=10, text=RERANKERS[:10])
    assert CHECK.check(claim(RERANKERS[:10], quote), [item(RERANKERS)]).outcome == "supported"
