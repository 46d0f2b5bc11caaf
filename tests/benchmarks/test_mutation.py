"""The mutation bench gives its score honestly: with the equal mutants and without, each with a reason."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mutation import EQUAL, _lines, figures, interval, place_of, reason

KEPT = "return alike > across ⟶ return alike >= across"
STRICT = "for a, b in zip(ones, others, strict=True): ⟶ for a, b in zip(ones, others, strict=False):"


def test_each_equal_change_and_each_survivor_is_listed_with_patterns_and_a_reason() -> None:
    listed = tomllib.loads(EQUAL.read_text(encoding="utf-8"))
    entries = [*listed["equal"], *listed["survivor"]]
    assert len(entries) == len({(entry["place"], entry["change"]) for entry in entries})
    for entry in entries:
        assert entry.keys() == {"place", "change", "why"}
        assert re.compile(entry["place"])
        assert not re.compile(entry["change"]).search(KEPT), "a pattern that fits any change excuses all"
        assert len(entry["why"]) > 20


@pytest.mark.parametrize(
    ("name", "text", "equal"),
    [
        ("daybrief.checks.relations.x__kept__mutmut_27", KEPT, False),
        ("daybrief.checks.numbers.x_displaced__mutmut_3", STRICT, True),
        ("daybrief.stages.dedupe.x_dedupe__mutmut_20", "continue ⟶ break", True),
        ("daybrief.checks.polarity.x_turned_round__mutmut_20", "continue ⟶ break", False),
        ("daybrief.checks.names.x_nearest__mutmut_9", "split(text, 1)[0] ⟶ split(text, )[0]", True),
        ("daybrief.checks.names.x_nearest__mutmut_9", "split(text, 1)[0] ⟶ split(text, 1)[1]", False),
    ],
)
def test_a_change_is_equal_only_in_the_place_and_of_the_kind_listed(
    name: str, text: str, equal: bool
) -> None:
    assert bool(reason(name, text)) is equal


def test_the_score_is_given_with_equal_mutants_and_without_and_each_survivor_is_shown() -> None:
    survivors = {"daybrief.a.x_f__mutmut_1": "a | b ⟶ a & b", "daybrief.a.x_g__mutmut_2": "c ⟶ d"}
    report = {
        "mutants": 8_000,
        "run": 20,
        "killed": 18,
        "survivors": survivors,
        "equal": {"daybrief.a.x_g__mutmut_2": "nobody sees it"},
    }
    whole, fewer, first, second = figures(report)
    assert whole["measured"] == "**90.0 %** (70 – 97 %), 18 of 20"
    assert fewer["measured"] == "**94.7 %** (75 – 99 %), 18 of 19"
    assert (first["what"], first["measured"]) == ("survivor in `a.x_f`", "`a ¦ b ⟶ a & b`")
    assert (second["what"], second["measured"]) == ("equal in `a.x_g`", "`c ⟶ d`: nobody sees it")


def test_a_survivor_with_a_known_reason_still_counts_as_one() -> None:
    name, text = "daybrief.checks.judge.x_make__mutmut_1", 'raise ConfigError("no") ⟶ raise ConfigError(None)'
    report = {"mutants": 9, "run": 10, "killed": 9, "survivors": {name: text}, "equal": {}}
    whole, fewer, only = figures(report)
    assert whole["measured"].endswith("9 of 10")
    assert fewer["measured"].endswith("9 of 10")
    assert only["what"] == "survivor in `checks.judge.x_make`"
    assert "the words of a message" in only["measured"]


def test_the_interval_of_a_share_lies_around_it() -> None:
    assert interval(125, 160) == pytest.approx((0.711, 0.838), abs=1e-3)
    assert interval(0, 10)[0] == pytest.approx(0.0, abs=1e-9)
    assert interval(10, 10)[1] == pytest.approx(1.0)
    assert place_of("daybrief.checks.names.xǁNamesǁcheck__mutmut_4") == "checks.names.xǁNamesǁcheck"


def test_a_stopped_draw_goes_on_where_it_stopped(tmp_path: Path) -> None:
    made: list[str] = []

    def make(key: str) -> tuple[bool]:
        made.append(key)
        return (key == "b",)

    first = _lines(tmp_path / "notes", "abc", make)
    assert [next(first), next(first)] == [["a", False], ["b", True]]
    first.close()
    assert list(_lines(tmp_path / "notes", "abcd", make)) == [
        ["a", False],
        ["b", True],
        ["c", False],
        ["d", False],
    ]
    assert made == list("abcd")
