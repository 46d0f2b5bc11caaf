"""Does the claim speak for more than its sources: all papers, several articles, with one source at hand?

"All papers", "two articles", "several studies" need as many quoted sources as they name: two for several, and
no number is enough for all of a field unless the source itself says so. In nearly the same wording, an all,
always or never that the quoted sentence does not have is unsupported as well. So is one in another language
where the quoted English says nothing of the kind.

Figures: benchmarks/claims.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from daybrief.checks._evidence import (
    MOST_CLAIM,
    differences,
    everything,
    nearest,
    nearness,
    quoted,
    same_wording,
    verbatim,
)
from daybrief.languages import (
    LANGUAGES,
    FilteredPattern,
    Language,
    PatternTable,
    Rules,
    either,
    filtered,
    letters,
    parts,
    words,
)
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools

NAME = "generality"


def _many() -> Iterator[str]:
    """The patterns of several works, each with its language's names for a work."""
    for table in (language.rules.generality for language in LANGUAGES):
        yield from (pattern.replace("WORKS", f"(?:{table.works})") for pattern in table.many)


def _whole(language: Language, pattern: str) -> str:
    """A pattern that is found as a whole word, or nothing for an empty one."""
    before, behind = language.edges
    return before + pattern + behind if pattern else ""


_MANY = filtered(either(*_many()), re.I)
_ABSOLUTE = filtered(
    either(
        words(lambda rules: rules.generality.absolute), parts(lambda rules: rules.generality.absolute_parts)
    ),
    re.I,
)
_ALREADY = filtered(
    either(
        words(lambda rules: rules.generality.already), parts(lambda rules: rules.generality.already_parts)
    ),
    re.I,
)
# What an absolute word of another language may render of a source, and what it widens.
_WHOLE = filtered(words(lambda rules: rules.generality.whole), re.I)
_PART = filtered(words(lambda rules: rules.generality.part), re.I)
# Where a source speaks of the work of others itself, a claim in other words may.
_WORKS = filtered(
    either(*(_whole(language, language.rules.generality.licence.get("works", "")) for language in LANGUAGES)),
    re.I,
)
_NATIVE = re.compile(f"[{letters()}]")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """There is nothing to set."""


class Generality:
    """Finds a claim that is wider than what it rests on."""

    name = NAME

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`unsupported` names the words that claim too much."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        text = claim.text[:MOST_CLAIM]
        around = quoted(claim, evidence) or nearest(text, evidence)
        if len(evidence) < 2 and (many := _beyond(text, " ".join(around) or everything(evidence))):
            return Verdict(check=NAME, outcome="unsupported", why=f"{many!r} rests on one source")
        if why := _widened(text, around) or _widened_across(text, around) or over_claim(text, around):
            return Verdict(check=NAME, outcome="unsupported", why=why)
        return Verdict(check=NAME, outcome="supported", why="speaks for what it quotes")


def _beyond(text: str, source: str) -> str:
    """The words for several works that go beyond those of the source."""
    ours = [match[0].strip() for match in _MANY.finditer(text)]
    if ours and _WORKS.search(source):
        return ""
    theirs = sum(1 for _ in _MANY.finditer(source))
    return ours[0] if len(ours) > theirs else ""


def _widened(text: str, around: Sequence[str]) -> str:
    """An absolute word where a sentence of the same wording has another."""
    if not around or not _ABSOLUTE.search(text):
        return ""
    best = max(around, key=lambda sentence: nearness(text, sentence))
    if not same_wording(text, best):
        return ""
    for new, old in differences(text, best):
        if (absolute := _ABSOLUTE.search(new)) and not _ALREADY.search(old):
            return f"{absolute[0]!r} is not in the source"
    return ""


def _widened_across(text: str, around: Sequence[str]) -> str:
    """An absolute word of a claim in its own letters that no quoted English sentence has."""
    absolute = _ABSOLUTE.search(text)
    theirs = " ".join(around)
    if not absolute or not theirs or not _NATIVE.search(text) or _NATIVE.search(theirs):
        return ""
    if _WHOLE.search(theirs):
        return ""
    part = _PART.search(theirs)
    return f"says {absolute[0]!r} where the source says {part[0] if part else 'no such thing'!r}"


_STRONG = PatternTable(
    (
        name,
        filtered(
            either(
                *(_whole(language, language.rules.generality.strong.get(name, "")) for language in LANGUAGES)
            ),
            re.I,
        ),
    )
    for name in LANGUAGES[0].rules.generality.strong
)


def _of_sources(pick: Callable[[Rules], Mapping[str, str]]) -> dict[str, FilteredPattern]:
    """The patterns of a table for each kind of strong word, over all languages."""
    return {
        name: filtered(either(*(_whole(entry, pick(entry.rules).get(name, "")) for entry in LANGUAGES)), re.I)
        for name in LANGUAGES[0].rules.generality.strong
    }


_LICENCES = _of_sources(lambda rules: rules.generality.licence)
_WEAKER = _of_sources(lambda rules: rules.generality.weaker)


def over_claim(text: str, around: Sequence[str]) -> str:
    """A strong word (all, always, far, first) that nothing in the sentences allows; "".

    The sentences have what it makes more of: a novel method, for the first.
    """
    source = " ".join(around)
    for name, strong in _STRONG.of(text):
        match = strong.search(text)
        if match and _WEAKER[name].search(source) and not _LICENCES[name].search(source):
            return f"{match[0].strip()!r} is more than the source says"
    return ""


def weaker_than(text: str, source: str) -> str:
    """A strong word of a text that its source has no such word for, though one that may allow it; ""."""
    pairs = ((strong.search(text), strong.search(source)) for _, strong in _STRONG.of(text))
    return next((ours[0].strip() for ours, theirs in pairs if ours and not theirs), "")


def make(options: Options, tools: Tools) -> Generality:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Generality()
