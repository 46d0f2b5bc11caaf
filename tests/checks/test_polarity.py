"""What turns a claim round against a sentence: denials, poles, prefixes and opposites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.checks.polarity import antonym, denied_near, negated, opposed, poles, turned


@pytest.mark.parametrize(
    ("new", "old", "pair"),
    [
        ("manual", "automatic", ("manual", "automatic")),
        ("fully manual", "automatic", ("manual", "automatic")),
        ("a b manual", "a b automatic", ("manual", "automatic")),
        ("a b c manual", "a b c automatic", None),  # four words against four: another clause
        ("manual", "a b c d e automatic", ("manual", "automatic")),
        ("manual", "a b c d e f automatic", None),
        ("manual automatic", "automatic", None),  # the word stands there as well
        ("manual", "", None),
        ("", "automatic", None),
        ("manual", "green", None),
        ("first", "second", None),
        ("linear", "planar", None),
    ],
)
def test_an_opposite_counts_in_the_place_of_its_word_in_a_short_run(
    new: str, old: str, pair: tuple[str, str] | None
) -> None:
    assert antonym(new, old) == pair


@pytest.mark.parametrize(
    ("claim", "sentence", "why"),
    [
        ("the model is not fast here", "the model is fast here", "adds 'not'"),
        ("the model is fast here", "the model is not fast here", "drops 'not'"),
        ("the model is fast here", "the model is fast here", ""),
        (
            "the layer is linear in time",
            "the layer is nonlinear in time",
            "says 'linear' where the source says 'nonlinear'",
        ),
        (
            "the layer is unstable in time",
            "the layer is stable in time",
            "says 'unstable' where the source says 'stable'",
        ),
        ("a manual step", "an automatic step", "says 'manual' where the source says 'automatic'"),
        ("the model is fast", "the model is fast here and not there", ""),  # a clause cut off
    ],
)  # fmt: skip
def test_a_sentence_of_the_same_wording_is_turned_round_by_a_word(
    claim: str, sentence: str, why: str
) -> None:
    assert turned(claim, sentence) == why


@given(st.text(max_size=200))
def test_no_text_is_turned_round_against_itself(text: str) -> None:
    assert turned(text, text) == ""


@pytest.mark.parametrize(
    ("text", "amount"), [("it increases", 1), ("it decreases", -1), ("it increases and decreases", 0)]
)
def test_a_text_speaks_of_one_pole_the_other_or_both(text: str, amount: int) -> None:
    assert poles(text)["amount"] == amount
    assert poles("the weather") == {}


@pytest.mark.parametrize(
    ("claim", "sentences", "axis"),
    [
        ("it increases", ["it decreases"], "amount"),
        ("it decreases", ["it increases"], "amount"),
        ("it increases", ["it increases", "it decreases"], ""),
        ("it increases", ["it stays"], ""),
        ("it stays", ["it decreases"], ""),
        ("it increases and decreases", ["it decreases"], ""),
    ],
)
def test_a_claim_is_opposed_by_the_other_pole_alone(claim: str, sentences: list[str], axis: str) -> None:
    assert opposed(claim, sentences) == axis


@pytest.mark.parametrize(
    ("claim", "source", "near"),
    [
        ("labels are useless", "It needs no labels at all.", True),
        ("labels are useless", "It needs labels.", False),
        ("labels are useless", "labels " + "and so on " * 60 + "never", False),
        ("무엇도 없다", "It is never so.", True),  # no word is shared: any denial will do
    ],
)
def test_a_denial_counts_near_a_word_that_is_shared(claim: str, source: str, near: bool) -> None:
    assert denied_near(claim, source) is near


@pytest.mark.parametrize(
    ("text", "count"), [("it is not so", 1), ("it is so", 0), ("never did it not work", 2), ("", 0)]
)
def test_each_denial_of_a_text_is_found(text: str, count: int) -> None:
    assert len(negated(text)) == count
