"""Promises of what is exchanged between a claim and its sentence, in Korean and English."""

from __future__ import annotations

import pytest

from daybrief.audit.inspection import verdict_of
from daybrief.checks import generality, names, numbers, polarity, relations
from daybrief.checks._evidence import ContentUnit
from daybrief.checks.numbers import _neighbours
from daybrief.checks.relations import _CLEAR as CLEAR
from daybrief.checks.relations import (
    ComparedPair,
    _across,
    _crossed,
    contradiction,
    exchanged_figures,
    unproved,
)
from daybrief.model import Category, Claim, Item, Quote, Taxonomy, Verdict
from daybrief.ports import Check, Tools
from daybrief.text.numbers import numbers as numbers_in

TAXONOMY = Taxonomy(
    version="1",
    category=(Category(id="others", kind="both", emoji="", name={"en": "Others"}, definition=""),),
)
TOOLS = Tools(taxonomy=TAXONOMY, language="ko")
CHECKS: tuple[Check, ...] = tuple(
    module.make(module.Options(), TOOLS) for module in (numbers, names, polarity, generality, relations)
)
BEATS = "KORALIS outperforms BERT-large on the ScanRefer dataset by 3.1%."
FASTER = "Sparse attention is 4 times faster than dense attention on long documents."
TWO = "The model reaches a precision of 62% and a recall of 48% on MIMIC-III."
FROM_TO = "Fine-tuning raises accuracy from 40% to 55% on ImageNet."
REDUCES = "Our pruning method significantly reduces memory usage while maintaining accuracy."
MODIFIER = "Calibration is an important step for reliable medical diagnosis."
SOME = "The method improves robustness on several benchmarks and often reduces cost."
COMPARED = "It achieves a METEOR score of 55.5% compared to 24.5% achieved by the reference model."
ZEROTH = "We study zeroth-order optimization of language models."
TEXT = " ".join((BEATS, FASTER, TWO, FROM_TO, REDUCES, MODIFIER, SOME, COMPARED, ZEROTH))
ITEM = Item(
    key="arxiv:2411.00009", source="arxiv", kind="paper", title="KORALIS", url="https://arxiv.org/abs/2411.00009",
    text=TEXT,
)  # fmt: skip


def judged(text: str, quote: str = "") -> tuple[str, list[Verdict]]:
    """The verdict on a sentence, with a quote or held against the whole text."""
    start = TEXT.index(quote)
    quotes = (
        (Quote(item_key=ITEM.key, source="arxiv", start=start, end=start + len(quote), text=quote),)
        if quote
        else ()
    )
    claim = Claim(text=text, part="finding", quotes=quotes, stories=(), language="ko")
    verdicts = [check.check(claim, [ITEM]) for check in CHECKS]
    return verdict_of(claim, [ITEM], verdicts).verdict, verdicts


TURNED = [
    ("BERT-large outperforms KORALIS on the ScanRefer dataset by 3.1%.", BEATS),
    ("ScanRefer에서 BERT-large는 KORALIS를 3.1% 앞섰다.", BEATS),
    ("BERT-large가 KORALIS보다 ScanRefer에서 3.1% 높았다.", BEATS),
    ("KORALIS는 ScanRefer에서 BERT-large에 3.1% 뒤졌다.", BEATS),
    ("Dense attention is 4 times faster than sparse attention on long documents.", FASTER),
    ("Sparse attention은 긴 문서에서 dense attention보다 4배 느리다.", FASTER),
    ("MIMIC-III에서 정밀도 48%와 재현율 62%에 도달했다.", TWO),
    ("The model reaches a precision of 48% and a recall of 62% on MIMIC-III.", TWO),
    ("미세 조정은 ImageNet 정확도를 55%에서 40%로 바꾼다.", FROM_TO),
    ("ImageNet에서 정확도가 40%에서 55%로 떨어졌다.", FROM_TO),
    ("Our pruning method significantly increases memory usage while maintaining accuracy.", REDUCES),
    ("이 가지치기 방법은 메모리 사용량을 크게 늘린다.", REDUCES),
    ("보정은 신뢰할 수 있는 의료 진단에 중요하지 않은 단계이다.", MODIFIER),
    ("Calibration is an unimportant step for reliable medical diagnosis.", MODIFIER),
    ("기준 모델의 55.5%에 비해 24.5%의 METEOR 점수를 얻었다.", COMPARED),
]
TRUE = [
    ("KORALIS는 ScanRefer에서 BERT-large를 3.1% 앞섰다.", BEATS),
    ("ScanRefer에서 KORALIS가 BERT-large보다 3.1% 높았다.", BEATS),
    ("BERT-large는 ScanRefer에서 KORALIS에 3.1% 뒤졌다.", BEATS),
    ("Sparse attention은 긴 문서에서 dense attention보다 4배 빠르다.", FASTER),
    ("MIMIC-III에서 정밀도 62%와 재현율 48%에 도달했다.", TWO),
    ("미세 조정은 ImageNet 정확도를 40%에서 55%로 높인다.", FROM_TO),
    ("이 가지치기 방법은 정확도를 유지하면서 메모리 사용량을 크게 줄인다.", REDUCES),
    ("보정은 신뢰할 수 있는 의료 진단에 중요한 단계이다.", MODIFIER),
    ("기준 모델의 24.5%에 비해 55.5%의 METEOR 점수를 얻었다.", COMPARED),
    ("이 연구는 언어 모델의 0차 최적화를 다룬다.", ZEROTH),
    ("이 연구는 언어 모델의 0차(zeroth-order) 최적화를 다룬다.", ZEROTH),
]


