"""Days and their stories: what a reader opens an edition for.

A day is the front page, an edition in full, its ledger, the calendar, and the latest editions' feeds. A
story is everything the archive knows of one, and what its reader thinks of it.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import get_args

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from daybrief.cards import reproduced
from daybrief.languages.phrases import Phrases, phrases
from daybrief.library import Library, StoryRecord
from daybrief.model import Claim, Edition, EditionKind, Example, Issue, Judged, State, Story
from daybrief.ports import Tools
from daybrief.render.page import LEDGER, SOURCES, placed, reason
from daybrief.render.story import (
    address_of,
    bibtex,
    comments_of,
    figure_of,
    gist_of,
    known_of,
    whole_texts,
)
from daybrief.web.caching import KEEP
from daybrief.web.guard import own_path
from daybrief.web.pages import ImpossibleValue, Pages, ReaderServices, route, words
from daybrief.web.presenters import day_notices, evidence, highlights, opinions, present, present_day

_SHADES = 4
_MOST_NAMES = 200  # of what one line of the ledger left out


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the calendar: None outside the month; -1 stories where there is no edition."""

    day: date | None
    stories: int
    shade: int


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A month, week by week."""

    first: date
    weeks: tuple[tuple[Cell, ...], ...]


class ListedDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day in a list: its editions with their states, and its best new story."""

    day: date
    editions: tuple[tuple[EditionKind, State, int], ...]
    story: str = ""
    title: str = ""
    language: str = ""
    sentence: str = ""
    spoken: str = ""


class DayViews:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages) -> None:
        self._services = services
        self._pages = pages

    def _library(self, request: Request) -> Library:
        return self._services.library.of(self._pages.preferences(request).profile)

    def today(self, request: Request) -> Response:
        """The latest day."""
        return self._front(request, self._library(request).latest())

    def day(self, request: Request, day: date) -> Response:
        """Any day."""
        return self._front(request, day)

    def _front(self, request: Request, day: date | None) -> Response:
        ours, chosen = self._library(request), self._pages.preferences(request)
        editions = ours.editions(day) if day else ()
        if day and not editions:
            raise HTTPException(404)
        shown = present_day(ours, editions, chosen.language)
        return self._pages.show(
            request,
            "front.html",
            day=day,
            editions=shown,
            notices=day_notices(shown),
            highlights=highlights(shown),
            near=ours.neighbours(day) if day else None,
            opinions=opinions(self._services, chosen.profile),
        )

    def edition(self, request: Request, day: date, kind: EditionKind) -> Response:
        """An edition in full, with the evidence of each sentence; raises HTTPException when there is none."""
        ours, chosen = self._library(request), self._pages.preferences(request)
        by_kind = {edition.kind: edition for edition in ours.editions(day)}
        if kind not in by_kind:
            raise HTTPException(404)
        return self._pages.show(
            request,
            "edition.html",
            day=day,
            kind=kind,
            presented=present(by_kind[kind], chosen.language, ours.taxonomy),
            others=[other for other in by_kind if other != kind],
            near=ours.neighbours(day),
            opinions=opinions(self._services, chosen.profile),
        )

    def ledger(self, request: Request, day: date, kind: EditionKind) -> Response:
        """Show what each stage did with everything, by name."""
        ours, chosen = self._library(request), self._pages.preferences(request)
        say = words(chosen.language)
        return self._pages.show(
            request,
            "ledger.html",
            day=day,
            kind=kind,
            presented=present(_edition_or_404(ours, day, kind), chosen.language, ours.taxonomy),
            receipts=ours.receipts(day),
            columns=LEDGER,
            source_columns=SOURCES,
            reason=lambda code: reason(code, say),
            most=_MOST_NAMES,
        )

    def calendar(self, request: Request, year: int | None = None, month: int | None = None) -> Response:
        """The days of a year, and one month of it day by day; raises HTTPException where none is."""
        ours = self._library(request)
        years = sorted({day.year for day in ours.all_days()}, reverse=True)
        if year is not None and year not in years:
            raise HTTPException(404)
        shown = year or next(iter(years), None)
        sizes = ours.sizes(date(shown, 1, 1), date(shown, 12, 31)) if shown else {}
        months = sorted({day.month for day in sizes}, reverse=True)
        if month is not None and month not in months:
            raise HTTPException(404)
        opened = month or next(iter(months), None)
        days = sorted((day for day in sizes if day.month == opened), reverse=True)
        language = self._pages.preferences(request).language
        return self._pages.show(
            request,
            "calendar.html",
            year=shown,
            years=years,
            months=_months(shown or 1, sizes),
            opened=opened,
            days=[_listed_day(day, ours.editions(day), language) for day in days],
        )

    def feed(self, request: Request, name: str) -> Response:
        """A feed of the latest editions, as its publisher writes it; raises HTTPException for other names."""
        from daybrief.publishers import feeds  # and what it writes them with

        library = self._library(request)
        base = f"{'https' if self._services.access.https else 'http'}://{request.headers['host']}/"
        options = feeds.Options(base_url=base, authority=self._services.authority, most=_MOST)
        tools = Tools(taxonomy=library.taxonomy, language=self._pages.preferences(request).language)
        recent = _recent(library)
        issue = Issue(day=recent[0].window.day if recent else date.min, editions=(), recent=recent)
        for delivery in feeds.make(options, tools).publish(issue):
            if delivery.path == name:
                return Response(
                    delivery.body,
                    headers={"cache-control": KEEP},
                    media_type=f"{delivery.media_type}; charset=utf-8",
                )
        raise HTTPException(404)

    def as_in_feeds(self, day: date, kind: EditionKind) -> Response:
        """The address that a feed's entry leads to."""
        return RedirectResponse(f"/day/{day.isoformat()}/{kind}", 301)

    def index(self) -> Response:
        """The address that a feed leads to."""
        return RedirectResponse("/", 301)


