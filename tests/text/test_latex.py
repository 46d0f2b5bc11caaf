"""LaTeX becomes readable; what is not understood stays as it is."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.text.latex import readable


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"$\alpha$-divergence", "α-divergence"),
        (r"Fr\'echet, Charit\'{e}, na\"ive, \c{c}a", "Fréchet, Charité, naïve, ça"),
        (r"\v{S}koda, \o re, Stra\ss e, {\'E}cole", "Škoda, øre, Straße, École"),
        (r"{\it x} and {\bf bold} and \emph{so} and \textbf{\textit{both}}", "x and bold and so and both"),
        (r"$10^{-3}$ and $x_{i+1}$ and R$^{2}$AG", "10⁻³ and xᵢ₊₁ and R²AG"),
        (r"$O(n \log^{2} n)$", "O(n log² n)"),
        (r"$\mathbb{P}^1\times \mathbb{P}^1$", "ℙ¹ × ℙ¹"),
        (r"LLM$\times$MapReduce", "LLM×MapReduce"),
        (r"64$\times$16 and $\sim$200x", "64×16 and ∼200x"),
        (r"$\frac{1}{2}$ and $\frac{a+b}{\sqrt{n}}$", "1/2 and (a+b)/(√n)"),
        (r"360$^\circ$ and $\tilde{O}(n)$ and $\hat x$", "360° and Õ(n) and x̂"),
        (r"50\% \& more \_ \#1 \$5", "50% & more _ #1 $5"),
        (r"\(a \le b\) and \[c\]", "a ≤ b and c"),
        (r"$\unicode{x2013}$", "–"),
        (r"$B \to D^*$", "B → D*"),
    ],
)  # fmt: skip
def test_what_titles_hold_becomes_unicode(written: str, read: str) -> None:
    assert readable(written) == read


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10, or US$3-$4.",
        "$100K or 100 Days",
        "A $B Recognizer",
        r"\llinstruct: a model",
        r"over $\Z_4$ to codes",
        r"\input{/etc/passwd} \def\x{y} \write18{ls}",
        "a set {1, 2} and f(x)_i ^ 2",
        "$",
        "$$",
        "\\",
        "{",
        r"$\frac{1}$",
        r"$\overline{AB}$ stays, $x",
        "한국어 제목 그대로",
    ],
)
def test_what_is_not_understood_stays_as_it_is(text: str) -> None:
    assert readable(text) == text


@given(st.text(alphabet="\\${}^_ ab1'\"it", max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_text_comes_out_and_nothing_raises(text: str) -> None:
    assert isinstance(readable(text), str)


@given(st.text(alphabet=st.characters(exclude_characters="\\$"), max_size=60))
def test_a_text_without_latex_is_returned_untouched(text: str) -> None:
    assert readable(text) == text


@pytest.mark.parametrize(
    "piece", ["{", "$", r"\frac{", r"\textbf{", r"{\it ", r"$\sqrt{", "$x^", r"\(", "${"]
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    def seconds(times: int) -> float:
        start = time.process_time()
        readable(piece * times + "}" * times + "$")
        return time.process_time() - start

    small, large = max(seconds(2_000), 0.004), seconds(20_000)
    assert large < 40 * small


def test_real_titles_keep_no_command_but_unknown_ones(shared: Path) -> None:
    file = shared / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        titles = [json.loads(line)["title"] for line in lines]
    before = sum("\\" in title for title in titles)
    after = [title for title in map(readable, titles) if "\\" in title]
    assert before > 100
    assert len(after) <= 6, after


@pytest.mark.parametrize(
    "text",
    [
        r"a $\unicode{x110000}$ sign",
        r"a $\unicode{x}$ sign",
        r"a $\mathbf+$ sign",
        r"a $\unicode{x200b}$ sign",
        r"a $\unicode{2013}$ sign",
        r"a $x}$ sign",
        r"a $\hat}$ sign",
        r"a $\frac{a}{b$ sign",
    ],
)
def test_math_that_nobody_can_read_stays_as_it_was_written(text: str) -> None:
    assert readable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [(r"a $\unicode{x2013}$ b", "a – b"), (r"$\bf x$ y", "x y"), (r"$a\,b$", "a b"), (r"$\mathbf xy$", "xy")],
)
def test_code_points_fonts_and_spaces_of_math_are_read(text: str, shown: str) -> None:
    assert readable(text) == shown
