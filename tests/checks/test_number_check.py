"""When two numbers say the same, and what is said of one that no source has."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.checks.numbers import (
    Options,
    agrees,
    alike,
    bound_turned,
    contradicted,
    derived,
    displaced,
    figures,
    make,
    off_by_ten,
    share,
)
from daybrief.model import Claim, Item, Quote, Verdict
from daybrief.ports import Tools
from daybrief.testing.editions import taxonomy
from daybrief.text.numbers import Number, numbers

CHECK = make(Options(), Tools(taxonomy=taxonomy()))


def number(
    value: float, unit: str = "", step: float = 1.0, *, hedged: bool = False, **more: object
) -> Number:
    return Number(text=f"{value:g}", value=value, unit=unit, step=step, hedged=hedged, **more)  # type: ignore[arg-type]


def judged(text: str, source: str, quoted: str = "", stories: int = 1, **fields: object) -> Verdict:
    item = Item(
        key="arxiv:1", source="arxiv", kind="paper", title="A title", url="https://a.example/", text=source,
        **fields,  # type: ignore[arg-type]
    )  # fmt: skip
    start = source.index(quoted) if quoted else 0
    words = quoted or source
    quote = Quote(item_key=item.key, source=item.source, start=start, end=start + len(words), text=words)
    names = tuple(f"s{n}" for n in range(stories))
    claim = Claim(text=text, part="finding", quotes=(quote,), stories=names, language="en")
    verdict = CHECK.check(claim, [item])
    assert verdict.check == "numbers"
    return verdict


@pytest.mark.parametrize(
    ("claim", "source", "same"),
    [
        (number(95, "%"), number(95.3, "%", 0.1), True),
        (number(95, "%"), number(95.5, "%", 0.1), True),  # half a step
        (number(95, "%"), number(95.6, "%", 0.1), False),
        (number(95.3, "%", 0.1), number(95, "%"), False),  # the claim may not be the more exact one
        (number(95, "%"), number(96, "%"), False),
        (number(90, "%", hedged=True), number(94.7, "%", 0.1), True),
        (number(90, "%", hedged=True), number(94.8, "%", 0.1), False),  # five per cent of the source's
        (number(90, "%"), number(94.7, "%", 0.1), False),
        (number(91.2, "%", 0.1, hedged=True), number(92.1, "%", 0.1), False),  # not the rounder one
        (number(1000, hedged=True), number(0), False),
        (number(1, "day"), number(86_400, "time"), True),
        (number(2, "year"), number(24, "month"), True),
        (number(2, "year"), number(25, "month"), False),
        (number(50, "%"), number(0.5, "fraction", 0), True),
        (number(75, "%"), number(0.25, "fraction", 0), True),  # all but a quarter
        (number(70, "%"), number(0.25, "fraction", 0), False),
        (number(50, "%"), number(1.5, "x", 0), True),  # half as much again
        (number(50, "%"), number(2, "x", 0), True),  # halved
        (number(200, "%"), number(2, "x", 0), True),
        (number(99, "%"), number(99, "x", 0), False),
        (number(1.5, "x", 0), number(50, "%"), True),
        (number(0.5, "x", 0), number(50, "%"), True),
        (number(4, "x", 0), number(75, "%"), True),
        (number(1, "x", 0), number(100, "%"), False),
        (number(2, "x", 0), number(100, "%"), True),
        (number(3, "x", 0), number(100, "%"), False),
        (number(3, "x", 0), number(200, "%"), True),
        (number(2, "x", 0), number(0.5, "fraction", 0), True),
        (number(3, "x", 0), number(0.5, "fraction", 0), False),
        (number(0.5, "fraction", 0), number(50, "%"), True),
        (number(0.5, "fraction", 0), number(2, "x", 0), True),
        (number(0.5, "fraction", 0), number(0.5), True),
        (number(0.5, "", 0), number(0.5, "fraction", 0), True),
        (number(70, "%"), number(70), True),
        (number(100, "%"), number(100), True),
        (number(101, "%"), number(101), False),
        (number(2, "%"), number(2, step=1000), False),
        (number(5, "bytes"), number(5, "time"), False),
        (number(0.222, "%", 0.001), number(0.222, "", 0.001), False),  # a score: it is 22.2 %
        (number(94, "%", hedged=True), number(94.7, "%", 0.1), True),  # cut, not rounded
        (number(94, "%"), number(94.4, "%"), False),  # not rounded: both have one step
        (number(91, hedged=True), number(94.3, "", 0.1), True),
        (number(912, hedged=True), number(941.3, "", 0.1), False),  # three digits claim to be exact
    ],
)  # fmt: skip
def test_two_numbers_agree_when_one_retells_the_other(claim: Number, source: Number, same: bool) -> None:
    assert agrees(claim, source) is same


@given(st.integers(1, 10**6), st.sampled_from(["", "%", "x", "count", "time", "bytes", "year"]))
def test_a_number_agrees_with_itself(value: int, unit: str) -> None:
    assert agrees(number(value, unit), number(value, unit))


@pytest.mark.parametrize(
    ("unit", "other", "same"),
    [
        ("time", "time", True),
        ("", "time", True),
        ("", "fraction", False),
        ("fraction", "", False),
        ("fraction", "fraction", True),
        ("count", "year", True),
        ("count", "time", False),
        ("%", "point", True),
        ("%", "x", False),
        ("ord", "fraction", True),
        ("version", "count", True),
        ("bytes", "time", False),
    ],
)
def test_classes_of_unit_that_may_mean_the_same(unit: str, other: str, same: bool) -> None:
    assert alike(unit, other) is same
    assert alike(other, unit) is same


@pytest.mark.parametrize(
    ("claim", "source", "against"),
    [
        (number(70, "%"), number(70, "count"), True),
        (number(70, "x"), number(70, "time"), True),
        (number(70, "%"), number(71, "count"), False),
        (number(70, "%"), number(70), False),
        (number(70, "%"), number(70, "name"), False),
        (number(70, "%"), number(70, "point"), False),
        (number(70, "time"), number(70, "count"), False),
    ],
)
def test_a_share_is_contradicted_by_the_same_figure_of_another_unit(
    claim: Number, source: Number, against: bool
) -> None:
    assert contradicted(claim, [source]) is against
    assert not contradicted(claim, [])


def test_the_first_number_that_says_otherwise_in_its_place_is_displaced() -> None:
    a, b, c = number(1, "count"), number(2, "count"), number(3, "count")
    name = number(4, "name")
    assert displaced([a, c, b], [a, b, c]) == (c, b)
    assert displaced([a, name, b], [a, b]) is None
    assert displaced([a, c], [a]) is None
    assert displaced([], []) is None
    assert displaced([number(85, "%")], [number(0.85, step=0.01)]) is None


@pytest.mark.parametrize(
    ("claim", "source", "same"),
    [
        (number(85, "%"), number(0.85, step=0.01), True),
        (number(85, "%"), number(0.86, step=0.01), False),
        (number(85, "%"), number(0.854, step=0.001), True),
        (number(85), number(0.85, step=0.01), False),
        (number(85, "%"), number(0.85, "time", 0.01), False),
        (number(100, "%"), number(1, step=1), False),
        (number(100, "%"), number(1, step=0.1), True),
        (number(110, "%"), number(1.1, step=0.1), False),
    ],
)
def test_a_per_cent_retells_a_bare_share(claim: Number, source: Number, same: bool) -> None:
    assert share(claim, source) is same


@pytest.mark.parametrize(
    ("claim", "source", "factor"),
    [
        (number(5), number(50), 10.0),
        (number(50), number(5), 0.1),
        (number(5), number(50_000), 10_000.0),
        (number(5), number(500_000), None),
        (number(5), number(5), None),
        (number(5), number(51), None),
        (number(0), number(50), None),
        (number(5), number(0), None),
        (number(5, spelled=True), number(50), None),
        (number(5, "time"), number(50, "bytes"), None),
    ],
)
def test_a_power_of_ten_up_to_ten_thousand_is_recognised(
    claim: Number, source: Number, factor: float | None
) -> None:
    assert off_by_ten(claim, [source]) == (None if factor is None else (source, pytest.approx(factor)))


@pytest.mark.parametrize(
    ("claim", "sentence", "holds"),
    [
        ("10 points", "rises from 40% to 50%", True),
        ("25%", "rises from 40% to 50%", True),
        ("20%", "rises from 50% to 40%", True),
        ("1.25 times", "rises from 40% to 50%", True),
        ("1.3 times", "rises from 50% to 63%", True),
        ("1.4 times", "rises from 40% to 50%", False),
        ("11 points", "rises from 40% to 50%", False),
        ("10 points", "rises to 40% and then, after long work of many people, 50%", False),
        ("10 points", "from 0% to 10%", True),
        ("15 points", "from 40% to 50% to 65%", True),
        ("25 points", "from 40% to 50% to 65%", False),  # neighbours only
        ("10 points", "it goes from v40 to v50", False),  # versions are no amounts
    ],
)
def test_a_difference_or_ratio_of_two_numbers_side_by_side_is_derived(
    claim: str, sentence: str, holds: bool
) -> None:
    (claimed,) = numbers(claim)
    assert derived(claimed, [sentence]) is holds
    assert derived(claimed, ["nothing here", sentence]) is holds


SOURCE = "It was trained on 40 maps. Later tests took 90 hours. Nothing else is known of the work."


@pytest.mark.parametrize(
    ("text", "outcome", "why"),
    [
        ("Nobody knows.", "supported", "0 numbers in the sources"),
        (SOURCE, "supported", "verbatim"),
        ("Trained on 40 maps, tested 90 hours.", "supported", "2 numbers in the sources"),
        (
            "For learning, 400 maps sufficed in the end.",
            "unsupported",
            "400 is 10 times too large: the source says 40",
        ),
        (
            "For learning, 4 maps sufficed in the end.",
            "unsupported",
            "4 is 10 times too small: the source says 40",
        ),
        ("For learning, 41 maps sufficed in the end.", "unsupported", "41 is in no source"),
    ],
)
def test_a_verdict_says_how_a_number_is_wrong(text: str, outcome: str, why: str) -> None:
    verdict = judged(text, SOURCE)
    assert (verdict.check, verdict.outcome, verdict.why) == ("numbers", outcome, why)


@pytest.mark.parametrize(
    ("text", "source", "quoted", "why"),
    [
        (
            "Somebody paid for 12 GPUs.",
            "The search needed some 30 GPUs. A rival needed 12 GPUs.",
            "The search needed some 30 GPUs.",
            "the quoted sentence says 30, not 12",
        ),
        (
            "Training finished within 12 hours everywhere.",
            "It was over after 30 hours. A rival took 12 hours.",
            "It was over after 30 hours.",
            "the quoted sentence says 30 hours, not 12 hours",
        ),
        (
            "It took 12 hours.",
            "It used 12 GPUs. A rival took 12 hours.",
            "It used 12 GPUs.",
            "the quoted sentence says 12, not 12 hours",
        ),
        ("It came second.", "It was the third try. A rival came second.", "It was the third try.", ""),
        ("It ranks 2nd.", "It needs 3 tries. A rival ranks 2nd.", "It needs 3 tries.", ""),
        (
            "Somebody paid for 12 GPUs.",
            "The search needed thirty GPUs. A rival needed 12 GPUs.",
            "The search needed thirty GPUs.",
            "",
        ),
        ("Somebody paid for 12 GPUs.", "GPT-30 is big. A rival needed 12 GPUs.", "GPT-30 is big.", ""),
        (
            "Somebody paid for twelve GPUs.",
            "The search needed 30 GPUs. A rival needed twelve GPUs.",
            "The search needed 30 GPUs.",
            "",
        ),
        ("It took 12 hours.", "It was over fast. A rival took 12 hours.", "It was over fast.", ""),
        ("It took 12 hours.", "It used 30% of it. A rival took 12 hours.", "It used 30% of it.", ""),
    ],
)
def test_a_number_from_elsewhere_is_stray_where_the_quoted_sentence_has_one_of_its_kind(
    text: str, source: str, quoted: str, why: str
) -> None:
    verdict = judged(text, source, quoted)
    expected = ("unsupported", why) if why else ("supported", "1 numbers in the sources")
    assert (verdict.outcome, verdict.why) == expected


def test_a_number_in_the_place_of_another_is_named_with_the_one_that_stands_there() -> None:
    source = "Our model reads 40 maps and draws 30 plans."
    verdict = judged("Our model reads 30 maps and draws 40 plans.", source)
    assert verdict.outcome == "unsupported"
    assert verdict.why.startswith("says 30")
    assert "where the quoted sentence says 40" in verdict.why


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("It names three reasons.", "unclear"),
        ("It names twelve reasons.", "unclear"),
        ("It names thirteen reasons.", "unsupported"),
        ("It names 3 reasons.", "unsupported"),
    ],
)
def test_a_writer_may_have_counted_to_twelve_in_words(text: str, outcome: str) -> None:
    verdict = judged(text, "It names reasons and no more.")
    assert verdict.outcome == outcome
    assert outcome != "unclear" or verdict.why.startswith("no source counts ")


@pytest.mark.parametrize(
    ("text", "source", "outcome"),
    [
        ("It is little more than half as large.", "Its size is 52% of the largest.", "unclear"),
        ("It is half as large.", "Its size is small.", "unclear"),
        ("A third of it goes.", "Its size is small.", "unclear"),
        ("It leads in 1st place.", "It holds the top position.", "unclear"),
        ("It leads in 1st place.", "It holds the 3rd position.", "unsupported"),
        ("It is 52% as large.", "Its size is small.", "unsupported"),
    ],
)
def test_a_part_in_words_or_the_first_place_may_retell_what_has_no_number(
    text: str, source: str, outcome: str
) -> None:
    free = Claim(text=text, part="finding", quotes=(), stories=("s",), language="en")
    item = Item(
        key="arxiv:1", source="arxiv", kind="paper", title="A title", url="https://a.example/", text=source
    )
    assert CHECK.check(free, [item]).outcome == outcome


def test_a_claim_of_one_story_counts_none() -> None:
    assert judged("1 paper releases code.", "We release code.", stories=1).outcome == "unsupported"


@pytest.mark.parametrize(("stories", "outcome"), [(2, "supported"), (3, "unsupported"), (1, "unsupported")])
def test_the_number_of_papers_a_claim_speaks_of_is_counted_by_the_claim(stories: int, outcome: str) -> None:
    assert judged("2 papers release code.", "We release code.", stories=stories).outcome == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Out in 2024.", "supported"),
        ("Out in 2023.", "unsupported"),
        ("Out on 5 November 2024.", "supported"),
        ("Out on 26 November 2024.", "supported"),
        ("Out on 7 November 2024.", "unsupported"),
    ],
)
def test_a_claim_may_name_the_days_its_source_came_out(text: str, outcome: str) -> None:
    verdict = judged(
        text, "We present a thing.", published=datetime(2024, 11, 5, tzinfo=UTC), announced=date(2024, 11, 26)
    )
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    "text",
    [
        "It has one idea, first of all.",
        "It uses zeroth-order search.",
        "It works in zero-shot mode.",
        "첫째로, 하나의 방법이다.",
        "한 가지 이유를 든다.",
        "0차 최적화를 쓴다.",
        "GPT-4 was used.",
    ],
)
def test_a_pronoun_a_conjunction_and_a_name_are_no_numbers_to_look_for(text: str) -> None:
    verdict = judged(text, "It has ideas.")
    assert (verdict.outcome, verdict.why) == ("supported", "0 numbers in the sources")


@pytest.mark.parametrize(("text", "why"), [("It has 1 idea.", "1"), ("It has 0 errors.", "0")])
def test_one_and_zero_in_digits_are_numbers(text: str, why: str) -> None:
    verdict = judged(text, "It has ideas.")
    assert (verdict.outcome, verdict.why) == ("unsupported", f"{why} is in no source")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("40,000 maps sufficed in the end.", "40,000 is 1,000 times too large: the source says 40"),
        ("400,000 maps sufficed in the end.", "400,000 is 10,000 times too large: the source says 40"),
        ("4,000,000 maps sufficed in the end.", "4,000,000 is in no source"),
        ("900 hours sufficed in the end.", "900 hours is 10 times too large: the source says 90 hours"),
        ("9 hours sufficed in the end.", "9 hours is 10 times too small: the source says 90 hours"),
        ("900 weeks sufficed in the end.", "900 weeks is in no source"),
    ],
)
def test_a_number_off_by_a_power_of_ten_is_named_with_the_one_it_misses(text: str, why: str) -> None:
    verdict = judged(text, SOURCE)
    assert (verdict.outcome, verdict.why) == ("unsupported", why)


def test_a_hundred_numbers_of_a_claim_are_looked_at() -> None:
    source = " ".join(f"the {n} maps;" for n in range(200, 300))
    assert (
        judged(" ".join(f"a {n} maps," for n in range(200, 299)) + " 999 plans", source).outcome
        == "unsupported"
    )
    verdict = judged(" ".join(f"a {n} maps," for n in range(200, 300)) + " 999 plans", source)
    assert (verdict.outcome, verdict.why) == ("supported", "100 numbers in the sources")


RISES = "It rises from 40% to 50%."
DERIVED = "numbers of the sources, or derived from two of them"


@pytest.mark.parametrize(
    ("text", "source", "outcome", "why"),
    [
        ("The gain is 10 points.", RISES, "supported", DERIVED),
        ("The gain is 11 points.", RISES, "unsupported", "11 points is in no source"),
        ("The accuracy has 10 points.", RISES, "unsupported", "10 points is in no source"),
        ("It improves by 10 points and names three reasons.", RISES, "unclear", "no source counts three"),
        ("It names three reasons and four more.", "It names few.", "unclear", "no source counts three"),
        ("It names three reasons, and 40 causes.", "It names few.", "unsupported", "40 is in no source"),
        ("It took three hours.", "It names few.", "unsupported", "three hours is in no source"),
        ("세 가지 이유를 든다.", "It names few.", "unclear", "no source counts 세 가지"),
        ("3가지 이유를 든다.", "It names few.", "unclear", "no source counts 3가지"),
        ("It is the sixth reason.", "It names 4 causes, then 5.", "unclear", "no source counts sixth"),
        (
            "So three reasons are named.",
            "Four causes are why it fails.",
            "unsupported",
            "three is in no source",
        ),
        ("So three reasons are named.", "20 causes are why it fails.", "unclear", "no source counts three"),
        ("So three reasons are named.", "One cause is why it fails.", "unclear", "no source counts three"),
        ("So three reasons are named.", "In 5 hours it fails.", "unclear", "no source counts three"),
        (
            "So three reasons and four causes are named.",
            "Four causes are why it fails.",
            "unclear",
            "no source counts three",
        ),
    ],
)
def test_what_no_source_states_may_be_derived_or_counted_by_the_writer(
    text: str, source: str, outcome: str, why: str
) -> None:
    verdict = judged(text, source)
    assert (verdict.outcome, verdict.why) == (outcome, why)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("3 papers release code.", "supported"),
        ("Code is released in 3 papers.", "supported"),
        ("논문 3편이 코드를 공개한다.", "supported"),
        ("Code is released by 3 people.", "unsupported"),
        ("Papers release 3 codes.", "unsupported"),
        ("3% of papers release code.", "unsupported"),
    ],
)
def test_only_a_number_beside_a_word_for_works_counts_the_stories(text: str, outcome: str) -> None:
    assert judged(text, "We release code.", stories=3).outcome == outcome


@pytest.mark.parametrize(
    ("text", "source", "outcome"),
    [
        (
            "Our small model reads 30 maps.",
            "Our small model reads 40 maps. A rival reads 30 maps.",
            "unsupported",
        ),
        ("Our model has 30 maps.", "Our small and fast new model reads 40 maps or 30 maps.", "supported"),
        (
            "Our small model reads 40 maps and 30%.",
            "Our small model reads 40 maps and 30 plans.",
            "unsupported",
        ),
    ],
)
def test_a_number_is_held_against_the_one_in_its_place_where_three_quarters_of_the_words_agree(
    text: str, source: str, outcome: str
) -> None:
    assert judged(text, source, source.partition(". ")[0]).outcome == outcome


@pytest.mark.parametrize(
    ("claim", "source", "holds"),
    [
        ("70%", "70 participants, all 70", False),  # the bare one is a participant, too
        ("70%", "70", True),
        ("70%", "70 participants, 70%", True),
        ("85%", "85 people, 0.85 of all", True),
    ],
)
def test_a_share_needs_a_number_that_has_no_other_unit(claim: str, source: str, holds: bool) -> None:
    verdict = judged(f"Of them, {claim} agreed with the rest.", f"Nobody knows. It was {source}.")
    assert (verdict.outcome == "supported") is holds


@pytest.mark.parametrize(
    ("claim", "low", "high", "holds"),
    [
        ("50%", "40%", "60%", True),  # of 40
        ("33.3%", "40%", "60%", True),  # of 60
        ("33%", "40%", "60%", True),
        ("34%", "40%", "60%", False),
        ("1.5 times", "40%", "60%", True),
        ("20", "40%", "60%", True),
        ("20%", "0%", "20%", True),
        ("100%", "0%", "20%", False),
        ("3 times", "20 GB", "60 GB", True),
        ("40 GB", "20 GB", "60 GB", False),  # only shares and bare numbers are differences
        ("3 times", "20 GB", "60 hours", False),
        ("200%", "20 GB", "60 GB", True),
        ("67%", "20 GB", "60 GB", True),
        ("202%", "20 GB", "60 GB", False),
    ],
)
def test_a_difference_is_taken_in_points_of_either_end_and_as_a_ratio(
    claim: str, low: str, high: str, holds: bool
) -> None:
    (claimed,) = numbers(claim)
    assert derived(claimed, [f"it goes from {low} to {high} there"]) is holds
    assert derived(claimed, [f"it goes from {high} to {low} there"]) is holds


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("It was shown in November 2024.", "supported"),
        ("It was shown on day 26.", "supported"),
        ("It gains 26%.", "unsupported"),  # a day of the month is no share
        ("It gains 11%.", "unsupported"),
        ("It is 2024 times faster.", "unsupported"),
    ],
)
def test_the_day_a_source_came_out_is_a_date_and_no_other_number(text: str, outcome: str) -> None:
    for came_out in (
        {"published": datetime(2024, 11, 26, 9, tzinfo=UTC)},
        {"announced": date(2024, 11, 26)},
    ):
        assert judged(text, "It is fast.", **came_out).outcome == outcome


@pytest.mark.parametrize(
    ("claim", "source", "same"),
    [
        ("0.222%", "0.222", False),  # three places: that is 22.2 %
        ("0.22%", "0.22", True),
        ("1.222%", "1.222", True),
        ("1%", "1.000", True),
        ("2%", "2k", False),
        ("100%", "100", True),
        ("101%", "101", False),
    ],
)
def test_a_bare_figure_is_a_share_unless_nobody_would_write_a_share_so(
    claim: str, source: str, same: bool
) -> None:
    assert agrees(numbers(claim)[0], numbers(source)[0]) is same


@pytest.mark.parametrize(
    ("claim", "source", "turned"),
    [
        ("메모리를 최대 60% 줄인다.", "It cuts memory by up to 60%.", ""),
        ("메모리를 60% 줄인다.", "It cuts memory by up to 60%.", ""),
        ("메모리를 최소 60% 줄인다.", "It cuts memory by up to 60%.", "60% is the most the source says"),
        ("메모리를 60% 넘게 줄인다.", "It cuts memory by up to 60%.", "60% is the most the source says"),
        (
            "It cuts memory by at least 60%.",
            "It cuts memory by up to 60%.",
            "60% is the most the source says",
        ),
        ("주석이 5만 개가 넘는다.", "It has over 50,000 annotations.", ""),
        (
            "주석이 5만 개가 채 안 된다.",
            "It has over 50,000 annotations.",
            "5만 개 is the least the source says",
        ),
        ("주석이 5만 개 미만이다.", "It has over 50,000 annotations.", "5만 개 is the least the source says"),
        ("Fewer than 40 sites.", "Over 40 sites in spring, fewer than 40 sites in autumn.", ""),
        ("정확도가 90% 이상이다.", "An accuracy of >90% is reached.", ""),
        ("정확도가 90% 이하이다.", "An accuracy of >90% is reached.", "90% is the least the source says"),
    ],
)
def test_the_least_is_not_told_as_the_most(claim: str, source: str, turned: str) -> None:
    assert bound_turned(claim, source) == turned


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("BLEU 31.2 with 4 maps", ["31.2", "4"]),
        ("an RTX 4090 with 4 maps", ["4"]),
        ("an RTX-40.5 card with 4 maps", ["4"]),
        ("GPT-4.5 with 4 maps", ["4"]),
    ],
)
def test_a_score_behind_the_name_of_its_measure_is_a_figure_and_a_model_s_number_is_none(
    text: str, own: list[str]
) -> None:
    assert [n.text for n in figures(text)] == own
