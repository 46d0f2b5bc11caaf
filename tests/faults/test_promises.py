"""Each promise of the page, tried in a small way; and the page says what was measured, no more."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from tests.faults import Promise, Tried
from tests.faults.network import fetched, suffered
from tests.faults.promises import PROMISES

ROOT = Path(__file__).parents[2]
MEASURED = [promise for promise in PROMISES if promise.measure]


@pytest.mark.parametrize("promise", MEASURED, ids=[promise.name for promise in MEASURED])
def test_a_promise_of_the_page_is_kept_in_small(promise: Promise) -> None:
    assert promise.measure
    tried = promise.measure(promise.small)  # what was late counts on the page alone
    assert tried.vectors > 0
    assert not tried.failures, tried.failures[:5]


def test_what_is_late_fails_on_the_page() -> None:
    import reliability

    tried = Tried()
    tried.expect_by_clock(False, "drip: 9.0 s")
    kept = reliability.row(MEASURED[0], tried, 1.0)
    assert (kept["failures"], kept["told"], tried.failures) == (1, ["drip: 9.0 s"], [])


def test_a_promise_is_measured_by_a_function_or_by_tests_that_exist() -> None:
    names = [promise.name for promise in PROMISES]
    assert len(set(names)) == len(names)
    for promise in PROMISES:
        assert bool(promise.measure) != bool(promise.tests), promise.name
        missing = [test for test in promise.tests if not _exists(test)]
        assert not missing, promise.name


def _exists(test: str) -> bool:
    path, _, name = test.partition("::")
    place = ROOT / path
    return place.exists() and (not name or f"def {name.split('[')[0]}(" in place.read_text(encoding="utf-8"))


def test_a_client_has_so_long_for_all_servers_and_what_is_left_counts_as_not_asked() -> None:
    import reliability

    rows = suffered("daybrief", ["sound", "drip"], most_s=-1)
    assert {row["outcome"] for row in rows.values()} == {"not asked: -1 s were over"}
    sums = reliability.sums(rows)
    assert sums["not asked, for want of time"] == "2"
    assert sums["dies, or ends by an error it does not document"] == "0"


def test_a_client_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    hanging = tmp_path / "python"
    hanging.write_text("#!/bin/sh\nsleep 600 &\nwait\n", encoding="utf-8")  # the child holds the pipes
    hanging.chmod(0o700)
    began = time.monotonic()
    row = fetched("naive", "http://127.0.0.1:1/", str(hanging), limit_s=0.2)
    assert row["outcome"] == "hangs"
    assert time.monotonic() - began < 60, "the child was waited for"


def test_the_page_is_made_of_what_was_measured() -> None:
    import reliability

    kept = json.loads(reliability.KEPT.read_text(encoding="utf-8"))
    assert reliability.PAGE.read_text(encoding="utf-8") == reliability.page(kept)


def test_a_failed_or_unmeasured_promise_is_not_printed_as_kept() -> None:
    import reliability

    first, second, *_ = PROMISES
    good = reliability.row(first, Tried(first.least, [], "none"), 1.0)
    bad = reliability.row(second, Tried(5, ["it broke"], "1"), 1.0)
    above, _, below = reliability.page({first.name: good, second.name: bad}).partition("## Not kept")
    assert first.words in above
    assert second.words not in above
    assert second.words in below
    assert "it broke" in below
    assert reliability.page({}).count("not measured yet") == len(PROMISES)
    few = reliability.row(first, Tried(first.least - 1, [], "none"), 1.0)
    assert first.words not in reliability.page({first.name: few}).partition("## Not kept")[0]


def test_a_measurement_that_ends_by_an_error_is_a_failure() -> None:
    import reliability

    def broken(_many: int) -> Tried:
        raise RuntimeError("no bench")

    assert reliability.measured(Promise("x", "w", "0", broken)).failures
    assert sys.modules["reliability"].measured(Promise("x", "w", "0", lambda n: Tried(n))).failures == []
