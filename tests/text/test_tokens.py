"""The tokens that the index holds of a text."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
import tantivy
from hypothesis import given
from hypothesis import strategies as st

from daybrief.languages import WordSigns
from daybrief.search import LONGEST, excerpt, lexical, marks
from daybrief.testing.editions import founding
from daybrief.text.query import first_window, wanted_tokens
from daybrief.text.words import (
    STOP_WORDS,
    beginnings,
    core,
    name_key,
    spaced,
    stem,
    stop_words_of,
    tokens,
    unstemmed,
)


def words(text: str) -> set[str]:
    return set(spaced(text).split())


@given(st.text(max_size=200))
def test_tokens_never_fail_and_stand_where_they_say(text: str) -> None:
    for token in tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.word
        assert not set(token.word) & {" ", "\n"}
    assert spaced(text).split() == [token.word for token in tokens(text)]


@given(st.text(max_size=60), st.text(alphabet="aeinsy .-_A9é모델", max_size=60))
def test_plain_letters_are_read_as_any_other(text: str, plain: str) -> None:
    for sample in (text, plain, text.encode("ascii", "ignore").decode()):
        marked = f"{sample} é"  # not of plain letters alone
        assert f"{spaced(sample)} e".split() == spaced(marked).split()
        assert beginnings(sample).split() == beginnings(marked).split()


# All that Snowball changes by rule or by exception, and a word that is too long.
INFLECTED = """dying lying tying skies skis idly gently ugly early only singly news howe atlas cosmos andes
abilities possibility relational organization optimizers hopping hoping hoped agreed feeding luxuriated sized
ties cries cry flies vietnamization conformably operator feudalism decisiveness hopefulness callousness
formality sensitivity sensibility apologies formalize triplicate electrical goodness revival allowance
inference airliner gyroscopic adjustable defensible irritant replacement adjustment dependent adoption
communism activate angularity homologous effective bowdlerize controlling rolling proceed exceed succeed
y yes by say enjoying beautify generalizations communication arsenal a1 7b x
supercalifragilisticexpialidociousness
"""


SAMPLES = (INFLECTED, INFLECTED.upper(), f"{'x' * 40} {'y' * 41}ing", f"é{'y' * 41}ing", "being its willing")


@given(
    st.text(max_size=60),
    st.text(alphabet="aeinsgyl1A9 .-_—“모델언어ーァア。·éÉ\u0301\u3099ＡﬁKİ々²", max_size=60),
)
def test_the_index_makes_the_tokens_of_a_query_whoever_stems(text: str, letters: str) -> None:
    ours = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    without = ours.filter(tantivy.Filter.custom_stopword(list(STOP_WORDS))).build()
    stemming, given_text = lexical.tokenizer()
    assert given_text is unstemmed  # the versions that are tested agree, and Python need not stem
    for sample in (text, letters, *SAMPLES):
        wanted = [token.word for token in tokens(sample) if token.word not in STOP_WORDS]
        assert stemming.analyze(given_text(sample)) == wanted
        assert without.analyze(spaced(sample)) == wanted


def test_a_stemmer_of_another_version_is_given_stems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "stem", lambda word: "intern" if word == "international" else stem(word))
    splitting, given_text = lexical.tokenizer.__wrapped__()
    assert given_text is spaced
    assert splitting.analyze(given_text("The evenings of an international")) == ["evening", "internat"]


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("it is being willing", {"it", "is", "be", "will"}),
        ("its note", {"it"}),
        ("annotating", set()),
        ("", set()),
    ],
)
def test_stop_words_are_known_by_their_stems(text: str, there: set[str]) -> None:
    assert stop_words_of(text) == there


def test_the_wanted_words_are_found_wherever_a_token_of_theirs_stands() -> None:
    items = [item for story in founding().stories for item in story.items]
    for text in (INFLECTED, INFLECTED.upper(), *(item.text for item in items), f"언어모델 {INFLECTED}"):
        every = list(tokens(text))
        assert every
        for token in every:
            wanted = frozenset({token.word})
            places = [(t.start, t.end, t.word) for t in every if t.word == token.word]
            assert wanted_tokens(text, wanted) == places
            assert first_window(text, wanted, 300) in (None, (places[0][0], 1))


@given(st.text(alphabet="aeins1A9 .-_—“모델언어ーァア。·éÉ\u0301\u3099ＡﬁKİ々²", max_size=40), st.data())
def test_wanted_tokens_are_those_of_all_that_are_wanted_in_any_letters(
    text: str, data: st.DataObject
) -> None:
    every = list(tokens(text))
    known = sorted({token.word for token in every})
    wanted = data.draw(st.frozensets(st.sampled_from(known))) if known else frozenset[str]()
    places = sorted({(t.start, t.end, t.word) for t in every if t.word in wanted})
    assert sorted(set(wanted_tokens(text, wanted))) == places
    window = first_window(text, wanted, 12)
    assert window in (None, densest(places, 12))


def densest(places: list[tuple[int, int, str]], longest: int) -> tuple[int, int]:
    """The first of the windows with the most different words, tried one by one."""
    best = (0, 0)
    for _, end, _ in places:
        inside = [place for place in places if place[0] >= end - longest and place[1] <= end]
        if len({word for *_, word in inside}) > best[1]:
            best = (inside[0][0], len({word for *_, word in inside}))
    return best


@pytest.mark.parametrize("text", ["언어모델의 환각을 줄인다", "초거대언어모델", "언어 모델이다", "모델"])
def test_a_two_letter_korean_word_is_in_every_form_that_holds_it(text: str) -> None:
    assert words("모델") <= words(text)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("Café", "cafe"),
        ("ＧＰＴ", "gpt"),
        ("Studies", "study"),
        ("naïve", "NAIVE"),
        (unicodedata.normalize("NFD", "한국어"), "한국어"),
        ("ｶﾞｽ", "ガス"),
    ],
)
def test_what_looks_alike_is_alike(first: str, other: str) -> None:
    assert words(first) == words(other)


def test_a_voiced_kana_stays_voiced() -> None:
    assert words("がす") != words("かす")


def test_a_particle_is_not_part_of_what_a_word_says() -> None:
    assert [core(word) for word in ("환각을", "모델에서", "지도", "학습하는", "환각")] == [2, 2, 2, 2, 2]


def test_a_category_is_known_by_its_letters() -> None:
    assert name_key("Language Models") == name_key("language-models") == name_key("LANGUAGE_MODELS")


@given(st.text(max_size=1_000), st.lists(st.text(min_size=1, max_size=3), max_size=4))
def test_an_excerpt_is_a_stretch_of_the_text_with_marks_inside(text: str, wanted: list[str]) -> None:
    keys = frozenset(word for phrase in wanted for word in words(phrase))
    passage, spans = excerpt([text], keys)
    assert passage in text
    assert len(passage) <= LONGEST
    assert all(0 <= start < end <= len(passage) for start, end in spans)


def test_an_excerpt_shows_where_most_of_the_words_stand() -> None:
    text = "Nothing here. " * 60 + "Sparse attention is fast. " + "Nothing there. " * 60
    passage, spans = excerpt([text], frozenset(words("sparse attention")))
    assert {passage[a:b] for a, b in spans} == {"Sparse", "attention"}


def test_touching_letter_pairs_are_one_mark() -> None:
    assert marks("거대언어모델", frozenset(words("언어모델"))) == ((2, 6),)


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "가" * 100_000, "a가" * 50_000, "é\u0301" * 50_000, "_" * 100_000]
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    assert spaced(text) is not None
    assert time.process_time() - began < 2


_SIGNS = {"we": r"\b(?:we|our)\b", "shown": r"\b(?:show|prov)\w*", "figure": r"\d\.\d", "bracket": r"[(\[]"}
_SAID = [
    "We",
    "our",
    "showed",
    "SHOWS",
    "unproven",
    "(proved)",
    "3.5,",
    "weave",
    "We're",
    "[1]",
    "figure",
    "İ",
]


@given(st.lists(st.sampled_from(_SAID), max_size=12).map(" ".join))
def test_the_signs_of_words_are_those_that_a_search_of_the_whole_text_finds(text: str) -> None:
    wanted = {name for name, pattern in _SIGNS.items() if re.search(pattern, text, re.IGNORECASE)}
    assert set(WordSigns(_SIGNS).of(text)) == wanted
