"""The chosen sentences: exact, bounded, repeatable, and better than the first sentence."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.text.sentences import Sentence, sentences
from daybrief.writers.extractive.salience import (
    CANDIDATE_FEATURES,
    MOST_SENTENCES,
    WORD_FEATURES,
    candidates,
    choose,
    clips,
    rank,
    roles,
    weights,
)
from rouge import best, tokens

TITLE = "Adaptive Loss Scaling for Mixed Precision Training"
ABSTRACT = (
    "Mixed precision training is becoming practical. However, existing methods need a tuned scale. "
    "In this paper, we introduce adaptive loss scaling, which makes mixed precision training easier to use. "
    "Experiments show that it improves accuracy by 2%. Code will be released."
)
TEXTS = st.text(max_size=300) | st.lists(
    st.sampled_from(
        ["We propose a model", ", which", " works. ", "In this paper, ", "한국어 문장이다. ", "$x", "(", '"']
    ),
    max_size=30,
).map("".join)


@given(st.text(max_size=60), TEXTS, st.integers(0, 4), st.sampled_from(["en", "ko", ""]))
@settings(deadline=None)
def test_whatever_the_text_the_choice_is_exact_in_order_and_repeatable(
    title: str, text: str, most: int, language: str
) -> None:
    chosen = choose(title, text, most=most, language=language)
    assert chosen == choose(title, text, most=most, language=language)
    assert len(chosen) <= most
    assert bool(chosen) == bool(most and sentences(text))
    assert all(text[run.start : run.end] == run.text != "" for run in chosen)
    assert all(left.end <= right.start for left, right in pairwise(chosen))


@given(st.text(max_size=60), TEXTS)
@settings(deadline=None)
def test_every_sentence_gets_one_finite_score(title: str, text: str) -> None:
    spans = sentences(text)
    scores = rank(title, spans)
    assert len(scores) == len(spans)
    assert all(math.isfinite(score) for score in scores)


def test_an_abstract_is_told_by_what_it_announces() -> None:
    (first, *_) = choose(TITLE, ABSTRACT)
    assert "we introduce adaptive loss scaling" in first.text


def test_the_announcement_outranks_the_background() -> None:
    scores = rank(TITLE, sentences(ABSTRACT))
    assert scores.index(max(scores)) == 2


def test_korean_is_chosen_without_the_english_weights() -> None:
    text = "오픈AI가 새 모델을 공개했다. 날씨가 맑았다. 새 모델은 추론 성능이 높다."
    (only,) = choose("오픈AI, 새 모델 공개", text, most=1, language="ko")
    assert only.text == "오픈AI가 새 모델을 공개했다."
    assert choose("오픈AI, 새 모델 공개", text, most=1, language="en") == (only,)


def test_a_clip_never_drops_what_limits_a_claim() -> None:
    sentence = "We prove that the method converges on every convex problem, but only if the noise is bounded."
    assert clips(sentence) == ((0, len(sentence)),)


def test_a_clip_drops_the_opening_and_a_closing_clause() -> None:
    sentence = "In this paper, we propose a very simple method to train large nets, which is also cheap."
    assert "we propose a very simple method to train large nets" in [
        sentence[a:b] for a, b in clips(sentence)
    ]


CLAUSES = st.sampled_from(
    (
        "In this paper, ",
        "we propose a very simple method",
        " to train large nets",
        ", which is also cheap",
        " by using graphs",
        "; it halves the cost of training",
        *' ( ) " $ — : .'.split(" "),
    )
)


@given(st.lists(CLAUSES, max_size=9).map("".join))
def test_clips_are_runs_of_the_sentence_with_the_whole_first(sentence: str) -> None:
    spans = clips(sentence)
    assert spans[0] == (0, len(sentence))
    assert len(spans) <= 17
    assert all(0 <= start < end <= len(sentence) for start, end in spans[1:])


def test_work_is_bounded_by_the_sentences_considered_not_by_the_text() -> None:
    spans = sentences("We propose a method to do a thing, which is new. " * 3_000)[:MOST_SENTENCES]
    assert len(candidates(spans)[0]) <= MOST_SENTENCES * 17
    assert choose("t", "We propose a method. " * 40_000)[-1].end <= 21 * MOST_SENTENCES


def test_the_shipped_weights_fit_the_features_in_the_code() -> None:
    assert set(weights().word) == set(WORD_FEATURES)
    assert set(weights().candidate) == set(CANDIDATE_FEATURES)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("We propose a new optimiser.", "gist"),
        ("본 논문은 새로운 방법을 제안한다.", "gist"),
        ("OpenAI announced a new model.", "gist"),
        ("It outperforms the baseline by 3.2%.", "finding"),
        ("Our experiments on two tasks show that it helps.", "finding"),
        ("정확도가 5% 향상됐다.", "finding"),
        ("This enables hospitals to screen patients earlier.", "impact"),
        ("의료 현장에 적용될 수 있다.", "impact"),
        ("Whether this holds for images remains open.", "outlook"),
        ("We leave the proof to future work.", "outlook"),
        ("The code will be released later this year.", "outlook"),
        ("코드는 내년에 공개할 예정이다.", "outlook"),
    ],
)
def test_the_wording_shows_the_part_a_sentence_can_serve(text: str, role: str) -> None:
    assert role in roles([Sentence(start=0, end=len(text), text=text)])[0]


def test_a_sentence_that_says_nothing_of_the_kind_has_no_role() -> None:
    text = "Deep networks have many layers."
    assert roles([Sentence(start=0, end=len(text), text=text)]) == (frozenset(),)


def test_on_papers_never_trained_on_it_is_well_above_the_first_sentence(shared: Path) -> None:
    lines = (shared / "scitldr" / "SciTLDR-A_dev.jsonl").read_text(encoding="utf-8").splitlines()[:150]
    ours, first = 0.0, 0.0
    for paper in map(json.loads, lines):
        targets = [tokens(target) for target in paper["target"]]
        chosen = choose(paper["title"], " ".join(paper["source"]))
        ours += best(tokens(" ".join(run.text for run in chosen)), targets).unigrams / len(lines)
        first += best(tokens(paper["source"][0]), targets).unigrams / len(lines)
    assert ours > first + 0.06
