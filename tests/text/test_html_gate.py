"""Pages whose shape would cost a parser the square of their size never reach one."""

from __future__ import annotations

import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from daybrief.errors import TooMuch
from daybrief.text.html_gate import admit

PAGE = b'<html><body><div class="panel"><a href="/arxiv/1/a">A title</a></div></body></html>'


def test_an_ordinary_page_passes() -> None:
    admit(PAGE)
    admit(PAGE * 1_000)


def test_each_limit_admits_its_bound_and_refuses_one_more() -> None:
    admit(b"<b>" * 20_000)
    admit(b"x " * 40_000)
    with pytest.raises(TooMuch, match="tags"):
        admit(b"<b>" * 20_001)
    with pytest.raises(TooMuch, match="parts"):
        admit(b"x " * 40_001)


@pytest.mark.parametrize(
    "bomb",
    [
        b"<a " + b" ".join(b"a%d" % n for n in range(100_000)) + b">",
        b"<a " + b"/".join(b"a%d" % n for n in range(100_000)) + b">",
        b"<a " + b"".join(b'a%d="<>"' % n for n in range(100_000)) + b">",
        b"<script>x<y='</script><a x='>' " + b"\f".join(b"a%d=1" % n for n in range(100_000)) + b">",
    ],
    ids=["blanks", "slashes", "quotes", "hidden by a script"],
)
def test_attributes_without_number_are_refused_however_they_are_written(bomb: bytes) -> None:
    with pytest.raises(TooMuch):
        admit(bomb)


@pytest.mark.parametrize("shape", [b"<div>", b"<a><div>", b"<b>"])
def test_what_passes_is_parsed_within_seconds_of_processor_time(shape: bytes) -> None:
    body = (shape * 20_000)[: len(shape) * 20_000 // shape.count(b"<")]
    admit(body)
    before = time.process_time()
    LexborHTMLParser(body)
    assert time.process_time() - before < 5
