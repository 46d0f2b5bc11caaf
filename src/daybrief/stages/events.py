"""Events: which news of several outlets tell one event, on one day or over days.

    pages → pairs that name the same → how much of each headline the other tells → groups

Phrasing is no evidence ("I built", "don't"). Two pages tell one event when a name or number stands in the
headline of one and in the other, when each tells a share of the other's headline, and when what is said of
the names is shared as well: who did what, and how much. Vendors' pages name one product and say different
things of it, so a name alone joins only what appeared within hours, or in another script; and what compares
or explains an event is not the event. A group holds together: a page joins when it fits half of those
already there. Such a group stands as one card with each outlet's headline and link; nothing is dropped.

Figures: benchmarks/events.py, benchmarks/merges.py.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import combinations

import msgspec

from daybrief.languages import LANGUAGES, parts
from daybrief.stages.near_duplicates import Candidate, parts_clash
from daybrief.text.words import stem

_LEAST_PAGES = 100  # below, the rarity of a word says nothing
_MOST_TITLE, _MOST_TEXT = 400, 700  # characters; the opening tells the event
_MOST_HOLDERS = 60  # a name of more pages is of the season, and pairs nobody
_NEAR_HOURS = 36.0
_SURE = 0.55  # how much two pages must share to be one event
_FITS = 0.7  # of that: enough within a group that holds together otherwise
_HOLDS = 0.5  # of the pairs between two groups: they are one
_HEADLINE = 0.15  # of each headline, by weight, the other page must tell
_SAME_HEADLINE = 0.7  # from here on nothing else needs to be shared
_NAMED = 0.4  # weight of the names that a headline shares
_SAID = 1.1  # weight of what is said of them
_AT_ONCE = (1.6, 6.0, 0.09)  # names' weight, hours, share of a headline: one announcement
_OTHER_SCRIPT = (2.3, 24.0)  # names' weight, hours: nothing but names can be shared
_ONE_OUTLET = 0.42  # the same of two pages of one outlet, which tells its own news once

_TOKEN = re.compile(
    r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9]*(?:[-.'’‑][A-Za-zÀ-ɏ0-9]+)*|\d+(?:\.\d+)*|"
    r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]+"
)
_WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_DERIVED = re.compile(parts(lambda rules: rules.reading.derived), re.I)
_STARTERS = frozenset(word for one in LANGUAGES for word in one.rules.names.starters.split())
_PALE = frozenset(
    stem(word)
    for word in """the a an of to in for on and is are was with its it from at as by how what why that this
    new now be we you i not has have just more than about your their our will can ai model models""".split()
)


class _Page(msgspec.Struct, frozen=True):
    """What a page names and says; `at` is when it appeared, `outlet` who carried it."""

    title: frozenset[str]
    whole: frozenset[str]
    names: frozenset[str]
    at: datetime
    outlet: str
    wide: bool
    derived: bool


def events(pages: Sequence[Candidate]) -> Iterator[tuple[int, int]]:
    """Pairs of news pages (by number) that are one event; following them gives the groups.

    Undated pages, papers and pairs of remembered stories are left alone.
    """
    if len(pages) < _LEAST_PAGES:
        return
    read = {n: found for n, page in enumerate(pages) if (found := _read(page)) is not None}
    weight = _Rarity(read.values())
    scores = {
        (i, j): score
        for i, j in _suspects(read)
        if _open(pages[i], pages[j]) and (score := _score(read[i], read[j], weight))
    }
    group: dict[int, list[int]] = {n: [n] for n in read}
    for (i, j), score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0])):
        if score < _SURE:
            break
        if group[i] is not group[j] and _hold_together(group[i], group[j], scores):
            yield i, j
            group[i] += group[j]
            for member in group[j]:
                group[member] = group[i]


def _open(first: Candidate, second: Candidate) -> bool:
    """Whether the two may be one event: not two memories, not two parts of a series."""
    if first.memory and second.memory:
        return False
    return not parts_clash(first.title, second.title)


def _hold_together(ours: Sequence[int], theirs: Sequence[int], scores: dict[tuple[int, int], float]) -> bool:
    between = [scores.get((min(a, b), max(a, b)), 0.0) for a in ours for b in theirs]
    return sum(score >= _SURE * _FITS for score in between) >= _HOLDS * len(between)


def _suspects(read: dict[int, _Page]) -> Iterator[tuple[int, int]]:
    """Pairs with a name in common, each once."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, page in read.items():
        for name in page.names:
            holders[name].append(number)
    pairs = {
        pair for found in holders.values() if len(found) <= _MOST_HOLDERS for pair in combinations(found, 2)
    }
    yield from sorted(pairs)


