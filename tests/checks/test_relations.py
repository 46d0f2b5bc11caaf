"""Promises of what is exchanged between a claim and its sentence, in Korean and English."""

from __future__ import annotations

import pytest

from daybrief.audit.inspection import verdict_of
from daybrief.checks import generality, names, numbers, polarity, relations
from daybrief.checks._evidence import ContentUnit
from daybrief.checks._roles import _CLEAR as CLEAR
from daybrief.checks._roles import (
    ComparedPair,
    _across,
    _crossed,
    comparisons,
    exchanged_choice,
    exchanged_subjects,
    exchanged_things,
    exchanged_transfer,
)
from daybrief.checks.numbers import _neighbours
from daybrief.checks.polarity import turned_round
from daybrief.checks.relations import contradiction, exchanged_figures, other_unit, unproved
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
NOVEL = "We give a novel clustering method for protein folds."
TEXT = " ".join((BEATS, FASTER, TWO, FROM_TO, REDUCES, MODIFIER, SOME, COMPARED, ZEROTH, NOVEL))
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
        ("단백질 접힘을 위한 최초의 군집화 방법이다.", NOVEL),
        ("It is the first clustering method for protein folds.", NOVEL),
        ("Fine-tuning doubles accuracy on ImageNet.", FROM_TO),
        ("KORALIS는 LexiBench 데이터셋에서 BERT-large를 앞섰다.", BEATS),
        ("KORALIS는 오로라넷 데이터셋에서 BERT-large를 앞섰다.", BEATS),
    ],
)
def test_more_than_the_source_says_is_unsupported(text: str, quote: str) -> None:
    assert judged(text, quote)[0] == "unsupported"


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("이것은 언어 모델의 0차 최적화를 다룬 최초의 연구이다.", ZEROTH),
        ("It is the first study of zeroth-order optimization of language models.", ZEROTH),
        ("Fine-tuning on the entire ImageNet raises accuracy from 40% to 55%.", FROM_TO),
        ("Sparse attention fully replaces dense attention and is 4 times faster on long documents.", FASTER),
        ("KORALIS outperforms BERT-large, the most recent model, on the ScanRefer dataset by 3.1%.", BEATS),
        ("The only method we give clusters protein folds.", NOVEL),
    ],
)
def test_a_strong_word_that_makes_more_of_no_word_of_the_source_is_not_confirmed(
    text: str, quote: str
) -> None:
    assert [judged(text)[0], judged(text, quote)[0]] == ["not confirmed", "not confirmed"]


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


CASES = "It holds 40,000 text-image pairs from 2,000 persons."
RATES = "ELMO captures motion at 60 fps from a point cloud at 20 fps."
LISTED = "Improvements reach 8% and 10% in general performance and safety, respectively."


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        # A counter says what is counted.
        ("2,000명의 이미지 쌍 40,000개를 담는다.", "40,000명의 이미지 쌍 2,000개를 담는다.", CASES),
        # A figure before 의 is told of the noun behind it, one with another particle of the noun before.
        (
            "정확도의 60%를 라벨 20%로 지킨다.",
            "정확도의 20%를 라벨 60%로 지킨다.",
            "It keeps 60% of the accuracy with 20% of the labels.",
        ),
        # A list is told in the order of its things, whatever word follows the last figure.
        ("일반 성능은 8%, 안전성은 10% 좋아졌다.", "일반 성능은 10%, 안전성은 8% 좋아졌다.", LISTED),
        # A range stays together and keeps its order.
        (
            "데이터의 3~10%만 오염시켜도 성공률이 50%를 넘는다.",
            "데이터의 3~50%만 오염시켜도 성공률이 10%를 넘는다.",
            "It shows above 50% success rate when poisoning just 3-10% of the data.",
        ),
        (
            "2014년부터 2024년까지 쓰인 기법을 다룬다.",
            "2024년부터 2014년까지 쓰인 기법을 다룬다.",
            "It reviews techniques used from 2014 to 2024.",
        ),
        # The figure of the standard in brackets, behind its owner, against the other.
        (
            "99.25%의 정확도로 ResNet 기준선의 98.62%를 넘어섰다.",
            "98.62%의 정확도로 ResNet 기준선의 99.25%를 넘어섰다.",
            "It achieves 99.25% accuracy, surpassing a strong ResNet baseline (98.62%).",
        ),
        (
            "KORALIS의 F1은 93.3%로 BERT의 82.8%보다 높았다.",
            "KORALIS의 F1은 82.8%로 BERT의 93.3%보다 높았다.",
            "KORALIS outperforms BERT in F1 (93.3% vs. 82.8%).",
        ),
        # English figures in brackets behind their scores are one list.
        (
            "It reaches 98.2% on AddSub, 93.9% on SVAMP and 81.1% on AQuA.",
            "It reaches 93.9% on AddSub, 98.2% on SVAMP and 81.1% on AQuA.",
            "On AddSub, SVAMP and AQuA it has accuracies of 98.2% (+3.3%), 93.9% (+0.2%) and 81.1% (+1.2%).",
        ),
    ],
)
def test_a_figure_stays_with_what_it_is_told_of(right: str, wrong: str, sentence: str) -> None:
    assert exchanged_figures(right, sentence) == ""
    assert exchanged_figures(wrong, sentence)


