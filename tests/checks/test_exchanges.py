"""Comparisons, figures and directions of single sentences, and what two sentences tell of each other."""

from __future__ import annotations

import pytest

from daybrief.checks import generality, names, numbers, polarity, relations
from daybrief.checks._evidence import LinkedPair, better_exchanged, quoted
from daybrief.checks._roles import (
    ComparedPair,
    comparisons,
)
from daybrief.checks.polarity import _closeness, directions, turned_round
from daybrief.checks.relations import contradiction, exchanged_figures, unproved
from daybrief.model import Claim, Item, Quote
from daybrief.ports import Tools
from daybrief.testing.editions import taxonomy

TOOLS = Tools(taxonomy=taxonomy(), language="en")
TEXT = "KORALIS outperforms BERT on several sets. Memory decreases. It draws 40 maps, not 30 plans."
ITEM = Item(key="arxiv:1", source="arxiv", kind="paper", title="A title", url="https://a.example/", text=TEXT)


def parts_of(pair: ComparedPair) -> tuple[set[str], set[str], str, int, tuple[float, ...]]:
    first, second = (
        {stem for unit in side for stem in unit.stems if stem[0] != "~"}  # a line of the thesaurus
        for side in (pair.subject, pair.standard)
    )
    return first, second, pair.axis, pair.side, pair.figures


@pytest.mark.parametrize(
    ("text", "first", "second", "axis", "side", "figures"),
    [
        ("KORALIS outperforms BERT on ScanRefer.", {"korali"}, {"bert"}, "quality", 1, ()),
        ("BERT trails KORALIS on ScanRefer.", {"bert"}, {"korali"}, "quality", -1, ()),
        ("KORALIS는 ScanRefer에서 BERT를 앞섰다.", {"korali"}, {"bert"}, "quality", 1, ()),
        ("Sparse nets are faster than dense ones.", {"spars", "net"}, {"dens"}, "speed", 1, ()),
        ("It scores 55.5% compared to 24.5% of the reference.", {"score"}, {"refer"}, "", 1, (24.5,)),
    ],
)
def test_a_comparison_knows_its_things_its_axis_its_side_and_the_figure_compared_with(
    text: str, first: set[str], second: set[str], axis: str, side: int, figures: tuple[float, ...]
) -> None:
    (pair,) = comparisons(text)
    ours, standard, *rest = parts_of(pair)
    assert first <= ours | {"score"}
    assert second <= standard
    assert not first & standard
    assert not second & ours
    assert rest == [axis, side, figures]


def test_a_text_that_compares_nothing_has_no_comparison() -> None:
    assert comparisons("The weather is fine.") == comparisons("") == ()


@pytest.mark.parametrize(
    ("claim", "sentence", "why", "lacks"),
    [
        (
            "BERT outperforms KORALIS.",
            "KORALIS outperforms BERT.",
            "'BERT' and 'KORALIS' are exchanged",
            "its comparison is not found in the source",
        ),
        ("KORALIS outperforms BERT.", "KORALIS outperforms BERT.", "", ""),
        ("BERT trails KORALIS.", "KORALIS outperforms BERT.", "", "the source does not say which way"),
        (
            "KORALIS trails BERT.",
            "KORALIS outperforms BERT.",
            "'BERT' stands on the other side of the comparison",
            "its comparison is not found in the source",
        ),
        (
            "Precision is 48% and recall is 62%.",
            "Precision is 62% and recall is 48%.",
            "48% and 62% are exchanged",
            "its figures stand in another order than in the source",
        ),
        ("Precision is 62% and recall is 48%.", "Precision is 62% and recall is 48%.", "", ""),
        (
            "Recall is 48% and precision is 62%.",
            "Precision is 62% and recall is 48%.",
            "",
            "",
        ),
        (
            "It moves from 55% to 40%.",
            "It moves from 40% to 55%.",
            "55% and 40% are exchanged",
            "its figures stand in another order than in the source",
        ),
        (
            "It reaches 24.5% compared to 55.5% of the reference.",
            "It reaches 55.5% compared to 24.5% of the reference.",
            "55.5 is what the source reaches, not what it compares with",
            "its figures stand in another order than in the source",
        ),
        (
            "Memory increases.",
            "Memory decreases.",
            "says the opposite: the source goes down (amount)",
            "the source does not say which way",
        ),
        (
            "Memory decreases.",
            "Memory increases.",
            "says the opposite: the source goes up (amount)",
            "the source does not say which way",
        ),
        ("Memory increases.", "Memory increases.", "", ""),
        ("Memory increases.", "Memory does not decrease.", "", "the source does not say which way"),
        ("Memory increases.", "The weather is fine.", "", "the source does not say which way"),
        ("48% of it, 48% of all", "It has 48%.", "", "its figures stand in another order than in the source"),
    ],
)  # fmt: skip
def test_what_is_exchanged_is_named_and_what_the_source_does_not_prove(
    claim: str, sentence: str, why: str, lacks: str
) -> None:
    assert contradiction(claim, sentence) == why
    assert unproved(claim, sentence) == lacks


