"""Facts: what a question asks for, and which sentence could tell it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.ask.facts import RecordQuestion, fact_of, record_question

HELD = (
    ("What learning rate does X use?", "We train with a learning rate of 0.001."),
    ("LIBER의 학습률은 얼마인가요?", "The learning rate is 3e-4."),
    ("How many datasets were used?", "Evaluations on ten real-world multimodal datasets show it."),
    ("데이터셋 몇 개에서 평가했나요?", "It is evaluated on three public datasets."),
    ("몇 개의 데이터셋에서 평가했나요?", "데이터셋 10개에서 평가했다."),
    ("MiniKV는 GPU를 몇 장 썼나요?", "Training took 8 GPUs for a day."),
    ("How many parameters does it have?", "A model of 7 billion parameters."),
    ("How many papers does X search?", "X finds passages in 45 million open-access papers."),
    ("X는 논문을 몇 편 검색하나?", "X finds passages in 45 million open-access papers."),
    ("How many kinds of tasks does it cover?", "It covers eleven tasks."),
    ("Which year was it released?", "It was released in 2024."),
    ("What percentage of cases does it solve?", "It solves 51% of the cases."),
    ("By how many percent did it rise?", "Play time rose by 7.69%."),
    ("재생 시간을 몇 퍼센트 늘렸나요?", "Play time rose by 7.69%."),
    ("On which dataset was it evaluated?", "We reach the state of the art on the Waymo dataset."),
    ("어떤 데이터셋에서 평가했나요?", "Experiments on the ScanNet dataset demonstrate it."),
    ("Which GPUs was it trained on?", "We train on eight H100 cards."),
    ("When was it released?", "It was released in March 2024."),
    ("언제 공개되었나요?", "It was released in 2024."),
    ("Who funded it?", "The work was funded by a grant of the council."),
    ("누가 자금을 댔나요?", "This is supported by the council."),
    ("Who wrote this?", "A survey of agents, written by Ada Lovelace."),
    ("Who developed Tülu 3?", "The model was developed at the Allen Institute."),
    ("Where has it been deployed?", "It has been deployed on Huawei's music service."),
    ("How much does it cost?", "A run costs $12."),
    ("요금은 얼마인가요?", "It costs 5 dollars a month."),
    ("How long does training take?", "Training takes 3 hours."),
    ("학습에 몇 시간이 걸렸나요?", "Training takes 3 hours."),
    ("How large is it?", "It holds 3.9 million rows."),
    ("Under which licence is it released?", "The code is released under the MIT licence."),
    ("What programming language is it written in?", "A toolkit in Python."),
    ("Which optimizer does it use?", "We train it with AdamW."),
    ("What is the context window of the model?", "It has a context window of 128K tokens."),
    ("Which university are they at?", "A group at Stanford University built it."),
    ("어느 대학에서 만들었나요?", "A group at Stanford University built it."),
    ("얼마나 빨라졌나요?", "It is 2.5 times faster."),
    ("몇 배 빨라졌나요?", "It is 2.5 times faster."),
)
LACKING = (
    ("How many papers does X search?", "The benchmark comprises 2,967 queries and 208 long answers."),
    ("How many papers does X search?", "X outperforms GPT-4o by 5% and PaperQA2 by 7%."),
    ("X는 논문을 몇 편 검색하나?", "The benchmark comprises 2,967 queries and 208 long answers."),
    ("Which year was it released?", "It was released recently."),
    ("What percentage of cases does it solve?", "It solves many of the cases."),
    ("What learning rate does X use?", "We train with AdamW on 8 GPUs."),
    ("What learning rate does X use?", "The hit rate is 51%."),
    ("LIBER의 학습률은 얼마인가요?", "We propose LIBER, which includes three modules."),
    ("How many patients took part?", "It was evaluated on three public datasets of patients."),
    ("How many images were used?", "Given a single-view input image, we generate multiple views."),
    ("환자는 몇 명인가요?", "It was evaluated on three public datasets."),
    ("How many GPUs were used?", "GPT-4 is a model in 3D."),
    ("On which dataset was it evaluated?", "Experiments on several public datasets show gains."),
    ("When was it released?", "It was released recently."),
    ("Who funded it?", "The method builds on the foundation of FineWeb."),
    ("Who wrote OpenScholar?", "We introduce OpenScholar, a specialised model for GPT-4 and Llama."),
    ("Who are the authors of OpenScholar?", "We introduce OpenScholar, a model for Llama."),
    ("LaVin-DiT는 누가 썼어?", "This paper presents the Large Vision Diffusion Transformer (LaVin-DiT)."),
    (
        "LaVin-DiT의 저자는 누구인가요?",
        "This paper presents the Large Vision Diffusion Transformer (LaVin-DiT).",
    ),
    ("누가 돈을 댔나요?", "We introduce a dataset tailored for Chinese."),
    ("How much did it cost?", "It is trained on 12 datasets."),
    ("How long does training take?", "Training is fast."),
    ("By how many percent did it rise?", "It rose by 3 points over two baselines."),
    ("Which GPUs was it trained on?", "It was trained on videos."),
    ("어떤 GPU에서 학습했나요?", "It was trained on videos."),
    ("Under which licence is it released?", "The code is released."),
    ("What programming language is it written in?", "A toolkit for e-scooters."),
    ("Which optimizer does it use?", "We optimize for several metrics."),
    ("Where has it been deployed?", "It has been deployed with success."),
    ("Who developed Tülu 3?", "We develop Tülu 3, a family of models."),
)


@pytest.mark.parametrize(("question", "sentence"), HELD)
def test_a_sentence_that_holds_the_fact_may_tell_it(question: str, sentence: str) -> None:
    fact = fact_of(question)
    assert fact is not None
    assert fact.may_stand_in(sentence)


@pytest.mark.parametrize(("question", "sentence"), LACKING)
def test_a_sentence_that_lacks_the_fact_may_not_tell_it(question: str, sentence: str) -> None:
    fact = fact_of(question)
    assert fact is not None
    assert not fact.may_stand_in(sentence)


@pytest.mark.parametrize(
    "question",
    ["What does Tülu 3 do?", "How do agents fail when tools break?", "Why do factorizers need noise?",
     "When should I use LoRA?", "What is FineWeb?", "Is a relay more efficient than a RIS?",
     "How safe is it?", "Which problems remain?", "What are the limitations of RAG?", "LoRA는 언제 쓰나요?",
     "얼마나 잘 푸나요?",
     "어떤 영향을 주나요?", "환각을 줄이는 방법은?", "무엇인가요?", "", "which", "몇", "how"],
)  # fmt: skip
def test_a_question_for_no_fact_asks_for_none(question: str) -> None:
    assert fact_of(question) is None


@pytest.mark.parametrize(
    "question",
    ["how much " * 20_000, "which " * 20_000, "몇 개 " * 50_000, "얼마 " * 50_000, "어떤 " * 50_000,
     "누가" + "가" * 100_000, "a" * 100_000, "what is the " * 9_000],
)  # fmt: skip
def test_a_long_question_is_soon_read(question: str) -> None:
    start = time.perf_counter()
    fact_of(question)
    assert time.perf_counter() - start < 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=200))
def test_any_string_is_a_question_and_any_string_a_sentence(question: str, sentence: str) -> None:
    for phrase in (
        question,
        f"How many {question}",
        f"Which {question}",
        f"{question} 몇 개",
        f"어떤 {question}",
    ):
        fact = fact_of(phrase)
        assert fact is None or fact.may_stand_in(sentence) in (True, False)


@pytest.mark.parametrize(
    ("question", "answer", "lacking"),
    [
        ("When is the ICLR 2025 deadline?", "The deadline is September 27.", "The ICLR deadline is strict."),
        ("When will GPT-5 come out?", "GPT-5 will come out next year.", "GPT-5 will come out soon."),
        ("When was GPT-4 released?", "OpenAI released GPT-4 on Tuesday.", "GPT-4 was released to praise."),
        ("Since when does Claude use computers?", "Claude uses them since October.", "Claude uses them now."),
        (
            "Who is the CEO of Nvidia?",
            "The CEO of Nvidia is Jensen Huang.",
            "The CEO of Nvidia spoke on Monday.",
        ),
        (
            "Who leads OpenAI?",
            "The company OpenAI is led by Sam Altman.",
            "In March, OpenAI changed how it is led.",
        ),
        ("Who wrote the report?", "It was written by Ada Lovelace.", "The report was written in May."),
        ("How many parameters has it?", "It has 405B parameters.", "It has many parameters."),
    ],
)
def test_an_answer_to_when_who_or_how_many_holds_a_date_a_name_or_a_number(
    question: str, answer: str, lacking: str
) -> None:
    fact = fact_of(question)
    assert fact is not None
    assert (fact.may_stand_in(answer), fact.may_stand_in(lacking)) == (True, False)


RECORDS = [
    ("Who wrote the Sparrow paper?", "authors", "Sparrow", ""),
    ("Who are the authors of “Sparse experts”?", "authors", "Sparse experts", ""),
    ("Sparrow는 누가 썼나요?", "authors", "Sparrow", ""),
    ("누가 Sparrow 논문을 썼지?", "authors", "Sparrow", ""),
    ("Sparrow를 만든 사람은 누구야?", "authors", "Sparrow", ""),
    ("How many authors does Sparrow have?", "count-authors", "Sparrow", ""),
    ("Sparrow의 저자는 몇 명인가?", "count-authors", "Sparrow", ""),
    ("When did Sparrow appear on arXiv?", "date", "Sparrow", ""),
    ("Sparrow 논문은 언제 나왔어?", "date", "Sparrow", ""),
    ("Sparrow가 올라온 날짜는?", "date", "Sparrow", ""),
    ("How many papers did Ada Lovelace write?", "count-by", "Ada Lovelace", ""),
    ("Ada Lovelace가 쓴 논문은 몇 편이야?", "count-by", "Ada Lovelace", ""),
    ("Which papers did Ada Lovelace write?", "papers-by", "Ada Lovelace", ""),
    ("Ada Lovelace가 쓴 논문을 보여 줘", "papers-by", "Ada Lovelace", ""),
    ("How many papers were collected on 26 November 2024?", "collected", "26 November 2024", ""),
    ("11월 26일에 모인 논문은 몇 편인가?", "collected", "11월 26일", ""),
    ("How many papers are about sparse experts?", "count", "sparse experts", ""),
    ("희소 전문가를 다룬 논문은 몇 편?", "count", "희소 전문가", ""),
    ("“언어 모델”을 다룬 논문은 몇 편이야?", "count", "언어 모델", ""),
    ("Which papers are about the GLUE benchmark?", "papers", "GLUE benchmark", ""),
    ("Are there any papers on sparse experts?", "papers", "sparse experts", ""),
    ("희소 전문가에 관한 논문을 찾아 줘", "papers", "희소 전문가", ""),
    ("What does Sparrow release?", "release", "Sparrow", ""),
    ("Sparrow는 코드를 공개했나?", "release", "Sparrow", ""),
    ("Compare Sparrow and Robin", "compare", "Sparrow", "Robin"),
    ("Sparrow와 Robin의 차이는?", "compare", "Sparrow", "Robin"),
]


@pytest.mark.parametrize(("question", "asks", "about", "beside"), RECORDS)
def test_a_question_for_a_record_is_read_with_the_name_it_asks_about(
    question: str, asks: str, about: str, beside: str
) -> None:
    assert record_question(question) == RecordQuestion(asks=asks, about=about, beside=beside)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "question",
    ["How many GPUs were used to train Sparrow?", "Why did the authors use LoRA?", "Sparrow는 무엇을 하나?",
     "Sparrow를 학습하는 데 GPU가 몇 개 들었나?", "When should I use LoRA?", "Who benefits from it?",
     "How do experts and routers work?", "언제 LoRA를 쓰나?", ""],
)  # fmt: skip
def test_a_question_about_what_a_paper_says_is_none_for_its_record(question: str) -> None:
    assert record_question(question) is None
