"""Promises of `daybrief.checks.wrong_source` and `daybrief.text.words`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.checks.wrong_source import Bounds, mentions, score, subject
from daybrief.text.words import latin_stems, native_terms, spoken

RERANKERS = (
    "Drowning in Documents: Consequences of Scaling Reranker "
    "Inference. Rerankers, typically cross-encoders, are "
    "often used to re-score the documents retrieved by cheaper "
    "initial information retrieval systems. We measure "
    "reranker performance for full retrieval, not just re-scoring first-stage retrieval. Rerankers provide "
    "diminishing returns when scoring more documents and can degrade "
    "quality beyond a certain limit; they assign "
    "high scores to documents with no lexical or semantic overlap with the query."
)
PANOPTIC = (
    "MGNiceNet: Unified Monocular Geometric Scene Understanding. "
    "Monocular geometric scene understanding combines "
    "panoptic segmentation and self-supervised depth estimation, "
    "focusing on real-time application in autonomous "
    "vehicles. We introduce a linked kernel formulation for panoptic segmentation and self-supervised depth "
    "estimation, built on the real-time RT-K-Net, with Cityscapes and KITTI as benchmarks."
)
QUANTUM = (
    "Quantum Machine Learning: An Interplay. Variational quantum circuits (VQC) are used to develop QML "
    "architectures on noisy intermediate-scale quantum (NISQ) "
    "devices, with reinforcement learning as an example."
)
ABOUT_RERANKERS = (
    "재정렬 모델(reranker)은 초기 정보 검색 시스템이 찾은 문서의 점수를 "
    "다시 매긴다. 교차 인코더는 계산 비용이 높다. "
    "문서를 더 많이 채점할수록 성능이 저하되고, 질의와 어휘나 의미가 겹치지 않는 문서에 높은 점수를 준다."
)
ABOUT_PANOPTIC = (
    "MGNiceNet은 단안 카메라로 장면의 기하를 이해한다. 팬옵틱 분할과 자기 지도 깊이 추정을 커널로 연결하며, "
    "자율 주행 차량에서 실시간으로 동작하는 RT-K-Net 위에 만들어졌다. Cityscapes와 KITTI에서 실험했다."
)


def test_a_korean_text_is_known_by_its_english_source() -> None:
    assert subject(ABOUT_RERANKERS, [RERANKERS]).outcome == "right"
    assert subject(ABOUT_PANOPTIC, [PANOPTIC]).outcome == "right"


def test_a_text_about_another_paper_is_wrong_and_every_source_is_named() -> None:
    verdict = subject(ABOUT_RERANKERS, [PANOPTIC])
    assert (verdict.outcome, verdict.left_out) == ("wrong", (0,))
    assert verdict.score < 3 < 10 < subject(ABOUT_RERANKERS, [RERANKERS]).score


def test_the_source_that_a_text_leaves_out_is_named() -> None:
    verdict = subject(f"{ABOUT_RERANKERS} {ABOUT_PANOPTIC}", [RERANKERS, PANOPTIC, QUANTUM])
    assert (verdict.outcome, verdict.left_out) == ("wrong", (2,))


def test_a_paper_listed_under_two_addresses_is_not_left_out() -> None:
    assert subject(ABOUT_RERANKERS, [RERANKERS, RERANKERS]).outcome == "right"


def test_the_source_of_another_section_that_is_spoken_of_instead_is_named() -> None:
    verdict = subject(ABOUT_RERANKERS, [PANOPTIC], [QUANTUM, RERANKERS])
    assert (verdict.outcome, verdict.instead) == ("wrong", 1)


@pytest.mark.parametrize("text", ["", "   ", "이 글은 중요하다.", "#" * 50_000, "\ud800\udfff"])
def test_a_text_that_says_nothing_is_no_reason_to_accuse(text: str) -> None:
    assert subject(text, ["A title. Short."]).outcome == "unclear"


def test_no_source_means_no_verdict() -> None:
    assert subject(ABOUT_RERANKERS, []).outcome == "unclear"


def test_vectors_are_asked_where_words_leave_it_open_and_others_are_known() -> None:
    embedded: list[Sequence[str]] = []

    def embed(texts: Sequence[str]) -> list[list[float]]:
        embedded.append(texts)
        return [[0.0, 1.0] if "other" in text or "글" in text else [1.0, 0.0] for text in texts]

    thin = "A short title."
    assert subject("두 글을 다룬다.", [thin], embed=embed).outcome == "unclear"
    assert not embedded
    verdict = subject("두 글을 다룬다.", [thin], ["the other one"], embed=embed)
    assert (verdict.outcome, verdict.instead) == ("wrong", 0)
    assert len(embedded) == 1


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("강화학습", "reinforcement"),
        ("양자화를", "quantization"),
        ("트랜스포머의", "transformers"),
        ("손실", "loss"),
    ],
)
def test_native_terms_meet_their_english_words(korean: str, english: str) -> None:
    assert not spoken(korean).isdisjoint(spoken(english))


def test_a_syllable_within_a_word_is_no_term() -> None:
    assert [term for term, _ in native_terms("손실")] == ["손실"]


@pytest.mark.parametrize("spelling", ["Flash Attention", "flash-attention", "FlashAttention"])
def test_compounds_are_known_in_any_spelling(spelling: str) -> None:
    assert "flashattent" in spoken(spelling)
    assert "attent" in spoken(spelling)


def test_numbers_count_from_ten_and_addresses_do_not() -> None:
    assert latin_stems("3 datasets, 1,484 questions at https://example.org/a/57") == [
        "dataset",
        "1484",
        "question",
    ]


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_gets_a_verdict(text: str, source: str) -> None:
    assert subject(text, [source], [RERANKERS]).outcome in {"right", "wrong", "unclear"}


@given(st.lists(st.sampled_from(RERANKERS.split()), max_size=40))
def test_the_order_of_words_does_not_change_the_score(chosen: list[str]) -> None:
    source = spoken(RERANKERS)
    forth, back = " . ".join(chosen), " . ".join(reversed(chosen))
    assert score(mentions(forth), source) == pytest.approx(score(mentions(back), source))


def test_real_reports_are_told_from_swapped_ones(shared: Path) -> None:
    """A day of real sections: each about its own sources, none about another section's."""
    rows = [json.loads(line) for line in (shared / "reports/reports.jsonl").read_text().splitlines()]
    texts = {
        (row := json.loads(line))["url"]: f"{row['title']}. {row.get('abstract', '')}"
        for line in (shared / "reports/sources.jsonl").read_text().splitlines()
    }
    day = [r for r in rows if r["date"] == "2024-11-24" and r["kind"] == "papers"]
    own = [[texts[s["url"]] for s in row["sources"]] for row in day]
    known = [n for n, sources in enumerate(own) if all(len(text) > 300 for text in sources)]
    assert len(known) >= 4
    assert all(subject(day[n]["summary"], own[n]).outcome == "right" for n in known)
    assert all(subject(day[n]["summary"], own[m]).outcome == "wrong" for n in known for m in known if n != m)


