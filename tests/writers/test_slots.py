"""A sentence of an abstract or a headline becomes a fact, or nothing where its sense is not sure."""

from __future__ import annotations

import pytest

from daybrief.languages.tables import (
    DeedFact,
    Fact,
    HeadlineFact,
    NamedFact,
    OfferFact,
    ReleaseFact,
    ResultFact,
    StudyFact,
)
from daybrief.testing.editions import item
from daybrief.writers.extractive.slots import Slots, slots


def of_paper(text: str, title: str = "A plain title") -> Slots:
    return slots(item(1, title, text))


def of_news(title: str) -> Slots:
    return slots(item(1, title, "", kind="news"))


def results(text: str) -> list[Fact]:
    read = of_paper(text, "FooNet: Pruning for small devices")
    return [slot.fact for slot in read.results if isinstance(slot.fact, ResultFact)]


def test_a_result_has_its_metric_its_amount_and_its_place() -> None:
    (result,) = results("FooNet reduces inference time by 40% on ImageNet.")
    expected = {"name": "FooNet", "outcome": "lower", "metric": "inference time", "amount": "40%"}
    assert result == ResultFact(**expected, place="ImageNet")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "BarNet reduces inference time by 40% on ImageNet.",  # somebody else's
        "We propose FooNet, which reduces latency by 40%.",  # the verb may speak of what was used
        "We study pruning and reduce inference time by 40% on ImageNet.",
        "FooNet reaches a gain of 20% on ImageNet.",  # of what
        "FooNet achieves an accuracy of 91.2% and 90.1% on two sets.",  # one of several amounts
        "FooNet reduces latency by 40%, 30% and 20%.",
        "FooNet may reduce latency by 40%.",
        "FooNet reduces latency by 40% compared to",  # with whom
        "FooNet reduces inference time by 40% on (most) tasks.",  # on which
    ],
)
def test_a_result_that_is_not_sure_is_none(text: str) -> None:
    assert not results(text)


def test_an_offer_has_the_name_and_the_task_of_the_title() -> None:
    read = of_paper(
        "We propose FooNet, a pruning method for small devices.", "FooNet: Pruning for Edge Devices"
    )
    facts = [slot.fact for slot in read.offers]
    assert facts[0] == OfferFact(name="FooNet", verb="propose", phrase="a pruning method for small devices.")
    assert facts[-1] == NamedFact(name="FooNet", verb="propose", kind="method", task="edge devices")


def test_a_thing_presented_by_its_name_alone_is_told_by_its_deed() -> None:
    (deed,) = of_paper("Here, we propose FooNet, which prunes filters by their norm.").deeds
    assert deed.fact == DeedFact(name="FooNet", predicate="prunes filters by their norm.")


def test_a_finding_about_a_thing_with_a_name_is_its_measured_deed() -> None:
    read = of_paper("We propose FooNet, a network. We show that FooNet reduces cost.", "FooNet: A Network")
    (finding,) = read.findings
    assert finding.fact == DeedFact(name="FooNet", predicate="reduces cost.", measured=True)


def test_an_acronym_in_brackets_stands_for_the_words_that_spell_it() -> None:
    (offer,) = of_paper("We introduce Answer Set Programming (ASP)-based planners for robots.").offers
    assert offer.fact == OfferFact(name="", verb="introduce", phrase="ASP-based planners for robots.")


def test_what_the_authors_aim_at_is_told_unless_it_is_only_called_theirs() -> None:
    (aim,) = of_paper("We aim to make pruning cheaper.").studies
    assert aim.fact == StudyFact(verb="aim", phrase="make pruning cheaper.")
    assert not of_paper("Our goal is to make our method cheaper.").studies
    assert not of_paper("We propose our method.").offers


@pytest.mark.parametrize(
    ("text", "verb"),
    [("This work assesses pruning.", "assess"), ("This paper studies nets.", "study")],
)
def test_the_verb_of_a_study_is_told_in_its_base_form(text: str, verb: str) -> None:
    (study,) = of_paper(text).studies
    assert isinstance(study.fact, StudyFact)
    assert study.fact.verb == verb