@pytest.mark.parametrize(("text", "quote"), TURNED)
def test_what_is_turned_round_is_contradicted_with_a_quote(text: str, quote: str) -> None:
    assert judged(text, quote)[0] == "contradicted"


@pytest.mark.parametrize("text", [text for text, _ in TURNED])
def test_what_is_turned_round_is_never_confirmed_without_a_quote(text: str) -> None:
    assert judged(text)[0] in {"contradicted", "unsupported", "not confirmed"}


@pytest.mark.parametrize(("text", "quote"), TRUE)
def test_a_true_sentence_is_refused_by_no_check(text: str, quote: str) -> None:
    for verdict, verdicts in (judged(text, quote), judged(text)):
        assert verdict in {"confirmed", "not confirmed"}, verdicts


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("The method improves robustness on all benchmarks and often reduces cost.", SOME),
        ("이 방법은 모든 벤치마크에서 강건성을 높인다.", SOME),
        ("이 방법은 여러 벤치마크에서 항상 비용을 줄인다.", SOME),
        ("KORALIS는 BERT-large를 압도적으로 능가한다.", BEATS),
        ("KORALIS far outperforms BERT-large on the ScanRefer dataset by 3.1%.", BEATS),
        ("이것은 언어 모델의 0차 최적화를 다룬 최초의 연구이다.", ZEROTH),
        ("Fine-tuning doubles accuracy on ImageNet.", FROM_TO),
        ("KORALIS는 LexiBench 데이터셋에서 BERT-large를 앞섰다.", BEATS),
        ("KORALIS는 오로라넷 데이터셋에서 BERT-large를 앞섰다.", BEATS),
    ],
)
def test_more_than_the_source_says_is_unsupported(text: str, quote: str) -> None:
    assert judged(text, quote)[0] == "unsupported"


@pytest.mark.parametrize(
    ("text", "confirmed"),
    [
        (BEATS, True),
        ("ScanRefer 데이터셋에서 KORALIS는 BERT-large를 3.1% 앞섰다.", True),
        ("KORALIS is a large model of a young company in Seoul.", False),
        ("보정은 오래된 도시의 겨울 풍경을 그린다.", False),
    ],
)
def test_a_sentence_is_confirmed_only_where_its_words_are_found(text: str, confirmed: bool) -> None:
    assert (judged(text)[0] == "confirmed") is confirmed


def test_without_a_text_nothing_is_confirmed() -> None:
    claim = Claim(text="KORALIS는 빠르다.", part="finding", quotes=(), stories=(), language="ko")
    assert verdict_of(claim, [], []).verdict == "not confirmed"


def test_a_keyword_states_nothing_that_could_be_exchanged() -> None:
    claim = Claim(text="‘BERT’: 오늘 글 2개", part="keyword", quotes=(), stories=(), language="ko")
    assert relations.Relations().check(claim, [ITEM]).outcome == "unclear"


