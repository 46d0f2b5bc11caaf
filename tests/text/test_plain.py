"""Tests of plain text: what comes in as foreign text leaves as plain text."""

from __future__ import annotations

import time
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from daybrief.text import plain

FORBIDDEN = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u200B\u202A-\u202E\u2066-\u2069\uFEFF\U000E0000-\U000E007F]"
)
RLO, ZWJ, ZWNJ, ACUTE = "\u202e", "\u200d", "\u200c", "\u0301"
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
RAINBOW = "\U0001f3f3\ufe0f\u200d\U0001f308"
PERSIAN = "می\u200cخواهم"
KANNADA = "ರ\u200d್ಕ"

# Any code point at all, with the troublesome ones far more often than chance would have them.
hostile_text = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from(
            f"ab .{RLO}{ZWJ}{ZWNJ}{ACUTE}\ufe0f\U000e0101\u0323\ud800\ufffe\0\n\u2028\u3164"
            "한각漢می್ರ\U0001f469\U0001f3fb\U0001f1f0"
        ),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("Attention  Is\nAll\tYou Need ", "Attention Is All You Need"),
        (f"report{RLO}fdp.exe", "reportfdp.exe"),
        ("nul\0 and \ufffe and \ud83d alone", "nul and and alone"),
        ("hidden\U000e0069\U000e0067\U000e006e\U000e006f\U000e0072\U000e0065 orders", "hidden orders"),
        (f"e{ZWJ}{ACUTE}", "é"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("line\u2028separator\u2029s", "line separator s"),
        ("\u3164\u3164", ""),
        (f"La{ZWJ}tin{ZWNJ}", "Latin"),
        ("漢\U000e0101字", "漢\U000e0101字"),
        ("a\U000e0101\U000e0102\U000e0103", "a\U000e0101"),
        ("", ""),
    ],
)
def test_a_title_loses_what_cannot_be_seen(raw: str, kept: str) -> None:
    assert plain.line(raw) == kept


@pytest.mark.parametrize("text", [FAMILY, RAINBOW, PERSIAN, KANNADA, "한국어 초록", "Über ∇f(x) ≤ ½", "שָׁלוֹם"])
def test_emoji_families_persian_and_pointed_hebrew_survive(text: str) -> None:
    assert plain.line(text) == unicodedata.normalize("NFC", text)


def test_five_hundred_marks_on_one_letter_are_cut_to_six() -> None:
    assert plain.line("Z" + "\u0336" * 500 + "algo") == "Z" + "\u0336" * 6 + "algo"
    assert len(plain.line("ا" + (ZWNJ + "\u064b") * 500)) <= 7


def test_a_long_title_is_cut_at_a_word_with_an_ellipsis() -> None:
    assert plain.line("one two three four", most=12) == "one two…"
    assert plain.line("one two three four", most=8) == "one two…"
    assert plain.line("x" * 1_000_000) == "x" * 299 + "…"
    assert plain.line(FAMILY * 400, most=10) == FAMILY * 9 + "…"


def test_one_endless_grapheme_is_still_bounded() -> None:
    assert len(plain.line((FAMILY + ZWJ) * 5_000, most=10)) <= 80
    assert len(plain.line("\u1100" * 50_000, most=10)) <= 80


@given(hostile_text, st.integers(1, 40))
def test_cleaning_twice_changes_nothing_and_nothing_forbidden_is_left(text: str, most: int) -> None:
    once = plain.line(text, most)
    assert plain.line(once, most) == once
    assert not FORBIDDEN.search(once)
    assert once == unicodedata.normalize("NFC", once)
    assert once == " ".join(once.split())
    assert len(regex.findall(r"\X", once)) <= most
    once.encode("utf-8")


@given(hostile_text, st.integers(1, 40))
def test_what_is_clean_is_shortened_as_a_line_is(text: str, most: int) -> None:
    clean = plain.from_html(text)
    assert plain.shortened(clean, most) == plain.line(clean, most)