OURS = "Numerical results validate that our schemes improve accuracy over the existing schemes."


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        # The other thing stands before or behind the one compared with, as a topic or as a doer.
        (
            "제안 방식이 기존 방식보다 정확도가 높다.",
            "기존 방식이 제안 방식보다 정확도가 높다.",
            OURS,
        ),
        (
            "데이터를 섞는 것보다 모델을 병합하는 쪽이 더 효과적이다.",
            "모델을 병합하는 것보다 데이터를 섞는 쪽이 더 효과적이다.",
            "Merging models is more effective than mixing data.",
        ),
        (
            "KORALIS의 처리량은 BERT의 2배다.",
            "BERT의 처리량은 KORALIS의 2배다.",
            "The throughput of KORALIS is twice as high as (2x) compared to BERT.",
        ),
        (
            "실험은 제안 방법이 압축 기준선보다 효과적임을 보인다.",
            "실험은 압축 기준선이 제안 방법보다 효과적임을 보인다.",
            "Experiments show the efficacy of our method compared to the compression baseline.",
        ),
        # Whose a thing is tells it from the others' of the same kind.
        (
            "이 방법은 기존 방법을 능가한다.",
            "기존 방법은 이 방법을 능가한다.",
            "Our method outperforms existing methods.",
        ),
        # More and less behind "than" are told by plain words, too.
        (
            "이 방법은 기존 최신 방법보다 파라미터 비용이 적다.",
            "기존 최신 방법은 이 방법보다 파라미터 비용이 적다.",
            "Our approach has a lesser amount of parameter expense than existing methods.",
        ),
        # What only modifies the standard is no first thing.
        (
            "ELREA는 복잡도가 비슷한 앙상블보다 낫다.",
            "복잡도가 비슷한 앙상블은 ELREA보다 낫다.",
            "ELREA outperforms ensemble approaches with similar complexity.",
        ),
        # The standard of one comparison is no first thing of another.
        (
            "AMUSD는 추측 디코딩보다 29% 빠르다.",
            "추측 디코딩은 AMUSD보다 29% 빠르다.",
            "AMUSD is 29% faster than speculative decoding and 1.96x faster than autoregressive decoding.",
        ),
        (
            "AMUSD는 자기회귀 디코딩보다 빠르다.",
            "자기회귀 디코딩은 AMUSD보다 빠르다.",
            "AMUSD is 29% faster than speculative decoding and 1.96x faster than autoregressive decoding.",
        ),
    ],
)
def test_who_is_ahead_is_kept_in_free_korean(right: str, wrong: str, sentence: str) -> None:
    assert exchanged_things(right, sentence) == ""
    assert exchanged_things(wrong, sentence)


