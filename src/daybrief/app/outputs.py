"""Takes out of the archive: a static site, an export, an edition as Markdown, and a day's messages.

The site walks the days, makes what changed, and puts it in place.

    for each day of the archive:  catalogue + index take it in | its files, if its mark changed
    then pages, index and extras  | what is gone is removed

A day's mark covers its editions, the days its pages lead to, and everything that shapes a page, so a second
build of the same archive writes nothing.

Messages are sent under the run lock; they can be looked at before, and those that have not arrived are
listed, sent again or settled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import msgspec

from daybrief import cards, plugins
from daybrief.app.ports import MADE_BY, Ports
from daybrief.errors import ConfigError
from daybrief.model import Delivery, Edition, EditionKind, Issue, Queued, Receipt
from daybrief.pipeline import RECENT_EDITIONS
from daybrief.ports import Days
from daybrief.publishers._site.catalogue import Catalogue, SearchIndex
from daybrief.publishers._site.pages import (
    FORMAT,
    HTML,
    Around,
    SiteOptions,
    day_files,
    extra_files,
    page_files,
)
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
    folder = ports.site_folder(out)
    archive, now = ports.archive(profile), ports.clock.now()
    return build_site(archive, folder, options, now, MADE_BY, ports.cover), options.base


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
_REST_OF_SITE = "the rest"


class Parts(Protocol):
    """The place a site is put; `adapters.files.Mirror` is one."""

    def holds(self, name: str, mark: str) -> bool:
        """Whether the part is there, made from the same."""
        ...

    def put(
        self, name: str, mark: str, day: date, deliveries: Sequence[Delivery], now: datetime
    ) -> tuple[int, ...]:
        """Put a part in place."""
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


def build_site(
    archive: Days,
    parts: Parts,
    options: SiteOptions,
    now: datetime,
    made_by: str,
    covers: Callable[[date], Figure | None] = lambda _day: None,
) -> Built:
    """Bring the site up to the archive; `covers` gives a day its picture.

    Raises `ArchiveError` and `DeliveryError`.
    """
    catalogue, index = Catalogue(options.language), SearchIndex(options.language)
    base = f"{FORMAT} {made_by} {options.base} {options.language} {options.pictures} {cards.mark()}"
    made = 0
    for editions, around in _with_neighbours(_days_with_editions(archive)):
        day = editions[0].window.day
        catalogue.add(editions)
        for edition in editions:
            index.add(edition)
        cover = covers(day)
        mark = _site_mark(base, editions, around, cover)
        if not parts.holds(day.isoformat(), mark):
            parts.put(day.isoformat(), mark, day, list(day_files(editions, around, options, cover)), now)
            made += 1
    rest = list(page_files(catalogue, options))
    pages = [outline.place for day in catalogue.days for outline in catalogue.editions[day]]
    listed = [d.path for d in rest if d.media_type == HTML and d.path != "404.html"]
    rest += [*index.files(), *extra_files(catalogue, [*listed, *pages], options)]
    parts.put(_REST_OF_SITE, base, now.date(), rest, now)
    stories = sum(o.stories for outlines in catalogue.editions.values() for o in outlines)
    return Built(days=len(catalogue.editions), made=made, stories=stories, removed=parts.close())


def _days_with_editions(archive: Days) -> Iterator[tuple[Edition, ...]]:
    """The editions of each day that has one, in order of days; one day in memory at a time."""
    for day in archive.marks():
        editions = tuple(e for kind in KINDS if (e := archive.edition(day, kind)) is not None)
        if editions:
            yield editions


def _with_neighbours(days: Iterator[tuple[Edition, ...]]) -> Iterator[tuple[tuple[Edition, ...], Around]]:
    """Each day with the days its pages lead to: the nearest ones before and after, for each kind it has."""
    earlier: dict[EditionKind, date] = {}
    none: tuple[Edition, ...] = ()
    for editions, following in pairwise(_ended(days, none)):
        later = {e.kind: e.window.day for e in following}
        yield editions, Around(earlier=dict(earlier), later=later)
        earlier |= {e.kind: e.window.day for e in editions}


def _ended(days: Iterator[tuple[Edition, ...]], end: tuple[Edition, ...]) -> Iterator[tuple[Edition, ...]]:
    yield from days
    yield end


def _site_mark(base: str, editions: Sequence[Edition], around: Around, cover: Figure | None) -> str:
    digests = [e.digest or e.sealed().digest for e in editions]
    seen = msgspec.json.encode((base, digests, around, *([cover] if cover else [])), order="sorted")
    return hashlib.sha256(seen).hexdigest()[:32]


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
