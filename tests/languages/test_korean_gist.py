"""Tests of what an English phrase becomes in Korean, and which facts become a sentence."""

from __future__ import annotations

import re

import pytest

from daybrief.languages import language
from daybrief.languages.en import impact
from daybrief.languages.ko import Stem
from daybrief.languages.korean_grammar import grammar
from daybrief.languages.korean_words import glossary, table
from daybrief.languages.tables import (
    DeedFact,
    Fact,
    FindingFact,
    HeadlineFact,
    HopeFact,
    NamedFact,
    OfferFact,
    ReleaseFact,
    ResultFact,
    StudyFact,
    TopicFact,
)


def sentence_of(fact: Fact) -> str:
    teller = language("ko").teller()
    assert teller is not None
    return teller.tell(fact)


@pytest.mark.parametrize(
    ("stem", "which", "politely", "joined", "past", "noun"),
    [
        ("탐지하", "탐지하는", "탐지합니다", "탐지해", "탐지했습니다", "탐지"),
        ("줄이", "줄이는", "줄입니다", "줄여", "줄였습니다", "줄이기"),
        ("맞추", "맞추는", "맞춥니다", "맞춰", "맞췄습니다", "맞추기"),
        ("돕", "돕는", "돕습니다", "도와", "도왔습니다", "돕기"),
        ("찾", "찾는", "찾습니다", "찾아", "찾았습니다", "찾기"),
        ("이끌", "이끄는", "이끕니다", "이끌어", "이끌었습니다", "이끌기"),
        ("다루", "다루는", "다룹니다", "다뤄", "다뤘습니다", "다루기"),
        ("살펴보", "살펴보는", "살펴봅니다", "살펴봐", "살펴봤습니다", "살펴보기"),
    ],
)
def test_a_stem_takes_its_endings(
    stem: str, which: str, politely: str, joined: str, past: str, noun: str
) -> None:
    verb = Stem(stem)
    assert (verb.which, verb.politely, verb.joined, verb.past, verb.noun) == (
        which,
        politely,
        joined,
        past,
        noun,
    )