WINS = "We show that KORALIS outperforms existing parsers such as Mistral on low-resource languages."
TIME = "KORALIS provides a 12% to 37% reduction in model training time over leading alternatives."
PLANS = "Instead of drawing full images from noise, KORALIS predicts voxel-wise intensity changes."


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("KORALIS beats Mistral.", "Mistral beats KORALIS.", WINS),
        ("KORALIS is ahead of Mistral.", "Mistral is ahead of KORALIS.", WINS),
        ("Mistral is beaten by KORALIS.", "KORALIS is beaten by Mistral.", WINS),
        ("Mistral loses clearly to KORALIS.", "KORALIS loses clearly to Mistral.", WINS),
        ("KORALIS leaves Mistral far behind.", "Mistral leaves KORALIS far behind.", WINS),
        ("KORALIS wins against other parsers.", "Other parsers win against KORALIS.", WINS),
        ("KORALIS is a better parser than those before.", "Existing parsers are better than KORALIS.", WINS),
        ("KORALIS is stronger than Mistral.", "KORALIS is weaker than Mistral.", WINS),
        ("Compared with Mistral, KORALIS is better.", "Compared with KORALIS, Mistral is better.", WINS),
        # Less time is faster.
        ("KORALIS trains faster than alternatives.", "Alternatives train faster than KORALIS.", TIME),
        ("KORALIS needs less time than alternatives.", "Alternatives need less time than KORALIS.", TIME),
        # Words of one meaning are one.
        ("Bots were more social than people.", "People were more social than bots.",
         "We found that bots, though more social than humans and easy to tell apart, were not preferred."),
    ],
)  # fmt: skip
def test_who_is_ahead_is_kept_in_free_english(right: str, wrong: str, sentence: str) -> None:
    assert contradiction(right, sentence, loose=True) == ""
    assert contradiction(wrong, sentence)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("KORALIS predicts voxel-wise changes instead of drawing images from noise.",
         "KORALIS draws images from noise instead of predicting voxel-wise changes.", PLANS),
        ("Rather than draw images, KORALIS predicts intensity changes.",
         "Rather than predict intensity changes, KORALIS draws images.", PLANS),
        ("KORALIS는 이미지를 그리는 대신 강도 변화를 예측한다.",
         "KORALIS는 강도 변화를 예측하는 대신 이미지를 그린다.", PLANS),
        ("The text is about aspects rather than sentiment.",
         "The text is about sentiment rather than aspects.",
         "Both prompts focus on aspect terms rather than sentiment in the generated text."),
    ],
)  # fmt: skip
def test_what_is_taken_instead_of_the_other_is_kept(right: str, wrong: str, sentence: str) -> None:
    assert exchanged_choice(right, sentence) == ""
    assert exchanged_choice(wrong, sentence)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("Novices drove faster, while experts braked early.",
         "Experts drove faster, while novices braked early.",
         "Novices drove at higher speed, whereas experts braked early."),
        ("Llama는 토큰을 샘플링하지만, Mistral은 어텐션을 계산한다.",
         "Mistral은 토큰을 샘플링하지만, Llama는 어텐션을 계산한다.",
         "Llama samples tokens, whereas Mistral computes attention."),
        ("Llama samples tokens, whereas Mistral drops the critic.",
         "Mistral samples tokens, whereas Llama drops the critic.",
         "Unlike Mistral, which drops the critic, Llama samples tokens."),
    ],
)  # fmt: skip
def test_each_of_two_things_keeps_its_fact(right: str, wrong: str, sentence: str) -> None:
    assert exchanged_subjects(right, sentence) == ""
    assert exchanged_subjects(wrong, sentence)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("Latency falls by half and accuracy is higher.", "Latency rises by half and accuracy is higher.",
         "It halves latency while achieving higher accuracy."),
        ("It is pressed more and more to reduce its footprint.", "It is pressed to raise its footprint.",
         "It faces increasing pressure to reduce its footprint."),
        ("It learns fast and leaves others far behind.", "It learns slowly and leaves others far behind.",
         "It learns fast, outperforming others."),
    ],
)  # fmt: skip
def test_a_direction_speaks_of_its_own_fact(right: str, wrong: str, sentence: str) -> None:
    assert turned_round(right, sentence) == ""
    assert turned_round(wrong, sentence)


