"""The picture holds every letter, the same bytes everywhere, and the numbers of the page."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from daybrief.languages import CODES
from daybrief.languages.phrases import phrases
from daybrief.model import Bar, Chart, Edition
from daybrief.ports import Tools
from daybrief.publishers.chart import Options, make
from daybrief.render.picture import (
    FILES,
    FOLDER,
    cut,
    draw,
    glyphs,
    glyphs_of_fonts,
    measure,
    outlined,
    to_png,
    unselected,
)
from daybrief.testing.editions import founding, issue, large, news, quiet, taxonomy

SVG = "{http://www.w3.org/2000/svg}"


def chart_of(labels: list[str], form: str = "bars") -> Chart:
    bars = tuple(Bar(category=f"c{n}", label=text, emoji="🤖", count=n + 1) for n, text in enumerate(labels))
    return msgspec.convert(
        {"title": "TÜLU Déjà 炊紙", "alt": "told", "bars": bars, "form": form}, Chart, from_attributes=True
    )


def words(svg: bytes) -> list[str]:
    return [
        str(e.get("aria-label"))
        for e in etree.fromstring(svg).iter(f"{SVG}g")
        if e.find(f"{SVG}use") is not None
    ]


def test_every_label_and_emoji_of_the_taxonomy_can_be_drawn() -> None:
    for category in taxonomy().category:
        assert glyphs(category.emoji), category.id
        assert len(glyphs(category.emoji) or ()) == 1, "a joined emoji is one picture"
        for label in category.name.values():
            assert glyphs(label), label


def test_what_the_shipped_charts_say_is_drawn_as_the_fonts_draw_it_and_without_reading_them() -> None:
    """In each language: the title of a day, every label, every emoji, and a share."""
    for language in CODES:
        say = phrases(language)
        labels = [unselected(text) for c in taxonomy().category for text in (c.label(language), c.emoji)]
        share = say("count.share", n=1_234, percent="56")
        title = say("chart.title", n=78, day=say.day(date(2026, 9, 30)), kind=say("kind.papers"))
        for text in (*labels, share, title):
            assert glyphs(text) == glyphs_of_fonts(text), text
            assert text in cut().emoji or set(text) <= cut().letters.keys(), text
    code = (
        "import sys; from daybrief.render.picture import draw;"
        "from daybrief.testing.editions import founding;"
        "draw(founding().chart, 'ko'); sys.exit('fontTools' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_phrase_of_the_chart_can_be_drawn() -> None:
    for language in ("ko", "en"):
        say = phrases(language)
        drawn = ("chart.", "count.", "kind.", "date.")
        keys = [key for key in tuple(say.keys()) if key.startswith(drawn)]
        assert all(glyphs(say.get(key, "")) for key in keys)


@pytest.mark.parametrize(
    "text",
    "TÜLU|Déjà vu|Pokémon|炊紙|뷁쀍힣|Ελληνικά|Ёлка|≤ ∞ → ²|ひらがなカタカナ|’“”–—…·|👩‍👩‍👧❤️🔥".split("|"),
)
def test_letters_of_every_script_have_outlines(text: str) -> None:
    assert glyphs(text)
    assert not any(glyph.key.endswith(".notdef") for glyph in glyphs(text) or ())


def test_the_font_has_every_modern_hangul_syllable() -> None:
    assert glyphs("".join(map(chr, range(0xAC00, 0xD7A4))))


@pytest.mark.parametrize("form", ["bars", "pie"])
def test_no_text_is_left_for_the_readers_fonts(form: str) -> None:
    svg = draw(founding(form=form).chart, "ko")
    assert not list(etree.fromstring(svg).iter(f"{SVG}text"))
    assert b"font-family" not in svg


def test_a_letter_no_font_holds_stays_text() -> None:
    svg = draw(chart_of(["العربية", "한국어"]), "ko")
    left = [e.text for e in etree.fromstring(svg).iter(f"{SVG}text")]
    assert left == ["العربية"]
    assert "한국어" in words(svg)


@pytest.mark.parametrize("shown", [founding(), founding("en"), news(), large()])
def test_the_picture_says_the_labels_and_numbers_of_the_chart(shown: Edition) -> None:
    labels = words(draw(shown.chart, shown.language))
    assert labels[0] == shown.chart.title or shown.chart.title in labels
    for bar in shown.chart.bars:
        assert bar.label in labels
        assert any(text.startswith(f"{bar.count}") for text in labels)


def test_a_wheel_has_at_most_eight_slices_and_loses_none() -> None:
    labels = words(draw(large(form="pie").chart, "ko"))
    slices = [text for text in labels if "%" in text]
    assert len(slices) == 8
    assert slices[-1].startswith("기타")
    assert "100" in labels


def test_labels_never_meet_the_bars() -> None:
    chart = chart_of(["W" * 60, "b"])
    width = int(etree.fromstring(draw(chart, "en")).get("width"))
    assert width > measure("W" * 60, 13.5) + 420


def test_the_picture_is_safe_to_show() -> None:
    svg = draw(chart_of(["</svg><script>alert(1)</script>", "a & b"]), "ko")
    root = etree.fromstring(svg)
    assert not [e for e in root.iter() if e.tag in {f"{SVG}script", f"{SVG}image", f"{SVG}foreignObject"}]
    hrefs = [value for e in root.iter() for name, value in e.attrib.items() if name.endswith("href")]
    assert all(value.startswith("#") for value in hrefs)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "told"


def test_the_chart_follows_the_dark_scheme() -> None:
    assert b"prefers-color-scheme:dark" in draw(founding().chart, "ko")


def test_the_bytes_are_the_same_twice_and_in_a_process_without_fonts(tmp_path: Path) -> None:
    here = draw(founding().chart, "ko")
    assert here == draw(founding().chart, "ko")
    code = (
        "import sys; from daybrief.render.picture import draw;"
        "from daybrief.testing.editions import founding;"
        "sys.stdout.buffer.write(draw(founding().chart, 'ko'))"
    )
    empty = tmp_path / "fonts.conf"
    empty.write_text("<fontconfig/>")
    bare = os.environ | {"FONTCONFIG_FILE": str(empty), "HOME": str(tmp_path)}
    there = subprocess.run([sys.executable, "-c", code], env=bare, capture_output=True, check=True).stdout
    assert there == here
    assert to_png(here, 1.0) == to_png(there, 1.0)


def test_files_stand_beside_the_page_and_a_quiet_day_has_none() -> None:
    publisher = make(Options(scale=1), Tools(taxonomy=taxonomy()))
    files = list(publisher.publish(issue(news(), quiet())))
    assert [f.path for f in files] == ["2024-11-26/news.svg", "2024-11-26/news.png"]
    assert files[1].body.startswith(b"\x89PNG")


def test_the_fonts_are_small_and_carry_their_licence() -> None:
    sizes = [len((FOLDER / name).read_bytes()) for name in FILES]
    assert sum(sizes) < 6_000_000
    assert "SIL OPEN FONT LICENSE" in (FOLDER / "OFL.txt").read_text(encoding="utf-8").upper()


def test_outlines_keep_colour_and_place() -> None:
    text = '<text fill="#123456" transform="translate(3,4)" font-size="10px">가</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{text}</svg>'
    group = next(etree.fromstring(outlined(svg)).iter(f"{SVG}g"))
    assert (group.get("fill"), group.get("transform"), group.get("aria-label")) == (
        "#123456",
        "translate(3,4)",
        "가",
    )
