"""Holds what a run works with, gathers and reports: the values that `pipeline` passes along.

Where many days are made at once, `Ahead` stands for the archive as it will be once they are kept.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import msgspec

from daybrief.fulltext import WholeTexts
from daybrief.model import (
    Edition,
    EditionKind,
    Entry,
    Harvest,
    Headline,
    Item,
    Receipt,
    Remembered,
    SourceReport,
    Story,
    Taxonomy,
    Window,
)
from daybrief.ports import (
    Archive,
    Categoriser,
    Check,
    Clock,
    DividesWork,
    Enricher,
    Folder,
    PaperLookup,
    Publisher,
    Source,
    Trends,
    Web,
    Writer,
)
from daybrief.stages.collect import CollectionLimits, report
from daybrief.stages.dedupe import Memory
from daybrief.stages.deliver import Dispatcher
from daybrief.stages.merit import FollowedTitles, MeritPart, merit_of
from daybrief.stages.near_duplicates import normal_title
from daybrief.stages.write import Assignment
from daybrief.taste import Interests
from daybrief.whole import Figure

DONE = frozenset({"fresh", "quiet"})  # states that asking again would not change

LOG = logging.getLogger(__name__)


class RunLog:
    """Notes what a run does: how long each stage took, what happens now, what the archive remembers of it.

    Progress and warnings go to the standard logging, with the stage as `record.stage`; a command shows them.
    How long a stage took does too, for those who listen to everything (`docs/watching.md`).
    Wall times stand in the run's record, never in an edition, which is the same twice.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._notes: list[str] = []

    @contextmanager
    def stage(self, name: str, profile: str = "", detail: str = "") -> Iterator[None]:
        """Adds the wall time of the block to the stage, named with the profile it was for."""
        LOG.info("%s", detail or profile or "begins", extra={"stage": name, "begins": name})
        stage, start, failed = f"{name} ({profile})" if profile else name, time.perf_counter(), {}
        try:
            yield
        except BaseException as failure:
            failed = {"error": type(failure).__name__}
            raise
        finally:
            took = time.perf_counter() - start
            self.seconds[stage] = round(self.seconds.get(stage, 0.0) + took, 4)
            facts = {"stage": name, "ends": name, "seconds": round(took, 4), "profile": profile}
            LOG.debug("ends after %.3f s", took, extra=facts | failed)

    def progress(self, stage: str, detail: str) -> None:
        """Says what is done at the moment."""
        LOG.info("%s", detail, extra={"stage": stage})

    def warn(self, stage: str, detail: str) -> None:
        """Says what went wrong without ending the run."""
        LOG.warning("%s", detail, extra={"stage": stage})

    def end(self, day: date, outcome: str) -> None:
        """Says how the run of a day ended."""
        LOG.info("the run of %s ends: %s", day, outcome, extra={"day": day, "outcome": outcome})

    def note(self, text: str) -> None:
        """Adds a sentence to what the list of runs says of this one."""
        self._notes.append(text)

    @property
    def notes(self) -> str:
        """All notes, in order."""
        return "; ".join(self._notes)


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run works with, built in `app`; no part of it is global."""

    sources: tuple[Source, ...]
    enrichers: tuple[Enricher, ...]
    categoriser: Categoriser
    writer: Writer
    divide: DividesWork | None = None  # None: this process works alone
    fallback: Writer  # needs nothing but the text; reads what the writer could not
    checks: tuple[Check, ...]
    publishers: tuple[Publisher, ...]
    web: Web
    texts: WholeTexts | None = None  # None: stories are told from what their sources list
    papers: PaperLookup
    archive: Archive
    folder: Folder
    clock: Clock
    at: datetime  # when the run began: the one instant an edition speaks of, so that a replay repeats it
    taxonomy: Taxonomy
    language: str
    kinds: tuple[EditionKind, ...]
    profile: str = ""  # whose editions these are; "" is the reader without a profile
    interests: Interests | None = None  # None: signals alone decide the order
    chart_form: str
    most: int
    most_each: int
    limits: CollectionLimits
    memory_days: int
    trend_days: int
    made_by: str
    log: RunLog = msgspec.field(default_factory=RunLog)
    dispatcher: Dispatcher | None = None  # None: nothing is sent
    cover: Callable[[date], Figure | None] = lambda _day: None
    merit: Callable[[Story], tuple[MeritPart, ...]] = merit_of  # that a story has by itself
    followed: FollowedTitles | None = None  # where many days are selected, one after the other
    strict: bool = False
    refresh: bool = False


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A run for one reader: the editions, whether they came from the archive, what was delivered.

    `error` says why there is nothing: of several profiles one failed.
    """

    window: Window
    editions: tuple[Edition, ...] = ()
    reused: bool = False
    receipts: tuple[Receipt, ...] = ()
    profile: str = ""
    error: str = ""

    @property
    def unwritten(self) -> tuple[str, ...]:
        """The reasons why the writer could not write all of it, a sentence each; () when it could."""
        drafts = (section.checked.draft for edition in self.editions for section in edition.sections)
        return tuple(dict.fromkeys(why for draft in drafts for why in draft.why))

    @property
    def complete(self) -> bool:
        """Whether every source answered, the writer wrote everything, and every delivery arrived."""
        if self.error or self.unwritten:
            return False
        sources = (s for edition in self.editions for s in edition.sources)
        return all(s.state in DONE for s in sources) and not any(r.error for r in self.receipts)