@pytest.mark.parametrize(
    ("claim", "sentence", "unit"),
    [
        ("It gains 5.2%.", "It gains 5.2%.", ""),
        ("It gains 5.2 points.", "It gains 5.2 points.", ""),
        ("5.2점 높다.", "It gains 5.2 points.", ""),
        ("5.2%포인트 높다.", "It gains 5.2 percentage points.", ""),
        ("30명이 참여했다.", "It had 30 participants.", ""),
        ("28ms가 걸린다.", "It takes 28 ms.", ""),
        ("It gains 2.8% and 1.3%.", "It gains 2.8 and 1.3 percent.", ""),
        ("5.2% 높다.", "It gains 5.2 percentage points.", "5.2%"),
        ("5.2%포인트 높다.", "It gains 5.2%.", "5.2%포인트"),
        ("5.2% 높다.", "It gains 5.2 points.", "5.2%"),
        ("초당 30프레임이다.", "It runs at 30 frames per second.", ""),
        ("분당 30프레임이다.", "It runs at 30 frames per second.", "a figure per minute"),
        ("논문 39편을 다룬다.", "It covers 39 papers.", ""),
        ("언어 39개를 다룬다.", "It covers 39 papers.", "39개 언어"),
        ("It covers 39 studies.", "It covers 39 papers.", "39 studies"),
        # A counter says what it counts, and a span of time is no count.
        ("39명을 다룬다.", "It covers 39 images.", "39명"),
        ("39장을 다룬다.", "It covers 39 images.", ""),
        ("39편을 다룬다.", "It covers 39 tokens.", "39편"),
        ("39개를 다룬다.", "It covers 39 tokens.", "39개"),
        ("토큰 39개를 다룬다.", "It covers 39 tokens.", ""),
        ("39개를 다룬다.", "It covers 39 people.", "39개"),
        ("39회 높다.", "It is 39 points higher.", "39회"),
        ("39일이 걸린다.", "It takes 39 of them.", "39일"),
        ("2024년에 나왔다.", "It appeared in 2024.", ""),
        ("It is 4 times as large.", "It is 300% larger.", "4 times"),
    ],
)
def test_a_figure_in_another_unit_is_never_confirmed(claim: str, sentence: str, unit: str) -> None:
    assert other_unit(claim, sentence) == unit
    assert not unit or unproved(claim, sentence)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("Precision rose by 14.8% and recall by 5.2%.", "Precision rose by 5.2% and recall by 14.8%.",
         "It achieved a precision increase of 14.8009% and a recall increase of 5.1860%."),
        ("정밀도는 14.8%, 재현율은 5.2% 올랐다.", "정밀도는 5.2%, 재현율은 14.8% 올랐다.",
         "It achieved a precision increase of 14.8009% and a recall increase of 5.1860%."),
    ],
)  # fmt: skip
def test_a_rounded_figure_stays_with_its_own_thing(right: str, wrong: str, sentence: str) -> None:
    assert exchanged_figures(right, sentence) == ""
    assert exchanged_figures(wrong, sentence)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("The delay of agents sinks by 43%, a decrease.", "The wait of agents increases by 43%.",
         "It reduces total latency of migration by approximately 43%."),
        ("대기는 43% 줄었다.", "대기는 43% 늘었다.", "It reduces total latency by approximately 43%."),
        # Between two that go different ways a figure goes with neither.
        ("Latency falls by 50% and accuracy is higher.", "Latency rises by 50% and accuracy is higher.",
         "It reduces latency by 50% while achieving higher accuracy."),
    ],
)  # fmt: skip
def test_the_figure_that_says_how_much_tells_which_direction_is_retold(
    right: str, wrong: str, sentence: str
) -> None:
    assert turned_round(right, sentence) == ""
    assert turned_round(wrong, sentence)


