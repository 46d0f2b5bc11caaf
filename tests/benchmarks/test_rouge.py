"""ROUGE in any script: known values, bounds and symmetry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rouge import best, rouge, tokens

WORDS = st.lists(st.sampled_from("abcde"), max_size=12)


def test_the_textbook_pair_scores_as_by_hand() -> None:
    score = rouge(tokens("police killed the gunman"), tokens("the gunman killed police"))
    assert (score.unigrams, score.bigrams, score.longest) == (1.0, pytest.approx(1 / 3), 0.5)


def test_korean_is_scored_like_any_language() -> None:
    score = rouge(tokens("새 모델을 공개했다"), tokens("새 모델을 발표했다"))
    assert score.unigrams == pytest.approx(2 / 3)


def test_only_words_longer_than_three_letters_are_stemmed() -> None:
    assert tokens("Uses was GPT-4's cats", str.upper) == ["USES", "was", "gpt", "4", "s", "CATS"]


@given(WORDS, WORDS)
def test_scores_lie_between_nothing_and_one_and_do_not_depend_on_the_side(a: list[str], b: list[str]) -> None:
    score, other = rouge(a, b), rouge(b, a)
    assert 0 <= score.bigrams <= 1
    assert 0 <= score.longest <= score.unigrams <= 1
    assert (score.unigrams, score.bigrams, score.longest) == (other.unigrams, other.bigrams, other.longest)


@given(WORDS)
def test_a_text_matches_itself_entirely(a: list[str]) -> None:
    assert rouge(a, a).unigrams == (1.0 if a else 0.0)


@given(WORDS, st.lists(WORDS, max_size=3))
def test_the_best_of_several_references_is_the_highest_score(a: list[str], several: list[list[str]]) -> None:
    assert best(a, several).unigrams == max((rouge(a, b).unigrams for b in several), default=0.0)
