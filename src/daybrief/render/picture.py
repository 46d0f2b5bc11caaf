"""The chart of an edition as a picture, drawn with the shipped fonts.

Bars are written as SVG; a ring is a Vega-Lite specification (https://vega.github.io/vega-lite/docs/) that
vl-convert draws without a browser or network, in an engine of 100 MiB. Letters become outlines; resvg makes
the PNG. The SVG follows the reader's light or dark scheme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec
from lxml import etree

from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import Bar, Chart

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FOLDER = files("daybrief") / "assets" / "fonts"
FILES = ("DaybriefSans.ttf", "DaybriefCJK.otf", "DaybriefEmoji.ttf")  # the first that has a letter draws it
_SVG = "http://www.w3.org/2000/svg"
_SELECTORS = re.compile("[\ufe00-\ufe0f]")
_DRAWING = Lock()  # an outline is taken apart when it is first drawn, by one thread at a time
_LIGATURE = 4  # the GSUB lookup type: https://learn.microsoft.com/typography/opentype/spec/gsub


class Face(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A font: glyph names by code point, widths in font units by glyph, joined glyphs by their parts."""

    cmap: dict[int, str]
    widths: dict[str, tuple[int, int]]  # and the left bearing
    joined: dict[tuple[str, ...], str]
    glyphs: Any
    per_em: int


class Glyph(msgspec.Struct, frozen=True, array_like=True):
    """A drawn sign: its number and name among the fonts, its advance and its path in units of the font."""

    key: str
    advance: int
    per_em: int
    outline: str  # "" for a blank

    @property
    def width(self) -> float:
        """The advance, in em."""
        return self.advance / self.per_em


class Cut(msgspec.Struct, frozen=True):
    """The glyphs of what the shipped charts say: of each letter, and of each emoji as it is written."""

    letters: dict[str, Glyph]
    emoji: dict[str, Glyph]


@cache
def cut() -> Cut:
    """The glyphs that `tools/build_chart_glyphs.py` took from the fonts, so that most charts need no font."""
    return msgspec.json.decode((FOLDER / "chart_glyphs.json").read_bytes(), type=Cut)


@cache
def faces() -> tuple[Face, ...]:
    """The shipped fonts, in the order they are asked."""
    return tuple(_face(name) for name in FILES)


@lru_cache(maxsize=512)  # a word is measured, then drawn; a site draws the same labels each day
def glyphs(text: str) -> tuple[Glyph, ...] | None:
    """Return the glyphs that draw the text, or None when a letter of it is in no shipped font."""
    letters, ready = unselected(text), cut()
    if letters in ready.emoji:
        return (ready.emoji[letters],)
    if all(letter in ready.letters for letter in letters):
        return tuple(ready.letters[letter] for letter in letters)
    return glyphs_of_fonts(letters)


def unselected(text: str) -> str:
    """The text without the marks that choose between forms of an emoji."""
    return _SELECTORS.sub("", text)


def glyphs_of_fonts(letters: str) -> tuple[Glyph, ...] | None:
    """As `glyphs`, without what is cut out: the fonts are read for it, which takes 30 MiB."""
    shapes: list[Glyph] = []
    at = 0
    while at < len(letters):
        number, face = next(
            ((n, face) for n, face in enumerate(faces()) if ord(letters[at]) in face.cmap), (0, None)
        )
        if face is None:
            return None
        name, used = _joined(face, letters, at)
        outline = _outline(number, name)
        shapes.append(Glyph(f"{number} {name}", face.widths[name][0], face.per_em, outline))
        at += used
    return tuple(shapes)