def routes(services: ReaderServices, pages: Pages) -> list[Route]:
    """`/`, `/day/…`, `/calendar`, `/feeds/…`, and the addresses that feeds name."""
    views = DayViews(services, pages)
    return [
        route("/", views.today),
        route("/day/{day}", views.day),
        route("/day/{day}/{kind}", views.edition),
        route("/day/{day}/{kind}/ledger", views.ledger),
        route("/calendar", views.calendar),
        route("/feeds/{name}", views.feed),
        route("/{day}/{kind}.html", views.as_in_feeds),
        route("/index.html", views.index),
    ]


def _edition_or_404(library: Library, day: date, kind: EditionKind) -> Edition:
    if kind not in get_args(EditionKind) or (edition := library.edition(day, kind)) is None:
        raise HTTPException(404)
    return edition


def _listed_day(day: date, editions: Sequence[Edition], language: str) -> ListedDay:
    """A day with the story that stands highest in it, and the first sentence about that one."""
    kinds = tuple((edition.kind, edition.state, len(edition.stories)) for edition in editions)
    candidates = [
        (ranked, section)
        for edition in editions
        for section in edition.sections
        for ranked in section.ranked
        if not ranked.story.continues
    ]
    if not candidates:
        return ListedDay(day=day, editions=kinds)
    best, section = max(candidates, key=lambda pair: pair[0].score)
    story = best.story
    alone = [claim for claim in section.checked.kept if claim.stories == (story.id,)]
    gist = next((claim for claim in gist_of(alone, language) if claim.text != story.lead.title), None)
    return ListedDay(
        day=day,
        editions=kinds,
        story=story.id,
        title=story.lead.title,
        language=story.lead.language,
        sentence=gist.text if gist else "",
        spoken=gist.language if gist else "",
    )


def _months(year: int, counts: Mapping[date, int]) -> tuple[Month, ...]:
    """The months of a year that hold anything, newest first."""
    most = max(counts.values(), default=0)

    def cell(day: date, month: int) -> Cell:
        count = counts.get(day, -1)
        return Cell(day=day if day.month == month else None, stories=count, shade=_shade(count, most))

    return tuple(
        Month(
            first=date(year, month, 1),
            weeks=tuple(
                tuple(cell(day, month) for day in week)
                for week in months.Calendar().monthdatescalendar(year, month)
            ),
        )
        for month in sorted({day.month for day in counts}, reverse=True)
    )


