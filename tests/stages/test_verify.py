"""Verify: a claim is held against the items it quotes, and against nothing else."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from daybrief import plugins
from daybrief.errors import ConfigError
from daybrief.model import Claim, Item, Judged, Quote, Verdict
from daybrief.ports import Tools
from daybrief.stages.verify import RejectedClaim, account, evidence_of, judge, preloaded
from daybrief.testing.editions import taxonomy
from daybrief.whole import FullText, TextPassage

OWN = "Our method reaches an accuracy of 61.3% on the benchmark ImageNet."
OTHER = "Their rival GraphMax reaches 74.8% on the benchmark COCO."


def item(number: int, text: str) -> Item:
    return Item(
        key=f"arxiv:{number}", source="arxiv", kind="paper", title=f"A title {number}",
        url=f"https://a.example/{number}", text=text,
    )  # fmt: skip


def claim(text: str, *quoted: Item, start: int = 0) -> Claim:
    quotes = tuple(
        Quote(
            item_key=source.key,
            source=source.source,
            start=start,
            end=len(source.text),
            text=source.text[start:],
        )
        for source in quoted
    )
    return Claim(text=text, part="finding", quotes=quotes, stories=("s",), language="en")


def verdict(check: str, stated: Claim, *known: Item) -> Verdict:
    tools = Tools(taxonomy=taxonomy(), language="en")
    (judged,) = judge([stated], [plugins.build("checks", {"use": check}, tools)], evidence_of(known))
    return judged.verdicts[0]


@pytest.mark.parametrize(
    ("check", "text"),
    [("numbers", "The method reaches 74.8%."), ("names", "GraphMax reaches a high accuracy.")],
)
def test_what_only_a_paper_that_is_not_quoted_says_supports_nothing(check: str, text: str) -> None:
    own, other = item(1, OWN), item(2, OTHER)
    assert verdict(check, claim(text, own), own, other).outcome == "unsupported"
    assert verdict(check, claim(text, own, other), own, other).outcome == "supported"


def test_a_passage_of_the_whole_text_supports_only_what_is_quoted_from_it() -> None:
    """A number of some other section is no evidence for a claim on the abstract."""
    own = item(1, OWN)
    passages = tuple(
        TextPassage(role="section", title=title, text=text)
        for title, text in (("Setup", "Nothing is known."), ("Results", OTHER))
    )
    whole = msgspec.structs.replace(own, whole=FullText(form="html", url=own.url, passages=passages))
    abstract = claim("The method reaches 74.8%.", own)
    quote = Quote(
        item_key=own.key,
        source=own.source,
        field="whole",
        section="Results",
        start=0,
        end=len(OTHER),
        text=OTHER,
    )
    quoting = msgspec.structs.replace(abstract, quotes=(quote,))
    assert verdict("numbers", abstract, whole).outcome == "unsupported"
    assert verdict("numbers", quoting, whole).outcome == "supported"


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


def test_no_check_is_asked_where_there_are_no_claims() -> None:
    class Never:
        name = "never"

        def check(self, *_: object) -> Verdict:
            raise AssertionError("asked")

    assert judge([], [Never()], {}) == ()


def test_the_first_check_that_refuses_is_blamed_and_a_refused_claim_of_a_section_counts_as_drafted() -> None:
    own = item(1, OWN)
    names = [Verdict(check=name, outcome=outcome, why="") for name, outcome in
             (("a", "supported"), ("b", "unclear"), ("c", "unsupported"), ("d", "unsupported"))]  # fmt: skip
    refused = Judged(claim=claim(OWN, own), verdicts=tuple(names))
    assert RejectedClaim(judged=refused).reason == "unsupported: c"
    assert RejectedClaim(judged=refused, fate="again").reason == "unsupported: c; again"


def test_a_check_that_takes_many_claims_gets_them_all_at_once_and_the_verdicts_keep_their_order() -> None:
    own, other = item(1, OWN), item(2, OTHER)

    class Many:
        name = "many"

        def __init__(self) -> None:
            self.calls: list[int] = []

        def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
            raise AssertionError("asked one by one")

        def check_all(self, claims: Sequence[tuple[Claim, Sequence[Item]]]) -> tuple[Verdict, ...]:
            self.calls.append(len(claims))
            return tuple(
                Verdict(check=self.name, outcome="supported", why=" ".join(i.key for i in items))
                for _, items in claims
            )

    many = Many()
    both = claim("Both.", other, own, other)
    judged = judge([claim(OWN, own), both], [many, many], evidence_of([own, other]))
    assert many.calls == [2, 2]
    assert [[v.why for v in judgement.verdicts] for judgement in judged] == [
        ["arxiv:1"] * 2,
        ["arxiv:2 arxiv:1"] * 2,
    ]
    assert [judgement.claim for judgement in judged] == [claim(OWN, own), both]


class Loading:
    """A writer or check that notes in which thread it was asked to load."""

    name = "loading"

    def __init__(self) -> None:
        self.threads: list[str] = []

    def warm(self) -> None:
        self.threads.append(threading.current_thread().name)

    def write(self, *_: object) -> None: ...

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        self.threads.append(evidence[0].text[claim.quotes[0].start : claim.quotes[0].end])
        return Verdict(check=self.name, outcome="supported", why="")


def test_models_are_loaded_beside_the_block_by_judging_a_sample_and_are_there_when_it_ends() -> None:
    writer, check = Loading(), Loading()
    with preloaded(writer, [check]):  # type: ignore[arg-type]
        pass
    assert writer.threads == ["preload"]
    assert check.threads == ["We present a method that needs no labels."]


def test_nothing_is_loaded_for_a_writer_that_loads_nothing() -> None:
    check = Loading()
    with preloaded(object(), [check]):  # type: ignore[arg-type]
        pass
    assert check.threads == []


class Wild:
    """A check that answers, or raises, what it is told."""

    name = "wild"

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Any:
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


class WildOfMany(Wild):
    """The same of a check that is asked for all at once."""

    def check_all(self, claims: Sequence[tuple[Claim, Sequence[Item]]]) -> Any:
        return self.check(*claims[0])


RUBBISH: tuple[Any, ...] = (
    None, True, "supported", (), (None,), RuntimeError("a bug"), SystemExit(1), GeneratorExit(),
    MemoryError(),
    Verdict(check="wild", outcome="perhaps"),  # type: ignore[arg-type]
    Verdict(check="wild", outcome="supported", why=7),  # type: ignore[arg-type]
    Verdict(check="wild", outcome="supported", why="\ud800"),
)  # fmt: skip


@pytest.mark.parametrize("kind", [Wild, WildOfMany])
@pytest.mark.parametrize("answer", RUBBISH, ids=lambda answer: type(answer).__name__)
def test_a_check_that_fails_or_gives_rubbish_leaves_open_what_it_was_asked(
    kind: type[Wild], answer: Any
) -> None:
    known = item(1, "We present a method that needs no labels.")
    quotes = plugins.build("checks", {"use": "quotes"}, Tools(taxonomy=taxonomy(), language="en"))
    (judged,) = judge(
        [claim("A method without labels.", known)], [quotes, kind(answer)], evidence_of([known])
    )
    alone = judge([claim("A method without labels.", known)], [quotes], evidence_of([known]))[0]
    assert [v.outcome for v in judged.verdicts] == [*(v.outcome for v in alone.verdicts), "unclear"]
    assert judged.printable == alone.printable


def test_a_check_s_own_error_is_raised() -> None:
    known = item(1, "We present a method that needs no labels.")
    with pytest.raises(ConfigError):
        judge([claim("A method.", known)], [Wild(ConfigError("a wrong setting"))], evidence_of([known]))