def measure(text: str, size: float) -> float:
    """Measure the width of a text in pixels; an estimate where no shipped font holds a letter.

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
    defined: dict[str, str] = {}
    definitions = etree.Element(f"{{{_SVG}}}defs")
    for text in list(root.iter(f"{{{_SVG}}}text")):
        drawn = glyphs(text.text or "")
        parent = text.getparent()
        if drawn is not None and parent is not None and not len(text):
            parent.replace(text, _drawn(text, drawn, defined, definitions))
    root.insert(0, definitions)
    return etree.tostring(root, encoding="utf-8")


def _drawn(text: Any, drawn: tuple[Glyph, ...], defined: dict[str, str], definitions: Any) -> Any:
    """A group of outlines in place of a `text` element."""
    size = float(text.get("font-size", "11px").removesuffix("px"))
    width = sum(glyph.width for glyph in drawn) * size
    at = {"middle": -width / 2, "end": -width}.get(text.get("text-anchor", "start"), 0.0)
    group = etree.Element(f"{{{_SVG}}}g", {"role": "img", "aria-label": text.text or ""})
    for name in ("transform", "fill", "opacity"):
        if text.get(name):
            group.set(name, text.get(name))
    for glyph in drawn:
        if name := _defined(glyph, defined, definitions):
            scale = size / glyph.per_em
            place = f"translate({_short(at)},0) scale({scale:.5g},{-scale:.5g})"
            etree.SubElement(group, f"{{{_SVG}}}use", {"href": f"#{name}", "transform": place})
        at += glyph.width * size
    return group


def _defined(glyph: Glyph, defined: dict[str, str], definitions: Any) -> str:
    """The id of a glyph's outline, added to the definitions when it is new; empty for a blank."""
    if glyph.key not in defined:
        defined[glyph.key] = f"g{len(defined)}" if glyph.outline else ""
        if glyph.outline:
            path = {"id": defined[glyph.key], "d": glyph.outline}
            etree.SubElement(definitions, f"{{{_SVG}}}path", path)
    return defined[glyph.key]


@lru_cache(maxsize=2_048)
def _outline(face: int, name: str) -> str:
    """The path of a glyph of one of `faces`, in font units; "" for a blank."""
    from fontTools.pens.svgPathPen import SVGPathPen

    drawn = faces()[face].glyphs
    pen = SVGPathPen(drawn, ntos=_short)
    with _DRAWING:
        drawn[name].draw(pen)
    return str(pen.getCommands())


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
    from fontTools.ttLib import TTFont  # here and above: most charts are drawn without the fonts

    # Read whole into memory: the package may be a zip, and no file stays open. What is in it is taken apart
    # when it is asked for: a chart draws some fifty of the 2,500 outlines.
    font = TTFont(BytesIO((FOLDER / name).read_bytes()), lazy=True)
    face = Face(
        cmap=font.getBestCmap(),
        widths=font["hmtx"].metrics,
        joined=dict(_ligatures(font)),
        glyphs=font.getGlyphSet(),
        per_em=font["head"].unitsPerEm,
    )
    for read in ("cmap", "GSUB"):  # what was needed of them is in the face: half of what the fonts take
        font.tables.pop(read, None)
    return face


def _ligatures(font: TTFont) -> Iterator[tuple[tuple[str, ...], str]]:
    if "GSUB" not in font:
        return
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            plain = getattr(table, "ExtSubTable", table)
            if plain.LookupType == _LIGATURE:
                for first, joined in plain.ligatures.items():
                    yield from (((first, *ligature.Component), ligature.LigGlyph) for ligature in joined)


_VEGA_LITE = "https://vega.github.io/schema/vega-lite/v6.json"
_SLICES = 8  # more cannot be told apart: the rest becomes one
_ROW = 27  # pixels a row
_THICK, _CORNER = 15.0, 3.0  # pixels of a bar
_EDGE = 22  # pixels of paper around everything
_TITLE, _LABEL, _NUMBER = 16.0, 13.5, 12.5  # font sizes in pixels
_EMOJI = 34  # pixels between a label and its bar, for the emoji
_PAPER, _INK, _SOFT, _BAR, _REST = "#fbf8f2", "#1d1b18", "#5f5a52", "#9a2f23", "#b9b1a4"
_DARK = {_PAPER: "#17181b", _INK: "#eceae5", _SOFT: "#aba79f", _BAR: "#d0776b", _REST: "#62615d"}
_WHEEL = ("#9a2f23", "#2b5a93", "#b9791d", "#4f9a6b", "#7d63ab", "#3f98a5", "#b56a94", "#8a8f3c")