@pytest.mark.parametrize(
    "sentence",
    [
        TEXT,
        *TEXT.split(". "),
        "ScanRefer에서 KORALIS가 BERT보다 3.1% 높았다.",
        "정확도가 40%에서 55%로 올랐다.",
    ],
)
def test_no_sentence_contradicts_itself_or_leaves_itself_unproved(sentence: str) -> None:
    for loose in (True, False):
        assert contradiction(sentence, sentence, loose=loose) == ""
    assert unproved(sentence, sentence) == ""


@pytest.mark.parametrize(
    ("text", "axis", "side", "near"),
    [
        ("Memory decreases.", "amount", -1, {"memori": 1.0}),
        ("Memory increases.", "amount", 1, {"memori": 1.0}),
        ("메모리 사용량이 줄었다.", "amount", -1, {"memori": 0.5, "usag": 1.0}),
    ],
)
def test_a_direction_knows_its_side_and_how_near_the_things_stand(
    text: str, axis: str, side: int, near: dict[str, float]
) -> None:
    (direction,) = directions(text)
    assert (direction.axis, direction.side) == (axis, side)
    nearness_of = {stem: nearness for unit, nearness in direction.near for stem in unit.stems}
    assert {stem: nearness_of[stem] for stem in near} == near


@pytest.mark.parametrize("text", ["Memory does not decrease.", "메모리 사용량이 줄지 않았다.", "Nothing."])
def test_a_denied_direction_is_none(text: str) -> None:
    assert directions(text) == ()


def test_the_opposite_must_stand_as_near_as_asked() -> None:
    assert turned_round("Memory increases.", "Memory decreases.", 1.0) != ""
    assert turned_round("Memory increases.", "Memory decreases.", 1.01) == ""


def judged(check: str, text: str, quoted: str = TEXT, *, quotes: bool = True, part: str = "finding") -> str:
    modules = {m.NAME: m for m in (generality, names, numbers, polarity, relations)}
    start = TEXT.index(quoted)
    quote = Quote(item_key=ITEM.key, source="arxiv", start=start, end=start + len(quoted), text=quoted)
    claim = Claim(
        text=text,
        part=part,
        quotes=(quote,) if quotes else (),
        stories=("s",),
        language="en",  # type: ignore[arg-type]
    )
    verdict = modules[check].make(modules[check].Options(), TOOLS).check(claim, [ITEM])
    assert verdict.check == check
    return f"{verdict.outcome}: {verdict.why}"


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [
        ("relations", TEXT, "supported: verbatim"),
        ("polarity", TEXT, "supported: verbatim"),
        ("generality", TEXT, "supported: verbatim"),
        ("numbers", TEXT, "supported: verbatim"),
        ("names", TEXT, "supported: verbatim"),
        ("relations", "Nothing is known.", "unclear: nothing is exchanged, as far as words tell"),
        ("generality", "KORALIS outperforms BERT on sets.", "supported: speaks for what it quotes"),
        (
            "generality",
            "KORALIS outperforms BERT on all sets.",
            "unsupported: 'all' is not in the source",
        ),
    ],
)
def test_a_verdict_names_its_check_and_says_why(check: str, text: str, expected: str) -> None:
    assert judged(check, text) == expected


def test_relations_say_what_is_exchanged_and_ask_nothing_of_a_keyword() -> None:
    first, second = TEXT[:41], "Memory decreases."
    assert judged("relations", "BERT outperforms KORALIS.", first) == (
        "contradicted: 'BERT' and 'KORALIS' are exchanged"
    )
    assert judged("relations", "Memory increases.", second).startswith("contradicted: says the opposite")
    assert judged("relations", "BERT outperforms KORALIS.", first, part="keyword") == (
        "unclear: a keyword states nothing"
    )
    assert judged("relations", "Memory increases.", quotes=False).startswith("contradicted")


HALVES = "Precision and recall reach 62% and 48%."


