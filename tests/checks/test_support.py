"""The embedded support scorer: what it promises about any two texts, and about real ones."""

from __future__ import annotations

import gzip
import json
import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from daybrief.checks.entailment import (
    ASTRAY,
    NAMES,
    WORD_NAMES,
    SourceWords,
    Weights,
    features,
    support,
    tables,
    weights,
    whole_support,
)
from daybrief.text.sentences import sentences
from daybrief.text.words import rarity, stem

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
    named = dict(zip(NAMES, row or [0.0] * len(NAMES), strict=True))
    assert not any(named[name] for name in ("word", "content", "rare", "rarest", "figure", "pair", "opening"))


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
    assert weights().word.keys() == set(WORD_NAMES)
    assert all(weight >= 0 for weight in weights().word.values())
    assert weights().doubt < 0 < weights().slope


@given(TEXT, TEXT)
def test_a_claim_not_about_something_else_never_counts_as_such(claim: str, text: str) -> None:
    whole, words = support(claim, SourceWords(text)), whole_support(claim, SourceWords(text))
    assert (whole == 0.0) == (words == 0.0)
    assert whole == 0.0 or whole > ASTRAY


def test_a_megabyte_takes_a_time_in_step_with_its_length() -> None:
    claim = ABSTRACT[:300]

    def seconds(size: int) -> float:
        text = (ABSTRACT + " ") * (size // len(ABSTRACT))
        began = time.process_time()
        support(claim, SourceWords(text))
        return time.process_time() - began

    seconds(10_000)
    small, large = seconds(100_000), seconds(1_000_000)
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
        row_features = features(row["summ"], evidence)
        assert row_features is not None
        scored.append((row["error_type"] == "correct", support(row["summ"], evidence), -row_features[0]))
    assert _area([(true, ours) for true, ours, _ in scored]) > 0.82
    assert _area([(true, ours) for true, ours, _ in scored]) > _area([(t, theirs) for t, _, theirs in scored])


def _area(scored: list[tuple[bool, float]]) -> float:
    true, false = ([s for t, s in scored if t is kind] for kind in (True, False))
    return sum((a > b) + (a == b) / 2 for a in true for b in false) / len(true) / len(false)


EVIDENCE = "the turtle swims quickly across seven rivers while nobody watches the tired heron"


def figures(claim: str, text: str = EVIDENCE) -> dict[str, float]:
    row = features(claim, SourceWords(text))
    assert row is not None
    return dict(zip(NAMES, row, strict=True))


@pytest.mark.parametrize(
    ("claim", "name", "value"),
    [
        ("turtle swims zebra", "word", 1 / 3),
        ("the turtle and zebra", "content", 1 / 2),  # "and" is missing, yet says nothing
        ("the turtle and zebra", "word", 2 / 4),
        ("turtle swims", "rarest", 0.0),
        ("turtle 8", "figure", 1.0),
        ("turtle 8 9 10 11 14", "figure", 3.0),
        ("turtle seven", "figure", 0.0),
        ("turtle 7", "figure", 0.0),
        ("turtle swims across", "pair", 1 / 2),
        ("turtle", "pair", 0.0),
        ("turtle swims quickly rivers", "triple", 1 / 2),
        ("turtle swims", "triple", 0.0),
        ("turtle swims quickly across seven", "run", 0.0),
        ("turtle swims quickly seven rivers", "run", 1 - 2 / 4),
        ("turtle swims seven rivers while", "run", 1 - 2 / 4),
        ("heron turtle", "run", 1.0),
        ("turtle", "run", 0.0),
        ("turtle zebra swims", "apart", 1.0),
        ("turtle swims zebra", "apart", 1 / 2),
        ("turtle swims", "apart", 0.0),
        ("turtlx zebra", "opening", 1 / 2),  # five letters are found
    ],
)
def test_a_feature_counts_what_the_text_lacks(claim: str, name: str, value: float) -> None:
    assert figures(claim)[name] == pytest.approx(value)


@pytest.mark.parametrize(
    ("claim", "text", "value"),
    [
        ("no turtle swims", "the turtle swims", 1.0),
        ("the turtle doesn't swim", "the turtle swims", 1.0),
        ("no turtle swims", "the turtle never swims", 0.0),
        ("no turtle swims", "the turtle swims " + "the " * 100 + "never", 1.0),
        ("the turtle swims", "the turtle never swims", 0.0),
    ],
)
def test_a_claim_denies_alone_where_its_best_passage_does_not(claim: str, text: str, value: float) -> None:
    assert figures(claim, text)["negation"] == value


@pytest.mark.parametrize(("between", "far"), [(11, 0.0), (12, 1.0)])
def test_words_are_far_apart_with_more_than_a_dozen_steps_between_them(between: int, far: float) -> None:
    text = " ".join(["turtle", *["the"] * between, "heron"])
    assert figures("turtle heron", text)["far"] == far
    assert figures("heron turtle", text)["far"] == far


def test_the_nearest_places_of_two_words_count() -> None:
    gap = ["the"] * 30
    text = " ".join(["turtle", *gap, "heron", *gap, "turtle", "the", "heron", *gap, "heron"])
    assert figures("turtle heron", text)["far"] == 0.0


def test_the_best_passage_lacks_what_stands_elsewhere_and_two_passages_lack_less() -> None:
    gap = ["the"] * 100
    text = " ".join(["turtle", "swims", *gap, "heron", *gap])
    row = figures("turtle swims heron", text)
    assert 0 < row["passage"] < 1
    assert row["passages"] == 0.0
    whole = figures("turtle swims", text)
    assert (whole["passage"], whole["passages"]) == (0.0, 0.0)
    assert figures("zebra", text)["passage"] == figures("zebra", text)["passages"] == 1.0


@pytest.mark.parametrize(
    ("claim", "grafts"),
    [
        ("zyxxq model", 0),  # a model is no rare word
        ("qwrtz zyxxq", 1),
        ("zyxxq qwrtz zyxxq", 2),
        ("qwrtz vbnmq", 0),
        ("zyxxq qwrtz zyxxq qwrtz zyxxq qwrtz zyxxq", 4),
    ],
)
def test_a_rare_word_that_is_missing_beside_one_that_is_there_is_a_graft(claim: str, grafts: int) -> None:
    assert figures(claim, "a zyxxq is here with its vbnmx")["graft"] == grafts


def test_a_claim_is_read_to_four_hundred_words_and_a_text_to_its_bound() -> None:
    long = "turtle " * 400
    assert figures(long + "zebra " * 50)["word"] == 0.0
    assert figures("turtle " * 399 + "zebra")["word"] == pytest.approx(1 / 400)
    assert figures("x" * 4_001, "x" * 4_000)["word"] == 0.0


def test_a_claim_of_stop_words_alone_has_no_row() -> None:
    assert features("it is what they have", SourceWords(EVIDENCE)) is None
    assert features("x", SourceWords(EVIDENCE)) is None
    assert features("5", SourceWords(EVIDENCE)) is not None
    assert features("강", SourceWords(EVIDENCE)) is not None


@pytest.mark.parametrize(("words", "passages"), [(0, 1), (1, 1), (40, 1), (41, 2), (60, 2), (61, 3)])
def test_every_word_stands_in_a_passage_of_forty_that_begins_each_twenty(words: int, passages: int) -> None:
    keys = [f"{n}" for n in range(100, 100 + words)]
    windows = SourceWords(" ".join(keys)).passages
    assert len(windows) == passages
    assert frozenset().union(*windows) == set(keys)
    assert max(map(len, windows)) == min(words, 40)
    assert windows[-1] == set(keys[20 * (passages - 1) :])


def test_a_text_knows_its_words_pairs_triples_openings_and_the_first_two_thousand_places() -> None:
    source = SourceWords("turtles swim, turtles don't dive: seven 1,200 times")
    assert source.keys == ["turtl", "swim", "turtl", "do", "not", "dive", "7", "1200", "time"]
    assert ("turtl", "swim") in source.pairs
    assert ("swim", "turtl", "do") in source.triples
    assert ("swim", "do") not in source.pairs
    assert {"turtl", "swim", "do", "not", "7", "1200", "time"} <= source.openings
    assert source.places["turtl"] == [0, 2]
    assert len(SourceWords("turtle " * 3_000).places["turtl"]) == 2_000
    assert len(SourceWords("x " * 600_000).keys) == 500_000


def model(bias: float = 0.0, astray: float = 0.9, **weight: float) -> Weights:
    given = dict.fromkeys(NAMES, 0.0) | weight
    numbers = {"even": 0.5, "overlap": 0.5, "even_free": 0.5, "overlap_free": 0.5}
    words = {"word": dict.fromkeys(WORD_NAMES, 0.0) | {"missing": 3.0}, "word_bias": -1.0, "doubt": 0.0}
    return Weights(about="", bias=bias, weight=given, astray=astray, level=0.0, slope=1.0, **words, **numbers)


def row(**value: float) -> list[float]:
    return [value.get(name, 0.0) for name in NAMES]


@pytest.mark.parametrize(
    ("weights", "given", "chance"),
    [
        (model(), row(), 0.5),
        (model(bias=math.log(3)), row(), 0.75),
        (model(bias=math.log(3), word=-math.log(3)), row(word=1.0), 0.5),
        (model(word=-math.log(3)), row(word=2.0), 0.1),
        (model(word=-1.0), row(pair=1.0), 0.5),
        (model(bias=1_000.0), row(), 1 / (1 + math.exp(-50.0))),
        (model(bias=-1_000.0), row(), 1 / (1 + math.exp(13.0))),  # no less is left for another subject
        (model(), row(passage=0.9), 0.5),
        (model(), row(passage=0.91), 0.0),
    ],
)
def test_the_chance_of_support_is_logistic_and_nothing_where_the_best_passage_lacks_nearly_all(
    weights: Weights, given: list[float], chance: float
) -> None:
    assert weights.probability(given, [word()]) == pytest.approx(chance, rel=1e-9)


def word(**value: float) -> list[float]:
    return [value.get(name, 0.0) for name in WORD_NAMES]


@pytest.mark.parametrize(
    ("missing", "doubts"),
    [([0], -1), ([1], 2), ([1, 0], 0.5), ([1, 0, 0, 0, 0], 0), ([0, 1, 0, 1, 1, 1], 2), ([0] * 9 + [1], 0)],
)
def test_a_claim_is_as_doubtful_as_its_three_most_doubtful_words(missing: list[int], doubts: float) -> None:
    words = [word(missing=value) for value in missing]
    assert model().doubts(words) == pytest.approx(doubts)
    doubting = replace(model(), doubt=-1.0, level=0.5, slope=2.0)
    chance = 1 / (1 + math.exp(2.0 * doubts - 0.5))
    assert doubting.probability(row(), words) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("claim", "number", "given"),
    [
        ("turtle swims", 0, {}),
        ("turtle swims", 1, {"late": 1 / 2}),
        ("The Turtle swims", 0, {}),  # a name that the text has
        ("turtle Zyxxq", 1, {"missing": 1, "name": 1, "opening": 1, "late": 1 / 2}),
        ("Zyxxq swims", 0, {"missing": 1, "opening": 1}),  # a capital that opens a sentence
        ("swims. Zyxxq", 1, {"missing": 1, "opening": 1, "late": 1 / 2}),
        ("Zyxxq Qwrtz", 1, {"missing": 1, "name": 1, "opening": 1, "late": 1 / 2}),
        ("turtle 17", 1, {"missing": 1, "figure": 1, "opening": 1, "late": 1 / 2}),
        ("quicken", 0, {"missing": 1}),  # its opening is that of quickly
        ("heron " + "turtle swims quickly across seven rivers", 0, {"elsewhere": 1}),
    ],
)
def test_a_word_is_the_more_doubtful_for_what_the_text_lacks_of_it(
    claim: str, number: int, given: dict[str, float]
) -> None:
    text = EVIDENCE.replace("heron", " ".join(f"and{n}" for n in range(60)) + " heron")
    both = tables(claim, SourceWords(text))
    assert both is not None
    lacked = claim.lower().split()[number]
    rare = rarity(stem(lacked)) if given.get("missing") else 0.0
    assert both[1][number] == pytest.approx(word(**given, rare=rare))


