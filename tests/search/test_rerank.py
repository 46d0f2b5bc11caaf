"""The second look: what it compares, how near it stays to the first stage, and what it never lifts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.search.test_search import collect, item

from daybrief import search
from daybrief.adapters.archive import open_archive
from daybrief.errors import ConfigError
from daybrief.search import ArchiveSearcher
from daybrief.search.rerank import (
    COVERAGE,
    INTERACTIONS,
    WHOLES,
    Lexicon,
    Network,
    RerankModel,
    Texts,
    reranked,
    second_look,
    shipped,
    words_in,
)

WORDS = ["cat", "dog", "car", "engine", "motor"]
VECTORS = np.array([[1, 0], [0.9, 0.436], [0, 1], [0.3, 0.954], [0, 1]], np.float32)
LEXICON = Lexicon(WORDS, np.array([1, 1, 2, 3, 2], np.float32), VECTORS)
COUNT = len(INTERACTIONS)


def column(name: str) -> int:
    return INTERACTIONS.index(name)


def interactions(query: str, document: str) -> np.ndarray:
    return Texts([document.split()], LEXICON).interactions(query.split())[0]


def by(name: str, weight: float = 1.0) -> RerankModel:
    """A model that scores one interaction."""
    weights = np.zeros((COUNT, 1), np.float32)
    weights[column(name)] = weight
    layers = ((weights, np.zeros(1, np.float32)),)
    return RerankModel(LEXICON, Network(np.zeros(COUNT, np.float32), np.ones(COUNT, np.float32), layers))


@pytest.mark.parametrize(
    ("name", "query", "document", "value"),
    [
        ("coverage", "cat car", "cat sat", 0.5),
        ("coverage", "cat car", "nothing here", 0.0),
        ("coverage by rarity", "cat engine", "engine", 0.75),
        ("saturated counts", "cat", "cat cat cat", 3 / 4.2),
        ("mean likeness", "car", "motor", 1.0),
        ("least likeness", "cat car", "cat", 0.0),
        ("earliest match", "dog", "cat dog", np.exp(-1 / 50)),
        ("neighbours kept", "cat dog", "cat dog", 1.0),
        ("neighbours kept", "cat dog", "dog cat", 0.0),
        ("likeness above 0.8", "cat", "dog", 1.0),
        ("rarest match", "cat engine", "cat", 1 / 3),
        ("likeness of the wholes", "car", "motor", 1.0),
        ("length", "cat", "cat dog car", np.log(4)),
        ("length of the query", "cat cat dog", "cat", np.log(3)),
    ],
)
def test_an_interaction_is_what_its_name_says(name: str, query: str, document: str, value: float) -> None:
    assert interactions(query, document)[column(name)] == pytest.approx(value, abs=1e-3)


@given(
    st.lists(st.lists(st.sampled_from([*WORDS, "unknown", "other"]), max_size=8), min_size=1, max_size=6),
    st.lists(st.sampled_from([*WORDS, "unknown"]), max_size=5),
)
def test_some_rows_are_compared_as_all_rows_are(documents: list[list[str]], query: list[str]) -> None:
    texts = Texts(documents, LEXICON)
    rows = np.arange(len(documents))[::-1]
    together = texts.interactions(query)
    assert np.isfinite(together).all()
    np.testing.assert_allclose(texts.interactions(query, rows), together[rows], atol=1e-5)
    for row, words in enumerate(documents):
        np.testing.assert_allclose(Texts([words], LEXICON).interactions(query)[0], together[row], atol=1e-5)


@given(st.lists(st.floats(-5, 5, width=32), min_size=1, max_size=30), st.floats(0, 1))
def test_a_second_look_keeps_every_candidate_once(scores: list[float], share: float) -> None:
    second = second_look(np.array(scores, np.float32), np.ones(len(scores), bool), share)
    assert sorted(second.order) == list(range(len(scores)))


def test_the_first_stage_decides_at_share_zero_and_the_model_at_share_one() -> None:
    scores, good = np.array([1, 3, 2], np.float32), np.ones(3, bool)
    assert second_look(scores, good, 0.0).order == [0, 1, 2]
    assert second_look(scores, good, 1.0).order == [1, 2, 0]


def test_a_document_without_support_is_never_lifted_and_is_counted() -> None:
    documents = ["cat dog", "motor motor motor motor motor motor"]
    look = reranked("cat", documents, by("length"), share=1.0)
    assert look.phantoms == (1,)
    assert look.order == [0, 1]


def test_a_document_near_in_meaning_has_support() -> None:
    assert reranked("car", ["cat", "motor"], by("likeness of the wholes"), share=1.0).phantoms == (0,)
    assert interactions("car", "motor")[COVERAGE] == 0
    assert interactions("car", "motor")[WHOLES] == pytest.approx(1)


def test_a_model_is_read_as_it_was_packed() -> None:
    model = by("coverage", 2.0)
    again = RerankModel.unpacked(model.packed())
    rows = Texts([["cat"], ["engine", "car"]], again.lexicon).interactions(["cat", "motor"])
    expected = model.network.score(
        Texts([["cat"], ["engine", "car"]], LEXICON).interactions(["cat", "motor"])
    )
    assert again.network.score(rows) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("cut", [0, 10, 400, -30])
def test_a_damaged_model_is_refused_in_words(cut: int) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        RerankModel.unpacked(by("coverage").packed()[:cut])


def test_a_lexicon_of_unequal_parts_is_refused() -> None:
    with pytest.raises(ConfigError, match="2 words"):
        Lexicon(["a", "b"], np.ones(1, np.float32), np.ones((2, 3), np.float32))


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        (
            "reranking with language models",
            "We rerank passages with language models.",
            "We simulate traffic.",
        ),
        (
            "speech recognition for children",
            "Recognition of children's speech is hard.",
            "A proof of a theorem.",
        ),
        (
            "segmentation of medical images",
            "Medical images are segmented by a network.",
            "Robots walk on sand.",
        ),
    ],
)
def test_the_shipped_model_tells_an_answer_from_another_text(query: str, right: str, wrong: str) -> None:
    texts = Texts([words_in(right), words_in(wrong)], shipped().lexicon)
    first, second = shipped().network.score(texts.interactions(words_in(query)))
    assert first > second


@pytest.mark.parametrize("query", ["", " ", "the of", "…", "한국어"])
def test_a_query_without_known_words_changes_no_order(query: str) -> None:
    assert reranked(query, ["cat", "dog", ""], shipped(), 0.5).order == [0, 1, 2]


def test_no_candidates_give_no_order() -> None:
    assert reranked("cat", [], shipped(), 0.5).order == []


DAY = date(2024, 11, 20)


@pytest.fixture
def searchers(tmp_path: Path) -> tuple[ArchiveSearcher, ArchiveSearcher]:
    """Search without and with a second look that prefers long texts."""
    made = open_archive(tmp_path / "long.sqlite")
    collect(
        made,
        DAY,
        [item("short", "Attention", "Attention."), item("long", "Attention", "Attention " + "cat " * 90)],
    )
    plain = ArchiveSearcher(tmp_path / "index")
    plain.sync(made)
    return plain, ArchiveSearcher(tmp_path / "index", rerank_model=by("length"))


def ids(searcher: ArchiveSearcher, text: str, **most: int) -> list[str]:
    return [hit.id for hit in searcher.search(text, **most).hits]


def test_search_looks_a_second_time_only_when_it_is_set(
    searchers: tuple[ArchiveSearcher, ArchiveSearcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, second = searchers
    assert ids(plain, "attention") == ["short", "long"]
    monkeypatch.setattr(search, "AGAIN", 1.0)
    assert ids(second, "attention") == ["long", "short"]
    assert ids(second, "attention", most=1) + ids(second, "attention", most=1, skip=1) == ["long", "short"]


def test_scores_fall_after_a_second_look_and_a_search_without_words_is_left_alone(
    searchers: tuple[ArchiveSearcher, ArchiveSearcher],
) -> None:
    plain, second = searchers
    scores = [hit.score for hit in second.search("attention").hits]
    assert scores == sorted(scores, reverse=True)
    assert ids(second, "kind:paper") == ids(plain, "kind:paper")


def test_the_first_words_of_a_long_text_are_compared() -> None:
    assert words_in("cats and dogs and engines", most=2) == words_in("cats and dogs")
