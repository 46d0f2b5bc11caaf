"""Tests of the checks of form, language and quotes: their verdicts on a claim, and where their bounds lie."""

from __future__ import annotations

import pytest

from daybrief.checks import form, language, quotes
from daybrief.checks.form import loop
from daybrief.model import Claim, Item, Part, Quote, Verdict
from daybrief.ports import Tools
from daybrief.testing.editions import taxonomy

TEXT = "We present a method. It needs no labels at all."
ITEM = Item(key="arxiv:1", source="arxiv", kind="paper", title="A title", url="https://a.example/", text=TEXT)


def quote(start: int = 0, end: int = 20, **fields: object) -> Quote:
    words = {"item_key": ITEM.key, "source": ITEM.source, "start": start, "end": end, "text": TEXT[start:end]}
    return Quote(**(words | fields))  # type: ignore[arg-type]


def claim(text: str, *quoted: Quote, part: Part = "finding") -> Claim:
    return Claim(text=text, part=part, quotes=quoted or (quote(),), stories=("s",), language="en")


def verdict(text: str, most: int = 1_000, part: Part = "finding") -> Verdict:
    check = form.make(form.Options(most=most), Tools(taxonomy=taxonomy()))
    judged = check.check(claim(text, part=part), [ITEM])
    assert judged.check == "form"
    assert (judged.outcome == "supported") == (judged.why in {"plain text", "verbatim"})
    return judged


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("It needs no labels.", "plain text"),
        (TEXT[:20], "verbatim"),
        ("…", "says nothing"),
        ("", "says nothing"),
        ("# A heading", "holds a heading: '#'"),
        ("**Finding:** it works.", "holds a heading: '**Finding:**'"),
        ("It works `well` here.", "holds code: '`well`'"),
        ("It is **very** good.", "holds emphasis: '**very**'"),
        ("It is __very__ good.", "holds emphasis: '__very__'"),
        ("It is my__very__own.", "plain text"),
        ("It works,", "breaks off after ','"),
        ("It works …", "breaks off after '…'"),
        ("It works:”", "breaks off after ':'"),
        ("It works (well.", "a bracket is left open"),
        ("It works (well).", "plain text"),
        ("It lies in [0, 1).", "plain text"),
        ("It works [well.", "a bracket is left open"),
        ("It is “good.", "a bracket is left open"),
        ("a a a a", "goes in circles: 'a'"),
        ("It holds &amp; more.", "holds HTML: '&amp;'"),
        ("| a | b |", "holds a list or table: '| a | b |'"),
        ("- one point", "holds a list or table: '-'"),
    ],
)
def test_a_verdict_on_the_form_says_what_is_wrong(text: str, why: str) -> None:
    assert verdict(text).why == why


@pytest.mark.parametrize(("length", "why"), [(30, "plain text"), (31, "31 characters, 30 at the most")])
def test_a_claim_may_be_as_long_as_the_settings_say(length: int, why: str) -> None:
    words = ("one two three four five six seven eight nine ten"[: length - 1]).rstrip()
    assert verdict(words + "x" * (length - len(words)), most=30).why == why


def test_a_claim_is_at_most_a_thousand_characters_unless_the_settings_say_otherwise() -> None:
    assert form.Options().most == 1_000
    long = " ".join(f"w{n}" for n in range(3_000))
    assert verdict(long, most=10**6).why == f"{len(long)} characters, 5000 at the most"


def test_a_keyword_may_hang_where_a_sentence_may_not() -> None:
    assert verdict("recall and", part="keyword").why == "plain text"
    assert verdict("Recall and").why.startswith("breaks off after ")


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("x" * 8, "x" * 8),
        ("x" * 7, ""),
        ("x" * 20, "x" * 12),
        ("!!!!!!", "!!!!!!"),
        ("! ! ! ! ! !", "! ! ! ! ! !"),
        ("!!!!!", ""),
        ("....", ""),
        ("go go go go", "go"),
        ("go go go", ""),
        ("Go go GO go", "Go"),
        (" ".join("a b c d e f g h i j k l".split() * 2), "a b c d e f g h i j k l"),
        (" ".join("a b c d e f g h i j k".split() * 2), ""),
        ("a b c d e . x . a b c d e . y . a b c d e", "a b c d e"),
        ("a b c d e . x . a b c d e", ""),
        ("one two one two one two one two", "one two"),
        ("one two one two one two one", ""),
        ("", ""),
        ("11111111111", ""),  # digits may
        ("========", ""),
    ],
)  # fmt: skip
def test_text_that_goes_in_circles_is_named_by_what_is_repeated(text: str, repeated: str) -> None:
    assert loop(text) == repeated


