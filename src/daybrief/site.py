"""The archive as a site: walk the days, make what changed, put it in place.

    for each day of the archive:  catalogue + index take it in | its files, if its mark changed
    then pages, index and extras  | what is gone is removed

A day's mark covers its editions, the days its pages lead to, and everything that shapes a page, so a second
build of the same archive writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Protocol

import msgspec

from daybrief import cards
from daybrief.model import Delivery, Edition, EditionKind
from daybrief.ports import Days
from daybrief.publishers._site.catalogue import Catalogue
from daybrief.publishers._site.pages import (
    FORMAT,
    HTML,
    Around,
    SiteOptions,
    day_files,
    extra_files,
    page_files,
)
from daybrief.publishers._site.search_index import SearchIndex

KINDS: tuple[EditionKind, ...] = ("papers", "news")
_REST = "the rest"


class Parts(Protocol):
    """Where a site is put; `adapters.mirror.Mirror` is one."""

    def holds(self, name: str, mark: str) -> bool:
        """Whether the part is there, made from the same."""
        ...

    def put(
        self, name: str, mark: str, day: date, deliveries: Sequence[Delivery], now: datetime
    ) -> tuple[int, ...]:
        """Put a part in place."""
        ...

    def close(self) -> int:
        """Remove what is gone."""
        ...


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did."""

    days: int
    made: int  # days whose files were made; the others were there
    stories: int
    removed: int  # files


def build_site(archive: Days, parts: Parts, options: SiteOptions, now: datetime, made_by: str) -> Built:
    """Bring the site up to the archive. Raises `ArchiveError` and `DeliveryError`."""
    catalogue, index = Catalogue(options.language), SearchIndex(options.language)
    base = f"{FORMAT} {made_by} {options.base} {options.language} {options.pictures} {cards.mark()}"
    made = 0
    for editions, around in _with_neighbours(_days(archive)):
        day = editions[0].window.day
        catalogue.add(editions)
        for edition in editions:
            index.add(edition)
        mark = _mark(base, editions, around)
        if not parts.holds(day.isoformat(), mark):
            parts.put(day.isoformat(), mark, day, list(day_files(editions, around, options)), now)
            made += 1
    rest = list(page_files(catalogue, options))
    pages = [outline.place for day in catalogue.days for outline in catalogue.editions[day]]
    listed = [d.path for d in rest if d.media_type == HTML and d.path != "404.html"]
    rest += [*index.files(), *extra_files(catalogue, [*listed, *pages], options)]
    parts.put(_REST, base, now.date(), rest, now)
    stories = sum(o.stories for outlines in catalogue.editions.values() for o in outlines)
    return Built(days=len(catalogue.editions), made=made, stories=stories, removed=parts.close())


def _days(archive: Days) -> Iterator[tuple[Edition, ...]]:
    """The editions of each day that has one, in order of days; one day in memory at a time."""
    for day in archive.marks():
        editions = tuple(e for kind in KINDS if (e := archive.edition(day, kind)) is not None)
        if editions:
            yield editions


def _with_neighbours(days: Iterator[tuple[Edition, ...]]) -> Iterator[tuple[tuple[Edition, ...], Around]]:
    """Each day with the days its pages lead to: the nearest ones before and after, for each kind it has."""
    earlier: dict[EditionKind, date] = {}
    none: tuple[Edition, ...] = ()
    for editions, following in pairwise(_ended(days, none)):
        later = {e.kind: e.window.day for e in following}
        yield editions, Around(earlier=dict(earlier), later=later)
        earlier |= {e.kind: e.window.day for e in editions}


def _ended(days: Iterator[tuple[Edition, ...]], end: tuple[Edition, ...]) -> Iterator[tuple[Edition, ...]]:
    yield from days
    yield end


def _mark(base: str, editions: Sequence[Edition], around: Around) -> str:
    digests = [e.digest or e.sealed().digest for e in editions]
    seen = msgspec.json.encode((base, digests, around), order="sorted")
    return hashlib.sha256(seen).hexdigest()[:32]