# ── the parts of a comparison ───────────────────────────────────────────────────────────────────────


def units_of(*words: str) -> tuple[ContentUnit, ...]:
    return tuple(ContentUnit(frozenset({w}), 10 * n, 10 * n + 5, 1.0) for n, w in enumerate(words))


@pytest.mark.parametrize(
    ("axes", "crossed"), [(("size", "size"), True), (("size", ""), False), (("", "size"), False)]
)
def test_things_seen_crossed_from_one_side_suffice_only_where_both_say_which_way(
    axes: tuple[str, str], crossed: bool
) -> None:
    first = ComparedPair(units_of("koralis", "adapter", "tuning"), units_of("bert"), axes[0], 1)
    other = ComparedPair(units_of("bert"), units_of("vision", "encoder", "koralis"), axes[1], 1)
    across = _across(first, other)
    assert min(across) < CLEAR <= max(across), across
    assert _crossed(first, other) is crossed


def test_a_word_that_only_bounds_a_figure_is_no_neighbour_of_it() -> None:
    line = "accuracy rises to nearly 55 on ImageNet"
    (number,) = numbers_in(line)
    near = {stem for unit, _ in _neighbours(line, number) for stem in unit.stems}
    assert "imagenet" in near
    assert "near" not in near
    assert "nearly" not in near


@pytest.mark.parametrize(
    ("claim", "exchanged"),
    [("Accuracy is 40% and recall is 55%.", ""), ("Accuracy is 55% and recall is 40%.", "55% and 40%")],
)
def test_a_list_of_figures_goes_with_a_list_of_things_in_its_order(claim: str, exchanged: str) -> None:
    why = exchanged_figures(claim, "Accuracy and recall are 40% and 55%, respectively.")
    assert why == (f"{exchanged} are exchanged" if exchanged else "")


def test_figures_without_a_word_beside_them_are_in_order_when_they_follow_in_order() -> None:
    assert unproved("40%, 55%", "40%, 55%") == ""
    assert unproved("55%, 40%", "40%, 55%") == "its figures stand in another order than in the source"


@pytest.mark.parametrize(
    ("claim", "sentence", "exchanged"),
    [
        ("오류율을 6.5%에서 3.3%로 줄였다.", "It reduces error rates (3.3% vs 6.5%).", ""),
        (
            "신호 대 왜곡비는 3.2에서 5.4로 올라 경쟁 모델보다 2.2 높았다.",
            "Its signal-to-distortion ratio is 2.2 points higher than the best competitor (from 3.2 to 5.4).",
            "",
        ),
        (
            "레이블의 1%로 학습하면 30.3%, 10%로 학습하면 65.5%의 정확도를 달성한다.",
            "It achieves 30.3% and 65.5% accuracies when trained using 1% and 10% of the labels.",
            "",
        ),
        (
            "레이블의 10%로 학습하면 30.3%, 1%로 학습하면 65.5%의 정확도를 달성한다.",
            "It achieves 30.3% and 65.5% accuracies when trained using 1% and 10% of the labels.",
            "30.3% and 65.5% are exchanged",
        ),
    ],
)
def test_figures_in_brackets_and_two_listed_pairs_are_told_in_any_order(
    claim: str, sentence: str, exchanged: str
) -> None:
    assert exchanged_figures(claim, sentence) == exchanged


def test_two_joined_facts_that_go_different_ways_keep_who_is_ahead() -> None:
    sentence = "SRT improves F1 score by 4.7% and reduces latency by 14.7% over prior methods."
    assert not contradiction("SRT는 기존 방법보다 F1을 4.7% 높이고 지연을 14.7% 줄였다.", sentence)
    assert contradiction("기존 방법은 SRT보다 F1을 4.7% 높이고 지연을 14.7% 줄였다.", sentence)


def test_a_figure_with_a_counter_counts_the_noun_right_before_it() -> None:
    sentence = "VoxVietnam has over 187,000 utterances from 1,406 speakers."
    assert exchanged_figures("VoxVietnam은 화자 1,406명의 발화 187,000개 이상을 담는다.", sentence) == ""
    assert exchanged_figures("VoxVietnam은 화자 187,000명의 발화 1,406개 이상을 담는다.", sentence)
