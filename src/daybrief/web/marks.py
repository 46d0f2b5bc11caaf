"""Texts cut where something is marked, so that a template can mark it without any markup of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from daybrief.model import Item, Judged
from daybrief.text.latex import readable
from daybrief.web.services import ReaderServices


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a text; `notes` are the numbers of what marks it, none for plain text."""

    text: str
    notes: tuple[int, ...] = ()
    first: tuple[int, ...] = ()  # notes that begin here: the place a link leads to


def pieces(text: str, spans: Iterable[tuple[int, int, int]]) -> tuple[Piece, ...]:
    """A text cut at the borders of (start, end, note) spans; spans may overlap, and lie outside the text."""
    known = [(max(0, start), min(len(text), end), note) for start, end, note in spans]
    real = [(start, end, note) for start, end, note in known if start < end]
    borders = sorted({0, len(text), *(s for s, _, _ in real), *(e for _, e, _ in real)})
    cut = []
    for start, end in pairwise(borders):
        notes = tuple(sorted({note for s, e, note in real if s <= start and end <= e}))
        first = tuple(sorted({note for s, _, note in real if s == start}))
        cut.append(Piece(text=readable(text[start:end]), notes=notes, first=first))
    return tuple(cut)


def marked(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """A text with some spans marked."""
    return pieces(text, [(start, end, 1) for start, end in spans])


class MarkedItem(msgspec.Struct, frozen=True, kw_only=True):
    """The text of one item, with every quote from it marked."""

    item: Item
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]


class MarkedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """One claim and the numbers of its quotes."""

    judged: Judged
    notes: tuple[int, ...]


def evidence(
    claims: Sequence[Judged], items: Sequence[Item]
) -> tuple[tuple[MarkedClaim, ...], tuple[MarkedItem, ...]]:
    """Claims with their quotes numbered in order, and the texts those quotes are marked in."""
    numbers: dict[tuple[str, str, str, int, int], int] = {}
    sentences = []
    for judged in claims:
        places = [(q.source, q.item_key, q.field, q.start, q.end) for q in judged.claim.quotes]
        for place in places:
            numbers.setdefault(place, len(numbers) + 1)
        sentences.append(MarkedClaim(judged=judged, notes=tuple(dict.fromkeys(numbers[p] for p in places))))
    texts = []
    for item in items:
        of = {place[2:]: n for place, n in numbers.items() if place[:2] == (item.source, item.key)}
        texts.append(
            MarkedItem(
                item=item,
                title=pieces(item.title, [(s, e, n) for (field, s, e), n in of.items() if field == "title"]),
                text=pieces(item.text, [(s, e, n) for (field, s, e), n in of.items() if field == "text"]),
            )
        )
    return tuple(sentences), tuple(texts)


def opinions(services: ReaderServices, profile: str) -> Mapping[str, bool]:
    """What a profile's reader said of which story: liked, or not."""
    return {example.key: example.liked for example in services.examples(profile).examples()}