def draw(chart: Chart, language: str, width: int = 420) -> bytes:
    """The chart as a self-contained SVG: no font, no script, no address of another file."""
    say = phrases(language)
    svg = _ring(chart, say) if chart.form == "pie" else bars(chart, say, width)
    return _dressed(outlined(svg), chart)


def _ring(chart: Chart, say: Phrases) -> str:
    return _renumbered(_vega().vegalite_to_svg(wheel(chart, say), vl_version="6.4", allowed_base_urls=[]))


def to_png(svg: bytes, scale: float) -> bytes:
    """The SVG as a PNG; fonts of the machine are looked for only where a letter was not outlined."""
    import resvg_py

    outlined = b"<text" not in svg
    return bytes(resvg_py.svg_to_bytes(svg_string=svg.decode(), zoom=scale, skip_system_fonts=outlined))


def bars(chart: Chart, say: Phrases, width: int) -> str:
    """Sorted bars as SVG: the title, then a row each of emoji, label, bar, number and share."""
    total = sum(bar.count for bar in chart.bars)
    rows = [_row(bar, total, say) for bar in chart.bars]
    longest = max(bar.count for bar in chart.bars)
    left = max(measure(row["label"], _LABEL) for row in rows) + _EMOJI
    ends = [width * row["count"] / longest for row in rows]
    right = max(end + measure(row["told"], _NUMBER) + 8 for end, row in zip(ends, rows, strict=True)) - width
    room = _margins(chart, left=left, inside=width, right=right)
    size = (room["left"] + width + room["right"], room["top"] + _ROW * len(rows) + room["bottom"])
    svg = etree.Element(f"{{{_SVG}}}svg", nsmap={None: _SVG}, width=str(size[0]), height=str(size[1]))
    svg.set("viewBox", f"0 0 {size[0]} {size[1]}")
    _add(svg, "rect", width=str(size[0]), height=str(size[1]), fill=_PAPER)
    inside = _add(svg, "g", transform=f"translate({room['left']},{room['top']})")
    _say(inside, chart.title, x=-left, y=-21, size=_TITLE, colour=_INK)
    for number, (row, end) in enumerate(zip(rows, ends, strict=True)):
        middle = _ROW * (number + 0.5)
        _say(inside, row["emoji"], x=-18, y=middle + 5, size=15, colour=_SOFT, anchor="middle")
        _say(inside, row["label"], x=-_EMOJI, y=middle + 4, size=_LABEL, colour=_INK, anchor="end")
        _add(inside, "path", d=_bar(end, middle - _THICK / 2), fill=row["colour"])
        _say(inside, row["told"], x=end + 8, y=middle + 4, size=_NUMBER, colour=_SOFT)
    return etree.tostring(svg, encoding="unicode")


def _bar(end: float, top: float) -> str:
    """A bar from 0 to `end`, round at its end."""
    corner = min(_CORNER, end)
    turn = f"a{_short(corner)},{_short(corner)} 0 0 1"
    right, side = _short(end - corner), _short(_THICK - 2 * corner)
    return (
        f"M0,{_short(top)}h{right}{turn} {_short(corner)},{_short(corner)}v{side}"
        f"{turn} {_short(-corner)},{_short(corner)}h-{right}Z"
    )


def _say(
    parent: Any, words: str, *, x: float, y: float, size: float, colour: str, anchor: str = "start"
) -> None:
    text = _add(parent, "text", transform=f"translate({_short(x)},{_short(y)})", fill=colour)
    text.set("font-size", f"{size:g}px")
    text.set("text-anchor", anchor)
    text.text = words


def _add(parent: Any, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{_SVG}}}{tag}", attributes)


