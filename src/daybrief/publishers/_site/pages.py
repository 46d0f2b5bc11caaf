"""The pages that tell of many days: front page, archive, months, categories, search, and the 404."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

import msgspec
from lxml import etree

from daybrief.cards import lab_views, lab_words, picture
from daybrief.errors import ConfigError
from daybrief.languages import DEFAULT, SOURCE
from daybrief.languages.phrases import phrases
from daybrief.model import Delivery, Edition, EditionKind, Issue
from daybrief.ports import Publisher
from daybrief.publishers import chart, data, feeds, markdown
from daybrief.publishers._site.catalogue import JSON, ArchiveMonth, Catalogue, CategoryStories
from daybrief.publishers.html import edition_fields, render
from daybrief.render.picture import to_png
from daybrief.whole import Figure

FORMAT = "4"
"""Changes with templates and shards, so that a folder made by an older program is made anew."""

HTML = "text/html; charset=utf-8"


class SiteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a site is made.

    base_url: address it will be served at; feeds and the sitemap need it, pages do not.
    language: of headings and fixed phrases.
    pictures: draw each edition's chart as SVG too.
    """

    base_url: str = ""
    language: str = DEFAULT
    pictures: bool = True

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if self.base_url and not (parts.scheme in {"http", "https"} and parts.hostname):
            raise ConfigError(
                f"the site's address {self.base_url!r} is no http(s) address",
                hint='for example "https://example.org/brief/"',
            )

    @property
    def base(self) -> str:
        """The address with one slash at its end; "" when it was not given."""
        return f"{self.base_url.rstrip('/')}/" if self.base_url else ""

    @property
    def root(self) -> str:
        """The path of the front page on its host: `/brief/`."""
        return urlsplit(self.base).path or "/"


def site_page(
    path: str, template: str, options: SiteOptions, *, script: bool = False, **fields: Any
) -> Delivery:
    """Make the page of the site at `path`, with the bar that all pages carry."""
    say = phrases(fields.pop("language", options.language))
    body = render(
        f"site/{template}",
        say,
        site=True,
        script=script,
        feeds=bool(options.base),
        pictures=options.pictures,
        data=True,
        up=fields.pop("up", "../" * path.count("/")),
        here=path,
        canonical=f"{options.base}{path}".removesuffix("index.html") if options.base else "",
        **fields,
    )
    return Delivery(path=path, body=body.encode(), media_type=HTML)


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """The days before and after that have an edition of the same kind, by kind."""

    earlier: dict[EditionKind, date] = {}
    later: dict[EditionKind, date] = {}


def day_files(
    editions: Sequence[Edition], around: Around, options: SiteOptions, cover: Figure | None = None
) -> Iterator[Delivery]:
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
            cover=cover if edition is editions[0] else None,
        )
        path = f"{day.isoformat()}/{edition.kind}.html"
        yield site_page(path, "../edition.html", options, language=edition.language, **fields)
    for publisher in _publishers(options):
        yield from publisher.publish(issue)


def _publishers(options: SiteOptions) -> Iterator[Publisher]:
    yield markdown.Markdown(markdown.Options(chart=options.pictures, picture="svg"))
    yield data.Data(data.Options(pretty=False))
    if options.pictures:
        yield chart.ChartPublisher(chart.Options(png=False))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


_ASSETS = "assets/site"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_MOST_ADDRESSES = 50_000  # a sitemap may hold (https://www.sitemaps.org/protocol.html)
_SIZES = (192, 512)
_DRAWN = 512  # pixels of the icon as drawn


def feed_entries(editions: Sequence[Edition], options: SiteOptions) -> tuple[feeds.FeedEntry, ...]:
    """The editions of a day as the feeds tell them; none without the site's address."""
    return tuple(map(_feeds(options).entry, editions)) if options.base else ()


def _feeds(options: SiteOptions) -> feeds.Feeds:
    return feeds.Feeds(feeds.Options(base_url=options.base), options.language)


