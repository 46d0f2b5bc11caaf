"""Whose turn it is when many ask at once, and what one answer does for many."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from daybrief.web import turns
from daybrief.web.app import create_app
from daybrief.web.caching import KEEP, Cache
from daybrief.web.reply import Receive, Scope, Send, Whole, reply
from daybrief.web.services import ReaderServices
from daybrief.web.turns import MOST_READING, READING, Presence, Queue, Turns, client_of

Act = Callable[[Queue], Awaitable[Any]]


def in_a_queue(act: Act) -> Any:
    """What comes of it, on a loop of its own."""

    async def run() -> Any:
        return await asyncio.wait_for(act(Queue(READING, MOST_READING, 5.0, Presence())), 10)

    return asyncio.run(run())


async def filled(queue: Queue, places: int = READING) -> list[Any]:
    """All places taken, by as many clients."""
    return [await queue.enter(f"worked {n}") for n in range(places)]


def test_who_was_here_least_is_worked_on_first() -> None:
    async def act(queue: Queue) -> list[str]:
        held = await filled(queue)
        now = asyncio.get_running_loop().time()
        for who, seconds in (("often", 60.0), ("now and then", 3.0), ("hardly", 0.1)):
            queue._presence._seen[who] = (seconds, now)
        order: list[str] = []

        async def come(who: str) -> None:
            ticket = await queue.enter(who)
            order.append(who)
            queue.leave(ticket)  # type: ignore[arg-type]

        coming = [asyncio.create_task(come(who)) for who in ("often", "stranger", "now and then", "hardly")]
        await asyncio.sleep(0.01)
        assert order == []
        queue.leave(held[0])
        await asyncio.gather(*coming)
        return order

    assert in_a_queue(act) == ["hardly", "now and then", "stranger", "often"]


def test_a_crowd_has_one_place_between_them_and_a_reader_does_not_wait_for_it() -> None:
    async def act(queue: Queue) -> tuple[int, bool]:
        now = asyncio.get_running_loop().time()
        queue._presence._seen["reader"] = (0.2, now)
        held = await filled(queue)
        crowd = [asyncio.create_task(queue.enter(f"stranger {n}")) for n in range(40)]
        await asyncio.sleep(0.01)
        for ticket in held:
            queue.leave(ticket)
        await asyncio.sleep(0.01)
        worked_on = sum(task.done() for task in crowd)
        ticket = await asyncio.wait_for(queue.enter("reader"), 0.5)
        for task in crowd:
            task.cancel()
        return worked_on, ticket is not None and not ticket.gives_way

    assert in_a_queue(act) == (1, True)


def test_without_a_crowd_nobody_gives_way() -> None:
    async def act(queue: Queue) -> list[bool]:
        return [ticket.gives_way for ticket in await filled(queue)]

    assert in_a_queue(act) == [False] * READING


def test_no_more_than_admitted_are_here_and_who_never_leaves_is_turned_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "AWAY_S", 0.0)

    async def act(queue: Queue) -> tuple[int, bool]:
        await filled(queue)
        waiting = [asyncio.create_task(queue.enter(f"{n}")) for n in range(MOST_READING - READING)]
        await asyncio.sleep(0.01)
        queue._presence._seen["reader"] = (0.1, asyncio.get_running_loop().time())
        reader = asyncio.create_task(queue.enter("reader"))
        await asyncio.sleep(0.01)
        gone = [task for task in waiting if task.done()]
        assert [await task for task in gone] == [None] * len(gone)
        for task in (*waiting, reader):
            task.cancel()
        return len(gone), reader.done() and not reader.cancelled()

    assert in_a_queue(act) == (1, False)


def test_a_turn_that_does_not_come_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_S", 0.05)
    blocked = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await blocked.wait()
        await reply(send, 200, b"", [])

    async def run() -> Counter[int]:
        app = Turns(slow)

        async def ask(number: int) -> int:
            answer, scope = Whole(), {"type": "http", "path": "/search", "client": ("127.0.0.1", number)}
            await app(scope, None, answer.send)  # type: ignore[arg-type]
            assert answer.status == 200 or answer.header(b"retry-after")
            return answer.status

        asked = [asyncio.create_task(ask(n)) for n in range(20)]
        await asyncio.sleep(0.2)
        blocked.set()
        return Counter(await asyncio.gather(*asked))

    assert asyncio.run(run()) == {200: READING, 503: 20 - READING}


def test_a_place_comes_back_from_a_failure() -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("by order")

    async def run() -> int:
        app = Turns(fails)
        for number in range(20):
            scope = {"type": "http", "path": "/", "client": ("127.0.0.1", number)}
            with pytest.raises(RuntimeError):
                await app(scope, None, None)  # type: ignore[arg-type]
        return app._reading._free

    assert asyncio.run(run()) == READING


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=40))
def test_whoever_comes_places_are_never_exceeded_and_all_come_back(comers: list[int]) -> None:
    async def act(queue: Queue) -> tuple[int, int, int]:
        at_work, most = 0, 0

        async def come(who: int) -> None:
            nonlocal at_work, most
            ticket = await queue.enter(str(who))
            assert ticket is not None
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0.0001 * who)
            at_work -= 1
            queue.leave(ticket)

        await asyncio.gather(*(come(one) for one in comers))
        return most, queue._free, queue._inside

    most, free, inside = in_a_queue(act)
    assert most <= READING
    assert (free, inside) == (READING, 0)


def test_questions_that_take_long_keep_no_page_waiting() -> None:
    blocked = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/ask":
            await blocked.wait()
        await reply(send, 200, b"", [])

    async def run() -> int:
        app, answer = Turns(slow), Whole()

        def ask(path: str, number: int, send: Send) -> Awaitable[None]:
            return app({"type": "http", "path": path, "client": ("127.0.0.1", number)}, None, send)  # type: ignore[arg-type]

        questions = [asyncio.create_task(ask("/ask", n, Whole().send)) for n in range(12)]  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        await asyncio.wait_for(ask("/search", 99, answer.send), 1)
        blocked.set()
        for question in questions:
            question.cancel()
        return answer.status

    assert asyncio.run(run()) == 200


def test_presence_fades_and_of_strangers_not_all_are_remembered() -> None:
    presence = Presence()
    presence.add("a", 5.0, 0.0)
    assert presence.of("a", 0.0) == 5.0 + turns.UNKNOWN_S
    assert presence.of("a", turns.FADES_S) == pytest.approx((5.0 + turns.UNKNOWN_S) / 2.718, rel=0.01)
    for number in range(10_000):
        presence.add(f"n{number}", 0.1, 1.0)
    assert len(presence._seen) <= 4_096


@pytest.mark.parametrize(
    ("client", "who"),
    [(("127.0.0.1", 5), "127.0.0.1 5"), (("::1", 5), "::1 5"), (("192.0.2.7", 5), "192.0.2.7"),
     (("2001:db8::7", 5), "2001:db8::/64"), (None, "")],
)  # fmt: skip
def test_a_request_is_counted_to_a_network_or_where_that_is_shared_to_a_connection(
    client: object, who: str
) -> None:
    assert client_of({"client": client}) == who


def test_a_page_many_ask_for_is_made_once() -> None:
    made = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal made
        made += 1
        await asyncio.sleep(0.05)
        await reply(send, 200, b"page", [(b"cache-control", KEEP.encode())])

    async def run() -> list[bytes]:
        cache = Cache(app, lambda: "1", lambda _: "")

        async def ask() -> bytes:
            answer = Whole()
            scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
            await cache(scope, None, answer.send)  # type: ignore[arg-type]
            return bytes(answer.body)

        found = await asyncio.gather(*(ask() for _ in range(30)))
        assert cache._making == {}
        return found

    assert asyncio.run(run()) == [b"page"] * 30
    assert made == 1


def test_a_kept_page_needs_no_turn(services: ReaderServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_S", 0.01)
    client = TestClient(create_app(services), base_url="http://localhost")
    assert client.get("/about").status_code == 200
    monkeypatch.setattr(Queue, "_call", lambda self: None)
    assert client.get("/about").status_code == 200
    begun = time.monotonic()
    assert client.get("/about?x=1").status_code == 503
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("path", "form"), [("/api/sources?x=1", "application/json"), ("/about?x=1", "text/plain; charset=utf-8")]
)
def test_who_is_turned_away_is_told_in_the_shape_of_the_address(
    services: ReaderServices, monkeypatch: pytest.MonkeyPatch, path: str, form: str
) -> None:
    monkeypatch.setattr(turns, "TURN_S", 0.01)
    monkeypatch.setattr(turns, "AWAY_S", 0.0)
    monkeypatch.setattr(Queue, "_call", lambda self: None)
    answer = TestClient(create_app(services), base_url="http://localhost").get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (503, form)
    if form == "application/json":
        told = answer.json()["error"]
        assert told.keys() == {"status", "title", "reference", "detail"}
        assert told["status"] == 503
