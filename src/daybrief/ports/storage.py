"""What is kept between runs, and what finds things in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from daybrief.model import Edition, EditionKind, Harvest, Item, Receipt, Remembered, Run, Window
from daybrief.text.found import Found


class Archive(Protocol):
    """What is kept between runs. Raises `ArchiveError` and its kinds."""

    def save_harvests(self, window: Window, harvests: Sequence[Harvest]) -> None:
        """Keep what the sources gave for a day, in one transaction; a second call replaces the first."""
        ...

    def harvests(self, day: date) -> tuple[Harvest, ...]:
        """What was kept for the day, in source order; empty when it was never collected."""
        ...

    def add_items(self, items: Iterable[Item], now: datetime) -> int:
        """Put items in the import tray; returns how many were new."""
        ...

    def imported(self, window: Window) -> tuple[Item, ...]:
        """Items of the import tray that belong to the window."""
        ...

    def remembered(self, keys: Sequence[str], before: date) -> tuple[Remembered, ...]:
        """Stories printed before the day that carry any of these keys."""
        ...

    def recent(self, before: date, days: int) -> tuple[Remembered, ...]:
        """Stories printed in the `days` days before `before`, for near-duplicates and trends."""
        ...

    def save_editions(self, editions: Sequence[Edition]) -> None:
        """Keep the editions of one day and remember their stories, in one transaction."""
        ...

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        """The edition of a day, or None."""
        ...

    def latest(self, most: int) -> tuple[Edition, ...]:
        """The latest editions, newest day first, papers before news."""
        ...

    def save_receipts(self, day: date, receipts: Sequence[Receipt]) -> None:
        """Note what was delivered."""
        ...

    def receipts(self, day: date) -> tuple[Receipt, ...]:
        """What was delivered for a day, in order."""
        ...

    def begin(self, day: date, now: datetime) -> int:
        """Open a run; returns its id."""
        ...

    def end(self, run: int, now: datetime, outcome: str, note: str, seconds: dict[str, float]) -> None:
        """Close a run."""
        ...

    def runs(self, most: int) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        ...


class Days(Protocol):
    """What the search index is made from: the days of an archive, each with a mark that changes with it."""

    def marks(self) -> dict[date, str]:
        """Every day that holds anything, in order."""
        ...

    def harvests(self, day: date) -> tuple[Harvest, ...]: ...  # noqa: D102
    def edition(self, day: date, kind: EditionKind) -> Edition | None: ...  # noqa: D102


class Searcher(Protocol):
    """Finds what the archive holds; any string is a search, and none is slow."""

    def search(self, text: str, *, most: int = 20, skip: int = 0) -> Found:
        """The best hits for what somebody typed; `daybrief.text.query` tells what each word means."""
        ...
