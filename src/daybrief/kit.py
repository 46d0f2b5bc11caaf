"""Holds what a run works with, gathers and reports: the values that `pipeline` passes along."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime

import msgspec

from daybrief.fulltext import WholeTexts
from daybrief.model import (
    Edition,
    EditionKind,
    Entry,
    Filed,
    Harvest,
    Item,
    Receipt,
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
from daybrief.stages.merit import FollowedTitles, MeritPart
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


class Assessed(msgspec.Struct, frozen=True, kw_only=True):
    """The merit and the place that a story's own text decides, whatever was printed before it.

    `filed` is None where its categoriser does not file each story by itself.
    """

    story: Story
    merit: tuple[MeritPart, ...]
    filed: Filed | None = None


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
    assessed: Mapping[str, Assessed] = {}  # by the id of the story, which counts only as it stands there
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
