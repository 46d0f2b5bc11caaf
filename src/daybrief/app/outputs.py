"""Takes out of the archive: a static site, an export, an edition as Markdown, and a day's messages.

The site walks the days in spans of a few, which several processes share, and joins what they made of them.

    for each day of a span:  its outline, its words for the index | its files in place, if its mark changed
    span by span:            catalogue + index + feeds take it in
    then:                    pages, index and extras | what is gone is removed

A day's mark covers its editions, the days its pages lead to, and everything that shapes a page, so a second
build of the same archive writes nothing.

Messages are sent under the run lock; they can be looked at before, and those that have not arrived are
listed, sent again or settled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import msgspec

from daybrief import cards, plugins
from daybrief.adapters.machine import Forks, usable_cores
from daybrief.app.ports import MADE_BY, Ports, rarely_swept
from daybrief.errors import ConfigError
from daybrief.model import Delivery, Edition, EditionKind, Issue, Queued, Receipt
from daybrief.pipeline import RECENT_EDITIONS
from daybrief.ports import DividesWork
from daybrief.publishers._site.catalogue import Catalogue, DayOutline, SearchIndex, outlined
from daybrief.publishers._site.pages import (
    FORMAT,
    HTML,
    Around,
    SiteOptions,
    day_files,
    extra_files,
    feed_entries,
    page_files,
)
from daybrief.publishers.feeds import FeedEntry
from daybrief.stages.deliver import Dispatcher, deliver, previews, recovered, send
from daybrief.stages.schedule import window
from daybrief.whole import Figure


def make_site(ports: Ports, out: Path, base_url: str | None, profile: str) -> tuple[Built, str]:
    """Makes the static site of a profile's editions in `out`; returns what was done, and its address."""
    settings = ports.settings
    options = SiteOptions(
        base_url=settings.site.base_url if base_url is None else base_url,
        language=settings.of(profile).language,
        pictures=settings.site.pictures,
    )
    folder, now = ports.site_folder(out), ports.clock.now()
    view, divide = ports.view(profile), Forks(ports.settings.processes or min(_PROCESSES, usable_cores()))
    return build_site(view, folder, options, now, MADE_BY, ports.cover, divide), options.base


def export(ports: Ports, day: date, form: str, profile: str) -> tuple[Delivery, ...]:
    """Returns what the publisher `form` makes of a day; raises ConfigError without an edition."""
    archive = ports.archive(profile)
    rows = [archive.edition(day, kind) for kind in ("papers", "news")]
    editions = tuple(edition for edition in rows if edition is not None)
    if not editions:
        window(day, ports.settings.zone)  # says so of a civil day that there never was
        raise ConfigError(f"no edition of {day} in the archive", hint=f"daybrief run --day {day}")
    publisher = plugins.build("publishers", {"use": form}, ports.tools())
    issue = Issue(day=day, editions=editions, recent=editions, cover=ports.cover(day))
    return tuple(publisher.publish(issue))


def write_files(ports: Ports, folder: Path, day: date, deliveries: Sequence[Delivery]) -> None:
    """Writes files below a folder, a day's all at once."""
    files = [("export", delivery) for delivery in deliveries]
    ports.folder(folder).write(day, files, ports.clock.now())


def markdown(ports: Ports, edition: Edition) -> str:
    """Returns an edition as the Markdown publisher writes it."""
    issue = Issue(day=edition.window.day, editions=(edition,), recent=(edition,))
    publisher = plugins.build("publishers", {"use": "markdown"}, ports.tools())
    return "".join(delivery.body.decode() for delivery in publisher.publish(issue))


# ── the site ────────────────────────────────────────────────────────────────────────────────────────


KINDS: tuple[EditionKind, ...] = ("papers", "news")
Digests: TypeAlias = dict[date, dict[EditionKind, str]]  # of each edition by day and kind, oldest day first
FEED = 30  # editions that the feeds tell
_REST_OF_SITE = "the rest"
_SPAN = 8  # days that a process takes at once
_PROCESSES = 2  # each has some 60 MiB of its own


class KeptEditions(Protocol):
    """The editions of an archive; `ports.ArchiveView` has them."""

    def digests(self) -> Digests:
        """The digest of each edition."""
        ...

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        """The edition of a day."""
        ...


class Parts(Protocol):
    """The place a site is put; `adapters.files.Mirror` is one. What `put` returns is given to `note`."""

    def kept(self, name: str, mark: str) -> Any | None:
        """The part of this name that is there, made from the same."""
        ...

    def put(self, mark: str, day: date, deliveries: Sequence[Delivery], now: datetime) -> Any:
        """Put a part in place; several processes may do so at once."""
        ...

    def note(self, name: str, part: Any, *, made: bool) -> None:
        """Take a part into the site."""
        ...

    def close(self) -> int:
        """Remove what is gone."""
        ...


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a build."""

    days: int
    made: int  # days whose files were made; the others were there
    stories: int
    removed: int  # files


class SpanOfDays(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of some days in a row, and what the rest of the site needs of these days."""

    parts: tuple[tuple[date, Any, bool], ...]  # and whether its files were made
    outlines: tuple[DayOutline, ...]
    index: SearchIndex
    entries: tuple[FeedEntry, ...]  # newest first


