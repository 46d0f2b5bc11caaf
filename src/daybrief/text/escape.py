"""One escape for each destination: what a parser there reads back is the text that went in.

HTML has none here: the templates escape by themselves. Each function takes any text and gives one line.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

from daybrief.errors import ConfigError
from daybrief.text.identity import arxiv_id, arxiv_pdf, arxiv_url, clean_url
from daybrief.text.plain import paragraph

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
    """One line a terminal prints and does not obey: no escape sequences, no controls, no reordering."""
    return isolated(_NOT_XML.sub("", paragraph(text)))


def isolated(text: str) -> str:
    """The text between U+2068 and U+2069 if part of it runs right to left: its neighbours stay put."""
    if text.isascii():  # most lines, and no letter of ASCII runs right to left
        return text
    if any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text):
        return f"{_FIRST_STRONG}{text}{_POP}"
    return text


def _backslash(found: re.Match[str]) -> str:
    return "\\" + found[0]
