"""Titles in one spelling, weighted overlap, and pairs without comparing all with all."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.stages.near_duplicates import (
    Corpus,
    alike,
    contained,
    normal_title,
    numbers_clash,
    shingles,
    specific,
    terms,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Show HN: A Tiny LLM in C", "a tiny LLM in C"),
        ("Attention Is All You Need [pdf]", "Attention is all you need (2017)"),
        ("Why does it hallucinate? (2023) [video]", "Why Does It Hallucinate?"),
        ("$\\pi_0$: A Vision-Language-Action Flow Model", "π0: a vision language action flow model"),
        ("Résumé screening with LLMs", "Re\u0301sume\u0301 Screening With LLMs"),
        ("AT&amp;T &quot;opens&quot; its models", 'AT&T "opens" its models'),
        ("[단독] 네이버, 새 모델 공개", "네이버 새 모델 공개"),
        ("ＧＰＴ－４ Technical Report", "GPT-4 technical report"),
    ],
)
def test_titles_that_differ_only_in_dress_become_equal(one: str, other: str) -> None:
    assert normal_title(one) == normal_title(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Claude Opus 4.5 released", "Claude Opus 4.6 released"),
        ("Who is hiring? (November 2024)", "Who is hiring? (December 2024)"),
        ("Supervised learning of graphs", "Unsupervised learning of graphs"),
    ],
)
def test_titles_that_say_different_things_stay_different(one: str, other: str) -> None:
    assert normal_title(one) != normal_title(other)


def test_hangul_survives_in_composed_form() -> None:
    decomposed = "\u1112\u1161\u11ab\u1100\u1173\u11af"
    assert normal_title(decomposed) == "한글"


def test_two_versions_clash_and_an_added_number_does_not() -> None:
    assert numbers_clash("minimax m2.5", "minimax m2.7")
    assert not numbers_clash("kimi k3", "kimi k3 2026")


def test_a_short_title_is_not_specific() -> None:
    assert not specific(normal_title("Investor Relations"))
    assert not specific("주간 뉴스")
    assert specific(normal_title("Something weird is happening"))
    assert specific("네이버 새 언어모델 공개")


def test_korean_is_compared_by_pairs_of_characters_so_that_particles_do_not_matter() -> None:
    one, other = terms("네이버가 하이퍼클로바를 공개했다"), terms("네이버, 하이퍼클로바 공개")
    assert len(one & other) >= 6


def test_shingles_tell_how_much_of_one_text_is_in_another() -> None:
    text = "we present a new method for sparse attention in long documents"
    assert contained(text, f"abstract: {text} and more besides") == 1.0
    assert contained(text, "") == 0.0
    assert contained(text, "quite another set of words stands here today") == 0.0
    assert len(shingles("one two three")) == 0


def test_letters_are_compared_on_a_scale_of_one() -> None:
    assert alike("abc", "abc") == 1.0
    assert alike("abc", "xyz") == 0.0


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    corpus = Corpus([terms(t) for t in ("ai kimi", "ai kimi", "ai robots", "ai chips")])
    assert corpus.cosine(0, 1) == pytest.approx(1.0)
    assert 0 < corpus.cosine(0, 2) < 0.5
    assert corpus.share(terms("kimi"), 2) == 0.0
    assert corpus.rare(0, 1) == pytest.approx(math.log(3) / math.log(5))


@given(st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=6), max_size=12), st.floats(0.2, 0.95))
def test_no_pair_above_the_bar_is_overlooked(documents: list[frozenset[str]], least: float) -> None:
    corpus = Corpus(documents)
    found = set(corpus.candidates(least))
    for j in range(len(documents)):
        for i in range(j):
            if documents[i] and documents[j] and corpus.cosine(i, j) >= least + 1e-9:
                assert (i, j) in found


def test_ten_thousand_titles_that_share_a_word_are_not_compared_all_with_all() -> None:
    corpus = Corpus([frozenset({"model", f"x{n // 2}"}) for n in range(10_000)])
    assert sum(1 for _ in corpus.candidates(0.1)) < 10_000 * 60


@given(st.text(max_size=300))
def test_any_text_can_be_normalised_and_stays_normal(title: str) -> None:
    once = normal_title(title)
    assert specific(once, 0)
    assert terms(once) is not None
    assert "  " not in once
