"""What is sent: a day's messages, a look at them before, and those that have not arrived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from daybrief.app.ports import Ports
from daybrief.errors import ConfigError
from daybrief.model import Delivery, Issue, Queued, Receipt
from daybrief.pipeline import RECENT_EDITIONS
from daybrief.stages.deliver import Dispatcher, deliver, previews, recovered, send


def deliver_day(ports: Ports, day: date | None, profile: str, *, again: bool) -> tuple[Receipt, ...]:
    """Sends a day's editions (None: the latest) under the run lock; returns the receipts of its messages."""
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