class SiteBuild(msgspec.Struct, frozen=True, kw_only=True):
    """A build: what is read, where it goes, and what shapes every page."""

    archive: KeptEditions
    parts: Parts
    options: SiteOptions
    now: datetime
    made_by: str
    covers: Callable[[date], Figure | None]

    def span(self, days: Mapping[date, Around], digests: Digests, newest: Collection[date]) -> SpanOfDays:
        """Puts the files of days in a row in place; the feeds tell of those in `newest`."""
        index = SearchIndex(self.options.language)
        parts: list[tuple[date, Any, bool]] = []
        outlines: list[DayOutline] = []
        entries: tuple[FeedEntry, ...] = ()
        for day, around in days.items():
            read = (self.archive.edition(day, kind) for kind in KINDS if kind in digests[day])
            editions = tuple(edition for edition in read if edition is not None)
            if not editions:
                continue
            outlines.append(outlined(editions, self.options.language))
            for edition in editions:
                index.add(edition)
            if day in newest:
                entries = (*feed_entries(editions, self.options), *entries)
            parts.append((day, *self._part(editions, around)))
        return SpanOfDays(parts=tuple(parts), outlines=tuple(outlines), index=index, entries=entries)

    def _part(self, editions: Sequence[Edition], around: Around) -> tuple[Any, bool]:
        """A day's part, and whether it was made: it is when anything that shapes it has changed."""
        day = editions[0].window.day
        cover = self.covers(day)
        mark = self._mark(editions, around, cover)
        if (part := self.parts.kept(day.isoformat(), mark)) is not None:
            return part, False
        files = list(day_files(editions, around, self.options, cover))
        return self.parts.put(mark, day, files, self.now), True

    @property
    def shared(self) -> str:
        """The mark of what shapes every page."""
        options = self.options
        return f"{FORMAT} {self.made_by} {options.base} {options.language} {options.pictures} {cards.mark()}"

    def _mark(self, editions: Sequence[Edition], around: Around, cover: Figure | None) -> str:
        digests = [e.digest or e.sealed().digest for e in editions]
        shaping = (self.shared, digests, around, *([cover] if cover else []))
        return hashlib.sha256(msgspec.json.encode(shaping, order="sorted")).hexdigest()[:32]

    def rest(self, spans: Iterable[SpanOfDays]) -> Catalogue:
        """Joins the spans, in order of days, and puts in place what is not of one day."""
        catalogue, index = Catalogue(self.options.language), SearchIndex(self.options.language)
        entries: tuple[FeedEntry, ...] = ()
        for span in spans:
            for outline in span.outlines:
                catalogue.add(outline)
            index.join(span.index)
            entries = (*span.entries, *entries)
            for day, part, made in span.parts:
                self.parts.note(day.isoformat(), part, made=made)
        files = list(page_files(catalogue, self.options))
        pages = [d.path for d in files if d.media_type == HTML and d.path != "404.html"]
        pages += [outline.place for day in catalogue.days for outline in catalogue.editions[day]]
        files += [*index.files(), *extra_files(catalogue, pages, entries[:FEED], self.options)]
        part = self.parts.put(self.shared, self.now.date(), files, self.now)
        self.parts.note(_REST_OF_SITE, part, made=True)
        return catalogue


def build_site(
    archive: KeptEditions,
    parts: Parts,
    options: SiteOptions,
    now: datetime,
    made_by: str,
    covers: Callable[[date], Figure | None] = lambda _day: None,
    divide: DividesWork | None = None,
) -> Built:
    """Bring the site up to the archive; `covers` gives a day its picture, `divide` shares the days.

    Raises `ArchiveError` and `DeliveryError`.
    """
    build = SiteBuild(archive=archive, parts=parts, options=options, now=now, made_by=made_by, covers=covers)
    digests = archive.digests()
    days, newest = list(_neighbours(digests).items()), _latest_days(digests)

    def span(first: int) -> SpanOfDays:
        return build.span(dict(days[first : first + _SPAN]), digests, newest)

    firsts = range(0, len(days), _SPAN)
    with rarely_swept():
        spans = divide(span, firsts) if divide else {first: span(first) for first in firsts}
        made = sum(made for span in spans.values() for _, _, made in span.parts)
        catalogue = build.rest(spans.pop(first) for first in firsts)
    stories = sum(o.stories for outlines in catalogue.editions.values() for o in outlines)
    return Built(days=len(catalogue.editions), made=made, stories=stories, removed=parts.close())


def _neighbours(digests: Digests) -> dict[date, Around]:
    """The nearest days before and after each day, for each kind that there is."""
    days, arounds = list(digests), dict[date, Around]()
    earlier: dict[EditionKind, date] = {}
    for day, following in zip_longest(days, days[1:]):
        later = dict.fromkeys(_in_order(digests[following]), following) if following else {}
        arounds[day] = Around(earlier=dict(earlier), later=later)
        earlier |= dict.fromkeys(_in_order(digests[day]), day)
    return arounds


