"""A section that is no report at all: letters lost, loops, foreign script, orders or junk told as news.

Each fault has a short code and the words that show it. The words that tell stand in each language's
tables (`languages.tables.ReportWords`); a character or word of a source of the section is no fault.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Literal

import regex

from daybrief.languages import DEFAULT, LANGUAGES, Rules, Words, language_or_source, parts
from daybrief.languages.scripts import written_in
from daybrief.model import Value

Code = Literal["lost letters", "loop", "foreign script", "heading", "echo", "talk", "junk"]

MOST_CHARACTERS = 40_000
LEAST_LETTERS = 100  # of its own: the shortest real Korean section has three times as many
LEAST_SHARE = 0.3  # of its own among these and Latin letters
MOST_REPEATED = 0.35  # share of words that begin an eight-word run which stood before
RUN = 8

_LATIN = re.compile(r"[A-Za-z]")
_MARKS = re.compile(r"(?:[,.;]\s*){6,}")
_HEADING = re.compile(r"^#{1,2} .+", re.M)
_SCRIPT = regex.compile(
    r"[\p{Hiragana}\p{Katakana}\p{Han}\p{Cyrillic}\p{Thai}\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}\p{Tamil}]+"
    r"|\p{Greek}{2,}|[\u2500-\u257f]"
)
_ACCENTED = re.compile(r"(?<![\w-])[a-z]*[à-öø-ɏḁ-ỹ][a-zà-öø-ɏḁ-ỹ]*")
_LOAN = frozenset("café cafés naïve naïvely naïveté résumé façade déjà à cliché fiancé rôle über".split())
_GLOSS = re.compile(r"\([^()]{1,12}\)")
_FENCE = re.compile(r"```.*?```|https?://\S+", re.S)


def _patterns(pick: Callable[[Rules], Words]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.I) for one in LANGUAGES for pattern in pick(one.rules))


_ECHO = (
    re.compile(rf"^[^\w\n]*(?:{parts(lambda rules: rules.report.labels)})\s*+\**+\s*+:", re.I | re.M),
    *_patterns(lambda rules: rules.report.echo),
    re.compile(rf"^[^\w\n]*(?:{parts(lambda rules: rules.report.headings)})\W{{0,4}}:", re.I | re.M),
)
_TALK = _patterns(lambda rules: rules.report.talk)
_JUNK = _patterns(lambda rules: rules.report.junk)


class Fault(Value, frozen=True, kw_only=True):
    """A reason why a text is no report, and the characters (at most 80) that show it."""

    code: Code
    words: str


def faults(text: str, *, language: str = DEFAULT, sources: str = "") -> tuple[Fault, ...]:
    """Find every fault of a section's text, which should be in `language`; none means it can be read.

    `sources` are the titles and texts of the section's sources: what stands there may be repeated.
    Looks at 40,000 characters at most.
    """
    shown = text[:MOST_CHARACTERS]
    rules: tuple[Callable[[], Iterator[Fault]], ...] = (
        lambda: _lost(shown, language),
        lambda: _loop(shown),
        lambda: _foreign(shown, language, sources),
        lambda: (_fault("heading", match[0]) for match in _HEADING.finditer(shown)),
        lambda: _first("echo", _ECHO, shown),
        lambda: _first("talk", _TALK, shown),
        lambda: _first("junk", _JUNK, shown),
    )
    return tuple(fault for rule in rules for fault in list(rule())[:3])


def _lost(text: str, language: str) -> Iterator[Fault]:
    if match := _MARKS.search(text):
        yield _fault("lost letters", match[0])
    own = language_or_source(language)
    if not own.must_prevail:
        return
    native, latin = len(re.findall(f"[{own.letters}]", text)), len(_LATIN.findall(text))
    long_enough = len(text) >= LEAST_LETTERS * 2
    if long_enough and (native < LEAST_LETTERS or native / (native + latin) < LEAST_SHARE):
        yield _fault("lost letters", f"{native} {own.scripts[0]} and {latin} Latin letters")


def _loop(text: str) -> Iterator[Fault]:
    words = text.split()
    runs = Counter(tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
    repeated = sum(n - 1 for n in runs.values())
    if words and repeated / len(words) > MOST_REPEATED:
        yield _fault("loop", " ".join(runs.most_common(1)[0][0]))


def _foreign(text: str, language: str, sources: str) -> Iterator[Fault]:
    """Script that is neither the text's nor its sources'; glosses in brackets after a word are good style."""
    bare = _FENCE.sub(" ", text)
    unbracketed = _GLOSS.sub(" ", bare)
    own = written_in(language)
    for match in _SCRIPT.finditer(unbracketed):
        if not (own and own.fullmatch(match[0])) and match[0] not in sources:
            yield _fault("foreign script", match[0])
    if not language_or_source(language).must_prevail:
        return
    for word in _ACCENTED.findall(bare):
        if word not in _LOAN and word not in sources.lower():
            yield _fault("foreign script", word)


def _first(code: Code, rules: tuple[re.Pattern[str], ...], text: str) -> Iterator[Fault]:
    for rule in rules:
        if match := rule.search(text):
            yield _fault(code, match[0])


def _fault(code: Code, words: str) -> Fault:
    return Fault(code=code, words=" ".join(words.split())[:80])