AHEAD = """능가했다 앞섰다 앞질렀다 앞지른다 넘어섰다 뛰어넘었다 웃돌았다 제쳤다 압도했다 추월했다
    따돌렸다 이겼다 눌렀다 꺾었다 상회했다"""
BEHIND = (
    "BERT는 KORALIS에 뒤졌다.",
    "BERT는 KORALIS에 뒤처졌다.",
    "BERT는 KORALIS에 크게 밀렸다.",
    "BERT는 KORALIS에 못 미친다.",
    "BERT는 KORALIS를 밑돌았다.",
    "BERT는 KORALIS보다 한참 못했다.",
    "BERT는 KORALIS만 못했다.",
    "BERT는 KORALIS에 졌다.",
)
LEADS = "On ScanRefer, KORALIS outperforms BERT by a large margin."


@pytest.mark.parametrize("verb", AHEAD.split())
@pytest.mark.parametrize("how", ["", "큰 차이로 ", "모든 과제에서 훨씬 "])
def test_every_verb_of_being_ahead_tells_who_is(verb: str, how: str) -> None:
    assert exchanged_things(f"KORALIS는 BERT를 {how}{verb}.", LEADS) == ""
    assert exchanged_things(f"BERT는 KORALIS를 {how}{verb}.", LEADS) == "'BERT' and 'KORALIS' are exchanged"


@pytest.mark.parametrize("claim", BEHIND)
def test_every_verb_of_being_behind_tells_who_is(claim: str) -> None:
    turned = claim.replace("BERT", "?").replace("KORALIS", "BERT").replace("?", "KORALIS")
    assert exchanged_things(claim, LEADS) == ""
    assert exchanged_things(turned, LEADS) == "'BERT' stands on the other side of the comparison"


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        # Faster is better, and so is more where the sentence says so of anything.
        (
            "Hybrid GRPO는 기존 방법보다 수렴이 빠르다.",
            "기존 방법은 Hybrid GRPO보다 수렴이 빠르다.",
            "Hybrid GRPO achieves superior convergence compared to existing methods.",
        ),
        (
            "이 방법은 최신 기준선보다 더 적은 자원을 쓴다.",
            "최신 기준선은 이 방법보다 더 적은 자원을 쓴다.",
            "Our method uses fewer resources and performs better compared to state-of-the-art baselines.",
        ),
        # The standard may stand first, and what is done meanwhile has the doer of the sentence.
        (
            "BTS가 다른 병합 방법보다 높은 성능을 냈다.",
            "다른 병합 방법이 BTS보다 높은 성능을 냈다.",
            "Compared to alternative merging approaches, BTS yields the best performance on most tasks.",
        ),
        (
            "이 모델은 전통적인 방식보다 정확도가 높다.",
            "전통적인 방식은 이 모델보다 정확도가 높다.",
            "Our model cuts latency while achieving higher accuracy compared to traditional methods.",
        ),
        # Two places are compared where the second stands behind the standard.
        (
            "GPT-4의 정확도는 독일어보다 프랑스어에서 더 높았다.",
            "GPT-4의 정확도는 프랑스어보다 독일어에서 더 높았다.",
            "GPT-4 had higher accuracy in French compared to German.",
        ),
    ],
)
def test_a_comparison_is_kept_however_the_two_languages_build_it(
    right: str, wrong: str, sentence: str
) -> None:
    assert exchanged_things(right, sentence) == ""
    assert exchanged_things(wrong, sentence)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        # "Not only" denies nothing.
        (
            "이 방법은 메모리 소비를 줄인다.",
            "이 방법은 메모리 소비를 늘린다.",
            "The proposed method not only reduces memory consumption but also enables parallel decoding.",
        ),
        # A verb has no object of another verb.
        (
            "MTL은 추론 시간을 줄이고 과제 정확도도 높인다.",
            "MTL은 추론 시간을 늘리고 과제 정확도도 높인다.",
            "MTL reduces inference time and also enhances task accuracy.",
        ),
        # Highest and lowest, best and worst are directions, too.
        (
            "BTS가 가장 높은 정확도를 냈다.",
            "BTS가 가장 낮은 정확도를 냈다.",
            "BTS yields the highest accuracy.",
        ),
        ("오류가 가장 낮았다.", "오류가 가장 높았다.", "It yields the lowest error."),
        # A writer's verbs of more and less.
        ("격차를 좁힌다.", "격차를 벌린다.", "It narrows the gap."),
        ("점수를 부풀린다.", "점수를 깎는다.", "It inflates and increases the score."),
        ("비용이 덜 든다.", "비용이 더 많이 든다.", "It reduces the cost."),
    ],
)
def test_a_direction_is_kept_in_free_korean(right: str, wrong: str, sentence: str) -> None:
    assert turned_round(right, sentence) == ""
    assert turned_round(wrong, sentence).startswith("says the opposite")