def test_a_release_is_quoted_up_to_its_address_and_thoughts_are_none() -> None:
    text = "Code and models will be released: https://example.org/x"
    (release,) = of_paper(text).releases
    assert release.fact == ReleaseFact(goods=("code", "model"), promised=True)
    assert "https" not in text[release.start : release.end]
    assert not of_paper("We release our thoughts.").releases


def test_news_are_told_by_their_whole_headline() -> None:
    (news,) = of_news("Widgets Inc to acquire Gadgets for $2B [video]").news
    assert news.fact == HeadlineFact(title="Widgets Inc to acquire Gadgets for $2B", page="video")


@pytest.mark.parametrize(
    ("title", "post"), [("Show HN: A robot", "show"), ("Ask HN: A robot?", "ask"), ("A robot", "")]
)
def test_a_headline_keeps_whether_it_shows_or_asks(title: str, post: str) -> None:
    (news,) = of_news(title).news
    assert isinstance(news.fact, HeadlineFact)
    assert (news.fact.post, news.fact.title[:7]) == (post, "A robot")
    assert not of_paper("", title).news


def test_what_is_presented_by_its_name_alone_is_told_by_its_deed() -> None:
    read = of_paper("We propose FooNet, which prunes language models.")
    assert DeedFact(name="FooNet", predicate="prunes language models.") in [slot.fact for slot in read.deeds]


def test_results_on_a_benchmark_are_no_benchmark_that_is_released() -> None:
    (release,) = of_paper("The source code and benchmark results are open-sourced.").releases
    assert release.fact == ReleaseFact(goods=("code",))


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("We also highlight limitations in evaluating reports with plain metrics.", []),  # not its own
        ("We also discuss limitations of our method.", ["our method."]),
    ],
)
def test_limits_of_what_others_do_are_no_limits_of_the_work(text: str, phrases: list[str]) -> None:
    assert [getattr(slot.fact, "phrase", "") for slot in of_paper(text).outlooks] == phrases


def test_what_a_thing_makes_use_of_is_not_offered() -> None:
    read = of_paper("We propose a scalable engine utilizing an inverse strategy to construct data.")
    phrases = [slot.fact.phrase for slot in read.offers if isinstance(slot.fact, OfferFact)]
    assert not any("a strategy" in phrase for phrase in phrases)


@pytest.mark.parametrize(
    ("text", "rival", "place"),
    [
        ("FooNet outperforms existing methods and generates better text.", "existing methods", ""),
        ("FooNet surpasses recent methods significantly.", "recent methods", ""),
        ("FooNet outperforms baselines on FER39K, MAFW, and DFEW benchmarks.", "baselines",
         "FER39K, MAFW, and DFEW benchmarks"),
        ("FooNet outperforms LoRA in accuracy and has few weights.", "LoRA", "accuracy"),
        ("Impressively, FooNet outperforms LoRA on GLUE but also reduces cost.", "LoRA", "GLUE"),
    ],
)  # fmt: skip
def test_a_rival_and_a_place_end_before_what_is_said_further(text: str, rival: str, place: str) -> None:
    (result,) = results(text)
    assert isinstance(result, ResultFact)
    assert (result.rival, result.place) == (rival, place)


@pytest.mark.parametrize(
    ("text", "goods"),
    [
        ("We solve the data scarcity problem for pairs for which a seed corpus is available.", []),
        ("We release a web app tracking personality in popular models, and the underlying data.", []),
        ("Our data and models are available.", [("data", "model")]),
    ],
)
def test_only_what_the_authors_release_is_released(text: str, goods: list[tuple[str, ...]]) -> None:
    facts = [slot.fact for slot in of_paper(text).releases]
    assert [fact.goods for fact in facts if isinstance(fact, ReleaseFact)] == goods


def test_an_average_gain_is_no_gain_everywhere() -> None:
    assert not results("FooNet delivers an average absolute improvement of 4.5% over LoRA on GLUE.")
