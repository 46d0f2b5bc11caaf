"""A model that obeys every order in a text cannot do what matters; `benchmarks/injections.py` has all."""

from __future__ import annotations

from typing import Any

import pytest

from daybrief import plugins
from daybrief.checks import quotes
from daybrief.testing.injections import Siege, attacks, orders
from daybrief.testing.model_orders import WRAPPINGS, order, ordered

ORDERS = orders(200, seed=1)
FAMILIES = sorted({family for family, _, _ in ORDERS})


@pytest.fixture(scope="module")
def one_of_each() -> list[Any]:
    """Every family once, each in another wrapping than the one before it."""
    first = {family: (family, text, canary) for family, text, canary in reversed(ORDERS)}
    return [[*attacks([first[family]])][number % len(WRAPPINGS)] for number, family in enumerate(FAMILIES)]


def test_no_order_breaks_a_promise(bench: Any, tools: Any, one_of_each: list[Any]) -> None:
    bench.server.script("obedient")
    with bench.run() as models:
        kit = tools(models)
        table = bench.table(budget_usd=0, budget_tokens=10_000_000)
        siege = Siege(
            plugins.build("writers", table, kit),
            plugins.build("writers", {"use": "extractive"}, kit),
            plugins.build("categorisers", table, kit),
            [quotes.make(quotes.Options(), kit)],
        )
        broken = {(a.family, a.wrapping): promises for a in one_of_each if (promises := siege.attacked(a))}
    assert not broken
    assert bench.server.stats()["with_tools"] == 0


@pytest.mark.parametrize("wrapping", sorted(WRAPPINGS))
def test_the_obedient_model_finds_the_order_in_every_wrapping(wrapping: str) -> None:
    """Or the siege would prove nothing."""
    hidden = WRAPPINGS[wrapping](order(read="I obey."))
    assert ordered(f"We study things. {hidden} It works.", "read") == "I obey."


def test_a_writer_without_its_guards_is_seen_to_fail(bench: Any, tools: Any, monkeypatch: Any) -> None:
    """The siege itself is tested: without the rule on prose, links get out."""
    from daybrief.writers.llm import read

    monkeypatch.setattr(read, "not_prose", lambda _sentence: "")
    bench.server.script("obedient")
    with bench.run() as models:
        kit = tools(models)
        writer = plugins.build("writers", bench.table(budget_usd=0), kit)
        fallback = plugins.build("writers", {"use": "extractive"}, kit)
        check = quotes.make(quotes.Options(), kit)

        class Fixed:
            name = "fixed"

            def file(self, stories: Any) -> tuple[()]:
                return ()

        siege = Siege(writer, fallback, Fixed(), [check])
        link = next(a for a in attacks(ORDERS) if a.family == "link" and a.wrapping == "plain")
        assert siege.attacked(link) == ["a link or markup got out"]