@pytest.mark.parametrize(
    ("quoted", "outcome", "why"),
    [
        ((quote(),), "supported", "1 verbatim"),
        ((quote(), quote(21, 24)), "supported", "2 verbatim"),
        ((quote(0, 6, text="We see"),), "unsupported", "not verbatim in arxiv:1: 'We see'"),
        ((quote(5, 5),), "unsupported", "not verbatim in arxiv:1: ''"),
        ((quote(-3, -1, text=TEXT[-3:-1]),), "unsupported", f"not verbatim in arxiv:1: {TEXT[-3:-1]!r}"),
        ((quote(0, 7, text="A title", field="title"),), "supported", "1 verbatim"),
        ((quote(0, 7, text="A title"),), "unsupported", "not verbatim in arxiv:1: 'A title'"),
        ((quote(item_key="arxiv:2"),), "unsupported", "the source arxiv:2 is not at hand"),
        ((quote(source="other"),), "unsupported", "the source arxiv:1 is not at hand"),
        ((quote(), quote(0, 3, text="Who")), "unsupported", "not verbatim in arxiv:1: 'Who'"),
        ((quote(0, 100, text="y" * 100),), "unsupported", f"not verbatim in arxiv:1: {'y' * 80!r}"),
    ],
)  # fmt: skip
def test_every_quote_of_a_claim_stands_where_it_says(
    quoted: tuple[Quote, ...], outcome: str, why: str
) -> None:
    check = quotes.make(quotes.Options(), Tools(taxonomy=taxonomy()))
    judged = check.check(claim("Anything.", *quoted), [ITEM])
    assert (judged.check, judged.outcome, judged.why) == ("quotes", outcome, why)


def test_a_claim_without_a_quote_is_unsupported() -> None:
    bare = Claim(text="Anything.", part="finding", quotes=(), stories=("s",), language="en")
    judged = quotes.make(quotes.Options(), Tools(taxonomy=taxonomy())).check(bare, [ITEM])
    assert (judged.check, judged.outcome, judged.why) == ("quotes", "unsupported", "the claim quotes nothing")


@pytest.mark.parametrize(
    ("tongue", "text", "why"),
    [
        ("en", TEXT[:20], "verbatim"),
        ("ko", TEXT[:20], "verbatim"),
        ("en", "It needs no labels at all.", "en"),
        (
            "en",
            "이 방법은 라벨이 필요하지 않습니다.",
            "in a script its reader does not read: 이, 방법은, 라벨이, 필요하지, 않습니다",
        ),
        ("en", "42", "en"),
        ("ko", "이 방법은 라벨이 필요하지 않습니다.", "ko"),
        ("ko", "It needs no labels at all.", "only 0% of the letters are Hangul"),
        ("ko", "그것은 abcdefghijklm 입니다.", "ko"),  # six of nineteen letters
    ],
)
def test_a_verdict_on_the_language_says_which_it_is_or_should_be(tongue: str, text: str, why: str) -> None:
    judged = language.make(language.Options(), Tools(taxonomy=taxonomy(), language=tongue)).check(
        claim(text), [ITEM]
    )
    assert (judged.check, judged.why) == ("language", why)
    assert judged.outcome == ("supported" if why in {"verbatim", "en", "ko"} else "unsupported")


@pytest.mark.parametrize(("polite", "outcome"), [(True, "unsupported"), (False, "supported")])
def test_the_polite_level_of_speech_is_asked_for_unless_the_settings_say_otherwise(
    polite: bool, outcome: str
) -> None:
    check = language.make(language.Options(polite=polite), Tools(taxonomy=taxonomy(), language="ko"))
    assert check.check(claim("이 방법은 라벨이 필요하지 않다."), [ITEM]).outcome == outcome
    assert language.Options() == language.Options(share=0.3, polite=True)


@pytest.mark.parametrize(("part", "outcome"), [("keyword", "supported"), ("finding", "unsupported")])
def test_a_counted_keyword_may_be_a_term_of_another_language(part: Part, outcome: str) -> None:
    check = language.make(language.Options(), Tools(taxonomy=taxonomy(), language="ko"))
    assert check.check(claim("reinforcement learning", part=part), [ITEM]).outcome == outcome
