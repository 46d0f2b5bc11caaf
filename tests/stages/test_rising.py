"""A word of the day stands in several new titles, and in clearly more than on a usual day."""

from __future__ import annotations

from datetime import date

import pytest

from daybrief.model import Filed, Ranked
from daybrief.ports import Trends
from daybrief.stages.assemble import rising
from daybrief.testing.editions import item, story

WORDS = ("diffusion", "sampler", "diffusion sampler")


def ranked(number: int, title: str, continues: date | None = None) -> Ranked:
    article = story(item(number, title, f"{title} is what this text is about."), continues=continues)
    return Ranked(filed=Filed(story=article, category="llm", confidence=1.0, why=""), score=1.0)


def test_a_word_of_one_title_is_not_named() -> None:
    assert rising([ranked(1, "Graph transformers"), ranked(2, "Diffusion samplers")], Trends()) == ()


def test_a_word_of_two_titles_is_named_once_with_its_stories() -> None:
    (word,) = rising([ranked(1, "Diffusion Samplers"), ranked(2, "A diffusion sampler, tried")], Trends())
    assert (word.text.casefold(), word.today, word.days) == ("diffusion samplers", 2, 0)
    assert word.stories == ("arxiv:2411.00001", "arxiv:2411.00002")


def test_stories_of_earlier_days_do_not_count() -> None:
    old = ranked(2, "Diffusion samplers", continues=date(2024, 11, 25))
    assert rising([ranked(1, "Diffusion samplers"), old], Trends()) == ()


@pytest.mark.parametrize(
    ("today", "counts", "named"),
    [(2, 0, True), (2, 14, True), (3, 28, True), (3, 56, False), (8, 140, True), (8, 170, False)],
)
def test_with_four_weeks_known_only_a_real_rise_is_named(today: int, counts: int, named: bool) -> None:
    stories = [ranked(n, "Diffusion samplers") for n in range(today)]
    words = rising(stories, Trends(days=28, counts=dict.fromkeys(WORDS, counts)))
    assert bool([w for w in words if w.text.casefold() == "diffusion samplers"]) is named


def test_a_few_earlier_days_are_too_few_to_say_what_is_usual() -> None:
    (word,) = rising(
        [ranked(n, "Diffusion samplers") for n in range(2)],
        Trends(days=3, counts=dict.fromkeys(WORDS, 90)),
    )
    assert (word.days, word.usual) == (0, 0.0)


def test_a_single_word_needs_a_third_title() -> None:
    titles = ["Alternatives to Kafka", "An alternative for maps", "One more alternative"]
    stories = [ranked(n, title) for n, title in enumerate(titles)]
    assert rising(stories[:2], Trends()) == ()
    assert [word.today for word in rising(stories, Trends())] == [3]
