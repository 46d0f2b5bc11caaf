"""The embedded support scorer: what it promises about any two texts, and about real ones."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.checks._support import ASTRAY, NAMES, SourceWords, features, support, weights
from daybrief.text.sentences import sentences

ABSTRACT = (
    "We present Tülu 3, a family of fully-open post-trained models. Tülu 3 builds on Llama 3.1 base models "
    "and outperforms the instruct versions of Llama 3.1, Qwen 2.5, and Mistral on 12 benchmarks. We release "
    "the training data, code, and recipes. The training does not use any proprietary data."
)
TEXT = st.text(max_size=400)


@given(TEXT, TEXT)
def test_any_two_texts_get_the_same_figure_between_0_and_1_twice(claim: str, text: str) -> None:
    first = support(claim, SourceWords(text))
    assert 0.0 <= first <= 1.0
    assert first == support(claim, SourceWords(text))


@given(TEXT, TEXT)
def test_every_feature_is_finite_and_never_negative(claim: str, text: str) -> None:
    row = features(claim, SourceWords(text))
    assert row is None or (len(row) == len(NAMES) and all(0.0 <= value <= 4.0 for value in row))


@given(TEXT)
def test_a_text_lacks_nothing_of_itself(text: str) -> None:
    row = features(text, SourceWords(text))
    found = dict(zip(NAMES, row or [0.0] * len(NAMES), strict=True))
    assert not any(found[name] for name in ("word", "content", "rare", "rarest", "figure", "pair", "opening"))


@pytest.mark.parametrize(
    "false",
    [
        "Tülu 3 outperforms the instruct versions of Llama 3.1, Qwen 2.5, and Mistral on 37 benchmarks.",
        "Tülu 3 outperforms the instruct versions of Llama 3.1, Qwen 2.5, and Gemma on 12 benchmarks.",
        "A robot arm learns to fold laundry from three hours of video.",
    ],
)
def test_a_strange_figure_name_or_subject_costs_support(false: str) -> None:
    evidence = SourceWords(ABSTRACT)
    true = "Tülu 3 outperforms the instruct versions of Llama 3.1, Qwen 2.5, and Mistral on 12 benchmarks."
    assert support(false, evidence) < weights().even < support(true, evidence)


def test_a_claim_without_words_is_neither_true_nor_false() -> None:
    assert support("", SourceWords(ABSTRACT)) == support("… — !", SourceWords(ABSTRACT)) == 0.5


def test_what_a_text_lacks_never_speaks_for_a_claim() -> None:
    assert weights().weight.keys() == set(NAMES)
    assert all(weight <= 0 for weight in weights().weight.values())


def test_a_megabyte_takes_a_time_in_step_with_its_length() -> None:
    claim = ABSTRACT[:300]

    def taken(size: int) -> float:
        text = (ABSTRACT + " ") * (size // len(ABSTRACT))
        began = time.process_time()
        support(claim, SourceWords(text))
        return time.process_time() - began

    taken(10_000)
    small, large = taken(100_000), taken(1_000_000)
    assert large < 40 * max(small, 0.02)
    assert large < 20


@pytest.mark.parametrize("hostile", ["a " * 500_000, "1" * 1_000_000, "not " * 200_000, "\x00" * 1_000_000])
def test_a_hostile_megabyte_is_no_obstacle(hostile: str) -> None:
    assert 0.0 <= support(hostile, SourceWords(hostile)) <= 1.0


def test_no_real_sentence_counts_as_astray_from_its_own_abstract(shared: Path) -> None:
    with gzip.open(shared / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz") as lines:
        papers = [json.loads(line) for line, _ in zip(lines, range(300), strict=False)]
    lost = [
        sentence.text
        for paper in papers
        for evidence in [SourceWords(paper["abstract"])]
        for sentence in sentences(paper["abstract"])
        if support(sentence.text, evidence) < ASTRAY
    ]
    assert not lost


def test_the_figures_of_the_card_can_be_had_again(shared: Path, root: Path) -> None:
    """On judged summaries nobody trained on, the order it gives is better than that of plain overlap."""
    path = shared / "faithfulness" / "aggrefact_CLIFF.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    scored = []
    for row in rows:
        evidence = SourceWords(row["doc"])
        found = features(row["summ"], evidence)
        assert found is not None
        scored.append((row["error_type"] == "correct", support(row["summ"], evidence), -found[0]))
    assert _area([(true, ours) for true, ours, _ in scored]) > 0.82
    assert _area([(true, ours) for true, ours, _ in scored]) > _area([(t, theirs) for t, _, theirs in scored])


def _area(scored: list[tuple[bool, float]]) -> float:
    true, false = ([s for t, s in scored if t is kind] for kind in (True, False))
    return sum((a > b) + (a == b) / 2 for a in true for b in false) / len(true) / len(false)
