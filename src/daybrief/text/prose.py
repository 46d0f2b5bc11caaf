"""Whether a sentence somebody else wrote is prose that may be printed: no address, no markup, no blob."""

from __future__ import annotations

import re
import unicodedata

from daybrief.text.plain import line

MOST_LETTERS = 500
_LEAST_LETTERS = 8
_LONGEST_WORD = 60

_ADDRESS = re.compile(
    r"(?:(?<=[a-z])|(?<=[a-z][0-9+.-])|(?<=[a-z][0-9+.-]{2}))://|\bwww\.|\b(?:mailto|javascript|vbscript|data|file|tel):\S"
    r"|[\w-]\.[a-z]{2,63}/|\S@[\w-]+\.[a-z]|(?<!:)//[\w-]+\.",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"<[a-z/!?]|&#?\w+;|!\[|\]\s*[(\[:]|\[\[|\[\^|`|\*\*|__|~~|\{\{|\{%|\$\$|\\[a-z]+\s*\{|^\s*(?:#|>|[-*+]\s|\d+[.)]\s|\|)",
    re.IGNORECASE,
)
_WORKING_MARKUP = re.compile(
    r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>|<!--|<(?:script|img|svg|iframe|object|embed|a)\b"
    r"|!\[[^\]]*\]|\]\(\S|\]\[[A-Za-z]|^\s*\[[^\]]+\]:\s|\\(?:href|url|includegraphics)\b",
    re.IGNORECASE,
)

# No address is without one of these, and no working markup.
_TELLTALE = re.compile(r"[:/@<\]\\]|www\.", re.IGNORECASE)


def as_prose(text: str) -> str:
    """The sentence as one clean line, without what no reader sees."""
    return line(text, MOST_LETTERS + 1)


def not_prose(sentence: str) -> str:
    """Why a sentence cannot be printed; empty when it can.

    Look-alikes of ASCII count as what they look like.
    """
    if not _LEAST_LETTERS <= len(sentence) <= MOST_LETTERS:
        return "its length"
    shapes = {sentence, unicodedata.normalize("NFKC", sentence)}
    if any(_ADDRESS.search(shape) for shape in shapes):
        return "an address in it"
    if any(_MARKUP.search(shape) for shape in shapes):
        return "markup in it"
    if max(map(len, sentence.split()), default=0) > _LONGEST_WORD and not _unspaced(sentence):
        return "a word that is none"
    return ""


def leads_away(words: str) -> str:
    """Why not even a source's own words may be printed: an address, a link or a picture; empty when they may.

    Escaping makes all of it harmless on our pages; readers, chats and terminals make links of bare addresses.
    """
    shapes = {words, unicodedata.normalize("NFKC", words)}
    if not any(_TELLTALE.search(shape) for shape in shapes):
        return ""  # nearly every sentence: the patterns below cost forty times as much
    if any(_ADDRESS.search(shape) for shape in shapes):
        return "an address in it"
    return "a link or a tag in it" if any(_WORKING_MARKUP.search(shape) for shape in shapes) else ""


def _unspaced(sentence: str) -> bool:
    """Whether its script is written without blanks."""
    han_or_kana = sum("\u3040" <= letter <= "\u9fff" for letter in sentence)
    return han_or_kana * 2 > len(sentence)
