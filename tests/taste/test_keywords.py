"""Keywords are whole words, whatever their ending, in Latin letters and in Hangul."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.errors import ConfigError
from daybrief.taste import Keyword, units


def holds(text: str, phrase: str) -> bool:
    return Keyword(phrase).stands_in(units(text))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("RAG", "We improve RAG."),
        ("RAG", "RAG를 개선한다"),
        ("RAG", "Better RAGs for all"),
        ("RAG", "A RAG-based system"),
        ("rag", "We improve RAG."),
        ("agent", "Agents that plan"),
        ("agents", "an agent that plans"),
        ("retrieval augmented generation", "Retrieval-Augmented Generation of code"),
        ("검색", "검색이 빠르다"),
        ("검색", "새로운 검색엔진"),
        ("강화 학습", "강화학습을 쓴다"),
        ("강화 학습", "강화 학습으로 배운다"),
        ("반도체", "AI반도체의 미래"),
        ("AI 반도체", "AI반도체의 미래"),
        ("C++", "Compiling C++ faster"),
        ("GPT-4", "GPT-4 and others"),
        ("café", "The Cafe problem"),
        ("模型", "大语言模型"),
    ],
)
def test_a_word_is_found_whatever_its_ending(phrase: str, text: str) -> None:
    assert holds(text, phrase)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("RAG", "cloud storage and fragments"),
        ("RAG", "a rag doll"),
        ("IT", "it is what it is"),
        ("검색", "재검색 방법"),
        ("C++", "the C language"),
        ("language model", "a model of language"),
        ("GPT-4", "GPT-3 has 4 heads"),
        ("art", "state of the start"),
    ],
)
def test_a_word_is_not_found_inside_another(phrase: str, text: str) -> None:
    assert not holds(text, phrase)


@pytest.mark.parametrize("phrase", ["", "   ", "!!!", "x" * 101])
def test_what_holds_no_word_is_refused_by_name(phrase: str) -> None:
    with pytest.raises(ConfigError, match="cannot be looked for"):
        Keyword(phrase)


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_text_is_searched_without_an_error_and_a_phrase_stands_in_itself(text: str, phrase: str) -> None:
    try:
        wanted = Keyword(phrase)
    except ConfigError:
        return
    wanted.stands_in(units(text))
    assert wanted.stands_in(units(phrase))