@pytest.mark.parametrize(("stem", "plainly"), [("있", "있다"), ("줄이", "줄인다"), ("찾", "찾는다")])
def test_a_stem_inside_a_quotation_is_plain(stem: str, plainly: str) -> None:
    assert Stem(stem).plainly == plainly


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("image generation", "이미지 생성"),
        ("a fine-grained, binary classification", "세밀한 이진 분류"),
        ("a lightweight and scalable model", "확장 가능한 경량 모델"),
        ("a gap between text and images", "텍스트와 이미지 사이의 격차"),
        ("a model that generates draft tokens in two steps", "두 단계로 초안 토큰을 생성하는 모델"),
        ("a method that generates images at scale", "대규모로 이미지를 생성하는 방법"),
        ("3D image segmentation", "3D 이미지 분할"),
        ("a framework that combines text with images", "이미지와 텍스트를 결합하는 프레임워크"),
        ("a survey of large language models", "거대언어모델에 대한 서베이"),
        ("an efficient and scalable algorithm", "효율적이고 확장 가능한 알고리즘"),
        ("the impact of prompts on reasoning", "프롬프트가 추론에 미치는 영향"),
        ("a model that can generate images", "이미지를 생성할 수 있는 모델"),
        ("a method to reduce hallucination in LLMs", "LLM에서 환각을 줄이는 방법"),
        ("a graph neural network (GNN)", "그래프 신경망(GNN)"),
        ("text, images, and audio", "텍스트, 이미지 및 오디오"),
        ("a wide range of tasks", "다양한 작업"),
        ("a vertical residual autoencoder (VRAE) architecture", "수직 잔차 오토인코더(VRAE) 아키텍처"),
        ("a FiLM-based fusion module", "FiLM 기반 융합 모듈"),
        ("the dependency on labeled data", "레이블 데이터에 대한 의존성"),
        ("the first place solution", "1위 해법"),
        ("augmented NeRFs", "증강 NeRF"),
        ("the consequences of scaling models", "모델을 확장할 때의 결과"),
        ("an accuracy of 95.3%", "정확도 95.3%"),
        ("a task-specific adapter", "작업 특화 어댑터"),
        ("a benchmark of 350 cases", "사례 350개로 구성된 벤치마크"),
        ("a framework designed to edit images", "이미지를 편집하는 프레임워크"),
        ("a method that enables models to generate images", "모델이 이미지를 생성할 수 있게 하는 방법"),
        ("a model for detecting and removing objects", "객체를 탐지하고 제거하는 모델"),
        ("a benchmark that assesses LLMs through games", "게임을 통해 LLM을 평가하는 벤치마크"),
        ("the Wuggish Frobber model", "Wuggish Frobber 모델"),
        ("the Wuggish Frobber (WFR) model", "WFR 모델"),
        ("a GPT-4-based agent", "GPT-4 기반 에이전트"),
        ("a non-linear model", "비선형 모델"),
        ("an accuracy of 95 percent", "정확도 95%"),
        ("a model boosting the accuracy", "정확도를 끌어올리는 모델"),
        ("a model improving the quality of images", "이미지의 품질을 개선하는 모델"),
        ("the model and a dataset", "모델과 데이터셋"),
        ("a large number of models", "여러 모델"),
        ("a small number of models", "적은 수의 모델"),
        ("a wide variety of images", "다양한 이미지"),
        ("the ability to generate images", "이미지를 생성하는 능력"),
        ("a graph neural network (GNN) model", "그래프 신경망(GNN) 모델"),
        ("a model which can generate images", "이미지를 생성할 수 있는 모델"),
        ("a response to prompts", "프롬프트에 대한 응답"),
        ("an approach to generate images by training models", "모델을 학습시켜 이미지를 생성하는 접근법"),
        ("a method for quickly generating images", "이미지를 빠르게 생성하는 방법"),
        ("a method that detects and removes objects", "객체를 탐지하고 제거하는 방법"),
        (
            "a method that detects objects without training models",
            "모델을 학습시키지 않고 객체를 탐지하는 방법",
        ),
        ("a method that reduces memory usage by up to 40%", "메모리 사용량을 최대 40% 줄이는 방법"),
        ("a method that outperforms models by 5%", "모델보다 5% 앞선 성능을 보이는 방법"),
        ("a method that achieves state-of-the-art performance", "최고 수준의 성능을 달성하는 방법"),
        ("a method that matches the performance", "성능에 필적하는 방법"),
        ("a method that allows users to generate images", "사용자가 이미지를 생성할 수 있게 하는 방법"),
        ("a method that detects objects by training models", "모델을 학습시켜 객체를 탐지하는 방법"),
        (
            "a method that detects objects to improve translation quality",
            "번역 품질을 개선하기 위해 객체를 탐지하는 방법",
        ),
        ("a method that generates images with high accuracy", "높은 정확도로 이미지를 생성하는 방법"),
        ("a model designed for image generation", "이미지 생성을 위한 모델"),
        ("a selection of models", "여러 모델"),
        ("a comparison with humans", "사람과의 비교"),
        ("a combination of text and images", "텍스트와 이미지의 조합"),
        ("images or text", "이미지 또는 텍스트"),
        ("a method that replaces attention with convolution", "합성곱으로 어텐션을 대체하는 방법"),
        ("a method that produces results at the token level", "토큰 수준에서 결과를 내는 방법"),
        ("a method that trains models at scale", "대규모로 모델을 학습시키는 방법"),
    ],
)
def test_a_phrase_is_turned_round(english: str, korean: str) -> None:
    phrase = grammar(english).phrase(0)
    assert phrase is not None
    assert (phrase.text, phrase.end) == (korean, len(grammar(english).words))


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("models, wugs", "모델"),
        ("a reinforcement learning (RL)-based approach", "강화학습"),
        ("models and use the data", "모델"),
        ("the effect of noise on wugs", "잡음의 효과"),
        ("a model that frobnicates", "모델"),
        ("a model to the wug", "모델"),
        ("models via training models", "모델"),
        ("a model in terms", "모델"),
        ("a method that addresses these challenges", "방법"),
        ("a method that enables models to frobnicate", "방법"),
        ("a method that treats images as text", "방법"),
        ("a method for reasoning and planning annotations", "방법"),
        ("a method that detects objects in order", "객체를 탐지하는 방법"),
        ("a method that reduces memory usage by 40 tokens", "메모리 사용량을 줄이는 방법"),
        ("a method that converts text into images, audio", "텍스트를 변환하는 방법"),
    ],
)
def test_a_phrase_is_turned_round_up_to_what_is_not_sure(english: str, korean: str) -> None:
    phrase = grammar(english).phrase(0)
    assert phrase is not None
    assert phrase.text == korean
    assert phrase.end < len(grammar(english).words)


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("a loss between the input and qwxyz images", "손실"),
        ("a combination of text with images", "텍스트의 조합"),
        ("a framework that combines text with qwxyz", "프레임워크"),
        ("a framework that combines a graph network, which tracks qwxyz", "프레임워크"),
        ("a model that combines attention, qwxyz, and graph networks", "모델"),
        (
            "a method that improves images across a wide range of levels within one view",
            "다양한 수준 전반에서 이미지를 개선하는 방법",
        ),
    ],
)
def test_what_needs_two_things_is_not_told_of_one(english: str, korean: str) -> None:
    phrase = grammar(english).phrase(0)
    assert phrase is not None
    assert phrase.text == korean


def test_an_acronym_that_names_more_than_the_noun_before_it_is_not_hung_on_it() -> None:
    phrase = grammar("a verifier on hidden states (VHS)").phrase(0)
    assert phrase is None or "VHS" not in phrase.text


