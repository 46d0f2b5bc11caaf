"""Titles in one spelling, weighted overlap, and pairs without comparing all with all."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.model import Item, Remembered
from daybrief.stages.near_duplicates import (
    Candidate,
    Corpus,
    alike,
    contained,
    near_duplicates,
    normal_title,
    numbers_clash,
    parts_clash,
    plain,
    shingles,
    specific,
    terms,
)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("Show HN: A Tiny LLM in C", "a tiny LLM in C"),
        ("Attention Is All You Need [pdf]", "Attention is all you need (2017)"),
        ("Why does it hallucinate? (2023) [video]", "Why Does It Hallucinate?"),
        ("$\\pi_0$: A Vision-Language-Action Flow Model", "π0: a vision language action flow model"),
        ("Résumé screening with LLMs", "Re\u0301sume\u0301 Screening With LLMs"),
        ("AT&amp;T &quot;opens&quot; its models", 'AT&T "opens" its models'),
        ("[단독] 네이버, 새 모델 공개", "네이버 새 모델 공개"),
        ("ＧＰＴ－４ Technical Report", "GPT-4 technical report"),
    ],
)
def test_titles_that_differ_only_in_labels_case_accents_or_markup_become_equal(
    first: str, other: str
) -> None:
    assert normal_title(first) == normal_title(other) != ""


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("Claude Opus 4.5 released", "Claude Opus 4.6 released"),
        ("Who is hiring? (November 2024)", "Who is hiring? (December 2024)"),
        ("Supervised learning of graphs", "Unsupervised learning of graphs"),
    ],
)
def test_titles_that_say_different_things_stay_different(first: str, other: str) -> None:
    assert normal_title(first) != normal_title(other)


def test_hangul_survives_in_composed_form() -> None:
    decomposed = "\u1112\u1161\u11ab\u1100\u1173\u11af"
    assert normal_title(decomposed) == "한글"


def test_two_versions_clash_and_an_added_number_does_not() -> None:
    assert numbers_clash("minimax m2.5", "minimax m2.7")
    assert not numbers_clash("kimi k3", "kimi k3 2026")


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("kimi k3 part 1", "kimi k3 part 2", True),
        ("kimi k3 part two", "kimi k3", True),
        ("kimi k3 part iv", "kimi k3 part iv", False),
        ("a refund of part of the fee", "a refund of the fee", False),
    ],
)
def test_a_part_is_counted(first: str, second: str, clash: bool) -> None:
    assert parts_clash(first, second) is clash


def test_a_short_title_is_not_specific() -> None:
    assert not specific(normal_title("Investor Relations"))
    assert not specific("주간 뉴스")
    assert specific(normal_title("Something weird is happening"))
    assert specific("네이버 새 언어모델 공개")


def test_korean_is_compared_by_pairs_of_characters_so_that_particles_do_not_matter() -> None:
    first, other = terms("네이버가 하이퍼클로바를 공개했다"), terms("네이버, 하이퍼클로바 공개")
    assert len(first & other) >= 6


def test_shingles_tell_how_much_of_one_text_is_in_another() -> None:
    text = "we present a new method for sparse attention in long documents"
    assert contained(text, f"abstract: {text} and more besides") == 1.0
    assert contained(text, "") == 0.0
    assert contained(text, "quite another set of words stands here today") == 0.0
    assert len(shingles("one two three")) == 0


def test_equal_strings_are_alike_by_one_and_strings_without_a_common_letter_by_zero() -> None:
    assert alike("abc", "abc") == 1.0
    assert alike("abc", "xyz") == 0.0


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    corpus = Corpus([terms(t) for t in ("ai kimi", "ai kimi", "ai robots", "ai chips")])
    assert corpus.cosine(0, 1) == pytest.approx(1.0)
    assert 0 < corpus.cosine(0, 2) < 0.5


@given(st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=6), max_size=12), st.floats(0.2, 0.95))
def test_no_pair_above_the_bar_is_overlooked(documents: list[frozenset[str]], least: float) -> None:
    corpus = Corpus(documents)
    pairs = set(corpus.candidates(least))
    some = [set(range(0, len(documents), 3)), set(range(0, len(documents), 2))]
    crossing = {pair for pair in pairs if all(not each.isdisjoint(pair) for each in some)}
    assert set(corpus.candidates(least, of=some)) == crossing
    for j in range(len(documents)):
        for i in range(j):
            if documents[i] and documents[j] and corpus.cosine(i, j) >= least + 1e-9:
                assert (i, j) in pairs


def test_ten_thousand_titles_that_share_a_word_are_not_compared_all_with_all() -> None:
    corpus = Corpus([frozenset({"model", f"x{n // 2}"}) for n in range(10_000)])
    assert sum(1 for _ in corpus.candidates(0.1)) < 10_000 * 60


@given(st.text(max_size=300))
def test_any_text_can_be_normalised_and_stays_normal(title: str) -> None:
    once = normal_title(title)
    assert specific(once, 0)
    assert terms(once) is not None
    assert "  " not in once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("가", {"가"}),
        ("가나", {"가나"}),
        ("가나다", {"가나", "나다"}),
        ("가나다라", {"가나", "나다", "다라"}),
        ("모델이 GPT4 4.5", {"모델", "델이", "gpt4", "4.5"}),
        ("sparse attention", {"sparse", "attention"}),
        ("", set()),
    ],
)
def test_terms_are_latin_words_whole_and_east_asian_runs_in_pairs(text: str, expected: set[str]) -> None:
    assert terms(text) == expected


def test_a_text_is_compared_by_its_first_fifteen_hundred_characters() -> None:
    assert "late" in terms("x " * 748 + "late then")
    assert "then" not in terms("x " * 748 + "late then")
    opening = "a b c d " * 187 + "last"
    assert shingles(opening + " never read at all") == shingles(opening)


@pytest.mark.parametrize(
    ("title", "least", "expected"),
    [
        ("one two three four", 4, True),
        ("one two three", 4, False),
        ("네이버모델공개", 4, False),
        ("네이버 새모델 공개", 4, True),
        ("네이버 모델 two three", 4, True),
        ("네이버 two three", 4, False),
        ("one two three", 3, True),
    ],
)
def test_two_east_asian_characters_count_as_one_word(title: str, least: int, expected: bool) -> None:
    assert specific(title, least) is expected


@pytest.mark.parametrize(
    ("title", "least", "expected"), [("one two three four", None, True), ("one two three", None, False)]
)
def test_four_words_are_enough_unless_said_otherwise(title: str, least: None, expected: bool) -> None:
    assert specific(title) is expected


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("report of june", "report of july", True),
        ("what it may do", "what it june do", False),
        ("m2.5", "m2.5", False),
        ("v2 of june", "v2 of july", True),
        ("plain words", "plain words 2", False),
        ("words 2", "plain words", False),
    ],
)
def test_numbers_clash_only_where_each_title_has_one_of_its_own(first: str, second: str, clash: bool) -> None:
    assert numbers_clash(first, second) is clash
    assert numbers_clash(second, first) is clash


def test_containment_is_the_share_of_the_shorter_text() -> None:
    assert contained("a b c d e", "a b c d x") == 0.5
    assert contained("a b c d x y z", "a b c d e") == 0.5
    assert len(shingles("a b c d e")) == 2
    assert len(shingles("a b c d")) == 1


def test_a_weight_is_the_logarithm_of_the_documents_over_those_that_hold_the_term() -> None:
    corpus = Corpus([frozenset("ab"), frozenset("ac"), frozenset("d")])
    assert corpus.weight["a"] == pytest.approx(math.log(1 + 3 / 2))
    assert corpus.weight["d"] == pytest.approx(math.log(1 + 3))
    a, b = math.log(2.5) ** 2, math.log(4) ** 2
    assert corpus.cosine(0, 1) == pytest.approx(a / (a + b))
    assert corpus.cosine(0, 2) == 0.0


PAIRED = frozenset("ab")


def test_a_pair_is_suspected_once_it_shares_as_many_rare_terms_as_asked() -> None:
    corpus = Corpus([PAIRED, PAIRED, frozenset("ac"), frozenset("c")])
    assert sorted(corpus.candidates(0.01)) == [(0, 1), (0, 2), (1, 2), (2, 3)]
    assert list(corpus.candidates(0.01, common=2)) == [(0, 1)]
    assert sorted(corpus.candidates(0.01, most=1)) == [(0, 1), (2, 3)]  # b and c are the rarest
    assert sorted(corpus.candidates(0.01, of=[{0, 3}])) == [(0, 1), (0, 2), (2, 3)]
    assert sorted(corpus.candidates(0.01, of=[{0, 3}, {2}])) == [(0, 2), (2, 3)]


def test_a_common_term_pairs_a_text_with_its_twenty_four_neighbours_alone() -> None:
    corpus = Corpus([frozenset({"a"})] * 40)
    assert {j for i, j in corpus.candidates(0.5) if i == 0} == set(range(1, 25))


def paper(title: str, text: str, key: str, **fields: object) -> Candidate:
    item = Item(key=key, source="s", kind="paper", title=title, url="https://a.example/", text=text)
    named = {"keys": (key,), "arxiv": "", "kind": "paper", "title": normal_title(title), "item": item}
    return Candidate(**(named | fields))  # type: ignore[arg-type]


FIFTY = [f"w{n}" for n in range(53)]  # fifty shingles of four


def abstract(shared: int) -> str:
    """A text of fifty shingles, of which as many as said are those of the whole."""
    return " ".join(FIFTY[: shared + 3] + [f"other{n}" for n in range(50 - shared)])


@pytest.mark.parametrize(("shared", "joined"), [(50, True), (40, True), (39, False), (0, False)])
def test_papers_of_two_titles_are_one_when_four_fifths_of_the_abstract_agree(
    shared: int, joined: bool
) -> None:
    pages = [
        paper("Sparse attention for long documents", abstract(50), "doi:1"),
        paper("How nobody folds laundry by hand", abstract(shared), "doi:2"),
    ]
    assert list(near_duplicates(pages)) == ([(shared / 50, 1, 0)] if joined else [])


@pytest.mark.parametrize(("shared", "joined"), [(20, True), (19, False)])
def test_papers_of_nearly_one_title_are_one_when_two_fifths_of_the_abstract_agree(
    shared: int, joined: bool
) -> None:
    pages = [
        paper("Sparse attention for very long documents", abstract(50), "doi:1"),
        paper("Sparse attention for very long document", abstract(shared), "doi:2"),
        *(paper(f"Filler number{n} about a thing{n}", "", f"doi:f{n}") for n in range(20)),
    ]
    groups = [{i, j} for _, i, j in near_duplicates(pages)]
    assert ({0, 1} in groups) is joined


def test_two_papers_with_ids_of_their_own_are_never_alike() -> None:
    pages = [paper("One title of a paper", abstract(50), f"arxiv:{n}", arxiv=f"arxiv:{n}") for n in (1, 2)]
    assert list(near_duplicates(pages)) == []
    assert list(near_duplicates([pages[0], paper("One title of a paper", abstract(50), "doi:2")]))


def news(n: int, title: str, hours: int | None = 0, source: str = "") -> Candidate:
    published = None if hours is None else datetime(2024, 11, 20, tzinfo=UTC) + timedelta(hours=hours)
    item = Item(
        key=f"url:{n}", source=source or f"s{n}", kind="news", title=title, url="https://a.example/",
        text="", published=published,
    )  # fmt: skip
    return Candidate(keys=(item.key,), arxiv="", kind="news", title=normal_title(title), item=item)


def fillers(count: int) -> list[Candidate]:
    return [news(1000 + n, f"filler{n} speaks of{n} thing{n} alone{n}") for n in range(count)]


TWINS = ("Kimi opens weights today", "Kimi opens its weights today")


@pytest.mark.parametrize(("pages", "joined"), [(100, True), (99, False)])
def test_no_news_are_joined_by_their_words_on_a_day_of_less_than_a_hundred_pages(
    pages: int, joined: bool
) -> None:
    day = [news(n, title) for n, title in enumerate(TWINS)] + fillers(pages - 2)
    assert ([{i, j} for _, i, j in near_duplicates(day)][:1] == [{0, 1}]) is joined


HEADLINE = "Kimi opens weights of its largest model today"


def recalled(title: str, kind: str = "news") -> Candidate:
    day = datetime(2024, 11, 20, tzinfo=UTC).date()
    known = Remembered(
        story="s", kind=kind, title=title, keys=("s",), sources=("a",), first_seen=day, last_seen=day
    )  # type: ignore[arg-type]
    return Candidate(keys=("s",), arxiv="", kind=known.kind, title=normal_title(title), memory=known)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (news(1, HEADLINE), news(2, HEADLINE), True),
        (news(1, HEADLINE), recalled(HEADLINE), True),
        (recalled(HEADLINE), recalled(HEADLINE), False),
        (news(1, f"Show HN: {HEADLINE}"), news(2, HEADLINE), False),
        (news(1, HEADLINE), news(2, f"Show HN: {HEADLINE}"), False),
        (news(1, HEADLINE), recalled(f"Ask HN: {HEADLINE}"), False),
        (news(1, f"{HEADLINE} part 1"), news(2, f"{HEADLINE} part 2"), False),
        (news(1, f"{HEADLINE} part 1"), news(2, HEADLINE), False),
        (news(1, f"{HEADLINE} 2.5"), news(2, f"{HEADLINE} 2.7"), False),
        (news(1, f"{HEADLINE} 2.5"), news(2, HEADLINE), True),
        (news(1, HEADLINE), paper(HEADLINE, "", "doi:1"), False),
        (news(1, "Kimi weights"), news(2, "Kimi weights"), False),  # too short to tell
    ],
)
def test_likeness_decides_between_pages_of_one_kind_that_name_no_other_number_or_part(
    first: Candidate, second: Candidate, same: bool
) -> None:
    day = [first, second, *fillers(120)]
    assert ([{i, j} for _, i, j in near_duplicates(day)] == [{0, 1}]) is same
    day = [second, first, *fillers(120)]
    assert ([{i, j} for _, i, j in near_duplicates(day)] == [{0, 1}]) is same


@pytest.mark.parametrize(("later", "same"), [(False, True), (True, False)])
def test_a_headline_of_an_earlier_day_must_be_more_alike_than_one_of_today(later: bool, same: bool) -> None:
    first = news(1, "Kimi opens weights of large models today")
    other = "Kimi opens weights of large models everywhere"
    second = recalled(other) if later else news(2, other)
    corpus = [first, second, *fillers(98)]
    scores = [score for score, i, j in near_duplicates(corpus) if {i, j} == {0, 1}]
    assert bool(scores) is same
    assert all(0.8 <= score < 0.85 for score in scores)


def test_the_score_of_two_headlines_is_their_weighted_overlap() -> None:
    day = [news(1, HEADLINE), news(2, HEADLINE), *fillers(120)]
    assert [score for score, _, _ in near_duplicates(day)] == [pytest.approx(1.0)]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("\\textbf{Deep} \\emph{nets} of $\\pi$", "deep nets of pi"),
        ("Ελ π", "epsilonlamda pi"),
        ("Caf\u00e9 &lt;b&gt;", "cafe <b>"),
        ("ＡＢＣ ① ﬁne", "abc 1 fine"),
        ("STRASSE Straße", "strasse strasse"),
    ],
)
def test_a_text_in_one_spelling_has_no_case_accents_entities_or_latex(text: str, bare: str) -> None:
    assert plain(text) == bare


@pytest.mark.parametrize(
    ("title", "normal"),
    [
        ("Breaking: Kimi opens weights", "kimi opens weights"),
        ("[AI] Kimi opens weights", "kimi opens weights"),
        ("[a very long bracket] Kimi opens", "a very long bracket kimi opens"),
        ("Launch HN – Kimi opens weights", "kimi opens weights"),
        ("Kimi opens weights (2023) [pdf]", "kimi opens weights"),
        ("Kimi opens weights [pdf] (2023) [video]", "kimi opens weights pdf"),
        ("Kimi opens weights (1899)", "kimi opens weights 1899"),
        ("Kimi (2023) opens weights", "kimi 2023 opens weights"),
        ("Exclusive offers for Kimi", "exclusive offers for kimi"),
        ("x" * 399 + " yz", "x" * 399),
    ],
)
def test_only_labels_before_and_after_a_headline_are_taken_off(title: str, normal: str) -> None:
    assert normal_title(title) == normal