def wheel(chart: Chart, say: Phrases) -> dict[str, Any]:
    """A ring of at most eight slices, clockwise from the top, with a legend in the same order."""
    total = sum(bar.count for bar in chart.bars)
    rows = [_row(bar, total, say) | {"place": n} for n, bar in enumerate(_few(chart.bars, say))]
    slices = [row | {"told": f"{row['label']}   {row['told']}"} for row in rows]
    names = [row["told"] for row in slices]
    legend = {
        "title": None,
        "labelFontSize": _LABEL,
        "labelColor": _INK,
        "labelLimit": 0,
        "symbolType": "circle",
    }
    colour = {
        "field": "told",
        "type": "nominal",
        "scale": {"domain": names, "range": list(_WHEEL[: len(names)])},
        "legend": legend | {"symbolSize": 130, "rowPadding": 9, "offset": 34, "symbolStrokeWidth": 0},
    }
    shared = {
        "theta": {"field": "count", "type": "quantitative", "stack": True},
        "order": {"field": "place", "type": "quantitative"},
    }
    ring = {"type": "arc", "innerRadius": 70, "outerRadius": 122, "stroke": _PAPER, "strokeWidth": 2}
    number = {"type": "text", "text": f"{total}", "fontSize": 32, "color": _INK}
    right = 34 + 22 + max(measure(name, _LABEL) for name in names)
    return _framed(chart, left=0, inside=250, right=right) | {
        "data": {"values": slices},
        "width": 250,
        "height": 250,
        "layer": [
            {"mark": ring, "encoding": shared | {"color": colour}},
            {"data": {"values": [{}]}, "mark": number},
        ],
    }


def _row(bar: Bar, total: int, say: Phrases) -> dict[str, Any]:
    share = say("count.share", n=bar.count, percent=f"{100 * bar.count / total:.0f}")
    colour = _REST if bar.category == "others" else _BAR
    return {
        "place": bar.category,
        "emoji": bar.emoji,
        "label": bar.label,
        "count": bar.count,
        "told": share,
        "colour": colour,
    }


def _few(bars: tuple[Bar, ...], say: Phrases) -> tuple[Bar, ...]:
    if len(bars) <= _SLICES:
        return bars
    rest = bars[_SLICES - 1 :]
    label = say("chart.others", n=len(rest))
    return (*bars[: _SLICES - 1], Bar(category="", label=label, emoji="", count=sum(b.count for b in rest)))


def _framed(chart: Chart, *, left: float, inside: float, right: float) -> dict[str, Any]:
    """The title, the paper, the font, and the room around a drawing of Vega's."""
    title = {"text": chart.title, "anchor": "start", "frame": "group", "dx": -left, "offset": 18}
    return {
        "$schema": _VEGA_LITE,
        "background": _PAPER,
        "autosize": "none",
        "padding": _margins(chart, left=left, inside=inside, right=right),
        "title": title | {"fontSize": _TITLE, "color": _INK, "fontWeight": "normal"},
        "config": {"font": "sans-serif", "view": {"stroke": None}},
    }


def _margins(chart: Chart, *, left: float, inside: float, right: float) -> dict[str, int]:
    """Pixels of paper on each side of the drawing; a long title widens the right one."""
    excess = measure(chart.title, _TITLE) - left - inside
    room = {"left": _EDGE + left, "right": _EDGE + max(right, excess), "top": _EDGE + 40, "bottom": _EDGE}
    return {side: round(pixels) for side, pixels in room.items()}


def _renumbered(svg: str) -> str:
    """Vega numbers clips through the life of a process; here each picture starts at 0."""
    seen: dict[str, str] = {}
    return re.sub(r"\bclip\d+", lambda clip: seen.setdefault(clip[0], f"clip-{len(seen)}"), svg)


def _dressed(svg: bytes, chart: Chart) -> bytes:
    """The picture with its text for screen readers and its colours for the dark."""
    root = etree.fromstring(svg)
    root.set("role", "img")
    root.set("aria-label", chart.alt)
    swaps = "".join(
        f'[fill="{light}"]{{fill:{dark}}}[stroke="{light}"]{{stroke:{dark}}}' for light, dark in _DARK.items()
    )
    style = etree.Element("{http://www.w3.org/2000/svg}style")
    style.text = f"@media (prefers-color-scheme:dark){{{swaps}}}"
    description = etree.Element("{http://www.w3.org/2000/svg}desc")
    description.text = chart.alt
    root.insert(0, style)
    root.insert(0, description)
    return etree.tostring(root, encoding="utf-8")


def _vega() -> Any:
    """vl-convert, loaded when first needed; it draws no letter, so it needs no font."""
    import vl_convert

    return vl_convert
