"""What a run works with, what it gathers and what it reports: the values that `pipeline` passes along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from daybrief.model import Edition, EditionKind, Harvest, Receipt, SourceReport, Taxonomy, Window
from daybrief.ports import (
    Archive,
    Categoriser,
    Check,
    Clock,
    Enricher,
    Folder,
    Publisher,
    Source,
    Web,
    Writer,
)
from daybrief.stages.collect import report
from daybrief.stages.deliver import Dispatcher
from daybrief.taste.preferences import Interests

DONE = frozenset({"fresh", "quiet"})  # states that asking again would not change


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run works with, built in `wiring`; no part of it is global."""

    sources: tuple[Source, ...]
    enrichers: tuple[Enricher, ...]
    categoriser: Categoriser
    writer: Writer
    fallback: Writer  # needs nothing but the text; reads what the writer could not
    checks: tuple[Check, ...]
    publishers: tuple[Publisher, ...]
    web: Web
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
    max_items: int
    memory_days: int
    trend_days: int
    made_by: str
    room: Dispatcher | None = None  # None: nothing is sent
    strict: bool = False
    refresh: bool = False
    tell: Callable[[str, str], None] = lambda _stage, _detail: None  # progress for a person


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did for one reader: the editions, whether they came from the archive, what was delivered.

    `error` says why there is nothing: of several profiles one failed.
    """

    window: Window
    editions: tuple[Edition, ...]
    reused: bool
    receipts: tuple[Receipt, ...]
    profile: str = ""
    error: str = ""

    @property
    def unwritten(self) -> tuple[str, ...]:
        """Why the writer that was asked for could not write all of it, a sentence each; () when it could."""
        drafts = (section.checked.draft for edition in self.editions for section in edition.sections)
        return tuple(dict.fromkeys(why for draft in drafts for why in draft.why))

    @property
    def complete(self) -> bool:
        """Whether every source answered, the writer wrote everything, and every delivery arrived."""
        if self.error or self.unwritten:
            return False
        sources = (s for edition in self.editions for s in edition.sources)
        return all(s.state in DONE for s in sources) and not any(r.error for r in self.receipts)


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What a day's sources gave, and how they and the enrichers did."""

    harvests: tuple[Harvest, ...]
    enriched: tuple[SourceReport, ...] = ()

    @property
    def reports(self) -> tuple[SourceReport, ...]:
        """How each of them did, sources first."""
        return (*map(report, self.harvests), *self.enriched)
