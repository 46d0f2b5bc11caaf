"""Tests of polarity, what turns a claim round against a sentence: denials, poles, prefixes and opposites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.checks.polarity import (
    Options,
    antonym,
    denied_near,
    denies_outright,
    loses_denial,
    loses_privation,
    make,
    modifier_denied,
    negated,
    opposed,
    poles,
    softly_negated,
    states,
    turned,
)
from daybrief.model import Claim, Item, Quote
from daybrief.ports import Tools
from daybrief.testing.editions import taxonomy


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
        ("the model is never fast here", "the model is not no fast here", "adds 'never'"),
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


@pytest.mark.parametrize(
    ("claim", "source", "modifier"),
    [
        ("데이터가 다양하지 않다.", "The data are diverse.", "다양하지 않"),
        ("데이터가 다양하지 않다.", "The limited size and diversity of the data restrict it.", ""),
        ("데이터가 다양하지 않다.", "It lacks diverse data.", ""),
        ("데이터가 다양하지 않다.", "The size is limited, yet the data are diverse.", "다양하지 않"),
    ],
)
def test_a_modifier_that_the_source_says_there_is_little_of_may_be_denied(
    claim: str, source: str, modifier: str
) -> None:
    assert modifier_denied(claim, [source]) == modifier


@pytest.mark.parametrize(
    ("claim", "source", "loses"),
    [
        ("이 모델은 본질적으로 믿을 수 있다.", "The models are inherently untrustworthy.", "untrustworthy"),
        ("이 모델은 본질적으로 믿을 수 없다.", "The models are inherently untrustworthy.", ""),
        ("쓸모가 있다.", "It is useless.", "useless"),
        ("비효율적이다.", "It is inefficient.", ""),
        ("통합된 틀이다.", "It is a unified framework.", ""),
        ("이해를 돕는다.", "It helps understanding.", ""),
    ],
)
def test_a_word_that_denies_by_its_beginning_is_not_lost(claim: str, source: str, loses: str) -> None:
    assert (loses in loses_privation(claim, source)) if loses else not loses_privation(claim, source)


@pytest.mark.parametrize(
    ("claim", "source", "denial"),
    [
        ("No labels are used.", "It uses labels.", "no"),
        ("No labels are used.", "It needs no labels.", ""),
        ("It is not only fast but small.", "It is fast and small.", ""),
        ("라벨뿐만 아니라 예시도 쓴다.", "It uses labels and examples.", ""),
        ("가중치가 아니라 산출물을 고친다.", "It edits artifacts rather than weights.", ""),
        ("가중치를 고치는 것이 아니다.", "It edits weights.", "이 아니"),
        # A denial inside a clause may render nearly anything that denies softly.
        ("이 방법은 라벨 없이 학습한다.", "It trains with labels.", "없"),
        ("이 방법은 라벨 없이 학습한다.", "It trains label-free.", ""),
        # One that ends the sentence turns all of it.
        ("라벨을 쓰지 않는다.", "It uses labels.", "쓰지 않"),
        ("라벨을 쓰지 않는다.", "It uses no labels.", ""),
        ("라벨을 쓰지 않는다.", "It uses labels. " + "And so on it goes. " * 8 + "No cost.", "쓰지 않"),
        ("효과는 알려지지 않았다.", "It is unknown.", ""),
        # What a writer says of the source, denied, needs an outright denial there.
        ("보고하지 않았다.", "They report it.", "보고하지 않"),
        ("이 방법은 라벨을 사용하지 않고 학습한다.", "It trains with labels.", "사용하지 않"),
        ("이 방법은 라벨을 사용하지 않고 학습한다.", "It trains without labels.", ""),
        ("이 방법은 라벨을 사용하지 않고 학습한다.", "It trains label-free.", ""),
        (
            "이 방법은 GPT를 사용하지 않고 학습한다.",
            "GPT does not fail. " + "And so on it goes. " * 4 + "The method uses labels.",
            "사용하지 않",
        ),
        (  # without the verb, the names of the claim tell where a denial would stand
            "이 방법은 GPT 모델을 사용하지 않고 학습한다.",
            "GPT helps the method. " + "And so on it goes. " * 12 + "It does not fail.",
            "사용하지 않",
        ),
    ],
)
def test_a_denial_that_the_source_does_not_share_is_named(claim: str, source: str, denial: str) -> None:
    assert denies_outright(claim, [source]) == denial


@pytest.mark.parametrize(
    ("claim", "sentences", "denial"),
    [
        ("신뢰할 수 있다.", ["It cannot be trusted."], "cannot be trusted."),
        ("일반화한다.", ["It works.", "It cannot generalize well to other people there."],
         "cannot generalize well to other"),
        ("일반화하지 못한다.", ["It cannot generalize."], ""),
        ("비용이 든다.", ["It needs no cost."], ""),
        ("일반화한다.", ["It can not only generalize."], ""),
    ],
)  # fmt: skip
def test_a_claim_that_speaks_of_what_the_source_denies_has_lost_the_denial(
    claim: str, sentences: list[str], denial: str
) -> None:
    assert loses_denial(claim, sentences) == denial


@pytest.mark.parametrize(
    ("source", "denied"),
    [
        ("It is an important step.", "중요하지 않"),
        ("It is an unimportant step.", ""),
        ("It is not an important step.", ""),
        ("It is a step.", "중요하지 않"),  # nothing is denied there
        ("It is no step.", ""),
        ("Not all is well, but it is an important step.", "중요하지 않"),
        ("It is important, yet not important there.", ""),  # both are said
    ],
)
def test_a_modifier_denied_is_named_where_the_source_states_it_or_denies_nothing(
    source: str, denied: str
) -> None:
    assert modifier_denied("중요하지 않은 단계이다.", [source]) == denied
    assert modifier_denied("중요한 단계이다.", [source]) == ""


@pytest.mark.parametrize(
    ("denial", "positive"), [("알려지지 않", True), ("쓰지 않", False), ("분명하지 않", True)]
)
def test_what_is_mostly_told_in_english_without_a_denial_is_known(denial: str, positive: bool) -> None:
    assert states(denial) is positive


@pytest.mark.parametrize(
    ("text", "soft"),
    [
        ("It is not so.", True),
        ("It is label-free.", True),
        ("It is so.", False),
        ("x" * 2_000 + " not", False),
    ],
)
def test_whatever_may_be_told_with_a_denial_counts_as_a_soft_one(text: str, soft: bool) -> None:
    assert softly_negated(text) is soft


@pytest.mark.parametrize(
    ("claim", "source", "axis"),
    [
        ("정확도가 높아진다.", "Accuracy decreases.", "amount"),
        ("온라인 학습이다.", "It is offline learning.", "online"),
        ("It improves quality.", "It degrades quality.", "quality"),
        ("Improves quality.", "Degrades quality.", "quality"),
        ("숙련된 예술가를 인터뷰했다.", "It interviews novice artists.", "skill"),
        ("합성 영상을 모았다.", "It collects real-world videos.", "real"),
        ("모의 데이터를 쓴다.", "It uses simulated and real datasets.", ""),
        ("동적 범위가 좁다.", "It has a wide range.", "breadth"),
        ("It is open.", "It is closed.", ""),  # stand side by side in honest prose
    ],
)
def test_opposite_poles_are_found_across_languages_on_axes_that_bear_it(
    claim: str, source: str, axis: str
) -> None:
    assert opposed(claim, [source]) == axis


TEXT = "It is an important step here. It improves quality. It uses labels. It cannot generalize."


@pytest.mark.parametrize(
    ("text", "quoted", "outcome", "why"),
    [
        ("It uses labels.", "It uses labels.", "supported", "verbatim"),
        ("It really uses labels.", "It uses labels.", "supported", "same wording"),
        ("It never uses labels.", "It uses labels.", "contradicted", "adds 'never'"),
        (
            "중요하지 않은 단계이다.",
            "It is an important step here.",
            "contradicted",
            "denies (중요하지 않) what the source says",
        ),
        (
            "품질이 저하된다.",
            "It improves quality.",
            "contradicted",
            "the source says the opposite (quality)",
        ),
        (
            "라벨을 쓰지 않는다.",
            "It uses labels.",
            "contradicted",
            "denies (쓰지 않) what the source does not deny",
        ),
        ("일반화한다.", "It cannot generalize.", "contradicted",
         "leaves out that the source denies (cannot generalize.)"),
        ("고양이가 잔다.", "It uses labels.", "unclear", "no word tells"),
        ("품질이 저하된다.", "", "unclear", "the source says the opposite (quality)"),
        # Without a quote a denial may retell what denies nothing.
        ("라벨을 쓰지 않는다.", "", "unclear", "denies (쓰지 않) what the source does not deny"),
        ("고양이가 잔다.", "", "unclear", "no sentence to compare with"),
    ],
)  # fmt: skip
def test_a_verdict_says_what_is_turned_round_and_contradicts_only_what_is_quoted(
    text: str, quoted: str, outcome: str, why: str
) -> None:
    item = Item(key="k", source="s", kind="paper", title="", url="", text=TEXT)
    start = TEXT.index(quoted)
    quote = Quote(item_key="k", source="s", start=start, end=start + len(quoted), text=quoted)
    claim = Claim(text=text, part="finding", quotes=(quote,) if quoted else (), stories=("s",), language="ko")
    verdict = make(Options(), Tools(taxonomy=taxonomy())).check(claim, [item])
    assert (verdict.check, verdict.outcome, verdict.why) == ("polarity", outcome, why)
    keyword = Claim(text=f"a {text}", part="keyword", quotes=claim.quotes, stories=("s",), language="ko")
    verdict = make(Options(), Tools(taxonomy=taxonomy())).check(keyword, [item])
    assert (verdict.check, verdict.outcome, verdict.why) == (
        "polarity",
        "unclear",
        "a keyword states nothing",
    )


def test_an_opposite_is_the_first_pair_in_the_order_of_the_words() -> None:
    assert antonym("manual upper", "lower automatic") == ("manual", "automatic")
