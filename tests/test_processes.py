"""How many processes work on a day: several only where no part of it needs more than its arguments."""

from __future__ import annotations

from typing import Any

import pytest

from daybrief.adapters.machine import usable_cores
from daybrief.app.runs import _processes
from daybrief.config import Settings


def test_the_embedded_parts_share_a_day_among_at_most_two_processes() -> None:
    assert _processes(Settings()) == min(2, usable_cores())


@pytest.mark.parametrize("count", [1, 3])
def test_a_reader_says_how_many(count: int) -> None:
    assert _processes(Settings(processes=count)) == count


@pytest.mark.parametrize(
    "parts",
    [
        {"writer": {"use": "llm"}},
        {"categoriser": {"use": "llm"}},
        {"checks": ({"use": "quotes"}, {"use": "judge"})},
        {"checks": ({"use": "entailment", "model": "nli"},)},
        {"checks": ({"use": "my_package.my_check"},)},
    ],
)
def test_a_part_that_asks_somebody_else_keeps_a_day_in_one_process(parts: dict[str, Any]) -> None:
    assert _processes(Settings(processes=3, **parts)) == 1
