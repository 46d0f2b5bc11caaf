"""Whose turn it is to be worked on: few at once, and who asked for little goes before who asks without end.

Kept pages are given without a turn. Everything else waits here for one of a few places, because one process
works on one thing at a time whatever the number of threads, and forty searches at once make every page wait.

Who goes first is told by presence: the seconds of late in which a client had a request here, waiting or
worked on. A reader is hardly ever here; who keeps fifty requests pending is here all the time, and whoever
was never seen before is taken to have been here for a while. While several wait, all but those who were here
much less than the others have one place between them, and while such others come, it rests after each
request. Questions have a queue of their own: one that waits for a model keeps no page waiting.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from contextlib import suppress
from statistics import fmean

from daybrief.web.passwords import network
from daybrief.web.reply import App, Receive, Scope, Send, refusal

READING, ASKING = 3, 2  # places: the work of one interpreter does not get faster by more
MOST_READING, MOST_ASKING = 56, 8  # requests that may be here at once: 64 together
TURN_S, ASK_S = 5.0, 30.0  # seconds to wait for a turn: a question before may wait for a model
CROWDED = 4  # so many wait that somebody has to give way
RESTS, LONGEST_REST_S = 10.0, 1.0  # how long the place of those who give way rests: times the last work
ROOM_S = 10.0  # it rests so long after a reader who is hardly ever here came last
AWAY_S = 1.0  # until who is turned away hears of it: an answer at once is asked for again at once
FADES_S = 10.0  # presence falls to a third in this time, so who never leaves comes to ten seconds
UNKNOWN_S = 5.0  # presence of who was never seen
MODEST = 2 / 3  # of the mean presence of those who wait: who has less gives way to nobody
_MOST_KNOWN = 4_096
_QUESTIONS = frozenset({"/ask", "/api/ask"})
_SHARED = frozenset({"127.0.0.1", "::1"})  # a proxy, or everybody on this machine: told apart by connection


class Presence:
    """How long each client was here of late; what it was fades."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.room_until = 0.0  # when those who give way need not rest any more

    def of(self, who: str, now: float) -> float:
        """Seconds."""
        seconds, at = self._seen.get(who, (UNKNOWN_S, now))
        return seconds * math.exp((at - now) / FADES_S)

    def add(self, who: str, seconds: float, now: float) -> None:
        """It was here for so long."""
        self._seen[who] = (self.of(who, now) + seconds, now)
        self._seen.move_to_end(who)
        while len(self._seen) > _MOST_KNOWN:
            self._seen.popitem(last=False)


class Ticket:
    """One request: whose, since when, and how long its sender was here before."""

    def __init__(self, who: str, since: float, presence: float) -> None:
        self.who = who
        self.since = since
        self.presence = presence
        self.begun = since
        self.gives_way = False
        self.turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()


class Queue:
    """Those who wait, and the places. Lives on one event loop, so nothing here is locked."""

    def __init__(self, places: int, most: int, patience_s: float, presence: Presence) -> None:
        self._free = places
        self._most = most
        self._patience_s = patience_s
        self._presence = presence
        self._waiting: list[Ticket] = []
        self._inside = 0
        self._giving_way = False  # one of those who give way is worked on, or their place rests

    async def enter(self, who: str) -> Ticket | None:
        """Wait for a turn; None when it does not come."""
        now = asyncio.get_running_loop().time()
        ticket = Ticket(who, now, self._presence.of(who, now))
        self._waiting.append(ticket)
        self._inside += 1
        if self._inside > self._most:
            self._turn_away(max(self._waiting, key=lambda one: (one.presence, one.since)))
        self._call()
        with suppress(TimeoutError):  # a turn that comes in the very moment the time is over is a turn
            async with asyncio.timeout(self._patience_s):
                await ticket.turn
        if not ticket.turn.cancelled() and ticket.turn.result():
            return ticket
        self._gone(ticket)
        await asyncio.sleep(AWAY_S)
        return None

    def leave(self, ticket: Ticket) -> None:
        """It is done."""
        loop = asyncio.get_running_loop()
        self._free += 1
        self._gone(ticket)
        if ticket.gives_way:
            makes_room = self._crowded and loop.time() < self._presence.room_until
            rest = min(LONGEST_REST_S, RESTS * (loop.time() - ticket.begun))
            loop.call_later(rest if makes_room else 0.0, self._rested)
        self._call()

    @property
    def _crowded(self) -> bool:
        return len(self._waiting) >= CROWDED

    def _gone(self, ticket: Ticket) -> None:
        now = asyncio.get_running_loop().time()
        self._inside -= 1
        self._presence.add(ticket.who, now - ticket.since, now)
        if ticket in self._waiting:
            self._waiting.remove(ticket)

    def _turn_away(self, ticket: Ticket) -> None:
        self._waiting.remove(ticket)
        ticket.turn.set_result(False)

    def _rested(self) -> None:
        self._giving_way = False
        self._call()

    def _call(self) -> None:
        """Give free places to those who were here least."""
        now = asyncio.get_running_loop().time()
        usual = fmean(one.presence for one in self._waiting) if self._crowded else math.inf
        for ticket in sorted(self._waiting, key=lambda one: (one.presence, one.since)):
            gives_way = ticket.presence > MODEST * usual
            if ticket.turn.done() or not self._free or (gives_way and self._giving_way):
                continue
            self._waiting.remove(ticket)
            self._free -= 1
            self._giving_way = self._giving_way or gives_way
            if ticket.presence < MODEST * UNKNOWN_S:
                self._presence.room_until = now + ROOM_S
            ticket.gives_way, ticket.begun = gives_way, now
            ticket.turn.set_result(True)


class Turns:
    """The layer."""

    def __init__(self, app: App) -> None:
        self._app = app
        presence = Presence()
        self._reading = Queue(READING, MOST_READING, TURN_S, presence)
        self._asking = Queue(ASKING, MOST_ASKING, ASK_S, presence)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        queue = self._asking if scope["path"] in _QUESTIONS else self._reading
        ticket = await queue.enter(client_of(scope))
        if ticket is None:
            again = [(b"retry-after", b"2")]
            await refusal(scope, send, 503, "Too many requests at once; try again in a moment.", again)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            queue.leave(ticket)


def client_of(scope: Scope) -> str:
    """Whom a request is counted to: a network, or one connection where many share an address."""
    host, port = scope.get("client") or ("", 0)
    return f"{host} {port}" if host in _SHARED else network(host)
