"""Any string is a search."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.text.query import Filters, Lookup, Query, mended, parse, parted_name, typed_words

PIECES = st.sampled_from(
    [
        *'source: category: KIND: from: to: - " paper 2024 2024-11 2024-13 -13-01'.split(),
        *"언어 모델 : “ a _ ! é GPT-4o".split(),
        *" \n\0\u202e",
    ]
)
OPERATORS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.sampled_from(["", "source:", "category:", "KIND:", "from:", "to:"]),
    st.sampled_from(["paper", "news", '"언어 모델"', "2024-11", "GPT-4o"]),
)
TYPED = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=20).map("".join),
    st.lists(OPERATORS, max_size=8).map(" ".join),
)


@given(TYPED)
def test_any_string_is_a_query_and_what_is_said_back_means_the_same(text: str) -> None:
    query = parse(text)
    assert parse(str(query)) == query


def test_every_operator_is_understood() -> None:
    query = parse(
        'RAG "language model" -survey -"old news" source:arxiv category:"Computer Vision" -source:hf_papers '
        "kind:papers from:2024-11 to:2024-11-26"
    )
    assert query == Query(
        words=("RAG",),
        phrases=("language model",),
        without=("survey", "old news"),
        only=Filters(sources=("arxiv",), categories=("Computer Vision",), kinds=("paper",)),
        never=Filters(sources=("hf_papers",)),
        since=date(2024, 11, 1),
        until=date(2024, 11, 26),
    )


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("from:2024 to:2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("from:2024-2 to:2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("FROM:2024-11-26", date(2024, 11, 26), None),
    ],
)
def test_a_month_or_a_year_includes_its_last_day(query: str, since: date, until: date | None) -> None:
    assert (parse(query).since, parse(query).until) == (since, until)


@pytest.mark.parametrize(
    "query", ["foo:bar", "from:yesterday", "to:2024-13", "kind:poem", "source:", "C++", "GPT-4o"]
)
def test_what_is_no_operator_is_a_word(query: str) -> None:
    assert parse(query).words == (query,)


@pytest.mark.parametrize("query", ["", " ", "!!!", '"', '""', "-", "- -", "—", "\0", '"..."'])
def test_what_holds_no_letter_asks_for_nothing(query: str) -> None:
    assert parse(query).empty


def test_a_query_is_read_to_512_words_of_4000_characters() -> None:
    assert len(parse("a " * 100_000).words) <= 512
    assert len(parse("a" * 100_000).words[0]) <= 4_000


def test_what_is_longer_than_a_word_is_neither_parted_nor_mended() -> None:
    tokens: list[str] = []

    def frequency(token: str) -> int:
        tokens.append(token)
        return 0

    letters = "a" * 4_000
    assert parted_name(letters, frequency) == ()
    index = Lookup(frequency, lambda word, most: [[word]], lambda letters: [(letters[0], 1)])
    assert mended(parse(letters), index)[1] == ()
    assert mended(parse("가" * 4_000), Lookup(lambda _: 0, index.near, index.begun))[1] == ()
    assert tokens == []
    assert parted_name("flashattention", lambda _: 1) == ()
    assert parted_name("gpt4o", lambda token: int(token in {"gpt", "4o"})) == ("gpt", "4o")


@pytest.mark.parametrize(
    ("typed", "texts", "close"),
    [
        ("flash attention", ("Flash-Attention is fast", ""), 2),
        ("flash attention", ("Fast", "an attention in a flash"), 1),
        ("flash attention", ("Flash", "attention"), 1),
        ("flash attention", ("Flash attentions", "flash"), 0),
        ("flash attention", ("xflash attention", "attention"), 0),
        ("flash attention", ("xflash attention, flash attention", ""), 2),
        ("flash attention", ("flash를 attention은", ""), 2),
        ("flash attention", ("를flash attention은", ""), 2),
    ],
)
def test_words_are_as_close_as_they_stand_by_themselves(
    typed: str, texts: tuple[str, ...], close: int
) -> None:
    assert typed_words(parse(typed)).closeness(texts) == close
