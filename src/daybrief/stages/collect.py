"""Collect: ask every source for its listing of a day, side by side, each one on its own.

This is the isolation boundary of sources and enrichers: whatever one of them does, the others go on, and the
harvest says what happened. A source works in a thread that nobody has to wait for: the web refuses it when
its time is up, and when the time for all is up it is left behind. What crosses the boundary is checked, since
a source is somebody's plugin. What is decided here (state, window, limits) is decided by the pure functions
below.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import date, datetime
from functools import partial
from typing import TypeVar

import msgspec

from daybrief.errors import ConfigError, DaybriefError, Stalled, Unavailable, in_a_line
from daybrief.model import Drop, Dropped, Entry, Fetched, Harvest, Item, SourceReport, State, Window
from daybrief.ports import Enricher, ItemRow, KeepsFresh, KeepsMade, Scheduled, Source, Web
from daybrief.stages.importing import MOST_COUNT
from daybrief.text.identity import clean_url, shown

LOG = logging.getLogger(__name__)
T = TypeVar("T")
_EMPTY: dict[str, State] = {"due": "stalled", "not yet": "waiting", "nothing": "quiet"}
_LAST_PART = 0.1  # of the time for all: no request begins in it, so that those under way can end


class CollectionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How far collecting goes: items of one source, seconds of one and of all, sources asked at once."""

    items: int = 2_000
    source_s: float = 300.0
    total_s: float = 900.0
    at_once: int = 16


class SourceWeb:
    """A view of the web for one source: counts what it asks for, and refuses when its time is up."""

    def __init__(self, web: Web, left: Callable[[], float]) -> None:
        self._web = web
        self._left = left
        self.requests = 0

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        """Count, then ask. Raises Unavailable when the time is up."""
        self._begin(url)
        return self._web.get(url, accept=accept, max_bytes=max_bytes, robots=robots)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """Count, then ask. Raises Unavailable when the time is up."""
        self._begin(url)
        return self._web.post(url, body, media_type=media_type, max_bytes=max_bytes)

    def made(self, answer: Fetched, form: str) -> bytes:
        """The bytes kept of an answer; b"" of a web that keeps nothing."""
        return self._web.made(answer, form) if isinstance(self._web, KeepsMade) else b""

    def keep_made(self, answer: Fetched, form: str, value: bytes) -> None:
        """Keep what was made of an answer, where the web does."""
        if isinstance(self._web, KeepsMade):
            self._web.keep_made(answer, form, value)

    def keep_fresh(self, answer: Fetched, accept: str, until: datetime) -> None:
        """Give the answer again without asking until then, where the web does."""
        if isinstance(self._web, KeepsFresh):
            self._web.keep_fresh(answer, accept, until)

    def _begin(self, url: str) -> None:
        if self._left() <= 0:
            raise Unavailable("its time was up before it was done", url=url, hint=_TIME)
        self.requests += 1


_TIME = "raise `web.source_s` or `web.collect_s`, or ask fewer sources; what is missing is asked for again"


def collect(
    window: Window,
    sources: Sequence[Source],
    web: Web,
    at: datetime,
    limits: CollectionLimits,
    *,
    strict: bool = False,
    monotonic: Callable[[], float] = time.monotonic,
) -> tuple[Harvest, ...]:
    """The harvest of each source, in the order of `sources` whoever answers first.

    Returns within `limits.total_s`: a source that has not come to an end by then has failed, and says so.
    With `strict`, what is not a `DaybriefError` is raised instead of noted (for finding bugs).
    """
    end = monotonic() + limits.total_s
    last_request = end - _LAST_PART * limits.total_s

    def ask(source: Source) -> Harvest:
        LOG.info("%s", source.name, extra={"stage": "collect"})
        until = min(last_request, monotonic() + limits.source_s)
        own = SourceWeb(web, lambda: until - monotonic())
        begun = time.perf_counter()
        harvest = _harvest(window, source, own, at, most=limits.items, strict=strict)
        _log(harvest, time.perf_counter() - begun)
        return harvest

    running = _side_by_side([partial(ask, source) for source in sources], limits.at_once)
    return tuple(
        _in_time(source, future, end - monotonic()) for source, future in zip(sources, running, strict=True)
    )