@given(hostile_text)
def test_a_paragraph_keeps_every_visible_letter(text: str) -> None:
    letters = regex.compile(r"[\p{L}--[\u115F\u1160\u3164\uFFA0]]", regex.V1)
    normal = unicodedata.normalize("NFC", plain.paragraph(text))
    composed = unicodedata.normalize("NFC", "".join(letters.findall(text)))
    assert "".join(letters.findall(unicodedata.normalize("NFD", normal))) == "".join(
        letters.findall(unicodedata.normalize("NFD", composed))
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<b>foo</b>bar<p>x</p>y<br>z", "foobar x y z"),
        ("a < b &amp; c &#8212; &hellip;", "a < b & c — …"),
        ("&lt;b&gt;not markup&lt;/b&gt;", "<b>not markup</b>"),
        ("<script>alert(1)</script>hi<style>p{}</style><svg><text>x</text></svg>", "hi"),
        ("<html><head><title>t</title></head><body><p>body</p></body></html>", "body"),
        ("<ul><li>one<li>two</ul>", "one two"),
        ("x<!-- hidden -->y", "xy"),
        ("<img src=x onerror=alert(1)>caption", "caption"),
        ("한국어 <b>굵게</b> 👩", "한국어 굵게 👩"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("&#0;&#xD800;&#x202e;end", "\ufffdend"),
        ("lone \ud800 <i>surrogate</i>", "lone surrogate"),
        ("<script>never closed", ""),
        ("", ""),
    ],
)
def test_markup_becomes_the_words_a_reader_would_see(html: str, text: str) -> None:
    assert plain.from_html(html).replace("\ufffd\ufffd", "\ufffd") == text


@given(hostile_text.map(lambda t: f"<p>{t}</p>"))
def test_any_text_in_markup_is_read_without_an_error(html: str) -> None:
    text = plain.from_html(html)
    assert plain.paragraph(text) == text
    assert not FORBIDDEN.search(text)


@given(st.text("<>/!-&;#x\"'= abpdivscrt", max_size=200))
def test_tag_soup_is_read_without_an_error(html: str) -> None:
    assert not FORBIDDEN.search(plain.from_html(html))


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 80_000,
        "<x>" * 50_000 + "</y>" * 50_000,
        "<b><i><u>" * 20_000 + "<p>" * 20_000,
        "<a " + " ".join(f"a{i}=1" for i in range(40_000)) + ">",
        "<" * 400_000,
        "&" * 400_000,
        "<!--" * 100_000,
        "<script>" + "</scrip" * 50_000,
        "<table><b>" * 30_000,
    ],
    ids=lambda bomb: bomb[:12],
)
def test_no_markup_takes_more_than_a_moment(bomb: str) -> None:
    started = time.process_time()
    plain.from_html(bomb)
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize(
    "bomb", ["e" + ACUTE * 999_999, ZWJ * 10**6, (FAMILY + ZWJ) * 150_000, "a" * 10**7, " " * 10**7]
)
def test_no_text_takes_more_than_a_moment(bomb: str) -> None:
    started = time.process_time()
    plain.line(bomb)
    assert time.process_time() - started < 2


def test_a_text_is_as_long_as_its_graphemes_and_a_letter_of_many_marks_is_not_cut() -> None:
    accented = "e\u0301"
    assert plain.line(accented * 10, 10) == plain.line(accented * 10)
    assert plain.line(accented * 400, 10) == plain.line(accented * 9) + "…"
    assert not plain.line("a" + "\u0301" * 200, 3).endswith("\u0301…"), (
        "a letter is shown whole or not at all"
    )


@given(
    st.text(alphabet=st.sampled_from("ab c언어é\u0301\u1100\u1161\u11a8👩\u200d🔬"), max_size=40),
    st.integers(1, 12),
)
def test_a_line_is_cut_between_the_same_graphemes_in_every_script(text: str, most: int) -> None:
    """Plain letters take a shorter way."""
    clean = plain.line(text, 1_000)
    graphemes = regex.findall(r"\X", clean)
    cut = plain.line(text, most)
    if len(graphemes) <= most:
        assert cut == clean
    else:
        assert cut.endswith("…")
        assert "".join(graphemes[: most - 1]).startswith(cut[:-1])
        assert len(regex.findall(r"\X", cut)) <= most
