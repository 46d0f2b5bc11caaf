"""Deliver: an issue to everybody who is to be told of it, once, with a receipt for each message.

    compose | queue | settle what a dead run left | send what is ready, oldest first

A message is `sending` in the outbox, durably, before anything connects. Whatever becomes of it is noted
before the next one starts. What could not be sent stays for the next run, up to five attempts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from daybrief.errors import DaybriefError, in_a_line
from daybrief.languages import SOURCE
from daybrief.languages.phrases import phrase
from daybrief.model import (
    DELIVER,
    SENT_BEFORE,
    Drop,
    Edition,
    Entry,
    Issue,
    Ledger,
    Message,
    Postal,
    Queued,
    Receipt,
    Section,
)
from daybrief.ports import Channel, Clock, Outbox, Route, SendResult, Transport, at_most_once
from daybrief.text.identity import shown

LOG = logging.getLogger(__name__)
MOST_ATTEMPTS = 5
_STATES: dict[str, Postal] = {"sent": "sent", "later": "ready", "uncertain": "uncertain", "failed": "failed"}
_NO_CHANNEL = "no channel of this name is configured any more"


class Dispatcher(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that delivery works with; `again` sends once more what was sent before."""

    channels: tuple[Channel, ...]
    outbox: Outbox
    transport: Transport
    clock: Clock
    again: bool = False

    @property
    def routes(self) -> Mapping[str, Route]:
        """The way of each channel, by its name."""
        return {channel.name: channel.route for channel in self.channels}


def deliver(issue: Issue, dispatcher: Dispatcher) -> tuple[Receipt, ...]:
    """Queue the issue's messages and send all that is ready; a receipt for each of the day's messages.

    Also one for each message of another day that this call settled or tried. A receipt's error says why a
    message has not arrived, or may not have.
    """
    left = recovered(dispatcher)
    messages, failed = compose(issue, dispatcher)
    dispatcher.outbox.put(messages, dispatcher.clock.now(), again=dispatcher.again)
    tried = send(dispatcher.outbox.ready(), dispatcher)
    touched = {row.id for row in (*left, *tried)}
    settled = [
        row for row in map(dispatcher.outbox.get, sorted(touched)) if row and row.message.day != issue.day
    ]
    rows = (*dispatcher.outbox.of_day(issue.day), *settled)
    return (*failed, *(receipt(row) for row in rows))


def late_part(edition: Edition, earlier: Edition | None) -> Edition | None:
    """The stories that an edition has and the one before it had not, as an edition; None without any.

    It is the same, digest and all, whenever it is made.
    """
    known = {key for story in earlier.stories for key in (story.id, *story.keys)} if earlier else set[str]()
    late = {s.id for s in edition.stories if known.isdisjoint((s.id, *s.keys))}
    if earlier is None or not late:
        return None
    sent = tuple(story.id for story in edition.stories if story.id not in late)
    entry = Entry(
        stage=DELIVER,
        unit="stories",
        came_in=len(edition.stories),
        kept=len(late),
        dropped=(Drop(reason=SENT_BEFORE, refs=sent),) if sent else (),
    )
    part = msgspec.structs.replace(
        edition,
        sections=tuple(_only(section, late) for section in edition.sections if _holds(section, late)),
        chart=msgspec.structs.replace(edition.chart, bars=()),
        ledger=Ledger(entries=(entry,)),
        sources=(),
        made_at=edition.window.end,
    ).sealed()
    return msgspec.structs.replace(part, made_at=edition.made_at)


def _holds(section: Section, late: set[str]) -> bool:
    return any(ranked.story.id in late for ranked in section.ranked)


def _only(section: Section, late: set[str]) -> Section:
    """A section with these stories alone, and the sentences that tell of no other."""
    checked = section.checked
    ranked = tuple(r for r in section.ranked if r.story.id in late)
    judged = tuple(j for j in checked.judged if j.claim.stories and late.issuperset(j.claim.stories))
    draft = msgspec.structs.replace(
        checked.draft,
        ranked=ranked,
        claims=tuple(j.claim for j in judged),
        fallbacks=tuple(story for story in checked.draft.fallbacks if story in late),
    )
    return msgspec.structs.replace(
        section, checked=msgspec.structs.replace(checked, draft=draft, judged=judged)
    )