def test_the_bound_says_from_which_score_on_a_source_is_spoken_of() -> None:
    verdict = subject(ABOUT_RERANKERS, [RERANKERS, QUANTUM])
    assert (verdict.outcome, verdict.left_out, verdict.instead) == ("wrong", (1,), None)
    lenient = subject(ABOUT_RERANKERS, [RERANKERS, QUANTUM], (), Bounds(left_out=-50.0))
    assert (lenient.outcome, lenient.left_out) == ("right", ())


def test_a_thin_source_is_never_said_to_be_left_out() -> None:
    assert subject(ABOUT_RERANKERS, [RERANKERS, QUANTUM], (), Bounds(thin=10**6)).outcome == "right"
    doubted = subject(ABOUT_RERANKERS, [PANOPTIC], (), Bounds(thin=10**6))
    assert (doubted.outcome, doubted.why) == ("unclear", "the sources say too little to compare")
    assert subject(ABOUT_RERANKERS, []).why == "nothing to compare"


@pytest.mark.parametrize(
    ("own", "other", "outcome", "instead"),
    [(1.0, 0.5, "right", None), (0.5, 1.0, "wrong", 0), (0.5, 0.54, "unclear", None)],
)
def test_vectors_decide_by_who_is_nearer_by_a_twentieth(
    own: float, other: float, outcome: str, instead: int | None
) -> None:
    def embed(texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0], [own, 0.0], [other, 0.0]]

    verdict = subject("두 글을 다룬다.", ["A short title."], ["the other one"], embed=embed)
    assert (verdict.outcome, verdict.instead) == (outcome, instead)
    assert verdict.left_out == ((0,) if outcome == "wrong" else ())