def _in_order(kinds: Collection[EditionKind]) -> list[EditionKind]:
    return [kind for kind in KINDS if kind in kinds]


def _latest_days(digests: Digests) -> set[date]:
    """The days of which the feeds tell."""
    editions = [day for day in reversed(digests) for _ in digests[day]]
    return set(editions[:FEED])


# ── messages ────────────────────────────────────────────────────────────────────────────────────────


def deliver_day(ports: Ports, day: date | None, profile: str, *, again: bool) -> tuple[Receipt, ...]:
    """Sends a day's editions (None: the latest) under the run lock; returns the receipts of its messages.

    Raises ConfigError where no channel is configured.
    """
    issue = issue_of(ports, day, profile)
    with ports.archive().lock():
        dispatcher = ports.dispatcher(profile, again=again)
        if dispatcher is None:
            raise ConfigError(
                "no channel is configured", hint='add [[channels]] with use = "email" to the settings'
            )
        receipts = deliver(issue, dispatcher)
        archive = ports.archive(profile)
        written = tuple(receipt for receipt in archive.receipts(issue.day) if receipt.is_file)
        archive.save_receipts(issue.day, (*written, *receipts))
    return receipts


def issue_of(ports: Ports, day: date | None, profile: str) -> Issue:
    """Returns a day's editions (None: the latest) as channels get them; raises ConfigError without any."""
    archive = ports.archive(profile)
    recent = archive.latest(RECENT_EDITIONS)
    chosen = day or next((edition.window.day for edition in recent), None)
    kinds = ports.settings.of(profile).kinds
    rows = [archive.edition(chosen, kind) for kind in kinds] if chosen else []
    editions = tuple(edition for edition in rows if edition is not None)
    if not editions:
        if day:
            window(day, ports.settings.zone)
        hint = f"daybrief run --day {day}" if day else "daybrief run"
        raise ConfigError(f"there is no edition of {day or 'any day'} in the archive", hint=hint)
    return Issue(day=editions[0].window.day, editions=editions, recent=recent)


def preview(ports: Ports, day: date | None, folder: Path, profile: str) -> list[str]:
    """Writes the messages that would be sent, each into a file; returns the files. Needs no secret."""
    issue = issue_of(ports, day, profile)
    messages = [m for channel in ports.plugins("channels", profile) for m in channel.messages(issue)]
    files = [
        ("preview", Delivery(path=name, body=body, media_type="application/octet-stream"))
        for name, body in previews(messages)
    ]
    ports.folder(folder).write(issue.day, files, ports.clock.now())
    return [str(folder / delivery.path) for _, delivery in files]


def send_ready(ports: Ports, profile: str) -> tuple[Queued, ...]:
    """Sends what is ready; returns each message that was tried, as it is now."""
    with _dispatching(ports, profile) as dispatcher:
        return _now(dispatcher, send(dispatcher.outbox.ready(), dispatcher))


def resend(ports: Ports, ids: Sequence[int], profile: str) -> tuple[Queued, ...]:
    """Sends messages again, whatever became of them; returns them as they are now."""
    with _dispatching(ports, profile) as dispatcher:
        rows = [_unsent(dispatcher, number) for number in ids]
        for row in rows:
            dispatcher.outbox.mark(row.id, "ready", dispatcher.clock.now())
        return _now(dispatcher, send([_unsent(dispatcher, row.id) for row in rows], dispatcher))


def settle(ports: Ports, ids: Sequence[int], profile: str) -> tuple[Queued, ...]:
    """Marks messages as sent by hand; returns them."""
    with _dispatching(ports, profile) as dispatcher:
        rows = tuple(_unsent(dispatcher, number) for number in ids)
        for row in rows:
            dispatcher.outbox.mark(row.id, "sent", dispatcher.clock.now(), "settled by hand")
        return rows


@contextmanager
def _dispatching(ports: Ports, profile: str) -> Iterator[Dispatcher]:
    """Gives the dispatcher under the run lock, once a dead run's messages are settled."""
    with ports.archive().lock():
        dispatcher = ports.dispatcher(profile)
        if dispatcher is None:
            raise ConfigError("no channel is configured", hint="the outbox needs the channel that filled it")
        recovered(dispatcher)
        yield dispatcher


def _unsent(dispatcher: Dispatcher, number: int) -> Queued:
    row = dispatcher.outbox.get(number)
    if row is None:
        raise ConfigError(f"there is no message {number} in the outbox", hint="see `daybrief outbox`")
    if row.state == "sent":
        raise ConfigError(
            f"message {number} was sent already", hint="`daybrief deliver --resend` sends it again"
        )
    return row


def _now(dispatcher: Dispatcher, rows: Sequence[Queued]) -> tuple[Queued, ...]:
    return tuple(row for row in map(dispatcher.outbox.get, [row.id for row in rows]) if row is not None)
