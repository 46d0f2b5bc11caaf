"""Foreign text made plain where it comes in, and escaped where it goes out.

In: no markup, no invisible characters, bounded length. Everything a source gives passes through here once,
when it is collected, and never again holds markup. What is removed and what must survive follows Unicode 16
(UAX 9 bidi controls, UAX 29 grapheme clusters, UTS 51 emoji sequences). All functions are total, linear in
their input and idempotent.

Out: one escape for each destination. What a parser there reads back is the text that went in. HTML has none
here: the templates escape by themselves. Each function takes any text and gives one line.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

import regex

from daybrief.errors import ConfigError
from daybrief.text.identity import arxiv_id, arxiv_pdf, arxiv_url, clean_url

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
_FILLERS = "\u034f\u115f\u1160\u3164\uffa0\ufffc"  # of the unwanted, what Python calls printable
_SELECTOR = r"\uFE00-\uFE0F\U000E0100-\U000E01EF"
_TAIL = regex.compile(r"[\p{M}\u200C\u200D]")
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
    html = _shown(html[:_MOST_HTML])
    if "<" not in html and "&" not in html:
        return _clean(html)
    from lxml import etree  # most texts, and a reader of what is published, need no parser

    reader = _Reader()
    parser = etree.HTMLParser(target=reader)  # type: ignore[call-overload]  # not every method is a must
    for start in range(0, len(html), _CHUNK):
        parser.feed(html[start : start + _CHUNK])
        if reader.depth > _DEEPEST:
            break
    parser.close()
    return _clean("".join(reader.seen))


def line(text: str, most: int = 300) -> str:
    """A clean line of at most `most` graphemes, cut at a word with an ellipsis.

    NFC, blanks collapsed; no control, bidi-override, tag, noncharacter or surrogate code points; joiners
    and variation selectors only where emoji or a joining script need them; at most six marks on a base.
    """
    # Cleaning costs a microsecond a character: what can never be shown is cut before, with room for noise.
    return _shorten(_clean(text.lstrip()[: 50 * most + 10_000]), most)


def paragraph(text: str, most: int = 20_000) -> str:
    """A clean line of the length of an abstract; see `line`."""
    return line(text, most)


def shortened(clean: str, most: int = 20_000) -> str:
    """A text that is clean already, as `from_html` gives it, at the length of an abstract."""
    return _shorten(clean, most)


class _Reader:
    """Collects what libxml2's HTML tokeniser reports; no tree is built."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.depth = 0
        self._hidden = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - the parser's protocol
        self.depth += 1
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.seen.append(" ")

    def end(self, tag: str) -> None:
        self.depth -= 1
        self._hidden -= tag in _HIDDEN
        if tag in _BLOCKS:
            self.seen.append(" ")

    def data(self, text: str) -> None:
        if not self._hidden:
            self.seen.append(text)

    def close(self) -> None:
        pass


def _clean(text: str) -> str:
    text = " ".join(text[:_MOST_INPUT].split())
    if _is_latin_1(text) and text.isprintable():  # most of what we see: nothing in it needs a closer look
        return text
    shown = unicodedata.normalize("NFC", _shown(text))
    if _TAIL.search(shown):
        # Again: a dropped joiner may have kept a letter from its accent.
        shown = unicodedata.normalize("NFC", _CLUSTER.sub(_bounded, shown))
    return text if shown == text else " ".join(shown.split())


