"""Tests of escaping: what a parser of the destination reads back is the text that went in."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.token import Token

from daybrief.testing.editions import HOSTILE_TITLES
from daybrief.text import plain
from daybrief.text.plain import paragraph

COMMONMARK = MarkdownIt("commonmark")
GITHUB = MarkdownIt("gfm-like", {"linkify": False}).disable("linkify")
SIGNS = "\\`*_[]<>&~$|#+-=.):!(w 1a\"'@{}^/\n\tㄱ가é\u202e\u05d0"
anything = st.text(alphabet=st.one_of(st.sampled_from(SIGNS), st.characters()), max_size=40)
PLACES = ("", "- ", "1. ", "> ", "before ")


def children(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or []]


@pytest.mark.parametrize("reader", [COMMONMARK, GITHUB], ids=["commonmark", "github"])
@given(anything)
@settings(max_examples=400, deadline=None)
def test_markdown_reads_back_as_the_cleaned_text_wherever_it_stands(reader: MarkdownIt, text: str) -> None:
    for place in PLACES:
        tokens = reader.parse(place + plain.markdown(text))
        read = "".join(child.content for child in children(tokens))
        assert read.strip() == ((place if place == "before " else "") + paragraph(text)).strip()
        assert {child.type for child in children(tokens)} <= {"text", "text_special"}
        assert not {t.type for t in tokens} & {"html_block", "heading_open", "hr", "fence", "code_block"}


@given(anything)
@settings(max_examples=300, deadline=None)
def test_a_text_stays_in_its_cell_of_a_table(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {plain.markdown(text)} | end |"
    cells = [t.content for t in GITHUB.parse(table) if t.type == "inline"]
    assert len(cells) == 4
    assert cells[3] == "end"


@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_hostile_titles_survive_markdown(title: str) -> None:
    tokens = COMMONMARK.parse(f" - {plain.markdown(title)}")
    assert "".join(child.content for child in children(tokens)) == paragraph(title)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example/x",
        "https://good.example@evil.example/",
        "https://user:pass@evil.example/",
        "https:///nohost",
        "mailto:a@b.example",
        "https://example.org/" + "a" * 10_000,
        "",
    ],
)
def test_what_is_no_web_address_becomes_no_link(url: str) -> None:
    assert plain.web_address(url) == ""
    assert plain.markdown_link(url) == ""
    assert plain.markdown_target(url) == ""


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://arxiv.org/abs/2411.15124v1", "https://arxiv.org/abs/2411.15124"),
        ("https://example.org/a b<c>(d)\"'`|", "https://example.org/a%20b%3Cc%3E(d)%22'%60%7C"),
        ("https://example.org/?a=1&b=%20", "https://example.org/?a=1&b=%20"),
    ],
)
def test_addresses_come_out_quoted_and_arxiv_without_version(url: str, address: str) -> None:
    assert plain.web_address(url) in {address, address.replace("%20", "+")}


def test_a_look_alike_host_is_shown_in_punycode() -> None:
    assert plain.web_address("https://аpple.example/") == "https://xn--pple-43d.example/"


@given(st.text(alphabet=st.one_of(st.sampled_from("()[]<>\"'\\ `*_é"), st.characters()), max_size=30))
@settings(max_examples=300, deadline=None)
def test_a_markdown_parser_reads_the_same_address_from_both_forms(path: str) -> None:
    address = plain.web_address(f"https://example.org/{path}")
    if not address:
        return
    bare = plain.markdown_link(address) == address
    for written in (
        f"<{address}>" if bare else plain.markdown_link(address),
        f"[x]({plain.markdown_target(address)})",
    ):
        links = [t for t in children(COMMONMARK.parse(written)) if t.type == "link_open"]
        assert len(links) == 1
        assert unquote(str(links[0].attrs["href"])) == unquote(address)


@given(st.text(alphabet="abz019./%+=?#-_*&~()", max_size=30))
@settings(deadline=None)
def test_a_bare_address_holds_nothing_a_markdown_parser_would_change(path: str) -> None:
    written = plain.markdown_link(f"https://example.org/{path}")
    if written and not written.startswith("<"):
        assert [(t.type, t.content) for t in children(COMMONMARK.parse(written))] == [("text", written)]


@given(anything)
@example("\U0002f800")  # a letter of compatibility, written as 丽 afterwards
def test_xml_can_hold_every_text(text: str) -> None:
    element = etree.Element("title")
    element.text = plain.xml(text)
    read = etree.fromstring(etree.tostring(element))
    assert (read.text or "") == plain.xml(text)
    assert letters(plain.xml(text)) == letters(text)


def letters(text: str) -> list[str]:
    """Letters and digits as Unicode takes them apart: two ways to write one letter are the same."""
    return [sign for sign in unicodedata.normalize("NFD", text) if sign.isalnum()]


@given(st.text())
def test_a_terminal_gets_one_line_without_controls(text: str) -> None:
    shown = plain.terminal(text)
    assert not [c for c in shown if ord(c) < 32 or 127 <= ord(c) < 160]
    assert "\u202e" not in shown


def test_right_to_left_text_cannot_reorder_its_neighbours() -> None:
    assert plain.isolated("שלום 1") == "\u2068שלום 1\u2069"
    assert plain.isolated("plain 1") == "plain 1"


@pytest.mark.parametrize("text", ["a %%b", "%%%% x", "see #tag", "#tag", "x ==y== z", "=== x", "[[a|b]] ^id"])
def test_a_note_reads_as_the_text_and_hides_tags_or_marks_nothing(text: str) -> None:
    from daybrief.testing import injections

    note = injections.obsidian(plain.obsidian(text))
    assert not set(re.findall(r"data-\w+|<mark>|wiki:", note))
    assert "%%" not in note
