"""The files of one day: its pages with links to the days around, and what other publishers make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from daybrief.model import Delivery, Edition, EditionKind, Issue
from daybrief.ports import Publisher
from daybrief.publishers import chart, data, markdown
from daybrief.publishers._site.frame import SiteOptions, site_page
from daybrief.publishers.html import edition_fields


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """The days before and after that have an edition of the same kind, by kind."""

    earlier: dict[EditionKind, date] = {}
    later: dict[EditionKind, date] = {}


def day_files(editions: Sequence[Edition], around: Around, options: SiteOptions) -> Iterator[Delivery]:
    """Pages, Markdown, data and (when asked for) pictures of the day; pure, and the same bytes twice."""
    day = editions[0].window.day
    issue = Issue(day=day, editions=tuple(editions), recent=tuple(editions))
    kinds: list[EditionKind] = [edition.kind for edition in editions]
    for edition in editions:
        other = next((kind for kind in kinds if kind != edition.kind), "")
        fields = edition_fields(
            edition,
            other=other,
            earlier=_iso(around.earlier.get(edition.kind)),
            later=_iso(around.later.get(edition.kind)),
        )
        path = f"{day.isoformat()}/{edition.kind}.html"
        yield site_page(path, "../edition.html", options, language=edition.language, **fields)
    for publisher in _publishers(options):
        yield from publisher.publish(issue)


def _publishers(options: SiteOptions) -> Iterator[Publisher]:
    yield markdown.Markdown(markdown.Options(chart=options.pictures))
    yield data.Data(data.Options(pretty=False))
    if options.pictures:
        yield chart.ChartPublisher(chart.Options())


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
