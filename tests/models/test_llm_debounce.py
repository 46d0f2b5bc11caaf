"""Answers wait for the calls that take their places: how long, and which of them."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from daybrief.adapters.llm import MOST_QUIET_S, QUIET_S, Debounce
from daybrief.ports import Question
from daybrief.text.prompts import fenced
from daybrief.writers.llm.read import ReadAnswer


def test_an_answer_is_handed_over_once_no_other_has_come_for_a_while() -> None:
    async def waits() -> list[float]:
        debounce, left = Debounce(), []

        async def answer(comes_s: float) -> None:
            await anyio.sleep(comes_s)
            await debounce.settled()
            left.append(anyio.current_time())

        start = anyio.current_time()
        async with anyio.create_task_group() as group:
            for comes_s in (0.0, QUIET_S / 2, QUIET_S):
                group.start_soon(answer, comes_s)
        return [at - start for at in left]

    waited = anyio.run(waits)
    assert min(waited) >= 2 * QUIET_S, "the first goes with the last"


def test_a_burst_without_an_end_holds_nothing_back_for_ever() -> None:
    async def waits() -> float:
        debounce = Debounce()
        start = anyio.current_time()
        async with anyio.create_task_group() as group:

            async def stream() -> None:
                while True:
                    group.start_soon(debounce.settled)
                    await anyio.sleep(QUIET_S / 5)

            group.start_soon(stream)
            await debounce.settled()
            group.cancel_scope.cancel()
        return anyio.current_time() - start

    assert anyio.run(waits) < 20 * MOST_QUIET_S


@pytest.mark.parametrize(("parallel", "waiting"), [(4, 5), (16, 0)])
def test_only_answers_that_leave_a_place_to_others_wait(
    bench: Any, monkeypatch: pytest.MonkeyPatch, parallel: int, waiting: int
) -> None:
    seen: list[Debounce] = []
    real = Debounce.settled

    async def settled(debounce: Debounce) -> None:
        seen.append(debounce)
        await real(debounce)

    monkeypatch.setattr(Debounce, "settled", settled)
    text = "The method halves the cost of training. It reaches 61.5% on the usual benchmark."
    questions = [
        Question(name="read test", system="Read.", prompt=fenced("SOURCE", f"{n}. {text}"), shape=ReadAnswer)
        for n in range(9)
    ]
    with bench.run() as models:
        answers = models(bench.settings(parallel=parallel)).ask(questions)
    assert [answer.error for answer in answers] == [None] * 9
    assert len(seen) == waiting


def test_a_preloaded_service_is_the_one_that_is_asked(bench: Any) -> None:
    with bench.run() as models:
        client = models(bench.settings())
        client.warm()
        warmed = client._service
        client.ask([Question(name="read test", system="Read.", prompt="x", shape=ReadAnswer)])
        assert warmed is not None
        assert client._service is warmed, "certificates are loaded once"
    assert warmed.http.is_closed
