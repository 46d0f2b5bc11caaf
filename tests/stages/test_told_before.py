"""Tests of what is said of a section, a day and a story of which nothing new can be printed."""

from __future__ import annotations

import pytest

from daybrief.languages.phrases import phrases
from daybrief.model import Drop, Entry, Ledger, SourceReport
from daybrief.render.story import novelty
from daybrief.stages.assemble import state_of

QUIET = (
    SourceReport(source="arxiv", state="fresh", items=3),
    SourceReport(source="b", state="quiet", items=0),
)


@pytest.mark.parametrize(
    ("code", "language", "words"),
    [
        ("source:hacker_news", "ko", "해커뉴스에서도 다룸"),
        ("source:hacker_news", "en", "also on Hacker News"),
        ("source:my_feed", "en", "also on my_feed"),
        ("version:2", "en", "version 2"),
        ("address", "en", "a further page on it"),
        ("something else", "en", "something else"),
    ],
)
def test_what_is_new_is_told_in_words_and_never_as_a_code(code: str, language: str, words: str) -> None:
    assert novelty(code, phrases(language)) == words


@pytest.mark.parametrize("language", ["ko", "en", "ja"])
@pytest.mark.parametrize("code", ["source:arxiv", "version:3", "address"])
def test_every_language_has_words_for_what_is_new(code: str, language: str) -> None:
    assert novelty(code, phrases(language)) not in (code, code.partition(":")[2])


def test_a_day_whose_stories_a_profile_leaves_out_is_not_quiet() -> None:
    drop = Drop(reason="category-unwanted", refs=("a", "b"))
    ledger = Ledger(entries=(Entry(stage="rank", unit="stories", came_in=2, kept=0, dropped=(drop,)),))
    assert ledger.dropped("category-unwanted") == 2
    assert state_of(0, QUIET, ledger.dropped("category-unwanted")) == "fresh"
    assert state_of(0, QUIET, 0) == "quiet"