@pytest.mark.parametrize(
    ("claim", "sentence", "why"),
    [
        # Figures told one after the other belong to the things in their order.
        ("정밀도는 48%, 재현율은 62%이다.", HALVES, "48% and 62% are exchanged"),
        ("재현율은 48%, 정밀도는 62%이다.", HALVES, ""),
        ("Precision and recall reach 48% and 62%.", HALVES, "48% and 62% are exchanged"),
        ("A recall of 48% and a precision of 62% are reached.", HALVES, ""),
        ("Recall reaches 48% and precision reaches 62%.", HALVES, ""),
        ("48% of recall was seen, then 62% of precision.", HALVES, ""),
        ("48% of precision was seen, then 62% of recall.", HALVES, "48% and 62% are exchanged"),
        ("48% was seen, then 62%.", HALVES, ""),
        (HALVES, "The precision is 62%, the recall is 48%.", ""),
        ("The sizes are 10 and 5.", "The sizes are 5, 10 and 15 GB.", "10 and 5 are exchanged"),
        ("The sizes are 5 and 10.", "The sizes are 5, 10 and 15 GB.", ""),
        # Figures in their own order beside each other's words need clear proof.
        (
            "a recall of 62% was found, and then a precision of 48%",
            "On images the model has a precision of 62%, and on texts a recall of 48% is seen.",
            "62% and 48% are exchanged",
        ),
        (
            "its recall on ImageNet is 62% and its precision on COCO is 48%",
            "Its precision on COCO is 62% and its recall on ImageNet is 48%",
            "62% and 48% are exchanged",
        ),
        # A word may stand right beside its figure.
        (
            "정밀도62%와 재현율48%를 보인다.",
            "A precision of 48% and a recall of 62%.",
            "62% and 48% are exchanged",
        ),
        ("정밀도62%와 재현율48%를 보인다.", "A precision of 62% and a recall of 48%.", ""),
        # Numbers in words count as those in digits; both and one do not.
        ("five maps and three plans", "three maps and five plans", "five and three are exchanged"),
        ("both maps and five plans", "five maps and both plans", ""),
        ("one map and five plans", "five maps and one plan", ""),
        (
            "six rounds of chess and two rounds of poker",
            "2 rounds of chess and 6 rounds of poker",
            "six and two are exchanged",
        ),
        (
            "모델 여섯 개를 벤치마크 세 개로",
            "six benchmarks and three models",
            "여섯 개 and 세 개 are exchanged",
        ),
        ("모델 여섯 개를 벤치마크 세 개로", "six models and three benchmarks", ""),
        # A counter behind a name in capitals makes the figure none of the name.
        ("8개 계열의 LLM 5종", "5 LLMs of 8 families", ""),
        ("8개 계열의 LLM 5종", "8 LLMs of 5 families", "8개 and 5종 are exchanged"),
        # The plural is what is counted, whatever stands before it.
        ("이미지 45장으로 만든 쌍 92개", "92 synthetic image-text pairs of 45 images", ""),
        (
            "이미지 92장으로 만든 쌍 45개",
            "92 synthetic image-text pairs of 45 images",
            "92장 and 45개 are exchanged",
        ),
        # A name tells more than the word beside the figure that stands with all of them.
        (
            "Handwriting 데이터셋에서 12%, Ethanol에서 50%",
            "an improvement of 12% and 50% on the Handwriting and Ethanol datasets, respectively.",
            "",
        ),
        (
            "Handwriting 데이터셋에서 50%, Ethanol에서 12%",
            "an improvement of 12% and 50% on the Handwriting and Ethanol datasets, respectively.",
            "50% and 12% are exchanged",
        ),
        # In other notations, what is counted tells.
        ("1.2M images and 40 maps", "40 images and 1,200,000 maps", "1.2M and 40 are exchanged"),
    ],
)  # fmt: skip
def test_two_figures_are_exchanged_when_each_stands_with_the_other_s_words(
    claim: str, sentence: str, why: str
) -> None:
    assert exchanged_figures(claim, sentence) == why


