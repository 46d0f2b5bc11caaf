"""SVG text turned into outlines of the shipped fonts, so that a picture looks the same everywhere.

Letters are placed by their advance widths: the shipped fonts hold no kerning, and Hangul, Han, Latin, Greek
and Cyrillic need no shaping. Emoji sequences are joined by the font's own table. A text with a letter that
no shipped font holds stays text, for the reader's own fonts to draw.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import BytesIO
from threading import Lock
from typing import Any

import msgspec
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont
from lxml import etree

FOLDER = files("daybrief") / "assets" / "fonts"
FILES = ("DaybriefSans.ttf", "DaybriefCJK.otf", "DaybriefEmoji.ttf")  # the first that has a letter draws it
_SVG = "http://www.w3.org/2000/svg"
_SELECTORS = re.compile("[\ufe00-\ufe0f]")
_DRAWING = Lock()  # an outline is taken apart when it is first drawn, by one thread at a time
_LIGATURE = 4  # the GSUB lookup type: https://learn.microsoft.com/typography/opentype/spec/gsub


class Face(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One font: glyph names by code point, widths in em by glyph, joined glyphs by their parts."""

    cmap: dict[int, str]
    widths: dict[str, float]
    joined: dict[tuple[str, ...], str]
    glyphs: Any
    per_em: int


class Glyph(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn sign of a face."""

    face: Face
    name: str

    @property
    def width(self) -> float:
        """The advance, in em."""
        return self.face.widths[self.name]


@cache
def faces() -> tuple[Face, ...]:
    """The shipped fonts, in the order they are asked."""
    return tuple(_face(name) for name in FILES)


def glyphs(text: str) -> tuple[Glyph, ...] | None:
    """What draws the text, or None when a letter of it is in no shipped font."""
    letters = _SELECTORS.sub("", text)
    found: list[Glyph] = []
    at = 0
    while at < len(letters):
        face = next((face for face in faces() if ord(letters[at]) in face.cmap), None)
        if face is None:
            return None
        name, used = _joined(face, letters, at)
        found.append(Glyph(face=face, name=name))
        at += used
    return tuple(found)


def measure(text: str, size: float) -> float:
    """How many pixels wide a text is drawn; estimated where no shipped font holds a letter.

    Vega's own measure would ask the fonts of the machine, and no two machines would draw alike.
    """
    drawn = glyphs(text)
    return size * (len(text) if drawn is None else sum(glyph.width for glyph in drawn))


def outlined(svg: str) -> bytes:
    """The picture with every text it can draw as outlines; each keeps its words in an `aria-label`.

    An outline stands once in `defs`, in font units, and is used wherever its letter comes.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(svg.encode(), parser)
    defined: dict[tuple[int, str], str] = {}
    shelf = etree.Element(f"{{{_SVG}}}defs")
    for text in list(root.iter(f"{{{_SVG}}}text")):
        drawn = glyphs(text.text or "")
        parent = text.getparent()
        if drawn is not None and parent is not None and not len(text):
            parent.replace(text, _drawn(text, drawn, defined, shelf))
    root.insert(0, shelf)
    return etree.tostring(root, encoding="utf-8")


def _drawn(text: Any, drawn: tuple[Glyph, ...], defined: dict[tuple[int, str], str], shelf: Any) -> Any:
    """A group of outlines in place of a `text` element."""
    size = float(text.get("font-size", "11px").removesuffix("px"))
    width = sum(glyph.width for glyph in drawn) * size
    at = {"middle": -width / 2, "end": -width}.get(text.get("text-anchor", "start"), 0.0)
    group = etree.Element(f"{{{_SVG}}}g", {"role": "img", "aria-label": text.text or ""})
    for name in ("transform", "fill", "opacity"):
        if text.get(name):
            group.set(name, text.get(name))
    for glyph in drawn:
        if name := _defined(glyph, defined, shelf):
            scale = size / glyph.face.per_em
            place = f"translate({_short(at)},0) scale({scale:.5g},{-scale:.5g})"
            etree.SubElement(group, f"{{{_SVG}}}use", {"href": f"#{name}", "transform": place})
        at += glyph.width * size
    return group


def _defined(glyph: Glyph, defined: dict[tuple[int, str], str], shelf: Any) -> str:
    """The id of a glyph's outline, put on the shelf when it is new; empty for a blank."""
    key = (faces().index(glyph.face), glyph.name)
    if key not in defined:
        pen = SVGPathPen(glyph.face.glyphs, ntos=_short)
        with _DRAWING:
            glyph.face.glyphs[glyph.name].draw(pen)
        defined[key] = f"g{len(defined)}" if pen.getCommands() else ""
        if defined[key]:
            etree.SubElement(shelf, f"{{{_SVG}}}path", {"id": defined[key], "d": pen.getCommands()})
    return defined[key]


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _joined(face: Face, letters: str, at: int) -> tuple[str, int]:
    """The longest joined glyph that starts at a letter, and how many letters it takes."""
    names = [face.cmap.get(ord(letter), "") for letter in letters[at : at + 10]]
    for length in range(len(names), 1, -1):
        if whole := face.joined.get(tuple(names[:length])):
            return whole, length
    return names[0], 1


def _face(name: str) -> Face:
    # Read whole into memory: the package may be a zip, and no file stays open. What is in it is taken apart
    # when it is asked for: a chart draws some fifty of the 2,500 outlines.
    font = TTFont(BytesIO((FOLDER / name).read_bytes()), lazy=True)
    per_em = font["head"].unitsPerEm
    return Face(
        cmap=font.getBestCmap(),
        widths={glyph: advance / per_em for glyph, (advance, _) in font["hmtx"].metrics.items()},
        joined=dict(_ligatures(font)),
        glyphs=font.getGlyphSet(),
        per_em=per_em,
    )


def _ligatures(font: TTFont) -> Iterator[tuple[tuple[str, ...], str]]:
    if "GSUB" not in font:
        return
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            plain = getattr(table, "ExtSubTable", table)
            if plain.LookupType == _LIGATURE:
                for first, joined in plain.ligatures.items():
                    yield from (((first, *one.Component), one.LigGlyph) for one in joined)
