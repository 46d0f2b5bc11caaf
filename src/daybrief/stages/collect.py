"""Collect: ask every source for its listing of a day, each one on its own.

This is the isolation boundary of sources: whatever one of them does, the others go on, and the harvest
says what happened. What is decided here (state, window, limits) is decided by the pure functions below.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from daybrief.errors import DaybriefError, SourceError, Stalled
from daybrief.model import Drop, Dropped, Entry, Fetched, Harvest, Item, SourceReport, State, Window
from daybrief.ports import Enricher, ItemRow, Scheduled, Source, Web

LOG = logging.getLogger(__name__)
_EMPTY: dict[str, State] = {"due": "stalled", "not yet": "waiting", "nothing": "quiet"}


class CountingWeb:
    """A view of the web that counts what one source asked for."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self.requests = 0

    def get(self, url: str, *, accept: str = "", max_bytes: int | None = None) -> Fetched:
        """Count, then ask."""
        self.requests += 1
        return self._web.get(url, accept=accept, max_bytes=max_bytes)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """Count, then ask."""
        self.requests += 1
        return self._web.post(url, body, media_type=media_type, max_bytes=max_bytes)


def collect(
    window: Window,
    sources: Sequence[Source],
    web: Web,
    at: datetime,
    *,
    most: int,
    strict: bool = False,
) -> tuple[Harvest, ...]:
    """The harvest of each source, in order; at most `most` items of each.

    With `strict`, what is not a `SourceError` is raised instead of noted (for finding bugs).
    """
    harvests = []
    for source in sources:
        LOG.info("%s", source.name, extra={"stage": "collect"})
        harvests.append(_harvest(window, source, CountingWeb(web), at, most=most, strict=strict))
    return tuple(harvests)


def _harvest(
    window: Window, source: Source, web: CountingWeb, at: datetime, *, most: int, strict: bool
) -> Harvest:
    items: list[Item] = []
    dropped: list[Dropped] = []
    error = hint = ""
    stalled = False
    try:
        for found in source.collect(window, web):
            if isinstance(found, Dropped):
                dropped.append(found)
            elif len(items) >= most:
                dropped.append(Dropped(ref=found.key, reason="over-limit"))
            else:
                items.append(msgspec.structs.replace(found, source=source.name, collected_at=at))
    except DaybriefError as known:
        stalled = isinstance(known, Stalled)
        error, hint = f"{type(known).__name__}: {known.message}", known.hint
    except Exception as bug:
        # A source is somebody's plugin: its bug must not cost the reader the other sources.
        if strict:
            raise
        error, hint = (
            f"{type(bug).__name__}: {bug}",
            "this is a bug in the source; run with --strict to see it",
        )
    state: State = "stalled" if stalled else "failed" if error else "fresh" if items else "quiet"
    if state == "quiet":
        state = _when_empty(source, window, at)
    return Harvest(
        source=source.name,
        state=state,
        items=tuple(items),
        dropped=tuple(dropped),
        error=error[:500],
        hint=hint,
        requests=web.requests,
    )


def _when_empty(source: Source, window: Window, at: datetime) -> State:
    """Tell what an empty listing means: a source without a schedule is merely quiet."""
    return _EMPTY[source.due(window, at)] if isinstance(source, Scheduled) else "quiet"


def enrich(
    harvests: Sequence[Harvest], enrichers: Sequence[Enricher], web: Web
) -> tuple[tuple[Harvest, ...], tuple[SourceReport, ...]]:
    """The same harvests with what the enrichers know, and how each enricher did; they fail open."""
    reports = []
    for enricher in enrichers:
        counting = CountingWeb(web)
        known: dict[tuple[str, str], Item] = {}
        error = hint = ""
        try:
            for item in enricher.enrich([i for h in harvests for i in h.items], counting):
                known[item.source, item.key] = item
        except SourceError as failed:
            error, hint = f"{type(failed).__name__}: {failed.message}", failed.hint
        harvests = [_replaced(h, known) for h in harvests]
        reports.append(
            SourceReport(
                source=enricher.name,
                state="failed" if error else "fresh" if known else "quiet",
                items=len(known),
                requests=counting.requests,
                error=error[:500],
                hint=hint,
            )
        )
    return tuple(harvests), tuple(reports)


def _replaced(harvest: Harvest, known: dict[tuple[str, str], Item]) -> Harvest:
    items = tuple(known.get((i.source, i.key), i) for i in harvest.items)
    return msgspec.structs.replace(harvest, items=items)


def with_earlier(harvest: Harvest, earlier: Harvest | None) -> Harvest:
    """The harvest with the items that an earlier one of the same day had and this one lacks, after its own.

    A feed has moved on when it is asked again for a day gone by; what it once gave for the day stays given.
    """
    known = {item.key for item in harvest.items}
    lost = tuple(item for item in earlier.items if item.key not in known) if earlier else ()
    if not lost:
        return harvest
    complete = earlier is not None and earlier.state in ("fresh", "quiet") and harvest.state != "failed"
    state: State = "fresh" if complete or harvest.state == "quiet" else harvest.state
    return msgspec.structs.replace(harvest, state=state, items=(*harvest.items, *lost))


def first_sight(harvest: Harvest, known: Iterable[ItemRow], day: date) -> Harvest:
    """The harvest of a source of undated items, without those that another day of it holds."""
    elsewhere = {row.item.key for row in known if row.day != day and row.item.source == harvest.source}
    old = [item for item in harvest.items if item.published is None and item.key in elsewhere]
    kept = tuple(item for item in harvest.items if item.published is not None or item.key not in elsewhere)
    dropped = (*harvest.dropped, *(Dropped(ref=item.key, reason="seen-elsewhere") for item in old))
    state: State = "quiet" if harvest.state == "fresh" and not kept else harvest.state
    return msgspec.structs.replace(harvest, state=state, items=kept, dropped=dropped)


def tally(harvests: Iterable[Harvest]) -> tuple[tuple[Item, ...], Entry]:
    """Return all items in source order, and the ledger line that accounts for every listed thing."""
    harvests = tuple(harvests)
    items = tuple(item for harvest in harvests for item in harvest.items)
    refs: dict[str, list[str]] = {}
    for harvest in harvests:
        for gone in harvest.dropped:
            refs.setdefault(gone.reason, []).append(f"{harvest.source}: {gone.ref}"[:300])
    dropped = tuple(Drop(reason=reason, refs=tuple(names)) for reason, names in sorted(refs.items()))
    came_in = len(items) + sum(len(d.refs) for d in dropped)
    return items, Entry(stage="collect", unit="items", came_in=came_in, kept=len(items), dropped=dropped)


def report(harvest: Harvest) -> SourceReport:
    """Report how a source did, without its items."""
    return SourceReport(
        source=harvest.source,
        state=harvest.state,
        items=len(harvest.items),
        dropped=len(harvest.dropped),
        requests=harvest.requests,
        error=harvest.error,
        hint=harvest.hint,
    )