@pytest.mark.parametrize(
    ("text", "first", "second", "axis", "side"),
    [
        ("Our net is faster and uses more memory than BERT.", "<own> net memori", "bert", "amount", 1),
        ("KORALIS needs fewer labels than BERT, with time.", "korali need label", "bert", "amount", -1),
        ("KORALIS outperforms BERT, as GPT shows.", "korali", "bert", "quality", 1),
        ("Llama is slow; KORALIS outperforms BERT.", "korali", "bert", "quality", 1),
        ("KORALIS fails to outperform BERT.", "korali", "bert", "quality", -1),
        ("KORALIS는 BERT를 능가하지 못했다.", "korali", "bert", "quality", -1),
        ("앞선 연구는 느렸지만, KORALIS는 BERT보다 빠르다.", "korali", "bert", "speed", 1),
        ("BERT보다 좋다.", "", "bert", "quality", 1),
        ("BERT보다 KORALIS를 쓴다.", "", "bert", "", 1),
    ],
)  # fmt: skip
def test_the_word_of_direction_nearest_to_the_comparison_within_its_clause_counts(
    text: str, first: str, second: str, axis: str, side: int
) -> None:
    (pair,) = comparisons(text)
    assert parts_of(pair) == (set(first.split()), set(second.split()), axis, side, ())


@pytest.mark.parametrize(
    ("claim", "sentence", "why", "lacks"),
    [
        (
            "BERT is faster than KORALIS.",
            "KORALIS is preferred over BERT.",
            "'BERT' and 'KORALIS' are exchanged",
            "its comparison is not found in the source",
        ),
        (
            "KORALIS is faster than BERT.",
            "KORALIS is preferred over BERT.",
            "",
            "its comparison is not found in the source",
        ),
        (
            "KORALIS is faster than BERT.",
            "BERT is larger than KORALIS.",
            "",
            "its comparison is not found in the source",
        ),
        (
            "KORALIS is faster than BERT.",
            "KORALIS is larger than BERT.",
            "",
            "its comparison is not found in the source",
        ),
        (
            "BERT outperforms BERT.",
            "KORALIS outperforms BERT.",
            "",
            "its comparison is not found in the source",
        ),
        (
            "KORALIS outperforms BERT.",
            "GPT outperforms Llama.",
            "",
            "its comparison is not found in the source",
        ),
        (
            "Dense attention layers of our large model outperform sparse attention layers.",
            "Sparse attention layers outperform dense attention layers of our large model.",
            "'Dense attention layers large model' and 'sparse attention layers' are exchanged",
            "its comparison is not found in the source",
        ),
        (
            "Our dense bidirectional contextual representations beat BERT.",
            "BERT beats our dense bidirectional contextual representations.",
            "'dense bidirectional contextual represent' and 'BERT' are exchanged",
            "its comparison is not found in the source",
        ),
        ("It has 5 maps.", "It has 6 maps.", "", ""),
        ("It moves from 40% to 55%.", "It moves from 40% to 55%.", "", ""),
        (
            "precision is 40%, accuracy is 50% and recall is 60%",
            "precision is 40%, recall is 50% and accuracy is 60%",
            "50% and 60% are exchanged",
            "its figures stand in another order than in the source",
        ),
        (
            "precision is 40%, recall is 50% and accuracy is 60%",
            "precision is 40%, recall is 50% and accuracy is 60%",
            "",
            "",
        ),
        ("Training is slow.", "Training improves.", "", "the source does not say which way"),
        ("Error decreases.", "Error improves.", "", "the source does not say which way"),
        (
            "The error of models decreases.",
            "The error of models improves.",
            "",
            "the source does not say which way",
        ),
        (
            "Accuracy of models decreases.",
            "Accuracy of models improves.",
            "says the opposite: the source goes up (amount)",
            "the source does not say which way",
        ),
        (
            "It increases.",
            "It decreases.",
            "says the opposite: the source goes down (amount)",
            "the source does not say which way",
        ),
        ("Memory increases.", "The weather increases.", "", "the source does not say which way"),
        (
            "Memory usage increases.",
            "Memory at inference decreases.",
            "says the opposite: the source goes down (amount)",
            "the source does not say which way",
        ),
    ],
)  # fmt: skip
def test_only_comparisons_and_directions_of_one_thing_on_one_axis_say_the_same_or_the_opposite(
    claim: str, sentence: str, why: str, lacks: str
) -> None:
    assert contradiction(claim, sentence) == why
    assert unproved(claim, sentence) == lacks


def test_the_opposite_of_something_else_is_none() -> None:
    assert turned_round("Memory increases.", "The weather decreases.", 0.3) == ""
    assert turned_round("Training is slow.", "Training improves.") == ""


@pytest.mark.parametrize(
    "text", ["정확도가 증가하지 않았다.", "속도가 향상되지 못했다.", "It never reduces memory."]
)
def test_a_direction_denied_before_or_behind_it_is_none(text: str) -> None:
    assert directions(text) == ()