def _log(harvest: Harvest, seconds: float) -> None:
    """Logs what a source brought, and by its class what went wrong."""
    facts = {
        "stage": "collect",
        "source": harvest.source,
        "state": harvest.state,
        "seconds": round(seconds, 4),
    }
    counts = {"items": len(harvest.items), "requests": harvest.requests}
    failed = {"error": harvest.error.partition(":")[0]} if harvest.error else {}
    words = (harvest.source, harvest.state, len(harvest.items))
    LOG.info("%s: %s, %d items", *words, extra=facts | counts | failed)


def _in_time(source: Source, running: Future[Harvest], seconds: float) -> Harvest:
    """The harvest of a source that is done within so many seconds; else one that says that it was cut."""
    try:
        return running.result(timeout=max(0.0, seconds))
    except TimeoutError:
        error = "Unavailable: it was left behind when the time for collecting was up"
        return Harvest(source=source.name, state="failed", error=error, hint=_TIME)


def _side_by_side(calls: Sequence[Callable[[], T]], at_once: int) -> list[Future[T]]:
    """The futures of the calls, run in order by `at_once` threads that do not keep a program alive."""
    futures: list[Future[T]] = [Future() for _ in calls]
    waiting = deque(zip(calls, futures, strict=True))

    def work() -> None:
        while waiting:
            try:
                call, future = waiting.popleft()
            except IndexError:  # another thread was faster
                return
            try:
                future.set_result(call())
            except BaseException as raised:
                future.set_exception(raised)

    for _ in range(min(at_once, len(calls))):
        threading.Thread(target=work, name="collect", daemon=True).start()
    return futures


def _harvest(
    window: Window, source: Source, web: SourceWeb, at: datetime, *, most: int, strict: bool
) -> Harvest:
    items: list[Item] = []
    dropped: list[Dropped] = []
    error = hint = ""
    stalled = False
    try:
        for entry in source.collect(window, web):
            admitted = _admitted(entry, source.name, at)
            if isinstance(admitted, Dropped):
                dropped.append(admitted)
            elif len(items) >= most:
                dropped.append(Dropped(ref=admitted.key, reason="over-limit"))
            else:
                items.append(admitted)
    except DaybriefError as known:
        stalled = isinstance(known, Stalled)
        error, hint = shown(f"{type(known).__name__}: {known.message}"), shown(known.hint)
    except BaseException as bug:
        # Its bug must not cost the reader the other sources; an exit is one too, since nobody presses
        # Ctrl-C in this thread.
        if strict:
            raise
        error, hint = _bug(bug)
    if not (items or error):
        error, hint = _rubbish(dropped)
    empty: State = "quiet"
    if not (items or error):
        empty, error, hint = _when_empty(source, window, at, strict=strict)
    state: State = "stalled" if stalled else "failed" if error else "fresh" if items else empty
    return Harvest(
        source=source.name,
        state=state,
        items=tuple(items),
        dropped=tuple(dropped),
        error=error[:500],
        hint=hint,
        requests=web.requests,
    )


def _rubbish(dropped: Sequence[Dropped]) -> tuple[str, str]:
    """The error and the hint of a source that gave things, and none of them was an item."""
    many = sum(entry.reason == "malformed" for entry in dropped)
    if not many:
        return "", ""
    return f"none of the {many} things that it gave is an item", "this is a bug in the plugin"


def _bug(bug: BaseException) -> tuple[str, str]:
    return shown(in_a_line(bug)), "this is a bug in the plugin; run with --strict to see it"