# ── the values between two stages: a later one holds the earlier ────────────────────────────────────


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """The harvest of a day's sources, and how they and the enrichers did."""

    harvests: tuple[Harvest, ...]
    enriched: tuple[SourceReport, ...] = ()
    imported: tuple[Item, ...] = ()  # all that were imported for the day, printed or not

    @property
    def reports(self) -> tuple[SourceReport, ...]:
        """How each of them did, sources first."""
        return (*map(report, self.harvests), *self.enriched)


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """A day's stories, what earlier days printed, and the ledger lines so far."""

    window: Window
    gathered: Gathered
    stories: tuple[Story, ...]
    memory: Memory
    entries: tuple[Entry, ...]


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of one edition: its sections to write, and the ledger lines of filing and ranking."""

    collected: Collected
    kind: EditionKind
    assignments: tuple[Assignment, ...]
    trends: Trends
    entries: tuple[Entry, ...]


# ── what later days remember ────────────────────────────────────────────────────────────────────────


class EveryHeadline(Memory, frozen=True, kw_only=True):
    """A memory that tells of each headline of a story as if it had been printed alone, the newest first."""

    def before(self, day: date) -> tuple[Remembered, ...]:
        """Return every story printed before the day, once a headline, ordered by id."""
        return tuple(row for known in super().before(day) for row in _by_headline(known))


def _by_headline(known: Remembered) -> Iterator[Remembered]:
    yield known
    newest = normal_title(known.title)
    lines = {normal_title(title): (day, key, source, title) for day, key, source, title in known.headlines}
    for normal, (day, key, source, title) in lines.items():
        if normal != newest:
            yield msgspec.structs.replace(known, title=title, keys=(key,), sources=(source,), last_seen=day)


class Ahead:
    """The archive of one reader as it will be once the days that are being written are kept in it.

    What later days remember of a day follows from what was selected for it, and nothing from its sentences:
    so the next day may be selected while this one is written. Days are added in order, each later than every
    day that the archive holds before the one selected next. All other calls go to the archive itself.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._days: dict[date, dict[str, Remembered]] = {}
        self._recent: dict[str, Remembered] = {}
        self._back = 0  # days before the next one whose stories are in `_recent`

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)

    def add(self, day: date, selected: Sequence[Selected]) -> None:
        """Remembers what was selected for a day."""
        places = ((a.category, r.story) for each in selected for a in each.assignments for r in a.ranked)
        rows: dict[str, Remembered] = {}
        for category, story in places:
            rows.setdefault(story.id, _as_remembered(story, category, day))
        if self._back:
            first = day.toordinal() - self._back
            recent = {id_: r for id_, r in self._recent.items() if r.last_seen.toordinal() >= first}
            memory = selected[0].collected.memory if selected else Memory()
            older = {r.story: r for r in memory.before(day)}  # all that is known under their keys
            for id_, row in rows.items():
                known = recent.get(id_) or older.get(id_)
                recent[id_] = _followed(known, row) if known else row
            self._recent = recent
        self._days[day] = rows

    def drop(self, day: date) -> None:
        """Forgets a day that the archive holds by now."""
        del self._days[day]

    def reread(self) -> None:
        """Has the archive asked anew: it holds a day that was not added here."""
        self._recent, self._back = {}, 0

    def remembered(self, keys: Sequence[str], before: date) -> tuple[Remembered, ...]:
        """Returns the stories printed before the day that carry any of these keys, by id."""
        if not keys:
            return ()
        wanted = set(keys)
        ours = {r.story for r in self._rows(before) if not wanted.isdisjoint(r.keys)}
        kept = self._archive.remembered([*keys, *sorted(ours)], before)
        known = [r for r in kept if r.story in ours or not wanted.isdisjoint(r.keys)]
        return self._joined(known, ours, before)

    def recent(self, before: date, days: int) -> tuple[Remembered, ...]:
        """Returns the stories printed in the `days` days before `before`, by id.

        The archive is asked once; then what is added is followed.
        """
        if days > self._back:
            self._recent = {r.story: r for r in self._printed_before(before, days)}
            self._back = days
        first = before.toordinal() - days
        return tuple(r for _, r in sorted(self._recent.items()) if r.last_seen.toordinal() >= first)

    def _printed_before(self, before: date, days: int) -> tuple[Remembered, ...]:
        kept = self._archive.recent(before, days)
        first = before.toordinal() - days
        ours = {r.story for r in self._rows(before) if r.last_seen.toordinal() >= first}
        new = ours - {r.story for r in kept}
        older = self._archive.remembered(sorted(new), before) if new else ()
        return self._joined([*kept, *(r for r in older if r.story in new)], ours, before)

    def _rows(self, before: date) -> Iterator[Remembered]:
        for day, rows in self._days.items():
            if day < before:
                yield from rows.values()

    def _joined(self, kept: Iterable[Remembered], ours: set[str], before: date) -> tuple[Remembered, ...]:
        """Returns what the archive knows of stories, each with what the days in it add."""
        known = {r.story: r for r in kept}
        wanted = ours | known.keys()
        for row in self._rows(before):
            if row.story in wanted:
                known[row.story] = _followed(known[row.story], row) if row.story in known else row
        return tuple(known[story] for story in sorted(known))


