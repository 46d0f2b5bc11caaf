"""The archive's days as indexes need them: gathered day by day, texts left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

import msgspec

from daybrief.model import Bar, Category, Edition, EditionKind, Section
from daybrief.render.page import SectionView, page
from daybrief.render.story import PageSentence, StoryView

WEEKS = 26  # of a category's trend
STORIES = 120  # that a category's page lists
TOP = 4  # categories named for an edition in a list
FEED = 30  # editions kept whole, for the feeds
LEADS = 6  # stories the front page tells of an edition


class StoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A story in a list; `place` is its address from the front page."""

    id: str
    day: date
    kind: EditionKind
    title: str
    language: str
    place: str
    sources: str


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """A story the front page tells: the first of its category, with a sentence that stands behind it."""

    line: StoryLine
    emoji: str
    category: str
    label: str
    sentence: PageSentence | None


class EditionOutline(msgspec.Struct, frozen=True, kw_only=True):
    """An edition in a list."""

    day: date
    kind: EditionKind
    state: str
    stories: int
    bars: tuple[Bar, ...]
    digest: str
    best: StoryLine | None = None  # the new story that stands highest

    @property
    def top(self) -> tuple[Bar, ...]:
        """The categories with most stories."""
        return self.bars[:TOP]

    @property
    def place(self) -> str:
        """Its page, from the front page."""
        return f"{self.day.isoformat()}/{self.kind}.html"


class CategoryStories(msgspec.Struct, kw_only=True):
    """The stories of a category over time."""

    category: Category
    weeks: Counter[date]  # Monday → stories
    days: Counter[date]
    lines: list[StoryLine]
    ids: set[str]  # of all stories ever
    total: int = 0


class ArchiveMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A month with its days, as weeks from Monday to Sunday; None is a day of another month."""

    first: date
    weeks: tuple[tuple[date | None, ...], ...]
    days: tuple[tuple[date, tuple[EditionOutline, ...]], ...]  # newest first

    @property
    def name(self) -> str:
        """`2024-11`."""
        return f"{self.first:%Y-%m}"

    def stories(self, kind: EditionKind) -> int:
        """Stories of one kind in the month."""
        return sum(
            edition.stories for _, editions in self.days for edition in editions if edition.kind == kind
        )


class Catalogue:
    """The days up to now; `add` them in order of time."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.editions: dict[date, tuple[EditionOutline, ...]] = {}
        self.categories: dict[str, CategoryStories] = {}
        self.leads: dict[EditionKind, tuple[Lead, ...]] = {}
        self.latest: list[Edition] = []

    def add(self, editions: Sequence[Edition]) -> None:
        """Take in the editions of the next day."""
        day = editions[0].window.day
        self.editions[day] = tuple(_outline(edition) for edition in editions)
        self.leads = {}
        for edition in editions:
            shown = page(edition)
            leads = []
            for section, view in zip(edition.sections, shown.sections, strict=True):
                lines = self._add_section(section, view, day, edition.kind)
                if lead := _lead(lines, section, view, self.language):
                    leads.append(lead)
            self.leads[edition.kind] = tuple(leads[:LEADS])
        self.latest = [*editions, *self.latest][:FEED]

    def _add_section(
        self, section: Section, view: SectionView, day: date, kind: EditionKind
    ) -> list[StoryLine]:
        empty = CategoryStories(
            category=section.category, weeks=Counter(), days=Counter(), lines=[], ids=set()
        )
        stories = self.categories.setdefault(section.category.id, empty)
        stories.category = section.category  # the latest taxonomy's words
        lines = [_line(story, view.id, n, day, kind) for n, story in enumerate(view.stories, start=1)]
        stories.weeks[monday(day)] += len(lines)
        stories.days[day] += len(lines)
        stories.total += len(lines)
        again = {line.id for line in lines}
        stories.ids |= again
        stories.lines = [*lines, *(line for line in stories.lines if line.id not in again)][:STORIES]
        return lines

    @property
    def days(self) -> tuple[date, ...]:
        """Return every day with an edition, newest first."""
        return tuple(reversed(self.editions))

    def months(self) -> tuple[ArchiveMonth, ...]:
        """Return every month with an edition, newest first."""
        grouped = groupby(self.days, key=lambda day: day.replace(day=1))
        return tuple(_month(first, [(day, self.editions[day]) for day in days]) for first, days in grouped)

    def recent_weeks(self) -> tuple[date, ...]:
        """The Mondays of the last weeks up to the latest day, oldest first; no week before the first day."""
        if not self.editions:
            return ()
        last, first = monday(self.days[0]), monday(self.days[-1])
        weeks = (last - timedelta(weeks=back) for back in reversed(range(WEEKS)))
        return tuple(week for week in weeks if week >= first)


def monday(day: date) -> date:
    """The Monday of the day's ISO week."""
    return day - timedelta(days=day.weekday())


def anchor(section: str, number: int) -> str:
    """The id a story has on its edition's page."""
    return f"{section}-{number}"


def _outline(edition: Edition) -> EditionOutline:
    return EditionOutline(
        day=edition.window.day,
        kind=edition.kind,
        state=edition.state,
        stories=len(edition.stories),
        bars=edition.chart.bars,
        digest=edition.digest,
        best=_best(edition),
    )


def _best(edition: Edition) -> StoryLine | None:
    """The new story with the highest score."""
    shown = page(edition)
    best = max(
        (
            (ranked.score, view.id, number, story)
            for section, view in zip(edition.sections, shown.sections, strict=True)
            for number, (ranked, story) in enumerate(zip(section.ranked, view.stories, strict=True), start=1)
            if not story.continued
        ),
        key=lambda candidate: candidate[0],
        default=None,
    )
    if best is None:
        return None
    _, section_id, number, story = best
    return _line(story, section_id, number, edition.window.day, edition.kind)


def _line(story: StoryView, section: str, number: int, day: date, kind: EditionKind) -> StoryLine:
    return StoryLine(
        id=story.id,
        day=day,
        kind=kind,
        title=story.title,
        language=story.language,
        place=f"{day.isoformat()}/{kind}.html#{anchor(section, number)}",
        sources=story.facts[0] if story.facts else "",
    )


def _lead(lines: Sequence[StoryLine], section: Section, view: SectionView, language: str) -> Lead | None:
    """The category's first new story, rather one with a sentence; None where all are continued."""
    new = [(line, story) for line, story in zip(lines, view.stories, strict=True) if not story.continued]
    chosen = next((pair for pair in new if pair[1].gist), next(iter(new), None))
    if chosen is None:
        return None
    line, story = chosen
    return Lead(
        line=line,
        emoji=view.emoji,
        category=view.id,
        label=section.category.label(language),
        sentence=next(iter(story.gist), None),
    )


def _month(first: date, days: Iterable[tuple[date, tuple[EditionOutline, ...]]]) -> ArchiveMonth:
    after = (first + timedelta(days=31)).replace(day=1)
    cells: list[date | None] = [None] * first.weekday()
    cells += [first + timedelta(days=n) for n in range((after - first).days)]
    cells += [None] * (-len(cells) % 7)
    weeks = tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7))
    return ArchiveMonth(first=first, weeks=weeks, days=tuple(days))
