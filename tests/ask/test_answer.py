"""Questions: what they ask for, in two languages, whatever somebody types."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.ask.answer import LONGEST, parse_question


def stems(question: str) -> set[str]:
    return {stem for concept in parse_question(question).concepts for stem in concept.stems}


def test_a_question_asks_for_its_words_of_content_alone() -> None:
    assert stems("What does the paper about hallucinations propose?") == {"hallucin"}
    assert stems("환각에 대한 논문을 소개해 주세요") == {"hallucin"}


@pytest.mark.parametrize(
    "question", ["", "   ", "what is the and", "무엇인가요?", "논문을 알려 주세요", "?!…", "\x00", "🤖"]
)
def test_a_question_without_content_asks_for_nothing(question: str) -> None:
    assert parse_question(question).concepts == ()


def test_a_korean_term_is_heard_in_an_english_sentence_and_the_other_way_round() -> None:
    korean, english = (
        parse_question("환각을 줄이는 방법은?"),
        parse_question("How are hallucinations reduced?"),
    )
    assert korean.touched("We reduce hallucination in large models.")
    assert english.touched("거대 모델의 환각을 줄인다.")


def test_one_version_of_a_name_does_not_answer_for_another() -> None:
    question = parse_question("How good is GPT-5 at law?")
    whole = question.share((question.touched("GPT-5 passes the law exam."), 1.0))
    other = question.share((question.touched("GPT-4 passes the law exam."), 1.0))
    assert whole == 1.0
    assert other < 0.7


def test_rare_words_weigh_more_than_common_ones() -> None:
    question = parse_question("How does Tülu learn?")
    assert question.share((question.touched("Tülu is here."), 1.0)) > 0.7
    assert question.share((question.touched("We learn something."), 1.0)) < 0.3


def test_searches_are_words_and_never_operators() -> None:
    for search in parse_question('source:arxiv -model "exact words" from:2024 kind:edition what?').searches:
        assert not set(search) & set('":')
        assert not any(word.startswith("-") for word in search.split())


def test_a_korean_question_is_also_searched_in_english() -> None:
    assert any("hallucination" in search for search in parse_question("언어모델의 환각").searches)


@pytest.mark.parametrize(
    "question", ["a" * 10**6, "가" * 10**6, "a " * 500_000, "-" * 10**6, "\x00" * 10**6, "9" * 10**6]
)
def test_a_million_letters_are_a_question_too(question: str) -> None:
    start = time.perf_counter()
    understood = parse_question(question)
    assert time.perf_counter() - start < 5
    assert len(understood.text) <= LONGEST


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text())
def test_any_string_is_a_question_and_any_string_a_text(question: str, text: str) -> None:
    understood = parse_question(question)
    assert all(0 <= concept.weight <= 1 for concept in understood.concepts)
    assert 0 <= understood.share((understood.touched(text), 1.0), (understood.touched(question), 0.5)) <= 1
    assert parse_question(understood.text).concepts == understood.concepts or understood.text != question
