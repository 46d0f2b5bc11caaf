"""The cap of a run: never exceeded, used to the full, and still there after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest

from daybrief.adapters.llm.budget import MILLION, Budget, CallStore, Price, Spent, most_tokens, price_of
from daybrief.adapters.llm.failures import Failure
from daybrief.errors import ArchiveDamaged, ArchiveError, BudgetSpent, ModelUnavailable
from daybrief.ports import ModelSettings
from daybrief.testing.model_server import MODEL


async def _spend(budget: Budget, rng: Random, calls: int, price: Price, most: int) -> int:
    """So many calls at once, each using some of what it set aside; how many did not fit."""
    refused = 0

    async def call() -> None:
        nonlocal refused
        try:
            async with budget.reserved(1_000, most) as bill:
                await anyio.sleep(0)
                match rng.randrange(4):
                    case 0:
                        bill.waive()
                    case 1:
                        pass  # lost on the way: stays at its worst
                    case _:
                        bill.pay(rng.randrange(1, 1_000), rng.randrange(1, most), price)
        except Failure as full:
            refused += isinstance(full.error, BudgetSpent)

    async with anyio.create_task_group() as group:
        for _ in range(calls):
            group.start_soon(call)
    return refused


def test_no_run_overshoots_its_cap_and_plenty_of_work_uses_it_up(tmp_path: Path) -> None:
    price = Price(usd_in=3.0, usd_out=15.0)
    store = CallStore(tmp_path / "models.sqlite")
    used = []
    for seed in range(60):
        rng = Random(seed)
        account = store.open_account(f"run {seed}")
        settings = ModelSettings(budget_usd=0.2, budget_tokens=60_000)
        budget = Budget(store, account, settings, price)
        refused = anyio.run(_spend, budget, rng, 60, price, 500)
        spent = store.spent(account)
        assert spent.tokens <= 60_000
        assert spent.micro_usd <= 0.2 * MILLION
        if refused:
            used.append(max(spent.tokens / 60_000, spent.micro_usd / (0.2 * MILLION)))
    assert used
    assert min(used) >= 0.9
    store.close()


def test_a_run_that_ended_leaves_the_next_a_full_cap_and_a_killed_one_does_not(tmp_path: Path) -> None:
    store = CallStore(tmp_path / "models.sqlite")
    first = store.open_account("2024-11-26")
    assert store.reserve(first, Spent(tokens=900), Spent(tokens=1_000)) is not None
    store.close()  # as a kill would: nothing settled, nothing closed

    again = CallStore(tmp_path / "models.sqlite")
    assert again.open_account("2024-11-26") == first
    assert again.reserve(first, Spent(tokens=900), Spent(tokens=1_000)) is None
    again.close_account(first)
    fresh = again.open_account("2024-11-26")
    assert again.reserve(fresh, Spent(tokens=900), Spent(tokens=1_000)) is not None
    again.close()


_KILLED = """
import sys, tempfile
from pathlib import Path
from daybrief.adapters.llm import Models
from daybrief.ports import ModelSettings, Question
from daybrief.text.prompts import fenced
from daybrief.writers.llm.read import ReadAnswer
url, folder, model, key = sys.argv[1:]
settings = ModelSettings(model=model, base_url=url, key_env="K", price_in=1.0, price_out=2.0)
ask = [Question(name="read", system="", prompt=fenced("SOURCE", f"Text {n}. It says something of note here."),
                shape=ReadAnswer) for n in range(8)]
with Models(Path(folder), "day", {"K": key}) as models:
    models(settings).ask(ask)
"""


def test_what_was_set_aside_survives_a_kill_between_send_and_settle(bench: Any) -> None:
    bench.server.script("good", "good", "stall")
    run = [sys.executable, "-c", _KILLED, bench.server.base_url, str(bench.folder), MODEL]
    process = subprocess.Popen([*run, bench.environment["TEST_KEY"]])
    deadline = time.monotonic() + 60
    while bench.server.stats()["calls"] < 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with bench.run("day") as models:
        models(bench.settings())
        spent = models.spent()
    billed = bench.server.stats()
    assert spent.tokens >= billed["tokens_in"] + billed["tokens_out"] + 6 * bench.settings().max_output


def test_a_damaged_store_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "models.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(ArchiveDamaged, match="move it away"):
        CallStore(tmp_path / "models.sqlite")


def test_prices_come_from_the_settings_then_the_table_and_are_never_guessed() -> None:
    pytest.importorskip("genai_prices")
    assert price_of(ModelSettings(model="x", price_in=1.0, price_out=2.0)) == Price(usd_in=1.0, usd_out=2.0)
    known = price_of(ModelSettings(model="gpt-4o-mini"))
    assert (known.usd_in, known.usd_out) == (pytest.approx(0.15), pytest.approx(0.6))
    assert price_of(ModelSettings(model="no-such", budget_usd=0)).usd_in == 0
    assert not price_of(ModelSettings(model="no-such")).known, "then tokens alone are the cap"
    with pytest.raises(ModelUnavailable, match="price_in"):
        price_of(ModelSettings(model="no-such", budget_usd=0.5))


def test_the_bound_on_tokens_is_an_upper_bound_in_every_script() -> None:
    for text in ("plain words", "한국어 문장입니다.", "日本語", "🙂" * 10):
        assert most_tokens(text) >= len(text.encode())


def test_a_store_where_none_can_be_opened_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "models.sqlite").mkdir()
    with pytest.raises(ArchiveError, match="unable to open"):
        CallStore(tmp_path / "models.sqlite")
