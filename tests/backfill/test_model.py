"""A model that writes past days: one cap and one rate over all workers, and nothing is paid for twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from backfill import descendants  # of benchmarks/
from daybrief.adapters.llm.budget import CallStore, RateLimiter, alone
from daybrief.app import App
from daybrief.app.backfill import BackfilledDay, BackfillRequest
from daybrief.testing.model_server import MODEL, ModelServer, model_server
from tests.backfill.spans import FIRST, LAST, app, bulk_of, editions, one_run_a_day
from tests.backfill.test_backfill import Killed

CAP = 6_000
ALL = 6  # calls that the span takes
MORE = """ We train each tree on three data sets of leaves and compare it with five baselines. The largest
tree reaches 91.5 % accuracy after two hours on one machine. We find that pots of clay help more than pots of
glass, and that rain matters less than light. Code and seeds are open."""


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    pytest.importorskip("json_repair", reason="the extra `llm` is not installed")
    with model_server() as server:
        yield server


@pytest.fixture
def bulk(tmp_path: Path) -> Path:
    return bulk_of(tmp_path, MORE)


def writing(folder: Path, server: ModelServer, **changed: Any) -> App:
    """The program with a model that writes, four calls at once."""
    folder.mkdir(exist_ok=True)
    table = {"use": "llm", "model": MODEL, "base_url": server.base_url, "parallel": 4}
    settings = app(folder).settings
    made = App(msgspec.structs.replace(settings, writer=table | changed), {})
    made.ports.clock = app(folder).ports.clock
    return made


def backfilled(made: App, bulk: Path, progress: Callable[[BackfilledDay], None]) -> list[bytes]:
    made.backfill(BackfillRequest(since=FIRST, until=LAST, source=str(bulk), workers=2), progress)
    return editions(made)


def test_a_backfill_killed_and_begun_again_makes_the_days_of_one_run_a_day_and_pays_once(
    tmp_path: Path, bulk: Path, server: ModelServer
) -> None:
    server.script("good")
    single = writing(tmp_path / "runs", server)
    expected, once = editions(one_run_a_day(tmp_path / "runs", bulk, made=single)), server.stats()["calls"]
    assert once == ALL
    server.script("good")
    days: list[BackfilledDay] = []

    def progress(day: BackfilledDay) -> None:
        days.append(day)
        if len(days) == 1:
            os.kill(descendants(os.getpid(), "spawn_main")[0], signal.SIGKILL)
        elif len(days) == 3:
            raise Killed

    with pytest.raises(Killed):
        backfilled(writing(tmp_path / "many", server), bulk, progress)
    assert backfilled(writing(tmp_path / "many", server), bulk, days.append) == expected
    under_way = 4  # when the worker was killed: their answers came to nobody
    assert once <= server.stats()["calls"] <= once + under_way
    assert server.stats()["most_at_once"] <= 4 + under_way
    assert days[-1].tokens > 0


def test_the_cap_holds_over_all_workers(tmp_path: Path, bulk: Path, server: ModelServer) -> None:
    server.script("good")
    days: list[BackfilledDay] = []
    backfilled(writing(tmp_path / "capped", server, budget_tokens=CAP, max_output=400), bulk, days.append)
    stats = server.stats()
    assert stats["calls"] > 0
    assert stats["tokens_in"] + stats["tokens_out"] <= days[-1].tokens <= CAP
    assert len(days) == 5, "what the cap leaves out is quoted"


# ── what processes share ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[CallStore, CallStore]]:
    """The file as two processes open it."""
    both = CallStore(tmp_path / "models.sqlite"), CallStore(tmp_path / "models.sqlite")
    yield both
    for store in both:
        store.close()


def test_two_processes_begin_calls_at_one_rate(stores: tuple[CallStore, CallStore]) -> None:
    first, other = stores
    assert first.turn("a", 30.0) == 0
    assert 29 < other.turn("a", 30.0) <= 30
    assert other.turn("b", 0.0) == 0, "another service has turns of its own"
    other.stay_away("b", 60.0)
    assert 59 < first.turn("b", 0.0) <= 60


def test_a_clock_that_ran_ahead_stops_nobody(stores: tuple[CallStore, CallStore]) -> None:
    first, other = stores
    assert first.turn("a", 1e9) == 0
    assert other.turn("a", 0.0) == 0


def test_calls_of_two_limiters_leave_one_after_the_other(stores: tuple[CallStore, CallStore]) -> None:
    async def begun() -> list[float]:
        limiters = [RateLimiter(store, "a", 1_200) for store in stores]  # 50 ms apart
        at: list[float] = []

        async def call(limiter: RateLimiter) -> None:
            await limiter.turn()
            at.append(anyio.current_time())

        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(call, limiters[number % 2])
        return at

    at = sorted(anyio.run(begun))
    assert all(later - earlier > 0.04 for earlier, later in pairwise(at))


def test_a_question_is_asked_by_one_process_at_a_time(stores: tuple[CallStore, CallStore]) -> None:
    async def order() -> list[str]:
        seen: list[str] = []

        async def ask(number: int) -> None:
            async with alone(stores[number], b"question"):
                seen.append("begin")
                await anyio.sleep(0.02)
                seen.append("end")

        async with anyio.create_task_group() as group:
            group.start_soon(ask, 0)
            group.start_soon(ask, 1)
        return seen

    assert anyio.run(order) == ["begin", "end"] * 2


def test_the_claim_of_a_process_that_died_runs_out(stores: tuple[CallStore, CallStore]) -> None:
    first, other = stores
    assert first.claim(b"question", 0.0)
    assert other.claim(b"question", 0.0)
    assert first.claim(b"another", 60.0)
    first.renew(b"another", 60.0)
    assert not other.claim(b"another", 60.0)
    first.release(b"another")
    assert other.claim(b"another", 60.0)