def _shade(count: int, most: int) -> int:
    return 0 if count <= 0 else 1 + min(_SHADES - 1, count * _SHADES // (most + 1))


_MOST = 30


def _recent(library: Library) -> tuple[Edition, ...]:
    latest = library.latest()
    if latest is None:
        return ()
    days = [day for day in library.all_days() if day > latest - timedelta(days=_MOST)][::-1]
    return tuple(edition for day in days for edition in library.editions(day))[:_MOST]


_LONGEST_KEY = 2_000


class Stories:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages) -> None:
        self._services = services
        self._pages = pages

    def story(self, request: Request, key: str = "") -> Response:
        """Show one story: its sources, its evidence, its history, and what is like it."""
        chosen = self._pages.preferences(request)
        record = self._record(chosen.profile, key)
        latest = record.appearances[0] if record.appearances else None
        shown = next((a for a in record.appearances if a.claims), latest)  # later ones tell only what is new
        story = shown.ranked.story if shown else _unprinted(record)
        sentences, texts = evidence(shown.claims if shown else (), story.items)
        say = words(chosen.language)
        printed = phrases(say.language)  # a page says some of this in words of its own
        facts, links = known_of(story, printed)
        return self._pages.show(
            request,
            "story.html",
            record=record,
            latest=latest,
            lead=story.lead,
            gist=_gist(record.id, shown.claims if shown else (), say),
            address=address_of(story),
            facts=facts,
            links=links,
            figure=figure_of(story, printed),
            comments=comments_of(story, printed),
            day=_dated(story),
            bibtex=bibtex(story.lead, record.first_seen) if record.kind == "paper" else "",
            placed=placed(latest.ranked.reasons, printed) if latest else "",
            kept=[s for s in sentences if s.judged.printable],
            withheld=[s for s in sentences if not s.judged.printable],
            texts=texts,
            similar=self._services.library.of(chosen.profile).similar(record),
            opinions=opinions(self._services, chosen.profile),
            reason=lambda code: reason(code, say),
            reproduced=reproduced(record.keys, chosen.language),
        )

    def figure(self, request: Request, key: str = "") -> Response:
        """The picture of a story's figure 1, drawn anew when read; raises HTTPException where none is."""
        record = self._record(self._pages.preferences(request).profile, key)
        stories = (appearance.ranked.story for appearance in record.appearances)
        figures = (text.figure for story in stories for text in whole_texts(story))
        picture = next((figure.picture for figure in figures if figure and figure.picture), b"")
        if not picture:
            raise HTTPException(404)
        return Response(picture, headers={"cache-control": KEEP}, media_type="image/jpeg")

    def feedback(
        self,
        request: Request,
        key: str = "",
        opinion: str = "",
        next: str = "/",  # noqa: A002
    ) -> Response:
        """Note a reader's opinion of a story, or forget it; back to where they were.

        Raises HTTPException for an unknown opinion.
        """
        profile = self._pages.preferences(request).profile
        store = self._services.examples(profile)
        if opinion not in ("more", "less", "undo"):
            raise ImpossibleValue("opinion", opinion)
        if opinion == "undo":
            store.forget_example(key)
        else:
            record = self._record(profile, key)
            key = record.id
            store.save_examples([self._example(record, liked=opinion == "more")])
        if request.headers.get("hx-request") != "true":
            return RedirectResponse(own_path(next), 303)
        known = opinions(self._services, profile)
        return self._pages.show(
            request, "feedback.html", keep=False, key=key, back=own_path(next), opinions=known
        )

    def _record(self, profile: str, key: str) -> StoryRecord:
        record = self._services.library.of(profile).story(key) if 0 < len(key) <= _LONGEST_KEY else None
        if record is None:
            raise HTTPException(404)
        return record

    def _example(self, record: StoryRecord, *, liked: bool) -> Example:
        text = next((item.text for item in record.items if item.text), "")
        now = self._services.clock.now()
        return Example(key=record.id, liked=liked, title=record.title, text=text, added_at=now)


def _gist(story: str, claims: Sequence[Judged], say: Phrases) -> tuple[Claim, ...]:
    """The text of a story's card."""
    kept = [judged.claim for judged in claims if judged.printable and judged.claim.part != "keyword"]
    return gist_of([claim for claim in kept if claim.stories == (story,)], say.language)


def _dated(story: Story) -> date:
    """The day it came out, as its sources say, else the day it was first seen."""
    known = [item.announced or (item.published.date() if item.published else None) for item in story.items]
    return min(filter(None, known), default=story.first_seen)


def _unprinted(record: StoryRecord) -> Story:
    return Story(id=record.id, kind=record.kind, items=record.items, first_seen=record.first_seen)


def story_routes(services: ReaderServices, pages: Pages) -> list[Route]:
    """`/story?key=…`, its figure, and `/feedback`."""
    views = Stories(services, pages)
    return [
        route("/story", views.story),
        route("/figure", views.figure),
        route("/feedback", views.feedback, "POST"),
    ]