def test_vectors_of_several_lengths_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        subject("두 글을 다룬다.", ["A short title."], ["other"], embed=lambda t: [[1.0], [1.0, 0.0], [1.0]])


BOTH = f"{ABOUT_RERANKERS} {ABOUT_PANOPTIC}"


@pytest.mark.parametrize(
    ("text", "own", "others", "outcome", "left_out", "instead"),
    [
        (ABOUT_RERANKERS, [RERANKERS, QUANTUM], [], "wrong", (1,), None),
        (ABOUT_RERANKERS, [PANOPTIC, RERANKERS], [], "wrong", (0,), None),
        (ABOUT_RERANKERS, [RERANKERS, RERANKERS, PANOPTIC], [], "wrong", (2,), None),
        (ABOUT_RERANKERS, [RERANKERS, "A short title."], [], "right", (), None),
        (BOTH, [RERANKERS, PANOPTIC], [QUANTUM], "right", (), None),
        (BOTH, [RERANKERS], [QUANTUM, PANOPTIC], "wrong", (0,), 1),
        (BOTH, [RERANKERS, QUANTUM], [PANOPTIC], "wrong", (0, 1), 0),
        (BOTH, [QUANTUM], [RERANKERS, PANOPTIC], "wrong", (0,), 1),
        (ABOUT_RERANKERS, [RERANKERS], [PANOPTIC], "right", (), None),
    ],
)
def test_each_of_several_sources_is_spoken_of_left_out_or_exchanged_for_another(
    text: str, own: list[str], others: list[str], outcome: str, left_out: tuple[int, ...], instead: int | None
) -> None:
    verdict = subject(text, own, others)
    assert (verdict.outcome, verdict.left_out, verdict.instead) == (outcome, left_out, instead)
    assert verdict.why == ""


def test_a_source_spoken_of_beside_a_strange_one_needs_a_higher_score() -> None:
    """A text may speak of another section's source instead: `swapped` decides who is left out."""
    own, others = [RERANKERS, QUANTUM], [PANOPTIC]
    assert subject(BOTH, own, others, Bounds(elsewhere=50.0)).left_out == (1,)
    assert subject(BOTH, own, others, Bounds(elsewhere=50.0)).instead is None
    assert subject(BOTH, own, others, Bounds(elsewhere=24.0, swapped=0.0)).left_out == (1,)
    assert subject(BOTH, own, others, Bounds(elsewhere=24.0, swapped=0.0)).instead == 0


def test_the_score_of_a_text_is_that_of_all_its_sources_together() -> None:
    alone = subject(ABOUT_RERANKERS, [RERANKERS])
    assert alone.score == pytest.approx(score(mentions(ABOUT_RERANKERS), spoken(RERANKERS)))
    assert subject(ABOUT_RERANKERS, [RERANKERS, RERANKERS]).score == pytest.approx(alone.score)
    missed = subject(ABOUT_RERANKERS, [PANOPTIC])
    assert missed.score == pytest.approx(score(mentions(ABOUT_RERANKERS), spoken(PANOPTIC)))
    assert (subject("", [RERANKERS]).score, subject(ABOUT_RERANKERS, []).score) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("bounds", "outcome"),
    [
        (Bounds(), "right"),
        (Bounds(wrong=14.0), "right"),
        (Bounds(wrong=14.5), "wrong"),
        (Bounds(wrong=14.5, thin=82), "wrong"),
        (Bounds(wrong=14.5, thin=83), "unclear"),
    ],
)
def test_a_text_speaks_of_its_source_from_a_score_on_unless_the_source_is_thin(
    bounds: Bounds, outcome: str
) -> None:
    assert subject(ABOUT_RERANKERS, [RERANKERS], (), bounds).outcome == outcome


def test_the_bounds_are_those_chosen_on_the_odd_days() -> None:
    assert Bounds() == Bounds(wrong=6.5, left_out=1.5, swapped=4.0, thin=30, elsewhere=3.0)


def test_what_the_words_decide_no_vector_is_asked_about() -> None:
    embedded: list[Sequence[str]] = []

    def embed(texts: Sequence[str]) -> list[list[float]]:
        embedded.append(texts)
        return [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]

    assert subject(ABOUT_RERANKERS, [PANOPTIC], [QUANTUM], embed=embed).outcome == "wrong"
    assert not embedded
