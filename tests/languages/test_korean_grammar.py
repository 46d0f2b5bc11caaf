"""English phrases become Korean ones, as far as each word is sure."""

from __future__ import annotations

import pytest

from daybrief.languages.ko import Stem
from daybrief.languages.korean_grammar import grammar, noun_phrase
from daybrief.languages.korean_words import terms_of


@pytest.mark.parametrize(
    ("stem", "coming", "past", "nominal"),
    [
        ("탐지하", "탐지할", "탐지했습니다", "탐지함"),
        ("줄이", "줄일", "줄였습니다", "줄임"),
        ("찾", "찾을", "찾았습니다", "찾음"),
        ("만들", "만들", "만들었습니다", "만듦"),
        ("돕", "도울", "도왔습니다", "도움"),
        ("잇", "이을", "이었습니다", "이음"),
        ("짝짓", "짝지을", "짝지었습니다", "짝지음"),
    ],
)
def test_a_verb_takes_its_endings_as_its_stem_asks(stem: str, coming: str, past: str, nominal: str) -> None:
    verb = Stem(stem)
    assert (verb.coming, verb.past, verb.nominal) == (coming, past, nominal)
    assert verb.able == f"{coming} 수 있는"


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("the selection of tools", "도구 선택"),
        ("model training at scale", "대규모 모델 학습"),
        ("the analysis of models using data", "데이터를 이용한 모델에 대한 분석"),
        (
            "a model for images that automatically generates captions",
            "이미지를 위해 캡션을 자동으로 생성하는 모델",
        ),
        ("the interaction with humans", "사람과의 상호작용"),
        ("new label-free training methods", "레이블 없는 새로운 학습 방법"),
        ("graph neural network-based models", "그래프 신경망 기반 모델"),
        ("the Foo Bar-based model", "Foo Bar 기반 모델"),
        ("FiLM-based models", "FiLM 기반 모델"),
        ("GPT-J models", "GPT-J 모델"),
        ("non-English data", "비영어 데이터"),
    ],
)
def test_what_follows_an_english_noun_precedes_the_korean_one(english: str, korean: str) -> None:
    phrase = noun_phrase(english, whole=True)
    assert phrase is not None
    assert phrase.text == korean


@pytest.mark.parametrize(
    "english",
    [
        "the Gardening",  # no name, and in no glossary
        "models generating",  # whose object is cut off
        "a set of images and texts",  # a set of both, or a set and texts
        "the solution of this problem",  # of which problem stands elsewhere
        "foo-based models",
        "multi-Foo models",
        "360 images",  # degrees
    ],
)
def test_a_noun_phrase_of_which_a_word_is_not_sure_has_no_korean(english: str) -> None:
    assert noun_phrase(english, whole=True) is None


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("removes the need for labels", "레이블에 대한 필요성을 없앱니다"),
        ("establishes state-of-the-art performance", "최고 수준의 성능을 달성합니다"),
        ("generates images (as shown here) and texts", "이미지 등을 생성합니다"),
        ("generates images, foobar quux", "이미지를 생성합니다"),
        ("trains models in simulation with data", "시뮬레이션에서 모델을 학습시킵니다"),
        ("transfers knowledge from images to videos", "이미지에서 비디오로 지식을 전이합니다"),
        ("transfers knowledge from images to foo", "지식을 전이합니다"),
        ("uses distillation for segmentation", "분할을 위해 증류를 사용합니다"),
        ("extracts features from images", "이미지의 특징을 추출합니다"),
    ],
)
def test_the_object_and_what_qualifies_a_verb_stand_before_it(english: str, korean: str) -> None:
    predicate = grammar(english).predicate(0, ("s",))
    assert predicate is not None
    assert predicate.said(lambda stem: stem.politely) == korean


@pytest.mark.parametrize(
    "english",
    [
        "represents a step",  # towards something
        "reduces this cost",  # which stands elsewhere
        "trains the model proposed in the paper",  # which paper proposes it is not sure
    ],
)
def test_a_verb_whose_object_is_not_sure_has_no_korean(english: str) -> None:
    assert grammar(english).predicate(0, ("s",)) is None


@pytest.mark.parametrize("english", ["the model adapts", "images (MoE)-based module"])
def test_a_phrase_is_not_cut_before_what_belongs_to_it(english: str) -> None:
    assert noun_phrase(english, left=True) is None


def test_a_term_of_several_words_is_translated_whole_and_once() -> None:
    text = "We train large language models and graph neural networks; large language models win."
    assert terms_of(text) == (
        ("large language models", "거대언어모델"),
        ("graph neural networks", "그래프 신경망"),
    )