def queue_late(issue: Issue, dispatcher: Dispatcher) -> tuple[Receipt, ...]:
    """Queue what came late for everybody who was told of the day without it; receipts of what cannot be."""
    messages, failed = compose(issue, dispatcher)
    dispatcher.outbox.put(messages, dispatcher.clock.now(), late=True)
    return tuple(failed)


def recovered(dispatcher: Dispatcher) -> tuple[Queued, ...]:
    """Settle what a dead run left half sent: for a person to judge, unless its channel can repeat it."""
    repeats = {name for name, route in dispatcher.routes.items() if not at_most_once(route)}
    return dispatcher.outbox.recover(repeats, dispatcher.clock.now())


def compose(issue: Issue, dispatcher: Dispatcher) -> tuple[list[Message], list[Receipt]]:
    """Compose every channel's messages; a channel that cannot compose costs only its own."""
    messages: list[Message] = []
    failed: list[Receipt] = []
    for channel in dispatcher.channels:
        LOG.info("%s", channel.name, extra={"stage": "deliver"})
        try:
            messages += list(channel.messages(issue))
        except Exception as bug:  # the isolation boundary of one channel
            known = isinstance(bug, DaybriefError)
            why = str(bug) if known else f"{channel.name} failed: {in_a_line(bug)} (a bug in it)"
            now = dispatcher.clock.now()
            failed.append(
                Receipt(
                    publisher=channel.name, path="message:", digest="", delivered_at=now, error=shown(why)
                )
            )
    return messages, failed


def send(rows: Sequence[Queued], dispatcher: Dispatcher) -> tuple[Queued, ...]:
    """Try each message once, in order; returns those tried, and those that no channel can send.

    After an attempt that the other side put off, what else waits for the same recipient stays behind it, so
    that parts arrive in order. After one that says the whole server is away, so does the whole channel.
    """
    routes = dispatcher.routes
    blocked: set[tuple[str, str]] = set()
    tried: list[Queued] = []
    for row in rows:
        message = row.message
        route = routes.get(message.channel)
        if route is None:
            dispatcher.outbox.mark(row.id, "ready", dispatcher.clock.now(), _NO_CHANNEL)
            tried.append(row)
            continue
        if blocked & {(message.channel, ""), (message.channel, message.recipient)}:
            continue
        LOG.info("%s", message.label, extra={"stage": "deliver"})
        posted = _attempt(row, route, dispatcher)
        tried.append(row)
        if posted.outcome in ("later", "uncertain"):
            blocked.add((message.channel, "" if posted.hold else message.recipient))
    return tuple(tried)


def _attempt(row: Queued, route: Route, dispatcher: Dispatcher) -> SendResult:
    """Send one message; the outbox notes it just before it leaves and after.

    Whoever is killed before that, at the server's greeting say, leaves it ready: nothing has arrived.
    """
    left = False

    def leaving() -> None:
        nonlocal left
        if not left:
            dispatcher.outbox.mark(row.id, "sending", dispatcher.clock.now(), attempt=True)
        left = True

    posted = dispatcher.transport.send(row.message, route, leaving)
    state, why = _STATES[posted.outcome], posted.why
    if posted.outcome == "later" and row.attempts + 1 >= MOST_ATTEMPTS:
        state, why = "failed", f"given up after {MOST_ATTEMPTS} attempts: {why}"
    dispatcher.outbox.mark(row.id, state, dispatcher.clock.now(), why, attempt=not left)
    return posted


def receipt(row: Queued) -> Receipt:
    """Say what became of a message, with the command that tries it again where there is one."""
    message = row.message
    return Receipt(
        publisher=message.channel,
        path=f"message:{message.label}",
        digest=message.key,
        delivered_at=row.changed_at,
        error="" if row.state == "sent" else f"{message.channel}, {message.label}: {advice(row)}",
    )


ADVISED = frozenset({"ready", "sending", "uncertain", "failed"})  # states that there is something to say of


def advice(row: Queued, language: str = SOURCE) -> str:
    """The state of a message that has not surely arrived, why, and what to do."""
    why = f" ({row.error})" if row.error else ""
    if row.state not in ADVISED:
        return row.state
    return phrase(language, f"cli.message_{row.state}", why=why, id=row.id)


def previews(messages: Iterable[Message]) -> Iterator[tuple[str, bytes]]:
    """A file name and the bytes of each message, for looking at before anything is sent."""
    for n, message in enumerate(messages, start=1):
        form = "eml" if message.media_type == "message/rfc822" else "json"
        yield f"{n:03}-{message.channel}-{message.edition}-{message.part}.{form}", message.body
