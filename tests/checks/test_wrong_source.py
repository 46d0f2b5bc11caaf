"""Promises of the check `wrong_source` on single sentences."""

from __future__ import annotations

import math

import pytest
from tests.checks.test_subject import ABOUT_PANOPTIC, ABOUT_RERANKERS, PANOPTIC, RERANKERS

from daybrief.checks.wrong_source import Mention, Options, WrongSource, chance, score, weight
from daybrief.model import Claim, Item, Quote
from daybrief.text.words import word_counts

CHECK = WrongSource(Options())


def item(text: str) -> Item:
    return Item(key="k", source="s", kind="paper", title=text.partition(". ")[0], url="", text=text)


def claim(text: str, *quotes: Quote) -> Claim:
    return Claim(text=text, part="finding", quotes=quotes, stories=(), language="ko")


@pytest.mark.parametrize(("text", "own", "other"), [
    (ABOUT_RERANKERS, RERANKERS, PANOPTIC),
    (ABOUT_PANOPTIC, PANOPTIC, RERANKERS),
])  # fmt: skip
def test_a_claim_about_another_paper_is_unsupported(text: str, own: str, other: str) -> None:
    assert CHECK.check(claim(text), [item(own)]).outcome == "supported"
    assert CHECK.check(claim(text), [item(other)]).outcome == "unsupported"


def test_a_sentence_without_rare_words_is_unclear() -> None:
    assert CHECK.check(claim("이 방법은 좋은 결과를 냈다."), [item(PANOPTIC)]).outcome == "unclear"


def test_a_verbatim_quote_is_never_refused() -> None:
    quote = Quote(item_key="k", source="s", start=0, end=10, text=RERANKERS[:10])
    assert CHECK.check(claim(RERANKERS[:10], quote), [item(RERANKERS)]).outcome == "supported"


def mentions(*words: str, chance: float = 0.1) -> tuple[Mention, ...]:
    return tuple(Mention(word=word, stems=frozenset({word}), chance=chance) for word in words)


def test_a_score_is_what_returns_above_chance_in_standard_deviations() -> None:
    words = mentions("a", "b")
    deviation = math.sqrt(2 * 0.1 * 0.9)
    assert score(words, frozenset("ab")) == pytest.approx((2 - 0.2) / deviation)
    assert score(words, frozenset("a")) == pytest.approx((1 - 0.2) / deviation)
    assert score(words, frozenset("z")) == pytest.approx(-0.2 / deviation)
    assert score((), frozenset("a")) == 0.0


def test_a_rare_word_weighs_by_its_rarity_and_eight_nats_at_most() -> None:
    assert weight(mentions("a", chance=0.5), frozenset("z")) == pytest.approx(math.log(2))
    assert weight(mentions("a", "b", chance=1e-9), frozenset("z")) == 16.0
    rare, common = mentions("a", chance=0.01), mentions("b", chance=0.5)
    high, low = -math.log(0.01), math.log(2)
    spread = math.sqrt(high * high * 0.01 * 0.99 + low * low * 0.25)
    assert score((*rare, *common), frozenset("a")) == pytest.approx((high - high * 0.01 - low * 0.5) / spread)


def test_an_unlisted_native_word_is_compared_with_a_source_in_native_letters_alone() -> None:
    (unlisted,) = mentions("쀍쀍")
    listed = Mention(word="정확도", stems=frozenset({"accuraci"}), chance=0.1)
    assert weight([unlisted, listed], frozenset({"accuraci"})) == pytest.approx(-math.log(0.1))
    assert weight([unlisted, listed], frozenset({"쀍쀍"})) == pytest.approx(-2 * math.log(0.1))


def test_the_chance_of_a_stem_lies_between_three_papers_and_nine_tenths() -> None:
    table = word_counts()
    assert chance(["qqqqzzzz"]) == pytest.approx(3 / table.papers)
    assert chance(["쀍쀍"]) == pytest.approx(0.03)
    assert chance(["쀍쀍", "쀍쁡"]) == pytest.approx(1 - 0.97**2)
    assert chance([]) == pytest.approx(3 / table.papers)
    common = max(table.counts, key=lambda stem: table.counts[stem])
    assert chance([common, *sorted(table.counts, key=lambda s: -table.counts[s])[:40]]) == 0.9


@pytest.mark.parametrize(
    ("options", "outcome", "why"),
    [
        (Options(), "unsupported", "not about its source ("),
        (Options(least=10**6), "unclear", "too few rare words to tell"),
        (Options(wrong=-50.0), "unclear", "too few rare words to tell"),
        (Options(right=-50.0), "supported", "about its source ("),
    ],
)
def test_the_settings_move_where_the_answers_begin(options: Options, outcome: str, why: str) -> None:
    judged = WrongSource(options).check(claim(ABOUT_RERANKERS), [item(PANOPTIC)])
    assert (judged.check, judged.outcome) == ("wrong_source", outcome)
    assert judged.why.startswith(why)


def test_the_settings_ask_for_twenty_nats_and_lie_at_one_and_four_deviations() -> None:
    assert Options() == Options(least=20.0, wrong=1.0, right=4.0)