def test_a_verb_speaks_of_its_object_however_far_before_it_that_stands() -> None:
    (direction,) = directions("정확도를 모든 시험에서 여러 언어와 도메인에 걸쳐 높인다.")
    assert [near for unit, near in direction.near if "accur" in unit.stems] == [1.0]
    (direction,) = directions("The accuracy of models in many languages and domains increases.")
    assert {stem for unit, _ in direction.near for stem in unit.stems} == {
        "domain",
        "languag",
        "mani",
        "model",
    }


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("CoVoST 2 and SuperGLUE 3", "CoVoST 3 and SuperGLUE 2"),
        ("The 3rd of maps and 2nd of plans", "The 2nd of maps and 3rd of plans"),
        ("RTX 4090 maps and RTX 3090 plans", "RTX 3090 maps and RTX 4090 plans"),
        ("GPT-4 maps and GPT-3 plans", "GPT-3 maps and GPT-4 plans"),
        ("3D maps and 2D plans", "2D maps and 3D plans"),
        ("48% of birds were seen, then 62% of cats.", "Dogs had 62% while maps had 48%."),
        ("48% of 62 maps", "62% of 48 maps"),  # a share and a count: each has a unit of its own
    ],
)
def test_only_measured_figures_of_one_unit_can_be_exchanged(claim: str, sentence: str) -> None:
    assert exchanged_figures(claim, sentence) == ""


@pytest.mark.parametrize(
    ("claim", "sentence", "why"),
    [
        ("accuracy 99%, precision 48%, recall 62%", "precision 62%, recall 48%", "48% and 62% are exchanged"),
        ("precision 48%, accuracy 48%, recall 62%", "precision 62%, recall 48%", "48% and 62% are exchanged"),
        ("precision 48%, recall 62%, accuracy 99%", "precision 62%, recall 48%", "48% and 62% are exchanged"),
        (
            "KORALIS outperforms BERT, while GPT outperforms Llama.",
            "KORALIS outperforms BERT, while Llama outperforms GPT.",
            "'GPT' and 'Llama' are exchanged",
        ),
        (
            "Training is faster and memory increases.",
            "Memory decreases.",
            "says the opposite: the source goes down (amount)",
        ),
        (
            "메모리 사용량이 증가한다.",
            "정확도는 증가하고 메모리 사용량은 감소한다.",
            "says the opposite: the source goes down (amount)",
        ),
        ("KORALIS OUTPERFORMS BERT.", "BERT outperforms KORALIS.", "'KORALIS' and 'BERT' are exchanged"),
        (
            "KORALIS Fails To Outperform BERT.",
            "KORALIS outperforms BERT.",
            "'BERT' stands on the other side of the comparison",
        ),
        (
            "GPT is surpassed by BERT.",
            "GPT surpasses BERT.",
            "'BERT' stands on the other side of the comparison",
        ),
        ("BERT is surpassed by GPT.", "GPT surpasses BERT.", ""),
        (
            "오류는 1B 모델에 비해 8B 모델에서 2배 더 크다.",
            "Errors are 2 times larger for 8B compared to 1B models.",
            "",
        ),
    ],
)
def test_what_is_exchanged_is_found_behind_what_is_not(claim: str, sentence: str, why: str) -> None:
    assert contradiction(claim, sentence) == why


OPPOSITE = "says the opposite: the source goes down (amount)"


@pytest.mark.parametrize(
    ("claim", "sentence", "quoted", "unquoted"),
    [
        ("Memory of models increases.", "Memory of models decreases.", OPPOSITE, OPPOSITE),
        ("Memory of a model in a city in winter increases.", "Memory decreases.", OPPOSITE, ""),
        ("도시의 겨울 시장이 증가한다.", "Memory decreases.", "", ""),
        ("메모리 사용량이 증가한다.", "Memory usage decreases.", OPPOSITE, OPPOSITE),
        (
            "KORALIS outperforms BERT on images of a city in winter and of a market in summer.",
            "BERT outperforms KORALIS for texts.",
            "'KORALIS' and 'BERT' are exchanged",
            "",
        ),
    ],
)
def test_a_sentence_found_by_its_words_must_share_more_than_one_that_is_quoted(
    claim: str, sentence: str, quoted: str, unquoted: str
) -> None:
    assert contradiction(claim, sentence) == quoted
    assert contradiction(claim, sentence, loose=True) == unquoted


def test_a_claim_without_quotes_is_held_loosely_against_the_nearest_sentence() -> None:
    text = "Memory of one model in winter increases."
    assert judged("relations", text, "Memory decreases.").startswith("contradicted")
    assert judged("relations", text, "Memory decreases.", quotes=False).startswith("unclear")


