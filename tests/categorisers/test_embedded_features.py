"""Promises of the features a linear model sees."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from daybrief.categorisers.embedded import of_news, of_paper, place, shape, slug, spoken


@given(title=st.text(max_size=80), text=st.text(max_size=80), url=st.text(max_size=60))
def test_no_feature_of_any_news_stands_in_two_blocks(title: str, text: str, url: str) -> None:
    """Features with one name share one weight, so each block keeps to its own marks."""
    for first, other in combinations(of_news(title, text, f"https://{url}").values(), 2):
        assert not first.keys() & other.keys()


@given(title=st.text(max_size=80), tag=st.text(max_size=20))
def test_no_feature_of_any_paper_stands_in_two_blocks(title: str, tag: str) -> None:
    for first, other in combinations(of_paper(title, "", [tag]).values(), 2):
        assert not first.keys() & other.keys()


def test_an_address_tells_its_domain_its_folders_and_the_words_of_its_path() -> None:
    url = "https://www.example.co.uk/blog/2026/how-agents-plan"
    assert set(place(url)) == {"u:/blog", "u:example.co.uk/blog", "u:.uk", "u:co.uk"}
    assert "w:agent" in slug(url)


def test_a_broken_address_tells_nothing_and_stops_nobody() -> None:
    assert not slug("http://[broken")
    assert set(place("http://[broken")) == {"u:", "u:."}


def test_stop_words_and_the_ends_of_a_headline_are_kept() -> None:
    title = "Why we stopped using AI?"
    assert {"m:why we", "m:we"} <= spoken(title).keys()
    assert {"f:why", "f:why we", "l:ai", "q:?"} <= shape(title, "").keys()
