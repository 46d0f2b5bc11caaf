"""English phrases become Korean ones, as far as each word is sure."""

from __future__ import annotations

import pytest

from daybrief.languages.en import joined, plain_words, relative
from daybrief.languages.ko import Stem
from daybrief.languages.korean_grammar import grammar, noun_phrase
from daybrief.languages.korean_words import paper_on, terms_of


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
        ("the interaction with humans", "사람과의 상호작용"),
        (
            "a comprehensive survey on evaluation of multimodal models",
            "멀티모달 모델의 평가에 대한 포괄적인 서베이",
        ),
        ("the ability of LLMs to generate code", "코드를 생성하는 LLM의 능력"),
        ("a benchmark with 10 environments", "환경 10개를 갖춘 벤치마크"),
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


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("a training-free method", "학습이 필요 없는 방법"),
        ("a lightweight training-free method", "학습이 필요 없는 경량 방법"),
        ("existing training-free methods", "학습이 필요 없는 기존 방법"),
        ("automatic theoretically grounded analysis", "이론에 근거한 자동 분석"),
        ("a lightweight robust method", "경량 강건한 방법"),
    ],
)
def test_what_qualifies_a_noun_by_a_clause_stands_first(english: str, korean: str) -> None:
    phrase = noun_phrase(english, whole=True)
    assert phrase is not None
    assert phrase.text == korean


@pytest.mark.parametrize(
    "english",
    [
        "storytelling with LLMs", "a framework with LLMs", "optimization with constraints",
        "a system with noise", "recognition with missing modalities",
    ],
)  # fmt: skip
def test_with_behind_a_noun_is_not_told_as_the_noun_has_it_suffers_it_or_is_done_with_it(
    english: str,
) -> None:
    assert noun_phrase(english, whole=True) is None


@pytest.mark.parametrize(
    ("english", "surely"),
    [
        ("storytelling with LLMs", "스토리텔링"),  # what does it, or what it is about
        ("detection of deepfakes in videos", "딥페이크 탐지"),
        ("a model for images that automatically generates captions", "이미지를 위한 모델"),
        ("a diffusion model in latent space for image editing", "확산 모델"),
        ("a survey of models for languages", "모델에 대한 서베이"),
        ("a framework for models of languages", "언어의 모델을 위한 프레임워크"),
        ("a method that detects objects, and removes noise", "객체를 탐지하는 방법"),
        ("a framework for editing images with text", "이미지를 편집하는 프레임워크"),
        ("a method that generates images with 5 steps", "이미지를 생성하는 방법"),
        ("a method that extracts features of images in videos", "이미지의 특징을 추출하는 방법"),
        ("a method that separates noise from images", "방법"),
        ("a method that detects objects on tasks", "객체를 탐지하는 방법"),  # on which
        ("a module that enhances models for image editing", "이미지 편집을 위해 모델을 향상시키는 모듈"),
        ("calibration for pruning models", "모델을 가지치기하기 위한 보정"),  # which it does not do
        ("variable image sizes", "가변 이미지 크기"),  # no variables
        ("a model updating strategy", "모델"),  # it updates none
        ("a model that trains agents on this dataset", "에이전트를 학습시키는 모델"),
        ("a model that detects shifts towards hallucination detection", "변화를 탐지하는 모델"),
        ("a method that generates images (as shown here) and texts", "방법"),
        ("a method to generate images in videos using models", "비디오에서 이미지를 생성하는 방법"),
    ],
)
def test_of_a_paper_only_one_thing_hangs_on_a_noun_or_a_verb(english: str, surely: str) -> None:
    phrase = grammar(english).phrase(0)
    assert phrase is not None
    assert phrase.text == surely


@pytest.mark.parametrize(
    "english",
    [
        "detection from scans and web deployment",
        "capabilities in understanding and performing detection",
        "various perception and planning tasks",
        "the issue and a strategy that balances tasks",
        "two models, Alpha and Beta",
        "control of editing models",
        "a system for generation for text that improves quality",
        "a method for videos and images that require accuracy",
        "a taxonomy, analysis, and identification of directions",
    ],
)
def test_what_may_belong_to_one_or_to_several_is_not_told_whole(english: str) -> None:
    assert noun_phrase(english, whole=True) is None


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("aligns models with human preferences", "사람의 선호에 맞춰 모델을 정렬합니다"),
        ("reduces errors in the annealing stage", "담금질 단계에서 오류를 줄입니다"),
        ("generates images in two stages", "두 단계로 이미지를 생성합니다"),
        ("aligns features from images", "이미지의 특징을 정렬합니다"),
        ("extends alignment to block matching", "블록 매칭으로 정렬을 확장합니다"),
        ("features environments with noise", "환경을 포함합니다"),
        ("explores the environment", "환경을 탐색합니다"),
        ("translates observations into images", "이미지로 관측을 변환합니다"),
        ("translates documents into Korean", "한국어로 문서를 번역합니다"),
        ("answers scientific questions", "과학 질문에 답합니다"),
        ("predicts YES, NO, or UNSURE", "YES, NO 또는 UNSURE를 예측합니다"),
        ("achieves accurate segmentation with improved efficiency", "개선된 효율로 정확한 분할을 달성합니다"),
        ("replaces the history by a summary", "요약으로 이력을 대체합니다"),
        ("preserves policy invariance and design simple heuristics", "정책 불변성을 보존합니다"),
        ("matches large language models", "거대언어모델에 필적합니다"),
        ("outperforms methods on OR benchmarks", "OR 벤치마크에서 방법을 능가합니다"),
    ],
)
def test_what_qualifies_a_verb_is_told_of_the_verb(english: str, korean: str) -> None:
    predicate = grammar(english).predicate(0, ("s",))
    assert predicate is not None
    assert predicate.said(lambda stem: stem.politely) == korean


