"""Questions: what they ask for, in two languages, whatever somebody types."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.ask.answer import (
    LONGEST,
    ArchivedStory,
    Respondent,
    Said,
    SaidAnswer,
    is_author,
    is_named,
    parse_question,
    scored_extracts,
)
from daybrief.model import Claim
from daybrief.testing.editions import DAY, item
from daybrief.whole import FullText, TextPassage


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


CLAIM = Claim(
    text="Sparse experts save memory.", part="finding", quotes=(), stories=("s",), language="en"
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "named", "kept"),
    [
        ("Sparse experts save memory.", ["c1"], True),
        ("Sparse experts save memory.", ["c1", "c1"], True),
        ("Sparse experts save memory.", [], False),
        ("Sparse experts save memory.", ["c2"], False),
        ("Sparse experts save memory.", ["c1", "c2"], False),
        ("Quantum relays fail at night.", ["c1"], False),
        ("Sparse experts save memory", ["c1"], False),
        ("See https://evil.example for sparse experts.", ["c1"], False),
    ],
)
def test_a_model_may_say_only_what_a_claim_that_it_names_says(
    sentence: str, named: list[str], kept: bool
) -> None:
    answer = SaidAnswer(sentences=[Said(sentence=sentence, claims=named)])
    claims = Respondent("What do sparse experts save?", "en").supported([CLAIM], answer)
    assert [claim.stories for claim in claims] == ([("s",)] if kept else [])


def test_a_section_of_the_whole_text_may_answer_and_a_comment_may_not() -> None:
    passages = (
        TextPassage(role="limitations", title="5 Limitations", text="Sparse experts were tested on speech."),
        TextPassage(role="comment", title="comment 1", text="Sparse experts on speech are a scam.", by="x"),
    )
    paper = item(
        1, "Sparse experts", "We propose them.", whole=FullText(form="html", url="u", passages=passages)
    )
    story = ArchivedStory(id="s", title=paper.title, url=paper.url, day=DAY, items=(paper,))
    extracts = scored_extracts(parse_question("Were sparse experts tested on speech?"), [story])
    sections = {q.section for extract in extracts for q in extract.claim.quotes if q.field == "whole"}
    assert sections == {"5 Limitations"}


def test_a_sentence_without_the_fact_that_is_asked_for_is_worth_less_than_one_with_it() -> None:
    paper = item(
        1, "Sparse experts", "Sparse experts were released in 2024. Sparse experts were released to all."
    )
    story = ArchivedStory(id="s", title=paper.title, url=paper.url, day=DAY, items=(paper,))
    worth = {
        extract.claim.text: extract.worth
        for extract in scored_extracts(parse_question("When were sparse experts released?"), [story])
    }
    assert worth["Sparse experts were released in 2024."] > worth["Sparse experts were released to all."]


@pytest.mark.parametrize(
    ("name", "title", "named"),
    [
        ("Tülu 3", "TÜLU 3: Pushing Frontiers in Open Language Model Post-Training", True),
        ("FFA Sora", "FFA Sora, video generation as fundus fluorescein angiography simulator", True),
        ("the agent company", "TheAgentCompany: Benchmarking LLM Agents", True),
        ("DeepSeek-V3", "DeepSeek-V3 Technical Report", True),
        ("CAG: Chunked Augmented Generation", "CAG: Chunked Augmented Generation for Gemini Nano", True),
        ("helmet detection with hybrid YOLO pipelines", "Helmet Detection with Hybrid YOLO Pipelines", True),
        ("graph neural networks", "Graph Neural Networks Are Evolutionary Algorithms", False),
        ("Transformer", "Transformer-Based Contrastive Meta-Learning", False),
        ("Mixtral", "Evaluating Mixtral and its kin", False),
        ("Tülu 4", "TÜLU 3: Pushing Frontiers in Open Language Model Post-Training", False),
        ("", "Anything", False),
    ],
)
def test_a_name_means_the_paper_that_it_heads_and_no_other_that_speaks_of_it(
    name: str, title: str, named: bool
) -> None:
    assert is_named(name, title) == named


@pytest.mark.parametrize(
    ("name", "author", "same"),
    [
        ("Barbara Plank", "Barbara Plank", True),
        ("plank", "Barbara Plank", True),
        ("Plank Barbara", "Barbara Plank", True),
        ("Frederic Bechet", "Frédéric Béchet", True),
        ("Barbara", "Barbara Plank", False),
        ("Anna Plank", "Barbara Plank", False),
        ("", "Barbara Plank", False),
    ],
)
def test_an_author_is_known_by_the_whole_name_or_the_family_name(name: str, author: str, same: bool) -> None:
    assert is_author(name, author) == same
