"""Take from the shipped fonts the letters that the charts of the shipped taxonomy say.

    python tools/build_chart_glyphs.py

Writes `assets/fonts/chart_glyphs.json`: of each letter and emoji its advance and its path, in the units of
its font. A test compares it with the fonts and with the taxonomy. What it lacks is read from the fonts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec

from daybrief.languages import CODES
from daybrief.languages.phrases import phrases
from daybrief.model import Taxonomy
from daybrief.render.picture import FILES, Cut, glyphs_of_fonts, unselected
from daybrief.testing.editions import taxonomy

OUT = Path(__file__).parent.parent / "src" / "daybrief" / "assets" / "fonts" / "chart_glyphs.json"
DIGITS = 1_234_567_890


def texts(shipped: Taxonomy) -> Iterator[str]:
    """All that a chart may say: titles of every day of a year, labels, numbers and shares; and ASCII."""
    yield "".join(map(chr, range(ord(" "), ord("~") + 1)))
    for language in CODES:
        say = phrases(language)
        days = [say.day(date(2024, 1, 1) + timedelta(days=n)) for n in range(366)]
        for kind in ("papers", "news"):
            yield from (say("chart.title", n=DIGITS, day=day, kind=say(f"kind.{kind}")) for day in days)
        yield from (say("count.share", n=n, percent=f"{n}") for n in (1, DIGITS))
        yield say("chart.others", n=DIGITS)
        yield from (category.label(language) for category in shipped.category)


def cut_out(shipped: Taxonomy) -> Cut:
    """The glyphs of all that a chart may say, without those of emoji among its words."""
    emoji = sorted({unselected(category.emoji) for category in shipped.category})
    drawn = {text: glyphs_of_fonts(text) for text in emoji}
    letters = {}
    for letter in sorted({letter for text in texts(shipped) for letter in unselected(text)}):
        for glyph in glyphs_of_fonts(letter) or ():
            if not glyph.key.startswith(f"{len(FILES) - 1} "):  # letters of emoji may be joined
                letters[letter] = glyph
    return Cut(letters, {text: shapes[0] for text, shapes in drawn.items() if shapes and len(shapes) == 1})


if __name__ == "__main__":
    OUT.write_bytes(msgspec.json.format(msgspec.json.encode(cut_out(taxonomy())), indent=1) + b"\n")
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")