def test_the_opposite_counts_for_each_direction_of_a_claim_that_stands_near_enough() -> None:
    assert turned_round("The weather rises. Memory increases.", "Memory decreases.", 0.6) == OPPOSITE


def test_what_fails_to_be_better_hides_no_later_comparison() -> None:
    pairs = comparisons("KORALIS fails to outperform BERT; Llama beats GPT.")
    assert [(pair.axis, pair.side) for pair in pairs] == [("quality", 1), ("quality", -1)]


TWO_WAYS = "MrDPO enhances the accuracy of captions, reducing memory by 28%."


@pytest.mark.parametrize(
    ("claim", "sentence", "lacks"),
    [
        ("MrDPO는 캡션의 정확도를 높여 메모리를 28% 줄인다.", TWO_WAYS, ""),
        (
            "MrDPO는 캡션의 정확도를 낮춰 메모리를 28% 줄인다.",
            TWO_WAYS,
            "the source does not say which way",
        ),
        ("2D 이미지를 3D 데이터와 정렬한다.", "It aligns 2D images with 3D data.", ""),
        (
            "3D 이미지를 2D 데이터와 정렬한다.",
            "It aligns 2D images with 3D data.",
            "the source does not say what has which dimensions",
        ),
        (
            "모델은 이 알고리즘보다 비용이 낮다.",
            "Our algorithm has a lower cost compared to the model.",
            "its comparison is not found in the source",
        ),
    ],
)
def test_each_direction_shape_and_side_of_a_claim_needs_one_of_the_sentence_of_its_own(
    claim: str, sentence: str, lacks: str
) -> None:
    assert unproved(claim, sentence) == lacks


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("데이터셋은 이미지 13,820장과 질문 162,373개를 담는다.", ""),
        ("데이터셋은 13,820장의 이미지와 162,373개의 질문을 담는다.", ""),
        ("데이터셋은 162,373장의 이미지와 13,820개의 질문을 담는다.", "162,373장 and 13,820개 are exchanged"),
        ("13,820개의 질문에서 얻은 162,373장의 이미지를 담는다.", "13,820개 and 162,373장 are exchanged"),
    ],
)
def test_figures_are_exchanged_when_each_counts_what_the_other_counts(claim: str, why: str) -> None:
    assert contradiction(claim, "The data set holds 13,820 images and 162,373 questions.") == why


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        (
            "정렬된 행동에 관한 문서를 더 많이 넣으면 어긋남 점수가 45%에서 9%로 줄어든다.",
            "Upsampling documents about aligned behaviour reduces misalignment scores from 45% to 9%.",
        ),
        (
            "KORALIS는 FLOPs를 85% 넘게 줄이고 처리량을 5배 높인다.",
            "KORALIS reduces FLOPs by more than 85% and achieves a 5x throughput speedup.",
        ),
        (
            "가장 좋은 KORALIS는 BERT에 비해 RMSE를 21.9% 줄였다.",
            "The best KORALIS reduced RMSE by 21.9% relative to BERT.",
        ),
        (
            "토크나이저가 격자 구조보다 탐색에 더 적합하다.",
            "Tokenizers are more amenable to search than grid structures.",
        ),
        ("강력한 성능을 내려면 미세 조정이 필요하다.", "Higher performance requires fine-tuning."),
    ],
)
def test_a_direction_that_the_claim_tells_too_is_no_opposite_of_another(claim: str, sentence: str) -> None:
    assert contradiction(claim, sentence) == ""


def test_one_direction_of_the_sentence_tells_one_of_the_claim() -> None:
    once = "The method reduces memory."
    assert unproved("이 방법은 메모리를 줄인다.", once) == ""
    assert unproved("이 방법은 메모리를 줄이고 메모리를 낮춘다.", once) == "the source does not say which way"


def test_a_direction_is_unproved_where_the_opposite_stands_nearer_to_its_thing() -> None:
    sentence = "It reduces memory but increases latency."
    assert unproved("It reduces memory.", sentence) == ""
    assert unproved("It reduces latency.", sentence) == "the source does not say which way"


def test_a_shape_that_ends_a_sentence_stands_before_nothing() -> None:
    assert unproved("2D 이미지는 3D", "It turns 2D images into 3D.") == ""


_ROBOTS = "We analyse trajectories of robots and images of patients."
_GRAPHS = "Graph neural networks predict protein structure and diffusion models synthesize speech."