class _Rarity:
    """How rare a term is among the pages, 0..1."""

    def __init__(self, pages: Collection[_Page]) -> None:
        self._count = Counter(term for page in pages for term in page.whole)
        self._whole = math.log(len(pages) + 1)

    def of(self, term: str) -> float:
        return 1 - math.log(self._count[term]) / self._whole

    def sum(self, terms: frozenset[str]) -> float:
        """The weight of some terms; exact, so that the order of a set cannot matter."""
        return math.fsum(map(self.of, terms))

    def share(self, part: frozenset[str], whole: frozenset[str]) -> float:
        """The share of the part, by squared weight, that the whole holds."""
        squares = math.fsum(self.of(term) ** 2 for term in part)
        return math.fsum(self.of(term) ** 2 for term in part & whole) / squares if squares else 0.0


def _score(one: _Page, other: _Page, weight: _Rarity) -> float:
    """How surely two pages tell one event; 0 where nothing but a season's name is shared."""
    hours = abs((one.at - other.at).total_seconds()) / 3600
    if hours > _NEAR_HOURS:
        return 0.0
    first, second = weight.share(one.title, other.whole), weight.share(other.title, one.whole)
    shared = one.whole & other.whole
    names = shared & (one.names | other.names)
    named = weight.sum(names & (one.title | other.title))
    said = weight.sum(shared - names)
    same_outlet = one.outlet == other.outlet
    score = math.sqrt(first * second) + 0.1 * min(said, 5) + 0.12 * min(named, 3) - 0.002 * hours
    least = min(first, second)
    if (same_outlet and least < _ONE_OUTLET) or (one.derived != other.derived and least < _SAME_HEADLINE):
        return 0.0
    if least >= _HEADLINE and named >= _NAMED and (said >= _SAID or least >= _SAME_HEADLINE):
        return score
    at_once, within, share = _AT_ONCE
    if not same_outlet and named >= at_once and hours <= within and least >= share:
        return max(score, _SURE)
    across, within = _OTHER_SCRIPT
    if not same_outlet and one.wide != other.wide and named >= across and hours <= within:
        return max(score, _SURE)
    return 0.0


def _read(page: Candidate) -> _Page | None:
    """A page as it is compared; None for a paper and for one without a date."""
    item, memory = page.item, page.memory
    if page.kind == "paper" or page.arxiv or page.own_work:
        return None
    if item is not None:
        title, text, outlet, at = item.title, item.text, item.source, item.published
    elif memory is not None:
        title, text, outlet = memory.title, "", ""
        at = datetime.combine(memory.last_seen, time(12), tzinfo=UTC)
    if at is None:
        return None
    head, body = dict(_terms(title[:_MOST_TITLE])), dict(_terms(text[:_MOST_TEXT]))
    names = frozenset(term for found in (head, body) for term, named in found.items() if named)
    return _Page(
        title=frozenset(head), whole=frozenset({*head, *body}), names=names, at=at, outlet=outlet,
        wide=bool(_WIDE.search(title)), derived=bool(_DERIVED.search(title)),
    )  # fmt: skip


def _terms(text: str) -> Iterator[tuple[str, bool]]:
    """Each term with whether it is written as a name or number; East Asian runs as pairs of signs."""
    for match in _TOKEN.finditer(text):
        word = match[0].replace("‑", "-").replace("’", "'").removesuffix("'s")
        if _WIDE.match(word):
            yield from ((word[at : at + 2], False) for at in range(len(word) - 1))
            continue
        named = word[0].isupper() or any(sign.isupper() or sign.isdigit() for sign in word)
        for part in dict.fromkeys((word, *(word.split("-") if "-" in word else ()))):
            low = part.lower()
            term = stem(low)
            if (len(low) > 1 or low.isdigit()) and term not in _PALE:
                yield term, named and low not in _STARTERS
