"""How many requests are worked on at once, of whom, and what one answer does for many."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from daybrief.web import create_app, limits
from daybrief.web.caching import KEEP, Cache
from daybrief.web.guard import Receive, Scope, Send, Whole, reply
from daybrief.web.limits import MOST_OF_A_CLIENT, MOST_READING, READING, Concurrency, client_of
from daybrief.web.pages import ReaderServices


class Blocked:
    """An application whose answers wait until they are let go; it counts what is worked on at once."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.working: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = client_of(scope)
        for name in (client, "all"):
            self.working[name] += 1
            self.most[name] = max(self.most[name], self.working[name])
        try:
            await self.go.wait()
        finally:
            self.working -= Counter([client, "all"])
        await reply(send, 200, b"", [])


async def ask(app: Any, host: str, path: str = "/search", port: int = 1) -> int:
    """The status of one request of a client."""
    answer = Whole()
    await app({"type": "http", "method": "GET", "path": path, "client": (host, port)}, None, answer.send)
    return answer.status


async def statuses_of(app: Blocked, hosts: list[str], path: str = "/search") -> list[int]:
    """The statuses of requests that all come at once and are let go together."""
    layer = Concurrency(app)
    tasks = [asyncio.create_task(ask(layer, host, path)) for host in hosts]
    await asyncio.sleep(0.01)
    app.go.set()
    return await asyncio.gather(*tasks)


@pytest.fixture(autouse=True)
def no_delay_of_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REFUSAL_S", 0.0)
    monkeypatch.setattr(limits, "REST", 0.0)


def test_clients_share_the_places_and_each_has_one_at_a_time() -> None:
    async def run() -> tuple[list[int], Counter[str]]:
        app = Blocked()
        statuses = await statuses_of(
            app, ["192.0.2.1"] * 4 + ["192.0.2.2"] * 4 + [f"198.51.100.{n}" for n in range(9)]
        )
        return statuses, app.most

    statuses, most = asyncio.run(run())
    assert set(statuses) == {200}
    assert most["all"] == READING
    assert most["192.0.2.1"] == most["192.0.2.2"] == 1


def test_a_client_with_too_many_requests_is_refused_and_nobody_else_is() -> None:
    async def run() -> list[int]:
        return await statuses_of(Blocked(), ["192.0.2.1"] * (MOST_OF_A_CLIENT + 5) + ["198.51.100.7"])

    assert Counter(asyncio.run(run())) == {200: MOST_OF_A_CLIENT + 1, 503: 5}


def test_requests_beyond_the_limit_are_refused() -> None:
    async def run() -> list[int]:
        return await statuses_of(Blocked(), [f"198.51.100.{n}" for n in range(MOST_READING + 7)])

    assert Counter(asyncio.run(run())) == {200: MOST_READING, 503: 7}


def test_a_request_that_waits_too_long_for_a_place_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READ_S", 0.05)

    async def run() -> Counter[int]:
        app = Blocked()
        layer = Concurrency(app)
        tasks = [asyncio.create_task(ask(layer, f"198.51.100.{n}")) for n in range(20)]
        await asyncio.wait(tasks, timeout=0.3)
        app.go.set()
        return Counter(await asyncio.gather(*tasks))

    assert asyncio.run(run()) == {200: READING, 503: 20 - READING}


def test_a_client_rests_while_more_of_its_requests_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REST", 1e6)
    monkeypatch.setattr(limits, "LONGEST_REST_S", 30.0)

    async def run() -> tuple[int, int]:
        app = Blocked()
        app.go.set()
        layer = Concurrency(app)
        crowd = [asyncio.create_task(ask(layer, "192.0.2.1")) for _ in range(3)]
        await asyncio.sleep(0.05)
        done = sum(task.done() for task in crowd)
        other = await ask(layer, "198.51.100.7")
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)
        return done, other

    assert asyncio.run(run()) == (1, 200)


def test_a_failed_request_frees_its_place() -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("by order")

    async def run() -> int:
        layer = Concurrency(fails)
        failures = 0
        for number in range(4 * READING):
            try:
                await ask(layer, f"198.51.100.{number}")
            except RuntimeError:
                failures += 1
        return failures

    assert asyncio.run(run()) == 4 * READING


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=40))
def test_whatever_clients_come_the_places_are_never_exceeded_and_all_are_freed(clients: list[int]) -> None:
    async def run() -> tuple[int, int]:
        app = Blocked()
        app.go.set()
        layer = Concurrency(app)
        await asyncio.gather(*(ask(layer, f"198.51.100.{client}") for client in clients))
        again = await asyncio.gather(*(ask(layer, f"203.0.113.{n}") for n in range(READING)))
        return app.most["all"], sum(status == 200 for status in again)

    most, again = asyncio.run(run())
    assert most <= READING
    assert again == READING


def test_questions_that_take_long_keep_no_page_waiting() -> None:
    async def run() -> int:
        blocked, page = Blocked(), Blocked()
        page.go.set()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await (blocked if scope["path"] == "/ask" else page)(scope, receive, send)

        layer = Concurrency(app)
        questions = [asyncio.create_task(ask(layer, f"198.51.100.{n}", "/ask")) for n in range(8)]
        await asyncio.sleep(0.01)
        status = await asyncio.wait_for(ask(layer, "203.0.113.9"), 1)
        for question in questions:
            question.cancel()
        await asyncio.gather(*questions, return_exceptions=True)
        return status

    assert asyncio.run(run()) == 200


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

        bodies = await asyncio.gather(*(ask() for _ in range(30)))
        assert cache._making == {}
        return bodies

    assert asyncio.run(run()) == [b"page"] * 30
    assert made == 1


def test_a_kept_page_needs_no_place(services: ReaderServices, monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(create_app(services), base_url="http://localhost")
    assert client.get("/about").status_code == 200
    monkeypatch.setattr(limits, "MOST_OF_A_CLIENT", 0)
    assert client.get("/about").status_code == 200
    assert client.get("/about?x=1").status_code == 503


@pytest.mark.parametrize(
    ("path", "form"), [("/api/sources?x=1", "application/json"), ("/about?x=1", "text/plain; charset=utf-8")]
)
def test_a_refusal_is_json_below_the_api_and_a_page_elsewhere(
    services: ReaderServices, monkeypatch: pytest.MonkeyPatch, path: str, form: str
) -> None:
    monkeypatch.setattr(limits, "MOST_OF_A_CLIENT", 0)
    answer = TestClient(create_app(services), base_url="http://localhost").get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (503, form)
    if form == "application/json":
        error = answer.json()["error"]
        assert error.keys() == {"status", "title", "reference", "detail"}
        assert error["status"] == 503