def _as_remembered(story: Story, category: str, day: date) -> Remembered:
    return Remembered(
        story=story.id,
        kind=story.kind,
        title=story.lead.title,
        keys=tuple(dict.fromkeys((story.id, *story.keys))),
        sources=tuple(dict.fromkeys(story.sources)),
        version=max((i.version for i in story.items if i.version is not None), default=None),
        category=category,
        first_seen=day,
        last_seen=day,
        headlines=tuple(sorted(set(_headlines(story, day)))),
    )


def _headlines(story: Story, day: date) -> Iterator[Headline]:
    """The headlines of a story's pieces of news, as the archive finds them among the day's items."""
    for item in story.items:
        if item.kind == "news" and item.key.startswith("url:"):
            yield day, item.key, item.source, item.title


def _followed(known: Remembered, later: Remembered) -> Remembered:
    """Returns what is known of a story after it was printed once more."""
    versions = [r.version for r in (known, later) if r.version is not None]
    return msgspec.structs.replace(
        later,
        keys=tuple(dict.fromkeys((*known.keys, *later.keys))),
        sources=tuple(dict.fromkeys((*known.sources, *later.sources))),
        version=max(versions, default=None),
        first_seen=known.first_seen,
        headlines=tuple(sorted({*known.headlines, *later.headlines})),
    )
