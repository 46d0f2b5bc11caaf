"""The entailment check: extracts always pass, and no model is believed beyond its bounds."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief import plugins
from daybrief.checks.entailment import Entailed, Options, make
from daybrief.errors import ConfigError
from daybrief.model import Claim, Item
from daybrief.ports import Entailment, Tools
from daybrief.testing.editions import item, quote, taxonomy

TEXT = (
    "Retrieval models rank passages with lexical overlap first. We show that a reranker trained on hard "
    "negatives raises recall by 4.2 points on BEIR. The code is public."
)
PAPER = item(1, "Reranking beyond overlap", TEXT)
TOOLS = Tools(taxonomy=taxonomy())


class ConstantModel:
    """A model that gives every pair one chance of support, and keeps the pairs."""

    limits = "always says the same"

    def __init__(self, chance: float) -> None:
        self.chance = chance
        self.pairs: list[tuple[str, str]] = []

    def score(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        self.pairs.extend(pairs)
        return tuple(self.chance for _ in pairs)


def claim(text: str, start: int = 0, end: int = 20, **fields: object) -> Claim:
    made = Claim(
        text=text, part="finding", quotes=(quote(PAPER, start, end),), stories=("s1",), language="en"
    )
    return msgspec.structs.replace(made, **fields)


def own(model: Entailment, **options: object) -> Entailed:
    tools = msgspec.structs.replace(TOOLS, entailment=lambda _folder: model)
    return make(msgspec.convert({"model": "folder", **options}, Options), tools)


@given(st.data())
def test_no_extract_is_ever_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT) - 2))
    end = data.draw(st.integers(start + 1, len(TEXT)))
    if not TEXT[start:end].strip():
        return
    for check in (make(Options(), TOOLS), own(ConstantModel(0.0), unsupported=1.0)):
        assert check.check(claim(TEXT[start:end], start, end), [PAPER]).outcome == "supported"


def test_the_embedded_scorer_refuses_what_is_about_something_else() -> None:
    verdict = make(Options(), TOOLS).check(
        claim("Zebrafish larvae regrow fins within 19 days at Kyoto."), [PAPER]
    )
    assert verdict.outcome == "unsupported"
    assert "below" in verdict.why


@pytest.mark.parametrize(
    "text",
    [
        "A reranker trained on hard negatives raises recall on BEIR.",
        "A reranker trained on hard negatives lowers recall by 4.2 points on BEIR.",
    ],
)
def test_the_embedded_scorer_vouches_for_nothing_but_extracts(text: str) -> None:
    assert make(Options(), TOOLS).check(claim(text), [PAPER]).outcome == "unclear"


def test_the_embedded_scorer_does_not_judge_korean_by_english() -> None:
    verdict = make(Options(), TOOLS).check(claim("이 논문은 재순위 모델을 제안합니다."), [PAPER])
    assert verdict.outcome == "unclear"
    assert "compare ko with en" in verdict.why


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_a_model_without_bounds_is_not_believed(chance: float) -> None:
    assert own(ConstantModel(chance)).check(claim("A reranker raises recall."), [PAPER]).outcome == "unclear"


@pytest.mark.parametrize(
    ("chance", "outcome"),
    [(0.0, "unsupported"), (0.19, "unsupported"), (0.2, "unclear"), (0.89, "unclear"), (0.9, "supported")],
)
def test_a_model_is_believed_outside_its_bounds_only(chance: float, outcome: str) -> None:
    check = own(ConstantModel(chance), unsupported=0.2, supported=0.9)
    assert check.check(claim("A reranker raises recall."), [PAPER]).outcome == outcome


def test_a_model_that_can_is_asked_across_languages() -> None:
    model = ConstantModel(0.95)
    check = own(model, supported=0.9, across=True)
    assert check.check(claim("이 논문은 재순위 모델을 제안합니다."), [PAPER]).outcome == "supported"
    assert model.pairs == [("이 논문은 재순위 모델을 제안합니다.", f"{PAPER.title}\n\n{TEXT}")]


@pytest.mark.parametrize(
    ("made", "evidence"),
    [(claim("reranker", part="keyword"), [PAPER]), (claim("A reranker raises recall."), [])],
)
def test_the_model_is_not_asked_about_a_claim_that_it_cannot_judge(made: Claim, evidence: list[Item]) -> None:
    model = ConstantModel(0.0)
    assert own(model, unsupported=1.0).check(made, evidence).outcome == "unclear"
    assert not model.pairs


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_claim_against_any_text_gets_a_verdict(text: str, source: str) -> None:
    verdict = make(Options(), TOOLS).check(claim(text), [item(1, source[:50], source)])
    assert verdict.outcome in ("supported", "unsupported", "unclear")


def test_wrong_settings_are_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"unsupported = 0\.9 is above supported = 0\.1"):
        make(Options(unsupported=0.9, supported=0.1), TOOLS)
    with pytest.raises(ConfigError, match="'nowhere' cannot be loaded here"):
        make(Options(model="nowhere"), TOOLS)
    with pytest.raises(ConfigError, match=r"supported"):
        plugins.build("checks", {"use": "entailment", "supported": 1.5}, TOOLS)


@pytest.mark.parametrize(
    ("made", "evidence", "why"),
    [
        (claim(TEXT[:20]), [PAPER], "verbatim"),
        (claim("reranker", part="keyword"), [PAPER], "a keyword states nothing"),
        (claim("A reranker raises recall."), [], "no source is at hand"),
        (claim("이 논문은 재순위 모델을 제안합니다."), [PAPER], "the model does not compare ko with en"),
        (claim("1 2 3"), [PAPER], "the model does not compare signs with en"),
        (claim("A reranker raises recall."), [PAPER], "support 0.500 proves nothing"),
    ],
)
def test_a_verdict_of_entailment_says_why(made: Claim, evidence: list[Item], why: str) -> None:
    judged = own(ConstantModel(0.5), unsupported=0.2, supported=0.9).check(made, evidence)
    assert (judged.check, judged.why) == ("entailment", why)


@pytest.mark.parametrize(
    ("chance", "why"), [(0.1, "support 0.100, below 0.200"), (0.95, "support 0.950, from 0.900 on")]
)
def test_a_verdict_names_the_chance_and_the_bound_it_passed(chance: float, why: str) -> None:
    judged = own(ConstantModel(chance), unsupported=0.2, supported=0.9).check(
        claim("A reranker raises."), [PAPER]
    )
    assert (judged.check, judged.why) == ("entailment", why)


def test_a_model_reads_five_thousand_characters_of_a_claim() -> None:
    model = ConstantModel(0.5)
    own(model).check(claim("word " * 2_000), [PAPER])
    assert [len(text) for text, _ in model.pairs] == [5_000]


@pytest.mark.parametrize(
    ("low", "high", "crossed"), [(0.5, 0.5, False), (0.6, 0.5, True), (0.5, None, False)]
)
def test_bounds_may_meet_and_not_cross(low: float, high: float | None, crossed: bool) -> None:
    if crossed:
        with pytest.raises(ConfigError, match=r"unsupported = 0\.6 is above supported = 0\.5"):
            own(ConstantModel(0.5), unsupported=low, supported=high)
    else:
        own(ConstantModel(0.5), unsupported=low, supported=high)


def test_the_embedded_scorer_may_be_given_a_bound_of_its_own() -> None:
    strange = claim("Zebrafish larvae regrow fins within 19 days at Kyoto.")
    assert make(Options(unsupported=0.0), TOOLS).check(strange, [PAPER]).outcome == "unclear"


@pytest.mark.parametrize(
    ("text", "source", "pair"),
    [
        ("이 논문은 새롭다.", TEXT, "ko with en"),
        ("12 34", TEXT, "signs with en"),
        ("It works.", "12 34", "en with signs"),
    ],
)
def test_the_languages_that_the_model_does_not_compare_are_named(text: str, source: str, pair: str) -> None:
    bare = msgspec.structs.replace(PAPER, title="", text=source)
    verdict = make(Options(), TOOLS).check(claim(text), [bare])
    assert (verdict.check, verdict.outcome) == ("entailment", "unclear")
    assert verdict.why == f"the model does not compare {pair}"
