"""English sentences of a gist: whole, of the third person, and only what the source is sure of."""

from __future__ import annotations

import pytest

from daybrief.languages.en import ENGLISH, EnglishTeller, plain_words, singular, words
from daybrief.languages.tables import (
    DeedFact,
    Fact,
    FindingFact,
    HeadlineFact,
    HopeFact,
    NamedFact,
    OfferFact,
    ReleaseFact,
    ResultFact,
    StudyFact,
    TopicFact,
)

LEARNS = "learns from the feedback of its readers"


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        (OfferFact(phrase="a method for parsing and reports its results"), "a method for parsing."),
        (
            NamedFact(name="FooNet", kind="framework", task="editing images with text"),
            "editing images with text.",
        ),
        (StudyFact(verb="aim", phrase="improve the quality of translation"), "The authors aim to improve"),
        (
            FindingFact(verb="suggest", clause="larger models memorise more"),
            "The results suggest that larger",
        ),
        (FindingFact(verb="show", clause="larger models memorise more"), "The authors show that larger"),
        (DeedFact(kind="framework", predicate=LEARNS), "The framework learns from"),
        (DeedFact(predicate=LEARNS), "The method learns from"),
        (
            DeedFact(name="FooNet", predicate="addresses these limitations by adding a second encoder"),
            "FooNet works by adding a second encoder.",
        ),
        (
            StudyFact(
                verb="present",
                phrase="applications in two settings of machine learning: the evaluation of policies"
                " from logs and offline learning from data that a model of the world has augmented,"
                " supported by theoretical analysis of all the proposed methods",
            ),
            "The authors present applications in two settings of machine learning.",
        ),
        (
            ResultFact(kind="model", outcome="beat", rival="it", after_data=True),
            "The proposed model outperforms",
        ),
        (ResultFact(name="FooNet", outcome="speed", amount="2$times$"), "FooNet is 2× faster."),
        (
            ResultFact(name="FooNet", outcome="beat", rival="existing parsers and competes"),
            "FooNet outperforms existing parsers.",
        ),
        (
            ResultFact(name="FooNet", outcome="best", place="ImageNet", rival="strong baselines,"),
            "FooNet reaches state-of-the-art performance compared to strong baselines on ImageNet.",
        ),
        (
            ResultFact(name="FooNet", outcome="best", place="average of ten tasks"),
            "FooNet reaches state-of-the-art performance.",
        ),
        (
            ResultFact(kind="method", outcome="beat", rival="existing methods", amount="5%"),
            "The method outperforms existing methods by 5%.",
        ),
        (
            ResultFact(name="FooNet", outcome="speed", amount="3 times", rival="LoRA"),
            "FooNet is 3 times faster than LoRA.",
        ),
        (
            ResultFact(name="FooBench", outcome="hold", amount="1,200", metric="images", place="ImageNet"),
            "FooBench contains 1,200 images.",
        ),
        (
            ResultFact(name="FooNet", outcome="reach", amount="95.3%", metric="accuracy", place="ImageNet"),
            "FooNet reaches 95.3% accuracy on ImageNet.",
        ),
        (
            ResultFact(name="FooNet", outcome="lower", amount="30%", metric="memory usage", rival="LoRA"),
            "FooNet lowers memory usage by 30% over LoRA.",
        ),
        (ReleaseFact(goods=("code", "data", "model")), "The code, data and models are released."),
        (ReleaseFact(goods=("model",), promised=True), "The models will be released."),
        (ReleaseFact(goods=("code",)), "The code is released."),
        (
            HopeFact(hope="directions", phrase="the parsing of trees"),
            "The authors discuss open questions of the parsing of trees.",
        ),
        (HopeFact(hope="potential", phrase="improve the quality of parsing"), "see the potential to improve"),
    ],
)
def test_a_fact_is_told_in_a_plain_sentence(fact: Fact, sentence: str) -> None:
    text = EnglishTeller().tell(fact)
    assert sentence in text
    assert text[0].isupper()
    assert text.endswith(".")


@pytest.mark.parametrize(
    "fact",
    [
        NamedFact(name="FooNet"),
        OfferFact(name="FooNet", phrase="framework of many parts"),
        HeadlineFact(title="OpenAI launches a new voice mode"),
        HeadlineFact(title="OpenAI to open a laboratory in Seoul"),
        HeadlineFact(title="Use AI to build reliable schedules"),
        HeadlineFact(title="Mistral: A French maker of models"),
        OfferFact(phrase="three key contributions"),
        DeedFact(name="FooNet", predicate="overcomes this limitation in every language"),
        FindingFact(verb="show", clause="the same capabilities extend to images"),
        HeadlineFact(title="Mistral: valued at ten billion dollars"),
        TopicFact(title="The lost art of parsing", paper=False),
        ResultFact(outcome="best", place="ImageNet"),
        ResultFact(
            name="FooNet", outcome="raise", amount="5 points", metric="accuracy", place="our own data"
        ),
        HopeFact(hope="later", phrase=""),
        HopeFact(hope="directions", phrase=""),
        HopeFact(hope="limits", phrase=""),
        HopeFact(hope="way", phrase="both"),
    ],
)
def test_a_fact_that_is_not_sure_is_not_told(fact: Fact) -> None:
    assert EnglishTeller().tell(fact) == ""


@pytest.mark.parametrize(
    ("plural", "single"),
    [("studies", "study"), ("boxes", "box"), ("analyses", "analysis"), ("gas", "gas"), ("ties", "tie")],
)
def test_a_plural_has_its_singular(plural: str, single: str) -> None:
    assert singular(plural) == single


def test_a_phrase_without_end_is_read_as_far_as_anybody_reads_one() -> None:
    assert len(words("word " * 1_000)) == 80
    assert [word.text for word in words("the models' ability")] == ["the", "models", "ability"]


@pytest.mark.parametrize(
    ("run", "value"),
    [("two hundred and five", 205), ("three dozen", 36), ("dozen", 12), ("two thousand and one", 2_001)],
)
def test_numerals_are_added_up(run: str, value: float) -> None:
    (numerals,) = ENGLISH.numerals
    assert numerals.read(run) == value


@pytest.mark.parametrize(
    ("predicate", "sentence"),
    [
        ("consists of two modules: (1) a reader: Reads images in real time", "Wug consists of two modules."),
        ("consists of (1) a reader: Reads images in real time", ""),
        ("has two parts: (1) a reader and (2) a writer", "Wug has two parts: (1) a reader and (2) a writer."),
    ],
)
def test_a_numbered_list_is_told_whole_or_not_begun(predicate: str, sentence: str) -> None:
    assert EnglishTeller().tell(DeedFact(name="Wug", predicate=predicate)) == sentence


@pytest.mark.parametrize(
    ("text", "plainer"),
    [
        ("We apply it to a parser, and, for the first time, show", "We apply it to a parser, and show"),
        ("We show for the first time that", "We show that"),
    ],
)
def test_what_only_adds_goes_with_its_commas(text: str, plainer: str) -> None:
    assert plain_words(text) == plainer
