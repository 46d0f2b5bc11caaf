"""Does the claim speak for more than its sources: all papers, several articles, with one source at hand?

"모든/여러/대부분의 논문·기사", "두 기사", "all papers", "several studies" need as many quoted sources as they
name: two for several, and no number is enough for all of a field unless the source itself says so. In nearly
the same wording, an all, always or never that the quoted sentence does not have is unsupported as well; so
is a Korean 모든 or 항상 where the quoted English says nothing of the kind.

Figures: benchmarks/claims.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.evidence import MOST_CLAIM, everything, quoted, verbatim
from daybrief.text.polarity import differences, nearness, same_wording

NAME = "generality"

_WORKS_EN = (
    r"(?:papers?|articles?|studies|sources|reports?|works|publications|"
    r"news (?:items|stories|outlets)|stories|authors of all)"
)
# Texts and documents (글, 문서) are what many papers are about: they are works only where they are counted.
_WORKS_KO = (
    r"(?:논문|기사|연구|보고서|뉴스|출처|매체|"
    r"(?<!많은 )(?<!다양한 )(?<!다수의 )(?<!각 )(?<!각각의 )(?:글|문서))"
)
_MANY = re.compile(
    rf"\b(?:all|every|each|several|various|many|most|multiple|numerous|both|different|"
    rf"these|the (?:two|three|four)|two|three|four)"
    rf" (?:of the |of these |the |these |recent |new |research |other |three |two ){{0,3}}{_WORKS_EN}\b"
    rf"|(?<!더 )(?:모든|여러|대부분의|다수의|다양한|많은|각각의|각|이들|두|"
    rf"세|네|몇몇|수많은|여러 편의|[2-9] ?개의|[2-9] ?편의) ?(?:\S+ )?{_WORKS_KO}(?!자|"
    rf"원|소|실|진|팀|기관|개발|분야|비|과제|방법|질문|결과|생|적|에서 사용|와 개발| 및 개발|·개발)(?:들|"
    rf"은|는|이|가|에|을|를|의|과|와|도|모두|"
    rf"에서|에 걸쳐|\s|$|[,.])"
    rf"|{_WORKS_KO}들(?:은|이|에서|의|을) ?(?:공통|모두|전반)"
    rf"|공통(?:된|적으로|적인) ?(?:주제|테마)|across (?:all|the) {_WORKS_EN}|common (?:themes?|"
    rf"threads?) (?:of|across|among|in)",
    re.I,
)
_ABSOLUTE = re.compile(
    r"\b(?:all|every|always|never|entirely|completely|universally|invariably|everyone|"
    r"everything|any)\b|모든|항상|언제나|결코|완전히|전부|누구나",
    re.I,
)
_ALREADY = re.compile(
    r"\b(?:all|every|each|always|never|any|entire\w*|whole|complete\w*|universal\w*|"
    r"full\w*|across|invariab\w*|no|none)\b|모든|항상|언제나|결코|완전|전부|전체|각",
    re.I,
)
# What 모든 and 항상 may render of an English sentence, and what they widen.
_WHOLE = re.compile(
    r"\b(?:all|every\w*|each|any\w*|always|never|no|none|entire\w*|whole|complete\w*|universal\w*|full\w*|"
    r"both|throughout|across|consistent\w*|constant\w*|regardless|only|exclusive\w*|total\w*|invariab\w*|"
    r"\w+-wide|comprehensive\w*|overall|uniform\w*|hundred percent|100)\b",
    re.I,
)
_PART = re.compile(
    r"\b(?:some|several|various|many|most|mostly|certain|different|diverse|numerous|multiple|often|sometimes|"
    r"usually|typical\w*|general\w*|frequent\w*|largely|mainly|wide|broad|variety|range|few|part\w*)\b",
    re.I,
)
_HANGUL = re.compile("[가-힣]")


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
        around = quoted(claim, evidence)
        if len(evidence) < 2 and (many := _beyond(text, " ".join(around) or everything(evidence))):
            return Verdict(check=NAME, outcome="unsupported", why=f"{many!r} rests on one source")
        if why := _widened(text, around) or _widened_across(text, around):
            return Verdict(check=NAME, outcome="unsupported", why=why)
        return Verdict(check=NAME, outcome="supported", why="speaks for what it quotes")


def _beyond(text: str, source: str) -> str:
    """Words for several works, beyond those the source itself speaks of."""
    ours = [found[0].strip() for found in _MANY.finditer(text)]
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
    """An absolute word of a Korean claim that no quoted English sentence has."""
    absolute = _ABSOLUTE.search(text)
    theirs = " ".join(around)
    if not absolute or not theirs or not _HANGUL.search(text) or _HANGUL.search(theirs):
        return ""
    if _WHOLE.search(theirs):
        return ""
    part = _PART.search(theirs)
    return f"says {absolute[0]!r} where the source says {part[0] if part else 'no such thing'!r}"


def make(options: Options, tools: Tools) -> Generality:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Generality()