@pytest.mark.parametrize(
    "english",
    [
        "replaces images with wugs",
        "aligns models with wugs",
        "aligns models with reinforcement learning",
        "reformulates sample selection in the training stage as a game",
        "learns a projection from images into text",
    ],
)
def test_a_verb_without_its_other_side_has_no_korean(english: str) -> None:
    assert grammar(english).predicate(0, ("s",)) is None


@pytest.mark.parametrize(
    ("title", "terms"),
    [
        ("Interface design shapes image generation", "인터페이스 설계"),
        ("Elicitation protocols shape the results", "유도 프로토콜"),
        ("Framework leveraging attention", "프레임워크"),
    ],
)
def test_a_verb_that_may_be_a_noun_ends_the_noun_before_it(title: str, terms: str) -> None:
    phrase = grammar(title).core(0)
    assert phrase is not None
    assert phrase.text == terms


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (("AI", "AI 제어"), "AI 제어를 다룬 논문입니다."),
        (("모델 병합", "손실 지형", "모델 병합 손실 지형"), "모델 병합 손실 지형을 다룬 논문입니다."),
        (("이미지 생성", "이미지 편집"), "이미지 생성과 이미지 편집을 다룬 논문입니다."),
    ],
)
def test_a_term_inside_another_is_not_listed_beside_it(terms: tuple[str, ...], sentence: str) -> None:
    assert paper_on(terms) == sentence


@pytest.mark.parametrize("english", ["Experiential knowledge distillation", "a Hypothetical model"])
def test_an_adjective_in_capitals_is_no_name(english: str) -> None:
    assert noun_phrase(f"the {english}", whole=True) is None


@pytest.mark.parametrize(
    ("english", "plain"),
    [
        ("state of the art models", "state-of-the-art models"),
        ("alignment in the face of noise", "alignment under noise"),
        ("a model with attention at its core", "a model based on attention"),
        ("prior strategies", "existing strategies"),
        ("prior knowledge of models", "prior knowledge of models"),
        ("the prior is learned", "the prior is learned"),
        ("fine tuning BERT", "fine-tuning BERT"),
        ("a three stage pipeline", "a three-stage pipeline"),
        ("a common motion representation", "a shared motion representation"),
        ("a common problem", "a common problem"),
        ("identify the functions of heads", "identify the roles of heads"),
    ],
)
def test_a_turn_of_phrase_is_read_as_what_it_says(english: str, plain: str) -> None:
    assert plain_words(english) == plain


@pytest.mark.parametrize(
    ("title", "whole"),
    [
        ("Organ Focused Attention", "Organ-Focused Attention"),
        ("Retrieval Augmented Generation", "Retrieval-Augmented Generation"),
        ("Towards Enhanced Reconstruction", "Towards Enhanced Reconstruction"),
        ("Models guided by text", "Models guided by text"),
    ],
)
def test_a_compound_written_apart_is_joined(title: str, whole: str) -> None:
    assert joined(title) == whole


@pytest.mark.parametrize(
    ("phrase", "read"),
    [
        ("a method, which enables it", "a method that enables it"),
        ("a method for models, which enables it", "a method for models, which enables it"),
    ],
)
def test_a_clause_behind_a_comma_belongs_to_the_only_noun_before_it(phrase: str, read: str) -> None:
    assert relative(phrase) == read


@pytest.mark.parametrize("english", ["an optical flow decoupling module", "the training and the use of data"])
def test_a_compound_that_goes_on_is_not_cut(english: str) -> None:
    assert noun_phrase(english, left=True) is None


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("a dataset of 500 contracts", "계약 500개로 구성된 데이터셋"),
        ("a dataset of 33,151 contracts", "계약 33,151개로 구성된 데이터셋"),
        ("a dataset of 1,033,151 images", "이미지 1,033,151장으로 구성된 데이터셋"),
        ("a dataset of 1.2M images", "이미지 1.2M으로 구성된 데이터셋"),
        ("12,000 samples", "샘플 12,000개"),
        ("500 hours", "500시간"),
        ("10,500 hours of speech", "음성 10,500시간"),
        ("a corpus of 10,500 hours of speech", "음성 10,500시간으로 구성된 말뭉치"),
    ],
)
def test_a_number_counts_its_noun_however_long_it_is_written(english: str, korean: str) -> None:
    phrase = noun_phrase(english, whole=True)
    assert phrase is not None
    assert phrase.text == korean