def extra_files(
    catalogue: Catalogue, pages: list[str], entries: Sequence[feeds.FeedEntry], options: SiteOptions
) -> Iterator[Delivery]:
    """Make every file that is no page.

    `pages` are the paths of those that are, and `entries` the latest editions, the newest first.
    """
    for name, media_type in (("search.js", "text/javascript"), ("stemmer.js", "text/javascript")):
        yield Delivery(path=name, body=_asset(name), media_type=media_type)
    yield Delivery(path="icon.svg", body=_asset("icon.svg"), media_type="image/svg+xml")
    for size in _SIZES:
        yield Delivery(path=f"icon-{size}.png", body=_icon(size), media_type="image/png")
    yield _manifest(options)
    yield _days(catalogue)
    sitemap = f"Sitemap: {options.base}sitemap.xml\n" if options.base else ""
    robots = f"User-agent: *\nAllow: /\n{sitemap}"
    yield Delivery(path="robots.txt", body=robots.encode(), media_type="text/plain; charset=utf-8")
    if options.base:
        yield Delivery(path="sitemap.xml", body=_sitemap(pages, options.base), media_type="application/xml")
        yield from _feeds(options).files(entries)


def _manifest(options: SiteOptions) -> Delivery:
    """A web application manifest (https://www.w3.org/TR/appmanifest/); its addresses are relative to it."""
    say = phrases(options.language)
    icons: list[dict[str, str]] = [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}]
    icons += [{"src": f"icon-{n}.png", "sizes": f"{n}x{n}", "type": "image/png"} for n in _SIZES]
    body = {
        "name": say("title.index"),
        "short_name": "Daybrief",
        "description": say("index.lead"),
        "lang": options.language,
        "start_url": "index.html",
        "scope": "./",
        "display": "minimal-ui",
        "background_color": "#fbf8f2",
        "theme_color": "#fbf8f2",
        "icons": icons,
    }
    return Delivery(path="manifest.webmanifest", body=_pretty(body), media_type="application/manifest+json")


def _days(catalogue: Catalogue) -> Delivery:
    """List every day and edition, for programs."""
    listed = [
        {
            "day": day,
            "editions": [
                {
                    "kind": outline.kind,
                    "state": outline.state,
                    "stories": outline.stories,
                    "categories": {bar.category: bar.count for bar in outline.bars},
                    "page": outline.place,
                    "data": outline.place.removesuffix(".html") + ".json",
                    "digest": outline.digest,
                }
                for outline in catalogue.editions[day]
            ],
        }
        for day in catalogue.days
    ]
    return Delivery(
        path="days.json", body=_pretty({"schema": "daybrief.days/1", "days": listed}), media_type=JSON
    )


def _sitemap(pages: list[str], base: str) -> bytes:
    root = etree.Element(f"{{{_SITEMAP}}}urlset", nsmap={None: _SITEMAP})
    for path in pages[:_MOST_ADDRESSES]:
        address = base if path == "index.html" else f"{base}{path}"
        etree.SubElement(etree.SubElement(root, f"{{{_SITEMAP}}}url"), f"{{{_SITEMAP}}}loc").text = address
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


@cache
def _asset(name: str) -> bytes:
    return (files("daybrief") / _ASSETS / name).read_bytes()


@cache
def _icon(size: int) -> bytes:
    return to_png(_asset("icon.svg"), size / _DRAWN)


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