def test_of_two_ways_that_the_sentence_tells_none_is_held_against_the_claim() -> None:
    both = "Our method is better than prior methods with fewer layers and with more heads."
    assert exchanged_things("기존 방법은 이 방법보다 더 적은 층을 쓴다.", both) == ""


def test_a_comparison_is_held_against_the_sentence_that_compares() -> None:
    text = "Students use ChemTAsk in a course of students. ChemTAsk was faster than BERT in a trial."
    item = Item(
        key="arxiv:1", source="arxiv", kind="paper", title="A title", url="https://a.example/", text=text
    )
    claim = Claim(
        text="학생에게 BERT가 ChemTAsk보다 빨랐다.", part="finding", quotes=(), stories=(), language="ko"
    )
    verdict = relations.make(relations.Options(), TOOLS).check(claim, [item])
    assert (verdict.outcome, verdict.why) == ("contradicted", "'학생 BERT' and 'ChemTAsk' are exchanged")


@pytest.mark.parametrize(
    "claim",
    [
        "다른 전략을 일관되게 능가하는 단일 전략은 없다.",
        "There is no strategy that consistently outperforms the others.",
    ],
)
def test_what_nothing_does_is_no_comparison(claim: str) -> None:
    assert (
        exchanged_things(claim, "There is no single strategy that consistently outperforms the others.") == ""
    )


MALORA = (
    "MALoRA reduces trainable parameters by 48%, increases training speed by 1.2x and keeps its accuracy."
)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        # Two facts of one sentence, each with its own direction.
        (
            "MALoRA는 학습 파라미터를 48% 줄이고 학습 속도를 1.2배로 높인다.",
            "MALoRA는 학습 파라미터를 48% 늘리고 학습 속도를 1.2배로 높인다.",
            MALORA,
        ),
        # A higher speed is faster.
        (
            "속도를 3.53배 높이고 GPU 메모리를 15% 줄인다.",
            "속도를 3.53배 낮추고 GPU 메모리를 15% 줄인다.",
            "It delivers a 3.53x speedup and a 15% GPU memory reduction, with a drop in accuracy.",
        ),
        # High before a hyphen says nothing of the words before it.
        (
            "고빈도 거래의 예측 오차를 31% 줄였다.",
            "고빈도 거래의 예측 오차를 31% 늘렸다.",
            "It reduces prediction error in high-frequency trading by 31%.",
        ),
    ],
)
def test_each_fact_of_a_sentence_keeps_its_own_direction(right: str, wrong: str, sentence: str) -> None:
    assert contradiction(right, sentence) == ""
    assert contradiction(wrong, sentence)