@pytest.mark.parametrize(
    ("claim", "sentence", "words"),
    [
        ("로봇의 궤적과 환자의 영상을 분석합니다.", _ROBOTS, ""),
        ("환자의 궤적과 로봇의 영상을 분석합니다.", _ROBOTS, "'환자'"),
        ("그래프 신경망이 단백질 구조를 예측하고 확산 모델이 음성을 합성합니다.", _GRAPHS, ""),
        ("그래프 신경망이 음성 구조를 예측하고 확산 모델이 단백질을 합성합니다.", _GRAPHS, "'음성'"),
        ("확산 신경망이 단백질 구조를 예측하고 그래프 모델이 음성을 합성합니다.", _GRAPHS, "'확산'"),
        (
            "강화 학습을 이용해 언어 모델을 개선합니다.",
            "We improve language models with reinforcement learning.",
            "",
        ),
        (
            "언어 학습을 이용해 강화 모델을 개선합니다.",
            "We improve language models with reinforcement learning.",
            "'언어' and '학습'",
        ),
    ],
)
def test_words_that_fit_the_source_better_exchanged_are_told_across_languages(
    claim: str, sentence: str, words: str
) -> None:
    reason = better_exchanged(claim, sentence)
    assert reason.startswith(words)
    assert bool(reason) is bool(words)


_TRAINED = (
    "It is trained on simulated data yet evaluated on real data, which takes it from simulation to real use."
)


@pytest.mark.parametrize(
    ("claim", "several"),
    [
        ("실제 데이터로 학습하고 시뮬레이션 데이터로 평가했습니다.", True),
        ("시뮬레이션 데이터로 학습하고 실제 데이터로 평가했습니다.", True),
        ("시뮬레이션 데이터로 학습했습니다.", False),
    ],
)
def test_two_words_that_stand_in_several_places_of_the_source_prove_nothing(
    claim: str, several: bool
) -> None:
    reason = better_exchanged(claim, _TRAINED)
    assert (reason == "its words stand in several places of the source's sentence") is several


@pytest.mark.parametrize(("start", "end", "sentences"), [(0, 4, 1), (3, 6, 1), (2, 5, 2), (5, 9, 1)])
def test_a_quote_stands_in_the_sentences_it_overlaps_and_in_no_other(
    start: int, end: int, sentences: int
) -> None:
    paper = Item(key="1", source="s", kind="paper", title="T", url="https://example.org/1", text="Ab. Cde f.")
    quote = Quote(item_key="1", source="s", start=start, end=end, text=paper.text[start:end])
    claim = Claim(text="x", part="finding", quotes=(quote,), stories=(), language="en")
    assert len(quoted(claim, [paper])) == sentences


@pytest.mark.parametrize(
    ("claim", "lost"),
    [("쀍쀍는 로봇의 궤적을 분석합니다.", False), ("쀍쀍는 쁡쁡의 로봇의 궤적을 분석합니다.", True)],
)  # one word of four, two of five
def test_nothing_is_told_of_the_others_where_more_than_a_quarter_of_the_words_is_not_found(
    claim: str, lost: bool
) -> None:
    reason = "its words go together otherwise than in the source, as far as they can be told"
    assert better_exchanged(claim, _ROBOTS) == (reason if lost else "")


@pytest.mark.parametrize(("words", "reason"), [(60, ""), (61, "more words than can be compared")])
def test_sixty_words_are_compared_with_each_other_and_no_more(words: int, reason: str) -> None:
    text = " ".join(f"qz{chr(97 + n // 26)}{chr(97 + n % 26)}x" for n in range(words))
    assert better_exchanged(text, text) == reason


@pytest.mark.parametrize(
    ("claim", "sentence", "standing"),
    [
        ("로봇의 궤적", "trajectories of robots", "-1 of"),
        ("로봇의 궤적", "robot trajectories", "+1 none"),
        ("로봇의 궤적", "robots, trajectories", "+1 pause"),
        ("로봇의 궤적", "robots that learn trajectories", "+2 clause"),
        ("로봇의 궤적", "robots see images, words, sounds and trajectories", "+4 any"),
    ],
)
def test_two_words_that_go_together_stand_so_far_apart_and_so_joined(
    claim: str, sentence: str, standing: str
) -> None:
    assert standing in LinkedPair(claim, sentence).standings(0, 1)


def test_a_word_that_the_sentence_lacks_stands_nowhere() -> None:
    pair = LinkedPair("로봇의 궤적", "images of trajectories")
    assert (pair.standings(0, 1), pair.likelihood(0, 1, "owner")) == ([], None)


def test_a_link_is_likelier_where_true_claims_have_it() -> None:
    near, far = (LinkedPair("로봇의 궤적", s) for s in ("trajectories of robots", "trajectories with robots"))
    assert (near.likelihood(0, 1, "owner") or 0) > (far.likelihood(0, 1, "owner") or 0)


