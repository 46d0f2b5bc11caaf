"""Sentence boundaries: exact offsets on any text, and the cuts that readers expect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syntok import segmenter

from daybrief.text import sentences as module
from daybrief.text.sentences import MOST_CHARACTERS, Sentence, sentences, trimmed, unnumbered


@given(st.text(max_size=400))
def test_every_sentence_is_an_exact_run_of_the_text(text: str) -> None:
    for sentence in sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip() != ""


@given(st.text(alphabet=st.sampled_from(list("aB한다. ?!$(\"'\n\t,0\u200b\u0301😀")), max_size=200))
def test_sentences_are_in_order_and_leave_nothing_but_space_between_them(text: str) -> None:
    at = 0
    for sentence in sentences(text):
        assert not text[at : sentence.start].strip("\u200b \n\t")
        at = sentence.end
    assert not text[at:].strip("\u200b \n\t")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n ", 0),
        ("We use e.g. Fig. 2 and Smith et al. (2018) vs. Jones, i.e. both. It works.", 2),
        ("See https://example.org/c?x=1.2&y=3 for code. It is free.", 2),
        ("Loss falls by 3.5 percent. Dr. Kim said so.", 2),
        ("Let $x. Y \\in B$ be given. We bound $\\alpha. B$ from below.", 2),
        ("It costs $5. It saves time. It pays.", 3),
        ("이 모델은 3.5% 좋습니다. 다음 문장입니다! 정말인가요?", 3),
        ("그렇다.붙은 문장이다.", 2),
        ("First line\n\nSecond line", 2),
    ],
)
def test_a_text_is_cut_where_a_reader_would_cut_it(text: str, count: int) -> None:
    assert len(sentences(text)) == count, [sentence.text for sentence in sentences(text)]


@pytest.mark.parametrize("unit", ["We show it. ", "a", "(b, c ", "한", "$x. ", "\n"])
def test_the_segmenter_never_sees_more_than_a_chunk_and_every_character_once(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    real = module._starts

    def counted(chunk: str, base: int) -> Iterator[int]:
        seen.append(len(chunk))
        return real(chunk, base)

    monkeypatch.setattr(module, "_starts", counted)
    text = (unit * 100_000)[:100_000]
    sentences(text)
    assert max(seen) <= 20_000
    assert sum(seen) == len(text)


def test_what_lies_beyond_the_limit_is_left_out() -> None:
    parts = sentences("a" * (MOST_CHARACTERS + 10))
    assert max(sentence.end for sentence in parts) == MOST_CHARACTERS


def test_trimming_moves_the_offsets_with_the_text() -> None:
    assert trimmed("x  a b \n", 1, 8) == Sentence(start=3, end=6, text="a b")


@pytest.mark.parametrize(
    ("written", "bare_text"),
    [
        ("2) We then present a framework.", "We then present a framework."),
        ("(iii) 새로운 방법을 제안한다.", "새로운 방법을 제안한다."),
        ("3. Results hold on both.", "Results hold on both."),
        ("2.5 points are gained.", "2.5 points are gained."),
        ("12 models are compared.", "12 models are compared."),
        ("(GPT-4) is the best.", "(GPT-4) is the best."),
        ("I. J. Good wrote it.", "I. J. Good wrote it."),
        ("2) ", "2) "),
    ],
)
def test_the_number_of_a_list_is_left_where_it_is(written: str, bare_text: str) -> None:
    bare = unnumbered(Sentence(start=10, end=10 + len(written), text=written))
    assert bare.text == bare_text
    assert written[bare.start - 10 : bare.end - 10] == bare_text


_PIECES = st.sampled_from(
    [
        *(
            "the model learns from many long texts of the web ",
            "we show that ",
            "GPT-4 reaches 61.5% ",
            "e.g. ",
        ),
        *(
            "(see Fig. 3) ",
            "(A. Author et al., 2024) ",
            "[1, 2] ",
            "end. ",
            "End. ",
            "The next one ",
            "Why? ",
        ),
        *(
            "(",
            ")",
            "$x. y$ ",
            "\n",
            "\n\n",
            "“Quoted. ” ",
            "i.e., ",
            "vs. ",
            "No. 5 ",
            "「괄호」 ",
            "한국어 문장입니다. ",
        ),
        *(
            "a well-known, rather long, and quite plain run of words without any end at all ",
            "J. Doe ",
            "... ",
        ),
        *(
            "of large models (LLMs)",
            "a foundation (but trained for another task) ",
            "known names (e.g., GPT and Gemma)",
            "( ai )",
            " (AI)(ML) ",
            "by 3.5; and ",
            "decision-making. ",
            "Autoregressive (AR) Transformers ",
            "an autonomous car. ",
            "approx. ",
            "of GPUs. ",
            "Phase XII. ",
            "on GitHub. ",
            ". ",
            ".",
            "It ",
            "A ",
            "2024 ",
            "May ",
        ),
    ]
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_leaving_out_plain_words_moves_no_boundary(text: str) -> None:
    whole = {token.offset for paragraph in segmenter.analyze(text) for token, *_ in paragraph}
    starts = set(module._starts(text, 0))
    assert starts - whole <= {match.end() for match in module._GLUED.finditer(text)}
    assert whole <= starts