def test_a_rate_over_one_thing_is_not_confirmed_of_another() -> None:
    sentence = "KORALIS has a 29% gain over sparse decoding and up to 1.9x speedup over dense decoding."
    assert unproved("KORALIS는 밀집 디코딩보다 29%, 희소 디코딩보다 1.9배 빠르다.", sentence)


def test_shapes_are_exchanged_when_each_stands_before_the_other_s_thing() -> None:
    sentence = "It aligns 2D images with 3D models."
    assert contradiction("2D 이미지를 3D 모델과 맞춘다.", sentence) == ""
    assert contradiction("3D 이미지를 2D 모델과 맞춘다.", sentence) == "2d and 3d are exchanged"


def test_all_listed_figures_of_a_standard_are_its_own() -> None:
    (pair,) = comparisons("KORALIS는 36.4%와 33.6%를 달성해 BERT 기준선의 22.9%와 25.4%를 넘어섰다.")
    assert set(pair.figures) == {22.9, 25.4}


ROBUST = "We show that HyResPINNs are more robust to the choice of architecture than traditional PINNs."
HARDER = "Rewriting old code is more challenging than writing new code."
BROADER = (
    "The proposed approach covers a strictly broader class of decision processes than Thompson sampling."
)
TEACHER = "Guided injection filters features and transfers them from the teacher to the student network."
ROUTER = "We replace the conventional neural router with language models that select experts."
SUBSET = "Our largest subset is three times smaller than the original training set of the task."
SIX = "CDIM infers 10 to 50 times faster than earlier conditional diffusion methods."
TRAINED = "The network is trained on simulated data yet evaluated on experimental data."


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        # A quality is compared by its own name, and by how good it is.
        ("Traditional PINNs are more sensitive to architecture than HyResPINNs.",
         "HyResPINNs are more sensitive to architecture than traditional PINNs.", ROBUST),
        ("HyResPINN은 기존 PINN보다 구조 선택에 강건했다.",
         "기존 PINN은 HyResPINN보다 구조 선택에 강건했다.", ROBUST),
        ("HyResPINN은 기존 PINN보다 구조 선택에 덜 민감했다.",
         "기존 PINN은 HyResPINN보다 구조 선택에 덜 민감했다.", ROBUST),
        ("Rewriting old code is harder than writing new code.",
         "Writing new code is harder than rewriting old code.", HARDER),
        ("제안한 접근법은 톰슨 샘플링보다 더 넓은 부류의 결정 과정을 다룬다.",
         "톰슨 샘플링은 제안한 접근법보다 더 넓은 부류의 결정 과정을 다룬다.", BROADER),
        # A multiple and a part are comparisons.
        ("CDIM infers 10 to 50 times as fast as earlier conditional diffusion methods.",
         "Earlier conditional diffusion methods infer 10 to 50 times as fast as CDIM.", SIX),
        ("The largest subset is a third of the size of the original training set.",
         "The original training set is a third of the size of the largest subset.", SUBSET),
        # What is taken, and what is left for it.
        ("A conventional neural router is replaced by language models.",
         "Language models are replaced by a conventional neural router.", ROUTER),
        ("기존 신경망 라우터를 언어 모델로 바꿔 전문가를 고른다.",
         "언어 모델을 기존 신경망 라우터로 바꿔 전문가를 고른다.", ROUTER),
        # Where something comes from, and where it goes.
        ("Features go from the teacher to the student.",
         "Features go from the student to the teacher.", TEACHER),
        ("교사의 특징을 걸러 학생에게 넘긴다.", "학생의 특징을 걸러 교사에게 넘긴다.", TEACHER),
        ("특징을 교사에서 학생으로 옮긴다.", "특징을 학생에서 교사로 옮긴다.", TEACHER),
        # Each of two joined facts has its own object.
        ("The network is trained on simulated data and evaluated on experimental data.",
         "The network is trained on experimental data and evaluated on simulated data.", TRAINED),
    ],
)  # fmt: skip
def test_the_two_sides_of_a_relation_keep_their_places(right: str, wrong: str, sentence: str) -> None:
    assert not contradiction(right, sentence)
    assert contradiction(wrong, sentence)
    assert unproved(wrong, sentence) or contradiction(wrong, sentence)


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("HyResPINNs are more sensitive to the choice of architecture.", ROBUST),
        (
            "Traditional PINNs are more accurate than HyResPINNs.",
            ROBUST.replace("more robust to", "broader in"),
        ),
        (
            "Heads ignore the original instruction.",
            "Heads shift from the original to the injected instruction.",
        ),
        ("Features are sent to the student by the teacher.", TEACHER),
        ("The network is trained on simulated data and tested.", TRAINED),
    ],
)
def test_what_tells_no_two_sides_is_no_exchange(claim: str, sentence: str) -> None:
    assert not exchanged_things(claim, sentence)
    assert not exchanged_transfer(claim, sentence)
    assert not exchanged_choice(claim, sentence)


