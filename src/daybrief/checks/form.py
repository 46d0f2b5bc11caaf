"""Is the claim a finished statement in plain text, and nothing else?

Refused: nothing or too much, repetition loops, the prompt told back (입력:, Summary Report), assistant
talk (Sure, here is …; 제공해 주시면), guesses about a text that was not there, headings, lists, tables,
links, images, addresses, HTML and other markup, and an ending that breaks off. Verbatim words of a source are
excused from all of that but addresses, links and tags, which nobody's words may hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.evidence import MOST_CLAIM, counted_word, verbatim
from daybrief.text.prose import leads_away
from daybrief.text.repetition import loop

NAME = "form"

_TALK = re.compile(
    r"^\W{0,3}(?:sure|certainly|of course|absolutely|okay|great question|here(?:'s|"
    r" is| are) (?:the|a|an|your|my)\b"
    r"|as an? (?:ai|language model)|i(?:'m| am) (?:sorry|unable|an ai|happy)|i (?:cannot|"
    r"can't|will|would|have|hope)\b|thank you\b|let me\b)"
    r"|\b(?:as an ai(?: language)? model|let me know if|feel free to|please provide|"
    r"please (?:let me|give me|share)|i hope this helps|"
    r"happy to help|i(?:'m| am) sorry,? but|i (?:cannot|can't|am unable to) (?:help|"
    r"assist|summari|provide|access|fulfill|comply))\b"
    r"|제공해 ?주(?:시면|세요)|알려 ?주(?:시면|세요)|도와 ?드리|말씀해 ?주|"
    r"죄송합니다|죄송하지만|요약해 ?드리|작성해 ?드리|물론입니다|요청하신|"
    r"다음과 같이 요약|"
    r"(?:다루고|설명하고|포함하고) 있을 (?:가능성|것으로)|(?:저는|"
    r"제가) (?:AI|인공지능|언어 ?모델)|내용이 (?:제공되지|주어지지) 않|"
    r"추가(?:적인)? 정보가 필요",
    re.I,
)
_ECHO = re.compile(
    r"^\W{0,3}(?:입력|출력|input|output|answer|response|요약|제목|summary|title|system|"
    r"user|assistant|instruction|요약 보고서|결론|note|task)\W{0,3}:"
    r"|summary report|요약 보고서|<\|?(?:im_start|im_end|endoftext|eot_id|start_header|"
    r"source|story|document|text|untrusted)\b|\[/?INST\]|"
    r"\b(?:system prompt|ignore (?:all |the )?(?:previous|prior|above) instructions|"
    r"you are a helpful)\b|verbatim quote|JSON schema|이전 (?:지시|명령)(?:를|을)? ?(?:모두 )?무시",
    re.I,
)
_MARKUP = (
    (
        "a heading",
        re.compile(
            r"^\s{0,3}#{1,6}\s|^\s{0,3}(?:={3,}|-{3,})\s*$|^[^\S\n]*\*\*[^*\n]{1,80}\*\*\s*+:?\s*$|"
            r"^\*\*[^*\n]{1,40}:?\*\*:?",
            re.M,
        ),
    ),
    (
        "a link or image",
        re.compile(
            r"\]\s?\([^)\s]|\[[^\[\]\n]{1,100}\]:\s*\S|!\[|\bdata:\w+/|"
            r"\bjavascript:",
            re.I,
        ),
    ),
    (
        "an address",
        re.compile(
            r"\b(?:https?|ftp|file|mailto|hxxps?)\s?:\s?/?/?\S|\bwww\.\w|[\w.+-]@[\w-]{1,64}\.\w|"
            r"[a-z0-9-]{2}\.(?:com|org|net|io|ai|dev|example|info|xyz|co|kr|ru|cn)(?:/\S|"
            r"(?![A-Za-z0-9(]))",
            re.I,
        ),
    ),
    (
        "HTML",
        re.compile(
            r"</?[a-z][a-z0-9-]{0,20}(?:\s[^<>]{0,400})?/?>|<!--|&(?:#\d{1,6}|#x[0-9a-f]{1,6}|"
            r"lt|gt|amp|quot|nbsp);",
            re.I,
        ),
    ),
    (
        "a list or table",
        re.compile(r"^\s{0,6}(?:[-*+•]\s|\d{1,2}[.)]\s.*\n)|^[^\S\n]*\|.*\|\s*$|^\s{0,3}>\s", re.M),
    ),
    ("code", re.compile(r"```|~~~|`[^`\n]{1,200}`|^[^\S\n]*[{\[]\s*\"", re.M)),
    ("emphasis", re.compile(r"\*\*[^*\n]{1,200}\*\*|(?<!\w)__[^_\n]{1,200}__(?!\w)")),
)
_HANGING = re.compile(
    r"(?:[,;:(\[{/&+–—-]|\.\.\.|…|\b(?:the|a|an|of|and|or|to|in|on|for|with|by|"
    r"from|that|which|is|are|was|were|as|than|its|their|but|while)"
    r"|(?<=\s)(?:및|또는|그리고|하지만|위한|대한|통해|위해|따라|에서|"
    r"의)|[가-힣](?:을|를|에게|에서|으로써|하는|되는|하며|하고|하여|"
    r"지만|면서))$",
    re.I,
)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How long a claim may be.

    most: characters of a claim.
    """

    most: int = 1_000


class Form:
    """Finds what no finished sentence has."""

    name = NAME

    def __init__(self, options: Options) -> None:
        self._most = min(options.most, MOST_CLAIM)

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`unsupported` says what is wrong with the form."""
        why = _led_away(claim)
        if not why and verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        why = why or self._wrong(claim)
        return Verdict(check=NAME, outcome="unsupported" if why else "supported", why=why or "plain text")

    def _wrong(self, claim: Claim) -> str:
        text = claim.text
        if len(text) > self._most:
            return f"{len(text)} characters, {self._most} at the most"
        if not any(sign.isalnum() for sign in text):
            return "says nothing"
        if again := loop(text):
            return f"goes in circles: {again!r}"
        if why := _marked(text):
            return why
        if claim.part == "keyword":
            return "" if counted_word(claim) else _spoken(text)
        return _spoken(text) or _broken(text)


def _led_away(claim: Claim) -> str:
    """What not even the source's own words may hold: they are printed, in the sentence or as its evidence."""
    for text in (claim.text, *(quote.text for quote in claim.quotes)):
        if why := leads_away(text[:MOST_CLAIM]):
            return f"holds {why.removesuffix(' in it')}: {text[:60]!r}"
    return ""


def _marked(text: str) -> str:
    for name, pattern in _MARKUP:
        if found := pattern.search(text):
            return f"holds {name}: {found[0].strip()[:60]!r}"
    return ""


def _spoken(text: str) -> str:
    if found := _ECHO.search(text):
        return f"echoes the prompt: {found[0][:60]!r}"
    if found := _TALK.search(text):
        return f"talks to the user: {found[0][:60]!r}"
    return ""


def _broken(text: str) -> str:
    end = text.rstrip().rstrip("\"'”’")
    if found := _HANGING.search(end[-40:]):
        return f"breaks off after {found[0]!r}"
    # Half-open intervals, [0, 1), close one kind with the other.
    opened, closed = sum(map(end.count, "([“")), sum(map(end.count, ")]”"))
    return "a bracket is left open" if opened > closed else ""


def make(options: Options, tools: Tools) -> Form:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Form(options)
