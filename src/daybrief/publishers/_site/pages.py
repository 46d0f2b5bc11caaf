"""The pages that tell of many days: front page, archive, months, categories, search, and the 404."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

import msgspec

from daybrief.model import Delivery
from daybrief.publishers._site.frame import SiteOptions, site_page
from daybrief.publishers._site.shelf import Drawer, Month, Shelf
from daybrief.text.phrases import phrases

EARLIER = 7  # days the front page lists under the latest


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One week of a trend, drawn: `x`, `y`, `height` in a box 100 high and `width` a column wide."""

    week: date
    count: int
    x: float
    y: float
    height: float


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """A category week by week."""

    columns: tuple[Column, ...]
    most: int
    width: int  # of the box


COLUMN, GAP = 24, 6


def trend(drawer: Drawer, weeks: Sequence[date]) -> Trend:
    """The stories of a category in each of these weeks."""
    counts = [drawer.weeks[week] for week in weeks]
    most = max(counts, default=0)
    columns = tuple(
        Column(
            week=week,
            count=count,
            x=place * (COLUMN + GAP),
            y=round(100 - 100 * count / (most or 1), 1),
            height=round(100 * count / (most or 1), 1),
        )
        for place, (week, count) in enumerate(zip(weeks, counts, strict=True))
    )
    return Trend(columns=columns, most=most, width=max(1, len(weeks) * (COLUMN + GAP) - GAP))


def page_files(shelf: Shelf, options: SiteOptions) -> Iterator[Delivery]:
    """Every page but those of the days."""
    months = shelf.months()
    yield _front(shelf, months, options)
    yield _archive(shelf, months, options)
    for number, month in enumerate(months):
        yield _month(month, months, number, shelf, options)
    drawers = sorted(shelf.drawers.values(), key=lambda drawer: (-drawer.total, drawer.category.id))
    weeks = shelf.recent_weeks()
    yield _categories(drawers, weeks, options)
    for drawer in drawers:
        yield _category(drawer, weeks, options)
    yield _search(options)
    yield _nowhere(options)


def _front(shelf: Shelf, months: Sequence[Month], options: SiteOptions) -> Delivery:
    say = phrases(options.language)
    days = shelf.days
    return site_page(
        "index.html",
        "front.html",
        options,
        title=say("title.index"),
        description=say("index.lead"),
        latest=days[0] if days else None,
        told=shelf.told,
        leads=shelf.leads,
        earlier=days[1 : EARLIER + 1],
        months=months[:6],
    )


def _archive(shelf: Shelf, months: Sequence[Month], options: SiteOptions) -> Delivery:
    say = phrases(options.language)
    years = [(year, list(held)) for year, held in groupby(months, key=lambda month: month.first.year)]
    most = max((sum(t.stories for t in told) for told in shelf.told.values()), default=1)
    title = say("site.archive")
    return site_page(
        "archive.html",
        "archive.html",
        options,
        title=f"{title} · {say('title.index')}",
        heading=title,
        description=say("site.archive_lead", n=len(shelf.told)),
        years=years,
        most=most or 1,
    )


def _month(
    month: Month, months: Sequence[Month], number: int, shelf: Shelf, options: SiteOptions
) -> Delivery:
    say = phrases(options.language)
    title = say.month(month.first)
    return site_page(
        f"archive/{month.name}.html",
        "month.html",
        options,
        title=f"{title} · {say('title.index')}",
        heading=title,
        description=say("site.month_lead", n=len(month.days)),
        month=month,
        told=shelf.told,
        later=months[number - 1] if number else None,
        earlier=months[number + 1] if number + 1 < len(months) else None,
        weekdays=say("date.weekdays").split(),
        short=say("site.weekdays").split(),
    )


def _categories(drawers: Sequence[Drawer], weeks: Sequence[date], options: SiteOptions) -> Delivery:
    say = phrases(options.language)
    title = say("site.categories")
    return site_page(
        "categories.html",
        "categories.html",
        options,
        title=f"{title} · {say('title.index')}",
        heading=title,
        description=say("site.categories_lead", n=len(weeks)),
        rows=[(drawer, trend(drawer, weeks)) for drawer in drawers],
        column=COLUMN,
    )


def _category(drawer: Drawer, weeks: Sequence[date], options: SiteOptions) -> Delivery:
    say = phrases(options.language)
    category = drawer.category
    label = category.label(options.language)
    korean = options.language == "ko" and category.definition_ko
    days = [(day, list(lines)) for day, lines in groupby(drawer.lines, key=lambda line: line.day)]
    return site_page(
        f"category/{category.id}.html",
        "category.html",
        options,
        title=f"{label} · {say('title.index')}",
        description=say("site.category_lead", n=drawer.total, name=label),
        label=label,
        drawer=drawer,
        definition=category.definition_ko if korean else category.definition,
        spoken="ko" if korean else "en",
        trend=trend(drawer, weeks),
        column=COLUMN,
        days=days,
        rest=drawer.total - len(drawer.lines),
    )


def _search(options: SiteOptions) -> Delivery:
    say = phrases(options.language)
    title = say("site.search")
    return site_page(
        "search.html",
        "search.html",
        options,
        script=True,
        title=f"{title} · {say('title.index')}",
        heading=title,
        description=say("site.search_lead"),
    )


def _nowhere(options: SiteOptions) -> Delivery:
    """Hosts show it at any depth: its links are absolute, and there are none without the site's address."""
    say = phrases(options.language)
    title = say("site.nowhere")
    return site_page(
        "404.html",
        "nowhere.html",
        options,
        title=title,
        heading=title,
        description=say("site.nowhere_lead"),
        up=options.root if options.base else "",
        lost=not options.base,
    )