@pytest.mark.parametrize(
    ("claim", "sentence", "confirmed"),
    [
        ("이 공격은 질의 20개가 필요하다.", "The attack needs 20 queries.", True),
        ("이 공격은 질의 20명이 필요하다.", "The attack needs 20 queries.", False),
        ("이 공격은 질의 20토큰이 필요하다.", "The attack needs 20 queries.", False),
        ("이 공격은 질의 20단어가 필요하다.", "The attack needs 20 queries.", False),
        ("학습에 30 GPU 시간이 든다.", "Training takes 30 GPU hours.", True),
        ("학습에 30 GPU 일이 든다.", "Training takes 30 GPU hours.", False),
        ("이 시스템은 초당 30프레임을 처리한다.", "The system processes 30 frames per second.", True),
        ("이 시스템은 분당 30프레임을 처리한다.", "The system processes 30 frames per second.", False),
        ("이 조사는 논문 150편을 살핀다.", "The survey reviews 150 papers.", True),
        ("이 조사는 논문 150명을 살핀다.", "The survey reviews 150 papers.", False),
        ("이 조사는 논문 150쌍을 살핀다.", "The survey reviews 150 papers.", False),
        ("지연을 40ms 줄인다.", "It reduces latency by 40 ms.", True),
        ("지연을 40% 줄인다.", "It reduces latency by 40 ms.", False),
        ("지연을 40배 줄인다.", "It reduces latency by 40 ms.", False),
        ("메모리를 16GB 쓴다.", "It uses 16 GB of memory.", True),
        ("메모리를 16MB 쓴다.", "It uses 16 GB of memory.", False),
        ("정확도를 3.2%포인트 높인다.", "It raises accuracy by 3.2 percentage points.", True),
        ("정확도를 3.2% 높인다.", "It raises accuracy by 3.2 percentage points.", False),
        ("정확도를 3.2배 높인다.", "It raises accuracy by 3.2%.", False),
        ("이미지 120만 장을 담았다.", "It holds 1.2 million images.", True),
        ("이미지 120만 명을 담았다.", "It holds 1.2 million images.", False),
        ("이미지 1억 2천만 장을 담았다.", "It holds 1.2 million images.", False),
        ("1조 5천억 토큰을 담았다.", "It holds 1.5 trillion tokens.", True),
        ("1조 5천억 단어를 담았다.", "It holds 1.5 trillion tokens.", False),
        ("1억 5천만 토큰을 담았다.", "It holds 1.5 trillion tokens.", False),
    ],
)
def test_a_korean_figure_has_the_unit_of_its_sentence(claim: str, sentence: str, confirmed: bool) -> None:
    item = Item(key="a", source="arxiv", kind="paper", title="", url="", text=sentence)
    made = Claim(text=claim, part="finding", quotes=(), stories=(), language="ko")
    refused = numbers.make(numbers.Options(), TOOLS).check(made, [item]).outcome == "unsupported"
    assert (not refused and not other_unit(claim, sentence)) == confirmed