@pytest.mark.parametrize(
    "english",
    [
        "the blorpy wug",
        "several times higher accuracy",
        "a framework wug",
        "individuals accuracy wug",
        "understanding long videos",
        "a comparison of models with humans",  # no property of the models
        "the alignment of models with images",
        "a Wug-guided model",
        "a multi-Wug model",
        "a Wuggish-Frobber-based model",
        "an accuracy of 95% and 96%",
        "a model of 350 cases",
        "models based in Seoul",
        "the use of models and the design of benchmarks",
        "models and wugs",
        "a number of wugs",
        "a set of wugs",
        "the effect of wugs on speech",
        "",
    ],
)
def test_a_phrase_with_a_word_that_is_not_known_is_left_alone(english: str) -> None:
    assert grammar(english).phrase(0) is None


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        (
            OfferFact(name="FooNet", phrase="a novel method for image generation."),
            "FooNet은 이미지 생성을 위한 새로운 방법입니다.",
        ),
        (
            OfferFact(verb="propose", phrase="a framework that improves translation quality."),
            "번역 품질을 개선하는 프레임워크를 제안합니다.",
        ),
        (OfferFact(phrase="a novel framework."), ""),
        (OfferFact(phrase="the wug of frobs."), ""),
        (
            StudyFact(verb="analyze", phrase="the effect of noise on speech recognition."),
            "잡음이 음성 인식에 미치는 효과를 분석했습니다.",
        ),
        (
            StudyFact(verb="investigate", phrase="how language models represent knowledge."),
            "언어 모델이 지식을 표현하는 방식을 조사했습니다.",
        ),
        (
            StudyFact(verb="aim", phrase="utilize machine learning to predict radiation levels."),
            "기계학습을 이용해 방사선 수준을 예측하는 것을 목표로 합니다.",
        ),
        (StudyFact(verb="aim", phrase="introduce the community to fairness."), ""),
        (
            OfferFact(verb="propose", phrase="metrics to measure performance and conduct an evaluation."),
            "성능을 측정하는 지표를 제안합니다.",
        ),
        (
            FindingFact(verb="show", clause="our method reduces memory usage by 40%."),
            "이 방법이 메모리 사용량을 40% 줄임을 보였습니다.",
        ),
        (
            DeedFact(name="FooNet", predicate="outperforms existing models on ImageNet.", measured=True),
            "FooNet은 ImageNet에서 기존 모델을 능가했습니다.",
        ),
        (DeedFact(kind="framework", predicate="fails to frobnicate."), ""),
        (
            ResultFact(name="FooNet", outcome="reach", metric="accuracy", amount="95.3%", place="ImageNet"),
            "FooNet은 ImageNet에서 정확도 95.3%를 기록했습니다.",
        ),
        (
            ResultFact(kind="method", outcome="reach", metric="F1 score", amount="over 90%"),
            "이 방법은 F1 점수 90% 이상을 기록했습니다.",
        ),
        (
            ResultFact(name="FooNet", outcome="lower", metric="memory usage", amount="30%", rival="LoRA"),
            "FooNet은 LoRA보다 메모리 사용량을 30% 줄였습니다.",
        ),
        (
            ResultFact(outcome="raise", metric="accuracy", amount="5 percentage points"),
            "정확도를 5%p 높였습니다.",
        ),
        (
            ResultFact(outcome="raise", metric="accuracy", amount="5 percentage points", after_data=True),
            "제안한 방법은 정확도를 5%p 높였습니다.",
        ),
        (
            ResultFact(kind="model", outcome="best", place="ImageNet", after_data=True),
            "제안한 모델은 ImageNet에서 최고 수준의 성능을 기록했습니다.",
        ),
        (
            ResultFact(outcome="shown", metric="superior performance", place="ImageNet", after_data=True),
            "ImageNet에서 제안한 방법의 우수한 성능을 확인했습니다.",
        ),
        (ReleaseFact(goods=("data",), name="Foo200K"), "Foo200K 데이터를 공개했습니다."),
        (ReleaseFact(goods=("data",), name="Foo-Dataset"), "Foo-Dataset을 공개했습니다."),
        (NamedFact(name="FooNet", verb="propose", kind="method"), "FooNet 방법을 제안합니다."),
        (
            ResultFact(
                kind="model",
                outcome="beat",
                rival="existing methods such as FedAvg and FedBN",
                place="terms of accuracy",
            ),
            "이 모델은 정확도 면에서 FedAvg, FedBN 등 기존 방법을 능가했습니다.",
        ),
        (
            ResultFact(name="FooNet", outcome="beat", rival="recent frobbing wug models"),
            "FooNet은 비교한 기존 방법을 능가했습니다.",
        ),
        (ResultFact(name="FooNet", outcome="beat", rival="the wug of frobs"), ""),
        (ResultFact(name="FooNet", outcome="beat", rival="existing methods", place="frobbed wugs"), ""),
        (
            ResultFact(name="FooNet", outcome="best", place="the MIND wuggishly frobbed datasets"),
            "FooNet은 MIND 데이터셋에서 최고 수준의 성능을 기록했습니다.",
        ),
        (
            ResultFact(kind="approach", outcome="speed", amount="up to 3x", rival="existing methods"),
            "이 접근법은 기존 방법보다 최대 3배 빨라졌습니다.",
        ),
        (
            ResultFact(name="FooBench", outcome="hold", metric="images", amount="1,200"),
            "FooBench는 이미지 1,200장으로 구성됩니다.",
        ),
        (ResultFact(outcome="hold", metric="images", amount="1,200"), ""),
        (ResultFact(name="FooNet", outcome="reach", metric="wugs", amount="95%"), ""),
        (HopeFact(hope="left", phrase="image editing"), "이미지 편집을 향후 과제로 남겼습니다."),
        (HopeFact(hope="directions", phrase=""), ""),
        (HopeFact(hope="directions", phrase="language models"), ""),
        (HopeFact(hope="limits", phrase=""), ""),
        (HopeFact(hope="way", phrase="autonomous driving."), "자율주행을 위한 길을 연다고 봅니다."),
        (
            HopeFact(hope="potential", phrase="improve translation quality."),
            "번역 품질을 개선할 가능성이 있다고 봅니다.",
        ),
        (HopeFact(hope="later", phrase="the wug of frobs"), ""),
        (ReleaseFact(goods=("code", "data")), "코드와 데이터를 공개했습니다."),
        (ReleaseFact(goods=("model",), promised=True), "모델을 공개할 예정입니다."),
        (HeadlineFact(title="OpenAI launches new voice mode"), "OpenAI가 새로운 음성 모드를 출시했습니다."),
        (HeadlineFact(title="Apple to acquire chip startup"), "애플이 칩 스타트업을 인수할 예정입니다."),
        (
            TopicFact(title="image generation with diffusion models", paper=True),
            "이미지 생성을 다룬 논문입니다.",
        ),
        (
            TopicFact(title="How Google wugs against OpenAI", paper=False),
            "구글과 OpenAI 관련 과정이나 방식을 다룬 글입니다.",
        ),
        (TopicFact(title="The lost art of wugs", paper=False), ""),
        (TopicFact(title="Wug: LLMs can Control Lengths, Copy and Wug", paper=True), ""),
        (
            TopicFact(title="Frobnicating Truly Trusted LLMs", paper=True, loose=True),
            "거대언어모델을 다룬 논문입니다.",  # no trusted LLM
        ),
        (
            TopicFact(
                title="Wugs of FooNet: a comparative study of diffusion models", paper=True, loose=True
            ),
            "확산 모델을 다룬 논문입니다.",  # a name and a kind of study say nothing of the matter
        ),
        (TopicFact(title="FooNet and BarNet", paper=True, loose=True), ""),
        (
            TopicFact(title="Where are the wugs of image classification?", paper=True, loose=True),
            "이미지 분류를 다룬 논문입니다.",
        ),
        (TopicFact(title="Where are the wugs of image classification?", paper=True), ""),
        (NamedFact(name="FooNet", kind="framework"), "FooNet 프레임워크를 제안합니다."),
        (NamedFact(name="FooNet", kind="wug"), ""),
        (NamedFact(name="FooNet", kind="framework", task="the wug of frobs"), ""),
        (
            NamedFact(name="FooNet", kind="framework", task="image generation"),
            "이미지 생성을 위한 FooNet 프레임워크를 제안합니다.",
        ),
        (StudyFact(verb="aim", phrase="use wugs to improve translation quality"), ""),
        (StudyFact(verb="compare", phrase="the wug of frobs"), ""),
        (StudyFact(verb="compare", phrase="language models to wugs"), ""),
        (
            StudyFact(verb="evaluate", phrase="language models on translation"),
            "번역에서 언어 모델을 평가했습니다.",
        ),
        (StudyFact(verb="evaluate", phrase="the wug of frobs"), ""),
        (StudyFact(verb="study", phrase="the wug of frobs"), ""),
        (StudyFact(verb="study", phrase="how wugs frobnicate"), ""),
        (
            StudyFact(verb="study", phrase="whether language models can generate images"),
            "언어 모델이 이미지를 생성할 수 있는지 연구했습니다.",
        ),
        (FindingFact(verb="show", clause="methods improve models"), ""),
        (DeedFact(name="FooNet", predicate="improves models"), ""),
        (
            ResultFact(name="FooNet", outcome="best", rival="other real-time methods"),
            "FooNet은 다른 실시간 방법과 비교해 최고 수준의 성능을 기록했습니다.",
        ),
        (ResultFact(name="FooNet", outcome="best", rival="the wug of frobs"), ""),
        (
            ResultFact(name="FooNet", outcome="beat", rival="existing methods", amount="5%"),
            "FooNet은 기존 방법보다 5% 앞선 성능을 보였습니다.",
        ),
        (ResultFact(name="FooNet", outcome="beat", rival="existing methods", amount="5"), ""),
        (ResultFact(name="FooNet", outcome="speed", amount="5%"), ""),
        (ResultFact(name="FooNet", outcome="reach", metric="accuracy", amount="3x"), ""),
        (ResultFact(name="FooNet", outcome="raise", metric="accuracy", amount="5"), ""),
        (ResultFact(name="FooNet", outcome="raise", metric="accuracy", amount="many"), ""),
        (ResultFact(name="FooNet", outcome="raise", metric="accuracy", amount="roughly speaking 5%"), ""),
        (ResultFact(name="FooNet", outcome="raise", metric="accuracy", amount="5%", place="average"), ""),
        (
            ResultFact(
                name="FooNet", outcome="raise", metric="accuracy", amount="5%", place="MNIST and ImageNet"
            ),
            "FooNet은 MNIST와 ImageNet에서 정확도를 5% 높였습니다.",
        ),
        (
            ResultFact(
                name="FooNet",
                outcome="raise",
                metric="accuracy",
                amount="5%",
                place="frobbed wuggish translation tasks",
            ),
            "FooNet은 번역 작업에서 정확도를 5% 높였습니다.",
        ),
        (
            ResultFact(
                name="FooNet", outcome="raise", metric="accuracy", amount="5%", place="frobbed wuggish wugs"
            ),
            "",
        ),
        (
            ResultFact(
                name="FooNet",
                outcome="raise",
                metric="accuracy",
                amount="5%",
                place="frobbed wuggish datasets",
            ),
            "FooNet은 여러 데이터셋에서 정확도를 5% 높였습니다.",
        ),
        (
            ResultFact(name="FooNet", outcome="raise", metric="accuracy", amount="5%", rival="prior wugs"),
            "",
        ),
        (
            ResultFact(
                name="FooNet", outcome="beat", rival="existing methods such as FedAvg and others", amount="5%"
            ),
            "",
        ),
        (  # two kinds of one thing are told; of "some are this, some are that" nothing is
            ResultFact(
                name="FooNet",
                outcome="beat",
                rival="existing models",
                place="both subject-driven and spatially-aligned conditional generation",
            ),
            "FooNet은 피사체 기반·공간 정렬 조건부 생성에서 기존 방법을 능가했습니다.",
        ),
        (
            ResultFact(
                name="FooNet",
                outcome="beat",
                rival="existing models",
                place="both synthetic and real datasets",
            ),
            "FooNet은 합성 데이터셋과 실제 데이터셋에서 기존 방법을 능가했습니다.",
        ),
        (
            ResultFact(
                name="FooNet", outcome="beat", rival="existing models", place="both qwxyz and real datasets"
            ),
            "",
        ),
        (
            OfferFact(name="FooNet", verb="propose", phrase="a prompt attack tailored to language models"),
            "FooNet은 언어 모델을 위한 프롬프트 공격 기법입니다.",
        ),
        (
            OfferFact(name="FooNet", verb="propose", phrase="a language model trained on image captions"),
            "FooNet은 이미지 캡션으로 학습한 언어 모델입니다.",
        ),
        (
            OfferFact(name="FooNet", verb="propose", phrase="a large dataset containing 2,300 image pairs"),
            "FooNet은 이미지 쌍 2,300개를 담는 대규모 데이터셋입니다.",
        ),
        (
            OfferFact(name="", verb="propose", phrase="a meta-learning based framework"),
            "메타 학습 기반 프레임워크를 제안합니다.",
        ),
        (
            OfferFact(name="", verb="propose", phrase="a natural language processing (NLP) based approach"),
            "",  # no natural language processing is proposed
        ),
        (
            OfferFact(name="", verb="propose", phrase="a text-to-4D scene generation framework"),
            "텍스트-4D 장면 생성 프레임워크를 제안합니다.",
        ),
        (
            OfferFact(name="", verb="propose", phrase="a framework based on Multi-functional Agents (FMA)"),
            "",  # FMA is the framework
        ),
        (
            StudyFact(verb="aim", phrase="enhance a price sentiment index"),
            "가격 감성 지수를 향상시키는 것을 목표로 합니다.",
        ),
        (
            StudyFact(verb="aim", phrase="apply image models for small graphs to large graphs"),
            "",  # to what they are applied, is left out
        ),
        (
            DeedFact(name="FooNet", predicate="removes label noise without the need for wugs"),
            "FooNet은 레이블 잡음을 제거합니다.",
        ),
        (
            DeedFact(name="FooNet", predicate="formulates both tracking and planning as wugs"),
            "",  # as what, belongs to it
        ),
        (
            StudyFact(verb="use", phrase="several datasets and different types of image generation"),
            "",  # types of what, is not sure of both
        ),
        (TopicFact(title="neural networks need a wug", paper=True), ""),  # a verb
        (
            DeedFact(
                name="FooNet", predicate="shows correlation with benchmarks and supports parameter tuning"
            ),
            "FooNet은 벤치마크와의 상관관계를 보입니다.",
        ),
        (
            ResultFact(
                name="FooNet", outcome="beat", rival="existing models", place="complete and incomplete graphs"
            ),
            "FooNet은 완전하거나 불완전한 그래프에서 기존 방법을 능가했습니다.",
        ),
        (TopicFact(title="Wugging Blorps by Surpassing Existing Diffusion Models", paper=True), ""),
        (
            OfferFact(
                name="",
                verb="propose",
                phrase="a graph framework that relies on a frozen encoder and optimization of the field",
            ),
            "",  # only the optimization is of it
        ),
        (
            StudyFact(verb="assess", phrase="the impact of pre-training on medical datasets"),
            "사전 학습의 영향을 평가했습니다.",  # of training on these, or what it does to them
        ),
        (
            StudyFact(verb="explore", phrase="the impact of fine-tuning encoders on the performance"),
            "인코더를 미세조정할 때의 영향을 탐구했습니다.",
        ),
        (
            TopicFact(title="language model alignment in the face of label noise", paper=True),
            "언어 모델 정렬과 레이블 잡음을 다룬 논문입니다.",
        ),
        (
            ResultFact(name="FooNet", outcome="hold", amount="1,200", metric="carefully curated images"),
            "FooNet은 이미지 1,200장으로 구성됩니다.",
        ),
        (ResultFact(name="FooNet", outcome="hold", amount="24", metric="graph layers"), ""),
        (
            ResultFact(name="FooNet", outcome="beat", rival="existing models", place="scenarios"),
            "",  # which scenarios, is left out
        ),
        (
            ResultFact(name="FooNet", outcome="beat", rival="the state of the art"),
            "FooNet은 최신 방법을 능가했습니다.",
        ),
        (
            ResultFact(name="FooNet", outcome="beat", rival="language models"),
            "FooNet은 언어 모델을 능가했습니다.",
        ),
        (ResultFact(name="FooBench", outcome="hold", metric="images", amount="5%"), ""),
        (HopeFact(hope="limits", phrase="language models"), "언어 모델의 한계를 논의합니다."),
        (HopeFact(hope="potential", phrase="frobnicate the wugs."), ""),
        (HopeFact(hope="left", phrase=""), ""),
        (ReleaseFact(goods=("code", "data", "model")), "코드, 데이터와 모델을 공개했습니다."),
        (HeadlineFact(title="Mistral: a maker of wugs"), ""),
        (HeadlineFact(title="Mistral frobnicates the wugs"), ""),
        (
            TopicFact(title="Language Models for Healthcare: A Systematic Survey", paper=True),
            "의료를 위한 언어 모델에 대한 체계적 서베이입니다.",
        ),
        (
            TopicFact(title="Detecting Deepfakes in Videos: A Survey", paper=True),
            "비디오에서 딥페이크를 탐지하는 방법에 대한 서베이입니다.",
        ),
        (TopicFact(title="Wugs of Frobs: An Empirical Study", paper=True), ""),
        (
            TopicFact(title="Towards Efficient Image Generation", paper=True),
            "효율적인 이미지 생성을 지향하는 연구입니다.",
        ),
        (
            TopicFact(title="Detecting Deepfakes in Videos", paper=True),
            "비디오에서 딥페이크를 탐지하는 연구입니다.",
        ),
        (
            TopicFact(title="Can language models detect hallucinations?", paper=True),
            "언어 모델이 환각을 탐지할 수 있는지를 다룬 논문입니다.",
        ),
        (
            TopicFact(title="Why do language models hallucinate facts?", paper=True),
            "",
        ),
        (
            TopicFact(title="iterative training improves language models", paper=True),
            "반복적 학습이 언어 모델을 개선한다는 점을 다룬 논문입니다.",
        ),
        (
            TopicFact(title="graph networks for report generation", paper=True),
            "보고서 생성을 위한 그래프 네트워크를 다룬 논문입니다.",
        ),
        (
            TopicFact(title="comparing language models for qwxyz", paper=True),
            "언어 모델을 비교하는 연구입니다.",
        ),
        (
            ResultFact(kind="method", outcome="best", place="image generation", elsewhere=True),
            "이 방법은 최고 수준의 성능을 기록했습니다.",
        ),
    ],
)
def test_a_fact_becomes_one_sentence_or_none(fact: Fact, sentence: str) -> None:
    assert sentence_of(fact) == sentence