@pytest.mark.parametrize(
    ("text", "links", "bare"),
    [
        ("로봇이 궤적을 예측한다.", "로봇 예측 subject, 궤적 예측 object", "예측"),
        # A subject goes with its own verb and with the last; what stands where, with the next verb.
        (
            "모델은 데이터 집합에서 영상을 생성하고 음성을 인식한다.",
            "모델 생성 subject, 모델 인식 subject, 데이터 집합 compound, 집합 생성 adverb, 영상 생성 object, "
            "음성 인식 object",
            "생성 인식",
        ),
        # What is joined goes with its like, and shares the role and the verb of it.
        ("문서와 질의를 학습한다.", "문서 질의 joined, 문서 학습 object, 질의 학습 object", "학습"),
        # A modifier goes with what it stands before, an owner with what it owns; a verb may be a modifier.
        (
            "정확한 예측을 위해 모델을 학습한다.",
            "정확 예측 modifier, 예측 학습 object, 모델 학습 object",
            "학습",
        ),
        (
            "모델이 예측한 로봇의 궤적을 학습한다.",
            "모델 예측 subject, 모델 학습 subject, 예측 로봇 modifier, 로봇 궤적 owner, 궤적 학습 object",
            "학습",
        ),
        ("로봇", "", ""),
    ],
)
def test_words_go_together_by_the_particles_behind_them(text: str, links: str, bare: str) -> None:
    pair = LinkedPair(text, "a sentence")
    words = [text[unit.start : unit.end] for unit in pair.ours]
    assert ", ".join(f"{words[a]} {words[b]} {kind}" for a, b, kind in pair.links) == links
    assert " ".join(words[at] for at in sorted(pair.bare)) == bare


@pytest.mark.parametrize(
    ("claim", "near"),
    [
        ("It increases the throughput of decoding.", 0.5),  # by what both are said of
        ("It increases the speed of decoding.", 1.0),  # more speed is faster itself
        ("It raises the training speed.", 0.0),  # where the speed stands beside, and of nothing shared
    ],
)
def test_a_change_of_speed_stands_beside_what_is_faster(claim: str, near: float) -> None:
    (change,), (faster,) = directions(claim), directions("It makes decoding faster.")
    assert _closeness(change, [faster]) == near
    assert _closeness(change, []) == 0.0


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        (  # the one compared with, from behind
            "Mip-NeRF 360에서 3DGS의 복원 품질은 더 낮다.",
            "Experiments on Mip-NeRF 360 show that our approach surpasses 3DGS in reconstruction quality.",
        ),
        (  # two facts whole, in another order
            "초당 7B 모델은 36.34토큰, 70B 모델은 3.44토큰을 내놓는다.",
            "It runs 70B LLMs at a speed of 3.44 token/s, and 7B LLMs at a speed of 36.34 token/s.",
        ),
    ],
)
def test_a_free_claim_is_not_called_turned_where_it_only_tells_it_otherwise(
    claim: str, sentence: str
) -> None:
    assert contradiction(claim, sentence, loose=True) == ""


def test_one_figure_in_the_place_of_the_other_is_still_named() -> None:
    sentence = "It runs 70B LLMs at a speed of 3.44 token/s, and 7B LLMs at a speed of 36.34 token/s."
    claim = "It runs 7B LLMs at a speed of 3.44 token/s, and 70B LLMs at a speed of 36.34 token/s."
    assert contradiction(claim, sentence) == "7B and 70B are exchanged"


@pytest.mark.parametrize(
    ("text", "source", "outcome"),
    [
        ("두 번째 연구에서 문항은 성격을 더 잘 측정했다.", "Study 2 measured traits better.", "supported"),
        ("두 연구에서 문항은 성격을 더 잘 측정했다.", "Study 2 measured traits better.", "unsupported"),
        ("Its encoders never look ahead.", "Its encoders rely solely on past frames.", "supported"),
        ("Its encoders never look ahead.", "Its encoders rely on past frames.", "unsupported"),
    ],
)
def test_an_ordinal_speaks_of_one_study_and_solely_allows_never(text: str, source: str, outcome: str) -> None:
    about = Item(
        key="arxiv:2", source="arxiv", kind="paper", title="A title", url="https://a.example/2", text=source
    )
    claim = Claim(text=text, part="finding", quotes=(), stories=(), language="en")
    assert generality.make(generality.Options(), TOOLS).check(claim, [about]).outcome == outcome