EARLIER = 7  # days the front page lists under the latest


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A week of a trend, drawn: `x`, `y`, `height` in a box 100 high and `width` a column wide."""

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
LEAST = 13  # weeks a trend has room for


def trend(stories: CategoryStories, weeks: Sequence[date]) -> Trend:
    """The stories of a category in each of these weeks."""
    counts = [stories.weeks[week] for week in weeks]
    before = max(0, LEAST - len(weeks))  # empty places at the left, so that a bar stays a bar
    most = max(counts, default=0)
    columns = tuple(
        Column(
            week=week,
            count=count,
            x=(before + place) * (COLUMN + GAP),
            y=round(100 - 100 * count / (most or 1), 1),
            height=round(100 * count / (most or 1), 1),
        )
        for place, (week, count) in enumerate(zip(weeks, counts, strict=True))
    )
    return Trend(columns=columns, most=most, width=(before + max(1, len(weeks))) * (COLUMN + GAP) - GAP)


def page_files(catalogue: Catalogue, options: SiteOptions) -> Iterator[Delivery]:
    """Make every page but those of the days."""
    months = catalogue.months()
    yield _front(catalogue, months, options)
    yield _archive(catalogue, months, options)
    for number, month in enumerate(months):
        yield _month(month, months, number, catalogue, options)
    categories = sorted(
        catalogue.categories.values(), key=lambda stories: (-stories.total, stories.category.id)
    )
    weeks = catalogue.recent_weeks()
    yield _categories(categories, weeks, options)
    for stories in categories:
        yield _category(stories, weeks, options)
    yield from _labs(options)
    yield _search(options)
    yield _not_found(options)


def _front(catalogue: Catalogue, months: Sequence[ArchiveMonth], options: SiteOptions) -> Delivery:
    say = phrases(options.language)
    days = catalogue.days
    return site_page(
        "index.html",
        "front.html",
        options,
        title=say("title.index"),
        description=say("index.lead"),
        latest=days[0] if days else None,
        editions=catalogue.editions,
        leads=catalogue.leads,
        brief=catalogue.brief,
        earlier=days[1 : EARLIER + 1],
        months=months[:6],
    )


def _archive(catalogue: Catalogue, months: Sequence[ArchiveMonth], options: SiteOptions) -> Delivery:
    say = phrases(options.language)
    years = [(year, list(group)) for year, group in groupby(months, key=lambda month: month.first.year)]
    most = max((sum(e.stories for e in editions) for editions in catalogue.editions.values()), default=1)
    title = say("site.archive")
    return site_page(
        "archive.html",
        "archive.html",
        options,
        title=f"{title} · {say('title.index')}",
        heading=title,
        description=say("site.archive_lead", n=len(catalogue.editions)),
        years=years,
        most=most or 1,
    )


def _month(
    month: ArchiveMonth,
    months: Sequence[ArchiveMonth],
    number: int,
    catalogue: Catalogue,
    options: SiteOptions,
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
        editions=catalogue.editions,
        later=months[number - 1] if number else None,
        earlier=months[number + 1] if number + 1 < len(months) else None,
        weekdays=say("date.weekdays").split(),
        short=say("site.weekdays").split(),
    )


def _categories(
    categories: Sequence[CategoryStories], weeks: Sequence[date], options: SiteOptions
) -> Delivery:
    say = phrases(options.language)
    title = say("site.categories")
    return site_page(
        "categories.html",
        "categories.html",
        options,
        title=f"{title} · {say('title.index')}",
        heading=title,
        description=say("site.categories_lead", n=len(weeks)),
        rows=[(stories, trend(stories, weeks)) for stories in categories],
        column=COLUMN,
    )


def _category(stories: CategoryStories, weeks: Sequence[date], options: SiteOptions) -> Delivery:
    say = phrases(options.language)
    category = stories.category
    label = category.label(options.language)
    native = category.defined_in(options.language)
    days = [(day, list(lines)) for day, lines in groupby(stories.lines, key=lambda line: line.day)]
    return site_page(
        f"category/{category.id}.html",
        "category.html",
        options,
        title=f"{label} · {say('title.index')}",
        description=say("site.category_lead", n=stories.total, name=label),
        label=label,
        stories=stories,
        definition=native or category.definition,
        spoken=options.language if native else SOURCE,
        trend=trend(stories, weeks),
        column=COLUMN,
        days=days,
        rest=len(stories.ids) - len(stories.lines),
    )


def _labs(options: SiteOptions) -> Iterator[Delivery]:
    """Make the list of labs, and each lab's page with its picture."""
    say, w, labs = phrases(options.language), lab_words(options.language), lab_views(options.language)
    title = f"{w['labs']} · {say('title.index')}"
    yield site_page("labs.html", "labs.html", options, title=title, description=w["lead"], w=w, labs=labs)
    for lab in labs:
        yield site_page(
            f"labs/{lab.name}.html",
            "lab.html",
            options,
            title=f"{lab.title} · {say('title.index')}",
            description=lab.claim,
            w=w,
            lab=lab,
            picture=f"{lab.name}.svg",
        )
        if body := picture(lab.name, options.language):
            yield Delivery(path=f"labs/{lab.name}.svg", body=body, media_type="image/svg+xml")


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


def _not_found(options: SiteOptions) -> Delivery:
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