def test_the_glossary_covers_the_field_and_names_nothing_twice() -> None:
    words = glossary()
    assert len(words.noun) > 1_500
    assert len(words.modifier) > 500
    assert len(words.verb) > 200
    assert all(korean for table in (words.noun, words.modifier, words.verb) for korean in table.values())


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        (DeedFact(name="KnowBias", predicate="identifies neurons encoding bias knowledge."), ""),
        (DeedFact(name="RedBench", predicate="employs a standardized taxonomy with 22 risk categories."),
         "RedBench는 위험 범주 22개를 갖춘 표준화된 분류 체계를 사용합니다."),
        (OfferFact(name="Nomi", phrase="the first diffusion-based framework that iteratively frobs trees"),
         "Nomi는 확산 기반 프레임워크입니다."),
        (OfferFact(name="Nomi", phrase="the first diffusion-based framework for image editing."),
         "Nomi는 이미지 편집을 위한 최초의 확산 기반 프레임워크입니다."),
        (OfferFact(name="Nomi", phrase="a framework for training recruitment proactive dialogue agents."),
         "Nomi는 채용 선제적 대화 에이전트를 학습시키는 프레임워크입니다."),
        (StudyFact(verb="compare", phrase="the performance of Generative Adversarial Networks (GANs) and"
                   " Diffusion Models (DMs)."),
         "생성적 적대 신경망(GAN)과 확산 모델(DM)의 성능을 비교했습니다."),
        (StudyFact(verb="address", phrase="a critical need in education."), ""),
        (StudyFact(verb="explore", phrase="the challenge of building ``Machines that Can Remember''."), ""),
        (StudyFact(verb="evaluate", phrase="MGRAL's active learning performance."),
         "MGRAL의 능동 학습 성능을 평가했습니다."),
        (FindingFact(verb="show", clause="LLMs exhibit high consistency in language understanding at the"
                     " level of graph structure."), ""),
        (OfferFact(phrase="a score that identifies Gaussians with low contribution to the scene."), ""),
        (ResultFact(name="Nomi", outcome="best", again=True), "최고 수준의 성능을 기록했습니다."),
        (TopicFact(title="Leveraging large language models for identifying knowledge components", paper=True),
         "지식 구성 요소를 식별하기 위해 거대언어모델을 활용하는 연구입니다."),
        (TopicFact(title="Image segmentation", paper=True,
                   offered=NamedFact(name="", kind="method")), "이미지 분할을 다룬 논문입니다."),
        (TopicFact(title="semantic movie recommendation enhanced by ChatGPT results", paper=True),
         "의미적 영화 추천을 다룬 논문입니다."),
        (OfferFact(phrase="a novel metric to quantify frobnication by counting."), ""),
        (OfferFact(phrase="a diffusion model (XQ) network to generate videos."), ""),
        (TopicFact(title="frobnicating intelligence as a game engine for wugs", paper=True), ""),
        (TopicFact(title="blorpy augmentation for reduced reliance on labeled data", paper=True), ""),
        (TopicFact(title="editing models for image generation", paper=True),
         "이미지 생성을 다룬 논문입니다."),
        (TopicFact(title="image classification and object detection", paper=True,
                   offered=NamedFact(name="FooNet", kind="framework")),
         "이미지 분류와 객체 탐지를 다룬 논문입니다."),
        (StudyFact(verb="examine", phrase="short and long-form question answering."), ""),
        (OfferFact(phrase="partitioning, pipelining, and RPC coalescing software techniques."), ""),
        (HopeFact(hope="way", phrase="building more secure digital substations."), ""),
        (StudyFact(verb="evaluate", phrase="the capacity of LLMs to generate code."),
         "코드를 생성하는 LLM의 능력을 평가했습니다."),
        (StudyFact(verb="consider", phrase="an analogy: can we do it?"), ""),
        (StudyFact(verb="compare", phrase="Indic language performance across evaluation datasets."),
         "평가 데이터셋 전반에서 인도계 언어 성능을 비교했습니다."),
        (OfferFact(phrase="a novel approach to semantic QA over EHRs."),
         "의미적 QA에 대한 새로운 접근법을 제안합니다."),
        (TopicFact(title="Sparse local fields for multi-sensor rendering", paper=True),
         "다중 센서 렌더링을 위한 희소 국소 필드를 다룬 논문입니다."),
        (TopicFact(title="Incorporating implication into NLI", paper=True),
         "NLI에 함의를 통합하는 연구입니다."),
        (OfferFact(phrase="a self-attention term, encouraging the model to generate compact features."), ""),
        (StudyFact(verb="evaluate", phrase="17 LCLMs on LongProc."),
         "LongProc에서 LCLM 17개를 평가했습니다."),
        (OfferFact(phrase="a domain aligning mechanism that picks sources."), ""),
        (StudyFact(verb="aim", phrase="verify the common practice of augmenting the dataset with a view to"
                   " introducing more variation."),
         "데이터셋을 보강하는 통상적 관행을 검증하는 것을 목표로 합니다."),
        (DeedFact(name="Nomi", predicate="promotes personalized learning by empowering students with tests."),
         "Nomi는 개인화된 학습을 촉진합니다."),
        (OfferFact(phrase="a strategy for MMHCVRP to stabilize training."), ""),
        (OfferFact(phrase="a fully rigorous framework for constrained training."),
         "제약이 있는 학습을 위한 엄밀한 프레임워크를 제안합니다."),
        (OfferFact(name="Gym", phrase="a benchmark with 10 environments."),
         "Gym은 환경 10개를 갖춘 벤치마크입니다."),
        (OfferFact(phrase="a strategy for unknown rejection."), "미지 클래스 거부를 위한 전략을 제안합니다."),
        (OfferFact(phrase="the Exponentially moving RX algorithm (ERX)"), ""),
        (OfferFact(phrase="a nuanced framework for translation quality assessment"),
         "번역 품질 평가를 위한 세밀한 프레임워크를 제안합니다."),
        (OfferFact(phrase="a filter based on regular geometry"), ""),
        (OfferFact(phrase="the Kalman Filter (KF) and the LiDAR odometry based on KF."),
         "KF와 LiDAR 오도메트리를 제안합니다."),
        (OfferFact(phrase="a method for Instruction-guided Image Editing"),
         "지시 유도 이미지 편집을 위한 방법을 제안합니다."),
        (OfferFact(verb="introduce", phrase="random perturbations to policy actions"), ""),
        (OfferFact(phrase="a training-free method that frobs trees."), ""),
        (OfferFact(name="Nomi", phrase="a pipeline that achieves state-of-the-art performance in wug"), ""),
        (StudyFact(verb="explore", phrase="a fine-grained approach to frobbing trees"), ""),
        (StudyFact(verb="identify", phrase="key research gaps."), ""),
        (StudyFact(verb="aim", phrase="enable a robot for mobile grasping."), ""),
        (StudyFact(verb="aim", phrase="enhance safety for autonomous agents."),
         "자율 에이전트의 안전성을 향상시키는 것을 목표로 합니다."),
        (OfferFact(phrase="a framework for analyzing neural networks using tools from algebra."),
         "신경망을 분석하는 프레임워크를 제안합니다."),
        (OfferFact(phrase="a method that guides diffusion models."),
         "확산 모델을 유도하는 방법을 제안합니다."),
        (DeedFact(name="SFG", predicate="achieves state-of-the-art FID and BLEU metrics.", measured=True),
         "SFG는 최고 수준의 FID와 BLEU 지표를 달성했습니다."),
        (FindingFact(verb="show", clause="context leads to a significant impact on image generation."),
         "맥락이 이미지 생성에 큰 영향을 줌을 보였습니다."),
        (ResultFact(name="Nomi", outcome="beat", rival="these metrics"), ""),
        (ResultFact(name="Nomi", outcome="speed", amount="3x", metric="inference"),
         "Nomi는 추론 속도가 3배 빨라졌습니다."),
        (ResultFact(name="Nomi", outcome="speed", amount="3x"), ""),
        (OfferFact(phrase="an algorithm for parsing sentences into dependency trees."),
         "의존성 트리로 문장을 파싱하는 알고리즘을 제안합니다."),
        (OfferFact(phrase="a fundamentally different approach to image editing."),
         "이미지 편집에 대한 다른 접근법을 제안합니다."),
        (OfferFact(phrase="a dataset of three domain-inspired rules."),
         "도메인에서 착안한 세 가지 규칙의 데이터셋을 제안합니다."),
        (OfferFact(phrase="a verifier to eliminate solutions that do not match."), ""),
        (OfferFact(phrase="a method for metric depth recovery."), "절대 깊이 복원을 위한 방법을 제안합니다."),
        (OfferFact(phrase="Nomi participation"), ""),
        (StudyFact(verb="apply", phrase="significance testing."), "유의성 검정을 적용했습니다."),
        (StudyFact(verb="examine", phrase="the effect of various components in data on each item"), ""),
        (StudyFact(verb="compare", phrase="image segmentation against LoRA."),
         "LoRA와 이미지 분할을 비교했습니다."),
        (DeedFact(name="Nomi", predicate="comprises three types of memory."),
         "Nomi는 세 가지 유형의 메모리를 포함합니다."),
        (DeedFact(name="Nomi", predicate="achieves an Area Under the Curve (AUC) of 0.8.", measured=True),
         ""),
        (DeedFact(name="Nomi", predicate="achieves these significant domain gains.", measured=True), ""),
        (DeedFact(name="Nomi", predicate="learns features through denoising and enabling training."), ""),
        (DeedFact(name="Nomi", predicate="provides a foundation for interpretable language models."),
         "Nomi는 해석 가능한 언어 모델의 토대를 제공합니다."),
        (OfferFact(phrase="a method that integrates attention UNet and multidimensional input."),
         "어텐션 UNet과 다차원 입력을 통합하는 방법을 제안합니다."),
        (DeedFact(name="Nomi", predicate="reduces inference time by a factor of 46 (or so)", measured=True),
         ""),
        (StudyFact(verb="analyze", phrase="the normal modeling in 3DGS."), ""),
        (OfferFact(phrase="a robust first layer."), "강건한 첫 번째 레이어를 제안합니다."),
        (ResultFact(name="IRONet", outcome="best", place="our IRON dataset"),
         "IRONet은 IRON 데이터셋에서 최고 수준의 성능을 기록했습니다."),
    ],
)  # fmt: skip
def test_what_was_read_wrongly_once_is_told_rightly_or_left_out(fact: Fact, sentence: str) -> None:
    assert sentence_of(fact) == sentence


def test_a_sentence_too_long_to_see_what_belongs_to_what_is_not_told() -> None:
    long = "a lightweight framework that combines image segmentation, image generation, image editing, "
    long += "natural language generation, natural language understanding, text generation, "
    assert sentence_of(OfferFact(name="", verb="propose", phrase="a framework for image segmentation"))
    assert not sentence_of(
        OfferFact(
            name="Wug",
            verb="propose",
            phrase=f"{long}video generation, video editing, and speech recognition",
        )
    )


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Large models have emerged as a basis, paving the way for new applications.", None),
        ("Our results show that models have become fast, paving the way for applications.", "way"),
    ],
)
def test_what_others_paved_the_way_for_is_no_impact_of_the_work(text: str, fact: str | None) -> None:
    hope = impact(text)
    assert (hope.hope if hope else None) == fact


@pytest.mark.parametrize("name", ["news frame", "news sentence"])
def test_what_a_frame_fills_in_stands_in_its_english(name: str) -> None:
    slot = re.compile(r"\{(\w\d?)[:}]")
    unfilled = {
        english: korean
        for english, korean in table(name).items()
        if not set(slot.findall(korean)) <= set(slot.findall(english))
    }
    assert unfilled == {}
