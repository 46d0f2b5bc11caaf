"""A language is a value with its tables; every promise holds for each language of the list."""

from __future__ import annotations

import re

import pytest

from daybrief.errors import ConfigError
from daybrief.languages import (
    CODES,
    DEFAULT,
    LANGUAGES,
    SOURCE,
    Language,
    either,
    foreign,
    language,
    language_of,
    language_or_source,
    own_share,
    parts,
    preferred,
    words,
)
from daybrief.languages.ko import KOREAN
from daybrief.languages.tables import Rules
from daybrief.text.numbers import numbers


def test_each_language_is_listed_once_and_the_first_is_the_default() -> None:
    assert len(set(CODES)) == len(CODES)
    assert CODES[0] == DEFAULT
    assert SOURCE in CODES


def test_an_unknown_code_is_an_error_that_lists_what_there_is() -> None:
    with pytest.raises(ConfigError, match="'fr'") as wrong:
        language("fr")
    assert wrong.value.hint == f"one of {', '.join(CODES)}"
    assert language_or_source("fr").code == SOURCE


@pytest.mark.parametrize("entry", LANGUAGES, ids=CODES)
def test_a_language_cannot_be_changed(entry: Language) -> None:
    with pytest.raises(AttributeError):
        entry.code = "xx"  # type: ignore[misc]


@pytest.mark.parametrize("spoken", LANGUAGES, ids=CODES)
def test_every_entry_of_a_table_is_a_pattern(spoken: Language) -> None:
    table = spoken.rules
    assert isinstance(table, Rules)
    for entry in (
        *table.numbers.scale,
        *table.numbers.units.values(),
        *table.denial.negation,
        *table.denial.negation_parts,
        *(pole for poles in table.opposites.values() for pole in poles),
        *table.generality.many,
        *table.form.talk,
        *table.report.junk,
    ):
        re.compile(entry)


@pytest.mark.parametrize("spoken", LANGUAGES, ids=CODES)
def test_a_language_has_units_and_axes_that_the_checks_know(spoken: Language) -> None:
    assert spoken.rules.numbers.units.keys() <= LANGUAGES[0].rules.numbers.units.keys()
    assert spoken.rules.opposites.keys() <= language(SOURCE).rules.opposites.keys()


@pytest.mark.parametrize(
    ("locale", "code"),
    [("ko_KR.UTF-8", "ko"), ("ja_JP.UTF-8", "ja"), ("en_US", "en"), ("fr_FR", "en"), ("", "en")],
)
def test_a_locale_prefers_a_language(locale: str, code: str) -> None:
    assert preferred(locale) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("이것은 글이다", "ko"), ("これは文章です", "ja"), ("这是文章", "zh"), ("a text", "en"), ("123", "")],
)
def test_a_script_tells_the_language(text: str, code: str) -> None:
    assert language_of(text) == code


def test_a_reader_of_japanese_reads_no_hangul_and_one_of_korean_no_kana() -> None:
    assert list(foreign("これは 한글 です", "ja", "")) == ["한글"]
    assert list(foreign("이것은 かな 입니다", "ko", "")) == ["かな"]
    assert own_share("한글 AB", "ko") == 0.5


def test_patterns_of_all_languages_are_joined() -> None:
    denial = re.compile(
        either(words(lambda rules: rules.denial.negation), parts(lambda rules: rules.denial.negation_parts))
    )
    assert all(denial.search(text) for text in ("it is not", "하지 않습니다", "ありません"))
    assert not denial.search("a notable knot")
    assert not re.search(either("", ""), "anything")


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3億5,000万ドル", 3.5e8, "usd"),
        ("70億個", 7e9, "count"),
        ("約120万トークン", 1.2e6, "count"),
        ("二つの手法", 2, "count"),
        ("二十一人", 21, "count"),
        ("半分", 0.5, "fraction"),
        ("三分の二", 2 / 3, "fraction"),
        ("3分の1", 1 / 3, "fraction"),
        ("第一に", 1, "ord"),
        ("3番目", 3, "ord"),
        ("5ミリ秒", 0.005, "time"),
        ("8GBのメモリ", 8e9, "byte"),
        ("1.5テラバイト", 1.5e12, "byte"),
        ("61.5パーセント", 61.5, "%"),
        ("2倍", 2, "x"),
    ],
)
def test_japanese_numbers_are_read_with_their_units(text: str, value: float, unit: str) -> None:
    (number,) = numbers(text)
    assert number.value == pytest.approx(value)
    assert number.unit == unit


@pytest.mark.parametrize("text", ["一般に", "十分です", "数百", "統一された", "一方で"])
def test_japanese_words_that_hold_a_numeral_are_no_numbers(text: str) -> None:
    assert not numbers(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("성별을(를) 넣음", "성별을 넣음"),
        ("폐경 여부을(를) 넣음", "폐경 여부를 넣음"),
        ("0.103에서 -0.019(으)로", "0.103에서 -0.019로"),
        ("서울(으)로, 부산(으)로", "서울로, 부산으로"),
        ("“GPT”이(가) 나오는 글", "“GPT”가 나오는 글"),
        ("TTN-VQC과(와) x는", "TTN-VQC와 x는"),
        ("을(를) 앞에 낱말이 없다", "을(를) 앞에 낱말이 없다"),
        ("語을(를) 모른다", "語을(를) 모른다"),
    ],
)
def test_the_fitting_form_of_a_particle_is_left(text: str, right: str) -> None:
    assert language("ko").one_form(text) == right
    assert language("en").one_form(text) == text


@pytest.mark.parametrize(
    ("stem", "beginnings"),
    [
        ("줄이", "줄이 줄인 줄일 줄임 줄입 줄여 줄였"),
        ("만들", "만들 만드 만든 만듬 만듭"),
        ("어렵", "어렵 어려운 어려울 어려워 어려웠"),
        ("빠르", "빠르 빠른 빨라 빨랐"),
        ("낫", "낫 나은 나아"),
        ("쓰", "쓰 쓰는 쓴 쓴다 써 썼 썼다"),
        ("뽑", "뽑 뽑는 뽑은"),
    ],
)
def test_a_stem_gives_the_beginnings_of_its_forms(stem: str, beginnings: str) -> None:
    assert set(beginnings.split()) <= set(KOREAN.forms(stem))


def test_a_verb_of_a_noun_is_told_by_the_noun() -> None:
    assert list(KOREAN.forms("연결하")) == ["연결"]


def test_the_glossary_gives_words_of_one_part_with_their_meanings() -> None:
    meanings = set(KOREAN.meanings())
    assert ("녹내장", "glaucoma") in meanings
    assert not [word for word, _ in meanings if " " in word]
