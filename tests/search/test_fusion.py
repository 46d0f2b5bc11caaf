"""Fusion: words and meaning each weigh what the query's length says."""

from __future__ import annotations

from datetime import date

import pytest

from daybrief import search
from daybrief.ports import IndexEntry, Scored
from daybrief.search import EARLY, MEANING, MEANING_OF_FEW, _fused


def entry(name: str) -> IndexEntry:
    return IndexEntry(id=name, kind="paper", day=date(2024, 11, 26), title=name)


def fused(words: list[str], near: list[str], weight: float) -> dict[str, float]:
    listed = [Scored(entry(name), -float(place)) for place, name in enumerate(words)]
    scored = _fused(listed, [entry(name) for name in near], weight)
    return {hit.entry.id: hit.score for hit in scored}


@pytest.mark.parametrize(("weight", "first"), [(0.6, "meant"), (0.4, "said"), (1.0, "meant"), (0.0, "said")])
def test_the_weight_is_that_of_meaning_and_the_rest_is_that_of_words(weight: float, first: str) -> None:
    scores = fused(["said"], ["meant"], weight)
    assert max(scores, key=lambda name: scores[name]) == first
    assert scores == pytest.approx({"said": (1 - weight) / (EARLY + 1), "meant": weight / (EARLY + 1)})


def test_what_both_ways_find_comes_before_what_one_finds_first() -> None:
    scores = fused(["a", "both"], ["b", "both"], 0.5)
    assert max(scores, key=lambda name: scores[name]) == "both"
    assert scores["both"] == pytest.approx(1 / (EARLY + 2))


def test_a_sentence_is_searched_by_meaning_and_a_name_by_words() -> None:
    assert MEANING > 0.5 > MEANING_OF_FEW


def test_an_early_rank_counts_more_than_a_late_one() -> None:
    scores = fused(["first", *map(str, range(search.DEPTH))], [], 0.0)
    assert scores["first"] > 5 * scores[str(search.DEPTH - 1)]


def test_words_that_fit_alike_share_a_rank_so_that_meaning_decides() -> None:
    alike = [Scored(entry(name), 1.0) for name in ("a", "b", "c")]
    scores = {hit.entry.id: hit.score for hit in _fused(alike, [entry("c")], 0.5)}
    assert scores["a"] == scores["b"] < scores["c"]