def test_a_row_must_have_a_value_for_each_figure() -> None:
    with pytest.raises(ValueError, match="zip"):
        model().probability(row()[:-1], [word()])
    with pytest.raises(ValueError, match="zip"):
        model().probability(row(), [word()[:-1]])


@pytest.mark.parametrize(
    ("claim", "name", "value"),
    [
        ("turtle heron zebra", "rare", None),
        ("zebra", "rarest", None),
        ("turtle swims quickly", "triple", 0.0),
        ("quickly swims turtle", "triple", 1.0),
        ("heron turtle swims", "pair", 1 / 2),
        ("heron turtle swims quickly across", "run", 1 - 3 / 4),
        ("zebra zebra turtle", "content", 2 / 3),
        ("nobody swims", "negation", 0.0),  # nobody watches
    ],
)
def test_a_figure_is_a_share_of_what_was_asked_for(claim: str, name: str, value: float | None) -> None:
    figure = figures(claim)[name]
    if value is not None:
        assert figure == pytest.approx(value)
        return
    missing = [rarity(stem(word)) for word in claim.split() if word not in EVIDENCE]
    whole = [rarity(stem(word)) for word in claim.split()]
    assert figure == pytest.approx(max(missing) if name == "rarest" else sum(missing) / sum(whole))
