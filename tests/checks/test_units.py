"""Wordings laid side by side, and the source sentence that a claim rests on."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.checks._evidence import (
    MOST_UNITS,
    better_exchanged,
    counted_word,
    covered,
    differences,
    everything,
    nearest,
    nearness,
    quoted,
    same_wording,
    units,
    verbatim,
)
from daybrief.model import Claim, Item, Part, Quote
from daybrief.whole import FullText, TextPassage

TEXT = "Sparse attention saves memory. Robots fold laundry. Nothing else was tried."


def item(text: str = TEXT, title: str = "A title", key: str = "k") -> Item:
    return Item(key=key, source="s", kind="paper", title=title, url="https://a.example/", text=text)


def quote(start: int, end: int, text: str = "", **fields: object) -> Quote:
    words = {"item_key": "k", "source": "s", "start": start, "end": end, "text": text or TEXT[start:end]}
    return Quote(**(words | fields))  # type: ignore[arg-type]


def claim(text: str, *quotes: Quote, part: Part = "finding") -> Claim:
    return Claim(text=text, part=part, quotes=quotes, stories=("s",), language="en")


@pytest.mark.parametrize(
    ("text", "sentence", "near"),
    [
        ("a b c d", "a b c d", 1.0),
        ("a b c d", "A B x C D y", 1.0),
        ("a b c d", "d c b a", 0.25),
        ("a b c x y", "a b c", 0.6),
        ("it’s so", "it's so", 1.0),
        ("", "a", 0.0),
        ("a", "", 0.0),
        ("5 maps", "5 maps", 1.0),
    ],
)
def test_nearness_is_the_share_of_the_claims_words_in_order(text: str, sentence: str, near: float) -> None:
    assert nearness(text, sentence) == near
    assert same_wording(text, sentence) is (near >= 0.6)


@pytest.mark.parametrize(
    ("text", "sentence", "changes"),
    [
        ("a b c", "a b c", []),
        ("a x c", "a b c", [("x", "b")]),
        ("a c", "a b c", [("", "b")]),
        ("a b c", "a c", [("b", "")]),
        ("a b", "a b c", [("", "")]),  # left out at the end: that is no denial
        ("x b c", "y b c", [("x", "y")]),
        ("a c", "a one two three c", [("", "one two three")]),
        ("a e", "a one two three four e", [("", "")]),  # a clause
        ("a x e", "a one two three four five e", [("x", "one two three four five")]),
        ("a x e", "a one two three four five six e", [("x", "four five six")]),
        ("x", "y", [("x", "y")]),
    ],
)
def test_two_wordings_differ_where_words_go_or_come_but_not_by_a_clause_left_out(
    text: str, sentence: str, changes: list[tuple[str, str]]
) -> None:
    assert list(differences(text, sentence)) == changes


@given(st.text(max_size=200))
def test_a_text_differs_in_nothing_from_itself(text: str) -> None:
    assert list(differences(text, text)) == []


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("Robots fold 1,200 maps", [{"robot"}, {"fold"}, {"1200"}, {"map"}]),
        ("E-MPC", [{"empc"}]),
        ("", []),
    ],
)
def test_units_are_words_that_tell_something_by_their_stems(text: str, stems: list[set[str]]) -> None:
    assert [set(unit.stems) for unit in units(text)] == stems


def test_a_unit_knows_its_place_and_its_weight() -> None:
    first, number = units("Robots and 40.5 more")[:2]
    assert (first.start, first.end) == (0, 6)
    assert (number.start, number.end, number.weight, number.stems) == (11, 15, 0.8, frozenset({"40.5"}))
    assert all(0.15 <= unit.weight <= 1.0 for unit in units(TEXT))
    (strange,) = units("쀍쀍쀍")
    assert (strange.known, strange.weight, strange.stems) == (False, 0.5, frozenset({"쀍쀍"}))
    assert (strange.start, strange.end) == (0, 3)


def test_at_most_four_hundred_units_are_read() -> None:
    assert MOST_UNITS == 400
    assert len(units("7 " * 1_000)) == 400


def test_a_compound_means_its_parts_and_its_whole() -> None:
    (compound,) = units("fine-tuned")
    assert {"finetun", "fine", "tune"} & compound.stems
    assert compound.same(units("finetuned")[0])
    assert not compound.same(units("laundry")[0])


def test_a_text_is_covered_by_the_weight_of_its_units_that_the_source_has() -> None:
    assert covered("7 8", "7 9") == pytest.approx(0.5)
    assert covered("robots", "a robot") == 1.0
    assert covered("", "a robot") == covered("robots", "") == 0.0


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("Laundry is folded by robots.", ("Robots fold laundry.",)),
        ("Attention of the sparse kind saves memory.", ("Sparse attention saves memory.",)),
        ("Zebrafish regrow fins.", ()),
        ("", ()),
    ],
)
def test_a_claim_rests_on_the_sentence_that_shares_most_of_it(text: str, basis: tuple[str, ...]) -> None:
    assert nearest(text, [item()]) == basis


def test_no_sentence_is_the_nearest_where_two_share_as_little() -> None:
    twins = item("Robots walk. Robots swim.", title="")
    weak = "Robots 11 22 33 44 55 66 77 88"
    assert nearest(weak, [twins]) == ()
    assert nearest("Robots", [twins]) != ()


def test_nothing_is_nearest_where_there_is_no_source() -> None:
    assert nearest("Robots fold laundry.", []) == ()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (claim("Robots fold laundry.", quote(31, 51)), True),
        (claim("Robots  fold\nlaundry.", quote(31, 51)), True),
        (claim("Robots fold laundry", quote(31, 51)), False),
        (claim("Robots fold laundry.", quote(30, 50, "Robots fold laundry.")), False),
        (claim("Robots fold laundry.", quote(31, 51, source="other")), False),
        (claim("Robots fold laundry.", quote(31, 51, item_key="other")), False),
        (claim("A title", quote(0, 7, "A title", field="title")), True),
        (claim("A title", quote(0, 7, "A title")), False),
        (claim("t", quote(-75, -74, TEXT[-75:-74])), False),
        (claim("", quote(0, 0)), False),
        (claim("Robots fold laundry."), False),
    ],
)
def test_a_claim_is_verbatim_when_it_is_a_quote_that_stands_where_it_says(
    made: Claim, expected: bool
) -> None:
    assert verbatim(made, [item(), item("Other.", key="z")]) is expected


@pytest.mark.parametrize(
    ("quotes", "sentences"),
    [
        ((quote(0, 6),), ("Sparse attention saves memory.",)),
        ((quote(25, 40),), ("Sparse attention saves memory.", "Robots fold laundry.")),
        ((quote(38, 42), quote(0, 6)), ("Robots fold laundry.", "Sparse attention saves memory.")),
        ((quote(31, 37), quote(38, 42)), ("Robots fold laundry.",)),
        ((quote(0, 30),), ("Sparse attention saves memory.",)),
        ((quote(0, 6, "sparse"),), ()),
        ((), ()),
    ],
)
def test_the_quoted_sentences_are_the_whole_ones_each_once(
    quotes: tuple[Quote, ...], sentences: tuple[str, ...]
) -> None:
    assert quoted(claim("x", *quotes), [item()]) == sentences


def test_everything_is_the_title_and_the_text_of_each_source_in_paragraphs() -> None:
    assert everything([item("B.", "A"), item("", "C"), item("D.", "")]) == "A\n\nB.\n\nC\n\nD."
    assert len(everything([item("x" * 200_000, "")])) == 100_000


@pytest.mark.parametrize(
    ("text", "part", "word"),
    [
        ("‘recall’: 3 papers today", "keyword", "recall"),
        ("‘recall’: 3 papers today", "finding", ""),
        ("recall: 3 papers", "keyword", ""),
        ("‘’: 3 papers", "keyword", ""),
    ],
)
def test_a_keyword_line_names_the_word_that_is_counted(text: str, part: Part, word: str) -> None:
    assert counted_word(claim(text, part=part)) == word


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("정확도", [("accuraci", 0, 2)]),
        ("정확도가 낮다", [("accuraci", 0, 2), ("low", 5, 7)]),
        ("정확도손실", [("accuraci", 0, 2), ("loss", 3, 5)]),  # listed words from the left
        ("쀍쀍정확도", [("accuraci", 2, 4)]),
        ("층", [("layer", 0, 1)]),
        ("층이", [("layer", 0, 1)]),  # one letter counts at the start of a short run
        ("이층", []),  # never inside another
        ("층별로", [("층별", 0, 3)]),
        ("쀍은층", [("쀍은", 0, 3)]),
        ("쀍", []),  # a single letter of no list
        ("쀍쀍쀍쀍", [("쀍쀍", 0, 4)]),
        ("이다", []),  # tells nothing
        ("GPT-4o", [("gpt4o", 0, 6)]),
        ("GPT-4", [("gpt4", 0, 5)]),
        ("MIMIC-III", [("mimiciii", 0, 9)]),
        ("e-mail", [("email", 0, 6)]),
        ("A-1", []),
        ("don't", [("dont", 0, 5)]),
        ("naïve Über", [("naiv", 0, 5), ("uber", 6, 10)]),
        ("3.1-based", [("3.1", 0, 3), ("base", 4, 9)]),
        ("1,234.5 maps", [("1234.5", 0, 7), ("map", 8, 12)]),
    ],
)
def test_a_unit_stands_for_the_stems_of_its_word_and_knows_its_place(
    text: str, stems: list[tuple[str, int, int]]
) -> None:
    read = units(text)
    assert [(unit.start, unit.end) for unit in read] == [(start, end) for _, start, end in stems]
    for unit, (stem, _, _) in zip(read, stems, strict=True):
        assert stem in unit.stems
        assert unit.known is (stem.isascii())


def test_a_name_with_hyphens_is_one_word_and_a_plain_compound_its_parts_too() -> None:
    (name,), (compound,) = units("MIMIC-III"), units("self-supervised")
    assert name.stems == {"mimiciii"}
    assert compound.stems == {"self", "supervis", "selfsupervis"}
    assert {unit.stems for unit in units("co-op")} == {frozenset({"co", "op", "coop"})}


def test_a_unit_weighs_by_the_commonest_word_it_may_stand_for_and_never_nothing() -> None:
    (model,), (accuracy,), (korean,) = units("model"), units("accuracy"), units("정확도")
    assert model.weight == 0.15
    assert 0.15 < accuracy.weight < 0.3
    assert korean.weight <= accuracy.weight
    (strange,) = units("qqzzk")
    assert strange.weight == 1.0


def test_five_thousand_characters_of_a_text_are_read() -> None:
    assert (
        units("a " * 2_496 + "robots fold")
        == units("a " * 2_496 + "robots fol")[:1] + units("a " * 2_496 + "robots fo")[1:]
    )


@pytest.mark.parametrize(
    ("share", "sufficient"), [(12, True), (11, False)]
)  # of a hundred units of one weight, with no second
def test_the_nearest_sentence_shares_an_eighth_of_the_claim_at_least(share: int, sufficient: bool) -> None:
    text = " ".join(str(n) for n in range(100, 200))
    source = " ".join(str(n) for n in range(100, 100 + share))
    assert bool(nearest(text, [item(source, title="")])) is sufficient


@pytest.mark.parametrize(
    ("best", "second", "sufficient"),
    [(29, 24, True), (29, 25, False), (30, 30, True), (25, 20, True)],
)
def test_the_best_sentence_is_a_fifth_ahead_of_the_next_unless_it_shares_three_tenths(
    best: int, second: int, sufficient: bool
) -> None:
    text = " ".join(str(n) for n in range(100, 200))
    first = " ".join(str(n) for n in range(100, 100 + best))
    other = " ".join(str(n) for n in range(199, 199 - second, -1))
    source = item(f"{first} is known.", title=f"Other {other} is known.")
    assert bool(nearest(text, [source])) is sufficient


@pytest.mark.parametrize(
    ("quotes", "sentences"),
    [
        ((quote(30, 51),), ("Robots fold laundry.",)),  # from the space behind a sentence on
        ((quote(25, 31),), ("Sparse attention saves memory.",)),  # up to the space before the next
    ],
)
def test_a_quote_that_ends_where_a_sentence_begins_does_not_touch_it(
    quotes: tuple[Quote, ...], sentences: tuple[str, ...]
) -> None:
    assert quoted(claim("x", *quotes), [item()]) == sentences


def test_the_passages_of_a_whole_text_are_part_of_everything() -> None:
    passage = TextPassage(role="section", title="Results", text="It is 5 km.")
    whole = FullText(form="html", url="https://a.example/", passages=(passage,))
    paper = msgspec.structs.replace(item("B.", "A"), whole=whole)
    assert everything([paper]) == "A\n\nB.\n\nIt is 5 km."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("오차가 줄었습니다.", "It reduces the error."),
        ("더 나은 결과로 나아졌다.", "The results improve."),
        ("어려운 과제를 푼다.", "It solves hard tasks."),
        ("녹내장을 찾아낸다.", "It detects glaucoma: we find it."),
    ],
)
def test_a_verb_is_known_in_every_form(text: str, sentence: str) -> None:
    assert covered(text, sentence) == 1.0


@pytest.mark.parametrize(
    ("claim", "word"),
    [
        ("제안한 방법은 텍스트를 활용하의 효과를 높인다.", "활용하의"),
        ("현실적인 과제로 에이전트를 CRMArena는 새로운 벤치마크입니다.", "CRMArena"),
    ],
)
def test_what_no_sentence_has_is_not_compared(claim: str, word: str) -> None:
    assert word.split()[0][-2:] in better_exchanged(claim, "It improves the effect of text.")
