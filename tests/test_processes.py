"""The processes of a day: several where each part needs its arguments alone; what they recall and open."""

from __future__ import annotations

import gc
import weakref
from typing import Any, cast

import pytest

from daybrief.adapters.machine import usable_cores
from daybrief.app.ports import WebWhenAsked, rarely_swept
from daybrief.app.runs import _processes
from daybrief.config import Settings
from daybrief.ports import KeepsFresh, KeepsMade


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


class _Opened:
    def __init__(self, calls: list[str]) -> None:
        self.calls = calls
        calls.append("open")

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: self.calls.append(name)


@pytest.mark.parametrize(
    ("requests", "calls"),
    [
        ({}, []),
        ({"get": ("u",)}, ["open", "get", "close"]),
        ({"get": ("u",), "post": ("u", b"")}, ["open", "get", "post", "close"]),
        (
            {"made": (None, ""), "keep_made": (None, "", b""), "keep_fresh": (None, "", None)},
            ["open", "made", "keep_made", "keep_fresh", "close"],
        ),
    ],
)
def test_the_way_out_is_opened_once_it_is_asked_and_can_all_that_it_can(
    requests: dict[str, Any], calls: list[str]
) -> None:
    happened: list[str] = []
    with WebWhenAsked(lambda: cast("Any", _Opened(happened))) as web:
        assert isinstance(web, KeepsMade)
        assert isinstance(web, KeepsFresh)
        for name, arguments in requests.items():
            getattr(web, name)(*arguments, **({"media_type": "text/plain"} if name == "post" else {}))
    assert happened == calls


class _Ring:
    """A value that only a search for cycles can take back."""

    def __init__(self) -> None:
        self.itself = self


def test_what_a_day_leaves_in_cycles_is_taken_back_before_the_next() -> None:
    left = []
    with rarely_swept():
        left.append(weakref.ref(_Ring()))
        gc.freeze()  # as a fork does
    with rarely_swept():
        pass
    with rarely_swept():
        assert left[0]() is None
