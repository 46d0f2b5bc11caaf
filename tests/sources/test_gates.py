"""Tests of what the gates let through, and what never reaches a parser."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from daybrief.errors import NotWhatWeAsked, SourceError, TooMuch
from daybrief.sources._gates import admit_broken_xml, admit_html, admit_xml

FEED = b"<?xml version='1.0'?><rss version='2.0'><channel><item><title>a</title></item></channel></rss>"


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


def attributes(count: int) -> bytes:
    return b"<rss " + b" ".join(b'a%d="1"' % n for n in range(count)) + b"/>"


def namespaces(count: int) -> bytes:
    return b"<rss>" + b"".join(b'<x xmlns:n%d="urn:%d"/>' % (n, n) for n in range(count)) + b"</rss>"


def entries(count: int) -> bytes:
    return b"<feed>" + b"<entry/>" * count + b"</feed>"


LAUGHS = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><rss>&b;</rss>'
OUTSIDE = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>'
PARAMETER = b'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]><rss/>'


@pytest.mark.parametrize("bomb", [LAUGHS, OUTSIDE, PARAMETER], ids=["laughs", "outside", "parameter"])
def test_a_document_that_declares_an_entity_is_refused(bomb: bytes) -> None:
    with pytest.raises(TooMuch, match="entity"):
        admit_xml(bomb)


@pytest.mark.parametrize(
    ("shape", "most"), [(nested, 64), (attributes, 64), (namespaces, 32), (entries, 5_000)]
)
def test_each_limit_admits_its_bound_and_refuses_one_more(shape, most: int) -> None:
    admit_xml(shape(most))
    with pytest.raises(TooMuch):
        admit_xml(shape(most + 1))


def test_the_number_of_entries_can_be_set() -> None:
    admit_xml(entries(3), entries=3)
    with pytest.raises(TooMuch):
        admit_xml(entries(4), entries=3)


def test_old_rss_with_a_doctype_and_no_entities_passes() -> None:
    doctype = b'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://example.org/rss-0.91.dtd">'
    assert admit_xml(doctype + b"<rss/>") == "rss"


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"Rate exceeded.", b'{"error": "no"}', b"\x1f\x8b\x08", b"<", b"<?xml version='1.0'?>",
     b"<?xml version='1.0' encoding='no-such'?><rss/>"],
)  # fmt: skip
def test_what_is_no_xml_is_not_what_we_asked(body: bytes) -> None:
    with pytest.raises(NotWhatWeAsked):
        admit_xml(body)


def test_a_login_page_is_told_by_its_root() -> None:
    with pytest.raises(NotWhatWeAsked, match="<html>"):
        admit_xml(b"<html><body>Sign in</body></html>", roots=frozenset({"rss", "feed"}))


def test_a_prefix_of_the_root_does_not_matter() -> None:
    assert admit_xml(b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"/>', roots=frozenset({"feed"})) == "feed"


@pytest.mark.parametrize("flaw", [b"<rss>AT&T</rss>", b"<rss>&nbsp;</rss>", b"<rss><b></rss>", FEED[:60]])
def test_a_flawed_feed_is_left_to_a_forgiving_parser(flaw: bytes) -> None:
    assert admit_xml(flaw) == "rss"


@pytest.mark.parametrize("flaw", [b"<rss>AT&T</rss>", b"<rss>&nbsp;</rss>", b"<rss><b></rss>", FEED[:60]])
def test_where_a_whole_document_is_wanted_a_flawed_one_is_refused(flaw: bytes) -> None:
    with pytest.raises(NotWhatWeAsked):
        admit_xml(flaw, whole=True)
    assert admit_xml(FEED, whole=True) == "rss"


def test_a_bomb_behind_a_flaw_is_still_seen_where_it_starts_before_the_flaw() -> None:
    with pytest.raises(TooMuch):
        admit_xml(attributes(100)[:-2] + b">" + b"& </rss>")


def unclosed(count: int) -> bytes:
    return b"<rss>& " + b"<a>" * (count - 1)


def ampersands(count: int) -> bytes:
    return b"<rss>" + b"&" * count


def bare_attributes(count: int) -> bytes:
    return b"<rss>&<a" + b" a" * count


@pytest.mark.parametrize(
    ("shape", "most"), [(unclosed, 70_000), (ampersands, 300_000), (bare_attributes, 60_000)]
)
def test_a_bomb_behind_a_flaw_is_counted_too(shape, most: int) -> None:
    assert admit_xml(shape(most)) == "rss"
    with pytest.raises(TooMuch):
        admit_xml(shape(most + 1))


def test_what_stands_in_cdata_is_no_markup_of_the_document() -> None:
    admit_broken_xml(b"<rss>& <![CDATA[" + b"<a x='1'>&" * 100_000 + b"]]></rss>")
    with pytest.raises(TooMuch):
        admit_broken_xml(b"<rss>& " + b"<![CDATA[]]>" * 70_001 + b"</rss>")


def test_the_number_of_elements_and_attributes_can_be_set() -> None:
    admit_xml(b"<a b='1'><c/></a>", elements=3)
    with pytest.raises(TooMuch, match="elements"):
        admit_xml(b"<a b='1'><c/></a>", elements=2)


@pytest.mark.parametrize("bomb", [attributes(40_000), namespaces(20_000), entries(20_000)])
def test_a_bomb_is_refused_within_a_second_of_processor_time(bomb: bytes) -> None:
    before = time.process_time()
    with pytest.raises(TooMuch):
        admit_xml(bomb)
    assert time.process_time() - before < 1


def test_recorded_feeds_pass_the_gate_for_xml(shared: Path) -> None:
    recorded = [*(shared / "sources/arxiv_rss").glob("*.xml"), *(shared / "sources/arxiv_api").glob("*.xml"),
                *(shared / "sources/arxiv_oai").rglob("*.xml")]  # fmt: skip
    assert len(recorded) > 40
    assert {admit_xml(path.read_bytes()) for path in recorded} <= {"rss", "feed", "OAI-PMH", "record"}


@settings(max_examples=300, deadline=None)
@given(cut=st.integers(0, len(FEED)), byte=st.integers(0, 255))
def test_any_broken_byte_ends_in_a_name_or_a_source_error(cut: int, byte: int) -> None:
    for body in (FEED[:cut], FEED[:cut] + bytes([byte]) + FEED[cut + 1 :]):
        with contextlib.suppress(SourceError):
            assert isinstance(admit_xml(body), str)


PAGE = b'<html><body><div class="panel"><a href="/arxiv/1/a">A title</a></div></body></html>'


def test_an_ordinary_page_passes_the_gate_for_html() -> None:
    admit_html(PAGE)
    admit_html(PAGE * 1_000)


def test_the_bounds_of_a_page_are_admitted_and_one_more_refused() -> None:
    admit_html(b"<b>" * 20_000)
    admit_html(b"x " * 40_000)
    with pytest.raises(TooMuch, match="tags"):
        admit_html(b"<b>" * 20_001)
    with pytest.raises(TooMuch, match="parts"):
        admit_html(b"x " * 40_001)


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
        admit_html(bomb)


@pytest.mark.parametrize("shape", [b"<div>", b"<a><div>", b"<b>"])
def test_a_page_that_passes_is_parsed_within_seconds_of_processor_time(shape: bytes) -> None:
    body = (shape * 20_000)[: len(shape) * 20_000 // shape.count(b"<")]
    admit_html(body)
    before = time.process_time()
    LexborHTMLParser(body)
    assert time.process_time() - before < 5
