"""The product speaks each of its languages completely."""

from __future__ import annotations

import string
from datetime import date

import pytest

from daybrief.errors import ConfigError
from daybrief.languages import CODES
from daybrief.languages.ko import particle
from daybrief.languages.phrases import phrase, phrases


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_every_phrase_with_the_same_fields() -> None:
    assert set(CODES) == {"en", "ja", "ko"}
    korean, other = phrases("ko"), phrases("en")
    assert set(korean.keys()) == set(other.keys())
    for key in set(korean.keys()) - {"date.long", "date.month"}:
        assert fields(korean.get(key, "")) == fields(other.get(key, "")), key


def test_an_unknown_language_is_an_error_that_lists_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"'fr'.*ko, en, ja"):
        phrases("fr")


@pytest.mark.parametrize(
    ("word", "forms", "fitting"),
    [
        ("모델", "을/를", "을"),
        ("기계", "을/를", "를"),
        ("LLM", "이/가", "이"),
        ("GPT-4o", "이/가", "가"),
        ("BERT", "은/는", "는"),
        ("GPT-4", "이/가", "가"),
        ("Llama 3", "은/는", "은"),
        ("서울", "으로/로", "로"),
        ("부산", "으로/로", "으로"),
        ("chatbot", "을/를", "을"),
        ("Agent", "은/는", "는"),
        ("Track", "은/는", "은"),
        ("Scale", "은/는", "은"),
        ("Image", "은/는", "는"),
        ("Prune", "이/가", "이"),
        ("Rec", "을/를", "을"),
        ("Nous", "은/는", "는"),
        ("모델(최신)", "을/를", "을"),
        ("", "을/를", "을(를)"),
        ("‘사람 동작’(Human motion)", "을/를", "을"),
    ],
)
def test_the_particle_fits_the_sound_before_it(word: str, forms: str, fitting: str) -> None:
    assert particle(word, forms) == fitting


def test_a_number_chooses_the_singular_or_the_plural() -> None:
    assert phrase("en", "count.papers", n=1) == "1 paper"
    assert phrase("en", "count.papers", n=12) == "12 papers"
    assert phrase("ko", "count.papers", n=12) == "논문 12편"


def test_days_are_written_out() -> None:
    assert phrases("ko").day(date(2024, 11, 26)) == "2024년 11월 26일 화요일"
    assert phrases("en").day(date(2024, 11, 26)) == "Tuesday, 26 November 2024"
    assert phrases("en").month(date(2024, 11, 26)) == "November 2024"
