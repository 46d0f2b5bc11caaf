"""Whether a sentence somebody else wrote is prose that may be printed: no address, no markup, no blob."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from daybrief.languages import LANGUAGES, either
from daybrief.model import Item
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


LEAST = 24
"""Letters and digits below which a text says too little to write about."""

_LOOK_AT = 2_000
_LONG = 600  # characters: beyond, a banner stands above a real text; only the start is looked at
_START = 160

_REASONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (
        reason,
        re.compile(either(pattern, *(one.rules.reading.page.get(reason, "") for one in LANGUAGES)), re.I),
    )
    for reason, pattern in (
        (
            "cookie banner",
            r"(?:we|(?:this|our) (?:web)?site|our partners) (?:and our partners )?uses? (?:essential )?"
            r"cookies|accept (?:all )?(?:the )?cookies|cookie (?:settings|preferences|policy|consent)\b|"
            r"by continuing to (?:browse|use)",
        ),
        (
            "bot check",
            r"are you (?:a )?(?:human|robot)|verify(?:ing)? (?:that )?you are (?:a )?human|"
            r"checking (?:if the site connection is secure|your browser)|(?:complete|solve) (?:the|"
            r"this) captcha|unusual traffic|ray id\b|i'?m not a robot|just a moment\.\.\.|"
            r"attention required!|ddos protection by|security check to access",
        ),
        (
            "JavaScript required",
            r"(?:please )?(?:enable|turn on|activate) (?:js|java ?script)|java ?script (?:is|"
            r"must be|has been|appears to be) (?:required|disabled|enabled|turned off|"
            r"not available)|(?:disable|turn off) (?:any |your )?ad ?-?blocker|(?:requires|"
            r"without) java ?script to (?:run|work)|your browser (?:is not supported|"
            r"does not support)|(?:upgrade|update) your browser",
        ),
        (
            "paywall",
            r"(?:subscribe|sign in|log ?in|register|sign up) (?:now )?to (?:continue|read|"
            r"keep reading|view|access|unlock)|(?:this|the) (?:article|content|"
            r"story|page) is (?:only )?(?:for|"
            r"available (?:only )?to|reserved for|exclusive to) (?:\w+ )?(?:subscribers|"
            r"members)|already a subscriber|(?:free )?articles? (?:left|remaining) this month|"
            r"you(?:'ve| have) (?:reached|read|hit) your (?:limit|last|free)|unlock this (?:article|"
            r"story)",
        ),
        (
            "error page",
            r"^\W*(?:error )?(?:40[0134]|410|429|50[0234])\b\W*(?:error|not found|forbidden|"
            r"bad|unauthorized|too many|internal|service|gateway|access|page)|^\W*(?:access denied|"
            r"page not found|forbidden|not found\W*$|too many requests|service unavailable|"
            r"bad gateway|internal server error)|you (?:do not|don't) have (?:permission|"
            r"access) to",
        ),
    )
)


def junk(text: str, *, least: int = LEAST) -> str:
    """Why a text cannot be written about (`cookie banner`, `paywall`, `empty` …); "" when it can."""
    start = " ".join(text[:_LOOK_AT].split())
    said = sum(map(str.isalnum, start))
    if not said:
        return "empty"
    looked_at = start if len(start) <= _LONG else start[:_START]
    for reason, pattern in _REASONS:
        if pattern.search(looked_at):
            return reason
    return "too short" if said < least else ""


def worth_reading(items: Sequence[Item]) -> Item | None:
    """The item with the longest text that is no junk, the first of equals; None where there is none."""
    told = [item for item in items if not junk(item.text)]
    return max(told, key=lambda item: len(item.text), default=None)