def _is_latin_1(text: str) -> bool:
    """Whether all is of Latin-1, which holds no marks and no joiners, and is NFC as it is."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _shown(text: str) -> str:
    """The text without what is never shown; what is printable holds few of those, and is quickly told."""
    if text.isprintable() and not any(filler in text for filler in _FILLERS):
        return text
    return _UNWANTED.sub(_blank_or_nothing, text)


def _blank_or_nothing(match: regex.Match[str]) -> str:
    return " " if match[0].isspace() else ""


def _bounded(cluster: regex.Match[str]) -> str:
    """A base character with the marks, selectors and joiners it may carry."""
    base, tail = cluster["base"] or "", cluster["tail"]
    tail = tail[:1] + _SELECTORS.sub("", tail[1:])
    if not base or not base.strip():
        tail = _SELECTORS.sub("", _JOINERS.sub("", tail))
    elif _EMOJI.match(base):
        joined = "\u200d" if tail.endswith("\u200d") and cluster["emoji"] else ""
        return base + _JOINERS.sub("", tail)[: _MOST_TAIL - 1] + joined
    elif _PLAIN_SCRIPT.match(base):
        tail = _JOINERS.sub("", tail)
    else:
        tail = _REPEATED_JOINERS.sub("", tail)
    return base + tail[:_MOST_TAIL]


def _shorten(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    if _ONE_EACH.match(text, 0, most + 1):
        kept = text[: max(0, most - 1)]
    else:
        ends = _grapheme_ends(text, most)
        if ends[-1] == len(text):
            return text
        kept = text[: ends[-2]] if len(ends) > 1 else ""
    word = kept.rfind(" ")
    if text[len(kept)] != " " and word > len(kept) // 2:
        kept = kept[:word]
    return kept.rstrip() + "…"


# Letters each of which is a grapheme, if none but them follows: printable ASCII and whole Korean syllables.
_ONE_EACH = re.compile(r"[ -~\uac00-\ud7a3]++\Z")


def _grapheme_ends(text: str, most: int) -> list[int]:
    """The ends of the first `most` graphemes; fewer if they are longer than eight code points on average."""
    room = most * _MOST_CLUSTER
    ends: list[int] = []
    for grapheme in _GRAPHEME.finditer(text):
        if len(ends) == most or grapheme.end() > room:
            break
        ends.append(grapheme.end())
    return ends or [0]


# ── escapes ─────────────────────────────────────────────────────────────────────────────────────────


# Everywhere: CommonMark 0.31 sections 2.4, 6.1-6.6, and the tables, strike-through and formulas of GitHub.
_EVERYWHERE = re.compile(r"[\\`*_\[\]<>&~$|]")
# A colon may start an address or an emoji's short name, a dot the address of a www host.
_SOMEWHERE = re.compile(r"(?<!\d):(?=\S)|:(?=//)|(?<=www)\.", re.IGNORECASE)
# At the start of a line: headings, lists, underlines of headings, ordered lists.
_AT_START = re.compile(r"[#+\-=]|(?<=\d)[.)]")
_START = re.compile(r"[#+\-=]|\d{1,9}[.)]")
_BARE = re.compile(r"https?://[a-zA-Z0-9.-]+(?:/[a-zA-Z0-9./%+=?#-]*[a-zA-Z0-9/])?")
# Obsidian's own: tags, highlights, names of blocks; what stands between two %% it hides.
_OBSIDIAN = re.compile(r"(?<=\s)#|(?<!\\)=(?==)|(?<==)=|\^")
_HIDING = re.compile("%{2,}")
_PDF = re.compile(r"https?://(?:[a-z]+\.)?arxiv\.org/pdf/")
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Discord reads a backslash before any sign as that sign; ours stand wherever one could mean something.
_DISCORD = re.compile(r"[\\`*_~|<>\[\]()#@]|:(?=\S)")
# Telegram's clients make links of bare addresses, mentions, tags and commands; its HTML cannot say no.
_TELEGRAM = re.compile(r"(?<=:)(?=//)|(?<=[@#/$])(?=\w)|(?<=\w\.)(?=[^\W\d_]{2})")
_JOINER = "\u2060"  # no width, and no part of an address or a name to Telegram
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})
_FIRST_STRONG, _POP = "\u2068", "\u2069"


def markdown(text: str) -> str:
    """CommonMark that reads as this text and nothing else: in a line, a list item or a table."""
    line = paragraph(text)
    start = _START.match(line)
    rest = line[start.end() :] if start else line
    escaped = _SOMEWHERE.sub(_backslash, _EVERYWHERE.sub(_backslash, rest))
    return (_AT_START.sub(_backslash, start[0]) if start else "") + escaped


def obsidian(text: str) -> str:
    """Obsidian's Markdown that reads as this text: no tag, highlight, comment or name of a block either.

    https://help.obsidian.md/obsidian-flavored-markdown; a comment hides all up to the next `%%`, on any line.
    """
    return _HIDING.sub(lambda f: "&#37;" * len(f[0]), _OBSIDIAN.sub(_backslash, markdown(text)))


def markdown_link(url: str) -> str:
    """A web address standing in a text: bare where that is safe, else CommonMark's `<autolink>`.

    Readers link bare addresses by themselves (GitHub Flavored Markdown, section 6.9). Empty for what is no
    web address.
    """
    address = web_address(url)
    return address if _BARE.fullmatch(address) else f"<{address}>" if address else ""


def markdown_target(url: str) -> str:
    """A web address for the round brackets of `[text](…)`; empty for what is no web address."""
    return web_address(url).replace("(", "%28").replace(")", "%29")


@lru_cache(maxsize=4_096)  # an item's address stands beside each of its sentences
def web_address(url: str) -> str:
    """An absolute http(s) address without tracking, arXiv's page or PDF without version; else empty.

    Addresses that carry a user name, an unknown scheme or more than 4,000 characters are refused; host
    names that are not ASCII come out in punycode.
    """
    try:
        clean = clean_url(url)
    except (ConfigError, ValueError):  # a lone surrogate cannot be percent-encoded
        return ""
    paper = arxiv_id(clean) if "arxiv.org/" in clean else None
    address = (arxiv_pdf if _PDF.match(clean) else arxiv_url)(paper[0]) if paper else clean
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]-._")


def discord(text: str) -> str:
    """Discord's Markdown that reads as this text: no mark-up, no mention, no link, no emoji's name."""
    plain = paragraph(text)
    start = _START.match(plain)
    rest = plain[start.end() :] if start else plain
    return (_AT_START.sub(_backslash, start[0]) if start else "") + _DISCORD.sub(_backslash, rest)


def telegram(text: str) -> str:
    """Telegram's HTML that reads as this text, with joiners of no width where a client would see a link.

    https://core.telegram.org/bots/api#html-style: `<`, `>`, `&` and quotes are all that must be escaped.
    """
    return html.escape(_TELEGRAM.sub(_JOINER, paragraph(text)))


def xml(text: str) -> str:
    """The text without the characters XML 1.0 cannot hold; a serialiser escapes the rest."""
    return _NOT_XML.sub("", paragraph(text))


def terminal(text: str) -> str:
    """A line that a terminal prints and does not obey: no escape sequences, no controls, no reordering."""
    return isolated(_NOT_XML.sub("", paragraph(text)))


def columns(text: str) -> int:
    """The columns that a terminal gives a text: Hangul and Han take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def in_columns(text: str, count: int) -> str:
    """The text with blanks behind it, up to so many columns."""
    return text + " " * (count - columns(text))


def isolated(text: str) -> str:
    """The text between U+2068 and U+2069 if part of it runs right to left: its neighbours stay put."""
    if text.isascii():  # most lines, and no letter of ASCII runs right to left
        return text
    if any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text):
        return f"{_FIRST_STRONG}{text}{_POP}"
    return text


def _backslash(mark: re.Match[str]) -> str:
    return "\\" + mark[0]
