"""Likeness: which pages tell the same thing in different words.

Conservative on purpose: two stories told as one hide one of them, while one told as two merely costs
a line. Both kinds of error are measured in `benchmarks/dedupe.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import msgspec

from daybrief.model import Item, ItemKind, Remembered
from daybrief.text.similarity import Corpus, alike, contained, numbers_clash, specific, terms

_TITLE = 0.72  # weighted overlap of two headlines that is enough by itself
_TITLE_LATER = 0.8  # the same against an earlier day, where a sequel is likelier
_EVENT_TITLE = 0.12  # two outlets on one event: their headlines share something, and either ...
_EVENT = 0.295  # ... headline and text overlap this much, or ...
_TOLD = 0.38  # ... each text holds this share of the other's headline ...
_TOLD_RARE = 2.0  # ... and both share this many rare terms
_NEAR = timedelta(hours=48)
_PAPER_ALIKE = 0.9  # letters of two titles of papers, when their abstracts agree
_CONFIRMED = 0.4  # share of shingles that confirms nearly equal titles
_RENAMED = 0.8  # share of an abstract's shingles that tells a renamed paper
_CORPUS = 100  # pages below which a word's rarity says nothing, so that no news are joined by it
_SUSPECT = 0.1  # overlap of two texts below which nobody looks closer
_RARE_TERMS = 14


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An item of today or a remembered story, reduced to what identity rests on."""

    keys: tuple[str, ...]
    arxiv: str
    kind: ItemKind
    title: str  # normalised
    item: Item | None = None
    memory: Remembered | None = None

    @property
    def text(self) -> str:
        """The abstract or snippet; memory keeps none."""
        return self.item.text if self.item else ""


def likeness(pages: Sequence[Page]) -> Iterator[tuple[float, int, int]]:
    """Pairs of pages (by number) that are one story, with how sure that is (0..1)."""
    order = sorted(range(len(pages)), key=lambda n: (pages[n].title, n))
    ours = [pages[n] for n in order]
    titles = Corpus([terms(page.title) for page in ours])
    bodies = Corpus([terms(f"{page.title} {page.text}") for page in ours])
    telling = len(pages) >= _CORPUS
    for i, j in titles.candidates(_TITLE):
        if _open(ours[i], ours[j], telling) and (score := _same_title(ours[i], ours[j], titles.cosine(i, j))):
            yield score, order[i], order[j]
    for i, j in bodies.candidates(_SUSPECT, most=_RARE_TERMS, common=2):
        if _open(ours[i], ours[j], telling) and (score := _same_text(ours, titles, bodies, i, j)):
            yield score, order[i], order[j]


def _open(one: Page, other: Page, telling: bool) -> bool:
    """Whether likeness may decide: same kind, not two papers with ids, not two memories, no other number."""
    if one.kind == "news" and not telling:
        return False
    if one.kind != other.kind or (one.arxiv and other.arxiv) or (one.memory and other.memory):
        return False
    return not numbers_clash(one.title, other.title)


def _same_title(one: Page, other: Page, overlap: float) -> float:
    if not (specific(one.title) and specific(other.title)):
        return 0.0
    if one.kind == "paper":
        close = alike(one.title, other.title)
        return close if close >= _PAPER_ALIKE and contained(one.text, other.text) >= _CONFIRMED else 0.0
    return overlap if overlap >= (_TITLE_LATER if one.memory or other.memory else _TITLE) else 0.0


def _same_text(pages: Sequence[Page], titles: Corpus, bodies: Corpus, i: int, j: int) -> float:
    """Papers: one abstract under two titles. News: two outlets telling one event at nearly the same time."""
    one, other = pages[i], pages[j]
    if one.kind == "paper":
        held = contained(one.text, other.text)
        return held if held >= _RENAMED else 0.0
    if not (_two_outlets(one.item, other.item) and specific(one.title, 3) and specific(other.title, 3)):
        return 0.0
    if titles.cosine(i, j) < _EVENT_TITLE:
        return 0.0
    overlap = bodies.cosine(i, j)
    if overlap >= _EVENT:
        return overlap
    told = min(bodies.share(titles.documents[i], j), bodies.share(titles.documents[j], i))
    return told if told >= _TOLD and bodies.rare(i, j) >= _TOLD_RARE else 0.0


def _two_outlets(one: Item | None, other: Item | None) -> bool:
    """Whether two items of today come from different sources, and not days apart."""
    if one is None or other is None or one.source == other.source:
        return False
    return one.published is None or other.published is None or abs(one.published - other.published) <= _NEAR
