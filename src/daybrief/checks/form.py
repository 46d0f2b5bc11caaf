"""Is the claim a finished statement in plain text, and nothing else?

Refused: nothing or too much, repetition loops, the prompt told back (Input:, Summary Report), assistant
talk (Sure, here is …), guesses about a text that was not there, headings, lists, tables,
links, images, addresses, HTML and other markup, and an ending that breaks off. Verbatim words of a source are
excused from all of that but addresses, links and tags, which nobody's words may hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from daybrief.checks._evidence import MOST_CLAIM, counted_word, verbatim
from daybrief.languages import PatternTable, filtered, parts
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.sentences import leads_away

NAME = "form"

_TALK = filtered(parts(lambda rules: rules.form.talk), re.I)
_ECHO = filtered(
    rf"^\W{{0,3}}(?:{parts(lambda rules: rules.form.labels)})\W{{0,3}}:"
    r"|<\|?(?:im_start|im_end|endoftext|eot_id|start_header|source|story|document|text|untrusted)\b"
    rf"|\[/?INST\]|JSON schema|{parts(lambda rules: rules.form.echo)}",
    re.I,
)
_MARKUP = PatternTable(
    (
        (
            "a heading",
            filtered(
                r"^\s{0,3}#{1,6}\s|^\s{0,3}(?:={3,}|-{3,})\s*$|^[^\S\n]*\*\*[^*\n]{1,80}\*\*\s*+:?\s*$|"
                r"^\*\*[^*\n]{1,40}:?\*\*:?",
                re.M,
            ),
        ),
        (
            "a link or image",
            filtered(
                r"\]\s?\([^)\s]|\[[^\[\]\n]{1,100}\]:\s*\S|!\[|\bdata:\w+/|"
                r"\bjavascript:",
                re.I,
            ),
        ),
        (
            "an address",
            filtered(
                r"\b(?:https?|ftp|file|mailto|hxxps?)\s?:\s?/?/?\S|\bwww\.\w|[\w.+-]@[\w-]{1,64}\.\w|"
                r"[a-z0-9-]{2}\.(?:com|org|net|io|ai|dev|example|info|xyz|co|kr|ru|cn)(?:/\S|"
                r"(?![A-Za-z0-9(]))",
                re.I,
            ),
        ),
        (
            "HTML",
            filtered(
                r"</?[a-z][a-z0-9-]{0,20}(?:\s[^<>]{0,400})?/?>|<!--|&(?:#\d{1,6}|#x[0-9a-f]{1,6}|"
                r"lt|gt|amp|quot|nbsp);",
                re.I,
            ),
        ),
        (
            "a list or table",
            filtered(r"^\s{0,6}(?:[-*+•]\s|\d{1,2}[.)]\s.*\n)|^[^\S\n]*\|.*\|\s*$|^\s{0,3}>\s", re.M),
        ),
        ("code", filtered(r"```|~~~|`[^`\n]{1,200}`|^[^\S\n]*[{\[]\s*\"", re.M)),
        ("emphasis", filtered(r"\*\*[^*\n]{1,200}\*\*|(?<!\w)__[^_\n]{1,200}__(?!\w)")),
    )
)
_HANGING = re.compile(rf"(?:[,;:(\[{{/&+–—-]|\.\.\.|…|{parts(lambda rules: rules.form.hanging)})$", re.I)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How long a claim may be.

    most: characters of a claim.
    """

    most: int = 1_000


class FormCheck:
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
    """A fault that even printed words of the source may not have, in the sentence or in its quotes."""
    for text in (claim.text, *(quote.text for quote in claim.quotes)):
        if why := leads_away(text[:MOST_CLAIM]):
            return f"holds {why.removesuffix(' in it')}: {text[:60]!r}"
    return ""


def _marked(text: str) -> str:
    for name, pattern in _MARKUP.of(text):
        if match := pattern.search(text):
            return f"holds {name}: {match[0].strip()[:60]!r}"
    return ""


def _spoken(text: str) -> str:
    if match := _ECHO.search(text):
        return f"echoes the prompt: {match[0][:60]!r}"
    if match := _TALK.search(text):
        return f"talks to the user: {match[0][:60]!r}"
    return ""


def _broken(text: str) -> str:
    end = text.rstrip().rstrip("\"'”’")
    if match := _HANGING.search(end[-40:]):
        return f"breaks off after {match[0]!r}"
    # Half-open intervals, [0, 1), close one kind with the other.
    opened, closed = sum(map(end.count, "([“")), sum(map(end.count, ")]”"))
    return "a bracket is left open" if opened > closed else ""


# ── text that goes in circles ───────────────────────────────────────────────────────────────────────

_WORD = re.compile(r"\w+")
_RUNS = ((12, 2), (5, 3))  # so many words in a row, so many times: more than honest prose repeats in a claim
_SAME_SIGN = re.compile(r"([^\s\d.=_*#~-])\1{7,}|([.,;:!?…·])(?:\s*\2){5,}")
_ROW = re.compile(r"\b(\w{1,40})(?:\W{1,3}\1\b){3,}", re.I)
_MOST_CHARACTERS = 100_000


def loop(text: str) -> str:
    """The repeated text: a sign eight times, a word four times in a row, a long run of words again; or ""."""
    text = text[:_MOST_CHARACTERS]
    if match := _SAME_SIGN.search(text):
        return match[0][:12]
    if match := _ROW.search(text):
        return match[1]
    words = [word.lower() for word in _WORD.findall(text)]
    for length, most in _RUNS:
        runs = Counter(tuple(words[at : at + length]) for at in range(len(words) - length + 1))
        if again := next((run for run, times in runs.items() if times >= most), None):
            return " ".join(again)
    return _short_circle(words)


def _short_circle(words: list[str]) -> str:
    """A group of two to five words that stands four times in a row."""
    for length in range(2, 6):
        same = 0
        for at in range(length, len(words)):
            same = same + 1 if words[at] == words[at - length] else 0
            if same >= 3 * length:
                return " ".join(words[at - length + 1 : at + 1])
    return ""


def make(options: Options, tools: Tools) -> FormCheck:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return FormCheck(options)