def _admitted(entry: object, source: str, at: datetime) -> Item | Dropped:
    """The checked entry of a source, as what this source listed at this instant."""
    checked = _checked(entry)
    if isinstance(checked, Dropped):
        return checked
    return msgspec.structs.replace(checked, source=source, collected_at=at)


def _checked(entry: object) -> Item | Dropped:
    """An entry with types as promised and an address of the web; other links are left out.

    Reasons: `malformed` for a value of the wrong type or a count beyond all sense, `bad-address`.
    """
    kind: type[Item | Dropped] = Dropped if isinstance(entry, Dropped) else Item
    try:
        checked = msgspec.json.decode(msgspec.json.encode(entry), type=kind)
    except (msgspec.ValidationError, TypeError, UnicodeError, OverflowError):
        ref = str(getattr(entry, "key", None) or getattr(entry, "ref", None) or type(entry).__name__)
        return Dropped(ref=ref[:300], reason="malformed")
    if isinstance(checked, Dropped):
        return checked
    if any(abs(n or 0) > MOST_COUNT for n in (checked.version, *msgspec.structs.astuple(checked.signals))):
        return Dropped(ref=checked.key, reason="malformed")
    if not _is_web(checked.url):
        return Dropped(ref=checked.key, reason="bad-address")
    links = tuple(link for link in checked.links if _is_web(link.url))
    return msgspec.structs.replace(checked, links=links)


def _is_web(url: str) -> bool:
    try:
        return bool(clean_url(url))
    except ConfigError:
        return False


def _when_empty(source: Source, window: Window, at: datetime, *, strict: bool) -> tuple[State, str, str]:
    """Tell what an empty listing means, and the error with its hint where the source cannot say.

    A source without a schedule is merely quiet.
    """
    try:
        return (_EMPTY[source.due(window, at)] if isinstance(source, Scheduled) else "quiet"), "", ""
    except BaseException as bug:
        if strict:
            raise
        return "failed", *_bug(bug)


def enrich(
    harvests: Sequence[Harvest], enrichers: Sequence[Enricher], web: Web, limits: CollectionLimits
) -> tuple[tuple[Harvest, ...], tuple[SourceReport, ...]]:
    """The same harvests with what the enrichers know, and how each enricher did; they fail open."""
    reports = []
    for enricher in enrichers:
        until = time.monotonic() + limits.source_s
        own = SourceWeb(web, lambda until=until: until - time.monotonic())  # type: ignore[misc]
        items = [item for harvest in harvests for item in harvest.items]
        (running,) = _side_by_side([partial(_enriched, enricher, items, own)], 1)
        try:
            known, error, hint = running.result(timeout=limits.source_s + _LAST_PART * limits.source_s)
        except TimeoutError:
            known, error, hint = {}, "Unavailable: it was left behind when its time was up", _TIME
        harvests = [_replaced(h, known) for h in harvests]
        reports.append(
            SourceReport(
                source=enricher.name,
                state="failed" if error else "fresh" if known else "quiet",
                items=len(known),
                requests=own.requests,
                error=error[:500],
                hint=hint,
            )
        )
    return tuple(harvests), tuple(reports)


def _enriched(
    enricher: Enricher, items: Sequence[Item], web: Web
) -> tuple[dict[tuple[str, str], Item], str, str]:
    """The items that an enricher knows, by source and key, and its error with a hint or two empty texts."""
    known: dict[tuple[str, str], Item] = {}
    wrong = 0
    try:
        for entry in enricher.enrich(items, web):
            item = _checked(entry)
            if isinstance(item, Item):
                known[item.source, item.key] = item
            else:
                wrong += 1
    except DaybriefError as failed:
        return known, shown(f"{type(failed).__name__}: {failed.message}"), shown(failed.hint)
    except BaseException as bug:
        return known, *_bug(bug)
    if wrong:
        return known, f"{wrong} of the things that it gave are no items", "this is a bug in the plugin"
    return known, "", ""


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
