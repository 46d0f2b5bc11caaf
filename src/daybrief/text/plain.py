"""Foreign text made plain: no markup, no invisible characters, bounded length.

Everything a source gives passes through here once, when it is collected, and never again holds markup.
What is removed and what must survive follows Unicode 16 (UAX 9 bidi controls, UAX 29 grapheme clusters,
UTS 51 emoji sequences). All functions are total, linear in their input and idempotent.
"""

from __future__ import annotations

import unicodedata

import regex
from lxml import etree

_MOST_INPUT = 200_000  # code points looked at; nothing we keep is longer
_MOST_HTML = 400_000
_DEEPEST = 256  # open elements: beyond, HTML parsers take quadratic time to close them
_CHUNK = 4_096
_MOST_TAIL = 6  # marks on one base: Tibetan and pointed Hebrew need up to five
_MOST_CLUSTER = 8  # code points allowed for each grapheme of the bound, on average

_BLOCKS = frozenset(
    "address article aside blockquote br center dd details dialog div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr li main menu nav ol option p pre section summary table tbody "
    "td tfoot th thead tr ul".split()
)
_HIDDEN = frozenset("iframe math noscript object script style svg template title".split())

# Control, surrogate, noncharacter; bidi embeddings, overrides and isolates; tags; invisible fillers.
_UNWANTED = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u00AD\u034F\u115F\u1160\u180E\u200B\u202A-\u202E\u2060-\u206F"
    r"\u3164\uFEFF\uFFA0\uFFF9-\uFFFC\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E00FF]"
)
_SELECTOR = r"\uFE00-\uFE0F\U000E0100-\U000E01EF"
_CLUSTER = regex.compile(
    r"(?P<base>[^\p{M}\u200C\u200D])?(?P<tail>[\p{M}\u200C\u200D]+)(?=(?P<emoji>\p{Extended_Pictographic})?)"
)
_PLAIN_SCRIPT = regex.compile(
    r"[^\p{L}]|\p{Latin}|\p{Greek}|\p{Cyrillic}|\p{Han}|\p{Hangul}|\p{Hiragana}|\p{Katakana}"
)
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\U0001F3FB-\U0001F3FF]")
_SELECTORS = regex.compile(rf"[{_SELECTOR}]")
_JOINERS = regex.compile(r"[\u200C\u200D]")
_REPEATED_JOINERS = regex.compile(r"(?<=[\u200C\u200D])[\u200C\u200D]+")
_GRAPHEME = regex.compile(r"\X")


def from_html(html: str) -> str:
    """The text a reader of the markup would see, on one line: scripts dropped, entities decoded.

    Block elements become one blank. Reads at most 400,000 characters and stops where elements nest deeper
    than 256. Text without `<` or `&` is only cleaned.
    """
    html = _UNWANTED.sub(_blank_or_nothing, html[:_MOST_HTML])
    if "<" not in html and "&" not in html:
        return _clean(html)
    reader = _Reader()
    parser = etree.HTMLParser(target=reader)  # type: ignore[call-overload]  # not every method is a must
    for start in range(0, len(html), _CHUNK):
        parser.feed(html[start : start + _CHUNK])
        if reader.depth > _DEEPEST:
            break
    parser.close()
    return _clean("".join(reader.seen))


def line(text: str, most: int = 300) -> str:
    """One clean line of at most `most` graphemes, cut at a word with an ellipsis.

    NFC, blanks collapsed; no control, bidi-override, tag, noncharacter or surrogate code points; joiners
    and variation selectors only where emoji or a joining script need them; at most six marks on a base.
    """
    # Cleaning costs a microsecond a character: what can never be shown is cut before, with room for noise.
    return _shorten(_clean(text.lstrip()[: 50 * most + 10_000]), most)


def paragraph(text: str, most: int = 20_000) -> str:
    """What `line` does, at the length of an abstract."""
    return line(text, most)


class _Reader:
    """Collects what libxml2's HTML tokeniser reports; no tree is built."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.depth = 0
        self._hidden = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - the parser's protocol
        self.depth += 1
        self._hidden += tag in _HIDDEN
        self._edge(tag)

    def end(self, tag: str) -> None:
        self.depth -= 1
        self._hidden -= tag in _HIDDEN
        self._edge(tag)

    def data(self, text: str) -> None:
        if not self._hidden:
            self.seen.append(text)

    def close(self) -> None:
        pass

    def _edge(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.seen.append(" ")


def _clean(text: str) -> str:
    if text.isascii() and text.isprintable():  # most of what we see: nothing in it needs a closer look
        return " ".join(text[:_MOST_INPUT].split())
    text = _UNWANTED.sub(_blank_or_nothing, text[:_MOST_INPUT])
    text = _CLUSTER.sub(_bounded, unicodedata.normalize("NFC", text))
    # Again: a dropped joiner may have kept a letter from its accent.
    return " ".join(unicodedata.normalize("NFC", text).split())


def _blank_or_nothing(found: regex.Match[str]) -> str:
    return " " if found[0].isspace() else ""


def _bounded(found: regex.Match[str]) -> str:
    """One base with the marks, selectors and joiners it may carry."""
    base, tail = found["base"] or "", found["tail"]
    tail = tail[:1] + _SELECTORS.sub("", tail[1:])
    if not base or not base.strip():
        tail = _SELECTORS.sub("", _JOINERS.sub("", tail))
    elif _EMOJI.match(base):
        joined = "\u200d" if tail.endswith("\u200d") and found["emoji"] else ""
        return base + _JOINERS.sub("", tail)[: _MOST_TAIL - 1] + joined
    elif _PLAIN_SCRIPT.match(base):
        tail = _JOINERS.sub("", tail)
    else:
        tail = _REPEATED_JOINERS.sub("", tail)
    return base + tail[:_MOST_TAIL]


def _shorten(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    ends = _grapheme_ends(text, most)
    if ends[-1] == len(text):
        return text
    kept = text[: ends[-2]] if len(ends) > 1 else ""
    word = kept.rfind(" ")
    if text[len(kept)] != " " and word > len(kept) // 2:
        kept = kept[:word]
    return kept.rstrip() + "…"


def _grapheme_ends(text: str, most: int) -> list[int]:
    """Where the first `most` graphemes end, fewer if they are longer than eight code points on average."""
    room = most * _MOST_CLUSTER
    ends: list[int] = []
    for found in _GRAPHEME.finditer(text):
        if len(ends) == most or found.end() > room:
            break
        ends.append(found.end())
    return ends or [0]
