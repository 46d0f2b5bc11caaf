"""Cut the fonts of the charts out of the Noto fonts.

    python tools/build_fonts.py NotoSansCJK-Regular.ttc NotoSans-Regular.ttf noto-emoji-emoji-400-normal.woff2

The three come from Debian's fonts-noto-cjk and fonts-noto-core and from npm's @fontsource/noto-emoji. Needs
fontTools and brotli. The results get family names of their own, so that a font of the reader's machine is
never taken for one of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

FOLDER = Path(__file__).parent.parent / "src" / "daybrief" / "assets" / "fonts"
CREATED = 3_786_912_000  # 2024-01-01 in seconds since 1904: the same bytes every time
KOREAN = 1  # the place of "Noto Sans CJK KR" in the collection
WESTERN = [(0x20, 0x7E), (0xA0, 0x24F), (0x250, 0x2FF), (0x370, 0x52F), (0x1E00, 0x1FFF), (0x2000, 0x22FF)]
EASTERN = [
    (0x20, 0x7E),
    (0x2000, 0x26FF),
    (0x3000, 0x30FF),
    (0x3130, 0x318F),
    (0xAC00, 0xD7A3),
    (0xFF00, 0xFFEF),
]


def spread(ranges: Iterable[tuple[int, int]]) -> set[int]:
    """Every code point of some ranges, both ends included."""
    return {code for first, last in ranges for code in range(first, last + 1)}


def common_han() -> set[int]:
    """The Han characters of KS X 1001 (Korean), GB 2312 (simplified) and JIS X 0208 (Japanese)."""
    codes = set()
    for code in range(0x4E00, 0xA000):
        for codec in ("euc_kr", "gb2312", "euc_jp"):
            try:
                if len(chr(code).encode(codec)) == 2:
                    codes.add(code)
            except UnicodeEncodeError:
                continue
    return codes


def cut(font: TTFont, wanted: set[int], family: str, path: Path, features: list[str]) -> None:
    """Makes a font with the wanted characters only, under its own name; the same bytes every time."""
    options = Options()
    options.layout_features = features
    options.hinting = False
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GPOS", "GDEF", "DSIG", "STAT"]
    cutter = Subsetter(options)
    cutter.populate(unicodes=wanted & set(font.getBestCmap()))
    cutter.subset(font)
    rename(font, family)
    font.flavor = None
    font["head"].created = font["head"].modified = CREATED
    font.recalcTimestamp = False
    font.save(path)
    print(f"{path.name}: {len(font.getBestCmap())} characters, {path.stat().st_size / 1e6:.2f} MB")


def rename(font: TTFont, family: str) -> None:
    """Give the font a family name of its own."""
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = family
        elif record.nameID == 6:
            record.string = family.replace(" ", "")


def main() -> None:
    """All three."""
    cjk, sans, emoji = sys.argv[1:4]
    eastern = spread(EASTERN) | common_han()
    cut(TTFont(sans), spread(WESTERN), "Daybrief Sans", FOLDER / "DaybriefSans.ttf", [])
    cut(TTCollection(cjk).fonts[KOREAN], eastern, "Daybrief CJK", FOLDER / "DaybriefCJK.otf", [])
    pictures = TTFont(emoji)
    every = set(pictures.getBestCmap()) - spread([(0x20, 0x7E)])
    cut(pictures, every, "Daybrief Emoji", FOLDER / "DaybriefEmoji.ttf", ["*"])


if __name__ == "__main__":
    main()
