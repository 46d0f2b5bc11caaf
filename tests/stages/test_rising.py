"""A word of the day is a term of the field, or a name, of several new stories; what is new stands first."""

from __future__ import annotations

from datetime import date

import pytest

from daybrief.model import Filed, Ranked
from daybrief.ports import Trends
from daybrief.stages.assemble import grouped, rising
from daybrief.testing.editions import item, story, taxonomy

WORDS = ("latent", "diffusion", "latent diffusion")


def ranked(number: int, title: str, continues: date | None = None, text: str | None = None) -> Ranked:
    text = f"{title} is what this text is about." if text is None else text
    article = story(item(number, title, text), continues=continues)
    return Ranked(filed=Filed(story=article, category="llm", confidence=1.0, why=""), score=1.0)


def words_of(stories: list[Ranked], trends: Trends | None = None, language: str = "en") -> list[str]:
    return [word.text.casefold() for word in rising(stories, trends or Trends(), language)]


def test_a_word_of_one_title_is_not_named() -> None:
    assert words_of([ranked(1, "Graph transformers"), ranked(2, "Latent diffusion")]) == []


def test_a_term_of_two_titles_is_named_once_with_its_stories() -> None:
    (word,) = rising([ranked(1, "Latent Diffusion"), ranked(2, "A latent diffusion, tried")], Trends(), "en")
    assert (word.text.casefold(), word.today, word.days) == ("latent diffusion", 2, 0)
    assert word.stories == ("arxiv:2411.00001", "arxiv:2411.00002")


def test_a_story_whose_text_alone_speaks_of_a_term_counts_and_then_nothing_is_said_of_usual_titles() -> None:
    trends = Trends(days=28, counts=dict.fromkeys(WORDS, 6))
    spoken = ranked(2, "Faster pictures", text="We speed up latent diffusion.")
    (word,) = rising([ranked(1, "Latent Diffusion for all"), spoken], trends, "en")
    assert (word.today, word.days, word.usual) == (2, 0, 0.0)


def test_stories_of_earlier_days_do_not_count() -> None:
    old = ranked(2, "Latent diffusion", continues=date(2024, 11, 25))
    assert words_of([ranked(1, "Latent diffusion"), old]) == []


@pytest.mark.parametrize(
    ("today", "counts", "named"),
    [(2, 0, True), (2, 14, True), (3, 28, True), (3, 56, False), (8, 140, True), (8, 170, False)],
)
def test_with_four_weeks_known_a_term_of_every_day_is_named_where_it_rises(
    today: int, counts: int, named: bool
) -> None:
    stories = [ranked(n, "Latent diffusion") for n in range(today)]
    trends = Trends(days=28, counts=dict.fromkeys(WORDS, counts))
    assert ("latent diffusion" in words_of(stories, trends)) is named


def test_a_few_earlier_days_are_too_few_to_say_what_is_usual() -> None:
    (word,) = rising(
        [ranked(n, "Latent diffusion") for n in range(2)],
        Trends(days=3, counts=dict.fromkeys(WORDS, 90)),
        "en",
    )
    assert (word.days, word.usual) == (0, 0.0)


@pytest.mark.parametrize(
    ("titles", "named"),
    [
        # General words and phrases tell nothing of a day, however many titles hold them.
        (["Alternatives to Kafka", "An alternative for maps", "One more alternative"], []),
        (["A diverse scene", "Scenes in a server", "One more scene"], []),
        (["The real-world dynamics", "On real-world dynamics", "All real-world dynamics"], []),
        # A name of one word needs a third title, one of two words a second.
        (["ChatGPT at work", "Why ChatGPT"], []),
        (["ChatGPT at work", "Why ChatGPT", "ChatGPT, tried"], ["chatgpt"]),
        (["ChatGPT Pro", "The price of ChatGPT Pro"], ["chatgpt pro"]),
        # A phrase stands before its words.
        (["Speculative decoding", "Speculative decoding again"], ["speculative decoding"]),
    ],
)
def test_only_terms_of_the_field_and_names_are_words_of_the_day(titles: list[str], named: list[str]) -> None:
    assert words_of([ranked(n, title) for n, title in enumerate(titles)]) == named


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("Latent Diffusion", "잠재 확산"),
        ("Speculative Decoding", "추측 디코딩"),
        ("ChatGPT Pro", "ChatGPT Pro"),
    ],
)
def test_a_word_of_the_day_is_told_as_its_reader_knows_it(title: str, word: str) -> None:
    stories = [ranked(n, f"{title} for all") for n in range(2)]
    assert [each.text for each in rising(stories, Trends(), "ko")] == [word]


def test_sections_with_something_new_stand_first_then_the_fullest_and_others_last() -> None:
    def filed(number: int, category: str, *, new: bool) -> Ranked:
        made = ranked(number, f"Title {number}", None if new else date(2024, 11, 25))
        return Ranked(filed=Filed(story=made.story, category=category, confidence=1.0, why=""), score=1.0)

    old = [filed(n, "llm", new=False) for n in range(4)]
    some = [filed(n, "agents", new=n == 4) for n in range(4, 7)]
    more = [filed(7, "code", new=True), filed(8, "others", new=True)]
    assert [name for name, _ in grouped([*old, *more, *some], taxonomy())] == [
        "agents",
        "code",
        "llm",
        "others",
    ]
