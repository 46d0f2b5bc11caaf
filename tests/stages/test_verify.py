"""Verify: a claim is held against the items it quotes, and against nothing else."""

from __future__ import annotations

import pytest

from daybrief import plugins
from daybrief.model import Claim, Item, Quote, Verdict
from daybrief.ports import Tools
from daybrief.stages.verify import RejectedClaim, account, evidence_of, judge
from daybrief.testing.editions import taxonomy

OWN = "Our method reaches an accuracy of 61.3% on the benchmark ImageNet."
OTHER = "Their rival GraphMax reaches 74.8% on the benchmark COCO."


def item(number: int, text: str) -> Item:
    return Item(
        key=f"arxiv:{number}", source="arxiv", kind="paper", title=f"A title {number}",
        url=f"https://a.example/{number}", text=text,
    )  # fmt: skip


def claim(text: str, *quoted: Item, start: int = 0) -> Claim:
    quotes = tuple(
        Quote(item_key=one.key, source=one.source, start=start, end=len(one.text), text=one.text[start:])
        for one in quoted
    )
    return Claim(text=text, part="finding", quotes=quotes, stories=("s",), language="en")


def verdict(check: str, said: Claim, *known: Item) -> Verdict:
    tools = Tools(taxonomy=taxonomy(), language="en")
    (judged,) = judge([said], [plugins.build("checks", {"use": check}, tools)], evidence_of(known))
    return judged.verdicts[0]


@pytest.mark.parametrize(
    ("check", "text"),
    [("numbers", "The method reaches 74.8%."), ("names", "GraphMax reaches a high accuracy.")],
)
def test_what_only_a_paper_that_is_not_quoted_says_supports_nothing(check: str, text: str) -> None:
    own, other = item(1, OWN), item(2, OTHER)
    assert verdict(check, claim(text, own), own, other).outcome == "unsupported"
    assert verdict(check, claim(text, own, other), own, other).outcome == "supported"


def test_a_quote_of_an_item_that_is_not_known_supports_nothing() -> None:
    own, other = item(1, OWN), item(2, OTHER)
    assert verdict("quotes", claim("Their rival reaches 74.8%.", other), own).outcome == "unsupported"


def test_items_of_two_sources_with_one_key_are_told_apart() -> None:
    own = item(1, OWN)
    twin = Item(key=own.key, source="deeplearn", kind="paper", title="T", url=own.url, text=OTHER)
    assert set(evidence_of([own, twin])) == {"arxiv|arxiv:1", "deeplearn|arxiv:1"}
    assert verdict("numbers", claim("The method reaches 74.8%.", own), own, twin).outcome == "unsupported"
    assert verdict("numbers", claim("The rival reaches 74.8%.", twin), own, twin).outcome == "supported"


def test_the_ledger_names_the_check_that_refused_and_the_fate_and_counts_every_claim() -> None:
    own = item(1, OWN)
    tools = Tools(taxonomy=taxonomy(), language="en")
    checks = [plugins.build("checks", {"use": use}, tools) for use in ("quotes", "numbers")]
    wrong, right = claim("The method reaches 99.9%.", own), claim("The method reaches 61.3%.", own)
    refused, printed = judge([wrong, right], checks, evidence_of([own]))
    entry = account(
        [],
        [
            RejectedClaim(judged=refused),
            RejectedClaim(judged=refused, fate="repaired"),
            RejectedClaim(judged=refused, fate="again"),
            RejectedClaim(judged=printed, fate="replaced"),
        ],
    )
    assert (entry.stage, entry.unit, entry.came_in, entry.kept) == ("verify", "claims", 4, 1)
    assert [(drop.reason, drop.refs) for drop in entry.dropped] == [
        ("unsupported: numbers", (wrong.text,)),
        ("unsupported: numbers; again", (wrong.text,)),
        ("unsupported: numbers; repaired", (wrong.text,)),
    ]


def test_a_claim_without_any_verdict_is_dropped_as_unchecked() -> None:
    own = item(1, OWN)
    (judged,) = judge([claim(OWN, own)], [], evidence_of([own]))
    assert RejectedClaim(judged=judged).reason == "unsupported: unchecked"
    assert account([], [RejectedClaim(judged=judged)]).dropped[0].reason == "unsupported: unchecked"


def test_a_long_claim_is_named_by_its_first_two_hundred_letters() -> None:
    own = item(1, OWN)
    long = claim("x" * 500, own)
    (judged,) = judge([long], [], evidence_of([own]))
    assert account([], [RejectedClaim(judged=judged)]).dropped[0].refs == ("x" * 200,)


def test_no_claims_ask_no_check() -> None:
    class Never:
        name = "never"

        def check(self, *_: object) -> Verdict:
            raise AssertionError("asked")

    assert judge([], [Never()], {}) == ()
